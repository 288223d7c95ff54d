// SPDX-License-Identifier: MIT
//
// A host of a simulated world: what it keeps while it is switched off, what its user wants, and where it is found.

#ifndef CCTL_TESTS_SIMULATION_WORLD_HOST_H_
#define CCTL_TESTS_SIMULATION_WORLD_HOST_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "cctl/machines.h"
#include "tests/simulation/world_network.h"

namespace cctl::testing {

// Host 0 is 10.0.0.1, and so on; all listen on the same port.
inline constexpr std::uint16_t kWorldPort = 9847;

inline AddressKey AddressOf(HostIndex host) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, static_cast<std::uint8_t>(host + 1)};
}
inline std::string AddressText(HostIndex host) {
  return "10.0.0." + std::to_string(host + 1) + ":" + std::to_string(kWorldPort);
}
inline HostIndex HostOf(const RemoteAddress& address) { return address.ip[15] - std::size_t{1}; }
inline HostIndex HostOf(std::string_view text) {
  return static_cast<HostIndex>(std::stoi(std::string(text.substr(7)))) - 1;
}

// What is stored of a peer; written at once and as a whole, as cctl/node/pairing_commit.h does with files.
struct WorldPeer {
  Psk key;
  bool proved = false;  // the peer has shown that it has the key
  std::string address;
};

struct WorldHost {
  Identity identity;
  std::map<std::string, WorldPeer> disk = {};
  // With whom the user wants to be paired; true: has said so, and not taken it back.
  std::map<std::string, bool> agreed = {};
  std::map<std::string, bool> ever = {};  // has once said so
  Duration date_error{};                  // of the wall clock
  Instant boot{};                         // where the monotonic clock begins

  static std::string Name(const Identity& identity) { return std::string(identity.view()); }

  // What is stored of that peer; null: nothing.
  [[nodiscard]] WorldPeer* Find(const Identity& peer) {
    const auto found = disk.find(Name(peer));
    return found == disk.end() ? nullptr : &found->second;
  }
  void Agree(const Identity& peer) { agreed[Name(peer)] = ever[Name(peer)] = true; }
  // False: there was nothing to forget.
  bool Forget(const Identity& peer) {
    if (disk.erase(Name(peer)) == 0) return false;
    agreed[Name(peer)] = false;
    return true;
  }
  // As CommitApproved: what was never confirmed is replaced, another key is not.
  bool Write(const Identity& peer, const Psk& key, bool proved) {
    const WorldPeer* const known = Find(peer);
    if (known != nullptr && known->proved && known->key != key) return false;
    const std::string address = known == nullptr ? std::string() : known->address;
    disk.insert_or_assign(Name(peer), WorldPeer{key, proved, address});
    return true;
  }
  // Both sides have proved the key: it stays, whatever was stored since and not proved. False: another was proved.
  bool KeepProved(const Identity& peer, const Psk& key) {
    WorldPeer* const known = Find(peer);
    if (known == nullptr || (known->proved && known->key != key)) return false;
    known->key = key;
    known->proved = true;
    return true;
  }
};

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SIMULATION_WORLD_HOST_H_
