// SPDX-License-Identifier: MIT
//
// cctl 0.1.0 in one header, made by tools/make_single_header: change the headers, not this.

// ---- cctl/machines.h ----

// The protocol of cctl for a program with an event loop of its own: lines and announcements, and the state machines of
// handshake, pairing, sessions and discovery, besides the values of cctl/cctl.h. Needs the standard library alone: no
// socket, file, clock or thread. Those are yours, or cctl/net, cctl/sys and cctl/node.

#ifndef CCTL_MACHINES_H_
#define CCTL_MACHINES_H_

// ---- cctl/cctl.h ----

// The values of cctl: identities, codes, keys and proofs, invite links, QR codes. Needs the standard library alone, and
// costs a compiler about what <string>, <vector> and <span> do. Who also shakes hands, announces or pairs includes
// cctl/machines.h; who wants all of that done includes cctl/node/node.h.

#ifndef CCTL_CCTL_H_
#define CCTL_CCTL_H_

// ---- cctl/base/base64.h ----

// Base64 (RFC 4648, section 4), with padding and without line breaks. Usable in a constant expression.

#ifndef CCTL_BASE_BASE64_H_
#define CCTL_BASE_BASE64_H_

#include <cstdint>
#include <string_view>

namespace cctl {

// Takes bytes piece by piece and appends their Base64 to anything with append(std::string_view), four characters at a
// time. Itself such a sink.
template <typename Sink>
class Base64Writer {
 public:
  constexpr explicit Base64Writer(Sink& out) : out_(out) {}

  constexpr void append(std::string_view bytes) {
    for (const char byte : bytes) {
      held_ = held_ << 8 | static_cast<unsigned char>(byte);
      if (++held_bytes_ == 3) Flush();
    }
  }

  // Writes what is left, with padding. Then begins anew.
  constexpr void Finish() {
    if (held_bytes_ > 0) Flush();
  }

 private:
  constexpr void Flush() {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    held_ <<= 8 * (3 - held_bytes_);
    char digits[4] = {'=', '=', '=', '='};
    for (int i = 0; i <= held_bytes_; ++i) digits[i] = kAlphabet[held_ >> (18 - 6 * i) & 63];
    out_.append(std::string_view(digits, sizeof digits));
    held_ = 0;
    held_bytes_ = 0;
  }

  Sink& out_;
  std::uint32_t held_ = 0;
  int held_bytes_ = 0;
};

}  // namespace cctl

#endif  // CCTL_BASE_BASE64_H_
// ---- cctl/base/bytes.h ----

// Views of bytes, and fixed-width integers in network byte order (RFC 791, appendix B). No allocation, no errors.

#ifndef CCTL_BASE_BYTES_H_
#define CCTL_BASE_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace cctl {

using ByteView = std::span<const std::uint8_t>;
using ByteSpan = std::span<std::uint8_t>;

// The bytes of a text.
inline ByteView AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The text that bytes spell; whether it is UTF-8 is for the caller to know.
inline std::string_view AsText(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

constexpr std::uint32_t LoadBigEndian32(const std::uint8_t* in) {
  return std::uint32_t{in[0]} << 24 | std::uint32_t{in[1]} << 16 | std::uint32_t{in[2]} << 8 | std::uint32_t{in[3]};
}

constexpr std::uint64_t LoadBigEndian64(const std::uint8_t* in) {
  return std::uint64_t{LoadBigEndian32(in)} << 32 | LoadBigEndian32(in + 4);
}

constexpr void StoreBigEndian32(std::uint32_t value, std::uint8_t* out) {
  for (int i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

constexpr void StoreBigEndian64(std::uint64_t value, std::uint8_t* out) {
  for (int i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
}

}  // namespace cctl

#endif  // CCTL_BASE_BYTES_H_
// ---- cctl/base/decimal.h ----

// Numbers as decimal digits, without <charconv> (which would cost every includer a fifth of a light header's
// allowance). Usable in a constant expression; no allocation.

#ifndef CCTL_BASE_DECIMAL_H_
#define CCTL_BASE_DECIMAL_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cctl {

constexpr bool IsDecimalDigit(char c) { return c >= '0' && c <= '9'; }

// Appends `value` to anything with append(std::string_view), with zeros in front up to `width` digits (at most 20).
template <typename Sink>
constexpr void AppendDecimal(std::uint64_t value, Sink& out, std::size_t width = 1) {
  constexpr std::size_t kMost = 20;  // of a 64-bit number
  char digits[kMost];
  for (char& digit : digits) digit = '0';
  std::size_t start = kMost;
  do {
    digits[--start] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  const std::size_t padded = kMost - (width < kMost ? width : kMost);
  if (padded < start) start = padded;
  out.append(std::string_view(digits + start, kMost - start));
}

}  // namespace cctl

#endif  // CCTL_BASE_DECIMAL_H_
// ---- cctl/base/duration_text.h ----

// Durations as people type them on a command line: digits and one unit, `300ms`, `90s`, `15m`, `24h`, `7d`. No sign, no
// fraction, no sum of units. Usable in a constant expression.
//
//   cctl::ParseDuration("24h")->ms == 86'400'000

#ifndef CCTL_BASE_DURATION_TEXT_H_
#define CCTL_BASE_DURATION_TEXT_H_

#include <cstdint>
#include <string_view>

// ---- cctl/base/result.h ----

// Result<T>: a value or an Error, with the member names of C++23's std::expected. An Error allocates nothing, works in
// a constant expression and cannot hold a secret: it names the part that is wrong by a static word and says where. The
// upper floors make the sentence of it. There are no exceptions; reading the value of an error ends the program.
//
//   cctl::Result<int> port = ParsePort(text);
//   if (!port) return port.error();
//   Use(*port);

#ifndef CCTL_BASE_RESULT_H_
#define CCTL_BASE_RESULT_H_

#include <cstdint>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

// ---- cctl/base/errc.h ----

// The closed set of error codes. Every code has a stable name, which `--json` prints as `error.code` and tests compare;
// names are never changed or reused. The first group says what is wrong with a text or a line (codecs), the second what
// went wrong in a protocol or on the machine. Light: the standard library's <string_view> only.
//
//   cctl::ErrcName(cctl::Errc::kIdentityMismatch) == "identity_mismatch"

#ifndef CCTL_BASE_ERRC_H_
#define CCTL_BASE_ERRC_H_

#include <cstdint>
#include <string_view>

namespace cctl {

enum class Errc : std::uint8_t {
  // What codecs find. On the command line all of them are `invalid`; from a peer they are `protocol`.
  kInvalid,     // not of the form that is expected here
  kTruncated,   // the input ends inside the part
  kTooLong,     // longer than its limit; Error::value is the limit
  kTooDeep,     // nested deeper than the limit; Error::value is the limit
  kOutOfRange,  // a number outside its range
  kDuplicate,   // the same member twice
  kMissing,     // a member that must be there is not
  kTrailing,    // something follows the end

  // What protocols, the machine and the command line find.
  kInternal,
  kIo,
  kCheckFailed,
  kUsage,
  kConfig,
  kUnreachable,
  kNotFound,
  kProtocol,
  kAmbiguous,
  kDenied,
  kAuthFailed,
  kUnproven,
  kIdentityMismatch,
  kUntrustedNetwork,
  kUnsupported,
  kTimeout,
  kBusy,
  kExpired,
  kNoRelay,
  kAlreadyRunning,
  kPartial,
  kInterrupted,
};

// Number of codes; the last one is kErrcCount - 1.
inline constexpr int kErrcCount = static_cast<int>(Errc::kInterrupted) + 1;

// The stable name of a code, lower case with underscores.
constexpr std::string_view ErrcName(Errc code) {
  switch (code) {
    case Errc::kInvalid:
      return "invalid";
    case Errc::kTruncated:
      return "truncated";
    case Errc::kTooLong:
      return "too_long";
    case Errc::kTooDeep:
      return "too_deep";
    case Errc::kOutOfRange:
      return "out_of_range";
    case Errc::kDuplicate:
      return "duplicate";
    case Errc::kMissing:
      return "missing";
    case Errc::kTrailing:
      return "trailing";
    case Errc::kInternal:
      return "internal";
    case Errc::kIo:
      return "io";
    case Errc::kCheckFailed:
      return "check_failed";
    case Errc::kUsage:
      return "usage";
    case Errc::kConfig:
      return "config";
    case Errc::kUnreachable:
      return "unreachable";
    case Errc::kNotFound:
      return "not_found";
    case Errc::kProtocol:
      return "protocol";
    case Errc::kAmbiguous:
      return "ambiguous";
    case Errc::kDenied:
      return "denied";
    case Errc::kAuthFailed:
      return "auth_failed";
    case Errc::kUnproven:
      return "unproven";
    case Errc::kIdentityMismatch:
      return "identity_mismatch";
    case Errc::kUntrustedNetwork:
      return "untrusted_network";
    case Errc::kUnsupported:
      return "unsupported";
    case Errc::kTimeout:
      return "timeout";
    case Errc::kBusy:
      return "busy";
    case Errc::kExpired:
      return "expired";
    case Errc::kNoRelay:
      return "no_relay";
    case Errc::kAlreadyRunning:
      return "already_running";
    case Errc::kPartial:
      return "partial";
    case Errc::kInterrupted:
      return "interrupted";
  }
  return "internal";
}

// True for the codes of the first group: the text itself is at fault.
constexpr bool IsFormatError(Errc code) { return code <= Errc::kTrailing; }

}  // namespace cctl

#endif  // CCTL_BASE_ERRC_H_

namespace cctl {

struct Error {
  Errc code = Errc::kInternal;
  std::uint32_t offset = 0;  // in bytes from the start of the input; 0 where there is none
  std::uint32_t value = 0;   // a limit, a line number or an errno, as the code says; 0 where there is none
  const char* part = "";     // a static word: "port", "host", "nonce"; never text from outside

  friend constexpr bool operator==(const Error& a, const Error& b) {
    return a.code == b.code && a.offset == b.offset && a.value == b.value &&
           std::string_view(a.part) == std::string_view(b.part);
  }
};

namespace detail {

// A value or none: what Result needs of std::optional, which takes a compiler five times as long for each type that it
// holds. This one is for types that are copied as bytes; it is copied so, too, and may be in a constant expression.
template <typename T, bool kIsBytes = std::is_trivially_copyable_v<T>>
class ResultSlot {
 public:
  constexpr ResultSlot() : none_(), holds_(false) {}
  constexpr explicit ResultSlot(T value) : value_(std::move(value)), holds_(true) {}

  [[nodiscard]] constexpr bool holds() const { return holds_; }
  constexpr T& value() { return value_; }
  constexpr const T& value() const { return value_; }

 private:
  union {
    char none_;
    T value_;
  };
  bool holds_;
};

// For the others. A copy that throws leaves the slot that was assigned to empty.
template <typename T>
class ResultSlot<T, false> {
 public:
  ResultSlot() : none_(), holds_(false) {}
  explicit ResultSlot(T value) : value_(std::move(value)), holds_(true) {}
  ResultSlot(const ResultSlot& other) requires std::is_copy_constructible_v<T> : none_(), holds_(false) {
    if (other.holds_) Hold(other.value_);
  }
  ResultSlot(ResultSlot&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : none_(), holds_(false) {
    if (other.holds_) Hold(std::move(other.value_));
  }
  ResultSlot& operator=(const ResultSlot& other) requires std::is_copy_constructible_v<T> {
    if (this == &other) return *this;
    Clear();
    if (other.holds_) Hold(other.value_);
    return *this;
  }
  ResultSlot& operator=(ResultSlot&& other) noexcept(std::is_nothrow_move_constructible_v<T>) {
    if (this == &other) return *this;
    Clear();
    if (other.holds_) Hold(std::move(other.value_));
    return *this;
  }
  ~ResultSlot() { Clear(); }

  [[nodiscard]] bool holds() const { return holds_; }
  T& value() { return value_; }
  const T& value() const { return value_; }

 private:
  template <typename U>
  void Hold(U&& value) {
    ::new (static_cast<void*>(__builtin_addressof(value_))) T(std::forward<U>(value));
    holds_ = true;
  }
  void Clear() {
    if (!holds_) return;
    holds_ = false;
    value_.~T();
  }

  union {
    char none_;
    T value_;
  };
  bool holds_;
};

}  // namespace detail

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = Error;

  constexpr Result(T value) : slot_(std::move(value)) {}  // NOLINT(google-explicit-constructor): as std::expected
  constexpr Result(Error error) : error_(error) {}        // NOLINT(google-explicit-constructor): `return error;`

  [[nodiscard]] constexpr bool has_value() const { return slot_.holds(); }
  constexpr explicit operator bool() const { return has_value(); }

  // The value. There must be one: otherwise the program ends here, in every build.
  constexpr T& value() & { return Checked(), slot_.value(); }
  constexpr const T& value() const& { return Checked(), slot_.value(); }
  constexpr T&& value() && { return Checked(), std::move(slot_.value()); }
  constexpr T& operator*() & { return value(); }
  constexpr const T& operator*() const& { return value(); }
  constexpr T&& operator*() && { return std::move(*this).value(); }
  constexpr T* operator->() { return &value(); }
  constexpr const T* operator->() const { return &value(); }

  // The error; a default one where there is a value.
  [[nodiscard]] constexpr const Error& error() const { return error_; }

  template <typename U>
  constexpr T value_or(U&& other) const& {
    return has_value() ? slot_.value() : static_cast<T>(std::forward<U>(other));
  }

 private:
  constexpr void Checked() const {
    if (!has_value()) __builtin_trap();
  }

  detail::ResultSlot<T> slot_;
  Error error_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  constexpr Result() = default;
  constexpr Result(Error error) : failed_(true), error_(error) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] constexpr bool has_value() const { return !failed_; }
  constexpr explicit operator bool() const { return has_value(); }
  [[nodiscard]] constexpr const Error& error() const { return error_; }

 private:
  bool failed_ = false;
  Error error_;
};

}  // namespace cctl

#endif  // CCTL_BASE_RESULT_H_
// ---- cctl/base/text_cursor.h ----

// A bounds-checked position in a text that came from outside. It never reads past the end and never moves backwards;
// what is not there is reported as an empty view, '\0' or false. Usable in a constant expression.
//
//   cctl::TextCursor in("host:80");
//   std::string_view host = in.TakeUntil(':');  // "host"
//   bool colon = in.Consume(":");               // true; in.position() is 5

#ifndef CCTL_BASE_TEXT_CURSOR_H_
#define CCTL_BASE_TEXT_CURSOR_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cctl {

class TextCursor {
 public:
  constexpr explicit TextCursor(std::string_view text) : text_(text) {}

  [[nodiscard]] constexpr bool AtEnd() const { return position_ == text_.size(); }
  [[nodiscard]] constexpr std::uint32_t position() const { return static_cast<std::uint32_t>(position_); }
  [[nodiscard]] constexpr std::string_view rest() const { return text_.substr(position_); }

  // The next character, or '\0' at the end; ask AtEnd() where a text may hold a zero.
  [[nodiscard]] constexpr char Peek() const { return AtEnd() ? '\0' : text_[position_]; }

  // Moves past `literal` if it comes next.
  constexpr bool Consume(std::string_view literal) {
    if (rest().substr(0, literal.size()) != literal) return false;
    position_ += literal.size();
    return true;
  }

  // Takes up to `count` characters, fewer where the text ends.
  constexpr std::string_view Take(std::size_t count) {
    const std::string_view taken = rest().substr(0, count);
    position_ += taken.size();
    return taken;
  }

  // Takes everything before the first `stop`, or before the end.
  constexpr std::string_view TakeUntil(char stop) { return Take(rest().find(stop)); }

  // Takes the longest run of characters that `wanted` accepts.
  template <typename Predicate>
  constexpr std::string_view TakeWhile(Predicate wanted) {
    std::size_t end = position_;
    while (end < text_.size() && wanted(text_[end])) ++end;
    return Take(end - position_);
  }

 private:
  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace cctl

#endif  // CCTL_BASE_TEXT_CURSOR_H_
// ---- cctl/base/time.h ----

// Time as values: how long (Duration), a moment on a clock that only moves forward (Instant), and a date (UnixTime).
// All count milliseconds in 64 bits. Which clock they come from is the caller's affair (cctl/sys/clock.h, or a test's
// own); the three do not mix, so a date that jumps backwards cannot reach a time limit. <chrono> would cost every
// includer a third of a second.

#ifndef CCTL_BASE_TIME_H_
#define CCTL_BASE_TIME_H_

#include <compare>
#include <cstdint>

namespace cctl {

struct Duration {
  std::int64_t ms = 0;

  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.ms + b.ms}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.ms - b.ms}; }
  friend constexpr Duration operator*(Duration a, std::int64_t n) { return {a.ms * n}; }
};

constexpr Duration Milliseconds(std::int64_t n) { return {n}; }
constexpr Duration Seconds(std::int64_t n) { return {n * 1000}; }
constexpr Duration Minutes(std::int64_t n) { return {n * 60 * 1000}; }
constexpr Duration Hours(std::int64_t n) { return {n * 60 * 60 * 1000}; }
constexpr Duration Days(std::int64_t n) { return {n * 24 * 60 * 60 * 1000}; }

// A moment on a monotonic clock; the origin has no meaning.
struct Instant {
  std::int64_t ms = 0;

  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant a, Duration d) { return {a.ms + d.ms}; }
  friend constexpr Instant operator-(Instant a, Duration d) { return {a.ms - d.ms}; }
  friend constexpr Duration operator-(Instant a, Instant b) { return {a.ms - b.ms}; }
};

// A date, in milliseconds since 1970-01-01T00:00:00Z without leap seconds. A user can set it back.
struct UnixTime {
  std::int64_t ms = 0;

  friend constexpr auto operator<=>(UnixTime, UnixTime) = default;
  friend constexpr UnixTime operator+(UnixTime a, Duration d) { return {a.ms + d.ms}; }
  friend constexpr UnixTime operator-(UnixTime a, Duration d) { return {a.ms - d.ms}; }
  friend constexpr Duration operator-(UnixTime a, UnixTime b) { return {a.ms - b.ms}; }
};

}  // namespace cctl

#endif  // CCTL_BASE_TIME_H_

namespace cctl {

namespace detail {

struct DurationUnit {
  std::string_view name;
  std::int64_t ms;
};

inline constexpr DurationUnit kDurationUnits[] = {  // largest first
    {"d", Days(1).ms},
    {"h", Hours(1).ms},
    {"m", Minutes(1).ms},
    {"s", Seconds(1).ms},
    {"ms", 1}};

}  // namespace detail

// Reads a whole text. Errors, part "duration", with the offset: kTruncated (no digit or no unit before the end),
// kInvalid (no digit where one must be, or no unit of these), kOutOfRange (over 2^63 - 1 ms; offset 0).
constexpr Result<Duration> ParseDuration(std::string_view text) {
  const auto error = [](Errc code, std::uint32_t offset) { return Error{code, offset, 0, "duration"}; };
  TextCursor in(text);
  const std::string_view digits = in.TakeWhile(IsDecimalDigit);
  if (in.AtEnd()) return error(Errc::kTruncated, in.position());
  if (digits.empty()) return error(Errc::kInvalid, 0);
  for (const detail::DurationUnit& unit : detail::kDurationUnits) {
    if (in.rest() != unit.name) continue;
    const std::int64_t most = INT64_MAX / unit.ms;
    std::int64_t count = 0;
    for (const char c : digits) {
      const std::int64_t digit = c - '0';
      if (count > (most - digit) / 10) return error(Errc::kOutOfRange, 0);
      count = 10 * count + digit;
    }
    return Duration{count * unit.ms};
  }
  return error(Errc::kInvalid, in.position());
}

// Appends the duration in the largest unit that it is a whole number of ("24h" comes back as "1d"; none is "0s") to
// anything with append(std::string_view). A negative one, which cannot be typed, has a minus in front.
template <typename Sink>
constexpr void FormatDuration(Duration duration, Sink& out) {
  if (duration.ms < 0) out.append(std::string_view("-"));
  const auto size = static_cast<std::uint64_t>(duration.ms);
  const std::uint64_t ms = duration.ms < 0 ? 0 - size : size;
  for (const detail::DurationUnit& unit : detail::kDurationUnits) {
    const auto unit_ms = static_cast<std::uint64_t>(unit.ms);
    if (ms % unit_ms != 0 || (ms == 0 && unit.name != "s")) continue;
    AppendDecimal(ms / unit_ms, out);
    out.append(unit.name);
    return;
  }
}

}  // namespace cctl

#endif  // CCTL_BASE_DURATION_TEXT_H_
// ---- cctl/base/glob.h ----

// Patterns for short names, as in `docker*`: `*` stands for any characters, `?` for one, everything else for itself.
// There is no escape. Time is at most the product of the two lengths.

#ifndef CCTL_BASE_GLOB_H_
#define CCTL_BASE_GLOB_H_

#include <cstddef>
#include <string_view>

namespace cctl {

// Whether the whole of `text` is as `pattern` says.
constexpr bool MatchesGlob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // the last star, which may still take more
  std::size_t star_ends = 0;                  // what it takes so far ends here
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_ends = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_ends;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace cctl

#endif  // CCTL_BASE_GLOB_H_
// ---- cctl/base/hex.h ----

// Base16 (RFC 4648, section 8), written in lower case, read in either case. Usable in a constant expression. The time a
// digit takes depends on its class, not on its value's position in a table, so a key's hexadecimal form decides no
// memory access.

#ifndef CCTL_BASE_HEX_H_
#define CCTL_BASE_HEX_H_

#include <cstddef>
#include <cstdint>
#include <string_view>


namespace cctl {

// The value of a hexadecimal digit in either case, or -1.
constexpr int HexDigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The lower-case digit of a value from 0 to 15, without a branch or a table: the value may be part of a key. Above 9,
// 9 - value has all of its upper bits set, and the letters are 39 behind where the digits would go on.
constexpr char HexDigit(unsigned value) { return static_cast<char>('0' + value + ((9u - value) >> 8 & 39u)); }

// Writes 2 * in.size() lower-case digits to `out`, which must have room for them.
constexpr void EncodeHex(ByteView in, char* out) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    *out++ = HexDigit(in[i] >> 4u);
    *out++ = HexDigit(in[i] & 15u);
  }
}

// Reads exactly 2 * out.size() digits. Errors, `part` being the caller's word for the text: kTruncated (offset: where
// the text ends), kInvalid (offset: the first character that is no digit), kTooLong (offset and value: the length that
// is allowed). `out` is written only as far as the digits are good.
constexpr Result<void> DecodeHex(std::string_view text, ByteSpan out, const char* part) {
  const std::size_t want = 2 * out.size();
  for (std::size_t i = 0; i < want; ++i) {
    if (i >= text.size()) return Error{Errc::kTruncated, static_cast<std::uint32_t>(i), 0, part};
    const int digit = HexDigitValue(text[i]);
    if (digit < 0) return Error{Errc::kInvalid, static_cast<std::uint32_t>(i), 0, part};
    std::uint8_t& byte = out[i / 2];
    byte = static_cast<std::uint8_t>(i % 2 == 0 ? digit << 4 : byte | digit);
  }
  if (text.size() > want) {
    return Error{Errc::kTooLong, static_cast<std::uint32_t>(want), static_cast<std::uint32_t>(want), part};
  }
  return {};
}

// True if the text is nothing but `digits` lower-case hexadecimal digits.
constexpr bool IsLowerHex(std::string_view text, std::size_t digits) {
  if (text.size() != digits) return false;
  for (const char c : text) {
    if (HexDigitValue(c) < 0 || (c >= 'A' && c <= 'F')) return false;
  }
  return true;
}

}  // namespace cctl

#endif  // CCTL_BASE_HEX_H_
// ---- cctl/base/host_name.h ----

// Where a relay can be reached: an IPv4 address, an IPv6 address or a DNS name, checked and kept as the text it was
// (docs/protocol.md, section 3). The text may come from anybody; nothing here asks a name service. No allocation;
// usable in a constant expression.
//
//   cctl::Result<cctl::Host> host = cctl::Host::Parse("fe80::1");
//   host->kind() == cctl::HostKind::kIpv6

#ifndef CCTL_BASE_HOST_NAME_H_
#define CCTL_BASE_HOST_NAME_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

// ---- cctl/base/inline_string.h ----

// A text of at most N bytes that lives inside its owner: no allocation, trivially copyable, usable in a constant
// expression. For what has a limit anyway: identities, host names, versions. It is also a sink for the writers of this
// library (append, push_back); what does not fit is not appended at all and marks the string as overflowed.

#ifndef CCTL_BASE_INLINE_STRING_H_
#define CCTL_BASE_INLINE_STRING_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace cctl {

template <std::size_t N>
class InlineString {
  static_assert(N > 0 && N <= 65'534);

 public:
  static constexpr std::size_t kCapacity = N;

  constexpr InlineString() = default;
  // The first N bytes of `text`; `overflowed()` tells whether there were more.
  constexpr explicit InlineString(std::string_view text) {
    append(text.substr(0, N));
    overflowed_ = text.size() > N;
  }

  [[nodiscard]] constexpr std::string_view view() const { return {data_, size_}; }
  constexpr operator std::string_view() const { return view(); }  // NOLINT(google-explicit-constructor): it is one
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr const char* data() const { return data_; }
  [[nodiscard]] constexpr char* data() { return data_; }
  [[nodiscard]] constexpr bool overflowed() const { return overflowed_; }

  constexpr void clear() {
    size_ = 0;
    overflowed_ = false;
  }
  constexpr void push_back(char c) { append(std::string_view(&c, 1)); }
  constexpr InlineString& append(std::string_view text) {
    if (overflowed_ || text.size() > N - size_) {
      overflowed_ = true;
      return *this;
    }
    for (std::size_t i = 0; i < text.size(); ++i) data_[size_ + i] = text[i];
    size_ = static_cast<Size>(size_ + text.size());
    return *this;
  }

  friend constexpr bool operator==(const InlineString& a, const InlineString& b) { return a.view() == b.view(); }
  friend constexpr bool operator==(const InlineString& a, std::string_view b) { return a.view() == b; }

 private:
  using Size = std::conditional_t<(N < 256), std::uint8_t, std::uint16_t>;

  Size size_ = 0;
  bool overflowed_ = false;
  char data_[N] = {};
};

}  // namespace cctl

#endif  // CCTL_BASE_INLINE_STRING_H_

namespace cctl {

inline constexpr std::size_t kMaxHostSize = 253;  // of a DNS name as text (RFC 1035, section 2.3.4: 255 on the wire)

enum class HostKind : std::uint8_t { kIpv4, kIpv6, kDnsName };

class Host {
 public:
  // Reads, without brackets around an IPv6 address:
  //   IPv4   four numbers from 0 to 255 without leading zeros, joined by dots
  //   IPv6   the forms of RFC 4291, section 2.2; no zone id, which means something on one machine only
  //   name   labels of RFC 1123, section 2.1, joined by dots, 253 characters in all. A last label that is a number
  //          (decimal, or hexadecimal after 0x) is refused: resolvers take such a name for an address.
  // Errors, part "host", each at the first character that cannot be right: kTruncated, kInvalid, kOutOfRange (value:
  // the limit), kTooLong (value: the limit).
  static constexpr Result<Host> Parse(std::string_view text);

  // The same, for a place where only an IPv6 address may stand (inside brackets).
  static constexpr Result<Host> ParseIpv6(std::string_view text);

  [[nodiscard]] constexpr std::string_view view() const { return text_.view(); }
  [[nodiscard]] constexpr HostKind kind() const { return kind_; }
  [[nodiscard]] constexpr bool is_numeric() const { return kind_ != HostKind::kDnsName; }

  // As texts: two ways to write one address are different hosts.
  friend constexpr bool operator==(const Host&, const Host&) = default;

 private:
  constexpr Host(std::string_view text, HostKind kind) : text_(text), kind_(kind) {}

  InlineString<kMaxHostSize> text_;
  HostKind kind_;
};

// Appends host:port, or [host]:port for an IPv6 address, to anything with append(std::string_view).
template <typename Sink>
constexpr void AppendHostPort(const Host& host, std::uint16_t port, Sink& out) {
  const bool brackets = host.kind() == HostKind::kIpv6;
  if (brackets) out.append(std::string_view("["));
  out.append(host.view());
  out.append(std::string_view(brackets ? "]:" : ":"));
  AppendDecimal(port, out);
}

namespace detail {

inline constexpr std::size_t kMaxLabelSize = 63;  // RFC 1035, section 2.3.4

constexpr Error HostError(Errc code, std::size_t offset, std::uint32_t value = 0) {
  return {code, static_cast<std::uint32_t>(offset), value, "host"};
}

// What is wrong where something else was wanted at the cursor: the end is too early, or the character is wrong.
constexpr Error HostErrorAt(const TextCursor& in) {
  return HostError(in.AtEnd() ? Errc::kTruncated : Errc::kInvalid, in.position());
}

constexpr bool IsLabelCharacter(char c) {
  return IsDecimalDigit(c) || c == '-' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Reads an IPv4 address, which must end where the text does.
constexpr Result<void> ReadIpv4(TextCursor& in) {
  for (int i = 0; i < 4; ++i) {
    if (i > 0 && !in.Consume(".")) return HostErrorAt(in);
    const std::size_t start = in.position();
    const std::string_view digits = in.TakeWhile(IsDecimalDigit);
    if (digits.empty()) return HostErrorAt(in);
    if (digits.size() > 1 && digits[0] == '0') return HostError(Errc::kInvalid, start);
    unsigned value = 0;
    for (const char c : digits.substr(0, 4)) value = 10 * value + static_cast<unsigned>(c - '0');
    if (value > 255) return HostError(Errc::kOutOfRange, start, 255);
  }
  if (!in.AtEnd()) return HostErrorAt(in);
  return {};
}

// Reads an IPv6 address, which must end where the text does.
constexpr Result<void> ReadIpv6(TextCursor& in) {
  int groups = 0;  // of 16 bits, seen so far
  int most = 8;    // 7 once there is a gap, which stands for one group at least (RFC 4291, section 2.2, form 2)
  const auto consume_gap = [&in, &most] {
    if (most == 7 || !in.Consume("::")) return false;
    most = 7;
    return true;
  };
  if (consume_gap() && in.AtEnd()) return {};
  while (true) {
    if (groups == most) return HostErrorAt(in);
    TextCursor group = in;
    const std::string_view digits = group.TakeWhile([](char c) { return HexDigitValue(c) >= 0; });
    if (digits.empty()) return HostErrorAt(in);
    if (group.Peek() == '.') {  // the last 32 bits as IPv4
      if (groups + 2 > most) return HostErrorAt(group);
      if (const auto tail = ReadIpv4(in); !tail) return tail;
      groups += 2;
      break;
    }
    if (digits.size() > 4) return HostError(Errc::kTooLong, in.position() + 4, 4);
    in = group;
    ++groups;
    if (in.AtEnd()) break;
    if (groups == most) return HostErrorAt(in);
    if (consume_gap()) {
      if (in.AtEnd()) break;
    } else if (!in.Consume(":")) {
      return HostErrorAt(in);
    }
  }
  if (most == 8 && groups < 8) return HostErrorAt(in);
  return {};
}

// Whether a resolver would take the label for (a part of) an address in numbers.
constexpr bool IsNumber(std::string_view label) {
  const bool hex = label.size() >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X');
  for (const char c : label.substr(hex ? 2 : 0)) {
    if (hex ? HexDigitValue(c) < 0 : !IsDecimalDigit(c)) return false;
  }
  return true;
}

constexpr Result<void> ReadDnsName(TextCursor& in) {
  while (true) {
    const std::size_t start = in.position();
    const std::string_view label = in.TakeWhile(IsLabelCharacter);
    if (label.empty()) return HostErrorAt(in);
    if (label[0] == '-') return HostError(Errc::kInvalid, start);
    if (label.size() > kMaxLabelSize) return HostError(Errc::kTooLong, start + kMaxLabelSize, kMaxLabelSize);
    if (!in.AtEnd() && in.Peek() != '.') return HostErrorAt(in);
    if (label.back() == '-') return HostError(Errc::kInvalid, in.position() - 1);
    if (in.AtEnd()) return IsNumber(label) ? Result<void>(HostError(Errc::kInvalid, start)) : Result<void>();
    in.Consume(".");
  }
}

// Whether nothing but an IPv4 address can be meant: digits and dots only.
constexpr bool LooksLikeIpv4(std::string_view text) {
  for (const char c : text) {
    if (!IsDecimalDigit(c) && c != '.') return false;
  }
  return !text.empty();
}

}  // namespace detail

constexpr Result<Host> Host::Parse(std::string_view text) {
  if (text.size() > kMaxHostSize) return detail::HostError(Errc::kTooLong, kMaxHostSize, kMaxHostSize);
  TextCursor in(text);
  if (text.find(':') != std::string_view::npos) return ParseIpv6(text);
  const bool ipv4 = detail::LooksLikeIpv4(text);
  if (const auto read = ipv4 ? detail::ReadIpv4(in) : detail::ReadDnsName(in); !read) return read.error();
  return Host(text, ipv4 ? HostKind::kIpv4 : HostKind::kDnsName);
}

constexpr Result<Host> Host::ParseIpv6(std::string_view text) {
  if (text.size() > kMaxHostSize) return detail::HostError(Errc::kTooLong, kMaxHostSize, kMaxHostSize);
  TextCursor in(text);
  if (const auto read = detail::ReadIpv6(in); !read) return read.error();
  return Host(text, HostKind::kIpv6);
}

}  // namespace cctl

#endif  // CCTL_BASE_HOST_NAME_H_
// ---- cctl/base/host_port.h ----

// `host:port` as `connect` takes it: an IPv4 address, an IPv6 address in brackets, or a name; the port may be left out.

#ifndef CCTL_BASE_HOST_PORT_H_
#define CCTL_BASE_HOST_PORT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>


namespace cctl {

struct HostPort {
  Host host;
  std::uint16_t port;
};

// Errors, with offsets from the start of `text`: those of Host ("host"), and "port": kTruncated, kInvalid, kOutOfRange
// (value: 65535).
constexpr Result<HostPort> ParseHostPort(std::string_view text, std::uint16_t missing_port) {
  TextCursor in(text);
  const bool brackets = in.Consume("[");
  const std::uint32_t start = in.position();
  const std::string_view name = in.TakeUntil(brackets ? ']' : ':');
  const auto host = brackets ? Host::ParseIpv6(name) : Host::Parse(name);
  if (!host) return Error{host.error().code, host.error().offset + start, host.error().value, "host"};
  const auto here = [&in](const char* part) {
    return Error{in.AtEnd() ? Errc::kTruncated : Errc::kInvalid, in.position(), 0, part};
  };
  if (brackets && !in.Consume("]")) return here("host");
  if (in.AtEnd()) return HostPort{*host, missing_port};
  if (!in.Consume(":")) return here("port");
  const std::uint32_t digits_start = in.position();
  const std::string_view digits = in.TakeWhile(IsDecimalDigit);
  if (digits.empty() || !in.AtEnd()) return here("port");
  std::uint32_t port = 0;
  for (const char c : digits.substr(0, 6)) port = 10 * port + static_cast<std::uint32_t>(c - '0');
  if (port == 0 || port > 65'535) return Error{Errc::kOutOfRange, digits_start, 65'535, "port"};
  return HostPort{*host, static_cast<std::uint16_t>(port)};
}

}  // namespace cctl

#endif  // CCTL_BASE_HOST_PORT_H_
// ---- cctl/base/printable_text.h ----

// Makes a text from outside (a name, a version, another program's message) safe to show: control characters, escape
// sequences, bidirectional and zero-width formatting (Unicode Standard Annex #9) and bytes that are no UTF-8 (RFC 3629)
// each become one `?`, and Printable cuts what is longer than 64 characters. A terminal then shows what was sent, not
// what the sender wanted to draw.

#ifndef CCTL_BASE_PRINTABLE_TEXT_H_
#define CCTL_BASE_PRINTABLE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

// ---- cctl/base/utf8.h ----

// UTF-8, one character at a time (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). Usable in a
// constant expression.

#ifndef CCTL_BASE_UTF8_H_
#define CCTL_BASE_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cctl {

struct Utf8Character {
  char32_t code_point = 0;
  std::size_t size = 0;  // in bytes, 1 to 4; 0: what comes next is no UTF-8 (or nothing comes)
};

// The character at the start of `text`.
constexpr Utf8Character DecodeUtf8(std::string_view text) {
  if (text.empty()) return {};
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xc2 && first < 0xe0   ? 2
                           : first >= 0xe0 && first < 0xf0 ? 3
                           : first >= 0xf0 && first < 0xf5 ? 4
                                                           : 0;
  if (size == 0 || text.size() < size) return {};
  char32_t c = first & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    c = c << 6 | (byte(i) & 0x3fu);
  }
  const bool overlong = (size == 3 && c < 0x800) || (size == 4 && c < 0x10000);
  if (overlong || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff) return {};
  return {c, size};
}

// Appends the UTF-8 form of a code point up to U+10FFFF that is no surrogate to anything with push_back(char).
template <typename Sink>
constexpr void AppendUtf8(char32_t c, Sink& out) {
  const auto put = [&out](char32_t value) { out.push_back(static_cast<char>(static_cast<unsigned char>(value))); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

}  // namespace cctl

#endif  // CCTL_BASE_UTF8_H_

namespace cctl {

inline constexpr std::size_t kPrintableCharacters = 64;  // a line of a terminal with room for words around it

using PrintableText = InlineString<4 * kPrintableCharacters>;

namespace detail {

constexpr bool ShowsAsItself(char32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return false;                           // C0, DEL, C1
  if (c == 0xad || c == 0x61c || c == 0x180e || c == 0xfeff) return false;         // soft hyphen, ALM, MVS, BOM
  if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e)) return false;  // zero width, separators, bidi
  if (c >= 0x2060 && c <= 0x206f) return false;                                    // invisible operators, isolates
  if (c >= 0xfff9 && c <= 0xfffb) return false;                                    // interlinear annotation
  return c < 0xe0000 || c > 0xe0fff;                                               // tags
}

}  // namespace detail

constexpr PrintableText Printable(std::string_view text) {
  PrintableText out;
  for (std::size_t i = 0, shown = 0; i < text.size() && shown < kPrintableCharacters; ++shown) {
    const Utf8Character c = DecodeUtf8(text.substr(i));
    if (c.size == 0 || !detail::ShowsAsItself(c.code_point)) {
      out.push_back('?');
      i += c.size == 0 ? 1 : c.size;
      continue;
    }
    out.append(text.substr(i, c.size));
    i += c.size;
  }
  return out;
}

// The same for a text of any length, such as a path. `Sink`: anything with append(std::string_view).
template <typename Sink>
constexpr void AppendPrintable(std::string_view text, Sink& out) {
  while (!text.empty()) {
    const std::size_t size = DecodeUtf8(text).size;
    out.append(Printable(text.substr(0, size == 0 ? 1 : size)).view());
    text.remove_prefix(size == 0 ? 1 : size);
  }
}

}  // namespace cctl

#endif  // CCTL_BASE_PRINTABLE_TEXT_H_
// ---- cctl/base/profile.h ----

// What belongs to one program and not to the protocol: names, ports, folders. claudectl's own is the default; another
// program that uses this library hands in its own and shares nothing with claudectl but the code.

#ifndef CCTL_BASE_PROFILE_H_
#define CCTL_BASE_PROFILE_H_

#include <cstdint>
#include <string_view>

namespace cctl {

struct Profile {
  std::string_view command = "claudectl relay";  // what a hint tells the user to type stands behind it
  std::string_view link_scheme = "cctl";         // of invite links, lower case
  std::string_view state_folder = ".claudectl";  // below the home folder, and in a project
  std::string_view env_prefix = "CLAUDECTL";     // of environment variables: <prefix>_HOME, <prefix>_RELAY_<KEY>
  std::uint16_t tcp_port = 9847;                 // of the relay
  std::uint16_t udp_port = 9848;                 // of announcements
};

inline constexpr Profile kClaudectlProfile{};

}  // namespace cctl

#endif  // CCTL_BASE_PROFILE_H_
// ---- cctl/base/random_source.h ----

// Where randomness comes from is the caller's choice: machines take a RandomSource, programs hand in the operating
// system's (cctl/sys/os_random.h), tests a seeded one. There is no fallback generator: a source that has nothing says
// so and the operation fails.

#ifndef CCTL_BASE_RANDOM_SOURCE_H_
#define CCTL_BASE_RANDOM_SOURCE_H_


namespace cctl {

class RandomSource {
 public:
  virtual ~RandomSource() = default;

  // Fills all of `out` with bytes that nobody can predict, or fails with kIo, part "random", and wipes `out`.
  virtual Result<void> Fill(ByteSpan out) = 0;
};

}  // namespace cctl

#endif  // CCTL_BASE_RANDOM_SOURCE_H_
// ---- cctl/base/rfc3339.h ----

// Dates as text, in UTC and whole seconds: the form `2026-11-23T08:00:00Z` of RFC 3339, section 5.6. Usable in a
// constant expression; <chrono> and <ctime> are not needed, nor a time zone.
//
//   cctl::FormatRfc3339({1'795'420'800'000}) == "2026-11-23T08:00:00Z"

#ifndef CCTL_BASE_RFC3339_H_
#define CCTL_BASE_RFC3339_H_

#include <cstddef>
#include <cstdint>
#include <string_view>


namespace cctl {

// The first and the last millisecond of the years 0000 to 9999, which is what the form can write.
inline constexpr UnixTime kFirstRfc3339{-62'167'219'200'000};
inline constexpr UnixTime kLastRfc3339{253'402'300'799'999};

inline constexpr std::size_t kRfc3339Size = 20;  // characters
using Rfc3339Text = InlineString<kRfc3339Size>;

namespace detail {

// A day of the proleptic Gregorian calendar.
struct CivilDay {
  int year = 0;
  int month = 0;  // 1 to 12
  int day = 0;    // 1 to 31
};

// The calendar repeats every 400 years = 146,097 days. Years are counted from March, so that a leap day comes last;
// then the month of a day, and the days before a month, are linear: (153 * month + 2) / 5.
inline constexpr std::int64_t kDaysPerEra = 146'097;
inline constexpr std::int64_t kDaysBefore1970 = 719'468;  // from 0000-03-01

// Days since 1970-01-01, for years from 0.
constexpr std::int64_t DaysFromCivil(CivilDay date) {
  const std::int64_t year = date.year + 400 - (date.month <= 2 ? 1 : 0);  // of March; 400 on, to be positive
  const std::int64_t era = year / 400;
  const std::int64_t year_of_era = year % 400;
  const std::int64_t month = (date.month + 9) % 12;
  const std::int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era = 365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return (era - 1) * kDaysPerEra + day_of_era - kDaysBefore1970;
}

// The inverse.
constexpr CivilDay CivilFromDays(std::int64_t days) {
  const std::int64_t shifted = days + kDaysBefore1970 + kDaysPerEra;
  const std::int64_t era = shifted / kDaysPerEra;
  const std::int64_t day_of_era = shifted % kDaysPerEra;
  // Without the leap days before it (each 4, not each 100, each 400 years) a day falls in year day / 365.
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * day_of_year + 2) / 153;
  const std::int64_t calendar_month = month < 10 ? month + 3 : month - 9;
  const std::int64_t year = (era - 1) * 400 + year_of_era + (calendar_month <= 2 ? 1 : 0);
  return {static_cast<int>(year), static_cast<int>(calendar_month),
          static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1)};
}

}  // namespace detail

// The date of a moment, cut to the second it lies in; what the form cannot write becomes the nearest that it can.
constexpr Rfc3339Text FormatRfc3339(UnixTime time) {
  const std::int64_t ms = time < kFirstRfc3339 ? kFirstRfc3339.ms : time > kLastRfc3339 ? kLastRfc3339.ms : time.ms;
  const std::int64_t day_ms = Days(1).ms;
  const std::int64_t days = ms / day_ms - (ms % day_ms < 0 ? 1 : 0);
  const std::int64_t seconds = (ms - days * day_ms) / 1000;
  const detail::CivilDay date = detail::CivilFromDays(days);
  Rfc3339Text out;
  const auto put = [&out](std::int64_t number, std::size_t width, std::string_view behind) {
    AppendDecimal(static_cast<std::uint64_t>(number), out, width);
    out.append(behind);
  };
  put(date.year, 4, "-");
  put(date.month, 2, "-");
  put(date.day, 2, "T");
  put(seconds / 3600, 2, ":");
  put(seconds / 60 % 60, 2, ":");
  put(seconds % 60, 2, "Z");
  return out;
}

// Reads exactly that form. Errors, part "date", with the offset: kTruncated, kInvalid (another character is wanted
// there), kOutOfRange (no such month, day, hour, minute or second; a leap second neither, since UnixTime has none;
// offset: of the number), kTrailing.
constexpr Result<UnixTime> ParseRfc3339(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00Z";
  const auto error = [](Errc code, std::size_t offset) {
    return Error{code, static_cast<std::uint32_t>(offset), 0, "date"};
  };
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (i == text.size()) return error(Errc::kTruncated, i);
    if (kForm[i] == '0' ? !IsDecimalDigit(text[i]) : text[i] != kForm[i]) return error(Errc::kInvalid, i);
  }
  if (text.size() > kForm.size()) return error(Errc::kTrailing, kForm.size());
  const auto number = [text](std::size_t start, std::size_t size) {
    int value = 0;
    for (const char c : text.substr(start, size)) value = 10 * value + (c - '0');
    return value;
  };
  const detail::CivilDay date{number(0, 4), number(5, 2), number(8, 2)};
  if (date.month < 1 || date.month > 12) return error(Errc::kOutOfRange, 5);
  const std::int64_t days = detail::DaysFromCivil(date);
  // A day that the month does not have would be one of the next month.
  if (date.day < 1 || detail::CivilFromDays(days).day != date.day) return error(Errc::kOutOfRange, 8);
  if (number(11, 2) > 23) return error(Errc::kOutOfRange, 11);
  if (number(14, 2) > 59) return error(Errc::kOutOfRange, 14);
  if (number(17, 2) > 59) return error(Errc::kOutOfRange, 17);
  return UnixTime{} + Days(days) + Hours(number(11, 2)) + Minutes(number(14, 2)) + Seconds(number(17, 2));
}

}  // namespace cctl

#endif  // CCTL_BASE_RFC3339_H_
// ---- cctl/base/secret.h ----

// Bytes that must not outlive their use: wiped when their owner is destroyed or overwritten, compared in constant time,
// without a way to print them by accident. Not a defence against someone who can read this process's memory.

#ifndef CCTL_BASE_SECRET_H_
#define CCTL_BASE_SECRET_H_

#include <cstddef>
#include <cstdint>
#include <cstring>


namespace cctl {

// Overwrites memory with zeros in a way that a compiler may not leave out.
inline void Wipe(void* data, std::size_t size) {
  if (size == 0) return;
  std::memset(data, 0, size);
#if defined(__GNUC__) || defined(__clang__)
  __asm__ __volatile__("" : : "r"(data) : "memory");
#else
  for (volatile unsigned char* p = static_cast<unsigned char*>(data); size-- > 0;) *p++ = 0;
#endif
}

// Whether two byte strings of one length are equal, in a time that depends on the length only. Different lengths are
// unequal at once: lengths are not secret.
inline bool ConstantTimeEqual(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

// N secret bytes. Copies are allowed (a key goes to a peer's state and into a message authentication) and each of them
// wipes itself.
template <std::size_t N>
class Secret {
 public:
  static constexpr std::size_t kSize = N;

  Secret() = default;
  explicit Secret(std::span<const std::uint8_t, N> bytes) { std::memcpy(bytes_, bytes.data(), N); }
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret() { Wipe(bytes_, N); }

  [[nodiscard]] ByteView bytes() const { return {bytes_, N}; }
  [[nodiscard]] ByteSpan mutable_bytes() { return {bytes_, N}; }

  friend bool operator==(const Secret& a, const Secret& b) { return ConstantTimeEqual(a.bytes(), b.bytes()); }

 private:
  std::uint8_t bytes_[N] = {};
};

// Wipes a buffer (anything with data() and size()) at the end of a scope. For a string, that is what it holds then: a
// string that has grown may have left an older copy behind, so reserve first.
template <typename Buffer>
class ScopedWipe {
 public:
  explicit ScopedWipe(Buffer& buffer) : buffer_(buffer) {}
  ScopedWipe(const ScopedWipe&) = delete;
  ScopedWipe& operator=(const ScopedWipe&) = delete;
  ~ScopedWipe() { Wipe(buffer_.data(), buffer_.size() * sizeof(*buffer_.data())); }

 private:
  Buffer& buffer_;
};

}  // namespace cctl

#endif  // CCTL_BASE_SECRET_H_
// ---- cctl/base/sip_hash.h ----

// SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): a keyed hash for tables whose keys
// come from strangers. Who does not know the key cannot choose names that fall into one place. Not a message
// authentication for the wire: 64 bits are few.
//
//   const cctl::SipKey key = {random, random};
//   std::uint64_t place = cctl::SipHash(key, bytes);

#ifndef CCTL_BASE_SIP_HASH_H_
#define CCTL_BASE_SIP_HASH_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>


namespace cctl {

struct SipKey {
  std::uint64_t low = 0;  // the first 8 bytes of the key, little-endian
  std::uint64_t high = 0;
};

namespace detail {

struct SipState {
  std::uint64_t a, b, c, d;

  constexpr void Round() {
    a += b;
    c += d;
    b = std::rotl(b, 13) ^ a;
    d = std::rotl(d, 16) ^ c;
    a = std::rotl(a, 32);
    c += b;
    a += d;
    b = std::rotl(b, 17) ^ c;
    d = std::rotl(d, 21) ^ a;
    c = std::rotl(c, 32);
  }

  constexpr void Absorb(std::uint64_t word) {
    d ^= word;
    Round();
    Round();
    a ^= word;
  }
};

}  // namespace detail

constexpr std::uint64_t SipHash(const SipKey& key, ByteView bytes) {
  detail::SipState state{key.low ^ 0x736f6d6570736575u, key.high ^ 0x646f72616e646f6du, key.low ^ 0x6c7967656e657261u,
                         key.high ^ 0x7465646279746573u};
  const auto word_at = [&bytes](std::size_t at, std::size_t size) {
    std::uint64_t word = 0;
    if (!std::is_constant_evaluated() && std::endian::native == std::endian::little && size == 8) {
      std::memcpy(&word, bytes.data() + at, 8);
      return word;
    }
    for (std::size_t i = 0; i < size; ++i) word |= std::uint64_t{bytes[at + i]} << (8 * i);
    return word;
  };
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) state.Absorb(word_at(at, 8));
  state.Absorb(word_at(at, bytes.size() - at) | std::uint64_t{bytes.size() & 0xff} << 56);
  state.c ^= 0xff;
  for (int i = 0; i < 4; ++i) state.Round();
  return state.a ^ state.b ^ state.c ^ state.d;
}

}  // namespace cctl

#endif  // CCTL_BASE_SIP_HASH_H_
// ---- cctl/base/version.h ----

// The version of cctl, library and tool, by semantic versioning (https://semver.org); docs/library.md says what it
// promises. And the version of the protocol.
//
//   static_assert(cctl::kVersionNumber >= 100, "needs cctl 0.1.0");

#ifndef CCTL_BASE_VERSION_H_
#define CCTL_BASE_VERSION_H_

#include <cstdint>

namespace cctl {

inline constexpr std::uint32_t kVersionMajor = 0;
inline constexpr std::uint32_t kVersionMinor = 1;
inline constexpr std::uint32_t kVersionPatch = 0;

// 0.1.0 is 100, and 1.2.3 is 10203: compares as versions do.
inline constexpr std::uint32_t kVersionNumber = kVersionMajor * 10'000 + kVersionMinor * 100 + kVersionPatch;

// What `claudectl --version` prints.
inline constexpr char kVersion[] = "0.1.0";

// Of docs/protocol.md; counts up when an older peer could not follow.
inline constexpr int kProtocolVersion = 1;

}  // namespace cctl

#endif  // CCTL_BASE_VERSION_H_
// ---- cctl/crypto/hmac_sha256.h ----

// HMAC with SHA-256 (RFC 2104, FIPS 198-1). A key that signs more than one message is best kept as an HmacSha256Key:
// two of the five compressions of a short message depend on the key alone and are done once. Key material is wiped on
// destruction. Compare codes by ConstantTimeEqual(), never by ==.
//
//   const cctl::Digest code = cctl::HmacSha256(key, message);
//   const cctl::HmacSha256Key prepared(key);
//   const cctl::Digest same = prepared.Mac(message);

#ifndef CCTL_CRYPTO_HMAC_SHA256_H_
#define CCTL_CRYPTO_HMAC_SHA256_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

// ---- cctl/crypto/sha256.h ----

// SHA-256 (FIPS 180-4). Uses the processor's SHA instructions where it has them. What passes through is treated as
// secret: buffers are wiped, and no input decides a branch or an address. One object belongs to one thread.
//
//   const cctl::Digest whole = cctl::Sha256::Hash(message);
//   cctl::Sha256 hash;
//   hash.Update(first_part);
//   hash.Update(second_part);
//   const cctl::Digest same = hash.Finish();

#ifndef CCTL_CRYPTO_SHA256_H_
#define CCTL_CRYPTO_SHA256_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

// ---- cctl/base/x86_features.h ----

// What an x86-64 processor can do beyond what all of them can (Intel 64 and IA-32 Architectures Software Developer's
// Manual, volume 2, CPUID). Found out when first asked and kept: CPUID takes microseconds on a virtual machine, where
// it traps. Any number of threads may be first: they find the same. Other processors can do none of it, and a program
// that is compiled with CCTL_PLAIN_INSTRUCTIONS defined asks for none.

#ifndef CCTL_BASE_X86_FEATURES_H_
#define CCTL_BASE_X86_FEATURES_H_

#if defined(__x86_64__) && defined(__GNUC__) && !defined(CCTL_PLAIN_INSTRUCTIONS)
#include <cpuid.h>

#include <cstdint>
#endif

namespace cctl::detail {

#if defined(__x86_64__) && defined(__GNUC__) && !defined(CCTL_PLAIN_INSTRUCTIONS)

template <bool (*kDetect)()>
bool AskProcessorOnce() {
  static std::uint8_t answer = 0;  // 0: not asked yet, 1: no, 2: yes; an atomic without <atomic>
  std::uint8_t known = __atomic_load_n(&answer, __ATOMIC_RELAXED);
  if (known == 0) {
    known = kDetect() ? 2 : 1;
    __atomic_store_n(&answer, known, __ATOMIC_RELAXED);
  }
  return known == 2;
}

[[gnu::noinline, gnu::cold]] inline bool DetectShaInstructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSSE3) == 0 || (c & bit_SSE4_1) == 0) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

[[gnu::noinline, gnu::cold]] inline bool DetectAvx2() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_OSXSAVE) == 0 || (c & bit_AVX) == 0) return false;
  // The operating system has to keep a thread's wide registers, too: bits 1 and 2 of XCR0.
  unsigned low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if ((low & 6) != 6) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_AVX2) != 0;
}

// The SHA instructions, with the SSSE3 and SSE4.1 that code by them needs.
inline bool HasShaInstructions() {
#if defined(__SHA__) && defined(__SSE4_1__)
  return true;  // the whole program is compiled for such processors
#else
  return AskProcessorOnce<DetectShaInstructions>();
#endif
}

inline bool HasAvx2() {
#ifdef __AVX2__
  return true;
#else
  return AskProcessorOnce<DetectAvx2>();
#endif
}

#else

constexpr bool HasShaInstructions() { return false; }
constexpr bool HasAvx2() { return false; }

#endif

}  // namespace cctl::detail

#endif  // CCTL_BASE_X86_FEATURES_H_
// ---- cctl/crypto/sha256_compress_portable.h ----

// The SHA-256 compression function (FIPS 180-4, section 6.2.2) in plain C++, for any processor. Sixteen rounds are
// written out with the eight working variables renamed instead of moved; -O2 does not unroll a loop of them by itself.
// Private to cctl/crypto/sha256.h. No secret decides a branch or an address.

#ifndef CCTL_CRYPTO_SHA256_COMPRESS_PORTABLE_H_
#define CCTL_CRYPTO_SHA256_COMPRESS_PORTABLE_H_

#include <bit>
#include <cstddef>
#include <cstdint>


namespace cctl::detail {

inline constexpr std::size_t kSha256BlockSize = 64;  // bytes

// FIPS 180-4, section 4.2.2. Aligned for the sixteen-byte loads of the accelerated paths.
alignas(16) inline constexpr std::uint32_t kSha256RoundConstants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// One round; the caller renames the variables for the next. `kw` is the round's constant plus its schedule word.
// Majority is b ^ ((a ^ b) & (b ^ c)): the a ^ b of one round is the b ^ c of the next, so `bc` carries it over. The
// order of the additions keeps the chain through `e`, which the next round waits for, short.
[[gnu::always_inline]] inline void Sha256Round(std::uint32_t a, std::uint32_t b, std::uint32_t& d, std::uint32_t e,
                                               std::uint32_t f, std::uint32_t g, std::uint32_t& h, std::uint32_t kw,
                                               std::uint32_t& bc) {
  const std::uint32_t ab = a ^ b;
  h += kw;
  h += g ^ (e & (f ^ g));
  h += std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
  d += h;
  h += b ^ (ab & bc);
  h += std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
  bc = ab;
}

// Schedule word i of the sixteen in the ring `w`; after the first sixteen rounds it is computed in place first.
template <bool kFirst, std::size_t i>
[[gnu::always_inline]] inline std::uint32_t Sha256Word(std::uint32_t (&w)[16]) {
  if constexpr (kFirst) return w[i];
  const std::uint32_t w1 = w[(i + 1) % 16];
  const std::uint32_t w14 = w[(i + 14) % 16];
  const std::uint32_t sigma0 = std::rotr(w1, 7) ^ std::rotr(w1, 18) ^ w1 >> 3;
  const std::uint32_t sigma1 = std::rotr(w14, 17) ^ std::rotr(w14, 19) ^ w14 >> 10;
  return w[i] += sigma0 + sigma1 + w[(i + 9) % 16];
}

// Sixteen rounds, after which every variable has its own name again; `k` are their constants.
template <bool kFirst>
[[gnu::always_inline]] inline void Sha256SixteenRounds(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c,
                                                       std::uint32_t& d, std::uint32_t& e, std::uint32_t& f,
                                                       std::uint32_t& g, std::uint32_t& h, std::uint32_t (&w)[16],
                                                       const std::uint32_t* k) {
  std::uint32_t bc = b ^ c;
  Sha256Round(a, b, d, e, f, g, h, k[0] + Sha256Word<kFirst, 0>(w), bc);
  Sha256Round(h, a, c, d, e, f, g, k[1] + Sha256Word<kFirst, 1>(w), bc);
  Sha256Round(g, h, b, c, d, e, f, k[2] + Sha256Word<kFirst, 2>(w), bc);
  Sha256Round(f, g, a, b, c, d, e, k[3] + Sha256Word<kFirst, 3>(w), bc);
  Sha256Round(e, f, h, a, b, c, d, k[4] + Sha256Word<kFirst, 4>(w), bc);
  Sha256Round(d, e, g, h, a, b, c, k[5] + Sha256Word<kFirst, 5>(w), bc);
  Sha256Round(c, d, f, g, h, a, b, k[6] + Sha256Word<kFirst, 6>(w), bc);
  Sha256Round(b, c, e, f, g, h, a, k[7] + Sha256Word<kFirst, 7>(w), bc);
  Sha256Round(a, b, d, e, f, g, h, k[8] + Sha256Word<kFirst, 8>(w), bc);
  Sha256Round(h, a, c, d, e, f, g, k[9] + Sha256Word<kFirst, 9>(w), bc);
  Sha256Round(g, h, b, c, d, e, f, k[10] + Sha256Word<kFirst, 10>(w), bc);
  Sha256Round(f, g, a, b, c, d, e, k[11] + Sha256Word<kFirst, 11>(w), bc);
  Sha256Round(e, f, h, a, b, c, d, k[12] + Sha256Word<kFirst, 12>(w), bc);
  Sha256Round(d, e, g, h, a, b, c, k[13] + Sha256Word<kFirst, 13>(w), bc);
  Sha256Round(c, d, f, g, h, a, b, k[14] + Sha256Word<kFirst, 14>(w), bc);
  Sha256Round(b, c, e, f, g, h, a, k[15] + Sha256Word<kFirst, 15>(w), bc);
}

// Absorbs `count` blocks of 64 bytes into the eight words of `state`.
inline void Sha256CompressPortable(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count) {
  for (; count > 0; --count, blocks += kSha256BlockSize) {
    std::uint32_t w[16];
    for (std::size_t i = 0; i < 16; ++i) w[i] = LoadBigEndian32(blocks + 4 * i);
    // Not an array: g++ would keep it in memory.
    std::uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    std::uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    Sha256SixteenRounds<true>(a, b, c, d, e, f, g, h, w, kSha256RoundConstants);
    for (std::size_t t = 16; t < 64; t += 16) {
      Sha256SixteenRounds<false>(a, b, c, d, e, f, g, h, w, kSha256RoundConstants + t);
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
  }
}

}  // namespace cctl::detail

#endif  // CCTL_CRYPTO_SHA256_COMPRESS_PORTABLE_H_
// ---- cctl/crypto/sha256_compress_x86.h ----

// The SHA-256 compression function (FIPS 180-4, section 6.2.2) by the SHA instructions of x86-64 processors (Intel 64
// and IA-32 Architectures Software Developer's Manual, volume 2: SHA256RNDS2, SHA256MSG1, SHA256MSG2). Private to
// cctl/crypto/sha256.h; other processors never have them. Vector types of the compiler stand in for <immintrin.h>,
// which costs every includer half a second.

#ifndef CCTL_CRYPTO_SHA256_COMPRESS_X86_H_
#define CCTL_CRYPTO_SHA256_COMPRESS_X86_H_

#include <cstddef>
#include <cstdint>
#include <cstring>


namespace cctl::detail {

#if defined(__x86_64__) && defined(__GNUC__)

using Words4 [[gnu::vector_size(16)]] = int;  // the element type that the builtins want
using UnsignedWords4 [[gnu::vector_size(16)]] = unsigned;
using Bytes16 [[gnu::vector_size(16)]] = char;

// Modulo 2^32, which only unsigned lanes may wrap around.
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline Words4 Sha256Add(Words4 a, Words4 b) {
  return reinterpret_cast<Words4>(reinterpret_cast<UnsignedWords4>(a) + reinterpret_cast<UnsignedWords4>(b));
}

// Four words, big-endian in memory.
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline Words4 Sha256LoadWords(const std::uint8_t* in) {
  Bytes16 bytes;
  std::memcpy(&bytes, in, sizeof bytes);
  return reinterpret_cast<Words4>(
      __builtin_shufflevector(bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
}

// Four rounds with the schedule words `w`, of which the first has number `t`. The instructions want the working
// variables as a, b, e, f and c, d, g, h, and leave them exchanged, hence two of them make four rounds.
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void Sha256FourRounds(Words4& abef, Words4& cdgh, Words4 w,
                                                                               std::size_t t) {
  Words4 kw;
  std::memcpy(&kw, kSha256RoundConstants + t, sizeof kw);
  kw = Sha256Add(kw, w);
  cdgh = __builtin_ia32_sha256rnds2(cdgh, abef, kw);
  abef = __builtin_ia32_sha256rnds2(abef, cdgh, __builtin_shufflevector(kw, kw, 2, 3, 2, 3));
}

// The four schedule words that follow w0, w1, w2, w3.
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline Words4 Sha256NextWords(Words4 w0, Words4 w1, Words4 w2,
                                                                                Words4 w3) {
  const Words4 seven_back = __builtin_shufflevector(w2, w3, 1, 2, 3, 4);
  return __builtin_ia32_sha256msg2(Sha256Add(__builtin_ia32_sha256msg1(w0, w1), seven_back), w3);
}

// Absorbs `count` blocks of 64 bytes into the eight words of `state`. Only where HasShaInstructions().
[[gnu::target("sha,sse4.1")]] inline void Sha256CompressX86(std::uint32_t* state, const std::uint8_t* blocks,
                                                            std::size_t count) {
  Words4 abcd, efgh;
  std::memcpy(&abcd, state, sizeof abcd);
  std::memcpy(&efgh, state + 4, sizeof efgh);
  Words4 abef = __builtin_shufflevector(abcd, efgh, 5, 4, 1, 0);
  Words4 cdgh = __builtin_shufflevector(abcd, efgh, 7, 6, 3, 2);
  for (; count > 0; --count, blocks += kSha256BlockSize) {
    const Words4 abef_before = abef;
    const Words4 cdgh_before = cdgh;
    Words4 w0 = Sha256LoadWords(blocks);
    Words4 w1 = Sha256LoadWords(blocks + 16);
    Words4 w2 = Sha256LoadWords(blocks + 32);
    Words4 w3 = Sha256LoadWords(blocks + 48);
    for (std::size_t t = 0;;) {
      Sha256FourRounds(abef, cdgh, w0, t);
      Sha256FourRounds(abef, cdgh, w1, t + 4);
      Sha256FourRounds(abef, cdgh, w2, t + 8);
      Sha256FourRounds(abef, cdgh, w3, t + 12);
      if ((t += 16) == 64) break;
      w0 = Sha256NextWords(w0, w1, w2, w3);
      w1 = Sha256NextWords(w1, w2, w3, w0);
      w2 = Sha256NextWords(w2, w3, w0, w1);
      w3 = Sha256NextWords(w3, w0, w1, w2);
    }
    abef = Sha256Add(abef, abef_before);
    cdgh = Sha256Add(cdgh, cdgh_before);
  }
  abcd = __builtin_shufflevector(abef, cdgh, 3, 2, 7, 6);
  efgh = __builtin_shufflevector(abef, cdgh, 1, 0, 5, 4);
  std::memcpy(state, &abcd, sizeof abcd);
  std::memcpy(state + 4, &efgh, sizeof efgh);
}

#else

inline void Sha256CompressX86(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count) {
  Sha256CompressPortable(state, blocks, count);
}

#endif

}  // namespace cctl::detail

#endif  // CCTL_CRYPTO_SHA256_COMPRESS_X86_H_

namespace cctl {

using Digest = std::array<std::uint8_t, 32>;

namespace detail {

// Absorbs `count` blocks of 64 bytes into the eight words of `state`.
using Sha256CompressFunction = void(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count);

// By the fastest way that this processor has. Other ways are named only by tests and benchmarks.
inline void Sha256Compress(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count) {
  if (HasShaInstructions()) return Sha256CompressX86(state, blocks, count);
  Sha256CompressPortable(state, blocks, count);
}

// FIPS 180-4, section 5.3.3.
inline constexpr std::uint32_t kSha256InitialState[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

// Section 5.1.1: a one bit, then zeros. Copied, because a lone byte written into a block that is read by sixteens at
// once stalls the processor.
inline constexpr std::uint8_t kSha256Padding[2 * kSha256BlockSize] = {0x80};

// Absorbs the rest of a message of `total` bytes, of which all but `rest` are in the state; pads it and returns the
// digest. What `state` holds then is of no further use.
template <Sha256CompressFunction* kCompress>
[[gnu::always_inline]] inline Digest Sha256End(std::uint32_t* state, ByteView rest, std::uint64_t total) {
  alignas(64) std::uint8_t padded[2 * kSha256BlockSize];
  constexpr std::size_t kLeastPadding = 1 + sizeof(std::uint64_t);
  if (rest.size() > sizeof padded - kLeastPadding) {
    const std::size_t blocks = rest.size() / kSha256BlockSize;
    kCompress(state, rest.data(), blocks);
    rest = rest.subspan(blocks * kSha256BlockSize);
  }
  const std::size_t blocks = rest.size() + kLeastPadding > kSha256BlockSize ? 2 : 1;
  const std::size_t size = blocks * kSha256BlockSize;
  if (!rest.empty()) std::memcpy(padded, rest.data(), rest.size());
  std::memcpy(padded + rest.size(), kSha256Padding, size - rest.size());
  StoreBigEndian64(total * 8, padded + size - sizeof(std::uint64_t));
  kCompress(state, padded, blocks);
  Wipe(padded, size);

  Digest digest;
  for (std::size_t i = 0; i < 8; ++i) StoreBigEndian32(state[i], digest.data() + 4 * i);
  return digest;
}

template <Sha256CompressFunction* kCompress>
Digest Sha256HashBy(ByteView message) {
  std::uint32_t state[8];
  std::memcpy(state, kSha256InitialState, sizeof state);
  const Digest digest = Sha256End<kCompress>(state, message, message.size());
  Wipe(state, sizeof state);
  return digest;
}

}  // namespace detail

class Sha256 {
 public:
  // The digest of one message that is at hand as a whole.
  static Digest Hash(ByteView message) { return detail::Sha256HashBy<detail::Sha256Compress>(message); }

  Sha256() : Sha256(detail::kSha256InitialState, 0) {}
  Sha256(const Sha256&) = default;
  Sha256& operator=(const Sha256&) = default;
  ~Sha256() { Wipe(this, sizeof *this); }

  // Appends to the message; up to 2^61 - 1 bytes in all.
  void Update(ByteView part) {
    if (part.empty()) return;
    const std::size_t held = total_ % detail::kSha256BlockSize;
    total_ += part.size();
    if (held > 0) {
      const std::size_t room = detail::kSha256BlockSize - held;
      if (part.size() < room) {
        std::memcpy(buffer_ + held, part.data(), part.size());
        return;
      }
      std::memcpy(buffer_ + held, part.data(), room);
      detail::Sha256Compress(state_, buffer_, 1);
      Wipe(buffer_, sizeof buffer_);
      part = part.subspan(room);
    }
    const std::size_t blocks = part.size() / detail::kSha256BlockSize;
    if (blocks > 0) detail::Sha256Compress(state_, part.data(), blocks);
    const ByteView rest = part.subspan(blocks * detail::kSha256BlockSize);
    if (!rest.empty()) std::memcpy(buffer_, rest.data(), rest.size());
  }

  // The digest of everything since construction or the last Finish(). Then begins a new message.
  Digest Finish() {
    const ByteView rest(buffer_, total_ % detail::kSha256BlockSize);
    const Digest digest = detail::Sha256End<detail::Sha256Compress>(state_, rest, total_);
    std::memcpy(state_, detail::kSha256InitialState, sizeof state_);
    total_ = 0;
    Wipe(buffer_, rest.size());
    return digest;
  }

 private:
  friend class HmacSha256Stream;

  // Continues after `total` bytes, whole blocks, that left this state.
  Sha256(const std::uint32_t (&state)[8], std::uint64_t total) : total_(total) {
    std::memcpy(state_, state, sizeof state_);
  }

  std::uint32_t state_[8];
  std::uint64_t total_;  // bytes so far
  std::uint8_t
      buffer_[detail::kSha256BlockSize];  // its first total_ % 64: the block begun; nothing of the message behind
};

}  // namespace cctl

#endif  // CCTL_CRYPTO_SHA256_H_

namespace cctl {

class HmacSha256Key {
 public:
  // A key of any length; one over 64 bytes is replaced by its digest, as RFC 2104 has it.
  explicit HmacSha256Key(ByteView key) {
    alignas(16) std::uint8_t inner_pad[detail::kSha256BlockSize] = {};
    alignas(16) std::uint8_t outer_pad[detail::kSha256BlockSize];
    if (key.size() > sizeof inner_pad) {
      Digest digest = Sha256::Hash(key);
      std::memcpy(inner_pad, digest.data(), digest.size());
      Wipe(digest.data(), digest.size());
    } else if (!key.empty()) {
      std::memcpy(inner_pad, key.data(), key.size());
    }
    for (std::size_t i = 0; i < sizeof outer_pad; ++i) outer_pad[i] = inner_pad[i] ^ 0x5c;
    for (std::uint8_t& byte : inner_pad) byte ^= 0x36;
    std::memcpy(inner_, detail::kSha256InitialState, sizeof inner_);
    std::memcpy(outer_, detail::kSha256InitialState, sizeof outer_);
    detail::Sha256Compress(inner_, inner_pad, 1);
    detail::Sha256Compress(outer_, outer_pad, 1);
    Wipe(inner_pad, sizeof inner_pad);
    Wipe(outer_pad, sizeof outer_pad);
  }
  HmacSha256Key(const HmacSha256Key&) = default;
  HmacSha256Key& operator=(const HmacSha256Key&) = default;
  ~HmacSha256Key() { Wipe(this, sizeof *this); }

  // The authentication code of a message that is at hand as a whole.
  [[nodiscard]] Digest Mac(ByteView message) const {
    std::uint32_t state[8];
    std::memcpy(state, inner_, sizeof state);
    const Digest inner =
        detail::Sha256End<detail::Sha256Compress>(state, message, detail::kSha256BlockSize + message.size());
    Wipe(state, sizeof state);
    return MacOfInner(inner);
  }

 private:
  friend class HmacSha256Stream;

  [[nodiscard]] Digest MacOfInner(const Digest& inner) const {
    std::uint32_t state[8];
    std::memcpy(state, outer_, sizeof state);
    const Digest mac = detail::Sha256End<detail::Sha256Compress>(state, inner, detail::kSha256BlockSize + inner.size());
    Wipe(state, sizeof state);
    return mac;
  }

  std::uint32_t inner_[8];  // the state after the block of key XOR ipad
  std::uint32_t outer_[8];  // and of key XOR opad
};

inline Digest HmacSha256(ByteView key, ByteView message) { return HmacSha256Key(key).Mac(message); }

// For a message that comes in parts.
class HmacSha256Stream {
 public:
  explicit HmacSha256Stream(const HmacSha256Key& key) : key_(key), inner_(key.inner_, detail::kSha256BlockSize) {}

  void Update(ByteView part) { inner_.Update(part); }

  // The authentication code of everything since construction or the last Finish(). Then begins a new message.
  Digest Finish() {
    const Digest mac = key_.MacOfInner(inner_.Finish());
    inner_ = Sha256(key_.inner_, detail::kSha256BlockSize);
    return mac;
  }

 private:
  HmacSha256Key key_;
  Sha256 inner_;
};

}  // namespace cctl

#endif  // CCTL_CRYPTO_HMAC_SHA256_H_
// ---- cctl/identity/check_number.h ----

// Six digits that both ends of a pair request show, so that two people can tell that they speak of the same one
// (docs/protocol.md, section 4.2): whoever swaps a request for another under the same name cannot keep the number. It
// says nothing about a key that a listener on the way has only read.

#ifndef CCTL_IDENTITY_CHECK_NUMBER_H_
#define CCTL_IDENTITY_CHECK_NUMBER_H_

#include <cstdint>

// ---- cctl/identity/nonce.h ----

// A nonce: 32 random bytes, sent and signed as their 64 lower-case hexadecimal digits, so that is what it holds
// (docs/protocol.md, section 4.1). Nothing else may be called a nonce: a listener that could choose the text would get
// any text signed, "server:..." included. Public, not a secret.

#ifndef CCTL_IDENTITY_NONCE_H_
#define CCTL_IDENTITY_NONCE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>


namespace cctl {

class Nonce {
 public:
  static constexpr std::size_t kSize = 64;  // characters

  // A new nonce. Errors: the source's.
  static Result<Nonce> Generate(RandomSource& random) {
    std::uint8_t bytes[kSize / 2];
    if (auto filled = random.Fill(bytes); !filled) return filled.error();
    char digits[kSize];
    EncodeHex(bytes, digits);
    return Nonce(std::string_view(digits, kSize));
  }

  // Reads exactly 64 lower-case digits, untrusted. Errors, part "nonce": kTruncated (offset: where the text ends),
  // kInvalid (offset: the first character that is none of 0-9 and a-f), kTooLong (offset and value: 64).
  static constexpr Result<Nonce> Parse(std::string_view text) {
    for (std::size_t i = 0; i < kSize; ++i) {
      const auto offset = static_cast<std::uint32_t>(i);
      if (i == text.size()) return Error{Errc::kTruncated, offset, 0, "nonce"};
      if (!IsLowerHex(text.substr(i, 1), 1)) return Error{Errc::kInvalid, offset, 0, "nonce"};
    }
    if (text.size() > kSize) return Error{Errc::kTooLong, kSize, kSize, "nonce"};
    return Nonce(text);
  }

  [[nodiscard]] constexpr std::string_view view() const { return digits_.view(); }

  friend constexpr bool operator==(const Nonce&, const Nonce&) = default;

 private:
  constexpr explicit Nonce(std::string_view valid) : digits_(valid) {}

  InlineString<kSize> digits_;
};

}  // namespace cctl

#endif  // CCTL_IDENTITY_NONCE_H_
// ---- cctl/identity/proof.h ----

// What two peers send to prove that they hold the same key, and the key that they make of it when they pair: all of
// them HMAC-SHA256 over a text that names its purpose (docs/protocol.md, section 4.1). Only the connector's is over a
// bare nonce, because released peers speak it so; a Nonce is 64 hexadecimal digits and can spell none of the other
// texts. Compare proofs by ConstantTimeEqual(), never by ==.
//
//   const cctl::Proof expected = cctl::ConnectorProof(psk, challenge);
//   const cctl::Result<cctl::Proof> given = cctl::ParseProof(text);
//   const bool proved = given && cctl::ConstantTimeEqual(expected, *given);

#ifndef CCTL_IDENTITY_PROOF_H_
#define CCTL_IDENTITY_PROOF_H_

#include <initializer_list>
#include <string_view>

// ---- cctl/identity/identity.h ----

// The name of one instance: a letter or digit, then up to 127 letters, digits, `_` and `-`. It becomes a file name, a
// log line and a word on a terminal, so there is no way to hold one that breaks this rule (docs/protocol.md, section
// 1). Names that differ only in case are one name when asking "already paired?": file systems may fold them together.
//
//   cctl::Result<cctl::Identity> peer = cctl::Identity::Parse("laptop-a3f2");
//   if (!peer) return peer.error();
//   Print(peer->view());

#ifndef CCTL_IDENTITY_IDENTITY_H_
#define CCTL_IDENTITY_IDENTITY_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>


namespace cctl {

inline constexpr std::size_t kMaxIdentitySize = 128;  // in bytes, all of them ASCII

namespace detail {

// The same in every locale, which <cctype> is not.
constexpr char AsciiLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr bool IsAsciiAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace detail

class Identity {
 public:
  // Reads exactly one identity, untrusted. Errors, part "identity": kTruncated (offset 0: there is nothing), kInvalid
  // (offset: the first character that may not stand there), kTooLong (offset and value: kMaxIdentitySize).
  static constexpr Result<Identity> Parse(std::string_view text) {
    if (text.empty()) return Error{Errc::kTruncated, 0, 0, "identity"};
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (i == kMaxIdentitySize) return Error{Errc::kTooLong, kMaxIdentitySize, kMaxIdentitySize, "identity"};
      const bool inner = i > 0 && (text[i] == '_' || text[i] == '-');
      if (!inner && !detail::IsAsciiAlphanumeric(text[i])) {
        return Error{Errc::kInvalid, static_cast<std::uint32_t>(i), 0, "identity"};
      }
    }
    return Identity(text);
  }

  [[nodiscard]] constexpr std::string_view view() const { return text_.view(); }

  // Byte for byte. The order decides which of two simultaneous connections stays (docs/protocol.md, section 4.1).
  friend constexpr bool operator==(const Identity& a, const Identity& b) { return a.view() == b.view(); }
  friend constexpr std::strong_ordering operator<=>(const Identity& a, const Identity& b) {
    return a.view().compare(b.view()) <=> 0;
  }

 private:
  constexpr explicit Identity(std::string_view valid) : text_(valid) {}

  InlineString<kMaxIdentitySize> text_;
};

// Whether two identities are equal but for the case of letters.
constexpr bool SameName(const Identity& a, const Identity& b) {
  const std::string_view x = a.view();
  const std::string_view y = b.view();
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (detail::AsciiLower(x[i]) != detail::AsciiLower(y[i])) return false;
  }
  return true;
}

}  // namespace cctl

#endif  // CCTL_IDENTITY_IDENTITY_H_
// ---- cctl/identity/psk.h ----

// The pre-shared key of two peers: 32 secret bytes, made of a pair code or straight from a random source. On disk and
// in a pair request it is 64 hexadecimal digits (docs/protocol.md, section 2).
//
//   const cctl::Psk psk = cctl::DerivePsk(code);
//   char digits[cctl::kPskHexSize];
//   cctl::FormatPskHex(psk, digits);

#ifndef CCTL_IDENTITY_PSK_H_
#define CCTL_IDENTITY_PSK_H_

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

// ---- cctl/identity/pair_code.h ----

// A pair code: 8 random bytes that two people pass on, by voice or in an invite link, and that both sides make the same
// key of (cctl/identity/psk.h). Written `xxxx-xxxx-xxxx-xxxx` in lower-case hexadecimal, 16 digits without the dashes
// in a link (docs/protocol.md, section 2). A secret: wiped on destruction, compared in constant time.
//
//   cctl::Result<cctl::PairCode> code = cctl::PairCode::Parse("A3F2-9b1c-d4e5-f678");
//   char plain[16];
//   if (code) code->FormatPlain(plain);  // "a3f29b1cd4e5f678"

#ifndef CCTL_IDENTITY_PAIR_CODE_H_
#define CCTL_IDENTITY_PAIR_CODE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>


namespace cctl {

class PairCode {
 public:
  static constexpr std::size_t kSize = 8;            // bytes
  static constexpr std::size_t kFormattedSize = 19;  // characters, with dashes
  static constexpr std::size_t kPlainSize = 16;      // characters, without

  explicit PairCode(std::span<const std::uint8_t, kSize> bytes) : bytes_(bytes) {}
  explicit PairCode(const Secret<kSize>& bytes) : bytes_(bytes) {}

  // A new code. Errors: the source's.
  static Result<PairCode> Generate(RandomSource& random) {
    Secret<kSize> bytes;
    if (auto filled = random.Fill(bytes.mutable_bytes()); !filled) return filled.error();
    return PairCode(bytes);
  }

  // Reads exactly 16 hexadecimal digits in either case; after the 4th, 8th and 12th a dash may stand. Errors, part
  // "code", with the offset: kTruncated (the text ends there), kInvalid (no digit there), kTrailing (something
  // follows).
  static Result<PairCode> Parse(std::string_view text) {
    Secret<kSize> bytes;
    TextCursor in(text);
    for (std::size_t i = 0; i < kSize; ++i) {
      if (i > 0 && i % 2 == 0) in.Consume("-");
      std::uint8_t& byte = bytes.mutable_bytes()[i];
      for (int half = 0; half < 2; ++half) {
        if (in.AtEnd()) return Error{Errc::kTruncated, in.position(), 0, "code"};
        const int digit = HexDigitValue(in.Peek());
        if (digit < 0) return Error{Errc::kInvalid, in.position(), 0, "code"};
        byte = static_cast<std::uint8_t>(byte << 4 | digit);
        in.Take(1);
      }
    }
    if (!in.AtEnd()) return Error{Errc::kTrailing, in.position(), 0, "code"};
    return PairCode(bytes);
  }

  // Writes `xxxx-xxxx-xxxx-xxxx`. The caller wipes it.
  void Format(std::span<char, kFormattedSize> out) const {
    for (std::size_t group = 0; group < 4; ++group) {
      EncodeHex(bytes().subspan(2 * group, 2), out.data() + 5 * group);
      if (group < 3) out[5 * group + 4] = '-';
    }
  }

  // Writes the 16 digits alone. The caller wipes them.
  void FormatPlain(std::span<char, kPlainSize> out) const { EncodeHex(bytes(), out.data()); }

  [[nodiscard]] ByteView bytes() const { return bytes_.bytes(); }

  friend bool operator==(const PairCode&, const PairCode&) = default;

 private:
  Secret<kSize> bytes_;
};

}  // namespace cctl

#endif  // CCTL_IDENTITY_PAIR_CODE_H_

namespace cctl {

using Psk = Secret<32>;

inline constexpr std::size_t kPskHexSize = 2 * Psk::kSize;  // characters

// The canonical key of a code: the code's 8 bytes, then bytes 8 to 31 of their SHA-256. The code stands in it in clear
// because released peers make it so; the key is worth the code's 64 bits, no more.
inline Psk DerivePsk(const PairCode& code) {
  Digest digest = Sha256::Hash(code.bytes());
  const ScopedWipe wipe(digest);
  std::memcpy(digest.data(), code.bytes().data(), PairCode::kSize);
  return Psk(digest);
}

// Reads exactly 64 digits in either case. Errors, part "psk": as DecodeHex.
inline Result<Psk> ParsePskHex(std::string_view text) {
  Psk psk;
  if (auto decoded = DecodeHex(text, psk.mutable_bytes(), "psk"); !decoded) return decoded.error();
  return psk;
}

// Writes 64 lower-case digits. The caller wipes them.
inline void FormatPskHex(const Psk& psk, std::span<char, kPskHexSize> out) { EncodeHex(psk.bytes(), out.data()); }

}  // namespace cctl

#endif  // CCTL_IDENTITY_PSK_H_

namespace cctl {

using Proof = Digest;

namespace detail {

// The authentication code of the parts with a colon between each two.
inline Digest MacOfJoined(const Psk& psk, std::initializer_list<std::string_view> parts) {
  HmacSha256Stream mac{HmacSha256Key(psk.bytes())};
  bool first = true;
  for (const std::string_view part : parts) {
    if (!first) mac.Update(AsBytes(":"));
    first = false;
    mac.Update(AsBytes(part));
  }
  return mac.Finish();
}

}  // namespace detail

// The connector's answer to the listener's challenge.
inline Proof ConnectorProof(const Psk& psk, const Nonce& challenge) {
  return HmacSha256(psk.bytes(), AsBytes(challenge.view()));
}

// The listener's answer to the connector's `client_nonce`. It names both ends: one cannot be passed off as another's.
inline Proof ListenerProof(const Psk& psk, const Identity& listener, const Identity& connector,
                           const Nonce& client_nonce, const Nonce& nonce) {
  return detail::MacOfJoined(psk, {"server", listener.view(), connector.view(), client_nonce.view(), nonce.view()});
}

// The key that both store in place of the link's, which may live on in a chat history.
inline Psk RotatePsk(const Psk& psk, const Nonce& client_nonce, const Nonce& nonce, const Identity& joiner,
                     const Identity& listener) {
  Digest key = detail::MacOfJoined(psk, {"pair", client_nonce.view(), nonce.view(), joiner.view(), listener.view()});
  const ScopedWipe wipe(key);
  return Psk(key);
}

// Proof that the joiner has stored the rotated key.
inline Proof ConfirmProof(const Psk& rotated, const Nonce& client_nonce, const Nonce& nonce) {
  return detail::MacOfJoined(rotated, {"confirm", client_nonce.view(), nonce.view()});
}

// Reads exactly 64 digits in either case, untrusted. Errors, part "proof": as DecodeHex.
inline Result<Proof> ParseProof(std::string_view text) {
  Proof proof{};
  if (auto decoded = DecodeHex(text, proof, "proof"); !decoded) return decoded.error();
  return proof;
}

}  // namespace cctl

#endif  // CCTL_IDENTITY_PROOF_H_

namespace cctl {

using CheckNumberText = InlineString<7>;

// 0 to 999,999: the first 4 bytes, big-endian, of HMAC-SHA256(proposal, "check:" + nonce), modulo a million. `nonce`:
// the listener's challenge.
inline std::uint32_t CheckNumber(const Psk& proposal, const Nonce& nonce) {
  const Digest mac = detail::MacOfJoined(proposal, {"check", nonce.view()});
  return LoadBigEndian32(mac.data()) % 1'000'000;
}

// "481 516": three and three digits, as people read them to each other.
constexpr CheckNumberText FormatCheckNumber(std::uint32_t check) {
  CheckNumberText text;
  for (std::uint32_t divisor = 100'000; divisor > 0; divisor /= 10) {
    text.push_back(static_cast<char>('0' + check / divisor % 10));
    if (divisor == 1'000) text.push_back(' ');
  }
  return text;
}

}  // namespace cctl

#endif  // CCTL_IDENTITY_CHECK_NUMBER_H_
// ---- cctl/identity/identity_from_hostname.h ----

// The identity that an installation gives itself: made of the host's name, so that people know the machine by it, and
// of two random bytes, so that two machines of one name differ (docs/protocol.md, section 1).
//
//   cctl::IdentityFromHostname("Laptop.example.org", random);  // laptop-a3f2

#ifndef CCTL_IDENTITY_IDENTITY_FROM_HOSTNAME_H_
#define CCTL_IDENTITY_IDENTITY_FROM_HOSTNAME_H_

#include <cstddef>
#include <cstdint>
#include <string_view>


namespace cctl {

// The identity of a new installation, `<short host name>-<4 hex>`. The short name is `hostname` (anything at all) up to
// its first dot, in lower case, with each other character replaced by `-`, without `-` and `_` at either end; an empty
// one becomes `host`.
constexpr Identity IdentityFromHostname(std::string_view hostname, const std::uint8_t random[2]) {
  constexpr std::size_t kSuffixSize = 5;
  char text[kMaxIdentitySize] = {};
  std::size_t size = 0;
  for (const char c : hostname.substr(0, hostname.find('.'))) {
    const bool continues_character = (static_cast<unsigned char>(c) & 0xc0) == 0x80;  // UTF-8, RFC 3629 section 3
    const bool allowed = detail::IsAsciiAlphanumeric(c) || c == '_';
    if (continues_character || (size == 0 && !detail::IsAsciiAlphanumeric(c))) continue;
    if (size == kMaxIdentitySize - kSuffixSize) break;
    text[size++] = allowed ? detail::AsciiLower(c) : '-';
  }
  while (size > 0 && (text[size - 1] == '-' || text[size - 1] == '_')) --size;
  if (size == 0) {
    for (const char c : std::string_view("host")) text[size++] = c;
  }
  text[size++] = '-';
  EncodeHex(ByteView(random, 2), text + size);
  return *Identity::Parse(std::string_view(text, size + 4));
}

}  // namespace cctl

#endif  // CCTL_IDENTITY_IDENTITY_FROM_HOSTNAME_H_
// ---- cctl/invite/invite_id.h ----

// The name of one invite in lists, in `revoke` and in the state folder: 8 lower-case hexadecimal digits. Not a secret;
// random only so that two machines' lists are not mixed up.

#ifndef CCTL_INVITE_INVITE_ID_H_
#define CCTL_INVITE_INVITE_ID_H_

#include <cstddef>
#include <cstdint>
#include <string_view>


namespace cctl {

class InviteId {
 public:
  static constexpr std::size_t kSize = 8;  // characters

  // Reads exactly one id, untrusted. Errors, part "invite id", with the offset: kTruncated, kInvalid (an upper-case
  // digit too: the id is a file name), kTooLong (value: kSize).
  static constexpr Result<InviteId> Parse(std::string_view text) {
    for (std::size_t i = 0; i < kSize; ++i) {
      const auto offset = static_cast<std::uint32_t>(i);
      if (i == text.size()) return Error{Errc::kTruncated, offset, 0, "invite id"};
      if (!IsLowerHex(text.substr(i, 1), 1)) return Error{Errc::kInvalid, offset, 0, "invite id"};
    }
    if (text.size() > kSize) return Error{Errc::kTooLong, kSize, kSize, "invite id"};
    return InviteId(text);
  }

  // A new id; whether it is taken is for the caller to see. Errors: the source's.
  static Result<InviteId> Generate(RandomSource& random) {
    std::uint8_t bytes[kSize / 2];
    if (const auto filled = random.Fill(bytes); !filled) return filled.error();
    char digits[kSize];
    EncodeHex(bytes, digits);
    return InviteId(std::string_view(digits, kSize));
  }

  [[nodiscard]] constexpr std::string_view view() const { return text_.view(); }

  friend constexpr bool operator==(const InviteId&, const InviteId&) = default;

 private:
  constexpr explicit InviteId(std::string_view valid) : text_(valid) {}

  InlineString<kSize> text_;
};

}  // namespace cctl

#endif  // CCTL_INVITE_INVITE_ID_H_
// ---- cctl/invite/invite_link.h ----

// The invite link: all that another machine needs to pair with this one (docs/protocol.md, section 3).
//
//   cctl://<identity>@<host>:<port>/k/<16 hex digits>
//
// A link is pasted from anywhere, so its text is untrusted; it carries the pair code, so whoever holds the text wipes
// it and never logs it. No allocation.
//
//   cctl::Result<cctl::InviteLink> link = cctl::ParseInviteLink("cctl://laptop-a3f2@192.168.1.50/k/a3f29b1cd4e5f678");
//   if (!link) return link.error();  // names the part that is wrong and where
//   Dial(link->host, link->port);    // 9847

#ifndef CCTL_INVITE_INVITE_LINK_H_
#define CCTL_INVITE_INVITE_LINK_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>


namespace cctl {

struct InviteLink {
  Identity identity;   // who must answer
  Host host;           // where
  std::uint16_t port;  // 1 to 65535
  PairCode code;       // the secret
};

// Room for every link of a scheme of up to 32 characters.
inline constexpr std::size_t kMaxInviteLinkSize = 32 + 3 + kMaxIdentitySize + 1 + kMaxHostSize + 8 + 3 + 16;

// A place to format a link into that allocates nothing; give it a ScopedWipe.
using InviteLinkText = InlineString<kMaxInviteLinkSize>;

// Reads a link: the scheme in either case, white space around it trimmed, the profile's port where none is given, the
// code with or without dashes, a query (visible ASCII) skipped. Everything else must be as above. The error's
// part is "scheme", "identity", "host", "port", "path", "code" or "query", its offset counts from the start of `text`
// as it was handed in: kTruncated (the text ends where this part should stand or go on), kInvalid, kOutOfRange (port),
// and what Identity, Host and PairCode find. A text of another kind, such as the released claudectl's relay codes and
// word phrases, is kInvalid, "scheme".
inline Result<InviteLink> ParseInviteLink(std::string_view text, const Profile& profile = kClaudectlProfile);

// Appends the link to anything with append(std::string_view): always with its port, the code in lower case.
template <typename Sink>
void FormatInviteLink(const InviteLink& link, Sink& out, const Profile& profile = kClaudectlProfile) {
  out.append(profile.link_scheme);
  out.append(std::string_view("://"));
  out.append(link.identity.view());
  out.append(std::string_view("@"));
  AppendHostPort(link.host, link.port, out);
  out.append(std::string_view("/k/"));
  char code[16];
  const std::span<char, 16> digits(code);
  const ScopedWipe wipe(digits);
  link.code.FormatPlain(digits);
  out.append(std::string_view(code, sizeof code));
}

namespace detail {

// What is wrong where something else was wanted at the cursor: the end is too early, or the character is wrong.
constexpr Error LinkErrorAt(const TextCursor& in, const char* part) {
  return {in.AtEnd() ? Errc::kTruncated : Errc::kInvalid, in.position(), 0, part};
}

// The error of a part that starts at `start` of the text.
constexpr Error AtOffset(Error error, std::uint32_t start) {
  error.offset += start;
  return error;
}

constexpr bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// The text without the white space at its end; what is in front stays, for the offsets' sake.
constexpr std::string_view TrimEnd(std::string_view text) {
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

// Moves past `literal`, whose letters are lower case, in either case; else stops where the text differs.
constexpr bool ConsumeFolded(TextCursor& in, std::string_view literal) {
  for (const char wanted : literal) {
    if (in.AtEnd() || AsciiLower(in.Peek()) != wanted) return false;
    in.Take(1);
  }
  return true;
}

constexpr Result<Host> ReadLinkHost(TextCursor& in) {
  const bool brackets = in.Consume("[");
  const std::uint32_t start = in.position();
  const std::string_view text =
      brackets ? in.TakeUntil(']') : in.TakeWhile([](char c) { return c != ':' && c != '/' && c != '?' && c != '#'; });
  auto host = brackets ? Host::ParseIpv6(text) : Host::Parse(text);
  if (!host) return AtOffset(host.error(), start);
  if (brackets && !in.Consume("]")) return LinkErrorAt(in, "host");
  if (!in.AtEnd() && in.Peek() != ':' && in.Peek() != '/') return LinkErrorAt(in, "host");
  return host;
}

// Reads `:port` if it is there.
constexpr Result<std::uint16_t> ReadLinkPort(TextCursor& in, std::uint16_t missing) {
  if (!in.Consume(":")) return missing;
  const std::uint32_t start = in.position();
  const std::string_view digits = in.TakeWhile(IsDecimalDigit);
  if (digits.empty() || (!in.AtEnd() && in.Peek() != '/')) return LinkErrorAt(in, "port");
  if (digits.size() > 1 && digits[0] == '0') return Error{Errc::kInvalid, start, 0, "port"};
  std::uint32_t port = 0;
  for (const char c : digits.substr(0, 6)) port = 10 * port + static_cast<std::uint32_t>(c - '0');
  if (port == 0 || port > 65'535) return Error{Errc::kOutOfRange, start, 65'535, "port"};
  return static_cast<std::uint16_t>(port);
}

// Reads `?query` if it is there; nothing in it has a meaning yet.
constexpr Result<void> SkipLinkQuery(TextCursor& in) {
  if (!in.Consume("?")) return {};
  in.TakeWhile([](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
  if (!in.AtEnd()) return LinkErrorAt(in, "query");
  return {};
}

}  // namespace detail

inline Result<InviteLink> ParseInviteLink(std::string_view text, const Profile& profile) {
  TextCursor in(detail::TrimEnd(text));
  in.TakeWhile(detail::IsSpace);
  if (!detail::ConsumeFolded(in, profile.link_scheme) || !detail::ConsumeFolded(in, "://")) {
    return detail::LinkErrorAt(in, "scheme");
  }
  std::uint32_t start = in.position();
  const auto identity = Identity::Parse(in.TakeWhile([](char c) { return c != '@' && c != '/'; }));
  if (!identity) return detail::AtOffset(identity.error(), start);
  if (!in.Consume("@")) return detail::LinkErrorAt(in, "identity");
  const auto host = detail::ReadLinkHost(in);
  if (!host) return host.error();
  const auto port = detail::ReadLinkPort(in, profile.tcp_port);
  if (!port) return port.error();
  for (const std::string_view step : {"/", "k", "/"}) {
    if (!in.Consume(step)) return detail::LinkErrorAt(in, "path");
  }
  start = in.position();
  const auto code = PairCode::Parse(in.TakeUntil('?'));
  if (!code) return detail::AtOffset(code.error(), start);
  if (const auto query = detail::SkipLinkQuery(in); !query) return query.error();
  return InviteLink{*identity, *host, *port, *code};
}

}  // namespace cctl

#endif  // CCTL_INVITE_INVITE_LINK_H_
// ---- cctl/qr/qr_code.h ----

// QR codes (ISO/IEC 18004:2015, model 2): text to modules, in every version from 1 to 40, at every level, with the
// segmentation that takes the fewest bits and the mask of the lowest penalty. The text is any bytes from anywhere; what
// does not fit is an error. No allocation; usable in a constant expression. Drawing is for cctl/qr/qr_text.h, qr_svg.h
// and qr_png.h. Not here: Micro QR, structured append, FNC1, kanji mode.
//
//   const auto code = cctl::QrCode::Encode("cctl://laptop-a3f2@192.168.1.50:9847/k/a3f29b1cd4e5f678");
//   if (!code) return code.error();
//   for (int row = 0; row < code->size(); ++row) Draw(code->IsDark(0, row));

#ifndef CCTL_QR_QR_CODE_H_
#define CCTL_QR_QR_CODE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

// ---- cctl/qr/qr_best_mask.h ----

// Chooses the mask of a QR code: the one of the lowest penalty, the first of several. By the widest vectors that the
// processor has; in a constant expression one mask after the other. Private to cctl/qr/qr_code.h.

#ifndef CCTL_QR_QR_BEST_MASK_H_
#define CCTL_QR_QR_BEST_MASK_H_

#include <cstdint>
#include <type_traits>

// ---- cctl/qr/qr_mask.h ----

// The eight masks of a QR code and the format information that names the one used (ISO/IEC 18004:2015, 7.8 and 7.9).
// Private to cctl/qr/qr_code.h.

#ifndef CCTL_QR_QR_MASK_H_
#define CCTL_QR_QR_MASK_H_

#include <cstdint>

// ---- cctl/qr/qr_level.h ----

// The four error correction levels of a QR code (ISO/IEC 18004:2015, 7.5.1): how much of a symbol may be dirty or
// missing before it cannot be read. Each higher one costs modules.

#ifndef CCTL_QR_QR_LEVEL_H_
#define CCTL_QR_QR_LEVEL_H_

#include <cstdint>

namespace cctl {

enum class QrLevel : std::uint8_t {
  kL,  // about 7 % of the codewords can be restored
  kM,  // 15 %
  kQ,  // 25 %
  kH,  // 30 %
};

inline constexpr int kQrLevelCount = 4;

// 'L', 'M', 'Q' or 'H'.
constexpr char QrLevelLetter(QrLevel level) { return "LMQH"[static_cast<int>(level)]; }

}  // namespace cctl

#endif  // CCTL_QR_QR_LEVEL_H_
// ---- cctl/qr/qr_line.h ----

// One row or column of a QR code as bits, so that a rule about neighbours is a handful of shifts for the whole line.
// Module i is bit i + 4: the four bits below it and all above the last module are 0, light, as the quiet zone is.
// Private to cctl/qr.
//
// Word is std::uint64_t, or a vector of them; then every lane holds the line of another symbol, and one operation does
// them all. kWords is 1 to 3, by the size of the symbol.

#ifndef CCTL_QR_QR_LINE_H_
#define CCTL_QR_QR_LINE_H_

#include <cstdint>

namespace cctl::detail {

inline constexpr int kQrMargin = 4;  // light modules in front of a line; a finder-like pattern needs no more

constexpr int QrLineWords(int size) { return (size + kQrMargin + 63) / 64; }

// Vectors are not passed by value, for processors with and without wide ones do that differently: hence references, and
// inlining always.
template <typename Word, int kWords>
struct QrLine {
  Word word[kWords];

  [[gnu::always_inline]] friend constexpr QrLine operator&(const QrLine& a, const QrLine& b) {
    QrLine result;
    for (int i = 0; i < kWords; ++i) result.word[i] = a.word[i] & b.word[i];
    return result;
  }
  [[gnu::always_inline]] friend constexpr QrLine operator|(const QrLine& a, const QrLine& b) {
    QrLine result;
    for (int i = 0; i < kWords; ++i) result.word[i] = a.word[i] | b.word[i];
    return result;
  }
  [[gnu::always_inline]] friend constexpr QrLine operator^(const QrLine& a, const QrLine& b) {
    QrLine result;
    for (int i = 0; i < kWords; ++i) result.word[i] = a.word[i] ^ b.word[i];
    return result;
  }
  [[gnu::always_inline]] friend constexpr QrLine operator~(const QrLine& a) {
    QrLine result;
    for (int i = 0; i < kWords; ++i) result.word[i] = ~a.word[i];
    return result;
  }
  // By 1 to 63: what is at module i + count comes to module i.
  [[gnu::always_inline]] friend constexpr QrLine operator>>(const QrLine& a, int count) {
    QrLine result;
    for (int i = 0; i < kWords - 1; ++i) result.word[i] = a.word[i] >> count | a.word[i + 1] << (64 - count);
    result.word[kWords - 1] = a.word[kWords - 1] >> count;
    return result;
  }
  // By 1 to 63: what is at module i comes to module i + count.
  [[gnu::always_inline]] friend constexpr QrLine operator<<(const QrLine& a, int count) {
    QrLine result;
    result.word[0] = a.word[0] << count;
    for (int i = 1; i < kWords; ++i) result.word[i] = a.word[i] << count | a.word[i - 1] >> (64 - count);
    return result;
  }
};

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_LINE_H_

namespace cctl::detail {

inline constexpr int kQrMaskCount = 8;
inline constexpr int kQrMaskPeriod = 12;  // every mask repeats after 12 rows and after 12 columns

// The conditions of table 10: bit c of kQrMaskRows[r][mask] says whether the mask inverts the module at row r, column
// c.
inline constexpr std::uint64_t kQrMaskRows[kQrMaskPeriod][kQrMaskCount] = {
    {0x555, 0xfff, 0x249, 0x249, 0x1c7, 0xfff, 0xfff, 0x555}, {0xaaa, 0x000, 0x249, 0x924, 0x1c7, 0x041, 0x1c7, 0xe38},
    {0x555, 0xfff, 0x249, 0x492, 0xe38, 0x249, 0x6db, 0xc71}, {0xaaa, 0x000, 0x249, 0x249, 0xe38, 0x555, 0x555, 0xaaa},
    {0x555, 0xfff, 0x249, 0x924, 0x1c7, 0x249, 0xb6d, 0x1c7}, {0xaaa, 0x000, 0x249, 0x492, 0x1c7, 0x041, 0xc71, 0x38e},
    {0x555, 0xfff, 0x249, 0x249, 0xe38, 0xfff, 0xfff, 0x555}, {0xaaa, 0x000, 0x249, 0x924, 0xe38, 0x041, 0x1c7, 0xe38},
    {0x555, 0xfff, 0x249, 0x492, 0x1c7, 0x249, 0x6db, 0xc71}, {0xaaa, 0x000, 0x249, 0x249, 0x1c7, 0x555, 0x555, 0xaaa},
    {0x555, 0xfff, 0x249, 0x924, 0xe38, 0x249, 0xb6d, 0x1c7}, {0xaaa, 0x000, 0x249, 0x492, 0xe38, 0x041, 0xc71, 0x38e},
};

// The same by columns: bit r of kQrMaskColumns[c][mask].
inline constexpr std::uint64_t kQrMaskColumns[kQrMaskPeriod][kQrMaskCount] = {
    {0x555, 0x555, 0xfff, 0x249, 0x333, 0xfff, 0xfff, 0x555}, {0xaaa, 0x555, 0x000, 0x924, 0x333, 0x041, 0x1c7, 0xe38},
    {0x555, 0x555, 0x000, 0x492, 0x333, 0x249, 0x6db, 0xc71}, {0xaaa, 0x555, 0xfff, 0x249, 0xccc, 0x555, 0x555, 0xaaa},
    {0x555, 0x555, 0x000, 0x924, 0xccc, 0x249, 0xb6d, 0x1c7}, {0xaaa, 0x555, 0x000, 0x492, 0xccc, 0x041, 0xc71, 0x38e},
    {0x555, 0x555, 0xfff, 0x249, 0x333, 0xfff, 0xfff, 0x555}, {0xaaa, 0x555, 0x000, 0x924, 0x333, 0x041, 0x1c7, 0xe38},
    {0x555, 0x555, 0x000, 0x492, 0x333, 0x249, 0x6db, 0xc71}, {0xaaa, 0x555, 0xfff, 0x249, 0xccc, 0x555, 0x555, 0xaaa},
    {0x555, 0x555, 0x000, 0x924, 0xccc, 0x249, 0xb6d, 0x1c7}, {0xaaa, 0x555, 0x000, 0x492, 0xccc, 0x041, 0xc71, 0x38e},
};

// Repeats twelve modules of a mask over a whole line.
template <typename Word, int kWords>
[[gnu::always_inline]] constexpr void RepeatQrMask(const Word& twelve, QrLine<Word, kWords>& line) {
  constexpr int kFirst = kQrMaskPeriod - kQrMargin;  // the module at bit 0: the line's module -4, as far as masks go
  Word word = (twelve >> kFirst | twelve << (kQrMaskPeriod - kFirst)) & 0xfff;
  word |= word << 12;
  word |= word << 24;
  word |= word << 48;
  line.word[0] = word;
  for (int i = 1; i < kWords; ++i) {
    word = word >> 4 | (word << 8 & 0xf000000000000000u);  // 64 modules on, and so 4 within the period
    line.word[i] = word;
  }
}

// Table C.1: the 15 bits of the format information, masked, for levels L, M, Q, H and the eight masks.
inline constexpr std::uint64_t kQrFormatInformation[kQrLevelCount][kQrMaskCount] = {
    {0x77c4, 0x72f3, 0x7daa, 0x789d, 0x662f, 0x6318, 0x6c41, 0x6976},
    {0x5412, 0x5125, 0x5e7c, 0x5b4b, 0x45f9, 0x40ce, 0x4f97, 0x4aa0},
    {0x355f, 0x3068, 0x3f31, 0x3a06, 0x24b4, 0x2183, 0x2eda, 0x2bed},
    {0x1689, 0x13be, 0x1ce7, 0x19d0, 0x0762, 0x0255, 0x0d0c, 0x083b},
};

// Where bit i of the format information, 0 to 14, is in column 8 and where it is in row 8 (figure 25).
constexpr int QrFormatRow(int i, int size) { return i < 6 ? i : i < 8 ? i + 1 : size - 15 + i; }
constexpr int QrFormatColumn(int i, int size) { return i < 8 ? size - 1 - i : i == 8 ? 7 : 14 - i; }

// Draws it into lines that are rows, or, with `columns`, columns; `format` holds a symbol's bits in each lane.
template <typename Word, int kWords>
[[gnu::always_inline]] constexpr void DrawQrFormatInformation(const Word& format, int size, bool columns,
                                                              QrLine<Word, kWords>* lines) {
  constexpr int kAt = 8 + kQrMargin;
  for (int i = 0; i < 15; ++i) {
    const Word bit = format >> i & 1;
    const int row = QrFormatRow(i, size), column = QrFormatColumn(i, size);
    const int line = columns ? column : row;
    const int along = (columns ? row : column) + kQrMargin;
    lines[line].word[0] |= bit << kAt;
    lines[8].word[along / 64] |= bit << along % 64;
  }
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_MASK_H_
// ---- cctl/qr/qr_masked_lines.h ----

// Applies masks to a QR code: one mask with Word = std::uint64_t, or as many as a vector has lanes. Private to cctl/qr.

#ifndef CCTL_QR_QR_MASKED_LINES_H_
#define CCTL_QR_QR_MASKED_LINES_H_

#include <cstdint>
#include <cstring>

// ---- cctl/qr/qr_grid.h ----

// The modules of a QR code as lines of bits (cctl/qr/qr_line.h), either its rows or its columns. Private to cctl/qr.

#ifndef CCTL_QR_QR_GRID_H_
#define CCTL_QR_QR_GRID_H_

#include <cstdint>


namespace cctl::detail {

// Line i is at index i + kQrMargin, so that a grid is made of whole squares of 64 by 64 bits and easy to transpose.
template <int kWords>
struct QrGrid {
  static constexpr int kLines = 64 * kWords;

  std::uint64_t lines[kLines][kWords] = {};

  constexpr std::uint64_t (&line(int i))[kWords] { return lines[i + kQrMargin]; }
  constexpr const std::uint64_t (&line(int i) const)[kWords] { return lines[i + kQrMargin]; }

  // Sets modules of line i, from module `at` on, where `bits` has ones.
  constexpr void Set(int i, int at, std::uint64_t bits) {
    const int word = (at + kQrMargin) / 64, shift = (at + kQrMargin) % 64;
    line(i)[word] |= bits << shift;
    if constexpr (kWords > 1) {
      if (shift > 0 && word < kWords - 1) line(i)[word + 1] |= bits >> (64 - shift);
    }
  }

  // Clears them.
  constexpr void Clear(int i, int at, std::uint64_t bits) {
    const int word = (at + kQrMargin) / 64, shift = (at + kQrMargin) % 64;
    line(i)[word] &= ~(bits << shift);
    if constexpr (kWords > 1) {
      if (shift > 0 && word < kWords - 1) line(i)[word + 1] &= ~(bits >> (64 - shift));
    }
  }
};

// Exchanges, along the diagonal of a square of 64 by 64 bits, the halves off it of every square of 2 * kHalf.
template <int kHalf>
constexpr void TransposeQrHalves(std::uint64_t (&square)[64]) {
  constexpr std::uint64_t kLowHalves = ~std::uint64_t{0} / ((std::uint64_t{1} << kHalf) + 1);
  for (int start = 0; start < 64; start += 2 * kHalf) {
    for (int i = start; i < start + kHalf; ++i) {
      const std::uint64_t changed = (square[i] >> kHalf ^ square[i + kHalf]) & kLowHalves;
      square[i + kHalf] ^= changed;
      square[i] ^= changed << kHalf;
    }
  }
}

constexpr void TransposeQrSquare(std::uint64_t (&square)[64]) {
  TransposeQrHalves<32>(square);
  TransposeQrHalves<16>(square);
  TransposeQrHalves<8>(square);
  TransposeQrHalves<4>(square);
  TransposeQrHalves<2>(square);
  TransposeQrHalves<1>(square);
}

// The rows where `from` has the columns, or the other way round.
template <int kWords>
constexpr void TransposeQrGrid(const QrGrid<kWords>& from, QrGrid<kWords>& to) {
  std::uint64_t square[64] = {};
  for (int i = 0; i < kWords; ++i) {
    for (int k = 0; k < kWords; ++k) {
      for (int line = 0; line < 64; ++line) square[line] = from.lines[64 * i + line][k];
      TransposeQrSquare(square);
      for (int line = 0; line < 64; ++line) to.lines[64 * k + line][i] = square[line];
    }
  }
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_GRID_H_

namespace cctl::detail {

// A symbol before its mask, without the format information, which names the mask.
template <int kWords>
struct QrUnmasked {
  int size;
  QrLevel level;
  QrGrid<kWords> rows;
  QrGrid<kWords> columns;
  QrGrid<kWords> open;  // where masks apply: the same by rows and by columns
};

template <typename Word>
inline constexpr int kQrLanes = sizeof(Word) / sizeof(std::uint64_t);

template <typename Word>
[[gnu::always_inline]] constexpr std::uint64_t QrLane(const Word& word, [[maybe_unused]] int lane) {
  if constexpr (kQrLanes<Word> == 1) {
    return word;
  } else {
    return word[lane];
  }
}

template <typename Word>
[[gnu::always_inline]] constexpr void LoadQrLanes(const std::uint64_t* from, Word& word) {
  if constexpr (kQrLanes<Word> == 1) {
    word = *from;
  } else {
    std::memcpy(&word, from, sizeof word);
  }
}

// Writes the rows, or with `columns` the columns, of the whole symbol as the masks make them, of which the first lane
// has the number `first`.
template <typename Word, int kWords>
[[gnu::always_inline]] constexpr void MaskQrLines(const QrUnmasked<kWords>& symbol, int first, bool columns,
                                                  QrLine<Word, kWords>* lines) {
  QrLine<Word, kWords> mask[kQrMaskPeriod];
  for (int i = 0; i < kQrMaskPeriod; ++i) {
    Word twelve;
    LoadQrLanes((columns ? kQrMaskColumns : kQrMaskRows)[i] + first, twelve);
    RepeatQrMask(twelve, mask[i]);
  }
  const QrGrid<kWords>& grid = columns ? symbol.columns : symbol.rows;
  for (int i = 0, phase = 0; i < symbol.size; ++i) {
    for (int k = 0; k < kWords; ++k) {
      lines[i].word[k] = (mask[phase].word[k] & symbol.open.line(i)[k]) ^ grid.line(i)[k];
    }
    if (++phase == kQrMaskPeriod) phase = 0;
  }
  Word format;
  LoadQrLanes(kQrFormatInformation[static_cast<int>(symbol.level)] + first, format);
  DrawQrFormatInformation(format, symbol.size, columns, lines);
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_MASKED_LINES_H_
// ---- cctl/qr/qr_penalty.h ----

// How hard a masked QR code is to read (ISO/IEC 18004:2015, 7.8.3), for several masks at once: one in each lane of a
// vector. Nine tenths of an encoder's time usually go into this question. Private to cctl/qr/qr_best_mask.h.
//
// Where the standard leaves it open we count as libqrencode does: a finder-like pattern counts once, whether light
// modules are before or behind it; what is outside of the symbol is light; patterns of any scale count; and the share
// of dark modules is rounded to whole percents.

#ifndef CCTL_QR_QR_PENALTY_H_
#define CCTL_QR_QR_PENALTY_H_

#include <cstdint>


namespace cctl::detail {

// Table 11: a run of n >= 5 equal modules costs 3 + n - 5, a square of 2 by 2 equal ones 3, and further:
inline constexpr std::uint32_t kQrFinderPenalty = 40;
inline constexpr std::uint32_t kQrBalancePenalty = 10;  // for every 5 % off one half

// The words of one bit per module that are 1 for the modules first to last.
template <int kWords>
constexpr QrLine<std::uint64_t, kWords> QrModulesUpTo(int last) {
  QrLine<std::uint64_t, kWords> line = {};
  for (int i = kQrMargin; i <= last + kQrMargin; ++i) line.word[i / 64] |= std::uint64_t{1} << i % 64;
  return line;
}

// How many bits of each byte are set.
template <typename Word>
[[gnu::always_inline]] constexpr void CountQrBits(const Word& word, Word& bytes) {
  const Word two = word - (word >> 1 & 0x5555555555555555u);
  const Word four = (two & 0x3333333333333333u) + (two >> 2 & 0x3333333333333333u);
  bytes = (four + (four >> 4)) & 0x0f0f0f0f0f0f0f0fu;
}

// Adds a word's bytes to four sums of 16 bits.
template <typename Word>
[[gnu::always_inline]] constexpr void AddQrBytes(const Word& bytes, Word& sums) {
  sums += bytes & 0x00ff00ff00ff00ffu;
  sums += bytes >> 8 & 0x00ff00ff00ff00ffu;
}

// The total of a lane's four sums of 16 bits.
constexpr std::uint32_t QrTotal(std::uint64_t sums) {
  return static_cast<std::uint32_t>((sums & 0xffff) + (sums >> 16 & 0xffff) + (sums >> 32 & 0xffff) + (sums >> 48));
}

// Adds what the lines cost each lane's mask, but for the balance and for wide finder-like patterns; with kRows also
// the squares of two lines, and how many modules are dark to `dark`.
template <bool kRows, typename Word, int kWords>
[[gnu::always_inline]] constexpr void ScoreQrLines(const QrLine<Word, kWords>* lines, int size,
                                                   std::uint32_t* penalties, [[maybe_unused]] std::uint32_t* dark) {
  using Line = QrLine<Word, kWords>;
  Line may_start_run, may_start_pair;
  for (int k = 0; k < kWords; ++k) {
    may_start_run.word[k] = Word{} + QrModulesUpTo<kWords>(size - 5).word[k];
    may_start_pair.word[k] = Word{} + QrModulesUpTo<kWords>(size - 2).word[k];
  }
  // Sixteen modules cost at most 16 for runs, 48 for squares and 3 * 40 for finders, so that 177 rows and as many
  // columns fit into sums of 16 bits. What is counted by itself is summed up in smaller fields for some lines first.
  Word sums = {}, dark_sums = {};
  constexpr int kLinesAtOnce = kWords == 1 ? 14 : kWords == 2 ? 7 : 5;
  static_assert(kLinesAtOnce * kWords <= 15, "a finder in each nibble");
  static_assert(kLinesAtOnce * kWords * 8 <= 255, "eight dark modules in each byte");

  for (int start = 0; start < size; start += kLinesAtOnce) {
    const int end = size - start < kLinesAtOnce ? size : start + kLinesAtOnce;
    Word finder_nibbles = {}, dark_bytes = {};
    for (int i = start; i < end; ++i) {
      const Line& x = lines[i];
      const Line next = x >> 1;
      const Line edge = x ^ next;  // between this module and the next
      const Line edge1 = edge >> 1, edge2 = edge >> 2;
      const Line edge_in_two = edge | edge1;

      // Runs of n >= 5 equal modules are n - 4 ones in `five`, widened to the n - 2 that they cost.
      const Line five = ~(edge_in_two | edge_in_two >> 2) & may_start_run;
      const Line runs = five | five << 1 | five << 2;

      // Finder-like patterns by their edges, 111 00 111 from the one before the pattern on; four light modules
      // are before or behind, which makes the first of the pattern dark. They are six apart or more, so in a nibble
      // there is one at most.
      const Line edges = edge & edge1 & edge2;
      const Line dark_in_two = x | next;
      const Line dark_in_four = dark_in_two | dark_in_two >> 2;
      const Line finders = edges & edges >> 5 & ~(edge_in_two >> 3 | (dark_in_four << 3 & dark_in_four >> 8));

      Line squares = {};
      if constexpr (kRows) {
        if (i > 0) {
          const Line change = x ^ lines[i - 1];
          squares = ~(edge | change | change >> 1) & may_start_pair;
        }
      }

      for (int k = 0; k < kWords; ++k) {
        const Word in_two = finders.word[k] | finders.word[k] >> 1;
        finder_nibbles += (in_two | in_two >> 2) & 0x1111111111111111u;
        Word cost;
        CountQrBits(runs.word[k], cost);
        if constexpr (kRows) {
          Word bytes;
          CountQrBits(squares.word[k], bytes);
          cost += bytes + (bytes << 1);
          CountQrBits(x.word[k], bytes);
          dark_bytes += bytes;
        }
        AddQrBytes(cost, sums);
      }
    }
    const Word finder_bytes = (finder_nibbles & 0x0f0f0f0f0f0f0f0fu) + (finder_nibbles >> 4 & 0x0f0f0f0f0f0f0f0fu);
    Word finder_sums = {};
    AddQrBytes(finder_bytes, finder_sums);
    sums += (finder_sums << 5) + (finder_sums << 3);
    if constexpr (kRows) AddQrBytes(dark_bytes, dark_sums);
  }
  for (int lane = 0; lane < kQrLanes<Word>; ++lane) {
    penalties[lane] += QrTotal(QrLane(sums, lane));
    if constexpr (kRows) dark[lane] = QrTotal(QrLane(dark_sums, lane));
  }
}

// Writes what the masks first to first + kQrLanes<Word> - 1 cost, but for wide finder-like patterns.
template <typename Word, int kWords>
[[gnu::always_inline]] constexpr void ScoreQrMasks(const QrUnmasked<kWords>& symbol, int first,
                                                   std::uint32_t* penalties) {
  constexpr int kLanes = kQrLanes<Word>;
  for (int lane = 0; lane < kLanes; ++lane) penalties[lane] = 0;
  std::uint32_t dark[kLanes] = {};
  QrLine<Word, kWords> lines[64 * kWords];
  MaskQrLines(symbol, first, true, lines);
  ScoreQrLines<false>(lines, symbol.size, penalties, dark);
  MaskQrLines(symbol, first, false, lines);
  ScoreQrLines<true>(lines, symbol.size, penalties, dark);

  const int modules = symbol.size * symbol.size;
  for (int lane = 0; lane < kLanes; ++lane) {
    const int percent = (200 * static_cast<int>(dark[lane]) + modules) / modules / 2;  // rounded
    const int fives = (percent < 50 ? 50 - percent : percent - 50) / 5;
    penalties[lane] += kQrBalancePenalty * static_cast<std::uint32_t>(fives);
  }
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_PENALTY_H_
// ---- cctl/qr/qr_wide_finders.h ----

// Counts the finder-like patterns of a masked QR code whose modules are two or more wide (ISO/IEC 18004:2015, 7.8.3.1:
// 1:1:3:1:1 is a ratio). They are rare. Private to cctl/qr/qr_best_mask.h.

#ifndef CCTL_QR_QR_WIDE_FINDERS_H_
#define CCTL_QR_QR_WIDE_FINDERS_H_

#include <bit>
#include <cstdint>
#include <initializer_list>


namespace cctl::detail {

// Whether one has its middle, the dark run of three units, from bit `middle` on.
template <int kWords>
constexpr bool IsWideQrFinder(const QrLine<std::uint64_t, kWords>& line, int middle) {
  const auto dark = [&line](int at) { return at >= 0 && at < 64 * kWords && (line.word[at / 64] >> at % 64 & 1) != 0; };
  const auto all = [&dark](int from, int count, bool wanted) {
    for (int at = from; at < from + count; ++at) {
      if (dark(at) != wanted) return false;
    }
    return true;
  };
  int end = middle;
  while (dark(end)) ++end;
  const int unit = (end - middle) / 3;
  const int start = middle - 2 * unit, behind = end + 2 * unit;
  if (end - middle != 3 * unit || dark(start - 1) || dark(behind)) return false;
  return all(start, unit, true) && all(start + unit, unit, false) && all(end, unit, false) &&
         all(end + unit, unit, true) && (all(start - 4 * unit, 4 * unit, false) || all(behind, 4 * unit, false));
}

template <int kWords>
constexpr std::uint32_t CountWideQrFinders(const QrUnmasked<kWords>& symbol, int mask) {
  using Line = QrLine<std::uint64_t, kWords>;
  Line lines[64 * kWords];
  std::uint32_t found = 0;
  for (const bool columns : {false, true}) {
    MaskQrLines(symbol, mask, columns, lines);
    for (int i = 0; i < symbol.size; ++i) {
      // Few are left to look at of dark runs behind two light modules that are six long before two light ones, or
      // longer.
      const Line& x = lines[i];
      const Line two = x & x >> 1;
      const Line six = two & two >> 2 & two >> 4;
      const Line light = ~(x | x >> 1);
      const Line middles = six & light << 2 & (light >> 6 | six >> 3);
      for (int k = 0; k < kWords; ++k) {
        for (std::uint64_t left = middles.word[k]; left != 0; left &= left - 1) {
          if (IsWideQrFinder(x, 64 * k + std::countr_zero(left))) ++found;
        }
      }
    }
  }
  return found;
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_WIDE_FINDERS_H_

namespace cctl::detail {

// The penalties of all eight masks, by plain words.
template <int kWords>
constexpr void ScoreQrMasksPortable(const QrUnmasked<kWords>& symbol, std::uint32_t (&penalties)[kQrMaskCount]) {
  for (int mask = 0; mask < kQrMaskCount; ++mask) {
    ScoreQrMasks<std::uint64_t>(symbol, mask, penalties + mask);
  }
}

#ifdef __GNUC__

using QrWords2 [[gnu::vector_size(16)]] = std::uint64_t;

// By vectors of two words, which every x86-64 and AArch64 processor has; others get them made of plain ones.
template <int kWords>
[[gnu::noinline]] void ScoreQrMasksByTwo(const QrUnmasked<kWords>& symbol, std::uint32_t (&penalties)[kQrMaskCount]) {
  for (int mask = 0; mask < kQrMaskCount; mask += 2) ScoreQrMasks<QrWords2>(symbol, mask, penalties + mask);
}

#endif

#if defined(__x86_64__) && defined(__GNUC__)

using QrWords4 [[gnu::vector_size(32)]] = std::uint64_t;

// By vectors of four. Call it only where HasAvx2().
template <int kWords>
[[gnu::noinline, gnu::target("avx2")]] void ScoreQrMasksAvx2(const QrUnmasked<kWords>& symbol,
                                                             std::uint32_t (&penalties)[kQrMaskCount]) {
  for (int mask = 0; mask < kQrMaskCount; mask += 4) ScoreQrMasks<QrWords4>(symbol, mask, penalties + mask);
}

#endif

template <int kWords>
constexpr void ScoreAllQrMasks(const QrUnmasked<kWords>& symbol, std::uint32_t (&penalties)[kQrMaskCount]) {
  if (std::is_constant_evaluated()) return ScoreQrMasksPortable(symbol, penalties);
#if defined(__x86_64__) && defined(__GNUC__)
  if (HasAvx2()) return ScoreQrMasksAvx2(symbol, penalties);
#endif
#ifdef __GNUC__
  ScoreQrMasksByTwo(symbol, penalties);
#else
  ScoreQrMasksPortable(symbol, penalties);
#endif
}

// Wide finder-like patterns are rare, and can only add to a penalty. So they are counted for the best mask alone; if it
// is then no longer the best, for the next one.
template <int kWords>
constexpr int BestQrMask(const QrUnmasked<kWords>& symbol) {
  std::uint32_t penalties[kQrMaskCount] = {};
  ScoreAllQrMasks(symbol, penalties);
  bool counted[kQrMaskCount] = {};
  for (;;) {
    int best = 0;
    for (int mask = 1; mask < kQrMaskCount; ++mask) {
      if (penalties[mask] < penalties[best]) best = mask;
    }
    if (counted[best]) return best;
    penalties[best] += kQrFinderPenalty * CountWideQrFinders(symbol, best);
    counted[best] = true;
  }
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_BEST_MASK_H_
// ---- cctl/qr/qr_blocks.h ----

// How many modules and codewords the symbols of the forty versions have, and how their codewords are divided into
// Reed-Solomon blocks (ISO/IEC 18004:2015, 7.5.1 and table 9). All functions take versions from 1 to 40.

#ifndef CCTL_QR_QR_BLOCKS_H_
#define CCTL_QR_QR_BLOCKS_H_

#include <cstdint>


namespace cctl {

inline constexpr int kMinQrVersion = 1;
inline constexpr int kMaxQrVersion = 40;

// Modules on a side.
constexpr int QrSize(int version) { return 17 + 4 * version; }

namespace detail {

inline constexpr int kMaxQrSize = QrSize(kMaxQrVersion);
inline constexpr int kMaxQrCodewords = 3706;      // QrCodewords(40)
inline constexpr int kMaxQrDataCodewords = 2956;  // of version 40-L

// Alignment patterns along a side; version 1 has none.
constexpr int QrAlignmentCount(int version) { return version == 1 ? 0 : version / 7 + 2; }

// Modules that carry codewords, up to seven of them left over (table 1).
constexpr int QrDataModules(int version) {
  const int size = QrSize(version);
  const int finders = 3 * 64;
  const int format_and_dark = 2 * 15 + 1;
  const int timing = 2 * (size - 16);
  const int count = QrAlignmentCount(version);
  // Those in row or column 6 share five modules with the timing pattern.
  const int alignment = count == 0 ? 0 : (count * count - 3) * 25 - 2 * (count - 2) * 5;
  const int version_information = version < 7 ? 0 : 2 * 18;
  return size * size - finders - format_and_dark - timing - alignment - version_information;
}

constexpr int QrCodewords(int version) { return QrDataModules(version) / 8; }

struct QrBlocks {
  std::uint8_t error_codewords;  // in each block
  std::uint8_t count;            // blocks; the longer ones come last and hold one data codeword more
};

// Table 9: versions 1 to 40, levels L, M, Q and H.
inline constexpr QrBlocks kQrBlocks[kMaxQrVersion][kQrLevelCount] = {
    {{7, 1}, {10, 1}, {13, 1}, {17, 1}},      {{10, 1}, {16, 1}, {22, 1}, {28, 1}},
    {{15, 1}, {26, 1}, {18, 2}, {22, 2}},     {{20, 1}, {18, 2}, {26, 2}, {16, 4}},
    {{26, 1}, {24, 2}, {18, 4}, {22, 4}},     {{18, 2}, {16, 4}, {24, 4}, {28, 4}},
    {{20, 2}, {18, 4}, {18, 6}, {26, 5}},     {{24, 2}, {22, 4}, {22, 6}, {26, 6}},
    {{30, 2}, {22, 5}, {20, 8}, {24, 8}},     {{18, 4}, {26, 5}, {24, 8}, {28, 8}},
    {{20, 4}, {30, 5}, {28, 8}, {24, 11}},    {{24, 4}, {22, 8}, {26, 10}, {28, 11}},
    {{26, 4}, {22, 9}, {24, 12}, {22, 16}},   {{30, 4}, {24, 9}, {20, 16}, {24, 16}},
    {{22, 6}, {24, 10}, {30, 12}, {24, 18}},  {{24, 6}, {28, 10}, {24, 17}, {30, 16}},
    {{28, 6}, {28, 11}, {28, 16}, {28, 19}},  {{30, 6}, {26, 13}, {28, 18}, {28, 21}},
    {{28, 7}, {26, 14}, {26, 21}, {26, 25}},  {{28, 8}, {26, 16}, {30, 20}, {28, 25}},
    {{28, 8}, {26, 17}, {28, 23}, {30, 25}},  {{28, 9}, {28, 17}, {30, 23}, {24, 34}},
    {{30, 9}, {28, 18}, {30, 25}, {30, 30}},  {{30, 10}, {28, 20}, {30, 27}, {30, 32}},
    {{26, 12}, {28, 21}, {30, 29}, {30, 35}}, {{28, 12}, {28, 23}, {28, 34}, {30, 37}},
    {{30, 12}, {28, 25}, {30, 34}, {30, 40}}, {{30, 13}, {28, 26}, {30, 35}, {30, 42}},
    {{30, 14}, {28, 28}, {30, 38}, {30, 45}}, {{30, 15}, {28, 29}, {30, 40}, {30, 48}},
    {{30, 16}, {28, 31}, {30, 43}, {30, 51}}, {{30, 17}, {28, 33}, {30, 45}, {30, 54}},
    {{30, 18}, {28, 35}, {30, 48}, {30, 57}}, {{30, 19}, {28, 37}, {30, 51}, {30, 60}},
    {{30, 19}, {28, 38}, {30, 53}, {30, 63}}, {{30, 20}, {28, 40}, {30, 56}, {30, 66}},
    {{30, 21}, {28, 43}, {30, 59}, {30, 70}}, {{30, 22}, {28, 45}, {30, 62}, {30, 74}},
    {{30, 24}, {28, 47}, {30, 65}, {30, 77}}, {{30, 25}, {28, 49}, {30, 68}, {30, 81}},
};

constexpr QrBlocks QrBlocksOf(int version, QrLevel level) { return kQrBlocks[version - 1][static_cast<int>(level)]; }

constexpr int QrDataCodewords(int version, QrLevel level) {
  const QrBlocks blocks = QrBlocksOf(version, level);
  return QrCodewords(version) - blocks.error_codewords * blocks.count;
}

}  // namespace detail
}  // namespace cctl

#endif  // CCTL_QR_QR_BLOCKS_H_
// ---- cctl/qr/qr_codewords.h ----

// From data codewords to the final message: Reed-Solomon blocks, interleaved (ISO/IEC 18004:2015, 7.5 and 7.6).
// Private to cctl/qr/qr_code.h.

#ifndef CCTL_QR_QR_CODEWORDS_H_
#define CCTL_QR_QR_CODEWORDS_H_

#include <cstdint>

// ---- cctl/qr/reed_solomon.h ----

// The error correction codewords of a QR code: the remainder of the data, as a polynomial over GF(2^8) modulo
// x^8 + x^4 + x^3 + x^2 + 1, by a generator whose roots are the powers of 2 from 2^0 on (ISO/IEC 18004:2015, 7.5.2 and
// annex A). Private to cctl/qr/qr_code.h.
//
// The remainder is kept in four words, the highest coefficient first, so that a step is a shift and two table entries:
// the multiples of the generator by the two halves of a byte. Making those two tables costs less than ten data bytes.

#ifndef CCTL_QR_REED_SOLOMON_H_
#define CCTL_QR_REED_SOLOMON_H_

#include <cstdint>
#include <initializer_list>

namespace cctl::detail {

inline constexpr int kMaxReedSolomonDegree = 30;

struct ReedSolomonPolynomial {
  std::uint64_t word[4];  // 32 coefficients, the highest in the highest byte of the first; unused ones are 0
};

struct ReedSolomonGenerator {
  int degree;
  ReedSolomonPolynomial below;  // without the leading coefficient, which is 1
};

// Those that QR codes use (annex A).
inline constexpr ReedSolomonGenerator kReedSolomonGenerators[] = {
    {7, {0x7f7a9aa40b447500, 0, 0, 0}},
    {10, {0xd8c29f6fc75e5f71, 0x9dc1000000000000, 0, 0}},
    {13, {0x8949e311b111340d, 0x2e2b538478000000, 0, 0}},
    {15, {0x1dc46fa3704a0a69, 0x698b849720861a00, 0, 0}},
    {16, {0x3b0d68bd44d11e08, 0xa34129e56232243b, 0, 0}},
    {17, {0x774253787716c553, 0xf9298f8655357d63, 0x4f00000000000000, 0}},
    {18, {0xeffbb77195afc7d7, 0xf0dc4952ad4b2043, 0xd992000000000000, 0}},
    {20, {0x98b9f0056f6306dc, 0x70964524bb16e4c6, 0x7979a5ae00000000, 0}},
    {22, {0x59b383b0b6f413bd, 0x45281c891d7b43fd, 0x56dae61a91f50000, 0}},
    {24, {0x7a76a946b2edd866, 0x7396e54982483d2b, 0xce01edf77fd99075, 0}},
    {26, {0xf633b7048862c798, 0x4d38ce189128d175, 0xe92a87444690924d, 0x2b5e000000000000}},
    {28, {0xfc091c0d12fbd096, 0x67ae6429a70cf738, 0x7577e97fb5647993, 0xb04a3ac500000000}},
    {30, {0xd4f64d49c3c04b62, 0x054667b116d98a33, 0xb5f64819122ee44a, 0xd8c30b6a82960000}},
};

// Divides by the generator of one degree, which is that of an entry above.
class ReedSolomonEncoder {
 public:
  constexpr explicit ReedSolomonEncoder(int degree);

  [[nodiscard]] constexpr int degree() const { return degree_; }

  // Takes one more data codeword into the remainder of those before it; that of none is 0.
  [[gnu::always_inline]] constexpr void Step(ReedSolomonPolynomial& remainder, std::uint8_t data) const {
    auto& [a, b, c, d] = remainder.word;
    const std::uint64_t factor = data ^ a >> 56;
    const std::uint64_t* const low = low_[factor & 15].word;
    const std::uint64_t* const high = high_[factor >> 4].word;
    a = (a << 8 | b >> 56) ^ low[0] ^ high[0];
    b = (b << 8 | c >> 56) ^ low[1] ^ high[1];
    c = (c << 8 | d >> 56) ^ low[2] ^ high[2];
    d = d << 8 ^ low[3] ^ high[3];
  }

  // The remainder's coefficient i, 0 to degree() - 1: error correction codeword i.
  static constexpr std::uint8_t Codeword(const ReedSolomonPolynomial& remainder, int i) {
    return static_cast<std::uint8_t>(remainder.word[i / 8] >> (56 - i % 8 * 8));
  }

 private:
  int degree_;
  ReedSolomonPolynomial low_[16];   // the generator times 0 to 15
  ReedSolomonPolynomial high_[16];  // times 0, 16 to 240
};

// Times 2, all eight coefficients of a word at once.
constexpr std::uint64_t ReedSolomonDouble(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const std::uint64_t carries = word >> 7 & kOnes;
  return (word & 0x7f * kOnes) << 1 ^ carries * 0x1d;
}

constexpr ReedSolomonEncoder::ReedSolomonEncoder(int degree) : degree_(degree) {
  const ReedSolomonGenerator* generator = kReedSolomonGenerators;
  while (generator->degree != degree) ++generator;
  ReedSolomonPolynomial power = generator->below;
  for (ReedSolomonPolynomial* const table : {low_, high_}) {
    table[0] = {};
    for (int bit = 1; bit < 16; bit *= 2) {
      for (int i = 0; i < bit; ++i) {
        for (int k = 0; k < 4; ++k) table[bit + i].word[k] = table[i].word[k] ^ power.word[k];
      }
      for (std::uint64_t& word : power.word) word = ReedSolomonDouble(word);
    }
  }
}

}  // namespace cctl::detail

#endif  // CCTL_QR_REED_SOLOMON_H_

namespace cctl::detail {

// Reads QrDataCodewords(version, level) bytes, writes QrCodewords(version). A block's remainder is a chain in which
// each step waits for the one before; so two blocks are encoded side by side.
constexpr void InterleaveQrBlocks(int version, QrLevel level, const std::uint8_t* data, std::uint8_t* out) {
  const QrBlocks blocks = QrBlocksOf(version, level);
  const int total = QrDataCodewords(version, level);
  const int shorter = total / blocks.count;  // data codewords in each of the first blocks
  const int first_longer = blocks.count - total % blocks.count;
  const ReedSolomonEncoder encoder(blocks.error_codewords);
  const auto start = [&](int block) {
    return data + block * shorter + (block > first_longer ? block - first_longer : 0);
  };

  for (int block = 0; block < blocks.count; ++block) {
    const std::uint8_t* const from = start(block);
    for (int i = 0; i < shorter; ++i) out[i * blocks.count + block] = from[i];
    if (block >= first_longer) out[shorter * blocks.count + block - first_longer] = from[shorter];
  }

  const auto finish = [&](int block, ReedSolomonPolynomial remainder) {
    if (block >= first_longer) encoder.Step(remainder, start(block)[shorter]);
    for (int i = 0; i < encoder.degree(); ++i) {
      out[total + i * blocks.count + block] = ReedSolomonEncoder::Codeword(remainder, i);
    }
  };
  int block = 0;
  for (; block + 1 < blocks.count; block += 2) {
    const std::uint8_t* const first = start(block);
    const std::uint8_t* const second = start(block + 1);
    ReedSolomonPolynomial first_remainder = {}, second_remainder = {};
    for (int i = 0; i < shorter; ++i) {
      encoder.Step(first_remainder, first[i]);
      encoder.Step(second_remainder, second[i]);
    }
    finish(block, first_remainder);
    finish(block + 1, second_remainder);
  }
  if (block == blocks.count) return;
  ReedSolomonPolynomial remainder = {};
  for (int i = 0; i < shorter; ++i) encoder.Step(remainder, start(block)[i]);
  finish(block, remainder);
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_CODEWORDS_H_
// ---- cctl/qr/qr_function_patterns.h ----

// The modules of a QR code that carry no codewords: finder, timing and alignment patterns, and the places of the format
// and version information (ISO/IEC 18004:2015, 6.3 and 7.10). But for one dark module they are the same in rows and
// columns, so that the grids drawn here serve as either. Private to cctl/qr/qr_code.h.

#ifndef CCTL_QR_QR_FUNCTION_PATTERNS_H_
#define CCTL_QR_QR_FUNCTION_PATTERNS_H_

#include <cstdint>


namespace cctl::detail {

// How far apart alignment patterns of versions 7 to 40 are, but for the first two, which are closer where it is no
// divisor (annex E).
inline constexpr std::uint8_t kQrAlignmentStep[34] = {16, 18, 20, 22, 24, 26, 28, 20, 22, 24, 24, 26,
                                                      28, 28, 22, 24, 24, 26, 26, 28, 28, 24, 24, 26,
                                                      26, 26, 28, 28, 24, 26, 26, 26, 28, 28};

// Row or column of the centre of alignment pattern i, 0 to QrAlignmentCount(version) - 1.
constexpr int QrAlignmentCentre(int version, int i) {
  if (i == 0) return 6;
  const int last = QrSize(version) - 7;
  return version < 7 ? last : last - (QrAlignmentCount(version) - 1 - i) * kQrAlignmentStep[version - 7];
}

// The version and its 12 bits of error correction, by the (18, 6) Golay code (7.10).
constexpr std::uint32_t QrVersionInformation(int version) {
  std::uint32_t remainder = static_cast<std::uint32_t>(version) << 12;
  for (int bit = 17; bit >= 12; --bit) {
    if (remainder >> bit & 1) remainder ^= 0x1f25u << (bit - 12);
  }
  return static_cast<std::uint32_t>(version) << 12 | remainder;
}

// Draws them into `dark`, and into `open` the modules that are left for codewords. Both are empty before. The format
// information is left light.
template <int kWords>
constexpr void DrawQrFunctionPatterns(int version, QrGrid<kWords>& dark, QrGrid<kWords>& open) {
  const int size = QrSize(version);
  // Timing patterns, between the finder patterns.
  for (int i = 0; i < size; ++i) {
    for (int at = 0; at < size; at += 48) open.Set(i, at, (std::uint64_t{1} << (size - at < 48 ? size - at : 48)) - 1);
  }
  for (int i = 8; i < size - 8; ++i) {
    open.Clear(i, 6, 1);
    open.Clear(6, i, 1);
    if (i % 2 == 0) dark.Set(i, 6, 1), dark.Set(6, i, 1);
  }

  // Finder patterns with their light borders, and beside them the format information.
  constexpr std::uint8_t kFinder[7] = {0b1111111, 0b1000001, 0b1011101, 0b1011101, 0b1011101, 0b1000001, 0b1111111};
  for (int i = 0; i < 9; ++i) {
    open.Clear(i, 0, 0x1ff);
    open.Clear(i, size - 8, 0xff);
  }
  for (int i = 0; i < 8; ++i) open.Clear(size - 8 + i, 0, 0x1ff);
  for (int i = 0; i < 7; ++i) {
    dark.Set(i, 0, kFinder[i]);
    dark.Set(i, size - 7, kFinder[i]);
    dark.Set(size - 7 + i, 0, kFinder[i]);
  }

  constexpr std::uint8_t kAlignment[5] = {0b11111, 0b10001, 0b10101, 0b10001, 0b11111};
  const int count = QrAlignmentCount(version);
  for (int a = 0; a < count; ++a) {
    for (int b = 0; b < count; ++b) {
      if ((a == 0 && (b == 0 || b == count - 1)) || (a == count - 1 && b == 0)) continue;  // a finder pattern is there
      const int from = QrAlignmentCentre(version, a) - 2, at = QrAlignmentCentre(version, b) - 2;
      for (int i = 0; i < 5; ++i) {
        open.Clear(from + i, at, 0b11111);
        dark.Set(from + i, at, kAlignment[i]);
      }
    }
  }

  if (version < 7) return;
  const std::uint32_t information = QrVersionInformation(version);
  for (int i = 0; i < 6; ++i) {
    open.Clear(i, size - 11, 0b111);
    dark.Set(i, size - 11, information >> 3 * i & 0b111);
    for (int k = 0; k < 3; ++k) {
      open.Clear(size - 11 + k, i, 1);
      dark.Set(size - 11 + k, i, information >> (3 * i + k) & 1);
    }
  }
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_FUNCTION_PATTERNS_H_
// ---- cctl/qr/qr_mode.h ----

// The modes in which a QR code holds characters (ISO/IEC 18004:2015, 7.3 and 7.4), what each costs, and how much of a
// text fits into a symbol. Kanji mode is left out: byte mode holds any text.

#ifndef CCTL_QR_QR_MODE_H_
#define CCTL_QR_QR_MODE_H_

#include <cstdint>
#include <string_view>


namespace cctl {

enum class QrMode : std::uint8_t {
  kNumeric,       // 0-9: three digits in 10 bits, two in 7, one in 4
  kAlphanumeric,  // 0-9 A-Z space $ % * + - . / : two characters in 11 bits, one in 6
  kByte,          // any byte, in 8 bits
};

namespace detail {

inline constexpr int kQrModeCount = 3;

// Table 2.
constexpr int kQrModeIndicatorBits = 4;
constexpr std::uint32_t QrModeIndicator(QrMode mode) { return 1u << static_cast<int>(mode); }

// Versions 1 to 9, 10 to 26 and 27 to 40 differ in how they count a segment's characters (table 3).
constexpr int kQrRangeCount = 3;
constexpr int QrRangeOf(int version) { return version < 10 ? 0 : version < 27 ? 1 : 2; }
inline constexpr int kQrRangeEnd[kQrRangeCount] = {9, 26, 40};
inline constexpr std::uint8_t kQrCountBits[kQrRangeCount][kQrModeCount] = {{10, 9, 8}, {12, 11, 16}, {14, 13, 16}};

// What a segment costs before its first character.
constexpr int QrHeaderBits(int range, QrMode mode) {
  return kQrModeIndicatorBits + kQrCountBits[range][static_cast<int>(mode)];
}

// A character in sixths of a bit: in them every mode's is whole, and a segment's rounded up to bits is exact.
inline constexpr std::uint32_t kQrCharacterSixths[kQrModeCount] = {20, 33, 48};

constexpr bool IsQrDigit(char c) { return c >= '0' && c <= '9'; }

// Table 5: the value of a character in alphanumeric mode, 0 to 44; -1: it has none.
constexpr int QrAlphanumericValue(char c) {
  constexpr std::int8_t kValues[64] = {36, -1, -1, -1, 37, 38, -1, -1, -1, -1, 39, 40, -1, 41, 42, 43,   // space to /
                                       0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  44, -1, -1, -1, -1, -1,   // 0 to ?
                                       -1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,   // @ to O
                                       25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, -1, -1, -1, -1, -1};  // P to _
  const unsigned index = static_cast<unsigned char>(c) - 0x20u;
  return index < 64 ? kValues[index] : -1;
}

}  // namespace detail

// How many characters of one mode fit into a symbol of `version`, 1 to 40, when they are all that it holds (table 7).
constexpr int QrCapacity(int version, QrLevel level, QrMode mode) {
  const int bits = 8 * detail::QrDataCodewords(version, level) - detail::QrHeaderBits(detail::QrRangeOf(version), mode);
  return bits * 6 / static_cast<int>(detail::kQrCharacterSixths[static_cast<int>(mode)]);
}

// The mode that holds every character of a text in the fewest bits.
constexpr QrMode DensestQrMode(std::string_view text) {
  QrMode mode = QrMode::kNumeric;
  for (const char c : text) {
    if (detail::QrAlphanumericValue(c) < 0) return QrMode::kByte;
    if (!detail::IsQrDigit(c)) mode = QrMode::kAlphanumeric;
  }
  return mode;
}

}  // namespace cctl

#endif  // CCTL_QR_QR_MODE_H_
// ---- cctl/qr/qr_placement.h ----

// Puts the codewords into the open modules of a QR code: in pairs of columns from the right, up and down by turns, the
// right module of a row before the left one (ISO/IEC 18004:2015, 7.7.3). Private to cctl/qr/qr_code.h.
//
// Not module by module: where both columns of a pair are open for some rows, that many pairs of bits are taken at
// once, parted into their even and odd ones, and put into the two columns as they are.

#ifndef CCTL_QR_QR_PLACEMENT_H_
#define CCTL_QR_QR_PLACEMENT_H_

#include <bit>
#include <cstdint>


namespace cctl::detail {

// Codewords are followed by this many bytes of 0: they are read in words, and up to seven modules remain at the end.
inline constexpr int kQrCodewordSlack = 9;

class QrBitReader {
 public:
  constexpr explicit QrBitReader(const std::uint8_t* in) : in_(in) {}

  static constexpr int kMost = 56;

  // The next 1 to kMost bits as a number, the first the highest.
  constexpr std::uint64_t Take(int count) {
    const std::uint64_t ahead = LoadBigEndian64(in_ + position_ / 8) << position_ % 8;
    position_ += static_cast<std::uint32_t>(count);
    return ahead >> (64 - count);
  }

 private:
  const std::uint8_t* in_;
  std::uint32_t position_ = 0;  // in bits
};

// Bits 0, 2, 4, ... of `bits` side by side.
constexpr std::uint64_t EvenBits(std::uint64_t bits) {
  bits &= 0x5555555555555555;
  bits = (bits | bits >> 1) & 0x3333333333333333;
  bits = (bits | bits >> 2) & 0x0f0f0f0f0f0f0f0f;
  bits = (bits | bits >> 4) & 0x00ff00ff00ff00ff;
  bits = (bits | bits >> 8) & 0x0000ffff0000ffff;
  return (bits | bits >> 16) & 0x00000000ffffffff;
}

// The lowest `count` bits in the opposite order.
constexpr std::uint64_t ReverseBits(std::uint64_t bits, int count) {
  bits = (bits >> 1 & 0x5555555555555555) | (bits & 0x5555555555555555) << 1;
  bits = (bits >> 2 & 0x3333333333333333) | (bits & 0x3333333333333333) << 2;
  bits = (bits >> 4 & 0x0f0f0f0f0f0f0f0f) | (bits & 0x0f0f0f0f0f0f0f0f) << 4;
  bits = (bits >> 8 & 0x00ff00ff00ff00ff) | (bits & 0x00ff00ff00ff00ff) << 8;
  bits = (bits >> 16 & 0x0000ffff0000ffff) | (bits & 0x0000ffff0000ffff) << 16;
  return std::rotl(bits, 32) >> (64 - count);
}

// The next rows of a pair of columns that are all open on the same sides.
struct QrRun {
  int row;    // the lowest bit of them
  int count;  // 1 to 56, or 28 where both sides are open
  bool right;
  bool left;
};

// The first run, from below or from above, in what is still open of the two words; one of them is not 0.
constexpr QrRun FirstQrRun(std::uint64_t right, std::uint64_t left, bool upward) {
  const std::uint64_t any = right | left;
  const int first = upward ? 63 - std::countl_zero(any) : std::countr_zero(any);
  QrRun run = {first, 0, (right >> first & 1) != 0, (left >> first & 1) != 0};
  const std::uint64_t same = (run.right ? right : ~right) & (run.left ? left : ~left);
  const int most = run.right && run.left ? QrBitReader::kMost / 2 : QrBitReader::kMost;
  const int length = upward ? std::countl_one(same << (63 - first)) : std::countr_one(same >> first);
  run.count = length < most ? length : most;
  if (upward) run.row = first - run.count + 1;
  return run;
}

// Draws the codewords into the columns of a symbol, of which `open` says where they go.
template <int kWords>
constexpr void PlaceQrCodewords(const std::uint8_t* codewords, int size, const QrGrid<kWords>& open,
                                QrGrid<kWords>& columns) {
  QrBitReader bits(codewords);
  bool upward = true;
  for (int column = size - 1; column > 0; column -= 2, upward = !upward) {
    if (column == 6) --column;  // the timing pattern
    for (int i = 0; i < kWords; ++i) {
      const int word = upward ? kWords - 1 - i : i;
      std::uint64_t right = open.line(column)[word];
      std::uint64_t left = open.line(column - 1)[word];
      while ((right | left) != 0) {
        const QrRun run = FirstQrRun(right, left, upward);
        const int width = run.right && run.left ? 2 * run.count : run.count;
        std::uint64_t taken = bits.Take(width);
        // Going up, the first bit is the highest, as the lowest row is.
        if (!upward) taken = ReverseBits(taken, width);
        if (run.right && run.left) {
          // Reversed, the right one of each two is the lower.
          columns.line(column)[word] |= EvenBits(upward ? taken >> 1 : taken) << run.row;
          columns.line(column - 1)[word] |= EvenBits(upward ? taken : taken >> 1) << run.row;
        } else {
          columns.line(run.right ? column : column - 1)[word] |= taken << run.row;
        }
        const std::uint64_t done = ~(~std::uint64_t{0} << run.count) << run.row;
        right &= ~done;
        left &= ~done;
      }
    }
  }
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_PLACEMENT_H_
// ---- cctl/qr/qr_segments.h ----

// Divides a text into segments of the three modes so that it takes the fewest bits, and writes them as the data
// codewords of a symbol (ISO/IEC 18004:2015, 7.4). Private to cctl/qr/qr_code.h. No allocation.

#ifndef CCTL_QR_QR_SEGMENTS_H_
#define CCTL_QR_QR_SEGMENTS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>


namespace cctl::detail {

inline constexpr std::size_t kMaxQrCharacters = 7089;  // QrCapacity(40, QrLevel::kL, QrMode::kNumeric)

inline constexpr int kQrEciBits = 12;  // mode indicator 0111 and an assignment number below 128 (7.4.2)

// The mode of each character of a text, so that runs of one mode are its segments.
class QrSegmentation {
 public:
  // Finds the cheapest for the versions of a range, 0 to 2. `text` has at most kMaxQrCharacters.
  constexpr QrSegmentation(std::string_view text, int range);

  // What the segments take, headers and all.
  [[nodiscard]] constexpr std::uint32_t bits() const { return bits_; }
  [[nodiscard]] constexpr QrMode mode(std::size_t i) const { return static_cast<QrMode>(modes_[i]); }

 private:
  std::uint32_t bits_ = 0;
  std::uint8_t modes_[kMaxQrCharacters];  // as many as the text has characters; while searching, see below
};

// Dynamic programming over the text: the least cost of the characters so far with the last of them in each mode. A
// segment may be continued or, rounded up to whole bits, followed by a new one. Costs that differ only within a bit
// stay comparable, because whatever follows costs both the same. Per character the predecessors of the three modes are
// kept, two bits each; going back along them leaves the modes.
constexpr QrSegmentation::QrSegmentation(std::string_view text, int range) {
  constexpr std::uint32_t kNever = 1u << 30;  // above any real cost, and far from overflow
  constexpr unsigned kDigits = 0, kAlphanumerics = 1, kBytes = 2;
  const auto header = [range](unsigned mode) {
    return static_cast<std::uint32_t>(6 * QrHeaderBits(range, static_cast<QrMode>(mode)));
  };
  const std::uint32_t headers[kQrModeCount] = {header(kDigits), header(kAlphanumerics), header(kBytes)};
  const auto whole_bits = [](std::uint32_t sixths) { return (sixths + 5) / 6 * 6; };

  // All in sixths of a bit. Before the first character each mode would only have to be entered.
  std::uint32_t digits = headers[kDigits], alphanumerics = headers[kAlphanumerics], bytes = headers[kBytes];
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned from_digits = kDigits, from_alphanumerics = kAlphanumerics, from_bytes = kBytes;
    if (i > 0) {
      // The cheapest way to end the last segment here; bytes are always possible, and whole.
      std::uint32_t least = bytes;
      unsigned before = kBytes;
      if (alphanumerics < kNever && whole_bits(alphanumerics) < least) {
        least = whole_bits(alphanumerics), before = kAlphanumerics;
      }
      if (digits < kNever && whole_bits(digits) < least) least = whole_bits(digits), before = kDigits;
      if (least + headers[kDigits] < digits) digits = least + headers[kDigits], from_digits = before;
      if (least + headers[kAlphanumerics] < alphanumerics) {
        alphanumerics = least + headers[kAlphanumerics], from_alphanumerics = before;
      }
      if (least + headers[kBytes] < bytes) bytes = least + headers[kBytes], from_bytes = before;
    }
    const int value = QrAlphanumericValue(text[i]);
    digits = static_cast<unsigned>(value) < 10 ? digits + kQrCharacterSixths[kDigits] : kNever;
    alphanumerics = value >= 0 ? alphanumerics + kQrCharacterSixths[kAlphanumerics] : kNever;
    bytes += kQrCharacterSixths[kBytes];
    modes_[i] = static_cast<std::uint8_t>(from_digits | from_alphanumerics << 2 | from_bytes << 4);
  }
  if (text.empty()) bytes = 0;  // no segment at all

  std::uint32_t least = bytes;
  unsigned mode = kBytes;
  if (whole_bits(alphanumerics) < least) least = whole_bits(alphanumerics), mode = kAlphanumerics;
  if (whole_bits(digits) < least) least = whole_bits(digits), mode = kDigits;
  bits_ = least / 6;
  for (std::size_t i = text.size(); i-- > 0;) {
    const unsigned before = modes_[i] >> 2 * mode & 3u;
    modes_[i] = static_cast<std::uint8_t>(mode);
    mode = before;
  }
}

// Writes numbers of up to 32 bits one behind the other, the highest bit first.
class QrBitWriter {
 public:
  // Writes into bytes that the caller has and that are enough.
  constexpr explicit QrBitWriter(std::uint8_t* out) : out_(out) {}

  constexpr void Put(std::uint32_t value, int bits) {
    held_ = held_ << bits | value;
    for (held_bits_ += bits; held_bits_ >= 8; held_bits_ -= 8) {
      *out_++ = static_cast<std::uint8_t>(held_ >> (held_bits_ - 8));
    }
  }

  // Fills the last byte with zeros. Returns where the next one goes.
  constexpr std::uint8_t* Finish() {
    if (held_bits_ > 0) Put(0, 8 - held_bits_);
    return out_;
  }

 private:
  std::uint8_t* out_;
  std::uint64_t held_ = 0;
  int held_bits_ = 0;  // 0 to 7 between calls
};

// The characters of one segment.
constexpr void PutQrCharacters(QrMode mode, std::string_view text, QrBitWriter& out) {
  switch (mode) {
    case QrMode::kNumeric:
      while (!text.empty()) {
        const std::size_t count = text.size() < 3 ? text.size() : 3;
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < count; ++i) value = 10 * value + static_cast<std::uint32_t>(text[i] - '0');
        out.Put(value, static_cast<int>(3 * count + 1));
        text.remove_prefix(count);
      }
      return;
    case QrMode::kAlphanumeric:
      for (; text.size() >= 2; text.remove_prefix(2)) {
        out.Put(static_cast<std::uint32_t>(45 * QrAlphanumericValue(text[0]) + QrAlphanumericValue(text[1])), 11);
      }
      if (!text.empty()) out.Put(static_cast<std::uint32_t>(QrAlphanumericValue(text[0])), 6);
      return;
    case QrMode::kByte:
      for (const char c : text) out.Put(static_cast<unsigned char>(c), 8);
      return;
  }
}

// Writes the `count` data codewords of a symbol into which the segments fit: segments, terminator and padding (7.4.9,
// 7.4.10).
constexpr void PutQrData(std::string_view text, const QrSegmentation& segments, int range, bool utf8_eci, int count,
                         std::uint8_t* out) {
  QrBitWriter bits(out);
  int left = 8 * count - static_cast<int>(segments.bits());
  if (utf8_eci) {
    constexpr std::uint32_t kEciMode = 0b0111, kUtf8 = 26;
    bits.Put(kEciMode << 8 | kUtf8, kQrEciBits);
    left -= kQrEciBits;
  }
  for (std::size_t start = 0; start < text.size();) {
    const QrMode mode = segments.mode(start);
    std::size_t end = start + 1;
    while (end < text.size() && segments.mode(end) == mode) ++end;
    bits.Put(QrModeIndicator(mode), kQrModeIndicatorBits);
    bits.Put(static_cast<std::uint32_t>(end - start), kQrCountBits[range][static_cast<int>(mode)]);
    PutQrCharacters(mode, text.substr(start, end - start), bits);
    start = end;
  }
  bits.Put(0, left < 4 ? left : 4);
  std::uint8_t padding = 0xec;
  for (std::uint8_t* next = bits.Finish(); next != out + count; ++next, padding ^= 0xec ^ 0x11) *next = padding;
}

}  // namespace cctl::detail

#endif  // CCTL_QR_QR_SEGMENTS_H_

namespace cctl {

inline constexpr int kAutomaticQrMask = -1;

struct QrOptions {
  QrLevel level = QrLevel::kM;      // at least
  bool raise_level = true;          // to a higher one that takes no larger version
  int min_version = kMinQrVersion;  // 1 to 40
  int max_version = kMaxQrVersion;  // min_version to 40
  int mask = kAutomaticQrMask;      // or 0 to 7
  bool utf8_eci = false;            // says that the text is UTF-8 (ECI 26), for readers that would not guess it
};

class QrCode {
 public:
  // Errors: kTooLong, part "text", the value being how many characters of the text's densest mode fit (QrCapacity at
  // that level in the largest version allowed); kOutOfRange, part "version" or "mask"; with utf8_eci kInvalid, part
  // "text", where the text stops being UTF-8. Uses up to 60 KB of stack. Nothing is wiped: a code
  // is there to be seen. A template for one reason: who includes this and draws nothing does not compile the drawing,
  // which is a quarter of what the header costs.
  template <int kOnDemand = 0>
  static constexpr Result<QrCode> Encode(std::string_view text, const QrOptions& options = {});

  [[nodiscard]] constexpr int version() const { return version_; }  // 1 to 40
  [[nodiscard]] constexpr QrLevel level() const { return level_; }
  [[nodiscard]] constexpr int mask() const { return mask_; }             // 0 to 7
  [[nodiscard]] constexpr int size() const { return QrSize(version_); }  // modules on a side, 21 to 177

  // Whether a module is dark; 0, 0 is at the upper left. Outside of the symbol all are light.
  [[nodiscard]] constexpr bool IsDark(int column, int row) const {
    if (column < 0 || row < 0 || column >= size() || row >= size()) return false;
    const int at = column + detail::kQrMargin;
    return (words_[row * detail::QrLineWords(size()) + at / 64] >> at % 64 & 1) != 0;
  }

 private:
  constexpr QrCode(int version, QrLevel level, int mask)
      : version_(static_cast<std::uint8_t>(version)), level_(level), mask_(static_cast<std::uint8_t>(mask)) {}

  template <int kWords>
  constexpr void Draw(const std::uint8_t* codewords);

  std::uint8_t version_;
  QrLevel level_;
  std::uint8_t mask_;
  std::uint64_t words_[detail::kMaxQrSize * detail::QrLineWords(detail::kMaxQrSize)] = {};  // the rows
};

namespace detail {

// What no segmentation of a text can be shorter than, in bits.
constexpr std::size_t LeastQrBits(std::string_view text) {
  std::size_t sixths = 0;
  for (const char c : text) sixths += kQrCharacterSixths[static_cast<int>(DensestQrMode({&c, 1}))];
  return sixths / 6;
}

constexpr std::size_t QrDataBits(int version, QrLevel level) {
  return 8 * static_cast<std::size_t>(QrDataCodewords(version, level));
}

// The end of the part of a text that is UTF-8.
constexpr std::size_t Utf8End(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size()) {
    const std::size_t size = DecodeUtf8(text.substr(end)).size;
    if (size == 0) break;
    end += size;
  }
  return end;
}

}  // namespace detail

template <int kWords>
constexpr void QrCode::Draw(const std::uint8_t* codewords) {
  detail::QrUnmasked<kWords> symbol = {size(), level_, {}, {}, {}};
  detail::DrawQrFunctionPatterns(version_, symbol.columns, symbol.open);
  symbol.columns.Set(8, size() - 8, 1);  // the one function module that is not the same in rows and columns
  detail::PlaceQrCodewords(codewords, size(), symbol.open, symbol.columns);
  detail::TransposeQrGrid(symbol.columns, symbol.rows);
  if (mask_ >= detail::kQrMaskCount) mask_ = static_cast<std::uint8_t>(detail::BestQrMask(symbol));

  detail::QrLine<std::uint64_t, kWords> rows[64 * kWords];
  detail::MaskQrLines(symbol, mask_, false, rows);
  for (int row = 0; row < size(); ++row) {
    for (int k = 0; k < kWords; ++k) words_[row * kWords + k] = rows[row].word[k];
  }
}

template <int kOnDemand>
constexpr Result<QrCode> QrCode::Encode(std::string_view text, const QrOptions& options) {
  if (options.min_version < kMinQrVersion || options.max_version > kMaxQrVersion ||
      options.min_version > options.max_version) {
    return Error{Errc::kOutOfRange, 0, kMaxQrVersion, "version"};
  }
  if (options.mask < kAutomaticQrMask || options.mask >= detail::kQrMaskCount) {
    return Error{Errc::kOutOfRange, 0, detail::kQrMaskCount - 1, "mask"};
  }
  const auto too_long = [&] {
    const int fits = QrCapacity(options.max_version, options.level, DensestQrMode(text));
    return Error{Errc::kTooLong, 0, static_cast<std::uint32_t>(fits), "text"};
  };
  if (text.size() > detail::kMaxQrCharacters) return too_long();
  if (options.utf8_eci) {
    const std::size_t end = detail::Utf8End(text);
    if (end < text.size()) return Error{Errc::kInvalid, static_cast<std::uint32_t>(end), 0, "text"};
  }

  const std::size_t eci_bits = options.utf8_eci ? detail::kQrEciBits : 0;
  for (int range = detail::QrRangeOf(options.min_version); range <= detail::QrRangeOf(options.max_version); ++range) {
    const int last =
        detail::kQrRangeEnd[range] < options.max_version ? detail::kQrRangeEnd[range] : options.max_version;
    const std::size_t most_bits = detail::QrDataBits(last, options.level);
    // Counting is cheaper than dividing into segments, and not needed for a text that fits in any way.
    if (8 * text.size() > most_bits && eci_bits + detail::LeastQrBits(text) > most_bits) continue;
    const detail::QrSegmentation segments(text, range);
    const std::size_t bits = eci_bits + segments.bits();
    if (bits > most_bits) continue;
    const int first = range == 0 ? kMinQrVersion : detail::kQrRangeEnd[range - 1] + 1;
    int version = first < options.min_version ? options.min_version : first;
    while (bits > detail::QrDataBits(version, options.level)) ++version;
    QrLevel level = options.level;
    while (options.raise_level && level != QrLevel::kH) {
      const auto higher = static_cast<QrLevel>(static_cast<int>(level) + 1);
      if (bits > detail::QrDataBits(version, higher)) break;
      level = higher;
    }
    std::uint8_t data[detail::kMaxQrDataCodewords];
    detail::PutQrData(text, segments, range, options.utf8_eci, detail::QrDataCodewords(version, level), data);
    std::uint8_t codewords[detail::kMaxQrCodewords + detail::kQrCodewordSlack];
    detail::InterleaveQrBlocks(version, level, data, codewords);
    const int count = detail::QrCodewords(version);
    for (int i = 0; i < detail::kQrCodewordSlack; ++i) codewords[count + i] = 0;
    QrCode code(version, level, options.mask);
    const int words = detail::QrLineWords(code.size());
    // clang, too, waits with what depends on a parameter of the template.
    if (words == 1) {
      code.Draw<1 + kOnDemand>(codewords);
    } else if (words == 2) {
      code.Draw<2 + kOnDemand>(codewords);
    } else {
      code.Draw<3 + kOnDemand>(codewords);
    }
    return code;
  }
  return too_long();
}

}  // namespace cctl

#endif  // CCTL_QR_QR_CODE_H_
// ---- cctl/qr/qr_png.h ----

// Draws a QR code as PNG (W3C, PNG specification, second edition; ISO/IEC 15948): greyscale, one bit per pixel. No
// library, and no allocation but the sink's.
//
// Modules make rows that repeat, and that is all there is to compress: a row is written once, and the rows below that
// are the same as references to it (RFC 1951, fixed Huffman codes). A link at eight pixels per module takes 2 KB.
//
//   std::string png;
//   const auto drawn = cctl::AppendQrPng(code, {.scale = 4}, png);

#ifndef CCTL_QR_QR_PNG_H_
#define CCTL_QR_QR_PNG_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

// ---- cctl/qr/qr_quiet_zone.h ----

// The light margin around a drawn QR code, in modules (ISO/IEC 18004:2015, 5.3.8).

#ifndef CCTL_QR_QR_QUIET_ZONE_H_
#define CCTL_QR_QR_QUIET_ZONE_H_

namespace cctl {

inline constexpr int kQrQuietZone = 4;  // what the standard asks for; most readers are content with 2

inline constexpr int kMaxQrQuietZone = 100;  // more is a mistake, and sizes stay far from overflow

// The nearest one that is possible. Renderers take every number.
constexpr int ClampQrQuietZone(int modules) {
  return modules < 0 ? 0 : modules > kMaxQrQuietZone ? kMaxQrQuietZone : modules;
}

}  // namespace cctl

#endif  // CCTL_QR_QR_QUIET_ZONE_H_

namespace cctl {

inline constexpr int kMaxQrPngScale = 64;  // a row of the largest code then still is within a reference's reach

struct QrPngOptions {
  int quiet_zone = kQrQuietZone;
  int scale = 8;        // pixels of a module on each side, 1 to kMaxQrPngScale
  bool invert = false;  // exchanges dark and light
};

namespace detail {

// A chunk of PNG: its length, type and data, and the CRC-32 of the latter two (PNG, 5.3 and 5.5).
template <typename Sink>
constexpr void AppendPngChunk(std::string_view type, std::string_view data, Sink& out) {
  std::uint32_t crc = 0xffffffff;
  const auto put = [&](std::string_view bytes) {
    for (const char byte : bytes) {
      crc ^= static_cast<unsigned char>(byte);
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1) * 0xedb88320;
    }
    out.append(bytes);
  };
  const auto number = [](std::uint32_t value, char(&digits)[4]) {
    for (int i = 0; i < 4; ++i) digits[i] = static_cast<char>(value >> (24 - 8 * i));
  };
  char four[4] = {};
  number(static_cast<std::uint32_t>(data.size()), four);
  out.append(std::string_view(four, 4));
  put(type);
  put(data);
  number(~crc, four);
  out.append(std::string_view(four, 4));
}

// Compressed data of a PNG (RFC 1950), in chunks of its own.
template <typename Sink>
class PngDataWriter {
 public:
  constexpr explicit PngDataWriter(Sink& out) : out_(out) {
    PutByte(0x78);  // deflate with a window of 32 KB
    PutByte(0x01);  // so that both bytes are divisible by 31; no dictionary
    PutBits(1, 1);  // the last block
    PutBits(1, 2);  // with fixed Huffman codes
  }

  constexpr void PutLiteral(std::uint8_t byte) {
    Sum(byte);
    if (byte < 144) {
      PutCode(0x30u + byte, 8);
    } else {
      PutCode(0x190u + (byte - 144u), 9);
    }
  }

  // Repeats what the sum has to know, too: `count` times the `size` bytes of `row`, which have just been written.
  constexpr void PutCopies(const std::uint8_t* row, int size, int count) {
    for (int copy = 0; copy < count; ++copy) {
      for (int i = 0; i < size; ++i) Sum(row[i]);
    }
    // A match has 3 to 258 bytes: what would leave one or two is made shorter.
    for (int left = size * count; left > 0;) {
      const int length = left <= 258 ? left : left < 261 ? left - 3 : 258;
      PutLength(length);
      PutDistance(size);
      left -= length;
    }
  }

  constexpr void Finish() {
    PutCode(0, 7);  // end of block
    if (held_bits_ > 0) PutBits(0, 8 - held_bits_);
    const std::uint32_t sum = high_sum_ << 16 | low_sum_;
    for (int shift = 24; shift >= 0; shift -= 8) PutByte(static_cast<std::uint8_t>(sum >> shift));
    Flush();
  }

 private:
  // Adler-32 (RFC 1950, section 8.2).
  constexpr void Sum(std::uint8_t byte) {
    low_sum_ = (low_sum_ + byte) % 65521;
    high_sum_ = (high_sum_ + low_sum_) % 65521;
  }

  // RFC 1951, section 3.2.5: a symbol for the highest bits of a length or distance, and the lower ones as they are.
  constexpr void PutLength(int length) {
    const auto above = static_cast<unsigned>(length - 3);
    const int extra = above < 8 || length == 258 ? 0 : static_cast<int>(std::bit_width(above)) - 3;
    PutSymbol(length == 258 ? 285
              : above < 8   ? 257 + above
                            : 261 + 4 * static_cast<unsigned>(extra) + (above >> extra & 3));
    PutBits(above & ((1u << extra) - 1), extra);
  }

  constexpr void PutDistance(int distance) {
    const auto above = static_cast<unsigned>(distance - 1);
    const int extra = above < 4 ? 0 : static_cast<int>(std::bit_width(above)) - 2;
    PutCode(above < 4 ? above : 2 * static_cast<unsigned>(extra + 1) + (above >> extra & 1), 5);
    PutBits(above & ((1u << extra) - 1), extra);
  }

  constexpr void PutSymbol(unsigned symbol) {
    if (symbol < 280) {
      PutCode(symbol - 256, 7);
    } else {
      PutCode(0xc0 + (symbol - 280), 8);
    }
  }

  // A Huffman code, which goes out with its highest bit first.
  constexpr void PutCode(unsigned code, int bits) {
    for (int i = bits - 1; i >= 0; --i) PutBits(code >> i & 1, 1);
  }

  constexpr void PutBits(std::uint32_t value, int bits) {
    held_ |= value << held_bits_;
    for (held_bits_ += bits; held_bits_ >= 8; held_bits_ -= 8) {
      PutByte(static_cast<std::uint8_t>(held_));
      held_ >>= 8;
    }
  }

  constexpr void PutByte(std::uint8_t byte) {
    buffer_[size_++] = static_cast<char>(byte);
    if (size_ == sizeof buffer_) Flush();
  }

  constexpr void Flush() {
    if (size_ > 0) AppendPngChunk("IDAT", std::string_view(buffer_, size_), out_);
    size_ = 0;
  }

  Sink& out_;
  std::uint32_t held_ = 0;
  int held_bits_ = 0;
  std::uint32_t low_sum_ = 1;
  std::uint32_t high_sum_ = 0;
  std::size_t size_ = 0;
  char buffer_[8192] = {};  // a chunk: most codes are one
};

}  // namespace detail

// Appends the file to anything with append(std::string_view). Error: kOutOfRange, part "scale"; nothing is appended.
template <typename Sink>
constexpr Result<void> AppendQrPng(const QrCode& code, const QrPngOptions& options, Sink& out) {
  if (options.scale < 1 || options.scale > kMaxQrPngScale) return Error{Errc::kOutOfRange, 0, kMaxQrPngScale, "scale"};
  const int margin = ClampQrQuietZone(options.quiet_zone);
  const int modules = code.size() + 2 * margin;
  const int side = modules * options.scale;

  out.append(std::string_view("\x89PNG\r\n\x1a\n", 8));
  std::uint8_t header[13] = {};  // width, height, 1 bit, greyscale; the only compression, filter and no interlace
  StoreBigEndian32(static_cast<std::uint32_t>(side), header);
  StoreBigEndian32(static_cast<std::uint32_t>(side), header + 4);
  header[8] = 1;
  char header_text[13] = {};
  for (int i = 0; i < 13; ++i) header_text[i] = static_cast<char>(header[i]);
  detail::AppendPngChunk("IHDR", std::string_view(header_text, sizeof header_text), out);

  constexpr int kMaxSide = (QrSize(kMaxQrVersion) + 2 * kMaxQrQuietZone) * kMaxQrPngScale;
  constexpr int kMaxRow = 1 + kMaxSide / 8 + 1;
  static_assert(kMaxRow <= 32'768, "the reach of a reference");
  std::uint8_t row[kMaxRow];
  const int row_size = 1 + (side + 7) / 8;
  detail::PngDataWriter<Sink> data(out);
  const auto dark = [&](int column, int line) { return code.IsDark(column - margin, line - margin) != options.invert; };
  for (int first = 0, next = 0; first < modules; first = next) {
    // As many rows of modules as are the same; all of a margin are.
    const auto same = [&](int line) {
      for (int column = 0; column < modules; ++column) {
        if (dark(column, line) != dark(column, first)) return false;
      }
      return true;
    };
    for (next = first + 1; next < modules && same(next);) ++next;
    for (int i = 0; i < row_size; ++i) row[i] = 0;  // the first byte: no filter
    for (int pixel = 0; pixel < side; ++pixel) {
      if (!dark(pixel / options.scale, first)) row[1 + pixel / 8] |= static_cast<std::uint8_t>(0x80 >> pixel % 8);
    }
    for (int i = 0; i < row_size; ++i) data.PutLiteral(row[i]);
    const int copies = (next - first) * options.scale - 1;
    if (copies > 0) data.PutCopies(row, row_size, copies);
  }
  data.Finish();
  detail::AppendPngChunk("IEND", {}, out);
  return {};
}

}  // namespace cctl

#endif  // CCTL_QR_QR_PNG_H_
// ---- cctl/qr/qr_svg.h ----

// Draws a QR code as SVG (W3C, Scalable Vector Graphics 1.1): one path on a background, in units of a module and of no
// size of its own, so that it fills what it is put into. No allocation but the sink's.
//
//   std::string svg;
//   cctl::AppendQrSvg(code, {.title = "Invite to pair with laptop-a3f2"}, svg);

#ifndef CCTL_QR_QR_SVG_H_
#define CCTL_QR_QR_SVG_H_

#include <cstdint>
#include <string_view>


namespace cctl {

struct QrSvgOptions {
  int quiet_zone = kQrQuietZone;
  bool invert = false;                 // exchanges dark and light
  std::string_view title = "QR code";  // what a screen reader says: any bytes, made printable and cut at 64 characters
};

namespace detail {

// U+FFFE and U+FFFF are the printable ones that XML does not allow (W3C, XML 1.0, 2.2).
template <typename Sink>
constexpr void AppendXmlText(std::string_view text, Sink& out) {
  const PrintableText printable = Printable(text);  // is UTF-8, whatever the text was
  for (std::string_view rest = printable.view(); !rest.empty();) {
    const Utf8Character c = DecodeUtf8(rest);
    const bool allowed = c.code_point != 0xfffe && c.code_point != 0xffff;
    out.append(c.code_point == '&'   ? std::string_view("&amp;")
               : c.code_point == '<' ? std::string_view("&lt;")
               : c.code_point == '>' ? std::string_view("&gt;")
               : allowed             ? rest.substr(0, c.size)
                                     : std::string_view("?"));
    rest.remove_prefix(c.size);
  }
}

}  // namespace detail

// Appends the document to anything with append(std::string_view).
template <typename Sink>
constexpr void AppendQrSvg(const QrCode& code, const QrSvgOptions& options, Sink& out) {
  const auto put = [&out](std::string_view text) { out.append(text); };
  const auto number = [&out](int value) { AppendDecimal(static_cast<std::uint64_t>(value), out); };
  const int margin = ClampQrQuietZone(options.quiet_zone);
  const int side = code.size() + 2 * margin;
  const std::string_view white = options.invert ? "#000" : "#fff", black = options.invert ? "#fff" : "#000";

  put(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )");
  number(side);
  put(" ");
  number(side);
  put(R"(" role="img" shape-rendering="crispEdges"><title>)");
  detail::AppendXmlText(options.title, out);
  put(R"(</title><rect width="100%" height="100%" fill=")");
  put(white);
  put(R"("/><path fill=")");
  put(black);
  put(R"(" d=")");
  // A rectangle for each dark run of a row.
  for (int row = 0; row < code.size(); ++row) {
    for (int start = 0, end = 0; start < code.size(); start = end) {
      while (end < code.size() && code.IsDark(end, row) == code.IsDark(start, row)) ++end;
      if (!code.IsDark(start, row)) continue;
      put("M");
      number(start + margin);
      put(" ");
      number(row + margin);
      put("h");
      number(end - start);
      put("v1H");
      number(start + margin);
      put("z");
    }
  }
  put("\"/></svg>\n");
}

// The same as a data URL (RFC 2397), for an <img> or a JSON member.
template <typename Sink>
constexpr void AppendQrSvgDataUrl(const QrCode& code, const QrSvgOptions& options, Sink& out) {
  out.append(std::string_view("data:image/svg+xml;base64,"));
  Base64Writer<Sink> base64(out);
  AppendQrSvg(code, options, base64);
  base64.Finish();
}

}  // namespace cctl

#endif  // CCTL_QR_QR_SVG_H_
// ---- cctl/qr/qr_text.h ----

// Draws a QR code as lines of text (ISO/IEC 18004:2015, 5.3.8: with a quiet zone of four light modules around it). No
// allocation but the sink's. Without colours ink is dark, as on paper: right on a light screen, and to be inverted for
// a dark one. With colours the drawing says itself what is dark and what is light.
//
//   std::string drawing;
//   cctl::AppendQrText(code, {.style = cctl::QrTextStyle::kHalf, .colors = true}, drawing);

#ifndef CCTL_QR_QR_TEXT_H_
#define CCTL_QR_QR_TEXT_H_

#include <cstdint>
#include <string_view>


namespace cctl {

enum class QrTextStyle : std::uint8_t {
  kHalf,   // two modules, one above the other, in a character: U+2580, U+2584, U+2588 and spaces
  kFull,   // a module is two of U+2588 or two spaces
  kAscii,  // a module is ## or two spaces
};

struct QrTextOptions {
  QrTextStyle style = QrTextStyle::kHalf;
  int quiet_zone = kQrQuietZone;
  bool invert = false;  // exchanges dark and light
  bool colors = false;  // black on white by SGR escape sequences (ECMA-48, 8.3.117) of the 256-colour palette
};

// Columns of a terminal that the drawing takes.
constexpr int QrTextColumns(const QrCode& code, const QrTextOptions& options) {
  const int modules = code.size() + 2 * ClampQrQuietZone(options.quiet_zone);
  return options.style == QrTextStyle::kHalf ? modules : 2 * modules;
}

// Its lines.
constexpr int QrTextLines(const QrCode& code, const QrTextOptions& options) {
  const int modules = code.size() + 2 * ClampQrQuietZone(options.quiet_zone);
  return options.style == QrTextStyle::kHalf ? (modules + 1) / 2 : modules;
}

// Appends the lines, each ending in '\n', to anything with append(std::string_view).
template <typename Sink>
constexpr void AppendQrText(const QrCode& code, const QrTextOptions& options, Sink& out) {
  const int margin = ClampQrQuietZone(options.quiet_zone);
  const int modules = code.size() + 2 * margin;
  const auto put = [&out](std::string_view text) { out.append(text); };
  const auto ink = [&](int column, int row) { return code.IsDark(column - margin, row - margin) != options.invert; };
  // Entries 16 and 231 are black and white in every theme; 0 and 7 are what the user has made of them.
  constexpr std::string_view kBlackOnWhite = "\x1b[38;5;16;48;5;231m", kReset = "\x1b[0m";
  constexpr std::string_view kHalves[] = {" ", "\u2580", "\u2584", "\u2588"};  // none, upper, lower, both

  const int rows_in_line = options.style == QrTextStyle::kHalf ? 2 : 1;
  for (int row = 0; row < modules; row += rows_in_line) {
    if (options.colors) put(kBlackOnWhite);
    for (int column = 0; column < modules; ++column) {
      const bool upper = ink(column, row);
      if (options.style == QrTextStyle::kHalf) {
        const bool lower = row + 1 < modules ? ink(column, row + 1) : options.invert;  // below the last row: margin
        put(kHalves[(upper ? 1 : 0) + (lower ? 2 : 0)]);
      } else {
        put(!upper ? "  " : options.style == QrTextStyle::kFull ? "\u2588\u2588" : "##");
      }
    }
    if (options.colors) put(kReset);
    put("\n");
  }
}

}  // namespace cctl

#endif  // CCTL_QR_QR_TEXT_H_

#endif  // CCTL_CCTL_H_
// ---- cctl/invite/invite.h ----

// An invite and its rules (docs/protocol.md, sections 4.1 and 7): until when it admits, whom, how often, and when it is
// deleted. Pure functions of an invite and a date; reading, storing and answering are for others.
//
//   switch (cctl::Admit(invite, joiner, rekey, now)) {
//     case cctl::InviteAdmission::kNewUse:
//     case cctl::InviteAdmission::kAgain:
//       cctl::Invite after = invite;
//       cctl::NoteJoin(after, joiner, rekey);  // store `after` and the joiner's key, then answer `ok`
//
// The clock. A date can be set back. An invite dated over 5 minutes ahead counts as expired, so a clock that was set
// back by more than its age closes it; one set back by less makes an expired invite open again for as long, and nothing
// that is stored can tell. Against that, a running relay keeps an invite closed that it once saw expire; `revoke`
// deletes one for good.

#ifndef CCTL_INVITE_INVITE_H_
#define CCTL_INVITE_INVITE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>


namespace cctl {

inline constexpr Duration kMinInviteTtl = Seconds(1);
inline constexpr Duration kMaxInviteTtl = Days(30);  // a link stays in chat histories; longer is a standing key
inline constexpr Duration kInviteClockTolerance = Minutes(5);  // how far ahead of the clock a new invite may be dated
inline constexpr Duration kExpiredInviteKept = Days(7);        // so that a late joiner is told `expired`, not `denied`
inline constexpr std::size_t kMaxOpenInvites = 64;       // each proof of an unknown peer is tried with each of them
inline constexpr std::size_t kMaxUnprovedJoiners = 256;  // of one invite: bounds what an invite's file can grow to
inline constexpr std::uint32_t kUnlimitedUses = UINT32_MAX;

struct Invite {
  InviteId id;
  Psk psk;  // of the link's code
  UnixTime created_at{};
  Duration ttl{};                      // whole seconds
  std::uint32_t uses = 1;              // as it was made; kUnlimitedUses only together with only_for
  std::uint32_t uses_left = 1;         // kUnlimitedUses stays so
  InlineString<64> label{};            // the user's own word for it, UTF-8; may be empty
  std::optional<Identity> only_for{};  // admits nobody else
  std::vector<Identity> joined{};      // who has joined and not yet proved the new key: may come again, see Admit
  Host host;                           // as in the link
  std::uint16_t port = 0;
};

// Whether an invite, of the command line or a file, keeps the rules above. Errors: "ttl" (kOutOfRange, or kInvalid: no
// whole seconds), "uses" (kOutOfRange: none; kInvalid: unlimited for everybody, or more left than there were), "label"
// (kTooLong, kInvalid: no UTF-8), "created_at", "port" (kOutOfRange), "joined" (kTooLong).
inline Result<void> CheckInvite(const Invite& invite);

constexpr UnixTime ExpiresAt(const Invite& invite) { return invite.created_at + invite.ttl; }

inline bool IsExpired(const Invite& invite, UnixTime now) {
  return now >= ExpiresAt(invite) || invite.created_at > now + kInviteClockTolerance;
}

enum class InviteState : std::uint8_t { kOpen, kUsedUp, kExpired };

// An invite that is both used up and past its TTL is used up.
inline InviteState StateOf(const Invite& invite, UnixTime now) {
  if (invite.uses_left == 0) return InviteState::kUsedUp;
  return IsExpired(invite, now) ? InviteState::kExpired : InviteState::kOpen;
}

inline bool IsOpen(const Invite& invite, UnixTime now) { return StateOf(invite, now) == InviteState::kOpen; }

// "open", "used_up" or "expired", as `invites --json` prints it.
constexpr std::string_view InviteStateName(InviteState state) {
  switch (state) {
    case InviteState::kOpen:
      return "open";
    case InviteState::kUsedUp:
      return "used_up";
    case InviteState::kExpired:
      return "expired";
  }
  return "open";
}

// How many of them are open; another may be made while these are fewer than kMaxOpenInvites.
inline std::size_t CountOpen(std::span<const Invite> invites, UnixTime now) {
  std::size_t open = 0;
  for (const Invite& invite : invites) open += IsOpen(invite, now) ? 1 : 0;
  return open;
}

// Whether somebody who has proved the invite's key is admitted by it.
enum class InviteAdmission : std::uint8_t {
  kNewUse,         // yes, and one use is counted off
  kAgain,          // yes: joined before, has not proved the new key; no use is counted, also past the TTL
  kExpired,        // no; the only refusal that is answered with a reason
  kOtherIdentity,  // no: made for somebody else
  kRekeyNeeded,    // no: others hold the link too, and the joiner would keep the link's key
  kUsedUp,         // no
  kFull,           // no: kMaxUnprovedJoiners have yet to prove their keys
};

constexpr bool IsAdmitted(InviteAdmission admission) {
  return admission == InviteAdmission::kNewUse || admission == InviteAdmission::kAgain;
}

namespace detail {

inline std::vector<Identity>::const_iterator FindJoiner(const Invite& invite, const Identity& joiner) {
  auto it = invite.joined.begin();
  while (it != invite.joined.end() && *it != joiner) ++it;
  return it;
}

}  // namespace detail

// True if `joiner` has joined by this invite and has not proved its new key yet.
inline bool HasUnprovedJoiner(const Invite& invite, const Identity& joiner) {
  return detail::FindJoiner(invite, joiner) != invite.joined.end();
}

// `rekey`: the joiner takes a key of its own in place of the link's. Identities are compared byte for byte; whether a
// peer is already paired under the same name in another case is for the caller to ask (SameName).
inline InviteAdmission Admit(const Invite& invite, const Identity& joiner, bool rekey, UnixTime now) {
  const bool key_suffices = rekey || invite.uses == 1;
  const bool again = HasUnprovedJoiner(invite, joiner);
  if (again && key_suffices) return InviteAdmission::kAgain;
  if (IsExpired(invite, now)) return InviteAdmission::kExpired;
  if (invite.only_for && *invite.only_for != joiner) return InviteAdmission::kOtherIdentity;
  if (!key_suffices) return InviteAdmission::kRekeyNeeded;
  if (invite.uses_left == 0) return InviteAdmission::kUsedUp;
  if (invite.joined.size() >= kMaxUnprovedJoiners) return InviteAdmission::kFull;
  return InviteAdmission::kNewUse;
}

// Whether this invite may replace the key stored for `joiner`, made by the invite `made_by` (none: not by an invite). A
// paired identity cannot be taken over by an invite, so only its own invite may, and only before the key has been
// proved or where it was made for that identity (which comes with a fresh disk each time).
inline bool MayReplaceKey(const Invite& invite, const Identity& joiner, const std::optional<InviteId>& made_by) {
  if (!made_by || *made_by != invite.id) return false;
  return HasUnprovedJoiner(invite, joiner) || (invite.only_for && *invite.only_for == joiner);
}

// Notes that an admitted joiner joined. Without `rekey` it keeps the link's key, which it has proved by joining.
inline void NoteJoin(Invite& invite, const Identity& joiner, bool rekey) {
  const auto before = detail::FindJoiner(invite, joiner);
  if (before == invite.joined.end()) {
    if (invite.uses_left != kUnlimitedUses && invite.uses_left > 0) --invite.uses_left;
    if (rekey) invite.joined.push_back(joiner);
  } else if (!rekey) {
    invite.joined.erase(before);
  }
}

// Notes that a joiner has proved its new key: the link no longer admits it without counting a use. False if it was not
// waited for.
inline bool NoteProved(Invite& invite, const Identity& joiner) {
  const auto it = detail::FindJoiner(invite, joiner);
  if (it == invite.joined.end()) return false;
  invite.joined.erase(it);
  return true;
}

// Whether nobody needs the invite any more: it is used up and every joiner has proved its key, or it is long past its
// TTL. One that is dated ahead is kept: rather than the invite, the clock may be wrong (a machine that starts in 1970).
inline bool ShouldDelete(const Invite& invite, UnixTime now) {
  if (invite.uses_left == 0 && invite.joined.empty()) return true;
  return now >= ExpiresAt(invite) + kExpiredInviteKept;
}

inline Result<void> CheckInvite(const Invite& invite) {
  const auto error = [](Errc code, const char* part, std::size_t value = 0) {
    return Error{code, 0, static_cast<std::uint32_t>(value), part};
  };
  if (invite.ttl < kMinInviteTtl || invite.ttl > kMaxInviteTtl) return error(Errc::kOutOfRange, "ttl");
  if (invite.ttl.ms % 1000 != 0) return error(Errc::kInvalid, "ttl");
  if (invite.uses == 0) return error(Errc::kOutOfRange, "uses");
  if (invite.uses == kUnlimitedUses && (!invite.only_for || invite.uses_left != kUnlimitedUses)) {
    return error(Errc::kInvalid, "uses");
  }
  if (invite.uses_left > invite.uses) return error(Errc::kInvalid, "uses");
  if (invite.label.overflowed()) return error(Errc::kTooLong, "label", invite.label.kCapacity);
  for (std::string_view rest = invite.label; !rest.empty();) {
    const std::size_t size = DecodeUtf8(rest).size;
    if (size == 0) return error(Errc::kInvalid, "label");
    rest.remove_prefix(size);
  }
  if (invite.created_at < UnixTime{0} || invite.created_at > kLastRfc3339)
    return error(Errc::kOutOfRange, "created_at");
  if (invite.port == 0) return error(Errc::kOutOfRange, "port", 65'535);
  if (invite.joined.size() > kMaxUnprovedJoiners) return error(Errc::kTooLong, "joined", kMaxUnprovedJoiners);
  return {};
}

}  // namespace cctl

#endif  // CCTL_INVITE_INVITE_H_
// ---- cctl/proto/address_key.h ----

// Addresses as the machines of proto/ see them: bytes to compare and to count by, without a socket's types.

#ifndef CCTL_PROTO_ADDRESS_KEY_H_
#define CCTL_PROTO_ADDRESS_KEY_H_

#include <algorithm>
#include <array>
#include <cstdint>

namespace cctl {

// An address of the other end: IPv6 as it is, IPv4 mapped into it (RFC 4291, section 2.5.5.2).
using AddressKey = std::array<std::uint8_t, 16>;

// Where something may be reached.
struct RemoteAddress {
  AddressKey ip{};
  std::uint16_t port = 0;

  friend constexpr bool operator==(const RemoteAddress&, const RemoteAddress&) = default;
};

// What counts as one source: an IPv4 address, or the 64 bits of an IPv6 network, in which one machine can have as many
// addresses as it likes. Link-local addresses (fe80::/10) all share one network, so each of them is a source.
constexpr AddressKey SourceOf(AddressKey address) {
  constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(kMapped.begin(), kMapped.end(), address.begin())) return address;
  if (address[0] == 0xfe && (address[1] & 0xc0) == 0x80) return address;
  std::fill(address.begin() + 8, address.end(), std::uint8_t{0});
  return address;
}

}  // namespace cctl

#endif  // CCTL_PROTO_ADDRESS_KEY_H_
// ---- cctl/proto/admission.h ----

// How much strangers may cost (docs/protocol.md, section 4.1): which connection goes when too many have proved nothing
// yet, and which wrong proof is still answered. A right proof is never held up by either: keys have 64 random bits at
// least, so locking a source out would not protect them, and would let one neighbour behind an address lock out
// another.
//
// Memory: at most kMaxUnauthenticated records of 32 bytes and kMaxWrongProofSources of 72, about 26 KiB. An attacker
// with more sources than that pushes the longest quiet one out, which is then answered five more times: no more than
// the new source costs anyway. A call looks through one of the two lists, in about a microsecond.

#ifndef CCTL_PROTO_ADMISSION_H_
#define CCTL_PROTO_ADMISSION_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

// ---- cctl/proto/connection_id.h ----

// The number of a connection, given by whoever owns the sockets. Machines compare it and hand it back, nothing else. It
// must not be used again for another connection while the program runs: what is said about a closed one may come late.

#ifndef CCTL_PROTO_CONNECTION_ID_H_
#define CCTL_PROTO_CONNECTION_ID_H_

#include <cstdint>

namespace cctl {

enum class ConnectionId : std::uint64_t {};

}  // namespace cctl

#endif  // CCTL_PROTO_CONNECTION_ID_H_
// ---- cctl/proto/session_limits.h ----

// Every count and time that bounds a connection, each with its reason (docs/protocol.md, sections 4.1 and 4.3). What
// bounds a line is in cctl/wire/wire_limits.h, what bounds a handshake in cctl/proto/handshake_limits.h.

#ifndef CCTL_PROTO_SESSION_LIMITS_H_
#define CCTL_PROTO_SESSION_LIMITS_H_

#include <cstddef>


namespace cctl {

// --- A session ---

// What the released claudectl sends, too. Short enough to keep the state of a home router's address translation alive.
inline constexpr Duration kHeartbeatInterval = Seconds(30);

// Two heartbeats may be lost in a stalled link, and a cable may be out for a minute, before a peer counts as gone.
inline constexpr Duration kSilenceLimit = Seconds(90);

// The released claudectl loses bytes that arrive together with the end of the handshake, so it gets none so early.
inline constexpr Duration kQuietStart = Seconds(1);

// What the program keeps for a peer that reads too slowly: four of the longest lines. Past it, or when the peer has
// taken nothing for the time below, the connection ends.
inline constexpr std::size_t kMaxUnsent = 4 * 1024 * 1024;
inline constexpr Duration kStalledLimit = Seconds(30);

// Application messages that wait for a subscriber, per peer. One that finds the queue full is not acknowledged.
inline constexpr std::size_t kMaxQueuedMessages = 64;

// --- One peer, one session ---

// Two dials that cross are authenticated within a round trip or two of each other; a connection that comes later than
// this replaces one that has probably died.
inline constexpr Duration kCrossedDialWindow = Seconds(5);

// Released peers open a new connection for each thing they send and leave the old one to us.
inline constexpr std::size_t kMaxUnprovedSessions = 4;

// --- Dialling ---

// A session that ended sooner counts as one more failure: a peer that accepts us and hangs up would otherwise be
// dialled every 5 s for good. Longer than kSilenceLimit, so that both ends have heard of each other in a stable one.
inline constexpr Duration kStableSession = Minutes(2);

// How long a peer that refused us is left alone. Its own relay dials us once its user has put things right, so 10
// minutes cost nothing; they make at most 6 wrong proofs an hour, far below what locks an address out of a released
// listener (5 a minute).
inline constexpr Duration kRefusedPause = Minutes(10);

// Announcements are not authenticated: whatever their rate, a peer is not dialled more often than this because of them.
inline constexpr Duration kAnnouncedDialInterval = Seconds(5);

// Dials under way at once, those that the user asked for aside. With a thousand peers that are away, each of which
// takes seconds to time out, this keeps the number of descriptors and half-open connections small.
inline constexpr std::size_t kMaxDials = 128;

// Where one peer may be found: a LAN, a VPN and a public address in both families, with room to spare. Longer lists
// would let whoever can announce make us dial the whole network.
inline constexpr std::size_t kMaxPeerAddresses = 8;
inline constexpr std::size_t kMaxPeerAddressSize = 300;  // bytes: a host name of 253, a port and brackets

// --- Strangers ---

// Connections that have not proved anything yet. With kMaxLineBeforeAuthentication that is at most 2 MiB of memory.
inline constexpr std::size_t kMaxUnauthenticated = 256;
inline constexpr std::size_t kMaxUnauthenticatedPerSource = 32;

// Wrong proofs of one source within kWrongProofWindow that are answered `denied`; more are closed without a word.
inline constexpr std::size_t kMaxWrongProofs = 5;
inline constexpr Duration kWrongProofWindow = Seconds(60);

// Sources whose wrong proofs are remembered at once.
inline constexpr std::size_t kMaxWrongProofSources = 256;

}  // namespace cctl

#endif  // CCTL_PROTO_SESSION_LIMITS_H_

namespace cctl {

class Admission {
 public:
  enum class WrongProof : std::uint8_t {
    kAnswer,       // `denied`, and log it
    kCloseAndLog,  // no answer: the first of a run of them
    kClose,        // no answer, no log line
  };

  // A connection was accepted. If there are too many, returns the one to close: the oldest of the source that holds
  // most; of the source itself, if that has too many. It is no longer counted.
  std::optional<ConnectionId> HandleAccepted(ConnectionId connection, const AddressKey& address) {
    const AddressKey source = SourceOf(address);
    std::size_t held = 0;
    for (const Pending& pending : pending_) held += pending.source == source ? 1u : 0u;
    std::optional<ConnectionId> dropped;
    if (held == kMaxUnauthenticatedPerSource) {
      dropped =
          Drop(std::find_if(pending_.begin(), pending_.end(), [&](const Pending& p) { return p.source == source; }));
    } else if (pending_.size() == kMaxUnauthenticated) {
      // The first of the greatest, so of sources that hold equally many the one with the oldest connection.
      dropped = Drop(std::max_element(pending_.begin(), pending_.end(),
                                      [](const Pending& a, const Pending& b) { return a.held < b.held; }));
    }
    pending_.push_back({connection, source, 0});
    Recount(source);
    return dropped;
  }

  // A connection is a stranger's no longer: it was authenticated, waits for a decision about its pair request, or was
  // closed. One that is not counted is ignored.
  void HandleSettled(ConnectionId connection) {
    const auto found = std::find_if(pending_.begin(), pending_.end(),
                                    [connection](const Pending& pending) { return pending.connection == connection; });
    if (found != pending_.end()) Drop(found);
  }

  // A wrong proof came from `address`. (Right ones are not reported: nothing here concerns them.)
  WrongProof HandleWrongProof(Instant now, const AddressKey& address) {
    Source& source = SourceRecord(now, SourceOf(address));
    Instant& oldest = source.recent[source.next];
    const bool answer = now - oldest >= kWrongProofWindow;
    oldest = now;
    source.next = static_cast<std::uint8_t>((source.next + 1) % kMaxWrongProofs);
    const bool log = !answer && !source.unanswered;
    source.unanswered = !answer;
    if (answer) return WrongProof::kAnswer;
    return log ? WrongProof::kCloseAndLog : WrongProof::kClose;
  }

  // Connections that are counted now.
  [[nodiscard]] std::size_t unauthenticated() const { return pending_.size(); }

 private:
  struct Pending {
    ConnectionId connection;
    AddressKey source;
    std::uint32_t held;  // how many of the list have this source
  };

  struct Source {
    AddressKey source{};
    std::array<Instant, kMaxWrongProofs> recent{};  // a ring of the last ones, answered or not
    std::uint8_t next = 0;                          // the oldest of them
    bool unanswered = false;                        // the last one was
  };

  ConnectionId Drop(std::vector<Pending>::iterator position) {
    const Pending dropped = *position;
    pending_.erase(position);
    Recount(dropped.source);
    return dropped.connection;
  }

  void Recount(const AddressKey& source) {
    std::uint32_t held = 0;
    for (const Pending& pending : pending_) held += pending.source == source ? 1u : 0u;
    for (Pending& pending : pending_) {
      if (pending.source == source) pending.held = held;
    }
  }

  static Instant LastOf(const Source& source) {
    return source.recent[(source.next + kMaxWrongProofs - 1) % kMaxWrongProofs];
  }

  // The record of a source; a new one takes the place of the longest quiet when there is no room.
  Source& SourceRecord(Instant now, const AddressKey& key) {
    auto found = std::find_if(sources_.begin(), sources_.end(), [&key](const Source& s) { return s.source == key; });
    if (found != sources_.end()) return *found;
    if (sources_.size() < kMaxWrongProofSources) {
      found = sources_.insert(sources_.end(), Source{});
    } else {
      found = std::min_element(sources_.begin(), sources_.end(),
                               [](const Source& a, const Source& b) { return LastOf(a) < LastOf(b); });
      *found = Source{};
    }
    found->source = key;
    found->recent.fill(now - kWrongProofWindow);
    return *found;
  }

  std::vector<Pending> pending_;  // the oldest first
  std::vector<Source> sources_;
};

}  // namespace cctl

#endif  // CCTL_PROTO_ADMISSION_H_
// ---- cctl/proto/announcer.h ----

// When a relay says on the LAN that it is there, and to whom (docs/protocol.md, section 5): at start, then every
// interval with up to a tenth taken off, in both forms; to whoever asks; and a goodbye at the end. A state machine
// without sockets: what it gives out goes to every interface, or to the one address that asked.
//
//   cctl::Announcer announcer({.self = self, .instance = instance, .port = 9847, .version = version}, random, now);
//   announcer.HandleQuery(now, from);
//   announcer.HandleTimeout(now);  // and again at PollTimeout()
//   while (const auto transmit = announcer.PollTransmit()) Send(transmit->to, transmit->datagram);

#ifndef CCTL_PROTO_ANNOUNCER_H_
#define CCTL_PROTO_ANNOUNCER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

// ---- cctl/proto/lan_limits.h ----

// Every count and time of discovery and of pairing by approval, each with its reason (docs/protocol.md, sections 4.2
// and 5). Everybody on the network can send announcements and requests at any rate, under any name and, on most
// networks, from any address: what they can make us hold and do is bounded here.

#ifndef CCTL_PROTO_LAN_LIMITS_H_
#define CCTL_PROTO_LAN_LIMITS_H_

#include <cstddef>
#include <cstdint>


namespace cctl {

// --- Announcing ---

// The spec's: a machine that comes is seen within 10 s even by those who never ask.
inline constexpr Duration kAnnounceInterval = Seconds(10);

// Announcements that nobody hears any more: three in a row are lost by chance once in 125 times at 20 % loss.
inline constexpr int kMissedAnnouncements = 3;

// Answers to one query are spread over this time, so that a thousand relays do not overrun the asker's buffer.
inline constexpr std::int64_t kAnswerSpreadMs = 50;

// A second's answers to one address, and in all. Whoever looks around (LanSearch) asks 15 times a second; an answer is
// about as long as two queries, so nobody gains by asking in another's name.
inline constexpr std::size_t kMaxAnswersPerAddress = 20;
inline constexpr std::size_t kMaxAnswers = 200;

// --- Looking around ---

// A query, and each answer to it, is lost once in five on a bad wireless network. Of a thousand relays a search of 15
// queries then misses one in about 5,000 searches; three queries would miss 47 each time.
inline constexpr Duration kQueryInterval = Milliseconds(60);
inline constexpr int kSearchQueries = 15;

// How long after the last query answers may come: spread, sent and read.
inline constexpr Duration kSearchTime = Seconds(1);

// --- Who is near ---

// Identities that have shown to be more than one datagram, with up to four addresses each: about 1.5 MiB in all.
inline constexpr std::size_t kMaxNearby = 4096;
inline constexpr std::size_t kMaxNearbyAddresses = 4;

// What comes again from the same address within this time says nothing new.
inline constexpr Duration kRepetition = Milliseconds(100);

// Newcomers, and how many of them one address may bring: a flood pushes out nothing but newcomers, and one machine's
// flood only its own.
inline constexpr std::size_t kMaxProbation = 1024;
inline constexpr std::size_t kMaxProbationPerSource = 64;

// Newcomers that are told of (PeerFound) in one second; the others are when they have stayed. A flood must not fill a
// screen or a log.
inline constexpr int kMaxFoundPerSecond = 20;

// Newcomers are asked whether a relay answers there only while there is a crowd of them, and one in this time: each of
// these probes is a connection that the other side sees come and go.
inline constexpr Duration kProbeInterval = Milliseconds(50);

// How often a machine that has our identity is reported.
inline constexpr Duration kDuplicateReportInterval = Minutes(10);

// --- Pair requests ---

// How long somebody may take to answer y or n, unless the configuration says otherwise.
inline constexpr Duration kPairRequestTimeout = Seconds(120);

// After `approved`: the requester stores a key and sends one line.
inline constexpr Duration kApprovedLimit = Seconds(10);

// How much longer than the other side's patience a requester waits for its answer, which may be on its way.
inline constexpr Duration kPairAnswerSlack = Seconds(5);

// Undecided requests: more than a person will read, and each holds a connection. Of one address: a household behind
// one.
inline constexpr std::size_t kMaxPairRequests = 32;
inline constexpr std::size_t kMaxPairRequestsPerSource = 4;

// Requests in a minute that anybody is asked about, of one address and in all; more are answered `busy`. They bound
// what a screen or a log is made to show by somebody who asks and hangs up again and again.
inline constexpr std::size_t kMaxPairRequestsPerMinutePerSource = 10;
inline constexpr std::size_t kMaxPairRequestsPerMinute = 100;

// A name that was denied at an address is not asked about again for so long: nobody can make a person say no all day.
inline constexpr Duration kDeniedPause = Seconds(60);
inline constexpr std::size_t kMaxDenials = 64;

// `auto_approve_lan`: enough for a team that comes in on a morning, too few for a flood to be worth it.
inline constexpr std::size_t kMaxAutoApprovedPerMinute = 10;
inline constexpr std::size_t kMaxAutoApproved = 256;

// A key that was approved and never proved.
inline constexpr Duration kUnconfirmedTime = Minutes(10);

}  // namespace cctl

#endif  // CCTL_PROTO_LAN_LIMITS_H_
// ---- cctl/wire/announcement.h ----

// What relays tell each other on a LAN, one JSON object in one datagram (docs/protocol.md, section 5): that they are
// there, that somebody looks for them, that they are going. Everybody on the network can send these: nothing of them is
// proved, and all of it is checked before anything is returned. No allocation.
//
//   {"type":"announce","identity":"laptop-a3f2","port":9847,"version":"0.36.0","paired_count":1,"instance":"5b0c9a12"}
//   {"type":"query","identity":"desktop-b7c1"}
//   {"type":"goodbye","identity":"laptop-a3f2","instance":"5b0c9a12"}
//
// The four bytes `CCTL` may stand in front: the only form that the released claudectl reads. In that form an
// announcement need not have `type` and `paired_count`.

#ifndef CCTL_WIRE_ANNOUNCEMENT_H_
#define CCTL_WIRE_ANNOUNCEMENT_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

// ---- cctl/wire/instance_id.h ----

// Which run of a program an announcement comes from: 32 random bits, 8 lower-case hexadecimal digits on the wire
// (docs/protocol.md, section 5). It tells our own announcements from those of another machine with our name, and a
// restart from a repetition. Not a secret, and proof of nothing.

#ifndef CCTL_WIRE_INSTANCE_ID_H_
#define CCTL_WIRE_INSTANCE_ID_H_

#include <cstddef>
#include <cstdint>
#include <string_view>


namespace cctl {

enum class InstanceId : std::uint32_t {};

inline constexpr std::size_t kInstanceIdSize = 8;  // characters

// Reads exactly 8 lower-case digits, untrusted. Errors, part "instance", with the offset: kTruncated, kInvalid,
// kTooLong (value: 8).
constexpr Result<InstanceId> ParseInstanceId(std::string_view text) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < kInstanceIdSize; ++i) {
    const auto offset = static_cast<std::uint32_t>(i);
    if (i == text.size()) return Error{Errc::kTruncated, offset, 0, "instance"};
    const int digit = HexDigitValue(text[i]);
    if (digit < 0 || (text[i] >= 'A' && text[i] <= 'F')) return Error{Errc::kInvalid, offset, 0, "instance"};
    value = value << 4 | static_cast<std::uint32_t>(digit);
  }
  if (text.size() > kInstanceIdSize) return Error{Errc::kTooLong, kInstanceIdSize, kInstanceIdSize, "instance"};
  return InstanceId{value};
}

constexpr InlineString<kInstanceIdSize> FormatInstanceId(InstanceId id) {
  InlineString<kInstanceIdSize> text;
  for (unsigned shift = 32; shift > 0; shift -= 4) {
    text.push_back(HexDigit(static_cast<std::uint32_t>(id) >> (shift - 4) & 15u));
  }
  return text;
}

// Errors: the source's.
inline Result<InstanceId> GenerateInstanceId(RandomSource& random) {
  std::uint8_t bytes[4];
  if (const auto filled = random.Fill(bytes); !filled) return filled.error();
  return InstanceId{LoadBigEndian32(bytes)};
}

}  // namespace cctl

#endif  // CCTL_WIRE_INSTANCE_ID_H_
// ---- cctl/wire/json_member.h ----

// Members of a stranger's JSON object that have to be texts of a form: an identity, a version, a key. The form's own
// parser says what is right; what it finds wrong is told with the member's name and where in the object it stands.

#ifndef CCTL_WIRE_JSON_MEMBER_H_
#define CCTL_WIRE_JSON_MEMBER_H_

#include <cstddef>
#include <string_view>

// ---- cctl/wire/json_reader.h ----

// Reads JSON that strangers sent, in place: strictly RFC 8259, UTF-8 checked (RFC 3629, lone surrogates in escapes
// refused), depth and size bounded, without allocation or recursion. What it returns are views of the text.
//
// JsonObjectReader walks the members of one object and checks everything it passes, values of members that nobody
// wanted included. Within that object any name that comes twice is refused, known or not, compared after decoding: so
// that this stays cheap on a line of any length, the object may have 32 members with names of 64 bytes. Objects inside
// values are checked for their grammar only, as nobody has read their names yet.
//
// Errors have the part "json" and the exact offset: kInvalid (the first character that cannot be there; of a lone
// surrogate or broken UTF-8, its first byte), kTruncated (at the end: more text could have made it valid), kTooDeep
// (the bracket), kTooLong (the text's, a name's or the members' limit is in `value`), kDuplicate (the second name),
// kTrailing.
//
//   cctl::JsonObjectReader members(R"({"port":9847,"name":"a"})");
//   while (members.Next()) {
//     if (members.name() == "port") port = members.value().Int64("port");
//   }
//   if (!members.ok()) return members.error();

#ifndef CCTL_WIRE_JSON_READER_H_
#define CCTL_WIRE_JSON_READER_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

// ---- cctl/wire/json_scanner.h ----

// The grammar of RFC 8259, walked over a text in place: no allocation, no recursion, one pass. This is the engine of
// json_reader.h, which is what others include.

#ifndef CCTL_WIRE_JSON_SCANNER_H_
#define CCTL_WIRE_JSON_SCANNER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

// ---- cctl/wire/json_plain_text.h ----

// The loop that JSON spends its time in: finding the end of what stands in a string for itself, sixteen or eight bytes
// at a time.

#ifndef CCTL_WIRE_JSON_PLAIN_TEXT_H_
#define CCTL_WIRE_JSON_PLAIN_TEXT_H_

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>
#include <cstdint>
#include <cstring>

namespace cctl::detail {

// True for ASCII that stands in a JSON string for itself (RFC 8259, section 7): all but control characters, the quote
// and the backslash.
constexpr bool IsPlainJsonText(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

// The first character from `p` on that is not plain, or `end`.
inline const char* SkipPlainJsonText(const char* p, const char* end) {
#if defined(__SSE2__)  // every x86-64
  while (end - p >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    // As signed bytes, what is no ASCII is below a space, too.
    const __m128i hits = _mm_or_si128(
        _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hits));
    if (mask != 0) return p + std::countr_zero(mask);
    p += 16;
  }
#endif
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  while (end - p >= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    // Subtracting from a byte below 0x80 sets its top bit exactly where it is less than what is subtracted; a byte from
    // 0x80 on has the bit already. A borrow can spoil only the bytes after the first hit.
    const std::uint64_t hits =
        (word | (word - kOnes * 0x20) | ((word ^ kOnes * '"') - kOnes) | ((word ^ kOnes * '\\') - kOnes)) &
        kOnes * 0x80;
    if (hits != 0) {
      if constexpr (std::endian::native == std::endian::little) return p + (std::countr_zero(hits) >> 3);
      break;  // big-endian: the last byte is the lowest; look for the first hit byte by byte
    }
    p += 8;
  }
  while (p != end && IsPlainJsonText(*p)) ++p;
  return p;
}

}  // namespace cctl::detail

#endif  // CCTL_WIRE_JSON_PLAIN_TEXT_H_
// ---- cctl/wire/json_string.h ----

// The content of a JSON string that a reader has checked: a view of the text it stands in, decoded only when somebody
// asks for it, and then into the caller's memory. Most strings hold no escape, and for them the view is the text.
//
//   char scratch[64];
//   cctl::Result<std::string_view> name = string.Text(scratch, "name");  // kTooLong if it does not fit

#ifndef CCTL_WIRE_JSON_STRING_H_
#define CCTL_WIRE_JSON_STRING_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>


namespace cctl {
namespace detail {

// The character that the escape at `p` (a backslash) stands for, and moves `p` past it. The escape has been checked.
constexpr char32_t TakeJsonEscape(const char*& p) {
  const auto unit = [](const char* digits) {
    char32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 4 | static_cast<char32_t>(HexDigitValue(digits[i]));
    return value;
  };
  const char kind = p[1];
  if (kind == 'u') {
    const char32_t high = unit(p + 2);
    p += 6;
    if (high < 0xd800 || high > 0xdbff) return high;
    const char32_t low = unit(p + 2);
    p += 6;
    return 0x10000 + ((high - 0xd800) << 10 | (low - 0xdc00));
  }
  p += 2;
  switch (kind) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return static_cast<unsigned char>(kind);  // quote, backslash, slash
  }
}

}  // namespace detail

class JsonString {
 public:
  constexpr JsonString() = default;
  // `raw`: what stands between the quotes, checked; `size`: of its decoded form. For readers.
  constexpr JsonString(std::string_view raw, std::size_t size)
      : raw_(raw.data()), raw_size_(static_cast<std::uint32_t>(raw.size())), size_(static_cast<std::uint32_t>(size)) {}

  // What stands between the quotes. Written between quotes again, it is the same string.
  [[nodiscard]] constexpr std::string_view raw() const { return {raw_, raw_size_}; }

  // Bytes of the decoded form (UTF-8; it may hold zeros). Every escape is longer than what it stands for.
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr bool escaped() const { return raw_size_ != size_; }

  // Appends the decoded form to anything with append(std::string_view) and push_back(char).
  template <typename Sink>
  constexpr void AppendTo(Sink& out) const {
    if (!escaped()) {
      out.append(raw());
      return;
    }
    const char* const end = raw_ + raw_size_;
    for (const char* p = raw_; p != end;) {
      if (*p == '\\') {
        AppendUtf8(detail::TakeJsonEscape(p), out);
        continue;
      }
      const char* const run = p;
      while (p != end && *p != '\\') ++p;
      out.append(std::string_view(run, static_cast<std::size_t>(p - run)));
    }
  }

  // The decoded form: the view itself where nothing is escaped, else a view of `scratch`. A text longer than `scratch`
  // is kTooLong in either case, with the limit as offset and value.
  constexpr Result<std::string_view> Text(std::span<char> scratch, const char* part) const {
    if (size_ > scratch.size()) {
      const auto limit = static_cast<std::uint32_t>(scratch.size());
      return Error{Errc::kTooLong, limit, limit, part};
    }
    if (!escaped()) return raw();
    SpanSink sink{scratch.data()};
    AppendTo(sink);
    return std::string_view(scratch.data(), size_);
  }

  // Equality of the decoded form. Inlined, a comparison with a literal is one of a number and a few bytes, and reading
  // a line makes a dozen of them.
  [[gnu::always_inline]] friend constexpr bool operator==(const JsonString& a, std::string_view b) {
    if (a.size_ != b.size()) return false;
    return a.escaped() ? a.EqualsDecoded(b) : a.raw() == b;
  }

 private:
  struct SpanSink {
    char* out;
    constexpr void push_back(char c) { *out++ = c; }
    constexpr void append(std::string_view text) {
      for (const char c : text) *out++ = c;
    }
  };
  struct Comparison {
    std::string_view rest;  // of the other text, which is as long
    bool equal = true;
    constexpr void push_back(char c) { append(std::string_view(&c, 1)); }
    constexpr void append(std::string_view text) {
      equal = equal && rest.substr(0, text.size()) == text;
      rest.remove_prefix(text.size());
    }
  };

  constexpr bool EqualsDecoded(std::string_view text) const {
    Comparison comparison{text};
    AppendTo(comparison);
    return comparison.equal;
  }

  const char* raw_ = "";
  std::uint32_t raw_size_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace cctl

#endif  // CCTL_WIRE_JSON_STRING_H_
// ---- cctl/wire/wire_limits.h ----

// Every limit that the wire itself sets, each with its reason (docs/protocol.md, sections 4 and 5). Limits of counts
// and times (connections, retries) belong to the machines of proto/.

#ifndef CCTL_WIRE_WIRE_LIMITS_H_
#define CCTL_WIRE_WIRE_LIMITS_H_

#include <cstddef>

namespace cctl {

// A line before authentication, its newline not counted. The longest that anyone has a reason to send there, a
// handshake with every member, is under 600 bytes; the rest is room for members of later versions. A stranger can make
// us hold this much, 256 times over.
inline constexpr std::size_t kMaxLineBeforeAuthentication = 8 * 1024;

// A line of an authenticated peer, its newline not counted: a knowledge snapshot is the largest message there is.
inline constexpr std::size_t kMaxLine = 1024 * 1024;

// A datagram: with room to spare below 1,232 bytes, what every path carries unfragmented.
inline constexpr std::size_t kMaxDatagram = 1024;

// Arrays and objects inside each other, the outermost counted as 1. What serde_json, which the released claudectl
// reads with, allows too; and it bounds whoever parses an application's payload by recursion.
inline constexpr unsigned kMaxJsonDepth = 128;

// Members of an object that this library reads the members of, and the bytes of a member's name as it is written. The
// largest such object has 7 members, the longest name 12 bytes. With both bounded, looking for duplicates takes no
// memory and, on a line of any length, at most 496 comparisons of 64 bytes.
inline constexpr std::size_t kMaxJsonMembers = 32;
inline constexpr std::size_t kMaxJsonName = 64;

// Bytes of `msg_type`; the longest known, knowledge_snapshot, has 18.
inline constexpr std::size_t kMaxMessageType = 64;

// Bytes of `id`. Ours has 53 at most; a UUID has 36.
inline constexpr std::size_t kMaxMessageId = 128;

// Bytes of `version`: "0.64.0", or "1.0.0-rc.1+20270101" with room to spare.
inline constexpr std::size_t kMaxVersion = 32;

}  // namespace cctl

#endif  // CCTL_WIRE_WIRE_LIMITS_H_

namespace cctl {

enum class JsonKind : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

namespace detail {

// True if some UTF-8 character begins with `text` (1 to 3 bytes, no whole character). The ranges that only the second
// byte decides (overlong, surrogate, above U+10FFFF) each leave the lowest or the highest continuation byte valid.
constexpr bool IsUtf8Prefix(std::string_view text) {
  for (const char fill : {'\x80', '\xbf'}) {
    char padded[4] = {fill, fill, fill, fill};
    for (std::size_t i = 0; i < text.size() && i < 4; ++i) padded[i] = text[i];
    if (DecodeUtf8(std::string_view(padded, 4)).size > text.size()) return true;
  }
  return false;
}

class JsonScanner {
 public:
  JsonScanner(std::string_view text, unsigned max_depth)
      : begin_(text.data()),
        p_(text.data()),
        end_(text.data() + text.size()),
        max_depth_(max_depth < kMaxJsonDepth ? max_depth : kMaxJsonDepth) {}

  [[nodiscard]] const Error& error() const { return error_; }
  [[nodiscard]] std::uint32_t position() const { return Offset(p_); }
  [[nodiscard]] std::string_view Since(std::uint32_t offset) const {
    return {begin_ + offset, static_cast<std::size_t>(p_ - begin_) - offset};
  }

  // The next character that is no white space, or '\0' at the end; a zero in the text is an error wherever it is met.
  char SkipSpace() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
    return p_ == end_ ? '\0' : *p_;
  }
  [[nodiscard]] bool AtEnd() const { return p_ == end_; }
  void Advance() { ++p_; }

  // Records the error at the current position, kTruncated if the text ends here. Returns false, as all below do then.
  bool Unexpected() { return Fail(p_ == end_ ? Errc::kTruncated : Errc::kInvalid, p_); }
  bool Fail(Errc code, const char* at, std::size_t value = 0) {
    error_ = Error{code, Offset(at), static_cast<std::uint32_t>(value), "json"};
    return false;
  }
  bool FailAt(Errc code, std::uint32_t offset, std::size_t value = 0) { return Fail(code, begin_ + offset, value); }

  // A string; the opening quote is next.
  bool TakeString(JsonString& string) {
    const char* const start = ++p_;
    std::size_t saved = 0;  // bytes by which the decoded form is shorter
    for (;;) {
      p_ = SkipPlainJsonText(p_, end_);
      if (p_ == end_) return Unexpected();
      if (*p_ == '"') break;
      if (*p_ == '\\' ? !TakeEscape(saved) : !TakeNonAscii()) return false;
    }
    const auto size = static_cast<std::size_t>(p_ - start);
    string = JsonString(std::string_view(start, size), size - saved);
    ++p_;
    return true;
  }

  // A member's name and the colon; white space has been skipped.
  bool TakeName(JsonString& name) {
    if (p_ == end_ || *p_ != '"') return Unexpected();
    if (!TakeString(name)) return false;
    if (SkipSpace() != ':') return Unexpected();
    ++p_;
    SkipSpace();
    return true;
  }

  // A value inside `depth` arrays and objects; white space has been skipped. `string` is set if it is a string.
  bool TakeValue(unsigned depth, JsonKind& kind, JsonString& string) {
    if (p_ == end_) return Unexpected();
    if (*p_ != '{' && *p_ != '[') return TakeScalar(kind, string);
    kind = *p_ == '{' ? JsonKind::kObject : JsonKind::kArray;
    return TakeContainer(depth);
  }

 private:
  [[nodiscard]] std::uint32_t Offset(const char* p) const { return static_cast<std::uint32_t>(p - begin_); }

  bool TakeScalar(JsonKind& kind, JsonString& string) {
    switch (*p_) {
      case '"':
        kind = JsonKind::kString;
        return TakeString(string);
      case 't':
        kind = JsonKind::kBool;
        return TakeLiteral("true");
      case 'f':
        kind = JsonKind::kBool;
        return TakeLiteral("false");
      case 'n':
        kind = JsonKind::kNull;
        return TakeLiteral("null");
      default:
        kind = JsonKind::kNumber;
        return TakeNumber();
    }
  }

  bool TakeLiteral(std::string_view literal) {
    for (const char c : literal) {
      if (p_ == end_ || *p_ != c) return Unexpected();
      ++p_;
    }
    return true;
  }

  bool TakeDigits() {
    if (p_ == end_ || !IsDecimalDigit(*p_)) return Unexpected();
    do ++p_;
    while (p_ != end_ && IsDecimalDigit(*p_));
    return true;
  }

  bool TakeNumber() {
    if (*p_ == '-') ++p_;
    if (p_ != end_ && *p_ == '0') {
      ++p_;  // a zero leads only itself
    } else if (!TakeDigits()) {
      return false;
    }
    if (p_ != end_ && *p_ == '.') {
      ++p_;
      if (!TakeDigits()) return false;
    }
    if (p_ != end_ && (*p_ == 'e' || *p_ == 'E')) {
      ++p_;
      if (p_ != end_ && (*p_ == '+' || *p_ == '-')) ++p_;
      if (!TakeDigits()) return false;
    }
    return true;
  }

  // The whole array or object that opens here. Which of the two each open level is, is kept as one bit.
  bool TakeContainer(unsigned depth) {
    std::uint64_t objects[kMaxJsonDepth / 64] = {};
    const unsigned outside = depth;
    JsonString unread;
    JsonKind kind;
    for (;;) {
      // A value is next.
      if (p_ == end_) return Unexpected();
      const bool opens_object = *p_ == '{';
      if (opens_object || *p_ == '[') {
        if (depth >= max_depth_) return Fail(Errc::kTooDeep, p_, max_depth_);
        ++p_;
        const std::uint64_t bit = std::uint64_t{1} << (depth % 64);
        std::uint64_t& word = objects[depth / 64];
        word = opens_object ? word | bit : word & ~bit;
        ++depth;
        if (SkipSpace() != (opens_object ? '}' : ']')) {
          if (opens_object && !TakeName(unread)) return false;
          continue;
        }
        ++p_;
        --depth;
      } else if (!TakeScalar(kind, unread)) {
        return false;
      }
      // A value has ended: so may the arrays and objects around it.
      for (;;) {
        if (depth == outside) return true;
        const unsigned level = depth - 1;
        const bool in_object = (objects[level / 64] >> (level % 64) & 1) != 0;
        const char c = SkipSpace();
        if (c == ',') {
          ++p_;
          SkipSpace();
          if (in_object && !TakeName(unread)) return false;
          break;
        }
        if (c != (in_object ? '}' : ']')) return Unexpected();
        ++p_;
        --depth;
      }
    }
  }

  // An escape; its backslash is next.
  bool TakeEscape(std::size_t& saved) {
    const char* const start = p_++;
    if (p_ == end_) return Unexpected();
    switch (*p_) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        ++p_;
        saved += 1;
        return true;
      case 'u':
        break;
      default:
        return Unexpected();
    }
    unsigned unit = 0;
    if (!TakeUnit(unit)) return false;
    if (unit < 0xd800 || unit > 0xdfff) {
      saved += unit < 0x80 ? 5 : unit < 0x800 ? 4 : 3;
      return true;
    }
    // Half of a pair: the first half must be followed by a second one.
    if (unit >= 0xdc00) return Fail(Errc::kInvalid, start);
    for (const char c : {'\\', 'u'}) {
      if (p_ == end_) return Unexpected();
      if (*p_ != c) return Fail(Errc::kInvalid, start);
      if (c == '\\') ++p_;
    }
    if (!TakeUnit(unit)) return false;
    if (unit < 0xdc00 || unit > 0xdfff) return Fail(Errc::kInvalid, start);
    saved += 8;
    return true;
  }

  // The `u` and four digits of an escape.
  bool TakeUnit(unsigned& unit) {
    unit = 0;
    ++p_;
    for (int i = 0; i < 4; ++i, ++p_) {
      const int digit = p_ == end_ ? -1 : HexDigitValue(*p_);
      if (digit < 0) return Unexpected();
      unit = unit << 4 | static_cast<unsigned>(digit);
    }
    return true;
  }

  // A control character (an error) or a run of characters beyond ASCII.
  bool TakeNonAscii() {
    do {
      const std::string_view rest(p_, static_cast<std::size_t>(end_ - p_));
      if (static_cast<unsigned char>(*p_) < 0x80) return Unexpected();
      const std::size_t size = DecodeUtf8(rest).size;
      if (size == 0) {
        return rest.size() < 4 && IsUtf8Prefix(rest) ? Fail(Errc::kTruncated, end_) : Fail(Errc::kInvalid, p_);
      }
      p_ += size;
    } while (p_ != end_ && static_cast<unsigned char>(*p_) >= 0x80);
    return true;
  }

  const char* begin_;
  const char* p_;
  const char* end_;
  unsigned max_depth_;
  Error error_;
};

}  // namespace detail
}  // namespace cctl

#endif  // CCTL_WIRE_JSON_SCANNER_H_

namespace cctl {

struct JsonLimits {
  std::size_t size = kMaxLine;     // bytes of the text; below 4 GiB
  unsigned depth = kMaxJsonDepth;  // of arrays and objects, the outermost counted as 1; at most kMaxJsonDepth
};

// One checked value.
struct JsonValue {
  JsonKind kind = JsonKind::kNull;
  std::uint32_t offset = 0;  // in the text that the reader walks
  std::string_view text;     // as it is written: a string with its quotes, an object with its braces
  JsonString string;         // of a string

  // The value as what it has to be. Errors, with `part`: kInvalid (something else; offset: of the value), and of Int64
  // kInvalid (offset: of the point or the exponent) and kOutOfRange (offset: of the value).
  [[nodiscard]] Result<JsonString> String(const char* part) const {
    if (kind != JsonKind::kString) return Error{Errc::kInvalid, offset, 0, part};
    return string;
  }

  [[nodiscard]] Result<bool> Bool(const char* part) const {
    if (kind != JsonKind::kBool) return Error{Errc::kInvalid, offset, 0, part};
    return text.front() == 't';
  }

  [[nodiscard]] Result<std::int64_t> Int64(const char* part) const {
    if (kind != JsonKind::kNumber) return Error{Errc::kInvalid, offset, 0, part};
    const std::size_t first = text.front() == '-' ? 1 : 0;
    std::uint64_t magnitude = 0;  // of up to 19 digits; more of them wrap it, but begin with no zero and are too large
    for (std::size_t i = first; i < text.size(); ++i) {
      const auto digit = static_cast<unsigned>(text[i] - '0');
      if (digit > 9) return Error{Errc::kInvalid, static_cast<std::uint32_t>(offset + i), 0, part};
      magnitude = magnitude * 10 + digit;
    }
    constexpr auto kMax = static_cast<std::uint64_t>((std::numeric_limits<std::int64_t>::max)());
    if (text.size() - first > 19 || magnitude > kMax + first) return Error{Errc::kOutOfRange, offset, 0, part};
    return static_cast<std::int64_t>(first == 1 ? 0 - magnitude : magnitude);
  }

  // An integer from 0 to 65535: kOutOfRange outside it.
  [[nodiscard]] Result<std::uint16_t> Port(const char* part) const {
    const Result<std::int64_t> number = Int64(part);
    if (!number) return number.error();
    if (*number < 0 || *number > 65'535) return Error{Errc::kOutOfRange, offset, 0, part};
    return static_cast<std::uint16_t>(*number);
  }
};

// One value of any kind with white space around it, and nothing else. Names that come twice are not looked for.
inline Result<void> ValidateJson(std::string_view text, JsonLimits limits = {}) {
  if (text.size() > limits.size) {
    const auto limit = static_cast<std::uint32_t>(limits.size);
    return Error{Errc::kTooLong, limit, limit, "json"};
  }
  detail::JsonScanner scanner(text, limits.depth);
  JsonKind kind;
  JsonString string;
  scanner.SkipSpace();
  if (!scanner.TakeValue(0, kind, string)) return scanner.error();
  scanner.SkipSpace();
  if (!scanner.AtEnd()) return Error{Errc::kTrailing, scanner.position(), 0, "json"};
  return {};
}

class JsonObjectReader {
 public:
  // `text`: one object with white space around it. It must outlive the reader and what the reader returns.
  explicit JsonObjectReader(std::string_view text, JsonLimits limits = {}) : scanner_(text, limits.depth) {
    if (text.size() > limits.size) {
      failed_ = !scanner_.FailAt(Errc::kTooLong, static_cast<std::uint32_t>(limits.size), limits.size);
    } else if (scanner_.SkipSpace() != '{') {
      failed_ = !scanner_.Unexpected();
    } else if (limits.depth == 0) {
      failed_ = !scanner_.FailAt(Errc::kTooDeep, scanner_.position());
    }
  }

  // Moves to the next member. False after the last one, when what follows the object has been checked, and on an error.
  bool Next() {
    if (failed_ || done_) return false;
    if (count_ == 0) {
      scanner_.Advance();  // the opening brace
      if (scanner_.SkipSpace() == '}') return Finish();
    } else {
      const char c = scanner_.SkipSpace();
      if (c == '}') return Finish();
      if (c != ',') return Stop(scanner_.Unexpected());
      scanner_.Advance();
      scanner_.SkipSpace();
    }
    return TakeMember() || Stop(false);
  }

  // Of the member that Next() moved to.
  [[nodiscard]] const JsonString& name() const { return name_; }
  [[nodiscard]] const JsonValue& value() const { return value_; }

  // Whether all is good so far; after Next() has said false, whether the whole text is. Act on nothing before that.
  [[nodiscard]] bool ok() const { return !failed_; }
  [[nodiscard]] const Error& error() const { return scanner_.error(); }

  // The error of an object that lacks a member: kMissing at its closing brace. Once Next() has said false and ok().
  [[nodiscard]] Error Missing(const char* part) const { return Error{Errc::kMissing, end_, 0, part}; }

 private:
  // A name of this object. No initialisers: filling 32 of them would take longer than reading a heartbeat's members.
  struct Name {
    const char* raw;
    std::uint32_t raw_size;
    std::uint32_t size;
  };

  bool Stop(bool) {
    failed_ = true;
    return false;
  }

  bool Finish() {
    end_ = scanner_.position();
    scanner_.Advance();
    scanner_.SkipSpace();
    done_ = true;
    return scanner_.AtEnd() ? false : Stop(scanner_.FailAt(Errc::kTrailing, scanner_.position()));
  }

  bool TakeMember() {
    const std::uint32_t start = scanner_.position();
    if (!scanner_.TakeName(name_)) return false;
    if (name_.raw().size() > kMaxJsonName) return scanner_.FailAt(Errc::kTooLong, start, kMaxJsonName);
    if (count_ == kMaxJsonMembers) return scanner_.FailAt(Errc::kTooLong, start, kMaxJsonMembers);
    for (std::size_t i = 0; i < count_; ++i) {
      if (names_[i].size == name_.size() && IsName(names_[i])) return scanner_.FailAt(Errc::kDuplicate, start);
    }
    names_[count_++] = Name{name_.raw().data(), static_cast<std::uint32_t>(name_.raw().size()),
                            static_cast<std::uint32_t>(name_.size())};
    value_.offset = scanner_.position();
    if (!scanner_.TakeValue(1, value_.kind, value_.string)) return false;
    value_.text = scanner_.Since(value_.offset);
    return true;
  }

  // Whether the current name is `other`, both decoded.
  [[nodiscard]] bool IsName(const Name& other) const {
    const std::string_view raw(other.raw, other.raw_size);
    if (other.raw_size == other.size) return name_ == raw;
    char decoded[kMaxJsonName];
    return name_ == *JsonString(raw, other.size).Text(decoded, "json");
  }

  detail::JsonScanner scanner_;
  JsonString name_;
  JsonValue value_;
  std::size_t count_ = 0;
  std::uint32_t end_ = 0;
  bool failed_ = false;
  bool done_ = false;
  Name names_[kMaxJsonMembers];
};

}  // namespace cctl

#endif  // CCTL_WIRE_JSON_READER_H_

namespace cctl::detail {

// Reads a string member by a parser of plain texts. An error of it points at the character, where the string holds no
// escape, else at the string.
template <std::size_t kMaxSize, typename Parser>
auto ParseStringMember(const JsonValue& value, const char* part, Parser parse) -> decltype(parse(std::string_view())) {
  const Result<JsonString> string = value.String(part);
  if (!string) return string.error();
  char decoded[kMaxSize];
  const Result<std::string_view> text = string->Text(decoded, part);
  auto parsed = text ? parse(*text) : decltype(parse(std::string_view()))(text.error());
  if (parsed) return parsed;
  Error error = parsed.error();
  error.part = part;
  error.offset = string->escaped() ? value.offset : value.offset + 1 + error.offset;
  return error;
}

}  // namespace cctl::detail

#endif  // CCTL_WIRE_JSON_MEMBER_H_
// ---- cctl/wire/json_writer.h ----

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
// ---- cctl/wire/version_text.h ----

// The version that a peer says it has: 1 to 32 printable ASCII characters without a space (docs/protocol.md, section 5;
// the rule for `version` everywhere). It is shown and compared, never interpreted.

#ifndef CCTL_WIRE_VERSION_TEXT_H_
#define CCTL_WIRE_VERSION_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>


namespace cctl {

using VersionText = InlineString<kMaxVersion>;

// Errors, part "version": kTruncated (empty), kTooLong (offset and value: 32), kInvalid (offset: the character).
constexpr Result<VersionText> ParseVersion(std::string_view text) {
  constexpr const char* kPart = "version";
  if (text.empty()) return Error{Errc::kTruncated, 0, 0, kPart};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == kMaxVersion) return Error{Errc::kTooLong, kMaxVersion, kMaxVersion, kPart};
    if (text[i] <= ' ' || text[i] > '~') return Error{Errc::kInvalid, static_cast<std::uint32_t>(i), 0, kPart};
  }
  return VersionText(text);
}

}  // namespace cctl

#endif  // CCTL_WIRE_VERSION_TEXT_H_

namespace cctl {

// What stands in front of the JSON in the released claudectl's form.
inline constexpr std::string_view kReleasedFormPrefix = "CCTL";

struct Announcement {
  Identity identity;
  std::uint16_t port = 0;  // where it listens, 1 to 65535
  VersionText version;
  std::uint32_t paired_count = 0;      // how many peers it says it has
  std::optional<InstanceId> instance;  // absent: the spec's form without our addition
};

struct LanQuery {
  Identity identity;  // who asks
};

struct Goodbye {
  Identity identity;
  InstanceId instance;
};

using LanDatagram = std::variant<Announcement, LanQuery, Goodbye>;

namespace detail {

// The members of all three kinds; which of them a kind needs is seen at the end. Texts are read only then: each copy of
// a name would cost as much as finding it.
struct LanMembers {
  std::optional<JsonString> type;
  std::optional<JsonValue> identity;
  std::optional<JsonValue> version;
  std::optional<JsonValue> instance;
  std::optional<std::uint16_t> port;
  std::optional<std::uint32_t> paired_count;
};

// By the length of the name first: comparing each name with all six would take longer than reading the rest.
inline Result<void> ReadLanMember(const JsonString& name, const JsonValue& value, LanMembers& out) {
  switch (name.size()) {
    case 4:
      if (name == "type") {
        const Result<JsonString> type = value.String("type");
        if (!type) return type.error();
        out.type = *type;
      } else if (name == "port") {
        const Result<std::uint16_t> port = value.Port("port");
        if (!port) return port.error();
        if (*port == 0) return Error{Errc::kOutOfRange, value.offset, 0, "port"};
        out.port = *port;
      }
      break;
    case 7:
      if (name == "version") out.version = value;
      break;
    case 8:
      if (name == "identity") {
        out.identity = value;
      } else if (name == "instance") {
        out.instance = value;
      }
      break;
    case 12:
      if (name == "paired_count") {
        const Result<std::int64_t> count = value.Int64("paired_count");
        if (!count) return count.error();
        if (*count < 0 || *count > INT64_C(0xffffffff)) {
          return Error{Errc::kOutOfRange, value.offset, 0, "paired_count"};
        }
        out.paired_count = static_cast<std::uint32_t>(*count);
      }
      break;
    default:
      break;
  }
  return {};
}

}  // namespace detail

// Reads one datagram. Errors: kTooLong (part "datagram"; value: 1,024), those of JsonObjectReader, with the member's
// name as part kMissing, kInvalid, kOutOfRange (port 0, too), kTooLong and kTruncated, and kUnsupported (part "type":
// another kind, as a later version may send). Offsets count from the start of the JSON.
inline Result<LanDatagram> ParseLanDatagram(std::string_view bytes) {
  if (bytes.size() > kMaxDatagram) return Error{Errc::kTooLong, kMaxDatagram, kMaxDatagram, "datagram"};
  const bool released_form = bytes.starts_with(kReleasedFormPrefix);
  if (released_form) bytes.remove_prefix(kReleasedFormPrefix.size());
  detail::LanMembers read;
  JsonObjectReader members(bytes);
  while (members.Next()) {
    if (const Result<void> taken = detail::ReadLanMember(members.name(), members.value(), read); !taken) {
      return taken.error();
    }
  }
  if (!members.ok()) return members.error();
  if (!read.type && !released_form) return members.Missing("type");
  if (!read.identity) return members.Missing("identity");
  const auto identity = detail::ParseStringMember<kMaxIdentitySize>(*read.identity, "identity", Identity::Parse);
  if (!identity) return identity.error();
  std::optional<InstanceId> instance;
  if (read.instance) {
    const auto parsed = detail::ParseStringMember<kInstanceIdSize>(*read.instance, "instance", ParseInstanceId);
    if (!parsed) return parsed.error();
    instance = *parsed;
  }
  if (!read.type || *read.type == "announce") {
    if (!read.port) return members.Missing("port");
    if (!read.version) return members.Missing("version");
    if (!read.paired_count && !released_form) return members.Missing("paired_count");
    const auto version = detail::ParseStringMember<kMaxVersion>(*read.version, "version", ParseVersion);
    if (!version) return version.error();
    return LanDatagram(std::in_place_type<Announcement>,
                       Announcement{*identity, *read.port, *version, read.paired_count.value_or(0), instance});
  }
  if (*read.type == "query") return LanDatagram(LanQuery{*identity});
  if (*read.type != "goodbye") return Error{Errc::kUnsupported, 0, 0, "type"};
  if (!instance) return members.Missing("instance");
  return LanDatagram(Goodbye{*identity, *instance});
}

// Appends the JSON; the other form is kReleasedFormPrefix and the same. `Sink`: as JsonWriter's. What is appended has
// 300 bytes at most.
template <typename Sink>
void AppendAnnouncement(Sink& out, const Announcement& announcement) {
  JsonWriter json(out);
  json.BeginObject().Name("type").String("announce").Name("identity").String(announcement.identity.view());
  json.Name("port").Int(announcement.port).Name("version").String(announcement.version.view());
  json.Name("paired_count").Int(announcement.paired_count);
  if (announcement.instance) json.Name("instance").String(FormatInstanceId(*announcement.instance).view());
  json.EndObject();
}

template <typename Sink>
void AppendLanQuery(Sink& out, const LanQuery& query) {
  JsonWriter json(out);
  json.BeginObject().Name("type").String("query").Name("identity").String(query.identity.view()).EndObject();
}

template <typename Sink>
void AppendGoodbye(Sink& out, const Goodbye& goodbye) {
  JsonWriter json(out);
  json.BeginObject().Name("type").String("goodbye").Name("identity").String(goodbye.identity.view());
  json.Name("instance").String(FormatInstanceId(goodbye.instance).view()).EndObject();
}

}  // namespace cctl

#endif  // CCTL_WIRE_ANNOUNCEMENT_H_

namespace cctl {

class Announcer {
 public:
  struct Config {
    Identity self;
    InstanceId instance;
    std::uint16_t port = 0;  // where the relay listens
    VersionText version;
    Duration interval = kAnnounceInterval;
    std::uint32_t paired_count = 0;
  };

  // One datagram to send now.
  struct Transmit {
    std::optional<RemoteAddress> to;  // absent: every interface's broadcast addresses
    std::string_view datagram;        // valid until the next call
  };

  // `random` outlives this. Should it fail, nothing is spread.
  Announcer(const Config& config, RandomSource& random, Instant now)
      : config_(config), random_(random), next_announcement_(now), second_(now) {}

  // Somebody on the link asks. An answer is planned, unless there have been too many in this second.
  void HandleQuery(Instant now, const RemoteAddress& from) {
    if (stopped_) return;
    if (now - second_ >= Seconds(1)) {
      second_ = now;
      answered_.clear();
    }
    const auto same = [&from](const RemoteAddress& other) { return other.ip == from.ip; };
    const auto to_address = static_cast<std::size_t>(std::count_if(answered_.begin(), answered_.end(), same));
    if (answered_.size() >= kMaxAnswers || to_address >= kMaxAnswersPerAddress) {
      ++refused_;
      return;
    }
    answered_.push_back(from);
    const std::int64_t wait = Random(kAnswerSpreadMs + 1);
    answers_.push_back({now + Milliseconds(wait), from});
  }

  // The time that PollTimeout() named has come. Too early, it does nothing.
  void HandleTimeout(Instant now) {
    if (stopped_) return;
    if (now >= next_announcement_) {
      pending_ = Pending::kPlain;
      const std::int64_t tenth = config_.interval.ms / 10;
      next_announcement_ = now + Duration{config_.interval.ms - Random(tenth + 1)};
    }
    for (Answer& answer : answers_) answer.due = answer.due <= now ? kDue : answer.due;
  }

  std::optional<Transmit> PollTransmit() {
    text_.clear();
    switch (pending_) {
      case Pending::kPlain:
        pending_ = Pending::kReleased;
        return Announce(std::nullopt);
      case Pending::kReleased:
        pending_ = Pending::kNothing;
        text_.append(kReleasedFormPrefix);
        return Announce(std::nullopt);
      case Pending::kGoodbye:
        pending_ = Pending::kNothing;
        AppendGoodbye(text_, Goodbye{config_.self, config_.instance});
        return Transmit{std::nullopt, text_.view()};
      case Pending::kNothing:
        break;
    }
    const auto due = std::find_if(answers_.begin(), answers_.end(), [](const Answer& a) { return a.due == kDue; });
    if (due == answers_.end()) return std::nullopt;
    const RemoteAddress to = due->to;
    answers_.erase(due);
    return Announce(to);
  }

  // When HandleTimeout is due; nothing after Stop().
  [[nodiscard]] std::optional<Instant> PollTimeout() const {
    if (stopped_) return std::nullopt;
    Instant due = next_announcement_;
    for (const Answer& answer : answers_) due = (std::min)(due, answer.due);
    return due;
  }

  // The last thing to be sent is a goodbye.
  void Stop() {
    if (stopped_) return;
    stopped_ = true;
    answers_.clear();
    pending_ = Pending::kGoodbye;
  }

  // From the next announcement on; that one comes within the new interval.
  void set_interval(Instant now, Duration interval) {
    config_.interval = interval;
    next_announcement_ = (std::min)(next_announcement_, now + interval);
  }
  void set_paired_count(std::uint32_t count) { config_.paired_count = count; }

  [[nodiscard]] InstanceId instance() const { return config_.instance; }
  // Queries that were not answered because of their number.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  enum class Pending : std::uint8_t { kNothing, kPlain, kReleased, kGoodbye };

  struct Answer {
    Instant due;
    RemoteAddress to;
  };
  static constexpr Instant kDue{INT64_MIN};

  Transmit Announce(const std::optional<RemoteAddress>& to) {
    AppendAnnouncement(
        text_, Announcement{config_.self, config_.port, config_.version, config_.paired_count, config_.instance});
    return {to, text_.view()};
  }

  // From 0 to `count` - 1, `count` below 2^16 or of no importance beyond it.
  std::int64_t Random(std::int64_t count) {
    std::uint8_t bytes[4] = {};
    if (count <= 0 || !random_.Fill(bytes)) return 0;
    return LoadBigEndian32(bytes) % count;
  }

  Config config_;
  RandomSource& random_;
  Instant next_announcement_;
  Pending pending_ = Pending::kNothing;
  std::vector<Answer> answers_;          // to come: as many as answered_ at most, of two seconds
  Instant second_;                       // when the counting of answered_ began
  std::vector<RemoteAddress> answered_;  // since then
  std::uint64_t refused_ = 0;
  bool stopped_ = false;
  InlineString<384> text_;
};

}  // namespace cctl

#endif  // CCTL_PROTO_ANNOUNCER_H_
// ---- cctl/proto/auto_approval.h ----

// How many pair requests `auto_approve_lan` lets in without a question (docs/protocol.md, section 4.2): 10 a minute,
// 256 in all until the program ends. Which addresses it is meant for is decided where interfaces are known
// (cctl/net/lan_links.h).

#ifndef CCTL_PROTO_AUTO_APPROVAL_H_
#define CCTL_PROTO_AUTO_APPROVAL_H_

#include <cstddef>
#include <vector>


namespace cctl {

class AutoApproval {
 public:
  // Whether one more may be let in now; it is counted.
  bool Admit(Instant now) {
    std::erase_if(recent_, [now](Instant at) { return now - at >= Minutes(1); });
    if (approved_ >= kMaxAutoApproved || recent_.size() >= kMaxAutoApprovedPerMinute) return false;
    recent_.push_back(now);
    ++approved_;
    return true;
  }

 private:
  std::vector<Instant> recent_;
  std::size_t approved_ = 0;
};

}  // namespace cctl

#endif  // CCTL_PROTO_AUTO_APPROVAL_H_
// ---- cctl/proto/connector_handshake.h ----

// The connector's side of the handshake, as a state machine (docs/protocol.md, sections 4.1 and 4.2): it reads the
// challenge, asks for the key, sends its proof, checks the ack and the listener's proof in it, and has a new key stored
// after all of that has been found right. Lines are a stranger's. Each awaited line must come within
// kConnectorHandshakeLimit.
//
// With a Config::proposal it asks the listener's user first: the key goes out in a pair request, is stored once it is
// approved, and is then proved on the same connection.
//
// After every call send what PollTransmit() gives, then handle what PollEvent() gives; after Failed close the
// connection. While wants_line() is false hold back what arrives: after Authenticated it belongs to the session.
//
//   cctl::ConnectorHandshake handshake({.self = self, .expected = link.identity, .version = version, .rekey = true,
//                                       .client_nonce = client_nonce, .open_challenges = &open_challenges}, now);
//   handshake.HandleLine(now, line);
//   if (const auto event = handshake.PollEvent()) {  // KeyWanted
//     handshake.HandleKey(now, cctl::DerivePsk(link.code), cctl::KeyCandidate::Source::kInvite);

#ifndef CCTL_PROTO_CONNECTOR_HANDSHAKE_H_
#define CCTL_PROTO_CONNECTOR_HANDSHAKE_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

// ---- cctl/proto/handshake_limits.h ----

// The limits of one handshake, each with its reason (docs/protocol.md, section 4.1). Limits of sizes belong to the wire
// (cctl/wire/wire_limits.h), those of counts of connections and wrong proofs to whoever admits connections.

#ifndef CCTL_PROTO_HANDSHAKE_LIMITS_H_
#define CCTL_PROTO_HANDSHAKE_LIMITS_H_

#include <cstddef>


namespace cctl {

// How long a listener lets a connection live that has not proved anything: all of it, from accepting to the ack. A
// handshake takes two round trips and a few synced files; what is slower than this is lost or is there to hold one of
// the few places for strangers.
inline constexpr Duration kListenerHandshakeLimit = Seconds(10);

// How long a connector waits for the challenge, and then anew for the ack. As long as the listener's own limit: before
// that the other side may still be storing the key that it is about to say `ok` to.
inline constexpr Duration kConnectorHandshakeLimit = Seconds(10);

// Room for the longest line that a handshake of ours writes, the newline included: an envelope with an identity of 128
// and an id of 54 characters, and a payload of a proof, a nonce and a version, is under 600 bytes.
inline constexpr std::size_t kMaxHandshakeLineWritten = 640;

}  // namespace cctl

#endif  // CCTL_PROTO_HANDSHAKE_LIMITS_H_
// ---- cctl/proto/handshake_line.h ----

// What both sides of the handshake ask of a line before they look into its payload: that it is a message, of the type
// whose turn it is, from somebody whose name may be said aloud (docs/protocol.md, section 4.1).

#ifndef CCTL_PROTO_HANDSHAKE_LINE_H_
#define CCTL_PROTO_HANDSHAKE_LINE_H_

#include <optional>
#include <string_view>

// ---- cctl/wire/message_envelope.h ----

// The envelope of every message but the two of pairing (docs/protocol.md, section 4): one JSON object on one line,
//
//   {"id":"msg_1795422026237_0","msg_type":"heartbeat","from_peer":"laptop-a3f2","timestamp":1795422026237,"payload":{}}
//
// with these five members in any order; others are allowed and ignored. The line is a stranger's: all of it is checked,
// the payload too (its grammar, that is), before anything of it is returned. What is returned are views of the line.

#ifndef CCTL_WIRE_MESSAGE_ENVELOPE_H_
#define CCTL_WIRE_MESSAGE_ENVELOPE_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>


namespace cctl {

enum class MessageType : std::uint8_t {
  kChallenge,
  kHandshake,
  kHandshakeAck,
  kHeartbeat,
  kAck,
  kApplication,  // one of kApplicationTypes: carried unread; the released claudectl knows these, too
  kOther,        // carried unread between relays of ours; the released claudectl ends the connection on it
};

// The types' texts, in the order of MessageType.
inline constexpr std::string_view kProtocolTypes[] = {"challenge", "handshake", "handshake_ack", "heartbeat", "ack"};
inline constexpr std::string_view kApplicationTypes[] = {
    "delegate_task",  "task_status",       "task_handoff",       "task_interrupt",
    "knowledge_sync", "knowledge_request", "knowledge_snapshot",
};

// The text of one of the protocol's own types; empty for kApplication and kOther, which stand for many.
constexpr std::string_view MessageTypeText(MessageType type) {
  return type < MessageType::kApplication ? kProtocolTypes[static_cast<std::size_t>(type)] : std::string_view();
}

// The type that a text names. `Text`: std::string_view or JsonString.
template <typename Text>
constexpr MessageType MessageTypeOf(const Text& text) {
  for (std::size_t i = 0; i < std::size(kProtocolTypes); ++i) {
    if (text == kProtocolTypes[i]) return static_cast<MessageType>(i);
  }
  for (const std::string_view application : kApplicationTypes) {
    if (text == application) return MessageType::kApplication;
  }
  return MessageType::kOther;
}

// One message that was read. The views are of the line.
struct MessageView {
  JsonString id;                           // 1 to 128 bytes
  JsonString type_text;                    // 1 to 64 bytes
  MessageType type = MessageType::kOther;  // what type_text names
  JsonString from_peer;                    // any string: see FromPeer
  std::int64_t timestamp = 0;              // as the sender says, Unix milliseconds
  std::string_view payload;                // one JSON value as it is written
  JsonKind payload_kind = JsonKind::kNull;
};

namespace detail {

// A string member of 1 to `limit` bytes.
inline Result<JsonString> TextMember(const JsonValue& value, std::size_t limit, const char* part) {
  const Result<JsonString> text = value.String(part);
  if (!text) return text.error();
  if (text->empty()) return Error{Errc::kInvalid, value.offset, 0, part};
  if (text->size() > limit) return Error{Errc::kTooLong, value.offset, static_cast<std::uint32_t>(limit), part};
  return text;
}

}  // namespace detail

// Reads a line; white space and '\r' around it are ignored. Errors: those of JsonObjectReader (part "json"), and with
// the member's name as part kMissing (offset: the closing brace), kInvalid (not the kind of value it has to be, or an
// empty `id` or `msg_type`; offset: the value; of a fraction or exponent, that), kOutOfRange and kTooLong (offset: the
// value, Error::value: the limit).
inline Result<MessageView> ParseMessage(std::string_view line) {
  enum : unsigned { kId = 1, kType = 2, kFrom = 4, kTimestamp = 8, kPayload = 16 };
  MessageView message;
  unsigned seen = 0;
  JsonObjectReader members(line);
  while (members.Next()) {
    const JsonString& name = members.name();
    const JsonValue& value = members.value();
    if (name == "id") {
      const Result<JsonString> text = detail::TextMember(value, kMaxMessageId, "id");
      if (!text) return text.error();
      message.id = *text;
      seen |= kId;
    } else if (name == "msg_type") {
      const Result<JsonString> text = detail::TextMember(value, kMaxMessageType, "msg_type");
      if (!text) return text.error();
      message.type_text = *text;
      seen |= kType;
    } else if (name == "from_peer") {
      const Result<JsonString> text = value.String("from_peer");
      if (!text) return text.error();
      message.from_peer = *text;
      seen |= kFrom;
    } else if (name == "timestamp") {
      const Result<std::int64_t> number = value.Int64("timestamp");
      if (!number) return number.error();
      message.timestamp = *number;
      seen |= kTimestamp;
    } else if (name == "payload") {
      message.payload = value.text;
      message.payload_kind = value.kind;
      seen |= kPayload;
    }
  }
  if (!members.ok()) return members.error();
  if ((seen & kId) == 0) return members.Missing("id");
  if ((seen & kType) == 0) return members.Missing("msg_type");
  if ((seen & kFrom) == 0) return members.Missing("from_peer");
  if ((seen & kTimestamp) == 0) return members.Missing("timestamp");
  if ((seen & kPayload) == 0) return members.Missing("payload");
  message.type = MessageTypeOf(message.type_text);
  return message;
}

// Who the sender says it is; nothing if it leaves that empty, as a released listener does in its challenge. Only the
// handshake asks: in a session the sender is the authenticated peer, whatever the message says. Errors as those of
// Identity::Parse, with the part "from_peer" and offsets in the name.
inline Result<std::optional<Identity>> FromPeer(const MessageView& message) {
  if (message.from_peer.empty()) return std::optional<Identity>();
  char decoded[kMaxIdentitySize];
  const Result<std::string_view> text = message.from_peer.Text(decoded, "from_peer");
  if (!text) return text.error();
  const Result<Identity> identity = Identity::Parse(*text);
  if (!identity) {
    Error error = identity.error();
    error.part = "from_peer";
    return error;
  }
  return std::optional<Identity>(*identity);
}

// What a writer puts around every payload.
struct MessageHeader {
  std::string_view id;         // 1 to 128 bytes
  std::string_view from_peer;  // our identity
  UnixTime timestamp;
};

namespace detail {

// Appends one line; `write_payload` is called with the writer and writes one value.
template <typename Sink, typename WritePayload>
void AppendEnvelope(Sink& out, const MessageHeader& header, std::string_view type, WritePayload write_payload) {
  JsonWriter json(out);
  json.BeginObject();
  json.Name("id").String(header.id);
  json.Name("msg_type").String(type);
  json.Name("from_peer").String(header.from_peer);
  json.Name("timestamp").Int(header.timestamp.ms);
  json.Name("payload");
  write_payload(json);
  json.EndObject();
  out.push_back('\n');
}

}  // namespace detail

// Appends a message with the newline that ends it. `payload` must be one valid JSON value without a raw newline, which
// ValidateJson and the line it came from guarantee, or a JsonWriter. `Sink`: as JsonWriter's, with push_back(char).
template <typename Sink>
void AppendMessage(Sink& out, const MessageHeader& header, std::string_view type, std::string_view payload) {
  detail::AppendEnvelope(out, header, type, [payload](auto& json) { json.Raw(payload); });
}

}  // namespace cctl

#endif  // CCTL_WIRE_MESSAGE_ENVELOPE_H_

namespace cctl::detail {

struct HandshakeLine {
  std::optional<Identity> from;  // what the sender says; absent: it left that empty
  std::string_view payload;      // of the line
};

// What a codec finds wrong in a peer's line, as the peer's fault: kProtocol, with part and offset kept.
constexpr Error PeerFault(Error error) {
  error.code = Errc::kProtocol;
  return error;
}

// Errors: kProtocol; part "msg_type" if the message is another one.
inline Result<HandshakeLine> ReadHandshakeLine(std::string_view line, MessageType wanted) {
  const Result<MessageView> message = ParseMessage(line);
  if (!message) return PeerFault(message.error());
  if (message->type != wanted) return Error{Errc::kProtocol, 0, 0, "msg_type"};
  const Result<std::optional<Identity>> from = FromPeer(*message);
  if (!from) return PeerFault(from.error());
  return HandshakeLine{*from, message->payload};
}

}  // namespace cctl::detail

#endif  // CCTL_PROTO_HANDSHAKE_LINE_H_
// ---- cctl/proto/handshake_states.h ----

// Where a handshake can be, and what moves it: the transitions of both roles as one table each (docs/protocol.md,
// sections 4.1 and 4.2). A row is a state, a column an input; an input that leaves the state as it is does nothing at
// all. The machines (listener_handshake.h, connector_handshake.h) decide which input a line or an answer is, never
// where it leads.

#ifndef CCTL_PROTO_HANDSHAKE_STATES_H_
#define CCTL_PROTO_HANDSHAKE_STATES_H_

#include <cstddef>
#include <cstdint>

namespace cctl {

enum class ListenerState : std::uint8_t {
  kAwaitingHandshake,  // the challenge is out; after an approved pair request again
  kAwaitingDecision,   // PairRequested was raised
  kAwaitingKeys,       // KeysWanted was raised
  kAwaitingStorage,    // StoreWanted was raised: the proof is right, the key not yet stored
  kAwaitingVoucher,    // VoucherWanted was raised: the proof is right, by a key that others can compute
  kAuthenticated,
  kFailed,
};
inline constexpr int kListenerStateCount = 7;

enum class ListenerInput : std::uint8_t {
  kHandshake,  // a handshake, in its turn and in order
  kPairRequest,
  kOtherLine,  // any other line, and any line out of turn
  kApproved,
  kRefused,
  kKnownKey,  // the proof is right by the key that is stored
  kNewKey,    // the proof is right by a key that is to be stored
  kOpenKey,   // the proof is right by a key that others can compute
  kNoKey,     // the proof is right by none that admits
  kStored,
  kNotStored,
  kVouched,
  kNotVouched,
  kTimeout,
  kClosed,
};
inline constexpr int kListenerInputCount = 15;

enum class ConnectorState : std::uint8_t {
  kAwaitingChallenge,
  kAwaitingKey,        // KeyWanted was raised
  kAwaitingDecision,   // the pair request is out
  kAwaitingAgreement,  // StoreWanted was raised for the key that was approved
  kAwaitingAck,        // the handshake is out
  kAwaitingStorage,    // StoreWanted was raised for the key that was acknowledged
  kAuthenticated,
  kFailed,
};
inline constexpr int kConnectorStateCount = 8;

enum class ConnectorInput : std::uint8_t {
  kChallenge,   // a challenge, in its turn, that may be answered
  kAsk,         // the same, to be answered by a pair request
  kApproved,    // the other side's user agrees
  kAck,         // `ok` with all that it needs, and nothing to store
  kAckToStore,  // the same, and the key is to be stored
  kOtherLine,   // any other line, and any line out of turn
  kKey,
  kNoKey,
  kStored,
  kNotStored,
  kTimeout,
  kClosed,
};
inline constexpr int kConnectorInputCount = 12;

namespace detail {

inline constexpr ListenerState kLH = ListenerState::kAwaitingHandshake;
inline constexpr ListenerState kLD = ListenerState::kAwaitingDecision;
inline constexpr ListenerState kLK = ListenerState::kAwaitingKeys;
inline constexpr ListenerState kLS = ListenerState::kAwaitingStorage;
inline constexpr ListenerState kLV = ListenerState::kAwaitingVoucher;
inline constexpr ListenerState kLA = ListenerState::kAuthenticated;
inline constexpr ListenerState kLF = ListenerState::kFailed;

// clang-format off
inline constexpr ListenerState kListenerTransitions[kListenerStateCount][kListenerInputCount] = {
    // kHandshake, kPairRequest, kOtherLine, kApproved, kRefused, kKnownKey, kNewKey, kOpenKey, kNoKey, kStored, kNotStored, kVouched, kNotVouched, kTimeout, kClosed
    {kLK, kLD, kLF, kLH, kLH, kLH, kLH, kLH, kLH, kLH, kLH, kLH, kLH, kLF, kLF},  // kAwaitingHandshake
    {kLF, kLF, kLF, kLH, kLF, kLD, kLD, kLD, kLD, kLD, kLD, kLD, kLD, kLF, kLF},  // kAwaitingDecision
    {kLF, kLF, kLF, kLK, kLK, kLA, kLS, kLV, kLF, kLK, kLK, kLK, kLK, kLF, kLF},  // kAwaitingKeys
    {kLF, kLF, kLF, kLS, kLS, kLS, kLS, kLS, kLS, kLA, kLF, kLS, kLS, kLF, kLF},  // kAwaitingStorage
    {kLF, kLF, kLF, kLV, kLV, kLV, kLV, kLV, kLV, kLV, kLV, kLA, kLF, kLF, kLF},  // kAwaitingVoucher
    {kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA, kLA},  // kAuthenticated
    {kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF, kLF},  // kFailed
};
// clang-format on

inline constexpr ConnectorState kCC = ConnectorState::kAwaitingChallenge;
inline constexpr ConnectorState kCK = ConnectorState::kAwaitingKey;
inline constexpr ConnectorState kCD = ConnectorState::kAwaitingDecision;
inline constexpr ConnectorState kCG = ConnectorState::kAwaitingAgreement;
inline constexpr ConnectorState kCW = ConnectorState::kAwaitingAck;
inline constexpr ConnectorState kCS = ConnectorState::kAwaitingStorage;
inline constexpr ConnectorState kCA = ConnectorState::kAuthenticated;
inline constexpr ConnectorState kCF = ConnectorState::kFailed;

// clang-format off
inline constexpr ConnectorState kConnectorTransitions[kConnectorStateCount][kConnectorInputCount] = {
    // kChallenge, kAsk, kApproved, kAck, kAckToStore, kOtherLine, kKey, kNoKey, kStored, kNotStored, kTimeout, kClosed
    {kCK, kCD, kCF, kCF, kCF, kCF, kCC, kCC, kCC, kCC, kCF, kCF},  // kAwaitingChallenge
    {kCF, kCF, kCF, kCF, kCF, kCF, kCW, kCF, kCK, kCK, kCF, kCF},  // kAwaitingKey
    {kCF, kCF, kCG, kCF, kCF, kCF, kCD, kCD, kCD, kCD, kCF, kCF},  // kAwaitingDecision
    {kCF, kCF, kCF, kCF, kCF, kCF, kCG, kCG, kCW, kCF, kCF, kCF},  // kAwaitingAgreement
    {kCF, kCF, kCF, kCA, kCS, kCF, kCW, kCW, kCW, kCW, kCF, kCF},  // kAwaitingAck
    {kCF, kCF, kCF, kCF, kCF, kCF, kCS, kCS, kCA, kCF, kCF, kCF},  // kAwaitingStorage
    {kCA, kCA, kCA, kCA, kCA, kCA, kCA, kCA, kCA, kCA, kCA, kCA},  // kAuthenticated
    {kCF, kCF, kCF, kCF, kCF, kCF, kCF, kCF, kCF, kCF, kCF, kCF},  // kFailed
};
// clang-format on

}  // namespace detail

constexpr ListenerState NextState(ListenerState state, ListenerInput input) {
  return detail::kListenerTransitions[static_cast<std::size_t>(state)][static_cast<std::size_t>(input)];
}

constexpr ConnectorState NextState(ConnectorState state, ConnectorInput input) {
  return detail::kConnectorTransitions[static_cast<std::size_t>(state)][static_cast<std::size_t>(input)];
}

}  // namespace cctl

#endif  // CCTL_PROTO_HANDSHAKE_STATES_H_
// ---- cctl/proto/key_candidates.h ----

// Which keys a listener tries against the proof of somebody who says to be `claimed` (docs/protocol.md, section 4.1).
// One pure rule, because it is what keeps an identity that is paired from being taken over by whoever holds a link:
//
//   stored key, proved      that key, and the invite that made it if it was made --for this identity
//   stored key, not proved  that key, and the invite that made it: the joiner may have lost our `ok`
//   none                    `_pending.key`, then every invite; those past their TTL too, to be answered `expired`
//   name taken              nothing: it is a paired identity's but for the case of letters
//
// Secrets: a list of candidates wipes its keys when it is destroyed.

#ifndef CCTL_PROTO_KEY_CANDIDATES_H_
#define CCTL_PROTO_KEY_CANDIDATES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>


namespace cctl {

struct KeyCandidate {
  enum class Source : std::uint8_t {
    kStored,
    kPending,
    kInvite,
    kProposed,  // by a pair request that was approved on this connection; never looked up
    kTailnet,   // of two nodes of a tailnet: others can compute it; never stored
  };

  Source source = Source::kStored;
  Psk psk;
  std::optional<InviteId> invite = {};  // of kInvite: which
  bool expired = false;                 // a right proof by it is answered `expired`
  bool needs_rekey = false;             // others hold this key too: it admits only a joiner that takes one of its own
};

// The key that is stored for a peer.
struct StoredKey {
  Identity identity;  // under which it is stored; may differ from the claimed one in the case of letters
  Psk psk;
  bool proved = false;                   // the peer has proved it at least once
  std::optional<InviteId> made_by = {};  // the invite by which the peer joined
};

// What `pair` has left in `_pending.key`.
struct PendingKey {
  Psk psk;
  bool expired = false;  // older than the TTL
};

// The candidates in the order in which they are preferred. `stored`: the key of the peer whose name is `claimed` in any
// case of letters (SameName). `invites`: all there are, in any state.
inline std::vector<KeyCandidate> ListKeyCandidates(const Identity& claimed, const std::optional<StoredKey>& stored,
                                                   const std::optional<PendingKey>& pending,
                                                   std::span<const Invite> invites, UnixTime now) {
  using Source = KeyCandidate::Source;
  std::vector<KeyCandidate> candidates;
  if (stored && stored->identity != claimed) return candidates;
  if (stored) candidates.push_back({Source::kStored, stored->psk});
  if (!stored && pending) candidates.push_back({Source::kPending, pending->psk, {}, pending->expired});
  for (const Invite& invite : invites) {
    if (stored && !MayReplaceKey(invite, claimed, stored->made_by)) continue;
    // A joiner that takes no key of its own is told apart by needs_rekey, once its proof has been found right.
    const InviteAdmission admission = Admit(invite, claimed, /*rekey=*/true, now);
    const bool expired = admission == InviteAdmission::kExpired;
    if (!IsAdmitted(admission) && !expired) continue;
    candidates.push_back({Source::kInvite, invite.psk, invite.id, expired, invite.uses != 1});
  }
  return candidates;
}

}  // namespace cctl

#endif  // CCTL_PROTO_KEY_CANDIDATES_H_
// ---- cctl/proto/open_challenges.h ----

// The challenges that the listeners of this process have sent and that are still open. A connector of the same process
// answers none of them: otherwise a stranger who connects to us, and whom we dial at the same time, could have our own
// challenge answered by us and hand the proof back (docs/protocol.md, section 4.1).

#ifndef CCTL_PROTO_OPEN_CHALLENGES_H_
#define CCTL_PROTO_OPEN_CHALLENGES_H_

#include <cstddef>
#include <vector>


namespace cctl {

class OpenChallenges {
 public:
  // Before the challenge is sent.
  void Insert(const Nonce& challenge) { nonces_.push_back(challenge); }

  // When its handshake has ended, either way. Does nothing if it is not there.
  void Erase(const Nonce& challenge) {
    for (Nonce& nonce : nonces_) {
      if (nonce != challenge) continue;
      nonce = nonces_.back();
      nonces_.pop_back();
      return;
    }
  }

  // A few hundred at most are open, and dials are rare: looking through them is quick enough.
  [[nodiscard]] bool Contains(const Nonce& challenge) const {
    for (const Nonce& nonce : nonces_) {
      if (nonce == challenge) return true;
    }
    return false;
  }

  [[nodiscard]] std::size_t size() const { return nonces_.size(); }

 private:
  std::vector<Nonce> nonces_;
};

}  // namespace cctl

#endif  // CCTL_PROTO_OPEN_CHALLENGES_H_
// ---- cctl/wire/handshake_messages.h ----

// The payloads of the protocol's own messages (docs/protocol.md, sections 4 and 4.1). Parse* read MessageView::payload,
// of which nothing may be believed yet; Append* write a whole message with its newline. Members that are not known are
// ignored.
//
// What a peer can get wrong comes in two kinds. Most of it ends the connection and is an error here: those of
// JsonObjectReader, and with the member's name as part kMissing, kInvalid, kOutOfRange, kTooLong and kTruncated;
// offsets count from the start of the payload. But a proof or client nonce that is no such thing is answered like a
// wrong one, and so it is a result: `*_malformed`.

#ifndef CCTL_WIRE_HANDSHAKE_MESSAGES_H_
#define CCTL_WIRE_HANDSHAKE_MESSAGES_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>


namespace cctl {
namespace detail {

inline std::optional<Nonce> NonceMember(const JsonValue& value) {
  const Result<Nonce> nonce = ParseStringMember<Nonce::kSize>(value, "nonce", Nonce::Parse);
  return nonce ? std::optional<Nonce>(*nonce) : std::nullopt;
}

inline std::optional<Proof> ProofMember(const JsonValue& value) {
  const Result<Proof> proof = ParseStringMember<2 * sizeof(Proof)>(value, "proof", ParseProof);
  return proof ? std::optional<Proof>(*proof) : std::nullopt;
}

template <typename Sink>
void WriteProof(JsonWriter<Sink>& json, std::string_view name, const Proof& proof) {
  char digits[2 * sizeof(Proof)];
  EncodeHex(proof, digits);
  json.Name(name).String(std::string_view(digits, sizeof(digits)));
}

}  // namespace detail

// --- challenge: the listener's first line
// -----------------------------------------------------------------------------

struct ChallengeView {
  Nonce nonce;
};

inline Result<ChallengeView> ParseChallenge(std::string_view payload) {
  std::optional<Nonce> nonce;
  JsonObjectReader members(payload);
  while (members.Next()) {
    if (members.name() != "nonce") continue;
    const Result<Nonce> parsed = detail::ParseStringMember<Nonce::kSize>(members.value(), "nonce", Nonce::Parse);
    if (!parsed) return parsed.error();
    nonce = *parsed;
  }
  if (!members.ok()) return members.error();
  if (!nonce) return members.Missing("nonce");
  return ChallengeView{*nonce};
}

template <typename Sink>
void AppendChallenge(Sink& out, const MessageHeader& header, const Nonce& nonce) {
  detail::AppendEnvelope(out, header, MessageTypeText(MessageType::kChallenge),
                         [&nonce](auto& json) { json.BeginObject().Name("nonce").String(nonce.view()).EndObject(); });
}

// --- handshake: the connector's answer
// --------------------------------------------------------------------------------

struct HandshakeView {
  std::optional<Proof> proof;  // none: malformed, which counts as a wrong one
  VersionText version;
  std::optional<Nonce> client_nonce;  // none: not sent, or malformed
  bool client_nonce_malformed = false;
  std::optional<std::uint16_t> port;  // where the connector listens; 0: it does not
  bool rekey = false;                 // the joiner wants the key rotated; only with a client nonce, if a malformed one
};

inline Result<HandshakeView> ParseHandshake(std::string_view payload) {
  HandshakeView handshake;
  bool has_proof = false;
  bool has_version = false;
  std::optional<std::uint32_t> rekey_at;
  JsonObjectReader members(payload);
  while (members.Next()) {
    const JsonString& name = members.name();
    const JsonValue& value = members.value();
    if (name == "proof") {
      handshake.proof = detail::ProofMember(value);
      has_proof = true;
    } else if (name == "version") {
      const Result<VersionText> version = detail::ParseStringMember<kMaxVersion>(value, "version", ParseVersion);
      if (!version) return version.error();
      handshake.version = *version;
      has_version = true;
    } else if (name == "client_nonce") {
      handshake.client_nonce = detail::NonceMember(value);
      handshake.client_nonce_malformed = !handshake.client_nonce;
    } else if (name == "port") {
      const Result<std::uint16_t> port = value.Port("port");
      if (!port) return port.error();
      handshake.port = *port;
    } else if (name == "rekey") {
      const Result<bool> rekey = value.Bool("rekey");
      if (!rekey) return rekey.error();
      handshake.rekey = *rekey;
      rekey_at = value.offset;
    }
  }
  if (!members.ok()) return members.error();
  if (!has_proof) return members.Missing("proof");
  if (!has_version) return members.Missing("version");
  if (handshake.rekey && !handshake.client_nonce && !handshake.client_nonce_malformed) {
    return Error{Errc::kInvalid, *rekey_at, 0, "rekey"};
  }
  return handshake;
}

// What a connector sends. `version` must be one; `rekey` needs `client_nonce`.
struct Handshake {
  Proof proof{};
  std::string_view version;
  std::optional<Nonce> client_nonce;
  std::optional<std::uint16_t> port;
  bool rekey = false;
};

template <typename Sink>
void AppendHandshake(Sink& out, const MessageHeader& header, const Handshake& handshake) {
  detail::AppendEnvelope(out, header, MessageTypeText(MessageType::kHandshake), [&handshake](auto& json) {
    json.BeginObject();
    detail::WriteProof(json, "proof", handshake.proof);
    json.Name("version").String(handshake.version);
    if (handshake.client_nonce) json.Name("client_nonce").String(handshake.client_nonce->view());
    if (handshake.port) json.Name("port").Int(*handshake.port);
    if (handshake.rekey) json.Name("rekey").Bool(true);
    json.EndObject();
  });
}

// --- handshake_ack: the listener's decision
// ---------------------------------------------------------------------------

enum class AckStatus : std::uint8_t { kOk, kDenied, kExpired, kBusy };

// The texts of AckStatus, in its order.
inline constexpr std::string_view kAckStatusTexts[] = {"ok", "denied", "expired", "busy"};

struct HandshakeAckView {
  AckStatus status = AckStatus::kDenied;
  std::optional<Proof> proof;  // none: not sent, or malformed
  bool proof_malformed = false;
};

inline Result<HandshakeAckView> ParseHandshakeAck(std::string_view payload) {
  HandshakeAckView ack;
  bool has_status = false;
  JsonObjectReader members(payload);
  while (members.Next()) {
    const JsonValue& value = members.value();
    if (members.name() == "status") {
      const Result<JsonString> text = value.String("status");
      if (!text) return text.error();
      for (std::size_t i = 0; i < std::size(kAckStatusTexts); ++i) {
        if (*text != kAckStatusTexts[i]) continue;
        ack.status = static_cast<AckStatus>(i);
        has_status = true;
      }
      if (!has_status) return Error{Errc::kInvalid, value.offset, 0, "status"};
    } else if (members.name() == "proof") {
      ack.proof = detail::ProofMember(value);
      ack.proof_malformed = !ack.proof;
    }
  }
  if (!members.ok()) return members.error();
  if (!has_status) return members.Missing("status");
  return ack;
}

// `proof`: the listener's, or null.
template <typename Sink>
void AppendHandshakeAck(Sink& out, const MessageHeader& header, AckStatus status, const Proof* proof = nullptr) {
  detail::AppendEnvelope(out, header, MessageTypeText(MessageType::kHandshakeAck), [status, proof](auto& json) {
    json.BeginObject().Name("status").String(kAckStatusTexts[static_cast<std::size_t>(status)]);
    if (proof != nullptr) detail::WriteProof(json, "proof", *proof);
    json.EndObject();
  });
}

// --- heartbeat
// --------------------------------------------------------------------------------------------------------

struct HeartbeatView {
  std::optional<Proof> confirm;  // that the joiner has stored the rotated key; none: not sent, or malformed
  bool confirm_malformed = false;
};

// Any payload is a heartbeat's; one that is no object confirms nothing. Errors: of an object, JsonObjectReader's.
inline Result<HeartbeatView> ParseHeartbeat(std::string_view payload) {
  HeartbeatView heartbeat;
  if (payload.empty() || payload.front() != '{') return heartbeat;
  JsonObjectReader members(payload);
  while (members.Next()) {
    if (members.name() != "confirm") continue;
    heartbeat.confirm = detail::ProofMember(members.value());
    heartbeat.confirm_malformed = !heartbeat.confirm;
  }
  if (!members.ok()) return members.error();
  return heartbeat;
}

// `confirm`: the joiner's, in its first heartbeat, or null.
template <typename Sink>
void AppendHeartbeat(Sink& out, const MessageHeader& header, const Proof* confirm = nullptr) {
  detail::AppendEnvelope(out, header, MessageTypeText(MessageType::kHeartbeat), [confirm](auto& json) {
    json.BeginObject();
    if (confirm != nullptr) detail::WriteProof(json, "confirm", *confirm);
    json.EndObject();
  });
}

// --- ack: an application message has been passed on or queued
// ---------------------------------------------------------

struct AckView {
  JsonString id;  // of the message, 1 to 128 bytes; a view of the payload
};

inline Result<AckView> ParseAck(std::string_view payload) {
  std::optional<JsonString> id;
  JsonObjectReader members(payload);
  while (members.Next()) {
    if (members.name() != "id") continue;
    const Result<JsonString> text = detail::TextMember(members.value(), kMaxMessageId, "id");
    if (!text) return text.error();
    id = *text;
  }
  if (!members.ok()) return members.error();
  if (!id) return members.Missing("id");
  return AckView{*id};
}

// `id`: of the message that is acknowledged, a std::string_view, or the JsonString that was read.
template <typename Sink, typename Id>
void AppendAck(Sink& out, const MessageHeader& header, const Id& id) {
  detail::AppendEnvelope(out, header, MessageTypeText(MessageType::kAck),
                         [&id](auto& json) { json.BeginObject().Name("id").String(id).EndObject(); });
}

}  // namespace cctl

#endif  // CCTL_WIRE_HANDSHAKE_MESSAGES_H_
// ---- cctl/wire/message_id.h ----

// Ids for the messages of one process: "msg_<Unix ms>_<counter>_<8 hex digits of this process>" (docs/protocol.md,
// section 4). The released claudectl drops a message whose id it has seen from any peer, so time and counter alone,
// which two machines can share, are not enough.
//
//   cctl::MessageIds ids(tag);                     // four random bytes
//   ids.Next(cctl::UnixTime{1795422026237}).view()  // "msg_1795422026237_0_a1b2c3d4"

#ifndef CCTL_WIRE_MESSAGE_ID_H_
#define CCTL_WIRE_MESSAGE_ID_H_

#include <cstdint>
#include <span>
#include <string_view>


namespace cctl {

using MessageId = InlineString<53>;  // "msg_", 19 for the time, "_", 20 for the counter, "_", 8

class MessageIds {
 public:
  static constexpr std::size_t kTagSize = 4;

  explicit MessageIds(std::span<const std::uint8_t, kTagSize> process) { EncodeHex(process, tag_); }

  // An id that this object has not given before. A date before 1970 is written as 0.
  MessageId Next(UnixTime now) {
    MessageId id(std::string_view("msg_"));
    AppendDecimal(static_cast<std::uint64_t>(now.ms < 0 ? 0 : now.ms), id);
    id.push_back('_');
    AppendDecimal(counter_++, id);
    id.push_back('_');
    id.append(std::string_view(tag_, sizeof(tag_)));
    return id;
  }

 private:
  char tag_[2 * kTagSize];
  std::uint64_t counter_ = 0;
};

}  // namespace cctl

#endif  // CCTL_WIRE_MESSAGE_ID_H_
// ---- cctl/wire/pair_messages.h ----

// The two messages of pairing by approval (docs/protocol.md, section 4.2). They come in place of a handshake and have
// no envelope:
//
//   {"type":"pair_request","from":"desktop-b7c1","psk_proposal":"<64 hex>","version":"0.1.0","port":9847}
//   {"type":"pair_response","from":"laptop-a3f2","status":"approved"}
//
// `version` and `port` are ours; the spec's form has neither. Lines are a stranger's. A request holds a key: whoever
// keeps its text wipes it.

#ifndef CCTL_WIRE_PAIR_MESSAGES_H_
#define CCTL_WIRE_PAIR_MESSAGES_H_

#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>


namespace cctl {

struct PairRequest {
  Identity from;
  Psk proposal;
  VersionText version;                // empty: not sent
  std::optional<std::uint16_t> port;  // where the requester listens; 0: nowhere
};

enum class PairStatus : std::uint8_t { kApproved, kDenied, kExpired, kBusy };

// The texts of PairStatus, in its order.
inline constexpr std::string_view kPairStatusTexts[] = {"approved", "denied", "expired", "busy"};

struct PairResponse {
  Identity from;
  PairStatus status = PairStatus::kDenied;
};

// Reads a request. Errors: those of JsonObjectReader; kUnsupported, part "type": it is another message (an envelope,
// for one, which has no `type`); with the member's name as part kMissing, kInvalid, kOutOfRange, kTooLong, kTruncated.
inline Result<PairRequest> ParsePairRequest(std::string_view line) {
  bool is_request = false;
  std::optional<Identity> from;
  std::optional<Psk> proposal;
  VersionText version;
  std::optional<std::uint16_t> port;
  std::optional<Error> wrong;  // told only if it is a request at all
  const auto note = [&wrong](const Error& error) {
    if (!wrong) wrong = error;
  };
  JsonObjectReader members(line);
  while (members.Next()) {
    const JsonString& name = members.name();
    const JsonValue& value = members.value();
    if (name == "type") {
      const Result<JsonString> type = value.String("type");
      is_request = type && *type == "pair_request";
    } else if (name == "from") {
      const Result<Identity> parsed = detail::ParseStringMember<kMaxIdentitySize>(value, "from", Identity::Parse);
      if (parsed) from = *parsed;
      if (!parsed) note(parsed.error());
    } else if (name == "psk_proposal") {
      const Result<Psk> parsed = detail::ParseStringMember<kPskHexSize>(value, "psk_proposal", ParsePskHex);
      if (parsed) proposal = *parsed;
      if (!parsed) note(parsed.error());
    } else if (name == "version") {
      const Result<VersionText> parsed = detail::ParseStringMember<kMaxVersion>(value, "version", ParseVersion);
      if (parsed) version = *parsed;
      if (!parsed) note(parsed.error());
    } else if (name == "port") {
      const Result<std::uint16_t> parsed = value.Port("port");
      if (parsed) port = *parsed;
      if (!parsed) note(parsed.error());
    }
  }
  if (!members.ok()) return members.error();
  if (!is_request) return Error{Errc::kUnsupported, 0, 0, "type"};
  if (wrong) return *wrong;
  if (!from) return members.Missing("from");
  if (!proposal) return members.Missing("psk_proposal");
  return PairRequest{*from, *proposal, version, port};
}

// Reads a response. Errors: as ParsePairRequest; an unknown status is kInvalid, part "status".
inline Result<PairResponse> ParsePairResponse(std::string_view line) {
  std::optional<JsonString> type;
  std::optional<Identity> from;
  std::optional<PairStatus> status;
  JsonObjectReader members(line);
  while (members.Next()) {
    const JsonValue& value = members.value();
    if (members.name() == "type") {
      const Result<JsonString> text = value.String("type");
      if (!text) return text.error();
      type = *text;
    } else if (members.name() == "from") {
      const Result<Identity> parsed = detail::ParseStringMember<kMaxIdentitySize>(value, "from", Identity::Parse);
      if (!parsed) return parsed.error();
      from = *parsed;
    } else if (members.name() == "status") {
      const Result<JsonString> text = value.String("status");
      if (!text) return text.error();
      for (std::size_t i = 0; i < std::size(kPairStatusTexts); ++i) {
        if (*text == kPairStatusTexts[i]) status = static_cast<PairStatus>(i);
      }
      if (!status) return Error{Errc::kInvalid, value.offset, 0, "status"};
    }
  }
  if (!members.ok()) return members.error();
  if (!type) return members.Missing("type");
  if (*type != "pair_response") return Error{Errc::kUnsupported, 0, 0, "type"};
  if (!from) return members.Missing("from");
  if (!status) return members.Missing("status");
  return PairResponse{*from, *status};
}

// Append a whole line with its newline. `Sink`: as JsonWriter's, with push_back(char).
template <typename Sink>
void AppendPairRequest(Sink& out, const PairRequest& request) {
  std::array<char, kPskHexSize> digits;
  const ScopedWipe wipe(digits);
  FormatPskHex(request.proposal, digits);
  JsonWriter json(out);
  json.BeginObject().Name("type").String("pair_request").Name("from").String(request.from.view());
  json.Name("psk_proposal").String(std::string_view(digits.data(), digits.size()));
  if (!request.version.empty()) json.Name("version").String(request.version.view());
  if (request.port) json.Name("port").Int(*request.port);
  json.EndObject();
  out.push_back('\n');
}

template <typename Sink>
void AppendPairResponse(Sink& out, const PairResponse& response) {
  JsonWriter json(out);
  json.BeginObject().Name("type").String("pair_response").Name("from").String(response.from.view());
  json.Name("status").String(kPairStatusTexts[static_cast<std::size_t>(response.status)]).EndObject();
  out.push_back('\n');
}

}  // namespace cctl

#endif  // CCTL_WIRE_PAIR_MESSAGES_H_

namespace cctl {

class ConnectorHandshake {
 public:
  struct Config {
    Identity self;
    std::optional<Identity> expected = {};  // who must answer; absent: whoever does
    VersionText version;                    // ours
    std::uint16_t listen_port = 0;          // where we listen; 0: nowhere
    bool require_proof = true;              // false: a listener that proves nothing will do (the released claudectl)
    bool rekey = false;                     // of an invite's key: have it replaced by one of our own
    Nonce client_nonce;                     // new for every connection
    std::optional<Psk> proposal = {};       // a new key: pair by it; `expected` must be there
    Duration pair_timeout = kPairRequestTimeout;
    const OpenChallenges* open_challenges = nullptr;  // of this process, if it listens; outlives this machine
  };

  // The key that we share with `peer`? Absent: the listener does not say who it is before the ack (a released one); it
  // is Config::expected, if somebody is expected. Answer by HandleKey() or HandleNoKey().
  struct KeyWanted {
    std::optional<Identity> peer;
  };

  // The proposal is on its way to the listener's user, who sees the same number.
  struct PairRequestSent {
    Identity peer;
    std::uint32_t check = 0;  // CheckNumber
  };

  // The other side has said `ok`, or its user has approved, and everything is right: store `key` for `peer`. Answer by
  // HandleStored(). Raised only for a key that was not stored before.
  struct StoreWanted {
    Identity peer;
    Psk key;
    bool rekeyed = false;   // `key` is our own, not the link's
    bool approved = false;  // `key` is the proposal: nobody has proved it yet
  };

  // The session begins.
  struct Authenticated {
    Identity peer;
    bool proved = false;                // the listener has proved that it holds the key
    bool rekeyed = false;               // the link's key was replaced in this handshake
    std::optional<Proof> confirm = {};  // then: what our first heartbeat, to be sent at once, carries
  };

  // kProtocol, kTimeout, kInvalid (part "identity": we have reached ourselves), kIdentityMismatch, kNotFound (part
  // "key": HandleNoKey), kAuthFailed, kExpired, kBusy, kUnproven, kIo (part "key": not stored). Nothing has been
  // stored, but for the last. After kUnproven the other side may have stored the key. Of a pair request, part "pair":
  // kDenied, kTimeout (nobody decided), kBusy, kUnsupported (the listener does not say who it is). Once it was approved
  // the key is stored, and any failure may be one of the connection alone.
  struct Failed {
    Error error;
  };

  using Event = std::variant<KeyWanted, PairRequestSent, StoreWanted, Authenticated, Failed>;

  ConnectorHandshake(const Config& config, Instant now) : config_(config), deadline_(now + kConnectorHandshakeLimit) {}

  [[nodiscard]] ConnectorState state() const { return state_; }

  // Whether the next line is for this machine: the challenge, or once our handshake has been sent the ack. One that is
  // handed in at another time fails the handshake; after the end lines are ignored. A listener may speak right after
  // its `ok`: those lines are the session's.
  [[nodiscard]] bool wants_line() const {
    if (state_ == ConnectorState::kAwaitingChallenge) return true;
    const bool sent = state_ == ConnectorState::kAwaitingAck || state_ == ConnectorState::kAwaitingDecision;
    return sent && outgoing_ == Outgoing::kNothing;
  }

  // One line without its newline, as LineReader gives it.
  void HandleLine(Instant now, std::string_view line);

  // The answer to KeyWanted. `source`: kStored, or where a key comes from that is to be stored if it is right. Only a
  // key of kInvite is rotated. With one of kTailnet the listener must prove itself whatever Config says, and whoever
  // answers has made sure that it is the right one who stands there.
  void HandleKey(Instant now, const Psk& key, KeyCandidate::Source source);
  void HandleNoKey();

  // The answer to StoreWanted: whether the key is on disk.
  void HandleStored(bool ok);

  // The time that PollTimeout() named has come. Too early, it does nothing.
  void HandleTimeout(Instant now);

  // The stream has ended, or LineReader has refused it.
  void HandleClosed();

  // The line to send now, its newline included, valid until the next call; empty: none. Id and date are taken for it
  // only if there is one.
  std::string_view PollTransmit(MessageIds& ids, UnixTime date);

  std::optional<Event> PollEvent() { return std::exchange(event_, std::nullopt); }

  // When HandleTimeout() is due.
  [[nodiscard]] std::optional<Instant> PollTimeout() const;

 private:
  enum class Outgoing : std::uint8_t { kNothing, kPairRequest, kHandshake };

  // A line that may hold a key.
  struct Line {
    InlineString<kMaxHandshakeLineWritten> text;
    ~Line() { Wipe(text.data(), InlineString<kMaxHandshakeLineWritten>::kCapacity); }
  };

  struct Challenge {
    Nonce nonce;
    std::optional<Identity> peer;
  };

  // A key that has been given, until it is known whether it is right.
  struct Key {
    Psk psk;
    bool store = false;
    bool rekey = false;
  };

  // An ack that may be believed.
  struct Acceptance {
    Identity peer;
    bool proved = false;
  };

  void Move(ConnectorInput input) { state_ = NextState(state_, input); }
  void Fail(ConnectorInput input, Error error);
  void HandleChallenge(Instant now, std::string_view line);
  void RequestPair(Instant now);
  void HandlePairResponse(Instant now, std::string_view line);
  void HandleAck(std::string_view line);
  [[nodiscard]] Result<Challenge> ReadChallenge(std::string_view line) const;
  [[nodiscard]] Result<Acceptance> ReadAck(std::string_view line) const;
  [[nodiscard]] Result<void> CheckPeer(const std::optional<Identity>& peer) const;

  Config config_;
  Instant deadline_;
  ConnectorState state_ = ConnectorState::kAwaitingChallenge;
  Outgoing outgoing_ = Outgoing::kNothing;
  std::optional<Challenge> challenge_;          // from kAwaitingKey on
  std::optional<Key> key_;                      // in kAwaitingAck
  std::optional<Authenticated> authenticated_;  // in kAwaitingStorage
  std::optional<Event> event_;                  // the latest: what it replaces has lost its meaning
  Line line_;
};

inline void ConnectorHandshake::HandleLine(Instant now, std::string_view line) {
  if (now >= deadline_) return HandleTimeout(now);
  if (!wants_line()) return Fail(ConnectorInput::kOtherLine, {Errc::kProtocol, 0, 0, "line"});
  if (state_ == ConnectorState::kAwaitingChallenge) return HandleChallenge(now, line);
  if (state_ == ConnectorState::kAwaitingDecision) return HandlePairResponse(now, line);
  HandleAck(line);
}

inline void ConnectorHandshake::HandleKey(Instant now, const Psk& key, KeyCandidate::Source source) {
  if (state_ != ConnectorState::kAwaitingKey) return;
  if (now >= deadline_) return HandleTimeout(now);
  using Source = KeyCandidate::Source;
  const bool store = source != Source::kStored && source != Source::kTailnet;
  key_ = Key{key, store, config_.rekey && source == Source::kInvite};
  config_.require_proof = config_.require_proof || source == Source::kTailnet;
  deadline_ = now + kConnectorHandshakeLimit;
  outgoing_ = Outgoing::kHandshake;
  Move(ConnectorInput::kKey);
}

inline void ConnectorHandshake::HandleNoKey() {
  if (state_ == ConnectorState::kAwaitingKey) Fail(ConnectorInput::kNoKey, {Errc::kNotFound, 0, 0, "key"});
}

inline void ConnectorHandshake::HandleStored(bool ok) {
  const bool approved = state_ == ConnectorState::kAwaitingAgreement;
  if (!approved && state_ != ConnectorState::kAwaitingStorage) return;
  if (!ok) return Fail(ConnectorInput::kNotStored, {Errc::kIo, 0, 0, "key"});
  Move(ConnectorInput::kStored);
  if (!approved) {
    event_ = *authenticated_;
    return;
  }
  key_ = Key{*config_.proposal};
  outgoing_ = Outgoing::kHandshake;
}

inline void ConnectorHandshake::HandleTimeout(Instant now) {
  if (now < deadline_) return;
  const bool undecided = state_ == ConnectorState::kAwaitingDecision;
  Fail(ConnectorInput::kTimeout, {Errc::kTimeout, 0, 0, undecided ? "pair" : "handshake"});
}

inline void ConnectorHandshake::HandleClosed() { Fail(ConnectorInput::kClosed, {Errc::kProtocol, 0, 0, "connection"}); }

inline std::string_view ConnectorHandshake::PollTransmit(MessageIds& ids, UnixTime date) {
  const Outgoing outgoing = std::exchange(outgoing_, Outgoing::kNothing);
  if (outgoing == Outgoing::kNothing) return {};
  line_.text.clear();
  if (outgoing == Outgoing::kPairRequest) {
    AppendPairRequest(line_.text, PairRequest{config_.self, *config_.proposal, config_.version, config_.listen_port});
    return line_.text.view();
  }
  const MessageId id = ids.Next(date);
  AppendHandshake(line_.text, {id.view(), config_.self.view(), date},
                  Handshake{.proof = ConnectorProof(key_->psk, challenge_->nonce),
                            .version = config_.version,
                            .client_nonce = config_.client_nonce,
                            .port = config_.listen_port,
                            .rekey = key_->rekey});
  return line_.text.view();
}

inline std::optional<Instant> ConnectorHandshake::PollTimeout() const {
  const bool ended = state_ == ConnectorState::kAuthenticated || state_ == ConnectorState::kFailed;
  return ended ? std::nullopt : std::optional<Instant>(deadline_);
}

inline void ConnectorHandshake::HandleChallenge(Instant now, std::string_view line) {
  const Result<Challenge> challenge = ReadChallenge(line);
  if (!challenge) return Fail(ConnectorInput::kOtherLine, challenge.error());
  challenge_ = *challenge;
  if (config_.proposal) return RequestPair(now);
  Move(ConnectorInput::kChallenge);
  event_ = KeyWanted{challenge_->peer};
}

// The key goes to nobody but the one who was chosen, as far as a name can tell: a listener that says none gets none.
inline void ConnectorHandshake::RequestPair(Instant now) {
  if (!challenge_->peer || !config_.expected) {
    return Fail(ConnectorInput::kOtherLine, {Errc::kUnsupported, 0, 0, "pair"});
  }
  Move(ConnectorInput::kAsk);
  deadline_ = now + config_.pair_timeout + kPairAnswerSlack;
  outgoing_ = Outgoing::kPairRequest;
  event_ = PairRequestSent{*challenge_->peer, CheckNumber(*config_.proposal, challenge_->nonce)};
}

inline void ConnectorHandshake::HandlePairResponse(Instant now, std::string_view line) {
  const Result<PairResponse> response = ParsePairResponse(line);
  if (!response) return Fail(ConnectorInput::kOtherLine, detail::PeerFault(response.error()));
  if (response->from != *challenge_->peer) {
    return Fail(ConnectorInput::kOtherLine, {Errc::kIdentityMismatch, 0, 0, "from"});
  }
  switch (response->status) {
    case PairStatus::kApproved:
      Move(ConnectorInput::kApproved);
      deadline_ = now + kConnectorHandshakeLimit;
      event_ = StoreWanted{response->from, *config_.proposal, /*rekeyed=*/false, /*approved=*/true};
      return;
    case PairStatus::kDenied:
      return Fail(ConnectorInput::kOtherLine, {Errc::kDenied, 0, 0, "pair"});
    case PairStatus::kExpired:
      return Fail(ConnectorInput::kOtherLine, {Errc::kTimeout, 0, 0, "pair"});
    case PairStatus::kBusy:
      return Fail(ConnectorInput::kOtherLine, {Errc::kBusy, 0, 0, "pair"});
  }
}

inline void ConnectorHandshake::HandleAck(std::string_view line) {
  const Result<Acceptance> ack = ReadAck(line);
  if (!ack) return Fail(ConnectorInput::kOtherLine, ack.error());
  const Key key = *key_;
  key_.reset();
  const Identity& peer = ack->peer;
  Authenticated authenticated{peer, ack->proved};
  if (!key.store) {
    if (config_.proposal) authenticated.confirm = ConfirmProof(key.psk, config_.client_nonce, challenge_->nonce);
    Move(ConnectorInput::kAck);
    event_ = authenticated;
    return;
  }
  // A listener that proves nothing knows nothing of rotation either: it has stored the key as it is.
  authenticated.rekeyed = key.rekey && ack->proved;
  Psk stored = key.psk;
  if (authenticated.rekeyed) {
    stored = RotatePsk(key.psk, config_.client_nonce, challenge_->nonce, config_.self, peer);
    authenticated.confirm = ConfirmProof(stored, config_.client_nonce, challenge_->nonce);
  }
  authenticated_ = authenticated;
  Move(ConnectorInput::kAckToStore);
  event_ = StoreWanted{peer, stored, authenticated.rekeyed};
}

inline Result<ConnectorHandshake::Challenge> ConnectorHandshake::ReadChallenge(std::string_view line) const {
  const Result<detail::HandshakeLine> read = detail::ReadHandshakeLine(line, MessageType::kChallenge);
  if (!read) return read.error();
  const Result<ChallengeView> challenge = ParseChallenge(read->payload);
  if (!challenge) return detail::PeerFault(challenge.error());
  if (const Result<void> checked = CheckPeer(read->from); !checked) return checked.error();
  const OpenChallenges* const open = config_.open_challenges;
  if (open != nullptr && open->Contains(challenge->nonce)) return Error{Errc::kProtocol, 0, 0, "nonce"};
  return Challenge{challenge->nonce, read->from};
}

inline Result<ConnectorHandshake::Acceptance> ConnectorHandshake::ReadAck(std::string_view line) const {
  const Result<detail::HandshakeLine> read = detail::ReadHandshakeLine(line, MessageType::kHandshakeAck);
  if (!read) return read.error();
  const Result<HandshakeAckView> ack = ParseHandshakeAck(read->payload);
  if (!ack) return detail::PeerFault(ack.error());
  if (const Result<void> checked = CheckPeer(read->from); !checked) return checked.error();
  switch (ack->status) {
    case AckStatus::kOk:
      break;
    case AckStatus::kDenied:
      return Error{Errc::kAuthFailed, 0, 0, "status"};
    case AckStatus::kExpired:
      return Error{Errc::kExpired, 0, 0, "status"};
    case AckStatus::kBusy:
      return Error{Errc::kBusy, 0, 0, "status"};
  }
  if (!read->from) return Error{Errc::kProtocol, 0, 0, "from_peer"};
  const Identity& peer = *read->from;
  if (ack->proof_malformed) return Error{Errc::kAuthFailed, 0, 0, "proof"};
  if (ack->proof) {
    const Proof right = ListenerProof(key_->psk, peer, config_.self, config_.client_nonce, challenge_->nonce);
    if (!ConstantTimeEqual(right, *ack->proof)) return Error{Errc::kAuthFailed, 0, 0, "proof"};
  } else if (config_.require_proof) {
    return Error{Errc::kUnproven, 0, 0, "proof"};
  }
  return Acceptance{peer, ack->proof.has_value()};
}

// Whether the other side may be who it says: not ourselves, the expected one, and the same in challenge and ack. One
// that says nothing has said nothing wrong yet.
inline Result<void> ConnectorHandshake::CheckPeer(const std::optional<Identity>& peer) const {
  if (!peer) return {};
  if (SameName(*peer, config_.self)) return Error{Errc::kInvalid, 0, 0, "identity"};
  const bool unexpected = config_.expected && *config_.expected != *peer;
  const bool changed = challenge_ && challenge_->peer && *challenge_->peer != *peer;
  if (unexpected || changed) return Error{Errc::kIdentityMismatch, 0, 0, "from_peer"};
  return {};
}

// Ends the handshake, unless it has ended already. Nothing is sent any more.
inline void ConnectorHandshake::Fail(ConnectorInput input, Error error) {
  if (NextState(state_, input) == state_) return;
  Move(input);
  outgoing_ = Outgoing::kNothing;
  key_.reset();
  authenticated_.reset();
  event_ = Failed{error};
}

}  // namespace cctl

#endif  // CCTL_PROTO_CONNECTOR_HANDSHAKE_H_
// ---- cctl/proto/crossed_requests.h ----

// Two peers who ask each other to pair at the same time, and both of whose users approve: each has then stored the key
// that it has proposed, and is about to be shown the other one (docs/protocol.md, section 4.2). One of the two keys has
// to give way, on both sides the same.

#ifndef CCTL_PROTO_CROSSED_REQUESTS_H_
#define CCTL_PROTO_CROSSED_REQUESTS_H_


namespace cctl {

// Whether the key that `peer` has proposed takes the place of the one that `self` has proposed, that `peer` has
// approved, and that `self` is still proving: the key of the lesser identity stays, as of two crossed dials the
// connection of the lesser one does. A key whose proof has come to nothing gives way to any other.
constexpr bool MayReplaceOwnProposal(const Identity& self, const Identity& peer) { return peer < self; }

}  // namespace cctl

#endif  // CCTL_PROTO_CROSSED_REQUESTS_H_
// ---- cctl/proto/lan_search.h ----

// When somebody who looks around on the LAN asks (docs/protocol.md, section 5): 15 queries in 60 ms each, so that an
// answer comes although queries and answers get lost. A relay searches when it starts, `discover` and `pair-with` when
// they are called.
//
//   cctl::LanSearch search(self, now);
//   search.HandleTimeout(now);  // and again at PollTimeout()
//   while (const auto datagram = search.PollTransmit()) Broadcast(*datagram);
//   if (search.done(now)) ...   // who has not answered by now is not there

#ifndef CCTL_PROTO_LAN_SEARCH_H_
#define CCTL_PROTO_LAN_SEARCH_H_

#include <optional>
#include <string_view>
#include <utility>


namespace cctl {

class LanSearch {
 public:
  LanSearch(const Identity& self, Instant now) : next_(now), end_(now + kSearchTime) {
    AppendLanQuery(query_, LanQuery{self});
  }

  // Begins anew.
  void Restart(Instant now) {
    next_ = now;
    end_ = now + kSearchTime;
    left_ = kSearchQueries;
  }

  void HandleTimeout(Instant now) {
    if (left_ == 0 || now < next_) return;
    --left_;
    due_ = true;
    next_ = now + kQueryInterval;
  }

  // A query to send to every interface; valid as long as this object.
  std::optional<std::string_view> PollTransmit() {
    if (!std::exchange(due_, false)) return std::nullopt;
    return query_.view();
  }

  // When HandleTimeout is due; nothing once all queries have been sent.
  [[nodiscard]] std::optional<Instant> PollTimeout() const {
    return left_ == 0 ? std::nullopt : std::optional<Instant>(next_);
  }

  [[nodiscard]] bool done(Instant now) const { return now >= end_; }
  [[nodiscard]] Instant end() const { return end_; }

 private:
  Instant next_;
  Instant end_;
  int left_ = kSearchQueries;
  bool due_ = false;
  InlineString<kMaxIdentitySize + 40> query_;
};

}  // namespace cctl

#endif  // CCTL_PROTO_LAN_SEARCH_H_
// ---- cctl/proto/listener_handshake.h ----

// The listener's side of the handshake, as a state machine (docs/protocol.md, sections 4.1 and 4.2): it sends a
// challenge, reads one handshake, asks for the keys that the claimed identity may be tried with, has a new key stored,
// and only then says `ok`. Lines are a stranger's. All of it must be done within kListenerHandshakeLimit.
//
// Where a pair request comes in place of the handshake, the user is asked, for as long as Config::pair_timeout; once it
// is approved, the handshake that follows is tried with the proposed key alone.
//
// A proof by a tailnet's key shows nothing, since others can compute that: somebody has to vouch for who stands there.
//
// After every call send what PollTransmit() gives, then handle what PollEvent() gives; after Failed close the
// connection. While wants_line() is false hold back what arrives: after Authenticated it belongs to the session.
//
//   cctl::ListenerHandshake handshake({self, challenge}, now);  // challenge: Nonce::Generate
//   Send(handshake.PollTransmit(ids, date));
//   handshake.HandleLine(now, line);
//   if (const auto event = handshake.PollEvent()) {             // KeysWanted
//     handshake.HandleKeys(cctl::ListKeyCandidates(...), /*answer_wrong_proofs=*/true);

#ifndef CCTL_PROTO_LISTENER_HANDSHAKE_H_
#define CCTL_PROTO_LISTENER_HANDSHAKE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>


namespace cctl {

class ListenerHandshake {
 public:
  struct Config {
    Identity self;
    Nonce challenge;  // new for every connection, and in OpenChallenges while this machine lives
    Duration pair_timeout = kPairRequestTimeout;
  };

  // Somebody wants to pair. Is it let in? Answer by HandleDecision(). What it says of itself is not proved.
  struct PairRequested {
    Identity peer;
    VersionText version;      // empty: not said
    std::uint16_t port = 0;   // where it says it listens; 0: nowhere, or not said
    std::uint32_t check = 0;  // CheckNumber
  };

  // Which keys may `peer` be tried with? Answer by HandleKeys().
  struct KeysWanted {
    Identity peer;
  };

  // The proof is right by a key that is not yet stored for `peer`: store `key`, and where `invite` is there note the
  // join (NoteJoin), both durably. Of kProposed, a key that was never confirmed is replaced. Answer by HandleStored().
  struct StoreWanted {
    Identity peer;
    Psk key;
    KeyCandidate::Source source = KeyCandidate::Source::kInvite;  // never kStored or kTailnet
    std::optional<InviteId> invite;                               // of kInvite
    bool rekeyed = false;                                         // `key` is the joiner's own, not the link's
    bool confirms = false;  // the peer will show in the session that it has stored the key
  };

  // The proof is right by the tailnet's key, and shows nothing. Is it `peer` who stands there? Answer by
  // HandleVouched().
  struct VoucherWanted {
    Identity peer;
  };

  // `ok` is ready to be sent, and then the session begins.
  struct Authenticated {
    Identity peer;
    VersionText version;           // what it says it is
    std::uint16_t port = 0;        // where it says it listens; 0: nowhere, or a released peer
    bool proved = false;           // it asked for our proof and gets it; false: a released peer
    bool rekeyed = false;          // the key was made in this handshake
    std::optional<Proof> confirm;  // what its first heartbeat must carry, to show that it has stored the new key
  };

  struct Failed {
    Error error;                        // kProtocol, kTimeout, kDenied, kExpired, kBusy; part "pair": of a pair request
    std::optional<Identity> peer = {};  // who it said it was, if it came to that
    bool wrong_proof = false;           // counts against the address: no key proves it
    std::optional<InviteId> invite = {};  // of kExpired: the one it came by, if it was one
  };

  using Event = std::variant<PairRequested, KeysWanted, StoreWanted, VoucherWanted, Authenticated, Failed>;

  ListenerHandshake(const Config& config, Instant now) : config_(config), deadline_(now + kListenerHandshakeLimit) {}

  [[nodiscard]] ListenerState state() const { return state_; }

  // Who the other side says it is, once its handshake is there.
  [[nodiscard]] std::optional<Identity> claimed() const {
    return claim_ ? std::optional<Identity>(claim_->peer) : std::nullopt;
  }

  // Whether the next line is for this machine: the challenge has been sent and not been answered. One that is handed in
  // at another time fails the handshake: nobody has a reason to speak then. After the end lines are ignored.
  [[nodiscard]] bool wants_line() const {
    return state_ == ListenerState::kAwaitingHandshake && outgoing_ == Outgoing::kNothing;
  }

  // One line without its newline, as LineReader gives it.
  void HandleLine(Instant now, std::string_view line);

  // The answer to PairRequested. Anything but kApproved ends the connection once it has been sent.
  void HandleDecision(Instant now, PairStatus status);

  // The answer to KeysWanted. All of them are tried; which of them is right changes neither what is computed nor, but
  // for `expired`, what a stranger is told. `answer_wrong_proofs`: false closes without an ack where no key is right
  // (the address has had its share of wrong ones).
  void HandleKeys(std::span<const KeyCandidate> candidates, bool answer_wrong_proofs);

  // The answer to StoreWanted: whether everything is on disk. If not, the joiner is told `busy` and may come again.
  void HandleStored(bool ok);

  // The answer to VoucherWanted. If not, the other side is refused like one with a wrong proof.
  void HandleVouched(bool ok);

  // The time that PollTimeout() named has come. Too early, it does nothing.
  void HandleTimeout(Instant now);

  // The stream has ended, or LineReader has refused it.
  void HandleClosed();

  // The line to send now, its newline included, valid until the next call; empty: none. Id and date are taken for it
  // only if there is one.
  std::string_view PollTransmit(MessageIds& ids, UnixTime date);

  std::optional<Event> PollEvent() { return std::exchange(event_, std::nullopt); }

  // When HandleTimeout() is due.
  [[nodiscard]] std::optional<Instant> PollTimeout() const;

 private:
  enum class Outgoing : std::uint8_t { kNothing, kChallenge, kAck, kPairResponse };

  // A handshake whose form is right; nothing of it is proved.
  struct Claim {
    Identity peer;
    HandshakeView handshake;
  };

  void Move(ListenerInput input) { state_ = NextState(state_, input); }
  void Fail(ListenerInput input, Failed failed);
  void Answer(AckStatus status);
  void Respond(PairStatus status);
  void RequestPair(Instant now, const PairRequest& request);
  void Accept(const KeyCandidate& key);
  void Authenticate();
  [[nodiscard]] Result<Claim> ReadClaim(std::string_view line) const;
  [[nodiscard]] const KeyCandidate* FindKey(std::span<const KeyCandidate> candidates) const;

  Config config_;
  Instant deadline_;
  ListenerState state_ = ListenerState::kAwaitingHandshake;
  Outgoing outgoing_ = Outgoing::kChallenge;
  AckStatus status_ = AckStatus::kDenied;
  PairStatus pair_status_ = PairStatus::kDenied;
  bool rekeyed_ = false;
  std::optional<PairRequest> request_;  // from kAwaitingDecision on
  std::optional<Claim> claim_;          // from kAwaitingKeys on
  std::optional<Proof> our_proof_;      // once the proof was right and ours was asked for
  std::optional<Proof> confirm_;        // once there is a rotated key
  std::optional<Event> event_;          // the latest: what it replaces has lost its meaning
  InlineString<kMaxHandshakeLineWritten> line_;
};

inline void ListenerHandshake::HandleLine(Instant now, std::string_view line) {
  if (now >= deadline_) return HandleTimeout(now);
  if (!wants_line()) return Fail(ListenerInput::kOtherLine, {{Errc::kProtocol, 0, 0, "line"}});
  const Result<Claim> claim = ReadClaim(line);
  if (!claim && !request_) {
    const Result<PairRequest> request = ParsePairRequest(line);
    if (request) return RequestPair(now, *request);
    if (request.error().code != Errc::kUnsupported) {
      return Fail(ListenerInput::kOtherLine, {detail::PeerFault(request.error())});
    }
  }
  if (!claim) return Fail(ListenerInput::kOtherLine, {claim.error()});
  if (SameName(claim->peer, config_.self)) {
    Fail(ListenerInput::kOtherLine, {{Errc::kDenied, 0, 0, "identity"}, claim->peer, /*wrong_proof=*/true});
    return Answer(AckStatus::kDenied);
  }
  claim_ = *claim;
  Move(ListenerInput::kHandshake);
  if (!request_) {
    event_ = KeysWanted{claim_->peer};
    return;
  }
  // What was approved is this name with this key.
  const KeyCandidate proposed{KeyCandidate::Source::kProposed, request_->proposal};
  const std::size_t count = claim_->peer == request_->from ? 1 : 0;
  HandleKeys(std::span(&proposed, count), /*answer_wrong_proofs=*/true);
}

inline void ListenerHandshake::RequestPair(Instant now, const PairRequest& request) {
  request_ = request;
  if (SameName(request.from, config_.self)) {
    Fail(ListenerInput::kOtherLine, {{Errc::kDenied, 0, 0, "pair"}, request.from});
    return Respond(PairStatus::kDenied);
  }
  Move(ListenerInput::kPairRequest);
  deadline_ = now + config_.pair_timeout;
  event_ = PairRequested{request.from, request.version, request.port.value_or(0),
                         CheckNumber(request.proposal, config_.challenge)};
}

inline void ListenerHandshake::HandleDecision(Instant now, PairStatus status) {
  if (state_ != ListenerState::kAwaitingDecision) return;
  if (now >= deadline_) return HandleTimeout(now);
  if (status == PairStatus::kApproved) {
    Move(ListenerInput::kApproved);
    deadline_ = now + kApprovedLimit;
  } else {
    const Errc code = status == PairStatus::kBusy      ? Errc::kBusy
                      : status == PairStatus::kExpired ? Errc::kTimeout
                                                       : Errc::kDenied;
    Fail(ListenerInput::kRefused, {{code, 0, 0, "pair"}, request_->from});
  }
  Respond(status);
}

inline void ListenerHandshake::HandleKeys(std::span<const KeyCandidate> candidates, bool answer_wrong_proofs) {
  if (state_ != ListenerState::kAwaitingKeys) return;
  const KeyCandidate* const key = FindKey(candidates);
  if (key == nullptr) {
    Fail(ListenerInput::kNoKey, {{Errc::kDenied, 0, 0, "proof"}, claim_->peer, /*wrong_proof=*/true});
    if (answer_wrong_proofs) Answer(AckStatus::kDenied);
    return;
  }
  if (key->expired) {
    Fail(ListenerInput::kNoKey, {{Errc::kExpired, 0, 0, "invite"}, claim_->peer, false, key->invite});
    return Answer(AckStatus::kExpired);
  }
  // A joiner that rotates would be left alone with its new key if we kept the one that we have.
  const bool rekey = claim_->handshake.rekey;
  using Source = KeyCandidate::Source;
  const bool kept = key->source == Source::kStored || key->source == Source::kTailnet;
  if (rekey ? kept : key->needs_rekey) {
    Fail(ListenerInput::kNoKey, {{Errc::kDenied, 0, 0, "rekey"}, claim_->peer, false, key->invite});
    return Answer(AckStatus::kDenied);
  }
  Accept(*key);
}

inline void ListenerHandshake::HandleStored(bool ok) {
  if (state_ != ListenerState::kAwaitingStorage) return;
  if (!ok) {
    Fail(ListenerInput::kNotStored, {{Errc::kBusy, 0, 0, "storage"}, claim_->peer});
    return Answer(AckStatus::kBusy);
  }
  Move(ListenerInput::kStored);
  Authenticate();
}

inline void ListenerHandshake::HandleVouched(bool ok) {
  if (state_ != ListenerState::kAwaitingVoucher) return;
  if (!ok) {
    Fail(ListenerInput::kNotVouched, {{Errc::kDenied, 0, 0, "voucher"}, claim_->peer, /*wrong_proof=*/true});
    return Answer(AckStatus::kDenied);
  }
  Move(ListenerInput::kVouched);
  Authenticate();
}

inline void ListenerHandshake::HandleTimeout(Instant now) {
  if (now < deadline_) return;
  const bool undecided = state_ == ListenerState::kAwaitingDecision;
  Fail(ListenerInput::kTimeout, {{Errc::kTimeout, 0, 0, undecided ? "pair" : "handshake"}});
  if (undecided) Respond(PairStatus::kExpired);
}

inline void ListenerHandshake::HandleClosed() { Fail(ListenerInput::kClosed, {{Errc::kProtocol, 0, 0, "connection"}}); }

inline std::string_view ListenerHandshake::PollTransmit(MessageIds& ids, UnixTime date) {
  const Outgoing outgoing = std::exchange(outgoing_, Outgoing::kNothing);
  if (outgoing == Outgoing::kNothing) return {};
  line_.clear();
  if (outgoing == Outgoing::kPairResponse) {
    AppendPairResponse(line_, PairResponse{config_.self, pair_status_});
    return line_.view();
  }
  const MessageId id = ids.Next(date);
  const MessageHeader header{id.view(), config_.self.view(), date};
  if (outgoing == Outgoing::kChallenge) {
    AppendChallenge(line_, header, config_.challenge);
  } else {
    AppendHandshakeAck(line_, header, status_, our_proof_ ? &*our_proof_ : nullptr);
  }
  return line_.view();
}

inline std::optional<Instant> ListenerHandshake::PollTimeout() const {
  const bool ended = state_ == ListenerState::kAuthenticated || state_ == ListenerState::kFailed;
  return ended ? std::nullopt : std::optional<Instant>(deadline_);
}

inline Result<ListenerHandshake::Claim> ListenerHandshake::ReadClaim(std::string_view line) const {
  const Result<detail::HandshakeLine> read = detail::ReadHandshakeLine(line, MessageType::kHandshake);
  if (!read) return read.error();
  if (!read->from) return Error{Errc::kProtocol, 0, 0, "from_peer"};
  const Result<HandshakeView> handshake = ParseHandshake(read->payload);
  if (!handshake) return detail::PeerFault(handshake.error());
  return Claim{*read->from, *handshake};
}

// The candidate by which the proof is right, or null. Each of them is computed and compared in full, whatever the
// others were. Two can be right: a released joiner's key is the link's, and it may come again.
inline const KeyCandidate* ListenerHandshake::FindKey(std::span<const KeyCandidate> candidates) const {
  const HandshakeView& handshake = claim_->handshake;
  const auto preference = [&handshake](const KeyCandidate& key) {
    const bool stored = key.source == KeyCandidate::Source::kStored;
    return (key.expired ? 0 : 2) + (stored != handshake.rekey ? 1 : 0);
  };
  const bool well_formed = handshake.proof && !handshake.client_nonce_malformed;
  const Proof given = handshake.proof.value_or(Proof{});
  const KeyCandidate* found = nullptr;
  for (const KeyCandidate& key : candidates) {
    const bool right = ConstantTimeEqual(ConnectorProof(key.psk, config_.challenge), given);
    if (!right || !well_formed) continue;
    // Whoever knows the tailnet's key asks for our proof, too.
    if (key.source == KeyCandidate::Source::kTailnet && !handshake.client_nonce) continue;
    if (found == nullptr || preference(key) > preference(*found)) found = &key;
  }
  return found;
}

inline void ListenerHandshake::Accept(const KeyCandidate& key) {
  const Identity& peer = claim_->peer;
  const std::optional<Nonce>& client_nonce = claim_->handshake.client_nonce;
  if (client_nonce) our_proof_ = ListenerProof(key.psk, config_.self, peer, *client_nonce, config_.challenge);
  if (key.source == KeyCandidate::Source::kStored) {
    Move(ListenerInput::kKnownKey);
    return Authenticate();
  }
  if (key.source == KeyCandidate::Source::kTailnet) {
    Move(ListenerInput::kOpenKey);
    event_ = VoucherWanted{peer};
    return;
  }
  rekeyed_ = claim_->handshake.rekey;  // never without a client nonce: ParseHandshake
  const Psk stored = rekeyed_ ? RotatePsk(key.psk, *client_nonce, config_.challenge, peer, config_.self) : key.psk;
  // A requester may have lost our answer: it has to show that it has the key before the key counts.
  const bool unconfirmed = rekeyed_ || (key.source == KeyCandidate::Source::kProposed && client_nonce);
  if (unconfirmed) confirm_ = ConfirmProof(stored, *client_nonce, config_.challenge);
  Move(ListenerInput::kNewKey);
  event_ = StoreWanted{peer, stored, key.source, key.invite, rekeyed_, unconfirmed};
}

inline void ListenerHandshake::Authenticate() {
  const HandshakeView& handshake = claim_->handshake;
  const bool proved = our_proof_.has_value();
  event_ = Authenticated{claim_->peer, handshake.version, handshake.port.value_or(0), proved, rekeyed_, confirm_};
  Answer(AckStatus::kOk);
}

inline void ListenerHandshake::Answer(AckStatus status) {
  status_ = status;
  outgoing_ = Outgoing::kAck;
}

inline void ListenerHandshake::Respond(PairStatus status) {
  pair_status_ = status;
  outgoing_ = Outgoing::kPairResponse;
}

// Ends the handshake, unless it has ended already. Nothing is sent any more but what Answer() or Respond() then says.
inline void ListenerHandshake::Fail(ListenerInput input, Failed failed) {
  if (NextState(state_, input) == state_) return;
  Move(input);
  if (!failed.peer && claim_) failed.peer = claim_->peer;
  if (!failed.peer && request_) failed.peer = request_->from;
  outgoing_ = Outgoing::kNothing;
  our_proof_.reset();
  confirm_.reset();
  request_.reset();
  event_ = failed;
}

}  // namespace cctl

#endif  // CCTL_PROTO_LISTENER_HANDSHAKE_H_
// ---- cctl/proto/nearby_peer.h ----

// A machine on the LAN as somebody who asks is shown it: cctl/proto/nearby_peers.h keeps them.

#ifndef CCTL_PROTO_NEARBY_PEER_H_
#define CCTL_PROTO_NEARBY_PEER_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>


namespace cctl {

// One machine that was heard, as it says of itself.
struct NearbyPeer {
  Identity identity;
  std::optional<InstanceId> instance;
  VersionText version;
  std::uint32_t paired_count = 0;
  std::vector<RemoteAddress> addresses;  // in the order in which they were first heard; at least one
  bool paired = false;                   // we have a key for that name
  Instant first_heard;
};

// Drops the instances of which a later one was heard at the same address, and sorts the others by name, then in the
// order in which they were first heard.
inline void DropSuperseded(std::vector<NearbyPeer>& peers) {
  // By name, then by address, the latest first; then all but the first of each name and address go.
  std::sort(peers.begin(), peers.end(), [](const NearbyPeer& a, const NearbyPeer& b) {
    if (a.identity != b.identity) return a.identity < b.identity;
    const RemoteAddress& x = a.addresses[0];
    const RemoteAddress& y = b.addresses[0];
    if (x.ip != y.ip) return x.ip < y.ip;
    if (x.port != y.port) return x.port < y.port;
    return a.first_heard > b.first_heard;
  });
  const auto last = std::unique(peers.begin(), peers.end(), [](const NearbyPeer& a, const NearbyPeer& b) {
    return a.identity == b.identity && a.addresses[0] == b.addresses[0];
  });
  peers.erase(last, peers.end());
  std::stable_sort(peers.begin(), peers.end(), [](const NearbyPeer& a, const NearbyPeer& b) {
    return a.identity != b.identity ? a.identity < b.identity : a.first_heard < b.first_heard;
  });
}

}  // namespace cctl

#endif  // CCTL_PROTO_NEARBY_PEER_H_
// ---- cctl/proto/nearby_peers.h ----

// Who is near: what was heard on the LAN, judged and kept (docs/protocol.md, section 5). Nothing of it is proved; a
// relay shows it, dials addresses of it, and believes only what answers there. The memory is bounded whatever comes:
// newcomers are on probation, and replace only each other, until they are paired, heard twice at least half an interval
// apart, or shown to have a relay (HandleProbed). Datagrams from elsewhere than the link are not to be handed in.
//
//   cctl::NearbyPeers nearby({.self = self, .instance = instance, .hash_key = key}, now);
//   const auto heard = nearby.HandleAnnouncement(now, from, announcement);
//   nearby.HandleTimeout(now);  // and again at PollTimeout()
//   while (const auto event = nearby.PollEvent()) { ... }
//
// Two instances of one name are two machines, unless they were heard at one address: then the one that was heard first
// has ended, and is not listed. An announcement of somebody known costs one look-up and no allocation.

#ifndef CCTL_PROTO_NEARBY_PEERS_H_
#define CCTL_PROTO_NEARBY_PEERS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

// ---- cctl/proto/nearby_table.h ----

// The entries of cctl/proto/nearby_peers.h: found by name and instance in constant time whoever has chosen the names,
// and kept in two lists, those who are known to stay and those on probation, each in the order in which they were heard
// last. It knows nothing of times and rules. Nothing is allocated for an entry that is there.

#ifndef CCTL_PROTO_NEARBY_TABLE_H_
#define CCTL_PROTO_NEARBY_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>


namespace cctl::detail {

enum class NearbyList : std::uint8_t { kKnown, kProbation };

struct NearbyAddress {
  RemoteAddress at;
  Instant heard;  // last
};

// What a datagram of somebody known is compared with stands first, in one line of the processor's cache.
struct NearbyEntry {
  std::optional<InstanceId> instance;
  RemoteAddress last_from = {};  // where it was heard last
  bool paired = false;
  bool told = false;  // PeerFound was raised
  Instant last_heard = {};
  Identity identity;
  VersionText version;
  std::uint32_t paired_count = 0;
  std::uint8_t address_count = 0;
  std::array<NearbyAddress, kMaxNearbyAddresses> addresses = {};  // in the order in which they were first heard
  Instant first_heard = {};
  NearbyList list = NearbyList::kProbation;
};

class NearbyTable {
 public:
  using Slot = std::uint32_t;
  static constexpr Slot kNone = UINT32_MAX;

  explicit NearbyTable(const SipKey& key) : key_(key) {}

  [[nodiscard]] std::size_t size(NearbyList list) const { return lists_[Index(list)].size; }

  [[nodiscard]] Slot Find(const Identity& identity, std::optional<InstanceId> instance) const {
    const Slot slot = places_[PlaceOf(HashOf(identity, instance))].slot;
    if (slot == kNone) return kNone;
    // Two names with one keyed hash of 64 bits: the second is as good as not there.
    const NearbyEntry& entry = nodes_[slot].entry;
    return entry.identity == identity && entry.instance == instance ? slot : kNone;
  }

  NearbyEntry& operator[](Slot slot) { return nodes_[slot].entry; }
  const NearbyEntry& operator[](Slot slot) const { return nodes_[slot].entry; }

  // Puts a new entry at the end of its list; kNone if one with its hash is there.
  Slot Insert(const NearbyEntry& entry) {
    const std::size_t used = nodes_.size() - free_.size();
    if (2 * (used + 1) > places_.size()) Grow();
    const std::uint64_t hash = HashOf(entry.identity, entry.instance);
    const std::size_t place = PlaceOf(hash);
    if (places_[place].slot != kNone) return kNone;
    Slot slot = static_cast<Slot>(nodes_.size());
    if (free_.empty()) {
      nodes_.push_back({entry});
    } else {
      slot = free_.back();
      free_.pop_back();
      nodes_[slot].entry = entry;
    }
    places_[place] = {hash, slot};
    Link(slot);
    return slot;
  }

  void Erase(Slot slot) {
    Unlink(slot);
    std::size_t hole = PlaceOf(HashOf(nodes_[slot].entry.identity, nodes_[slot].entry.instance));
    free_.push_back(slot);
    // What stands behind, and would stand at the hole or before it if that were free, moves up.
    for (std::size_t next = Behind(hole); places_[next].slot != kNone; next = Behind(next)) {
      const std::size_t mask = places_.size() - 1;
      const std::size_t from_home = (next - places_[next].hash) & mask;
      if (from_home < ((next - hole) & mask)) continue;
      places_[hole] = places_[next];
      hole = next;
    }
    places_[hole] = {};
  }

  // Puts an entry at the end of a list.
  void MoveToEnd(Slot slot, NearbyList list) {
    Unlink(slot);
    nodes_[slot].entry.list = list;
    Link(slot);
  }

  // The one that was heard the longest ago; kNone: the list is empty.
  [[nodiscard]] Slot First(NearbyList list) const { return lists_[Index(list)].first; }
  [[nodiscard]] Slot Next(Slot slot) const { return nodes_[slot].next; }

 private:
  struct Node {
    NearbyEntry entry;
    Slot previous = kNone;
    Slot next = kNone;
  };
  struct List {
    Slot first = kNone;
    Slot last = kNone;
    std::size_t size = 0;
  };
  // Of a table with open addressing, at most half full: the entry of a hash stands at its lowest bits, or behind.
  struct Place {
    std::uint64_t hash = 0;
    Slot slot = kNone;
  };

  [[nodiscard]] std::size_t Behind(std::size_t place) const { return (place + 1) & (places_.size() - 1); }

  // Where an entry of that hash is, or would be put.
  [[nodiscard]] std::size_t PlaceOf(std::uint64_t hash) const {
    std::size_t place = hash & (places_.size() - 1);
    while (places_[place].slot != kNone && places_[place].hash != hash) place = Behind(place);
    return place;
  }

  void Grow() {
    const std::vector<Place> former = std::move(places_);
    places_.assign(2 * former.size(), Place{});
    for (const Place& place : former) {
      if (place.slot != kNone) places_[PlaceOf(place.hash)] = place;
    }
  }

  static std::size_t Index(NearbyList list) { return static_cast<std::size_t>(list); }

  [[nodiscard]] std::uint64_t HashOf(const Identity& identity, std::optional<InstanceId> instance) const {
    const std::uint64_t run = instance ? std::uint64_t{1} << 32 | static_cast<std::uint32_t>(*instance) : 0;
    const std::string_view name = identity.view();
    std::uint8_t both[sizeof run + kMaxIdentitySize];
    std::memcpy(both, &run, sizeof run);
    std::memcpy(both + sizeof run, name.data(), name.size());
    return SipHash(key_, ByteView(both, sizeof run + name.size()));
  }

  void Link(Slot slot) {
    List& list = lists_[Index(nodes_[slot].entry.list)];
    nodes_[slot].previous = list.last;
    nodes_[slot].next = kNone;
    (list.last == kNone ? list.first : nodes_[list.last].next) = slot;
    list.last = slot;
    ++list.size;
  }

  void Unlink(Slot slot) {
    Node& node = nodes_[slot];
    List& list = lists_[Index(node.entry.list)];
    (node.previous == kNone ? list.first : nodes_[node.previous].next) = node.next;
    (node.next == kNone ? list.last : nodes_[node.next].previous) = node.previous;
    --list.size;
  }

  SipKey key_;
  std::vector<Node> nodes_;
  std::vector<Slot> free_;
  std::vector<Place> places_{64};  // a power of two
  std::array<List, 2> lists_;
};

}  // namespace cctl::detail

#endif  // CCTL_PROTO_NEARBY_TABLE_H_
// ---- cctl/proto/peer_record.h ----

// What cctl/proto/peers.h remembers of one peer, kept small: there may be ten thousand of them.

#ifndef CCTL_PROTO_PEER_RECORD_H_
#define CCTL_PROTO_PEER_RECORD_H_

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

// ---- cctl/proto/peer_addresses.h ----

// The addresses of one peer in the order in which they are dialled, the one that answered last first: at most
// kMaxPeerAddresses texts in one block of memory, 8 bytes where there is none. What the texts mean ("192.0.2.7:9847")
// is for the dialler to know; they may come from outside.

#ifndef CCTL_PROTO_PEER_ADDRESSES_H_
#define CCTL_PROTO_PEER_ADDRESSES_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>


namespace cctl {

class PeerAddresses {
 public:
  [[nodiscard]] bool empty() const { return text_ == nullptr; }

  // The first address; empty if there is none.
  [[nodiscard]] std::string_view First() const { return Line(view()); }

  // The address after `address`; empty if that is the last or not here.
  [[nodiscard]] std::string_view After(std::string_view address) const {
    for (std::string_view rest = view(); !rest.empty();) {
      const std::string_view line = Line(rest);
      rest.remove_prefix(line.size() + 1);
      if (line == address) return Line(rest);
    }
    return {};
  }

  // Puts an address in front, or moves it there; the last goes if there are too many. One that is empty, too long or
  // holds a newline or a zero is ignored.
  void PutFirst(std::string_view address) {
    if (!IsUsable(address) || First() == address) return;
    Assign(address, view(), {});
  }

  // Puts an address at the end, in place of the last if there are too many; ignored where PutFirst would, or if it is
  // here already.
  void PutLast(std::string_view address) {
    if (!IsUsable(address) || Contains(address)) return;
    Assign({}, view(), address);
  }

 private:
  static bool IsUsable(std::string_view address) {
    return !address.empty() && address.size() <= kMaxPeerAddressSize &&
           address.find_first_of(std::string_view("\n\0", 2)) == std::string_view::npos;
  }

  static std::string_view Line(std::string_view text) { return text.substr(0, text.find('\n')); }

  [[nodiscard]] std::string_view view() const { return empty() ? std::string_view() : std::string_view(text_.get()); }

  [[nodiscard]] bool Contains(std::string_view address) const {
    for (std::string_view rest = view(); !rest.empty();) {
      const std::string_view line = Line(rest);
      if (line == address) return true;
      rest.remove_prefix(line.size() + 1);
    }
    return false;
  }

  // The addresses become `first`, then those of `middle` but for the two others, then `last`; either may be empty.
  void Assign(std::string_view first, std::string_view middle, std::string_view last) {
    std::string text;
    std::size_t count = last.empty() ? 0 : 1;
    const auto take = [&text](std::string_view address) { text.append(address).push_back('\n'); };
    if (!first.empty()) {
      take(first);
      ++count;
    }
    while (!middle.empty() && count < kMaxPeerAddresses) {
      const std::string_view line = Line(middle);
      middle.remove_prefix(line.size() + 1);
      if (line == first) continue;
      take(line);
      ++count;
    }
    if (!last.empty()) take(last);
    std::unique_ptr<char[]> block(new char[text.size() + 1]);
    text.copy(block.get(), text.size());
    block[text.size()] = '\0';
    text_ = std::move(block);
  }

  std::unique_ptr<char[]> text_;  // each address with a newline after it, then a zero
};

}  // namespace cctl

#endif  // CCTL_PROTO_PEER_ADDRESSES_H_
// ---- cctl/proto/peer_state.h ----

// Where a relay stands with one of its peers, and what takes it from one position to the next: the one table of it
// (docs/protocol.md, sections 4.1 and 4.3). What is done on the way is in cctl/proto/peers.h.

#ifndef CCTL_PROTO_PEER_STATE_H_
#define CCTL_PROTO_PEER_STATE_H_

#include <cstddef>
#include <cstdint>


namespace cctl {

enum class PeerState : std::uint8_t {
  kIdle,        // no session, and none of our making to come: the peer dials us, or has no address
  kWaiting,     // no session; dialled when its time has come
  kConnecting,  // being dialled
  kConnected,   // there is a session
  kRefused,     // it refused us, or was not who it should be; left alone for a while
  kHeld,        // the user disconnected it: not dialled, and refused if it dials, until the user connects it
};
inline constexpr std::size_t kPeerStates = 6;

enum class PeerEvent : std::uint8_t {
  kConnectAsked,     // by the user
  kDisconnectAsked,  // by the user
  kDialDue,          // its time has come
  kAnnounced,        // heard on the LAN
  kReappeared,       // heard on the LAN in a new instance; or the first address of it became known
  kRoundFailed,      // every address was dialled in vain
  kRoundRefused,     // the same, and at one of them we were refused
  kAuthenticated,    // a connection, whoever dialled it
  kLostOurs,         // the last connection, and it is for us to dial again
  kLostTheirs,       // the last connection, and the peer dials again
};
inline constexpr std::size_t kPeerEvents = 10;

namespace detail {

// clang-format off
inline constexpr PeerState kPeerTransitions[kPeerStates][kPeerEvents] = {
    // The columns in the order of PeerEvent, the rows in that of PeerState.
    {PeerState::kConnecting, PeerState::kHeld, PeerState::kIdle, PeerState::kIdle, PeerState::kWaiting,
     PeerState::kIdle, PeerState::kIdle, PeerState::kConnected, PeerState::kIdle, PeerState::kIdle},
    {PeerState::kConnecting, PeerState::kHeld, PeerState::kConnecting, PeerState::kWaiting, PeerState::kWaiting,
     PeerState::kWaiting, PeerState::kWaiting, PeerState::kConnected, PeerState::kWaiting, PeerState::kWaiting},
    {PeerState::kConnecting, PeerState::kHeld, PeerState::kConnecting, PeerState::kConnecting, PeerState::kConnecting,
     PeerState::kWaiting, PeerState::kRefused, PeerState::kConnected, PeerState::kConnecting, PeerState::kConnecting},
    {PeerState::kConnected, PeerState::kHeld, PeerState::kConnected, PeerState::kConnected, PeerState::kConnected,
     PeerState::kConnected, PeerState::kConnected, PeerState::kConnected, PeerState::kWaiting, PeerState::kIdle},
    {PeerState::kConnecting, PeerState::kHeld, PeerState::kConnecting, PeerState::kRefused, PeerState::kWaiting,
     PeerState::kRefused, PeerState::kRefused, PeerState::kConnected, PeerState::kRefused, PeerState::kRefused},
    {PeerState::kConnecting, PeerState::kHeld, PeerState::kHeld, PeerState::kHeld, PeerState::kHeld,
     PeerState::kHeld, PeerState::kHeld, PeerState::kHeld, PeerState::kHeld, PeerState::kHeld},
};
// clang-format on

}  // namespace detail

constexpr PeerState NextPeerState(PeerState state, PeerEvent event) {
  return detail::kPeerTransitions[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
}

// Whether dialling again soon is pointless, because only a user can change the answer: the other side does not know our
// key (any more), proves nothing, or is somebody else.
constexpr bool IsRefusal(Errc code) {
  return code == Errc::kDenied || code == Errc::kAuthFailed || code == Errc::kUnproven ||
         code == Errc::kIdentityMismatch || code == Errc::kExpired;
}

}  // namespace cctl

#endif  // CCTL_PROTO_PEER_STATE_H_
// ---- cctl/proto/reconnect_backoff.h ----

// How long to wait before a peer is dialled again: 5, 10, 20, 40, 60, 60, ... s, each with up to 10 % added at random,
// so that the peers of a relay that restarts do not come back all at once (docs/protocol.md, section 4.3). One byte.
//
//   cctl::ReconnectBackoff backoff;
//   const cctl::Instant due = now + backoff.Next(random);  // 5.0 to 5.5 s from now

#ifndef CCTL_PROTO_RECONNECT_BACKOFF_H_
#define CCTL_PROTO_RECONNECT_BACKOFF_H_

#include <cstdint>
#include <iterator>


namespace cctl {

class ReconnectBackoff {
 public:
  // The next delay. `random`: any value, each equally likely; it is no secret.
  constexpr Duration Next(std::uint16_t random) {
    const Duration delay = kDelays[step_];
    if (step_ + 1u < std::size(kDelays)) ++step_;
    return delay + Milliseconds(delay.ms * random / (10 * std::int64_t{UINT16_MAX}));
  }

  // Starts again with the shortest delay.
  constexpr void Reset() { step_ = 0; }

 private:
  static constexpr Duration kDelays[] = {Seconds(5), Seconds(10), Seconds(20), Seconds(40), Seconds(60)};

  std::uint8_t step_ = 0;
};

}  // namespace cctl

#endif  // CCTL_PROTO_RECONNECT_BACKOFF_H_

namespace cctl::detail {

struct PeerConnection {
  ConnectionId id{};
  bool dialled = false;
  bool proved = false;
};

struct PeerRecord {
  PeerAddresses addresses;
  PeerConnection newest;  // kConnected only
  std::unique_ptr<std::vector<PeerConnection>>
      others;     // kConnected only, the oldest first: of peers that prove nothing
  Instant since;  // of the newest connection; else of the last dial
  Instant due;    // of the next dial: kWaiting, kRefused
  ReconnectBackoff backoff;
  PeerState state = PeerState::kIdle;
  std::optional<Errc> error;
  bool dialled = false;   // by us, since the last stable session that the peer had dialled
  bool dialling = false;  // a DialWanted has not been answered
  bool refused = false;   // in this round of addresses
  bool restart = false;   // the round begins again after this dial: the user has named an address
};

static_assert(sizeof(PeerRecord) <= 56);

// The order of names without regard to the case of letters: those that SameName calls the same are equal.
struct PeerNameLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](char x, char y) { return AsciiLower(x) < AsciiLower(y); });
  }
};

}  // namespace cctl::detail

#endif  // CCTL_PROTO_PEER_RECORD_H_

namespace cctl {

class NearbyPeers {
 public:
  struct Config {
    Identity self;
    std::optional<InstanceId> instance;  // ours; absent: this program does not announce itself
    SipKey hash_key;                     // random, kept to this process
    Duration interval = kAnnounceInterval;
    std::size_t max_known = kMaxNearby;
    std::size_t max_probation = kMaxProbation;
    std::size_t max_probation_per_source = kMaxProbationPerSource;
  };

  enum class Verdict : std::uint8_t {
    kKnown,      // was there already
    kNew,        // is now
    kEcho,       // our own
    kDuplicate,  // another machine's with our name
    kNoRoom,     // dropped: the sender's share of newcomers is used up
  };
  struct Heard {
    Verdict verdict = Verdict::kKnown;
    bool paired = false;        // the name is a paired peer's: it may be dialled at once
    bool new_instance = false;  // and this run of it was not known before
  };

  struct PeerFound {
    Identity identity;
    RemoteAddress address;
    VersionText version;
    bool paired = false;
  };
  struct PeerLost {
    Identity identity;
    RemoteAddress address;
    bool goodbye = false;  // it said so; else it fell silent
  };
  // Another machine has our name. Once in kDuplicateReportInterval.
  struct DuplicateIdentity {
    AddressKey address;
  };
  // Does a relay of this name answer there? Answer by HandleProbed().
  struct ProbeWanted {
    Identity identity;
    std::optional<InstanceId> instance;
    RemoteAddress address;
  };
  using Event = std::variant<PeerFound, PeerLost, DuplicateIdentity, ProbeWanted>;

  NearbyPeers(const Config& config, Instant now)
      : config_(config), table_(config.hash_key), next_probe_(now), found_second_(now) {}

  // Who is paired: the names that always find room. Asked again whenever that changes.
  void SetPaired(std::span<const Identity> paired);

  Heard HandleAnnouncement(Instant now, const AddressKey& from, const Announcement& announcement);

  // Counts only from an address that announced that instance.
  void HandleGoodbye(const AddressKey& from, const Goodbye& goodbye);

  // What ProbeWanted asked for: whether a relay of that name answered.
  void HandleProbed(Instant now, const Identity& identity, std::optional<InstanceId> instance, bool answered);

  // Drops who has fallen silent.
  void HandleTimeout(Instant now);

  std::optional<Event> PollEvent() {
    if (events_.empty()) return std::nullopt;
    std::optional<Event> event(std::move(events_.front()));
    events_.pop_front();
    return event;
  }

  // When HandleTimeout is due; nothing while nobody is near.
  [[nodiscard]] std::optional<Instant> PollTimeout() const;

  // Everybody, by name, then in the order in which they were first heard.
  [[nodiscard]] std::vector<NearbyPeer> List() const;
  // Those of one name; two are two machines.
  [[nodiscard]] std::vector<NearbyPeer> Find(const Identity& identity) const;

  [[nodiscard]] std::size_t size() const { return table_.size(EntryList::kKnown) + table_.size(EntryList::kProbation); }
  [[nodiscard]] std::size_t probation() const { return table_.size(EntryList::kProbation); }
  void set_interval(Duration interval) { config_.interval = interval; }

 private:
  using EntryList = detail::NearbyList;
  using Entry = detail::NearbyEntry;
  using Slot = detail::NearbyTable::Slot;
  static constexpr Slot kNone = detail::NearbyTable::kNone;

  [[nodiscard]] Duration Lifetime() const { return config_.interval * kMissedAnnouncements; }
  [[nodiscard]] bool IsPaired(const Identity& identity) const { return paired_.count(identity.view()) > 0; }

  void Refresh(Instant now, Slot slot, const RemoteAddress& at, const Announcement& announcement);
  void NoteAddress(Instant now, Entry& entry, const RemoteAddress& at) const;
  Heard Admit(Instant now, const RemoteAddress& at, const Announcement& announcement);
  bool MakeRoom(EntryList list, const RemoteAddress& at);
  void Promote(Slot slot);
  void Tell(Instant now, Entry& entry);
  void Remove(Slot slot, bool goodbye);
  void ReportDuplicate(Instant now, const AddressKey& from);
  [[nodiscard]] static NearbyPeer View(const Entry& entry);
  [[nodiscard]] bool IsSuperseded(const Entry& entry) const;
  template <typename Wanted>
  [[nodiscard]] std::vector<NearbyPeer> Select(Wanted wanted) const;
  // The record of the source that brought an entry on probation: its first address.
  std::uint32_t& CountOf(const Entry& entry) {
    return per_source_[SipHash(config_.hash_key, SourceOf(entry.addresses[0].at.ip))];
  }
  void Uncount(const Entry& entry);

  Config config_;
  detail::NearbyTable table_;
  std::set<std::string, detail::PeerNameLess> paired_;
  std::unordered_map<std::uint64_t, std::uint32_t> per_source_;  // entries on probation, by the source's hash
  std::deque<Event> events_;
  Instant next_probe_;
  Instant found_second_;
  int found_in_second_ = 0;
  std::optional<Instant> duplicate_reported_;
};

inline void NearbyPeers::SetPaired(std::span<const Identity> paired) {
  paired_.clear();
  for (const Identity& identity : paired) paired_.emplace(identity.view());
  for (const EntryList list : {EntryList::kKnown, EntryList::kProbation}) {
    for (Slot slot = table_.First(list); slot != kNone;) {
      const Slot next = table_.Next(slot);
      table_[slot].paired = IsPaired(table_[slot].identity);
      if (table_[slot].paired && list == EntryList::kProbation) Promote(slot);
      slot = next;
    }
  }
}

inline NearbyPeers::Heard NearbyPeers::HandleAnnouncement(Instant now, const AddressKey& from,
                                                          const Announcement& announcement) {
  if (config_.instance && announcement.instance == config_.instance) return {Verdict::kEcho};
  if (SameName(announcement.identity, config_.self)) {
    ReportDuplicate(now, from);
    return {Verdict::kDuplicate};
  }
  const RemoteAddress at{from, announcement.port};
  const Slot slot = table_.Find(announcement.identity, announcement.instance);
  if (slot == kNone) return Admit(now, at, announcement);
  const Entry& known = table_[slot];
  // Each announcement comes in two forms, over each interface more than once; and a flood comes even more often.
  if (now - known.last_heard < kRepetition && known.last_from == at) return {Verdict::kKnown, known.paired, false};
  Refresh(now, slot, at, announcement);
  return {Verdict::kKnown, table_[slot].paired, false};
}

inline void NearbyPeers::Refresh(Instant now, Slot slot, const RemoteAddress& at, const Announcement& announcement) {
  Entry& entry = table_[slot];
  entry.version = announcement.version;
  entry.paired_count = announcement.paired_count;
  entry.last_heard = now;
  entry.last_from = at;
  NoteAddress(now, entry, at);
  table_.MoveToEnd(slot, entry.list);
  const bool stays = now - entry.first_heard >= Duration{config_.interval.ms / 2};
  if (entry.list == EntryList::kProbation && stays) Promote(slot);
  if (!entry.told) Tell(now, entry);
}

// A machine that moves keeps its place in the order; one address too many takes the place of one that has fallen
// silent.
inline void NearbyPeers::NoteAddress(Instant now, Entry& entry, const RemoteAddress& at) const {
  const auto begin = entry.addresses.begin();
  const auto end = begin + entry.address_count;
  const auto found = std::find_if(begin, end, [&at](const detail::NearbyAddress& a) { return a.at == at; });
  if (found != end) {
    found->heard = now;
    return;
  }
  const auto silent =
      std::find_if(begin, end, [this, now](const detail::NearbyAddress& a) { return now - a.heard >= Lifetime(); });
  if (entry.list == EntryList::kProbation) {
    // The first address is whose share it is counted in: it stays.
    if (silent == begin || entry.address_count == kMaxNearbyAddresses) return;
  }
  if (silent != end) {
    std::move(silent + 1, end, silent);
    --entry.address_count;
  }
  if (entry.address_count < kMaxNearbyAddresses) entry.addresses[entry.address_count++] = {at, now};
}

inline NearbyPeers::Heard NearbyPeers::Admit(Instant now, const RemoteAddress& at, const Announcement& announcement) {
  const bool paired = IsPaired(announcement.identity);
  const EntryList list = paired ? EntryList::kKnown : EntryList::kProbation;
  if (!MakeRoom(list, at)) return {Verdict::kNoRoom};
  Entry entry{.instance = announcement.instance,
              .last_from = at,
              .identity = announcement.identity,
              .version = announcement.version,
              .paired_count = announcement.paired_count};
  entry.addresses[0] = {at, now};
  entry.address_count = 1;
  entry.first_heard = entry.last_heard = now;
  entry.list = list;
  entry.paired = paired;
  const Slot slot = table_.Insert(entry);
  if (slot == kNone) return {Verdict::kNoRoom};
  if (list == EntryList::kProbation) ++CountOf(entry);
  Tell(now, table_[slot]);
  if (list == EntryList::kProbation && probation() > config_.max_probation / 2 && now >= next_probe_) {
    next_probe_ = now + kProbeInterval;
    events_.push_back(ProbeWanted{entry.identity, entry.instance, at});
  }
  return {Verdict::kNew, paired, true};
}

// Room for one more in a list. A paired name takes the place of whoever was heard the longest ago and is not paired.
inline bool NearbyPeers::MakeRoom(EntryList list, const RemoteAddress& at) {
  if (list == EntryList::kProbation) {
    const auto share = per_source_.find(SipHash(config_.hash_key, SourceOf(at.ip)));
    if (share != per_source_.end() && share->second >= config_.max_probation_per_source) return false;
    if (probation() >= config_.max_probation) Remove(table_.First(list), /*goodbye=*/false);
    return true;
  }
  if (table_.size(list) < config_.max_known) return true;
  Slot slot = table_.First(list);
  while (slot != kNone && table_[slot].paired) slot = table_.Next(slot);
  if (slot == kNone) slot = table_.First(list);  // more paired names than room: the longest silent goes
  Remove(slot, /*goodbye=*/false);
  return true;
}

// Off probation, if there is room; a paired one makes it.
inline void NearbyPeers::Promote(Slot slot) {
  Entry& entry = table_[slot];
  if (entry.paired) {
    (void)MakeRoom(EntryList::kKnown, entry.addresses[0].at);
  } else if (table_.size(EntryList::kKnown) >= config_.max_known) {
    return;
  }
  Uncount(entry);
  table_.MoveToEnd(slot, EntryList::kKnown);
}

inline void NearbyPeers::Tell(Instant now, Entry& entry) {
  if (entry.list == EntryList::kProbation) {
    if (now - found_second_ >= Seconds(1)) {
      found_second_ = now;
      found_in_second_ = 0;
    }
    if (found_in_second_ >= kMaxFoundPerSecond) return;
    ++found_in_second_;
  }
  entry.told = true;
  events_.push_back(PeerFound{entry.identity, entry.addresses[0].at, entry.version, entry.paired});
}

inline void NearbyPeers::Uncount(const Entry& entry) {
  if (entry.list != EntryList::kProbation) return;
  const auto share = per_source_.find(SipHash(config_.hash_key, SourceOf(entry.addresses[0].at.ip)));
  if (share != per_source_.end() && --share->second == 0) per_source_.erase(share);
}

inline void NearbyPeers::Remove(Slot slot, bool goodbye) {
  const Entry& entry = table_[slot];
  Uncount(entry);
  if (entry.told && !IsSuperseded(entry)) {
    events_.push_back(PeerLost{entry.identity, entry.addresses[0].at, goodbye});
  }
  table_.Erase(slot);
}

// Whether the machine is still near, in another run of its relay.
inline bool NearbyPeers::IsSuperseded(const Entry& entry) const {
  for (const EntryList list : {EntryList::kKnown, EntryList::kProbation}) {
    for (Slot slot = table_.First(list); slot != kNone; slot = table_.Next(slot)) {
      const Entry& other = table_[slot];
      if (&other == &entry || other.identity != entry.identity) continue;
      if (other.addresses[0].at == entry.addresses[0].at) return true;
    }
  }
  return false;
}

inline void NearbyPeers::ReportDuplicate(Instant now, const AddressKey& from) {
  if (duplicate_reported_ && now - *duplicate_reported_ < kDuplicateReportInterval) return;
  duplicate_reported_ = now;
  events_.push_back(DuplicateIdentity{from});
}

inline void NearbyPeers::HandleGoodbye(const AddressKey& from, const Goodbye& goodbye) {
  const Slot slot = table_.Find(goodbye.identity, goodbye.instance);
  if (slot == kNone) return;
  const Entry& entry = table_[slot];
  const auto end = entry.addresses.begin() + entry.address_count;
  const bool announced = std::any_of(entry.addresses.begin(), end,
                                     [&from](const detail::NearbyAddress& address) { return address.at.ip == from; });
  if (announced) Remove(slot, /*goodbye=*/true);
}

inline void NearbyPeers::HandleProbed(Instant now, const Identity& identity, std::optional<InstanceId> instance,
                                      bool answered) {
  const Slot slot = table_.Find(identity, instance);
  if (slot == kNone || !answered || table_[slot].list != EntryList::kProbation) return;
  Promote(slot);
  if (!table_[slot].told) Tell(now, table_[slot]);
}

inline void NearbyPeers::HandleTimeout(Instant now) {
  for (const EntryList list : {EntryList::kKnown, EntryList::kProbation}) {
    for (Slot slot = table_.First(list); slot != kNone; slot = table_.First(list)) {
      if (now - table_[slot].last_heard < Lifetime()) break;
      Remove(slot, /*goodbye=*/false);
    }
  }
}

inline std::optional<Instant> NearbyPeers::PollTimeout() const {
  std::optional<Instant> due;
  for (const EntryList list : {EntryList::kKnown, EntryList::kProbation}) {
    const Slot first = table_.First(list);
    if (first == kNone) continue;
    const Instant silent = table_[first].last_heard + Lifetime();
    if (!due || silent < *due) due = silent;
  }
  return due;
}

inline NearbyPeer NearbyPeers::View(const Entry& entry) {
  NearbyPeer peer{entry.identity, entry.instance,   entry.version, entry.paired_count, {},
                  entry.paired,   entry.first_heard};
  for (std::size_t i = 0; i < entry.address_count; ++i) peer.addresses.push_back(entry.addresses[i].at);
  return peer;
}

// Those that `wanted` names, but for the instances of which a later one was heard at the same address.
template <typename Wanted>
std::vector<NearbyPeer> NearbyPeers::Select(Wanted wanted) const {
  std::vector<NearbyPeer> peers;
  for (const EntryList list : {EntryList::kKnown, EntryList::kProbation}) {
    for (Slot slot = table_.First(list); slot != kNone; slot = table_.Next(slot)) {
      if (wanted(table_[slot])) peers.push_back(View(table_[slot]));
    }
  }
  DropSuperseded(peers);
  return peers;
}

inline std::vector<NearbyPeer> NearbyPeers::List() const {
  return Select([](const Entry&) { return true; });
}

inline std::vector<NearbyPeer> NearbyPeers::Find(const Identity& identity) const {
  return Select([&identity](const Entry& entry) { return entry.identity == identity; });
}

}  // namespace cctl

#endif  // CCTL_PROTO_NEARBY_PEERS_H_
// ---- cctl/proto/pair_queue.h ----

// Pair requests that wait for somebody's yes or no (docs/protocol.md, section 4.2): at most 32, 4 of one address. What
// a request says of itself is a stranger's; the check number and the address are what a person can go by. Time limits
// are the handshakes' own (cctl/proto/listener_handshake.h): what ends there is withdrawn here.
//
//   const auto received = queue.Receive(now, {connection, identity, address, version, check}, timeout);
//   ...
//   if (const auto request = queue.Decide(now, id, /*approved=*/true)) Answer(request->connection);

#ifndef CCTL_PROTO_PAIR_QUEUE_H_
#define CCTL_PROTO_PAIR_QUEUE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>


namespace cctl {

// What a person types to name a request: 4 lower-case hexadecimal digits.
enum class PairRequestId : std::uint16_t {};

constexpr InlineString<4> FormatPairRequestId(PairRequestId id) {
  InlineString<4> text;
  for (unsigned shift = 16; shift > 0; shift -= 4) {
    text.push_back(HexDigit(static_cast<std::uint16_t>(id) >> (shift - 4) & 15u));
  }
  return text;
}

struct QueuedPair {
  PairRequestId id{};
  ConnectionId connection{};
  Identity identity;
  AddressKey address{};
  VersionText version;      // empty: not said
  std::uint32_t check = 0;  // CheckNumber
  Instant received;
  Instant expires;
};

class PairQueue {
 public:
  struct Arrival {
    ConnectionId connection{};
    Identity identity;
    AddressKey address{};
    VersionText version = {};
    std::uint32_t check = 0;
  };

  enum class Reception : std::uint8_t {
    kQueued,
    kBusy,    // too many wait, or came within a minute
    kDenied,  // that name was denied at that address within the last minute
  };

  // `random` outlives this. Should it fail, ids are counted instead.
  explicit PairQueue(RandomSource& random) : random_(random) {}

  // A request has come that may be asked about: of an identity that is neither ours nor paired.
  Reception Receive(Instant now, const Arrival& arrival, Duration timeout) {
    const AddressKey source = SourceOf(arrival.address);
    std::erase_if(denials_, [now](const Denial& denial) { return now >= denial.until; });
    for (const Denial& denial : denials_) {
      if (denial.source == source && SameName(denial.identity, arrival.identity)) return Reception::kDenied;
    }
    const auto waiting = std::count_if(requests_.begin(), requests_.end(), [&source](const QueuedPair& request) {
      return SourceOf(request.address) == source;
    });
    if (requests_.size() >= kMaxPairRequests || waiting >= std::ptrdiff_t{kMaxPairRequestsPerSource}) {
      return Reception::kBusy;
    }
    if (!NoteArrival(now, source)) return Reception::kBusy;
    requests_.push_back({NewId(), arrival.connection, arrival.identity, arrival.address, arrival.version, arrival.check,
                         now, now + timeout});
    return Reception::kQueued;
  }

  // Those that wait, the oldest first. The latest is back() after kQueued.
  [[nodiscard]] std::span<const QueuedPair> requests() const { return requests_; }

  // Those that a word names: an id, or the name of who asks. Two of one name are two requests.
  [[nodiscard]] std::vector<QueuedPair> Find(std::string_view word) const {
    std::vector<QueuedPair> found;
    for (const QueuedPair& request : requests_) {
      if (FormatPairRequestId(request.id) == word) return {request};
      if (request.identity.view() == word) found.push_back(request);
    }
    return found;
  }

  // Takes a request out; nothing if it has been decided, or withdrawn.
  std::optional<QueuedPair> Decide(Instant now, PairRequestId id, bool approved) {
    const auto found =
        std::find_if(requests_.begin(), requests_.end(), [id](const QueuedPair& request) { return request.id == id; });
    if (found == requests_.end()) return std::nullopt;
    if (!approved) {
      if (denials_.size() == kMaxDenials) denials_.erase(denials_.begin());
      denials_.push_back({found->identity, SourceOf(found->address), now + kDeniedPause});
    }
    return Take(found);
  }

  // The connection is gone, or its time is over.
  std::optional<QueuedPair> Withdraw(Instant now, ConnectionId connection) {
    const auto found = std::find_if(requests_.begin(), requests_.end(), [connection](const QueuedPair& request) {
      return request.connection == connection;
    });
    if (found == requests_.end()) return std::nullopt;
    if (gone_.size() == kMaxDenials) gone_.erase(gone_.begin());
    gone_.push_back({found->identity, now});
    return Take(found);
  }

  // Whether a request of that name was withdrawn a short time ago: then the one that is there may not be the one that
  // somebody has looked at, and is to be named by its id.
  [[nodiscard]] bool HasChanged(Instant now, const Identity& identity) const {
    return std::any_of(gone_.begin(), gone_.end(), [&](const Gone& gone) {
      return now - gone.at < kPairRequestTimeout && gone.identity == identity;
    });
  }

 private:
  struct Gone {
    Identity identity;
    Instant at;
  };
  struct Denial {
    Identity identity;
    AddressKey source;
    Instant until;
  };
  struct Recent {
    Instant at;
    AddressKey source;
  };

  // Counts a request that will be asked about; false: there have been too many.
  bool NoteArrival(Instant now, const AddressKey& source) {
    std::erase_if(recent_, [now](const Recent& recent) { return now - recent.at >= Minutes(1); });
    const auto same =
        std::count_if(recent_.begin(), recent_.end(), [&](const Recent& recent) { return recent.source == source; });
    if (recent_.size() >= kMaxPairRequestsPerMinute) return false;
    if (same >= std::ptrdiff_t{kMaxPairRequestsPerMinutePerSource}) return false;
    recent_.push_back({now, source});
    return true;
  }

  PairRequestId NewId() {
    std::uint8_t bytes[2] = {};
    std::uint16_t id = ++last_id_;
    if (random_.Fill(bytes)) id = static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
    const auto is_taken = [this](std::uint16_t value) {
      return std::any_of(requests_.begin(), requests_.end(),
                         [value](const QueuedPair& request) { return request.id == PairRequestId{value}; });
    };
    while (is_taken(id)) ++id;
    return PairRequestId{last_id_ = id};
  }

  QueuedPair Take(std::vector<QueuedPair>::iterator position) {
    QueuedPair taken = *position;
    requests_.erase(position);
    return taken;
  }

  RandomSource& random_;
  std::vector<QueuedPair> requests_;  // the oldest first
  std::vector<Denial> denials_;       // the oldest first
  std::vector<Gone> gone_;            // the oldest first
  std::vector<Recent> recent_;
  std::uint16_t last_id_ = 0;
};

}  // namespace cctl

#endif  // CCTL_PROTO_PAIR_QUEUE_H_
// ---- cctl/proto/peers.h ----

// Whom to dial when, and which session stays (docs/protocol.md, sections 4.1 and 4.3). A relay tells this machine of
// its peers and of what became of dials and connections, and does what the events say:
//
//   for (const StoredPeer& peer : stored) peers.Add(now, peer.identity, peer.addresses);
//   peers.HandleTimeout(now);                                // and again at PollTimeout()
//   while (std::optional<cctl::Peers::Event> event = peers.PollEvent()) { ... }
//
// - Each DialWanted is answered by exactly one HandleDialFailed or HandleAuthenticated(dialled), whatever happens to
//   the peer meanwhile. Connections for which there was no DialWanted (a join, a pairing) are reported the same way.
// - Each connection that was authenticated is reported by HandleAuthenticated before any line of it is handled; a peer
//   is Add()ed before. CloseWanted may be the answer. When a connection closes, for whatever reason, HandleClosed.
// - Messages are sent on connection(identity), and read from every connection that is not to be closed.
//
// Only the side that dialled dials again (both may, after a short session): after 5, 10, 20, 40, 60, 60, ... s, each
// time all addresses one after the other, the one that answered last first. A peer that refuses us at one of them
// (IsRefusal) and answers at none is left alone for 10 minutes, or until the user or a new instance of it asks.
//
// Names are compared as SameName does: two that differ in case are one peer. An idle peer costs about 160 bytes and no
// timer; every call is O(log n) in the number of peers.

#ifndef CCTL_PROTO_PEERS_H_
#define CCTL_PROTO_PEERS_H_

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// ---- cctl/proto/session_choice.h ----

// One peer, one session: which of two authenticated connections to one peer stays (docs/protocol.md, section 4.1). Both
// ends decide on their own and come to the same end, except where two crossed dials were authenticated just under five
// seconds apart as one end sees it and just over as the other does; then both close, and one is dialled again.

#ifndef CCTL_PROTO_SESSION_CHOICE_H_
#define CCTL_PROTO_SESSION_CHOICE_H_

#include <cstdint>


namespace cctl {

struct SessionOrigin {
  bool dialled = false;   // by us; else by the peer
  bool proved = false;    // the peer proved the key to us (dialled) or asked us to prove it (accepted): one of ours
  Instant authenticated;  // when, on our clock
};

enum class SessionChoice : std::uint8_t {
  kNewer,  // the older is closed
  kOlder,  // the newer is closed
  kBoth,
};

// `self_is_lesser`: our identity is, as bytes, less than the peer's. `newer` was authenticated after `older`.
constexpr SessionChoice ChooseSession(const SessionOrigin& older, const SessionOrigin& newer, bool self_is_lesser) {
  // A released peer opens connections as it likes, and cannot be expected to agree on one.
  if (!older.proved && !newer.proved) return SessionChoice::kBoth;
  // Whoever proved nothing may be somebody else at the peer's address, and must not displace one who did.
  if (older.proved != newer.proved) return newer.proved ? SessionChoice::kNewer : SessionChoice::kOlder;
  const bool crossed =
      older.dialled != newer.dialled && newer.authenticated - older.authenticated <= kCrossedDialWindow;
  if (!crossed) return SessionChoice::kNewer;
  // The one whose connector has the lesser identity.
  return newer.dialled == self_is_lesser ? SessionChoice::kNewer : SessionChoice::kOlder;
}

}  // namespace cctl

#endif  // CCTL_PROTO_SESSION_CHOICE_H_

namespace cctl {

class Peers {
 public:
  struct DialWanted {
    Identity identity;    // whom to expect there
    std::string address;  // one that was given to Add, Connect, HandleAnnounced or HandleAuthenticated
  };
  struct CloseWanted {
    ConnectionId connection;
  };
  // The first session with a peer; another that takes its place or stands beside it is no event.
  struct PeerConnected {
    Identity identity;
    std::string address;  // as HandleAuthenticated was told
  };
  // The last one is gone. `reason`: what HandleClosed was told, or kInterrupted after Disconnect and Remove.
  struct PeerDisconnected {
    Identity identity;
    Errc reason;
  };
  using Event = std::variant<DialWanted, CloseWanted, PeerConnected, PeerDisconnected>;

  struct Status {
    PeerState state;
    std::optional<Errc> error;               // why there is no session: how the last dial or session ended
    std::optional<Instant> next_dial;        // kWaiting, kRefused
    std::optional<ConnectionId> connection;  // kConnected: the newest, to send on
  };

  // `random` spreads the dials, and must outlive this. Should it fail, they are not spread.
  Peers(const Identity& self, RandomSource& random) : self_(self), random_(random) {}

  // A paired peer and where it may be found, the address that answered last first. It is dialled at once, as far as
  // kMaxDials allows: call HandleTimeout. For a peer that is known the addresses are put in front of the others.
  void Add(Instant now, const Identity& identity, std::span<const std::string> addresses);

  // Forgets a peer: its sessions are to be closed. False if there is none of that name.
  bool Remove(Instant now, const Identity& identity);

  // The user wants a session: dials at once, whatever the state, first at `address` if one is given. Errors: kNotFound
  // (part "peer"), kUnreachable (part "address": none is known).
  Result<void> Connect(Instant now, const Identity& identity, std::string_view address = {});

  // The user wants no session: it is closed, and the peer is neither dialled nor let in until Connect, or a restart of
  // the program. (A listener that finds the peer kHeld does well to answer `busy` before it comes to that.) False if
  // there is none of that name.
  bool Disconnect(Instant now, const Identity& identity);

  // A connection was authenticated. `proved`: see SessionOrigin. `address`: where it was dialled, or where the peer
  // says that it listens, at the address it came from; empty if it does not. That is the first to be dialled from now
  // on.
  void HandleAuthenticated(Instant now, const Identity& identity, ConnectionId connection, bool dialled, bool proved,
                           std::string_view address);

  // A connection has closed. One that is not known, because it was to be closed anyway, is ignored.
  void HandleClosed(Instant now, const Identity& identity, ConnectionId connection, Errc reason);

  // What DialWanted asked for has failed, before or during the handshake.
  void HandleDialFailed(Instant now, const Identity& identity, Errc reason, std::string_view address);

  // An announcement that names the peer came from an on-link address. `new_instance`: this instance of it had not been
  // heard before. Nobody has proved anything: a peer that waits is dialled at once, but once in 5 s at most.
  void HandleAnnounced(Instant now, const Identity& identity, std::string_view address, bool new_instance);

  // Asks for the dials that are due. Too early it does nothing.
  void HandleTimeout(Instant now);

  std::optional<Event> PollEvent() {
    if (events_.empty()) return std::nullopt;
    std::optional<Event> event(std::move(events_.front()));
    events_.pop_front();
    return event;
  }

  // When HandleTimeout is due; nothing while nobody is to be dialled, or as many as may be are.
  [[nodiscard]] std::optional<Instant> PollTimeout() const {
    if (timers_.empty() || dials_ >= kMaxDials) return std::nullopt;
    return timers_.begin()->first;
  }

  // Where we stand with a peer; nothing if there is none of that name.
  [[nodiscard]] std::optional<Status> Find(const Identity& identity) const;

  // The connection to send on, if there is one.
  [[nodiscard]] std::optional<ConnectionId> connection(const Identity& identity) const {
    const auto found = peers_.find(identity.view());
    if (found == peers_.end() || found->second.state != PeerState::kConnected) return std::nullopt;
    return found->second.newest.id;
  }

  // Everybody who was added, in the order of their names.
  [[nodiscard]] std::vector<Identity> Identities() const {
    std::vector<Identity> identities;
    identities.reserve(peers_.size());
    for (const Entry& entry : peers_) identities.push_back(NameOf(entry));
    return identities;
  }

  [[nodiscard]] std::size_t size() const { return peers_.size(); }

 private:
  using Map = std::map<std::string, detail::PeerRecord, detail::PeerNameLess>;
  using Entry = Map::value_type;

  static Identity NameOf(const Entry& entry) { return *Identity::Parse(entry.first); }

  // Changes the state as the table says; a dial that was planned is planned no longer.
  void Move(Entry& entry, PeerEvent event) {
    timers_.erase({entry.second.due, entry.first});
    entry.second.state = NextPeerState(entry.second.state, event);
  }

  // Plans the next dial of a peer that is kWaiting or kRefused.
  void Plan(Entry& entry, Instant due) {
    timers_.erase({entry.second.due, entry.first});
    entry.second.due = due;
    timers_.emplace(due, entry.first);
  }

  Instant AfterBackoff(Instant now, detail::PeerRecord& peer) {
    std::uint8_t bytes[2] = {};
    if (!random_.Fill(bytes)) bytes[0] = bytes[1] = 0;
    return now + peer.backoff.Next(static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]));
  }

  // Begins a round of all addresses. While an earlier dial is under way its end does so.
  void BeginRound(Instant now, Entry& entry) {
    entry.second.refused = false;
    entry.second.restart = entry.second.dialling;
    if (!entry.second.dialling) Dial(now, entry, entry.second.addresses.First());
  }

  void Dial(Instant now, Entry& entry, std::string_view address) {
    entry.second.dialling = true;
    entry.second.dialled = true;
    entry.second.since = now;
    ++dials_;
    events_.push_back(DialWanted{NameOf(entry), std::string(address)});
  }

  void EndDial(detail::PeerRecord& peer) {
    if (!peer.dialling) return;
    peer.dialling = false;
    --dials_;
  }

  // Asks for every connection of a peer to be closed.
  void CloseAll(detail::PeerRecord& peer) {
    events_.push_back(CloseWanted{peer.newest.id});
    if (peer.others == nullptr) return;
    for (const detail::PeerConnection& other : *peer.others) events_.push_back(CloseWanted{other.id});
    peer.others.reset();
  }

  // Lets a new connection of a peer that has one in, or not.
  bool Choose(Instant now, Entry& entry, const detail::PeerConnection& newer);

  Identity self_;
  RandomSource& random_;
  Map peers_;
  std::set<std::pair<Instant, std::string_view>> timers_;  // views of the map's keys
  std::deque<Event> events_;
  std::size_t dials_ = 0;
};

inline void Peers::Add(Instant now, const Identity& identity, std::span<const std::string> addresses) {
  const auto [found, is_new] = peers_.try_emplace(std::string(identity.view()));
  Entry& entry = *found;
  detail::PeerRecord& peer = entry.second;
  if (is_new) peer.since = now - kAnnouncedDialInterval;
  const bool had_none = peer.addresses.empty();
  for (std::size_t i = addresses.size(); i-- > 0;) peer.addresses.PutFirst(addresses[i]);
  if (!had_none || peer.addresses.empty()) return;
  Move(entry, PeerEvent::kReappeared);
  if (peer.state == PeerState::kWaiting) Plan(entry, now);
}

inline bool Peers::Remove(Instant now, const Identity& identity) {
  if (!Disconnect(now, identity)) return false;
  const auto found = peers_.find(identity.view());
  EndDial(found->second);
  peers_.erase(found);
  return true;
}

inline Result<void> Peers::Connect(Instant now, const Identity& identity, std::string_view address) {
  const auto found = peers_.find(identity.view());
  if (found == peers_.end()) return Error{Errc::kNotFound, 0, 0, "peer"};
  detail::PeerRecord& peer = found->second;
  peer.addresses.PutFirst(address);
  if (peer.state == PeerState::kConnected) return {};
  if (peer.addresses.empty()) return Error{Errc::kUnreachable, 0, 0, "address"};
  const bool connecting = peer.state == PeerState::kConnecting;
  peer.backoff.Reset();
  Move(*found, PeerEvent::kConnectAsked);
  if (!connecting || !address.empty()) BeginRound(now, *found);
  return {};
}

inline bool Peers::Disconnect(Instant, const Identity& identity) {
  const auto found = peers_.find(identity.view());
  if (found == peers_.end()) return false;
  detail::PeerRecord& peer = found->second;
  if (peer.state == PeerState::kConnected) {
    CloseAll(peer);
    peer.error = Errc::kInterrupted;
    events_.push_back(PeerDisconnected{NameOf(*found), Errc::kInterrupted});
  }
  Move(*found, PeerEvent::kDisconnectAsked);
  return true;
}

inline void Peers::HandleAuthenticated(Instant now, const Identity& identity, ConnectionId connection, bool dialled,
                                       bool proved, std::string_view address) {
  const auto found = peers_.find(identity.view());
  if (found == peers_.end()) {
    events_.push_back(CloseWanted{connection});
    return;
  }
  detail::PeerRecord& peer = found->second;
  if (dialled) EndDial(peer);
  const PeerState before = peer.state;
  Move(*found, PeerEvent::kAuthenticated);
  if (peer.state != PeerState::kConnected) {
    events_.push_back(CloseWanted{connection});
    return;
  }
  peer.addresses.PutFirst(address);
  const detail::PeerConnection newer{connection, dialled, proved};
  if (before == PeerState::kConnected && !Choose(now, *found, newer)) {
    events_.push_back(CloseWanted{connection});
    return;
  }
  peer.newest = newer;
  peer.since = now;
  if (before == PeerState::kConnected) return;
  peer.error.reset();
  events_.push_back(PeerConnected{NameOf(*found), std::string(address)});
}

inline bool Peers::Choose(Instant now, Entry& entry, const detail::PeerConnection& newer) {
  detail::PeerRecord& peer = entry.second;
  const SessionChoice choice = ChooseSession({peer.newest.dialled, peer.newest.proved, peer.since},
                                             {newer.dialled, newer.proved, now}, self_ < NameOf(entry));
  if (choice == SessionChoice::kOlder) return false;
  if (choice == SessionChoice::kNewer) {
    CloseAll(peer);
    return true;
  }
  if (peer.others == nullptr) peer.others = std::make_unique<std::vector<detail::PeerConnection>>();
  peer.others->push_back(peer.newest);
  if (peer.others->size() == kMaxUnprovedSessions) {
    events_.push_back(CloseWanted{peer.others->front().id});
    peer.others->erase(peer.others->begin());
  }
  return true;
}

inline void Peers::HandleClosed(Instant now, const Identity& identity, ConnectionId connection, Errc reason) {
  const auto found = peers_.find(identity.view());
  if (found == peers_.end() || found->second.state != PeerState::kConnected) return;
  detail::PeerRecord& peer = found->second;
  if (peer.others != nullptr) {
    if (connection == peer.newest.id) std::swap(peer.newest, peer.others->back());
    std::erase_if(*peer.others, [connection](const detail::PeerConnection& other) { return other.id == connection; });
    if (peer.others->empty()) peer.others.reset();
    return;
  }
  if (connection != peer.newest.id) return;
  const bool stable = now - peer.since >= kStableSession;
  if (stable) peer.backoff.Reset();
  // Where dials cross and acks are lost, each end may have closed its own connection for the other's, and then wait for
  // the other for good. So we leave it to the peer to dial only after a session that both ends must have known of.
  const bool ours_to_dial = peer.newest.dialled || (peer.dialled && !stable);
  peer.dialled = ours_to_dial;
  peer.error = reason;
  events_.push_back(PeerDisconnected{NameOf(*found), reason});
  Move(*found, ours_to_dial && !peer.addresses.empty() ? PeerEvent::kLostOurs : PeerEvent::kLostTheirs);
  if (peer.state == PeerState::kWaiting) Plan(*found, AfterBackoff(now, peer));
}

inline void Peers::HandleDialFailed(Instant now, const Identity& identity, Errc reason, std::string_view address) {
  const auto found = peers_.find(identity.view());
  if (found == peers_.end() || !found->second.dialling) return;
  detail::PeerRecord& peer = found->second;
  EndDial(peer);
  if (peer.state != PeerState::kConnecting) return;
  peer.error = reason;
  if (peer.restart) return BeginRound(now, *found);
  peer.refused = peer.refused || IsRefusal(reason);
  // Another address may be the peer's although this one is somebody else's by now.
  if (const std::string_view next = peer.addresses.After(address); !next.empty()) return Dial(now, *found, next);
  Move(*found, peer.refused ? PeerEvent::kRoundRefused : PeerEvent::kRoundFailed);
  Plan(*found, peer.refused ? now + kRefusedPause : AfterBackoff(now, peer));
}

inline void Peers::HandleAnnounced(Instant now, const Identity& identity, std::string_view address, bool new_instance) {
  const auto found = peers_.find(identity.view());
  if (found == peers_.end()) return;
  detail::PeerRecord& peer = found->second;
  const bool had_none = peer.addresses.empty();
  peer.addresses.PutLast(address);
  if (peer.addresses.empty()) return;
  const PeerEvent event = new_instance || had_none ? PeerEvent::kReappeared : PeerEvent::kAnnounced;
  if (NextPeerState(peer.state, event) != PeerState::kWaiting) return;
  if (event == PeerEvent::kReappeared) peer.backoff.Reset();
  const Instant due = (std::max)(now, peer.since + kAnnouncedDialInterval);
  if (peer.state == PeerState::kWaiting && peer.due <= due) return;
  Move(*found, event);
  Plan(*found, due);
}

inline void Peers::HandleTimeout(Instant now) {
  while (!timers_.empty() && timers_.begin()->first <= now && dials_ < kMaxDials) {
    Entry& entry = *peers_.find(timers_.begin()->second);
    Move(entry, PeerEvent::kDialDue);
    BeginRound(now, entry);
  }
}

inline std::optional<Peers::Status> Peers::Find(const Identity& identity) const {
  const auto found = peers_.find(identity.view());
  if (found == peers_.end()) return std::nullopt;
  const detail::PeerRecord& peer = found->second;
  Status status{peer.state, peer.error, {}, connection(identity)};
  if (peer.state == PeerState::kWaiting || peer.state == PeerState::kRefused) status.next_dial = peer.due;
  return status;
}

}  // namespace cctl

#endif  // CCTL_PROTO_PEERS_H_
// ---- cctl/proto/session.h ----

// What follows authentication on one connection: heartbeats both ways, application messages, acknowledgements
// (docs/protocol.md, sections 4 and 4.3). A peer that is silent for 90 s, or breaks the rules, ends it. A line makes at
// most one event, which HandleLine returns, so that an idle session holds nothing but its times: 40 bytes. Lines are
// untrusted even here. In a session `from_peer` is ignored: the sender is whoever was authenticated.
//
//   cctl::Session session(now, {.peer_is_ours = true});
//   const cctl::Session::Event event = session.HandleLine(now, line);
//   if (const auto* failed = std::get_if<cctl::Session::Failed>(&event)) return Close(failed->error);
//   ...
//   session.PollTransmit(now, wall, ids, self, out);  // appends a line if one is due

#ifndef CCTL_PROTO_SESSION_H_
#define CCTL_PROTO_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>


namespace cctl {

class Session {
 public:
  struct Config {
    bool peer_is_ours = false;                   // it proved the key or sent a client_nonce: no released claudectl
    std::optional<Proof> expected_confirm = {};  // listener, after a join that rotated the key
    std::optional<Proof> confirm = {};           // joiner, once it has stored the rotated key; at most one of the two
  };

  // A message for the application, of any type that the protocol does not use itself. Views of the line.
  struct MessageReceived {
    MessageView message;
  };
  // The peer has passed on, or queued, the message of ours with this id (of any text: compare it by ==).
  struct AckReceived {
    JsonString id;
  };
  // The joiner has stored the rotated key. At most once in a session.
  struct KeyConfirmed {};
  // The connection is to be closed. kTimeout, part "session": silent for 90 s. kProtocol: the line is no message
  // (part and offset as ParseMessage), is one of the handshake's (part "msg_type"), or an ack without an id
  // ("payload").
  struct Failed {
    Error error;
  };
  using Event = std::variant<std::monostate, MessageReceived, AckReceived, KeyConfirmed, Failed>;

  // Bytes of a payload at most: what kMaxLine leaves beside the longest envelope (id 54, type 64, either end's identity
  // 128, all of it escaped at worst).
  static constexpr std::size_t kMaxPayload = kMaxLine - 1024;

  Session(Instant now, const Config& config)
      : last_heard_(now),
        next_heartbeat_(config.confirm ? now : now + kHeartbeatInterval),
        quiet_until_(config.peer_is_ours ? now : now + kQuietStart),
        peer_is_ours_(config.peer_is_ours) {
    if (config.confirm) {
      confirm_ = std::make_unique<Proof>(*config.confirm);
      confirm_use_ = ConfirmUse::kToSend;
    } else if (config.expected_confirm) {
      confirm_ = std::make_unique<Proof>(*config.expected_confirm);
      confirm_use_ = ConfirmUse::kExpected;
    }
  }

  // Takes one line without its newline. A handshake message in a session fails it: its meaning would have been to make
  // the sender somebody else. After a failure every call returns nothing.
  Event HandleLine(Instant now, std::string_view line) {
    if (failed_) return {};
    const Result<MessageView> message = ParseMessage(line);
    if (!message) return Fail(message.error());
    last_heard_ = now;
    switch (message->type) {
      case MessageType::kChallenge:
      case MessageType::kHandshake:
      case MessageType::kHandshakeAck:
        return Fail(Error{Errc::kProtocol, 0, 0, "msg_type"});
      case MessageType::kHeartbeat:
        return HandleHeartbeat(message->payload);
      case MessageType::kAck:
        return HandleAck(message->payload);
      case MessageType::kApplication:
      case MessageType::kOther:
        break;
    }
    return MessageReceived{*message};
  }

  // When PollTransmit or HandleTimeout has something to do; nothing after a failure.
  [[nodiscard]] std::optional<Instant> PollTimeout() const {
    if (failed_) return std::nullopt;
    const Instant silent = last_heard_ + kSilenceLimit;
    return next_heartbeat_ < silent ? next_heartbeat_ : silent;
  }

  // Ends a session whose peer has been silent for too long. Call it after what has arrived was read: after this process
  // was held up itself, the peer's heartbeats may be waiting.
  std::optional<Failed> HandleTimeout(Instant now) {
    if (failed_ || now - last_heard_ < kSilenceLimit) return std::nullopt;
    return Fail(Error{Errc::kTimeout, 0, 0, "session"});
  }

  // Appends the heartbeat or the confirmation that is due, if one is, as a whole line, and says whether it did. `Sink`:
  // append(std::string_view) and push_back(char).
  template <typename Sink>
  bool PollTransmit(Instant now, UnixTime wall, MessageIds& ids, const Identity& self, Sink& out) {
    if (failed_ || now < next_heartbeat_) return false;
    const MessageId id = ids.Next(wall);
    const bool confirms = confirm_use_ == ConfirmUse::kToSend;
    AppendHeartbeat(out, MessageHeader{id, self.view(), wall}, confirms ? confirm_.get() : nullptr);
    if (confirms) ForgetConfirm();
    next_heartbeat_ = now + kHeartbeatInterval;
    return true;
  }

  // Whether a message of this type may go to this peer. A released claudectl ends the connection on types it does not
  // know. The handshake's types go to nobody.
  [[nodiscard]] bool MaySend(std::string_view type) const {
    const MessageType known = MessageTypeOf(type);
    if (known == MessageType::kHeartbeat || known == MessageType::kApplication) return true;
    return peer_is_ours_ && (known == MessageType::kAck || known == MessageType::kOther);
  }

  // The first moment at which FormatMessage may be used: now, or a second after authentication.
  [[nodiscard]] Instant quiet_until() const { return quiet_until_; }
  [[nodiscard]] bool peer_is_ours() const { return peer_is_ours_; }

  // Appends an application's message as a whole line and returns its id, which an ack will name. `payload`: one JSON
  // value. Errors, with nothing appended: kUnsupported (part "msg_type": see MaySend), kInvalid or kTooLong (part
  // "msg_type": one of the protocol's own, empty, or over 64 bytes), kBusy (before quiet_until()), kProtocol (the
  // session has failed), and those of ValidateJson with the part "payload".
  template <typename Sink>
  Result<MessageId> FormatMessage(Instant now, UnixTime wall, MessageIds& ids, const Identity& self,
                                  std::string_view type, std::string_view payload, Sink& out) const {
    if (failed_) return Error{Errc::kProtocol, 0, 0, "session"};
    if (type.empty() || MessageTypeOf(type) < MessageType::kApplication) return Error{Errc::kInvalid, 0, 0, "msg_type"};
    if (type.size() > kMaxMessageType) return Error{Errc::kTooLong, kMaxMessageType, kMaxMessageType, "msg_type"};
    if (!MaySend(type)) return Error{Errc::kUnsupported, 0, 0, "msg_type"};
    if (now < quiet_until_) return Error{Errc::kBusy, 0, 0, "session"};
    if (auto valid = ValidateJson(payload, {.size = kMaxPayload, .depth = kMaxJsonDepth - 1}); !valid) {
      Error error = valid.error();
      error.part = "payload";
      return error;
    }
    if (payload.find('\n') == std::string_view::npos) return Append(wall, ids, self, type, payload, out);
    // Between the tokens of JSON, the only place where a raw newline may stand, any white space is as good.
    std::string on_one_line(payload);
    for (char& c : on_one_line) {
      if (c == '\n') c = ' ';
    }
    return Append(wall, ids, self, type, on_one_line, out);
  }

  // Appends the acknowledgement of a message that was received. To a peer that is not ours none is sent: false.
  template <typename Sink>
  bool FormatAck(UnixTime wall, MessageIds& ids, const Identity& self, const JsonString& message_id, Sink& out) const {
    if (failed_ || !peer_is_ours_) return false;
    const MessageId id = ids.Next(wall);
    AppendAck(out, MessageHeader{id, self.view(), wall}, message_id);
    return true;
  }

 private:
  enum class ConfirmUse : std::uint8_t { kNone, kToSend, kExpected };

  Event HandleHeartbeat(std::string_view payload) {
    if (confirm_use_ != ConfirmUse::kExpected) return {};
    // Any payload is a heartbeat; one that confirms nothing, or another key, leaves this one unproved.
    const Result<HeartbeatView> heartbeat = ParseHeartbeat(payload);
    if (!heartbeat || !heartbeat->confirm || !ConstantTimeEqual(*heartbeat->confirm, *confirm_)) return {};
    ForgetConfirm();
    return KeyConfirmed{};
  }

  Event HandleAck(std::string_view payload) {
    const Result<AckView> ack = ParseAck(payload);
    if (!ack) return Fail(Error{Errc::kProtocol, 0, 0, "payload"});
    return AckReceived{ack->id};
  }

  Failed Fail(Error error) {
    failed_ = true;
    if (error.code != Errc::kTimeout) error.code = Errc::kProtocol;
    return Failed{error};
  }

  void ForgetConfirm() {
    confirm_.reset();
    confirm_use_ = ConfirmUse::kNone;
  }

  template <typename Sink>
  static MessageId Append(UnixTime wall, MessageIds& ids, const Identity& self, std::string_view type,
                          std::string_view payload, Sink& out) {
    const MessageId id = ids.Next(wall);
    AppendMessage(out, MessageHeader{id, self.view(), wall}, type, payload);
    return id;
  }

  std::unique_ptr<Proof> confirm_;  // held only until it has been used
  Instant last_heard_;
  Instant next_heartbeat_;
  Instant quiet_until_;
  ConfirmUse confirm_use_ = ConfirmUse::kNone;
  bool peer_is_ours_;
  bool failed_ = false;
};

static_assert(sizeof(Session) <= 64, "ten thousand idle peers may cost 256 bytes each in all");

}  // namespace cctl

#endif  // CCTL_PROTO_SESSION_H_
// ---- cctl/proto/tailnet_prober.h ----

// Whom of a tailnet to connect to, and when (docs/protocol.md, section 6): each interval the status is asked for; each
// candidate in it that is not connected is tried, kMaxTailnetProbes at once; and a connected node that is a candidate
// no longer is dropped. A state machine: it runs no program and opens no socket. Do what the events say:
//
//   cctl::TailnetProber prober(Seconds(60), /*probes=*/true, now);
//   prober.HandleTimeout(now);                       // and again at PollTimeout()
//   while (const auto event = prober.PollEvent()) { ... }
//   prober.HandleStatus(now, status, tag);           // the answer to StatusWanted, or HandleNoStatus
//   prober.HandleProbed(now, node, TailnetStanding::kSilent, {});  // the answer to ProbeWanted
//
// Names in a status come from other nodes. Memory: a record for each candidate, of which a status has 20,000 at most.

#ifndef CCTL_PROTO_TAILNET_PROBER_H_
#define CCTL_PROTO_TAILNET_PROBER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// ---- cctl/tailnet/stable_id.h ----

// What Tailscale calls a node's stable ID: it stays when keys are rotated and names change, so a pairing is pinned to
// it (docs/protocol.md, section 6). It becomes part of a file's name: nothing but letters, digits, - and _ is taken.

#ifndef CCTL_TAILNET_STABLE_ID_H_
#define CCTL_TAILNET_STABLE_ID_H_

#include <cstddef>
#include <cstdint>
#include <string_view>


namespace cctl {

inline constexpr std::size_t kMaxStableIdSize = 64;  // four times as long as any that has been seen

class StableId {
 public:
  // Errors, part "node": kTruncated (empty), kInvalid with the offset, kTooLong (value: 64).
  static constexpr Result<StableId> Parse(std::string_view text) {
    if (text.empty()) return Error{Errc::kTruncated, 0, 0, "node"};
    if (text.size() > kMaxStableIdSize) return Error{Errc::kTooLong, kMaxStableIdSize, kMaxStableIdSize, "node"};
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      const bool fits =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      if (!fits) return Error{Errc::kInvalid, static_cast<std::uint32_t>(i), 0, "node"};
    }
    return StableId(text);
  }

  [[nodiscard]] constexpr std::string_view view() const { return text_.view(); }

  // As bytes; case counts.
  friend constexpr bool operator==(const StableId& a, const StableId& b) { return a.view() == b.view(); }
  friend constexpr auto operator<=>(const StableId& a, const StableId& b) { return a.view() <=> b.view(); }

 private:
  constexpr explicit StableId(std::string_view text) : text_(text) {}

  InlineString<kMaxStableIdSize> text_;
};

}  // namespace cctl

#endif  // CCTL_TAILNET_STABLE_ID_H_
// ---- cctl/tailnet/tailnet_filter.h ----

// Which nodes of a tailnet may be a peer of ours, and why each other one may not (docs/protocol.md, section 6). Of the
// same tailnet, there, and ours: by the tag that both carry, or, where nobody has tags, by the user that both belong
// to. All tagged nodes share one user, so "the same user" says nothing about them.

#ifndef CCTL_TAILNET_TAILNET_FILTER_H_
#define CCTL_TAILNET_TAILNET_FILTER_H_

#include <cstdint>
#include <string_view>

// ---- cctl/tailnet/tailnet_node.h ----

// A node of a tailnet, as far as it matters here: what `tailscale status --json` says of it.

#ifndef CCTL_TAILNET_TAILNET_NODE_H_
#define CCTL_TAILNET_TAILNET_NODE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>


namespace cctl {

// A node has two addresses; an administrator gives it a handful of tags. What is beyond is not read.
inline constexpr std::size_t kMaxTailnetAddresses = 8;
inline constexpr std::size_t kMaxTailnetTags = 64;

struct TailnetNode {
  std::optional<StableId> id;          // none while nobody is logged in
  std::string name;                    // its DNS name without the last dot, else its host name; not unique, not checked
  std::vector<std::string> addresses;  // numeric, IPv4 first as Tailscale has it; not checked
  std::vector<std::string> tags;
  std::int64_t user = 0;
  bool online = false;
  bool in_network_map = false;
  bool expired = false;
  bool shared_in = false;  // from another tailnet, or for somebody in one
  bool exit_node_of_mullvad = false;

  [[nodiscard]] bool HasTag(std::string_view tag) const {
    return std::find(tags.begin(), tags.end(), tag) != tags.end();
  }
};

}  // namespace cctl

#endif  // CCTL_TAILNET_TAILNET_NODE_H_

namespace cctl {

inline constexpr std::string_view kDefaultTailnetTag = "tag:claudectl";

// What a tag is for. `required`: the user has set it, so nodes without tags are none of ours.
struct TailnetTag {
  std::string_view tag = kDefaultTailnetTag;
  bool required = false;
};

enum class TailnetVerdict : std::uint8_t {
  kCandidate,
  kSelfUntagged,  // it would be one, but this machine does not carry the tag, and it will refuse us
  kNotInMap,
  kSharedIn,
  kMullvad,
  kExpired,
  kOffline,
  kNoId,
  kNoAddress,
  kUntagged,   // it does not carry the tag
  kOtherUser,  // neither has tags, and it belongs to somebody else
};

inline constexpr TailnetVerdict JudgeTailnetNode(const TailnetNode& self, const TailnetNode& node,
                                                 const TailnetTag& tag = {}) {
  if (!node.in_network_map) return TailnetVerdict::kNotInMap;
  if (node.shared_in) return TailnetVerdict::kSharedIn;
  if (node.exit_node_of_mullvad) return TailnetVerdict::kMullvad;
  if (node.expired) return TailnetVerdict::kExpired;
  if (!node.online) return TailnetVerdict::kOffline;
  if (!node.id) return TailnetVerdict::kNoId;
  if (node.addresses.empty()) return TailnetVerdict::kNoAddress;
  if (node.HasTag(tag.tag)) return self.HasTag(tag.tag) ? TailnetVerdict::kCandidate : TailnetVerdict::kSelfUntagged;
  if (tag.required || !node.tags.empty() || !self.tags.empty()) return TailnetVerdict::kUntagged;
  return node.user == self.user && node.user != 0 ? TailnetVerdict::kCandidate : TailnetVerdict::kOtherUser;
}

// A stable word for scripts, and what it means in a table.
inline constexpr std::string_view TailnetVerdictName(TailnetVerdict verdict) {
  switch (verdict) {
    case TailnetVerdict::kCandidate:
      return "candidate";
    case TailnetVerdict::kSelfUntagged:
      return "self_untagged";
    case TailnetVerdict::kNotInMap:
      return "not_in_map";
    case TailnetVerdict::kSharedIn:
      return "shared_in";
    case TailnetVerdict::kMullvad:
      return "mullvad";
    case TailnetVerdict::kExpired:
      return "expired";
    case TailnetVerdict::kOffline:
      return "offline";
    case TailnetVerdict::kNoId:
      return "no_id";
    case TailnetVerdict::kNoAddress:
      return "no_address";
    case TailnetVerdict::kUntagged:
      return "untagged";
    case TailnetVerdict::kOtherUser:
      return "other_user";
  }
  return "unknown";
}

}  // namespace cctl

#endif  // CCTL_TAILNET_TAILNET_FILTER_H_
// ---- cctl/tailnet/tailnet_status.h ----

// What `tailscale status --json` says: which state the daemon is in, who this machine is in the tailnet, and who else
// there is. tailnet_status_reader.h reads it. Names in it come from other nodes.

#ifndef CCTL_TAILNET_TAILNET_STATUS_H_
#define CCTL_TAILNET_TAILNET_STATUS_H_

#include <cstdint>
#include <vector>


namespace cctl {

// BackendState. Only in kRunning is anything else in the document true: after `tailscale down` the peers of before are
// still listed, and online.
enum class TailnetState : std::uint8_t {
  kNoState,  // the daemon has just started, or says something new
  kInUseOtherUser,
  kNeedsLogin,
  kNeedsApproval,
  kStopped,
  kStarting,
  kRunning,
};

struct TailnetStatus {
  TailnetState state = TailnetState::kNoState;
  bool tun = true;  // false: userspace networking, which hides who connects
  TailnetNode self;
  std::vector<TailnetNode> peers;  // in the document's order
  bool truncated = false;          // there were more
};

}  // namespace cctl

#endif  // CCTL_TAILNET_TAILNET_STATUS_H_

namespace cctl {

inline constexpr Duration kTailnetProbeInterval = Seconds(60);

// So many sockets at once: a tailnet of thousands is walked through, not flooded.
inline constexpr std::size_t kMaxTailnetProbes = 16;

// A node that is awake answers in this time. The first packets to one that was not spoken to go by a relay of
// Tailscale's, so whoever has been silent gets one more try.
inline constexpr Duration kTailnetProbePatience = Milliseconds(800);
inline constexpr Duration kTailnetSecondPatience = Seconds(2);

// A session that lasted so long and ended is looked after sooner than at the next interval.
inline constexpr Duration kTailnetStableSession = Seconds(60);
inline constexpr Duration kTailnetReprobeDelay = Seconds(5);

// How a candidate stands.
enum class TailnetStanding : std::uint8_t {
  kUnknown,     // it has not been tried yet
  kConnecting,  // it is being tried
  kConnected,
  kSilent,   // no answer
  kNoRelay,  // something answers, or refuses the connection, and is no relay
  kRefused,  // a relay, and one of the two ends did not let the other in
  kPaired,   // a peer that is paired in another way, or that the user has disconnected: it is left to them
};

inline constexpr std::string_view TailnetStandingName(TailnetStanding standing) {
  constexpr std::string_view kNames[] = {"unknown",  "connecting", "connected", "silent",
                                         "no_relay", "refused",    "paired"};
  return kNames[static_cast<std::size_t>(standing)];
}

class TailnetProber {
 public:
  struct Candidate {
    StableId id;
    std::string name;
    std::string address;  // the first that the status names
    TailnetStanding standing = TailnetStanding::kUnknown;
    std::optional<Identity> identity = {};             // which it last said it has; kConnected: and is known to have
    Instant since = {};                                // kConnected
    TailnetStanding told = TailnetStanding::kUnknown;  // how the last try ended
    bool queued = false;                               // it is to be tried
  };

  // Answer by HandleStatus() or HandleNoStatus().
  struct StatusWanted {};
  // Connect there, wait so long for the connection to come about, and answer by HandleProbed().
  struct ProbeWanted {
    StableId node;
    std::string address;
    Duration patience;
  };
  // End the session with a node.
  struct DropWanted {
    StableId node;
  };
  using Event = std::variant<StatusWanted, ProbeWanted, DropWanted>;

  // `probes`: false only looks, for a command that dials by itself.
  TailnetProber(Duration interval, bool probes, Instant now) : interval_(interval), probes_(probes), due_(now) {}

  // Asks for the status, if it is due.
  void HandleTimeout(Instant now) {
    if (due_ && now >= *due_) AskForStatus(now);
  }
  // The same at once, unless it is being asked for.
  void AskForStatus(Instant now) {
    if (asked_) return;
    asked_ = now;
    due_.reset();
    events_.push_back(StatusWanted{});
  }
  // When HandleTimeout is due; nothing while the status is being asked for.
  [[nodiscard]] std::optional<Instant> PollTimeout() const { return due_; }

  // A status in which Tailscale is running, with a network device of its own.
  void HandleStatus(Instant now, const TailnetStatus& status, const TailnetTag& tag) {
    failures_ = 0;
    Replan(now);
    std::map<StableId, Candidate> former = std::exchange(candidates_, {});
    for (const TailnetNode& node : status.peers) {
      if (JudgeTailnetNode(status.self, node, tag) != TailnetVerdict::kCandidate) continue;
      Candidate candidate{*node.id, node.name, node.addresses[0]};
      const auto known = former.find(*node.id);
      // One that is reached elsewhere now begins anew.
      const bool stays = known != former.end() && std::find(node.addresses.begin(), node.addresses.end(),
                                                            known->second.address) != node.addresses.end();
      if (stays) {
        candidate.standing = known->second.standing;
        candidate.identity = known->second.identity;
        candidate.since = known->second.since;
        candidate.told = known->second.told;
        candidate.queued = known->second.queued;
        former.erase(known);
      }
      candidates_.emplace(*node.id, std::move(candidate));
    }
    Drop(former);
    if (!probes_) return;
    for (auto& [id, candidate] : candidates_) {
      const bool settled =
          candidate.standing == TailnetStanding::kConnected || candidate.standing == TailnetStanding::kConnecting;
      if (settled || std::exchange(candidate.queued, true)) continue;
      queue_.push_back({id, kTailnetProbePatience});
    }
    Probe();
  }

  // There is no such status. `certain`: because Tailscale does not run; else because the program gave no answer, which
  // is put up with once.
  void HandleNoStatus(Instant now, bool certain) {
    Replan(now);
    if (!certain && ++failures_ < 2) return;
    queue_.clear();
    Drop(std::exchange(candidates_, {}));
  }

  // What became of a probe, anything but kUnknown and kConnecting. `identity`: which the relay there said it has.
  void HandleProbed(Instant now, const StableId& node, TailnetStanding standing,
                    const std::optional<Identity>& identity) {
    const auto probe = probing_.find(node);
    if (probe == probing_.end()) return;
    const Duration patience = probe->second;
    probing_.erase(probe);
    const auto found = candidates_.find(node);
    if (found == candidates_.end()) {
      if (standing == TailnetStanding::kConnected) events_.push_back(DropWanted{node});
    } else {
      Candidate& candidate = found->second;
      if (identity) candidate.identity = identity;
      candidate.told = standing;
      // It may have come to us in the meantime.
      if (candidate.standing != TailnetStanding::kConnected) {
        candidate.standing = standing;
        candidate.since = now;
        if (standing == TailnetStanding::kSilent && patience < kTailnetSecondPatience) {
          candidate.queued = true;
          queue_.push_front({node, kTailnetSecondPatience});
        }
      }
    }
    Probe();
  }

  // A node has connected to us.
  void HandleConnected(Instant now, const StableId& node, const Identity& identity) {
    const auto found = candidates_.find(node);
    if (found == candidates_.end()) {
      events_.push_back(DropWanted{node});
      return;
    }
    found->second.standing = TailnetStanding::kConnected;
    found->second.identity = identity;
    found->second.since = now;
  }

  // The session with a node has ended.
  void HandleDisconnected(Instant now, const StableId& node) {
    const auto found = candidates_.find(node);
    if (found == candidates_.end() || found->second.standing != TailnetStanding::kConnected) return;
    found->second.standing = TailnetStanding::kUnknown;
    const bool stable = now - found->second.since >= kTailnetStableSession;
    if (stable && due_) due_ = (std::min)(*due_, now + kTailnetReprobeDelay);
  }

  std::optional<Event> PollEvent() {
    if (events_.empty()) return std::nullopt;
    std::optional<Event> event(std::move(events_.front()));
    events_.pop_front();
    return event;
  }

  [[nodiscard]] const std::map<StableId, Candidate>& candidates() const { return candidates_; }
  // Probes that are under way.
  [[nodiscard]] std::size_t probing() const { return probing_.size(); }

  void set_interval(Instant now, Duration interval) {
    interval_ = interval;
    if (due_) due_ = (std::min)(*due_, now + interval);
  }

 private:
  struct Queued {
    StableId node;
    Duration patience;
  };

  void Replan(Instant now) {
    const Instant asked = asked_.value_or(now);
    asked_.reset();
    due_ = (std::max)(asked + interval_, now);
  }

  void Probe() {
    while (!queue_.empty() && probing_.size() < kMaxTailnetProbes) {
      const Queued next = queue_.front();
      queue_.pop_front();
      const auto found = candidates_.find(next.node);
      if (found == candidates_.end()) continue;
      found->second.queued = false;
      if (found->second.standing == TailnetStanding::kConnected || probing_.contains(next.node)) continue;
      found->second.standing = TailnetStanding::kConnecting;
      probing_.emplace(next.node, next.patience);
      events_.push_back(ProbeWanted{next.node, found->second.address, next.patience});
    }
  }

  void Drop(const std::map<StableId, Candidate>& gone) {
    for (const auto& [id, candidate] : gone) {
      if (candidate.standing == TailnetStanding::kConnected) events_.push_back(DropWanted{id});
    }
  }

  Duration interval_;
  bool probes_;
  std::optional<Instant> due_;    // of the next status
  std::optional<Instant> asked_;  // when this one was asked for
  int failures_ = 0;              // in a row
  std::map<StableId, Candidate> candidates_;
  std::deque<Queued> queue_;
  std::map<StableId, Duration> probing_;  // and how long each connection may take
  std::deque<Event> events_;
};

}  // namespace cctl

#endif  // CCTL_PROTO_TAILNET_PROBER_H_
// ---- cctl/wire/line_reader.h ----

// Cuts a stream of bytes into lines (docs/protocol.md, section 4). A line that arrives whole is a view of the bytes it
// arrived in; only the beginning of one whose end is still to come is kept, in memory that exists for that long: a peer
// that is idle costs 24 bytes. White space and '\r' around a line are cut off, empty lines are skipped. Bytes that were
// kept are wiped before their memory is given back, as a pair request holds a key.
//
//   cctl::LineReader reader;  // kMaxLineBeforeAuthentication
//   for (std::string_view in = received;;) {
//     cctl::Result<std::optional<std::string_view>> line = reader.Next(in);
//     if (!line) return line.error();  // end the connection
//     if (!*line) break;               // all of `in` has been taken
//     Handle(**line);                  // may call set_limit(kMaxLine)
//   }

#ifndef CCTL_WIRE_LINE_READER_H_
#define CCTL_WIRE_LINE_READER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <utility>


namespace cctl {

class LineReader {
 public:
  // `limit`: bytes of a line at most, its newline not counted, all white space counted; below 4 GiB.
  explicit LineReader(std::size_t limit = kMaxLineBeforeAuthentication) : limit_(static_cast<std::uint32_t>(limit)) {}
  LineReader(LineReader&& other) noexcept { *this = std::move(other); }
  LineReader& operator=(LineReader&& other) noexcept {
    std::swap(kept_, other.kept_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(limit_, other.limit_);
    std::swap(state_, other.state_);
    return *this;
  }
  ~LineReader() { Release(); }

  // Applies from the bytes on that Next() has not taken yet, also to the line that has begun.
  void set_limit(std::size_t limit) { limit_ = static_cast<std::uint32_t>(limit); }

  // Bytes of memory held: none unless a line has begun, until the call after the one that returns it. Never more than
  // the limit.
  [[nodiscard]] std::size_t held() const { return capacity_; }

  // Takes the next line from the front of `in`, which must then hold the bytes that follow those of the call before.
  // No line: all of `in` has been taken, and kept if need be. A line is valid until the next call, and no longer than
  // the bytes of `in`. Errors, part "line", after which every call fails the same way: kTooLong (offset and value: the
  // limit), as soon as a byte too many has come; kInternal if there is no memory to keep the beginning of a line in.
  Result<std::optional<std::string_view>> Next(std::string_view& in) {
    if (state_ == State::kDelivered) Release();
    while (state_ == State::kReading && !in.empty()) {
      const void* const newline = std::memchr(in.data(), '\n', in.size());
      const std::size_t piece =
          newline == nullptr ? in.size() : static_cast<std::size_t>(static_cast<const char*>(newline) - in.data());
      if (size_ > limit_ || piece > limit_ - size_) {
        Release();
        state_ = State::kTooLong;
        break;
      }
      std::string_view line = in.substr(0, piece);
      if ((newline == nullptr || size_ != 0) && !Keep(line)) {
        Release();
        state_ = State::kNoMemory;
        break;
      }
      in.remove_prefix(newline == nullptr ? piece : piece + 1);
      if (newline == nullptr) break;
      if (size_ != 0) {
        line = std::string_view(kept_.get(), size_);
        state_ = State::kDelivered;
      }
      line = Trim(line);
      if (!line.empty()) return std::optional<std::string_view>(line);
      Release();
    }
    return Outcome();
  }

 private:
  enum class State : std::uint8_t {
    kReading,
    kDelivered,  // what is kept is the line that was returned last
    kTooLong,
    kNoMemory,
  };

  static constexpr std::uint32_t kSmallest = 256;  // holds most lines whole

  static std::string_view Trim(std::string_view line) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
    while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
    return line;
  }

  // Appends to what is kept; the limit has been checked. False: no memory.
  bool Keep(std::string_view piece) {
    const auto needed = static_cast<std::uint32_t>(size_ + piece.size());
    if (needed > capacity_) {
      std::uint32_t capacity = needed > 2 * std::uint64_t{capacity_} ? needed : 2 * capacity_;
      if (capacity < kSmallest) capacity = kSmallest;
      if (capacity > limit_) capacity = limit_;
      std::unique_ptr<char[]> larger(new (std::nothrow) char[capacity]);
      if (larger == nullptr) return false;
      if (size_ != 0) std::memcpy(larger.get(), kept_.get(), size_);
      Wipe(kept_.get(), size_);
      kept_ = std::move(larger);
      capacity_ = capacity;
    }
    if (!piece.empty()) std::memcpy(kept_.get() + size_, piece.data(), piece.size());
    size_ = needed;
    return true;
  }

  void Release() {
    Wipe(kept_.get(), size_);
    kept_.reset();
    size_ = capacity_ = 0;
    if (state_ == State::kDelivered) state_ = State::kReading;
  }

  Result<std::optional<std::string_view>> Outcome() const {
    if (state_ == State::kTooLong) return Error{Errc::kTooLong, limit_, limit_, "line"};
    if (state_ == State::kNoMemory) return Error{Errc::kInternal, 0, 0, "line"};
    return std::optional<std::string_view>();
  }

  std::unique_ptr<char[]> kept_;  // the beginning of a line; nothing where none has begun
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
  std::uint32_t limit_ = 0;
  State state_ = State::kReading;
};

}  // namespace cctl

#endif  // CCTL_WIRE_LINE_READER_H_

#endif  // CCTL_MACHINES_H_
