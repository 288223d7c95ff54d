// SPDX-License-Identifier: MIT
//
// Where the parts of a TOML document lie (TOML 1.0.0): its headers, keys and values as ranges of bytes. A parser says
// what a document means; whoever changes one value of it and no other byte has to know where it is written. Values are
// not judged, so the layout of a text that is no TOML may exist, too: whether it is, toml++ says. The other way round
// holds: what toml++ accepts has a layout, unless it is nested deeper than any file of ours.
//
// Untrusted input: time and memory are linear in the text, and nesting is bounded. toml++ bounds that of arrays and
// inline tables, but builds as many tables as a dotted key has parts, and destroys them by recursion; some texts that
// are no TOML it does not survive at all (3.3 asserts, or runs into what it calls unreachable). So a file from a clone
// is laid out first, and parsed only when that succeeds.
//
//   const auto layout = cctl::ScanToml("[[peers]]\naddr = '10.0.0.1:9847'  # office\n");
//   // (*layout)[1].key is `addr`, (*layout)[1].value is `'10.0.0.1:9847'`

#ifndef CCTL_PROJECT_TOML_LAYOUT_H_
#define CCTL_PROJECT_TOML_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "cctl/base/result.h"

namespace cctl {

// The parts of one key, and how deep arrays and inline tables may stand in each other: more than people write, and far
// less than a stack holds.
inline constexpr std::size_t kMaxTomlKeyParts = 16;
inline constexpr int kMaxTomlDepth = 16;

// Bytes [begin, end) of a text.
struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;

  [[nodiscard]] constexpr std::string_view In(std::string_view text) const { return text.substr(begin, end - begin); }
  friend constexpr bool operator==(const ByteRange&, const ByteRange&) = default;
};

enum class TomlStatementKind : std::uint8_t { kTable, kArrayElement, kKeyValue };  // [a.b]  [[a.b]]  a.b = 1

struct TomlStatement {
  TomlStatementKind kind = TomlStatementKind::kKeyValue;
  ByteRange key;    // with its dots and quotes, without space around it
  ByteRange value;  // of a key and value; else empty
  ByteRange lines;  // from the start of its first line to behind the end of its last
};

// A key and value of an inline table.
struct TomlMember {
  ByteRange key;
  ByteRange value;
};

namespace detail {

// Reads a document from front to back, looking for nothing but where things begin and end.
class TomlScanner {
 public:
  explicit TomlScanner(std::string_view text, std::size_t at = 0) : text_(text), at_(at) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool AtEnd() const { return at_ >= text_.size(); }
  [[nodiscard]] char Peek() const { return AtEnd() ? '\0' : text_[at_]; }
  bool Consume(std::string_view literal) {
    if (text_.substr(at_, literal.size()) != literal) return false;
    at_ += literal.size();
    return true;
  }
  [[nodiscard]] Error Wrong(const char* part) const {
    return {AtEnd() ? Errc::kTruncated : Errc::kInvalid, static_cast<std::uint32_t>(at_), 0, part};
  }

  void SkipBlanks() {
    while (Peek() == ' ' || Peek() == '\t') ++at_;
  }
  // Past the end of the line, of which nothing but a comment may be left.
  Result<void> SkipLineEnd() {
    SkipBlanks();
    if (Peek() == '#') SkipComment();
    if (AtEnd() || Consume("\n") || Consume("\r\n")) return {};
    return Wrong("the end of the line");
  }
  // Blanks, line ends and comments, as they may stand between the elements of an array.
  void SkipFiller() {
    while (true) {
      SkipBlanks();
      if (Peek() == '#') SkipComment();
      if (!Consume("\n") && !Consume("\r\n")) return;
    }
  }

  // A key of one part or several.
  Result<ByteRange> TakeKey() {
    ByteRange key{at_, at_};
    for (std::size_t parts = 1;; ++parts) {
      if (parts > kMaxTomlKeyParts) return TooDeep(kMaxTomlKeyParts);
      if (Peek() == '"' || Peek() == '\'') {
        if (const auto taken = SkipString(Peek(), /*one_line=*/true); !taken) return taken.error();
      } else {
        const std::size_t start = at_;
        while (IsBareKeyCharacter(Peek())) ++at_;
        if (at_ == start) return Wrong("a key");
      }
      key.end = at_;
      SkipBlanks();
      if (!Consume(".")) break;
      SkipBlanks();
    }
    at_ = key.end;
    return key;
  }

  Result<ByteRange> TakeValue(int depth = 0) {
    const std::size_t start = at_;
    Result<void> taken;
    switch (Peek()) {
      case '"':
      case '\'':
        taken = SkipString(Peek(), /*one_line=*/false);
        break;
      case '[':
        taken = TakeArray(depth + 1, [](ByteRange) {});
        break;
      case '{':
        taken = TakeInlineTable(depth + 1, [](TomlMember) {});
        break;
      default:
        taken = SkipBareValue();
    }
    if (!taken) return taken.error();
    return ByteRange{start, at_};
  }

  // From `[` to behind `]`; each element's range goes to `found`.
  template <typename Found>
  Result<void> TakeArray(int depth, Found found) {
    if (depth > kMaxTomlDepth) return TooDeep(kMaxTomlDepth);
    if (!Consume("[")) return Wrong("[");
    while (true) {
      SkipFiller();
      if (Consume("]")) return {};
      const auto element = TakeValue(depth);
      if (!element) return element.error();
      found(*element);
      SkipFiller();
      if (Consume("]")) return {};
      if (!Consume(",")) return Wrong(", or ]");
    }
  }

  // From `{` to behind `}`; each member goes to `found`.
  template <typename Found>
  Result<void> TakeInlineTable(int depth, Found found) {
    if (depth > kMaxTomlDepth) return TooDeep(kMaxTomlDepth);
    if (!Consume("{")) return Wrong("{");
    SkipBlanks();
    if (Consume("}")) return {};
    while (true) {
      SkipBlanks();
      const auto member = TakeMember(depth);
      if (!member) return member.error();
      found(*member);
      SkipBlanks();
      if (Consume("}")) return {};
      if (!Consume(",")) return Wrong(", or }");
    }
  }

  // key = value
  Result<TomlMember> TakeMember(int depth) {
    const auto key = TakeKey();
    if (!key) return key.error();
    SkipBlanks();
    if (!Consume("=")) return Wrong("=");
    SkipBlanks();
    const auto value = TakeValue(depth);
    if (!value) return value.error();
    return TomlMember{*key, *value};
  }

 private:
  static constexpr bool IsBareKeyCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  }

  [[nodiscard]] Error TooDeep(std::size_t limit) const {
    return {Errc::kTooDeep, static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(limit), "less nesting"};
  }

  void SkipComment() {
    while (!AtEnd() && Peek() != '\n') ++at_;
    if (!AtEnd() && text_[at_ - 1] == '\r') --at_;
  }

  // A string in one of the four forms; `one_line`: in one of the two that a key may have.
  Result<void> SkipString(char quote, bool one_line) {
    const std::string_view three = quote == '"' ? "\"\"\"" : "'''";
    const bool multiline = !one_line && Consume(three);
    if (!multiline) ++at_;
    while (!AtEnd()) {
      const char c = Peek();
      if (c == '\\' && quote == '"') {
        at_ += 2;
        continue;
      }
      if (!multiline && (c == '\n' || c == '\r')) return Wrong("a closing quote");
      if (c != quote) {
        ++at_;
        continue;
      }
      if (!multiline) return ++at_, Result<void>();
      if (!Consume(three)) {
        ++at_;
        continue;
      }
      // One or two quotes may stand before the closing three.
      for (int more = 0; more < 2 && Peek() == quote; ++more) ++at_;
      return {};
    }
    at_ = text_.size();
    return Wrong("a closing quote");
  }

  // A number, a date (which may have a blank in it), true or false.
  Result<void> SkipBareValue() {
    const std::size_t start = at_;
    while (IsBareKeyCharacter(Peek()) || std::string_view("+.: \t").find(Peek()) != std::string_view::npos) ++at_;
    while (at_ > start && (text_[at_ - 1] == ' ' || text_[at_ - 1] == '\t')) --at_;
    if (at_ == start) return Wrong("a value");
    return {};
  }

  std::string_view text_;
  std::size_t at_;
};

}  // namespace detail

inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// The statements of a document, in their order. Errors: kInvalid and kTruncated with the offset, the part being what
// was expected there ("a key", "=", "a closing quote"); kTooDeep, `value` being the limit.
inline Result<std::vector<TomlStatement>> ScanToml(std::string_view text) {
  std::vector<TomlStatement> statements;
  detail::TomlScanner in(text);
  (void)in.Consume(kByteOrderMark);
  while (true) {
    in.SkipFiller();
    if (in.AtEnd()) return statements;
    const std::size_t line_end = text.substr(0, in.at()).rfind('\n');
    TomlStatement statement;
    statement.lines.begin = line_end == std::string_view::npos ? 0 : line_end + 1;
    if (in.Consume("[")) {
      const bool element = in.Consume("[");
      statement.kind = element ? TomlStatementKind::kArrayElement : TomlStatementKind::kTable;
      in.SkipBlanks();
      const auto key = in.TakeKey();
      if (!key) return key.error();
      statement.key = *key;
      in.SkipBlanks();
      const char* const closing = element ? "]]" : "]";
      if (!in.Consume(closing)) return in.Wrong(closing);
    } else {
      const auto member = in.TakeMember(0);
      if (!member) return member.error();
      statement.key = member->key;
      statement.value = member->value;
    }
    if (const auto ended = in.SkipLineEnd(); !ended) return ended.error();
    statement.lines.end = in.at();
    statements.push_back(statement);
  }
}

// The elements of an array, the value that lies at `array` in a document that has been scanned.
inline std::vector<ByteRange> ScanTomlArray(std::string_view text, ByteRange array) {
  std::vector<ByteRange> elements;
  (void)detail::TomlScanner(text, array.begin).TakeArray(1, [&](ByteRange element) { elements.push_back(element); });
  return elements;
}

// The members of an inline table, likewise.
inline std::vector<TomlMember> ScanTomlInlineTable(std::string_view text, ByteRange table) {
  std::vector<TomlMember> members;
  (void)detail::TomlScanner(text, table.begin).TakeInlineTable(1, [&](TomlMember member) {
    members.push_back(member);
  });
  return members;
}

}  // namespace cctl

#endif  // CCTL_PROJECT_TOML_LAYOUT_H_
