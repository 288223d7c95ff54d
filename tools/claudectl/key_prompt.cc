// SPDX-License-Identifier: MIT

#include "tools/claudectl/pair_prompt.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <variant>

#include "cctl/identity/check_number.h"

namespace cctl::cli {
namespace {

constexpr Duration kThinkingTime = Milliseconds(500);

void Put(const std::string& text) {
  std::fflush(stdout);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

std::optional<PairPrompt> PairPrompt::Begin() {
  if (!IsTerminal(StandardStream::kError)) return std::nullopt;
  auto keys = KeyInput::Begin();
  if (!keys) return std::nullopt;
  return PairPrompt(*std::move(keys));
}

Duration PairPrompt::NextTurn(Instant now, Duration most) const {
  if (!asked_at_) return most;
  const Duration left = *asked_at_ + kThinkingTime - now;
  return left <= Duration{} ? most : std::min(left, most);
}

void PairPrompt::Hide() {
  if (!std::exchange(shown_, false)) return;
  Put("\r\x1b[K");
}

void PairPrompt::HandleEvent(const NodeEvent& event) {
  if (const auto* request = std::get_if<PairRequested>(&event)) waiting_.push_back(*request);
  const auto* decided = std::get_if<PairDecided>(&event);
  if (decided == nullptr) return;
  const auto gone = std::find_if(waiting_.begin(), waiting_.end(),
                                 [decided](const PairRequested& request) { return request.id == decided->id; });
  if (gone == waiting_.end()) return;
  if (gone == waiting_.begin()) {
    Hide();
    asked_at_.reset();
  }
  waiting_.erase(gone);
}

void PairPrompt::Continue(Instant now, Node& node) {
  while (const std::optional<char> key = keys_.Take()) {
    if (!asked_at_ || now - *asked_at_ < kThinkingTime) continue;
    const bool yes = *key == 'y' || *key == 'Y';
    if (!yes && *key != 'n' && *key != 'N') continue;
    Put(yes ? "y\n" : "n\n");
    shown_ = false;
    const std::string id = waiting_.front().id;
    const auto decided = yes ? node.Approve(id) : node.Deny(id);
    if (!decided) Put("it was decided already\n");
    // The node's event takes it from the list; until then it is asked no more.
    asked_at_.reset();
    return;
  }
  Ask(now);
}

void PairPrompt::Ask(Instant now) {
  if (shown_ || waiting_.empty()) return;
  if (!asked_at_) asked_at_ = now;
  const PairRequested& request = waiting_.front();
  Put("Pair request from " + std::string(request.peer.view()) + " (" + request.addr + "), check " +
      std::string(FormatCheckNumber(request.check).view()) + " - approve? (y/n) ");
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace cctl::cli
