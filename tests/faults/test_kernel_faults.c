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
    return fault->equation == CLMLP_EQUATION_COUNT ? "transfer" : clmlp_equation_name(fault->equation);
}

static bool blamed_right(const kernel_fault *fault, const clmlp_finding *f, size_t L)
{
    return f != NULL && f->step == fault->step && strcmp(f->equation, equation_name(fault)) == 0 &&
           f->quantity == fault->quantity && f->layer == (fault->layer == LAYER_L ? L : fault->layer);
}

static void check_network(const kernel_fault *fault, clmlp_device *device, const fault_network *network,
                          double density, fault_table *table)
{
    fault_setup s = make_sparse_fault_setup(network, density);
    if (strcmp(fault->name, "weight") == 0) weigh_fault_setup(&s);
    if (strcmp(fault->name, "dropout") == 0) drop_fault_setup(&s);
    if (strcmp(fault->name, "lbfgs") == 0) minimise_fault_setup(&s);
    clmlp_verify_result result = {.size = sizeof result};
    OK(clmlp_verify(s.model, device, s.data, &s.config, &result, error));
    const clmlp_finding *f = result.first_failure;
    const bool right = blamed_right(fault, f, s.L);
    fault_table_add(table, fault->name, f != NULL ? f->max_of_bound : (double)INFINITY, !result.passed, right);
    cr_expect(right, "%s, %zu inputs, %s: '%s' is to be blamed on step %zu, %s(%zu), %s, not on step %zu, %s(%zu), %s",
              fault->subject, network->n, device->backend->precision == CLMLP_F64 ? "f64" : "f32", fault->to,
              fault->step, clmlp_quantity_name(fault->quantity), fault->layer, equation_name(fault),
              f != NULL ? f->step : 0, f != NULL ? clmlp_quantity_name(f->quantity) : "nothing",
              f != NULL ? f->layer : 0, f != NULL ? f->equation : "");
    clmlp_free(result.findings);
    unmake_fault_setup(&s);
}

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
        plant_fault_below(subject, fault->file, fault->head, fault->from, fault->to);
        clmlp_device *device = open_device(spec, precision, 0);
        /* in double on one of them: each size has tiles of its own, and each tile a program to be built */
        const size_t all = fault->end > 0 ? fault->end : (size_t)FAULT_NETWORKS;
        const size_t end = precision == CLMLP_F64 ? fault->network + 1 : all;
        for (size_t n = fault->network; n < end && fault_networks[n].layers == 2; n++) {
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
    /* a part is no table for docs/fault-table.md */
    (void)snprintf(name, sizeof name, "%s%s", file, part.parts > 1 ? "-part" : "");
    fault_table_print(&table, name, title);
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
