// SPDX-License-Identifier: MIT

#include "tools/claudectl/slow_notice.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <string>

#include "cctl/base/printable_text.h"
#include "cctl/base/time.h"
#include "cctl/node/node_options.h"
#include "cctl/sys/clock.h"
#include "tools/claudectl/log_label.h"

namespace cctl::cli {
namespace {

constexpr Duration kPatience = Seconds(1);

// What the handler writes; it may run anywhere, so it neither allocates nor locks.
std::array<char, 256> line;
volatile sig_atomic_t line_size = 0;  // 0: nobody waits
struct sigaction former = {};

void HandleAlarm(int) {
  const int saved = errno;
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), static_cast<std::size_t>(line_size));
  errno = saved;
}

void SetAlarm(Duration after) {
  itimerval timer = {};
  timer.it_value.tv_sec = static_cast<time_t>(after.ms / 1000);
  timer.it_value.tv_usec = static_cast<suseconds_t>(after.ms % 1000 * 1000);
  setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

SlowNotice::SlowNotice(const Printer* out, std::string_view text) {
  if (out == nullptr || out->json() || out->quiet() || line_size != 0) return;
  std::string said(Printable(text).view());
  if (out->log_level() != LogLevel::kNone) said.insert(0, LogLabel("info", WallNow() + kPatience).append(" "));
  said.resize(std::min(said.size(), line.size() - 1));
  said.append("\n");
  std::copy(said.begin(), said.end(), line.begin());
  line_size = static_cast<sig_atomic_t>(said.size());
  struct sigaction action = {};
  action.sa_handler = HandleAlarm;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, &former);
  SetAlarm(kPatience);
  armed_ = true;
}

SlowNotice::~SlowNotice() {
  if (!armed_) return;
  SetAlarm({});
  sigaction(SIGALRM, &former, nullptr);
  line_size = 0;
}

}  // namespace cctl::cli
