// SPDX-License-Identifier: MIT
//
// A QR code of the library as the naive reader and encoder have theirs.

#ifndef CCTL_TESTS_SUPPORT_QR_MODULES_H_
#define CCTL_TESTS_SUPPORT_QR_MODULES_H_

#include <vector>

#include "cctl/qr/qr_code.h"
#include "tests/support/naive_qr.h"

namespace cctl::testing {

inline NaiveModules ModulesOf(const QrCode& code) {
  NaiveModules modules;
  for (int row = 0; row < code.size(); ++row) {
    std::vector<bool> line;
    for (int column = 0; column < code.size(); ++column) line.push_back(code.IsDark(column, row));
    modules.push_back(line);
  }
  return modules;
}

}  // namespace cctl::testing

#endif  // CCTL_TESTS_SUPPORT_QR_MODULES_H_
