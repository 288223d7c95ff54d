// SPDX-License-Identifier: MIT
//
// HMAC-SHA256 of a 64-byte message, a nonce, under a 32-byte key, against OpenSSL's one-shot HMAC().

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdint>

#include "benchmark/benchmark.h"
#include "benchmarks/ratio.h"
#include "cctl/base/bytes.h"
#include "cctl/crypto/hmac_sha256.h"

namespace {

using cctl::bench::RunPaired;

constexpr std::uint8_t kKey[32] = {0x5a};
constexpr std::uint8_t kMessage[64] = {0xa5};

void OpenSsl() {
  std::uint8_t mac[32];
  benchmark::DoNotOptimize(HMAC(EVP_sha256(), kKey, sizeof kKey, kMessage, sizeof kMessage, mac, nullptr));
  benchmark::DoNotOptimize(mac);
}

[[maybe_unused]] const bool kRegistered = [] {
  RunPaired(
      "HmacSha256/64", [] { benchmark::DoNotOptimize(cctl::HmacSha256(kKey, kMessage)); }, OpenSsl, 0.18);
  RunPaired(
      "HmacSha256Key::Mac/64", [key = cctl::HmacSha256Key(kKey)] { benchmark::DoNotOptimize(key.Mac(kMessage)); },
      OpenSsl, 0.12);
  return true;
}();

}  // namespace
