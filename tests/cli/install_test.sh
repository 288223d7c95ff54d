#!/bin/bash
# Installs below a folder, looks at what is there, and takes it away again. Usage: install_test.sh CLAUDECTL tools/install
set -u

binary=$(realpath "$1") install=$2
work=$(mktemp -d /tmp/cctl-cli-XXXXXX)
trap 'rm -rf "$work"' EXIT
failures=0
fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}
prefix=$work/a/prefix

mkdir -p "$prefix/bin" && echo mine >"$prefix/bin/other"
"$install" "$binary" "$prefix" >/dev/null || fail "install"
[[ $("$prefix/bin/claudectl" --version) == claudectl\ * ]] || fail "the program does not run"

# The headers are all that a program needs.
printf '#include "cctl/cctl.h"\nint main() { return cctl::Identity::Parse("a-1").has_value() ? 0 : 1; }\n' >"$work/x.cc"
flags=$(pkg-config --cflags "$prefix/share/pkgconfig/cctl.pc") || fail "pkg-config"
# shellcheck disable=SC2086
${CXX:-g++} -std=c++20 $flags "$work/x.cc" -o "$work/x" && "$work/x" || fail "a program of the installed headers"
[[ $(pkg-config --modversion "$prefix/share/pkgconfig/cctl.pc") == $("$binary" --version --json | jq -r .version) ]] ||
  fail "the version of pkg-config's file"

# The manual page is well formed, and has every command.
page=$prefix/share/man/man1/claudectl.1
warnings=$(groff -man -Tutf8 -ww -z "$page" 2>&1)
[[ -z $warnings ]] || fail "man page: $warnings"
text=$(groff -man -Tascii -P-cbou "$page")
for command in $("$binary" relay --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
  grep -q "^   $command\$" <<<"$text" || fail "the man page says nothing of $command"
done
grep -q " 3 unreachable, not_found, protocol, ambiguous " <<<"$(tr -s ' \n' ' ' <<<"$text")" || fail "exit status"

for file in share/bash-completion/completions/claudectl share/zsh/site-functions/_claudectl \
  share/fish/vendor_completions.d/claudectl.fish; do
  grep -q __complete "$prefix/$file" || fail "$file"
done
bash -n "$prefix/share/bash-completion/completions/claudectl" || fail "bash's completion"
zsh -n "$prefix/share/zsh/site-functions/_claudectl" || fail "zsh's completion"
fish -n "$prefix/share/fish/vendor_completions.d/claudectl.fish" || fail "fish's completion"
grep -qx "ExecStart=$prefix/bin/claudectl relay serve" "$prefix/share/systemd/user/claudectl-relay.service" || fail "unit"
grep -qF "<string>$prefix/bin/claudectl</string>" "$prefix/share/claudectl/claudectl-relay.plist" || fail "plist"
! grep -r '@[A-Z]*@' "$prefix/share" || fail "a placeholder is left"

# Again is no different, and away is away: but for what is not ours.
"$install" "$binary" "$prefix" >/dev/null || fail "install again"
"$install" --remove "$prefix" || fail "remove"
[[ $(cd "$prefix" && find . -type f) == ./bin/other ]] || fail "left: $(cd "$prefix" && find . -type f)"
[[ $(cd "$prefix" && find . -mindepth 1 -type d) == ./bin ]] || fail "folders left: $(cd "$prefix" && find . -type d)"
echo "$failures failures"
((failures == 0))
