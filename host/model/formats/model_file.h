/* model_file.h - what clmlp keeps in the __metadata__ of a safetensors file. */
#ifndef CLMLP_MODEL_MODEL_FILE_H
#define CLMLP_MODEL_MODEL_FILE_H

#include "model/model.h"
#include "model/formats/safetensors.h"

struct cJSON;

/* Version of the keys below. Files of a newer version are refused; older ones stay readable. A model with scaled
 * targets, robust scaling, texts of its own for "no value" or several members has the version that knows them, so that
 * an older clmlp refuses it. All others have version 1. */
#define CLMLP_FORMAT_VERSION 4
#define CLMLP_FORMAT_SCALED_TARGETS 2
#define CLMLP_FORMAT_ROBUST 3
#define CLMLP_FORMAT_MISSING_TEXTS 3
#define CLMLP_FORMAT_ENSEMBLE 4

/* Version of the JSON value of clmlp.columns. */
#define CLMLP_COLUMNS_VERSION 1

/* The keys of a scaling: of the features, or of the targets. */
typedef struct clmlp_scaling_keys {
    const char *kind, *offset, *divisor;
} clmlp_scaling_keys;
#define CLMLP_FEATURE_SCALING_KEYS {"clmlp.scale", "clmlp.scale.offset", "clmlp.scale.divisor"}
#define CLMLP_TARGET_SCALING_KEYS \
    {"clmlp.target_scaling", "clmlp.target_scaling.offset", "clmlp.target_scaling.divisor"}

/* *out = everything about the model but theta; the caller releases it with cJSON_Delete. */
clmlp_status clmlp_metadata_build(struct cJSON **out, const clmlp_model *model, clmlp_error *error);

/* What a file has beside its model, borrowed. Names of tensors and keys begin with CLMLP_OWN_NAME, which who reads a
 * model passes over. */
#define CLMLP_OWN_NAME "clmlp."
/* The key that makes a file a checkpoint: its version (train/checkpoint/checkpoint.h). */
#define CLMLP_CHECKPOINT_KEY "clmlp.checkpoint"
typedef struct clmlp_model_extras {
    const clmlp_tensor_source *tensors; /* they come first: wide ones keep their alignment */
    size_t count;
    const struct cJSON *texts; /* an object of texts; NULL: none */
} clmlp_model_extras;

/* clmlp_model_save with more in the file; extras NULL: nothing. */
clmlp_status clmlp_model_save_with(const clmlp_model *model, const char *path, const clmlp_model_extras *extras,
                                   clmlp_error *error);

/* Whether this version can read the file. */
clmlp_status clmlp_metadata_check_version(const clmlp_safetensors *file, clmlp_error *error);

/* How many members the file has beside the first. */
clmlp_status clmlp_metadata_others(const clmlp_safetensors *file, size_t *others, clmlp_error *error);

/* Activation and output of a network of L layers: what the file says, else what the hints say. */
clmlp_status clmlp_metadata_functions(const clmlp_safetensors *file, const clmlp_model_hints *hints, size_t L,
                                      clmlp_activation *activation, clmlp_output *output, clmlp_error *error);

/* The columns of the features, if the file has them; `bytes`: their names are kept byte by byte. */
clmlp_status clmlp_metadata_read_columns(const clmlp_safetensors *file, clmlp_model *model, bool bytes,
                                         clmlp_error *error);

/* The rest into a model whose layers are known; what the file does not say stays as it is. */
clmlp_status clmlp_metadata_read(const clmlp_safetensors *file, clmlp_model *model, clmlp_error *error);

#endif
