/* command_line.c - fuzz target: command lines of every command, up to where the command would open something. The
 * linker puts the functions of this file in front of those that work: each refuses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "clmlp/clmlp.h"
#include "commands/commands.h"
#include "fuzz.h"
#include "message.h"

/* X(function, its arguments but the last one, an error) */
#define DOOR_LIST(X)                                                                                                   \
    X(clmlp_dataset_load, (clmlp_dataset * *out, const char *path, const clmlp_load_options *options,                  \
                           clmlp_error *error))                                                                        \
    X(clmlp_describe, (clmlp_description * *out, const char *path, const clmlp_load_options *load,                     \
                       const clmlp_describe_options *options, clmlp_error *error))                                     \
    X(clmlp_model_load, (clmlp_model * *out, const char *path, const clmlp_model_hints *hints, clmlp_error *error))    \
    X(clmlp_model_create, (clmlp_model * *out, size_t L, const size_t *s, clmlp_activation activation,                 \
                           clmlp_output output, uint64_t seed, clmlp_error *error))                                    \
    X(clmlp_model_file_open, (clmlp_model_file * *out, const char *path, clmlp_error *error))                          \
    X(clmlp_file_kind_of, (clmlp_file_kind * out, const char *path, clmlp_error *error))                               \
    X(clmlp_onnx_load_with, (clmlp_model * *out, const char *path, const clmlp_model_hints *hints,                     \
                             clmlp_error *error))                                                                      \
    X(clmlp_bundle_read_info, (const char *path, clmlp_bundle_info *info, clmlp_error *error))                         \
    X(clmlp_device_open, (clmlp_device * *out, const clmlp_device_options *options, clmlp_error *error))               \
    X(clmlp_qualify, (const clmlp_device_options *options, const clmlp_qualify_config *config,                         \
                      clmlp_qualify_result *result, clmlp_error *error))                                               \
    X(clmlp_device_list, (clmlp_device_info * *out, size_t *count, clmlp_error *error))

#define DOOR(name, arguments)                                                                                          \
    clmlp_status __wrap_##name arguments;                                                                              \
    clmlp_status __wrap_##name arguments                                                                               \
    {                                                                                                                  \
        return clmlp_fail(error, CLMLP_IO, "a door that is shut");                                                     \
    }
#pragma GCC diagnostic ignored "-Wunused-parameter"
DOOR_LIST(DOOR)
#undef DOOR

int __wrap_posix_spawnp(void);
int __wrap_posix_spawnp(void)
{
    return 2; /* ENOENT */
}

enum { WORDS = 32 };

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
#define ROW(name, shared, help) {#name, clmlp_cli_##name},
    CLMLP_CLI_COMMAND_LIST(ROW)
#undef ROW
};

void fuzz_command_line(const uint8_t *data, size_t size)
{
    fuzz_input in = {.at = data, .end = data + size};
    char *argv[WORDS + 2];
    int argc = 1;
    (void)fuzz_path("."); /* names of files that are written lie in its folder: no word may lead out of it */
    const unsigned which = fuzz_byte(&in) % (sizeof commands / sizeof *commands);
    argv[0] = (char *)(uintptr_t)commands[which].name;
    while (fuzz_left(&in) > 0 && argc <= WORDS) {
        argv[argc] = (char *)(uintptr_t)fuzz_text(&in);
        if (strchr(argv[argc], '/') == NULL) argc++;
    }
    argv[argc] = NULL;
    const int status = commands[which].run(argc, argv);
    (void)fflush(stdout);
    CHECK(status == CLMLP_CLI_DONE || status == CLMLP_CLI_FAILED || status == CLMLP_CLI_BAD_USAGE);
    fuzz_release(&in);
}
