#!/usr/bin/env bash
# oclgrind_qualify.sh CLMLP SCRATCH: a card of Oclgrind's simulated device, with bounds and race checking: every part
# must pass, and Oclgrind must find nothing.
set -u
clmlp=$1 scratch=$2

if ! command -v oclgrind >/dev/null; then
    echo "oclgrind is not installed: skipped"
    exit 77
fi
rm -rf "$scratch" && mkdir -p "$scratch" || exit 1
oclgrind --data-races --log "$scratch/found.log" "$clmlp" qualify --device opencl --quick --quiet --json \
    >"$scratch/card.json" 2>"$scratch/stderr"
status=$?
if [ "$status" -ne 0 ] || [ -s "$scratch/found.log" ]; then
    echo "FAIL: exit status $status"
    head -n 40 "$scratch/found.log" "$scratch/stderr"
    grep -B 3 -A 4 '"verdict":.*"fail"' "$scratch/card.json"
    exit 1
fi
grep -q '"platform":.*"Oclgrind"' "$scratch/card.json" || { echo "FAIL: that was not the simulator"; exit 1; }
echo "ok   $(grep -c '"verdict":.*"pass"' "$scratch/card.json") verdicts passed"
