/* checkpoint_options.c - what is kept of a command line, and taken over when training goes on. */
#include "commands/checkpoint_options.h"

#include <stdio.h>
#include <string.h>

#include "message.h"
#include "options/saved.h"
#include "options/shared.h"

static const char COMMAND[] = "train";

#define KEY CLMLP_CLI_CHECKPOINT_KEY

/* What need not be as it was. All other options are kept. */
static const clmlp_cli_saved_rule rules[] = {
    {"epochs", CLMLP_CLI_FREE},          {"model", CLMLP_CLI_FREE},
    {"history", CLMLP_CLI_FREE},         {"checkpoint", CLMLP_CLI_FREE},
    {"checkpoint-every", CLMLP_CLI_FREE}, {"device", CLMLP_CLI_FREE},
    {"engine", CLMLP_CLI_FREE},          {"precision", CLMLP_CLI_FREE},
    {"device-memory", CLMLP_CLI_FREE},   {"self-check", CLMLP_CLI_FREE},
    {"max-input", CLMLP_CLI_FREE},
    {"on-mismatch", CLMLP_CLI_FREE},     {"bundle", CLMLP_CLI_FREE},
    {"labels", CLMLP_CLI_AGAIN},         {"validation-labels", CLMLP_CLI_AGAIN},
    {"validation", CLMLP_CLI_PART},      {"test", CLMLP_CLI_ANEW},
    {"test-labels", CLMLP_CLI_ANEW},     {"resume", CLMLP_CLI_FORGOTTEN},
    {"json", CLMLP_CLI_FORGOTTEN},       {"quiet", CLMLP_CLI_FORGOTTEN},
    {"verbose", CLMLP_CLI_FORGOTTEN},    {NULL, CLMLP_CLI_KEPT}};

bool clmlp_cli_name_beside(const char *model, const char *word, char *path, size_t size)
{
    const char *const slash = strrchr(model, '/'), *const name = slash != NULL ? slash + 1 : model;
    const char *const dot = strrchr(name, '.');
    const size_t stem = dot != NULL && dot != name ? (size_t)(dot - model) : strlen(model);
    const int length = snprintf(path, size, "%.*s.%s%s", (int)stem, model, word, model + stem);
    return length >= 0 && (size_t)length < size;
}

/* --- options ----------------------------------------------------------------------------------------------------- */

static bool open_resumed(clmlp_cli_checkpoints *c, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    if (clmlp_model_file_open(&c->resumed, c->resume, &error) != CLMLP_OK) {
        *status = clmlp_cli_fail(&error, true);
        return false;
    }
    if (clmlp_model_file_text(c->resumed, KEY) != NULL) return true;
    *status = clmlp_cli_usage_error(COMMAND, "--resume '%s': is a model and no checkpoint: it has theta alone, from "
                                    "which a new training can start: --init %s", c->resume, c->resume);
    return false;
}

/* The options of the program that the checkpoint was made by; an object, "{}" where a program of somebody else made
 * it. */
static bool take_resumed(clmlp_cli_checkpoints *c, clmlp_cli_arguments *arguments, const clmlp_cli_syntax *syntax,
                         int *status)
{
    if (c->resume == NULL) return true;
    if (!open_resumed(c, status)) return false;
    const char *const note = clmlp_model_file_text(c->resumed, KEY ".note");
    if (note == NULL) return true;
    return clmlp_cli_saved_take(arguments, syntax, rules, c->resume, note, status);
}

bool clmlp_cli_checkpoints_take(clmlp_cli_checkpoints *c, clmlp_cli_arguments *arguments,
                                const clmlp_cli_syntax *syntax, int *status)
{
    if (!take_resumed(c, arguments, syntax, status)) return false;
    c->kept = clmlp_cli_saved_list(arguments, syntax, rules);
    return true;
}

bool clmlp_cli_checkpoints_check(const clmlp_cli_checkpoints *c, bool folds, const char *const *inputs, size_t count,
                                 int *status)
{
    if (c->has_every && c->path == NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "--checkpoint-every: there is no --checkpoint");
        return false;
    }
    if (folds && (c->path != NULL || c->resume != NULL)) {
        *status = clmlp_cli_usage_error(COMMAND, "--cross-validate and %s: a checkpoint has no folds; leave one out",
                                        c->resume != NULL ? "--resume" : "--checkpoint");
        return false;
    }
    if (c->path == NULL) return true;
    /* a checkpoint may be written over by the one that follows it */
    return clmlp_cli_check_output(COMMAND, "--checkpoint", c->path, inputs, count - (c->resume != NULL), status);
}

void clmlp_cli_checkpoints_free(clmlp_cli_checkpoints *c)
{
    cJSON_Delete(c->kept);
    clmlp_model_file_close(c->resumed);
}
