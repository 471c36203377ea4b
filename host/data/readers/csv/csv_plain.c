/* csv_plain.c - cells straight from the read buffer, which most are. */
#include <math.h>

#include "base/number.h"
#include "data/columns/missing.h"
#include "data/readers/csv/csv.h"

/* A field that is its text as it stands, with or without quotes round it, and is followed by `ends`: returns what is
 * behind that. NULL: it is none. */
static char *scan_text(const clmlp_fields *fields, char *p, char ends, const char **text, size_t *length)
{
    const bool quoted = *p == '"';
    const char stop = quoted ? '"' : fields->delimiter;
    if (*p == ' ') return NULL;
    char *const begin = p + quoted;
    for (p = begin; *p != stop && (unsigned char)*p >= ' ';) p++; /* the buffer ends with 0 */
    *text = begin;
    *length = (size_t)(p - begin);
    if (quoted) return *p == '"' && p[1] == ends ? p + 2 : NULL;
    return *p == ends && p > begin && p[-1] != ' ' ? p + 1 : NULL;
}

clmlp_status clmlp_csv_take_plain(clmlp_csv_reader *reader, clmlp_cells *cells, char ends, char **after)
{
    const clmlp_fields *const fields = &reader->fields;
    char *const p = fields->input->next;
    const char *text = NULL;
    size_t length = 0;
    double value = 0.0;
    bool known = false;
    *after = NULL;
    if (cells->state == CLMLP_CELLS_NUMBERS && fields->decimal == CLMLP_DECIMAL_POINT) {
        const char *const stop = clmlp_scan_double(p, fields->input->end, &value);
        if (stop == NULL || *stop != ends || !isfinite(value)) return CLMLP_OK;
        if (reader->marks_numbers && clmlp_marks_have_number(&fields->marks, value)) return CLMLP_OK;
        *after = p + (stop - p) + 1;
        return clmlp_cells_add_number(cells, value, reader->error);
    }
    if (cells->state != CLMLP_CELLS_TEXTS) return CLMLP_OK;
    char *const stop = scan_text(fields, p, ends, &text, &length);
    if (stop == NULL) return CLMLP_OK;
    TRY(clmlp_cells_add_known(cells, text, length, &known, reader->error));
    if (known) *after = stop;
    return CLMLP_OK;
}
