/* command_gradcheck.c - clmlp gradcheck: whether the gradient of a network is the derivative of its cost. */
#include <stdio.h>
#include <unistd.h>

#include <clmlp/clmlp.h>

#include "commands.h"
#include "message.h"
#include "options.h"
#include "report.h"
#include "shared.h"
#include "startup.h"

static const char COMMAND[] = "gradcheck";

typedef struct gradcheck_options {
    clmlp_load_options load;
    const char *data, *model;
    clmlp_cli_layers hidden;
    clmlp_activation activation;
    clmlp_output output;
    clmlp_scale scale;
    bool has_hidden, has_activation, has_output, has_scale, has_lambda, has_examples;
    bool has_engine, has_precision;
    clmlp_gradcheck_config config;
    clmlp_device_options device; /* spec NULL: none */
    bool json, quiet;
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
    gradcheck_options o = {.load = clmlp_load_options_default(),
                           .hidden = {1, {25}},
                           .activation = CLMLP_SIGMOID,
                           .output = CLMLP_OUTPUT_SIGMOID,
                           .scale = CLMLP_SCALE_AUTO,
                           .config = clmlp_gradcheck_config_default(),
                           .device = clmlp_device_options_default()};
    o.device.spec = NULL;
    return o;
}

static bool parse(gradcheck_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    char examples[48];
    (void)snprintf(examples, sizeof examples, "%zu, or all when there are fewer", o->config.examples);
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Data:", NULL, NULL},
        {"labels", &clmlp_cli_text, &o->load.labels_path, "FILE",
         "targets of DATA in a file of their own: a class per row, or a column per output", "a column of DATA", NULL},
        {"target", &clmlp_cli_text, &o->load.target, "COL", "target column of DATA: its name or number from 1",
         "the model's, else last", NULL},
        {"header", &clmlp_cli_header, &o->load.header, "WHEN",
         "whether text files begin with column names: auto, yes or no", NULL, NULL},
        {"scale", &clmlp_cli_scale, &o->scale, "NAME",
         "scaling of features, without --model: auto (8-bit pixels as pixel, anything else as standard), none, minmax, "
         "standard or pixel (/255)", NULL, &o->has_scale},
        {NULL, NULL, NULL, NULL, "Network:", NULL, NULL},
        {"model", &clmlp_cli_text, &o->model, "MODEL", "the theta, layers and scaling of this model file",
         "random theta", NULL},
        {"hidden", &clmlp_cli_hidden, &o->hidden, "N[,N...]",
         "units of the hidden layers, without --model; '' for no hidden layer", NULL, &o->has_hidden},
        {"activation", &clmlp_cli_activation, &o->activation, "NAME",
         "activation of the hidden layers: sigmoid, tanh, relu or linear", NULL, &o->has_activation},
        {"output", &clmlp_cli_output, &o->output, "NAME",
         "output layer and cost: sigmoid (one-vs-all cross-entropy), softmax (cross-entropy) or linear (squared error, "
         "real targets)", NULL, &o->has_output},
        {NULL, NULL, NULL, NULL, "Check:", NULL, NULL},
        {"lambda", &clmlp_cli_non_negative, &o->config.lambda, "LAMBDA", "L2 regularisation of the weights, >= 0",
         "the model's, else 0", &o->has_lambda},
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
        {"quiet", NULL, &o->quiet, NULL, "no progress and no notes on standard error", NULL, NULL},
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "DATA",
        "Compares the gradient of the CPU path in double with central differences of J,\n"
        "and with --device also that of a device with the one in double. Each element\n"
        "may be off by twice what truncation and rounding are expected to make, which\n"
        "is derived for it and shown. relu has kinks, where there is no derivative:\n"
        "those elements are counted, and compared with one-sided differences.\n"
        "Exit status 3: an element is off by more.\n\n"
        "  clmlp gradcheck train.csv --hidden 25 --activation tanh --lambda 1\n"
        "  clmlp gradcheck train.csv --model model.safetensors --device opencl\n",
        options, sizeof options / sizeof options[0]};
    if (!clmlp_cli_parse(arguments, &syntax, argc, argv, status)) return false;
    o->data = arguments->positional[0];
    clmlp_cli_set_quiet(o->quiet);
    return true;
}

static bool check(const gradcheck_options *o, int *status)
{
    const char *const alone = o->has_hidden ? "--hidden" : o->has_scale ? "--scale" : NULL;
    if (o->model != NULL && alone != NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "%s: is what --model '%s' says; leave it out", alone, o->model);
        return false;
    }
    const char *const device = o->has_engine ? "--engine" : o->has_precision ? "--precision" : NULL;
    if (o->device.spec == NULL && device != NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "%s: there is no --device", device);
        return false;
    }
    return true;
}

/* --- taking everything in ---------------------------------------------------------------------------------------- */

static clmlp_status load_model(gradcheck_options *o, gradcheck_run *run, clmlp_error *error)
{
    const clmlp_model_hints hints = {o->has_activation, o->has_output, o->activation, o->output};
    const clmlp_status status = clmlp_model_load(&run->model, o->model, &hints, error);
    if (status != CLMLP_OK) return status;
    if (!o->has_lambda) o->config.lambda = clmlp_model_lambda(run->model);
    return clmlp_cli_load_for_model(&run->data, o->data, &o->load, run->model, error);
}

static clmlp_status create_model(const gradcheck_options *o, gradcheck_run *run, clmlp_error *error)
{
    clmlp_load_options load = o->load;
    load.target_kind = o->output == CLMLP_OUTPUT_LINEAR ? CLMLP_TARGET_VALUES : CLMLP_TARGET_CLASSES;
    clmlp_status status = clmlp_dataset_load(&run->data, o->data, &load, error);
    if (status != CLMLP_OK) return status;
    status = clmlp_model_create_for(&run->model, run->data, o->hidden.units, o->hidden.count, o->activation, o->output,
                                    o->config.seed, error);
    return status != CLMLP_OK ? status : clmlp_model_fit_scaling(run->model, run->data, o->scale, error);
}

/* A network option that says something else than the model file. */
static bool contradicts(const gradcheck_options *o, const clmlp_model *model, int *status)
{
    const char *option = NULL, *model_has = NULL;
    if (o->model == NULL) return false;
    if (o->has_activation && clmlp_model_layers(model) > 2 && clmlp_model_activation(model) != o->activation) {
        option = "--activation";
        model_has = clmlp_activation_name(clmlp_model_activation(model));
    } else if (o->has_output && clmlp_model_output(model) != o->output) {
        option = "--output";
        model_has = clmlp_output_name(clmlp_model_output(model));
    }
    if (option == NULL) return false;
    *status = clmlp_cli_usage_error(COMMAND, "%s: contradicts --model '%s', which has %s; leave it out", option,
                                    o->model, model_has);
    return true;
}

static bool take_in(gradcheck_options *o, gradcheck_run *run, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_status result = o->model != NULL ? load_model(o, run, &error) : create_model(o, run, &error);
    if (result == CLMLP_OK && contradicts(o, run->model, status)) return false;
    if (result == CLMLP_OK && o->device.spec != NULL) result = clmlp_device_open(&run->device, &o->device, &error);
    if (result != CLMLP_OK) {
        *status = clmlp_cli_fail(&error, true);
        return false;
    }
    const size_t m = clmlp_dataset_examples(run->data);
    if (o->has_examples && o->config.examples > m) {
        *status = clmlp_cli_usage_error(COMMAND, "--examples '%zu': there are only %zu (all takes them all)",
                                        o->config.examples, m);
        return false;
    }
    clmlp_cli_note_data("data", o->data, run->data);
    clmlp_cli_note_model(run->model);
    if (run->device != NULL) clmlp_cli_note_device(run->device);
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
    if (!o->quiet) {
        o->config.on_progress = show_progress;
        o->config.context = &shown;
    }
    const double begun = clmlp_cli_seconds();
    if (clmlp_gradcheck(run->model, run->data, run->device, &o->config, &run->result, &error) != CLMLP_OK) {
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
    clmlp_gradcheck_result_free(&run.result);
    clmlp_device_close(run.device);
    clmlp_model_destroy(run.model);
    clmlp_dataset_destroy(run.data);
    clmlp_cli_arguments_free(&arguments);
    return status;
}
