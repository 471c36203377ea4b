/* save.c - a model as a C file. */
#include "clmlp/c_source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/file.h"
#include "base/structure.h"
#include "clmlp/version.h"
#include "export/c/writer.h"

void clmlp_c_options_init(clmlp_c_options *options, size_t size)
{
    const clmlp_c_options defaults = {.size = sizeof defaults, .precision = CLMLP_F32, .name = "model"};
    clmlp_structure_init(options, size, &defaults, sizeof defaults);
}

/* --- checks ------------------------------------------------------------------------------------------------------ */

/* Letters of ASCII and digits, single _ between them. Names of the file have more behind, so that none is a word of
 * the language. */
static bool is_name(const char *name)
{
    const size_t length = strlen(name);
    if (length == 0 || length > CLMLP_C_NAME || name[length - 1] == '_') return false;
    for (size_t i = 0; i < length; i++) {
        const char c = name[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool later = (c >= '0' && c <= '9') || (c == '_' && name[i + 1] != '_');
        if (!letter && (i == 0 || !later)) return false;
    }
    return true;
}

static clmlp_status check_theta(const clmlp_model *model, clmlp_precision precision, clmlp_error *error)
{
    const size_t count = model->theta_at[model->L - 1];
    for (size_t k = 0; k <= model->others; k++) {
        const double *const theta = clmlp_model_member_theta(model, k);
        for (size_t e = 0; e < count; e++) {
            char text[32];
            if (isfinite(precision == CLMLP_F32 ? (double)(float)theta[e] : theta[e])) continue;
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "theta has the number %s, which is not a finite %s",
                              clmlp_format_double(text, theta[e], 9), clmlp_precision_name(precision));
        }
    }
    return CLMLP_OK;
}

/* --- the file ---------------------------------------------------------------------------------------------------- */

static clmlp_status heading(clmlp_c_writer *w)
{
    const clmlp_model *const model = w->model;
    TRY(clmlp_c_code(w, "/* A network "));
    for (size_t l = 0; l < model->L; l++) TRY(clmlp_c_codef(w, "%s%zu", l > 0 ? "-" : "", model->s[l]));
    TRY(clmlp_c_codef(w, ", hidden %s, output %s, scale %s", clmlp_activation_name(model->activation),
                      clmlp_output_name(model->output), clmlp_scale_name(model->scaling.kind)));
    if (model->others > 0) TRY(clmlp_c_codef(w, ", the mean of %zu", model->others + 1));
    return clmlp_c_code(w, ". Written by clmlp " CLMLP_VERSION ".\n"
        " *\n"
        " * C99, or C++17; needs <math.h>. Nothing is allocated or kept between calls: threads may call at will.\n"
        " * To try it: cc -std=c99 -D$U_MAIN FILE.c -lm && ./a.out < rows.csv\n"
        " * For the declarations alone: #define $U_DECLARATIONS, then include this file. */\n"
        "#ifndef $U_DECLARED\n"
        "#define $U_DECLARED\n"
        "#ifdef __cplusplus\n"
        "extern \"C\" {\n"
        "#endif\n\n");
}

static clmlp_status write_all(clmlp_c_writer *w)
{
    TRY(heading(w));
    TRY(clmlp_c_declare(w));
    TRY(clmlp_c_code(w, "\n#ifdef __cplusplus\n}\n#endif\n#endif\n\n"
                     "#ifndef $U_DECLARATIONS\n#include <math.h>\n#include <stddef.h>\n\n"
                     "#ifdef __clang__ /* gcc fuses nothing with -std=c99 */\n"
                     "#pragma STDC FP_CONTRACT OFF\n#endif\n\n"));
    TRY(clmlp_c_theta(w));
    TRY(clmlp_c_code(w, "\n"));
    TRY(clmlp_c_encode(w));
    TRY(clmlp_c_scale(w));
    TRY(clmlp_c_network(w));
    TRY(clmlp_c_predict(w));
    TRY(clmlp_c_demo(w));
    return clmlp_c_code(w, "#endif\n");
}

static void look_at_columns(clmlp_c_writer *w)
{
    const clmlp_columns *const columns = w->model->columns;
    for (size_t c = 0; columns != NULL && c < columns->count; c++) {
        const clmlp_encoder *const encoder = clmlp_c_encoder(w, c);
        const clmlp_column_kind kind = encoder != NULL ? encoder->kind : CLMLP_COLUMN_NUMERIC;
        w->has[kind] = true;
        if (kind != CLMLP_COLUMN_NUMERIC) w->by_column = true;
    }
}

static void tell(const clmlp_c_writer *w, clmlp_c_result *result)
{
    const clmlp_model *const model = w->model;
    const uint64_t real = w->precision == CLMLP_F32 ? sizeof(float) : sizeof(double);
    uint64_t widest = 0, rows = 0;
    for (size_t l = 0; l < model->L; l++) widest = model->s[l] > widest ? model->s[l] : widest;
    for (size_t l = 1; l < model->L; l++) rows += model->s[l];
    const uint64_t weights = model->theta_at[model->L - 1] - rows;
    result->by_column = w->by_column;
    result->inputs = model->columns != NULL ? model->columns->count : model->s[0];
    result->outputs = model->s[model->L - 1];
    result->bytes = w->text.length;
    result->theta_bytes = (model->others + 1) * (w->int8 ? weights + 2 * rows * real : (weights + rows) * real);
    result->stack_bytes = real * (model->s[0] + 2 * widest) +
                          (model->columns != NULL ? sizeof(double) * (uint64_t)model->s[0] : 0);
}

static clmlp_status write_file(const char *path, const clmlp_text *text, clmlp_error *error)
{
    clmlp_output_file file;
    TRY(clmlp_output_open(&file, path, error));
    (void)fwrite(text->data, 1, text->length, file.stream); /* commit notices errors */
    return clmlp_output_commit(&file, error);
}

clmlp_status clmlp_c_save(const clmlp_model *model, const char *path, const clmlp_c_options *options,
                          clmlp_c_result *result, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_c_options own = clmlp_c_options_default();
    clmlp_c_result made = {.size = sizeof made};
    REQUIRE(model != NULL, "model");
    REQUIRE(path != NULL, "path");
    TRY(clmlp_structure_take(&own, sizeof own, options, "options", error));
    REQUIRE_CODE(own.precision, CLMLP_PRECISION_COUNT, "options.precision");
    REQUIRE(own.name != NULL, "options.name");
    if (result != NULL) TRY(clmlp_structure_check(result, "result", error));
    if (!is_name(own.name)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the name '%.40s' is none that C names can begin with: expected 1 "
                          "to %d letters and digits, a letter first, with single _ between them", own.name,
                          CLMLP_C_NAME);
    }
    TRY(check_theta(model, own.precision, error));
    clmlp_c_writer w = {.model = model, .name = own.name, .precision = own.precision, .int8 = own.int8, .error = error};
    for (size_t i = 0; own.name[i] != '\0'; i++) {
        w.upper[i] = (char)(own.name[i] >= 'a' && own.name[i] <= 'z' ? own.name[i] - 'a' + 'A' : own.name[i]);
    }
    look_at_columns(&w);
    TRY_CLEANUP(write_all(&w));
    TRY_CLEANUP(write_file(path, &w.text, error));
    tell(&w, &made);
    if (result != NULL) clmlp_structure_give(result, &made, sizeof made);
cleanup:
    free(w.text.data);
    return status;
}

/* --- int8 -------------------------------------------------------------------------------------------------------- */

static void quantise(const clmlp_model *model, double *theta)
{
    for (size_t l = 1; l < model->L; l++) {
        const size_t s_in = model->s[l - 1];
        double *row = theta + model->theta_at[l - 1];
        for (size_t j = 0; j < model->s[l]; j++, row += s_in + 1) {
            const double scale = clmlp_c_row_scale(row, s_in);
            for (size_t i = 1; i <= s_in; i++) row[i] = scale * clmlp_c_int8(row[i], scale);
        }
    }
}

clmlp_status clmlp_c_quantise(clmlp_model *model, clmlp_error *error)
{
    REQUIRE(model != NULL, "model");
    TRY(check_theta(model, CLMLP_F32, error));
    quantise(model, model->theta);
    for (size_t k = 0; k < model->others; k++) quantise(model, model->other_theta[k]);
    return CLMLP_OK;
}
