/* dataset.h - what a data set is inside, for the readers that fill it and the code that feeds it. */
#ifndef CLMLP_DATA_DATASET_H
#define CLMLP_DATA_DATASET_H

#include <stdint.h>

#include "base/error.h"
#include "clmlp/dataset.h"
#include "clmlp/precision.h"
#include "data/columns/columns.h"
#include "data/columns/encoded.h"
#include "data/kept.h"
#include "data/notes.h"
#include "data/sparse.h"
#include "data/survey.h"

/* The type that features are kept in: the one they came in, so that 8-bit images stay small and
 * scaling sees what the file said. */
typedef enum clmlp_storage { CLMLP_STORE_U8, CLMLP_STORE_F32, CLMLP_STORE_F64 } clmlp_storage;

struct clmlp_dataset {
    size_t m, n, K;
    clmlp_storage storage;
    void *x;                       /* [m x n] in `storage`; NULL where the features are encoded or sparse */
    clmlp_encoded *encoded;        /* numbers and codes, of which the features are made; NULL: x are the features */
    bool pixels;                   /* x came as 8-bit integers in a binary file */
    clmlp_target_kind target_kind;
    uint32_t *labels;              /* [m], CLASSES only; each < K */
    double *y;                     /* [m x K], VALUES only */
    char **class_names;            /* [K], CLASSES only; one block */
    char **output_names;           /* [K], VALUES only: columns of the targets, one block; NULL: they have no names */
    char *target;                  /* the column the targets came from: name or 1-based index, or a list; NULL: none */
    clmlp_columns *columns; /* that the features come from; NULL: they have no names */
    char *path;             /* of its file; NULL: from memory */
    size_t first_line;      /* of example 0, where each is one line of that file; 0: else */
    clmlp_kept kept;        /* texts that go along with the examples; not in parts */
    clmlp_notes notes;
    double *weights;  /* [m] of the examples: >= 0, mean 1 (or all 0); NULL: all 1 */
    clmlp_sparse *sparse;         /* the features, where x is NULL and they are mostly 0; NULL: they are elsewhere */
    clmlp_index_base index_base;  /* how their file counts the features; AUTO: it has no numbers for them */
    uint32_t *source; /* [m], of a part: the example of the whole that each one was, for messages; NULL: itself */
    clmlp_survey *survey; /* while it is read to be described; NULL: else */
};

/* "x.csv:3", "x.npy: example 2" or "example 2", into text [size]; returns its length, at most size - 1. */
size_t clmlp_dataset_example_place(const clmlp_dataset *dataset, size_t i, char *text, size_t size);

/* Where feature j, or target k, of example i stands, as the user counts: "x.csv:3, column 'age'", "example 2, feature
 * 1" for what has no names. Returns text. */
enum { CLMLP_PLACE_LENGTH = 320 };
char *clmlp_dataset_feature_place(char text[CLMLP_PLACE_LENGTH], const clmlp_dataset *dataset, size_t i, size_t j);
char *clmlp_dataset_target_place(char text[CLMLP_PLACE_LENGTH], const clmlp_dataset *dataset, size_t i, size_t k);

/* Targets for a data set from memory that has none, copied: numbers y [m x K], or classes, which were checked. What was
 * made is the data set's in either case. */
clmlp_status clmlp_dataset_copy_targets(clmlp_dataset *dataset, size_t K, const double *y, clmlp_error *error);
clmlp_status clmlp_dataset_check_classes(size_t m, size_t class_count, const char *const *class_names,
                                         const unsigned *labels, clmlp_error *error);
clmlp_status clmlp_dataset_copy_classes(clmlp_dataset *dataset, size_t class_count, const char *const *class_names,
                                        const unsigned *labels, clmlp_error *error);

/* The names "0", "1", ... of `count` classes, in one block that is released with free(). */
clmlp_status clmlp_number_names(char ***out, size_t count, clmlp_error *error);

/* Bytes of one stored feature. */
size_t clmlp_storage_size(clmlp_storage storage);

/* Feature j of example i, unscaled. */
double clmlp_dataset_feature(const clmlp_dataset *dataset, size_t i, size_t j);

/* Features [first, first + count) of example i, unscaled. */
void clmlp_dataset_values(const clmlp_dataset *dataset, size_t i, size_t first, size_t count, double *to);

/* The same of all examples, feature by feature: to [count x m], count <= CLMLP_COLUMNS_AT_ONCE, a cache line of
 * doubles. */
enum { CLMLP_COLUMNS_AT_ONCE = 8 };
void clmlp_dataset_columns_of(const clmlp_dataset *dataset, size_t first, size_t count, double *to);

/* The targets, which are numbers, as if they were features; borrows from `dataset`. */
clmlp_dataset clmlp_dataset_of_targets(const clmlp_dataset *dataset);

/* *out = the columns of a data set as a model keeps them: where none is encoded, so that nothing was missing, each gets
 * an encoder with its median, for data that come later. NULL: the data set has none. */
clmlp_status clmlp_dataset_fit_columns(clmlp_columns **out, const clmlp_dataset *dataset, clmlp_error *error);

/* Targets of `rows` examples into out [rows x K] of the given precision. Example r is order[first + r],
 * or first + r where order is NULL. */
void clmlp_dataset_targets(const clmlp_dataset *dataset, const uint32_t *order, size_t first, size_t rows,
                           clmlp_precision precision, void *out);

/* Whether all of `targets`, which clmlp_dataset_targets made with the same arguments, is finite. Errors:
 * CLMLP_BAD_ARGUMENT, with example and target from 1. */
clmlp_status clmlp_dataset_check_targets(const clmlp_dataset *dataset, const uint32_t *order, size_t first,
                                         size_t rows, clmlp_precision precision, const void *targets,
                                         clmlp_error *error);

#endif
