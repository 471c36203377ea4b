/* gradcheck.c - clmlp gradcheck: compare backpropagation with finite differences. */
#include <stdio.h>
#include <unistd.h>

#include <clmlp/clmlp.h>

#include "commands/commands.h"
#include "message.h"
#include "options/network.h"
#include "options/options.h"
#include "reports/report.h"
#include "options/shared.h"
#include "reports/startup.h"

static const char COMMAND[] = "gradcheck";

typedef struct gradcheck_options {
    clmlp_cli_network_options network;
    const char *data;
    clmlp_gradcheck_config config;
    clmlp_device_options device; /* spec NULL: none */
    clmlp_cli_regularisation_given regularisation;
    bool has_lambda, has_examples, has_engine, has_precision, json, quiet;
} gradcheck_options;

typedef struct gradcheck_run {
    clmlp_dataset *data;
    clmlp_model *model;
    clmlp_device *device;
    clmlp_gradcheck_result result;
} gradcheck_run;

/* --- command line ------------------------------------------------------------------------------------------------ */

static gradcheck_options defaults(void)
{
    gradcheck_options o = {.network = clmlp_cli_network_options_default(),
                           .config = clmlp_gradcheck_config_default(),
                           .device = clmlp_device_options_default()};
    o.device.spec = NULL;
    return o;
}

static const char description[] =
    "Compares the gradient of the CPU path in double with central differences of J,\n"
    "and with --device also that of a device with the one in double. Each element\n"
    "may be off by twice what truncation and rounding are expected to make, which\n"
    "is derived for it and shown. relu, leaky-relu, elu and selu have kinks at 0:\n"
    "elements there are counted, and compared with one-sided differences.\n"
    "The gradient is the same for every --optimizer of train, lbfgs and cg included.\n"
    "DATA: as for clmlp train. Exit status 3: an element is off by more.\n\n"
    "  clmlp gradcheck train.csv --hidden 25 --activation tanh --lambda 1\n"
    "  clmlp gradcheck train.csv --model model.safetensors --device opencl\n";

static bool parse(gradcheck_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    char examples[48];
    (void)snprintf(examples, sizeof examples, "%zu, or all when there are fewer", o->config.examples);
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Data:", NULL, NULL},
        CLMLP_CLI_DATA_ROWS(o->network),
        {NULL, NULL, NULL, NULL, "Network:", NULL, NULL},
        {"model", &clmlp_cli_text, &o->network.model, "FILE", "the theta, layers and scaling of this model",
         "random theta", NULL},
        CLMLP_CLI_NETWORK_ROWS(o->network),
        {NULL, NULL, NULL, NULL, "Check:", NULL, NULL},
        {"lambda", &clmlp_cli_non_negative, &o->config.lambda, "LAMBDA", "L2 regularisation of the weights, >= 0",
         "the model's, else 0", &o->has_lambda},
        CLMLP_CLI_REGULARISATION_ROWS(o->config, o->regularisation),
        {"input-scale", NULL, &o->config.input_scale, NULL,
         "check a scale of the inputs, too (--input-scale-rate of train): dJ/ds, s of each input 1/2, 1 or 2", NULL,
         NULL},
        {"examples", &clmlp_cli_count_or_all, &o->config.examples, "N",
         "J is of the first so many examples, or all; time grows with them", examples, &o->has_examples},
        {"sample", &clmlp_cli_count_or_all, &o->config.sample, "N",
         "elements of each theta(l) to check, or all: chosen at random, a quarter of them biases", NULL, NULL},
        {"seed", &clmlp_cli_seed, &o->config.seed, "N", "seed of the random theta and of the sample", NULL, NULL},
        {NULL, NULL, NULL, NULL, "Device:", NULL, NULL},
        {"device", &clmlp_cli_text, &o->device.spec, "SPEC",
         "compare the gradient of this device, too, all of it: auto, cpu, opencl, opencl:P.D (platform and device as "
         "'clmlp devices' counts them) or opencl:NAME (part of its name)", "none", NULL},
        {"engine", &clmlp_cli_engine, &o->device.engine, "NAME",
         "kernels on OpenCL: native (clmlp's own, fused), clblast, or auto: the faster one by 'clmlp tune'", NULL,
         &o->has_engine},
        {"precision", &clmlp_cli_precision, &o->device.precision, "NAME",
         "floating-point type of the device: f32 or f64", NULL, &o->has_precision},
        {NULL, NULL, NULL, NULL, "Output:", NULL, NULL},
        {"json", NULL, &o->json, NULL, "print one JSON object on standard output, nothing else there", NULL, NULL},
        {"quiet", NULL, &o->quiet, NULL, "nothing on standard error but errors and notes about the data", NULL, NULL},
    };
    const clmlp_cli_syntax syntax = {COMMAND, "DATA", description, options, sizeof options / sizeof options[0]};
    if (!clmlp_cli_parse(arguments, &syntax, argc, argv, status)) return false;
    o->data = arguments->positional[0];
    clmlp_cli_set_quiet(o->quiet);
    return true;
}

static bool check(const gradcheck_options *o, int *status)
{
    const char *const device = o->has_engine ? "--engine" : o->has_precision ? "--precision" : NULL;
    if (o->device.spec == NULL && device != NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "%s: there is no --device", device);
        return false;
    }
    return true;
}

/* --- taking everything in ---------------------------------------------------------------------------------------- */

static bool take_in(gradcheck_options *o, gradcheck_run *run, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    if (!clmlp_cli_take_network(COMMAND, "--model", o->data, &o->network, o->config.seed, &run->data, NULL, &run->model,
                                status)) {
        return false;
    }
    if (!clmlp_cli_check_regularisation(COMMAND, o->config.label_smoothing, &o->regularisation, run->model, status)) {
        return false;
    }
    o->config.dropout = o->regularisation.p.of;
    o->config.dropout_count = o->regularisation.p.count;
    if (!o->has_lambda) o->config.lambda = clmlp_model_lambda(run->model);
    const size_t m = clmlp_dataset_examples(run->data);
    if (o->has_examples && o->config.examples > m) {
        *status = clmlp_cli_usage_error(COMMAND, "--examples '%zu': there are only %zu (all takes them all)",
                                        o->config.examples, m);
        return false;
    }
    clmlp_cli_note_data("data", o->data, run->data);
    clmlp_cli_note_model(run->model);
    if (o->device.spec == NULL) return true;
    const size_t examples = o->config.examples != 0 && o->config.examples < m ? o->config.examples : m;
    if (clmlp_cli_open_device(&run->device, &o->device, run->model, examples, &error) != CLMLP_OK) {
        *status = clmlp_cli_fail(&error, true);
        return false;
    }
    clmlp_cli_note_device(run->device);
    return true;
}

/* --- the check --------------------------------------------------------------------------------------------------- */

/* One line redrawn in place on a terminal; elsewhere a line a tenth, once it has taken a while. */
typedef struct progress {
    bool terminal;
    double begun, next; /* seconds; fraction of the next line */
} progress;

static void show_progress(double fraction, void *context)
{
    progress *const p = context;
    if (p->terminal) {
        (void)fprintf(stderr, "\rchecking %3.0f %%", 100.0 * fraction);
        if (fraction >= 1.0) (void)fprintf(stderr, "\r%14s\r", "");
        (void)fflush(stderr);
        return;
    }
    if (fraction < p->next || clmlp_cli_seconds() - p->begun < 2.0 || fraction >= 1.0) return;
    clmlp_cli_note("checked %.0f %%", 100.0 * fraction);
    while (p->next <= fraction) p->next += 0.1;
}

static int gradcheck(gradcheck_options *o, gradcheck_run *run)
{
    clmlp_error error = {.status = CLMLP_OK};
    progress shown = {.terminal = isatty(STDERR_FILENO) != 0, .begun = clmlp_cli_seconds(), .next = 0.1};
    clmlp_gradcheck_config config = o->config;
    if (!o->quiet) config.on_progress = (clmlp_on_fraction){show_progress, &shown};
    const double begun = clmlp_cli_seconds();
    run->result.size = sizeof run->result;
    if (clmlp_gradcheck(run->model, run->data, run->device, &config, &run->result, &error) != CLMLP_OK) {
        return clmlp_cli_fail(&error, false);
    }
    const clmlp_cli_gradcheck_report report = {.model = run->model, .device = run->device, .result = &run->result,
                                               .lambda = o->config.lambda,
                                               .seconds = clmlp_cli_seconds() - begun};
    const int status = run->result.passed ? CLMLP_CLI_DONE : CLMLP_CLI_MISMATCH;
    if (o->json) return clmlp_cli_report_gradcheck_json(&report, status);
    clmlp_cli_report_gradcheck(&report);
    return clmlp_cli_finish_output(status);
}

int clmlp_cli_gradcheck(int argc, char **argv)
{
    int status;
    clmlp_cli_arguments arguments;
    gradcheck_options options = defaults();
    gradcheck_run run = {NULL};
    if (parse(&options, &arguments, argc, argv, &status) && check(&options, &status) &&
        take_in(&options, &run, &status)) {
        status = gradcheck(&options, &run);
    }
    clmlp_free(run.result.layers);
    clmlp_device_close(run.device);
    clmlp_model_destroy(run.model);
    clmlp_dataset_destroy(run.data);
    clmlp_cli_arguments_free(&arguments);
    return status;
}
