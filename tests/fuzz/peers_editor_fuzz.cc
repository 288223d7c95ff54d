// SPDX-License-Identifier: MIT
//
// Any text as a project's peers file: read, laid out, and edited. What comes out of an edit parses to the old document
// with that edit, by toml++ alone.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/identity/identity.h"
#include "cctl/project/peers_editor.h"
#include "cctl/project/peers_file.h"
#include "cctl/project/toml.h"
#include "cctl/project/toml_layout.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckEdit(std::string_view text, const cctl::PeerEdit& edit) {
  const auto edited = cctl::EditPeer(text, edit);
  if (!edited) return;
  const cctl::PeersFile before = cctl::ParsePeersFile(text);
  const cctl::PeersFile after = cctl::ParsePeersFile(edited->text);
  toml::parse_result document = toml::parse(edited->text);
  Require(document.succeeded());
  const toml::array* const entries = document.table().get_as<toml::array>("peers");
  Require(entries != nullptr);
  // Nobody else has changed: what was without a fault is there as it was, in the same order.
  std::size_t at = 0;
  for (const cctl::ProjectPeer& peer : before.peers) {
    if (peer.identity == edit.identity) continue;
    while (at < after.peers.size() && after.peers[at].identity != peer.identity) ++at;
    Require(at < after.peers.size());
    Require(after.peers[at].name == peer.name);
    Require(after.peers[at].addr.has_value() == peer.addr.has_value());
    Require(after.peers[at].tailscale == peer.tailscale);
  }
  int own = 0;
  for (const toml::node& node : *entries) {
    const toml::table* const entry = node.as_table();
    if (entry == nullptr || (*entry)["identity"].value<std::string>() != edit.identity.view()) continue;
    ++own;
    Require((*entry)["addr"].value<std::string>() == edit.addr);
  }
  Require(own == 1);
  // The rest of the text is there, in its order.
  std::size_t kept = 0;
  if (edited->change == cctl::PeerChange::kAdded) {
    for (const char c : edited->text) kept += kept < text.size() && text[kept] == c;
    Require(kept == text.size());
  }
  const auto again = cctl::EditPeer(edited->text, edit);
  Require(again && again->change == cctl::PeerChange::kNone && again->text == edited->text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = cctl::AsText({data, size});
  if (const auto layout = cctl::ScanToml(text)) {
    std::size_t at = 0;
    for (const cctl::TomlStatement& statement : *layout) {
      Require(at <= statement.lines.begin && statement.lines.begin <= statement.key.begin);
      Require(statement.key.begin < statement.key.end && statement.key.end <= statement.lines.end);
      at = statement.lines.end;
    }
    Require(at <= text.size());
  }
  const cctl::PeersFile file = cctl::ParsePeersFile(text);
  cctl::PeerEdit edit{.identity = cctl::Identity::Parse("new-peer").value(), .addr = "10.0.0.7:9847"};
  CheckEdit(text, edit);
  if (!file.peers.empty()) {
    edit.identity = file.peers[size % file.peers.size()].identity;
    CheckEdit(text, edit);
  }
  return 0;
}
