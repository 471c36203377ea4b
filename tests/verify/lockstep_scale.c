/* lockstep_scale.c - lock-step with a scale of the inputs, right and wrong. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "lockstep.h"

/* How many findings there are of a quantity. */
static size_t count_of(const setting *s, clmlp_quantity quantity)
{
    size_t count = 0;
    for (size_t f = 0; f < s->result.count; f++) count += s->result.findings[f].quantity == quantity;
    return count;
}

/* All tensors of a scale of the inputs are looked at, with either rule, in both precisions, clipped or not; in
 * lock-step, and freely with bounds of the first step that say something. raw and s are looked at before the first
 * step, too. The norms of these gradients are between 0.1 and 1. */
Test(lockstep, passes_with_a_scale_of_the_inputs)
{
    for (size_t i = 0; i < 4 * TEST_SUBJECT_COUNT; i++) {
        const bool is_float = i / TEST_SUBJECT_COUNT % 2 == 0, clips = i / TEST_SUBJECT_COUNT < 2;
        const char *const subject = subjects[i % TEST_SUBJECT_COUNT];
        for (int free_run = 0; free_run <= 1; free_run++) {
            setting s = create(subject, 0);
            clmlp_device_close(s.device);
            s.device = open_device(subject, is_float ? CLMLP_F32 : CLMLP_F64, 0);
            s.config.input_scale_rate = 6.0;
            s.config.optimizer = is_float ? CLMLP_SGD : CLMLP_MOMENTUM;
            s.config.rate = 0.1;
            s.config.clip_norm = clips ? 0.3 : 0.0;
            s.config.steps = 4;
            s.config.free_run = free_run != 0;
            run(&s);
            assert_passed(&s, subject);
            cr_assert_eq(count_of(&s, CLMLP_QUANTITY_SCALE), 5);
            cr_assert_eq(count_of(&s, CLMLP_QUANTITY_RAW), 5);
            cr_assert_eq(count_of(&s, CLMLP_QUANTITY_SCALE_GRADIENT), 4);
            cr_assert_eq(count_of(&s, CLMLP_QUANTITY_SCALE_STATE), is_float ? 0 : 4);
            cr_assert_eq(count_of(&s, CLMLP_QUANTITY_RAW_GRADIENT), 4);
            cr_assert_eq(count_of(&s, CLMLP_QUANTITY_SCALE_CLIPPED), clips ? 4 : 0);
            for (size_t f = 0; f < s.result.count && free_run; f++) {
                const clmlp_finding *const finding = &s.result.findings[f];
                if (finding->step == 1) cr_assert_lt(finding->bound_of_value, 0.01, "%s", subject);
            }
            destroy(&s);
        }
    }
}

/* What is wrong with its kernels, in either way of comparing. s is 1 in the first step, so that a factor which is left
 * out shows in the second. */
Test(lockstep, finds_what_is_wrong_with_a_scale_of_the_inputs)
{
    static const struct {
        const char *from, *to;
        clmlp_quantity quantity;
        size_t step;
    } faults[] = {
        {"sum += slope", "sum += (REAL)1.001F * slope", CLMLP_QUANTITY_SCALE_GRADIENT, 1},
        {"= slope * factor", "= slope", CLMLP_QUANTITY_RAW_GRADIENT, 2},
        {"theta[PLACE(j, i)] * scale[i * scale_row];", "theta[PLACE(j, i)];", CLMLP_QUANTITY_THETA, 1},
    };
    for (size_t f = 0; f < 2 * (sizeof faults / sizeof *faults); f++) {
        plant_fault("lockstep-scale", "plain/input_scale.cl", faults[f / 2].from, faults[f / 2].to);
        setting s = create("opencl+native", 0);
        s.config.input_scale_rate = 6.0;
        s.config.free_run = f % 2 == 1;
        run(&s);
        cr_assert_not_null(s.result.first_failure, "'%s'", faults[f / 2].to);
        cr_assert_eq(s.result.first_failure->quantity, faults[f / 2].quantity, "'%s'", faults[f / 2].to);
        cr_assert_eq(s.result.first_failure->layer, 1);
        cr_assert_eq(s.result.first_failure->step, faults[f / 2].step, "'%s'", faults[f / 2].to);
        destroy(&s);
    }
}

/* A norm without the gradient of s is another one. */
Test(lockstep, finds_a_norm_without_the_gradient_of_the_scale)
{
    plant_fault("lockstep-scale-norm", "plain/vectors.cl", "sum = two_sum(sum, x[at] * y[at], &lost)",
                "if (panels > 1) sum = two_sum(sum, x[at] * y[at], &lost)");
    setting s = create("opencl+clblast", 0);
    s.config.input_scale_rate = 6.0;
    s.config.clip_norm = 0.01;
    run(&s);
    cr_assert_not_null(s.result.first_failure);
    cr_assert_str_eq(s.result.first_failure->equation, "clip");
    destroy(&s);
}

Test(lockstep, refuses_a_factor_of_the_rate_that_is_none)
{
    const double wrong[] = {-1.0, (double)NAN, (double)INFINITY};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        setting s = create("cpu", 0);
        clmlp_error failure = {.status = CLMLP_OK};
        s.config.input_scale_rate = wrong[i];
        cr_assert_eq(clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, &failure), CLMLP_BAD_ARGUMENT);
        const char *const said = isinf(wrong[i]) ? "rate of the scale of the inputs is inf" : "the inputs' scale";
        cr_assert_not_null(strstr(failure.message, said), "%s", failure.message);
        destroy(&s);
    }
}
