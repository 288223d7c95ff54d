// SPDX-License-Identifier: MIT
//
// Shows that secrets decide no branch and no address: run by valgrind, which is told that the secrets are undefined
// memory, and then complains of each branch and each address that depends on one (the method of ctgrind). What comes
// out is declared public again by the caller, as whoever sends a proof does. Prints `ok NAME` or `FAILED NAME`; exit
// status 1 if anything failed, 77 if valgrind does not run it.
//
// Not covered, because the text decides what is computed: reading a key or a code. That a character is no digit, and
// where, is told to whoever typed it.

#include <valgrind/memcheck.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "cctl/base/bytes.h"
#include "cctl/base/secret.h"
#include "cctl/base/sip_hash.h"
#include "cctl/crypto/hmac_sha256.h"
#include "cctl/crypto/sha256.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/nonce.h"
#include "cctl/identity/pair_code.h"
#include "cctl/identity/proof.h"
#include "cctl/identity/psk.h"
#include "cctl/invite/invite_link.h"

namespace {

template <typename T>
void MakeSecret(T& value) {
  VALGRIND_MAKE_MEM_UNDEFINED(&value, sizeof value);
}
template <typename T>
void MakePublic(T& value) {
  VALGRIND_MAKE_MEM_DEFINED(&value, sizeof value);
}

volatile int sink;  // what is computed is used

int failures = 0;

// Runs a case; `leaks`: valgrind has to complain of it.
template <typename Case>
void Run(const char* name, bool leaks, Case run) {
  const unsigned before = VALGRIND_COUNT_ERRORS;
  run();
  const bool complained = VALGRIND_COUNT_ERRORS != before;
  if (complained != leaks) ++failures;
  std::printf("%s %s\n", complained == leaks ? "ok" : "FAILED", name);
}

std::array<std::uint8_t, 32> Bytes(std::uint8_t first) {
  std::array<std::uint8_t, 32> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(first + 7 * i);
  return bytes;
}

cctl::Psk SecretKey(std::uint8_t first) {
  cctl::Psk key(Bytes(first));
  MakeSecret(key);
  return key;
}

void UseDigest(cctl::Digest digest) {
  MakePublic(digest);
  sink = digest[0];
}

}  // namespace

int main() {
  if (RUNNING_ON_VALGRIND == 0) return 77;
  const auto laptop = *cctl::Identity::Parse("laptop-a3f2"), desktop = *cctl::Identity::Parse("desktop-b7c1");
  const auto nonce = *cctl::Nonce::Parse("5610a8506b7cbad460c722fe0880e0a69db7d45f9d39aab4dd5ce15760767489");
  const auto other = *cctl::Nonce::Parse("9db7d45f9d39aab4dd5ce157607674895610a8506b7cbad460c722fe0880e0a6");

  // That the method sees what it is for.
  Run("control: a branch on a secret is seen", true, [] {
    auto secret = Bytes(1);
    MakeSecret(secret);
    if (secret[3] > 17) sink = 1;
  });
  Run("control: a table read at a secret place is seen", true, [] {
    static const volatile std::uint8_t kTable[256] = {1, 2, 3};
    auto secret = Bytes(1);
    MakeSecret(secret);
    int read = kTable[secret[5]];
    MakePublic(read);
    sink = read;
  });
  Run("control: a comparison that stops early is seen", true, [] {
    auto a = Bytes(1), b = Bytes(1);
    MakeSecret(a);
    std::size_t i = 0;
    while (i < a.size() && a[i] == b[i]) ++i;
    sink = static_cast<int>(i);
  });

  Run("proofs are compared", false, [] {
    for (const std::uint8_t first : {std::uint8_t{1}, std::uint8_t{2}}) {
      cctl::Proof expected = Bytes(1), received = Bytes(first);
      MakeSecret(expected);
      bool equal = cctl::ConstantTimeEqual(expected, received);
      MakePublic(equal);
      sink = equal ? 1 : 0;
    }
  });
  Run("keys are compared", false, [] {
    bool equal = SecretKey(1) == SecretKey(2);
    MakePublic(equal);
    sink = equal ? 1 : 0;
  });
  Run("a key is copied, and wiped", false, [] {
    cctl::Psk key = SecretKey(1);
    const cctl::Psk copy = key;
    key = copy;
  });
  Run("SHA-256 of a secret, at once and in parts", false, [] {
    std::array<std::uint8_t, 200> secret = {};
    MakeSecret(secret);
    for (std::size_t size = 0; size <= secret.size(); size += 50) {
      UseDigest(cctl::Sha256::Hash(cctl::ByteView(secret).first(size)));
      cctl::Sha256 hash;
      hash.Update(cctl::ByteView(secret).first(size / 3));
      hash.Update(cctl::ByteView(secret).subspan(size / 3, size - size / 3));
      UseDigest(hash.Finish());
    }
  });
  Run("HMAC with a secret key and a secret message", false, [] {
    std::array<std::uint8_t, 200> secret = {};
    MakeSecret(secret);
    for (const std::size_t key_size : {0u, 32u, 64u, 65u, 200u}) {
      UseDigest(cctl::HmacSha256(cctl::ByteView(secret).first(key_size), secret));
    }
  });
  Run("the connector's proof", false, [&] { UseDigest(cctl::ConnectorProof(SecretKey(1), nonce)); });
  Run("the listener's proof", false,
      [&] { UseDigest(cctl::ListenerProof(SecretKey(1), laptop, desktop, other, nonce)); });
  Run("the proof that a key was stored", false, [&] { UseDigest(cctl::ConfirmProof(SecretKey(1), other, nonce)); });
  Run("a key is rotated", false, [&] {
    cctl::Psk rotated = cctl::RotatePsk(SecretKey(1), other, nonce, desktop, laptop);
    MakePublic(rotated);
    sink = rotated.bytes()[0];
  });
  Run("a key is derived from a code", false, [] {
    cctl::PairCode code(std::span<const std::uint8_t, 32>(Bytes(1)).first<8>());
    MakeSecret(code);
    cctl::Psk key = cctl::DerivePsk(code);
    MakePublic(key);
    sink = key.bytes()[0];
  });
  Run("a key is written in digits", false, [] {
    char digits[cctl::kPskHexSize];
    cctl::FormatPskHex(SecretKey(1), digits);
    MakePublic(digits);
    sink = digits[0];
  });
  Run("a code is written, alone and in a link", false, [&] {
    cctl::PairCode code(std::span<const std::uint8_t, 32>(Bytes(1)).first<8>());
    MakeSecret(code);
    char text[cctl::PairCode::kFormattedSize];
    code.Format(text);
    MakePublic(text);
    sink = text[0];
    cctl::InviteLinkText link;
    cctl::FormatInviteLink({laptop, *cctl::Host::Parse("192.168.1.50"), 9847, code}, link);
    MakePublic(link);
    sink = link.data()[0];
  });
  Run("a keyed hash of what strangers choose", false, [] {
    cctl::SipKey key{1, 2};
    MakeSecret(key);
    std::uint64_t hash = cctl::SipHash(key, cctl::AsBytes("laptop-a3f2"));
    MakePublic(hash);
    sink = static_cast<int>(hash);
  });
  return failures == 0 ? 0 : 1;
}
