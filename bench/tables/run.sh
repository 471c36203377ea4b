#!/usr/bin/env bash
# clmlp on sixteen real tables, beside scikit-learn: makes the environment, builds clmlp, writes the tables, compares.
# All arguments go to compare.py; `run.sh --help` lists them, README.md says what is done.
#
# TABLES_VENV: a virtual environment to use as it is; else one with requirements.txt is made in build/tables/venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

here=bench/tables
out=build/tables

# The help needs nothing that would have to be installed.
if [[ " $* " == *' --help '* || " $* " == *' --list '* ]]; then
    exec python3 "$here/compare.py" "$@"
fi

mkdir -p "$out"
venv=${TABLES_VENV:-$out/venv}
if [[ -z ${TABLES_VENV:-} ]] && ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
    echo "run.sh: installing $here/requirements.txt into $venv" >&2
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2
    cp "$here/requirements.txt" "$venv/requirements.txt"
fi

# What is compared is what is here: build it, unless another program is named.
if [[ " $* " != *' --clmlp'* ]]; then
    cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF >"$out/build.log"
    cmake --build build/release >>"$out/build.log"
fi

exec "$venv/bin/python" "$here/compare.py" "$@"
