// SPDX-License-Identifier: MIT
//
// Any bytes as each of the short texts that people type, paste or keep in one-line files: a pair code, a key in digits,
// a key file, an identity, a host's name. What is accepted is what a plain description of the form says, and is the
// same after it has been written; an error stands exactly where the text leaves the form.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cctl/base/errc.h"
#include "cctl/base/result.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/identity_from_hostname.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/psk.h"
#include "cctl/store/key_file.h"

namespace {

using cctl::Errc;
using cctl::Error;

void Check(bool holds) {
  if (!holds) std::abort();
}

constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";
constexpr std::string_view kSpaces = " \t\n\v\f\r";
constexpr std::string_view kIdentityCharacters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-";

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return lower;
}

bool IsHex(std::string_view text) { return text.find_first_not_of(kHexDigits) == std::string_view::npos; }

// The code's 16 digits, if the text is one: by its positions from the end, not by reading it.
std::string CodeDigits(std::string_view text) {
  std::string digits(text);
  for (const std::size_t behind : {4u, 8u, 12u}) {
    if (digits.size() > 16 && digits[digits.size() - behind - 1] == '-') digits.erase(digits.size() - behind - 1, 1);
  }
  return digits.size() == 16 && IsHex(digits) ? digits : std::string();
}

void CheckPairCode(std::string_view text) {
  const auto code = cctl::PairCode::Parse(text);
  const std::string digits = CodeDigits(text);
  Check(code.has_value() == !digits.empty());
  if (!code) {
    const Error& error = code.error();
    Check(error.offset <= text.size() && error.part == std::string_view("code") && error.value == 0);
    const auto before = cctl::PairCode::Parse(text.substr(0, error.offset));
    switch (error.code) {
      case Errc::kTruncated:
        Check(error.offset == text.size());
        break;
      case Errc::kInvalid:  // what stands before it is the start of a code
        Check(!before && before.error() == Error{Errc::kTruncated, error.offset, 0, "code"});
        break;
      case Errc::kTrailing:
        Check(before.has_value());
        break;
      default:
        std::abort();
    }
    return;
  }
  char plain[cctl::PairCode::kPlainSize], dashed[cctl::PairCode::kFormattedSize];
  code->FormatPlain(plain);
  code->Format(dashed);
  Check(std::string_view(plain, sizeof plain) == Lower(digits));
  Check(CodeDigits({dashed, sizeof dashed}) == Lower(digits));
  Check(cctl::PairCode::Parse({plain, sizeof plain}).value() == *code);
  Check(cctl::PairCode::Parse({dashed, sizeof dashed}).value() == *code);
  // docs/protocol.md, section 2: the canonical key starts with the code.
  char key[cctl::kPskHexSize];
  cctl::FormatPskHex(cctl::DerivePsk(*code), key);
  Check(std::string_view(key, 16) == Lower(digits));
}

void CheckPskHex(std::string_view text) {
  const auto psk = cctl::ParsePskHex(text);
  Check(psk.has_value() == (text.size() == 64 && IsHex(text)));
  if (psk) {
    char digits[cctl::kPskHexSize];
    cctl::FormatPskHex(*psk, digits);
    Check(std::string_view(digits, sizeof digits) == Lower(text));
    Check(cctl::ParsePskHex({digits, sizeof digits}).value() == *psk);
    return;
  }
  const std::size_t good = std::min(text.find_first_not_of(kHexDigits), text.size());
  const auto at = static_cast<std::uint32_t>(std::min<std::size_t>(good, 64));
  const Errc code = good >= 64 ? Errc::kTooLong : good == text.size() ? Errc::kTruncated : Errc::kInvalid;
  Check(psk.error() == Error{code, at, code == Errc::kTooLong ? 64u : 0u, "psk"});
}

void CheckKeyFile(std::string_view content) {
  const auto key = cctl::ParseKeyFile(content);
  const std::string_view digits = content.substr(0, 64);
  const bool good = content.size() <= cctl::kMaxKeyFileSize && digits.size() == 64 && IsHex(digits) &&
                    content.find_first_not_of(kSpaces, 64) == std::string_view::npos;
  Check(key.has_value() == good);
  if (!key) {
    Check(key.error().offset <= content.size() && key.error().part == std::string_view("psk"));
    return;
  }
  char written[cctl::kKeyFileSize];
  cctl::FormatKeyFile(*key, written);
  Check(std::string_view(written, sizeof written) == Lower(digits) + "\n");
  Check(cctl::ParseKeyFile({written, sizeof written}).value() == *key);
}

void CheckIdentity(std::string_view text) {
  const auto identity = cctl::Identity::Parse(text);
  const std::size_t good = std::min(text.find_first_not_of(kIdentityCharacters), text.size());
  const bool starts = !text.empty() && text[0] != '_' && text[0] != '-';
  Check(identity.has_value() == (starts && good == text.size() && text.size() <= 128));
  if (identity) {
    Check(identity->view() == text);
    Check(cctl::SameName(*identity, cctl::Identity::Parse(Lower(text)).value()));
    return;
  }
  const auto at = static_cast<std::uint32_t>(!starts ? 0 : std::min<std::size_t>(good, 128));
  const Errc code = text.empty() ? Errc::kTruncated : starts && good >= 128 ? Errc::kTooLong : Errc::kInvalid;
  Check(identity.error() == Error{code, at, code == Errc::kTooLong ? 128u : 0u, "identity"});
}

// Whatever a host is called, the identity that is made of its name is one.
void CheckHostname(std::string_view hostname) {
  constexpr std::uint8_t kRandom[2] = {0xa3, 0xf2};
  const cctl::Identity made = cctl::IdentityFromHostname(hostname, kRandom);
  Check(cctl::Identity::Parse(made.view()).has_value() && made.view().ends_with("-a3f2"));
  Check(made.view().size() > 5 && Lower(made.view()) == made.view());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckPairCode(text);
  CheckPskHex(text);
  CheckKeyFile(text);
  CheckIdentity(text);
  CheckHostname(text);
  return 0;
}
