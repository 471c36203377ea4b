/* tune.c - clmlp tune: find and store the fastest tiles and engine of a device. */
#include <string.h>

#include <clmlp/clmlp.h>

#include "commands/commands.h"
#include "message.h"
#include "options/options.h"
#include "reports/report.h"
#include "options/shared.h"

static const char COMMAND[] = "tune";

typedef struct tune_options {
    clmlp_cli_layers layers;
    size_t batch;
    bool has_layers, has_batch, dry_run, json, quiet;
    clmlp_tune_network network; /* of layers and batch */
    clmlp_tune_config config;
    clmlp_device_options device;
} tune_options;

static bool parse(tune_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Network:", NULL, NULL},
        {"layers", &clmlp_cli_network, &o->layers, "N,N[,N...]", "units of all layers, input and output included",
         "64,25,10, 784,128,10 and 784,512,10", &o->has_layers},
        {"batch", &clmlp_cli_count, &o->batch, "N", "examples per step, with --layers",
         "128 with --layers, else 1437, 32 and 128", &o->has_batch},
        {NULL, NULL, NULL, NULL, "Search:", NULL, NULL},
        {"engine", &clmlp_cli_engines, &o->config.engine, "NAME",
         "whose candidates to try: native, clblast, or all: both, and then which of the two is faster", NULL, NULL},
        {"seconds", &clmlp_cli_positive, &o->config.seconds, "S",
         "time to measure each candidate for, on each network, in seconds", NULL, NULL},
        {"risk", &clmlp_cli_up_to_one, &o->config.risk, "P",
         "probability that noise passes for a gain; with 1 the fastest median wins, whatever the noise", NULL, NULL},
        {"dry-run", NULL, &o->dry_run, NULL, "try everything, store nothing", NULL, NULL},
        {NULL, NULL, NULL, NULL, "Device:", NULL, NULL},
        {"device", &clmlp_cli_text, &o->device.spec, "SPEC",
         "what to tune: auto, opencl, opencl:P.D (platform and device as 'clmlp devices' counts them) or opencl:NAME "
         "(part of its name)", NULL, NULL},
        CLMLP_CLI_PRECISION_ROW(o->device),
        {NULL, NULL, NULL, NULL, "Output:", NULL, NULL},
        CLMLP_CLI_CARD_ROWS(*o),
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "",
        "Tries the tile sizes and parameter sets that suit a device. Each is checked\n"
        "against the CPU path in double first, within derived error bounds, and rejected\n"
        "where it is wrong or does not build; then training steps are timed in rounds.\n"
        "What the engine takes by itself stays, unless another is faster beyond noise.\n"
        "What won is stored for this user, device, driver, precision and version of\n"
        "clmlp, and taken from then on; so is the faster engine, for --engine auto.\n"
        "Exit status 1: noise hides which is the fastest, and nothing is stored for that\n"
        "choice, or the result could not be stored; 3: all candidates of an engine were\n"
        "rejected.\n\n"
        "  clmlp tune --device opencl\n"
        "  clmlp tune --layers 784,512,10 --batch 128 --engine native\n",
        options, sizeof options / sizeof options[0]};
    if (!clmlp_cli_parse(arguments, &syntax, argc, argv, status)) return false;
    clmlp_cli_set_quiet(o->quiet);
    if (o->has_layers || !o->has_batch) return true;
    *status = clmlp_cli_usage_error(COMMAND, "--batch '%zu' is the batch of one network, and none is named: add its "
                                     "--layers, as in --layers 784,512,10 (without both, three networks are tried)",
                                     o->batch);
    return false;
}

static void show_progress(const char *what, void *context)
{
    (void)context;
    clmlp_cli_note("%s", what);
}

/* Whether an engine was tried and none of its candidates was right. */
static bool all_rejected(const clmlp_tune_result *result, clmlp_engine engine)
{
    size_t tried = 0, valid = 0;
    for (size_t i = 0; i < clmlp_tune_result_count(result); i++) {
        if (clmlp_tune_result_candidate(result, i)->engine != engine) continue;
        tried++;
        valid += !clmlp_tune_result_candidate(result, i)->rejected;
    }
    return tried > 0 && valid == 0;
}

/* What was not decided, and what helps. */
static bool tell_doubts(const clmlp_tune_result *result)
{
    bool any = false;
    for (int e = 0; e < CLMLP_ENGINE_COUNT; e++) {
        const char *const doubt = clmlp_tune_result_doubt(result, (clmlp_engine)e);
        if (doubt[0] == '\0') continue;
        any = true;
        clmlp_cli_error("%s: not decided, what was used before stays: %s", e == CLMLP_ENGINE_AUTO ? "native or clblast"
                        : clmlp_engine_name((clmlp_engine)e), doubt);
    }
    if (any) clmlp_cli_note("a quiet machine helps, or more time (--seconds)");
    return any;
}

static int tune(tune_options *o)
{
    clmlp_tune_result *result = NULL;
    clmlp_error error = {.status = CLMLP_OK};
    if (o->has_layers) {
        o->network.layers = o->layers.count;
        o->network.batch = o->batch;
        memcpy(o->network.units, o->layers.units, o->layers.count * sizeof *o->network.units);
        o->config.networks = &o->network;
        o->config.network_count = 1;
    }
    o->config.keep = !o->dry_run;
    o->config.on_work.function = show_progress;
    if (clmlp_tune(&o->device, &o->config, &result, &error) != CLMLP_OK) return clmlp_cli_fail(&error, true);
    int status = CLMLP_CLI_DONE;
    for (int e = CLMLP_ENGINE_NATIVE; e < CLMLP_ENGINE_COUNT; e++) {
        if (!all_rejected(result, (clmlp_engine)e)) continue;
        status = CLMLP_CLI_MISMATCH;
        clmlp_cli_error("no candidate of %s is right; what it used before stays", clmlp_engine_name((clmlp_engine)e));
    }
    const bool doubts = tell_doubts(result);
    if (doubts && status == CLMLP_CLI_DONE) status = CLMLP_CLI_FAILED;
    if (!o->dry_run && !doubts && status == CLMLP_CLI_DONE && !clmlp_tune_result_kept(result)) {
        status = CLMLP_CLI_FAILED;
        clmlp_cli_error("the result could not be stored; see CLMLP_CACHE_DIR in docs/devices.md");
    }
    if (o->json) {
        status = clmlp_cli_report_tune_json(result, status);
    } else {
        clmlp_cli_report_tune(result);
        status = clmlp_cli_finish_output(status);
    }
    clmlp_tune_result_destroy(result);
    return status;
}

int clmlp_cli_tune(int argc, char **argv)
{
    int status;
    clmlp_cli_arguments arguments;
    tune_options options = {.batch = 128, .config = clmlp_tune_config_default(),
                            .device = clmlp_device_options_default()};
    if (parse(&options, &arguments, argc, argv, &status)) status = tune(&options);
    clmlp_cli_arguments_free(&arguments);
    return status;
}
