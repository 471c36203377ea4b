/* columns.h - the columns of a table by name: a list that a data set and a model each keep, and the choice of columns
 * by name or number. */
#ifndef CLMLP_DATA_COLUMNS_H
#define CLMLP_DATA_COLUMNS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "clmlp/dataset.h"
#include "data/columns/encoder.h"
#include "data/columns/missing.h"

struct clmlp_columns {
    size_t count;
    char **names; /* [count], one block; none is empty, no two are equal */
    clmlp_encoder **encoders; /* [count]; NULL: each column is one feature, its number */
    char **missing; /* [missing_count], one block: texts that meant "no value" in the training data; NULL: the usual */
    size_t missing_count;
    bool numbered; /* the names are numbers of a file without a header: columns are taken by position */
};

/* A list of columns that are encoded. On success the encoders [count] belong to it, the array does not. Their names
 * are the names. Errors: as clmlp_columns_create. */
clmlp_status clmlp_columns_create_encoded(clmlp_columns **out, clmlp_encoder *const *encoders, size_t count,
                                          clmlp_error *error);

/* The texts that mean "no value", for data of the same kind; of NULL: the default. */
clmlp_marks clmlp_columns_marks(const clmlp_columns *columns);

/* Features of all columns. */
size_t clmlp_columns_width(const clmlp_columns *columns);

/* Whether each column is one feature, its number, unless that is missing. */
bool clmlp_columns_are_numbers(const clmlp_columns *columns);

/* The first column in which the columns of data and those of a model differ, in name or encoder; the count of the
 * shorter list where none does. Without encoders no number was missing: any median will do. */
size_t clmlp_columns_compare(const clmlp_columns *data, const clmlp_columns *model);

/* A list whose names are the numbers of columns in a file, source [count] from 0. */
clmlp_status clmlp_columns_create_numbered(clmlp_columns **out, const size_t *source, size_t count, clmlp_error *error);

/* *out = a copy; NULL of NULL. */
clmlp_status clmlp_columns_copy(clmlp_columns **out, const clmlp_columns *columns, clmlp_error *error);

/* The first j for which names[j] equals an earlier one or, if `empty`, is empty; count: all differ. *earlier is the
 * other one, or j itself. */
clmlp_status clmlp_find_repeated(const char *const *names, size_t count, bool empty, size_t *j, size_t *earlier,
                                 clmlp_error *error);

/* Where each of wanted [wanted_count] stands in names [count], into place [wanted_count]; count: nowhere. Of equal
 * names it is the first. */
clmlp_status clmlp_find_names(const char *const *wanted, size_t wanted_count, const char *const *names, size_t count,
                              size_t *place, clmlp_error *error);

/* Which columns of a file are meant by lists such as "age,3,5-7": names first, then numbers from 1, then ranges. */
typedef struct clmlp_choice {
    const char *features, *ignore; /* the lists; NULL: all, none */
    const char *path;              /* of the file, for messages */
    size_t line;                   /* of its header; 0: it has none */
    const char *const *names;      /* [columns]; NULL: numbers only */
    size_t columns;
    size_t target;                 /* this one is not to be chosen; columns: there is none */
    const size_t *slots;           /* [columns]: nor is any that is not SIZE_MAX; NULL: all are */
    bool lenient;                  /* in order: entries that mean no column are passed over ... */
    size_t *absent;                /* ... and counted here, unless it is NULL */
    bool no_numbers;               /* in order: numbers and ranges mean no column */
    bool names_only;               /* the same; of equal names the last */
    bool never_whole;              /* in order: the text is a list, also where a column is called so */
} clmlp_choice;

/* Whether a text may be more than one name or number: it has a comma, a quote in front, or is a range. */
bool clmlp_is_list(const char *text);

/* One more name for a list that clmlp_choose_in_order reads: quoted where it has a comma or a quote in front. */
clmlp_status clmlp_list_append(clmlp_text *text, const char *name, clmlp_error *error);

/* columns [choice->columns], of which *count are used: those of `list`, in its order. A column whose whole name is
 * `list` goes first. An entry in quotes is a name that may have commas. Errors: as clmlp_choose_columns; a column that
 * is there twice. */
clmlp_status clmlp_choose_in_order(const clmlp_choice *choice, const char *option, const char *list, size_t *columns,
                                   size_t *count, clmlp_error *error);

/* chosen [columns]: in `list`, which came with `option`. Errors: as clmlp_choose_columns. */
clmlp_status clmlp_choose_listed(const clmlp_choice *choice, const char *option, const char *list, bool *chosen,
                                 clmlp_error *error);

/* kept [columns]: in the list of features, and not ignored; the target is neither and stays true.
 * Errors: CLMLP_BAD_INPUT (no such column, two of that name, the target), which names option and column. */
clmlp_status clmlp_choose_columns(const clmlp_choice *choice, bool *kept, clmlp_error *error);

#endif
