#!/bin/bash
# Many at once on one peers file, and some of them killed: nothing is lost, and the file is the old one or the new one. Usage:
# project_add_test.sh CLAUDECTL
set -u

binary=$(realpath "$1")
work=$(mktemp -d /tmp/cctl-add-XXXXXX)
trap 'wait; rm -rf "$work"' EXIT
mkdir -p "$work/team/.git" "$work/home"
export HOME=$work/home
unset CLAUDECTL_HOME CLAUDECTL_IDENTITY "${!CLAUDECTL_RELAY_@}"
cd "$work/team" || exit 1
file=.claudectl/peers.toml

as() { CLAUDECTL_HOME=$work/$1 CLAUDECTL_IDENTITY=$1 "$binary" relay "${@:2}"; }

failures=0
fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# What a person has written, in a form of their own.
as laptop project-init --name "name 0" --addr 10.0.0.1:9847 >/dev/null
printf '\n# Lea is away until May.\n  [[peers]]   # desk\n  identity="lea"\n\n\n[notes]\nx = 1 # kept\n' >>$file
cp $file before.toml

# Fifty with different names.
added=()
for i in $(seq 50); do
  as "peer-$i" project-add --addr "10.0.1.$i:9847" >/dev/null 2>&1 &
  added+=($!)
done
for one in "${added[@]}"; do wait "$one" || fail "one of fifty ended with $?"; done
count=$(as laptop project-check --json | jq '[.peers[].identity | select(startswith("peer-"))] | unique | length')
[[ $count == 50 ]] || fail "$count of 50 entries"
[[ $(head -c "$(stat -c %s before.toml)" $file) == "$(cat before.toml)" ]] || fail "what was there has changed"
[[ $(ls -A .claudectl) == peers.toml ]] || fail "left behind: $(ls -A .claudectl)"

# Killed at any time: the old file or the new one, to the byte; the next one clears away what was left.
cut=0
for i in $(seq 60); do
  cp $file old.toml
  # Not by the function: what is killed must be the program, and no shell around it.
  CLAUDECTL_HOME=$work/laptop CLAUDECTL_IDENTITY=laptop "$binary" relay project-add --name "name $i" --addr 10.0.0.1:9847 \
    >/dev/null 2>&1 &
  victim=$!
  # As long as it takes to be somewhere between its start and its end.
  for _ in $(seq $((RANDOM % 20))); do read -rt 0.0005 <> <(:) || true; done
  kill -KILL "$victim" 2>/dev/null && cut=$((cut + 1))
  wait "$victim" 2>/dev/null
  if ! cmp -s $file old.toml; then
    sed "s/^name = \"name .*\"/name = \"name $i\"/" old.toml | cmp -s - $file ||
      fail "neither the old file nor the new one, after $i"
  fi
  as laptop project-check >/dev/null || fail "a file with faults, after $i"
done
as laptop project-add --name last --addr 10.0.0.1:9847 >/dev/null || fail "the folder is locked for good"
[[ $(ls -A .claudectl) == peers.toml ]] || fail "left behind: $(ls -A .claudectl)"
echo "$cut of 60 were killed, $failures failures"
((failures == 0))
