#!/bin/bash
# What the headers promise to whoever includes them, asked of both compilers: floors 0 to 3 need no exceptions and no RTTI,
# nothing drags in what is not its job, and no macro but the include guards stays behind. Usage: headers_test.sh, where the
# headers are reached from here
set -u

work=$(mktemp -d /tmp/cctl-headers-XXXXXX)
trap 'rm -rf "$work"' EXIT
failures=0
fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# A unit that includes the headers of some folders, but for those that need JSON or TOML.
unit() { # NAME FOLDER...
  local name=$1 folder
  shift
  for folder; do find -L "cctl/$folder" -name '*.h'; done | sort | while read -r header; do
    needs_json "$header" || echo "#include \"$header\""
  done >"$work/$name.cc"
}
declare -A json
needs_json() { # HEADER: whether it includes nlohmann/json or toml++, itself or through another
  local header=$1 other
  if [[ -z ${json[$header]:-} ]]; then
    json[$header]=no
    if grep -qE '^#include <(nlohmann|toml\+\+)/' "$header"; then json[$header]=yes; fi
    while read -r other; do
      if needs_json "$other"; then json[$header]=yes; fi
    done < <(sed -n 's/^#include "\(cctl\/.*\)"/\1/p' "$header")
  fi
  [[ ${json[$header]} == yes ]]
}

low=(base crypto identity qr wire invite project tailnet store proto)
unit low "${low[@]}"
unit sys sys
unit net net
(($(wc -l <"$work/low.cc") > 90)) || fail "only $(wc -l <"$work/low.cc") headers were found"

for compiler in g++ clang++-14; do
  "$compiler" -std=c++20 -fno-exceptions -fno-rtti -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -I. \
    -fsyntax-only "$work/low.cc" || fail "$compiler: floors 0 to 3 without exceptions and RTTI"
  for name in low sys net; do
    "$compiler" -std=c++20 -I. -M "$work/$name.cc" | tr -s ' \\' '\n\n' | sed 's|.*/include/||; s|^c++/[0-9]*/||' |
      sort -u >"$work/$name.included"
  done
  not_in() { # NAME HEADER...
    local name=$1 header
    shift
    for header; do
      if grep -qxE "(.*-linux-gnu/)?$header" "$work/$name.included"; then fail "$compiler: $name includes <$header>"; fi
    done
  }
  not_in low iostream fstream regex thread mutex filesystem sys/socket.h netinet/in.h arpa/inet.h netdb.h
  not_in sys iostream fstream regex sys/socket.h netinet/in.h arpa/inet.h netdb.h
  not_in net iostream fstream regex
  grep -qx string_view "$work/low.included" || fail "$compiler's list of what is included is not understood"
done

# Headers of sockets are the business of one folder; on Windows one of them has to come before everything else.
if grep -nE '#include <(sys/socket|netinet/|arpa/|netdb|net/if|ifaddrs|poll\.h|winsock2|ws2)' -r cctl | grep -vE '^cctl/(net/|base/windows_api)'; then
  fail "socket headers outside of cctl/net"
fi
if grep -nE '#include <(iostream|regex)>' -r cctl; then fail "<iostream> or <regex>"; fi

# Macros: what is defined after the headers and not after the same of the standard library. Windows' are not for here.
sed -n 's/^#include "\(.*\)"/\1/p' "$work/low.cc" | grep -v windows_api | xargs grep -hoE '^#include <[^>]+>' | sort -u >"$work/standard.cc"
g++ -std=c++20 -I. -dM -E "$work/low.cc" | sort >"$work/with"
g++ -std=c++20 -I. -dM -E "$work/standard.cc" | sort >"$work/without"
if comm -23 "$work/with" "$work/without" | grep -vE '^#define CCTL_[A-Z0-9_]+_H_ ?$'; then fail "macros stay behind"; fi
# All of them: of their own, guards, what is undefined again below, and nothing else; but for what configures toml++,
# which stays as long as toml++ does.
while IFS=: read -r header number line; do
  macro=${line#*define } macro=${macro%% *}
  sed -n "$number,\$p" "$header" | grep -qE "^ *# *undef $macro$" || fail "$header: $macro"
done < <(find -L cctl -name '*.h' | xargs grep -nE '^ *# *define' | grep -vE '#define CCTL_[A-Z0-9_]+_H_$|#define TOML_')

echo "$failures failures"
((failures == 0))
