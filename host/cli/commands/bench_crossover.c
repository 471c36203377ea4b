/* bench_crossover.c - clmlp bench crossover: one step of inputs-width-outputs for every width, batch, device
 * and engine, and who is the fastest from which batch on. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "commands/bench.h"
#include "json_memory.h"
#include "message.h"
#include "options/options.h"
#include "reports/report.h"
#include "options/shared.h"
#include "reports/table.h"

static const char COMMAND[] = "bench crossover";

enum { MOST_RUNNERS = 32, ROUNDS = 2 };

/* A device with an engine. */
typedef struct runner {
    clmlp_device *device;
    char label[80]; /* "opencl:0.0 clblast" */
} runner;

typedef struct sweep {
    clmlp_cli_bench_options *o;
    size_t inputs, outputs;
    runner runners[MOST_RUNNERS];
    size_t count;
    double *milliseconds; /* [widths x batches x count] */
} sweep;

static bool parse(sweep *s, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    clmlp_cli_bench_options *const o = s->o;
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Network:", NULL, NULL},
        {"inputs", &clmlp_cli_count, &s->inputs, "N", "units of the input layer", NULL, NULL},
        {"outputs", &clmlp_cli_count, &s->outputs, "N", "units of the output layer", NULL, NULL},
        {"widths", &clmlp_cli_sizes, &o->widths, "N[,N...]", "units of the hidden layer", NULL, NULL},
        {"batches", &clmlp_cli_sizes, &o->batches, "N[,N...]", "examples per step", NULL, NULL},
        CLMLP_CLI_BENCH_NETWORK_ROWS(o),
        {NULL, NULL, NULL, NULL, "Measuring:", NULL, NULL},
        {"seconds", &clmlp_cli_positive, &o->config.seconds, "S",
         "time to measure one combination for, in seconds, after warming up; all are measured in two rounds", NULL,
         NULL},
        {"seed", &clmlp_cli_seed, &o->config.seed, "N", "seed of the random examples and theta", NULL, NULL},
        {NULL, NULL, NULL, NULL, "Device:", NULL, NULL},
        {"device", &clmlp_cli_text, &o->device.spec, "SPEC",
         "what to compare: all, or one device (as for train) with the CPU path", NULL, NULL},
        {"engine", &clmlp_cli_engine, &o->device.engine, "NAME", "only this engine on OpenCL devices", "every engine",
         &o->has_engine},
        {"precision", &clmlp_cli_precision, &o->device.precision, "NAME", "floating-point type: f32 or f64", NULL,
         NULL},
        CLMLP_CLI_BENCH_SHOW_ROWS(o),
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "",
        "Times a training step of inputs-width-outputs for every width, batch, device\n"
        "and engine, and says which one is the fastest from which batch on.\n\n"
        "  clmlp bench crossover --widths 32,512 --batches 1,32,1024\n",
        options, sizeof options / sizeof options[0]};
    if (!clmlp_cli_parse(arguments, &syntax, argc, argv, status)) return false;
    clmlp_cli_set_quiet(o->quiet);
    if (!o->json || !o->csv) return true;
    *status = clmlp_cli_usage_error(COMMAND, "--json and --csv exclude each other");
    return false;
}

/* --- who takes part --------------------------------------------------------------------------------------- */

static clmlp_status add_runner(sweep *s, const char *spec, clmlp_engine engine, clmlp_error *error)
{
    clmlp_device_options where = s->o->device;
    clmlp_device *device = NULL;
    if (s->count == MOST_RUNNERS) return CLMLP_OK;
    where.spec = spec;
    where.engine = engine;
    const clmlp_status status = clmlp_cli_open_device(&device, &where, NULL, 0, error);
    if (status != CLMLP_OK) return status;
    runner *const new_one = &s->runners[s->count++];
    new_one->device = device;
    const char *const found = clmlp_device_get_info(device)->spec;
    (void)snprintf(new_one->label, sizeof new_one->label, "%s %s", found, clmlp_device_engine(device));
    clmlp_cli_note_device(device);
    return CLMLP_OK;
}

/* A device with each of its engines. */
static clmlp_status add_device(sweep *s, const char *spec, bool host, clmlp_error *error)
{
    const bool one = host || s->o->has_engine;
    clmlp_status status = CLMLP_OK;
    if (one) return add_runner(s, spec, host ? CLMLP_ENGINE_AUTO : s->o->device.engine, error);
    for (int engine = CLMLP_ENGINE_AUTO + 1; engine < CLMLP_ENGINE_COUNT && status == CLMLP_OK; engine++) {
        status = add_runner(s, spec, (clmlp_engine)engine, error);
    }
    return status;
}

/* Every device; those that cannot take part are named. */
static clmlp_status add_all(sweep *s, clmlp_error *error)
{
    clmlp_device_info *list = NULL;
    size_t count = 0;
    const clmlp_status status = clmlp_device_list(&list, &count, error);
    for (size_t i = 0; status == CLMLP_OK && i < count; i++) {
        clmlp_error why = {.status = CLMLP_OK};
        if (add_device(s, list[i].spec, strcmp(list[i].type, "host") == 0, &why) != CLMLP_OK) {
            clmlp_cli_note("%s left out: %s", list[i].spec, why.message);
        }
    }
    clmlp_free(list);
    return status;
}

/* Whether it names the CPU path: without an engine to build, opening a device is how to know. */
static clmlp_status is_host(const char *spec, bool *host, clmlp_error *error)
{
    clmlp_device_options options = clmlp_device_options_default();
    clmlp_device *device = NULL;
    options.spec = spec;
    const clmlp_status status = clmlp_device_open(&device, &options, error);
    if (status == CLMLP_OK) *host = strcmp(clmlp_device_get_info(device)->type, "host") == 0;
    clmlp_device_close(device);
    return status;
}

static clmlp_status add_runners(sweep *s, clmlp_error *error)
{
    const char *const spec = s->o->device.spec;
    bool host = false;
    if (strcmp(spec, "all") == 0) return add_all(s, error);
    clmlp_status status = is_host(spec, &host, error);
    /* an engine that was asked for is refused where it is opened */
    if (status == CLMLP_OK && host) return add_runner(s, spec, s->o->device.engine, error);
    if (status == CLMLP_OK) status = add_device(s, spec, false, error);
    return status == CLMLP_OK ? add_device(s, "cpu", true, error) : status;
}

/* --- measuring -------------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static double *at(const sweep *s, size_t width, size_t batch)
{
    return s->milliseconds + (width * s->o->batches.count + batch) * s->count;
}

/* All runners in turn, and once more: the better of two medians, so that a moment's other load on the
 * machine does not decide. */
static clmlp_status measure_point(const sweep *s, size_t width, size_t batch, clmlp_error *error)
{
    const size_t layers[] = {s->inputs, s->o->widths.units[width], s->outputs};
    double *const milliseconds = at(s, width, batch);
    clmlp_model *model = NULL;
    clmlp_bench_step_result result = {.size = sizeof result};
    clmlp_status status =
        clmlp_model_create(&model, 3, layers, s->o->activation, s->o->output, s->o->config.seed, error);
    for (size_t turn = 0; turn < ROUNDS * s->count && status == CLMLP_OK; turn++) {
        const size_t i = turn % s->count;
        status = clmlp_bench_step(s->runners[i].device, model, s->o->batches.units[batch], &s->o->config, &result,
                                  error);
        if (status != CLMLP_OK) break;
        const bool better = turn < s->count || result.times.median < milliseconds[i];
        if (better) milliseconds[i] = result.times.median;
    }
    clmlp_model_destroy(model);
    return status;
}

static clmlp_status measure(sweep *s, clmlp_error *error)
{
    const size_t points = s->o->widths.count * s->o->batches.count;
    clmlp_status status = CLMLP_OK;
    s->milliseconds = calloc(points * s->count, sizeof *s->milliseconds);
    if (s->milliseconds == NULL) {
        *error = (clmlp_error){.status = CLMLP_OUT_OF_MEMORY};
        return CLMLP_OUT_OF_MEMORY;
    }
    for (size_t p = 0; p < points && status == CLMLP_OK; p++) {
        const size_t width = p / s->o->batches.count, batch = p % s->o->batches.count;
        clmlp_cli_note("%zu/%zu: width %zu, batch %zu", p + 1, points, s->o->widths.units[width],
                       s->o->batches.units[batch]);
        status = measure_point(s, width, batch, error);
    }
    return status;
}

/* --- reports ---------------------------------------------------------------------------------------------- */

static size_t fastest(const sweep *s, size_t width, size_t batch)
{
    const double *const milliseconds = at(s, width, batch);
    size_t best = 0;
    for (size_t i = 1; i < s->count; i++) best = milliseconds[i] < milliseconds[best] ? i : best;
    return best;
}

/* Whether another one than at the batch before is the fastest. */
static bool changes(const sweep *s, size_t width, size_t batch)
{
    return batch == 0 || fastest(s, width, batch) != fastest(s, width, batch - 1);
}

static cJSON *crossovers_json(const sweep *s)
{
    cJSON *const list = cJSON_CreateArray();
    for (size_t w = 0; w < s->o->widths.count; w++) {
        for (size_t b = 0; b < s->o->batches.count; b++) {
            if (!changes(s, w, b)) continue;
            const clmlp_device *const device = s->runners[fastest(s, w, b)].device;
            cJSON *const row = clmlp_cli_json_append(list, cJSON_CreateObject());
            (void)cJSON_AddNumberToObject(row, "width", (double)s->o->widths.units[w]);
            (void)cJSON_AddNumberToObject(row, "from_batch", (double)s->o->batches.units[b]);
            (void)cJSON_AddStringToObject(row, "device", clmlp_device_get_info(device)->spec);
            (void)cJSON_AddStringToObject(row, "engine", clmlp_device_engine(device));
        }
    }
    return list;
}

static int report_json(const sweep *s)
{
    cJSON *const object = cJSON_CreateObject();
    (void)cJSON_AddNumberToObject(object, "inputs", (double)s->inputs);
    (void)cJSON_AddNumberToObject(object, "outputs", (double)s->outputs);
    cJSON *const points = cJSON_AddArrayToObject(object, "points");
    for (size_t p = 0; p < s->o->widths.count * s->o->batches.count * s->count; p++) {
        const size_t i = p % s->count, b = p / s->count % s->o->batches.count, w = p / s->count / s->o->batches.count;
        const double milliseconds = at(s, w, b)[i], batch = (double)s->o->batches.units[b];
        cJSON *const row = clmlp_cli_json_append(points, cJSON_CreateObject());
        (void)cJSON_AddNumberToObject(row, "width", (double)s->o->widths.units[w]);
        (void)cJSON_AddNumberToObject(row, "batch", batch);
        clmlp_cli_json_device(row, s->runners[i].device);
        (void)cJSON_AddNumberToObject(row, "milliseconds", milliseconds);
        (void)cJSON_AddNumberToObject(row, "samples_per_second", 1e3 * batch / milliseconds);
        (void)cJSON_AddBoolToObject(row, "fastest", fastest(s, w, b) == i);
    }
    (void)clmlp_cli_json_put(object, "crossovers", crossovers_json(s));
    return clmlp_cli_json_print(object, CLMLP_CLI_DONE);
}

static int report_csv(const sweep *s)
{
    clmlp_cli_out("device,engine,precision,inputs,width,outputs,batch,median_ms,samples_per_second,fastest\n");
    for (size_t p = 0; p < s->o->widths.count * s->o->batches.count * s->count; p++) {
        const size_t i = p % s->count, b = p / s->count % s->o->batches.count, w = p / s->count / s->o->batches.count;
        const clmlp_device *const device = s->runners[i].device;
        const double milliseconds = at(s, w, b)[i];
        clmlp_cli_out("%s,%s,%s,%zu,%zu,%zu,%zu,%.9g,%.9g,%d\n", clmlp_device_get_info(device)->spec,
                      clmlp_device_engine(device), clmlp_precision_name(clmlp_device_precision(device)), s->inputs,
                      s->o->widths.units[w], s->outputs, s->o->batches.units[b], milliseconds,
                      1e3 * (double)s->o->batches.units[b] / milliseconds, fastest(s, w, b) == i);
    }
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

static void print_points(const sweep *s)
{
    clmlp_cli_table table = {.columns = s->count + 3, .align = "r"};
    clmlp_cli_table_add(&table, "width");
    clmlp_cli_table_add(&table, "batch");
    for (size_t i = 0; i < s->count; i++) clmlp_cli_table_add(&table, "%s", s->runners[i].label);
    clmlp_cli_table_add(&table, "fastest");
    for (size_t p = 0; p < s->o->widths.count * s->o->batches.count; p++) {
        const size_t w = p / s->o->batches.count, b = p % s->o->batches.count;
        clmlp_cli_table_add(&table, "%zu", s->o->widths.units[w]);
        clmlp_cli_table_add(&table, "%zu", s->o->batches.units[b]);
        for (size_t i = 0; i < s->count; i++) clmlp_cli_table_add(&table, "%.4g", at(s, w, b)[i]);
        clmlp_cli_table_add(&table, "%s", s->runners[fastest(s, w, b)].label);
    }
    clmlp_cli_table_print(&table, 2, stdout);
}

static int report(const sweep *s)
{
    if (s->o->json) return report_json(s);
    if (s->o->csv) return report_csv(s);
    clmlp_cli_out("milliseconds of a training step of %zu-width-%zu\n\n", s->inputs, s->outputs);
    print_points(s);
    clmlp_cli_out("\n");
    for (size_t w = 0; w < s->o->widths.count; w++) {
        clmlp_cli_out("width %zu:", s->o->widths.units[w]);
        for (size_t b = 0; b < s->o->batches.count; b++) {
            if (!changes(s, w, b)) continue;
            clmlp_cli_out("%s %s from batch %zu on", b == 0 ? "" : ",", s->runners[fastest(s, w, b)].label,
                          s->o->batches.units[b]);
        }
        clmlp_cli_out("\n");
    }
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

int clmlp_cli_bench_crossover(int argc, char **argv)
{
    int code;
    clmlp_cli_arguments arguments;
    clmlp_cli_bench_options options = clmlp_cli_bench_defaults();
    sweep s = {.o = &options, .inputs = 784, .outputs = 10};
    options.device.spec = "all";
    options.config.seconds = 0.1;
    options.config.kernels = false;
    if (parse(&s, &arguments, argc, argv, &code)) {
        clmlp_error error = {.status = CLMLP_OK};
        qsort(options.widths.units, options.widths.count, sizeof options.widths.units[0], ascending);
        qsort(options.batches.units, options.batches.count, sizeof options.batches.units[0], ascending);
        if (add_runners(&s, &error) != CLMLP_OK) code = clmlp_cli_fail(&error, true);
        else if (measure(&s, &error) != CLMLP_OK) code = clmlp_cli_fail(&error, false);
        else code = report(&s);
    }
    for (size_t i = 0; i < s.count; i++) clmlp_device_close(s.runners[i].device);
    free(s.milliseconds);
    clmlp_cli_arguments_free(&arguments);
    return code;
}
