// SPDX-License-Identifier: MIT
//
// What an x86-64 processor can do beyond what all of them can (Intel 64 and IA-32 Architectures Software Developer's
// Manual, volume 2, CPUID). Found out when first asked and kept: CPUID takes microseconds on a virtual machine, where
// it traps. Any number of threads may be first: they find the same. Other processors can do none of it, and a program
// that is compiled with CCTL_PLAIN_INSTRUCTIONS defined asks for none.

#ifndef CCTL_BASE_X86_FEATURES_H_
#define CCTL_BASE_X86_FEATURES_H_

#if defined(__x86_64__) && defined(__GNUC__) && !defined(CCTL_PLAIN_INSTRUCTIONS)
#include <cpuid.h>

#include <cstdint>
#endif

namespace cctl::detail {

#if defined(__x86_64__) && defined(__GNUC__) && !defined(CCTL_PLAIN_INSTRUCTIONS)

template <bool (*kDetect)()>
bool AskProcessorOnce() {
  static std::uint8_t answer = 0;  // 0: not asked yet, 1: no, 2: yes; an atomic without <atomic>
  std::uint8_t known = __atomic_load_n(&answer, __ATOMIC_RELAXED);
  if (known == 0) {
    known = kDetect() ? 2 : 1;
    __atomic_store_n(&answer, known, __ATOMIC_RELAXED);
  }
  return known == 2;
}

[[gnu::noinline, gnu::cold]] inline bool DetectShaInstructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSSE3) == 0 || (c & bit_SSE4_1) == 0) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

[[gnu::noinline, gnu::cold]] inline bool DetectAvx2() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_OSXSAVE) == 0 || (c & bit_AVX) == 0) return false;
  // The operating system has to keep a thread's wide registers, too: bits 1 and 2 of XCR0.
  unsigned low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if ((low & 6) != 6) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_AVX2) != 0;
}

// The SHA instructions, with the SSSE3 and SSE4.1 that code by them needs.
inline bool HasShaInstructions() {
#if defined(__SHA__) && defined(__SSE4_1__)
  return true;  // the whole program is compiled for such processors
#else
  return AskProcessorOnce<DetectShaInstructions>();
#endif
}

inline bool HasAvx2() {
#ifdef __AVX2__
  return true;
#else
  return AskProcessorOnce<DetectAvx2>();
#endif
}

#else

constexpr bool HasShaInstructions() { return false; }
constexpr bool HasAvx2() { return false; }

#endif

}  // namespace cctl::detail

#endif  // CCTL_BASE_X86_FEATURES_H_
