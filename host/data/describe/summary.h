/* summary.h - what one column of a data set holds, in numbers. */
#ifndef CLMLP_DATA_SUMMARY_H
#define CLMLP_DATA_SUMMARY_H

#include "clmlp/inspect.h"
#include "data/dataset.h"

/* A text of a column and how often it occurs. */
typedef struct clmlp_level_count {
    const char *text;
    size_t count;
} clmlp_level_count;

/* Zero-initialise; release with clmlp_summary_release. */
typedef struct clmlp_summary {
    clmlp_column_summary column;
    bool whole;                /* all values are integers; not CATEGORICAL */
    uint64_t hash;             /* equal columns have equal ones */
    clmlp_level_count *levels; /* [level_count], the most frequent first: texts of CATEGORICAL, borrowed; integers of
                                * NUMERIC, where they are few */
    size_t level_count;
    char *digits;              /* of the integers */
} clmlp_summary;

/* Column c of a data set. values [m] is for sorting. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_summarize(clmlp_summary *summary, const clmlp_dataset *dataset, size_t c, double *values,
                             clmlp_error *error);

/* Values [count], which are sorted then; `rows` of the column, the others are missing. */
void clmlp_summarize_values(clmlp_summary *summary, double *values, size_t count, size_t rows);

void clmlp_summary_release(clmlp_summary *summary);

#endif
