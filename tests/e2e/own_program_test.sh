#!/bin/bash
# A program that is not claudectl, docs/examples/own_program.cc, finds and pairs with another instance of itself, under its
# own name, ports and folder, while claudectl runs on the same hosts and notices nothing of it.
source "$(dirname "$0")/hosts.sh"

chess=$(realpath docs/examples/own_program)

start_chess() { # HOST ARGS...: its lines go to $work/HOST.chess
  local name=$1
  shift
  mkdir -p "$work/$name/.chess/relay"
  printf '%s-chess\n' "$name" >"$work/$name/.chess/relay/identity"
  on "$name" "$chess" "$@" >"$work/$name.chess" 2>&1 &
}

test_two_of_them_pair_and_claudectl_is_not_concerned() {
  start_relay alice
  start_relay bob
  start_chess alice
  start_chess bob alice-chess
  wait_until 20 grep -qx 'bob-chess asks' "$work/alice.chess"
  wait_until 20 grep -qx 'connected to bob-chess' "$work/alice.chess"
  wait_until 20 grep -qx 'connected to alice-chess' "$work/bob.chess"
  [[ -s $work/alice/.chess/relay/peers/bob-chess.key ]] || fail "the key is not in the program's own folder"

  expect_json "$(relay alice discover --json --timeout 1s)" '[.peers[].identity] == ["bob-0001"]'
  expect_json "$(relay alice peers --json)" '.peers == []'
  expect_json "$(relay bob requests --json)" '.requests == []'
}

run_cases "$@"
