/* equation_args.h - the arguments of each equation, made once: from a network, a batch and a layer. */
#ifndef CLMLP_PROPAGATE_EQUATION_ARGS_H
#define CLMLP_PROPAGATE_EQUATION_ARGS_H

#include "propagate/network.h"

/* z(l+1), a(l+1) from a(l), for 1 <= l < L - 1. */
clmlp_forward_args clmlp_forward_args_of(const clmlp_network *network, const clmlp_batch *batch, size_t l);

/* z(L), h and the cost from a(L-1); `delta`: with delta(L), which is stored into the network's. */
clmlp_output_args clmlp_output_args_of(const clmlp_network *network, const clmlp_batch *batch, clmlp_right right,
                                       size_t slot, bool delta);

/* delta(l) from delta(l+1), for 2 <= l < L. */
clmlp_hidden_args clmlp_hidden_args_of(const clmlp_network *network, const clmlp_batch *batch, size_t l);

/* dJ/dtheta(l), into the network's gradient where it keeps one, for 1 <= l < L; decay = lambda / m. */
clmlp_gradient_args clmlp_gradient_args_of(const clmlp_network *network, const clmlp_batch *batch, size_t l,
                                           double decay);

/* theta(l) and its state by a rule, from the network's gradient, for 1 <= l < L; decay: see clmlp_update_args. */
clmlp_update_args clmlp_update_args_of(const clmlp_network *network, size_t l, const clmlp_update_rule *rule,
                                       double decay);

/* Many steps by a rule: numbers [count x (L - 1) x UPDATE_NUMBERS]. */
clmlp_steps_args clmlp_steps_args_of(const clmlp_network *network, const clmlp_batch *batch, size_t count,
                                     clmlp_right right, size_t slot, const double *numbers, double decay);

#endif
