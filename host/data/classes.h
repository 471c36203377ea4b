/* classes.h - class labels as they are read: distinct texts numbered as they appear, then named, sorted
 * or mapped onto the classes of a model.
 */
#ifndef CLMLP_DATA_CLASSES_H
#define CLMLP_DATA_CLASSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "data/columns/dictionary.h"
#include "data/columns/missing.h"
#include "data/notes.h"
#include "data/columns/real_targets.h"

/* Where a distinct label was first seen. */
typedef struct clmlp_class_place {
    size_t line, column;
} clmlp_class_place;

/* Zero-initialise, set path, release with clmlp_classes_release. */
typedef struct clmlp_classes {
    const char *path;           /* borrowed; for messages */
    clmlp_marks marks;          /* of a text file: what means that there is no target; borrowed */
    bool binary;                /* line and column are of an array: the messages say row and column */
    clmlp_dictionary texts;     /* the distinct labels; entry 0, code 1, is the label of the first row */
    clmlp_class_place *places;  /* [count] of the entries */
    size_t count, place_capacity;
    uint32_t *labels; /* [m], entry of each row */
    size_t m, label_capacity;
    size_t unused; /* entries in front that no row has (a header that was read as a row): 0 or 1 */
    clmlp_missing missing; /* rows without a target */
    bool guesses_kind;      /* the reader asks: once a fraction is met, and no text before, go on as ... */
    bool is_real;          /* ... `real`. Entry 0, the only one, is then the first that is no class; no labels */
    clmlp_real_targets real;
} clmlp_classes;

/* The text of an entry. */
static inline const char *clmlp_class_text(const clmlp_classes *classes, size_t entry)
{
    return clmlp_dictionary_text(&classes->texts, entry + 1);
}

static inline size_t clmlp_class_length(const clmlp_classes *classes, size_t entry)
{
    return clmlp_dictionary_length(&classes->texts, entry + 1);
}

/* The label of the next row. Errors: CLMLP_OUT_OF_MEMORY, CLMLP_BAD_INPUT (2^32 rows). */
clmlp_status clmlp_classes_add(clmlp_classes *classes, const char *text, size_t length, size_t line, size_t column,
                               clmlp_error *error);

/* The same for labels that came as numbers. */
clmlp_status clmlp_classes_add_number(clmlp_classes *classes, double value, size_t row, size_t column,
                                      clmlp_error *error);

/* The labels of a part of the rows are read as those behind `before`. */
void clmlp_classes_begin_part(clmlp_classes *part, const clmlp_classes *before);

/* The rows of a part behind those that are there, as if they had been added one by one; lines: what its lines are
 * counted less. Errors: as clmlp_classes_add. */
clmlp_status clmlp_classes_append(clmlp_classes *classes, const clmlp_classes *part, size_t lines, clmlp_error *error);

/* The first label is not a number, all others are: it must be the name of the column. */
bool clmlp_classes_first_is_name(const clmlp_classes *classes);

/* Forget the first row. */
void clmlp_classes_drop_first(clmlp_classes *classes);

#define CLMLP_NO_LABEL UINT32_MAX /* the label of a row without a target */

/* Name the classes by their texts: integers in numeric order (equal ones, "007" and "7", in byte order), others in byte
 * order; with known_names [known_count] in their order instead. There "3.0" is 3, but "007" is not 7. A text that
 * stands for a missing value (missing.h) and is no known name is no class: such rows are counted in classes->missing.
 *   labels  [m] receives the class of each row or CLMLP_NO_LABEL; owned by the caller
 *   names   receives the K names in one block, released with free(); NULL with K = 0
 *   notes   of different spellings of a number
 * Errors: CLMLP_BAD_INPUT (a class that is not known; numbers that are not integers),
 * CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_classes_finish(clmlp_classes *classes, const char *const *known_names, size_t known_count,
                                  uint32_t **labels, char ***names, size_t *K, clmlp_notes *notes,
                                  clmlp_error *error);

void clmlp_classes_release(clmlp_classes *classes);

#endif
