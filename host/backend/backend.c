#include "backend/backend.h"
#include "backend/probe.h"

#include <limits.h>

#include "base/memory.h"
#include "codes.h"

/* kernels/codes.h and the public lists name the same things */
_Static_assert(CODE_SIGMOID == CLMLP_SIGMOID && CODE_TANH == CLMLP_TANH && CODE_RELU == CLMLP_RELU &&
                   CODE_LINEAR == CLMLP_LINEAR && CODE_STEP == CLMLP_STEP,
               "activation codes");
_Static_assert(CODE_OUTPUT_SIGMOID == CLMLP_OUTPUT_SIGMOID && CODE_OUTPUT_SOFTMAX == CLMLP_OUTPUT_SOFTMAX &&
                   CODE_OUTPUT_LINEAR == CLMLP_OUTPUT_LINEAR,
               "output codes");
_Static_assert(CODE_RIGHT_LARGEST == CLMLP_RIGHT_LARGEST && CODE_RIGHT_SIDES == CLMLP_RIGHT_SIDES &&
                   CODE_RIGHT_NEVER == CLMLP_RIGHT_NEVER,
               "codes of what is right");

_Static_assert(QUALIFY_ADD == CLMLP_PROBE_ADD && QUALIFY_MULTIPLY == CLMLP_PROBE_MULTIPLY &&
                   QUALIFY_DIVIDE == CLMLP_PROBE_DIVIDE && QUALIFY_FMA == CLMLP_PROBE_FMA &&
                   QUALIFY_MULTIPLY_ADD == CLMLP_PROBE_MULTIPLY_ADD && QUALIFY_TWO_SUM == CLMLP_PROBE_TWO_SUM &&
                   QUALIFY_EXP == CLMLP_PROBE_EXP && QUALIFY_LOG == CLMLP_PROBE_LOG &&
                   QUALIFY_LOG1P == CLMLP_PROBE_LOG1P && QUALIFY_TANH == CLMLP_PROBE_TANH &&
                   QUALIFY_SIGMOID == CLMLP_PROBE_SIGMOID && QUALIFY_RELU == CLMLP_PROBE_RELU &&
                   QUALIFY_LOG1P_UNIT == CLMLP_PROBE_LOG1P_UNIT,
               "codes of probed functions");

const char *clmlp_probe_function_name(clmlp_probe_function function)
{
#define NAME_OF(name, text, arguments) text,
    static const char *const names[] = {CLMLP_PROBE_FUNCTION_LIST(NAME_OF)};
#undef NAME_OF
    return (unsigned)function < CLMLP_PROBE_FUNCTION_COUNT ? names[function] : "?";
}

unsigned clmlp_probe_function_arguments(clmlp_probe_function function)
{
#define ARGUMENTS_OF(name, text, arguments) arguments,
    static const unsigned counts[] = {CLMLP_PROBE_FUNCTION_LIST(ARGUMENTS_OF)};
#undef ARGUMENTS_OF
    return (unsigned)function < CLMLP_PROBE_FUNCTION_COUNT ? counts[function] : 0;
}

const char *clmlp_equation_name(clmlp_equation equation)
{
#define NAME_OF(name, text) text,
    static const char *const names[] = {CLMLP_EQUATION_LIST(NAME_OF)};
#undef NAME_OF
    return (unsigned)equation < CLMLP_EQUATION_COUNT ? names[equation] : "?";
}

size_t clmlp_precision_size(clmlp_precision precision)
{
    return precision == CLMLP_F64 ? sizeof(double) : sizeof(float);
}

bool clmlp_tensor_has_bias(clmlp_tensor_kind kind)
{
    return kind == CLMLP_TENSOR_LAYER || kind == CLMLP_TENSOR_INPUT;
}

clmlp_status clmlp_tensor_layout(const clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                 size_t *stride, size_t *bytes, clmlp_error *error)
{
    const size_t element =
        kind == CLMLP_TENSOR_ORDER ? sizeof(uint32_t) : clmlp_precision_size(backend->precision);
    size_t elements = 0;
    *stride = columns + (clmlp_tensor_has_bias(kind) ? 1 : 0);
    /* BLAS interfaces count rows and columns in int */
    const bool fits = columns < INT_MAX && (rows < INT_MAX || kind == CLMLP_TENSOR_ORDER);
    if (!fits || !clmlp_multiply(rows, *stride, &elements) || !clmlp_multiply(elements, element, bytes)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "a matrix of %zu x %zu is larger than BLAS can address", rows,
                          columns);
    }
    return CLMLP_OK;
}

clmlp_status clmlp_tensor_create(clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                 const char *what, clmlp_tensor **out, clmlp_error *error)
{
    char needed[32], used[32], limit[32];
    size_t bytes = 0;
    TRY(backend->ops->tensor_bytes(backend, kind, rows, columns, &bytes, error));
    if (bytes > backend->largest_buffer) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY,
                          "%s: out of device memory: %s [%zu x %zu] needs %s, and the device allows %s in one buffer",
                          backend->name, what, rows, columns, clmlp_format_bytes(needed, bytes),
                          clmlp_format_bytes(limit, backend->largest_buffer));
    }
    if (bytes > backend->memory_limit || backend->memory_used > backend->memory_limit - bytes) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY,
                          "%s: out of device memory: %s [%zu x %zu] needs %s beside the %s in use, and the limit is %s",
                          backend->name, what, rows, columns, clmlp_format_bytes(needed, bytes),
                          clmlp_format_bytes(used, backend->memory_used),
                          clmlp_format_bytes(limit, backend->memory_limit));
    }
    TRY(backend->ops->tensor_create(backend, kind, rows, columns, out, error));
    (*out)->kind = kind;
    (*out)->rows = rows;
    (*out)->columns = columns;
    (*out)->bytes = bytes;
    backend->memory_used += bytes;
    if (backend->memory_used > backend->memory_peak) backend->memory_peak = backend->memory_used;
    return CLMLP_OK;
}

void clmlp_tensor_destroy(clmlp_backend *backend, clmlp_tensor *tensor)
{
    if (tensor == NULL) return;
    backend->memory_used -= tensor->bytes;
    backend->ops->tensor_destroy(backend, tensor);
}
