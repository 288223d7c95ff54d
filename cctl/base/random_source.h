// SPDX-License-Identifier: MIT
//
// Where randomness comes from is the caller's choice: machines take a RandomSource, programs hand in the operating
// system's (cctl/sys/os_random.h), tests a seeded one. There is no fallback generator: a source that has nothing says
// so and the operation fails.

#ifndef CCTL_BASE_RANDOM_SOURCE_H_
#define CCTL_BASE_RANDOM_SOURCE_H_

#include "cctl/base/bytes.h"
#include "cctl/base/result.h"

namespace cctl {

class RandomSource {
 public:
  virtual ~RandomSource() = default;

  // Fills all of `out` with bytes that nobody can predict, or fails with kIo, part "random", and wipes `out`.
  virtual Result<void> Fill(ByteSpan out) = 0;
};

}  // namespace cctl

#endif  // CCTL_BASE_RANDOM_SOURCE_H_
