// SPDX-License-Identifier: MIT
//
// A relay, or a client that dials once, as an object: one thread, one event loop, no callbacks. It moves bytes and
// timeouts between the machines of proto/ and the sockets, and serves relay/control.sock; it decides nothing. Call
// RunOnce() again and again, and take what has happened with PollEvent().
//
//   auto node = cctl::Node::Start(options, folder);       // folder.Lock() was called
//   const cctl::RequestId join = (*node)->Join(link, {});
//   while (running) {
//     (*node)->RunOnce(cctl::Minutes(1), {signal_descriptor});
//     while (auto event = (*node)->PollEvent()) Handle(*event);
//   }
//
// A program of many files may compile the Node once: all of them with CCTL_SEPARATE_COMPILATION defined, which leaves
// the interface here, and one of them including cctl/node/running_node.h, too.

#ifndef CCTL_NODE_NODE_H_
#define CCTL_NODE_NODE_H_

#include "cctl/node/node_interface.h"

#ifndef CCTL_SEPARATE_COMPILATION
#include "cctl/node/running_node.h"
#endif

#endif  // CCTL_NODE_NODE_H_
