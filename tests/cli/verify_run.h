/* verify_run.h - what the tests of clmlp verify expect of a run. */
#ifndef TEST_CLI_VERIFY_RUN_H
#define TEST_CLI_VERIFY_RUN_H

#include <criterion/criterion.h>
#include <string.h>

#include "run.h"

static inline void expect_in(const char *text, const char *part)
{
    cr_assert_not_null(strstr(text, part), "no '%s' in:\n%s", part, text);
}

static inline void expect_run(const char *folder, const char *line, int status, const char *out, const char *err)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, status, "clmlp %s: exit status %d\n%s%s", line, run.status, run.out, run.err);
    if (out != NULL) expect_in(run.out, out);
    if (err != NULL) expect_in(run.err, err);
    else cr_assert_str_empty(run.err);
    cli_free(&run);
}

#endif
