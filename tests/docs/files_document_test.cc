// SPDX-License-Identifier: MIT
//
// The example of an invite's file in docs/files.md, read out of the document itself.

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/time.h"
#include "cctl/invite/invite.h"
#include "cctl/store/invite_file.h"

namespace cctl {
namespace {

// The first block of JSON in the document.
std::string InviteExample() {
  std::ifstream document("docs/files.md");
  std::string example;
  bool in_block = false;
  for (std::string line; std::getline(document, line);) {
    if (line == "```" && in_block) return example;
    if (in_block) example += line + "\n";
    if (line == "```json") in_block = true;
  }
  return {};
}

TEST(FilesDocument, ExampleOfAnInviteIsRead) {
  std::string example = InviteExample();
  constexpr std::string_view kPlaceholder = "<64 hex digits>";
  const std::size_t psk = example.find(kPlaceholder);
  ASSERT_NE(psk, std::string::npos);
  example.replace(psk, kPlaceholder.size(), std::string(64, 'a'));
  const auto invite = ParseInviteFile(example);
  ASSERT_TRUE(invite) << ErrcName(invite.error().code) << ' ' << invite.error().part;
  EXPECT_EQ(invite->id.view(), "5b0c9a12");
  EXPECT_EQ(invite->ttl, Hours(24));
  EXPECT_EQ(invite->uses, 1u);
  EXPECT_EQ(invite->port, 9847);
  EXPECT_FALSE(invite->only_for);
}

}  // namespace
}  // namespace cctl
