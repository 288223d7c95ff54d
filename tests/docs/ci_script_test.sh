#!/bin/bash
# Runs the script of docs/ci.md as it stands there, against a team's relay on loopback: twice, each time with a new disk, as jobs
# do; and without what it needs. Usage: ci_script_test.sh CLAUDECTL docs/ci.md
set -u

work=$(mktemp -d /tmp/cctl-ci-XXXXXX)
relay=
trap '[[ -z $relay ]] || kill "$relay" 2>/dev/null; wait; rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/team/.git" "$work/home"
ln -s "$(realpath "$1")" "$work/bin/claudectl"
awk '/^```bash$/ {on = 1; next} /^```$/ {on = 0} on' "$2" >"$work/connect.sh"
[[ -s $work/connect.sh ]] || { echo "docs/ci.md has no script"; exit 1; }
export PATH=$work/bin:$PATH HOME=$work/home TMPDIR=$work CLAUDECTL_RELAY_INTERFACES=lo
unset CLAUDECTL_INVITE CLAUDECTL_IDENTITY CLAUDECTL_HOME XDG_CONFIG_HOME
cd "$work/team" || exit 1

laptop() { CLAUDECTL_HOME=$work/laptop CLAUDECTL_IDENTITY=laptop-a3f2 claudectl relay "$@"; }

failures=0
expect() { # STATUS NAME
  local status=0
  bash "$work/connect.sh" >"$work/out" 2>&1 || status=$?
  ((status == $1)) && return
  echo "$2: exit status $status, not $1:"
  cat "$work/out"
  failures=$((failures + 1))
}

CLAUDECTL_HOME=$work/laptop CLAUDECTL_IDENTITY=laptop-a3f2 claudectl relay serve --bind 127.0.0.1 --port 0 --json >"$work/relay.log" &
relay=$!
laptop status --wait >/dev/null
laptop project-add >/dev/null

expect 1 "without the secret"
link=$(laptop invite --for ci-runner --uses unlimited --ttl 30d --label CI --link-only)
export CLAUDECTL_INVITE=$link
expect 0 "the first job"
expect 0 "the second job, with a new disk"
received=$(jq -c 'select(.event == "message") | [.peer, .type, .payload.job]' "$work/relay.log")
[[ $received == $'["ci-runner","task_status","started"]\n["ci-runner","task_status","started"]' ]] ||
  { echo "the relay got: $received"; failures=$((failures + 1)); }

# One of the team is away: the job goes on. A fault in the file ends it, and so does a link that is none.
printf '\n[[peers]]\nidentity = "away"\naddr = "127.0.0.9:9"\n' >>.claudectl/peers.toml
expect 0 "one who is not paired is not asked"
export CLAUDECTL_INVITE=cctl://x
expect 7 "no link"
export CLAUDECTL_INVITE=$link
printf '[[peers]]\n' >>.claudectl/peers.toml
expect 7 "a fault in the file"
sed -i '$d' .claudectl/peers.toml
laptop revoke "$(laptop invites --json | jq -r '.invites[0].id')" >/dev/null
expect 4 "a revoked invite"
kill "$relay"
wait "$relay"
relay=
expect 3 "no relay there"

# Nothing is left behind.
[[ -z $(ls -d "$work"/tmp.* 2>/dev/null) ]] || { echo "left behind: $(ls "$work")"; failures=$((failures + 1)); }
((failures == 0))
