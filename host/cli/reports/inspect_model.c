/* inspect_model.c - a model file for people: the network, the data that it takes, and what the file does not say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "options/shared.h"
#include "reports/inspect.h"
#include "reports/table.h"
#include "terminal.h"

enum { COLUMNS = 40, TENSORS = 20, NAME = 24 };

void clmlp_cli_find_lacks(const clmlp_cli_model_report *report, clmlp_cli_lack lacks[CLMLP_CLI_LACKS])
{
    const clmlp_model *const model = report->model;
    size_t count = 0;
    for (size_t i = 0; i < CLMLP_CLI_LACKS; i++) lacks[i] = (clmlp_cli_lack){NULL, NULL};
    if (model == NULL) return;
    const bool sparse = clmlp_model_index_base(model) != CLMLP_INDEX_BASE_AUTO; /* no names, the label in front */
    const bool linear = !report->lacks_output && clmlp_model_output(model) == CLMLP_OUTPUT_LINEAR;
    if (report->lacks_activation) lacks[count++] = (clmlp_cli_lack){"hidden activation", "--activation NAME"};
    if (report->lacks_output) lacks[count++] = (clmlp_cli_lack){"output layer", "--output NAME"};
    if (clmlp_model_class_names(model) == NULL && clmlp_model_output_names(model) == NULL && !linear) {
        lacks[count++] = (clmlp_cli_lack){"names of classes", "--class-names NAME,... where the outputs are classes"};
    }
    if (clmlp_model_file_text(report->file, "clmlp.scale") == NULL) {
        lacks[count++] = (clmlp_cli_lack){"scaling of features", "none is applied: scale the data as for its training"};
    }
    if (!sparse && (clmlp_model_columns(model) == NULL || clmlp_columns_numbered(clmlp_model_columns(model)))) {
        lacks[count++] = (clmlp_cli_lack){"names of columns", "they are taken by position"};
    }
    if (clmlp_model_target(model)[0] == '\0' && !sparse) {
        lacks[count++] = (clmlp_cli_lack){"target column", "evaluate --target COL, or --labels FILE"};
    }
}

/* --- parts ------------------------------------------------------------------------------------------------------ */

static void print_fact(const char *what, const char *text)
{
    clmlp_cli_out("  %-12s ", what);
    clmlp_cli_print_wrapped(text, 15, 15, 4);
}

/* "a, b, c" of names [count], released with free(). */
static char *join(const char *const *names, size_t count, const char *before)
{
    size_t size = strlen(before) + 1, used = 0;
    for (size_t k = 0; k < count; k++) size += strlen(names[k]) + 2;
    char *const text = malloc(size);
    if (text == NULL) return NULL;
    used = (size_t)snprintf(text, size, "%s", before);
    for (size_t k = 0; k < count; k++) {
        used += (size_t)snprintf(text + used, size - used, "%s%s", k > 0 ? ", " : "", names[k]);
    }
    return text;
}

static void print_outputs(const clmlp_cli_model_report *report)
{
    const clmlp_model *const model = report->model;
    const char *const *const classes = clmlp_model_class_names(model);
    const char *const *const names = classes != NULL ? classes : clmlp_model_output_names(model);
    const size_t K = clmlp_model_units(model, clmlp_model_layers(model));
    const bool linear = clmlp_model_output(model) == CLMLP_OUTPUT_LINEAR;
    char text[96];
    print_fact("output", report->lacks_output ? "not said" : clmlp_output_name(clmlp_model_output(model)));
    if (names == NULL) return;
    (void)snprintf(text, sizeof text, "%zu: ", K);
    char *const list = join(names, K, text);
    if (list != NULL) print_fact(classes != NULL ? "classes" : linear ? "targets" : "labels", list);
    else clmlp_cli_lose("the names of outputs");
    free(list);
}

/* "standard" with its numbers where there is one target. */
static void print_scaling(const clmlp_model *model)
{
    double offset = 0.0, divisor = 1.0;
    char text[128];
    print_fact("scaling", clmlp_model_scale(model) == CLMLP_SCALE_PIXEL ? "pixel (/255)"
                                                                        : clmlp_scale_name(clmlp_model_scale(model)));
    if (clmlp_model_target_scale(model) != CLMLP_SCALE_STANDARD) return;
    (void)snprintf(text, sizeof text, "standard");
    if (clmlp_model_units(model, clmlp_model_layers(model)) == 1 &&
        clmlp_model_get_target_scaling(model, &offset, &divisor, NULL) == CLMLP_OK) {
        (void)snprintf(text, sizeof text, "standard: (y - %.6g) / %.6g", offset, divisor);
    }
    print_fact("of targets", text);
}

/* The type of theta; what a checkpoint has beside it may be wider. */
static const char *theta_type(const clmlp_model_file *file)
{
    size_t i = 0;
    while (i + 1 < clmlp_model_file_tensors(file) && strncmp(clmlp_model_file_tensor(file, i), "clmlp.", 6) == 0) i++;
    const char *const type = clmlp_model_file_type(file, i);
    return type != NULL ? type : "";
}

static void print_network(const clmlp_cli_model_report *report)
{
    const clmlp_model *const model = report->model;
    const char *const lambda = clmlp_model_file_text(report->file, "clmlp.lambda");
    const char *const seed = clmlp_model_file_text(report->file, "clmlp.seed");
    char layers[512], text[640];
    clmlp_cli_topology(model, layers, sizeof layers);
    (void)snprintf(text, sizeof text, "%s: %zu parameters, %s", layers, clmlp_model_parameters(model),
                   theta_type(report->file));
    print_fact("layers", text);
    if (clmlp_model_members(model) > 1) {
        (void)snprintf(text, sizeof text, "an ensemble of %zu such networks", clmlp_model_members(model));
        print_fact("members", text);
    }
    if (clmlp_model_layers(model) > 2) {
        print_fact("hidden", report->lacks_activation ? "not said"
                                                      : clmlp_activation_name(clmlp_model_activation(model)));
    }
    print_outputs(report);
    if (clmlp_model_target(model)[0] != '\0') print_fact("target", clmlp_model_target(model));
    if (clmlp_model_index_base(model) != CLMLP_INDEX_BASE_AUTO) {
        print_fact("indices", clmlp_model_index_base(model) == CLMLP_INDEX_BASE_ONE
                                  ? "of svmlight text, counted from 1" : "of svmlight text, counted from 0");
    }
    print_scaling(model);
    if (lambda != NULL) {
        (void)snprintf(text, sizeof text, "%.9g", strtod(lambda, NULL));
        print_fact("lambda", text);
    }
    if (seed != NULL) print_fact("seed", seed);
}

/* What a column may hold, into text [size]. */
static void list_column(const clmlp_columns *columns, size_t j, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    const size_t levels = clmlp_columns_levels(columns, j);
    for (size_t k = 0; k < levels && used < size; k++) {
        const char *const level = clmlp_columns_level(columns, j, k);
        used += (size_t)snprintf(text + used, size - used, "%s%s", k > 0 ? ", " : "", level);
    }
    if (clmlp_columns_missing(columns, j) && used < size) {
        (void)snprintf(text + used, size - used, "%smay be missing", used > 0 ? "; " : "");
    }
}

static void print_columns(const clmlp_model *model, bool all)
{
    const clmlp_columns *const columns = clmlp_model_columns(model);
    const size_t count = clmlp_columns_count(columns), shown = all || count <= COLUMNS ? count : COLUMNS;
    clmlp_cli_table table = {.columns = 4, .align = "llrl"};
    char name[256], content[1024];
    if (columns == NULL) {
        clmlp_cli_out("\ntakes %zu numbers a row, by position\n", clmlp_model_units(model, 1));
        return;
    }
    clmlp_cli_out("\ntakes %zu %s%s, %s\n", CLMLP_CLI_NUMBER(count, "column"),
                  clmlp_columns_numbered(columns) ? "by position; these are their numbers in the training data"
                                                  : "by name, in any order");
    static const char *const head[] = {"  column", "kind", "features", "holds"};
    for (size_t i = 0; i < 4; i++) clmlp_cli_table_add(&table, "%s", head[i]);
    for (size_t j = 0; j < shown; j++) {
        (void)snprintf(name, sizeof name, "%.200s", clmlp_columns_name(columns, j));
        clmlp_cli_text_cut(name, NAME);
        list_column(columns, j, content, sizeof content);
        clmlp_cli_text_cut(content, 50);
        clmlp_cli_table_add(&table, "  %s", name);
        clmlp_cli_table_add(&table, "%s", clmlp_column_kind_name(clmlp_columns_kind(columns, j)));
        clmlp_cli_table_add(&table, "%zu", clmlp_columns_features(columns, j));
        clmlp_cli_table_add(&table, "%s", content);
    }
    clmlp_cli_table_print(&table, 2, stdout);
    if (shown < count) clmlp_cli_out("  ... and %zu more columns; --all shows them\n", count - shown);
}

static void print_tensors(const clmlp_model_file *file, bool all)
{
    const size_t count = clmlp_model_file_tensors(file), shown = all || count <= TENSORS ? count : TENSORS;
    clmlp_cli_table table = {.columns = 3};
    char name[256];
    clmlp_cli_out("\n%zu %s%s\n", CLMLP_CLI_NUMBER(count, "tensor"));
    for (size_t i = 0; i < shown; i++) {
        (void)snprintf(name, sizeof name, "%.200s", clmlp_model_file_tensor(file, i));
        clmlp_cli_text_cut(name, 60);
        clmlp_cli_table_add(&table, "  %s", name);
        clmlp_cli_table_add(&table, "%s", clmlp_model_file_type(file, i));
        clmlp_cli_table_add(&table, "%s", clmlp_model_file_shape(file, i));
    }
    clmlp_cli_table_print(&table, 2, stdout);
    if (shown < count) clmlp_cli_out("  ... and %zu more; --all shows them\n", count - shown);
}

static void print_lacks(const clmlp_cli_model_report *report)
{
    clmlp_cli_lack lacks[CLMLP_CLI_LACKS];
    clmlp_cli_table table = {.columns = 2};
    clmlp_cli_find_lacks(report, lacks);
    if (lacks[0].what == NULL) return;
    clmlp_cli_out("\nthe file does not say\n");
    for (size_t i = 0; i < CLMLP_CLI_LACKS && lacks[i].what != NULL; i++) {
        clmlp_cli_table_add(&table, "  %s", lacks[i].what);
        clmlp_cli_table_add(&table, "%s", lacks[i].option);
    }
    clmlp_cli_table_print(&table, 2, stdout);
}

/* --- the run that a checkpoint is of ----------------------------------------------------------------------------- */

const char *clmlp_cli_checkpoint_fact(const clmlp_model_file *file, size_t *i)
{
    static const char front[] = "clmlp.checkpoint.";
    static const char *const hidden[] = {"note", "sha256", "history_sha256"};
    const char *key;
    while ((key = clmlp_model_file_key(file, (*i)++)) != NULL) {
        bool shown = strncmp(key, front, sizeof front - 1) == 0;
        for (size_t k = 0; k < sizeof hidden / sizeof hidden[0] && shown; k++) {
            shown = strcmp(key + sizeof front - 1, hidden[k]) != 0;
        }
        if (shown) break;
    }
    return key != NULL ? key + sizeof front - 1 : NULL;
}

static void print_run(const clmlp_model_file *file)
{
    clmlp_cli_table table = {.columns = 2};
    char key[96];
    const char *name;
    clmlp_cli_out("\nthe run that it is of\n");
    for (size_t i = 0; (name = clmlp_cli_checkpoint_fact(file, &i)) != NULL;) {
        (void)snprintf(key, sizeof key, "clmlp.checkpoint.%s", name);
        const char *const text = clmlp_model_file_text(file, key);
        clmlp_cli_table_add(&table, "  %s", name);
        clmlp_cli_table_add(&table, "%.200s", text[0] != '\0' ? text : "none");
    }
    clmlp_cli_table_print(&table, 2, stdout);
    const char *const options = clmlp_model_file_text(file, "clmlp.checkpoint.note");
    if (options == NULL) return;
    clmlp_cli_out("  ");
    clmlp_cli_print_wrapped(options, 2, 2, 0);
}

void clmlp_cli_report_model(const clmlp_cli_model_report *report, bool all)
{
    const char *const version = clmlp_model_file_text(report->file, "clmlp.version");
    if (report->checkpoint) {
        clmlp_cli_print(stdout, "%s: a checkpoint of a training run, written by clmlp %s\n\n", report->path,
                        version != NULL ? version : "?");
    } else if (version != NULL) clmlp_cli_print(stdout, "%s: a model, written by clmlp %s\n\n", report->path, version);
    else clmlp_cli_print(stdout, "%s: a model file that clmlp did not write\n\n", report->path);
    if (report->model == NULL) {
        clmlp_cli_print_wrapped("no command of clmlp can take it:", 0, 0, 0);
        clmlp_cli_out("  ");
        clmlp_cli_print_wrapped(report->complaint, 2, 2, 0);
        print_tensors(report->file, all);
        return;
    }
    print_network(report);
    if (report->checkpoint) print_run(report->file);
    print_columns(report->model, all);
    print_lacks(report);
    if (report->checkpoint) clmlp_cli_print(stdout, "\nclmlp train DATA --resume %s goes on\n", report->path);
    else if (version != NULL) {
        clmlp_cli_out("\nhow it was trained, and on which data, is said by a checkpoint (train --checkpoint FILE)\n");
    }
}

void clmlp_cli_report_bundle(const char *path, const clmlp_bundle_info *info)
{
    char text[1024];
    clmlp_cli_print(stdout, "%s: one training step (a bundle), saved by clmlp %s\n\n", path, info->version);
    print_fact("why", info->why);
    (void)snprintf(text, sizeof text, "%zu, of %zu example%s, %s, seed %llu", info->step, info->M,
                   info->M == 1 ? "" : "s", clmlp_precision_name(info->precision), (unsigned long long)info->seed);
    print_fact("step", text);
    (void)snprintf(text, sizeof text, "%s (%s), engine %s, tiles %s", info->device, info->driver, info->engine,
                   info->tiles);
    print_fact("device", text);
    clmlp_cli_print(stdout, "\nclmlp verify --replay %s does it again\n", path);
}
