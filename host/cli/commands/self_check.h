/* self_check.h - clmlp train --self-check: its options, what it says, and the step that it saves. */
#ifndef CLMLP_CLI_SELF_CHECK_H
#define CLMLP_CLI_SELF_CHECK_H

#include <clmlp/clmlp.h>

#include "reports/progress.h"

typedef struct clmlp_cli_self_check {
    clmlp_self_check_config config; /* every 0: no step is checked */
    bool has_on_mismatch;
    clmlp_inspector *inspector;     /* NULL: nothing to look for */
    clmlp_self_check_result result; /* after training */
    char *bundle;                   /* the default name of the file, made from the model's */
    clmlp_cli_progress *progress;   /* whose line may stand on the terminal */
    size_t told;
} clmlp_cli_self_check;

/* Rows of an option table; `c` is a clmlp_cli_self_check. */
#define CLMLP_CLI_SELF_CHECK_ROWS(c)                                                                                   \
  {NULL, NULL, NULL, NULL, "Verification:", NULL, NULL},                                                               \
      {"self-check",                                                                                                   \
       &clmlp_cli_share,                                                                                               \
       &(c).config.every,                                                                                              \
       "1/N",                                                                                                          \
       "check one step in N, chosen at random, against the CPU path in double, number by number",                      \
       "no step",                                                                                                      \
       NULL},                                                                                                          \
      {"on-mismatch",                                                                                                  \
       &clmlp_cli_on_mismatch,                                                                                         \
       &(c).config.on_mismatch,                                                                                        \
       "WHAT",                                                                                                         \
       "what to do when a checked step is wrong: stop (exit status 3), warn, or cpu (go on from before it on the CPU " \
       "path)",                                                                                                        \
       NULL,                                                                                                           \
       &(c).has_on_mismatch},                                                                                          \
  {                                                                                                                    \
    "bundle", &clmlp_cli_text, &(c).config.bundle, "FILE",                                                             \
        "where the first wrong step is saved, or the one that made the cost infinite, for 'clmlp verify --replay'",    \
        "with --self-check MODEL.replay.safetensors, else none", NULL                                                  \
  }

/* Check the options, and give the file its default name beside `model`. Returns what is wrong, or NULL. */
const char *clmlp_cli_self_check_prepare(clmlp_cli_self_check *check, const char *model);

/* Make the inspector where there is something to look for, for clmlp_train_config. */
clmlp_status clmlp_cli_self_check_begin(clmlp_cli_self_check *check, clmlp_cli_progress *progress, clmlp_error *error);

/* After training: fetch the result. */
void clmlp_cli_self_check_end(clmlp_cli_self_check *check);

/* Say what was found and how the saved step is replayed. */
void clmlp_cli_self_check_tell(const clmlp_cli_self_check *check, const clmlp_device *device);

void clmlp_cli_self_check_free(clmlp_cli_self_check *check);

#endif
