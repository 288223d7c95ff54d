// SPDX-License-Identifier: MIT
//
// A bounds-checked position in a text that came from outside. It never reads past the end and never moves backwards;
// what is not there is reported as an empty view, '\0' or false. Usable in a constant expression.
//
//   cctl::TextCursor in("host:80");
//   std::string_view host = in.TakeUntil(':');  // "host"
//   bool colon = in.Consume(":");               // true; in.position() is 5

#ifndef CCTL_BASE_TEXT_CURSOR_H_
#define CCTL_BASE_TEXT_CURSOR_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cctl {

class TextCursor {
 public:
  constexpr explicit TextCursor(std::string_view text) : text_(text) {}

  [[nodiscard]] constexpr bool AtEnd() const { return position_ == text_.size(); }
  [[nodiscard]] constexpr std::uint32_t position() const { return static_cast<std::uint32_t>(position_); }
  [[nodiscard]] constexpr std::string_view rest() const { return text_.substr(position_); }

  // The next character, or '\0' at the end; ask AtEnd() where a text may hold a zero.
  [[nodiscard]] constexpr char Peek() const { return AtEnd() ? '\0' : text_[position_]; }

  // Moves past `literal` if it comes next.
  constexpr bool Consume(std::string_view literal) {
    if (rest().substr(0, literal.size()) != literal) return false;
    position_ += literal.size();
    return true;
  }

  // Takes up to `count` characters, fewer where the text ends.
  constexpr std::string_view Take(std::size_t count) {
    const std::string_view taken = rest().substr(0, count);
    position_ += taken.size();
    return taken;
  }

  // Takes everything before the first `stop`, or before the end.
  constexpr std::string_view TakeUntil(char stop) { return Take(rest().find(stop)); }

  // Takes the longest run of characters that `wanted` accepts.
  template <typename Predicate>
  constexpr std::string_view TakeWhile(Predicate wanted) {
    std::size_t end = position_;
    while (end < text_.size() && wanted(text_[end])) ++end;
    return Take(end - position_);
  }

 private:
  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace cctl

#endif  // CCTL_BASE_TEXT_CURSOR_H_
