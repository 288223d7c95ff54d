// SPDX-License-Identifier: MIT
//
// A wait that usually is none: what is waited for is said once it has lasted a second, and only then.
//
//   const SlowNotice notice(&out, "Waiting for the relay to answer...");
//   auto answer = relay.Call(...);

#ifndef CCTL_TOOLS_CLAUDECTL_SLOW_NOTICE_H_
#define CCTL_TOOLS_CLAUDECTL_SLOW_NOTICE_H_

#include <string_view>

#include "tools/claudectl/output.h"

namespace cctl::cli {

// By SIGALRM, so that it works however the wait is made; the wait may be interrupted (EINTR). On Windows by a timer. Of
// several that live at once the first counts. For commands of one thread.
class SlowNotice {
 public:
  // `text`: made printable, and cut after 64 characters. Null `out`, --json or --quiet: nothing is ever said.
  SlowNotice(const Printer* out, std::string_view text);
  ~SlowNotice();
  SlowNotice(const SlowNotice&) = delete;
  SlowNotice& operator=(const SlowNotice&) = delete;

 private:
  bool armed_ = false;
};

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_SLOW_NOTICE_H_
