/* checkpoint_options.c - what is kept of a command line, and taken over when training goes on. */
#include "commands/checkpoint_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands/finished.h"
#include "message.h"
#include "options/saved.h"
#include "options/shared.h"
#include "options/written.h"

static const char COMMAND[] = "train";

#define KEY CLMLP_CLI_CHECKPOINT_KEY

/* What need not be as it was. All other options are kept. */
static const clmlp_cli_saved_rule rules[] = {
    {"epochs", CLMLP_CLI_FREE},          {"model", CLMLP_CLI_FREE},
    {"history", CLMLP_CLI_FREE},         {"checkpoint", CLMLP_CLI_FREE},
    {"report", CLMLP_CLI_FREE},
    {"checkpoint-every", CLMLP_CLI_FREE}, {"device", CLMLP_CLI_FREE},
    {"engine", CLMLP_CLI_FREE},          {"precision", CLMLP_CLI_FREE},
    {"device-memory", CLMLP_CLI_FREE},   {"self-check", CLMLP_CLI_FREE},
    {"max-launch", CLMLP_CLI_FREE},
    {"max-input", CLMLP_CLI_FREE},       {"max-columns", CLMLP_CLI_FREE},
    {"tensorboard", CLMLP_CLI_FREE},
    {"on-mismatch", CLMLP_CLI_FREE},     {"bundle", CLMLP_CLI_FREE},
    {"labels", CLMLP_CLI_AGAIN},         {"validation-labels", CLMLP_CLI_AGAIN},
    {"validation", CLMLP_CLI_PART},      {"test", CLMLP_CLI_ANEW},
    {"test-labels", CLMLP_CLI_ANEW},     {"resume", CLMLP_CLI_FORGOTTEN},
    {"overwrite", CLMLP_CLI_FORGOTTEN},  {"devices", CLMLP_CLI_FORGOTTEN},
    {"shares", CLMLP_CLI_FORGOTTEN},     {"local-steps", CLMLP_CLI_FREE},
    {"gradients", CLMLP_CLI_FREE},
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

/* The option of the model's file, where the command line does not give it; NULL: it does. */
static const clmlp_cli_option *model_not_given(const clmlp_cli_arguments *arguments, const clmlp_cli_syntax *syntax)
{
    for (size_t i = 0; i < syntax->option_count; i++) {
        const clmlp_cli_option *const option = &syntax->options[i];
        if (option->name == NULL || strcmp(option->name, "model") != 0) continue;
        return arguments->values[i] == NULL ? option : NULL;
    }
    return NULL;
}

/* A model that nobody named on the command line is not written through a link, nor what is written beside it. */
static bool check_model(const clmlp_cli_checkpoints *c, const char *model, int *status)
{
    enum { PLACES = 5 };
    char paths[PLACES][4096] = {""};
    (void)snprintf(paths[0], sizeof paths[0], "%s", model);
    (void)snprintf(paths[1], sizeof paths[1], "%s.replay.safetensors", model); /* see self_check.c */
    (void)clmlp_cli_name_beside(model, "replay", paths[2], sizeof paths[2]);
    (void)clmlp_cli_name_beside(model, "checkpoint", paths[3], sizeof paths[3]);
    (void)clmlp_cli_name_beside(model, "diverged", paths[4], sizeof paths[4]);
    for (size_t i = 0; i < PLACES; i++) {
        const char *const path = paths[i];
        if (clmlp_cli_saved_stays_here(path)) continue;
        *status = clmlp_cli_usage_error(COMMAND, "--resume %s: would write %s, which is a link or behind one; name the "
                                        "file of --model", c->resume, path);
        return false;
    }
    return true;
}

/* Numbers that go on into the result of this run. */
static bool check_finished(const clmlp_cli_checkpoints *c, const cJSON *note, int *status)
{
    clmlp_train_result result = {.size = sizeof result};
    const cJSON *const finished = cJSON_GetObjectItemCaseSensitive(note, CLMLP_CLI_FINISHED);
    const char *const wrong = finished != NULL ? clmlp_cli_finished_take(finished, &result) : NULL;
    if (wrong == NULL) return true;
    *status = clmlp_cli_usage_error(COMMAND, "--resume %s: damaged: '%s' of its finished members is not there, or "
                                    "cannot be", c->resume, wrong);
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
    const clmlp_cli_option *const model = model_not_given(arguments, syntax);
    if (note != NULL && !clmlp_cli_saved_take(arguments, syntax, rules, c->resume, note, status)) return false;
    if (!check_finished(c, arguments->saved, status)) return false;
    return model == NULL || check_model(c, *(const char *const *)model->value, status);
}

bool clmlp_cli_checkpoints_take(clmlp_cli_checkpoints *c, clmlp_cli_arguments *arguments,
                                const clmlp_cli_syntax *syntax, int *status)
{
    c->named = c->path != NULL;
    if (!take_resumed(c, arguments, syntax, status)) return false;
    c->kept = clmlp_cli_saved_list(arguments, syntax, rules);
    return true;
}

static size_t number_of(const clmlp_model_file *file, const char *key)
{
    const char *const text = clmlp_model_file_text(file, key);
    return text != NULL ? (size_t)strtoull(text, NULL, 10) : 0;
}

/* "3 epochs", "1 member and 2 epochs", "7 steps": how far the run of a checkpoint has come. false: not at all. */
static bool progress_of(const clmlp_model_file *file, char *text, size_t size)
{
    const size_t members = number_of(file, KEY ".members"), epochs = number_of(file, KEY ".epoch");
    const size_t steps = number_of(file, KEY ".steps_of_epoch");
    const bool in_first = epochs == 0 && steps > 0;
    char before[64] = "";
    if (members > 0) (void)snprintf(before, sizeof before, "%zu member%s and ", members, members == 1 ? "" : "s");
    const size_t count = in_first ? steps : epochs;
    (void)snprintf(text, size, "%s%zu %s%s", before, count, in_first ? "step" : "epoch", count == 1 ? "" : "s");
    return members > 0 || count > 0;
}

/* The same command once more must not cost what it has trained before. */
static bool check_unused(const clmlp_cli_checkpoints *c, int *status)
{
    clmlp_model_file *file = NULL;
    struct stat info;
    char progress[160];
    clmlp_error error = {.status = CLMLP_OK};
    const bool exists = stat(c->path, &info) == 0;
    if (!exists && errno != ENOENT) {
        *status = clmlp_cli_usage_error(COMMAND, "--checkpoint '%s': cannot be read: %s", c->path, strerror(errno));
        return false;
    }
    if (!exists || !S_ISREG(info.st_mode)) return true; /* a pipe would be waited for */
    if (c->resume != NULL && (!c->named || clmlp_cli_is_same_file(c->path, c->resume))) return true;
    if (!clmlp_cli_check_replaced(COMMAND, "--checkpoint", c->path, CLMLP_CLI_MODEL_OUTPUT, CLMLP_CLI_OVERWRITE,
                                  status)) {
        return false;
    }
    (void)clmlp_model_file_open(&file, c->path, &error);
    if (error.status == CLMLP_BAD_INPUT) return true; /* no checkpoint */
    if (error.status != CLMLP_OK) { /* it may hold a training */
        *status = clmlp_cli_fail(&error, true);
        return false;
    }
    const bool used = clmlp_model_file_text(file, KEY) != NULL && progress_of(file, progress, sizeof progress);
    clmlp_model_file_close(file);
    if (!used) return true;
    *status = clmlp_cli_usage_error(COMMAND, "--checkpoint '%s': holds %s of a training: --resume %s goes on, "
                                    "--overwrite (or another name) begins anew", c->path, progress, c->path);
    return false;
}

bool clmlp_cli_checkpoints_check(const clmlp_cli_checkpoints *c, bool folds, const char *const *inputs, size_t count,
                                 int *status)
{
    if (c->has_every && c->path == NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "--checkpoint-every: there is no --checkpoint");
        return false;
    }
    if (c->overwrite && c->resume != NULL && (!c->named || clmlp_cli_is_same_file(c->path, c->resume))) {
        *status = clmlp_cli_usage_error(COMMAND, "--overwrite begins anew and --resume goes on: leave one out");
        return false;
    }
    if (folds && (c->path != NULL || c->resume != NULL)) {
        *status = clmlp_cli_usage_error(COMMAND, "--cross-validate and %s: a checkpoint has no folds; leave one out",
                                        c->resume != NULL ? "--resume" : "--checkpoint");
        return false;
    }
    if (c->path == NULL) return true;
    /* a checkpoint may be written over by the one that follows it */
    if (!clmlp_cli_check_output(COMMAND, "--checkpoint", c->path, inputs, count - (c->resume != NULL), status)) {
        return false;
    }
    return c->overwrite || check_unused(c, status);
}

void clmlp_cli_checkpoints_free(clmlp_cli_checkpoints *c)
{
    cJSON_Delete(c->kept);
    clmlp_model_file_close(c->resumed);
}
