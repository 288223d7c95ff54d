// SPDX-License-Identifier: MIT
//
// Ids for the messages of one process: "msg_<Unix ms>_<counter>_<8 hex digits of this process>" (docs/protocol.md,
// section 4). The released claudectl drops a message whose id it has seen from any peer, so time and counter alone,
// which two machines can share, are not enough.
//
//   cctl::MessageIds ids(tag);                     // four random bytes
//   ids.Next(cctl::UnixTime{1795422026237}).view()  // "msg_1795422026237_0_a1b2c3d4"

#ifndef CCTL_WIRE_MESSAGE_ID_H_
#define CCTL_WIRE_MESSAGE_ID_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "cctl/base/decimal.h"
#include "cctl/base/hex.h"
#include "cctl/base/inline_string.h"
#include "cctl/base/time.h"

namespace cctl {

using MessageId = InlineString<53>;  // "msg_", 19 for the time, "_", 20 for the counter, "_", 8

class MessageIds {
 public:
  static constexpr std::size_t kTagSize = 4;

  explicit MessageIds(std::span<const std::uint8_t, kTagSize> process) { EncodeHex(process, tag_); }

  // An id that this object has not given before. A date before 1970 is written as 0.
  MessageId Next(UnixTime now) {
    MessageId id(std::string_view("msg_"));
    AppendDecimal(static_cast<std::uint64_t>(now.ms < 0 ? 0 : now.ms), id);
    id.push_back('_');
    AppendDecimal(counter_++, id);
    id.push_back('_');
    id.append(std::string_view(tag_, sizeof(tag_)));
    return id;
  }

 private:
  char tag_[2 * kTagSize];
  std::uint64_t counter_ = 0;
};

}  // namespace cctl

#endif  // CCTL_WIRE_MESSAGE_ID_H_
