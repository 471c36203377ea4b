/* tune.c - results of clmlp tune, as a table and as JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "json_memory.h"
#include "reports/report.h"
#include "reports/table.h"

static void add_milliseconds(clmlp_cli_table *table, double milliseconds)
{
    if (isnan(milliseconds)) clmlp_cli_table_add(table, "-");
    else clmlp_cli_table_add(table, "%.4g", milliseconds);
}

static void add_interval(clmlp_cli_table *table, const clmlp_tune_candidate *c)
{
    if (isfinite(c->least_speed) && isfinite(c->most_speed) && c->least_speed > 0.0) {
        clmlp_cli_table_add(table, "%.3f to %.3f", c->least_speed, c->most_speed);
    } else {
        clmlp_cli_table_add(table, "-");
    }
}

static void head(clmlp_cli_table *table, const clmlp_tune_result *result, const char *first, const char *last)
{
    const size_t networks = clmlp_tune_result_network_count(result);
    clmlp_cli_table_add(table, "%s", first);
    for (size_t n = 0; n < networks; n++) clmlp_cli_table_add(table, "%s", clmlp_tune_result_shape(result, n));
    clmlp_cli_table_add(table, "speed");
    clmlp_cli_table_add(table, "interval");
    clmlp_cli_table_add(table, "%s", last);
}

static const char *verdict(const clmlp_tune_candidate *c)
{
    return c->rejected ? "rejected" : c->best ? "best" : "";
}

/* A reason is a line here, however long a build log is. */
static void print_reasons(const clmlp_tune_result *result)
{
    for (size_t i = 0; i < clmlp_tune_result_count(result); i++) {
        const clmlp_tune_candidate *const c = clmlp_tune_result_candidate(result, i);
        if (!c->rejected) continue;
        clmlp_cli_out("rejected: %s %s: %.*s\n", clmlp_engine_name(c->engine), c->tiles,
                      (int)strcspn(c->reason, "\n"), c->reason);
    }
}

static void print_duel(const clmlp_tune_result *result)
{
    const clmlp_tune_duel *const duel = clmlp_tune_result_duel(result);
    const size_t networks = clmlp_tune_result_network_count(result);
    if (!duel->held) return;
    clmlp_cli_table table = {.columns = 2 + networks, .align = "lr"};
    const double *const rows[] = {duel->native, duel->clblast};
    clmlp_cli_table_add(&table, "best of");
    for (size_t n = 0; n < networks; n++) clmlp_cli_table_add(&table, "%s", clmlp_tune_result_shape(result, n));
    clmlp_cli_table_add(&table, "--engine auto");
    for (int e = 0; e < 2; e++) {
        const clmlp_engine engine = e == 0 ? CLMLP_ENGINE_NATIVE : CLMLP_ENGINE_CLBLAST;
        clmlp_cli_table_add(&table, "%s", clmlp_engine_name(engine));
        for (size_t n = 0; n < networks; n++) add_milliseconds(&table, rows[e][n]);
        clmlp_cli_table_add(&table, "%s", duel->overall == engine ? "this one" : "");
    }
    clmlp_cli_out("\n");
    clmlp_cli_table_print(&table, 2, stdout);
}

void clmlp_cli_report_tune(const clmlp_tune_result *result)
{
    const size_t networks = clmlp_tune_result_network_count(result);
    char align[CLMLP_TUNE_NETWORKS + 8] = "l";
    for (size_t n = 0; n < networks + 2; n++) (void)strcat(align, "r");
    (void)strcat(align, "l");
    clmlp_cli_table table = {.columns = 4 + networks, .align = align};
    head(&table, result, "milliseconds a step", "");
    for (size_t i = 0; i < clmlp_tune_result_count(result); i++) {
        const clmlp_tune_candidate *const c = clmlp_tune_result_candidate(result, i);
        clmlp_cli_table_add(&table, "%s %s%s", clmlp_engine_name(c->engine), c->tiles, c->untuned ? " (untuned)" : "");
        for (size_t n = 0; n < networks; n++) add_milliseconds(&table, c->milliseconds[n]);
        if (isnan(c->speed)) clmlp_cli_table_add(&table, "-");
        else clmlp_cli_table_add(&table, "%.3f", c->speed);
        add_interval(&table, c);
        clmlp_cli_table_add(&table, "%s", verdict(c));
    }
    const clmlp_device_info *const device = clmlp_tune_result_device(result);
    clmlp_cli_out("device %s: %s, precision %s\n\n", device->spec, device->name,
                  clmlp_precision_name(clmlp_tune_result_precision(result)));
    clmlp_cli_table_print(&table, 2, stdout);
    print_reasons(result);
    print_duel(result);
    clmlp_cli_out("\n%s\n", clmlp_tune_result_kept(result) ? "stored: taken from now on where nothing else is asked for"
                                         : "nothing stored");
}

/* --- JSON ------------------------------------------------------------------------------------------------ */

static void add_times(cJSON *object, const char *key, const clmlp_tune_result *result, const double *milliseconds)
{
    cJSON *const array = cJSON_AddArrayToObject(object, key);
    for (size_t n = 0; n < clmlp_tune_result_network_count(result); n++) {
        (void)clmlp_cli_json_append(array, cJSON_CreateNumber(milliseconds[n])); /* NaN is null */
    }
}

static void add_networks(cJSON *object, const clmlp_tune_result *result)
{
    cJSON *const array = cJSON_AddArrayToObject(object, "networks");
    for (size_t n = 0; n < clmlp_tune_result_network_count(result); n++) {
        const clmlp_tune_network *const network = clmlp_tune_result_network(result, n);
        cJSON *const row = clmlp_cli_json_append(array, cJSON_CreateObject());
        (void)cJSON_AddStringToObject(row, "shape", clmlp_tune_result_shape(result, n));
        cJSON *const layers = cJSON_AddArrayToObject(row, "layers");
        for (size_t l = 0; l < network->layers; l++) {
            (void)clmlp_cli_json_append(layers, cJSON_CreateNumber((double)network->units[l]));
        }
        (void)cJSON_AddNumberToObject(row, "batch", (double)network->batch);
    }
}

static void add_candidates(cJSON *object, const clmlp_tune_result *result)
{
    cJSON *const array = cJSON_AddArrayToObject(object, "candidates");
    for (size_t i = 0; i < clmlp_tune_result_count(result); i++) {
        const clmlp_tune_candidate *const c = clmlp_tune_result_candidate(result, i);
        cJSON *const row = clmlp_cli_json_append(array, cJSON_CreateObject());
        (void)cJSON_AddStringToObject(row, "engine", clmlp_engine_name(c->engine));
        (void)cJSON_AddStringToObject(row, "tiles", c->tiles);
        (void)cJSON_AddBoolToObject(row, "untuned", c->untuned);
        (void)cJSON_AddStringToObject(row, "verdict", c->rejected ? "rejected" : c->best ? "best" : "valid");
        (void)clmlp_cli_json_put(row, "reason", clmlp_cli_json_text(c->reason));
        add_times(row, "milliseconds", result, c->milliseconds);
        (void)cJSON_AddNumberToObject(row, "speed", c->speed);
        (void)cJSON_AddNumberToObject(row, "least_speed", c->least_speed);
        (void)cJSON_AddNumberToObject(row, "most_speed", c->most_speed);
    }
}

/* null: it was not decided. */
static void add_engine(cJSON *array, clmlp_engine engine)
{
    (void)clmlp_cli_json_append(array, engine == CLMLP_ENGINE_AUTO ? cJSON_CreateNull()
                                                                   : cJSON_CreateString(clmlp_engine_name(engine)));
}

static void add_doubts(cJSON *object, const clmlp_tune_result *result)
{
    cJSON *const array = cJSON_AddArrayToObject(object, "undecided");
    for (int e = 0; e < CLMLP_ENGINE_COUNT; e++) {
        const char *const doubt = clmlp_tune_result_doubt(result, (clmlp_engine)e);
        if (doubt[0] == '\0') continue;
        cJSON *const row = clmlp_cli_json_append(array, cJSON_CreateObject());
        (void)cJSON_AddStringToObject(row, "choice",
                                      e == CLMLP_ENGINE_AUTO ? "engine" : clmlp_engine_name((clmlp_engine)e));
        (void)clmlp_cli_json_put(row, "reason", clmlp_cli_json_text(doubt));
    }
}

static void add_duel(cJSON *object, const clmlp_tune_result *result)
{
    const clmlp_tune_duel *const duel = clmlp_tune_result_duel(result);
    if (!duel->held) {
        (void)cJSON_AddNullToObject(object, "duel");
        return;
    }
    cJSON *const row = cJSON_AddObjectToObject(object, "duel");
    add_times(row, "native", result, duel->native);
    add_times(row, "clblast", result, duel->clblast);
    cJSON *const winners = cJSON_AddArrayToObject(row, "winners");
    for (size_t n = 0; n < clmlp_tune_result_network_count(result); n++) {
        add_engine(winners, duel->winner[n]);
    }
    if (duel->overall == CLMLP_ENGINE_AUTO) (void)cJSON_AddNullToObject(row, "overall");
    else (void)cJSON_AddStringToObject(row, "overall", clmlp_engine_name(duel->overall));
}

int clmlp_cli_report_tune_json(const clmlp_tune_result *result, int status)
{
    cJSON *const object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "device", clmlp_tune_result_device(result)->spec);
    (void)clmlp_cli_json_put(object, "device_name", clmlp_cli_json_text(clmlp_tune_result_device(result)->name));
    (void)clmlp_cli_json_put(object, "driver", clmlp_cli_json_text(clmlp_tune_result_device(result)->driver));
    (void)cJSON_AddStringToObject(object, "precision", clmlp_precision_name(clmlp_tune_result_precision(result)));
    add_networks(object, result);
    add_candidates(object, result);
    add_duel(object, result);
    add_doubts(object, result);
    (void)cJSON_AddBoolToObject(object, "stored", clmlp_tune_result_kept(result));
    return clmlp_cli_json_print(object, status);
}
