/* svmlight_divide.c - the lines of svmlight text behind its head, read by all ranks together. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/readers/divide/moves.h"
#include "data/readers/divide/text.h"
#include "data/readers/svmlight_reader.h"

/* What this rank reads, and behind what. */
typedef struct shard {
    const clmlp_svmlight_reader *whole;
    clmlp_svmlight_reader reader;
    clmlp_table table;
} shard;

static clmlp_status begin(shard *s, const clmlp_svmlight_reader *whole, clmlp_error *error)
{
    clmlp_table_release(&s->table);
    s->whole = whole;
    s->reader = (clmlp_svmlight_reader){.table = &s->table, .input = whole->input, .request = whole->request,
                                        .error = error};
    clmlp_classes_begin_part(&s->table.classes, &whole->table->classes);
    return clmlp_allocate(&s->table.sparse, 1, sizeof *s->table.sparse, "the data", error);
}

static clmlp_status read_part(shard *s, clmlp_text_run *run, uint64_t stop, clmlp_error *error)
{
    clmlp_input *const input = s->whole->input;
    TRY(begin(s, s->whole, error));
    TRY(clmlp_input_seek(input, run->start, error));
    s->reader.line.number = (size_t)run->line - 1; /* of the line before */
    TRY(clmlp_svmlight_lines(&s->reader, SIZE_MAX, stop));
    run->end = clmlp_input_position(input);
    run->end_line = s->reader.line.number + 1;
    return CLMLP_OK;
}

static void read_run(void *context, clmlp_text_run *run, uint64_t stop, const unsigned char *before,
                     unsigned char *after, clmlp_error *error)
{
    const clmlp_status status = read_part(context, run, stop, error);
    (void)before;
    (void)after;
    run->status = status;
    run->outcome = status == CLMLP_OK ? CLMLP_TEXT_READ : CLMLP_TEXT_FAILED;
}

/* Comments count in the head alone. */
static void move(clmlp_parcel *parcel, shard *s)
{
    clmlp_svmlight_reader *const reader = &s->reader;
    clmlp_table *const table = &s->table;
    CLMLP_MOVE(parcel, table->m);
    CLMLP_MOVE(parcel, reader->first_line);
    CLMLP_MOVE(parcel, reader->last_line);
    CLMLP_MOVE(parcel, reader->any);
    CLMLP_MOVE(parcel, reader->largest);
    CLMLP_MOVE(parcel, reader->zero);
    CLMLP_MOVE(parcel, reader->at_largest);
    CLMLP_MOVE(parcel, reader->list);
    CLMLP_MOVE(parcel, reader->unlabelled);
    CLMLP_MOVE(parcel, reader->found);
    CLMLP_MOVE(parcel, reader->queries);
    clmlp_parcel_move_array(parcel, &table->y, table->m, sizeof *table->y);
    clmlp_parcel_move_array(parcel, &table->label_counts, table->m, sizeof *table->label_counts);
    clmlp_move_classes(parcel, &table->classes);
    clmlp_move_sparse(parcel, table->sparse);
}

/* The first place is that of the rows in front, if they have one. */
static void take_place(clmlp_svmlight_place *place, clmlp_svmlight_place more, size_t lines)
{
    if (place->line == 0 && more.line > 0) *place = (clmlp_svmlight_place){more.line + lines, more.column};
}

static void append_places(clmlp_svmlight_reader *whole, const clmlp_svmlight_reader *part, size_t lines)
{
    if (part->any && (!whole->any || part->largest > whole->largest)) {
        whole->any = true;
        whole->largest = part->largest;
        whole->at_largest.line = 0;
        take_place(&whole->at_largest, part->at_largest, lines);
    }
    if (whole->unlabelled.line == 0) memcpy(whole->found, part->found, sizeof whole->found);
    take_place(&whole->unlabelled, part->unlabelled, lines);
    take_place(&whole->zero, part->zero, lines);
    take_place(&whole->list, part->list, lines);
    whole->queries += part->queries;
    if (part->first_line == 0) return;
    if (whole->first_line == 0) whole->first_line = part->first_line + lines;
    whole->last_line = part->last_line + lines;
}

static clmlp_status append(clmlp_svmlight_reader *whole, const shard *part, size_t lines)
{
    clmlp_table *const table = whole->table;
    const clmlp_table *const more = &part->table;
    const size_t m = table->m + more->m;
    if (m > UINT32_MAX - 1) {
        return clmlp_fail(whole->error, CLMLP_BAD_INPUT, "%s: more than %lu rows", whole->input->path,
                          (unsigned long)UINT32_MAX - 1);
    }
    if (more->y != NULL) {
        TRY(clmlp_grow(&table->y, &whole->y_capacity, m, sizeof *table->y, "targets", whole->error));
        memcpy(table->y + table->m, more->y, more->m * sizeof *table->y);
    }
    if (more->label_counts != NULL) {
        TRY(clmlp_grow(&table->label_counts, &whole->count_capacity, m, sizeof *table->label_counts, "labels",
                       whole->error));
        memcpy(table->label_counts + table->m, more->label_counts, more->m * sizeof *table->label_counts);
    }
    TRY(clmlp_classes_append(&table->classes, &more->classes, lines, whole->error));
    TRY(clmlp_sparse_append(table->sparse, more->sparse, whole->error));
    append_places(whole, &part->reader, lines);
    table->m = m;
    return CLMLP_OK;
}

/* The part of rank r, which that rank has, behind those in front. */
static clmlp_status take_part(clmlp_svmlight_reader *whole, size_t r, shard *part, size_t lines)
{
    clmlp_parcel parcel;
    clmlp_parcel_begin(&parcel, whole->request->division, r, whole->error);
    move(&parcel, part);
    TRY(clmlp_parcel_end(&parcel));
    return append(whole, part, lines);
}

/* The parts of all ranks, in their order: every rank gets all lines. */
static clmlp_status exchange(shard *s, clmlp_svmlight_reader *whole, const size_t *lines)
{
    clmlp_division *const division = whole->request->division;
    clmlp_status status = CLMLP_OK;
    for (size_t r = 0; r < division->count && status == CLMLP_OK; r++) {
        shard received = {.whole = whole};
        shard *const part = r == division->rank ? s : &received;
        if (part == &received) status = begin(part, whole, whole->error);
        status = clmlp_division_meet(division, status, whole->error);
        if (status == CLMLP_OK) status = take_part(whole, r, part, lines[r]);
        clmlp_table_release(&part->table);
        if (!division->over) status = clmlp_division_meet(division, status, whole->error);
    }
    return status;
}

static clmlp_status divide(clmlp_svmlight_reader *whole)
{
    clmlp_division *const division = whole->request->division;
    shard s = {.whole = whole};
    const clmlp_text_job job = {.input = whole->input, .line = whole->line.number + 1,
                                .start = clmlp_input_position(whole->input), .context = &s, .read = read_run};
    size_t *lines = NULL;
    bool otherwise = false;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&lines, division->count, sizeof *lines, "what ranks tell each other", whole->error));
    TRY_CLEANUP(clmlp_divide_text(division, &job, lines, &otherwise, whole->error));
    TRY_CLEANUP(exchange(&s, whole, lines));
cleanup:
    clmlp_table_release(&s.table);
    free(lines);
    return status;
}

clmlp_status clmlp_svmlight_read_rest(clmlp_svmlight_reader *reader)
{
    const clmlp_division *const division = reader->request->division;
    const uint64_t position = clmlp_input_position(reader->input);
    const bool divided = clmlp_is_divided(division) && division->size > position &&
                         division->size - position >= clmlp_division_least(division);
    return divided ? divide(reader) : clmlp_svmlight_lines(reader, SIZE_MAX, UINT64_MAX);
}
