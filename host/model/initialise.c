/* initialise.c - random theta to begin with. */
#include <math.h>

#include "base/argument.h"
#include "base/random.h"
#include "model/model.h"

static const double EPSILON = 0.12;

/* What the elements of a theta(l) are drawn from. */
typedef struct distribution {
    bool normal;
    double spread, bias_spread; /* half the width, or the standard deviation; 0: all 0 */
} distribution;

static distribution uniform(double e)
{
    return (distribution){false, e, 0.0};
}

static distribution normal(double variance)
{
    return (distribution){true, sqrt(variance), 0.0};
}

static distribution distribution_of(clmlp_initialisation initialisation, double s_in, double s_out, bool last)
{
    switch (initialisation) {
    case CLMLP_INITIALISATION_GLOROT_UNIFORM: return uniform(sqrt(6.0 / (s_in + s_out)));
    case CLMLP_INITIALISATION_GLOROT_NORMAL: return normal(2.0 / (s_in + s_out));
    case CLMLP_INITIALISATION_HE_UNIFORM: return uniform(sqrt(6.0 / s_in));
    case CLMLP_INITIALISATION_HE_NORMAL: return normal(2.0 / s_in);
    case CLMLP_INITIALISATION_LECUN_UNIFORM: return uniform(sqrt(3.0 / s_in));
    case CLMLP_INITIALISATION_LECUN_NORMAL: return normal(1.0 / s_in);
    case CLMLP_INITIALISATION_EPSILON: return (distribution){false, EPSILON, EPSILON};
    case CLMLP_INITIALISATION_NTK: return (distribution){true, last ? 0.0 : sqrt(1.0 / s_in), last ? 0.0 : 1.0};
    case CLMLP_INITIALISATION_COUNT: break;
    }
    return (distribution){false, (double)NAN, (double)NAN};
}

static double draw(bool is_normal, double spread, uint64_t seed, clmlp_random_stream stream, size_t l, uint64_t element)
{
    if (spread == 0.0) return 0.0;
    if (is_normal) return spread * clmlp_random_normal(seed, stream, (uint32_t)l, element);
    return spread * (2.0 * clmlp_random_uniform(seed, stream, (uint32_t)l, element) - 1.0);
}

clmlp_status clmlp_model_initialise(clmlp_model *model, clmlp_initialisation initialisation, uint64_t seed,
                                    clmlp_error *error)
{
    REQUIRE(model != NULL, "model");
    REQUIRE_CODE(initialisation, CLMLP_INITIALISATION_COUNT, "initialisation");
    model->seed = seed;
    model->initialisation = initialisation;
    for (size_t l = 1; l < model->L; l++) {
        const size_t s_in = model->s[l - 1], s_out = model->s[l];
        const distribution d = distribution_of(initialisation, (double)s_in, (double)s_out, l + 1 == model->L);
        for (size_t j = 0; j < s_out; j++) {
            double *const row = clmlp_model_theta(model, l) + j * (s_in + 1);
            row[0] = draw(d.normal, d.bias_spread, seed, CLMLP_RANDOM_BIAS, l, j);
            for (size_t i = 1; i <= s_in; i++) {
                row[i] = draw(d.normal, d.spread, seed, CLMLP_RANDOM_THETA, l, (uint64_t)j * s_in + (i - 1));
            }
        }
    }
    return CLMLP_OK;
}
