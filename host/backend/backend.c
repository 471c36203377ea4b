/* backend.c - what all backends share: names of equations and engines, the plain tensor layout, create and destroy. */
#include "backend/backend.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "common/codes.h"

/* Each row of the lists has its code in kernels/common/codes.h, of the same value. */
#define SAME_ACTIVATION(name, text) _Static_assert(CODE_##name == CLMLP_##name, "the code of " text);
#define SAME_OUTPUT(name, text) _Static_assert(CODE_OUTPUT_##name == CLMLP_OUTPUT_##name, "the code of " text);
#define SAME_OPTIMIZER(name, text) _Static_assert(CODE_OPTIMIZER_##name == CLMLP_##name, "the code of " text);
CLMLP_ACTIVATION_LIST(SAME_ACTIVATION)
CLMLP_OUTPUT_LIST(SAME_OUTPUT)
CLMLP_OPTIMIZER_LIST(SAME_OPTIMIZER)
#undef SAME_ACTIVATION
#undef SAME_OUTPUT
#undef SAME_OPTIMIZER
_Static_assert(CODE_RANDOM_DROPOUT == (int)CLMLP_RANDOM_DROPOUT, "the stream of dropout");
_Static_assert(CODE_RIGHT_LARGEST == CLMLP_RIGHT_LARGEST && CODE_RIGHT_SIDES == CLMLP_RIGHT_SIDES &&
                   CODE_RIGHT_NEVER == CLMLP_RIGHT_NEVER,
               "codes of what is right");

const char *clmlp_equation_name(clmlp_equation equation)
{
#define NAME_OF(name, text) text,
    static const char *const names[] = {CLMLP_EQUATION_LIST(NAME_OF)};
#undef NAME_OF
    return (unsigned)equation < CLMLP_EQUATION_COUNT ? names[equation] : "?";
}

#define NAME_OF(name, text) text,
static const char *const engine_names[] = {CLMLP_ENGINE_LIST(NAME_OF)};
#undef NAME_OF

const char *clmlp_engine_name(clmlp_engine engine)
{
    return (unsigned)engine < CLMLP_ENGINE_COUNT ? engine_names[engine] : "?";
}

bool clmlp_engine_parse(const char *name, clmlp_engine *engine)
{
    const size_t index = clmlp_find_name(engine_names, CLMLP_ENGINE_COUNT, name);
    if (engine == NULL || index == CLMLP_ENGINE_COUNT) return false;
    *engine = (clmlp_engine)index;
    return true;
}

clmlp_dropout clmlp_dropout_of(const clmlp_dropouts *dropouts, size_t l)
{
    if (dropouts->count == 0) return (clmlp_dropout){.p = 0.0};
    return (clmlp_dropout){.p = dropouts->p[dropouts->count == 1 ? 0 : l - 2], .seed = dropouts->seed,
                           .step = (uint32_t)dropouts->step, .layer = (uint32_t)l,
                           .first = (uint32_t)dropouts->first};
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

clmlp_status clmlp_backend_choose(clmlp_backend *backend, const clmlp_network_size *size, clmlp_error *error)
{
    if (backend->ops->choose == NULL) return CLMLP_OK;
    const double began = clmlp_seconds();
    TRY(backend->ops->choose(backend, size, error));
    backend->startup.total += clmlp_seconds() - began;
    return CLMLP_OK;
}

static clmlp_status prepare_activation(clmlp_backend *backend, clmlp_activation activation, clmlp_error *error)
{
    if (backend->ops->prepare_activation == NULL) return CLMLP_OK;
    return backend->ops->prepare_activation(backend, activation, error);
}

clmlp_status clmlp_backend_prepare(clmlp_backend *backend, const clmlp_network_size *size, clmlp_activation activation,
                                   clmlp_error *error)
{
    TRY(prepare_activation(backend, activation, error));
    TRY(clmlp_backend_choose(backend, size, error));
    return prepare_activation(backend, activation, error); /* the choice has put a table of its own there */
}

clmlp_status clmlp_tensor_create(clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                 const char *what, clmlp_tensor **out, clmlp_error *error)
{
    char needed[32], used[32], limit[32];
    size_t bytes = 0;
    TRY(clmlp_backend_choose(backend, NULL, error));
    TRY(backend->ops->tensor_bytes(backend, kind, rows, columns, &bytes, error));
    if (bytes > backend->largest_buffer) {
        char narrow[48] = "";
        if (backend->address_bits < 8 * sizeof(size_t)) {
            (void)snprintf(narrow, sizeof narrow, " (its addresses have %u bits)", backend->address_bits);
        }
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY,
                          "%s: out of device memory: %s [%zu x %zu] needs %s, and the device allows %s in one buffer%s",
                          backend->name, what, rows, columns, clmlp_format_bytes(needed, bytes),
                          clmlp_format_bytes(limit, backend->largest_buffer), narrow);
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

clmlp_status clmlp_staging_create(clmlp_backend *backend, size_t count, size_t size, const char *what,
                                  clmlp_staging *out, clmlp_error *error)
{
    size_t bytes = 0;
    *out = (clmlp_staging){.memory = NULL};
    if (backend->ops->staging_create != NULL && clmlp_multiply(count, size, &bytes)) {
        backend->ops->staging_create(backend, bytes, out);
    }
    return out->memory != NULL ? CLMLP_OK : clmlp_allocate(&out->memory, count, size, what, error);
}

void clmlp_staging_destroy(clmlp_backend *backend, clmlp_staging *staging)
{
    if (staging->owner != NULL) backend->ops->staging_destroy(backend, staging);
    else free(staging->memory);
    *staging = (clmlp_staging){.memory = NULL};
}

size_t clmlp_optimizer_states(clmlp_optimizer optimizer)
{
    switch (optimizer) {
    case CLMLP_MOMENTUM:
    case CLMLP_NESTEROV:
    case CLMLP_RMSPROP: return 1;
    case CLMLP_ADAM:
    case CLMLP_ADAMW: return 2;
    case CLMLP_SGD:
    case CLMLP_OPTIMIZER_COUNT: break;
    }
    return 0;
}
