// SPDX-License-Identifier: MIT
//
// What a program does with the machines of cctl/machines.h, whatever moves its bytes: own_loop_poll.cc and
// own_loop_asio.cc are two such programs. A laptop announces itself and lets in who asks; a desktop hears it, asks, and
// once they are paired says hello. Both stand for one program each; here they are in one process, on the loopback.
//
// After every call of a side: send what TakeOutput() gives, and call HandleTimeout() when PollTimeout() has come.

#ifndef CCTL_DOCS_EXAMPLES_PAIRING_SIDES_H_
#define CCTL_DOCS_EXAMPLES_PAIRING_SIDES_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "cctl/machines.h"
#include "cctl/sys/clock.h"

namespace example {

inline cctl::Identity Name(std::string_view text) { return *cctl::Identity::Parse(text); }

template <typename Value>
Value Required(cctl::Result<Value> result) {
  if (!result) std::abort();  // the random source has failed: there is no safe way on
  return *std::move(result);
}

inline std::array<std::uint8_t, 4> ProcessTag(cctl::RandomSource& random) {
  std::array<std::uint8_t, 4> tag = {};
  if (!random.Fill(tag)) std::abort();
  return tag;
}

// What both sides have: lines out of bytes, a handshake, then a session.
template <typename Handshake>
class Side {
 public:
  Side(cctl::Identity self, cctl::RandomSource& random, const typename Handshake::Config& config, cctl::Instant now)
      : self_(self), ids_(ProcessTag(random)), handshake_(config, now) {}

  // Bytes have arrived; empty: the connection has ended.
  void Receive(cctl::Instant now, std::string_view bytes) {
    if (bytes.empty()) handshake_.HandleClosed();
    for (;;) {
      const auto line = reader_.Next(bytes);
      if (!line || !*line) {
        ended_ = ended_ || !line;
        return;
      }
      if (session_) {
        HandleSession(now, session_->HandleLine(now, **line));
      } else {
        handshake_.HandleLine(now, **line);
        HandleHandshake(now);
      }
    }
  }

  void HandleTimeout(cctl::Instant now) {
    if (session_) {
      ended_ = ended_ || session_->HandleTimeout(now).has_value();
      session_->PollTransmit(now, cctl::WallNow(), ids_, self_, output_);
    } else {
      handshake_.HandleTimeout(now);
      HandleHandshake(now);
    }
  }
  [[nodiscard]] std::optional<cctl::Instant> PollTimeout() const {
    return session_ ? session_->PollTimeout() : handshake_.PollTimeout();
  }

  std::string TakeOutput() { return std::exchange(output_, {}); }
  [[nodiscard]] bool ended() const { return ended_; }  // close the connection once everything is sent

 protected:
  ~Side() = default;

  virtual void HandleEvent(cctl::Instant now, const typename Handshake::Event& event) = 0;
  virtual void HandleSession(cctl::Instant now, const cctl::Session::Event& event) = 0;

  // Sends what the handshake has to say, and answers what it asks, until it waits for the other side.
  void HandleHandshake(cctl::Instant now) {
    output_ += handshake_.PollTransmit(ids_, cctl::WallNow());
    while (const auto event = handshake_.PollEvent()) {
      HandleEvent(now, *event);
      output_ += handshake_.PollTransmit(ids_, cctl::WallNow());
    }
  }
  void BeginSession(cctl::Instant now, const cctl::Session::Config& config) {
    session_.emplace(now, config);
    reader_.set_limit(cctl::kMaxLine);
  }
  void End() { ended_ = true; }

  [[nodiscard]] const cctl::Identity& self() const { return self_; }
  Handshake& handshake() { return handshake_; }
  cctl::Session& session() { return *session_; }
  cctl::MessageIds& ids() { return ids_; }
  std::string& output() { return output_; }

 private:
  cctl::Identity self_;
  cctl::MessageIds ids_;
  Handshake handshake_;
  std::optional<cctl::Session> session_;
  cctl::LineReader reader_;
  std::string output_;
  bool ended_ = false;
};

// The side that listens. Asking a person takes a while: the answer may come any time after PairRequested.
class Laptop final : public Side<cctl::ListenerHandshake> {
 public:
  Laptop(cctl::RandomSource& random, cctl::Instant now)
      : Side(Name("laptop-a3f2"), random,
             {.self = Name("laptop-a3f2"), .challenge = Required(cctl::Nonce::Generate(random))}, now) {
    HandleHandshake(now);
  }

 private:
  void HandleEvent(cctl::Instant now, const cctl::ListenerHandshake::Event& event) override {
    if (const auto* asked = std::get_if<cctl::ListenerHandshake::PairRequested>(&event)) {
      std::printf("laptop:  %s wants to pair, check %s: yes\n", std::string(asked->peer.view()).c_str(),
                  std::string(cctl::FormatCheckNumber(asked->check).view()).c_str());
      handshake().HandleDecision(now, cctl::PairStatus::kApproved);
    } else if (std::holds_alternative<cctl::ListenerHandshake::KeysWanted>(event)) {
      handshake().HandleKeys({}, /*answer_wrong_proofs=*/true);  // nobody else is paired
    } else if (std::holds_alternative<cctl::ListenerHandshake::StoreWanted>(event)) {
      handshake().HandleStored(true);  // a program stores the key here, durably, and says whether it could
    } else if (const auto* done = std::get_if<cctl::ListenerHandshake::Authenticated>(&event)) {
      std::printf("laptop:  connected to %s\n", std::string(done->peer.view()).c_str());
      BeginSession(now, {.peer_is_ours = done->proved, .expected_confirm = done->confirm});
    } else {
      End();
    }
  }

  void HandleSession(cctl::Instant, const cctl::Session::Event& event) override {
    if (const auto* received = std::get_if<cctl::Session::MessageReceived>(&event)) {
      std::printf("laptop:  %s\n", std::string(received->message.payload).c_str());
      session().FormatAck(cctl::WallNow(), ids(), self(), received->message.id, output());
    } else if (std::holds_alternative<cctl::Session::Failed>(event)) {
      End();
    }
  }
};

// The side that has found the other one, and connects.
class Desktop final : public Side<cctl::ConnectorHandshake> {
 public:
  Desktop(const cctl::Identity& peer, cctl::RandomSource& random, cctl::Instant now)
      : Side(Name("desktop-b7c1"), random,
             {.self = Name("desktop-b7c1"),
              .expected = peer,
              .version = *cctl::ParseVersion("1.0"),
              .client_nonce = Required(cctl::Nonce::Generate(random)),
              .proposal = NewKey(random)},
             now) {}

  [[nodiscard]] bool acknowledged() const { return acknowledged_; }

 private:
  static cctl::Psk NewKey(cctl::RandomSource& random) {
    cctl::Psk key;
    if (!random.Fill(key.mutable_bytes())) std::abort();
    return key;
  }

  void HandleEvent(cctl::Instant now, const cctl::ConnectorHandshake::Event& event) override {
    if (const auto* sent = std::get_if<cctl::ConnectorHandshake::PairRequestSent>(&event)) {
      std::printf("desktop: asks %s to pair, check %s\n", std::string(sent->peer.view()).c_str(),
                  std::string(cctl::FormatCheckNumber(sent->check).view()).c_str());
    } else if (std::holds_alternative<cctl::ConnectorHandshake::StoreWanted>(event)) {
      handshake().HandleStored(true);
    } else if (const auto* done = std::get_if<cctl::ConnectorHandshake::Authenticated>(&event)) {
      std::printf("desktop: connected to %s\n", std::string(done->peer.view()).c_str());
      BeginSession(now, {.peer_is_ours = done->proved, .confirm = done->confirm});
      if (!session().FormatMessage(now, cctl::WallNow(), ids(), self(), "chat", R"("hello")", output())) End();
    } else {
      End();
    }
  }

  void HandleSession(cctl::Instant, const cctl::Session::Event& event) override {
    acknowledged_ = acknowledged_ || std::holds_alternative<cctl::Session::AckReceived>(event);
    if (acknowledged_ || std::holds_alternative<cctl::Session::Failed>(event)) End();
  }

  bool acknowledged_ = false;
};

// What the laptop announces.
inline cctl::Announcer MakeAnnouncer(std::uint16_t port, cctl::RandomSource& random, cctl::Instant now) {
  return {{.self = Name("laptop-a3f2"),
           .instance = Required(cctl::GenerateInstanceId(random)),
           .port = port,
           .version = *cctl::ParseVersion("1.0")},
          random,
          now};
}

// Who the desktop has heard; a program that runs for longer also calls HandleTimeout() and answers ProbeWanted.
inline cctl::NearbyPeers MakeNearby(cctl::RandomSource& random, cctl::Instant now) {
  std::array<std::uint8_t, 16> key = {};
  if (!random.Fill(key)) std::abort();
  return {{.self = Name("desktop-b7c1"),
           .instance = std::nullopt,
           .hash_key = {cctl::LoadBigEndian64(key.data()), cctl::LoadBigEndian64(key.data() + 8)}},
          now};
}

// A datagram of the network's announcements: whom to ask, and where.
inline std::optional<cctl::NearbyPeers::PeerFound> HandleDatagram(cctl::Instant now, const cctl::AddressKey& from,
                                                                  std::string_view datagram,
                                                                  cctl::NearbyPeers& nearby) {
  const auto parsed = cctl::ParseLanDatagram(datagram);
  if (!parsed) return std::nullopt;  // anybody can send anything
  if (const auto* announcement = std::get_if<cctl::Announcement>(&*parsed)) {
    nearby.HandleAnnouncement(now, from, *announcement);
  }
  while (const auto event = nearby.PollEvent()) {
    if (const auto* found = std::get_if<cctl::NearbyPeers::PeerFound>(&*event)) return *found;
  }
  return std::nullopt;
}

// An IPv4 address as cctl keeps addresses: mapped into IPv6 (RFC 4291, section 2.5.5.2).
inline cctl::AddressKey MapIpv4(std::uint32_t address) {
  cctl::AddressKey key = {};
  key[10] = key[11] = 0xff;
  cctl::StoreBigEndian32(address, key.data() + 12);
  return key;
}
inline std::uint32_t Ipv4Of(const cctl::AddressKey& key) { return cctl::LoadBigEndian32(key.data() + 12); }

}  // namespace example

#endif  // CCTL_DOCS_EXAMPLES_PAIRING_SIDES_H_
