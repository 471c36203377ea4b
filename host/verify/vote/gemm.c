/* gemm.c - which bare product to vote on, for a disputed equation. */
#include <string.h>

#include "backend/backend.h"
#include "model/model.h"
#include "verify/qualify/products.h"
#include "verify/vote/vote.h"

enum { M, S_IN, S_OUT, DIMENSIONS };

typedef struct narrowing {
    clmlp_device *device;
    clmlp_product_kind kind, of_input; /* of_input: the same from input data, or again kind */
    size_t size[DIMENSIONS]; /* known to be wrong */
} narrowing;

/* Which product a finding is about; false: none. */
static bool product_of(const clmlp_finding *finding, const clmlp_device *device, const clmlp_model *model, size_t rows,
                       narrowing *n)
{
    const size_t l = finding->layer;
    const bool is_z = finding->quantity == CLMLP_QUANTITY_Z;
    const bool fused = finding->quantity == CLMLP_QUANTITY_THETA && device->backend->ops->descend != NULL;
    if (is_z) n->kind = l == model->L ? CLMLP_PRODUCT_OUTPUT : CLMLP_PRODUCT_Z;
    else if (finding->quantity == CLMLP_QUANTITY_DELTA && l < model->L) n->kind = CLMLP_PRODUCT_DELTA;
    else if (finding->quantity == CLMLP_QUANTITY_GRADIENT) n->kind = CLMLP_PRODUCT_GRADIENT;
    else if (fused) n->kind = CLMLP_PRODUCT_STEP;
    else return false;
    n->of_input = n->kind;
    if (n->kind == CLMLP_PRODUCT_Z && l == 2) n->of_input = CLMLP_PRODUCT_Z_PICKED;
    if ((n->kind == CLMLP_PRODUCT_GRADIENT || fused) && l == 1) n->of_input = CLMLP_PRODUCT_GRADIENT_PICKED;
    n->size[M] = rows;
    n->size[S_IN] = model->s[is_z ? l - 2 : l - 1];
    n->size[S_OUT] = model->s[is_z ? l - 1 : l];
    return true;
}

static clmlp_status is_right(const narrowing *n, const size_t size[DIMENSIONS], bool *right, clmlp_error *error)
{
    const clmlp_product_size shape = {size[M], size[S_IN], size[S_OUT]};
    clmlp_product product = {.fraction = 0.0};
    TRY(clmlp_measure_product(n->device, n->kind, shape, &product, error));
    *right = clmlp_product_right(&product);
    return CLMLP_OK;
}

/* Bisect one dimension: afterwards the product is wrong at its size and right at one less, or the size is 1. */
static clmlp_status shrink(narrowing *n, int dimension, bool *shrunk, clmlp_error *error)
{
    size_t size[DIMENSIONS], right_at = 0;
    memcpy(size, n->size, sizeof size);
    while (n->size[dimension] - right_at > 1) {
        bool right = false;
        size[dimension] = right_at + (n->size[dimension] - right_at) / 2;
        TRY(is_right(n, size, &right, error));
        if (right) {
            right_at = size[dimension];
        } else {
            n->size[dimension] = size[dimension];
            *shrunk = true;
        }
    }
    return CLMLP_OK;
}

static clmlp_status narrow(narrowing *n, bool *found, clmlp_error *error)
{
    bool right = true, shrunk = true;
    TRY(is_right(n, n->size, &right, error));
    if (right && n->of_input != n->kind) {
        n->kind = n->of_input;
        TRY(is_right(n, n->size, &right, error));
    }
    *found = !right;
    while (*found && shrunk) {
        shrunk = false;
        for (int dimension = 0; dimension < DIMENSIONS; dimension++) TRY(shrink(n, dimension, &shrunk, error));
    }
    return CLMLP_OK;
}

/* The product behind the equation, the bias unit counted as a column of [1 a]. */
static void name_product(const narrowing *n, clmlp_voter *voter)
{
    const bool is_hidden = n->kind == CLMLP_PRODUCT_DELTA;
    const bool is_gradient = n->kind == CLMLP_PRODUCT_GRADIENT || n->kind == CLMLP_PRODUCT_STEP ||
                             n->kind == CLMLP_PRODUCT_GRADIENT_PICKED;
    const size_t rows = n->size[M], in = n->size[S_IN], out = n->size[S_OUT];
    voter->gemm_m = is_gradient ? out : rows;
    voter->gemm_n = is_gradient ? in + 1 : is_hidden ? in : out;
    voter->gemm_k = is_gradient ? rows : is_hidden ? out : in + 1;
}

clmlp_status clmlp_vote_narrow(clmlp_voter *voter, clmlp_device *device, const clmlp_model *model, size_t rows,
                               clmlp_error *error)
{
    narrowing n = {.device = device};
    bool found = false;
    if (!product_of(&voter->failure, device, model, rows, &n)) return CLMLP_OK;
    TRY(narrow(&n, &found, error));
    if (found) name_product(&n, voter);
    return CLMLP_OK;
}
