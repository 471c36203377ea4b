/* test_switch.c - environment variables that hold a word or a number: what is taken, and what is refused. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/switch.h"

static const struct {
    const char *name;
    clmlp_switch which;
    const char *words[2]; /* NULL: it is a number */
    size_t most;
    const char *expected;
} cases[] = {
    {"CLMLP_AUTO_SMALL", CLMLP_SWITCH_AUTO_SMALL, {"never", "never"}, 0, "never"},
    {"CLMLP_CPU_THREADS", CLMLP_SWITCH_CPU_THREADS, {NULL}, 8, "threads, 1 to 8"},
    {"CLMLP_MPI_WAIT", CLMLP_SWITCH_MPI_WAIT, {NULL}, 86400, "seconds, 1 to 86400"},
    {"CLMLP_NATIVE_FAMILY", CLMLP_SWITCH_NATIVE_FAMILY, {"cpu", "gpu"}, 0, "cpu or gpu"},
    {"CLMLP_NATIVE_PARTS", CLMLP_SWITCH_NATIVE_PARTS, {NULL}, 64, "1 to 64"},
    {"CLMLP_NATIVE_SPARSE", CLMLP_SWITCH_NATIVE_SPARSE, {"always", "never"}, 0, "always or never"},
    {"CLMLP_NATIVE_STEPS", CLMLP_SWITCH_NATIVE_STEPS, {"always", "never"}, 0, "always or never"},
    {"CLMLP_PROGRAM_CACHE", CLMLP_SWITCH_PROGRAM_CACHE, {"always", "never"}, 0, "always or never"},
    {"CLMLP_SHARED_SUMS", CLMLP_SWITCH_SHARED_SUMS, {"yes", "no"}, 0, "yes or no"},
};
enum { CASES = sizeof cases / sizeof *cases };

static void clear_all(void)
{
    for (size_t c = 0; c < CASES; c++) cr_assert_eq(unsetenv(cases[c].name), 0);
}

/* What one variable with a text in it says, and all of them together: both the same. */
static clmlp_status read_with(size_t c, const char *text, const char **word, size_t *number, clmlp_error *error)
{
    clmlp_error all = {.message = ""};
    cr_assert_eq(setenv(cases[c].name, text, 1), 0);
    const clmlp_status status = cases[c].words[0] != NULL ? clmlp_switch_word(cases[c].which, word, error)
                                                          : clmlp_switch_number(cases[c].which, number, error);
    cr_assert_eq(clmlp_switches_check(&all), status, "%s='%s': %s", cases[c].name, text, all.message);
    cr_assert_str_eq(all.message, error->message);
    cr_assert_eq(unsetenv(cases[c].name), 0);
    return status;
}

Test(switch, each_is_tested_here)
{
    cr_assert_eq((int)CASES, (int)CLMLP_SWITCH_COUNT);
}

Test(switch, unset_or_set_to_nothing_says_nothing)
{
    clear_all();
    cr_assert_eq(clmlp_switches_check(NULL), CLMLP_OK);
    for (size_t c = 0; c < CASES; c++) {
        const char *word = "left";
        size_t number = 7;
        clmlp_error error = {.message = ""};
        cr_assert_eq(read_with(c, "", &word, &number, &error), CLMLP_OK, "%s", cases[c].name);
        cr_assert(cases[c].words[0] != NULL ? word == NULL : number == 0, "%s", cases[c].name);
    }
}

Test(switch, takes_its_words_and_numbers)
{
    clear_all();
    for (size_t c = 0; c < CASES; c++) {
        for (size_t i = 0; i < 2; i++) {
            const size_t wanted = i == 0 ? 1 : cases[c].most;
            const char *word = NULL;
            char text[32];
            size_t number = 0;
            clmlp_error error = {.message = ""};
            (void)snprintf(text, sizeof text, "%zu", wanted);
            const char *const given = cases[c].words[0] != NULL ? cases[c].words[i] : text;
            cr_assert_eq(read_with(c, given, &word, &number, &error), CLMLP_OK, "%s", error.message);
            if (cases[c].words[0] != NULL) cr_assert_str_eq(word, given);
            else cr_assert_eq(number, wanted, "%s", cases[c].name);
        }
    }
}

Test(switch, refuses_everything_else)
{
    static const char *const nonsense[] = {"perhaps", "Never", "alway", "alwayss", " never", "yes ", "auto", "0",
                                           "00", "-1", "+1", "1x", "x1", "1.0", "999999", "18446744073709551617"};
    clear_all();
    for (size_t c = 0; c < CASES; c++) {
        for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
            const char *word = "left";
            size_t number = 7;
            char expected[256];
            clmlp_error error = {.message = ""};
            cr_assert_eq(read_with(c, nonsense[i], &word, &number, &error), CLMLP_BAD_ARGUMENT, "%s='%s'",
                         cases[c].name, nonsense[i]);
            (void)snprintf(expected, sizeof expected, "%s: found '%s', expected %s", cases[c].name, nonsense[i],
                           cases[c].expected);
            cr_assert_str_eq(error.message, expected);
        }
    }
}
