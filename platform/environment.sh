# Sourced first by every command: strict bash, the clone as working directory, and caches outside the tree.
set -euo pipefail
shopt -s inherit_errexit
clone=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$clone"
source platform/say.sh
mkdir -p "$ENTENTE_CACHE"

jobs=${ENTENTE_JOBS:-$(nproc)}

# Without these ccache would find nothing again: see docs/platform.md.
export CCACHE_DIR=$ENTENTE_CACHE/ccache CCACHE_BASEDIR=$clone CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=5G
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
export PIP_CACHE_DIR=$ENTENTE_CACHE/pip PIP_DISABLE_PIP_VERSION_CHECK=1 npm_config_cache=$ENTENTE_CACHE/npm
export GOPATH=$ENTENTE_CACHE/go GOCACHE=$ENTENTE_CACHE/go-build GOFLAGS=-buildvcs=false GOTOOLCHAIN=local
export npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false PYTHONDONTWRITEBYTECODE=1
export ENTENTE_MODELS=$ENTENTE_CACHE/store

# A clone on a mounted folder may belong to another user than the one inside the root.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=$clone
