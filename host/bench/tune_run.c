/* tune_run.c - find the fastest tiles and engine of a device by timing candidates. */
#include "bench/tune.h"

#include <stdio.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/structure.h"
#include "backend/device.h"
#include "bench/tuning.h"

static const clmlp_tune_network standard[] = {
    {3, {64, 25, 10}, 1437, true}, {3, {784, 128, 10}, 32, false}, {3, {784, 512, 10}, 128, false}};

void clmlp_tune_config_init(clmlp_tune_config *config, size_t size)
{
    static const clmlp_tune_config defaults = {
        .size = sizeof defaults, .engine = CLMLP_ENGINE_AUTO, .seconds = 0.5, .seed = 1, .keep = true,
        .networks = NULL, .risk = CLMLP_TUNE_RISK};
    clmlp_structure_init(config, size, &defaults, sizeof defaults);
}

void clmlp_tune_shape(const size_t *units, size_t layers, size_t batch, char *text, size_t size)
{
    size_t used = 0;
    if (text == NULL || size == 0) return;
    text[0] = '\0';
    if (units == NULL) return;
    for (size_t l = 0; l < layers && used < size; l++) {
        used += (size_t)snprintf(text + used, size - used, "%s%zu", l == 0 ? "" : "-", units[l]);
    }
    if (used < size) (void)snprintf(text + used, size - used, "@%zu", batch);
}

static clmlp_status prepare(clmlp_tuning *t, clmlp_error *error)
{
    clmlp_tune_result *result = t->result;
    const char *spec = t->where.spec != NULL ? t->where.spec : "auto";
    const clmlp_bench_config seconds = {.size = sizeof seconds, .seconds = t->config.seconds};
    clmlp_bench_config checked;
    TRY(clmlp_bench_check(&seconds, &checked, error));
    if (t->config.networks == NULL) {
        t->config.networks = standard;
        t->config.network_count = sizeof standard / sizeof *standard;
    }
    if (t->config.network_count == 0 || t->config.network_count > CLMLP_TUNE_NETWORKS) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%zu networks (expected 1 to %d)", t->config.network_count,
                          (int)CLMLP_TUNE_NETWORKS);
    }
    if (!(t->config.risk >= 0.0 && t->config.risk <= 1.0)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a risk of %g (expected 0 to 1)", t->config.risk);
    }
    if (t->config.risk == 0.0) t->config.risk = CLMLP_TUNE_RISK;
    TRY(clmlp_device_find(spec, &result->device, error));
    result->precision = t->where.precision;
    if (strcmp(result->device.type, "host") == 0) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "device '%s': the CPU path has nothing to tune (expected an "
                          "OpenCL device)", spec);
    }
    if (t->where.precision == CLMLP_F64 && !result->device.fp64) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s has no double precision; use --precision f32",
                          result->device.name);
    }
    result->network_count = t->config.network_count;
    for (size_t n = 0; n < result->network_count; n++) {
        const clmlp_tune_network *network = &t->config.networks[n];
        result->networks[n] = *network;
        TRY(clmlp_model_create(&t->models[n], network->layers, network->units, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID,
                               t->config.seed, error));
        clmlp_tune_shape(network->units, network->layers, network->batch, result->shapes[n], CLMLP_TUNE_SHAPE);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_tune(const clmlp_device_options *where, const clmlp_tune_config *config,
                        clmlp_tune_result **out, clmlp_error *error)
{
    return clmlp_tune_by(NULL, where, config, out, error);
}

clmlp_status clmlp_tune_by(const clmlp_tune_stopwatch *stopwatch, const clmlp_device_options *where,
                           const clmlp_tune_config *config, clmlp_tune_result **out, clmlp_error *error)
{
    clmlp_tuning t = {.where = clmlp_device_options_default(),
                      .config = clmlp_tune_config_default(),
                      .stopwatch = stopwatch};
    size_t native = CLMLP_TUNE_CANDIDATES, clblast = CLMLP_TUNE_CANDIDATES, reference = CLMLP_TUNE_CANDIDATES;
    clmlp_tune_times own = {.count = 0};
    clmlp_status status = CLMLP_OK;

    REQUIRE(out != NULL, "out");
    TRY(clmlp_structure_take(&t.where, sizeof t.where, where, "where", error));
    TRY(clmlp_structure_take(&t.config, sizeof t.config, config, "config", error));
    REQUIRE_CODE(t.config.engine, CLMLP_ENGINE_COUNT, "config.engine");
    REQUIRE_CODE(t.where.precision, CLMLP_PRECISION_COUNT, "where.precision");
    TRY(clmlp_allocate(&t.result, 1, sizeof *t.result, "what is tuned", error));
    TRY_CLEANUP(prepare(&t, error));
    for (int e = CLMLP_ENGINE_NATIVE; e < CLMLP_ENGINE_COUNT; e++) {
        const bool is_asked = t.config.engine == CLMLP_ENGINE_AUTO || t.config.engine == (clmlp_engine)e;
        if (is_asked) TRY_CLEANUP(clmlp_tuning_list(&t, (clmlp_engine)e, error));
    }
    clmlp_tuning_plan(&t);
    if (t.config.engine != CLMLP_ENGINE_CLBLAST) TRY_CLEANUP(clmlp_tune_native(&t, &native, &reference, error));
    if (t.config.engine != CLMLP_ENGINE_NATIVE) {
        clmlp_tuning_close(&t, reference);
        TRY_CLEANUP(clmlp_tune_clblast(&t, reference, &clblast, &own, error));
    }
    if (native < CLMLP_TUNE_CANDIDATES && clblast < CLMLP_TUNE_CANDIDATES) {
        TRY_CLEANUP(clmlp_tune_engines(&t, native, clblast, &own, error));
    }
    if (t.config.keep) clmlp_tuning_keep(t.result);
    *out = t.result;
    t.result = NULL;
cleanup:
    clmlp_tune_times_release(&own);
    clmlp_tuning_close(&t, CLMLP_TUNE_CANDIDATES);
    clmlp_tune_result_destroy(t.result);
    for (size_t n = 0; n < CLMLP_TUNE_NETWORKS; n++) clmlp_model_destroy(t.models[n]);
    return status;
}
