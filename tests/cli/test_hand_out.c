/* test_hand_out.c - work handed out to ranks, which are threads here: the calls of clmlp/ranks.h are this file's. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ranks/hand_out.h"
#include "ranks/send_file.h"

enum { RANKS = 3, PIECES = 20 };

/* --- ranks -------------------------------------------------------------------------------------------------------- */

struct clmlp_ranks {
    size_t rank;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static size_t here, meetings;
static bool lost;

/* All are here; false: one is lost. */
static bool meet(void)
{
    pthread_mutex_lock(&mutex);
    const size_t number = meetings;
    if (++here == RANKS) {
        here = 0;
        meetings++;
        pthread_cond_broadcast(&changed);
    }
    while (number == meetings && !lost) pthread_cond_wait(&changed, &mutex);
    const bool good = number != meetings;
    pthread_mutex_unlock(&mutex);
    return good;
}

static void lose(void)
{
    pthread_mutex_lock(&mutex);
    lost = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static clmlp_status tell_lost(clmlp_error *error)
{
    *error = (clmlp_error){.status = CLMLP_RANKS, .message = "rank 2 (host b) is gone"};
    return CLMLP_RANKS;
}

size_t __wrap_clmlp_ranks_rank(const clmlp_ranks *ranks)
{
    return ranks != NULL ? ranks->rank : 0;
}

size_t __wrap_clmlp_ranks_count(const clmlp_ranks *ranks)
{
    return ranks != NULL ? RANKS : 1;
}

clmlp_status __wrap_clmlp_ranks_share(clmlp_ranks *ranks, size_t from, void *bytes, size_t count, clmlp_error *error)
{
    static char shared[1 << 21];
    cr_assert(count <= sizeof shared);
    if (ranks->rank == from) memcpy(shared, bytes, count);
    if (!meet()) return tell_lost(error);
    if (ranks->rank != from) memcpy(bytes, shared, count);
    return meet() ? CLMLP_OK : tell_lost(error);
}

clmlp_status __wrap_clmlp_ranks_gather(clmlp_ranks *ranks, const void *mine, size_t count, void *all,
                                       clmlp_error *error)
{
    /* copies, as of MPI: who learns of a lost rank leaves with its own bytes while others still read */
    static char board[RANKS][4096];
    cr_assert(count <= sizeof board[0]);
    memcpy(board[ranks->rank], mine, count);
    if (!meet()) return tell_lost(error);
    for (size_t i = 0; i < RANKS; i++) memcpy((char *)all + i * count, board[i], count);
    return meet() ? CLMLP_OK : tell_lost(error);
}

clmlp_status __wrap_clmlp_ranks_agree(clmlp_ranks *ranks, clmlp_status mine, clmlp_error *error)
{
    clmlp_status all[RANKS];
    if (__wrap_clmlp_ranks_gather(ranks, &mine, sizeof mine, all, error) != CLMLP_OK) return CLMLP_RANKS;
    for (size_t i = 0; i < RANKS; i++) {
        if (all[i] != CLMLP_OK) return all[i];
    }
    return CLMLP_OK;
}

void __wrap_clmlp_ranks_fail(clmlp_ranks *ranks, clmlp_status status, const char *text)
{
    (void)ranks, (void)status, (void)text;
    lose();
}

static void pause_a_moment(void)
{
    const struct timespec moment = {0, 1000000}; /* a millisecond */
    (void)nanosleep(&moment, NULL);
}

/* --- work --------------------------------------------------------------------------------------------------------- */

typedef struct order {
    size_t piece;
} order;

typedef struct result {
    size_t piece, rank;
    bool stopped;
} result;

/* What all ranks have in common. */
static struct {
    size_t next, pieces; /* of rank 0 */
    size_t taken[PIECES];              /* in the order in which they came */
    atomic_size_t taken_count;
    size_t by[PIECES], files[PIECES];  /* of a piece: its rank; 1 + bytes of its file, 0: none */
    size_t stop_at;                    /* the piece whose result ends all; PIECES: none */
    atomic_size_t ended, stopped;      /* pieces; those that `stop` ended */
    bool (*waits)(size_t rank, size_t piece); /* whether a piece goes on until it is asked to stop */
    bool has_files;
    char folder[300];
} all;

/* What one rank has. */
typedef struct member {
    clmlp_ranks ranks;
    clmlp_cli_hand_out work;
    pthread_t thread;
    clmlp_cancel *cancel;
    char file[400], received[400];
    int status, served;
    clmlp_cli_hand_out_end_kind kind[2];
} member;

static member members[RANKS];

enum { SIZE_STEP = 700000 }; /* bytes; a file of two pieces, and of none */

static void write_file(const char *path, size_t piece)
{
    FILE *const file = fopen(path, "wb");
    for (size_t i = 0; file != NULL && i < piece % 4 * SIZE_STEP; i++) (void)putc((int)(piece + i / 7), file);
    if (file != NULL) (void)fclose(file);
}

static void do_piece(const void *what, void *into, const clmlp_cancel *stop, void *context)
{
    const member *const own = context;
    const size_t piece = ((const order *)what)->piece;
    result *const to = into;
    *to = (result){piece, own->ranks.rank, false};
    while (all.waits != NULL && all.waits(own->ranks.rank, piece) && !to->stopped) {
        pause_a_moment();
        to->stopped = clmlp_cancel_requested(stop);
    }
    if (all.has_files && piece % 5 != 0) write_file(own->file, piece);
    if (to->stopped) atomic_fetch_add(&all.stopped, 1);
    atomic_fetch_add(&all.ended, 1);
}

static bool next_piece(void *into, size_t rank, void *context)
{
    (void)rank, (void)context;
    if (all.next == all.pieces) return false;
    ((order *)into)->piece = all.next++;
    return true;
}

static bool wants(const void *what, const void *came, void *context)
{
    (void)came, (void)context;
    return ((const order *)what)->piece % 2 == 1;
}

static size_t check_file(const char *path, size_t piece)
{
    FILE *const file = fopen(path, "rb");
    size_t size = 0;
    for (int c; file != NULL && (c = getc(file)) != EOF; size++) {
        if (c != (int)((piece + size / 7) & 255)) return SIZE_STEP * 100;
    }
    if (file != NULL) (void)fclose(file);
    (void)remove(path);
    return size;
}

static bool take(const void *what, const void *came, size_t rank, bool has_file, void *context)
{
    const member *const own = context;
    const result *const from = came;
    const size_t piece = ((const order *)what)->piece;
    if (from->piece != piece || from->rank != rank) return false;
    all.taken[atomic_load(&all.taken_count)] = piece;
    all.by[piece] = rank;
    if (has_file) all.files[piece] = 1 + check_file(own->received, piece);
    atomic_fetch_add(&all.taken_count, 1);
    return piece != all.stop_at;
}

static void *be_rank(void *itself)
{
    member *const own = itself;
    const bool first = own->ranks.rank == 0;
    clmlp_error error;
    own->work = (clmlp_cli_hand_out){.ranks = &own->ranks, .cancel = own->cancel, .order_size = sizeof(order),
                                     .result_size = sizeof(result), .context = own, .work = do_piece,
                                     .file = all.has_files ? own->file : NULL, .next = next_piece,
                                     .wants_file = all.has_files ? wants : NULL, .received = own->received,
                                     .take = take};
    if (clmlp_cli_hand_out_begin(&own->work, &error) != CLMLP_OK) return NULL;
    if (first) {
        own->kind[0] = clmlp_cli_hand_out_all(&own->work);
        if (own->kind[0] == CLMLP_CLI_HANDED_OUT) {
            all.next = 0; /* and once more */
            own->kind[1] = clmlp_cli_hand_out_all(&own->work);
        }
        clmlp_cli_hand_out_end(&own->work, 7);
    } else {
        own->served = clmlp_cli_hand_out_serve(&own->work, &own->status);
    }
    clmlp_cli_hand_out_free(&own->work);
    return own;
}

/* All ranks, until the end. `cancelled`: a rank that is asked to stop when so many results were taken; RANKS: none. */
static void run(size_t cancelled, size_t after, bool loses)
{
    here = meetings = 0;
    lost = false;
    (void)snprintf(all.folder, sizeof all.folder, "%s/%s", TEST_SCRATCH_DIR, TEST_PROGRAM);
    (void)mkdir(TEST_SCRATCH_DIR, 0755);
    (void)mkdir(all.folder, 0755);
    for (size_t i = 0; i < RANKS; i++) {
        members[i] = (member){.ranks = {i}, .status = -1};
        cr_assert_eq(clmlp_cancel_create(&members[i].cancel, NULL), CLMLP_OK);
        (void)snprintf(members[i].file, sizeof members[i].file, "%s/own%zu", all.folder, i);
        (void)snprintf(members[i].received, sizeof members[i].received, "%s/received", all.folder);
    }
    for (size_t i = 0; i < RANKS; i++) {
        cr_assert_eq(pthread_create(&members[i].thread, NULL, be_rank, &members[i]), 0);
    }
    if (cancelled < RANKS || loses) {
        while (atomic_load(&all.taken_count) < after) pause_a_moment();
        if (loses) lose();
        else clmlp_cancel_request(members[cancelled].cancel);
    }
    for (size_t i = 0; i < RANKS; i++) {
        void *made = NULL;
        cr_assert_eq(pthread_join(members[i].thread, &made), 0);
        cr_expect_not_null(made, "rank %zu", i);
        clmlp_cancel_destroy(members[i].cancel);
    }
}

static void ask_for(size_t pieces)
{
    memset(&all, 0, sizeof all);
    all.pieces = pieces;
    all.stop_at = PIECES;
}

static void expect_served(int status)
{
    for (size_t i = 1; i < RANKS; i++) {
        cr_expect(members[i].served, "rank %zu", i);
        cr_expect_eq(members[i].status, status, "rank %zu: %d", i, members[i].status);
    }
}

/* --- what is expected --------------------------------------------------------------------------------------------- */

Test(cli_hand_out, every_piece_is_done_once_each_time, .timeout = 100)
{
    for (size_t pieces = 0; pieces <= PIECES / 2; pieces = 2 * pieces + 1) {
        ask_for(pieces);
        run(RANKS, 0, false);
        cr_assert_eq(members[0].kind[0], CLMLP_CLI_HANDED_OUT);
        cr_assert_eq(members[0].kind[1], CLMLP_CLI_HANDED_OUT);
        cr_assert_eq(all.taken_count, 2 * pieces);
        for (size_t time = 0; time < 2; time++) {
            bool seen[PIECES] = {false};
            for (size_t i = 0; i < pieces; i++) seen[all.taken[time * pieces + i]] = true;
            for (size_t i = 0; i < pieces; i++) cr_expect(seen[i], "piece %zu, time %zu", i, time);
        }
        expect_served(7);
    }
}

/* The first piece goes on until all others are done. */
static bool waits_for_others(size_t rank, size_t piece)
{
    (void)rank;
    return piece == 0 && atomic_load(&all.ended) % all.pieces != all.pieces - 1;
}

/* Were they dealt out in turn, it would wait for ever. */
Test(cli_hand_out, who_is_free_takes_the_next, .timeout = 100)
{
    ask_for(PIECES / 2);
    all.waits = waits_for_others;
    run(RANKS, 0, false);
    cr_assert_eq(all.taken_count, PIECES);
    size_t alone = 0;
    for (size_t i = 0; i < PIECES / 2; i++) alone += all.by[i] == all.by[0];
    cr_expect_eq(alone, 1, "who had the first had no other");
    expect_served(7);
}

static bool waits_unless_third(size_t rank, size_t piece)
{
    (void)rank;
    return piece != 2;
}

Test(cli_hand_out, a_result_may_end_all_and_what_is_under_way_is_stopped, .timeout = 100)
{
    ask_for(PIECES);
    all.waits = waits_unless_third;
    all.stop_at = 2;
    run(RANKS, 0, false);
    cr_expect_eq(members[0].kind[0], CLMLP_CLI_HAND_OUT_STOPPED);
    cr_expect_eq(all.taken_count, 1);
    cr_expect_eq(atomic_load(&all.stopped), 2);
    cr_expect_leq(all.next, 3, "no more is handed out: %zu", all.next);
    expect_served(7);
}

static bool waits_from_third(size_t rank, size_t piece)
{
    (void)rank;
    return piece > 2;
}

Test(cli_hand_out, whoever_is_asked_to_stop_all_end, .timeout = 100)
{
    for (size_t rank = 0; rank < RANKS; rank++) {
        ask_for(PIECES);
        all.waits = waits_from_third;
        run(rank, 3, false);
        cr_expect_eq(members[0].kind[0], CLMLP_CLI_HAND_OUT_CANCELLED, "rank %zu", rank);
        cr_expect_eq(all.taken_count, 3);
        cr_expect_leq(atomic_load(&all.stopped), RANKS);
        expect_served(7);
    }
}

Test(cli_hand_out, a_lost_rank_ends_all, .timeout = 100)
{
    ask_for(PIECES);
    all.waits = waits_from_third;
    run(RANKS, 3, true);
    cr_expect_eq(members[0].kind[0], CLMLP_CLI_HAND_OUT_LOST);
    cr_expect_str_eq(members[0].work.error.message, "rank 2 (host b) is gone");
    for (size_t i = 1; i < RANKS; i++) cr_expect_not(members[i].served, "rank %zu", i);
}

/* Of a file of 0 bytes, of less and of more than is sent at once, and where there is none. */
Test(cli_hand_out, wanted_files_come_to_rank_0, .timeout = 100)
{
    cr_assert_lt(SIZE_STEP, CLMLP_CLI_FILE_PIECE);
    cr_assert_gt(3 * SIZE_STEP, CLMLP_CLI_FILE_PIECE);
    ask_for(PIECES / 2);
    all.has_files = true;
    run(RANKS, 0, false);
    cr_assert_eq(all.taken_count, PIECES);
    for (size_t i = 0; i < PIECES / 2; i++) {
        const size_t expected = i % 2 == 1 && i % 5 != 0 ? 1 + i % 4 * SIZE_STEP : 0;
        cr_expect_eq(all.files[i], expected, "piece %zu: %zu, expected %zu", i, all.files[i], expected);
    }
    for (size_t i = 0; i < RANKS; i++) cr_expect_neq(access(members[i].file, F_OK), 0, "rank %zu", i);
    expect_served(7);
}
