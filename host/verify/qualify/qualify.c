/* qualify.c - the qualification: run all parts on a device, collect its card. */
#include "verify/qualify/qualify.h"

#include <math.h>
#include <string.h>

#include "backend/device.h"
#include "base/argument.h"
#include "base/clock.h"
#include "base/structure.h"

const char *clmlp_qualify_group_name(clmlp_qualify_group group)
{
#define NAME_OF(name, text) text,
    static const char *const names[] = {CLMLP_QUALIFY_GROUP_LIST(NAME_OF)};
#undef NAME_OF
    return (unsigned)group < CLMLP_QUALIFY_GROUP_COUNT ? names[group] : "?";
}

void clmlp_qualify_config_init(clmlp_qualify_config *config, size_t size)
{
    static const clmlp_qualify_config defaults = {
        .size = sizeof defaults, .seconds = 60.0, .seed = 1};
    clmlp_structure_init(config, size, &defaults, sizeof defaults);
}

static void choose_subjects(clmlp_qualification *q)
{
    const char *type = q->result->device.type;
    /* as the engine chooses by itself, host/backend/native/engine.c */
    const bool is_cpu = strcmp(type, "CPU") == 0 && strcmp(q->result->device.platform, "rusticl") != 0;
    if (strcmp(type, "host") == 0) {
        q->subjects[q->subject_count++] = (clmlp_subject){.name = "cblas", .engine = CLMLP_ENGINE_AUTO};
        return;
    }
    const clmlp_subject cpu = {"native cpu", CLMLP_ENGINE_NATIVE, "cpu", !is_cpu};
    const clmlp_subject gpu = {"native gpu", CLMLP_ENGINE_NATIVE, "gpu", is_cpu};
    q->subjects[q->subject_count++] = is_cpu ? cpu : gpu;
    q->subjects[q->subject_count++] = is_cpu ? gpu : cpu;
    /* last: it keeps the parameters that are tried */
    q->subjects[q->subject_count++] = (clmlp_subject){"clblast", CLMLP_ENGINE_CLBLAST, NULL, false};
}

/* --- the groups ----------------------------------------------------------------------------------------------- */

static void copy_facts(clmlp_qualification *q)
{
    clmlp_qualify_result *r = q->result;
    memcpy(r->opencl_version, q->facts.version, sizeof r->opencl_version);
    memcpy(r->opencl_c_version, q->facts.language, sizeof r->opencl_c_version);
    memcpy(r->platform_version, q->facts.platform_version, sizeof r->platform_version);
    memcpy(r->profile, q->facts.profile, sizeof r->profile);
    memcpy(r->build_options, q->facts.build_options, sizeof r->build_options);
}

typedef clmlp_status probe_group(clmlp_qualification *q, clmlp_device *device, clmlp_probe *probe,
                                 clmlp_error *error);
typedef clmlp_status engine_group(clmlp_qualification *q, const clmlp_subject *subject, clmlp_device *device,
                                  clmlp_error *error);

/* Probes do not mind the engine. */
static bool open_any(const clmlp_qualification *q, clmlp_device **out)
{
    for (size_t i = 0; i < q->subject_count; i++) {
        if (clmlp_qualify_open(q, &q->subjects[i], NULL, out, NULL) == CLMLP_OK) return true;
    }
    return false;
}

/* One group with a probe of its own, on a device of its own: what one breaks, the next does not meet. */
static clmlp_status with_probe(clmlp_qualification *q, clmlp_qualify_group group, probe_group *work,
                               clmlp_error *error)
{
    clmlp_device *device = NULL;
    clmlp_probe *probe = NULL;
    clmlp_error caught = {.message = ""};
    clmlp_status status = CLMLP_OK;
    if (!open_any(q, &device)) TRY(clmlp_qualify_open_or_say(q, group, &q->subjects[0], &device, error));
    if (device == NULL) return CLMLP_OK;
    const clmlp_probe_ops *probes = device->backend->ops->probes;
    if (probes == NULL) goto cleanup;
    if (probes->open(device->backend, &probe, &caught) != CLMLP_OK) {
        clmlp_qualify_part part = clmlp_qualify_part_begin(group, "building the probes");
        TRY_CLEANUP(clmlp_qualify_fail(&part, &caught, error));
        status = clmlp_qualify_add(q, &part, error);
        goto cleanup;
    }
    status = work(q, device, probe, error);
    probes->close(probe);
cleanup:
    clmlp_device_close(device);
    return status;
}

/* One group for every engine. */
static clmlp_status with_engines(clmlp_qualification *q, clmlp_qualify_group group, engine_group *work,
                                 clmlp_error *error)
{
    for (size_t i = 0; i < q->subject_count; i++) {
        clmlp_device *device = NULL;
        TRY(clmlp_qualify_open_or_say(q, group, &q->subjects[i], &device, error));
        if (device == NULL) continue;
        const clmlp_status status = work(q, &q->subjects[i], device, error);
        clmlp_device_close(device);
        TRY(status);
    }
    return CLMLP_OK;
}

/* What the device says of itself; a device that cannot even be asked says so in every group. */
static void learn_facts(clmlp_qualification *q)
{
    clmlp_device *device = NULL;
    if (!open_any(q, &device)) return;
    const clmlp_probe_ops *probes = device->backend->ops->probes;
    if (probes != NULL && probes->facts(device->backend, &q->facts, NULL) == CLMLP_OK) copy_facts(q);
    clmlp_device_close(device);
}

/* In the order of the card. */
static const struct {
    clmlp_qualify_group group;
    probe_group *probe;
    engine_group *engines; /* where there is no `probe` */
} order[] = {
    {CLMLP_QUALIFY_FUNCTIONS, clmlp_qualify_functions, NULL},
    {CLMLP_QUALIFY_FUNCTIONS, NULL, clmlp_qualify_engine_functions},
    {CLMLP_QUALIFY_SPECIAL, clmlp_qualify_special_values, NULL},
    {CLMLP_QUALIFY_DENORMALS, clmlp_qualify_denormals, NULL},
    {CLMLP_QUALIFY_DENORMALS, NULL, clmlp_qualify_engine_denormals},
    {CLMLP_QUALIFY_PRODUCTS, NULL, clmlp_qualify_products},
    {CLMLP_QUALIFY_REDUCTIONS, NULL, clmlp_qualify_reductions},
    {CLMLP_QUALIFY_BARRIERS, clmlp_qualify_barriers, NULL},
    {CLMLP_QUALIFY_ORDERING, clmlp_qualify_ordering, NULL},
    {CLMLP_QUALIFY_COPIES, clmlp_qualify_bytes, NULL},
    {CLMLP_QUALIFY_COPIES, NULL, clmlp_qualify_matrices},
    {CLMLP_QUALIFY_COPIES, NULL, clmlp_qualify_uploads},
    {CLMLP_QUALIFY_REPEATABILITY, NULL, clmlp_qualify_repeatability},
    {CLMLP_QUALIFY_SETTINGS, NULL, clmlp_qualify_settings},
};

static clmlp_status all_groups(clmlp_qualification *q, clmlp_error *error)
{
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const clmlp_qualify_group group = order[i].group;
        if (q->config.groups != 0 && (q->config.groups >> group & 1U) == 0) continue;
        TRY(order[i].probe != NULL ? with_probe(q, group, order[i].probe, error)
                                   : with_engines(q, group, order[i].engines, error));
    }
    return CLMLP_OK;
}

static clmlp_status qualify(const clmlp_device_options *options, const clmlp_qualify_config *config,
                            clmlp_qualify_result *result, clmlp_error *error)
{
    clmlp_qualification q = {.config = *config, .result = result};
    const double began = clmlp_seconds();
    REQUIRE_CODE(options->precision, CLMLP_PRECISION_COUNT, "options.precision");
    if (!(q.config.seconds > 0.0) || isinf(q.config.seconds)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "seconds %g: expected a number > 0", q.config.seconds);
    }
    q.where = clmlp_device_options_default();
    q.where.precision = options->precision;
    q.where.memory_limit = options->memory_limit;
    TRY(clmlp_device_find(options->spec != NULL ? options->spec : "auto", &result->device, error));
    q.where.spec = result->device.spec;
    result->precision = options->precision;
    if (options->precision == CLMLP_F64 && !result->device.fp64) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "%s has no double precision; use --precision f32, or another device", result->device.name);
    }
    choose_subjects(&q);
    learn_facts(&q);
    TRY(all_groups(&q, error));
    result->passed = result->failed == 0;
    result->seconds = clmlp_seconds() - began;
    return CLMLP_OK;
}

clmlp_status clmlp_qualify(const clmlp_device_options *options, const clmlp_qualify_config *config,
                           clmlp_qualify_result *result, clmlp_error *error)
{
    clmlp_device_options where = clmlp_device_options_default();
    clmlp_qualify_config own_config = clmlp_qualify_config_default();
    clmlp_qualify_result own = {.size = sizeof own};
    REQUIRE(result != NULL, "result");
    TRY(clmlp_structure_check(result, "result", error));
    clmlp_structure_give(result, &own, sizeof own);
    TRY(clmlp_structure_take(&where, sizeof where, options, "options", error));
    TRY(clmlp_structure_take(&own_config, sizeof own_config, config, "config", error));
    const clmlp_status status = qualify(&where, &own_config, &own, error);
    clmlp_structure_give(result, &own, sizeof own);
    return status;
}
