// SPDX-License-Identifier: MIT
//
// SHA-256 against OpenSSL's low-level context, which is the least that OpenSSL can be asked to do.
//
// The portable path is compared with OpenSSL's assembler for processors without SHA instructions. OpenSSL decides that
// when it is loaded, so take them away from it in the environment (bit 29 of CPUID 7 EBX); the other pairs then are
// left out, being unfair:
//
//   OPENSSL_ia32cap=:~0x20000000 bazel-bin/benchmarks/sha256_benchmark

#define OPENSSL_SUPPRESS_DEPRECATED  // the low-level context is the fastest peer

#include <openssl/sha.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "benchmark/benchmark.h"
#include "benchmarks/ratio.h"
#include "cctl/base/bytes.h"
#include "cctl/crypto/sha256.h"

namespace {

using cctl::bench::RunPaired;

cctl::ByteView Message(std::size_t size) {
  static const std::vector<std::uint8_t> bytes(64 * 1024, 0x5a);
  return cctl::ByteView(bytes).first(size);
}

auto Ours(std::size_t size) {
  return [message = Message(size)] {
    cctl::Sha256 hash;
    hash.Update(message);
    benchmark::DoNotOptimize(hash.Finish());
  };
}

auto OursAtOnce(std::size_t size) {
  return [message = Message(size)] { benchmark::DoNotOptimize(cctl::Sha256::Hash(message)); };
}

auto OursPortable(std::size_t size) {
  return [message = Message(size)] {
    benchmark::DoNotOptimize(cctl::detail::Sha256HashBy<cctl::detail::Sha256CompressPortable>(message));
  };
}

auto OpenSsl(std::size_t size) {
  return [message = Message(size)] {
    SHA256_CTX context;
    cctl::Digest digest;
    SHA256_Init(&context);
    SHA256_Update(&context, message.data(), message.size());
    SHA256_Final(digest.data(), &context);
    benchmark::DoNotOptimize(digest);
  };
}

[[maybe_unused]] const bool kRegistered = [] {
  if (std::getenv("OPENSSL_ia32cap") != nullptr || !cctl::detail::HasShaInstructions()) {
    RunPaired("Sha256Portable/64", OursPortable(64), OpenSsl(64), 1.33);
    RunPaired("Sha256Portable/65536", OursPortable(65536), OpenSsl(65536), 1.33);  // 0.75 of the throughput
    return true;
  }
  RunPaired("Sha256/64", Ours(64), OpenSsl(64), 1.10);
  RunPaired("Sha256/65536", Ours(65536), OpenSsl(65536), 1.03);
  RunPaired("Sha256Hash/64", OursAtOnce(64), OpenSsl(64), 1.10);
  return true;
}();

}  // namespace
