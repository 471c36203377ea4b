/* engines.c - OpenCL devices as a kind of backend: the runtime with one of the engines, and the choice between them. */
#include "backend/engines/engines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/clblast/clblast.h"
#include "backend/native/engine.h"
#include "backend/opencl/pace.h"
#include "backend/opencl/tuning.h"
#include "backend/probe/opencl_probe.h"
#include "base/memory.h"

static clmlp_status choose(clmlp_backend *backend, const clmlp_network_size *size, clmlp_error *error);

/* The table before `auto` has chosen, where NAME is what it would choose if no network were known. */
#define UNDECIDED(name)                                                                                           \
    {CLMLP_OPENCL_RUNTIME_OPS, .engine = (name), .choose = choose,                                                 \
     .prepare_activation = clmlp_opencl_expect_activation, .peak = clmlp_opencl_peak,                             \
     .probes = &clmlp_opencl_probes}

static const struct engine_row {
    const clmlp_opencl_engine *engine;
    clmlp_backend_ops undecided;
} engines[] = {{&clmlp_native_engine, UNDECIDED("native")}, {&clmlp_clblast_engine, UNDECIDED("clblast")}};

static const char FOR_ENGINE[] = "engine"; /* what the choice between them is stored under */

/* Every engine but AUTO has a row. */
static const struct engine_row *row_of(clmlp_engine engine)
{
    size_t i = 0;
    while (i + 1 < sizeof engines / sizeof *engines && engines[i].engine->engine != engine) i++;
    return &engines[i];
}

/* --- the choice ---------------------------------------------------------------------------------------------- */

/* What follows "784-25-10@128 " in a line, where these are the numbers of the network; NULL: they are not. */
static const char *behind_network(const char *line, const clmlp_network_size *size)
{
    for (size_t l = 0; l <= size->L; l++) {
        char number[24];
        const char *const end = l + 1 < size->L ? "-" : l < size->L ? "@" : " ";
        (void)snprintf(number, sizeof number, "%zu%s", l < size->L ? size->s[l] : size->M, end);
        const size_t length = strlen(number);
        if (strncmp(line, number, length) != 0) return NULL;
        line += length;
    }
    return line;
}

/* AUTO: there is no such engine. */
static clmlp_engine engine_named(const char *name)
{
    const size_t end = strcspn(name, "\n");
    for (int e = CLMLP_ENGINE_AUTO + 1; e < CLMLP_ENGINE_COUNT; e++) {
        const char *const known = clmlp_engine_name((clmlp_engine)e);
        if (strlen(known) == end && strncmp(name, known, end) == 0) return (clmlp_engine)e;
    }
    return CLMLP_ENGINE_AUTO;
}

/* The engine of the line "784-25-10@128 ENGINE" for a network, or "overall ENGINE" for none; AUTO: there is none. */
static clmlp_engine engine_for(const char *lines, const clmlp_network_size *size)
{
    static const char OVERALL[] = "overall ";
    for (const char *line = lines; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        const char *name = NULL;
        if (size != NULL) name = behind_network(line, size);
        else if (strncmp(line, OVERALL, sizeof OVERALL - 1) == 0) name = line + sizeof OVERALL - 1;
        if (name != NULL && engine_named(name) != CLMLP_ENGINE_AUTO) return engine_named(name);
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

/* What `auto` takes for a network; size NULL: for none in particular. */
static clmlp_engine automatic(const clmlp_opencl *opencl, const clmlp_network_size *size)
{
    char *lines = clmlp_tuning_stored(opencl, FOR_ENGINE);
    clmlp_engine engine = CLMLP_ENGINE_AUTO;
    if (size != NULL) engine = engine_for(lines, size);
    if (engine == CLMLP_ENGINE_AUTO) engine = engine_for(lines, NULL);
    free(lines);
    return engine == CLMLP_ENGINE_AUTO ? untuned(opencl) : engine;
}

/* Build what an engine needs; all or nothing. */
static clmlp_status take(clmlp_opencl *opencl, const clmlp_opencl_engine *engine, clmlp_error *error)
{
    clmlp_status status = clmlp_opencl_build(opencl, error);
    if (status == CLMLP_OK) {
        opencl->engine = engine;
        status = engine->create(opencl, error);
        if (status == CLMLP_OK) opencl->base.ops = engine->ops;
        else engine->release(opencl);
    }
    if (status == CLMLP_OK) return CLMLP_OK;
    opencl->engine = NULL;
    clmlp_opencl_unbuild(opencl);
    return status;
}

static clmlp_status choose(clmlp_backend *backend, const clmlp_network_size *size, clmlp_error *error)
{
    clmlp_opencl *const opencl = (clmlp_opencl *)backend;
    return take(opencl, row_of(automatic(opencl, size))->engine, error);
}

/* --- opening a device ---------------------------------------------------------------------------------------- */

/* A copy of what the caller wants. */
static const char *copy(const char *text, char *to, size_t size)
{
    if (text == NULL) return NULL;
    (void)snprintf(to, size, "%s", text);
    return to;
}

/* Leave the choice open, until a network is known; what is impossible whatever the network is refused now. */
static clmlp_status postpone(clmlp_opencl *opencl, clmlp_error *error)
{
    const struct engine_row *const row = row_of(automatic(opencl, NULL));
    opencl->base.ops = &row->undecided;
    return row->engine->plan(opencl, error);
}

static clmlp_status create(clmlp_backend **out, const clmlp_device_info *info, const clmlp_device_options *options,
                           const clmlp_knobs *knobs, clmlp_error *error)
{
    clmlp_opencl *opencl = NULL;
    TRY(clmlp_opencl_create(&opencl, info, options->precision, error));
    clmlp_opencl_pace_limit(opencl, options->max_launch);
    opencl->asked = copy(knobs->tiles, opencl->asked_text, sizeof opencl->asked_text);
    opencl->family = copy(knobs->family, opencl->family_text, sizeof opencl->family_text);
    const clmlp_status status = options->engine == CLMLP_ENGINE_AUTO
                                    ? postpone(opencl, error)
                                    : take(opencl, row_of(options->engine)->engine, error);
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
    TRY_CLEANUP(row_of(engine)->engine->candidates(opencl, list, count, error));
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
        const char *name = engine == CLMLP_ENGINE_AUTO ? FOR_ENGINE : row_of(engine)->engine->family(opencl);
        kept = name != NULL && clmlp_tuning_store(opencl, name, text);
    }
    free(opencl);
    return kept;
}

const clmlp_backend_kind clmlp_opencl_kind = {
    .name = "opencl",
    .missing = "there is no OpenCL device (install your GPU's OpenCL driver, or PoCL to use the CPU)",
    .has_engines = true,
    .list = clmlp_opencl_list,
    .create = create,
    .candidates = candidates,
    .keep = keep,
};
