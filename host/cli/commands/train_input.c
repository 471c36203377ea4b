/* train_input.c - what clmlp train works on: its data, those that are held out, the model. */
#include "commands/train_input.h"

#include <stdlib.h>

#include "commands/ensemble.h"
#include "message.h"
#include "options/network.h"
#include "options/shared.h"

static const char COMMAND[] = "train";

typedef clmlp_cli_train_options train_options;

clmlp_status clmlp_cli_load_held_out(const train_options *o, const clmlp_dataset *train, const clmlp_model *model,
                                     const char *path, const char *labels, clmlp_dataset **out, clmlp_error *error)
{
    const clmlp_columns *const columns = clmlp_model_columns(model);
    const char *const target = clmlp_dataset_target(train);
    clmlp_load_options load = o->network.load;
    if (path == NULL) return CLMLP_OK;
    load.labels_path = labels;
    if (load.labels_path != NULL) load.target = NULL;
    /* where names are known they say what is taken; numbers of the training file need not fit this one */
    if (columns != NULL) load.features = load.ignore = NULL;
    if (columns != NULL && !clmlp_columns_numbered(columns) && load.target != NULL && target != NULL) {
        load.target = target;
        load.target_is_name = true;
    }
    load.categorical = NULL; /* the model has it */
    load.skip_weights = true; /* scores count examples alike */
    return clmlp_cli_load_for_model(out, path, &load, model, error);
}

const char *clmlp_cli_train_preset_text(const train_options *o, const clmlp_model *model)
{
    return o->preset_text[clmlp_model_output(model) == CLMLP_OUTPUT_LINEAR];
}

/* A setting that numbers have alone, or another one. */
static void take_for_numbers(const train_options *o, const char *option, bool given, const clmlp_cli_type *type,
                             void *value)
{
    const char *const text = clmlp_cli_preset_value(o->preset, true, o->preset_case, option);
    if (!given && text != NULL) (void)type->parse(text, value);
}

/* What a preset sets by the data. */
static void take_preset(train_options *o, const clmlp_cli_train_input *in)
{
    const bool linear = clmlp_model_output(in->model) == CLMLP_OUTPUT_LINEAR;
    if (o->preset != CLMLP_CLI_PRESET_TABULAR) return;
    if (!o->has_epochs) o->config.epochs = clmlp_cli_tabular_epochs(clmlp_dataset_examples(in->train));
    if (!linear) return;
    if (!o->regularisation.smoothing) o->config.label_smoothing = 0.0;
    take_for_numbers(o, "dropout", o->regularisation.dropout, &clmlp_cli_probability_list, &o->regularisation.p);
    take_for_numbers(o, "ensemble-by", o->has_members_by, &clmlp_cli_members_by_type, &o->members_by);
}

/* Checks that need the number of examples. */
static bool check_sizes(train_options *o, size_t m, int *status)
{
    if (o->config.batch > m && o->has_batch) {
        *status = clmlp_cli_usage_error(
            COMMAND, "--batch '%zu': there are only %zu training examples (full takes them all)", o->config.batch, m);
        return false;
    }
    if (o->config.batch > m) o->config.batch = 0;
    if (o->has_folds && o->folds > m) {
        *status = clmlp_cli_usage_error(COMMAND, "--cross-validate '%zu': there are only %zu examples", o->folds, m);
        return false;
    }
    return true;
}

/* Other data than those of the checkpoint are refused before anything is said of the run. Members of folds have parts
 * of them, which are compared when they are made. */
static bool check_resumed_data(const train_options *o, const clmlp_cli_train_input *in, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    const char *const path = o->checkpoints.resume;
    if (path == NULL || (o->members > 1 && o->members_by == CLMLP_CLI_BY_FOLDS)) return true;
    if (clmlp_checkpoint_check_data(path, in->train, in->validation, &error) == CLMLP_OK) return true;
    *status = clmlp_cli_fail(&error, true);
    return false;
}

bool clmlp_cli_train_input_take(clmlp_cli_train_input *in, train_options *o, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    *status = CLMLP_CLI_DONE;
    const char *const begun_from = o->checkpoints.resume != NULL ? "--resume" : "--init";
    if (!clmlp_cli_take_network(COMMAND, begun_from, o->data, &o->network, o->config.seed, &in->train,
                                &in->validation, &in->model, status)) {
        return false;
    }
    take_preset(o, in);
    if (!clmlp_cli_train_options_check_best(o, true, status)) return false;
    if (!clmlp_cli_take_rule(COMMAND, CLMLP_CLI_RULE_PLACES(o->config), &o->rule, in->model, status)) return false;
    if (!clmlp_cli_check_regularisation(COMMAND, o->config.label_smoothing, &o->regularisation, in->model, status)) {
        return false;
    }
    o->config.dropout = o->regularisation.p.of;
    o->config.dropout_count = o->regularisation.p.count;
    clmlp_status result = clmlp_cli_load_held_out(o, in->train, in->model, o->validation.path, o->validation_labels,
                                                  &in->validation, &error);
    if (result == CLMLP_OK) {
        result = clmlp_cli_load_held_out(o, in->train, in->model, o->test, o->test_labels, &in->test, &error);
    }
    if (result != CLMLP_OK) {
        *status = clmlp_cli_fail(&error, true);
        return false;
    }
    return check_sizes(o, clmlp_dataset_examples(in->train), status) && clmlp_cli_ensemble_check(o, status) &&
           check_resumed_data(o, in, status);
}

void clmlp_cli_train_input_free(clmlp_cli_train_input *in)
{
    clmlp_model_destroy(in->model);
    clmlp_dataset_destroy(in->test);
    clmlp_dataset_destroy(in->validation);
    clmlp_dataset_destroy(in->train);
    *in = (clmlp_cli_train_input){NULL, NULL, NULL, NULL};
}

double clmlp_cli_train_operations(const clmlp_cli_train_input *in, const clmlp_train_config *config)
{
    const size_t layers = clmlp_model_layers(in->model);
    size_t *const units = calloc(layers, sizeof *units);
    if (units == NULL) return 0.0;
    for (size_t l = 0; l < layers; l++) units[l] = clmlp_model_units(in->model, l + 1);
    const double operations = clmlp_training_operations(units, layers, clmlp_dataset_examples(in->train), config->batch,
                                                        config->epochs);
    free(units);
    return operations;
}
