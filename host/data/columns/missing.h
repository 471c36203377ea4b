/* missing.h - texts that stand for a value that nobody knows. */
#ifndef CLMLP_DATA_MISSING_H
#define CLMLP_DATA_MISSING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* How many values are missing, and where the first one is. */
typedef struct clmlp_missing {
    size_t count;
    size_t line, column;
} clmlp_missing;

/* `count` more, the first of them there. */
void clmlp_missing_add(clmlp_missing *missing, size_t count, size_t line, size_t column);

/* Those of a part, whose lines are counted so many less; the first is the part's where there was none. */
void clmlp_missing_append(clmlp_missing *missing, const clmlp_missing *part, size_t lines);

/* The texts of a file that mean "no value"; borrowed. texts NULL: nothing, NA, N/A, NaN, nan, null, NULL, None, ?. */
typedef struct clmlp_marks {
    const char *const *texts;
    size_t count;
} clmlp_marks;

/* Text i of a list, from 0; NULL: there are no more. */
const char *clmlp_mark(const clmlp_marks *marks, size_t i);

/* Whether two lists hold the same texts. */
bool clmlp_marks_equal(const clmlp_marks *a, const clmlp_marks *b);

/* Whether a text is one of them, exactly as it stands there. */
bool clmlp_is_missing(const clmlp_marks *marks, const char *text, size_t length);

/* Append the option that takes `more` [count] beside them, for a shell: --missing-values=',NA,unknown'. Texts that no
 * list can hold are left out. */
clmlp_status clmlp_marks_option(clmlp_text *text, const clmlp_marks *marks, const char *const *more, size_t count,
                                clmlp_error *error);

/* Whether any of them is a finite number; and whether one is this number, in any spelling. */
bool clmlp_marks_have_numbers(const clmlp_marks *marks);
bool clmlp_marks_have_number(const clmlp_marks *marks, double value);

#endif
