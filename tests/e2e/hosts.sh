# Sourced by the end-to-end tests: hosts on switches, in anonymous network namespaces. No names, no root where user
# namespaces are allowed, nothing to delete: the kernel drops all of it with the last process.
#
# A test file defines functions named test_*, each a case with fresh hosts of its own, and calls run_cases "$@". The
# cases run side by side. What a case prints is shown if it fails. build_network, which a test file may define anew,
# makes the hosts of a case; without that they are
#
#   alice  eth0 10.77.0.1/24 --+
#                              +-- br0        default route of both: 10.77.0.254, where nobody is
#   bob    eth0 10.77.0.2/24 --+

set -euo pipefail
PATH=/usr/sbin:/usr/bin:/sbin:/bin

# The program under test: the first argument, as Bazel hands it in.
claudectl=$(realpath "$1")
shift

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# wait_until SECONDS COMMAND...: polls until the command succeeds. The time is a bound, not a delay.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || fail "not within the time: $*"
    sleep 0.05
  done
}

expect_status() { # STATUS COMMAND...
  local want=$1 got=0
  shift
  "$@" || got=$?
  ((got == want)) || fail "exit status $got, not $want: $*"
}

expect_match() { # TEXT REGEX
  [[ $1 =~ $2 ]] || fail "'$1' does not match '$2'"
}

expect_json() { # JSON FILTER: the filter must yield true
  jq -e "$2" <<<"$1" >/dev/null || fail "'$1' does not satisfy $2"
}

make_switch() { # NAME
  ip link add "$1" type bridge forward_delay 0
  ip link set "$1" up
}

make_host() { # NAME
  local name=$1
  unshare --net sleep 300 &
  local pid=$!
  eval "pid_$name=$pid"
  while [[ $(readlink "/proc/$pid/ns/net") == "$(readlink /proc/self/ns/net)" ]]; do sleep 0.01; done
  on "$name" ip link set lo up
  mkdir -p "$work/$name/relay"
  printf '%s-0001\n' "$name" >"$work/$name/relay/identity"
}

# plug NAME INTERFACE ADDRESS SWITCH: the cable's other end is port_NAME, or port_NAME_INTERFACE where it is not eth0.
plug() {
  local name=$1 interface=$2 address=$3 switch=$4 port=port_$1 pid
  [[ $interface == eth0 ]] || port+=_$interface
  eval "pid=\$pid_$name"
  ip link add "$port" type veth peer name "$interface" netns "$pid"
  ip link set "$port" master "$switch" up
  on "$name" ip addr add "$address/24" broadcast + dev "$interface"
  on "$name" ip link set "$interface" up
}

build_network() {
  make_switch br0
  local name
  for name in alice:10.77.0.1 bob:10.77.0.2; do
    make_host "${name%:*}"
    plug "${name%:*}" eth0 "${name#*:}" br0
    on "${name%:*}" ip route add default via 10.77.0.254
  done
}

# on HOST COMMAND...: runs it on that host, with the host's own state folder.
on() {
  local name=$1 pid
  shift
  eval "pid=\$pid_$name"
  nsenter --net="/proc/$pid/ns/net" env -u CLAUDECTL_IDENTITY HOME="$work/$name" CLAUDECTL_HOME="$work/$name" \
    NO_COLOR=1 "$@"
}

relay() { # HOST ARGS...
  local name=$1
  shift
  on "$name" "$claudectl" relay "$@"
}

# start_relay HOST [ARGS...]: in the background; its lines go to $work/HOST.log, its process id to relay_HOST.
start_relay() {
  local name=$1 pid
  shift
  eval "pid=\$pid_$name"
  : >"$work/$name.log"
  nsenter --net="/proc/$pid/ns/net" env HOME="$work/$name" CLAUDECTL_HOME="$work/$name" "$claudectl" relay serve --json "$@" \
    >>"$work/$name.log" 2>>"$work/$name.err" &
  eval "relay_$name=$!"
  wait_until 10 grep -q '"event":"ready"' "$work/$name.log"
}

stop_relay() { # HOST [SIGNAL]
  local pid
  eval "pid=\$relay_$1"
  kill "-${2:-TERM}" "$pid"
  wait "$pid" || true
}

peer_state() { # HOST PEER: what HOST's relay says of it
  relay "$1" peers --json | jq -r --arg peer "$2" '.peers[] | select(.peer_id == $peer) | .state'
}

has_state() { [[ $(peer_state "$1" "$2") == "$3" ]]; }

events() { # HOST FILTER: the events of HOST's relay that the filter selects, one a line
  jq -c "select($2)" "$work/$1.log"
}

has_event() { # HOST FILTER
  [[ -n $(events "$1" "$2") ]]
}

run_one_case() { # NAME, inside namespaces of its own
  work=$(mktemp -d /tmp/cctl-e2e.XXXXXX)
  # What a case has mounted goes first; relays that still run there are killed with the namespace.
  trap 'umount --lazy "$work"/* 2>/dev/null || true; rm -rf "$work"' EXIT
  ip link set lo up
  build_network
  local status=0
  ("$1") || status=$?
  if ((status)); then tail -n 20 "$work"/*.log "$work"/*.err >&2 2>/dev/null || true; fi
  return "$status"
}

run_cases() {
  if [[ ${1:-} == --case ]]; then
    run_one_case "$2"
    return
  fi
  if ! unshare --user --map-root-user --net true 2>/dev/null; then
    echo "SKIPPED: no user namespaces here"
    write_xml 0 0 1 ""
    return
  fi
  local cases case logs failed=0 xml=""
  mapfile -t cases < <(declare -F | sed -n 's/^declare -f \(test_.*\)/\1/p')
  logs=$(mktemp -d)
  declare -A running
  for case in "${cases[@]}"; do
    unshare --user --map-root-user --net --pid --fork --kill-child --mount-proc \
      timeout 120 "$BASH" "$0" "$claudectl" --case "$case" >"$logs/$case" 2>&1 &
    running[$case]=$!
  done
  for case in "${cases[@]}"; do
    local message=""
    if wait "${running[$case]}"; then
      echo "[  OK  ] $case"
    else
      echo "[FAILED] $case"
      cat "$logs/$case"
      failed=$((failed + 1))
      message="<failure/>"
    fi
    xml+="<testcase name=\"$case\">$message</testcase>"
  done
  rm -rf "$logs"
  write_xml "${#cases[@]}" "$failed" 0 "$xml"
  ((failed == 0))
}

# Tells Bazel how many cases there were.
write_xml() { # TESTS FAILURES SKIPPED CASES
  [[ -n ${XML_OUTPUT_FILE:-} ]] || return 0
  printf '<?xml version="1.0"?>\n<testsuites>\n<testsuite name="e2e" tests="%d" failures="%d" errors="0" skipped="%d">%s</testsuite>\n</testsuites>\n' \
    "$(($1 + $3))" "$2" "$3" "$4" >"$XML_OUTPUT_FILE"
}
