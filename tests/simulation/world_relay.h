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

// What is stored of a peer; written at once and as a whole, as cctl/node/pairing_commit.h does with files.
struct WorldPeer {
  Psk key;
  bool proved = false;  // the peer has shown that it has the key
  std::string address;
};

// What a host keeps while it is switched off, and what its user wants.
struct WorldHost {
  Identity identity;
  std::map<std::string, WorldPeer> disk = {};
  std::map<std::string, bool> agreed =
      {};  // with whom the user wants to be paired; true: has said so, and not taken it back
  std::map<std::string, bool> ever = {};  // has once said so
  Duration date_error{};                  // of the wall clock
  Instant boot{};                         // where the monotonic clock begins
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
                    .port = kPort,
                    .version = VersionText("1.0")},
                   random, Now()),
        nearby_({.self = host.identity, .instance = announcer_.instance(), .hash_key = {random.Next(), random.Next()}},
                Now()),
        peers_(host.identity, random),
        queue_(random) {
    for (const auto& [name, peer] : host_.disk) Schedule(name, peer);
    SetPaired();
  }
  WorldRelay(const WorldRelay&) = delete;
  WorldRelay& operator=(const WorldRelay&) = delete;

  // ---- what the user does ----

  void PairWith(const Identity& peer) {
    const auto found = nearby_.Find(peer);
    if (found.empty()) return;
    host_.agreed[Name(peer)] = host_.ever[Name(peer)] = true;
    world_.Note(index_, "asks", peer.view());
    Dial(peer, HostOf(found[0].addresses[0]), /*asks=*/host_.disk.count(Name(peer)) == 0);
  }
  void Forget(const Identity& peer) {
    if (host_.disk.erase(Name(peer)) == 0) return;
    host_.agreed[Name(peer)] = false;
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
      announcer_.HandleQuery(Now(), {AddressOf(from), kPort});
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
  static constexpr std::uint16_t kPort = 9847;

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
  static std::string Name(const Identity& identity) { return std::string(identity.view()); }
  static AddressKey AddressOf(HostIndex host) {
    return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, static_cast<std::uint8_t>(host + 1)};
  }
  static HostIndex HostOf(const RemoteAddress& address) { return address.ip[15] - std::size_t{1}; }
  static std::string AddressText(HostIndex host) { return "10.0.0." + std::to_string(host + 1) + ":9847"; }
  static HostIndex HostOf(std::string_view text) {
    return static_cast<HostIndex>(std::stoi(std::string(text.substr(7)))) - 1;
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

  void Schedule(const std::string& name, const WorldPeer& peer) {
    const std::string addresses[] = {peer.address};
    const bool known = !peer.address.empty();
    peers_.Add(Now(), *Identity::Parse(name), std::span(addresses, known ? 1 : 0));
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
                                      .listen_port = kPort,
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
  void Read(Connection& connection) {
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

  void Send(Connection& connection, std::string_view line) { network_.Send(connection.link, connection.end, line); }

  // Sends what a handshake has to say and answers what it asks.
  void Drive(Connection& connection) {
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

  void Handle(Connection& connection, const ListenerHandshake::PairRequested& asked) {
    const auto known = host_.disk.find(Name(asked.peer));
    if (known != host_.disk.end() && known->second.proved) {
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
  void Decide(PairRequestId id, bool yes) {
    const auto request = queue_.Decide(Now(), id, yes);
    if (!request) return;
    if (yes) host_.agreed[Name(request->identity)] = host_.ever[Name(request->identity)] = true;
    world_.Note(index_, yes ? "approves" : "denies", request->identity.view());
    const auto found = connections_.find(request->connection);
    if (found == connections_.end()) return;
    const auto keep = found->second;
    keep->listener->HandleDecision(Now(), yes ? PairStatus::kApproved : PairStatus::kDenied);
    Drive(*keep);
    Turn();
  }
  void Handle(Connection& connection, const ListenerHandshake::KeysWanted& wanted) {
    std::vector<KeyCandidate> candidates;
    const auto known = host_.disk.find(Name(wanted.peer));
    if (known != host_.disk.end()) {
      candidates.push_back({KeyCandidate::Source::kStored, known->second.key});
      connection.key = known->second.key;
    }
    connection.listener->HandleKeys(candidates, /*answer_wrong_proofs=*/true);
  }
  void Handle(Connection& connection, const ListenerHandshake::StoreWanted& wanted) {
    connection.key = wanted.key;
    Store(
        connection,
        [peer = wanted.peer, proved = !wanted.confirms](WorldRelay& self, Connection& c) {
          // Both have asked, and both were approved: one key gives way.
          if (self.Has(peer, ProvesApproved) && !MayReplaceOwnProposal(self.host_.identity, peer)) return false;
          self.EndAll(peer, AwaitsConfirmation);
          if (!self.Write(peer, *c.key, proved)) return false;
          self.EndAll(peer, ProvesApproved);
          return true;
        },
        [](Connection& c, bool ok) { c.listener->HandleStored(ok); });
  }
  void Handle(Connection&, const ListenerHandshake::VoucherWanted&) {}  // of tailnets: there is none here
  void Handle(Connection& connection, const ListenerHandshake::Authenticated& done) {
    const std::string address = done.port == 0 ? std::string() : AddressText(connection.link->hosts[0]);
    BeginSession(connection, done.peer, done.proved, address,
                 {.peer_is_ours = done.proved, .expected_confirm = done.confirm});
  }
  void Handle(Connection& connection, const ListenerHandshake::Failed& failed) { Fail(connection, failed.error.code); }

  void Handle(Connection&, const ConnectorHandshake::PairRequestSent&) {}
  void Handle(Connection& connection, const ConnectorHandshake::KeyWanted& wanted) {
    const auto known = host_.disk.find(Name(wanted.peer.value_or(*connection.peer)));
    if (known == host_.disk.end()) return connection.connector->HandleNoKey();
    connection.key = known->second.key;
    connection.connector->HandleKey(Now(), known->second.key, KeyCandidate::Source::kStored);
  }
  void Handle(Connection& connection, const ConnectorHandshake::StoreWanted& wanted) {
    connection.key = wanted.key;
    Store(
        connection,
        [peer = wanted.peer](WorldRelay& self, Connection& c) {
          // What comes second to another pairing with that peer goes on with the key of that.
          const auto known = self.host_.disk.find(Name(peer));
          const bool second = self.Has(peer, ProvesApproved) || self.Has(peer, AwaitsConfirmation) ||
                              (known != self.host_.disk.end() && known->second.proved);
          c.approved = true;
          return !second && self.Write(peer, *c.key, /*proved=*/false);
        },
        [](Connection& c, bool ok) { c.connector->HandleStored(ok); });
  }
  void Handle(Connection& connection, const ConnectorHandshake::Authenticated& done) {
    BeginSession(connection, done.peer, done.proved, AddressText(connection.link->hosts[1]),
                 {.peer_is_ours = done.proved, .confirm = done.confirm});
  }
  void Handle(Connection& connection, const ConnectorHandshake::Failed& failed) { Fail(connection, failed.error.code); }

  void Fail(Connection& connection, Errc code) {
    // What it still has to say goes out before the end.
    const std::string_view line = connection.listener ? connection.listener->PollTransmit(ids_, Date())
                                                      : connection.connector->PollTransmit(ids_, Date());
    if (!line.empty()) Send(connection, line);
    HandleClosed(connection, code);
  }

  // A disk takes its time, and a crash may come before the write, or after it and before the answer.
  void Store(Connection& connection, std::function<bool(WorldRelay&, Connection&)> write,
             void (*answer)(Connection&, bool)) {
    LaterFor(connection.id, network_.Delay(), [write = std::move(write), answer](WorldRelay& self, Connection& c) {
      const bool ok = write(self, c);
      self.LaterFor(c.id, self.network_.Delay(), [answer, ok](WorldRelay& relay, Connection& waiting) {
        answer(waiting, ok);
        relay.Drive(waiting);
        relay.Turn();
      });
    });
  }
  // As CommitApproved: what was never confirmed is replaced, another key is not.
  bool Write(const Identity& peer, const Psk& key, bool proved) {
    const auto known = host_.disk.find(Name(peer));
    if (known != host_.disk.end() && known->second.proved && known->second.key != key) return false;
    const std::string address = known == host_.disk.end() ? std::string() : known->second.address;
    host_.disk.insert_or_assign(Name(peer), WorldPeer{key, proved, address});
    SetPaired();
    return true;
  }

  // A dial that proves a key of ours which the peer has approved.
  static bool ProvesApproved(const Connection& connection) { return connection.approved && !connection.session; }
  // A session in which the peer, whose key was accepted, has yet to show that it knows so.
  static bool AwaitsConfirmation(const Connection& connection) { return connection.confirms; }

  using Which = bool(const Connection&);
  [[nodiscard]] std::vector<std::shared_ptr<Connection>> Find(const Identity& peer, Which* which) const {
    std::vector<std::shared_ptr<Connection>> found;
    for (const auto& entry : connections_) {
      if (entry.second->peer == peer && which(*entry.second)) found.push_back(entry.second);
    }
    return found;
  }
  [[nodiscard]] bool Has(const Identity& peer, Which* which) const { return !Find(peer, which).empty(); }
  void EndAll(const Identity& peer, Which* which) {
    for (const auto& connection : Find(peer, which)) HandleClosed(*connection, Errc::kInterrupted);
  }
  // Both sides have proved the key: it stays, whatever was stored since and not proved. False: another was proved.
  bool KeepProved(const Identity& peer, const Psk& key) {
    const auto known = host_.disk.find(Name(peer));
    if (known == host_.disk.end() || (known->second.proved && known->second.key != key)) return false;
    known->second.key = key;
    known->second.proved = true;
    return true;
  }

  void BeginSession(Connection& connection, const Identity& peer, bool proved, const std::string& address,
                    const Session::Config& config) {
    const auto known = host_.disk.find(Name(peer));
    if (known == host_.disk.end()) return HandleClosed(connection, Errc::kDenied);  // forgotten meanwhile
    Send(connection, connection.listener ? connection.listener->PollTransmit(ids_, Date())
                                         : connection.connector->PollTransmit(ids_, Date()));
    ForgetChallenge(connection);
    connection.confirms = config.expected_confirm.has_value();
    if (connection.key && !connection.confirms && !KeepProved(peer, *connection.key))
      return HandleClosed(connection, Errc::kDenied);
    known->second.address = address;
    connection.peer = peer;
    connection.reader.set_limit(kMaxLine);
    connection.session.emplace(Now(), config);
    world_.Note(index_, "is connected to", peer.view());
    if (!peers_.Find(peer)) Schedule(Name(peer), known->second);
    peers_.HandleAuthenticated(Now(), peer, connection.id, connection.end == 0, proved, address);
    connection.of_peers = false;
  }

  void HandleSession(Connection& connection, const Session::Event& event) {
    if (const auto* failed = std::get_if<Session::Failed>(&event)) return HandleClosed(connection, failed->error.code);
    if (std::holds_alternative<Session::KeyConfirmed>(event)) {
      connection.confirms = false;
      if (!KeepProved(*connection.peer, *connection.key)) HandleClosed(connection, Errc::kDenied);
    }
  }

  void ForgetChallenge(Connection& connection) {
    if (connection.challenge) open_challenges_.Erase(*connection.challenge);
    connection.challenge.reset();
  }

  // The connection is over, whoever has ended it.
  void HandleClosed(Connection& connection, Errc reason) {
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
    } else if (keep->approved && host_.disk.count(Name(*keep->peer)) > 0) {
      // Approved, stored, and the connection lost: the key is proved as soon as they meet again.
      host_.disk[Name(*keep->peer)].address = AddressText(keep->link->hosts[1]);
      Schedule(Name(*keep->peer), host_.disk[Name(*keep->peer)]);
    }
    Turn();
  }

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

#endif  // CCTL_TESTS_SIMULATION_WORLD_RELAY_H_
