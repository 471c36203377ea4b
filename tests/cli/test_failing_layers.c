/* test_failing_layers.c - the layers of failing calls find each kind of object that a program leaves, and none that it
 * uses until its end (tests/support/failing/leaky.c). */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failing.h"
#include "run.h"

/* The program that CLMLP_PROGRAM is here leaves them. */
static cli_run run_leaky(const char *folder, const char *line)
{
    char environment[1024];
    (void)snprintf(environment, sizeof environment, "CLMLP_FAIL_SYSTEM=watch LD_PRELOAD='%s %s'", FAILING_SYSTEM,
                   FAILING_OPENCL);
    return cli_with(folder, environment, line);
}

/* How often a text has `part`. */
static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++) count++;
    return count;
}

Test(cli_failing_layers, find_each_object_that_is_left)
{
    char *const folder = cli_folder("leaky");
    cli_run run = run_leaky(folder, "");
    unsigned kinds = 0;
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert(failing_left(run.err), "%s", run.err);
    for (char *line = strtok(run.out, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char expected[64];
        kinds++;
        (void)snprintf(expected, sizeof expected, ": left: %s, made by clmlp ", line);
        const unsigned found = count_of(run.err, expected);
        cr_expect_eq(found, strcmp(line, "memory") == 0 ? 2 : 1, "%s: %u times in\n%s", line, found, run.err);
    }
    cr_assert_eq(kinds, 12);
    cr_assert_eq(count_of(run.err, ": left: "), kinds, "%s", run.err);
    cli_free(&run);
    free(folder);
}

Test(cli_failing_layers, find_what_is_released_once_too_often)
{
    char *const folder = cli_folder("leaky-twice");
    cli_run run = run_leaky(folder, "twice");
    cr_assert_neq(run.status, 0);
    cr_assert(failing_left(run.err), "%s", run.err);
    cli_expect_in(run.err, "failing_opencl: an event is released once too often\n");
    cli_free(&run);
    free(folder);
}
