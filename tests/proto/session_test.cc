// SPDX-License-Identifier: MIT

#include "cctl/proto/session.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/proof.h"
#include "cctl/wire/json_string.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/wire_limits.h"
#include "gtest/gtest.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

constexpr Instant kStart{50'000};
constexpr UnixTime kDate{1'795'422'026'237};
constexpr std::uint8_t kTag[4] = {0xa1, 0xb2, 0xc3, 0xd4};

Proof ProofOf(std::uint8_t byte) {
  Proof proof;
  proof.fill(byte);
  return proof;
}

// One end: a session with what its owner keeps beside it.
struct End {
  explicit End(const Session::Config& config, Instant now = kStart) : session(now, config) {}

  // The line that is due, or an empty text.
  std::string Transmit(Instant now) {
    std::string out;
    const bool wrote = session.PollTransmit(now, kDate, ids, self, out);
    EXPECT_EQ(wrote, !out.empty());
    return out;
  }

  Result<MessageId> Format(Instant now, std::string_view type, std::string_view payload, std::string& out) {
    return session.FormatMessage(now, kDate, ids, self, type, payload, out);
  }

  Session session;
  MessageIds ids{kTag};
  Identity self = *Identity::Parse("laptop-a3f2");
};

std::string Line(std::string_view type, std::string_view payload, std::string_view from = "desktop-b7c1") {
  return R"({"id":"7","msg_type":")" + std::string(type) + R"(","from_peer":")" + std::string(from) +
         R"(","timestamp":1,"payload":)" + std::string(payload) + "}";
}

template <typename T>
bool Is(const Session::Event& event) {
  return std::holds_alternative<T>(event);
}

Error ErrorOf(const Session::Event& event) {
  const auto* failed = std::get_if<Session::Failed>(&event);
  return failed != nullptr ? failed->error : Error{Errc::kInternal, 0, 0, "no failure"};
}

TEST(Session, SendsAHeartbeatEveryThirtySeconds) {
  End end({.peer_is_ours = true});
  EXPECT_EQ(end.session.PollTimeout(), kStart + Seconds(30));
  EXPECT_EQ(end.Transmit(kStart + Milliseconds(29'999)), "");
  EXPECT_EQ(end.Transmit(kStart + Seconds(30)),
            R"({"id":"msg_1795422026237_0_a1b2c3d4","msg_type":"heartbeat","from_peer":"laptop-a3f2",)"
            R"("timestamp":1795422026237,"payload":{}})"
            "\n");
  EXPECT_EQ(end.Transmit(kStart + Seconds(30)), "") << "once";
  EXPECT_EQ(end.session.PollTimeout(), kStart + Seconds(60));
}

TEST(Session, SendsHeartbeatsHoweverBusyItIs) {
  for (const bool ours : {true, false}) {
    End end({.peer_is_ours = ours});
    int heartbeats = 0;
    for (Instant now = kStart + Seconds(1); now <= kStart + Minutes(10); now = now + Milliseconds(50)) {
      std::string out;
      ASSERT_TRUE(end.Format(now, "task_status", "{}", out));
      ASSERT_TRUE(Is<Session::MessageReceived>(end.session.HandleLine(now, Line("task_status", "{}"))));
      ASSERT_EQ(end.session.HandleTimeout(now).has_value(), false);
      if (!end.Transmit(now).empty()) ++heartbeats;
    }
    EXPECT_EQ(heartbeats, 20);
  }
}

TEST(Session, EndsAfterNinetySecondsOfSilence) {
  End end({.peer_is_ours = true});
  EXPECT_TRUE(Is<std::monostate>(end.session.HandleLine(kStart + Seconds(10), Line("heartbeat", "{}"))));
  EXPECT_FALSE(end.session.HandleTimeout(kStart + Milliseconds(99'999)));
  while (!end.Transmit(kStart + Milliseconds(99'999)).empty()) {
  }
  EXPECT_EQ(end.session.PollTimeout(), kStart + Seconds(100));
  const std::optional<Session::Failed> failed = end.session.HandleTimeout(kStart + Seconds(100));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->error, (Error{Errc::kTimeout, 0, 0, "session"}));
}

TEST(Session, DoesNothingMoreOnceItHasFailed) {
  End end({.peer_is_ours = true});
  ASSERT_TRUE(Is<Session::Failed>(end.session.HandleLine(kStart, "?")));
  EXPECT_TRUE(Is<std::monostate>(end.session.HandleLine(kStart, Line("task_status", "{}"))));
  EXPECT_TRUE(Is<std::monostate>(end.session.HandleLine(kStart, "?")));
  EXPECT_EQ(end.session.PollTimeout(), std::nullopt);
  EXPECT_FALSE(end.session.HandleTimeout(kStart + Hours(1)));
  EXPECT_EQ(end.Transmit(kStart + Hours(1)), "");
  std::string out;
  EXPECT_EQ(end.Format(kStart, "task_status", "{}", out).error(), (Error{Errc::kProtocol, 0, 0, "session"}));
  EXPECT_FALSE(end.session.FormatAck(kDate, end.ids, end.self, JsonString("7", 1), out));
  EXPECT_EQ(out, "");
}

TEST(Session, PassesOnApplicationAndUnknownTypes) {
  for (const bool ours : {true, false}) {
    for (const std::string_view type : {"delegate_task", "knowledge_snapshot", "from_the_future", "Heartbeat"}) {
      End end({.peer_is_ours = ours});
      const std::string line = Line(type, R"([1,{"a":null}])");
      const Session::Event event = end.session.HandleLine(kStart, line);
      const auto* received = std::get_if<Session::MessageReceived>(&event);
      ASSERT_NE(received, nullptr) << type;
      EXPECT_TRUE(received->message.type_text == type);
      EXPECT_TRUE(received->message.id == "7");
      EXPECT_EQ(received->message.payload, R"([1,{"a":null}])");
    }
  }
}

TEST(Session, IgnoresFromPeer) {
  End end({.peer_is_ours = true});
  for (const std::string_view from : {"", "laptop-a3f2", "../../etc/passwd", "somebody else"}) {
    EXPECT_TRUE(Is<Session::MessageReceived>(end.session.HandleLine(kStart, Line("task_status", "{}", from)))) << from;
  }
}

TEST(Session, TakesAnyPayloadForAHeartbeat) {
  End end({.expected_confirm = ProofOf(1)});
  for (const std::string_view payload : {"{}", "null", "7", "[]", R"({"confirm":7})", R"({"a":1,"a":2})"}) {
    EXPECT_TRUE(Is<std::monostate>(end.session.HandleLine(kStart, Line("heartbeat", payload)))) << payload;
  }
}

TEST(Session, RefusesWhatIsNoMessage) {
  struct Reject {
    std::string line;
    std::uint32_t offset;
    const char* part;
  };
  const Reject rejects[] = {
      {"", 0, "json"},
      {"{", 1, "json"},
      {"heartbeat", 0, "json"},
      {R"({"type":"pair_request","from":"a","psk_proposal":""})", 51, "id"},
      {Line("heartbeat", "{}") + "x", 87, "json"},
      {Line("", "{}"), 21, "msg_type"},
      {Line("task_status", "{\"a\":\"\xff\"}"), 92, "json"},
  };
  for (const Reject& reject : rejects) {
    End end({.peer_is_ours = true});
    const Error error = ErrorOf(end.session.HandleLine(kStart, reject.line));
    EXPECT_EQ(error.code, Errc::kProtocol) << reject.line;
    EXPECT_EQ(error.offset, reject.offset) << reject.line;
    EXPECT_STREQ(error.part, reject.part) << reject.line;
  }
}

TEST(Session, RefusesEveryProperPrefixOfAMessage) {
  const std::string line = Line("heartbeat", R"({"confirm":"00"})");
  for (std::size_t size = 0; size < line.size(); ++size) {
    End end({.peer_is_ours = true});
    EXPECT_EQ(ErrorOf(end.session.HandleLine(kStart, line.substr(0, size))).code, Errc::kProtocol) << size;
  }
}

TEST(Session, RefusesAnotherHandshake) {
  for (const std::string_view type : {"challenge", "handshake", "handshake_ack"}) {
    End end({.peer_is_ours = true});
    EXPECT_EQ(ErrorOf(end.session.HandleLine(kStart, Line(type, "{}"))), (Error{Errc::kProtocol, 0, 0, "msg_type"}));
  }
}

TEST(Session, ReportsAcks) {
  End end({.peer_is_ours = true});
  const std::string line = Line("ack", R"({"id":"msg_1_2_3"})");
  const Session::Event event = end.session.HandleLine(kStart, line);
  ASSERT_TRUE(Is<Session::AckReceived>(event));
  EXPECT_TRUE(std::get<Session::AckReceived>(event).id == "msg_1_2_3");
}

TEST(Session, RefusesAnAckOfNothing) {
  for (const std::string_view payload : {"{}", "null", R"({"id":7})", R"({"id":""})", R"({"id":"a","id":"a"})"}) {
    End end({.peer_is_ours = true});
    EXPECT_EQ(ErrorOf(end.session.HandleLine(kStart, Line("ack", payload))), (Error{Errc::kProtocol, 0, 0, "payload"}))
        << payload;
  }
}

TEST(Session, AcknowledgesToPeersOfOursOnly) {
  std::string out;
  End ours({.peer_is_ours = true});
  EXPECT_TRUE(ours.session.FormatAck(kDate, ours.ids, ours.self, JsonString("7\\n", 2), out));
  EXPECT_EQ(out, R"({"id":"msg_1795422026237_0_a1b2c3d4","msg_type":"ack","from_peer":"laptop-a3f2",)"
                 R"("timestamp":1795422026237,"payload":{"id":"7\n"}})"
                 "\n");
  out.clear();
  End released({.peer_is_ours = false});
  EXPECT_FALSE(released.session.FormatAck(kDate, released.ids, released.self, JsonString("7", 1), out));
  EXPECT_EQ(out, "");
}

TEST(Session, SendsAReleasedPeerOnlyWhatItKnows) {
  const Session ours(kStart, {.peer_is_ours = true});
  const Session released(kStart, {.peer_is_ours = false});
  for (const std::string_view type : {"heartbeat", "delegate_task", "task_status", "task_handoff", "task_interrupt",
                                      "knowledge_sync", "knowledge_request", "knowledge_snapshot"}) {
    EXPECT_TRUE(ours.MaySend(type)) << type;
    EXPECT_TRUE(released.MaySend(type)) << type;
  }
  for (const std::string_view type : {"ack", "note", "knowledge_snapshots"}) {
    EXPECT_TRUE(ours.MaySend(type)) << type;
    EXPECT_FALSE(released.MaySend(type)) << type;
  }
  for (const std::string_view type : {"challenge", "handshake", "handshake_ack"}) {
    EXPECT_FALSE(ours.MaySend(type)) << type;
    EXPECT_FALSE(released.MaySend(type)) << type;
  }
}

TEST(Session, SendsAReleasedPeerNothingInTheFirstSecond) {
  End end({.peer_is_ours = false});
  EXPECT_EQ(end.session.quiet_until(), kStart + Seconds(1));
  std::string out;
  EXPECT_EQ(end.Transmit(kStart + Milliseconds(999)), "");
  EXPECT_EQ(end.Format(kStart + Milliseconds(999), "task_status", "{}", out).error(),
            (Error{Errc::kBusy, 0, 0, "session"}));
  EXPECT_EQ(out, "");
  EXPECT_TRUE(end.Format(kStart + Seconds(1), "task_status", "{}", out));
  End ours({.peer_is_ours = true});
  EXPECT_TRUE(ours.Format(kStart, "task_status", "{}", out));
}

TEST(Session, FormatsAMessageOnOneLine) {
  End end({.peer_is_ours = true});
  std::string out;
  const Result<MessageId> id = end.Format(kStart, "note", "{\n  \"a\": \"\\n\",\r\n  \"b\": [1,\n2]\n}", out);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->view(), "msg_1795422026237_0_a1b2c3d4");
  EXPECT_EQ(out, R"({"id":"msg_1795422026237_0_a1b2c3d4","msg_type":"note","from_peer":"laptop-a3f2",)"
                 "\"timestamp\":1795422026237,\"payload\":{   \"a\": \"\\n\",\r   \"b\": [1, 2] }}\n");
  End other({.peer_is_ours = true});
  EXPECT_TRUE(Is<Session::MessageReceived>(other.session.HandleLine(kStart, out.substr(0, out.size() - 1))));
}

TEST(Session, RefusesToFormatWhatThePeerWouldRefuse) {
  struct Reject {
    std::string type;
    std::string payload;
    Error error;
  };
  const std::string deep = std::string(128, '[') + std::string(128, ']');
  const std::string too_long = '"' + std::string(Session::kMaxPayload - 1, 'a') + '"';
  constexpr auto kLimit = static_cast<std::uint32_t>(Session::kMaxPayload);
  const Reject rejects[] = {
      {"", "{}", {Errc::kInvalid, 0, 0, "msg_type"}},
      {"heartbeat", "{}", {Errc::kInvalid, 0, 0, "msg_type"}},
      {"ack", "{}", {Errc::kInvalid, 0, 0, "msg_type"}},
      {"challenge", "{}", {Errc::kInvalid, 0, 0, "msg_type"}},
      {std::string(65, 'a'), "{}", {Errc::kTooLong, 64, 64, "msg_type"}},
      {"note", "", {Errc::kTruncated, 0, 0, "payload"}},
      {"note", "{} {}", {Errc::kTrailing, 3, 0, "payload"}},
      {"note", "{\"a\":\"\n\"}", {Errc::kInvalid, 6, 0, "payload"}},
      {"note", deep, {Errc::kTooDeep, 127, 0, "payload"}},
      {"note", too_long, {Errc::kTooLong, kLimit, kLimit, "payload"}},
  };
  for (const Reject& reject : rejects) {
    End end({.peer_is_ours = true});
    std::string out;
    const Error error = end.Format(kStart, reject.type, reject.payload, out).error();
    EXPECT_EQ(ErrcName(error.code), ErrcName(reject.error.code)) << reject.type;
    EXPECT_EQ(error.offset, reject.error.offset) << reject.type;
    EXPECT_STREQ(error.part, reject.error.part) << reject.type;
    EXPECT_EQ(out, "");
  }
  End released({.peer_is_ours = false});
  std::string out;
  EXPECT_EQ(released.Format(kStart + Minutes(1), "note", "{}", out).error(),
            (Error{Errc::kUnsupported, 0, 0, "msg_type"}));
}

TEST(Session, FitsTheLongestMessageIntoALine) {
  End end({.peer_is_ours = true});
  end.self = *Identity::Parse(std::string(128, 'a'));
  std::string out;
  const std::string type(64, '\x01');  // six bytes each when escaped
  const std::string payload = '"' + std::string(Session::kMaxPayload - 2, 'a') + '"';
  ASSERT_TRUE(end.Format(kStart, type, payload, out));
  EXPECT_LE(out.size() - 1, kMaxLine);
  End other({.peer_is_ours = true});
  EXPECT_TRUE(Is<Session::MessageReceived>(other.session.HandleLine(kStart, out.substr(0, out.size() - 1))));
}

TEST(Session, ConfirmsARotatedKeyAtOnceAndOnce) {
  End joiner({.peer_is_ours = true, .confirm = ProofOf(7)});
  End listener({.peer_is_ours = true, .expected_confirm = ProofOf(7)});
  EXPECT_EQ(joiner.session.PollTimeout(), kStart);
  const std::string line = joiner.Transmit(kStart);
  ASSERT_NE(line.find(R"("payload":{"confirm":"0707)"), std::string::npos) << line;
  EXPECT_TRUE(Is<Session::KeyConfirmed>(listener.session.HandleLine(kStart, line)));
  EXPECT_TRUE(Is<std::monostate>(listener.session.HandleLine(kStart, line)));
  EXPECT_NE(joiner.Transmit(kStart + Seconds(30)).find(R"("payload":{})"), std::string::npos);
}

TEST(Session, IsNotConfirmedByAnythingElse) {
  End right({.peer_is_ours = true, .confirm = ProofOf(7)});
  End wrong({.peer_is_ours = true, .confirm = ProofOf(8)});
  const std::string confirm = right.Transmit(kStart);
  const std::string other = wrong.Transmit(kStart);

  End listener({.peer_is_ours = true, .expected_confirm = ProofOf(7)});
  EXPECT_TRUE(Is<std::monostate>(listener.session.HandleLine(kStart, other)));
  EXPECT_TRUE(Is<std::monostate>(listener.session.HandleLine(kStart, Line("heartbeat", R"({"confirm":"07"})"))));
  EXPECT_TRUE(Is<Session::KeyConfirmed>(listener.session.HandleLine(kStart, confirm))) << "still open to the right one";

  End unasked({.peer_is_ours = true});
  EXPECT_TRUE(Is<std::monostate>(unasked.session.HandleLine(kStart, confirm)));
}

// Three moments, a pointer, and flags that fill up to another one: 40 bytes where pointers have 8.
TEST(Session, IsSmall) { EXPECT_EQ(sizeof(Session), 24u + 2 * sizeof(void*)); }

// Two ends of one TCP connection on a virtual clock. A cable that is out delays what is under way, and loses nothing.
//
//   A --- 0 to 200 ms --- B        out from `pulled` to `plugged`
class Wire {
 public:
  explicit Wire(std::uint64_t seed) : random_(seed) {}

  // Runs until `end`, or the first failure; returns when and whether there was one.
  std::optional<Instant> Run(Instant pulled, Instant plugged, Instant end) {
    while (true) {
      Instant now = end;
      for (int i = 0; i < 2; ++i) {
        if (const auto due = ends_[i].session.PollTimeout()) now = std::min(now, *due);
        if (!in_flight_[i].empty()) now = std::min(now, in_flight_[i].front().first);
      }
      if (now == end) return std::nullopt;
      for (int i = 0; i < 2; ++i) {
        while (!in_flight_[i].empty() && in_flight_[i].front().first <= now) {
          EXPECT_FALSE(Is<Session::Failed>(ends_[i].session.HandleLine(now, in_flight_[i].front().second)));
          in_flight_[i].pop_front();
        }
        if (ends_[i].session.HandleTimeout(now)) return now;
        const std::string line = ends_[i].Transmit(now);
        if (line.empty()) continue;
        Instant arrives = now + Milliseconds(static_cast<std::int64_t>(random_.Below(200)));
        if (arrives >= pulled && arrives < plugged) arrives = plugged;
        auto& queue = in_flight_[1 - i];
        if (!queue.empty()) arrives = std::max(arrives, queue.back().first);
        queue.emplace_back(arrives, line);
      }
    }
  }

 private:
  testing::SeededRandom random_;
  End ends_[2] = {End({.peer_is_ours = true}), End({.peer_is_ours = true})};
  std::deque<std::pair<Instant, std::string>> in_flight_[2];
};

TEST(Session, OutlivesACableThatIsOutForTenSecondsWheneverThatIs) {
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    const Instant pulled = kStart + Milliseconds(static_cast<std::int64_t>(seed) * 200);
    EXPECT_EQ(Wire(seed).Run(pulled, pulled + Seconds(10), kStart + Minutes(10)), std::nullopt) << seed;
  }
}

TEST(Session, EndsWithinTwoMinutesWhenTheCableStaysOut) {
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    const Instant pulled = kStart + Milliseconds(static_cast<std::int64_t>(seed) * 200);
    const std::optional<Instant> ended = Wire(seed).Run(pulled, pulled + Hours(1), kStart + Hours(1));
    ASSERT_TRUE(ended) << seed;
    EXPECT_GE(*ended, pulled + Seconds(59)) << seed;
    EXPECT_LE(*ended, pulled + Seconds(91)) << seed;
  }
}

}  // namespace
}  // namespace cctl
