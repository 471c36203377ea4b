#!/bin/sh
# write_table.sh BUILD: docs/fault-table.md, on standard output, from what the tests of the fault table left in
# BUILD/tests/scratch. Run them first, all parts: ctest --test-dir BUILD -R "^faults_|kernel_faults". Stops where a part
# is missing.
set -e
scratch=$1/tests/scratch
cat <<'HEAD'
# What verification finds

These tables show planted faults, and what `clmlp verify` made of them. A fault is planted in one equation of one layer,
at one step of a small training run, or in the text of a kernel. Then two things are demanded:

* verification fails;
* every tensor that fails belongs to the step, the equation and the layer of the fault. All layers run the text of a
  kernel, so there only the first tensor that fails counts.

The tests behind this are `ctest --preset all -R faults_`. They write the tables; `tests/faults/write_table.sh` puts
them together. The networks are 13-9-6-5 swish, 301-67-33-10 relu with softmax, 31-131-21-3 sigmoid with linear output,
and 17-11. The batches are 13, 33, 65 and 7, with a smaller one at the end; lambda is 0.7.

| fault | what it is |
|---|---|
| nan, inf | one element is that |
| flip | of one element, the lowest bit is flipped that takes it out of its bound |
| scale | a result is multiplied by a factor: 1 + 1e-4, or another in the text of a kernel |
| rate | the learning rate is multiplied by such a factor |
| skip | the equation is not computed |
| stale | the result is that of the step before |
| late | the inputs are those of the step before |
| transpose | a matrix is read with its indices exchanged |
| tail | the last term of every sum is left out |
| edge | the last column is not written |
| no_bias | the bias is left out |
| lambda_on_bias | the bias is regularised |
| no_mean | the gradient is not divided by M |
| no_weight | the examples' weights are left out of δ(L) and the cost |
| weight | in the text of a kernel they are left out of one of them, or are those of other examples |
| race | a barrier is left out of a kernel |
| dropout | units are dropped as in another step or layer, not scaled, or not dropped on the way back |
| activation, slope | g or g' of an activation that is in none of the networks has a wrong constant or term |
| smoothing | targets count as if they were not smoothed |
| rule | an update rule has a wrong number or term, epsilon inside the root, or a wrong rate or decay of the bias |
| state | an update rule's state is not stored, or is the other matrix |
| clip, clip_far | gradients are clipped by a part of their norm, not at all, or upwards; or their step is wrong |
| input_scale | the scale of the inputs is left out, is that of another input, or has a wrong gradient |
| lbfgs | a dot product or a combination of vectors has a wrong term, factor or sign |
| count | right predictions are counted wrongly, or the cost of a row twice |
| steps | many steps in a launch have numbers, state or costs of another step or layer |

Faults from activation on, but for smoothing, are planted in the first network alone.

The columns:

* **smallest, in bounds**: how far beyond correct rounding the smallest fault went. Naive loops in long double say so.
  They share nothing with `clmlp verify`.
* **within the bounds**: faults so small that correct rounding may do the same. No bound can tell these apart. The sizes
  are chosen so that there is none.

In float, sums of about 400 dense products or more would hide a factor of 1 + 1e-4 in z: there gamma_n sum |a||theta|
is larger than 1e-4 |z|. In double that never happens.

Some faults damage memory that no tensor shows. They are blamed on the equation that reads it. An example is a copy of
theta that the update leaves stale (native kernels for CPUs): it is blamed on hidden_delta of the next step.

HEAD
for part in cpu clblast native-cpu native-gpu; do cat "$scratch/faults-$part.md"; done
printf '## Faults in the text of kernels\n\n'

# add_up NAME PARTS: the tables of all parts of one list, as one table.
add_up()
{
    files=
    for part in $(seq "$2"); do files="$files $scratch/kernel-faults-$1-$part-of-$2.md"; done
    awk -F ' *[|] *' '
        /^###/ { title = $0 }
        /^[|] (fault|[*][*]all)|^[|]-|^$|^###/ { if (/^[|] fault/) head = $0; if (/^[|]-/) line = $0; next }
        { if (!($2 in planted)) { order[++count] = $2; least[$2] = $6 }
          planted[$2] += $3; caught[$2] += $4; right[$2] += $5; within[$2] += $7
          if ($6 != "inf" && (least[$2] == "inf" || $6 + 0 < least[$2] + 0)) least[$2] = $6
          all[3] += $3; all[4] += $4; all[5] += $5; all[7] += $7 }
        END { printf "%s\n\n%s\n%s\n", title, head, line
              for (i = 1; i <= count; i++) { k = order[i]
                  printf "| %s | %d | %d | %d | %s | %d |\n", k, planted[k], caught[k], right[k], least[k], within[k] }
              printf "| **all** | %d | %d | %d | | %d |\n\n", all[3], all[4], all[5], all[7] }' $files
}
add_up clblast 12
add_up native-cpu 12
add_up native-cpu-sparse 6
add_up native-gpu 12
