# The Debian 14 root, made once per package list and kept in $ENTENTE_CACHE/roots.
#
# Two layers, so that the first build does not wait for a browser: `build` is a whole root, `test` holds only what its
# packages change on top of it (an overlay: half the space of a second root, and a minute less than making one). Where
# the kernel has no overlay file system, `test` is a copy with the packages added. A layer is made under another name
# and renamed when it is complete; a lock per layer lets two clones ask for it at the same time.
root_recipe=1 # a change in how roots are made must change their names
roots=$ENTENTE_CACHE/roots

layer_name() { echo "$1-$({ echo "$root_recipe"; packages_of_layer "$1"; } | sha256sum | cut -c 1-12)"; }

# make_root LAYER: make sure that it exists.
make_root() {
  local layer=$1 name
  require_root_host
  [[ $layer == build ]] || make_root build
  name=$(layer_name "$layer")
  [[ ! -d $roots/$name ]] || return 0
  require_root_maker
  mkdir -p "$ENTENTE_CACHE/debs/partial"
  mkdir -p "$roots"
  chmod 700 "$roots" # what the host knows about its proxies is in there
  (
    flock --nonblock 9 || { note "Waiting for another ./dev that is making this root."; flock 9; }
    [[ ! -d $roots/$name ]] || exit 0
    rm -rf --one-file-system "$roots/.making-$name"
    mkdir "$roots/.making-$name"
    "_make_$layer" "$roots/.making-$name"
    sync -f "$roots"
    mv -T "$roots/.making-$name" "$roots/$name"
  ) 9>"$roots/$name.lock"
}

_make_build() {
  local target=$1 line settings=()
  require_room 2500
  while read -r line; do settings+=("--aptopt=$line"); done < <(apt_network_settings)
  # shellcheck disable=SC2016  # $1 is mmdebstrap's
  step "Making the Debian 14 root (once, about 1.2 GB)" _in_own_mounts mmdebstrap --mode=root --variant=minbase --quiet \
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"' "${settings[@]}" \
    --dpkgopt='force-unsafe-io' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --skip=download/empty --skip=essential/unlink \
    --setup-hook='mkdir -p "$1/var/cache/apt/archives"; mount --bind '"$ENTENTE_CACHE/debs"' "$1/var/cache/apt/archives"' \
    --customize-hook='umount "$1/var/cache/apt/archives"' \
    --include="$(packages_of_layer build | paste -sd ,)" \
    forky "$target/root" "$(debian_mirror)" || fail "the Debian 14 root could not be made; is there a network?"
}

_make_test() {
  local target=$1
  require_room 3500
  # shellcheck disable=SC2046  # one word per package
  step "Adding the test packages (once, about 1.5 GB)" _in_own_mounts bash -c "$(declare -f _add_packages); _add_packages \"\$@\"" \
    add_packages "$roots/$(layer_name build)/root" "$target" "$ENTENTE_CACHE/debs" $(packages_of test) ||
    fail "the test packages could not be added to the root; is there a network?"
}

# Mounts and processes of an interrupted making end with it.
_in_own_mounts() { setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc "$@"; }

_add_packages() {
  set -euo pipefail
  local base=$1 target=$2 debs=$3 root=$2/root
  shift 3
  mkdir "$root"
  if mkdir "$target/diff" "$target/work" &&
    ! mount -t overlay entente -o "lowerdir=$base,upperdir=$target/diff,workdir=$target/work" "$root"; then
    rm -r "$target/diff"
    cp -a "$base/." "$root"
  fi
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount --bind "$debs" "$root/var/cache/apt/archives"
  cat /etc/resolv.conf >"$root/etc/resolv.conf"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no service starts
  chmod +x "$root/usr/sbin/policy-rc.d"
  export DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8
  chroot "$root" apt-get -qq update
  chroot "$root" apt-get -qq -y install "$@"
  chroot "$root" apt-get -qq autoclean # of the kept packages, those the mirror no longer has
  rm -rf "$root"/var/lib/apt/lists/*
  umount -R "$root/var/cache/apt/archives" "$root/dev" "$root/proc"
  if mountpoint -q "$root"; then umount "$root"; rmdir "$root"; fi
  rm -rf "$target/work"
}
