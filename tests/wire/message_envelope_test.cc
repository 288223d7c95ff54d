// SPDX-License-Identifier: MIT

#include "cctl/wire/message_envelope.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "cctl/base/time.h"
#include "cctl/wire/json_reader.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {
namespace {

constexpr std::string_view kLine =
    R"({"id":"msg_1795422026237_12_a1b2c3d4","msg_type":"heartbeat","from_peer":"laptop-a3f2",)"
    R"("timestamp":1795422026237,"payload":{}})";

// kLine with one member's value replaced; `text` is JSON.
std::string With(std::string_view name, std::string_view text) {
  std::string line = "{";
  for (const std::string_view member : {"id", "msg_type", "from_peer", "timestamp", "payload"}) {
    if (line.size() > 1) line += ',';
    line.append("\"").append(member).append("\":");
    if (member == name) {
      line += text;
    } else {
      line += member == "timestamp" ? "7" : member == "payload" ? "{}" : "\"a\"";
    }
  }
  return line + "}";
}

Error ErrorOf(std::string_view line) {
  const auto message = ParseMessage(line);
  return message ? Error{} : message.error();
}

TEST(ParseMessage, ReadsTheFiveMembers) {
  const auto message = ParseMessage(kLine);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->id.raw(), "msg_1795422026237_12_a1b2c3d4");
  EXPECT_EQ(message->type, MessageType::kHeartbeat);
  EXPECT_EQ(message->type_text.raw(), "heartbeat");
  EXPECT_EQ(message->from_peer.raw(), "laptop-a3f2");
  EXPECT_EQ(message->timestamp, 1795422026237);
  EXPECT_EQ(message->payload, "{}");
  EXPECT_EQ(message->payload_kind, JsonKind::kObject);
}

TEST(ParseMessage, TakesMembersInAnyOrderAndIgnoresOthers) {
  const auto message = ParseMessage(
      " \t{ \"payload\" : [1, {\"id\":1,\"id\":2}] , \"x\":{\"payload\":0}, \"timestamp\": -1, \"Id\":null,\r"
      " \"from_peer\":\"\",\"msg_type\":\"later\", \"id\":\"a\"} \r\r ");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->payload, "[1, {\"id\":1,\"id\":2}]");
  EXPECT_EQ(message->payload_kind, JsonKind::kArray);
  EXPECT_EQ(message->timestamp, -1);
  EXPECT_EQ(message->type, MessageType::kOther);
  EXPECT_EQ(message->type_text.raw(), "later");
  EXPECT_TRUE(message->from_peer.empty());
}

TEST(ParseMessage, ReadsEscapedNamesAndValuesAsWhatTheyStandFor) {
  const auto message = ParseMessage(
      R"({"\u0069d":"m\/1","msg_type":"h\u0065artbeat","from_peer":"laptop\u002da3f2","timestamp":7,"payload":null})");
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->id == "m/1");
  EXPECT_EQ(message->type, MessageType::kHeartbeat);
  const auto from = FromPeer(*message);
  ASSERT_TRUE(from && *from);
  EXPECT_EQ((*from)->view(), "laptop-a3f2");
}

TEST(ParseMessage, RejectsEveryProperPrefix) {
  for (std::uint32_t size = 0; size < kLine.size(); ++size) {
    EXPECT_EQ(ErrorOf(kLine.substr(0, size)), (Error{Errc::kTruncated, size, 0, "json"})) << size;
  }
}

TEST(ParseMessage, RejectsWhatFollowsTheObject) {
  EXPECT_EQ(ErrorOf(std::string(kLine) + "x"), (Error{Errc::kTrailing, kLine.size(), 0, "json"}));
  EXPECT_EQ(ErrorOf(std::string(kLine) + " {}"), (Error{Errc::kTrailing, kLine.size() + 1, 0, "json"}));
}

TEST(ParseMessage, RejectsAMissingMember) {
  EXPECT_EQ(ErrorOf("{}"), (Error{Errc::kMissing, 1, 0, "id"}));
  for (const char* name : {"id", "msg_type", "from_peer", "timestamp", "payload"}) {
    std::string line(kLine);
    line[line.find(name)] = 'X';
    EXPECT_EQ(ErrorOf(line), (Error{Errc::kMissing, static_cast<std::uint32_t>(line.size() - 1), 0, name}));
  }
  // The pairing messages have no envelope.
  EXPECT_EQ(ErrorOf(R"({"type":"pair_request","from":"a"})").code, Errc::kMissing);
}

TEST(ParseMessage, RejectsAMemberThatComesTwice) {
  for (const std::string_view name : {"id", "msg_type", "from_peer", "timestamp", "payload", "unknown"}) {
    std::string line = With("", "");
    line.pop_back();
    if (name == "unknown") line += R"(,"unknown":0)";
    const auto offset = static_cast<std::uint32_t>(line.size() + 1);
    line.append(",\"").append(name).append("\":0}");
    EXPECT_EQ(ErrorOf(line), (Error{Errc::kDuplicate, offset, 0, "json"})) << line;
  }
}

TEST(ParseMessage, RejectsValuesOfTheWrongKind) {
  for (const char* const name : {"id", "msg_type", "from_peer"}) {
    for (const std::string_view text : {"0", "null", "true", "[\"a\"]", "{}"}) {
      const std::string line = With(name, text);
      const auto offset =
          static_cast<std::uint32_t>(line.find("\"" + std::string(name) + "\":") + 3 + std::string_view(name).size());
      EXPECT_EQ(ErrorOf(line), (Error{Errc::kInvalid, offset, 0, name})) << line;
    }
  }
  const auto offset = static_cast<std::uint32_t>(With("timestamp", "").find("\"timestamp\":") + 12);
  const struct {
    std::string_view text;
    Errc code;
    std::uint32_t at;
  } kTimestamps[] = {{"1.5", Errc::kInvalid, 1},   {"1e3", Errc::kInvalid, 1},
                     {"-0.0", Errc::kInvalid, 2},  {"9223372036854775808", Errc::kOutOfRange, 0},
                     {"\"1\"", Errc::kInvalid, 0}, {"null", Errc::kInvalid, 0}};
  for (const auto& c : kTimestamps) {
    EXPECT_EQ(ErrorOf(With("timestamp", c.text)), (Error{c.code, offset + c.at, 0, "timestamp"})) << c.text;
  }
}

TEST(ParseMessage, TakesAPayloadOfEveryKind) {
  const struct {
    std::string_view text;
    JsonKind kind;
  } kPayloads[] = {{"{\"a\":1}", JsonKind::kObject}, {"[]", JsonKind::kArray},   {"\"x\"", JsonKind::kString},
                   {"-1.5e3", JsonKind::kNumber},    {"false", JsonKind::kBool}, {"null", JsonKind::kNull}};
  for (const auto& payload : kPayloads) {
    const std::string line = With("payload", payload.text);
    const auto message = ParseMessage(line);
    ASSERT_TRUE(message) << line;
    EXPECT_EQ(message->payload, payload.text);
    EXPECT_EQ(message->payload_kind, payload.kind);
  }
}

TEST(ParseMessage, BoundsIdAndType) {
  const auto quoted = [](std::size_t size) { return "\"" + std::string(size, 'x') + "\""; };
  EXPECT_EQ(ErrorOf(With("id", quoted(128))), Error{});
  EXPECT_EQ(ErrorOf(With("id", quoted(129))), (Error{Errc::kTooLong, 6, 128, "id"}));
  EXPECT_EQ(ErrorOf(With("id", quoted(0))), (Error{Errc::kInvalid, 6, 0, "id"}));
  EXPECT_EQ(ErrorOf(With("msg_type", quoted(64))), Error{});
  EXPECT_EQ(ErrorOf(With("msg_type", quoted(65))), (Error{Errc::kTooLong, 21, 64, "msg_type"}));
  EXPECT_EQ(ErrorOf(With("msg_type", quoted(0))), (Error{Errc::kInvalid, 21, 0, "msg_type"}));
  // Counted decoded.
  std::string escaped;
  for (int i = 0; i < 64; ++i) escaped += "\\u0061";
  EXPECT_EQ(ErrorOf(With("msg_type", "\"" + escaped + "\"")), Error{});
  EXPECT_EQ(ErrorOf(With("msg_type", "\"" + escaped + "a\"")).code, Errc::kTooLong);
}

TEST(ParseMessage, CountsThePayloadsDepthFromTheEnvelope) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(ErrorOf(With("payload", nested(kMaxJsonDepth - 1))), Error{});
  const std::string line = With("payload", nested(kMaxJsonDepth));
  const auto offset = static_cast<std::uint32_t>(line.find('[') + kMaxJsonDepth - 1);
  EXPECT_EQ(ErrorOf(line), (Error{Errc::kTooDeep, offset, kMaxJsonDepth, "json"}));
}

TEST(ParseMessage, ReadsALineOfTheGreatestSize) {
  const std::string frame = With("payload", "\"\"");
  const std::string line = With("payload", "\"" + std::string(kMaxLine - frame.size(), 'x') + "\"");
  ASSERT_EQ(line.size(), kMaxLine);
  EXPECT_EQ(ErrorOf(line), Error{});
  EXPECT_EQ(ErrorOf(line + " "), (Error{Errc::kTooLong, kMaxLine, kMaxLine, "json"}));
}

TEST(FromPeer, IsNobodyOrAnIdentity) {
  const auto from = [](const std::string& text) {
    static std::string line;
    line = With("from_peer", "\"" + text + "\"");
    return FromPeer(*ParseMessage(line));
  };
  EXPECT_FALSE(from("")->has_value());
  EXPECT_EQ((*from("laptop-a3f2"))->view(), "laptop-a3f2");
  EXPECT_EQ((*from(std::string(128, 'a')))->view(), std::string(128, 'a'));
  EXPECT_EQ(from("../x").error(), (Error{Errc::kInvalid, 0, 0, "from_peer"}));
  EXPECT_EQ(from("a\\nb").error(), (Error{Errc::kInvalid, 1, 0, "from_peer"}));
  EXPECT_EQ(from("a\xc3\xa9").error(), (Error{Errc::kInvalid, 1, 0, "from_peer"}));
  EXPECT_EQ(from(std::string(129, 'a')).error(), (Error{Errc::kTooLong, 128, 128, "from_peer"}));
}

TEST(MessageTypes, AreKnownByTheirTexts) {
  const struct {
    MessageType type;
    std::string_view text;
  } kTypes[] = {{MessageType::kChallenge, "challenge"},
                {MessageType::kHandshake, "handshake"},
                {MessageType::kHandshakeAck, "handshake_ack"},
                {MessageType::kHeartbeat, "heartbeat"},
                {MessageType::kAck, "ack"}};
  for (const auto& t : kTypes) {
    EXPECT_EQ(MessageTypeText(t.type), t.text);
    EXPECT_EQ(MessageTypeOf(t.text), t.type);
    EXPECT_EQ(MessageTypeOf(std::string(t.text) + "x"), MessageType::kOther);
  }
  for (const char* text : {"delegate_task", "task_status", "task_handoff", "task_interrupt", "knowledge_sync",
                           "knowledge_request", "knowledge_snapshot"}) {
    EXPECT_EQ(MessageTypeOf(std::string_view(text)), MessageType::kApplication) << text;
  }
  EXPECT_EQ(MessageTypeOf(std::string_view("Heartbeat")), MessageType::kOther);
  EXPECT_EQ(MessageTypeText(MessageType::kApplication), "");
  EXPECT_EQ(MessageTypeText(MessageType::kOther), "");
}

TEST(AppendMessage, WritesOneLine) {
  std::string out = "before\n";
  AppendMessage(out, {"msg_1795422026237_12_a1b2c3d4", "laptop-a3f2", UnixTime{1795422026237}}, "heartbeat", "{}");
  EXPECT_EQ(out, "before\n" + std::string(kLine) + "\n");
}

TEST(AppendMessage, IsReadBackWhateverTheTextsAre) {
  std::string line;
  AppendMessage(line, {"i\"d\n", "\\", UnixTime{INT64_MIN}}, "t\x01\xc3\xa9", R"({"a":[1,"\n"]})");
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto message = ParseMessage(line);
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->id == "i\"d\n");
  EXPECT_TRUE(message->from_peer == "\\");
  EXPECT_TRUE(message->type_text == "t\x01\xc3\xa9");
  EXPECT_EQ(message->timestamp, INT64_MIN);
  EXPECT_EQ(message->payload, R"({"a":[1,"\n"]})");
}

}  // namespace
}  // namespace cctl
