// SPDX-License-Identifier: MIT
//
// A text of at most N bytes that lives inside its owner: no allocation, trivially copyable, usable in a constant
// expression. For what has a limit anyway: identities, host names, versions. It is also a sink for the writers of this
// library (append, push_back); what does not fit is not appended at all and marks the string as overflowed.

#ifndef CCTL_BASE_INLINE_STRING_H_
#define CCTL_BASE_INLINE_STRING_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace cctl {

template <std::size_t N>
class InlineString {
  static_assert(N > 0 && N <= 65'534);

 public:
  static constexpr std::size_t kCapacity = N;

  constexpr InlineString() = default;
  // The first N bytes of `text`; `overflowed()` tells whether there were more.
  constexpr explicit InlineString(std::string_view text) {
    append(text.substr(0, N));
    overflowed_ = text.size() > N;
  }

  [[nodiscard]] constexpr std::string_view view() const { return {data_, size_}; }
  constexpr operator std::string_view() const { return view(); }  // NOLINT(google-explicit-constructor): it is one
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr const char* data() const { return data_; }
  [[nodiscard]] constexpr char* data() { return data_; }
  [[nodiscard]] constexpr bool overflowed() const { return overflowed_; }

  constexpr void clear() {
    size_ = 0;
    overflowed_ = false;
  }
  constexpr void push_back(char c) { append(std::string_view(&c, 1)); }
  constexpr InlineString& append(std::string_view text) {
    if (overflowed_ || text.size() > N - size_) {
      overflowed_ = true;
      return *this;
    }
    for (std::size_t i = 0; i < text.size(); ++i) data_[size_ + i] = text[i];
    size_ = static_cast<Size>(size_ + text.size());
    return *this;
  }

  friend constexpr bool operator==(const InlineString& a, const InlineString& b) { return a.view() == b.view(); }
  friend constexpr bool operator==(const InlineString& a, std::string_view b) { return a.view() == b; }

 private:
  using Size = std::conditional_t<(N < 256), std::uint8_t, std::uint16_t>;

  Size size_ = 0;
  bool overflowed_ = false;
  char data_[N] = {};
};

}  // namespace cctl

#endif  // CCTL_BASE_INLINE_STRING_H_
