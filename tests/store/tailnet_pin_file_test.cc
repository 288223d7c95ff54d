// SPDX-License-Identifier: MIT

#include "cctl/store/tailnet_pin_file.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/store/state_layout.h"
#include "cctl/tailnet/stable_id.h"

namespace cctl {
namespace {

constexpr std::string_view kExample = R"({"identity":"ci-runner-9d1e","pinned_at":1795422026000})";

TEST(TailnetPinFile, IsReadAsItIsWritten) {
  const auto pin = ParseTailnetPinFile(kExample);
  ASSERT_TRUE(pin);
  EXPECT_EQ(pin->identity.view(), "ci-runner-9d1e");
  EXPECT_EQ(pin->pinned_at, UnixTime{1'795'422'026'000});
  EXPECT_EQ(FormatTailnetPinFile(*pin), std::string(kExample) + "\n");
}

TEST(TailnetPinFile, MembersToComeAreIgnored) {
  EXPECT_TRUE(ParseTailnetPinFile(R"({"v":2,"identity":"a","pinned_at":0,"name":"x"})"));
}

TEST(TailnetPinFile, RefusesByName) {
  const struct {
    std::string_view text;
    Errc code;
    std::string_view part;
  } rejects[] = {
      {"", Errc::kTruncated, "file"},
      {"[]", Errc::kInvalid, "file"},
      {R"({"identity":"a","identity":"b","pinned_at":0})", Errc::kDuplicate, "file"},
      {R"({"pinned_at":0})", Errc::kMissing, "identity"},
      {R"({"identity":null,"pinned_at":0})", Errc::kMissing, "identity"},
      {R"({"identity":7,"pinned_at":0})", Errc::kInvalid, "identity"},
      {R"({"identity":"../a","pinned_at":0})", Errc::kInvalid, "identity"},
      {R"({"identity":"a"})", Errc::kMissing, "pinned_at"},
      {R"({"identity":"a","pinned_at":"0"})", Errc::kInvalid, "pinned_at"},
      {R"({"identity":"a","pinned_at":-1})", Errc::kOutOfRange, "pinned_at"},
  };
  for (const auto& reject : rejects) {
    const auto pin = ParseTailnetPinFile(reject.text);
    ASSERT_FALSE(pin) << reject.text;
    EXPECT_EQ(pin.error().code, reject.code) << reject.text;
    EXPECT_EQ(std::string_view(pin.error().part), reject.part) << reject.text;
  }
}

TEST(TailnetPinFile, EveryProperPrefixIsRefused) {
  for (std::size_t size = 0; size < kExample.size(); ++size) {
    EXPECT_FALSE(ParseTailnetPinFile(kExample.substr(0, size))) << size;
  }
}

TEST(TailnetPinFile, HasTheNodesName) {
  const auto node = StableId::Parse("nCIRUNNER9d1eCNTRL");
  ASSERT_TRUE(node);
  EXPECT_EQ(TailnetPinPath(*node).view(), "relay/tailnet/nCIRUNNER9d1eCNTRL.json");
  EXPECT_EQ(TailnetPinFileNode("nCIRUNNER9d1eCNTRL.json"), *node);
  for (const std::string_view entry : {"nCIRUNNER9d1eCNTRL", ".json", "a.b.json", "n.json.tmp"}) {
    EXPECT_FALSE(TailnetPinFileNode(entry)) << entry;
  }
  const std::string longest(kMaxStableIdSize, 'n');
  EXPECT_EQ(TailnetPinPath(*StableId::Parse(longest)).view(), "relay/tailnet/" + longest + ".json");
}

}  // namespace
}  // namespace cctl
