/* run.h - a training run under way: what a trainer works on, and what an inspector is shown of it. From the ground up:
 * config.c and run.c, run_inspect.c and held_out.c, costs.c, epoch.c and finish.c, trainer.c, train.c and
 * find_rate.c. */
#ifndef CLMLP_TRAIN_RUN_H
#define CLMLP_TRAIN_RUN_H

#include "clmlp/train.h"
#include "train/batch_loader.h"
#include "train/best.h"
#include "train/divergence.h"
#include "train/history.h"
#include "train/minimise/minimise.h"
#include "train/ranks/sharing.h"
#include "train/score/monitor.h"
#include "train/score/score.h"
#include "train/step.h"

/* Data that are scored and not trained on. */
typedef struct clmlp_held_out {
    const clmlp_dataset *data; /* NULL: none */
    clmlp_batch_loader *loader;
    clmlp_right right;
} clmlp_held_out;

/* When the device is waited for within an epoch, so that on_progress tells what is done. */
typedef struct clmlp_catching_up {
    size_t every, next; /* steps: from one time to the next; in front of which there is none */
    size_t from;        /* steps of the epoch when it was waited for last, */
    double since;       /* and when that was */
} clmlp_catching_up;

typedef struct clmlp_run {
    clmlp_model *model;        /* its theta: at the start of the last epoch that was good, see keep_theta */
    const clmlp_dataset *train_data;
    clmlp_held_out validation, test;
    clmlp_train_config config;
    size_t m, M, steps_per_epoch, slots, score_rows;
    size_t epoch_rows;         /* that an epoch trains on: m, or those of its whole batches */
    bool shuffles;
    /* where it runs; all replaced when an inspector has it go on on the CPU path */
    clmlp_device *device, *cpu; /* cpu: opened by the run, or NULL; then it is also `device` */
    clmlp_backend *backend;
    clmlp_network *network;
    clmlp_batch_loader *train;
    clmlp_descent descent;     /* of every step */
    clmlp_minimisation *minimisation; /* in place of steps; NULL: none */
    clmlp_sharing *sharing;    /* NULL: this process trains alone */
    double *local;             /* [block + 1]: scratch for theta that is averaged; NULL: it is not */
    clmlp_right train_right;
    clmlp_batch_score *scores; /* [slots]: of the steps of the epoch, then of data held out */
    clmlp_batch_score *pass;   /* of a pass over the training data */
    size_t scored;             /* of the epoch's scores, those that are on the host; the others fill slots from 0 on */
    /* theta, laid out as the model's, and behind it the state of the update rule: [block] numbers */
    size_t block;
    double *theta;             /* at the start of the epoch */
    size_t theta_epochs;       /* whole ones that it has behind it; SIZE_MAX: it is not whole */
    double *good;              /* at the start of the last epoch with a finite cost; NULL without an inspector */
    double *before, *after;    /* before a step that is inspected, and after it; NULL without an inspector */
    size_t inspected;          /* the step that `after` comes from, where the network still has that; 0: none */
    double squares;            /* of theta */
    clmlp_monitor monitor;     /* of the validation data */
    clmlp_patience patience;
    clmlp_best best;           /* is kept where config says so */
    bool stopped;              /* early, after an epoch */
    clmlp_divergence divergence;
    bool cut_short;            /* somebody wanted to stop */
    size_t resumed_steps;       /* that a checkpoint had, */
    double resumed_seconds;     /* and what they took */
    size_t epoch, steps_before; /* the epoch under way, or the last one, and the steps before it */
    size_t done;               /* steps of that epoch */
    bool under_way;            /* it is not at its end */
    bool inside;               /* the loader stands at its next batch */
    clmlp_catching_up catching_up;
    double epoch_began; /* with what comes in front of its first step: where the one before ended */
    clmlp_history history;
    /* checkpoints */
    char train_hash[CLMLP_SHA256_HEX], validation_hash[CLMLP_SHA256_HEX]; /* "" before they are asked for */
    double saved_at;           /* when one was written last, or tried; at first: when training began */
    size_t saved_steps;        /* steps that it has behind it; SIZE_MAX: there is none */
    bool stepped;              /* a step was done, in this run of the program */
    clmlp_train_result result;
    double start;
} clmlp_run;

/* Make network and batch loaders on a device; theta is the model's. */
clmlp_status clmlp_run_place(clmlp_run *run, clmlp_device *device, clmlp_error *error);
void clmlp_run_leave(clmlp_run *run); /* the opposite */
/* Of config.timed_epoch. A device that cannot record trains all the same. */
void clmlp_run_record_times(clmlp_run *run, bool on);
/* Whether somebody wants training to stop: here or, of several ranks, anywhere; they learn of it with a step. */
bool clmlp_run_interrupted(const clmlp_run *run);
/* A step on this rank's rows alone; `meets`: then theta is averaged over the ranks, and costs are known. Collective
 * then. */
clmlp_status clmlp_run_step_alone(clmlp_run *run, const clmlp_batch *batch, size_t number, bool meets,
                                  clmlp_error *error);
/* What of the ranks goes into the result. */
void clmlp_run_tell_sharing(clmlp_run *run);
/* After every epoch: theta and state, run->theta, have the same bits on all ranks. */
clmlp_status clmlp_run_compare_ranks(clmlp_run *run, clmlp_error *error);

/* Make the minimiser, where one is asked for, and have it watched. */
clmlp_status clmlp_run_minimises(clmlp_run *run, clmlp_error *error);

/* theta and state of the network, to the host and back. Waits. */
clmlp_status clmlp_run_get_block(clmlp_run *run, double *block, clmlp_error *error);
clmlp_status clmlp_run_put_block(clmlp_run *run, const double *block, clmlp_error *error);

/* Read theta at the start of an epoch, and what the lambda term needs of it. */
clmlp_status clmlp_run_take_theta(clmlp_run *run, clmlp_error *error);

/* The device or the memory failed: the model gets the newest theta that is on the host, or the best one if it can still
 * be had; result.good_epochs says which. */
void clmlp_run_hold_last(clmlp_run *run);

/* Up to `most` more steps, at the most to the end of the epoch, where it is scored, recorded and told of. A new
 * epoch is begun where none is under way. CLMLP_INTERRUPTED: somebody wants to stop. */
clmlp_status clmlp_run_steps(clmlp_run *run, size_t most, clmlp_error *error);

bool clmlp_all_finite(const double *values, size_t count);

/* Whether the best theta is kept. */
bool clmlp_run_keeps_best(const clmlp_run *run);

/* The costs of the steps so far: wait for them; and whether they are all finite, else CLMLP_DIVERGED. */
clmlp_status clmlp_run_read_costs(clmlp_run *run, clmlp_error *error);
clmlp_status clmlp_run_check(clmlp_run *run, clmlp_error *error);

/* Whether a minimiser can do no more; and the result of what it has done in the epochs so far. */
bool clmlp_run_is_minimised(const clmlp_run *run);
void clmlp_run_tell_minimiser(clmlp_run *run);

/* End an epoch before its end, where one is under way: its costs, and theta as it is. */
clmlp_status clmlp_run_stop(clmlp_run *run, clmlp_error *error);

/* Scores of the batches of a pass over `data` under theta as it is, [clmlp_batches(m, loader->capacity)]; of several
 * ranks each takes some of the batches. */
clmlp_status clmlp_run_score_pass(clmlp_run *run, clmlp_batch_loader *loader, const clmlp_dataset *data,
                                  clmlp_right right, clmlp_batch_score *scores, clmlp_error *error);

/* J of theta as it is on the device, whose squares are given, over data held out, if there are some. The costs of the
 * epoch are on the host, and the device's slots free. */
clmlp_status clmlp_run_score_held_out(clmlp_run *run, const clmlp_held_out *held, double squares, clmlp_score *score,
                                      clmlp_error *error);
/* The same of the validation data after an epoch, with what is monitored; run->theta is theta as it is. */
clmlp_status clmlp_run_score_validation(clmlp_run *run, clmlp_epoch *epoch, clmlp_error *error);
/* Then: keep theta where it is the best, and stop where no epoch has been for long. */
clmlp_status clmlp_run_judge(clmlp_run *run, clmlp_epoch *epoch, clmlp_error *error);

/* J of theta as it is on the device, whose squares are given, over all data; test may be NULL. */
clmlp_status clmlp_run_score(clmlp_run *run, double squares, clmlp_score *train, clmlp_score *test,
                             clmlp_error *error);

/* J of the final theta, which is run->theta, over all data; from here on the model holds it. */
clmlp_status clmlp_run_finish(clmlp_run *run, clmlp_error *error);

/* Whether a configuration can be trained with. Errors: CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_train_check(const clmlp_model *model, const clmlp_dataset *train, const clmlp_dataset *test,
                               const clmlp_train_config *config, clmlp_error *error);

/* What came of a training so far, however it ended. */
const clmlp_train_result *clmlp_trainer_own_result(const clmlp_trainer *trainer);

/* The run of a trainer, for whoever changes its rule between steps. */
clmlp_run *clmlp_trainer_own_run(clmlp_trainer *trainer);

/* Before the step `index`, from 0, of the epoch: whether an inspector wants to see it. Then theta is read. */
clmlp_status clmlp_run_before_step(clmlp_run *run, size_t index, bool *wanted, clmlp_error *error);

/* Show the step that was just done. *again: it is to be done again, the run being on the CPU path now. Where the
 * inspector ends training with CLMLP_MISMATCH, the model receives theta before the step. */
clmlp_status clmlp_run_inspect(clmlp_run *run, size_t index, bool *again, clmlp_error *error);

/* An iteration of the minimiser, shown where somebody wants to see it; *score as clmlp_minimise_iterate gives it. Where
 * it is to be done again, the run is on the CPU path, and the minimiser begins anew. */
clmlp_status clmlp_run_iterate(clmlp_run *run, clmlp_batch_score *score, clmlp_error *error);

/* The cost of the step `index` of the epoch is not finite: find the first step that made a number that is not, by
 * doing the epoch again from its start, and show it. run->theta and the model's are as they were when the cost was
 * found. Waits; the network holds another theta then. */
clmlp_status clmlp_run_show_divergence(clmlp_run *run, size_t index, clmlp_error *error);

/* The same for the cost of all data under the last theta, which is run->theta: where that is finite, what is shown
 * is the step that would come next, from `rows` examples whose cost is not, the first of them `first`. */
clmlp_status clmlp_run_show_end(clmlp_run *run, size_t first, size_t rows, clmlp_error *error);

#endif
