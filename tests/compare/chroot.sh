#!/usr/bin/env bash
# What a fresh Debian does with a commit: ./setup.sh test in a chroot. Needs root, debootstrap and a mirror.
set -euo pipefail

usage() {
    cat >&2 <<'TEXT'
chroot.sh SUITE FOLDER [COMMIT [COMMAND...]]

SUITE    bookworm (Debian 12), trixie (Debian 13), or another that debootstrap knows
FOLDER   where the chroot is, or is to be made; it stays, with its packages, for the next time
COMMIT   of this repository, cloned anew into the chroot each time (default: HEAD)
COMMAND  run there, in the clone (default: ./setup.sh test)

MIRROR=http://... takes another mirror than http://deb.debian.org/debian. Exit status: that of COMMAND.
TEXT
    exit 2
}

(($# >= 2)) || usage
suite=$1 folder=$2 commit=${3:-HEAD}
shift $(($# < 3 ? $# : 3))
(($#)) || set -- ./setup.sh test
((EUID == 0)) || { echo "chroot.sh: a chroot needs root" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "chroot.sh: install debootstrap" >&2; exit 2; }

repository=$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --show-toplevel)
commit=$(git -C "$repository" rev-parse --verify "$commit^{commit}")

if [[ ! -e $folder/made-by-chroot.sh ]]; then
    if [[ -e $folder && -n $(ls -A "$folder") ]]; then
        echo "chroot.sh: $folder is not empty, and no chroot of mine" >&2
        exit 2
    fi
    debootstrap --variant=minbase "$suite" "$folder" "${MIRROR:-http://deb.debian.org/debian}"
    touch "$folder/made-by-chroot.sh"
fi
cp -L /etc/resolv.conf /etc/hosts "$folder/etc/"
rm -rf "$folder/work/clmlp"
mkdir -p "$folder/work"
git clone -q --no-local --no-checkout "$repository" "$folder/work/clmlp"
git -C "$folder/work/clmlp" -c advice.detachedHead=false checkout -q "$commit"
if [[ -d $repository/../shared/data ]]; then # MNIST, for the tests that want it
    mkdir -p "$folder/work/shared"
    cp -R "$repository/../shared/data" "$folder/work/shared/"
fi

# Its own mounts and processes: both are gone when COMMAND ends, however it ends. PoCL asks /sys for the processors.
inside='set -e
mount -t proc proc "$0/proc"
mount --rbind /sys "$0/sys"
mount --rbind /dev "$0/dev"
exec chroot "$0" /bin/bash -c '\''cd /work/clmlp && exec "$@"'\'' bash "$@"'
variables=(HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "TERM=${TERM:-dumb}")
for name in ${!OPENBLAS_@}; do # what this processor needs, it needs there too
    variables+=("$name=${!name}")
done
printf '== %s: %s at %s\n' "$(. "$folder/etc/os-release" && echo "$PRETTY_NAME")" "$*" "${commit:0:12}"
exec env -i "${variables[@]}" unshare --mount --pid --fork --kill-child --propagation private \
    bash -c "$inside" "$(cd "$folder" && pwd)" "$@"
