// SPDX-License-Identifier: MIT
//
// Any text as a TOML document, or as one fault with its line and column. toml++ does the reading; what comes from a
// clone is laid out before, so that no nesting of keys makes it recurse deeper than a stack holds.
//
//   const cctl::TomlDocument document = cctl::ParseToml(text, 1 << 20);
//   if (!document.table) Say(document.fault.line, document.fault.column, document.fault.message);

#ifndef CCTL_PROJECT_TOML_DOCUMENT_H_
#define CCTL_PROJECT_TOML_DOCUMENT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/printable_text.h"
#include "cctl/base/result.h"
#include "cctl/base/utf8.h"
#include "cctl/project/toml.h"
#include "cctl/project/toml_layout.h"

namespace cctl {

struct TomlFault {
  std::uint32_t line = 0;    // from 1
  std::uint32_t column = 0;  // from 1, in characters
  std::string message;       // printable; without the place

  // "file:line:column: what", as compilers have it.
  [[nodiscard]] std::string In(std::string_view file) const {
    return std::string(file) + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + message;
  }
};

namespace detail {

// Where the byte at `offset` is.
inline std::pair<std::uint32_t, std::uint32_t> LineAndColumn(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto is_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  std::string_view line = before.substr(line_start);
  if (line_start == 0 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  return {static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1),
          static_cast<std::uint32_t>(std::count_if(line.begin(), line.end(), is_character) + 1)};
}

// The parser's sentence, in which it quotes the file.
inline TomlFault FaultOfParser(const toml::parse_error& error) {
  const toml::source_position at = error.source().begin;
  std::string message;
  AppendPrintable(error.description(), message);
  return {at.line, at.column, std::move(message)};
}

// The offset of the first byte that is no UTF-8, or that no TOML document may have: a control character that is no tab
// and no part of a line end. npos: there is none.
inline std::size_t FindBadByte(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto [c, size] = DecodeUtf8(text.substr(at));
    const bool control = (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f;
    if (size == 0 || (control && text.substr(at, 2) != "\r\n")) return at;
    at += size;
  }
  return std::string_view::npos;
}

inline TomlFault FaultAt(std::string_view text, std::size_t offset, std::string message) {
  const auto [line, column] = LineAndColumn(text, offset);
  return {line, column, std::move(message)};
}

}  // namespace detail

// A parsed document, or why it is none. Copies of a toml++ document do not know where anything was written; this moves.
struct TomlDocument {
  std::optional<toml::table> table;
  std::vector<TomlStatement> layout = {};  // of the table
  TomlFault fault = {};
};

// `limit`: of the text, in bytes.
inline TomlDocument ParseToml(std::string_view text, std::size_t limit) {
  if (text.size() > limit) return {std::nullopt, {}, {1, 1, "larger than " + std::to_string(limit / 1024) + " KiB"}};
  if (const std::size_t bad = detail::FindBadByte(text); bad != std::string_view::npos) {
    const bool utf8 = DecodeUtf8(text.substr(bad)).size > 0;
    return {std::nullopt, {}, detail::FaultAt(text, bad, utf8 ? "a control character" : "this is no UTF-8")};
  }
  auto layout = ScanToml(text);
  if (!layout) {
    const Error& error = layout.error();
    return {
        std::nullopt,
        {},
        detail::FaultAt(text, error.offset,
                        error.code == Errc::kTooDeep ? "nested deeper than " + std::to_string(error.value) + " levels"
                                                     : std::string("expected ") + error.part)};
  }
  toml::parse_result document = toml::parse(text);
  if (document) return {std::move(document).table(), *std::move(layout)};
  return {std::nullopt, {}, detail::FaultOfParser(document.error())};
}

}  // namespace cctl

#endif  // CCTL_PROJECT_TOML_DOCUMENT_H_
