/* classes_append.c - labels of rows that were read apart, behind those in front of them. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "data/classes.h"

void clmlp_classes_begin_part(clmlp_classes *part, const clmlp_classes *before)
{
    *part = (clmlp_classes){.path = before->path, .marks = before->marks, .binary = before->binary,
                            .is_real = before->is_real};
}

/* One by one: an integer in front may yet become a fraction's neighbour. */
static clmlp_status add_rows(clmlp_classes *classes, const clmlp_classes *part, size_t lines, clmlp_error *error)
{
    for (size_t i = 0; i < part->m; i++) {
        const size_t entry = part->labels[i];
        TRY(clmlp_classes_add(classes, clmlp_class_text(part, entry), clmlp_class_length(part, entry),
                              part->places[entry].line + lines, part->places[entry].column, error));
    }
    return CLMLP_OK;
}

/* map [part->count] = the entry here of each of the part's. */
static clmlp_status add_entries(clmlp_classes *classes, const clmlp_classes *part, size_t lines, uint32_t *map,
                                clmlp_error *error)
{
    uint32_t code = 0;
    for (size_t e = 0; e < part->count; e++) {
        TRY(clmlp_grow(&classes->places, &classes->place_capacity, classes->count + 1, sizeof *classes->places,
                       "a table of classes", error));
        TRY(clmlp_dictionary_code(&classes->texts, clmlp_class_text(part, e), clmlp_class_length(part, e), &code,
                                  error));
        map[e] = code - 1;
        if (code <= classes->count) continue;
        classes->places[classes->count++] = (clmlp_class_place){part->places[e].line + lines, part->places[e].column};
    }
    return CLMLP_OK;
}

clmlp_status clmlp_classes_append(clmlp_classes *classes, const clmlp_classes *part, size_t lines, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    uint32_t *map = NULL;
    clmlp_missing_append(&classes->missing, &part->missing, lines);
    if (part->m == 0) return CLMLP_OK;
    if (classes->m + part->m >= UINT32_MAX) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: more than %" PRIu32 " rows", classes->path, UINT32_MAX - 1);
    }
    if (part->is_real) {
        classes->m += part->m;
        return clmlp_real_targets_append(&classes->real, &part->real, lines, error);
    }
    if (classes->is_real || classes->guesses_kind) return add_rows(classes, part, lines, error);
    TRY_CLEANUP(clmlp_allocate(&map, part->count, sizeof *map, "a table of classes", error));
    TRY_CLEANUP(add_entries(classes, part, lines, map, error));
    TRY_CLEANUP(clmlp_grow(&classes->labels, &classes->label_capacity, classes->m + part->m, sizeof *classes->labels,
                           "labels", error));
    for (size_t i = 0; i < part->m; i++) classes->labels[classes->m++] = map[part->labels[i]];
cleanup:
    free(map);
    return status;
}
