/* line.c - fuzz target: what comes over the life line, before somebody has proved to be a rank, and after it.
 *
 * The first byte says what is tried: rank 0's door, the way to it, the thread that watches, or messages alone. */
#include "ranks/line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fuzz.h"
#include "line_world.h"
#include "ranks/meet.h"
#include "ranks/proof.h"
#include "ranks/watch.h"

enum { MOST = 6 /* connections of one input */, HEARD = 1 << 16 };
static const unsigned char SECRET[CLMLP_MEET_NONCE] = "0123456789abcde";

/* Up to `most` bytes; how many. */
static size_t take(fuzz_input *in, uint8_t *bytes, size_t most)
{
    size_t count = fuzz_short(in) % (most + 1);
    if (count > fuzz_left(in)) count = fuzz_left(in);
    if (count > 0) memcpy(bytes, in->at, count);
    in->at += count;
    return count;
}

static void say(int end, const uint8_t *bytes, size_t size)
{
    if (size > 0) (void)!send(end, bytes, size, MSG_NOSIGNAL);
}

/* --- who comes to rank 0 --------------------------------------------------------------------------------------- */

typedef struct client {
    int end;
    size_t rank; /* 0: has not proved to be one */
} client;

/* A greeting for a connection that got number `number`, or bytes. */
static size_t make_greeting(fuzz_input *in, unsigned kind, unsigned number, uint8_t *bytes)
{
    unsigned char zeros[CLMLP_MEET_NONCE], own[CLMLP_MEET_NONCE];
    size_t size = CLMLP_MEET_HELLO;
    if (kind % 4 == 0) return take(in, bytes, 256);
    if (kind % 4 == 3) number = fuzz_byte(in); /* of another connection, perhaps */
    memset(zeros, (int)number, sizeof zeros);
    memset(own, (int)fuzz_byte(in), sizeof own);
    clmlp_proof_hello(bytes, SECRET, fuzz_byte(in) % 8, zeros, own);
    if (kind % 4 == 2) bytes[fuzz_byte(in) % size] ^= (uint8_t)fuzz_byte(in);
    if (kind & 0x40) size = fuzz_byte(in) % (size + 1);
    else if (kind & 0x80) size += take(in, bytes + size, 64);
    return size;
}

/* Which rank has proved itself with the bytes, over this number. */
static size_t proved_by(const uint8_t *bytes, size_t size, unsigned number, size_t ranks)
{
    unsigned char zeros[CLMLP_MEET_NONCE], own[CLMLP_MEET_NONCE], expected[CLMLP_MEET_HELLO];
    memset(zeros, (int)number, sizeof zeros);
    if (size < CLMLP_MEET_HELLO) return 0;
    memcpy(own, bytes + 12, sizeof own);
    for (size_t rank = 1; rank < ranks; rank++) {
        clmlp_proof_hello(expected, SECRET, (uint32_t)rank, zeros, own);
        if (memcmp(expected, bytes, sizeof expected) == 0) return rank;
    }
    return 0;
}

static int listen_here(struct sockaddr_un *at)
{
    const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    *at = (struct sockaddr_un){.sun_family = AF_UNIX};
    (void)strcpy(at->sun_path, fuzz_path("door"));
    (void)unlink(at->sun_path);
    CHECK(made >= 0 && bind(made, (struct sockaddr *)at, sizeof *at) == 0 && listen(made, MOST) == 0);
    return made;
}

/* Each client hears a number, a proof if it has one itself, and what is said to the rank that it is. */
static void check_clients(client *clients, size_t count, const int *sockets, size_t ranks, bool all)
{
    static uint8_t heard[HEARD];
    bool closed = false, found[8] = {false};
    for (size_t r = 1; r < ranks; r++) {
        if (sockets[r] >= 0) CHECK(send(sockets[r], &(char){(char)r}, 1, MSG_NOSIGNAL) == 1);
        CHECK(sockets[r] >= 0 || !all);
    }
    for (size_t i = 0; i < count; i++) {
        const size_t got = world_heard(clients[i].end, heard, sizeof heard, &closed);
        const size_t rank = clients[i].rank;
        const size_t proved = CLMLP_MEET_NONCE + CLMLP_MEET_PROOF;
        CHECK(got == 0 || got == CLMLP_MEET_NONCE || (rank > 0 && (got == proved || got == proved + 1)));
        if (got <= proved) continue;
        CHECK(heard[got - 1] == rank && !found[rank]);
        found[rank] = true;
    }
    for (size_t r = 1; r < ranks; r++) CHECK((sockets[r] >= 0) == found[r]);
}

static void try_door(fuzz_input *in)
{
    struct sockaddr_un at;
    client clients[MOST];
    size_t count = 0;
    int sockets[8];
    clmlp_meet_place place = {.port = {1, 2}};
    clmlp_error error = {.message = ""};
    const int listener = listen_here(&at);
    const unsigned how = fuzz_byte(in);
    const size_t ranks = 1 + how % 4;
    memcpy(place.secret, SECRET, sizeof SECRET);
    while (count < MOST && fuzz_left(in) > 0) {
        uint8_t bytes[512];
        const unsigned kind = fuzz_byte(in);
        client *const c = &clients[count++];
        c->end = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        CHECK(c->end >= 0 && connect(c->end, (struct sockaddr *)&at, sizeof at) == 0);
        const size_t size = make_greeting(in, kind, (unsigned)count, bytes);
        c->rank = proved_by(bytes, size, (unsigned)count, ranks);
        say(c->end, bytes, size);
        if (kind & 0x10) (void)shutdown(c->end, SHUT_WR);
        if (kind & 0x20) (void)shutdown(c->end, SHUT_RDWR);
    }
    world_begin(NULL, NULL);
    const clmlp_status status = clmlp_meet_accept(listener, &place, ranks, how & 0x80 ? 6.0 : 1.0, sockets, &error);
    world_end();
    CHECK(status == CLMLP_OK || status == CLMLP_RANKS);
    fuzz_check_printable(error.message);
    check_clients(clients, count, sockets, ranks, status == CLMLP_OK);
    for (size_t r = 1; r < ranks; r++) {
        if (sockets[r] >= 0) (void)close(sockets[r]);
    }
    for (size_t i = 0; i < count; i++) (void)close(clients[i].end);
    (void)close(listener);
}

/* --- who answers a rank ---------------------------------------------------------------------------------------- */

static void try_way(fuzz_input *in)
{
    static uint8_t said[WORLD_CALLS][128], heard[HEARD];
    size_t sizes[WORLD_CALLS] = {0}, count = 0;
    world_call calls[WORLD_CALLS];
    clmlp_meet_place place = {.port = {1, 2}};
    clmlp_error error = {.message = ""};
    int found = -1;
    bool closed = false;
    const unsigned how = fuzz_byte(in);
    memcpy(place.secret, SECRET, sizeof SECRET);
    place.count = (unsigned char)(how == 0xFF ? 40 : how % 5);
    for (size_t i = 0; i < 5; i++) place.address[i][0] = (unsigned char)(how & 0x40 ? 6 : 4);
    while (count < WORLD_CALLS && fuzz_left(in) > 0) {
        const unsigned kind = fuzz_byte(in);
        int ends[2];
        world_pair(ends);
        calls[count] = (world_call){.why = kind % 4 == 3 ? ECONNREFUSED : 0, .near = ends[0], .far = ends[1]};
        if (kind % 4 == 2) { /* a proof over the number that the rank is about to choose, which nobody can know */
            unsigned char own[CLMLP_MEET_NONCE];
            char proof[CLMLP_SHA256_HEX];
            memset(said[count], (int)fuzz_byte(in), CLMLP_MEET_NONCE);
            memset(own, (int)fuzz_byte(in), sizeof own);
            clmlp_proof_make(SECRET, kind & 0x10 ? 'j' : 't', 1, said[count], own, proof);
            memcpy(said[count] + CLMLP_MEET_NONCE, proof, CLMLP_MEET_PROOF);
            sizes[count] = CLMLP_MEET_NONCE + CLMLP_MEET_PROOF;
        } else {
            sizes[count] = take(in, said[count], 100);
        }
        say(ends[1], said[count], sizes[count]);
        if (kind & 0x20) (void)shutdown(ends[1], SHUT_WR);
        count++;
    }
    world_begin(NULL, NULL);
    world_calls(calls, count);
    const clmlp_status status = clmlp_meet_join(&place, 1, 5.0, &found, &error);
    const size_t called = world_called();
    world_end();
    CHECK((status == CLMLP_OK) == (found >= 0) && (status == CLMLP_OK || status == CLMLP_RANKS));
    fuzz_check_printable(error.message);
    if (found >= 0) CHECK(send(found, "", 1, MSG_NOSIGNAL) == 1);
    for (size_t i = 0; i < count; i++) {
        size_t got = world_heard(calls[i].far, heard, sizeof heard, &closed);
        if (found >= 0 && calls[i].near == found) {
            char proof[CLMLP_SHA256_HEX];
            CHECK(got == CLMLP_MEET_HELLO + 1 && sizes[i] >= CLMLP_MEET_NONCE + CLMLP_MEET_PROOF);
            clmlp_proof_make(SECRET, 't', 1, said[i], heard + 12, proof);
            CHECK(memcmp(proof, said[i] + CLMLP_MEET_NONCE, CLMLP_MEET_PROOF) == 0);
            got--;
        }
        CHECK(got == 0 || (got == CLMLP_MEET_HELLO && proved_by(heard, got, said[i][0], 2) == 1) ||
              got == CLMLP_MEET_HELLO);
        if (i >= called) (void)close(calls[i].near); /* the others are closed */
        (void)close(calls[i].far);
    }
    if (found >= 0) (void)close(found);
}

/* --- messages -------------------------------------------------------------------------------------------------- */

/* Where the whole messages end, by their form alone; *broken: what follows is none. */
static size_t whole(const uint8_t *bytes, size_t size, size_t *count, bool *broken)
{
    size_t at = 0;
    for (*count = 0, *broken = false; size - at >= CLMLP_LINE_HEAD; ++*count) {
        const size_t length = (size_t)bytes[at + 1] << 8 | bytes[at + 2];
        *broken = strchr("bfntl", bytes[at]) == NULL || bytes[at] == '\0' || length > CLMLP_LINE_PAYLOAD;
        if (*broken || size - at < CLMLP_LINE_HEAD + length) break;
        at += CLMLP_LINE_HEAD + length;
    }
    return at;
}

static void same_back(const clmlp_line_message *m)
{
    unsigned char again[CLMLP_LINE_PAYLOAD];
    char text[CLMLP_FAILURE_TEXT], back[CLMLP_FAILURE_TEXT];
    size_t rank = 0, of_back = 0, own = 0;
    clmlp_status status = CLMLP_OK, status_back = CLMLP_OK;
    if (!clmlp_line_unpack(m, &rank, &status, text)) return;
    for (size_t i = 0; i < 4; i++) own = own << 8 | m->payload[i];
    CHECK(own == rank && strlen(text) < CLMLP_FAILURE_TEXT);
    CHECK(status > CLMLP_OK && status < CLMLP_STATUS_COUNT);
    const clmlp_line_message packed = {m->kind, clmlp_line_pack(again, rank, status, text), again};
    CHECK(clmlp_line_unpack(&packed, &of_back, &status_back, back));
    CHECK(rank == of_back && status == status_back && strcmp(text, back) == 0);
}

/* However the bytes come in pieces, the messages are the same; each is sent on and comes out the same. */
static void try_messages(fuzz_input *in)
{
    static uint8_t there[HEARD];
    clmlp_line line, echo;
    size_t count = 0, seen = 0, used = 0, fed = 0;
    bool broken = false, ours = false, closed = false;
    int ends[2], far[2];
    const unsigned piece = 1 + fuzz_byte(in);
    const uint8_t *const bytes = in->at;
    const size_t size = fuzz_left(in), expected = whole(bytes, size, &count, &broken);
    world_pair(ends);
    world_pair(far);
    clmlp_line_open(&line, ends[0], 0.0);
    clmlp_line_open(&echo, far[0], 0.0);
    while (!ours && fed < size) {
        clmlp_line_message m;
        const size_t now = piece < size - fed ? piece : size - fed;
        say(ends[1], bytes + fed, now);
        fed += now;
        for (size_t before = line.in_used + 1; before != line.in_used;) { /* until all of it was taken in */
            before = line.in_used;
            CHECK(clmlp_line_fill(&line, 1.0) == NULL);
            while (clmlp_line_next(&line, &m, &ours)) {
                CHECK(memcmp(bytes + used + CLMLP_LINE_HEAD, m.payload, m.length) == 0 && bytes[used] == m.kind);
                same_back(&m);
                CHECK(clmlp_line_put(&echo, m.kind, m.payload, m.length));
                clmlp_line_flush(&echo);
                used += CLMLP_LINE_HEAD + m.length;
                seen++;
                clmlp_line_drop(&line, &m);
                before = line.in_used + 1;
            }
            CHECK(line.in_used <= sizeof line.in);
        }
    }
    CHECK(seen == count && used == expected && ours == broken);
    CHECK(world_heard(far[1], there, sizeof there, &closed) == expected && memcmp(there, bytes, expected) == 0);
    clmlp_line_close(&line);
    clmlp_line_close(&echo);
    (void)close(ends[1]);
    (void)close(far[1]);
}

/* --- the thread that watches ----------------------------------------------------------------------------------- */

typedef struct scene {
    fuzz_input *in;
    clmlp_failure failure;
    size_t rank, ranks, lines, rest, rounds;
    int far[4];      /* the other ends; -1: none */
    bool at_fault[4]; /* said something, closed, or time went by */
    bool accuses;    /* somebody may have said that another one failed */
} scene;

/* What happens next; false: nothing more. */
static bool next_event(void *of_scene)
{
    scene *const s = of_scene;
    uint8_t bytes[1024];
    if (fuzz_left(s->in) == 0) return s->rest-- > 0; /* some rounds more, for what is under way */
    const unsigned what = fuzz_byte(s->in);
    const size_t i = (what >> 4) % s->lines;
    if (what % 8 == 7) world_wait((double)(what >> 4));
    if (what % 8 == 7 || ++s->rounds > 50) { /* a round in which nothing comes takes a quarter of a second */
        for (size_t k = 0; k < 4; k++) s->at_fault[k] = true;
    }
    if (what % 8 == 6) {
        const clmlp_status status = (clmlp_status)(1 + fuzz_byte(s->in) % (CLMLP_STATUS_COUNT - 1));
        s->at_fault[s->rank] = true;
        (void)clmlp_failure_set(&s->failure, s->rank, status, fuzz_text(s->in));
    } else if (what % 8 != 7 && s->far[i] >= 0) {
        s->at_fault[s->rank == 0 ? i : 0] = true;
        s->accuses = true;
        if (what % 8 == 5) {
            (void)shutdown(s->far[i], what & 0x80 ? SHUT_RDWR : SHUT_WR);
        } else if (what % 8 == 4) {
            say(s->far[i], bytes, take(s->in, bytes, sizeof bytes));
        } else { /* a message of the right form */
            const size_t length = take(s->in, bytes + CLMLP_LINE_HEAD, CLMLP_LINE_PAYLOAD);
            bytes[0] = (uint8_t)"ftlb"[what % 8];
            bytes[1] = (uint8_t)(length >> 8);
            bytes[2] = (uint8_t)length;
            say(s->far[i], bytes, CLMLP_LINE_HEAD + length);
        }
    }
    return true;
}

/* What the watch says is in its form, and tells of the one failure. */
static void check_said(const scene *s, size_t i)
{
    static uint8_t heard[HEARD];
    bool broken = false, closed = false;
    size_t count = 0, told = 0;
    const size_t size = world_heard(s->far[i], heard, sizeof heard, &closed);
    CHECK(whole(heard, size, &count, &broken) == size && !broken);
    for (size_t at = 0; at < size;) {
        const size_t length = (size_t)heard[at + 1] << 8 | heard[at + 2];
        const clmlp_line_message m = {(clmlp_line_kind)heard[at], length, heard + at + CLMLP_LINE_HEAD};
        char text[CLMLP_FAILURE_TEXT];
        size_t rank = 0;
        clmlp_status status = CLMLP_OK;
        at += CLMLP_LINE_HEAD + length;
        if (m.kind != CLMLP_LINE_FAIL && m.kind != CLMLP_LINE_TOLD) continue;
        CHECK(m.kind == (s->rank == 0 ? CLMLP_LINE_TOLD : CLMLP_LINE_FAIL) && told++ == 0);
        CHECK(clmlp_line_unpack(&m, &rank, &status, text) && rank == s->failure.rank && status == s->failure.status);
        CHECK(strcmp(text, s->failure.text) == 0);
    }
}

static void check_failure(const scene *s)
{
    const clmlp_failure *const f = &s->failure;
    clmlp_error error = {.message = ""};
    static const char hosts[4][CLMLP_HOST_LENGTH] = {"a", "b", "c", "d"};
    if (!clmlp_failure_happened(f)) return;
    CHECK(f->rank < s->ranks && f->status > CLMLP_OK && f->status < CLMLP_STATUS_COUNT);
    CHECK(s->at_fault[f->rank] || s->accuses);
    CHECK(strlen(f->text) < CLMLP_FAILURE_TEXT && strchr(f->text, '\n') == NULL);
    fuzz_check_printable(f->text);
    CHECK(clmlp_failure_report(f, hosts, &error) == CLMLP_RANKS);
    fuzz_check_printable(error.message);
}

static void try_watch(fuzz_input *in)
{
    static const char hosts[4][CLMLP_HOST_LENGTH] = {"a", "b", "c", "d"};
    scene s = {.in = in, .rest = 3};
    const unsigned how = fuzz_byte(in);
    clmlp_watch *watch = NULL;
    int sockets[4];
    s.rank = how % 4;
    s.ranks = s.rank == 0 ? 2 + how / 4 % 3 : 4;
    s.lines = s.rank == 0 ? s.ranks : 1;
    clmlp_failure_init(&s.failure);
    for (size_t i = 0; i < s.lines; i++) {
        int ends[2] = {-1, -1};
        if (s.rank != 0 || i > 0) world_pair(ends);
        sockets[i] = ends[0];
        s.far[i] = ends[1];
    }
    world_begin(next_event, &s);
    OK(clmlp_watch_start(&watch, s.rank, s.ranks, 15.0, sockets, &s.failure, hosts, error));
    check_failure(&s);
    for (size_t i = 0; i < s.lines; i++) {
        if (s.far[i] >= 0) check_said(&s, i);
    }
    clmlp_watch_stop(watch);
    world_end();
    check_failure(&s);
    for (size_t i = 0; i < s.lines; i++) {
        if (s.far[i] >= 0) (void)close(s.far[i]);
    }
    clmlp_failure_destroy(&s.failure);
}

void fuzz_line(const uint8_t *data, size_t size)
{
    fuzz_input in = {.at = data, .end = data + size};
    const unsigned which = fuzz_byte(&in);
    int before[WORLD_FREE], after[WORLD_FREE];
    (void)fuzz_path("."); /* may open something the first time */
    world_free_descriptors(before);
    switch (which % 4) {
    case 0: try_door(&in); break;
    case 1: try_way(&in); break;
    case 2: try_messages(&in); break;
    case 3: try_watch(&in); break;
    }
    world_free_descriptors(after);
    CHECK(memcmp(before, after, sizeof before) == 0);
    fuzz_release(&in);
}
