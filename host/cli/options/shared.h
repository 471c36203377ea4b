/* shared.h - what several commands do alike: their common options, opening a device, checking files
 * before hours of work depend on them, reading data for a model that exists.
 *
 * Functions that return bool say themselves what went wrong and set *status to the exit status.
 */
#ifndef CLMLP_CLI_SHARED_H
#define CLMLP_CLI_SHARED_H

#include <stdbool.h>
#include <stddef.h>

#include <clmlp/clmlp.h>

#include "options/options.h"
#include "options/rule.h"

/* --- common options ------------------------------------------------------------------------------------ */

typedef struct clmlp_cli_output_options {
    bool json, quiet, verbose;
} clmlp_cli_output_options;

#define CLMLP_CLI_PRECISION_ROW(o)                                                                                     \
    {"precision", &clmlp_cli_precision, &(o).precision, "NAME", "floating-point type: f32 or f64", NULL, NULL}

/* Rows of an option table that several commands have; `o` is a clmlp_device_options, ... */
#define CLMLP_CLI_PLACE_ROWS(o)                                                                                        \
    {NULL, NULL, NULL, NULL, "Device:", NULL, NULL},                                                                   \
    {"device", &clmlp_cli_device, &(o).spec, "SPEC",                                                                   \
     "where to compute: auto, cpu, opencl, opencl:P.D (platform and device as 'clmlp devices' counts them) or "        \
     "opencl:NAME (part of its name)", NULL, NULL},                                                                    \
    {"engine", &clmlp_cli_engine, &(o).engine, "NAME", \
     "kernels on OpenCL: native (clmlp's own, fused), clblast, or auto: the faster one by 'clmlp tune'; without it "  \
     "native on CPUs, clblast on GPUs", NULL, NULL},      \
    {"max-launch", &clmlp_cli_launch, &(o).max_launch, "MS",                                                           \
     "milliseconds that one launch on an OpenCL device may take, beyond which it is divided, with the same results; "  \
     "none, or auto: 500 where the driver says that it ends long kernels, as on a GPU with a display", NULL, NULL},    \
    CLMLP_CLI_PRECISION_ROW(o)

/* The same for commands that work on data. */
#define CLMLP_CLI_DEVICE_ROWS(o)                                                                                       \
    CLMLP_CLI_PLACE_ROWS(o),                                                                                           \
    {"device-memory", &clmlp_cli_bytes, &(o).memory_limit, "SIZE",                                                     \
     "the most device memory to take, in bytes or with K, M, G or T behind; data that does not fit is streamed",       \
     "90 % of what the device has", NULL}

/* How text files are read; `load` is a clmlp_load_options, `given` a clmlp_cli_text_given. */
#define CLMLP_CLI_TEXT_ROWS(load, given)                                                                               \
    {"format", &clmlp_cli_format, &(load).format, "NAME",                                                              \
     "what DATA is: csv, idx, npy, svmlight (also libsvm's), or auto: by its name, else by its first bytes", NULL,     \
     &(given).format},                                                                                                 \
    {"index-base", &clmlp_cli_index_base, &(load).index_base, "N",                                                     \
     "what svmlight text counts its indices from: 0, 1, or auto: as the model's training data; in training 0 where "   \
     "there is an index 0", NULL, &(given).index_base},                                                                \
    {"header", &clmlp_cli_header, &(load).header, "WHEN",                                                              \
     "whether text files begin with column names: auto, yes or no", NULL, &(given).header},                            \
    {"delimiter", &clmlp_cli_delimiter, &(load).delimiter, "NAME",                                                     \
     "what separates the columns of text files: auto, comma, semicolon or tab", NULL, &(given).delimiter},             \
    {"decimal", &clmlp_cli_decimal, &(load).decimal, "MARK",                                                           \
     "decimal mark of text files: . or , (then columns are separated by semicolons or tabs)", NULL, &(given).decimal}, \
    {"max-input", &clmlp_cli_bytes, &(load).max_input, "SIZE",                                                         \
     "the most that a gzipped file may unpack to, or a pipe give, in bytes or with K, M, G or T behind",               \
     "the machine's memory, and beyond 256 MiB 500 times the file's size", NULL},                                      \
    {"max-columns", &clmlp_cli_count, &(load).max_columns, "N",                                                        \
     "the most columns that a table or an array may have, beside those that the model takes", "250000", NULL}

/* Which of them were given. */
typedef struct clmlp_cli_text_given {
    bool header, delimiter, decimal, format, index_base;
} clmlp_cli_text_given;

#define CLMLP_CLI_MISSING_TARGETS_ROW(load, was_given)                                                                 \
    {"missing-targets", &clmlp_cli_missing_targets, &(load).missing_targets, "WHAT",                                   \
     "examples without a target (nothing, NA, N/A, NaN, nan, null, NULL, None or ?): error, or drop to leave them out",\
     NULL, was_given}

#define CLMLP_CLI_MISSING_TEXTS_ROW(load, was_given)                                                                   \
    {"missing-values", &clmlp_cli_missing_texts, &(load), "TEXT,...",                                                  \
     "cells of text files that hold no value, exactly as they stand; an empty item is the empty cell",                 \
     "the model's, else ',NA,N/A,NaN,nan,null,NULL,None,?'", was_given}

/* What columns of text files may hold. */
#define CLMLP_CLI_VALUE_ROWS(load, has_missing, has_texts, has_unseen)                                                 \
    {"missing", &clmlp_cli_missing_values, &(load).missing_values, "WHAT",                                             \
     "features without a value: error, or impute (the median; a level of its own among texts)", NULL, has_missing},    \
    CLMLP_CLI_MISSING_TEXTS_ROW(load, has_texts),                                                                      \
    {"unseen", &clmlp_cli_unseen, &(load).unseen, "WHAT",                                                              \
     "texts that the training data did not have: zeros for all of their features, or error", NULL, has_unseen}

#define CLMLP_CLI_CATEGORY_ROWS(load, has_categorical, has_most)                                                       \
    {"categorical", &clmlp_cli_text, &(load).categorical, "COL,...",                                                   \
     "columns of numbers that are categories, as for --features", "those that hold texts", has_categorical},           \
    {"max-categories", &clmlp_cli_count, &(load).max_categories, "N", "the most texts that a column may have", "64",   \
     has_most}

#define CLMLP_CLI_HINT_ROWS(hints)                                                                                     \
    {"activation", &clmlp_cli_activation, &(hints).activation, "NAME",                                                 \
     "hidden activation of a model file that does not say it: sigmoid, tanh, relu, linear, step, swish, selu, mish, "  \
     "leaky-relu, elu, gelu, gelu-tanh or softplus",                                                                   \
     "what the file says", &(hints).has_activation},                                                                   \
    {"output", &clmlp_cli_output, &(hints).output, "NAME",                                                             \
     "output layer of a model file that does not say it: sigmoid, softmax or linear", "what the file says",            \
     &(hints).has_output}

#define CLMLP_CLI_THRESHOLD_ROW(value, given)                                                                          \
    {"threshold", &clmlp_cli_inside_one, &(value), "T",                                                                \
     "two classes: the second one is predicted where its probability is above T; labels: each where its own is; 0 < "  \
     "T < 1", "the larger one; labels: 0.5", given}

#define CLMLP_CLI_CLASS_NAMES_ROW(value, given)                                                                        \
    {"class-names", &clmlp_cli_text, &(value), "NAME,...",                                                             \
     "classes of a model file that does not name them, in the order of its outputs", "0,1,2,...", given}

/* What keeps a network from learning its examples by heart; `config` is that of training or of a check. */
#define CLMLP_CLI_REGULARISATION_ROWS(config, given)                                                                   \
    {"label-smoothing", &clmlp_cli_below_one, &(config).label_smoothing, "E",                                          \
     "train on targets that are E / K (softmax) or E / 2 (sigmoid) instead of 0, and as much below 1: >= 0 and < 1",  \
     NULL, &(given).smoothing},                                                                                        \
    {"dropout", &clmlp_cli_probability_list, &(given).p, "P[,P...]",                                                   \
     "leave out units of hidden layers in training, each with this probability, >= 0 and < 1: one for all layers or "  \
     "one for each", "0", &(given).dropout}

/* Which of them were given. */
typedef struct clmlp_cli_regularisation_given {
    bool smoothing, dropout;
    clmlp_cli_probabilities p; /* of dropout; a config points into it */
} clmlp_cli_regularisation_given;

/* False, with a usage error: the model's output has no use for label smoothing, or its hidden layers are not those that
 * dropout is of. */
bool clmlp_cli_check_regularisation(const char *command, double smoothing, const clmlp_cli_regularisation_given *given,
                                    const clmlp_model *model, int *status);

#define CLMLP_CLI_OUTPUT_ROWS(o)                                                                                       \
    {"json", NULL, &(o).json, NULL, "print one JSON object on standard output, nothing else there", NULL, NULL},       \
    {"quiet", NULL, &(o).quiet, NULL, "nothing on standard error but errors and notes about the data", NULL, NULL},    \
    {"verbose", NULL, &(o).verbose, NULL, "say on standard error where the time until the first result went", NULL,    \
     NULL}

/* Those of commands that read no data; `o` has json and quiet. */
#define CLMLP_CLI_CARD_ROWS(o)                                                                                         \
    {"json", NULL, &(o).json, NULL, "print one JSON object on standard output, nothing else there", NULL, NULL},       \
    {"quiet", NULL, &(o).quiet, NULL, "nothing on standard error but errors and notes about the data", NULL, NULL}

/* --- files --------------------------------------------------------------------------------------------- */

/* Whether a file can be written at `path`: its folder exists and takes files, and it is not one of
 * `inputs` [count] (NULL entries are skipped). `option` names it in the message ("--model"). */
bool clmlp_cli_check_output(const char *command, const char *option, const char *path, const char *const *inputs,
                            size_t count, int *status);

/* False, with a usage error: two of `inputs` [count] (NULL entries are skipped) are the standard input, which can be
 * read once. */
bool clmlp_cli_check_inputs(const char *command, const char *const *inputs, size_t count, int *status);
/* Whether `path` is one of the files [count] (NULL entries are skipped), under whatever name. */
bool clmlp_cli_is_one_of(const char *path, const char *const *files, size_t count);
/* Whether two names are of one file, which may not be there yet: ./a and a. */
bool clmlp_cli_is_same_file(const char *one, const char *other);

/* An option that names a file to write, and the name; NULL: it was not given. */
typedef struct clmlp_cli_named_file {
    const char *option, *path;
} clmlp_cli_named_file;

/* Whether all of them are files of their own. */
bool clmlp_cli_check_distinct(const char *command, const clmlp_cli_named_file *outputs, size_t count, int *status);

/* --json and an output that is /dev/stdout cannot both have the standard output. */
bool clmlp_cli_check_claimed(const char *command, bool json, int *status);

/* --- data and models ------------------------------------------------------------------------------------ */

/* What the targets of an output layer are, unless they are said to be something else. */
clmlp_target_kind clmlp_cli_target_kind(clmlp_output output);

/* The choice of columns, for the row of an option table; `load` is a clmlp_load_options. */
#define CLMLP_CLI_COLUMN_ROWS(load, has_features, has_ignore)                                                          \
    {"features", &clmlp_cli_text, &(load).features, "COL,...",                                                         \
     "columns to take as features: names, numbers from 1 and ranges such as 3-7", "all", has_features},                \
    {"ignore", &clmlp_cli_text, &(load).ignore, "COL,...", "columns to leave out, as for --features", "none",          \
     has_ignore}

/* clmlp_model_load; where `data` is the model, it says that the two were named the other way round. */
clmlp_status clmlp_cli_load_model(clmlp_model **model, const char *path, const char *data,
                                  const clmlp_model_hints *hints, clmlp_error *error);

/* Print the notes of a data set, and keep them for --json; NULL is fine. */
void clmlp_cli_tell_notes(const clmlp_dataset *dataset);

/* Read a data set and tell its notes. All data that the program reads comes through here, but for clmlp inspect. */
clmlp_status clmlp_cli_load(clmlp_dataset **out, const char *path, const clmlp_load_options *load, clmlp_error *error);

/* What is known of data for a model: its columns, its width, and its target column unless `load` names one. */
void clmlp_cli_expect_model(clmlp_load_options *load, const clmlp_model *model);

/* Read examples with targets that suit an existing model: its classes, its width, and its target column
 * unless `load` names one. */
clmlp_status clmlp_cli_load_for_model(clmlp_dataset **out, const char *path, const clmlp_load_options *load,
                                      const clmlp_model *model, clmlp_error *error);

/* Name the outputs of a model whose file does not: `text` is what --class-names said, NULL: nothing. Errors:
 * CLMLP_BAD_INPUT (not as many as outputs, twice the same, others than the file's). */
clmlp_status clmlp_cli_name_classes(clmlp_model *model, const char *text, clmlp_error *error);

/* Check --threshold against the model and say as a note what it decides; 0: none was given. Errors: CLMLP_BAD_INPUT. */
clmlp_status clmlp_cli_take_threshold(const clmlp_model *model, bool given, double threshold, clmlp_error *error);

/* "784-25-10", into text [size]; cut when too long. */
void clmlp_cli_topology(const clmlp_model *model, char *text, size_t size);

/* Open a device and have it choose its engine, so that clmlp_cli_note_device says what will compute: for training
 * steps of `batch` examples, or, model NULL, for no network in particular. */
clmlp_status clmlp_cli_open_device(clmlp_device **out, const clmlp_device_options *options, const clmlp_model *model,
                                   size_t batch, clmlp_error *error);

/* Notes: what was read, what will compute. */
void clmlp_cli_note_data(const char *role, const char *path, const clmlp_dataset *dataset);
void clmlp_cli_note_model(const clmlp_model *model);
void clmlp_cli_note_device(const clmlp_device *device);

#endif
