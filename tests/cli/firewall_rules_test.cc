// SPDX-License-Identifier: MIT

#include "tools/claudectl/firewall_rules.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

namespace cctl::cli {
namespace {

std::string RuleWhere(const std::set<std::string>& installed) {
  return FirewallRule(9847, 9848,
                      [&installed](std::string_view name) { return installed.contains(std::string(name)); });
}

TEST(FirewallRules, AreThoseOfTheFirewallThatIsThere) {
  EXPECT_EQ(RuleWhere({"ufw", "nft"}), "sudo ufw allow 9847/tcp && sudo ufw allow 9848/udp");
  EXPECT_EQ(RuleWhere({"firewall-cmd", "nft"}),
            "sudo firewall-cmd --permanent --add-port=9847/tcp --add-port=9848/udp && sudo firewall-cmd --reload");
  EXPECT_EQ(RuleWhere({"nft"}),
            "sudo nft insert rule inet filter input tcp dport 9847 accept && "
            "sudo nft insert rule inet filter input udp dport 9848 accept");
  EXPECT_EQ(RuleWhere({}), "");
}

}  // namespace
}  // namespace cctl::cli
