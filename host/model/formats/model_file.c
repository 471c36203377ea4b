/* model_file.c - models read from safetensors files, with PyTorch's tensor names.
 *
 * theta(l) is N.weight [s_{l+1} x s_l] and N.bias [s_{l+1}], N = 2 (l - 1). In an ensemble the names of all members but
 * the first have "member.K." in front.
 */
#include "model/formats/model_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/argument.h"
#include "base/memory.h"
#include "base/structure.h"
#include "base/text.h"

/* One Linear layer of a file. */
typedef struct linear {
    uint64_t position; /* N of its names */
    const clmlp_stored_tensor *weight, *bias; /* bias NULL: zeros */
} linear;

/* "N.weight" or "N.bias", N decimal without leading zeros. */
static bool parse_name(const char *name, uint64_t *position, bool *is_bias)
{
    uint64_t number = 0;
    size_t digits = 0;
    for (; name[digits] >= '0' && name[digits] <= '9'; digits++) {
        if (digits >= 18) return false;
        number = number * 10 + (uint64_t)(name[digits] - '0');
    }
    if (digits == 0 || (name[0] == '0' && digits > 1)) return false;
    *position = number;
    *is_bias = strcmp(name + digits, ".bias") == 0;
    return *is_bias || strcmp(name + digits, ".weight") == 0;
}

static int by_position(const void *a, const void *b)
{
    const linear *x = a, *y = b;
    return x->position < y->position ? -1 : x->position > y->position;
}

enum { NAME_LENGTH = 64 };

/* What the names of a member begin with: "" for the first of an ensemble, and for a single network. */
static void name_prefix(char prefix[NAME_LENGTH], size_t member)
{
    prefix[0] = '\0';
    if (member > 0) (void)snprintf(prefix, NAME_LENGTH, "member.%zu.", member);
}

/* Every tensor of a member as a half of a layer, in order of position; halves are joined by join_layers. others: how
 * many members there are beside the first. */
static clmlp_status list_layers(const clmlp_safetensors *file, size_t others, size_t member, linear *layers,
                                size_t *count, clmlp_error *error)
{
    char prefix[NAME_LENGTH];
    size_t used = 0;
    name_prefix(prefix, member);
    for (size_t i = 0; i < file->count; i++) {
        const clmlp_stored_tensor *tensor = &file->tensors[i];
        bool is_bias = false;
        if (strncmp(tensor->name, CLMLP_OWN_NAME, strlen(CLMLP_OWN_NAME)) == 0) continue;
        if (strncmp(tensor->name, prefix, strlen(prefix)) != 0) continue;
        if (member == 0 && others > 0 && strncmp(tensor->name, "member.", strlen("member.")) == 0) continue;
        layers[used] = (linear){.position = 0};
        if (!parse_name(tensor->name + strlen(prefix), &layers[used].position, &is_bias)) {
            return clmlp_fail(error, CLMLP_BAD_INPUT,
                              "%s: tensor \"%s\" (expected N.weight and N.bias of an nn.Sequential of Linear layers)",
                              file->path, tensor->name);
        }
        const size_t rank = is_bias ? 1 : 2;
        if (tensor->rank != rank) {
            return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s has %zu dimensions (expected %zu)", file->path,
                              tensor->name, tensor->rank, rank);
        }
        if (is_bias) layers[used++].bias = tensor;
        else layers[used++].weight = tensor;
    }
    qsort(layers, used, sizeof *layers, by_position);
    *count = used;
    return CLMLP_OK;
}

/* *count: of halves, then of layers. */
static clmlp_status join_layers(const clmlp_safetensors *file, linear *layers, size_t *count, clmlp_error *error)
{
    size_t used = 0;
    for (size_t i = 0; i < *count; i++) {
        const linear half = layers[i];
        if (used > 0 && layers[used - 1].position == half.position) {
            linear *layer = &layers[used - 1];
            if (half.weight != NULL) layer->weight = half.weight;
            if (half.bias != NULL) layer->bias = half.bias;
        } else {
            layers[used++] = half;
        }
    }
    if (used == 0) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: no tensors (expected 0.weight, 0.bias, ...)", file->path);
    }
    for (size_t i = 0; i < used; i++) {
        if (layers[i].weight != NULL) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s without %llu.weight", file->path, layers[i].bias->name,
                          (unsigned long long)layers[i].position);
    }
    *count = used;
    return CLMLP_OK;
}

/* Sizes of the layers, s [count + 1], from shapes that must fit one another. */
static clmlp_status chain_layers(const clmlp_safetensors *file, const linear *layers, size_t count, size_t *s,
                                 clmlp_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const clmlp_stored_tensor *weight = layers[i].weight, *bias = layers[i].bias;
        if (weight->shape[0] == 0 || weight->shape[1] == 0) {
            return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s is empty: [%zu, %zu]", file->path, weight->name,
                              weight->shape[0], weight->shape[1]);
        }
        if (i > 0 && weight->shape[1] != s[i]) {
            return clmlp_fail(error, CLMLP_BAD_INPUT,
                              "%s: %s is [%zu, %zu] (expected %zu columns, the units of the layer before it)",
                              file->path, weight->name, weight->shape[0], weight->shape[1], s[i]);
        }
        s[i] = weight->shape[1];
        s[i + 1] = weight->shape[0];
        if (bias != NULL && bias->shape[0] != s[i + 1]) {
            return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s is [%zu] (expected [%zu], the rows of %s)", file->path,
                              bias->name, bias->shape[0], s[i + 1], weight->name);
        }
    }
    return CLMLP_OK;
}

static clmlp_status not_finite(const clmlp_safetensors *file, const clmlp_stored_tensor *tensor, size_t row,
                               size_t column, double value, clmlp_error *error)
{
    char text[32];
    (void)clmlp_format_double(text, value, 9);
    if (tensor->rank == 1) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s[%zu] is %s (expected a finite number)", file->path,
                          tensor->name, row, text);
    }
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s[%zu, %zu] is %s (expected a finite number)", file->path,
                      tensor->name, row, column, text);
}

/* A tensor into values [shape[0] x columns], rows `stride` apart. */
static clmlp_status read_finite(const clmlp_safetensors *file, const clmlp_stored_tensor *tensor, size_t columns,
                                size_t stride, double *values, clmlp_error *error)
{
    TRY(clmlp_safetensors_read(file, tensor, columns, stride, values, error));
    for (size_t row = 0; row < tensor->shape[0]; row++) {
        for (size_t column = 0; column < columns; column++) {
            const double value = values[row * stride + column];
            if (!isfinite(value)) return not_finite(file, tensor, row, column, value, error);
        }
    }
    return CLMLP_OK;
}

/* into: theta of one member. */
static clmlp_status read_theta(const clmlp_safetensors *file, const linear *layers, clmlp_model *model, double *into,
                               clmlp_error *error)
{
    for (size_t l = 1; l < model->L; l++) {
        const clmlp_stored_tensor *weight = layers[l - 1].weight, *bias = layers[l - 1].bias;
        const size_t s_in = model->s[l - 1];
        double *theta = into + model->theta_at[l - 1];
        TRY(read_finite(file, weight, s_in, s_in + 1, theta + 1, error));
        if (weight->element == CLMLP_ELEMENT_F64) model->precision = CLMLP_F64;
        if (bias == NULL) continue;
        TRY(read_finite(file, bias, 1, s_in + 1, theta, error));
        if (bias->element == CLMLP_ELEMENT_F64) model->precision = CLMLP_F64;
    }
    return CLMLP_OK;
}

/* Tensors of members that the file does not count would be left out in silence. */
static clmlp_status check_members(const clmlp_safetensors *file, size_t others, clmlp_error *error)
{
    for (size_t i = 0; i < file->count && others > 0; i++) {
        const char *const name = file->tensors[i].name;
        char prefix[NAME_LENGTH];
        size_t k = 1;
        if (strncmp(name, "member.", strlen("member.")) != 0) continue;
        for (; k <= others; k++) {
            name_prefix(prefix, k);
            if (strncmp(name, prefix, strlen(prefix)) == 0) break;
        }
        if (k <= others) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: tensor \"%s\" of a file with %zu members (expected member.1 to "
                          "member.%zu)", file->path, name, others + 1, others);
    }
    return CLMLP_OK;
}

/* The layers of a member, in order: layers [file->count]. */
static clmlp_status take_layers(const clmlp_safetensors *file, size_t others, size_t member, linear *layers,
                                size_t *count, clmlp_error *error)
{
    TRY(list_layers(file, others, member, layers, count, error));
    return join_layers(file, layers, count, error);
}

/* One more member, of the sizes that the model has. s [file->count + 1]: scratch. */
static clmlp_status read_member(const clmlp_safetensors *file, size_t others, size_t member, linear *layers, size_t *s,
                                clmlp_model *model, clmlp_error *error)
{
    double *theta = NULL;
    size_t count = 0;
    TRY(take_layers(file, others, member, layers, &count, error));
    TRY(chain_layers(file, layers, count, s, error));
    if (count + 1 != model->L || memcmp(s, model->s, model->L * sizeof *s) != 0) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: member %zu has other layers than the first", file->path, member);
    }
    TRY(clmlp_model_grow(model, &theta, error));
    return read_theta(file, layers, model, theta, error);
}

void clmlp_model_hints_init(clmlp_model_hints *hints, size_t size)
{
    static const clmlp_model_hints defaults = {.size = sizeof defaults};
    clmlp_structure_init(hints, size, &defaults, sizeof defaults);
}

clmlp_status clmlp_model_load(clmlp_model **out, const char *path, const clmlp_model_hints *given,
                              clmlp_error *error)
{
    clmlp_model_hints hints = clmlp_model_hints_default();
    clmlp_status status = CLMLP_OK;
    clmlp_safetensors file;
    clmlp_model *model = NULL;
    linear *layers = NULL;
    size_t *s = NULL;
    size_t count = 0, others = 0;
    clmlp_activation activation = CLMLP_SIGMOID;
    clmlp_output output = CLMLP_OUTPUT_SIGMOID;
    REQUIRE(out != NULL, "out");
    REQUIRE(path != NULL, "path");
    TRY(clmlp_structure_take(&hints, sizeof hints, given, "hints", error));
    if (hints.has_activation) REQUIRE_CODE(hints.activation, CLMLP_ACTIVATION_COUNT, "hints.activation");
    if (hints.has_output) REQUIRE_CODE(hints.output, CLMLP_OUTPUT_COUNT, "hints.output");
    TRY_CLEANUP(clmlp_safetensors_open(&file, path, error));
    TRY_CLEANUP(clmlp_metadata_check_version(&file, error));
    TRY_CLEANUP(clmlp_allocate(&layers, file.count, sizeof *layers, "a list of layers", error));
    TRY_CLEANUP(clmlp_metadata_others(&file, &others, error));
    TRY_CLEANUP(check_members(&file, others, error));
    TRY_CLEANUP(take_layers(&file, others, 0, layers, &count, error));
    TRY_CLEANUP(clmlp_allocate(&s, file.count + 1, sizeof *s, "the sizes of the layers", error));
    TRY_CLEANUP(chain_layers(&file, layers, count, s, error));
    TRY_CLEANUP(clmlp_metadata_functions(&file, &hints, count + 1, &activation, &output, error));
    TRY_CLEANUP(clmlp_model_allocate(&model, count + 1, s, activation, output, error));
    TRY_CLEANUP(read_theta(&file, layers, model, model->theta, error));
    for (size_t k = 1; k <= others; k++) TRY_CLEANUP(read_member(&file, others, k, layers, s, model, error));
    TRY_CLEANUP(clmlp_metadata_read(&file, model, error));
    *out = model;
    model = NULL;
cleanup:
    clmlp_model_destroy(model);
    free(s);
    free(layers);
    clmlp_safetensors_close(&file);
    return status;
}
