/* test_faults.c - every injected fault is found in its step, layer and equation.
 *
 * The faults of inject.h, in both precisions, wherever they make sense; nothing else is blamed. Without a fault
 * everything passes.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "fault_networks.h"
#include "fault_table.h"
#include "inject.h"

static const char *const kinds[] = {"nan",  "inf",     "flip",           "scale:1+1e-4", "rate:1+1e-4",
                                    "skip", "stale",   "late",           "transpose",    "tail",
                                    "edge", "no_bias", "lambda_on_bias", "no_mean"};
static const char *const quantities[] = {"z", "a", "cost", "delta", "gradient", "theta"};
static const char *const equations[] = {"forward", "output_delta", "hidden_delta", "gradient", "update"};

/* With weights of the examples. */
static const struct {
    const char *kind, *where;
} of_weights[] = {{"no_weight", "delta"}, {"flip", "delta"}, {"flip", "cost"}, {"nan", "delta"}};

/* Where it goes, and whom it is to be blamed on. */
typedef struct plan {
    char spec[64];
    const char *equation;
    size_t layer, step;
} plan;

static const char *equation_of(const char *where, size_t layer, size_t L)
{
    const bool last = layer == L;
    if (strcmp(where, "z") == 0 || strcmp(where, "a") == 0) return last ? "output_delta" : "forward";
    if (strcmp(where, "delta") == 0) return last ? "output_delta" : "hidden_delta";
    if (strcmp(where, "cost") == 0) return "output_delta";
    return strcmp(where, "theta") == 0 ? "update" : where;
}

/* Whether an equation or a quantity has that layer. */
static bool exists(const char *where, size_t layer, size_t L)
{
    if (strcmp(where, "gradient") == 0 || strcmp(where, "theta") == 0 || strcmp(where, "update") == 0) return layer < L;
    if (strcmp(where, "cost") == 0 || strcmp(where, "output_delta") == 0) return layer == L;
    if (strcmp(where, "forward") == 0 || strcmp(where, "hidden_delta") == 0) return layer >= 2 && layer < L;
    return layer >= 2;
}

static bool blamed_right(const clmlp_verify_result *result, const plan *p)
{
    const clmlp_finding *first = result->first_failure;
    if (first == NULL || first->step != p->step) return false;
    for (size_t i = 0; i < result->count; i++) {
        const clmlp_finding *f = &result->findings[i];
        if (f->failed > 0 && (strcmp(f->equation, p->equation) != 0 || f->layer != p->layer)) return false;
    }
    return true;
}

/* What was wrong with the verdict, with everything that was found. */
static void complain(const plan *p, const char *what, const clmlp_verify_result *result, double excess,
                     const char *note)
{
    char text[1024] = "";
    size_t length = 0;
    for (size_t i = 0; i < result->count && length + 128 < sizeof text; i++) {
        const clmlp_finding *f = &result->findings[i];
        if (f->failed == 0) continue;
        length += (size_t)snprintf(
            text + length, sizeof text - length, "\n  step %zu, %s(%zu), %s: %g instead of %g +- %g", f->step,
            clmlp_quantity_name(f->quantity), f->layer, f->equation, f->found, f->expected, f->bound);
    }
    cr_expect(false, "%s: %s; %.3g bounds; %s; found:%s", p->spec, what, excess, note, text);
}

static void plant(clmlp_device *device, const fault_setup *s, const plan *p, fault_table *table)
{
    clmlp_verify_result result = {.size = sizeof result};
    clmlp_error error = {.message = ""};
    char name[32];
    if (!inject_device(device, p->spec, &error)) return; /* makes no sense there */
    const clmlp_status status = clmlp_verify(s->model, device, s->data, &s->config, &result, &error);
    const double excess = inject_excess(device);
    if (status == CLMLP_OK) {
        const bool caught = !result.passed, right = blamed_right(&result, p);
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(p->spec, ":"), p->spec);
        cr_expect(inject_hit(device), "%s was not reached", p->spec);
        fault_table_add(table, name, excess, caught, right);
        if (!(excess > 1.0)) complain(p, "proves nothing: within the bounds", &result, excess, inject_note(device));
        if (excess > 1.0 && !caught) complain(p, "not caught", &result, excess, inject_note(device));
        if (caught && !right) complain(p, "blamed wrongly", &result, excess, inject_note(device));
    } else {
        cr_expect_not_null(strstr(error.message, "makes no sense"), "%s: %s", p->spec, error.message);
    }
    clmlp_free(result.findings);
    inject_nothing(device);
}

static void plant_everywhere(clmlp_device *device, const fault_setup *s, const char *kind, const char *where,
                             fault_table *table)
{
    /* the first step has no step before it; the fourth is a smaller batch */
    const size_t steps[] = {2, 1, FAULT_STEPS};
    const size_t count = strcmp(kind, "nan") == 0 || strcmp(kind, "flip") == 0 ? 3 : 1;
    for (size_t layer = 1; layer <= s->L; layer++) {
        if (!exists(where, layer, s->L)) continue;
        for (size_t i = 0; i < count; i++) {
            plan p = {.equation = equation_of(where, layer, s->L), .layer = layer, .step = steps[i]};
            (void)snprintf(p.spec, sizeof p.spec, "%s:%s:%zu@%zu", kind, where, layer, steps[i]);
            plant(device, s, &p, table);
        }
    }
}

static void check_clean(clmlp_device *device, const fault_setup *s, fault_table *table)
{
    clmlp_verify_result result = {.size = sizeof result};
    OK(clmlp_verify(s->model, device, s->data, &s->config, &result, error));
    const clmlp_finding *f = result.first_failure;
    cr_assert(result.passed, "without a fault, step %zu, %s(%zu) fails: %g of the bound", f->step,
              clmlp_quantity_name(f->quantity), f->layer, f->max_of_bound);
    cr_assert_eq(result.steps, (size_t)FAULT_STEPS);
    fault_table_clean(table, &result);
    clmlp_free(result.findings);
}

static void check_device(const char *spec, clmlp_precision precision, fault_table *table)
{
    clmlp_device *device = open_device(spec, precision, 0);
    for (size_t n = 0; n < (size_t)FAULT_NETWORKS; n++) {
        fault_setup s = make_fault_setup(&fault_networks[n]);
        check_clean(device, &s, table);
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            const bool skip = strcmp(kinds[k], "skip") == 0;
            const char *const *places = skip ? equations : quantities;
            const size_t count = skip ? sizeof equations / sizeof *equations : sizeof quantities / sizeof *quantities;
            for (size_t q = 0; q < count; q++) plant_everywhere(device, &s, kinds[k], places[q], table);
        }
        check_clean(device, &s, table);
        weigh_fault_setup(&s);
        check_clean(device, &s, table);
        for (size_t q = 0; q < sizeof of_weights / sizeof *of_weights; q++) {
            plant_everywhere(device, &s, of_weights[q].kind, of_weights[q].where, table);
        }
        unmake_fault_setup(&s);
    }
    clmlp_device_close(device);
}

static void check_subject(const char *spec, const char *file, const char *title)
{
    fault_table table = {.count = 0};
    check_device(spec, CLMLP_F32, &table);
    check_device(spec, CLMLP_F64, &table);
    fault_table_print(&table, file, title);
}

Test(faults, of_cpu)
{
    check_subject("cpu", "faults-cpu", "CPU path, f32 and f64");
}

Test(faults, of_clblast)
{
    check_subject("opencl+clblast", "faults-clblast", "CLBlast engine, f32 and f64");
}

Test(faults, of_native_cpu)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    check_subject("opencl+native", "faults-native-cpu", "native engine, kernels for CPUs, f32 and f64");
}

Test(faults, of_native_gpu)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "gpu", 1), 0);
    check_subject("opencl+native", "faults-native-gpu", "native engine, kernels for GPUs, f32 and f64");
}

/* The limit of a bound that holds for sums in any order: of 785 dense products in float, gamma_n sum |a||b| is more
 * than 1e-4 of every result, so that correct rounding may look like a factor of 1 + 1e-4; 1 + 1e-3 may not. In double,
 * nothing of that size is rounding. */
/* A factor of 1 + 1e-4 that no bound sees, in sums of 785 terms and of 513: all errors of a tensor together do. Its
 * first step blames the equation. */
Test(faults, of_trends)
{
    static const fault_network large = {784, {512, 0}, 1, 120, CLMLP_SIGMOID, CLMLP_OUTPUT_SOFTMAX, 64, 150};
    static const struct {
        const char *spec;
        clmlp_quantity quantity;
        size_t layer;
    } cases[] = {{"scale:1+1e-4:z:2@2", CLMLP_QUANTITY_Z_TREND, 2},
                 {"scale:1+1e-4:z:3@2", CLMLP_QUANTITY_Z_TREND, 3}};
    fault_setup s = make_fault_setup(&large);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        clmlp_verify_result result = {.size = sizeof result};
        clmlp_error message = {.message = ""};
        clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
        cr_assert(inject_device(device, cases[i].spec, &message), "%s", message.message);
        OK(clmlp_verify(s.model, device, s.data, &s.config, &result, error));
        const clmlp_finding *f = result.first_failure;
        cr_expect(f != NULL && f->quantity == cases[i].quantity && f->layer == cases[i].layer && f->worst == 0,
                  "%s: blamed on %s(%zu)", cases[i].spec, f != NULL ? clmlp_quantity_name(f->quantity) : "nothing",
                  f != NULL ? f->layer : 0);
        cr_expect(f == NULL || fabs(fabs(f->found - 1.0) - 1e-4) < 1e-5, "%s: %.9g", cases[i].spec, f->found);
        clmlp_free(result.findings);
        clmlp_device_close(device);
    }
    unmake_fault_setup(&s);
}

Test(faults, of_long_sums)
{
    static const fault_network wide = {785, {16, 9}, 2, 10, CLMLP_SIGMOID, CLMLP_OUTPUT_SOFTMAX, 32, 96};
    static const struct {
        const char *spec;
        clmlp_precision precision;
        bool within;
    } cases[] = {{"scale:1+1e-4:z:2@1", CLMLP_F32, true}, {"scale:1+1e-3:z:2@1", CLMLP_F32, false},
                 {"scale:1+1e-4:z:2@1", CLMLP_F64, false}, {"scale:1+1e-4:gradient:1@1", CLMLP_F32, false}};
    fault_setup s = make_fault_setup(&wide);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        clmlp_verify_result result = {.size = sizeof result};
        clmlp_error message = {.message = ""};
        clmlp_device *device = open_device("cpu", cases[i].precision, 0);
        cr_assert(inject_device(device, cases[i].spec, &message), "%s", message.message);
        OK(clmlp_verify(s.model, device, s.data, &s.config, &result, error));
        cr_expect_eq(inject_excess(device) <= 1.0, cases[i].within, "%s: %g bounds", cases[i].spec,
                     inject_excess(device));
        cr_expect_eq(result.passed, cases[i].within, "%s", cases[i].spec);
        clmlp_free(result.findings);
        clmlp_device_close(device);
    }
    unmake_fault_setup(&s);
}
