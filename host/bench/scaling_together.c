/* scaling_together.c - time steps of the ranks at hand with their sums and without, in turns: what disturbs the machine
 * then disturbs both alike. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "bench/examples.h"
#include "bench/scaling.h"
#include "data/select.h"
#include "propagate/equation_args.h"
#include "ranks/exchange.h"

enum { LEAST_STEPS = 5, MOST_STEPS = 1000 };

/* What a rank's step works on. */
typedef struct together {
    clmlp_bench_run run;
    clmlp_ranks *ranks;
    void **staging;   /* [L - 1]: a gradient each, on its way; owned */
    size_t *tickets;  /* [L - 1] */
    bool sums;        /* whether this step has them */
} together;

static clmlp_status create(together *t, clmlp_error *error)
{
    const clmlp_network *const network = t->run.network;
    const size_t size = clmlp_precision_size(t->run.backend->precision), layers = network->L - 1;
    TRY(clmlp_allocate(&t->staging, layers, sizeof *t->staging, "gradients on their way", error));
    TRY(clmlp_allocate(&t->tickets, layers, sizeof *t->tickets, "gradients on their way", error));
    for (size_t l = 1; l <= layers; l++) {
        const clmlp_tensor *const gradient = network->gradient[l - 1];
        TRY(clmlp_allocate(&t->staging[l - 1], gradient->rows * gradient->columns, size, "gradients on their way",
                           error));
    }
    return CLMLP_OK;
}

static void release(together *t)
{
    clmlp_exchange_settle(t->ranks);
    for (size_t l = 1; t->staging != NULL && l < t->run.network->L; l++) free(t->staging[l - 1]);
    free(t->staging);
    free(t->tickets);
    clmlp_bench_run_release(&t->run);
}

/* gradient(l) goes to the host, and begins its way. */
static clmlp_status send_gradient(together *t, const clmlp_batch *batch, size_t l, clmlp_error *error)
{
    clmlp_backend *const backend = t->run.backend;
    const clmlp_tensor *const gradient = t->run.network->gradient[l - 1];
    const clmlp_gradient_args args = clmlp_gradient_args_of(t->run.network, batch, l, 0.0);
    TRY(backend->ops->gradient(backend, &args, error));
    TRY(backend->ops->tensor_read(backend, gradient, 0, gradient->rows, t->staging[l - 1], error));
    if (!t->sums) return CLMLP_OK;
    return clmlp_exchange_begin(t->ranks, backend->precision, t->staging[l - 1], gradient->rows * gradient->columns,
                                &t->tickets[l - 1], error);
}

static clmlp_status move_theta(together *t, size_t l, clmlp_error *error)
{
    clmlp_bench_run *const run = &t->run;
    clmlp_network *const network = run->network;
    clmlp_tensor *const gradient = network->gradient[l - 1];
    const clmlp_update_rule rule = clmlp_rule_of_step(&run->descent.rule, network->s, l, run->steps);
    const clmlp_update_args args = clmlp_update_args_of(network, l, &rule, 0.0);
    if (t->sums) TRY(clmlp_exchange_wait(t->ranks, t->tickets[l - 1], error));
    TRY(run->backend->ops->tensor_write(run->backend, gradient, 0, gradient->rows, t->staging[l - 1], error));
    return run->backend->ops->update(run->backend, &args, error);
}

static clmlp_status step(together *t, clmlp_error *error)
{
    clmlp_bench_run *const run = &t->run;
    clmlp_backend *const backend = run->backend;
    clmlp_batch batch;
    TRY(clmlp_bench_next(run, &batch, error));
    run->steps++;
    TRY(clmlp_forward(run->network, &batch, error));
    const clmlp_output_args output = clmlp_output_args_of(run->network, &batch, run->descent.right, run->slot++, true);
    TRY(backend->ops->output_delta(backend, &output, error));
    for (size_t l = run->network->L - 1; l >= 1; l--) {
        TRY(send_gradient(t, &batch, l, error));
        if (l == 1) break;
        const clmlp_hidden_args hidden = clmlp_hidden_args_of(run->network, &batch, l);
        TRY(backend->ops->hidden_delta(backend, &hidden, error));
        TRY(backend->ops->flush(backend, error));
    }
    TRY(clmlp_batch_loader_done(run->loader, error));
    for (size_t l = run->network->L - 1; l >= 1; l--) TRY(move_theta(t, l, error));
    return clmlp_bench_wait(run, error);
}

static clmlp_status time_step(together *t, bool sums, double *seconds, clmlp_error *error)
{
    t->sums = sums;
    TRY(clmlp_ranks_agree(t->ranks, CLMLP_OK, error)); /* all begin together */
    const double began = clmlp_seconds();
    TRY(step(t, error));
    *seconds = clmlp_seconds() - began;
    return CLMLP_OK;
}

/* One step of each kind, in turns: samples [2][MOST_STEPS], with sums and without. */
static clmlp_status time_steps(together *t, size_t count, double (*samples)[MOST_STEPS], clmlp_error *error)
{
    for (size_t i = 0; i < count; i++) {
        TRY(time_step(t, true, &samples[0][i], error));
        TRY(time_step(t, false, &samples[1][i], error));
    }
    return CLMLP_OK;
}

/* All ranks take as many steps. */
static clmlp_status choose_count(together *t, double seconds, double (*samples)[MOST_STEPS], size_t *count,
                                 clmlp_error *error)
{
    TRY(time_steps(t, 2, samples, error)); /* the first may have to compile kernels */
    const double fitting = seconds / (samples[0][1] + samples[1][1]);
    *count = fitting < LEAST_STEPS ? LEAST_STEPS : fitting > MOST_STEPS ? MOST_STEPS : (size_t)fitting;
    TRY(clmlp_ranks_share(t->ranks, 0, count, sizeof *count, error));
    if (*count >= 1 && *count <= MOST_STEPS) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_RANKS, "rank 0 asks for %zu steps", *count);
}

static clmlp_status measure(together *t, double seconds, double (*samples)[MOST_STEPS], clmlp_step_times *times,
                            size_t *count, clmlp_error *error)
{
    double medians[2];
    TRY(choose_count(t, seconds, samples, count, error));
    TRY(time_steps(t, *count, samples, error));
    for (size_t i = 0; i < 2; i++) medians[i] = clmlp_median(samples[i], *count);
    TRY(clmlp_bench_slowest(t->ranks, medians, 2, error));
    *times = (clmlp_step_times){.together = medians[0], .shared = medians[1]};
    return CLMLP_OK;
}

clmlp_status clmlp_bench_time_together(clmlp_device *device, const clmlp_model *model, size_t M, clmlp_ranks *ranks,
                                       const clmlp_bench_config *config, clmlp_step_times *times, clmlp_error *error)
{
    together t = {.ranks = ranks};
    double (*samples)[MOST_STEPS] = NULL;
    size_t count = 0; /* a message may come there until all is settled */
    clmlp_status status = clmlp_bench_run_create(&t.run, device, model, M, CLMLP_FOR_GRADIENTS, config, error);
    if (status == CLMLP_OK) status = create(&t, error);
    if (status == CLMLP_OK) status = clmlp_allocate(&samples, 2, sizeof *samples, "the samples", error);
    TRY_CLEANUP(clmlp_ranks_agree(ranks, status, error));
    TRY_CLEANUP(measure(&t, config->seconds, samples, times, &count, error));
cleanup:
    release(&t);
    free(samples);
    return status;
}
