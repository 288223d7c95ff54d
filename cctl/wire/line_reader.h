// SPDX-License-Identifier: MIT
//
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

#include "cctl/base/result.h"
#include "cctl/base/secret.h"
#include "cctl/wire/wire_limits.h"

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
