/* session.c - a network that stays on its device and predicts from raw arrays. */
#include "clmlp/session.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "train/score/score.h"

struct clmlp_session {
    clmlp_device *device;
    clmlp_model *model;  /* a copy without theta: topology and scaling */
    size_t members;
    clmlp_network **networks; /* [members] */
    double *member_h;    /* [capacity x K], of an ensemble's members in turn */
    clmlp_tensor *x;     /* [capacity x s_1] */
    void *rows;          /* [capacity x s_1], scaled, on their way to the device */
    void *predictions;   /* [capacity x K], on their way back */
    size_t largest, capacity;
};

static clmlp_status place(clmlp_session *session, clmlp_error *error)
{
    clmlp_backend *const backend = session->device->backend;
    const clmlp_model *const model = session->model;
    const size_t element = clmlp_precision_size(backend->precision), n = model->s[0], K = model->s[model->L - 1];
    size_t inputs = 0, outputs = 0;
    if (!clmlp_multiply(session->capacity, n, &inputs) || !clmlp_multiply(session->capacity, K, &outputs)) {
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "a batch of %zu rows is too large", session->capacity);
    }
    TRY(clmlp_allocate(&session->networks, session->members, sizeof *session->networks, "a session", error));
    clmlp_model member = *model; /* borrows all but theta */
    for (size_t k = 0; k < session->members; k++) {
        if (k > 0) member.theta = model->other_theta[k - 1];
        TRY(clmlp_network_create(&session->networks[k], backend, &member, session->capacity, CLMLP_FOR_PREDICTION,
                                 error));
    }
    if (session->members > 1) {
        TRY(clmlp_allocate(&session->member_h, outputs, sizeof *session->member_h, "predictions of a batch", error));
    }
    TRY(clmlp_tensor_create(backend, CLMLP_TENSOR_INPUT, session->capacity, n, "a batch", &session->x, error));
    TRY(clmlp_allocate(&session->rows, inputs, element, "a batch", error));
    return clmlp_allocate(&session->predictions, outputs, element, "predictions of a batch", error);
}

clmlp_status clmlp_session_create(clmlp_session **out, const clmlp_model *model, clmlp_device *device, size_t largest,
                                  clmlp_error *error)
{
    clmlp_session *session = NULL;
    clmlp_status status = CLMLP_OK;
    REQUIRE(out != NULL, "out");
    REQUIRE(model != NULL, "model");
    REQUIRE(device != NULL, "device");
    REQUIRE(largest >= 1, "largest");
    TRY(clmlp_allocate(&session, 1, sizeof *session, "a session", error));
    session->device = device;
    session->members = model->others + 1;
    session->largest = largest;
    session->capacity = largest < CLMLP_SCORE_ROWS ? largest : CLMLP_SCORE_ROWS;
    TRY_CLEANUP(clmlp_model_copy(&session->model, model, error));
    TRY_CLEANUP(place(session, error));
    /* it is on the device now */
    free(session->model->theta);
    session->model->theta = NULL;
    for (size_t k = 0; k < session->model->others; k++) {
        free(session->model->other_theta[k]);
        session->model->other_theta[k] = NULL;
    }
    *out = session;
cleanup:
    if (status != CLMLP_OK) clmlp_session_destroy(session);
    return status;
}

void clmlp_session_destroy(clmlp_session *session)
{
    if (session == NULL) return;
    clmlp_tensor_destroy(session->device->backend, session->x);
    for (size_t k = 0; session->networks != NULL && k < session->members; k++) {
        clmlp_network_destroy(session->networks[k]);
    }
    free(session->networks);
    free(session->member_h);
    clmlp_model_destroy(session->model);
    free(session->rows);
    free(session->predictions);
    free(session);
}

static clmlp_status check_finite(const clmlp_dataset *x, clmlp_error *error)
{
    for (size_t i = 0; i < x->m && x->storage != CLMLP_STORE_U8; i++) {
        for (size_t j = 0; j < x->n; j++) {
            const double value = clmlp_dataset_feature(x, i, j);
            if (isfinite(value)) continue;
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                              "argument 'x', row %zu, column %zu: found %g, expected a finite number", i + 1, j + 1,
                              value);
        }
    }
    return CLMLP_OK;
}

/* What is not finite would be taken for a class or a number. */
static clmlp_status check_predictions(size_t first, size_t M, size_t K, const double *h, clmlp_error *error)
{
    for (size_t i = 0; i < M * K; i++) {
        if (isfinite(h[i])) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the prediction of row %zu is not finite (output %zu is %g)",
                          first + i / K + 1, i % K + 1, h[i]);
    }
    return CLMLP_OK;
}

/* What one network makes of the rows that are on the device. */
static clmlp_status predict_single(clmlp_session *session, clmlp_network *network, size_t M, double *h,
                                   clmlp_error *error)
{
    const clmlp_batch batch = {.M = M, .x = session->x};
    TRY(clmlp_forward(network, &batch, error));
    TRY(clmlp_output_score(network, &batch, CLMLP_RIGHT_NEVER, 0, error));
    return clmlp_read_predictions(network, &session->model->target_scaling, M, h, session->predictions, error);
}

/* The mean over the members, added in their order. */
static clmlp_status predict_all(clmlp_session *session, size_t M, double *h, clmlp_error *error)
{
    const size_t count = M * session->model->s[session->model->L - 1];
    TRY(predict_single(session, session->networks[0], M, h, error));
    for (size_t k = 1; k < session->members; k++) {
        TRY(predict_single(session, session->networks[k], M, session->member_h, error));
        for (size_t i = 0; i < count; i++) h[i] += session->member_h[i];
    }
    for (size_t i = 0; i < count && session->members > 1; i++) h[i] /= (double)session->members;
    return CLMLP_OK;
}

/* Rows [first, first + M) of x; h [M x K]. */
static clmlp_status predict_batch(clmlp_session *session, const clmlp_dataset *x, size_t first, size_t M, double *h,
                                  clmlp_error *error)
{
    clmlp_backend *const backend = session->device->backend;
    clmlp_scaling_apply(&session->model->scaling, x, NULL, first, M, backend->precision, session->rows);
    TRY(clmlp_scaling_check(&session->model->scaling, x, NULL, first, M, backend->precision, session->rows, error));
    TRY(backend->ops->tensor_write(backend, session->x, 0, M, session->rows, error));
    TRY(predict_all(session, M, h, error));
    return check_predictions(first, M, session->model->s[session->model->L - 1], h, error);
}

/* x: a view of the caller's array. */
static clmlp_status predict(clmlp_session *session, clmlp_dataset *x, double *h, clmlp_error *error)
{
    clmlp_backend *const backend = session->device->backend;
    const size_t K = session->model->s[session->model->L - 1];
    if (x->m == 0 || x->m > session->largest) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'rows': found %zu, expected 1 to %zu", x->m,
                          session->largest);
    }
    x->n = session->model->s[0];
    TRY(check_finite(x, error));
    /* others who use the device may have made room for scores anew */
    TRY(backend->ops->scores_reserve(backend, 1, session->capacity, session->capacity, error));
    for (size_t first = 0; first < x->m; first += session->capacity) {
        const size_t left = x->m - first, M = left < session->capacity ? left : session->capacity;
        TRY(predict_batch(session, x, first, M, h + first * K, error));
    }
    return CLMLP_OK;
}

static clmlp_status predict_raw(clmlp_session *session, clmlp_storage storage, size_t rows, const void *x, double *h,
                                clmlp_error *error)
{
    clmlp_dataset view = {.m = rows, .storage = storage};
    REQUIRE(session != NULL, "session");
    REQUIRE(x != NULL, "x");
    REQUIRE(h != NULL, "h");
    memcpy(&view.x, &x, sizeof view.x); /* the view is only read */
    return predict(session, &view, h, error);
}

clmlp_status clmlp_session_predict_f64(clmlp_session *session, size_t rows, const double *x, double *h,
                                       clmlp_error *error)
{
    return predict_raw(session, CLMLP_STORE_F64, rows, x, h, error);
}

clmlp_status clmlp_session_predict_f32(clmlp_session *session, size_t rows, const float *x, double *h,
                                       clmlp_error *error)
{
    return predict_raw(session, CLMLP_STORE_F32, rows, x, h, error);
}

clmlp_status clmlp_session_predict_u8(clmlp_session *session, size_t rows, const uint8_t *x, double *h,
                                      clmlp_error *error)
{
    return predict_raw(session, CLMLP_STORE_U8, rows, x, h, error);
}

size_t clmlp_session_features(const clmlp_session *session)
{
    return session != NULL ? session->model->s[0] : 0;
}

size_t clmlp_session_outputs(const clmlp_session *session)
{
    return session != NULL ? session->model->s[session->model->L - 1] : 0;
}

size_t clmlp_session_largest(const clmlp_session *session)
{
    return session != NULL ? session->largest : 0;
}
