// SPDX-License-Identifier: MIT
//
// The manual page, claudectl(1), made of what the program's help is made of (man(7)).

#ifndef CCTL_TOOLS_CLAUDECTL_MAN_PAGE_H_
#define CCTL_TOOLS_CLAUDECTL_MAN_PAGE_H_

#include <span>
#include <string>

#include "tools/claudectl/command_table.h"

namespace cctl::cli {

std::string ManPage(std::span<const CommandRow> commands);

}  // namespace cctl::cli

#endif  // CCTL_TOOLS_CLAUDECTL_MAN_PAGE_H_
