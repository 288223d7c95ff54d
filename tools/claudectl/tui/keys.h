// SPDX-License-Identifier: MIT
//
// Keys out of the bytes that a terminal sends (ECMA-48, and what xterm makes of it). Bytes come as they come: a key may
// be cut. An escape is a key of its own if nothing follows it within kEscapePatience.

#ifndef CCTL_TOOLS_CLAUDECTL_TUI_KEYS_H_
#define CCTL_TOOLS_CLAUDECTL_TUI_KEYS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cctl/base/time.h"

namespace cctl::cli::tui {

inline constexpr Duration kEscapePatience = Milliseconds(50);

enum class Key : std::uint8_t { kCharacter, kUp, kDown, kPageUp, kPageDown, kHome, kEnd, kEnter, kEscape, kOther };

struct KeyPress {
  Key key = Key::kOther;
  char character = 0;  // of kCharacter: printable ASCII

  friend bool operator==(const KeyPress&, const KeyPress&) = default;
};

class KeyDecoder {
 public:
  void Receive(Instant now, std::string_view bytes) {
    bytes_.append(bytes);
    received_ = now;
  }

  // The next key that is complete.
  std::optional<KeyPress> Next(Instant now);

  // When an escape that stands alone is one.
  [[nodiscard]] std::optional<Instant> NextTimeout() const {
    return bytes_.empty() ? std::nullopt : std::optional<Instant>(received_ + kEscapePatience);
  }

 private:
  std::string bytes_;
  Instant received_;
};

}  // namespace cctl::cli::tui

#endif  // CCTL_TOOLS_CLAUDECTL_TUI_KEYS_H_
