// SPDX-License-Identifier: MIT
//
// A project's list of team peers, `.claudectl/peers.toml` (docs/files.md): who belongs to the team, and where each was
// last. It comes with a clone, so it is anybody's: it suggests whom to ask, and proves nothing. Each fault is found,
// with its line and column; a file with one is not used at all. Keys and tables that are not known here are left alone.
//
//   const cctl::PeersFile file = cctl::ParsePeersFile(text);
//   for (const cctl::TomlFault& fault : file.faults) Say(fault.line, fault.column, fault.message);

#ifndef CCTL_PROJECT_PEERS_FILE_H_
#define CCTL_PROJECT_PEERS_FILE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/host_name.h"
#include "cctl/base/host_port.h"
#include "cctl/base/printable_text.h"
#include "cctl/base/profile.h"
#include "cctl/base/result.h"
#include "cctl/identity/identity.h"
#include "cctl/project/toml.h"
#include "cctl/project/toml_document.h"

namespace cctl {

// 256 entries with every key and a comment each fill a quarter of it.
inline constexpr std::size_t kMaxPeersFileSize = std::size_t{256} * 1024;

// A cloned file cannot make anybody dial more machines than this; a team that has more uses several repositories.
inline constexpr std::size_t kMaxProjectPeers = 256;

inline constexpr std::size_t kMaxPeerNameSize = 128;  // in bytes; a line of a table

// What is told of one file; further faults show when these have been mended.
inline constexpr std::size_t kMaxPeersFaults = 100;

struct ProjectPeer {
  Identity identity;
  std::string name;               // as it was written, to be made printable; empty: none
  std::optional<HostPort> addr;   // where it was last
  std::optional<Host> tailscale;  // its name in the tailnet
  std::uint32_t line = 0;         // where the entry begins, from 1
};

struct PeersFile {
  std::vector<ProjectPeer> peers;  // those without a fault, in the file's order
  std::vector<TomlFault> faults;   // in the file's order
};

namespace detail {

// Reads the entries of a document, one fault after the other.
class PeersReader {
 public:
  explicit PeersReader(std::uint16_t usual_port) : usual_port_(usual_port) {}

  PeersFile Read(const toml::table& document) && {
    const toml::node* const peers = document.get("peers");
    if (peers == nullptr) return std::move(file_);
    const toml::array* const entries = peers->as_array();
    if (entries == nullptr) {
      AddFault(peers->source(), "peers: expected an array of tables, each begun by [[peers]]");
      return std::move(file_);
    }
    std::size_t count = 0;
    for (const toml::node& entry : *entries) {
      if (++count > kMaxProjectPeers) {
        AddFault(entry.source(), "more than " + std::to_string(kMaxProjectPeers) + " peers");
        break;
      }
      const toml::table* const table = entry.as_table();
      if (table == nullptr) {
        AddFault(entry.source(), "peers: expected a table");
      } else {
        ReadEntry(*table);
      }
      if (file_.faults.size() >= kMaxPeersFaults) break;
    }
    return std::move(file_);
  }

 private:
  void AddFault(const toml::source_region& at, std::string message) {
    file_.faults.push_back({at.begin.line, at.begin.column, std::move(message)});
  }

  // The text of a key; nothing where there is none, or something else, which is a fault.
  std::optional<std::string_view> TextOf(const toml::table& entry, const char* key) {
    const toml::node* const node = entry.get(key);
    if (node == nullptr) return std::nullopt;
    if (const auto* text = node->as_string()) return text->get();
    AddFault(node->source(), std::string(key) + ": expected a text");
    return std::nullopt;
  }

  // The value of a key, read by `parse`; `what`: what it should be.
  template <typename Parse>
  auto Take(const toml::table& entry, const char* key, const char* what, Parse parse)
      -> std::optional<typename decltype(parse(std::string_view()))::value_type> {
    const auto text = TextOf(entry, key);
    if (!text) return std::nullopt;
    auto value = parse(*text);
    if (value) return *std::move(value);
    std::string message = std::string(key) + ": " + std::string(Printable(*text).view()) + " is not " + what;
    if (value.error().offset < text->size()) {
      message += " (wrong at character " + std::to_string(value.error().offset + 1) + ")";
    }
    AddFault(entry.get(key)->source(), std::move(message));
    return std::nullopt;
  }

  void ReadEntry(const toml::table& entry) {
    const std::size_t faults = file_.faults.size();
    if (entry.get("identity") == nullptr) AddFault(entry.source(), "identity is missing");
    const auto identity = Take(entry, "identity", "an identity: 1 to 128 letters, digits, - and _",
                               [](std::string_view text) { return Identity::Parse(text); });
    const std::string_view name = TextOf(entry, "name").value_or(std::string_view());
    if (name.size() > kMaxPeerNameSize) {
      AddFault(entry.get("name")->source(), "name: longer than " + std::to_string(kMaxPeerNameSize) + " bytes");
    }
    const auto addr = Take(entry, "addr", "an address, host:port",
                           [this](std::string_view text) { return ParseHostPort(text, usual_port_); });
    const auto tailscale =
        Take(entry, "tailscale", "a host name or an address", [](std::string_view text) { return Host::Parse(text); });
    if (identity) NoteIdentity(*identity, entry);
    if (!identity || file_.faults.size() != faults) return;
    file_.peers.push_back({*identity, std::string(name), addr, tailscale, entry.source().begin.line});
  }

  void NoteIdentity(const Identity& identity, const toml::table& entry) {
    const auto known = std::find_if(known_.begin(), known_.end(),
                                    [&identity](const auto& one) { return SameName(one.first, identity); });
    if (known == known_.end()) {
      known_.emplace_back(identity, entry.source().begin.line);
      return;
    }
    AddFault(entry.get("identity")->source(), "identity: " + std::string(identity.view()) +
                                                  " has an entry already, in line " + std::to_string(known->second));
  }

  std::uint16_t usual_port_;  // of an address without one
  PeersFile file_;
  std::vector<std::pair<Identity, std::uint32_t>> known_;  // and the line
};

}  // namespace detail

// Reads any text. One that is no TOML has one fault and no peers.
inline PeersFile ParsePeersFile(std::string_view text, const Profile& profile = kClaudectlProfile) {
  TomlDocument document = ParseToml(text, kMaxPeersFileSize);
  if (!document.table) return {{}, {std::move(document.fault)}};
  return detail::PeersReader(profile.tcp_port).Read(*document.table);
}

}  // namespace cctl

#endif  // CCTL_PROJECT_PEERS_FILE_H_
