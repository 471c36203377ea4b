/* parts.c - the parts of a card: how one is done and added, and the devices that they are done on. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "backend/device.h"
#include "base/memory.h"
#include "verify/qualify/qualify.h"

clmlp_qualify_part clmlp_qualify_part_begin(clmlp_qualify_group group, const char *name)
{
    clmlp_qualify_part part = {.group = group, .passed = true, .measured = (double)NAN, .limit = (double)NAN};
    (void)snprintf(part.name, sizeof part.name, "%s", name);
    return part;
}

void clmlp_qualify_measure(clmlp_qualify_part *part, double measured, double limit, const char *unit)
{
    part->measured = measured;
    part->limit = limit;
    part->passed = measured <= limit; /* not where either is NaN */
    (void)snprintf(part->unit, sizeof part->unit, "%s", unit);
}

clmlp_status clmlp_qualify_fail(clmlp_qualify_part *part, const clmlp_error *caught, clmlp_error *error)
{
    part->passed = part->skipped = false;
    (void)snprintf(part->detail, sizeof part->detail, "%.*s", (int)strcspn(caught->message, "\n"), caught->message);
    if (caught->status != CLMLP_OUT_OF_MEMORY) return CLMLP_OK;
    if (error != NULL) *error = *caught;
    return CLMLP_OUT_OF_MEMORY;
}

clmlp_status clmlp_qualify_add(clmlp_qualification *q, const clmlp_qualify_part *part, clmlp_error *error)
{
    clmlp_qualify_result *result = q->result;
    TRY(clmlp_grow(&result->parts, &q->capacity, result->count + 1, sizeof *result->parts, "the parts of a card",
                   error));
    result->parts[result->count++] = *part;
    result->failed += !part->passed && !part->skipped;
    result->skipped += part->skipped;
    if (q->config.on_part.function != NULL) q->config.on_part.function(part, q->config.on_part.context);
    if (!clmlp_cancel_requested(q->config.cancel)) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_INTERRUPTED, "interrupted after %zu parts", result->count);
}

clmlp_status clmlp_qualify_do(clmlp_qualification *q, clmlp_qualify_group group, const char *name,
                              clmlp_part_work *work, void *context, clmlp_error *error)
{
    clmlp_qualify_part part = clmlp_qualify_part_begin(group, name);
    clmlp_error caught = {.message = ""};
    if (work(q, context, &part, &caught) != CLMLP_OK) TRY(clmlp_qualify_fail(&part, &caught, error));
    return clmlp_qualify_add(q, &part, error);
}

/* --- devices -------------------------------------------------------------------------------------------------- */

clmlp_status clmlp_qualify_open(const clmlp_qualification *q, const clmlp_subject *subject, const char *tiles,
                                clmlp_device **out, clmlp_error *error)
{
    clmlp_device_options options = q->where;
    options.engine = subject->engine;
    const clmlp_knobs knobs = {.tiles = tiles, .family = subject->family};
    return clmlp_device_open_with(out, &options, &knobs, error);
}

clmlp_status clmlp_qualify_open_or_say(clmlp_qualification *q, clmlp_qualify_group group, const clmlp_subject *subject,
                                       clmlp_device **out, clmlp_error *error)
{
    char name[96];
    clmlp_error caught = {.message = ""};
    *out = NULL;
    if (clmlp_qualify_open(q, subject, NULL, out, &caught) == CLMLP_OK) return CLMLP_OK;
    (void)snprintf(name, sizeof name, "%s: opening", subject->name);
    clmlp_qualify_part part = clmlp_qualify_part_begin(group, name);
    TRY(clmlp_qualify_fail(&part, &caught, error));
    part.skipped = subject->spare; /* clmlp would not take it here */
    *out = NULL;
    return clmlp_qualify_add(q, &part, error);
}

size_t clmlp_qualify_most(const clmlp_qualification *q)
{
    return q->config.quick ? (size_t)1 << 16 : SIZE_MAX;
}
