/* report.h - results on standard output, for people and as JSON. Published keys stay. */
#ifndef CLMLP_CLI_REPORT_H
#define CLMLP_CLI_REPORT_H

#include <cjson/cJSON.h>

#include <clmlp/clmlp.h>

#include "options/rule.h"
#include "reports/cross_validation.h"

/* --- pieces of JSON ------------------------------------------------------------------------------------- */

/* A text; what is not UTF-8 becomes the replacement character, so that the output is always JSON. */
cJSON *clmlp_cli_json_text(const char *text);
/* {cost, accuracy}; a number that is not finite is null, as everywhere. */
void clmlp_cli_json_score(cJSON *object, const clmlp_score *score);
/* dropout: [], or one number for all hidden layers, or one for each. */
void clmlp_cli_json_dropout(cJSON *object, const double *p, size_t count);

/* optimizer, rate, and what of the numbers the optimizer has; factors of the rates where they are not 1. L: of the
 * network. */
void clmlp_cli_json_rule(cJSON *object, const clmlp_cli_rule *rule, size_t L);
/* schedule, warmup and what else the schedule has, in a run of `steps` steps. */
void clmlp_cli_json_schedule(cJSON *object, const clmlp_rate_schedule *schedule, size_t steps);
/* seed, with all its digits: beyond 2^53 a double has not all whole numbers. */
void clmlp_cli_json_seed(cJSON *object, uint64_t seed);
/* device, device_name, engine, precision. */
void clmlp_cli_json_device(cJSON *object, const clmlp_device *device);

/* Print and release. Returns the exit status: `status`, or 1 after saying that memory or standard
 * output failed. */
int clmlp_cli_json_print(cJSON *object, int status);

/* --- training -------------------------------------------------------------------------------------------- */

typedef struct clmlp_cli_train_report {
    const clmlp_model *model;
    const clmlp_device *device;
    const clmlp_train_config *config;
    const clmlp_train_result *result;
    clmlp_status status;
    double until_first; /* seconds until the first step was done, with kernels that were built; 0: not known */
    size_t members, begun; /* of an ensemble: that were asked for, and begun with; 1: it is none */
    size_t samples, validation_samples, test_samples;
    const clmlp_evaluation *evaluation, *validation_evaluation, *test_evaluation; /* NULL: none */
    const char *model_path; /* where it was written; NULL: it could not be */
    const char *data_path, *labels_path; /* labels NULL: none */
    const char *test_path, *test_labels_path; /* NULL: none */
    const char *validation_path, *validation_labels_path; /* NULL: none */
    const clmlp_self_check_result *check; /* NULL: no step was to be checked */
    const clmlp_dataset *data; /* what was trained on */
    const clmlp_cli_cross_validation *cross_validation;
    const char *weights_column, *class_weights; /* as given; NULL: none */
    const char *preset, *preset_options; /* its name and settings; NULL: none */
    const char *failure; /* what ended training, in a sentence; NULL: nothing did */
    const char *bundle_path; /* of a wrong step, or one that diverged; NULL: none was saved */
    const struct clmlp_cli_shares_told *shares; /* of several ranks; see reports/ranks.h */
} clmlp_cli_train_report;

int clmlp_cli_report_train_json(const clmlp_cli_train_report *report, int status);
void clmlp_cli_report_train(const clmlp_cli_train_report *report);

/* --- evaluation ------------------------------------------------------------------------------------------ */

/* threshold 0: none */
int clmlp_cli_report_evaluation_json(const clmlp_evaluation *evaluation, const clmlp_model *model,
                                     const char *model_path, const clmlp_device *device, double threshold);
void clmlp_cli_report_evaluation(const clmlp_evaluation *evaluation, const clmlp_model *model);

/* --- tuning ------------------------------------------------------------------------------------------------ */

void clmlp_cli_report_tune(const clmlp_tune_result *result);
int clmlp_cli_report_tune_json(const clmlp_tune_result *result, int status);

/* --- gradient check ------------------------------------------------------------------------------------------ */

typedef struct clmlp_cli_gradcheck_report {
    const clmlp_model *model;
    const clmlp_device *device; /* NULL: none */
    const clmlp_gradcheck_result *result;
    double lambda, seconds;
} clmlp_cli_gradcheck_report;

void clmlp_cli_report_gradcheck(const clmlp_cli_gradcheck_report *report);
int clmlp_cli_report_gradcheck_json(const clmlp_cli_gradcheck_report *report, int status);

/* --- qualification ------------------------------------------------------------------------------------------ */

typedef struct clmlp_cli_card {
    clmlp_qualify_result result;
    clmlp_status status; /* not OK: there is no card, and `error` says why */
    clmlp_error error;
    bool left_out;       /* of a round over all devices: it has no double precision */
} clmlp_cli_card;

void clmlp_cli_report_qualify(const clmlp_cli_card *cards, size_t count);
/* all: an object with an array of cards; else the one card is the object. */
int clmlp_cli_report_qualify_json(const clmlp_cli_card *cards, size_t count, bool all, int status);

#endif
