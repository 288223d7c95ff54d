// SPDX-License-Identifier: MIT
//
// Where a handshake can be, and what moves it: the transitions of both roles as one table each (docs/protocol.md,
// sections 4.1 and 4.2). A row is a state, a column an input; an input that leaves the state as it is does nothing at
// all. The machines (listener_handshake.h, connector_handshake.h) decide which input a line or an answer is, never
// where it leads.

#ifndef CCTL_PROTO_HANDSHAKE_STATES_H_
#define CCTL_PROTO_HANDSHAKE_STATES_H_

#include <cstddef>
#include <cstdint>

namespace cctl {

enum class ListenerState : std::uint8_t {
  kAwaitingHandshake,  // the challenge is out; after an approved pair request again
  kAwaitingDecision,   // PairRequested was raised
  kAwaitingKeys,       // KeysWanted was raised
  kAwaitingStorage,    // StoreWanted was raised: the proof is right, the key not yet stored
  kAwaitingVoucher,    // VoucherWanted was raised: the proof is right, by a key that others can compute
  kAuthenticated,
  kFailed,
};
inline constexpr int kListenerStateCount = 7;

enum class ListenerInput : std::uint8_t {
  kHandshake,  // a handshake, in its turn and in order
  kPairRequest,
  kOtherLine,  // any other line, and any line out of turn
  kApproved,
  kRefused,
  kKnownKey,  // the proof is right by the key that is stored
  kNewKey,    // the proof is right by a key that is to be stored
  kOpenKey,   // the proof is right by a key that others can compute
  kNoKey,     // the proof is right by none that admits
  kStored,
  kNotStored,
  kVouched,
  kNotVouched,
  kTimeout,
  kClosed,
};
inline constexpr int kListenerInputCount = 15;

enum class ConnectorState : std::uint8_t {
  kAwaitingChallenge,
  kAwaitingKey,        // KeyWanted was raised
  kAwaitingDecision,   // the pair request is out
  kAwaitingAgreement,  // StoreWanted was raised for the key that was approved
  kAwaitingAck,        // the handshake is out
  kAwaitingStorage,    // StoreWanted was raised for the key that was acknowledged
  kAuthenticated,
  kFailed,
};
inline constexpr int kConnectorStateCount = 8;

enum class ConnectorInput : std::uint8_t {
  kChallenge,   // a challenge, in its turn, that may be answered
  kAsk,         // the same, to be answered by a pair request
  kApproved,    // the other side's user agrees
  kAck,         // `ok` with all that it needs, and nothing to store
  kAckToStore,  // the same, and the key is to be stored
  kOtherLine,   // any other line, and any line out of turn
  kKey,
  kNoKey,
  kStored,
  kNotStored,
  kTimeout,
  kClosed,
};
inline constexpr int kConnectorInputCount = 12;

namespace detail {

inline constexpr ListenerState kLH = ListenerState::kAwaitingHandshake;
inline constexpr ListenerState kLD = ListenerState::kAwaitingDecision;
inline constexpr ListenerState kLK = ListenerState::kAwaitingKeys;
inline constexpr ListenerState kLS = ListenerState::kAwaitingStorage;
inline constexpr ListenerState kLV = ListenerState::kAwaitingVoucher;
inline constexpr ListenerState kLA = ListenerState::kAuthenticated;
inline constexpr ListenerState kLF = ListenerState::kFailed;

// clang-format off
inline constexpr ListenerState kListenerTransitions[kListenerStateCount][kListenerInputCount] = {
    // kHandshake, kPairRequest, kOtherLine, kApproved, kRefused, kKnownKey, kNewKey, kOpenKey, kNoKey, kStored, kNotStored, kVouched, kNotVouched, kTimeout, kClosed
    {kLK, kLD, kLF, kLH, kLH, kLH, kLH, kLH, kLH, kLH, kLH, kLH, kLH, kLF, kLF},  // kAwaitingHandshake
    {kLF, kLF, kLF, kLH, kLF, kLD, kLD, kLD, kLD, kLD, kLD, kLD, kLD, kLF, kLF},  // kAwaitingDecision
    {kLF, kLF, kLF, kLK, kLK, kLA, kLS, kLV, kLF, kLK, kLK, kLK, kLK, kLF, kLF},  // kAwaitingKeys
    {kLF, kLF, kLF, kLS, kLS, kLS, kLS, kLS, kLS, kLA, kLF, kLS, kLS, kLF, kLF},  // kAwaitingStorage
    {kLF, kLF, kLF, kLV, kLV, kLV, kLV, kLV, kLV, kLV, kLV, kLA, kLF, kLF, kLF},  // kAwaitingVoucher
    {kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA},  // kAuthenticated
    {kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF},  // kFailed
};
// clang-format on

inline constexpr ConnectorState kCC = ConnectorState::kAwaitingChallenge;
inline constexpr ConnectorState kCK = ConnectorState::kAwaitingKey;
inline constexpr ConnectorState kCD = ConnectorState::kAwaitingDecision;
inline constexpr ConnectorState kCG = ConnectorState::kAwaitingAgreement;
inline constexpr ConnectorState kCW = ConnectorState::kAwaitingAck;
inline constexpr ConnectorState kCS = ConnectorState::kAwaitingStorage;
inline constexpr ConnectorState kCA = ConnectorState::kAuthenticated;
inline constexpr ConnectorState kCF = ConnectorState::kFailed;

// clang-format off
inline constexpr ConnectorState kConnectorTransitions[kConnectorStateCount][kConnectorInputCount] = {
    // kChallenge, kAsk, kApproved, kAck, kAckToStore, kOtherLine, kKey, kNoKey, kStored, kNotStored, kTimeout, kClosed
    {kCK, kCD, kCF, kCF, kCF, kCF, kCC, kCC, kCC, kCC, kCF, kCF},  // kAwaitingChallenge
    {kCF, kCF, kCF, kCF, kCF, kCF, kCW, kCF, kCK, kCK, kCF, kCF},  // kAwaitingKey
    {kCF, kCF, kCG, kCF, kCF, kCF, kCD, kCD, kCD, kCD, kCF, kCF},  // kAwaitingDecision
    {kCF, kCF, kCF, kCF, kCF, kCF, kCG, kCG, kCW, kCF, kCF, kCF},  // kAwaitingAgreement
    {kCF, kCF, kCF, kCA, kCS, kCF, kCW, kCW, kCW, kCW, kCF, kCF},  // kAwaitingAck
    {kCF, kCF, kCF, kCF, kCF, kCF, kCS, kCS, kCA, kCF, kCF, kCF},  // kAwaitingStorage
    {kCA, kCA, kCA, kCA, kCA, kCA, kCA, kCA, kCA, kCA, kCA, kCA},  // kAuthenticated
    {kCF, kCF, kCF, kCF, kCF, kCF, kCF, kCF, kCF, kCF, kCF, kCF},  // kFailed
};
// clang-format on

}  // namespace detail

constexpr ListenerState NextState(ListenerState state, ListenerInput input) {
  return detail::kListenerTransitions[static_cast<std::size_t>(state)][static_cast<std::size_t>(input)];
}

constexpr ConnectorState NextState(ConnectorState state, ConnectorInput input) {
  return detail::kConnectorTransitions[static_cast<std::size_t>(state)][static_cast<std::size_t>(input)];
}

}  // namespace cctl

#endif  // CCTL_PROTO_HANDSHAKE_STATES_H_
