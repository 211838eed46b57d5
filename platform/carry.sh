# What the host knows about its network, carried into a root: names, authorities, package registries.

# carry_network_settings ROOT CACHE
carry_network_settings() {
  local root=$1 cache=$2 file
  for file in resolv.conf hosts; do
    [[ ! -e /etc/$file ]] || { rm -f "$root/etc/$file" && cat "/etc/$file" >"$root/etc/$file"; }
  done
  _carry_authorities "$root" "$cache"
}

# The host's own certificate authorities. update-ca-certificates takes a second, so its result is kept.
_carry_authorities() {
  local root=$1 cache=$2 key made
  [[ -n $(find /usr/local/share/ca-certificates -name '*.crt' 2>/dev/null) ]] || return 0
  key=$({
    find /usr/local/share/ca-certificates -name '*.crt' -print0 | sort -z | xargs -0 cat
    cat "$root/etc/ca-certificates.conf"
  } | sha256sum | cut -c 1-12)
  made=$cache/roots/authorities-$key
  if [[ ! -d $made ]]; then
    cp -rL /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates"
    chroot "$root" update-ca-certificates >/dev/null 2>&1
    chroot "$root" cp -rL /etc/ssl/certs /tmp/authorities # links followed where they lead inside
    rm -rf --one-file-system "$made.$$"
    cp -r "$root/tmp/authorities" "$made.$$"
    mv -T "$made.$$" "$made" 2>/dev/null || rm -rf --one-file-system "$made.$$" # another was first
  fi
  mount --bind -o ro "$made" "$root/etc/ssl/certs"
}

# carry_registry_settings ROOT HOME: where pip and npm fetch from, of their files only what concerns the network. Paths
# of the host mean nothing inside, and authorities are carried above.
carry_registry_settings() {
  local root=$1 home=$2 file
  for file in /etc/pip.conf "$home/.pip/pip.conf" "$home/.config/pip/pip.conf"; do
    [[ -r $file ]] || continue
    mkdir -p "$root/root/.config/pip"
    grep -E '^\s*(\[|(index-url|extra-index-url|trusted-host|proxy|timeout|retries)\s*=|\s+https?:)' "$file" \
      >>"$root/root/.config/pip/pip.conf" || true
  done
  for file in /etc/npmrc /usr/etc/npmrc "$home/.npmrc"; do
    [[ -r $file ]] || continue
    grep -E '^\s*(registry|@[^:=]+:registry|//[^=]*|proxy|https-proxy|noproxy|strict-ssl)\s*=' "$file" \
      >>"$root/root/.npmrc" || true
  done
}
