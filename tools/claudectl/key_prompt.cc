// SPDX-License-Identifier: MIT

#include "tools/claudectl/key_prompt.h"

#include <algorithm>
#include <cstdio>
#include <variant>

#include "cctl/identity/check_number.h"
#include "cctl/node/node.h"

namespace cctl::cli {
namespace {

constexpr Duration kThinkingTime = Milliseconds(500);

void Put(const std::string& text) {
  std::fflush(stdout);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

std::optional<KeyPrompt> KeyPrompt::Begin() {
  if (!IsTerminal(StandardStream::kError)) return std::nullopt;
  auto keys = KeyInput::Begin();
  if (!keys) return std::nullopt;
  return KeyPrompt(*std::move(keys));
}

Duration KeyPrompt::NextTurn(Instant now, Duration most) const {
  if (!asked_at_) return most;
  const Duration left = *asked_at_ + kThinkingTime - now;
  return left <= Duration{} ? most : std::min(left, most);
}

void KeyPrompt::Hide() {
  if (!std::exchange(shown_, false)) return;
  Put("\r\x1b[K");
}

void KeyPrompt::TakeBack() {
  Hide();
  asked_at_.reset();
}

void KeyPrompt::Ask(Question question) {
  auto at = waiting_.end();
  if (question.urgent) {
    at = std::find_if(waiting_.begin(), waiting_.end(), [](const Question& one) { return !one.urgent; });
  }
  if (at == waiting_.begin()) TakeBack();
  waiting_.insert(at, std::move(question));
}

void KeyPrompt::Withdraw(const std::string& id) {
  const auto gone = std::find_if(waiting_.begin(), waiting_.end(), [&id](const Question& one) { return one.id == id; });
  if (gone == waiting_.end()) return;
  if (gone == waiting_.begin()) TakeBack();
  waiting_.erase(gone);
}

void KeyPrompt::HandleEvent(const NodeEvent& event, Node& node) {
  if (const auto* decided = std::get_if<PairDecided>(&event)) Withdraw(decided->id);
  const auto* request = std::get_if<PairRequested>(&event);
  if (request == nullptr) return;
  Ask({request->id,
       "Pair request from " + std::string(request->peer.view()) + " (" + request->addr + "), check " +
           std::string(FormatCheckNumber(request->check).view()) + " - approve?",
       [&node, id = request->id](bool yes) {
         const auto decided = yes ? node.Approve(id) : node.Deny(id);
         if (!decided) Put("it was decided already\n");
       },
       /*urgent=*/true});
}

void KeyPrompt::Continue(Instant now) {
  while (const std::optional<char> key = keys_.Take()) {
    if (!asked_at_ || now - *asked_at_ < kThinkingTime) continue;
    const bool yes = *key == 'y' || *key == 'Y';
    if (!yes && *key != 'n' && *key != 'N') continue;
    Put(yes ? "y\n" : "n\n");
    shown_ = false;
    asked_at_.reset();
    const Question question = std::move(waiting_.front());
    waiting_.pop_front();
    question.answer(yes);
  }
  Show(now);
}

void KeyPrompt::Show(Instant now) {
  if (shown_ || waiting_.empty()) return;
  if (!asked_at_) asked_at_ = now;
  Put(waiting_.front().text + " (y/n) ");
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace cctl::cli
