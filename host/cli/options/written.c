/* written.c - whether an output may take the place of the file that has its name. */
#include "options/written.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <clmlp/clmlp.h>

#include "message.h"

/* Whether the file is one of clmlp's models, checkpoints or bundles. A damaged one is no loss. */
static clmlp_status is_model(bool *is, const char *path, clmlp_error *error)
{
    clmlp_file_kind kind = CLMLP_FILE_DATA;
    clmlp_model_file *file = NULL;
    clmlp_status status = clmlp_file_kind_of(&kind, path, error);
    *is = status == CLMLP_BAD_INPUT;
    if (status == CLMLP_OK && kind != CLMLP_FILE_DATA) {
        status = clmlp_model_file_open(&file, path, error);
        *is = status == CLMLP_BAD_INPUT ||
              (status == CLMLP_OK && clmlp_model_file_text(file, "clmlp.format_version") != NULL);
        clmlp_model_file_close(file);
    }
    return *is ? CLMLP_OK : status;
}

/* A bundle is kept beside models, and takes the place of none. A damaged one is no loss. */
static clmlp_status is_bundle(bool *is, const char *path, clmlp_error *error)
{
    clmlp_file_kind kind = CLMLP_FILE_DATA;
    const clmlp_status status = clmlp_file_kind_of(&kind, path, error);
    *is = status == CLMLP_BAD_INPUT || (status == CLMLP_OK && kind == CLMLP_FILE_BUNDLE);
    return *is ? CLMLP_OK : status;
}

/* The beginning of a file, as a text that ends at a NUL in it. */
static clmlp_status read_beginning(const char *path, char *text, size_t size, clmlp_error *error)
{
    memset(text, 0, size);
    FILE *const file = fopen(path, "rb");
    const bool read = file != NULL && (fread(text, 1, size - 1, file) > 0 || !ferror(file));
    const int number = errno;
    if (file != NULL) (void)fclose(file);
    if (read) return CLMLP_OK;
    error->status = CLMLP_IO;
    (void)snprintf(error->message, sizeof error->message, "%s: cannot be read: %s", path, strerror(number));
    return CLMLP_IO;
}

/* Whether the file begins as a history does. */
static clmlp_status is_history(bool *is, const char *path, clmlp_error *error)
{
    static const char begins[] = "{\"epoch\":";
    char text[sizeof begins];
    const clmlp_status status = read_beginning(path, text, sizeof text, error);
    *is = strcmp(text, begins) == 0;
    return status;
}

/* Whether the file says in its first kilobyte that clmlp made it. */
static clmlp_status says(bool *is, const char *path, const char *words, clmlp_error *error)
{
    char text[1024];
    const clmlp_status status = read_beginning(path, text, sizeof text, error);
    *is = strstr(text, words) != NULL;
    return status;
}

static clmlp_status is_ours(bool *is, const char *path, clmlp_cli_output_kind kind, clmlp_error *error)
{
    switch (kind) {
    case CLMLP_CLI_MODEL_OUTPUT: return is_model(is, path, error);
    case CLMLP_CLI_BUNDLE_OUTPUT: return is_bundle(is, path, error);
    case CLMLP_CLI_HISTORY_OUTPUT: return is_history(is, path, error);
    case CLMLP_CLI_PAGE_OUTPUT: return says(is, path, "<meta name=\"generator\" content=\"clmlp ", error);
    case CLMLP_CLI_ONNX_OUTPUT: return says(is, path, "\022\005clmlp", error); /* the producer of an ONNX file */
    case CLMLP_CLI_C_OUTPUT: return says(is, path, "Written by clmlp ", error);
    case CLMLP_CLI_SCRIPT_OUTPUT: return says(is, path, "A training of clmlp ", error);
    }
    return CLMLP_BAD_ARGUMENT;
}

static const char *name_of(clmlp_cli_output_kind kind)
{
    switch (kind) {
    case CLMLP_CLI_MODEL_OUTPUT: return "model";
    case CLMLP_CLI_BUNDLE_OUTPUT: return "bundle";
    case CLMLP_CLI_HISTORY_OUTPUT: return "history";
    case CLMLP_CLI_PAGE_OUTPUT: return "report";
    case CLMLP_CLI_ONNX_OUTPUT: return "ONNX file";
    case CLMLP_CLI_C_OUTPUT: return "C source";
    case CLMLP_CLI_SCRIPT_OUTPUT: return "script";
    }
    return "output";
}

bool clmlp_cli_check_replaced(const char *command, const char *option, const char *path, clmlp_cli_output_kind kind,
                              const char *hint, int *status)
{
    struct stat info;
    bool is = false;
    clmlp_error error = {.status = CLMLP_OK};
    if (path == NULL || stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) return true;
    if (is_ours(&is, path, kind, &error) != CLMLP_OK) {
        *status = clmlp_cli_fail(&error, true); /* it may be anything */
        return false;
    }
    if (is) return true;
    *status = clmlp_cli_usage_error(command, "%s '%s': would overwrite a file that is no %s of clmlp: %s", option, path,
                                    name_of(kind), hint);
    return false;
}

/* --- predictions ------------------------------------------------------------------------------------------------- */

enum { LOOKED_AT = 65536 };

/* Whether a number stands as predictions do: all `digits` of them are written, and no others. */
static bool is_spelt(const char *field, int digits)
{
    char text[64];
    char *end;
    const double value = strtod(field, &end);
    (void)snprintf(text, sizeof text, "%.*g", digits, value);
    const size_t length = strlen(text);
    return (size_t)(end - field) == length && memcmp(field, text, length) == 0;
}

static size_t digits_of(const char *field, const char *end)
{
    size_t count = 0;
    for (; field < end && *field != 'e'; field++) {
        count += *field >= (count == 0 ? '1' : '0') && *field <= '9'; /* zeros in front are none */
    }
    return count;
}

/* Whether the last `count` fields of each whole row are numbers as `digits` digits give them, and most have almost as
 * many. Numbers of people and of other programs are shorter, or end otherwise. */
static bool are_spelt(const char *rows, size_t count, int digits)
{
    size_t numbers = 0, full = 0;
    for (const char *end = strchr(rows, '\n'); end != NULL; rows = end + 1, end = strchr(rows, '\n')) {
        const char *stop = end;
        for (size_t k = 0; k < count; k++) {
            const char *field = stop;
            while (field > rows && field[-1] != ',') field--;
            if (field == rows && k + 1 < count) return false;
            if (!is_spelt(field, digits)) return false;
            numbers++;
            full += digits_of(field, stop) + 1 >= (size_t)digits;
            stop = field > rows ? field - 1 : field;
        }
    }
    return numbers > 0 && 2 * full > numbers;
}

static clmlp_status are_ours(bool *are, const char *path, const char *begins, size_t targets, clmlp_error *error)
{
    const size_t length = strlen(begins), size = length + LOOKED_AT;
    char *const text = malloc(size);
    if (text == NULL) {
        *error = (clmlp_error){.status = CLMLP_OUT_OF_MEMORY, .message = CLMLP_CLI_NO_MEMORY};
        return error->status;
    }
    const clmlp_status status = read_beginning(path, text, size, error);
    *are = status == CLMLP_OK && strncmp(text, begins, length) == 0 &&
           (targets == 0 || are_spelt(text + length, targets, 17) || are_spelt(text + length, targets, 9));
    free(text);
    return status;
}

bool clmlp_cli_check_predictions(const char *command, const char *option, const char *path, const char *begins,
                                 size_t targets, int *status)
{
    struct stat info;
    bool are = false;
    clmlp_error error = {.status = CLMLP_OK};
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) return true;
    if (begins != NULL && are_ours(&are, path, begins, targets, &error) != CLMLP_OK) {
        *status = clmlp_cli_fail(&error, true);
        return false;
    }
    if (are) return true;
    *status = clmlp_cli_usage_error(command, "%s '%s': would overwrite %s: another name, or --overwrite", option, path,
                                    begins != NULL ? "a file that does not begin as these predictions of clmlp"
                                                   : "an array, which does not say whether it is of clmlp");
    return false;
}

bool clmlp_cli_check_dash(const char *command, const char *option, const char *path, int *status)
{
    if (strcmp(path, "-") != 0) return true;
    *status = clmlp_cli_usage_error(command, "%s '-': is no file (the standard output is /dev/stdout, and a file of "
                                    "that name ./-)", option);
    return false;
}
