#!/usr/bin/env bash
# run.sh openmpi|mpich MODULES PROGRAM SCRATCH MODE...: ranks_program under that MPI's mpirun; MODULES is the folder of
# clmlp-openmpi.so. Ends with 77 where that MPI is not there.
#   sums     with 1 to 4 ranks
#   fails    a rank that says it cannot go on, one with another version, launcher and module of different MPI
#   beside   two jobs side by side
#   kill     SIGKILL to one rank of three in long sums: KILLS says which, "0 2" for instance
#   stop     SIGSTOP to the same
set -uo pipefail
mpi=$1 modules=$2 program=$3 scratch=$4
shift 4
launcher=mpirun.$mpi # Debian has both
command -v "$launcher" > /dev/null || launcher=mpirun
command -v "$launcher" > /dev/null || { echo "skipped: there is no mpirun of $mpi"; exit 77; }
# mpirun alone may be that of another MPI
case $mpi in openmpi) sign="Open MPI|OpenRTE" ;; *) sign="HYDRA" ;; esac
grep -qE "$sign" <<< "$("$launcher" --version 2>&1)" || { echo "skipped: $launcher is not that of $mpi"; exit 77; }
[[ -e $modules/clmlp-$mpi.so ]] || { echo "skipped: built without the module for $mpi"; exit 77; }
export CLMLP_MPI_DIR=$modules OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 # MPI keeps what it has until the process ends
rm -rf "$scratch"
mkdir -p "$scratch"
failures=0

# run RANKS argument...: a launcher ends all processes where one has ended badly. Open MPI's asks first, and gives them
# twice this time; MPICH's kills them at once.
run() {
    local ranks=$1 options=()
    shift
    [[ $mpi == openmpi ]] && options=(--oversubscribe --mca odls_base_sigkill_timeout 3)
    timeout -k 5 100 "$launcher" "${options[@]}" -n "$ranks" "$program" "$@"
}

fail() {
    echo "FAILED ($mpi): $*"
    failures=$((failures + 1))
}

sums() {
    local ranks
    for ranks in 1 2 3 4; do run "$ranks" sums || fail "sums of $ranks ranks: exit status $?"; done
}

# check_survivor FILE TEXT: what a process has said, but its first lines. One that MPICH killed may have said nothing.
check_survivor() {
    local said
    said=$(grep -vxE "[0-9]+|going" "$1" 2> /dev/null)
    [[ $mpi == mpich && -z $said ]] && return
    grep -qE "^$2$" <<< "$said" || fail "$1 has '$said', expected '$2'"
    [[ $mpi == mpich ]] || grep -q "^closed$" <<< "$said" || fail "$1: it did not close"
    survivors=$((survivors + 1))
}

fails() {
    local output rank survivors other=mpich
    [[ $mpi == mpich ]] && other=openmpi
    run 3 fails "$scratch/fails" > "$scratch/fails.log" 2>&1 && fail "a rank that fails: exit status 0"
    grep "line [0-9]*: not so" "$scratch/fails.log" && fail "a rank that fails"
    survivors=0
    for rank in 0 1 2; do check_survivor "$scratch/fails.$rank" "as it should be"; done
    ((survivors > 0)) || fail "a rank that fails: nobody noticed"
    output=$(run 2 versions 2>&1) || fail "another version: exit status $?: $output"
    grep -q "^rank 1 (host .*) has version 0.0.1, rank 0 (host .*) has 0.0.2: all need the same$" <<< "$output" ||
        fail "another version: $output"
    [[ -e $modules/clmlp-$other.so ]] || return 0
    output=$(CLMLP_MPI=$other run 2 sums 2>&1) && fail "the other MPI's module: exit status 0"
    grep -q "the launcher started 2 processes, but .* knows of 1: it belongs to another MPI" <<< "$output" ||
        fail "the other MPI's module: $output"
}

beside() {
    local first
    run 2 sums & first=$!
    run 2 sums || fail "the second of two jobs: exit status $?"
    wait "$first" || fail "the first of two jobs: exit status $?"
}

# wait_for FILE LINES
wait_for() {
    local i
    for ((i = 0; i < 300; i++)); do
        [[ -e $1 && $(wc -l < "$1") -ge $2 ]] && return 0
        sleep 0.1
    done
    fail "$1 has not $2 lines"
    return 1
}

# lose SIGNAL RANK TEXT: the others have to know who it is, and the job has to end, within 30 s.
lose() {
    local signal=$1 rank=$2 text=$3 base=$scratch/lost_$1_$2 job r pid begin survivors=0
    run 3 endless "$base" > "$base.log" 2>&1 & job=$!
    for r in 0 1 2; do wait_for "$base.$r" 2 || { kill "$job"; return; }; done
    pid=$(head -n 1 "$base.$rank")
    begin=$SECONDS
    kill -s "$signal" "$pid"
    wait "$job" && fail "mpirun ended with 0 after rank $rank was lost"
    ((SECONDS - begin <= 30)) || fail "rank $rank was lost, and the job took $((SECONDS - begin)) s to end"
    for ((r = 0; r < 20; r++)); do [[ $(ps -o stat= -p "$pid") == [^Z]* ]] && sleep 0.1; done
    [[ $(ps -o stat= -p "$pid") == [^Z]* ]] && { fail "rank $rank was left behind"; kill -s KILL "$pid"; }
    for r in 0 1 2; do
        [[ $r == "$rank" ]] || check_survivor "$base.$r" "rank $rank \\(host ..*\\) is gone: $text"
    done
    # MPICH's mpiexec says itself where a process was killed
    [[ $mpi == mpich && $signal == KILL ]] || ((survivors > 0)) || fail "nobody says who is gone"
    echo "$mpi, SIG$signal to rank $rank: ended after $((SECONDS - begin)) s, named by $survivors others"
}

kill_each() {
    local rank
    for rank in ${KILLS:-0 1 2}; do lose KILL "$rank" "its connection closed"; done
}

stop_each() {
    local rank
    export RANKS_TIMEOUT=2
    for rank in ${KILLS:-0 1 2}; do lose STOP "$rank" "no sign of life for 2 s"; done
}

for mode in "$@"; do
    case $mode in
        sums) sums ;;
        fails) fails ;;
        beside) beside ;;
        kill) kill_each ;;
        stop) stop_each ;;
        *) echo "run.sh: unknown mode '$mode'"; exit 2 ;;
    esac
done
exit $((failures > 0))
