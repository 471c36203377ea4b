/* hints.c - words of a command line that mean something in another command. */
#include "options/hints.h"

#include <stdio.h>
#include <string.h>

typedef struct absence {
    const char *name, *why;
} absence;

#define NO_TEST "test data have no place in a search: evaluate the chosen model on them"
#define HAS_LOG "a search has --log FILE, and the same command goes on from it"
#define NO_ENSEMBLE "each trial is one network: train an ensemble with the settings that are found"
#define ONE_TRAINING "it is for one training: give it to clmlp train, with the settings that are found"

static const absence not_in_search[] = {
    {"test", NO_TEST},
    {"test-labels", NO_TEST},
    {"checkpoint", HAS_LOG},
    {"checkpoint-every", HAS_LOG},
    {"resume", HAS_LOG},
    {"ensemble", NO_ENSEMBLE},
    {"ensemble-by", NO_ENSEMBLE},
    {"history", ONE_TRAINING},
    {"tensorboard", ONE_TRAINING},
    {"find-rate", ONE_TRAINING},
    {"report", ONE_TRAINING},
    {"bundle", ONE_TRAINING},
    {"self-check", ONE_TRAINING},
    {"on-mismatch", ONE_TRAINING},
};

const char *clmlp_cli_why_not(const char *command, const char *name)
{
    if (strcmp(command, "search") != 0) return NULL;
    for (size_t i = 0; i < sizeof not_in_search / sizeof not_in_search[0]; i++) {
        if (strcmp(name, not_in_search[i].name) == 0) return not_in_search[i].why;
    }
    return NULL;
}

const char *clmlp_cli_extra_hint(const char *command)
{
    return strcmp(command, "verify") == 0 ? " (a model goes to an option: clmlp verify DATA --model MODEL)" : "";
}

bool clmlp_cli_hint_at_import(const char *path, clmlp_error *error)
{
    const char *const dot = strrchr(path, '.');
    if (dot == NULL || strcmp(dot, ".onnx") != 0) return false;
    (void)snprintf(error->message, sizeof error->message,
                   "%.200s: no model file; of an ONNX file 'clmlp import' makes one",
                   path);
    return true;
}
