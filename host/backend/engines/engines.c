/* engines.c - OpenCL devices as a kind of backend: the runtime with one of the engines, and the choice between them. */
#include "backend/engines/engines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/clblast/clblast.h"
#include "backend/native/engine.h"
#include "backend/opencl/tuning.h"
#include "base/memory.h"

static const clmlp_opencl_engine *const engines[] = {&clmlp_native_engine, &clmlp_clblast_engine};

static const char FOR_ENGINE[] = "engine"; /* what the choice between them is stored under */

static const clmlp_opencl_engine *engine_of(clmlp_engine engine)
{
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        if (engines[i]->engine == engine) return engines[i];
    }
    return NULL;
}

/* --- the choice ---------------------------------------------------------------------------------------------- */

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

static clmlp_engine choose(const clmlp_opencl *opencl, const char *shape)
{
    char *lines = clmlp_tuning_stored(opencl, FOR_ENGINE);
    clmlp_engine engine = CLMLP_ENGINE_AUTO;
    if (lines != NULL && shape != NULL) engine = engine_for(lines, shape);
    if (lines != NULL && engine == CLMLP_ENGINE_AUTO) engine = engine_for(lines, "overall");
    free(lines);
    return engine == CLMLP_ENGINE_AUTO ? untuned(opencl) : engine;
}

/* --- opening a device ---------------------------------------------------------------------------------------- */

static clmlp_status take(clmlp_opencl *opencl, const clmlp_opencl_engine *engine, clmlp_error *error)
{
    TRY(clmlp_opencl_build(opencl, error));
    opencl->engine = engine;
    TRY(engine->create(opencl, error));
    opencl->base.ops = engine->ops;
    return CLMLP_OK;
}

static clmlp_status create(clmlp_backend **out, const clmlp_device_info *info, const clmlp_device_options *options,
                           clmlp_error *error)
{
    clmlp_opencl *opencl = NULL;
    TRY(clmlp_opencl_create(&opencl, info, options->precision, error));
    opencl->asked = options->tiles;
    opencl->trial = options->tiles != NULL;
    opencl->family = options->family;
    const clmlp_engine wanted =
        options->engine == CLMLP_ENGINE_AUTO ? choose(opencl, options->shape) : options->engine;
    const clmlp_status status = take(opencl, engine_of(wanted), error);
    opencl->asked = opencl->family = NULL; /* the caller's */
    if (status == CLMLP_OK) *out = &opencl->base;
    else clmlp_opencl_destroy(&opencl->base);
    return status;
}

/* --- tuning -------------------------------------------------------------------------------------------------- */

/* A device that is not opened, only asked. */
static clmlp_status look_at(clmlp_opencl *opencl, const clmlp_device_info *info, clmlp_precision precision,
                            clmlp_error *error)
{
    opencl->base.precision = precision;
    (void)snprintf(opencl->name, sizeof opencl->name, "%s", info->name);
    return clmlp_opencl_find(info->spec, &opencl->device, error);
}

static clmlp_status candidates(const clmlp_device_info *info, clmlp_engine engine, const char *family,
                               clmlp_precision precision, clmlp_tiles **list, size_t *count, clmlp_error *error)
{
    clmlp_opencl *opencl = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(clmlp_allocate(&opencl, 1, sizeof *opencl, "an OpenCL device", error));
    TRY_CLEANUP(look_at(opencl, info, precision, error));
    opencl->family = family;
    TRY_CLEANUP(engine_of(engine)->candidates(opencl, list, count, error));
cleanup:
    free(opencl);
    return status;
}

static bool keep(const clmlp_device_info *info, clmlp_engine engine, clmlp_precision precision, const char *text)
{
    clmlp_opencl *opencl = NULL;
    bool kept = false;
    if (clmlp_allocate(&opencl, 1, sizeof *opencl, "an OpenCL device", NULL) != CLMLP_OK) return false;
    if (look_at(opencl, info, precision, NULL) == CLMLP_OK) {
        const char *name = engine == CLMLP_ENGINE_AUTO ? FOR_ENGINE : engine_of(engine)->family(opencl);
        kept = name != NULL && clmlp_tuning_store(opencl, name, text);
    }
    free(opencl);
    return kept;
}

const clmlp_backend_kind clmlp_opencl_kind = {
    .name = "opencl",
    .missing = "there is no OpenCL device (install your GPU's OpenCL driver, or PoCL to use the CPU; `clmlp devices` "
               "lists what is found)",
    .list = clmlp_opencl_list,
    .create = create,
    .candidates = candidates,
    .keep = keep,
};
