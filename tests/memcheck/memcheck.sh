#!/usr/bin/env bash
# memcheck.sh part|whole CLMLP PLANTED KERNELS CACHE SCRATCH: the program under valgrind's memcheck, on the CPU path and
# on PoCL with both families of kernels. Whatever memcheck tells fails, a lost block too, but for what memcheck.supp
# lists. PoCL compiles in a run without checks, into CACHE: checked are clmlp and the kernels as PoCL runs them, not
# LLVM. Valgrind knows no AVX-512 and hides it, so the kernels are those for AVX2. Planted faults have to be found: in
# PLANTED (planted.c), and by the whole in kernels. A part is a few runs on the CPU path: PoCL takes a minute to compile
# there. CLMLP_MEMCHECK_ONLY=REGEX takes the runs of these names alone. Behind each stand its seconds.
set -u
extent=$1 clmlp=$2 planted=$3 kernels=$4 cache=$5 scratch=$6
here=$(cd "$(dirname "$0")" && pwd)

if ! command -v valgrind >/dev/null; then
    echo "valgrind is not installed: skipped"
    exit 77
fi
rm -rf "$scratch" && mkdir -p "$scratch/logs" "$cache" && cd "$scratch" || exit 1
python3 "$here/make_data.py" . || exit 1
export CLMLP_CACHE_DIR=$cache/clmlp POCL_CACHE_DIR=$cache/pocl
export OCL_ICD_VENDORS=${OCL_ICD_VENDORS:-/etc/OpenCL/vendors/pocl.icd}
failed=0

# memcheck NAME ARGUMENT...: the exit status of clmlp, 99 where memcheck told something; logs/NAME.PID.log, one for each
# process, then have it.
memcheck() {
    local name=$1
    shift
    if [[ " $* " == *" opencl "* ]]; then # the kernels alone; a planted fault may end that run
        valgrind -q --tool=none "$clmlp" "$@" >"logs/$name.out" 2>&1 </dev/null || [ -n "${CLMLP_KERNEL_DIR:-}" ] ||
            return
        rm -f ./*-2.ck
    fi
    check "$name" "$clmlp" "$@"
}

# check NAME PROGRAM ARGUMENT...
check() {
    valgrind -q --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
        --num-callers=30 --error-exitcode=99 --trace-children=yes --suppressions="$here/memcheck.supp" \
        --gen-suppressions=all --log-file="logs/$1.%p.log" "${@:2}" >"logs/$1.out" 2>&1 </dev/null
}

# clean NAME ARGUMENT...: it ends with status 0, and memcheck is silent.
clean() {
    [[ $1 =~ ${CLMLP_MEMCHECK_ONLY:-} ]] || return
    local begin=$SECONDS
    memcheck "$@"
    local status=$?
    if [ "$status" -ne 0 ] || [ -n "$(cat "logs/$1".*.log)" ]; then
        echo "FAIL $1: exit status $status: ${*:2}"
        cat "logs/$1".*.log | head -n 200
        tail -n 5 "logs/$1.out"
        failed=1
    else
        echo "ok   $1 ($((SECONDS - begin)) s)"
    fi
}

# notices FAULT TEXT: memcheck tells of a fault of PLANTED, with these words
notices() {
    local name=planted-$1
    [[ $name =~ ${CLMLP_MEMCHECK_ONLY:-} ]] || return
    check "$name" "$planted" "$1"
    local status=$?
    if [ "$status" -eq 99 ] && grep -q "$2" "logs/$name".*.log; then
        echo "ok   $name: $2"
    else
        echo "FAIL $name: exit status $status"
        cat "logs/$name".*.log
        failed=1
    fi
}

# finds NAME FILE FROM TO ARGUMENT...: with FROM replaced by TO in a kernel file, memcheck tells of a kernel
finds() {
    local name=$1 file=$2 from=$3 to=$4 text
    shift 4
    [[ $name =~ ${CLMLP_MEMCHECK_ONLY:-} ]] || return
    cp -r "$kernels" "$name" || exit 1
    text=$(<"$kernels/$file")
    if [ "${text/"$from"/}" = "$text" ]; then
        echo "FAIL $name: '$from' is not in $file any more"
        failed=1
        return
    fi
    printf '%s\n' "${text//"$from"/"$to"}" >"$name/$file"
    CLMLP_KERNEL_DIR=$name memcheck "$name" "$@"
    if grep -q 'Invalid read\|Invalid write\|uninitialised' "logs/$name".*.log &&
       grep -q ' _pocl_kernel_' "logs/$name".*.log; then
        echo "ok   $name: $(cat "logs/$name".*.log | grep -m1 'Invalid\|uninitialised')"
    else
        echo "FAIL $name: memcheck did not notice"
        failed=1
    fi
}

# With what each update rule is trained; between them they have every activation, output, schedule and start.
trainings=(
    'sgd: mixed.csv --activation sigmoid --weights weight --dropout 0.2 --validation 0.2'
    'momentum: mixed.csv --ignore weight --activation tanh --output softmax --label-smoothing 0.1 --clip-norm 1'
    'nesterov: plain.csv --activation relu --input-scale-rate 0.5 --class-weights balanced --schedule cosine'
    'rmsprop: plain.csv --activation swish --output softmax --last-batch drop --test plain.csv --warmup 2'
    'adam: number.tsv --task regress --activation selu --hidden 9,4 --early-stopping 1 --validation 0.3'
    'adamw: sparse.svm --activation mish --layer-rates fan-in --bias-rate 2 --initialisation ntk'
    'lbfgs: plain.csv --activation gelu --lambda 0.1 --initialisation he-normal'
    'cg: plain.csv --activation softplus --lambda 0.1 --output softmax'
    'adam: plain.csv --activation leaky-relu --self-check 1/1 --schedule coslog4'
    'sgd: plain.csv --activation elu --hidden 33 --batch 31 --ensemble 2 --history history.jsonl'
    'sgd: sparse.svm --activation gelu-tanh --cross-validate 2 --hidden 5'
    'sgd: plain.csv --activation linear --hidden= --batch full --initialisation epsilon --find-rate'
)

# train PREFIX PRECISION FROM STEP ARGUMENT...: trainings FROM, FROM + STEP, ... of the list
train() {
    local prefix=$1 precision=$2 from=$3 step=$4 i words
    shift 4
    for ((i = from; i < ${#trainings[@]}; i += step)); do
        IFS=' ' read -r -a words <<<"${trainings[i]#*: }"
        [[ ${words[*]} == *--hidden* ]] || words+=(--hidden 7,5)
        clean "$prefix-train-$((i + 1))-${trainings[i]%%:*}-$precision" train "${words[@]}" \
            --optimizer "${trainings[i]%%:*}" --precision "$precision" --epochs 2 --model "$prefix.safetensors" "$@"
    done
}

# use PREFIX ARGUMENT...: all that is done with a model, and all that checks a device
use() {
    local prefix=$1
    shift
    clean "$prefix-for-use" train mixed.csv --hidden 7,5 --epochs 1 --model "$prefix-used.safetensors" \
        --checkpoint "$prefix.ck" --overwrite "$@"
    clean "$prefix-resume" train mixed.csv --resume "$prefix.ck" --epochs 2 --checkpoint "$prefix-2.ck" \
        --model "$prefix-resumed.safetensors" "$@"
    clean "$prefix-evaluate" evaluate "$prefix-used.safetensors" mixed.csv "$@"
    clean "$prefix-predict" predict "$prefix-used.safetensors" mixed.csv.gz --keep 1-3 --out "$prefix.csv" "$@"
    clean "$prefix-predict-npy" predict "$prefix-used.safetensors" mixed.csv --overwrite --out "$prefix.npy" "$@"
    clean "$prefix-verify" verify plain.csv --hidden 5,3 --steps 2 --optimizer adam --dropout 0.1 "$@"
    clean "$prefix-gradcheck" gradcheck plain.csv --hidden 4 --examples 10 --sample 5 "$@"
}

read_all() {
    local file
    for file in mixed.csv mixed.csv.gz plain.csv number.tsv sparse.svm float.npy double.npy; do
        clean "cpu-inspect-$file" inspect "$file"
        clean "cpu-read-$file" train "$file" --epochs 1 --device cpu --model read.safetensors
        clean "cpu-evaluate-$file" evaluate read.safetensors "$file" --device cpu --json
    done
    clean cpu-inspect-idx inspect images.idx --labels labels.idx --json
    clean cpu-read-idx train images.idx --labels labels.idx --epochs 1 --device cpu --model read.safetensors
    clean cpu-inspect-model inspect read.safetensors
    clean devices devices --json
}

notices uninitialised 'depends on uninitialised value'
notices past 'Invalid read of size 8'
notices freed 'Invalid write of size 8'
notices leak ' 1 bytes in 1 blocks are definitely lost'

search_in=(search plain.csv --rate 0.1:1 --trials 2 --validation 0.3 --epochs 1 --quiet)

if [ "$extent" = part ]; then
    train cpu f32 0 12 --device cpu
    clean cpu-inspect inspect mixed.csv
    clean cpu-predict predict cpu.safetensors mixed.csv.gz --keep 1-3 --out predicted.csv --device cpu
    exit $failed
fi
train cpu f32 0 1 --device cpu
train cpu f64 1 3 --device cpu
use cpu --device cpu
clean cpu-qualify qualify --quick --seconds 1 --device cpu # on PoCL it compiles CLBlast for too long
clean cpu-search "${search_in[@]}" --devices cpu --log search.jsonl --model searched.safetensors
read_all
for family in cpu gpu; do
    export CLMLP_NATIVE_FAMILY=$family
    train native-$family f32 0 1 --device opencl --engine native
    train native-$family f64 5 6 --device opencl --engine native
    use native-$family --device opencl
    clean native-$family-streamed train plain.csv --hidden 7,5 --epochs 1 --device-memory 64K --device opencl \
        --engine native --model streamed.safetensors
    clean native-$family-tune tune --engine native --layers 6,5,3 --batch 16 --seconds 0.01 --risk 1 --dry-run \
        --device opencl
    clean native-$family-search "${search_in[@]}" --devices opencl --log search-$family.jsonl \
        --model searched.safetensors
done
unset CLMLP_NATIVE_FAMILY
train clblast f32 0 4 --device opencl --engine clblast
finds planted plain/batch.cl 'if (i >= M * stride) return;' '' \
    train plain.csv --hidden 7,5 --epochs 1 --device opencl --engine clblast --model planted.safetensors
exit $failed
