/* test_step_checker.c - the step checker: right passes, bounds are not too wide. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "verify/step/step_checker.h"

enum { STEPS = 2 };

/* What the step checker found over many cases. */
typedef struct tally {
    const random_case *c;
    double largest[CLMLP_QUANTITY_COUNT]; /* of the bound */
    size_t tensors;
    bool free_run;
} tally;

static bool small(void)
{
    return getenv("CLMLP_TEST_SMALL") != NULL;
}

static clmlp_status look(const clmlp_checked_tensor *checked, void *context, clmlp_error *error)
{
    tally *t = context;
    char text[512], c[256];
    (void)error;
    cr_assert_eq(checked->finding.failed, 0, "%s%s: %s", case_text(t->c, c), t->free_run ? ", free run" : "",
                 clmlp_finding_text(&checked->finding, text, sizeof text));
    double *largest = &t->largest[checked->finding.quantity];
    if (checked->finding.max_of_bound > *largest) *largest = checked->finding.max_of_bound;
    t->tensors++;
    return CLMLP_OK;
}

enum { FINDINGS = 128 };

typedef struct findings {
    clmlp_finding of[FINDINGS];
    size_t count;
} findings;

static clmlp_status keep(const clmlp_checked_tensor *checked, void *context, clmlp_error *error)
{
    findings *f = context;
    (void)error;
    cr_assert_lt(f->count, (size_t)FINDINGS);
    f->of[f->count++] = checked->finding;
    return CLMLP_OK;
}

static bool same_number(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static bool same_finding(const clmlp_finding *a, const clmlp_finding *b)
{
    return a->step == b->step && a->layer == b->layer && a->quantity == b->quantity && a->rows == b->rows &&
           a->columns == b->columns && a->failed == b->failed && a->worst == b->worst &&
           strcmp(a->equation, b->equation) == 0 && strcmp(a->kernel, b->kernel) == 0 &&
           same_number(a->max_abs, b->max_abs) && same_number(a->max_ulp, b->max_ulp) &&
           same_number(a->max_of_bound, b->max_of_bound) && same_number(a->found, b->found) &&
           same_number(a->expected, b->expected) && same_number(a->bound, b->bound);
}

/* Where nobody looks at elements, gradient and theta are judged in one pass: the same findings, to the bit. */
static void check_both_ways(clmlp_step_checker *checker, const random_case *c, const clmlp_step_record *step,
                            size_t number)
{
    static findings whole, rows;
    char text[256];
    whole.count = rows.count = 0;
    OK(clmlp_step_checker_check(checker, step, number, keep, &whole, error));
    clmlp_step_checker_keep_elements(checker, false);
    OK(clmlp_step_checker_check(checker, step, number, keep, &rows, error));
    clmlp_step_checker_keep_elements(checker, true);
    cr_assert_eq(whole.count, rows.count, "%s", case_text(c, text));
    for (size_t i = 0; i < whole.count; i++) {
        cr_assert(same_finding(&whole.of[i], &rows.of[i]), "%s: %s(%zu): %.17g of the bound, and %.17g",
                  case_text(c, text), clmlp_quantity_name(whole.of[i].quantity), whole.of[i].layer,
                  whole.of[i].max_of_bound, rows.of[i].max_of_bound);
    }
}

/* Two steps of a case, in lock-step with all tensors and with those that training keeps, and in a free run. */
static void check_case(clmlp_device *device, const random_case *c, tally *t)
{
    clmlp_backend *backend = device->backend;
    clmlp_model *model = case_model(c);
    clmlp_stepper *stepper = NULL;
    clmlp_step_record *step = NULL;
    clmlp_step_checker *checker = NULL, *follower = NULL;
    const bool kept = c->seed % 3 != 0;
    t->c = c;
    OK(clmlp_stepper_create(&stepper, backend, model, c->M, error));
    OK(clmlp_step_record_create(&step, model, c->M, backend->precision, kept, error));
    OK(clmlp_step_checker_create(&checker, model, c->M, backend->precision, backend, error));
    OK(clmlp_step_checker_create(&follower, model, c->M, backend->precision, backend, error));
    OK(clmlp_step_checker_begin(follower, model, error));
    for (size_t number = 1; number <= STEPS; number++) {
        case_inputs(c, number, model, step);
        OK(clmlp_stepper_run(stepper, step, number == 1, error));
        t->free_run = false;
        OK(clmlp_step_checker_check(checker, step, number, look, t, error));
        check_both_ways(checker, c, step, number);
        tally own = {.c = c, .free_run = true};
        OK(clmlp_step_checker_follow(follower, step, number, look, &own, error));
        for (size_t l = 1; l < c->L; l++) {
            memcpy(step->theta[l - 1], step->after[l - 1], c->s[l] * (c->s[l - 1] + 1) * sizeof(double));
        }
    }
    clmlp_step_checker_destroy(follower);
    clmlp_step_checker_destroy(checker);
    clmlp_step_record_destroy(step);
    clmlp_stepper_destroy(stepper);
    clmlp_model_destroy(model);
}

static void check_cases(const char *spec, clmlp_precision precision, uint64_t first, size_t count)
{
    clmlp_device *device = open_device(spec, precision, 0);
    tally t = {.c = NULL};
    const char *more = getenv("CLMLP_TEST_CASES"); /* how many instead, for a long search */
    if (small()) count = count / 12 + 1;
    if (more != NULL) count = (size_t)strtoul(more, NULL, 10);
    for (uint64_t seed = first; seed < first + count; seed++) {
        const random_case c = case_of(seed, small());
        check_case(device, &c, &t);
    }
    cr_assert_gt(t.tensors, count * STEPS * 4);
    clmlp_device_close(device);
}

Test(step_checker, passes_every_case_of_the_cpu_path_in_float)
{
    check_cases("cpu", CLMLP_F32, 1000, 160);
}

Test(step_checker, passes_every_case_of_the_cpu_path_in_double)
{
    check_cases("cpu", CLMLP_F64, 2000, 100);
}

Test(step_checker, passes_every_case_of_native_in_float)
{
    check_cases("opencl+native", CLMLP_F32, 3000, 160);
}

Test(step_checker, passes_every_case_of_native_in_double)
{
    check_cases("opencl+native", CLMLP_F64, 4000, 100);
}

Test(step_checker, passes_every_case_of_clblast_in_float)
{
    check_cases("opencl+clblast", CLMLP_F32, 5000, 80);
}

Test(step_checker, passes_every_case_of_clblast_in_double)
{
    check_cases("opencl+clblast", CLMLP_F64, 6000, 50);
}
