/* cpu_backend.c - the CPU path as a backend: its table, matrices in host memory, what the host is. */
#include "backend/cpu/cpu_backend.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/cpu/cpu_threads.h"
#include "base/memory.h"

static bool is_double(const clmlp_backend *backend)
{
    return backend->precision == CLMLP_F64;
}

static clmlp_status tensor_bytes(const clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                 size_t *bytes, clmlp_error *error)
{
    size_t stride = 0;
    return clmlp_tensor_layout(backend, kind, rows, columns, &stride, bytes, error);
}

static clmlp_status tensor_create(clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                  clmlp_tensor **out, clmlp_error *error)
{
    clmlp_cpu_tensor *tensor = NULL;
    size_t bytes = 0, stride = 0;
    TRY(clmlp_tensor_layout(backend, kind, rows, columns, &stride, &bytes, error));
    TRY(clmlp_allocate(&tensor, 1, sizeof *tensor, "a matrix", error));
    const clmlp_status status = clmlp_allocate(&tensor->data, bytes, 1, "a matrix", error);
    if (status != CLMLP_OK) {
        free(tensor);
        return status;
    }
    tensor->base.rows = rows;
    tensor->stride = stride;
    tensor->bias_units = stride - columns;
    tensor->element = kind == CLMLP_TENSOR_ORDER ? sizeof(uint32_t) : clmlp_precision_size(backend->precision);
    if (clmlp_tensor_has_bias(kind)) (is_double(backend) ? clmlp_cpu_bias_f64 : clmlp_cpu_bias_f32)(tensor);
    *out = &tensor->base;
    return CLMLP_OK;
}

static void tensor_destroy(clmlp_backend *backend, clmlp_tensor *tensor)
{
    (void)backend;
    clmlp_cpu_tensor *const cpu = (clmlp_cpu_tensor *)tensor;
    if (!cpu->placed) free(cpu->data);
    free(tensor);
}

static bool tensor_place(clmlp_backend *backend, clmlp_tensor *tensor, void *memory)
{
    clmlp_cpu_tensor *const cpu = (clmlp_cpu_tensor *)tensor;
    (void)backend;
    if (!cpu->placed) free(cpu->data);
    cpu->data = memory;
    cpu->placed = true;
    return true;
}

static char *row_at(const clmlp_tensor *tensor, size_t row)
{
    const clmlp_cpu_tensor *cpu = (const clmlp_cpu_tensor *)tensor;
    return (char *)cpu->data + (row * cpu->stride + cpu->bias_units) * cpu->element;
}

static clmlp_status tensor_write(clmlp_backend *backend, clmlp_tensor *tensor, size_t first, size_t rows,
                                 const void *values, clmlp_error *error)
{
    (void)backend, (void)error;
    const size_t size = tensor->columns * ((clmlp_cpu_tensor *)tensor)->element;
    for (size_t r = 0; r < rows; r++) memcpy(row_at(tensor, first + r), (const char *)values + r * size, size);
    return CLMLP_OK;
}

static clmlp_status tensor_read(clmlp_backend *backend, const clmlp_tensor *tensor, size_t first, size_t rows,
                                void *values, clmlp_error *error)
{
    (void)backend, (void)error;
    const size_t size = tensor->columns * ((const clmlp_cpu_tensor *)tensor)->element;
    for (size_t r = 0; r < rows; r++) memcpy((char *)values + r * size, row_at(tensor, first + r), size);
    return CLMLP_OK;
}

static clmlp_status tensor_copy(clmlp_backend *backend, const clmlp_tensor *from, clmlp_tensor *to, clmlp_error *error)
{
    (void)backend, (void)error;
    memcpy(((clmlp_cpu_tensor *)to)->data, ((const clmlp_cpu_tensor *)from)->data, from->bytes);
    return CLMLP_OK;
}

static clmlp_status tensor_upload(clmlp_backend *backend, clmlp_tensor *tensor, size_t rows, const void *values,
                                  clmlp_error *error)
{
    return tensor_write(backend, tensor, 0, rows, values, error);
}

/* Nothing is ever under way here. */
static clmlp_status tensor_settled(clmlp_backend *backend, clmlp_tensor *tensor, clmlp_error *error)
{
    (void)backend, (void)tensor, (void)error;
    return CLMLP_OK;
}

/* What is lent is the matrix itself: theta has no padding here. */
static clmlp_status borrow_wait(clmlp_backend *backend, clmlp_tensor *tensor, clmlp_view view, clmlp_loan *out,
                                clmlp_error *error)
{
    (void)backend, (void)view, (void)error;
    *out = (clmlp_loan){.values = ((clmlp_cpu_tensor *)tensor)->data, .count = tensor->rows * tensor->columns,
                        .width = 1, .panel = tensor->columns, .row = 1};
    return CLMLP_OK;
}

static clmlp_status borrow_end(clmlp_backend *backend, clmlp_tensor *tensor, bool changed, clmlp_error *error)
{
    (void)changed;
    return tensor_settled(backend, tensor, error);
}

static clmlp_status gather(clmlp_backend *backend, const clmlp_tensor *all, const clmlp_tensor *order, size_t first,
                           size_t M, size_t columns, clmlp_tensor *batch, clmlp_error *error)
{
    const double began = clmlp_cpu_begin(backend);
    (void)backend, (void)error;
    const size_t size = columns * ((const clmlp_cpu_tensor *)all)->element;
    const uint32_t *rows = order != NULL ? ((const clmlp_cpu_tensor *)order)->data : NULL;
    for (size_t r = 0; r < M; r++) {
        memcpy(row_at(batch, r), row_at(all, rows != NULL ? rows[first + r] : first + r), size);
    }
    return clmlp_cpu_end(backend, CLMLP_CPU_GATHER, began, 0.0);
}

static double product_flops(size_t m, size_t n, size_t k)
{
    return 2.0 * (double)m * (double)n * (double)k;
}

static clmlp_status forward(clmlp_backend *backend, const clmlp_forward_args *args, clmlp_error *error)
{
    const double began = clmlp_cpu_begin(backend);
    (void)error;
    (is_double(backend) ? clmlp_cpu_forward_f64 : clmlp_cpu_forward_f32)(args);
    return clmlp_cpu_end(backend, CLMLP_CPU_FORWARD, began, product_flops(args->M, args->s_out, args->s_in + 1));
}

static clmlp_status output_delta(clmlp_backend *backend, const clmlp_output_args *args, clmlp_error *error)
{
    const double began = clmlp_cpu_begin(backend);
    clmlp_cpu_backend *cpu = (clmlp_cpu_backend *)backend;
    TRY(clmlp_grow(&cpu->row, &cpu->row_size, args->K * sizeof(double), 1, "a row of outputs", error));
    (is_double(backend) ? clmlp_cpu_output_f64 : clmlp_cpu_output_f32)(
        args, cpu->row, args->y != NULL ? &cpu->scores[args->slot] : NULL);
    const double flops = args->theta != NULL ? product_flops(args->M, args->K, args->s_in + 1) : 0.0;
    return clmlp_cpu_end(backend, CLMLP_CPU_OUTPUT, began, flops);
}

static clmlp_status hidden_delta(clmlp_backend *backend, const clmlp_hidden_args *args, clmlp_error *error)
{
    const double began = clmlp_cpu_begin(backend);
    (void)error;
    (is_double(backend) ? clmlp_cpu_hidden_f64 : clmlp_cpu_hidden_f32)(args);
    return clmlp_cpu_end(backend, CLMLP_CPU_HIDDEN, began, product_flops(args->M, args->s_in, args->s_out));
}

static clmlp_status gradient(clmlp_backend *backend, const clmlp_gradient_args *args, clmlp_error *error)
{
    const double began = clmlp_cpu_begin(backend);
    (void)error;
    (is_double(backend) ? clmlp_cpu_gradient_f64 : clmlp_cpu_gradient_f32)(args);
    return clmlp_cpu_end(backend, CLMLP_CPU_GRADIENT, began, product_flops(args->M, args->s_out, args->s_in + 1));
}

static clmlp_status update(clmlp_backend *backend, const clmlp_update_args *args, clmlp_error *error)
{
    const double began = clmlp_cpu_begin(backend);
    (void)error;
    (is_double(backend) ? clmlp_cpu_update_f64 : clmlp_cpu_update_f32)(args);
    return clmlp_cpu_end(backend, CLMLP_CPU_UPDATE, began, 0.0);
}

static clmlp_status scale_slopes(clmlp_backend *backend, const clmlp_scale_slopes_args *args, clmlp_error *error)
{
    const double began = clmlp_cpu_begin(backend);
    (void)error;
    (is_double(backend) ? clmlp_cpu_scale_slopes_f64 : clmlp_cpu_scale_slopes_f32)(args);
    return clmlp_cpu_end(backend, CLMLP_CPU_OTHERS, began, 0.0);
}

static clmlp_status fold_scale(clmlp_backend *backend, const clmlp_fold_scale_args *args, clmlp_error *error)
{
    const double began = clmlp_cpu_begin(backend);
    (void)error;
    (is_double(backend) ? clmlp_cpu_fold_scale_f64 : clmlp_cpu_fold_scale_f32)(args);
    return clmlp_cpu_end(backend, CLMLP_CPU_OTHERS, began, 0.0);
}

static clmlp_status scores_reserve(clmlp_backend *backend, size_t slots, size_t rows, size_t total,
                                   clmlp_error *error)
{
    (void)rows, (void)total;
    clmlp_cpu_backend *cpu = (clmlp_cpu_backend *)backend;
    return clmlp_grow(&cpu->scores, &cpu->slots, slots, sizeof *cpu->scores, "the costs of an epoch", error);
}

static clmlp_status scores_read(clmlp_backend *backend, size_t first, size_t count, clmlp_batch_score *scores,
                                clmlp_error *error)
{
    (void)error;
    memcpy(scores, ((clmlp_cpu_backend *)backend)->scores + first, count * sizeof *scores);
    return CLMLP_OK;
}

static clmlp_status dot(clmlp_backend *backend, const clmlp_dot_args *args, clmlp_error *error)
{
    const double began = clmlp_cpu_begin(backend);
    (void)error;
    ((clmlp_cpu_backend *)backend)->sums[args->slot] =
        (is_double(backend) ? clmlp_cpu_dot_f64 : clmlp_cpu_dot_f32)(args);
    return clmlp_cpu_end(backend, CLMLP_CPU_OTHERS, began, 0.0);
}

static clmlp_status sums_read(clmlp_backend *backend, size_t first, size_t count, double *sums, clmlp_error *error)
{
    (void)error;
    memcpy(sums, ((clmlp_cpu_backend *)backend)->sums + first, count * sizeof *sums);
    return CLMLP_OK;
}

static clmlp_status clip_factor(clmlp_backend *backend, size_t slot, double limit, clmlp_error *error)
{
    (void)error;
    double *const sum = &((clmlp_cpu_backend *)backend)->sums[slot];
    const double factor = limit / (sqrt(*sum) + CLMLP_CLIP_MARGIN);
    *sum = isfinite(*sum) ? (factor > 1.0 ? 1.0 : factor) : (double)NAN;
    return CLMLP_OK;
}

static double number_of(const clmlp_cpu_backend *cpu, clmlp_scalar scalar)
{
    return scalar.slot == NO_SUM ? scalar.constant : scalar.constant * cpu->sums[scalar.slot];
}

static clmlp_status combine(clmlp_backend *backend, const clmlp_combine_args *args, clmlp_error *error)
{
    const double began = clmlp_cpu_begin(backend);
    (void)error;
    const clmlp_cpu_backend *cpu = (clmlp_cpu_backend *)backend;
    (is_double(backend) ? clmlp_cpu_combine_f64 : clmlp_cpu_combine_f32)(args, number_of(cpu, args->a),
                                                                          number_of(cpu, args->b));
    return clmlp_cpu_end(backend, CLMLP_CPU_OTHERS, began, 0.0);
}

static clmlp_status flush(clmlp_backend *backend, clmlp_error *error)
{
    (void)backend, (void)error;
    return CLMLP_OK;
}

static void destroy(clmlp_backend *backend)
{
    clmlp_cpu_backend *cpu = (clmlp_cpu_backend *)backend;
    free(cpu->scores);
    free(cpu->row);
    free(cpu);
}

static clmlp_status product(clmlp_backend *backend, size_t m, size_t n, size_t k, const clmlp_tensor *a,
                            const clmlp_tensor *b, clmlp_tensor *c, clmlp_error *error)
{
    (void)error;
    (is_double(backend) ? clmlp_cpu_product_f64 : clmlp_cpu_product_f32)(m, n, k, a, b, c);
    return CLMLP_OK;
}

static const char *kernel_name(const clmlp_backend *backend, clmlp_equation equation, clmlp_kernel_form form)
{
    (void)form;
    const bool is_double = backend->precision == CLMLP_F64;
    if (equation == CLMLP_EQUATION_UPDATE) return "clmlp_cpu_update";
    if (equation == CLMLP_EQUATION_CLIP) return "clmlp_cpu_dot, clmlp_cpu_combine";
    if (equation == CLMLP_EQUATION_DOT) return "clmlp_cpu_dot";
    if (equation == CLMLP_EQUATION_COMBINE) return "clmlp_cpu_combine";
    return is_double ? "cblas_dgemm" : "cblas_sgemm";
}

static const clmlp_backend_ops cpu_ops = {
    .engine = "cblas",
    .tensor_bytes = tensor_bytes,
    .tensor_create = tensor_create,
    .tensor_destroy = tensor_destroy,
    .tensor_write = tensor_write,
    .tensor_read = tensor_read,
    .tensor_copy = tensor_copy,
    .tensor_upload = tensor_upload,
    .tensor_upload_wait = tensor_settled,
    .tensor_used = tensor_settled,
    .tensor_place = tensor_place,
    .borrow_begin = tensor_settled,
    .borrow_wait = borrow_wait,
    .borrow_end = borrow_end,
    .gather = gather,
    .forward = forward,
    .output_delta = output_delta,
    .hidden_delta = hidden_delta,
    .gradient = gradient,
    .update = update,
    .scale_slopes = scale_slopes,
    .fold_scale = fold_scale,
    .dot = dot,
    .sums_read = sums_read,
    .clip_factor = clip_factor,
    .combine = combine,
    .scores_reserve = scores_reserve,
    .scores_read = scores_read,
    .flush = flush,
    .destroy = destroy,
    .kernel_name = kernel_name,
    .profile = clmlp_cpu_profile,
    .profile_take = clmlp_cpu_profile_take,
    .blas = "CBLAS",
    .product = product,
};

/* "model name" of /proc/cpuinfo where there is one. */
static void processor_name(char name[CLMLP_NAME_LENGTH])
{
    char line[CLMLP_NAME_LENGTH];
    (void)snprintf(name, CLMLP_NAME_LENGTH, "host CPU");
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (file == NULL) return;
    while (fgets(line, sizeof line, file) != NULL) {
        const char *value = strstr(line, ": ");
        if (strncmp(line, "model name", 10) != 0 || value == NULL) continue;
        (void)snprintf(name, CLMLP_NAME_LENGTH, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
        break;
    }
    (void)fclose(file);
}

static void blas_name(char name[CLMLP_NAME_LENGTH])
{
#ifdef OPENBLAS_VERSION
    (void)snprintf(name, CLMLP_NAME_LENGTH, "%s", openblas_get_config());
#else
    (void)snprintf(name, CLMLP_NAME_LENGTH, "CBLAS");
#endif
}

static void fill_info(clmlp_device_info *info)
{
    memset(info, 0, sizeof *info);
    (void)snprintf(info->spec, sizeof info->spec, "cpu");
    (void)snprintf(info->platform, sizeof info->platform, "CPU path");
    (void)snprintf(info->type, sizeof info->type, "host");
    processor_name(info->name);
    blas_name(info->driver);
    info->memory = clmlp_physical_memory();
    info->largest_buffer = info->memory;
    info->address_bits = (unsigned)(8 * sizeof(void *));
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    info->compute_units = processors > 0 ? (unsigned)processors : 1;
    info->fp64 = true;
}

static clmlp_status list(clmlp_device_info **out, size_t *count, clmlp_error *error)
{
    TRY(clmlp_allocate(out, 1, sizeof **out, "the list of devices", error));
    fill_info(*out);
    *count = 1;
    return CLMLP_OK;
}

static clmlp_status create(clmlp_backend **out, const clmlp_device_info *info, const clmlp_device_options *options,
                           const clmlp_knobs *knobs, clmlp_error *error)
{
    (void)info, (void)knobs;
    clmlp_cpu_backend *cpu = NULL;
    size_t threads = 0;
    TRY(clmlp_cpu_threads_asked(&threads, error));
    TRY(clmlp_cpu_products_prepare(error));
    TRY(clmlp_allocate(&cpu, 1, sizeof *cpu, "the CPU path", error));
    cpu->base.ops = &cpu_ops;
    cpu->base.synchronous = true;
    cpu->base.precision = options->precision;
    *out = &cpu->base;
    return CLMLP_OK;
}

const clmlp_backend_kind clmlp_cpu_kind = {.name = "cpu", .list = list, .create = create};
