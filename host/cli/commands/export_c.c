/* export_c.c - clmlp export --c: a model as C, and what integers of 8 bits cost. */
#include "commands/export_c.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands/commands.h"
#include "json_memory.h"
#include "message.h"
#include "options/options.h"
#include "options/shared.h"
#include "reports/report.h"

/* What int8 does to predictions. */
typedef struct measured {
    clmlp_metric metric; /* COUNT: nothing was measured */
    size_t samples;
    double before, after, difference; /* of the metric; the largest of any output */
} measured;

/* The name of an option that says how data are read; NULL: none was given. */
static const char *data_option(const clmlp_cli_export_c *c)
{
    const struct {
        bool given;
        const char *name;
    } options[] = {{c->load.labels_path != NULL, "--labels"}, {c->load.target != NULL, "--target"},
                   {c->text.format, "--format"}, {c->text.index_base, "--index-base"}, {c->text.header, "--header"},
                   {c->text.delimiter, "--delimiter"}, {c->text.decimal, "--decimal"},
                   {c->has_missing_targets, "--missing-targets"}, {c->has_features, "--features"},
                   {c->has_ignore, "--ignore"}, {c->has_missing, "--missing"}, {c->has_texts, "--missing-values"},
                   {c->has_unseen, "--unseen"}};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (options[i].given) return options[i].name;
    }
    return NULL;
}

bool clmlp_cli_export_c_check(const char *command, const clmlp_cli_export_c *c, int *status)
{
    const char *wrong = NULL, *const reads = data_option(c);
    if (c->path == NULL && (c->has_name || (c->has_precision && !c->for_script) || c->options.int8)) {
        wrong = "--c-name and --int8: are for --c, --precision for --c and --script";
    } else if (c->options.int8 && c->measure == NULL) {
        wrong = "--int8: costs accuracy; say --measure DATA, data with targets, to be told how much";
    } else if (!c->options.int8 && c->measure != NULL) {
        wrong = "--measure: is for --int8";
    } else if (!c->options.int8 && !c->for_script && reads != NULL) {
        *status = clmlp_cli_usage_error(command, "%s: is for the data of --int8 and --script", reads);
        return false;
    }
    if (wrong != NULL) *status = clmlp_cli_usage_error(command, "%s", wrong);
    return wrong == NULL;
}

bool clmlp_cli_export_c_check_output(const char *command, const clmlp_cli_export_c *c, const char *model, bool json,
                                     int *status)
{
    const char *const inputs[] = {model, c->measure, c->load.labels_path};
    return clmlp_cli_check_output(command, "--c", c->path, inputs, 3, status) &&
           clmlp_cli_check_claimed(command, json, status);
}

/* --- int8 -------------------------------------------------------------------------------------------------------- */

/* The metric that tells how good a model is, and all h. */
static clmlp_status score(const clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset,
                          clmlp_metric *metric, double *value, double *h, clmlp_error *error)
{
    static const clmlp_metric metrics[] = {CLMLP_METRIC_ACCURACY, CLMLP_METRIC_EXACT_MATCH, CLMLP_METRIC_RMSE};
    clmlp_evaluation *evaluation = NULL;
    clmlp_status status = clmlp_evaluate(model, device, dataset, -1.0, &evaluation, error);
    for (size_t i = 0; status == CLMLP_OK && i < 3; i++) {
        if (!clmlp_metrics_has(evaluation->metrics, metrics[i])) continue;
        *metric = metrics[i];
        *value = clmlp_metrics_value(evaluation->metrics, metrics[i]);
        break;
    }
    clmlp_evaluation_destroy(evaluation);
    return status == CLMLP_OK ? clmlp_predict(model, device, dataset, h, error) : status;
}

/* Both models on the data; `model` is the quantised one then. */
static clmlp_status compare(clmlp_model *model, clmlp_device *device, const clmlp_dataset *dataset, measured *found,
                            clmlp_error *error)
{
    const size_t m = clmlp_dataset_examples(dataset), K = clmlp_model_units(model, clmlp_model_layers(model));
    double *const h = m <= SIZE_MAX / sizeof(double) / 2 / K ? malloc(2 * m * K * sizeof *h) : NULL;
    if (h == NULL) {
        *error = (clmlp_error){.status = CLMLP_OUT_OF_MEMORY, .message = "not enough memory for the predictions"};
        return error->status;
    }
    clmlp_status status = score(model, device, dataset, &found->metric, &found->before, h, error);
    if (status == CLMLP_OK) status = clmlp_c_quantise(model, error);
    if (status == CLMLP_OK) status = score(model, device, dataset, &found->metric, &found->after, h + m * K, error);
    for (size_t i = 0; status == CLMLP_OK && i < m * K; i++) {
        found->difference = fmax(found->difference, fabs(h[i] - h[m * K + i]));
    }
    found->samples = m;
    free(h);
    return status;
}

static clmlp_status measure(const clmlp_cli_export_c *c, clmlp_model *model, measured *found, clmlp_error *error)
{
    clmlp_dataset *dataset = NULL;
    clmlp_device *device = NULL;
    clmlp_device_options on_cpu = clmlp_device_options_default();
    clmlp_load_options load = c->load;
    on_cpu.spec = "cpu";
    on_cpu.precision = c->options.precision;
    load.asks_target = load.labels_path == NULL;
    clmlp_status status = clmlp_cli_load_for_model(&dataset, c->measure, &load, model, error);
    if (status == CLMLP_OK) status = clmlp_cli_open_device(&device, &on_cpu, NULL, 0, error);
    if (status == CLMLP_OK) clmlp_cli_note_data("data", c->measure, dataset);
    if (status == CLMLP_OK) status = compare(model, device, dataset, found, error);
    clmlp_device_close(device);
    clmlp_dataset_destroy(dataset);
    return status;
}

/* --- report ------------------------------------------------------------------------------------------------------ */

/* How much worse it is: of classes in points of the share, of numbers in their unit and of the error before. */
static double loss_of(const measured *found)
{
    return found->metric == CLMLP_METRIC_RMSE ? found->after - found->before : found->before - found->after;
}

static void report_loss(const measured *found)
{
    const double loss = loss_of(found);
    const char *const what = loss > 0.0 ? "loss" : loss < 0.0 ? "gain" : "no loss";
    clmlp_cli_out("  int8: %s", what);
    if (loss != 0.0) clmlp_cli_out(" of %.3g", fabs(loss));
    if (found->metric == CLMLP_METRIC_RMSE && loss != 0.0 && found->before > 0.0) {
        clmlp_cli_out(" (%.2g %%)", 100.0 * fabs(loss) / found->before);
    }
    clmlp_cli_out("; outputs differ by %.3g at most\n", found->difference);
}

static int report_json(const clmlp_cli_export_c *c, const char *model, const clmlp_c_result *result,
                       const measured *found)
{
    cJSON *const object = cJSON_CreateObject();
    (void)clmlp_cli_json_put(object, "model", clmlp_cli_json_text(model));
    (void)clmlp_cli_json_put(object, "c", clmlp_cli_json_text(c->path));
    (void)cJSON_AddNumberToObject(object, "bytes", (double)result->bytes);
    (void)cJSON_AddStringToObject(object, "precision", clmlp_precision_name(c->options.precision));
    (void)cJSON_AddBoolToObject(object, "int8", c->options.int8);
    (void)cJSON_AddStringToObject(object, "input", result->by_column ? "struct" : "array");
    (void)cJSON_AddNumberToObject(object, "inputs", (double)result->inputs);
    (void)cJSON_AddNumberToObject(object, "outputs", (double)result->outputs);
    (void)cJSON_AddNumberToObject(object, "theta_bytes", (double)result->theta_bytes);
    (void)cJSON_AddNumberToObject(object, "stack_bytes", (double)result->stack_bytes);
    if (found->metric == CLMLP_METRIC_COUNT) return clmlp_cli_json_print(object, CLMLP_CLI_DONE);
    (void)clmlp_cli_json_put(object, "measured_on", clmlp_cli_json_text(c->measure));
    (void)cJSON_AddNumberToObject(object, "samples", (double)found->samples);
    (void)cJSON_AddStringToObject(object, "metric", clmlp_metric_name(found->metric));
    (void)cJSON_AddNumberToObject(object, "before", found->before);
    (void)cJSON_AddNumberToObject(object, "after", found->after);
    (void)cJSON_AddNumberToObject(object, "loss", loss_of(found)); /* below 0: a gain */
    (void)cJSON_AddNumberToObject(object, "largest_difference", found->difference);
    return clmlp_cli_json_print(object, CLMLP_CLI_DONE);
}

static int report(const clmlp_cli_export_c *c, const char *model, const clmlp_c_result *result, const measured *found,
                  bool json)
{
    const char *const name = c->options.name;
    clmlp_cli_yield_output();
    if (json) return report_json(c, model, result, found);
    clmlp_cli_out("%s: C99, %llu bytes; theta %s%s, %llu bytes; %llu bytes of stack\n", c->path,
                  (unsigned long long)result->bytes, c->options.int8 ? "int8 and " : "",
                  clmlp_precision_name(c->options.precision), (unsigned long long)result->theta_bytes,
                  (unsigned long long)result->stack_bytes);
    clmlp_cli_out("  int %s_predict(const %s%s *row, double *outputs), %zu %s in, %zu outputs\n", name,
                  result->by_column ? name : "double", result->by_column ? "_row" : "", result->inputs,
                  result->by_column ? "columns" : "numbers", result->outputs);
    if (found->metric != CLMLP_METRIC_COUNT) {
        clmlp_cli_out("  int8 on %s, %zu examples: %s %.6g before, %.6g after\n", c->measure, found->samples,
                      clmlp_metric_name(found->metric), found->before, found->after);
        report_loss(found);
    }
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

int clmlp_cli_export_c_run(const clmlp_cli_export_c *c, clmlp_model *model, const char *path, bool json)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_c_result result = {.size = sizeof result};
    measured found = {.metric = CLMLP_METRIC_COUNT};
    /* measuring leaves the quantised model, whose integers and scales are the same again */
    if (c->options.int8 && measure(c, model, &found, &error) != CLMLP_OK) return clmlp_cli_fail(&error, true);
    if (clmlp_c_save(model, c->path, &c->options, &result, &error) != CLMLP_OK) return clmlp_cli_fail(&error, false);
    return report(c, path, &result, &found, json);
}
