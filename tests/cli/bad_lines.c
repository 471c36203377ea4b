/* bad_lines.c - run a wrong command line, and see that it is refused and changes nothing. */
#include "bad_lines.h"

#include <criterion/criterion.h>
#include <stdlib.h>

char *bad_folder(const char *name)
{
    char *const folder = cli_folder(name);
    cli_make_data(folder);
    cli_write(folder, "strange.csv", "x,y,colour\n0.1,0.2,purple\n");
    cli_ok(folder, "train points.csv --hidden 3 --epochs 2 --device cpu --quiet");
    return folder;
}

cli_run bad_run(const char *folder, const bad_line *bad)
{
    char *const before = cli_snapshot(folder);
    cli_run run = cli(folder, bad->line);
    char *const after = cli_snapshot(folder);
    cr_assert_eq(run.status, bad->status, "clmlp %s: exit status %d, expected %d\n%s", bad->line, run.status,
                 bad->status, run.err);
    cr_assert_str_empty(run.out, "clmlp %s: prints on standard output: %s", bad->line, run.out);
    cr_assert_str_eq(before, after, "clmlp %s: changes files\nbefore:\n%s\nafter:\n%s", bad->line, before, after);
    free(before);
    free(after);
    return run;
}

void bad_expect(const char *folder, const bad_line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cli_run run = bad_run(folder, &lines[i]);
        cr_assert_str_eq(run.err, lines[i].err, "clmlp %s: says\n%s\nexpected\n%s", lines[i].line, run.err,
                         lines[i].err);
        cli_free(&run);
    }
}
