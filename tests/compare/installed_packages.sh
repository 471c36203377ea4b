#!/usr/bin/env bash
# installed_packages.sh FOLDER: installs the packages in FOLDER into the bare Debian it runs in, uses them, and removes
# them. packages.sh calls this in a chroot: it is not for a system that you use.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
packages=$1 names=(clmlp libclmlp-dev)
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD scratch=$(mktemp -d)

say() { printf '\n== %s\n' "$*"; }
fail() { echo "installed_packages.sh: $*" >&2; exit 1; }
apt() {
    apt-get -q -y -o Dpkg::Use-Pty=0 "$@" >"$scratch/apt.log" 2>&1 || { cat "$scratch/apt.log"; fail "apt-get $*"; }
}
# All files but those that are about packages, of a run of a program, or ours.
all_files() {
    find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /work -o -path /packages \
        -o -path /var/log -o -path /var/cache -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /root \) -prune \
        -o -print | sort
}

! command -v clmlp >/dev/null || fail "clmlp is installed already"
for archive in "$packages"/*.deb; do
    name=$(dpkg-deb --field "$archive" Package)
    [[ $name != libclmlp[0-9]* ]] || names+=("$name")
done
((${#names[@]} == 3)) || fail "expected one library in $packages"
mv kernels kernels.away # they are in the library
apt update

say "Installed, without PoCL"
all_files >"$scratch/before"
apt install --no-install-recommends "$packages"/*.deb
clmlp --version
ldd "$(command -v clmlp)" | grep -E 'libclmlp.* => (/usr)?/lib/' || fail "the library is not that of /usr/lib"
cd "$scratch"
awk 'BEGIN { print "x,y,class"
             for (i = 0; i < 300; i++) print i % 17 "," i % 23 "," (i % 17 > i % 23 ? "above" : "below") }' >points.csv
clmlp train points.csv --device cpu --epochs 200 --rate 1 --quiet --json --model cpu.safetensors >cpu.json
clmlp predict cpu.safetensors points.csv --device cpu --quiet >cpu.csv
grep -o -m1 '"accuracy":[[:space:]]*[0-9.]*' cpu.json | sed -n 1p
clmlp devices

say "With PoCL"
apt install --no-install-recommends pocl-opencl-icd
clmlp devices
clmlp train points.csv --device opencl --epochs 200 --rate 1 --quiet --json --model pocl.safetensors >pocl.json
grep -o -m1 '"accuracy":[[:space:]]*[0-9.]*' pocl.json | sed -n 1p
clmlp predict pocl.safetensors points.csv --device opencl --quiet >pocl.csv
clmlp evaluate pocl.safetensors points.csv --device opencl --quiet
same=$(paste -d, <(cut -d, -f1 cpu.csv) <(cut -d, -f1 pocl.csv) | awk -F, '$1 == $2' | wc -l)
lines=$(wc -l <cpu.csv)
echo "the same class from both: $same of $lines lines"
((lines == 301 && same >= 295)) || fail "cpu and PoCL disagree"
clmlp train "$root/tests/data/digits-train.csv.gz" --test "$root/tests/data/digits-test.csv.gz" --device opencl \
    --epochs 20 --quiet --model digits.safetensors | tail -5
clmlp verify points.csv --device opencl --quiet | tail -2

say "The manual"
apt install --no-install-recommends man-db
for page in $(clmlp help --man); do
    man "$page" >"$scratch/page" 2>"$scratch/complaints" || fail "man $page"
    [[ ! -s $scratch/complaints ]] || fail "man $page: $(cat "$scratch/complaints")"
done
man clmlp-train | grep -- '--hidden=N' || fail "man clmlp-train does not know --hidden"
mandb -q
man -k clmlp | sed -n 1,3p

say "Completion"
apt install --no-install-recommends bash-completion zsh
completed=$(bash --norc -i -c '
    source /usr/share/bash-completion/bash_completion
    _completion_loader clmlp 2>/dev/null || _comp_load clmlp
    complete -p clmlp >&2
    compopt() { :; }
    COMP_WORDS=(clmlp train --optimizer nes) COMP_CWORD=3
    _clmlp
    echo "${COMPREPLY[*]}"' 2>"$scratch/complaints") || { cat "$scratch/complaints"; fail "bash"; }
[[ $completed == nesterov ]] || fail "bash completes 'nes' as '$completed': $(cat "$scratch/complaints")"
echo "bash: --optimizer nes -> $completed"
zsh -f -c 'autoload -U compinit; compinit -u -D; [[ $_comps[clmlp] == _clmlp ]] && autoload +X _clmlp' ||
    fail "zsh does not find _clmlp"
echo "zsh: has _clmlp"

say "A program with the library"
apt install --no-install-recommends gcc libc6-dev pkgconf
sed -n '/^    \/\* Learns exclusive or/,/^    }$/s/^    //p' "$root/docs/library.md" >xor.c
cc -std=c11 -Wall -Wextra -Werror xor.c $(pkg-config --cflags --libs clmlp) -o xor
echo "pkg-config: $(pkg-config --modversion clmlp), $(pkg-config --cflags --libs clmlp)"
./xor
readelf -d xor 2>/dev/null | grep NEEDED | grep clmlp

say "Removed"
for archive in "$packages"/*.deb; do dpkg-deb --contents "$archive" | awk '{ print $6 }' | sed 's/^\.//'; done |
    grep -v '/$' >"$scratch/contents"
apt purge "${names[@]}"
while read -r path; do
    [[ ! -e $path && ! -L $path ]] || fail "left: $path"
done <"$scratch/contents"
! dpkg -l 2>/dev/null | grep clmlp || fail "dpkg still knows it"
apt autoremove --purge
all_files >"$scratch/after"
left=$(comm -13 "$scratch/before" "$scratch/after" | grep clmlp || true)
[[ -z $left ]] || fail "left: $left"
echo "none of $(wc -l <"$scratch/contents") files is left, and no file with clmlp in its name"
say "Passed: $(. /etc/os-release && echo "$PRETTY_NAME")"
