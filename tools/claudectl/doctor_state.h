// SPDX-License-Identifier: MIT
//
// What `doctor` looks at on the disk of this machine.

#ifndef CCTL_TOOLS_CLAUDECTL_DOCTOR_STATE_H_
#define CCTL_TOOLS_CLAUDECTL_DOCTOR_STATE_H_

#include <vector>

#include "cctl/base/time.h"
#include "cctl/node/state_folder.h"
#include "tools/claudectl/doctor_check.h"

namespace cctl::cli {

// Makes an identity where there is none yet.
Check CheckIdentity(StateFolder& folder);
Check CheckPermissions(const StateFolder& folder);
// One for each file that cannot be read, else one that passes.
std::vector<Check> CheckFiles(const StateFolder& folder);
Check CheckClock(UnixTime now);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_DOCTOR_STATE_H_
