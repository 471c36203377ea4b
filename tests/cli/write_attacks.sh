#!/bin/sh
# write_attacks.sh LOG...: docs/attacks.md, on standard output, from what the tests of failing calls printed. Run them
# first, all parts:
#   ctest --preset all -V -R 'cli_failing_(system|calls)_._of' | tee LOG
set -e
cat <<'HEAD'
# When calls fail

These tables show what `clmlp` does when a call that it makes fails. Each run has one failure: the n-th call of a kind,
for every n (`N`), or that call and all later ones (`N+`). A layer loaded before the other libraries makes them fail:
`tests/support/failing`, one library for memory and files, one for OpenCL. Then each run has to end in one of two ways:

* **as if nothing had failed**: the exit status, the output and all files of an undisturbed run, but for times. A call
  that can be done without is one such; so is a stream that fails before it has anything to write.
* **with a message**: on standard error, with exit status 1. It is 2 where a file could not be opened or read, as a bad
  input, or where no OpenCL device could be found. Every file is the old or the new one, or a whole one that the
  message names; a log has whole lines, an event file for TensorBoard whole records. No temporary file is left.

In both, all is given back at the end: memory, descriptors, streams and folders that clmlp, cJSON or popt opened, and
the contexts, queues, programs, kernels, buffers, events and mappings of OpenCL. The layers know what was made and not
given back. Not counted is memory that a variable of these four still points to at the end, or that such memory points
to: the words for a signal handler, and the notes. Nor is what other libraries keep: CLBlast its programs, PoCL its
compiler. `test_cli_failing_layers` shows that one lost object of each kind is found.

Any other end is a fault and fails the test: a signal, another exit status, no message, a wrong output with status 0,
half a file. So the tables have no column for them. Results of `bench` and `tune` are never twice the same; of these
only the end is judged. Where there are fewer runs than calls, a part of the list was run.

| call | what fails, and how |
|---|---|
| malloc | memory, asked for by clmlp, cJSON or popt: there is none |
| open | a file, folder or pipe cannot be opened or made: too many open files, no space |
| read | EIO, also inside of streams |
| write, flush | the disk is full: ENOSPC; with `N+` the first write still takes a half |
| fsync, ftruncate, rename | EIO |
| fallocate | ENOSPC, before anything is written |
| link | EPERM |
| stat | EIO, for all that asks about a file: stat, access, readlink, realpath |
| seek | EIO, also where a stream is asked for its place |
| lock | ENOLCK |
| thread, spawn | EAGAIN; spawn is fork |
| cl... | CL_OUT_OF_RESOURCES |

popt ends the program by itself where it has no memory: `virtual memory exhausted.`, exit status 1, and nothing is given
back. clmlp never calls mmap. Of `tune` only the last calls of each kind fail, those that store; of `qualify` and `tune`
the first, middle and last call of each function of OpenCL. These two judge devices, so that exit status 3 with a
verdict is an end with a message there.

By hand: `CLMLP_FAIL_SYSTEM=malloc:100 LD_PRELOAD=build/ci/tests/cli/libfailing_system.so build/ci/clmlp ...`. `count`
in the place of `malloc:100` says how many calls there are. `CLMLP_TEST_SCENARIO` chooses a row of the tests.

HEAD
table()
{
    echo "## $1"
    echo
    echo '| command | call | calls | runs | as if nothing had failed | with a message |'
    echo '|---|---|---|---|---|---|'
    shift
    # parts of one list are added up
    sed -n 's/^.*TABLE | //p' "$@" | awk -F ' [|] ?' -v opencl="$opencl" '
        { is_opencl = $2 ~ /^cl[A-Z]/; key = $1 " | " $2
          if (is_opencl != opencl || $3 == 0) next
          if (!(key in runs)) order[++count] = key
          calls[key] = $3; runs[key] += $4; same[key] += $5; failed[key] += $6 }
        END { for (i = 1; i <= count; i++) { k = order[i]; if (runs[k] == 0) continue
              print "| " k " | " calls[k] " | " runs[k] " | " same[k] " | " failed[k] " |" } }'
    echo
}
opencl=0 table "Memory and files" "$@"
opencl=1 table "OpenCL" "$@"
# of tests/ranks, and written by hand
sed -n '/^## Several processes$/,/^## Runs$/p' "$(dirname "$0")/../../docs/attacks.md" | sed '$d'
cat <<'TAIL'
## Runs

2026-11-29, AMD EPYC with AVX-512 (2 cores), Debian 12, PoCL 3.1, load averages of 14 to 26 from others.

* At 6c8a38b1: parts 2 and 3 of 8 of the list for memory and files, half of part 1, parts 1 and 2 of 8 of that for
  OpenCL. Whatever ended wrongly was mended and run again. One end is unexplained: `verify --free-run` with
  clGetDeviceInfo:61 had a segmentation fault once, and none in 28 more runs.
* At deb7eaab: part 4 of 8 of the list for memory and files up to `tune`, 3,464 runs; of its CPU path part 2 of 7 up to
  `verify`, 2,797 runs. None ended wrongly. Some calls are in both parts. All calls of the new rows (`export`,
  `export c`, `export script`, `import`, `report`, `report of a model`, `train --report`, `train --tensorboard`), but of
  memory one in 1 to 7. They showed three faults, each with a test now:
  `train --report` had exit status 0 where a part of the page could not be computed; `report` took a lack of memory for
  bad input; `train --tensorboard` left half a record, or an empty file, on a full disk.
* `qualify` on the CPU path, each of its 1,552 calls for memory: exit status 1, and 0 for 29.

* OpenCL, at deb7eaab: part 5 of 6 of the trainings, `evaluate`, `predict`, `verify`, `verify --free-run`, `gradcheck`
  and `devices`, half of that of `bench step`, 385 runs. None ended wrongly.
* Runs that are stopped and go on to the same bits, by signals and by name: parts 7 and 23 of 30 of `cli_resume_signals`
  with three stops each, parts 11 and 20 of 29 of `checkpoint`, 11 of 12 of `checkpoint_minimise`. All passed.

Not run on the whole: parts 5 to 8 of the list for memory and files but for what part 2 of 7 has of them; two thirds of
that for OpenCL; `tune` and `qualify` there.

## Kills

SIGKILL at random moments, then the file is the old or the new one, and the next run makes it anew and cleans up
(`CLMLP_TEST_KILLS=50 build/ci/tests/cli/test_cli_kills --jobs 1`, nightly; one of each in CI). Of 50 runs each, 36 of
`export --onnx` were killed, 46 of `export --c`, 44 of `import` and 47 of `report`; the others had come to their end.

## Memcheck

`ctest --preset all -R memcheck`, on 2026-11-29, the same machine and load, f15e5dd7:

* Planted in a copy of clmlp, in `train` and at the end of each command: a read of memory that nobody wrote, a read
  behind the end, a loss of one byte. Each was found. Four such faults are part of the check now
  (`tests/memcheck/planted.c`).
* All 54 runs of the CPU path and of planted faults: nothing found.
* On PoCL, kernels of the GPU family: trainings 5, 7 and 9 of 12 (adam, lbfgs, adam with a self-check), a checkpoint,
  `verify`, `gradcheck`, a streamed training, a search; one training with CLBlast; training 1 of the CPU family: nothing
  found. Not run: the other trainings, the rest of the CPU family, `tune`. The fault planted in a kernel ended the run
  that compiles, before the one with checks, and was said not to be found. That is mended, and it is found.

"276 errors from 276 contexts" came from a run under plain valgrind that SIGTERM ended while PoCL compiled. All 276 were
blocks "possibly lost" of LLVM at work, which valgrind counts as errors unless told otherwise; none was a wrong access.
A training on native from a cold cache, to its end and with PoCL's compiler under memcheck, has 4: two in glibc's loader
(`strncmp` of `is_dst`), two objects that PoCL loses when it compiles a kernel. All three are in
`tests/memcheck/memcheck.supp`, by functions and libraries of others.

## Oclgrind

`oclgrind_trainings_whole` has 105 trainings, faults and streams. 45 were run before, the other 60 at deb7eaab: each log
was empty but for the planted faults, which were found.

Written by `tests/cli/write_attacks.sh`.
TAIL
