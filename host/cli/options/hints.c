/* hints.c - words of a command line that mean something in other programs, or in another command. */
#include "options/hints.h"

#include <stdio.h>
#include <string.h>

typedef struct synonym {
    const char *name, *option;
} synonym;

/* Names of scikit-learn, PyTorch, Keras, LightGBM and fastai; what they mean is the same. */
static const synonym synonyms[] = {
    {"lr", "rate"},
    {"eta", "rate"},
    {"learning-rate", "rate"},
    {"learning-rate-init", "rate"},
    {"batch-size", "batch"},
    {"bs", "batch"},
    {"mini-batch", "batch"},
    {"patience", "early-stopping"},
    {"early-stop", "early-stopping"},
    {"early-stopping-rounds", "early-stopping"},
    {"n-iter-no-change", "early-stopping"},
    {"min-delta", "tolerance"},
    {"tol", "tolerance"},
    {"iterations", "epochs"},
    {"max-iter", "epochs"},
    {"max-epochs", "epochs"},
    {"n-epochs", "epochs"},
    {"num-epochs", "epochs"},
    {"hidden-layers", "hidden"},
    {"hidden-layer-sizes", "hidden"},
    {"hidden-sizes", "hidden"},
    {"hidden-units", "hidden"},
    {"units", "hidden"},
    {"l2", "lambda"},
    {"lambda2", "lambda"},
    {"random-state", "seed"},
    {"random-seed", "seed"},
    {"validation-split", "validation"},
    {"validation-fraction", "validation"},
    {"val-split", "validation"},
    {"folds", "cross-validate"},
    {"k-folds", "cross-validate"},
    {"cv", "cross-validate"},
    {"solver", "optimizer"},
    {"dropout-rate", "dropout"},
    {"target-column", "target"},
    {"label-column", "target"},
    {"lr-schedule", "schedule"},
    {"lr-scheduler", "schedule"},
    {"gradient-clip", "clip-norm"},
    {"max-norm", "clip-norm"},
    {"max-grad-norm", "clip-norm"},
    {"n-trials", "trials"},
};

const char *clmlp_cli_other_name(const char *name)
{
    for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++) {
        if (strcmp(name, synonyms[i].name) == 0) return synonyms[i].option;
    }
    return NULL;
}

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
