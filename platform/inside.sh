#!/bin/bash
# The first process inside: puts the root together in its own mount and process namespaces, runs one command in it and
# passes signals on. When this shell ends, the kernel ends everything started inside and undoes every mount.
#
# usage: inside.sh LOWER CLONE MOUNT_POINT NAME=VALUE… -- COMMAND…
set -euo pipefail
lower=$1 clone=$2 point=$3
shift 3
environment=()
while [[ $1 != -- ]]; do
  environment+=("$1")
  shift
done
shift

source "$clone/platform/signals.sh"
source "$clone/platform/carry.sh"
mirror_user_settings=$HOME
cache=$ENTENTE_CACHE

# What is written into the root itself goes to memory and is gone afterwards: nobody can change the root for the others.
mount -t tmpfs -o mode=755 entente-scratch "$point"
mkdir "$point/upper" "$point/work" "$point/root"
root=$point/root
mount -t overlay entente -o "lowerdir=$lower,upperdir=$point/upper,workdir=$point/work" "$root" 2>/dev/null ||
  mount --bind "$lower" "$root" # a kernel without overlays

mkdir -p "$root/src/entente" "$root/cache"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --bind /var/tmp "$root/var/tmp"
mount --bind "$clone" "$root/src/entente"
mount --bind "$cache" "$root/cache"
# Where `entente` keeps keys, ledger and log unless told otherwise: kept as if it had run outside.
state=.local/share/entente
mkdir -p "$HOME/$state" "$root/root/$state"
mount --bind "$HOME/$state" "$root/root/$state"
carry_network_settings "$root" "$cache"
carry_registry_settings "$root" "$mirror_user_settings"

# shellcheck disable=SC2016  # the inner shell's words
run_forwarding child chroot "$root" /usr/bin/env -i "${environment[@]}" \
  /bin/bash -c 'cd /src/entente && exec "$@"' entente "$@"
