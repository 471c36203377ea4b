/* dataset.h - examples: a feature matrix x [m x n] and, unless told otherwise, targets y [m x K].
 *
 * Read from CSV/TSV text, MNIST's IDX, NumPy's NPY or svmlight's text, each also gzipped. The kind of file is told by
 * its name (.csv .tsv, .npy, .idx or -idxN-ubyte, .svm .svmlight .libsvm, each with or without .gz), else by its first
 * bytes. Values are kept in the type they came in (8-bit, float or double); scaling and rounding to the training
 * precision happen on the way to the device, so no second copy is held. Features of svmlight's text are kept sparse:
 * the zeros between them take no memory.
 *
 * Threads: a data set does not change once it is made, and weighed (clmlp_dataset_set_weights,
 * clmlp_dataset_weigh_classes). Any number of threads may then read it at once, and train or predict from it; destroy
 * it when none does any more.
 */
#ifndef CLMLP_DATASET_H
#define CLMLP_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/export.h"
#include "clmlp/ranks.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clmlp_dataset clmlp_dataset;

/* The columns that the features of a table come from, in order, each with a name: not empty, and no two equal. A data
 * set that was read from a file with a header has such a list, and a model that was trained on it keeps a copy; data
 * for the model is then matched by name (clmlp_load_options). */
typedef struct clmlp_columns clmlp_columns;

/* What a column of a table holds (docs/files.md): X(name, text). */
#define CLMLP_COLUMN_KIND_LIST(X) \
    X(NUMERIC, "numeric")         \
    X(BOOLEAN, "boolean")         \
    X(CATEGORICAL, "categorical") \
    X(DATE, "date")

typedef enum clmlp_column_kind {
#define CLMLP_COLUMN_KIND_ENUM(name, text) CLMLP_COLUMN_##name,
    CLMLP_COLUMN_KIND_LIST(CLMLP_COLUMN_KIND_ENUM)
#undef CLMLP_COLUMN_KIND_ENUM
    CLMLP_COLUMN_KIND_COUNT
} clmlp_column_kind;

/* "?" outside the list. */
CLMLP_API const char *clmlp_column_kind_name(clmlp_column_kind kind);

/* What the targets are. */
typedef enum clmlp_target_kind {
    CLMLP_TARGET_NONE,    /* no targets: for prediction */
    CLMLP_TARGET_CLASSES, /* one of K named classes per example; y is its one-hot row */
    CLMLP_TARGET_VALUES,  /* K numbers per example: real, or 0/1 for several labels at once */
    CLMLP_TARGET_AUTO,    /* only to read: CLASSES or VALUES, whichever the targets look like */
    CLMLP_TARGET_KIND_COUNT
} clmlp_target_kind;

/* Whether the first row of a text file names the columns. */
typedef enum clmlp_header {
    CLMLP_HEADER_AUTO, /* a row of texts is a header, one of numbers is data; anything between is an error that asks */
    CLMLP_HEADER_YES,
    CLMLP_HEADER_NO,
    CLMLP_HEADER_COUNT
} clmlp_header;

/* What separates the columns of a text file. */
typedef enum clmlp_delimiter {
    CLMLP_DELIMITER_AUTO, /* the one that all of the first rows have equally often; two such are an error that asks */
    CLMLP_DELIMITER_COMMA,
    CLMLP_DELIMITER_SEMICOLON,
    CLMLP_DELIMITER_TAB,
    CLMLP_DELIMITER_COUNT
} clmlp_delimiter;

/* How a text file writes one and a half. */
typedef enum clmlp_decimal {
    CLMLP_DECIMAL_POINT, /* 1.5 */
    CLMLP_DECIMAL_COMMA, /* 1,5; then no comma separates columns */
    CLMLP_DECIMAL_COUNT
} clmlp_decimal;

/* What happens to an example without a target: an empty cell, NA, N/A, NaN, nan, null, NULL, None or ?. A text that is
 * the name of a known class is no missing target. */
typedef enum clmlp_missing_targets {
    CLMLP_MISSING_TARGETS_ERROR, /* with their number and the first place */
    CLMLP_MISSING_TARGETS_DROP,  /* the example is left out, and a note says how many were */
    CLMLP_MISSING_TARGETS_COUNT
} clmlp_missing_targets;

/* What happens to a feature without a value: an empty cell, NA, N/A, NaN, nan, null, NULL, None or ?. */
typedef enum clmlp_missing_values {
    CLMLP_MISSING_VALUES_ERROR,  /* at the first place */
    CLMLP_MISSING_VALUES_IMPUTE, /* the median, or a level of its own; a note says how many were */
    CLMLP_MISSING_VALUES_COUNT
} clmlp_missing_values;

/* What happens to a text that the training data did not have in a categorical column. */
typedef enum clmlp_unseen {
    CLMLP_UNSEEN_ZEROS, /* its features are all 0; a note says how many were */
    CLMLP_UNSEEN_ERROR,
    CLMLP_UNSEEN_COUNT
} clmlp_unseen;

/* What a file is. */
typedef enum clmlp_format {
    CLMLP_FORMAT_AUTO, /* told by its name, else by its first bytes */
    CLMLP_FORMAT_CSV,
    CLMLP_FORMAT_IDX,
    CLMLP_FORMAT_NPY,
    CLMLP_FORMAT_SVMLIGHT, /* LABEL[,LABEL...] [qid:N] INDEX:VALUE ... # comment */
    CLMLP_FORMAT_COUNT
} clmlp_format;

/* What svmlight's text counts its features from. */
typedef enum clmlp_index_base {
    CLMLP_INDEX_BASE_AUTO, /* 0 where there is an index 0, else 1; a note says which */
    CLMLP_INDEX_BASE_ZERO,
    CLMLP_INDEX_BASE_ONE,
    CLMLP_INDEX_BASE_COUNT
} clmlp_index_base;

typedef struct clmlp_load_options {
    size_t size; /* sizeof of this struct; see clmlp.h */
    /* CLMLP_TARGET_CLASSES or _VALUES: what to read the targets as; NONE: read no targets. Several columns
     * of targets always give VALUES: numbers, or labels that are 0 or 1; there true and yes are 1, false and
     * no are 0, with a note. Only one-hot rows (one 1 in each, zeros else) of a labels file with a header
     * become classes by its names, unless VALUES is asked for.
     * AUTO does as CLASSES, but for one column without class_names: fractions become VALUES, texts and
     * few repeated integers CLASSES, and anything in between is an error that asks (docs/files.md). */
    clmlp_target_kind target_kind;
    /* The file with the targets; NULL: they are a column of the data. One value per row, or one
     * column per output. Borrowed. */
    const char *labels_path;
    /* The target column of the data: its name in the header, or its 1-based index, or "last" (NULL
     * means the same); or several of them, in the order of the outputs: a list as for `features`, in which a
     * name in double quotes may have commas: "a,b", "3-5". A column whose whole name is the text goes first.
     * Borrowed. Unused with labels_path. */
    const char *target;
    clmlp_header header;
    /* The classes that may occur, in output order. A class outside the list is an error at its place. Borrowed.
     * NULL: those found, integers in numeric order, else in byte order; or see class_indices. */
    const char *const *class_names;
    size_t class_count;
    /* Number of features that the model takes; 0: any. Another width is an error. Unused where `columns` are known.
     * With target_kind
     * NONE, a file that is exactly one column wider is taken to hold a target too if `target`
     * says which column that is, which is then left out. */
    size_t expected_features;
    clmlp_delimiter delimiter;
    clmlp_decimal decimal;
    clmlp_missing_targets missing_targets;
    /* The columns that the model takes (clmlp_model_columns); NULL: none are known. A file with a header is then
     * matched by name: its columns may come in any order, those that the model does not have are left out, with a
     * note, and so is `target` where it is there and not asked for; a missing one is an error. A file without names
     * must have just as many columns as the model takes, and `target` by number; a note says so. Borrowed. */
    const clmlp_columns *columns;
    /* The columns to take, or to leave out, of a data file with one or two dimensions: names, numbers from 1 and ranges
     * of numbers, with commas between: "age,3,5-7". NULL: all, none. Borrowed. */
    const char *features, *ignore;
    /* The target column of the model's training data, where `target` may name another one: it must not become a feature
     * of a file that is read by position. NULL: not known. Borrowed. */
    const char *model_target;
    /* Without class_names: K > 0 for a model of K outputs without names. Labels are integers then, the
     * outputs' numbers from 0 to K - 1 by value, whichever of them occur. 0: as above. */
    size_t class_indices;
    /* Training data from a text file (no columns, no expected_features): columns whose texts are categories even if all
     * of them are numbers; a list as for features. NULL: none but those that hold texts. Borrowed. */
    const char *categorical;
    size_t max_categories; /* the most texts that one column may have; 0: 64 */
    clmlp_missing_values missing_values;
    clmlp_unseen unseen;
    /* Texts of text files that mean "no value", of features and of targets: [missing_count], each exactly as it stands
     * in a cell; "" is the empty cell. A cell that is the same number in another spelling is an error that asks. A
     * model keeps them with its columns. Borrowed. NULL: those of `columns`; without any "",
     * NA, N/A, NaN, nan, null, NULL, None and ?. */
    const char *const *missing_texts;
    size_t missing_count;
    /* The names of the model's outputs, where they are no classes (clmlp_model_output_name). Several target columns
     * with these names come in this order, however they stand; with other names in the order of `target`, with a
     * note. Of svmlight's text these are the labels of which an example may have several; one outside the list is an
     * error at its place. Borrowed. NULL: not known. */
    const char *const *output_names;
    size_t output_count;
    /* Columns of a text file whose texts go along with the examples as they stand (clmlp_dataset_kept): a list as for
     * `features`; one whole name goes first. Where columns are matched by name it changes nothing else; else these are
     * no features. Borrowed. NULL: none. */
    const char *keep;
    /* The column of the data that says how much each example counts in training (clmlp_dataset_set_weights): its name
     * in the header, or its number from 1. It is no feature. NULL: examples count alike. Borrowed. */
    const char *weights;
    /* The data are only to be scored: that column is left out unread, and need not be there. */
    bool skip_weights;
    clmlp_format format; /* of the data; that of labels_path is told by its name or its first bytes */
    clmlp_index_base index_base;
    /* What a model's training data counted from (clmlp_model_index_base): another index_base is an error. */
    clmlp_index_base model_index_base;
    /* Number of features of svmlight training data. 0: up to the largest index in it; more than 2^24, of which fewer
     * than one in a thousand has a number, are then an error that asks whether this is right. */
    size_t svmlight_features;
    bool asks_target; /* a file whose targets are a column is an error that asks which, unless `target` says it */
    /* `target` is a name, or a list of names, also where it looks like a number: no other column is meant by that. A
     * number still means the column at that place where the header has no name for it. */
    bool target_is_name;
    /* The most bytes that a gzipped file may unpack to, or that a pipe may give. 0: the memory of the machine, and no
     * gzipped file may unpack to more than 256 MiB and 500 times its size. */
    uint64_t max_input;
    /* The most columns that a table or an array may have beyond those of the model: each takes memory, and a delimiter
     * is one byte. 0: CLMLP_MAX_COLUMNS. Sparse text has svmlight_features instead. */
    size_t max_columns;
    /* The processes that read the file together, each a part of it, and have the same data set in the end, with the
     * same notes. All of them load the same files with the same options, in the same order. Where one cannot, all fail
     * with one message. Rank 0 alone reads a pipe and the standard input, for all. Borrowed. NULL: this one alone. */
    clmlp_ranks *ranks;
} clmlp_load_options;

#define CLMLP_MAX_COLUMNS 250000

/* CLASSES from the last column, header by inspection, any classes, any width, missing values imputed. */
CLMLP_API void clmlp_load_options_init(clmlp_load_options *options, size_t size);
static inline clmlp_load_options clmlp_load_options_default(void)
{
    clmlp_load_options options;
    clmlp_load_options_init(&options, sizeof options);
    return options;
}

/* Read a data set.
 *   out      receives the data set on success and is left alone on failure; the caller destroys it
 *   path     the data file; "-" is the standard input, which can be read once
 *   options  see above; NULL: the defaults
 * Errors: CLMLP_IO (cannot be opened or read), CLMLP_BAD_INPUT (with FILE:LINE:COLUMN for text,
 * FILE: for binary; with several ranks also a file that has other bytes at one of them), CLMLP_OUT_OF_MEMORY,
 * CLMLP_BAD_ARGUMENT, CLMLP_RANKS. */
CLMLP_API clmlp_status clmlp_dataset_load(clmlp_dataset **out, const char *path, const clmlp_load_options *options,
                                          clmlp_error *error);

/* Make a data set from memory; the arrays are copied.
 *   x  [m x n], all finite
 *   y  [m x K], all finite; NULL with K = 0: no targets. The target kind is VALUES.
 * Errors: CLMLP_BAD_ARGUMENT (m or n 0, a value not finite, named by row and column),
 * CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_dataset_create(clmlp_dataset **out, size_t m, size_t n, const double *x, size_t K,
                                            const double *y, clmlp_error *error);

/* The same with classes: labels [m], each below class_count; class_names may be NULL ("0", "1", ...). */
CLMLP_API clmlp_status clmlp_dataset_create_classes(clmlp_dataset **out, size_t m, size_t n, const double *x,
                                                    size_t class_count, const char *const *class_names,
                                                    const unsigned *labels, clmlp_error *error);

/* Make a data set from columns in memory, as clmlp_dataset_load does from a text file with a header: encoders are
 * fitted to training data; for a model (options.columns) columns are matched by name, in any order, or by position
 * where the model knows them by number. Everything is copied.
 *   m        rows
 *   count    columns, the target among them
 *   names    [count], none empty, no two equal
 *   numbers  numbers[j]: the column's numbers [m], NaN: missing; NULL: texts[j] are its cells
 *   texts    texts[j]: its cells [m], NULL or one of options.missing_texts: missing; NULL where numbers[j] are there.
 *            Texts are numbers, dates, booleans or categories as those of a file are. texts itself may be NULL
 *   options  NULL: the defaults. target, target_kind, class names, columns, features, ignore, categorical and the
 *            options for what is missing or unseen; labels_path must be NULL; what is for files only is not looked at
 * Rows are told by their numbers from 1. Errors: CLMLP_BAD_ARGUMENT, CLMLP_BAD_INPUT (as clmlp_dataset_load; "data:
 * ..."), CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_dataset_create_columns(clmlp_dataset **out, size_t m, size_t count,
                                                    const char *const *names, const double *const *numbers,
                                                    const char *const *const *texts, const clmlp_load_options *options,
                                                    clmlp_error *error);

/* How much each example counts in training: J = (1/m) sum_i w_i cost_i + ... Weights are scaled to a mean of 1.
 * Training, verification and gradient checks take them; evaluation does not, nor do the scores of validation and test
 * data.
 *   weights  [m], finite and >= 0, not all 0; copied. NULL: all examples count alike again
 * Where all weights are equal, training has the same bits as without. Call it before anybody uses the data set.
 * Errors: CLMLP_BAD_ARGUMENT, CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_dataset_set_weights(clmlp_dataset *dataset, const double *weights, clmlp_error *error);

/* Multiply the weight of each example by that of its class, and scale them to a mean of 1 again. The targets must be
 * classes.
 *   class_weights  [K], finite and >= 0; NULL: balanced, m / (K m_k) for a class of m_k examples
 *   taken          [K] receives the weights of the classes, before any scaling; may be NULL
 * Errors: as above. */
CLMLP_API clmlp_status clmlp_dataset_weigh_classes(clmlp_dataset *dataset, const double *class_weights, double *taken,
                                                   clmlp_error *error);

/* The weights of the examples [m], of mean 1; NULL: all count alike. Owned by the data set. */
CLMLP_API const double *clmlp_dataset_weights(const clmlp_dataset *dataset);
/* The same, sparse: row i has values[s] as feature columns[s] for starts[i] <= s < starts[i + 1], and zeros else.
 *   starts   [m + 1], from 0, none smaller than the one before
 *   columns  [starts[m]], from 0, below n, ascending in each row; NULL with starts[m] = 0
 *   values   [starts[m]], all finite; the same
 * n < 2^32. Errors as for clmlp_dataset_create. */
CLMLP_API clmlp_status clmlp_dataset_create_sparse(clmlp_dataset **out, size_t m, size_t n, const size_t *starts,
                                                   const uint32_t *columns, const double *values, size_t K,
                                                   const double *y, clmlp_error *error);
CLMLP_API clmlp_status clmlp_dataset_create_sparse_classes(clmlp_dataset **out, size_t m, size_t n,
                                                           const size_t *starts, const uint32_t *columns,
                                                           const double *values, size_t class_count,
                                                           const char *const *class_names, const unsigned *labels,
                                                           clmlp_error *error);

/* Split a data set in two: a held-out part and the rest, as copies. Each keeps the order of the examples, and has
 * classes, columns and target of `dataset`, and the weights of its examples, scaled to a mean of 1 (or all 0); its
 * notes stay there alone. What was fitted to all examples when they were read (medians, levels of categories) is fitted
 * anew to the rest, and applied to the part; notes of the part say what the rest does not have. The kind of each column
 * stays.
 *   fraction  in (0, 1): how much is held out
 *   seed      which examples are: the same on every machine
 *   part      receives the held-out part on success; the caller destroys it, and `rest`, too
 *   rest      receives the other examples
 * Of classes each is split by itself. Of m_k examples, fraction m_k are held out, rounded to a whole number (halves
 * up), but at least 1 and at most m_k - 1; of a single example, none. Other targets are split as one class is. Each
 * example has a number of 64 bits, Philox4x32-10 of (seed, example); those with the smallest in their class are held
 * out. So a larger fraction holds out the same examples and more.
 * Errors: CLMLP_BAD_ARGUMENT (fraction; no class has two examples, so that nothing can be held out),
 * CLMLP_BAD_INPUT (a column has values in the held-out part alone), CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_dataset_split(const clmlp_dataset *dataset, double fraction, uint64_t seed,
                                           clmlp_dataset **part, clmlp_dataset **rest, clmlp_error *error);

/* The same for cross-validation: the held-out part is one of `folds` parts, 2 to m of them, of which each example is in
 * one. With the numbers of clmlp_dataset_split, the examples of each class are dealt to the folds in turn, and those of
 * the next class from where that ended; so the sizes differ by one at most.
 *   fold  which part, from 0
 * Errors: as clmlp_dataset_split. */
CLMLP_API clmlp_status clmlp_dataset_fold(const clmlp_dataset *dataset, size_t folds, size_t fold, uint64_t seed,
                                          clmlp_dataset **part, clmlp_dataset **rest, clmlp_error *error);

/* clmlp_dataset_fold for networks that are averaged: both parts have the features of `dataset`, with what was fitted to
 * all of its examples, so that one model takes the networks of all folds. */
CLMLP_API clmlp_status clmlp_dataset_fold_alike(const clmlp_dataset *dataset, size_t folds, size_t fold, uint64_t seed,
                                                clmlp_dataset **part, clmlp_dataset **rest, clmlp_error *error);

/* NULL is fine. */
CLMLP_API void clmlp_dataset_destroy(clmlp_dataset *dataset);

/* Of NULL: 0, no targets, no name. */
CLMLP_API size_t clmlp_dataset_examples(const clmlp_dataset *dataset); /* m */
CLMLP_API size_t clmlp_dataset_features(const clmlp_dataset *dataset); /* n = s_1 */
CLMLP_API size_t clmlp_dataset_outputs(const clmlp_dataset *dataset);  /* K; 0 without targets */
CLMLP_API clmlp_target_kind clmlp_dataset_target_kind(const clmlp_dataset *dataset);

/* Where the targets came from: the name of their column in the header, or its 1-based index; of several columns a list
 * of these, as clmlp_load_options.target takes it; NULL: no column of the data. Owned by the data set. */
CLMLP_API const char *clmlp_dataset_target(const clmlp_dataset *dataset);

/* How many examples each class has, into counts [K]. Errors: CLMLP_BAD_ARGUMENT (the targets are no classes). */
CLMLP_API clmlp_status clmlp_dataset_class_counts(const clmlp_dataset *dataset, size_t *counts, clmlp_error *error);

/* Name of class k < K; NULL unless the targets are classes. Owned by the data set. */
CLMLP_API const char *clmlp_dataset_class_name(const clmlp_dataset *dataset, size_t k);

/* Name of output k < K: of the class, or of the column that the target comes from; NULL: it has none. Owned by the data
 * set. */
CLMLP_API const char *clmlp_dataset_output_name(const clmlp_dataset *dataset, size_t k);

/* Whether the features are kept sparse; of NULL: false. */
CLMLP_API bool clmlp_dataset_is_sparse(const clmlp_dataset *dataset);
/* What their file counts them from; AUTO: it has no numbers for them. */
CLMLP_API clmlp_index_base clmlp_dataset_index_base(const clmlp_dataset *dataset);

/* The columns that the features come from: named by the header, or by their numbers in a text file without one. NULL:
 * they have no names (arrays). Owned by the data set. */
CLMLP_API const clmlp_columns *clmlp_dataset_columns(const clmlp_dataset *dataset);

/* Number of columns, and the name of column j from 0. Of NULL, or another j: 0, NULL. */
CLMLP_API size_t clmlp_columns_count(const clmlp_columns *columns);
CLMLP_API const char *clmlp_columns_name(const clmlp_columns *columns, size_t j);

/* What column j holds, and how many features it becomes. Of NULL, or another j: CLMLP_COLUMN_KIND_COUNT, 0. */
CLMLP_API clmlp_column_kind clmlp_columns_kind(const clmlp_columns *columns, size_t j);
CLMLP_API size_t clmlp_columns_features(const clmlp_columns *columns, size_t j);

/* Whether the names are numbers of columns in a file without a header: they are taken by position. Of NULL: false. */
CLMLP_API bool clmlp_columns_numbered(const clmlp_columns *columns);

/* Whether missing values of column j have a feature, or a level, of their own. Of NULL, or another j: false. */
CLMLP_API bool clmlp_columns_missing(const clmlp_columns *columns, size_t j);

/* The texts that a categorical column may have, in the order of its features: their number, and text k from 0. 0 and
 * NULL where there is none. */
CLMLP_API size_t clmlp_columns_levels(const clmlp_columns *columns, size_t j);
CLMLP_API const char *clmlp_columns_level(const clmlp_columns *columns, size_t j, size_t k);

/* *out = the name of feature f of column j, both from 0: "age", "age missing", "city=Oslo", "day.year". Released with
 * clmlp_free. Errors: CLMLP_BAD_ARGUMENT, CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_columns_feature_name(const clmlp_columns *columns, size_t j, size_t f, char **out,
                                                  clmlp_error *error);
/* Text i, from 0, of those that meant "no value" where the columns were read; NULL: there are no more. */
CLMLP_API const char *clmlp_columns_missing_text(const clmlp_columns *columns, size_t i);

/* Make a list of columns: names [count], copied, none empty, no two equal. Released with clmlp_columns_destroy, for
 * which NULL is fine. Errors: CLMLP_BAD_ARGUMENT, CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_columns_create(clmlp_columns **out, const char *const *names, size_t count,
                                            clmlp_error *error);
CLMLP_API void clmlp_columns_destroy(clmlp_columns *columns);

/* Columns whose texts were kept (clmlp_load_options.keep); a part of a data set (clmlp_dataset_split) has none.
 *   clmlp_dataset_kept       their number
 *   clmlp_dataset_kept_name  name of column c from 0; "column_3" where it has none
 *   clmlp_dataset_kept_text  its text in example i, without quotes; NULL: there is none. Owned by the data set. */
CLMLP_API size_t clmlp_dataset_kept(const clmlp_dataset *dataset);
CLMLP_API const char *clmlp_dataset_kept_name(const clmlp_dataset *dataset, size_t c);
CLMLP_API const char *clmlp_dataset_kept_text(const clmlp_dataset *dataset, size_t i, size_t c);

/* What the reader of a file has to tell: columns that were left out, what was taken for what. Each note is a plain
 * sentence that names the file; nothing is wrong, but whoever works with the data should see it.
 *   clmlp_dataset_notes  their number; 0 for data from memory
 *   clmlp_dataset_note   note i from 0; NULL: there is none. Owned by the data set. */
CLMLP_API size_t clmlp_dataset_notes(const clmlp_dataset *dataset);
CLMLP_API const char *clmlp_dataset_note(const clmlp_dataset *dataset, size_t i);

/* The raw values of example i < m: its features [n], before any scaling, and its targets [K]; each may be NULL.
 * Errors: CLMLP_BAD_ARGUMENT. */
CLMLP_API clmlp_status clmlp_dataset_row(const clmlp_dataset *dataset, size_t i, double *features, double *targets,
                                         clmlp_error *error);

/* Where example i < m stands in its file, as whoever has that file counts: also in a part of a data set, and where rows
 * were left out.
 *   row   receives its row from 1, a header not counted
 *   line  receives its line from 1; 0: not known, as rows are no lines there
 * Each may be NULL. Errors: CLMLP_BAD_ARGUMENT. */
CLMLP_API clmlp_status clmlp_dataset_place(const clmlp_dataset *dataset, size_t i, size_t *row, size_t *line,
                                           clmlp_error *error);

#ifdef __cplusplus
}
#endif

#endif
