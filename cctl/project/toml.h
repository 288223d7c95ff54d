// SPDX-License-Identifier: MIT
//
// toml++, included by everybody in one and the same way: its errors are values, and it writes nothing. Costs whoever
// includes it over a second, and a package to install.

#ifndef CCTL_PROJECT_TOML_H_
#define CCTL_PROJECT_TOML_H_

#ifndef TOML_EXCEPTIONS
#define TOML_EXCEPTIONS 0
#endif
#ifndef TOML_ENABLE_FORMATTERS
#define TOML_ENABLE_FORMATTERS 0
#endif
#include <toml++/toml.h>

#if TOML_EXCEPTIONS
#error "cctl needs toml++ with TOML_EXCEPTIONS=0: include this header before toml++"
#endif

#endif  // CCTL_PROJECT_TOML_H_
