// SPDX-License-Identifier: MIT
//
// The listener's side of the handshake, as a state machine (docs/protocol.md, sections 4.1 and 4.2): it sends a
// challenge, reads one handshake, asks for the keys that the claimed identity may be tried with, has a new key stored,
// and only then says `ok`. Lines are a stranger's. All of it must be done within kListenerHandshakeLimit.
//
// Where a pair request comes in place of the handshake, the user is asked, for as long as Config::pair_timeout; once it
// is approved, the handshake that follows is tried with the proposed key alone.
//
// A proof by a tailnet's key shows nothing, since others can compute that: somebody has to vouch for who stands there.
//
// After every call send what PollTransmit() gives, then handle what PollEvent() gives; after Failed close the
// connection. While wants_line() is false hold back what arrives: after Authenticated it belongs to the session.
//
//   cctl::ListenerHandshake handshake({self, challenge}, now);  // challenge: Nonce::Generate
//   Send(handshake.PollTransmit(ids, date));
//   handshake.HandleLine(now, line);
//   if (const auto event = handshake.PollEvent()) {             // KeysWanted
//     handshake.HandleKeys(cctl::ListKeyCandidates(...), /*answer_wrong_proofs=*/true);

#ifndef CCTL_PROTO_LISTENER_HANDSHAKE_H_
#define CCTL_PROTO_LISTENER_HANDSHAKE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
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
#include "cctl/invite/invite_id.h"
#include "cctl/proto/handshake_limits.h"
#include "cctl/proto/handshake_line.h"
#include "cctl/proto/handshake_states.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/wire/handshake_messages.h"
#include "cctl/wire/message_envelope.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/pair_messages.h"
#include "cctl/wire/version_text.h"

namespace cctl {

class ListenerHandshake {
 public:
  struct Config {
    Identity self;
    Nonce challenge;  // new for every connection, and in OpenChallenges while this machine lives
    Duration pair_timeout = kPairRequestTimeout;
  };

  // Somebody wants to pair. Is it let in? Answer by HandleDecision(). What it says of itself is not proved.
  struct PairRequested {
    Identity peer;
    VersionText version;      // empty: not said
    std::uint16_t port = 0;   // where it says it listens; 0: nowhere, or not said
    std::uint32_t check = 0;  // CheckNumber
  };

  // Which keys may `peer` be tried with? Answer by HandleKeys().
  struct KeysWanted {
    Identity peer;
  };

  // The proof is right by a key that is not yet stored for `peer`: store `key`, and where `invite` is there note the
  // join (NoteJoin), both durably. Of kProposed, a key that was never confirmed is replaced. Answer by HandleStored().
  struct StoreWanted {
    Identity peer;
    Psk key;
    KeyCandidate::Source source = KeyCandidate::Source::kInvite;  // never kStored or kTailnet
    std::optional<InviteId> invite;                               // of kInvite
    bool rekeyed = false;                                         // `key` is the joiner's own, not the link's
    bool confirms = false;  // the peer will show in the session that it has stored the key
  };

  // The proof is right by the tailnet's key, and shows nothing. Is it `peer` who stands there? Answer by
  // HandleVouched().
  struct VoucherWanted {
    Identity peer;
  };

  // `ok` is ready to be sent, and then the session begins.
  struct Authenticated {
    Identity peer;
    VersionText version;           // what it says it is
    std::uint16_t port = 0;        // where it says it listens; 0: nowhere, or a released peer
    bool proved = false;           // it asked for our proof and gets it; false: a released peer
    bool rekeyed = false;          // the key was made in this handshake
    std::optional<Proof> confirm;  // what its first heartbeat must carry, to show that it has stored the new key
  };

  struct Failed {
    Error error;                        // kProtocol, kTimeout, kDenied, kExpired, kBusy; part "pair": of a pair request
    std::optional<Identity> peer = {};  // who it said it was, if it came to that
    bool wrong_proof = false;           // counts against the address: no key proves it
    std::optional<InviteId> invite = {};  // of kExpired: the one it came by, if it was one
  };

  using Event = std::variant<PairRequested, KeysWanted, StoreWanted, VoucherWanted, Authenticated, Failed>;

  ListenerHandshake(const Config& config, Instant now) : config_(config), deadline_(now + kListenerHandshakeLimit) {}

  [[nodiscard]] ListenerState state() const { return state_; }

  // Who the other side says it is, once its handshake is there.
  [[nodiscard]] std::optional<Identity> claimed() const {
    return claim_ ? std::optional<Identity>(claim_->peer) : std::nullopt;
  }

  // Whether the next line is for this machine: the challenge has been sent and not been answered. One that is handed in
  // at another time fails the handshake: nobody has a reason to speak then. After the end lines are ignored.
  [[nodiscard]] bool wants_line() const {
    return state_ == ListenerState::kAwaitingHandshake && outgoing_ == Outgoing::kNothing;
  }

  // One line without its newline, as LineReader gives it.
  void HandleLine(Instant now, std::string_view line);

  // The answer to PairRequested. Anything but kApproved ends the connection once it has been sent.
  void HandleDecision(Instant now, PairStatus status);

  // The answer to KeysWanted. All of them are tried; which of them is right changes neither what is computed nor, but
  // for `expired`, what a stranger is told. `answer_wrong_proofs`: false closes without an ack where no key is right
  // (the address has had its share of wrong ones).
  void HandleKeys(std::span<const KeyCandidate> candidates, bool answer_wrong_proofs);

  // The answer to StoreWanted: whether everything is on disk. If not, the joiner is told `busy` and may come again.
  void HandleStored(bool ok);

  // The answer to VoucherWanted. If not, the other side is refused like one with a wrong proof.
  void HandleVouched(bool ok);

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
  enum class Outgoing : std::uint8_t { kNothing, kChallenge, kAck, kPairResponse };

  // A handshake whose form is right; nothing of it is proved.
  struct Claim {
    Identity peer;
    HandshakeView handshake;
  };

  void Move(ListenerInput input) { state_ = NextState(state_, input); }
  void Fail(ListenerInput input, Failed failed);
  void Answer(AckStatus status);
  void Respond(PairStatus status);
  void RequestPair(Instant now, const PairRequest& request);
  void Accept(const KeyCandidate& key);
  void Authenticate();
  [[nodiscard]] Result<Claim> ReadClaim(std::string_view line) const;
  [[nodiscard]] const KeyCandidate* FindKey(std::span<const KeyCandidate> candidates) const;

  Config config_;
  Instant deadline_;
  ListenerState state_ = ListenerState::kAwaitingHandshake;
  Outgoing outgoing_ = Outgoing::kChallenge;
  AckStatus status_ = AckStatus::kDenied;
  PairStatus pair_status_ = PairStatus::kDenied;
  bool rekeyed_ = false;
  std::optional<PairRequest> request_;  // from kAwaitingDecision on
  std::optional<Claim> claim_;          // from kAwaitingKeys on
  std::optional<Proof> our_proof_;      // once the proof was right and ours was asked for
  std::optional<Proof> confirm_;        // once there is a rotated key
  std::optional<Event> event_;          // the latest: what it replaces has lost its meaning
  InlineString<kMaxHandshakeLineWritten> line_;
};

inline void ListenerHandshake::HandleLine(Instant now, std::string_view line) {
  if (now >= deadline_) return HandleTimeout(now);
  if (!wants_line()) return Fail(ListenerInput::kOtherLine, {{Errc::kProtocol, 0, 0, "line"}});
  const Result<Claim> claim = ReadClaim(line);
  if (!claim && !request_) {
    const Result<PairRequest> request = ParsePairRequest(line);
    if (request) return RequestPair(now, *request);
    if (request.error().code != Errc::kUnsupported) {
      return Fail(ListenerInput::kOtherLine, {detail::PeerFault(request.error())});
    }
  }
  if (!claim) return Fail(ListenerInput::kOtherLine, {claim.error()});
  if (SameName(claim->peer, config_.self)) {
    Fail(ListenerInput::kOtherLine, {{Errc::kDenied, 0, 0, "identity"}, claim->peer, /*wrong_proof=*/true});
    return Answer(AckStatus::kDenied);
  }
  claim_ = *claim;
  Move(ListenerInput::kHandshake);
  if (!request_) {
    event_ = KeysWanted{claim_->peer};
    return;
  }
  // What was approved is this name with this key.
  const KeyCandidate proposed{KeyCandidate::Source::kProposed, request_->proposal};
  const std::size_t count = claim_->peer == request_->from ? 1 : 0;
  HandleKeys(std::span(&proposed, count), /*answer_wrong_proofs=*/true);
}

inline void ListenerHandshake::RequestPair(Instant now, const PairRequest& request) {
  request_ = request;
  if (SameName(request.from, config_.self)) {
    Fail(ListenerInput::kOtherLine, {{Errc::kDenied, 0, 0, "pair"}, request.from});
    return Respond(PairStatus::kDenied);
  }
  Move(ListenerInput::kPairRequest);
  deadline_ = now + config_.pair_timeout;
  event_ = PairRequested{request.from, request.version, request.port.value_or(0),
                         CheckNumber(request.proposal, config_.challenge)};
}

inline void ListenerHandshake::HandleDecision(Instant now, PairStatus status) {
  if (state_ != ListenerState::kAwaitingDecision) return;
  if (now >= deadline_) return HandleTimeout(now);
  if (status == PairStatus::kApproved) {
    Move(ListenerInput::kApproved);
    deadline_ = now + kApprovedLimit;
  } else {
    const Errc code = status == PairStatus::kBusy      ? Errc::kBusy
                      : status == PairStatus::kExpired ? Errc::kTimeout
                                                       : Errc::kDenied;
    Fail(ListenerInput::kRefused, {{code, 0, 0, "pair"}, request_->from});
  }
  Respond(status);
}

inline void ListenerHandshake::HandleKeys(std::span<const KeyCandidate> candidates, bool answer_wrong_proofs) {
  if (state_ != ListenerState::kAwaitingKeys) return;
  const KeyCandidate* const key = FindKey(candidates);
  if (key == nullptr) {
    Fail(ListenerInput::kNoKey, {{Errc::kDenied, 0, 0, "proof"}, claim_->peer, /*wrong_proof=*/true});
    if (answer_wrong_proofs) Answer(AckStatus::kDenied);
    return;
  }
  if (key->expired) {
    Fail(ListenerInput::kNoKey, {{Errc::kExpired, 0, 0, "invite"}, claim_->peer, false, key->invite});
    return Answer(AckStatus::kExpired);
  }
  // A joiner that rotates would be left alone with its new key if we kept the one that we have.
  const bool rekey = claim_->handshake.rekey;
  using Source = KeyCandidate::Source;
  const bool kept = key->source == Source::kStored || key->source == Source::kTailnet;
  if (rekey ? kept : key->needs_rekey) {
    Fail(ListenerInput::kNoKey, {{Errc::kDenied, 0, 0, "rekey"}, claim_->peer, false, key->invite});
    return Answer(AckStatus::kDenied);
  }
  Accept(*key);
}

inline void ListenerHandshake::HandleStored(bool ok) {
  if (state_ != ListenerState::kAwaitingStorage) return;
  if (!ok) {
    Fail(ListenerInput::kNotStored, {{Errc::kBusy, 0, 0, "storage"}, claim_->peer});
    return Answer(AckStatus::kBusy);
  }
  Move(ListenerInput::kStored);
  Authenticate();
}

inline void ListenerHandshake::HandleVouched(bool ok) {
  if (state_ != ListenerState::kAwaitingVoucher) return;
  if (!ok) {
    Fail(ListenerInput::kNotVouched, {{Errc::kDenied, 0, 0, "voucher"}, claim_->peer, /*wrong_proof=*/true});
    return Answer(AckStatus::kDenied);
  }
  Move(ListenerInput::kVouched);
  Authenticate();
}

inline void ListenerHandshake::HandleTimeout(Instant now) {
  if (now < deadline_) return;
  const bool undecided = state_ == ListenerState::kAwaitingDecision;
  Fail(ListenerInput::kTimeout, {{Errc::kTimeout, 0, 0, undecided ? "pair" : "handshake"}});
  if (undecided) Respond(PairStatus::kExpired);
}

inline void ListenerHandshake::HandleClosed() { Fail(ListenerInput::kClosed, {{Errc::kProtocol, 0, 0, "connection"}}); }

inline std::string_view ListenerHandshake::PollTransmit(MessageIds& ids, UnixTime date) {
  const Outgoing outgoing = std::exchange(outgoing_, Outgoing::kNothing);
  if (outgoing == Outgoing::kNothing) return {};
  line_.clear();
  if (outgoing == Outgoing::kPairResponse) {
    AppendPairResponse(line_, PairResponse{config_.self, pair_status_});
    return line_.view();
  }
  const MessageId id = ids.Next(date);
  const MessageHeader header{id.view(), config_.self.view(), date};
  if (outgoing == Outgoing::kChallenge) {
    AppendChallenge(line_, header, config_.challenge);
  } else {
    AppendHandshakeAck(line_, header, status_, our_proof_ ? &*our_proof_ : nullptr);
  }
  return line_.view();
}

inline std::optional<Instant> ListenerHandshake::PollTimeout() const {
  const bool ended = state_ == ListenerState::kAuthenticated || state_ == ListenerState::kFailed;
  return ended ? std::nullopt : std::optional<Instant>(deadline_);
}

inline Result<ListenerHandshake::Claim> ListenerHandshake::ReadClaim(std::string_view line) const {
  const Result<detail::HandshakeLine> read = detail::ReadHandshakeLine(line, MessageType::kHandshake);
  if (!read) return read.error();
  if (!read->from) return Error{Errc::kProtocol, 0, 0, "from_peer"};
  const Result<HandshakeView> handshake = ParseHandshake(read->payload);
  if (!handshake) return detail::PeerFault(handshake.error());
  return Claim{*read->from, *handshake};
}

// The candidate by which the proof is right, or null. Each of them is computed and compared in full, whatever the
// others were. Two can be right: a released joiner's key is the link's, and it may come again.
inline const KeyCandidate* ListenerHandshake::FindKey(std::span<const KeyCandidate> candidates) const {
  const HandshakeView& handshake = claim_->handshake;
  const auto preference = [&handshake](const KeyCandidate& key) {
    const bool stored = key.source == KeyCandidate::Source::kStored;
    return (key.expired ? 0 : 2) + (stored != handshake.rekey ? 1 : 0);
  };
  const bool well_formed = handshake.proof && !handshake.client_nonce_malformed;
  const Proof given = handshake.proof.value_or(Proof{});
  const KeyCandidate* found = nullptr;
  for (const KeyCandidate& key : candidates) {
    const bool right = ConstantTimeEqual(ConnectorProof(key.psk, config_.challenge), given);
    if (!right || !well_formed) continue;
    // Whoever knows the tailnet's key asks for our proof, too.
    if (key.source == KeyCandidate::Source::kTailnet && !handshake.client_nonce) continue;
    if (found == nullptr || preference(key) > preference(*found)) found = &key;
  }
  return found;
}

inline void ListenerHandshake::Accept(const KeyCandidate& key) {
  const Identity& peer = claim_->peer;
  const std::optional<Nonce>& client_nonce = claim_->handshake.client_nonce;
  if (client_nonce) our_proof_ = ListenerProof(key.psk, config_.self, peer, *client_nonce, config_.challenge);
  if (key.source == KeyCandidate::Source::kStored) {
    Move(ListenerInput::kKnownKey);
    return Authenticate();
  }
  if (key.source == KeyCandidate::Source::kTailnet) {
    Move(ListenerInput::kOpenKey);
    event_ = VoucherWanted{peer};
    return;
  }
  rekeyed_ = claim_->handshake.rekey;  // never without a client nonce: ParseHandshake
  const Psk stored = rekeyed_ ? RotatePsk(key.psk, *client_nonce, config_.challenge, peer, config_.self) : key.psk;
  // A requester may have lost our answer: it has to show that it has the key before the key counts.
  const bool unconfirmed = rekeyed_ || (key.source == KeyCandidate::Source::kProposed && client_nonce);
  if (unconfirmed) confirm_ = ConfirmProof(stored, *client_nonce, config_.challenge);
  Move(ListenerInput::kNewKey);
  event_ = StoreWanted{peer, stored, key.source, key.invite, rekeyed_, unconfirmed};
}

inline void ListenerHandshake::Authenticate() {
  const HandshakeView& handshake = claim_->handshake;
  const bool proved = our_proof_.has_value();
  event_ = Authenticated{claim_->peer, handshake.version, handshake.port.value_or(0), proved, rekeyed_, confirm_};
  Answer(AckStatus::kOk);
}

inline void ListenerHandshake::Answer(AckStatus status) {
  status_ = status;
  outgoing_ = Outgoing::kAck;
}

inline void ListenerHandshake::Respond(PairStatus status) {
  pair_status_ = status;
  outgoing_ = Outgoing::kPairResponse;
}

// Ends the handshake, unless it has ended already. Nothing is sent any more but what Answer() or Respond() then says.
inline void ListenerHandshake::Fail(ListenerInput input, Failed failed) {
  if (NextState(state_, input) == state_) return;
  Move(input);
  if (!failed.peer && claim_) failed.peer = claim_->peer;
  if (!failed.peer && request_) failed.peer = request_->from;
  outgoing_ = Outgoing::kNothing;
  our_proof_.reset();
  confirm_.reset();
  request_.reset();
  event_ = failed;
}

}  // namespace cctl

#endif  // CCTL_PROTO_LISTENER_HANDSHAKE_H_
