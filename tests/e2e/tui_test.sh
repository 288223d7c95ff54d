#!/bin/bash
# The screen, on terminals of tmux: keys are typed, and what is shown is read.
source "$(dirname "$0")/hosts.sh"
source "$(dirname "$0")/terminals.sh"

tui() { # HOST [ARGS...]: begins it, and waits for it
  local name=$1
  shift
  keys "$name" "$claudectl relay tui $*" Enter
  wait_until 15 shows "$name" "? keys"
}

is_at_its_prompt() { [[ $(tmux_of "$1" display-message -p '#{pane_current_command}') != claudectl ]]; }

# Whether the shell is back with the terminal as it was: it echoes what is typed, and the former screen is there.
is_back() {
  # Once the screen's program has ended: what is typed while it ends is thrown away.
  wait_until 10 is_at_its_prompt "$1"
  keys "$1" 'stty -a | grep -o " echo "; echo back-$((6 * 7))' Enter
  wait_until 10 shows "$1" "back-42"
  shows "$1" " echo" || fail "the terminal does not echo: $(screen "$1")"
}

test_two_hosts_pair_by_their_screens_alone() {
  open alice
  open bob
  tui alice
  tui bob
  wait_until 15 shows alice "LAN: 1 peer nearby"
  keys alice P
  wait_until 10 shows alice "[Pair]"
  shows alice "┌─ Nearby Peers ─" || fail "$(screen alice)"
  shows alice "● bob-0001" || fail "$(screen alice)"
  keys alice Enter
  wait_until 10 shows bob "Pair request from alice-0001 (10.77.0.1), check"
  # The other side's number is the same.
  local check
  check=$(screen bob | sed -n 's/.*check \([0-9 ]*\) - .*/\1/p')
  wait_until 10 shows alice "$check"
  # Whoever answers has looked: a key that comes at once is no answer.
  keys bob P
  wait_until 10 shows bob "[y/n]"
  agrees() { keys bob y && has_state bob alice-0001 connected; }
  wait_until 15 agrees
  wait_until 10 shows alice "✓ bob-0001"
  wait_until 10 shows bob "✓ alice-0001"
  shows alice "connected" || fail "$(screen alice)"
  [[ -s $work/alice/relay/peers/bob-0001.key ]] || fail "no key"
  # It rang once, and says nothing while nothing happens.
  [[ $(tr -cd '\a' <"$work/bob.raw" | wc -c) == 1 ]] || fail "it rang $(tr -cd '\a' <"$work/bob.raw" | wc -c) times"
  local size
  size=$(stat -c %s "$work/bob.raw")
  sleep 3
  (($(stat -c %s "$work/bob.raw") - size < 200)) || fail "an idle screen wrote $(($(stat -c %s "$work/bob.raw") - size)) bytes"
  keys alice q
  is_back alice
  wait_until 10 has_state bob alice-0001 disconnected
}

test_key_that_comes_with_the_question_is_no_answer() {
  open bob
  tui bob --no-bell
  local unseen
  while true; do
    relay alice pair-with bob-0001 --timeout 20s --json >"$work/answer" &
    # From before the request is there until just after.
    unseen=${EPOCHREALTIME/./}
    until shows bob "Pair request"; do
      unseen=${EPOCHREALTIME/./}
      keys bob y
      sleep 0.02
    done
    keys bob y
    # On a busy machine the question may have stood for long enough by then: that says nothing.
    ((${EPOCHREALTIME/./} - unseen > 400000)) || break
    wait $! || true
    relay alice forget bob-0001 >/dev/null 2>&1 || true
    relay bob forget alice-0001 >/dev/null 2>&1 || true
    wait_until 10 shows bob "? keys"
  done
  sleep 0.3
  [[ ! -s $work/answer ]] || fail "$(<"$work/answer")"
  sleep 0.6
  keys bob n
  wait $! || true
  expect_match "$(<"$work/answer")" '"code":"denied"'
  [[ $(tr -cd '\a' <"$work/bob.raw" | wc -c) == 0 ]] || fail "it rang"
}

# Whoever waits behind another has not been seen: a key that was meant for the first is no answer for the second.
test_request_that_moves_up_has_to_stand_for_a_moment_too() {
  open bob
  tui bob --no-bell
  mkdir -p "$work/eve"
  as_eve() { on alice env HOME="$work/eve" CLAUDECTL_HOME="$work/eve" CLAUDECTL_IDENTITY=eve-0001 "$claudectl" relay "$@"; }
  wait_for() { [[ $(relay bob requests --json | jq -c '[.requests[].identity]') == "$1" ]]; }
  local first second begun took
  while true; do
    relay alice pair-with bob-0001 --timeout 60s --json >/dev/null 2>&1 &
    first=$!
    wait_until 10 wait_for '["alice-0001"]'
    as_eve pair-with bob-0001 --timeout 60s --json >"$work/answer" 2>/dev/null &
    second=$!
    wait_until 10 wait_for '["alice-0001","eve-0001"]'
    wait_until 10 shows bob "from alice-0001"
    sleep 0.6
    begun=${EPOCHREALTIME/./}
    pkill -KILL -P $first || kill -KILL $first
    wait_until 10 shows bob "from eve-0001"
    keys bob y
    took=$((${EPOCHREALTIME/./} - begun))
    # On a busy machine the question may have stood for long enough by then: that says nothing.
    ((took > 400000)) || break
    pkill -KILL -P $second || kill -KILL $second 2>/dev/null || true
    wait_until 10 wait_for '[]'
    relay bob forget eve-0001 >/dev/null 2>&1 || true
  done
  sleep 0.3
  wait_for '["eve-0001"]' || fail "it was answered: $(<"$work/answer")"
  sleep 0.6
  keys bob n
  wait $second || true
  expect_json "$(<"$work/answer")" '.error.code == "denied"'
}

test_attached_to_a_relay_it_leaves_when_the_relay_does() {
  start_relay alice
  open alice
  tui alice
  keys alice q
  is_back alice
  relay alice status >/dev/null || fail "leaving has ended the relay"
  keys alice clear Enter
  tui alice
  stop_relay alice
  wait_until 10 shows alice "the relay has ended"
  is_back alice
}

test_signals_restore_the_terminal() {
  open alice
  tui alice
  keys alice C-c
  wait_until 10 is_at_its_prompt alice
  keys alice 'echo status-$?' Enter
  wait_until 10 shows alice "status-130"
  is_back alice
  keys alice clear Enter
  tui alice
  pkill -TERM -f "$claudectl relay tui" || fail "it is not there"
  is_back alice
  # A window that is closed ends it, and the relay that it runs.
  keys alice clear Enter
  tui alice
  tmux_of alice kill-server
  wait_until 10 expect_status 8 relay alice status
}

test_window_may_have_any_size() {
  start_relay bob
  open alice 80 24
  tui alice
  wait_until 15 shows alice "LAN: 1 peer nearby"
  keys alice P
  wait_until 10 shows alice "[Pair]"
  local columns rows
  for size in 40:10 200:50 41:11 80:24; do
    columns=${size%:*} rows=${size#*:}
    tmux_of alice resize-window -x "$columns" -y "$rows"
    fits() {
      local text
      text=$(screen alice)
      [[ $text == *"● bob-0001"* && $text == *"┐"* && $text == *"┘"* ]] &&
        [[ $(grep -c '│ .*│$' <<<"$text") == $(grep -c '│' <<<"$text") ]] && shows alice "LAN: 1 peer nearby"
    }
    wait_until 10 fits
  done
  tmux_of alice resize-window -x 39 -y 9
  wait_until 10 shows alice "40 by 10 at least"
}

test_invite_is_shown_until_it_is_left() {
  open alice 100 50
  tui alice
  keys alice i
  wait_until 10 shows alice "claudectl relay join cctl://alice-0001@10.77.0.1:9847/k/"
  shows alice "█▀▀▀▀▀█" || fail "$(screen alice)"
  local link
  link=$(screen alice | grep -o 'cctl://[^ ]*')
  keys alice Escape
  wait_until 10 shows alice "Nothing has happened yet"
  relay bob join "$link" --json >/dev/null || fail "the link does not work"
}

test_no_terminal_no_screen() {
  expect_status 2 relay alice tui </dev/null >/dev/null 2>&1
  expect_match "$(relay alice tui --json || true)" '"code":"usage"'
  CLAUDECTL_RELAY_ENABLED=false open alice
  keys alice "CLAUDECTL_RELAY_ENABLED=false $claudectl relay tui" Enter
  wait_until 10 shows alice "relay.enabled is false"
}

run_cases "$@"
