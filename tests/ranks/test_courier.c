/* Sums in the order of ranks, without MPI: ranks are threads of this process, with messages that come late. */
#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ranks/add.h"
#include "ranks/courier.h"
#include "thread_transport.h"

enum { RANKS = 5, SUMS = 12 };
static const size_t SIZES[SUMS] = {1, 0, 33, 1025, 3000001, 2, 70000, 511, 1024, 31, 65537, 7};

static double number(size_t rank, size_t i, size_t sum)
{
    uint64_t bits = (rank * 1000003U + i) * 0x9E3779B97F4A7C15U + sum;
    bits ^= bits >> 29U;
    bits *= 0xBF58476D1CE4E5B9U;
    return ldexp((double)(bits >> 11U) * 0x1p-53 - 0.5, (int)(bits % 40U) - 20);
}

typedef struct worker {
    thread_world *world;
    size_t rank, ranks;
    void *transport;
    clmlp_failure failure;
    clmlp_courier *courier;
    pthread_t thread;
    clmlp_courier_times times;
    size_t wrong;
} worker;

static void start(worker *w, thread_world *world, size_t rank, size_t ranks)
{
    *w = (worker){.world = world, .rank = rank, .ranks = ranks, .transport = thread_transport(world, rank)};
    clmlp_failure_init(&w->failure);
    const clmlp_status status = clmlp_courier_start(&w->courier, &thread_transport_table, w->transport, rank, ranks,
                                                    &w->failure, NULL);
    cr_assert_eq(status, CLMLP_OK);
}

static void stop(worker *w)
{
    cr_expect(clmlp_courier_stop(w->courier));
    clmlp_failure_destroy(&w->failure);
    free(w->transport);
}

/* All sums under way at once; how many numbers are wrong. */
static void *sum_all(void *argument)
{
    worker *const w = argument;
    float *values[SUMS];
    size_t ticket = 0;
    for (size_t s = 0; s < SUMS; s++) {
        values[s] = malloc((SIZES[s] + 1) * sizeof(float));
        if (values[s] == NULL) abort();
        for (size_t i = 0; i < SIZES[s]; i++) values[s][i] = (float)number(w->rank, i, s);
        values[s][SIZES[s]] = 77.0F;
        const clmlp_job job = {.kind = CLMLP_JOB_SUM, .precision = CLMLP_F32, .values = values[s], .count = SIZES[s]};
        if (clmlp_courier_begin(w->courier, &job, &ticket, NULL) != CLMLP_OK || ticket != s + 1) w->wrong++;
    }
    if (clmlp_courier_wait(w->courier, ticket, 0.0, NULL) != CLMLP_OK) w->wrong++;
    unsigned char mine = (unsigned char)w->rank, all[RANKS + 1];
    const clmlp_job gather = {.kind = CLMLP_JOB_GATHER, .mine = &mine, .values = all, .count = 1};
    const clmlp_job share = {.kind = CLMLP_JOB_SHARE, .values = &mine, .count = 1};
    if (clmlp_courier_do(w->courier, &gather, 0.0, NULL) != CLMLP_OK) w->wrong++;
    if (clmlp_courier_do(w->courier, &share, 0.0, NULL) != CLMLP_OK || mine != 0) w->wrong++;
    for (size_t r = 0; r < w->ranks; r++) w->wrong += all[r] != r;
    clmlp_courier_take_times(w->courier, &w->times);
    if (w->times.sums != SUMS) w->wrong++; /* nothing else is one */
    for (size_t s = 0; s < SUMS; s++) {
        for (size_t i = 0; i < SIZES[s]; i++) {
            double total = (double)(float)number(0, i, s);
            for (size_t r = 1; r < w->ranks; r++) total += (double)(float)number(r, i, s);
            const float expected = (float)total;
            if (memcmp(&expected, &values[s][i], sizeof expected) != 0) w->wrong++;
        }
        if (values[s][SIZES[s]] != 77.0F) w->wrong++;
        free(values[s]);
    }
    return NULL;
}

Test(courier, sums_are_those_of_a_plain_loop_over_the_ranks)
{
    for (size_t ranks = 2; ranks <= RANKS; ranks++) {
        thread_world *const world = thread_world_create((unsigned)ranks);
        worker workers[RANKS];
        for (size_t r = 0; r < ranks; r++) start(&workers[r], world, r, ranks);
        for (size_t r = 0; r < ranks; r++) {
            cr_assert_eq(pthread_create(&workers[r].thread, NULL, sum_all, &workers[r]), 0);
        }
        for (size_t r = 0; r < ranks; r++) cr_assert_eq(pthread_join(workers[r].thread, NULL), 0);
        cr_expect_eq(thread_world_open(world), 0); /* nothing is under way when all is done */
        for (size_t r = 0; r < ranks; r++) {
            cr_expect_eq(workers[r].wrong, 0, "rank %zu of %zu: %zu wrong", r, ranks, workers[r].wrong);
            stop(&workers[r]);
        }
        thread_world_destroy(world);
    }
}

Test(courier, sums_keep_numbers_that_are_none)
{
    const double a[] = {NAN, INFINITY, -INFINITY, -0.0, 1e308, 0x1p-1074}, b[] = {1, 1, INFINITY, -0.0, 1e308, 0};
    const void *const parts[] = {a, b};
    double sum[6];
    clmlp_add_in_order(CLMLP_F64, 2, parts, sum, 6);
    cr_expect(isnan(sum[0]) && isinf(sum[1]) && isnan(sum[2]) && isinf(sum[4]) && sum[5] == 0x1p-1074);
    cr_expect(sum[3] == 0.0 && signbit(sum[3]));
}

Test(courier, sums_go_from_rank_0_to_the_last)
{
    const double a = 0x1p60, b = 1.0, c = -0x1p60;
    const float d = 0x1p60F, e = 1.0F, f = -0x1p60F;
    const void *const f64[] = {&a, &b, &c}, *const f32[] = {&d, &e, &f};
    double sum = 7.0;
    float small = 7.0F;
    clmlp_add_in_order(CLMLP_F64, 3, f64, &sum, 1);
    clmlp_add_in_order(CLMLP_F32, 3, f32, &small, 1);
    cr_expect(sum == 0.0 && small == 0.0F, "%g %g, expected (a + b) + c = 0", sum, (double)small);
}

Test(courier, a_sum_that_another_rank_does_not_begin_is_given_up)
{
    thread_world *const world = thread_world_create(1);
    worker w;
    size_t ticket = 0;
    clmlp_error error = {.message = ""};
    start(&w, world, 0, 2);
    float *const values = calloc(100000, sizeof *values);
    const clmlp_job job = {.kind = CLMLP_JOB_SUM, .precision = CLMLP_F32, .values = values, .count = 100000};
    cr_assert_eq(clmlp_courier_begin(w.courier, &job, &ticket, NULL), CLMLP_OK);
    (void)clmlp_failure_gone(&w.failure, 1, "b", "its connection closed");
    const double begin = clmlp_seconds();
    cr_expect_eq(clmlp_courier_wait(w.courier, ticket, 0.0, &error), CLMLP_RANKS);
    cr_expect_str_eq(error.message, "rank 1 (host b) is gone: its connection closed");
    cr_expect(clmlp_courier_settle(w.courier));
    cr_expect(clmlp_seconds() - begin < 3.0);
    free(values);
    cr_expect_eq(clmlp_courier_begin(w.courier, &job, &ticket, &error), CLMLP_RANKS);
    stop(&w);
    thread_world_destroy(world);
}

Test(courier, a_wait_with_a_limit_ends)
{
    thread_world *const world = thread_world_create(1);
    worker w;
    double value = 1.0;
    clmlp_error error = {.message = ""};
    start(&w, world, 1, 2);
    const clmlp_job job = {.kind = CLMLP_JOB_SUM, .precision = CLMLP_F64, .values = &value, .count = 1};
    cr_expect_eq(clmlp_courier_do(w.courier, &job, 0.3, &error), CLMLP_RANKS);
    cr_expect(strstr(error.message, "rank 1: the other ranks did not answer within 0 s") != NULL, "%s", error.message);
    stop(&w);
    thread_world_destroy(world);
}

/* One begins more numbers than the other. */
static void *sum_one(void *argument)
{
    worker *const w = argument;
    const size_t count = 100 + w->rank;
    double *const values = calloc(count, sizeof *values);
    if (values == NULL) abort();
    const clmlp_job job = {.kind = CLMLP_JOB_SUM, .precision = CLMLP_F64, .values = values, .count = count};
    if (clmlp_courier_do(w->courier, &job, 0.0, NULL) != CLMLP_RANKS) w->wrong++;
    (void)clmlp_courier_settle(w->courier);
    free(values);
    return NULL;
}

Test(courier, sums_of_different_lengths_are_an_error)
{
    thread_world *const world = thread_world_create(3);
    worker workers[2];
    for (size_t r = 0; r < 2; r++) start(&workers[r], world, r, 2);
    for (size_t r = 0; r < 2; r++) {
        cr_assert_eq(pthread_create(&workers[r].thread, NULL, sum_one, &workers[r]), 0);
    }
    while (!clmlp_failure_happened(&workers[0].failure) && !clmlp_failure_happened(&workers[1].failure)) continue;
    for (size_t r = 0; r < 2; r++) { /* what the life line does */
        (void)clmlp_failure_set(&workers[r].failure, 1, CLMLP_RANKS, "gone");
        cr_assert_eq(pthread_join(workers[r].thread, NULL), 0);
        cr_expect_eq(workers[r].wrong, 0);
    }
    cr_expect(strstr(workers[0].failure.text, "sent 808 bytes, expected 800") != NULL ||
              strstr(workers[1].failure.text, "sent 800 bytes, expected 808") != NULL, "%s; %s",
              workers[0].failure.text, workers[1].failure.text);
    for (size_t r = 0; r < 2; r++) stop(&workers[r]);
    thread_world_destroy(world);
}

Test(courier, an_error_of_mpi_is_told_with_rank_and_words)
{
    thread_world *const world = thread_world_create(1);
    worker w;
    double value = 1.0;
    clmlp_error error = {.message = ""};
    start(&w, world, 0, 2);
    thread_transport_break(w.transport);
    const clmlp_job job = {.kind = CLMLP_JOB_SUM, .precision = CLMLP_F64, .values = &value, .count = 1};
    cr_expect_eq(clmlp_courier_do(w.courier, &job, 0.0, &error), CLMLP_RANKS);
    const char *const expected = "rank 0 (host ?): MPI reports an error: the network of threads is broken (rank 1)";
    cr_expect_str_eq(error.message, expected);
    stop(&w);
    thread_world_destroy(world);
}

/* Small and large sums, and all else: a message that does not begin, the first or the second, is not waited for. */
Test(courier, a_message_that_does_not_begin_is_an_error)
{
    enum { LARGE = 100000 };
    static double values[2 * LARGE];
    static const struct { clmlp_job job; size_t messages; } jobs[] = {
        {{.kind = CLMLP_JOB_SUM, .precision = CLMLP_F64, .values = values, .count = 1}, 2},
        {{.kind = CLMLP_JOB_SUM, .precision = CLMLP_F64, .values = values, .count = LARGE}, 2},
        {{.kind = CLMLP_JOB_GATHER, .mine = values, .values = values, .count = 8}, 2},
        {{.kind = CLMLP_JOB_SHARE, .values = values, .count = 8, .from = 0}, 1},
        {{.kind = CLMLP_JOB_SHARE, .values = values, .count = 8, .from = 1}, 1}};
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        for (size_t n = 1; n <= jobs[i].messages; n++) {
            thread_world *const world = thread_world_create(1);
            worker w;
            clmlp_error error = {.message = ""};
            size_t ticket = 0;
            start(&w, world, 0, 2);
            thread_transport_refuse(w.transport, n);
            cr_assert_eq(clmlp_courier_begin(w.courier, &jobs[i].job, &ticket, NULL), CLMLP_OK);
            cr_expect_eq(clmlp_courier_wait(w.courier, ticket, 5.0, &error), CLMLP_RANKS, "job %zu, message %zu", i, n);
            cr_expect_str_eq(error.message, "rank 0 (host ?): MPI reports an error: the network of threads is broken",
                             "job %zu, message %zu", i, n);
            stop(&w);
            thread_world_destroy(world);
        }
    }
}
