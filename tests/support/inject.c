/* inject.c - a backend that wraps another one and spoils chosen calls.
 *
 * The order of the calls tells which layer and step a call is about: each step computes layers 2 .. L, then delta from
 * L down, then gradients and theta from 1 up.
 */
#include "inject.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "inject_parts.h"

static clmlp_backend *inner_of(const clmlp_backend *backend)
{
    return ((const injector *)backend)->inner;
}

/* --- whether a call is the one ------------------------------------------------------------------------------- */

static bool of_equation(const fault_spec *f, clmlp_equation equation, bool fused)
{
    if (f->whole) return f->equation == equation;
    switch (f->quantity) {
    case CLMLP_QUANTITY_Z:
    case CLMLP_QUANTITY_A: return equation == CLMLP_EQUATION_FORWARD || equation == CLMLP_EQUATION_OUTPUT_DELTA;
    case CLMLP_QUANTITY_DELTA:
        return equation == CLMLP_EQUATION_OUTPUT_DELTA || equation == CLMLP_EQUATION_HIDDEN_DELTA;
    case CLMLP_QUANTITY_GRADIENT: return equation == CLMLP_EQUATION_GRADIENT && !fused;
    case CLMLP_QUANTITY_THETA: return equation == CLMLP_EQUATION_UPDATE;
    default: return false; /* the cost is spoilt where it is read */
    }
}

/* The late input of the step before is kept when that step takes it. */
static clmlp_status keep(site *s, size_t step, clmlp_error *error)
{
    injector *in = s->in;
    if (in->fault.kind != FAULT_LATE || step + 1 != in->fault.step) return CLMLP_OK;
    free(in->kept);
    in->kept = NULL;
    in->kept_count = s->late_rows * (*s->late)->columns;
    return inject_get(in, *s->late, s->late_rows, &in->kept, error);
}

static clmlp_status call(site *s, size_t layer, size_t step, clmlp_error *error)
{
    injector *in = s->in;
    const fault_spec *f = &in->fault;
    if (!of_equation(f, s->equation, s->fused) || f->layer != layer) return site_run(s, error);
    TRY(keep(s, step, error));
    if (f->step != step) return site_run(s, error);
    in->hit = true;
    return site_spoil(s, error);
}

/* --- the five equations -------------------------------------------------------------------------------------- */

static clmlp_status forward(clmlp_backend *backend, const clmlp_forward_args *args, clmlp_error *error)
{
    injector *in = (injector *)backend;
    site s = {.in = in, .equation = CLMLP_EQUATION_FORWARD, .args.forward = *args, .M = args->M, .rows = args->M};
    const bool wants_z = in->fault.quantity == CLMLP_QUANTITY_Z && args->z != NULL;
    s.target = wants_z ? args->z : args->a_out;
    s.theta = s.late = &s.args.forward.theta;
    s.late_rows = args->s_out;
    return call(&s, ++in->forwards + 1, in->steps + 1, error);
}

static clmlp_tensor *output_target(const injector *in, const clmlp_output_args *args)
{
    if (in->fault.quantity == CLMLP_QUANTITY_Z) return args->z;
    return in->fault.quantity == CLMLP_QUANTITY_A ? args->h : args->delta;
}

static clmlp_status output_delta(clmlp_backend *backend, const clmlp_output_args *args, clmlp_error *error)
{
    injector *in = (injector *)backend;
    site s = {.in = in, .equation = CLMLP_EQUATION_OUTPUT_DELTA, .args.output = *args, .M = args->M, .rows = args->M};
    if (args->delta == NULL) { /* scoring is no step */
        in->forwards = 0;
        return site_run(&s, error);
    }
    s.target = output_target(in, args);
    s.theta = s.late = &s.args.output.theta;
    s.late_rows = args->K;
    in->L = in->forwards + 2;
    in->forwards = in->hiddens = in->gradients = in->updates = 0;
    in->slot = args->slot;
    in->steps++;
    if (in->fault.quantity == CLMLP_QUANTITY_RIGHT) return site_run(&s, error); /* spoilt where it is read */
    if (in->fault.quantity != CLMLP_QUANTITY_COST) return call(&s, in->L, in->steps, error);
    TRY(site_run(&s, error));
    if (in->fault.layer != in->L || in->steps != in->fault.step) return CLMLP_OK;
    return site_cost_bound(&s, &in->cost_value, &in->cost_bound, error);
}

static clmlp_status hidden_delta(clmlp_backend *backend, const clmlp_hidden_args *args, clmlp_error *error)
{
    injector *in = (injector *)backend;
    site s = {.in = in, .equation = CLMLP_EQUATION_HIDDEN_DELTA, .args.hidden = *args, .M = args->M, .rows = args->M};
    s.target = args->delta;
    s.theta = &s.args.hidden.theta;
    s.late = &s.args.hidden.delta_next;
    s.late_rows = args->M;
    return call(&s, in->L - ++in->hiddens, in->steps, error);
}

/* Gradients and theta may be computed more than once in a step: all of them are spoilt. */
static size_t next_layer(const injector *in, size_t *calls)
{
    return (*calls)++ % (in->L - 1) + 1;
}

static clmlp_status gradient(clmlp_backend *backend, const clmlp_gradient_args *args, clmlp_error *error)
{
    injector *in = (injector *)backend;
    site s = {.in = in, .equation = CLMLP_EQUATION_GRADIENT, .args.gradient = *args, .M = args->M, .rows = args->s_out};
    s.target = args->gradient;
    s.theta = &s.args.gradient.theta;
    s.late = &s.args.gradient.delta;
    s.late_rows = args->M;
    return call(&s, next_layer(in, &in->gradients), in->steps, error);
}

static clmlp_status descend(clmlp_backend *backend, const clmlp_gradient_args *args, const clmlp_update_args *update,
                            clmlp_error *error)
{
    injector *in = (injector *)backend;
    site s = {.in = in, .equation = CLMLP_EQUATION_UPDATE, .fused = true, .args.gradient = *args, .M = args->M};
    s.rows = args->s_out;
    s.target = update->theta;
    s.update = *update;
    s.theta = &s.args.gradient.theta;
    s.late = &s.args.gradient.delta;
    s.late_rows = args->M;
    return call(&s, next_layer(in, &in->updates), in->steps, error);
}

static clmlp_status update(clmlp_backend *backend, const clmlp_update_args *args, clmlp_error *error)
{
    injector *in = (injector *)backend;
    site s = {.in = in, .equation = CLMLP_EQUATION_UPDATE, .update = *args, .rows = args->s_out};
    s.target = args->theta;
    s.late = &s.update.gradient;
    s.late_rows = args->s_out;
    return call(&s, next_layer(in, &in->updates), in->steps, error);
}

clmlp_status site_run(site *s, clmlp_error *error)
{
    clmlp_backend *inner = s->in->inner;
    if (s->fused) return inner->ops->descend(inner, &s->args.gradient, &s->update, error);
    switch (s->equation) {
    case CLMLP_EQUATION_FORWARD: return inner->ops->forward(inner, &s->args.forward, error);
    case CLMLP_EQUATION_OUTPUT_DELTA: return inner->ops->output_delta(inner, &s->args.output, error);
    case CLMLP_EQUATION_HIDDEN_DELTA: return inner->ops->hidden_delta(inner, &s->args.hidden, error);
    case CLMLP_EQUATION_GRADIENT: return inner->ops->gradient(inner, &s->args.gradient, error);
    case CLMLP_EQUATION_UPDATE: return inner->ops->update(inner, &s->update, error);
    case CLMLP_EQUATION_CLIP: /* no sites */
    case CLMLP_EQUATION_DOT:
    case CLMLP_EQUATION_COMBINE:
    case CLMLP_EQUATION_COUNT: break;
    }
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "no such equation: %d", (int)s->equation);
}

/* --- the cost ------------------------------------------------------------------------------------------------ */

static void spoil_cost(injector *in, double *cost)
{
    int bit = 0;
    switch (in->fault.kind) {
    case FAULT_NAN: *cost = (double)NAN; break;
    case FAULT_INF: *cost = (double)INFINITY; break;
    case FAULT_SCALE: *cost *= in->fault.factor; break;
    case FAULT_STALE: *cost = in->cost_before; break;
    default:
        if (!inject_flip(*cost, in->cost_value, in->cost_bound, CLMLP_F64, cost, &bit)) return;
        (void)snprintf(in->note, sizeof in->note, "bit %d", bit);
        break;
    }
    in->hit = true;
    in->excess = inject_excess_of(*cost, in->cost_value, in->cost_bound);
}

/* The count of right predictions with its highest bit flipped. */
static void spoil_right(injector *in, double *right)
{
    *right += 0x1p31;
    in->hit = true;
    in->excess = (double)INFINITY;
}

static clmlp_status scores_read(clmlp_backend *backend, size_t first, size_t count, clmlp_batch_score *scores,
                                clmlp_error *error)
{
    injector *in = (injector *)backend;
    TRY(in->inner->ops->scores_read(in->inner, first, count, scores, error));
    if (in->slot < first || in->slot >= first + count || in->steps == 0) return CLMLP_OK;
    double *cost = &scores[in->slot - first].cost;
    if (in->cost_step != in->steps) in->cost_before = in->cost; /* one may be read more than once */
    in->cost = *cost;
    in->cost_step = in->steps;
    const fault_spec *f = &in->fault;
    if (f->quantity == CLMLP_QUANTITY_COST && !f->whole && f->layer == in->L && f->step == in->steps) {
        spoil_cost(in, cost);
    }
    if (f->quantity == CLMLP_QUANTITY_RIGHT && f->layer == in->L && f->step == in->steps) {
        spoil_right(in, &scores[in->slot - first].right);
    }
    return CLMLP_OK;
}

/* --- what only goes through ---------------------------------------------------------------------------------- */

static clmlp_status tensor_bytes(const clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                 size_t *bytes, clmlp_error *error)
{
    return inner_of(backend)->ops->tensor_bytes(inner_of(backend), kind, rows, columns, bytes, error);
}

static clmlp_status tensor_create(clmlp_backend *backend, clmlp_tensor_kind kind, size_t rows, size_t columns,
                                  clmlp_tensor **out, clmlp_error *error)
{
    return inner_of(backend)->ops->tensor_create(inner_of(backend), kind, rows, columns, out, error);
}

static void tensor_destroy(clmlp_backend *backend, clmlp_tensor *tensor)
{
    inner_of(backend)->ops->tensor_destroy(inner_of(backend), tensor);
}

static clmlp_status tensor_write(clmlp_backend *backend, clmlp_tensor *tensor, size_t first, size_t rows,
                                 const void *values, clmlp_error *error)
{
    return inner_of(backend)->ops->tensor_write(inner_of(backend), tensor, first, rows, values, error);
}

static clmlp_status tensor_read(clmlp_backend *backend, const clmlp_tensor *tensor, size_t first, size_t rows,
                                void *values, clmlp_error *error)
{
    return inner_of(backend)->ops->tensor_read(inner_of(backend), tensor, first, rows, values, error);
}

static clmlp_status tensor_copy(clmlp_backend *backend, const clmlp_tensor *from, clmlp_tensor *to, clmlp_error *error)
{
    return inner_of(backend)->ops->tensor_copy(inner_of(backend), from, to, error);
}

static clmlp_status tensor_upload(clmlp_backend *backend, clmlp_tensor *tensor, size_t rows, const void *values,
                                  clmlp_error *error)
{
    return inner_of(backend)->ops->tensor_upload(inner_of(backend), tensor, rows, values, error);
}

static clmlp_status tensor_upload_wait(clmlp_backend *backend, clmlp_tensor *tensor, clmlp_error *error)
{
    return inner_of(backend)->ops->tensor_upload_wait(inner_of(backend), tensor, error);
}

static clmlp_status tensor_used(clmlp_backend *backend, clmlp_tensor *tensor, clmlp_error *error)
{
    return inner_of(backend)->ops->tensor_used(inner_of(backend), tensor, error);
}

static clmlp_status borrow_begin(clmlp_backend *backend, clmlp_tensor *tensor, clmlp_error *error)
{
    return inner_of(backend)->ops->borrow_begin(inner_of(backend), tensor, error);
}

static clmlp_status borrow_wait(clmlp_backend *backend, clmlp_tensor *tensor, clmlp_view view, clmlp_loan *out,
                                clmlp_error *error)
{
    return inner_of(backend)->ops->borrow_wait(inner_of(backend), tensor, view, out, error);
}

static clmlp_status borrow_end(clmlp_backend *backend, clmlp_tensor *tensor, bool changed, clmlp_error *error)
{
    return inner_of(backend)->ops->borrow_end(inner_of(backend), tensor, changed, error);
}

static clmlp_status gather(clmlp_backend *backend, const clmlp_tensor *all, const clmlp_tensor *order, size_t first,
                           size_t M, size_t columns, clmlp_tensor *batch, clmlp_error *error)
{
    return inner_of(backend)->ops->gather(inner_of(backend), all, order, first, M, columns, batch, error);
}

static clmlp_status scores_reserve(clmlp_backend *backend, size_t slots, size_t rows, size_t total, clmlp_error *error)
{
    return inner_of(backend)->ops->scores_reserve(inner_of(backend), slots, rows, total, error);
}

static clmlp_status dot(clmlp_backend *backend, const clmlp_dot_args *args, clmlp_error *error)
{
    return inner_of(backend)->ops->dot(inner_of(backend), args, error);
}

static clmlp_status sums_read(clmlp_backend *backend, size_t first, size_t count, double *sums, clmlp_error *error)
{
    return inner_of(backend)->ops->sums_read(inner_of(backend), first, count, sums, error);
}

static clmlp_status clip_factor(clmlp_backend *backend, size_t slot, double limit, clmlp_error *error)
{
    return inner_of(backend)->ops->clip_factor(inner_of(backend), slot, limit, error);
}

static clmlp_status combine(clmlp_backend *backend, const clmlp_combine_args *args, clmlp_error *error)
{
    return inner_of(backend)->ops->combine(inner_of(backend), args, error);
}

static clmlp_status flush(clmlp_backend *backend, clmlp_error *error)
{
    return inner_of(backend)->ops->flush(inner_of(backend), error);
}

static const char *kernel_name(const clmlp_backend *backend, clmlp_equation equation, clmlp_kernel_form form)
{
    return inner_of(backend)->ops->kernel_name(inner_of(backend), equation, form);
}

static clmlp_status prepare_activation(clmlp_backend *backend, clmlp_activation activation, clmlp_error *error)
{
    clmlp_backend *const inner = ((injector *)backend)->inner;
    if (inner->ops->prepare_activation == NULL) return CLMLP_OK;
    return inner->ops->prepare_activation(inner, activation, error);
}

static void destroy(clmlp_backend *backend)
{
    injector *in = (injector *)backend;
    in->inner->ops->destroy(in->inner);
    free(in->kept);
    free(in);
}

/* --- putting it in front ------------------------------------------------------------------------------------- */

static void fill_table(injector *in)
{
    const clmlp_backend_ops *inner = in->inner->ops;
    in->ops = (clmlp_backend_ops){
        .engine = inner->engine, .gathers = inner->gathers, .tensor_bytes = tensor_bytes,
        .tensor_create = tensor_create, .tensor_destroy = tensor_destroy, .tensor_write = tensor_write,
        .tensor_read = tensor_read, .tensor_copy = tensor_copy, .tensor_upload = tensor_upload,
        .tensor_upload_wait = tensor_upload_wait, .tensor_used = tensor_used, .borrow_begin = borrow_begin,
        .borrow_wait = borrow_wait, .borrow_end = borrow_end,
        .gather = inner->gather != NULL ? gather : NULL, .forward = forward, .output_delta = output_delta,
        .hidden_delta = hidden_delta, .gradient = gradient, .update = update,
        .descend = inner->descend != NULL ? descend : NULL, .scores_reserve = scores_reserve,
        .scores_read = scores_read, .dot = dot, .sums_read = sums_read, .clip_factor = clip_factor,
        .combine = combine, .flush = flush, .destroy = destroy, .kernel_name = kernel_name,
        .prepare_activation = prepare_activation,
    };
}

bool inject_device(clmlp_device *device, const char *spec, clmlp_error *error)
{
    injector *in = NULL;
    fault_spec fault;
    if (fault_parse(&fault, spec, error) != CLMLP_OK) return false;
    if (clmlp_device_prepare(device, NULL, 0, 0, error) != CLMLP_OK) return false; /* what is chosen is wrapped */
    if (clmlp_allocate(&in, 1, sizeof *in, "a fault", error) != CLMLP_OK) return false;
    in->base = *device->backend;
    in->inner = device->backend;
    in->fault = fault;
    fill_table(in);
    in->base.ops = &in->ops;
    device->backend = &in->base;
    return true;
}

void inject_nothing(clmlp_device *device)
{
    injector *in = (injector *)device->backend;
    device->backend = in->inner;
    free(in->kept);
    free(in);
}

double inject_excess(const clmlp_device *device)
{
    return ((const injector *)device->backend)->excess;
}

bool inject_hit(const clmlp_device *device)
{
    return ((const injector *)device->backend)->hit;
}

const char *inject_note(const clmlp_device *device)
{
    return ((const injector *)device->backend)->note;
}
