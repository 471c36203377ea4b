/* ranks.h - what of a training is said of its ranks. */
#ifndef CLMLP_CLI_RANKS_REPORT_H
#define CLMLP_CLI_RANKS_REPORT_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include <clmlp/train.h>

#include "reports/progress.h"

/* What was told of the ranks' shares of a batch. {0} at first. */
typedef struct clmlp_cli_shares_told {
    clmlp_cli_progress *progress; /* its line is ended first; NULL: none */
    bool asked;                   /* --shares was given: equal ones are told, too */
    clmlp_shares last;            /* count 0: none; its arrays are these two */
    double *of;
    size_t *rows;
    double *noted;                /* [last.count]: as the last note has them */
    size_t notes;
} clmlp_cli_shares_told;

/* The callback of clmlp_train_config: a note of unlike shares, of those that were asked for, and of what has become of
 * them after an epoch, where that is much. */
void clmlp_cli_shares_tell(const clmlp_shares *shares, void *told);
void clmlp_cli_shares_free(clmlp_cli_shares_told *told);

/* "rank 0 768 (75.0 %), rank 1 256 (25.0 %)" into text [size]; of many the first ones. */
void clmlp_cli_shares_text(const clmlp_shares *shares, char *text, size_t size);

/* How many, and what the sums cost; and which one was slow. false: there was one process, or none was slow. */
bool clmlp_cli_ranks_text(const clmlp_train_config *config, const clmlp_train_result *result, char *text, size_t size);
bool clmlp_cli_slow_rank_text(const clmlp_train_config *config, const clmlp_train_result *result, char *text,
                              size_t size);

/* Nothing where there was one process. */
void clmlp_cli_print_ranks(const clmlp_train_config *config, const clmlp_train_result *result,
                           const clmlp_cli_shares_told *told);
void clmlp_cli_json_ranks(cJSON *object, const clmlp_train_config *config, const clmlp_train_result *result,
                          const clmlp_cli_shares_told *told);

#endif
