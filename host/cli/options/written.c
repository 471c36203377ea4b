/* written.c - whether an output may take the place of the file that has its name. */
#include "options/written.h"

#include <errno.h>
#include <stdio.h>
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

bool clmlp_cli_check_dash(const char *command, const char *option, const char *path, int *status)
{
    if (strcmp(path, "-") != 0) return true;
    *status = clmlp_cli_usage_error(command, "%s '-': is no file (the standard output is /dev/stdout, and a file of "
                                    "that name ./-)", option);
    return false;
}
