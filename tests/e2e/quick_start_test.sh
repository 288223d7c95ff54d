#!/bin/bash
# Plays docs/quick-start.md: each line of its blocks that begins with a machine is typed on a terminal of that machine, and
# each line that follows has to be shown there. In the end both are connected, whatever the document says.
source "$(dirname "$0")/hosts.sh"

document=$(realpath "$(dirname "$0")/../../docs/quick-start.md")
declare -A address=([laptop]=100.101.0.50 [desktop]=100.101.0.42) node=([laptop]=nLAPTOPa3f2CNTRL [desktop]=nDESKTOPb7c1CNTRL)
source "$(dirname "$0")/tailnet.sh"
declare -A identity=([laptop]=laptop-a3f2 [desktop]=desktop-b7c1) folder=() windows=() prompts=() taken=() typed=()

build_network() { :; } # each part of the document has its own

# machine HOST ADDRESS SWITCH: with its name, as the document has it.
machine() {
  make_host "$1"
  plug "$1" eth0 "$2" "$3"
  mkdir -p "$work/$1"/{.claudectl/relay,bin}
  printf '%s\n' "${identity[$1]}" >"$work/$1/.claudectl/relay/identity"
  ln -s "$claudectl" "$work/$1/bin/claudectl"
  folder[$1]=$work/$1
}

one_network() {
  make_switch br0
  machine laptop 192.168.1.50 br0
  machine desktop 192.168.1.42 br0
  on laptop ip route add default via 192.168.1.1
  on desktop ip route add default via 192.168.1.1
}

# Two networks, and a router between them.
two_networks() {
  make_switch br0
  make_switch br1
  machine laptop 203.0.113.50 br0
  machine desktop 198.51.100.42 br1
  make_host hub
  plug hub eth0 203.0.113.1 br0
  plug hub eth1 198.51.100.1 br1
  on hub sysctl -qw net.ipv4.ip_forward=1
  on laptop ip route add default via 203.0.113.1
  on desktop ip route add default via 198.51.100.1
}

# One network for nobody but the tailnet's machines, whose names are the hosts'.
one_tailnet() {
  make_switch br0
  make_switch br1
  machine laptop 192.168.1.50 br0
  machine desktop 192.168.2.42 br0
  local name
  for name in laptop desktop; do
    join_tailnet "$name" "${address[$name]}"
    tell "$name" laptop desktop
    ln -s "$stand_in" "$work/$name/bin/tailscale"
  done
}

# A repository that both may clone; the laptop has.
team_repository() {
  local name
  for name in laptop desktop; do
    git config --file "$work/$name/.gitconfig" user.name "$name"
    git config --file "$work/$name/.gitconfig" user.email "$name@example.com"
    git config --file "$work/$name/.gitconfig" "url.$work/.insteadOf" https://git.example.com/
  done
  git init -q --bare "$work/team.git"
  HOME=$work/laptop git clone -q "$work/team.git" "$work/laptop/team" 2>/dev/null
  HOME=$work/laptop git -C "$work/laptop/team" commit -q --allow-empty -m "begin"
  HOME=$work/laptop git -C "$work/laptop/team" push -q origin HEAD
  folder[laptop]=$work/laptop/team
}

# shell HOST: another terminal of HOST's with a shell in it, which writes a line to a file whenever it is ready. The
# shell's own prompt is empty: what is shown is what commands print.
shell() {
  local host=$1 pid
  eval "pid=\$pid_$host"
  windows[$host]=$((${windows[$host]:-0} + 1))
  prompts[$host]=$work/$host.prompts.${windows[$host]}
  : >"${prompts[$host]}"
  local -a environment=(env -u TMUX -u CLAUDECTL_HOME HOME="$work/$host" PATH="$work/$host/bin:$PATH" TERM=screen-256color NO_COLOR=1
    TAILSCALE_STAND_IN="$work/$host/tailscale" GIT_CONFIG_NOSYSTEM=1 PROMPT_COMMAND="PS1=; echo >>${prompts[$host]}")
  nsenter --net="/proc/$pid/ns/net" "${environment[@]}" tmux -S "$work/$host.tmux.${windows[$host]}" -f /dev/null \
    new-session -d -x 110 -y 60 -c "${folder[$host]}" 'bash --norc --noprofile'
  wait_until 10 test -s "${prompts[$host]}"
}

terminal() { # HOST WINDOW ARGS...
  local socket=$work/$1.tmux.$2
  shift 2
  tmux -S "$socket" -f /dev/null "$@"
}

# What stands for itself in an expected line, and what differs from run to run.
pattern() {
  sed -E -e 's/^ +//; s/[][().*+?|{}^$\\]/\\&/g' -e 's/[0-9]{3} [0-9]{3}/[0-9]{3} [0-9]{3}/g' -e 's/v[0-9]+\\\.[0-9]+\\\.[0-9]+/v[0-9.]+/g' \
    -e 's/(\/k\/)[0-9a-f]{16}/\1[0-9a-f]{16}/g' -e 's/  +/ +/g' <<<"$1"
}

shown() { terminal "$1" "$2" capture-pane -p -J; }

# shows_line HOST TEXT: on any of its terminals.
shows_line() {
  local window
  for ((window = 1; window <= windows[$1]; ++window)); do
    if shown "$1" "$window" | grep -qE -- "$(pattern "$2")"; then return; fi
  done
  return 1
}

is_idle() { (($(wc -l <"${prompts[$1]}") > $2)); }

type_command() { # HOST COMMAND
  local host=$1 command=$2
  if [[ -z ${windows[$host]:-} ]]; then shell "$host"; fi
  # A terminal that is taken by a relay is left to it; another command is waited for.
  if [[ ${taken[$host]:-} ]]; then shell "$host"; else wait_until 30 is_idle "$host" "${typed[$host]:-0}"; fi
  taken[$host]=$([[ $command == *" serve" ]] && echo yes || true)
  # The link is another one each time.
  if [[ $command == *cctl://* ]]; then
    command=${command%%cctl://*}$(terminal laptop "${windows[laptop]}" capture-pane -p -J | grep -o 'cctl://[^ ]*')
  fi
  terminal "$host" "${windows[$host]}" send-keys -R
  terminal "$host" "${windows[$host]}" clear-history
  typed[$host]=$(wc -l <"${prompts[$host]}")
  terminal "$host" "${windows[$host]}" send-keys -l "$command"
  terminal "$host" "${windows[$host]}" send-keys Enter
  echo "$host\$ $command"
}

# What a question shows of itself has to be read before it is answered: keys that come at once are not taken.
answer() { # HOST TEXT KEY
  local window
  wait_until 20 shows_line "$1" "$2"
  sleep 0.6
  for ((window = 1; window <= windows[$1]; ++window)); do
    if shown "$1" "$window" | grep -qE -- "$(pattern "$2")"; then terminal "$1" "$window" send-keys "$3" Enter; fi
  done
}

# Expects a line of the last command. What only looks may be typed again: what it looks for takes a moment.
expect_line() { # HOST COMMAND TEXT
  local end=$((SECONDS + 30))
  until shows_line "$1" "$3"; do
    ((SECONDS < end)) || fail "$1: '$2' does not print '$3' but: $(shown "$1" "${windows[$1]}")"
    if is_idle "$1" "${typed[$1]}"; then
      shows_line "$1" "$3" && return
      [[ $2 =~ relay\ (peers|project-peers|tailnet|discover)$ ]] || fail "$1: '$2' did not print '$3' but: $(shown "$1" "${windows[$1]}")"
      type_command "$1" "$2" >/dev/null
    fi
    sleep 0.05
  done
}

play() { # SECTION: the document's heading
  local line host="" command="" lines=0
  while IFS= read -r line; do
    lines=$((lines + 1))
    if [[ $line =~ ^(laptop|desktop)\$\ +(.*)$ ]]; then
      host=${BASH_REMATCH[1]} command=${BASH_REMATCH[2]}
      type_command "$host" "$command"
    elif [[ $line =~ ^(laptop|desktop):\ +(.*)\ ([yn])$ ]]; then
      answer "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}"
    elif [[ $line =~ ^(laptop|desktop):\ +(.*)$ ]]; then
      wait_until 30 shows_line "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    else
      expect_line "$host" "$command" "$line"
    fi
  done < <(awk -v heading="$1" '/^#/ {on = $0 == heading} /^```/ {block = on && /console/; next} block' "$document")
  ((lines > 2)) || fail "the document has no part '$1'"
}

# Both relays say that the other is connected.
both_are_connected() {
  local host
  for host in laptop desktop; do
    connected() {
      local pid
      eval "pid=\$pid_$host"
      nsenter --net="/proc/$pid/ns/net" env -u CLAUDECTL_HOME HOME="$work/$host" "$claudectl" relay peers --json |
        jq -e '[.peers[].state] == ["connected"]'
    }
    wait_until 20 connected
  done
}

test_same_room() {
  one_network
  play '# Quick start'
  play '## Same room'
  both_are_connected
}

test_same_team() {
  one_network
  team_repository
  play '# Quick start'
  play '## Same team'
  both_are_connected
}

test_remote_colleague() {
  two_networks
  play '# Quick start'
  play '## Remote colleague'
  both_are_connected
}

test_same_tailnet() {
  one_tailnet
  play '## Same tailnet'
  both_are_connected
}

run_cases "$@"
