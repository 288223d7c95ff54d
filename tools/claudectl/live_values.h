// SPDX-License-Identifier: MIT
//
// The names and ids of this moment, for a shell that completes a word: read from the state folder, or asked of the
// running relay. Waits for nobody, changes nothing, and says nothing of what goes wrong.

#ifndef CCTL_TOOLS_CLAUDECTL_LIVE_VALUES_H_
#define CCTL_TOOLS_CLAUDECTL_LIVE_VALUES_H_

#include <vector>

#include "tools/claudectl/completion.h"

namespace cctl::cli {

std::vector<Candidate> ReadLiveValues(LiveKind kind);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_LIVE_VALUES_H_
