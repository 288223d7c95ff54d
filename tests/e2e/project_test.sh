#!/bin/bash
# A team whose machines are named in a repository: who is there connects, who is not is told, wherever each is by now.
source "$(dirname "$0")/hosts.sh"

#   lead    eth0 10.77.0.1 --+
#   mate    eth0 10.77.0.2 --+
#   runner  eth0 10.77.0.3 --+-- br0
#   moved   eth0 10.77.0.5 --+      the file says 10.77.0.4
#   off     10.77.0.9 in the file, and nowhere
build_network() {
  make_switch br0
  make_host lead && plug lead eth0 10.77.0.1 br0
  make_host mate && plug mate eth0 10.77.0.2 br0
  make_host runner && plug runner eth0 10.77.0.3 br0
  make_host moved && plug moved eth0 10.77.0.5 br0
  repository=$work/team
  mkdir -p "$repository/.git"
  cd "$repository"
}

# enters HOST ADDRESS: adds it to the team's file.
enters() { relay "$1" project-add --addr "$2:9847" >/dev/null; }

whole_team() {
  relay lead project-init --name "Lead's laptop" --addr 10.77.0.1:9847 >/dev/null
  enters mate 10.77.0.2
  enters runner 10.77.0.3
  enters moved 10.77.0.4
  printf '\n[[peers]]\nidentity = "off-0001"\naddr = "10.77.0.9:9847"  # on holiday\n' >>.claudectl/peers.toml
}

# approves HOST NAME: as soon as it asks.
approves() { relay "$1" approve "$2" --wait --timeout 60s --json >/dev/null; }

status_of() { jq -c --arg peer "$2" '.peers[] | select(.identity == $peer) | [.status, .addr, .via, .error.code]' <<<"$1"; }

keys() { cat "$work/$1"/relay/peers/*.key | sha256sum; }

# The whole team, asked by a runner that has no terminal.
connects_the_team() {
  local approvals=() host status=0 before
  for host in lead mate moved; do
    start_relay "$host"
    approves "$host" runner-0001 &
    approvals+=($!)
  done
  before=$(sha256sum .claudectl/peers.toml)
  local first second
  first=$(relay runner project-connect --yes --json) || status=$?
  wait "${approvals[@]}"
  ((status == 9)) || fail "exit status $status, not 9: $first"
  [[ $(status_of "$first" lead-0001) == '["connected","10.77.0.1:9847","addr",null]' ]] || fail "lead: $first"
  [[ $(status_of "$first" mate-0001) == '["connected","10.77.0.2:9847","addr",null]' ]] || fail "mate: $first"
  [[ $(status_of "$first" moved-0001) == '["connected","10.77.0.5:9847","lan",null]' ]] || fail "moved: $first"
  [[ $(status_of "$first" off-0001) == '["unreachable",null,null,"unreachable"]' ]] || fail "off: $first"
  [[ $(status_of "$first" runner-0001) == '["self",null,null,null]' ]] || fail "runner: $first"
  expect_json "$first" '.connected == 3 and .failed == 1 and .error.code == "partial"'
  # Nobody asked for the file to be changed, and a second time there is nothing to change at all.
  local keys_before begin
  keys_before=$(keys runner)
  begin=$(date +%s%3N)
  status=0
  second=$(relay runner project-connect --yes --json) || status=$?
  local took=$(($(date +%s%3N) - begin))
  ((status == 9)) || fail "second run: exit status $status: $second"
  expect_json "$second" '.connected == 3 and .failed == 1'
  [[ $(keys runner) == "$keys_before" ]] || fail "the second run has changed a key"
  [[ $(sha256sum .claudectl/peers.toml) == "$before" ]] || fail "the file was changed"
  echo "the second run took $took ms"
  # A sanitizer's build is several times as slow: it checks function.
  [[ -n ${ASAN_OPTIONS:-} ]] || ((took < 1000)) || repeats_within_a_second
}

# Other cases run beside this one: the best of five counts.
repeats_within_a_second() {
  local attempt begin
  for attempt in 1 2 3 4; do
    begin=$(date +%s%3N)
    relay runner project-connect --yes --json >/dev/null || true
    if (($(date +%s%3N) - begin < 1000)); then return; fi
  done
  fail "no second run took less than a second"
}

test_a_runner_without_a_relay_connects_to_the_team() {
  whole_team
  connects_the_team
  # Each was verified, and nobody keeps the connection.
  wait_until 10 has_state lead runner-0001 disconnected
}

test_a_runner_with_a_relay_keeps_the_connections() {
  whole_team
  start_relay runner
  connects_the_team
  local host
  for host in lead mate moved; do has_state "$host" runner-0001 connected || fail "$host is not connected"; done
  expect_match "$(relay runner project-peers)" 'PROJECT PEERS \(\.claudectl/peers\.toml\):
  lead-0001    Lead.s laptop  ● connected
  mate-0001    -              ● connected
  runner-0001  -                you
  moved-0001   -              ● connected
  off-0001     -              ○ not paired'
}

test_it_stays_where_no_relay_runs() {
  whole_team
  start_relay lead
  relay runner project-connect --peer lead-0001 --stay --json >"$work/stay.out" 2>/dev/null &
  local staying=$!
  approves lead runner-0001
  wait_until 10 has_state lead runner-0001 connected
  expect_json "$(head -1 "$work/stay.out")" '.connected == 1 and .peers[0].via == "addr"'
  has_state runner lead-0001 connected || fail "no relay answers"
  kill -TERM "$(relay runner status --json | jq .pid)"
  wait "$staying" || fail "it did not stop cleanly"
}

test_one_peer_gives_its_own_status() {
  whole_team
  start_relay lead
  expect_status 3 relay runner project-connect --peer off-0001 >/dev/null 2>"$work/off.err"
  grep -q 'nobody answers at 10.77.0.9:9847' "$work/off.err" || fail "$(<"$work/off.err")"
  relay lead deny runner-0001 --wait --timeout 20s >/dev/null &
  local denying=$!
  expect_status 4 relay runner project-connect --peer lead-0001 >/dev/null 2>&1
  wait "$denying"
  expect_status 5 relay mate project-connect --peer lead-0001 --wait 1s >/dev/null 2>&1
  expect_status 3 relay mate project-connect --peer nobody-0001 >/dev/null 2>&1
}

# The file is not trusted: nobody is asked, and nothing is sent, unless somebody said so.
test_a_clone_alone_makes_nobody_ask() {
  whole_team
  start_relay lead
  expect_status 2 relay runner project-connect --json </dev/null >"$work/refused.json"
  expect_json "$(<"$work/refused.json")" '.error.code == "usage"'
  relay runner project-connect --no-input --json >"$work/skipped.json"
  expect_json "$(<"$work/skipped.json")" '[.peers[].status] == ["skipped", "skipped", "self", "skipped", "skipped"]'
  relay runner project-connect --dry-run --json >"$work/dry.json"
  expect_json "$(<"$work/dry.json")" '[.peers[].would] == ["request", "request", null, "request", "request"]'
  [[ -z $(events lead '.event == "pair_requested"') ]] || fail "lead was asked"
}

# An address is dialled for the identity that it stands beside, which has to prove itself.
test_another_machine_at_the_address_gets_nothing() {
  start_relay lead
  start_relay mate --json
  printf '[[peers]]\nidentity = "lead-0001"\naddr = "10.77.0.2:9847"\n' >.claudectl.tmp
  mkdir -p .claudectl && mv .claudectl.tmp .claudectl/peers.toml
  approves lead runner-0001 &
  local approving=$!
  local answer
  answer=$(relay runner project-connect --yes --json)
  wait "$approving"
  # Mate stands at that address, and says who it is: nothing was sent to it, and the LAN knew better.
  [[ $(status_of "$answer" lead-0001) == '["connected","10.77.0.1:9847","lan",null]' ]] || fail "$answer"
  [[ -z $(events mate '.event == "pair_requested"') ]] || fail "mate was asked"
  # A pairing that is there is not changed by a file: the stored key opens nothing at mate's.
  local before
  before=$(keys runner)
  stop_relay lead
  expect_status 4 relay runner project-connect --peer lead-0001 --json >"$work/answer.json"
  expect_json "$(<"$work/answer.json")" '.error.code == "identity_mismatch"'
  [[ $(keys runner) == "$before" ]] || fail "the key was changed"
}

# A request carries its key in the clear: it goes to this machine's own networks only.
test_nobody_is_asked_on_another_network() {
  start_relay lead
  mkdir -p .claudectl
  printf '[[peers]]\nidentity = "far-0001"\naddr = "192.0.2.7:9847"\n' >.claudectl/peers.toml
  expect_status 4 relay runner project-connect --peer far-0001 --json >"$work/answer.json"
  expect_json "$(<"$work/answer.json")" '.error.code == "untrusted_network" and .error.hint == "claudectl relay invite"'
}

# A name that no server answers for is given up, and the LAN knows better.
test_a_name_that_nobody_resolves_holds_nobody_up() {
  start_relay lead
  mkdir -p .claudectl
  printf '[[peers]]\nidentity = "lead-0001"\naddr = "lead.example:9847"\n' >.claudectl/peers.toml
  # One query that waits half a minute for a server which takes it and says nothing.
  on mate python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.77.0.2", 53))
print("ready", flush=True)
time.sleep(60)' >"$work/dns" &
  wait_until 10 grep -q ready "$work/dns"
  printf 'nameserver 10.77.0.2\noptions timeout:30 attempts:1\n' >"$work/resolv.conf"
  approves lead runner-0001 &
  local approving=$! begin=$SECONDS answer
  answer=$(on runner unshare --mount bash -c 'mount --bind "$1" "$(realpath /etc/resolv.conf)" && exec "${@:2}"' bash \
    "$work/resolv.conf" "$claudectl" relay project-connect --yes --json)
  wait "$approving"
  [[ $(status_of "$answer" lead-0001) == '["connected","10.77.0.1:9847","lan",null]' ]] || fail "$answer"
  ((SECONDS - begin < 20)) || fail "it took $((SECONDS - begin)) s"
}

# Both ask the other at once: one approval is enough for both.
test_two_that_ask_each_other_are_both_connected() {
  whole_team
  start_relay lead
  start_relay mate
  relay lead project-connect --peer mate-0001 --json >"$work/lead.json" &
  local lead=$!
  relay mate project-connect --peer lead-0001 --json >"$work/mate.json" &
  local mate=$!
  wait_until 10 has_event lead '.event == "pair_requested"'
  wait_until 10 has_event mate '.event == "pair_requested"'
  approves lead mate-0001
  wait "$lead" || fail "lead: $(<"$work/lead.json")"
  wait "$mate" || fail "mate: $(<"$work/mate.json")"
  [[ $(cat "$work/lead/relay/peers/mate-0001.key") == "$(cat "$work/mate/relay/peers/lead-0001.key")" ]] || fail "two keys"
}

run_cases "$@"
