#!/bin/bash
# The copy in share/ against the one that is made now. Usage: single_header_test.sh MADE COPY
if ! cmp "$1" "$2"; then
  echo "tools/dev format makes share/cctl_single.h anew"
  exit 1
fi
