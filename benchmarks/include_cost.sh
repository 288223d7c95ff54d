#!/bin/bash
# What including a header costs a translation unit: the processor time of g++'s and of clang's front end, the least of some
# runs taken in turn, less that of an empty file. A light header (base, crypto, qr, invite) is held against
# <string>+<vector>+<span>, aim 0.70; the umbrella against nlohmann/json.hpp, aim 0.30.
#
#   benchmarks/include_cost.sh [HEADER...]     such as cctl/qr/qr_code.h; without: all of them
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

light_peer='<string>+<vector>+<span>' json_peer='<nlohmann/json.hpp>'
if (($#)); then headers=("$@"); else mapfile -t headers < <(printf '%s\n' cctl/*.h cctl/*/*.h); fi
light() { [[ $1 == cctl/@(base|crypto|qr|invite)/* ]]; }

measure() { # COMPILER NAME FILE: notes the milliseconds, if they are fewer than before
  local ms
  TIMEFORMAT='%3U %3S'
  ms=$({ time "$1" -std=c++20 -I. -fsyntax-only "$3"; } 2>&1 | awk '{ printf "%d", 1000 * ($1 + $2) }')
  if [[ -z ${best[$1 $2]:-} ]] || ((ms < best[$1 $2])); then best[$1 $2]=$ms; fi
}

row() { # COMPILER NAME PEER AIM
  awk -v name="$2" -v ours="${best[$1 $2]}" -v peer="${best[$1 $3]}" -v empty="${best[$1 empty]}" -v aim="$4" 'BEGIN {
    ratio = (ours - empty) / (peer - empty)
    printf "%-44s %5d ms  %5.2f%s\n", name, ours - empty, ratio, aim == "" ? "" : "  aim " aim (ratio > aim ? "  MISSED" : "")
  }'
}

declare -A best
names=(empty "$light_peer" "$json_peer" "${headers[@]}")
for at in "${!names[@]}"; do
  : >"$work/$at.cc"
  if ((at > 0)); then
    tr + '\n' <<<"${names[at]}" | sed 's|^cctl/.*|"&"|; s|^|#include |' >"$work/$at.cc"
  fi
  echo 'int main() {}' >>"$work/$at.cc"
done
for compiler in g++ clang++-14; do
  for round in 1 2 3 4 5 6 7 8 9; do
    for at in "${!names[@]}"; do
      # What costs seconds needs no nine runs to be told from what costs milliseconds.
      if ((round > 3)) && ! light "${names[at]}" && ((at > 2)) && [[ ${names[at]} != cctl/cctl.h ]]; then continue; fi
      measure "$compiler" "${names[at]}" "$work/$at.cc"
    done
  done
  echo "$compiler, an empty file ${best[$compiler empty]} ms; beside it, and as a share of $light_peer (the umbrella: of $json_peer)"
  row "$compiler" "$light_peer" "$light_peer" ""
  row "$compiler" "$json_peer" "$light_peer" ""
  for header in "${headers[@]}"; do
    if [[ $header == cctl/cctl.h ]]; then
      row "$compiler" "$header" "$json_peer" 0.30
    elif light "$header"; then
      row "$compiler" "$header" "$light_peer" 0.70
    else
      row "$compiler" "$header" "$light_peer" ""
    fi
  done
done
