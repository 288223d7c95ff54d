// SPDX-License-Identifier: MIT
//
// Tailscale as an object of an event loop: runs the tailscale program, knows who is in the tailnet, says whom to probe
// (TailnetProber), and vouches for who stands at the other end of a connection.
//
// A status is run each interval, and when somebody is to be vouched for and the last one is not fresh; whois only for
// that, so that strangers, who prove nothing, start no program.
//
//   cctl::Tailnet tailnet(options, poller, first_token, now);
//   tailnet.HandleReady(now, ready);       // tokens from first_token on, kTokens of them
//   tailnet.HandleTimeouts(now);           // and again at NextTimeout()
//   while (const auto event = tailnet.PollEvent()) { ... }

#ifndef CCTL_NODE_TAILNET_H_
#define CCTL_NODE_TAILNET_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cctl/base/result.h"
#include "cctl/base/time.h"
#include "cctl/net/endpoint.h"
#include "cctl/net/poller.h"
#include "cctl/net/readiness.h"
#include "cctl/node/tailnet_answer.h"
#include "cctl/node/tailnet_map.h"
#include "cctl/node/tailnet_options.h"
#include "cctl/node/watched_process.h"
#include "cctl/proto/connection_id.h"
#include "cctl/proto/tailnet_prober.h"
#include "cctl/tailnet/stable_id.h"
#include "cctl/tailnet/tailnet_condition.h"
#include "cctl/tailnet/tailnet_filter.h"
#include "cctl/tailnet/tailnet_node.h"
#include "cctl/tailnet/tailnet_status.h"
#include "cctl/tailnet/tailnet_whois.h"

namespace cctl {

inline constexpr std::size_t kMaxWhoisRuns = 4;               // programs at once
inline constexpr Duration kWhoisLifetime = Seconds(60);       // how long an answer for an ip:port holds
inline constexpr std::size_t kMaxWhoisAnswers = 256;          // that are kept; the oldest goes
inline constexpr Duration kFreshTailnetStatus = Seconds(10);  // to vouch by

class Tailnet {
 public:
  // How Tailscale stands is not what it was, or is known for the first time.
  struct ConditionChanged {
    TailnetCondition condition = TailnetCondition::kStarting;
    std::string detail;
  };
  // The answer to Vouch().
  struct Vouched {
    ConnectionId connection;
    StableId node;
    bool right = false;
  };
  // A status has come, or none: what waited for it goes on.
  struct StatusRead {};
  // Nodes carry the tag and this machine does not: they will refuse it. Once, until that changes.
  struct SelfUntagged {
    std::size_t nodes = 0;
  };
  using Event = std::variant<TailnetProber::ProbeWanted, TailnetProber::DropWanted, ConditionChanged, Vouched,
                             StatusRead, SelfUntagged>;

  static constexpr std::uint64_t kTokens = WatchedProcess::kTokens * (1 + kMaxWhoisRuns);

  Tailnet(TailnetOptions options, Poller& poller, std::uint64_t first_token, Instant now)
      : options_(std::move(options)),
        poller_(poller),
        first_token_(first_token),
        prober_(options_.probe_interval, options_.probes, now) {}

  void HandleReady(Instant now, const Ready& ready) {
    const std::uint64_t slot = (ready.token - first_token_) / WatchedProcess::kTokens;
    if (slot == 0 && status_run_ != nullptr) status_run_->HandleReady(now);
    if (slot > 0 && runs_[slot - 1].process != nullptr) runs_[slot - 1].process->HandleReady(now);
    Continue(now);
  }

  void HandleTimeouts(Instant now) {
    const auto is_due = [now](const std::unique_ptr<WatchedProcess>& process) {
      const auto next = process != nullptr ? process->NextTimeout() : std::nullopt;
      return next && now >= *next;
    };
    if (is_due(status_run_)) status_run_->HandleTimeout(now);
    for (WhoisRun& run : runs_) {
      if (is_due(run.process)) run.process->HandleTimeout(now);
    }
    prober_.HandleTimeout(now);
    Continue(now);
  }

  [[nodiscard]] std::optional<Instant> NextTimeout() const {
    std::optional<Instant> next = prober_.PollTimeout();
    const auto note = [&next](const std::unique_ptr<WatchedProcess>& process) {
      const auto at = process != nullptr ? process->NextTimeout() : std::nullopt;
      if (at && (!next || *at < *next)) next = at;
    };
    note(status_run_);
    for (const WhoisRun& run : runs_) note(run.process);
    return next;
  }

  // What an event has led to, such as the next probe after one that was answered at once, is another.
  std::optional<Event> PollEvent(Instant now) {
    if (events_.empty()) Continue(now);
    if (events_.empty()) return std::nullopt;
    std::optional<Event> event(std::move(events_.front()));
    events_.pop_front();
    return event;
  }

  // Does `node` stand at the other end of a connection? Answered by Vouched, unless Withdraw() comes first.
  void Vouch(Instant now, ConnectionId connection, const StableId& node, const TailnetPath& path,
             const Endpoint& remote) {
    asked_.push_back({connection, node, path, remote, now});
    Continue(now);
  }
  void Withdraw(ConnectionId connection) {
    std::erase_if(asked_, [connection](const Question& question) { return question.connection == connection; });
  }

  // Reads the status anew, unless that is being done.
  void ReadStatus(Instant now) {
    prober_.AskForStatus(now);
    Continue(now);
  }

  [[nodiscard]] TailnetProber& prober() { return prober_; }
  [[nodiscard]] const TailnetProber& prober() const { return prober_; }
  [[nodiscard]] const TailnetOptions& options() const { return options_; }

  // What the last status said; nothing before the first one.
  [[nodiscard]] const std::optional<TailnetAnswer>& answer() const { return answer_; }
  // Who is in the tailnet; null while Tailscale does not run.
  [[nodiscard]] const TailnetMap* map() const { return map_ ? &*map_ : nullptr; }
  // When that status was asked for.
  [[nodiscard]] Instant read_at() const { return read_at_; }
  [[nodiscard]] bool IsFresh(Instant now) const { return answer_ && now - read_at_ <= kFreshTailnetStatus; }

 private:
  struct Question {
    ConnectionId connection;
    StableId node;
    TailnetPath path;
    Endpoint remote;
    Instant asked;
  };
  struct WhoisRun {
    std::unique_ptr<WatchedProcess> process;
    Endpoint remote;
  };
  struct WhoisAnswer {
    std::optional<TailnetWhois> whois;
    Instant at;
  };

  // Moves everything on until it waits for a program again.
  void Continue(Instant now) {
    FinishRuns(now);
    AnswerQuestions(now);
    while (const auto event = prober_.PollEvent()) {
      if (std::holds_alternative<TailnetProber::StatusWanted>(*event)) StartStatus(now);
      if (const auto* probe = std::get_if<TailnetProber::ProbeWanted>(&*event)) events_.emplace_back(*probe);
      if (const auto* drop = std::get_if<TailnetProber::DropWanted>(&*event)) events_.emplace_back(*drop);
    }
    AnswerQuestions(now);  // a program that could not be started is an answer, too
  }

  void StartStatus(Instant now) {
    started_at_ = now;
    auto run = WatchedProcess::Start({options_.program, "status", "--json"}, poller_, first_token_, now);
    if (run) {
      status_run_ = *std::move(run);
    } else {
      TakeAnswer(now, NoTailnetProgram(run.error()));
    }
  }

  void FinishRuns(Instant now) {
    if (status_run_ != nullptr && status_run_->done()) {
      const std::unique_ptr<WatchedProcess> run = std::move(status_run_);
      TakeAnswer(now, ReadTailnetAnswer(run->result()));
    }
    for (WhoisRun& run : runs_) {
      if (run.process == nullptr || !run.process->done()) continue;
      const std::unique_ptr<WatchedProcess> process = std::move(run.process);
      const SubprocessResult& result = process->result();
      std::optional<TailnetWhois> whois;
      if (result.end == SubprocessEnd::kExited && result.status == 0) {
        if (auto read = ParseTailnetWhois(result.output)) whois = *std::move(read);
      }
      Keep(now, run.remote, std::move(whois));
    }
  }

  void TakeAnswer(Instant now, TailnetAnswer answer) {
    const bool changed = !answer_ || answer_->condition != answer.condition;
    // Nothing is heard for once: what was known holds, and grows old.
    const bool keep = answer_ && answer_->usable() && !answer.certain();
    read_failed_at_ = now;
    if (answer.usable()) {
      read_at_ = started_at_;
      read_failed_at_.reset();
      map_.emplace(*std::move(answer.status));
      answer.status.reset();
      prober_.HandleStatus(now, map_->status(), options_.Tag());
      NoteSelfUntagged();
    } else {
      prober_.HandleNoStatus(now, answer.certain());
      if (!keep || prober_.candidates().empty()) map_.reset();
    }
    if (changed) events_.emplace_back(ConditionChanged{answer.condition, answer.detail});
    answer_ = std::move(answer);
    events_.emplace_back(StatusRead{});
  }

  void NoteSelfUntagged() {
    const TailnetStatus& status = map_->status();
    const auto count = std::count_if(status.peers.begin(), status.peers.end(), [&](const TailnetNode& node) {
      return JudgeTailnetNode(status.self, node, options_.Tag()) == TailnetVerdict::kSelfUntagged;
    });
    if (count > 0 && !self_untagged_) events_.emplace_back(SelfUntagged{static_cast<std::size_t>(count)});
    self_untagged_ = count > 0;
  }

  void Keep(Instant now, const Endpoint& remote, std::optional<TailnetWhois> whois) {
    std::erase_if(whois_, [now](const auto& entry) { return now - entry.second.at >= kWhoisLifetime; });
    if (whois_.size() >= kMaxWhoisAnswers) {
      whois_.erase(std::min_element(whois_.begin(), whois_.end(),
                                    [](const auto& a, const auto& b) { return a.second.at < b.second.at; }));
    }
    whois_.insert_or_assign(remote, WhoisAnswer{std::move(whois), now});
  }

  void AnswerQuestions(Instant now) {
    for (std::size_t i = 0; i < asked_.size();) {
      const std::optional<bool> right = AnswerQuestion(now, asked_[i]);
      if (!right) {
        ++i;
        continue;
      }
      events_.emplace_back(Vouched{asked_[i].connection, asked_[i].node, *right});
      asked_.erase(asked_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  // Nothing: a program has to be waited for.
  std::optional<bool> AnswerQuestion(Instant now, const Question& question) {
    // A status that was read for this question, and said nothing, is the answer.
    const bool read = read_failed_at_ && *read_failed_at_ >= question.asked;
    if (read || (IsFresh(now) && map_ == std::nullopt)) return false;
    const bool fresh = IsFresh(now);
    if (!fresh) prober_.AskForStatus(now);
    if (FindWhois(now, question.remote) == nullptr) StartWhois(now, question.remote);
    const WhoisAnswer* const whois = FindWhois(now, question.remote);
    if (whois == nullptr || !fresh) return std::nullopt;
    return map_->IsVouchedFor(question.node, options_.Tag(), question.path, whois->whois);
  }

  [[nodiscard]] const WhoisAnswer* FindWhois(Instant now, const Endpoint& remote) const {
    const auto known = whois_.find(remote);
    return known != whois_.end() && now - known->second.at < kWhoisLifetime ? &known->second : nullptr;
  }

  // Does nothing where one for that address runs already, or as many as may.
  void StartWhois(Instant now, const Endpoint& remote) {
    WhoisRun* free = nullptr;
    std::uint64_t token = first_token_;
    std::uint64_t free_token = 0;
    for (WhoisRun& run : runs_) {
      token += WatchedProcess::kTokens;
      if (run.process != nullptr && run.remote == remote) return;
      if (run.process != nullptr || free != nullptr) continue;
      free = &run;
      free_token = token;
    }
    if (free == nullptr) return;
    const std::string address(remote.Format().view());
    auto process = WatchedProcess::Start({options_.program, "whois", "--json", address}, poller_, free_token, now);
    if (!process) return Keep(now, remote, std::nullopt);
    free->process = *std::move(process);
    free->remote = remote;
  }

  TailnetOptions options_;
  Poller& poller_;
  std::uint64_t first_token_;
  TailnetProber prober_;
  std::unique_ptr<WatchedProcess> status_run_;
  Instant started_at_;  // of status_run_
  std::array<WhoisRun, kMaxWhoisRuns> runs_;
  std::optional<TailnetAnswer> answer_;
  std::optional<TailnetMap> map_;
  Instant read_at_;                        // when map_ was asked for
  std::optional<Instant> read_failed_at_;  // when the last status said nothing
  bool self_untagged_ = false;
  std::map<Endpoint, WhoisAnswer> whois_;
  std::vector<Question> asked_;
  std::deque<Event> events_;
};

}  // namespace cctl

#endif  // CCTL_NODE_TAILNET_H_
