# Sourced by the end-to-end tests that type on terminals and read what these show: each is one of tmux.

tmux_of() { # HOST ARGS...
  local name=$1
  shift
  tmux -S "$work/$name.tmux" -f /dev/null "$@"
}

# open HOST [COLUMNS ROWS]: a terminal of HOST's, with a shell in it. All that it is sent goes to HOST.raw, too.
open() {
  local name=$1 pid
  eval "pid=\$pid_$name"
  env -u TMUX HOME="$work/$name" CLAUDECTL_HOME="$work/$name" TERM=screen-256color PS1='prompt> ' \
    nsenter --net="/proc/$pid/ns/net" tmux -S "$work/$name.tmux" -f /dev/null \
    new-session -d -x "${2:-80}" -y "${3:-24}" 'bash --norc --noprofile'
  : >"$work/$name.raw"
  tmux_of "$name" pipe-pane "cat >>$work/$name.raw"
}

keys() { # HOST KEYS...: as tmux names them
  local name=$1
  shift
  tmux_of "$name" send-keys "$@"
}

screen() { tmux_of "$1" capture-pane -p; }

shows() { [[ $(screen "$1") == *"$2"* ]]; }
