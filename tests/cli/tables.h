/* tables.h - tables with several targets, and what the tests of them share. */
#ifndef TEST_CLI_TABLES_H
#define TEST_CLI_TABLES_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define FAST " --device cpu --epochs 3 --batch full --hidden 3 --rate 0.3"

static inline void expect(const char *folder, const char *line, int status, const char *in_errors)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, status, "clmlp %s: exit status %d\n%s", line, run.status, run.err);
    cr_assert_not_null(strstr(run.err, in_errors), "clmlp %s: no '%s' in\n%s", line, in_errors, run.err);
    cli_free(&run);
}

static inline char *output(const char *folder, const char *line)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 0, "clmlp %s: %s", line, run.err);
    free(run.err);
    return run.out;
}

/* 40 rows of features x, z with labels a, b and numbers p, "q,r"; moved.csv has them in another order, with more. */
static inline char *folder_of_tables(const char *name)
{
    char *const folder = cli_data_folder(name);
    static char labels[8192], labels_moved[8192], numbers[8192], numbers_moved[8192];
    size_t a = (size_t)sprintf(labels, "x,a,z,b\n"), b = (size_t)sprintf(labels_moved, "b,z,more,a,x\n");
    size_t c = (size_t)sprintf(numbers, "x,p,z,\"q,r\"\n"), d = (size_t)sprintf(numbers_moved, "\"q,r\",z,more,p,x\n");
    for (int i = 0; i < 40; i++) {
        const double x = i * 7 % 40 / 20.0 - 1, z = i * 11 % 40 / 20.0 - 1, p = 1000 + 200 * x, q = z / 50 - x / 100;
        a += (size_t)sprintf(labels + a, "%g,%d,%g,%d\n", x, x > 0, z, z > x);
        b += (size_t)sprintf(labels_moved + b, "%d,%g,text,%d,%g\n", z > x, z, x > 0, x);
        c += (size_t)sprintf(numbers + c, "%g,%g,%g,%g\n", x, p, z, q);
        d += (size_t)sprintf(numbers_moved + d, "%g,%g,text,%g,%g\n", q, z, p, x);
    }
    cli_write(folder, "labels.csv", labels);
    cli_write(folder, "labels-moved.csv", labels_moved);
    cli_write(folder, "numbers.csv", numbers);
    cli_write(folder, "numbers-moved.csv", numbers_moved);
    return folder;
}

#endif
