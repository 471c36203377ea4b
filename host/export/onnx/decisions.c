/* decisions.c - operators of an ONNX file behind the last layer: the largest output, and names of classes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "export/onnx/symbols.h"

/* A form of the last layer. */
static clmlp_status define(clmlp_import *import, const clmlp_parsed_node *node, clmlp_form form)
{
    const clmlp_symbol symbol = {.layer = import->layer_count, .stage = import->stage, .form = form};
    return clmlp_import_define(import, node, &symbol);
}

static bool is_outputs(const clmlp_import *import, const clmlp_symbol *value)
{
    return clmlp_import_is_output(import, value) && value->form <= CLMLP_FORM_BOTH;
}

clmlp_status clmlp_import_argmax(clmlp_import *import, const clmlp_parsed_node *node,
                                 const clmlp_symbol *const *inputs)
{
    const int64_t axis = clmlp_parsed_int(node, "axis", 0);
    if (!is_outputs(import, inputs[0]) || (axis != 1 && axis != -1) ||
        clmlp_parsed_int(node, "select_last_index", 0) != 0) {
        return REFUSE_NODE(import, node, "expected the first of the largest outputs of "
                                   "each row");
    }
    return define(import, node, CLMLP_FORM_INDEX);
}

clmlp_status clmlp_import_binarizer(clmlp_import *import, const clmlp_parsed_node *node,
                                    const clmlp_symbol *const *inputs)
{
    if (!is_outputs(import, inputs[0]) || inputs[0]->form != CLMLP_FORM_SIGMOID ||
        clmlp_parsed_float(node, "threshold", 0.0f) != 0.5f) {
        return REFUSE_NODE(import, node, "expected sigmoid outputs and the threshold 0.5");
    }
    return define(import, node, CLMLP_FORM_LABELS);
}

/* --- names of classes -------------------------------------------------------------------------------------------- */

static void release_names(char **names, size_t count)
{
    for (size_t k = 0; names != NULL && k < count; k++) free(names[k]);
    free(names);
}

/* The names of the classes; a second list must be the same. The list belongs to import then. */
static clmlp_status take_names(clmlp_import *import, const clmlp_parsed_node *node, char **names, size_t count)
{
    bool same = import->class_count == count;
    if (import->classes == NULL) {
        import->classes = names;
        import->class_count = count;
        return CLMLP_OK;
    }
    for (size_t k = 0; same && k < count; k++) same = strcmp(names[k], import->classes[k]) == 0;
    release_names(names, count);
    if (same) return CLMLP_OK;
    return REFUSE_NODE(import, node, "another node has other names of classes");
}

/* Names from texts [count], or from numbers where texts are NULL. */
static clmlp_status make_names(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_slice *texts,
                               const int64_t *numbers, size_t count)
{
    char **names = NULL;
    clmlp_status status = clmlp_allocate(&names, count, sizeof *names, "names of classes", import->error);
    for (size_t k = 0; status == CLMLP_OK && k < count; k++) {
        char number[32];
        (void)snprintf(number, sizeof number, "%lld", texts == NULL ? (long long)numbers[k] : 0);
        const clmlp_slice number_text = {(const uint8_t *)number, strlen(number)};
        const clmlp_slice text = texts != NULL ? texts[k] : number_text;
        if (text.length == 0 || memchr(text.at, '\0', text.length) != NULL) {
            status = REFUSE_NODE(import, node, "the name of class %zu is empty or has a "
                                         "zero byte", k + 1);
            break;
        }
        status = clmlp_allocate(&names[k], text.length + 1, 1, "names of classes", import->error);
        if (status == CLMLP_OK) memcpy(names[k], text.at, text.length);
    }
    if (status == CLMLP_OK) return take_names(import, node, names, count);
    release_names(names, count);
    return status;
}

clmlp_status clmlp_import_zipmap(clmlp_import *import, const clmlp_parsed_node *node,
                                 const clmlp_symbol *const *inputs)
{
    clmlp_parsed_attribute texts, numbers;
    clmlp_status status = CLMLP_OK;
    clmlp_slice *slices = NULL;
    int64_t *integers = NULL;
    const bool has_texts = clmlp_parsed_attribute_of(node, "classlabels_strings", &texts);
    const bool has_numbers = clmlp_parsed_attribute_of(node, "classlabels_int64s", &numbers);
    if (!is_outputs(import, inputs[0]) || has_texts == has_numbers) {
        return REFUSE_NODE(import, node, "expected outputs and their names");
    }
    const size_t count = has_texts ? clmlp_parsed_texts(&texts, NULL, 0) : clmlp_parsed_ints(&numbers, NULL, 0);
    TRY_CLEANUP(clmlp_allocate(&slices, has_texts ? count : 0, sizeof *slices, "names of classes", import->error));
    TRY_CLEANUP(clmlp_allocate(&integers, has_texts ? 0 : count, sizeof *integers, "names of classes", import->error));
    if (has_texts) (void)clmlp_parsed_texts(&texts, slices, count);
    else (void)clmlp_parsed_ints(&numbers, integers, count);
    /* of several labels at once these are no classes */
    const bool are_classes = inputs[0]->form == CLMLP_FORM_SOFTMAX || inputs[0]->form == CLMLP_FORM_BOTH;
    if (are_classes) TRY_CLEANUP(make_names(import, node, has_texts ? slices : NULL, integers, count));
    status = define(import, node, CLMLP_FORM_NAMED);
cleanup:
    free(integers);
    free(slices);
    return status;
}

/* classes[index]: ArrayFeatureExtractor, or Gather. */
clmlp_status clmlp_import_pick(clmlp_import *import, const clmlp_parsed_node *node, const clmlp_symbol *const *inputs)
{
    clmlp_status status = CLMLP_OK;
    clmlp_slice *slices = NULL;
    double *numbers = NULL;
    int64_t *integers = NULL;
    const bool fits = inputs[0] != NULL && inputs[0]->constant != NULL && clmlp_import_is_output(import, inputs[1]) &&
                      inputs[1]->form == CLMLP_FORM_INDEX && clmlp_parsed_int(node, "axis", 0) == 0;
    if (!fits) {
        return REFUSE_NODE(import, node, "expected names of classes, and the index of the "
                                   "largest output");
    }
    const clmlp_parsed_tensor *const tensor = inputs[0]->constant;
    const bool texts = tensor->type == CLMLP_ONNX_STRING;
    const size_t count = texts ? clmlp_parsed_strings(tensor, NULL, 0) : tensor->count;
    if (!texts) TRY_CLEANUP(clmlp_parsed_numbers(&import->file, tensor, &numbers, import->error));
    TRY_CLEANUP(clmlp_allocate(&slices, texts ? count : 0, sizeof *slices, "names of classes", import->error));
    TRY_CLEANUP(clmlp_allocate(&integers, texts ? 0 : count, sizeof *integers, "names of classes", import->error));
    if (texts) (void)clmlp_parsed_strings(tensor, slices, count);
    for (size_t k = 0; !texts && k < count; k++) {
        const bool whole = numbers[k] >= -9007199254740992.0 && numbers[k] <= 9007199254740992.0;
        integers[k] = whole ? (int64_t)numbers[k] : 0;
        if (whole && (double)integers[k] == numbers[k]) continue;
        status = REFUSE_NODE(import, node, "the name of class %zu is no whole number of "
                                     "53 bits", k + 1);
        goto cleanup;
    }
    TRY_CLEANUP(make_names(import, node, texts ? slices : NULL, integers, count));
    status = define(import, node, CLMLP_FORM_LABEL);
cleanup:
    free(integers);
    free(numbers);
    free(slices);
    return status;
}
