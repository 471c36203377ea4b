#!/usr/bin/env bash
# Makes the Debian packages of a commit in a fresh Debian, asks lintian, and uses them in a bare one. Needs root,
# debootstrap and a mirror.
set -euo pipefail

usage() {
    cat >&2 <<'TEXT'
packages.sh SUITE FOLDER [COMMIT]

SUITE    bookworm (Debian 12), trixie (Debian 13), or another that debootstrap knows
FOLDER   for three chroots: base as debootstrap makes it, build, and bare, made anew of base each time; FOLDER/packages
         has the .debs in the end
COMMIT   of this repository (default: HEAD)

MIRROR=http://... takes another mirror than http://deb.debian.org/debian. Exit status 0: lintian has no errors, and
installed_packages.sh passes.
TEXT
    exit 2
}

(($# >= 2 && $# <= 3)) || usage
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
suite=$1 folder=$2 commit=$(git -C "$here" rev-parse --verify "${3:-HEAD}^{commit}")
((EUID == 0)) || { echo "packages.sh: a chroot needs root" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "packages.sh: install debootstrap" >&2; exit 2; }

mkdir -p "$folder"
if [[ ! -e $folder/base/made-by-chroot.sh ]]; then
    debootstrap --variant=minbase "$suite" "$folder/base" "${MIRROR:-http://deb.debian.org/debian}"
    touch "$folder/base/made-by-chroot.sh"
fi
[[ -e $folder/build ]] || cp -a "$folder/base" "$folder/build"
rm -rf --one-file-system "${folder:?}/bare" "${folder:?}/packages"
cp -a "$folder/base" "$folder/bare"

# There is no git in the chroot to ask for these.
mapfile -t author < <(git -C "$here" log -1 --format='%an%n%ae%n%ct' "$commit")
"$here/chroot.sh" "$suite" "$folder/build" "$commit" env \
    DEBFULLNAME="${DEBFULLNAME:-${author[0]}}" DEBEMAIL="${DEBEMAIL:-${author[1]}}" SOURCE_DATE_EPOCH="${author[2]}" \
    bash -c 'set -e; ./setup.sh package
             DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends lintian >/dev/null
             echo "== lintian"
             lintian --allow-root --display-info --fail-on error build/package/*.deb'
mkdir -p "$folder/packages" "$folder/bare/packages"
cp "$folder"/build/work/clmlp/build/package/*.deb "$folder/packages"
cp "$folder"/packages/*.deb "$folder/bare/packages"
"$here/chroot.sh" "$suite" "$folder/bare" "$commit" tests/compare/installed_packages.sh /packages
ls -l "$folder/packages"
