// SPDX-License-Identifier: MIT
//
// The number of a connection, given by whoever owns the sockets. Machines compare it and hand it back, nothing else. It
// must not be used again for another connection while the program runs: what is said about a closed one may come late.

#ifndef CCTL_PROTO_CONNECTION_ID_H_
#define CCTL_PROTO_CONNECTION_ID_H_

#include <cstdint>

namespace cctl {

enum class ConnectionId : std::uint64_t {};

}  // namespace cctl

#endif  // CCTL_PROTO_CONNECTION_ID_H_
