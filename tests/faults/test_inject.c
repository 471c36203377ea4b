/* test_inject.c - every fault does what it says, and nothing before. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inject.h"
#include "networks.h"
#include "propagate/network.h"
#include "train/batch_loader.h"

enum { L = 4, STEPS = 3, M = 13, MATRICES = 32 };
static const size_t hidden[] = {9, 6};

/* All matrices of one step, in the order of computation: x .. theta after. */
typedef struct trace {
    size_t count, rows[MATRICES], columns[MATRICES];
    char name[MATRICES][24];
    double *values[MATRICES];
    double cost;
} trace;

typedef struct setup {
    clmlp_device *device;
    clmlp_dataset *data;
    clmlp_model *model;
    clmlp_network *network;
    clmlp_batch_loader *loader;
} setup;

static void record(setup *s, trace *t, const char *what, size_t l, const clmlp_tensor *tensor, size_t rows)
{
    const size_t count = rows * tensor->columns, at = t->count++;
    const bool is_double = s->device->backend->precision == CLMLP_F64;
    (void)snprintf(t->name[at], sizeof t->name[at], "%s:%zu", what, l);
    t->rows[at] = rows;
    t->columns[at] = tensor->columns;
    t->values[at] = calloc(count, sizeof(double));
    float *single = calloc(count, sizeof *single);
    OK(s->device->backend->ops->tensor_read(s->device->backend, tensor, 0, rows,
                                            is_double ? (void *)t->values[at] : single, error));
    for (size_t i = 0; i < count && !is_double; i++) t->values[at][i] = (double)single[i];
    free(single);
}

static void forget(trace *t)
{
    for (size_t i = 0; i < t->count; i++) free(t->values[i]);
    t->count = 0;
}

static void step(setup *s, trace *t)
{
    clmlp_network *n = s->network;
    clmlp_backend *backend = s->device->backend;
    clmlp_batch batch;
    clmlp_batch_score score;
    OK(clmlp_batch_loader_next(s->loader, &batch, error));
    OK(clmlp_forward(n, &batch, error));
    OK(clmlp_backward(n, &batch, CLMLP_RIGHT_NEVER, 0, error));
    if (n->descends_in_one) OK(clmlp_gradients(n, &batch, 0.25, error));
    const clmlp_update_rule rule = {.optimizer = CLMLP_SGD, .numbers = {[UPDATE_RATE] = 0.5}};
    OK(clmlp_descend(n, &batch, &rule, 0.25, error));
    OK(clmlp_batch_loader_done(s->loader, error));
    OK(backend->ops->scores_read(backend, 0, 1, &score, error));
    forget(t);
    t->cost = score.cost;
    for (size_t l = 2; l < L; l++) {
        record(s, t, "z", l, n->z[l - 1], M);
        record(s, t, "a", l, n->a[l - 1], M);
    }
    record(s, t, "z", L, n->z[L - 1], M);
    record(s, t, "a", L, n->h, M);
    for (size_t l = L; l >= 2; l--) record(s, t, "delta", l, n->delta[l - 1], M);
    for (size_t l = 1; l < L; l++) record(s, t, "gradient", l, n->gradient[l - 1], n->s[l]);
    for (size_t l = 1; l < L; l++) record(s, t, "theta", l, n->theta[l - 1], n->s[l]);
}

/* The last of `steps` steps, with a fault or, NULL, without. */
static void run(const char *spec, clmlp_precision precision, const char *fault, size_t steps, trace *last)
{
    clmlp_error message = {.message = ""};
    last->count = 0;
    setup s = {.device = open_device(spec, precision, 0),
               .data = random_data(STEPS * M, 11, 5, CLMLP_OUTPUT_SIGMOID, 3)};
    s.model = model_for(s.data, hidden, 2, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 4);
    for (size_t i = 0; i < clmlp_model_parameters(s.model); i++) s.model->theta[i] += 0.1;
    if (fault != NULL) cr_assert(inject_device(s.device, fault, &message), "%s", message.message);
    OK(clmlp_network_create(&s.network, s.device->backend, s.model, M, CLMLP_FOR_VERIFICATION, error));
    OK(s.device->backend->ops->scores_reserve(s.device->backend, 1, M, STEPS * M, error));
    OK(clmlp_batch_loader_create(&s.loader, s.device->backend, s.data, s.model, M, false, CLMLP_TO_TRAIN, 0.0, error));
    OK(clmlp_batch_loader_begin(s.loader, M, false, error));
    for (size_t i = 0; i < steps; i++) step(&s, last);
    if (fault != NULL) cr_assert(inject_hit(s.device), "%s: %s was not reached", spec, fault);
    clmlp_batch_loader_destroy(s.loader);
    clmlp_network_destroy(s.network);
    clmlp_model_destroy(s.model);
    clmlp_dataset_destroy(s.data);
    clmlp_device_close(s.device);
}

static size_t place(const trace *t, const char *name)
{
    size_t i = 0;
    while (i < t->count && strcmp(t->name[i], name) != 0) i++;
    cr_assert_lt(i, t->count, "there is no %s", name);
    return i;
}

static size_t differing(const trace *x, const trace *y, size_t i)
{
    size_t count = 0;
    for (size_t k = 0; k < x->rows[i] * x->columns[i]; k++) count += !(x->values[i][k] == y->values[i][k]);
    return count;
}

#define SUBJECTS {{"cpu", CLMLP_F32}, {"opencl+clblast", CLMLP_F64}, {"opencl+native", CLMLP_F32}}
typedef struct subject {
    const char *spec;
    clmlp_precision precision;
} subject;

/* A fault, the matrix that it spoils, and how many elements of it at the least and the most. */
typedef struct row {
    const char *fault, *spoilt;
    size_t least, most;
} row;

static const row rows[] = {
    {"nan:z:2@2", "z:2", 1, 1},           {"inf:a:3@2", "a:3", 1, 1},
    {"nan:delta:4@2", "delta:4", 1, 1},   {"inf:delta:2@2", "delta:2", 1, 1},
    {"nan:gradient:1@2", "gradient:1", 1, 1}, {"inf:theta:3@2", "theta:3", 1, 1},
    {"flip:z:2@2", "z:2", 1, 1},          {"flip:a:2@2", "a:2", 1, 1},
    {"flip:z:4@2", "z:4", 1, 1},          {"flip:a:4@2", "a:4", 1, 1},
    {"flip:delta:4@2", "delta:4", 1, 1},  {"flip:delta:3@2", "delta:3", 1, 1},
    {"flip:gradient:2@2", "gradient:2", 1, 1}, {"flip:theta:1@2", "theta:1", 1, 1},
    {"scale:1+1e-4:z:3@2", "z:3", M * 6 - 8, M * 6}, {"scale:1.0001:delta:2@2", "delta:2", M * 9 - 8, M * 9},
    {"scale:1+1e-4:gradient:3@2", "gradient:3", 5 * 7 - 8, 5 * 7},
    {"rate:1.5:theta:2@2", "theta:2", 6 * 10 - 8, 6 * 10},
    {"skip:forward:2@2", "z:2", M * 9 - 8, M * 9}, {"skip:output_delta:4@2", "delta:4", M * 5 - 8, M * 5},
    {"skip:hidden_delta:3@2", "delta:3", M * 6 - 8, M * 6}, {"skip:gradient:2@2", "gradient:2", 6 * 10 - 8, 6 * 10},
    {"skip:update:1@2", "theta:1", 9 * 12 - 8, 9 * 12},
    {"stale:a:2@2", "a:2", M * 9 - 8, M * 9}, {"stale:theta:2@2", "theta:2", 6 * 10 - 8, 6 * 10},
    {"late:z:3@2", "z:3", M * 6 - 8, M * 6}, {"late:delta:2@2", "delta:2", M * 9 - 8, M * 9},
    {"late:gradient:1@2", "gradient:1", 9 * 12 - 8, 9 * 12}, {"late:theta:2@2", "theta:2", 6 * 10 - 8, 6 * 10},
    {"transpose:z:2@2", "z:2", M * 9 - 8, M * 9}, {"transpose:delta:3@2", "delta:3", M * 6 - M - 8, M * 6},
    {"transpose:gradient:2@2", "gradient:2", 30 - 8, 30}, {"transpose:theta:1@2", "theta:1", 72 - 8, 72 + 9},
    {"tail:z:4@2", "z:4", M * 5 - 8, M * 5}, {"tail:delta:2@2", "delta:2", M * 9 - 8, M * 9},
    {"tail:gradient:3@2", "gradient:3", 5 * 7 - 8, 5 * 7},
    {"edge:a:3@2", "a:3", M - 4, M},      {"edge:delta:2@2", "delta:2", M - 4, M},
    {"no_bias:z:2@2", "z:2", M * 9 - 8, M * 9}, {"no_bias:gradient:2@2", "gradient:2", 6, 6},
    {"lambda_on_bias:gradient:1@2", "gradient:1", 9, 9}, {"no_mean:gradient:1@2", "gradient:1", 9 * 12 - 8, 9 * 12},
};

static void check(const row *r, const subject *s, const trace *clean)
{
    trace spoilt;
    run(s->spec, s->precision, r->fault, 2, &spoilt);
    const size_t at = place(&spoilt, r->spoilt), count = differing(&spoilt, clean, at);
    cr_expect(count >= r->least && count <= r->most, "%s: %s changes %zu elements of %s, expected %zu to %zu", s->spec,
              r->fault, count, r->spoilt, r->least, r->most);
    for (size_t i = 0; i < at; i++) {
        /* z and a, h and delta come from one equation */
        const bool together = strncmp(r->fault, "skip:", 5) == 0 && i + 2 >= at;
        cr_expect(together || differing(&spoilt, clean, i) == 0, "%s: %s changes %s, which is computed before", s->spec,
                  r->fault, spoilt.name[i]);
    }
    forget(&spoilt);
}

Test(inject, every_fault_spoils_what_it_names_and_nothing_before)
{
    const subject subjects[] = SUBJECTS;
    for (size_t b = 0; b < sizeof subjects / sizeof *subjects; b++) {
        trace clean;
        run(subjects[b].spec, subjects[b].precision, NULL, 2, &clean);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) check(&rows[i], &subjects[b], &clean);
        forget(&clean);
    }
}

/* A wrapper whose fault is not due yet changes no bit. */
Test(inject, before_its_step_everything_is_right)
{
    const subject subjects[] = SUBJECTS;
    for (size_t b = 0; b < sizeof subjects / sizeof *subjects; b++) {
        trace clean, early;
        run(subjects[b].spec, subjects[b].precision, NULL, 1, &clean);
        clmlp_error message;
        clmlp_device *device = open_device(subjects[b].spec, subjects[b].precision, 0);
        cr_assert(inject_device(device, "nan:delta:2@7", &message));
        cr_assert_not(inject_hit(device));
        clmlp_device_close(device);
        run(subjects[b].spec, subjects[b].precision, "nan:theta:3@1", 1, &early);
        for (size_t i = 0; i + 1 < clean.count; i++) cr_expect_eq(differing(&clean, &early, i), 0, "%s", clean.name[i]);
        cr_expect_eq(differing(&clean, &early, clean.count - 1), 1);
        forget(&clean), forget(&early);
    }
}

Test(inject, a_stale_result_is_that_of_the_step_before)
{
    trace before, spoilt;
    run("opencl+native", CLMLP_F32, NULL, 1, &before);
    run("opencl+native", CLMLP_F32, "stale:delta:3@2", 2, &spoilt);
    cr_expect_eq(differing(&before, &spoilt, place(&spoilt, "delta:3")), 0);
    forget(&spoilt);
    run("opencl+native", CLMLP_F32, "stale:cost:4@2", 2, &spoilt);
    cr_expect_eq(before.cost, spoilt.cost);
    forget(&spoilt), forget(&before);
}

Test(inject, a_gradient_without_its_mean_is_m_times_as_large)
{
    trace clean, spoilt;
    run("cpu", CLMLP_F64, NULL, 2, &clean);
    run("cpu", CLMLP_F64, "no_mean:gradient:2@2", 2, &spoilt);
    const size_t at = place(&clean, "gradient:2");
    for (size_t i = 0; i < 60; i++) cr_expect_eq(spoilt.values[at][i], M * clean.values[at][i]);
    forget(&clean), forget(&spoilt);
}

/* By one bit, and the next lower one would stay within the bound. */
Test(inject, a_flipped_bit_is_the_lowest_beyond_the_bound)
{
    trace clean, spoilt;
    run("cpu", CLMLP_F32, NULL, 2, &clean);
    run("cpu", CLMLP_F32, "flip:a:3@2", 2, &spoilt);
    const size_t at = place(&clean, "a:3");
    for (size_t i = 0; i < M * 6; i++) {
        const double change = fabs(spoilt.values[at][i] - clean.values[at][i]), size = fabs(clean.values[at][i]);
        if (change == 0.0) continue;
        int exponent;
        cr_expect_eq(frexp(change, &exponent), 0.5, "the change is no power of two");
        cr_expect_gt(change, 5.0 * 0x1p-24 * size, "tanh may be off by more");
        cr_expect_leq(change, 64.0 * 0x1p-24 * size, "tanh may be off by less");
    }
    forget(&clean), forget(&spoilt);
}

Test(inject, a_spoilt_cost_is_not_that_of_the_device)
{
    static const char *const faults[] = {"scale:1+1e-4:cost:4@2", "flip:cost:4@2", "nan:cost:4@2", "inf:cost:4@2"};
    trace clean, spoilt;
    run("opencl+clblast", CLMLP_F32, NULL, 2, &clean);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        run("opencl+clblast", CLMLP_F32, faults[i], 2, &spoilt);
        cr_expect(!(clean.cost == spoilt.cost), "%s", faults[i]);
        forget(&spoilt);
    }
    forget(&clean);
}

Test(inject, refuses_what_is_no_fault)
{
    static const char *const texts[] = {"",
                                        "nan",
                                        "nan:delta",
                                        "nan:delta:2",
                                        "nan:delta:2@",
                                        "nan:delta:0@1",
                                        "nan:delta:2@0",
                                        "nan:delta:2@1x",
                                        "nan:omega:2@1",
                                        "scale:z:2@1",
                                        "scale:1+:z:2@1",
                                        "skip:delta:2@1",
                                        "no_mean:z:2@1",
                                        "burn:z:2@1",
                                        "nan:delta:-1@1",
                                        "nan:forward:2@1"};
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        clmlp_error error = {.message = ""};
        cr_expect_not(inject_device(device, texts[i], &error), "'%s'", texts[i]);
        cr_expect_not_null(strstr(error.message, texts[i]), "%s", error.message);
    }
    clmlp_device_close(device);
}
