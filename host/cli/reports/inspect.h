/* inspect.h - what is in a file, on standard output, for people and as JSON. */
#ifndef CLMLP_CLI_REPORTS_INSPECT_H
#define CLMLP_CLI_REPORTS_INSPECT_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include <clmlp/clmlp.h>

/* all: no table is cut. */
void clmlp_cli_report_data(const char *path, const char *test_path, const clmlp_description *description, bool all);
int clmlp_cli_report_data_json(const char *path, const char *test_path, const clmlp_description *description);

/* A model file. */
typedef struct clmlp_cli_model_report {
    const char *path;
    const clmlp_model_file *file;
    const clmlp_model *model; /* NULL: no model can be made of it */
    const char *complaint;    /* why not; NULL: one can */
    bool lacks_activation, lacks_output; /* the model's are not known */
    bool checkpoint;          /* it has a run, too */
} clmlp_cli_model_report;

/* The next fact of a checkpoint for people, from key *i on, without "clmlp.checkpoint." in front; NULL: no more. */
const char *clmlp_cli_checkpoint_fact(const clmlp_model_file *file, size_t *i);

void clmlp_cli_report_model(const clmlp_cli_model_report *report, bool all);
int clmlp_cli_report_model_json(const clmlp_cli_model_report *report);

/* What a model file lacks, and the option that says it: NULL behind the last. */
typedef struct clmlp_cli_lack {
    const char *what, *option;
} clmlp_cli_lack;
enum { CLMLP_CLI_LACKS = 7 };
void clmlp_cli_find_lacks(const clmlp_cli_model_report *report, clmlp_cli_lack lacks[CLMLP_CLI_LACKS]);

/* A bundle: a training step in a file. */
void clmlp_cli_report_bundle(const char *path, const clmlp_bundle_info *info);
int clmlp_cli_report_bundle_json(const char *path, const clmlp_bundle_info *info);

/* --- texts ---------------------------------------------------------------------------------------------------- */

enum { CLMLP_CLI_LINE = 100 };

/* Print words in lines of at most CLMLP_CLI_LINE, all but the first begun with `indent` blanks; `used`: what stands on
 * the first line already. most > 0: no more lines than that, the last one ends in "...". */
void clmlp_cli_print_wrapped(const char *text, size_t indent, size_t used, size_t most);

/* Seconds since 1970 as "2026-01-31", or with the time where `time`. Returns text. */
char *clmlp_cli_format_date(char text[32], double seconds, bool time);

/* How many examples each class has, [outputs]; NULL: no memory, or no classes. Released with free(). */
size_t *clmlp_cli_class_counts(const clmlp_dataset *dataset);

/* "3 text", "1 row": a number and its noun with an s where needed, as arguments of "%zu %s%s". */
#define CLMLP_CLI_NUMBER(count, noun) (count), (noun), (count) == 1 ? "" : "s"

#endif
