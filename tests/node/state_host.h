// SPDX-License-Identifier: MIT
//
// A state folder of a test's own with a NodeContext on it, and no node: for tests of what reads and writes the folder.
// The date is the test's. Files are written behind the folder's back, as another program or a user does it.

#ifndef CCTL_TESTS_NODE_STATE_HOST_H_
#define CCTL_TESTS_NODE_STATE_HOST_H_

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cctl/base/host_name.h"
#include "cctl/base/profile.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"
#include "cctl/node/node_context.h"
#include "cctl/node/node_events.h"
#include "cctl/node/node_options.h"
#include "cctl/node/state_folder.h"
#include "cctl/store/meta_file.h"
#include "cctl/store/state_layout.h"
#include "tests/support/file_time.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/seeded_random.h"

namespace cctl::testing {

inline Identity Named(std::string_view name) { return *Identity::Parse(name); }

// A key that is told apart from the others by one byte.
inline Psk TestKey(std::uint8_t byte) {
  Psk key;
  for (std::uint8_t& one : key.mutable_bytes()) one = byte;
  return key;
}

class StateHost {
 public:
  // The date that the context's wall clock shows, until a test moves it: 2026-11-23T08:20:26.237Z.
  static constexpr UnixTime kToday{1'795'422'026'237};
  static inline UnixTime today = kToday;

  // `name`: the content of relay/identity, also one that is no identity.
  explicit StateHost(std::string_view name = "laptop-a3f2") : random_(1) {
    today = kToday;
    WriteFile(kIdentityPath, std::string(name) + "\n");
    auto opened = StateFolder::Open(scratch_.path(), kClaudectlProfile, random_);
    EXPECT_TRUE(opened);
    folder_.emplace(*std::move(opened));
    EXPECT_TRUE(folder_->Lock());
    NodeOptions options;
    options.random = &random_;
    options.wall_clock = [] { return today; };
    constexpr std::array<std::uint8_t, 4> kTag = {0x5b, 0x0c, 0x9a, 0x12};
    context_.emplace(options, *folder_, Identity::Parse(name).value_or(Named("laptop-a3f2")), kTag);
  }
  StateHost(const StateHost&) = delete;
  StateHost& operator=(const StateHost&) = delete;

  StateFolder& folder() { return *folder_; }
  NodeContext& context() { return *context_; }
  SeededRandom& random() { return random_; }

  [[nodiscard]] std::string PathOf(std::string_view relative) const { return scratch_.Below(std::string(relative)); }
  void WriteFile(std::string_view relative, std::string_view content) const {
    const std::filesystem::path path = PathOf(relative);
    std::filesystem::create_directories(path.parent_path());
    EXPECT_TRUE(std::ofstream(path, std::ios::binary) << content);
  }
  // The content; nothing if there is no such file.
  [[nodiscard]] std::optional<std::string> FileAt(std::string_view relative) const {
    std::ifstream file(PathOf(relative), std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  [[nodiscard]] bool Exists(std::string_view relative) const { return std::filesystem::exists(PathOf(relative)); }
  // What nothing can be written into or read from, whoever the test runs as.
  void PutFileInPlaceOfFolder(std::string_view relative) const {
    std::filesystem::remove_all(PathOf(relative));
    WriteFile(relative, "");
  }

  void PutPeer(std::string_view name, const Psk& key, const PeerMeta& meta = {}) {
    EXPECT_TRUE(folder_->SaveMeta(Named(name), meta));
    EXPECT_TRUE(folder_->SaveKey(Named(name), key));
  }
  // `pair`, at `date`.
  void PutPending(const Psk& key, UnixTime date) {
    EXPECT_TRUE(folder_->SavePending(key));
    SetTimeOfChange(PathOf(kPendingKeyPath), date);
  }
  // An open invite of one use; `change` makes it another one.
  template <typename Change>
  Invite PutInvite(std::string_view id, const Psk& key, Change change) {
    Invite invite{.id = *InviteId::Parse(id),
                  .psk = key,
                  .created_at = kToday,
                  .ttl = Hours(24),
                  .host = *Host::Parse("192.168.1.50"),
                  .port = 9847};
    change(invite);
    EXPECT_TRUE(folder_->SaveInvite(invite));
    return invite;
  }
  Invite PutInvite(std::string_view id, const Psk& key) {
    return PutInvite(id, key, [](Invite&) {});
  }

  // Nothing where there is none, or it cannot be read.
  [[nodiscard]] std::optional<Psk> KeyOf(std::string_view name) const {
    const auto key = folder_->LoadKey(Named(name));
    return key ? *key : std::nullopt;
  }
  [[nodiscard]] PeerMeta MetaOf(std::string_view name) const {
    const auto meta = folder_->LoadMeta(Named(name));
    EXPECT_TRUE(meta);
    return meta ? *meta : PeerMeta{};
  }
  // What the owner has been told of one kind, in its order.
  template <typename Event>
  [[nodiscard]] std::vector<Event> All() const {
    std::vector<Event> all;
    for (const NodeEvent& event : context_->events) {
      if (const auto* const one = std::get_if<Event>(&event)) all.push_back(*one);
    }
    return all;
  }

 private:
  const ScratchFolder scratch_;
  SeededRandom random_;
  std::optional<StateFolder> folder_;
  std::optional<NodeContext> context_;
};

}  // namespace cctl::testing

#endif  // CCTL_TESTS_NODE_STATE_HOST_H_
