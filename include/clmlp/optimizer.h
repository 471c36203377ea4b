/* optimizer.h - the update rules: how theta moves by the gradient of J.
 *
 * Each rule is written once for the kernels (kernels/common/update.h) and once for the CPU path
 * (host/backend/cpu/cpu_equations.inc); its formula and source stand there.
 *
 * Threads: any.
 */
#ifndef CLMLP_OPTIMIZER_H
#define CLMLP_OPTIMIZER_H

#include <stdbool.h>

#include "clmlp/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, text):
 *   sgd       theta := theta - alpha dJ/dtheta: plain gradient descent
 *   momentum  v := mu v + dJ/dtheta, theta := theta - alpha v, v = 0 at first (Polyak 1964, as PyTorch's SGD writes
 *             it) */
#define CLMLP_OPTIMIZER_LIST(X) \
    X(SGD, "sgd")               \
    X(MOMENTUM, "momentum")

typedef enum clmlp_optimizer {
#define CLMLP_OPTIMIZER_ENUM(name, text) CLMLP_##name,
    CLMLP_OPTIMIZER_LIST(CLMLP_OPTIMIZER_ENUM)
#undef CLMLP_OPTIMIZER_ENUM
    CLMLP_OPTIMIZER_COUNT
} clmlp_optimizer;

/* Name of a list entry, "?" outside the list; and back: false when there is no such name. */
CLMLP_API const char *clmlp_optimizer_name(clmlp_optimizer optimizer);
CLMLP_API bool clmlp_optimizer_parse(const char *name, clmlp_optimizer *optimizer);

/* Methods that look at J of all training data at once, with a line search in place of a rate; no rules of one number,
 * so not in the list above. X(name, text):
 *   lbfgs  limited-memory BFGS with the strong Wolfe conditions (Nocedal and Wright, Numerical Optimization, 2nd ed.,
 *          2006, algorithms 7.5, 3.5 and 3.6)
 *   cg     conjugate gradients by Polak and Ribiere with Rasmussen's line search (C. E. Rasmussen's minimize, 2001) */
#define CLMLP_MINIMISER_LIST(X) \
    X(NO_MINIMISER, "none")     \
    X(LBFGS, "lbfgs")           \
    X(CG, "cg")

typedef enum clmlp_minimiser {
#define CLMLP_MINIMISER_ENUM(name, text) CLMLP_##name,
    CLMLP_MINIMISER_LIST(CLMLP_MINIMISER_ENUM)
#undef CLMLP_MINIMISER_ENUM
    CLMLP_MINIMISER_COUNT
} clmlp_minimiser;

CLMLP_API const char *clmlp_minimiser_name(clmlp_minimiser minimiser);
CLMLP_API bool clmlp_minimiser_parse(const char *name, clmlp_minimiser *minimiser);

/* Why a minimiser came to its end, X(name, text). */
#define CLMLP_MINIMISER_END_LIST(X)                                                                     \
    X(NONE, "not at its end")                                                                           \
    X(ITERATIONS, "all iterations done")                                                                \
    X(GRADIENT, "converged: the norm of the gradient is at most 1e-8 times that of theta, or 1e-8")     \
    X(DECREASE, "converged: no further decrease")

typedef enum clmlp_minimiser_end {
#define CLMLP_MINIMISER_END_ENUM(name, text) CLMLP_END_##name,
    CLMLP_MINIMISER_END_LIST(CLMLP_MINIMISER_END_ENUM)
#undef CLMLP_MINIMISER_END_ENUM
    CLMLP_END_COUNT
} clmlp_minimiser_end;

CLMLP_API const char *clmlp_minimiser_end_text(clmlp_minimiser_end end);

#ifdef __cplusplus
}
#endif

#endif
