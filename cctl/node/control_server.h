// SPDX-License-Identifier: MIT
//
// The listening end of relay/control.sock (docs/protocol.md, section 8): lines in and out of up to 64 clients of this
// user, and who of them is subscribed. What a method does is cctl/node/control_methods.h's business. Runs in its
// owner's loop and poller.
//
//   server.HandleReady(ready);
//   while (std::optional<cctl::ControlServer::Call> call = server.PollCall()) {
//     server.Answer(*call, Handle(call->request));
//   }

#ifndef CCTL_NODE_CONTROL_SERVER_H_
#define CCTL_NODE_CONTROL_SERVER_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/base/result.h"
#include "cctl/base/secret.h"
#include "cctl/net/poller.h"
#include "cctl/net/readiness.h"
#include "cctl/net/stream_socket.h"
#include "cctl/node/control_endpoint.h"
#include "cctl/node/control_gate.h"
#include "cctl/node/control_protocol.h"
#include "cctl/node/out_buffer.h"
#include "cctl/node/outcome.h"
#include "cctl/wire/line_reader.h"

namespace cctl {

class ControlServer {
 public:
  using ClientId = std::uint64_t;  // never used twice

  struct Call {
    ClientId client = 0;
    ControlRequest request;
  };

  // Tokens from `first_token` on, 2^56 of them, are this object's; poller and path outlive it.
  // The caller holds relay/lock: only then is an endpoint that is already there a dead relay's, and removed. Errors:
  // those of RemoveControlEndpoint, ControlListener::Listen and Poller::Add.
  static Result<std::unique_ptr<ControlServer>> Listen(const std::string& path, Poller& poller,
                                                       std::uint64_t first_token, ControlWay way = kControlWay) {
    if (auto removed = RemoveControlEndpoint(path, way); !removed) return removed.error();
    auto listener = ControlListener::Listen(path, way);
    if (!listener) return listener.error();
    std::unique_ptr<ControlServer> server(new ControlServer(path, poller, first_token, way, *std::move(listener)));
    if (auto added = poller.Add(server->listener_.native(), Interest::kRead, first_token); !added) return added.error();
    return server;
  }

  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  ~ControlServer() {
    for (const auto& client : clients_) (void)poller_.Remove(client->socket.native());
    (void)poller_.Remove(listener_.native());
    (void)RemoveControlEndpoint(path_, way_);
  }

  [[nodiscard]] std::size_t client_count() const { return clients_.size(); }

  void HandleReady(const Ready& ready) {
    if (ready.token == first_token_) return AcceptAll();
    Client* const client = Find(ready.token - first_token_);
    if (client == nullptr) return;
    if (ready.writable && !IsAlive(client->out.Flush(client->socket))) client->gone = true;
    if (ready.readable) ReadAll(*client);
    if (ready.failed) client->gone = true;  // nobody is left to answer
    Settle();
  }

  std::optional<Call> PollCall() {
    if (calls_.empty()) return std::nullopt;
    Call call = std::move(calls_.front());
    calls_.pop_front();
    return call;
  }

  // Ends a call, once, now or later. A notification, and a client that has gone, get no answer.
  void Answer(const Call& call, const Outcome<nlohmann::json>& outcome) {
    const nlohmann::json& id = call.request.id;
    Finish(call, outcome ? MakeRpcResult(id, *outcome) : MakeRpcFailure(id, outcome.error()));
  }
  // The same with one of the specification's own errors.
  void AnswerError(const Call& call, int code, std::string_view message) {
    Finish(call, MakeRpcError(call.request.id, code, message));
  }

  [[nodiscard]] bool HasSubscribers() const {
    return std::any_of(clients_.begin(), clients_.end(), [](const auto& client) { return client->subscribed; });
  }

  // Of those who are sent events of that name, the bytes that wait for whoever reads fastest; nothing: there is none.
  [[nodiscard]] std::optional<std::size_t> LeastUnsent(std::string_view name) const {
    std::optional<std::size_t> least;
    for (const auto& client : clients_) {
      if (client->Wants(name) && (!least || client->out.size() < *least)) least = client->out.size();
    }
    return least;
  }

  // `names`: the events that are wanted; empty: all.
  void Subscribe(ClientId id, std::vector<std::string> names) {
    Client* const client = Find(id);
    if (client == nullptr) return;
    client->subscribed = true;
    client->wanted = std::move(names);
  }

  // Sends an event to all who want it. One that does not read loses its connection, rather than the relay its memory.
  void Publish(const nlohmann::json& event) {
    const auto name = event.find("event");
    if (name == event.end() || !name->is_string()) return;
    std::string line;
    for (const auto& client : clients_) {
      if (!client->Wants(name->get_ref<const std::string&>())) continue;
      if (line.empty()) line = FormatControlLine(MakeRpcNotification("event", event));
      SendLine(*client, line);
    }
    Settle();
  }

  // Takes up accepting again after descriptors had run out.
  void ResumeAccepting() {
    if (!std::exchange(paused_, false)) return;
    (void)poller_.Modify(listener_.native(), Interest::kRead, first_token_);
  }
  [[nodiscard]] bool paused() const { return paused_; }

 private:
  struct Client {
    ClientId id = 0;
    StreamSocket socket;
    std::optional<ControlGate> gate;  // until the client has come through it
    LineReader reader{kMaxControlLine};
    OutBuffer out;
    std::size_t calls = 0;  // that have no answer yet
    Interest interest = Interest::kRead;
    bool subscribed = false;
    bool ended = false;               // sends no more: closed when all its calls are answered
    bool gone = false;                // to be removed
    std::vector<std::string> wanted;  // of the events; empty: all of them

    [[nodiscard]] bool Wants(std::string_view name) const {
      return subscribed && (wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end());
    }
  };

  ControlServer(std::string path, Poller& poller, std::uint64_t first_token, ControlWay way, ControlListener listener)
      : path_(std::move(path)), poller_(poller), first_token_(first_token), way_(way), listener_(std::move(listener)) {}

  static bool IsAlive(IoStatus status) { return status == IoStatus::kOk || status == IoStatus::kWouldBlock; }

  Client* Find(ClientId id) {
    for (const auto& client : clients_) {
      if (client->id == id && !client->gone) return client.get();
    }
    return nullptr;
  }

  void AcceptAll() {
    for (;;) {
      AcceptedControl accepted = listener_.Accept();
      if (accepted.status == AcceptStatus::kOutOfDescriptors) {
        paused_ = poller_.Modify(listener_.native(), Interest::kNone, first_token_).has_value();
      }
      if (accepted.status != AcceptStatus::kAccepted) return;
      if (clients_.size() == kMaxControlClients && !DropStranger()) {
        const Failure busy{Errc::kBusy, "too many clients of the control socket"};
        // One at a gate learns it from the end of the connection.
        if (!accepted.gate) (void)accepted.socket.Write(AsBytes(FormatControlLine(MakeRpcFailure(nullptr, busy))));
        continue;
      }
      const ClientId id = ++last_id_;
      if (!poller_.Add(accepted.socket.native(), Interest::kRead, first_token_ + id)) continue;
      clients_.push_back(std::make_unique<Client>());
      clients_.back()->id = id;
      clients_.back()->socket = std::move(accepted.socket);
      clients_.back()->gate = std::move(accepted.gate);
    }
  }

  // Makes room by the longest-standing client that has not come through its gate: another user of the machine, perhaps,
  // who would keep this one out.
  bool DropStranger() {
    const auto stranger =
        std::find_if(clients_.begin(), clients_.end(), [](const auto& client) { return client->gate.has_value(); });
    if (stranger == clients_.end()) return false;
    (void)poller_.Remove((*stranger)->socket.native());
    clients_.erase(stranger);
    return true;
  }

  // Whether what is left of `in` is the client's own.
  static bool PassGate(Client& client, ByteView& in) {
    while (client.gate) {
      switch (client.gate->Receive(in)) {
        case GateState::kGreeted: {
          const auto greeting = client.gate->greeting();
          client.gone = client.gone || !IsAlive(client.out.Send(client.socket, AsText(greeting)));
          break;
        }
        case GateState::kOpen:
          client.gate.reset();
          break;
        case GateState::kRefused:
          client.gone = true;
          return false;
        case GateState::kWaiting:
          return false;
      }
    }
    return true;
  }

  // Reads what is there, 256 KiB at most in one turn, so that nobody else is kept waiting.
  void ReadAll(Client& client) {
    std::array<std::uint8_t, 16 * 1024> bytes;
    const ScopedWipe wipe(bytes);  // links come this way
    for (int round = 0; round < 16 && !client.ended; ++round) {
      const IoResult read = client.socket.Read(bytes);
      if (read.status == IoStatus::kWouldBlock) return;
      if (read.status != IoStatus::kOk) {
        client.ended = true;
        return;
      }
      ByteView bytes_in = ByteView(bytes).first(read.size);
      if (!PassGate(client, bytes_in)) {
        if (client.gone) return;
        continue;
      }
      std::string_view in = AsText(bytes_in);
      for (;;) {
        const auto line = client.reader.Next(in);
        if (!line) {  // what follows cannot be told apart
          SendLine(client, FormatControlLine(MakeRpcError(nullptr, kRpcInvalidRequest, "the line is too long")));
          client.ended = true;
          return;
        }
        if (!line->has_value()) break;
        HandleLine(client, **line);
      }
    }
  }

  void HandleLine(Client& client, std::string_view line) {
    auto request = ParseControlRequest(line);
    if (!request) {
      if (!request.error().is_null()) SendLine(client, FormatControlLine(request.error()));
      return;
    }
    ++client.calls;
    calls_.push_back({client.id, *std::move(request)});
  }

  void Finish(const Call& call, const nlohmann::json& answer) {
    Client* const client = Find(call.client);
    if (client == nullptr) return;
    --client->calls;
    if (!call.request.notification) SendLine(*client, FormatControlLine(answer));
    Settle();
  }

  void SendLine(Client& client, std::string_view line) {
    if (client.gone) return;
    client.gone = !IsAlive(client.out.Send(client.socket, line)) || client.out.size() > kMaxControlUnsent;
  }

  // Removes who has gone and asks the poller for what the others wait for.
  void Settle() {
    for (std::size_t i = clients_.size(); i-- > 0;) {
      Client& client = *clients_[i];
      const bool wants_room = client.out.size() > 0;
      if (client.ended && !wants_room && client.calls == 0) client.gone = true;
      if (client.gone) {
        (void)poller_.Remove(client.socket.native());
        clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(i));
        continue;
      }
      const Interest interest = client.ended ? (wants_room ? Interest::kWrite : Interest::kNone)
                                             : (wants_room ? Interest::kReadWrite : Interest::kRead);
      if (interest == client.interest) continue;
      client.interest = interest;
      (void)poller_.Modify(client.socket.native(), interest, first_token_ + client.id);
    }
  }

  const std::string path_;
  Poller& poller_;
  const std::uint64_t first_token_;
  const ControlWay way_;
  ControlListener listener_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::deque<Call> calls_;
  ClientId last_id_ = 0;
  bool paused_ = false;
};

}  // namespace cctl

#endif  // CCTL_NODE_CONTROL_SERVER_H_
