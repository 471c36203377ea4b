#!/usr/bin/env bash
# From a fresh clone to a trained network, or to a tested build. `./setup.sh help` says what it can do.
set -euo pipefail

if [[ ${BASH_SOURCE[0]} != "$0" ]]; then
    echo "setup.sh: run it, do not source it: ./setup.sh help" >&2
    return 2
fi
cd "$(dirname "${BASH_SOURCE[0]}")"

# What the demonstration trains with; anything unsaid is the program's default.
DEMO_OPTIONS=(--hidden 25 --rate 0.5 --lambda 0.1 --epochs 60 --batch 32 --seed 1)

usage() {
    cat <<'TEXT'
./setup.sh COMMAND

  demo    install what is missing, build, train on the shipped handwritten digits, evaluate
  test    install what is missing, build, run the tests, then once more under the sanitizers (some with threads under
          the thread sanitizer, too); of what takes longest (planted faults in kernels, sweeps over tiles, Oclgrind)
          a part
          Tests beside other programs want packages of PyPI: those of tests/python/requirements.txt (520 MB) go
          into build/python. Without a network, or with CLMLP_PYPI=no in front, those tests are left out.
  test --all
          the same with the whole of everything: labels quick, device and nightly, with kernels as PoCL optimises them;
          it fetches runtimes first, see below
  build   install what is missing, build: build/release/clmlp
  package install what is missing, build, make Debian packages: build/package/*.deb (docs/releases.md); DEBFULLNAME and
          DEBEMAIL name their maintainer, else that is the author of the last commit
  tidy [FILE...]
          clang-tidy over host/, or these of its .c files (checks: .clang-tidy); needs clang-tidy
  fuzz [SECONDS]
          install what is missing, clang among it, build, run each fuzz target for so long (20; docs/fuzzing.md)
  runtimes
          install and fetch what OpenCL runtimes for CPUs there are, for the tests ctest --preset all -L runtimes:
          PoCL, Mesa's rusticl, and, from PyPI into build/runtimes, Intel's (830 MB; not with CLMLP_PYPI=no in front).
          build/runtimes/icd has their .icd files. A runtime that cannot be had is named and left out.
  deps    install what is missing for all of the above but fuzz, package and runtimes
  help    this text

Packages are installed with apt-get on Debian and Ubuntu, as root or through sudo; elsewhere, and without
either, what is missing is named and the exit status is 2. Each command may be repeated: what is there is
neither installed nor built again.
TEXT
}

# usage_error TEXT: what is wrong with the arguments, and how they are.
usage_error() {
    { echo "setup.sh: $1"
      usage; } >&2
    exit 2
}

say() { printf '\n== %s\n' "$*"; }

# --- packages -------------------------------------------------------------------------------------------

build_packages=(build-essential cmake ninja-build pkg-config ocl-icd-opencl-dev opencl-c-headers libclblast-dev
                libopenblas-dev librandom123-dev libcjson-dev zlib1g-dev libpopt-dev)
test_packages=(libcriterion-dev python3)
# Tests that need one of these are left out where the distribution does not have it.
optional_test_packages=(oclgrind valgrind mandoc man-db zsh file python3-venv
                        libopenmpi-dev openmpi-bin libmpich-dev mpich # several processes, docs/cluster.md
                        clang-19 libclc-19 libigc1 libigdfcl1 libigdgmm12) # the last five: tests/gpu_compilers
# Unpacked, not installed: it has ocloc, which tests/gpu_compilers wants, and a driver that every program would load.
unpacked_test_packages=(intel-opencl-icd)
# Installed for `test --all` alone, being large; `test` uses what is there.
optional_nightly_packages=(octave gcc-arm-none-eabi libnewlib-arm-none-eabi)
fuzz_packages=(clang libclang-rt-dev) # the second has libFuzzer and the sanitizers' run times
package_packages=(dpkg-dev file)
pocl_package=pocl-opencl-icd # OpenCL on the CPU
rusticl_package=mesa-opencl-icd # the same, by Mesa's software renderer

# Whether OpenCL already finds a GPU driver, and the kernel a GPU. (Mesa's does not count: it is often
# installed without a device that it could drive.)
has_opencl_gpu() {
    local vendors=${OCL_ICD_VENDORS:-/etc/OpenCL/vendors}
    compgen -G '/dev/nvidia[0-9]*' >/dev/null || compgen -G '/dev/dri/renderD*' >/dev/null ||
        [[ -e /dev/kfd || -e /dev/dxg ]] || return 1
    { [[ -d $vendors ]] && ls "$vendors" || echo "$vendors"; } |
        grep -Ei '(nvidia|amdocl|intel|rocm)[^/]*(\.icd|\.so[.0-9]*)?$' >/dev/null
}

is_installed() { [[ $(dpkg-query -W -f='${Status}' "$1" 2>/dev/null) == *' installed' ]]; }

# Whether what is needed to build is there, from wherever it came. $1: "test", "fuzz" and "package" ask for theirs, too.
can_build() {
    local tool modules=(OpenCL clblast libcjson zlib popt)
    for tool in cc cmake ninja pkg-config; do
        command -v "$tool" >/dev/null || return 1
    done
    [[ $1 != test ]] || modules+=(criterion)
    [[ $1 != fuzz ]] || command -v clang >/dev/null || return 1
    [[ $1 != package ]] || { command -v dpkg-shlibdeps && command -v file; } >/dev/null || return 1
    pkg-config --exists "${modules[@]}" || return 1
    pkg-config --exists openblas || pkg-config --exists cblas || pkg-config --exists blas || return 1
    echo '#include <Random123/philox.h>' | cc -E - >/dev/null 2>&1
}

other_systems() {
    cat <<'TEXT'
The same elsewhere (never tried; corrections are welcome):
  Fedora  dnf install gcc cmake ninja-build pkgconf ocl-icd-devel opencl-headers clblast-devel openblas-devel
          Random123-devel cjson-devel zlib-devel popt-devel pocl          tests: Criterion's -devel, python3
  Arch    pacman -S gcc cmake ninja pkgconf ocl-icd opencl-headers clblast openblas cjson zlib popt pocl
          from the AUR: random123                                         tests: criterion python
  macOS   brew install cmake ninja pkg-config clblast openblas cjson popt pocl opencl-headers
          (Random123 is not there; put its headers on CPATH)              tests: criterion
TEXT
}

# install_packages build|test|fuzz|package|runtimes: what that needs, if it is not there.
install_packages() {
    local purpose=$1 package wanted=("${build_packages[@]}") optional=() missing=() as_root=()
    if [[ $purpose == test ]]; then
        wanted+=("${test_packages[@]}" "$pocl_package")
        optional=("${optional_test_packages[@]}")
    elif [[ $purpose == fuzz ]]; then
        wanted+=("${fuzz_packages[@]}")
    elif [[ $purpose == package ]]; then
        wanted+=("${package_packages[@]}")
    elif [[ $purpose == runtimes ]]; then
        wanted+=("$pocl_package")
        optional=("$rusticl_package")
    elif ! has_opencl_gpu; then
        wanted+=("$pocl_package")
    fi

    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        can_build "$purpose" && return
        { echo "setup.sh: this system has no apt-get. Install what Debian calls:"
          echo "  ${wanted[*]} ${optional[*]}"
          other_systems; } >&2
        exit 2
    fi

    for package in "${wanted[@]}"; do
        is_installed "$package" || missing+=("$package")
    done
    if ((${#missing[@]} == 0)) && ! any_to_install ${optional[@]+"${optional[@]}"}; then
        say "Packages: all there"
        return
    fi

    if ((EUID == 0)); then
        apt_install
    elif command -v sudo >/dev/null && sudo -v; then
        as_root=(sudo)
        apt_install
    elif ((${#missing[@]} == 0)) || can_build "$purpose"; then
        say "Not installed, for want of root or sudo; going on without: ${missing[*]} ${optional[*]}"
    else
        { echo "setup.sh: packages are missing, and neither root nor sudo is there to install them. As root:"
          echo "  apt-get install --no-install-recommends ${missing[*]}"; } >&2
        exit 2
    fi
}

# Whether the package list has one of these that is not installed.
any_to_install() {
    local package
    for package; do
        is_installed "$package" || [[ $(apt-cache policy "$package" 2>/dev/null) != *'Candidate: '[0-9]* ]] || return 0
    done
    return 1
}

# Uses purpose, missing, optional and as_root of install_packages.
apt_install() {
    local package apt=(${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive
                       apt-get -q -y -o DPkg::Lock::Timeout=300)
    say "Packages: fetching the list"
    "${apt[@]}" update || echo "setup.sh: the package list could not be fetched; trying with the old one" >&2
    for package in ${optional[@]+"${optional[@]}"}; do
        if any_to_install "$package"; then
            missing+=("$package")
        elif ! is_installed "$package"; then
            echo "Not in this distribution, its tests are left out: $package"
        fi
    done
    ((${#missing[@]})) || return 0
    say "Packages: installing ${missing[*]}"
    if ! "${apt[@]}" install --no-install-recommends "${missing[@]}"; then
        if can_build "$purpose"; then
            say "Not installed; going on, for what they bring is there from elsewhere"
            return
        fi
        { echo "setup.sh: apt-get could not install: ${missing[*]}"
          echo "On Ubuntu most of them are in the component universe: add-apt-repository universe"; } >&2
        exit 2
    fi
}

# --- building -------------------------------------------------------------------------------------------

pypi_python= # the interpreter of build/python; empty: there is none
plain_kernels=ON # CLMLP_PLAIN_KERNELS (tests/CMakeLists.txt)

# Packages of PyPI for tests/export and tests/python, and compilers for tests/gpu_compilers. Without them those tests
# are left out.
install_from_pypi() {
    if [[ ${CLMLP_PYPI:-yes} == no ]]; then
        say "PyPI: not asked (CLMLP_PYPI=no); tests that want its packages are left out"
        return
    fi
    if make_venv tests/python/requirements.txt build/python; then pypi_python=$PWD/build/python/bin/python; fi
    make_venv tests/gpu_compilers/requirements.txt build/gpu-compilers/venv || true
}

# make_venv REQUIREMENTS FOLDER [SECONDS]: a virtual environment with what is listed, where PyPI is in reach.
make_venv() {
    local wanted=$1 folder=$2 seconds=${3:-180} log=$2.log
    if ! cmp -s "$wanted" "$folder/installed"; then
        say "PyPI: installing into $folder what $wanted lists"
        mkdir -p "${folder%/*}"
        rm -rf "$folder"
        if ! { python3 -m venv "$folder" && timeout "$seconds" "$folder/bin/python" -m pip install --quiet \
                   --disable-pip-version-check --retries 1 --timeout 15 --only-binary :all: -r "$wanted"; } >"$log" 2>&1
        then
            echo "Not installed, tests that want them are left out ($log): $(tail -n 1 "$log")"
            rm -rf "$folder"
            return 1
        fi
        cp "$wanted" "$folder/installed"
    fi
}

# Packages of which a test wants a file: into build/gpu-compilers/NAME, each, where the distribution has them.
unpack_packages() {
    local package folder log=build/gpu-compilers/unpack.log
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 0
    mkdir -p build/gpu-compilers
    for package in "${unpacked_test_packages[@]}"; do
        folder=build/gpu-compilers/$package
        [[ ! -d $folder ]] || continue
        say "Packages: unpacking $package into $folder"
        if (rm -rf "$folder.new" && mkdir "$folder.new" && cd "$folder.new" &&
                timeout 180 apt-get -q download "$package" && dpkg-deb -x ./*.deb . && rm ./*.deb) >"$log" 2>&1; then
            mv "$folder.new" "$folder"
        else
            rm -rf "$folder.new"
            echo "Not unpacked, its tests are left out ($log): $(tail -n 1 "$log")"
        fi
    done
}

# add_runtime NAME ICD: an .icd file for tests/runtimes, with the whole path of its library.
add_runtime() {
    cp "$2" "build/runtimes/icd/$1.icd"
    echo "There: $1 ($(cat "$2"))"
}

# Intel's runtime for CPUs, into a virtual environment. Its own folder of libraries must not come before the system's:
# it has an OpenCL loader of its own.
install_intel() {
    local folder=build/runtimes/intel library=
    if [[ ${CLMLP_PYPI:-yes} == no ]]; then
        echo "Left out: intel (CLMLP_PYPI=no)"
        return
    fi
    if ! make_venv tests/runtimes/intel.txt "$folder" 600; then
        echo "Left out: intel; PyPI has it for x86-64 alone, or cannot be reached"
        return
    fi
    library=$PWD/$folder/lib/libintelocl.so
    if [[ ! -e $library ]]; then
        echo "Left out: intel; there is no $library"
        return
    fi
    echo "$library" >build/runtimes/intel.found
    add_runtime intel build/runtimes/intel.found
}

fetch_runtimes() {
    local vendors=/etc/OpenCL/vendors
    install_packages runtimes
    say "Runtimes: build/runtimes/icd"
    rm -rf build/runtimes/icd
    mkdir -p build/runtimes/icd
    if [[ -e $vendors/pocl.icd ]]; then add_runtime pocl "$vendors/pocl.icd"; else echo "Left out: pocl"; fi
    if [[ -e $vendors/rusticl.icd ]]; then
        add_runtime rusticl "$vendors/rusticl.icd"
    else
        echo "Left out: rusticl; $rusticl_package is not installed"
    fi
    install_intel
}

# build PRESET [TARGET...]: configure and build, all of the preset or these; quiet unless it fails or has something to
# do.
build() {
    local preset=$1 folder=build/$1 log home
    shift
    mkdir -p "$folder"
    home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$folder/CMakeCache.txt" 2>/dev/null || true)
    if [[ -n $home && $home != "$(pwd -P)" && $home != "$PWD" ]]; then
        say "The build in $folder was made for $home: starting it anew"
        rm -rf "$folder"
        mkdir -p "$folder"
    fi
    log=$folder/configure.log
    local options=()
    if [[ $preset == ci ]]; then
        options=("-DCLMLP_PYPI_PYTHON=$pypi_python" "-DCLMLP_PLAIN_KERNELS=$plain_kernels")
    fi
    if ! cmake --preset "$preset" ${options[@]+"${options[@]}"} >"$log" 2>&1; then
        cat "$log" >&2
        echo "setup.sh: configuring $folder failed" >&2
        exit 1
    fi
    if [[ $(ninja -C "$folder" -n "$@") == *'no work to do'* ]]; then
        say "Build: $folder is up to date"
    else
        say "Build: $folder"
        cmake --build --preset "$preset" ${1:+--target "$@"}
    fi
}

# --- commands -------------------------------------------------------------------------------------------

demo() {
    local program=build/release/clmlp out=build/demo
    install_packages build
    build release
    mkdir -p "$out"
    say "Training: 8 x 8 pixel handwritten digits, tests/data/digits-train.csv.gz"
    "$program" train tests/data/digits-train.csv.gz --test tests/data/digits-test.csv.gz "${DEMO_OPTIONS[@]}" \
        --model "$out/digits.safetensors" --history "$out/digits-history.jsonl"
    say "Evaluating: digits that it has not seen, tests/data/digits-test.csv.gz"
    "$program" evaluate "$out/digits.safetensors" tests/data/digits-test.csv.gz
    cat <<TEXT

== Next, in $PWD
the class of each digit, and the ten outputs that decide it (no probabilities: they need not sum to 1)
    $program predict $out/digits.safetensors tests/data/digits-test.csv.gz
your own data, with the target in the last column
    $program train YOUR.csv --hidden 64,32 --output softmax --test YOUR-TEST.csv
what there is to train on, for --device
    $program devices
TEXT
}

# The same commit makes the same packages, but for what the compiler and the libraries of the system are.
make_packages() {
    local author
    if author=$(git log -1 --format='%an%n%ae%n%ct' 2>/dev/null); then
        : "${DEBFULLNAME:=$(sed -n 1p <<<"$author")}" "${DEBEMAIL:=$(sed -n 2p <<<"$author")}"
        : "${SOURCE_DATE_EPOCH:=$(sed -n 3p <<<"$author")}"
        export DEBFULLNAME DEBEMAIL SOURCE_DATE_EPOCH
    fi
    install_packages package
    build package
    rm -f build/package/*.deb
    say "Packages: build/package"
    (cd build/package && cpack)
    ls -l build/package/*.deb
    cat <<TEXT

== Next, as root, in $PWD
install them, with what they need
    apt-get install ./build/package/*.deb
TEXT
}

# What PoCL compiled for the tests is kept between runs. Every change of a kernel adds to it.
limit_test_cache() {
    local folder=build/test-cache most_kilobytes=2000000
    if [[ -d $folder ]] && (($(du -sk "$folder" | cut -f 1) > most_kilobytes)); then
        say "Tests: emptying $folder, which has grown beyond 2 GB"
        rm -rf "$folder"
    fi
}

# run_tests [--all]
run_tests() {
    local presets=(ci dev) threads=(-R '^(race_is_found|threads(|_apart|_wide))$')
    if (($# > 0)); then
        presets=(all dev-all) threads=() plain_kernels=OFF
        optional_test_packages+=("${optional_nightly_packages[@]}")
    fi
    install_packages test
    install_from_pypi
    unpack_packages
    if (($# > 0)); then fetch_runtimes; fi
    build ci
    build dev
    if (($# > 0)); then build tsan thread_tests; else build tsan racy test_threads{,_apart,_wide}; fi
    # On a machine with a GPU too, the tests see the same device as everywhere, unless told otherwise.
    if [[ -z ${OCL_ICD_VENDORS:-} && -e /etc/OpenCL/vendors/pocl.icd ]]; then
        export OCL_ICD_VENDORS=/etc/OpenCL/vendors/pocl.icd
    fi
    limit_test_cache
    local failed=0
    say "Tests: build/ci (optimised)"
    ctest --preset "${presets[0]}" || failed=1
    say "Tests: build/dev (under the address and undefined-behaviour sanitizers)"
    ctest --preset "${presets[1]}" || failed=1
    say "Tests: build/tsan (threads, under the thread sanitizer)"
    # The run time of GCC 12 has no place for programs where addresses are drawn from more than 2^28 pages.
    local in_place=()
    if command -v setarch >/dev/null && setarch -R true 2>/dev/null; then in_place=(setarch -R); fi
    ${in_place[@]+"${in_place[@]}"} ctest --preset tsan ${threads[@]+"${threads[@]}"} || failed=1
    return $failed
}

# tidy [FILE...]: exit status 1 where clang-tidy finds something. Only the findings are printed.
tidy() {
    local program=clang-tidy files=("$@")
    # the checks are clean with this one
    if command -v clang-tidy-14 >/dev/null; then program=clang-tidy-14; fi
    if ! command -v "$program" >/dev/null; then
        echo "setup.sh: clang-tidy is missing; Debian's package: clang-tidy" >&2
        exit 2
    fi
    install_packages test
    build ci
    if ((${#files[@]} == 0)); then mapfile -t files < <(git ls-files 'host/*.c'); fi
    say "Clang-tidy: ${#files[@]} files"
    printf '%s\0' "${files[@]}" | xargs -0 -n 4 -P "$(nproc)" "$program" -p build/ci --quiet 2>/dev/null || return 1
    say "Clang-tidy: nothing found"
}

# Before anything is done: arguments that no command would use.
check_arguments() {
    local command=$1 file
    shift
    case $command in
        demo | build | package | runtimes | deps | help | -h | --help)
            (($# == 0)) || usage_error "$command: unexpected argument '$1'"
            ;;
        test)
            [[ ${1---all} == --all ]] || usage_error "test: unknown option '$1' (expected --all)"
            (($# <= 1)) || usage_error "test: unexpected argument '$2'"
            ;;
        fuzz)
            [[ ${1-20} =~ ^[0-9]+$ ]] || usage_error "fuzz: unexpected argument '$1' (expected seconds)"
            (($# <= 1)) || usage_error "fuzz: unexpected argument '$2'"
            ;;
        tidy)
            for file; do
                [[ $file == *.c && $file != -* ]] || usage_error "tidy: unexpected argument '$file' (expected .c files)"
                [[ -f $file ]] || usage_error "tidy: no such file: '$file'"
            done
            ;;
        *) usage_error "unknown command '$command'" ;;
    esac
}

(($# > 0)) || set -- help
check_arguments "$@"
command=$1
shift
case $command in
    demo) demo ;;
    test) run_tests "$@" ;;
    build) install_packages build; build release ;;
    package) make_packages ;;
    tidy) tidy "$@" ;;
    fuzz) install_packages fuzz; say "Fuzzing: ${1-20} seconds each"; tests/fuzz/run.sh "${1-20}" ;;
    runtimes) fetch_runtimes ;;
    deps) install_packages test ;;
    *) usage ;;
esac
