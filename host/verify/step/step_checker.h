/* step_checker.h - check a recorded step against the CPU path in double, with a bound per element.
 *
 * Lock-step: each equation of the reference takes the inputs that the device had, so that an error is pinned to the
 * one equation that made it:
 *   z(l+1)    from a(l), theta(l)              gamma_n sum |a||theta|
 *   a(l)      from z(l)                        ulps of g; where z is not stored, from a(l-1) and theta, |g'| times the
 *                                              bound of z added
 *   cost      from z(L), y
 *   delta(L)  from z(L), y;  delta(l)  from delta(l+1), theta(l), a(l)
 *   gradient  from delta(l+1), a(l), theta(l)
 *   clipped   from the gradients of all layers
 *   of a scale of the inputs: its gradient and that of raw, from that of theta(1); theta(1), from both after the step
 *   theta     from the clipped gradient, or from the gradient where the engine subtracts a stored one, else from
 *             delta, a and theta
 * docs/verification.md derives each.
 *
 * Free run: the reference has its own x, theta, ... from the first step on, and the bounds of what goes in are
 * carried through every equation to first order.
 */
#ifndef CLMLP_VERIFY_STEP_CHECKER_H
#define CLMLP_VERIFY_STEP_CHECKER_H

#include "clmlp/verify.h"
#include "verify/step/compare.h"
#include "verify/step/step.h"

typedef struct clmlp_step_checker clmlp_step_checker;

/* A checker of steps of a model, up to `capacity` rows, that were computed in `precision`.
 *   checked  the backend that computed them; borrowed. It names kernels. Where its descent is one kernel, theta is
 *            checked from delta, a and theta; else from the gradient, where a step has it. NULL: unknown, the latter
 * Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_step_checker_create(clmlp_step_checker **out, const clmlp_model *model, size_t capacity,
                                       clmlp_precision precision, const clmlp_backend *checked, clmlp_error *error);
void clmlp_step_checker_destroy(clmlp_step_checker *checker); /* NULL is fine */

/* Whether the sink looks at elements, beside findings. It does at first; without them lock-step is faster. */
void clmlp_step_checker_keep_elements(clmlp_step_checker *checker, bool keep);

/* Lock-step: every tensor that the step has, in the order of computation. `number` is the step's. */
clmlp_status clmlp_step_checker_check(clmlp_step_checker *checker, const clmlp_step_record *step, size_t number,
                                      clmlp_step_checker_sink *sink, void *context, clmlp_error *error);

/* Free run: begin at theta (the model's, exact in the precision), then follow step by step. Of the step only what
 * the device computed counts; x, y, rate and decay are taken from it. */
clmlp_status clmlp_step_checker_begin(clmlp_step_checker *checker, const clmlp_model *model, clmlp_error *error);
/* Begin at theta, state and scale of this step, which are exact, with what several ranks have added up: bounds are
 * carried through one step alone. */
clmlp_status clmlp_step_checker_begin_again(clmlp_step_checker *checker, const clmlp_step_record *step,
                                            clmlp_error *error);
clmlp_status clmlp_step_checker_follow(clmlp_step_checker *checker, const clmlp_step_record *step, size_t number,
                                       clmlp_step_checker_sink *sink, void *context, clmlp_error *error);

#endif
