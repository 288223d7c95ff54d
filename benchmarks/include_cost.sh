#!/bin/bash
# What including a header costs a translation unit: g++'s front end alone, the least of 9 runs taken in turn. A light header
# (floors 0 to 2) is held against <string>+<vector>+<span>, aim 0.70; the umbrella against nlohmann/json.hpp, aim 0.30.
# The includes of the standard library that an empty program has not are what is counted.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

declare -A best
measure() { # NAME TEXT
  local file=$work/$1.cc start ns
  printf '%s\nint main() {}\n' "$2" >"$file"
  start=$(date +%s%N)
  g++ -std=c++20 -I. -fsyntax-only "$file"
  ns=$(($(date +%s%N) - start))
  if [[ -z ${best[$1]:-} ]] || ((ns < best[$1])); then best[$1]=$ns; fi
}

light=(base/result base/secret crypto/sha256 crypto/hmac_sha256 qr/qr_code identity/identity identity/pair_code identity/psk
  identity/proof invite/invite_link wire/json_reader)
for _ in {1..9}; do
  measure empty ""
  measure light_peer $'#include <string>\n#include <vector>\n#include <span>'
  measure json_peer '#include <nlohmann/json.hpp>'
  measure umbrella '#include "cctl/cctl.h"'
  for header in "${light[@]}"; do measure "${header//\//_}" "#include \"cctl/$header.h\""; done
done

row() { # LABEL NAME PEER AIM
  awk -v label="$1" -v ours="${best[$2]}" -v peer="${best[$3]}" -v empty="${best[empty]}" -v aim="$4" \
    'BEGIN { printf "%-28s %6.1f ms   ratio %.2f   aim %.2f\n", label, (ours - empty) / 1e6, (ours - empty) / (peer - empty), aim }'
}
row "<string>+<vector>+<span>" light_peer light_peer 1
for header in "${light[@]}"; do row "cctl/$header.h" "${header//\//_}" light_peer 0.70; done
row "nlohmann/json.hpp" json_peer json_peer 1
row "cctl/cctl.h" umbrella json_peer 0.30
