/* vectors.h - theta, gradients and directions of all layers as one vector on the device. */
#ifndef CLMLP_TRAIN_VECTORS_H
#define CLMLP_TRAIN_VECTORS_H

#include "propagate/network.h"

/* One matrix for each theta(l), [L - 1]; laid out as gradients are. */
typedef clmlp_tensor **clmlp_vector;

/* Whoever looks at each operation of a minimiser: it is called in place of the backend's, which it calls itself.
 * `point` is called where J and its gradient at the network's theta are on the device, the cost of the batch in slot
 * 0. */
typedef struct clmlp_vector_watch {
    clmlp_status (*combine)(void *context, const clmlp_combine_args *args, size_t l, clmlp_error *error);
    clmlp_status (*dot)(void *context, const clmlp_dot_args *args, clmlp_error *error);
    clmlp_status (*point)(void *context, const clmlp_batch *batch, clmlp_error *error);
    void *context;
} clmlp_vector_watch;

/* What vectors belong to. */
typedef struct clmlp_vector_space {
    clmlp_network *network;
    const clmlp_vector_watch *watch; /* NULL: nobody looks */
} clmlp_vector_space;

/* What is made before an error is destroyed with clmlp_vector_destroy, too. NULL is fine there. */
clmlp_status clmlp_vector_create(clmlp_vector *out, const clmlp_network *network, const char *what, clmlp_error *error);
void clmlp_vector_destroy(clmlp_vector vector, const clmlp_network *network);

/* A number of the host's, and one that is `constant` times a sum on the device. */
clmlp_scalar clmlp_number(double constant);
clmlp_scalar clmlp_times_sum(double constant, size_t slot);

/* result := a x + b y; y NULL: a x. result may be x or y. Enqueues only. */
clmlp_status clmlp_vector_combine(const clmlp_vector_space *space, clmlp_scalar a, clmlp_vector x, clmlp_scalar b,
                                  clmlp_vector y, clmlp_vector result, clmlp_error *error);

/* sums[slot] := x . y, with biases or without. Enqueues only. */
clmlp_status clmlp_vector_dot(const clmlp_vector_space *space, clmlp_vector x, clmlp_vector y, bool bias, size_t slot,
                              clmlp_error *error);

/* Wait, and take sums first .. first + count - 1 to the host; squares: as in clmlp_sums_take. */
clmlp_status clmlp_vector_sums(const clmlp_vector_space *space, size_t first, size_t count, unsigned squares,
                               double *sums, clmlp_error *error);

#endif
