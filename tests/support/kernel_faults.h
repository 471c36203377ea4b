/* kernel_faults.h - faults that need the inside of a kernel, as changes of its text, and whom they are to be blamed on.
 */
#ifndef TEST_KERNEL_FAULTS_H
#define TEST_KERNEL_FAULTS_H

#include <stddef.h>

#include "backend/backend.h"
#include "clmlp/verify.h"

enum { LAYER_L = 0 }; /* the output layer */

typedef struct kernel_fault {
    const char *name;      /* as the issue calls them: "tail", "race" ... */
    const char *subject;   /* "native-cpu", "native-gpu", "clblast" */
    const char *file, *from, *to;
    const char *head;      /* put in front of the file; NULL: nothing */
    clmlp_equation equation; /* to be blamed; CLMLP_EQUATION_COUNT: "transfer" */
    clmlp_quantity quantity; /* the first of its results that is wrong */
    size_t layer;          /* LAYER_L, or l */
    size_t step;           /* the first that is wrong */
    size_t network, end;   /* of fault_networks.h, from which on, and to which, it shows; end 0: all */
} kernel_fault;

extern const kernel_fault kernel_faults[];
extern const size_t kernel_fault_count;

#endif
