/* test_kernel_faults.c - faults in kernel text are found in their first step. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault_networks.h"
#include "fault_table.h"
#include "faults.h"
#include "kernel_faults.h"
#include "share.h"

static const char *equation_name(const kernel_fault *fault)
{
    if (fault->equation == FUSED_STEPS) return "steps";
    return fault->equation == CLMLP_EQUATION_COUNT ? "transfer" : clmlp_equation_name(fault->equation);
}

static bool is_kind(const kernel_fault *fault, const char *name)
{
    return strcmp(fault->name, name) == 0;
}

/* The kernel that is named is that of layers with dropout, or of gradients that were stored, where there are some. */
static bool names_kernel(const kernel_fault *fault, const char *kernel)
{
    const bool drops = is_kind(fault, "dropout") && fault->equation < CLMLP_EQUATION_COUNT;
    const bool native = strncmp(fault->subject, "native", strlen("native")) == 0;
    const bool stored = native && is_kind(fault, "clip") && fault->equation == CLMLP_EQUATION_UPDATE;
    return (strstr(kernel, "_dropout") != NULL) == drops && (strstr(kernel, "_update") != NULL) == stored;
}

static bool blamed_right(const kernel_fault *fault, const clmlp_finding *f, size_t L)
{
    return f != NULL && f->step == fault->step && strcmp(f->equation, equation_name(fault)) == 0 &&
           names_kernel(fault, f->kernel) && f->quantity == fault->quantity &&
           f->layer == (fault->layer == LAYER_L ? L : fault->layer);
}

/* Steps of the network with what the fault needs. */
static fault_setup setup_for(const kernel_fault *fault, const fault_network *network, double density)
{
    fault_network own = *network;
    if (fault->activation != CLMLP_SIGMOID) own.activation = fault->activation;
    fault_setup s = make_sparse_fault_setup(&own, density);
    s.config.optimizer = fault->optimizer;
    if (is_kind(fault, "rule") || is_kind(fault, "state") || is_kind(fault, "steps")) tell_rates_apart(&s);
    if (is_kind(fault, "weight")) weigh_fault_setup(&s);
    if (is_kind(fault, "dropout")) drop_fault_setup(&s);
    if (is_kind(fault, "lbfgs")) minimise_fault_setup(&s);
    if (is_kind(fault, "smoothing")) s.config.label_smoothing = 0.1;
    if (is_kind(fault, "clip")) s.config.clip_norm = 0.05; /* less than the norm, */
    if (is_kind(fault, "clip_far")) s.config.clip_norm = 1e3; /* and more */
    if (is_kind(fault, "input_scale")) s.config.input_scale_rate = 1.0;
    return s;
}

static void check_network(const kernel_fault *fault, clmlp_device *device, const fault_network *network,
                          double density, fault_table *table)
{
    fault_setup s = setup_for(fault, network, density);
    clmlp_verify_result result = {.size = sizeof result};
    OK(clmlp_verify(s.model, device, s.data, &s.config, &result, error));
    const clmlp_finding *f = result.first_failure;
    const bool right = blamed_right(fault, f, s.L);
    fault_table_add(table, fault->name, f != NULL ? f->max_of_bound : (double)INFINITY, !result.passed, right);
    cr_expect(right, "%s, %zu inputs, %s: '%s' is to be blamed on step %zu, %s(%zu), %s, not on step %zu, %s(%zu), %s "
              "(%s)",
              fault->subject, network->n, device->backend->precision == CLMLP_F64 ? "f64" : "f32", fault->to,
              fault->step, clmlp_quantity_name(fault->quantity), fault->layer, equation_name(fault),
              f != NULL ? f->step : 0, f != NULL ? clmlp_quantity_name(f->quantity) : "nothing",
              f != NULL ? f->layer : 0, f != NULL ? f->equation : "", f != NULL ? f->kernel : "");
    clmlp_free(result.findings);
    unmake_fault_setup(&s);
}

/* Sums so long that no bound sees a factor of 1 + 1e-4; in double bounds see it. */
static const fault_network trend_networks[] = {
    {784, {512, 0}, 1, 10, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 128, 3 * 128 + 5},
    {30, {128, 0}, 1, 785, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 32, 3 * 32 + 5}, /* the deltas are long sums */
};

/* Few tiles and many examples: gradients are in parts. */
static const fault_network parts_network =
    {13, {9, 6}, 2, 4, CLMLP_SWISH, CLMLP_OUTPUT_SIGMOID, 150, 3 * 150 + 5};

static size_t count_faults(const char *subject)
{
    size_t count = 0;
    for (size_t i = 0; i < kernel_fault_count; i++) count += strcmp(kernel_faults[i].subject, subject) == 0;
    return count;
}

/* Those faults of the subject that are in the share. */
static void check_precision(const char *spec, const char *subject, double density, clmlp_precision precision,
                            share *part, fault_table *table)
{
    for (size_t i = 0; i < kernel_fault_count; i++) {
        const kernel_fault *fault = &kernel_faults[i];
        if (strcmp(fault->subject, subject) != 0 || !share_takes(part, fault->to)) continue;
        if (is_kind(fault, "trend") && precision == CLMLP_F64) continue;
        plant_fault_below(subject, fault->file, fault->head, fault->from, fault->to);
        clmlp_device *device = open_device(spec, precision, 0);
        /* in double on one of them: each size has tiles of its own, and each tile a program to be built */
        const size_t all = fault->end > 0 ? fault->end : (size_t)FAULT_NETWORKS;
        const size_t end = precision == CLMLP_F64 ? fault->network + 1 : all;
        const bool trend = is_kind(fault, "trend"), parts = is_kind(fault, "parts");
        if (trend) check_network(fault, device, &trend_networks[fault->network], density, table);
        if (parts) check_network(fault, device, &parts_network, density, table);
        for (size_t n = fault->network; n < end && !trend && !parts && fault_networks[n].layers == 2; n++) {
            check_network(fault, device, &fault_networks[n], density, table);
        }
        clmlp_device_close(device);
    }
    cr_assert_eq(unsetenv("CLMLP_KERNEL_DIR"), 0);
}

/* density: of the input data. */
static void check_subject(const char *spec, const char *subject, double density, const char *file, const char *title)
{
    fault_table table = {.count = 0};
    char name[64];
    share part = share_of(subject, 2 * count_faults(subject));
    check_precision(spec, subject, density, CLMLP_F32, &part, &table);
    check_precision(spec, subject, density, CLMLP_F64, &part, &table);
    (void)snprintf(name, sizeof name, "%s-%zu-of-%zu", file, part.part, part.parts);
    fault_table_print(&table, name, title);
}

static size_t count_with(const char *subject, clmlp_optimizer optimizer, clmlp_activation activation,
                         clmlp_equation equation)
{
    size_t count = 0;
    for (size_t i = 0; i < kernel_fault_count; i++) {
        const kernel_fault *f = &kernel_faults[i];
        count += strcmp(f->subject, subject) == 0 && f->optimizer == optimizer && f->activation == activation &&
                 f->equation == equation;
    }
    return count;
}

/* Each rule has a fault; each activation that is in no network of fault_networks.h has one in g and one in g'. */
Test(kernel_faults, of_each_rule_and_activation)
{
    static const char *const subjects[] = {"clblast", "native-cpu", "native-gpu"};
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        for (int o = 0; o < CLMLP_OPTIMIZER_COUNT; o++) {
            const clmlp_optimizer optimizer = (clmlp_optimizer)o;
            cr_expect(count_with(subjects[i], optimizer, CLMLP_SIGMOID, CLMLP_EQUATION_UPDATE) > 0,
                      "%s: no fault in the rule %s", subjects[i], clmlp_optimizer_name(optimizer));
        }
        for (int a = CLMLP_SELU; a < CLMLP_ACTIVATION_COUNT; a++) {
            const clmlp_activation activation = (clmlp_activation)a;
            const bool has_both =
                count_with(subjects[i], CLMLP_SGD, activation, CLMLP_EQUATION_FORWARD) > 0 &&
                count_with(subjects[i], CLMLP_SGD, activation, CLMLP_EQUATION_HIDDEN_DELTA) > 0;
            cr_expect(has_both, "%s: no fault in g or g' of %s", subjects[i], clmlp_activation_name(activation));
        }
    }
}

Test(kernel_faults, of_clblast)
{
    check_subject("opencl+clblast", "clblast", 1.0, "kernel-faults-clblast", "Kernels beside CLBlast, f32 and f64");
}

Test(kernel_faults, of_native_cpu)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    check_subject("opencl+native", "native-cpu", 1.0, "kernel-faults-native-cpu",
                  "Native kernels for CPUs, f32 and f64");
}

Test(kernel_faults, of_sparse)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    cr_assert_eq(setenv("CLMLP_NATIVE_SPARSE", "always", 1), 0);
    check_subject("opencl+native", "native-cpu-sparse", 0.15, "kernel-faults-native-cpu-sparse",
                  "Native kernels for CPUs, input data without its zeros, f32 and f64");
}

Test(kernel_faults, of_native_gpu)
{
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "gpu", 1), 0);
    check_subject("opencl+native", "native-gpu", 1.0, "kernel-faults-native-gpu",
                  "Native kernels for GPUs, f32 and f64");
}
