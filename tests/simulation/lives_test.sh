#!/bin/bash
# A row of simulated lives, and one of them twice: a seed decides everything. Usage: lives_test.sh LIVES COUNT
set -u

lives=$1 count=$2
"$lives" 1 "$count" || exit 1
one=$("$lives" --show 7)
two=$("$lives" --show 7)
if [[ $one != "$two" ]]; then
  echo "FAILED: the same seed is another life"
  diff <(echo "$one") <(echo "$two") | head
  exit 1
fi
[[ $one == *" is connected to "* ]]
