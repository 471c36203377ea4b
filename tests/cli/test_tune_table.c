/* test_tune_table.c - what clmlp tune prints for people, from results that are made up. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/tune.h"
#include "reports/report.h"

static char *print(const clmlp_tune_result *result)
{
    char *text = calloc(1, 4096);
    FILE *const file = tmpfile();
    cr_assert(text != NULL && file != NULL);
    (void)fflush(stdout);
    const int before = dup(STDOUT_FILENO);
    cr_assert(before >= 0 && dup2(fileno(file), STDOUT_FILENO) >= 0);
    clmlp_cli_report_tune(result);
    (void)fflush(stdout);
    cr_assert(dup2(before, STDOUT_FILENO) >= 0);
    (void)close(before);
    rewind(file);
    (void)fread(text, 1, 4095, file);
    (void)fclose(file);
    return text;
}

/* The row of an engine: its times, and whether it is marked. */
static void expect_row(const char *text, const char *engine, double first, double second, bool marked)
{
    char begin[32], mark[16] = "";
    double times[2] = {0.0, 0.0};
    (void)snprintf(begin, sizeof begin, "\n%s ", engine);
    const char *const row = strstr(text, begin);
    cr_assert_not_null(row, "%s", text);
    const int found = sscanf(row + strlen(begin), "%lf%lf%*[ ]%15[a-z ]", &times[0], &times[1], mark);
    cr_assert(found >= 2 && times[0] == first && times[1] == second, "%s", text);
    cr_assert_eq(strcmp(mark, "this one") == 0, marked, "%s: %s", engine, text);
}

/* The winner over all networks is marked, whatever won on one; nobody is where it was not decided. */
Test(cli_tune_table, of_a_race_marks_the_engine_that_won)
{
    static const clmlp_engine won[] = {CLMLP_ENGINE_NATIVE, CLMLP_ENGINE_CLBLAST, CLMLP_ENGINE_AUTO};
    for (size_t i = 0; i < sizeof won / sizeof *won; i++) {
        static clmlp_tune_result result;
        memset(&result, 0, sizeof result);
        result.network_count = 2;
        (void)snprintf(result.shapes[0], sizeof result.shapes[0], "2-2@1");
        (void)snprintf(result.shapes[1], sizeof result.shapes[1], "3-3@2");
        result.duel = (clmlp_tune_duel){.held = true, .overall = won[i], .native = {1.5, 4.0}, .clblast = {2.25, 3.0},
                                        .winner = {CLMLP_ENGINE_NATIVE, CLMLP_ENGINE_CLBLAST}};
        char *const text = print(&result);
        cr_assert_not_null(strstr(text, "best of  2-2@1  3-3@2  --engine auto\n"), "%s", text);
        expect_row(text, "native", 1.5, 4.0, won[i] == CLMLP_ENGINE_NATIVE);
        expect_row(text, "clblast", 2.25, 3.0, won[i] == CLMLP_ENGINE_CLBLAST);
        free(text);
    }
}

Test(cli_tune_table, without_a_race_has_none)
{
    static clmlp_tune_result result;
    result.network_count = 1;
    char *const text = print(&result);
    cr_assert_null(strstr(text, "best of"), "%s", text);
    free(text);
}
