#!/bin/sh
# write_table.sh BUILD: docs/fault-table.md, on standard output, from what the tests of the fault table left in
# BUILD/tests/scratch. Run them first: ctest --test-dir BUILD -R faults_
set -e
scratch=$1/tests/scratch
cat <<'HEAD'
# What verification finds

Each fault is planted in one equation of one layer at one step of a small training run (tests/support/inject.h), or
in the text of a kernel (tests/support/kernel_faults.c). `clmlp_verify` then has to fail, and every tensor that fails
has to belong to the step, the equation and the layer where the fault is (of a kernel's text, which all layers run:
the first tensor that fails). Networks: 13-9-6-5 tanh, 301-67-33-10 relu with softmax, 31-131-21-3 sigmoid with linear
output, 17-11; batches of 13, 33, 65 and 7 and a smaller one at the end, lambda 0.7. The tests demand it:
`ctest -R faults_`. They write these tables, and tests/faults/write_table.sh puts them together.

*Smallest, in bounds*: how far beyond what correct rounding allows the smallest fault went, by naive loops in long
double that share nothing with the judge; a flipped bit is the lowest that goes beyond it at all. *Within the bounds*:
so small that correct rounding may do the same, which no bound can tell apart; the sizes are such that there is none.
A factor of 1 + 1e-4 in z is of that kind in float where sums have about 400 dense products or more: gamma_n sum
|a||theta| is then larger than 1e-4 |z| everywhere. In double it never is.

What a kernel does to memory that no tensor shows is blamed on who reads it: a copy of theta that the update leaves
stale (native kernels for CPUs) on hidden_delta in the next step.

HEAD
for part in cpu clblast native-cpu native-gpu; do cat "$scratch/faults-$part.md"; done
printf '## Faults in the text of kernels\n\n'
for part in clblast native-cpu native-cpu-sparse native-gpu; do cat "$scratch/kernel-faults-$part.md"; done
