// SPDX-License-Identifier: MIT
//
// Where a handshake can be, and what moves it: the transitions of both roles as one table each (docs/protocol.md,
// section 4.1). A row is a state, a column an input; an input that leaves the state as it is does nothing at all. The
// machines (listener_handshake.h, connector_handshake.h) decide which input a line or an answer is, never where it
// leads.

#ifndef CCTL_PROTO_HANDSHAKE_STATES_H_
#define CCTL_PROTO_HANDSHAKE_STATES_H_

#include <cstddef>
#include <cstdint>

namespace cctl {

enum class ListenerState : std::uint8_t {
  kAwaitingHandshake,  // the challenge is out
  kAwaitingKeys,       // KeysWanted was raised
  kAwaitingStorage,    // StoreWanted was raised: the proof is right, the key not yet stored
  kAuthenticated,
  kFailed,
};
inline constexpr int kListenerStateCount = 5;

enum class ListenerInput : std::uint8_t {
  kHandshake,  // a handshake, in its turn and in order
  kOtherLine,  // any other line, and any line out of turn
  kKnownKey,   // the proof is right by the key that is stored
  kNewKey,     // the proof is right by a key that is to be stored
  kNoKey,      // the proof is right by none that admits
  kStored,
  kNotStored,
  kTimeout,
  kClosed,
};
inline constexpr int kListenerInputCount = 9;

enum class ConnectorState : std::uint8_t {
  kAwaitingChallenge,
  kAwaitingKey,  // KeyWanted was raised
  kAwaitingAck,  // the handshake is out
  kAwaitingStorage,
  kAuthenticated,
  kFailed,
};
inline constexpr int kConnectorStateCount = 6;

enum class ConnectorInput : std::uint8_t {
  kChallenge,   // a challenge, in its turn, that may be answered
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
inline constexpr int kConnectorInputCount = 10;

namespace detail {

inline constexpr ListenerState kLH = ListenerState::kAwaitingHandshake;
inline constexpr ListenerState kLK = ListenerState::kAwaitingKeys;
inline constexpr ListenerState kLS = ListenerState::kAwaitingStorage;
inline constexpr ListenerState kLA = ListenerState::kAuthenticated;
inline constexpr ListenerState kLF = ListenerState::kFailed;

// clang-format off
inline constexpr ListenerState kListenerTransitions[kListenerStateCount][kListenerInputCount] = {
    // kHandshake, kOtherLine, kKnownKey, kNewKey, kNoKey, kStored, kNotStored, kTimeout, kClosed
    {kLK,          kLF,        kLH,       kLH,     kLH,    kLH,     kLH,        kLF,      kLF},  // kAwaitingHandshake
    {kLF,          kLF,        kLA,       kLS,     kLF,    kLK,     kLK,        kLF,      kLF},  // kAwaitingKeys
    {kLF,          kLF,        kLS,       kLS,     kLS,    kLA,     kLF,        kLF,      kLF},  // kAwaitingStorage
    {kLA,          kLA,        kLA,       kLA,     kLA,    kLA,     kLA,        kLA,      kLA},  // kAuthenticated
    {kLF,          kLF,        kLF,       kLF,     kLF,    kLF,     kLF,        kLF,      kLF},  // kFailed
};
// clang-format on

inline constexpr ConnectorState kCC = ConnectorState::kAwaitingChallenge;
inline constexpr ConnectorState kCK = ConnectorState::kAwaitingKey;
inline constexpr ConnectorState kCW = ConnectorState::kAwaitingAck;
inline constexpr ConnectorState kCS = ConnectorState::kAwaitingStorage;
inline constexpr ConnectorState kCA = ConnectorState::kAuthenticated;
inline constexpr ConnectorState kCF = ConnectorState::kFailed;

// clang-format off
inline constexpr ConnectorState kConnectorTransitions[kConnectorStateCount][kConnectorInputCount] = {
    // kChallenge, kAck, kAckToStore, kOtherLine, kKey, kNoKey, kStored, kNotStored, kTimeout, kClosed
    {kCK,          kCF,  kCF,         kCF,        kCC,  kCC,    kCC,     kCC,        kCF,      kCF},  // kAwaitingChallenge
    {kCF,          kCF,  kCF,         kCF,        kCW,  kCF,    kCK,     kCK,        kCF,      kCF},  // kAwaitingKey
    {kCF,          kCA,  kCS,         kCF,        kCW,  kCW,    kCW,     kCW,        kCF,      kCF},  // kAwaitingAck
    {kCF,          kCF,  kCF,         kCF,        kCS,  kCS,    kCA,     kCF,        kCF,      kCF},  // kAwaitingStorage
    {kCA,          kCA,  kCA,         kCA,        kCA,  kCA,    kCA,     kCA,        kCA,      kCA},  // kAuthenticated
    {kCF,          kCF,  kCF,         kCF,        kCF,  kCF,    kCF,     kCF,        kCF,      kCF},  // kFailed
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
