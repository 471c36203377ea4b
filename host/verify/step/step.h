/* step.h - one training step of a backend, with everything that it computed brought to the host.
 *
 * All numbers are double, dense and row-major; those of a float backend are exact in float. Arrays of pointers are
 * indexed as in network.h: z[l - 1] is z(l).
 */
#ifndef CLMLP_VERIFY_STEP_H
#define CLMLP_VERIFY_STEP_H

#include "clmlp/verify.h"
#include "train/step.h"

/* What a step has of a scale of the inputs: raw [s_2 x (s_1 + 1)] and s [1 x (s_1 + 1)]. Gradients before they are
 * clipped; NULL where they are not recorded. That of raw after clipping is the step's `clipped`. */
typedef struct clmlp_scale_record {
    double *raw, *raw_gradient, *raw_after;
    double *scale, *slopes, *clipped, *scale_after;
    double *state[UPDATE_STATES_MAX], *state_after[UPDATE_STATES_MAX]; /* of s; raw's is that of theta(1) */
} clmlp_scale_record;

/* What a step has beside that where several ranks take it: M, x to delta, gradient and cost are of this rank's rows. */
typedef struct clmlp_shared_record {
    double divisor;       /* rows of the whole batch */
    size_t before;        /* of them in front of this rank's */
    bool decays;          /* this rank's gradient has the lambda term */
    double **given;       /* [L - 1]: what this rank gave to the sums */
    double **sum;         /* [L - 1]: gradients summed over the ranks, before they are clipped */
    double cost, right;   /* of all ranks */
} clmlp_shared_record;

typedef struct clmlp_step_record {
    size_t L, M;          /* M of this step, <= capacity */
    size_t capacity;      /* rows of the arrays below */
    const size_t *s;      /* [L], the model's */
    clmlp_activation activation;
    clmlp_output output;
    clmlp_precision precision; /* of whoever computed it */
    size_t number;        /* of this step in its run, from 1: what its rule takes its numbers from */
    clmlp_descent descent;
    double *dropout;      /* what descent.dropout points to where the step owns that; else NULL */
    double *layer_rates;  /* [L - 1]: what descent.rule.layer_rates points to; NULL: it has none, or borrows them */
    double *x, *y;        /* [M x s_1], [M x K]: inputs, rounded to the precision */
    double *w;            /* [M]: weights of the examples, rounded, too; NULL: all 1 */
    double **theta;       /* [L - 1]: before the step, as the device has it */
    size_t states;        /* matrices of the update rule's state beside each theta(l) */
    double **state[UPDATE_STATES_MAX]; /* [states][L - 1]: before the step */
    double **z, **a;      /* [L]: z(l), a(l) for 2 <= l <= L; a(L) is h. NULL entries: not recorded */
    double **delta;       /* [L]: delta(l) for 2 <= l <= L */
    double **gradient;    /* [L - 1]; NULL entries: not recorded */
    double **clipped;     /* [L - 1]: the gradient after it was clipped; NULL: it is not, or not recorded */
    double **after;       /* [L - 1]: theta after the step */
    bool borrows_theta, borrows_state; /* the matrices of those before the step are somebody else's, */
    bool borrows_after, borrows_state_after; /* and those after it */
    double **state_after[UPDATE_STATES_MAX]; /* [states][L - 1] */
    double cost;          /* sum over the M rows, without the lambda term */
    bool counts_right;    /* whether there is: */
    double right;         /* rows predicted right, by descent.right */
    clmlp_scale_record *scale; /* NULL: the inputs have no scale */
    clmlp_shared_record *shared; /* NULL: this process takes the step alone. Borrowed */
    /* of an iteration of a minimiser: theta + length direction, each from theta before it */
    clmlp_minimiser minimiser;
    double **direction;   /* [L - 1]; NULL: none */
    double length;
} clmlp_step_record;

/* Rows that the sum of this step's gradient is divided by. */
static inline double clmlp_step_divisor(const clmlp_step_record *step)
{
    return step->shared != NULL ? step->shared->divisor : (double)step->M;
}

/* lambda / m of this step's gradient. */
static inline double clmlp_step_decay(const clmlp_step_record *step)
{
    return step->shared == NULL || step->shared->decays ? step->descent.decay : 0.0;
}

/* The gradients that theta moves by, [L - 1], before they are clipped. */
static inline double **clmlp_step_gradients(const clmlp_step_record *step)
{
    return step->shared != NULL ? step->shared->sum : step->gradient;
}

/* A record for steps of a model, all tensors. `all` false leaves out what training itself does not store: a(L),
 * gradients, and z of hidden layers unless clmlp_activation_needs_z. */
clmlp_status clmlp_step_record_create(clmlp_step_record **out, const clmlp_model *model, size_t capacity,
                                      clmlp_precision precision, bool all, clmlp_error *error);
void clmlp_step_record_destroy(clmlp_step_record *step); /* NULL is fine */

/* What the step descends by, with a copy of the layers' rates. Makes room for the rule's state, which is 0, and for
 * clipped gradients, where gradients are recorded. */
clmlp_status clmlp_step_record_set_descent(clmlp_step_record *step, const clmlp_descent *descent, clmlp_error *error);

/* Room for step->scale, where the step's descent has one. After the room for the rule's state and clipped gradients. It
 * is as before the first step: raw is theta(1), s is 1, the state of s is 0. Gradients before they are clipped have
 * room where that of theta(1) has. */
clmlp_status clmlp_scale_record_create(clmlp_step_record *step, clmlp_error *error);
void clmlp_scale_record_destroy(clmlp_step_record *step);
/* raw, s and its state as the device has them before a step, or all that it has after one. Waits. staging: as of
 * clmlp_read_matrix, for theta(1). */
clmlp_status clmlp_scale_record_fetch(clmlp_step_record *step, const clmlp_network *network, bool after, void *staging,
                                      clmlp_error *error);

/* theta and state before the step lie in these blocks: matrix after matrix as the model has them at theta_at [L], of
 * states one block after the other. Only read, borrowed until the next call; the record's own matrices are freed. */
void clmlp_step_record_borrow(clmlp_step_record *step, const size_t *theta_at, const double *theta,
                              const double *state);
/* The same of theta and state after the step. */
void clmlp_step_record_borrow_after(clmlp_step_record *step, const size_t *theta_at, const double *theta,
                                    const double *state);

/* Make room for a direction, unless it is there. */
clmlp_status clmlp_step_record_direct(clmlp_step_record *step, clmlp_error *error);

/* Make room for weights, unless it is there: each 1. */
clmlp_status clmlp_step_record_weigh(clmlp_step_record *step, clmlp_error *error);

/* What was theta and state after this step is theta and state before the next. */
void clmlp_step_record_hand_on(clmlp_step_record *step);

/* What matrix k of the state, from 0, is called. */
static inline clmlp_quantity clmlp_quantity_of_state(size_t k)
{
    return k == 0 ? CLMLP_QUANTITY_STATE : CLMLP_QUANTITY_STATE2;
}

/* The update rule that a verification is to take. */
clmlp_rule_settings clmlp_verify_rule(const clmlp_verify_config *config);

/* Whether it can be taken by a model, in a precision. Errors: CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_verify_rule_check(const clmlp_verify_config *config, const clmlp_model *model,
                                     clmlp_precision precision, clmlp_error *error);

/* Whether the factor of the rate of a scale of the inputs is one. Errors: CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_verify_scale_check(const clmlp_verify_config *config, clmlp_error *error);

/* Whether its minimiser, if there is one, can be had with the rest, of m examples. Errors: CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_verify_minimiser_check(const clmlp_verify_config *config, size_t m, clmlp_error *error);

/* Dense rows [rows x columns] of a matrix, from or to the device, whatever its precision. Waits.
 * staging: host scratch for rows x columns numbers of the backend's precision; NULL: allocated for the call. */
clmlp_status clmlp_read_matrix(clmlp_backend *backend, const clmlp_tensor *tensor, size_t rows, double *values,
                               void *staging, clmlp_error *error);
clmlp_status clmlp_write_matrix(clmlp_backend *backend, clmlp_tensor *tensor, size_t rows, const double *values,
                                void *staging, clmlp_error *error);

/* Runs steps on a backend and records them on the host. Its network is made for CLMLP_FOR_VERIFICATION: it stores z, h
 * and gradients beside what training stores, and descends exactly as training does. */
typedef struct clmlp_stepper {
    clmlp_network *network;
    struct clmlp_sharing *sharing; /* steps are those of several ranks, and have `shared`; NULL: of this process.
                                      Borrowed */
    const clmlp_model *model; /* borrowed */
    clmlp_tensor *x, *y;      /* [capacity x s_1], [capacity x K]: the batch of clmlp_stepper_run */
    clmlp_tensor *w;          /* [capacity x 1]: its weights; NULL: no step had any yet */
    void *staging;
    double seconds;           /* of the last step on the device: enqueue to done, without transfers */
} clmlp_stepper;

/* theta is the model's. Errors: CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
clmlp_status clmlp_stepper_create(clmlp_stepper **out, clmlp_backend *backend, const clmlp_model *model,
                                  size_t capacity, clmlp_error *error);
void clmlp_stepper_destroy(clmlp_stepper *stepper); /* NULL is fine */

/* One step from the inputs in `step`: M, x, y, w, theta, state, number, descent; fills the rest of it. theta and state
 * go to the device where put_theta; else the device goes on from its own, which the caller has put into step->theta
 * and state.
 */
clmlp_status clmlp_stepper_run(clmlp_stepper *stepper, clmlp_step_record *step, bool put_theta, clmlp_error *error);

/* theta, state and scale of the step to the device, as before it. */
clmlp_status clmlp_stepper_put_parameters(clmlp_stepper *stepper, clmlp_step_record *step, clmlp_error *error);

/* x, y and w of a step to the device, as a batch. */
clmlp_status clmlp_stepper_put(clmlp_stepper *stepper, clmlp_step_record *step, clmlp_batch *batch,
                               clmlp_error *error);

/* The same on a batch that is on the device already (a batch loader's); step->x, y and w are what the host has of it.
 */
clmlp_status clmlp_stepper_run_batch(clmlp_stepper *stepper, const clmlp_batch *batch, clmlp_step_record *step,
                                     clmlp_error *error);

/* What the network has, after whatever computed it: z, a, delta, gradient, and theta as that after the step; the cost
 * from slot 0. Of a step without state. */
clmlp_status clmlp_stepper_read(clmlp_stepper *stepper, clmlp_step_record *step, clmlp_error *error);

/* Whether "all agree" may be said of so many compared steps: after an interruption it is about those, after another
 * error about nothing. */
bool clmlp_verdict_stands(clmlp_status status, size_t steps);

#endif
