/* ranks.h - what of a training is said of its ranks. */
#ifndef CLMLP_CLI_RANKS_REPORT_H
#define CLMLP_CLI_RANKS_REPORT_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include <clmlp/train.h>

/* How many, and what the sums cost; and which one was slow. false: there was one process, or none was slow. */
bool clmlp_cli_ranks_text(const clmlp_train_config *config, const clmlp_train_result *result, char *text, size_t size);
bool clmlp_cli_slow_rank_text(const clmlp_train_config *config, const clmlp_train_result *result, char *text,
                              size_t size);

/* Nothing where there was one process. */
void clmlp_cli_print_ranks(const clmlp_train_config *config, const clmlp_train_result *result);
void clmlp_cli_json_ranks(cJSON *object, const clmlp_train_config *config, const clmlp_train_result *result);

#endif
