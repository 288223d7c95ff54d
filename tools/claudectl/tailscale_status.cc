// SPDX-License-Identifier: MIT

#include "tools/claudectl/tailscale_status.h"

#ifndef _WIN32
#include <poll.h>
#endif

#include <vector>

#include "cctl/base/time.h"
#include "cctl/sys/clock.h"
#include "cctl/sys/subprocess.h"
#include "tools/claudectl/interrupt.h"
#include "tools/claudectl/slow_notice.h"

namespace cctl::cli {

#ifdef _WIN32

Outcome<TailnetAnswer> ReadTailscaleStatus(const std::string&, const Printer&) {
  return NoTailnetProgram({Errc::kUnsupported, 0, 0, "spawn"});
}

#else

Outcome<TailnetAnswer> ReadTailscaleStatus(const std::string& program, const Printer& out) {
  const SlowNotice notice(&out, "Waiting for `" + program + " status`...");
  auto signals = StopSignals::Catch();
  if (!signals) return signals.error();
  auto run = Subprocess::Start({program, "status", "--json"}, {}, SteadyNow());
  if (!run) return NoTailnetProgram(run.error());
  while (!run->done()) {
    std::vector<pollfd> waited = {{signals->descriptor(), POLLIN, 0}};
    for (const int descriptor : run->descriptors()) {
      if (descriptor >= 0) waited.push_back({descriptor, POLLIN, 0});
    }
    const Duration left = run->NextTimeout().value_or(SteadyNow()) - SteadyNow();
    (void)poll(waited.data(), static_cast<nfds_t>(waited.size()),
               left < Duration{} ? 0 : static_cast<int>(left.ms) + 1);
    if (signals->Take()) return Failure{Errc::kInterrupted, "interrupted"};
    run->HandleTimeout(SteadyNow());
  }
  return ReadTailnetAnswer(run->result());
}

#endif  // _WIN32

}  // namespace cctl::cli
