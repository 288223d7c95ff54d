// SPDX-License-Identifier: MIT
//
// The two lines of pairing by approval, byte for byte, in the spec's form and in ours; that a line which is no request
// is known as such, whatever it holds; and everything that is refused, with the exact place and never with the key.

#include "cctl/wire/pair_messages.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/wire/message_envelope.h"
#include "cctl/wire/version_text.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {
namespace {

constexpr std::string_view kKey = "a3f29b1cd4e5f678f60267559fc2b4d1565e73ad908b9059b53303ff48b1da2d";

// The spec's form has neither version nor port.
constexpr std::string_view kSpecRequest =
    R"({"type":"pair_request","from":"desktop-b7c1",)"
    R"("psk_proposal":"a3f29b1cd4e5f678f60267559fc2b4d1565e73ad908b9059b53303ff48b1da2d"})";
constexpr std::string_view kRequest =
    R"({"type":"pair_request","from":"desktop-b7c1",)"
    R"("psk_proposal":"a3f29b1cd4e5f678f60267559fc2b4d1565e73ad908b9059b53303ff48b1da2d",)"
    R"("version":"0.1.0","port":9847})";
constexpr std::string_view kResponse = R"({"type":"pair_response","from":"laptop-a3f2","status":"approved"})";

Identity Name(std::string_view text) { return Identity::Parse(text).value(); }
Psk Key() { return ParsePskHex(kKey).value(); }
std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

// A line that was written, without its newline.
std::string Written(const PairRequest& request) {
  std::string line;
  AppendPairRequest(line, request);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  line.pop_back();
  return line;
}
std::string Written(const PairResponse& response) {
  std::string line;
  AppendPairResponse(line, response);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  line.pop_back();
  return line;
}

Error RequestError(std::string_view line) {
  const auto request = ParsePairRequest(line);
  return request ? Error{} : request.error();
}
Error ResponseError(std::string_view line) {
  const auto response = ParsePairResponse(line);
  return response ? Error{} : response.error();
}

void ExpectSame(const PairRequest& a, const PairRequest& b) {
  EXPECT_EQ(a.from, b.from);
  EXPECT_TRUE(a.proposal == b.proposal);
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.port, b.port);
}

// An object of those members in which one value is replaced by JSON, or left out where there is none.
struct Member {
  std::string_view name;
  std::string json;
};
std::string With(const std::vector<Member>& members, std::string_view name, std::string_view json) {
  std::string text = "{";
  for (const Member& member : members) {
    const std::string_view value = member.name == name ? json : std::string_view(member.json);
    if (value.empty()) continue;
    if (text.size() > 1) text += ',';
    text.append("\"").append(member.name).append("\":").append(value);
  }
  return text + "}";
}
const std::vector<Member>& RequestMembers() {
  static const auto* const members = new std::vector<Member>{{"type", "\"pair_request\""},
                                                             {"from", "\"a\""},
                                                             {"psk_proposal", Quoted(kKey)},
                                                             {"version", "\"1\""},
                                                             {"port", "1"}};
  return *members;
}
const std::vector<Member>& ResponseMembers() {
  static const auto* const members =
      new std::vector<Member>{{"type", "\"pair_response\""}, {"from", "\"a\""}, {"status", "\"denied\""}};
  return *members;
}
std::uint32_t ValueAt(const std::vector<Member>& members, const std::string& name) {
  return static_cast<std::uint32_t>(With(members, name, "0").find("\"" + name + "\":") + name.size() + 3);
}

// A value of one member, and what is wrong with it: the offset within the value.
struct BadValue {
  std::string json;
  Errc code;
  std::uint32_t at;
  std::uint32_t limit = 0;
};

void ExpectValuesRejected(const std::vector<Member>& members, Error (*error_of)(std::string_view), const char* name,
                          const std::vector<BadValue>& values) {
  for (const BadValue& value : values) {
    const std::string line = With(members, name, value.json);
    const Error error = error_of(line);
    EXPECT_EQ(error, (Error{value.code, ValueAt(members, name) + value.at, value.limit, name}))
        << line << ": " << ErrcName(error.code) << ' ' << error.part << " at " << error.offset;
  }
}
void ExpectRequestsRejected(const char* name, const std::vector<BadValue>& values) {
  ExpectValuesRejected(RequestMembers(), RequestError, name, values);
}
void ExpectResponsesRejected(const char* name, const std::vector<BadValue>& values) {
  ExpectValuesRejected(ResponseMembers(), ResponseError, name, values);
}

// What `from` may not be, in either message.
const std::vector<BadValue>& BadNames() {
  static const auto* const values = new std::vector<BadValue>{
      {"\"\"", Errc::kTruncated, 1},
      {"null", Errc::kInvalid, 0},
      {"1", Errc::kInvalid, 0},
      {"\"../x\"", Errc::kInvalid, 1},
      {"\"a/b\"", Errc::kInvalid, 2},
      {"\"_a\"", Errc::kInvalid, 1},
      {"\"a\xc3\xa9\"", Errc::kInvalid, 2},
      {R"("a\u001b[2J")", Errc::kInvalid, 0},
      {R"("a\n")", Errc::kInvalid, 0},
      {Quoted(std::string(129, 'a')), Errc::kTooLong, 129, 128},
  };
  return *values;
}

TEST(PairRequest, IsWrittenAsTheExactBytesOfTheSpec) {
  EXPECT_EQ(Written(PairRequest{Name("desktop-b7c1"), Key(), {}, std::nullopt}), kSpecRequest);
}

TEST(PairRequest, IsWrittenWithVersionAndPortBehindThem) {
  EXPECT_EQ(Written(PairRequest{Name("desktop-b7c1"), Key(), VersionText("0.1.0"), std::uint16_t{9847}}), kRequest);
  std::string line = "before\n";
  AppendPairRequest(line, {Name("desktop-b7c1"), Key(), {}, std::uint16_t{0}});
  EXPECT_EQ(line, "before\n" + std::string(kSpecRequest.substr(0, kSpecRequest.size() - 1)) + ",\"port\":0}\n");
}

TEST(PairRequest, OfTheSpecIsRead) {
  const auto request = ParsePairRequest(kSpecRequest);
  ASSERT_TRUE(request);
  ExpectSame(*request, {Name("desktop-b7c1"), Key(), {}, std::nullopt});
  EXPECT_TRUE(request->version.empty());
}

TEST(PairRequest, ComesBackAsItWasWritten) {
  const PairRequest requests[] = {
      {Name("desktop-b7c1"), Key(), VersionText("0.1.0"), std::uint16_t{9847}},
      {Name("a"), Psk(), {}, std::nullopt},
      {Name("a"), Key(), VersionText("\"\\"), std::nullopt},
      {Name(std::string(kMaxIdentitySize, 'x')), Key(), VersionText(std::string(kMaxVersion, '~')),
       std::uint16_t{65535}},
      {Name("0_-"), Key(), {}, std::uint16_t{0}},
  };
  for (const PairRequest& request : requests) {
    const std::string line = Written(request);
    const auto read = ParsePairRequest(line);
    ASSERT_TRUE(read) << line;
    ExpectSame(*read, request);
    EXPECT_EQ(Written(*read), line);
    EXPECT_LT(line.size(), kMaxLineBeforeAuthentication);
  }
}

TEST(PairRequest, TakesTheKeysDigitsInEitherCase) {
  std::string upper(kKey);
  for (char& c : upper) c = static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
  const auto request = ParsePairRequest(With(RequestMembers(), "psk_proposal", Quoted(upper)));
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->proposal == Key());
  EXPECT_NE(Written(*request).find(kKey), std::string::npos);  // written in one
}

TEST(PairRequest, TakesMembersInAnyOrderEscapedOrNotAndIgnoresOthers) {
  const std::string line =
      " {\"port\" : 0 ,\t\"x\":[{\"type\":1,\"type\":2}],\"psk_propos\\u0061l\":\"\\u0061" +
      std::string(kKey.substr(1)) +
      "\",\"msg_type\":\"challenge\",\"From\":7,\"from\":\"\\u0064esktop-b7c1\",\"type\":\"pair\\u005frequest\"} \r";
  const auto request = ParsePairRequest(line);
  ASSERT_TRUE(request);
  ExpectSame(*request, {Name("desktop-b7c1"), Key(), {}, std::uint16_t{0}});
}

TEST(PairRequest, IsRefusedInEveryProperPrefix) {
  for (const std::string_view line : {kSpecRequest, kRequest}) {
    for (std::uint32_t size = 0; size < line.size(); ++size) {
      EXPECT_EQ(RequestError(line.substr(0, size)), (Error{Errc::kTruncated, size, 0, "json"})) << size;
    }
  }
}

TEST(PairRequest, IsRefusedWithoutWhatItNeeds) {
  for (const char* const name : {"from", "psk_proposal"}) {
    const std::string line = With(RequestMembers(), name, "");
    EXPECT_EQ(RequestError(line), (Error{Errc::kMissing, static_cast<std::uint32_t>(line.size() - 1), 0, name}));
  }
  for (const char* const name : {"version", "port"}) {
    EXPECT_EQ(RequestError(With(RequestMembers(), name, "")), Error{}) << name;
  }
}

TEST(PairRequest, IsNotMistakenForAnotherMessage) {
  const Error other{Errc::kUnsupported, 0, 0, "type"};
  std::string envelope;
  AppendMessage(envelope, {"msg_7_0_a1b2c3d4", "desktop-b7c1", UnixTime{7}}, "handshake", R"({"proof":"00"})");
  envelope.pop_back();
  EXPECT_EQ(RequestError(envelope), other);
  // Whatever the members are that a request would have: they are the other message's affair.
  const std::string key = Quoted(kKey);
  for (const std::string& line : {
           std::string("{}"),
           std::string(kResponse),
           R"({"from":"desktop-b7c1","psk_proposal":)" + key + "}",
           With(RequestMembers(), "type", "\"Pair_request\""),
           With(RequestMembers(), "type", "\"pair_request \""),
           With(RequestMembers(), "type", R"("pair_request\u0000")"),
           With(RequestMembers(), "type", "\"\""),
           With(RequestMembers(), "type", "null"),
           With(RequestMembers(), "type", "[\"pair_request\"]"),
           std::string(R"({"type":"later","from":7,"psk_proposal":{},"version":[],"port":-1})"),
           std::string(R"({"from":"/","port":65536})"),
       }) {
    EXPECT_EQ(RequestError(line), other) << line;
  }
  // But what is no line at all is told as that, even if a wrong member comes first.
  EXPECT_EQ(RequestError(R"({"from":7,)"), (Error{Errc::kTruncated, 10, 0, "json"}));
}

TEST(PairRequest, TellsTheFirstOfTwoWrongMembers) {
  // Whether the type comes before or behind them.
  EXPECT_EQ(RequestError(R"({"from":"","port":-1,"type":"pair_request"})"), (Error{Errc::kTruncated, 9, 0, "from"}));
  EXPECT_EQ(RequestError(R"({"type":"pair_request","port":-1,"from":""})"), (Error{Errc::kOutOfRange, 30, 0, "port"}));
}

TEST(PairRequest, IsRefusedWithTheNamesErrors) {
  ExpectRequestsRejected("from", BadNames());
  EXPECT_EQ(RequestError(With(RequestMembers(), "from", Quoted(std::string(128, 'a')))), Error{});
}

TEST(PairRequest, IsRefusedWithAKeyThatIsNone) {
  const std::string key(kKey);
  ExpectRequestsRejected("psk_proposal", {
                                             {"\"\"", Errc::kTruncated, 1},
                                             {Quoted(key.substr(1)), Errc::kTruncated, 64},
                                             {Quoted(key + "0"), Errc::kTooLong, 65, 64},
                                             {Quoted(key + key), Errc::kTooLong, 65, 64},
                                             {Quoted("g" + key.substr(1)), Errc::kInvalid, 1},
                                             {Quoted(key.substr(0, 63) + "G"), Errc::kInvalid, 64},
                                             {Quoted(key.substr(0, 40) + "-" + key.substr(41)), Errc::kInvalid, 41},
                                             {Quoted(" " + key.substr(1)), Errc::kInvalid, 1},
                                             {Quoted("0x" + key.substr(2)), Errc::kInvalid, 2},
                                             {Quoted(R"(\u0067)" + key.substr(1)), Errc::kInvalid, 0},
                                             {Quoted(R"(\u0061)" + key), Errc::kTooLong, 0, 64},
                                             {Quoted(R"(\u0061)" + key.substr(2)), Errc::kTruncated, 0},
                                             {"null", Errc::kInvalid, 0},
                                             {"0", Errc::kInvalid, 0},
                                             {"[" + Quoted(key) + "]", Errc::kInvalid, 0},
                                         });
}

TEST(PairRequest, ShowsNoDigitOfTheKeyInAnError) {
  // An error holds words of ours and two numbers; the numbers are places and limits, whatever the digits are.
  const std::string keys[] = {std::string(kKey), std::string(64, '0'), std::string(64, 'f')};
  for (std::size_t size = 0; size < kKey.size(); ++size) {
    std::optional<Error> first;
    for (const std::string& key : keys) {
      const Error error = RequestError(With(RequestMembers(), "psk_proposal", Quoted(key.substr(0, size))));
      EXPECT_EQ(std::string_view(error.part), "psk_proposal");
      EXPECT_TRUE(!first || *first == error) << size;
      first = error;
    }
  }
}

TEST(PairRequest, IsRefusedWithTheVersionsErrors) {
  ExpectRequestsRejected("version", {
                                        {"\"\"", Errc::kTruncated, 1},
                                        {"\"1 0\"", Errc::kInvalid, 2},
                                        {"\"1\x7f\"", Errc::kInvalid, 2},
                                        {R"("1\u0007")", Errc::kInvalid, 0},
                                        {Quoted(std::string(33, '1')), Errc::kTooLong, 33, 32},
                                        {"1", Errc::kInvalid, 0},
                                        {"null", Errc::kInvalid, 0},
                                    });
  EXPECT_EQ(RequestError(With(RequestMembers(), "version", Quoted(std::string(32, '1')))), Error{});
}

TEST(PairRequest, IsRefusedWithThePortsErrors) {
  ExpectRequestsRejected("port", {
                                     {"-1", Errc::kOutOfRange, 0},
                                     {"65536", Errc::kOutOfRange, 0},
                                     {"18446744073709551617", Errc::kOutOfRange, 0},
                                     {"1.5", Errc::kInvalid, 1},
                                     {"1e3", Errc::kInvalid, 1},
                                     {"\"1\"", Errc::kInvalid, 0},
                                     {"null", Errc::kInvalid, 0},
                                 });
  // Who listens nowhere says 0.
  const auto nowhere = ParsePairRequest(With(RequestMembers(), "port", "0"));
  ASSERT_TRUE(nowhere);
  EXPECT_EQ(nowhere->port, std::uint16_t{0});
  EXPECT_EQ(RequestError(With(RequestMembers(), "port", "65535")), Error{});
}

TEST(PairResponse, IsWrittenAsTheExactBytesOfTheSpec) {
  std::string line = "before\n";
  AppendPairResponse(line, {Name("laptop-a3f2"), PairStatus::kApproved});
  EXPECT_EQ(line, "before\n" + std::string(kResponse) + "\n");
}

TEST(PairResponse, HasFourAnswers) {
  const struct {
    PairStatus status;
    std::string_view text;
  } kAnswers[] = {{PairStatus::kApproved, "approved"},
                  {PairStatus::kDenied, "denied"},
                  {PairStatus::kExpired, "expired"},
                  {PairStatus::kBusy, "busy"}};
  EXPECT_EQ(std::size(kAnswers), std::size(kPairStatusTexts));
  for (const auto& [status, text] : kAnswers) {
    const std::string line = Written(PairResponse{Name("laptop-a3f2"), status});
    EXPECT_EQ(line, R"({"type":"pair_response","from":"laptop-a3f2","status":")" + std::string(text) + "\"}");
    const auto response = ParsePairResponse(line);
    ASSERT_TRUE(response) << line;
    EXPECT_EQ(response->from.view(), "laptop-a3f2");
    EXPECT_EQ(response->status, status);
  }
}

TEST(PairResponse, TakesMembersInAnyOrderEscapedOrNotAndIgnoresOthers) {
  const auto response = ParsePairResponse(
      R"( {"st\u0061tus" : "appr\u006fved","why":{"status":"denied"},"Status":"denied","from":"\u006captop-a3f2",)"
      R"("type":"pair_respons\u0065"} )");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->from.view(), "laptop-a3f2");
  EXPECT_EQ(response->status, PairStatus::kApproved);
}

TEST(PairResponse, IsRefusedInEveryProperPrefix) {
  for (std::uint32_t size = 0; size < kResponse.size(); ++size) {
    EXPECT_EQ(ResponseError(kResponse.substr(0, size)), (Error{Errc::kTruncated, size, 0, "json"})) << size;
  }
}

TEST(PairResponse, IsRefusedWithoutWhatItNeeds) {
  for (const char* const name : {"from", "status"}) {
    const std::string line = With(ResponseMembers(), name, "");
    EXPECT_EQ(ResponseError(line), (Error{Errc::kMissing, static_cast<std::uint32_t>(line.size() - 1), 0, name}));
  }
  // Without a type nothing says that it is one.
  EXPECT_FALSE(ParsePairResponse(With(ResponseMembers(), "type", "")));
}

TEST(PairResponse, OfAnotherTypeIsUnsupported) {
  for (const char* const type : {"\"pair_request\"", "\"later\"", "\"\"", R"("pair_response\u0000")"}) {
    EXPECT_EQ(ResponseError(With(ResponseMembers(), "type", type)), (Error{Errc::kUnsupported, 0, 0, "type"})) << type;
  }
  EXPECT_EQ(ResponseError(kSpecRequest), (Error{Errc::kUnsupported, 0, 0, "type"}));
}

TEST(PairResponse, IsRefusedWithTheNamesErrors) { ExpectResponsesRejected("from", BadNames()); }

TEST(PairResponse, IsRefusedWithAnAnswerThatIsNone) {
  ExpectResponsesRejected("status", {
                                        {"\"\"", Errc::kInvalid, 0},
                                        {"\"ok\"", Errc::kInvalid, 0},
                                        {"\"Approved\"", Errc::kInvalid, 0},
                                        {"\"approved \"", Errc::kInvalid, 0},
                                        {"\"approve\"", Errc::kInvalid, 0},
                                        {R"("approved\u0000")", Errc::kInvalid, 0},
                                        {"true", Errc::kInvalid, 0},
                                        {"0", Errc::kInvalid, 0},
                                        {"null", Errc::kInvalid, 0},
                                    });
}

TEST(PairMessages, AreRefusedWithAMemberThatComesTwice) {
  const auto expect_refused = [](const std::vector<Member>& members, Error (*error_of)(std::string_view)) {
    for (const Member& member : members) {
      std::string line = With(members, "", "");
      line.pop_back();
      const auto offset = static_cast<std::uint32_t>(line.size() + 1);
      line.append(",\"").append(member.name).append("\":").append(member.json).append("}");
      EXPECT_EQ(error_of(line), (Error{Errc::kDuplicate, offset, 0, "json"})) << line;
    }
  };
  expect_refused(RequestMembers(), RequestError);
  expect_refused(ResponseMembers(), ResponseError);
}

TEST(PairMessages, AreRefusedWhereTheyAreNoJsonObject) {
  for (const auto error_of : {RequestError, ResponseError}) {
    const std::string line = error_of == RequestError ? std::string(kRequest) : std::string(kResponse);
    const auto size = static_cast<std::uint32_t>(line.size());
    const std::string open = line.substr(0, line.size() - 1) + R"(,"x":)";
    const auto at = static_cast<std::uint32_t>(open.size());
    const std::string deep = std::string(kMaxJsonDepth, '[') + std::string(kMaxJsonDepth, ']');
    const struct {
      std::string line;
      Error error;
    } kRejects[] = {
        {"", {Errc::kTruncated, 0, 0, "json"}},
        {"null", {Errc::kInvalid, 0, 0, "json"}},
        {"[" + line + "]", {Errc::kInvalid, 0, 0, "json"}},
        {line + "x", {Errc::kTrailing, size, 0, "json"}},
        {line + line, {Errc::kTrailing, size, 0, "json"}},
        {line + std::string(1, '\0'), {Errc::kTrailing, size, 0, "json"}},
        {open + "\"\xff\"}", {Errc::kInvalid, at + 1, 0, "json"}},
        {open + "\"\xed\xa0\x80\"}", {Errc::kInvalid, at + 1, 0, "json"}},
        {open + "\"\x01\"}", {Errc::kInvalid, at + 1, 0, "json"}},
        {open + deep + "}", {Errc::kTooDeep, at + kMaxJsonDepth - 1, kMaxJsonDepth, "json"}},
    };
    for (const auto& reject : kRejects) {
      const Error error = error_of(reject.line);
      EXPECT_EQ(error, reject.error) << reject.line << ": " << ErrcName(error.code) << ' ' << error.part << " at "
                                     << error.offset;
    }
    EXPECT_EQ(error_of(line + " \r\n"), Error{});
  }
}

TEST(PairMessages, AreNoEnvelopes) {
  // The spec's have none, and a reader of envelopes says so before it looks at anything else.
  EXPECT_EQ(ParseMessage(kRequest).error().code, Errc::kMissing);
  EXPECT_EQ(ParseMessage(kResponse).error().code, Errc::kMissing);
}

}  // namespace
}  // namespace cctl
