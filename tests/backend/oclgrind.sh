#!/usr/bin/env bash
# oclgrind.sh TEST_EQUATIONS CLMLP KERNELS SCRATCH: the kernels on Oclgrind's simulated device, with bounds
# and race checking. Oclgrind exits 0 whatever it finds, so its log is what counts: it must be empty, and,
# to show that it would not be, kernels with a fault built in must fill it.
set -u
equations=$1 clmlp=$2 kernels=$3 scratch=$4

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

# expect_finding NAME FILE FROM TO: with FROM replaced by TO in a kernel file, Oclgrind must report it
expect_finding() {
    local name=$1 file=$2 from=$3 to=$4
    mkdir -p "$scratch/$name" && cp "$kernels"/*.cl "$kernels"/*.h "$scratch/$name/" || exit 1
    local text
    text=$(<"$kernels/$file")
    if [ "${text/"$from"/}" = "$text" ]; then
        echo "FAIL $name: '$from' is not in $file any more"
        failed=1
        return
    fi
    printf '%s\n' "${text//"$from"/"$to"}" >"$scratch/$name/$file"
    CLMLP_KERNEL_DIR=$scratch/$name simulate "$scratch/$name.log" \
        "$equations" --filter 'equations/of_opencl_in_float*' --jobs 1
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
expect_clean equations "$equations" --filter 'equations/of_opencl*' --jobs 1

# a whole run, resident and streamed, with a last batch that is short
{
    echo a,b,c,class
    for i in 1 2 3 4 5 6 7 8 9 10 11; do echo "$i,$((i * i % 7)),0.$i,$((i % 3))"; done
} >"$scratch/data.csv"
train=("$clmlp" train "$scratch/data.csv" --device opencl --hidden 5,4 --batch 4 --epochs 2 --lambda 0.1
    --quiet --json --model "$scratch/model.safetensors")
for run in resident streamed; do
    [ $run = streamed ] && train+=(--device-memory 2400)
    oclgrind --data-races --log "$scratch/train-$run.log" "${train[@]}" >"$scratch/train-$run.json" 2>"$scratch/train-$run.stderr"
    status=$?
    if [ $status -ne 0 ] || [ -s "$scratch/train-$run.log" ]; then
        echo "FAIL train $run: exit $status"
        cat "$scratch/train-$run.log" "$scratch/train-$run.stderr" | head -n 40
        failed=1
    else
        echo "ok   train $run"
    fi
done

expect_finding out-of-bounds batch.cl 'if (i >= M * stride) return;' ''
expect_finding race output.cl 'barrier(CLK_LOCAL_MEM_FENCE);' ''
exit $failed
