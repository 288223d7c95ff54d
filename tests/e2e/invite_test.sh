#!/bin/bash
# Two machines pair by an invite link, and stay connected as long as both want it.
source "$(dirname "$0")/hosts.sh"

# The link of a fresh invite of alice's.
fresh_link() { relay alice invite --link-only "$@"; }

# refused STATUS CODE HOST ARGS...: the command fails with that exit status and error.code.
refused() {
  local want=$1 code=$2 answer status=0
  shift 2
  answer=$(relay "$@" --json) || status=$?
  ((status == want)) || fail "exit status $status, not $want: $answer"
  expect_json "$answer" ".error.code == \"$code\""
}

pair() {
  start_relay alice
  start_relay bob
  relay bob join "$(fresh_link)" --json >/dev/null
  wait_until 10 has_state alice bob-0001 connected
  wait_until 10 has_state bob alice-0001 connected
}

test_invite_join_and_forget() {
  start_relay alice
  local invite joined
  invite=$(relay alice invite --json)
  expect_json "$invite" '.relay_running and .host == "10.77.0.1" and .port == 9847 and .uses == 1 and .ttl_seconds == 86400'
  expect_json "$invite" '.invite_link | test("^cctl://alice-0001@10\\.77\\.0\\.1:9847/k/[0-9a-f]{16}$")'
  joined=$(jq -r .invite_link <<<"$invite" | relay bob join - --json)
  expect_json "$joined" '.peer == "alice-0001" and .identity == "bob-0001" and .status == "paired" and .proved'
  # A joiner without a relay has gone again, and both sides know each other.
  expect_json "$(relay alice peers --json)" '.peers | length == 1 and .[0].peer_id == "bob-0001" and .[0].via == "invite"'
  expect_json "$(relay bob peers --json)" '.peers | length == 1 and .[0].peer_id == "alice-0001" and .[0].state == "unknown"'
  [[ $(cat "$work/alice/relay/peers/bob-0001.key") == "$(cat "$work/bob/relay/peers/alice-0001.key")" ]] || fail "two keys"
  # bob's relay now connects by itself, with the key that the join made.
  start_relay bob
  wait_until 10 has_state alice bob-0001 connected
  expect_json "$(relay alice forget bob-0001 --json)" '.peer == "bob-0001"'
  wait_until 10 has_state bob alice-0001 disconnected
  expect_json "$(relay alice peers --json)" '.peers == []'
}

test_a_running_relay_keeps_what_join_connects() {
  pair
  expect_json "$(relay alice status --json)" '.sessions == 1'
}

test_the_session_lives_over_a_ten_second_cable_pull() {
  pair
  local before
  before=$(events alice '.event == "peer_connected"' | wc -l)
  ip link set port_bob down
  sleep 10 # the length of the pull is what is tested
  ip link set port_bob up
  # Something must cross the wire for either side to notice a loss; the answer to `forget` on one side shows that it does.
  has_state alice bob-0001 connected || fail "alice gave up"
  has_state bob alice-0001 connected || fail "bob gave up"
  [[ $(events alice '.event == "peer_connected"' | wc -l) == "$before" ]] || fail "the session was replaced"
  relay alice disconnect bob-0001 --json >/dev/null
  wait_until 20 has_state bob alice-0001 disconnected
}

test_reconnects_after_the_relay_restarts() {
  pair
  stop_relay alice
  wait_until 10 has_state bob alice-0001 disconnected
  start_relay alice
  wait_until 15 has_state bob alice-0001 connected
}

test_reconnects_after_the_relay_was_killed() {
  pair
  stop_relay alice KILL
  start_relay alice
  wait_until 15 has_state bob alice-0001 connected
}

test_a_used_link_opens_nothing() {
  start_relay alice
  local link
  link=$(fresh_link)
  relay bob join "$link" --json >/dev/null
  rm -r "$work/bob/relay/peers" # a third party has the link and bob's name, and not bob's key
  refused 4 auth_failed bob join "$link"
}

test_an_expired_invite_is_answered_so() {
  start_relay alice
  local link id
  link=$(fresh_link --ttl 1s --label "for bob")
  id=$(relay alice invites --json | jq -r '.invites[0].id')
  is_expired() { [[ $(relay alice invites --json | jq -r '.invites[0].state') == expired ]]; }
  wait_until 10 is_expired
  refused 6 expired bob join "$link"
  expect_match "$(cat "$work/alice.log" "$work/alice.err")" "$id"
  expect_json "$(relay alice peers --json)" '.peers == []'
  # One invite does not disturb another.
  relay bob join "$(fresh_link)" --json >/dev/null
}

test_an_invite_of_two_uses_admits_two() {
  start_relay alice
  local link
  link=$(fresh_link --uses 2)
  CLAUDECTL_IDENTITY=carol-0001 relay bob join "$link" --json >/dev/null
  expect_json "$(relay alice invites --json)" '.invites[0].uses_left == 1'
}

test_nobody_answers() {
  refused 3 unreachable bob join cctl://alice-0001@10.77.0.1:9847/k/a3f29b1cd4e5f678 --timeout 5s
  [[ ! -e $work/bob/relay/peers/alice-0001.key ]] || fail "a key was stored"
}

test_a_web_server_is_no_relay() {
  # Not `-m http.server`, which asks a name server for its own name first, and there is none.
  on alice /usr/bin/python3 -c 'import http.server as http, socketserver as server
server.TCPServer(("10.77.0.1", 9847), http.SimpleHTTPRequestHandler).serve_forever()' >/dev/null 2>&1 &
  wait_until 10 on alice bash -c 'exec 3<>/dev/tcp/10.77.0.1/9847'
  local answer status=0
  answer=$(relay bob join cctl://alice-0001@10.77.0.1:9847/k/a3f29b1cd4e5f678 --json --timeout 15s) || status=$?
  ((status == 3 || status == 5)) || fail "exit status $status"
  expect_json "$answer" '.error.code == "protocol" or .error.code == "timeout"'
}

test_pair_accept_and_connect() {
  local code
  code=$(relay alice pair --json | jq -r .pair_code)
  start_relay alice
  expect_json "$(relay bob accept "$code" alice-0001 --json)" '.peer == "alice-0001"'
  expect_json "$(relay bob connect 10.77.0.1:9847 --json)" '.peer == "alice-0001" and .proved'
  expect_json "$(relay alice peers --json)" '.peers | length == 1 and .[0].via == "manual"'
}

test_forget_lets_the_same_name_pair_anew() {
  pair
  relay alice forget bob-0001 --json >/dev/null
  relay bob forget alice-0001 --json >/dev/null
  relay bob join "$(fresh_link)" --json >/dev/null
  wait_until 10 has_state alice bob-0001 connected
}

test_two_relays_on_one_state_folder() {
  start_relay alice
  refused 8 already_running alice serve --port 0
}

# A host whose state folder is a small disk of its own.
small_disk() { # HOST
  mount -t tmpfs -o size=256k,mode=0700 tmpfs "$work/$1"
  mkdir "$work/$1/relay"
  printf '%s-0001\n' "$1" >"$work/$1/relay/identity"
}

fill_disk() { # HOST
  head -c 1M /dev/zero >"$work/$1/fill" 2>/dev/null && fail "the disk is not full"
  return 0
}

test_a_full_disk_of_the_inviter_admits_nobody_and_counts_no_use() {
  small_disk alice
  start_relay alice
  local link
  link=$(fresh_link)
  fill_disk alice
  refused 5 busy bob join "$link"
  expect_match "$(cat "$work/alice.log")" "No space left"
  expect_json "$(relay alice invites --json)" '.invites[0].uses_left == 1'
  expect_json "$(relay alice peers --json)" '.peers == []'
  expect_json "$(relay bob peers --json)" '.peers == []'
  rm "$work/alice/fill"
  relay bob join "$link" --json >/dev/null
}

test_a_full_disk_of_the_joiner_stores_nothing_and_the_link_works_again() {
  small_disk bob
  start_relay alice
  local link
  link=$(fresh_link)
  fill_disk bob
  refused 1 io bob join "$link"
  [[ -z $(find "$work/bob/relay" -name '*.key*') ]] || fail "something was stored"
  rm "$work/bob/fill"
  expect_json "$(relay bob join "$link" --json)" '.status == "paired"'
}

test_a_read_only_state_folder_of_the_joiner_is_an_error_before_anything_is_sent() {
  small_disk bob
  start_relay alice
  local link
  link=$(fresh_link)
  mount -o remount,ro "$work/bob"
  refused 1 io bob join "$link"
  expect_json "$(relay alice invites --json)" '.invites[0].uses_left == 1'
  expect_json "$(relay alice peers --json)" '.peers == []'
  mount -o remount,rw "$work/bob"
  expect_json "$(relay bob join "$link" --json)" '.status == "paired"'
}

test_a_relay_killed_in_the_middle_of_joins_leaves_no_half_pairing() {
  local link round
  for round in 1 2 3 4 5 6; do
    start_relay alice
    link=$(fresh_link)
    # Before anybody uses it: a join that is fast has deleted it again when one looks.
    [[ -n $(ls "$work/alice/relay/invites") ]] || fail "round $round: no invite"
    # bob dials as often as it takes; the relay dies under one of them, at a moment that differs from round to round.
    (for _ in 1 2 3; do relay bob join "$link" --json --timeout 2s; done >/dev/null 2>&1) &
    local joining=$!
    sleep "0.0$round" # not a wait for anything: where in the join the relay is killed
    stop_relay alice KILL
    wait "$joining" || true
    start_relay alice
    # Either both have the same key by now, or the same link still makes it.
    relay bob join "$link" --json >"$work/bob.answer" || fail "round $round: $(cat "$work/bob.answer")"
    cmp "$work/alice/relay/peers/bob-0001.key" "$work/bob/relay/peers/alice-0001.key" || fail "round $round: two keys"
    expect_json "$(relay bob connect 10.77.0.1:9847 --json)" '.proved'
    relay alice forget bob-0001 --json >/dev/null
    relay bob forget alice-0001 --json >/dev/null
    stop_relay alice
  done
}

run_cases "$@"
