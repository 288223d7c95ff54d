// SPDX-License-Identifier: MIT
//
// A relay of a simulated world, made of the machines of cctl/machines.h as cctl/node is, with a user, a clock of its
// own that goes wrong, and a disk that outlives it. It moves bytes and timeouts, and answers what the machines ask;
// every decision of the protocol is theirs.

#ifndef CCTL_TESTS_SIMULATION_WORLD_RELAY_H_
#define CCTL_TESTS_SIMULATION_WORLD_RELAY_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/machines.h"
#include "tests/simulation/world_host.h"
#include "tests/simulation/world_network.h"
#include "tests/support/seeded_random.h"
#include "tests/support/virtual_clock.h"

namespace cctl::testing {

class WorldRelay;

// What a relay asks of the world it lives in.
class WorldHosts {
 public:
  virtual ~WorldHosts() = default;
  [[nodiscard]] virtual std::size_t host_count() const = 0;
  // Nobody, while that host is switched off.
  virtual std::shared_ptr<WorldRelay> relay(HostIndex host) = 0;
  virtual void Note(HostIndex host, std::string_view what, std::string_view whom) = 0;
};

class WorldRelay : public std::enable_shared_from_this<WorldRelay> {
 public:
  WorldRelay(HostIndex index, WorldHost& host, WorldHosts& world, WorldNetwork& network, VirtualClock& clock,
             SeededRandom& random)
      : index_(index),
        host_(host),
        world_(world),
        network_(network),
        clock_(clock),
        random_(random),
        ids_(ProcessTag(random)),
        announcer_({.self = host.identity,
                    .instance = *GenerateInstanceId(random),
                    .port = kWorldPort,
                    .version = VersionText("1.0")},
                   random, Now()),
        nearby_({.self = host.identity, .instance = announcer_.instance(), .hash_key = {random.Next(), random.Next()}},
                Now()),
        peers_(host.identity, random),
        queue_(random) {
    for (const auto& [name, peer] : host_.disk) Schedule(*Identity::Parse(name), peer);
    SetPaired();
  }
  WorldRelay(const WorldRelay&) = delete;
  WorldRelay& operator=(const WorldRelay&) = delete;

  // ---- what the user does ----

  void PairWith(const Identity& peer) {
    const auto found = nearby_.Find(peer);
    if (found.empty()) return;
    host_.Agree(peer);
    world_.Note(index_, "asks", peer.view());
    Dial(peer, HostOf(found[0].addresses[0]), /*asks=*/host_.Find(peer) == nullptr);
  }
  void Forget(const Identity& peer) {
    if (!host_.Forget(peer)) return;
    world_.Note(index_, "forgets", peer.view());
    peers_.Remove(Now(), peer);
    SetPaired();
    // What is under way with that peer ends, too.
    std::vector<std::shared_ptr<Connection>> with_it;
    for (const auto& entry : connections_) {
      const auto& connection = entry.second;
      const auto claimed = connection->listener ? connection->listener->claimed() : std::nullopt;
      if (connection->peer == peer || claimed == peer) with_it.push_back(connection);
    }
    for (const auto& connection : with_it) HandleClosed(*connection, Errc::kInterrupted);
    Turn();
  }
  void Disconnect(const Identity& peer) {
    peers_.Disconnect(Now(), peer);
    Turn();
  }
  void Connect(const Identity& peer) {
    (void)peers_.Connect(Now(), peer);
    Turn();
  }
  // The process ends: its streams are closed by the system. Without this it loses power, and nobody hears of it.
  void Exit() {
    announcer_.Stop();
    SendAnnouncements();
    for (const auto& [id, connection] : connections_) network_.Close(connection->link, connection->end);
  }

  void Start() { Turn(); }

  // ---- what the world looks at ----

  struct SessionView {
    Identity peer;
    const WorldNetwork::Link* link;
    bool confirmed;  // by this end's knowledge the other one has stored the key
  };
  [[nodiscard]] std::vector<SessionView> sessions() const {
    std::vector<SessionView> sessions;
    for (const auto& [id, connection] : connections_) {
      if (connection->session) sessions.push_back({*connection->peer, connection->link.get(), !connection->confirms});
    }
    return sessions;
  }
  [[nodiscard]] std::size_t connection_count() const { return connections_.size(); }
  [[nodiscard]] std::size_t open_challenges() const { return open_challenges_.size(); }
  [[nodiscard]] std::size_t listening() const {
    return static_cast<std::size_t>(std::count_if(connections_.begin(), connections_.end(), [](const auto& entry) {
      return entry.second->listener.has_value() && !entry.second->session;
    }));
  }
  // Since when the oldest connection that is no session yet has been there.
  [[nodiscard]] std::optional<Instant> oldest_handshake() const {
    std::optional<Instant> oldest;
    for (const auto& [id, connection] : connections_) {
      if (!connection->session && (!oldest || connection->begun < *oldest)) oldest = connection->begun;
    }
    return oldest;
  }
  [[nodiscard]] std::size_t waiting_requests() const { return queue_.requests().size(); }
  [[nodiscard]] std::size_t nearby_count() const { return nearby_.size(); }
  [[nodiscard]] std::size_t peer_count() const { return peers_.size(); }
  [[nodiscard]] std::optional<Peers::Status> StatusOf(const Identity& peer) const { return peers_.Find(peer); }

  // ---- what the network brings ----

  void HandleDatagram(HostIndex from, std::string_view bytes) {
    const auto parsed = ParseLanDatagram(bytes);
    if (!parsed) return;
    if (const auto* announcement = std::get_if<Announcement>(&*parsed)) {
      const auto heard = nearby_.HandleAnnouncement(Now(), AddressOf(from), *announcement);
      if (heard.paired) {
        peers_.HandleAnnounced(Now(), announcement->identity, AddressText(from), heard.new_instance);
      }
    } else if (const auto* goodbye = std::get_if<Goodbye>(&*parsed)) {
      nearby_.HandleGoodbye(AddressOf(from), *goodbye);
    } else {
      announcer_.HandleQuery(Now(), {AddressOf(from), kWorldPort});
    }
    Turn();
  }

  // Somebody has connected; whoever it is speaks through the link's end 1.
  void HandleAccepted(const std::shared_ptr<WorldNetwork::Link>& link) {
    auto connection = NewConnection(link, 1);
    const auto challenge = *Nonce::Generate(random_);
    connection->challenge = challenge;
    open_challenges_.Insert(challenge);
    connection->listener.emplace(ListenerHandshake::Config{host_.identity, challenge}, Now());
    Drive(*connection);
    Turn();
  }

 private:
  struct Connection final : WorldStream {
    Connection(WorldRelay& the_owner, ConnectionId the_id, std::shared_ptr<WorldNetwork::Link> the_link, int the_end)
        : owner(the_owner), id(the_id), link(std::move(the_link)), end(the_end), begun(the_owner.clock_.now()) {}

    void HandleBytes(std::string_view bytes) override {
      unread.append(bytes);
      owner.Read(*this);
    }
    void HandleEnd() override { owner.HandleClosed(*this, Errc::kUnreachable); }

    WorldRelay& owner;
    ConnectionId id;
    std::shared_ptr<WorldNetwork::Link> link;
    int end;        // 0: we dialled
    Instant begun;  // on the world's clock
    std::string unread;
    LineReader reader;
    std::optional<ListenerHandshake> listener;
    std::optional<ConnectorHandshake> connector;
    std::optional<Session> session;
    std::optional<Nonce> challenge;
    std::optional<Identity> peer;  // in a session: who; of a dial: whom it is for
    bool of_peers = false;         // a dial that Peers asked for
    bool approved = false;         // the key was stored after an approval
    std::optional<Psk> key;        // that is proved on it
    bool confirms = false;         // the session is to show that the peer has stored the key
  };

  static std::array<std::uint8_t, 4> ProcessTag(SeededRandom& random) {
    std::array<std::uint8_t, 4> tag;
    (void)random.Fill(tag);
    return tag;
  }

  // Our clocks: the monotonic one begins anywhere, the other one may be wrong.
  [[nodiscard]] Instant Now() const { return clock_.now() + (host_.boot - Instant{}); }
  [[nodiscard]] UnixTime Date() const { return clock_.date() + host_.date_error; }

  // Calls back later, if this relay still runs then.
  void Later(Duration delay, std::function<void(WorldRelay&)> action) {
    clock_.After(delay, [weak = weak_from_this(), action = std::move(action)] {
      if (const auto self = weak.lock()) action(*self);
    });
  }
  // The same for a connection of ours that is still there.
  void LaterFor(ConnectionId id, Duration delay, std::function<void(WorldRelay&, Connection&)> action) {
    Later(delay, [id, action = std::move(action)](WorldRelay& self) {
      const auto found = self.connections_.find(id);
      if (found == self.connections_.end()) return;
      const auto keep = found->second;
      action(self, *keep);
    });
  }

  std::shared_ptr<Connection> NewConnection(const std::shared_ptr<WorldNetwork::Link>& link, int end) {
    const auto id = ConnectionId{++last_connection_};
    auto connection = std::make_shared<Connection>(*this, id, link, end);
    link->ends[end] = connection;
    connections_.emplace(id, connection);
    return connection;
  }

  void Schedule(const Identity& peer, const WorldPeer& stored) {
    const std::string addresses[] = {stored.address};
    const bool known = !stored.address.empty();
    peers_.Add(Now(), peer, std::span(addresses, known ? 1 : 0));
  }
  void SetPaired() {
    std::vector<Identity> paired;
    for (const auto& entry : host_.disk) paired.push_back(*Identity::Parse(entry.first));
    nearby_.SetPaired(paired);
  }

  void Dial(const Identity& peer, HostIndex to, bool asks, bool of_peers = false) {
    auto link = network_.MakeLink(index_, to);
    auto connection = NewConnection(link, 0);
    connection->peer = peer;
    connection->of_peers = of_peers;
    ConnectorHandshake::Config config{.self = host_.identity,
                                      .expected = peer,
                                      .version = VersionText("1.0"),
                                      .listen_port = kWorldPort,
                                      .client_nonce = *Nonce::Generate(random_),
                                      .open_challenges = &open_challenges_};
    if (asks) (void)random_.Fill(config.proposal.emplace().mutable_bytes());
    // The three-way handshake of TCP: nobody there is known soon, being cut off after a while.
    if (network_.IsCut(index_, to)) {
      return LaterFor(connection->id, Seconds(10),
                      [](WorldRelay& self, Connection& c) { self.HandleClosed(c, Errc::kTimeout); });
    }
    LaterFor(connection->id, network_.Delay(), [to, config](WorldRelay& self, Connection& c) {
      const auto other = self.world_.relay(to);
      if (other == nullptr) return self.HandleClosed(c, Errc::kUnreachable);
      c.connector.emplace(config, self.Now());
      other->HandleAccepted(c.link);
      self.Turn();
    });
  }

  // Lines out of what has arrived, as far as somebody wants them.
  void Read(Connection& connection);

  void Send(Connection& connection, std::string_view line);

  // Sends what a handshake has to say and answers what it asks.
  void Drive(Connection& connection);

  void Handle(Connection& connection, const ListenerHandshake::PairRequested& asked);
  void Decide(PairRequestId id, bool yes);
  void Handle(Connection& connection, const ListenerHandshake::KeysWanted& wanted);
  void Handle(Connection& connection, const ListenerHandshake::StoreWanted& wanted);
  void Handle(Connection&, const ListenerHandshake::VoucherWanted&);
  void Handle(Connection& connection, const ListenerHandshake::Authenticated& done);
  void Handle(Connection& connection, const ListenerHandshake::Failed& failed);

  void Handle(Connection&, const ConnectorHandshake::PairRequestSent&);
  void Handle(Connection& connection, const ConnectorHandshake::KeyWanted& wanted);
  void Handle(Connection& connection, const ConnectorHandshake::StoreWanted& wanted);
  void Handle(Connection& connection, const ConnectorHandshake::Authenticated& done);
  void Handle(Connection& connection, const ConnectorHandshake::Failed& failed);

  void Fail(Connection& connection, Errc code);

  // A disk takes its time, and a crash may come before the write, or after it and before the answer.
  void Store(Connection& connection, std::function<bool(WorldRelay&, Connection&)> write,
             void (*answer)(Connection&, bool));

  // A dial that proves a key of ours which the peer has approved.
  static bool ProvesApproved(const Connection& connection) { return connection.approved && !connection.session; }
  // A session in which the peer, whose key was accepted, has yet to show that it knows so.
  static bool AwaitsConfirmation(const Connection& connection) { return connection.confirms; }

  using Which = bool(const Connection&);
  [[nodiscard]] std::vector<std::shared_ptr<Connection>> Find(const Identity& peer, Which* which) const;
  [[nodiscard]] bool Has(const Identity& peer, Which* which) const;
  void EndAll(const Identity& peer, Which* which);

  void BeginSession(Connection& connection, const Identity& peer, bool proved, const std::string& address,
                    const Session::Config& config);

  void HandleSession(Connection& connection, const Session::Event& event);

  void ForgetChallenge(Connection& connection);

  // The connection is over, whoever has ended it.
  void HandleClosed(Connection& connection, Errc reason);

  void SendAnnouncements() {
    while (const auto transmit = announcer_.PollTransmit()) {
      for (HostIndex to = 0; to < world_.host_count(); ++to) {
        if (to == index_ || (transmit->to && HostOf(*transmit->to) != to)) continue;
        network_.SendDatagram(index_, to,
                              [&world = world_, from = index_, to, bytes = std::string(transmit->datagram)] {
                                if (const auto relay = world.relay(to)) relay->HandleDatagram(from, bytes);
                              });
      }
    }
  }

  // Does what is due and what was asked for, and comes back when the first machine wants to be called.
  void Turn() {
    again_ = true;
    if (turning_) return;
    turning_ = true;
    while (std::exchange(again_, false)) TurnOnce();
    turning_ = false;
    Arm();
  }
  void TurnOnce() {
    const Instant now = Now();
    announcer_.HandleTimeout(now);
    SendAnnouncements();
    nearby_.HandleTimeout(now);
    peers_.HandleTimeout(now);
    while (const auto event = nearby_.PollEvent()) {
      if (const auto* wanted = std::get_if<NearbyPeers::ProbeWanted>(&*event)) {
        Later(network_.Delay(), [probe = *wanted](WorldRelay& self) {
          const auto relay = self.world_.relay(HostOf(probe.address));
          const bool answered = relay != nullptr && !self.network_.IsCut(self.index_, HostOf(probe.address)) &&
                                relay->host_.identity == probe.identity;
          self.nearby_.HandleProbed(self.Now(), probe.identity, probe.instance, answered);
          self.Turn();
        });
      }
    }
    while (const auto event = peers_.PollEvent()) {
      if (const auto* wanted = std::get_if<Peers::DialWanted>(&*event)) {
        Dial(wanted->identity, HostOf(wanted->address), /*asks=*/false, /*of_peers=*/true);
      } else if (const auto* close = std::get_if<Peers::CloseWanted>(&*event)) {
        const auto found = connections_.find(close->connection);
        if (found != connections_.end()) HandleClosed(*std::shared_ptr(found->second), Errc::kInterrupted);
      }
    }
    TimeConnections(now);
  }

  void TimeConnections(Instant now) {
    std::vector<std::shared_ptr<Connection>> all;
    for (const auto& entry : connections_) all.push_back(entry.second);
    for (const auto& connection : all) {
      if (connection->session) {
        std::string line;
        if (connection->session->PollTransmit(now, Date(), ids_, host_.identity, line)) Send(*connection, line);
        if (const auto failed = connection->session->HandleTimeout(now)) HandleClosed(*connection, failed->error.code);
      } else if (connection->listener) {
        connection->listener->HandleTimeout(now);
        Drive(*connection);
      } else if (connection->connector) {
        connection->connector->HandleTimeout(now);
        Drive(*connection);
      }
    }
  }

  void Arm() {
    std::optional<Instant> due;
    const auto wake = [&due](const std::optional<Instant>& at) {
      if (at && (!due || *at < *due)) due = at;
    };
    wake(announcer_.PollTimeout());
    wake(nearby_.PollTimeout());
    wake(peers_.PollTimeout());
    for (const auto& [id, connection] : connections_) {
      if (connection->session) {
        wake(connection->session->PollTimeout());
      } else if (connection->listener) {
        wake(connection->listener->PollTimeout());
      } else if (connection->connector) {
        wake(connection->connector->PollTimeout());
      }
    }
    if (!due || (armed_ && *armed_ <= *due)) return;
    armed_ = due;
    Later(*due - Now(), [at = *due](WorldRelay& self) {
      if (self.armed_ == at) self.armed_.reset();
      self.Turn();
    });
  }

  HostIndex index_;
  WorldHost& host_;
  WorldHosts& world_;
  WorldNetwork& network_;
  VirtualClock& clock_;
  SeededRandom& random_;
  MessageIds ids_;
  OpenChallenges open_challenges_;
  Announcer announcer_;
  NearbyPeers nearby_;
  Peers peers_;
  PairQueue queue_;
  std::map<ConnectionId, std::shared_ptr<Connection>> connections_;
  std::uint64_t last_connection_ = 0;
  std::optional<Instant> armed_;
  bool turning_ = false;
  bool again_ = false;
};

}  // namespace cctl::testing

#include "tests/simulation/world_relay_connections.h"  // IWYU pragma: export

#endif  // CCTL_TESTS_SIMULATION_WORLD_RELAY_H_
