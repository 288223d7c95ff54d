// SPDX-License-Identifier: MIT
//
// The closed set of error codes. Every code has a stable name, which `--json` prints as `error.code` and tests compare;
// names are never changed or reused. The first group says what is wrong with a text or a line (codecs), the second what
// went wrong in a protocol or on the machine. Light: the standard library's <string_view> only.
//
//   cctl::ErrcName(cctl::Errc::kIdentityMismatch) == "identity_mismatch"

#ifndef CCTL_BASE_ERRC_H_
#define CCTL_BASE_ERRC_H_

#include <cstdint>
#include <string_view>

namespace cctl {

enum class Errc : std::uint8_t {
  // What codecs find. On the command line all of them are `invalid`; from a peer they are `protocol`.
  kInvalid,     // not of the form that is expected here
  kTruncated,   // the input ends inside the part
  kTooLong,     // longer than its limit; Error::value is the limit
  kTooDeep,     // nested deeper than the limit; Error::value is the limit
  kOutOfRange,  // a number outside its range
  kDuplicate,   // the same member twice
  kMissing,     // a member that must be there is not
  kTrailing,    // something follows the end

  // What protocols, the machine and the command line find.
  kInternal,
  kIo,
  kCheckFailed,
  kUsage,
  kConfig,
  kUnreachable,
  kNotFound,
  kProtocol,
  kAmbiguous,
  kDenied,
  kAuthFailed,
  kUnproven,
  kIdentityMismatch,
  kUntrustedNetwork,
  kUnsupported,
  kTimeout,
  kBusy,
  kExpired,
  kNoRelay,
  kAlreadyRunning,
  kPartial,
  kInterrupted,
};

// Number of codes; the last one is kErrcCount - 1.
inline constexpr int kErrcCount = static_cast<int>(Errc::kInterrupted) + 1;

// The stable name of a code, lower case with underscores.
constexpr std::string_view ErrcName(Errc code) {
  switch (code) {
    case Errc::kInvalid:
      return "invalid";
    case Errc::kTruncated:
      return "truncated";
    case Errc::kTooLong:
      return "too_long";
    case Errc::kTooDeep:
      return "too_deep";
    case Errc::kOutOfRange:
      return "out_of_range";
    case Errc::kDuplicate:
      return "duplicate";
    case Errc::kMissing:
      return "missing";
    case Errc::kTrailing:
      return "trailing";
    case Errc::kInternal:
      return "internal";
    case Errc::kIo:
      return "io";
    case Errc::kCheckFailed:
      return "check_failed";
    case Errc::kUsage:
      return "usage";
    case Errc::kConfig:
      return "config";
    case Errc::kUnreachable:
      return "unreachable";
    case Errc::kNotFound:
      return "not_found";
    case Errc::kProtocol:
      return "protocol";
    case Errc::kAmbiguous:
      return "ambiguous";
    case Errc::kDenied:
      return "denied";
    case Errc::kAuthFailed:
      return "auth_failed";
    case Errc::kUnproven:
      return "unproven";
    case Errc::kIdentityMismatch:
      return "identity_mismatch";
    case Errc::kUntrustedNetwork:
      return "untrusted_network";
    case Errc::kUnsupported:
      return "unsupported";
    case Errc::kTimeout:
      return "timeout";
    case Errc::kBusy:
      return "busy";
    case Errc::kExpired:
      return "expired";
    case Errc::kNoRelay:
      return "no_relay";
    case Errc::kAlreadyRunning:
      return "already_running";
    case Errc::kPartial:
      return "partial";
    case Errc::kInterrupted:
      return "interrupted";
  }
  return "internal";
}

// True for the codes of the first group: the text itself is at fault.
constexpr bool IsFormatError(Errc code) { return code <= Errc::kTrailing; }

}  // namespace cctl

#endif  // CCTL_BASE_ERRC_H_
