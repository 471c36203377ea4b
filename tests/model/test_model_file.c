/* test_model_file.c - model files: the layout byte by byte. */
#include <float.h>
#include <locale.h>
#include <math.h>

#include "clmlp/version.h"
#include "model_files.h"

static void set_scaling(clmlp_model *model, clmlp_scale kind)
{
    const size_t n = model->s[0];
    model->scaling.kind = kind;
    CHECK_OK(clmlp_allocate(&model->scaling.offset, 2 * n, sizeof(double), "scaling", &check_error));
    model->scaling.divisor = model->scaling.offset + n;
    for (size_t j = 0; j < n; j++) {
        model->scaling.offset[j] = -1.0 / (double)(3 * j + 3);
        model->scaling.divisor[j] = DBL_MIN * (double)(j + 1) / 3.0 + (j == 0 ? 0.1 : 0.0);
    }
}

static clmlp_model *reload(const clmlp_model *model, const char *name)
{
    char path[512];
    clmlp_model *copy = NULL;
    CHECK_OK(clmlp_model_save(model, scratch(path, name), &check_error));
    CHECK_OK(clmlp_model_load(&copy, path, NULL, &check_error));
    return copy;
}

static uint64_t little_endian(const unsigned char *bytes, int size)
{
    uint64_t value = 0;
    for (int i = 0; i < size; i++) value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

/* --- the layout, byte by byte --------------------------------------------------------------------------- */

/* Where a tensor's data begins, by the text of the header alone; checks its dtype, shape and size. */
static size_t find_tensor(const unsigned char *bytes, const char *name, const char *dtype, const char *shape,
                          size_t size)
{
    const size_t length = (size_t)little_endian(bytes, 8);
    char *header = malloc(length + 1), entry[256];
    memcpy(header, bytes + 8, length);
    header[length] = '\0';
    (void)snprintf(entry, sizeof entry, "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[", name, dtype, shape);
    const char *found = strstr(header, entry);
    cr_assert_not_null(found, "%s is not in %s", entry, header);
    unsigned long begin = 0, end = 0;
    cr_assert_eq(sscanf(found + strlen(entry), "%lu,%lu]}", &begin, &end), 2);
    cr_assert_eq(end - begin, size, "%s takes bytes %lu to %lu", name, begin, end);
    free(header);
    return 8 + length + begin;
}

static void expect_numbers(const unsigned char *bytes, size_t at, clmlp_precision precision, const double *expected,
                           size_t count)
{
    for (size_t e = 0; e < count; e++) {
        double value = 0.0;
        if (precision == CLMLP_F64) {
            const uint64_t bits = little_endian(bytes + at + 8 * e, 8);
            memcpy(&value, &bits, 8);
        } else {
            const uint32_t bits = (uint32_t)little_endian(bytes + at + 4 * e, 4);
            float single = 0.0F;
            memcpy(&single, &bits, 4);
            value = (double)single;
        }
        cr_assert_eq(value, expected[e], "number %zu: %g instead of %g", e, value, expected[e]);
    }
}

static void check_layout(clmlp_precision precision, const char *name)
{
    /* theta(1) is -1.25, -0.75, ...: rows of [bias, 3 weights]; theta(2), from 8 * 0.5 - 1.25 on, of [bias, 2] */
    static const double weight_0[] = {-0.75, -0.25, 0.25, 1.25, 1.75, 2.25}, bias_0[] = {-1.25, 0.75};
    static const double weight_2[] = {3.25, 3.75, 4.75, 5.25}, bias_2[] = {2.75, 4.25};
    const size_t number = precision == CLMLP_F64 ? 8 : 4;
    const char *dtype = precision == CLMLP_F64 ? "F64" : "F32";
    char path[512];
    size_t size = 0;
    clmlp_model *model = small_model(precision);
    CHECK_OK(clmlp_model_save(model, scratch(path, name), &check_error));
    unsigned char *bytes = read_file(path, &size);
    const size_t data = 8 + (size_t)little_endian(bytes, 8);
    cr_assert_eq(data % 8, 0, "data begins at byte %zu", data);
    cr_assert_eq(size, data + 14 * number);
    size_t at = find_tensor(bytes, "0.weight", dtype, "[2,3]", 6 * number);
    cr_assert_eq(at, data);
    expect_numbers(bytes, at, precision, weight_0, 6);
    at = find_tensor(bytes, "0.bias", dtype, "[2]", 2 * number);
    cr_assert_eq(at, data + 6 * number);
    expect_numbers(bytes, at, precision, bias_0, 2);
    at = find_tensor(bytes, "2.weight", dtype, "[2,2]", 4 * number);
    cr_assert_eq(at, data + 8 * number);
    expect_numbers(bytes, at, precision, weight_2, 4);
    at = find_tensor(bytes, "2.bias", dtype, "[2]", 2 * number);
    cr_assert_eq(at, data + 12 * number);
    expect_numbers(bytes, at, precision, bias_2, 2);
    free(bytes);
    clmlp_model_destroy(model);
}

Test(model_file, lays_out_single_precision_as_pytorch_has_it)
{
    check_layout(CLMLP_F32, "layout_f32.safetensors");
}

Test(model_file, lays_out_double_precision_as_pytorch_has_it)
{
    check_layout(CLMLP_F64, "layout_f64.safetensors");
}

Test(model_file, metadata_is_a_map_of_texts)
{
    char path[512];
    size_t size = 0;
    clmlp_model *model = small_model(CLMLP_F32);
    set_scaling(model, CLMLP_SCALE_MINMAX);
    for (size_t j = 0; j < 3; j++) model->scaling.offset[j] = (double)j + 0.5;
    for (size_t j = 0; j < 3; j++) model->scaling.divisor[j] = 0.1;
    CHECK_OK(clmlp_model_save(model, scratch(path, "metadata.safetensors"), &check_error));
    unsigned char *bytes = read_file(path, &size);
    static const char expected[] =
        "{\"__metadata__\":{\"format\":\"pt\",\"clmlp.format_version\":\"1\",\"clmlp.version\":\"" CLMLP_VERSION "\","
        "\"clmlp.layers\":\"3,2,2\",\"clmlp.activation\":\"relu\",\"clmlp.output\":\"softmax\","
        "\"clmlp.scale\":\"minmax\",\"clmlp.scale.offset\":\"[0.5,1.5,2.5]\","
        "\"clmlp.scale.divisor\":\"[0.10000000000000001,0.10000000000000001,0.10000000000000001]\","
        "\"clmlp.classes\":\"[\\\"no\\\",\\\"a \\\\\\\"quoted\\\\\\\", name\\\"]\",\"clmlp.target\":\"answer\","
        "\"clmlp.lambda\":\"0.10000000000000001\",\"clmlp.seed\":\"18446744073709551615\"},\"0.weight\":";
    cr_assert_eq(memcmp(bytes + 8, expected, sizeof expected - 1), 0, "%.900s", (const char *)bytes + 8);
    free(bytes);
    clmlp_model_destroy(model);
}

/* --- there and back ------------------------------------------------------------------------------------- */

static void check_round_trip(clmlp_precision precision, const char *name)
{
    static const size_t s[] = {33, 65, 1, 4};
    clmlp_model *model = NULL;
    CHECK_OK(clmlp_model_create(&model, 4, s, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, 7, &check_error));
    model->precision = precision;
    const size_t count = clmlp_model_parameters(model);
    for (size_t e = 0; e < count; e++) {
        if (precision == CLMLP_F32) model->theta[e] = (double)(float)model->theta[e];
    }
    model->theta[0] = -0.0;
    model->theta[1] = precision == CLMLP_F64 ? DBL_TRUE_MIN : (double)FLT_TRUE_MIN;
    model->theta[2] = precision == CLMLP_F64 ? -DBL_MAX : -(double)FLT_MAX;
    clmlp_model *copy = reload(model, name);
    cr_assert_eq(clmlp_model_layers(copy), 4);
    cr_assert_eq(memcmp(copy->s, s, sizeof s), 0);
    cr_assert_eq(memcmp(copy->theta, model->theta, count * sizeof(double)), 0);
    cr_assert_eq(copy->precision, precision);
    clmlp_model_destroy(copy);
    clmlp_model_destroy(model);
}

Test(model_file, gives_single_precision_back_to_the_bit)
{
    check_round_trip(CLMLP_F32, "round_f32.safetensors");
}

Test(model_file, gives_double_precision_back_to_the_bit)
{
    check_round_trip(CLMLP_F64, "round_f64.safetensors");
}

Test(model_file, gives_back_all_that_prediction_needs)
{
    clmlp_model *model = small_model(CLMLP_F32);
    set_scaling(model, CLMLP_SCALE_STANDARD);
    clmlp_model *copy = reload(model, "all.safetensors");
    cr_assert_eq(clmlp_model_activation(copy), CLMLP_RELU);
    cr_assert_eq(clmlp_model_output(copy), CLMLP_OUTPUT_SOFTMAX);
    cr_assert_eq(clmlp_model_scale(copy), CLMLP_SCALE_STANDARD);
    cr_assert_eq(copy->scaling.n, 3);
    cr_assert_eq(memcmp(copy->scaling.offset, model->scaling.offset, 3 * sizeof(double)), 0);
    cr_assert_eq(memcmp(copy->scaling.divisor, model->scaling.divisor, 3 * sizeof(double)), 0);
    cr_assert_str_eq(clmlp_model_class_names(copy)[0], "no");
    cr_assert_str_eq(clmlp_model_class_names(copy)[1], "a \"quoted\", name");
    cr_assert_str_eq(clmlp_model_target(copy), "answer");
    cr_assert_eq(clmlp_model_lambda(copy), 0.1);
    cr_assert_eq(copy->seed, UINT64_MAX);
    clmlp_model_destroy(copy);
    clmlp_model_destroy(model);
}

Test(model_file, keeps_outputs_that_are_not_classes_and_pixel_scaling)
{
    clmlp_model *model = small_model(CLMLP_F32);
    free(model->class_names);
    model->class_names = NULL;
    model->scaling.kind = CLMLP_SCALE_PIXEL;
    clmlp_model *copy = reload(model, "values.safetensors");
    cr_assert_null(clmlp_model_class_names(copy));
    cr_assert_eq(clmlp_model_scale(copy), CLMLP_SCALE_PIXEL);
    clmlp_model_destroy(copy);
    clmlp_model_destroy(model);
}

Test(model_file, keeps_names_of_any_encoding)
{
    static const char *const names[] = {"caf\xe9", "\xc3\xa9t\xc3\xa9 \xe2\x82\xac\n"};
    clmlp_model *model = small_model(CLMLP_F32);
    for (int first_is_utf8 = 0; first_is_utf8 < 2; first_is_utf8++) {
        const char *const chosen[] = {names[first_is_utf8], first_is_utf8 ? "another" : names[1]};
        free(model->class_names);
        CHECK_OK(clmlp_duplicate_list(&model->class_names, chosen, 2, &check_error));
        clmlp_model *copy = reload(model, "encoding.safetensors");
        cr_assert_str_eq(clmlp_model_class_names(copy)[0], chosen[0]);
        cr_assert_str_eq(clmlp_model_class_names(copy)[1], chosen[1]);
        cr_assert_str_eq(clmlp_model_target(copy), "answer");
        clmlp_model_destroy(copy);
    }
    clmlp_model_destroy(model);
}

/* One column of each kind; levels that are not UTF-8; two models with them differ in nothing. */
Test(model_file, keeps_encoders_to_the_bit)
{
    static const double numbers[] = {0.1, 1.0 / 3.0, (double)NAN}, flags[] = {1, 0, 1}, days[] = {86400, 0, 1e9};
    static const char *const texts[] = {"a b", "\xe5"};
    static const uint8_t codes[] = {1, 2, 0};
    const clmlp_raw_column raw[] = {
        {.name = "x", .kind = CLMLP_COLUMN_NUMERIC, .m = 3, .numbers = numbers, .stride = 1},
        {.name = "flag", .kind = CLMLP_COLUMN_BOOLEAN, .m = 3, .numbers = flags, .stride = 1},
        {.name = "day", .kind = CLMLP_COLUMN_DATE, .m = 3, .numbers = days, .stride = 1, .times = true},
        {.name = "text", .kind = CLMLP_COLUMN_CATEGORICAL, .m = 3, .codes = codes, .code_size = 1, .texts = texts,
         .text_count = 2}};
    const size_t s[] = {12, 3}; /* 2 + 1 + 6 + 3 */
    clmlp_encoder *encoders[4] = {NULL};
    clmlp_columns *columns = NULL;
    clmlp_model *model = NULL, *copy = NULL;
    for (size_t j = 0; j < 4; j++) CHECK_OK(clmlp_encoder_fit(&encoders[j], &raw[j], 64, &check_error));
    CHECK_OK(clmlp_columns_create_encoded(&columns, encoders, 4, &check_error));
    cr_assert_eq(clmlp_columns_width(columns), 12);
    CHECK_OK(clmlp_model_create(&model, 2, s, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1, &check_error));
    CHECK_OK(clmlp_model_set_columns(model, columns, &check_error));
    clmlp_model *read = reload(model, "encoders.safetensors");
    CHECK_OK(clmlp_model_copy(&copy, read, &check_error));
    cr_assert_eq(clmlp_columns_compare(columns, read->columns), 4);
    cr_assert_eq(clmlp_columns_compare(columns, copy->columns), 4);
    for (size_t j = 0; j < 4; j++) {
        clmlp_encoder *const e = read->columns->encoders[j];
        const clmlp_encoder keep = *e;
        e->had_missing = !e->had_missing;
        cr_assert_eq(clmlp_columns_compare(columns, read->columns), j);
        *e = keep;
        e->fill[0] = 0.5;
        cr_assert_eq(clmlp_columns_compare(columns, read->columns), j);
        *e = keep;
    }
    cr_assert(!read->columns->numbered && !copy->columns->numbered);
    clmlp_model *again = NULL;
    read->columns->numbered = true; /* of a file without a header */
    again = reload(read, "numbered.safetensors");
    cr_assert(again->columns->numbered);
    clmlp_model_destroy(again);
    clmlp_columns_destroy(columns);
    clmlp_model_destroy(copy);
    clmlp_model_destroy(read);
    clmlp_model_destroy(model);
}

Test(model_file, keeps_columns_of_any_encoding)
{
    static const char *const encodings[][2] = {{"caf\xe9", "a \"b\", c"}, {"\xc3\xa9t\xc3\xa9", "2021"}};
    clmlp_model *model = small_model(CLMLP_F32);
    const size_t n = clmlp_model_units(model, 1);
    const char **names = calloc(n, sizeof *names);
    char(*numbered)[32] = calloc(n, sizeof *numbered);
    for (size_t e = 0; e < 2; e++) {
        clmlp_columns *columns = NULL;
        for (size_t j = 0; j < n; j++) {
            (void)snprintf(numbered[j], sizeof numbered[j], "x%zu", j);
            names[j] = j < 2 ? encodings[e][j] : numbered[j];
        }
        CHECK_OK(clmlp_columns_create(&columns, names, n, &check_error));
        CHECK_OK(clmlp_model_set_columns(model, columns, &check_error));
        clmlp_columns_destroy(columns);
        clmlp_model *copies[2] = {reload(model, "columns.safetensors"), NULL};
        CHECK_OK(clmlp_model_copy(&copies[1], model, &check_error));
        for (size_t c = 0; c < 2; c++) {
            cr_assert_eq(clmlp_columns_count(clmlp_model_columns(copies[c])), n);
            for (size_t j = 0; j < n; j++) {
                cr_assert_str_eq(clmlp_columns_name(clmlp_model_columns(copies[c]), j), names[j]);
            }
            clmlp_model_destroy(copies[c]);
        }
    }
    free(numbered);
    free(names);
    clmlp_model_destroy(model);
}

Test(model_file, reads_and_writes_numbers_alike_in_every_locale)
{
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    char path[512], other[512], sample[16] = "";
    size_t size = 0, other_size = 0;
    clmlp_model *model = small_model(CLMLP_F32), *copy = NULL;
    set_scaling(model, CLMLP_SCALE_STANDARD);
    CHECK_OK(clmlp_model_save(model, scratch(path, "point.safetensors"), &check_error));
    for (size_t i = 0; i < sizeof locales / sizeof *locales && strchr(sample, ',') == NULL; i++) {
        if (setlocale(LC_ALL, locales[i]) != NULL) (void)snprintf(sample, sizeof sample, "%.1f", 0.5);
    }
    if (strchr(sample, ',') == NULL) cr_skip_test("no locale with a decimal comma is installed");
    CHECK_OK(clmlp_model_load(&copy, path, NULL, &check_error));
    cr_assert_eq(memcmp(copy->scaling.offset, model->scaling.offset, 6 * sizeof(double)), 0);
    cr_assert_eq(clmlp_model_lambda(copy), 0.1);
    CHECK_OK(clmlp_model_save(copy, scratch(other, "comma.safetensors"), &check_error));
    unsigned char *bytes = read_file(path, &size), *other_bytes = read_file(other, &other_size);
    cr_assert(size == other_size && memcmp(bytes, other_bytes, size) == 0);
    free(bytes);
    free(other_bytes);
    clmlp_model_destroy(copy);
    clmlp_model_destroy(model);
}

/* --- files from outside --------------------------------------------------------------------------------- */

static const char bare_header[] =
    "{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[8,24]},"
    "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
    "\"3.weight\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[24,32]}}";

Test(model_file, without_metadata_loads_with_hints)
{
    const clmlp_model_hints hints = {sizeof hints, true, true, CLMLP_TANH, CLMLP_OUTPUT_LINEAR};
    static const double expected[] = {1, 3, 4, 2, 5, 6, 0, 7, 8};
    unsigned char data[32];
    char path[512];
    clmlp_model *model = NULL;
    for (int e = 0; e < 8; e++) {
        const float value = (float)(e + 1);
        uint32_t bits = 0;
        memcpy(&bits, &value, 4);
        for (int i = 0; i < 4; i++) data[4 * e + i] = (unsigned char)(bits >> (8 * i));
    }
    write_model(scratch(path, "bare.safetensors"), bare_header, sizeof bare_header - 1, 0, sizeof data, 0);
    FILE *stream = fopen(path, "r+b");
    cr_assert_eq(fseek(stream, (long)(8 + sizeof bare_header - 1), SEEK_SET), 0);
    cr_assert_eq(fwrite(data, 1, sizeof data, stream), sizeof data);
    (void)fclose(stream);
    CHECK_OK(clmlp_model_load(&model, path, &hints, &check_error));
    cr_assert_eq(clmlp_model_layers(model), 3);
    cr_assert_eq(clmlp_model_activation(model), CLMLP_TANH);
    cr_assert_eq(clmlp_model_output(model), CLMLP_OUTPUT_LINEAR);
    cr_assert_eq(clmlp_model_scale(model), CLMLP_SCALE_NONE);
    cr_assert_null(clmlp_model_class_names(model));
    /* the second layer has no bias tensor: zeros */
    for (size_t e = 0; e < 9; e++) cr_assert_eq(model->theta[e], expected[e], "theta %zu: %g", e, model->theta[e]);
    clmlp_model_destroy(model);
}

Test(model_file, metadata_wins_over_hints)
{
    const clmlp_model_hints hints = {sizeof hints, true, true, CLMLP_TANH, CLMLP_OUTPUT_LINEAR};
    char path[512];
    clmlp_model *model = small_model(CLMLP_F32), *copy = NULL;
    CHECK_OK(clmlp_model_save(model, scratch(path, "hints.safetensors"), &check_error));
    CHECK_OK(clmlp_model_load(&copy, path, &hints, &check_error));
    cr_assert_eq(clmlp_model_activation(copy), CLMLP_RELU);
    cr_assert_eq(clmlp_model_output(copy), CLMLP_OUTPUT_SOFTMAX);
    clmlp_model_destroy(copy);
    clmlp_model_destroy(model);
}

Test(model_file, without_hidden_layers_needs_no_activation)
{
    static const char header[] = "{\"0.weight\":{\"dtype\":\"F64\",\"shape\":[1,1],\"data_offsets\":[0,8]}}  ";
    const clmlp_model_hints hints = {sizeof hints, false, true, CLMLP_SIGMOID, CLMLP_OUTPUT_LINEAR};
    char path[512];
    clmlp_model *model = NULL;
    write_model(scratch(path, "regression.safetensors"), header, sizeof header - 1, 0, 8, 0);
    CHECK_OK(clmlp_model_load(&model, path, &hints, &check_error));
    cr_assert_eq(model->precision, CLMLP_F64);
    clmlp_model_destroy(model);
}

/* Values of the formats' definitions: sign, exponent and fraction written out. */
Test(model_file, reads_half_precision)
{
    static const struct {
        unsigned bits;
        double f16, bf16;
    } cases[] = {{0x3c00, 1.0, 0x1p-7},           {0xc100, -2.5, -8.0},           {0x0001, 0x1p-24, 0x1p-133},
                 {0x03ff, 0x1.ff8p-15, 0x1.fep-120}, {0x7bff, 65504.0, 0x1.fep120}, {0x8000, -0.0, -0.0}};
    const clmlp_model_hints hints = {sizeof hints, true, true, CLMLP_TANH, CLMLP_OUTPUT_LINEAR};
    char path[512], header[128];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int brain = 0; brain < 2; brain++) {
            const unsigned char bytes[] = {(unsigned char)(cases[i].bits & 0xff), (unsigned char)(cases[i].bits >> 8)};
            clmlp_model *model = NULL;
            const int length = snprintf(header, sizeof header,
                                        "{\"0.weight\":{\"dtype\":\"%s\",\"shape\":[1,1],"
                                        "\"data_offsets\":[0,2]}}",
                                        brain ? "BF16" : "F16");
            write_model(scratch(path, "half.safetensors"), header, (size_t)length, 0, 2, 0);
            FILE *stream = fopen(path, "r+b");
            cr_assert_eq(fseek(stream, -2, SEEK_END), 0);
            cr_assert_eq(fwrite(bytes, 1, 2, stream), 2);
            (void)fclose(stream);
            CHECK_OK(clmlp_model_load(&model, path, &hints, &check_error));
            const double expected = brain ? cases[i].bf16 : cases[i].f16, found = model->theta[1];
            cr_assert(found == expected && signbit(found) == signbit(expected), "%04x: %a instead of %a",
                      cases[i].bits, found, expected);
            cr_assert_eq(model->precision, CLMLP_F32);
            clmlp_model_destroy(model);
        }
    }
}

/* --- files that are not there ---------------------------------------------------------------------------- */

Test(model_file, a_missing_file_and_a_folder_are_errors)
{
    char path[512], message[600];
    clmlp_error error = {CLMLP_OK, ""};
    clmlp_model *model = NULL;
    cr_assert_eq(clmlp_model_load(&model, scratch(path, "none.safetensors"), NULL, &error), CLMLP_IO);
    (void)snprintf(message, sizeof message, "%s: cannot be opened: No such file or directory", path);
    cr_assert_str_eq(error.message, message);
    cr_assert_eq(clmlp_model_load(&model, TEST_SCRATCH_DIR, NULL, &error), CLMLP_IO);
    cr_assert_str_eq(error.message, TEST_SCRATCH_DIR ": not a regular file");
    cr_assert_null(model);
}
