/* kept.c - texts of columns that go along with the examples as they stand: --keep. */
#include "data/kept.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

clmlp_status clmlp_kept_begin(clmlp_kept *kept, const char *const *names, size_t count, clmlp_error *error)
{
    TRY(clmlp_duplicate_list(&kept->names, names, count, error));
    kept->count = count;
    return CLMLP_OK;
}

clmlp_status clmlp_kept_add(clmlp_kept *kept, size_t i, size_t c, const char *text, size_t length, clmlp_error *error)
{
    size_t places = 0, end = 0;
    if (!clmlp_multiply(i + 1, kept->count, &places)) places = SIZE_MAX;
    if (!clmlp_add(kept->length, length, &end) || !clmlp_add(end, 1, &end)) end = SIZE_MAX;
    TRY(clmlp_grow(&kept->place, &kept->place_capacity, places, sizeof *kept->place, "kept columns", error));
    TRY(clmlp_grow(&kept->texts, &kept->capacity, end, 1, "kept columns", error));
    memcpy(kept->texts + kept->length, text, length);
    kept->texts[kept->length + length] = '\0';
    kept->place[i * kept->count + c] = kept->length;
    kept->length = end;
    return CLMLP_OK;
}

const char *clmlp_kept_text(const clmlp_kept *kept, size_t i, size_t c)
{
    return kept->texts + kept->place[i * kept->count + c];
}

void clmlp_kept_move(clmlp_kept *kept, size_t to, size_t i)
{
    if (kept->count == 0) return;
    memmove(kept->place + to * kept->count, kept->place + i * kept->count, kept->count * sizeof *kept->place);
}

clmlp_status clmlp_kept_append(clmlp_kept *kept, size_t before, const clmlp_kept *part, size_t m, clmlp_error *error)
{
    const size_t first = before * kept->count, places = m * kept->count;
    if (places == 0) return CLMLP_OK;
    TRY(clmlp_grow(&kept->place, &kept->place_capacity, first + places, sizeof *kept->place, "kept columns", error));
    TRY(clmlp_grow(&kept->texts, &kept->capacity, kept->length + part->length, 1, "kept columns", error));
    for (size_t i = 0; i < places; i++) kept->place[first + i] = part->place[i] + kept->length;
    memcpy(kept->texts + kept->length, part->texts, part->length);
    kept->length += part->length;
    return CLMLP_OK;
}

void clmlp_kept_release(clmlp_kept *kept)
{
    free(kept->names);
    free(kept->place);
    free(kept->texts);
    memset(kept, 0, sizeof *kept);
}
