/* checkpoint.h - a run in a file, so that it can go on later to the same bits (docs/model-format.md). From the ground
 * up: checkpoint.c, checkpoint_write.c and checkpoint_read.c. */
#ifndef CLMLP_TRAIN_CHECKPOINT_H
#define CLMLP_TRAIN_CHECKPOINT_H

#include "model/formats/model_file.h"
#include "train/minimise/state.h"
#include "train/run.h"

/* Version of the keys and tensors below; files of another one are refused. */
#define CLMLP_CHECKPOINT_VERSION "1"

/* Keys of the file's texts: CLMLP_CHECKPOINT_KEY is the version, the others have it in front. Where a run is, X(field,
 * key): */
#define CLMLP_CHECKPOINT_COUNT_LIST(X) \
    X(epochs, ".epoch")           /* completed */                              \
    X(steps, ".step")             /* made */                                   \
    X(done, ".steps_of_epoch")    /* of them, in the epoch under way; 0: none is */ \
    X(total, ".epochs")           /* that the run was to have */               \
    X(good_epochs, ".good_epochs")                                             \
    X(best_epoch, ".best_epoch")  /* clmlp_best, as the next one */            \
    X(gain_epoch, ".gain_epoch")
#define CLMLP_CHECKPOINT_REAL_LIST(X)                                     \
    X(seconds, ".seconds")             /* of training */                  \
    X(epoch_seconds, ".epoch_seconds") /* of them, of the epoch under way */ \
    X(start, ".start_cost")            /* clmlp_divergence.start */       \
    X(start_decay, ".start_decay")     /* the same */                     \
    X(best_value, ".best_value")       /* clmlp_best */                   \
    X(gain_value, ".gain_value")

/* The same where there is one: a number that is not there is 0. */
#define CLMLP_CHECKPOINT_FEW_LIST(X)                 \
    X(members, ".members") /* of the ensemble, trained before */ \
    X(minimiser.iterations, ".iterations")           \
    X(minimiser.evaluations, ".evaluations")         \
    X(minimiser.end, ".end")                         \
    X(minimiser.begun, ".begun")                     \
    X(minimiser.direction, ".has_direction")         \
    X(minimiser.pairs, ".pairs")

typedef struct clmlp_checkpoint_place {
#define CLMLP_COUNT_FIELD(field, key) size_t field;
    CLMLP_CHECKPOINT_COUNT_LIST(CLMLP_COUNT_FIELD)
#undef CLMLP_COUNT_FIELD
#define CLMLP_REAL_FIELD(field, key) double field;
    CLMLP_CHECKPOINT_REAL_LIST(CLMLP_REAL_FIELD)
#undef CLMLP_REAL_FIELD
    size_t members;
    clmlp_minimise_counts minimiser;
} clmlp_checkpoint_place;

/* A setting that a resumed run must share with the run of the checkpoint, or it would not be the same run. */
typedef struct clmlp_checkpoint_setting {
    const char *key;
    char option[32], value[128];
} clmlp_checkpoint_setting;

/* The shortest decimal number that is read as `value`; returns text. */
char *clmlp_checkpoint_number(char text[32], double value);

/* All of them. A new setting of training that changes theta is one more row in checkpoint.c. Returns their number. */
enum { CLMLP_CHECKPOINT_SETTINGS = 40 };
size_t clmlp_checkpoint_settings(const clmlp_run *run, clmlp_checkpoint_setting list[CLMLP_CHECKPOINT_SETTINGS]);

/* What the arrays of a checkpoint are, beside theta as it is now. */
typedef struct clmlp_checkpoint_arrays {
    double *now;   /* [block] theta and state */
    double *epoch; /* [block] at the start of the epoch under way */
    double *good;  /* [parameters] the last good theta */
    double *costs; /* [done x 2] cost and right of each step of the epoch under way */
    double *best;  /* [parameters] the best theta, where there is one yet */
    double *numbers, *vectors; /* of a minimiser: state.h */
} clmlp_checkpoint_arrays;

/* An array as it stands in the file. */
typedef struct clmlp_checkpoint_block {
    const char *name;
    size_t rows, columns; /* no rows: it is not there */
    double *values;
    bool wide;            /* F64 in any precision */
} clmlp_checkpoint_block;

/* All arrays of a run that is there. What somebody adds to the state of training is one more
 * row in checkpoint.c, for writing and reading alike. Returns their number. */
enum { CLMLP_CHECKPOINT_BLOCKS = 8 };
size_t clmlp_checkpoint_blocks(const clmlp_run *run, const clmlp_checkpoint_place *place,
                               const clmlp_checkpoint_arrays *arrays,
                               clmlp_checkpoint_block list[CLMLP_CHECKPOINT_BLOCKS]);

/* Room for those that the caller has not. Released by the caller, also after a failure. */
clmlp_status clmlp_checkpoint_allocate(const clmlp_run *run, const clmlp_checkpoint_place *place,
                                       clmlp_checkpoint_arrays *arrays, clmlp_error *error);

/* What a checkpoint is as a model, `now` being theta: the run's own, or that as the last member of the ensemble so far.
 * It borrows all but other_theta, which is released with free(). */
clmlp_status clmlp_checkpoint_model(const clmlp_run *run, double *now, clmlp_model *model, clmlp_error *error);

/* SHA-256 of theta of all members, the other arrays and all texts with CLMLP_CHECKPOINT_KEY in front, but for the
 * digest's own. `model` is what the file has, or will have. */
#define CLMLP_CHECKPOINT_DIGEST CLMLP_CHECKPOINT_KEY ".sha256"
struct cJSON;
void clmlp_checkpoint_digest(const clmlp_model *model, const clmlp_checkpoint_block *blocks, size_t count,
                             const struct cJSON *texts, char text[CLMLP_SHA256_HEX]);

/* The fingerprints of training and validation data, which are found once. */
void clmlp_run_fingerprint(clmlp_run *run);

/* Write a checkpoint between two steps. Waits for the device; the run goes on as if nothing had been. Errors: CLMLP_IO,
 * CLMLP_DEVICE, CLMLP_OUT_OF_MEMORY, CLMLP_BAD_ARGUMENT (theta is not finite). */
clmlp_status clmlp_run_save(clmlp_run *run, const char *path, clmlp_error *error);

/* The same into the file of the configuration, if it is time for it, somebody asks for it, or the run is being
 * stopped. */
typedef enum clmlp_save_when { CLMLP_BEFORE_STEP, CLMLP_AFTER_EPOCH, CLMLP_BEFORE_STOP } clmlp_save_when;
clmlp_status clmlp_run_save_if_due(clmlp_run *run, clmlp_save_when when, clmlp_error *error);

/* Bring a run that has not begun to where a checkpoint is, and open its history. Errors: CLMLP_BAD_INPUT (no
 * checkpoint, damaged, of other data or settings: what differs; another's history), CLMLP_IO, CLMLP_DEVICE,
 * CLMLP_OUT_OF_MEMORY; model and history are as they were. */
clmlp_status clmlp_run_restore(clmlp_run *run, const char *path, clmlp_error *error);

#endif
