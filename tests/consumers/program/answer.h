// SPDX-License-Identifier: MIT

#ifndef STRANGER_ANSWER_H_
#define STRANGER_ANSWER_H_

#include "cctl/invite/invite_link.h"

cctl::InviteLinkText MakeLink();

#endif  // STRANGER_ANSWER_H_
