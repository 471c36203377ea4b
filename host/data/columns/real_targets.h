/* real_targets.h - targets of which one has a fraction, so that they are no classes: numbers without their texts. */
#ifndef CLMLP_DATA_REAL_TARGETS_H
#define CLMLP_DATA_REAL_TARGETS_H

#include <stdbool.h>
#include <stddef.h>

#include "data/columns/dictionary.h"
#include "data/columns/missing.h"

/* Zero-initialise; release with clmlp_real_targets_release. */
typedef struct clmlp_real_targets {
    double *y; /* [m]; NaN: missing, or no finite number */
    size_t m, capacity;
    clmlp_missing missing;
    bool has_infinite;      /* or NaN that does not mean missing */
    clmlp_dictionary texts; /* that are no numbers; 1 is the first of them ... */
    size_t text_line;       /* ... which was found here */
} clmlp_real_targets;

/* The target of the next row, a number or missing (NaN). */
clmlp_status clmlp_real_targets_add(clmlp_real_targets *targets, double value, clmlp_error *error);

/* The same from its text, whatever it is. */
clmlp_status clmlp_real_targets_add_text(clmlp_real_targets *targets, const clmlp_marks *marks, const char *text,
                                         size_t length, size_t line, size_t column, clmlp_error *error);

/* Those of the rows behind, read apart, whose lines are counted so many less. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_real_targets_append(clmlp_real_targets *targets, const clmlp_real_targets *part, size_t lines,
                                       clmlp_error *error);

void clmlp_real_targets_release(clmlp_real_targets *targets);

#endif
