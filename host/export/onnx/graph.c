/* graph.c - an ONNX graph that is being written. */
#include "export/onnx/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void clmlp_onnx_graph_release(clmlp_onnx_graph *graph)
{
    free(graph->nodes.bytes);
    free(graph->constants.bytes);
    free(graph->inputs.bytes);
    free(graph->outputs.bytes);
    *graph = (clmlp_onnx_graph){.node_count = 0};
}

/* --- nodes ------------------------------------------------------------------------------------------------------- */

clmlp_status clmlp_onnx_begin(clmlp_onnx_graph *graph, const char *op, const char *domain, const char *const *inputs,
                              size_t count, const char *output)
{
    clmlp_proto *const nodes = &graph->nodes;
    TRY(clmlp_proto_begin(nodes, CLMLP_GRAPH_NODE, &graph->node_begin, graph->error));
    for (size_t i = 0; i < count; i++) TRY(clmlp_proto_text(nodes, CLMLP_NODE_INPUT, inputs[i], graph->error));
    TRY(clmlp_proto_text(nodes, CLMLP_NODE_OUTPUT, output, graph->error));
    TRY(clmlp_proto_text(nodes, CLMLP_NODE_NAME, output, graph->error)); /* a node is called as what it makes */
    TRY(clmlp_proto_text(nodes, CLMLP_NODE_OP, op, graph->error));
    if (domain != NULL) {
        graph->uses_ml = true;
        TRY(clmlp_proto_text(nodes, CLMLP_NODE_DOMAIN, domain, graph->error));
    }
    graph->node_count++;
    return CLMLP_OK;
}

clmlp_status clmlp_onnx_end(clmlp_onnx_graph *graph)
{
    return clmlp_proto_end(&graph->nodes, graph->node_begin, graph->error);
}

static clmlp_status begin_attribute(clmlp_onnx_graph *graph, const char *name, uint64_t type, size_t *begin)
{
    TRY(clmlp_proto_begin(&graph->nodes, CLMLP_NODE_ATTRIBUTE, begin, graph->error));
    TRY(clmlp_proto_text(&graph->nodes, CLMLP_ATTRIBUTE_NAME, name, graph->error));
    return clmlp_proto_integer(&graph->nodes, CLMLP_ATTRIBUTE_TYPE, type, graph->error);
}

clmlp_status clmlp_onnx_int(clmlp_onnx_graph *graph, const char *name, int64_t value)
{
    size_t begin = 0;
    TRY(begin_attribute(graph, name, CLMLP_ATTRIBUTE_IS_INT, &begin));
    TRY(clmlp_proto_integer(&graph->nodes, CLMLP_ATTRIBUTE_I, (uint64_t)value, graph->error));
    return clmlp_proto_end(&graph->nodes, begin, graph->error);
}

clmlp_status clmlp_onnx_ints(clmlp_onnx_graph *graph, const char *name, const int64_t *values, size_t count)
{
    size_t begin = 0;
    TRY(begin_attribute(graph, name, CLMLP_ATTRIBUTE_IS_INTS, &begin));
    for (size_t i = 0; i < count; i++) {
        TRY(clmlp_proto_integer(&graph->nodes, CLMLP_ATTRIBUTE_INTS, (uint64_t)values[i], graph->error));
    }
    return clmlp_proto_end(&graph->nodes, begin, graph->error);
}

clmlp_status clmlp_onnx_float(clmlp_onnx_graph *graph, const char *name, float value)
{
    size_t begin = 0;
    TRY(begin_attribute(graph, name, CLMLP_ATTRIBUTE_IS_FLOAT, &begin));
    TRY(clmlp_proto_float(&graph->nodes, CLMLP_ATTRIBUTE_F, value, graph->error));
    return clmlp_proto_end(&graph->nodes, begin, graph->error);
}

clmlp_status clmlp_onnx_floats(clmlp_onnx_graph *graph, const char *name, const float *values, size_t count)
{
    size_t begin = 0;
    TRY(begin_attribute(graph, name, CLMLP_ATTRIBUTE_IS_FLOATS, &begin));
    for (size_t i = 0; i < count; i++) {
        TRY(clmlp_proto_float(&graph->nodes, CLMLP_ATTRIBUTE_FLOATS, values[i], graph->error));
    }
    return clmlp_proto_end(&graph->nodes, begin, graph->error);
}

clmlp_status clmlp_onnx_texts(clmlp_onnx_graph *graph, const char *name, const char *const *texts, size_t count)
{
    size_t begin = 0;
    TRY(begin_attribute(graph, name, CLMLP_ATTRIBUTE_IS_STRINGS, &begin));
    for (size_t i = 0; i < count; i++) {
        TRY(clmlp_proto_text(&graph->nodes, CLMLP_ATTRIBUTE_STRINGS, texts[i], graph->error));
    }
    return clmlp_proto_end(&graph->nodes, begin, graph->error);
}

clmlp_status clmlp_onnx_apply(clmlp_onnx_graph *graph, const char *op, const char *a, const char *b, const char *c,
                              const char *output)
{
    const char *const inputs[] = {a, b, c};
    const size_t count = b == NULL ? 1 : c == NULL ? 2 : 3;
    TRY(clmlp_onnx_begin(graph, op, NULL, inputs, count, output));
    return clmlp_onnx_end(graph);
}

clmlp_status clmlp_onnx_cast(clmlp_onnx_graph *graph, const char *input, clmlp_onnx_type type, const char *output)
{
    TRY(clmlp_onnx_begin(graph, "Cast", NULL, &input, 1, output));
    TRY(clmlp_onnx_int(graph, "to", (int64_t)type));
    return clmlp_onnx_end(graph);
}

clmlp_status clmlp_onnx_concat(clmlp_onnx_graph *graph, const char *const *inputs, size_t count, const char *output)
{
    TRY(clmlp_onnx_begin(graph, "Concat", NULL, inputs, count, output));
    TRY(clmlp_onnx_int(graph, "axis", 1));
    return clmlp_onnx_end(graph);
}

clmlp_status clmlp_onnx_gather(clmlp_onnx_graph *graph, const char *input, const char *indices, int64_t axis,
                               const char *output)
{
    const char *const inputs[] = {input, indices};
    TRY(clmlp_onnx_begin(graph, "Gather", NULL, inputs, 2, output));
    TRY(clmlp_onnx_int(graph, "axis", axis));
    return clmlp_onnx_end(graph);
}

/* --- constants --------------------------------------------------------------------------------------------------- */

static void put_bits(uint8_t *to, uint64_t bits, unsigned size)
{
    for (unsigned b = 0; b < size; b++) to[b] = (uint8_t)(bits >> 8 * b);
}

static void put_number(uint8_t *to, clmlp_onnx_type type, double value)
{
    uint32_t short_bits;
    uint64_t bits;
    const float rounded = (float)value;
    memcpy(&short_bits, &rounded, sizeof short_bits);
    memcpy(&bits, &value, sizeof bits);
    if (type == CLMLP_ONNX_FLOAT) put_bits(to, short_bits, 4);
    else put_bits(to, bits, 8);
}

/* The begin of a tensor: [rows x columns], [columns], or a scalar. */
static clmlp_status begin_tensor(clmlp_onnx_graph *graph, const char *name, clmlp_onnx_type type, size_t rows,
                                 size_t columns, size_t *begin)
{
    clmlp_proto *const constants = &graph->constants;
    TRY(clmlp_proto_begin(constants, CLMLP_GRAPH_INITIALIZER, begin, graph->error));
    if (rows > 0) TRY(clmlp_proto_integer(constants, CLMLP_TENSOR_DIMS, rows, graph->error));
    if (columns > 0) TRY(clmlp_proto_integer(constants, CLMLP_TENSOR_DIMS, columns, graph->error));
    TRY(clmlp_proto_integer(constants, CLMLP_TENSOR_TYPE, (uint64_t)type, graph->error));
    return clmlp_proto_text(constants, CLMLP_TENSOR_NAME, name, graph->error);
}

clmlp_status clmlp_onnx_numbers(clmlp_onnx_graph *graph, const char *name, clmlp_onnx_type type, size_t rows,
                                size_t columns, const double *numbers, size_t stride)
{
    const size_t size = type == CLMLP_ONNX_FLOAT ? 4 : 8;
    const size_t height = rows > 0 ? rows : 1, width = columns > 0 ? columns : 1;
    size_t begin = 0, count = 0, bytes = 0;
    uint8_t *to = NULL;
    if (!clmlp_multiply(height, width, &count) || !clmlp_multiply(count, size, &bytes)) {
        return clmlp_fail(graph->error, CLMLP_OUT_OF_MEMORY, "not enough memory for an ONNX file");
    }
    TRY(begin_tensor(graph, name, type, rows, columns, &begin));
    TRY(clmlp_proto_room(&graph->constants, CLMLP_TENSOR_RAW, bytes, &to, graph->error));
    for (size_t r = 0; r < height; r++) {
        for (size_t c = 0; c < width; c++) put_number(to + (r * width + c) * size, type, numbers[r * stride + c]);
    }
    return clmlp_proto_end(&graph->constants, begin, graph->error);
}

clmlp_status clmlp_onnx_scalar(clmlp_onnx_graph *graph, const char *name, clmlp_onnx_type type, double value)
{
    return clmlp_onnx_numbers(graph, name, type, 0, 0, &value, 1);
}

clmlp_status clmlp_onnx_integers(clmlp_onnx_graph *graph, const char *name, const int64_t *values, size_t count)
{
    size_t begin = 0;
    uint8_t *to = NULL;
    const size_t width = count > 0 ? count : 1;
    TRY(begin_tensor(graph, name, CLMLP_ONNX_INT64, 0, count, &begin));
    TRY(clmlp_proto_room(&graph->constants, CLMLP_TENSOR_RAW, width * 8, &to, graph->error));
    for (size_t i = 0; i < width; i++) put_bits(to + 8 * i, (uint64_t)values[i], 8);
    return clmlp_proto_end(&graph->constants, begin, graph->error);
}

clmlp_status clmlp_onnx_strings(clmlp_onnx_graph *graph, const char *name, const char *const *texts, size_t count)
{
    size_t begin = 0;
    TRY(begin_tensor(graph, name, CLMLP_ONNX_STRING, 0, count, &begin));
    for (size_t i = 0; i < count; i++) {
        TRY(clmlp_proto_text(&graph->constants, CLMLP_TENSOR_STRINGS, texts[i], graph->error));
    }
    return clmlp_proto_end(&graph->constants, begin, graph->error);
}

/* --- the outside ------------------------------------------------------------------------------------------------- */

/* A dimension: as many as there are examples ("N"), or `width`. */
static clmlp_status dimension(clmlp_proto *proto, size_t width, clmlp_error *error)
{
    size_t begin = 0;
    TRY(clmlp_proto_begin(proto, CLMLP_SHAPE_DIM, &begin, error));
    if (width == 0) TRY(clmlp_proto_text(proto, CLMLP_DIM_PARAM, "N", error));
    else TRY(clmlp_proto_integer(proto, CLMLP_DIM_VALUE, width, error));
    return clmlp_proto_end(proto, begin, error);
}

static clmlp_status value_info(clmlp_proto *proto, unsigned field, const char *name, clmlp_onnx_type type, size_t width,
                               const char *doc, clmlp_error *error)
{
    size_t begin = 0, type_begin = 0, tensor = 0, shape = 0;
    TRY(clmlp_proto_begin(proto, field, &begin, error));
    TRY(clmlp_proto_text(proto, CLMLP_VALUE_NAME, name, error));
    TRY(clmlp_proto_begin(proto, CLMLP_VALUE_TYPE, &type_begin, error));
    TRY(clmlp_proto_begin(proto, CLMLP_TYPE_TENSOR, &tensor, error));
    TRY(clmlp_proto_integer(proto, CLMLP_TYPE_ELEMENT, (uint64_t)type, error));
    TRY(clmlp_proto_begin(proto, CLMLP_TYPE_SHAPE, &shape, error));
    TRY(dimension(proto, 0, error));
    if (width > 0) TRY(dimension(proto, width, error));
    TRY(clmlp_proto_end(proto, shape, error));
    TRY(clmlp_proto_end(proto, tensor, error));
    TRY(clmlp_proto_end(proto, type_begin, error));
    TRY(clmlp_proto_text(proto, CLMLP_VALUE_DOC, doc, error));
    return clmlp_proto_end(proto, begin, error);
}

clmlp_status clmlp_onnx_input(clmlp_onnx_graph *graph, const char *name, clmlp_onnx_type type, size_t width,
                              const char *doc)
{
    graph->input_count++;
    return value_info(&graph->inputs, CLMLP_GRAPH_INPUT, name, type, width, doc, graph->error);
}

clmlp_status clmlp_onnx_output(clmlp_onnx_graph *graph, const char *name, clmlp_onnx_type type, size_t width,
                               const char *doc)
{
    graph->output_count++;
    return value_info(&graph->outputs, CLMLP_GRAPH_OUTPUT, name, type, width, doc, graph->error);
}
