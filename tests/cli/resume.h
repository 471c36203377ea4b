/* resume.h - what the tests of trainings that go on have in common. */
#ifndef TEST_CLI_RESUME_H
#define TEST_CLI_RESUME_H

#include <criterion/criterion.h>
#include <string.h>

#include "run.h"

/* whole.model and parts.model, whole.jsonl and parts.jsonl. */
static inline void expect_same_files(const char *folder, const char *what)
{
    /* times differ from run to run */
    cli_run run = cli(folder, "--help >/dev/null; sed 's/\"seconds\":[^,}]*//' whole.jsonl >a; "
                      "sed 's/\"seconds\":[^,}]*//' parts.jsonl >b; cmp whole.model parts.model && cmp a b");
    cr_assert_eq(run.status, 0, "%s: %s%s", what, run.out, run.err);
    cli_free(&run);
}

static inline void expect_in(const char *text, const char *part)
{
    cr_assert_not_null(strstr(text, part), "no '%s' in\n%s", part, text);
}

#endif
