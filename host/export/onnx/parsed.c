/* parsed.c - an ONNX file from outside, taken apart: nodes, tensors, inputs, outputs. */
#include "export/onnx/parsed.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/open_error.h"
#include "data/readers/foreign.h"

const char *clmlp_slice_quote(char text[CLMLP_QUOTE_LENGTH], clmlp_slice slice)
{
    return clmlp_quote(text, slice.length > 0 ? (const char *)slice.at : "", slice.length);
}

clmlp_status clmlp_parsed_refuse(const clmlp_parsed *parsed, const clmlp_parsed_node *node, clmlp_error *error,
                                 const char *format, ...)
{
    char name[CLMLP_QUOTE_LENGTH], op[CLMLP_QUOTE_LENGTH], why[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    /* a node need not have a name; its value has one */
    const clmlp_slice called = node->name.length > 0 ? node->name : node->outputs[0];
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: node %s (%s): %s", parsed->path, clmlp_slice_quote(name, called),
                      clmlp_slice_quote(op, node->op), why);
}

static clmlp_status broken(const clmlp_parsed *parsed, const char *what, clmlp_error *error)
{
    const char *const other = clmlp_foreign_name((const char *)parsed->bytes, parsed->size);
    if (other != NULL && strcmp(other, "text") != 0) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: no ONNX file: %s (expected ONNX, which torch.onnx.export "
                          "writes, or safetensors, which safetensors.torch.save_file writes)", parsed->path, other);
    }
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: no ONNX file, or a damaged one: %s is no protobuf message",
                      parsed->path, what);
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

static clmlp_status read_all(clmlp_parsed *parsed, FILE *stream, clmlp_error *error)
{
    struct stat entry;
    if (fstat(fileno(stream), &entry) != 0) {
        return clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be read", parsed->path);
    }
    if (!S_ISREG(entry.st_mode)) return clmlp_fail(error, CLMLP_IO, "%s: not a regular file", parsed->path);
    if (entry.st_size <= 0 || entry.st_size > INT_MAX) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: no ONNX file: it has %lld bytes (expected 1 to 2 GiB)",
                          parsed->path, (long long)entry.st_size);
    }
    parsed->device = entry.st_dev;
    parsed->inode = entry.st_ino;
    parsed->size = (size_t)entry.st_size;
    TRY(clmlp_allocate(&parsed->bytes, parsed->size, 1, "an ONNX file", error));
    if (fread(parsed->bytes, 1, parsed->size, stream) == parsed->size) return CLMLP_OK;
    if (ferror(stream)) return clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be read", parsed->path);
    return clmlp_fail(error, CLMLP_IO, "%s: became shorter while it was read", parsed->path);
}

static clmlp_status read_file(clmlp_parsed *parsed, clmlp_error *error)
{
    FILE *const stream = fopen(parsed->path, "rb");
    if (stream == NULL) return clmlp_fail_open(error, errno, parsed->path);
    const clmlp_status status = read_all(parsed, stream, error);
    (void)fclose(stream);
    return status;
}

/* --- messages ----------------------------------------------------------------------------------------------------- */

static bool is_bytes(const clmlp_proto_field *field, uint32_t number)
{
    return field->number == number && field->wire == CLMLP_WIRE_BYTES;
}

static clmlp_status read_node(const clmlp_parsed *parsed, clmlp_slice message, clmlp_parsed_node *node,
                              clmlp_error *error)
{
    clmlp_proto_field field;
    *node = (clmlp_parsed_node){.message = message};
    while (clmlp_proto_next(&message, &field)) {
        if (is_bytes(&field, CLMLP_NODE_INPUT)) {
            if (node->input_count < CLMLP_PARSED_LINKS) node->inputs[node->input_count] = field.bytes;
            node->input_count++;
        } else if (is_bytes(&field, CLMLP_NODE_OUTPUT)) {
            if (node->output_count < CLMLP_PARSED_LINKS) node->outputs[node->output_count] = field.bytes;
            node->output_count++;
        } else if (is_bytes(&field, CLMLP_NODE_NAME)) {
            node->name = field.bytes;
        } else if (is_bytes(&field, CLMLP_NODE_OP)) {
            node->op = field.bytes;
        } else if (is_bytes(&field, CLMLP_NODE_DOMAIN)) {
            node->domain = field.bytes;
        }
    }
    return clmlp_proto_broken(&message) ? broken(parsed, "a node", error) : CLMLP_OK;
}

/* A dimension, or several in one packed field. */
static bool add_dims(clmlp_parsed_tensor *tensor, const clmlp_proto_field *field)
{
    clmlp_slice rest = field->bytes;
    uint64_t value = field->value;
    if (field->wire == CLMLP_WIRE_VARINT) rest = (clmlp_slice){NULL, 0};
    else if (field->wire != CLMLP_WIRE_BYTES) return false;
    while (field->wire == CLMLP_WIRE_VARINT || rest.length > 0) {
        if (field->wire == CLMLP_WIRE_BYTES && !clmlp_proto_varint(&rest, &value)) return false;
        if (tensor->dim_count == CLMLP_PARSED_DIMS) return false;
        tensor->dims[tensor->dim_count++] = value;
        if (field->wire == CLMLP_WIRE_VARINT) break;
    }
    return true;
}

clmlp_status clmlp_parsed_read_tensor(const clmlp_parsed *parsed, clmlp_slice message, clmlp_parsed_tensor *tensor,
                                      clmlp_error *error)
{
    clmlp_proto_field field;
    char name[CLMLP_QUOTE_LENGTH];
    *tensor = (clmlp_parsed_tensor){.message = message, .count = 1};
    while (clmlp_proto_next(&message, &field)) {
        if (is_bytes(&field, CLMLP_TENSOR_NAME)) tensor->name = field.bytes;
        if (field.number == CLMLP_TENSOR_TYPE && field.wire == CLMLP_WIRE_VARINT) tensor->type = field.value;
        const bool is_number = field.wire == CLMLP_WIRE_VARINT;
        if (field.number == CLMLP_TENSOR_LOCATION && is_number) tensor->external = field.value == 1;
        if (field.number == CLMLP_TENSOR_DIMS && !add_dims(tensor, &field)) return broken(parsed, "a tensor", error);
    }
    if (clmlp_proto_broken(&message)) return broken(parsed, "a tensor", error);
    for (size_t d = 0; d < tensor->dim_count; d++) {
        const uint64_t dim = tensor->dims[d];
        if (dim <= SIZE_MAX / 8 && clmlp_multiply(tensor->count, (size_t)dim, &tensor->count)) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: tensor %s: its dimensions are too large", parsed->path,
                          clmlp_slice_quote(name, tensor->name));
    }
    return CLMLP_OK;
}

/* A dimension as a number; 0: it is not told, or has a name. */
static uint64_t dimension_of(clmlp_slice dim)
{
    clmlp_proto_field field;
    uint64_t value = 0;
    while (clmlp_proto_next(&dim, &field)) {
        if (field.number == CLMLP_DIM_VALUE && field.wire == CLMLP_WIRE_VARINT) value = field.value;
    }
    return value <= UINT32_MAX ? value : 0;
}

/* The shape in a TypeProto, as far as it is told. */
static void read_shape(clmlp_slice type, clmlp_parsed_value *value)
{
    clmlp_proto_field field;
    clmlp_slice tensor = {NULL, 0}, shape = {NULL, 0};
    uint64_t width = 1;
    while (clmlp_proto_next(&type, &field)) {
        if (is_bytes(&field, CLMLP_TYPE_TENSOR)) tensor = field.bytes;
    }
    while (clmlp_proto_next(&tensor, &field)) {
        if (is_bytes(&field, CLMLP_TYPE_SHAPE)) shape = field.bytes;
    }
    while (clmlp_proto_next(&shape, &field)) {
        if (!is_bytes(&field, CLMLP_SHAPE_DIM)) continue;
        const uint64_t dim = dimension_of(field.bytes);
        if (value->rank++ == 0) value->rows = dim;
        else width = width <= UINT32_MAX ? width * dim : 0;
    }
    value->width = value->rank > 1 && width <= UINT32_MAX ? width : 0;
}

static clmlp_status read_value(const clmlp_parsed *parsed, clmlp_slice message, clmlp_parsed_value *value,
                               clmlp_error *error)
{
    clmlp_proto_field field;
    *value = (clmlp_parsed_value){.rank = 0};
    while (clmlp_proto_next(&message, &field)) {
        if (is_bytes(&field, CLMLP_VALUE_NAME)) value->name = field.bytes;
        if (is_bytes(&field, CLMLP_VALUE_TYPE)) read_shape(field.bytes, value);
    }
    return clmlp_proto_broken(&message) ? broken(parsed, "an input or output", error) : CLMLP_OK;
}

/* --- the graph ---------------------------------------------------------------------------------------------------- */

/* Those of others have few. Export writes some for each column, and of columns there may be many: as many as the file
 * has bytes for. So what is allocated here is no more than a multiple of the file. */
static size_t most_parts(const clmlp_parsed *parsed)
{
    const bool own = clmlp_slice_is(parsed->producer, CLMLP_ONNX_PRODUCER);
    return CLMLP_PARSED_MOST + (own ? parsed->size / CLMLP_PARSED_BYTES : 0);
}

static clmlp_status count_parts(clmlp_parsed *parsed, clmlp_slice graph, clmlp_error *error)
{
    clmlp_proto_field field;
    while (clmlp_proto_next(&graph, &field)) {
        parsed->node_count += is_bytes(&field, CLMLP_GRAPH_NODE);
        parsed->tensor_count += is_bytes(&field, CLMLP_GRAPH_INITIALIZER);
        parsed->input_count += is_bytes(&field, CLMLP_GRAPH_INPUT);
        parsed->output_count += is_bytes(&field, CLMLP_GRAPH_OUTPUT);
        if (is_bytes(&field, CLMLP_GRAPH_SPARSE)) {
            return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: its graph has sparse tensors, which import does not know",
                              parsed->path);
        }
    }
    if (clmlp_proto_broken(&graph)) return broken(parsed, "its graph", error);
    const size_t counts[] = {parsed->node_count, parsed->tensor_count, parsed->input_count, parsed->output_count};
    for (size_t i = 0; i < 4; i++) {
        if (counts[i] <= most_parts(parsed)) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: %zu nodes, tensors, inputs or outputs (expected %zu at most)",
                          parsed->path, counts[i], most_parts(parsed));
    }
    TRY(clmlp_allocate(&parsed->nodes, parsed->node_count, sizeof *parsed->nodes, "the nodes", error));
    TRY(clmlp_allocate(&parsed->tensors, parsed->tensor_count, sizeof *parsed->tensors, "the tensors", error));
    TRY(clmlp_allocate(&parsed->inputs, parsed->input_count, sizeof *parsed->inputs, "the inputs", error));
    return clmlp_allocate(&parsed->outputs, parsed->output_count, sizeof *parsed->outputs, "the outputs", error);
}

static clmlp_status read_graph(clmlp_parsed *parsed, clmlp_slice graph, clmlp_error *error)
{
    clmlp_proto_field field;
    size_t nodes = 0, tensors = 0, inputs = 0, outputs = 0;
    TRY(count_parts(parsed, graph, error));
    while (clmlp_proto_next(&graph, &field)) {
        if (is_bytes(&field, CLMLP_GRAPH_NODE)) {
            TRY(read_node(parsed, field.bytes, &parsed->nodes[nodes++], error));
        } else if (is_bytes(&field, CLMLP_GRAPH_INITIALIZER)) {
            TRY(clmlp_parsed_read_tensor(parsed, field.bytes, &parsed->tensors[tensors++], error));
        } else if (is_bytes(&field, CLMLP_GRAPH_INPUT)) {
            TRY(read_value(parsed, field.bytes, &parsed->inputs[inputs++], error));
        } else if (is_bytes(&field, CLMLP_GRAPH_OUTPUT)) {
            TRY(read_value(parsed, field.bytes, &parsed->outputs[outputs++], error));
        }
    }
    return CLMLP_OK;
}

/* A function of the file may take the place of an operator of ONNX: nodes would not mean what they are called. */
static clmlp_status check_function(const clmlp_parsed *parsed, clmlp_slice function, clmlp_error *error)
{
    clmlp_proto_field field;
    clmlp_slice domain = {NULL, 0};
    while (clmlp_proto_next(&function, &field)) {
        if (is_bytes(&field, CLMLP_FUNCTION_DOMAIN)) domain = field.bytes;
    }
    if (clmlp_proto_broken(&function)) return broken(parsed, "a function", error);
    const bool own = domain.length > 0 && !clmlp_slice_is(domain, "ai.onnx") && !clmlp_slice_is(domain, CLMLP_ONNX_ML);
    if (own) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: it has functions in place of operators, which import does not know",
                      parsed->path);
}

static void read_opset(clmlp_parsed *parsed, clmlp_slice opset)
{
    clmlp_proto_field field;
    clmlp_slice domain = {NULL, 0};
    uint64_t version = 0;
    while (clmlp_proto_next(&opset, &field)) {
        if (is_bytes(&field, CLMLP_OPSET_DOMAIN)) domain = field.bytes;
        if (field.number == CLMLP_OPSET_VERSION && field.wire == CLMLP_WIRE_VARINT) version = field.value;
    }
    if (domain.length > 0 && !clmlp_slice_is(domain, "ai.onnx")) return;
    parsed->opset = version <= INT32_MAX ? (int64_t)version : 0;
}

clmlp_status clmlp_parsed_open(clmlp_parsed *parsed, const char *path, clmlp_error *error)
{
    clmlp_proto_field field;
    clmlp_slice graph = {NULL, 0};
    *parsed = (clmlp_parsed){.path = path};
    TRY(read_file(parsed, error));
    clmlp_slice rest = {parsed->bytes, parsed->size};
    while (clmlp_proto_next(&rest, &field)) {
        if (is_bytes(&field, CLMLP_MODEL_GRAPH)) graph = field.bytes;
        if (is_bytes(&field, CLMLP_MODEL_PRODUCER)) parsed->producer = field.bytes;
        if (is_bytes(&field, CLMLP_MODEL_OPSET)) read_opset(parsed, field.bytes);
        if (is_bytes(&field, CLMLP_MODEL_FUNCTION)) TRY(check_function(parsed, field.bytes, error));
    }
    if (clmlp_proto_broken(&rest)) return broken(parsed, "it", error);
    if (graph.at == NULL) return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: no ONNX file: it has no graph", path);
    return read_graph(parsed, graph, error);
}

void clmlp_parsed_release(clmlp_parsed *parsed)
{
    free(parsed->nodes);
    free(parsed->tensors);
    free(parsed->inputs);
    free(parsed->outputs);
    free(parsed->bytes);
    *parsed = (clmlp_parsed){.path = NULL};
}
