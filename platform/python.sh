# Python environments, one per list of requirements, kept outside the tree.

# python_with REQUIREMENTS_FILE: print the interpreter that has them.
python_with() {
  local requirements=$1 folder
  folder=$ENTENTE_CACHE/venvs/$({ python3 --version; cat "$requirements"; } | sha256sum | cut -c 1-12)
  mkdir -p "${folder%/*}"
  (
    flock 9
    [[ ! -f $folder/complete ]] || exit 0
    rm -rf "$folder"
    python3 -m venv "$folder" &&
      step "Installing the Python packages of $requirements" "$folder/bin/pip" install --quiet -r "$requirements" &&
      touch "$folder/complete"
  ) 9>"$folder.lock" || fail "the Python packages of $requirements could not be installed; is there a network?"
  echo "$folder/bin/python"
}
