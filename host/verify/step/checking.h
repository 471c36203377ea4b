/* checking.h - what the files of the step checker share: the checker, and a step that is being checked. */
#ifndef CLMLP_VERIFY_CHECKING_H
#define CLMLP_VERIFY_CHECKING_H

#include "verify/reference/equations.h"
#include "verify/step/compare.h"
#include "verify/step/step.h"
#include "verify/step/trend.h"

typedef struct clmlp_step_checker clmlp_step_checker;

/* What the reference has of a scale of the inputs: raw [s_2 x (s_1 + 1)] and s [1 x (s_1 + 1)]. The state of raw is the
 * checker's of theta(1). */
typedef struct clmlp_scaled_reference {
    clmlp_pair raw;                   /* of a free run; else NULL */
    clmlp_pair raw_gradient, slopes;
    clmlp_pair scale, state[UPDATE_STATES_MAX]; /* after the step; in a free run before it, too */
    size_t states;
} clmlp_scaled_reference;

struct clmlp_step_checker {
    size_t L, capacity;
    const size_t *s; /* the model's */
    clmlp_activation activation;
    clmlp_output output;
    clmlp_precision precision;
    bool fused;
    bool no_elements;    /* who listens wants findings alone */
    bool of_ranks;       /* what is compared was added up over several ranks */
    struct clmlp_row_scratch *rows;
    const clmlp_backend *checked; /* NULL: unknown */
    clmlp_reference_products products;
    clmlp_pair work;     /* scratch for any tensor */
    clmlp_pair sum;      /* of a hidden delta, before g', or z: [capacity x s_l] of the widest hidden layer */
    clmlp_pair moved;    /* z g'(z), the same */
    clmlp_pair h, last;  /* a(L), delta(L): [capacity x K] */
    /* a free run: what the reference has itself; NULL before it begins */
    clmlp_pair *z;         /* [L]: z(l), 2 <= l < L, where g' needs it */
    clmlp_pair *a, *delta; /* [L]; a(1) and a(L), and delta(1), are not there */
    clmlp_pair *theta;     /* [L - 1] */
    /* the update rule's state after a step: of the layer that is checked, or in a free run of all: [states][L - 1] */
    clmlp_pair *state[UPDATE_STATES_MAX];
    size_t states;
    bool state_of_all;
    clmlp_pair *clipped; /* [L - 1]: gradients, then clipped; NULL: no step was clipped yet */
    clmlp_scaled_reference scaled; /* NULLs: no step had a scale of the inputs yet */
};

/* A step that is being checked. */
typedef struct clmlp_checking {
    clmlp_step_checker *checker;
    const clmlp_step_record *step;
    size_t number;
    bool free_run;
    clmlp_step_checker_sink *sink;
    void *context;
    clmlp_error *error;
} clmlp_checking;

/* Where an equation's inputs come from. */
static inline clmlp_pair clmlp_exact(double *value)
{
    return (clmlp_pair){value, NULL};
}

static inline clmlp_pair clmlp_checked_a(const clmlp_checking *s, size_t l)
{
    if (l == 1) return clmlp_exact(s->step->x);
    return s->free_run ? s->checker->a[l - 1] : clmlp_exact(s->step->a[l - 1]);
}

static inline clmlp_pair clmlp_checked_theta(const clmlp_checking *s, size_t l)
{
    return s->free_run ? s->checker->theta[l - 1] : clmlp_exact(s->step->theta[l - 1]);
}

static inline clmlp_pair clmlp_checked_delta(const clmlp_checking *s, size_t l)
{
    if (!s->free_run) return clmlp_exact(s->step->delta[l - 1]);
    return l == s->checker->L ? s->checker->last : s->checker->delta[l - 1];
}

static inline clmlp_extent clmlp_checked_extent(const clmlp_checking *s, size_t l)
{
    return (clmlp_extent){s->step->M, s->checker->s[l - 1], s->checker->s[l], clmlp_step_divisor(s->step)};
}

/* Name what was compared, and hand it over. */
clmlp_status clmlp_tell_tensor(const clmlp_checking *s, clmlp_quantity quantity, size_t layer, clmlp_equation equation,
                               clmlp_checked_tensor *checked);

/* Compare what the step has with the reference, and hand it over. What a step does not have is left out. */
clmlp_status clmlp_check_tensor(const clmlp_checking *s, clmlp_quantity quantity, size_t layer,
                                clmlp_equation equation, const double *found, clmlp_pair reference, size_t rows,
                                size_t columns);

/* --- of check_trend.c: errors that are systematic, in lock-step, on a device that rounds to nearest --------------- */

enum { CLMLP_TREND_KINDS = 2 }; /* numbers of a finding of a trend: 1 + f, and the offset */

bool clmlp_looks_for_trends(const clmlp_checking *s);

/* own: the reference, as the last product left it; sum: before g'. Where there are too few units, nothing is said. */
clmlp_status clmlp_check_z_trend(const clmlp_checking *s, size_t l, clmlp_equation equation, const double *found,
                                 clmlp_pair own);
/* Where nobody keeps z, its trend is that of a = g(z); moved: z g'(z), each 0 where a is dropped. */
clmlp_status clmlp_check_a_trend(const clmlp_checking *s, size_t l, clmlp_pair z, const double *moved, clmlp_pair own);
clmlp_status clmlp_check_delta_trend(const clmlp_checking *s, size_t l, clmlp_pair sum, clmlp_pair own);
clmlp_status clmlp_check_gradient_trend(const clmlp_checking *s, size_t l, clmlp_pair own);
clmlp_status clmlp_check_theta_trend(const clmlp_checking *s, size_t l, clmlp_pair after);

/* What those of a gradient, and of theta after the step, are made from; false: nothing is to be looked for. */
bool clmlp_gradient_trend_data(const clmlp_checking *s, size_t l, clmlp_pair own, clmlp_trend_data *data);
bool clmlp_theta_trend_data(const clmlp_checking *s, size_t l, clmlp_pair after, clmlp_trend_data *data);
clmlp_status clmlp_tell_trends(const clmlp_checking *s, clmlp_quantity quantity, size_t layer, clmlp_equation equation,
                               const clmlp_trends *trends);

/* --- of descent_rows.c: gradient, state and theta in one pass over memory ----------------------------------------- */

/* Scratch of the threads; created when it is first used. */
typedef struct clmlp_row_scratch clmlp_row_scratch;
void clmlp_row_scratch_destroy(clmlp_row_scratch *scratch); /* NULL is fine */

/* Whether theta(l) can be checked that way: in lock-step, nothing clipped, no scale, no elements kept. */
bool clmlp_descends_by_rows(const clmlp_checking *s, size_t l);
/* The same findings as those of clmlp_check_descent, in the same order. */
clmlp_status clmlp_check_descent_rows(const clmlp_checking *s, size_t l);

/* --- of check_descent.c ------------------------------------------------------------------------------------------- */

/* The gradient of theta(l), and state and theta after the step. */
clmlp_status clmlp_check_descent(const clmlp_checking *s, size_t l);

/* Gradients of all layers, clipped ones, then state and theta. The checker has room for `clipped`. */
clmlp_status clmlp_check_clipped_descent(const clmlp_checking *s);

/* --- of scaled_step.c, where the inputs have a scale ------------------------------------------------------------- */

/* Room for a step with a scale; nothing for one without. */
clmlp_status clmlp_scaled_reference_prepare(clmlp_scaled_reference *own, const clmlp_step_record *step, bool free_run,
                                            clmlp_error *error);
void clmlp_scaled_reference_release(clmlp_scaled_reference *own);

/* The gradients of s and of raw, from dJ/dtheta(1), into the checker's own. */
clmlp_status clmlp_check_scale_gradients(const clmlp_checking *s, clmlp_pair gradient);

/* State and values of raw and s after the step by their gradients, then theta(1). */
clmlp_status clmlp_check_scaled_update(const clmlp_checking *s, clmlp_pair raw_gradient, clmlp_pair slopes);

#endif
