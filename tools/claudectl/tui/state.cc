// SPDX-License-Identifier: MIT

#include "tools/claudectl/tui/state.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "cctl/base/profile.h"
#include "cctl/base/secret.h"
#include "tools/claudectl/answer.h"

namespace cctl::cli::tui {
namespace {

std::string AddressOf(const nlohmann::json& object) {
  std::string addr = TextOf(object, "addr");
  const std::string usual = ":" + std::to_string(kClaudectlProfile.tcp_port);
  if (addr.ends_with(usual)) addr.resize(addr.size() - usual.size());
  return addr;
}

void Select(State& state, bool down) {
  if (state.page != Page::kPeers || state.nearby.empty()) return;
  const std::size_t last = state.nearby.size() - 1;
  if (down) {
    state.selected = std::min(state.selected + 1, last);
  } else {
    state.selected -= state.selected > 0 ? 1 : 0;
  }
}

// To the page that there is at first. A link that was shown is not kept.
void Leave(State& state) {
  state.page = Page::kEvents;
  Wipe(state.invite.data(), state.invite.size());
  state.invite.clear();
  state.qr_code.clear();
}

Action HandleCharacter(char c, State& state) {
  switch (c) {
    case 'q':
      return {ActionKind::kQuit};
    case 'P':
    case 'p':
    case '?': {
      const Page wanted = c == '?' ? Page::kHelp : Page::kPeers;
      const Page next = state.page == wanted ? Page::kEvents : wanted;
      Leave(state);
      state.page = next;
      return {};
    }
    case 'i':
      if (state.page != Page::kInvite) return {ActionKind::kInvite};
      return Leave(state), Action{};  // not another one with each press
    case 'j':
      return Select(state, /*down=*/true), Action{};
    case 'k':
      return Select(state, /*down=*/false), Action{};
    case 'y':
    case 'n':
      if (state.requests.empty()) return {};
      return {c == 'y' ? ActionKind::kApprove : ActionKind::kDeny, state.requests.front().id};
    default:
      return {};
  }
}

}  // namespace

void TakeAnswers(const nlohmann::json& status, const nlohmann::json& peers, const nlohmann::json& nearby,
                 const nlohmann::json& requests, State& state) {
  state.identity = TextOf(status, "identity");
  state.listen_addr = RawTextOf(status, "listen_addr");
  const auto lan = status.find("lan");
  state.lan = lan != status.end() && FlagOf(*lan, "enabled");
  state.sessions = static_cast<std::size_t>(std::max<std::int64_t>(NumberOf(status, "sessions"), 0));
  const std::string chosen =
      state.selected < state.nearby.size() ? state.nearby[state.selected].identity : std::string();
  state.paired.clear();
  for (const auto& peer : ListOf(peers, "peers")) {
    state.paired.push_back(
        {TextOf(peer, "peer_id"), AddressOf(peer), TextOf(peer, "state"), TextOf(peer, "via") == "tailscale"});
  }
  state.nearby.clear();
  state.heard = 0;
  for (const auto& peer : ListOf(nearby, "peers")) {
    const std::string identity = TextOf(peer, "identity");
    ++state.heard;
    const bool known = std::any_of(state.paired.begin(), state.paired.end(),
                                   [&identity](const PairedRow& row) { return row.identity == identity; });
    if (!known) state.nearby.push_back({identity, AddressOf(peer), TextOf(peer, "version")});
  }
  state.requests.clear();
  for (const auto& request : ListOf(requests, "requests")) {
    state.requests.push_back(
        {TextOf(request, "id"), TextOf(request, "identity"), TextOf(request, "addr"), TextOf(request, "check")});
  }
  // Whoever was chosen stays so, though others come and go.
  const auto still = std::find_if(state.nearby.begin(), state.nearby.end(),
                                  [&chosen](const NearbyRow& row) { return row.identity == chosen; });
  if (still != state.nearby.end()) state.selected = static_cast<std::size_t>(still - state.nearby.begin());
  state.selected = std::min(state.selected, state.nearby.empty() ? 0 : state.nearby.size() - 1);
}

void AddLog(std::string line, State& state) {
  state.log.push_back(std::move(line));
  if (state.log.size() > kMaxLog) state.log.pop_front();
}

Action HandleKey(const KeyPress& press, State& state) {
  state.notice.clear();
  switch (press.key) {
    case Key::kCharacter:
      return HandleCharacter(press.character, state);
    case Key::kDown:
      return Select(state, /*down=*/true), Action{};
    case Key::kUp:
      return Select(state, /*down=*/false), Action{};
    case Key::kHome:
      state.selected = 0;
      return {};
    case Key::kEnd:
      state.selected = state.nearby.empty() ? 0 : state.nearby.size() - 1;
      return {};
    case Key::kEnter:
      if (state.page != Page::kPeers || state.selected >= state.nearby.size()) return {};
      return {ActionKind::kPair, state.nearby[state.selected].identity};
    case Key::kEscape:
      Leave(state);
      return {};
    case Key::kPageUp:
    case Key::kPageDown:
    case Key::kOther:
      break;
  }
  return {};
}

}  // namespace cctl::cli::tui
