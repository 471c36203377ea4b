#!/usr/bin/env bash
# two_platforms.sh COMMAND... : run it with PoCL and Oclgrind both present, as two platforms of one process. The loader
# takes its drivers from a folder of files that name them; Oclgrind's own program would leave only itself.
set -u

icd=
for folder in /usr/lib/oclgrind /usr/local/lib/oclgrind /usr/lib /usr/local/lib; do
    if [ -e "$folder/liboclgrind-rt-icd.so" ]; then icd=$folder/liboclgrind-rt-icd.so && break; fi
done
pocl=/etc/OpenCL/vendors/pocl.icd
if [ -z "$icd" ] || [ ! -e "$pocl" ]; then
    echo "PoCL and Oclgrind are not both installed: skipped"
    exit 77
fi
vendors=$(mktemp -d) || exit 1
trap 'rm -rf "$vendors"' EXIT
cp "$pocl" "$vendors/" && echo "$icd" >"$vendors/oclgrind.icd" || exit 1
export OCL_ICD_VENDORS=$vendors CLMLP_TEST_TWO_PLATFORMS=1
unset CLMLP_NATIVE_FAMILY
"$@"
