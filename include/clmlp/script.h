/* script.h - trainings as scripts of other programs: the same network, scaling, batches and steps there, and the same
 * costs (docs/export.md).
 *
 * Threads: as for models and data sets.
 */
#ifndef CLMLP_SCRIPT_H
#define CLMLP_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/dataset.h"
#include "clmlp/export.h"
#include "clmlp/model.h"
#include "clmlp/optimizer.h"
#include "clmlp/precision.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Programs that scripts are for: X(name, text). */
#define CLMLP_SCRIPT_LIST(X) \
    X(PYTORCH, "pytorch")    \
    X(SKLEARN, "sklearn")    \
    X(OCTAVE, "octave")

typedef enum clmlp_script {
#define CLMLP_SCRIPT_ENUM(name, text) CLMLP_SCRIPT_##name,
    CLMLP_SCRIPT_LIST(CLMLP_SCRIPT_ENUM)
#undef CLMLP_SCRIPT_ENUM
    CLMLP_SCRIPT_COUNT
} clmlp_script;

CLMLP_API const char *clmlp_script_name(clmlp_script kind);
CLMLP_API bool clmlp_script_parse(const char *name, clmlp_script *kind);

/* The training: an update rule with one rate. Numbers that the rule does not have are passed over. */
typedef struct clmlp_script_options {
    size_t size; /* sizeof of this struct; see clmlp.h */
    clmlp_script kind;
    clmlp_precision precision;
    double rate, lambda; /* lambda < 0: that of the model */
    size_t batch, epochs; /* batch 0: all examples */
    uint64_t seed;       /* of the order of examples */
    bool shuffle;
    clmlp_optimizer optimizer;
    double momentum, beta1, beta2, epsilon, weight_decay; /* beta2, epsilon 0: the optimizer's own */
    const char *source; /* where the data come from, for the script's head; NULL: it does not say. Borrowed */
} clmlp_script_options;

/* PYTORCH, F64, the lambda of the model, all examples in a batch, shuffled by seed 0; SGD, and the numbers that
 * clmlp_train_config has; rate and epochs are 0, and must be set. */
CLMLP_API void clmlp_script_options_init(clmlp_script_options *options, size_t size);
static inline clmlp_script_options clmlp_script_options_default(void)
{
    clmlp_script_options options;
    clmlp_script_options_init(&options, sizeof options);
    return options;
}

/* Write a script that trains on from a model, as `clmlp train DATA --init MODEL` does, and the data beside it: features
 * as the encoders make them, before scaling, then targets, in PATH.csv.
 *   model_path  where the script finds theta and scaling; it keeps the absolute path
 * Errors: CLMLP_IO; CLMLP_BAD_ARGUMENT (what the other program cannot do, by name; the data does not suit the model, or
 * has weights; a number that is no rate, lambda or size, or not one of the optimizer's); CLMLP_OUT_OF_MEMORY. */
CLMLP_API clmlp_status clmlp_script_save(const clmlp_model *model, const char *model_path, const clmlp_dataset *dataset,
                                         const char *path, const clmlp_script_options *options, clmlp_error *error);

#ifdef __cplusplus
}
#endif

#endif
