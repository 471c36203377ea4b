/* metadata_read.c - model metadata from the header of a safetensors file. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "base/text.h"
#include "base/utf8.h"
#include "model/formats/json_parse.h"
#include "model/formats/model_file.h"

static clmlp_status bad_value(const clmlp_safetensors *file, const char *key, const char *found, const char *expected,
                              clmlp_error *error)
{
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s is \"%.200s\" (expected %s)", file->path, key, found, expected);
}

/* Decimal digits alone. */
static bool parse_unsigned(const char *text, uint64_t *value)
{
    uint64_t number = 0;
    if (*text == '\0') return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') return false;
        const unsigned digit = (unsigned)(*text - '0');
        if (number > (UINT64_MAX - digit) / 10) return false;
        number = number * 10 + digit;
    }
    *value = number;
    return true;
}

clmlp_status clmlp_metadata_check_version(const clmlp_safetensors *file, clmlp_error *error)
{
    static const char key[] = "clmlp.format_version";
    const char *text = clmlp_safetensors_metadata(file, key);
    uint64_t version = 0;
    if (text == NULL) return CLMLP_OK;
    if (!parse_unsigned(text, &version) || version == 0) return bad_value(file, key, text, "an integer >= 1", error);
    if (version > CLMLP_FORMAT_VERSION) {
        const char *writer = clmlp_safetensors_metadata(file, "clmlp.version");
        return clmlp_fail(error, CLMLP_BAD_INPUT,
                          "%s: format version %s, written by clmlp %s (expected at most %d); a newer clmlp reads it",
                          file->path, text, writer != NULL ? writer : "?", CLMLP_FORMAT_VERSION);
    }
    return CLMLP_OK;
}

#define LISTED(name, text) " " text

/* Both names are looked up before either is missed, so that one message asks for all there is to give. */
clmlp_status clmlp_metadata_functions(const clmlp_safetensors *file, const clmlp_model_hints *hints, size_t L,
                                      clmlp_activation *activation, clmlp_output *output, clmlp_error *error)
{
    const char *activation_text = clmlp_safetensors_metadata(file, "clmlp.activation");
    const char *output_text = clmlp_safetensors_metadata(file, "clmlp.output");
    if (activation_text != NULL && !clmlp_activation_parse(activation_text, activation)) {
        return bad_value(file, "clmlp.activation", activation_text, "one of:" CLMLP_ACTIVATION_LIST(LISTED), error);
    }
    if (output_text != NULL && !clmlp_output_parse(output_text, output)) {
        return bad_value(file, "clmlp.output", output_text, "one of:" CLMLP_OUTPUT_LIST(LISTED), error);
    }
    bool has_activation = activation_text != NULL, has_output = output_text != NULL;
    if (!has_activation && hints != NULL && hints->has_activation) {
        *activation = hints->activation;
        has_activation = true;
    }
    if (!has_output && hints != NULL && hints->has_output) {
        *output = hints->output;
        has_output = true;
    }
    if (!has_activation && L == 2) {
        *activation = CLMLP_SIGMOID; /* without hidden layers there is nothing that it would act on */
        has_activation = true;
    }
    if (has_activation && has_output) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: does not say its %s%s%s; give %s%s%s", file->path,
                      has_activation ? "" : "activation", !has_activation && !has_output ? " and " : "",
                      has_output ? "" : "output", has_activation ? "" : "--activation",
                      !has_activation && !has_output ? " and " : "", has_output ? "" : "--output");
}

static clmlp_status check_layers(const clmlp_safetensors *file, const clmlp_model *model, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_text shapes = {NULL, 0, 0};
    const char *text = clmlp_safetensors_metadata(file, "clmlp.layers");
    if (text == NULL) return CLMLP_OK;
    for (size_t l = 1; l <= model->L; l++) {
        TRY_CLEANUP(clmlp_text_append(&shapes, error, "%s%zu", l > 1 ? "," : "", model->s[l - 1]));
    }
    if (strcmp(text, shapes.data) != 0) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: clmlp.layers is \"%s\", the tensors have %s", file->path,
                            text, shapes.data);
    }
cleanup:
    free(shapes.data);
    return status;
}

/* A JSON array of n finite numbers, none below `least`. */
static clmlp_status read_numbers(const clmlp_safetensors *file, const char *key, const char *kind_key, size_t n,
                                 double least, double *values, clmlp_error *error)
{
    const char *text = clmlp_safetensors_metadata(file, key);
    if (text == NULL) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: no %s, which its %s needs", file->path, key, kind_key);
    }
    clmlp_status status = CLMLP_OK;
    cJSON *array = NULL;
    TRY(clmlp_json_parse(&array, text, error));
    const int size = cJSON_IsArray(array) ? cJSON_GetArraySize(array) : -1;
    if (size < 0) {
        status = bad_value(file, key, text, "a JSON array of numbers", error);
    } else if ((size_t)size != n) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s has %d numbers (expected %zu, one per %s)", file->path,
                            key, size, n, strcmp(kind_key, "clmlp.scale") == 0 ? "feature" : "output");
    }
    size_t j = 0;
    const cJSON *item = NULL;
    if (status != CLMLP_OK) goto cleanup;
    cJSON_ArrayForEach(item, array) {
        if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble) || !(item->valuedouble >= least)) {
            status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: entry %zu of %s is not a %snumber", file->path, j + 1, key,
                                least > 0.0 ? "positive " : least == 0.0 ? "finite, not negative " : "finite ");
            goto cleanup;
        }
        values[j++] = item->valuedouble;
    }
cleanup:
    cJSON_Delete(array);
    return status;
}

/* The numbers of a scaling whose kind is known. */
static clmlp_status read_arrays(const clmlp_safetensors *file, const clmlp_scaling_keys *keys, clmlp_scaling *scaling,
                                clmlp_error *error)
{
    size_t numbers = 0;
    if (!clmlp_multiply(scaling->n, 2, &numbers)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for the scaling of %zu numbers", scaling->n);
    }
    TRY(clmlp_allocate(&scaling->offset, numbers, sizeof(double), "the scaling", error));
    scaling->divisor = scaling->offset + scaling->n;
    TRY(read_numbers(file, keys->offset, keys->kind, scaling->n, -HUGE_VAL, scaling->offset, error));
    const double least = clmlp_scale_least_divisor(scaling->kind);
    return read_numbers(file, keys->divisor, keys->kind, scaling->n, least, scaling->divisor, error);
}

static clmlp_status read_scaling(const clmlp_safetensors *file, clmlp_scaling *scaling, clmlp_error *error)
{
    static const clmlp_scaling_keys keys = CLMLP_FEATURE_SCALING_KEYS;
    const char *text = clmlp_safetensors_metadata(file, keys.kind);
    if (text == NULL) return CLMLP_OK;
    if (!clmlp_scale_parse(text, &scaling->kind) || scaling->kind == CLMLP_SCALE_AUTO) {
        return bad_value(file, keys.kind, text, "none, minmax, standard, pixel, robust or robust-clip", error);
    }
    if (!clmlp_scale_has_numbers(scaling->kind)) return CLMLP_OK;
    return read_arrays(file, &keys, scaling, error);
}

/* Predictions in the wrong units look right: nothing about them may be half there. */
static clmlp_status read_target_scaling(const clmlp_safetensors *file, clmlp_model *model, clmlp_error *error)
{
    static const clmlp_scaling_keys keys = CLMLP_TARGET_SCALING_KEYS;
    const char *const text = clmlp_safetensors_metadata(file, keys.kind);
    const bool standard = text != NULL && strcmp(text, "standard") == 0;
    if (text != NULL && !standard && strcmp(text, "none") != 0) {
        return bad_value(file, keys.kind, text, "none or standard", error);
    }
    const char *const arrays[] = {keys.offset, keys.divisor};
    for (size_t i = 0; i < 2 && !standard; i++) {
        if (clmlp_safetensors_metadata(file, arrays[i]) == NULL) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s without a %s that is \"standard\"", file->path, arrays[i],
                          keys.kind);
    }
    if (!standard) return CLMLP_OK;
    if (model->output != CLMLP_OUTPUT_LINEAR) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s is \"standard\", which the %s output does not allow "
                          "(expected a linear output)", file->path, keys.kind, clmlp_output_name(model->output));
    }
    model->target_scaling.kind = CLMLP_SCALE_STANDARD;
    return read_arrays(file, &keys, &model->target_scaling, error);
}

/* Whether names are kept byte by byte, see clmlp_utf8_from_bytes. */
static clmlp_status read_encoding(const clmlp_safetensors *file, bool *bytes, clmlp_error *error)
{
    static const char key[] = "clmlp.encoding";
    const char *text = clmlp_safetensors_metadata(file, key);
    *bytes = text != NULL;
    if (text == NULL || strcmp(text, "iso-8859-1") == 0) return CLMLP_OK;
    return bad_value(file, key, text, "iso-8859-1, or no such key", error);
}

static clmlp_status check_name(const clmlp_safetensors *file, const char *key, char *name, bool bytes,
                               clmlp_error *error)
{
    if (!bytes || clmlp_utf8_to_bytes(name)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s has characters outside its clmlp.encoding", file->path, key);
}

/* *out = a JSON array of K names, in one block; left alone where there is none. */
static clmlp_status read_names(const clmlp_safetensors *file, const char *key, const clmlp_model *model, bool bytes,
                               char ***out, clmlp_error *error)
{
    const size_t K = model->s[model->L - 1];
    clmlp_status status = CLMLP_OK;
    cJSON *array = NULL;
    char **names = NULL;
    const char *text = clmlp_safetensors_metadata(file, key);
    if (text == NULL) return CLMLP_OK;
    TRY(clmlp_json_parse(&array, text, error));
    if (!cJSON_IsArray(array)) {
        status = bad_value(file, key, text, "a JSON array of texts", error);
        goto cleanup;
    }
    const int size = cJSON_GetArraySize(array);
    if (size < 0 || (size_t)size != K) {
        status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %s has %d names (expected %zu, one per output)", file->path,
                            key, size, K);
        goto cleanup;
    }
    TRY_CLEANUP(clmlp_allocate(&names, K, sizeof *names, "names of outputs", error));
    size_t k = 0;
    cJSON *item = NULL;
    cJSON_ArrayForEach(item, array) {
        if (!cJSON_IsString(item)) {
            status = clmlp_fail(error, CLMLP_BAD_INPUT, "%s: entry %zu of %s is not a text", file->path, k + 1, key);
            goto cleanup;
        }
        TRY_CLEANUP(check_name(file, key, item->valuestring, bytes, error));
        names[k++] = item->valuestring;
    }
    TRY_CLEANUP(clmlp_duplicate_list(out, (const char *const *)names, K, error));
cleanup:
    free(names);
    cJSON_Delete(array);
    return status;
}

/* Classes and columns are found by these names, so all have to differ. */
static clmlp_status read_distinct_names(const clmlp_safetensors *file, const char *key, const clmlp_model *model,
                                        bool bytes, char ***out, clmlp_error *error)
{
    const size_t K = model->s[model->L - 1];
    size_t k = 0, earlier = 0;
    TRY(read_names(file, key, model, bytes, out, error));
    if (*out == NULL) return CLMLP_OK;
    TRY(clmlp_find_repeated((const char *const *)*out, K, true, &k, &earlier, error));
    if (k == K) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, k == earlier ? "%s: entry %zu of %s is empty"
                      : "%s: entry %zu of %s stands there once more", file->path, k + 1, key);
}

static clmlp_status read_target(const clmlp_safetensors *file, clmlp_model *model, bool bytes, clmlp_error *error)
{
    static const char key[] = "clmlp.target";
    const char *text = clmlp_safetensors_metadata(file, key);
    if (text == NULL) return CLMLP_OK;
    TRY(clmlp_model_set_target(model, text, error));
    return check_name(file, key, model->target, bytes, error);
}

static clmlp_status read_index_base(const clmlp_safetensors *file, clmlp_model *model, clmlp_error *error)
{
    static const char key[] = "clmlp.index_base";
    const char *const text = clmlp_safetensors_metadata(file, key);
    if (text == NULL) return CLMLP_OK;
    const bool one = strcmp(text, "1") == 0;
    if (!one && strcmp(text, "0") != 0) return bad_value(file, key, text, "0 or 1", error);
    model->index_base = one ? CLMLP_INDEX_BASE_ONE : CLMLP_INDEX_BASE_ZERO;
    return CLMLP_OK;
}

static clmlp_status read_lambda(const clmlp_safetensors *file, clmlp_model *model, clmlp_error *error)
{
    static const char key[] = "clmlp.lambda";
    const char *text = clmlp_safetensors_metadata(file, key);
    if (text == NULL) return CLMLP_OK;
    cJSON *number = NULL;
    TRY(clmlp_json_parse(&number, text, error));
    const bool valid = cJSON_IsNumber(number) && number->valuedouble >= 0.0 && isfinite(number->valuedouble);
    if (valid) model->lambda = number->valuedouble;
    cJSON_Delete(number);
    return valid ? CLMLP_OK : bad_value(file, key, text, "a finite number >= 0", error);
}

static clmlp_status read_seed(const clmlp_safetensors *file, clmlp_model *model, clmlp_error *error)
{
    static const char key[] = "clmlp.seed";
    const char *text = clmlp_safetensors_metadata(file, key);
    if (text == NULL || parse_unsigned(text, &model->seed)) return CLMLP_OK;
    return bad_value(file, key, text, "an integer from 0 to 2^64 - 1", error);
}

static clmlp_status read_initialisation(const clmlp_safetensors *file, clmlp_model *model, clmlp_error *error)
{
#define OR(name, text) " " text
    static const char key[] = "clmlp.initialisation";
    const char *text = clmlp_safetensors_metadata(file, key);
    if (text == NULL || clmlp_initialisation_parse(text, &model->initialisation)) return CLMLP_OK;
    return bad_value(file, key, text, "one of:" CLMLP_INITIALISATION_LIST(OR), error);
#undef OR
}

clmlp_status clmlp_metadata_others(const clmlp_safetensors *file, size_t *others, clmlp_error *error)
{
    static const char key[] = "clmlp.ensemble";
    const char *text = clmlp_safetensors_metadata(file, key);
    uint64_t members = 1;
    *others = 0;
    if (text == NULL) return CLMLP_OK;
    if (!parse_unsigned(text, &members) || members < 2 || members > file->count) {
        return bad_value(file, key, text, "the number of members, 2 or more, whose tensors are there", error);
    }
    *others = (size_t)members - 1;
    return CLMLP_OK;
}

clmlp_status clmlp_metadata_read(const clmlp_safetensors *file, clmlp_model *model, clmlp_error *error)
{
    bool bytes = false;
    TRY(check_layers(file, model, error));
    TRY(read_encoding(file, &bytes, error));
    TRY(read_scaling(file, &model->scaling, error));
    TRY(read_target_scaling(file, model, error));
    TRY(read_distinct_names(file, "clmlp.classes", model, bytes, &model->class_names, error));
    TRY(read_distinct_names(file, "clmlp.outputs", model, bytes, &model->output_names, error));
    TRY(read_index_base(file, model, error));
    TRY(clmlp_metadata_read_columns(file, model, bytes, error));
    TRY(read_target(file, model, bytes, error));
    TRY(read_lambda(file, model, error));
    TRY(read_initialisation(file, model, error));
    return read_seed(file, model, error);
}
