// SPDX-License-Identifier: MIT
//
// The inside of a Node: moves bytes and timeouts between the sockets and the machines of proto/, and their questions to
// the state folder. It decides nothing: who is let in, whose key is tried, whom to dial and which session stays is
// answered by Admission, ListKeyCandidates, Peers and the two handshakes.
//
// This header declares it. What it does is in engine_connections.h (sockets, lines, closing), engine_handshakes.h (from
// the first line to the session), engine_sessions.h (what follows), engine_messages.h (applications' messages),
// engine_dials.h (from a name to a connection), engine_lan.h (who is near), engine_pairing.h (pair requests, both
// ways), engine_reach.h (a project's peer, wherever it is), engine_tailnet.h (Tailscale) and engine_tailnet_keys.h (who
// is let in by it); whoever uses it includes cctl/node/node.h.

#ifndef CCTL_NODE_ENGINE_H_
#define CCTL_NODE_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/host_port.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite_link.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/ip_address.h"
#include "cctl/net/name_resolver.h"
#include "cctl/net/poller.h"
#include "cctl/net/readiness.h"
#include "cctl/net/tcp_socket.h"
#include "cctl/node/connection.h"
#include "cctl/node/dial.h"
#include "cctl/node/dial_targets.h"
#include "cctl/node/lan.h"
#include "cctl/node/lan_options.h"
#include "cctl/node/message_inbox.h"
#include "cctl/node/node_context.h"
#include "cctl/node/node_options.h"
#include "cctl/node/outcome.h"
#include "cctl/node/peer_book.h"
#include "cctl/node/tailnet.h"
#include "cctl/node/tailnet_map.h"
#include "cctl/node/tailnet_options.h"
#include "cctl/node/timer_queue.h"
#include "cctl/proto/admission.h"
#include "cctl/proto/auto_approval.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/proto/nearby_peers.h"
#include "cctl/proto/pair_queue.h"
#include "cctl/proto/session.h"
#include "cctl/proto/tailnet_prober.h"
#include "cctl/store/meta_file.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/wire/json_string.h"
#include "cctl/wire/pair_messages.h"

namespace cctl {

// How long accepting pauses when no descriptor is left: sessions end, and it is tried again.
inline constexpr Duration kAcceptPause = Milliseconds(100);

class Engine {
 public:
  // Tokens of the poller from here on are not the engine's.
  static constexpr std::uint64_t kForeignTokens = std::uint64_t{8} << 56;

  Engine(NodeContext& context, Poller& poller, NameResolver resolver, Instant now);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  Result<void> Listen(const Endpoint& at);
  void Begin(Instant now);  // reads the peers and dials them

  RequestId Join(const InviteLink& link, const DialOptions& options);
  RequestId Connect(const ConnectTarget& target, const DialOptions& options);
  RequestId PairWith(const PairTarget& target, const DialOptions& options);
  RequestId Reach(const ReachTarget& target, const DialOptions& options);
  RequestId SendMessage(const Identity& peer, std::string_view type, std::string_view payload, Duration timeout);
  bool Disconnect(const Identity& peer);
  void Forget(const Identity& peer);  // of which the files are gone
  void Reload();
  // Discovery begins, ends or goes on as the options say; where they cannot be had, with a warning. `bound`: where we
  // listen.
  void SetLan(LanOptions options);
  [[nodiscard]] const Lan* lan() const { return lan_.get(); }
  // The same for Tailscale. Where it ends, or begins anew, so do the sessions that rest on it.
  void SetTailnet(TailnetOptions options);
  [[nodiscard]] const Tailnet* tailnet() const { return tailnet_.get(); }
  // Where in the tailnet a peer is that has connected by it.
  [[nodiscard]] std::optional<Endpoint> FindInTailnet(const Identity& peer) const;
  // Ends with the object of `tailnet`, by a fresh status.
  RequestId ReportTailnet();
  [[nodiscard]] const PairQueue& pair_queue() const { return pair_queue_; }
  // Decides the requests that a word names, an id or an identity.
  Outcome<nlohmann::json> DecidePair(std::string_view word, bool approved);
  Outcome<nlohmann::json> DenyAllPairs();
  void Shutdown();
  [[nodiscard]] bool done() const { return stopping_ && connections_.size() == 0; }

  void HandleReady(const Ready& ready);
  void HandleTimeouts(Instant now);
  [[nodiscard]] std::optional<Instant> NextTimeout() const;
  void WriteMetas() { book_.WriteMetas(); }
  void WriteSomeMetas() { book_.WriteMetas(PeerBook::kMetasInOneTurn); }

  [[nodiscard]] std::optional<Endpoint> local() const {
    return listener_ ? std::optional<Endpoint>(listener_->local()) : std::nullopt;
  }
  [[nodiscard]] std::size_t session_count() const { return sessions_; }
  [[nodiscard]] std::optional<Peers::Status> StatusOf(const Identity& peer) { return book_.peers().Find(peer); }
  // Where the peer was seen last, if its meta does not say so yet; else empty.
  [[nodiscard]] std::string_view UnwrittenAddressOf(const Identity& peer) const {
    return book_.UnwrittenAddressOf(peer);
  }
  [[nodiscard]] const PeerBook& book() const { return book_; }
  MessageInbox& inbox() { return inbox_; }

 private:
  static constexpr std::uint64_t kListenerToken = std::uint64_t{1} << 56;
  static constexpr std::uint64_t kResolverToken = std::uint64_t{2} << 56;
  static constexpr std::uint64_t kDialTimers = std::uint64_t{3} << 56;     // and the dial's number
  static constexpr std::uint64_t kLanTokens = std::uint64_t{4} << 56;      // two
  static constexpr std::uint64_t kTailnetTokens = std::uint64_t{5} << 56;  // Tailnet::kTokens

  // engine_connections.h
  void AcceptAll(Instant now);
  void PauseAccepting(Instant now);
  void ResumeAccepting();
  Connection* Adopt(StreamSocket socket, Interest interest);
  void Read(Instant now, ConnectionId id);
  bool HandleBytes(Instant now, ConnectionId id, std::string_view bytes);
  void HandleLine(Instant now, Connection& connection, std::string_view line);
  void HandleEnd(Instant now, Connection& connection);
  void Send(Instant now, Connection& connection, std::string_view bytes);
  void Flush(Instant now, Connection& connection);
  void Settle(Connection& connection);
  void Wake(Instant now, ConnectionId id);
  void Arm(Connection& connection);
  // Ends a connection; what it was for is told `reason`. `linger`: what has been sent is delivered first.
  void Close(Instant now, ConnectionId id, const Error& reason, bool linger);
  void Erase(Connection& connection);

  // engine_handshakes.h
  void BeginListener(Instant now, Connection& connection, const Endpoint& remote);
  void BeginConnector(Instant now, Connection& connection);
  void DriveHandshake(Instant now, ConnectionId id);
  void DriveListener(Instant now, Connection& connection);
  void DriveConnector(Instant now, Connection& connection);
  [[nodiscard]] std::string WhyNoProof(const ListenerHandshake::Failed& failed) const;
  void HandleDenied(Instant now, Connection& connection, const ListenerHandshake::Failed& failed);

  // engine_sessions.h
  struct SessionStart {
    Identity peer;
    bool proved = false;                       // as Peers::HandleAuthenticated
    bool peer_proved = false;                  // the peer holds the key that is stored now
    std::uint16_t port = 0;                    // where an accepted one says it listens
    std::optional<Proof> confirm = {};         // to send
    std::optional<Proof> expect_confirm = {};  // to come
    std::optional<Psk> confirms = {};          // then: which key
    std::optional<StableId> node = {};         // by whose tailnet key it was let in
  };
  void BeginSession(Instant now, Connection& connection, const SessionStart& start);
  void HandleSessionLine(Instant now, Connection& connection, std::string_view line);
  void HandlePeers(Instant now);
  void EndAttempts(Instant now, const Identity& peer);
  void LookForUnconfirmed(Instant at);
  void LoadPeers(Instant now);
  void MarkProved(const Identity& peer);
  enum class Kept : std::uint8_t { kYes, kOther, kUnknown };  // kUnknown: the disk fails, and the owner was told
  Kept KeepProved(const Identity& peer, const Psk& key);

  // engine_dials.h
  DialId StartDial(Instant now, Dial dial, std::string_view host, std::uint16_t port);
  DialId StartDial(Instant now, Dial dial, std::vector<Endpoint> endpoints);
  void CheckPaired(Instant now, RequestId request, const Identity& peer, const DialOptions& options);
  void StartKeepDial(Instant now, const Peers::DialWanted& wanted);
  void HandleResolved(Instant now);
  void TryNext(Instant now, DialId id);
  void HandleAttemptFailed(Instant now, DialId id, const Error& error);
  void LogOutOfReach(const Dial& dial, const Error& error);
  void FailDial(Instant now, DialId id, const Error& error);
  void FinishDial(Instant now, DialId id, const Identity& peer, const Endpoint& remote, bool proved);
  void FinishRequest(RequestId request, Outcome<nlohmann::json> outcome);
  [[nodiscard]] nlohmann::json DialResult(const Identity& peer, std::string_view addr, std::string_view status,
                                          bool proved) const;

  // engine_messages.h
  struct Sending {
    RequestId request = 0;
    Identity peer;
    ConnectionId connection{};
    std::string type;
    std::string payload;
    Instant sent = {};  // or is to be
    Instant deadline = {};
    std::string id = {};  // of the message; empty: it has not been sent yet
  };
  void TransmitMessage(Instant now, Sending& sending);
  void HandleAck(Instant now, const Connection& connection, const JsonString& id);
  void EndSendings(ConnectionId closed);
  void HandleSendTimeouts(Instant now);

  // engine_lan.h
  void StartLan(Instant now);
  void HandleLan(Instant now);
  void HandleNearby(Instant now, const NearbyPeers::Event& event);
  void Probe(Instant now, const NearbyPeers::ProbeWanted& wanted);
  void LogLinks();

  // engine_tailnet.h
  // Who has which address there; null: it is not known, or not used.
  [[nodiscard]] const TailnetMap* tailnet_map() const { return tailnet_ != nullptr ? tailnet_->map() : nullptr; }
  void StartTailnet(Instant now);
  void EndTailnet(Instant now);
  void HandleTailnet(Instant now);
  void ProbeNode(Instant now, const TailnetProber::ProbeWanted& wanted);
  void FinishProbe(Instant now, const Dial& dial, const Error& error);
  void DropNode(Instant now, const StableId& node);
  void BeginTailnetSession(Instant now, const Identity& peer, const StableId& node, DialId dial);
  void NoteGuestGone(Instant now, const Identity& peer);
  void FinishTailnetReports();
  bool WaitForTailnet(Instant now, Dial& dial);
  [[nodiscard]] bool AwaitsTailnet() const { return tailnet_ != nullptr && !tailnet_->answer(); }
  [[nodiscard]] bool IsTailnetAddress(const IpAddress& ip) const;
  [[nodiscard]] bool IsTailnetCandidate(const IpAddress& ip) const;
  [[nodiscard]] bool MayBeAskedThere(const Connection& connection) const;

  // engine_tailnet_keys.h
  [[nodiscard]] bool IsStranger(const Identity& peer) const;
  [[nodiscard]] std::optional<TailnetPath> TailnetPathOf(const Connection& connection) const;
  void AddTailnetKey(Connection& connection, const Identity& peer, std::vector<KeyCandidate>& candidates) const;
  bool TryTailnetKey(Instant now, Connection& connection, Dial& dial, const std::optional<Identity>& named);
  void AskForVoucher(Instant now, const Connection& connection);
  void HandleVouched(Instant now, const Tailnet::Vouched& vouched);
  bool Pin(const StableId& node, const Identity& peer);
  bool IsRefusedAgain(const Handshaking& handshake);
  bool IsLeftAlone(Dial& dial, const std::optional<Identity>& named);

  // engine_reach.h
  struct Place {
    std::string_view via;      // "stored", "addr", "lan", "tailscale"
    std::string address = {};  // empty: where the LAN, or the tailnet, says
    bool key_only = false;     // by the tailnet's key, and nobody is asked
  };
  struct Reaching {
    RequestId request = 0;
    ReachTarget target;
    DialOptions options;
    Instant deadline;
    Instant search_until = {};  // until then the LAN may still answer
    bool searched = false;      // that is over
    bool paired = false;
    std::vector<Place> places = {};
    std::size_t next = 0;  // of places
    DialId dial = 0;       // that runs; 0: none does
    std::string_view via = {};
    std::optional<Failure> failure = {};  // the most telling so far
  };
  static void AddPlace(Reaching& reaching, std::string_view via, const HostPort& at);
  static void AddPlace(Reaching& reaching, std::string_view via, std::string address);
  void ContinueReach(Instant now, Reaching& reaching);
  void ContinueReaches(Instant now);
  std::optional<std::vector<Endpoint>> FindEndpoints(Instant now, Reaching& reaching, const Place& place);
  std::vector<Endpoint> Untried(Reaching& reaching, const std::vector<NearbyPeer>& found);
  bool StartReachDial(Instant now, Reaching& reaching, const Place& place, std::vector<Endpoint> endpoints);
  static void NoteFailure(Reaching& reaching, Failure failure);
  void HandleReachFailed(Instant now, const Dial& dial, const Error& error);
  bool GiveUpUnheard(Instant now, Reaching& reaching);
  void FinishReach(Instant now, RequestId request, Outcome<nlohmann::json> outcome);
  [[nodiscard]] std::string ReachedAt(const Identity& peer) const;

  // engine_pairing.h
  struct PairSearch {
    RequestId request = 0;
    PairTarget target;
    Instant deadline;
    Instant until;  // who has not been heard by then is not there
  };
  void ContinueSearches(Instant now);
  void EndSearch(Instant now, const PairSearch& search);
  void StartPairDial(Instant now, const PairSearch& search, std::vector<Endpoint> endpoints);
  enum class PairStep : std::uint8_t { kGoOn, kSkip, kWait };
  PairStep BeginPairAt(Instant now, Dial& dial, const Endpoint& to);
  bool ContinuePair(Instant now, Dial& dial, const Error& error);
  void HandlePairRequested(Instant now, Connection& connection, const ListenerHandshake::PairRequested& request);
  [[nodiscard]] std::optional<PairStatus> JudgePairRequest(Instant now, const Connection& connection,
                                                           const ListenerHandshake::PairRequested& request);
  void TellRefused(Instant now, const Endpoint& remote, Errc code, std::string message);
  void TellDecided(const QueuedPair& request, std::string_view status);
  nlohmann::json Decide(Instant now, const QueuedPair& request, bool approved);
  [[nodiscard]] bool ProvesApproved(const Identity& peer) const;
  static bool IsApproved(const Dial& dial, const Identity& peer);
  [[nodiscard]] std::vector<ConnectionId> AwaitingConfirmation(const Identity& peer) const;
  [[nodiscard]] bool ComesSecond(const Identity& peer) const;
  void ProveStored(Instant now, Dial& dial);
  bool StoreProposed(Instant now, const ListenerHandshake::StoreWanted& wanted);

  NodeContext& context_;
  Poller& poller_;
  NameResolver resolver_;
  std::optional<TcpListener> listener_;
  std::optional<Instant> accept_again_;  // accepting pauses until then
  ConnectionTable connections_;
  TimerQueue timers_;
  Admission admission_;
  PeerBook book_;
  MessageInbox inbox_;
  std::map<DialId, Dial> dials_;
  std::vector<Sending> sendings_;
  std::unique_ptr<Lan> lan_;                       // null: discovery is off
  std::uint64_t told_revision_ = UINT64_MAX;       // of book_, that lan_ knows of
  std::unique_ptr<Tailnet> tailnet_;               // null: it is off
  std::vector<RequestId> tailnet_reports_;         // that wait for a status
  std::map<StableId, std::string> refused_nodes_;  // of the tailnet, and why
  std::vector<PairSearch> searches_;
  std::map<RequestId, Reaching> reaches_;
  PairQueue pair_queue_;
  AutoApproval auto_approval_;
  std::map<ConnectionId, Psk> unconfirmed_;  // the keys that sessions have yet to show that the peer has stored
  std::optional<Instant> unconfirmed_due_;   // when an approval that was not confirmed may be over
  std::vector<std::uint8_t> buffer_;         // what one read takes, shared by all connections
  std::string line_;                         // what is being written
  std::uint64_t last_id_ = 0;                // of dials and requests
  std::size_t sessions_ = 0;
  std::map<Identity, std::string> out_of_reach_;        // why each peer was told to be; only where there is a log
  std::optional<std::vector<std::string>> told_links_;  // the networks that are announced on, as the log has them
  std::string_view goodbye_ = "disconnected";           // what a session ended by us is told to have ended of
  bool stopping_ = false;
};

}  // namespace cctl

#endif  // CCTL_NODE_ENGINE_H_
