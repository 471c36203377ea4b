/* encoded_rows.c - some rows of encoded data, with encoders that were fitted to them or to the other rows. */
#include "data/columns/encoded_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/columns/encode_columns.h"

/* raw [count] owns its codes until they are given away. */
typedef struct taken {
    clmlp_raw_column *raw;
    double *numbers; /* [m x stride] */
} taken;

static void set_code(void *codes, size_t size, size_t i, uint32_t code)
{
    switch (size) {
    case 1: ((uint8_t *)codes)[i] = (uint8_t)code; break;
    case 2: ((uint16_t *)codes)[i] = (uint16_t)code; break;
    default: ((uint32_t *)codes)[i] = code; break;
    }
}

/* Codes of the rows. Where the encoder was fitted to all texts, a code is its level + 1, so that levels are the texts.
 * Of a model's encoder some texts are not known any more, and the codes stay. */
static clmlp_status take_codes(const clmlp_encoded_rows *which, const clmlp_encoded_column *column,
                               clmlp_raw_column *raw, clmlp_error *error)
{
    const clmlp_raw_column old = {.codes = column->codes, .code_size = column->code_size};
    void *codes = NULL;
    TRY(clmlp_allocate(&codes, which->m, column->code_size, "the data", error));
    for (size_t r = 0; r < which->m; r++) {
        const uint32_t code = clmlp_raw_code(&old, which->rows[r]);
        set_code(codes, column->code_size, r, which->from->fitted && code != 0 ? column->map[code] + 1 : code);
    }
    raw->codes = codes;
    raw->code_size = column->code_size;
    raw->texts = (const char *const *)column->encoder->levels;
    raw->text_count = column->encoder->level_count;
    return CLMLP_OK;
}

static clmlp_status take(const clmlp_encoded_rows *which, taken *t, clmlp_error *error)
{
    const clmlp_encoded *const from = which->from;
    TRY(clmlp_allocate(&t->raw, from->count, sizeof *t->raw, "the columns", error));
    TRY(clmlp_allocate(&t->numbers, which->m * from->stride, sizeof *t->numbers, "the data", error));
    for (size_t r = 0; r < which->m; r++) {
        memcpy(t->numbers + r * from->stride, from->numbers + which->rows[r] * from->stride,
               from->stride * sizeof *t->numbers);
    }
    for (size_t c = 0; c < from->count; c++) {
        const clmlp_encoded_column *const column = &from->columns[c];
        t->raw[c] = (clmlp_raw_column){.name = column->encoder->name, .kind = column->encoder->kind, .m = which->m,
                                       .stride = from->stride, .times = column->encoder->hour};
        if (column->map != NULL) TRY(take_codes(which, column, &t->raw[c], error));
        else t->raw[c].numbers = t->numbers + column->number;
    }
    return CLMLP_OK;
}

/* A model's encoders stay as they are, and so does what each code means. */
static clmlp_status keep_maps(clmlp_encoded *encoded, const clmlp_encoded *from, size_t m, clmlp_error *error)
{
    for (size_t c = 0; c < from->count; c++) {
        const clmlp_encoded_column *const column = &from->columns[c];
        const clmlp_raw_column raw = {.codes = encoded->columns[c].codes, .code_size = column->code_size};
        uint32_t most = 0, *map = NULL;
        if (column->map == NULL) continue;
        for (size_t r = 0; r < m; r++) {
            const uint32_t code = clmlp_raw_code(&raw, r);
            most = code > most ? code : most;
        }
        TRY(clmlp_allocate(&map, (size_t)most + 1, sizeof *map, "a table of levels", error));
        memcpy(map, column->map, ((size_t)most + 1) * sizeof *map);
        free(encoded->columns[c].map);
        encoded->columns[c].map = map;
    }
    return CLMLP_OK;
}

static clmlp_status choose_encoders(clmlp_columns **out, const clmlp_encoded_rows *which, const taken *t,
                                    clmlp_notes *notes, clmlp_error *error)
{
    const clmlp_encoded *const from = which->from;
    if (!from->fitted) return clmlp_columns_copy(out, which->columns, error);
    if (which->fitted != NULL) {
        const clmlp_encode_story story = {.path = which->path, .held_out = true, .source = which->rows,
                                          .new_data = true, .only_new = true, .refuse_unseen = from->refuse_unseen};
        TRY(clmlp_encode_tell(&story, which->fitted, t->raw, notes, error));
        return clmlp_columns_copy(out, which->fitted, error);
    }
    char rest[512];
    (void)snprintf(rest, sizeof rest, "%.400s, without the rows that are held out", which->path);
    const clmlp_encode_wish wish = {.path = rest, .max_categories = SIZE_MAX}; /* no more levels than before */
    TRY(clmlp_encode_fit(out, t->raw, from->count, &wish, error));
    (*out)->numbered = which->columns->numbered;
    return CLMLP_OK;
}

clmlp_status clmlp_encoded_take_rows(clmlp_encoded **encoded, clmlp_columns **columns, const clmlp_encoded_rows *which,
                                     clmlp_notes *notes, clmlp_error *error)
{
    const clmlp_encoded *const from = which->from;
    clmlp_status status = CLMLP_OK;
    clmlp_encoded *made = NULL;
    clmlp_columns *encoders = NULL;
    taken t = {NULL, NULL};
    TRY_CLEANUP(take(which, &t, error));
    TRY_CLEANUP(choose_encoders(&encoders, which, &t, notes, error));
    TRY_CLEANUP(clmlp_encoded_create(&made, encoders, t.raw, t.numbers, from->stride, error));
    t.numbers = NULL; /* and the codes: they belong to `made` */
    for (size_t c = 0; c < from->count; c++) t.raw[c].codes = NULL;
    if (!from->fitted) TRY_CLEANUP(keep_maps(made, from, which->m, error));
    made->fitted = from->fitted && which->fitted == NULL;
    made->refuse_unseen = from->refuse_unseen;
    *encoded = made;
    *columns = encoders;
    made = NULL;
    encoders = NULL;
cleanup:
    clmlp_encoded_destroy(made);
    clmlp_columns_destroy(encoders);
    for (size_t c = 0; t.raw != NULL && c < from->count; c++) {
        void *codes = NULL; /* they were allocated here, so they are no constants */
        memcpy(&codes, &t.raw[c].codes, sizeof codes);
        free(codes);
    }
    free(t.raw);
    free(t.numbers);
    return status;
}
