/* inject_program.c - clmlp-inject, the program clmlp with one more option, for its tests and for whoever wants to see
 * what its reports look like when a device is wrong:
 *
 *   --inject FAULT:WHERE:LAYER@STEP   as in inject.h
 *   --inject FAULT:EQUATION           a kernel with that fault in its text, as in kernel_faults.h: race:forward
 *
 * The sources of host/cli are compiled once more with main and clmlp_device_open renamed; the program that users have
 * knows nothing of this. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "inject.h"
#include "kernel_faults.h"
#include "plant.h"

int clmlp_cli_main(int argc, char **argv);
clmlp_status inject_device_open(clmlp_device **out, const clmlp_device_options *options, clmlp_error *error);

static const char *asked; /* NULL: no fault */

static const kernel_fault *find_kernel_fault(const char *subject)
{
    const size_t length = strcspn(asked, ":");
    for (size_t i = 0; i < kernel_fault_count && asked[length] == ':'; i++) {
        const kernel_fault *f = &kernel_faults[i];
        if (strcmp(f->subject, subject) == 0 && strlen(f->name) == length && strncmp(f->name, asked, length) == 0 &&
            f->equation < CLMLP_EQUATION_COUNT && strcmp(clmlp_equation_name(f->equation), asked + length + 1) == 0) {
            return f;
        }
    }
    return NULL;
}

static const char *subject_of(const clmlp_device *device)
{
    if (strcmp(clmlp_device_engine(device), "native") != 0) return clmlp_device_engine(device);
    const char *kernel = device->backend->ops->kernel_name(device->backend, CLMLP_EQUATION_FORWARD, CLMLP_USUAL_KERNEL);
    return strncmp(kernel, "gpu", 3) == 0 ? "native-gpu" : "native-cpu";
}

/* The device once more, with other kernels. */
static clmlp_status open_with_kernel(clmlp_device **device, const clmlp_device_options *options, clmlp_error *error)
{
    const kernel_fault *fault = find_kernel_fault(subject_of(*device));
    if (fault == NULL) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "--inject '%s': there is no such fault for %s kernels (expected "
                          "FAULT:WHERE:LAYER@STEP, or FAULT:EQUATION)", asked, subject_of(*device));
    }
    if (plant_text(TEST_KERNEL_DIR, TEST_SCRATCH_DIR "/kernels-program", fault->file, fault->head, fault->from,
                   fault->to) == 0 ||
        setenv("CLMLP_KERNEL_DIR", TEST_SCRATCH_DIR "/kernels-program", 1) != 0) {
        return clmlp_fail(error, CLMLP_IO, "--inject '%s': %s could not be changed", asked, fault->file);
    }
    clmlp_device_close(*device);
    *device = NULL;
    return clmlp_device_open(device, options, error);
}

clmlp_status inject_device_open(clmlp_device **out, const clmlp_device_options *options, clmlp_error *error)
{
    clmlp_device *device = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_device_open(&device, options, error));
    if (asked != NULL) TRY_CLEANUP(clmlp_device_prepare(device, NULL, 0, 0, error)); /* engine and kernels count */
    if (asked != NULL && strchr(asked, '@') == NULL) {
        TRY_CLEANUP(open_with_kernel(&device, options, error));
    } else if (asked != NULL && !inject_device(device, asked, error)) {
        status = CLMLP_BAD_ARGUMENT;
    }
    if (status == CLMLP_OK) *out = device;
cleanup:
    if (status != CLMLP_OK) clmlp_device_close(device);
    return status;
}

/* Take the option off the line. */
int main(int argc, char **argv)
{
    int kept = 0;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--inject") == 0 && i + 1 < argc) asked = argv[++i];
        else if (strncmp(argv[i], "--inject=", 9) == 0) asked = argv[i] + 9;
        else argv[kept++] = argv[i];
    }
    argv[kept] = NULL;
    return clmlp_cli_main(kept, argv);
}
