#!/bin/bash
# Machines of one tailnet, which connect by themselves, and others, which would like to. The tailscale program is a
# stand-in; its answers have the form of the samples in tests/testdata/tailnet.
source "$(dirname "$0")/hosts.sh"
source "$(dirname "$0")/tailnet.sh"

#           LAN, br0           tailnet, br1
#   alice   eth0 10.77.0.1     tailscale0 100.101.0.10   nLAPTOPa3f2CNTRL
#   bob     eth0 10.77.0.2     tailscale0 100.101.0.12   nCIRUNNER9d1eCNTRL
#   carol   eth0 10.77.0.3     tailscale0 100.101.0.13   nCAROL0000CNTRL
#   mallory eth0 10.77.0.9     on the LAN only
declare -A address=([alice]=100.101.0.10 [bob]=100.101.0.12 [carol]=100.101.0.13)
declare -A node=([alice]=nLAPTOPa3f2CNTRL [bob]=nCIRUNNER9d1eCNTRL [carol]=nCAROL0000CNTRL)

build_network() {
  make_switch br0
  make_switch br1
  local name last=0
  for name in alice bob carol; do
    make_host "$name"
    plug "$name" eth0 "10.77.0.$((++last))" br0
    join_tailnet "$name" "${address[$name]}"
  done
  make_host mallory && plug mallory eth0 10.77.0.9 br0
  export CLAUDECTL_RELAY_TAILSCALE=true CLAUDECTL_RELAY_TAILSCALE_CLI=$stand_in CLAUDECTL_RELAY_TAILSCALE_PROBE_INTERVAL=2
  for name in alice bob carol; do
    tell "$name" alice bob carol
  done
}

# start HOST [ARGS...]: its relay, with its own tailscale program.
start() { TAILSCALE_STAND_IN=$work/$1/tailscale start_relay "$@"; }

tailnet() { # HOST
  TAILSCALE_STAND_IN=$work/$1/tailscale relay "$1" tailnet --json
}

calls() { # HOST WORD: how often the program was run so
  grep -c "^$2" "$work/$1/tailscale/calls" || true
}

# rounds HOST N: until it has looked around N more times.
rounds() {
  local want=$(($(calls "$1" status) + $2))
  have_called() { (($(calls "$1" status) >= $2)); }
  wait_until 20 have_called "$1" "$want"
}

# The key that anybody can compute who has seen both IDs (docs/protocol.md, section 6), without our own code.
computed_key() { # ID ID
  local label=claudectl-tailscale-psk-v1 inner="" outer="" i byte message
  message=$(printf '%s\n' "$@" | LC_ALL=C sort)
  for ((i = 0; i < 64; i++)); do
    byte=0
    ((i < ${#label})) && printf -v byte %d "'${label:i:1}"
    printf -v inner '%s\\x%02x' "$inner" $((byte ^ 0x36))
    printf -v outer '%s\\x%02x' "$outer" $((byte ^ 0x5c))
  done
  local digest
  digest=$({ printf '%b' "$inner"; printf %s "$message"; } | sha256sum | cut -c 1-64)
  { printf '%b' "$outer"; printf '%b' "$(sed 's/../\\x&/g' <<<"$digest")"; } | sha256sum | cut -c 1-64
}

# as HOST NAME: HOST has that identity from now on.
as() { printf '%s\n' "$2" >"$work/$1/relay/identity"; }

# holds HOST PEER KEY: HOST has that key for that peer.
holds() {
  mkdir -p "$work/$1/relay/peers"
  printf %s "$3" >"$work/$1/relay/peers/$2.key"
}

alice_and_bob_connect() {
  start alice
  start bob
  wait_until 20 has_state alice bob-0001 connected
  wait_until 20 has_state bob alice-0001 connected
}

test_two_that_switch_it_on_are_connected_and_a_third_without_the_tag_is_left_alone() {
  local host
  for host in alice bob carol; do says "$host" alice bob "carol .Tags = null"; done
  start carol
  local begin=$SECONDS
  alice_and_bob_connect
  # A sanitizer's build is several times as slow: it checks function.
  [[ -n ${ASAN_OPTIONS:-} ]] || ((SECONDS - begin <= 10)) || fail "it took $((SECONDS - begin)) s"
  rounds alice 3
  [[ -z $(peer_state alice carol-0001) ]] || fail "alice knows carol"
  [[ -z $(events carol '.event == "peer_connected"') ]] || fail "carol is connected"
  # Nothing that opens a door is on disk, and the identity is the node's.
  for host in alice bob; do
    [[ -z $(ls "$work/$host/relay/peers" 2>/dev/null) ]] || fail "$host has stored a key"
  done
  expect_json "$(<"$work/alice/relay/tailnet/${node[bob]}.json")" '.identity == "bob-0001"'
  [[ $(stat -c %a "$work/alice/relay/tailnet/${node[bob]}.json") == 600 ]] || fail "a pin is readable for others"
  local report
  report=$(tailnet alice)
  expect_json "$report" '.state == "running" and .self.name == "alice.tail1234.ts.net" and .self.tagged'
  expect_json "$report" '.candidates == [{node_id: "nCIRUNNER9d1eCNTRL", name: "bob.tail1234.ts.net",
    addr: "100.101.0.12", identity: "bob-0001", status: "connected"}]'
  expect_json "$report" '.left_out == [{name: "carol.tail1234.ts.net", addr: "100.101.0.13", reason: "untagged"}]'
  expect_json "$(relay alice status --json)" '.tailscale == {state: "running", candidates: 1, connected: 1}'
  expect_json "$(relay alice peers --json)" '.peers[0].via == "tailscale" and .peers[0].addr == "100.101.0.12:9847"'
  expect_json "$(relay alice send bob-0001 --type task_status --payload '{"n":1}' --json)" '.acked'
  # One line for each change, and none when nothing changes.
  local told
  told=$(wc -l <"$work/alice.log")
  rounds alice 2
  [[ $(wc -l <"$work/alice.log") == "$told" ]] || fail "$(tail -n +"$((told + 1))" "$work/alice.log")"
  # A relay that begins again is connected again.
  stop_relay bob
  wait_until 10 has_state alice bob-0001 disconnected
  start bob
  wait_until 20 has_state alice bob-0001 connected
}

test_what_a_stopped_tailscale_still_lists_is_not_connected_to() {
  cp "$samples/status-stopped.json" "$work/alice/tailscale/status.json"
  start bob
  start alice
  wait_until 10 has_event alice '.event == "tailnet_changed" and .state == "stopped"'
  rounds bob 2
  expect_json "$(tailnet alice)" '.state == "stopped" and .candidates == [] and .self == null'
  [[ -z $(peer_state alice bob-0001)$(peer_state bob alice-0001) ]] || fail "they know each other"
  # Once it runs, they are.
  tell alice alice bob carol
  wait_until 20 has_state alice bob-0001 connected
  # And when it ends, the session does.
  jq '.BackendState = "Stopped"' "$work/alice/tailscale/status.json" >"$work/alice/tailscale/next"
  mv "$work/alice/tailscale/next" "$work/alice/tailscale/status.json"
  wait_until 20 has_event alice '.event == "peer_disconnected" and .reason == "left_tailnet"'
}

test_lost_tag_ends_the_session() {
  alice_and_bob_connect
  says alice alice "bob .Tags = [\"tag:ci\"]" carol
  wait_until 20 has_event alice '.event == "peer_disconnected" and .reason == "left_tailnet"'
  rounds bob 2
  [[ -z $(peer_state alice bob-0001) ]] || fail "alice knows bob"
  wait_until 10 has_state bob alice-0001 disconnected
}

test_who_is_not_in_the_tailnet_is_denied_though_it_knows_the_key() {
  [[ $(computed_key "${node[alice]}" "${node[bob]}") == 3fdf9e97e95c32c41a0540fe0be7aa2ba1bd2397e0e1925a00bf280bf07b27ac ]] ||
    fail "the attack does not compute the key"
  start alice
  as mallory bob-0001
  holds mallory alice-0001 "$(computed_key "${node[alice]}" "${node[bob]}")"
  local attack="timeout 20 $claudectl relay connect --peer alice-0001 --timeout 3s --json"
  # On the LAN.
  expect_match "$(on mallory $attack 10.77.0.1:9847 || true)" '"code":"auth_failed"'
  # At alice's address in the tailnet, from the LAN.
  on mallory ip route add 100.101.0.10 via 10.77.0.1
  expect_match "$(on mallory $attack 100.101.0.10:9847 || true)" '"code":"auth_failed"'
  # From bob's address, forged: what alice answers goes into the tailnet, to bob.
  on mallory ip addr add 100.101.0.12/32 dev eth0
  on mallory ip route replace 100.101.0.10 via 10.77.0.1 src 100.101.0.12
  on mallory ip route add 10.77.0.1 dev eth0 src 100.101.0.12
  expect_match "$(on mallory $attack 100.101.0.10:9847 || true)" '"code":"(unreachable|timeout)"'
  expect_match "$(on mallory $attack 10.77.0.1:9847 || true)" '"code":"(unreachable|timeout)"'
  [[ -z $(peer_state alice bob-0001) ]] || fail "somebody got in"
  [[ $(calls alice whois) == 0 ]] || fail "a program was run for it"
}

test_who_has_taken_a_nodes_address_is_denied_as_tailscale_does_not_vouch() {
  # Another machine at bob's address in the tailnet, as it may be where a filter is missing; what Tailscale says decides.
  start alice
  as bob bob-0001
  holds bob alice-0001 "$(computed_key "${node[alice]}" "${node[bob]}")"
  local attack="timeout 20 $claudectl relay connect 100.101.0.10:9847 --peer alice-0001 --timeout 8s --json" answer
  jq '.Node.StableID = "nSOMEBODYELSE"' "$samples/whois-tagged.json" >"$work/alice/tailscale/whois/100.101.0.12.json"
  expect_match "$(CLAUDECTL_RELAY_TAILSCALE=false on bob $attack || true)" '"code":"auth_failed"'
  rm "$work/alice/tailscale/whois/100.101.0.12.json"
  expect_match "$(CLAUDECTL_RELAY_TAILSCALE=false on bob $attack || true)" '"code":"auth_failed"'
  (($(calls alice whois) >= 2)) || fail "Tailscale was not asked"
  [[ ! -e $work/alice/relay/tailnet/${node[bob]}.json ]] || fail "it was pinned"
  [[ -z $(peer_state alice bob-0001) ]] || fail "somebody got in"
}

# tries_as NAME: carol's relay of that name, until both have looked around twice. It must not get into alice's.
tries_as() {
  as carol "$1"
  start carol
  rounds alice 2
  rounds carol 2
  stop_relay carol
  [[ -z $(events carol '.event == "peer_connected" and .peer == "alice-0001"') ]] || fail "carol is in as $1"
}

# warnings HOST REGEX: how many of its warnings match.
warnings() { events "$1" '.event == "warning"' | grep -cE "$2" || true; }

test_another_nodes_identity_and_a_paired_one_are_denied_to_a_node() {
  alice_and_bob_connect
  holds alice dave-0001 "$(head -c 32 /dev/zero | sha256sum | cut -c 1-64)"
  tries_as bob-0001
  # Once, not each time.
  [[ $(warnings alice 'refused bob-0001 at 100.101.0.13.*another machine of the tailnet has that name') == 1 ]] ||
    fail "$(<"$work/alice.log")"
  tries_as BOB-0001
  tries_as dave-0001
  has_state alice bob-0001 connected || fail "bob is gone"
  [[ ! -e $work/alice/relay/tailnet/${node[carol]}.json ]] || fail "carol was pinned"
}

test_node_has_one_name_and_the_name_one_node() {
  alice_and_bob_connect
  start carol
  wait_until 20 has_state alice carol-0001 connected
  stop_relay carol
  tries_as carol-0002
  [[ $(warnings alice 'refused carol-0002 .*known as carol-0001') == 1 ]] || fail "$(<"$work/alice.log")"
  start carol
  # While it is known by Tailscale, no link and no request makes somebody else of that name.
  local link
  link=$(relay alice invite --link-only --host 10.77.0.1)
  as mallory bob-0001
  expect_match "$(relay mallory join "$link" --json || true)" '"code":"auth_failed"'
  expect_match "$(relay mallory pair-with alice-0001 --timeout 5s --json || true)" '"code":"denied"'
  expect_match "$(relay alice join "cctl://bob-0001@10.77.0.9:9847/k/0123456789abcdef" --json || true)" '"code":"denied"'
  expect_match "$(relay alice accept 0123-4567-89ab-cdef bob-0001 --json || true)" '"code":"denied"'
  relay alice forget carol-0001 >/dev/null
  wait_until 20 has_state alice carol-0002 connected
}

test_userspace_networking_is_refused_with_its_reason() {
  jq '.TUN = false' "$work/alice/tailscale/status.json" >"$work/next"
  mv "$work/next" "$work/alice/tailscale/status.json"
  start bob
  start alice
  wait_until 10 has_event alice '.event == "tailnet_changed" and .state == "userspace"'
  rounds bob 2
  expect_json "$(tailnet alice)" '.state == "userspace" and .candidates == []'
  expect_match "$(TAILSCALE_STAND_IN=$work/alice/tailscale relay alice tailnet)" 'userspace networking'
  [[ -z $(peer_state alice bob-0001)$(peer_state bob alice-0001) ]] || fail "they know each other"
}

test_connections_that_prove_nothing_start_no_program() {
  export CLAUDECTL_RELAY_TAILSCALE_PROBE_INTERVAL=3600
  start alice
  rounds alice 0
  wait_until 10 grep -q . "$work/alice/tailscale/calls"
  local handshake='{"id":"msg_1_0_a1b2c3d4","msg_type":"handshake","from_peer":"bob-0001","timestamp":1,"payload":{"proof":"'
  handshake+=$(printf '0%.0s' {1..64})'","version":"1","client_nonce":"'$(printf '1%.0s' {1..64})'"}}'
  printf '%s\n' "$handshake" >"$work/wrong"
  flood() { # 200 connections, from an address of the tailnet
    local i
    for ((i = 0; i < 200; i++)); do
      exec {fd}<>/dev/tcp/100.101.0.10/9847
      cat "$work/wrong" >&"$fd"
      exec {fd}>&-
    done
  }
  local begin
  begin=$(date +%s%3N)
  export -f flood
  export work
  on bob bash -c flood 2>/dev/null || true
  local took=$(($(date +%s%3N) - begin))
  echo "200 connections in $took ms"
  [[ $(<"$work/alice/tailscale/calls") == "status --json" ]] || fail "programs: $(<"$work/alice/tailscale/calls")"
  relay alice status --json >/dev/null || fail "the relay is gone"
}

is_running() { grep -qE '^State:[[:space:]]+[^ZX[:space:]]' "/proc/$1/status" 2>/dev/null; }

test_each_way_in_which_the_program_fails_has_its_word() {
  start bob
  local mode want
  for mode in warn:running slow:running down:daemon_down huge:no_answer hang:no_answer; do
    want=${mode#*:}
    echo "${mode%:*}" >"$work/alice/tailscale/mode"
    expect_json "$(tailnet alice)" ".state == \"$want\""
  done
  # It was killed with what it had started.
  ! is_running "$(<"$work/alice/tailscale/child")" || fail "a child of the program is left"
  expect_json "$(CLAUDECTL_RELAY_TAILSCALE_CLI=/nowhere/tailscale tailnet alice)" '.state == "not_installed" and .candidates == []'
  # What the daemon's absence looks like, in words; and the exit status is 0.
  echo down >"$work/alice/tailscale/mode"
  expect_match "$(TAILSCALE_STAND_IN=$work/alice/tailscale relay alice tailnet)" 'failed to connect to local tailscaled'
  # A program that is slow, and warns, does; one that hangs for once ends no session.
  echo slow >"$work/alice/tailscale/mode"
  start alice
  wait_until 20 has_state alice bob-0001 connected
}

# Sockets on which HOST's relay is making a connection. It stands still meanwhile: while the kernel lists sockets one by
# one, a running relay closes one that is on the list and opens one that comes later.
dialling() { # HOST
  local pid
  eval "pid=\$relay_$1"
  kill -STOP "$pid"
  wait_until 10 grep -q '^State:.T' "/proc/$pid/status"
  on "$1" ss -Htn state syn-sent | wc -l
  kill -CONT "$pid"
}

test_two_thousand_machines_are_probed_sixteen_at_a_time() {
  jq '.Peer as $peers | ($peers | to_entries[0].value) as $one
      | .Peer = ([range(2000) | . as $i | $one
          | .ID = "nMANY\($i)CNTRL" | .TailscaleIPs = ["100.101.\(1 + $i / 250 | floor).\(1 + $i % 250)"]]
          | with_entries(.key = "nodekey:" + (.key | tostring)))' \
    "$work/alice/tailscale/status.json" >"$work/next"
  mv "$work/next" "$work/alice/tailscale/status.json"
  # Nobody answers for them: the switch takes what is sent.
  on alice ip link set tailscale0 arp off
  start alice
  are_dialled() { (($(on alice ss -Htn state syn-sent | wc -l) >= 16)); }
  wait_until 20 are_dialled
  local most=0 i now
  for ((i = 0; i < 60; i++)); do
    now=$(dialling alice)
    ((now > most)) && most=$now
    sleep 0.05
  done
  ((most > 0 && most <= 16)) || fail "$most sockets at once"
  expect_json "$(tailnet alice)" '(.candidates | length) == 2000'
  [[ $(wc -l <"$work/alice/tailscale/status.json") -gt 10000 ]] || fail "the status is small"
}

test_machines_of_two_people_pair_by_request_over_the_tailnet() {
  # Nobody has tags, and they belong to different users: no key comes of itself, but the network is to be trusted.
  local host
  for host in alice bob; do says "$host" "alice .Tags = null | .UserID = 1" "bob .Tags = null | .UserID = 2"; done
  start alice
  start bob
  # Until it knows who is in the tailnet, a request from there comes from a network that is not its own.
  wait_until 20 has_event bob '.event == "tailnet_changed" and .state == "running"'
  relay bob approve alice-0001 --wait --timeout 30s --json >/dev/null &
  local answer
  answer=$(relay alice pair-with bob-0001 --addr 100.101.0.12:9847 --json) || fail "$answer"
  expect_json "$answer" '.status == "paired" and .addr == "100.101.0.12:9847"'
  wait $!
  [[ -s $work/alice/relay/peers/bob-0001.key ]] || fail "no key"
  # Without Tailscale at the other end it is no network of that machine's.
  CLAUDECTL_RELAY_TAILSCALE=false start carol
  says alice "alice .Tags = null | .UserID = 1" "carol .Tags = null | .UserID = 2"
  rounds alice 1
  expect_match "$(relay alice pair-with carol-0001 --addr 100.101.0.13:9847 --timeout 5s --json || true)" '"code":"denied"'
}

test_a_projects_peer_is_reached_by_its_name_in_the_tailnet() {
  mkdir -p "$work/team/.git"
  cd "$work/team"
  relay bob project-init --tailscale bob.tail1234.ts.net >/dev/null
  start bob
  # A runner without a relay of its own: no question, no key, no name server.
  local answer
  answer=$(TAILSCALE_STAND_IN=$work/alice/tailscale relay alice project-connect --yes --json) || fail "$answer"
  expect_json "$answer" '.peers[] | select(.identity == "bob-0001")
    | .status == "connected" and .addr == "100.101.0.12:9847" and .via == "tailscale"'
  [[ ! -e $work/alice/relay/peers/bob-0001.key ]] || fail "a key was stored"
  # By its identity alone, now that it is known.
  answer=$(TAILSCALE_STAND_IN=$work/alice/tailscale relay alice pair-with bob-0001 --json) || fail "$answer"
  expect_json "$answer" '.status == "connected" and .addr == "100.101.0.12:9847"'
}

test_forgotten_machine_is_found_anew() {
  CLAUDECTL_RELAY_TAILSCALE_PROBE_INTERVAL=3600 start bob
  rounds bob 0
  start alice
  wait_until 20 has_state alice bob-0001 connected
  as bob bob-0002
  stop_relay bob
  CLAUDECTL_RELAY_TAILSCALE_PROBE_INTERVAL=3600 start bob
  rounds alice 2
  [[ -z $(peer_state alice bob-0002) ]] || fail "bob has two names"
  relay alice forget bob-0001 >/dev/null
  wait_until 20 has_state alice bob-0002 connected
  # Also while it is connected: bob does not look around, so it is alice who finds it.
  relay alice forget bob-0002 >/dev/null
  finds_again() { [[ $(events alice '.event == "peer_connected" and .peer == "bob-0002" and .outbound' | wc -l) == 2 ]]; }
  wait_until 20 finds_again
}

test_switching_it_off_ends_it() {
  alice_and_bob_connect
  relay alice disconnect bob-0001 >/dev/null
  rounds alice 2
  rounds bob 2
  [[ $(peer_state alice bob-0001) == disconnected ]] || fail "alice has connected again"
  relay alice connect 100.101.0.12:9847 --json >/dev/null || fail "connect"
  has_state alice bob-0001 connected || fail "connect has not connected"
  unset CLAUDECTL_RELAY_TAILSCALE
  stop_relay alice
  printf '[relay]\ntailscale = true\ntailscale_probe_interval = 2\n' >"$work/alice/.claudectl.toml"
  unset CLAUDECTL_RELAY_TAILSCALE_PROBE_INTERVAL
  start alice
  wait_until 20 has_state alice bob-0001 connected
  rm "$work/alice/.claudectl.toml"
  kill -HUP "$relay_alice"
  wait_until 20 has_event alice '.event == "peer_disconnected" and .reason == "left_tailnet"'
  [[ -z $(peer_state alice bob-0001) ]] || fail "alice knows bob"
  expect_json "$(relay alice status --json)" '.tailscale == null'
  expect_json "$(tailnet alice)" '.state == "running" and .candidates[0].status == "unknown"'
}

run_cases "$@"
