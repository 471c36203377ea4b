/* json_parse.h - JSON of files, with lack of memory told from text that is none. */
#ifndef CLMLP_MODEL_JSON_PARSE_H
#define CLMLP_MODEL_JSON_PARSE_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "base/error.h"

/* *out = the JSON value that is all of the text; NULL: it is none. Released with cJSON_Delete. Errors:
 * CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_json_parse(cJSON **out, const char *text, clmlp_error *error);

/* The error for a text [length] that the parser refused: CLMLP_OUT_OF_MEMORY where the text is JSON, CLMLP_OK where
 * it is none. */
clmlp_status clmlp_json_check_refused(const char *text, size_t length, clmlp_error *error);

#endif
