/* divided.c - a file read by several ranks, which are threads here, beside the same file read by one process. */
#include "divided.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ranks/thread_ranks.h"
#include "data/dataset.h"
#include "data/fingerprint.h"
#include "data/readers/load.h"
#include "files.h"

enum { SUMMARY = 1 << 16 };

/* What a rank, or one process, came to. */
typedef struct outcome {
    clmlp_status status;
    clmlp_error error;
    char summary[SUMMARY]; /* of the data set */
    size_t rounds;
} outcome;

typedef struct reader {
    clmlp_ranks *ranks;
    const char *path;
    size_t head;
    const clmlp_load_options *options;
    outcome *out;
    pthread_t thread;
} reader;

void (*before_reading)(size_t rank);
void (*after_reading)(void);
static outcome alone, outcomes[MOST_RANKS + 1][MOST_RANKS];

/* --- a data set in words ---------------------------------------------------------------------------------- */

static void add_bytes(clmlp_sha256 *hash, const void *bytes, size_t count)
{
    if (bytes != NULL) clmlp_sha256_add(hash, bytes, count);
}

static void add_text(clmlp_sha256 *hash, const char *text)
{
    add_bytes(hash, text != NULL ? text : "\1", text != NULL ? strlen(text) + 1 : 2);
}

/* Also what the fingerprint does not see, for it makes no difference to a training: the order of texts and codes. */
static void add_encoded(clmlp_sha256 *hash, const clmlp_encoded *encoded, size_t m)
{
    for (size_t c = 0; encoded != NULL && c < encoded->count; c++) {
        const clmlp_encoded_column *const column = &encoded->columns[c];
        const clmlp_encoder *const encoder = column->encoder;
        add_text(hash, encoder->name);
        add_bytes(hash, &encoder->kind, sizeof encoder->kind);
        add_bytes(hash, &encoder->had_missing, sizeof encoder->had_missing);
        add_bytes(hash, encoder->fill, sizeof encoder->fill);
        add_bytes(hash, &encoder->first_day, sizeof encoder->first_day);
        add_bytes(hash, &encoder->hour, sizeof encoder->hour);
        for (size_t l = 0; l < encoder->level_count; l++) add_text(hash, encoder->levels[l]);
        add_bytes(hash, &column->code_size, sizeof column->code_size);
        add_bytes(hash, column->codes, m * column->code_size);
    }
}

static void summarize(const clmlp_dataset *d, char *text)
{
    char fingerprint[CLMLP_SHA256_HEX], rest[CLMLP_SHA256_HEX];
    clmlp_sha256 hash;
    clmlp_sha256_begin(&hash);
    add_encoded(&hash, d->encoded, d->m);
    if (d->sparse != NULL) add_bytes(&hash, d->sparse->starts, (d->m + 1) * sizeof *d->sparse->starts);
    add_bytes(&hash, d->source, d->source != NULL ? d->m * sizeof *d->source : 0);
    for (size_t i = 0; i < d->m * d->kept.count; i++) {
        add_text(&hash, clmlp_kept_text(&d->kept, i / d->kept.count, i % d->kept.count));
    }
    size_t used = (size_t)snprintf(text, SUMMARY,
                                   "m %zu n %zu K %zu pixels %d first line %zu base %d numbered %d\n%s\n%s\n", d->m,
                                   d->n, d->K, d->pixels, d->first_line, (int)d->index_base,
                                   d->columns != NULL && d->columns->numbered,
                                   clmlp_dataset_fingerprint(d, fingerprint), clmlp_sha256_text(&hash, rest));
    for (size_t i = 0; i < d->notes.count; i++) {
        used += (size_t)snprintf(text + used, SUMMARY - used, "%s\n", d->notes.texts[i]);
        cr_assert_lt(used, (size_t)SUMMARY);
    }
}

/* --- ranks ------------------------------------------------------------------------------------------------ */

static void *read_one(void *argument)
{
    reader *const r = argument;
    clmlp_dataset *dataset = NULL;
    clmlp_load_options options = *r->options;
    clmlp_division division = {.head = r->head, .least = 1};
    options.ranks = r->ranks;
    r->out->error = (clmlp_error){.status = CLMLP_OK};
    r->out->summary[0] = '\0';
    if (before_reading != NULL && r->ranks != NULL) before_reading(clmlp_ranks_rank(r->ranks));
    r->out->status = clmlp_dataset_load_divided(&dataset, NULL, &division, r->path, &options, &r->out->error);
    if (after_reading != NULL) after_reading();
    r->out->rounds = division.rounds;
    if (r->out->status == CLMLP_OK) summarize(dataset, r->out->summary);
    clmlp_dataset_destroy(dataset);
    return NULL;
}

/* One set of ranks for all cases of a test; they end with the process. */
static clmlp_ranks **team(size_t count)
{
    static clmlp_ranks *teams[MOST_RANKS + 1][MOST_RANKS];
    if (teams[count][0] != NULL) return teams[count];
    thread_world *const world = thread_world_create((unsigned)count);
    for (size_t r = 0; r < count; r++) teams[count][r] = thread_ranks_join(world, r, count);
    return teams[count];
}

void read_by_ranks(size_t count, const char *path, const char *const *paths, size_t head,
                   const clmlp_load_options *options)
{
    reader readers[MOST_RANKS];
    clmlp_ranks **const ranks = team(count);
    for (size_t r = 0; r < count; r++) {
        readers[r] = (reader){.ranks = ranks[r], .path = paths != NULL ? paths[r] : path, .head = head,
                              .options = options, .out = &outcomes[count][r]};
        cr_assert_eq(pthread_create(&readers[r].thread, NULL, read_one, &readers[r]), 0);
    }
    for (size_t r = 0; r < count; r++) (void)pthread_join(readers[r].thread, NULL);
}

const char *message_of(size_t ranks, size_t r)
{
    return outcomes[ranks][r].status != CLMLP_OK ? outcomes[ranks][r].error.message : "";
}

size_t rounds_of(size_t ranks)
{
    return outcomes[ranks][0].rounds;
}

const char *read_alone(const char *path, size_t head, const clmlp_load_options *options)
{
    reader one = {.path = path, .head = head, .options = options, .out = &alone};
    (void)read_one(&one);
    return alone.status != CLMLP_OK ? alone.error.message : "";
}

void expect_ranks(size_t count, const char *what, const char *path, const char *const *paths, size_t head,
                  const clmlp_load_options *options)
{
    const outcome *const expected = paths == NULL ? &alone : &outcomes[count][0];
    read_by_ranks(count, path, paths, head, options);
    for (size_t r = 0; r < count; r++) {
        const outcome *const got = &outcomes[count][r];
        cr_assert_eq(got->status, expected->status, "%s, head %zu, rank %zu of %zu: %s: %s\nexpected %s: %s", what,
                     head, r, count, clmlp_status_text(got->status), got->error.message,
                     clmlp_status_text(expected->status), expected->error.message);
        cr_assert_str_eq(got->error.message, expected->error.message, "%s, head %zu, rank %zu of %zu: %s\nnot %s",
                         what, head, r, count, got->error.message, expected->error.message);
        cr_assert_str_eq(got->summary, expected->summary, "%s, head %zu, rank %zu of %zu: %s\nnot %s", what, head, r,
                         count, got->summary, expected->summary);
    }
}

const char *expect_same(const char *what, const char *path, const char *const *paths, size_t head,
                        const clmlp_load_options *options)
{
    const char *const said = paths == NULL ? read_alone(path, head, options) : "";
    for (size_t count = 2; count <= MOST_RANKS; count++) expect_ranks(count, what, path, paths, head, options);
    return said;
}

void expect_bytes_same(const char *name, const void *bytes, size_t size, const clmlp_load_options *options)
{
    static const size_t heads[] = {1, 3};
    char path[PATH_LENGTH];
    write_file(scratch_path(path, name), bytes, size);
    for (size_t h = 0; h < sizeof heads / sizeof *heads; h++) (void)expect_same(bytes, path, NULL, heads[h], options);
    (void)remove(path);
}

void expect_text_same(const char *name, const char *text, const clmlp_load_options *options)
{
    expect_bytes_same(name, text, strlen(text), options);
}
