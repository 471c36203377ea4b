#!/usr/bin/env bash
# oclgrind.sh part|whole TEST_STEP_CHECKER SCRATCH: random steps on Oclgrind's simulated device, in both precisions,
# with bounds and race checking. Oclgrind exits 0 whatever it finds, so its log must be empty. A part is one family of
# kernels.
set -u
extent=$1 step_checker=$2 scratch=$3

if ! command -v oclgrind >/dev/null; then
    echo "oclgrind is not installed: skipped"
    exit 77
fi
rm -rf "$scratch" && mkdir -p "$scratch" || exit 1
export CLMLP_TEST_SMALL=1
failed=0

# run NAME FILTER: through a pipe, because each test process opens the log anew
run() {
    oclgrind --data-races --log /dev/stdout "$step_checker" --filter "step_checker/*$2*" --jobs 1 \
        2>"$scratch/$1.stderr" | cat >"$scratch/$1.log"
    if [ "${PIPESTATUS[0]}" -ne 0 ] || [ -s "$scratch/$1.log" ] || ! grep -q 'Passing: 2' "$scratch/$1.stderr"; then
        echo "FAIL $1"
        head -n 40 "$scratch/$1.log"
        tail -n 20 "$scratch/$1.stderr"
        failed=1
    else
        echo "ok   $1"
    fi
}

CLMLP_NATIVE_FAMILY=cpu run native-cpu native
if [ "$extent" = whole ]; then
    CLMLP_NATIVE_FAMILY=gpu run native-gpu native
    run clblast clblast
fi
exit $failed
