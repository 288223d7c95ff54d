// SPDX-License-Identifier: MIT

#include "cctl/qr/reed_solomon.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <vector>

#include "tests/support/seeded_random.h"

namespace cctl::detail {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr int kDegrees[] = {7, 10, 13, 15, 16, 17, 18, 20, 22, 24, 26, 28, 30};  // those of table 9
constexpr int kMostData = 123;  // data codewords in the longest block of table 9

// By shifts and additions, modulo x^8 + x^4 + x^3 + x^2 + 1.
std::uint8_t Multiply(unsigned a, unsigned b) {
  unsigned product = 0;
  for (; b != 0; b >>= 1) {
    if (b & 1) product ^= a;
    a <<= 1;
    if (a & 0x100) a ^= 0x11d;
  }
  return static_cast<std::uint8_t>(product);
}

std::uint8_t PowerOfTwo(int exponent) {
  std::uint8_t power = 1;
  for (int i = 0; i < exponent; ++i) power = Multiply(power, 2);
  return power;
}

// All products, so that the exhaustive tests below take no more than a second.
class Products {
 public:
  Products() {
    for (unsigned a = 0; a < 256; ++a) {
      for (unsigned b = 0; b < 256; ++b) (*table_)[a][b] = Multiply(a, b);
    }
  }
  std::uint8_t operator()(std::uint8_t a, std::uint8_t b) const { return (*table_)[a][b]; }

 private:
  std::unique_ptr<std::array<std::array<std::uint8_t, 256>, 256>> table_ =
      std::make_unique<std::array<std::array<std::uint8_t, 256>, 256>>();
};

const Products kTimes;

// A block: the polynomial of data and error correction codewords, the highest coefficient first.
Bytes EncodeBlock(const ReedSolomonEncoder& encoder, Bytes data) {
  ReedSolomonPolynomial remainder = {};
  for (const std::uint8_t byte : data) encoder.Step(remainder, byte);
  for (int i = 0; i < encoder.degree(); ++i) data.push_back(ReedSolomonEncoder::Codeword(remainder, i));
  return data;
}

// The polynomial's value at 2^i.
std::uint8_t Syndrome(const Bytes& block, int i) {
  const std::uint8_t at = PowerOfTwo(i);
  std::uint8_t value = 0;
  for (const std::uint8_t coefficient : block) value = kTimes(value, at) ^ coefficient;
  return value;
}

bool AllSyndromesAreZero(const Bytes& block, int degree) {
  for (int i = 0; i < degree; ++i) {
    if (Syndrome(block, i) != 0) return false;
  }
  return true;
}

Bytes RandomBytes(testing::SeededRandom& random, int count) {
  Bytes bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.Below(256));
  return bytes;
}

TEST(ReedSolomon, GeneratorsAreTheProductsOfTheirRoots) {
  ASSERT_EQ(std::size(kReedSolomonGenerators), std::size(kDegrees));
  for (std::size_t entry = 0; entry < std::size(kDegrees); ++entry) {
    const int degree = kDegrees[entry];
    Bytes product = {1};  // times x - 2^i, which is x + 2^i, for every i
    for (int i = 0; i < degree; ++i) {
      product.push_back(0);
      for (std::size_t k = product.size() - 1; k > 0; --k) product[k] ^= Multiply(product[k - 1], PowerOfTwo(i));
    }
    ASSERT_EQ(product.size(), static_cast<std::size_t>(degree) + 1);
    const ReedSolomonGenerator& generator = kReedSolomonGenerators[entry];
    EXPECT_EQ(generator.degree, degree);
    for (int i = 0; i < 32; ++i) {
      EXPECT_EQ(ReedSolomonEncoder::Codeword(generator.below, i), i < degree ? product[i + 1] : 0)
          << degree << " " << i;
    }
  }
}

// Annex I.2: "01234567" in 1-M.
TEST(ReedSolomon, EncodesTheExampleOfTheStandard) {
  const Bytes data = {0x10, 0x20, 0x0c, 0x56, 0x61, 0x80, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11};
  const Bytes block = EncodeBlock(ReedSolomonEncoder(10), data);
  EXPECT_EQ(Bytes(block.begin() + 16, block.end()),
            (Bytes{0xa5, 0x24, 0xd4, 0xc1, 0xed, 0x36, 0xc7, 0x87, 0x2c, 0x55}));
}

// Because it is, the unit vectors of the next test stand for every block.
TEST(ReedSolomon, IsLinear) {
  testing::SeededRandom random(1);
  for (const int degree : kDegrees) {
    const ReedSolomonEncoder encoder(degree);
    for (int round = 0; round < 200; ++round) {
      const int count = 1 + static_cast<int>(random.Below(kMostData));
      const Bytes a = RandomBytes(random, count), b = RandomBytes(random, count);
      Bytes sum(count);
      for (int i = 0; i < count; ++i) sum[i] = a[i] ^ b[i];
      const Bytes of_a = EncodeBlock(encoder, a), of_b = EncodeBlock(encoder, b), of_sum = EncodeBlock(encoder, sum);
      for (std::size_t i = 0; i < of_sum.size(); ++i) ASSERT_EQ(of_sum[i], of_a[i] ^ of_b[i]) << degree << " " << i;
    }
  }
}

TEST(ReedSolomon, EveryUnitVectorHasNoSyndrome) {
  for (const int degree : kDegrees) {
    const ReedSolomonEncoder encoder(degree);
    EXPECT_EQ(encoder.degree(), degree);
    for (int at = 0; at < kMostData; ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        Bytes data(kMostData);
        data[at] = static_cast<std::uint8_t>(1 << bit);
        ASSERT_TRUE(AllSyndromesAreZero(EncodeBlock(encoder, data), degree)) << degree << " " << at << " " << bit;
      }
    }
  }
}

TEST(ReedSolomon, LeavesWhatIsBelowTheDegreeZero) {
  testing::SeededRandom random(2);
  for (const int degree : kDegrees) {
    const ReedSolomonEncoder encoder(degree);
    ReedSolomonPolynomial remainder = {};
    for (const std::uint8_t byte : RandomBytes(random, kMostData)) {
      encoder.Step(remainder, byte);
      for (int i = degree; i < 32; ++i) ASSERT_EQ(ReedSolomonEncoder::Codeword(remainder, i), 0) << degree << " " << i;
    }
  }
}

// A reader repairs one error by S0, which is its value, and S1 / S0, which is 2 to the power of its place.
TEST(ReedSolomon, EverySingleErrorIsFoundAgain) {
  testing::SeededRandom random(3);
  for (const int degree : kDegrees) {
    const int count = 12;
    const Bytes block = EncodeBlock(ReedSolomonEncoder(degree), RandomBytes(random, count));
    const int length = static_cast<int>(block.size());
    ASSERT_EQ(length, count + degree);
    for (int at = 0; at < length; ++at) {
      for (int error = 1; error < 256; ++error) {
        Bytes corrupt = block;
        corrupt[at] = static_cast<std::uint8_t>(corrupt[at] ^ error);
        for (int i = 0; i < degree; ++i) ASSERT_NE(Syndrome(corrupt, i), 0) << degree << " " << at << " " << error;
        const std::uint8_t value = Syndrome(corrupt, 0), moved = Syndrome(corrupt, 1);
        int place = 0;
        while (place < length && kTimes(value, PowerOfTwo(place)) != moved) ++place;
        ASSERT_EQ(value, error) << degree << " " << at;
        ASSERT_EQ(length - 1 - place, at) << degree << " " << error;
      }
    }
  }
}

TEST(ReedSolomon, TwoErrorsAreNeverTakenForNone) {
  testing::SeededRandom random(4);
  for (const int degree : kDegrees) {
    const Bytes block = EncodeBlock(ReedSolomonEncoder(degree), RandomBytes(random, 12));
    ASSERT_TRUE(AllSyndromesAreZero(block, degree));
    for (std::size_t a = 0; a < block.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        for (int round = 0; round < 8; ++round) {
          Bytes corrupt = block;
          corrupt[a] = static_cast<std::uint8_t>(corrupt[a] ^ (1 + random.Below(255)));
          corrupt[b] = static_cast<std::uint8_t>(corrupt[b] ^ (1 + random.Below(255)));
          ASSERT_FALSE(AllSyndromesAreZero(corrupt, degree)) << degree << " " << a << " " << b;
        }
      }
    }
  }
}

}  // namespace
}  // namespace cctl::detail
