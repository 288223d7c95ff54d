// SPDX-License-Identifier: MIT
//
// The names in the state folder (docs/protocol.md, section 7). Paths are relative to the state folder, with `/`, and
// are built from checked values only; entries of a folder that are not of these forms are not ours and left alone. On
// disk `Laptop.key` and `laptop.key` may be one file or two: whoever looks for a peer compares with SameName.
//
//   cctl::KeyPath(*cctl::Identity::Parse("laptop-a3f2")) == "relay/peers/laptop-a3f2.key"
//   cctl::KeyFileOwner("laptop-a3f2.key")->view() == "laptop-a3f2"

#ifndef CCTL_STORE_STATE_LAYOUT_H_
#define CCTL_STORE_STATE_LAYOUT_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "cctl/base/inline_string.h"
#include "cctl/base/result.h"
#include "cctl/identity/identity.h"
#include "cctl/invite/invite_id.h"
#include "cctl/tailnet/stable_id.h"

namespace cctl {

inline constexpr std::string_view kRelayFolder = "relay";
inline constexpr std::string_view kPeersFolder = "relay/peers";
inline constexpr std::string_view kInvitesFolder = "relay/invites";
inline constexpr std::string_view kTailnetFolder = "relay/tailnet";
inline constexpr std::string_view kIdentityPath = "relay/identity";
inline constexpr std::string_view kMachinePath = "relay/machine";
inline constexpr std::string_view kControlSocketPath = "relay/control.sock";
inline constexpr std::string_view kLockPath = "relay/lock";
// No identity starts with `_`, so no peer's key can have this name.
inline constexpr std::string_view kPendingKeyPath = "relay/peers/_pending.key";

// The longest is that of a key or meta file.
using StatePath = InlineString<kPeersFolder.size() + 1 + kMaxIdentitySize + 5>;

namespace detail {

inline constexpr std::string_view kKeySuffix = ".key";
inline constexpr std::string_view kMetaSuffix = ".meta";
inline constexpr std::string_view kJsonSuffix = ".json";

constexpr StatePath JoinPath(std::string_view folder, std::string_view name, std::string_view suffix) {
  StatePath path(folder);
  path.append("/").append(name).append(suffix);
  return path;
}

// What `Parse` makes of the entry without its suffix.
template <typename T>
constexpr std::optional<T> ParseEntry(std::string_view entry, std::string_view suffix) {
  if (!entry.ends_with(suffix)) return std::nullopt;
  entry.remove_suffix(suffix.size());
  const Result<T> value = T::Parse(entry);
  return value ? std::optional<T>(*value) : std::nullopt;
}

}  // namespace detail

constexpr StatePath KeyPath(const Identity& peer) {
  return detail::JoinPath(kPeersFolder, peer.view(), detail::kKeySuffix);
}

constexpr StatePath MetaPath(const Identity& peer) {
  return detail::JoinPath(kPeersFolder, peer.view(), detail::kMetaSuffix);
}

constexpr StatePath InvitePath(const InviteId& id) {
  return detail::JoinPath(kInvitesFolder, id.view(), detail::kJsonSuffix);
}

constexpr StatePath TailnetPinPath(const StableId& node) {
  return detail::JoinPath(kTailnetFolder, node.view(), detail::kJsonSuffix);
}

// Whose key or meta, or which invite, an entry of relay/peers or relay/invites is; nothing if the name is not of that
// form.
constexpr std::optional<Identity> KeyFileOwner(std::string_view entry) {
  return detail::ParseEntry<Identity>(entry, detail::kKeySuffix);
}

constexpr std::optional<Identity> MetaFileOwner(std::string_view entry) {
  return detail::ParseEntry<Identity>(entry, detail::kMetaSuffix);
}

constexpr std::optional<InviteId> InviteFileId(std::string_view entry) {
  return detail::ParseEntry<InviteId>(entry, detail::kJsonSuffix);
}

// Of which node an entry of relay/tailnet is the pin.
constexpr std::optional<StableId> TailnetPinFileNode(std::string_view entry) {
  return detail::ParseEntry<StableId>(entry, detail::kJsonSuffix);
}

}  // namespace cctl

#endif  // CCTL_STORE_STATE_LAYOUT_H_
