/* devices.h - which device each rank computes on: chosen together, and told once. */
#ifndef CLMLP_CLI_RANKS_DEVICES_H
#define CLMLP_CLI_RANKS_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

#include <clmlp/device.h>
#include <clmlp/ranks.h>

/* The row of an option table; `list` is a const char * that is NULL before. */
#define CLMLP_CLI_DEVICES_ROW(list)                                                                                    \
    {"devices", &clmlp_cli_text, &(list), "SPEC,...",                                                                  \
     "under mpirun: the devices of a host's ranks, as for --device, one for each in the order of local ranks",         \
     "all GPUs in turn, else what auto takes", NULL}

/* The device of this rank, as for --device, into spec [size].
 *   ranks    NULL, or one rank: a list has to have one device
 *   devices  what --devices says; NULL: not given
 *   device   what --device says; NULL: not given
 * Collective. False, on all ranks, after saying what is wrong: *status is what to exit with. */
bool clmlp_cli_take_device(const char *command, clmlp_ranks *ranks, const char *devices, const char *device, char *spec,
                           size_t size, int *status);

/* Say once, from rank 0, which devices the ranks of each host took, a line a host, and which ranks share one.
 *   info  of the device that this rank opened; NULL: it opens none, and spec stands for it
 * Collective; of one rank nothing is said. Errors: CLMLP_RANKS, CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_cli_tell_taken(clmlp_ranks *ranks, const clmlp_device_info *info, const char *spec,
                                  clmlp_error *error);

#endif
