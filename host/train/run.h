/* run.h - a training run under way: what the loop in train.c works on, and what an inspector is shown of it. */
#ifndef CLMLP_TRAIN_RUN_H
#define CLMLP_TRAIN_RUN_H

#include "base/file.h"
#include "clmlp/train.h"
#include "train/batch_loader.h"
#include "train/score.h"
#include "train/step.h"

typedef struct clmlp_run {
    clmlp_model *model;        /* its theta: at the start of the last epoch that was good, see check_costs */
    const clmlp_dataset *train_data, *test_data; /* test_data NULL: none */
    clmlp_train_config config;
    size_t m, M, steps_per_epoch, slots, score_rows;
    bool shuffles;
    /* where it runs; all replaced when an inspector has it go on on the CPU path */
    clmlp_device *device, *cpu; /* cpu: opened by the run, or NULL; then it is also `device` */
    clmlp_backend *backend;
    clmlp_network *network;
    clmlp_batch_loader *train, *test;
    clmlp_descent descent;     /* of every step */
    clmlp_right train_right, test_right;
    clmlp_batch_score *scores; /* [slots] */
    size_t scored;             /* of the epoch's scores, those that are on the host already */
    /* theta, laid out as the model's, and behind it the state of the update rule: [block] numbers */
    size_t block;
    double *theta;             /* at the start of the epoch */
    double *good;              /* at the start of the last epoch that was good; NULL without an inspector */
    double *before, *after;    /* before a step that is inspected, and after it; NULL without an inspector */
    double squares;            /* of theta */
    size_t epoch, steps_before; /* the epoch under way, or the last one, and the steps before it */
    clmlp_output_file history;
    clmlp_train_result result;
    double start;
} clmlp_run;

/* Make network and batch loaders on a device; theta is the model's. */
clmlp_status clmlp_run_place(clmlp_run *run, clmlp_device *device, clmlp_error *error);
void clmlp_run_leave(clmlp_run *run); /* the opposite */

/* theta and state of the network, to the host and back. Waits. */
clmlp_status clmlp_run_get_block(clmlp_run *run, double *block, clmlp_error *error);
clmlp_status clmlp_run_put_block(clmlp_run *run, const double *block, clmlp_error *error);

/* Before the step `index`, from 0, of the epoch: whether an inspector wants to see it. Then theta is read. */
clmlp_status clmlp_run_before_step(clmlp_run *run, size_t index, bool *wanted, clmlp_error *error);

/* How many steps, from `index` on, come before the next one that somebody inspects: at most `most`. */
size_t clmlp_run_unseen(const clmlp_run *run, size_t index, size_t most);

/* Show the step that was just done. *again: it is to be done again, the run being on the CPU path now. Where the
 * inspector ends training with CLMLP_MISMATCH, the model receives theta before the step. */
clmlp_status clmlp_run_inspect(clmlp_run *run, size_t index, bool *again, clmlp_error *error);

/* The cost of the step `index` of the epoch is not finite: find the first step that made a number that is not, by
 * doing the epoch again from its start, and show it. run->theta and the model's are as they were when the cost was
 * found. Waits; the network holds another theta then. */
clmlp_status clmlp_run_show_divergence(clmlp_run *run, size_t index, clmlp_error *error);

/* The same for the cost of all data under the last theta, which is run->theta: where that is finite, what is shown
 * is the step that would come next, from `rows` examples whose cost is not, the first of them `first`. */
clmlp_status clmlp_run_show_end(clmlp_run *run, size_t first, size_t rows, clmlp_error *error);

#endif
