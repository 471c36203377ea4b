/* written.c - whether an output may take the place of the file that has its name. */
#include "options/written.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <clmlp/clmlp.h>

#include "message.h"

/* Whether the file is one of clmlp's models, checkpoints or bundles. A damaged one is no loss. */
static bool is_model(const char *path)
{
    clmlp_file_kind kind = CLMLP_FILE_DATA;
    clmlp_model_file *file = NULL;
    if (clmlp_file_kind_of(&kind, path, NULL) != CLMLP_OK) return true;
    if (kind == CLMLP_FILE_DATA) return false;
    if (clmlp_model_file_open(&file, path, NULL) != CLMLP_OK) return true;
    const bool has_version = clmlp_model_file_text(file, "clmlp.format_version") != NULL;
    clmlp_model_file_close(file);
    return has_version;
}

/* The beginning of a file, as a text; "" where it cannot be read. */
static void read_beginning(const char *path, char *text, size_t size)
{
    memset(text, 0, size);
    FILE *const file = fopen(path, "rb");
    if (file == NULL) return;
    (void)fread(text, 1, size - 1, file);
    (void)fclose(file);
}

/* Whether the file begins as a history does. */
static bool is_history(const char *path)
{
    static const char begins[] = "{\"epoch\":";
    char text[sizeof begins];
    read_beginning(path, text, sizeof text);
    return strcmp(text, begins) == 0;
}

/* Whether the file says that clmlp made it, as a report does in its head. */
static bool is_page(const char *path)
{
    char text[1024];
    read_beginning(path, text, sizeof text);
    return strstr(text, "<meta name=\"generator\" content=\"clmlp ") != NULL;
}

static bool is_ours(const char *path, clmlp_cli_output_kind kind)
{
    switch (kind) {
    case CLMLP_CLI_MODEL_OUTPUT: return is_model(path);
    case CLMLP_CLI_HISTORY_OUTPUT: return is_history(path);
    case CLMLP_CLI_PAGE_OUTPUT: return is_page(path);
    }
    return false;
}

bool clmlp_cli_check_replaced(const char *command, const char *option, const char *path, clmlp_cli_output_kind kind,
                              const char *hint, int *status)
{
    struct stat info;
    if (path == NULL || stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) return true;
    if (is_ours(path, kind)) return true;
    *status = clmlp_cli_usage_error(command, "%s '%s': would overwrite a file that is no %s of clmlp: %s", option, path,
                                    kind == CLMLP_CLI_MODEL_OUTPUT ? "model" :
                                    kind == CLMLP_CLI_HISTORY_OUTPUT ? "history" : "report", hint);
    return false;
}
