/* faults.c - plant a fault in kernel text and build the kernels from it. */
#include "faults.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "plant.h"

void plant_fault_below(const char *name, const char *file, const char *head, const char *from, const char *to)
{
    char folder[1024];
    (void)snprintf(folder, sizeof folder, "%s/kernels-%s", TEST_SCRATCH_DIR, name);
    cr_assert_gt(plant_text(TEST_KERNEL_DIR, folder, file, head, from, to), 0, "'%s' is not in %s any more", from,
                 file);
    cr_assert_eq(setenv("CLMLP_KERNEL_DIR", folder, 1), 0);
}

void plant_fault(const char *name, const char *file, const char *from, const char *to)
{
    plant_fault_below(name, file, NULL, from, to);
}
