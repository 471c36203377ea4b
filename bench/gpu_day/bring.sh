# For gpu_day.sh, which sources it: what a machine lacks that has a GPU's driver and compilers, and no OpenCL packages.
# shellcheck shell=bash

# Debian 12: loader, headers, clinfo, CLBlast, a CBLAS, what the library and its tests link, and what CMake asks.
brought_packages=(
    pkgconf pkgconf-bin libpkgconf3 ninja-build
    ocl-icd-libopencl1 ocl-icd-opencl-dev opencl-c-headers opencl-clhpp-headers clinfo
    libclblast1 libclblast-dev libopenblas0-pthread libopenblas-pthread-dev libgfortran5 libquadmath0
    libcjson1 libcjson-dev librandom123-dev zlib1g-dev libpopt0 libpopt-dev
    libcriterion3 libcriterion-dev libgit2-1.5 libnanomsg5 libffi8 libhttp-parser2.9
    libmbedtls14 libmbedx509-1 libmbedcrypto7 libssh2-1 libpcre2-8-0 libssl3)

# fetch_packages FOLDER
fetch_packages() {
    mkdir -p "$1"
    (cd "$1" && apt-get download "${brought_packages[@]}")
}

# unpack DEB FOLDER: with dpkg, or with the ar of binutils where there is none.
unpack() {
    if command -v dpkg >/dev/null; then
        dpkg -x "$1" "$2"
    else
        ar p "$1" "$(ar t "$1" | grep '^data\.tar')" | tar -x -C "$2" -f - --xz
    fi
}

# use_packages FOLDER PREFIX: unpacks into PREFIX, never into /, and points compilers and loader there.
use_packages() {
    local deb link target driver library=$2/usr/lib/x86_64-linux-gnu
    rm -rf "$2"
    mkdir -p "$2"
    for deb in "$1"/*.deb; do
        [[ -e $deb ]] || { echo "gpu_day.sh: no packages in $1" >&2 && exit 2; }
        unpack "$deb" "$2"
    done
    # Debian reaches OpenBLAS through alternatives, which an unpacked package does not have.
    for link in libopenblas.so libopenblas.so.0 libblas.so libblas.so.3; do
        [[ ! -e $library/openblas-pthread/$link ]] || ln -sf "openblas-pthread/$link" "$library/$link"
    done
    # Links for the linker may point to a library that the system has itself.
    for link in "$library"/*.so; do
        [[ -L $link && ! -e $link ]] || continue
        target=$(ldconfig -p | awk -v name="$(basename "$(readlink "$link")")" '$1 == name { print $NF; exit }')
        [[ -z $target ]] || ln -sf "$target" "$link"
    done
    # What they link privately is linked already; its .pc files are not among the packages.
    sed -i '/^Requires.private/d' "$library"/pkgconfig/*.pc
    # It finds its own library nowhere else.
    rm -f "$2/usr/bin/pkg-config"
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$library" "$2/usr/bin/pkgconf" >"$2/usr/bin/pkg-config"
    chmod +x "$2/usr/bin/pkg-config"

    driver=$(ldconfig -p | awk '/libnvidia-opencl\.so\.1/ { print $NF; exit }')
    [[ -n $driver ]] || driver=$(find /usr/local/nvidia /usr/lib /usr/lib64 -name libnvidia-opencl.so.1 \
                                      -print -quit 2>/dev/null || true)
    if [[ -n $driver ]]; then
        mkdir -p "$2/vendors"
        echo "$driver" >"$2/vendors/nvidia.icd"
        export OCL_ICD_VENDORS=$2/vendors
    else
        echo "gpu_day.sh: no libnvidia-opencl.so.1 here; OpenCL drivers are those that the system names" >&2
    fi
    export PATH=$2/usr/bin:$PATH CMAKE_PREFIX_PATH=$2/usr LIBRARY_PATH=$library
    export PKG_CONFIG_SYSROOT_DIR=$2 BROUGHT_LIBRARIES=$library
    export PKG_CONFIG_LIBDIR=$library/pkgconfig:$library/openblas-pthread/pkgconfig:$2/usr/share/pkgconfig
    export CPATH=$2/usr/include:$2/usr/include/x86_64-linux-gnu:$2/usr/include/x86_64-linux-gnu/openblas-pthread
    # Old tags, so that libraries of libraries are found, too. LD_LIBRARY_PATH would reach every other program.
    export LDFLAGS="${LDFLAGS:-} -Wl,--disable-new-dtags -Wl,-rpath,$library -Wl,-rpath-link,$library"
}
