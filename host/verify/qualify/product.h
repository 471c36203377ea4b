/* product.h - one product of a device, compared: what was computed, at which size, and how far it is off. */
#ifndef CLMLP_VERIFY_PRODUCT_H
#define CLMLP_VERIFY_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct clmlp_product_size {
    size_t M, s_in, s_out;
} clmlp_product_size;

/* What is computed, X(name, text, GEMM): n as it is, t transposed, with rows as the first factor. */
#define CLMLP_PRODUCT_LIST(X)                         \
    X(Z, "z", "nt")                                   \
    X(IN_PLACE, "a without z", "nt")                  \
    X(OUTPUT, "z(L)", "nt")                           \
    X(DELTA, "delta", "nn")                           \
    X(GRADIENT, "the gradient", "tn")                 \
    X(UPDATE, "theta after an update", "tn")          \
    X(STEP, "theta after the step", "tn")             \
    X(DELTA_AFTER, "delta after the step", "nn")      \
    X(Z_SPARSE, "z of sparse data", "nt")             \
    X(GRADIENT_SPARSE, "the gradient of sparse data", "tn") \
    X(Z_PICKED, "z of picked rows", "nt")             \
    X(GRADIENT_PICKED, "the gradient of picked rows", "tn") \
    X(BARE, "a bare product", "nn")

typedef enum clmlp_product_kind {
#define CLMLP_PRODUCT_ENUM(name, text, gemm) CLMLP_PRODUCT_##name,
    CLMLP_PRODUCT_LIST(CLMLP_PRODUCT_ENUM)
#undef CLMLP_PRODUCT_ENUM
    CLMLP_PRODUCT_COUNT
} clmlp_product_kind;

const char *clmlp_product_name(clmlp_product_kind kind);
const char *clmlp_product_gemm(clmlp_product_kind kind);

/* One of them at one size, compared. */
typedef struct clmlp_product {
    clmlp_product_kind kind;
    clmlp_product_size size;
    double fraction;               /* largest error as a fraction of its bound; infinite: not a finite number */
    size_t row, column;            /* of that element */
    double found, expected, bound; /* there */
    char overwritten[160];         /* where something was written that was none of its business; "": nowhere */
} clmlp_product;

bool clmlp_product_right(const clmlp_product *product);
/* "z of 3 x 5 x 7, row 0, column 6: found 0.1, expected 0.2 +- 1e-07", into text [size]. */
void clmlp_product_describe(const clmlp_product *product, char *text, size_t size);

/* false: enough. */
typedef bool clmlp_product_sink(const clmlp_product *product, void *context);

#endif
