# Sourced by the end-to-end tests that have a tailnet: a network device for each of its machines, and what the tailscale
# program, for which a stand-in is put, says on each. A test file says where each is, and which node:
#
#   declare -A address=([alice]=100.101.0.10) node=([alice]=nLAPTOPa3f2CNTRL)

samples=$(realpath "$(dirname "$0")/../testdata/tailnet")
stand_in=$(realpath "$(dirname "$0")/../support/tailscale_stand_in.sh")

# join_tailnet HOST ADDRESS: as Tailscale does it, a network device with one address and a route.
join_tailnet() {
  local name=$1 pid
  eval "pid=\$pid_$name"
  ip link add "tail_$name" type veth peer name tailscale0 netns "$pid"
  ip link set "tail_$name" master br1 up
  on "$name" ip addr add "$2/32" dev tailscale0
  on "$name" ip link set tailscale0 up
  on "$name" ip route add 100.101.0.0/16 dev tailscale0
}

# entry NAME [JQ FILTER]: what a status says of a machine.
entry() {
  jq --arg id "${node[$1]}" --arg name "$1" --arg ip "${address[$1]}" \
    '.Self | .ID = $id | .HostName = $name | .DNSName = $name + ".tail1234.ts.net." | .TailscaleIPs = [$ip]
     | .Tags = ["tag:claudectl"] | .Online = true | '"${2:-.}" "$samples/status-running.json"
}

# says HOST ENTRY...: the status that HOST gets from now on; each entry is NAME, or NAME and a filter: "bob .Tags = null".
# What is said of HOST itself is the entry of its name.
says() {
  local host=$1 self peers=() one name filter
  shift
  for one in "$@"; do
    name=${one%% *} filter=.
    [[ $one == *\ * ]] && filter=${one#* }
    if [[ $name == "$host" ]]; then self=$(entry "$name" "$filter"); else peers+=("$(entry "$name" "$filter")"); fi
  done
  jq --argjson self "$self" --argjson peers "$(jq -s . <<<"${peers[*]}")" \
    '.Self = $self | .TailscaleIPs = $self.TailscaleIPs
     | .Peer = ($peers | with_entries(.key = "nodekey:" + (.key | tostring)))' \
    "$samples/status-running.json" >"$work/$host/tailscale/next"
  mv "$work/$host/tailscale/next" "$work/$host/tailscale/status.json"
}

# tell HOST ENTRY...: the same, and whois says what is true of everybody.
tell() {
  local host=$1 name
  mkdir -p "$work/$host/tailscale/whois"
  says "$@"
  for name in "${!address[@]}"; do
    jq --arg id "${node[$name]}" --arg ip "${address[$name]}" '.Node.StableID = $id | .Node.Addresses = [$ip + "/32"]' \
      "$samples/whois-tagged.json" >"$work/$host/tailscale/whois/${address[$name]}.json"
  done
}
