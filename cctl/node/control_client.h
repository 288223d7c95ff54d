// SPDX-License-Identifier: MIT
//
// A command's end of the control socket (docs/protocol.md, section 8): one call after the other, each with a time
// limit, or a stream of events. Blocks; for programs that have nothing else to do.
//
//   auto relay = cctl::ControlClient::Connect(folder.control_socket_path());
//   auto peers = relay->Call("peers", nlohmann::json::object(), cctl::Seconds(5));
//
// Methods and their parameters, ? for what may be left out; the result is the command's `--json` object:
//   status  peers  identity  invites  pair  reload  shutdown
//   invite {ttl_ms?, uses? (a number or "unlimited"), label?, for?, host?, port?}   revoke {id}
//   accept {code, peer}   forget {peer}   disconnect {peer}
//   join {link, timeout_ms?, allow_unproven?}
//   connect {host, port, peer?, timeout_ms?, allow_unproven?}
//   nearby  tailnet  requests   approve {request}   deny {request | all}
//   pair_with {peer, addr?, timeout_ms?}   reach {peer, addr?, tailscale?, may_request?, only_addr?, timeout_ms?}
//   send {peer, type, payload? (any JSON) or payload_text? (its text, kept as it is), timeout_ms?}
//   subscribe {events?}: then NextEvent(); `events` names those that are wanted, else all of them are

#ifndef CCTL_NODE_CONTROL_CLIENT_H_
#define CCTL_NODE_CONTROL_CLIENT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cctl/base/bytes.h"
#include "cctl/base/errc.h"
#include "cctl/base/profile.h"
#include "cctl/base/secret.h"
#include "cctl/base/time.h"
#include "cctl/net/socket_api.h"
#include "cctl/net/stream_socket.h"
#include "cctl/node/control_endpoint.h"
#include "cctl/node/control_protocol.h"
#include "cctl/node/outcome.h"
#include "cctl/sys/clock.h"
#include "cctl/wire/line_reader.h"

namespace cctl {

class ControlClient {
 public:
  // Failures: no_relay (nobody listens there), io.
  static Outcome<ControlClient> Connect(const std::string& socket_path, const Profile& profile = kClaudectlProfile,
                                        ControlWay way = kControlWay) {
    auto socket = ConnectControl(socket_path, kConnectPatience, way);
    if (socket) return ControlClient(*std::move(socket), profile);
    const Errc code = socket.error().code;
    const bool nobody = code == Errc::kNotFound || code == Errc::kUnreachable;
    return nobody ? Failure{Errc::kNoRelay, "no relay is running", CommandHint(profile, "serve")}
                  : Failure{Errc::kIo, "cannot reach the relay at " + socket_path};
  }

  using EventHandler = std::function<void(const nlohmann::json&)>;

  // What the relay says next: an answer, or an event.
  struct Reply {
    std::int64_t call = 0;            // which it answers; 0: an event; kUnreadable: one that the relay could not read
    Outcome<nlohmann::json> outcome;  // the result or the failure; the event's object
  };
  static constexpr std::int64_t kUnreadable = -1;

  // Sends a call and does not wait for its answer, which comes by NextReply(). Several may be under way. Returns what
  // Reply::call will be. Failures: timeout (the relay takes nothing), no_relay.
  Outcome<std::int64_t> Start(std::string_view method, const nlohmann::json& params, Duration timeout) {
    const std::int64_t call = ++last_id_;
    std::string request = FormatControlLine({{"jsonrpc", "2.0"}, {"id", call}, {"method", method}, {"params", params}});
    const ScopedWipe wipe(request);
    if (auto sent = SendAll(request, SteadyNow() + timeout); !sent) return sent.error();
    return call;
  }

  // Failures: timeout (nothing within `timeout`), no_relay (the relay ended meanwhile), protocol.
  Outcome<Reply> NextReply(Duration timeout) {
    const Instant deadline = SteadyNow() + timeout;
    for (;;) {
      auto object = NextObject(deadline);
      if (!object) return object.error();
      if (object->contains("method")) {
        const auto event = object->find("params");
        if (event == object->end() || !event->is_object()) continue;
        return Reply{0, Outcome<nlohmann::json>(std::move(*event))};
      }
      const auto answered = object->find("id");
      const auto error = object->find("error");
      if (answered == object->end() || !(answered->is_number_integer() || answered->is_null())) continue;
      const std::int64_t call = answered->is_null() ? kUnreadable : answered->get<std::int64_t>();
      if (error != object->end()) return Reply{call, FailureOfRpcError(*error)};
      const auto result = object->find("result");
      if (result == object->end()) return NotUnderstood();
      return Reply{call, Outcome<nlohmann::json>(std::move(*result))};
    }
  }

  // Start() and the answer: the method's result, or its failure. Events that come in between are handed to `on_event`,
  // or kept for NextEvent().
  Outcome<nlohmann::json> Call(std::string_view method, const nlohmann::json& params, Duration timeout,
                               const EventHandler& on_event = {}) {
    const Instant deadline = SteadyNow() + timeout;
    const auto call = Start(method, params, timeout);
    if (!call) return call.error();
    for (;;) {
      auto reply = NextReply(deadline - SteadyNow());
      if (!reply) return reply.error();
      if (reply->call == *call || reply->call == kUnreadable) return std::move(reply->outcome);
      if (reply->call != 0) continue;  // of a call that has timed out
      if (on_event) {
        on_event(*reply->outcome);
      } else {
        events_.push_back(*std::move(reply->outcome));
      }
    }
  }

  // The next event after Call("subscribe"); null: none within `timeout`. Failures: no_relay, protocol.
  Outcome<nlohmann::json> NextEvent(Duration timeout) {
    const Instant deadline = SteadyNow() + timeout;
    if (!events_.empty()) {
      nlohmann::json event = std::move(events_.front());
      events_.pop_front();
      return event;
    }
    for (;;) {
      auto reply = NextReply(deadline - SteadyNow());
      if (!reply && reply.error().code == Errc::kTimeout) return nlohmann::json(nullptr);
      if (!reply) return reply.error();
      if (reply->call == 0) return std::move(reply->outcome);
    }
  }

  // To wait for it together with others, such as signals; readable before NextEvent() has one.
  [[nodiscard]] NativeSocket descriptor() const { return socket_.native(); }

 private:
  // Of a relay that is stopped, or busy beyond reason.
  static constexpr Duration kConnectPatience = Seconds(5);

  // An answer has the size of what the relay keeps for a client at most.
  ControlClient(StreamSocket socket, const Profile& profile)
      : profile_(profile), socket_(std::move(socket)), reader_(kMaxControlUnsent) {}

  static Failure NotUnderstood() { return {Errc::kProtocol, "the relay's answer is not understood"}; }
  [[nodiscard]] Failure Gone() const { return {Errc::kNoRelay, "the relay has ended", CommandHint(profile_, "serve")}; }

  Outcome<Done> SendAll(std::string_view bytes, Instant deadline) {
    while (!bytes.empty()) {
      const IoResult written = socket_.Write(AsBytes(bytes));
      if (written.status == IoStatus::kOk) {
        bytes.remove_prefix(written.size);
      } else if (written.status != IoStatus::kWouldBlock) {
        return Gone();
      } else if (!detail::AwaitSocket(socket_, POLLOUT, deadline)) {
        return Failure{Errc::kTimeout, "the relay takes nothing"};
      }
    }
    return Done{};
  }

  // The next line as an object.
  Outcome<nlohmann::json> NextObject(Instant deadline) {
    for (;;) {
      std::string_view in = std::string_view(received_).substr(taken_);
      const auto line = reader_.Next(in);
      taken_ = received_.size() - in.size();
      if (!line) return NotUnderstood();
      if (line->has_value()) {
        nlohmann::json object = nlohmann::json::parse(**line, nullptr, /*allow_exceptions=*/false);
        if (!object.is_object()) return NotUnderstood();
        return object;
      }
      std::array<std::uint8_t, 16 * 1024> bytes;
      const ScopedWipe wipe(bytes);
      const IoResult read = socket_.Read(bytes);
      if (read.status == IoStatus::kOk) {
        Wipe(received_.data(), received_.size());  // an answer may have a link or a code in it
        received_.assign(AsText(ByteView(bytes).first(read.size)));
        taken_ = 0;
      } else if (read.status != IoStatus::kWouldBlock) {
        return Gone();
      } else if (!detail::AwaitSocket(socket_, POLLIN, deadline)) {
        return Failure{Errc::kTimeout, "the relay has not answered in time"};
      }
    }
  }

  Profile profile_;
  StreamSocket socket_;
  LineReader reader_;
  std::string received_;   // from the last read
  std::size_t taken_ = 0;  // of it, by the reader
  std::deque<nlohmann::json> events_;
  std::int64_t last_id_ = 0;
};

}  // namespace cctl

#endif  // CCTL_NODE_CONTROL_CLIENT_H_
