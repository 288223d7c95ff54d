// SPDX-License-Identifier: MIT
//
// The other end of a Node's connection as a test plays it: a socket that sends exactly the bytes it is given, and what
// came over it in lines. And the handshake's lines, right or wrong, as both roles write them.

#ifndef CCTL_TESTS_NODE_RAW_PEER_H_
#define CCTL_TESTS_NODE_RAW_PEER_H_

#include <gtest/gtest.h>

#ifndef _WIN32
#include <fcntl.h>
#include <sys/socket.h>
#endif

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cctl/base/bytes.h"
#include "cctl/base/time.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/native_address.h"
#include "cctl/net/socket_api.h"
#include "cctl/net/stream_socket.h"
#include "cctl/net/tcp_socket.h"
#include "cctl/wire/handshake_messages.h"
#include "cctl/wire/message_envelope.h"

namespace cctl::testing {

class RawPeer {
 public:
  RawPeer() = default;
  explicit RawPeer(StreamSocket socket) : socket_(std::move(socket)) {}

  // A connection from 127.0.0.`from` to 127.0.0.1, made when this returns.
  static RawPeer ConnectTo(std::uint16_t port, std::uint8_t from = 1) {
    const NativeAddress one(Endpoint{IpAddress::V4(127, 0, 0, from), 0});
    const NativeAddress other(Endpoint{IpAddress::V4(127, 0, 0, 1), port});
    Socket socket(::socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_EQ(::bind(socket.native(), one.get(), one.size()), 0);
    EXPECT_EQ(::connect(socket.native(), other.get(), other.size()), 0);
#ifdef _WIN32
    EXPECT_TRUE(detail::SetNonBlocking(socket.native()));
#else
    EXPECT_EQ(::fcntl(socket.native(), F_SETFL, O_NONBLOCK), 0);
#endif
    return RawPeer(StreamSocket(std::move(socket)));
  }

  // How much of it the socket took.
  std::size_t SendSome(std::string_view bytes) {
    const IoResult written = socket_.Write(AsBytes(bytes));
    broken_ = written.status == IoStatus::kClosed || written.status == IoStatus::kError;
    return written.size;
  }
  // Whether the last sending found the connection gone.
  [[nodiscard]] bool broken() const { return broken_; }
  // For what fits into any socket buffer.
  void Send(std::string_view bytes) { EXPECT_EQ(SendSome(bytes), bytes.size()); }
  void EndSending() { socket_.ShutdownWrite(); }
  void Close() { socket_.Close(); }

  // The next whole line, without its newline, if it has come.
  std::optional<std::string> TakeLine() {
    Receive();
    const std::size_t end = received_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    std::string line = received_.substr(0, end);
    received_.erase(0, end + 1);
    return line;
  }
  // Whether the other side has ended the connection.
  bool ended() {
    Receive();
    return ended_;
  }
  // What has come and was not taken.
  [[nodiscard]] const std::string& received() const { return received_; }
  // Gives back the memory of what has come.
  void Forget() { std::string().swap(received_); }

  explicit operator bool() const { return static_cast<bool>(socket_); }

 private:
  void Receive() {
    while (!ended_ && socket_) {
      std::uint8_t buffer[16 * 1024];
      const IoResult read = socket_.Read(buffer);
      if (read.status == IoStatus::kWouldBlock) return;
      ended_ = read.status != IoStatus::kOk;
      if (!ended_) received_.append(reinterpret_cast<const char*>(buffer), read.size);
    }
  }

  StreamSocket socket_;
  std::string received_;
  bool ended_ = false;
  bool broken_ = false;
};

// A socket that listens on a free port, without a relay behind it.
class RawListener {
 public:
  RawListener() : listener_(TcpListener::Listen({IpAddress::V4(127, 0, 0, 1), 0}).value()) {}

  [[nodiscard]] std::uint16_t port() const { return listener_.local().port; }

  // Whoever has connected, if somebody has.
  std::optional<RawPeer> Accept() {
    AcceptedTcp accepted = listener_.Accept();
    if (accepted.status != AcceptStatus::kAccepted) return std::nullopt;
    return RawPeer(std::move(accepted.socket));
  }

 private:
  TcpListener listener_;
};

inline constexpr std::int64_t kRawTimestamp = 1'795'422'026'237;

inline MessageHeader RawHeader(std::string_view from) { return {"msg_raw", from, UnixTime{kRawTimestamp}}; }

// What a line's payload says; null if the line is none or of another type.
inline nlohmann::json PayloadOf(std::string_view line, std::string_view type) {
  const auto message = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!message.is_object() || message.value("msg_type", "") != type) return nullptr;
  return message["payload"];
}

// The nonce of a challenge; ends the test's process if there is none.
inline Nonce NonceOf(std::string_view challenge) {
  return Nonce::Parse(PayloadOf(challenge, "challenge").value("nonce", "")).value();
}

inline std::string ChallengeLine(std::string_view listener, const Nonce& nonce) {
  std::string line;
  AppendChallenge(line, RawHeader(listener), nonce);
  return line;
}

// The connector's line with a right proof by `key`.
inline std::string HandshakeLine(std::string_view connector, const Psk& key, const Nonce& nonce,
                                 const std::optional<Nonce>& client_nonce = std::nullopt, bool rekey = false) {
  std::string line;
  AppendHandshake(line, RawHeader(connector),
                  Handshake{.proof = ConnectorProof(key, nonce),
                            .version = "1.0.0",
                            .client_nonce = client_nonce,
                            .port = std::nullopt,
                            .rekey = rekey});
  return line;
}

inline std::string AckLine(std::string_view listener, AckStatus status, const std::optional<Proof>& proof = {}) {
  std::string line;
  AppendHandshakeAck(line, RawHeader(listener), status, proof ? &*proof : nullptr);
  return line;
}

inline std::string HeartbeatLine(std::string_view from, const std::optional<Proof>& confirm = {}) {
  std::string line;
  AppendHeartbeat(line, RawHeader(from), confirm ? &*confirm : nullptr);
  return line;
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_NODE_RAW_PEER_H_
