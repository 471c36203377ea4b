/* product.c - what a compared product is called and says. */
#include "verify/qualify/product.h"

#include <stdio.h>

const char *clmlp_product_name(clmlp_product_kind kind)
{
#define NAME_OF(name, text, gemm) text,
    static const char *const names[] = {CLMLP_PRODUCT_LIST(NAME_OF)};
#undef NAME_OF
    return (unsigned)kind < CLMLP_PRODUCT_COUNT ? names[kind] : "?";
}

const char *clmlp_product_gemm(clmlp_product_kind kind)
{
#define GEMM_OF(name, text, gemm) gemm,
    static const char *const names[] = {CLMLP_PRODUCT_LIST(GEMM_OF)};
#undef GEMM_OF
    return (unsigned)kind < CLMLP_PRODUCT_COUNT ? names[kind] : "?";
}

bool clmlp_product_right(const clmlp_product *product)
{
    return product->fraction <= 1.0 && product->overwritten[0] == '\0';
}

void clmlp_product_describe(const clmlp_product *p, char *text, size_t size)
{
    if (p->overwritten[0] != '\0') {
        (void)snprintf(text, size, "%s of %zu x %zu x %zu: %s", clmlp_product_name(p->kind), p->size.M, p->size.s_in,
                       p->size.s_out, p->overwritten);
        return;
    }
    (void)snprintf(text, size, "%s of %zu x %zu x %zu, row %zu, column %zu: found %.9g, expected %.9g +- %.2g",
                   clmlp_product_name(p->kind), p->size.M, p->size.s_in, p->size.s_out, p->row, p->column, p->found,
                   p->expected, p->bound);
}
