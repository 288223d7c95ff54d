// SPDX-License-Identifier: MIT

#include "cctl/qr/qr_png.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_level.h"
#include "tests/support/inflate.h"
#include "tests/support/png_reader.h"

namespace cctl {
namespace {

using testing::Inflater;
using testing::PngImage;
using testing::ReadPng;

QrCode CodeOfVersion(int version) {
  return *QrCode::Encode("cctl://laptop-a3f2@192.168.1.50:9847/k/a3f29b1cd4e5f678",
                         {.level = QrLevel::kL, .raise_level = false, .min_version = version});
}

std::string Drawn(const QrCode& code, const QrPngOptions& options) {
  std::string png;
  EXPECT_TRUE(AppendQrPng(code, options, png));
  return png;
}

// The row of pixels that a row of modules has to be drawn as; what is left of its last byte is 0.
std::string ExpectedRow(const QrCode& code, const QrPngOptions& options, int row) {
  std::string bytes;
  int pixels = 0;
  for (int column = -options.quiet_zone; column < code.size() + options.quiet_zone; ++column) {
    for (int i = 0; i < options.scale; ++i, ++pixels) {
      if (pixels % 8 == 0) bytes += '\0';
      const bool white = code.IsDark(column, row) == options.invert;
      if (white) bytes.back() = static_cast<char>(bytes.back() | 0x80 >> pixels % 8);
    }
  }
  return bytes;
}

void ExpectEveryPixel(const QrCode& code, const QrPngOptions& options) {
  SCOPED_TRACE(::testing::Message() << "version " << code.version() << " quiet zone " << options.quiet_zone << " scale "
                                    << options.scale << " invert " << options.invert);
  const std::optional<PngImage> image = ReadPng(Drawn(code, options));
  ASSERT_TRUE(image);
  const int modules = code.size() + 2 * options.quiet_zone;
  ASSERT_EQ(image->width, static_cast<std::size_t>(modules * options.scale));
  ASSERT_EQ(image->rows.size(), image->width);
  for (int row = 0; row < modules; ++row) {
    const std::string expected = ExpectedRow(code, options, row - options.quiet_zone);
    for (int i = 0; i < options.scale; ++i) {
      ASSERT_EQ(image->rows[static_cast<std::size_t>(row * options.scale + i)], expected) << "row " << row;
    }
  }
}

// The reader, against streams that zlib 1.2.13 wrote: a stored, a fixed and a dynamic block.
TEST(QrPng, TheReaderOfThisTestReadsWhatZlibWrites) {
  const std::string_view stored(
      "\x78\x01\x01\x13\x00\xec\xff"
      "abcabcabcabcabcabcd\x48\xc5\x07\x49",
      30);
  const std::string_view fixed("\x78\x01\x4b\x4c\x4a\x4e\x44\x45\x29\x00\x48\xc5\x07\x49", 14);
  EXPECT_EQ(Inflater::Inflate(stored), "abcabcabcabcabcabcd");
  EXPECT_EQ(Inflater::Inflate(fixed), "abcabcabcabcabcabcd");
  const std::string_view dynamic(
      "\x78\xda\x2d\x8c\xc1\x11\x00\x51\x0c\x41\x6b\xf5\xe8\xbf\x86\x25\x7f\x73\xc0\x20\x84\x6d\xf5\x0a\xe8"
      "\x54\x26\x6b\x32\x2a\x66\x26\xe3\x39\xaf\x85\xfe\x7a\x43\x87\x2c\xe1\xfc\x00\x6d\x3a\x57\x89\xcc\x56"
      "\x6e\xea\xfe\x83\xbb\xa5\x0f\xd6\xa7\x2d\xde",
      61);
  EXPECT_EQ(Inflater::Inflate(dynamic),
            "abcccaaaacaabacaaaadcaabccabaabcabadaaaabbadabaababacaabaaab"
            "acaadaacdbdbaabbcaabadbbbdabcdbaaabdacbabcaaabcaabaabdbcbbaa");
  std::string wrong(fixed);
  wrong.back() = static_cast<char>(wrong.back() ^ 1);
  EXPECT_FALSE(Inflater::Inflate(wrong));
  for (std::size_t size = 0; size < fixed.size(); ++size) EXPECT_FALSE(Inflater::Inflate(fixed.substr(0, size)));
}

TEST(QrPng, EveryPixelIsRight) {
  for (const int version : {4, 7, 40}) {
    const QrCode code = CodeOfVersion(version);
    for (const int scale : {1, 2, 3, 8, 11}) {
      for (const int quiet_zone : {0, 1, 4, 100}) {
        for (const bool invert : {false, true}) {
          ExpectEveryPixel(code, {.quiet_zone = quiet_zone, .scale = scale, .invert = invert});
        }
      }
    }
  }
}

TEST(QrPng, EveryPixelIsRightAtTheLargestScale) {
  ExpectEveryPixel(*QrCode::Encode("1"), {.scale = 64});
  ExpectEveryPixel(CodeOfVersion(4), {.quiet_zone = 100, .scale = 64, .invert = true});
  ExpectEveryPixel(CodeOfVersion(40), {.quiet_zone = 0, .scale = 64});
}

TEST(QrPng, StaysSmall) {
  const QrCode link = CodeOfVersion(4);
  EXPECT_LT(Drawn(link, {.scale = 8}).size(), 4096u);
  EXPECT_EQ(ReadPng(Drawn(link, {.scale = 8}))->data_chunks, 1u);
  EXPECT_LT(Drawn(CodeOfVersion(40), {.scale = 8}).size(), 64u * 1024);
}

TEST(QrPng, LargeDrawingsTakeSeveralChunks) {
  const std::optional<PngImage> image = ReadPng(Drawn(CodeOfVersion(40), {.scale = 8}));
  ASSERT_TRUE(image);
  EXPECT_GT(image->data_chunks, 1u);
}

TEST(QrPng, AScaleOutOfRangeIsRefusedAndAppendsNothing) {
  for (const int scale : {0, -1, 65, -2147483647 - 1, 2147483647}) {
    std::string png = "before";
    EXPECT_EQ(AppendQrPng(CodeOfVersion(4), {.scale = scale}, png).error(),
              (Error{Errc::kOutOfRange, 0, kMaxQrPngScale, "scale"}));
    EXPECT_EQ(png, "before");
  }
}

TEST(QrPng, TheQuietZoneIsClamped) {
  const QrCode code = CodeOfVersion(4);
  EXPECT_EQ(Drawn(code, {.quiet_zone = -2147483647 - 1, .scale = 1}), Drawn(code, {.quiet_zone = 0, .scale = 1}));
  EXPECT_EQ(Drawn(code, {.quiet_zone = 2147483647, .scale = 1}), Drawn(code, {.quiet_zone = 100, .scale = 1}));
}

TEST(QrPng, AppendsToWhatIsThere) {
  const QrCode code = CodeOfVersion(4);
  std::string png = "before";
  ASSERT_TRUE(AppendQrPng(code, {}, png));
  EXPECT_EQ(png, "before" + Drawn(code, {}));
}

}  // namespace
}  // namespace cctl
