// SPDX-License-Identifier: MIT
//
// The addresses of one peer in the order in which they are dialled, the one that answered last first: at most
// kMaxPeerAddresses texts in one block of memory, 8 bytes where there is none. What the texts mean ("192.0.2.7:9847")
// is for the dialler to know; they may come from outside.

#ifndef CCTL_PROTO_PEER_ADDRESSES_H_
#define CCTL_PROTO_PEER_ADDRESSES_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "cctl/proto/session_limits.h"

namespace cctl {

class PeerAddresses {
 public:
  [[nodiscard]] bool empty() const { return text_ == nullptr; }

  // The first address; empty if there is none.
  [[nodiscard]] std::string_view First() const { return Line(view()); }

  // The address after `address`; empty if that is the last or not here.
  [[nodiscard]] std::string_view After(std::string_view address) const {
    for (std::string_view rest = view(); !rest.empty();) {
      const std::string_view line = Line(rest);
      rest.remove_prefix(line.size() + 1);
      if (line == address) return Line(rest);
    }
    return {};
  }

  // Puts an address in front, or moves it there; the last goes if there are too many. One that is empty, too long or
  // holds a newline or a zero is ignored.
  void PutFirst(std::string_view address) {
    if (!IsUsable(address) || First() == address) return;
    Assign(address, view(), {});
  }

  // Puts an address at the end, in place of the last if there are too many; ignored where PutFirst would, or if it is
  // here already.
  void PutLast(std::string_view address) {
    if (!IsUsable(address) || Contains(address)) return;
    Assign({}, view(), address);
  }

 private:
  static bool IsUsable(std::string_view address) {
    return !address.empty() && address.size() <= kMaxPeerAddressSize &&
           address.find_first_of(std::string_view("\n\0", 2)) == std::string_view::npos;
  }

  static std::string_view Line(std::string_view text) { return text.substr(0, text.find('\n')); }

  [[nodiscard]] std::string_view view() const { return empty() ? std::string_view() : std::string_view(text_.get()); }

  [[nodiscard]] bool Contains(std::string_view address) const {
    for (std::string_view rest = view(); !rest.empty();) {
      const std::string_view line = Line(rest);
      if (line == address) return true;
      rest.remove_prefix(line.size() + 1);
    }
    return false;
  }

  // The addresses become `first`, then those of `middle` but for the two others, then `last`; either may be empty.
  void Assign(std::string_view first, std::string_view middle, std::string_view last) {
    std::string text;
    std::size_t count = last.empty() ? 0 : 1;
    const auto take = [&text](std::string_view address) { text.append(address).push_back('\n'); };
    if (!first.empty()) {
      take(first);
      ++count;
    }
    while (!middle.empty() && count < kMaxPeerAddresses) {
      const std::string_view line = Line(middle);
      middle.remove_prefix(line.size() + 1);
      if (line == first) continue;
      take(line);
      ++count;
    }
    if (!last.empty()) take(last);
    std::unique_ptr<char[]> block(new char[text.size() + 1]);
    text.copy(block.get(), text.size());
    block[text.size()] = '\0';
    text_ = std::move(block);
  }

  std::unique_ptr<char[]> text_;  // each address with a newline after it, then a zero
};

}  // namespace cctl

#endif  // CCTL_PROTO_PEER_ADDRESSES_H_
