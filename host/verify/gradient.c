/* A backend's gradient of one full batch. */
#include <stdlib.h>

#include "base/memory.h"
#include "propagate/network.h"
#include "verify/gradcheck.h"

/* Dense rows of a matrix, to or from the backend; staging: room for them in its precision. */
static clmlp_status put(clmlp_backend *backend, clmlp_tensor *tensor, const double *values, void *staging,
                        clmlp_error *error)
{
    float *const single = staging;
    const bool is_double = backend->precision == CLMLP_F64;
    for (size_t i = 0; i < tensor->rows * tensor->columns && !is_double; i++) single[i] = (float)values[i];
    return backend->ops->tensor_write(backend, tensor, 0, tensor->rows, is_double ? (const void *)values : staging,
                                      error);
}

static clmlp_status get(clmlp_backend *backend, const clmlp_tensor *tensor, double *values, void *staging,
                        clmlp_error *error)
{
    const float *const single = staging;
    const bool is_double = backend->precision == CLMLP_F64;
    TRY(backend->ops->tensor_read(backend, tensor, 0, tensor->rows, is_double ? (void *)values : staging, error));
    for (size_t i = 0; i < tensor->rows * tensor->columns && !is_double; i++) values[i] = (double)single[i];
    return CLMLP_OK;
}

typedef struct pass {
    clmlp_network *network;
    clmlp_tensor *x, *y; /* [M x s_1], [M x K] */
    void *staging;       /* room for the largest matrix */
} pass;

static clmlp_status prepare(pass *p, clmlp_backend *backend, const clmlp_point_inputs *inputs, clmlp_error *error)
{
    const clmlp_model *const model = inputs->model;
    const size_t M = inputs->M, s_1 = model->s[0], K = model->s[model->L - 1];
    size_t room = model->theta_at[model->L - 1];
    for (size_t l = 1; l <= model->L; l++) room = M * model->s[l - 1] > room ? M * model->s[l - 1] : room;
    TRY(clmlp_allocate(&p->staging, room, clmlp_precision_size(backend->precision), "a gradient check", error));
    TRY(clmlp_network_create(&p->network, backend, model, M, CLMLP_FOR_GRADIENTS, error));
    TRY(clmlp_network_put_theta(p->network, model, inputs->theta, error));
    TRY(backend->ops->scores_reserve(backend, 1, M, M, error));
    TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_INPUT, M, s_1, "the examples", &p->x, error));
    TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_TARGET, M, K, "the targets", &p->y, error));
    TRY(put(backend, p->x, inputs->x, p->staging, error));
    return put(backend, p->y, inputs->y, p->staging, error);
}

static clmlp_status run(pass *p, clmlp_backend *backend, const clmlp_point_inputs *inputs, double *gradient,
                        double *const *sides, clmlp_error *error)
{
    const clmlp_model *const model = inputs->model;
    const clmlp_batch batch = {.M = inputs->M, .x = p->x, .y = p->y};
    TRY(clmlp_forward(p->network, &batch, error));
    TRY(clmlp_backward(p->network, &batch, CLMLP_RIGHT_NEVER, 0, error));
    TRY(clmlp_gradients(p->network, &batch, inputs->lambda / (double)inputs->M, error));
    for (size_t l = 1; l < model->L; l++) {
        TRY(get(backend, p->network->gradient[l - 1], gradient + model->theta_at[l - 1], p->staging, error));
        if (sides == NULL || l == 1) continue;
        TRY(get(backend, p->network->a[l - 1], sides[l - 1], p->staging, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_backend_gradient(clmlp_backend *backend, const clmlp_point_inputs *inputs, double *gradient,
                                    double *const *sides, clmlp_error *error)
{
    pass p = {NULL};
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(prepare(&p, backend, inputs, error));
    TRY_CLEANUP(run(&p, backend, inputs, gradient, sides, error));
cleanup:
    clmlp_tensor_destroy(backend, p.y);
    clmlp_tensor_destroy(backend, p.x);
    clmlp_network_destroy(p.network);
    free(p.staging);
    return status;
}
