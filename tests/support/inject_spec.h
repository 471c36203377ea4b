/* inject_spec.h - the text of a fault, taken apart. */
#ifndef TEST_INJECT_SPEC_H
#define TEST_INJECT_SPEC_H

#include "backend/backend.h"
#include "clmlp/verify.h"

#define FAULT_LIST(X)                 \
    X(NAN, "nan")                     \
    X(INF, "inf")                     \
    X(FLIP, "flip")                   \
    X(SCALE, "scale")                 \
    X(RATE, "rate")                   \
    X(SKIP, "skip")                   \
    X(STALE, "stale")                 \
    X(LATE, "late")                   \
    X(TRANSPOSE, "transpose")         \
    X(TAIL, "tail")                   \
    X(EDGE, "edge")                   \
    X(NO_BIAS, "no_bias")             \
    X(LAMBDA_ON_BIAS, "lambda_on_bias") \
    X(NO_MEAN, "no_mean")             \
    X(NO_WEIGHT, "no_weight")

typedef enum fault_kind {
#define FAULT_ENUM(name, text) FAULT_##name,
    FAULT_LIST(FAULT_ENUM)
#undef FAULT_ENUM
    FAULT_COUNT
} fault_kind;

typedef struct fault_spec {
    fault_kind kind;
    double factor;           /* of scale, rate */
    clmlp_quantity quantity; /* that is spoilt; of skip, a result of its equation */
    bool whole;              /* an equation was named */
    clmlp_equation equation; /* where `whole`; else any that has the quantity as a result */
    size_t layer, step;      /* from 1 */
} fault_spec;

clmlp_status fault_parse(fault_spec *out, const char *text, clmlp_error *error);

#endif
