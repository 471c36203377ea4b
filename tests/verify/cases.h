/* cases.h - random training steps: shapes, activations, outputs, lambda, rate and batch sizes from a seed. */
#ifndef TEST_VERIFY_CASES_H
#define TEST_VERIFY_CASES_H

#include "networks.h"
#include "verify/step/step.h"

typedef struct random_case {
    uint64_t seed;
    size_t L, s[6], M;
    clmlp_activation activation;
    clmlp_output output;
    double rate, decay, x_scale, theta_scale;
    bool sparse; /* most features are 0 */
} random_case;

/* `small`: for simulators. */
random_case case_of(uint64_t seed, bool small);

/* "seed 17: 5-33-1, M 64, relu, softmax output, rate 0.1, decay 0.25" */
const char *case_text(const random_case *c, char text[256]);

clmlp_model *case_model(const random_case *c);

/* x, y, theta, M, rate and decay of step `number`; theta only of the first. A third of the seeds has weights. */
void case_inputs(const random_case *c, size_t number, const clmlp_model *model, clmlp_step_record *step);

#endif
