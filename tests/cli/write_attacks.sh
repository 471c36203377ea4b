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
# the rest is written by hand
sed -n '/^## Several processes$/,$p' "$(dirname "$0")/../../docs/attacks.md"
