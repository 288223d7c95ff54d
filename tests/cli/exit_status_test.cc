// SPDX-License-Identifier: MIT

#include "tools/claudectl/exit_status.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

namespace cctl::cli {
namespace {

// The rows `| 3 | `unreachable`, `not_found` | ... |` of docs/cli.md.
std::map<std::string, int> DocumentedStatuses() {
  std::map<std::string, int> statuses;
  std::ifstream document("docs/cli.md");
  for (std::string line; std::getline(document, line);) {
    int status = 0;
    char bar = 0;
    std::istringstream row(line);
    if (!(row >> bar >> status) || bar != '|') continue;
    const std::size_t codes = line.find('|', 1);
    const std::size_t end = line.find('|', codes + 1);
    for (std::size_t at = line.find('`', codes); at < end; at = line.find('`', at + 1)) {
      const std::size_t close = line.find('`', at + 1);
      statuses[line.substr(at + 1, close - at - 1)] = status;
      at = close;
    }
  }
  return statuses;
}

TEST(ExitStatus, IsTheDocumentsForEveryCode) {
  const auto documented = DocumentedStatuses();
  std::set<std::string> named;
  for (int i = 0; i < kErrcCount; ++i) {
    const auto code = static_cast<Errc>(i);
    const std::string name(ErrorCode(code));
    named.insert(name);
    ASSERT_TRUE(documented.contains(name)) << name;
    EXPECT_EQ(ExitStatus(code), documented.at(name)) << name;
  }
  EXPECT_EQ(named.size(), documented.size()) << "docs/cli.md names a code that does not exist";
}

TEST(ExitStatus, CallsWhateverIsWrongWithATextInvalid) {
  for (const Errc code : {Errc::kInvalid, Errc::kTruncated, Errc::kTooLong, Errc::kTooDeep, Errc::kOutOfRange,
                          Errc::kDuplicate, Errc::kMissing, Errc::kTrailing}) {
    EXPECT_EQ(ErrorCode(code), "invalid");
    EXPECT_EQ(ExitStatus(code), 7);
  }
}

TEST(ExitStatus, IsNeverDoneForAFailure) {
  for (int i = 0; i < kErrcCount; ++i) EXPECT_NE(ExitStatus(static_cast<Errc>(i)), kExitDone);
}

}  // namespace
}  // namespace cctl::cli
