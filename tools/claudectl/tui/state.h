// SPDX-License-Identifier: MIT
//
// What the screen shows, as a value, and what keys make of it. Filled from the relay's answers, which are JSON with
// texts of others in it: each text is made printable here, once.

#ifndef CCTL_TOOLS_CLAUDECTL_TUI_STATE_H_
#define CCTL_TOOLS_CLAUDECTL_TUI_STATE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "tools/claudectl/tui/keys.h"

namespace cctl::cli::tui {

struct NearbyRow {
  std::string identity;
  std::string addr;  // without a port that is the usual one
  std::string version;
};

struct PairedRow {
  std::string identity;
  std::string addr;
  std::string state;  // of `peers`
  bool in_tailnet = false;
};

struct RequestRow {
  std::string id;
  std::string identity;
  std::string addr;
  std::string check;
};

enum class Page : std::uint8_t { kEvents, kPeers, kHelp, kInvite };

inline constexpr std::size_t kMaxLog = 200;  // lines; no screen is higher

struct State {
  // Of the relay.
  std::string identity;
  std::string listen_addr;  // empty: nowhere
  bool lan = false;
  std::size_t sessions = 0;
  std::size_t heard = 0;          // on the LAN, paired or not
  std::vector<NearbyRow> nearby;  // that are not paired
  std::vector<PairedRow> paired;
  std::vector<RequestRow> requests;  // the oldest first: that is the one which is asked
  std::set<std::string> team;        // the project's, by identity
  std::deque<std::string> log;       // the latest last
  // Of the user.
  Page page = Page::kEvents;
  std::size_t selected = 0;          // of `nearby`
  std::string notice;                // one line, until the next key
  std::string waiting_for;           // who was asked to pair, and has not answered
  std::string waiting_check;         // the number that its user sees
  std::string invite;                // the command to type on the other machine; a secret
  std::vector<std::string> qr_code;  // of its link, in lines
};

// What the relay has answered to `status`, `peers`, `nearby` and `requests`.
void TakeAnswers(const nlohmann::json& status, const nlohmann::json& peers, const nlohmann::json& nearby,
                 const nlohmann::json& requests, State& state);

// A line for the log.
void AddLog(std::string line, State& state);

enum class ActionKind : std::uint8_t { kNone, kQuit, kPair, kApprove, kDeny, kInvite };

struct Action {
  ActionKind kind = ActionKind::kNone;
  std::string subject = {};  // kPair: an identity; kApprove, kDeny: a request's id
};

// What a key does to the state, and what it asks the relay for.
Action HandleKey(const KeyPress& press, State& state);

}  // namespace cctl::cli::tui

#endif  // CCTL_TOOLS_CLAUDECTL_TUI_STATE_H_
