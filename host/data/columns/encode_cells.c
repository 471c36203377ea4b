/* encode_cells.c - the cells of a file become encoded columns. */
#include "data/columns/encode_cells.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/columns/encode_columns.h"

/* What the columns are made of; released by clmlp_encode_cells. */
typedef struct encoding {
    const clmlp_encode_request *request;
    clmlp_cells *cells;
    clmlp_raw_column *raw; /* [count] */
    size_t count, m, stride;
    double *numbers;       /* [m x stride] */
    clmlp_error *error;
} encoding;

/* Numbers at a time of each column. */
enum { BLOCK = 8192 };

/* Numbers [first, ...) of a column, which nobody needs any more. */
static void cut_numbers(clmlp_cells *cells, size_t first)
{
    double *shorter = NULL;
    if (first == 0) free(cells->numbers);
    else if ((shorter = realloc(cells->numbers, first * sizeof *shorter)) == NULL) return; /* it stays as it is */
    cells->numbers = shorter;
    cells->number_capacity = first;
}

/* The numbers of the columns into rows. From the end, for columns can be shortened there: so they never lie twice in
 * memory. */
static void move_numbers(encoding *e)
{
    for (size_t end = e->m, first; end > 0; end = first) {
        size_t next = 0;
        first = (end - 1) / BLOCK * BLOCK;
        for (size_t c = 0; c < e->count; c++) {
            if (e->raw[c].kind == CLMLP_COLUMN_CATEGORICAL) continue;
            double *const to = e->numbers + next++;
            const double *const from = e->cells[c].numbers;
            for (size_t i = first; i < end; i++) to[i * e->stride] = from[i];
            cut_numbers(&e->cells[c], first);
        }
    }
}

/* The cells as columns, their numbers side by side in rows. */
static clmlp_status gather(encoding *e, const char *const *names)
{
    size_t size = 0, next = 0;
    TRY(clmlp_allocate(&e->raw, e->count, sizeof *e->raw, "the columns", e->error));
    for (size_t c = 0; c < e->count; c++) {
        TRY(clmlp_cells_finish(&e->cells[c], names[c], &e->raw[c], e->error));
        e->stride += e->raw[c].kind != CLMLP_COLUMN_CATEGORICAL;
    }
    e->m = e->raw[0].m;
    if (!clmlp_multiply(e->m, e->stride, &size)) return clmlp_fail(e->error, CLMLP_OUT_OF_MEMORY, "too much data");
    TRY(clmlp_allocate(&e->numbers, size, sizeof *e->numbers, "the data", e->error));
    move_numbers(e);
    for (size_t c = 0; c < e->count; c++) {
        if (e->raw[c].kind == CLMLP_COLUMN_CATEGORICAL) continue;
        e->raw[c].numbers = e->numbers + next++;
        e->raw[c].stride = e->stride;
    }
    return CLMLP_OK;
}

clmlp_status clmlp_encode_cells(clmlp_columns **columns, clmlp_encoded **encoded, clmlp_cells *cells,
                                const char *const *names, size_t count, const clmlp_encode_request *request,
                                clmlp_notes *notes, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_columns *made = NULL;
    const clmlp_encode_wish wish = {request->path, request->max_categories, request->describes};
    encoding e = {.request = request, .cells = cells, .count = count, .error = error};
    TRY_CLEANUP(gather(&e, names));
    if (request->columns != NULL) TRY_CLEANUP(clmlp_columns_copy(&made, request->columns, error));
    else TRY_CLEANUP(clmlp_encode_fit(&made, e.raw, count, &wish, error));
    const clmlp_encode_story story = {.path = request->path, .new_data = request->columns != NULL,
                                      .refuse_missing = request->refuse_missing,
                                      .refuse_unseen = request->refuse_unseen};
    if (!request->describes) TRY_CLEANUP(clmlp_encode_tell(&story, made, e.raw, notes, error));
    TRY_CLEANUP(clmlp_encoded_create(encoded, made, e.raw, e.numbers, e.stride, error));
    (*encoded)->fitted = request->columns == NULL;
    (*encoded)->refuse_unseen = request->refuse_unseen;
    e.numbers = NULL; /* and the codes: they belong to *encoded */
    for (size_t c = 0; c < count; c++) {
        if (e.raw[c].kind == CLMLP_COLUMN_CATEGORICAL) cells[c].codes = NULL;
    }
    *columns = made;
    made = NULL;
cleanup:
    clmlp_columns_destroy(made);
    free(e.numbers);
    free(e.raw);
    return status;
}
