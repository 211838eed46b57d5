# Making the container image: a Debian 14 root with what the .deb needs and no package manager, as one layer.

# make_image WORK DEB OUTPUT
make_image() {
  local work=$1 deb=$2 output=$3 depends
  depends=$(dpkg-deb --field "$deb" Depends | sed 's/ *([^)]*)//g; s/ //g')
  # shellcheck disable=SC2016  # $1 is mmdebstrap's
  step "Making the image's root" debian_root essential "$work/root.tar" --include="$depends" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook="copy-in '$deb' /tmp" --customize-hook='chroot "$1" dpkg --install /tmp/'"${deb##*/}" \
    --customize-hook='copy-in platform/image/entente.toml /etc/entente' \
    --customize-hook='chmod 644 "$1/etc/entente/entente.toml"' \
    --customize-hook='cd "$1" && rm -rf tmp/* var/log/* var/cache/* etc/apt/apt.conf.d/99mmdebstrap \
      etc/dpkg/dpkg.cfg.d/99mmdebstrap etc/hostname etc/resolv.conf etc/machine-id var/lib/dpkg/*-old etc/*- run/*' ||
    fail "the image's root could not be made; is there a network?"
  step "Writing the image" python3 platform/image/archive.py "$work/root.tar" "$output" "$version" "$architecture" \
    "$SOURCE_DATE_EPOCH" || fail "the image could not be written; is there room in dist/ and /tmp?"
}

# debian_root VARIANT OUTPUT MMDEBSTRAP_OPTION…: a fresh Debian 14. Downloaded packages are kept and shared with ./dev. A
# mirror whose lists are older than they say is taken, as for the root of ./dev: forky is not released yet.
debian_root() {
  local variant=$1 output=$2 mirror line settings=()
  shift 2
  mirror=$(debian_mirror) || return
  while read -r line; do settings+=("--aptopt=$line"); done < <(apt_network_settings)
  mkdir -p "$ENTENTE_CACHE/debs/partial"
  # shellcheck disable=SC2016  # $1 is mmdebstrap's
  _in_own_mounts mmdebstrap --mode=root --variant="$variant" --quiet \
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"' "${settings[@]}" \
    --dpkgopt='force-unsafe-io' --skip=download/empty --skip=essential/unlink \
    --setup-hook='mkdir -p "$1/var/cache/apt/archives"; mount --bind '"$ENTENTE_CACHE/debs"' "$1/var/cache/apt/archives"' \
    --customize-hook='umount "$1/var/cache/apt/archives"' "$@" forky "$output" "$mirror"
}
