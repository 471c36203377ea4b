/* tuning.c - choices that were measured, on disk: reading and storing them. */
#include "backend/opencl/tuning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/opencl/program_cache.h"
#include "base/memory.h"
#include "base/user_cache.h"

static const char KIND[] = "tuning";

/* Released with free(); NULL: the device cannot be told from others. */
static char *key_of(const clmlp_opencl *opencl, const char *family)
{
    clmlp_text key = {0};
    if (clmlp_device_key(opencl->device, &key) &&
        clmlp_text_append(&key, NULL, "precision: %s\nfamily: %s\n", clmlp_precision_name(opencl->base.precision),
                          family) == CLMLP_OK) {
        return key.data;
    }
    free(key.data);
    return NULL;
}

char *clmlp_tuning_stored(const clmlp_opencl *opencl, const char *family)
{
    void *payload = NULL;
    size_t size = 0;
    char *key = key_of(opencl, family);
    if (key == NULL || !clmlp_user_cache_read(KIND, key, &payload, &size)) payload = NULL;
    free(key);
    return payload;
}

clmlp_tiles_source clmlp_tuning_tiles(const clmlp_opencl *opencl, const char *family, const char *variable,
                                      char text[CLMLP_TILES_LENGTH])
{
    const char *asked = opencl->asked;
    if (variable != NULL) variable = getenv(variable);
    if (asked == NULL && variable != NULL && variable[0] != '\0') asked = variable;
    char *entry = asked == NULL ? clmlp_tuning_stored(opencl, family) : NULL;
    const clmlp_tiles_source source = asked != NULL   ? CLMLP_TILES_ASKED
                                      : entry != NULL ? CLMLP_TILES_STORED
                                                      : CLMLP_TILES_UNSET;
    (void)snprintf(text, CLMLP_TILES_LENGTH, "%s", asked != NULL ? asked : entry != NULL ? entry : "");
    free(entry);
    return source;
}

clmlp_status clmlp_tuning_refuse(const clmlp_opencl *opencl, const char *variable, const char *text,
                                 const char *problem, clmlp_error *error)
{
    const bool by_caller = opencl->asked != NULL || variable == NULL;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: tiles '%s'%s%s%s: %s", opencl->name, text,
                      by_caller ? "" : " (", by_caller ? "" : variable, by_caller ? "" : ")", problem);
}

bool clmlp_tuning_store(const clmlp_opencl *opencl, const char *family, const char *text)
{
    char *key = key_of(opencl, family);
    const bool kept = key != NULL && clmlp_user_cache_write(KIND, key, text, strlen(text));
    free(key);
    return kept;
}
