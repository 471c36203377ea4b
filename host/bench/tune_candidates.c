/* tune_candidates.c - what clmlp_tune tries: listed, opened, checked. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "backend/registry.h"
#include "bench/tuning.h"
#include "verify/qualify/products.h"

clmlp_status clmlp_tuning_say(const clmlp_tuning *t, clmlp_error *error, const char *what, const char *detail)
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

static void reject(clmlp_tuning *t, size_t i, const char *reason)
{
    clmlp_tune_candidate *c = &t->result->candidates[i];
    c->rejected = true;
    t->result->rejected++;
    (void)snprintf(c->reason, sizeof c->reason, "%.*s", CLMLP_TUNE_REASON - 1, reason);
    clmlp_device_close(t->devices[i]);
    t->devices[i] = NULL;
}

clmlp_status clmlp_tuning_open(clmlp_tuning *t, size_t i, clmlp_error *error)
{
    clmlp_device_options options = t->where;
    options.spec = t->result->device.spec;
    options.engine = t->result->candidates[i].engine;
    options.profile = false;
    const clmlp_knobs knobs = {.tiles = t->result->candidates[i].tiles};
    if (t->stopwatch != NULL) return CLMLP_OK; /* who makes times up needs no device */
    return clmlp_device_open_with(&t->devices[i], &options, &knobs, error);
}

clmlp_status clmlp_tuning_validate(clmlp_tuning *t, size_t i, clmlp_error *error)
{
    clmlp_error own = {.status = CLMLP_OK, .message = ""};
    char reason[CLMLP_TUNE_REASON] = "";
    bool right = false;
    TRY(clmlp_tuning_say(t, error, "checking", t->result->candidates[i].tiles));
    clmlp_status status = clmlp_tuning_open(t, i, &own);
    if (status == CLMLP_OK && t->devices[i] == NULL) return CLMLP_OK;
    if (status == CLMLP_OK) status = clmlp_check_products(t->devices[i], &right, reason, sizeof reason, &own);
    if (is_fatal(status)) {
        if (error != NULL) *error = own;
        return status;
    }
    if (status != CLMLP_OK) reject(t, i, own.message);
    else if (!right) reject(t, i, reason);
    return CLMLP_OK;
}

clmlp_status clmlp_tuning_list(clmlp_tuning *t, clmlp_engine engine, clmlp_error *error)
{
    clmlp_tiles *list = NULL;
    size_t count = 0;
    clmlp_tune_result *result = t->result;
    t->first[engine] = t->end[engine] = result->count;
    TRY(clmlp_backend_candidates(&result->device, engine, NULL, result->precision, &list, &count, error));
    if (count > CLMLP_TUNE_CANDIDATES - result->count) {
        free(list);
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "%zu candidates of %s are too many to compare (CLMLP_TUNE_CANDIDATES)", count,
                          clmlp_engine_name(engine));
    }
    for (size_t i = 0; i < count; i++) {
        clmlp_tune_candidate *c = &result->candidates[result->count++];
        *c = (clmlp_tune_candidate){.engine = engine, .untuned = i == 0, .speed = (double)NAN,
                                    .least_speed = (double)NAN, .most_speed = (double)NAN};
        memcpy(c->tiles, list[i].text, sizeof c->tiles);
        for (size_t n = 0; n < CLMLP_TUNE_NETWORKS; n++) c->milliseconds[n] = (double)NAN;
    }
    t->end[engine] = result->count;
    free(list);
    return CLMLP_OK;
}

void clmlp_tuning_close(clmlp_tuning *t, size_t except)
{
    for (size_t i = 0; i < CLMLP_TUNE_CANDIDATES; i++) {
        if (i == except) continue;
        clmlp_device_close(t->devices[i]);
        t->devices[i] = NULL;
    }
}
