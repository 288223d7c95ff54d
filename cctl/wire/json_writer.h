// SPDX-License-Identifier: MIT
//
// Writes JSON (RFC 8259) without white space to any sink: something with append(const char*, size_t), as std::string,
// or append(std::string_view), as InlineString. Commas are put where they belong. Only what must be escaped is: the
// quote, the backslash and control characters. A byte of a string that is no UTF-8 is written as U+FFFD, so that no
// text from elsewhere can make a line that the other side has to refuse. No allocation; a sink that is full tells so
// itself. The caller closes what it opens and writes a name before each value of an object.
//
//   cctl::JsonWriter json(out);
//   json.BeginObject().Name("id").String("7").Name("port").Int(9847).EndObject();  // {"id":"7","port":9847}

#ifndef CCTL_WIRE_JSON_WRITER_H_
#define CCTL_WIRE_JSON_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cctl/base/decimal.h"
#include "cctl/base/hex.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/utf8.h"
#include "cctl/wire/json_plain_text.h"
#include "cctl/wire/json_string.h"

namespace cctl {

template <typename Sink>
class JsonWriter {
 public:
  explicit JsonWriter(Sink& out) : out_(out) {}

  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }

  // The name of the member whose value is written next.
  JsonWriter& Name(std::string_view name) {
    String(name);
    Put(":");
    comma_ = false;
    return *this;
  }

  JsonWriter& String(std::string_view text) {
    Separate();
    Put("\"");
    PutEscaped(text);
    Put("\"");
    return *this;
  }

  // A string that was read from a line: as it was written there.
  JsonWriter& String(const JsonString& string) {
    Separate();
    Put("\"");
    Put(string.raw());
    Put("\"");
    return *this;
  }

  JsonWriter& Int(std::int64_t value) {
    Separate();
    InlineString<20> digits;
    AppendDecimal(value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value), digits);
    if (value < 0) Put("-");
    Put(digits);
    return *this;
  }

  JsonWriter& Bool(bool value) { return Raw(value ? "true" : "false"); }
  JsonWriter& Null() { return Raw("null"); }

  // One value that is JSON already. It must be valid: nothing here checks it.
  JsonWriter& Raw(std::string_view json) {
    Separate();
    Put(json);
    return *this;
  }

 private:
  void Put(std::string_view text) {
    if constexpr (requires { out_.append(text.data(), text.size()); }) {
      out_.append(text.data(), text.size());
    } else {
      out_.append(text);
    }
  }

  void Separate() {
    if (comma_) Put(",");
    comma_ = true;
  }

  JsonWriter& Open(char bracket) {
    Separate();
    Put({&bracket, 1});
    comma_ = false;
    return *this;
  }

  JsonWriter& Close(char bracket) {
    Put({&bracket, 1});
    comma_ = true;
    return *this;
  }

  void PutEscaped(std::string_view text) {
    const char* p = text.data();
    const char* const end = p + text.size();
    while (p != end) {
      const char* const run = p;
      p = detail::SkipPlainJsonText(p, end);
      Put({run, static_cast<std::size_t>(p - run)});
      if (p == end) return;
      const std::string_view rest(p, static_cast<std::size_t>(end - p));
      if (static_cast<unsigned char>(*p) < 0x80) {
        PutEscape(*p++);
      } else if (const std::size_t size = DecodeUtf8(rest).size; size != 0) {
        Put(rest.substr(0, size));
        p += size;
      } else {
        Put("\xef\xbf\xbd");
        ++p;
      }
    }
  }

  void PutEscape(char c) {
    switch (c) {
      case '"':
        return Put("\\\"");
      case '\\':
        return Put("\\\\");
      case '\b':
        return Put("\\b");
      case '\f':
        return Put("\\f");
      case '\n':
        return Put("\\n");
      case '\r':
        return Put("\\r");
      case '\t':
        return Put("\\t");
      default:
        const char escape[] = {'\\',
                               'u',
                               '0',
                               '0',
                               HexDigit(static_cast<unsigned char>(c) >> 4),
                               HexDigit(static_cast<unsigned char>(c) & 15u)};
        return Put({escape, sizeof(escape)});
    }
  }

  Sink& out_;
  bool comma_ = false;  // a value came before in the array or object that is open: there is no other state
};

}  // namespace cctl

#endif  // CCTL_WIRE_JSON_WRITER_H_
