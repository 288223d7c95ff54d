// SPDX-License-Identifier: MIT
//
// The three datagrams, byte for byte and in both forms; what a reader lets pass because the released program or the
// spec has it so; and everything that it refuses, with the exact place.

#include "cctl/wire/announcement.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"
#include "cctl/identity/identity.h"
#include "cctl/wire/instance_id.h"
#include "cctl/wire/version_text.h"
#include "cctl/wire/wire_limits.h"

namespace {
int allocations = 0;
}  // namespace

// Counts, so that a test can show that a datagram costs none. Not inlined: g++ 12 would see a free() of what a `new`
// made.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace cctl {
namespace {

constexpr std::string_view kAnnouncement =
    R"({"type":"announce","identity":"laptop-a3f2","port":9847,"version":"0.36.0","paired_count":1,)"
    R"("instance":"5b0c9a12"})";
constexpr std::string_view kQuery = R"({"type":"query","identity":"desktop-b7c1"})";
constexpr std::string_view kGoodbye = R"({"type":"goodbye","identity":"laptop-a3f2","instance":"5b0c9a12"})";

// The least that the released claudectl's form may say, and the least of the spec's.
constexpr std::string_view kLeastReleased = R"(CCTL{"identity":"laptop-a3f2","port":9847,"version":"0.36.0"})";
constexpr std::string_view kLeast =
    R"({"type":"announce","identity":"laptop-a3f2","port":9847,"version":"0.36.0","paired_count":1})";

Identity Name(std::string_view text) { return Identity::Parse(text).value(); }

Announcement Laptop() { return {Name("laptop-a3f2"), 9847, VersionText("0.36.0"), 1, InstanceId{0x5b0c9a12}}; }

std::string InReleasedForm(std::string_view json) { return std::string(kReleasedFormPrefix) + std::string(json); }

std::string Written(const LanDatagram& datagram) {
  std::string out;
  if (const auto* announcement = std::get_if<Announcement>(&datagram)) AppendAnnouncement(out, *announcement);
  if (const auto* query = std::get_if<LanQuery>(&datagram)) AppendLanQuery(out, *query);
  if (const auto* goodbye = std::get_if<Goodbye>(&datagram)) AppendGoodbye(out, *goodbye);
  return out;
}

Error ErrorOf(std::string_view bytes) {
  const auto datagram = ParseLanDatagram(bytes);
  return datagram ? Error{} : datagram.error();
}

void ExpectSame(const Announcement& a, const Announcement& b) {
  EXPECT_EQ(a.identity, b.identity);
  EXPECT_EQ(a.port, b.port);
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.paired_count, b.paired_count);
  EXPECT_EQ(a.instance, b.instance);
}

// An announcement with one member's value replaced by JSON, or left out where there is none.
std::string With(std::string_view name, std::string_view json) {
  const struct {
    std::string_view name, json;
  } kMembers[] = {{"type", "\"announce\""}, {"identity", "\"a\""}, {"port", "1"},
                  {"version", "\"1\""},     {"paired_count", "0"}, {"instance", "\"5b0c9a12\""}};
  std::string text = "{";
  for (const auto& member : kMembers) {
    const std::string_view value = member.name == name ? json : member.json;
    if (value.empty()) continue;
    if (text.size() > 1) text += ',';
    text.append("\"").append(member.name).append("\":").append(value);
  }
  return text + "}";
}

// Where in With(name, ...) the value begins.
std::uint32_t ValueAt(const std::string& name) {
  return static_cast<std::uint32_t>(With(name, "0").find("\"" + name + "\":") + name.size() + 3);
}

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

struct Reject {
  std::string text;
  Error error;
};

void ExpectRejected(const std::vector<Reject>& rejects) {
  for (const Reject& reject : rejects) {
    const auto datagram = ParseLanDatagram(reject.text);
    ASSERT_FALSE(datagram) << reject.text;
    EXPECT_EQ(datagram.error(), reject.error) << reject.text << ": " << ErrcName(datagram.error().code) << ' '
                                              << datagram.error().part << " at " << datagram.error().offset;
  }
}

// Values of one member, each with the offset within the value.
struct BadValue {
  std::string json;
  Errc code;
  std::uint32_t at;
  std::uint32_t limit = 0;
};

// In both forms: whoever sends one wrong member is not believed the others.
void ExpectValuesRejected(const char* name, const std::vector<BadValue>& values) {
  for (const BadValue& value : values) {
    const std::string text = With(name, value.json);
    const Error error{value.code, ValueAt(name) + value.at, value.limit, name};
    ExpectRejected({{text, error}, {InReleasedForm(text), error}});
  }
}

TEST(Announcement, IsWrittenAsTheExactBytesThatTheSpecHas) {
  std::string out;
  AppendAnnouncement(out, Laptop());
  EXPECT_EQ(out, kAnnouncement);
  Announcement least = Laptop();
  least.instance.reset();
  EXPECT_EQ(Written(least), kLeast);
}

TEST(Announcement, IsWrittenAsTheExactBytesThatTheReleasedClaudectlsReaderTakes) {
  std::string out(kReleasedFormPrefix);
  AppendAnnouncement(out, Laptop());
  EXPECT_EQ(out, R"(CCTL{"type":"announce","identity":"laptop-a3f2","port":9847,"version":"0.36.0","paired_count":1,)"
                 R"("instance":"5b0c9a12"})");
}

TEST(Announcement, IsReadInBothForms) {
  for (const std::string& text : {std::string(kAnnouncement), InReleasedForm(kAnnouncement)}) {
    const auto datagram = ParseLanDatagram(text);
    ASSERT_TRUE(datagram) << text;
    ASSERT_TRUE(std::holds_alternative<Announcement>(*datagram));
    ExpectSame(std::get<Announcement>(*datagram), Laptop());
  }
}

TEST(Announcement, ComesBackAsItWasWritten) {
  const std::string longest(kMaxIdentitySize, 'x');
  const Announcement announcements[] = {
      Laptop(),
      {Name("a"), 1, VersionText("0"), 0, std::nullopt},
      {Name("0_-"), 65535, VersionText("1.0.0-rc.1+20270101"), 0xffffffff, InstanceId{0}},
      {Name(longest), 256, VersionText(R"("\/<>&'~!)"), 7, InstanceId{0xffffffff}},
  };
  for (const Announcement& announcement : announcements) {
    const std::string plain = Written(announcement);
    for (const std::string& text : {plain, InReleasedForm(plain)}) {
      const auto datagram = ParseLanDatagram(text);
      ASSERT_TRUE(datagram) << text;
      ASSERT_TRUE(std::holds_alternative<Announcement>(*datagram)) << text;
      ExpectSame(std::get<Announcement>(*datagram), announcement);
      EXPECT_EQ(Written(*datagram), plain);
    }
  }
}

TEST(Announcement, HasThreeHundredBytesAtMost) {
  // Every character of the version escaped, the rest as long as it gets.
  const Announcement longest{Name(std::string(kMaxIdentitySize, 'x')), 65535, VersionText(std::string(32, '"')),
                             0xffffffff, InstanceId{0xffffffff}};
  InlineString<300> out;
  AppendAnnouncement(out, longest);
  EXPECT_FALSE(out.overflowed());
  EXPECT_EQ(out.size(), 299u);
  EXPECT_TRUE(ParseLanDatagram(out));
}

TEST(LanQuery, IsWrittenAndReadInBothForms) {
  std::string out;
  AppendLanQuery(out, {Name("desktop-b7c1")});
  EXPECT_EQ(out, kQuery);
  for (const std::string& text : {out, InReleasedForm(out)}) {
    const auto datagram = ParseLanDatagram(text);
    ASSERT_TRUE(datagram) << text;
    ASSERT_TRUE(std::holds_alternative<LanQuery>(*datagram));
    EXPECT_EQ(std::get<LanQuery>(*datagram).identity.view(), "desktop-b7c1");
    EXPECT_EQ(Written(*datagram), out);
  }
}

TEST(Goodbye, IsWrittenAndReadInBothForms) {
  std::string out;
  AppendGoodbye(out, {Name("laptop-a3f2"), InstanceId{0x5b0c9a12}});
  EXPECT_EQ(out, kGoodbye);
  for (const std::string& text : {out, InReleasedForm(out)}) {
    const auto datagram = ParseLanDatagram(text);
    ASSERT_TRUE(datagram) << text;
    ASSERT_TRUE(std::holds_alternative<Goodbye>(*datagram));
    EXPECT_EQ(std::get<Goodbye>(*datagram).identity.view(), "laptop-a3f2");
    EXPECT_EQ(std::get<Goodbye>(*datagram).instance, InstanceId{0x5b0c9a12});
    EXPECT_EQ(Written(*datagram), out);
  }
}

TEST(LanDatagram, MayLackTypeAndCountOnlyInTheReleasedForm) {
  const auto datagram = ParseLanDatagram(kLeastReleased);
  ASSERT_TRUE(datagram);
  ASSERT_TRUE(std::holds_alternative<Announcement>(*datagram));
  ExpectSame(std::get<Announcement>(*datagram), {Name("laptop-a3f2"), 9847, VersionText("0.36.0"), 0, std::nullopt});

  // Each of the two alone, and nothing else.
  EXPECT_EQ(ErrorOf(InReleasedForm(With("type", ""))), Error{});
  EXPECT_EQ(ErrorOf(InReleasedForm(With("paired_count", ""))), Error{});
  EXPECT_EQ(ErrorOf(InReleasedForm(With("instance", ""))), Error{});
  for (const char* const name : {"identity", "port", "version"}) {
    const std::string text = With(name, "");
    const auto end = static_cast<std::uint32_t>(text.size() - 1);
    EXPECT_EQ(ErrorOf(InReleasedForm(text)), (Error{Errc::kMissing, end, 0, name}));
  }

  EXPECT_EQ(ErrorOf(With("instance", "")), Error{});
  for (const char* const name : {"type", "identity", "port", "version", "paired_count"}) {
    const std::string text = With(name, "");
    const auto end = static_cast<std::uint32_t>(text.size() - 1);
    EXPECT_EQ(ErrorOf(text), (Error{Errc::kMissing, end, 0, name}));
  }
}

TEST(LanDatagram, IsRefusedWithoutWhatItsKindNeeds) {
  ExpectRejected({
      {"{}", {Errc::kMissing, 1, 0, "type"}},
      {"CCTL{}", {Errc::kMissing, 1, 0, "identity"}},
      {R"({"type":"announce"})", {Errc::kMissing, 18, 0, "identity"}},
      {R"({"type":"query"})", {Errc::kMissing, 15, 0, "identity"}},
      {R"(CCTL{"type":"query"})", {Errc::kMissing, 15, 0, "identity"}},
      {R"({"type":"goodbye","instance":"5b0c9a12"})", {Errc::kMissing, 39, 0, "identity"}},
      {R"({"type":"goodbye","identity":"a"})", {Errc::kMissing, 32, 0, "instance"}},
      {R"(CCTL{"type":"goodbye","identity":"a"})", {Errc::kMissing, 32, 0, "instance"}},
      // Without a type it is an announcement, whatever else it might have been.
      {R"(CCTL{"identity":"a","instance":"5b0c9a12"})", {Errc::kMissing, 37, 0, "port"}},
      // Names are told apart by case, as JSON has it.
      {R"({"Type":"query","identity":"a"})", {Errc::kMissing, 30, 0, "type"}},
      {R"({"type":"query","Identity":"a"})", {Errc::kMissing, 30, 0, "identity"}},
  });
}

TEST(LanDatagram, IsRefusedInEveryProperPrefix) {
  const auto expect_refused = [](std::string_view text) {
    ASSERT_TRUE(ParseLanDatagram(text)) << text;
    for (std::uint32_t size = 0; size < text.size(); ++size) {
      EXPECT_EQ(ErrorOf(text.substr(0, size)), (Error{Errc::kTruncated, size, 0, "json"})) << text.substr(0, size);
    }
    const std::string released = InReleasedForm(text);
    for (std::uint32_t size = 1; size < released.size(); ++size) {
      // A part of the prefix is no prefix, and no JSON either.
      const Error want = size < 4 ? Error{Errc::kInvalid, 0, 0, "json"} : Error{Errc::kTruncated, size - 4, 0, "json"};
      EXPECT_EQ(ErrorOf(released.substr(0, size)), want) << released.substr(0, size);
    }
  };
  for (const std::string_view text : {kAnnouncement, kQuery, kGoodbye, kLeast}) expect_refused(text);
}

TEST(LanDatagram, IsRefusedWithTheIdentitysErrors) {
  ExpectValuesRejected("identity", {
                                       {"\"\"", Errc::kTruncated, 1},
                                       {"null", Errc::kInvalid, 0},
                                       {"7", Errc::kInvalid, 0},
                                       {"[\"a\"]", Errc::kInvalid, 0},
                                       {"\"../etc/passwd\"", Errc::kInvalid, 1},
                                       {"\"lap/top\"", Errc::kInvalid, 4},
                                       {"\"-a\"", Errc::kInvalid, 1},
                                       {"\"a.local\"", Errc::kInvalid, 2},
                                       {"\"a b\"", Errc::kInvalid, 2},
                                       {"\"na\xc3\xafve\"", Errc::kInvalid, 3},
                                       {"\"a\x7f\"", Errc::kInvalid, 2},
                                       // An escape sequence for a terminal; where JSON escapes, at the string.
                                       {R"("a\u001b[2J")", Errc::kInvalid, 0},
                                       {R"("a\u0000")", Errc::kInvalid, 0},
                                       {R"("a\/b")", Errc::kInvalid, 0},
                                       {R"("a\n")", Errc::kInvalid, 0},
                                       {Quoted(std::string(129, 'a')), Errc::kTooLong, 129, 128},
                                       {Quoted("\\u0061" + std::string(128, 'a')), Errc::kTooLong, 0, 128},
                                   });
  EXPECT_EQ(ErrorOf(With("identity", Quoted(std::string(128, 'a')))), Error{});
  EXPECT_EQ(ErrorOf(With("identity", Quoted("\\u0061" + std::string(127, 'a')))), Error{});
}

TEST(LanDatagram, IsRefusedWithAPortThatIsNone) {
  ExpectValuesRejected("port", {
                                   {"0", Errc::kOutOfRange, 0},
                                   {"-0", Errc::kOutOfRange, 0},
                                   {"65536", Errc::kOutOfRange, 0},
                                   {"75383", Errc::kOutOfRange, 0},  // 9847 in 16 bits
                                   {"-1", Errc::kOutOfRange, 0},
                                   {"18446744073709551617", Errc::kOutOfRange, 0},  // 1 in 64 bits
                                   {"1.5", Errc::kInvalid, 1},
                                   {"1.0", Errc::kInvalid, 1},
                                   {"1e3", Errc::kInvalid, 1},
                                   {"\"9847\"", Errc::kInvalid, 0},
                                   {"true", Errc::kInvalid, 0},
                                   {"null", Errc::kInvalid, 0},
                                   {"{}", Errc::kInvalid, 0},
                               });
  EXPECT_EQ(ErrorOf(With("port", "1")), Error{});
  EXPECT_EQ(ErrorOf(With("port", "65535")), Error{});
  // Not JSON: the grammar's error, not the member's.
  const std::uint32_t at = ValueAt("port");
  ExpectRejected({{With("port", "1x"), {Errc::kInvalid, at + 1, 0, "json"}},
                  {With("port", "+1"), {Errc::kInvalid, at, 0, "json"}},
                  {With("port", "1."), {Errc::kInvalid, at + 2, 0, "json"}}});
}

TEST(LanDatagram, IsRefusedWithAVersionThatIsNone) {
  ExpectValuesRejected("version", {
                                      {"\"\"", Errc::kTruncated, 1},
                                      {"\" \"", Errc::kInvalid, 1},
                                      {"\"0.36 0\"", Errc::kInvalid, 5},
                                      {"\"1\x7f\"", Errc::kInvalid, 2},
                                      {"\"1\xc3\xa9\"", Errc::kInvalid, 2},
                                      {R"("1\u0007")", Errc::kInvalid, 0},
                                      {R"("1\t")", Errc::kInvalid, 0},
                                      {R"("1\u202e")", Errc::kInvalid, 0},  // turns the direction of what follows
                                      {Quoted(std::string(33, '1')), Errc::kTooLong, 33, 32},
                                      {Quoted(std::string(33, ' ')), Errc::kTooLong, 33, 32},
                                      {"0.36", Errc::kInvalid, 0},
                                      {"null", Errc::kInvalid, 0},
                                  });
  EXPECT_EQ(ErrorOf(With("version", Quoted(std::string(32, '1')))), Error{});
  // A control character as it is cannot stand in JSON.
  ExpectRejected({{With("version", "\"1\x07\""), {Errc::kInvalid, ValueAt("version") + 2, 0, "json"}},
                  {With("version", "\"1\n\""), {Errc::kInvalid, ValueAt("version") + 2, 0, "json"}}});
}

TEST(LanDatagram, IsRefusedWithACountThatIsNone) {
  ExpectValuesRejected("paired_count", {
                                           {"-1", Errc::kOutOfRange, 0},
                                           {"4294967296", Errc::kOutOfRange, 0},
                                           {"9223372036854775808", Errc::kOutOfRange, 0},
                                           {"99999999999999999999", Errc::kOutOfRange, 0},
                                           {"0.5", Errc::kInvalid, 1},
                                           {"\"1\"", Errc::kInvalid, 0},
                                           {"null", Errc::kInvalid, 0},
                                       });
  EXPECT_EQ(ErrorOf(With("paired_count", "-0")), Error{});
  const auto most = ParseLanDatagram(With("paired_count", "4294967295"));
  ASSERT_TRUE(most);
  EXPECT_EQ(std::get<Announcement>(*most).paired_count, 4'294'967'295u);
}

TEST(LanDatagram, IsRefusedWithAnInstanceThatIsNone) {
  ExpectValuesRejected("instance", {
                                       {"\"\"", Errc::kTruncated, 1},
                                       {"\"5b0c9a1\"", Errc::kTruncated, 8},
                                       {"\"5b0c9a123\"", Errc::kTooLong, 9, 8},
                                       {"\"5B0C9A12\"", Errc::kInvalid, 2},
                                       {"\"5b0c9a1F\"", Errc::kInvalid, 8},
                                       {"\"5b0c9a1g\"", Errc::kInvalid, 8},
                                       {"\"5b0c 9a1\"", Errc::kInvalid, 5},
                                       {R"("5b0c9a1\u0047")", Errc::kInvalid, 0},
                                       {R"("\u0035b0c9a123")", Errc::kTooLong, 0, 8},
                                       {"15280906", Errc::kInvalid, 0},
                                       {"null", Errc::kInvalid, 0},
                                   });
}

TEST(LanDatagram, IsRefusedWithATypeThatIsNoText) {
  ExpectValuesRejected("type", {{"1", Errc::kInvalid, 0}, {"null", Errc::kInvalid, 0}, {"{}", Errc::kInvalid, 0}});
}

TEST(LanDatagram, OfAnotherTypeIsUnsupported) {
  const Error unsupported{Errc::kUnsupported, 0, 0, "type"};
  for (const char* const type : {"\"\"", "\"later\"", "\"Announce\"", "\"announce \"", "\"announcement\"",
                                 "\"pair_request\"", R"("announce\u0000")"}) {
    EXPECT_EQ(ErrorOf(With("type", type)), unsupported) << type;
    EXPECT_EQ(ErrorOf(InReleasedForm(With("type", type))), unsupported) << type;
  }
  EXPECT_EQ(ErrorOf(R"({"type":"later","identity":"a","what":{"is":"new"}})"), unsupported);
}

TEST(LanDatagram, IsRefusedWithAMemberThatComesTwice) {
  for (const std::string_view name :
       {"type", "identity", "port", "version", "paired_count", "instance", R"(\u0070ort)", "x"}) {
    std::string text = With("", "");
    text.pop_back();
    if (name == "x") text += R"(,"x":0)";
    const auto offset = static_cast<std::uint32_t>(text.size() + 1);
    text.append(",\"").append(name).append("\":1}");
    EXPECT_EQ(ErrorOf(text), (Error{Errc::kDuplicate, offset, 0, "json"})) << text;
  }
}

TEST(LanDatagram, IgnoresMembersOfLaterVersions) {
  const auto datagram = ParseLanDatagram(
      R"( {"later":[1,{"port":0,"port":"x"}],"instance":"5b0c9a12","paired_count":1,"Port":0,"version":"0.36.0",)"
      "\r\n\t"
      R"("port" : 9847, "identity":"laptop-a3f2","z":null,"type":"announce"} )");
  ASSERT_TRUE(datagram);
  ExpectSame(std::get<Announcement>(*datagram), Laptop());
  // What one kind has no use for is checked, and no more.
  const auto query = ParseLanDatagram(R"({"type":"query","identity":"a","port":1,"instance":"5b0c9a12"})");
  ASSERT_TRUE(query);
  EXPECT_TRUE(std::holds_alternative<LanQuery>(*query));
  EXPECT_EQ(ErrorOf(R"({"type":"query","identity":"a","port":0})"), (Error{Errc::kOutOfRange, 38, 0, "port"}));
}

TEST(LanDatagram, ReadsEscapedNamesAndTextsAsWhatTheyStandFor) {
  const auto datagram = ParseLanDatagram(
      R"({"t\u0079pe":"announc\u0065","identity":"\u006captop-a3f2","\u0070ort":9847,"version":"0\u002e36.0",)"
      R"("paired\u005fcount":1,"instance":"\u0035b0c9a12"})");
  ASSERT_TRUE(datagram);
  ASSERT_TRUE(std::holds_alternative<Announcement>(*datagram));
  ExpectSame(std::get<Announcement>(*datagram), Laptop());
  EXPECT_EQ(Written(*datagram), kAnnouncement);
}

TEST(LanDatagram, IsRefusedWhereItIsNoJsonObject) {
  const std::string announcement(kAnnouncement);
  const auto size = static_cast<std::uint32_t>(announcement.size());
  std::string nested = With("", "");
  nested.pop_back();
  nested += R"(,"x":)";
  const auto at = static_cast<std::uint32_t>(nested.size());
  const auto deep = [&nested](std::size_t depth) {
    return nested + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(ErrorOf(deep(kMaxJsonDepth - 1)), Error{});
  ExpectRejected({
      {"", {Errc::kTruncated, 0, 0, "json"}},
      {"CCTL", {Errc::kTruncated, 0, 0, "json"}},
      {"null", {Errc::kInvalid, 0, 0, "json"}},
      {"[" + announcement + "]", {Errc::kInvalid, 0, 0, "json"}},
      {Quoted("announce"), {Errc::kInvalid, 0, 0, "json"}},
      {"cctl" + announcement, {Errc::kInvalid, 0, 0, "json"}},
      {"CCTLCCTL" + announcement, {Errc::kInvalid, 0, 0, "json"}},
      {" CCTL" + announcement, {Errc::kInvalid, 1, 0, "json"}},
      {"\xef\xbb\xbf" + announcement, {Errc::kInvalid, 0, 0, "json"}},
      {std::string(1, '\0') + announcement, {Errc::kInvalid, 0, 0, "json"}},
      // Two in one datagram, and what C's texts end with.
      {announcement + "x", {Errc::kTrailing, size, 0, "json"}},
      {announcement + announcement, {Errc::kTrailing, size, 0, "json"}},
      {announcement + "\n" + announcement, {Errc::kTrailing, size + 1, 0, "json"}},
      {announcement + std::string(1, '\0'), {Errc::kTrailing, size, 0, "json"}},
      {InReleasedForm(announcement + "}"), {Errc::kTrailing, size, 0, "json"}},
      {deep(kMaxJsonDepth), {Errc::kTooDeep, at + kMaxJsonDepth - 1, kMaxJsonDepth, "json"}},
      {nested + "\"\xff\"}", {Errc::kInvalid, at + 1, 0, "json"}},
      {nested + "\"\xc0\xaf\"}", {Errc::kInvalid, at + 1, 0, "json"}},      // an overlong slash
      {nested + "\"\xed\xa0\x80\"}", {Errc::kInvalid, at + 1, 0, "json"}},  // half of a pair
      {nested + R"("\ud800"})", {Errc::kInvalid, at + 1, 0, "json"}},
      {With("identity", "\"a\xff\""), {Errc::kInvalid, ValueAt("identity") + 2, 0, "json"}},
  });
  EXPECT_EQ(ErrorOf(announcement + " \r\n\t"), Error{});
}

TEST(LanDatagram, IsReadUpToItsLimit) {
  const auto padded = [](std::string text, std::size_t size) {
    text.append(size - text.size(), ' ');
    return text;
  };
  const Error too_long{Errc::kTooLong, kMaxDatagram, kMaxDatagram, "datagram"};
  EXPECT_EQ(ErrorOf(padded(std::string(kAnnouncement), 1'024)), Error{});
  EXPECT_EQ(ErrorOf(padded(std::string(kAnnouncement), 1'025)), too_long);
  // The four bytes in front count, too.
  EXPECT_EQ(ErrorOf(padded(InReleasedForm(kAnnouncement), 1'024)), Error{});
  EXPECT_EQ(ErrorOf(padded(InReleasedForm(kAnnouncement), 1'025)), too_long);
  EXPECT_EQ(ErrorOf(std::string(1'025, '[')), too_long);
}

TEST(LanDatagram, IsReadAndWrittenWithoutAllocating) {
  const std::string released = InReleasedForm(kAnnouncement);
  const std::string twice = std::string(kAnnouncement) + std::string(kAnnouncement);
  const int at_first = allocations;
  ::operator delete(::operator new(1));
  const int before = allocations;
  ASSERT_EQ(before, at_first + 1);  // the counter counts
  const auto plain = ParseLanDatagram(kAnnouncement);
  const auto other = ParseLanDatagram(released);
  const auto escaped = ParseLanDatagram(R"({"type":"goodbye","identity":"\u006captop","instance":"\u0035b0c9a12"})");
  const bool refused = !ParseLanDatagram(twice) && !ParseLanDatagram(R"({"type":"later","identity":"a"})");
  InlineString<300> text, query, goodbye;
  const bool read = plain && other && escaped;
  if (read) {
    AppendAnnouncement(text, std::get<Announcement>(*plain));
    AppendLanQuery(query, {std::get<Announcement>(*other).identity});
    AppendGoodbye(goodbye, std::get<Goodbye>(*escaped));
  }
  const int after = allocations;
  EXPECT_EQ(after, before);
  EXPECT_TRUE(read && refused);
  EXPECT_EQ(text.view(), kAnnouncement);
  EXPECT_EQ(query.view(), R"({"type":"query","identity":"laptop-a3f2"})");
  EXPECT_EQ(goodbye.view(), R"({"type":"goodbye","identity":"laptop","instance":"5b0c9a12"})");
}

}  // namespace
}  // namespace cctl
