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

#ifdef __cplusplus
}
#endif

#endif
