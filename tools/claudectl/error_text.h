// SPDX-License-Identifier: MIT
//
// The sentence of an Error: which part is wrong, how, and where. The text itself is never repeated: it may be a secret.
//
//   ErrorSentence({Errc::kOutOfRange, 25, 65535, "port"}) == "the port is out of range (the highest is 65535), at
//   offset 25"

#ifndef CCTL_TOOLS_CLAUDECTL_ERROR_TEXT_H_
#define CCTL_TOOLS_CLAUDECTL_ERROR_TEXT_H_

#include <string>

#include "cctl/base/result.h"

namespace cctl::cli {

// For errors of a text (IsFormatError); offsets count bytes from its start, the first one being 0.
inline std::string ErrorSentence(const Error& error) {
  std::string sentence = std::string("the ").append(error.part);
  switch (error.code) {
    case Errc::kTruncated:
      sentence.append(" is missing or incomplete");
      break;
    case Errc::kTooLong:
      sentence.append(" is too long (at most ").append(std::to_string(error.value)).append(" characters)");
      break;
    case Errc::kOutOfRange:
      sentence.append(" is out of range");
      if (error.value != 0) sentence.append(" (the highest is ").append(std::to_string(error.value)).append(")");
      break;
    case Errc::kTrailing:
      sentence.append(" is followed by something else");
      break;
    default:
      sentence.append(" is not valid");
      break;
  }
  return sentence.append(", at offset ").append(std::to_string(error.offset));
}

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_ERROR_TEXT_H_
