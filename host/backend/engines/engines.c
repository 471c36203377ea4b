/* engines.c - OpenCL devices as a kind of backend: the runtime with one of the engines, and the choice between them. */
#include "backend/engines/engines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/clblast/clblast.h"
#include "backend/engines/measured.h"
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

/* Without a measurement: native on CPUs, where it was measured; CLBlast elsewhere, until the GPU family has
 * been measured on GPUs. */
static clmlp_engine untuned(const clmlp_opencl *opencl)
{
    cl_device_type type = 0;
    const cl_int code = clGetDeviceInfo(opencl->device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    return code == CL_SUCCESS && (type & CL_DEVICE_TYPE_CPU) != 0 ? CLMLP_ENGINE_NATIVE : CLMLP_ENGINE_CLBLAST;
}

/* What `auto` takes for a network, and why, as clmlp_device_choice says it; size NULL: for none in particular. */
static clmlp_engine automatic(clmlp_opencl *opencl, const clmlp_network_size *size)
{
    char *const lines = clmlp_tuning_stored(opencl, FOR_ENGINE);
    char *const why = opencl->base.choice;
    clmlp_measured found = {.engine = CLMLP_ENGINE_AUTO};
    if (!clmlp_measured_for(lines, size, &found)) {
        found.engine = untuned(opencl);
        (void)snprintf(why, CLMLP_CHOICE_LENGTH, "not tuned for this device");
    } else if (found.network == NULL) {
        (void)snprintf(why, CLMLP_CHOICE_LENGTH, "tuned: the faster one overall");
    } else {
        (void)snprintf(why, CLMLP_CHOICE_LENGTH, "tuned: the faster one %s %.*s",
                       found.is_same ? "with" : "with the nearest network that was measured,", (int)found.length,
                       found.network);
    }
    free(lines);
    return found.engine;
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
    opencl->base.on_build = options->on_build;
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
        char *const older = engine == CLMLP_ENGINE_AUTO ? clmlp_tuning_stored(opencl, FOR_ENGINE) : NULL;
        char *const merged = older != NULL ? clmlp_measured_merge(older, text) : NULL;
        kept = name != NULL && clmlp_tuning_store(opencl, name, merged != NULL ? merged : text);
        free(merged);
        free(older);
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
