/* svmlight_reader.h - inside the reader of svmlight text: what it has met so far. */
#ifndef CLMLP_DATA_SVMLIGHT_READER_H
#define CLMLP_DATA_SVMLIGHT_READER_H

#include "data/quote.h"
#include "data/readers/svmlight_line.h"
#include "data/readers/table.h"

typedef struct clmlp_svmlight_place {
    size_t line, column; /* 0: there is none */
} clmlp_svmlight_place;

typedef struct clmlp_svmlight_reader {
    clmlp_table *table;
    clmlp_input *input;
    const clmlp_table_request *request;
    clmlp_error *error;
    clmlp_svmlight_line line;
    size_t first_line, last_line; /* with an example */
    size_t y_capacity, count_capacity;
    bool any;         /* an index was seen */
    uint32_t largest; /* index */
    clmlp_svmlight_place at_largest;
    clmlp_svmlight_place zero; /* the first index 0 */
    clmlp_index_base said;     /* by a comment of scikit-learn */
    clmlp_svmlight_place list; /* the first comma between labels */
    clmlp_svmlight_place unlabelled; /* the first example without a label ... */
    char found[CLMLP_QUOTE_LENGTH];  /* ... and what stands there */
    size_t queries;
} clmlp_svmlight_reader;

/* "FILE:LINE:COLUMN: found ..., expected ...". */
clmlp_status clmlp_svmlight_fail_at(const clmlp_svmlight_reader *reader, clmlp_svmlight_place at, const char *found,
                                    const char *expected);

/* Whether labels are numbers, and not some of the model's several labels. */
bool clmlp_svmlight_reads_numbers(const clmlp_table_request *request);

/* Lines from the input's position on, which is the start of one, until there are `most` examples, or up to the first
 * line that begins at byte `stop` of the file or behind it. */
clmlp_status clmlp_svmlight_lines(clmlp_svmlight_reader *reader, size_t most, uint64_t stop);

/* The lines behind the head, which is read: all of them, or divided among the ranks where they are to be. */
clmlp_status clmlp_svmlight_read_rest(clmlp_svmlight_reader *reader);

#endif
