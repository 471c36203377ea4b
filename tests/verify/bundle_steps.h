/* bundle_steps.h - steps for the tests of bundles, and damage to their files. */
#ifndef TEST_BUNDLE_STEPS_H
#define TEST_BUNDLE_STEPS_H

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "steps.h"
#include "verify/step/bundle.h"

static inline clmlp_bundle_info some_info(clmlp_precision precision)
{
    return (clmlp_bundle_info){.why = "self-check: \"delta(2)\" \\ \xff",
                               .device = "a \xc3\xa9 device",
                               .driver = "1.2",
                               .engine = "native",
                               .tiles = "4x3x4",
                               .version = "0.1.0",
                               .precision = precision,
                               .step = 123456789,
                               .M = 6,
                               .seed = UINT64_MAX};
}

/* Exact in float. */
static inline void give_weights(clmlp_step_record *step)
{
    OK(clmlp_step_record_weigh(step, error));
    for (size_t r = 0; r < step->M; r++) step->w[r] = 0.25 * (double)(r % 5);
}

/* A step with a scale of the inputs; the caller destroys both. */
static inline clmlp_step_record *scaled_step(clmlp_model **model, clmlp_precision precision)
{
    clmlp_step_record *step = random_step(model, 6, precision, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX);
    const clmlp_descent descent = {.rule = {.optimizer = CLMLP_ADAM, .rate = 0.1, .beta1 = 0.5, .beta2 = 0.75,
                                            .epsilon = 0.125, .bias_rate = 1.0},
                                   .decay = 0.25, .input_scale_rate = 6.5};
    OK(clmlp_step_record_set_descent(step, &descent, error));
    for (size_t i = 0; i < 6; i++) { /* theta(1) is [4 x 6]; powers of 2, so that it is raw diag(s) exactly */
        step->scale->scale[i] = i == 0 ? 1.0 : ldexp(1.0, (int)i - 3);
        for (size_t k = 0; k < 2; k++) step->scale->state[k][i] = 0.5 + (double)i + (double)k;
    }
    for (size_t i = 0; i < 4 * 6; i++) step->scale->raw[i] = step->theta[0][i] / step->scale->scale[i % 6];
    return step;
}

/* A bundle with `from` replaced by `to`, as long, in its header; what reading it says. */
static inline void damage(const char *path, const char *from, const char *to)
{
    static char bytes[1 << 16];
    FILE *file = fopen(path, "rb");
    const size_t size = fread(bytes, 1, sizeof bytes, file), length = strlen(from);
    (void)fclose(file);
    cr_assert_eq(length, strlen(to));
    size_t at = 0;
    while (at + length <= size && memcmp(bytes + at, from, length) != 0) at++;
    cr_assert_leq(at + length, size, "'%s' is not in the file", from);
    memcpy(bytes + at, to, length);
    file = fopen(path, "wb");
    (void)fwrite(bytes, 1, size, file);
    (void)fclose(file);
}

#endif
