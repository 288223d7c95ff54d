// SPDX-License-Identifier: MIT

#include "cctl/tailnet/tailnet_key.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/identity/psk.h"
#include "cctl/tailnet/stable_id.h"

namespace cctl {
namespace {

std::string Hex(const Psk& psk) {
  char digits[kPskHexSize];
  FormatPskHex(psk, digits);
  return {digits, sizeof digits};
}

// Computed with Python's hmac module.
TEST(TailnetKey, IsTheVectors) {
  const StableId laptop = StableId::Parse("nLAPTOPa3f2CNTRL").value();
  const StableId runner = StableId::Parse("nCIRUNNER9d1eCNTRL").value();
  const std::string expected = "3fdf9e97e95c32c41a0540fe0be7aa2ba1bd2397e0e1925a00bf280bf07b27ac";
  EXPECT_EQ(Hex(DeriveTailnetPsk(laptop, runner)), expected);
  EXPECT_EQ(Hex(DeriveTailnetPsk(runner, laptop)), expected);
}

TEST(TailnetKey, DiffersForEachPair) {
  const auto key = [](std::string_view a, std::string_view b) {
    return Hex(DeriveTailnetPsk(StableId::Parse(a).value(), StableId::Parse(b).value()));
  };
  EXPECT_NE(key("nA", "nB"), key("nA", "nC"));
  EXPECT_NE(key("nA", "nB"), key("nAn", "B"));  // the line end keeps them apart
  EXPECT_NE(key("na", "nB"), key("nA", "nB"));
}

TEST(StableId, TakesWhatMayStandInAFilesName) {
  EXPECT_TRUE(StableId::Parse("nLAPTOPa3f2CNTRL"));
  EXPECT_TRUE(StableId::Parse(std::string(kMaxStableIdSize, 'x')));
  struct Row {
    std::string text;
    Error error;
  };
  for (const Row& row : {Row{"", {Errc::kTruncated, 0, 0, "node"}}, Row{"a/b", {Errc::kInvalid, 1, 0, "node"}},
                         Row{"..", {Errc::kInvalid, 0, 0, "node"}}, Row{"a\n", {Errc::kInvalid, 1, 0, "node"}},
                         Row{"n\xc3\xa4", {Errc::kInvalid, 1, 0, "node"}},
                         Row{std::string(65, 'x'), {Errc::kTooLong, 64, 64, "node"}}}) {
    EXPECT_EQ(StableId::Parse(row.text).error(), row.error) << row.text;
  }
}

}  // namespace
}  // namespace cctl
