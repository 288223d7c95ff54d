#!/bin/bash
# `doctor` on a LAN, in order and broken on purpose.
source "$(dirname "$0")/hosts.sh"

# check HOST ID: status, message and fix of one check.
check() { relay "$1" doctor --json | jq -c --arg id "$2" '.checks[] | select(.id == $id) | [.status, .message, .fix]'; }

expect_check() { # HOST ID REGEX
  expect_match "$(check "$1" "$2")" "$3"
}

test_machine_in_order_passes() {
  start_relay alice
  start_relay bob
  local answer
  answer=$(relay alice doctor --json) || fail "$answer"
  expect_json "$answer" 'all(.checks[]; .status == "pass")'
  expect_check alice relay 'a relay runs \(process [0-9]+\)'
  expect_check alice listen_port 'listens on 0.0.0.0:9847'
  expect_check alice interfaces 'eth0 \(10.77.0.1, broadcast 10.77.0.255\)'
  expect_check alice broadcast 'hears its own broadcasts'
  expect_check alice duplicates '\(1 nearby\)'
}

test_network_that_is_down_is_a_warning() {
  on alice ip link set eth0 down
  expect_check alice interfaces '^\["warn","no network is up that broadcasts'
  on alice ip link set eth0 up
  expect_check alice interfaces '^\["pass"'
  CLAUDECTL_RELAY_INTERFACES=wlan* expect_check alice interfaces '^\["warn","relay.interfaces names no network'
  CLAUDECTL_RELAY_LAN_DISCOVERY=false expect_check alice interfaces 'off \(CLAUDECTL_RELAY_LAN_DISCOVERY\)'
}

test_port_of_another_program_is_told_with_its_holder() {
  start_relay bob
  # Another relay of the same machine, with a state folder of its own.
  local answer
  answer=$(on bob env CLAUDECTL_HOME="$work/second" "$claudectl" relay doctor --json) && fail "$answer"
  expect_match "$answer" '"message":"TCP port 9847 is held by process [0-9]+ \(claudectl\)"'
}

test_copied_machine_is_recognised_and_mended() {
  # Both have met carol's invite in their former life; then bob's disk was copied to alice.
  relay bob accept 0123-4567-89ab-cdef carol-0001 >/dev/null
  rm -r "$work/alice/relay"
  cp -r "$work/bob/relay" "$work/alice/relay"
  printf '%064d\n' 0 >"$work/alice/relay/machine"
  start_relay bob
  expect_check alice identity '^\["warn","the state folder was made on another machine.*both are bob-0001'
  expect_check alice duplicates '^\["fail","another machine, at 10.77.0.2, also calls itself bob-0001","claudectl relay identity --regenerate"\]'
  expect_status 1 relay alice doctor >/dev/null 2>&1
  # A relay says so once, and what to do.
  start_relay alice
  wait_until 10 has_event alice '.event == "warning" and (.message | test("made on another machine.*identity --regenerate"))'
  expect_status 8 relay alice identity --regenerate --yes 2>/dev/null
  stop_relay alice
  relay alice identity --regenerate --yes >/dev/null
  [[ -z $(ls "$work/alice/relay/peers") ]] || fail "a key of the other machine is left"
  expect_check alice identity '^\["pass"'
  expect_check alice duplicates '^\["pass"'
  expect_json "$(relay bob peers --json)" '.identity == "bob-0001" and (.peers | length) == 1'
}

run_cases "$@"
