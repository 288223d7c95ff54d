// SPDX-License-Identifier: MIT
//
// What may stand where the cursor of a shell is: commands, options and, where it is known what is meant, the names of
// peers, of machines nearby, of requests and invites.

#ifndef CCTL_TOOLS_CLAUDECTL_COMPLETION_H_
#define CCTL_TOOLS_CLAUDECTL_COMPLETION_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tools/claudectl/command_table.h"

namespace cctl::cli {

struct Candidate {
  std::string word;
  std::string help;  // one line
};

enum class LiveKind : std::uint8_t { kPeer, kNearby, kRequest, kInvite };

// The values of a kind there are at this moment.
using LiveValues = std::function<std::vector<Candidate>(LiveKind)>;

// `words`: those after the program's name, up to the cursor; the last is the one that is being typed, and may be empty.
// No candidates: the shell may offer files.
std::vector<Candidate> CompleteWords(const std::vector<std::string>& words, std::span<const CommandRow> commands,
                                     const LiveValues& live);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_COMPLETION_H_
