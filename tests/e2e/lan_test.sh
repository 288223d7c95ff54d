#!/bin/bash
# Machines in one room find each other and pair: three hosts on a switch, one of which has a second interface to another.
source "$(dirname "$0")/hosts.sh"

#   alice  eth0 10.77.0.1 --+
#   bob    eth0 10.77.0.2 --+-- br0
#   carol  eth0 10.77.0.3 --+
#          eth1 10.78.0.3 --+-- br1
#   dave   eth0 10.78.0.4 --+
build_network() {
  make_switch br0
  make_switch br1
  local name
  for name in alice bob carol dave; do make_host "$name"; done
  plug alice eth0 10.77.0.1 br0
  plug bob eth0 10.77.0.2 br0
  plug carol eth0 10.77.0.3 br0
  plug carol eth1 10.78.0.3 br1
  plug dave eth0 10.78.0.4 br1
}

# The names that a host finds.
found_by() { relay "$1" discover --timeout "${2:-1s}" --json | jq -c '[.peers[].identity]'; }

# finds HOST NAME...: these and no others, each within 300 ms of the start. Other cases run beside this one, so the best of
# five attempts counts.
finds() {
  local host=$1 wanted attempt
  shift
  wanted=$(jq -cn '$ARGS.positional' --args "$@")
  for attempt in 1 2 3 4 5; do
    [[ $(found_by "$host" 300ms) == "$wanted" ]] && return
  done
  fail "$host finds $(found_by "$host"), not $wanted"
}

# approve HOST NAME: lets whoever asks under that name in, once it has asked.
approve() { relay "$1" approve "$2" --wait --timeout 20s --json >/dev/null; }

pair_with() { # HOST NAME [ARGS...]: asks in the background; the answer goes to $work/HOST.paired
  local name=$1
  shift
  relay "$name" pair-with "$@" --json >"$work/$name.paired" 2>>"$work/$name.err" &
  asking=$!
}

test_everybody_finds_everybody_within_300_ms() {
  local host
  for host in alice bob carol dave; do start_relay "$host"; done
  # Also while a relay runs on the same host, and across the second interface of one that has two.
  finds alice bob-0001 carol-0001
  finds bob alice-0001 carol-0001
  finds carol alice-0001 bob-0001 dave-0001
  finds dave carol-0001
  expect_json "$(relay dave discover --json)" '.peers[0].addr == "10.78.0.3:9847"'
  expect_json "$(relay alice discover --json)" '.peers[1].addr == "10.77.0.3:9847"'
  # The relays know, too, by each other's announcements.
  expect_json "$(relay carol status --json)" '.lan.nearby == 3 and .lan.interfaces == ["eth0", "eth1"]'
}

test_excluded_interfaces_are_not_announced_on() {
  CLAUDECTL_RELAY_EXCLUDE_INTERFACES='eth1' start_relay carol
  [[ $(found_by alice) == '["carol-0001"]' ]] || fail "alice does not find carol"
  expect_json "$(relay carol status --json)" '.lan.interfaces == ["eth0"]'
  start_relay dave # hears nothing of carol's announcements
  relay dave discover --timeout 1s >/dev/null
  expect_json "$(relay dave status --json)" '.lan.enabled'
  [[ -z $(events dave '.event == "peer_discovered"') ]] || fail "dave has heard carol"
}

test_two_people_in_a_room_pair() {
  start_relay alice
  start_relay bob
  pair_with bob alice-0001
  wait_until 10 has_event alice '.event == "pair_requested" and .peer == "bob-0001"'
  # Both see the same number.
  wait_until 10 has_event bob '.event == "pair_request_sent"'
  local check
  check=$(events bob '.event == "pair_request_sent"' | jq -r .check)
  expect_json "$(relay alice requests --json)" ".requests[0].check == \"$check\" and .requests[0].addr == \"10.77.0.2\""
  approve alice bob-0001
  wait "$asking"
  expect_json "$(<"$work/bob.paired")" '.peer == "alice-0001" and .status == "paired" and .proved and .addr == "10.77.0.1:9847"'
  wait_until 10 has_state alice bob-0001 connected
  wait_until 10 has_state bob alice-0001 connected
  [[ $(cat "$work/bob/relay/peers/alice-0001.key") == "$(cat "$work/alice/relay/peers/bob-0001.key")" ]] || fail "two keys"
}

test_a_lost_cable_and_a_goodbye_are_told() {
  export CLAUDECTL_RELAY_LAN_ANNOUNCE_INTERVAL=1 # 30 s of silence become 3
  start_relay alice
  start_relay bob
  start_relay carol
  wait_until 10 has_event alice '.event == "peer_discovered" and .peer == "bob-0001"'
  wait_until 10 has_event alice '.event == "peer_discovered" and .peer == "carol-0001"'
  stop_relay carol
  wait_until 2 has_event alice '.event == "peer_lost" and .peer == "carol-0001" and .reason == "goodbye"'
  ip link set port_bob down
  wait_until 10 has_event alice '.event == "peer_lost" and .peer == "bob-0001" and .reason == "silent"'
  ip link set port_bob up
  wait_until 10 has_event alice '.event == "peer_discovered" and .peer == "bob-0001" and .addr == "10.77.0.2:9847"'
}

test_a_peer_that_moves_is_dialled_where_it_announces_itself() {
  start_relay alice
  start_relay bob
  pair_with bob alice-0001
  approve alice bob-0001
  wait "$asking"
  wait_until 10 has_state bob alice-0001 connected
  stop_relay alice
  on alice ip addr del 10.77.0.1/24 dev eth0
  on alice ip addr add 10.77.0.99/24 broadcast + dev eth0
  start_relay alice
  wait_until 15 has_state bob alice-0001 connected
  wait_until 10 eval '[[ $(relay bob peers --json | jq -r ".peers[0].addr") == 10.77.0.99:* ]]'
}

test_two_machines_of_one_name_are_named_as_such() {
  printf 'alice-0001\n' >"$work/carol/relay/identity"
  start_relay alice
  start_relay carol
  wait_until 5 has_event carol '.event == "warning" and (.message | test("also calls itself alice-0001"))'
  wait_until 15 has_event alice '.event == "warning" and (.message | test("also calls itself alice-0001"))'
  local answer status=0
  answer=$(relay bob pair-with alice-0001 --json) || status=$?
  ((status == 3)) || fail "exit status $status: $answer"
  expect_json "$answer" '.error.code == "ambiguous" and (.error.message | test("10.77.0.1:9847") and test("10.77.0.3:9847"))'
  # --addr chooses.
  pair_with bob alice-0001 --addr 10.77.0.3
  approve carol bob-0001
  wait "$asking"
  expect_json "$(<"$work/bob.paired")" '.addr == "10.77.0.3:9847"'
}

test_an_announcer_that_does_not_answer_is_unreachable() {
  on carol python3 - <<'PY' &
import json, socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind(("10.77.0.3", 0))
for _ in range(100):
    for target in ("10.77.0.255", "255.255.255.255"):
        s.sendto(json.dumps({"type": "announce", "identity": "ghost-0001", "port": 9999, "version": "1", "paired_count": 0}).encode(), (target, 9848))
    time.sleep(0.1)
PY
  start_relay bob
  wait_until 10 has_event bob '.event == "peer_discovered" and .peer == "ghost-0001"'
  local answer status=0
  answer=$(relay bob pair-with ghost-0001 --json) || status=$?
  ((status == 3)) || fail "exit status $status: $answer"
  expect_json "$answer" '.error.code == "unreachable"'
}

test_neighbours_pair_without_a_question_where_that_is_wanted() {
  start_relay alice --auto-approve
  relay bob pair-with alice-0001 --json >"$work/bob.paired"
  expect_json "$(<"$work/bob.paired")" '.status == "paired"'
  wait_until 5 has_event alice '.event == "pair_decided" and .automatic and .id == null'
  # A router is no neighbour: anybody may sit behind it.
  on alice ip route add default via 10.77.0.3
  pair_with carol alice-0001
  wait_until 10 has_event alice '.event == "pair_requested" and .peer == "carol-0001"'
  relay alice deny --all >/dev/null
  wait "$asking" || true
}

test_settings_are_read_again_on_sighup() {
  mkdir -p "$work/alice/.config/claudectl"
  local file=$work/alice/.config/claudectl/config.toml
  printf '[relay]\nlan_discovery = false\n' >"$file"
  start_relay alice
  [[ $(found_by bob) == '[]' ]] || fail "bob finds alice"
  printf '[relay]\nlan_announce_interval = 3\nauto_approve_lan = true\nlan_broadcast_port = 9900\n' >"$file"
  local pid
  eval "pid=\$relay_alice"
  kill -HUP "$pid"
  wait_until 5 eval '[[ $(relay alice status --json | jq .lan.enabled) == true ]]'
  [[ $(CLAUDECTL_RELAY_LAN_BROADCAST_PORT=9900 found_by bob) == '["alice-0001"]' ]] || fail "not on the new port"
  expect_json "$(CLAUDECTL_RELAY_LAN_BROADCAST_PORT=9900 relay bob pair-with alice-0001 --json)" '.status == "paired"'
  # A mistake in the file changes nothing.
  printf '[relay]\nlan_broadcast_port = "x"\n' >"$file"
  kill -HUP "$pid"
  wait_until 5 grep -q 'the settings stay as they were' "$work/alice.err"
  [[ $(CLAUDECTL_RELAY_LAN_BROADCAST_PORT=9900 found_by bob) == '["alice-0001"]' ]] || fail "the former settings are gone"
}

test_a_join_completes_under_a_flood_of_announcements() {
  start_relay alice
  local link
  link=$(relay alice invite --link-only --host 10.77.0.1)
  on carol python3 - <<'PY' >"$work/flood" &
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind(("10.77.0.3", 0))
end = time.time() + 20
sent = 0
while time.time() < end:
    for i in range(500):
        s.sendto(b'{"type":"announce","identity":"flood-%d","port":9847,"version":"1","paired_count":0}' % (sent + i), ("10.77.0.255", 9848))
    sent += 500
    print(sent, flush=True)
PY
  wait_until 10 test -s "$work/flood"
  relay bob join "$link" --json >"$work/bob.paired"
  expect_json "$(<"$work/bob.paired")" '.status == "paired"'
  # The flood is bounded: what one address may bring, and no more.
  expect_json "$(relay alice status --json)" '.lan.nearby <= 64 and .lan.dropped.no_room > 0'
  start_relay bob
  [[ $(found_by carol) == *bob-0001* ]] || fail "bob is not found"
}

run_cases "$@"
