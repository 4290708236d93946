# shellcheck shell=bash
# stop WHAT [REMEDY ...]: says what is missing and what would help, and ends the script.
stop() {
  printf '\n%s: %s\n' "$(basename "$0")" "$1" >&2
  shift
  (($# == 0)) || printf '    %s\n' "$@" >&2
  exit 1
}
