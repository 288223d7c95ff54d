#!/bin/bash
# Builds secrets_decide_nothing.cc with both compilers at each level of optimisation, for a branch is the compiler's choice,
# and runs each under valgrind. Usage: constant_time_test.sh SOURCE, where the headers are reached from here
set -u

source=$1
work=$(mktemp -d /tmp/cctl-constant-time-XXXXXX)
trap 'rm -rf "$work"' EXIT
failures=0
for compiler in g++ clang++-14; do
  for level in -O0 -O1 -O2 -O3 -Os; do
    if ! "$compiler" -std=c++20 "$level" -I. "$source" -o "$work/program" 2>"$work/errors"; then
      cat "$work/errors"
      failures=$((failures + 1))
    elif ! valgrind --quiet --log-file="$work/complaints" "$work/program" >"$work/said"; then
      echo "FAILED: $compiler $level"
      grep -v '^ok' "$work/said"
      cat "$work/complaints"
      failures=$((failures + 1))
    fi
  done
done
echo "$failures of 10 failed"
((failures == 0))
