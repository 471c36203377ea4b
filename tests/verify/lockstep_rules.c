/* lockstep_rules.c - lock-step with every update rule, clipping and schedule, right and wrong. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "faults.h"
#include "lockstep.h"

/* Bounds are no wider than they have to be: real errors of state and theta come near them. */
static void assert_sharp(const setting *s, const char *what)
{
    static const clmlp_quantity quantities[] = {CLMLP_QUANTITY_THETA, CLMLP_QUANTITY_STATE, CLMLP_QUANTITY_STATE2};
    double largest[CLMLP_QUANTITY_COUNT] = {0.0};
    for (size_t f = 0; f < s->result.count; f++) {
        const clmlp_finding *finding = &s->result.findings[f];
        if (strcmp(finding->equation, "steps") == 0) continue; /* equal to the bit */
        largest[finding->quantity] = fmax(largest[finding->quantity], finding->max_of_bound);
    }
    for (size_t q = 0; q <= clmlp_optimizer_states(s->config.optimizer); q++) {
        const double found = largest[quantities[q]];
        cr_assert(found >= 0.1 && found <= 1.0, "%s: %s: %g", what, clmlp_quantity_name(quantities[q]), found);
    }
}

/* Every rule, in lock-step and freely: a reader of the list is a test of its rows. Each theta(l) and the bias have
 * rates of their own. */
Test(lockstep, passes_with_every_update_rule)
{
    static const double rates[] = {1.0, 0.5, 2.0};
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        for (int rule = 0; rule < CLMLP_OPTIMIZER_COUNT; rule++) {
            for (int free_run = 0; free_run <= 1; free_run++) {
                char what[128];
                setting s = create(subjects[i], 0);
                s.config.optimizer = (clmlp_optimizer)rule;
                (void)snprintf(what, sizeof what, "%s, %s, %s", subjects[i], clmlp_optimizer_name(s.config.optimizer),
                               free_run ? "free run" : "lock-step");
                s.config.free_run = free_run != 0;
                s.config.rate = 0.1;
                s.config.layer_rates = rates;
                s.config.bias_rate = 0.3;
                s.config.steps = 6;
                run(&s);
                assert_passed(&s, what);
                if (!free_run) assert_sharp(&s, what);
                destroy(&s);
            }
        }
    }
}

/* Clipped always, now and then, and never; in lock-step and freely. The norms of these gradients are between 0.1 and 1.
 */
Test(lockstep, passes_with_clipped_gradients)
{
    const double limits[] = {1e-3, 0.35, 100.0};
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        for (int c = 0; c < 6; c++) {
            char what[128];
            setting s = create(subjects[i], 0);
            size_t clipped = 0;
            s.config.clip_norm = limits[c / 2];
            s.config.free_run = c % 2 == 1;
            s.config.steps = 6;
            (void)snprintf(what, sizeof what, "%s, %g, %s", subjects[i], limits[c / 2], c % 2 ? "free" : "lock-step");
            run(&s);
            assert_passed(&s, what);
            for (size_t f = 0; f < s.result.count; f++) {
                clipped += s.result.findings[f].quantity == CLMLP_QUANTITY_CLIPPED;
                if (!s.config.free_run || s.result.findings[f].quantity != CLMLP_QUANTITY_CLIPPED ||
                    s.result.findings[f].step > 1) {
                    continue;
                }
                cr_assert_lt(s.result.findings[f].bound_of_value, 0.01, "%s", what);
            }
            cr_assert_eq(clipped, 3 * s.config.steps, "%s", what);
            destroy(&s);
        }
    }
}

/* A norm that is 1e-4 off, and a factor that is not applied. */
Test(lockstep, blames_a_wrong_clipping_on_clip)
{
    static const char *const engines[] = {"opencl+native", "opencl+clblast"};
    static const char *const faults[][2] = {{"sqrt(square) + margin", "(REAL)1.0001 * sqrt(square) + margin"},
                                            {"REAL value = b_y;", "REAL value = y[at];"}};
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        plant_fault(f == 0 ? "lockstep-norm" : "lockstep-factor", "plain/vectors.cl", faults[f][0], faults[f][1]);
        for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
            setting s = create(engines[i], 0);
            s.config.clip_norm = 0.01;
            run(&s);
            cr_assert_not_null(s.result.first_failure, "%s", engines[i]);
            cr_assert_eq(s.result.first_failure->quantity, CLMLP_QUANTITY_CLIPPED, "%s", engines[i]);
            cr_assert_eq(s.result.first_failure->step, 1, "%s", engines[i]);
            cr_assert_str_eq(s.result.first_failure->equation, "clip");
            destroy(&s);
        }
    }
}

/* The reference takes the rate of the step, or theta would be off by far more than its bound. */
Test(lockstep, passes_with_every_schedule)
{
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        for (int kind = 0; kind < CLMLP_SCHEDULE_COUNT; kind++) {
            char what[128];
            setting s = create(subjects[i], 0);
            s.config.schedule = (clmlp_rate_schedule){.kind = (clmlp_schedule)kind, .warmup = {2, 0.0}};
            (void)snprintf(what, sizeof what, "%s, %s", subjects[i], clmlp_schedule_name(s.config.schedule.kind));
            s.config.optimizer = kind % 2 == 0 ? CLMLP_SGD : CLMLP_MOMENTUM;
            s.config.free_run = kind / 2 % 2 == 0;
            s.config.rate = 0.1;
            s.config.steps = 6;
            s.config.schedule_steps = kind / 4 % 2 == 0 ? 0 : 50;
            run(&s);
            assert_passed(&s, what);
            destroy(&s);
        }
    }
}

/* A velocity that is 1e-4 off, in the one place where the formula stands for all kernels. It begins as 0. */
Test(lockstep, blames_a_wrong_velocity_on_the_update)
{
    static const char *const engines[] = {"opencl+native", "opencl+clblast"};
    plant_fault("lockstep-velocity", "common/update.h", "NUMBER(MOMENTUM) * state[0] + slope",
                "NUMBER(MOMENTUM) * (VALUE)((REAL)1.0001) * state[0] + slope");
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        setting s = create(engines[i], 0);
        s.config.optimizer = CLMLP_MOMENTUM;
        s.config.steps = 4;
        run(&s);
        cr_assert_not_null(s.result.first_failure, "%s", engines[i]);
        cr_assert_eq(s.result.first_failure->quantity, CLMLP_QUANTITY_STATE, "%s", engines[i]);
        cr_assert_eq(s.result.first_failure->step, 2, "%s", engines[i]);
        cr_assert_str_eq(s.result.first_failure->equation, "update");
        destroy(&s);
    }
}

/* Faults of single rules: in their formulas, and in what is stored. */
Test(lockstep, finds_what_is_wrong_with_an_update_rule)
{
    static const struct {
        const char *name, *engine, *file, *from, *to;
        clmlp_optimizer optimizer;
        clmlp_quantity quantity;
        size_t step;
    } faults[] = {
        {"state-not-stored", "opencl+native", "native_cpu/descend.cl",
         "UNROLL for (int k = 0; k < UPDATE_STATES; k++) STOREV(values[k], 0, state.of[k] + at);", "", CLMLP_MOMENTUM,
         CLMLP_QUANTITY_STATE, 1},
        {"betas-swapped", "opencl+clblast", "common/update.h", "NUMBER(BETA1) * state[0] + NUMBER(NEW1) * slope",
         "NUMBER(BETA2) * state[0] + NUMBER(NEW2) * slope", CLMLP_ADAM, CLMLP_QUANTITY_STATE, 1},
        {"second-state", "opencl+clblast", "common/update.h", "NUMBER(BETA2) * state[1]", "NUMBER(BETA1) * state[1]",
         CLMLP_ADAM, CLMLP_QUANTITY_STATE2, 2},
        {"no-correction", "opencl+clblast", "common/update.h", "sqrt(state[1]) * NUMBER(CORRECTION)", "sqrt(state[1])",
         CLMLP_ADAM, CLMLP_QUANTITY_THETA, 1},
        {"bias-decayed", "opencl+clblast", "common/update.h", "bias ? theta : theta * NUMBER(KEPT)",
         "theta * NUMBER(KEPT)", CLMLP_ADAMW, CLMLP_QUANTITY_THETA, 2}, /* the bias is 0 at first */
        {"no-look-ahead", "opencl+clblast", "common/update.h", "return theta - RATE * ahead;",
         "return theta - RATE * state[0];", CLMLP_NESTEROV, CLMLP_QUANTITY_THETA, 1},
        {"bias-rate", "opencl+clblast", "plain/descent.cl", "values, &numbers, bias);", "values, &numbers, false);",
         CLMLP_SGD, CLMLP_QUANTITY_THETA, 1},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "lockstep-%s", faults[i].name);
        cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
        plant_fault(name, faults[i].file, faults[i].from, faults[i].to);
        setting s = create(faults[i].engine, 0);
        s.config.optimizer = faults[i].optimizer;
        s.config.rate = 0.1;
        s.config.weight_decay = 0.5;
        s.config.bias_rate = 0.5;
        s.config.steps = 4;
        run(&s);
        cr_assert_not_null(s.result.first_failure, "%s", faults[i].name);
        cr_assert_eq(s.result.first_failure->quantity, faults[i].quantity, "%s: %s", faults[i].name,
                     clmlp_quantity_name(s.result.first_failure->quantity));
        cr_assert_eq(s.result.first_failure->step, faults[i].step, "%s: step %zu", faults[i].name,
                     s.result.first_failure->step);
        destroy(&s);
    }
}
