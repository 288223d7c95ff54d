// SPDX-License-Identifier: MIT
//
// Every version at every level with every mask, read back by zbarimg of the package zbar-tools, a decoder that nobody
// here has written: from the PNG, and from the drawing as text, turned into a picture as a terminal would show it.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/utf8.h"
#include "cctl/qr/qr_blocks.h"
#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_level.h"
#include "cctl/qr/qr_mode.h"
#include "cctl/qr/qr_png.h"
#include "cctl/qr/qr_text.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/seeded_random.h"

namespace cctl {
namespace {

using testing::ScratchFolder;
using testing::SeededRandom;

constexpr int kPixels = 4;  // of a module; zbar wants some

// Printable ASCII, as many characters as fit in bytes: runs of any, of capitals and of digits, so that all modes occur.
std::string Content(SeededRandom& random, int version, QrLevel level) {
  const auto length = static_cast<std::size_t>(QrCapacity(version, level, QrMode::kByte));
  std::string text;
  while (text.size() < length) {
    const std::uint64_t kind = random.Below(3);
    for (std::uint64_t left = 1 + random.Below(12); left > 0; --left) {
      text += static_cast<char>(kind == 0   ? ' ' + random.Below(95)
                                : kind == 1 ? 'A' + random.Below(26)
                                            : '0' + random.Below(10));
    }
  }
  text.resize(length);
  return text;
}

// What a terminal paints with: entries of the palette of 256, or its own colours.
struct Pen {
  static constexpr int kOwn = -1, kBlack = 16, kWhite = 231;
  int ink = kOwn;
  int paper = kOwn;

  friend bool operator==(const Pen&, const Pen&) = default;
};

// Changes the pen by the escape sequence that the text begins with, and returns its size. 0: none that is understood.
std::size_t ReadEscape(std::string_view text, Pen& pen) {
  const std::size_t end = text.find('m');
  if (!text.starts_with("\x1b[") || end == std::string_view::npos) return 0;
  std::istringstream parameters(std::string(text.substr(2, end - 2)));
  std::vector<int> codes;
  for (std::string code; std::getline(parameters, code, ';');) {
    if (code.empty() || code.size() > 3 || code.find_first_not_of("0123456789") != std::string::npos) return 0;
    codes.push_back(std::stoi(code));
  }
  if (codes.empty()) codes.push_back(0);
  for (std::size_t i = 0; i < codes.size();) {
    if (codes[i] == 0) {
      pen = Pen();
      ++i;
    } else if ((codes[i] == 38 || codes[i] == 48) && i + 2 < codes.size() && codes[i + 1] == 5) {
      (codes[i] == 38 ? pen.ink : pen.paper) = codes[i + 2];
      i += 3;
    } else {
      return 0;
    }
  }
  return end + 1;
}

// A drawing as pixels, true for dark. With colours every cell has to be black on white; without any, ink is dark, as on
// paper. A cell of a terminal is twice as high as wide.
std::vector<std::vector<bool>> ShowText(std::string_view drawing, QrTextStyle style, bool colors) {
  const int cell_width = style == QrTextStyle::kHalf ? kPixels : kPixels / 2;
  const int cell_height = 2 * cell_width;
  const Pen expected = colors ? Pen{Pen::kBlack, Pen::kWhite} : Pen();
  std::vector<std::vector<bool>> pixels(static_cast<std::size_t>(cell_height));
  std::size_t line = 0;
  Pen pen;
  while (!drawing.empty()) {
    if (const std::size_t size = ReadEscape(drawing, pen)) {
      drawing.remove_prefix(size);
      continue;
    }
    if (drawing[0] == '\n') {
      EXPECT_EQ(pen, Pen()) << "the terminal keeps the colours";
      line += static_cast<std::size_t>(cell_height);
      pixels.resize(line + static_cast<std::size_t>(cell_height));
      drawing.remove_prefix(1);
      continue;
    }
    const Utf8Character c = DecodeUtf8(drawing);
    const bool upper = c.code_point == U'\u2580' || c.code_point == U'\u2588' || c.code_point == U'#';
    const bool lower = c.code_point == U'\u2584' || c.code_point == U'\u2588' || c.code_point == U'#';
    if (!upper && !lower && c.code_point != U' ') {
      ADD_FAILURE() << "a drawing has no " << static_cast<std::uint32_t>(c.code_point);
      return {};
    }
    EXPECT_EQ(pen, expected) << "ink " << pen.ink << ", paper " << pen.paper;
    for (int y = 0; y < cell_height; ++y) {
      std::vector<bool>& row = pixels[line + static_cast<std::size_t>(y)];
      row.insert(row.end(), static_cast<std::size_t>(cell_width), y < cell_width ? upper : lower);
    }
    drawing.remove_prefix(c.size);
  }
  pixels.resize(line);
  return pixels;
}

// Portable bitmap, as text.
std::string Bitmap(const std::vector<std::vector<bool>>& pixels) {
  std::string out = "P1\n" + std::to_string(pixels[0].size()) + " " + std::to_string(pixels.size()) + "\n";
  for (const std::vector<bool>& row : pixels) {
    for (const bool dark : row) out += dark ? '1' : '0';
    out += '\n';
  }
  return out;
}

// What zbarimg reads in the pictures, one a line and in their order.
std::vector<std::string> ReadByZbar(const std::vector<std::string>& files) {
  std::string command = "zbarimg --nodbus --quiet --raw --set '*.enable=0' --set qr.enable=1";
  for (const std::string& file : files) command += " " + file;
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {"zbarimg does not run"};
  std::string out;
  std::array<char, 4096> part;
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe)) out.append(part.data(), size);
  const int status = pclose(pipe);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
      << "status " << status << ", 4: there is one it cannot read";
  std::vector<std::string> lines;
  std::istringstream stream(out);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

class QrZbar : public ::testing::TestWithParam<int> {};

// The parameter is the version. The three styles, with and without colours, take turns.
TEST_P(QrZbar, ReadsEveryLevelAndMask) {
  const int version = GetParam();
  SCOPED_TRACE(::testing::Message() << "seed " << version);
  SeededRandom random(static_cast<std::uint64_t>(version));
  ScratchFolder scratch;
  std::vector<std::string> files, expected;
  for (const QrLevel level : {QrLevel::kL, QrLevel::kM, QrLevel::kQ, QrLevel::kH}) {
    for (int mask = 0; mask < 8; ++mask) {
      const std::string text = Content(random, version, level);
      const auto code = QrCode::Encode(
          text, {.level = level, .raise_level = false, .min_version = version, .max_version = version, .mask = mask});
      ASSERT_TRUE(code);
      const std::string name = scratch.Below(QrLevelLetter(level) + std::to_string(mask));

      std::string png;
      ASSERT_TRUE(AppendQrPng(*code, {.scale = kPixels}, png));
      files.push_back(name + ".png");
      std::ofstream(files.back(), std::ios::binary) << png;

      // Over the versions each mask comes in all styles, and each style in both ways.
      const auto style = static_cast<QrTextStyle>((version + mask) % 3);
      const bool colors = (version / 3 + mask) % 2 == 0;
      std::string drawing;
      AppendQrText(*code, {.style = style, .colors = colors}, drawing);
      const std::vector<std::vector<bool>> pixels = ShowText(drawing, style, colors);
      ASSERT_FALSE(pixels.empty());
      files.push_back(name + ".pbm");
      std::ofstream(files.back()) << Bitmap(pixels);
      expected.insert(expected.end(), 2, text);
    }
  }
  const std::vector<std::string> read = ReadByZbar(files);
  for (std::size_t i = 0; i < files.size() && i < read.size(); ++i) ASSERT_EQ(read[i], expected[i]) << files[i];
  EXPECT_EQ(read.size(), files.size());
}

INSTANTIATE_TEST_SUITE_P(Versions, QrZbar, ::testing::Range(kMinQrVersion, kMaxQrVersion + 1));

}  // namespace
}  // namespace cctl
