/* matrices.c - matrices between a backend, in its precision, and the host, in double. */
#include <stdlib.h>

#include "base/memory.h"
#include "base/rounded.h"
#include "verify/step/stepping.h"

clmlp_status clmlp_read_matrix(clmlp_backend *backend, const clmlp_tensor *tensor, size_t rows, double *values,
                               void *staging, clmlp_error *error)
{
    const size_t count = rows * tensor->columns;
    void *own = NULL;
    if (backend->precision == CLMLP_F64) return backend->ops->tensor_read(backend, tensor, 0, rows, values, error);
    if (staging == NULL) TRY(clmlp_allocate(&own, count, sizeof(float), "a matrix", error));
    void *const single = staging != NULL ? staging : own;
    const clmlp_status status = backend->ops->tensor_read(backend, tensor, 0, rows, single, error);
    if (status == CLMLP_OK) clmlp_widen(single, count, values);
    free(own);
    return status;
}

clmlp_status clmlp_write_matrix(clmlp_backend *backend, clmlp_tensor *tensor, size_t rows, const double *values,
                                void *staging, clmlp_error *error)
{
    const size_t count = rows * tensor->columns;
    void *own = NULL;
    if (backend->precision == CLMLP_F64) return backend->ops->tensor_write(backend, tensor, 0, rows, values, error);
    if (staging == NULL) TRY(clmlp_allocate(&own, count, sizeof(float), "a matrix", error));
    float *single = staging != NULL ? staging : own;
    const size_t infinite = clmlp_round_to_float(values, count, single);
    const clmlp_status status =
        infinite == count ? backend->ops->tensor_write(backend, tensor, 0, rows, single, error)
                          : clmlp_fail_beyond(error, CLMLP_F32, "a matrix for the device, row %zu, column %zu: found "
                                              "%g", infinite / tensor->columns + 1, infinite % tensor->columns + 1,
                                              values[infinite]);
    free(own);
    return status;
}

clmlp_status clmlp_stepper_fetch(clmlp_stepper *stepper, const clmlp_tensor *tensor, size_t rows, double *values,
                                 clmlp_error *error)
{
    if (tensor == NULL || values == NULL) return CLMLP_OK;
    return clmlp_read_matrix(stepper->network->backend, tensor, rows, values, stepper->staging, error);
}
