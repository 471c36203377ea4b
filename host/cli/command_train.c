/* command_train.c - clmlp train: files in, a model out. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <clmlp/clmlp.h>

#include "commands.h"
#include "message.h"
#include "options.h"
#include "progress.h"
#include "report.h"
#include "self_check.h"
#include "shared.h"
#include "startup.h"

static const char COMMAND[] = "train";

typedef struct train_options {
    clmlp_load_options load;
    const char *data, *test, *test_labels, *init, *model;
    clmlp_cli_layers hidden;
    clmlp_activation activation;
    clmlp_output output;
    clmlp_scale scale;
    bool has_hidden, has_activation, has_output, has_scale, has_batch;
    bool no_shuffle;
    clmlp_train_config config;
    clmlp_cli_self_check check;
    clmlp_device_options device;
    clmlp_cli_output_options out;
} train_options;

/* What a run owns. */
typedef struct train_run {
    clmlp_dataset *train, *test;
    clmlp_model *model;
    clmlp_device *device;
    clmlp_cli_startup startup;
    char shape[CLMLP_TUNE_SHAPE];
} train_run;

/* --- command line ---------------------------------------------------------------------------------------- */

static train_options defaults(void)
{
    return (train_options){.load = clmlp_load_options_default(),
                           .model = "model.safetensors",
                           .hidden = {1, {25}},
                           .activation = CLMLP_SIGMOID,
                           .output = CLMLP_OUTPUT_SIGMOID,
                           .scale = CLMLP_SCALE_AUTO,
                           .config = clmlp_train_config_default(),
                           .device = clmlp_device_options_default()};
}

static bool parse(train_options *o, clmlp_cli_arguments *arguments, int argc, char **argv, int *status)
{
    char batch[48];
    (void)snprintf(batch, sizeof batch, "%zu, or all when there are fewer", o->config.batch);
    const clmlp_cli_option options[] = {
        {NULL, NULL, NULL, NULL, "Data:", NULL, NULL},
        {"labels", &clmlp_cli_text, &o->load.labels_path, "FILE",
         "targets of DATA in a file of their own: a class per row, or a column per output", "a column of DATA", NULL},
        {"target", &clmlp_cli_text, &o->load.target, "COL", "target column of DATA: its name or number from 1",
         "last", NULL},
        {"header", &clmlp_cli_header, &o->load.header, "WHEN",
         "whether text files begin with column names: auto, yes or no", NULL, NULL},
        {"test", &clmlp_cli_text, &o->test, "FILE", "examples to score after every epoch, never trained on", "none",
         NULL},
        {"test-labels", &clmlp_cli_text, &o->test_labels, "FILE", "targets of --test in a file of their own",
         "a column of it", NULL},
        {"scale", &clmlp_cli_scale, &o->scale, "NAME",
         "scaling of features, kept in the model: auto (8-bit pixels as pixel, anything else as standard), none, "
         "minmax, standard or pixel (/255)", NULL, &o->has_scale},
        {NULL, NULL, NULL, NULL, "Network:", NULL, NULL},
        {"hidden", &clmlp_cli_hidden, &o->hidden, "N[,N...]", "units of the hidden layers; '' for no hidden layer",
         NULL, &o->has_hidden},
        {"activation", &clmlp_cli_train_activation, &o->activation, "NAME",
         "activation of the hidden layers: sigmoid, tanh, relu or linear", NULL, &o->has_activation},
        {"output", &clmlp_cli_output, &o->output, "NAME",
         "output layer and cost: sigmoid (one-vs-all cross-entropy), softmax (cross-entropy) or linear (squared "
         "error, real targets)", NULL, &o->has_output},
        {"init", &clmlp_cli_text, &o->init, "MODEL", "start from the theta, layers and scaling of this model file",
         "random theta", NULL},
        {NULL, NULL, NULL, NULL, "Training:", NULL, NULL},
        {"rate", &clmlp_cli_positive, &o->config.rate, "ALPHA", "learning rate, > 0", NULL, NULL},
        {"lambda", &clmlp_cli_non_negative, &o->config.lambda, "LAMBDA", "L2 regularisation of the weights, >= 0", NULL,
         NULL},
        {"epochs", &clmlp_cli_count, &o->config.epochs, "N", "passes over the training data", NULL, NULL},
        {"batch", &clmlp_cli_batch, &o->config.batch, "N", "examples per step, or full for all", batch, &o->has_batch},
        {"seed", &clmlp_cli_seed, &o->config.seed, "N", "seed of the random theta and of the order of examples",
         NULL, NULL},
        {"no-shuffle", NULL, &o->no_shuffle, NULL, "take examples in file order, not in a new order each epoch",
         NULL, NULL},
        {"optimizer", &clmlp_cli_optimizer, &o->config.optimizer, "NAME",
         "how theta is updated: sgd (gradient descent)", NULL, NULL},
        CLMLP_CLI_DEVICE_ROWS(o->device),
        CLMLP_CLI_SELF_CHECK_ROWS(o->check),
        {NULL, NULL, NULL, NULL, "Output:", NULL, NULL},
        {"model", &clmlp_cli_text, &o->model, "FILE", "where to write the model", NULL, NULL},
        {"history", &clmlp_cli_text, &o->config.history_path, "FILE",
         "write one JSON object a line per epoch: epoch, cost, accuracy, validation cost and accuracy, seconds", "none",
         NULL},
        CLMLP_CLI_OUTPUT_ROWS(o->out),
    };
    const clmlp_cli_syntax syntax = {
        COMMAND, "DATA",
        "DATA: CSV or TSV text, MNIST's IDX or NumPy's NPY, each also with .gz; one\n"
        "example a row. Ctrl-C ends training early and keeps the model.\n\n"
        "  clmlp train train.csv --test test.csv --hidden 100 --rate 0.5 --epochs 20\n"
        "  clmlp train train-images-idx3-ubyte.gz --labels train-labels-idx1-ubyte.gz\n",
        options, sizeof options / sizeof options[0]};
    if (!clmlp_cli_parse(arguments, &syntax, argc, argv, status)) return false;
    o->data = arguments->positional[0];
    o->config.shuffle = !o->no_shuffle;
    return true;
}

/* The file of a wrong step, which must be none of those that are read or written. */
static bool check_bundle(train_options *o, int *status)
{
    const char *const others[] = {o->data, o->load.labels_path, o->test,  o->test_labels,
                                  o->init, o->model,            o->config.history_path};
    const bool named = o->check.config.bundle != NULL;
    const char *const complaint = clmlp_cli_self_check_prepare(&o->check, o->model);
    if (complaint != NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "--on-mismatch '%s': %s",
                                        clmlp_on_mismatch_name(o->check.config.on_mismatch), complaint);
        return false;
    }
    return !named || clmlp_cli_check_output(COMMAND, "--bundle", o->check.config.bundle, others,
                                            sizeof others / sizeof others[0], status);
}

static bool check(train_options *o, int *status)
{
    if (o->test_labels != NULL && o->test == NULL) {
        *status = clmlp_cli_usage_error(COMMAND, "--test-labels '%s': there is no --test", o->test_labels);
        return false;
    }
    const char *const inputs[] = {o->data, o->load.labels_path, o->test, o->test_labels};
    enum { INPUTS = sizeof inputs / sizeof inputs[0] };
    if (!clmlp_cli_check_output(COMMAND, "--model", o->model, inputs, INPUTS, status)) return false;
    if (!check_bundle(o, status)) return false;
    if (o->config.history_path == NULL) return true;
    if (strcmp(o->config.history_path, o->model) == 0) {
        *status = clmlp_cli_usage_error(COMMAND, "--history '%s': is also the file of --model", o->model);
        return false;
    }
    /* the model that training starts from may be written over by its continuation, not by a history */
    const char *const more[] = {o->data, o->load.labels_path, o->test, o->test_labels, o->init};
    return clmlp_cli_check_output(COMMAND, "--history", o->config.history_path, more, INPUTS + 1, status);
}

/* --- taking everything in -------------------------------------------------------------------------------- */

/* A network option that says something else than the model of --init. */
static bool contradicts(const train_options *o, const clmlp_model *model, int *status)
{
    char layers[512];
    clmlp_cli_topology(model, layers, sizeof layers);
    const size_t hidden = clmlp_model_layers(model) - 2;
    bool same_layers = !o->has_hidden || hidden == o->hidden.count;
    for (size_t i = 0; o->has_hidden && same_layers && i < hidden; i++) {
        same_layers = clmlp_model_units(model, i + 2) == o->hidden.units[i];
    }
    const char *option = NULL, *model_has = NULL;
    if (!same_layers) {
        option = "--hidden";
        model_has = layers;
    } else if (o->has_activation && hidden > 0 && clmlp_model_activation(model) != o->activation) {
        option = "--activation";
        model_has = clmlp_activation_name(clmlp_model_activation(model));
    } else if (o->has_output && clmlp_model_output(model) != o->output) {
        option = "--output";
        model_has = clmlp_output_name(clmlp_model_output(model));
    } else if (o->has_scale && o->scale != CLMLP_SCALE_AUTO && clmlp_model_scale(model) != o->scale) {
        option = "--scale";
        model_has = clmlp_scale_name(clmlp_model_scale(model));
    }
    if (option == NULL) return false;
    *status = clmlp_cli_usage_error(COMMAND, "%s: contradicts --init '%s', which has %s; leave it out", option, o->init,
                                    model_has);
    return true;
}

static clmlp_status load_test(const train_options *o, train_run *run, clmlp_error *error)
{
    clmlp_load_options load = o->load;
    load.labels_path = o->test_labels;
    if (load.labels_path != NULL) load.target = NULL;
    return clmlp_cli_load_for_model(&run->test, o->test, &load, run->model, error);
}

/* Training data, then the model: a new one for the data, or the one of --init with data that suits it. */
static clmlp_status load_and_create(const train_options *o, train_run *run, int *status, clmlp_error *error)
{
    clmlp_status result;
    if (o->init == NULL) {
        clmlp_load_options load = o->load;
        load.target_kind = o->output == CLMLP_OUTPUT_LINEAR ? CLMLP_TARGET_VALUES : CLMLP_TARGET_CLASSES;
        result = clmlp_dataset_load(&run->train, o->data, &load, error);
        if (result != CLMLP_OK) return result;
        result = clmlp_model_create_for(&run->model, run->train, o->hidden.units, o->hidden.count, o->activation,
                                        o->output, o->config.seed, error);
        return result != CLMLP_OK ? result : clmlp_model_fit_scaling(run->model, run->train, o->scale, error);
    }
    const clmlp_model_hints hints = {o->has_activation, o->has_output, o->activation, o->output};
    result = clmlp_model_load(&run->model, o->init, &hints, error);
    if (result != CLMLP_OK) return result;
    if (contradicts(o, run->model, status)) return CLMLP_OK;
    return clmlp_cli_load_for_model(&run->train, o->data, &o->load, run->model, error);
}

/* Everything that training needs; also the checks that need the data. */
static bool take_in(train_options *o, train_run *run, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    *status = CLMLP_CLI_DONE;
    run->startup.entered = clmlp_cli_seconds();
    clmlp_status result = load_and_create(o, run, status, &error);
    if (*status != CLMLP_CLI_DONE) return false;
    if (result == CLMLP_OK && o->test != NULL) result = load_test(o, run, &error);
    if (result != CLMLP_OK) {
        *status = clmlp_cli_fail(&error, true);
        return false;
    }
    const size_t m = clmlp_dataset_examples(run->train);
    if (o->config.batch > m && o->has_batch) {
        *status = clmlp_cli_usage_error(
            COMMAND, "--batch '%zu': there are only %zu training examples (full takes them all)", o->config.batch, m);
        return false;
    }
    if (o->config.batch > m) o->config.batch = 0;
    run->startup.loaded = clmlp_cli_seconds();
    clmlp_cli_shape(run->model, o->config.batch != 0 ? o->config.batch : m, run->shape, sizeof run->shape);
    o->device.shape = run->shape;
    result = clmlp_device_open(&run->device, &o->device, &error);
    if (result != CLMLP_OK) *status = clmlp_cli_fail(&error, true);
    return result == CLMLP_OK;
}

static void note_plan(const train_options *o, const train_run *run)
{
    clmlp_cli_note_data("training data", o->data, run->train);
    if (run->test != NULL) clmlp_cli_note_data("test data", o->test, run->test);
    clmlp_cli_note_model(run->model);
    clmlp_cli_note_device(run->device);
    char batch[32] = "full batch";
    if (o->config.batch != 0) (void)snprintf(batch, sizeof batch, "batches of %zu", o->config.batch);
    clmlp_cli_note("%s: %zu epoch%s, %s, rate %g, lambda %g, seed %llu%s", clmlp_optimizer_name(o->config.optimizer),
                   o->config.epochs, o->config.epochs == 1 ? "" : "s", batch, o->config.rate, o->config.lambda,
                   (unsigned long long)o->config.seed, o->config.shuffle ? "" : ", not shuffled");
    if (clmlp_model_layers(run->model) > 2 && clmlp_model_activation(run->model) == CLMLP_LINEAR) {
        clmlp_cli_note("warning: the hidden layers are linear, so the whole network is one linear map and can learn "
                       "no more than --hidden ''");
    }
}

/* --- interruption ---------------------------------------------------------------------------------------- */

static volatile sig_atomic_t interrupted;
static const char *volatile on_signal_text; /* NULL: say nothing */

/* The first signal asks training to stop; the next one has its usual effect. */
static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    const char *const text = on_signal_text;
    if (text != NULL && write(STDERR_FILENO, text, strlen(text)) < 0) return;
}

static void catch_signals(const clmlp_cli_progress *progress)
{
    /* the first character ends the line that is being redrawn */
    static const char text[] = "\nclmlp: stopping; the model will be saved (once more to quit at once)\n";
    on_signal_text = progress->quiet ? NULL : progress->terminal ? text : text + 1;
    /* whoever started this in the background may have it ignore SIGINT */
    if (signal(SIGINT, on_signal) == SIG_IGN) (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, on_signal);
}

/* --- training and its results ------------------------------------------------------------------------------ */

/* Save whatever training left, unless it never began; then say how it ended. */
static int finish(const train_options *o, const train_run *run, const clmlp_train_result *result, clmlp_status status,
                  const clmlp_error *error)
{
    clmlp_cli_train_report report = {.model = run->model, .device = run->device, .result = result, .status = status,
                                     .samples = clmlp_dataset_examples(run->train),
                                     .test_samples = run->test != NULL ? clmlp_dataset_examples(run->test) : 0,
                                     .data_path = o->data, .labels_path = o->load.labels_path,
                                     .test_path = o->test, .test_labels_path = o->test_labels,
                                     .check = o->check.config.every != 0 ? &o->check.result : NULL,
                                     .bundle_path = o->check.result.bundle_written ? o->check.config.bundle : NULL};
    const bool wrong = status == CLMLP_DIVERGED || status == CLMLP_MISMATCH;
    const bool ended = status == CLMLP_OK || wrong || status == CLMLP_INTERRUPTED;
    /* CLMLP_IO: only the history is lost */
    const bool worth_saving = ended || (status == CLMLP_IO && result->steps > 0);
    clmlp_error save_error = {.status = CLMLP_OK};
    const bool saved = worth_saving && clmlp_model_save(run->model, o->model, &save_error) == CLMLP_OK;
    if (saved) report.model_path = o->model;

    int code = CLMLP_CLI_DONE;
    if (status == CLMLP_DIVERGED) {
        clmlp_cli_error("%s", error->message);
        if (saved) clmlp_cli_error("the last model with a finite cost was written to %s", o->model);
        clmlp_cli_error("hint: try a smaller --rate (it was %g)", o->config.rate);
        code = CLMLP_CLI_DIVERGED;
    } else if (status == CLMLP_MISMATCH) {
        code = clmlp_cli_fail(error, false);
        if (saved) clmlp_cli_error("the model as it was before that step was written to %s", o->model);
    } else if (status == CLMLP_INTERRUPTED) {
        clmlp_cli_note("interrupted after %zu of %zu epochs, %zu steps", result->epochs, o->config.epochs,
                       result->steps);
        code = CLMLP_CLI_INTERRUPTED;
    } else if (status != CLMLP_OK) {
        code = clmlp_cli_fail(error, false);
        if (saved) clmlp_cli_error("the model was written to %s", o->model);
    }
    if (worth_saving && !saved) code = clmlp_cli_fail(&save_error, false);
    if (!ended) return code;
    if (o->out.json) return clmlp_cli_report_train_json(&report, code);
    if (!wrong) clmlp_cli_report_train(&report);
    return clmlp_cli_finish_output(code);
}

/* What the callbacks of training know; the progress is first, so that a pointer to one is a pointer to the other. */
typedef struct watcher {
    clmlp_cli_progress progress;
    const train_run *run;
} watcher;

static void report_startup(void *context)
{
    const train_run *const run = ((const watcher *)context)->run;
    clmlp_cli_startup_print(&run->startup, run->device, "first step, with transfers");
}

static int train(train_options *o, const train_run *run)
{
    watcher watching = {.run = run};
    clmlp_cli_progress *const progress = &watching.progress;
    clmlp_train_result result = {0};
    clmlp_error error = {.status = CLMLP_OK};
    o->config.on_epoch = clmlp_cli_progress_epoch;
    o->config.on_progress = clmlp_cli_progress_inside;
    o->config.on_first_step = o->out.verbose ? report_startup : NULL;
    o->config.context = &watching;
    o->config.interrupt = &interrupted;
    clmlp_cli_progress_begin(progress, o->config.epochs, o->out.quiet);
    catch_signals(progress);
    clmlp_status status = clmlp_cli_self_check_begin(&o->check, progress, &error);
    o->config.inspector = o->check.inspector;
    if (status == CLMLP_OK) {
        status = clmlp_train(run->model, run->device, run->train, run->test, &o->config, &result, &error);
    }
    clmlp_cli_progress_end(progress);
    clmlp_cli_self_check_end(&o->check, run->device);
    return finish(o, run, &result, status, &error);
}

int clmlp_cli_train(int argc, char **argv)
{
    int status;
    clmlp_cli_arguments arguments;
    train_options options = defaults();
    train_run run = {0};
    if (parse(&options, &arguments, argc, argv, &status) && check(&options, &status)) {
        clmlp_cli_set_quiet(options.out.quiet);
        if (take_in(&options, &run, &status)) {
            note_plan(&options, &run);
            status = train(&options, &run);
        }
    }
    clmlp_cli_self_check_free(&options.check);
    clmlp_device_close(run.device);
    clmlp_model_destroy(run.model);
    clmlp_dataset_destroy(run.test);
    clmlp_dataset_destroy(run.train);
    clmlp_cli_arguments_free(&arguments);
    return status;
}
