/* cross_validation.h - the metrics of all folds: mean and spread, as JSON and as a table. */
#ifndef CLMLP_CLI_CROSS_VALIDATION_H
#define CLMLP_CLI_CROSS_VALIDATION_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include <clmlp/clmlp.h>

typedef struct clmlp_cli_cross_validation {
    size_t folds; /* 0: none was asked for */
    bool has[CLMLP_METRIC_COUNT];
    double *values; /* [METRIC_COUNT x folds]; NaN: undefined */
} clmlp_cli_cross_validation;

/* Room for cv->folds. Returns the exit status, after saying that there is no memory. */
int clmlp_cli_cross_validation_begin(clmlp_cli_cross_validation *cv);
/* The metrics of a fold, [METRIC_COUNT] each: which there are, and their values, NaN where one is undefined. */
void clmlp_cli_cross_validation_add(clmlp_cli_cross_validation *cv, size_t fold, const bool *has,
                                    const double *values);
void clmlp_cli_cross_validation_free(clmlp_cli_cross_validation *cv);

/* Member "cross_validation": folds, and of each metric mean, std (of the sample, divisor folds - 1) and the values of
 * all folds; null where there were none. A metric that is undefined in a fold has neither mean nor std: null. */
void clmlp_cli_json_cross_validation(cJSON *object, const clmlp_cli_cross_validation *cv);

/* Of all folds; NaN where it is undefined in one. std: of the sample. */
double clmlp_cli_cross_validation_mean(const clmlp_cli_cross_validation *cv, clmlp_metric metric);
double clmlp_cli_cross_validation_std(const clmlp_cli_cross_validation *cv, clmlp_metric metric);

void clmlp_cli_print_cross_validation(const clmlp_cli_cross_validation *cv);

#endif
