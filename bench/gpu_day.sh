#!/usr/bin/env bash
# One call on a machine with one GPU: builds, tests, verifies, qualifies, tunes, and measures every engine beside
# PyTorch. All that it finds is in one folder, first of all summary.md. bench/README.md says more.
set -euo pipefail
started=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/gpu_day/bring.sh

usage() {
    cat <<'TEXT'
bench/gpu_day.sh [OPTION...]

  --out FOLDER        where the results go (default: $OUT, else build/gpu_day/results)
  --bring FOLDER      packages that this machine lacks, as --fetch made them; nothing is installed
  --fetch FOLDER      do nothing but fetch these packages into FOLDER, on a Debian 12 with a network
  --python PROGRAM    a Python 3.9 or later, with PyTorch and NumPy for the comparison (default: python3)
  --budget SECONDS    for everything together (default: 460)
  --limit NAME=S      another time limit for a section; may be repeated
  --only NAME[,NAME]  these sections alone; --list prints them in their order
  --device SPEC       clmlp's device (default: the first GPU, else the first OpenCL device)
  --seconds S         of each turn in the measurements (default: 0.25)
  --rounds N          of each measurement (default: 3)
  --networks N        the first N networks alone (default: all)
  --jobs N            compilers and tests at once (default: as many as there are processors)
  --commit TEXT       what this source is, where there is no git to ask
  --list              print the sections with their time limits

Exit status: 0 all is well; 1 a section failed, was cut off or left out; 2 bad usage.
TEXT
}

python=python3 bring='' fetch='' arguments=()
while (($#)); do
    case $1 in
        --help | -h) usage && exit ;;
        --list) arguments+=("$1") && shift && continue ;;
        --out | --bring | --fetch | --python | --budget | --limit | --only | --device | --seconds | --rounds | \
            --networks | --jobs | --commit)
            (($# > 1)) || { echo "gpu_day.sh: $1 wants a value" >&2 && exit 2; } ;;
        *) { echo "gpu_day.sh: unknown option: $1" && usage; } >&2 && exit 2 ;;
    esac
    case $1 in
        --bring) bring=$(cd "$started" && realpath -- "$2") ;;
        --fetch) fetch=$(cd "$started" && realpath -m -- "$2") ;;
        --python) python=$2 ;;
        --out) arguments+=("$1" "$(cd "$started" && realpath -m -- "$2")") ;;
        *) arguments+=("$1" "$2") ;;
    esac
    shift 2
done

if [[ -n $fetch ]]; then
    fetch_packages "$fetch"
    exit
fi
if [[ -n $bring ]]; then
    mkdir -p build/gpu_day
    use_packages "$bring" "$PWD/build/gpu_day/brought"
fi
exec "$python" -u bench/gpu_day/day.py ${arguments[@]+"${arguments[@]}"}
