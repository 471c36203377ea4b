/* describe.h - inside a description of data: its parts, and the sentences of its findings. */
#ifndef CLMLP_DATA_DESCRIBE_H
#define CLMLP_DATA_DESCRIBE_H

#include "clmlp/inspect.h"
#include "data/quote.h"
#include "data/describe/repeated_rows.h"
#include "data/describe/summary.h"

/* A finding with texts of its own. */
typedef struct clmlp_found {
    clmlp_data_finding_kind kind;
    size_t count;
    char *place, *text, *advice;
} clmlp_found;

/* One file. */
typedef struct clmlp_described_file {
    const char *path; /* borrowed while the description is made */
    clmlp_dataset *dataset;
    clmlp_survey survey;
    clmlp_summary *columns; /* [column_count] */
    size_t column_count;
} clmlp_described_file;

struct clmlp_description {
    clmlp_described_file data, test; /* test.dataset NULL: none */
    clmlp_summary *targets;          /* [target_count], where they are numbers */
    size_t target_count;
    clmlp_column_summary values;
    clmlp_found *findings;           /* [count] */
    size_t count, capacity;
    size_t max_categories;
    bool drops_missing;              /* rows without a target are left out by option */
};

/* --- findings -------------------------------------------------------------------------------------------- */

enum { CLMLP_OPTION_LENGTH = 512 };

/* One more. The text is formatted. */
clmlp_status clmlp_describe_add(clmlp_description *d, clmlp_data_finding_kind kind, size_t count, const char *place,
                                const char *advice, clmlp_error *error, const char *format, ...) CLMLP_PRINTF(7, 8);

/* "column 'age'" or "column 3", into text [size]. */
void clmlp_describe_name(char *text, size_t size, const clmlp_described_file *file, size_t c);

/* "x.csv:3, column 'age'"; row m: without a line. Returns text. */
char *clmlp_describe_place(char text[CLMLP_PLACE_LENGTH], const clmlp_described_file *file, size_t row, size_t c);

/* Column c as an option takes it: its name, quoted for a shell where needed, or its number. Returns text. */
char *clmlp_describe_option(char text[CLMLP_OPTION_LENGTH], const clmlp_described_file *file, size_t c);

/* Whether each column is summarised. Of sparse ones there may be too many. */
bool clmlp_lists_columns(const clmlp_dataset *dataset);

/* All features of sparse data at once; what is not stored counts as 0. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_summarize_sparse(clmlp_column_summary *all, const clmlp_dataset *dataset, clmlp_error *error);

/* Findings about sparse columns: what no float holds. Constant and equal ones are common there, and no option leaves
 * them out. */
clmlp_status clmlp_find_in_sparse(clmlp_description *d, clmlp_error *error);

/* Numbers that may mean something else: thousands, in all columns; that there is no value, in one. */
clmlp_status clmlp_find_thousands(clmlp_description *d, clmlp_error *error);
clmlp_status clmlp_find_marks(clmlp_description *d, size_t c, clmlp_error *error);

/* Findings about the target, the columns, the rows, and about test data beside them. */
clmlp_status clmlp_find_in_targets(clmlp_description *d, clmlp_error *error);
clmlp_status clmlp_find_in_columns(clmlp_description *d, clmlp_error *error);
clmlp_status clmlp_find_in_rows(clmlp_description *d, clmlp_error *error);
clmlp_status clmlp_find_in_test(clmlp_description *d, clmlp_error *error);

#endif
