/* steps.h - steps of random networks, for tests of what is done with them. */
#ifndef TEST_STEPS_H
#define TEST_STEPS_H

#include "networks.h"
#include "verify/step/bundle.h"

/* A network 5-4-3 and the inputs of a step of M rows, exact in the precision. The caller destroys both. */
clmlp_step_record *random_step(clmlp_model **model, size_t M, clmlp_precision precision, clmlp_activation activation,
                               clmlp_output output);

/* The path of a file in the scratch folder, released with free(). */
char *scratch_file(const char *name);

#endif
