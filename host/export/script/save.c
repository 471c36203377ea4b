/* save.c - a training as a script of another program, and the data beside it. */
#include "clmlp/script.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/structure.h"
#include "base/text.h"
#include "clmlp/version.h"
#include "export/script/templates.h"
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
        .size = sizeof defaults, .kind = CLMLP_SCRIPT_PYTORCH, .precision = CLMLP_F64, .lambda = -1.0, .shuffle = true};
    clmlp_structure_init(options, size, &defaults, sizeof defaults);
}

/* --- what the other program has ---------------------------------------------------------------------------------- */

/* A hidden activation there; NULL: it has none like it. */
static const char *activation_there(clmlp_script kind, clmlp_activation activation)
{
    const bool sklearn = kind == CLMLP_SCRIPT_SKLEARN;
    switch (activation) {
    case CLMLP_SIGMOID: return sklearn ? "logistic" : "nn.Sigmoid()";
    case CLMLP_TANH: return sklearn ? "tanh" : "nn.Tanh()";
    case CLMLP_RELU: return sklearn ? "relu" : "nn.ReLU()";
    case CLMLP_LINEAR: return sklearn ? "identity" : "nn.Identity()";
    case CLMLP_STEP: return NULL;
    case CLMLP_SWISH: return sklearn ? NULL : "nn.SiLU()";
    case CLMLP_SELU: return sklearn ? NULL : "nn.SELU()";
    case CLMLP_MISH: return sklearn ? NULL : "nn.Mish()";
    case CLMLP_LEAKY_RELU: return sklearn ? NULL : "nn.LeakyReLU(0.01)";
    case CLMLP_ELU: return sklearn ? NULL : "nn.ELU()";
    case CLMLP_GELU: return sklearn ? NULL : "nn.GELU()";
    case CLMLP_GELU_TANH: return sklearn ? NULL : "nn.GELU(\"tanh\")";
    case CLMLP_SOFTPLUS: return sklearn ? NULL : "nn.Softplus(threshold=80)";
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return NULL;
}

static clmlp_status check(const clmlp_model *model, const clmlp_dataset *dataset, const clmlp_script_options *o,
                          clmlp_error *error)
{
    const char *const there = clmlp_script_name(o->kind);
    const size_t K = model->s[model->L - 1];
    TRY(clmlp_model_check_data(model, dataset, true, "data", error));
    TRY(clmlp_model_check_single(model, "a script", error));
    if (activation_there(o->kind, model->activation) == NULL) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s cannot train the activation %s", there,
                          clmlp_activation_name(model->activation));
    }
    if (o->kind == CLMLP_SCRIPT_SKLEARN && model->output == CLMLP_OUTPUT_SOFTMAX && K == 2) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "sklearn has no softmax of two outputs: it makes one sigmoid "
                          "unit");
    }
    if (o->kind == CLMLP_SCRIPT_SKLEARN && model->output == CLMLP_OUTPUT_SIGMOID && K == 1) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a script for sklearn has no single sigmoid output yet");
    }
    if (o->kind == CLMLP_SCRIPT_SKLEARN && model->output != CLMLP_OUTPUT_LINEAR &&
        clmlp_dataset_target_kind(dataset) != CLMLP_TARGET_CLASSES) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a script for sklearn with the output %s takes classes only",
                          clmlp_output_name(model->output));
    }
    if (!(o->rate > 0.0) || !isfinite(o->rate) || o->batch == 0 || o->epochs == 0 || !isfinite(o->lambda)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "rate, batch and epochs are above 0, and lambda is finite");
    }
    return CLMLP_OK;
}

/* --- the script -------------------------------------------------------------------------------------------------- */

typedef struct writing {
    clmlp_text text;
    const clmlp_model *model;
    const clmlp_script_options *options;
    clmlp_error *error;
} writing;

#define WRITE(w, ...) clmlp_text_append(&(w)->text, (w)->error, __VA_ARGS__)

/* A path as bytes of Python. */
static clmlp_status path_bytes(writing *w, const char *name, const char *path)
{
    TRY(WRITE(w, "%s = b\"", name));
    for (; *path != '\0'; path++) {
        const unsigned char c = (unsigned char)*path;
        const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
        TRY(WRITE(w, plain ? "%c" : "\\x%02x", c));
    }
    return WRITE(w, "\"\n");
}

static clmlp_status numbers(writing *w)
{
    const clmlp_script_options *const o = w->options;
    const double lambda = o->lambda < 0.0 ? w->model->lambda : o->lambda;
    char rate[32], strength[32];
    TRY(WRITE(w, "RATE, LAMBDA = %s, %s\n", clmlp_format_double(rate, o->rate, 17),
              clmlp_format_double(strength, lambda, 17)));
    TRY(WRITE(w, "BATCH, EPOCHS, SEED, SHUFFLE = %zu, %zu, %" PRIu64 ", %s\n", o->batch, o->epochs, o->seed,
              o->shuffle ? "True" : "False"));
    TRY(WRITE(w, "REAL, OUTPUT = np.float%d, \"%s\"\nUNITS = [", o->precision == CLMLP_F32 ? 32 : 64,
              clmlp_output_name(w->model->output)));
    for (size_t l = 0; l < w->model->L; l++) TRY(WRITE(w, "%s%zu", l > 0 ? ", " : "", w->model->s[l]));
    return WRITE(w, "]\n");
}

static clmlp_status pytorch(writing *w)
{
    const clmlp_model *const model = w->model;
    TRY(WRITE(w, "NETWORK = nn.Sequential("));
    for (size_t l = 1; l < model->L; l++) {
        TRY(WRITE(w, "%snn.Linear(%zu, %zu)", l > 1 ? ", " : "", model->s[l - 1], model->s[l]));
        if (l + 1 < model->L) TRY(WRITE(w, ", %s", activation_there(CLMLP_SCRIPT_PYTORCH, model->activation)));
    }
    TRY(WRITE(w, ")\n\n\ndef cost_of(z, y):\n    \"\"\"The sum over the examples.\"\"\"\n    return "));
    switch (model->output) {
    case CLMLP_OUTPUT_SIGMOID:
        TRY(WRITE(w, "functional.binary_cross_entropy_with_logits(z, y, reduction=\"sum\")\n"));
        break;
    case CLMLP_OUTPUT_SOFTMAX: TRY(WRITE(w, "functional.cross_entropy(z, y, reduction=\"sum\")\n")); break;
    case CLMLP_OUTPUT_LINEAR: TRY(WRITE(w, "functional.mse_loss(z, y, reduction=\"sum\") / 2\n")); break;
    case CLMLP_OUTPUT_COUNT: return clmlp_fail(w->error, CLMLP_BAD_ARGUMENT, "an output that scripts do not know");
    }
    return WRITE(w, "%s%s", clmlp_script_common, clmlp_script_pytorch);
}

static clmlp_status sklearn(writing *w)
{
    const clmlp_model *const model = w->model;
    TRY(WRITE(w, "NETWORK = MLP%s(hidden_layer_sizes=(", model->output == CLMLP_OUTPUT_LINEAR ? "Regressor"
                                                                                              : "Classifier"));
    for (size_t l = 1; l + 1 < model->L; l++) TRY(WRITE(w, "%zu, ", model->s[l]));
    TRY(WRITE(w, "), activation=\"%s\", solver=\"sgd\", learning_rate_init=RATE, momentum=0.0,\n"
              "                        nesterovs_momentum=False, shuffle=False)\n",
              activation_there(CLMLP_SCRIPT_SKLEARN, model->activation)));
    return WRITE(w, "%s%s", clmlp_script_common, clmlp_script_sklearn);
}

static clmlp_status write_script(writing *w, const char *model_path, const char *data_path)
{
    const bool torch = w->options->kind == CLMLP_SCRIPT_PYTORCH;
    TRY(WRITE(w, "#!/usr/bin/env python3\n"
              "\"\"\"A training of clmlp " CLMLP_VERSION " in %s: the same network, scaling, batches and steps.\n\n"
              "Prints a line of JSON an epoch, as clmlp train DATA --init MODEL --history FILE writes it.\n\"\"\"\n"
              "import json\nimport os\nimport struct\n\nimport numpy as np\n%s\n",
              torch ? "PyTorch" : "scikit-learn",
              torch ? "import torch\nfrom torch import nn\nfrom torch.nn import functional\n"
                    : w->model->output == CLMLP_OUTPUT_LINEAR ? "from sklearn.neural_network import MLPRegressor\n"
                                                              : "from sklearn.neural_network import MLPClassifier\n"));
    TRY(path_bytes(w, "MODEL", model_path));
    TRY(path_bytes(w, "DATA", data_path));
    TRY(numbers(w));
    return torch ? pytorch(w) : sklearn(w);
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
    REQUIRE(model != NULL, "model");
    REQUIRE(model_path != NULL, "model_path");
    REQUIRE(dataset != NULL, "dataset");
    REQUIRE(path != NULL, "path");
    TRY(clmlp_structure_take(&own, sizeof own, options, "options", error));
    REQUIRE_CODE(own.kind, CLMLP_SCRIPT_COUNT, "options.kind");
    REQUIRE_CODE(own.precision, CLMLP_PRECISION_COUNT, "options.precision");
    TRY(check(model, dataset, &own, error));
    writing w = {.model = model, .options = &own, .error = error};
    TRY_CLEANUP(clmlp_text_append(&data_path, error, "%s.csv", path));
    TRY_CLEANUP(write_script(&w, model_path, data_path.data));
    TRY_CLEANUP(write_data(dataset, data_path.data, error));
    TRY_CLEANUP(clmlp_output_open(&file, path, error));
    (void)fwrite(w.text.data, 1, w.text.length, file.stream); /* commit notices errors */
    TRY_CLEANUP(clmlp_output_commit(&file, error));
cleanup:
    clmlp_output_discard(&file);
    free(w.text.data);
    free(data_path.data);
    return status;
}
