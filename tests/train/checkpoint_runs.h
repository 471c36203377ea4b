/* checkpoint_runs.h - runs that are stopped and go on, for the tests of checkpoints. */
#ifndef TEST_CHECKPOINT_RUNS_H
#define TEST_CHECKPOINT_RUNS_H

#include "clmlp/clmlp.h"

enum { ROWS = 2600, WIDTH = 60, CLASSES = 4, HIDDEN = 7, EPOCHS = 4, BATCH = 96, PER_EPOCH = 28 };
enum { STEPS = PER_EPOCH * EPOCHS };

/* Each test program has files of its own. */
#define FILE_OF(name) TEST_SCRATCH_DIR "/" TEST_PROGRAM "-" name

/* How a run ended. */
typedef struct outcome {
    double theta[HIDDEN * (WIDTH + 1) + CLASSES * (HIDDEN + 1)];
    clmlp_train_result result;
    char *history; /* without seconds */
} outcome;

/* What all runs of a test have in common. */
typedef struct setting {
    const char *device;
    clmlp_precision precision;
    uint64_t memory;
    clmlp_dataset *data, *validation;
    clmlp_train_config config;
} setting;

setting make_setting(void);
void free_setting(setting *s);
clmlp_model *new_model(const setting *s);

char *read_file(const char *path, size_t *size);
void write_file(const char *path, const char *bytes, size_t size);

/* To the end, from a checkpoint or from the start (NULL). */
outcome run_to_end(const setting *s, const char *resumed, const char *history);

/* `steps` steps, then a checkpoint, and `more` steps that are lost. */
void stop_after(const setting *s, size_t steps, size_t more, const char *path, const char *history);

void expect_same(const outcome *a, const outcome *b, const char *what);

/* `s` may differ from that of the checkpoint. The model stays as it was. */
void expect_refused(const setting *s, const char *path, const char *history, const char *message);

#endif
