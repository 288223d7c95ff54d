// SPDX-License-Identifier: MIT

#include "cctl/wire/json_plain_text.h"

#include <gtest/gtest.h>

#include <string>

namespace cctl::detail {
namespace {

constexpr std::size_t kSize = 16 + 16 + 8 + 4;  // every step width, the widest twice

TEST(JsonPlainText, FindsTheFirstByteThatIsNotPlain) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
    EXPECT_EQ(IsPlainJsonText(static_cast<char>(byte)), plain) << byte;
    for (std::size_t at = 0; at < kSize; ++at) {
      std::string text(kSize, '~');
      text[at] = static_cast<char>(byte);
      const char* const end = text.data() + text.size();
      ASSERT_EQ(SkipPlainJsonText(text.data(), end) - text.data(),
                plain ? static_cast<int>(kSize) : static_cast<int>(at))
          << byte;
    }
  }
}

// A hit may spoil the bytes after it, never those before: every pair of bytes next to each other, in a text of one
// narrow and of one wide step.
TEST(JsonPlainText, FindsTheFirstOfTwoNeighbours) {
  for (const std::size_t size : {std::size_t{8}, std::size_t{16}}) {
    for (int first = 0; first < 256; ++first) {
      for (int second = 0; second < 256; ++second) {
        std::string text(size, 'a');
        text[3] = static_cast<char>(first);
        text[4] = static_cast<char>(second);
        const int want = !IsPlainJsonText(text[3]) ? 3 : !IsPlainJsonText(text[4]) ? 4 : static_cast<int>(size);
        ASSERT_EQ(SkipPlainJsonText(text.data(), text.data() + size) - text.data(), want) << first << ' ' << second;
      }
    }
  }
}

TEST(JsonPlainText, StopsAtTheEnd) {
  const std::string text(32, 'a');
  for (std::size_t begin = 0; begin <= 16; ++begin) {
    for (std::size_t end = begin; end <= 32; ++end) {
      EXPECT_EQ(SkipPlainJsonText(text.data() + begin, text.data() + end), text.data() + end);
    }
  }
}

}  // namespace
}  // namespace cctl::detail
