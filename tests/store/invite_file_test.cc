// SPDX-License-Identifier: MIT

#include "cctl/store/invite_file.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"
#include "cctl/store/json_file.h"

namespace cctl {
namespace {

using namespace std::string_literals;

// The key that the released claudectl 0.64.0 made of a code: tests/testdata/pairing.json, "psk".
const std::string kDigits = "e6e285ae9cb36d94d38f9cd6c51083f7f6be45867ff4c120641ac54f3ec82d4a";

// As the header gives it, and as it is written.
const std::string kFull = R"({"id":"5b0c9a12","psk":")" + kDigits +
                          R"(","created_at":1795422026237,"ttl_seconds":86400,"uses":3,"uses_left":1,)"
                          R"("label":"for Ann","joined":["ann","Bob_2"],"for":"ci-runner","host":"192.168.1.50",)"
                          R"("port":9847})"
                          "\n";
const std::size_t kPskAt = kFull.find(kDigits);

Identity Name(std::string_view text) { return *Identity::Parse(text); }

Invite Full() {
  Invite invite{.id = *InviteId::Parse("5b0c9a12"),
                .psk = DerivePsk(PairCode::Parse("e6e2-85ae-9cb3-6d94").value()),
                .host = *Host::Parse("192.168.1.50")};
  invite.created_at = UnixTime{1'795'422'026'237};
  invite.ttl = Days(1);
  invite.uses = 3;
  invite.uses_left = 1;
  invite.label.append("for Ann");
  invite.joined = {Name("ann"), Name("Bob_2")};
  invite.only_for = Name("ci-runner");
  invite.port = 9847;
  return invite;
}

void ExpectSame(const Invite& a, const Invite& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.psk, b.psk);
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.ttl, b.ttl);
  EXPECT_EQ(a.uses, b.uses);
  EXPECT_EQ(a.uses_left, b.uses_left);
  EXPECT_EQ(a.label, b.label);
  EXPECT_EQ(a.only_for, b.only_for);
  EXPECT_EQ(a.joined, b.joined);
  EXPECT_EQ(a.host, b.host);
  EXPECT_EQ(a.port, b.port);
}

Error ErrorOf(std::string_view content) {
  const auto invite = ParseInviteFile(content);
  return invite ? Error{} : invite.error();
}

// kFull with a member's value replaced by `value`, which is JSON; or without the member, where that is empty.
std::string With(const std::string& name, const std::string& value) {
  std::string content = "{";
  const JsonFile full = ParseJsonFile(kFull).value();
  for (const auto& [member, old] : full.items()) {
    const std::string text = member == name ? value : old.dump();
    if (!text.empty()) content.append(content.size() > 1 ? "," : "").append("\"" + member + "\":").append(text);
  }
  return content + "}";
}

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

TEST(InviteFile, ReadsAndWritesEveryMember) {
  const auto invite = ParseInviteFile(kFull);
  ASSERT_TRUE(invite) << invite.error().part;
  ExpectSame(*invite, Full());
  EXPECT_EQ(FormatInviteFile(Full()), kFull);
}

TEST(InviteFile, LabelJoinersAndIdentityMayBeMissing) {
  for (const std::string& value : {""s, "null"s}) {
    Invite wanted = Full();
    wanted.label.clear();
    ExpectSame(ParseInviteFile(With("label", value)).value(), wanted);
    wanted = Full();
    wanted.joined.clear();
    ExpectSame(ParseInviteFile(With("joined", value)).value(), wanted);
    wanted = Full();
    wanted.only_for.reset();
    ExpectSame(ParseInviteFile(With("for", value)).value(), wanted);
  }
}

TEST(InviteFile, UnlimitedIsAWord) {
  Invite unlimited = Full();
  unlimited.uses = unlimited.uses_left = kUnlimitedUses;
  const std::string content = FormatInviteFile(unlimited);
  EXPECT_NE(content.find(R"("uses":"unlimited","uses_left":"unlimited")"), std::string::npos) << content;
  ExpectSame(ParseInviteFile(content).value(), unlimited);
}

TEST(InviteFile, WhatIsWrittenIsReadAgainAtTheLimits) {
  Invite least{.id = *InviteId::Parse("00000000"), .psk = {}, .host = *Host::Parse("a")};
  least.ttl = kMinInviteTtl;
  least.port = 1;
  ASSERT_TRUE(CheckInvite(least));
  ExpectSame(ParseInviteFile(FormatInviteFile(least)).value(), least);

  Invite most = Full();
  most.created_at = UnixTime{253'402'300'799'999};
  most.ttl = kMaxInviteTtl;
  most.uses = most.uses_left = kUnlimitedUses - 1;
  most.label = InlineString<64>(std::string(64, '\x01'));  // each of them six characters in JSON
  most.only_for = Name(std::string(kMaxIdentitySize, 'z'));
  most.joined.clear();
  for (std::size_t i = 0; i < kMaxUnprovedJoiners; ++i) {
    std::string name = std::to_string(i);
    most.joined.push_back(Name(name.append(kMaxIdentitySize - name.size(), 'x')));
  }
  most.port = 65'535;
  ASSERT_TRUE(CheckInvite(most));
  const std::string content = FormatInviteFile(most);
  EXPECT_LE(content.size(), kMaxJsonFileSize);
  ExpectSame(ParseInviteFile(content).value(), most);
}

TEST(InviteFile, TakesMembersInAnyOrderAndIgnoresOthers) {
  const auto invite = ParseInviteFile(
      "\t{ \"x\" : {\"psk\":\"no\"}, \"port\":9847, \"y\":[\"psk\", {\"psk\":1}],\r\n"
      " \"z\":\"psk\", \"Psk\":\"no\", \"\":\"\\\"psk\\\":\\\"no\\\"\", \"w\":\"a 5\\\" disk\", \"v\":\"c:\\\\\",\n"
      " \"psk\" \r\n\t : \"" +
      kDigits +
      "\", \"host\":\"192.168.1.50\", \"uses_left\":1,\"for\":\"ci-runner\",\"uses\":3,\"ttl_seconds\":86400,"
      "\"joined\":[\"ann\",\"Bob_2\"],\"id\":\"5b0c9a12\",\"created_at\":1795422026237,\"label\":\"for Ann\"} ");
  ASSERT_TRUE(invite) << invite.error().part;
  ExpectSame(*invite, Full());
}

TEST(InviteFile, ReadsItsKeyInEitherCase) {
  std::string upper = kFull;
  for (std::size_t i = kPskAt; i < kPskAt + kDigits.size(); ++i) {
    if (upper[i] >= 'a') upper[i] = static_cast<char>(upper[i] - 'a' + 'A');
  }
  ASSERT_NE(upper, kFull);
  ExpectSame(ParseInviteFile(upper).value(), Full());
}

TEST(InviteFile, RejectsEveryProperPrefix) {
  ASSERT_TRUE(ParseInviteFile(kFull.substr(0, kFull.size() - 1))) << "the newline need not be there";
  for (std::uint32_t size = 0; size < kFull.size() - 1; ++size) {
    EXPECT_EQ(ErrorOf(kFull.substr(0, size)), (Error{Errc::kTruncated, size, 0, "file"})) << size;
  }
}

TEST(InviteFile, RejectsAZeroByteWhereverItIs) {
  for (std::uint32_t i = 0; i < kFull.size(); ++i) {
    std::string content = kFull;
    content[i] = '\0';
    EXPECT_EQ(ErrorOf(content), (Error{Errc::kInvalid, i, 0, "file"})) << i;
  }
  EXPECT_EQ(ErrorOf(kFull + "\0"s + kFull),
            (Error{Errc::kInvalid, static_cast<std::uint32_t>(kFull.size()), 0, "file"}));
}

TEST(InviteFile, RejectsAMissingMember) {
  for (const char* const name : {"id", "psk", "created_at", "ttl_seconds", "uses", "uses_left", "host", "port"}) {
    EXPECT_EQ(ErrorOf(With(name, "")), (Error{Errc::kMissing, 0, 0, name}));
    EXPECT_EQ(ErrorOf(With(name, "null")), (Error{Errc::kMissing, 0, 0, name}));
  }
}

TEST(InviteFile, RejectsAMemberThatComesTwice) {
  const JsonFile full = ParseJsonFile(kFull).value();
  for (const auto& [name, value] : full.items()) {
    const std::string again = Quoted(name) + ":" + value.dump() + "}";
    EXPECT_EQ(ErrorOf(kFull.substr(0, kFull.size() - 2) + "," + again), (Error{Errc::kDuplicate, 0, 0, "file"}))
        << name;
  }
  EXPECT_EQ(ErrorOf(R"({"\u0070sk":"x",)" + kFull.substr(1)), (Error{Errc::kDuplicate, 0, 0, "file"}));
}

TEST(InviteFile, RejectsADamagedKeyWithItsOffsetInTheFile) {
  const auto at = static_cast<std::uint32_t>(kPskAt);
  const std::string before = kFull.substr(0, kPskAt), behind = kFull.substr(kPskAt + kDigits.size());
  for (std::uint32_t size = 0; size < kDigits.size(); ++size) {
    EXPECT_EQ(ErrorOf(before + kDigits.substr(0, size) + behind), (Error{Errc::kTruncated, at + size, 0, "psk"}));
    std::string digits = kDigits;
    digits[size] = 'g';
    EXPECT_EQ(ErrorOf(before + digits + behind), (Error{Errc::kInvalid, at + size, 0, "psk"}));
  }
  EXPECT_EQ(ErrorOf(before + kDigits + "0" + behind), (Error{Errc::kTooLong, at + 64, 64, "psk"}));
  // A digit that is written as an escape is none: the key is read as it stands in the file.
  EXPECT_EQ(ErrorOf(before + "\\u0065" + kDigits.substr(1) + behind), (Error{Errc::kInvalid, at, 0, "psk"}));
}

TEST(InviteFile, RejectsAKeyThatIsNoText) {
  const auto at = static_cast<std::uint32_t>(kPskAt - 1);
  for (const std::string& value :
       {"5"s, "true"s, "{}"s, "[" + Quoted(kDigits) + "]", "{\"psk\":" + Quoted(kDigits) + "}"}) {
    EXPECT_EQ(ErrorOf(With("psk", value)), (Error{Errc::kInvalid, at, 0, "psk"})) << value;
  }
}

TEST(InviteFile, RejectsWhatIsNoJson) {
  const std::string open = kFull.substr(0, kFull.size() - 2);  // without `}` and newline
  for (const std::string& content :
       {open + ",}", open + "}}", open + "} x", open + "}" + kFull, open + ",x}", open + "]", open + ",\"x\":tru}",
        open + ",\"x\":\"\xff\"}", "[" + kFull.substr(1, kFull.size() - 3) + "]", "x" + kFull, "[" + kFull + "]x"}) {
    const Error error = ErrorOf(content);
    // Without its own member "psk" nothing is read further: what stands there may be a key.
    const bool no_key = content.starts_with("[{");
    EXPECT_EQ(error, (no_key ? Error{Errc::kMissing, 0, 0, "psk"} : Error{Errc::kInvalid, 0, 0, "file"})) << content;
  }
}

TEST(InviteFile, RejectsForeignFiles) {
  constexpr Error kNoKey{Errc::kMissing, 0, 0, "psk"};
  for (const char* const content : {"{}", "[]", "null", "hello", "{\"a\":\"psk\"}", "{\"a\":{\"psk\":\"x\"}}",
                                    R"({"addr":"192.168.1.50:9847","last_seen":1795422026237})"}) {
    EXPECT_EQ(ErrorOf(content), kNoKey) << content;
  }
  EXPECT_EQ(ErrorOf(""), (Error{Errc::kTruncated, 0, 0, "file"}));
  EXPECT_EQ(ErrorOf(kDigits + "\n"), kNoKey);
}

TEST(InviteFile, IsNoLongerAndNoDeeperThanTheLimits) {
  const std::string open = kFull.substr(0, kFull.size() - 2) + ",\"x\":";
  const std::string longest = open + Quoted(std::string(kMaxJsonFileSize - open.size() - 3, 'x')) + "}";
  ASSERT_EQ(longest.size(), kMaxJsonFileSize);
  ExpectSame(ParseInviteFile(longest).value(), Full());
  EXPECT_EQ(ErrorOf(longest + "\n"), (Error{Errc::kTooLong, kMaxJsonFileSize, kMaxJsonFileSize, "file"}));
  const auto nested = [&](int depth) { return open + std::string(depth, '[') + std::string(depth, ']') + "}"; };
  ExpectSame(ParseInviteFile(nested(kMaxJsonFileDepth - 1)).value(), Full());
  EXPECT_EQ(ErrorOf(nested(kMaxJsonFileDepth)),
            (Error{Errc::kTooDeep, static_cast<std::uint32_t>(open.size() + kMaxJsonFileDepth - 1), 16, "file"}));
}

TEST(InviteFile, RejectsValuesOfTheWrongKind) {
  for (const char* const name :
       {"id", "created_at", "ttl_seconds", "uses", "uses_left", "label", "joined", "for", "host", "port"}) {
    for (const std::string& value : {"true"s, "0.5"s, "{}"s, "[0]"s, "[null]"s, "[[\"a\"]]"s}) {
      EXPECT_EQ(ErrorOf(With(name, value)), (Error{Errc::kInvalid, 0, 0, name})) << name << " " << value;
    }
    const bool is_text = name == "label"s || name == "for"s || name == "host"s;  // for which it is a good one
    EXPECT_EQ(ErrorOf(With(name, "\"x\"")), (is_text ? Error{} : Error{Errc::kInvalid, 0, 0, name})) << name;
  }
}

TEST(InviteFile, RejectsWithTheMembersName) {
  const std::string long_name(kMaxIdentitySize + 1, 'a');
  std::string many = "[";
  for (std::size_t i = 0; i <= kMaxUnprovedJoiners; ++i) many += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\"";
  many += "]";
  const struct {
    const char* name;
    std::string value;
    Error error;
  } kRejects[] = {
      {"id", "\"5B0C9A12\"", {Errc::kInvalid, 0, 0, "id"}},
      {"id", "\"5b0c9a1\"", {Errc::kInvalid, 0, 0, "id"}},
      {"id", "\"../../ab\"", {Errc::kInvalid, 0, 0, "id"}},
      {"created_at", "-1", {Errc::kOutOfRange, 0, 0, "created_at"}},
      {"created_at", "253402300800000", {Errc::kOutOfRange, 0, 0, "created_at"}},
      {"created_at", "18446744073709551615", {Errc::kOutOfRange, 0, 0, "created_at"}},
      {"created_at", "18446744073709551616", {Errc::kInvalid, 0, 0, "created_at"}},
      {"ttl_seconds", "0", {Errc::kOutOfRange, 0, 0, "ttl_seconds"}},
      {"ttl_seconds", "2592001", {Errc::kOutOfRange, 0, 0, "ttl_seconds"}},
      {"ttl_seconds", "9223372036854775807", {Errc::kOutOfRange, 0, 0, "ttl_seconds"}},
      {"ttl_seconds", "86400.0", {Errc::kInvalid, 0, 0, "ttl_seconds"}},
      {"uses", "0", {Errc::kOutOfRange, 0, 0, "uses"}},
      {"uses", "-1", {Errc::kOutOfRange, 0, 0, "uses"}},
      {"uses", "4294967295", {Errc::kOutOfRange, 0, 0, "uses"}},  // the number that stands for unlimited inside
      {"uses", "4294967297", {Errc::kOutOfRange, 0, 0, "uses"}},
      {"uses", "\"Unlimited\"", {Errc::kInvalid, 0, 0, "uses"}},
      {"uses", "\"unlimited\"", {Errc::kInvalid, 0, 0, "uses"}},  // and one left
      {"uses_left", "4", {Errc::kInvalid, 0, 0, "uses"}},         // of three
      {"uses_left", "\"unlimited\"", {Errc::kInvalid, 0, 0, "uses"}},
      {"uses_left", "-1", {Errc::kOutOfRange, 0, 0, "uses_left"}},
      {"uses_left", "4294967295", {Errc::kOutOfRange, 0, 0, "uses_left"}},
      {"label", Quoted(std::string(65, 'a')), {Errc::kTooLong, 0, 64, "label"}},
      {"joined", "\"ann\"", {Errc::kInvalid, 0, 0, "joined"}},
      {"joined", "[\"ann\",\"../x\"]", {Errc::kInvalid, 0, 0, "joined"}},
      {"joined", "[\"ann\",\"\"]", {Errc::kInvalid, 0, 0, "joined"}},
      {"joined", "[\"ann\",\"bob\",\"ann\"]", {Errc::kDuplicate, 0, 0, "joined"}},
      {"joined", many, {Errc::kTooLong, 0, 256, "joined"}},
      {"for", "\"\"", {Errc::kInvalid, 0, 0, "for"}},
      {"for", Quoted(long_name), {Errc::kInvalid, 0, 0, "for"}},
      {"host", "\"\"", {Errc::kInvalid, 0, 0, "host"}},
      {"host", "\"[::1]\"", {Errc::kInvalid, 0, 0, "host"}},
      {"host", "\"fe80::1%2\"", {Errc::kInvalid, 0, 0, "host"}},
      {"port", "0", {Errc::kOutOfRange, 0, 0, "port"}},
      {"port", "65536", {Errc::kOutOfRange, 0, 0, "port"}},
      {"port", "\"9847\"", {Errc::kInvalid, 0, 0, "port"}},
  };
  for (const auto& reject : kRejects) {
    const Error error = ErrorOf(With(reject.name, reject.value));
    EXPECT_EQ(error, reject.error) << reject.name << " " << reject.value << ": " << ErrcName(error.code) << " "
                                   << error.part << " at " << error.offset;
  }
}

TEST(InviteFile, UnlimitedUsesAreForOneIdentityOnly) {
  Invite unlimited = Full();
  unlimited.uses = unlimited.uses_left = kUnlimitedUses;
  unlimited.only_for.reset();
  EXPECT_EQ(ErrorOf(FormatInviteFile(unlimited)), (Error{Errc::kInvalid, 0, 0, "uses"}));
}

// Joiners are told apart as Admit does, byte for byte.
TEST(InviteFile, JoinersThatDifferInCaseAreTwo) {
  EXPECT_EQ(ParseInviteFile(With("joined", R"(["ann","Ann"])")).value().joined.size(), 2u);
}

}  // namespace
}  // namespace cctl
