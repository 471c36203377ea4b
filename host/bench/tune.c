/* tune.c - find the fastest tiles and engine of a device by timing candidates. */
#include "bench/tune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/structure.h"
#include "base/text.h"
#include "backend/device.h"
#include "backend/registry.h"
#include "bench/examples.h"
#include "bench/measure.h"
#include "verify/qualify/products.h"

static const clmlp_tune_network standard[] = {
    {3, {64, 25, 10}, 1437, true}, {3, {784, 128, 10}, 32, false}, {3, {784, 512, 10}, 128, false}};

typedef struct tuning {
    clmlp_device_options where;
    clmlp_tune_config config;
    clmlp_tune_result *result;
    clmlp_model *models[CLMLP_TUNE_NETWORKS];
    clmlp_device *devices[CLMLP_TUNE_CANDIDATES]; /* of the candidates; NULL: not open */
} tuning;

void clmlp_tune_config_init(clmlp_tune_config *config, size_t size)
{
    static const clmlp_tune_config defaults = {
        .size = sizeof defaults, .engine = CLMLP_ENGINE_AUTO, .seconds = 0.5, .seed = 1, .keep = true,
                               .networks = NULL};
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

static clmlp_status say(const tuning *t, clmlp_error *error, const char *what, const char *detail)
{
    char text[CLMLP_TILES_LENGTH + 64];
    (void)snprintf(text, sizeof text, "%s %s", what, detail);
    if (t->config.on_work.function != NULL) t->config.on_work.function(text, t->config.on_work.context);
    if (!clmlp_cancel_requested(t->config.cancel)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_INTERRUPTED, "stopped before the end; nothing was stored");
}

/* Not ours to go on after. */
static bool is_fatal(clmlp_status status)
{
    return status == CLMLP_OUT_OF_MEMORY || status == CLMLP_INTERRUPTED;
}

/* --- candidates ------------------------------------------------------------------------------------------ */

static void reject(tuning *t, size_t i, const char *reason)
{
    clmlp_tune_candidate *c = &t->result->candidates[i];
    c->rejected = true;
    t->result->rejected++;
    (void)snprintf(c->reason, sizeof c->reason, "%.*s", CLMLP_TUNE_REASON - 1, reason);
    clmlp_device_close(t->devices[i]);
    t->devices[i] = NULL;
}

static clmlp_status open_candidate(tuning *t, size_t i, clmlp_error *error)
{
    clmlp_device_options options = t->where;
    options.spec = t->result->device.spec;
    options.engine = t->result->candidates[i].engine;
    options.profile = false;
    const clmlp_knobs knobs = {.tiles = t->result->candidates[i].tiles};
    return clmlp_device_open_with(&t->devices[i], &options, &knobs, error);
}

/* Open a candidate and check its results; rejected, and closed, where that fails. */
static clmlp_status validate(tuning *t, size_t i, clmlp_error *error)
{
    clmlp_error own = {.status = CLMLP_OK, .message = ""};
    char reason[CLMLP_TUNE_REASON] = "";
    bool right = false;
    TRY(say(t, error, "checking", t->result->candidates[i].tiles));
    clmlp_status status = open_candidate(t, i, &own);
    if (status == CLMLP_OK) status = clmlp_check_products(t->devices[i], &right, reason, sizeof reason, &own);
    if (is_fatal(status)) {
        if (error != NULL) *error = own;
        return status;
    }
    if (status != CLMLP_OK) reject(t, i, own.message);
    else if (!right) reject(t, i, reason);
    return CLMLP_OK;
}

static clmlp_status list_candidates(tuning *t, clmlp_engine engine, size_t *first, size_t *end, clmlp_error *error)
{
    clmlp_tiles *list = NULL;
    size_t count = 0;
    clmlp_tune_result *result = t->result;
    *first = *end = result->count;
    TRY(clmlp_backend_candidates(&result->device, engine, NULL, result->precision, &list, &count, error));
    if (count > CLMLP_TUNE_CANDIDATES - result->count) {
        free(list);
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "%zu candidates of %s are too many to compare (CLMLP_TUNE_CANDIDATES)", count,
                          clmlp_engine_name(engine));
    }
    for (size_t i = 0; i < count; i++) {
        clmlp_tune_candidate *c = &result->candidates[result->count++];
        *c = (clmlp_tune_candidate){.engine = engine, .untuned = i == 0, .speed = (double)NAN};
        memcpy(c->tiles, list[i].text, sizeof c->tiles);
        for (size_t n = 0; n < CLMLP_TUNE_NETWORKS; n++) c->milliseconds[n] = (double)NAN;
    }
    *end = result->count;
    free(list);
    return CLMLP_OK;
}

/* --- times ----------------------------------------------------------------------------------------------- */

/* Steps of one network on the open ones of devices first .. end - 1, in turn; median [i - first] in ms. */
static clmlp_status time_network(tuning *t, size_t network, size_t first, size_t end, double *median,
                                 clmlp_error *error)
{
    clmlp_bench_run runs[CLMLP_TUNE_CANDIDATES] = {{.backend = NULL}};
    clmlp_work works[CLMLP_TUNE_CANDIDATES];
    clmlp_bench_times times[CLMLP_TUNE_CANDIDATES] = {{.median = 0.0}};
    size_t count = 0;
    clmlp_status status = CLMLP_OK;

    const clmlp_tune_network *shape = &t->result->networks[network];
    const clmlp_bench_config config = {.size = sizeof config, .seconds = t->config.seconds, .seed = t->config.seed,
                                       .full_batch = shape->full_batch};
    TRY(say(t, error, "timing", t->result->shapes[network]));
    for (size_t i = first; i < end; i++) {
        if (t->devices[i] == NULL) continue;
        clmlp_bench_run *run = &runs[count];
        works[count++] = (clmlp_work){clmlp_bench_run_step, clmlp_bench_run_wait, run, clmlp_bench_run_steps,
                                      t->config.cancel};
        TRY_CLEANUP(clmlp_bench_run_create(run, t->devices[i], t->models[network], shape->batch,
                                           CLMLP_FOR_TRAINING, &config, error));
    }
    if (count > 0) TRY_CLEANUP(clmlp_measure_interleaved(works, count, t->config.seconds, times, error));
    for (size_t i = first, k = 0; i < end; i++) {
        median[i - first] = t->devices[i] != NULL ? times[k++].median : (double)NAN;
    }
cleanup:
    for (size_t k = 0; k < count; k++) clmlp_bench_run_release(&runs[k]);
    return status;
}

/* All networks for candidates first .. end - 1. */
static clmlp_status time_candidates(tuning *t, size_t first, size_t end, clmlp_error *error)
{
    double median[CLMLP_TUNE_CANDIDATES];
    for (size_t n = 0; n < t->result->network_count; n++) {
        TRY(time_network(t, n, first, end, median, error));
        for (size_t i = first; i < end; i++) t->result->candidates[i].milliseconds[n] = median[i - first];
    }
    return CLMLP_OK;
}

/* How many times as fast as `base`, in the geometric mean over the networks. */
static double relative_speed(const clmlp_tune_result *result, const double *milliseconds, const double *base)
{
    double sum = 0.0;
    for (size_t n = 0; n < result->network_count; n++) sum += log(base[n] / milliseconds[n]);
    return exp(sum / (double)result->network_count);
}

/* What is untuned stays unless another is faster by more than two runs of one thing differ. */
static const double MARGIN = 1.02;

/* The fastest, or CLMLP_TUNE_CANDIDATES: all are rejected. */
static size_t choose(clmlp_tune_result *result, size_t first, size_t end)
{
    size_t base = CLMLP_TUNE_CANDIDATES, best = CLMLP_TUNE_CANDIDATES;
    for (size_t i = first; i < end; i++) {
        clmlp_tune_candidate *c = &result->candidates[i];
        if (c->rejected) continue;
        if (base == CLMLP_TUNE_CANDIDATES) base = i;
        c->speed = relative_speed(result, c->milliseconds, result->candidates[base].milliseconds);
        const bool first_valid = best == CLMLP_TUNE_CANDIDATES;
        const double margin = !first_valid && result->candidates[best].untuned ? MARGIN : 1.0;
        if (first_valid || c->speed > margin * result->candidates[best].speed) best = i;
    }
    if (best < CLMLP_TUNE_CANDIDATES) result->candidates[best].best = true;
    return best;
}

/* --- engines --------------------------------------------------------------------------------------------- */

static void close_devices(tuning *t, size_t except)
{
    for (size_t i = 0; i < CLMLP_TUNE_CANDIDATES; i++) {
        if (i == except) continue;
        clmlp_device_close(t->devices[i]);
        t->devices[i] = NULL;
    }
}

/* All candidates are open at a time, and timed in turn. */
static clmlp_status tune_native(tuning *t, size_t *best, clmlp_error *error)
{
    size_t first = 0, end = 0;
    TRY(list_candidates(t, CLMLP_ENGINE_NATIVE, &first, &end, error));
    for (size_t i = first; i < end; i++) TRY(validate(t, i, error));
    TRY(time_candidates(t, first, end, error));
    *best = choose(t->result, first, end);
    return CLMLP_OK;
}

/* CLBlast's parameters hold for the whole process, and changing them has it build anew: one after the other,
 * its own first, to which there is no way back. */
static clmlp_status tune_clblast(tuning *t, size_t *best, clmlp_error *error)
{
    size_t first = 0, end = 0;
    TRY(list_candidates(t, CLMLP_ENGINE_CLBLAST, &first, &end, error));
    for (size_t i = first; i < end; i++) {
        TRY(validate(t, i, error));
        if (t->devices[i] != NULL) TRY(time_candidates(t, i, i + 1, error));
        clmlp_device_close(t->devices[i]);
        t->devices[i] = NULL;
    }
    *best = choose(t->result, first, end);
    return CLMLP_OK;
}

/* The best of each engine against each other. CLBlast's own parameters can only stand in it where no others were
 * set, so what is timed is what a later process will do only if those won, or none other was valid. */
static clmlp_status hold_duel(tuning *t, size_t native, size_t clblast, clmlp_error *error)
{
    clmlp_tune_result *result = t->result;
    clmlp_tune_duel *duel = &result->duel;
    const clmlp_tune_candidate *own = &result->candidates[clblast];
    double median[CLMLP_TUNE_CANDIDATES];
    close_devices(t, native);
    if (!own->untuned) TRY(open_candidate(t, clblast, error));
    for (size_t n = 0; n < result->network_count; n++) {
        TRY(time_network(t, n, 0, result->count, median, error));
        duel->native[n] = median[native];
        duel->clblast[n] = own->untuned ? own->milliseconds[n] : median[clblast];
        duel->winner[n] = duel->clblast[n] < duel->native[n] ? CLMLP_ENGINE_CLBLAST : CLMLP_ENGINE_NATIVE;
    }
    duel->held = true;
    duel->overall = relative_speed(result, duel->clblast, duel->native) > 1.0 ? CLMLP_ENGINE_CLBLAST
                                                                              : CLMLP_ENGINE_NATIVE;
    return CLMLP_OK;
}

/* --- storing --------------------------------------------------------------------------------------------- */

static bool keep_engine(const clmlp_tune_result *result)
{
    clmlp_text lines = {0};
    bool kept = clmlp_text_append(&lines, NULL, "overall %s\n", clmlp_engine_name(result->duel.overall)) == CLMLP_OK;
    for (size_t n = 0; n < result->network_count; n++) {
        kept = kept && clmlp_text_append(&lines, NULL, "%s %s\n", result->shapes[n],
                                         clmlp_engine_name(result->duel.winner[n])) == CLMLP_OK;
    }
    kept = kept && clmlp_backend_keep(&result->device, CLMLP_ENGINE_AUTO, result->precision, lines.data);
    free(lines.data);
    return kept;
}

static void keep(clmlp_tune_result *result)
{
    bool kept = true, any = false;
    for (size_t i = 0; i < result->count; i++) {
        const clmlp_tune_candidate *c = &result->candidates[i];
        if (!c->best) continue;
        any = true;
        kept = clmlp_backend_keep(&result->device, c->engine, result->precision, c->tiles) && kept;
    }
    if (result->duel.held) kept = keep_engine(result) && kept;
    result->kept = any && kept;
}

/* --- all of it ------------------------------------------------------------------------------------------- */

static clmlp_status prepare(tuning *t, clmlp_error *error)
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
    tuning t = {.where = clmlp_device_options_default(),
                .config = clmlp_tune_config_default()};
    size_t native = CLMLP_TUNE_CANDIDATES, clblast = CLMLP_TUNE_CANDIDATES;
    clmlp_status status = CLMLP_OK;

    REQUIRE(out != NULL, "out");
    TRY(clmlp_structure_take(&t.where, sizeof t.where, where, "where", error));
    TRY(clmlp_structure_take(&t.config, sizeof t.config, config, "config", error));
    REQUIRE_CODE(t.config.engine, CLMLP_ENGINE_COUNT, "config.engine");
    REQUIRE_CODE(t.where.precision, CLMLP_PRECISION_COUNT, "where.precision");
    TRY(clmlp_allocate(&t.result, 1, sizeof *t.result, "what is tuned", error));
    TRY_CLEANUP(prepare(&t, error));
    if (t.config.engine != CLMLP_ENGINE_CLBLAST) TRY_CLEANUP(tune_native(&t, &native, error));
    if (t.config.engine != CLMLP_ENGINE_NATIVE) {
        close_devices(&t, native);
        TRY_CLEANUP(tune_clblast(&t, &clblast, error));
    }
    if (native < CLMLP_TUNE_CANDIDATES && clblast < CLMLP_TUNE_CANDIDATES) {
        TRY_CLEANUP(hold_duel(&t, native, clblast, error));
    }
    if (t.config.keep) keep(t.result);
    *out = t.result;
    t.result = NULL;
cleanup:
    close_devices(&t, CLMLP_TUNE_CANDIDATES);
    clmlp_tune_result_destroy(t.result);
    for (size_t n = 0; n < CLMLP_TUNE_NETWORKS; n++) clmlp_model_destroy(t.models[n]);
    return status;
}
