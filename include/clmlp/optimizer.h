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

#ifdef __cplusplus
}
#endif

#endif
