# Reading platform/packages.

# packages_of SECTION…: the names, one a line.
packages_of() {
  local section
  for section in "$@"; do
    awk -v section="[$section]" '/^\[/ { inside = ($1 == section); next } inside { sub(/#.*/, ""); if (NF) print $1 }' \
      "$clone/platform/packages"
  done
}

# The layers of the platform root, by the sections they hold.
sections_of_layer() {
  case $1 in
    build) echo run build ;;
    test) echo run build test ;;
  esac
}

packages_of_layer() {
  # shellcheck disable=SC2046  # one word per section
  packages_of $(sections_of_layer "$1")
}
