// SPDX-License-Identifier: MIT
//
// A session against a peer that says anything at all. The first byte picks the session and how much time passes with
// each line; the rest is lines. Whatever they are, an event must be one that its line allows, a failed session must
// stay silent, and what the session writes another one must be able to read.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "cctl/base/errc.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/proof.h"
#include "cctl/proto/session.h"
#include "cctl/wire/message_envelope.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/wire_limits.h"

namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using cctl::Session;
  if (size == 0) return 0;
  const unsigned mode = data[0];
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);

  constexpr std::uint8_t kTag[4] = {0, 1, 2, 3};
  cctl::MessageIds ids(kTag);
  const cctl::Identity self = *cctl::Identity::Parse("laptop-a3f2");
  constexpr cctl::UnixTime kDate{1'795'422'026'237};
  cctl::Proof proof;
  proof.fill(0x07);
  Session::Config config;
  config.peer_is_ours = (mode & 1) != 0;
  if ((mode & 2) != 0) config.expected_confirm = proof;

  cctl::Instant now{0};
  Session session(now, config);
  Session reader(now, {});  // of what is written to the peer
  bool failed = false;
  int confirmed = 0;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() == rest.size() ? line.size() : line.size() + 1);
    now = now + cctl::Seconds(mode >> 2);

    if (const auto timeout = session.HandleTimeout(now)) {
      Check(!failed && timeout->error.code == cctl::Errc::kTimeout);
      failed = true;
    }
    const Session::Event event = session.HandleLine(now, line);
    std::string out;
    if (failed) Check(std::holds_alternative<std::monostate>(event));
    if (const auto* failure = std::get_if<Session::Failed>(&event)) {
      Check(failure->error.code == cctl::Errc::kProtocol);
      failed = true;
    } else if (const auto* received = std::get_if<Session::MessageReceived>(&event)) {
      const cctl::MessageView& message = received->message;
      Check(message.type == cctl::MessageType::kApplication || message.type == cctl::MessageType::kOther);
      Check(session.FormatAck(kDate, ids, self, message.id, out) == config.peer_is_ours);
      // What one peer may say can be passed on to another.
      std::string copy;
      char type[cctl::kMaxMessageType];
      const auto text = message.type_text.Text(type, "msg_type");
      Check(text.has_value());
      if (session.MaySend(*text) && now >= session.quiet_until()) {
        const auto id = session.FormatMessage(now, kDate, ids, self, *text, message.payload, copy);
        Check(id.has_value() || id.error().code == cctl::Errc::kTooLong);
        if (id) {
          copy.pop_back();
          Check(std::holds_alternative<Session::MessageReceived>(Session(now, config).HandleLine(now, copy)));
        }
      }
    } else if (std::holds_alternative<Session::KeyConfirmed>(event)) {
      Check(config.expected_confirm.has_value() && ++confirmed == 1);
    }
    const bool wrote = session.PollTransmit(now, kDate, ids, self, out);
    Check(!(failed && wrote));
    Check(session.PollTimeout().has_value() != failed);
    while (!out.empty()) {
      const std::size_t end = out.find('\n');
      Check(end != std::string::npos);
      Check(!std::holds_alternative<Session::Failed>(reader.HandleLine(now, std::string_view(out).substr(0, end))));
      out.erase(0, end + 1);
    }
  }
  return 0;
}
