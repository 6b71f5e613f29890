# Sourced by scripts: a temporary directory that a run owns.
# shellcheck shell=bash

# own_directory PARENT: makes a directory below PARENT and sets `own` to it; it goes with this shell, and one that a killed
# run left goes at the next call. A run holds a lock on its own, in whatever pid namespace it is, by the descriptor
# `own_lock`.
own_directory() {
  local old
  for old in "$1"/privatelinkd.*; do
    [ -O "$old" ] || continue
    # Another start may have removed it meanwhile.
    { exec {own_lock}<"$old"; } 2>/dev/null || continue
    ! flock --nonblock "$own_lock" || rm -rf "$old" || true
    exec {own_lock}<&-
  done
  while :; do
    # Short: containerd takes no socket whose path is longer than 104 bytes, and an Engine's lies 73 below this.
    own=$(mktemp --directory "$1/privatelinkd.XXXXXX")
    # Another start may have had the lock first, and removed it.
    { exec {own_lock}<"$own"; } 2>/dev/null || continue
    if flock --nonblock "$own_lock" && [ "$own" -ef "/proc/self/fd/$own_lock" ]; then
      break
    fi
    exec {own_lock}<&-
  done
  trap remove_own_directory EXIT
}

# What is being written to still is left to the next run.
remove_own_directory() {
  rm -rf "$own" || true
}
