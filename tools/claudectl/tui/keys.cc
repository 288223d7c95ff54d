// SPDX-License-Identifier: MIT

#include "tools/claudectl/tui/keys.h"

#include <cstddef>

#include "cctl/base/utf8.h"

namespace cctl::cli::tui {
namespace {

constexpr std::size_t kMaxSequence = 32;  // longer than any key's; then it is none

Key KeyOfFinal(char final_byte, std::string_view parameters) {
  switch (final_byte) {
    case 'A':
      return Key::kUp;
    case 'B':
      return Key::kDown;
    case 'H':
      return Key::kHome;
    case 'F':
      return Key::kEnd;
    case '~':
      if (parameters == "5") return Key::kPageUp;
      if (parameters == "6") return Key::kPageDown;
      if (parameters == "1" || parameters == "7") return Key::kHome;
      if (parameters == "4" || parameters == "8") return Key::kEnd;
      return Key::kOther;
    default:
      return Key::kOther;
  }
}

// How many bytes the sequence at the start takes, which begins with an escape; 0: it is not complete.
std::size_t SequenceSize(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  if (bytes[1] == 'O') return bytes.size() < 3 ? 0 : 3;  // SS3
  if (bytes[1] != '[') return 2;                         // with Alt
  for (std::size_t i = 2; i < bytes.size(); ++i) {
    if (bytes[i] >= 0x40 && bytes[i] <= 0x7e) return i + 1;
    if (i >= kMaxSequence) return i + 1;
  }
  return 0;
}

}  // namespace

std::optional<KeyPress> KeyDecoder::Next(Instant now) {
  if (bytes_.empty()) return std::nullopt;
  const char first = bytes_[0];
  if (first == '\x1b') {
    const std::size_t size = SequenceSize(bytes_);
    if (size == 0) {
      if (now < received_ + kEscapePatience) return std::nullopt;
      // A cut sequence that is never completed: an escape, and what was typed behind it.
      bytes_.erase(0, 1);
      return KeyPress{Key::kEscape};
    }
    const std::string sequence = bytes_.substr(0, size);
    bytes_.erase(0, size);
    if (size == 2) return KeyPress{Key::kOther};
    return KeyPress{KeyOfFinal(sequence.back(), std::string_view(sequence).substr(2, size - 3))};
  }
  if (first == '\r' || first == '\n') {
    bytes_.erase(0, 1);
    return KeyPress{Key::kEnter};
  }
  if (first >= 0x20 && first < 0x7f) {
    bytes_.erase(0, 1);
    return KeyPress{Key::kCharacter, first};
  }
  const Utf8Character c = DecodeUtf8(bytes_);
  bytes_.erase(0, c.size == 0 ? 1 : c.size);
  return KeyPress{Key::kOther};
}

}  // namespace cctl::cli::tui
