/* environment.c - variables that change what a driver makes of a program. */
#include "backend/opencl/environment.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

extern char **environ;

/* How the variables begin that drivers and their compilers read. */
static const char *const prefixes[] = {
    "POCL_",                                                       /* PoCL */
    "LLVM_", "CCC_OVERRIDE_OPTIONS",                               /* LLVM and Clang, in all but NVIDIA's */
    "CL_CONFIG_", "VOLCANO_",                                      /* Intel's CPU runtime */
    "IGC_", "NEO", "INTEL_",                                       /* Intel's GPUs, also Mesa's driver of them */
    "RUSTICL_", "CLC_", "LIBCLC", "MESA_", "NIR_", "GALLIUM_",     /* Mesa's rusticl */
    "LP_", "GALLIVM_", "AMD_", "R600_", "RADEON", "ACO_", "NOUVEAU_", "NV50_", "IRIS_", "ZINK_", /* its drivers */
    "GPU_", "HSA_", "ROC", "HIP_",                                 /* AMD's own driver; AMD_ is its, too */
    "CUDA_", "__NV",                                               /* NVIDIA */
};

/* Parts of names that say where something is kept, or which devices there are: the key has those by themselves. */
static const char *const others[] = {"CACHE", "VISIBLE_DEVICES", "POCL_DEVICES", "RUSTICL_ENABLE"};

static bool changes_builds(const char *variable)
{
    const size_t name = strcspn(variable, "=");
    bool some = false;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes && !some; i++) {
        some = strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others && some; i++) {
        const char *const found = strstr(variable, others[i]);
        some = found == NULL || found >= variable + name;
    }
    return some;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool clmlp_opencl_environment(clmlp_text *key)
{
    size_t count = 0, kept = 0;
    char **list = NULL;
    bool whole = true;
    while (environ != NULL && environ[count] != NULL) count++;
    if (count == 0) return true;
    if (clmlp_allocate(&list, count, sizeof *list, "the environment", NULL) != CLMLP_OK) return false;
    for (size_t i = 0; i < count; i++) {
        if (changes_builds(environ[i])) list[kept++] = environ[i];
    }
    if (kept > 0) qsort(list, kept, sizeof *list, by_text);
    for (size_t i = 0; i < kept && whole; i++) {
        whole = clmlp_text_append(key, NULL, "variable: %s\n", list[i]) == CLMLP_OK;
    }
    free(list);
    return whole;
}
