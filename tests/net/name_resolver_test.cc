// SPDX-License-Identifier: MIT

#include "cctl/net/name_resolver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "tests/net/loopback.h"

namespace cctl {
namespace {

using testing::WaitFor;

// A look-up that hangs until it is let go: in the place of a name server that does not answer.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  int inside = 0;
  int finished = 0;
  bool open = false;

  static Gate& Instance() {
    static Gate& gate = *new Gate;  // never destroyed: a thread may still be in it when the program ends
    return gate;
  }
  void Close() {
    const std::lock_guard lock(mutex);
    inside = finished = 0;
    open = false;
  }
  void Open() {
    const std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
  template <typename Condition>
  void Await(Condition condition) {
    std::unique_lock lock(mutex);
    changed.wait(lock, condition);
  }
};

Result<Endpoints> HangingLookUp(const std::string&, std::uint16_t port) {
  Gate& gate = Gate::Instance();
  std::unique_lock lock(gate.mutex);
  ++gate.inside;
  gate.changed.notify_all();
  gate.changed.wait(lock, [&] { return gate.open; });
  ++gate.finished;
  gate.changed.notify_all();
  return Endpoints{{IpAddress::V4(127, 0, 0, 9), port}};
}

std::optional<ResolvedName> WaitForAnswer(NameResolver& resolver) {
  for (;;) {
    if (auto answer = resolver.Poll()) return answer;
    if (WaitFor(resolver.native(), POLLIN) == 0) return std::nullopt;
  }
}

TEST(NameResolver, NumericHostNeedsNoLookUp) {
  NameResolver resolver = NameResolver::Create(&HangingLookUp).value();  // which would never answer
  Gate::Instance().Close();
  EXPECT_FALSE(resolver.Poll());
  resolver.Resolve("192.0.2.7", 9847, 1);
  resolver.Resolve("2001:db8::7", 9848, 2);
  EXPECT_NE(WaitFor(resolver.native(), POLLIN), 0);
  auto answer = resolver.Poll();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->token, 1u);
  EXPECT_EQ(answer->endpoints, (Endpoints{Endpoint::Parse("192.0.2.7:9847").value()}));
  answer = resolver.Poll();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->endpoints, (Endpoints{Endpoint::Parse("[2001:db8::7]:9848").value()}));
  EXPECT_FALSE(resolver.Poll());
  EXPECT_EQ(Gate::Instance().inside, 0);
}

TEST(NameResolver, AsksTheSystemForNames) {
  NameResolver resolver = NameResolver::Create().value();
  resolver.Resolve("localhost", 9847, 7);  // in the hosts file everywhere
  const auto answer = WaitForAnswer(resolver);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->token, 7u);
  ASSERT_FALSE(answer->endpoints.empty()) << answer->error.value;
  for (const Endpoint& endpoint : answer->endpoints) {
    EXPECT_TRUE(endpoint.ip.IsLoopback()) << endpoint.Format().view();
    EXPECT_EQ(endpoint.port, 9847);
  }
}

TEST(NameResolver, TextThatIsNoNameIsRefused) {
  NameResolver resolver = NameResolver::Create(&HangingLookUp).value();
  for (const std::string_view host : {std::string_view(), std::string_view("local\0host", 10)}) {
    resolver.Resolve(host, 1, 3);
    const auto answer = resolver.Poll();
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->endpoints.empty());
    EXPECT_EQ(answer->error, (Error{Errc::kInvalid, 0, 0, "host"}));
  }
}

TEST(NameResolver, DestroyingItDoesNotWaitForALookUpThatHangs) {
  Gate& gate = Gate::Instance();
  gate.Close();
  {
    NameResolver resolver = NameResolver::Create(&HangingLookUp).value();
    for (std::uint64_t i = 0; i < 3; ++i) resolver.Resolve("hangs.example", 1, i);
    gate.Await([&] { return gate.inside == 3; });
  }
  {
    const std::lock_guard lock(gate.mutex);
    EXPECT_EQ(gate.finished, 0);
  }
  gate.Open();
  gate.Await([&] { return gate.finished == 3; });  // with what they use still there: asan and tsan look on
}

TEST(NameResolver, OneThatHangsHoldsNobodyUp) {
  Gate& gate = Gate::Instance();
  gate.Close();
  NameResolver resolver = NameResolver::Create([](const std::string& host, std::uint16_t port) {
                            if (host == "hangs.example") return HangingLookUp(host, port);
                            return Result<Endpoints>(Endpoints{{IpAddress::V4(127, 0, 0, 1), port}});
                          }).value();
  resolver.Resolve("hangs.example", 1, 1);
  gate.Await([&] { return gate.inside == 1; });
  resolver.Resolve("quick.example", 2, 2);
  auto answer = WaitForAnswer(resolver);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->token, 2u);
  gate.Open();
  answer = WaitForAnswer(resolver);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->token, 1u);
}

TEST(NameResolver, MoreThanItsThreadsAreAllAnsweredOnce) {
  Gate& gate = Gate::Instance();
  gate.Close();
  NameResolver resolver = NameResolver::Create(&HangingLookUp).value();
  constexpr int kCount = 100;
  for (std::uint64_t i = 0; i < kCount; ++i) resolver.Resolve("hangs.example", 1, i);
  gate.Await([&] { return gate.inside == static_cast<int>(NameResolver::kMaxThreads); });
  gate.Open();
  std::map<std::uint64_t, int> answers;
  for (int i = 0; i < kCount; ++i) {
    const auto answer = WaitForAnswer(resolver);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->endpoints.size(), 1u);
    ++answers[answer->token];
  }
  EXPECT_EQ(answers.size(), static_cast<std::size_t>(kCount));
  EXPECT_FALSE(resolver.Poll());
}

TEST(NameResolver, MovedResolverGoesOn) {
  Gate& gate = Gate::Instance();
  gate.Close();
  NameResolver first = NameResolver::Create(&HangingLookUp).value();
  first.Resolve("hangs.example", 1, 5);
  NameResolver second = std::move(first);
  gate.Open();
  const auto answer = WaitForAnswer(second);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->token, 5u);
}

}  // namespace
}  // namespace cctl
