/* encoder_json.h - encoders of columns as JSON objects, the entries of a model's clmlp.columns.
 *
 *   {"name": "age", "kind": "numeric", "fill": 37.5, "missing": true}
 *   {"name": "age", "kind": "numeric"}   what is missing is not filled in
 *   {"name": "member", "kind": "boolean", "fill": 0, "missing": false}
 *   {"name": "city", "kind": "categorical", "levels": ["Bern", "Oslo"], "missing": false}
 *   {"name": "day", "kind": "date", "first": "2024-02-29", "hour": false, "fill": [2024, 3, 4, 80, 20],
 *    "missing": false}
 *
 * "fill" stands for what is missing; "missing": whether the training data had any. */
#ifndef CLMLP_MODEL_ENCODER_JSON_H
#define CLMLP_MODEL_ENCODER_JSON_H

#include <stdbool.h>

#include "data/columns/encoder.h"

struct cJSON;

/* The members of an encoder into an empty object. bytes: names and levels are kept byte by byte, see
 * clmlp_utf8_from_bytes. Numbers have the 17 digits that give them back exactly. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_encoder_to_json(struct cJSON *object, const clmlp_encoder *encoder, bool bytes, clmlp_error *error);

/* *out = the encoder of an entry; `where` is what messages begin with, "FILE: entry 2 of clmlp.columns". Names and
 * levels in the object may be changed. Errors: CLMLP_BAD_INPUT (anything but the above, with its key),
 * CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_encoder_from_json(clmlp_encoder **out, const struct cJSON *object, bool bytes, const char *where,
                                     clmlp_error *error);

#endif
