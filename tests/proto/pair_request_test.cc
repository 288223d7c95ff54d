// SPDX-License-Identifier: MIT
//
// Pair requests between the two handshake machines, line by line: what each side sends and waits for, and what ends it
// (docs/protocol.md, section 4.2).

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/check_number.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"
#include "cctl/proto/connector_handshake.h"
#include "cctl/proto/handshake_limits.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/proto/open_challenges.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/pair_messages.h"
#include "cctl/wire/version_text.h"
#include "tests/support/handshake_text.h"

namespace cctl {
namespace {

using testing::ChallengeText;
using testing::HandshakeText;
using testing::Hex;

constexpr Instant kStart{1'000};
constexpr UnixTime kDate{1'795'422'026'237};
constexpr std::uint8_t kTag[] = {0xa1, 0xb2, 0xc3, 0xd4};

const Identity kLaptop = *Identity::Parse("laptop-a3f2");
const Identity kDesktop = *Identity::Parse("desktop-b7c1");
const Nonce kChallenge = *Nonce::Parse(std::string(64, '1'));
const Nonce kClientNonce = *Nonce::Parse(std::string(64, '2'));
const Psk kProposal = *ParsePskHex(std::string(64, 'a'));

ConnectorHandshake::Config Asking() {
  return {.self = kDesktop,
          .expected = kLaptop,
          .version = VersionText("1.0.0"),
          .listen_port = 9847,
          .client_nonce = kClientNonce,
          .proposal = kProposal};
}

// Both ends, with every line carried by hand.
class PairRequestTest : public ::testing::Test {
 protected:
  std::string FromListener() { return Line(listener_.PollTransmit(ids_, kDate)); }
  std::string FromConnector() { return Line(connector_.PollTransmit(ids_, kDate)); }

  // Takes the event of that kind that the machine must have.
  template <typename Event, typename Machine>
  static Event Take(Machine& machine) {
    const auto event = machine.PollEvent();
    EXPECT_TRUE(event && std::holds_alternative<Event>(*event));
    return std::get<Event>(event.value());
  }
  template <typename Machine>
  static Error ErrorOf(Machine& machine) {
    return Take<typename Machine::Failed>(machine).error;
  }

  // Up to the question; the request is with the listener.
  void Ask() {
    connector_.HandleLine(kStart, FromListener());
    Take<ConnectorHandshake::PairRequestSent>(connector_);
    listener_.HandleLine(kStart, FromConnector());
    Take<ListenerHandshake::PairRequested>(listener_);
  }
  // Up to the handshake of the requester, which is returned.
  std::string Approve() {
    Ask();
    listener_.HandleDecision(kStart, PairStatus::kApproved);
    connector_.HandleLine(kStart, FromListener());
    Take<ConnectorHandshake::StoreWanted>(connector_);
    connector_.HandleStored(true);
    return FromConnector();
  }

  MessageIds ids_{kTag};
  ListenerHandshake listener_{{kLaptop, kChallenge}, kStart};
  ConnectorHandshake connector_{Asking(), kStart};

 private:
  static std::string Line(std::string_view sent) {
    EXPECT_TRUE(sent.empty() || sent.back() == '\n');
    return std::string(sent.substr(0, sent.empty() ? 0 : sent.size() - 1));
  }
};

TEST_F(PairRequestTest, EndsInASessionByAKeyThatBothHave) {
  connector_.HandleLine(kStart, FromListener());
  const auto sent = Take<ConnectorHandshake::PairRequestSent>(connector_);
  EXPECT_EQ(sent.peer, kLaptop);
  const std::string request = FromConnector();
  EXPECT_EQ(request, R"({"type":"pair_request","from":"desktop-b7c1","psk_proposal":")" + std::string(64, 'a') +
                         R"(","version":"1.0.0","port":9847})");
  listener_.HandleLine(kStart, request);
  const auto asked = Take<ListenerHandshake::PairRequested>(listener_);
  EXPECT_EQ(asked.peer, kDesktop);
  EXPECT_EQ(asked.port, 9847);
  EXPECT_EQ(asked.version, "1.0.0");
  EXPECT_EQ(asked.check, sent.check);
  EXPECT_EQ(asked.check, CheckNumber(kProposal, kChallenge));
  EXPECT_EQ(FromListener(), "") << "nothing is said before somebody has decided";

  listener_.HandleDecision(kStart, PairStatus::kApproved);
  const std::string response = FromListener();
  EXPECT_EQ(response, R"({"type":"pair_response","from":"laptop-a3f2","status":"approved"})");
  connector_.HandleLine(kStart, response);
  const auto agreed = Take<ConnectorHandshake::StoreWanted>(connector_);
  EXPECT_EQ(agreed.key, kProposal);
  EXPECT_TRUE(agreed.approved);
  EXPECT_EQ(FromConnector(), "") << "nothing is proved that is not stored";
  connector_.HandleStored(true);
  listener_.HandleLine(kStart, FromConnector());
  const auto wanted = Take<ListenerHandshake::StoreWanted>(listener_);
  EXPECT_EQ(wanted.peer, kDesktop);
  EXPECT_EQ(wanted.key, kProposal);
  EXPECT_EQ(wanted.source, KeyCandidate::Source::kProposed);
  EXPECT_TRUE(wanted.confirms);
  EXPECT_EQ(FromListener(), "") << "no `ok` before it is stored";
  listener_.HandleStored(true);
  const auto accepted = Take<ListenerHandshake::Authenticated>(listener_);
  connector_.HandleLine(kStart, FromListener());
  const auto paired = Take<ConnectorHandshake::Authenticated>(connector_);
  EXPECT_TRUE(paired.proved);
  ASSERT_TRUE(paired.confirm && accepted.confirm);
  EXPECT_EQ(*paired.confirm, *accepted.confirm);
}

TEST_F(PairRequestTest, EveryOtherDecisionEndsIt) {
  const struct {
    PairStatus status;
    Errc listener;
    Errc connector;
  } cases[] = {{PairStatus::kDenied, Errc::kDenied, Errc::kDenied},
               {PairStatus::kExpired, Errc::kTimeout, Errc::kTimeout},
               {PairStatus::kBusy, Errc::kBusy, Errc::kBusy}};
  for (const auto& one : cases) {
    listener_ = ListenerHandshake({kLaptop, kChallenge}, kStart);
    connector_ = ConnectorHandshake(Asking(), kStart);
    Ask();
    listener_.HandleDecision(kStart, one.status);
    EXPECT_EQ(ErrorOf(listener_).code, one.listener);
    connector_.HandleLine(kStart, FromListener());
    const Error error = ErrorOf(connector_);
    EXPECT_EQ(error.code, one.connector);
    EXPECT_STREQ(error.part, "pair");
    EXPECT_EQ(FromConnector(), "");
  }
}

TEST_F(PairRequestTest, ExpiresAtItsTimeAndNotBefore) {
  Ask();
  const Instant end = kStart + kPairRequestTimeout;
  EXPECT_EQ(listener_.PollTimeout(), end);
  listener_.HandleTimeout(end - Milliseconds(1));
  EXPECT_EQ(listener_.state(), ListenerState::kAwaitingDecision);
  listener_.HandleTimeout(end);
  EXPECT_EQ(ErrorOf(listener_).code, Errc::kTimeout);
  EXPECT_EQ(FromListener(), R"({"type":"pair_response","from":"laptop-a3f2","status":"expired"})");
  listener_.HandleDecision(end, PairStatus::kApproved);
  EXPECT_EQ(listener_.state(), ListenerState::kFailed) << "too late";
  // The requester waits a little longer: the answer may be on its way.
  EXPECT_EQ(connector_.PollTimeout(), end + kPairAnswerSlack);
  connector_.HandleTimeout(end + kPairAnswerSlack);
  EXPECT_EQ(ErrorOf(connector_).code, Errc::kTimeout);
}

TEST_F(PairRequestTest, ADecisionAtTheLastMomentIsTooLateThoughNobodyCalledHandleTimeout) {
  Ask();
  listener_.HandleDecision(kStart + kPairRequestTimeout, PairStatus::kApproved);
  EXPECT_EQ(FromListener(), R"({"type":"pair_response","from":"laptop-a3f2","status":"expired"})");
}

TEST_F(PairRequestTest, TheApprovedKeyMustBeProvedSoon) {
  Ask();
  const Instant decided = kStart + Seconds(60);
  listener_.HandleDecision(decided, PairStatus::kApproved);
  (void)FromListener();
  EXPECT_EQ(listener_.PollTimeout(), decided + kApprovedLimit);
  listener_.HandleTimeout(decided + kApprovedLimit);
  EXPECT_EQ(ErrorOf(listener_).code, Errc::kTimeout);
  EXPECT_EQ(FromListener(), "");
}

TEST_F(PairRequestTest, OnlyTheApprovedNameAndKeyAreLetIn) {
  const Psk other = *ParsePskHex(std::string(64, 'b'));
  const struct {
    std::string_view name;
    const Psk& key;
  } cases[] = {{"somebody-else", kProposal}, {"DESKTOP-B7C1", kProposal}, {"desktop-b7c1", other}};
  for (const auto& one : cases) {
    listener_ = ListenerHandshake({kLaptop, kChallenge}, kStart);
    connector_ = ConnectorHandshake(Asking(), kStart);
    Approve();
    listener_.HandleLine(kStart, HandshakeText(one.name, Hex(ConnectorProof(one.key, kChallenge))));
    EXPECT_EQ(ErrorOf(listener_).code, Errc::kDenied) << one.name;
    EXPECT_NE(FromListener().find("\"denied\""), std::string::npos) << one.name;
  }
}

TEST_F(PairRequestTest, ASecondRequestOnAConnectionEndsIt) {
  Ask();
  std::string again;
  AppendPairRequest(again, PairRequest{kDesktop, kProposal, {}, {}});
  listener_.HandleLine(kStart, again);
  EXPECT_EQ(ErrorOf(listener_).code, Errc::kProtocol);

  listener_ = ListenerHandshake({kLaptop, kChallenge}, kStart);
  connector_ = ConnectorHandshake(Asking(), kStart);
  Approve();
  listener_.HandleLine(kStart, again);
  EXPECT_EQ(ErrorOf(listener_).code, Errc::kProtocol) << "nor after the approval";
}

TEST_F(PairRequestTest, OurOwnNameIsDeniedInAnyCase) {
  for (const std::string_view name : {"laptop-a3f2", "LAPTOP-A3F2"}) {
    ListenerHandshake listener({kLaptop, kChallenge}, kStart);
    (void)listener.PollTransmit(ids_, kDate);
    std::string request;
    AppendPairRequest(request, PairRequest{*Identity::Parse(name), kProposal, {}, {}});
    listener.HandleLine(kStart, request);
    EXPECT_EQ(ErrorOf(listener).code, Errc::kDenied);
    EXPECT_EQ(listener.PollTransmit(ids_, kDate),
              "{\"type\":\"pair_response\",\"from\":\"laptop-a3f2\",\"status\":\"denied\"}\n");
  }
}

TEST_F(PairRequestTest, TheKeyGoesToNobodyButTheOneWhoWasChosen) {
  const struct {
    std::string_view name;
    Errc code;
  } cases[] = {{"", Errc::kUnsupported},
               {"somebody-else", Errc::kIdentityMismatch},
               {"Laptop-a3f2", Errc::kIdentityMismatch},
               {"desktop-b7c1", Errc::kInvalid}};
  for (const auto& one : cases) {
    ConnectorHandshake connector(Asking(), kStart);
    connector.HandleLine(kStart, ChallengeText(one.name, kChallenge.view()));
    EXPECT_EQ(ErrorOf(connector).code, one.code) << one.name;
    EXPECT_EQ(connector.PollTransmit(ids_, kDate), "") << one.name;
  }
}

TEST_F(PairRequestTest, OurOwnChallengeIsAnsweredByNoKey) {
  OpenChallenges open;
  open.Insert(kChallenge);
  ConnectorHandshake::Config config = Asking();
  config.open_challenges = &open;
  ConnectorHandshake connector(config, kStart);
  connector.HandleLine(kStart, ChallengeText("laptop-a3f2", kChallenge.view()));
  const Error error = ErrorOf(connector);
  EXPECT_EQ(error.code, Errc::kProtocol);
  EXPECT_STREQ(error.part, "nonce");
  EXPECT_EQ(connector.PollTransmit(ids_, kDate), "");
}

TEST_F(PairRequestTest, AnAnswerOfAnotherNameOrFormIsRefused) {
  const struct {
    std::string line;
    Errc code;
  } cases[] = {
      {R"({"type":"pair_response","from":"somebody-else","status":"approved"})", Errc::kIdentityMismatch},
      {R"({"type":"pair_response","from":"laptop-a3f2","status":"perhaps"})", Errc::kProtocol},
      {R"({"type":"pair_response","status":"approved"})", Errc::kProtocol},
      {R"({"type":"pair_request","from":"laptop-a3f2","status":"approved"})", Errc::kProtocol},
      {"approved", Errc::kProtocol},
      {"", Errc::kProtocol},
  };
  for (const auto& one : cases) {
    listener_ = ListenerHandshake({kLaptop, kChallenge}, kStart);
    connector_ = ConnectorHandshake(Asking(), kStart);
    Ask();
    connector_.HandleLine(kStart, one.line);
    EXPECT_EQ(ErrorOf(connector_).code, one.code) << one.line;
  }
}

TEST_F(PairRequestTest, ADiskThatTakesNothingEndsItOnEitherSide) {
  Ask();
  listener_.HandleDecision(kStart, PairStatus::kApproved);
  connector_.HandleLine(kStart, FromListener());
  Take<ConnectorHandshake::StoreWanted>(connector_);
  connector_.HandleStored(false);
  EXPECT_EQ(ErrorOf(connector_).code, Errc::kIo);
  EXPECT_EQ(FromConnector(), "") << "a key that is not stored is not proved";

  listener_ = ListenerHandshake({kLaptop, kChallenge}, kStart);
  connector_ = ConnectorHandshake(Asking(), kStart);
  listener_.HandleLine(kStart, Approve());
  Take<ListenerHandshake::StoreWanted>(listener_);
  listener_.HandleStored(false);
  EXPECT_EQ(ErrorOf(listener_).code, Errc::kBusy);
  connector_.HandleLine(kStart, FromListener());
  EXPECT_EQ(ErrorOf(connector_).code, Errc::kBusy);
}

TEST_F(PairRequestTest, ClosedAtAnyStepFails) {
  const auto ends = [this] {
    listener_.HandleClosed();
    connector_.HandleClosed();
    EXPECT_EQ(ErrorOf(listener_).code, Errc::kProtocol);
    EXPECT_EQ(ErrorOf(connector_).code, Errc::kProtocol);
    EXPECT_EQ(FromListener(), "");
    EXPECT_EQ(FromConnector(), "");
    listener_ = ListenerHandshake({kLaptop, kChallenge}, kStart);
    connector_ = ConnectorHandshake(Asking(), kStart);
  };
  Ask();
  ends();
  Ask();
  listener_.HandleDecision(kStart, PairStatus::kApproved);
  ends();
  Approve();
  ends();
  listener_.HandleLine(kStart, Approve());
  ends();
}

TEST_F(PairRequestTest, APlainRequestOfTheSpecNeedsNoConfirmation) {
  (void)FromListener();
  listener_.HandleLine(
      kStart, R"({"type": "pair_request", "from": "desktop-b7c1", "psk_proposal": ")" + std::string(64, 'A') + R"("})");
  const auto asked = Take<ListenerHandshake::PairRequested>(listener_);
  EXPECT_TRUE(asked.version.empty());
  EXPECT_EQ(asked.port, 0);
  listener_.HandleDecision(kStart, PairStatus::kApproved);
  (void)FromListener();
  listener_.HandleLine(kStart, HandshakeText("desktop-b7c1", Hex(ConnectorProof(kProposal, kChallenge))));
  EXPECT_FALSE(Take<ListenerHandshake::StoreWanted>(listener_).confirms);
  listener_.HandleStored(true);
  EXPECT_FALSE(Take<ListenerHandshake::Authenticated>(listener_).confirm);
}

TEST_F(PairRequestTest, ADecisionNobodyAskedForChangesNothing) {
  listener_.HandleDecision(kStart, PairStatus::kApproved);
  EXPECT_EQ(listener_.state(), ListenerState::kAwaitingHandshake);
  EXPECT_NE(FromListener().find("challenge"), std::string::npos);
}

TEST_F(PairRequestTest, TheLongestRequestFitsItsRoom) {
  ConnectorHandshake::Config config = Asking();
  config.self = *Identity::Parse(std::string(kMaxIdentitySize, 's'));
  config.version = VersionText(std::string(VersionText::kCapacity, '"'));
  config.listen_port = 65535;
  ConnectorHandshake connector(config, kStart);
  connector.HandleLine(kStart, ChallengeText("laptop-a3f2", kChallenge.view()));
  EXPECT_TRUE(connector.PollTransmit(ids_, kDate).ends_with(",\"port\":65535}\n"));
}

}  // namespace
}  // namespace cctl
