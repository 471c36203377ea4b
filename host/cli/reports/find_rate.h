/* find_rate.h - results of clmlp train --find-rate, as text and as JSON. */
#ifndef CLMLP_CLI_REPORT_FIND_RATE_H
#define CLMLP_CLI_REPORT_FIND_RATE_H

#include <clmlp/clmlp.h>

typedef struct clmlp_cli_find_rate_report {
    const clmlp_train_config *config;
    const clmlp_device *device;
    const clmlp_find_rate_config *range;
    const clmlp_find_rate_result *result;
    size_t samples;
} clmlp_cli_find_rate_report;

void clmlp_cli_report_find_rate(const clmlp_cli_find_rate_report *report);

/* Returns `status`, or that of output which cannot be written. */
int clmlp_cli_report_find_rate_json(const clmlp_cli_find_rate_report *report, int status);

#endif
