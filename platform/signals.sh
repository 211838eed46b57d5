# Passing signals on to a program we wait for.

# run_forwarding TARGET COMMAND…: run COMMAND as a child and give back its exit code. TERM and HUP sent to this shell go to
# TARGET: `child`, or `grandchild` where the child only stands between. So does INT, unless a terminal sent it: Ctrl-C
# already reaches every process in the terminal's foreground. The command keeps standard input and the usual meaning of
# signals, which bash takes away from background commands.
run_forwarding() {
  local target=$1 status=0 signal
  shift
  env --default-signal=INT,QUIT "$@" <&0 &
  _child=$!
  for signal in TERM HUP INT; do
    # shellcheck disable=SC2064  # the values of now
    trap "_forward $signal $target" "$signal"
  done
  while :; do
    wait "$_child" && status=0 || status=$?
    kill -0 "$_child" 2>/dev/null || break # otherwise a trap ended the wait
  done
  trap - TERM HUP INT
  return "$status"
}

_forward() {
  local signal=$1 to=$_child
  [[ $signal != INT ]] || ! _in_terminal_foreground || return 0
  [[ $2 != grandchild ]] || read -r to <"/proc/$to/task/$to/children" || return 0
  # shellcheck disable=SC2086  # the kernel ends the list with a space
  kill -"$signal" $to 2>/dev/null || true
}

_in_terminal_foreground() {
  local stat
  read -r stat <"/proc/$$/stat"
  # shellcheck disable=SC2086  # fields after the name: state, parent, group, session, terminal, its foreground group
  set -- ${stat##*) }
  [[ $3 == "$6" ]]
}
