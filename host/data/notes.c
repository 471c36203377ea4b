/* notes.c - a list of sentences about a file. */
#include "data/notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "clmlp/text.h"

clmlp_status clmlp_notes_add(clmlp_notes *notes, clmlp_error *error, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "a note could not be formatted");
    TRY(clmlp_grow(&notes->texts, &notes->capacity, notes->count + 1, sizeof *notes->texts, "a list of notes", error));
    TRY(clmlp_allocate(&text, (size_t)length + 1, 1, "a note", error));
    va_start(arguments, format);
    (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    clmlp_make_printable(text, false);
    notes->texts[notes->count++] = text;
    return CLMLP_OK;
}

clmlp_status clmlp_notes_move(clmlp_notes *to, clmlp_notes *from, clmlp_error *error)
{
    if (from->count == 0) return CLMLP_OK;
    TRY(clmlp_grow(&to->texts, &to->capacity, to->count + from->count, sizeof *to->texts, "a list of notes", error));
    memcpy(to->texts + to->count, from->texts, from->count * sizeof *to->texts);
    to->count += from->count;
    from->count = 0;
    return CLMLP_OK;
}

void clmlp_notes_release(clmlp_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++) free(notes->texts[i]);
    free(notes->texts);
    memset(notes, 0, sizeof *notes);
}
