#!/usr/bin/env bash
# clmlp beside PyTorch, JAX, scikit-learn, FANN, OpenBLAS and CLBlast: installs them, builds what is needed, and
# compares.
# All arguments go to compare.py; `run.sh --help` lists them, README.md says what is measured.
#
# PEERS_VENV: a virtual environment to use as it is; else one with requirements.txt is made in build/peers/venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

here=bench/peers
out=build/peers
mkdir -p "$out"

installed() { [[ $(dpkg-query -W -f='${Status}' "$1" 2>/dev/null) == *' installed' ]]; }

# Adam's steps need nothing that is linked here.
with_drivers=true
[[ " $* " =~ \ --optimizer[\ =]adam\  ]] && with_drivers=false

packages=()
needed=(libclblast-dev ocl-icd-opencl-dev gcc g++ cmake ninja-build)
$with_drivers && needed+=(libfann-dev libopenblas-dev pkg-config)
for package in "${needed[@]}"; do
    installed "$package" || packages+=("$package")
done
if ((${#packages[@]} > 0)); then
    as_root=()
    ((EUID == 0)) || as_root=(sudo)
    echo "run.sh: installing ${packages[*]}" >&2
    "${as_root[@]}" apt-get update -q >&2
    "${as_root[@]}" apt-get install -q -y --no-install-recommends "${packages[@]}" >&2
fi

venv=${PEERS_VENV:-$out/venv}
if [[ -z ${PEERS_VENV:-} ]] && ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
    echo "run.sh: installing $here/requirements.txt into $venv; PyTorch is some gigabytes" >&2
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2
    cp "$here/requirements.txt" "$venv/requirements.txt"
fi

# What is compared is what is here: build it, unless another program is named.
if [[ " $* " != *' --clmlp'* && " $* " != *' --help '* ]]; then
    cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF >"$out/build.log"
    cmake --build build/release >>"$out/build.log"
fi

flags=(-std=c11 -O2 -Wall -Wextra -D_XOPEN_SOURCE=700 -DCL_TARGET_OPENCL_VERSION=120)
build() { # NAME LIBRARIES... -- SOURCES...
    local name=$1 libraries=() && shift
    while [[ $1 != -- ]]; do libraries+=("$1") && shift; done
    shift
    # shellcheck disable=SC2046 # pkg-config prints words
    cc "${flags[@]}" "${@/#/$here/}" "$here/driver.c" -o "$out/$name" \
        $(pkg-config --cflags --libs "${libraries[@]}") -lm
}
if $with_drivers; then
    build gemm_openblas openblas -- gemm.c gemm_openblas.c
    build gemm_clblast clblast OpenCL -- gemm.c gemm_clblast.c
    cc "${flags[@]}" "$here/fann_epoch.c" "$here/driver.c" -o "$out/fann_epoch" -lfloatfann -lm
fi

exec "$venv/bin/python" "$here/compare.py" "$@"
