/* predictions.c - predictions h [m x K] written as CSV or NPY. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/argument.h"
#include "base/file.h"
#include "base/structure.h"
#include "base/text.h"
#include "clmlp/evaluate.h"
#include "clmlp/text.h"
#include "data/readers/npy.h"
#include "model/model.h"

/* --- CSV ------------------------------------------------------------------------------------------------ */

/* A field as RFC 4180 has it: quoted where it holds a comma, a quote or a line end, quotes doubled. For spreadsheets no
 * part of it is a formula, whatever they take for the end of a field: others have semicolons or tabs. */
static clmlp_status append_field(clmlp_text *text, const char *field, bool for_spreadsheets, clmlp_error *error)
{
    const char *const quote = strpbrk(field, ",\"\r\n") != NULL ? "\"" : "";
    bool begins = true;
    TRY(clmlp_text_append(text, error, "%s", quote));
    for (; *field != '\0'; field++) {
        if (for_spreadsheets && begins && clmlp_is_formula(field)) TRY(clmlp_text_append(text, error, "'"));
        TRY(clmlp_text_append(text, error, "%s%c", *field == '"' ? "\"" : "", *field));
        begins = strchr(";,\t\r\n", *field) != NULL;
    }
    return clmlp_text_append(text, error, "%s", quote);
}

/* What is written, and how. */
typedef struct writing {
    const clmlp_model *model;
    const char *const *classes; /* [K]; NULL: the outputs are no classes */
    size_t K;
    int digits;
    const clmlp_predictions_options *options;
} writing;

/* Whether a kept column has this name already. */
static bool is_kept(const writing *w, const char *name)
{
    for (size_t c = 0; c < clmlp_dataset_kept(w->options->data); c++) {
        if (strcmp(clmlp_dataset_kept_name(w->options->data, c), name) == 0) return true;
    }
    return false;
}

/* A name of the predictions' own. "_predicted" is added until no kept column has it: readers go by names. */
static clmlp_status append_own_name(clmlp_text *text, const writing *w, clmlp_text *name, clmlp_error *error)
{
    while (is_kept(w, name->data)) TRY(clmlp_text_append(name, error, "_predicted"));
    return append_field(text, name->data, w->options->for_spreadsheets, error);
}

static clmlp_status append_output_name(clmlp_text *text, const writing *w, size_t k, const char *ending,
                                       clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_text name = {0};
    const char *const known = clmlp_model_output_name(w->model, k);
    if (known != NULL) TRY_CLEANUP(clmlp_text_append(&name, error, "%s%s", known, ending));
    else TRY_CLEANUP(clmlp_text_append(&name, error, "output_%zu%s", k + 1, ending));
    TRY_CLEANUP(append_own_name(text, w, &name, error));
cleanup:
    free(name.data);
    return status;
}

static clmlp_status append_class_name(clmlp_text *text, const writing *w, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_text name = {0};
    TRY_CLEANUP(clmlp_text_append(&name, error, "class"));
    TRY_CLEANUP(append_own_name(text, w, &name, error));
cleanup:
    free(name.data);
    return status;
}

/* Kept columns, then what was decided, then the outputs. */
static clmlp_status append_header(clmlp_text *text, const writing *w, clmlp_error *error)
{
    const char *comma = "";
    for (size_t c = 0; c < clmlp_dataset_kept(w->options->data); c++, comma = ",") {
        TRY(clmlp_text_append(text, error, "%s", comma));
        TRY(append_field(text, clmlp_dataset_kept_name(w->options->data, c), w->options->for_spreadsheets, error));
    }
    if (w->classes != NULL) {
        TRY(clmlp_text_append(text, error, "%s", comma));
        TRY(append_class_name(text, w, error));
        comma = ",";
    }
    for (size_t k = 0; w->classes == NULL && w->options->threshold > 0.0 && k < w->K; k++, comma = ",") {
        TRY(clmlp_text_append(text, error, "%s", comma));
        TRY(append_output_name(text, w, k, "_predicted", error));
    }
    for (size_t k = 0; k < w->K; k++, comma = ",") {
        TRY(clmlp_text_append(text, error, "%s", comma));
        TRY(append_output_name(text, w, k, "", error));
    }
    return clmlp_text_append(text, error, "\n");
}

size_t clmlp_predicted_class(const double *h, size_t K, double threshold)
{
    size_t best = 0;
    if (h == NULL) return 0;
    /* h_2 / (h_1 + h_2) > T, in a form that has no rounding where T is 1/2 */
    if (K == 2 && threshold > 0.0) return h[1] > threshold / (1.0 - threshold) * h[0] ? 1 : 0;
    for (size_t k = 1; k < K; k++) {
        if (h[k] > h[best]) best = k;
    }
    return best;
}

static clmlp_status append_row(clmlp_text *text, const writing *w, size_t i, const double *h, clmlp_error *error)
{
    char number[32];
    const char *comma = "";
    const double threshold = w->options->threshold;
    for (size_t c = 0; c < clmlp_dataset_kept(w->options->data); c++, comma = ",") {
        TRY(clmlp_text_append(text, error, "%s", comma));
        TRY(append_field(text, clmlp_dataset_kept_text(w->options->data, i, c), w->options->for_spreadsheets, error));
    }
    if (w->classes != NULL) {
        TRY(clmlp_text_append(text, error, "%s", comma));
        TRY(append_field(text, w->classes[clmlp_predicted_class(h, w->K, threshold)], w->options->for_spreadsheets,
                         error));
        comma = ",";
    }
    for (size_t k = 0; w->classes == NULL && threshold > 0.0 && k < w->K; k++, comma = ",") {
        TRY(clmlp_text_append(text, error, "%s%d", comma, h[k] > threshold ? 1 : 0));
    }
    for (size_t k = 0; k < w->K; k++, comma = ",") {
        TRY(clmlp_text_append(text, error, "%s%s", comma, clmlp_format_double(number, h[k], w->digits)));
    }
    return clmlp_text_append(text, error, "\n");
}

static clmlp_status format_csv(clmlp_text *text, const clmlp_model *model, size_t m, const double *h,
                               const clmlp_predictions_options *options, clmlp_error *error)
{
    /* as many digits as give every number of the precision back exactly; targets' units are computed in double */
    const bool wide = model->precision == CLMLP_F64 || model->target_scaling.kind != CLMLP_SCALE_NONE;
    const writing w = {.model = model, .classes = clmlp_model_class_names(model), .K = model->s[model->L - 1],
                       .digits = wide ? 17 : 9, .options = options};
    TRY(append_header(text, &w, error));
    for (size_t i = 0; i < m; i++) TRY(append_row(text, &w, i, h + i * w.K, error));
    return CLMLP_OK;
}

clmlp_status clmlp_threshold_check(const clmlp_model *model, double threshold, clmlp_error *error)
{
    REQUIRE(model != NULL, "model");
    const size_t K = model->s[model->L - 1];
    if (!(threshold > 0.0 && threshold < 1.0)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a threshold of %g (expected more than 0 and less than 1)",
                          threshold);
    }
    if (model->output == CLMLP_OUTPUT_LINEAR) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "a threshold is for probabilities; the model's output is linear");
    }
    if (model->class_names != NULL && K != 2) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a threshold is for two classes or for labels; the model has %zu "
                          "class%s", K, K == 1 ? "" : "es");
    }
    if (model->class_names == NULL && model->output == CLMLP_OUTPUT_SOFTMAX) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "a threshold is for one of two classes; the model's softmax output has no names of classes "
                          "(--class-names gives them)");
    }
    return CLMLP_OK;
}

void clmlp_predictions_options_init(clmlp_predictions_options *options, size_t size)
{
    static const clmlp_predictions_options defaults = {.size = sizeof defaults};
    clmlp_structure_init(options, size, &defaults, sizeof defaults);
}

/* The options as they are now, checked. */
static clmlp_status take_options(clmlp_predictions_options *own, const clmlp_predictions_options *given,
                                 const clmlp_model *model, size_t m, clmlp_error *error)
{
    *own = clmlp_predictions_options_default();
    TRY(clmlp_structure_take(own, sizeof *own, given, "options", error));
    if (own->data != NULL && m > 0) REQUIRE(own->data->m == m, "options.data");
    if (own->threshold != 0.0) TRY(clmlp_threshold_check(model, own->threshold, error));
    return CLMLP_OK;
}

clmlp_status clmlp_predictions_format_with(const clmlp_model *model, size_t m, const double *h,
                                           const clmlp_predictions_options *options, char **text, clmlp_error *error)
{
    clmlp_text csv = {NULL, 0, 0};
    clmlp_predictions_options own;
    REQUIRE(model != NULL, "model");
    REQUIRE(h != NULL, "h");
    REQUIRE(text != NULL, "text");
    TRY(take_options(&own, options, model, m, error));
    const clmlp_status status = format_csv(&csv, model, m, h, &own, error);
    if (status == CLMLP_OK) {
        *text = csv.data;
    } else {
        free(csv.data);
    }
    return status;
}

clmlp_status clmlp_predictions_format(const clmlp_model *model, size_t m, const double *h, char **text,
                                      clmlp_error *error)
{
    return clmlp_predictions_format_with(model, m, h, NULL, text, error);
}

static clmlp_status write_csv(FILE *stream, const clmlp_model *model, size_t m, const double *h,
                              const clmlp_predictions_options *options, clmlp_error *error)
{
    char *text = NULL;
    TRY(clmlp_predictions_format_with(model, m, h, options, &text, error));
    (void)fwrite(text, 1, strlen(text), stream);
    free(text);
    return CLMLP_OK;
}

/* --- the file ------------------------------------------------------------------------------------------- */

clmlp_status clmlp_predictions_save_with(const clmlp_model *model, size_t m, const double *h, const char *path,
                                         const clmlp_predictions_options *options, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_output_file file = {.stream = NULL};
    clmlp_predictions_options own;
    REQUIRE(model != NULL, "model");
    REQUIRE(h != NULL, "h");
    REQUIRE(path != NULL, "path");
    TRY(take_options(&own, options, model, m, error));
    const size_t length = strlen(path);
    const bool matrix = length >= 4 && strcasecmp(path + length - 4, ".npy") == 0;
    if (matrix && (clmlp_dataset_kept(own.data) > 0 || own.threshold > 0.0 || own.for_spreadsheets)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: a matrix of outputs has no place for %s", path,
                          own.threshold > 0.0 ? "what a threshold decides"
                                              : own.for_spreadsheets ? "texts for spreadsheets" : "kept columns");
    }
    TRY(clmlp_output_open(&file, path, error));
    if (matrix) {
        clmlp_npy_write(file.stream, m, clmlp_model_units(model, clmlp_model_layers(model)), h);
    } else {
        TRY_CLEANUP(write_csv(file.stream, model, m, h, &own, error));
    }
    TRY_CLEANUP(clmlp_output_commit(&file, error));
cleanup:
    clmlp_output_discard(&file);
    return status;
}

clmlp_status clmlp_predictions_save(const clmlp_model *model, size_t m, const double *h, const char *path,
                                    clmlp_error *error)
{
    return clmlp_predictions_save_with(model, m, h, path, NULL, error);
}
