/* text_place.c - a text file that is opened early, and written whole or not at all. */
#include <stdbool.h>
#include <stdlib.h>

#include "base/argument.h"
#include "base/file.h"
#include "base/memory.h"
#include "clmlp/output.h"

struct clmlp_text_place {
    clmlp_output_file file;
    bool saved;
};

clmlp_status clmlp_text_place_open(clmlp_text_place **out, const char *path, clmlp_error *error)
{
    clmlp_status status = CLMLP_OK;
    clmlp_text_place *place = NULL;
    REQUIRE(out != NULL, "out");
    REQUIRE(path != NULL, "path");
    TRY_CLEANUP(clmlp_allocate(&place, 1, sizeof *place, "a place for a text", error));
    *place = (clmlp_text_place){.saved = false};
    TRY_CLEANUP(clmlp_output_open(&place->file, path, error));
    place->file.disposable = true; /* a report can be made again */
    *out = place;
    return CLMLP_OK;
cleanup:
    clmlp_text_place_close(place);
    return status;
}

clmlp_status clmlp_text_place_save(clmlp_text_place *place, const char *text, clmlp_error *error)
{
    REQUIRE(place != NULL, "place");
    REQUIRE(text != NULL, "text");
    if (place->saved) return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "the place has its text");
    place->saved = true;
    (void)fputs(text, place->file.stream); /* an error is noticed at commit */
    return clmlp_output_commit(&place->file, error);
}

void clmlp_text_place_close(clmlp_text_place *place)
{
    if (place == NULL) return;
    clmlp_output_discard(&place->file);
    free(place);
}
