// SPDX-License-Identifier: MIT
//
// "The key never goes through the JSON library, whose buffers are not wiped": no heap memory that is freed while an
// invite's file is read or written holds digits of its key.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include "cctl/base/secret.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/store/invite_file.h"

namespace {

constexpr std::string_view kDigits = "e6e285ae9cb36d94d38f9cd6c51083f7f6be45867ff4c120641ac54f3ec82d4a";

bool watching = false;
int freed = 0;
int freed_with_key = 0;

// In front of each block stands its size.
constexpr std::size_t kFront = alignof(std::max_align_t);

// Any run of 16 digits of the key is enough to betray it.
bool HoldsKey(std::string_view text) {
  for (std::size_t i = 0; i + 16 <= kDigits.size(); ++i) {
    if (text.find(kDigits.substr(i, 16)) != std::string_view::npos) return true;
  }
  return false;
}

void Free(void* memory) {
  if (memory == nullptr) return;
  char* const block = static_cast<char*>(memory) - kFront;
  if (watching) {
    std::size_t size = 0;
    std::memcpy(&size, block, sizeof size);
    ++freed;
    freed_with_key += HoldsKey({block + kFront, size}) ? 1 : 0;
  }
  std::free(block);
}

}  // namespace

// Zeroed, so that what is found was put there by its last owner. Not inlined: g++ 12 would see a free() of what a `new`
// made.
[[gnu::noinline]] void* operator new(std::size_t size) {
  char* const block = static_cast<char*>(std::calloc(1, kFront + size));
  if (block == nullptr) std::abort();
  std::memcpy(block, &size, sizeof size);
  return block + kFront;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { Free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { Free(memory); }

namespace cctl {
namespace {

class InviteFileWipe : public ::testing::Test {
 protected:
  void SetUp() override { freed = freed_with_key = 0; }
  void TearDown() override { watching = false; }

  const Psk key_ = DerivePsk(PairCode::Parse("e6e2-85ae-9cb3-6d94").value());
};

std::string Content(std::string_view digits) {
  std::string content;
  content.reserve(1024);
  return content.append(R"({"x":["a text that is longer than what a string holds in itself"],"id":"5b0c9a12","psk":")")
      .append(digits)
      .append(R"(","created_at":1795422026237,"ttl_seconds":86400,"uses":1,"uses_left":1,"host":"a","port":9847})");
}

TEST_F(InviteFileWipe, TheWatchSeesAKeyThatIsFreed) {
  watching = true;
  {
    const std::string unwiped(kDigits);
    __asm__ __volatile__("" : : "r"(unwiped.data()) : "memory");  // else a compiler may leave out the whole string
  }
  EXPECT_EQ(freed_with_key, 1);
  {
    std::string wiped(kDigits);
    const ScopedWipe wipe(wiped);
  }
  EXPECT_EQ(freed_with_key, 1);
}

TEST_F(InviteFileWipe, ReadingLeavesNoKeyBehind) {
  std::string content = Content(kDigits);
  const ScopedWipe wipe(content);
  watching = true;
  const bool right = ParseInviteFile(content).value().psk == key_;
  watching = false;
  EXPECT_TRUE(right);
  EXPECT_GT(freed, 0);
  EXPECT_EQ(freed_with_key, 0);
}

TEST_F(InviteFileWipe, ReadingADamagedFileLeavesNoKeyBehind) {
  for (const std::string_view replaced : {"\"id\"", "\"port\":9847", "86400", "5b0c9a12"}) {
    std::string content = Content(kDigits);
    const ScopedWipe wipe(content);
    content.replace(content.find(replaced), replaced.size(), "\"?\"");
    watching = true;
    const bool refused = !ParseInviteFile(content);
    watching = false;
    EXPECT_TRUE(refused) << replaced;
    EXPECT_EQ(freed_with_key, 0) << replaced;
  }
}

TEST_F(InviteFileWipe, WritingLeavesNoKeyBehind) {
  std::string text = Content(kDigits);
  const ScopedWipe wipe_text(text);
  const Invite invite = ParseInviteFile(text).value();
  std::string content;
  const ScopedWipe wipe(content);
  watching = true;
  content = FormatInviteFile(invite);
  watching = false;
  EXPECT_NE(content.find(kDigits), std::string::npos);
  EXPECT_GT(freed, 0);
  EXPECT_EQ(freed_with_key, 0);
}

}  // namespace
}  // namespace cctl
