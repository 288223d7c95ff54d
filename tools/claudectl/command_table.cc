// SPDX-License-Identifier: MIT

#include "tools/claudectl/command_table.h"

#include "tools/claudectl/commands.h"

namespace cctl::cli {

std::span<const CommandRow> CommandTable() {
  static constexpr CommandRow kRows[] = {
      {"demo", "See it work: two throwaway instances on this machine", "demo", MakeDemoCommand},
      {"serve", "Run the relay in the foreground", "serve --port 9847", MakeServeCommand},
      {"tui", "Show all of it on the screen: who is nearby, who is paired, who wants to be", "tui", MakeTuiCommand},
      {"discover", "Show who runs a relay on this network", "discover --watch", MakeDiscoverCommand},
      {"pair-with", "Pair with a machine on this network, which has to agree", "pair-with laptop-a3f2",
       MakePairWithCommand},
      {"requests", "List the pair requests that wait for a decision", "requests --json", MakeRequestsCommand},
      {"approve", "Let a machine pair that has asked to", "approve desktop-b7c1", MakeApproveCommand},
      {"deny", "Refuse a machine that has asked to pair", "deny --all", MakeDenyCommand},
      {"invite", "Make an invite link for another machine", "invite --ttl 2h --label \"Ann's laptop\"",
       MakeInviteCommand},
      {"join", "Pair with the machine that made a link", "join cctl://laptop-a3f2@192.168.1.50:9847/k/<code>",
       MakeJoinCommand},
      {"invites", "List the invites made here", "invites", MakeInvitesCommand},
      {"revoke", "Make an invite's link worthless", "revoke 5b0c9a12", MakeRevokeCommand},
      {"project-init", "Begin a list of team peers in this repository", "project-init --name \"Ann's laptop\"",
       MakeProjectInitCommand},
      {"project-add", "Add this machine to the repository's team peers", "project-add --addr laptop.example.net:9847",
       MakeProjectAddCommand},
      {"project-peers", "List the repository's team peers and how they stand", "project-peers",
       MakeProjectPeersCommand},
      {"project-connect", "Connect to the repository's team peers, pairing where needed",
       "project-connect --yes --wait 5m", MakeProjectConnectCommand},
      {"project-check", "Check the repository's list of team peers for faults", "project-check --json",
       MakeProjectCheckCommand},
      {"tailnet", "Show the machines of the tailnet, and which may be peers", "tailnet --json", MakeTailnetCommand},
      {"peers", "List the paired machines", "peers --json", MakePeersCommand},
      {"connect", "Connect to a paired machine", "connect 192.168.1.50:9847", MakeConnectCommand},
      {"disconnect", "End the connection to a machine, which stays paired", "disconnect laptop-a3f2",
       MakeDisconnectCommand},
      {"send", "Send a message to a connected machine", "send laptop-a3f2 --type task_status --payload '{\"done\":3}'",
       MakeSendCommand},
      {"forget", "Delete the pairing with a machine", "forget laptop-a3f2", MakeForgetCommand},
      {"pair", "Make a pair code, to be typed in on another machine", "pair", MakePairCommand},
      {"accept", "Store a pair code that another machine shows", "accept <code> laptop-a3f2", MakeAcceptCommand},
      {"qr", "Draw any text as a QR code", "qr https://example.org --qr-svg example.svg", MakeQrCommand},
      {"identity", "Show this machine's name", "identity", MakeIdentityCommand},
      {"status", "Show what the running relay does", "status --wait --timeout 10s", MakeStatusCommand},
      {"watch", "Show what happens at the running relay, as it happens", "watch --json", MakeWatchCommand},
      {"doctor", "Check this machine, and say what mends what is wrong", "doctor --json", MakeDoctorCommand},
      {"config", "Show every setting and where it comes from", "config", MakeConfigCommand},
      {"completion", "Print the script by which a shell completes words", "completion bash", MakeCompletionCommand},
  };
  return kRows;
}

}  // namespace cctl::cli
