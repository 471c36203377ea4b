/* bundle_parts.h - what the files that read a bundle share: single values and tensors, and how the step descends.
 *
 * All of them: errors CLMLP_BAD_INPUT, with the path and the name of what is wrong. */
#ifndef CLMLP_VERIFY_BUNDLE_PARTS_H
#define CLMLP_VERIFY_BUNDLE_PARTS_H

#include "model/formats/model_file.h"
#include "verify/step/bundle.h"

/* A text of the metadata that must be there; it lives as long as the file. */
clmlp_status clmlp_bundle_find_text(const clmlp_safetensors *file, const char *key, const char **text,
                                    clmlp_error *error);
clmlp_status clmlp_bundle_read_text(const clmlp_safetensors *file, const char *key, char *out, size_t size,
                                    clmlp_error *error);
clmlp_status clmlp_bundle_read_integer(const clmlp_safetensors *file, const char *key, uint64_t *value,
                                       clmlp_error *error);
/* A finite number >= 0. */
clmlp_status clmlp_bundle_read_real(const clmlp_safetensors *file, const char *key, double *value, clmlp_error *error);

/* Decimal digits alone, up to *end. */
bool clmlp_bundle_scan_integer(const char *text, uint64_t *value, const char **end);

/* The error about a text of the metadata. */
clmlp_status clmlp_bundle_bad_value(const clmlp_safetensors *file, const char *key, const char *found,
                                    const char *expected, clmlp_error *error);

/* NULL: there is none. */
const clmlp_stored_tensor *clmlp_bundle_find_tensor(const clmlp_safetensors *file, const char *name);

/* A tensor that must be there; columns 0: of rank 1. rows 0: any, from 1. */
clmlp_status clmlp_bundle_expect_tensor(const clmlp_safetensors *file, const char *name, size_t rows, size_t columns,
                                        const clmlp_stored_tensor **out, clmlp_error *error);

/* Of an iteration of a minimiser: which; CLMLP_NO_MINIMISER: it is a step. */
clmlp_status clmlp_bundle_read_minimiser(const clmlp_safetensors *file, clmlp_minimiser *minimiser, clmlp_error *error);
/* Optimizer, its numbers and the step's own rate. */
clmlp_status clmlp_bundle_read_rule(const clmlp_safetensors *file, clmlp_rule_settings *rule, clmlp_error *error);
/* The factors of the rates of L - 1 layers, released with free(); *rates stays NULL: there are none. */
clmlp_status clmlp_bundle_read_layer_rates(const clmlp_safetensors *file, size_t L, double **rates, clmlp_error *error);
/* The factor of the rate of the scale; *rate stays where the inputs have none. */
clmlp_status clmlp_bundle_read_scale_rate(const clmlp_safetensors *file, double *rate, clmlp_error *error);
/* The step's dropout, into its descent. */
clmlp_status clmlp_bundle_read_dropout(const clmlp_safetensors *file, const clmlp_model *model,
                                       const clmlp_bundle_info *info, clmlp_step_record *step, clmlp_error *error);

#endif
