#!/usr/bin/env bash
# gpu_steps.sh part|whole CLMLP KERNELS SCRATCH: many steps in one launch of the GPU family on Oclgrind's simulated
# device. Models must have the bits of single steps, and Oclgrind must find nothing: no race within the work-group that
# takes them all, nothing out of bounds. To show that those launches were made, and that it would see more, kernels with
# a fault must be noticed. A part is some of the trainings and faults.
set -u
extent=$1 clmlp=$2 kernels=$3 scratch=$4

if ! command -v oclgrind >/dev/null; then
    echo "oclgrind is not installed: skipped"
    exit 77
fi
rm -rf "$scratch" && mkdir -p "$scratch" && cd "$scratch" || exit 1
export CLMLP_NATIVE_FAMILY=gpu CLMLP_NATIVE_TILES=16x16x32/2x4,8x16x32/2x4
failed=0

# Three whole batches of 10, and one of 5 that single steps take.
{ echo "a,b,c,d,class"
  for i in {0..34}; do
      echo -n "0.$((i * 37 % 90 + 10)),0.$((i * 53 % 80 + 11)),"
      echo "-0.$((i * 29 % 70 + 12)),0.$((i * 71 % 60 + 13)),k$((i % 3))"
  done; } >points.csv

# train NAME STEPS OPTION...: NAME-STEPS.model and .cost; what Oclgrind finds is in NAME-STEPS.log.
train() {
    local name=$1-$2 steps=$2
    shift 2
    CLMLP_NATIVE_STEPS=$steps oclgrind --data-races --log /dev/stdout "$clmlp" train points.csv --batch 10 --epochs 1 \
        --seed 1 --device opencl --engine native --quiet --json --model "$name.model" "$@" 2>"$name.stderr" |
        tee "$name.out" | grep -v '^[{}[:space:]]' >"$name.log"
    grep '"cost":' "$name.out" >"$name.cost" && [[ -s $name.model ]]
}

expect_same() {
    local name=$1
    shift
    if ! train "$name" never "$@" || ! train "$name" always "$@"; then
        echo "FAIL $name: training failed"
        tail -n 5 "$name"-*.stderr
        failed=1
    elif [[ -s $name-always.log ]]; then
        echo "FAIL $name: Oclgrind found"
        head -n 20 "$name-always.log"
        failed=1
    elif ! cmp "$name-never.model" "$name-always.model" || ! cmp "$name-never.cost" "$name-always.cost"; then
        echo "FAIL $name: not the bits of single steps"
        failed=1
    else
        echo "ok   $name"
    fi
}

# expect_finding NAME FROM TO: with FROM replaced by TO in fused_steps.cl a race is found, or model or cost differ.
expect_finding() {
    local name=$1 from=$2 to=$3 text
    cp -r "$kernels" "$name"
    text=$(<"$kernels/native_gpu/fused_steps.cl")
    if [[ ${text/"$from"/} == "$text" ]]; then
        echo "FAIL $name: '$from' is not in fused_steps.cl any more"
        failed=1
        return
    fi
    printf '%s\n' "${text/"$from"/"$to"}" >"$name/native_gpu/fused_steps.cl"
    CLMLP_KERNEL_DIR=$PWD/$name train "$name" always --hidden 6
    if [[ -s $name-always.log ]]; then
        echo "ok   $name: $(grep -m1 -iE 'invalid|race' "$name-always.log")"
    elif [[ -s $name-always.model ]] && ! { cmp -s hidden-never.model "$name-always.model" &&
                                            cmp -s hidden-never.cost "$name-always.cost"; }; then
        echo "ok   $name: another result"
    else
        echo "FAIL $name: not noticed"
        failed=1
    fi
}

expect_same hidden --hidden 6
expect_same dropout --hidden 6 --dropout 0.5 --optimizer adam
expect_finding race '#define EVERYBODY barrier(CLK_LOCAL_MEM_FENCE)' '#define EVERYBODY'
if [[ $extent == whole ]]; then
    expect_same flat --hidden '' --optimizer momentum
    expect_same deep --hidden 5,4,3 --activation relu --output softmax --lambda 0.1
    expect_same gelu --hidden 17,6 --activation gelu --optimizer adamw
    expect_same f64 --hidden 6 --precision f64
    expect_same many --hidden 6 --epochs 3 --no-shuffle --bias-rate 0.5
    expect_finding row 'const uint from = (uint)first + step * rows;' 'const uint from = (uint)first;'
    expect_finding slot '.slot = slot + step *' '.slot = slot + 0 *'
    expect_finding numbers '(step * (last + 1) + l) * UPDATE_NUMBERS' '(last + 1) * UPDATE_NUMBERS * (uint)steps'
    expect_finding kept 'copy_out(theta[l]' 'copy_in(theta[l]'
fi
exit $failed
