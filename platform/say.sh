# Words for people: one sentence per failure, and a sign of life from whatever takes longer than two seconds.

fail() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

note() { printf '%s\n' "$*" >&2; }

# step TEXT COMMAND…: run COMMAND quietly (a function without set -e). TEXT with the time appears when it takes longer than
# two seconds; its output appears only when it fails.
step() {
  local text=$1 log ticker status=0 start=$SECONDS
  shift
  log=$(mktemp)
  _tick "$text" "$start" $$ &
  ticker=$!
  "$@" >"$log" 2>&1 </dev/null || status=$?
  kill "$ticker" 2>/dev/null
  wait "$ticker" 2>/dev/null || true
  if ((status != 0)); then
    _status_line "$text: failed after $((SECONDS - start)) s. Its last words:"
    tail -n 25 "$log" | sed 's/^/    /' >&2
  elif ((SECONDS - start >= 2)); then
    _status_line "$text: $((SECONDS - start)) s"
  fi
  rm -f "$log"
  return "$status"
}

# On a terminal one line that changes; elsewhere a line at the start and one each half minute.
_tick() {
  local text=$1 start=$2 parent=$3 spent never
  exec {never}<> <(:) # nothing ever comes; unlike `sleep`, waiting for it ends at once when this shell is told to
  _pause() { read -r -t "$1" -u "$never" || true; }
  _pause 2
  while kill -0 "$parent" 2>/dev/null; do
    spent=$((SECONDS - start))
    if [[ -t 2 ]]; then
      printf '\r\e[K%s … %d s' "$text" "$spent" >&2
      _pause 1
    else
      note "$text … $spent s"
      _pause 30
    fi
  done
}

_status_line() {
  if [[ -t 2 ]]; then printf '\r\e[K' >&2; fi
  note "$1"
}
