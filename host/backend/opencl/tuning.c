/* tuning.c - tiles and engines that were measured: keys, entries on disk, and what is chosen by them. */
#include "backend/opencl/tuning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/native/native.h"
#include "backend/opencl/program_cache.h"
#include "base/memory.h"
#include "base/user_cache.h"

static const char KIND[] = "tuning";
static const char FOR_ENGINE[] = "engine", FOR_CLBLAST[] = "clblast";

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

/* What is stored, NUL-terminated, released with free(); NULL: nothing. */
static char *stored(const clmlp_opencl *opencl, const char *family)
{
    void *payload = NULL;
    size_t size = 0;
    char *key = key_of(opencl, family);
    if (key == NULL || !clmlp_user_cache_read(KIND, key, &payload, &size)) payload = NULL;
    free(key);
    return payload;
}

/* The engine of the line "SHAPE ENGINE" for a shape; AUTO: there is none. */
static clmlp_engine engine_for(const char *lines, const char *shape)
{
    const size_t length = strlen(shape);
    for (const char *line = lines; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        if (strncmp(line, shape, length) != 0 || line[length] != ' ') continue;
        const char *const name = line + length + 1;
        const size_t end = strcspn(name, "\n");
        for (int e = CLMLP_ENGINE_NATIVE; e < CLMLP_ENGINE_COUNT; e++) {
            const char *const known = clmlp_engine_name((clmlp_engine)e);
            if (strlen(known) == end && strncmp(name, known, end) == 0) return (clmlp_engine)e;
        }
    }
    return CLMLP_ENGINE_AUTO;
}

/* Without a measurement: native on CPUs, where it was measured; CLBlast elsewhere, until the GPU family has
 * been measured on GPUs. */
static clmlp_engine untuned(const clmlp_opencl *opencl)
{
    cl_device_type type = 0;
    const cl_int code = clGetDeviceInfo(opencl->device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    return code == CL_SUCCESS && (type & CL_DEVICE_TYPE_CPU) != 0 ? CLMLP_ENGINE_NATIVE : CLMLP_ENGINE_CLBLAST;
}

clmlp_engine clmlp_tuning_engine(const clmlp_opencl *opencl, const clmlp_device_options *options)
{
    if (options->engine != CLMLP_ENGINE_AUTO) return options->engine;
    char *lines = stored(opencl, FOR_ENGINE);
    clmlp_engine engine = CLMLP_ENGINE_AUTO;
    if (lines != NULL && options->shape != NULL) engine = engine_for(lines, options->shape);
    if (lines != NULL && engine == CLMLP_ENGINE_AUTO) engine = engine_for(lines, "overall");
    free(lines);
    return engine == CLMLP_ENGINE_AUTO ? untuned(opencl) : engine;
}

clmlp_tiles_source clmlp_tuning_tiles(const clmlp_opencl *opencl, const char *family, char text[CLMLP_TILES_LENGTH])
{
    const char *asked = opencl->asked;
    const char *const usual = clmlp_native_usual_family(opencl);
    const char *variable = usual != NULL && strcmp(family, usual) == 0 ? getenv("CLMLP_NATIVE_TILES") : NULL;
    if (asked == NULL && variable != NULL && variable[0] != '\0') asked = variable;
    char *entry = asked == NULL ? stored(opencl, family) : NULL;
    const clmlp_tiles_source source = asked != NULL   ? CLMLP_TILES_ASKED
                                      : entry != NULL ? CLMLP_TILES_STORED
                                                      : CLMLP_TILES_UNSET;
    (void)snprintf(text, CLMLP_TILES_LENGTH, "%s", asked != NULL ? asked : entry != NULL ? entry : "");
    free(entry);
    return source;
}

clmlp_status clmlp_tuning_refuse(const clmlp_opencl *opencl, const char *text, const char *problem,
                                 clmlp_error *error)
{
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: tiles '%s'%s: %s", opencl->name, text,
                      opencl->asked == NULL ? " (CLMLP_NATIVE_TILES)" : "", problem);
}

/* A device that is not opened, only asked. */
static clmlp_status look_at(clmlp_opencl *opencl, const clmlp_device_info *info, clmlp_precision precision,
                            clmlp_error *error)
{
    opencl->base.precision = precision;
    (void)snprintf(opencl->name, sizeof opencl->name, "%s", info->name);
    return clmlp_opencl_find(info->spec, &opencl->device, error);
}

clmlp_status clmlp_opencl_candidates(const clmlp_device_info *info, clmlp_engine engine, const char *family,
                                     clmlp_precision precision, clmlp_tiles **list, size_t *count,
                                     clmlp_error *error)
{
    clmlp_opencl *opencl = NULL;
    clmlp_status status = CLMLP_OK;
    *list = NULL;
    TRY(clmlp_allocate(&opencl, 1, sizeof *opencl, "an OpenCL device", error));
    TRY_CLEANUP(look_at(opencl, info, precision, error));
    opencl->family = family;
    if (engine == CLMLP_ENGINE_CLBLAST) {
        TRY_CLEANUP(clmlp_clblast_candidates(opencl, list, count, error));
    } else {
        TRY_CLEANUP(clmlp_native_candidates(opencl, list, count, error));
    }
cleanup:
    free(opencl);
    return status;
}

bool clmlp_opencl_keep(const clmlp_device_info *info, clmlp_engine engine, clmlp_precision precision,
                       const char *text)
{
    clmlp_opencl *opencl = NULL;
    const char *family = engine == CLMLP_ENGINE_CLBLAST ? FOR_CLBLAST : FOR_ENGINE;
    bool kept = false;
    if (clmlp_allocate(&opencl, 1, sizeof *opencl, "an OpenCL device", NULL) != CLMLP_OK) return false;
    if (look_at(opencl, info, precision, NULL) == CLMLP_OK) {
        if (engine == CLMLP_ENGINE_NATIVE) family = clmlp_native_family_name(opencl);
        char *key = family != NULL ? key_of(opencl, family) : NULL;
        kept = key != NULL && clmlp_user_cache_write(KIND, key, text, strlen(text));
        free(key);
    }
    free(opencl);
    return kept;
}
