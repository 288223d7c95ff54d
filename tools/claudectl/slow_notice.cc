// SPDX-License-Identifier: MIT

#include "tools/claudectl/slow_notice.h"

#ifdef _WIN32
#include <io.h>

#include "cctl/base/windows_api.h"
#else
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
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

// What is written when the patience is over, by a handler that may run anywhere: it neither allocates nor locks.
std::array<char, 256> line;
volatile std::sig_atomic_t line_size = 0;  // 0: nobody waits

void WriteLine() {
  constexpr int kStandardError = 2;
  [[maybe_unused]] const auto written = write(kStandardError, line.data(), static_cast<unsigned>(line_size));
}

#ifdef _WIN32

HANDLE timer = nullptr;

void CALLBACK HandleAlarm(void*, BOOLEAN) { WriteLine(); }

void StartAlarm() {
  CreateTimerQueueTimer(&timer, nullptr, HandleAlarm, nullptr, static_cast<DWORD>(kPatience.ms), 0, WT_EXECUTEONLYONCE);
}

// Waits for a handler that is under way.
void StopAlarm() { DeleteTimerQueueTimer(nullptr, timer, INVALID_HANDLE_VALUE); }

#else

struct sigaction former = {};

void HandleAlarm(int) {
  const int saved = errno;
  WriteLine();
  errno = saved;
}

void SetTimer(Duration after) {
  itimerval timer = {};
  timer.it_value.tv_sec = static_cast<time_t>(after.ms / 1000);
  timer.it_value.tv_usec = static_cast<suseconds_t>(after.ms % 1000 * 1000);
  setitimer(ITIMER_REAL, &timer, nullptr);
}

void StartAlarm() {
  struct sigaction action = {};
  action.sa_handler = HandleAlarm;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, &former);
  SetTimer(kPatience);
}

void StopAlarm() {
  SetTimer({});
  sigaction(SIGALRM, &former, nullptr);
}

#endif  // _WIN32

}  // namespace

SlowNotice::SlowNotice(const Printer* out, std::string_view text) {
  if (out == nullptr || out->json() || out->quiet() || line_size != 0) return;
  std::string said(Printable(text).view());
  if (out->log_level() != LogLevel::kNone) said.insert(0, LogLabel("info", WallNow() + kPatience).append(" "));
  said.resize(std::min(said.size(), line.size() - 1));
  said.append("\n");
  std::copy(said.begin(), said.end(), line.begin());
  line_size = static_cast<std::sig_atomic_t>(said.size());
  StartAlarm();
  armed_ = true;
}

SlowNotice::~SlowNotice() {
  if (!armed_) return;
  StopAlarm();
  line_size = 0;
}

}  // namespace cctl::cli
