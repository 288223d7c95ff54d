// SPDX-License-Identifier: MIT
//
// The state folder (docs/protocol.md, section 7): paths, permissions, and one call for each file. Nothing is cached, so
// that what the released claudectl or a user changes counts at once. A file that cannot be read as its format says is
// an error with its path, never "not there", and is left as it is. In which order files are written when several belong
// together is cctl/node/pairing_commit.h's business. Who writes holds the lock.
//
//   auto folder = cctl::StateFolder::Open(root, cctl::kClaudectlProfile, random);
//   auto locked = folder->Lock();
//   auto key = folder->LoadKey(peer);  // StateResult<std::optional<Psk>>

#ifndef CCTL_NODE_STATE_FOLDER_H_
#define CCTL_NODE_STATE_FOLDER_H_

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "cctl/base/bytes.h"
#include "cctl/base/profile.h"
#include "cctl/base/random_source.h"
#include "cctl/base/result.h"
#include "cctl/base/secret.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/identity_from_hostname.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite.h"
#include "cctl/invite/invite_id.h"
#include "cctl/node/state_error.h"
#include "cctl/store/invite_file.h"
#include "cctl/store/json_file.h"
#include "cctl/store/key_file.h"
#include "cctl/store/meta_file.h"
#include "cctl/store/state_layout.h"
#include "cctl/store/tailnet_pin_file.h"
#include "cctl/sys/atomic_file.h"
#include "cctl/sys/file.h"
#include "cctl/sys/file_lock.h"
#include "cctl/sys/host_name.h"
#include "cctl/sys/machine_id.h"
#include "cctl/tailnet/stable_id.h"

namespace cctl {

// What `pair` has left behind.
struct PendingFile {
  Psk psk;
  UnixTime written_at;
};

// The invites that could be read, by id, and why the others could not.
struct InviteList {
  std::vector<Invite> invites;
  std::vector<StateError> unreadable;
};

class StateFolder {
 public:
  // Called after each step of each write and removal. Tests end the process in it.
  using StepObserver = void (*)();

  // Makes <root>/relay for this user only, and takes away what others may do with it. `override_identity` (of the
  // environment) is this object's identity and not stored. A folder that cannot be written may still be read.
  static StateResult<StateFolder> Open(std::string root, const Profile& profile, RandomSource& random,
                                       std::optional<Identity> override_identity = std::nullopt) {
    StateFolder folder(std::move(root), profile, random, override_identity);
    const std::string relay = folder.PathOf(kRelayFolder);
    if (auto made = MakeFolder(relay); !made) return StateError{made.error(), relay};
    if (auto narrowed = NarrowPermissions(relay); !narrowed) return StateError{narrowed.error(), relay};
    return folder;
  }

  // Takes relay/lock, for as long as this object lives or until Unlock(); then clears away what crashes have left and
  // narrows what is too wide. kAlreadyRunning: Error::value is the process that holds it (0: not known). Without effect
  // where it is held already.
  StateResult<Done> Lock() {
    if (lock_) return Done{};
    const std::string path = PathOf(kLockPath);
    auto lock = FileLock::TryLock(path);
    if (!lock) return StateError{lock.error(), path};
    lock_ = *std::move(lock);
    for (const std::string_view name : {kRelayFolder, kPeersFolder, kInvitesFolder, kTailnetFolder}) {
      const std::string folder = PathOf(name);
      (void)RemoveTemporaryFiles(folder);  // what cannot be removed is no danger: the folder is private
      const auto entries = ListFolder(folder);
      if (!entries) continue;  // not made yet
      for (const std::string& entry : *entries) (void)NarrowPermissions(folder + "/" + entry);
    }
    return Done{};
  }
  void Unlock() { lock_.reset(); }
  [[nodiscard]] bool locked() const { return lock_.has_value(); }

  // Our identity, made of the host's name and stored where there is none yet.
  StateResult<Identity> identity() {
    if (identity_) return *identity_;
    // Two commands may be the first at the same time: whoever has the lock makes it, the other one reads it then.
    for (int attempt = 0;; ++attempt) {
      auto stored = ReadIdentity();
      if (!stored) return stored.error();
      if (*stored) return *(identity_ = **stored);
      const bool held = locked();
      if (auto lock = Lock(); !lock) {
        if (lock.error().error.code != Errc::kAlreadyRunning || attempt == 200) return lock.error();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        continue;
      }
      auto made = MakeIdentity();
      if (!held) Unlock();
      return made;
    }
  }

  // A new identity, made and stored in place of the one that there is, be it one that cannot be read. Under the lock.
  StateResult<Identity> ReplaceIdentity() {
    if (auto written = WriteIdentity(); !written) return written.error();
    return *identity_;
  }

  // Whether the folder was made on another machine: a copied disk, with an identity that somebody else has, too.
  [[nodiscard]] bool WasCopied() const {
    const auto here = GetMachineId();
    const auto stored = ReadFile(PathOf(kMachinePath), 256);
    return here && stored && std::string_view(*stored).substr(0, here->size()) != here->view();
  }

  // Everybody with a key file, in the order of their bytes.
  StateResult<std::vector<Identity>> ListPeers() const {
    std::vector<Identity> peers;
    auto entries = Entries(kPeersFolder);
    if (!entries) return entries.error();
    for (const std::string& entry : *entries) {
      if (const auto owner = KeyFileOwner(entry)) peers.push_back(*owner);
    }
    std::sort(peers.begin(), peers.end());  // "a-b.key" comes before "a.key", and a before a-b
    return peers;
  }

  // The peer that has this name in any case of letters, exactly this one first.
  StateResult<std::optional<Identity>> FindPeer(const Identity& name) const {
    if (!kFoldsCase && GetFileStatus(PathOf(KeyPath(name)))) return std::optional<Identity>(name);
    auto peers = ListPeers();
    if (!peers) return peers.error();
    std::optional<Identity> found;
    for (const Identity& peer : *peers) {
      if (peer == name) return std::optional<Identity>(peer);
      if (SameName(peer, name)) found = peer;
    }
    return found;
  }

  // The stored key; nothing if there is no file.
  StateResult<std::optional<Psk>> LoadKey(const Identity& peer) const { return LoadKeyFile(KeyPath(peer)); }
  StateResult<Done> SaveKey(const Identity& peer, const Psk& key) { return SaveKeyFile(KeyPath(peer), key); }
  StateResult<Done> RemoveKey(const Identity& peer) { return Remove(KeyPath(peer)); }

  // An empty one if there is no file.
  StateResult<PeerMeta> LoadMeta(const Identity& peer) const {
    const std::string path = PathOf(MetaPath(peer));
    const auto content = ReadFile(path, kMaxJsonFileSize);
    if (!content && content.error().code == Errc::kNotFound) return PeerMeta{};
    if (!content) return StateError{content.error(), path};
    auto meta = ParseMetaFile(*content);
    if (!meta) return StateError{meta.error(), path};
    return *std::move(meta);
  }
  StateResult<Done> SaveMeta(const Identity& peer, const PeerMeta& meta) {
    return Write(MetaPath(peer), FormatMetaFile(meta));
  }
  StateResult<Done> RemoveMeta(const Identity& peer) { return Remove(MetaPath(peer)); }

  StateResult<std::optional<PendingFile>> LoadPending() const {
    const std::string path = PathOf(kPendingKeyPath);
    const auto status = GetFileStatus(path);
    if (!status && status.error().code == Errc::kNotFound) return std::optional<PendingFile>();
    if (!status) return StateError{status.error(), path};
    auto key = LoadKeyFile(kPendingKeyPath);
    if (!key) return key.error();
    if (!*key) return std::optional<PendingFile>();
    return std::optional<PendingFile>(PendingFile{**key, status->modified});
  }
  StateResult<Done> SavePending(const Psk& key) { return SaveKeyFile(kPendingKeyPath, key); }
  StateResult<Done> RemovePending() { return Remove(kPendingKeyPath); }
  // In one step, so that the code never opens for two.
  StateResult<Done> MovePendingTo(const Identity& peer) {
    const std::string to = PathOf(KeyPath(peer));
    if (!detail::Rename(PathOf(kPendingKeyPath), to)) return StateError{SystemError(errno, "rename"), to};
    Observe();
    if (!detail::SyncFolder(detail::FolderOf(to))) return StateError{SystemError(errno, "sync"), to};
    Observe();
    return Done{};
  }

  // Of all that have a file, be it one that cannot be read.
  StateResult<std::vector<InviteId>> ListInviteIds() const {
    std::vector<InviteId> ids;
    auto entries = Entries(kInvitesFolder);
    if (!entries) return entries.error();
    for (const std::string& entry : *entries) {
      if (const auto id = InviteFileId(entry)) ids.push_back(*id);
    }
    return ids;
  }
  StateResult<InviteList> ListInvites() const {
    InviteList list;
    const auto ids = ListInviteIds();
    if (!ids) return ids.error();
    for (const InviteId& id : *ids) {
      auto invite = LoadInvite(id);
      if (!invite) {
        list.unreadable.push_back(invite.error());
      } else if (*invite) {
        list.invites.push_back(**std::move(invite));
      }
    }
    return list;
  }
  StateResult<std::optional<Invite>> LoadInvite(const InviteId& id) const {
    const std::string path = PathOf(InvitePath(id));
    auto content = ReadFile(path, kMaxJsonFileSize);
    if (!content && content.error().code == Errc::kNotFound) return std::optional<Invite>();
    if (!content) return StateError{content.error(), path};
    const ScopedWipe wipe(*content);
    auto invite = ParseInviteFile(*content);
    if (!invite) return StateError{invite.error(), path};
    if (invite->id != id) return StateError{{Errc::kInvalid, 0, 0, "id"}, path};
    return std::optional<Invite>(*std::move(invite));
  }
  StateResult<Done> SaveInvite(const Invite& invite) {
    std::string content = FormatInviteFile(invite);
    const ScopedWipe wipe(content);
    return Write(InvitePath(invite.id), content);
  }
  StateResult<Done> RemoveInvite(const InviteId& id) { return Remove(InvitePath(id)); }

  // The nodes that have a pin, be it one that cannot be read.
  StateResult<std::vector<StableId>> ListTailnetPins() const {
    std::vector<StableId> nodes;
    auto entries = Entries(kTailnetFolder);
    if (!entries) return entries.error();
    for (const std::string& entry : *entries) {
      if (const auto node = TailnetPinFileNode(entry)) nodes.push_back(*node);
    }
    return nodes;
  }
  // Nothing if there is no file.
  StateResult<std::optional<TailnetPin>> LoadTailnetPin(const StableId& node) const {
    const std::string path = PathOf(TailnetPinPath(node));
    const auto content = ReadFile(path, kMaxJsonFileSize);
    if (!content && content.error().code == Errc::kNotFound) return std::optional<TailnetPin>();
    if (!content) return StateError{content.error(), path};
    const auto pin = ParseTailnetPinFile(*content);
    if (!pin) return StateError{pin.error(), path};
    return std::optional<TailnetPin>(*pin);
  }
  StateResult<Done> SaveTailnetPin(const StableId& node, const TailnetPin& pin) {
    return Write(TailnetPinPath(node), FormatTailnetPinFile(pin));
  }
  StateResult<Done> RemoveTailnetPin(const StableId& node) { return Remove(TailnetPinPath(node)); }

  [[nodiscard]] std::string PathOf(std::string_view relative) const { return root_ + "/" + std::string(relative); }
  [[nodiscard]] std::string relay_path() const { return PathOf(kRelayFolder); }
  [[nodiscard]] std::string control_socket_path() const { return PathOf(kControlSocketPath); }

  [[nodiscard]] const Profile& profile() const { return profile_; }

  void set_step_observer(StepObserver observer) { observer_ = observer; }

 private:
#if defined(__APPLE__) || defined(_WIN32)
  static constexpr bool kFoldsCase = true;  // a file that is there may have been made under another name
#else
  static constexpr bool kFoldsCase = false;
#endif

  StateFolder(std::string root, const Profile& profile, RandomSource& random, std::optional<Identity> identity)
      : root_(std::move(root)), profile_(profile), random_(&random), identity_(identity) {}

  void Observe() const {
    if (observer_ != nullptr) observer_();
  }

  StateResult<std::optional<Identity>> ReadIdentity() const {
    const std::string path = PathOf(kIdentityPath);
    const auto content = ReadFile(path, 1024);
    if (!content && content.error().code == Errc::kNotFound) return std::optional<Identity>();
    if (!content) return StateError{content.error(), path};
    std::string_view text = *content;
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
    const auto parsed = Identity::Parse(text);
    if (!parsed) return StateError{parsed.error(), path};
    return std::optional<Identity>(*parsed);
  }

  // The machine first: an identity without one would never be recognised as copied.
  StateResult<Identity> MakeIdentity() {
    if (auto stored = ReadIdentity(); !stored || *stored) {  // made by whoever had the lock before
      if (!stored) return stored.error();
      return *(identity_ = **stored);
    }
    return WriteIdentity();
  }

  StateResult<Identity> WriteIdentity() {
    std::array<std::uint8_t, 2> random;
    if (auto filled = random_->Fill(random); !filled) return StateError{filled.error(), PathOf(kIdentityPath)};
    const Identity made = IdentityFromHostname(ShortHostName(), random.data());
    if (const auto machine = GetMachineId()) {
      if (auto written = Write(kMachinePath, std::string(machine->view()) + "\n"); !written) return written.error();
    }
    if (auto written = Write(kIdentityPath, std::string(made.view()) + "\n"); !written) return written.error();
    return *(identity_ = made);
  }

  // The names in one of our folders, which is made only when something is written to it.
  StateResult<std::vector<std::string>> Entries(std::string_view folder) const {
    auto entries = ListFolder(PathOf(folder));
    if (!entries && entries.error().code == Errc::kNotFound) return std::vector<std::string>();
    if (!entries) return StateError{entries.error(), PathOf(folder)};
    return *std::move(entries);
  }

  StateResult<std::optional<Psk>> LoadKeyFile(std::string_view relative) const {
    const std::string path = PathOf(relative);
    auto content = ReadFile(path, kMaxKeyFileSize);
    if (!content && content.error().code == Errc::kNotFound) return std::optional<Psk>();
    if (!content) return StateError{content.error(), path};
    const ScopedWipe wipe(*content);
    const auto key = ParseKeyFile(*content);
    if (!key) return StateError{key.error(), path};
    return std::optional<Psk>(*key);
  }

  StateResult<Done> SaveKeyFile(std::string_view relative, const Psk& key) {
    std::array<char, kKeyFileSize> content;
    const ScopedWipe wipe(content);
    FormatKeyFile(key, content);
    return Write(relative, std::string_view(content.data(), content.size()));
  }

  StateResult<Done> Write(std::string_view relative, std::string_view content) {
    const std::string path = PathOf(relative);
    if (auto made = MakeFolder(detail::FolderOf(path)); !made) return StateError{made.error(), detail::FolderOf(path)};
    const auto observe = [this](WriteStep) { Observe(); };
    if (auto written = AtomicWriteFile(path, AsBytes(content), 0600, observe); !written) {
      return StateError{written.error(), path};
    }
    return Done{};
  }

  // What is not there need not be removed.
  StateResult<Done> Remove(std::string_view relative) {
    const std::string path = PathOf(relative);
    Observe();
    if (auto removed = RemoveFile(path); !removed && removed.error().code != Errc::kNotFound) {
      return StateError{removed.error(), path};
    }
    Observe();
    return Done{};
  }

  std::string root_;
  Profile profile_;
  RandomSource* random_;
  std::optional<Identity> identity_;
  std::optional<FileLock> lock_;
  StepObserver observer_ = nullptr;
};

}  // namespace cctl

#endif  // CCTL_NODE_STATE_FOLDER_H_
