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
    const bool is_ours = clmlp_model_file_text(file, "clmlp.format_version") != NULL;
    clmlp_model_file_close(file);
    return is_ours;
}

/* Whether the file begins as a history does. */
static bool is_history(const char *path)
{
    static const char begins[] = "{\"epoch\":";
    char text[sizeof begins] = "";
    FILE *const file = fopen(path, "rb");
    if (file == NULL) return false;
    (void)fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    return strcmp(text, begins) == 0;
}

bool clmlp_cli_check_replaced(const char *command, const char *option, const char *path, clmlp_cli_output_kind kind,
                              const char *hint, int *status)
{
    struct stat info;
    if (path == NULL || stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) return true;
    if (kind == CLMLP_CLI_MODEL_OUTPUT ? is_model(path) : is_history(path)) return true;
    *status = clmlp_cli_usage_error(command, "%s '%s': would overwrite a file that is no %s of clmlp: %s", option, path,
                                    kind == CLMLP_CLI_MODEL_OUTPUT ? "model" : "history", hint);
    return false;
}
