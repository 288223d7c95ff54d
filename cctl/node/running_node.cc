// SPDX-License-Identifier: MIT
//
// The one file that compiles the Node for what is compiled with CCTL_SEPARATE_COMPILATION: the tool and the tests.

#ifndef CCTL_SEPARATE_COMPILATION
#error "without CCTL_SEPARATE_COMPILATION, cctl/node/node.h holds all of it"
#endif

#include "cctl/node/running_node.h"
