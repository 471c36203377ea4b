/* own.c - an ONNX file that clmlp export wrote, back as a model.
 *
 * Theta comes from the tensors of the layers, all else from the metadata. What the graph computes is not guessed from
 * that: the graph is written once more of the model that comes out, and must have the same bytes.
 */
#include "export/onnx/own.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "export/onnx/graph.h"
#include "model/formats/model_file.h"

static clmlp_status refuse(const clmlp_parsed *parsed, const char *why, clmlp_error *error)
{
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: clmlp export wrote it, but %s; take the model file that it was made "
                      "of", parsed->path, why);
}

/* --- metadata ---------------------------------------------------------------------------------------------------- */

/* *out = a copy with a 0 at its end; NULL: the text has one inside. */
static clmlp_status copy_text(clmlp_slice slice, char **out, clmlp_error *error)
{
    *out = NULL;
    if (slice.length > 0 && memchr(slice.at, '\0', slice.length) != NULL) return CLMLP_OK;
    TRY(clmlp_allocate(out, slice.length + 1, 1, "the metadata", error));
    if (slice.length > 0) memcpy(*out, slice.at, slice.length);
    return CLMLP_OK;
}

static clmlp_status add_entry(const clmlp_parsed *parsed, clmlp_slice entry, cJSON *texts, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_proto_field field;
    clmlp_slice key = {NULL, 0}, value = {NULL, 0};
    char *key_text = NULL, *value_text = NULL;
    while (clmlp_proto_next(&entry, &field)) {
        if (field.number == CLMLP_ENTRY_KEY && field.wire == CLMLP_WIRE_BYTES) key = field.bytes;
        if (field.number == CLMLP_ENTRY_VALUE && field.wire == CLMLP_WIRE_BYTES) value = field.bytes;
    }
    TRY_CLEANUP(copy_text(key, &key_text, error));
    TRY_CLEANUP(copy_text(value, &value_text, error));
    if (clmlp_proto_broken(&entry) || key_text == NULL || value_text == NULL) {
        TRY_CLEANUP(refuse(parsed, "its metadata are damaged", error));
    }
    if (cJSON_AddStringToObject(texts, key_text, value_text) == NULL) {
        TRY_CLEANUP(clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for the metadata"));
    }
cleanup:
    free(value_text);
    free(key_text);
    return status;
}

/* The metadata as those of a model file, which the caller closes. */
static clmlp_status read_metadata(const clmlp_parsed *parsed, clmlp_safetensors *file, clmlp_error *error)
{
    clmlp_proto_field field;
    clmlp_slice rest = {parsed->bytes, parsed->size};
    cJSON *const texts = cJSON_CreateObject();
    clmlp_status status = CLMLP_OK;
    if (texts == NULL) return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for the metadata");
    while (status == CLMLP_OK && clmlp_proto_next(&rest, &field)) {
        if (field.number != CLMLP_MODEL_METADATA || field.wire != CLMLP_WIRE_BYTES) continue;
        status = add_entry(parsed, field.bytes, texts, error);
    }
    if (status == CLMLP_OK && !cJSON_HasObjectItem(texts, "clmlp.activation")) {
        status = refuse(parsed, "its metadata are gone", error);
    }
    if (status != CLMLP_OK) {
        cJSON_Delete(texts);
        return status;
    }
    return clmlp_safetensors_of_texts(file, parsed->path, texts, parsed->tensor_count, parsed->size, error);
}

/* --- theta ------------------------------------------------------------------------------------------------------- */

/* The weight or the bias of a layer of a member, both from 1; NULL: there is none. They are looked for from *from on,
 * which moves behind it: export writes them in this order, and so a file of many is gone through once. */
static const clmlp_parsed_tensor *find(const clmlp_parsed *parsed, bool ensemble, size_t member, size_t layer,
                                       const char *what, size_t *from)
{
    char name[CLMLP_ONNX_NAME], stem[CLMLP_ONNX_NAME / 2] = "";
    if (ensemble) (void)snprintf(stem, sizeof stem, "member_%zu.", member);
    (void)snprintf(name, sizeof name, CLMLP_ONNX_OWN "%slayer_%zu.%s", stem, layer, what);
    while (*from < parsed->tensor_count) {
        const clmlp_parsed_tensor *const tensor = &parsed->tensors[(*from)++];
        if (clmlp_slice_is(tensor->name, name)) return tensor;
    }
    return NULL;
}

/* Sizes of the layers, s [tensors + 1], from the weights of the first member. */
static clmlp_status find_sizes(const clmlp_parsed *parsed, bool ensemble, size_t *s, size_t *L, clmlp_error *error)
{
    const clmlp_parsed_tensor *weight = NULL;
    size_t from = 0;
    *L = 1;
    while ((weight = find(parsed, ensemble, 1, *L, "weight", &from)) != NULL) {
        /* of floats, each of which the file has: no size is larger than the file */
        if (weight->dim_count != 2 || weight->count == 0 || weight->count > parsed->size / 4) {
            return refuse(parsed, "its layers are damaged", error);
        }
        s[*L - 1] = (size_t)weight->dims[1];
        s[(*L)++] = (size_t)weight->dims[0];
    }
    return *L > 1 ? CLMLP_OK : refuse(parsed, "its layers are gone", error);
}

/* theta(l) from [s_out x s_in] and [s_out]. */
static clmlp_status read_layer(const clmlp_parsed *parsed, const clmlp_parsed_tensor *weight,
                               const clmlp_parsed_tensor *bias, size_t s_in, size_t s_out, double *theta,
                               clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    double *weights = NULL, *biases = NULL;
    const bool fits = weight != NULL && bias != NULL && weight->dim_count == 2 && weight->dims[0] == s_out &&
                      weight->dims[1] == s_in && bias->count == s_out;
    if (!fits) return refuse(parsed, "its layers are damaged", error);
    TRY_CLEANUP(clmlp_parsed_numbers(parsed, weight, &weights, error));
    TRY_CLEANUP(clmlp_parsed_numbers(parsed, bias, &biases, error));
    for (size_t j = 0; j < s_out; j++) {
        double *const row = theta + j * (s_in + 1);
        row[0] = biases[j];
        memcpy(row + 1, weights + j * s_in, s_in * sizeof *row);
    }
cleanup:
    free(biases);
    free(weights);
    return status;
}

static clmlp_status read_members(const clmlp_parsed *parsed, size_t others, clmlp_model *model, clmlp_error *error)
{
    size_t from = 0;
    for (size_t k = 0; k <= others; k++) {
        double *theta = model->theta;
        if (k > 0) TRY(clmlp_model_grow(model, &theta, error));
        for (size_t l = 1; l < model->L; l++) {
            const clmlp_parsed_tensor *const weight = find(parsed, others > 0, k + 1, l, "weight", &from);
            const clmlp_parsed_tensor *const bias = find(parsed, others > 0, k + 1, l, "bias", &from);
            TRY(read_layer(parsed, weight, bias, model->s[l - 1], model->s[l], theta + model->theta_at[l - 1], error));
        }
    }
    return CLMLP_OK;
}

/* --- the graph --------------------------------------------------------------------------------------------------- */

/* The next graph or operator set of a file; others: what else a file may have is passed over, all else is told. */
static bool next_part(clmlp_slice *rest, clmlp_proto_field *field, bool *others)
{
    while (clmlp_proto_next(rest, field)) {
        if (field->number == CLMLP_MODEL_GRAPH || field->number == CLMLP_MODEL_OPSET) return true;
        const bool known = field->number <= CLMLP_MODEL_DOC || field->number == CLMLP_MODEL_METADATA;
        *others = *others || !known;
    }
    return false;
}

/* Whether the file has the parts of `own`, and none else. */
static bool has_parts(const clmlp_parsed *parsed, const clmlp_proto *own)
{
    clmlp_slice file = {parsed->bytes, parsed->size}, wanted = {own->bytes, own->length};
    clmlp_proto_field found, expected;
    bool others = false;
    while (next_part(&wanted, &expected, &others)) {
        if (!next_part(&file, &found, &others) || found.number != expected.number) return false;
        if (found.wire != CLMLP_WIRE_BYTES || !clmlp_slices_equal(found.bytes, expected.bytes)) return false;
    }
    return !next_part(&file, &found, &others) && !others;
}

static clmlp_status check_graph(const clmlp_parsed *parsed, const clmlp_model *model, clmlp_error *error)
{
    static const clmlp_onnx_input_type types[] = {CLMLP_ONNX_INPUT_DOUBLE, CLMLP_ONNX_INPUT_FLOAT};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        clmlp_proto own = {NULL, 0, 0};
        const clmlp_status status = clmlp_onnx_write_parts(&own, model, types[i], error);
        const bool same = status == CLMLP_OK && has_parts(parsed, &own);
        free(own.bytes);
        if (same || (status != CLMLP_OK && status != CLMLP_BAD_ARGUMENT)) return status;
    }
    return refuse(parsed, "its graph is not the one that this version writes of its metadata: it was changed, or "
                  "another version wrote it", error);
}

clmlp_status clmlp_onnx_load_own(clmlp_model **out, const clmlp_parsed *parsed, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_safetensors file = {.path = NULL};
    clmlp_activation activation = CLMLP_SIGMOID;
    clmlp_output output = CLMLP_OUTPUT_SIGMOID;
    clmlp_model *model = NULL;
    size_t *s = NULL, L = 0, others = 0;
    TRY_CLEANUP(read_metadata(parsed, &file, error));
    TRY_CLEANUP(clmlp_metadata_check_version(&file, error));
    TRY_CLEANUP(clmlp_metadata_others(&file, &others, error));
    TRY_CLEANUP(clmlp_allocate(&s, parsed->tensor_count + 1, sizeof *s, "the sizes of the layers", error));
    TRY_CLEANUP(find_sizes(parsed, others > 0, s, &L, error));
    TRY_CLEANUP(clmlp_metadata_functions(&file, NULL, L, &activation, &output, error));
    TRY_CLEANUP(clmlp_model_allocate(&model, L, s, activation, output, error));
    TRY_CLEANUP(read_members(parsed, others, model, error));
    TRY_CLEANUP(clmlp_metadata_read(&file, model, error));
    model->precision = CLMLP_F32;
    TRY_CLEANUP(check_graph(parsed, model, error));
    *out = model;
    model = NULL;
cleanup:
    clmlp_model_destroy(model);
    free(s);
    clmlp_safetensors_close(&file);
    return status;
}
