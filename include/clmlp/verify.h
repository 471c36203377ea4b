/* verify.h - whether a device computes what it should, number by number, and where it does not.
 *
 * A training step on the device is held against the CPU path in double. Every element of every tensor has a bound
 * of its own, derived from the operations that made it (docs/verification.md); an error beyond it, or a NaN or an
 * infinity that the reference does not have, is a failure. In lock-step the reference takes the device's own inputs
 * to each equation, so that an error is blamed on the one kernel that made it.
 *
 * Threads: the device alone (clmlp_verify_vote opens devices of its own); model and data may be shared with others who
 * read them. Callbacks come on the thread that called. An inspector belongs to the training that it was given to.
 */
#ifndef CLMLP_VERIFY_H
#define CLMLP_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/cancel.h"
#include "clmlp/dataset.h"
#include "clmlp/device.h"
#include "clmlp/export.h"
#include "clmlp/model.h"
#include "clmlp/optimizer.h"
#include "clmlp/ranks.h"
#include "clmlp/schedule.h"
#include "clmlp/status.h"
#include "clmlp/train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is compared: ITEM(name, text), in the order in which a step computes it. x and y are the data as the device
 * has it, equal to the bit; a(L) is h; state (of the update rule) and theta are those after the step. w, the weights of
 * the examples where the data set has some, goes with x and y; state2, the second matrix of state, with state. clipped
 * is a gradient after it was clipped, which theta moves by. Of a scale of the inputs (input_scale_rate), all of layer
 * 1: scale is s, raw what theta(1) = raw diag(s) is made of, each after the step; their gradients; the state of s; the
 * gradient of s after it was clipped. state and clipped of layer 1 are those of raw then.
 * Of lbfgs and cg: dot is a dot product over all layers, [1 x 1] of layer L; direction is what theta moves along;
 * vector is what the minimiser keeps beside it.
 * The trends of a tensor with many units are two numbers, [1 x 2]: by what factor all of it is off, of theta that of
 * its step, where 1 is right; and how far all of it is off to one side, as a part of what rounding may do, where 0 is
 * right. bound is how far chance may take them.
 * Of several ranks: rows are those of the batch that a rank takes, by number; given what it gave to the sum of
 * gradients; sum_gradient and sum_cost (cost and right, [1 x 2]) the sums, as each rank has them; same_theta is theta,
 * equal on all ranks. whole_cost and so on: what all ranks come to, against one process with the whole batch. */
#define CLMLP_QUANTITY_LIST(ITEM) \
    ITEM(X, "x")                  \
    ITEM(Y, "y")                  \
    ITEM(Z, "z")                  \
    ITEM(A, "a")                  \
    ITEM(COST, "cost")            \
    ITEM(DELTA, "delta")          \
    ITEM(GRADIENT, "gradient")    \
    ITEM(STATE, "state")          \
    ITEM(THETA, "theta")          \
    ITEM(W, "w")                  \
    ITEM(STATE2, "state2")        \
    ITEM(SCALE, "scale")          \
    ITEM(SCALE_GRADIENT, "scale_gradient") \
    ITEM(SCALE_STATE, "scale_state") \
    ITEM(SCALE_STATE2, "scale_state2") \
    ITEM(RAW, "raw")              \
    ITEM(RAW_GRADIENT, "raw_gradient") \
    ITEM(CLIPPED, "clipped")      \
    ITEM(SCALE_CLIPPED, "scale_clipped") \
    ITEM(DOT, "dot")              \
    ITEM(DIRECTION, "direction")  \
    ITEM(VECTOR, "vector")        \
    ITEM(RIGHT, "right")          \
    ITEM(Z_TREND, "z_trend")      \
    ITEM(DELTA_TREND, "delta_trend") \
    ITEM(GRADIENT_TREND, "gradient_trend") \
    ITEM(THETA_TREND, "theta_trend") \
    ITEM(ROWS, "rows")            \
    ITEM(GIVEN, "given")          \
    ITEM(SUM_GRADIENT, "sum_gradient") \
    ITEM(SUM_COST, "sum_cost")    \
    ITEM(SAME_THETA, "same_theta") \
    ITEM(WHOLE_COST, "whole_cost") \
    ITEM(WHOLE_RIGHT, "whole_right") \
    ITEM(WHOLE_GRADIENT, "whole_gradient") \
    ITEM(WHOLE_THETA, "whole_theta")

typedef enum clmlp_quantity {
#define CLMLP_QUANTITY_ENUM(name, text) CLMLP_QUANTITY_##name,
    CLMLP_QUANTITY_LIST(CLMLP_QUANTITY_ENUM)
#undef CLMLP_QUANTITY_ENUM
    CLMLP_QUANTITY_COUNT
} clmlp_quantity;

CLMLP_API const char *clmlp_quantity_name(clmlp_quantity quantity);

/* One tensor of one step, compared. */
typedef struct clmlp_finding {
    size_t step;             /* from 1; 0: the data, before the first */
    size_t layer;            /* l of z(l), a(l), delta(l), theta(l), gradient of theta(l); L of cost and right */
    clmlp_quantity quantity;
    const char *equation;    /* "forward", "output_delta", "hidden_delta", "gradient", "clip", "update",
                              * "dot", "combine", "transfer", "sum" (over ranks), "one_process" */
    char kernel[64];         /* of the engine, that computed it; "" where unknown */
    size_t rows, columns;    /* of the tensor */
    size_t failed;           /* elements beyond their bound; 0: it passed */
    double max_abs;          /* largest |found - expected| */
    double max_ulp;          /* the same in units in the last place of the expected value, in the device's precision */
    double max_of_bound;     /* largest error as a fraction of its bound; infinite where a value is not finite that
                                should be */
    double bound_of_value;   /* of a free run: largest bound as a fraction of the largest expected value; from 1 on the
                                comparison says nothing. Else 0 */
    size_t worst;            /* row * columns + column of the element with that fraction */
    double found, expected, bound; /* there */
    size_t rank;             /* whose it is: that rank is wrong where it failed; CLMLP_ALL_RANKS: it cannot be told */
} clmlp_finding;

#define CLMLP_ALL_RANKS ((size_t)-1)

/* A finding in words: "step 40: delta(2) [32 x 25] by hidden_delta (cpu_hidden): 3 elements beyond their bound, the
 * worst at row 4, column 7: found 0.25, expected 0.125 +- 1.2e-08", into text [size], cut when too long; rows and
 * columns count from 0. For one that failed. Returns text. */
CLMLP_API char *clmlp_finding_text(const clmlp_finding *finding, char *text, size_t size);

/* A callback: a function, NULL for none, and what it is given. It is called on the thread that verifies or trains. */
typedef struct clmlp_on_finding {
    void (*function)(const clmlp_finding *finding, void *context);
    void *context;
} clmlp_on_finding;

typedef struct clmlp_verify_config {
    size_t size; /* sizeof of this struct; see clmlp.h */
    size_t steps;      /* training steps to compare, >= 1 */
    size_t batch;      /* M; 0: full batch */
    clmlp_optimizer optimizer;
    double rate;       /* alpha */
    double momentum;   /* mu, as in clmlp_train_config */
    double lambda;
    uint64_t seed;     /* of the order of examples, and of dropout */
    bool shuffle;
    bool free_run;     /* the reference goes its own way from the same theta; bounds are propagated from step to step */
    bool go_on;        /* after a failed step, too */
    /* Every tensor of both sides as FOLDER/STEP-LAYER-NAME.device.npy and .reference.npy; NULL: none. Borrowed. */
    const char *dump;
    /* Where the first failing step is saved, to be replayed with clmlp_verify_replay; NULL: not. Borrowed. */
    const char *bundle;
    clmlp_on_finding on_finding; /* of every tensor, in the order of computation */
    const clmlp_cancel *cancel;  /* looked at before each step; NULL: none. Borrowed */
    double label_smoothing;      /* E, as in clmlp_train_config */
    /* The rate in each step, as in clmlp_train_config. */
    clmlp_rate_schedule schedule;
    size_t schedule_steps; /* of the run whose first steps these are, at least as many as `steps`; 0: `steps` */
    const double *dropout;       /* [dropout_count], as in clmlp_train_config. Borrowed */
    size_t dropout_count;
    /* as in clmlp_train_config */
    double beta1, beta2, epsilon, weight_decay;
    const double *layer_rates;   /* [L - 1] or NULL. Borrowed */
    bool fan_in_rates;
    double bias_rate;
    double input_scale_rate; /* as in clmlp_train_config */
    double clip_norm;      /* as in clmlp_train_config */
    /* As in clmlp_train_config: `steps` counts iterations. In lock-step only: the line search decides by the numbers
     * that it meets, so that two right runs may part. Every point that is evaluated, and every operation on vectors, is
     * compared. A bundle has the last move of an iteration. */
    clmlp_minimiser minimiser;
    size_t lbfgs_pairs;
    /* The processes that take these steps together, as in clmlp_train_config, each with the same model, data and
     * settings; every rank gets the findings of all. Equal shares. In lock-step only; no minimiser, no dump and no
     * bundle. clmlp_verify is collective then. NULL: this process takes them alone. Borrowed. */
    clmlp_ranks *ranks;
} clmlp_verify_config;

/* 3 steps, batches of 32, sgd, alpha 0.5, other numbers of the rule as in clmlp_train_config, lambda 0, seed 1,
 * shuffled, lock-step, nothing written. */
CLMLP_API void clmlp_verify_config_init(clmlp_verify_config *config, size_t size);
static inline clmlp_verify_config clmlp_verify_config_default(void)
{
    clmlp_verify_config config;
    clmlp_verify_config_init(&config, sizeof config);
    return config;
}

typedef struct clmlp_verify_result {
    size_t size; /* sizeof of this struct; see clmlp.h */
    bool passed;                 /* false after an error; after CLMLP_INTERRUPTED it is about the steps compared */
    size_t steps;                /* compared */
    clmlp_finding *findings;     /* [count], in the order of computation */
    size_t count;
    const clmlp_finding *first_failure; /* one of them; NULL: none */
    double device_seconds;       /* of the steps alone, on the device */
    double seconds;              /* with everything */
    bool bundle_written;
    /* clmlp_verify_against: whether this device, and what was dumped elsewhere, is within its own bounds of the CPU
     * path in double. Where the two are apart, one of them is not. */
    bool device_right, other_right;
    size_t ranks;                /* that took the steps; 1: this process alone */
} clmlp_verify_result;

/* Train in lock-step (or, free_run, side by side) and compare every step. The model is where it starts; it is not
 * changed. A mismatch is not an error: it is in the result.
 *   result  result->findings is released with clmlp_free, whatever is returned
 * Errors: CLMLP_BAD_ARGUMENT, CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE, CLMLP_IO, CLMLP_INTERRUPTED; of several ranks
 * CLMLP_RANKS, too. */
CLMLP_API clmlp_status clmlp_verify(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                                    const clmlp_verify_config *config, clmlp_verify_result *result,
                                    clmlp_error *error);

/* Compare with tensors that were dumped elsewhere: another machine, another version, another program. Of each tensor
 * the file STEP-LAYER-NAME.npy, or STEP-LAYER-NAME.device.npy, in a folder is taken (host/verify/lockstep/dump.h has
 * the names and shapes); tensors without a file are left out, a folder without any is an error. theta of step 0000,
 * and x and y of each step, must be there: the device begins with that theta and goes its own way on those batches.
 * An element may be off by the bounds of both sides, each carried on from step to step (docs/verification.md); the
 * other side is taken to have computed in float where all its numbers are floats, else in double; ULPs are those of
 * the coarser side. What both begin with must be exact in the precision of the device.
 *   model    its topology, activation and output; its theta is not used
 *   dataset  has the m of lambda / m; NULL: lambda is the folder's
 *   config   the optimizer and its numbers are the folder's; another optimizer than sgd asks for it. steps: at the
 *            most, where the folder has so many. rate 0, lambda < 0: what the folder says (0000-0-rate, 0000-0-decay);
 *            else those, and another value in the folder is an error. go_on, the callback and cancel hold; all else
 *            is unused
 * Errors: as clmlp_verify, CLMLP_BAD_INPUT (a file is not as it should be), CLMLP_IO. */
CLMLP_API clmlp_status clmlp_verify_against(const clmlp_model *model, clmlp_device *device,
                                            const clmlp_dataset *dataset, const char *folder,
                                            const clmlp_verify_config *config, clmlp_verify_result *result,
                                            clmlp_error *error);

/* --- the same work twice ------------------------------------------------------------------------------------- */

typedef struct clmlp_determinism_result {
    size_t size; /* sizeof of this struct; see clmlp.h */
    bool identical; /* false after an error; after CLMLP_INTERRUPTED it is about the steps compared */
    size_t runs, steps;
    size_t run, step, layer;   /* where bits differ first: run (from 2) against the first */
    clmlp_quantity quantity;
    size_t element;
    double first, other;       /* the two values */
} clmlp_determinism_result;

/* Train `runs` times from the same model and compare all tensors of all steps to the bit. */
CLMLP_API clmlp_status clmlp_verify_determinism(const clmlp_model *model, clmlp_device *device,
                                                const clmlp_dataset *dataset, const clmlp_verify_config *config,
                                                size_t runs, clmlp_determinism_result *result, clmlp_error *error);

/* --- a step in a file ---------------------------------------------------------------------------------------- */

/* What a bundle says of itself. */
typedef struct clmlp_bundle_info {
    size_t size; /* sizeof of this struct; see clmlp.h */
    char why[256];                  /* "self-check: delta(2) of step 40 ..." */
    char device[CLMLP_NAME_LENGTH]; /* that made it, with its driver */
    char driver[CLMLP_NAME_LENGTH];
    char engine[16], tiles[CLMLP_TILES_LENGTH], version[32];
    clmlp_precision precision;
    size_t step, M;
    uint64_t seed;
} clmlp_bundle_info;

/* What came of it; opaque. */
typedef struct clmlp_replay_result clmlp_replay_result;

/* Do the step of a bundle again, on any device. A bundle in float may be replayed in double, not the other way round.
 *   out  receives the result on success and is left alone on failure; the caller destroys it
 * Errors: as clmlp_verify, CLMLP_BAD_INPUT. */
CLMLP_API clmlp_status clmlp_verify_replay(const char *path, clmlp_device *device, clmlp_replay_result **out,
                                           clmlp_error *error);
CLMLP_API void clmlp_replay_result_destroy(clmlp_replay_result *result); /* NULL is fine */
/* What the bundle says of itself; and the step on this device against the reference. Owned by the result; of NULL:
 * NULL. */
CLMLP_API const clmlp_bundle_info *clmlp_replay_result_info(const clmlp_replay_result *result);
CLMLP_API const clmlp_verify_result *clmlp_replay_result_here(const clmlp_replay_result *result);
/* Whether the CPU path in double has numbers everywhere that are finite in the device's precision: if not, and the
 * device agrees, the mathematics diverged. Of NULL: false. */
CLMLP_API bool clmlp_replay_result_reference_finite(const clmlp_replay_result *result);

/* The precision that a bundle was made in, to open a device with. */
CLMLP_API clmlp_status clmlp_bundle_read_info(const char *path, clmlp_bundle_info *info, clmlp_error *error);
/* Open the device of the options (NULL: the defaults) as the step was computed: in its precision where that is f64,
 * and, unless the options say which, with its engine and tiles. *other_tiles: this device cannot have those, and has
 * others. Errors: as clmlp_device_open. */
CLMLP_API clmlp_status clmlp_bundle_open_device(const clmlp_bundle_info *info, const clmlp_device_options *options,
                                                clmlp_device **out, bool *other_tiles, clmlp_error *error);

/* --- a third opinion ----------------------------------------------------------------------------------------- */

typedef enum clmlp_blame {
    CLMLP_BLAME_NOTHING, /* all agree */
    CLMLP_BLAME_KERNEL,  /* an engine is wrong on every device that ran it */
    CLMLP_BLAME_DEVICE,  /* every engine is wrong on one device, and right elsewhere */
    CLMLP_BLAME_BOTH,    /* one engine on one device: kernel and driver do not get on */
    CLMLP_BLAME_COUNT
} clmlp_blame;

typedef struct clmlp_voter {
    clmlp_device_info device;
    clmlp_engine engine;
    bool opened;            /* else `why` says why not, and it has no vote */
    char why[256];
    bool passed;
    clmlp_finding failure;  /* the first; valid unless passed */
    /* the smallest product found that goes wrong: M, N, K as bare GEMM; 0: none was found */
    size_t gemm_m, gemm_n, gemm_k;
} clmlp_voter;

/* All votes and the verdict; opaque. */
typedef struct clmlp_vote_result clmlp_vote_result;

/* The same steps on every OpenCL device with both engines, and on the CPU path in the same precision. Of the
 * configuration steps, batch, the optimizer with its numbers and schedule, lambda, label_smoothing, dropout,
 * input_scale_rate, seed, shuffle, free_run and cancel count.
 *   config  NULL: the defaults
 *   out     receives the result on success and is left alone on failure; the caller destroys it
 * Errors: as clmlp_verify. A device that cannot take part is no error. */
CLMLP_API clmlp_status clmlp_verify_vote(const clmlp_model *model, const clmlp_dataset *dataset,
                                         clmlp_precision precision, const clmlp_verify_config *config,
                                         clmlp_vote_result **out, clmlp_error *error);
CLMLP_API void clmlp_vote_result_destroy(clmlp_vote_result *result); /* NULL is fine */
/* How many voters there are, and voter i of them, the CPU path first; owned by the result. Of NULL: 0, NULL. */
CLMLP_API size_t clmlp_vote_result_count(const clmlp_vote_result *result);
CLMLP_API const clmlp_voter *clmlp_vote_result_voter(const clmlp_vote_result *result, size_t i);
/* Who is to blame, and the same in words; owned by the result. Of NULL: CLMLP_BLAME_COUNT, "". */
CLMLP_API clmlp_blame clmlp_vote_result_blame(const clmlp_vote_result *result);
CLMLP_API const char *clmlp_vote_result_verdict(const clmlp_vote_result *result);

/* --- during training ----------------------------------------------------------------------------------------- */

/* What to do when a step of training is wrong, X(name, text):
 *   stop  end training with CLMLP_MISMATCH; the model holds theta before that step
 *   warn  tell the callback, and go on
 *   cpu   go on from theta before the step on the CPU path, in the same precision, to the end of the run; where that
 *         is what is wrong, stop */
#define CLMLP_ON_MISMATCH_LIST(X) \
    X(STOP, "stop")               \
    X(WARN, "warn")               \
    X(CPU, "cpu")

typedef enum clmlp_on_mismatch {
#define CLMLP_ON_MISMATCH_ENUM(name, text) CLMLP_MISMATCH_##name,
    CLMLP_ON_MISMATCH_LIST(CLMLP_ON_MISMATCH_ENUM)
#undef CLMLP_ON_MISMATCH_ENUM
    CLMLP_MISMATCH_COUNT
} clmlp_on_mismatch;

CLMLP_API const char *clmlp_on_mismatch_name(clmlp_on_mismatch what);
CLMLP_API bool clmlp_on_mismatch_parse(const char *name, clmlp_on_mismatch *what);

typedef struct clmlp_self_check_config {
    size_t size; /* sizeof of this struct; see clmlp.h */
    size_t every; /* on average one step in this many is checked, chosen by the seed of the run; 1: all;
                                      0: none, only a step that diverged is saved */
    clmlp_on_mismatch on_mismatch;
    /* Where the first wrong step is saved, or, when the cost stops being finite, the first step that made a number that
     * is not; NULL: not. Borrowed. */
    const char *bundle;
    clmlp_on_finding on_finding;   /* of failures only */
} clmlp_self_check_config;

/* No step is checked, stop on a mismatch, nothing written. */
CLMLP_API void clmlp_self_check_config_init(clmlp_self_check_config *config, size_t size);
static inline clmlp_self_check_config clmlp_self_check_config_default(void)
{
    clmlp_self_check_config config;
    clmlp_self_check_config_init(&config, sizeof config);
    return config;
}

typedef struct clmlp_self_check_result {
    size_t size; /* sizeof of this struct; see clmlp.h */
    size_t checked, failed;        /* steps */
    clmlp_finding first_failure;   /* valid where failed > 0 */
    double max_of_bound;
    bool bundle_written, on_cpu;
    char why_no_bundle[256];       /* where one should have been written and could not be; "" otherwise */
} clmlp_self_check_result;

/* An inspector for clmlp_train_config.inspector. */
CLMLP_API clmlp_status clmlp_self_check_create(clmlp_inspector **out, const clmlp_self_check_config *config,
                                               clmlp_error *error);
/* What it found so far, or, after training, in all. Errors: CLMLP_BAD_ARGUMENT. */
CLMLP_API clmlp_status clmlp_self_check_result_get(const clmlp_inspector *inspector, clmlp_self_check_result *result,
                                                   clmlp_error *error);
CLMLP_API void clmlp_inspector_destroy(clmlp_inspector *inspector); /* NULL is fine */

#ifdef __cplusplus
}
#endif

#endif
