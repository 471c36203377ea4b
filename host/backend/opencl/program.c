/* program.c - build OpenCL programs from embedded sources, with the headers in front. */
#include "backend/opencl/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/opencl/kernel_sources.h"
#include "backend/opencl/program_cache.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"

enum { LARGEST_SOURCE = 1 << 20 }; /* bytes; the largest of kernels/ has some 20 thousand */

/* A file that ends: no pipe is waited for, no device is read. */
static clmlp_status open_regular(const char *path, FILE **file, clmlp_error *error)
{
    struct stat info;
    const int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor >= 0 && fstat(descriptor, &info) == 0 && !S_ISREG(info.st_mode)) {
        (void)close(descriptor);
        return clmlp_fail(error, CLMLP_IO, "%s (CLMLP_KERNEL_DIR): is not a regular file (expected OpenCL C)", path);
    }
    *file = descriptor >= 0 ? fdopen(descriptor, "rb") : NULL;
    if (*file != NULL) return CLMLP_OK;
    const int code = errno;
    if (descriptor >= 0) (void)close(descriptor);
    return clmlp_fail_errno(error, CLMLP_IO, code, "%s (CLMLP_KERNEL_DIR): cannot be read", path);
}

/* kernels/NAME in the folder of CLMLP_KERNEL_DIR. Append it to text. */
static clmlp_status read_file(clmlp_text *text, const char *folder, const char *name, clmlp_error *error)
{
    char *source = NULL;
    char path[4096];
    FILE *file = NULL;
    clmlp_status status = CLMLP_OK;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path) {
        return clmlp_fail(error, CLMLP_IO, "CLMLP_KERNEL_DIR: the path is too long");
    }
    TRY_CLEANUP(open_regular(path, &file, error));
    TRY_CLEANUP(clmlp_allocate(&source, LARGEST_SOURCE + 1, 1, "the text of a kernel", error));
    const size_t size = fread(source, 1, LARGEST_SOURCE + 1, file);
    if (ferror(file)) {
        status = clmlp_fail(error, CLMLP_IO, "%s (CLMLP_KERNEL_DIR): cannot be read", path);
    } else if (size > LARGEST_SOURCE) {
        status = clmlp_fail(error, CLMLP_IO, "%s (CLMLP_KERNEL_DIR): is larger than %d bytes", path,
                            (int)LARGEST_SOURCE);
    } else if (memchr(source, '\0', size) != NULL) {
        status = clmlp_fail(error, CLMLP_IO, "%s (CLMLP_KERNEL_DIR): holds a byte 0 (expected OpenCL C)", path);
    } else {
        status = clmlp_text_append(text, error, "%.*s", (int)size, source);
    }
cleanup:
    free(source);
    if (file != NULL) (void)fclose(file);
    return status;
}

/* A file of kernels/: from CLMLP_KERNEL_DIR where that is set, else as embedded. */
static clmlp_status read_source(clmlp_text *text, const char *name, clmlp_error *error)
{
    const char *folder = getenv("CLMLP_KERNEL_DIR");
    if (folder != NULL && folder[0] != '\0') return read_file(text, folder, name, error);
    for (size_t i = 0; i < clmlp_kernel_source_count; i++) {
        if (strcmp(clmlp_kernel_sources[i].name, name) == 0) {
            return clmlp_text_append(text, error, "%s", clmlp_kernel_sources[i].text);
        }
    }
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "kernels/%s is not in the library (kernels/CMakeLists.txt)", name);
}

enum { NAME = 64, DEEPEST = 8 }; /* of a kernel file's name, and of files that include each other */

/* The NAME of a line `#include "NAME"`, or false: it is none. */
static bool included_name(const char *line, char name[NAME])
{
    int end = 0;
    name[0] = '\0';
    if (strncmp(line, "#include", 8) != 0) return false; /* sscanf looks for the end of the whole text */
    return sscanf(line, "#include \"%63[^\"\n]\"%n", name, &end) == 1 && end > 0;
}

/* A file with those that it includes, each where it is included, and each line under its own number for the compiler's
 * messages. A driver need not find a file by itself. */
static clmlp_status assemble_file(clmlp_text *program, const char *name, int depth, clmlp_error *error)
{
    clmlp_text text = {0};
    clmlp_status status = CLMLP_OK;
    size_t number = 0;
    if (depth == DEEPEST) return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "kernels/%s: included too deeply", name);
    TRY_CLEANUP(read_source(&text, name, error));
    TRY_CLEANUP(clmlp_text_append(program, error, "#line 1 \"%s\"\n", name));
    for (const char *line = text.data; line != NULL && *line != '\0'; number++) {
        char other[NAME];
        const size_t length = strcspn(line, "\n");
        if (included_name(line, other)) {
            TRY_CLEANUP(assemble_file(program, other, depth + 1, error));
            TRY_CLEANUP(clmlp_text_append(program, error, "#line %zu \"%s\"\n", number + 2, name));
        } else {
            TRY_CLEANUP(clmlp_text_append(program, error, "%.*s\n", (int)length, line));
        }
        line += length + (line[length] == '\n' ? 1 : 0);
    }
cleanup:
    free(text.data);
    return status;
}

static clmlp_status assemble(clmlp_text *program, const char *const *files, size_t count, clmlp_error *error)
{
    for (size_t i = 0; i < count; i++) TRY(assemble_file(program, files[i], 0, error));
    return CLMLP_OK;
}

static clmlp_status build_failure(const clmlp_opencl *opencl, cl_program program, cl_int code, const char *options,
                                  clmlp_error *error)
{
    char *log = NULL;
    size_t size = 0;
    if (program != NULL) {
        (void)clGetProgramBuildInfo(program, opencl->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
    }
    if (size > 0 && clmlp_allocate(&log, size + 1, 1, "a build log", error) == CLMLP_OK) {
        (void)clGetProgramBuildInfo(program, opencl->device, CL_PROGRAM_BUILD_LOG, size, log, NULL);
    }
    const clmlp_status status =
        clmlp_fail(error, CLMLP_DEVICE, "%s: the kernels do not build: %s (%d)\noptions: %s\nbuild log:\n%s",
                   opencl->name, clmlp_opencl_code_text(code), (int)code, options,
                   log != NULL && log[0] != '\0' ? log : "(empty)");
    free(log);
    return status;
}

static clmlp_status build_source(const clmlp_opencl *opencl, const char *source, const char *options, cl_program *out,
                                 clmlp_error *error)
{
    cl_int code = CL_SUCCESS;
    cl_program program = clCreateProgramWithSource(opencl->context, 1, &source, NULL, &code);
    code = clmlp_opencl_made(code, program);
    if (code == CL_SUCCESS) code = clBuildProgram(program, 1, &opencl->device, options, NULL, NULL);
    if (code == CL_SUCCESS) {
        *out = program;
        return CLMLP_OK;
    }
    const clmlp_status status = build_failure(opencl, program, code, options, error);
    if (program != NULL) (void)clReleaseProgram(program);
    return status;
}

static void count_build(clmlp_opencl *opencl, double began, bool from_cache)
{
    opencl->base.startup.build += clmlp_seconds() - began;
    opencl->base.startup.programs++;
    if (from_cache) opencl->base.startup.from_cache++;
}

clmlp_status clmlp_opencl_build_once(clmlp_opencl *opencl, const char *source, const char *options, cl_program *out,
                                     clmlp_error *error)
{
    const double began = clmlp_seconds();
    TRY(build_source(opencl, source, options, out, error));
    count_build(opencl, began, false);
    return CLMLP_OK;
}

clmlp_status clmlp_opencl_build_program(clmlp_opencl *opencl, const char *source, const char *options, cl_program *out,
                                        clmlp_error *error)
{
    const double began = clmlp_seconds();
    clmlp_program_keeping keeping = CLMLP_KEEPS_NOTHING;
    TRY(clmlp_program_keeping_of(opencl->device, &keeping, error));
    char *key = keeping != CLMLP_KEEPS_NOTHING ? clmlp_program_cache_key(opencl, source, options) : NULL;
    const bool is_kept = key != NULL && keeping == CLMLP_KEEPS_THE_PROGRAM;
    const bool is_marked = key != NULL && !is_kept && clmlp_program_is_marked(key);
    cl_program program = is_kept ? clmlp_program_cache_load(opencl, options, key) : NULL;
    const bool from_cache = program != NULL;
    clmlp_status status = CLMLP_OK;

    if (!from_cache) {
        const clmlp_on_build *const tell = &opencl->base.on_build;
        if (!is_marked && tell->function != NULL) tell->function(tell->context);
        TRY_CLEANUP(build_source(opencl, source, options, &program, error));
        if (is_kept) clmlp_program_cache_store(program, key);
        else if (key != NULL && !is_marked) clmlp_program_mark(key);
    }
    count_build(opencl, began, from_cache);
    *out = program;
cleanup:
    free(key);
    return status;
}

clmlp_status clmlp_opencl_build_files(clmlp_opencl *opencl, const char *const *files, size_t count,
                                      const char *more_options, cl_program *program, clmlp_error *error)
{
    clmlp_text text = {0}, options = {0};
    clmlp_status status = CLMLP_OK;

    /* no fast-math: error bounds and NaN checks must mean something */
    TRY_CLEANUP(clmlp_text_append(&options, error, "-cl-std=CL1.2%s%s",
                                  opencl->base.precision == CLMLP_F64 ? " -D CLMLP_DOUBLE" : "", more_options));
    (void)snprintf(opencl->built, sizeof opencl->built, "%s", options.data);
    TRY_CLEANUP(assemble(&text, files, count, error));
    TRY_CLEANUP(opencl->keeps_none
                    ? clmlp_opencl_build_once(opencl, text.data, options.data, program, error)
                    : clmlp_opencl_build_program(opencl, text.data, options.data, program, error));
cleanup:
    free(options.data);
    free(text.data);
    return status;
}
