#!/bin/bash
# Stands in for the tailscale program (relay.tailscale_cli, or CLAUDECTL_RELAY_TAILSCALE_CLI). It answers from the folder
# that TAILSCALE_STAND_IN names, and each run is a line of the file `calls` there:
#
#   status.json         what `status --json` prints
#   whois/ADDRESS.json  what `whois --json ADDRESS:PORT` prints; without that file nobody has the address
#   mode                how it behaves, a word: warn | slow | hang | down | huge; without that file it is well
folder=$TAILSCALE_STAND_IN
echo "$*" >>"$folder/calls"

case $(cat "$folder/mode" 2>/dev/null) in
  warn) echo 'Warning: client version "1.98.8" != tailscaled server version "1.103.0"' >&2 ;;
  slow) sleep 1 ;;
  hang)
    sleep 600 & # a child of its own, which has to end with it
    echo $! >"$folder/child"
    wait
    ;;
  down)
    echo "failed to connect to local tailscaled; it doesn't appear to be running (sudo systemctl start tailscaled ?)" >&2
    exit 1
    ;;
  huge)
    head -c 20971520 /dev/zero | tr '\0' ' '
    exit
    ;;
esac

if [[ $* == "status --json" ]]; then
  cat "$folder/status.json"
elif [[ $1 == whois && $2 == --json && $# == 3 ]]; then
  address=${3%:*}
  address=${address#[}
  answer=$folder/whois/${address%]}.json
  if [[ ! -e $answer ]]; then
    echo "peer not found" >&2
    exit 1
  fi
  cat "$answer"
else
  echo "unknown: $*" >&2
  exit 2
fi
