/* svmlight_line.h - svmlight's text, and libsvm's, an example a line:
 *
 *     LABEL[,LABEL...] [qid:N] INDEX:VALUE ... # comment */
#ifndef CLMLP_DATA_READERS_SVMLIGHT_LINE_H
#define CLMLP_DATA_READERS_SVMLIGHT_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "data/readers/input.h"

/* One line, without comment and line end. */
typedef struct clmlp_svmlight_line {
    const char *path;
    const char *begin, *next, *end; /* next: behind the last token */
    size_t number;                  /* from 1 */
} clmlp_svmlight_line;

/* What blanks separate. */
typedef struct clmlp_svmlight_token {
    const char *text; /* not terminated */
    size_t length;
} clmlp_svmlight_token;

/* The next token; false: the line has no more. */
bool clmlp_svmlight_next(clmlp_svmlight_line *line, clmlp_svmlight_token *token);

/* The column of a place in the line, from 1; characters, not bytes. */
size_t clmlp_svmlight_column(const clmlp_svmlight_line *line, const char *at);

/* "INDEX:VALUE". Errors: CLMLP_BAD_INPUT, with the place: it is something else, the index is above
 * CLMLP_SVMLIGHT_LARGEST, the value is not finite. */
clmlp_status clmlp_svmlight_pair(const clmlp_svmlight_line *line, const clmlp_svmlight_token *token, uint32_t *index,
                                 double *value, clmlp_error *error);
#define CLMLP_SVMLIGHT_LARGEST (UINT32_MAX - 1)

/* Whether it is "qid:N". */
bool clmlp_svmlight_is_query(const clmlp_svmlight_token *token);

/* Whether the text at input->next can be nothing else: its first lines are all as above, and one has a pair. */
bool clmlp_svmlight_is_likely(const clmlp_input *input);

#endif
