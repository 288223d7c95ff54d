// SPDX-License-Identifier: MIT
//
// The protocol of cctl for a program with an event loop of its own: lines and announcements, and the state machines of
// handshake, pairing, sessions and discovery, besides the values of cctl/cctl.h. Needs the standard library alone: no
// socket, file, clock or thread. Those are yours, or cctl/net, cctl/sys and cctl/node.

#ifndef CCTL_MACHINES_H_
#define CCTL_MACHINES_H_

#include "cctl/cctl.h"
#include "cctl/invite/invite.h"
#include "cctl/proto/address_key.h"
#include "cctl/proto/admission.h"
#include "cctl/proto/announcer.h"
#include "cctl/proto/auto_approval.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/connector_handshake.h"
#include "cctl/proto/crossed_requests.h"
#include "cctl/proto/handshake_limits.h"
#include "cctl/proto/handshake_line.h"
#include "cctl/proto/handshake_states.h"
#include "cctl/proto/key_candidates.h"
#include "cctl/proto/lan_limits.h"
#include "cctl/proto/lan_search.h"
#include "cctl/proto/listener_handshake.h"
#include "cctl/proto/nearby_peer.h"
#include "cctl/proto/nearby_peers.h"
#include "cctl/proto/open_challenges.h"
#include "cctl/proto/pair_queue.h"
#include "cctl/proto/peers.h"
#include "cctl/proto/reconnect_backoff.h"
#include "cctl/proto/session.h"
#include "cctl/proto/session_choice.h"
#include "cctl/proto/session_limits.h"
#include "cctl/proto/tailnet_prober.h"
#include "cctl/wire/announcement.h"
#include "cctl/wire/handshake_messages.h"
#include "cctl/wire/instance_id.h"
#include "cctl/wire/json_reader.h"
#include "cctl/wire/json_string.h"
#include "cctl/wire/json_writer.h"
#include "cctl/wire/line_reader.h"
#include "cctl/wire/message_envelope.h"
#include "cctl/wire/message_id.h"
#include "cctl/wire/pair_messages.h"
#include "cctl/wire/version_text.h"
#include "cctl/wire/wire_limits.h"

#endif  // CCTL_MACHINES_H_
