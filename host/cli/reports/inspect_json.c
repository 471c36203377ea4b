/* inspect_json.c - what is in a file, as JSON. */
#include <math.h>
#include <stdlib.h>

#include "message.h"
#include "json_memory.h"
#include "reports/inspect.h"
#include "reports/report.h"

/* A text that may be missing. */
static void add_text(cJSON *object, const char *key, const char *text)
{
    (void)clmlp_cli_json_put(object, key, text != NULL ? clmlp_cli_json_text(text) : cJSON_CreateNull());
}

/* What indices of svmlight text are counted from; null: there are none. */
static void add_base(cJSON *object, clmlp_index_base base)
{
    if (base == CLMLP_INDEX_BASE_AUTO) (void)cJSON_AddNullToObject(object, "index_base");
    else (void)cJSON_AddNumberToObject(object, "index_base", base == CLMLP_INDEX_BASE_ONE ? 1.0 : 0.0);
}

/* --- data ------------------------------------------------------------------------------------------------------ */

static void add_range(cJSON *object, const clmlp_column_summary *column)
{
    char text[32];
    if (column->kind == CLMLP_COLUMN_DATE && column->distinct > 0) {
        add_text(object, "min", clmlp_cli_format_date(text, column->least, true));
        add_text(object, "max", clmlp_cli_format_date(text, column->most, true));
        add_text(object, "median", clmlp_cli_format_date(text, column->median, true));
        return;
    }
    (void)cJSON_AddNumberToObject(object, "min", column->least); /* NaN becomes null */
    (void)cJSON_AddNumberToObject(object, "max", column->most);
    (void)cJSON_AddNumberToObject(object, "mean", column->mean);
    (void)cJSON_AddNumberToObject(object, "deviation", column->deviation);
    (void)cJSON_AddNumberToObject(object, "median", column->median);
}

/* Names of the features of column j. */
static void add_features(cJSON *object, const clmlp_columns *columns, size_t j)
{
    cJSON *const names = cJSON_AddArrayToObject(object, "features");
    for (size_t f = 0; f < clmlp_columns_features(columns, j); f++) {
        char *name = NULL;
        if (clmlp_columns_feature_name(columns, j, f, &name, NULL) != CLMLP_OK) {
            clmlp_cli_lose("the name of a feature");
            continue;
        }
        (void)clmlp_cli_json_append(names, clmlp_cli_json_text(name));
        clmlp_free(name);
    }
}

static cJSON *column_of(const clmlp_description *description, size_t j)
{
    enum { MOST_LEVELS = 1000 };
    const clmlp_columns *const columns = clmlp_dataset_columns(clmlp_description_dataset(description));
    clmlp_column_summary column = {.size = sizeof column};
    cJSON *const object = cJSON_CreateObject();
    if (clmlp_description_column(description, j, &column, NULL) != CLMLP_OK) return object;
    add_text(object, "name", column.name);
    (void)cJSON_AddNumberToObject(object, "number", (double)(column.number > 0 ? column.number : j + 1));
    (void)cJSON_AddStringToObject(object, "kind", clmlp_column_kind_name(column.kind));
    (void)cJSON_AddNumberToObject(object, "missing", (double)column.missing);
    (void)cJSON_AddNumberToObject(object, "distinct", (double)column.distinct);
    if (columns != NULL) add_features(object, columns, j);
    if (column.kind != CLMLP_COLUMN_CATEGORICAL) add_range(object, &column);
    if (clmlp_description_level(description, j, 0, NULL) == NULL) return object;
    cJSON *const levels = cJSON_AddArrayToObject(object, "levels");
    for (size_t k = 0, count = 0; k < column.distinct && k < MOST_LEVELS; k++) {
        cJSON *const level = cJSON_CreateObject();
        add_text(level, "text", clmlp_description_level(description, j, k, &count));
        (void)cJSON_AddNumberToObject(level, "count", (double)count);
        (void)clmlp_cli_json_append(levels, level);
    }
    return object;
}

static void add_classes(cJSON *object, const clmlp_dataset *dataset)
{
    cJSON *const classes = cJSON_AddArrayToObject(object, "classes");
    size_t *const counts = clmlp_cli_class_counts(dataset);
    for (size_t k = 0; counts != NULL && k < clmlp_dataset_outputs(dataset); k++) {
        cJSON *const one = cJSON_CreateObject();
        add_text(one, "class", clmlp_dataset_class_name(dataset, k));
        (void)cJSON_AddNumberToObject(one, "count", (double)counts[k]);
        (void)cJSON_AddNumberToObject(one, "share", (double)counts[k] / (double)clmlp_dataset_examples(dataset));
        (void)clmlp_cli_json_append(classes, one);
    }
    free(counts);
}

/* task: "classify", "regress", "ask", or null where there are no targets. */
static void add_target(cJSON *object, const clmlp_description *description)
{
    const clmlp_dataset *const dataset = clmlp_description_dataset(description);
    const clmlp_target_kind kind = clmlp_dataset_target_kind(dataset);
    const char *const question = clmlp_description_question(description);
    cJSON *const target = cJSON_AddObjectToObject(object, "target");
    add_text(target, "name", clmlp_dataset_target(dataset));
    const bool labels = clmlp_dataset_is_sparse(dataset) && kind == CLMLP_TARGET_VALUES &&
                        clmlp_dataset_output_name(dataset, 0) != NULL; /* sparse text has names of labels alone */
    add_text(target, "task", question != NULL                ? "ask"
                             : labels                        ? "classify"
                             : kind == CLMLP_TARGET_CLASSES ? "classify"
                             : kind == CLMLP_TARGET_VALUES  ? "regress"
                                                            : NULL);
    add_text(target, "question", question);
    if (kind == CLMLP_TARGET_CLASSES) add_classes(target, dataset);
    if (kind != CLMLP_TARGET_VALUES) return;
    cJSON *const values = cJSON_AddArrayToObject(target, "values");
    for (size_t k = 0; k < clmlp_dataset_outputs(dataset); k++) {
        clmlp_column_summary column = {.size = sizeof column};
        cJSON *const one = clmlp_cli_json_append(values, cJSON_CreateObject());
        add_text(one, labels ? "label" : "name", clmlp_dataset_output_name(dataset, k));
        if (clmlp_description_target(description, k, &column, NULL) == CLMLP_OK) add_range(one, &column);
    }
}

static void add_findings(cJSON *object, const clmlp_description *description)
{
    cJSON *const findings = cJSON_AddArrayToObject(object, "findings");
    clmlp_data_finding finding = {.size = sizeof finding};
    for (size_t i = 0; i < clmlp_description_findings(description); i++) {
        cJSON *const one = clmlp_cli_json_append(findings, cJSON_CreateObject());
        if (clmlp_description_finding(description, i, &finding, NULL) != CLMLP_OK) continue;
        add_text(one, "kind", clmlp_data_finding_name(finding.kind));
        (void)cJSON_AddNumberToObject(one, "count", (double)finding.count);
        add_text(one, "place", finding.place);
        add_text(one, "text", finding.text);
        add_text(one, "advice", finding.advice);
    }
}

int clmlp_cli_report_data_json(const char *path, const char *test_path, const clmlp_description *description)
{
    const clmlp_dataset *const dataset = clmlp_description_dataset(description);
    const bool pixels = clmlp_description_pixels(description), sparse = clmlp_dataset_is_sparse(dataset);
    clmlp_column_summary values = {.size = sizeof values};
    cJSON *const object = cJSON_CreateObject();
    add_text(object, "file", path);
    (void)cJSON_AddStringToObject(object, "holds", "data");
    add_text(object, "form", clmlp_description_form(description));
    (void)cJSON_AddNumberToObject(object, "rows", (double)clmlp_description_rows(description));
    (void)cJSON_AddNumberToObject(object, "samples", (double)clmlp_dataset_examples(dataset));
    (void)cJSON_AddNumberToObject(object, "features", (double)clmlp_dataset_features(dataset));
    (void)cJSON_AddBoolToObject(object, "pixels", pixels);
    (void)cJSON_AddBoolToObject(object, "sparse", sparse);
    add_base(object, clmlp_dataset_index_base(dataset));
    if ((pixels || sparse) && clmlp_description_values(description, &values, NULL) == CLMLP_OK) {
        cJSON *const range = cJSON_AddObjectToObject(object, "values");
        (void)cJSON_AddNumberToObject(range, "min", values.least);
        (void)cJSON_AddNumberToObject(range, "max", values.most);
        (void)cJSON_AddNumberToObject(range, "mean", values.mean);
        (void)cJSON_AddNumberToObject(range, "vary", (double)values.distinct);
    }
    if (!pixels && (!sparse || clmlp_description_columns(description) > 0)) {
        cJSON *const columns = cJSON_AddArrayToObject(object, "columns");
        for (size_t j = 0; j < clmlp_description_columns(description); j++) {
            (void)clmlp_cli_json_append(columns, column_of(description, j));
        }
    }
    add_target(object, description);
    add_text(object, "test", test_path);
    add_findings(object, description);
    return clmlp_cli_json_print(object, CLMLP_CLI_DONE);
}

/* --- models ---------------------------------------------------------------------------------------------------- */

static void add_model_columns(cJSON *object, const clmlp_columns *columns)
{
    cJSON *const list = columns != NULL ? cJSON_AddArrayToObject(object, "columns")
                                        : cJSON_AddNullToObject(object, "columns");
    for (size_t j = 0; j < clmlp_columns_count(columns); j++) {
        cJSON *const one = clmlp_cli_json_append(list, cJSON_CreateObject());
        add_text(one, "name", clmlp_columns_name(columns, j));
        (void)cJSON_AddStringToObject(one, "kind", clmlp_column_kind_name(clmlp_columns_kind(columns, j)));
        (void)cJSON_AddBoolToObject(one, "missing", clmlp_columns_missing(columns, j));
        add_features(one, columns, j);
        if (clmlp_columns_kind(columns, j) != CLMLP_COLUMN_CATEGORICAL) continue;
        cJSON *const levels = cJSON_AddArrayToObject(one, "levels");
        for (size_t k = 0; k < clmlp_columns_levels(columns, j); k++) {
            (void)clmlp_cli_json_append(levels, clmlp_cli_json_text(clmlp_columns_level(columns, j, k)));
        }
    }
}

/* names [count]; NULL: null. */
static void add_names(cJSON *object, const char *key, const char *const *names, size_t count)
{
    cJSON *const list = names != NULL ? cJSON_AddArrayToObject(object, key) : cJSON_AddNullToObject(object, key);
    for (size_t k = 0; names != NULL && k < count; k++) {
        (void)clmlp_cli_json_append(list, clmlp_cli_json_text(names[k]));
    }
}

static void add_network(cJSON *object, const clmlp_cli_model_report *report)
{
    const clmlp_model *const model = report->model;
    const size_t L = clmlp_model_layers(model);
    cJSON *const layers = cJSON_AddArrayToObject(object, "layers");
    for (size_t l = 1; l <= L; l++) {
        (void)clmlp_cli_json_append(layers, cJSON_CreateNumber((double)clmlp_model_units(model, l)));
    }
    (void)cJSON_AddNumberToObject(object, "members", (double)clmlp_model_members(model));
    (void)cJSON_AddNumberToObject(object, "parameters", (double)clmlp_model_parameters(model));
    add_text(object, "activation", report->lacks_activation || L == 2 ? NULL
                                                                      : clmlp_activation_name(
                                                                            clmlp_model_activation(model)));
    add_text(object, "output", report->lacks_output ? NULL : clmlp_output_name(clmlp_model_output(model)));
    add_text(object, "scale", clmlp_scale_name(clmlp_model_scale(model)));
    add_text(object, "target_scale", clmlp_scale_name(clmlp_model_target_scale(model)));
    add_text(object, "target", clmlp_model_target(model)[0] != '\0' ? clmlp_model_target(model) : NULL);
    add_names(object, "classes", clmlp_model_class_names(model), clmlp_model_units(model, L));
    add_names(object, "outputs", clmlp_model_output_names(model), clmlp_model_units(model, L));
    add_base(object, clmlp_model_index_base(model));
    add_model_columns(object, clmlp_model_columns(model));
}

/* Texts as they are in the file, and the options of its command line. */
static void add_run(cJSON *object, const clmlp_model_file *file)
{
    cJSON *const run = cJSON_AddObjectToObject(object, "checkpoint");
    const char *name, *const options = clmlp_model_file_text(file, "clmlp.checkpoint.note");
    char key[96];
    for (size_t i = 0; (name = clmlp_cli_checkpoint_fact(file, &i)) != NULL;) {
        (void)snprintf(key, sizeof key, "clmlp.checkpoint.%s", name);
        add_text(run, name, clmlp_model_file_text(file, key));
    }
    cJSON *const parsed = options != NULL ? cJSON_Parse(options) : NULL;
    (void)clmlp_cli_json_put(run, "options", parsed != NULL ? parsed : cJSON_CreateNull());
}

int clmlp_cli_report_model_json(const clmlp_cli_model_report *report)
{
    cJSON *const object = cJSON_CreateObject();
    add_text(object, "file", report->path);
    (void)cJSON_AddStringToObject(object, "holds", report->checkpoint ? "checkpoint" : "model");
    add_text(object, "version", clmlp_model_file_text(report->file, "clmlp.version"));
    add_text(object, "format_version", clmlp_model_file_text(report->file, "clmlp.format_version"));
    add_text(object, "lambda", clmlp_model_file_text(report->file, "clmlp.lambda"));
    add_text(object, "seed", clmlp_model_file_text(report->file, "clmlp.seed"));
    if (report->model != NULL) add_network(object, report);
    if (report->checkpoint) add_run(object, report->file);
    add_text(object, "complaint", report->complaint);
    clmlp_cli_lack lacks[CLMLP_CLI_LACKS];
    clmlp_cli_find_lacks(report, lacks);
    cJSON *const list = cJSON_AddArrayToObject(object, "lacks");
    for (size_t i = 0; i < CLMLP_CLI_LACKS && lacks[i].what != NULL; i++) {
        cJSON *const one = cJSON_CreateObject();
        add_text(one, "what", lacks[i].what);
        add_text(one, "option", lacks[i].option);
        (void)clmlp_cli_json_append(list, one);
    }
    cJSON *const tensors = cJSON_AddArrayToObject(object, "tensors");
    for (size_t i = 0; i < clmlp_model_file_tensors(report->file); i++) {
        cJSON *const one = cJSON_CreateObject();
        add_text(one, "name", clmlp_model_file_tensor(report->file, i));
        add_text(one, "type", clmlp_model_file_type(report->file, i));
        add_text(one, "shape", clmlp_model_file_shape(report->file, i));
        (void)clmlp_cli_json_append(tensors, one);
    }
    return clmlp_cli_json_print(object, CLMLP_CLI_DONE);
}

int clmlp_cli_report_bundle_json(const char *path, const clmlp_bundle_info *info)
{
    cJSON *const object = cJSON_CreateObject();
    add_text(object, "file", path);
    (void)cJSON_AddStringToObject(object, "holds", "bundle");
    add_text(object, "why", info->why);
    (void)cJSON_AddNumberToObject(object, "step", (double)info->step);
    (void)cJSON_AddNumberToObject(object, "samples", (double)info->M);
    add_text(object, "precision", clmlp_precision_name(info->precision));
    clmlp_cli_json_seed(object, info->seed);
    add_text(object, "device", info->device);
    add_text(object, "driver", info->driver);
    add_text(object, "engine", info->engine);
    add_text(object, "tiles", info->tiles);
    add_text(object, "version", info->version);
    return clmlp_cli_json_print(object, CLMLP_CLI_DONE);
}
