/* ranks_program.c MODE [argument]: what the tests run under mpirun. Ends with 0 where all is as it should be.
 *
 *   sums       sums of many sizes, equal to the bit to a plain computation in the order of ranks; share, gather, agree;
 *              MPI that was finished in this process cannot begin once more
 *   fails F    the last rank says that it cannot go on; F.RANK: what became of it
 *   versions   the last rank has another version
 *   endless F  sums without end. F.RANK: the process's number at first, later what it says of a rank that is lost
 */
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ranks/direct.h"
#include "ranks/exchange.h"

static clmlp_ranks *ranks;
static size_t rank, count;

#define CHECK(condition)                                                                                  \
    do {                                                                                                  \
        if (!(condition)) {                                                                               \
            (void)fprintf(stderr, "rank %zu of %zu, line %d: not so: %s (%s)\n", rank, count, __LINE__, #condition, \
                          error.message);                                                                 \
            exit(9);                                                                                      \
        }                                                                                                 \
    } while (0)

/* A number of rank r at i, of some sum: of many sizes, so that the order of the sum shows in its last bits. */
static double number(size_t r, size_t i, size_t sum)
{
    uint64_t bits = (r * 1000003U + i) * 0x9E3779B97F4A7C15U + sum;
    bits ^= bits >> 29U;
    bits *= 0xBF58476D1CE4E5B9U;
    bits ^= bits >> 32U;
    const double fraction = (double)(bits >> 11U) * 0x1p-53 - 0.5;
    if (i % 97 == 5 && r == i % count) return NAN;
    if (i % 89 == 7 && r == i % count) return INFINITY;
    if (i % 83 == 3) return -0.0;
    return ldexp(fraction, (int)(bits % 40U) - 20);
}

static double expected(size_t i, size_t sum)
{
    double total = number(0, i, sum);
    for (size_t r = 1; r < count; r++) total += number(r, i, sum);
    return total;
}

static double expected_f32(size_t i, size_t sum)
{
    double total = (double)(float)number(0, i, sum);
    for (size_t r = 1; r < count; r++) total += (double)(float)number(r, i, sum);
    return (double)(float)total;
}

static void fill(clmlp_precision precision, void *values, size_t n, size_t sum)
{
    for (size_t i = 0; i < n; i++) {
        if (precision == CLMLP_F64) {
            ((double *)values)[i] = number(rank, i, sum);
        } else {
            ((float *)values)[i] = (float)number(rank, i, sum);
        }
    }
}

/* The same bits; of a NaN its being one is enough: which of two NaN a sum takes is the processor's. */
static bool is_right(clmlp_precision precision, const void *values, size_t n, size_t sum)
{
    for (size_t i = 0; i < n; i++) {
        const bool f64 = precision == CLMLP_F64;
        const double found = f64 ? ((const double *)values)[i] : (double)((const float *)values)[i];
        const double should = f64 ? expected(i, sum) : expected_f32(i, sum);
        if (isnan(found) && isnan(should)) continue;
        if (memcmp(&found, &should, sizeof found) == 0) continue;
        (void)fprintf(stderr, "rank %zu: sum %zu of %zu, number %zu: found %a, expected %a\n", rank, sum, n, i, found,
                      should);
        return false;
    }
    return true;
}

static void sum_once(clmlp_precision precision, size_t n, size_t sum)
{
    clmlp_error error = {.message = ""};
    size_t ticket = 0;
    double *const values = malloc((n + 1) * sizeof *values);
    CHECK(values != NULL);
    fill(precision, values, n, sum);
    CHECK(clmlp_exchange_begin(ranks, precision, values, n, &ticket, &error) == CLMLP_OK);
    CHECK(clmlp_exchange_wait(ranks, ticket, &error) == CLMLP_OK);
    CHECK(is_right(precision, values, n, sum));
    const size_t bytes = n * (precision == CLMLP_F64 ? sizeof(double) : sizeof(float));
    CHECK(clmlp_ranks_same(ranks, "sums", values, bytes, &error) == CLMLP_OK); /* NaN, too */
    free(values);
}

/* In memory that all see, where that is to be had; twice, for it goes and comes again. */
static void sum_directly(bool wanted)
{
    enum { PART = 1 << 20 };
    static const size_t sizes[] = {1, 1025, 5000, 33333, 100000};
    clmlp_error error = {.message = ""};
    clmlp_direct *direct = NULL;
    CHECK(setenv("CLMLP_SHARED_SUMS", wanted ? "yes" : "no", 1) == 0);
    CHECK(clmlp_direct_open(&direct, ranks, PART, &error) == CLMLP_OK);
    CHECK((direct != NULL) == (wanted && count > 1));
    CHECK(clmlp_direct_use(direct, ranks, true, &error) == CLMLP_OK);
    unsigned char *const part = direct != NULL ? clmlp_direct_part(direct, rank) : malloc(PART);
    CHECK(part != NULL);
    for (size_t i = 0; i < 5; i++) {
        size_t ticket = 0;
        unsigned char *const values = part + 64 * i;
        const size_t bytes = sizes[i] * (i % 2 == 0 ? sizeof(float) : sizeof(double));
        fill(i % 2 == 0 ? CLMLP_F32 : CLMLP_F64, values, sizes[i], i);
        CHECK(clmlp_exchange_is_direct(ranks, values, bytes) == (direct != NULL && bytes > 4096));
        CHECK(clmlp_exchange_begin(ranks, i % 2 == 0 ? CLMLP_F32 : CLMLP_F64, values, sizes[i], &ticket, &error) ==
              CLMLP_OK);
        CHECK(clmlp_exchange_wait(ranks, ticket, &error) == CLMLP_OK);
        CHECK(is_right(i % 2 == 0 ? CLMLP_F32 : CLMLP_F64, values, sizes[i], i));
        CHECK(clmlp_ranks_same(ranks, "sums", values, bytes, &error) == CLMLP_OK);
    }
    if (direct == NULL) free(part);
    clmlp_direct_close(direct, ranks);
    CHECK(!clmlp_exchange_is_direct(ranks, part, PART));
}

/* What one rank does not want, or another size, is had by none; and it is not used where one is not ready. */
static void sum_not_directly(void)
{
    clmlp_error error = {.message = ""};
    clmlp_direct *direct = NULL;
    CHECK(setenv("CLMLP_SHARED_SUMS", rank == count - 1 ? "no" : "yes", 1) == 0);
    CHECK(clmlp_direct_open(&direct, ranks, 1 << 20, &error) == CLMLP_OK && direct == NULL);
    CHECK(unsetenv("CLMLP_SHARED_SUMS") == 0);
    CHECK(clmlp_direct_open(&direct, ranks, rank == 0 ? 1 << 20 : 0, &error) == CLMLP_OK && direct == NULL);
    CHECK(clmlp_direct_open(&direct, ranks, (rank + 1) << 20, &error) == CLMLP_OK && direct == NULL);
    CHECK(clmlp_direct_open(&direct, ranks, SIZE_MAX, &error) == CLMLP_OK && direct == NULL);
    CHECK(clmlp_direct_open(&direct, ranks, (size_t)1 << 46, &error) == CLMLP_OK && direct == NULL);
    CHECK(clmlp_direct_open(&direct, ranks, 1 << 20, &error) == CLMLP_OK && direct != NULL);
    CHECK(clmlp_direct_use(direct, ranks, rank > 0, &error) == CLMLP_OK);
    CHECK(!clmlp_exchange_is_direct(ranks, clmlp_direct_part(direct, rank), 1 << 20));
    clmlp_direct_close(direct, ranks);
}

/* Many under way, and waited for out of order. */
static void sum_many(void)
{
    enum { SUMS = 200 };
    clmlp_error error = {.message = ""};
    double *values[SUMS];
    size_t tickets[SUMS], begun = 0;
    for (size_t s = 0; s < SUMS; s++) {
        const size_t n = s * s * 7 % 20011;
        values[s] = malloc((n + 1) * sizeof **values);
        CHECK(values[s] != NULL);
        fill(s % 2 == 0 ? CLMLP_F32 : CLMLP_F64, values[s], n, s);
        CHECK(clmlp_exchange_begin(ranks, s % 2 == 0 ? CLMLP_F32 : CLMLP_F64, values[s], n, &tickets[s], &error) ==
              CLMLP_OK);
        CHECK(s == 0 || tickets[s] == begun + 1);
        begun = tickets[s];
        if (s % 50 == 30) CHECK(clmlp_exchange_wait(ranks, tickets[s - 20], &error) == CLMLP_OK);
    }
    clmlp_exchange_settle(ranks);
    for (size_t s = 0; s < SUMS; s++) {
        CHECK(clmlp_exchange_wait(ranks, tickets[s], &error) == CLMLP_OK);
        CHECK(is_right(s % 2 == 0 ? CLMLP_F32 : CLMLP_F64, values[s], s * s * 7 % 20011, s));
        free(values[s]);
    }
}

static void sums(void)
{
    static const size_t sizes[] = {0, 1, 2, 31, 33, 511, 512, 513, 1023, 1024, 1025, 5000, 1000007};
    clmlp_error error = {.message = ""};
    clmlp_exchange_times times;
    double few[3] = {(double)rank, 1.0, 0x1p-40};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t runs = sizes[i] < 100000 ? 5 : 2;
        for (size_t run = 0; run < runs; run++) {
            sum_once(CLMLP_F32, sizes[i], i);
            sum_once(CLMLP_F64, sizes[i], i);
        }
    }
    clmlp_exchange_take_times(ranks, &times);
    if (count > 1) CHECK(times.sums > 100 && times.bytes > 1e6 && times.busy > 0.0 && times.waited > 0.0);
    sum_directly(true);
    sum_directly(false);
    sum_directly(true);
    if (count > 1) sum_not_directly();
    sum_many();
    CHECK(clmlp_exchange_sum(ranks, few, 3, &error) == CLMLP_OK);
    CHECK(few[0] == (double)(count * (count - 1) / 2) && few[1] == (double)count && few[2] == (double)count * 0x1p-40);
}

static void share_and_gather(size_t n)
{
    clmlp_error error = {.message = ""};
    unsigned char *const mine = malloc(n + 1), *const all = malloc(n * count + 1);
    CHECK(mine != NULL && all != NULL);
    for (size_t from = 0; from < count; from++) {
        for (size_t i = 0; i < n; i++) mine[i] = (unsigned char)(rank * 31 + i * 7);
        mine[n] = 77;
        CHECK(clmlp_ranks_share(ranks, from, mine, n, &error) == CLMLP_OK);
        for (size_t i = 0; i < n; i++) CHECK(mine[i] == (unsigned char)(from * 31 + i * 7));
        CHECK(mine[n] == 77);
    }
    for (size_t i = 0; i < n; i++) mine[i] = (unsigned char)(rank * 31 + i * 7);
    all[n * count] = 77;
    CHECK(clmlp_ranks_gather(ranks, mine, n, all, &error) == CLMLP_OK);
    for (size_t r = 0; r < count; r++) {
        for (size_t i = 0; i < n; i++) CHECK(all[r * n + i] == (unsigned char)(r * 31 + i * 7));
    }
    CHECK(all[n * count] == 77);
    free(mine);
    free(all);
}

static void compare(void)
{
    clmlp_error error = {.message = ""};
    const size_t last = count - 1;
    char text[512];
    const char mine = rank == last ? 'b' : 'a';
    CHECK(clmlp_ranks_same(ranks, "letters", "abc", 3, &error) == CLMLP_OK);
    CHECK(clmlp_ranks_same(ranks, "nothing", NULL, 0, &error) == CLMLP_OK);
    const clmlp_status status = clmlp_ranks_same(ranks, "letters", &mine, 1, &error);
    if (count == 1) {
        CHECK(status == CLMLP_OK);
        return;
    }
    (void)snprintf(text, sizeof text, "rank %zu (host %s) has other letters than rank 0 (host %s)", last,
                   clmlp_ranks_host(ranks, last), clmlp_ranks_host(ranks, 0));
    CHECK(status == CLMLP_BAD_ARGUMENT && strcmp(error.message, text) == 0);
    CHECK(clmlp_ranks_all_know(ranks));
}

static void agree(void)
{
    clmlp_error error = {.message = ""};
    char text[512];
    CHECK(clmlp_ranks_agree(ranks, CLMLP_OK, &error) == CLMLP_OK);
    for (size_t first = 0; first < count; first++) { /* it and all behind it fail */
        const bool bad = rank >= first;
        error.status = bad ? CLMLP_IO : CLMLP_OK;
        (void)snprintf(error.message, sizeof error.message, "file %zu is missing", rank);
        CHECK(clmlp_ranks_agree(ranks, bad ? CLMLP_IO : CLMLP_OK, &error) == CLMLP_IO);
        (void)snprintf(text, sizeof text, "rank %zu (host %s): file %zu is missing", first,
                       clmlp_ranks_host(ranks, first), first);
        if (rank == first) (void)snprintf(text, sizeof text, "file %zu is missing", first);
        CHECK(strcmp(error.message, text) == 0);
        CHECK(clmlp_ranks_all_know(ranks) == (count > 1)); /* alone there is nobody else */
    }
    CHECK(clmlp_ranks_agree(ranks, CLMLP_OK, NULL) == CLMLP_OK);
    CHECK(!clmlp_ranks_all_know(ranks));
    (void)clmlp_ranks_agree(ranks, CLMLP_IO, NULL);
    double one = 1.0;
    CHECK(clmlp_exchange_sum(ranks, &one, 1, &error) == CLMLP_OK);
    CHECK(!clmlp_ranks_all_know(ranks)); /* it was before this */
}

static void together(void)
{
    clmlp_error error = {.message = ""};
    char first = 0;
    share_and_gather(0);
    share_and_gather(1);
    share_and_gather(1000);
    share_and_gather(5000001);
    compare();
    agree();
    CHECK(clmlp_ranks_share(ranks, count, &first, 1, &error) == CLMLP_BAD_ARGUMENT);
    CHECK(clmlp_ranks_local_rank(ranks) < clmlp_ranks_local_count(ranks) && clmlp_ranks_local_count(ranks) <= count);
    CHECK(!clmlp_ranks_failure(ranks, NULL, NULL, NULL, 0));
    CHECK((strlen(clmlp_ranks_library(ranks)) > 0) == (count > 1));
}

static void write_line(const char *folder, const char *text)
{
    char name[4096];
    (void)snprintf(name, sizeof name, "%s.%zu", folder, rank);
    FILE *const file = fopen(name, "a");
    if (file == NULL) exit(8);
    (void)fprintf(file, "%s\n", text);
    (void)fclose(file);
}

static void fails(const char *file)
{
    clmlp_error error = {.message = ""};
    const size_t last = count - 1;
    size_t which = 99;
    clmlp_status status = CLMLP_OK;
    char text[512], should[512];
    double one = 1.0;
    if (rank == last) {
        CHECK(clmlp_exchange_sum(ranks, &one, 1, &error) == CLMLP_OK);
        clmlp_ranks_fail(ranks, CLMLP_IO, "the disk is full\033[2J");
    } else {
        const double begin = clmlp_seconds();
        (void)clmlp_exchange_sum(ranks, &one, 1, &error); /* the first one may come to its end here, too, or not */
        CHECK(clmlp_exchange_sum(ranks, &one, 1, &error) == CLMLP_RANKS);
        CHECK(clmlp_seconds() - begin < 8.0);
        (void)snprintf(should, sizeof should, "rank %zu (host %s): the disk is full?[2J", last,
                       clmlp_ranks_host(ranks, last));
        CHECK(strcmp(error.message, should) == 0);
    }
    CHECK(clmlp_ranks_failure(ranks, &which, &status, text, sizeof text));
    CHECK(which == last && status == CLMLP_IO && strcmp(text, "the disk is full?[2J") == 0);
    CHECK(clmlp_ranks_share(ranks, 0, &one, sizeof one, &error) == CLMLP_RANKS);
    CHECK(clmlp_ranks_agree(ranks, CLMLP_OK, &error) == CLMLP_RANKS);
    clmlp_exchange_settle(ranks);
    (void)signal(SIGTERM, SIG_IGN); /* mpirun's, when the first of all ends */
    write_line(file, "as it should be");
    clmlp_ranks_close(ranks);
    write_line(file, "closed");
}

static int endless(const char *file)
{
    enum { N = 500000 };
    clmlp_error error = {.message = ""};
    char text[64];
    size_t ticket = 0, steps = 0;
    float *const values = calloc(N, sizeof *values);
    if (values == NULL) return 8;
    (void)signal(SIGTERM, SIG_IGN); /* what mpirun sends first when it notices, too */
    (void)snprintf(text, sizeof text, "%ld", (long)getpid());
    write_line(file, text);
    const double begin = clmlp_seconds();
    clmlp_status status = CLMLP_OK;
    while (status == CLMLP_OK && clmlp_seconds() - begin < 60.0) {
        if (steps++ == 3) write_line(file, "going");
        status = clmlp_exchange_begin(ranks, CLMLP_F32, values, N, &ticket, &error);
        if (status == CLMLP_OK) status = clmlp_exchange_wait(ranks, ticket, &error);
    }
    write_line(file, status == CLMLP_OK ? "nothing happened" : error.message);
    clmlp_ranks_close(ranks);
    write_line(file, "closed");
    return 1;
}

/* MPICH's launcher sends SIGUSR1 to the others of a rank that is killed: nobody is to die of it. (MPICH 4 has a handler
 * of its own by now.) */
static void check_signal(void)
{
    clmlp_error error = {.message = ""};
    struct sigaction now;
    CHECK(sigaction(SIGUSR1, NULL, &now) == 0);
    CHECK(count == 1 || now.sa_handler != SIG_DFL);
}

int main(int argc, char **argv)
{
    const char *const mode = argc > 1 ? argv[1] : "";
    const char *const timeout = getenv("RANKS_TIMEOUT");
    clmlp_error error = {.message = ""};
    clmlp_ranks_options options = {.size = sizeof options, .timeout = timeout != NULL ? atof(timeout) : 0.0};
    size_t expected_rank = 0, expected_count = 0;
    clmlp_ranks_expected(&expected_rank, &expected_count);
    if (strcmp(mode, "versions") == 0) options.version = expected_rank + 1 == expected_count ? "0.0.1" : "0.0.2";
    const clmlp_status status = clmlp_ranks_open(&ranks, &options, &error);
    if (strcmp(mode, "versions") == 0) {
        (void)fprintf(stderr, "%s\n", error.message);
        return status == CLMLP_BAD_ARGUMENT ? 0 : 9;
    }
    if (status != CLMLP_OK) {
        (void)fprintf(stderr, "rank %zu: %s\n", expected_rank, error.message);
        return 7;
    }
    rank = clmlp_ranks_rank(ranks);
    count = clmlp_ranks_count(ranks);
    CHECK(rank == expected_rank && count == expected_count);
    if (strcmp(mode, "sums") == 0) {
        check_signal();
        sums();
        together();
    } else if (strcmp(mode, "fails") == 0 && argc > 2) {
        fails(argv[2]);
        return 1;
    } else if (strcmp(mode, "endless") == 0 && argc > 2) {
        return endless(argv[2]);
    } else {
        (void)fprintf(stderr, "ranks_program: unknown mode '%s'\n", mode);
        return 2;
    }
    clmlp_ranks_close(ranks);
    if (count > 1) {
        CHECK(clmlp_ranks_open(&ranks, &options, &error) == CLMLP_RANKS);
        CHECK(strstr(error.message, "cannot begin: MPI was finished in this process, and cannot begin again") != NULL);
    }
    if (rank == 0) (void)printf("%s with %zu ranks: as it should be\n", mode, count);
    return 0;
}
