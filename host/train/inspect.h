/* inspect.h - whoever looks at single steps of training: verify/ makes such inspectors, train.c asks them. */
#ifndef CLMLP_TRAIN_INSPECT_H
#define CLMLP_TRAIN_INSPECT_H

#include "clmlp/train.h"
#include "train/minimise/minimise.h"
#include "train/step.h"

/* What an inspector sees of a training run. */
typedef struct clmlp_inspection {
    clmlp_device *device;
    clmlp_network *network;      /* of the run, after the step: a, delta */
    const clmlp_model *model;    /* topology and scaling; its theta is an older one */
    const clmlp_dataset *dataset;
    const uint32_t *order;       /* of the data set's rows [m]; NULL: as they lie */
    size_t first, M;             /* rows of the batch: order[first] .. */
    const double *theta;         /* before the step, laid out as model->theta */
    const double *state;         /* of the update rule then: one such block after the other; NULL: it has none */
    const double *theta_after, *state_after; /* the same after the step; NULL where a minimiser works */
    clmlp_descent descent;
    double label_smoothing;      /* of the targets */
    size_t step, slot;           /* step from 1 over the whole run; slot of its cost */
    uint64_t seed;
} clmlp_inspection;

typedef enum clmlp_verdict {
    CLMLP_GO_ON,
    CLMLP_GO_ON_ON_CPU /* from the theta before the step, which is to be done again there */
} clmlp_verdict;

struct clmlp_inspector {
    /* Whether step `step` (from 1) of a run with this seed is to be looked at. */
    bool (*wants)(clmlp_inspector *inspector, size_t step, uint64_t seed);
    /* Look at it. An error stops training with it; CLMLP_MISMATCH is for steps that are wrong. */
    clmlp_status (*inspect)(clmlp_inspector *inspector, const clmlp_inspection *inspection, clmlp_verdict *verdict,
                            clmlp_error *error);
    /* Look at the step where training diverged: the first whose cost, or whose theta, is not finite. NULL: not wanted.
     * network and slot are undefined then. Training ends with CLMLP_DIVERGED; an error goes into its message. */
    clmlp_status (*diverged)(clmlp_inspector *inspector, const clmlp_inspection *inspection, clmlp_error *error);
    void (*destroy)(clmlp_inspector *inspector);
    /* Of a minimiser, which is looked at while it works: a watch for all its iterations on this network, owned by the
     * inspector; and before each iteration, what its number is and whether to look. `inspect` comes after it. A run
     * that was moved to another device asks anew. NULL: minimisers are not looked at. */
    clmlp_status (*watch)(clmlp_inspector *inspector, const clmlp_inspection *inspection,
                          const clmlp_vector_watch **watch, clmlp_error *error);
    void (*begin)(clmlp_inspector *inspector, const clmlp_minimisation *minimisation, size_t step, bool looks);
};

#endif
