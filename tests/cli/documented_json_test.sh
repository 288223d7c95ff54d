#!/bin/bash
# Holds the members and types of each command's --json object against the example in docs/cli.md, section `### <command>`.
# `null` in either stands for any type. Usage: documented_json_test.sh CLAUDECTL docs/cli.md tailscale_stand_in.sh
set -u

binary=$(realpath "$1") document=$(realpath "$2") stand_in=$(realpath "$3")
work=$(mktemp -d /tmp/cctl-cli-XXXXXX)
relay=
trap '[[ -z $relay ]] || kill "$relay"; wait; rm -rf "$work"' EXIT
unset CLAUDECTL_INVITE XDG_CONFIG_HOME "${!CLAUDECTL_RELAY_@}"
export CLAUDECTL_RELAY_INTERFACES=lo
export HOME=$work TMPDIR=$work
cd "$work" || exit 1

as() { CLAUDECTL_HOME=$work/$1 CLAUDECTL_IDENTITY=$1 "$binary" relay "${@:2}" --json; }

# One line per member or element: its path and its type.
members() { jq -r 'paths(true) as $p | [($p | map(if type == "number" then "[]" else . end) | join(".")), (getpath($p) | type)] | @tsv' | sort -u; }

documented() { # command
  awk -v name="### $1" 'index($0, "### ") == 1 {on = ($0 == name || index($0, name " ") == 1)}
    on && $0 == "```json" {inside = 1; next}
    inside && $0 == "```" {exit}
    inside' "$document"
}

# Repeats a command until it succeeds, for half a minute at most.
until_it() {
  local end=$((SECONDS + 30))
  until "$@"; do
    ((SECONDS < end)) || { echo "in vain: $*"; exit 1; }
  done
}

failures=0 checked=0
check() { # command as the section is named, its object
  local wanted got difference
  checked=$((checked + 1))
  wanted=$(documented "$1" | members)
  got=$(members <<<"$2")
  if [[ -z $wanted ]]; then
    echo "docs/cli.md has no example for $1"
    failures=$((failures + 1))
    return
  fi
  difference=$(diff <(cut -f1 <<<"$wanted" | sort -u) <(cut -f1 <<<"$got" | sort -u))
  # Types, where both have one.
  difference+=$(join -t $'\t' <(grep -v null <<<"$wanted") <(grep -v null <<<"$got") | awk -F'\t' '$2 != $3')
  [[ -z $difference ]] && return
  printf '%s: docs/cli.md (<) and the program (>) differ:\n%s\n' "$1" "$difference"
  failures=$((failures + 1))
}

check "claudectl --version" "$("$binary" --version --json)"
CLAUDECTL_HOME=$work/laptop CLAUDECTL_IDENTITY=laptop "$binary" relay serve --bind 127.0.0.1 --port 0 --json >serve.out &
relay=$!
status=$(as laptop status --wait)
port=$(jq .port <<<"$status")
check serve "$(head -1 serve.out)"
check status "$(jq '.lan.interfaces = ["eth0"]' <<<"$status")"
invite=$(as laptop invite --label x)
check invite "$invite"
check invites "$(as laptop invites)"
check join "$(jq -r .invite_link <<<"$invite" | as desktop join -)"
check peers "$(as laptop peers)"
mkdir tailscale
printf '{"BackendState":"Running","Self":{"ID":"nA","DNSName":"a.","TailscaleIPs":["100.64.0.1"],"UserID":1},"Peer":{%s,%s}}' \
  '"b":{"ID":"nB","DNSName":"b.","TailscaleIPs":["100.64.0.2"],"UserID":1,"Online":true,"InNetworkMap":true}' \
  '"c":{"ID":"nC","DNSName":"c.","TailscaleIPs":["100.64.0.3"],"UserID":2,"Online":true,"InNetworkMap":true}' \
  >tailscale/status.json
export TAILSCALE_STAND_IN=$work/tailscale CLAUDECTL_RELAY_TAILSCALE_CLI=$stand_in
check tailnet "$(as laptop tailnet)"
check connect "$(as desktop connect "127.0.0.1:$port")"
check disconnect "$(as laptop disconnect desktop)"
check forget "$(as laptop forget desktop)"
as desktop forget laptop >/dev/null
check discover "$(as desktop discover)"
as desktop pair-with laptop >paired.json &
asking=$!
has_asked() { requests=$(as laptop requests) && [[ $requests == *desktop* ]]; }
until_it has_asked
check requests "$requests"
check approve "$(as laptop approve desktop)"
wait "$asking"
check pair-with "$(<paired.json)"
as other pair-with laptop >denied.json &
asking=$!
check deny "$(as laptop deny other --wait)"
wait "$asking"
CLAUDECTL_HOME=$work/desktop CLAUDECTL_IDENTITY=desktop "$binary" relay serve --bind 127.0.0.1 --port 0 --json >other.out &
other_relay=$!
as desktop status --wait >status.json
as laptop watch >watch.out &
watching=$!
is_connected() { [[ $(as laptop peers) == *'"connected"'* ]]; }
until_it is_connected
check send "$(as laptop send desktop --type task_status)"
reconnects() { # until `watch` has seen it: when it began to watch is not told
  as laptop disconnect desktop && as laptop connect "127.0.0.1:$(jq .port status.json)" && grep -q peer_connected watch.out
} >/dev/null
until_it reconnects
kill "$watching" "$other_relay"
check watch "$(jq -sc 'map(select(.event == "peer_connected")) | first' watch.out)"
as laptop forget desktop >/dev/null
check revoke "$(as laptop revoke "$(as laptop invite | jq -r .id)")"
pair=$(as laptop pair)
check pair "$pair"
check accept "$(as other accept "$(jq -r .pair_code <<<"$pair")" laptop)"
check qr "$(as other qr HELLO)"
check identity "$(as other identity)"
check doctor "$(as other doctor | jq 'del(.error) | .checks |= .[:1]')"
check completion "$(as other completion fish)"
check config "$(as other config | jq '.values |= map(select(.key == "relay.listen_port"))')"
mkdir -p team/.git && cd team
check project-init "$(as laptop project-init --addr 127.0.0.1:"$port")"
check project-add "$(as desktop project-add --addr 127.0.0.1:1)"
check project-peers "$(as laptop project-peers | jq '.peers |= .[:1]')"
as fourth project-connect --peer laptop --wait 20s >connected.json &
asking=$!
as laptop approve fourth --wait >/dev/null
wait "$asking"
check project-connect "$(<connected.json)"
printf '[[peers]]\nidentity = "x"\naddr = "10.0.0.1:0"\n' >>.claudectl/peers.toml
check project-check "$(as laptop project-check | jq 'del(.error) | .peers |= .[:1]')"
cd ..
check demo "$("$binary" relay demo --json | jq '.steps |= .[2:3]')"

# Every section has been looked at, and every command has a section.
# `tui` alone has no object.
sections=$(awk '/^## /{on = $0 == "## Commands"} on && /^### / && !/^### tui/' "$document" | wc -l)
((sections == checked)) || { echo "$sections sections, $checked checked"; failures=$((failures + 1)); }
for command in $("$binary" relay --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
  grep -q "^### $command\b" "$document" || { echo "docs/cli.md says nothing of $command"; failures=$((failures + 1)); }
done
echo "$checked commands, $failures failures"
((failures == 0))
