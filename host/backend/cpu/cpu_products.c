/* cpu_products.c - the CPU path's matrix products on plain memory, for the reference. */
#include "backend/cpu/cpu_backend.h"

/* Memory of the caller's as the CPU path's equations see it, from column `first` on; those only read their const
 * arguments. */
static clmlp_cpu_tensor view(clmlp_precision precision, const void *data, size_t rows, size_t columns, size_t first)
{
    union {
        const void *from;
        char *to;
    } values = {.from = data};
    return (clmlp_cpu_tensor){.base = {.rows = rows, .columns = columns}, .stride = columns,
                              .data = values.to + first * clmlp_precision_size(precision)};
}

void clmlp_cpu_forward_product(clmlp_precision precision, const clmlp_cpu_product_size *size, const void *layer,
                               const void *theta, void *z)
{
    const size_t columns = size->s_in + 1;
    const clmlp_cpu_tensor a = view(precision, layer, size->M, columns, 0);
    const clmlp_cpu_tensor t = view(precision, theta, size->s_out, columns, size->first * columns);
    clmlp_cpu_tensor out = view(precision, z, size->M, size->s_out, 0);
    const clmlp_forward_args args = {.M = size->M, .s_in = size->s_in, .s_out = size->count, .a_in = &a.base,
                                     .theta = &t.base, .a_out = &out.base, .activation = CLMLP_LINEAR};
    (precision == CLMLP_F64 ? clmlp_cpu_forward_f64 : clmlp_cpu_forward_f32)(&args);
}

void clmlp_cpu_delta_product(clmlp_precision precision, const clmlp_cpu_product_size *size, const void *delta,
                             const void *theta, void *back)
{
    const clmlp_cpu_tensor d = view(precision, delta, size->M, size->s_out, 0);
    const clmlp_cpu_tensor t = view(precision, theta, size->s_out, size->s_in + 1, size->first);
    clmlp_cpu_tensor out = view(precision, back, size->M, size->s_in, 0);
    const clmlp_hidden_args args = {.M = size->M, .s_in = size->count, .s_out = size->s_out, .delta_next = &d.base,
                                    .theta = &t.base, .a = &out.base, .delta = &out.base, .activation = CLMLP_LINEAR};
    (precision == CLMLP_F64 ? clmlp_cpu_hidden_f64 : clmlp_cpu_hidden_f32)(&args);
}

void clmlp_cpu_gradient_product(clmlp_precision precision, const clmlp_cpu_product_size *size, const void *delta,
                                const void *layer, void *gradient)
{
    const clmlp_cpu_tensor d = view(precision, delta, size->M, size->s_out, size->first);
    const clmlp_cpu_tensor a = view(precision, layer, size->M, size->s_in + 1, 0);
    clmlp_cpu_tensor out = view(precision, gradient, size->count, size->s_in + 1, 0);
    const clmlp_gradient_args args = {.M = size->M, .s_in = size->s_in, .s_out = size->count,
                                      .divisor = size->divisor, .delta = &d.base, .a = &a.base, .theta = &out.base,
                                      .decay = 0.0, .gradient = &out.base};
    (precision == CLMLP_F64 ? clmlp_cpu_gradient_f64 : clmlp_cpu_gradient_f32)(&args);
}
