#!/bin/bash
# What the scripts of `completion` offer in bash, zsh and fish, with a relay that runs and one that does not.
# Usage: completion_test.sh CLAUDECTL
set -u

binary=$(realpath "$1")
work=$(mktemp -d /tmp/cctl-cli-XXXXXX)
relay=
trap '[[ -z $relay ]] || kill "$relay"; wait; rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/home"
ln -s "$binary" "$work/bin/claudectl"
unset CLAUDECTL_INVITE CLAUDECTL_IDENTITY CLAUDECTL_HOME XDG_CONFIG_HOME XDG_DATA_HOME "${!CLAUDECTL_RELAY_@}"
export PATH=$work/bin:$PATH HOME=$work/home LC_ALL=C.UTF-8 TERM=dumb
cd "$work" || exit 1

# Each prints what its shell offers for the words that are given, the last of which is being typed, one a line.
offered_by_bash() {
  bash --norc -c 'source <(claudectl relay completion bash)
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _claudectl; printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}
offered_by_zsh() {
  zsh -f -c 'compdef() { }
    _describe() { print -rl -- ${${(P)2}%%:*} }
    _files() { print files }
    source <(claudectl relay completion zsh)
    words=("$@") CURRENT=$#; _claudectl' zsh "$@"
}
offered_by_fish() {
  fish --no-config -c 'claudectl relay completion fish | source
    complete -C (string join " " -- $argv)' -- "$@" | cut -f 1
}

failures=0 checked=0
offers() { # "WANTED..." WORD...: in each shell
  local wanted=$1 shell got
  shift
  for shell in bash zsh fish; do
    checked=$((checked + 1))
    got=$("offered_by_$shell" "$@" | sort | tr '\n' ' ')
    [[ ${got% } == "$wanted" ]] && continue
    echo "$shell: '$*' offers '${got% }', not '$wanted'"
    failures=$((failures + 1))
  done
}

offers "invite invites" claudectl relay inv
offers "--host" claudectl relay invite --ho
offers "bash fish zsh" claudectl relay completion ""
# Nothing has been made yet, and looking makes nothing.
[[ ! -e $work/home/.claudectl ]] || { echo "completing a word has made a state folder"; failures=$((failures + 1)); }

claudectl relay accept 0123-4567-89ab-cdef desk-1 >/dev/null
claudectl relay accept 0123-4567-89ab-cdef laptop-a3f2 >/dev/null
id=$(claudectl relay invite --host 127.0.0.1 --label "a label" --json | jq -r .id)
offers "desk-1 laptop-a3f2" claudectl relay forget ""
offers "laptop-a3f2" claudectl relay send lap
offers "desk-1" claudectl relay project-connect --peer de
offers "$id" claudectl relay revoke ""

CLAUDECTL_RELAY_INTERFACES=lo claudectl relay serve --bind 127.0.0.1 --port 0 >/dev/null &
relay=$!
claudectl relay status --wait >/dev/null
offers "desk-1 laptop-a3f2" claudectl relay disconnect ""

echo "$checked checked, $failures failed"
((failures == 0))
