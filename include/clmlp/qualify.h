/* qualify.h - a device's card: what it computes, how exactly, and whether it does so twice. */
#ifndef CLMLP_QUALIFY_H
#define CLMLP_QUALIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/device.h"
#include "clmlp/export.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One line of the card. */
typedef struct clmlp_qualify_part {
    char group[32];        /* "functions", "denormals", "products", "reductions", "barriers", "copies",
                              "repeatability", "settings" */
    char name[96];         /* "exp", "native forward 33 x 65 x 31", ... */
    bool passed, skipped;  /* skipped: `detail` says why */
    double measured, limit; /* in `unit`; NaN where there is nothing to measure */
    char unit[16];         /* "ulp", "of bound", "" */
    char detail[256];      /* where the worst is, what was found and expected */
} clmlp_qualify_part;

typedef struct clmlp_qualify_config {
    double seconds;        /* about how long to take */
    uint64_t seed;
    bool quick;            /* small sizes only: for simulators */
    void (*on_part)(const clmlp_qualify_part *part, void *context); /* NULL: none */
    void *context;
} clmlp_qualify_config;

CLMLP_API clmlp_qualify_config clmlp_qualify_config_default(void);

typedef struct clmlp_qualify_result {
    bool passed;
    clmlp_device_info device;
    char build_options[512];
    clmlp_precision precision;
    clmlp_qualify_part *parts; /* [count] */
    size_t count;
    double seconds;
} clmlp_qualify_result;

/* Put a device through everything, both engines. Of the options, spec and precision count. A failed part is not an
 * error: it is in the result.
 *   result  released with clmlp_qualify_result_free, whatever is returned */
CLMLP_API clmlp_status clmlp_qualify(const clmlp_device_options *options, const clmlp_qualify_config *config,
                                     clmlp_qualify_result *result, clmlp_error *error);
CLMLP_API void clmlp_qualify_result_free(clmlp_qualify_result *result);

#ifdef __cplusplus
}
#endif

#endif
