// SPDX-License-Identifier: MIT
//
// The connector's side of the handshake, as a state machine (docs/protocol.md, sections 4.1 and 4.2): it reads the
// challenge, asks for the key, sends its proof, checks the ack and the listener's proof in it, and has a new key stored
// after all of that has been found right. Lines are a stranger's. Each awaited line must come within
// kConnectorHandshakeLimit.
//
// With a Config::proposal it asks the listener's user first: the key goes out in a pair request, is stored once it is
// approved, and is then proved on the same connection.
//
// After every call send what PollTransmit() gives, then handle what PollEvent() gives; after Failed close the
// connection. While wants_line() is false hold back what arrives: after Authenticated it belongs to the session.
//
//   cctl::ConnectorHandshake handshake({.self = self, .expected = link.identity, .version = version, .rekey = true,
//                                       .client_nonce = client_nonce, .open_challenges = &open_challenges}, now);
//   handshake.HandleLine(now, line);
//   if (const auto event = handshake.PollEvent()) {  // KeyWanted
//     handshake.HandleKey(now, cctl::DerivePsk(link.code), cctl::KeyCandidate::Source::kInvite);

#ifndef CCTL_PROTO_CONNECTOR_HANDSHAKE_H_
#define CCTL_PROTO_CONNECTOR_HANDSHAKE_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "cctl/base/errc.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"
#include "cctl/base/secret.h"
#include "cctl/base/time.h"
#include "cctl/identity/check_number.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"
#include "cctl/proto/handshake_limits.h"
#include "cctl/proto/handshake_line.h"
#include "cctl/proto/handshake_states.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/proto/open_challenges.h"
#include "cctl/wire/handshake_messages.h"
#include "cctl/wire/message_envelope.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/pair_messages.h"
#include "cctl/wire/version_text.h"

namespace cctl {

class ConnectorHandshake {
 public:
  struct Config {
    Identity self;
    std::optional<Identity> expected = {};  // who must answer; absent: whoever does
    VersionText version;                    // ours
    std::uint16_t listen_port = 0;          // where we listen; 0: nowhere
    bool require_proof = true;              // false: a listener that proves nothing will do (the released claudectl)
    bool rekey = false;                     // of an invite's key: have it replaced by one of our own
    Nonce client_nonce;                     // new for every connection
    std::optional<Psk> proposal = {};       // a new key: pair by it; `expected` must be there
    Duration pair_timeout = kPairRequestTimeout;
    const OpenChallenges* open_challenges = nullptr;  // of this process, if it listens; outlives this machine
  };

  // The key that we share with `peer`? Absent: the listener does not say who it is before the ack (a released one); it
  // is Config::expected, if somebody is expected. Answer by HandleKey() or HandleNoKey().
  struct KeyWanted {
    std::optional<Identity> peer;
  };

  // The proposal is on its way to the listener's user, who sees the same number.
  struct PairRequestSent {
    Identity peer;
    std::uint32_t check = 0;  // CheckNumber
  };

  // The other side has said `ok`, or its user has approved, and everything is right: store `key` for `peer`. Answer by
  // HandleStored(). Raised only for a key that was not stored before.
  struct StoreWanted {
    Identity peer;
    Psk key;
    bool rekeyed = false;   // `key` is our own, not the link's
    bool approved = false;  // `key` is the proposal: nobody has proved it yet
  };

  // The session begins.
  struct Authenticated {
    Identity peer;
    bool proved = false;                // the listener has proved that it holds the key
    bool rekeyed = false;               // the link's key was replaced in this handshake
    std::optional<Proof> confirm = {};  // then: what our first heartbeat, to be sent at once, carries
  };

  // kProtocol, kTimeout, kInvalid (part "identity": we have reached ourselves), kIdentityMismatch, kNotFound (part
  // "key": HandleNoKey), kAuthFailed, kExpired, kBusy, kUnproven, kIo (part "key": not stored). Nothing has been
  // stored, but for the last. After kUnproven the other side may have stored the key. Of a pair request, part "pair":
  // kDenied, kTimeout (nobody decided), kBusy, kUnsupported (the listener does not say who it is). Once it was approved
  // the key is stored, and any failure may be one of the connection alone.
  struct Failed {
    Error error;
  };

  using Event = std::variant<KeyWanted, PairRequestSent, StoreWanted, Authenticated, Failed>;

  ConnectorHandshake(const Config& config, Instant now) : config_(config), deadline_(now + kConnectorHandshakeLimit) {}

  [[nodiscard]] ConnectorState state() const { return state_; }

  // Whether the next line is for this machine: the challenge, or once our handshake has been sent the ack. One that is
  // handed in at another time fails the handshake; after the end lines are ignored. A listener may speak right after
  // its `ok`: those lines are the session's.
  [[nodiscard]] bool wants_line() const {
    if (state_ == ConnectorState::kAwaitingChallenge) return true;
    const bool sent = state_ == ConnectorState::kAwaitingAck || state_ == ConnectorState::kAwaitingDecision;
    return sent && outgoing_ == Outgoing::kNothing;
  }

  // One line without its newline, as LineReader gives it.
  void HandleLine(Instant now, std::string_view line);

  // The answer to KeyWanted. `source`: kStored, or where a key comes from that is to be stored if it is right. Only a
  // key of kInvite is rotated. With one of kTailnet the listener must prove itself whatever Config says, and whoever
  // answers has made sure that it is the right one who stands there.
  void HandleKey(Instant now, const Psk& key, KeyCandidate::Source source);
  void HandleNoKey();

  // The answer to StoreWanted: whether the key is on disk.
  void HandleStored(bool ok);

  // The time that PollTimeout() named has come. Too early, it does nothing.
  void HandleTimeout(Instant now);

  // The stream has ended, or LineReader has refused it.
  void HandleClosed();

  // The line to send now, its newline included, valid until the next call; empty: none. Id and date are taken for it
  // only if there is one.
  std::string_view PollTransmit(MessageIds& ids, UnixTime date);

  std::optional<Event> PollEvent() { return std::exchange(event_, std::nullopt); }

  // When HandleTimeout() is due.
  [[nodiscard]] std::optional<Instant> PollTimeout() const;

 private:
  enum class Outgoing : std::uint8_t { kNothing, kPairRequest, kHandshake };

  // A line that may hold a key.
  struct Line {
    InlineString<kMaxHandshakeLineWritten> text;
    ~Line() { Wipe(text.data(), InlineString<kMaxHandshakeLineWritten>::kCapacity); }
  };

  struct Challenge {
    Nonce nonce;
    std::optional<Identity> peer;
  };

  // A key that has been given, until it is known whether it is right.
  struct Key {
    Psk psk;
    bool store = false;
    bool rekey = false;
  };

  // An ack that may be believed.
  struct Acceptance {
    Identity peer;
    bool proved = false;
  };

  void Move(ConnectorInput input) { state_ = NextState(state_, input); }
  void Fail(ConnectorInput input, Error error);
  void HandleChallenge(Instant now, std::string_view line);
  void RequestPair(Instant now);
  void HandlePairResponse(Instant now, std::string_view line);
  void HandleAck(std::string_view line);
  [[nodiscard]] Result<Challenge> ReadChallenge(std::string_view line) const;
  [[nodiscard]] Result<Acceptance> ReadAck(std::string_view line) const;
  [[nodiscard]] Result<void> CheckPeer(const std::optional<Identity>& peer) const;

  Config config_;
  Instant deadline_;
  ConnectorState state_ = ConnectorState::kAwaitingChallenge;
  Outgoing outgoing_ = Outgoing::kNothing;
  std::optional<Challenge> challenge_;          // from kAwaitingKey on
  std::optional<Key> key_;                      // in kAwaitingAck
  std::optional<Authenticated> authenticated_;  // in kAwaitingStorage
  std::optional<Event> event_;                  // the latest: what it replaces has lost its meaning
  Line line_;
};

inline void ConnectorHandshake::HandleLine(Instant now, std::string_view line) {
  if (now >= deadline_) return HandleTimeout(now);
  if (!wants_line()) return Fail(ConnectorInput::kOtherLine, {Errc::kProtocol, 0, 0, "line"});
  if (state_ == ConnectorState::kAwaitingChallenge) return HandleChallenge(now, line);
  if (state_ == ConnectorState::kAwaitingDecision) return HandlePairResponse(now, line);
  HandleAck(line);
}

inline void ConnectorHandshake::HandleKey(Instant now, const Psk& key, KeyCandidate::Source source) {
  if (state_ != ConnectorState::kAwaitingKey) return;
  if (now >= deadline_) return HandleTimeout(now);
  using Source = KeyCandidate::Source;
  const bool store = source != Source::kStored && source != Source::kTailnet;
  key_ = Key{key, store, config_.rekey && source == Source::kInvite};
  config_.require_proof = config_.require_proof || source == Source::kTailnet;
  deadline_ = now + kConnectorHandshakeLimit;
  outgoing_ = Outgoing::kHandshake;
  Move(ConnectorInput::kKey);
}

inline void ConnectorHandshake::HandleNoKey() {
  if (state_ == ConnectorState::kAwaitingKey) Fail(ConnectorInput::kNoKey, {Errc::kNotFound, 0, 0, "key"});
}

inline void ConnectorHandshake::HandleStored(bool ok) {
  const bool approved = state_ == ConnectorState::kAwaitingAgreement;
  if (!approved && state_ != ConnectorState::kAwaitingStorage) return;
  if (!ok) return Fail(ConnectorInput::kNotStored, {Errc::kIo, 0, 0, "key"});
  Move(ConnectorInput::kStored);
  if (!approved) {
    event_ = *authenticated_;
    return;
  }
  key_ = Key{*config_.proposal};
  outgoing_ = Outgoing::kHandshake;
}

inline void ConnectorHandshake::HandleTimeout(Instant now) {
  if (now < deadline_) return;
  const bool undecided = state_ == ConnectorState::kAwaitingDecision;
  Fail(ConnectorInput::kTimeout, {Errc::kTimeout, 0, 0, undecided ? "pair" : "handshake"});
}

inline void ConnectorHandshake::HandleClosed() { Fail(ConnectorInput::kClosed, {Errc::kProtocol, 0, 0, "connection"}); }

inline std::string_view ConnectorHandshake::PollTransmit(MessageIds& ids, UnixTime date) {
  const Outgoing outgoing = std::exchange(outgoing_, Outgoing::kNothing);
  if (outgoing == Outgoing::kNothing) return {};
  line_.text.clear();
  if (outgoing == Outgoing::kPairRequest) {
    AppendPairRequest(line_.text, PairRequest{config_.self, *config_.proposal, config_.version, config_.listen_port});
    return line_.text.view();
  }
  const MessageId id = ids.Next(date);
  AppendHandshake(line_.text, {id.view(), config_.self.view(), date},
                  Handshake{.proof = ConnectorProof(key_->psk, challenge_->nonce),
                            .version = config_.version,
                            .client_nonce = config_.client_nonce,
                            .port = config_.listen_port,
                            .rekey = key_->rekey});
  return line_.text.view();
}

inline std::optional<Instant> ConnectorHandshake::PollTimeout() const {
  const bool ended = state_ == ConnectorState::kAuthenticated || state_ == ConnectorState::kFailed;
  return ended ? std::nullopt : std::optional<Instant>(deadline_);
}

inline void ConnectorHandshake::HandleChallenge(Instant now, std::string_view line) {
  const Result<Challenge> challenge = ReadChallenge(line);
  if (!challenge) return Fail(ConnectorInput::kOtherLine, challenge.error());
  challenge_ = *challenge;
  if (config_.proposal) return RequestPair(now);
  Move(ConnectorInput::kChallenge);
  event_ = KeyWanted{challenge_->peer};
}

// The key goes to nobody but the one who was chosen, as far as a name can tell: a listener that says none gets none.
inline void ConnectorHandshake::RequestPair(Instant now) {
  if (!challenge_->peer || !config_.expected) {
    return Fail(ConnectorInput::kOtherLine, {Errc::kUnsupported, 0, 0, "pair"});
  }
  Move(ConnectorInput::kAsk);
  deadline_ = now + config_.pair_timeout + kPairAnswerSlack;
  outgoing_ = Outgoing::kPairRequest;
  event_ = PairRequestSent{*challenge_->peer, CheckNumber(*config_.proposal, challenge_->nonce)};
}

inline void ConnectorHandshake::HandlePairResponse(Instant now, std::string_view line) {
  const Result<PairResponse> response = ParsePairResponse(line);
  if (!response) return Fail(ConnectorInput::kOtherLine, detail::PeerFault(response.error()));
  if (response->from != *challenge_->peer) {
    return Fail(ConnectorInput::kOtherLine, {Errc::kIdentityMismatch, 0, 0, "from"});
  }
  switch (response->status) {
    case PairStatus::kApproved:
      Move(ConnectorInput::kApproved);
      deadline_ = now + kConnectorHandshakeLimit;
      event_ = StoreWanted{response->from, *config_.proposal, /*rekeyed=*/false, /*approved=*/true};
      return;
    case PairStatus::kDenied:
      return Fail(ConnectorInput::kOtherLine, {Errc::kDenied, 0, 0, "pair"});
    case PairStatus::kExpired:
      return Fail(ConnectorInput::kOtherLine, {Errc::kTimeout, 0, 0, "pair"});
    case PairStatus::kBusy:
      return Fail(ConnectorInput::kOtherLine, {Errc::kBusy, 0, 0, "pair"});
  }
}

inline void ConnectorHandshake::HandleAck(std::string_view line) {
  const Result<Acceptance> ack = ReadAck(line);
  if (!ack) return Fail(ConnectorInput::kOtherLine, ack.error());
  const Key key = *key_;
  key_.reset();
  const Identity& peer = ack->peer;
  Authenticated authenticated{peer, ack->proved};
  if (!key.store) {
    if (config_.proposal) authenticated.confirm = ConfirmProof(key.psk, config_.client_nonce, challenge_->nonce);
    Move(ConnectorInput::kAck);
    event_ = authenticated;
    return;
  }
  // A listener that proves nothing knows nothing of rotation either: it has stored the key as it is.
  authenticated.rekeyed = key.rekey && ack->proved;
  Psk stored = key.psk;
  if (authenticated.rekeyed) {
    stored = RotatePsk(key.psk, config_.client_nonce, challenge_->nonce, config_.self, peer);
    authenticated.confirm = ConfirmProof(stored, config_.client_nonce, challenge_->nonce);
  }
  authenticated_ = authenticated;
  Move(ConnectorInput::kAckToStore);
  event_ = StoreWanted{peer, stored, authenticated.rekeyed};
}

inline Result<ConnectorHandshake::Challenge> ConnectorHandshake::ReadChallenge(std::string_view line) const {
  const Result<detail::HandshakeLine> read = detail::ReadHandshakeLine(line, MessageType::kChallenge);
  if (!read) return read.error();
  const Result<ChallengeView> challenge = ParseChallenge(read->payload);
  if (!challenge) return detail::PeerFault(challenge.error());
  if (const Result<void> checked = CheckPeer(read->from); !checked) return checked.error();
  const OpenChallenges* const open = config_.open_challenges;
  if (open != nullptr && open->Contains(challenge->nonce)) return Error{Errc::kProtocol, 0, 0, "nonce"};
  return Challenge{challenge->nonce, read->from};
}

inline Result<ConnectorHandshake::Acceptance> ConnectorHandshake::ReadAck(std::string_view line) const {
  const Result<detail::HandshakeLine> read = detail::ReadHandshakeLine(line, MessageType::kHandshakeAck);
  if (!read) return read.error();
  const Result<HandshakeAckView> ack = ParseHandshakeAck(read->payload);
  if (!ack) return detail::PeerFault(ack.error());
  if (const Result<void> checked = CheckPeer(read->from); !checked) return checked.error();
  switch (ack->status) {
    case AckStatus::kOk:
      break;
    case AckStatus::kDenied:
      return Error{Errc::kAuthFailed, 0, 0, "status"};
    case AckStatus::kExpired:
      return Error{Errc::kExpired, 0, 0, "status"};
    case AckStatus::kBusy:
      return Error{Errc::kBusy, 0, 0, "status"};
  }
  if (!read->from) return Error{Errc::kProtocol, 0, 0, "from_peer"};
  const Identity& peer = *read->from;
  if (ack->proof_malformed) return Error{Errc::kAuthFailed, 0, 0, "proof"};
  if (ack->proof) {
    const Proof right = ListenerProof(key_->psk, peer, config_.self, config_.client_nonce, challenge_->nonce);
    if (!ConstantTimeEqual(right, *ack->proof)) return Error{Errc::kAuthFailed, 0, 0, "proof"};
  } else if (config_.require_proof) {
    return Error{Errc::kUnproven, 0, 0, "proof"};
  }
  return Acceptance{peer, ack->proof.has_value()};
}

// Whether the other side may be who it says: not ourselves, the expected one, and the same in challenge and ack. One
// that says nothing has said nothing wrong yet.
inline Result<void> ConnectorHandshake::CheckPeer(const std::optional<Identity>& peer) const {
  if (!peer) return {};
  if (SameName(*peer, config_.self)) return Error{Errc::kInvalid, 0, 0, "identity"};
  const bool unexpected = config_.expected && *config_.expected != *peer;
  const bool changed = challenge_ && challenge_->peer && *challenge_->peer != *peer;
  if (unexpected || changed) return Error{Errc::kIdentityMismatch, 0, 0, "from_peer"};
  return {};
}

// Ends the handshake, unless it has ended already. Nothing is sent any more.
inline void ConnectorHandshake::Fail(ConnectorInput input, Error error) {
  if (NextState(state_, input) == state_) return;
  Move(input);
  outgoing_ = Outgoing::kNothing;
  key_.reset();
  authenticated_.reset();
  event_ = Failed{error};
}

}  // namespace cctl

#endif  // CCTL_PROTO_CONNECTOR_HANDSHAKE_H_
