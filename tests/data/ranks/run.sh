#!/usr/bin/env bash
# run.sh openmpi|mpich MODULES PROGRAM SCRATCH: read_program under that MPI's mpirun says the same of each file with 2
# and 3 ranks as alone; MODULES is the folder of clmlp-openmpi.so. Ends with 77 where that MPI is not there.
set -uo pipefail
mpi=$1 modules=$2 program=$3 scratch=$4
export CLMLP_MPI_DIR=$modules OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
launcher=mpirun.$mpi # Debian has both
command -v "$launcher" > /dev/null || launcher=mpirun
command -v "$launcher" > /dev/null || { echo "skipped: there is no mpirun of $mpi"; exit 77; }
# mpirun alone may be that of another MPI
case $mpi in
    openmpi) expected=open-mpi.org ;;
    mpich) expected=HYDRA ;;
esac
[[ $("$launcher" --version 2> /dev/null) == *"$expected"* ]] || { echo "skipped: no $expected"; exit 77; }
[[ -e $modules/clmlp-$mpi.so ]] || { echo "skipped: built without the module for $mpi"; exit 77; }
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 # MPI keeps what it has until the process ends
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch" || exit 9
failures=0

fail() {
    echo "FAILED ($mpi): $*"
    failures=$((failures + 1))
}

# MPICH 4.0 with UCX hangs in MPI_Finalize now and then, when all is said and done: such a run is done again.
input=/dev/null
together() { # RANKS argument...
    local ranks=$1 options=() try status
    shift
    [[ $mpi == openmpi ]] && options=(--oversubscribe)
    for try in 1 2 3 4 5; do
        timeout -k 5 30 "$launcher" "${options[@]}" -n "$ranks" "$program" "$@" < "$input" > output 2> errors
        status=$?
        [[ $status == 124 && $mpi == mpich ]] || break
        echo "try $try of $ranks ranks with $1 hung" >&2
    done
    cat output
    return $status
}

# same FILE ROUNDS: that is how often the parts of the file are read
same() {
    local ranks alone output
    alone=$(CLMLP_MPI=none "$program" "$1" 2> /dev/null) || fail "$1 alone: exit status $?"
    for ranks in 2 3; do
        output=$(together "$ranks" "$1") || fail "$1, $ranks ranks: exit status $?: $(< errors)"
        [[ $output == "$alone" ]] || fail "$1, $ranks ranks: $output instead of $alone"
        grep -qx "$2 rounds" errors || fail "$1, $ranks ranks: $(< errors), expected $2 rounds"
    done
}

# Files of more than 2 MB, so that they are divided by themselves.
rows() { # of a table with all kinds of columns
    awk -v n=40000 'BEGIN { print "n,color,town,day,ok,y"
        for (i = 0; i < n; i++) printf "%d.%d,c%d,\"town\n%d, \"\"old\"\"\",2026-%02d-%02d,%s,k%d\n",
            i * 7 % 1013, i % 10, i * 31 % 47, i % 29, i % 12 + 1, i % 28 + 1, i % 3 ? "yes" : "no", i * 13 % 5 }'
}
rows > kinds.csv
awk -v n=120000 'BEGIN { for (i = 0; i < n; i++) print i % 97 / 8 "," i % 89 "," i * i % 83 "," i % 2 }' > numbers.csv
sed '70000s/^/x/' numbers.csv > becomes-texts.csv
sed '110000s/,/,,/' kinds.csv > fault.csv
awk -v n=120000 'BEGIN { for (i = 0; i < n; i++) print i % 3, i % 7 + 1 ":" i / 8, i % 5 + 9 ":1" }' > sparse.svm
gzip -k numbers.csv
same kinds.csv 1          # its columns are known from its head
same numbers.csv 1
same becomes-texts.csv 3  # as numbers, as cells, and once more, now that a column is known to hold texts
same fault.csv 1
same sparse.svm 1
same numbers.csv.gz 0
head -n 1001 numbers.csv > small.csv # hydra, MPICH's launcher, gives up where much is not read at once
input=small.csv
output=$(together 3 -) || fail "standard input: exit status $?: $(< errors)"
alone=$(CLMLP_MPI=none "$program" - 2> /dev/null < small.csv)
[[ $output == "$alone" ]] || fail "standard input: $output instead of $alone"
[[ $failures == 0 ]] || exit 1
rm -rf "$scratch"
echo "read alike by 1 to 3 ranks of $mpi"
