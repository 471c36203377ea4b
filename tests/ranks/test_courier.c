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
    size_t wrong, begun;
    clmlp_direct *direct; /* NULL: sums go by messages */
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

/* Room for the numbers of a sum, and one more. */
static float *room_for(const worker *w, size_t s)
{
    size_t before = 0;
    if (w->direct == NULL) return malloc((SIZES[s] + 1) * sizeof(float));
    for (size_t i = 0; i < s; i++) before += SIZES[i] + 1;
    return (float *)(void *)clmlp_direct_part(w->direct, w->rank) + before;
}

/* All sums under way at once; how many numbers are wrong. */
static void *sum_all(void *argument)
{
    worker *const w = argument;
    float *values[SUMS];
    size_t ticket = 0;
    for (size_t s = 0; s < SUMS; s++) {
        values[s] = room_for(w, s);
        if (values[s] == NULL) abort();
        for (size_t i = 0; i < SIZES[s]; i++) values[s][i] = (float)number(w->rank, i, s);
        values[s][SIZES[s]] = 77.0F;
        const clmlp_job job = {.kind = CLMLP_JOB_SUM, .precision = CLMLP_F32, .values = values[s], .count = SIZES[s]};
        if (clmlp_courier_begin(w->courier, &job, &ticket, NULL) != CLMLP_OK || ticket != ++w->begun) w->wrong++;
    }
    if (clmlp_courier_wait(w->courier, ticket, 0.0, NULL) != CLMLP_OK) w->wrong++;
    clmlp_courier_times others;
    clmlp_courier_take_times(w->courier, &w->times);
    if (w->times.sums != SUMS) w->wrong++;
    unsigned char mine = (unsigned char)w->rank, all[RANKS + 1];
    const clmlp_job gather = {.kind = CLMLP_JOB_GATHER, .mine = &mine, .values = all, .count = 1};
    const clmlp_job share = {.kind = CLMLP_JOB_SHARE, .values = &mine, .count = 1};
    if (clmlp_courier_do(w->courier, &gather, 0.0, NULL) != CLMLP_OK) w->wrong++;
    if (clmlp_courier_do(w->courier, &share, 0.0, NULL) != CLMLP_OK || mine != 0) w->wrong++;
    w->begun += 2;
    for (size_t r = 0; r < w->ranks; r++) w->wrong += all[r] != r;
    clmlp_courier_take_times(w->courier, &others);
    if (others.sums != 0) w->wrong++; /* nothing else is one */
    for (size_t s = 0; s < SUMS; s++) {
        for (size_t i = 0; i < SIZES[s]; i++) {
            double total = (double)(float)number(0, i, s);
            for (size_t r = 1; r < w->ranks; r++) total += (double)(float)number(r, i, s);
            const float expected = (float)total;
            if (memcmp(&expected, &values[s][i], sizeof expected) != 0) w->wrong++;
        }
        if (values[s][SIZES[s]] != 77.0F) w->wrong++;
        if (w->direct == NULL) free(values[s]);
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

/* The ranks see the memory at addresses of their own, as processes do, of which the threads here have one. */
Test(courier, sums_in_shared_memory_are_the_same)
{
    size_t part = 0;
    for (size_t s = 0; s < SUMS; s++) part += (SIZES[s] + 1) * sizeof(float);
    part = (part + CLMLP_DIRECT_PAGE - 1) / CLMLP_DIRECT_PAGE * CLMLP_DIRECT_PAGE;
    for (size_t ranks = 2; ranks <= RANKS; ranks++) {
        thread_world *const world = thread_world_create((unsigned)ranks);
        worker workers[RANKS];
        const size_t bytes = clmlp_direct_size(ranks, part);
        void *const memory = aligned_alloc(CLMLP_DIRECT_PAGE, bytes);
        cr_assert_not_null(memory);
        memset(memory, 0, bytes);
        for (size_t r = 0; r < ranks; r++) {
            start(&workers[r], world, r, ranks);
            cr_assert_eq(clmlp_direct_create(&workers[r].direct, memory, r, ranks, part, NULL), CLMLP_OK);
            clmlp_courier_attach(workers[r].courier, workers[r].direct);
            cr_expect(clmlp_courier_is_direct(workers[r].courier, room_for(&workers[r], 4), SIZES[4] * sizeof(float)));
        }
        for (size_t turn = 0; turn < 3; turn++) { /* the memory is used again */
            double sent = 0.0;
            for (size_t r = 0; r < ranks; r++) {
                cr_assert_eq(pthread_create(&workers[r].thread, NULL, sum_all, &workers[r]), 0);
            }
            for (size_t r = 0; r < ranks; r++) cr_assert_eq(pthread_join(workers[r].thread, NULL), 0);
            for (size_t r = 0; r < ranks; r++) {
                cr_expect_eq(workers[r].wrong, 0, "rank %zu of %zu: %zu wrong", r, ranks, workers[r].wrong);
                sent += workers[r].times.bytes;
                workers[r].wrong = 0;
            }
            for (size_t s = 0; s < SUMS; s++) { /* as much as messages: two rounds, and one where a sum is small */
                const size_t n = SIZES[s] * sizeof(float), rounds = n > CLMLP_PIECE_SMALL ? 2 : ranks;
                sent -= (double)(rounds * (ranks - 1) * n);
            }
            cr_expect_eq(sent, 0.0, "%zu ranks: %g bytes more than messages", ranks, sent);
        }
        for (size_t r = 0; r < ranks; r++) {
            cr_expect(clmlp_courier_detach(workers[r].courier, workers[r].direct));
            cr_expect(!clmlp_courier_is_attached(workers[r].courier));
            stop(&workers[r]);
            clmlp_direct_destroy(workers[r].direct);
        }
        free(memory);
        thread_world_destroy(world);
    }
}

Test(courier, shared_memory_holds_what_lies_in_this_ranks_part)
{
    enum { PART = CLMLP_DIRECT_PAGE, LONG = CLMLP_PIECE_SMALL + 4 };
    clmlp_direct *direct = NULL;
    size_t bytes = 0;
    void *const memory = aligned_alloc(CLMLP_DIRECT_PAGE, clmlp_direct_size(3, PART));
    cr_assert_not_null(memory);
    cr_assert_eq(clmlp_direct_create(&direct, memory, 1, 3, PART, NULL), CLMLP_OK);
    cr_expect_eq(clmlp_direct_memory(direct, &bytes), memory);
    cr_expect_eq(bytes, clmlp_direct_size(3, PART));
    unsigned char *const part = clmlp_direct_part(direct, 1);
    cr_expect(clmlp_direct_part(direct, 2) + PART == (unsigned char *)memory + bytes);
    cr_expect(clmlp_direct_holds(direct, part, PART) && clmlp_direct_holds(direct, part + PART - LONG, LONG));
    cr_expect(!clmlp_direct_holds(direct, part, CLMLP_PIECE_SMALL)); /* each rank for itself, by messages */
    cr_expect(!clmlp_direct_holds(direct, part, PART + 1) && !clmlp_direct_holds(direct, part, SIZE_MAX));
    cr_expect(!clmlp_direct_holds(direct, part - 4, LONG));
    cr_expect(!clmlp_direct_holds(direct, part + PART - LONG + 4, LONG));
    cr_expect(!clmlp_direct_holds(direct, clmlp_direct_part(direct, 0), LONG));
    cr_expect(!clmlp_direct_holds(direct, clmlp_direct_part(direct, 2), LONG));
    cr_expect(!clmlp_direct_holds(NULL, part, LONG));
    cr_expect_eq(clmlp_direct_size(SIZE_MAX / 4, PART), SIZE_MAX);
    cr_expect_eq(clmlp_direct_size(2, SIZE_MAX / 2 + 1), SIZE_MAX);
    clmlp_direct_destroy(direct);
    clmlp_direct_destroy(NULL);
    free(memory);
}

/* Two are added in float: rounded once they are what they are through double. */
Test(courier, a_sum_of_two_is_that_through_double)
{
    enum { COUNT = 1 << 20 };
    static const uint32_t odd[] = {0, 0x80000000, 1, 0x80000001, 0x007FFFFF, 0x00800000, 0x7F7FFFFF, 0xFF7FFFFF,
                                   0x7F800000, 0xFF800000, 0x7FC00000, 0x3F800001, 0x33800000, 0x33800001, 0xB3800000};
    enum { ODD = sizeof odd / sizeof *odd };
    float *const a = malloc(COUNT * sizeof *a), *const b = malloc(COUNT * sizeof *b);
    float *const sum = malloc(COUNT * sizeof *sum);
    const void *const parts[] = {a, b};
    uint64_t state = 12345;
    cr_assert(a != NULL && b != NULL && sum != NULL);
    for (size_t i = 0; i < COUNT; i++) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        uint32_t x = (uint32_t)(state >> 32), y = (uint32_t)(state * 2862933555777941757U >> 32);
        if (i % 2 == 1) y = (y & 0x807FFFFF) | ((x & 0x7F800000) ^ (y & 0x0F800000) >> 1); /* near, or not too far */
        if (i < ODD * ODD) x = odd[i / ODD], y = odd[i % ODD];
        memcpy(&a[i], &x, sizeof x);
        memcpy(&b[i], &y, sizeof y);
    }
    clmlp_add_in_order(CLMLP_F32, 2, parts, sum, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        const float expected = (float)((double)a[i] + (double)b[i]);
        if (isnan(expected) && isnan(sum[i])) continue;
        cr_assert_arr_eq(&sum[i], &expected, sizeof expected, "%a + %a: %a, expected %a", (double)a[i], (double)b[i],
                         (double)sum[i], (double)expected);
    }
    free(a);
    free(b);
    free(sum);
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
