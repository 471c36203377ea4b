/* kernel_faults.h - faults that need the inside of a kernel, as changes of its text, and whom they are to be blamed on.
 */
#ifndef TEST_KERNEL_FAULTS_H
#define TEST_KERNEL_FAULTS_H

#include <stddef.h>

#include "backend/backend.h"
#include "clmlp/verify.h"

enum { LAYER_L = 0 }; /* the output layer */
#define FUSED_STEPS ((clmlp_equation)(CLMLP_EQUATION_COUNT + 1)) /* many steps in a launch */

typedef struct kernel_fault {
    const char *name;      /* its kind, as in the table: "tail", "race" ...; a step has what that needs */
    const char *subject;   /* "native-cpu", "native-gpu", "clblast" */
    const char *file, *from, *to;
    const char *head;      /* put in front of the file; NULL: nothing */
    clmlp_equation equation; /* to be blamed; CLMLP_EQUATION_COUNT: "transfer"; FUSED_STEPS: "steps" */
    clmlp_quantity quantity; /* the first of its results that is wrong */
    size_t layer;          /* LAYER_L, or l */
    size_t step;           /* the first that is wrong */
    size_t network, end;   /* of fault_networks.h, from which on, and to which, it shows; end 0: all. Of a trend: which
                            * network of those that have long sums */
    clmlp_optimizer optimizer;
    clmlp_activation activation; /* of the hidden layers; sigmoid: the network's */
} kernel_fault;

extern const kernel_fault kernel_faults[];
extern const size_t kernel_fault_count;

#endif
