/* linker.c - whether PoCL finds the program that it links kernels with. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "backend/opencl/opencl.h"

/* PoCL compiles for CPUs in the process, then starts a linker, as Clang's driver finds it, to make a shared library of
 * each kernel. Where there is none, PoCL 3.1 and 6.0 end the whole process. From 7.2 on they link by themselves. */
enum { LAST_MAJOR = 7, LAST_MINOR = 1 };

/* Clang's driver calls a linker so, too. MACHINE stands for the processor, x86_64; * for "pc". */
static const char other_name[] = "/MACHINE-*-linux-gnu*-ld";
/* Where it looks beside PATH: beside itself, and among GCC's own programs. */
static const char *const places[] = {"/usr/lib/llvm-*/bin",
                                     "/usr/lib/gcc/MACHINE-*linux-gnu*/*/../../../../MACHINE-*linux-gnu*/bin"};

/* Append a pattern, with the machine's name. */
static void append(char *text, size_t size, const char *pattern)
{
    static const char word[] = "MACHINE";
    struct utsname machine;
    if (uname(&machine) != 0) machine.machine[0] = '\0';
    for (const char *at = pattern; *at != '\0';) {
        const bool named = strncmp(at, word, sizeof word - 1) == 0;
        const size_t used = strlen(text);
        (void)snprintf(text + used, size - used, named ? "%s" : "%.1s", named ? machine.machine : at);
        at += named ? sizeof word - 1 : 1;
    }
}

static bool is_program(const char *pattern)
{
    glob_t found;
    bool some = false;
    if (access(pattern, X_OK) == 0) return true;
    if (glob(pattern, 0, NULL, &found) != 0) return false;
    for (size_t i = 0; i < found.gl_pathc && !some; i++) some = access(found.gl_pathv[i], X_OK) == 0;
    globfree(&found);
    return some;
}

/* Whether a folder has a linker. A name that is too long is none. */
static bool has_linker(const char *folder)
{
    static const char *const names[] = {"/ld", other_name};
    bool found = false;
    for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++) {
        char pattern[4096] = "";
        append(pattern, sizeof pattern, folder);
        append(pattern, sizeof pattern, names[i]);
        found = is_program(pattern);
    }
    return found;
}

static bool is_in_path(void)
{
    const char *at = getenv("PATH");
    while (at != NULL && *at != '\0') {
        char folder[4096];
        const size_t length = strcspn(at, ":");
        (void)snprintf(folder, sizeof folder, "%.*s", length < sizeof folder ? (int)length : 0, at);
        if (folder[0] != '\0' && has_linker(folder)) return true;
        at += length + (at[length] == ':');
    }
    return false;
}

/* "PoCL 3.1" in "OpenCL 3.0 PoCL 3.1+debian  Linux, ...". */
static bool starts_a_linker(cl_device_id device)
{
    cl_platform_id platform = NULL;
    cl_device_type type = 0;
    char text[512] = "";
    unsigned major = 0, minor = 0;
    if (clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, NULL) != CL_SUCCESS) return false;
    if ((type & CL_DEVICE_TYPE_CPU) == 0) return false;
    if (clGetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL) != CL_SUCCESS) return false;
    if (clGetPlatformInfo(platform, CL_PLATFORM_VERSION, sizeof text, text, NULL) != CL_SUCCESS) return false;
    text[sizeof text - 1] = '\0';
    const char *const version = strstr(text, "PoCL ");
    if (version == NULL || sscanf(version, "PoCL %u.%u", &major, &minor) != 2) return false;
    return major < LAST_MAJOR || (major == LAST_MAJOR && minor <= LAST_MINOR);
}

bool clmlp_opencl_lacks_linker(cl_device_id device)
{
    if (!starts_a_linker(device) || is_in_path()) return false;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (has_linker(places[i])) return false;
    }
    return true;
}
