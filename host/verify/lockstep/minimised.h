/* minimised.h - iterations of lbfgs and cg on a device, each of their operations compared with the reference. */
#ifndef CLMLP_VERIFY_MINIMISED_H
#define CLMLP_VERIFY_MINIMISED_H

#include "verify/step/minimiser_checker.h"

/* All borrowed. A batch of the loader has room for all m examples, and the step has x, y and w. */
typedef struct clmlp_minimised {
    const clmlp_verify_config *config;
    clmlp_network *network;
    clmlp_batch_loader *loader;
    clmlp_step_record *step;
    clmlp_step_checker *checker;
    clmlp_step_checker_sink *sink;
    clmlp_status (*save)(void *context, size_t number, clmlp_error *error); /* the first wrong one, from the step */
    void *context;
    clmlp_verify_result *result; /* its `passed` follows what the sink is told; `steps` counts iterations */
} clmlp_minimised;

/* config->steps iterations: fewer where the minimiser comes to its end, and after a failure unless config->go_on.
 * Errors: CLMLP_INTERRUPTED, CLMLP_DIVERGED (a cost or gradient that is not finite, which is right), as clmlp_verify.
 */
clmlp_status clmlp_verify_minimised(const clmlp_minimised *m, clmlp_error *error);

#endif
