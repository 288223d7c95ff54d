// SPDX-License-Identifier: MIT

#include "cctl/proto/announcer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/wire/announcement.h"
#include "cctl/wire/instance_id.h"
#include "cctl/wire/version_text.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

constexpr Instant kStart{50'000};

Announcer::Config Config() {
  return {.self = *Identity::Parse("laptop-a3f2"),
          .instance = InstanceId{0x5b0c9a12},
          .port = 9847,
          .version = VersionText("0.36.0"),
          .paired_count = 1};
}

RemoteAddress Asker(std::uint8_t host, std::uint16_t port = 40'000) {
  AddressKey key{};
  key[10] = key[11] = 0xff;
  key[12] = 10;
  key[15] = host;
  return {key, port};
}

struct Sent {
  std::optional<RemoteAddress> to;
  std::string text;
};

std::vector<Sent> SendAll(Announcer& announcer) {
  std::vector<Sent> sent;
  while (const auto transmit = announcer.PollTransmit())
    sent.push_back({transmit->to, std::string(transmit->datagram)});
  return sent;
}

constexpr const char* kJson =
    R"({"type":"announce","identity":"laptop-a3f2","port":9847,"version":"0.36.0","paired_count":1,"instance":"5b0c9a12"})";

TEST(Announcer, SaysSoAtOnceInBothForms) {
  testing::SeededRandom random(1);
  Announcer announcer(Config(), random, kStart);
  EXPECT_EQ(announcer.PollTimeout(), kStart);
  announcer.HandleTimeout(kStart);
  const auto sent = SendAll(announcer);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].text, kJson);
  EXPECT_EQ(sent[1].text, std::string("CCTL") + kJson);
  EXPECT_FALSE(sent[0].to);
  EXPECT_FALSE(sent[1].to);
}

TEST(Announcer, RepeatsWithinAnIntervalLessUpToATenth) {
  testing::SeededRandom random(2);
  Announcer announcer(Config(), random, kStart);
  Instant now = kStart;
  std::int64_t least = INT64_MAX;
  std::int64_t most = 0;
  for (int i = 0; i < 2'000; ++i) {
    announcer.HandleTimeout(now);
    EXPECT_EQ(SendAll(announcer).size(), 2u);
    const Instant next = announcer.PollTimeout().value();
    least = std::min(least, (next - now).ms);
    most = std::max(most, (next - now).ms);
    announcer.HandleTimeout(next - Milliseconds(1));  // too early
    EXPECT_TRUE(SendAll(announcer).empty());
    now = next;
  }
  EXPECT_GE(least, 9'000);
  EXPECT_LT(least, 9'050);
  EXPECT_LE(most, 10'000);
  EXPECT_GT(most, 9'950);
}

TEST(Announcer, AnswersWhoAsksWithin50Ms) {
  testing::SeededRandom random(3);
  Announcer announcer(Config(), random, kStart);
  announcer.HandleTimeout(kStart);
  (void)SendAll(announcer);
  std::int64_t latest = 0;
  for (int i = 0; i < 500; ++i) {
    const Instant asked = kStart + Seconds(100 * (i + 1));
    announcer.HandleTimeout(asked);
    (void)SendAll(announcer);
    announcer.HandleQuery(asked, Asker(7, static_cast<std::uint16_t>(i + 1)));
    const Instant due = announcer.PollTimeout().value();
    latest = std::max(latest, (due - asked).ms);
    announcer.HandleTimeout(due);
    const auto sent = SendAll(announcer);
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].to, Asker(7, static_cast<std::uint16_t>(i + 1)));
    EXPECT_EQ(sent[0].text, kJson);
  }
  EXPECT_LE(latest, kAnswerSpreadMs);
  EXPECT_GT(latest, kAnswerSpreadMs - 5) << "they are spread over all of it";
}

TEST(Announcer, AnswersAreBoundedPerAddressAndInAll) {
  testing::SeededRandom random(4);
  Announcer announcer(Config(), random, kStart);
  announcer.HandleTimeout(kStart);
  (void)SendAll(announcer);
  for (int i = 0; i < 1'000; ++i) announcer.HandleQuery(kStart, Asker(1, static_cast<std::uint16_t>(1 + i)));
  for (int host = 2; host < 102; ++host) {
    for (int i = 0; i < 5; ++i) announcer.HandleQuery(kStart, Asker(static_cast<std::uint8_t>(host)));
  }
  announcer.HandleTimeout(kStart + Milliseconds(kAnswerSpreadMs));
  const auto sent = SendAll(announcer);
  EXPECT_EQ(sent.size(), kMaxAnswers);
  std::size_t to_first = 0;
  for (const Sent& one : sent) to_first += one.to->ip == Asker(1).ip ? 1 : 0;
  EXPECT_EQ(to_first, kMaxAnswersPerAddress);
  EXPECT_EQ(announcer.refused(), 1'500 - kMaxAnswers);
  // The next second is another.
  announcer.HandleQuery(kStart + Seconds(1), Asker(1));
  announcer.HandleTimeout(kStart + Seconds(1) + Milliseconds(kAnswerSpreadMs));
  EXPECT_EQ(SendAll(announcer).size(), 1u);
}

TEST(Announcer, SaysGoodbyeLastAndOnce) {
  testing::SeededRandom random(5);
  Announcer announcer(Config(), random, kStart);
  announcer.HandleTimeout(kStart);
  announcer.HandleQuery(kStart, Asker(1));
  announcer.Stop();
  const auto sent = SendAll(announcer);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].text, R"({"type":"goodbye","identity":"laptop-a3f2","instance":"5b0c9a12"})");
  announcer.Stop();
  announcer.HandleQuery(kStart, Asker(1));
  announcer.HandleTimeout(kStart + Seconds(100));
  EXPECT_TRUE(SendAll(announcer).empty());
  EXPECT_FALSE(announcer.PollTimeout());
}

TEST(Announcer, TakesANewIntervalAndCount) {
  testing::SeededRandom random(6);
  Announcer announcer(Config(), random, kStart);
  announcer.HandleTimeout(kStart);
  (void)SendAll(announcer);
  announcer.set_interval(kStart, Seconds(1));
  announcer.set_paired_count(3);
  EXPECT_LE(announcer.PollTimeout().value(), kStart + Seconds(1));
  announcer.HandleTimeout(kStart + Seconds(1));
  EXPECT_NE(SendAll(announcer)[0].text.find("\"paired_count\":3"), std::string::npos);
  announcer.set_interval(kStart + Seconds(1), Seconds(60));
  EXPECT_LE(announcer.PollTimeout().value(), kStart + Seconds(2)) << "what was promised is kept";
}

TEST(Announcer, WithoutRandomnessNothingIsSpread) {
  testing::NoRandom random;
  Announcer announcer(Config(), random, kStart);
  announcer.HandleTimeout(kStart);
  (void)SendAll(announcer);
  EXPECT_EQ(announcer.PollTimeout(), kStart + Seconds(10));
  announcer.HandleQuery(kStart, Asker(1));
  EXPECT_EQ(announcer.PollTimeout(), kStart);
}

TEST(Announcer, LongestNamesFitADatagram) {
  testing::SeededRandom random(7);
  Announcer::Config config = Config();
  config.self = *Identity::Parse(std::string(kMaxIdentitySize, 'x'));
  config.port = 65535;
  config.version = VersionText(std::string(VersionText::kCapacity, '"'));
  config.paired_count = UINT32_MAX;
  Announcer announcer(config, random, kStart);
  announcer.HandleTimeout(kStart);
  for (const Sent& sent : SendAll(announcer)) EXPECT_TRUE(ParseLanDatagram(sent.text)) << sent.text;
}

}  // namespace
}  // namespace cctl
