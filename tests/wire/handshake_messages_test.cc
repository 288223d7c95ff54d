// SPDX-License-Identifier: MIT

#include "cctl/wire/handshake_messages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/secret.h"
#include "cctl/identity/psk.h"
#include "nlohmann/json.hpp"

namespace cctl {
namespace {

// Nonce and proofs as text; each digit occurs, so that a swapped or shifted one shows.
constexpr std::string_view kNonceText = "5610a8506b7cbad460c722fe0880e0a69db7d45f9d39aab4dd5ce15760767489";
constexpr std::string_view kOtherText = "e3cbf03394d2e1417ecda69ea2b1fba0988e79bc33fb8eae81ebff923501694b";

const MessageHeader kHeader{"msg_7_0_a1b2c3d4", "laptop-a3f2", UnixTime{7}};

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

// The payload of a message that was written.
std::string PayloadOf(const std::string& line, MessageType type) {
  EXPECT_EQ(line.back(), '\n');
  const auto message = ParseMessage(std::string_view(line).substr(0, line.size() - 1));
  EXPECT_TRUE(message) << line;
  EXPECT_EQ(message->type, type);
  EXPECT_TRUE(message->id == kHeader.id);
  EXPECT_TRUE(message->from_peer == kHeader.from_peer);
  EXPECT_EQ(message->timestamp, 7);
  return std::string(message->payload);
}

// Every proper prefix of a payload is kTruncated where it ends.
template <typename Parse>
void ExpectPrefixesRejected(std::string_view payload, Parse parse) {
  ASSERT_TRUE(parse(payload)) << payload;
  for (std::uint32_t size = 0; size < payload.size(); ++size) {
    EXPECT_EQ(parse(payload.substr(0, size)).error(), (Error{Errc::kTruncated, size, 0, "json"})) << payload;
  }
}

struct Reject {
  std::string payload;
  Error error;
};

template <typename Parse>
void ExpectRejected(const std::vector<Reject>& rejects, Parse parse) {
  for (const Reject& reject : rejects) {
    const auto parsed = parse(reject.payload);
    ASSERT_FALSE(parsed) << reject.payload;
    EXPECT_EQ(parsed.error(), reject.error) << reject.payload << ' ' << parsed.error().offset << parsed.error().part;
  }
}

// What each Parse* of an object payload refuses before it looks at members.
const std::vector<Reject> kNoObjects = {
    {"", {Errc::kTruncated, 0, 0, "json"}},    {"null", {Errc::kInvalid, 0, 0, "json"}},
    {"[]", {Errc::kInvalid, 0, 0, "json"}},    {"\"a\"", {Errc::kInvalid, 0, 0, "json"}},
    {"{}{}", {Errc::kTrailing, 2, 0, "json"}}, {R"({"x":1,"x":2})", {Errc::kDuplicate, 7, 0, "json"}},
};

TEST(Challenge, RoundTrips) {
  const Nonce nonce = *Nonce::Parse(kNonceText);
  std::string line;
  AppendChallenge(line, kHeader, nonce);
  const std::string payload = PayloadOf(line, MessageType::kChallenge);
  EXPECT_EQ(payload, "{\"nonce\":" + Quoted(kNonceText) + "}");
  EXPECT_EQ(ParseChallenge(payload)->nonce, nonce);
  ExpectPrefixesRejected(payload, ParseChallenge);
}

TEST(Challenge, IgnoresOtherMembers) {
  EXPECT_TRUE(ParseChallenge("{\"a\":[],\"nonce\":" + Quoted(kNonceText) + ",\"Nonce\":1}"));
}

TEST(Challenge, ReadsAnEscapedNonce) {
  EXPECT_TRUE(ParseChallenge("{\"nonce\":\"\\u0035" + std::string(kNonceText.substr(1)) + "\"}"));
}

TEST(Challenge, RejectsWhatIsNone) {
  const std::string nonce(kNonceText);
  ExpectRejected(kNoObjects, ParseChallenge);
  ExpectRejected(
      {
          {"{}", {Errc::kMissing, 1, 0, "nonce"}},
          {R"({"nonce":1})", {Errc::kInvalid, 9, 0, "nonce"}},
          {R"({"nonce":null})", {Errc::kInvalid, 9, 0, "nonce"}},
          {R"({"nonce":""})", {Errc::kTruncated, 10, 0, "nonce"}},
          {"{\"nonce\":" + Quoted(nonce.substr(1)) + "}", {Errc::kTruncated, 73, 0, "nonce"}},
          {"{\"nonce\":" + Quoted(nonce + "0") + "}", {Errc::kTooLong, 74, 64, "nonce"}},
          {"{\"nonce\":" + Quoted("A" + nonce.substr(1)) + "}", {Errc::kInvalid, 10, 0, "nonce"}},
          {"{\"nonce\":" + Quoted(nonce.substr(0, 63) + "g") + "}", {Errc::kInvalid, 73, 0, "nonce"}},
          {"{\"nonce\":\"\\u0067" + nonce.substr(1) + "\"}", {Errc::kInvalid, 9, 0, "nonce"}},
          {"{\"nonce\":" + Quoted(nonce) + ",\"nonce\":" + Quoted(nonce) + "}", {Errc::kDuplicate, 76, 0, "json"}},
      },
      ParseChallenge);
}

TEST(Handshake, RoundTrips) {
  const Proof proof = *ParseProof(kOtherText);
  const Nonce nonce = *Nonce::Parse(kNonceText);
  const struct {
    Handshake handshake;
    std::string rest;
  } kCases[] = {
      {{proof, "0.64.0", std::nullopt, std::nullopt, false}, ""},
      {{proof, "0.64.0", nonce, std::nullopt, false}, ",\"client_nonce\":" + Quoted(kNonceText)},
      {{proof, "0.64.0", std::nullopt, std::uint16_t{0}, false}, ",\"port\":0"},
      {{proof, "0.64.0", nonce, std::uint16_t{65535}, true},
       ",\"client_nonce\":" + Quoted(kNonceText) + ",\"port\":65535,\"rekey\":true"},
  };
  for (const auto& c : kCases) {
    std::string line;
    AppendHandshake(line, kHeader, c.handshake);
    const std::string payload = PayloadOf(line, MessageType::kHandshake);
    EXPECT_EQ(payload, "{\"proof\":" + Quoted(kOtherText) + ",\"version\":\"0.64.0\"" + c.rest + "}");
    const auto read = ParseHandshake(payload);
    ASSERT_TRUE(read) << payload;
    EXPECT_EQ(read->proof, c.handshake.proof);
    EXPECT_EQ(read->version.view(), c.handshake.version);
    EXPECT_EQ(read->client_nonce, c.handshake.client_nonce);
    EXPECT_FALSE(read->client_nonce_malformed);
    EXPECT_EQ(read->port, c.handshake.port);
    EXPECT_EQ(read->rekey, c.handshake.rekey);
    ExpectPrefixesRejected(payload, ParseHandshake);
    EXPECT_LE(line.size(), 600u);  // what kMaxLineBeforeAuthentication is measured by
  }
}

// Each is a text that JSON allows there, and no proof or nonce.
const std::string kMalformed[] = {"null",
                                  "7",
                                  "{}",
                                  "\"\"",
                                  Quoted(kNonceText.substr(1)),
                                  Quoted(std::string(kNonceText) + "0"),
                                  Quoted("g" + std::string(kNonceText.substr(1))),
                                  Quoted("\\u0067" + std::string(kNonceText.substr(1))),
                                  Quoted(std::string(5000, 'a'))};

TEST(Handshake, TellsAMalformedClientNonceFromNone) {
  for (const std::string& text : kMalformed) {
    const auto read = ParseHandshake("{\"proof\":" + Quoted(kOtherText) +
                                     ",\"version\":\"1\",\"rekey\":true,\"client_nonce\":" + text + "}");
    ASSERT_TRUE(read) << text;
    EXPECT_TRUE(read->client_nonce_malformed) << text;
    EXPECT_FALSE(read->client_nonce) << text;
  }
}

TEST(Handshake, TakesAMalformedProofForAWrongOne) {
  for (const std::string& text : kMalformed) {
    const auto read = ParseHandshake("{\"proof\":" + text + ",\"version\":\"1\"}");
    ASSERT_TRUE(read) << text;
    EXPECT_FALSE(read->proof) << text;
  }
}

TEST(Handshake, ReadsAProofInEitherCase) {
  std::string upper(kOtherText);
  for (char& c : upper) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  EXPECT_EQ(ParseHandshake("{\"proof\":" + Quoted(upper) + ",\"version\":\"1\"}")->proof, *ParseProof(kOtherText));
}

TEST(Handshake, RejectsWhatIsNone) {
  ExpectRejected(kNoObjects, ParseHandshake);
  // The offsets below are those of {"proof":"","version":"1",<member>: 26 bytes come before <member>.
  const auto with = [](std::string_view member) { return R"({"proof":"","version":"1",)" + std::string(member) + "}"; };
  const auto version = [](std::string_view text) { return R"({"proof":"","version":)" + std::string(text) + "}"; };
  ExpectRejected(
      {
          {"{}", {Errc::kMissing, 1, 0, "proof"}},
          {R"({"version":"1"})", {Errc::kMissing, 14, 0, "proof"}},
          {R"({"proof":""})", {Errc::kMissing, 11, 0, "version"}},
          {version("1"), {Errc::kInvalid, 22, 0, "version"}},
          {version("\"\""), {Errc::kTruncated, 23, 0, "version"}},
          {version("\"1 0\""), {Errc::kInvalid, 24, 0, "version"}},
          {version("\"1\\n\""), {Errc::kInvalid, 22, 0, "version"}},
          {version("\"1\xc3\xa9\""), {Errc::kInvalid, 24, 0, "version"}},
          {version("\"012345678901234567890123456789012\""), {Errc::kTooLong, 55, 32, "version"}},
          {with(R"("port":-1)"), {Errc::kOutOfRange, 33, 0, "port"}},
          {with(R"("port":65536)"), {Errc::kOutOfRange, 33, 0, "port"}},
          {with(R"("port":1.0)"), {Errc::kInvalid, 34, 0, "port"}},
          {with(R"("port":1e3)"), {Errc::kInvalid, 34, 0, "port"}},
          {with(R"("port":"1")"), {Errc::kInvalid, 33, 0, "port"}},
          {with(R"("rekey":1)"), {Errc::kInvalid, 34, 0, "rekey"}},
          {with(R"("rekey":true)"), {Errc::kInvalid, 34, 0, "rekey"}},
          {with(R"("proof":"")"), {Errc::kDuplicate, 26, 0, "json"}},
          {with(R"("x":[1,])"), {Errc::kInvalid, 33, 0, "json"}},
      },
      ParseHandshake);
  EXPECT_TRUE(ParseHandshake(with(R"("rekey":false)")));
}

TEST(HandshakeAck, RoundTrips) {
  const Proof proof = *ParseProof(kOtherText);
  const struct {
    AckStatus status;
    const char* text;
  } kStatuses[] = {{AckStatus::kOk, "ok"},
                   {AckStatus::kDenied, "denied"},
                   {AckStatus::kExpired, "expired"},
                   {AckStatus::kBusy, "busy"}};
  for (const auto& c : kStatuses) {
    for (const Proof* given : {static_cast<const Proof*>(nullptr), &proof}) {
      std::string line;
      AppendHandshakeAck(line, kHeader, c.status, given);
      const std::string payload = PayloadOf(line, MessageType::kHandshakeAck);
      const std::string rest = given == nullptr ? "" : ",\"proof\":" + Quoted(kOtherText);
      EXPECT_EQ(payload, "{\"status\":" + Quoted(c.text) + rest + "}");
      const auto read = ParseHandshakeAck(payload);
      ASSERT_TRUE(read);
      EXPECT_EQ(read->status, c.status);
      EXPECT_EQ(read->proof, given == nullptr ? std::nullopt : std::optional<Proof>(*given));
      EXPECT_FALSE(read->proof_malformed);
      ExpectPrefixesRejected(payload, ParseHandshakeAck);
    }
  }
}

TEST(HandshakeAck, TellsAMalformedProofFromNone) {
  for (const std::string& text : kMalformed) {
    const auto read = ParseHandshakeAck("{\"status\":\"ok\",\"proof\":" + text + "}");
    ASSERT_TRUE(read) << text;
    EXPECT_TRUE(read->proof_malformed);
    EXPECT_FALSE(read->proof);
  }
}

TEST(HandshakeAck, RejectsWhatIsNone) {
  ExpectRejected(kNoObjects, ParseHandshakeAck);
  ExpectRejected({{"{}", {Errc::kMissing, 1, 0, "status"}},
                  {R"({"status":"OK"})", {Errc::kInvalid, 10, 0, "status"}},
                  {R"({"status":""})", {Errc::kInvalid, 10, 0, "status"}},
                  {R"({"status":true})", {Errc::kInvalid, 10, 0, "status"}}},
                 ParseHandshakeAck);
}

TEST(Heartbeat, RoundTrips) {
  const Proof confirm = *ParseProof(kOtherText);
  std::string line;
  AppendHeartbeat(line, kHeader);
  EXPECT_EQ(PayloadOf(line, MessageType::kHeartbeat), "{}");
  line.clear();
  AppendHeartbeat(line, kHeader, &confirm);
  const std::string payload = PayloadOf(line, MessageType::kHeartbeat);
  EXPECT_EQ(payload, "{\"confirm\":" + Quoted(kOtherText) + "}");
  EXPECT_EQ(ParseHeartbeat(payload)->confirm, confirm);
}

TEST(Heartbeat, HasAnyPayload) {
  for (const char* payload : {"{}", "null", "7", "[]", "\"x\"", R"({"load":0.5,"tags":[1,2]})"}) {
    const auto read = ParseHeartbeat(payload);
    ASSERT_TRUE(read) << payload;
    EXPECT_FALSE(read->confirm);
    EXPECT_FALSE(read->confirm_malformed);
  }
  EXPECT_EQ(ParseHeartbeat(R"({"a":1,"a":2})").error(), (Error{Errc::kDuplicate, 7, 0, "json"}));
}

TEST(Heartbeat, TellsAMalformedConfirmFromNone) {
  for (const std::string& text : kMalformed) {
    const auto read = ParseHeartbeat("{\"confirm\":" + text + "}");
    ASSERT_TRUE(read) << text;
    EXPECT_TRUE(read->confirm_malformed);
    EXPECT_FALSE(read->confirm);
  }
}

TEST(Ack, RoundTrips) {
  for (const std::string_view id : {"msg_1795422026237_12_a1b2c3d4", "a\"\\\n\xc3\xa9"}) {
    std::string line;
    AppendAck(line, kHeader, id);
    const std::string payload = PayloadOf(line, MessageType::kAck);
    const auto read = ParseAck(payload);
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->id == id);
    ExpectPrefixesRejected(payload, ParseAck);
    // The id of a message that was read goes back as it was written there.
    std::string again;
    AppendAck(again, kHeader, read->id);
    EXPECT_EQ(again, line);
  }
}

TEST(Ack, RejectsWhatIsNone) {
  ExpectRejected(kNoObjects, ParseAck);
  ExpectRejected({{"{}", {Errc::kMissing, 1, 0, "id"}},
                  {R"({"id":7})", {Errc::kInvalid, 6, 0, "id"}},
                  {R"({"id":""})", {Errc::kInvalid, 6, 0, "id"}},
                  {"{\"id\":" + Quoted(std::string(129, 'x')) + "}", {Errc::kTooLong, 6, 128, "id"}}},
                 ParseAck);
}

// One join as the released claudectl 0.64.0 spoke it, recorded from its TCP connection.
TEST(RecordedJoin, IsReadAndWrittenAgainByteForByte) {
  std::ifstream file("tests/testdata/pairing.json");
  ASSERT_TRUE(file) << "tests/testdata/pairing.json";
  const auto join = nlohmann::ordered_json::parse(file).at("recorded_join");
  const Psk psk = *ParsePskHex(join.at("psk_hex").get<std::string>());
  std::optional<Nonce> challenge;
  int lines = 0;
  for (const auto& recorded : join.at("lines")) {
    const std::string line = recorded.at(1).dump();
    const auto message = ParseMessage(line);
    ASSERT_TRUE(message) << line;
    const MessageHeader header{message->id.raw(), message->from_peer.raw(), UnixTime{message->timestamp}};
    std::string again;
    switch (message->type) {
      case MessageType::kChallenge: {
        EXPECT_FALSE(FromPeer(*message)->has_value());
        challenge = ParseChallenge(message->payload)->nonce;
        AppendChallenge(again, header, *challenge);
        break;
      }
      case MessageType::kHandshake: {
        const auto handshake = ParseHandshake(message->payload);
        ASSERT_TRUE(handshake && handshake->proof && challenge);
        EXPECT_TRUE(ConstantTimeEqual(*handshake->proof, ConnectorProof(psk, *challenge)));
        EXPECT_EQ((*FromPeer(*message))->view(), "beta-18c17d7e");
        Handshake written;
        written.proof = *handshake->proof;
        written.version = handshake->version;
        AppendHandshake(again, header, written);
        break;
      }
      default: {
        ASSERT_EQ(message->type, MessageType::kHandshakeAck);
        const auto ack = ParseHandshakeAck(message->payload);
        ASSERT_TRUE(ack);
        EXPECT_FALSE(ack->proof || ack->proof_malformed);
        AppendHandshakeAck(again, header, ack->status);
      }
    }
    EXPECT_EQ(again, line + "\n");
    for (std::uint32_t size = 0; size < line.size(); ++size) {
      ASSERT_EQ(ParseMessage(line.substr(0, size)).error(), (Error{Errc::kTruncated, size, 0, "json"}));
    }
    ++lines;
  }
  EXPECT_EQ(lines, 3);
}

}  // namespace
}  // namespace cctl
