/* json_parse.c - JSON of files, with lack of memory told from text that is none. */
#include "model/formats/json_parse.h"

#include <string.h>

#include "base/json_text.h"

clmlp_status clmlp_json_check_refused(const char *text, size_t length, clmlp_error *error)
{
    if (!clmlp_json_is_valid(text, length)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for %zu bytes of JSON", length);
}

clmlp_status clmlp_json_parse(cJSON **out, const char *text, clmlp_error *error)
{
    *out = cJSON_ParseWithOpts(text, NULL, 1);
    return *out != NULL ? CLMLP_OK : clmlp_json_check_refused(text, strlen(text), error);
}
