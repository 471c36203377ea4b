/* error.c - names of CLBlast's codes, and the failure of a call. */
#include <clblast_c.h>

#include "backend/clblast/clblast.h"

#define CODE_LIST(X)                                                                                             \
    X(CLBlastNotImplemented) X(CLBlastInvalidMatrixA) X(CLBlastInvalidMatrixB) X(CLBlastInvalidMatrixC)          \
    X(CLBlastInvalidDimension) X(CLBlastInsufficientMemoryA) X(CLBlastInsufficientMemoryB)                       \
    X(CLBlastInsufficientMemoryC) X(CLBlastInsufficientMemoryTemp) X(CLBlastInvalidLocalMemUsage)                \
    X(CLBlastNoDoublePrecision) X(CLBlastDatabaseError) X(CLBlastUnknownError) X(CLBlastUnexpectedError)

static const char *text_of(int code)
{
    switch (code) {
#define CODE_CASE(name) case name: return #name;
        CODE_LIST(CODE_CASE)
#undef CODE_CASE
    default: return NULL;
    }
}

/* CLBlast's parameters are for other devices. */
static clmlp_status too_large(const clmlp_opencl *opencl, int code, clmlp_error *error)
{
    size_t group = 0;
    const char *const text = text_of(code);
    (void)clmlp_opencl_group_limit(opencl->device, &group);
    return clmlp_fail(error, CLMLP_DEVICE, "%s: CLBlast's kernels need more than the work-groups of %zu items and %llu "
                      "bytes of local memory that the device allows: %s (%d); --engine native has smaller ones",
                      opencl->name, group, (unsigned long long)opencl->local_bytes,
                      text != NULL ? text : clmlp_opencl_code_text((cl_int)code), code);
}

clmlp_status clmlp_clblast_check(const clmlp_opencl *opencl, int code, const char *what, clmlp_error *error)
{
    const char *const text = text_of(code);
    if (code == CLBlastSuccess) return CLMLP_OK;
    if (code == CLBlastInvalidLocalMemUsage || code == CLBlastInvalidLocalThreadsTotal ||
        code == CLBlastInvalidLocalThreadsDim) {
        return too_large(opencl, code, error);
    }
    /* OpenCL's codes are passed on by CLBlast */
    if (text == NULL) return clmlp_opencl_fail(error, opencl, (cl_int)code, what);
    return clmlp_fail(error, CLMLP_DEVICE, "%s: %s failed: %s (%d)", opencl->name, what, text, code);
}
