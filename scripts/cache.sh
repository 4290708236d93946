# shellcheck shell=bash
# What is the same for all clones and installed copies of a user lies on the machine once: in TSCAFFE_CACHE, else in
# XDG_CACHE_HOME/tscaffe, else in ~/.cache/tscaffe. The name of an entry ends with a hash of all that it is made of, so it
# never changes, and may be removed at any time: the next set-up makes it again. To be sourced, after stop.sh.

[[ -n ${HOME:-} ]] || unset HOME # then ~ is what the user database says
cache=${TSCAFFE_CACHE:-${XDG_CACHE_HOME:+$XDG_CACHE_HOME/tscaffe}}
[[ -n $cache ]] || cache=~/.cache/tscaffe
[[ $cache == /* ]] || stop "The cache folder is not an absolute path: $cache" 'TSCAFFE_CACHE=/path names it.'

# cache_place NAME INSTEAD: sets $place, the folder of an entry: INSTEAD where the cache has none and cannot be written
cache_place() {
  place=$cache/$1
  [[ -e $place ]] || { mkdir -p "$cache" && [[ -w $cache ]]; } 2>/dev/null || place=$2
}

# make_once FOLDER STAMP COMMAND ...: makes FOLDER by COMMAND PARTIAL, unless it is there with this stamp. It is made
# aside and renamed when whole, so an interrupted run leaves nothing that looks done; of two runs, one waits for the other.
make_once() {
  local folder=$1 stamp=$2
  shift 2
  ! has_stamp "$folder" "$stamp" || return 0
  exec 8>"$folder.lock"
  flock --nonblock 8 || {
    echo "$(basename "$0"): another run makes $folder; waiting for it" >&2
    flock 8
  }
  if ! has_stamp "$folder" "$stamp"; then
    rm -rf "$folder.partial"
    mkdir "$folder.partial"
    "$@" "$folder.partial"
    echo "$stamp" >"$folder.partial/stamp"
    rm -rf "$folder"
    mv "$folder.partial" "$folder"
  fi
  exec 8>&-
}

link_to() { # link_to PLACE FOLDER: FOLDER of the project is that of the cache; a copy where a file system has no links
  [[ $1 != "$2" ]] || return 0
  rm -rf "$2"
  ln -s "$1" "$2" 2>/dev/null || cp -r "$1" "$2"
}

has_stamp() { # has_stamp FOLDER STAMP
  [[ -e $1/stamp && $(<"$1/stamp") == "$2" ]]
}
