/* predictions.c - predictions h [m x K] written as CSV or NPY. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "clmlp/evaluate.h"
#include "data/readers/npy.h"
#include "model/model.h"

/* --- CSV ------------------------------------------------------------------------------------------------ */

/* A field as RFC 4180 has it: quoted where it holds a comma, a quote or a line end, quotes doubled. */
static clmlp_status append_field(clmlp_text *text, const char *field, clmlp_error *error)
{
    if (strpbrk(field, ",\"\r\n") == NULL) return clmlp_text_append(text, error, "%s", field);
    TRY(clmlp_text_append(text, error, "\""));
    for (; *field != '\0'; field++) TRY(clmlp_text_append(text, error, "%s%c", *field == '"' ? "\"" : "", *field));
    return clmlp_text_append(text, error, "\"");
}

static clmlp_status append_header(clmlp_text *text, const char *const *class_names, size_t K, clmlp_error *error)
{
    if (class_names != NULL) TRY(clmlp_text_append(text, error, "class"));
    for (size_t k = 0; k < K; k++) {
        if (class_names == NULL) {
            TRY(clmlp_text_append(text, error, "%soutput_%zu", k > 0 ? "," : "", k + 1));
        } else {
            TRY(clmlp_text_append(text, error, ","));
            TRY(append_field(text, class_names[k], error));
        }
    }
    return clmlp_text_append(text, error, "\n");
}

static size_t largest(const double *h, size_t K)
{
    size_t best = 0;
    for (size_t k = 1; k < K; k++) {
        if (h[k] > h[best]) best = k;
    }
    return best;
}

static clmlp_status append_row(clmlp_text *text, const char *const *class_names, const double *h, size_t K,
                               int digits, clmlp_error *error)
{
    char number[32];
    if (class_names != NULL) TRY(append_field(text, class_names[largest(h, K)], error));
    for (size_t k = 0; k < K; k++) {
        TRY(clmlp_text_append(text, error, "%s%s", class_names != NULL || k > 0 ? "," : "",
                              clmlp_format_double(number, h[k], digits)));
    }
    return clmlp_text_append(text, error, "\n");
}

static clmlp_status format_csv(clmlp_text *text, const clmlp_model *model, size_t m, const double *h,
                               clmlp_error *error)
{
    const char *const *class_names = clmlp_model_class_names(model);
    const size_t K = clmlp_model_units(model, clmlp_model_layers(model));
    /* as many digits as give every number of the precision back exactly; targets' units are computed in double */
    const bool wide = model->precision == CLMLP_F64 || model->target_scaling.kind != CLMLP_SCALE_NONE;
    const int digits = wide ? 17 : 9;
    TRY(append_header(text, class_names, K, error));
    for (size_t i = 0; i < m; i++) TRY(append_row(text, class_names, h + i * K, K, digits, error));
    return CLMLP_OK;
}

clmlp_status clmlp_predictions_format(const clmlp_model *model, size_t m, const double *h, char **text,
                                      clmlp_error *error)
{
    clmlp_text csv = {NULL, 0, 0};
    REQUIRE(model != NULL, "model");
    REQUIRE(h != NULL, "h");
    REQUIRE(text != NULL, "text");
    const clmlp_status status = format_csv(&csv, model, m, h, error);
    if (status == CLMLP_OK) {
        *text = csv.data;
    } else {
        free(csv.data);
    }
    return status;
}

static clmlp_status write_csv(FILE *stream, const clmlp_model *model, size_t m, const double *h, clmlp_error *error)
{
    char *text = NULL;
    TRY(clmlp_predictions_format(model, m, h, &text, error));
    (void)fwrite(text, 1, strlen(text), stream);
    free(text);
    return CLMLP_OK;
}

/* --- the file ------------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *ending)
{
    const size_t length = strlen(text), tail = strlen(ending);
    return length >= tail && strcmp(text + length - tail, ending) == 0;
}

clmlp_status clmlp_predictions_save(const clmlp_model *model, size_t m, const double *h, const char *path,
                                    clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_output_file file = {NULL, NULL, NULL};
    REQUIRE(model != NULL, "model");
    REQUIRE(h != NULL, "h");
    REQUIRE(path != NULL, "path");
    TRY(clmlp_output_open(&file, path, error));
    if (ends_with(path, ".npy")) {
        clmlp_npy_write(file.stream, m, clmlp_model_units(model, clmlp_model_layers(model)), h);
    } else {
        TRY_CLEANUP(write_csv(file.stream, model, m, h, error));
    }
    TRY_CLEANUP(clmlp_output_commit(&file, error));
cleanup:
    clmlp_output_discard(&file);
    return status;
}
