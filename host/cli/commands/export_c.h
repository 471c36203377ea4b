/* export_c.h - the part of clmlp export that writes C. */
#ifndef CLMLP_CLI_EXPORT_C_H
#define CLMLP_CLI_EXPORT_C_H

#include <clmlp/clmlp.h>

#include "options/option_types.h"
#include "options/shared.h"

typedef struct clmlp_cli_export_c {
    const char *path;    /* NULL: another format is written */
    const char *measure; /* data for int8 */
    bool for_script;     /* precision, labels and target are those of --script */
    bool has_name, has_precision;
    clmlp_c_options options;
    clmlp_load_options load;
    clmlp_cli_text_given text;
    bool has_missing_targets, has_features, has_ignore, has_missing, has_texts, has_unseen;
} clmlp_cli_export_c;

#define CLMLP_CLI_EXPORT_C_ROWS(c)                                                                                     \
    {"c", &clmlp_cli_text, &(c).path, "FILE", "write a C99 file there, without dependencies: a raw row in, "           \
     "predictions out", "none", NULL},                                                                                 \
    {"c-name", &clmlp_cli_text, &(c).options.name, "NAME",                                                             \
     "what names in the C file begin with: up to 24 letters and digits", NULL, &(c).has_name},                         \
    {"precision", &clmlp_cli_precision, &(c).options.precision, "NAME",                                                \
     "floating-point type of the network in C or in the script: f32 or f64", "f32 in C, f64 in a script",              \
     &(c).has_precision},                                                                                              \
    {"int8", NULL, &(c).options.int8, NULL,                                                                            \
     "weights in C as integers of 8 bits, a scale for each row; --measure tells what that costs", NULL, NULL},         \
    {"measure", &clmlp_cli_text, &(c).measure, "DATA",                                                                 \
     "data with targets on which --int8 is compared with the model, on the CPU", "none", NULL}

/* How --measure or --data is read, as in evaluate. */
#define CLMLP_CLI_EXPORT_DATA_ROWS(c)                                                                                  \
    {"labels", &clmlp_cli_text, &(c).load.labels_path, "FILE", "targets of --measure or --data in a file of their own",\
     "a column of DATA", NULL},                                                                                        \
    {"target", &clmlp_cli_text, &(c).load.target, "COL",                                                               \
     "target column of --measure or --data: its name or number from 1; or several", "that of training", NULL},         \
    CLMLP_CLI_TEXT_ROWS((c).load, (c).text),                                                                           \
    CLMLP_CLI_MISSING_TARGETS_ROW((c).load, &(c).has_missing_targets),                                                 \
    CLMLP_CLI_COLUMN_ROWS((c).load, &(c).has_features, &(c).has_ignore),                                               \
    CLMLP_CLI_VALUE_ROWS((c).load, &(c).has_missing, &(c).has_texts, &(c).has_unseen)

/* False, with a usage error: options that do not go together. */
bool clmlp_cli_export_c_check(const char *command, const clmlp_cli_export_c *c, int *status);
bool clmlp_cli_export_c_check_output(const char *command, const clmlp_cli_export_c *c, const char *model, bool json,
                                     int *status);

/* Write, with int8 measure first, and report. Returns the exit status. The model may be changed. */
int clmlp_cli_export_c_run(const clmlp_cli_export_c *c, clmlp_model *model, const char *path, bool json);

#endif
