# Sourced by scripts/test.sh: jobs beside the shell that leave nothing behind, and one run at a time.
# shellcheck shell=bash

# One run at a time: both would build into the same files. What an interrupted run left may still be ending.
lock_checkout() {
  local owner
  mkdir -p build
  exec {lock}<>build/test.lock
  if ! flock --nonblock "$lock"; then
    owner=$(cat build/test.lock)
    ! kill -0 "$owner" 2>/dev/null || refuse "another run is at work in this checkout: process $owner" 75
    flock --wait 60 "$lock" || refuse "processes of an interrupted run (process $owner) do not end" 75
  fi
  echo $$ >build/test.lock
}

# Ends the process groups that it reads, one a line, once the program that writes them has ended, in whatever way.
end_groups() {
  trap '' INT TERM HUP
  local groups='' group
  while read -r group; do groups="$groups -$group"; done
  # shellcheck disable=SC2086
  kill -s TERM -- $groups 2>/dev/null || return 0
  for ((tries = 0; tries < 150; tries += 1)); do
    sleep 0.1
    # shellcheck disable=SC2086
    kill -0 -- $groups 2>/dev/null || return 0
  done
  # shellcheck disable=SC2086
  kill -s KILL -- $groups 2>/dev/null
}

# Prepares for `beside`.
watch_jobs() {
  local pipe=build/test.pipe
  rm -f "$pipe"
  mkfifo "$pipe"
  # Each job in a process group of its own.
  set -m
  end_groups <"$pipe" &
  watcher=$!
  exec {alive}>"$pipe"
  rm "$pipe"
  trap '{ exec {alive}>&-; wait "$watcher" || true; } 2>/dev/null; remove_own_directory' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
}

# Runs "$@" beside this shell in a process group of its own, which ends when this shell does, in whatever way.
beside() {
  (
    exec {alive}>&-
    "$@"
  ) </dev/null &
  echo $! >&"$alive"
}
