// SPDX-License-Identifier: MIT
//
// Changes or adds one entry in the text of a project's peers file and leaves every other byte as it was: comments,
// blank lines, the order, the quoting, unknown keys, CRLF, a missing last line end, a byte-order mark. Whatever comes
// out has been read again: it means the old document with that one change, or nothing comes out.
//
//   const auto edited = cctl::EditPeer(text, {.identity = *self, .addr = "192.168.1.50:9847"});
//   if (edited && edited->change != cctl::PeerChange::kNone) Save(edited->text);

#ifndef CCTL_PROJECT_PEERS_EDITOR_H_
#define CCTL_PROJECT_PEERS_EDITOR_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/hex.h"
#include "cctl/base/result.h"
#include "cctl/base/utf8.h"
#include "cctl/identity/identity.h"
#include "cctl/project/peers_file.h"
#include "cctl/project/toml.h"
#include "cctl/project/toml_document.h"
#include "cctl/project/toml_layout.h"

namespace cctl {

// What an entry shall say; what is absent stays as it is.
struct PeerEdit {
  Identity identity;
  std::optional<std::string> name = {};
  std::optional<std::string> addr = {};
  std::optional<std::string> tailscale = {};
  bool may_add = true;  // false: only an entry that is there is changed
};

enum class PeerChange : std::uint8_t { kNone, kAdded, kChanged };

struct EditedPeers {
  std::string text;
  PeerChange change = PeerChange::kNone;
};

namespace detail {

// A text as TOML writes it, in one line.
inline std::string TomlString(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      ((out += "\\u00") += HexDigit(byte >> 4)) += HexDigit(byte & 15u);
    } else {
      out += c;
    }
  }
  return out += '"';
}

// A key of one part without its quotes; nothing for one of several parts.
inline std::optional<std::string> SinglePartKey(std::string_view key) {
  const char quote = key.front();
  if (quote != '"' && quote != '\'') {
    return key.find_first_of(". \t") == std::string_view::npos ? std::optional<std::string>(key) : std::nullopt;
  }
  if (quote == '\'' || key.find('\\') == std::string_view::npos) {
    const std::size_t end = key.find(quote, 1);
    return end + 1 == key.size() ? std::optional<std::string>(key.substr(1, end - 1)) : std::nullopt;
  }
  // With escapes: toml++ knows them.
  const auto parsed = toml::parse(std::string(key) + "=0");
  if (!parsed || parsed.table().size() != 1 || !parsed.table().begin()->second.is_integer()) return std::nullopt;
  return std::string(parsed.table().begin()->first.str());
}

inline bool IsKey(std::string_view key, std::string_view name) { return SinglePartKey(key) == name; }

// The keys of an entry in the order in which they are written.
struct PeerKey {
  std::string_view name;
  std::optional<std::string> value;
};
inline std::array<PeerKey, 4> KeysOf(const PeerEdit& edit) {
  return {{{"identity", std::string(edit.identity.view())},
           {"name", edit.name},
           {"addr", edit.addr},
           {"tailscale", edit.tailscale}}};
}

// One text being edited: where its entries lie, and what is to be put where.
class PeersEditor {
 public:
  PeersEditor(std::string_view text, const std::vector<TomlStatement>& layout) : text_(text), layout_(layout) {
    const std::size_t newline = text.find('\n');
    crlf_ = newline != std::string_view::npos && newline > 0 && text[newline - 1] == '\r';
  }

  // Adds an entry. False: this form of file is not understood.
  bool Add(const toml::array* entries, const PeerEdit& edit) {
    if (const TomlStatement* const array = FindInlineArray()) return AddInline(array->value, edit);
    if (entries != nullptr && CountHeaders() != entries->size()) return false;
    std::string block;
    const bool ends_line = text_.empty() || text_.ends_with('\n');
    if (!ends_line) block += NewLine();
    if (!IsBlank(text_) && !EndsWithBlankLine()) block += NewLine();
    block.append("[[peers]]");
    for (const PeerKey& key : KeysOf(edit)) {
      if (key.value) block.append(NewLine()).append(key.name).append(" = ").append(TomlString(*key.value));
    }
    if (ends_line) block += NewLine();
    Put({text_.size(), text_.size()}, std::move(block));
    return true;
  }

  // Changes the entry of that index, counted from 0.
  bool Change(std::size_t index, const PeerEdit& edit) {
    if (const TomlStatement* const array = FindInlineArray()) {
      const std::vector<ByteRange> elements = ScanTomlArray(text_, array->value);
      return index < elements.size() && ChangeInline(elements[index], edit);
    }
    std::size_t at = 0;
    for (std::size_t seen = 0; at < layout_.size(); ++at) {
      if (IsHeader(layout_[at]) && seen++ == index) break;
    }
    return at < layout_.size() && ChangeBlock(at, edit);
  }

  // The text with all that was put into it.
  [[nodiscard]] std::string Finish() && {
    std::stable_sort(patches_.begin(), patches_.end(),
                     [](const auto& a, const auto& b) { return a.first.begin < b.first.begin; });
    std::string out;
    std::size_t done = 0;
    for (const auto& [range, replacement] : patches_) {
      out.append(text_.substr(done, range.begin - done)).append(replacement);
      done = range.end;
    }
    return out.append(text_.substr(done));
  }

 private:
  [[nodiscard]] bool IsHeader(const TomlStatement& statement) const {
    return statement.kind == TomlStatementKind::kArrayElement && IsKey(statement.key.In(text_), "peers");
  }
  [[nodiscard]] std::size_t CountHeaders() const {
    return static_cast<std::size_t>(
        std::count_if(layout_.begin(), layout_.end(), [this](const TomlStatement& one) { return IsHeader(one); }));
  }
  // `peers = [...]`, which can only stand above all headers.
  [[nodiscard]] const TomlStatement* FindInlineArray() const {
    for (const TomlStatement& statement : layout_) {
      if (statement.kind != TomlStatementKind::kKeyValue) return nullptr;
      if (IsKey(statement.key.In(text_), "peers")) return &statement;
    }
    return nullptr;
  }

  [[nodiscard]] const char* NewLine() const { return crlf_ ? "\r\n" : "\n"; }
  static bool IsBlank(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
  }
  [[nodiscard]] bool EndsWithBlankLine() const {
    if (!text_.ends_with('\n')) return false;
    const std::string_view lines = text_.substr(0, text_.size() - 1);
    return IsBlank(lines.substr(lines.rfind('\n') + 1));
  }
  // What stands between the start of its line and `at`, if that is nothing but blanks.
  [[nodiscard]] std::optional<std::string_view> IndentAt(std::size_t at) const {
    const std::size_t line = text_.substr(0, at).rfind('\n') + 1;
    const std::string_view before = text_.substr(line, at - line);
    return before.find_first_not_of(" \t") == std::string_view::npos ? std::optional(before) : std::nullopt;
  }

  void Put(ByteRange range, std::string text) { patches_.emplace_back(range, std::move(text)); }

  // [[peers]] and the keys behind it, up to the next header.
  bool ChangeBlock(std::size_t header, const PeerEdit& edit) {
    const TomlStatement* last = &layout_[header];  // behind which the next new key belongs
    std::string added;
    const auto flush = [this, &last, &added] {
      if (!added.empty()) Put({last->lines.end, last->lines.end}, std::exchange(added, {}));
    };
    for (const PeerKey& key : KeysOf(edit)) {
      const TomlStatement* present = nullptr;
      for (std::size_t i = header + 1; i < layout_.size() && layout_[i].kind == TomlStatementKind::kKeyValue; ++i) {
        if (IsKey(layout_[i].key.In(text_), key.name)) present = &layout_[i];
      }
      if (present != nullptr) {
        flush();
        last = present;
        if (key.value && key.name != "identity") Put(present->value, TomlString(*key.value));
      } else if (key.value) {
        AppendLine(*last, key, added);
      }
    }
    flush();
    return true;
  }
  void AppendLine(const TomlStatement& behind, const PeerKey& key, std::string& added) const {
    std::string line(IndentAt(behind.key.begin).value_or(std::string_view()));
    line.append(key.name).append(" = ").append(TomlString(*key.value));
    // A last line without an end stays one.
    const bool ends_line = text_.substr(0, behind.lines.end).ends_with('\n');
    if (ends_line) {
      added.append(line).append(NewLine());
    } else {
      added.append(NewLine()).append(line);
    }
  }

  static std::string InlineEntry(const PeerEdit& edit) {
    std::string entry = "{";
    for (const PeerKey& key : KeysOf(edit)) {
      if (!key.value) continue;
      entry.append(entry.size() > 1 ? ", " : " ").append(key.name).append(" = ").append(TomlString(*key.value));
    }
    return entry.append(" }");
  }

  // Behind the last element of `peers = [...]`, in a line of its own where that has one.
  bool AddInline(ByteRange array, const PeerEdit& edit) {
    const std::vector<ByteRange> elements = ScanTomlArray(text_, array);
    if (elements.empty()) {
      Put({array.begin + 1, array.begin + 1}, InlineEntry(edit));
      return true;
    }
    const ByteRange last = elements.back();
    TomlScanner behind(text_, last.end);
    behind.SkipFiller();
    const bool comma = behind.Consume(",");
    const auto indent = IndentAt(last.begin);
    if (!indent) {
      const std::size_t at = comma ? behind.at() : last.end;
      Put({at, at}, (comma ? " " : ", ") + InlineEntry(edit));
      return true;
    }
    // A comment behind the last element is about that one.
    if (!comma) Put({last.end, last.end}, ",");
    const std::size_t element_end = comma ? behind.at() : last.end;
    TomlScanner line(text_, element_end);
    const std::size_t line_end = line.SkipLineEnd() ? line.at() - LineEndSize(line.at()) : element_end;
    std::string entry = NewLine() + std::string(*indent) + InlineEntry(edit);
    if (comma) entry += ',';
    Put({line_end, line_end}, std::move(entry));
    return true;
  }
  // Of the line end in front of `at`.
  [[nodiscard]] std::size_t LineEndSize(std::size_t at) const {
    const std::string_view before = text_.substr(0, at);
    return before.ends_with("\r\n") ? 2u : before.ends_with("\n") ? 1u : 0u;
  }

  // { identity = "...", ... }
  bool ChangeInline(ByteRange table, const PeerEdit& edit) {
    const std::vector<TomlMember> members = ScanTomlInlineTable(text_, table);
    if (members.empty()) return false;
    std::string added;
    for (const PeerKey& key : KeysOf(edit)) {
      if (!key.value) continue;
      const auto present = std::find_if(members.begin(), members.end(), [this, &key](const TomlMember& member) {
        return IsKey(member.key.In(text_), key.name);
      });
      if (present == members.end()) {
        added.append(", ").append(key.name).append(" = ").append(TomlString(*key.value));
      } else if (key.name != "identity") {
        Put(present->value, TomlString(*key.value));
      }
    }
    if (!added.empty()) Put({members.back().value.end, members.back().value.end}, std::move(added));
    return true;
  }

  std::string_view text_;
  const std::vector<TomlStatement>& layout_;
  bool crlf_ = false;
  std::vector<std::pair<ByteRange, std::string>> patches_;
};

// The index of the entry of that identity; SIZE_MAX where there is none. kDuplicate: two, or one whose name differs in
// case and which another machine may go by.
inline Result<std::size_t> FindEntry(const toml::array* entries, const Identity& identity) {
  std::size_t found = SIZE_MAX;
  for (std::size_t i = 0; entries != nullptr && i < entries->size(); ++i) {
    const toml::table* const entry = entries->get(i)->as_table();
    const auto* const text = entry == nullptr ? nullptr : entry->get_as<std::string>("identity");
    const auto named = text == nullptr ? Result<Identity>(Error{}) : Identity::Parse(text->get());
    if (!named || !SameName(*named, identity)) continue;
    const std::uint32_t line = entry->source().begin.line;
    if (found != SIZE_MAX || *named != identity) return Error{Errc::kDuplicate, 0, line, "identity"};
    found = i;
  }
  return found;
}

// The document that the edited text shall mean.
inline toml::table ExpectedDocument(const toml::table& document, std::size_t index, const PeerEdit& edit) {
  toml::table expected = document;
  if (!expected.contains("peers")) expected.insert("peers", toml::array());
  toml::array& entries = *expected.get_as<toml::array>("peers");
  if (index == SIZE_MAX) {
    index = entries.size();
    entries.push_back(toml::table());
  }
  for (const PeerKey& key : KeysOf(edit)) {
    if (key.value) entries.get(index)->as_table()->insert_or_assign(key.name, *key.value);
  }
  return expected;
}

}  // namespace detail

// `text`: the file as it is; empty: a new one. Errors, `value` being a line where there is one:
//   kInvalid    part "toml": it is no TOML (ParsePeersFile says why); part "peers": `peers` is something else than a
//               list; part "name": the new name is no UTF-8
//   kDuplicate  part "identity": two entries for it, so it is not clear which is meant
//   kNotFound   part "identity": there is none, and none may be added
//   kTooLong    part "peers": 256 entries are there (value: 256); part "name"; part "file": larger than a file may be
//   kUnsupported, part "file": this file is written in a way in which the entry cannot be changed alone
inline Result<EditedPeers> EditPeer(std::string_view text, const PeerEdit& edit) {
  const TomlDocument document = ParseToml(text, kMaxPeersFileSize);
  if (!document.table) return Error{Errc::kInvalid, 0, document.fault.line, "toml"};
  if (edit.name) {
    if (edit.name->size() > kMaxPeerNameSize) return Error{Errc::kTooLong, 0, kMaxPeerNameSize, "name"};
    for (std::string_view rest = *edit.name; !rest.empty();) {
      const std::size_t size = DecodeUtf8(rest).size;
      if (size == 0) return Error{Errc::kInvalid, 0, 0, "name"};
      rest.remove_prefix(size);
    }
  }
  const toml::node* const peers = document.table->get("peers");
  const toml::array* const entries = peers == nullptr ? nullptr : peers->as_array();
  if (peers != nullptr && entries == nullptr) return Error{Errc::kInvalid, 0, peers->source().begin.line, "peers"};
  const auto index = detail::FindEntry(entries, edit.identity);
  if (!index) return index.error();
  const bool adds = *index == SIZE_MAX;
  if (adds && !edit.may_add) return Error{Errc::kNotFound, 0, 0, "identity"};
  if (adds && entries != nullptr && entries->size() >= kMaxProjectPeers) {
    return Error{Errc::kTooLong, 0, kMaxProjectPeers, "peers"};
  }
  const toml::table expected = detail::ExpectedDocument(*document.table, *index, edit);
  if (expected == *document.table) return EditedPeers{std::string(text), PeerChange::kNone};
  detail::PeersEditor editor(text, document.layout);
  const bool understood = adds ? editor.Add(entries, edit) : editor.Change(*index, edit);
  if (!understood) return Error{Errc::kUnsupported, 0, 0, "file"};
  std::string edited = std::move(editor).Finish();
  if (edited.size() > kMaxPeersFileSize) return Error{Errc::kTooLong, 0, kMaxPeersFileSize, "file"};
  const TomlDocument again = ParseToml(edited, kMaxPeersFileSize);
  if (!again.table || *again.table != expected) return Error{Errc::kUnsupported, 0, 0, "file"};
  return EditedPeers{std::move(edited), adds ? PeerChange::kAdded : PeerChange::kChanged};
}

}  // namespace cctl

#endif  // CCTL_PROJECT_PEERS_EDITOR_H_
