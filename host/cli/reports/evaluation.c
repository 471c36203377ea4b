/* evaluation.c - results of clmlp evaluate: scores and the confusion matrix. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "json_memory.h"
#include "reports/metrics.h"
#include "reports/report.h"
#include "reports/table.h"

enum { MOST_CLASSES_IN_MATRIX = 30, LONGEST_ROW_NAME = 24, LONGEST_COLUMN_NAME = 8, NAME_SIZE = 256 };

/* Unweighted means over the classes. */
static clmlp_class_score macro_average(const clmlp_evaluation *evaluation)
{
    clmlp_class_score mean = {0.0, 0.0, 0.0, evaluation->samples};
    const double K = (double)evaluation->classes;
    for (size_t k = 0; k < evaluation->classes; k++) {
        mean.precision += evaluation->per_class[k].precision / K;
        mean.recall += evaluation->per_class[k].recall / K;
        mean.f1 += evaluation->per_class[k].f1 / K;
    }
    return mean;
}

/* Name of class k, into name [NAME_SIZE]; cut to `width` characters, 0: not cut. */
static const char *class_name(const char *const *names, size_t k, size_t width, char *name)
{
    if (names != NULL) (void)snprintf(name, NAME_SIZE, "%s", names[k]);
    else (void)snprintf(name, NAME_SIZE, "%zu", k);
    if (width > 0) clmlp_cli_text_cut(name, width);
    return name;
}

/* --- JSON -------------------------------------------------------------------------------------------------- */

static cJSON *json_name(const char *const *names, size_t k)
{
    char number[NAME_SIZE];
    return clmlp_cli_json_text(names != NULL ? names[k] : class_name(NULL, k, 0, number));
}

static void json_class_score(cJSON *object, const clmlp_class_score *score)
{
    (void)cJSON_AddNumberToObject(object, "precision", score->precision);
    (void)cJSON_AddNumberToObject(object, "recall", score->recall);
    (void)cJSON_AddNumberToObject(object, "f1", score->f1);
}

static void json_classes(cJSON *object, const clmlp_evaluation *evaluation, const char *const *names)
{
    const size_t K = evaluation->classes;
    cJSON *const classes = cJSON_AddArrayToObject(object, "classes");
    cJSON *const confusion = cJSON_AddArrayToObject(object, "confusion");
    cJSON *const per_class = cJSON_AddArrayToObject(object, "per_class");
    for (size_t k = 0; k < K; k++) {
        (void)clmlp_cli_json_append(classes, json_name(names, k));
        cJSON *const row = clmlp_cli_json_append(confusion, cJSON_CreateArray());
        for (size_t j = 0; j < K; j++) {
            (void)clmlp_cli_json_append(row, cJSON_CreateNumber((double)evaluation->confusion[k * K + j]));
        }
        cJSON *const score = clmlp_cli_json_append(per_class, cJSON_CreateObject());
        (void)clmlp_cli_json_put(score, "class", json_name(names, k));
        json_class_score(score, &evaluation->per_class[k]);
        (void)cJSON_AddNumberToObject(score, "support", (double)evaluation->per_class[k].support);
    }
    const clmlp_class_score mean = macro_average(evaluation);
    json_class_score(cJSON_AddObjectToObject(object, "macro"), &mean);
}

int clmlp_cli_report_evaluation_json(const clmlp_evaluation *evaluation, const clmlp_model *model,
                                     const char *model_path, const clmlp_device *device, double threshold)
{
    const char *const *const class_names = clmlp_model_class_names(model);
    cJSON *const object = cJSON_CreateObject();
    (void)clmlp_cli_json_put(object, "model", clmlp_cli_json_text(model_path));
    clmlp_cli_json_device(object, device);
    (void)cJSON_AddNumberToObject(object, "samples", (double)evaluation->samples);
    clmlp_cli_json_score(object, &evaluation->score);
    if (threshold > 0.0) (void)cJSON_AddNumberToObject(object, "threshold", threshold);
    clmlp_cli_json_metrics(object, evaluation->metrics, model);
    if (evaluation->classes > 0) {
        json_classes(object, evaluation, class_names);
    } else {
        (void)cJSON_AddNullToObject(object, "classes");
        (void)cJSON_AddNullToObject(object, "confusion");
        (void)cJSON_AddNullToObject(object, "per_class");
    }
    return clmlp_cli_json_print(object, CLMLP_CLI_DONE);
}

/* --- for people -------------------------------------------------------------------------------------------- */

/* Whether the names of the classes fit above their columns in a terminal of the usual width. */
static bool names_fit(const clmlp_evaluation *evaluation, const char *const *names, size_t gap)
{
    enum { USUAL_WIDTH = 80 };
    char name[NAME_SIZE];
    size_t width = 0, widest = 0;
    for (size_t k = 0; k < evaluation->classes; k++) {
        const size_t row = clmlp_cli_text_width(class_name(names, k, LONGEST_ROW_NAME, name));
        if (row > widest) widest = row;
        width += gap + clmlp_cli_text_width(class_name(names, k, LONGEST_COLUMN_NAME, name));
    }
    return widest + width <= USUAL_WIDTH;
}

/* Rows are the actual classes, columns the predicted ones; a dot is 0, so that mistakes stand out. Columns
 * too narrow for the names are numbered, and the rows say which number is which class. */
static void print_confusion(const clmlp_evaluation *evaluation, const char *const *names)
{
    const size_t K = evaluation->classes, gap = K > 12 ? 1 : 2;
    const bool named = names_fit(evaluation, names, gap);
    char name[NAME_SIZE];
    clmlp_cli_table table = {.columns = K + 1, .align = "lr"};
    clmlp_cli_table_add(&table, "actual");
    for (size_t k = 0; k < K; k++) {
        if (named) clmlp_cli_table_add(&table, "%s", class_name(names, k, LONGEST_COLUMN_NAME, name));
        else clmlp_cli_table_add(&table, "%zu", k + 1);
    }
    for (size_t i = 0; i < K; i++) {
        class_name(names, i, LONGEST_ROW_NAME, name);
        if (named) clmlp_cli_table_add(&table, "%s", name);
        else clmlp_cli_table_add(&table, "%zu: %s", i + 1, name);
        for (size_t j = 0; j < K; j++) {
            const uint64_t count = evaluation->confusion[i * K + j];
            if (count == 0) clmlp_cli_table_add(&table, ".");
            else clmlp_cli_table_add(&table, "%" PRIu64, count);
        }
    }
    clmlp_cli_out("\nconfusion: a row for each actual class, a column for each predicted one\n\n");
    clmlp_cli_table_print(&table, gap, stdout);
}

static void add_class_score(clmlp_cli_table *table, const char *name, const clmlp_class_score *score)
{
    clmlp_cli_table_add(table, "%s", name);
    clmlp_cli_table_add(table, "%.4f", score->precision);
    clmlp_cli_table_add(table, "%.4f", score->recall);
    clmlp_cli_table_add(table, "%.4f", score->f1);
    clmlp_cli_table_add(table, "%zu", score->support);
}

static void print_class_scores(const clmlp_evaluation *evaluation, const char *const *names)
{
    static const char *const headings[] = {"class", "precision", "recall", "f1", "support"};
    char name[NAME_SIZE];
    clmlp_cli_table table = {.columns = 5, .align = "lr"};
    for (size_t i = 0; i < 5; i++) clmlp_cli_table_add(&table, "%s", headings[i]);
    for (size_t k = 0; k < evaluation->classes; k++) {
        add_class_score(&table, class_name(names, k, LONGEST_ROW_NAME, name), &evaluation->per_class[k]);
    }
    const clmlp_class_score mean = macro_average(evaluation);
    add_class_score(&table, "macro average", &mean);
    clmlp_cli_out("\n");
    clmlp_cli_table_print(&table, 2, stdout);
}

void clmlp_cli_report_evaluation(const clmlp_evaluation *evaluation, const clmlp_model *model)
{
    const char *const *const class_names = clmlp_model_class_names(model);
    clmlp_cli_out("samples   %zu\ncost J    %.6g\n", evaluation->samples, evaluation->score.cost);
    if (!isnan(evaluation->score.accuracy)) clmlp_cli_out("accuracy  %.2f %%\n", 100.0 * evaluation->score.accuracy);
    clmlp_cli_print_metrics(&(clmlp_cli_metrics_column){.metrics = evaluation->metrics}, 1);
    clmlp_cli_print_output_metrics(evaluation->metrics, model, NULL);
    if (evaluation->classes == 0) return;
    if (evaluation->classes <= MOST_CLASSES_IN_MATRIX) print_confusion(evaluation, class_names);
    else clmlp_cli_out("\nconfusion: too wide for a table with %zu classes; it is in --json\n", evaluation->classes);
    print_class_scores(evaluation, class_names);
}
