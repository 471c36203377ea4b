/* test_onnx.c - ONNX files without Python: what is written can be taken apart again, networks of others are read, and
 * what is damaged or not known is refused. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clmlp/onnx.h"
#include "export/onnx/graph.h"
#include "export/onnx/parsed.h"

#define FOLDER TEST_SCRATCH_DIR "/"

static const char *path_of(const char *name)
{
    static char path[512];
    (void)snprintf(path, sizeof path, FOLDER TEST_PROGRAM "_%s", name);
    return path;
}

static void write_bytes(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *const file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
}

static uint8_t *read_bytes(const char *path, size_t *size)
{
    FILE *const file = fopen(path, "rb");
    cr_assert_not_null(file);
    cr_assert_eq(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *const bytes = malloc(*size);
    cr_assert_not_null(bytes);
    cr_assert_eq(fread(bytes, 1, *size, file), *size);
    (void)fclose(file);
    return bytes;
}

/* --- numbers on the wire ----------------------------------------------------------------------------------------- */

Test(onnx, varints_come_back)
{
    static const uint64_t values[] = {0, 1, 127, 128, 300, 16383, 16384, UINT32_MAX, INT64_MAX, UINT64_MAX};
    clmlp_proto proto = {NULL, 0, 0};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        cr_assert_eq(clmlp_proto_integer(&proto, (unsigned)(i * i * i + 1), values[i], NULL), CLMLP_OK);
    }
    clmlp_slice rest = {proto.bytes, proto.length};
    clmlp_proto_field field;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        cr_assert(clmlp_proto_next(&rest, &field));
        cr_assert_eq(field.number, i * i * i + 1);
        cr_assert_eq(field.value, values[i]);
    }
    cr_assert(!clmlp_proto_next(&rest, &field) && !clmlp_proto_broken(&rest));
    free(proto.bytes);
}

Test(onnx, fields_that_are_none_are_told_from_the_end)
{
    static const struct {
        const char *what;
        uint8_t bytes[16];
        size_t size;
    } bad[] = {{"a varint without an end", {0x08, 0xff, 0xff}, 3},
               {"a varint of 65 bits", {0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}, 11},
               {"a varint of eleven bytes",
                {0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}, 12},
               {"a length beyond the end", {0x0a, 0x05, 'a', 'b'}, 4},
               {"a length of 2^64 - 1", {0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 11},
               {"four bytes that are three", {0x0d, 1, 2, 3}, 4},
               {"eight bytes that are seven", {0x09, 1, 2, 3, 4, 5, 6, 7}, 8},
               {"a group", {0x0b, 0x0c}, 2},
               {"wire type 7", {0x0f}, 1},
               {"field 0", {0x00, 0x01}, 2}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        clmlp_slice rest = {bad[i].bytes, bad[i].size};
        clmlp_proto_field field;
        cr_assert(!clmlp_proto_next(&rest, &field) && clmlp_proto_broken(&rest), "%s", bad[i].what);
        cr_assert(!clmlp_proto_next(&rest, &field) && clmlp_proto_broken(&rest), "%s, once more", bad[i].what);
    }
}

/* --- files ------------------------------------------------------------------------------------------------------- */

static clmlp_model *make_model(void)
{
    static const size_t s[] = {3, 4, 2};
    clmlp_model *model = NULL;
    cr_assert_eq(clmlp_model_create(&model, 3, s, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 7, NULL), CLMLP_OK);
    return model;
}

Test(onnx, a_file_that_is_written_can_be_taken_apart)
{
    clmlp_model *const model = make_model();
    clmlp_parsed parsed;
    clmlp_onnx_result result = {.size = sizeof result};
    const char *const path = path_of("own.onnx");
    cr_assert_eq(clmlp_onnx_save(model, path, NULL, &result, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_parsed_open(&parsed, path, NULL), CLMLP_OK);
    cr_assert_eq(parsed.node_count, result.nodes);
    cr_assert_eq(parsed.input_count, 1);
    cr_assert_eq(parsed.output_count, 1);
    cr_assert(clmlp_slice_is(parsed.inputs[0].name, "features"));
    cr_assert(clmlp_slice_is(parsed.producer, "clmlp"));
    cr_assert_str_eq(result.number_output, "outputs");
    cr_assert_eq(result.bytes, parsed.size);
    const double *const theta = clmlp_model_theta_const(model, 1);
    size_t found = 0;
    for (size_t i = 0; i < parsed.tensor_count; i++) {
        double *numbers = NULL;
        if (!clmlp_slice_is(parsed.tensors[i].name, "clmlp/layer_1.weight")) continue;
        found++;
        cr_assert_eq(clmlp_parsed_numbers(&parsed, &parsed.tensors[i], &numbers, NULL), CLMLP_OK);
        for (size_t e = 0; e < 12; e++) {
            cr_assert_eq(numbers[e], (double)(float)theta[e / 3 * 4 + 1 + e % 3], "weight %zu", e);
        }
        free(numbers);
    }
    cr_assert_eq(found, 1);
    clmlp_parsed_release(&parsed);
    clmlp_model_destroy(model);
}

static void expect_own(const clmlp_model *model, const clmlp_model *again)
{
    cr_assert_eq(clmlp_model_activation(again), CLMLP_TANH);
    cr_assert_eq(clmlp_model_output(again), CLMLP_OUTPUT_SOFTMAX);
    cr_assert_str_eq(clmlp_model_class_names(again)[1], "no");
    for (size_t l = 1; l < 3; l++) {
        const double *const theta = clmlp_model_theta_const(model, l), *const read = clmlp_model_theta_const(again, l);
        const size_t count = clmlp_model_units(model, l + 1) * (clmlp_model_units(model, l) + 1);
        for (size_t e = 0; e < count; e++) cr_assert_eq(read[e], (double)(float)theta[e], "%zu of %zu", e, l);
    }
}

/* Whatever byte of it is wrong (one in three), and wherever it ends: an error, or a model of which the same graph is
 * written. */
Test(onnx, a_file_of_its_own_comes_back_and_a_changed_one_does_not)
{
    static const char *const names[] = {"yes", "no"};
    clmlp_model *const model = make_model();
    clmlp_model *again = NULL;
    clmlp_error error = {.message = ""};
    size_t size = 0, loaded = 0, changed = 0;
    cr_assert_eq(clmlp_model_set_class_names(model, names, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_onnx_save(model, path_of("mine.onnx"), NULL, NULL, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_onnx_load(&again, path_of("mine.onnx"), &error), CLMLP_OK, "%s", error.message);
    expect_own(model, again);
    clmlp_model_destroy(again);
    uint8_t *const bytes = read_bytes(path_of("mine.onnx"), &size);
    for (size_t at = 0; at < 2 * size; at += 3) {
        const uint8_t kept = bytes[at % size];
        again = NULL;
        error.message[0] = '\0';
        if (at >= size) bytes[at % size] = (uint8_t)(kept ^ 1);
        write_bytes(path_of("odd.onnx"), bytes, at < size ? at : size);
        const clmlp_status status = clmlp_onnx_load(&again, path_of("odd.onnx"), &error);
        bytes[at % size] = kept;
        loaded += status == CLMLP_OK;
        changed += strstr(error.message, "its graph is not the one") != NULL;
        cr_assert(status == CLMLP_OK || (status == CLMLP_BAD_INPUT && error.message[0] != '\0'), "byte %zu: status %d",
                  at, (int)status);
        clmlp_model_destroy(again);
    }
    cr_assert_gt(changed, size / 6, "%zu of %zu bytes", changed, size); /* all of the nodes */
    cr_assert_lt(loaded, size / 6);                                      /* numbers of theta, and who wrote it */
    free(bytes);
    clmlp_model_destroy(model);
}

/* A network as another program has it: Gemm, an activation, MatMul and Add, softmax. */
static void write_network(const char *path, const char *activation, bool last_bias)
{
    static const double w[] = {0.5, -1, 2, 3, 0.25, -0.125}, b[] = {1, -2}, v[] = {1, 2, -3, 4, 5, -6}, c[] = {0, 1, 2};
    clmlp_onnx_graph graph = {.error = NULL};
    clmlp_proto proto = {NULL, 0, 0};
    size_t begin = 0;
    const char *const gemm[] = {"x", "w", "b"}, *const z[] = {"z"};
    cr_assert_eq(clmlp_onnx_numbers(&graph, "w", CLMLP_ONNX_FLOAT, 2, 3, w, 3), CLMLP_OK);
    cr_assert_eq(clmlp_onnx_numbers(&graph, "b", CLMLP_ONNX_FLOAT, 0, 2, b, 1), CLMLP_OK);
    cr_assert_eq(clmlp_onnx_numbers(&graph, "v", CLMLP_ONNX_FLOAT, 2, 3, v, 3), CLMLP_OK);
    cr_assert_eq(clmlp_onnx_numbers(&graph, "c", CLMLP_ONNX_FLOAT, 1, 3, c, 3), CLMLP_OK);
    cr_assert_eq(clmlp_onnx_begin(&graph, "Gemm", NULL, gemm, 3, "z"), CLMLP_OK);
    cr_assert_eq(clmlp_onnx_int(&graph, "transB", 1), CLMLP_OK);
    cr_assert_eq(clmlp_onnx_end(&graph), CLMLP_OK);
    cr_assert_eq(clmlp_onnx_begin(&graph, activation, NULL, z, 1, "a"), CLMLP_OK);
    cr_assert_eq(clmlp_onnx_end(&graph), CLMLP_OK);
    cr_assert_eq(clmlp_onnx_apply(&graph, "MatMul", "a", "v", NULL, last_bias ? "p" : "y"), CLMLP_OK);
    if (last_bias) cr_assert_eq(clmlp_onnx_apply(&graph, "Add", "p", "c", NULL, "y"), CLMLP_OK);
    cr_assert_eq(clmlp_onnx_input(&graph, "x", CLMLP_ONNX_FLOAT, 3, ""), CLMLP_OK);
    cr_assert_eq(clmlp_onnx_output(&graph, "y", CLMLP_ONNX_FLOAT, 3, ""), CLMLP_OK);
    cr_assert_eq(clmlp_proto_begin(&proto, CLMLP_MODEL_GRAPH, &begin, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_proto_append(&proto, &graph.nodes, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_proto_append(&proto, &graph.constants, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_proto_append(&proto, &graph.inputs, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_proto_append(&proto, &graph.outputs, NULL), CLMLP_OK);
    cr_assert_eq(clmlp_proto_end(&proto, begin, NULL), CLMLP_OK);
    write_bytes(path, proto.bytes, proto.length);
    free(proto.bytes);
    clmlp_onnx_graph_release(&graph);
}

Test(onnx, a_network_of_another_program_is_read)
{
    static const double first[] = {1, 0.5, -1, 2, -2, 3, 0.25, -0.125}, last[] = {0, 1, 4, 1, 2, 5, 2, -3, -6};
    static const struct {
        const char *op;
        clmlp_activation activation;
    } cases[] = {{"Sigmoid", CLMLP_SIGMOID}, {"Tanh", CLMLP_TANH},         {"Relu", CLMLP_RELU},
                 {"Selu", CLMLP_SELU},       {"Mish", CLMLP_MISH},         {"LeakyRelu", CLMLP_LEAKY_RELU},
                 {"Elu", CLMLP_ELU},         {"Gelu", CLMLP_GELU},         {"Softplus", CLMLP_SOFTPLUS},
                 {"Swish", CLMLP_SWISH},     {"Identity", CLMLP_LINEAR}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        clmlp_model *model = NULL;
        clmlp_error error = {.message = ""};
        write_network(path_of("other.onnx"), cases[i].op, true);
        cr_assert_eq(clmlp_onnx_load(&model, path_of("other.onnx"), &error), CLMLP_OK, "%s", error.message);
        cr_assert_eq(clmlp_model_layers(model), 3);
        cr_assert_eq(clmlp_model_activation(model), cases[i].activation, "%s", cases[i].op);
        cr_assert_eq(clmlp_model_output(model), CLMLP_OUTPUT_LINEAR);
        cr_assert_arr_eq(clmlp_model_theta_const(model, 1), first, sizeof first);
        cr_assert_arr_eq(clmlp_model_theta_const(model, 2), last, sizeof last);
        clmlp_model_destroy(model);
    }
}

Test(onnx, an_operator_that_is_not_known_is_refused_by_name)
{
    clmlp_model *model = NULL;
    clmlp_error error = {.message = ""};
    write_network(path_of("unknown.onnx"), "Sign", true);
    cr_assert_eq(clmlp_onnx_load(&model, path_of("unknown.onnx"), &error), CLMLP_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "node 'a' ('Sign')"), "%s", error.message);
    cr_assert_null(model);
}

Test(onnx, what_a_loss_adds_may_be_said)
{
    clmlp_model *model = NULL;
    clmlp_error error = {.message = ""};
    clmlp_model_hints hints = clmlp_model_hints_default();
    write_network(path_of("said.onnx"), "Tanh", true);
    hints.has_output = hints.has_activation = true;
    hints.output = CLMLP_OUTPUT_SOFTMAX;
    hints.activation = CLMLP_TANH;
    cr_assert_eq(clmlp_onnx_load_with(&model, path_of("said.onnx"), &hints, &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(clmlp_model_output(model), CLMLP_OUTPUT_SOFTMAX);
    clmlp_model_destroy(model);
    model = NULL;
    hints.activation = CLMLP_RELU;
    cr_assert_eq(clmlp_onnx_load_with(&model, path_of("said.onnx"), &hints, &error), CLMLP_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "--activation relu: its hidden layers have tanh"), "%s", error.message);
    cr_assert_null(model);
}

/* Whatever byte is wrong, and wherever the file ends: an error with a message, or a network of the same layers. */
Test(onnx, damaged_files_are_refused_or_read)
{
    size_t size = 0, loaded = 0;
    write_network(path_of("good.onnx"), "Tanh", true);
    uint8_t *const bytes = read_bytes(path_of("good.onnx"), &size);
    for (size_t at = 0; at < 2 * size; at++) {
        clmlp_model *model = NULL;
        clmlp_error error = {.message = ""};
        const uint8_t kept = bytes[at % size];
        if (at >= size) bytes[at % size] = (uint8_t)(kept + 0x7f);
        write_bytes(path_of("bad.onnx"), bytes, at < size ? at : size);
        const clmlp_status status = clmlp_onnx_load(&model, path_of("bad.onnx"), &error);
        bytes[at % size] = kept;
        loaded += status == CLMLP_OK;
        if (status == CLMLP_OK) cr_assert_leq(clmlp_model_layers(model), 3);
        else cr_assert(status == CLMLP_BAD_INPUT && error.message[0] != '\0', "byte %zu: status %d", at, (int)status);
        cr_assert(at >= size || status != CLMLP_OK, "cut after %zu of %zu bytes", at, size);
        clmlp_model_destroy(model);
    }
    cr_assert_lt(loaded, size, "all bytes may be changed"); /* numbers, and the names that nobody looks at */
    free(bytes);
}
