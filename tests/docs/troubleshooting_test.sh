#!/bin/bash
# docs/troubleshooting.md has a part for each check of `doctor`: for each that docs/cli.md lists, and for each that the program makes
# here. Usage: troubleshooting_test.sh CLAUDECTL docs/troubleshooting.md docs/cli.md
set -u

work=$(mktemp -d /tmp/cctl-docs-XXXXXX)
trap 'rm -rf "$work"' EXIT
export HOME=$work CLAUDECTL_HOME=$work/state CLAUDECTL_RELAY_INTERFACES=lo CLAUDECTL_RELAY_TAILSCALE=true \
  CLAUDECTL_RELAY_TAILSCALE_CLI=$work/nowhere
claudectl=$(realpath "$1") explained=$(realpath "$2") listed=$(realpath "$3")
cd "$work" || exit 1

"$claudectl" relay doctor --json | jq -r '.checks[].id' | sort -u >"$work/made"
sed -n '/^### doctor/,/^### /s/^| `\([a-z_]*\)` .*/\1/p' "$listed" | sort >"$work/listed"
sed -n 's/^### `\([a-z_]*\)`$/\1/p' "$explained" | sort >"$work/explained"

failures=0
[[ -s $work/made && -s $work/listed ]] || { echo "there are no checks"; exit 1; }
diff "$work/listed" "$work/explained" || { echo "docs/cli.md lists < and docs/troubleshooting.md explains >"; failures=1; }
missing=$(comm -23 "$work/made" "$work/explained")
[[ -z $missing ]] || { echo "not explained: $missing"; failures=1; }
exit "$failures"
