#!/bin/bash
# docs/screen.svg is what the smallest screen shows that has room for it, so without the times of events: a machine with three others near, one of which is paired and one of the team. Where the
# screen has changed:  WRITE_PICTURE=docs/screen.svg tests/e2e/picture_test.sh CLAUDECTL
source "$(dirname "$0")/hosts.sh"
source "$(dirname "$0")/terminals.sh"

to_svg=$(realpath "$(dirname "$0")/../../tools/screen_to_svg")
picture=$(realpath "$(dirname "$0")/../../docs/screen.svg" || true)

build_network() {
  make_switch br0
  local machine name
  for machine in desktop:desktop-b7c1:192.168.1.42 laptop:laptop-a3f2:192.168.1.50 runner:ci-runner-9d1e:192.168.1.101 phone:tablet-04ee:192.168.1.77; do
    name=${machine%%:*}
    make_host "$name"
    plug "$name" eth0 "${machine##*:}" br0
    machine=${machine#*:}
    printf '%s\n' "${machine%:*}" >"$work/$name/relay/identity"
  done
}

test_picture_is_what_the_screen_shows() {
  local name
  for name in laptop runner phone; do start_relay "$name"; done
  mkdir -p "$work/team/.git" "$work/team/.claudectl"
  printf '[[peers]]\nidentity = "ci-runner-9d1e"\naddr = "192.168.1.101:9847"\n' >"$work/team/.claudectl/peers.toml"
  relay desktop join "$(relay phone invite --host 192.168.1.77 --link-only)" --json >/dev/null
  cd "$work/team"
  unset NO_COLOR
  open desktop 76 10
  keys desktop "clear; $claudectl relay tui" Enter
  wait_until 15 shows desktop "LAN: 3 peers nearby"
  keys desktop P
  wait_until 15 shows desktop "✓ tablet-04ee"
  stands() { shows desktop "● laptop-a3f2" && shows desktop "● ci-runner-9d1e" && shows desktop "connected" && shows desktop "team"; }
  wait_until 15 stands
  keys desktop k k k # whoever was heard first was chosen
  chosen() { tmux_of desktop capture-pane -e -p | grep -q '7m.*ci-runner-9d1e'; }
  wait_until 15 chosen
  tmux_of desktop capture-pane -e -p | "$to_svg" 76 >"$work/screen.svg"
  keys desktop q
  if [[ ${WRITE_PICTURE:-} ]]; then
    cp "$work/screen.svg" "$WRITE_PICTURE"
  elif ! diff "$picture" "$work/screen.svg"; then
    fail "docs/screen.svg shows something else (<); see the head of this test"
  fi
}

run_cases "$@"
