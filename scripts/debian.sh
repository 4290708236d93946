# shellcheck shell=bash
# Debian 11's packages, unpacked into a folder: no root, nothing of the system touched, nothing configured. To be sourced,
# after stop.sh, by what needs them. Debian 11 (bullseye) is the last that has Caffe; single packages may come from
# Debian 12 (bookworm); $debian_suites names others, the preferred one first. They come from the Debian mirror among apt's
# sources, or from TSCAFFE_DEBIAN_MIRROR: one address or several separated by blanks, each suite from the first that has
# it. Debian moves a release that nobody maintains any more to its archive, which is asked last, unless
# TSCAFFE_DEBIAN_MIRROR says where to ask. apt checks their signatures against Debian's keyring.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
debian_suites=${debian_suites:-bullseye bookworm}

# debian_require ADVICE [ARCHITECTURE]: a machine on which the packages' libraries run; sets $architecture, by default its
# own
debian_require() {
  local tool glibc
  for tool in apt-get dpkg dpkg-deb; do
    command -v "$tool" >/dev/null ||
      stop "libcaffe comes from Debian's packages, but there is no $tool here: this is not Debian or Ubuntu." \
        'Use a machine or container with Debian 12 or Ubuntu 22.04 or newer.' "$1"
  done
  architecture=${2:-$(dpkg --print-architecture)}
  [[ $architecture == amd64 || $architecture == arm64 ]] ||
    stop "Debian's libcaffe is known to work on amd64 and arm64, not on $architecture." "$1"
  glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null || true)
  [[ $glibc == glibc* && $(printf '%s\n2.34\n' "${glibc#glibc }" | sort --version-sort | head -n 1) == 2.34 ]] ||
    stop "The C library here is ${glibc:-not glibc}; the unpacked libraries need glibc 2.34 or newer." \
      'Use Debian 12 or Ubuntu 22.04 or newer.' "$1"
}

debian_mirrors() { # sets $mirrors
  [[ -e $keyring ]] ||
    stop "The keys that Debian signs its packages with are not here ($keyring)." \
      'sudo apt-get install debian-archive-keyring'
  local debian='^(bullseye|bookworm|trixie|forky|sid|oldoldstable|oldstable|stable|testing|unstable)$'
  mirrors=${TSCAFFE_DEBIAN_MIRROR:-$(apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE)' |
    awk -v debian="$debian" '$2 ~ debian && !seen[$1]++ {print $1}')}
  [[ -n $mirrors ]] ||
    stop 'apt has no Debian mirror among its sources, and libcaffe is in Debian only.' \
      "Name one (Debian's web site lists them): TSCAFFE_DEBIAN_MIRROR=http://... npm run setup"
  [[ -n ${TSCAFFE_DEBIAN_MIRROR:-} ]] || mirrors+=$'\n'http://archive.debian.org/debian
}

private_apt() { # apt-get with lists, cache and idea of what is installed of its own
  apt-get -qq \
    -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts="$apt/empty" \
    -o Dir::Etc::Preferences="$apt/preferences" -o Dir::Etc::PreferencesParts="$apt/empty" \
    -o Dir::State="$apt" -o Dir::State::Lists="$apt/lists" -o Dir::State::Status="$apt/status" \
    -o Dir::Cache="$apt/cache" -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
    -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none -o Acquire::Retries=3 -o Debug::NoLocking=1 "$@"
}

debian_open() { # debian_open FOLDER PACKAGE ...: apt's lists, in $apt below FOLDER; the packages count as installed
  local package suite found mirror suites= priority=600
  apt=$1/.apt
  shift
  mkdir -p "$apt"/{lists/partial,cache/archives/partial,empty}
  for package; do
    printf 'Package: %s\nStatus: install ok installed\nArchitecture: %s\nMulti-Arch: same\n' "$package" "$architecture"
    printf 'Maintainer: -\nDescription: -\nVersion: 99:99\nProvides: %s\n\n' "${package/-10-dev/-dev}"
  done >"$apt/status"
  for suite in $debian_suites; do
    printf 'Package: *\nPin: release n=%s\nPin-Priority: %s\n\n' "$suite" "$priority"
    priority=100
  done >"$apt/preferences"
  for suite in $debian_suites; do
    found=
    for mirror in $mirrors; do
      echo "deb [signed-by=$keyring] $mirror $suite main" >"$apt/sources.list"
      private_apt -o APT::Update::Error-Mode=any -o APT::Get::List-Cleanup=0 update 2>"$apt/errors" && found=yes && break
    done
    [[ -n $found ]] ||
      stop "No package lists of Debian $suite from $mirrors:" "$(<"$apt/errors")" \
        "Is the network there? If so, name a mirror that has Debian $suite, or its archive, and one for the others:" \
        "TSCAFFE_DEBIAN_MIRROR='http://... http://...' npm run setup"
    suites+=$(<"$apt/sources.list")$'\n'
  done
  printf '%s' "$suites" >"$apt/sources.list"
}

debian_unpack() { # debian_unpack FOLDER LEFT_OUT PACKAGE ...: these and all that they need, but for files of these patterns
  local folder=$1 left_out=$2 pattern deb exclude=()
  shift 2
  private_apt -y --no-install-recommends --download-only install "$@" >&2 ||
    stop 'The packages could not be fetched (see above). Is the network there? Run this again.'
  set -f # the patterns are tar's, not the shell's
  for pattern in $left_out; do exclude+=("--exclude=$pattern"); done
  set +f
  # Several at a time: it is their compression that takes long.
  printf '%s\0' "$apt"/cache/archives/*.deb | xargs --null --max-args=1 --max-procs="$(nproc)" bash -c \
    'set -o pipefail; dpkg-deb --fsys-tarfile "${@: -1}" | tar --extract "${@:1:$#-1}"' bash \
    --directory="$folder" "${exclude[@]}" ||
    stop 'The packages could not be unpacked (see above). Is the disk full?'
}

debian_source() { # debian_source FOLDER PACKAGE: its source, below FOLDER; needs dpkg-dev
  local sources
  sources=$(sed -n 's/^deb \(.* bullseye main\)$/deb-src \1/p' "$apt/sources.list")
  echo "$sources" >>"$apt/sources.list"
  private_apt update >&2 && (cd "$1" && private_apt source "$2/bullseye" >&2) ||
    stop "The source of $2 could not be fetched (see above). Is the network there? Run this again."
}
