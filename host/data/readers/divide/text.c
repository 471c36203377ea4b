/* text.c - the lines of a text file, divided among the ranks: guessed, compared, read again where a guess was wrong. */
#include "data/readers/divide/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/columns/cells.h"

/* What one rank does, and what it knows of all. */
typedef struct work {
    clmlp_division *division;
    const clmlp_text_job *job;
    size_t *lines;
    clmlp_text_run run;    /* of this rank */
    clmlp_text_run *runs;  /* [ranks] */
    unsigned char *states; /* [3 x columns] before and after this rank's run, and what a round finds */
    clmlp_error *own;      /* what its run failed with */
    bool again;            /* its run does not stand */
    bool more;             /* nor does somebody's */
    size_t failed;         /* the first rank that failed, if it is known; else the number of ranks */
} work;

/* --- where a rank begins ---------------------------------------------------------------------------------- */

/* The first byte of rank r's range. */
static uint64_t border(const work *w, size_t r)
{
    const uint64_t bytes = w->division->size - w->job->start, count = w->division->count;
    return w->job->start + bytes / count * r + bytes % count * r / count;
}

/* Quotes in this rank's range. */
static clmlp_status count_quotes(const work *w, uint64_t *count, clmlp_error *error)
{
    clmlp_input *const input = w->job->input;
    const uint64_t stop = border(w, w->division->rank + 1);
    TRY(clmlp_input_seek(input, border(w, w->division->rank), error));
    *count = 0;
    for (;;) {
        const uint64_t left = stop - clmlp_input_position(input);
        const size_t there = (size_t)(input->end - input->next), size = left < there ? (size_t)left : there;
        size_t found = 0;
        for (size_t i = 0; i < size; i++) found += input->next[i] == '"';
        *count += found;
        if (size == left || input->at_end) return CLMLP_OK;
        TRY(clmlp_input_more(input, input->end, error));
    }
}

/* Whether this rank's range begins inside quotes, if quotes mean what they should. Most files have none, and are not
 * looked through for it. */
static clmlp_status begins_quoted(work *w, bool *quoted, clmlp_error *error)
{
    clmlp_division *const division = w->division;
    clmlp_input *const input = w->job->input;
    const void *gathered = NULL;
    uint64_t count = 0, any = 0;
    *quoted = false;
    if (!w->job->quotes) return CLMLP_OK;
    const clmlp_status status = clmlp_input_seek(input, border(w, division->rank), error);
    if (status == CLMLP_OK) count = memchr(input->next, '"', (size_t)(input->end - input->next)) != NULL;
    TRY(clmlp_division_meet(division, status, error));
    TRY(clmlp_division_gather(division, &count, sizeof count, &gathered, error));
    for (size_t r = 0; r < division->count; r++) any |= ((const uint64_t *)gathered)[r];
    if (any == 0) return CLMLP_OK;
    TRY(clmlp_division_meet(division, count_quotes(w, &count, error), error));
    TRY(clmlp_division_gather(division, &count, sizeof count, &gathered, error));
    for (size_t r = 0; r < division->rank; r++) *quoted ^= (((const uint64_t *)gathered)[r] & 1) != 0;
    return CLMLP_OK;
}

/* Behind the first line end from byte `from` on; the end of the file: there is none. */
static clmlp_status find_line(const work *w, uint64_t from, bool quoted, uint64_t *start, clmlp_error *error)
{
    clmlp_input *const input = w->job->input;
    const bool quotes = w->job->quotes;
    TRY(clmlp_input_seek(input, from, error));
    if (quotes && *input->next == '"') quoted = !quoted; /* what is known is the state behind this byte */
    for (;;) {
        char *p = input->next;
        for (; p < input->end; p++) {
            if (quotes && *p == '"') quoted = !quoted;
            if (!quoted && (*p == '\n' || (quotes && *p == '\r'))) break;
        }
        if (p + 1 < input->end || input->at_end) {
            if (p < input->end) p += *p == '\r' && p[1] == '\n' ? 2 : 1;
            *start = input->start + (uint64_t)(p - input->buffer);
            return CLMLP_OK;
        }
        TRY(clmlp_input_more(input, p, error)); /* a line end that is the last byte is looked at again */
    }
}

static clmlp_status guess(work *w, clmlp_error *error)
{
    const size_t rank = w->division->rank;
    bool quoted = false;
    clmlp_status status = CLMLP_OK;
    w->run = (clmlp_text_run){.start = w->job->start, .line = w->job->line};
    if (w->job->columns > 0) memcpy(w->states, w->job->states, w->job->columns);
    TRY(begins_quoted(w, &quoted, error));
    if (rank > 0) status = find_line(w, border(w, rank) - 1, quoted, &w->run.start, error);
    return clmlp_division_meet(w->division, status, error);
}

/* --- rounds ----------------------------------------------------------------------------------------------- */

/* Whether a run that took the state of a column for `assumed`, and came to `after`, is the same from the state `truth`:
 * a column that is lost will be read again, and one without a value so far takes any. */
static bool fits(unsigned char truth, unsigned char assumed, unsigned char after, bool read)
{
    if (truth == assumed) return true;
    if (!read) return false;
    return truth == CLMLP_CELLS_LOST ||
           (assumed == CLMLP_CELLS_OPEN && (after == CLMLP_CELLS_OPEN || after == truth));
}

/* The runs of all ranks, from the first on: which do not stand, and which one failed. states: [ranks x 2 x columns]. */
static void judge(work *w, const unsigned char *states)
{
    const clmlp_text_job *const job = w->job;
    const size_t columns = job->columns, count = w->division->count;
    unsigned char *const truth = w->states + 2 * columns;
    clmlp_text_run next = {.start = job->start, .line = job->line};
    bool known = true; /* all in front stand */
    if (columns > 0) memcpy(truth, job->states, columns);
    w->again = w->more = false;
    w->failed = count;
    for (size_t r = 0; r < count; r++) {
        const clmlp_text_run *const run = &w->runs[r];
        const unsigned char *const before = states + r * 2 * columns, *const after = before + columns;
        const bool read = run->outcome == CLMLP_TEXT_READ;
        bool stands = run->start == next.start;
        for (size_t j = 0; j < columns; j++) stands = stands && fits(truth[j], before[j], after[j], read);
        /* its message has the number */
        if (run->outcome == CLMLP_TEXT_FAILED && known && run->line != next.line) stands = false;
        if (!read && known && stands) w->failed = r;
        if (!stands && r == w->division->rank) {
            w->again = true;
            w->run = (clmlp_text_run){.start = next.start, .line = next.line};
            memcpy(w->states, truth, columns);
        }
        w->more = w->more || !stands;
        known = known && stands;
        if (!read) return; /* where it would have come to is not known */
        w->lines[r] = (size_t)(next.line - run->line);
        next.start = run->end;
        next.line += run->end_line - run->line;
        for (size_t j = 0; j < columns; j++) {
            if (truth[j] != CLMLP_CELLS_LOST && after[j] != CLMLP_CELLS_OPEN) truth[j] = after[j];
        }
    }
}

static clmlp_status compare(work *w, clmlp_error *error)
{
    clmlp_division *const division = w->division;
    const size_t columns = w->job->columns;
    const void *gathered = NULL;
    TRY(clmlp_division_gather(division, &w->run, sizeof w->run, &gathered, error));
    memcpy(w->runs, gathered, division->count * sizeof *w->runs);
    if (columns > 0) TRY(clmlp_division_gather(division, w->states, 2 * columns, &gathered, error));
    judge(w, columns > 0 ? gathered : w->states);
    return CLMLP_OK;
}

/* Until all stand, or up to the first that failed. */
static clmlp_status go_rounds(work *w, clmlp_error *error)
{
    const clmlp_text_job *const job = w->job;
    clmlp_division *const division = w->division;
    const bool last = division->rank + 1 == division->count;
    const uint64_t stop = last ? UINT64_MAX : border(w, division->rank + 1);
    w->again = true;
    do {
        if (w->again) job->read(job->context, &w->run, stop, w->states, w->states + job->columns, w->own);
        TRY(compare(w, error));
        division->rounds++;
    } while (w->more && w->failed == division->count);
    return CLMLP_OK;
}

/* A fault is the same whoever finds it; what only one rank lacks names it. */
static clmlp_status fail(const work *w, bool *otherwise, clmlp_error *error)
{
    const clmlp_text_run *const run = &w->runs[w->failed];
    const clmlp_status status = run->status < CLMLP_STATUS_COUNT ? (clmlp_status)run->status : CLMLP_BAD_INPUT;
    *otherwise = run->outcome == CLMLP_TEXT_OTHERWISE;
    if (*otherwise) return status;
    if (w->failed == w->division->rank && error != NULL) *error = *w->own;
    return clmlp_division_pass(w->division, w->failed, status, status != CLMLP_BAD_INPUT, error);
}

static clmlp_status make_room(work *w, clmlp_error *error)
{
    const size_t columns = w->job->columns;
    TRY(clmlp_allocate(&w->runs, w->division->count, sizeof *w->runs, "what ranks tell each other", error));
    TRY(clmlp_allocate(&w->states, columns, 3, "what ranks tell each other", error));
    TRY(clmlp_allocate(&w->own, 1, sizeof *w->own, "what ranks tell each other", error));
    return clmlp_division_reserve(w->division, 2 * columns, error);
}

clmlp_status clmlp_divide_text(clmlp_division *division, const clmlp_text_job *job, size_t *lines, bool *otherwise,
                               clmlp_error *error)
{
    work w = {.division = division, .job = job, .lines = lines};
    *otherwise = false;
    clmlp_status status = make_room(&w, error);
    TRY_CLEANUP(clmlp_division_meet(division, status, error));
    TRY_CLEANUP(guess(&w, error));
    TRY_CLEANUP(go_rounds(&w, error));
    if (w.failed < division->count) status = fail(&w, otherwise, error);
cleanup:
    free(w.own);
    free(w.states);
    free(w.runs);
    return status;
}
