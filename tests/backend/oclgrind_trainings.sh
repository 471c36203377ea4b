#!/usr/bin/env bash
# oclgrind_trainings.sh CLMLP KERNELS SCRATCH: whole trainings on Oclgrind's simulated device, with bounds and race
# checking: every activation and every optimizer, with all that a step may do besides, both families of native and
# clblast, both precisions. Oclgrind exits 0 whatever it finds, so its log must be empty; planted faults must fill it.
# CLMLP_TEST_SHARE=PART/PARTS: one of PARTS parts of the list. Values that were never written are no part of it:
# Oclgrind holds buffers that clEnqueueFillBuffer filled for such, and knows no `freeze` of LLVM.
# tests/memcheck finds those.
set -u
clmlp=$1 kernels=$2 scratch=$3

if ! command -v oclgrind >/dev/null; then
    echo "oclgrind is not installed: skipped"
    exit 77
fi
rm -rf "$scratch" && mkdir -p "$scratch" && cd "$scratch" || exit 1
failed=0 item=0 epochs=2
IFS=/ read -r part parts <<<"${CLMLP_TEST_SHARE:-1/1}"

{
    echo a,b,c,d,e,weight,class
    for ((i = 1; i <= 2200; i++)); do
        echo "$((i % 9)),0.$i,$((i * i % 7)),$((i % 11)).5,$((i % 13)),$((i % 4 + 1)),$((i % 3))"
    done
} >table-long.csv
for ((i = 1; i <= 2200; i++)); do
    echo "$((i % 3)) $((i % 5 + 1)):0.$i $((i % 4 + 7)):$((i % 6 + 1)) 12:1 13:$((i % 9)) 15:2 16:3 17:1 18:4"
done >table-long.svm
head -n 46 table-long.csv >table.csv
head -n 45 table-long.svm >table.svm

# oclgrind_says NAME ARGUMENT...: a training; its exit status, and what Oclgrind found in NAME.log
oclgrind_says() {
    local name=$1
    shift
    oclgrind --data-races --log "$name.log" "$clmlp" train "$@" --device opencl --epochs "$epochs" --quiet --json \
        --model "$name.safetensors" >"$name.json" 2>"$name.stderr" </dev/null
}

# takes NAME: whether the next item is of this part
takes() { ((item++ % parts == part - 1)); }

# judge NAME STATUS TEXT: Oclgrind found nothing, and TEXT is in the program's report
judge() {
    if [ "$2" -ne 0 ] || [ -s "$1.log" ] || ! grep -q '"device_name":.*Oclgrind' "$1.json" ||
       ! grep -q "$3" "$1.json"; then
        echo "FAIL $1: exit status $2"
        cat "$1.log" "$1.stderr" "$1.json" | head -n 60
        failed=1
    else
        echo "ok   $1"
    fi
}

clean() {
    takes || return
    oclgrind_says "$@"
    judge "$1" $? '"streamed":.*false'
}

# streamed NAME ARGUMENT...: with the least memory that it gets by with, which depends on how much an engine pads
streamed() {
    local name=$1 kilobytes epochs=1
    shift
    takes || return
    for kilobytes in 115 150 200 250 300 350 400 450 500 600 700 800; do
        oclgrind_says "$name" "$@" --device-memory ${kilobytes}K && break
    done
    judge "$name" $? '"streamed":.*true'
}

# finds NAME WHAT FILE FROM TO ARGUMENT...: with FROM replaced by TO in a kernel file, Oclgrind tells of WHAT
finds() {
    local name=$1 what=$2 file=$3 from=$4 to=$5 text
    takes || return
    cp -r "$kernels" "$name" || exit 1
    text=$(<"$kernels/$file")
    if [ "${text/"$from"/}" = "$text" ]; then
        echo "FAIL $name: '$from' is not in $file any more"
        failed=1
        return
    fi
    printf '%s\n' "${text//"$from"/"$to"}" >"$name/$file"
    CLMLP_KERNEL_DIR=$name oclgrind_says "$name" "${@:6}"
    if grep -q "$what" "$name.log"; then
        echo "ok   $name: $(grep -m1 "$what" "$name.log")"
    else
        echo "FAIL $name: Oclgrind did not notice"
        failed=1
    fi
}

# Each activation, each optimizer twice or more, each of what a step may do besides. Some networks have steps that share
# a launch, where the device's path has such; --self-check and full batches have single ones.
trainings=(
    'sigmoid-sgd: table.csv --weights weight --dropout 0.3 --batch 8'
    'tanh-momentum: table.csv --output softmax --label-smoothing 0.1 --clip-norm 0.5 --batch 16'
    'relu-nesterov: table.csv --input-scale-rate 0.5 --class-weights balanced --batch 7'
    'linear-rmsprop: table.csv --task regress --target 1 --lambda 0.1 --batch 11'
    'swish-adam: table.svm --dropout 0.2,0.4 --batch 8'
    'selu-adamw: table.svm --layer-rates fan-in --bias-rate 2 --batch 16 --last-batch drop'
    'mish-lbfgs: table.csv --lambda 0.1'
    'leaky-relu-cg: table.csv --lambda 0.1 --output softmax'
    'elu-adam: table.csv --self-check 1/1 --clip-norm 1 --lambda 0.1 --input-scale-rate 1 --batch 20'
    'gelu-sgd: table.svm --lambda 0.1 --batch 5 --label-smoothing 0.2'
    'gelu-tanh-momentum: table.csv --dropout 0.1 --input-scale-rate 0.1 --batch full'
    'softplus-adamw: table.csv --validation 0.3 --early-stopping 1 --batch 1'
    'sigmoid-nesterov: table.csv --output softmax --dropout 0.5 --clip-norm 1 --batch 45'
    'tanh-rmsprop: table.svm --self-check 1/2 --dropout 0.2 --label-smoothing 0.1 --batch 9'
    'relu-lbfgs: table.svm --output softmax'
    'swish-cg: table.csv --task regress --target 2 --lambda 1'
)

for ((i = 0; i < ${#trainings[@]}; i++)); do
    rule=${trainings[i]%%:*}
    IFS=' ' read -r -a words <<<"${trainings[i]#*: }"
    for engine in native-cpu native-gpu clblast; do
        for precision in f32 f64; do
            export CLMLP_NATIVE_FAMILY=
            [[ $engine == clblast ]] || CLMLP_NATIVE_FAMILY=${engine#native-}
            clean "$rule-$engine-$precision" "${words[@]}" --hidden 6,5 --activation "${rule%-*}" \
                --optimizer "${rule##*-}" --engine "${engine%-*}" --precision $precision
        done
    done
done
for engine in native-cpu native-gpu clblast; do
    export CLMLP_NATIVE_FAMILY=
    [[ $engine == clblast ]] || CLMLP_NATIVE_FAMILY=${engine#native-}
    streamed "$engine-streamed" table-long.csv --hidden 6,5 --batch 400 --optimizer adam --engine "${engine%-*}"
    streamed "$engine-streamed-sparse" table-long.svm --hidden 6,5 --batch 400 --dropout 0.2 --engine "${engine%-*}"
done
export CLMLP_NATIVE_FAMILY=gpu
finds planted-bounds 'Invalid \(read\|write\)' native_gpu/layers.cl 'if (row > s_in) return;' '' \
    table.csv --hidden 6,5 --engine native --optimizer adam --clip-norm 1
finds planted-race 'race' native_gpu/tile.h 'barrier(CLK_LOCAL_MEM_FENCE);' '' table.csv --hidden 6,5 --engine native
export CLMLP_NATIVE_FAMILY=cpu
finds planted-read 'Invalid read' native_cpu/layers.cl 'IN_NR_PANEL(args->theta_t, args->theta_stride, n)' \
    'IN_NR_PANEL(args->theta_t, args->theta_stride, n + 8 * NR)' table.csv --hidden 6,5 --engine native
exit $failed
