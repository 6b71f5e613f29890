# Sourced by scripts: answering --help and refusing wrong arguments, before anything is installed or built.
# shellcheck shell=sh

me=$(basename "$0")

# answer_help ARGUMENTS…: with -h or --help among them, prints the comment at the head of the calling script, and ends.
answer_help() {
  if wants_help "$@"; then
    sed -n '2,${ /^#/!q; s/^# \{0,1\}//p; }' "scripts/$me"
    exit
  fi
}

wants_help() {
  case " $* " in
  *' -h '* | *' --help '*) ;;
  *) return 1 ;;
  esac
}

# take_usage_of SOURCE ARGUMENTS…: answers --help and checks the arguments by the usage text of a program of the lab,
# out of its source: no Node.js is needed for it. It begins with "usage: PROGRAM SYNOPSIS" and an empty line.
take_usage_of() {
  # shellcheck disable=SC2016
  usage=$(sed -n '/const usage = `/,/^`;$/{ s/^.*const usage = `//; /^`;$/d; p; }' "$1")
  shift
  if wants_help "$@"; then
    printf '%s\n' "$usage"
    exit
  fi
  check_arguments "$(printf '%s\n' "$usage" | sed '/^$/,$d; s/^usage: [^ ]* //; s/^ *//' | paste -s -d ' ')" "$@"
}

# check_arguments SYNOPSIS ARGUMENTS…: ends with 64 unless every argument stands in the synopsis, which reads
# "[--flag] [--flag a|b] [--flag N] [--flag WORD]": a flag, with one of the values, a whole number, or anything.
check_arguments() {
  accepted=$1
  shift
  while [ $# -gt 0 ]; do
    flag=${1%%=*}
    # The flag and the name of its value.
    entry=$(printf '%s\n' "$accepted" | tr '[' '\n' | sed -n 's/\].*//p' |
      awk -v flag="$flag" '$1 == flag { print "known", $2; exit }')
    value=${entry#known}
    value=${value# }
    if [ -z "$entry" ] || { [ -z "$value" ] && [ "$flag" != "$1" ]; }; then
      refuse_argument "no such argument: $1"
    elif [ -n "$value" ]; then
      case $1 in
      *=*) given=${1#*=} ;;
      *)
        given=${2:-}
        [ $# -eq 1 ] || shift
        ;;
      esac
      check_value "$flag" "$value" "$given"
    fi
    shift
  done
}

check_value() {
  case $2 in
  *'|'*)
    case "|$2|" in
    *"|${3:-|}|"*) return ;;
    esac
    refuse_argument "$1 takes $2, not \"$3\""
    ;;
  ?)
    case $3 in
    '' | *[!0-9]*) refuse_argument "$1 takes a whole number, not \"$3\"" ;;
    esac
    ;;
  *) [ -n "$3" ] || refuse_argument "$1 takes a value ($2)" ;;
  esac
}

refuse_argument() {
  echo "$me: $1; accepted: $accepted, --help" >&2
  exit 64
}
