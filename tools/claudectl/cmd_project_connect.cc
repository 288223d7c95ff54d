// SPDX-License-Identifier: MIT

#include <algorithm>
#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cctl/base/errc.h"
#include "cctl/base/host_port.h"
#include "cctl/base/printable_text.h"
#include "cctl/base/profile.h"
#include "cctl/base/time.h"
#include "cctl/identity/identity.h"
#include "cctl/node/node.h"
#include "cctl/node/node_options.h"
#include "cctl/project/peers_editor.h"
#include "cctl/project/peers_file.h"
#include "tools/claudectl/answer.h"
#include "tools/claudectl/commands.h"
#include "tools/claudectl/config_use.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/peer_reacher.h"
#include "tools/claudectl/progress_lines.h"
#include "tools/claudectl/project_answer.h"
#include "tools/claudectl/project_file.h"
#include "tools/claudectl/project_team.h"
#include "tools/claudectl/question.h"
#include "tools/claudectl/relay_access.h"
#include "tools/claudectl/relay_loop.h"
#include "tools/claudectl/text_table.h"

namespace cctl::cli {
namespace {

constexpr Duration kLongestWait = Hours(1);
constexpr Duration kDefaultWait = Seconds(120);

class ProjectConnectCommand : public Command {
 public:
  void Declare(Options& options) override {
    options.TextList("--peer", "IDENTITY", wanted_, "Only this one, which may be asked to pair; may be repeated");
    options.Flag("--yes", yes_, "Ask whoever is not paired to pair, without a question here");
    options.Flag("--no-input", no_input_, "Ask nothing here; without --yes or --peer, ask nobody to pair");
    options.Time("--wait", kLongestWait, wait_, "How long the others may take to approve (default 120s)");
    options.Time("--timeout", kLongestWait, wait_, "The same");
    options.Flag("--dry-run", dry_run_, "Say what would be done, and do nothing");
    options.Flag("--stay", stay_, "Keep the connections here, where no relay runs, until Ctrl-C");
    options.Flag("--allow-unproven", allow_unproven_, "Accept peers that cannot prove the key (released claudectl)");
  }

  int Run(Printer& out) override {
    auto config = ReadConfig(out);
    if (!config) return out.Fail(config.error());
    const auto file = ProjectFile::Find();
    if (!file) return out.Fail(file.error());
    auto access = RelayAccess::Open(&out);
    if (!access) return out.Fail(access.error());
    auto team = ReadTeam(*file, **access);
    if (!team) return out.Fail(team.error());
    Questioner questioner(out, !no_input_);
    if (dry_run_) return PrintPlan(*file, *team, out);
    if (const auto agreed = Consent(*file, *team, questioner, out); !agreed) return out.Fail(agreed.error());
    auto relay = (*access)->FindRelayOrLock();
    if (!relay) return out.Fail(relay.error());
    if (relay->has_value()) {
      auto reacher = MakeReacher(**relay);
      if (!reacher) return out.Fail(reacher.error());
      const auto done = ConnectAll(*file, *config, *team, **reacher, questioner, out);
      if (!done) return out.Fail(done.error());
      const int status = PrintResult(*file, *team, out);
      if (stay_ && !out.json()) out.Note("the running relay keeps the connections");
      return status;
    }
    return RunHere(*file, *config, *team, **access, questioner, out);
  }

 private:
  // Who is in the file, and how each stands; those alone that are wanted.
  [[nodiscard]] Outcome<ProjectTeam> ReadTeam(const ProjectFile& file, RelayAccess& access) const {
    const auto content = file.Load();
    if (!content) return content.error();
    const auto peers = access.Peers();
    if (!peers) return peers.error();
    return ProjectTeam::Make(file, *content, peers->answer, wanted_);
  }

  // A cloned file may name anybody: whoever is to be asked is asked because somebody here said so.
  [[nodiscard]] Outcome<Done> Consent(const ProjectFile& file, ProjectTeam& team, Questioner& questioner,
                                      Printer& out) const {
    const std::vector<TeamMember*> strangers = team.Strangers();
    if (strangers.empty() || yes_ || !wanted_.empty()) return Done{};
    if (!questioner.can_ask() && !no_input_) {
      const bool one = strangers.size() == 1;
      return Failure{Errc::kUsage,
                     file.shown() + " names " + std::to_string(strangers.size()) + (one ? " machine" : " machines") +
                         " that this one is not paired with, and nobody can be asked here whether to pair",
                     "claudectl relay project-connect --yes"};
    }
    bool agreed = false;
    if (questioner.can_ask()) {
      out.Progress(file.shown() + " names machines that this one is not paired with:");
      for (const TeamMember* member : strangers) {
        std::string line = "  " + member->name();
        if (member->peer.addr) line += "  " + FormatHostPort(*member->peer.addr);
        if (!member->peer.name.empty()) line.append("  ").append(Printable(member->peer.name).view());
        out.Progress(line);
      }
      const auto answer = questioner.AskYesNo("Ask them to pair? Each has to approve");
      if (!answer) return answer.error();
      agreed = *answer;
    }
    if (agreed) return Done{};
    for (TeamMember* member : strangers) member->status = "skipped";
    return Done{};
  }

  int RunHere(const ProjectFile& file, const Config& config, ProjectTeam& team, RelayAccess& access,
              Questioner& questioner, Printer& out) {
    NodeOptions options = MakeNodeOptions(config, access.random());
    options.log = out.log_level();
    options.control_socket = stay_;  // then other commands find a relay here
    options.dial_known_peers = stay_;
    options.lan = MakeLanOptions(config);
    options.tailnet = MakeTailnetOptions(config);
    options.tailnet.probes = stay_;
    auto signals = StopSignals::Catch();
    if (!signals) return out.Fail(signals.error());
    auto node = Node::Start(std::move(options), access.folder());
    if (!node) return out.Fail(node.error());
    const auto reacher = MakeReacher(**node, *signals, out);
    questioner.set_wait([&reacher] { return reacher->WaitForInput(); });
    const auto done = ConnectAll(file, config, team, *reacher, questioner, out);
    const int status = done ? PrintResult(file, team, out) : out.Fail(done.error());
    if (stay_ && team.Count("connected") > 0) return RunUntilStopped(**node, *signals, out);
    Close(**node, *signals, out);
    return status;
  }

  // All at once; then those that were not found, if somebody here knows where they are.
  Outcome<Done> ConnectAll(const ProjectFile& file, const Config& config, ProjectTeam& team, PeerReacher& reacher,
                           Questioner& questioner, Printer& out) {
    const DialOptions options{wait_.value_or(kDefaultWait),
                              allow_unproven_ || !config.Flag(Setting::kRequireMutualAuth)};
    const std::vector<TeamMember*> open = team.Open();
    alone_ = team.alone();
    const auto target_of = [](const TeamMember& member) { return MakeTarget(member.peer, member.is_stranger()); };
    if (const auto done = Reach(reacher, open, options, out, target_of); !done) return done;
    if (const auto done = AskForAddresses(open, options, reacher, questioner, out); !done) return done;
    return OfferAddresses(file, open, questioner, out);
  }

  template <typename TargetOf>
  Outcome<Done> Reach(PeerReacher& reacher, const std::vector<TeamMember*>& open, const DialOptions& options,
                      Printer& out, TargetOf target_of) {
    std::vector<std::string> names;
    for (const TeamMember* member : open) names.push_back(member->name());
    ProgressLines lines(out, std::move(names));
    for (const TeamMember* member : open) {
      if (const auto started = reacher.Start(target_of(*member), options); !started) return started;
    }
    for (std::size_t left = open.size(); left > 0;) {
      auto update = reacher.Next();
      if (!update) return update.error();
      const auto found = std::find_if(open.begin(), open.end(), [&update](const TeamMember* member) {
        return member->peer.identity == update->peer;
      });
      if (found == open.end()) continue;
      const auto index = static_cast<std::size_t>(found - open.begin());
      if (update->outcome) {
        --left;
        (*found)->Finish(*update->outcome);
        ShowResult(**found, index, lines, out);
      } else {
        ShowProgress(**found, update->event, index, lines);
      }
    }
    lines.Leave();
    return Done{};
  }

  // In a pipe, where several lines are told apart by whose they are.
  [[nodiscard]] std::string Whose(const TeamMember& member) const { return alone_ ? "" : member.name() + ": "; }

  void ShowProgress(const TeamMember& member, const nlohmann::json& event, std::size_t index,
                    ProgressLines& lines) const {
    if (TextOf(event, "event") == "peer_tried") {
      const std::string at = RawTextOf(event, "addr");
      return lines.Set(index, "connecting to " + at + "...", "Connecting to " + member.name() + " at " + at + "...");
    }
    const std::string check = TextOf(event, "check");
    lines.Set(index, "waiting for approval there, check " + check,
              Whose(member) + "Pair request sent. Waiting for approval...\n" + Whose(member) +
                  "Check number: " + check + " (the other side sees the same)");
  }

  // The line of a result; for one that stands alone, the command's own end says what failed.
  void ShowResult(const TeamMember& member, std::size_t index, ProgressLines& lines, Printer& out) const {
    const std::string text = member.failure ? member.failure->message : "connected";
    if (lines.drawn()) lines.Set(index, text, "");
    if (lines.drawn() && !member.failure) return;
    if (!member.failure) return out.Line(Whose(member) + "Connected!");
    if (!alone_ && !lines.drawn()) out.Line(Whose(member) + text);
  }

  // A person may know where somebody is whom neither the file nor the network could tell.
  Outcome<Done> AskForAddresses(const std::vector<TeamMember*>& open, const DialOptions& options, PeerReacher& reacher,
                                Questioner& questioner, Printer& out) {
    if (!questioner.can_ask()) return Done{};
    for (TeamMember* member : open) {
      while (member->status == "unreachable") {
        auto line = questioner.AskLine("Where is " + member->name() + " now? (host:port; nothing: leave it)");
        if (!line) return line.error();
        if (line->empty()) break;
        const auto at = ParseHostPort(*line, kClaudectlProfile.tcp_port);
        if (!at) {
          out.Progress("That is no address: a host, and a port where it is not 9847.");
          continue;
        }
        const auto done = Reach(reacher, {member}, options, out, [&at](const TeamMember& asked) {
          return ReachTarget{
              .peer = asked.peer.identity, .addr = *at, .may_request = asked.is_stranger(), .only_addr = true};
        });
        if (!done) return done;
        if (member->status == "connected") member->via = "prompt";
        if (member->failure) out.Progress(member->failure->message);
      }
    }
    return Done{};
  }

  // What has been found is for the file only if somebody wants it there.
  static Outcome<Done> OfferAddresses(const ProjectFile& file, const std::vector<TeamMember*>& open,
                                      Questioner& questioner, Printer& out) {
    for (const TeamMember* member : open) {
      const bool found = member->status == "connected" && (member->via == "lan" || member->via == "prompt");
      const std::string written = member->peer.addr ? FormatHostPort(*member->peer.addr) : std::string();
      if (!found || member->addr == written) continue;
      const std::string what = member->name() + " is at " + member->addr + "; " + file.shown() +
                               (written.empty() ? " names no address" : " says " + written);
      if (!questioner.can_ask()) {
        if (!out.json()) out.Note(what);
        continue;
      }
      const auto wanted = questioner.AskYesNo(what + ". Write it there?");
      if (!wanted) return wanted.error();
      if (!*wanted) continue;
      const auto changed = file.Change(
          [&](const auto& text) -> Outcome<std::optional<std::string>> {
            const std::string before = text.value_or(std::string());
            auto edited = EditPeer(before, {.identity = member->peer.identity, .addr = member->addr, .may_add = false});
            if (!edited) return file.EditFailure(edited.error(), before);
            return std::optional<std::string>(std::move(edited->text));
          },
          out);
      if (!changed) return changed.error();
      out.Progress("Updated " + member->name() + " in " + file.shown());
    }
    return Done{};
  }

  int PrintResult(const ProjectFile& file, const ProjectTeam& team, Printer& out) const {
    nlohmann::json result = team.ToJson(/*plan=*/false);
    const std::vector<TeamMember>& members = team.members();
    const std::size_t failed = team.CountFailed();
    const std::size_t tried = team.Count("connected") + failed;
    if (failed > 0) {
      const auto first = std::find_if(members.begin(), members.end(),
                                      [](const TeamMember& member) { return member.failure.has_value(); });
      if (alone_ && wanted_.size() == 1) return out.Fail(*first->failure, std::move(result));
      if (alone_) return out.Fail({Errc::kPartial, first->failure->message, first->failure->hint}, std::move(result));
      for (const TeamMember& member : members) {
        if (member.failure && !member.failure->hint.empty() && !out.json()) {
          out.Note(member.name() + ": " + member.failure->hint);
        }
      }
      return out.Fail({Errc::kPartial, std::to_string(failed) + " of " + std::to_string(tried) +
                                           (tried == 1 ? " peer" : " peers") + " not connected"},
                      std::move(result));
    }
    if (out.json()) {
      out.Object(result);
      return out.Finish();
    }
    if (members.size() == team.Count("self")) {
      out.Line("Nobody else is in " + file.shown() + ".");
    } else if (!alone_ || tried == 0) {
      const std::size_t skipped = team.Count("skipped");
      out.Line(std::to_string(tried) + (tried == 1 ? " peer connected" : " peers connected") +
               (skipped == 0 ? "." : ", " + std::to_string(skipped) + " not paired and not asked."));
    }
    return out.Finish();
  }

  static int PrintPlan(const ProjectFile& file, ProjectTeam& team, Printer& out) {
    TextTable table;
    for (TeamMember& member : team.members()) {
      if (member.status.empty()) member.status = "skipped";
      const nlohmann::json plan = member.Plan();
      table.Add({member.name(), member.peer.addr ? FormatHostPort(*member.peer.addr) : "-",
                 plan == "request"                ? "ask it to pair"
                 : plan == "connect"              ? "connect to it"
                 : member.standing == "connected" ? "is connected"
                                                  : "this machine"});
    }
    out.Line("Nothing is done. What would be, by " + file.shown() + ":");
    table.Print(out);
    if (out.json()) out.Object(team.ToJson(/*plan=*/true));
    return out.Finish();
  }

  std::vector<std::string> wanted_;
  bool yes_ = false;
  bool no_input_ = false;
  std::optional<Duration> wait_;
  bool dry_run_ = false;
  bool stay_ = false;
  bool allow_unproven_ = false;
  bool alone_ = false;  // one peer in question
};

}  // namespace

std::unique_ptr<Command> MakeProjectConnectCommand() { return std::make_unique<ProjectConnectCommand>(); }

}  // namespace cctl::cli
