#!/usr/bin/env bash
# check_lines.sh ROOT: fails where a line of code has more than 120 columns, and says which. Documents may have longer
# ones: rows of tables.
set -euo pipefail
cd "$1"
folders=(include host kernels cmake tests bench python)
export LC_ALL=C.UTF-8
files=$(find "${folders[@]}" -path tests/fuzz/corpus -prune -o -type f \( -name '*.[ch]' -o -name '*.inc' \
        -o -name '*.cl' -o -name '*.def' -o -name '*.py' -o -name '*.sh' -o -name '*.cmake' \
        -o -name 'CMakeLists.txt' \) -print)
[[ -n $files ]] || { echo "there is no file to check in $1"; exit 1; }
# -P counts characters, not bytes
if printf '%s\n' CMakeLists.txt setup.sh $files | xargs grep -HnP '^.{121}'; then
    echo "these lines have more than 120 columns"
    exit 1
fi
