/* model.c - fuzz target: model files. One that loads is saved, and that loads and is saved to the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "clmlp/inspect.h"
#include "clmlp/model.h"
#include "fuzz.h"
#include "safetensors.h"

enum { BASES = 6 };

/* From a table of all kinds of columns, with gaps. */
static const char table[] = "age,city,member,day,n,y\n30,Oslo,yes,2024-02-29,1.5,a\n,Bergen,no,2023-12-31 10:30,2,b\n"
                            "41.5,,,,NA,c\n7,Oslo,yes,2020-01-01,4,a\n";

/* Names that are not UTF-8, and texts for missing values that are not either. */
static clmlp_model *make_encoded(void)
{
    static const char text[] = "gr\xf6\xdf" "e,ort,y\n1,K\xf6ln,j\xe4\nfehlt\xfc,Bonn,n\xf6\n3,K\xf6ln,j\xe4\n";
    static const char *const missing[] = {"fehlt\xfc", ""};
    clmlp_load_options options = clmlp_load_options_default();
    clmlp_dataset *data = NULL;
    clmlp_model *model = NULL;
    const size_t hidden = 2;
    options.missing_texts = missing;
    options.missing_count = 2;
    OK(clmlp_dataset_load(&data, fuzz_write("base.csv", text, sizeof text - 1), &options, error));
    OK(clmlp_model_create_for(&model, data, &hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 1, error));
    clmlp_dataset_destroy(data);
    return model;
}

/* From svmlight text that counts from 1. */
static clmlp_model *make_sparse(void)
{
    static const char text[] = "1 1:2 3:1\n-1 2:0.5\n";
    clmlp_load_options options = clmlp_load_options_default();
    clmlp_dataset *data = NULL;
    clmlp_model *model = NULL;
    OK(clmlp_dataset_load(&data, fuzz_write("base.svm", text, sizeof text - 1), &options, error));
    OK(clmlp_model_create_for(&model, data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 1, error));
    OK(clmlp_model_initialise(model, CLMLP_INITIALISATION_HE_NORMAL, 2, error));
    clmlp_dataset_destroy(data);
    return model;
}

static clmlp_model *make(unsigned kind)
{
    if (kind == 4) return make_encoded();
    if (kind == 5) return make_sparse();
    clmlp_load_options options = clmlp_load_options_default();
    clmlp_dataset *data = NULL;
    clmlp_model *model = NULL, *member = NULL;
    const size_t hidden = 2;
    options.target = kind == 3 ? "n,age" : kind == 2 ? "age" : "y";
    options.target_kind = kind >= 2 ? CLMLP_TARGET_VALUES : CLMLP_TARGET_CLASSES;
    options.ignore = kind == 0 ? "city,day,member" : NULL;
    options.missing_targets = CLMLP_MISSING_TARGETS_DROP;
    OK(clmlp_dataset_load(&data, fuzz_write("base.csv", table, sizeof table - 1), &options, error));
    const clmlp_output output = kind >= 2 ? CLMLP_OUTPUT_LINEAR : CLMLP_OUTPUT_SOFTMAX;
    OK(clmlp_model_create_for(&model, data, &hidden, kind == 0 ? 0 : 1, CLMLP_TANH, output, 1, error));
    OK(clmlp_model_fit_scaling(model, data, kind == 1 ? CLMLP_SCALE_ROBUST_CLIP : CLMLP_SCALE_STANDARD, error));
    if (kind >= 2) OK(clmlp_model_fit_target_scaling(model, data, CLMLP_SCALE_STANDARD, error));
    if (kind == 2) {
        OK(clmlp_model_save(model, fuzz_path("base"), error));
        OK(clmlp_model_load(&member, fuzz_path("base"), NULL, error));
        OK(clmlp_model_initialise(member, CLMLP_INITIALISATION_GLOROT_UNIFORM, 2, error));
        OK(clmlp_model_add_member(model, member, error));
    }
    clmlp_model_destroy(member);
    clmlp_dataset_destroy(data);
    return model;
}

/* The bytes of a good file of each kind. */
static const uint8_t *base(unsigned kind, size_t *size)
{
    static struct {
        uint8_t bytes[1 << 14];
        size_t size;
    } bases[BASES];
    if (bases[kind].size == 0) {
        clmlp_model *const model = make(kind);
        OK(clmlp_model_save(model, fuzz_path("base"), error));
        clmlp_model_destroy(model);
        uint8_t *const bytes = fuzz_read(fuzz_path("base"), &bases[kind].size);
        CHECK(bases[kind].size <= sizeof bases[kind].bytes);
        memcpy(bases[kind].bytes, bytes, bases[kind].size);
        free(bytes);
    }
    *size = bases[kind].size;
    return bases[kind].bytes;
}

/* What inspect does with it. */
static void look(const char *path)
{
    clmlp_file_kind kind = CLMLP_FILE_KIND_COUNT;
    clmlp_model_file *file = NULL;
    clmlp_error why = {.message = ""};
    clmlp_status status = clmlp_file_kind_of(&kind, path, &why);
    if (status != CLMLP_OK) fuzz_check_error(status, &why);
    else CHECK(kind != CLMLP_FILE_FOLDER && kind < CLMLP_FILE_KIND_COUNT);
    status = clmlp_model_file_open(&file, path, &why);
    if (status != CLMLP_OK) {
        fuzz_check_error(status, &why);
        return;
    }
    for (size_t i = 0; i < clmlp_model_file_tensors(file); i++) {
        CHECK(clmlp_model_file_tensor(file, i) != NULL && clmlp_model_file_type(file, i) != NULL);
        CHECK(clmlp_model_file_shape(file, i) != NULL);
    }
    for (size_t i = 0; clmlp_model_file_key(file, i) != NULL; i++) {
        CHECK(clmlp_model_file_text(file, clmlp_model_file_key(file, i)) != NULL);
    }
    clmlp_model_file_close(file);
}

/* Data for it is read, whatever it says of its columns. */
static void use(const clmlp_model *model)
{
    clmlp_load_options options = clmlp_load_options_default();
    clmlp_dataset *data = NULL;
    clmlp_error why = {.message = ""};
    options.target_kind = CLMLP_TARGET_NONE;
    options.columns = clmlp_model_columns(model);
    if (options.columns == NULL) options.expected_features = clmlp_model_units(model, 1);
    const char *const path = fuzz_write("use.csv", table, sizeof table - 1);
    const clmlp_status status = clmlp_dataset_load(&data, path, &options, &why);
    if (status != CLMLP_OK) fuzz_check_error(status, &why);
    else CHECK(clmlp_dataset_features(data) == clmlp_model_units(model, 1));
    clmlp_dataset_destroy(data);
}

static void load_twice(const char *path, const clmlp_model_hints *hints)
{
    clmlp_model *model = NULL, *again = NULL;
    clmlp_error why = {.message = ""};
    const char *const first = fuzz_path("first"), *const second = fuzz_path("second");
    const clmlp_status status = clmlp_model_load(&model, path, hints, &why);
    if (status != CLMLP_OK) {
        fuzz_check_error(status, &why);
        CHECK(model == NULL);
        return;
    }
    OK(clmlp_model_save(model, first, error));
    OK(clmlp_model_load(&again, first, NULL, error));
    OK(clmlp_model_save(again, second, error));
    fuzz_same_files(first, second);
    use(model);
    clmlp_model_destroy(model);
    clmlp_model_destroy(again);
}

void fuzz_model(const uint8_t *data, size_t size)
{
    fuzz_input in = {.at = data, .end = data + size};
    clmlp_model_hints hints = clmlp_model_hints_default();
    const unsigned first = fuzz_byte(&in);
    size_t base_size = 0;
    hints.has_activation = (first & 0x10) != 0;
    hints.has_output = (first & 0x20) != 0;
    const uint8_t *const good = base((first & 0x40) != 0 ? 4 + (first & 1) : first % 4, &base_size);
    const char *const path = fuzz_safetensors(&in, "model", good, base_size);
    look(path);
    load_twice(path, &hints);
    fuzz_release(&in);
}
