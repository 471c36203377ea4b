/* whole_text.c - all of a file as a text. */
#include "commands/whole_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

/* The most that is read of a text: a history of a million epochs is less. */
enum { MOST = 1 << 28 };

/* Up to more than MOST bytes and a NUL; NULL: no memory. */
static char *read_all(FILE *file, size_t *used)
{
    size_t room = 1 << 16;
    char *text = malloc(room);
    *used = 0;
    while (text != NULL) {
        *used += fread(text + *used, 1, room - 1 - *used, file);
        text[*used] = '\0';
        if (*used < room - 1 || room > MOST) break;
        char *const larger = realloc(text, room * 2);
        if (larger == NULL) free(text);
        text = larger;
        room *= 2;
    }
    return text;
}

char *clmlp_cli_whole_text(const char *path, int *status)
{
    size_t used = 0;
    FILE *const file = fopen(path, "rb");
    char *const text = file != NULL ? read_all(file, &used) : NULL;
    *status = CLMLP_CLI_BAD_USAGE;
    if (file == NULL || ferror(file)) {
        clmlp_cli_error("%s: cannot be read: %s", path, strerror(errno));
    } else if (text == NULL) {
        clmlp_cli_error("%s: not enough memory", path);
        *status = CLMLP_CLI_FAILED;
    } else if (used > MOST) {
        clmlp_cli_error("%s: is longer than 256 MiB", path);
    } else if (strlen(text) != used) {
        clmlp_cli_error("%s: has a NUL byte, so that it is no text", path);
    } else {
        *status = CLMLP_CLI_DONE;
    }
    if (file != NULL) (void)fclose(file);
    if (*status == CLMLP_CLI_DONE) return text;
    free(text);
    return NULL;
}
