// SPDX-License-Identifier: MIT
//
// How much memory this process holds by its allocator, where that can be told.

#ifndef CCTL_TESTS_NODE_HEAP_IN_USE_H_
#define CCTL_TESTS_NODE_HEAP_IN_USE_H_

#include <cstddef>
#include <cstdlib>  // defines __GLIBC__
#include <optional>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CCTL_TESTS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define CCTL_TESTS_SANITIZED 1
#endif
#endif

namespace cctl::testing {

// Sanitizers bring allocators of their own, and run several times slower.
#ifdef CCTL_TESTS_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// Bytes in use, the allocator's own headers included; nothing where the allocator does not say.
inline std::optional<std::size_t> HeapInUse() {
#if defined(__GLIBC__) && !defined(CCTL_TESTS_SANITIZED)
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return std::nullopt;
#endif
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_NODE_HEAP_IN_USE_H_
