/* save.c - a training as a script of another program, and the data beside it. */
#include "clmlp/script.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/structure.h"
#include "base/text.h"
#include "export/script/script.h"
#include "model/model.h"

static const char *const names[] = {
#define CLMLP_SCRIPT_TEXT(name, text) text,
    CLMLP_SCRIPT_LIST(CLMLP_SCRIPT_TEXT)
#undef CLMLP_SCRIPT_TEXT
};

const char *clmlp_script_name(clmlp_script kind)
{
    return (unsigned)kind < CLMLP_SCRIPT_COUNT ? names[kind] : "?";
}

bool clmlp_script_parse(const char *name, clmlp_script *kind)
{
    const size_t found = clmlp_find_name(names, CLMLP_SCRIPT_COUNT, name);
    if (found == CLMLP_SCRIPT_COUNT || kind == NULL) return false;
    *kind = (clmlp_script)found;
    return true;
}

void clmlp_script_options_init(clmlp_script_options *options, size_t size)
{
    const clmlp_script_options defaults = {
        .size = sizeof defaults, .kind = CLMLP_SCRIPT_PYTORCH, .precision = CLMLP_F64, .lambda = -1.0, .shuffle = true,
        .optimizer = CLMLP_SGD, .momentum = 0.9, .beta1 = 0.9, .epsilon = 1e-8, .weight_decay = 0.01};
    clmlp_structure_init(options, size, &defaults, sizeof defaults);
}

/* --- what the other program has ---------------------------------------------------------------------------------- */

static clmlp_status check_sklearn(const clmlp_model *model, const clmlp_dataset *dataset,
                                  const clmlp_script_options *o, clmlp_error *error)
{
    const size_t K = model->s[model->L - 1];
    if (model->output == CLMLP_OUTPUT_SOFTMAX && K == 2) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "sklearn has no softmax of two outputs: it makes one sigmoid "
                          "unit");
    }
    if (model->output == CLMLP_OUTPUT_SIGMOID && K == 1) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a script for sklearn has no single sigmoid output yet");
    }
    if (model->output != CLMLP_OUTPUT_LINEAR && clmlp_dataset_target_kind(dataset) != CLMLP_TARGET_CLASSES) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a script for sklearn with the output %s takes classes only",
                          clmlp_output_name(model->output));
    }
    if (o->optimizer != CLMLP_RMSPROP && o->optimizer != CLMLP_ADAMW) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "sklearn has no optimizer %s (expected sgd, momentum, nesterov or "
                      "adam; pytorch and octave have all)", clmlp_optimizer_name(o->optimizer));
}

static bool is_share(double value)
{
    return value >= 0.0 && value < 1.0;
}

static clmlp_status check_numbers(const clmlp_script_options *o, clmlp_error *error)
{
    if (!(o->rate > 0.0) || !isfinite(o->rate) || o->epochs == 0 || !isfinite(o->lambda)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "rate and epochs are above 0, and lambda is finite");
    }
    if (!is_share(o->momentum) || !is_share(o->beta1) || !is_share(o->beta2)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "momentum, beta1 and beta2 are %g, %g and %g (expected numbers "
                          ">= 0 and < 1)", o->momentum, o->beta1, o->beta2);
    }
    if (!(o->epsilon >= 0.0) || !isfinite(o->epsilon) || !(o->weight_decay >= 0.0) || !isfinite(o->weight_decay)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "epsilon and the weight decay are %g and %g (expected numbers >= "
                          "0)", o->epsilon, o->weight_decay);
    }
    return CLMLP_OK;
}

static clmlp_status check(const clmlp_model *model, const clmlp_dataset *dataset, const clmlp_script_options *o,
                          clmlp_error *error)
{
    TRY(clmlp_model_check_data(model, dataset, true, "data", error));
    TRY(clmlp_model_check_single(model, "a script", error));
    if (clmlp_dataset_weights(dataset) != NULL) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a script knows no weights of examples, which the data have");
    }
    if (o->kind != CLMLP_SCRIPT_OCTAVE && clmlp_script_python_activation(o->kind, model->activation) == NULL) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s cannot train the activation %s", clmlp_script_name(o->kind),
                          clmlp_activation_name(model->activation));
    }
    if (o->kind == CLMLP_SCRIPT_SKLEARN) TRY(check_sklearn(model, dataset, o, error));
    return check_numbers(o, error);
}

/* What 0 and a negative lambda stand for. */
static void complete(clmlp_script_options *o, const clmlp_model *model, const clmlp_dataset *dataset)
{
    const size_t m = clmlp_dataset_examples(dataset);
    if (o->lambda < 0.0) o->lambda = model->lambda;
    if (o->batch == 0 || o->batch > m) o->batch = m;
    if (o->beta2 == 0.0) o->beta2 = o->optimizer == CLMLP_RMSPROP ? 0.99 : 0.999;
    if (o->epsilon == 0.0) o->epsilon = 1e-8;
}

/* --- the data ---------------------------------------------------------------------------------------------------- */

static clmlp_status write_row(FILE *stream, const double *values, size_t count, bool ends)
{
    char number[32];
    for (size_t j = 0; j < count; j++) {
        (void)fprintf(stream, "%s%s", clmlp_format_double(number, values[j], 17), ends && j + 1 == count ? "\n" : ",");
    }
    return CLMLP_OK;
}

static clmlp_status write_data(const clmlp_dataset *dataset, const char *path, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_output_file file = {0};
    double *row = NULL;
    const size_t n = clmlp_dataset_features(dataset), K = clmlp_dataset_outputs(dataset);
    TRY(clmlp_allocate(&row, n + K, sizeof *row, "a row", error));
    TRY_CLEANUP(clmlp_output_open(&file, path, error));
    for (size_t i = 0; i < clmlp_dataset_examples(dataset); i++) {
        TRY_CLEANUP(clmlp_dataset_row(dataset, i, row, row + n, error));
        TRY_CLEANUP(write_row(file.stream, row, n + K, true));
    }
    TRY_CLEANUP(clmlp_output_commit(&file, error));
cleanup:
    clmlp_output_discard(&file);
    free(row);
    return status;
}

clmlp_status clmlp_script_save(const clmlp_model *model, const char *model_path, const clmlp_dataset *dataset,
                               const char *path, const clmlp_script_options *options, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_script_options own = clmlp_script_options_default();
    clmlp_output_file file = {0};
    clmlp_text data_path = {NULL, 0, 0};
    char *model_at = NULL;
    REQUIRE(model != NULL, "model");
    REQUIRE(model_path != NULL, "model_path");
    REQUIRE(dataset != NULL, "dataset");
    REQUIRE(path != NULL, "path");
    TRY(clmlp_structure_take(&own, sizeof own, options, "options", error));
    REQUIRE_CODE(own.kind, CLMLP_SCRIPT_COUNT, "options.kind");
    REQUIRE_CODE(own.precision, CLMLP_PRECISION_COUNT, "options.precision");
    REQUIRE_CODE(own.optimizer, CLMLP_OPTIMIZER_COUNT, "options.optimizer");
    TRY(check(model, dataset, &own, error));
    complete(&own, model, dataset);
    clmlp_script_writing w = {.model = model, .options = own, .error = error};
    model_at = realpath(model_path, NULL);
    if (model_at == NULL) {
        TRY_CLEANUP(clmlp_fail_errno(error, CLMLP_IO, errno, "%s: the script would not find the model", model_path));
    }
    TRY_CLEANUP(clmlp_text_append(&data_path, error, "%s.csv", path));
    w.model_path = model_at;
    w.file_name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    w.data_name = data_path.data + (w.file_name - path);
    TRY_CLEANUP(own.kind == CLMLP_SCRIPT_OCTAVE ? clmlp_script_in_octave(&w) : clmlp_script_python(&w));
    TRY_CLEANUP(write_data(dataset, data_path.data, error));
    TRY_CLEANUP(clmlp_output_open(&file, path, error));
    (void)fwrite(w.text.data, 1, w.text.length, file.stream); /* commit notices errors */
    TRY_CLEANUP(clmlp_output_commit(&file, error));
cleanup:
    clmlp_output_discard(&file);
    free(w.text.data);
    free(data_path.data);
    free(model_at);
    return status;
}
