/* task.h - --task: whether targets are classes or numbers, and what was taken. */
#ifndef CLMLP_CLI_TASK_H
#define CLMLP_CLI_TASK_H

#include <stdbool.h>

#include <clmlp/clmlp.h>

#include "options/option_types.h"

/* NULL, or what --task and an --output that was given (has_output) contradict each other about. */
const char *clmlp_cli_task_complaint(clmlp_cli_task task, bool has_output, clmlp_output output);

/* How to read the targets; `output` counts where has_output. */
clmlp_target_kind clmlp_cli_task_kind(clmlp_cli_task task, bool has_output, clmlp_output output);

/* The output layer for targets that were read, where none was named: linear for numbers; sigmoid for classes and for
 * several labels, each 0 or 1, unless the task is to regress. Errors: CLMLP_BAD_INPUT (some targets are labels, others
 * are not: it is asked). */
clmlp_status clmlp_cli_task_output(clmlp_cli_task task, const clmlp_dataset *dataset, clmlp_output *output,
                                   clmlp_error *error);

/* "task: classify, 3 classes in 'species': Adelie 152, ..." as a note. asked: neither --task nor --output said it, so
 * that numbers were taken for one or the other by their look: this is told when quiet, too. */
void clmlp_cli_task_note(const clmlp_dataset *dataset, clmlp_output output, bool asked);

#endif
