/* csv_divide.c - the rows of a text file behind its head, read by all ranks together. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/readers/csv/csv_part.h"
#include "data/readers/divide/text.h"

/* What this rank reads, and behind what. */
typedef struct shard {
    const clmlp_csv_reader *whole;
    clmlp_csv_rows *rows;
    clmlp_csv_part part;
} shard;

static clmlp_status read_part(shard *s, clmlp_text_run *run, uint64_t stop, const unsigned char *before,
                              clmlp_error *error)
{
    clmlp_csv_reader *const reader = &s->part.reader;
    TRY(clmlp_csv_part_begin(&s->part, s->whole, before, error));
    clmlp_fields *const fields = &reader->fields;
    TRY(clmlp_input_seek(fields->input, run->start, error));
    fields->stop = stop;
    fields->line = (size_t)run->line;
    fields->mark = fields->input->next;
    fields->before_mark = 0;
    TRY(s->rows(reader, SIZE_MAX));
    run->end = clmlp_input_position(fields->input);
    /* blanks in front of the end of the file */
    if (run->end < stop) run->end += (uint64_t)(fields->input->end - fields->input->next);
    run->end_line = fields->line;
    return CLMLP_OK;
}

static void read_run(void *context, clmlp_text_run *run, uint64_t stop, const unsigned char *before,
                     unsigned char *after, clmlp_error *error)
{
    shard *const s = context;
    const clmlp_table *const table = &s->part.table;
    const clmlp_status status = read_part(s, run, stop, before, error);
    run->status = status;
    run->outcome = status == CLMLP_OK               ? CLMLP_TEXT_READ
                   : s->part.reader.wants_cells ? CLMLP_TEXT_OTHERWISE
                                                : CLMLP_TEXT_FAILED;
    for (size_t j = 0; table->cells != NULL && j < table->n; j++) after[j] = (unsigned char)table->cells[j].state;
}

/* The part of rank r, which that rank has in `part`, behind those in front. */
static clmlp_status take_part(clmlp_csv_reader *whole, size_t r, clmlp_csv_part *part, size_t lines)
{
    clmlp_parcel parcel;
    clmlp_parcel_begin(&parcel, whole->request->division, r, whole->error);
    clmlp_csv_part_move(&parcel, part);
    TRY(clmlp_parcel_end(&parcel));
    return clmlp_csv_part_append(whole, part, lines);
}

/* The parts of all ranks, in their order: every rank gets all rows. */
static clmlp_status exchange(shard *s, clmlp_csv_reader *whole, const size_t *lines)
{
    clmlp_division *const division = whole->request->division;
    clmlp_status status = CLMLP_OK;
    for (size_t r = 0; r < division->count && status == CLMLP_OK; r++) {
        clmlp_csv_part received = {.table = {.m = 0}};
        clmlp_csv_part *const part = r == division->rank ? &s->part : &received;
        if (part == &received) status = clmlp_csv_part_begin(part, whole, NULL, whole->error);
        status = clmlp_division_meet(division, status, whole->error);
        if (status == CLMLP_OK) status = take_part(whole, r, part, lines[r]);
        clmlp_csv_part_release(part);
        if (!division->over) status = clmlp_division_meet(division, status, whole->error);
    }
    return status;
}

static clmlp_status divide(clmlp_csv_reader *reader, clmlp_csv_rows *rows)
{
    clmlp_division *const division = reader->request->division;
    const clmlp_table *const table = reader->table;
    shard s = {.whole = reader, .rows = rows};
    clmlp_text_job job = {.input = reader->fields.input, .quotes = true, .line = reader->fields.line,
                          .start = clmlp_input_position(reader->fields.input),
                          .columns = table->cells != NULL ? table->n : 0, .context = &s, .read = read_run};
    size_t *lines = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&lines, division->count, sizeof *lines, "what ranks tell each other", reader->error));
    TRY_CLEANUP(clmlp_allocate(&job.states, job.columns, 1, "what ranks tell each other", reader->error));
    for (size_t j = 0; j < job.columns; j++) job.states[j] = (unsigned char)table->cells[j].state;
    TRY_CLEANUP(clmlp_divide_text(division, &job, lines, &reader->wants_cells, reader->error));
    TRY_CLEANUP(exchange(&s, reader, lines));
cleanup:
    clmlp_csv_part_release(&s.part);
    free(job.states);
    free(lines);
    return status;
}

clmlp_status clmlp_csv_read_rest(clmlp_csv_reader *reader, clmlp_csv_rows *rows)
{
    const clmlp_division *const division = reader->request->division;
    const uint64_t position = clmlp_input_position(reader->fields.input);
    const bool divided = clmlp_is_divided(division) && division->size > position &&
                         division->size - position >= clmlp_division_least(division);
    return divided ? divide(reader, rows) : rows(reader, SIZE_MAX);
}
