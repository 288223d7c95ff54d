// SPDX-License-Identifier: MIT
//
// QR codes against libqrencode: the same text at the same level with automatic mask. libqrencode is asked for byte mode
// alone, which is the least work for it; ours also looks for the shortest segments. Before anything is timed, both have
// to draw the same modules from the same segments.
//
// Built twice: as it is, and as qr_code_plain_benchmark without any instruction that not every x86-64 processor has.

#include <qrencode.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "benchmark/benchmark.h"
#include "benchmarks/ratio.h"
#include "cctl/qr/qr_code.h"
#include "cctl/qr/qr_level.h"
#include "cctl/qr/qr_mode.h"
#include "cctl/qr/qr_segments.h"
#include "tests/support/naive_qr.h"

namespace {

using cctl::bench::RunPaired;

constexpr std::string_view kLink = "cctl://laptop-a3f2@192.168.1.50:9847/k/a3f29b1cd4e5f678";
constexpr cctl::QrOptions kOptions = {.level = cctl::QrLevel::kM, .raise_level = false};

// Links, one a line, so that there is something to divide.
std::string Text(std::size_t size) {
  std::string text;
  while (text.size() < size) text.append(kLink).push_back('\n');
  text.resize(size);
  return text;
}

auto Ours(const std::string& text) {
  return [text] { benchmark::DoNotOptimize(cctl::QrCode::Encode(text, kOptions)); };
}

auto Libqrencode(const std::string& text) {
  return [text] { QRcode_free(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M)); };
}

auto Naive(const std::string& text, int version) {
  return [text, version] {
    benchmark::DoNotOptimize(cctl::testing::NaiveEncode({{cctl::testing::NaiveMode::kByte, text}}, version,
                                                        static_cast<int>(kOptions.level), -1));
  };
}

// Ends the program unless libqrencode draws what we do.
void CompareModules(std::string_view text) {
  const cctl::QrCode ours = cctl::QrCode::Encode(text, kOptions).value();
  const cctl::detail::QrSegmentation segments(text, cctl::detail::QrRangeOf(ours.version()));
  QRinput* const input = QRinput_new2(ours.version(), QR_ECLEVEL_M);
  for (std::size_t start = 0, end = 0; start < text.size(); start = end) {
    while (end < text.size() && segments.mode(end) == segments.mode(start)) ++end;
    constexpr QRencodeMode kModes[] = {QR_MODE_NUM, QR_MODE_AN, QR_MODE_8};
    QRinput_append(input, kModes[static_cast<int>(segments.mode(start))], static_cast<int>(end - start),
                   reinterpret_cast<const unsigned char*>(text.data()) + start);
  }
  QRcode* const theirs = QRcode_encodeInput(input);
  bool same = theirs != nullptr && theirs->width == ours.size();
  for (int i = 0; same && i < ours.size() * ours.size(); ++i) {
    same = ours.IsDark(i % ours.size(), i / ours.size()) == ((theirs->data[i] & 1) != 0);
  }
  QRcode_free(theirs);
  QRinput_free(input);
  if (same) return;
  std::fprintf(stderr, "libqrencode draws something else for a text of %zu bytes\n", text.size());
  std::exit(1);
}

[[maybe_unused]] const bool kRegistered = [] {
#ifdef CCTL_PLAIN_INSTRUCTIONS
  constexpr double kLinkAim = 0.12;
#else
  constexpr double kLinkAim = 0.06;
#endif
  for (const std::size_t size : {kLink.size(), std::size_t{80}, std::size_t{500}, std::size_t{2000}}) {
    const std::string text = Text(size);
    CompareModules(text);
    if (size == kLink.size()) {
      const int version = cctl::QrCode::Encode(text, kOptions)->version();
      RunPaired("QrCodeToNaive/55", Ours(text), Naive(text, version), 1);
    }
    RunPaired(("QrCode/" + std::to_string(size)).c_str(), Ours(text), Libqrencode(text),
              size == 2000 ? 0.09 : kLinkAim);
  }
  return true;
}();

}  // namespace
