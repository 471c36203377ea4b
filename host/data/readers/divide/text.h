/* text.h - the lines of a text file, divided among the ranks.
 *
 * A rank reads the lines that begin in its range of bytes. Where its first one begins it has to guess: a line feed may
 * be inside quotes, and what a column holds may depend on the rows in front. So all compare where each one came to with
 * where the next one began, and who began wrongly reads again from there. The first rank cannot be wrong; so after each
 * round one more is right, and in the end each line was read as one process reads it. */
#ifndef CLMLP_DATA_DIVIDE_TEXT_H
#define CLMLP_DATA_DIVIDE_TEXT_H

#include "data/readers/divide/division.h"
#include "data/readers/input.h"

typedef enum clmlp_text_outcome {
    CLMLP_TEXT_READ,
    CLMLP_TEXT_FAILED,
    CLMLP_TEXT_OTHERWISE /* the file has to be read in another way */
} clmlp_text_outcome;

/* Lines one behind the other, as a rank has read them. Bytes are counted from the start of the file. */
typedef struct clmlp_text_run {
    uint64_t start, end;     /* where it begins, and where the next one does */
    uint64_t line, end_line; /* numbers of these lines; those of a guess may be off */
    uint64_t outcome, status;
} clmlp_text_run;

typedef struct clmlp_text_job {
    clmlp_input *input;
    bool quotes; /* a line feed in double quotes ends no line, and a CR alone ends one; false: LF ends lines */
    uint64_t start, line;  /* of the first line that is divided */
    size_t columns;        /* whose state matters; 0: nothing depends on the rows in front */
    unsigned char *states; /* [columns] clmlp_cells_state at that line */
    void *context;
    /* Read the lines that begin in [run->start, stop) from the state `before` [columns]; set `after` [columns], and the
     * rest of the run. What was read before is forgotten. */
    void (*read)(void *context, clmlp_text_run *run, uint64_t stop, const unsigned char *before, unsigned char *after,
                 clmlp_error *error);
} clmlp_text_job;

/* Have all ranks read their lines. lines [ranks]: what has to be added to the line numbers of each. *otherwise: some
 * rank came upon that before any failed; nothing else is of use then. Collective. Errors: the first one in the order of
 * the file, the same at all ranks; CLMLP_OUT_OF_MEMORY, CLMLP_IO, CLMLP_RANKS. */
clmlp_status clmlp_divide_text(clmlp_division *division, const clmlp_text_job *job, size_t *lines, bool *otherwise,
                               clmlp_error *error);

#endif
