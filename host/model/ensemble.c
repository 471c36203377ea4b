/* ensemble.c - models of several thetas of one topology, whose predictions are averaged. */
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/memory.h"
#include "model/model.h"

size_t clmlp_model_members(const clmlp_model *model)
{
    return model != NULL ? model->others + 1 : 0;
}

const double *clmlp_model_member_theta(const clmlp_model *model, size_t member)
{
    return member == 0 ? model->theta : model->other_theta[member - 1];
}

clmlp_status clmlp_model_grow(clmlp_model *model, double **theta, clmlp_error *error)
{
    double **list = NULL, *own = NULL;
    TRY(clmlp_allocate(&own, model->theta_at[model->L - 1], sizeof *own, "theta of a member", error));
    list = realloc(model->other_theta, (model->others + 1) * sizeof *list);
    if (list == NULL) {
        free(own);
        return clmlp_fail(error, CLMLP_OUT_OF_MEMORY, "not enough memory for one more member");
    }
    model->other_theta = list;
    model->other_theta[model->others++] = own;
    *theta = own;
    return CLMLP_OK;
}

clmlp_status clmlp_model_remove_member(clmlp_model *model, clmlp_error *error)
{
    REQUIRE(model != NULL, "model");
    if (model->others == 0) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'model': it is no ensemble, and has nothing to spare");
    }
    free(model->other_theta[--model->others]);
    return CLMLP_OK;
}

clmlp_status clmlp_model_check_single(const clmlp_model *model, const char *what, clmlp_error *error)
{
    if (model->others == 0) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the model is an ensemble of %zu members, which %s does not take",
                      model->others + 1, what);
}

static bool same_scaling(const clmlp_scaling *a, const clmlp_scaling *b)
{
    if (a->kind != b->kind || a->n != b->n || (a->offset == NULL) != (b->offset == NULL)) return false;
    return a->offset == NULL || (memcmp(a->offset, b->offset, a->n * sizeof *a->offset) == 0 &&
                                 memcmp(a->divisor, b->divisor, a->n * sizeof *a->divisor) == 0);
}

clmlp_status clmlp_model_add_member(clmlp_model *model, const clmlp_model *member, clmlp_error *error)
{
    double *theta = NULL;
    REQUIRE(model != NULL, "model");
    REQUIRE(member != NULL, "member");
    REQUIRE(member != model, "member");
    const bool alike = model->L == member->L && memcmp(model->s, member->s, model->L * sizeof *model->s) == 0 &&
                       model->activation == member->activation && model->output == member->output;
    if (!alike) return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'member': it is another network");
    if (!same_scaling(&model->scaling, &member->scaling) ||
        !same_scaling(&model->target_scaling, &member->target_scaling)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'member': its scaling is another one");
    }
    for (size_t k = 0; k <= member->others; k++) {
        TRY(clmlp_model_grow(model, &theta, error));
        memcpy(theta, clmlp_model_member_theta(member, k), model->theta_at[model->L - 1] * sizeof *theta);
    }
    return CLMLP_OK;
}
