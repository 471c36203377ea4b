/* describe.h - a finding in words. */
#ifndef CLMLP_VERIFY_DESCRIBE_H
#define CLMLP_VERIFY_DESCRIBE_H

#include "clmlp/verify.h"

/* "step 40: delta(2) [32 x 25] by hidden_delta (cpu_hidden): 3 elements beyond their bound, the worst at row 4, column
 * 7: found 0.25, expected 0.125 +- 1.2e-08", into text [size], cut when too long. Rows and columns count from 0. */
void clmlp_describe_finding(const clmlp_finding *finding, char *text, size_t size);

#endif
