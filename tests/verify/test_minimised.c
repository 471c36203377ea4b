/* test_minimised.c - lbfgs and cg verified: all operations compared, faults blamed, the bits of training. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "data/readers/npy.h"
#include "faults.h"
#include "networks.h"
#include "verify/reference/equations.h"

static const char *const subjects[TEST_SUBJECT_COUNT] = TEST_SUBJECTS;
static const size_t hidden[] = {9, 6};
enum { L = 4, STEPS = 5 };

typedef struct setting {
    clmlp_device *device;
    clmlp_dataset *data;
    clmlp_model *model;
    clmlp_verify_config config;
    clmlp_verify_result result;
} setting;

static setting create(const char *spec, clmlp_precision precision, clmlp_minimiser minimiser)
{
    setting s = {.device = open_device(spec, precision, 0), .data = cloud_data(50, 7, 3, 5)};
    s.model = model_for(s.data, hidden, 2, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 2);
    s.config = clmlp_verify_config_default();
    s.result.size = sizeof s.result;
    s.config.batch = 0;
    s.config.lambda = 0.5;
    s.config.steps = STEPS;
    s.config.minimiser = minimiser;
    return s;
}

static void destroy(setting *s)
{
    clmlp_free(s->result.findings);
    clmlp_model_destroy(s->model);
    clmlp_dataset_destroy(s->data);
    clmlp_device_close(s->device);
}

static void assert_passed(const setting *s, const char *what)
{
    char text[512] = "";
    if (s->result.first_failure != NULL) (void)clmlp_finding_text(s->result.first_failure, text, sizeof text);
    cr_assert(s->result.passed, "%s: %s", what, text);
    cr_assert_eq(s->result.steps, (size_t)STEPS, "%s", what);
}

static size_t count_of(const setting *s, clmlp_quantity quantity)
{
    size_t count = 0;
    for (size_t i = 0; i < s->result.count; i++) count += s->result.findings[i].quantity == quantity;
    return count;
}

/* Each point has four dot products and one cost; from the second iteration on lbfgs has two loops more. */
static void expect_everything(const setting *s, const char *what)
{
    const size_t points = count_of(s, CLMLP_QUANTITY_COST), layers = L - 1;
    const size_t loops = s->config.minimiser == CLMLP_LBFGS ? 2 * (1 + 2 + 3 + 4) : 0;
    cr_expect_gt(points, (size_t)STEPS, "%s", what);
    cr_expect_eq(count_of(s, CLMLP_QUANTITY_Z), layers * points, "%s", what);
    cr_expect_eq(count_of(s, CLMLP_QUANTITY_GRADIENT), layers * points, "%s", what);
    cr_expect_geq(count_of(s, CLMLP_QUANTITY_THETA), layers * points, "%s", what); /* and theta that was sent */
    cr_expect_geq(count_of(s, CLMLP_QUANTITY_DOT), 4 * points + loops, "%s", what);
    cr_expect_geq(count_of(s, CLMLP_QUANTITY_DIRECTION), layers * (STEPS + loops / 2 * 3), "%s", what);
    cr_expect_geq(count_of(s, CLMLP_QUANTITY_VECTOR), layers * 2 * (STEPS + 1), "%s", what); /* base and gradient */
}

Test(minimised, passes_on_every_backend_and_looks_at_every_operation)
{
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        for (int way = 0; way < 4; way++) {
            char what[128];
            const clmlp_precision precision = way / 2 == 0 ? CLMLP_F32 : CLMLP_F64;
            setting s = create(subjects[i], precision, way % 2 == 0 ? CLMLP_LBFGS : CLMLP_CG);
            (void)snprintf(what, sizeof what, "%s, %s, %s", subjects[i], clmlp_precision_name(precision),
                           clmlp_minimiser_name(s.config.minimiser));
            OK(clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, error));
            assert_passed(&s, what);
            expect_everything(&s, what);
            destroy(&s);
        }
    }
}

/* A pair that is overwritten, weights of the examples. */
Test(minimised, passes_with_few_pairs_and_weights)
{
    setting s = create("opencl+native", CLMLP_F32, CLMLP_LBFGS);
    double weights[50];
    for (size_t i = 0; i < 50; i++) weights[i] = 0.25 * (double)(i % 7);
    OK(clmlp_dataset_set_weights(s.data, weights, error));
    s.config.lbfgs_pairs = 2;
    OK(clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, error));
    assert_passed(&s, "2 pairs");
    cr_assert_gt(count_of(&s, CLMLP_QUANTITY_W), 0);
    destroy(&s);
}

Test(minimised, blames_what_is_wrong_with_a_vector)
{
    static const struct {
        const char *name, *engine, *from, *to, *kernel;
        clmlp_quantity quantity;
        size_t step;
        clmlp_minimiser minimiser;
    } faults[] = {
        /* the last of `native` is padding here */
        {"last", "opencl+clblast", "q < to; q += SCORE_GROUP", "q + 1 < to; q += SCORE_GROUP", "dot_parts",
         CLMLP_QUANTITY_DOT, 1, CLMLP_CG},
        {"part", "opencl+clblast", "i < count; i += SCORE_GROUP", "i + 1 < count; i += SCORE_GROUP", "add_parts",
         CLMLP_QUANTITY_DOT, 1, CLMLP_LBFGS},
        {"sign", "opencl+native", "if (y) value += b_y;", "if (y) value -= b_y;", "combine", CLMLP_QUANTITY_THETA, 1,
         CLMLP_CG},
        {"sum", "opencl+native", "given * (sums_of", "given * (REAL)1.0001 * (sums_of", "combine",
         CLMLP_QUANTITY_DIRECTION, 2, CLMLP_LBFGS},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "minimised-%s", faults[i].name);
        plant_fault(name, "plain/vectors.cl", faults[i].from, faults[i].to);
        setting s = create(faults[i].engine, CLMLP_F32, faults[i].minimiser);
        OK(clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, error));
        const clmlp_finding *const f = s.result.first_failure;
        cr_assert_not(s.result.passed, "%s", name);
        cr_assert_not_null(f, "%s", name);
        cr_expect_eq(f->quantity, faults[i].quantity, "%s: %s", name, clmlp_quantity_name(f->quantity));
        cr_expect_eq(f->step, faults[i].step, "%s: step %zu", name, f->step);
        cr_expect_not_null(strstr(f->kernel, faults[i].kernel), "%s: %s", name, f->kernel);
        destroy(&s);
    }
}

/* --- an iteration in a file -------------------------------------------------------------------------------------- */

/* Saved where it was wrong, wrong there again, and right elsewhere. */
Test(minimised, saves_an_iteration_that_can_be_done_again)
{
    for (int way = 0; way < 2; way++) {
        setting s = create("cpu", CLMLP_F32, way == 0 ? CLMLP_LBFGS : CLMLP_CG);
        clmlp_device *const cpu = s.device;
        clmlp_replay_result *there = NULL, *here = NULL;
        const char *const path = way == 0 ? TEST_SCRATCH_DIR "/minimised-lbfgs.safetensors"
                                          : TEST_SCRATCH_DIR "/minimised-cg.safetensors";
        plant_fault("minimised-sign", "plain/vectors.cl", "if (y) value += b_y;", "if (y) value -= b_y;");
        s.device = open_device("opencl+clblast", CLMLP_F32, 0);
        s.config.bundle = path;
        OK(clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, error));
        cr_assert(s.result.bundle_written);
        OK(clmlp_verify_replay(path, s.device, &there, error));
        OK(clmlp_verify_replay(path, cpu, &here, error));
        const clmlp_verify_result *const wrong = clmlp_replay_result_here(there), *const good =
                                                                             clmlp_replay_result_here(here);
        cr_assert_not(wrong->passed);
        cr_assert_eq(wrong->first_failure->quantity, CLMLP_QUANTITY_THETA);
        cr_assert_str_eq(wrong->first_failure->kernel, "combine");
        cr_assert(good->passed && clmlp_replay_result_reference_finite(here));
        size_t points = 0, dots = 0;
        for (size_t i = 0; i < good->count; i++) {
            points += good->findings[i].quantity == CLMLP_QUANTITY_COST;
            dots += good->findings[i].quantity == CLMLP_QUANTITY_DOT;
        }
        cr_assert_eq(points, 2); /* where it began, and where it ended */
        cr_assert_geq(dots, (size_t)10);
        clmlp_replay_result_destroy(there);
        clmlp_replay_result_destroy(here);
        clmlp_device_close(cpu);
        destroy(&s);
    }
}

/* --- the bits are training's ------------------------------------------------------------------------------------- */

static void load(const char *name, size_t step, size_t l, const char *quantity, size_t rows, size_t columns,
                 double *values)
{
    char path[1024];
    (void)snprintf(path, sizeof path, TEST_SCRATCH_DIR "/%s/%04zu-%zu-%s.device.npy", name, step, l, quantity);
    OK(clmlp_npy_load(path, rows, columns, values, error));
}

/* theta = before + length direction, two roundings off; the last theta is what training ends with, to the bit. */
static void check_dump(const setting *s, const char *name)
{
    enum { MOST = 9 * 8 };
    double theta[MOST], before[MOST], direction[MOST], length = 0.0;
    for (size_t step = 1; step <= STEPS; step++) {
        load(name, step, 0, "length", 1, 1, &length);
        cr_assert_gt(length, 0.0);
        for (size_t l = 1; l < L; l++) {
            const size_t rows = clmlp_model_units(s->model, l + 1), columns = clmlp_model_units(s->model, l) + 1;
            load(name, step, l, "theta", rows, columns, theta);
            load(name, step, l, "before", rows, columns, before);
            load(name, step, l, "direction", rows, columns, direction);
            for (size_t i = 0; i < rows * columns; i++) {
                const double move = length * direction[i], right = before[i] + move;
                cr_assert_leq(fabs(theta[i] - right), 0x1p-22 * (fabs(move) + fabs(right)) + 1e-30);
                if (step < STEPS) continue;
                cr_assert_eq(theta[i], clmlp_model_theta(s->model, l)[i], "%s: layer %zu, element %zu", name, l, i);
            }
        }
    }
}

Test(minimised, dumps_iterations_that_are_those_of_training)
{
    static const char *const engines[] = {"cpu", "opencl+native"};
    for (int way = 0; way < 2; way++) { /* files are flushed, which takes its time */
        char name[64], folder[512];
        setting s = create(engines[way], CLMLP_F32, way == 0 ? CLMLP_LBFGS : CLMLP_CG);
        clmlp_train_config config = clmlp_train_config_default();
        clmlp_train_result trained = {.size = sizeof trained};
        clmlp_error refusal = {.message = ""};
        (void)snprintf(name, sizeof name, "minimised-%d", way);
        (void)snprintf(folder, sizeof folder, TEST_SCRATCH_DIR "/%s", name);
        s.config.dump = folder;
        OK(clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, error));
        assert_passed(&s, name);
        config.batch = 0;
        config.lambda = s.config.lambda;
        config.epochs = STEPS;
        config.minimiser = s.config.minimiser;
        OK(clmlp_train(s.model, s.device, s.data, NULL, &config, &trained, error));
        check_dump(&s, name);
        clmlp_verify_result result = {.size = sizeof result};
        s.config.minimiser = CLMLP_NO_MINIMISER;
        cr_assert_eq(clmlp_verify_against(s.model, s.device, s.data, folder, &s.config, &result, &refusal),
                     CLMLP_BAD_INPUT);
        cr_assert_not_null(strstr(refusal.message, "iterations of lbfgs or cg"), "%s", refusal.message);
        clmlp_free(result.findings);
        destroy(&s);
    }
}

/* --- the same bits twice ----------------------------------------------------------------------------------------- */

static const clmlp_backend_ops *right;
static size_t calls, wrong_call;

/* The last bit of one number differs, once. */
static clmlp_status shaky_combine(clmlp_backend *backend, const clmlp_combine_args *args, clmlp_error *error)
{
    float values[9 * 8];
    TRY(right->combine(backend, args, error));
    if (++calls != wrong_call) return CLMLP_OK;
    TRY(right->tensor_read(backend, args->result, 0, args->result->rows, values, error));
    values[0] = nextafterf(values[0], 1.0f);
    return right->tensor_write(backend, args->result, 0, args->result->rows, values, error);
}

Test(minimised, runs_have_the_same_bits_and_one_that_has_others_is_found)
{
    for (int way = 0; way < 4; way++) {
        clmlp_determinism_result result = {.size = sizeof result};
        setting s = create("cpu", CLMLP_F32, way % 2 == 0 ? CLMLP_LBFGS : CLMLP_CG);
        clmlp_backend_ops ops = *s.device->backend->ops;
        right = s.device->backend->ops;
        ops.combine = shaky_combine;
        s.device->backend->ops = &ops;
        calls = 0;
        wrong_call = way / 2 == 0 ? SIZE_MAX : 127; /* of those whose last bit lasts: most are rounded away */
        OK(clmlp_verify_determinism(s.model, s.device, s.data, &s.config, 3, &result, error));
        cr_assert_gt(calls, (size_t)127);
        cr_assert_eq(result.identical, way / 2 == 0);
        if (way / 2 == 0) cr_assert_eq(result.steps, (size_t)STEPS);
        s.device->backend->ops = right;
        destroy(&s);
    }
}

/* --- what is refused, and how it ends ---------------------------------------------------------------------------- */

Test(minimised, refuses_what_it_does_not_have_by_name)
{
    static const double p[] = {0.5};
    static const char *const words[] = {"--free-run", "--against", "--batch", "--dropout", "--clip-norm",
                                        "--schedule", "--optimizer", "--input-scale-rate", "pairs"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        clmlp_error refusal = {.message = ""};
        setting s = create("cpu", CLMLP_F32, CLMLP_LBFGS);
        if (i == 0) s.config.free_run = true;
        if (i == 2) s.config.batch = 7;
        if (i == 3) s.config.dropout = p, s.config.dropout_count = 1;
        if (i == 4) s.config.clip_norm = 1.0;
        if (i == 5) s.config.schedule.kind = CLMLP_SCHEDULE_COSINE;
        if (i == 6) s.config.optimizer = CLMLP_ADAM;
        if (i == 7) s.config.input_scale_rate = 1.0;
        if (i == 8) s.config.lbfgs_pairs = 1000;
        cr_assert_eq(i == 1 ? clmlp_verify_against(s.model, s.device, s.data, "/", &s.config, &s.result, &refusal)
                            : clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, &refusal),
                     CLMLP_BAD_ARGUMENT);
        cr_assert_not_null(strstr(refusal.message, words[i]), "%s: %s", words[i], refusal.message);
        cr_assert_not(s.result.passed);
        destroy(&s);
    }
}

/* A cost that is not finite is no verdict. */
Test(minimised, a_cost_that_is_not_finite_is_no_pass)
{
    for (int way = 0; way < 2; way++) { /* the square of a number, or only that of theta, is beyond all numbers */
        setting s = create("cpu", CLMLP_F64, CLMLP_CG);
        clmlp_error refusal = {.message = ""};
        clmlp_model_destroy(s.model);
        clmlp_dataset_destroy(s.data);
        const clmlp_output output = way == 0 ? CLMLP_OUTPUT_LINEAR : CLMLP_OUTPUT_SOFTMAX;
        s.data = random_data(50, 7, 3, output, 5);
        s.model = model_for(s.data, hidden, 2, CLMLP_TANH, output, 2);
        for (size_t i = 0; i < clmlp_model_parameters(s.model); i++) clmlp_model_theta(s.model, 1)[i] *= 1e300;
        cr_assert_eq(clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, &refusal), CLMLP_DIVERGED, "%s",
                     refusal.message);
        cr_assert_not_null(strstr(refusal.message, way == 0 ? "cost is not finite" : "not finite"), "%s",
                           refusal.message);
        cr_assert_not(s.result.passed);
        destroy(&s);
    }
}

/* A minimum of a network without hidden layers is reached long before. */
Test(minimised, ends_with_the_minimiser)
{
    setting s = create("cpu", CLMLP_F64, CLMLP_LBFGS);
    clmlp_model_destroy(s.model);
    s.model = model_for(s.data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 2);
    s.config.lambda = 50.0;
    s.config.steps = 500;
    OK(clmlp_verify(s.model, s.device, s.data, &s.config, &s.result, error));
    cr_assert(s.result.passed);
    cr_assert_lt(s.result.steps, (size_t)200);
    destroy(&s);
}

/* --- the bounds -------------------------------------------------------------------------------------------------- */

/* Sums in float, one after the other and with what rounding took, and those in double that are exact: terms of both
 * signs and of many sizes. */
Test(minimised, dot_and_combine_of_floats_are_within_their_bounds)
{
    enum { COUNT = 1000 };
    static double x[COUNT], y[COUNT], value[COUNT], bound[COUNT];
    const clmlp_arithmetic arithmetic = clmlp_arithmetic_of(CLMLP_F32);
    double worst_dot = 0.0, worst_sum = 0.0;
    for (unsigned seed = 1; seed <= 200; seed++) {
        clmlp_reference_dot dot = {.layers = 0};
        float sum = 0.0f, lost = 0.0f;
        long double exact = 0.0L;
        srand(seed);
        for (size_t i = 0; i < COUNT; i++) {
            x[i] = (double)(float)(ldexp((double)rand() / RAND_MAX - 0.5, rand() % 20));
            y[i] = (double)(float)((double)rand() / RAND_MAX - 0.5);
            const float term = (float)x[i] * (float)y[i], next = sum + term, part = next - sum;
            lost += (sum - (next - part)) + (term - part);
            sum = next;
            exact += (long double)x[i] * (long double)y[i];
        }
        clmlp_reference_add_product(&dot, 1, COUNT, true, x, y);
        const clmlp_cost expected = clmlp_reference_dot_of(&arithmetic, &dot);
        const double off = fabs((double)sum + (double)lost - expected.value) / expected.bound;
        cr_assert_leq(off, 1.0);
        cr_assert_leq(fabs((double)(exact - (long double)expected.value)), 1e-12 * expected.bound / arithmetic.u);
        if (off > worst_dot) worst_dot = off;
        const double numbers[2] = {(double)rand() / RAND_MAX, (double)sum};
        const clmlp_reference_factor a = clmlp_reference_scalar(&arithmetic, numbers[0], &numbers[1]);
        const clmlp_reference_factor b = clmlp_reference_scalar(&arithmetic, 1.0, NULL);
        const float factor = (float)numbers[0] * (float)numbers[1];
        clmlp_reference_combine(&arithmetic, COUNT, a, x, b, y, (clmlp_pair){value, bound});
        for (size_t i = 0; i < COUNT; i++) {
            const float found = factor * (float)x[i] + (float)y[i];
            const double part = fabs((double)found - value[i]) / bound[i];
            cr_assert_leq(part, 1.0);
            if (part > worst_sum) worst_sum = part;
        }
    }
    /* they are no excuse either */
    cr_assert_gt(worst_dot, 0.01);
    cr_assert_gt(worst_sum, 0.3);
}
