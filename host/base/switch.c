/* switch.c - environment variables that hold one of a few words, or a number. */
#include "base/switch.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

enum { WORDS = 2, DIGITS = 6 };

static const struct {
    const char *name, *words[WORDS];
    size_t most;      /* of a number; 0: it is a word */
    const char *unit; /* of a number, with a blank behind it */
} switches[CLMLP_SWITCH_COUNT] = {
    [CLMLP_SWITCH_AUTO_SMALL] = {.name = "CLMLP_AUTO_SMALL", .words = {"never"}},
    [CLMLP_SWITCH_CPU_THREADS] = {.name = "CLMLP_CPU_THREADS", .most = CLMLP_PIECES, .unit = "threads, "},
    [CLMLP_SWITCH_MPI_WAIT] = {.name = "CLMLP_MPI_WAIT", .most = 86400, .unit = "seconds, "}, /* host/cli/cluster.c */
    [CLMLP_SWITCH_NATIVE_FAMILY] = {.name = "CLMLP_NATIVE_FAMILY", .words = {"cpu", "gpu"}},
    [CLMLP_SWITCH_NATIVE_PARTS] = {.name = "CLMLP_NATIVE_PARTS", .most = 64, .unit = ""}, /* CLMLP_GPU_PARTS */
    [CLMLP_SWITCH_NATIVE_SPARSE] = {.name = "CLMLP_NATIVE_SPARSE", .words = {"always", "never"}},
    [CLMLP_SWITCH_NATIVE_STEPS] = {.name = "CLMLP_NATIVE_STEPS", .words = {"always", "never"}},
    [CLMLP_SWITCH_PROGRAM_CACHE] = {.name = "CLMLP_PROGRAM_CACHE", .words = {"always", "never"}},
    [CLMLP_SWITCH_SHARED_SUMS] = {.name = "CLMLP_SHARED_SUMS", .words = {"yes", "no"}},
};

/* The text in a variable; NULL: there is none. */
static const char *text_of(clmlp_switch which)
{
    const char *const text = getenv(switches[which].name);
    return text != NULL && text[0] != '\0' ? text : NULL;
}

clmlp_status clmlp_switch_word(clmlp_switch which, const char **word, clmlp_error *error)
{
    const char *const text = text_of(which), *const *const words = switches[which].words;
    *word = NULL;
    if (text == NULL) return CLMLP_OK;
    for (size_t w = 0; w < WORDS && words[w] != NULL; w++) {
        if (strcmp(text, words[w]) != 0) continue;
        *word = words[w];
        return CLMLP_OK;
    }
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: found '%.100s', expected %s%s%s", switches[which].name, text,
                      words[0], words[1] != NULL ? " or " : "", words[1] != NULL ? words[1] : "");
}

clmlp_status clmlp_switch_number(clmlp_switch which, size_t *number, clmlp_error *error)
{
    const char *const text = text_of(which);
    size_t value = 0, digits = 0;
    *number = 0;
    if (text == NULL) return CLMLP_OK;
    for (; digits < DIGITS && text[digits] >= '0' && text[digits] <= '9'; digits++) {
        value = 10 * value + (size_t)(text[digits] - '0');
    }
    if (text[digits] != '\0' || value < 1 || value > switches[which].most) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: found '%.100s', expected %s1 to %zu", switches[which].name,
                          text, switches[which].unit, switches[which].most);
    }
    *number = value;
    return CLMLP_OK;
}

clmlp_status clmlp_switches_check(clmlp_error *error)
{
    for (int which = 0; which < CLMLP_SWITCH_COUNT; which++) {
        const char *word = NULL;
        size_t number = 0;
        if (switches[which].most > 0) TRY(clmlp_switch_number((clmlp_switch)which, &number, error));
        else TRY(clmlp_switch_word((clmlp_switch)which, &word, error));
    }
    return CLMLP_OK;
}
