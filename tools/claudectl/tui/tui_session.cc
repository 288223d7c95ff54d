// SPDX-License-Identifier: MIT

#include "tools/claudectl/tui/tui_session.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "cctl/base/rfc3339.h"
#include "cctl/base/secret.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_text.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/terminal.h"
#include "tools/claudectl/advertised_address.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/event_line.h"
#include "tools/claudectl/project_file.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/tui/view.h"

namespace cctl::cli::tui {
namespace {

constexpr Duration kTurn = Seconds(1);                  // ages and what no event tells are looked at so often
constexpr Duration kLeastStanding = Milliseconds(500);  // of a question, before a key answers it

Size TerminalSizeNow() {
  const auto size = GetTerminalSize();
  return size ? Size{size->rows, size->columns} : Size{24, 80};
}

// All of it, however slow the terminal is.
void WriteAll(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // it has gone; so does the program, by SIGHUP or the end of the input
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// "12:03:51 peer_connected desktop-b7c1 192.168.1.42:50123", of the relay's own date.
std::string LogLine(const nlohmann::json& event) {
  const std::string at = TextOf(event, "at");  // 2026-11-23T08:00:00Z
  return (at.size() >= 19 ? at.substr(11, 8) : at) + " " + EventLine(event);
}

}  // namespace

Outcome<TuiSession> TuiSession::Begin(const std::string& socket_path, const Config& config, const Options& options) {
  auto calls = ControlClient::Connect(socket_path);
  if (!calls) return calls.error();
  auto events = ControlClient::Connect(socket_path);
  if (!events) return events.error();
  auto pairing = ControlClient::Connect(socket_path);
  if (!pairing) return pairing.error();
  const auto subscribed = events->Call("subscribe", nlohmann::json::object(), kLocalAnswer);
  if (!subscribed) return subscribed.error();
  TuiSession session(*std::move(calls), *std::move(events), *std::move(pairing), config, options);
  if (const auto file = ProjectFile::Find()) {
    if (const auto team = file->Load()) {
      for (const ProjectPeer& peer : team->peers) session.state_.team.emplace(peer.identity.view());
    }
  }
  return session;
}

Outcome<Done> TuiSession::Run(StopSignals& signals) {
  while (!left_) {
    if (std::exchange(stale_, false)) {
      if (const auto done = Refresh(); !done) return done;
    }
    Show();
    Duration turn = kTurn;
    if (const auto due = keys_.NextTimeout(); due && *due - SteadyNow() < turn) turn = *due - SteadyNow();
    std::array<pollfd, 4> waited = {{{STDIN_FILENO, POLLIN, 0},
                                     {signals.descriptor(), POLLIN, 0},
                                     {events_.descriptor(), POLLIN, 0},
                                     {pairing_.descriptor(), POLLIN, 0}}};
    const int ready = poll(waited.data(), waited.size(), turn < Duration{} ? 0 : static_cast<int>(turn.ms) + 1);
    if (const auto signal = signals.Take()) {
      return signal == Signal::kInterrupt ? Outcome<Done>(Failure{Errc::kInterrupted, "interrupted"}) : Done{};
    }
    if ((waited[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) return Done{};  // the terminal has gone
    if (waited[0].revents != 0 || keys_.NextTimeout()) TakeKeys();
    if (waited[2].revents != 0) {
      if (const auto done = TakeEvents(); !done) return done;
    }
    if (waited[3].revents != 0) {
      if (const auto done = TakePairing(); !done) return done;
    }
    for (auto key = keys_.Next(SteadyNow()); key && !left_; key = keys_.Next(SteadyNow())) {
      if (const auto done = Do(HandleKey(*key, state_)); !done) return done;
    }
    if (ready == 0) stale_ = true;
  }
  return Done{};
}

Outcome<Done> TuiSession::Refresh() {
  std::array<nlohmann::json, 4> answers;
  std::size_t i = 0;
  for (const char* method : {"status", "peers", "nearby", "requests"}) {
    auto answer = calls_.Call(method, nlohmann::json::object(), kLocalAnswer);
    if (!answer) return answer.error();
    answers[i++] = *std::move(answer);
  }
  TakeAnswers(answers[0], answers[1], answers[2], answers[3], state_);
  std::set<std::string> waiting;
  for (const RequestRow& request : state_.requests) {
    bell_ = bell_ || !waiting_.contains(request.id);
    waiting.insert(request.id);
  }
  waiting_ = std::move(waiting);
  return Done{};
}

Outcome<Done> TuiSession::TakeEvents() {
  while (true) {
    const auto event = events_.NextEvent(Duration{});
    if (!event) return event.error();
    if (event->is_null()) return Done{};
    AddLog(LogLine(*event), state_);
    if (TextOf(*event, "event") == "pair_request_sent" && TextOf(*event, "peer") == state_.waiting_for) {
      state_.waiting_check = TextOf(*event, "check");
    }
    stale_ = true;
  }
}

// What has become of our request.
Outcome<Done> TuiSession::TakePairing() {
  const auto reply = pairing_.NextReply(Duration{});
  if (!reply) return reply.error().code == Errc::kTimeout ? Outcome<Done>(Done{}) : reply.error();
  if (reply->call == 0) return Done{};
  state_.notice =
      reply->outcome ? "Paired! Connected to " + TextOf(*reply->outcome, "peer") + "." : reply->outcome.error().message;
  state_.waiting_for.clear();
  state_.waiting_check.clear();
  stale_ = true;
  return Done{};
}

void TuiSession::TakeKeys() {
  std::array<char, 256> bytes;
  const ssize_t size = read(STDIN_FILENO, bytes.data(), bytes.size());
  if (size > 0) keys_.Receive(SteadyNow(), {bytes.data(), static_cast<std::size_t>(size)});
}

Outcome<Done> TuiSession::Do(const Action& action) {
  switch (action.kind) {
    case ActionKind::kNone:
      return Done{};
    case ActionKind::kQuit:
      left_ = true;
      return Done{};
    case ActionKind::kInvite:
      return Invite();
    case ActionKind::kPair: {
      if (!state_.waiting_for.empty()) {
        state_.notice = state_.waiting_for + " has not answered yet.";
        return Done{};
      }
      const auto call =
          pairing_.Start("pair_with", {{"peer", action.subject}, {"timeout_ms", kPairRequestTimeout.ms}}, kLocalAnswer);
      if (!call) return call.error();
      state_.waiting_for = action.subject;
      return Done{};
    }
    case ActionKind::kApprove:
    case ActionKind::kDeny:
      break;
  }
  // A key that was meant for something else is no answer.
  if (!question_ || question_->id != action.subject || SteadyNow() - question_->since < kLeastStanding) return Done{};
  const char* const method = action.kind == ActionKind::kApprove ? "approve" : "deny";
  const auto decided = calls_.Call(method, {{"request", action.subject}}, kLocalAnswer);
  if (!decided && decided.error().code == Errc::kNoRelay) return decided.error();
  if (!decided) state_.notice = decided.error().message;
  stale_ = true;
  return Done{};
}

Outcome<Done> TuiSession::Invite() {
  nlohmann::json params = nlohmann::json::object();
  const auto status = calls_.Call("status", nlohmann::json::object(), kLocalAnswer);
  if (!status) return status.error();
  if (const auto host = AdvertisedHost(config_, *status)) params["host"] = *host;
  auto answer = calls_.Call("invite", params, kLocalAnswer);
  if (!answer) {
    state_.notice = answer.error().message;
    return answer.error().code == Errc::kNoRelay ? Outcome<Done>(answer.error()) : Done{};
  }
  std::string link = RawTextOf(*answer, "invite_link");
  const ScopedWipe wipe(link);
  state_.invite = "claudectl relay join " + link;
  state_.qr_code.clear();
  if (const auto code = QrCode::Encode(link)) {
    std::string drawing;
    AppendQrText(*code, {.style = QrTextStyle::kHalf, .quiet_zone = 2}, drawing);
    for (std::size_t at = 0; at < drawing.size();) {
      const std::size_t end = drawing.find('\n', at);
      state_.qr_code.push_back(drawing.substr(at, end - at));
      at = end + 1;
    }
  }
  state_.page = Page::kInvite;
  return Done{};
}

void TuiSession::Show() {
  const Size size = TerminalSizeNow();
  if (state_.requests.empty() || !Fits(size)) {
    question_.reset();
  } else if (!question_ || question_->id != state_.requests.front().id) {
    question_ = Question{state_.requests.front().id, SteadyNow()};
  }
  Screen next = Draw(state_, size);
  std::string bytes = Render(shown_ ? &*shown_ : nullptr, next, options_.colors);
  if (std::exchange(bell_, false) && options_.bell) bytes.push_back('\a');
  WriteAll(bytes);
  shown_ = std::move(next);
}

}  // namespace cctl::cli::tui
