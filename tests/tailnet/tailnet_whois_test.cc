// SPDX-License-Identifier: MIT
//
// The sample follows the schema of Tailscale 1.103.0-pre (de9ec7ee2, tailcfg.Node), with made-up names.

#include "cctl/tailnet/tailnet_whois.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"

namespace cctl {
namespace {

std::string Sample() {
  std::ifstream file("tests/testdata/tailnet/whois-tagged.json");
  EXPECT_TRUE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(TailnetWhois, ReadsTheSample) {
  const auto whois = ParseTailnetWhois(Sample());
  ASSERT_TRUE(whois);
  EXPECT_EQ(whois->id.view(), "nCIRUNNER9d1eCNTRL");
  EXPECT_EQ(whois->addresses, (std::vector<std::string>{"100.101.0.12", "fd7a:115c:a1e0::1a01:650c"}));
}

// A subnet router answers for its networks, too; only its own addresses are its own.
TEST(TailnetWhois, TakesSingleAddressesOnly) {
  const auto whois = ParseTailnetWhois(
      R"({"Node":{"StableID":"nX","Addresses":["10.0.0.0/24","0.0.0.0/0","fd7a::/48","100.64.0.1/32",7,"x","100.64.0.2"]}})");
  ASSERT_TRUE(whois);
  EXPECT_EQ(whois->addresses, std::vector<std::string>{"100.64.0.1"});
}

TEST(TailnetWhois, NamesNobodyWhereItIsNotUnderstood) {
  struct Row {
    std::string text;
    Errc code;
  };
  for (const Row& row : {
           Row{"", Errc::kInvalid},
           Row{"peer not found", Errc::kInvalid},
           Row{"[]", Errc::kInvalid},
           Row{"{}", Errc::kInvalid},
           Row{R"({"Node":null})", Errc::kInvalid},
           Row{R"({"Node":[]})", Errc::kInvalid},
           Row{R"({"Node":{"Addresses":["100.64.0.1/32"]}})", Errc::kMissing},
           Row{R"({"Node":{"StableID":7,"Addresses":["100.64.0.1/32"]}})", Errc::kMissing},
           Row{R"({"Node":{"StableID":"a/b","Addresses":["100.64.0.1/32"]}})", Errc::kMissing},
           Row{R"({"Node":{"StableID":"nX"}})", Errc::kMissing},
           Row{R"({"Node":{"StableID":"nX","Addresses":null}})", Errc::kMissing},
           Row{R"({"Node":{"StableID":"nX","Addresses":["10.0.0.0/24"]}})", Errc::kMissing},
           Row{std::string((1 << 20) + 1, ' '), Errc::kTooLong},
       }) {
    const auto whois = ParseTailnetWhois(row.text);
    ASSERT_FALSE(whois) << row.text.substr(0, 80);
    EXPECT_EQ(whois.error().code, row.code) << row.text.substr(0, 80);
    EXPECT_EQ(std::string_view(whois.error().part), "whois");
  }
  const std::string sample = Sample();
  for (std::size_t size = 0; size < sample.find_last_of('}'); ++size) {
    EXPECT_FALSE(ParseTailnetWhois(std::string_view(sample).substr(0, size)));
  }
}

}  // namespace
}  // namespace cctl
