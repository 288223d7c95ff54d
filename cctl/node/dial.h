// SPDX-License-Identifier: MIT
//
// One attempt to reach somebody, from the name to the session: who is expected there, with which key, at which of its
// addresses, how long. What it ends with is one line for a person and one code for a program.

#ifndef CCTL_NODE_DIAL_H_
#define CCTL_NODE_DIAL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/host_name.h"
#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/identity/psk.h"
#include "cctl/net/endpoint.h"
#include "cctl/node/node_events.h"
#include "cctl/node/outcome.h"
#include "cctl/proto/connection_id.h"
#include "cctl/store/meta_file.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/wire/instance_id.h"

namespace cctl {

using DialId = std::uint64_t;  // never 0, never used twice

enum class DialPurpose : std::uint8_t {
  kKeep,     // a relay's own peer, as proto/peers.h wants it
  kJoin,     // by a link
  kConnect,  // the user names an address
  kCheck,    // `join` of somebody who is paired already: does it answer?
  kPair,     // by a pair request
  kReach,    // a peer that is paired, where a project's file or the LAN says that it is
  kProbe,    // does a relay of that name answer there? No key is used
  kTailnet,  // a node of the tailnet, which may be a peer
};

// How far a pairing by request is.
enum class PairStage : std::uint8_t {
  kAsk,       // the other side's user has not agreed yet
  kProve,     // a key is stored that the other side may have: it is tried, and asked anew only if it is refused
  kApproved,  // the key was approved and stored: what is left is to prove it
};

struct Dial {
  DialId id = 0;
  DialPurpose purpose = DialPurpose::kKeep;
  RequestId request = 0;                  // 0: nobody waits for it
  RequestId reach = 0;                    // of which it is one attempt
  std::optional<Identity> expected = {};  // kConnect: may be absent
  std::string address = {};               // as it was named: "desk.example.net:9847"
  Instant deadline = {};                  // for all of it
  bool allow_unproven = false;
  std::optional<Psk> link_key = {};      // kJoin
  std::optional<Psk> proving = {};       // the key that is stored for who is expected, once it is being proved
  std::optional<Host> link_host = {};    // kJoin
  std::optional<Identity> key_of = {};   // whose stored key was sent to a listener that had not said who it is
  std::vector<Endpoint> endpoints = {};  // that are still to be tried
  std::optional<ConnectionId> connection = {};
  Endpoint current = {};                    // that is being tried
  PairStage stage = PairStage::kAsk;        // kPair
  PairedVia via = PairedVia::kLan;          // kPair
  std::optional<Instant> retry_at = {};     // kPair: when `current` is tried again
  std::optional<Instant> resolve_by = {};   // when a name that has no address yet is given up
  std::optional<InstanceId> instance = {};  // kProbe
  bool asked = false;                       // kPair: the request is with the other side's user
  bool answered = false;                    // kProbe
  bool may_ask = true;                      // kPair: a request may be sent; else only keys that there are count
  bool by_tailnet = false;                  // kPair: at `current` the tailnet's key is tried first
  bool no_tailnet_key = false;              // kPair: that was refused
  bool awaits_tailnet = false;              // kConnect: there was no key, and the tailnet may have one
  std::optional<StableId> node = {};        // kTailnet: which
  Duration patience = {};                   // kTailnet: how long the connection may take
  std::optional<Identity> named = {};       // kTailnet: who the relay there says it is
  bool left_alone = false;                  // kTailnet: it is connected, or was disconnected by the user
  std::optional<Error> error = {};          // the most telling so far
};

// What is kept when several addresses failed in different ways: what somebody said there tells more than that nobody
// was there.
inline bool TellsMore(const Error& error, const std::optional<Error>& than) {
  const auto weight = [](Errc code) {
    if (code == Errc::kUnreachable || code == Errc::kTimeout) return 0;
    return code == Errc::kProtocol ? 1 : 2;
  };
  return !than || weight(error.code) > weight(than->code);
}

// Whether another address of the same peer may still do better: not after somebody who is the right one refused.
inline bool MayTryNext(Errc code) {
  return code == Errc::kUnreachable || code == Errc::kTimeout || code == Errc::kProtocol || code == Errc::kIo ||
         code == Errc::kIdentityMismatch;
}

// What the other side, or its user, said to a pair request.
inline Failure PairFailure(const Error& error, const std::string& who, std::string_view relay_command) {
  const std::string command(relay_command);
  switch (error.code) {
    case Errc::kDenied:
      return {Errc::kDenied,
              who +
                  " has denied the pair request, as it does for a minute after a denial (or it is paired with this "
                  "name already: forget it there)",
              {}};
    case Errc::kBusy:
      return {Errc::kBusy, who + " has too many pair requests waiting: try again in a minute", {}};
    case Errc::kTimeout:
      return {Errc::kTimeout, "nobody at " + who + " has answered the pair request in time", {}};
    default:
      return {
          Errc::kUnsupported,
          "what answers there does not say that it is " + who + ", so it gets no key (a released claudectl does not)",
          command + "invite"};
  }
}

// Why a dial failed, as `join` and `connect` say it. `relay_command`: "claudectl relay ".
inline Failure DialFailure(const Dial& dial, const Error& error, std::string_view relay_command) {
  const std::string at = dial.address;
  const std::string who = dial.expected ? std::string(dial.expected->view()) : "the relay at " + at;
  const auto hint = [relay_command](std::string_view words) { return std::string(relay_command).append(words); };
  const bool join = dial.purpose == DialPurpose::kJoin;
  const bool pair = dial.purpose == DialPurpose::kPair;
  if (pair && dial.stage == PairStage::kApproved && error.code != Errc::kInterrupted && error.code != Errc::kIo) {
    return {error.code, who + " has approved, but the key could not be proved to it yet; the pairing is not confirmed",
            hint("pair-with ").append(who)};
  }
  if (pair && dial.asked && std::string_view(error.part) == "connection") {
    return {Errc::kUnreachable, who + " went away before the pair request was answered",
            hint("pair-with ").append(who)};
  }
  const bool undecided = dial.asked && error.code == Errc::kTimeout;
  if (pair && (undecided || std::string_view(error.part) == "pair")) return PairFailure(error, who, relay_command);
  if (std::string_view(error.part) == "host" && error.code != Errc::kIo) {  // the name could not be resolved
    const std::string name = at.substr(0, at.rfind(':'));
    const bool none = error.code == Errc::kNotFound;
    return {Errc::kUnreachable,
            "the name " + name + (none ? " is not known" : " cannot be looked up: the name server does not answer"),
            hint("peers")};
  }
  switch (error.code) {
    case Errc::kUnreachable:
      return {Errc::kUnreachable, "nobody answers at " + at, "is the relay running there, and the port open?"};
    case Errc::kNotFound:
      if (std::string_view(error.part) == "key") {
        return {Errc::kNotFound, "no key for " + who + ": not paired", hint("join <link>")};
      }
      return {Errc::kUnreachable, "there is no address for " + at};
    case Errc::kTimeout:
      return {Errc::kTimeout, "no answer from " + at + " in time", {}};
    case Errc::kAuthFailed:
      if (join) {
        return {Errc::kAuthFailed,
                who + " does not accept this link: it was used, revoked or made for another machine, or " + who +
                    " is still paired with this machine's name, and forgets it first",
                "ask for a new link"};
      }
      return {Errc::kAuthFailed, who + " and this machine do not hold the same key", hint("forget <peer>")};
    case Errc::kExpired:
      return {Errc::kExpired, join ? "the link has expired" : "the pair code has expired", "ask for a new one"};
    case Errc::kBusy:
      return {Errc::kBusy, who + " is busy: try again", {}};
    case Errc::kUnproven:
      return {Errc::kUnproven,
              who +
                  " cannot prove that it holds the key (a released claudectl does not); it may have stored the key "
                  "already, so the same " +
                  (join ? "link" : "command") + " works again with --allow-unproven",
              "--allow-unproven"};
    case Errc::kIdentityMismatch:
      return {Errc::kIdentityMismatch, "the relay at " + at + " is not " + who + "; nothing was stored", {}};
    case Errc::kDenied:
      return {Errc::kDenied, who + " is known as a machine of the tailnet, and is reached there or not at all",
              hint("forget ").append(who)};
    case Errc::kUntrustedNetwork:
      return {Errc::kUntrustedNetwork,
              at + " is on none of this machine's networks, and a pair request carries its key in the clear",
              hint("invite")};
    case Errc::kAmbiguous:
      return {Errc::kAmbiguous, "the relay at " + at + " does not say who it is, and several peers are possible",
              hint("connect <host:port> --peer <identity>")};
    case Errc::kInvalid:
      return {Errc::kInvalid, "that is this machine's own identity", {}};
    case Errc::kIo:
      return {Errc::kIo, "the key of " + who + " could not be stored", {}};
    case Errc::kInterrupted:
      return {Errc::kInterrupted, "ended before " + at + " answered", {}};
    default:
      return {Errc::kProtocol, "what answers at " + at + " is not a relay", {}};
  }
}

}  // namespace cctl

#endif  // CCTL_NODE_DIAL_H_
