// SPDX-License-Identifier: MIT
//
// Discovery on the LAN as an object of an event loop: the two UDP sockets, and the machines behind them (Announcer,
// LanSearch, NearbyPeers). One socket has a port of its own: by it we announce, ask and hear the answers. The other
// shares the well-known port, where announcements and queries are broadcast to. The interfaces are read anew with each
// announcement, so that those which come and go are used as they are.
//
// A relay announces itself; a command only looks around (`listen_port` 0), beside a relay or without one, and hears the
// announcements of others where it wants to (`hear`).
//
//   auto lan = cctl::Lan::Create(config, random, poller, first_token, now);
//   (*lan)->HandleReady(now, ready);     // tokens from first_token on, two of them
//   (*lan)->HandleTimeouts(now);         // and again at NextTimeout()
//   while (auto event = (*lan)->PollEvent()) { ... }

#ifndef CCTL_NODE_LAN_H_
#define CCTL_NODE_LAN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/base/errc.h"
#include "cctl/base/random_source.h"
#include "cctl/base/result.h"
#include "cctl/base/sip_hash.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/interfaces.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/lan_links.h"
#include "cctl/net/poller.h"
#include "cctl/net/readiness.h"
#include "cctl/net/stream_socket.h"
#include "cctl/net/udp_socket.h"
#include "cctl/node/address_keys.h"
#include "cctl/node/lan_options.h"
#include "cctl/proto/announcer.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/proto/lan_search.h"
#include "cctl/proto/nearby_peers.h"
#include "cctl/wire/announcement.h"
#include "cctl/wire/instance_id.h"
#include "cctl/wire/version_text.h"
#include "cctl/wire/wire_limits.h"

namespace cctl {

class Lan {
 public:
  struct Config {
    Identity self;
    VersionText version;
    IpAddress bound = {};           // where the relay listens; unspecified: everywhere
    std::uint16_t listen_port = 0;  // 0: do not announce
    bool hear = false;              // share the well-known port all the same
    LanOptions options = {};
  };

  // A name that is paired was heard from an address on the link.
  struct PairedHeard {
    Identity identity;
    Endpoint address;
    bool new_instance = false;
  };
  struct Warning {
    Errc code = Errc::kIo;
    std::string message;
  };
  using Event = std::variant<NearbyPeers::Event, PairedHeard, Warning>;

  // What was dropped, and why. Never printed: it may be anything.
  struct Dropped {
    std::uint64_t malformed = 0;   // no announcement, query or goodbye
    std::uint64_t off_link = 0;    // from elsewhere than the networks of this machine
    std::uint64_t echoes = 0;      // our own
    std::uint64_t no_room = 0;     // newcomers beyond the share of their address
    std::uint64_t unanswered = 0;  // queries beyond the share of their address
  };

  // Takes two tokens of the poller. Errors: those of UdpSocket::Bind for a port of its own, and the random source's.
  // The well-known port is tried again until it can be had.
  static Result<std::unique_ptr<Lan>> Create(const Config& config, RandomSource& random, Poller& poller,
                                             std::uint64_t first_token, Instant now);

  Lan(const Lan&) = delete;
  Lan& operator=(const Lan&) = delete;
  // Says goodbye, where it has announced.
  ~Lan();

  void HandleReady(Instant now, const Ready& ready);
  void HandleTimeouts(Instant now);
  [[nodiscard]] std::optional<Instant> NextTimeout() const;
  std::optional<Event> PollEvent();

  // Asks everybody anew; who has not answered at search().end() is not there.
  void Search(Instant now);
  [[nodiscard]] const LanSearch& search() const { return search_; }
  NearbyPeers& nearby() { return nearby_; }
  [[nodiscard]] const NearbyPeers& nearby() const { return nearby_; }
  [[nodiscard]] Dropped dropped() const;

  void set_paired_count(std::uint32_t count) {
    if (announcer_) announcer_->set_paired_count(count);
  }
  void set_interval(Instant now, Duration interval) {
    config_.options.announce_interval = interval;
    nearby_.set_interval(interval);
    if (announcer_) announcer_->set_interval(now, interval);
  }

  // Whether an address is on a network of this machine, or this machine itself: what a key may be sent to in clear.
  [[nodiscard]] bool IsOnLink(const IpAddress& ip) const { return cctl::IsOnLink(interfaces_, ip); }
  // Whether auto_approve_lan is meant for it.
  [[nodiscard]] bool IsNeighbour(const IpAddress& ip) const { return cctl::IsNeighbour(links_, ListRouters(), ip); }
  // The names of the networks that we announce on.
  [[nodiscard]] std::vector<std::string> LinkNames() const;

 private:
  // In one turn of the loop: a flood is read as fast as everything else allows, and no faster.
  static constexpr int kDatagramsInOneTurn = 256;
  static constexpr Duration kBindRetry = Seconds(1);
  static constexpr Duration kBindPatience = Seconds(10);
  // Interfaces are looked at again, at most so often, when somebody is heard from a network that is not known.
  static constexpr Duration kInterfaceRetry = Seconds(1);

  Lan(const Config& config, RandomSource& random, Poller& poller, std::uint64_t first_token, UdpSocket own,
      std::optional<InstanceId> instance, const SipKey& key, Instant now);

  // Whether an address is on one of the networks that we use, or this machine.
  [[nodiscard]] bool IsHeard(const IpAddress& ip) const {
    if (ip.IsLoopback()) return config_.bound.IsUnspecified() || config_.bound.IsLoopback();
    return !config_.bound.IsLoopback() && cctl::IsOnLink(links_, ip);
  }
  [[nodiscard]] bool Hears() const { return announcer_ || config_.hear; }
  void BindShared(Instant now);
  void ReadInterfaces(Instant now);
  void ReceiveAll(Instant now, const UdpSocket& socket);
  void HandleDatagram(Instant now, const Endpoint& from, const LanDatagram& datagram);
  void HandleAnnouncement(Instant now, const Endpoint& from, const Announcement& announcement);
  void SendDue();
  void Broadcast(std::string_view datagram);
  void NoteSent(const BroadcastTarget& target, const Result<void>& sent);

  Config config_;
  Poller& poller_;
  const std::uint64_t first_token_;
  UdpSocket own_;
  std::optional<UdpSocket> shared_;
  Instant bind_at_;  // while there is no shared_: when it is tried (again)
  Instant warn_at_;  // and when it is said that it does not work
  bool warned_ = false;
  std::optional<Announcer> announcer_;
  LanSearch search_;
  NearbyPeers nearby_;
  std::vector<InterfaceAddress> interfaces_;
  std::vector<InterfaceAddress> links_;
  std::vector<BroadcastTarget> targets_;
  Instant interfaces_read_;
  std::map<std::string, bool> failing_;  // by interface: whether the last datagram could not be sent there
  std::deque<Event> events_;
  Dropped dropped_;
};

inline Result<std::unique_ptr<Lan>> Lan::Create(const Config& config, RandomSource& random, Poller& poller,
                                                std::uint64_t first_token, Instant now) {
  std::array<std::uint8_t, 16> seed;
  if (const auto filled = random.Fill(seed); !filled) return filled.error();
  SipKey key;
  for (std::size_t i = 0; i < 8; ++i) {
    key.low = key.low << 8 | seed[i];
    key.high = key.high << 8 | seed[8 + i];
  }
  std::optional<InstanceId> instance;
  if (config.listen_port != 0) {
    const auto generated = GenerateInstanceId(random);
    if (!generated) return generated.error();
    instance = *generated;
  }
  auto own = UdpSocket::Bind({config.bound, 0}, PortUse::kAlone);
  if (!own) return own.error();
  std::unique_ptr<Lan> lan(new Lan(config, random, poller, first_token, *std::move(own), instance, key, now));
  if (auto added = poller.Add(lan->own_.native(), Interest::kRead, first_token); !added) return added.error();
  return lan;
}

inline Lan::Lan(const Config& config, RandomSource& random, Poller& poller, std::uint64_t first_token, UdpSocket own,
                std::optional<InstanceId> instance, const SipKey& key, Instant now)
    : config_(config),
      poller_(poller),
      first_token_(first_token),
      own_(std::move(own)),
      bind_at_(now),
      warn_at_(now + kBindPatience),
      search_(config.self, now),
      nearby_({.self = config.self,
               .instance = instance,
               .hash_key = key,
               .interval = config.options.announce_interval,
               // Who only looks around has no time to wait for a second announcement.
               .max_probation = instance ? kMaxProbation : kMaxNearby},
              now) {
  if (instance) {
    announcer_.emplace(Announcer::Config{.self = config.self,
                                         .instance = *instance,
                                         .port = config.listen_port,
                                         .version = config.version,
                                         .interval = config.options.announce_interval},
                       random, now);
  }
  ReadInterfaces(now);
}

inline Lan::~Lan() {
  if (announcer_) {
    announcer_->Stop();
    while (const auto transmit = announcer_->PollTransmit()) Broadcast(transmit->datagram);
  }
  (void)poller_.Remove(own_.native());
  if (shared_) (void)poller_.Remove(shared_->native());
}

inline void Lan::HandleReady(Instant now, const Ready& ready) {
  if (ready.token == first_token_) ReceiveAll(now, own_);
  if (ready.token == first_token_ + 1 && shared_) ReceiveAll(now, *shared_);
  SendDue();
}

inline void Lan::HandleTimeouts(Instant now) {
  if (Hears() && !shared_ && now >= bind_at_) BindShared(now);
  if (announcer_) {
    const auto due = announcer_->PollTimeout();
    if (due && now >= *due && now - interfaces_read_ >= kInterfaceRetry) ReadInterfaces(now);
    announcer_->HandleTimeout(now);
  }
  search_.HandleTimeout(now);
  nearby_.HandleTimeout(now);
  SendDue();
}

inline std::optional<Instant> Lan::NextTimeout() const {
  std::optional<Instant> next;
  const auto note = [&next](std::optional<Instant> at) { next = at && (!next || *at < *next) ? at : next; };
  if (Hears() && !shared_) note(bind_at_);
  if (announcer_) note(announcer_->PollTimeout());
  note(search_.PollTimeout());
  note(nearby_.PollTimeout());
  return next;
}

inline std::optional<Lan::Event> Lan::PollEvent() {
  if (auto event = nearby_.PollEvent()) return Event(*std::move(event));
  if (events_.empty()) return std::nullopt;
  std::optional<Event> event(std::move(events_.front()));
  events_.pop_front();
  return event;
}

inline void Lan::Search(Instant now) {
  if (now - interfaces_read_ >= kInterfaceRetry) ReadInterfaces(now);
  search_.Restart(now);
  HandleTimeouts(now);
}

inline Lan::Dropped Lan::dropped() const {
  Dropped dropped = dropped_;
  if (announcer_) dropped.unanswered = announcer_->refused();
  return dropped;
}

inline std::vector<std::string> Lan::LinkNames() const {
  std::vector<std::string> names;
  for (const InterfaceAddress& link : links_) {
    if (names.empty() || names.back() != link.name) names.push_back(link.name);
  }
  return names;
}

inline void Lan::BindShared(Instant now) {
  auto bound = UdpSocket::Bind({IpAddress(), config_.options.port}, PortUse::kShared);
  if (bound && poller_.Add(bound->native(), Interest::kRead, first_token_ + 1)) {
    shared_ = *std::move(bound);
    return;
  }
  bind_at_ = now + kBindRetry;
  if (warned_ || now < warn_at_) return;
  warned_ = true;
  events_.push_back(Warning{Errc::kAlreadyRunning,
                            "another program holds UDP port " + std::to_string(config_.options.port) +
                                " and does not share it: this machine announces itself, but hears others only when it "
                                "asks"});
}

inline void Lan::ReadInterfaces(Instant now) {
  interfaces_read_ = now;
  auto listed = ListInterfaces();
  if (!listed) return;  // what was known before is still the best guess
  interfaces_ = *std::move(listed);
  links_ = SelectLanLinks(interfaces_, {config_.options.interfaces, config_.options.exclude_interfaces}, config_.bound);
  targets_ = BroadcastTargets(links_, config_.bound);
}

inline void Lan::ReceiveAll(Instant now, const UdpSocket& socket) {
  std::array<std::uint8_t, kMaxDatagram + 1> bytes;
  for (int i = 0; i < kDatagramsInOneTurn; ++i) {
    const ReceivedDatagram received = socket.Receive(bytes);
    if (received.status == IoStatus::kWouldBlock) return;
    if (received.status != IoStatus::kOk) continue;
    if (!IsHeard(received.from.ip) && now - interfaces_read_ >= kInterfaceRetry) ReadInterfaces(now);
    if (!IsHeard(received.from.ip)) {
      ++dropped_.off_link;
      continue;
    }
    const auto datagram = ParseLanDatagram(AsText(ByteView(bytes).first(received.size)));
    if (datagram) {
      HandleDatagram(now, received.from, *datagram);
    } else {
      ++dropped_.malformed;
    }
  }
}

inline void Lan::HandleDatagram(Instant now, const Endpoint& from, const LanDatagram& datagram) {
  if (const auto* announcement = std::get_if<Announcement>(&datagram)) {
    HandleAnnouncement(now, from, *announcement);
  } else if (const auto* goodbye = std::get_if<Goodbye>(&datagram)) {
    nearby_.HandleGoodbye(ToAddressKey(from.ip), *goodbye);
  } else if (announcer_ && from.port != config_.options.port) {
    // From the well-known port nobody asks: an answer to it would be heard as an announcement by who did not ask.
    announcer_->HandleQuery(now, {ToAddressKey(from.ip), from.port});
  }
}

inline void Lan::HandleAnnouncement(Instant now, const Endpoint& from, const Announcement& announcement) {
  // A relay of this machine, heard by a command of this machine, is no second machine with its name.
  if (!announcer_ && SameName(announcement.identity, config_.self)) {
    for (const InterfaceAddress& own : interfaces_) {
      if (own.address == from.ip || from.ip.IsLoopback()) return;
    }
  }
  const NearbyPeers::Heard heard = nearby_.HandleAnnouncement(now, ToAddressKey(from.ip), announcement);
  if (heard.verdict == NearbyPeers::Verdict::kEcho) ++dropped_.echoes;
  if (heard.verdict == NearbyPeers::Verdict::kNoRoom) ++dropped_.no_room;
  if (heard.paired) {
    events_.push_back(PairedHeard{announcement.identity, {from.ip, announcement.port}, heard.new_instance});
  }
}

inline void Lan::SendDue() {
  if (announcer_) {
    while (const auto transmit = announcer_->PollTransmit()) {
      if (transmit->to) {
        (void)own_.Send(AsBytes(transmit->datagram), ToEndpoint(*transmit->to));  // lost, as on the way: it asks again
      } else {
        Broadcast(transmit->datagram);
      }
    }
  }
  while (const auto query = search_.PollTransmit()) Broadcast(*query);
}

inline void Lan::Broadcast(std::string_view datagram) {
  for (const BroadcastTarget& target : targets_) {
    const Endpoint to{target.to, config_.options.port};
    if (target.index == 0) {
      (void)own_.Send(AsBytes(datagram), to);
    } else if (UdpSocket::CanChooseInterface()) {
      NoteSent(target, own_.SendBy({target.index, target.source}, AsBytes(datagram), to));
    } else if (!target.to.IsLimitedBroadcast()) {
      NoteSent(target, own_.Send(AsBytes(datagram), to));
    }
  }
}

inline void Lan::NoteSent(const BroadcastTarget& target, const Result<void>& sent) {
  const bool fails = !sent && sent.error().code != Errc::kBusy;
  bool& failing = failing_[target.name];
  if (fails && !failing) {
    events_.push_back(Warning{Errc::kIo, "cannot announce on " + target.name + " (system error " +
                                             std::to_string(sent.error().value) + "); other interfaces go on"});
  }
  failing = fails;
}

}  // namespace cctl

#endif  // CCTL_NODE_LAN_H_
