/* opencl_probe.h - probes of OpenCL devices: for the tables of engines, and what the files of this folder share. */
#ifndef CLMLP_BACKEND_OPENCL_PROBE_H
#define CLMLP_BACKEND_OPENCL_PROBE_H

#include "backend/opencl/opencl.h"
#include "backend/probe/arguments.h"
#include "backend/probe/probe.h"

/* Entries of an engine's table. */
extern const clmlp_probe_ops clmlp_opencl_probes;
clmlp_status clmlp_opencl_peak(clmlp_backend *backend, double *flops, double *bytes, clmlp_error *error);

enum { CLMLP_PROBE_FORMS = 3 }; /* programs: VW 4, 8 and 16 */

struct clmlp_probe {
    clmlp_opencl *opencl;
    cl_program programs[CLMLP_PROBE_FORMS];
    cl_kernel vector[CLMLP_PROBE_FORMS];
    cl_kernel scalar, barriers_local, barriers_global, chain; /* of the first program */
    cl_mem numbers[CLMLP_PROBE_ARGUMENTS + 1];               /* arguments and results, of `numbers_bytes` each */
    size_t numbers_bytes;
    cl_mem bytes; /* of copy */
};

/* limits.c. Work-items that a kernel's group can have on this device. */
size_t clmlp_probe_group_limit(const clmlp_probe *probe, cl_kernel kernel);

/* A buffer in place of *buffer. */
clmlp_status clmlp_probe_renew(const clmlp_probe *probe, size_t bytes, cl_mem *buffer, clmlp_error *error);

/* Entries of clmlp_probe_ops in stress.c. */
size_t clmlp_stress_largest_group(const clmlp_probe *probe);
clmlp_status clmlp_stress_barriers(clmlp_probe *probe, bool global, size_t group, size_t groups, uint32_t rounds,
                                   uint32_t *results, clmlp_error *error);
clmlp_status clmlp_stress_chain(clmlp_probe *probe, uint32_t *values, size_t count, uint32_t launches,
                                clmlp_error *error);
clmlp_status clmlp_stress_buffer(clmlp_probe *probe, size_t bytes, clmlp_error *error);
clmlp_status clmlp_stress_copy(clmlp_probe *probe, const clmlp_probe_copy *copy, clmlp_error *error);

#endif
