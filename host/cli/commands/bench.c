/* bench.c - clmlp bench: how fast a device trains; one subcommand per measurement.
 *
 * Each kind of measurement is a subcommand.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "cluster.h"
#include "commands/bench.h"
#include "commands/commands.h"
#include "message.h"
#include "options/options.h"
#include "options/shared.h"

/* What follows every command line: exclusive options, quiet. */
static bool check(const char *command, const clmlp_cli_bench_options *o, int *status)
{
    clmlp_cli_set_quiet(o->quiet);
    if (!o->json || !o->csv) return true;
    *status = clmlp_cli_usage_error(command, "--json and --csv exclude each other");
    return false;
}

/* network: layers and batch of the options are what is measured. */
static bool open_device(const clmlp_cli_bench_options *o, bool network, clmlp_device **device, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_status opened = clmlp_device_open(device, &o->device, &error);
    if (opened == CLMLP_OK) {
        opened = clmlp_device_prepare(*device, network ? o->layers.units : NULL, network ? o->layers.count : 0,
                                      o->batch, &error);
    }
    if (opened != CLMLP_OK) {
        *status = clmlp_cli_fail(&error, true);
        return false;
    }
    clmlp_cli_note_device(*device);
    const char *const tiles = clmlp_device_tiles(*device);
    if (tiles[0] != '\0') clmlp_cli_note("tiles %s%s", tiles, clmlp_device_tuned(*device) ? " (tuned)" : "");
    return true;
}

static clmlp_status create_model(const clmlp_cli_bench_options *o, clmlp_model **model, clmlp_error *error)
{
    return clmlp_model_create(model, o->layers.count, o->layers.units, o->activation, o->output, o->config.seed, error);
}

static clmlp_status measure_peak(const clmlp_cli_bench_options *o, clmlp_device *device, clmlp_bench_peak_result *peak,
                                 clmlp_error *error)
{
    *peak = (clmlp_bench_peak_result){sizeof *peak, (double)NAN, (double)NAN};
    return o->no_peak ? CLMLP_OK : clmlp_bench_peak(device, peak, error);
}

/* --- step ------------------------------------------------------------------------------------------------ */

static bool parse_step(clmlp_cli_bench_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    static const char COMMAND[] = "bench step";
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Network:", NULL, NULL},
        {"layers", &clmlp_cli_network, &o->layers, "N,N[,N...]", "units of all layers, input and output included", NULL,
         NULL},
        {"batch", &clmlp_cli_count, &o->batch, "N", "examples per step", NULL, NULL},
        {"optimizer", &clmlp_cli_optimizer, &o->config.optimizer, "NAME",
         "how theta is updated: sgd, momentum, nesterov, rmsprop, adam or adamw", NULL, NULL},
        CLMLP_CLI_BENCH_NETWORK_ROWS(o),
        {NULL, NULL, NULL, NULL, "Examples:", NULL, NULL},
        {"data", &clmlp_cli_text, &o->data, "FILE", "examples to measure on, as for clmlp train; they are not scaled",
         "random numbers", NULL},
        {"labels", &clmlp_cli_text, &o->load.labels_path, "FILE", "targets of --data in a file of their own",
         "a column of --data", NULL},
        CLMLP_CLI_TEXT_ROWS(o->load, o->text),
        CLMLP_CLI_MISSING_TARGETS_ROW(o->load, NULL),
        {NULL, NULL, NULL, NULL, "Measuring:", NULL, NULL},
        {"seconds", &clmlp_cli_positive, &o->config.seconds, "S", "time to measure for, in seconds, after warming up",
         NULL, NULL},
        {"seed", &clmlp_cli_seed, &o->config.seed, "N", "seed of the random examples and theta", NULL, NULL},
        {"full-batch", NULL, &o->config.full_batch, NULL, "the batch is all data there is, taken in its order", NULL,
         NULL},
        {"no-kernels", NULL, &o->no_kernels, NULL, "leave out the pass that times every kernel", NULL, NULL},
        {"no-peak", NULL, &o->no_peak, NULL, "leave out the device's peak", NULL, NULL},
        CLMLP_CLI_PLACE_ROWS(o->device),
        CLMLP_CLI_BENCH_SHOW_ROWS(o),
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "",
        "One training step (gather, forward, cost, backward, descent) on examples that\n"
        "live on the device: milliseconds per step over blocks of steps, each with one\n"
        "wait at its end; then every kernel by the device's own clock, and what of the\n"
        "device's peak that is. Work is counted by formula: zeros in the examples, which\n"
        "an engine may leave out, count.\n\n"
        "  clmlp bench step --layers 784,512,10 --batch 128\n",
        options, sizeof options / sizeof options[0]};
    if (!clmlp_cli_parse(arguments, &syntax, argc, argv, status) || !check(COMMAND, o, status)) return false;
    if (o->load.labels_path == NULL || o->data != NULL) return true;
    *status = clmlp_cli_usage_error(COMMAND, "--labels goes with --data, which is missing");
    return false;
}

/* Kernels that are ten times as fast as the fastest that the device has: its clock is wrong. */
static void compare_with_peak(clmlp_bench_step_result *result, const clmlp_bench_peak_result *peak)
{
    for (size_t i = 0; i < result->kernel_count; i++) {
        const clmlp_kernel_time *const kernel = &result->kernels[i];
        const double gflops = 1e-6 * kernel->flops / kernel->milliseconds;
        if (!(gflops > 10.0 * peak->gflops)) continue;
        (void)snprintf(result->clock_doubt, sizeof result->clock_doubt, "the driver's times make %s compute %.3g "
                       "GFLOP/s, and the peak by the host's clock is %.3g, which cannot be", kernel->name, gflops,
                       peak->gflops);
        result->kernel_count = result->profiled_steps = 0;
        return;
    }
}

static int step(const clmlp_cli_bench_options *o, clmlp_device *device)
{
    clmlp_model *model = NULL;
    clmlp_dataset *examples = NULL;
    clmlp_bench_config config = o->config;
    clmlp_bench_step_result result = {.size = sizeof result};
    clmlp_bench_peak_result peak = {.size = sizeof peak};
    clmlp_error error = {.status = CLMLP_OK};
    if (o->data != NULL && clmlp_cli_load(&examples, o->data, &o->load, &error) != CLMLP_OK) {
        return clmlp_cli_fail(&error, true);
    }
    if (examples != NULL) clmlp_cli_note_data("examples", o->data, examples);
    config.examples = examples;
    clmlp_status status = create_model(o, &model, &error);
    if (status == CLMLP_OK) status = clmlp_bench_step(device, model, o->batch, &config, &result, &error);
    if (status == CLMLP_OK) status = measure_peak(o, device, &peak, &error);
    clmlp_dataset_destroy(examples);
    clmlp_model_destroy(model);
    if (status != CLMLP_OK) return clmlp_cli_fail(&error, false);
    compare_with_peak(&result, &peak);
    return clmlp_cli_report_bench_step(o, device, &result, &peak);
}

/* --- gemm ------------------------------------------------------------------------------------------------ */

static bool parse_gemm(clmlp_cli_bench_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    static const char COMMAND[] = "bench gemm";
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Product:", NULL, NULL},
        {"m", &clmlp_cli_count, &o->m, "N", "rows of A and C", NULL, NULL},
        {"n", &clmlp_cli_count, &o->n, "N", "columns of B and C", NULL, NULL},
        {"k", &clmlp_cli_count, &o->k, "N", "columns of A, rows of B", NULL, NULL},
        {NULL, NULL, NULL, NULL, "Measuring:", NULL, NULL},
        {"seconds", &clmlp_cli_positive, &o->config.seconds, "S", "time to measure for, in seconds, after warming up",
         NULL, NULL},
        {"seed", &clmlp_cli_seed, &o->config.seed, "N", "seed of the random matrices", NULL, NULL},
        {"no-peak", NULL, &o->no_peak, NULL, "leave out the device's peak", NULL, NULL},
        CLMLP_CLI_PLACE_ROWS(o->device),
        CLMLP_CLI_BENCH_SHOW_ROWS(o),
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "",
        "A bare product C = A B by the engine's BLAS; an engine without one computes it\n"
        "as a layer with linear activation.\n\n"
        "  clmlp bench gemm --m 512 --n 512 --k 784\n",
        options, sizeof options / sizeof options[0]};
    return clmlp_cli_parse(arguments, &syntax, argc, argv, status) && check(COMMAND, o, status);
}

static int gemm(const clmlp_cli_bench_options *o, clmlp_device *device)
{
    clmlp_bench_gemm_result result = {.size = sizeof result};
    clmlp_bench_peak_result peak = {.size = sizeof peak};
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_status status = clmlp_bench_gemm(device, o->m, o->n, o->k, &o->config, &result, &error);
    if (status == CLMLP_OK) status = measure_peak(o, device, &peak, &error);
    if (status != CLMLP_OK) return clmlp_cli_fail(&error, false);
    return clmlp_cli_report_bench_gemm(o, device, &result, &peak);
}

/* --- ops ------------------------------------------------------------------------------------------------- */

static bool parse_ops(clmlp_cli_bench_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    static const char COMMAND[] = "bench ops";
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Network:", NULL, NULL},
        {"layers", &clmlp_cli_network, &o->layers, "N,N[,N...]", "units of all layers, input and output included", NULL,
         NULL},
        {"batch", &clmlp_cli_count, &o->batch, "N", "examples per step", NULL, NULL},
        CLMLP_CLI_BENCH_NETWORK_ROWS(o),
        {NULL, NULL, NULL, NULL, "Measuring:", NULL, NULL},
        {"seconds", &clmlp_cli_positive, &o->config.seconds, "S",
         "time to measure for, in seconds: a quarter for whole steps, the rest for all equations together", NULL, NULL},
        {"seed", &clmlp_cli_seed, &o->config.seed, "N", "seed of the random examples and theta", NULL, NULL},
        {"no-peak", NULL, &o->no_peak, NULL, "leave out the device's peak", NULL, NULL},
        CLMLP_CLI_PLACE_ROWS(o->device),
        CLMLP_CLI_BENCH_SHOW_ROWS(o),
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "",
        "Every equation of every layer repeated by itself, its work by formula, and its\n"
        "share of a whole step (-: the engine fuses it with another in a step).\n\n"
        "  clmlp bench ops --layers 784,512,10 --batch 128\n",
        options, sizeof options / sizeof options[0]};
    return clmlp_cli_parse(arguments, &syntax, argc, argv, status) && check(COMMAND, o, status);
}

static int ops(const clmlp_cli_bench_options *o, clmlp_device *device)
{
    clmlp_bench_config part = o->config;
    clmlp_model *model = NULL;
    clmlp_bench_op *list = NULL;
    size_t count = 0;
    clmlp_bench_step_result whole = {.size = sizeof whole};
    clmlp_bench_peak_result peak = {.size = sizeof peak};
    clmlp_error error = {.status = CLMLP_OK};
    int code;
    part.kernels = false;
    part.seconds = o->config.seconds / 4.0;
    clmlp_status status = create_model(o, &model, &error);
    if (status == CLMLP_OK) status = clmlp_bench_step(device, model, o->batch, &part, &whole, &error);
    part.seconds = o->config.seconds - part.seconds;
    if (status == CLMLP_OK) status = clmlp_bench_ops(device, model, o->batch, &part, &list, &count, &error);
    if (status == CLMLP_OK) status = measure_peak(o, device, &peak, &error);
    if (status == CLMLP_OK) code = clmlp_cli_report_bench_ops(o, device, list, count, &whole, &peak);
    else code = clmlp_cli_fail(&error, false);
    clmlp_free(list);
    clmlp_model_destroy(model);
    return code;
}

/* --- the command ----------------------------------------------------------------------------------------- */

typedef bool parser(clmlp_cli_bench_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status);
typedef int measurement(const clmlp_cli_bench_options *o, clmlp_device *device);

/* One subcommand on one device. */
static int measure(parser *parse, measurement *run, int argc, char **argv)
{
    int status;
    clmlp_cli_arguments arguments;
    clmlp_cli_bench_options options = clmlp_cli_bench_defaults();
    clmlp_device *device = NULL;
    if (parse(&options, &arguments, argc, argv, &status)) {
        options.config.kernels = !options.no_kernels;
        if (open_device(&options, run != gemm, &device, &status)) status = run(&options, device);
    }
    clmlp_device_close(device);
    clmlp_cli_arguments_free(&arguments);
    return status;
}

static int bench_step(int argc, char **argv)
{
    return measure(parse_step, step, argc, argv);
}

static int bench_gemm(int argc, char **argv)
{
    return measure(parse_gemm, gemm, argc, argv);
}

static int bench_ops(int argc, char **argv)
{
    return measure(parse_ops, ops, argc, argv);
}

static int bench_crossover(int argc, char **argv)
{
    return clmlp_cli_bench_crossover(argc, argv);
}

static int bench_scaling(int argc, char **argv)
{
    return clmlp_cli_bench_scaling(argc, argv);
}

static const struct {
    const char *name, *help;
    int (*run)(int argc, char **argv);
} kinds[] = {
#define KIND_ROW(name, help) {#name, help, bench_##name},
    CLMLP_CLI_BENCH_KIND_LIST(KIND_ROW)
#undef KIND_ROW
};

#define EXPECTED_KIND "(expected step, gemm, ops, crossover or scaling)"
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static int print_help(void)
{
    clmlp_cli_out("Usage: clmlp bench KIND [OPTION...]\nMeasures how fast a device trains.\n\nKinds:\n");
    for (size_t i = 0; i < KINDS; i++) clmlp_cli_out("  %-10s %s\n", kinds[i].name, kinds[i].help);
    clmlp_cli_out("\n'clmlp bench KIND --help' lists the options of each.\n");
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

int clmlp_cli_bench(int argc, char **argv)
{
    const char *names[KINDS];
    const bool for_all_ranks = argc >= 2 && strcmp(argv[1], "scaling") == 0;
    if (!for_all_ranks && !clmlp_cli_is_root()) return CLMLP_CLI_DONE;
    for (size_t i = 0; i < KINDS; i++) names[i] = kinds[i].name;
    if (argc < 2) return clmlp_cli_usage_error("bench", "KIND is missing " EXPECTED_KIND);
    const char *const word = argv[1];
    for (size_t i = 0; i < KINDS; i++) {
        if (strcmp(word, names[i]) == 0) return kinds[i].run(argc - 1, argv + 1);
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) return print_help();
    const char *const nearest = clmlp_nearest(word, names, KINDS);
    if (nearest != NULL) return clmlp_cli_usage_error("bench", "unknown kind '%s'; did you mean '%s'?", word, nearest);
    return clmlp_cli_usage_error("bench", "unknown kind '%s' " EXPECTED_KIND, word);
}
