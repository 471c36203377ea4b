/* network.c - the options that describe a network, and their conflicts with a model file. */
#include "options/network.h"

#include "message.h"
#include "options/shared.h"
#include "options/task.h"
#include "options/weights.h"

clmlp_cli_network_options clmlp_cli_network_options_default(void)
{
    return (clmlp_cli_network_options){.load = clmlp_load_options_default(),
                               .hidden = {1, {25}},
                               .activation = CLMLP_SIGMOID,
                               .output = CLMLP_OUTPUT_SIGMOID,
                               .scale = CLMLP_SCALE_AUTO,
                               .target_scale = CLMLP_SCALE_AUTO};
}

/* A network option that says something else than the model file. */
static bool contradicts(const char *command, const char *option, const clmlp_cli_network_options *n,
                        const clmlp_model *model, int *status)
{
    char layers[512];
    clmlp_cli_topology(model, layers, sizeof layers);
    const size_t hidden = clmlp_model_layers(model) - 2;
    bool same_layers = !n->has_hidden || hidden == n->hidden.count;
    for (size_t i = 0; n->has_hidden && same_layers && i < hidden; i++) {
        same_layers = clmlp_model_units(model, i + 2) == n->hidden.units[i];
    }
    const char *other = NULL, *model_has = NULL;
    if (!same_layers) {
        other = "--hidden";
        model_has = layers;
    } else if (n->has_activation && hidden > 0 && clmlp_model_activation(model) != n->activation) {
        other = "--activation";
        model_has = clmlp_activation_name(clmlp_model_activation(model));
    } else if (clmlp_cli_task_complaint(n->task, true, clmlp_model_output(model)) != NULL) {
        other = "--task";
        model_has = clmlp_output_name(clmlp_model_output(model));
    } else if (n->has_output && clmlp_model_output(model) != n->output) {
        other = "--output";
        model_has = clmlp_output_name(clmlp_model_output(model));
    } else if (n->has_scale && n->scale != CLMLP_SCALE_AUTO && clmlp_model_scale(model) != n->scale) {
        other = "--scale";
        model_has = clmlp_scale_name(clmlp_model_scale(model));
    } else if (n->has_target_scale && n->target_scale != CLMLP_SCALE_AUTO &&
               clmlp_model_target_scale(model) != n->target_scale) {
        other = "--target-scale";
        model_has = clmlp_scale_name(clmlp_model_target_scale(model));
    }
    if (n->has_categorical) {
        *status = clmlp_cli_usage_error(command, "--categorical: the columns of %s '%s' have their kinds; leave it out",
                                        option, n->model);
        return true;
    }
    if (n->has_initialisation) {
        *status = clmlp_cli_usage_error(command, "--initialisation: theta comes from %s '%s'; leave it out", option,
                                        n->model);
        return true;
    }
    if (n->has_svmlight_features) {
        *status = clmlp_cli_usage_error(command, "--svmlight-features: %s '%s' has as many inputs as it has; leave it "
                                        "out", option, n->model);
        return true;
    }
    if (other == NULL) return false;
    *status = clmlp_cli_usage_error(command, "%s: contradicts %s '%s', which has %s; leave it out", other, option,
                                    n->model, model_has);
    return true;
}

/* Divide the data: *dataset becomes the rest. */
static clmlp_status hold_out(const clmlp_cli_network_options *n, uint64_t seed, clmlp_dataset **dataset,
                             clmlp_dataset **held_out, clmlp_error *error)
{
    clmlp_dataset *rest = NULL;
    if (!(n->held_out > 0.0)) return CLMLP_OK;
    const clmlp_status status = clmlp_dataset_split(*dataset, n->held_out, seed, held_out, &rest, error);
    if (status != CLMLP_OK) return status;
    clmlp_cli_tell_notes(*held_out);
    clmlp_dataset_destroy(*dataset);
    *dataset = rest;
    return CLMLP_OK;
}

/* Sparse data is not scaled unless it is asked for: say so, and what it would change. */
static void tell_scale(const clmlp_cli_network_options *n, const clmlp_dataset *dataset, const clmlp_model *model)
{
    if (!clmlp_dataset_is_sparse(dataset)) return;
    const clmlp_scale scale = clmlp_model_scale(model);
    if (n->scale == CLMLP_SCALE_AUTO) {
        clmlp_cli_tell("sparse features are not scaled (--scale auto); --scale minmax keeps zeros where nothing is "
                       "below 0");
    } else if (scale == CLMLP_SCALE_STANDARD) {
        clmlp_cli_tell("--scale standard moves the zeros of sparse features, so that none of them can be left out");
    }
}

static clmlp_status make(const char *path, const clmlp_cli_network_options *n, uint64_t seed, clmlp_dataset **dataset,
                         clmlp_dataset **held_out, clmlp_model **model, clmlp_error *error)
{
    clmlp_load_options load = n->load;
    load.target_kind = clmlp_cli_task_kind(n->task, n->has_output, n->output);
    clmlp_status result = clmlp_cli_load(dataset, path, &load, error);
    if (result != CLMLP_OK) return result;
    clmlp_output output = n->output;
    if (!n->has_output) result = clmlp_cli_task_output(n->task, *dataset, &output, error);
    if (result != CLMLP_OK) return result;
    clmlp_cli_task_note(*dataset, output, n->task == CLMLP_CLI_TASK_AUTO && !n->has_output);
    result = hold_out(n, seed, dataset, held_out, error);
    if (result == CLMLP_OK) result = clmlp_cli_make_model(n, output, seed, *dataset, model, error);
    if (result == CLMLP_OK) tell_scale(n, *dataset, *model);
    return result;
}

static clmlp_status load_model(const clmlp_cli_network_options *n, clmlp_model **model, clmlp_error *error)
{
    const clmlp_model_hints hints = {.size = sizeof hints, .has_activation = n->has_activation,
                                     .has_output = n->has_output, .activation = n->activation, .output = n->output};
    return clmlp_model_load(model, n->model, &hints, error);
}

clmlp_status clmlp_cli_make_model(const clmlp_cli_network_options *n, clmlp_output output, uint64_t seed,
                                  const clmlp_dataset *data, clmlp_model **model, clmlp_error *error)
{
    clmlp_status result;
    if (n->model != NULL) {
        result = load_model(n, model, error);
        return result == CLMLP_OK ? clmlp_cli_name_classes(*model, n->class_names, error) : result;
    }
    result = clmlp_model_create_for(model, data, n->hidden.units, n->hidden.count, n->activation, output, seed, error);
    if (result == CLMLP_OK && n->has_initialisation) {
        result = clmlp_model_initialise(*model, n->initialisation, seed, error);
    }
    if (result == CLMLP_OK) result = clmlp_model_fit_scaling(*model, data, n->scale, error);
    if (result == CLMLP_OK) result = clmlp_model_fit_target_scaling(*model, data, n->target_scale, error);
    return result;
}

bool clmlp_cli_take_network(const char *command, const char *option, const char *path,
                            const clmlp_cli_network_options *n, uint64_t seed, clmlp_dataset **dataset,
                            clmlp_dataset **held_out, clmlp_model **model, int *status)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_status result;
    const char *const complaint = clmlp_cli_task_complaint(n->task, n->has_output, n->output);
    if (complaint != NULL) {
        *status = clmlp_cli_usage_error(command, "--task and --output '%s': %s", clmlp_output_name(n->output),
                                        complaint);
        return false;
    }
    if (n->class_names != NULL && n->model == NULL) {
        *status = clmlp_cli_usage_error(command, "--class-names '%s': there is no %s", n->class_names, option);
        return false;
    }
    if (n->model == NULL) {
        result = make(path, n, seed, dataset, held_out, model, &error);
    } else {
        result = load_model(n, model, &error);
        if (result == CLMLP_OK && contradicts(command, option, n, *model, status)) return false;
        if (result == CLMLP_OK) result = clmlp_cli_name_classes(*model, n->class_names, &error);
        if (result == CLMLP_OK) result = clmlp_cli_load_for_model(dataset, path, &n->load, *model, &error);
        if (result == CLMLP_OK) clmlp_cli_task_note(*dataset, clmlp_model_output(*model), false);
        if (result == CLMLP_OK) result = hold_out(n, seed, dataset, held_out, &error);
    }
    if (result == CLMLP_OK) result = clmlp_cli_weigh_classes(*dataset, n->class_weights, &error);
    if (result != CLMLP_OK) *status = clmlp_cli_fail(&error, true);
    return result == CLMLP_OK;
}
