/* test_startup.c - --verbose: times until the first result. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

/* The seconds of the row that begins with `what`; the test fails where there is none. */
static double seconds_of(const char *err, const char *what)
{
    const char *const table = strstr(err, "clmlp: start-up:\n");
    cr_assert_not_null(table, "no table in\n%s", err);
    const char *row = strstr(table, what);
    cr_assert_not_null(row, "no row '%s' in\n%s", what, err);
    /* the last word but one of the line */
    const char *at = row + strcspn(row, "\n");
    cr_assert(at - row > 4 && strncmp(at - 2, " s", 2) == 0, "no seconds in '%.*s'", (int)(at - row), row);
    for (at -= 2; at > row && at[-1] != ' ';) at--;
    return strtod(at, NULL);
}

/* All rows are there, none is negative, and they add up to the total but for what rounding hides. */
static void check_table(const char *err, const char *const *rows)
{
    double sum = 0.0;
    size_t count = 0;
    bool listed = false; /* a row that is there only where listing took measurable time */
    for (; rows[count] != NULL; count++) {
        listed = listed || strcmp(rows[count], "listing devices") == 0;
        const double seconds = seconds_of(err, rows[count]);
        cr_assert(seconds >= 0.0 && isfinite(seconds), "%s: %g s", rows[count], seconds);
        sum += seconds;
    }
    if (!listed && strstr(err, "listing devices") != NULL) sum += seconds_of(err, "listing devices"), count++;
    const double total = seconds_of(err, "total since process start");
    const double slack = 0.0005 * (double)(count + 1) + 1e-9; /* each is rounded to a thousandth */
    cr_assert(total > 0.0 && sum - total <= slack && total - sum <= slack, "%g s are not %g s:\n%s", sum, total, err);
}

static const char TRAIN[] = "train points.csv --epochs 3 --verbose ";

Test(cli_startup, table_of_training_on_opencl_adds_up)
{
    static const char *const rows[] = {"loading the program", "loading data", "listing devices", "context",
                                       "building kernels (", "first step", NULL};
    char *const folder = cli_data_folder("startup-opencl");
    char line[128];
    (void)snprintf(line, sizeof line, "%s --device opencl", TRAIN);
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 0, "%s", run.err);
    check_table(run.err, rows);
    cr_assert(strstr(run.err, "start-up") < strstr(run.err, "epoch 1/3"), "the table is late:\n%s", run.err);
    cr_assert_null(strstr(run.out, "start-up"));
    cli_free(&run);
    free(folder);
}

Test(cli_startup, table_of_the_cpu_path_has_no_device_in_it)
{
    static const char *const rows[] = {"loading the program", "loading data", "first step", NULL};
    char *const folder = cli_data_folder("startup-cpu");
    char line[128];
    (void)snprintf(line, sizeof line, "%s --device cpu", TRAIN);
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 0, "%s", run.err);
    check_table(run.err, rows);
    cr_assert_null(strstr(run.err, "kernels"), "%s", run.err);
    cli_free(&run);
    free(folder);
}

Test(cli_startup, is_all_that_a_quiet_run_says_and_leaves_json_alone)
{
    char *const folder = cli_data_folder("startup-quiet");
    char line[128];
    (void)snprintf(line, sizeof line, "%s --device cpu --quiet --json", TRAIN);
    cli_run run = cli(folder, line);
    cr_assert_eq(strncmp(run.err, "clmlp: start-up:\n", 17), 0, "%s", run.err);
    cr_assert_null(strstr(run.err, "epoch"), "%s", run.err);
    cJSON *const json = cJSON_Parse(run.out);
    cr_assert_not_null(json, "%s", run.out);
    cJSON_Delete(json);
    cli_free(&run);
    free(folder);
}

Test(cli_startup, is_silent_unless_asked_for)
{
    char *const folder = cli_data_folder("startup-silent");
    cli_run run = cli(folder, "train points.csv --epochs 1 --device cpu");
    cr_assert_null(strstr(run.err, "start-up"), "%s", run.err);
    cli_free(&run);
    free(folder);
}

Test(cli_startup, table_follows_evaluation_and_prediction)
{
    static const char *const evaluation[] = {"loading the program", "loading data", "evaluation", NULL};
    static const char *const prediction[] = {"loading the program", "loading data", "prediction", NULL};
    char *const folder = cli_data_folder("startup-others");
    cli_ok(folder, "train points.csv --epochs 1 --device cpu");
    cli_run run = cli(folder, "evaluate model.safetensors points.csv --device cpu --verbose");
    check_table(run.err, evaluation);
    cli_free(&run);
    run = cli(folder, "predict model.safetensors points.csv --device cpu --verbose");
    check_table(run.err, prediction);
    cli_free(&run);
    free(folder);
}

Test(cli_startup, says_which_programs_came_from_the_cache)
{
    char *const folder = cli_data_folder("startup-cache");
    char line[256];
    cr_assert_eq(setenv("CLMLP_PROGRAM_CACHE", "always", 1) | setenv("CLMLP_CACHE_DIR", folder, 1), 0);
    (void)snprintf(line, sizeof line, "%s --device opencl", TRAIN);
    cli_run first = cli(folder, line), second = cli(folder, line);
    cr_assert_not_null(strstr(first.err, ", from source)"), "%s", first.err);
    cr_assert_not_null(strstr(second.err, ", from cache)"), "%s", second.err);
    cli_free(&first);
    cli_free(&second);
    free(folder);
}
