/* ranks.h - what of a training is said of its ranks. */
#ifndef CLMLP_CLI_RANKS_REPORT_H
#define CLMLP_CLI_RANKS_REPORT_H

#include <cjson/cJSON.h>

#include <clmlp/train.h>

/* Nothing where there was one process. */
void clmlp_cli_print_ranks(const clmlp_train_config *config, const clmlp_train_result *result);
void clmlp_cli_json_ranks(cJSON *object, const clmlp_train_config *config, const clmlp_train_result *result);

#endif
