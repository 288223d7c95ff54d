// SPDX-License-Identifier: MIT
//
// Applications' messages that came while nobody was subscribed, for whoever subscribes next: 64 of a peer, and a
// mebibyte of it. What is kept here is acknowledged, what finds no room is not (docs/protocol.md, section 4).

#ifndef CCTL_NODE_MESSAGE_INBOX_H_
#define CCTL_NODE_MESSAGE_INBOX_H_

#include <cstddef>
#include <deque>
#include <map>
#include <utility>

#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/node/node_events.h"
#include "cctl/proto/session_limits.h"

namespace cctl {

class MessageInbox {
 public:
  static constexpr std::size_t kMaxBytes = 1024 * 1024;  // of a peer: one message of the greatest size, or many

  // Where messages go: kept here, or to whoever takes the events anyway.
  void set_keeping(bool keeping) { keeping_ = keeping; }

  [[nodiscard]] bool keeping() const { return keeping_; }
  [[nodiscard]] bool empty() const { return queues_.empty(); }

  // Whether the message is delivered or kept.
  bool Offer(const MessageReceived& message, UnixTime at) { return !keeping_ || Keep(message, at); }

  // Keeps it, if there is room.
  bool Keep(const MessageReceived& message, UnixTime at) {
    Queue& queue = queues_[message.peer];
    const std::size_t size = message.payload.size();
    if (queue.messages.size() == kMaxQueuedMessages || size > kMaxBytes - queue.bytes) return false;
    queue.bytes += size;
    queue.messages.emplace_back(message, at);
    return true;
  }

  // Takes out one that is kept, of each peer in the order in which they came. Not where it is empty.
  std::pair<MessageReceived, UnixTime> Take() {
    const auto first = queues_.begin();
    Queue& queue = first->second;
    std::pair<MessageReceived, UnixTime> message = std::move(queue.messages.front());
    queue.messages.pop_front();
    queue.bytes -= message.first.payload.size();
    if (queue.messages.empty()) queues_.erase(first);
    return message;
  }

  void Forget(const Identity& peer) { queues_.erase(peer); }

 private:
  struct Queue {
    std::deque<std::pair<MessageReceived, UnixTime>> messages;
    std::size_t bytes = 0;
  };

  std::map<Identity, Queue> queues_;
  bool keeping_ = false;
};

}  // namespace cctl

#endif  // CCTL_NODE_MESSAGE_INBOX_H_
