/* csv_part.c - some rows of a text file, read apart: sent to the other ranks, and put behind those in front. */
#include "data/readers/csv/csv_part.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/readers/divide/moves.h"

void clmlp_csv_part_release(clmlp_csv_part *part)
{
    clmlp_csv_reader *const reader = &part->reader;
    for (size_t j = 0; reader->texts != NULL && j < reader->text_count; j++) free(reader->texts[j].text);
    free(reader->texts);
    free(reader->x);
    free(reader->fields.unquoted);
    clmlp_table_release(&part->table);
    memset(part, 0, sizeof *part);
}

/* The columns as they are where the part begins. */
static clmlp_status begin_cells(clmlp_csv_part *part, const clmlp_csv_reader *whole, const unsigned char *states,
                                clmlp_error *error)
{
    const clmlp_table *const before = whole->table;
    if (before->cells == NULL) return CLMLP_OK;
    TRY(clmlp_allocate(&part->table.cells, before->n, sizeof *part->table.cells, "the columns", error));
    part->table.n = before->n;
    for (size_t j = 0; j < before->n; j++) {
        const clmlp_cells_state state = states != NULL ? (clmlp_cells_state)states[j] : before->cells[j].state;
        clmlp_cells_begin_part(&part->table.cells[j], &before->cells[j], state);
    }
    TRY(clmlp_allocate(&part->reader.texts, whole->text_count, sizeof *part->reader.texts, "the columns", error));
    for (size_t j = 0; j < whole->text_count; j++) part->reader.texts[j].asked = whole->texts[j].asked;
    return CLMLP_OK;
}

clmlp_status clmlp_csv_part_begin(clmlp_csv_part *part, const clmlp_csv_reader *whole, const unsigned char *states,
                                  clmlp_error *error)
{
    clmlp_csv_part_release(part);
    clmlp_csv_reader *const reader = &part->reader;
    *reader = *whole; /* the layout, the row and the input are borrowed */
    reader->table = &part->table;
    reader->error = error;
    reader->x = NULL;
    reader->texts = NULL;
    reader->x_capacity = reader->y_capacity = reader->w_capacity = 0;
    reader->first_line = reader->last_line = 0;
    reader->fields.unquoted = NULL;
    reader->fields.unquoted_capacity = 0;
    reader->fields.odd_line = reader->fields.odd_column = 0;
    clmlp_classes_begin_part(&part->table.classes, &whole->table->classes);
    part->table.kept.count = whole->table->kept.count;
    return begin_cells(part, whole, states, error);
}

static size_t targets_of(const clmlp_csv_layout *layout)
{
    return layout->slots != NULL ? layout->target_count : 1;
}

/* --- sent ------------------------------------------------------------------------------------------------- */

static void move_text(clmlp_parcel *parcel, clmlp_csv_text *text)
{
    size_t length = text->text != NULL ? strlen(text->text) + 1 : 0;
    CLMLP_MOVE(parcel, text->line);
    CLMLP_MOVE(parcel, text->column);
    CLMLP_MOVE(parcel, text->lost);
    CLMLP_MOVE(parcel, length);
    clmlp_parcel_move_array(parcel, &text->text, length, 1);
}

void clmlp_csv_part_move(clmlp_parcel *parcel, clmlp_csv_part *part)
{
    clmlp_csv_reader *const reader = &part->reader;
    clmlp_table *const table = &part->table;
    const size_t targets = targets_of(&reader->layout);
    CLMLP_MOVE(parcel, table->m);
    CLMLP_MOVE(parcel, reader->first_line);
    CLMLP_MOVE(parcel, reader->last_line);
    CLMLP_MOVE(parcel, reader->fields.odd_line);
    CLMLP_MOVE(parcel, reader->fields.odd_column);
    clmlp_parcel_move_array(parcel, &reader->x, table->m, reader->n * sizeof *reader->x);
    clmlp_parcel_move_array(parcel, &table->y, table->m, targets * sizeof *table->y);
    clmlp_parcel_move_array(parcel, &table->target_columns, targets, sizeof *table->target_columns);
    CLMLP_MOVE(parcel, table->rows_missing);
    CLMLP_MOVE(parcel, table->first_missing);
    clmlp_parcel_move_array(parcel, &table->weights, table->m, sizeof *table->weights);
    clmlp_move_kept(parcel, &table->kept, table->m);
    clmlp_move_classes(parcel, &table->classes);
    for (size_t j = 0; table->cells != NULL && j < table->n; j++) clmlp_move_cells(parcel, &table->cells[j]);
    for (size_t j = 0; reader->texts != NULL && j < reader->text_count; j++) move_text(parcel, &reader->texts[j]);
}

/* --- appended --------------------------------------------------------------------------------------------- */

/* `count` numbers behind `before`. */
static clmlp_status append_numbers(double **array, size_t *capacity, size_t before, const double *part, size_t count,
                                   const char *what, clmlp_error *error)
{
    if (part == NULL || count == 0) return CLMLP_OK;
    TRY(clmlp_grow(array, capacity, before + count, sizeof **array, what, error));
    memcpy(*array + before, part, count * sizeof **array);
    return CLMLP_OK;
}

/* What several targets are. */
static clmlp_status append_target_columns(clmlp_csv_reader *whole, const clmlp_table *part, size_t lines)
{
    clmlp_table *const table = whole->table;
    const size_t count = whole->layout.target_count;
    if (part->target_columns == NULL) return CLMLP_OK;
    if (table->target_columns == NULL) {
        TRY(clmlp_allocate(&table->target_columns, count, sizeof *table->target_columns, "targets", whole->error));
    }
    for (size_t k = 0; k < count; k++) {
        clmlp_target_column *const target = &table->target_columns[k];
        const clmlp_target_column *const more = &part->target_columns[k];
        if (target->booleans == 0) {
            target->line = more->line + lines;
            target->column = more->column;
        }
        target->booleans += more->booleans;
        if (!target->has_number) {
            target->has_number = more->has_number;
            target->number = more->number;
        }
    }
    if (table->rows_missing == 0) table->first_missing = part->first_missing;
    table->rows_missing += part->rows_missing;
    return CLMLP_OK;
}

/* The first text among the numbers of each column. */
static void append_texts(clmlp_csv_reader *whole, clmlp_csv_reader *part, size_t lines)
{
    for (size_t j = 0; part->texts != NULL && j < part->text_count; j++) {
        clmlp_csv_text *const text = &whole->texts[j], *const more = &part->texts[j];
        if (text->line > 0 || more->line == 0) continue;
        text->line = more->line + lines;
        text->column = more->column;
        text->lost = more->lost;
        text->text = more->text;
        more->text = NULL;
    }
}

static void append_places(clmlp_csv_reader *whole, const clmlp_csv_reader *part, size_t lines)
{
    if (whole->fields.odd_line == 0 && part->fields.odd_line > 0) {
        whole->fields.odd_line = part->fields.odd_line + lines;
        whole->fields.odd_column = part->fields.odd_column;
    }
    if (part->last_line == 0) return;
    if (whole->last_line == 0) whole->first_line = part->first_line + lines;
    whole->last_line = part->last_line + lines;
}

clmlp_status clmlp_csv_part_append(clmlp_csv_reader *whole, clmlp_csv_part *part, size_t lines)
{
    clmlp_table *const table = whole->table, *const more = &part->table;
    clmlp_error *const error = whole->error;
    const size_t m = table->m, targets = targets_of(&whole->layout);
    if (m + more->m > UINT32_MAX - 1) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: more than %lu rows", whole->fields.input->path,
                          (unsigned long)UINT32_MAX - 1);
    }
    TRY(append_numbers(&whole->x, &whole->x_capacity, m * whole->n, part->reader.x, more->m * whole->n, "the data",
                       error));
    TRY(append_numbers(&table->y, &whole->y_capacity, m * targets, more->y, more->m * targets, "targets", error));
    TRY(append_numbers(&table->weights, &whole->w_capacity, m, more->weights, more->m, "weights", error));
    TRY(append_target_columns(whole, more, lines));
    TRY(clmlp_kept_append(&table->kept, m, &more->kept, more->m, error));
    TRY(clmlp_classes_append(&table->classes, &more->classes, lines, error));
    for (size_t j = 0; table->cells != NULL && j < table->n; j++) {
        TRY(clmlp_cells_append(&table->cells[j], &more->cells[j], error));
    }
    append_texts(whole, &part->reader, lines);
    append_places(whole, &part->reader, lines);
    table->m += more->m;
    return CLMLP_OK;
}
