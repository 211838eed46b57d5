# Entering the root: what is carried in from the host, and the way of signals and exit codes out again.

# enter_root LAYER COMMAND…
enter_root() {
  local layer=$1 base overlay
  shift
  require_root_host
  mkdir -p "$ENTENTE_CACHE"
  base=$roots/$(layer_name build)
  overlay=$base/root
  if [[ $layer == test ]]; then
    base=$roots/$(layer_name test)
    if [[ -d $base/diff ]]; then overlay=$base/diff:$overlay; else overlay=$base/root; fi
  fi
  mkdir -p "$roots/mnt"
  _environment
  # Held for as long as anything runs inside; ./dev clean asks for it.
  exec 8<"$roots"
  flock --shared 8
  source "$clone/platform/signals.sh"
  local status=0
  run_forwarding grandchild setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child \
    bash "$clone/platform/inside.sh" "$overlay" "$clone" "$roots/mnt" "${inside_environment[@]}" -- "$@" || status=$?
  exit "$status"
}

# The environment inside: only what is named here.
_environment() {
  local name
  inside_environment=(
    ENTENTE_INSIDE=1 ENTENTE_CACHE=/cache HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
    # Python, Node and curl bring or seek their own lists of authorities; they shall use the system's.
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
  )
  for name in TERM COLORTERM NO_COLOR CI COLUMNS LINES SOURCE_DATE_EPOCH ENTENTE_JOBS ENTENTE_BENCH_{ROUNDS,SECONDS} \
    {http,https,ftp,all,no}_proxy {HTTP,HTTPS,ALL,NO}_PROXY \
    GO{PROXY,SUMDB,NOSUMDB,NOPROXY,PRIVATE} \
    PIP_{INDEX_URL,EXTRA_INDEX_URL,TRUSTED_HOST,PROXY,DEFAULT_TIMEOUT,RETRIES} \
    {npm_config,NPM_CONFIG}_{registry,proxy,https_proxy,noproxy,strict_ssl}; do
    [[ -z ${!name:-} ]] || inside_environment+=("$name=${!name}")
  done
}
