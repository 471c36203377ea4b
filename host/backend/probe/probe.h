/* probe.h - what qualification (verify/qualify.c) asks of a device beyond the equations: single functions, barriers,
 * launches that depend on each other, copies, memory around the matrices. OpenCL backends have the table
 * clmlp_probe_ops; the kernels are those of kernels/probe/qualify.cl.
 */
#ifndef CLMLP_BACKEND_PROBE_H
#define CLMLP_BACKEND_PROBE_H

#include "backend/backend.h"

/* Functions of numbers, as the kernels use them: X(name, text, arguments). Their codes are in kernels/common/codes.h.
 *   ADD .. FMA        x + y, x y, x / y, fma(x, y, w)
 *   MULTIPLY_ADD      x y + w, with two roundings: contraction is off
 *   TWO_SUM           what the rounding of x + y took (common/two_sum.h); scalar only
 *   EXP .. TANH       built-in functions
 *   SIGMOID, RELU     activation() of common/scalar.h, activation_v() of vector.h
 *   LOG1P_UNIT        log(1 + x) for 0 <= x <= 1: vectors take log1p_unit() of vector.h, scalars log1p */
#define CLMLP_PROBE_FUNCTION_LIST(X)           \
    X(ADD, "add", 2)                           \
    X(MULTIPLY, "multiply", 2)                 \
    X(DIVIDE, "divide", 2)                     \
    X(FMA, "fma", 3)                           \
    X(MULTIPLY_ADD, "multiply, then add", 3)   \
    X(TWO_SUM, "two_sum", 2)                   \
    X(EXP, "exp", 1)                           \
    X(LOG, "log", 1)                           \
    X(LOG1P, "log1p", 1)                       \
    X(TANH, "tanh", 1)                         \
    X(SIGMOID, "sigmoid", 1)                   \
    X(RELU, "relu", 1)                         \
    X(LOG1P_UNIT, "log1p_unit", 1)

typedef enum clmlp_probe_function {
#define CLMLP_PROBE_FUNCTION_ENUM(name, text, arguments) CLMLP_PROBE_##name,
    CLMLP_PROBE_FUNCTION_LIST(CLMLP_PROBE_FUNCTION_ENUM)
#undef CLMLP_PROBE_FUNCTION_ENUM
    CLMLP_PROBE_FUNCTION_COUNT
} clmlp_probe_function;

enum { CLMLP_PROBE_ARGUMENTS = 3 };

/* What a device says of itself. */
typedef struct clmlp_probe_facts {
    char version[CLMLP_NAME_LENGTH];          /* "OpenCL 3.0 ..." */
    char language[CLMLP_NAME_LENGTH];         /* "OpenCL C 1.2 ..." */
    char platform_version[CLMLP_NAME_LENGTH];
    char profile[32];                         /* "FULL_PROFILE", "EMBEDDED_PROFILE" */
    char build_options[512];                  /* of the program that was built last */
    /* the next three in the backend's precision */
    bool round_to_nearest, inf_nan, denormals;
    unsigned lanes;                           /* of vectors that the CPU family takes here: 4, 8 or 16 */
    unsigned units;
} clmlp_probe_facts;

/* One operation on the probe's buffer of bytes; see copy below. */
typedef enum clmlp_copy_kind {
    CLMLP_COPY_WRITE,      /* host [bytes] to `to` */
    CLMLP_COPY_READ,       /* `from` to host [bytes] */
    CLMLP_COPY_WITHIN,     /* `from` to `to`, not overlapping */
    CLMLP_COPY_FILL,       /* `value` to `to` */
    CLMLP_COPY_WRITE_ROWS, /* rows of `bytes`, dense in host, to `to`, `pitch` apart */
    CLMLP_COPY_READ_ROWS,  /* the other way round, from `from` */
    CLMLP_COPY_COUNT
} clmlp_copy_kind;

typedef struct clmlp_probe_copy {
    clmlp_copy_kind kind;
    size_t from, to, bytes;
    size_t rows, pitch; /* of the two kinds with rows: bytes <= pitch, and each row lies within a pitch */
    unsigned char value;
    void *host;         /* reads wait; what is written must stay until the next read */
} clmlp_probe_copy;

/* What one work-group computes of a result [rows x columns] of sums: `length` terms of them at a time. `block` tiles
 * below each other are walked together, 1: there is no such order. */
typedef struct clmlp_probe_tile {
    size_t rows, columns, length, block;
} clmlp_probe_tile;

typedef struct clmlp_probe clmlp_probe;

typedef struct clmlp_probe_ops {
    clmlp_status (*facts)(clmlp_backend *backend, clmlp_probe_facts *facts, clmlp_error *error);

    /* Programs are built when first needed, and kept until close. */
    clmlp_status (*open)(clmlp_backend *backend, clmlp_probe **out, clmlp_error *error);
    void (*close)(clmlp_probe *probe); /* NULL is fine */

    /* results[i] = f(arguments[0][i], ...) for i < count, numbers of the backend's precision. lanes: 1, or 4, 8 or 16
     * for the vector form, of which count must be a multiple. Unused arguments are NULL. Waits. */
    clmlp_status (*function)(clmlp_probe *probe, clmlp_probe_function function, unsigned lanes, size_t count,
                             const void *const arguments[CLMLP_PROBE_ARGUMENTS], void *results, clmlp_error *error);

    /* Work-items that a group of `barriers` can have. */
    size_t (*largest_group)(const clmlp_probe *probe);

    /* What qualify_barriers makes of `rounds` in groups of `group` items: results [group * groups]. global: the items
     * exchange through global memory instead of local memory. Waits. */
    clmlp_status (*barriers)(clmlp_probe *probe, bool global, size_t group, size_t groups, uint32_t rounds,
                             uint32_t *results, clmlp_error *error);

    /* `launches` of qualify_chain after each other, each reading what the one before wrote: values [count] in and out.
     * Waits once, at the end. */
    clmlp_status (*chain)(clmlp_probe *probe, uint32_t *values, size_t count, uint32_t launches, clmlp_error *error);

    /* A buffer of the probe's, for copy; a new one replaces the last. */
    clmlp_status (*buffer)(clmlp_probe *probe, size_t bytes, clmlp_error *error);
    clmlp_status (*copy)(clmlp_probe *probe, const clmlp_probe_copy *copy, clmlp_error *error);

    /* The tile that the backend takes for the product of an equation: FORWARD or OUTPUT_DELTA [M x s_out] over s_in,
     * HIDDEN_DELTA [M x s_in] over s_out, GRADIENT [(s_in + 1) x s_out] over M. */
    void (*tile)(clmlp_backend *backend, clmlp_equation equation, size_t rows, size_t columns, size_t length,
                 clmlp_probe_tile *tile);

    /* --- settings of the backend itself ------------------------------------------------------------------- */
    /* Wait for the device after every kernel and call of a BLAS, and take every step by itself. */
    void (*finish_each)(clmlp_backend *backend, bool on);
    /* Work-items of a group in elementwise kernels, from now on; returns what it was. 1 to the device's largest. */
    size_t (*group)(clmlp_backend *backend, size_t items);
    /* Matrices that are created from now on lie between zones of a known pattern. off: forget the zones. */
    void (*guard)(clmlp_backend *backend, bool on);
    /* Wait, and look at the zones: *broken, and then text [size] says where. */
    clmlp_status (*guards_broken)(clmlp_backend *backend, bool *broken, char *text, size_t size, clmlp_error *error);
} clmlp_probe_ops;

const char *clmlp_probe_function_name(clmlp_probe_function function);
unsigned clmlp_probe_function_arguments(clmlp_probe_function function);

#endif
