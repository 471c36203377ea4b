/* test_model_malformed.c - malformed model files and their messages. */
#include <math.h>

#include "model_files.h"

/* The parts of a right file of one layer, [1 x 2] weights and a bias: 12 bytes of data. */
#define WEIGHT "\"0.weight\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}"
#define BIAS "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}"
#define FUNCTIONS "\"clmlp.activation\":\"tanh\",\"clmlp.output\":\"linear\""
#define META(more) "\"__metadata__\":{" FUNCTIONS more "},"
#define LAYER WEIGHT "," BIAS "}"
#define TENSOR(name, dtype, shape, offsets) \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define PARTS(parts) "{" META("") parts "}"
#define HEADER(text) text, sizeof text - 1
/* a file with this JSON as the columns of the model */
#define COLUMNS(text) HEADER("{" META(",\"clmlp.columns\":\"" text "\"") LAYER), 0, 12, 0
#define VERSION_1 "\\\"version\\\":1"
#define COLUMN(name, kind) "{\\\"name\\\":\\\"" name "\\\",\\\"kind\\\":\\\"" kind "\\\"}"
#define COLUMNS_EXPECTED \
    "clmlp.columns is not as expected ({\"version\": 1, \"columns\": [{\"name\": ..., \"kind\": \"numeric\"}, ...]})"

typedef struct malformed {
    const char *header;
    size_t header_size;
    uint64_t claimed; /* 0: the true length */
    size_t data_size;
    unsigned char fill;
    const char *message; /* after "FILE: " */
} malformed;

#define LISTED(name, text) " " text
static const malformed cases[] = {
    /* the container's outside */
    {HEADER("{" META("") LAYER), UINT64_C(0x0101010101010101), 12, 0,
     "not a model file: header of 72340172838076673 bytes (expected safetensors, 1 to 104857600)"},
    {HEADER("{" META("") LAYER), 104857601, 12, 0,
     "not a model file: header of 104857601 bytes (expected safetensors, 1 to 104857600)"},
    {HEADER("{}"), 100, 12, 0, "cut off: header of 100 bytes in a file of 22"},
    {HEADER("{\"0.weight\":\"\xff\"}"), 0, 12, 0, "byte 14 of the header is not UTF-8"},
    {HEADER("{\"0.weight\":\"\xc0\x80\"}"), 0, 12, 0, "byte 14 of the header is not UTF-8"},
    {HEADER("{\"\xed\xa0\x80\":1}"), 0, 12, 0, "byte 3 of the header is not UTF-8"},
    {HEADER("{\"a\0b\":1}"), 0, 12, 0, "byte 4 of the header is NUL"},
    {HEADER("{\"\\\\a\\u0000\":1}"), 0, 12, 0, "byte 6 of the header is NUL"},
    {HEADER("{\"a\\u0000"), 0, 0, 0, "byte 4 of the header is NUL"}, /* as the last of it, too */
    {HEADER("{\"0.weight\":}"), 0, 12, 0, "the header is not JSON at its byte 13"},
    {HEADER("{\"0.weight\":{\"dtype\""), 0, 12, 0, "the header is not JSON at its byte 20"},
    {HEADER("{} x"), 0, 0, 0, "the header is not JSON at its byte 4"},
    {HEADER("[1,2]"), 0, 12, 0, "the header is not a JSON object"},
    {HEADER("{" META("") WEIGHT "," LAYER), 0, 12, 0, "key \"0.weight\" is twice in the header"},
    {HEADER("{" META("") META("") LAYER), 0, 12, 0, "key \"__metadata__\" is twice in the header"},
    /* metadata that is not a map of texts */
    {HEADER("{\"__metadata__\":[]," LAYER), 0, 12, 0, "__metadata__ is not a JSON object"},
    {HEADER("{" META(",\"clmlp.seed\":1") LAYER), 0, 12, 0, "__metadata__: \"clmlp.seed\" is not a text"},
    {HEADER("{" META("," FUNCTIONS) LAYER), 0, 12, 0, "key \"clmlp.activation\" is twice in __metadata__"},
    /* entries */
    {HEADER("{\"0.weight\":3}"), 0, 12, 0, "0.weight: not a JSON object"},
    {HEADER("{\"0.weight\":{}}"), 0, 12, 0, "0.weight: no \"dtype\" text"},
    {HEADER("{\"0.weight\":{\"dtype\":\"F32\",\"dtype\":\"F64\"}}"), 0, 12, 0, "key \"dtype\" is twice in 0.weight"},
    {HEADER(PARTS(TENSOR("0.weight", "I64", "[1,2]", "[0,16]"))), 0, 16, 0,
     "0.weight: dtype \"I64\" (expected F32, F64, F16 or BF16)"},
    {HEADER("{\"0.weight\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}"), 0, 8, 0, "0.weight: no \"shape\" array"},
    {HEADER(PARTS(TENSOR("0.weight", "F32", "[1,-2]", "[0,8]"))), 0, 8, 0,
     "0.weight: dimension 2 of its shape is not an integer >= 0"},
    {HEADER(PARTS(TENSOR("0.weight", "F32", "[1.5,2]", "[0,8]"))), 0, 8, 0,
     "0.weight: dimension 1 of its shape is not an integer >= 0"},
    {HEADER(PARTS(TENSOR("0.weight", "F32", "[1,\"2\"]", "[0,8]"))), 0, 8, 0,
     "0.weight: dimension 2 of its shape is not an integer >= 0"},
    {HEADER(PARTS(TENSOR("0.weight", "F32", "[1,null]", "[0,8]"))), 0, 8, 0,
     "0.weight: dimension 2 of its shape is not an integer >= 0"},
    {HEADER(PARTS(TENSOR("0.weight", "F32", "[4294967296,4294967296]", "[0,8]"))), 0, 8, 0,
     "0.weight: its shape has too many elements"},
    {HEADER(PARTS(TENSOR("0.weight", "F32", "[1,2]", "[0]"))), 0, 8, 0,
     "0.weight: \"data_offsets\" is not an array of two integers >= 0"},
    {HEADER(PARTS(TENSOR("0.weight", "F32", "[1,2]", "[0,1e300]"))), 0, 8, 0,
     "0.weight: \"data_offsets\" is not an array of two integers >= 0"},
    {HEADER(PARTS(TENSOR("0.weight", "F32", "[1,2]", "[8,0]"))), 0, 8, 0,
     "0.weight: begins at byte 8 of the data, after its end at 0"},
    {HEADER("{" META("") LAYER), 0, 11, 0, "0.bias: ends at byte 12 of the data (the file has 11)"},
    {HEADER(PARTS(TENSOR("0.weight", "F32", "[1000000000,1000000]", "[0,4000000000000000]"))), 0, 8, 0,
     "0.weight: ends at byte 4000000000000000 of the data (the file has 8)"},
    {HEADER(PARTS(TENSOR("0.weight", "F32", "[2,2]", "[0,8]"))), 0, 8, 0, "0.weight: 4 elements of F32 in 8 bytes"},
    {HEADER(PARTS(TENSOR("0.weight", "F32", "[4611686018427387904,2]", "[0,8]"))), 0, 8, 0,
     "0.weight: dimension 1 of its shape is not an integer >= 0"},
    {HEADER(PARTS(TENSOR("0.weight", "F32", "[4503599627370496,2048]", "[0,8]"))), 0, 8, 0,
     "0.weight: 9223372036854775808 elements of F32 in 8 bytes"},
    /* places */
    {HEADER(PARTS(WEIGHT "," TENSOR("0.bias", "F32", "[1]", "[4,8]"))), 0, 8, 0,
     "0.bias: begins at byte 4 of the data (expected 8: it overlaps the tensor before it)"},
    {HEADER(PARTS(TENSOR("0.bias", "F32", "[1]", "[12,16]") "," WEIGHT)), 0, 16, 0,
     "0.bias: begins at byte 12 of the data (expected 8: there is a hole before it)"},
    {HEADER("{" META("") LAYER), 0, 13, 0, "13 bytes of data (the tensors take 12)"},
    /* tensors that are no chain of layers */
    {HEADER("{}"), 0, 0, 0, "no tensors (expected 0.weight, 0.bias, ...)"},
    {HEADER(PARTS(WEIGHT "," TENSOR("fc.bias", "F32", "[1]", "[8,12]"))), 0, 12, 0,
     "tensor \"fc.bias\" (expected N.weight and N.bias of an nn.Sequential of Linear layers)"},
    {HEADER(PARTS(WEIGHT "," TENSOR("00.bias", "F32", "[1]", "[8,12]"))), 0, 12, 0,
     "tensor \"00.bias\" (expected N.weight and N.bias of an nn.Sequential of Linear layers)"},
    {HEADER(PARTS(TENSOR("0.weight", "F32", "[1,2,1]", "[0,8]"))), 0, 8, 0,
     "0.weight has 3 dimensions (expected 2)"},
    {HEADER(PARTS(WEIGHT "," TENSOR("0.bias", "F32", "[]", "[8,12]"))), 0, 12, 0,
     "0.bias has 0 dimensions (expected 1)"},
    {HEADER(PARTS(WEIGHT "," TENSOR("2.bias", "F32", "[1]", "[8,12]"))), 0, 12, 0, "2.bias without 2.weight"},
    {HEADER(PARTS(TENSOR("0.weight", "F32", "[0,2]", "[0,0]"))), 0, 0, 0, "0.weight is empty: [0, 2]"},
    {HEADER(PARTS(WEIGHT "," TENSOR("0.bias", "F32", "[2]", "[8,16]"))), 0, 16, 0,
     "0.bias is [2] (expected [1], the rows of 0.weight)"},
    {HEADER(PARTS(WEIGHT "," TENSOR("2.weight", "F32", "[1,3]", "[8,20]"))), 0, 20, 0,
     "2.weight is [1, 3] (expected 1 columns, the units of the layer before it)"},
    {HEADER("{" META("") LAYER), 0, 12, 0xff, "0.weight[0, 0] is nan (expected a finite number)"},
    /* metadata that clmlp cannot go by */
    {HEADER("{" META(",\"clmlp.format_version\":\"5\",\"clmlp.version\":\"9.1\"") LAYER), 0, 12, 0,
     "format version 5, written by clmlp 9.1 (expected at most 4); a newer clmlp reads it"},
    {HEADER("{" META(",\"clmlp.ensemble\":\"1\"") LAYER), 0, 12, 0,
     "clmlp.ensemble is \"1\" (expected the number of members, 2 or more, whose tensors are there)"},
    {HEADER("{" META(",\"clmlp.ensemble\":\"2\"") LAYER), 0, 12, 0,
     "no tensors (expected 0.weight, 0.bias, ...)"},
    {HEADER("{" META(",\"clmlp.format_version\":\"0x1\"") LAYER), 0, 12, 0,
     "clmlp.format_version is \"0x1\" (expected an integer >= 1)"},
    {HEADER("{" META(",\"clmlp.initialisation\":\"he\"") LAYER), 0, 12, 0,
     "clmlp.initialisation is \"he\" (expected one of:" CLMLP_INITIALISATION_LIST(LISTED) ")"},
    {HEADER("{\"__metadata__\":{\"clmlp.activation\":\"prelu\"}," LAYER), 0, 12, 0,
     "clmlp.activation is \"prelu\" (expected one of:" CLMLP_ACTIVATION_LIST(LISTED) ")"},
    {HEADER("{\"__metadata__\":{\"clmlp.output\":\"hinge\"}," LAYER), 0, 12, 0,
     "clmlp.output is \"hinge\" (expected one of:" CLMLP_OUTPUT_LIST(LISTED) ")"},
    {HEADER("{" LAYER), 0, 12, 0, "does not say its output; give --output"},
    {HEADER("{" WEIGHT "," TENSOR("2.weight", "F32", "[1,1]", "[8,12]") "}"), 0, 12, 0,
     "does not say its activation and output; give --activation and --output"},
    {HEADER("{" META(",\"clmlp.layers\":\"2,3,1\"") LAYER), 0, 12, 0,
     "clmlp.layers is \"2,3,1\", the tensors have 2,1"},
    {HEADER("{" META(",\"clmlp.scale\":\"auto\"") LAYER), 0, 12, 0,
     "clmlp.scale is \"auto\" (expected none, minmax, standard, pixel, robust or robust-clip)"},
    {HEADER("{" META(",\"clmlp.scale\":\"minmax\"") LAYER), 0, 12, 0,
     "no clmlp.scale.offset, which its clmlp.scale needs"},
    {HEADER("{" META(",\"clmlp.scale\":\"minmax\",\"clmlp.scale.offset\":\"[1\"") LAYER), 0, 12, 0,
     "clmlp.scale.offset is \"[1\" (expected a JSON array of numbers)"},
    {HEADER("{" META(",\"clmlp.scale\":\"minmax\",\"clmlp.scale.offset\":\"[1,2,3]\"") LAYER), 0, 12, 0,
     "clmlp.scale.offset has 3 numbers (expected 2, one per feature)"},
    {HEADER("{" META(",\"clmlp.scale\":\"standard\",\"clmlp.scale.offset\":\"[1,1e999]\"") LAYER), 0, 12, 0,
     "entry 2 of clmlp.scale.offset is not a finite number"},
    {HEADER("{" META(",\"clmlp.scale\":\"standard\",\"clmlp.scale.offset\":\"[1,2]\","
                    "\"clmlp.scale.divisor\":\"[1,0]\"") LAYER), 0, 12, 0,
     "entry 2 of clmlp.scale.divisor is not a positive number"},
    /* the targets' scaling: one output, linear */
    {HEADER("{" META(",\"clmlp.target_scaling\":\"minmax\"") LAYER), 0, 12, 0,
     "clmlp.target_scaling is \"minmax\" (expected none or standard)"},
    {HEADER("{" META(",\"clmlp.target_scaling\":\"standard\"") LAYER), 0, 12, 0,
     "no clmlp.target_scaling.offset, which its clmlp.target_scaling needs"},
    {HEADER("{" META(",\"clmlp.target_scaling\":\"standard\",\"clmlp.target_scaling.offset\":\"[1]\"") LAYER), 0, 12, 0,
     "no clmlp.target_scaling.divisor, which its clmlp.target_scaling needs"},
    {HEADER("{" META(",\"clmlp.target_scaling\":\"standard\","
                    "\"clmlp.target_scaling.offset\":\"[1,2]\"") LAYER), 0, 12, 0,
     "clmlp.target_scaling.offset has 2 numbers (expected 1, one per output)"},
    {HEADER("{" META(",\"clmlp.target_scaling\":\"standard\",\"clmlp.target_scaling.offset\":\"[1]\","
                    "\"clmlp.target_scaling.divisor\":\"[0]\"") LAYER), 0, 12, 0,
     "entry 1 of clmlp.target_scaling.divisor is not a positive number"},
    {HEADER("{" META(",\"clmlp.target_scaling.offset\":\"[1]\"") LAYER), 0, 12, 0,
     "clmlp.target_scaling.offset without a clmlp.target_scaling that is \"standard\""},
    {HEADER("{" META(",\"clmlp.target_scaling\":\"none\",\"clmlp.target_scaling.divisor\":\"[1]\"") LAYER), 0, 12, 0,
     "clmlp.target_scaling.divisor without a clmlp.target_scaling that is \"standard\""},
    {HEADER("{\"__metadata__\":{\"clmlp.activation\":\"tanh\",\"clmlp.output\":\"sigmoid\","
            "\"clmlp.target_scaling\":\"standard\",\"clmlp.target_scaling.offset\":\"[1]\","
            "\"clmlp.target_scaling.divisor\":\"[1]\"}," LAYER), 0, 12, 0,
     "clmlp.target_scaling is \"standard\", which the sigmoid output does not allow (expected a linear output)"},
    {HEADER("{" META(",\"clmlp.classes\":\"{}\"") LAYER), 0, 12, 0,
     "clmlp.classes is \"{}\" (expected a JSON array of texts)"},
    {HEADER("{" META(",\"clmlp.classes\":\"[]\"") LAYER), 0, 12, 0,
     "clmlp.classes has 0 names (expected 1, one per output)"},
    {HEADER("{" META(",\"clmlp.outputs\":\"[]\"") LAYER), 0, 12, 0,
     "clmlp.outputs has 0 names (expected 1, one per output)"},
    {HEADER("{" META(",\"clmlp.outputs\":\"[\\\"\\\"]\"") LAYER), 0, 12, 0, "entry 1 of clmlp.outputs is empty"},
    {HEADER("{" META(",\"clmlp.classes\":\"[\\\"\\\"]\"") LAYER), 0, 12, 0, "entry 1 of clmlp.classes is empty"},
    {HEADER("{" META(",\"clmlp.classes\":\"[\\\"a\\\",\\\"a\\\"]\"")
            TENSOR("0.weight", "F32", "[2,2]", "[0,16]") "," TENSOR("0.bias", "F32", "[2]", "[16,24]") "}"), 0, 24, 0,
     "entry 2 of clmlp.classes stands there once more"},
    {HEADER("{" META(",\"clmlp.classes\":\"[7]\"") LAYER), 0, 12, 0, "entry 1 of clmlp.classes is not a text"},
    {COLUMNS("{\\\"version\\\":1,"), COLUMNS_EXPECTED},
    {COLUMNS("[]"), COLUMNS_EXPECTED},
    {COLUMNS("{\\\"columns\\\":[]}"), COLUMNS_EXPECTED},
    {COLUMNS("{\\\"version\\\":0,\\\"columns\\\":[]}"), COLUMNS_EXPECTED},
    {COLUMNS("{" VERSION_1 ",\\\"columns\\\":[],\\\"more\\\":1}"), COLUMNS_EXPECTED},
    {COLUMNS("{" VERSION_1 ",\\\"columns\\\":{}}"), COLUMNS_EXPECTED},
    {COLUMNS("{" VERSION_1 ",\\\"missing_values\\\":[],\\\"columns\\\":[" COLUMN("a", "numeric") "]}"),
     COLUMNS_EXPECTED},
    {COLUMNS("{" VERSION_1 ",\\\"missing_values\\\":[\\\"none\\\",5],\\\"columns\\\":[" COLUMN("a", "numeric") "]}"),
     COLUMNS_EXPECTED},
    {COLUMNS("{\\\"version\\\":2,\\\"columns\\\":[]}"),
     "clmlp.columns has version 2 (expected 1); a newer clmlp reads it"},
    {COLUMNS("{" VERSION_1 ",\\\"columns\\\":[" COLUMN("a", "numeric") "]}"),
     "clmlp.columns gives 1 features (expected 2)"},
    {COLUMNS("{" VERSION_1 ",\\\"columns\\\":[" COLUMN("a", "numeric") "," COLUMN("a", "numeric") "]}"),
     "entries 1 and 2 of clmlp.columns are both called 'a'"},
    {COLUMNS("{" VERSION_1 ",\\\"columns\\\":[" COLUMN("a", "numeric") "," COLUMN("", "numeric") "]}"),
     "entry 2 of clmlp.columns: \"name\" is not as expected (text that is not empty)"},
    {COLUMNS("{" VERSION_1 ",\\\"columns\\\":[{\\\"name\\\":\\\"a\\\"},{}]}"),
     "entry 1 of clmlp.columns: no \"kind\""},
    {COLUMNS("{" VERSION_1 ",\\\"columns\\\":[{\\\"name\\\":1,\\\"kind\\\":\\\"numeric\\\"},{}]}"),
     "entry 1 of clmlp.columns: \"name\" is not as expected (text)"},
    {COLUMNS("{" VERSION_1 ",\\\"columns\\\":[" COLUMN("a", "date") "," COLUMN("b", "date") "]}"),
     "entry 1 of clmlp.columns: no \"first\""},
    {HEADER("{" META(",\"clmlp.encoding\":\"utf-16\"") LAYER), 0, 12, 0,
     "clmlp.encoding is \"utf-16\" (expected iso-8859-1, or no such key)"},
    {HEADER("{" META(",\"clmlp.encoding\":\"iso-8859-1\",\"clmlp.target\":\"\xe2\x82\xac\"") LAYER), 0, 12, 0,
     "clmlp.target has characters outside its clmlp.encoding"},
    {HEADER("{" META(",\"clmlp.index_base\":\"2\"") LAYER), 0, 12, 0,
     "clmlp.index_base is \"2\" (expected 0 or 1)"},
    {HEADER("{" META(",\"clmlp.outputs\":\"[\\\"a\\\",\\\"b\\\",\\\"c\\\"]\"") LAYER), 0, 12, 0,
     "clmlp.outputs has 3 names (expected 1, one per output)"},
    {HEADER("{" META(",\"clmlp.lambda\":\"-1\"") LAYER), 0, 12, 0,
     "clmlp.lambda is \"-1\" (expected a finite number >= 0)"},
    {HEADER("{" META(",\"clmlp.lambda\":\"0.5 or so\"") LAYER), 0, 12, 0,
     "clmlp.lambda is \"0.5 or so\" (expected a finite number >= 0)"},
    {HEADER("{" META(",\"clmlp.seed\":\"18446744073709551616\"") LAYER), 0, 12, 0,
     "clmlp.seed is \"18446744073709551616\" (expected an integer from 0 to 2^64 - 1)"},
};

Test(model_malformed, every_mistake_is_named)
{
    char path[512], expected[1024];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const malformed *c = &cases[i];
        clmlp_model *model = NULL;
        clmlp_error error = {CLMLP_OK, ""};
        write_model(scratch(path, "malformed.safetensors"), c->header, c->header_size, c->claimed, c->data_size,
                    c->fill);
        const clmlp_status status = clmlp_model_load(&model, path, NULL, &error);
        (void)snprintf(expected, sizeof expected, "%s: %s", path, c->message);
        cr_expect_eq(status, CLMLP_BAD_INPUT, "case %zu, \"%s\": status %d", i, c->message, (int)status);
        cr_expect_str_eq(error.message, expected, "case %zu: \"%s\" instead of \"%s\"", i, error.message, expected);
        cr_expect_null(model);
        clmlp_model_destroy(model);
    }
}

/* The tensors of the small model, from the end: 2.bias [2], 2.weight [2 x 2], of 4 bytes each. */
Test(model_malformed, a_number_that_is_not_finite_is_named)
{
    static const struct {
        long from_end;
        unsigned char bits[4];
        const char *message;
    } places[] = {{-4, {0, 0, 0x80, 0x7f}, "2.bias[1] is inf (expected a finite number)"},
                  {-16, {0, 0, 0x80, 0xff}, "2.weight[1, 0] is -inf (expected a finite number)"},
                  {-20, {1, 0, 0xc0, 0xff}, "2.weight[0, 1] is nan (expected a finite number)"}};
    char path[512], expected[600];
    clmlp_model *model = small_model(CLMLP_F32);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        clmlp_model *loaded = NULL;
        clmlp_error error = {CLMLP_OK, ""};
        CHECK_OK(clmlp_model_save(model, scratch(path, "not_finite.safetensors"), &check_error));
        FILE *stream = fopen(path, "r+b");
        cr_assert_eq(fseek(stream, places[i].from_end, SEEK_END), 0);
        cr_assert_eq(fwrite(places[i].bits, 1, 4, stream), 4);
        (void)fclose(stream);
        cr_assert_eq(clmlp_model_load(&loaded, path, NULL, &error), CLMLP_BAD_INPUT);
        (void)snprintf(expected, sizeof expected, "%s: %s", path, places[i].message);
        cr_assert_str_eq(error.message, expected);
        cr_assert_null(loaded);
    }
    clmlp_model_destroy(model);
}

/* The table would prove nothing if the file that its cases are variations of did not load. */
Test(model_malformed, the_file_without_mistakes_loads)
{
    static const char header[] = "{" META("") LAYER;
    char path[512];
    clmlp_model *model = NULL;
    write_model(scratch(path, "right.safetensors"), header, sizeof header - 1, 0, 12, 0);
    CHECK_OK(clmlp_model_load(&model, path, NULL, &check_error));
    clmlp_model_destroy(model);
}

Test(model_malformed, files_shorter_than_the_length_field_are_named)
{
    char path[512], expected[600];
    for (size_t size = 0; size < 8; size++) {
        clmlp_model *model = NULL;
        clmlp_error error = {CLMLP_OK, ""};
        write_file(scratch(path, "short.safetensors"), "\0\0\0\0\0\0\0\0", size);
        cr_assert_eq(clmlp_model_load(&model, path, NULL, &error), CLMLP_BAD_INPUT);
        (void)snprintf(expected, sizeof expected,
                       "%s: not a model file: %zu bytes (expected safetensors, 8 or more)", path, size);
        cr_assert_str_eq(error.message, expected);
    }
}

Test(model_malformed, a_header_of_length_zero_is_named)
{
    char path[512], expected[600];
    clmlp_model *model = NULL;
    clmlp_error error = {CLMLP_OK, ""};
    write_file(scratch(path, "zero.safetensors"), "\0\0\0\0\0\0\0\0{}", 10);
    cr_assert_eq(clmlp_model_load(&model, path, NULL, &error), CLMLP_BAD_INPUT);
    (void)snprintf(expected, sizeof expected,
                   "%s: not a model file: header of 0 bytes (expected safetensors, 1 to 104857600)", path);
    cr_assert_str_eq(error.message, expected);
}

/* Everything that a loaded model claims must be there: reads all of it, for the sanitizers to see. */
static double touch(const clmlp_model *model)
{
    double sum = clmlp_model_lambda(model) + (double)strlen(clmlp_model_target(model));
    const char *const *names = clmlp_model_class_names(model);
    for (size_t e = 0; e < clmlp_model_parameters(model); e++) {
        cr_assert(isfinite(model->theta[e]));
        sum += model->theta[e];
    }
    for (size_t k = 0; names != NULL && k < clmlp_model_units(model, clmlp_model_layers(model)); k++) {
        sum += (double)strlen(names[k]);
    }
    for (size_t j = 0; model->scaling.offset != NULL && j < 2 * model->scaling.n; j++) sum += model->scaling.offset[j];
    return sum;
}

static unsigned char *full_model(size_t *size)
{
    static const char header[] =
        "{\"__metadata__\":{\"format\":\"pt\",\"clmlp.format_version\":\"2\",\"clmlp.layers\":\"2,1\","
        "\"clmlp.activation\":\"tanh\",\"clmlp.output\":\"linear\",\"clmlp.scale\":\"minmax\","
        "\"clmlp.scale.offset\":\"[0.5,1]\","
        "\"clmlp.scale.divisor\":\"[1,2e3]\",\"clmlp.target_scaling\":\"standard\","
        "\"clmlp.target_scaling.offset\":\"[3]\",\"clmlp.target_scaling.divisor\":\"[4]\","
        "\"clmlp.classes\":\"[\\\"a\\u00e9\\\"]\",\"clmlp.target\":\"t\","
        "\"clmlp.lambda\":\"0.1\",\"clmlp.seed\":\"12\"}," LAYER;
    char path[512];
    write_model(scratch(path, "fuzz_seed.safetensors"), header, sizeof header - 1, 0, 12, 0);
    return read_file(path, size);
}

/* Loads bytes as a file; what is wrong must be said, what is right must be whole. Returns 1 when it loaded. */
static int try_bytes(const char *path, const unsigned char *bytes, size_t size)
{
    clmlp_model *model = NULL;
    clmlp_error error = {CLMLP_OK, ""};
    write_file(path, bytes, size);
    const clmlp_status status = clmlp_model_load(&model, path, NULL, &error);
    if (status == CLMLP_OK) {
        cr_assert(isfinite(touch(model)));
    } else {
        cr_assert_null(model);
        cr_assert_eq(status, CLMLP_BAD_INPUT, "%s", error.message);
        cr_assert_eq(strncmp(error.message, path, strlen(path)), 0, "%s", error.message);
    }
    clmlp_model_destroy(model);
    return status == CLMLP_OK;
}

Test(model_malformed, a_file_cut_off_anywhere_is_an_error)
{
    char path[512];
    size_t size = 0;
    unsigned char *bytes = full_model(&size);
    cr_assert(try_bytes(scratch(path, "cut.safetensors"), bytes, size), "the whole file loads");
    for (size_t length = 0; length < size; length++) {
        cr_assert_not(try_bytes(path, bytes, length), "the first %zu of %zu bytes", length, size);
    }
    free(bytes);
}

Test(model_malformed, flipped_bits_never_do_more_than_fail)
{
    char path[512];
    size_t size = 0, loaded = 0;
    unsigned char *bytes = full_model(&size);
    scratch(path, "flip.safetensors");
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
        loaded += (size_t)try_bytes(path, bytes, size);
        bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
    /* bits of weights, names and numbers make another right file; those of the structure must not */
    cr_assert(loaded > 0 && loaded < 4 * size, "%zu of %zu loaded", loaded, 8 * size);
    free(bytes);
}
