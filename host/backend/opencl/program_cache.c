/* program_cache.c - compiled programs kept on disk between runs. */
#include "backend/opencl/program_cache.h"

#include <stdlib.h>
#include <string.h>

#include "backend/opencl/environment.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "base/switch.h"
#include "base/user_cache.h"
#include "clmlp/version.h"

static const char KIND[] = "program", MARK[] = "built";

/* What the driver says about its device, or about the platform of it; released with free(), NULL: nothing. */
static char *ask_device(cl_device_id device, cl_device_info what)
{
    char *text = NULL;
    size_t size = 0;
    if (clGetDeviceInfo(device, what, 0, NULL, &size) != CL_SUCCESS) return NULL;
    if (clmlp_allocate(&text, size + 1, 1, "a version", NULL) != CLMLP_OK) return NULL;
    if (clGetDeviceInfo(device, what, size, text, NULL) == CL_SUCCESS) return text;
    free(text);
    return NULL;
}

static char *ask_platform(cl_device_id device, cl_platform_info what)
{
    cl_platform_id platform = NULL;
    char *text = NULL;
    size_t size = 0;
    if (clGetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL) != CL_SUCCESS) return NULL;
    if (clGetPlatformInfo(platform, what, 0, NULL, &size) != CL_SUCCESS) return NULL;
    if (clmlp_allocate(&text, size + 1, 1, "a version", NULL) != CLMLP_OK) return NULL;
    if (clGetPlatformInfo(platform, what, size, text, NULL) == CL_SUCCESS) return text;
    free(text);
    return NULL;
}

/* Platforms that auto leaves alone. PoCL 3.1 on 2 cores of an EPYC, the two programs of the native engine
 * (13 kernels), seconds from the start of the process to the end of a short training:
 *                                from source   with our binaries
 *     nothing kept anywhere          2.30          4.69
 *     the next start                 0.126         0.070
 * PoCL keeps what it built by itself (~/.cache/pocl); what is left for us to save is 0.03 s of parsing for
 * each program. And to give a binary away it compiles every kernel once more, for any size of work-group,
 * which no launch uses: that is the 2.4 s, earned back after 40 starts. */
static const struct { const char *name; clmlp_program_keeping keeping; } left_alone[] = {
    {"NVIDIA", CLMLP_KEEPS_A_MARK},                      /* keeps what it built, too (~/.nv/ComputeCache) */
    {"Portable Computing Language", CLMLP_KEEPS_A_MARK}, /* PoCL, see above */
    {"Oclgrind", CLMLP_KEEPS_NOTHING},                   /* a checker: it shall see the source */
};

clmlp_status clmlp_program_keeping_of(cl_device_id device, clmlp_program_keeping *keeping, clmlp_error *error)
{
    const char *mode = NULL;
    TRY(clmlp_switch_word(CLMLP_SWITCH_PROGRAM_CACHE, &mode, error));
    if (mode != NULL) {
        *keeping = strcmp(mode, "always") == 0 ? CLMLP_KEEPS_THE_PROGRAM : CLMLP_KEEPS_NOTHING;
        return CLMLP_OK;
    }
    char *platform = ask_platform(device, CL_PLATFORM_NAME);
    *keeping = platform != NULL ? CLMLP_KEEPS_THE_PROGRAM : CLMLP_KEEPS_NOTHING;
    for (size_t i = 0; platform != NULL && i < sizeof left_alone / sizeof *left_alone; i++) {
        if (strstr(platform, left_alone[i].name) != NULL) *keeping = left_alone[i].keeping;
    }
    free(platform);
    return CLMLP_OK;
}

/* Of a key, which has the whole source in it. */
static const char *short_key(const char *key, char text[CLMLP_SHA256_HEX])
{
    clmlp_sha256 hash;
    clmlp_sha256_begin(&hash);
    clmlp_sha256_add(&hash, key, strlen(key));
    return clmlp_sha256_text(&hash, text);
}

bool clmlp_program_is_marked(const char *key)
{
    char text[CLMLP_SHA256_HEX];
    void *mark = NULL;
    size_t size = 0;
    const bool found = clmlp_user_cache_read(MARK, short_key(key, text), &mark, &size);
    free(mark);
    return found;
}

void clmlp_program_mark(const char *key)
{
    char text[CLMLP_SHA256_HEX];
    (void)clmlp_user_cache_write(MARK, short_key(key, text), "", 0);
}

bool clmlp_device_key(cl_device_id device, clmlp_text *key)
{
    char *const parts[] = {
        ask_device(device, CL_DEVICE_NAME),      ask_device(device, CL_DEVICE_VENDOR),
        ask_device(device, CL_DEVICE_VERSION),   ask_device(device, CL_DRIVER_VERSION),
        ask_platform(device, CL_PLATFORM_NAME),  ask_platform(device, CL_PLATFORM_VERSION),
    };
    enum { PARTS = sizeof parts / sizeof *parts };
    static const char *const names[PARTS] = {"device",   "vendor",           "device version", "driver",
                                             "platform", "platform version"};
    bool whole = clmlp_text_append(key, NULL, "clmlp: %s\n", clmlp_version()) == CLMLP_OK;
    for (size_t i = 0; i < PARTS; i++) {
        whole = whole && parts[i] != NULL && clmlp_text_append(key, NULL, "%s: %s\n", names[i], parts[i]) == CLMLP_OK;
        free(parts[i]);
    }
    return whole;
}

char *clmlp_program_cache_key(const clmlp_opencl *opencl, const char *source, const char *options)
{
    clmlp_text key = {0};
    if (clmlp_device_key(opencl->device, &key) && clmlp_opencl_environment(&key) &&
        clmlp_text_append(&key, NULL, "options: %s\nsource:\n%s", options, source) == CLMLP_OK) {
        return key.data;
    }
    free(key.data);
    return NULL;
}

cl_program clmlp_program_cache_load(const clmlp_opencl *opencl, const char *options, const char *key)
{
    void *payload = NULL;
    size_t size = 0;
    cl_int taken = CL_SUCCESS, code = CL_SUCCESS;
    if (!clmlp_user_cache_read(KIND, key, &payload, &size)) return NULL;
    const unsigned char *binary = payload;
    cl_program program = NULL;
    if (size > 0) {
        program = clCreateProgramWithBinary(opencl->context, 1, &opencl->device, &size, &binary, &taken, &code);
        code = clmlp_opencl_made(code, program);
    }
    if (code == CL_SUCCESS) code = taken;
    if (program != NULL && code == CL_SUCCESS) code = clBuildProgram(program, 1, &opencl->device, options, NULL, NULL);
    free(payload);
    if (program == NULL || code == CL_SUCCESS) return program;
    (void)clReleaseProgram(program);
    return NULL;
}

void clmlp_program_cache_store(cl_program program, const char *key)
{
    cl_uint devices = 0;
    size_t size = 0;
    unsigned char *binary = NULL;
    /* the context has one device, so there is one binary */
    if (clGetProgramInfo(program, CL_PROGRAM_NUM_DEVICES, sizeof devices, &devices, NULL) != CL_SUCCESS) return;
    if (devices != 1) return;
    if (clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) != CL_SUCCESS) return;
    if (size == 0 || clmlp_allocate(&binary, size, 1, "a program", NULL) != CLMLP_OK) return;
    if (clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) == CL_SUCCESS) {
        (void)clmlp_user_cache_write(KIND, key, binary, size);
    }
    free(binary);
}
