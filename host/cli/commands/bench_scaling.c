/* bench_scaling.c - clmlp bench scaling: how many devices pay, from the ranks at hand and from links by name. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "cluster.h"
#include "commands/bench.h"
#include "message.h"
#include "options/options.h"
#include "options/shared.h"
#include "ranks/agree.h"
#include "ranks/devices.h"
#include "reports/bench_scaling.h"

static const char COMMAND[] = "bench scaling";

/* Links from TCP's to InfiniBand's, by what they carry. */
static const double FAST_GBYTES = 5.0, SLOW_ALPHA = 25.0, FAST_ALPHA = 2.0; /* microseconds */
static const double OVERHEAD_OF_ALPHA = 0.1;

typedef struct asked {
    clmlp_cli_bench_options o;
    clmlp_cli_numbers links, alphas, overheads; /* GB/s, microseconds */
    bool has_alphas, has_overheads;
    uint64_t bucket;
    const char *devices;
    char rank_device[CLMLP_NAME_LENGTH];
} asked;

/* --- options ------------------------------------------------------------------------------------------------- */

/* Number i of a list that has one for all links, or one for each. */
static double of_link(const clmlp_cli_numbers *list, size_t i)
{
    return list->of[list->count == 1 ? 0 : i];
}

static clmlp_link link_by_name(const asked *a, size_t i)
{
    const double gbytes = a->links.of[i];
    const double alpha = a->has_alphas ? of_link(&a->alphas, i) : gbytes < FAST_GBYTES ? SLOW_ALPHA : FAST_ALPHA;
    const double overhead = a->has_overheads ? of_link(&a->overheads, i) : OVERHEAD_OF_ALPHA * alpha;
    return (clmlp_link){.alpha = 1e-6 * alpha, .overhead = 1e-6 * overhead, .beta = 1e-9 / gbytes};
}

static bool check_list(const char *option, const clmlp_cli_numbers *list, bool given, size_t links, int *status)
{
    if (!given || list->count == 1 || list->count == links) return true;
    *status = clmlp_cli_usage_error(COMMAND, "--%s has %zu numbers (expected 1, or %zu, one for each of --links)",
                                    option, list->count, links);
    return false;
}

static bool check(const asked *a, int *status)
{
    clmlp_cli_set_quiet(a->o.quiet);
    if (a->o.json && a->o.csv) {
        *status = clmlp_cli_usage_error(COMMAND, "--json and --csv exclude each other");
        return false;
    }
    if (!check_list("alpha", &a->alphas, a->has_alphas, a->links.count, status)) return false;
    if (!check_list("overhead", &a->overheads, a->has_overheads, a->links.count, status)) return false;
    for (size_t i = 0; i < a->links.count; i++) {
        const clmlp_link link = link_by_name(a, i);
        if (link.overhead <= link.alpha) continue;
        *status = clmlp_cli_usage_error(COMMAND, "--overhead is %g where --alpha is %g (expected at most as much)",
                                        1e6 * link.overhead, 1e6 * link.alpha);
        return false;
    }
    return true;
}

static bool parse(asked *a, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    clmlp_cli_bench_options *const o = &a->o;
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Network:", NULL, NULL},
        {"layers", &clmlp_cli_network, &o->layers, "N,N[,N...]", "units of all layers, input and output included", NULL,
         NULL},
        {"batch", &clmlp_cli_count, &o->batch, "N", "examples per step, of all devices together", NULL, NULL},
        CLMLP_CLI_BENCH_NETWORK_ROWS(o),
        {NULL, NULL, NULL, NULL, "Links:", NULL, NULL},
        {"links", &clmlp_cli_positives, &a->links, "G[,G...]", "links to predict for, in GB/s, beside the measured one",
         NULL, NULL},
        {"alpha", &clmlp_cli_positives, &a->alphas, "T[,T...]",
         "microseconds until a message of no bytes is there: one number for all of --links, or one for each",
         "25 below 5 GB/s, else 2", &a->has_alphas},
        {"overhead", &clmlp_cli_positives, &a->overheads, "T[,T...]",
         "microseconds after which a device can send the next message, at most alpha", "a tenth of alpha",
         &a->has_overheads},
        {"bucket", &clmlp_cli_bytes, &a->bucket, "SIZE",
         "layers whose gradients are smaller are summed with the next ones, in bytes or with K, M, G or T behind",
         "each layer by itself", NULL},
        {NULL, NULL, NULL, NULL, "Measuring:", NULL, NULL},
        {"seconds", &clmlp_cli_positive, &o->config.seconds, "S",
         "time to measure for, in seconds: half for sums of the ranks, if there are several, the rest for steps", NULL,
         NULL},
        {"seed", &clmlp_cli_seed, &o->config.seed, "N", "seed of the random examples and theta", NULL, NULL},
        CLMLP_CLI_PLACE_ROWS(o->device),
        CLMLP_CLI_DEVICES_ROW(a->devices),
        CLMLP_CLI_BENCH_SHOW_ROWS(o),
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "",
        "How many devices pay: times steps of shares of a batch on this device and,\n"
        "under mpirun, sums over the ranks at hand. From that it predicts steps on 2 to\n"
        "4,096 devices over this link and others, and the batch from which on they pay.\n\n"
        "  clmlp bench scaling --layers 784,1024,1024,10 --batch 1024\n"
        "  mpirun -n 2 clmlp bench scaling --layers 784,1024,1024,10 --batch 1024\n",
        options, sizeof options / sizeof options[0]};
    return clmlp_cli_parse(arguments, &syntax, argc, argv, status) && check(a, status);
}

/* --- predicting ----------------------------------------------------------------------------------------------- */

static clmlp_status predict_row(const clmlp_bench_setting *setting, size_t batch, clmlp_cli_scaling_row *row,
                                clmlp_error *error)
{
    clmlp_bench_setting by = *setting;
    const double one = 1.0 / (double)row->devices;
    clmlp_status status = CLMLP_OK;
    row->fits = row->devices <= batch;
    for (size_t way = 0; row->fits && way < CLMLP_SUMMING_COUNT && status == CLMLP_OK; way++) {
        by.way = (clmlp_summing)way;
        row->by[way].size = sizeof row->by[way];
        status = clmlp_bench_predict(&by, row->devices, batch, &row->by[way], error);
    }
    if (status == CLMLP_OK) status = clmlp_bench_pays_from(setting, row->devices, one, &row->faster, error);
    if (status == CLMLP_OK) status = clmlp_bench_pays_from(setting, row->devices, 0.5, &row->half, error);
    if (status == CLMLP_OK) status = clmlp_bench_pays_from(setting, row->devices, 0.8, &row->most, error);
    return status;
}

static clmlp_bench_setting setting_of(const clmlp_cli_scaling *s, const clmlp_link *link)
{
    clmlp_bench_setting setting = clmlp_bench_setting_default();
    setting.model = s->model;
    setting.shares = &s->shares;
    setting.precision = clmlp_device_precision(s->device);
    setting.link = *link;
    setting.bucket = s->bucket;
    return setting;
}

static clmlp_status predict_link(clmlp_cli_scaling *s, const clmlp_link *link, bool measured, clmlp_error *error)
{
    clmlp_cli_scaling_link *const of = &s->links[s->count++];
    const clmlp_bench_setting setting = setting_of(s, link);
    clmlp_status status = CLMLP_OK;
    of->link = *link;
    of->measured = measured;
    for (size_t i = 0; i < CLMLP_CLI_SCALING_ROWS && status == CLMLP_OK; i++) {
        of->rows[i].devices = (size_t)2 << i;
        status = predict_row(&setting, s->o->batch, &of->rows[i], error);
    }
    return status;
}

static clmlp_status predict(const asked *a, clmlp_cli_scaling *s, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    if (s->sums.ranks > 1) {
        const clmlp_bench_setting setting = setting_of(s, &s->sums.link);
        s->together.size = sizeof s->together;
        status = clmlp_bench_predict(&setting, s->sums.ranks, s->o->batch, &s->together, error);
        if (status == CLMLP_OK) status = predict_link(s, &s->sums.link, true, error);
    }
    for (size_t i = 0; i < a->links.count && status == CLMLP_OK; i++) {
        clmlp_link link = link_by_name(a, i);
        link.gamma = s->sums.link.gamma;
        status = predict_link(s, &link, false, error);
    }
    return status;
}

/* --- the command ---------------------------------------------------------------------------------------------- */

static clmlp_status measure(const asked *a, clmlp_ranks *ranks, clmlp_device *device, clmlp_cli_scaling *s,
                            clmlp_error *error)
{
    clmlp_bench_config config = a->o.config;
    const bool several = clmlp_ranks_count(ranks) > 1;
    s->sums.size = sizeof s->sums;
    s->shares.size = sizeof s->shares;
    if (several) config.seconds /= 2.0;
    if (!several) clmlp_cli_note("one process: no link is measured; under mpirun, that of the ranks is");
    const clmlp_status status = clmlp_bench_link(ranks, clmlp_device_precision(device), &config, &s->sums, error);
    if (status != CLMLP_OK) return status;
    return clmlp_bench_time_shares(device, s->model, a->o.batch, ranks, &config, &s->shares, error);
}

static int end(const clmlp_cli_scaling *s, clmlp_status status, const clmlp_error *error)
{
    if (status == CLMLP_OK) return clmlp_cli_is_root() ? clmlp_cli_report_bench_scaling(s) : CLMLP_CLI_DONE;
    return clmlp_cli_fail(error, true);
}

/* Of several ranks the one that is this rank's, as in training. */
static bool take_device(asked *a, clmlp_ranks *ranks, int *status)
{
    const clmlp_device_options by_default = clmlp_device_options_default();
    clmlp_device_options *const device = &a->o.device;
    const bool given = device->spec != NULL && (by_default.spec == NULL || strcmp(device->spec, by_default.spec) != 0);
    if (clmlp_ranks_count(ranks) == 1 && a->devices == NULL) return true;
    if (!clmlp_cli_take_device(COMMAND, ranks, a->devices, given ? device->spec : NULL, a->rank_device,
                               sizeof a->rank_device, status)) {
        return false;
    }
    device->spec = a->rank_device;
    return true;
}

static int run(const asked *a, clmlp_ranks *ranks)
{
    clmlp_model *model = NULL;
    clmlp_device *device = NULL;
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_cli_scaling *const s = calloc(1, sizeof *s);
    clmlp_status status = CLMLP_OK;
    if (s == NULL) error = (clmlp_error){.status = status = CLMLP_OUT_OF_MEMORY, .message = CLMLP_CLI_NO_MEMORY};
    if (status == CLMLP_OK) {
        status = clmlp_model_create(&model, a->o.layers.count, a->o.layers.units, a->o.activation, a->o.output,
                                    a->o.config.seed, &error);
    }
    if (status == CLMLP_OK) status = clmlp_cli_open_device(&device, &a->o.device, model, a->o.batch, &error);
    status = clmlp_ranks_agree(ranks, status, &error);
    if (status == CLMLP_OK) {
        clmlp_cli_note_device(device);
        *s = (clmlp_cli_scaling){.o = &a->o, .model = model, .device = device, .mpi = clmlp_ranks_library(ranks),
                                 .bucket = (double)a->bucket};
        status = measure(a, ranks, device, s, &error);
        if (status == CLMLP_OK) status = predict(a, s, &error);
    }
    const int code = end(s, status, &error);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    free(s);
    return code;
}

int clmlp_cli_bench_scaling(int argc, char **argv)
{
    int code;
    clmlp_cli_arguments arguments;
    asked a = {.o = clmlp_cli_bench_defaults(), .links = {3, {1.0, 10.0, 100.0}}};
    a.o.layers = (clmlp_cli_layers){4, {784, 1024, 1024, 10}};
    a.o.batch = 1024;
    a.o.config.seconds = 10.0;
    const bool good = clmlp_cli_all_take_options(parse(&a, &arguments, argc, argv, &code), &code);
    if (good && take_device(&a, clmlp_cli_cluster_ranks(), &code)) code = run(&a, clmlp_cli_cluster_ranks());
    clmlp_cli_arguments_free(&arguments);
    return code;
}
