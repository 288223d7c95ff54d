// SPDX-License-Identifier: MIT

#include "cctl/project/peers_editor.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/identity/identity.h"
#include "cctl/project/peers_file.h"
#include "cctl/project/toml.h"
#include "cctl/project/toml_layout.h"

namespace cctl {
namespace {

constexpr std::string_view kAddr = "10.0.0.7:9847";
constexpr std::string_view kName = "Bob \"B\" ü";
constexpr std::string_view kTailscale = "bob.tail1234.ts.net";

// One edit of tests/project/peers_editor_corpus.txt.
struct Case {
  std::string title;
  PeerEdit edit;
  std::string before;
  std::string after;
};

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

PeerEdit ReadEdit(const std::string& words) {
  std::istringstream in(words);
  std::string word;
  in >> word;
  PeerEdit edit{.identity = Identity::Parse(word).value()};
  while (in >> word) {
    (word == "addr"   ? edit.addr
     : word == "name" ? edit.name
                      : edit.tailscale) = std::string(word == "addr"   ? kAddr
                                                      : word == "name" ? kName
                                                                       : kTailscale);
  }
  return edit;
}

std::vector<Case> ReadCorpus() {
  std::ifstream file("tests/project/peers_editor_corpus.txt");
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("@ ")) {
      const std::size_t colon = line.find(": ");
      const std::string words = line.substr(2, colon == std::string::npos ? colon : colon - 2);
      cases.push_back({line, ReadEdit(words.ends_with(":") ? words.substr(0, words.size() - 1) : words), "", ""});
      continue;
    }
    if (cases.empty()) continue;  // the introduction
    ReplaceAll(line, "␍", "\r");
    ReplaceAll(line, "⟪BOM⟫", kByteOrderMark);
    if (line.empty()) line = " ";
    const char kind = line[0];
    for (std::string* text : {&cases.back().before, &cases.back().after}) {
      if (kind == (text == &cases.back().before ? '+' : '-')) continue;
      if (line.substr(1) == "\\") {
        text->pop_back();
      } else {
        text->append(line, 1).push_back('\n');
      }
    }
  }
  return cases;
}

toml::table ParseAlone(std::string_view text) {
  auto document = toml::parse(text);
  EXPECT_TRUE(document) << text;
  return document ? std::move(document).table() : toml::table();
}

TEST(PeersEditor, ChangesTheEntryAndNoOtherByteOfTheCorpus) {
  const std::vector<Case> cases = ReadCorpus();
  ASSERT_GE(cases.size(), 100u);
  for (const Case& one : cases) {
    SCOPED_TRACE(one.title);
    const auto edited = EditPeer(one.before, one.edit);
    ASSERT_TRUE(edited) << ErrcName(edited.error().code) << " " << edited.error().part;
    EXPECT_EQ(edited->text, one.after);
    EXPECT_EQ(edited->change == PeerChange::kNone, one.before == one.after);
  }
}

// What the new text says is told by toml++ from the text alone.
TEST(PeersEditor, MeansTheOldDocumentWithTheChange) {
  for (const Case& one : ReadCorpus()) {
    SCOPED_TRACE(one.title);
    const auto edited = EditPeer(one.before, one.edit);
    ASSERT_TRUE(edited);
    toml::table expected = ParseAlone(one.before);
    if (!expected.contains("peers")) expected.insert("peers", toml::array());
    toml::array& entries = *expected.get_as<toml::array>("peers");
    toml::table* entry = nullptr;
    for (toml::node& node : entries) {
      toml::table& candidate = *node.as_table();
      if (candidate["identity"].value<std::string>() == one.edit.identity.view()) entry = &candidate;
    }
    EXPECT_EQ(edited->change == PeerChange::kAdded, entry == nullptr);
    if (entry == nullptr) {
      entries.push_back(toml::table{{"identity", one.edit.identity.view()}});
      entry = entries.back().as_table();
    }
    if (one.edit.addr) entry->insert_or_assign("addr", kAddr);
    if (one.edit.name) entry->insert_or_assign("name", kName);
    if (one.edit.tailscale) entry->insert_or_assign("tailscale", kTailscale);
    EXPECT_EQ(ParseAlone(edited->text), expected);
  }
}

TEST(PeersEditor, EditingTwiceChangesNothing) {
  for (const Case& one : ReadCorpus()) {
    SCOPED_TRACE(one.title);
    const auto again = EditPeer(one.after, one.edit);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->text, one.after);
    EXPECT_EQ(again->change, PeerChange::kNone);
  }
}

TEST(PeersEditor, EveryPrefixIsEditedOrRefused) {
  for (const Case& one : ReadCorpus()) {
    for (std::size_t size = 0; size < one.before.size(); ++size) {
      const std::string_view prefix = std::string_view(one.before).substr(0, size);
      const auto edited = EditPeer(prefix, one.edit);
      if (!edited) continue;
      EXPECT_EQ(EditPeer(edited->text, one.edit)->change, PeerChange::kNone) << one.title << "\n" << prefix;
    }
  }
}

TEST(PeersEditor, SaysWhyItChangesNothing) {
  const std::string too_large = "# " + std::string(kMaxPeersFileSize, 'x');
  std::string full;
  for (std::size_t i = 0; i < kMaxProjectPeers; ++i) full += "[[peers]]\nidentity = \"p" + std::to_string(i) + "\"\n";
  const std::string nearly_full = "# " + std::string(kMaxPeersFileSize - 10, 'x') + "\n";
  struct Row {
    const char* title;
    std::string text;
    Error error;
  };
  const Row rows[] = {
      {"no TOML", "[[peers]]\nidentity = bob\n", {Errc::kInvalid, 0, 2, "toml"}},
      {"an unfinished string", "x = 1\ny = \"", {Errc::kInvalid, 0, 2, "toml"}},
      {"bytes that are no UTF-8", "[[peers]]\nidentity = \"bob\xff\"\n", {Errc::kInvalid, 0, 2, "toml"}},
      {"a key with too many parts", "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1", {Errc::kInvalid, 0, 1, "toml"}},
      {"peers is a table", "x = 1\n[peers]\nidentity = \"bob\"\n", {Errc::kInvalid, 0, 2, "peers"}},
      {"peers is a text", "peers = \"bob\"\n", {Errc::kInvalid, 0, 1, "peers"}},
      {"two entries",
       "[[peers]]\nidentity = \"bob\"\n[[peers]]\nidentity = \"bob\"\n",
       {Errc::kDuplicate, 0, 3, "identity"}},
      {"another machine's name", "[[peers]]\nidentity = \"Bob\"\n", {Errc::kDuplicate, 0, 1, "identity"}},
      {"256 entries", full, {Errc::kTooLong, 0, kMaxProjectPeers, "peers"}},
      {"a file that is too large", too_large, {Errc::kInvalid, 0, 1, "toml"}},
      {"a file that would be too large", nearly_full, {Errc::kTooLong, 0, kMaxPeersFileSize, "file"}},
      // toml++ knows that addr is a table; that it is one by two lines elsewhere is more than an edit of an entry.
      {"the address as a table of its own",
       "[[peers]]\nidentity = \"bob\"\n[peers.addr]\nx = 1\n",
       {Errc::kUnsupported, 0, 0, "file"}},
      {"the address as a dotted key",
       "[[peers]]\nidentity = \"bob\"\naddr.x = 1\n",
       {Errc::kUnsupported, 0, 0, "file"}},
  };
  for (const Row& row : rows) {
    const auto edited = EditPeer(row.text, {.identity = Identity::Parse("bob").value(), .addr = std::string(kAddr)});
    ASSERT_FALSE(edited) << row.title;
    EXPECT_EQ(edited.error(), row.error) << row.title << ": " << ErrcName(edited.error().code) << " "
                                         << edited.error().value << " " << edited.error().part;
  }
}

TEST(PeersEditor, ChecksTheNewName) {
  const Identity bob = Identity::Parse("bob").value();
  EXPECT_EQ(EditPeer("", {.identity = bob, .name = "b\xc3"}).error(), (Error{Errc::kInvalid, 0, 0, "name"}));
  EXPECT_EQ(EditPeer("", {.identity = bob, .name = std::string(kMaxPeerNameSize + 1, 'x')}).error(),
            (Error{Errc::kTooLong, 0, kMaxPeerNameSize, "name"}));
  const auto odd = EditPeer("", {.identity = bob, .name = std::string("a\0\x1b\x7f\n\\", 6)});
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->text, "[[peers]]\nidentity = \"bob\"\nname = \"a\\u0000\\u001b\\u007f\\u000a\\\\\"\n");
  EXPECT_EQ(ParsePeersFile(odd->text).peers.at(0).name, std::string("a\0\x1b\x7f\n\\", 6));
}

TEST(PeersEditor, AddsNobodyWhereItMayNot) {
  const Identity bob = Identity::Parse("bob").value();
  const PeerEdit edit{.identity = bob, .addr = std::string(kAddr), .may_add = false};
  EXPECT_EQ(EditPeer("[[peers]]\nidentity = \"alice\"\n", edit).error(), (Error{Errc::kNotFound, 0, 0, "identity"}));
  EXPECT_EQ(EditPeer("[[peers]]\nidentity = \"bob\"\n", edit)->change, PeerChange::kChanged);
}

TEST(PeersEditor, BeginsANewFile) {
  constexpr std::string_view kNewFile = "# Our team's relays\n";
  const auto made = EditPeer(kNewFile, {.identity = Identity::Parse("bob").value()});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->text, std::string(kNewFile) + "\n[[peers]]\nidentity = \"bob\"\n");
}

}  // namespace
}  // namespace cctl
