// SPDX-License-Identifier: MIT

#include "cctl/store/meta_file.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/invite/invite_id.h"
#include "cctl/store/json_file.h"

namespace cctl {
namespace {

using namespace std::string_literals;

// As the header gives it, and as it is written.
const std::string kFull =
    R"({"addr":"192.168.1.50:9847","last_seen":1795422026237,"host":"laptop.local","paired_at":1795422026000,)"
    R"("via":"invite","proved":true,"invite":"5b0c9a12"})"
    "\n";

PeerMeta Full() {
  PeerMeta meta;
  meta.addr.append("192.168.1.50:9847");
  meta.last_seen = UnixTime{1'795'422'026'237};
  meta.host = *Host::Parse("laptop.local");
  meta.paired_at = UnixTime{1'795'422'026'000};
  meta.via = PairedVia::kInvite;
  meta.proved = true;
  meta.invite = *InviteId::Parse("5b0c9a12");
  return meta;
}

Error ErrorOf(std::string_view content) {
  const auto meta = ParseMetaFile(content);
  return meta ? Error{} : meta.error();
}

// A file with that member alone; `value` is JSON.
std::string With(const char* name, const std::string& value) { return "{\"" + std::string(name) + "\":" + value + "}"; }

TEST(MetaFile, ReadsAndWritesEveryMember) {
  EXPECT_EQ(ParseMetaFile(kFull).value(), Full());
  EXPECT_EQ(FormatMetaFile(Full()), kFull);
}

// docs/files.md: the members that the released program knows. Nothing is made up for the others.
TEST(MetaFile, OfTheReleasedProgramIsReadAndComesBack) {
  const std::string released = R"({"addr":"192.168.1.50:9847","last_seen":1795422026237})";
  const auto meta = ParseMetaFile(released);
  ASSERT_TRUE(meta);
  EXPECT_EQ(meta->addr.view(), "192.168.1.50:9847");
  EXPECT_EQ(meta->last_seen, UnixTime{1'795'422'026'237});
  EXPECT_FALSE(meta->host || meta->paired_at || meta->via || meta->proved || meta->invite);
  EXPECT_TRUE(meta->unknown.empty());
  EXPECT_EQ(FormatMetaFile(*meta), released + "\n");
}

TEST(MetaFile, EveryMemberMayBeMissingOrNull) {
  EXPECT_EQ(ParseMetaFile("{}").value(), PeerMeta{});
  EXPECT_EQ(FormatMetaFile(PeerMeta{}), "{}\n");
  const JsonFile full = ParseJsonFile(kFull).value();
  ASSERT_EQ(full.size(), 7u);
  for (const auto& item : full.items()) {
    JsonFile without = full, null = full;
    without.erase(item.key());
    null[item.key()] = nullptr;
    const auto meta = ParseMetaFile(FormatJsonFile(without));
    ASSERT_TRUE(meta) << item.key();
    EXPECT_EQ(FormatMetaFile(*meta), FormatJsonFile(without)) << "and each of the others is still there";
    EXPECT_EQ(ParseMetaFile(FormatJsonFile(null)).value(), *meta) << item.key();
  }
}

TEST(MetaFile, KeepsMembersThatItDoesNotKnow) {
  const std::string content =
      R"({"b":[1,{"addr":"x"}],"addr":"10.0.0.1:1","Proved":null,"":"\u0000€","a":{"via":-1.5e300}})";
  const auto meta = ParseMetaFile(content);
  ASSERT_TRUE(meta);
  EXPECT_EQ(meta->unknown, "{\"b\":[1,{\"addr\":\"x\"}],\"Proved\":null,\"\":\"\\u0000€\",\"a\":{\"via\":-1.5e+300}}");
  PeerMeta changed = *meta;
  changed.proved = true;
  EXPECT_EQ(FormatMetaFile(changed),
            "{\"addr\":\"10.0.0.1:1\",\"proved\":true,\"b\":[1,{\"addr\":\"x\"}],\"Proved\":null,\"\":\"\\u0000€\","
            "\"a\":{\"via\":-1.5e+300}}\n");
  EXPECT_EQ(ParseMetaFile(FormatMetaFile(changed)).value(), changed);
}

TEST(MetaFile, AnUnknownMemberNeverReplacesOneOfOurs) {
  PeerMeta meta = Full();
  meta.unknown = R"({"proved":false,"x":1})";
  EXPECT_EQ(FormatMetaFile(meta), kFull.substr(0, kFull.size() - 2) + ",\"x\":1}\n");
  meta.unknown = "no JSON";
  EXPECT_EQ(FormatMetaFile(meta), kFull);
}

// 1e15 is written as 1000000000000000.0: such a file would grow over the limit, and its members were once dropped then.
TEST(MetaFile, UnknownNumbersThatGrowOverTheLimitAreAnErrorAndNotLost) {
  const auto numbers = [](std::size_t count) {
    std::string content = "{\"addr\":\"10.0.0.1:1\",\"x\":[1e15";
    for (std::size_t i = 1; i < count; ++i) content += ",1e15";
    return content + "]}";
  };
  ASSERT_LT(numbers(12'000).size(), kMaxJsonFileSize);
  EXPECT_EQ(ErrorOf(numbers(12'000)), (Error{Errc::kTooLong, 0, kMaxUnknownMeta, "file"}));
  const auto meta = ParseMetaFile(numbers(3'000));
  ASSERT_TRUE(meta);
  EXPECT_EQ(ParseMetaFile(FormatMetaFile(*meta)).value(), *meta);
}

// Whatever is read can be written with the longest of our own members, and read again.
TEST(MetaFile, TheLongestIsReadAgain) {
  PeerMeta longest = Full();
  longest.addr.clear();
  longest.addr.append("[1111:2222:3333:4444:5555:6666:7777:8888%4294967295]:65535");
  std::string host;
  while (host.size() < kMaxHostSize) host += host.size() % 64 == 63 ? '.' : 'a';
  longest.host = Host::Parse(host).value();
  longest.last_seen = longest.paired_at = UnixTime{253'402'300'799'999};
  longest.via = PairedVia::kProject;
  longest.proved = false;
  longest.unknown = "{\"x\":\"" + std::string(kMaxUnknownMeta - 8, 'x') + "\"}";
  ASSERT_EQ(longest.unknown.size(), kMaxUnknownMeta);
  const std::string content = FormatMetaFile(longest);
  EXPECT_LE(content.size(), kMaxJsonFileSize);
  EXPECT_EQ(ParseMetaFile(content).value(), longest);
}

TEST(MetaFile, RejectsEveryProperPrefix) {
  ASSERT_TRUE(ParseMetaFile(kFull.substr(0, kFull.size() - 1))) << "the newline need not be there";
  for (std::uint32_t size = 0; size < kFull.size() - 1; ++size) {
    EXPECT_EQ(ErrorOf(kFull.substr(0, size)), (Error{Errc::kTruncated, size, 0, "file"})) << size;
  }
}

TEST(MetaFile, RejectsWhatIsNoFileOfOurs) {
  EXPECT_EQ(ErrorOf("[]"), (Error{Errc::kInvalid, 0, 0, "file"}));
  EXPECT_EQ(ErrorOf("null"), (Error{Errc::kInvalid, 0, 0, "file"}));
  EXPECT_EQ(ErrorOf("e6e285ae9cb36d94"), (Error{Errc::kInvalid, 0, 0, "file"}));
  EXPECT_EQ(ErrorOf(R"({"proved":true,"proved":true})"), (Error{Errc::kDuplicate, 0, 0, "file"}));
  EXPECT_EQ(ErrorOf(R"({"x":1,"x":2})"), (Error{Errc::kDuplicate, 0, 0, "file"}));
  EXPECT_EQ(ErrorOf(kFull + "\0"s), (Error{Errc::kInvalid, static_cast<std::uint32_t>(kFull.size()), 0, "file"}));
  EXPECT_EQ(ErrorOf(With("x", std::string(16, '[') + std::string(16, ']'))), (Error{Errc::kTooDeep, 20, 16, "file"}));
  // Another program's: nothing in it is wrong, it is all unknown.
  EXPECT_EQ(ParseMetaFile(R"({"name":"x","version":"1.0"})").value().unknown, R"({"name":"x","version":"1.0"})");
}

TEST(MetaFile, RejectsValuesOfTheWrongKind) {
  for (const char* const name : {"addr", "last_seen", "host", "paired_at", "via", "proved", "invite"}) {
    for (const char* const value : {"0.5", "[]", "{}", "[null]", "\"\"", "-1", "\"\\u0000\""}) {
      const Error error = ErrorOf(With(name, value));
      const bool is_date = name == "last_seen"s || name == "paired_at"s;
      const Errc code = is_date && value == "-1"s ? Errc::kOutOfRange : Errc::kInvalid;
      EXPECT_EQ(error, (Error{code, 0, 0, name})) << name << " " << value;
    }
    const bool is_flag = name == "proved"s;
    EXPECT_EQ(ErrorOf(With(name, "true")), (is_flag ? Error{} : Error{Errc::kInvalid, 0, 0, name})) << name;
  }
}

TEST(MetaFile, RejectsWithTheMembersName) {
  const struct {
    const char* name;
    std::string value;
    Errc code;
  } kRejects[] = {
      {"last_seen", "253402300800000", Errc::kOutOfRange},
      {"last_seen", "9223372036854775808", Errc::kOutOfRange},
      {"last_seen", "1e3", Errc::kInvalid},
      {"last_seen", "1795422026237.0", Errc::kInvalid},
      {"paired_at", "100000000000000000000", Errc::kInvalid},
      {"paired_at", "\"1795422026237\"", Errc::kInvalid},
      {"host", "\"a b\"", Errc::kInvalid},
      {"host", "\"[::1]\"", Errc::kInvalid},
      {"host", "\"laptop.local:9847\"", Errc::kInvalid},
      {"host", "\"../x\"", Errc::kInvalid},
      {"host", "\"" + std::string(254, 'a') + "\"", Errc::kInvalid},
      {"via", "\"Invite\"", Errc::kInvalid},
      {"via", "\"invites\"", Errc::kInvalid},
      {"via", "0", Errc::kInvalid},
      {"proved", "1", Errc::kInvalid},
      {"proved", "\"true\"", Errc::kInvalid},
      {"invite", "\"5B0C9A12\"", Errc::kInvalid},
      {"invite", "\"5b0c9a1\"", Errc::kInvalid},
      {"invite", "\"5b0c9a123\"", Errc::kInvalid},
      {"invite", "\"../../ab\"", Errc::kInvalid},
  };
  for (const auto& reject : kRejects) {
    EXPECT_EQ(ErrorOf(With(reject.name, reject.value)), (Error{reject.code, 0, 0, reject.name}))
        << reject.name << " " << reject.value;
  }
}

TEST(MetaFile, ReadsAddressesAsSocketsPrintThem) {
  for (const char* const addr :
       {"192.168.1.50:9847", "0.0.0.0:1", "255.255.255.255:65535", "[::1]:9847", "[2001:db8::1]:1",
        "[fe80::1%2]:9847",  // as Rust prints a scope
        "[1111:2222:3333:4444:5555:6666:7777:8888%4294967295]:65535", "[::ffff:10.0.0.1]:80"}) {
    const auto meta = ParseMetaFile(With("addr", "\"" + std::string(addr) + "\""));
    ASSERT_TRUE(meta) << addr;
    EXPECT_EQ(meta->addr.view(), addr);
  }
}

TEST(MetaFile, RejectsAnAddressThatIsNone) {
  for (const std::string& addr : {"192.168.1.50"s,
                                  "192.168.1.50:"s,
                                  ":9847"s,
                                  "192.168.1.50:0"s,
                                  "192.168.1.50:080"s,
                                  "192.168.1.50:65536"s,
                                  "192.168.1.50:18446744073709561463"s,
                                  "192.168.1.50:-1"s,
                                  "192.168.1.50:9847 "s,
                                  " 192.168.1.50:9847"s,
                                  "192.168.1.256:1"s,
                                  "192.168.01.50:1"s,
                                  "1.2.3:1"s,
                                  "laptop.local:9847"s,
                                  "::1:9847"s,
                                  "[::1]"s,
                                  "[::1:9847"s,
                                  "::1]:9847"s,
                                  "[::1]9847"s,
                                  "[]:1"s,
                                  "[:1"s,
                                  "[1.2.3.4]:1"s,
                                  "[host]:1"s,
                                  "[fe80::1%]:1"s,
                                  "[fe80::1%eth0]:1"s,
                                  "[fe80::1%2%3]:1"s,
                                  "[%2]:1"s,
                                  "192.168.1.50%2:1"s,
                                  "[::1]:9847:1"s,
                                  "\\ud83d\\udd11:1"s,
                                  "1.2.3.4:1\\u0000"s,
                                  "[" + std::string(64, '0') + "::1]:1",
                                  "[fe80::1%" + std::string(60, '1') + "]:1"}) {
    EXPECT_EQ(ErrorOf(With("addr", "\"" + addr + "\"")), (Error{Errc::kInvalid, 0, 0, "addr"})) << addr;
  }
}

TEST(PairedVia, HasAWordForEachWayThatIsReadBack) {
  const struct {
    PairedVia via;
    std::string_view word;
  } kWords[] = {{PairedVia::kInvite, "invite"},
                {PairedVia::kLan, "lan"},
                {PairedVia::kProject, "project"},
                {PairedVia::kManual, "manual"}};
  for (const auto& [via, word] : kWords) {
    EXPECT_EQ(PairedViaName(via), word);
    EXPECT_EQ(ParseMetaFile(With("via", "\"" + std::string(word) + "\"")).value().via, via);
  }
}

}  // namespace
}  // namespace cctl
