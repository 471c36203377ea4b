/* cpu_times.c - how long the CPU path takes for each equation, by the host's clock. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cpu/cpu_backend.h"
#include "base/clock.h"
#include "base/memory.h"

static const char *const names[CLMLP_CPU_PHASES] = {
    [CLMLP_CPU_GATHER] = "gather", [CLMLP_CPU_FORWARD] = "forward", [CLMLP_CPU_OUTPUT] = "output_delta",
    [CLMLP_CPU_HIDDEN] = "hidden_delta", [CLMLP_CPU_GRADIENT] = "gradient", [CLMLP_CPU_UPDATE] = "update",
    [CLMLP_CPU_OTHERS] = "other sums and scales"};

double clmlp_cpu_begin(const clmlp_backend *backend)
{
    return ((const clmlp_cpu_backend *)backend)->profiles ? clmlp_seconds() : 0.0;
}

clmlp_status clmlp_cpu_end(clmlp_backend *backend, clmlp_cpu_phase phase, double began, double flops)
{
    clmlp_cpu_backend *const cpu = (clmlp_cpu_backend *)backend;
    if (!cpu->profiles) return CLMLP_OK;
    clmlp_kernel_time *const time = &cpu->times[phase];
    time->calls++;
    time->milliseconds += 1e3 * (clmlp_seconds() - began);
    time->flops += flops;
    return CLMLP_OK;
}

clmlp_status clmlp_cpu_profile(clmlp_backend *backend, bool on, clmlp_error *error)
{
    (void)error;
    ((clmlp_cpu_backend *)backend)->profiles = on;
    return CLMLP_OK;
}

clmlp_status clmlp_cpu_profile_take(clmlp_backend *backend, clmlp_kernel_time **times, size_t *count,
                                    clmlp_error *error)
{
    clmlp_cpu_backend *const cpu = (clmlp_cpu_backend *)backend;
    clmlp_kernel_time *list = NULL;
    *count = 0;
    TRY(clmlp_allocate(&list, CLMLP_CPU_PHASES, sizeof *list, "the times of the equations", error));
    for (int i = 0; i < CLMLP_CPU_PHASES; i++) {
        if (cpu->times[i].calls == 0) continue;
        list[*count] = cpu->times[i];
        (void)snprintf(list[*count].name, sizeof list[*count].name, "%s", names[i]);
        ++*count;
    }
    memset(cpu->times, 0, sizeof cpu->times);
    if (*count == 0) free(list);
    *times = *count > 0 ? list : NULL;
    return CLMLP_OK;
}
