/* cpu_products.c - the CPU path's matrix products on plain memory, for the reference. */
#include "backend/cpu/cpu_backend.h"

/* Memory of the caller's as the CPU path's equations see it; those only read their const arguments. */
static clmlp_cpu_tensor view(const void *data, size_t rows, size_t columns)
{
    union {
        const void *from;
        void *to;
    } values = {.from = data};
    return (clmlp_cpu_tensor){.base = {.rows = rows, .columns = columns}, .stride = columns, .data = values.to};
}

void clmlp_cpu_forward_product(clmlp_precision precision, size_t M, size_t s_in, size_t s_out, double divisor,
                               const void *layer, const void *theta, void *z)
{
    (void)divisor;
    const clmlp_cpu_tensor a = view(layer, M, s_in + 1), t = view(theta, s_out, s_in + 1);
    clmlp_cpu_tensor out = view(z, M, s_out);
    const clmlp_forward_args args = {.M = M, .s_in = s_in, .s_out = s_out, .a_in = &a.base, .theta = &t.base,
                                     .a_out = &out.base, .activation = CLMLP_LINEAR};
    (precision == CLMLP_F64 ? clmlp_cpu_forward_f64 : clmlp_cpu_forward_f32)(&args);
}

void clmlp_cpu_delta_product(clmlp_precision precision, size_t M, size_t s_in, size_t s_out, double divisor,
                             const void *delta, const void *theta, void *back)
{
    (void)divisor;
    const clmlp_cpu_tensor d = view(delta, M, s_out), t = view(theta, s_out, s_in + 1);
    clmlp_cpu_tensor out = view(back, M, s_in);
    const clmlp_hidden_args args = {.M = M, .s_in = s_in, .s_out = s_out, .delta_next = &d.base, .theta = &t.base,
                                    .a = &out.base, .delta = &out.base, .activation = CLMLP_LINEAR};
    (precision == CLMLP_F64 ? clmlp_cpu_hidden_f64 : clmlp_cpu_hidden_f32)(&args);
}

void clmlp_cpu_gradient_product(clmlp_precision precision, size_t M, size_t s_in, size_t s_out, double divisor,
                                const void *delta, const void *layer, void *gradient)
{
    const clmlp_cpu_tensor d = view(delta, M, s_out), a = view(layer, M, s_in + 1);
    clmlp_cpu_tensor out = view(gradient, s_out, s_in + 1);
    const clmlp_gradient_args args = {.M = M, .s_in = s_in, .s_out = s_out, .divisor = divisor,
                                      .delta = &d.base, .a = &a.base, .theta = &out.base,
                                      .decay = 0.0, .gradient = &out.base};
    (precision == CLMLP_F64 ? clmlp_cpu_gradient_f64 : clmlp_cpu_gradient_f32)(&args);
}
