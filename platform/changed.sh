# Which files a developer is working on.

# changed_files PATTERN…: those that differ from origin/main, or when there is no difference, those of the last commit.
# Outside a git clone: none.
changed_files() {
  local base
  base=$(git merge-base HEAD origin/main 2>/dev/null || true)
  if [[ -z $base || $base == "$(git rev-parse HEAD)" && -z $(git status --porcelain) ]]; then base=HEAD~1; fi
  {
    git diff --name-only --diff-filter=d "$base" -- "$@" 2>/dev/null || true
    git ls-files --others --exclude-standard -- "$@" 2>/dev/null || true
  } | sort -u
}
