// SPDX-License-Identifier: MIT
//
// Windows only, compiled and not run: a program may have included windows.h in its own way, with its macros near, far,
// small and interface, and every header of the library works behind it; with min and max, too, which g++'s library
// takes from windows.h and Microsoft's does not.

#include <bits/stdc++.h>
#include <winsock2.h>
// winsock2.h has to come before this.
#include <windows.h>

#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) < (b) ? (b) : (a))

#include "cctl/cctl.h"
#include "cctl/machines.h"
#include "cctl/node/node.h"
#include "cctl/node/running_node.h"
