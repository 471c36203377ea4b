/* inspect.h - what is in a file: a table, before anything is trained on it; and a model file, whoever wrote it.
 *
 * A description of data says what each column holds, what features it becomes, what the target is, and lists findings:
 * what is wrong with the data or would stop a training, where it is, and which option answers it. Nothing in it
 * depends on chance; the same file has the same description.
 *
 * Threads: descriptions and model files do not change once they are made; any number of threads may read one.
 */
#ifndef CLMLP_INSPECT_H
#define CLMLP_INSPECT_H

#include <stdbool.h>
#include <stddef.h>

#include "clmlp/dataset.h"
#include "clmlp/export.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- what a file is ----------------------------------------------------------------------------------------- */

typedef enum clmlp_file_kind {
    CLMLP_FILE_DATA,   /* anything that is none of the others: text, IDX, NPY, packed or not */
    CLMLP_FILE_MODEL,  /* safetensors that are neither of the other two */
    CLMLP_FILE_BUNDLE, /* safetensors that hold a training step (verify.h) */
    CLMLP_FILE_FOLDER,
    CLMLP_FILE_CHECKPOINT, /* safetensors that hold a training run: also a model (train.h) */
    CLMLP_FILE_KIND_COUNT
} clmlp_file_kind;

/* Tell it by the first bytes; the name does not matter. The standard input ("-") is data: it is not looked at.
 * Errors: CLMLP_IO, CLMLP_BAD_INPUT (safetensors that are damaged), CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_file_kind_of(clmlp_file_kind *out, const char *path, clmlp_error *error);

/* --- data ------------------------------------------------------------------------------------------------- */

/* What can be found: X(NAME, text). `count` of a finding is the number of what stands behind the text here. */
#define CLMLP_DATA_FINDING_LIST(X)                                                             \
    X(TASK, "task")                                 /* 1: --task auto would ask */             \
    X(MISSING_TARGETS, "missing_targets")           /* rows */                                 \
    X(CONSTANT_TARGET, "constant_target")           /* 1 */                                    \
    X(SINGLE_CLASS, "single_class")                 /* classes of one example */               \
    X(EMPTY, "empty")                               /* columns without any value */            \
    X(CONSTANT, "constant")                         /* columns of one value */                 \
    X(DUPLICATE_COLUMN, "duplicate_column")         /* columns that equal an earlier one */    \
    X(IDENTIFIER, "identifier")                     /* columns of another value in each row */ \
    X(CATEGORIES, "categories")                     /* texts of a column, too many */          \
    X(TEXTS, "texts")                               /* cells with texts among numbers */       \
    X(THOUSANDS, "thousands")                       /* fractions that may be thousands */      \
    X(NO_VALUE, "no_value")                         /* cells of a number that may mean that */ \
    X(MISSING, "missing")                           /* values; many of them are missing */     \
    X(BEYOND_FLOAT, "beyond_float")                 /* values that no float holds */           \
    X(DUPLICATE_ROWS, "duplicate_rows")             /* rows that equal an earlier one */       \
    X(CONTRADICTING_ROWS, "contradicting_rows")     /* rows: equal features, other class */    \
    X(TEST_COLUMNS, "test_columns")                 /* columns that the test data lack */      \
    X(TEST_KIND, "test_kind")                       /* 1: a column of another kind there */    \
    X(TEST_LEVELS, "test_levels")                   /* rows with texts unknown to training */  \
    X(TEST_CLASSES, "test_classes")                 /* rows with classes unknown to training */ \
    X(TEST_ROWS, "test_rows")                       /* rows of the test data that are in both */ \
    X(ENCODING, "encoding")                         /* 1: a text is not UTF-8 */               \
    X(SIMILAR_CLASSES, "similar_classes")           /* classes that differ in case or space */

typedef enum clmlp_data_finding_kind {
#define CLMLP_DATA_FINDING_ENUM(name, text) CLMLP_DATA_FINDING_##name,
    CLMLP_DATA_FINDING_LIST(CLMLP_DATA_FINDING_ENUM)
#undef CLMLP_DATA_FINDING_ENUM
    CLMLP_DATA_FINDING_KIND_COUNT
} clmlp_data_finding_kind;

/* "?" outside the list. */
CLMLP_API const char *clmlp_data_finding_name(clmlp_data_finding_kind kind);

/* Texts are owned by the description. */
typedef struct clmlp_data_finding {
    size_t size; /* sizeof of this struct; see clmlp.h */
    clmlp_data_finding_kind kind;
    size_t count;
    const char *place;  /* "x.csv:3, column 'age'" */
    const char *text;   /* what was found, as the end of a sentence that the place begins */
    const char *advice; /* what to do about it, with the option; "": nothing but to know it */
} clmlp_data_finding;

/* A column of numbers, or of what is kept as numbers: booleans (0 and 1) and dates (seconds since 1970-01-01). */
typedef struct clmlp_column_summary {
    size_t size; /* sizeof of this struct; see clmlp.h */
    const char *name;      /* NULL: it has none. Owned by the description */
    size_t number;         /* in the file, from 1; 0: not known */
    clmlp_column_kind kind;
    size_t rows, missing;
    size_t distinct;       /* values or texts, missing ones left out */
    size_t features;       /* that it becomes */
    double least, most, mean, deviation, median; /* NaN: no value, or CATEGORICAL. deviation: over m, not m - 1 */
} clmlp_column_summary;

typedef struct clmlp_describe_options {
    size_t size;           /* sizeof of this struct; see clmlp.h */
    const char *test_path; /* test data, to be compared with; NULL: none. Borrowed, as the next */
    const char *test_labels_path; /* their targets; NULL: a column */
} clmlp_describe_options;

/* No test data. */
CLMLP_API void clmlp_describe_options_init(clmlp_describe_options *options, size_t size);
static inline clmlp_describe_options clmlp_describe_options_default(void)
{
    clmlp_describe_options options;
    clmlp_describe_options_init(&options, sizeof options);
    return options;
}

typedef struct clmlp_description clmlp_description;

/* Read data, and look at all of it. Unlike clmlp_dataset_load this takes data that no training would, and says so in
 * findings: columns with too many texts, or without any value; targets that are missing, or may be classes or numbers;
 * no targets at all in files of one column and of images. What cannot be read, or would have to be guessed, is an
 * error as everywhere.
 *   load     how to read the data; NULL: clmlp_load_options_default, but with target_kind AUTO. Nothing may be given of
 *            a model (columns, expected_features, classes). max_categories: the most texts without a finding
 *   options  NULL: the defaults
 * Errors: as clmlp_dataset_load, also of the test data. */
CLMLP_API clmlp_status clmlp_describe(clmlp_description **out, const char *path, const clmlp_load_options *load,
                                      const clmlp_describe_options *options, clmlp_error *error);
CLMLP_API void clmlp_description_destroy(clmlp_description *description); /* NULL is fine */

/* The rows that have a target, or all if none has. Notes in it are about the file as a whole. Of NULL: NULL. */
CLMLP_API const clmlp_dataset *clmlp_description_dataset(const clmlp_description *description);
/* The same of the test data; NULL: there are none. */
CLMLP_API const clmlp_dataset *clmlp_description_test(const clmlp_description *description);

/* Of NULL: NULL, 0, false. */
CLMLP_API const char *clmlp_description_form(const clmlp_description *description); /* "NPY, ..."; NULL: not known */
CLMLP_API size_t clmlp_description_rows(const clmlp_description *description);      /* with those without a target */
CLMLP_API bool clmlp_description_pixels(const clmlp_description *description);      /* the features are 8-bit pixels */
/* What --task auto asks about the target; NULL: nothing. */
CLMLP_API const char *clmlp_description_question(const clmlp_description *description);

/* Columns that become features, and column j from 0; none of sparse data with more than 1000 of them, or 2^24 numbers.
 * Errors: CLMLP_BAD_ARGUMENT. */
CLMLP_API size_t clmlp_description_columns(const clmlp_description *description);
CLMLP_API clmlp_status clmlp_description_column(const clmlp_description *description, size_t j,
                                                clmlp_column_summary *out, clmlp_error *error);

/* Text k, from 0, of a categorical column, or of one of numbers that has at most 64 values, all of them integers: the
 * most frequent first, equal ones in byte order. *count, which may be NULL: rows that have it. NULL: there is none. */
CLMLP_API const char *clmlp_description_level(const clmlp_description *description, size_t j, size_t k, size_t *count);

/* Target k, from 0, where targets are numbers. Errors: CLMLP_BAD_ARGUMENT. */
CLMLP_API clmlp_status clmlp_description_target(const clmlp_description *description, size_t k,
                                                clmlp_column_summary *out, clmlp_error *error);

/* All values of all features, where they are numbers without kinds, as pixels and sparse ones are: least, most, mean;
 * distinct is the number of columns with more than one value. Errors: CLMLP_BAD_ARGUMENT. */
CLMLP_API clmlp_status clmlp_description_values(const clmlp_description *description, clmlp_column_summary *out,
                                                clmlp_error *error);

/* Findings, in the order of their kinds, and finding i from 0. Errors: CLMLP_BAD_ARGUMENT. */
CLMLP_API size_t clmlp_description_findings(const clmlp_description *description);
CLMLP_API clmlp_status clmlp_description_finding(const clmlp_description *description, size_t i,
                                                 clmlp_data_finding *out, clmlp_error *error);

/* --- model files ------------------------------------------------------------------------------------------- */

/* The header of a safetensors file: what it says, whether or not clmlp_model_load can make a model of it. */
typedef struct clmlp_model_file clmlp_model_file;

/* Errors: CLMLP_IO, CLMLP_BAD_INPUT, CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_model_file_open(clmlp_model_file **out, const char *path, clmlp_error *error);
CLMLP_API void clmlp_model_file_close(clmlp_model_file *file); /* NULL is fine */

/* The text under a key of its metadata ("clmlp.version"; docs/model-format.md); NULL: there is none. */
CLMLP_API const char *clmlp_model_file_text(const clmlp_model_file *file, const char *key);

/* Key i, from 0, of its metadata, in the order of the file; NULL: there are no more. Owned by the file. */
CLMLP_API const char *clmlp_model_file_key(const clmlp_model_file *file, size_t i);

/* Tensors in the order of their data: their number, and for i from 0 name, type ("F32") and shape, as "[25 x 64]".
 * NULL, or 0, where there is none. Owned by the file. */
CLMLP_API size_t clmlp_model_file_tensors(const clmlp_model_file *file);
CLMLP_API const char *clmlp_model_file_tensor(const clmlp_model_file *file, size_t i);
CLMLP_API const char *clmlp_model_file_type(const clmlp_model_file *file, size_t i);
CLMLP_API const char *clmlp_model_file_shape(const clmlp_model_file *file, size_t i);

#ifdef __cplusplus
}
#endif

#endif
