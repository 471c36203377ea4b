#!/usr/bin/env bash
# oclgrind.sh part|whole TEST_EQUATIONS TEST_SPARSE CLMLP KERNELS SCRATCH: the kernels on Oclgrind's simulated device,
# with bounds and race checking. Oclgrind exits 0 whatever it finds, so its log is what counts: it must be empty, and,
# to show that it would not be, kernels with a fault built in must fill it. A part is the engine native in float, one
# training and one fault.
set -u
extent=$1 equations=$2 sparse=$3 clmlp=$4 kernels=$5 scratch=$6

if ! command -v oclgrind >/dev/null; then
    echo "oclgrind is not installed: skipped"
    exit 77
fi
rm -rf "$scratch" && mkdir -p "$scratch" || exit 1
export CLMLP_TEST_SMALL=1
failed=0

# simulate LOG COMMAND...: through a pipe, because each test process opens the log anew
simulate() {
    local log=$1
    shift
    oclgrind --data-races --log /dev/stdout "$@" 2>"$log.stderr" | cat >"$log"
    return "${PIPESTATUS[0]}"
}

expect_clean() {
    local name=$1
    shift
    if ! simulate "$scratch/$name.log" "$@"; then
        echo "FAIL $name: the command failed"
        tail -n 20 "$scratch/$name.log.stderr"
        failed=1
    elif [ -s "$scratch/$name.log" ]; then
        echo "FAIL $name: Oclgrind found"
        head -n 40 "$scratch/$name.log"
        failed=1
    else
        echo "ok   $name"
    fi
}

# expect_finding NAME FILE FROM TO ENGINE: with FROM replaced by TO in a kernel file, Oclgrind must report it
expect_finding() {
    local name=$1 file=$2 from=$3 to=$4 engine=$5
    mkdir -p "$scratch/$name" && cp -r "$kernels"/* "$scratch/$name/" || exit 1
    local text
    text=$(<"$kernels/$file")
    if [ "${text/"$from"/}" = "$text" ]; then
        echo "FAIL $name: '$from' is not in $file any more"
        failed=1
        return
    fi
    printf '%s\n' "${text//"$from"/"$to"}" >"$scratch/$name/$file"
    CLMLP_KERNEL_DIR=$scratch/$name simulate "$scratch/$name.log" \
        "$equations" --filter "equations/of_${engine}_in_float*" --jobs 1
    if [ -s "$scratch/$name.log" ]; then
        echo "ok   $name: $(grep -m1 -iE 'invalid|race' "$scratch/$name.log")"
    else
        echo "FAIL $name: Oclgrind did not notice"
        failed=1
    fi
}

if ! oclgrind "$clmlp" devices 2>&1 | grep -q Oclgrind; then
    echo "FAIL: the simulated device does not appear"
    exit 1
fi
tests='equations/of_native*' engines=(clblast native native-gpu)
if [ "$extent" = part ]; then tests='equations/of_native_in_float*' engines=(native); fi
for family in cpu gpu; do
    CLMLP_NATIVE_FAMILY=$family expect_clean native-$family "$equations" --filter "$tests" --jobs 1
done
expect_clean sparse "$sparse" --filter 'sparse/has_the_bits*' --jobs 1
if [ "$extent" = whole ]; then expect_clean clblast "$equations" --filter 'equations/of_clblast*' --jobs 1; fi

# whole runs, resident and streamed, with a last batch that is short
{
    echo a,b,c,d,e,f,class
    for ((i = 1; i <= 2200; i++)); do echo "$i,$((i * i % 7)),0.$i,$((i % 11)),$((i % 13)),$((i % 5)),$((i % 3))"; done
} >"$scratch/data.csv"
# run_training NAME ENGINE MEMORY: 0 when it trained. ENGINE: clblast, native, or native-gpu
run_training() {
    local family=
    if [ "$2" = native-gpu ]; then family=gpu; fi
    CLMLP_NATIVE_FAMILY=$family oclgrind --data-races --log "$scratch/$1.log" \
        "$clmlp" train "$scratch/data.csv" --device opencl --engine "${2%-gpu}" --device-memory "$3" \
        --hidden 5,4 --batch 400 --epochs 1 --lambda 0.1 --quiet --json \
        --model "$scratch/model.safetensors" >"$scratch/$1.json" 2>"$scratch/$1.stderr"
}

# expect_training NAME STREAMED: what the last run_training left is clean and as expected
expect_training() {
    if [ -s "$scratch/$1.log" ] || ! grep -q "\"streamed\":.*$2" "$scratch/$1.json"; then
        echo "FAIL $1: streamed should be $2"
        cat "$scratch/$1.log" "$scratch/$1.stderr" "$scratch/$1.json" | head -n 40
        failed=1
    else
        echo "ok   $1"
    fi
}

for engine in "${engines[@]}"; do
    run_training "train-$engine" $engine 1G
    expect_training "train-$engine" false
    # the least that a streamed run gets by with depends on how much an engine pads
    for kilobytes in 115 200 250 300 350 400 450 500 600; do
        run_training "train-$engine-streamed" $engine ${kilobytes}K && break
    done
    expect_training "train-$engine-streamed" true
done

if [ "$extent" = whole ]; then
    expect_finding out-of-bounds plain/batch.cl 'if (i >= M * stride) return;' '' clblast
    expect_finding race plain/output.cl 'barrier(CLK_LOCAL_MEM_FENCE);' '' clblast
fi
export CLMLP_NATIVE_FAMILY=gpu
expect_finding race-gpu native_gpu/tile.h 'barrier(CLK_LOCAL_MEM_FENCE);' '' native
exit $failed
