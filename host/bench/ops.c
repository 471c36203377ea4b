/* ops.c - time each equation by itself; its operation counts by formula. */
#include <stdlib.h>

#include "base/argument.h"
#include "base/memory.h"
#include "bench/examples.h"
#include "bench/measure.h"
#include "propagate/equation_args.h"

/* What one repetition works on. */
typedef struct op_work {
    clmlp_bench_run *run;
    size_t l;
    clmlp_batch batch; /* one that stays the same */
} op_work;

static clmlp_status run_gather(void *context, clmlp_error *error)
{
    op_work *work = context;
    clmlp_batch batch;
    TRY(clmlp_bench_next(work->run, &batch, error));
    return work->run->backend->ops->flush(work->run->backend, error);
}

static clmlp_status run_forward(void *context, clmlp_error *error)
{
    op_work *work = context;
    clmlp_backend *backend = work->run->backend;
    const clmlp_forward_args args = clmlp_forward_args_of(work->run->network, &work->batch, work->l);
    TRY(backend->ops->forward(backend, &args, error));
    return backend->ops->flush(backend, error);
}

static clmlp_status run_output(void *context, clmlp_error *error)
{
    op_work *work = context;
    clmlp_backend *backend = work->run->backend;
    const clmlp_output_args args = clmlp_output_args_of(work->run->network, &work->batch, work->run->descent.right, 0,
                                                        true);
    TRY(backend->ops->output_delta(backend, &args, error));
    return backend->ops->flush(backend, error);
}

static clmlp_status run_hidden(void *context, clmlp_error *error)
{
    op_work *work = context;
    clmlp_backend *backend = work->run->backend;
    const clmlp_hidden_args args = clmlp_hidden_args_of(work->run->network, &work->batch, work->l);
    TRY(backend->ops->hidden_delta(backend, &args, error));
    return backend->ops->flush(backend, error);
}

static clmlp_status run_gradient(void *context, clmlp_error *error)
{
    op_work *work = context;
    clmlp_backend *backend = work->run->backend;
    const clmlp_gradient_args args = clmlp_gradient_args_of(work->run->network, &work->batch, work->l, 0.0);
    TRY(backend->ops->gradient(backend, &args, error));
    return backend->ops->flush(backend, error);
}

static clmlp_update_args update_args(const op_work *work)
{
    const clmlp_update_rule rule = clmlp_rule_of_step(&work->run->descent.rule, 1);
    return clmlp_update_args_of(work->run->network, work->l, &rule, 0.0);
}

static clmlp_status run_update(void *context, clmlp_error *error)
{
    op_work *work = context;
    clmlp_backend *backend = work->run->backend;
    const clmlp_update_args args = update_args(work);
    TRY(backend->ops->update(backend, &args, error));
    return backend->ops->flush(backend, error);
}

static clmlp_status run_descend(void *context, clmlp_error *error)
{
    op_work *work = context;
    clmlp_backend *backend = work->run->backend;
    clmlp_gradient_args args = clmlp_gradient_args_of(work->run->network, &work->batch, work->l, 0.0);
    clmlp_update_args update = update_args(work);
    args.gradient = NULL;
    update.gradient = NULL;
    TRY(backend->ops->descend(backend, &args, &update, error));
    return backend->ops->flush(backend, error);
}

static clmlp_status wait(void *context, clmlp_error *error)
{
    return clmlp_bench_wait(((op_work *)context)->run, error);
}

/* --- the equations, with operations and numbers moved ------------------------------------------------------ */

typedef enum op_kind { GATHER, FORWARD, OUTPUT, HIDDEN, GRADIENT, UPDATE, DESCEND } op_kind;

static const struct {
    const char *name;
    clmlp_status (*run)(void *context, clmlp_error *error);
} equations[] = {
    [GATHER] = {"gather", run_gather},       [FORWARD] = {"forward", run_forward},
    [OUTPUT] = {"output_delta", run_output}, [HIDDEN] = {"hidden_delta", run_hidden},
    [GRADIENT] = {"gradient", run_gradient}, [UPDATE] = {"update", run_update},
    [DESCEND] = {"descend", run_descend},
};

/* Operations, and numbers that are read or written once. with_z: hidden layers keep z. */
static void count_work(op_kind kind, const clmlp_bench_op *op, bool with_z, double *flops, double *numbers)
{
    const double M = (double)op->M, s_in = (double)op->s_in, s_out = (double)op->s_out;
    const double theta = s_out * (s_in + 1.0), product = 2.0 * M * theta;
    *flops = 0.0;
    *numbers = 0.0;
    switch (kind) {
    case GATHER: /* x and y, from and to */
        *numbers = 2.0 * M * (s_in + s_out);
        break;
    case FORWARD: /* a, theta; a, and z, of the next layer */
        *flops = product;
        *numbers = M * s_in + theta + (with_z ? 2.0 : 1.0) * M * s_out;
        break;
    case OUTPUT: /* a, theta, y; delta */
        *flops = product;
        *numbers = M * s_in + theta + 2.0 * M * s_out;
        break;
    case HIDDEN: /* delta, theta without column 0, a, and z; delta of the layer before */
        *flops = 2.0 * M * s_out * s_in;
        *numbers = M * s_out + s_out * s_in + (with_z ? 3.0 : 2.0) * M * s_in;
        break;
    case GRADIENT: /* delta, a; gradient */
        *flops = product;
        *numbers = M * s_out + M * s_in + theta;
        break;
    case UPDATE: /* theta, gradient; theta */
        *numbers = 3.0 * theta;
        break;
    case DESCEND: /* delta, a, theta; theta */
        *flops = product;
        *numbers = M * s_out + M * s_in + 2.0 * theta;
        break;
    }
}

typedef struct op_list {
    clmlp_bench_op *ops;
    op_kind *kinds;
    size_t count;
} op_list;

static void add(op_list *list, const clmlp_bench_run *run, op_kind kind, size_t l, bool in_step)
{
    const clmlp_network *network = run->network;
    clmlp_bench_op *op = &list->ops[list->count];
    double numbers = 0.0;
    *op = (clmlp_bench_op){
        .name = equations[kind].name,
        .layer = l,
        .M = run->M,
        .s_in = network->s[l - 1],
        .s_out = kind == GATHER ? network->s[network->L - 1] : network->s[l],
        .in_step = in_step,
    };
    count_work(kind, op, clmlp_activation_needs_z(network->activation), &op->flops, &numbers);
    op->bytes = numbers * (double)clmlp_precision_size(run->backend->precision);
    list->kinds[list->count++] = kind;
}

/* In the order of a step. */
static void list_ops(op_list *list, const clmlp_bench_run *run)
{
    const clmlp_backend_ops *ops = run->backend->ops;
    const size_t L = run->network->L;
    const bool fuses = ops->descend != NULL;
    if (!ops->gathers) add(list, run, GATHER, 1, true);
    for (size_t l = 1; l + 1 < L; l++) add(list, run, FORWARD, l, true);
    add(list, run, OUTPUT, L - 1, true);
    for (size_t l = L - 1; l >= 2; l--) add(list, run, HIDDEN, l, true);
    for (size_t l = 1; l < L; l++) add(list, run, GRADIENT, l, !fuses);
    for (size_t l = 1; l < L; l++) add(list, run, UPDATE, l, !fuses);
    for (size_t l = 1; l < L && fuses; l++) add(list, run, DESCEND, l, true);
}

/* Every matrix holds what a step would have put there before its equation is timed. */
static clmlp_status prepare(op_work *work, clmlp_error *error)
{
    clmlp_bench_run *run = work->run;
    TRY(clmlp_bench_next(run, &work->batch, error));
    TRY(clmlp_step_propagate(run->network, &work->batch, &run->descent, 1, 0, error));
    TRY(clmlp_gradients(run->network, &work->batch, 0.0, error));
    return clmlp_bench_wait(run, error);
}

static clmlp_status measure(op_list *list, clmlp_bench_run *run, const clmlp_bench_config *config,
                            clmlp_error *error)
{
    op_work context = {.run = run};
    TRY(prepare(&context, error));
    for (size_t i = 0; i < list->count; i++) {
        clmlp_bench_op *op = &list->ops[i];
        const clmlp_work work = {equations[list->kinds[i]].run, wait, &context, NULL, config->cancel};
        context.l = op->layer;
        TRY(clmlp_measure(&work, config->seconds / (double)list->count, &op->times, error));
        op->gflops = 1e-6 * op->flops / op->times.median;
        op->gbytes = 1e-6 * op->bytes / op->times.median;
    }
    return CLMLP_OK;
}

clmlp_status clmlp_bench_ops(clmlp_device *device, const clmlp_model *model, size_t M,
                             const clmlp_bench_config *given, clmlp_bench_op **ops, size_t *count, clmlp_error *error)
{
    clmlp_bench_config config;
    clmlp_bench_run run = {.backend = NULL};
    op_list list = {.ops = NULL};
    clmlp_status status = CLMLP_OK;

    REQUIRE(device != NULL, "device");
    REQUIRE(model != NULL, "model");
    REQUIRE(ops != NULL, "ops");
    REQUIRE(count != NULL, "count");
    TRY(clmlp_bench_check(given, &config, error));
    TRY_CLEANUP(clmlp_bench_run_create(&run, device, model, M, CLMLP_FOR_GRADIENTS, &config, error));
    TRY_CLEANUP(clmlp_allocate(&list.ops, 6 * model->L, sizeof *list.ops, "the equations", error));
    TRY_CLEANUP(clmlp_allocate(&list.kinds, 6 * model->L, sizeof *list.kinds, "the equations", error));
    list_ops(&list, &run);
    TRY_CLEANUP(measure(&list, &run, &config, error));
    *ops = list.ops;
    *count = list.count;
    list.ops = NULL;
cleanup:
    free(list.ops);
    free(list.kinds);
    clmlp_bench_run_release(&run);
    return status;
}
