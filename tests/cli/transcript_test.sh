#!/bin/bash
# Runs a transcript: commands, and what each prints and how it ends. The form of a transcript:
#
#   # a comment, or an empty line before a command
#   $ claudectl relay revoke        a command, for bash; all commands of a file run in one shell
#   expected line                   of standard output
#   ! expected line                 of standard error
#   [2]                             the exit status; left out where it is 0
#
# In an expected line these stand for what differs from run to run:
#
#   {port} {pid} {time} {stamp} (of the log) {id} (8 hex) {code} (xxxx-xxxx-xxxx-xxxx) {hex16} {version} {any}
#
# and ${NAME} for a variable of the shell. Beside `claudectl`, commands have:
#
#   as NAME COMMAND...    the command as another machine: with the state folder NAME
#   serve NAME            a relay of that machine on 127.0.0.1 and a free port, ready when this returns; $PORT is its port,
#                         $RELAY its process, NAME.out and NAME.err what it prints
#   stop [SIGNAL]         sends SIGNAL (TERM) to $RELAY and ends with its exit status
#   fake LINE...          a listener that is no relay of ours, see fake_listener.cc; $PORT is its port
#   eventually COMMAND... runs the command until it succeeds, 10 s at most; what it complains of meanwhile is not shown
#
# The working folder is new and empty, and so is every state folder.
set -u

binary=$(realpath "$1") fake_listener=$(realpath "$2") transcript=$(realpath "$3")
work=$(mktemp -d /tmp/cctl-cli-XXXXXX) # short: a control socket's path has room for 107 bytes
fakes=()
trap 'kill -KILL $(jobs -p) "${fakes[@]}" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$work"/{bin,home,run,io}
ln -s "$binary" "$work/bin/claudectl"
export PATH="$work/bin:$PATH" HOME="$work/home" LC_ALL=C.UTF-8 NO_COLOR=1
unset XDG_CONFIG_HOME CLAUDECTL_HOME CLAUDECTL_IDENTITY CLAUDECTL_INVITE "${!CLAUDECTL_RELAY_@}"
cd "$work/run" || exit 1

as() {
  local name=$1
  shift
  CLAUDECTL_HOME="$work/$name" CLAUDECTL_IDENTITY="$name" "$@"
}

serve() {
  set -m # else bash starts it with SIGINT ignored
  CLAUDECTL_HOME="$work/$1" CLAUDECTL_IDENTITY="$1" claudectl relay serve --bind 127.0.0.1 --port 0 "${@:2}" \
    >"$1.out" 2>"$1.err" </dev/null &
  RELAY=$!
  set +m
  PORT=$(as "$1" claudectl relay status --wait --json | jq .port)
}

stop() {
  kill -"${1:-TERM}" "$RELAY"
  wait "$RELAY"
}

fake() {
  : >fake.out
  "$fake_listener" "$@" >fake.out </dev/null &
  fakes+=($!)
  disown # its end is not reported
  eventually test -s fake.out && PORT=$(cat fake.out)
}

eventually() {
  local end=$((SECONDS + 10))
  while ! "$@" 2>/dev/null; do
    ((SECONDS < end)) || return 1
    read -rt 0.02 <> <(:) || true
  done
}

# The regular expression that an expected line stands for.
pattern() {
  local line
  line=$(eval "printf '%s' \"$(sed 's/["\\`]/\\&/g; s/\$\([^{]\)/\\$\1/g; s/\$$/\\$/' <<<"$1")\"")
  sed -e 's/[][().*+?|{}^$\\]/\\&/g' \
    -e 's/\\{port\\}/[0-9]{1,5}/g; s/\\{pid\\}/[0-9]+/g; s/\\{id\\}/[0-9a-f]{8}/g; s/\\{hex16\\}/[0-9a-f]{16}/g' \
    -e 's/\\{code\\}/[0-9a-f]{4}(-[0-9a-f]{4}){3}/g; s/\\{version\\}/[0-9]+(\\.[0-9]+)+/g; s/\\{any\\}/.*/g' \
    -e 's/\\{stamp\\}/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z/g' \
    -e 's/\\{time\\}/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z/g' <<<"$line"
}

failures=0
fail() { # line of the transcript, what is wrong
  echo "$transcript:$1: $2"
  failures=$((failures + 1))
}

# Holds what was printed (a file) against the expected lines.
compare() { # line of the command, stream, file, expected lines...
  local at=$1 stream=$2 file=$3 i=0 actual
  shift 3
  local -a lines
  mapfile -t lines <"$file"
  while ((${#lines[@]})) && [[ -z ${lines[-1]} ]]; do unset 'lines[-1]'; done
  while ((i < $# || i < ${#lines[@]})); do
    local expected=${*:i+1:1}
    actual=${lines[i]-}
    if ((i >= $#)); then
      fail "$at" "$stream: not expected: $actual"
    elif ((i >= ${#lines[@]})); then
      fail "$at" "$stream: missing: $expected"
    elif ! [[ $actual =~ ^$(pattern "$expected")$ ]]; then
      fail "$at" "$stream: expected: $expected"
      fail "$at" "$stream: printed:  $actual"
    fi
    i=$((i + 1))
  done
}

commands=0
command='' command_line=0
out=() err=() status=0

finish() { # runs the command that has been read, with its expectations
  [[ -n $command ]] || return 0
  while ((${#out[@]})) && [[ -z ${out[-1]} ]]; do unset 'out[-1]'; done
  eval "$command" >"$work/io/out" 2>"$work/io/err" </dev/null
  local ended=$?
  commands=$((commands + 1))
  ((ended == status)) || fail "$command_line" "exit status: expected $status, got $ended"
  compare "$command_line" stdout "$work/io/out" "${out[@]}"
  compare "$command_line" stderr "$work/io/err" "${err[@]}"
  command=''
}

number=0
while IFS= read -r line <&9 || [[ -n $line ]]; do
  number=$((number + 1))
  case $line in
    '$ '*)
      finish
      command=${line:2} command_line=$number out=() err=() status=0
      ;;
    '#'*) finish ;;
    '! '*) err+=("${line:2}") ;;
    '['[0-9]*']') status=${line//[][]/} ;;
    *) [[ -z $command ]] || out+=("$line") ;;
  esac
done 9<"$transcript"
finish

((commands)) || fail 0 "no command"
echo "$commands commands, $failures failures"
((failures == 0))
