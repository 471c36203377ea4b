/* judge.h - a step against the reference: the CPU path in double, with a bound for every element.
 *
 * Lock-step: each equation of the reference takes the inputs that the device had, so that an error is pinned to the
 * one equation that made it:
 *   z(l+1)    from a(l), theta(l)              gamma_n sum |a||theta|
 *   a(l)      from z(l)                        ulps of g; where z is not kept, from a(l-1) and theta, |g'| times the
 *                                              bound of z added
 *   cost      from z(L), y
 *   delta(L)  from z(L), y;  delta(l)  from delta(l+1), theta(l), a(l)
 *   gradient  from delta(l+1), a(l), theta(l)
 *   theta     from the gradient where the engine subtracts a stored one, else from delta, a and theta
 * docs/verification.md derives each.
 *
 * Free run: the reference has its own x, theta, ... from the first step on, and the bounds of what goes in are
 * carried through every equation to first order.
 */
#ifndef CLMLP_VERIFY_JUDGE_H
#define CLMLP_VERIFY_JUDGE_H

#include "clmlp/verify.h"
#include "verify/lockstep/step.h"

typedef struct clmlp_judge clmlp_judge;

/* What the judge looked at, with the whole tensors where the caller wants to keep them: found, expected and bound
 * [rows x columns]. */
typedef struct clmlp_judged {
    clmlp_finding finding;
    const double *found, *expected, *bound; /* valid during the call */
} clmlp_judged;

typedef clmlp_status clmlp_judge_sink(const clmlp_judged *judged, void *context, clmlp_error *error);

/* A judge of steps of a model, up to `capacity` rows, that were computed in `precision`.
 *   judged  what computed them: names kernels, and says whether the descent is one kernel, so that theta is to be judged
 *           from delta, a and theta; else from the gradient, where a step has it. NULL: unknown, the latter. Borrowed
 * Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_judge_create(clmlp_judge **out, const clmlp_model *model, size_t capacity,
                                clmlp_precision precision, const clmlp_backend *judged, clmlp_error *error);
void clmlp_judge_destroy(clmlp_judge *judge); /* NULL is fine */

/* Lock-step: every tensor that the step has, in the order of computation. `number` is the step's. */
clmlp_status clmlp_judge_step(clmlp_judge *judge, const clmlp_step *step, size_t number, clmlp_judge_sink *sink,
                              void *context, clmlp_error *error);

/* Free run: begin at theta (the model's, exact in the precision), then follow step by step. Of the step only what
 * the device computed counts; x, y, rate and decay are taken from it. */
clmlp_status clmlp_judge_begin(clmlp_judge *judge, const clmlp_model *model, clmlp_error *error);
clmlp_status clmlp_judge_follow(clmlp_judge *judge, const clmlp_step *step, size_t number, clmlp_judge_sink *sink,
                                void *context, clmlp_error *error);

/* found against expected +- bound [rows x columns]: fills rows .. bound of a finding, but for bound_of_value. expected
 * not finite: found must be the same kind of not finite; or, where the bound is infinite because sums may overflow, of
 * any kind. Else NaN never passes, and an infinity only where expected +- bound is beyond the largest number. */
void clmlp_compare(clmlp_finding *finding, const double *found, const double *expected, const double *bound,
                   size_t rows, size_t columns, clmlp_precision precision);

#endif
