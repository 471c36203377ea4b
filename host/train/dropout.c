/* dropout.c - whether dropout is asked for as it can be. */
#include "train/dropout.h"

#include "base/argument.h"

clmlp_dropouts clmlp_dropouts_for(const double *p, size_t count, uint64_t seed)
{
    for (size_t i = 0; p != NULL && i < count; i++) {
        if (p[i] > 0.0) return (clmlp_dropouts){.p = p, .count = count, .seed = seed};
    }
    return (clmlp_dropouts){.count = 0};
}

clmlp_status clmlp_dropout_check(const double *p, size_t count, const clmlp_model *model, clmlp_error *error)
{
    const size_t hidden = model->L - 2;
    if (count == 0) return CLMLP_OK;
    REQUIRE(p != NULL, "config.dropout");
    for (size_t i = 0; i < count; i++) {
        if (p[i] >= 0.0 && p[i] < 1.0) continue;
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "dropout (--dropout), number %zu of %zu, is %g (expected a number "
                          ">= 0 and < 1)", i + 1, count, p[i]);
    }
    if (hidden == 0) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "dropout (--dropout) is of hidden layers, and the network has "
                          "none");
    }
    if (count == 1 || count == hidden) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "there are %zu numbers of dropout (--dropout), and %zu hidden layers "
                      "(expected one for all of them, or one for each)", count, hidden);
}
