// SPDX-License-Identifier: MIT
//
// What a connection has still to send. What the socket takes at once is never copied, so an idle connection holds no
// memory but these 24 bytes; what has been sent is wiped before its memory is given back, because links and keys go
// through here.
//
//   cctl::IoStatus status = buffer.Send(socket, line);  // kOk: sent or kept; wait for room while size() > 0
//   status = buffer.Flush(socket);                      // when the poller finds room

#ifndef CCTL_NODE_OUT_BUFFER_H_
#define CCTL_NODE_OUT_BUFFER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "cctl/base/bytes.h"
#include "cctl/base/secret.h"
#include "cctl/net/stream_socket.h"

namespace cctl {

class OutBuffer {
 public:
  OutBuffer() = default;
  OutBuffer(OutBuffer&& other) noexcept { *this = std::move(other); }
  OutBuffer& operator=(OutBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~OutBuffer() { Release(); }

  // Bytes that wait for room. The owner keeps this below 4 GiB (its own limit is far lower).
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }

  // Sends `bytes` behind what waits. kOk: all of it is sent or kept. kClosed, kError: the connection is over.
  IoStatus Send(const StreamSocket& socket, std::string_view bytes) {
    if (size() == 0) {
      const IoResult written = socket.Write(AsBytes(bytes));
      if (written.status == IoStatus::kClosed || written.status == IoStatus::kError) return written.status;
      bytes.remove_prefix(written.size);
    }
    Keep(bytes);
    return IoStatus::kOk;
  }

  // Sends what waits, as far as there is room. kOk: the socket took something, or nothing waits. kWouldBlock: it took
  // nothing. kClosed, kError: the connection is over.
  IoStatus Flush(const StreamSocket& socket) {
    IoStatus status = IoStatus::kOk;
    for (bool any = false; size() > 0; any = true) {
      const IoResult written = socket.Write({data_.get() + begin_, size()});
      if (written.status == IoStatus::kWouldBlock) return any ? IoStatus::kOk : IoStatus::kWouldBlock;
      if (written.status != IoStatus::kOk) return written.status;
      begin_ += static_cast<std::uint32_t>(written.size);
    }
    Release();
    return status;
  }

 private:
  void Keep(std::string_view bytes) {
    if (bytes.empty()) return;
    const std::size_t needed = size() + bytes.size();
    if (needed > capacity_ - begin_) {
      const std::size_t capacity = needed > capacity_ ? (std::max)(needed, std::size_t{2} * capacity_) : capacity_;
      auto grown = std::make_unique<std::uint8_t[]>(capacity);
      const std::size_t kept = size();
      if (kept > 0) std::memcpy(grown.get(), data_.get() + begin_, kept);
      Release();
      data_ = std::move(grown);
      end_ = static_cast<std::uint32_t>(kept);
      capacity_ = static_cast<std::uint32_t>(capacity);
    }
    std::memcpy(data_.get() + end_, bytes.data(), bytes.size());
    end_ += static_cast<std::uint32_t>(bytes.size());
  }

  void Release() {
    Wipe(data_.get(), capacity_);
    data_.reset();
    begin_ = end_ = capacity_ = 0;
  }

  std::unique_ptr<std::uint8_t[]> data_;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace cctl

#endif  // CCTL_NODE_OUT_BUFFER_H_
