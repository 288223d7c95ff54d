// SPDX-License-Identifier: MIT

#include "cctl/base/host_port.h"

#include <gtest/gtest.h>

#include <string_view>

namespace cctl {
namespace {

TEST(HostPort, ReadsEachForm) {
  struct Row {
    std::string_view text, host;
    std::uint16_t port;
  };
  for (const Row& row :
       {Row{"192.168.1.50:9847", "192.168.1.50", 9847}, Row{"192.168.1.50", "192.168.1.50", 7},
        Row{"laptop.local:1", "laptop.local", 1}, Row{"[::1]:65535", "::1", 65535}, Row{"[fe80::1]", "fe80::1", 7}}) {
    const auto at = ParseHostPort(row.text, 7);
    ASSERT_TRUE(at) << row.text;
    EXPECT_EQ(at->host.view(), row.host);
    EXPECT_EQ(at->port, row.port);
  }
}

TEST(HostPort, SaysWhatIsWrongAndWhere) {
  struct Row {
    std::string_view text;
    Error error;
  };
  for (const Row& row :
       {Row{"", {Errc::kTruncated, 0, 0, "host"}}, Row{":1", {Errc::kTruncated, 0, 0, "host"}},
        Row{"a_b:1", {Errc::kInvalid, 1, 0, "host"}}, Row{"a:", {Errc::kTruncated, 2, 0, "port"}},
        Row{"a:x", {Errc::kInvalid, 2, 0, "port"}}, Row{"a:1x", {Errc::kInvalid, 3, 0, "port"}},
        Row{"a:0", {Errc::kOutOfRange, 2, 65535, "port"}}, Row{"a:65536", {Errc::kOutOfRange, 2, 65535, "port"}},
        Row{"a:99999999999999999999", {Errc::kOutOfRange, 2, 65535, "port"}},
        Row{"[::1", {Errc::kTruncated, 4, 0, "host"}}, Row{"[a]:1", {Errc::kTruncated, 2, 0, "host"}},
        Row{"[::1]9", {Errc::kInvalid, 5, 0, "port"}}}) {
    const auto at = ParseHostPort(row.text, 7);
    ASSERT_FALSE(at) << row.text;
    EXPECT_EQ(at.error(), row.error) << row.text << ": " << at.error().part << " " << at.error().offset;
  }
}

}  // namespace
}  // namespace cctl
