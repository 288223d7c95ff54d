// SPDX-License-Identifier: MIT
//
// Windows' own headers, in the one order in which they work (winsock2.h before windows.h) and without their `min` and
// `max`; nothing elsewhere. No other header of this library includes them. windows.h brings macros by the thousand even
// so, and a program may have included it in its own way before: what includes this writes (std::min)(a, b), and has no
// name that windows.h makes a macro of (`interface`, `small`, `near`, `far`, `ERROR`).

#ifndef CCTL_BASE_WINDOWS_API_H_
#define CCTL_BASE_WINDOWS_API_H_

#ifdef _WIN32

#ifndef NOMINMAX
#define NOMINMAX
#define CCTL_UNDEFINE_NOMINMAX
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#define CCTL_UNDEFINE_WIN32_LEAN_AND_MEAN
#endif

#include <winsock2.h>
// winsock2.h has to come before this.
#include <windows.h>

#ifdef CCTL_UNDEFINE_NOMINMAX
#undef NOMINMAX
#undef CCTL_UNDEFINE_NOMINMAX
#endif
#ifdef CCTL_UNDEFINE_WIN32_LEAN_AND_MEAN
#undef WIN32_LEAN_AND_MEAN
#undef CCTL_UNDEFINE_WIN32_LEAN_AND_MEAN
#endif

#endif  // _WIN32

#endif  // CCTL_BASE_WINDOWS_API_H_
