// SPDX-License-Identifier: MIT
//
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

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/base/utf8.h"
#include "cctl/qr/qr_best_mask.h"
#include "cctl/qr/qr_blocks.h"
#include "cctl/qr/qr_codewords.h"
#include "cctl/qr/qr_function_patterns.h"
#include "cctl/qr/qr_grid.h"
#include "cctl/qr/qr_level.h"
#include "cctl/qr/qr_line.h"
#include "cctl/qr/qr_mask.h"
#include "cctl/qr/qr_masked_lines.h"
#include "cctl/qr/qr_mode.h"
#include "cctl/qr/qr_placement.h"
#include "cctl/qr/qr_segments.h"

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
