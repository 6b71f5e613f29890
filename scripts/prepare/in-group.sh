#!/bin/sh
# Runs a command so that all that it starts ends with SIGTERM: setsid setpriv --pdeathsig TERM in-group.sh COMMAND…
# (the caller makes the process group, and has it ended when the caller itself ends).
# Exit code: the command's.
trap 'kill -s KILL 0' TERM
"$@" &
wait $!
