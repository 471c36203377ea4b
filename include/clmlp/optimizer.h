/* optimizer.h - the update rules: how theta moves by the gradient of J.
 *
 * Each rule is written once for the kernels (kernels/common/update.h) and once for the CPU path
 * (host/backend/cpu/cpu_equations.inc).
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

/* X(name, text). g = dJ/dtheta, with the lambda term in it; v and s are state, 0 at first; t is the step, from 1. Rates
 * are those of the layer and, for column 0, of the bias. All are written as PyTorch has them:
 *   sgd       theta := theta - alpha g: plain gradient descent (Cauchy 1847)
 *   momentum  v := mu v + g, theta := theta - alpha v (Polyak 1964; SGD)
 *   nesterov  v := mu v + g, theta := theta - alpha (g + mu v) (Nesterov 1983, in the form of Sutskever et al. 2013;
 *             SGD with nesterov=True)
 *   rmsprop   v := beta2 v + (1 - beta2) g^2, theta := theta - alpha g / (sqrt(v) + epsilon) (Tieleman and Hinton 2012;
 *             RMSprop, where beta2 is called alpha)
 *   adam      s := beta1 s + (1 - beta1) g, v := beta2 v + (1 - beta2) g^2, theta := theta - alpha / (1 - beta1^t)
 *             s / (sqrt(v) / sqrt(1 - beta2^t) + epsilon) (Kingma and Ba 2015, algorithm 1; Adam)
 *   adamw     theta := (1 - alpha d) theta on columns >= 1, then as adam; d is the weight decay (Loshchilov and Hutter
 *             2019, algorithm 2; AdamW) */
#define CLMLP_OPTIMIZER_LIST(X) \
    X(SGD, "sgd")               \
    X(MOMENTUM, "momentum")     \
    X(NESTEROV, "nesterov")     \
    X(RMSPROP, "rmsprop")       \
    X(ADAM, "adam")             \
    X(ADAMW, "adamw")

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
    X(DECREASE, "converged: no further decrease")                                                       \
    X(STUCK, "not converged: no lower point was found along the gradient")

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
