// SPDX-License-Identifier: MIT
//
// The paired peers of a running node: what is on disk, told to the machine that decides whom to dial and which session
// stays (cctl/proto/peers.h), and what that machine's sessions change, put on disk. Metas are written when the loop has
// nothing else to do, or after a second, and a few at a time: peers that reconnect all at once do not wait for as many
// disks. Keys are never written here.

#ifndef CCTL_NODE_PEER_BOOK_H_
#define CCTL_NODE_PEER_BOOK_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/decimal.h"
#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/net/endpoint.h"
#include "cctl/node/node_context.h"
#include "cctl/node/pairing_commit.h"
#include "cctl/proto/peers.h"
#include "cctl/store/meta_file.h"
#include "cctl/tailnet/stable_id.h"

namespace cctl {

class PeerBook {
 public:
  static constexpr Duration kWriteDelay = Seconds(1);
  // In one turn of the loop. Each takes as long as the disk, some milliseconds.
  static constexpr std::size_t kMetasInOneTurn = 4;

  PeerBook(NodeContext& context, Instant now)
      : context_(context), peers_(context.self, *context.options.random), start_(now) {}

  [[nodiscard]] Peers& peers() { return peers_; }
  [[nodiscard]] const Peers& peers() const { return peers_; }

  // When Peers::HandleTimeout is due, on the machine's clock.
  [[nodiscard]] std::optional<Instant> PeersTimeout() const {
    const auto due = peers_.PollTimeout();
    return due ? std::optional<Instant>(FromSchedule(*due)) : std::nullopt;
  }

  // Peers' clock. It is the machine's, but where tests make the reconnect schedule faster.
  [[nodiscard]] Instant ToSchedule(Instant now) const {
    return start_ + Duration{(now - start_).ms * 1000 / context_.options.reconnect_scale.ms};
  }
  [[nodiscard]] Instant FromSchedule(Instant at) const {
    return start_ + Duration{((at - start_).ms * context_.options.reconnect_scale.ms + 999) / 1000};
  }

  // Reads who is paired: new ones are added (and dialled, where the options say so), vanished ones removed. Returns
  // after what time to read again, for the first of the pairings that are not confirmed.
  std::optional<Duration> Load(Instant now) {
    const auto stored = context_.folder.ListPeers();
    if (!stored) {
      context_.Warn(stored.error());
      return std::nullopt;
    }
    std::optional<Duration> again;
    // First the vanished ones: a peer may have come back under a name that differs in case, and is one peer with
    // itself.
    for (const Identity& known : peers_.Identities()) {
      // A guest that has got a key of its own starts anew with that.
      const bool has_key = std::binary_search(stored->begin(), stored->end(), known);
      if (has_key == guests_.contains(known)) Remove(now, known);
    }
    for (const Identity& peer : *stored) {
      const auto meta = context_.folder.LoadMeta(peer);
      if (!meta) context_.Warn(meta.error());
      if (meta && IsOverdue(*meta, context_.Wall())) {
        Drop(now, peer);
        continue;
      }
      // By its date; but a clock that was set must not put it off for good.
      if (meta && MayBecomeOverdue(*meta)) {
        const Duration left = *meta->paired_at + kUnconfirmedTime - context_.Wall();
        again = (std::min)(again.value_or(kUnconfirmedTime), (std::clamp)(left, Duration{}, kUnconfirmedTime));
      }
      const bool dials = meta && context_.options.dial_known_peers;
      Add(now, peer, dials ? AddressesIn(*meta) : std::vector<std::string>{});
    }
    if (again) *again = *again + Seconds(1);
    return again;
  }

  void Add(Instant now, const Identity& peer, const std::vector<std::string>& addresses = {}) {
    if (!peers_.Find(peer)) ++revision_;
    peers_.Add(ToSchedule(now), peer, addresses);
  }

  // Changes whenever a peer comes or goes.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

  bool Remove(Instant now, const Identity& peer) {
    unwritten_.erase(peer);
    guests_.erase(peer);
    ++revision_;
    return peers_.Remove(ToSchedule(now), peer);
  }

  // A node of the tailnet, which has no key on disk: it is a peer while its node is let in, and is not dialled by us.
  void AddGuest(Instant now, const Identity& peer, const StableId& node) {
    Add(now, peer);
    guests_.insert_or_assign(peer, node);
  }
  [[nodiscard]] const std::map<Identity, StableId>& guests() const { return guests_; }
  [[nodiscard]] std::optional<StableId> FindGuest(const Identity& peer) const {
    const auto found = guests_.find(peer);
    return found == guests_.end() ? std::nullopt : std::optional<StableId>(found->second);
  }
  // Those with a key on disk.
  [[nodiscard]] std::vector<Identity> Paired() const {
    std::vector<Identity> paired = peers_.Identities();
    std::erase_if(paired, [this](const Identity& peer) { return guests_.contains(peer); });
    return paired;
  }

  // A session with the peer begins or ends. `address`: numeric, where the peer has proved its key and can be dialled;
  // else empty.
  void NoteSeen(Instant now, const Identity& peer, std::string_view address) {
    if (unwritten_.empty()) write_at_ = now + kWriteDelay;
    Seen& seen = unwritten_[peer];
    if (!address.empty()) seen.address = address;
    seen.at = context_.Wall();
  }

  // Where the peer was seen last, if that is not on disk yet; else empty.
  [[nodiscard]] std::string_view UnwrittenAddressOf(const Identity& peer) const {
    const auto seen = unwritten_.find(peer);
    return seen == unwritten_.end() ? std::string_view() : std::string_view(seen->second.address);
  }

  [[nodiscard]] std::optional<Instant> WriteDue() const {
    return unwritten_.empty() ? std::nullopt : std::optional<Instant>(write_at_);
  }

  // Writes what has been noted, of `most` peers; of the others it stays due. A meta that cannot be read is reported and
  // left as it is; nothing depends on it.
  void WriteMetas(std::size_t most = SIZE_MAX) {
    for (; most > 0 && !unwritten_.empty(); --most) {
      const auto first = unwritten_.extract(unwritten_.begin());
      Write(first.key(), first.mapped());
    }
  }

  // Where a peer may be found, the address that answered last first.
  [[nodiscard]] std::vector<std::string> AddressesOf(const Identity& peer) const {
    const auto meta = context_.folder.LoadMeta(peer);
    if (meta) return AddressesIn(*meta);
    context_.Warn(meta.error());
    return {};
  }

 private:
  struct Seen {
    std::string address;
    UnixTime at;
  };

  [[nodiscard]] std::vector<std::string> AddressesIn(const PeerMeta& meta) const {
    std::vector<std::string> addresses;
    std::uint16_t port = context_.options.profile.tcp_port;
    if (!meta.addr.empty()) {
      addresses.emplace_back(meta.addr.view());
      if (const auto last = Endpoint::Parse(meta.addr)) port = last->port;
    }
    if (meta.host) {
      std::string address;
      AppendHostPort(*meta.host, port, address);
      addresses.push_back(std::move(address));
    }
    return addresses;
  }

  // An approval that never became a pairing.
  void Drop(Instant now, const Identity& peer) {
    (void)Remove(now, peer);
    const auto forgotten = CommitForgotten(context_.folder, peer, context_.Wall());
    if (!forgotten) return context_.Warn(forgotten.error());
    context_.Warn(Errc::kTimeout, "the pairing with " + std::string(peer.view()) +
                                      " was approved and never confirmed; it is dropped: pair again");
  }

  void Write(const Identity& peer, const Seen& seen) {
    const auto key = context_.folder.FindPeer(peer);
    if (!key || *key != peer) return;  // forgotten meanwhile
    auto meta = context_.folder.LoadMeta(peer);
    if (!meta) return context_.Warn(meta.error());
    meta->last_seen = seen.at;
    if (!seen.address.empty()) meta->addr = InlineString<64>(seen.address);
    if (const auto saved = context_.folder.SaveMeta(peer, *meta); !saved) context_.Warn(saved.error());
  }

  NodeContext& context_;
  Peers peers_;
  Instant start_;
  std::map<Identity, Seen> unwritten_;
  std::map<Identity, StableId> guests_;
  Instant write_at_;
  std::uint64_t revision_ = 0;
};

}  // namespace cctl

#endif  // CCTL_NODE_PEER_BOOK_H_
