# What this machine is: Debian 14 itself, or a machine that can hold a Debian 14 root.

# Where roots, compiler cache, downloaded packages and models are kept, outside every clone.
if [[ -z ${ENTENTE_CACHE:-} ]]; then
  if ((EUID == 0)); then ENTENTE_CACHE=/var/cache/entente; else ENTENTE_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/entente; fi
fi
export ENTENTE_CACHE

host_is_debian_14() {
  [[ -r /etc/os-release ]] || return 1
  (
    . /etc/os-release
    [[ ${ID:-} == debian && (${VERSION_CODENAME:-} == forky || ${VERSION_ID:-} == 14) ]]
  )
}

# require_packages LAYER: on Debian 14 nothing is installed behind anybody's back.
require_packages() {
  [[ -z ${ENTENTE_INSIDE:-} ]] || return 0
  local missing
  missing=$(comm -23 <(packages_of_layer "$1" | sort) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | awk '$1 == "installed" { print $2 }' | sort -u) | tr '\n' ' ')
  [[ -z $missing ]] || fail "packages are missing; install them with: sudo apt-get install --no-install-recommends $missing"
}

# A machine that is not Debian 14 needs all of this before a root can be made or entered.
require_root_host() {
  local container="use the container instead: podman build -f platform/Containerfile -t entente-dev platform && podman run --rm -it -v .:/src/entente entente-dev ./dev ${command:-help}"
  [[ $(uname -s) == Linux ]] || fail "this is not Linux; $container"
  [[ $(uname -m) == x86_64 ]] || fail "the platform is made for x86_64 and this machine is $(uname -m)."
  [[ -x $(command -v apt-get) ]] || fail "this machine is not Debian-like (no apt-get); $container"
  ((EUID == 0)) || fail "making and entering a Debian 14 root needs root: run it with sudo, or $container"
  unshare --mount true 2>/dev/null || fail "this machine does not let root mount (a container without privileges?); $container"
  [[ $ENTENTE_CACHE != *[:,\ ]* && $ENTENTE_CACHE == /* ]] ||
    fail "ENTENTE_CACHE must be an absolute path without colons, commas and spaces, not '$ENTENTE_CACHE'."
}

# What making a root needs on top; installed when absent.
require_root_maker() {
  if [[ ! -x $(command -v mmdebstrap) ]]; then
    step "Installing mmdebstrap" bash -c 'apt-get -qq update; apt-get -qq -y --no-install-recommends install mmdebstrap' ||
      fail "mmdebstrap could not be installed; is there a network, and does 'apt-get update' work?"
  fi
  [[ -r /usr/share/keyrings/debian-archive-keyring.gpg ]] ||
    fail "Debian's signing keys are missing: install the package debian-archive-keyring."
}

# require_room MEGABYTES: before writing, not in the middle of it.
require_room() {
  local free
  mkdir -p "$ENTENTE_CACHE"
  free=$(df --output=avail -BM "$ENTENTE_CACHE" | tail -n 1 | tr -dc 0-9)
  ((free >= $1)) || fail "$1 MB are needed in $ENTENTE_CACHE and $free MB are free; set ENTENTE_CACHE to a roomier place."
}

# The Debian mirror this machine already uses: by apt's lists, or where they are not fetched, by its sources.
debian_mirror() {
  local mirror=${ENTENTE_MIRROR:-} is_debian='^(https?|mirror\+https?)://.*/debian/?$'
  # shellcheck disable=SC2016  # apt's own variable
  [[ -n $mirror ]] || mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 2>/dev/null |
    grep -m 1 -E "$is_debian" || true)
  [[ -n $mirror ]] || mirror=$(_addresses_of_sources | grep -m 1 -E "$is_debian" || true)
  [[ -n $mirror ]] ||
    fail "apt on this machine names no Debian mirror; name one: ENTENTE_MIRROR=http://…/debian ./dev ${command:-package}"
  echo "${mirror%/}"
}

apt_folder=/etc/apt
_addresses_of_sources() {
  cat "$apt_folder"/sources.list "$apt_folder"/sources.list.d/*.{list,sources} 2>/dev/null |
    sed -nE 's/^deb +(\[[^]]*\] +)?([^ ]+) .*/\2/p; s/^URIs: *([^ ]+).*/\1/p'
}

# The host's apt settings that decide whether a mirror can be reached at all, as lines of apt.conf.
apt_network_settings() {
  apt-config dump --format '%f "%v";%n' Acquire |
    grep -E '^Acquire::(http|https|Retries|ForceIPv4|ForceIPv6)(::(Proxy|CaInfo|Timeout|[^ ]*::Proxy))? "[^"]+";$' || true
}
