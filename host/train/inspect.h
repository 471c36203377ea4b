/* inspect.h - whoever looks at single steps of training: verify/ makes such inspectors, train.c asks them. */
#ifndef CLMLP_TRAIN_INSPECT_H
#define CLMLP_TRAIN_INSPECT_H

#include "clmlp/train.h"
#include "propagate/network.h"

/* What an inspector sees of a training run. */
typedef struct clmlp_inspection {
    clmlp_device *device;
    clmlp_network *network;      /* of the run, after the step: a, delta, theta after */
    const clmlp_model *model;    /* topology; its theta is that of the start of the epoch */
    const clmlp_dataset *dataset;
    const uint32_t *order;       /* of the epoch [m]; NULL: as they lie */
    size_t first, M;             /* rows of the batch: order[first] .. */
    const double *theta;         /* before the step, laid out as model->theta */
    double rate, decay;
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
    /* Look at it. An error stops training with it. */
    clmlp_status (*inspect)(clmlp_inspector *inspector, const clmlp_inspection *inspection, clmlp_verdict *verdict,
                            clmlp_error *error);
    /* The cost is not finite any more, first at this step; theta before it is what `inspection` says, where known. */
    clmlp_status (*diverged)(clmlp_inspector *inspector, const clmlp_inspection *inspection, clmlp_error *error);
    void (*destroy)(clmlp_inspector *inspector);
};

#endif
