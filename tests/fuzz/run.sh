#!/usr/bin/env bash
# Fuzz targets, each for some seconds: tests/fuzz/run.sh [SECONDS] [NAME...]. Exit status 1 where one of them finds
# something; the input that shows it is named, and kept. 77: there is no clang.
#   FUZZ_BUILD   folder of the build (default: build/fuzz, made by cmake --preset fuzz)
#   FUZZ_RUNS    stop a target after so many executions (default: none but its seconds)
#   FUZZ_FAST    1: comparisons are not traced, and what is freed goes round in 128 KiB: for many executions, once
#                others found no more. The build is build/fuzz-fast then, the inputs are those of build/fuzz
#   FUZZ_KEEP    folder for inputs that reach more than the corpus, and findings (default: build/fuzz/inputs)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
fast=${FUZZ_FAST:-0} flags='-O2 -g' without_hooks=OFF
[[ $fast != 1 ]] || { flags+=' -fno-sanitize-coverage=trace-cmp'; without_hooks=ON; }
build=${FUZZ_BUILD:-$root/build/fuzz}
keep=${FUZZ_KEEP:-$build/inputs}
[[ $fast != 1 || -n ${FUZZ_BUILD-} ]] || build=$root/build/fuzz-fast
all=(csv idx npy svmlight labels gzip model checkpoint bundle dump cache number onnx command_line program report line)

seconds=20
if [[ ${1-} =~ ^[0-9]+$ ]]; then
    seconds=$1
    shift
fi
(($# > 0)) && names=("$@") || names=("${all[@]}")
for name in "${names[@]}"; do
    [[ -d $here/corpus/$name ]] || { echo "run.sh: unknown target '$name' (expected some of: ${all[*]})" >&2; exit 2; }
done
command -v clang >/dev/null || { echo "run.sh: clang is missing; ./setup.sh fuzz installs it" >&2; exit 77; }

mkdir -p "$build" "$keep"
build=$(cd "$build" && pwd) keep=$(cd "$keep" && pwd) # a target works in a folder of its own
configure() {
    cmake --preset fuzz -B "$build" -DCMAKE_C_FLAGS_RELWITHDEBINFO="$flags" -DCLMLP_FUZZ_FAST="$without_hooks"
}
if ! (cd "$root" && configure && cmake --build "$build") >"$build/run.log" 2>&1; then
    tail -20 "$build/run.log" >&2
    echo "run.sh: the build in $build failed" >&2
    exit 1
fi

# Folders of inputs and caches in memory; they are gone with the script.
if [[ -w /dev/shm ]]; then FUZZ_FOLDER=$(mktemp -d /dev/shm/clmlp-fuzz-run-XXXXXX); else FUZZ_FOLDER=$(mktemp -d); fi
export FUZZ_FOLDER
trap 'rm -rf "$FUZZ_FOLDER"' EXIT
# What is freed goes round within the processor's cache: a quarter faster than 16 MiB, and an execution frees far less
# than this. Of who allocated, one caller is kept; a finding is replayed with all of them.
export ASAN_OPTIONS=quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size=1
[[ $fast != 1 ]] || ASAN_OPTIONS=quarantine_size_mb=0:thread_local_quarantine_size_kb=128:malloc_context_size=0
# What is allocated is not filled: a number that nobody wrote is another one when the same file is loaded again.
ASAN_OPTIONS+=:max_malloc_fill_size=0:use_sigaltstack=0:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1 OPENBLAS_NUM_THREADS=1

failed=0
printf '%-13s %11s %9s %8s %7s  %s\n' target executions a-second coverage corpus result
for name in "${names[@]}"; do
    mkdir -p "$keep/$name" "$keep/found"
    log=$build/$name.log
    # a device on the CPU path looks first whether OpenBLAS will get its buffer of 128 MiB
    most=64
    [[ $name != checkpoint && $name != dump && $name != program && $name != report ]] || most=160
    options=(-max_total_time="$seconds" -timeout=20 -malloc_limit_mb="$most" -rss_limit_mb=512 -max_len=4096
             -entropic=0 -print_final_stats=1 -verbosity=1 -artifact_prefix="$keep/found/$name-")
    [[ -z ${FUZZ_RUNS-} ]] || options+=(-runs="$FUZZ_RUNS")
    [[ ! -f $here/dictionaries/$name.dict ]] || options+=(-dict="$here/dictionaries/$name.dict")
    # the program's own messages would be most of the log
    [[ $name != command_line ]] || options+=(-close_fd_mask=3)
    result=ok
    "$build/tests/fuzz/fuzz_$name" "${options[@]}" "$keep/$name" "$here/corpus/$name" >"$log" 2>&1 || result=FOUND
    number() { grep -ao "$1 *[0-9]*" "$log" | tail -1 | grep -o '[0-9]*$' || echo '?'; }
    printf '%-13s %11s %9s %8s %7s  %s\n' "$name" "$(number stat::number_of_executed_units:)" \
           "$(number stat::average_exec_per_sec:)" "$(number cov:)" "$(number corp:)" "$result"
    if [[ $result != ok ]]; then
        failed=1
        grep -aE -m 3 'ERROR: |runtime error: |does not hold: ' "$log" | sed 's/^/    /' || true
        echo "    the input: $(grep -aoE 'Test unit written to .*' "$log" | tail -1 | sed 's/Test unit written to //')"
        echo "    all of it: $log; once more, with all callers: ASAN_OPTIONS= $build/tests/fuzz/fuzz_$name INPUT"
    fi
done
exit $failed
