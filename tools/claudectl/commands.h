// SPDX-License-Identifier: MIT
//
// The commands of `claudectl relay`, each made in its cmd_<name>.cc, and the failures that several of them report.

#ifndef CCTL_TOOLS_CLAUDECTL_COMMANDS_H_
#define CCTL_TOOLS_CLAUDECTL_COMMANDS_H_

#include <memory>

#include "cctl/node/outcome.h"
#include "tools/claudectl/command.h"

namespace cctl::cli {

std::unique_ptr<Command> MakeAcceptCommand();
std::unique_ptr<Command> MakeApproveCommand();
std::unique_ptr<Command> MakeCompletionCommand();
std::unique_ptr<Command> MakeConfigCommand();
std::unique_ptr<Command> MakeConnectCommand();
std::unique_ptr<Command> MakeDemoCommand();
std::unique_ptr<Command> MakeDenyCommand();
std::unique_ptr<Command> MakeDisconnectCommand();
std::unique_ptr<Command> MakeDiscoverCommand();
std::unique_ptr<Command> MakeDoctorCommand();
std::unique_ptr<Command> MakeForgetCommand();
std::unique_ptr<Command> MakeIdentityCommand();
std::unique_ptr<Command> MakeInviteCommand();
std::unique_ptr<Command> MakeInvitesCommand();
std::unique_ptr<Command> MakeJoinCommand();
std::unique_ptr<Command> MakePairCommand();
std::unique_ptr<Command> MakePairWithCommand();
std::unique_ptr<Command> MakePeersCommand();
std::unique_ptr<Command> MakeProjectAddCommand();
std::unique_ptr<Command> MakeProjectCheckCommand();
std::unique_ptr<Command> MakeProjectConnectCommand();
std::unique_ptr<Command> MakeProjectInitCommand();
std::unique_ptr<Command> MakeProjectPeersCommand();
std::unique_ptr<Command> MakeQrCommand();
std::unique_ptr<Command> MakeRequestsCommand();
std::unique_ptr<Command> MakeRevokeCommand();
std::unique_ptr<Command> MakeSendCommand();
std::unique_ptr<Command> MakeServeCommand();
std::unique_ptr<Command> MakeStatusCommand();
std::unique_ptr<Command> MakeTailnetCommand();
std::unique_ptr<Command> MakeTuiCommand();
std::unique_ptr<Command> MakeWatchCommand();

inline Failure NoRelay() { return {Errc::kNoRelay, "no relay is running here", "claudectl relay serve"}; }

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_COMMANDS_H_
