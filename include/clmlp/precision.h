/* precision.h - the floating-point type that theta, activations and products are computed in.
 *
 * Threads: any.
 */
#ifndef CLMLP_PRECISION_H
#define CLMLP_PRECISION_H

#include <stdbool.h>

#include "clmlp/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, text). */
#define CLMLP_PRECISION_LIST(X) \
    X(F32, "f32")               \
    X(F64, "f64")

typedef enum clmlp_precision {
#define CLMLP_PRECISION_ENUM(name, text) CLMLP_##name,
    CLMLP_PRECISION_LIST(CLMLP_PRECISION_ENUM)
#undef CLMLP_PRECISION_ENUM
    CLMLP_PRECISION_COUNT
} clmlp_precision;

CLMLP_API const char *clmlp_precision_name(clmlp_precision precision);
CLMLP_API bool clmlp_precision_parse(const char *name, clmlp_precision *precision);

#ifdef __cplusplus
}
#endif

#endif
