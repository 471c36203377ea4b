/* bench.c - results of clmlp bench, as tables and as JSON. */
#include <math.h>
#include <stdio.h>

#include "reports/bench.h"
#include "json_memory.h"
#include "message.h"
#include "reports/inspect.h"
#include "reports/report.h"
#include "options/shared.h"
#include "reports/table.h"

void clmlp_cli_bench_layers(const clmlp_cli_layers *layers, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t l = 0; l < layers->count && used < size; l++) {
        used += (size_t)snprintf(text + used, size - used, "%s%zu", l == 0 ? "" : "-", layers->units[l]);
    }
}

enum { LAYERS_LENGTH = 1024 };

/* --- JSON ------------------------------------------------------------------------------------------------ */

static void add_layers(cJSON *object, const clmlp_cli_layers *layers)
{
    cJSON *const array = cJSON_AddArrayToObject(object, "layers");
    for (size_t l = 0; l < layers->count; l++) {
        (void)clmlp_cli_json_append(array, cJSON_CreateNumber((double)layers->units[l]));
    }
}

static void add_times(cJSON *object, const clmlp_bench_times *times)
{
    cJSON *const milliseconds = cJSON_AddObjectToObject(object, "milliseconds");
    (void)cJSON_AddNumberToObject(milliseconds, "min", times->minimum);
    (void)cJSON_AddNumberToObject(milliseconds, "median", times->median);
    (void)cJSON_AddNumberToObject(milliseconds, "p95", times->p95);
    (void)cJSON_AddNumberToObject(milliseconds, "blocks", (double)times->blocks);
    (void)cJSON_AddNumberToObject(milliseconds, "repetitions", (double)times->repetitions);
}

/* What does not exist is NaN, which is written as null. */
static void add_peak(cJSON *object, const clmlp_bench_peak_result *peak, double gflops)
{
    (void)cJSON_AddNumberToObject(object, "peak_gflops", peak->gflops);
    (void)cJSON_AddNumberToObject(object, "peak_gbytes_per_second", peak->gbytes);
    (void)cJSON_AddNumberToObject(object, "percent_of_peak", 100.0 * gflops / peak->gflops);
}

static void add_kernels(cJSON *object, const clmlp_bench_step_result *result)
{
    (void)cJSON_AddNumberToObject(object, "launches", result->profiled_steps > 0 ? result->launches : (double)NAN);
    (void)cJSON_AddNumberToObject(object, "profiled_steps", (double)result->profiled_steps);
    (void)cJSON_AddNumberToObject(object, "profiled_milliseconds",
                                  result->profiled_steps > 0 ? result->profiled_milliseconds : (double)NAN);
    if (result->clock_doubt[0] == '\0') (void)cJSON_AddNullToObject(object, "clock_doubt");
    else (void)clmlp_cli_json_put(object, "clock_doubt", clmlp_cli_json_text(result->clock_doubt));
    cJSON *const kernels = cJSON_AddArrayToObject(object, "kernels");
    for (size_t i = 0; i < result->kernel_count; i++) {
        const clmlp_kernel_time *const kernel = &result->kernels[i];
        cJSON *const row = clmlp_cli_json_append(kernels, cJSON_CreateObject());
        (void)cJSON_AddStringToObject(row, "name", kernel->name);
        (void)cJSON_AddNumberToObject(row, "calls", (double)kernel->calls);
        (void)cJSON_AddNumberToObject(row, "milliseconds", kernel->milliseconds);
        (void)cJSON_AddNumberToObject(row, "milliseconds_per_step",
                                      kernel->milliseconds / (double)result->profiled_steps);
        (void)cJSON_AddNumberToObject(
            row, "gflops", kernel->milliseconds > 0.0 ? 1e-6 * kernel->flops / kernel->milliseconds : 0.0);
    }
}

static int step_json(const clmlp_cli_bench_options *o, const clmlp_device *device,
                     const clmlp_bench_step_result *result, const clmlp_bench_peak_result *peak)
{
    cJSON *const object = cJSON_CreateObject();
    add_layers(object, &o->layers);
    (void)cJSON_AddNumberToObject(object, "batch", (double)o->batch);
    (void)cJSON_AddStringToObject(object, "optimizer", clmlp_optimizer_name(o->config.optimizer));
    (void)cJSON_AddStringToObject(object, "activation", clmlp_activation_name(o->activation));
    (void)cJSON_AddStringToObject(object, "output", clmlp_output_name(o->output));
    clmlp_cli_json_device(object, device);
    (void)cJSON_AddStringToObject(object, "tiles", clmlp_device_tiles(device));
    (void)cJSON_AddBoolToObject(object, "tuned", clmlp_device_tuned(device));
    add_times(object, &result->times);
    (void)cJSON_AddNumberToObject(object, "samples_per_second", result->samples_per_second);
    (void)cJSON_AddNumberToObject(object, "flops", result->flops);
    (void)cJSON_AddNumberToObject(object, "gflops", result->gflops);
    add_peak(object, peak, result->gflops);
    (void)cJSON_AddNumberToObject(object, "host_microseconds", result->host_microseconds);
    (void)cJSON_AddNumberToObject(object, "host_microseconds_per_launch", result->host_microseconds_per_launch);
    (void)cJSON_AddNumberToObject(object, "steps_per_launch", result->steps_per_launch);
    add_kernels(object, result);
    return clmlp_cli_json_print(object, CLMLP_CLI_DONE);
}

static int gemm_json(const clmlp_cli_bench_options *o, const clmlp_device *device,
                     const clmlp_bench_gemm_result *result, const clmlp_bench_peak_result *peak)
{
    cJSON *const object = cJSON_CreateObject();
    (void)cJSON_AddNumberToObject(object, "m", (double)o->m);
    (void)cJSON_AddNumberToObject(object, "n", (double)o->n);
    (void)cJSON_AddNumberToObject(object, "k", (double)o->k);
    clmlp_cli_json_device(object, device);
    (void)cJSON_AddStringToObject(object, "method", result->method);
    add_times(object, &result->times);
    (void)cJSON_AddNumberToObject(object, "gflops", result->gflops);
    (void)cJSON_AddNumberToObject(object, "gbytes_per_second", result->gbytes);
    add_peak(object, peak, result->gflops);
    return clmlp_cli_json_print(object, CLMLP_CLI_DONE);
}

/* Share of a step, in percent; NaN for an equation that is not part of it. */
static double share_of(const clmlp_bench_op *op, const clmlp_bench_step_result *step)
{
    return op->in_step ? 100.0 * op->times.median / step->times.median : (double)NAN;
}

static int ops_json(const clmlp_cli_bench_options *o, const clmlp_device *device, const clmlp_bench_op *ops,
                    size_t count, const clmlp_bench_step_result *step, const clmlp_bench_peak_result *peak)
{
    cJSON *const object = cJSON_CreateObject();
    add_layers(object, &o->layers);
    (void)cJSON_AddNumberToObject(object, "batch", (double)o->batch);
    clmlp_cli_json_device(object, device);
    (void)cJSON_AddNumberToObject(object, "step_milliseconds", step->times.median);
    (void)cJSON_AddNumberToObject(object, "peak_gflops", peak->gflops);
    (void)cJSON_AddNumberToObject(object, "peak_gbytes_per_second", peak->gbytes);
    cJSON *const array = cJSON_AddArrayToObject(object, "ops");
    for (size_t i = 0; i < count; i++) {
        cJSON *const row = clmlp_cli_json_append(array, cJSON_CreateObject());
        (void)cJSON_AddStringToObject(row, "name", ops[i].name);
        (void)cJSON_AddNumberToObject(row, "layer", (double)ops[i].layer);
        (void)cJSON_AddBoolToObject(row, "in_step", ops[i].in_step);
        add_times(row, &ops[i].times);
        (void)cJSON_AddNumberToObject(row, "flops", ops[i].flops);
        (void)cJSON_AddNumberToObject(row, "bytes", ops[i].bytes);
        (void)cJSON_AddNumberToObject(row, "gflops", ops[i].gflops);
        (void)cJSON_AddNumberToObject(row, "gbytes_per_second", ops[i].gbytes);
        (void)cJSON_AddNumberToObject(row, "percent_of_step", share_of(&ops[i], step));
    }
    return clmlp_cli_json_print(object, CLMLP_CLI_DONE);
}

/* --- tables ---------------------------------------------------------------------------------------------- */

/* A cell that may not exist. */
static void add_number(clmlp_cli_table *table, const char *format, double value)
{
    char text[48];
    (void)snprintf(text, sizeof text, format, value);
    clmlp_cli_table_add(table, "%s", isfinite(value) ? text : "-");
}

/* Left out where there is no such number. */
static void add_row(clmlp_cli_table *table, const char *name, const char *format, double value, const char *unit)
{
    if (!isfinite(value)) return;
    clmlp_cli_table_add(table, "%s", name);
    add_number(table, format, value);
    clmlp_cli_table_add(table, "%s", unit);
}

static void add_common_rows(clmlp_cli_table *table, const clmlp_bench_times *times)
{
    char unit[96];
    (void)snprintf(unit, sizeof unit, "ms, median of %zu blocks of %zu", times->blocks, times->repetitions);
    add_row(table, "time", "%.4g", times->median, unit);
    add_row(table, "fastest block", "%.4g", times->minimum, "ms");
    add_row(table, "95th percentile", "%.4g", times->p95, "ms");
}

static void add_peak_rows(clmlp_cli_table *table, double gflops, const clmlp_bench_peak_result *peak)
{
    add_row(table, "operations", "%.4g", gflops, "GFLOP/s");
    add_row(table, "of the peak", "%.1f", 100.0 * gflops / peak->gflops, "%");
    add_row(table, "peak, multiply-adds", "%.4g", peak->gflops, "GFLOP/s");
    add_row(table, "peak, copying", "%.4g", peak->gbytes, "GB/s");
}

static void print_kernels(const clmlp_bench_step_result *result)
{
    static const char *const headings[] = {"kernel", "calls/step", "ms/step", "us/call", "GFLOP/s", "% of kernels"};
    clmlp_cli_table table = {.columns = sizeof headings / sizeof headings[0], .align = "lr"};
    const double steps = (double)result->profiled_steps;
    double total = 0.0;
    for (size_t i = 0; i < result->kernel_count; i++) total += result->kernels[i].milliseconds;
    for (size_t c = 0; c < table.columns; c++) clmlp_cli_table_add(&table, "%s", headings[c]);
    for (size_t i = 0; i < result->kernel_count; i++) {
        const clmlp_kernel_time *const kernel = &result->kernels[i];
        clmlp_cli_table_add(&table, "%s", kernel->name);
        clmlp_cli_table_add(&table, "%.4g", (double)kernel->calls / steps);
        clmlp_cli_table_add(&table, "%.4f", kernel->milliseconds / steps);
        clmlp_cli_table_add(&table, "%.1f", 1e3 * kernel->milliseconds / (double)kernel->calls);
        add_number(&table, "%.4g", kernel->flops > 0.0 ? 1e-6 * kernel->flops / kernel->milliseconds : (double)NAN);
        add_number(&table, "%.1f", 100.0 * kernel->milliseconds / total);
    }
    clmlp_cli_out("\n");
    clmlp_cli_table_print(&table, 2, stdout);
    clmlp_cli_out("\nkernels %.4f ms a step, by the device's clock in %zu steps that took %.4f ms each while\n"
                  "being recorded%s; %.4f ms without\n",
                  total / steps, result->profiled_steps, result->profiled_milliseconds,
                  result->steps_per_launch > 0.0 ? ", one by one" : "", result->times.median);
}

static int step_table(const clmlp_cli_bench_options *o, const clmlp_bench_step_result *result,
                      const clmlp_bench_peak_result *peak)
{
    char layers[LAYERS_LENGTH];
    clmlp_cli_table table = {.columns = 3, .align = "lrl"};
    clmlp_cli_bench_layers(&o->layers, layers, sizeof layers);
    clmlp_cli_out("a training step of %s, batches of %zu: %.4g million operations\n\n", layers, o->batch,
                  1e-6 * result->flops);
    add_common_rows(&table, &result->times);
    add_row(&table, "examples", "%.0f", result->samples_per_second, "samples/s");
    add_peak_rows(&table, result->gflops, peak);
    if (!result->computes_on_host) {
        add_row(&table, "host, to enqueue", "%.1f", result->host_microseconds, "us a step");
        add_row(&table, "", "%.2f", result->host_microseconds_per_launch, "us a launch");
    }
    if (result->steps_per_launch > 0.0) add_row(&table, "in one launch", "%.1f", result->steps_per_launch, "steps");
    clmlp_cli_table_print(&table, 2, stdout);
    if (result->profiled_steps > 0) print_kernels(result);
    if (result->clock_doubt[0] != '\0') {
        char line[CLMLP_BENCH_DOUBT + 128];
        (void)snprintf(line, sizeof line, "times of kernels are left out, for the driver's clock cannot be trusted: %s",
                       result->clock_doubt);
        clmlp_cli_out("\n");
        clmlp_cli_print_wrapped(line, 0, 0, 0);
    }
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

static int gemm_table(const clmlp_cli_bench_options *o, const clmlp_bench_gemm_result *result,
                      const clmlp_bench_peak_result *peak)
{
    clmlp_cli_table table = {.columns = 3, .align = "lrl"};
    clmlp_cli_out("C [%zu x %zu] = A [%zu x %zu] B [%zu x %zu], by %s\n\n", o->m, o->n, o->m, o->k, o->k, o->n,
                  result->method);
    add_common_rows(&table, &result->times);
    add_peak_rows(&table, result->gflops, peak);
    add_row(&table, "matrices", "%.4g", result->gbytes, "GB/s");
    clmlp_cli_table_print(&table, 2, stdout);
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

static int ops_table(const clmlp_cli_bench_options *o, const clmlp_bench_op *ops, size_t count,
                     const clmlp_bench_step_result *step, const clmlp_bench_peak_result *peak)
{
    static const char *const headings[] = {"equation", "l", "in", "out", "ms", "% of step", "GFLOP/s", "GB/s"};
    char layers[LAYERS_LENGTH];
    clmlp_cli_table table = {.columns = sizeof headings / sizeof headings[0], .align = "lr"};
    double sum = 0.0;
    clmlp_cli_bench_layers(&o->layers, layers, sizeof layers);
    clmlp_cli_out("the equations of %s, batches of %zu\n\n", layers, o->batch);
    for (size_t c = 0; c < table.columns; c++) clmlp_cli_table_add(&table, "%s", headings[c]);
    for (size_t i = 0; i < count; i++) {
        sum += ops[i].in_step ? ops[i].times.median : 0.0;
        clmlp_cli_table_add(&table, "%s", ops[i].name);
        clmlp_cli_table_add(&table, "%zu", ops[i].layer);
        clmlp_cli_table_add(&table, "%zu", ops[i].s_in);
        clmlp_cli_table_add(&table, "%zu", ops[i].s_out);
        clmlp_cli_table_add(&table, "%.4f", ops[i].times.median);
        add_number(&table, "%.1f", share_of(&ops[i], step));
        add_number(&table, "%.4g", ops[i].flops > 0.0 ? ops[i].gflops : (double)NAN);
        clmlp_cli_table_add(&table, "%.4g", ops[i].gbytes);
    }
    clmlp_cli_table_print(&table, 2, stdout);
    clmlp_cli_out("\nequations %.4f ms together, a whole step %.4f ms\n", sum, step->times.median);
    if (isfinite(peak->gflops)) {
        clmlp_cli_out("peak of the device: %.4g GFLOP/s of multiply-adds, %.4g GB/s of copying\n", peak->gflops,
                      peak->gbytes);
    }
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

/* --- CSV: numbers with all their digits, nothing where one does not exist --------------------------------- */

static void csv_number(double value)
{
    if (isfinite(value)) clmlp_cli_out(",%.9g", value);
    else clmlp_cli_out(",");
}

static void csv_device(const clmlp_device *device)
{
    clmlp_cli_out("%s,%s,%s", clmlp_device_get_info(device)->spec, clmlp_device_engine(device),
                  clmlp_precision_name(clmlp_device_precision(device)));
}

static void csv_times(const clmlp_bench_times *times)
{
    csv_number(times->minimum);
    csv_number(times->median);
    csv_number(times->p95);
}

static int step_csv(const clmlp_cli_bench_options *o, const clmlp_device *device,
                    const clmlp_bench_step_result *result, const clmlp_bench_peak_result *peak)
{
    char layers[LAYERS_LENGTH];
    clmlp_cli_bench_layers(&o->layers, layers, sizeof layers);
    clmlp_cli_out("device,engine,precision,layers,batch,min_ms,median_ms,p95_ms,samples_per_second,gflops,peak_gflops,"
                  "percent_of_peak,host_microseconds,launches\n");
    csv_device(device);
    clmlp_cli_out(",%s,%zu", layers, o->batch);
    csv_times(&result->times);
    csv_number(result->samples_per_second);
    csv_number(result->gflops);
    csv_number(peak->gflops);
    csv_number(100.0 * result->gflops / peak->gflops);
    csv_number(result->host_microseconds);
    csv_number(result->profiled_steps > 0 ? result->launches : (double)NAN);
    clmlp_cli_out("\n");
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

static int gemm_csv(const clmlp_cli_bench_options *o, const clmlp_device *device,
                    const clmlp_bench_gemm_result *result, const clmlp_bench_peak_result *peak)
{
    clmlp_cli_out("device,engine,precision,m,n,k,min_ms,median_ms,p95_ms,gflops,gbytes_per_second,peak_gflops,"
                  "percent_of_peak\n");
    csv_device(device);
    clmlp_cli_out(",%zu,%zu,%zu", o->m, o->n, o->k);
    csv_times(&result->times);
    csv_number(result->gflops);
    csv_number(result->gbytes);
    csv_number(peak->gflops);
    csv_number(100.0 * result->gflops / peak->gflops);
    clmlp_cli_out("\n");
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

static int ops_csv(const clmlp_cli_bench_options *o, const clmlp_device *device, const clmlp_bench_op *ops,
                   size_t count, const clmlp_bench_step_result *step)
{
    clmlp_cli_out("device,engine,precision,batch,equation,layer,in,out,min_ms,median_ms,p95_ms,percent_of_step,gflops,"
                  "gbytes_per_second\n");
    for (size_t i = 0; i < count; i++) {
        csv_device(device);
        clmlp_cli_out(",%zu,%s,%zu,%zu,%zu", o->batch, ops[i].name, ops[i].layer, ops[i].s_in, ops[i].s_out);
        csv_times(&ops[i].times);
        csv_number(share_of(&ops[i], step));
        csv_number(ops[i].gflops);
        csv_number(ops[i].gbytes);
        clmlp_cli_out("\n");
    }
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

/* --- the three reports ------------------------------------------------------------------------------------ */

int clmlp_cli_report_bench_step(const clmlp_cli_bench_options *o, const clmlp_device *device,
                                const clmlp_bench_step_result *result, const clmlp_bench_peak_result *peak)
{
    if (o->json) return step_json(o, device, result, peak);
    return o->csv ? step_csv(o, device, result, peak) : step_table(o, result, peak);
}

int clmlp_cli_report_bench_gemm(const clmlp_cli_bench_options *o, const clmlp_device *device,
                                const clmlp_bench_gemm_result *result, const clmlp_bench_peak_result *peak)
{
    if (o->json) return gemm_json(o, device, result, peak);
    return o->csv ? gemm_csv(o, device, result, peak) : gemm_table(o, result, peak);
}

int clmlp_cli_report_bench_ops(const clmlp_cli_bench_options *o, const clmlp_device *device, const clmlp_bench_op *ops,
                               size_t count, const clmlp_bench_step_result *step, const clmlp_bench_peak_result *peak)
{
    if (o->json) return ops_json(o, device, ops, count, step, peak);
    return o->csv ? ops_csv(o, device, ops, count, step) : ops_table(o, ops, count, step, peak);
}
