# Making the .deb. By hand rather than with debhelper: what that would add to one program, one unit and one user is what
# stands in postinst, prerm and postrm, and here it can be read.

# make_deb WORK BINARY OUTPUT_FOLDER
make_deb() {
  local work=$1 binary=$2 output=$3 tree=$1/entente symbols=$1/entente-dbgsym
  install -d "$tree/usr/bin" "$work/debian"
  install -m 755 "$binary" "$tree/usr/bin/entente"
  _split_symbols "$tree/usr/bin/entente" "$symbols"

  install -D -m 644 platform/debian/entente.service "$tree/usr/lib/systemd/system/entente.service"
  install -D -m 644 platform/debian/entente.toml "$tree/etc/entente/entente.toml"
  install -D -m 644 src/verifier/entente_verify.hpp "$tree/usr/include/entente/entente_verify.hpp"
  install -D -m 644 platform/debian/copyright "$tree/usr/share/doc/entente/copyright"
  install -d "$tree"/usr/share/{bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d,man/man1}
  "$binary" completion bash >"$tree/usr/share/bash-completion/completions/entente"
  "$binary" completion zsh >"$tree/usr/share/zsh/vendor-completions/_entente"
  "$binary" completion fish >"$tree/usr/share/fish/vendor_completions.d/entente.fish"
  gzip -9n <platform/debian/entente.1 >"$tree/usr/share/man/man1/entente.1.gz"
  chmod -R u=rwX,go=rX "$tree"

  local depends
  depends=$(_depends "$work" "$tree/usr/bin/entente")
  install -D -m 755 -t "$tree/DEBIAN" platform/debian/{postinst,prerm,postrm}
  echo /etc/entente/entente.toml >"$tree/DEBIAN/conffiles"
  _control "$tree" <platform/debian/control.in | sed "s|@DEPENDS@|$depends|" >"$tree/DEBIAN/control"
  install -d "$symbols/DEBIAN"
  _control "$symbols" <platform/debian/control-dbgsym.in >"$symbols/DEBIAN/control"
  _build_deb "$tree" "$output/entente_${version}_$architecture.deb"
  _build_deb "$symbols" "$output/entente-dbgsym_${version}_$architecture.deb"
}

# The symbols, where gdb looks for them by the build's id, and the program without them.
_split_symbols() {
  local program=$1 tree=$2 id file
  id=$(readelf --notes "$program" | sed -n 's/.*Build ID: //p')
  file=$tree/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug
  install -d "${file%/*}"
  objcopy --only-keep-debug --compress-debug-sections=zstd "$program" "$file"
  strip --strip-unneeded --remove-section=.comment --remove-section=.note "$program"
  chmod 644 "$file"
}

# The packages of [run], and the other names that they provide: RE2's says which Abseil it was built with.
_listed() {
  packages_of run
  printf '%s\n' libc6 libgcc-s1
  # shellcheck disable=SC2046  # one word per package
  dpkg-query -W -f '${Provides}\n' $(packages_of run) | tr ',' '\n' | awk 'NF { print $1 }'
}

# What the program needs, with the versions its symbols need; and of [run] what no symbol tells of. A library that [run]
# does not name is a mistake in platform/packages.
_depends() {
  local work=$1 program=$2 found unlisted
  printf 'Source: entente\n\nPackage: entente\nArchitecture: any\nDescription: one\n' >"$work/debian/control"
  found=$(cd "$work" && dpkg-shlibdeps -O "$program" 2>"$work/shlibdeps.log" | sed -n 's/^shlibs:Depends=//p') ||
    fail "dpkg-shlibdeps could not tell what the program needs: $(cat "$work/shlibdeps.log")"
  unlisted=$(comm -23 <(_names "$found") <(_listed | sort -u) | paste -sd ' ')
  [[ -z $unlisted ]] || fail "the program needs $unlisted, which [run] of platform/packages does not name."
  comm -13 <(_names "$found") <(packages_of run | sort) | { printf '%s' "$found"; sed 's/^/, /' | tr -d '\n'; }
}

_names() { tr ',' '\n' <<<"$1" | awk '{ print $1 }' | sort; }

_control() {
  local size
  size=$(du -sk --apparent-size "$1" | cut -f 1)
  sed "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$size/"
}

_build_deb() {
  find "$1" -newermt "@$SOURCE_DATE_EPOCH" -print0 | xargs -0r touch --no-dereference --date="@$SOURCE_DATE_EPOCH"
  dpkg-deb --root-owner-group -Zxz --build "$1" "$2" >/dev/null
}
