// SPDX-License-Identifier: MIT
//
// The operating system's random generator: getrandom() on Linux, getentropy() on macOS and BSD, BCryptGenRandom() on
// Windows. Where it fails the operation fails; nothing takes its place. Thread-safe.

#ifndef CCTL_SYS_OS_RANDOM_H_
#define CCTL_SYS_OS_RANDOM_H_

#ifdef _WIN32
#include "cctl/base/windows_api.h"
// It has to come before these.
#include <bcrypt.h>
#else
#include <sys/random.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "cctl/base/bytes.h"
#include "cctl/base/random_source.h"
#include "cctl/base/result.h"
#include "cctl/base/secret.h"

namespace cctl {

class OsRandom final : public RandomSource {
 public:
  // Waits for the generator only where the machine has just been started and has nothing yet.
  Result<void> Fill(ByteSpan out) override {
    for (ByteSpan left = out; !left.empty();) {
      // At most 256 bytes at once: all that getentropy() gives, and never interrupted by a signal in getrandom().
      const ByteSpan chunk = left.first(std::min<std::size_t>(left.size(), 256));
      if (const int error = FillChunk(chunk); error != 0) {
        Wipe(out.data(), out.size());
        return Error{Errc::kIo, 0, static_cast<std::uint32_t>(error), "random"};
      }
      left = left.subspan(chunk.size());
    }
    return {};
  }

 private:
  // 0, or the system's number.
  static int FillChunk(ByteSpan chunk) {
#ifdef _WIN32
    return static_cast<int>(
        BCryptGenRandom(nullptr, chunk.data(), static_cast<ULONG>(chunk.size()), BCRYPT_USE_SYSTEM_PREFERRED_RNG));
#elif defined(__linux__)
    for (;;) {
      const ssize_t size = ::getrandom(chunk.data(), chunk.size(), 0);
      if (size == static_cast<ssize_t>(chunk.size())) return 0;
      if (size < 0 && errno != EINTR) return errno;  // EINTR: while it waited for the machine's first randomness
      if (size >= 0) return EIO;
    }
#else
    return ::getentropy(chunk.data(), chunk.size()) == 0 ? 0 : errno;
#endif
  }
};

}  // namespace cctl

#endif  // CCTL_SYS_OS_RANDOM_H_
