/* qualify.h - a device's card: what it computes, how exactly, and whether it does so twice.
 *
 * Functions are held against the OpenCL specification (1.2, tables 7.1 and 7.2, or the embedded profile's), products
 * against derived bounds, everything that is whole numbers or copies against the exact bits. A part that fails, or
 * whose device reports an error, is in the result; the others are done all the same.
 *
 * Threads: any; it opens devices of its own. An open device that computes with CLBlast on the same hardware keeps it
 * from trying other parameters (device.h, `tiles`). Callbacks come on the thread that called.
 */
#ifndef CLMLP_QUALIFY_H
#define CLMLP_QUALIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/cancel.h"
#include "clmlp/device.h"
#include "clmlp/export.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Groups of parts, in the order in which they come: X(name, text). */
#define CLMLP_QUALIFY_GROUP_LIST(X)        \
    X(FUNCTIONS, "functions")              \
    X(SPECIAL, "special values")           \
    X(DENORMALS, "denormals")              \
    X(PRODUCTS, "products")                \
    X(REDUCTIONS, "reductions")            \
    X(BARRIERS, "barriers")                \
    X(ORDERING, "ordering")                \
    X(COPIES, "copies")                    \
    X(REPEATABILITY, "repeatability")      \
    X(SETTINGS, "settings")

typedef enum clmlp_qualify_group {
#define CLMLP_QUALIFY_GROUP_ENUM(name, text) CLMLP_QUALIFY_##name,
    CLMLP_QUALIFY_GROUP_LIST(CLMLP_QUALIFY_GROUP_ENUM)
#undef CLMLP_QUALIFY_GROUP_ENUM
    CLMLP_QUALIFY_GROUP_COUNT
} clmlp_qualify_group;

CLMLP_API const char *clmlp_qualify_group_name(clmlp_qualify_group group);

/* One line of the card. */
typedef struct clmlp_qualify_part {
    clmlp_qualify_group group;
    char name[96];          /* "exp, scalar", "native cpu: delta (gemm nn)", ... */
    bool passed, skipped;   /* skipped: `detail` says why, and it counts as passed */
    double measured, limit; /* in `unit`, worst of all; NaN where there is nothing to measure */
    char unit[16];          /* "ulp", "of bound", "wrong": that many; "" */
    char detail[384];       /* where the worst is, what was found and expected; the device's error */
} clmlp_qualify_part;

/* A callback: a function, NULL for none, and what it is given. It is called on the thread that qualifies. */
typedef struct clmlp_on_part {
    void (*function)(const clmlp_qualify_part *part, void *context);
    void *context;
} clmlp_on_part;

typedef struct clmlp_qualify_config {
    size_t size; /* sizeof of this struct; see clmlp.h */
    double seconds;         /* about how long to take, > 0; the sweeps go on for their share of it */
    uint64_t seed;          /* of random arguments */
    bool quick;             /* small sizes only, whatever `seconds` says: for simulators */
    unsigned groups;        /* 1 << CLMLP_QUALIFY_FUNCTIONS and so on: only these; 0: all */
    clmlp_on_part on_part;  /* after each */
    const clmlp_cancel *cancel; /* looked at after each part; NULL: none. Borrowed */
} clmlp_qualify_config;

/* 60 s, seed 1, not quick, all groups. */
CLMLP_API void clmlp_qualify_config_init(clmlp_qualify_config *config, size_t size);
static inline clmlp_qualify_config clmlp_qualify_config_default(void)
{
    clmlp_qualify_config config;
    clmlp_qualify_config_init(&config, sizeof config);
    return config;
}

typedef struct clmlp_qualify_result {
    size_t size; /* sizeof of this struct; see clmlp.h */
    bool passed;
    clmlp_device_info device;
    /* Of an OpenCL device, as it gives them; "" on the CPU path. */
    char opencl_version[CLMLP_NAME_LENGTH];   /* "OpenCL 3.0 ..." */
    char opencl_c_version[CLMLP_NAME_LENGTH];
    char platform_version[CLMLP_NAME_LENGTH];
    char profile[32];                         /* "FULL_PROFILE" or "EMBEDDED_PROFILE" */
    char build_options[512];                  /* of the kernels that `--engine native` takes on this device */
    clmlp_precision precision;
    clmlp_qualify_part *parts;                /* [count] */
    size_t count, failed, skipped;
    double seconds;
} clmlp_qualify_result;

/* Put a device through everything: both engines, both families of native kernels. Of the options, spec, precision and
 * memory_limit count. CLBlast keeps its parameters for the whole process (see clmlp_device_tiles): those tried
 * last stay.
 *   config  NULL: the defaults
 *   result  result->parts is released with clmlp_free, whatever is returned
 * Errors: CLMLP_BAD_ARGUMENT (the configuration; f64 on a device without it), CLMLP_NO_DEVICE, CLMLP_OUT_OF_MEMORY,
 * CLMLP_INTERRUPTED (the result holds the parts that were done). */
CLMLP_API clmlp_status clmlp_qualify(const clmlp_device_options *options, const clmlp_qualify_config *config,
                                     clmlp_qualify_result *result, clmlp_error *error);

#ifdef __cplusplus
}
#endif

#endif
