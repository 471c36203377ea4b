/* registry.c - the table of backends. Another backend is a row here and a folder of its own. */
#include "backend/registry.h"

#include <string.h>

#include "backend/cpu/cpu_backend.h"
#include "backend/engines/engines.h"

const clmlp_backend_kind *const clmlp_backend_kinds[] = {&clmlp_opencl_kind, &clmlp_cpu_kind, NULL};

const char clmlp_device_forms[] = "cpu, opencl, opencl:PLATFORM.DEVICE or opencl:NAME";

const clmlp_backend_kind *clmlp_backend_kind_of(const char *spec)
{
    for (const clmlp_backend_kind *const *kind = clmlp_backend_kinds; *kind != NULL; kind++) {
        const size_t length = strlen((*kind)->name);
        if (strncmp(spec, (*kind)->name, length) == 0 && (spec[length] == '\0' || spec[length] == ':')) return *kind;
    }
    return NULL;
}

clmlp_status clmlp_backend_candidates(const clmlp_device_info *info, clmlp_engine engine, const char *family,
                                      clmlp_precision precision, clmlp_tiles **list, size_t *count,
                                      clmlp_error *error)
{
    const clmlp_backend_kind *const kind = clmlp_backend_kind_of(info->spec);
    *list = NULL;
    *count = 0;
    if (kind == NULL || kind->candidates == NULL) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "device '%s' has nothing to tune", info->spec);
    }
    return kind->candidates(info, engine, family, precision, list, count, error);
}

bool clmlp_backend_keep(const clmlp_device_info *info, clmlp_engine engine, clmlp_precision precision,
                        const char *text)
{
    const clmlp_backend_kind *const kind = clmlp_backend_kind_of(info->spec);
    return kind != NULL && kind->keep != NULL && kind->keep(info, engine, precision, text);
}
