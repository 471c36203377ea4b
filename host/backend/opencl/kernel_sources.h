/* kernel_sources.h - the files of kernels/ inside the library; generated at build time. */
#ifndef CLMLP_BACKEND_KERNEL_SOURCES_H
#define CLMLP_BACKEND_KERNEL_SOURCES_H

#include <stddef.h>

typedef struct clmlp_kernel_source {
    const char *name; /* "plain/batch.cl", "common/output.h" */
    const char *text;
} clmlp_kernel_source;

extern const clmlp_kernel_source clmlp_kernel_sources[];
extern const size_t clmlp_kernel_source_count;

#endif
