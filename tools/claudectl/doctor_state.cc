// SPDX-License-Identifier: MIT

#include "tools/claudectl/doctor_state.h"

#include <string>
#include <utility>
#include <vector>

#include "cctl/base/result.h"
#include "cctl/base/rfc3339.h"
#include "cctl/base/time.h"
#include "cctl/node/outcome.h"
#include "cctl/node/state_error.h"
#include "cctl/node/tailnet_pins.h"
#include "cctl/store/state_layout.h"
#include "cctl/sys/file.h"
#include "tools/claudectl/words.h"

namespace cctl::cli {
namespace {

// The first day of the year in which this was written: no clock that is right shows less.
constexpr UnixTime kOldest{1'767'225'600'000};

}  // namespace

Check CheckIdentity(StateFolder& folder) {
  const auto identity = folder.identity();
  if (!identity) {
    return {"identity", CheckStatus::kFail, ToFailure(identity.error()).message,
            "claudectl relay identity --regenerate"};
  }
  const std::string name(identity->view());
  if (!folder.WasCopied()) return {"identity", CheckStatus::kPass, "this machine is " + name};
  return {"identity", CheckStatus::kWarn,
          "the state folder was made on another machine; if that one is still in use, both are " + name +
              ", and hold each other's keys",
          "claudectl relay identity --regenerate"};
}

Check CheckPermissions(const StateFolder& folder) {
  std::size_t files = 0;
  std::string wide;
  for (const std::string_view name : {kRelayFolder, kPeersFolder, kInvitesFolder, kTailnetFolder}) {
    const std::string path = folder.PathOf(name);
    const auto entries = ListFolder(path);
    if (!entries) continue;  // not made yet
    std::vector<std::string> all = {path};
    for (const std::string& entry : *entries) all.push_back(path + "/" + entry);
    for (const std::string& one : all) {
      const auto status = GetFileStatus(one);
      if (!status) continue;
      ++files;
      if (!status->owned) {
        return {"permissions", CheckStatus::kFail, one + " belongs to another user",
                "sudo chown -R \"$USER\" " + folder.relay_path()};
      }
      if ((status->mode & 0077) != 0 && wide.empty()) wide = one;
    }
  }
  if (!wide.empty()) {
    return {"permissions", CheckStatus::kWarn, wide + " can be read by other users of this machine",
            "chmod -R go= " + folder.relay_path()};
  }
  return {"permissions", CheckStatus::kPass,
          folder.relay_path() + " is this user's alone (" + Counted(files, "file") + ")"};
}

std::vector<Check> CheckFiles(const StateFolder& folder) {
  std::vector<Check> checks;
  const auto fault = [&checks](const StateError& error, std::string fix) {
    checks.push_back({"files", CheckStatus::kFail, ToFailure(error).message, std::move(fix)});
  };
  const auto peers = folder.ListPeers();
  if (!peers) fault(peers.error(), {});
  const std::size_t count = peers ? peers->size() : 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string forget = "claudectl relay forget " + std::string((*peers)[i].view());
    if (const auto key = folder.LoadKey((*peers)[i]); !key) fault(key.error(), forget);
    if (const auto meta = folder.LoadMeta((*peers)[i]); !meta) fault(meta.error(), "rm " + meta.error().path);
  }
  if (const auto pending = folder.LoadPending(); !pending) fault(pending.error(), "claudectl relay pair");
  const auto invites = folder.ListInvites();
  if (!invites) fault(invites.error(), {});
  if (invites) {
    for (const StateError& error : invites->unreadable) fault(error, "rm " + error.path);
  }
  TailnetPins pins;
  for (const StateError& error : pins.Load(folder)) fault(error, "rm " + error.path);
  if (checks.empty()) {
    const std::size_t made = invites ? invites->invites.size() : 0;
    checks.push_back(
        {"files", CheckStatus::kPass, Counted(count, "peer") + " and " + Counted(made, "invite") + " can be read"});
  }
  return checks;
}

Check CheckClock(UnixTime now) {
  const std::string date(FormatRfc3339(now).view());
  if (now >= kOldest) return {"clock", CheckStatus::kPass, "the clock says " + date};
  return {"clock", CheckStatus::kFail,
          "the clock says " + date + ", so every invite counts as not yet made, or expired",
          "sudo timedatectl set-ntp true"};
}

}  // namespace cctl::cli
