/* checkpoint_options.h - the options --checkpoint, --checkpoint-every, --overwrite and --resume, and those of a run
 * that goes on. */
#ifndef CLMLP_CLI_CHECKPOINT_OPTIONS_H
#define CLMLP_CLI_CHECKPOINT_OPTIONS_H

#include <cjson/cJSON.h>

#include <clmlp/clmlp.h>

#include "options/options.h"

#define CLMLP_CLI_CHECKPOINT_KEY "clmlp.checkpoint"

/* What can be done where an output would take the place of something else. */
#define CLMLP_CLI_OVERWRITE "give another name, or --overwrite"

typedef struct clmlp_cli_checkpoints {
    const char *path, *resume; /* NULL: none */
    bool named;                /* path is of the command line, not of the run that goes on */
    clmlp_cli_interval every;
    bool has_every, overwrite;
    clmlp_model_file *resumed; /* the file of --resume */
    cJSON *kept;               /* the options that a checkpoint keeps */
    char beside[4096];         /* the file for a signal that asks for a checkpoint where no option names one */
} clmlp_cli_checkpoints;

/* Rows of an option table; `c` is a clmlp_cli_checkpoints. */
#define CLMLP_CLI_CHECKPOINT_ROWS(c)                                                                                   \
    {NULL, NULL, NULL, NULL, "Stopping and going on:", NULL, NULL},                                                    \
    {"checkpoint", &clmlp_cli_text, &(c).path, "FILE",                                                                 \
     "where to write all that training needs to go on, again and again; also a model", "none", NULL},                  \
    {"checkpoint-every", &clmlp_cli_every, &(c).every, "N|Ns",                                                         \
     "when: after every N epochs, or every N seconds, also within an epoch; and at the end and when training is "      \
     "stopped", NULL, &(c).has_every},                                                                                 \
    {"overwrite", NULL, &(c).overwrite, NULL,                                                                          \
     "write over files that --model, --history, --report or --checkpoint name and that are none of clmlp; and over a " \
     "--checkpoint with a training that could go on. Else both are refused", NULL, NULL},                              \
    {"resume", &clmlp_cli_text, &(c).resume, "FILE",                                                                   \
     "go on from this checkpoint, on the same DATA; options that are not given are those of its run", "none", NULL}

/* Take over the options of the file of --resume, if there is one, and list what a checkpoint is to keep. False: *status
 * is set. */
bool clmlp_cli_checkpoints_take(clmlp_cli_checkpoints *c, clmlp_cli_arguments *arguments,
                                const clmlp_cli_syntax *syntax, int *status);

/* Whether these options can be as they are, beside `inputs` [count]; the last of those is where training starts
 * from. */
bool clmlp_cli_checkpoints_check(const clmlp_cli_checkpoints *c, bool folds, const char *const *inputs, size_t count,
                                 int *status);

void clmlp_cli_checkpoints_free(clmlp_cli_checkpoints *c);

/* "model.WORD.safetensors" for "model.safetensors", into path [size]; false: too long. */
bool clmlp_cli_name_beside(const char *model, const char *word, char *path, size_t size);

#endif
