// SPDX-License-Identifier: MIT

#include "tools/claudectl/tui/keys.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/time.h"

namespace cctl::cli::tui {
namespace {

constexpr Instant kNow{1'000};
constexpr Instant kLater = kNow + kEscapePatience;

std::vector<Key> KeysOf(std::string_view bytes, Instant now = kLater) {
  KeyDecoder decoder;
  decoder.Receive(kNow, bytes);
  std::vector<Key> keys;
  while (const auto press = decoder.Next(now)) keys.push_back(press->key);
  return keys;
}

using Keys = std::vector<Key>;

TEST(Keys, AreReadAsTerminalsSendThem) {
  EXPECT_EQ(KeysOf("\x1b[A\x1bOA\x1b[B"), (Keys{Key::kUp, Key::kUp, Key::kDown}));
  EXPECT_EQ(KeysOf("\x1b[5~\x1b[6~\x1b[H\x1b[4~\x1bOF"),
            (Keys{Key::kPageUp, Key::kPageDown, Key::kHome, Key::kEnd, Key::kEnd}));
  EXPECT_EQ(KeysOf("\r\n"), (Keys{Key::kEnter, Key::kEnter}));
  EXPECT_EQ(KeysOf("\x1b[1;5A\x1b[3~\x1b[200~"), (Keys{Key::kUp, Key::kOther, Key::kOther}));
  EXPECT_EQ(KeysOf("\xc3\xa9\x01\xff"), (Keys{Key::kOther, Key::kOther, Key::kOther}));
}

TEST(Keys, CharactersAreThemselves) {
  KeyDecoder decoder;
  decoder.Receive(kNow, "jQ ");
  EXPECT_EQ(decoder.Next(kNow), (KeyPress{Key::kCharacter, 'j'}));
  EXPECT_EQ(decoder.Next(kNow), (KeyPress{Key::kCharacter, 'Q'}));
  EXPECT_EQ(decoder.Next(kNow), (KeyPress{Key::kCharacter, ' '}));
  EXPECT_EQ(decoder.Next(kNow), std::nullopt);
}

TEST(Keys, SequenceMayBeCutAnywhere) {
  constexpr std::string_view kSequence = "\x1b[6~";
  for (std::size_t cut = 1; cut < kSequence.size(); ++cut) {
    KeyDecoder decoder;
    decoder.Receive(kNow, kSequence.substr(0, cut));
    EXPECT_EQ(decoder.Next(kNow), std::nullopt) << cut;
    decoder.Receive(kNow + Milliseconds(10), kSequence.substr(cut));
    EXPECT_EQ(decoder.Next(kNow + Milliseconds(10)), (KeyPress{Key::kPageDown})) << cut;
  }
}

TEST(Keys, EscapeAloneIsOneOnceNothingFollows) {
  KeyDecoder decoder;
  decoder.Receive(kNow, "\x1b");
  EXPECT_EQ(decoder.NextTimeout(), kLater);
  EXPECT_EQ(decoder.Next(kNow), std::nullopt);
  EXPECT_EQ(decoder.Next(kLater), (KeyPress{Key::kEscape}));
  EXPECT_EQ(decoder.NextTimeout(), std::nullopt);
}

TEST(Keys, SequenceWithoutAnEndEnds) {
  const std::string endless = "\x1b[" + std::string(100, '1');
  EXPECT_FALSE(KeysOf(endless).empty());
}

}  // namespace
}  // namespace cctl::cli::tui
