// SPDX-License-Identifier: MIT
//
// Reads zlib streams (RFC 1950) of all three kinds of deflate blocks (RFC 1951), plainly and strictly: what the PNG
// tests check the writer with. It shares no code with the writer, and its own test is what zlib itself has written.

#ifndef CCTL_TESTS_SUPPORT_INFLATE_H_
#define CCTL_TESTS_SUPPORT_INFLATE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cctl::testing {

class Inflater {
 public:
  // The data of a stream that is right to its last byte, else nothing.
  static std::optional<std::string> Inflate(std::string_view stream) {
    if (stream.size() < 6) return std::nullopt;
    const auto byte = [stream](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(stream[i])}; };
    // Deflate with a window of at most 32 KB, header checked by 31, no dictionary.
    if ((byte(0) & 15) != 8 || byte(0) >> 4 > 7 || (byte(0) << 8 | byte(1)) % 31 != 0 || (byte(1) & 0x20) != 0) {
      return std::nullopt;
    }
    Inflater inflater(stream.substr(2, stream.size() - 6));
    while (inflater.good_ && !inflater.ended_) inflater.ReadBlock();
    if (!inflater.good_ || (inflater.bit_ + 7) / 8 != inflater.in_.size()) return std::nullopt;
    std::uint32_t adler = 0;
    for (std::size_t i = stream.size() - 4; i < stream.size(); ++i) adler = adler << 8 | byte(i);
    if (adler != Adler32(inflater.out_)) return std::nullopt;
    return inflater.out_;
  }

 private:
  // RFC 1951, section 3.2.2: codes of one length follow one another, in the order of their symbols.
  struct Code {
    explicit Code(const std::vector<int>& lengths) : counts(16), symbols() {
      for (int length = 1; length < 16; ++length) {
        for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
          if (lengths[symbol] != length) continue;
          ++counts[static_cast<std::size_t>(length)];
          symbols.push_back(static_cast<int>(symbol));
        }
      }
    }
    std::vector<int> counts;   // by length
    std::vector<int> symbols;  // by length, then by value
  };

  explicit Inflater(std::string_view in) : in_(in) {}

  static std::uint32_t Adler32(std::string_view data) {
    std::uint32_t low = 1, high = 0;
    for (const char c : data) {
      low = (low + static_cast<unsigned char>(c)) % 65521;
      high = (high + low) % 65521;
    }
    return high << 16 | low;
  }

  int Bits(int count) {
    int value = 0;
    for (int i = 0; i < count; ++i, ++bit_) {
      if (bit_ / 8 >= in_.size()) return Fail();
      value |= (static_cast<unsigned char>(in_[bit_ / 8]) >> bit_ % 8 & 1) << i;
    }
    return value;
  }

  int Symbol(const Code& code) {
    int value = 0, first = 0, index = 0;
    for (std::size_t length = 1; good_ && length < 16; ++length) {
      value |= Bits(1);
      const int count = code.counts[length];
      if (value >= first && value - first < count) return code.symbols[static_cast<std::size_t>(index + value - first)];
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    return Fail();
  }

  void ReadBlock() {
    ended_ = Bits(1) != 0;
    switch (Bits(2)) {
      case 0:
        return ReadStored();
      case 1: {
        std::vector<int> lengths(288, 8);
        for (std::size_t i = 144; i < 280; ++i) lengths[i] = i < 256 ? 9 : 7;
        return ReadCompressed(Code(lengths), Code(std::vector<int>(30, 5)));
      }
      case 2:
        return ReadDynamic();
      default:
        Fail();
    }
  }

  void ReadStored() {
    bit_ = (bit_ + 7) / 8 * 8;
    const int size = Bits(16);
    if (Bits(16) != (size ^ 0xffff)) Fail();
    for (int i = 0; good_ && i < size; ++i) out_ += static_cast<char>(Bits(8));
  }

  void ReadDynamic() {
    const int literals = Bits(5) + 257, distances = Bits(5) + 1, meta = Bits(4) + 4;
    static constexpr std::size_t kOrder[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    std::vector<int> meta_lengths(19);
    for (int i = 0; i < meta; ++i) meta_lengths[kOrder[i]] = Bits(3);
    const Code meta_code(meta_lengths);
    std::vector<int> lengths;
    const auto want = static_cast<std::size_t>(literals + distances);
    while (good_ && lengths.size() < want) {
      const int symbol = Symbol(meta_code);
      if (symbol < 16) {
        lengths.push_back(symbol);
      } else if (symbol == 16) {
        if (lengths.empty()) return static_cast<void>(Fail());
        const int last = lengths.back();
        lengths.insert(lengths.end(), static_cast<std::size_t>(3 + Bits(2)), last);
      } else {
        lengths.insert(lengths.end(), static_cast<std::size_t>(symbol == 17 ? 3 + Bits(3) : 11 + Bits(7)), 0);
      }
    }
    if (!good_ || lengths.size() != want) return static_cast<void>(Fail());
    const auto middle = lengths.begin() + literals;
    ReadCompressed(Code({lengths.begin(), middle}), Code({middle, lengths.end()}));
  }

  void ReadCompressed(const Code& literals, const Code& distances) {
    static constexpr int kLengths[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                       31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static constexpr int kLengthBits[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                          2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static constexpr int kDistances[] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                         33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                         1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    while (good_) {
      const int symbol = Symbol(literals);
      if (!good_ || symbol == 256) return;
      if (symbol < 256) {
        out_ += static_cast<char>(symbol);
        continue;
      }
      if (symbol > 285) return static_cast<void>(Fail());
      const int length = kLengths[symbol - 257] + Bits(kLengthBits[symbol - 257]);
      const int code = Symbol(distances);
      if (!good_ || code > 29) return static_cast<void>(Fail());
      const auto distance = static_cast<std::size_t>(kDistances[code] + Bits(code < 4 ? 0 : code / 2 - 1));
      if (distance > out_.size()) return static_cast<void>(Fail());
      for (int i = 0; i < length; ++i) out_ += out_[out_.size() - distance];
    }
  }

  int Fail() {
    good_ = false;
    return 0;
  }

  std::string_view in_;
  std::size_t bit_ = 0;  // of in_, the next one
  bool good_ = true;
  bool ended_ = false;  // the block being read is the last one
  std::string out_;
};

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SUPPORT_INFLATE_H_
