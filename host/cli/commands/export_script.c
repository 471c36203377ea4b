/* export_script.c - clmlp export --script: a training for PyTorch, scikit-learn or Octave. */
#include "commands/export_script.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "commands/commands.h"
#include "json_memory.h"
#include "message.h"
#include "options/options.h"
#include "options/shared.h"
#include "reports/report.h"

clmlp_cli_export_script clmlp_cli_export_script_default(void)
{
    const clmlp_train_config training = clmlp_train_config_default();
    clmlp_cli_export_script s = {.options = clmlp_script_options_default()};
    s.options.rate = training.rate;
    s.options.momentum = training.momentum;
    s.options.beta1 = training.beta1;
    s.options.epsilon = training.epsilon;
    s.options.weight_decay = training.weight_decay;
    s.options.batch = training.batch;
    s.options.epochs = training.epochs;
    s.options.seed = training.seed;
    return s;
}

bool clmlp_cli_export_script_check(const char *command, clmlp_cli_export_script *s, int *status)
{
    const clmlp_cli_method_choice *const method = &s->rule.method;
    const bool any = s->path != NULL || s->data != NULL || s->has_batch || s->has_epochs || s->has_seed ||
                     s->no_shuffle || s->has_lambda || s->rule.optimizer ||
                     clmlp_cli_given_rule_option(&s->rule) != NULL;
    if (!s->wanted && any) {
        *status = clmlp_cli_usage_error(command, "--out, --data, --optimizer and its numbers, --rate, --lambda, "
                                        "--epochs, --batch, --seed and --no-shuffle: are for --script");
        return false;
    }
    if (s->wanted && (s->path == NULL || s->data == NULL)) {
        *status = clmlp_cli_usage_error(command, "%s", s->path == NULL
                                        ? "--script: where to? say --out FILE"
                                        : "--script: trains on what? say --data DATA");
        return false;
    }
    if (method->minimiser != CLMLP_NO_MINIMISER) {
        *status = clmlp_cli_usage_error(command, "--optimizer %s: no script has it: the line searches of other "
                                        "programs take other steps", clmlp_minimiser_name(method->minimiser));
        return false;
    }
    s->options.optimizer = method->optimizer;
    return clmlp_cli_check_rule(command, method->optimizer, &s->rule, status);
}

/* Where the data go. False: the name is too long, and writing will say so. */
static bool name_data(char name[PATH_MAX], const char *path)
{
    const int length = snprintf(name, PATH_MAX, "%s.csv", path);
    return length > 0 && length < PATH_MAX;
}

bool clmlp_cli_export_script_check_output(const char *command, const clmlp_cli_export_script *s, const char *model,
                                          bool json, int *status)
{
    const char *const inputs[] = {model, s->data};
    char beside[PATH_MAX];
    if (!clmlp_cli_check_output(command, "--out", s->path, inputs, 2, status)) return false;
    return (!name_data(beside, s->path) || clmlp_cli_check_output(command, "--out", beside, inputs, 2, status)) &&
           clmlp_cli_check_claimed(command, json, status);
}

bool clmlp_cli_export_script_check_data(const char *command, const clmlp_cli_export_script *s, int *status)
{
    struct stat data, script;
    char beside[PATH_MAX];
    if (!name_data(beside, s->path) || stat(beside, &data) != 0) return true;
    if (!S_ISREG(data.st_mode) || data.st_size == 0) return true;
    /* the script itself is looked at by who asks */
    if (stat(s->path, &script) == 0 && S_ISREG(script.st_mode) && script.st_size > 0) return true;
    *status = clmlp_cli_usage_error(command, "--out '%s': its data would overwrite the file '%s': another name, or "
                                    "--overwrite", s->path, beside);
    return false;
}

static int report(const clmlp_cli_export_script *s, const clmlp_dataset *dataset, const char *model, bool json)
{
    const char *const there = clmlp_script_name(s->options.kind);
    clmlp_cli_yield_output();
    if (json) {
        cJSON *const object = cJSON_CreateObject();
        (void)clmlp_cli_json_put(object, "model", clmlp_cli_json_text(model));
        (void)cJSON_AddStringToObject(object, "script", there);
        (void)clmlp_cli_json_put(object, "out", clmlp_cli_json_text(s->path));
        (void)cJSON_AddNumberToObject(object, "samples", (double)clmlp_dataset_examples(dataset));
        return clmlp_cli_json_print(object, CLMLP_CLI_DONE);
    }
    clmlp_cli_out("%s: a script for %s; %s.csv: its data, %zu examples\n", s->path, there, s->path,
                  clmlp_dataset_examples(dataset));
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

/* The default rate and beta2 of the optimizer; a script has no factors of rates. */
static bool take_rule(clmlp_cli_export_script *s, const clmlp_model *model, int *status)
{
    const double *no_factors = NULL;
    bool fan_in = false;
    const clmlp_cli_rule_places places = {s->options.optimizer, &s->options.rate, &s->options.beta2, &no_factors,
                                          &fan_in};
    return clmlp_cli_take_rule("export", places, &s->rule, model, status);
}

int clmlp_cli_export_script_run(clmlp_cli_export_script *s, const clmlp_load_options *load, const clmlp_model *model,
                                const char *path, bool json)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_dataset *dataset = NULL;
    clmlp_load_options own = *load;
    int code = CLMLP_CLI_DONE;
    if (!take_rule(s, model, &code)) return code;
    char *const source = realpath(s->data, NULL);
    clmlp_script_options options = s->options;
    options.shuffle = !s->no_shuffle;
    options.source = source;
    own.asks_target = own.labels_path == NULL;
    clmlp_status status = clmlp_cli_load_for_model(&dataset, s->data, &own, model, &error);
    const bool loaded = status == CLMLP_OK;
    if (loaded) clmlp_cli_note_data("data", s->data, dataset);
    if (loaded) status = clmlp_script_save(model, path, dataset, s->path, &options, &error);
    code = status == CLMLP_OK ? report(s, dataset, path, json) : clmlp_cli_fail(&error, !loaded);
    clmlp_dataset_destroy(dataset);
    free(source);
    return code;
}
