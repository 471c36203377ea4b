#!/usr/bin/env bash
# run.sh RUNTIME part|whole PROGRAM EQUATIONS DATA FOLDER SCRATCH: what clmlp does on one OpenCL runtime for CPUs, the
# only one of the process; RUNTIME is pocl, intel or rusticl. `all`: every runtime at once, as platforms of one process.
#
# FOLDER has the .icd files of `./setup.sh runtimes`; those of the system count, too. Exit status 77: it is not there.
set -u -o pipefail

runtime=$1 extent=$2 program=$3 equations=$4 data=$5 folder=$6 scratch=$7

icd_of() {
    local at
    for at in "$folder/$1.icd" "/etc/OpenCL/vendors/$1.icd"; do
        if [[ -e $at ]]; then echo "$at" && return; fi
    done
    return 1
}

export RUSTICL_ENABLE=llvmpipe RUSTICL_FEATURES=fp64
unset CLMLP_NATIVE_FAMILY CLMLP_NATIVE_TILES

# devices_of FOLDER: what clmlp lists with the .icd files of a folder alone.
devices_of() { OCL_ICD_VENDORS=$1 "$program" devices --json; }

has_device() { grep -q '"spec":.*"opencl:' <<<"$1"; }

rm -rf "$scratch"
mkdir -p "$scratch/vendors" || exit 1
found=() absent=()
for name in pocl intel rusticl; do
    [[ $runtime == all || $runtime == "$name" ]] || continue
    icd=$(icd_of "$name") || { absent+=("$name: no driver") && continue; }
    mkdir -p "$scratch/$name" && cp "$icd" "$scratch/$name/$name.icd" || exit 1
    # a driver may be there that cannot be loaded, or Mesa's without llvmpipe
    listed=$(devices_of "$scratch/$name") || exit 1
    has_device "$listed" || { absent+=("$name: no device") && continue; }
    cp "$icd" "$scratch/vendors/$name.icd" && found+=("$name")
done
if ((${#absent[@]} > 0)); then printf 'left out: %s\n' "${absent[@]}"; fi
if ((${#found[@]} == 0)) || [[ $runtime == all && ${#found[@]} -lt 2 ]]; then
    echo "skipped: found ${found[*]:-none} of the runtimes that this test wants (./setup.sh runtimes)"
    exit 77
fi
export OCL_ICD_VENDORS=$scratch/vendors
listed=$(devices_of "$OCL_ICD_VENDORS") || exit 1
"$program" devices
precisions=(f32)
# its own row comes before that of the CPU path
if [[ $(grep -m 1 '"fp64":' <<<"$listed") == *true* ]]; then precisions+=(f64); fi

failures=0
# try NAME COMMAND...: one check; a line of its own whatever comes out of it.
try() {
    local name=$1 status
    shift
    "$@" >"$scratch/out" 2>&1
    status=$?
    if ((status == 0)); then
        echo "ok      $name"
    else
        echo "FAILED  $name (exit status $status): $*"
        tail -n 25 "$scratch/out"
        failures=$((failures + 1))
    fi
}

# Accuracy on digits that it has not seen: a wrong gradient does not get there.
learns() {
    "$program" train "$data/digits-train.csv.gz" --test "$data/digits-test.csv.gz" --hidden 25 --rate 0.5 --epochs 10 \
        --batch 32 --seed 1 --model "$scratch/model" --overwrite --json "$@" >"$scratch/json" 2>"$scratch/notes" || {
        local status=$?
        cat "$scratch/notes"
        return $status
    }
    awk '/"test":/ { test = 1 }
         test && /"accuracy":/ { gsub(/[^0-9.e-]/, "", $2); found = 1; print "accuracy " $2; exit !($2 >= 0.9) }
         END { if (!found) exit 1 }' "$scratch/json"
}

check() { # FAMILY ENGINE PRECISION
    local what="$1 $2 $3" suite=native in=float options=(--device opencl --engine "$2" --precision "$3")
    local digits=("$data/digits-train.csv.gz" --hidden 25,16 --batch 32 --seed 1)
    [[ $2 == native ]] || suite=clblast
    [[ $3 == f32 ]] || in=double
    export CLMLP_NATIVE_FAMILY=$1
    try "$what: verify" "$program" verify "${digits[@]}" --steps 2 "${options[@]}" --quiet
    [[ $extent == whole ]] || return 0
    try "$what: train" learns "${options[@]}"
    try "$what: equations" env CLMLP_TEST_SMALL=$small "$equations" --jobs 1 \
        --filter "equations/of_${suite}_in_${in}*"
    try "$what: verify, momentum" "$program" verify "${digits[@]}" --steps 2 "${options[@]}" --optimizer momentum \
        --activation relu --output softmax --quiet
}

# qualifies ARGUMENT...: all parts pass, but for those that the runtime is known to fail.
qualifies() {
    local out status
    out=$("$program" qualify "$@")
    status=$?
    echo "$out"
    ((status == 3)) && [[ -n $known ]] && ! grep '^FAILED: ' <<<"$out" | grep -Evq "^FAILED: ($known): " && return 0
    return $status
}

# What a runtime cannot do, with the reason. Each is its own fault, told in docs/devices.md.
small=opencl families=(gpu cpu) engines=(native clblast) known=
if [[ $runtime == rusticl ]]; then
    small=1
    families=(gpu)
    known='special values: signs of zeros|settings: [a-z ]+: recording times' # docs/devices.md
    echo "left out: family cpu, which rusticl compiles for minutes (docs/devices.md)"
fi

if [[ $runtime == all ]]; then
    # devices of every runtime, the CPU path, both engines; each with the family that it takes by itself
    for precision in "${precisions[@]}"; do
        [[ $precision == f32 || $extent == whole ]] || continue
        try "vote of ${found[*]}, $precision" "$program" verify "$data/digits-train.csv.gz" --hidden 25 --batch 32 \
            --steps 2 --seed 1 --vote --precision "$precision" --quiet
        cat "$scratch/out"
    done
else
    for precision in "${precisions[@]}"; do
        [[ $precision == f32 || $extent == whole ]] || continue
        for engine in "${engines[@]}"; do
            # CLBlast has no families, and takes PoCL 10 to 20 s to build
            [[ $engine == native ]] || { [[ $extent == whole ]] && check "" clblast "$precision"; continue; }
            for family in "${families[@]}"; do check "$family" native "$precision"; done
        done
        [[ $extent == whole ]] || continue
        for family in "${families[@]}"; do
            export CLMLP_NATIVE_FAMILY=$family
            try "$family $precision: qualify" qualifies --quick --device opencl --precision "$precision" --quiet
        done
    done
fi
((failures == 0)) || { echo "$failures failed on ${found[*]}"; exit 1; }
