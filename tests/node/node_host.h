// SPDX-License-Identifier: MIT
//
// A host for tests of a running Node: a state folder of its own below /tmp, and a Node that listens on a free port of
// the loopback interface. All hosts of a test live in its one thread and are turned one after the other.

#ifndef CCTL_TESTS_NODE_NODE_HOST_H_
#define CCTL_TESTS_NODE_NODE_HOST_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/profile.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite_link.h"
#include "cctl/node/node.h"
#include "cctl/node/node_events.h"
#include "cctl/node/node_options.h"
#include "cctl/node/outcome.h"
#include "cctl/node/state_folder.h"
#include "cctl/node/state_operations.h"
#include "cctl/store/meta_file.h"
#include "cctl/sys/clock.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/seeded_random.h"

namespace cctl::testing {

// Each file below a folder with its content; a socket with none.
using FolderContent = std::map<std::string, std::string>;

inline FolderContent ReadFolder(const std::string& root) {
  FolderContent content;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    std::string text;
    if (entry.is_regular_file()) {
      std::ifstream file(entry.path(), std::ios::binary);
      text.assign(std::istreambuf_iterator<char>(file), {});
    }
    content[std::filesystem::relative(entry.path(), root).generic_string()] = std::move(text);
  }
  return content;
}

// Two hosts' generators must differ, or each takes the other's challenge for its own.
inline std::uint64_t NextSeed() {
  static std::uint64_t seed = 0;
  return ++seed;
}

class NodeHost {
 public:
  // `below`: where in the scratch folder the state is, "/a/b".
  explicit NodeHost(std::string_view name, const std::string& below = {})
      : root(scratch.path() + below), identity(*Identity::Parse(name)), random(NextSeed()) {
    WriteFile("relay/identity", std::string(name) + "\n");
    auto opened = StateFolder::Open(root, kClaudectlProfile, random);
    EXPECT_TRUE(opened);
    folder_ = std::make_unique<StateFolder>(*std::move(opened));
    options.random = &random;
    options.listen = ListenAddress{"127.0.0.1", 0};
    EXPECT_TRUE(folder_->Lock());
  }
  NodeHost(const NodeHost&) = delete;
  NodeHost& operator=(const NodeHost&) = delete;

  // Starts the node with `options`. Where it listens on a free port, it keeps that port when it is started again.
  void Start() {
    auto started = Node::Start(options, *folder_);
    ASSERT_TRUE(started) << started.error().message;
    node_ = *std::move(started);
    if (options.listen) options.listen->port = node_->port();
  }
  // Ends it as a crash does: nothing is said to anybody.
  void Stop() { node_.reset(); }

  Node& node() { return *node_; }
  StateFolder& folder() { return *folder_; }
  [[nodiscard]] std::string PathOf(const std::string& relative) const { return root + "/" + relative; }
  // As another program does it, or a user.
  void WriteFile(const std::string& relative, std::string_view content) const {
    const std::filesystem::path path = PathOf(relative);
    std::filesystem::create_directories(path.parent_path());
    EXPECT_TRUE(std::ofstream(path, std::ios::binary) << content);
  }
  [[nodiscard]] FolderContent Content() const { return ReadFolder(root); }

  // One turn of the loop; whether there was something to do.
  bool Turn(Duration wait = {}) {
    if (node_ == nullptr) return false;
    const bool busy = node_->RunOnce(wait);
    while (auto event = node_->PollEvent()) events.push_back(*std::move(event));
    return busy;
  }

  // What has happened of one kind.
  template <typename Event>
  [[nodiscard]] std::vector<Event> All() const {
    std::vector<Event> all;
    for (const NodeEvent& event : events) {
      if (const auto* one = std::get_if<Event>(&event)) all.push_back(*one);
    }
    return all;
  }
  [[nodiscard]] std::optional<Outcome<nlohmann::json>> AnswerTo(RequestId request) const {
    for (const RequestFinished& finished : All<RequestFinished>()) {
      if (finished.id == request) return finished.outcome;
    }
    return std::nullopt;
  }

  // The link of a new invite.
  InviteLink Invite(CreateInviteOptions invite = {}) {
    invite.host = "127.0.0.1";
    invite.port = node_ == nullptr ? std::uint16_t{9847} : node_->port();
    const UnixTime now = options.wall_clock != nullptr ? options.wall_clock() : WallNow();
    const auto made = CreateInvite(*folder_, random, now, invite);
    EXPECT_TRUE(made);
    last_invite = (*made)["id"].get<std::string>();
    return *ParseInviteLink((*made)["invite_link"].get<std::string>());
  }

  // The stored key of a peer.
  [[nodiscard]] std::optional<Psk> KeyOf(const Identity& peer) const {
    auto key = folder_->LoadKey(peer);
    EXPECT_TRUE(key);
    return key ? *key : std::nullopt;
  }
  // Pairs without a word on the wire: the key, and where the peer may be found.
  void Put(const Identity& peer, const Psk& key, std::string_view address = {}) {
    PeerMeta meta;
    meta.proved = true;
    meta.addr.append(address);
    EXPECT_TRUE(folder_->SaveMeta(peer, meta));
    EXPECT_TRUE(folder_->SaveKey(peer, key));
  }
  [[nodiscard]] std::string address() const { return node_->listen_addr(); }
  // `peers` says of a peer: connected, connecting, disconnected; empty: not paired.
  std::string StateOf(const Identity& peer) {
    const auto list = node_->Peers();
    EXPECT_TRUE(list);
    for (const auto& one : (*list)["peers"]) {
      if (one["peer_id"] == peer.view()) return one["state"];
    }
    return {};
  }

  const ScratchFolder scratch;
  const std::string root;  // of the state
  const Identity identity;
  SeededRandom random;
  NodeOptions options;
  std::vector<NodeEvent> events;
  std::string last_invite;  // its id

 private:
  std::unique_ptr<StateFolder> folder_;
  std::unique_ptr<Node> node_;
};

// A test that works never waits as long.
inline constexpr Duration kDrivePatience = Seconds(10);

// Turns the hosts until `done()`; false: it did not come about. `done` may move other sockets on, too.
template <typename Done>
bool Drive(std::initializer_list<NodeHost*> hosts, Done done, Duration patience = kDrivePatience) {
  const Instant end = SteadyNow() + patience;
  for (;;) {
    bool busy = false;
    for (NodeHost* const host : hosts) busy = host->Turn() || busy;
    if (done()) return true;
    if (SteadyNow() >= end) return false;
    if (!busy) (*hosts.begin())->Turn(Milliseconds(1));
  }
}

// Lets time pass in which something must not happen.
inline void DriveFor(std::initializer_list<NodeHost*> hosts, Duration time) {
  (void)Drive(
      hosts, [] { return false; }, time);
}

// Drives until the request is answered; the answer's object, or the failure.
inline Outcome<nlohmann::json> DriveToAnswer(std::initializer_list<NodeHost*> hosts, NodeHost& asked,
                                             RequestId request) {
  if (!Drive(hosts, [&] { return asked.AnswerTo(request).has_value(); })) {
    ADD_FAILURE() << "no answer";
    return Failure{};
  }
  return *asked.AnswerTo(request);
}

// `joiner` joins by a link of `listener`; both ends' state is on disk when it returns.
inline void JoinByLink(NodeHost& listener, NodeHost& joiner) {
  const RequestId join = joiner.node().Join(listener.Invite(), {});
  const auto answer = DriveToAnswer({&listener, &joiner}, joiner, join);
  ASSERT_TRUE(answer) << answer.error().message;
  const auto proved = [&] {
    const auto meta = listener.folder().LoadMeta(joiner.identity);
    return meta && meta->proved == true;
  };
  ASSERT_TRUE(Drive({&listener, &joiner}, proved));
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_NODE_NODE_HOST_H_
