/* dump.c - fuzz target: folders of tensors that were dumped elsewhere. A good folder is changed file by file. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clmlp/clmlp.h"
#include "data/readers/npy.h"
#include "fuzz.h"

enum { FILES = 64, ROWS = 3 };

typedef struct tensor_file {
    char name[80];
    uint8_t *bytes;
    size_t size, rows, columns;
    double values[64]; /* what is read from it; rows is 0 where they are more */
    bool changed;
} tensor_file;

static tensor_file files[FILES];
static size_t file_count;
static clmlp_device *device;
static clmlp_model *model;

/* --- files that are good, read once --------------------------------------------------------------------------- */

clmlp_status __real_clmlp_npy_load(const char *path, size_t rows, size_t columns, double *values, clmlp_error *error);
clmlp_status __wrap_clmlp_npy_load(const char *path, size_t rows, size_t columns, double *values, clmlp_error *error);

static int by_name(const void *a, const void *b)
{
    return strcmp(((const tensor_file *)a)->name, ((const tensor_file *)b)->name);
}

/* A file that this input left as it was: its numbers are known. The linker puts this in front of the library's. */
clmlp_status __wrap_clmlp_npy_load(const char *path, size_t rows, size_t columns, double *values, clmlp_error *error)
{
    tensor_file key = {.changed = false};
    if (strncmp(path, "dump/", 5) == 0 && snprintf(key.name, sizeof key.name, "%s", path + 5) < (int)sizeof key.name) {
        const tensor_file *const file = bsearch(&key, files, file_count, sizeof *files, by_name);
        if (file != NULL && !file->changed && file->rows > 0 && file->rows == rows && file->columns == columns) {
            memcpy(values, file->values, rows * columns * sizeof *values);
            return CLMLP_OK;
        }
    }
    return __real_clmlp_npy_load(path, rows, columns, values, error);
}

static void remember(tensor_file *file, const char *path)
{
    size_t rows = 0, columns = 0;
    OK(clmlp_npy_shape(path, &rows, &columns, error));
    if (rows * columns > sizeof file->values / sizeof *file->values) return;
    OK(__real_clmlp_npy_load(path, rows, columns, file->values, error));
    file->rows = rows;
    file->columns = columns;
}

/* --- the folder -------------------------------------------------------------------------------------------------- */

static const char *path_of(const tensor_file *file)
{
    char name[128];
    CHECK(snprintf(name, sizeof name, "dump/%.*s", (int)sizeof file->name, file->name) > 0);
    return fuzz_path(name);
}

static void write_base(const char *folder)
{
    static const double x[ROWS][2] = {{0, 1}, {1, 0}, {2, 1}}, y[ROWS][1] = {{0}, {1}, {1}};
    static const size_t s[] = {2, 2, 1};
    clmlp_dataset *data = NULL;
    clmlp_verify_config config = clmlp_verify_config_default();
    clmlp_verify_result result = {.size = sizeof result};
    clmlp_device_options options = clmlp_device_options_default();
    options.spec = "cpu";
    config.dump = folder;
    config.steps = 2;
    config.rate = 0.5;
    config.batch = 2;
    config.optimizer = CLMLP_MOMENTUM;
    config.clip_norm = 1.0;
    OK(clmlp_device_open(&device, &options, error));
    OK(clmlp_dataset_create(&data, ROWS, 2, x[0], 1, y[0], error));
    OK(clmlp_dataset_set_weights(data, (const double[]){1.0, 2.0, 0.5}, error));
    OK(clmlp_model_create(&model, 3, s, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 1, error));
    OK(clmlp_verify(model, device, data, &config, &result, error));
    CHECK(result.passed);
    clmlp_free(result.findings);
    clmlp_dataset_destroy(data);
}

/* The device's files stay, each kept in memory; the reference's go. */
static void prepare(void)
{
    const char *const folder = fuzz_path("dump");
    write_base(folder);
    DIR *const list = opendir(folder);
    CHECK(list != NULL);
    for (struct dirent *entry = NULL; (entry = readdir(list)) != NULL;) {
        if (entry->d_name[0] == '.') continue;
        tensor_file file = {.changed = false};
        CHECK(snprintf(file.name, sizeof file.name, "%.79s", entry->d_name) > 0);
        const bool kept = strstr(entry->d_name, ".device.npy") != NULL;
        CHECK(file_count < FILES);
        if (kept) files[file_count++] = file;
        else (void)unlink(path_of(&file));
    }
    (void)closedir(list);
    qsort(files, file_count, sizeof *files, by_name);
    for (size_t i = 0; i < file_count; i++) {
        files[i].bytes = fuzz_read(path_of(&files[i]), &files[i].size);
        remember(&files[i], path_of(&files[i]));
    }
}

static void put(const tensor_file *file, const uint8_t *bytes, size_t size)
{
    fuzz_put(path_of(file), bytes, size);
}

static void put_matrix(const tensor_file *file, fuzz_input *in)
{
    const double some[] = {0.0, 1.0, -1.0, 0.5, 2.0, 4.0, (double)NAN, (double)INFINITY, 1e308, 5e-324, 0.1, -0.0};
    struct {
        char header[128];
        double values[64];
    } npy;
    const unsigned shape = fuzz_byte(in), rows = shape % 8, columns = shape / 8 % 8;
    const size_t count = (size_t)rows * columns;
    memset(npy.header, ' ', sizeof npy.header);
    memcpy(npy.header, "\x93NUMPY\x01\x00\x76\x00", 10);
    const int length = snprintf(npy.header + 10, sizeof npy.header - 10,
                                "{'descr': '<f8', 'fortran_order': False, 'shape': (%u, %u), }", rows, columns);
    npy.header[10 + length] = ' ';
    npy.header[sizeof npy.header - 1] = '\n';
    for (size_t i = 0; i < count; i++) npy.values[i] = some[fuzz_byte(in) % 12];
    put(file, (const uint8_t *)&npy, sizeof npy.header + count * sizeof *npy.values);
}

static void patch(const tensor_file *file, fuzz_input *in)
{
    uint8_t bytes[1024];
    const size_t size = file->size < sizeof bytes ? file->size : sizeof bytes;
    memcpy(bytes, file->bytes, size);
    const size_t at = fuzz_short(in) % size, count = 1 + fuzz_byte(in) % 8;
    for (size_t i = 0; i < count && at + i < size; i++) bytes[at + i] = (uint8_t)fuzz_byte(in);
    put(file, bytes, size);
}

/* Files that a folder may have and the good one has not: gone after the input. */
static char more[8][80];
static size_t more_count;

static void put_another(const char *name, fuzz_input *in)
{
    const size_t length = strlen(name);
    const bool fits = length < sizeof more[0] && length > 4 && strcmp(name + length - 4, ".npy") == 0 &&
                      strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-.") == length && name[0] != '.';
    if (!fits || more_count == sizeof more / sizeof *more) return;
    tensor_file file = {.changed = true};
    (void)snprintf(file.name, sizeof file.name, "%s", name);
    put(&file, in->at, fuzz_left(in));
    (void)strcpy(more[more_count++], name);
}

/* The rest of the input as the file of a name; no rest: there is no such file. */
static void put_named(fuzz_input *in)
{
    tensor_file *file = NULL;
    const char *const name = fuzz_text(in);
    for (size_t i = 0; i < file_count; i++) {
        if (strcmp(files[i].name, name) == 0) file = &files[i];
    }
    if (file == NULL) put_another(name, in);
    else if (fuzz_left(in) == 0) (void)unlink(path_of(file));
    else put(file, in->at, fuzz_left(in));
    if (file != NULL) file->changed = true;
    in->at = in->end;
}

static void change(fuzz_input *in)
{
    const unsigned what = fuzz_byte(in) % 9;
    if (what == 8) {
        put_named(in);
        return;
    }
    tensor_file *const file = &files[fuzz_byte(in) % file_count];
    const tensor_file *const other = &files[fuzz_byte(in) % file_count];
    file->changed = true;
    if (what == 0) (void)unlink(path_of(file));
    else if (what < 3) put_matrix(file, in);
    else if (what < 5) patch(file, in);
    else if (what == 5) put(file, other->bytes, other->size);
    else if (what == 6) put(file, file->bytes, fuzz_short(in) % file->size);
    else put(file, in->at, fuzz_left(in) < 256 ? fuzz_left(in) : 256);
}

void fuzz_dump(const uint8_t *data, size_t size)
{
    fuzz_input in = {.at = data, .end = data + size};
    clmlp_verify_config config = clmlp_verify_config_default();
    clmlp_verify_result result = {.size = sizeof result};
    clmlp_error why = {.message = ""};
    if (device == NULL) prepare();
    const unsigned asked = fuzz_byte(&in);
    config.steps = 1 + asked % 3;
    config.rate = (asked & 0x10) != 0 ? 0.25 : 0.0; /* 0: the folder says it, and lambda */
    if (asked & 0x20) config.clip_norm = 2.0;
    if (asked & 0x40) config.optimizer = CLMLP_ADAM;
    if (asked & 0x80) config.input_scale_rate = 1.0;
    config.lambda = -1.0;
    config.go_on = true;
    for (int i = 0; i < 8 && fuzz_left(&in) > 0; i++) change(&in);
    const clmlp_status status = clmlp_verify_against(model, device, NULL, fuzz_path("dump"), &config, &result, &why);
    if (status != CLMLP_OK) {
        fuzz_check_error(status, &why);
        CHECK(!result.passed && !result.device_right && !result.other_right);
    } else if (size == 0) {
        CHECK(result.passed);
    }
    clmlp_free(result.findings);
    for (size_t i = 0; i < file_count; i++) {
        if (files[i].changed) put(&files[i], files[i].bytes, files[i].size);
        files[i].changed = false;
    }
    for (; more_count > 0; more_count--) {
        tensor_file file = {.changed = true};
        (void)strcpy(file.name, more[more_count - 1]);
        (void)unlink(path_of(&file));
    }
    fuzz_release(&in);
}
