// SPDX-License-Identifier: MIT
//
// What a relay of a simulated world does with its connections: lines for the machines, answers to what they ask, and
// how a connection becomes a session or ends. Part of world_relay.h.

#ifndef CCTL_TESTS_SIMULATION_WORLD_RELAY_CONNECTIONS_H_
#define CCTL_TESTS_SIMULATION_WORLD_RELAY_CONNECTIONS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/machines.h"
#include "tests/simulation/world_host.h"
#include "tests/simulation/world_network.h"
#include "tests/simulation/world_relay.h"  // IWYU pragma: keep

namespace cctl::testing {

inline void WorldRelay::Read(Connection& connection) {
  for (;;) {
    if (connections_.count(connection.id) == 0) return;
    if (!connection.session && !(connection.listener ? connection.listener->wants_line()
                                                     : connection.connector && connection.connector->wants_line())) {
      break;
    }
    std::string_view in = connection.unread;
    const auto line = connection.reader.Next(in);
    if (!line) {
      HandleClosed(connection, Errc::kProtocol);
      break;
    }
    const std::optional<std::string> text = *line ? std::optional<std::string>(**line) : std::nullopt;
    connection.unread.erase(0, connection.unread.size() - in.size());
    if (!text) break;
    if (connection.session) {
      HandleSession(connection, connection.session->HandleLine(Now(), *text));
    } else if (connection.listener) {
      connection.listener->HandleLine(Now(), *text);
      Drive(connection);
    } else {
      connection.connector->HandleLine(Now(), *text);
      Drive(connection);
    }
  }
  Turn();
}

inline void WorldRelay::Send(Connection& connection, std::string_view line) {
  network_.Send(connection.link, connection.end, line);
}

inline void WorldRelay::Drive(Connection& connection) {
  if (connection.session) return;
  for (;;) {
    const std::string_view line = connection.listener ? connection.listener->PollTransmit(ids_, Date())
                                                      : connection.connector->PollTransmit(ids_, Date());
    if (!line.empty()) Send(connection, line);
    if (connection.listener) {
      const auto event = connection.listener->PollEvent();
      if (!event) break;
      std::visit([&](const auto& e) { Handle(connection, e); }, *event);
    } else {
      const auto event = connection.connector->PollEvent();
      if (!event) break;
      std::visit([&](const auto& e) { Handle(connection, e); }, *event);
    }
    if (connections_.count(connection.id) == 0 || connection.session) return;
  }
}

inline void WorldRelay::Handle(Connection& connection, const ListenerHandshake::PairRequested& asked) {
  const WorldPeer* const known = host_.Find(asked.peer);
  if (known != nullptr && known->proved) {
    return connection.listener->HandleDecision(Now(), PairStatus::kDenied);
  }
  const auto reception = queue_.Receive(
      Now(), {connection.id, asked.peer, AddressOf(connection.link->hosts[0]), asked.version, asked.check},
      kPairRequestTimeout);
  if (reception != PairQueue::Reception::kQueued) {
    const bool busy = reception == PairQueue::Reception::kBusy;
    return connection.listener->HandleDecision(Now(), busy ? PairStatus::kBusy : PairStatus::kDenied);
  }
  // The user looks at it, sooner or later or never.
  const PairRequestId id = queue_.requests().back().id;
  if (random_.Below(8) == 0) return;
  const bool yes = random_.Below(4) != 0;
  Later(Milliseconds(static_cast<std::int64_t>(200 + random_.Below(20'000))),
        [id, yes](WorldRelay& self) { self.Decide(id, yes); });
}

inline void WorldRelay::Decide(PairRequestId id, bool yes) {
  const auto request = queue_.Decide(Now(), id, yes);
  if (!request) return;
  if (yes) host_.Agree(request->identity);
  world_.Note(index_, yes ? "approves" : "denies", request->identity.view());
  const auto found = connections_.find(request->connection);
  if (found == connections_.end()) return;
  const auto keep = found->second;
  keep->listener->HandleDecision(Now(), yes ? PairStatus::kApproved : PairStatus::kDenied);
  Drive(*keep);
  Turn();
}

inline void WorldRelay::Handle(Connection& connection, const ListenerHandshake::KeysWanted& wanted) {
  std::vector<KeyCandidate> candidates;
  const WorldPeer* const known = host_.Find(wanted.peer);
  if (known != nullptr) {
    candidates.push_back({KeyCandidate::Source::kStored, known->key});
    connection.key = known->key;
  }
  connection.listener->HandleKeys(candidates, /*answer_wrong_proofs=*/true);
}

inline void WorldRelay::Handle(Connection& connection, const ListenerHandshake::StoreWanted& wanted) {
  connection.key = wanted.key;
  Store(
      connection,
      [peer = wanted.peer, proved = !wanted.confirms](WorldRelay& self, Connection& c) {
        // Both have asked, and both were approved: one key gives way.
        if (self.Has(peer, ProvesApproved) && !MayReplaceOwnProposal(self.host_.identity, peer)) return false;
        self.EndAll(peer, AwaitsConfirmation);
        if (!self.host_.Write(peer, *c.key, proved)) return false;
        self.EndAll(peer, ProvesApproved);
        return true;
      },
      [](Connection& c, bool ok) { c.listener->HandleStored(ok); });
}

inline void WorldRelay::Handle(Connection&, const ListenerHandshake::VoucherWanted&) {
}  // of tailnets: there is none here

inline void WorldRelay::Handle(Connection& connection, const ListenerHandshake::Authenticated& done) {
  const std::string address = done.port == 0 ? std::string() : AddressText(connection.link->hosts[0]);
  BeginSession(connection, done.peer, done.proved, address,
               {.peer_is_ours = done.proved, .expected_confirm = done.confirm});
}

inline void WorldRelay::Handle(Connection& connection, const ListenerHandshake::Failed& failed) {
  Fail(connection, failed.error.code);
}

inline void WorldRelay::Handle(Connection&, const ConnectorHandshake::PairRequestSent&) {}

inline void WorldRelay::Handle(Connection& connection, const ConnectorHandshake::KeyWanted& wanted) {
  const WorldPeer* const known = host_.Find(wanted.peer.value_or(*connection.peer));
  if (known == nullptr) return connection.connector->HandleNoKey();
  connection.key = known->key;
  connection.connector->HandleKey(Now(), known->key, KeyCandidate::Source::kStored);
}

inline void WorldRelay::Handle(Connection& connection, const ConnectorHandshake::StoreWanted& wanted) {
  connection.key = wanted.key;
  Store(
      connection,
      [peer = wanted.peer](WorldRelay& self, Connection& c) {
        // What comes second to another pairing with that peer goes on with the key of that.
        const WorldPeer* const known = self.host_.Find(peer);
        const bool second =
            self.Has(peer, ProvesApproved) || self.Has(peer, AwaitsConfirmation) || (known != nullptr && known->proved);
        c.approved = true;
        return !second && self.host_.Write(peer, *c.key, /*proved=*/false);
      },
      [](Connection& c, bool ok) { c.connector->HandleStored(ok); });
}

inline void WorldRelay::Handle(Connection& connection, const ConnectorHandshake::Authenticated& done) {
  BeginSession(connection, done.peer, done.proved, AddressText(connection.link->hosts[1]),
               {.peer_is_ours = done.proved, .confirm = done.confirm});
}

inline void WorldRelay::Handle(Connection& connection, const ConnectorHandshake::Failed& failed) {
  Fail(connection, failed.error.code);
}

inline void WorldRelay::Fail(Connection& connection, Errc code) {
  // What it still has to say goes out before the end.
  const std::string_view line = connection.listener ? connection.listener->PollTransmit(ids_, Date())
                                                    : connection.connector->PollTransmit(ids_, Date());
  if (!line.empty()) Send(connection, line);
  HandleClosed(connection, code);
}

inline void WorldRelay::Store(Connection& connection, std::function<bool(WorldRelay&, Connection&)> write,
                              void (*answer)(Connection&, bool)) {
  LaterFor(connection.id, network_.Delay(), [write = std::move(write), answer](WorldRelay& self, Connection& c) {
    const bool ok = write(self, c);
    self.SetPaired();
    self.LaterFor(c.id, self.network_.Delay(), [answer, ok](WorldRelay& relay, Connection& waiting) {
      answer(waiting, ok);
      relay.Drive(waiting);
      relay.Turn();
    });
  });
}

inline std::vector<std::shared_ptr<WorldRelay::Connection>> WorldRelay::Find(const Identity& peer, Which* which) const {
  std::vector<std::shared_ptr<Connection>> found;
  for (const auto& entry : connections_) {
    if (entry.second->peer == peer && which(*entry.second)) found.push_back(entry.second);
  }
  return found;
}

inline bool WorldRelay::Has(const Identity& peer, Which* which) const { return !Find(peer, which).empty(); }

inline void WorldRelay::EndAll(const Identity& peer, Which* which) {
  for (const auto& connection : Find(peer, which)) HandleClosed(*connection, Errc::kInterrupted);
}

inline void WorldRelay::BeginSession(Connection& connection, const Identity& peer, bool proved,
                                     const std::string& address, const Session::Config& config) {
  WorldPeer* const known = host_.Find(peer);
  if (known == nullptr) return HandleClosed(connection, Errc::kDenied);  // forgotten meanwhile
  Send(connection, connection.listener ? connection.listener->PollTransmit(ids_, Date())
                                       : connection.connector->PollTransmit(ids_, Date()));
  ForgetChallenge(connection);
  connection.confirms = config.expected_confirm.has_value();
  if (connection.key && !connection.confirms && !host_.KeepProved(peer, *connection.key))
    return HandleClosed(connection, Errc::kDenied);
  known->address = address;
  connection.peer = peer;
  connection.reader.set_limit(kMaxLine);
  connection.session.emplace(Now(), config);
  world_.Note(index_, "is connected to", peer.view());
  if (!peers_.Find(peer)) Schedule(peer, *known);
  peers_.HandleAuthenticated(Now(), peer, connection.id, connection.end == 0, proved, address);
  connection.of_peers = false;
}

inline void WorldRelay::HandleSession(Connection& connection, const Session::Event& event) {
  if (const auto* failed = std::get_if<Session::Failed>(&event)) return HandleClosed(connection, failed->error.code);
  if (std::holds_alternative<Session::KeyConfirmed>(event)) {
    connection.confirms = false;
    if (!host_.KeepProved(*connection.peer, *connection.key)) HandleClosed(connection, Errc::kDenied);
  }
}

inline void WorldRelay::ForgetChallenge(Connection& connection) {
  if (connection.challenge) open_challenges_.Erase(*connection.challenge);
  connection.challenge.reset();
}

inline void WorldRelay::HandleClosed(Connection& connection, Errc reason) {
  const auto found = connections_.find(connection.id);
  if (found == connections_.end()) return;
  const auto keep = found->second;
  connections_.erase(found);
  network_.Close(keep->link, keep->end);
  ForgetChallenge(*keep);
  queue_.Withdraw(Now(), keep->id);
  if (keep->session) {
    peers_.HandleClosed(Now(), *keep->peer, keep->id, reason);
  } else if (keep->of_peers) {
    peers_.HandleDialFailed(Now(), *keep->peer, reason, AddressText(keep->link->hosts[1]));
  } else if (WorldPeer* const known = keep->approved ? host_.Find(*keep->peer) : nullptr; known != nullptr) {
    // Approved, stored, and the connection lost: the key is proved as soon as they meet again.
    known->address = AddressText(keep->link->hosts[1]);
    Schedule(*keep->peer, *known);
  }
  Turn();
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SIMULATION_WORLD_RELAY_CONNECTIONS_H_
