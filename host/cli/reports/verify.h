/* verify.h - results of clmlp verify, for people and as JSON.
 *
 * Published keys stay: every JSON result has verdict, steps, first_failure and tensors. A number that is not finite is
 * null, with its name under the same key and "_text".
 */
#ifndef CLMLP_CLI_REPORT_VERIFY_H
#define CLMLP_CLI_REPORT_VERIFY_H

#include <cjson/cJSON.h>

#include <clmlp/clmlp.h>

typedef struct clmlp_cli_verify_report {
    const char *mode;                   /* "lock-step", "free run", "against", "replay" */
    const clmlp_device *device;
    const clmlp_model *model;           /* NULL: not known */
    const clmlp_verify_config *config;  /* NULL: not known */
    const clmlp_verify_result *result;
    const clmlp_replay_result *replay;  /* of a replay, result being its `here`; NULL: none */
    const char *against;                /* folder; NULL: none */
    const char *bundle;                 /* where the failing step is; NULL: nowhere */
    bool interrupted;
} clmlp_cli_verify_report;

void clmlp_cli_report_verify(const clmlp_cli_verify_report *report);
int clmlp_cli_report_verify_json(const clmlp_cli_verify_report *report, int status);

void clmlp_cli_report_determinism(const clmlp_determinism_result *result);
int clmlp_cli_report_determinism_json(const clmlp_determinism_result *result, const clmlp_device *device, int status);

void clmlp_cli_report_vote(const clmlp_vote_result *result);
int clmlp_cli_report_vote_json(const clmlp_vote_result *result, size_t steps, int status);

/* --- pieces ---------------------------------------------------------------------------------------------- */

enum { CLMLP_CLI_NUMBER = 32, CLMLP_CLI_COMMAND_LINE = 4096, CLMLP_CLI_TENSOR = 48 };

/* An error as a fraction of its bound, in `text`, which it returns; what is below 1 is never shown as 1. */
const char *clmlp_cli_share_of_bound(char text[CLMLP_CLI_NUMBER], double of_bound);

/* "delta(2)"; x, y and cost have no layer. */
const char *clmlp_cli_tensor_name(char text[CLMLP_CLI_TENSOR], const clmlp_finding *finding);

/* The command that does a saved step again on this device. */
const char *clmlp_cli_replay_command(char text[CLMLP_CLI_COMMAND_LINE], const char *bundle,
                                     const clmlp_device *device);

/* Several lines: which step, layer, equation and kernel, how many elements, the worst of them. */
void clmlp_cli_print_failure(const clmlp_finding *finding);
bool clmlp_cli_is_trend(const clmlp_finding *finding);

/* Of several ranks: "rank 2 (host b), " in front of that; and behind it a line for each rank that is wrong. */
void clmlp_cli_print_rank(const clmlp_ranks *ranks, const clmlp_finding *finding);
void clmlp_cli_print_wrong_ranks(const clmlp_ranks *ranks, const clmlp_verify_result *result);

/* Members of a finding. */
cJSON *clmlp_cli_json_finding(const clmlp_finding *finding);
void clmlp_cli_json_number(cJSON *object, const char *key, double value);

#endif
