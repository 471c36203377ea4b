/* test_search_judge.c - what the trials of clmlp search are judged by, and how they are compared. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define SETTINGS " --device cpu --epochs 3 --batch 8 --quiet --model m --json "

/* Trials of equal values, in the order of the table, must have `key` of clmlp train in order, too. */
static void expect_ties_by(const char *folder, const char *options, const char *key)
{
    char line[512];
    (void)snprintf(line, sizeof line, "search points.csv" SETTINGS "%s", options);
    cJSON *const json = cli_json(folder, line, 0);
    const cJSON *trial;
    double value = NAN, before = NAN;
    size_t ties = 0;
    cJSON_ArrayForEach(trial, cli_member(json, "trials")) {
        const cJSON *const given = cli_member(trial, "options");
        (void)snprintf(line, sizeof line, "train points.csv" SETTINGS "--validation 0.2 --rate %s --lambda %s",
                       cli_text(given, "rate"),
                       cJSON_HasObjectItem(given, "lambda") ? cli_text(given, "lambda") : "0");
        cJSON *const again = cli_json(folder, line, 0);
        const cJSON *const validation = cli_member(again, "validation");
        const double now = cli_number(strcmp(key, "cost") == 0 ? validation : cli_member(validation, "metrics"), key);
        if (cli_number(trial, "value") == value) {
            cr_assert_geq(now, before, "%s, value %g", key, value);
            ties++;
        }
        value = cli_number(trial, "value");
        before = now;
        cJSON_Delete(again);
    }
    cr_assert_geq(ties, 2, "%zu ties show nothing", ties);
    cJSON_Delete(json);
}

Test(cli_search, ties_go_to_the_smaller_cost_where_it_is_one_cost_else_to_the_smaller_log_loss)
{
    char *const folder = cli_data_folder("search_ties");
    expect_ties_by(folder, "--rate 0.5:5 --trials 8", "cost");
    expect_ties_by(folder, "--rate 0.5:5 --lambda 0:0.5 --trials 8", "log_loss");
    free(folder);
}

Test(cli_search, is_judged_by_cost_where_it_is_one_cost)
{
    char *const folder = cli_data_folder("search_cost");
    cJSON *const json = cli_json(folder, "search points.csv" SETTINGS "--rate 0.02:2:log --lambda 0.1 --trials 4 "
                                         "--metric cost", 0);
    const cJSON *trial;
    cJSON_ArrayForEach(trial, cli_member(json, "trials")) {
        cr_assert_eq(cli_number(trial, "value"), cli_number(trial, "cost"));
    }
    cJSON_Delete(json);
    free(folder);
}

Test(cli_search, different_kinds_of_metric_are_not_compared)
{
    char *const folder = cli_data_folder("search_kinds");
    cli_write(folder, "halves.csv", "a,b\n1,0.5\n2,1\n3,0\n4,0.25\n5,0.5\n6,1\n7,0\n8,0.5\n9,1\n10,0.25\n");
    cli_write(folder, "labels.csv", "a,b,c\n1,0,1\n2,1,0\n3,0,0\n4,1,1\n5,0,1\n6,1,0\n7,0,0\n8,1,1\n9,0,1\n10,1,0\n");
    cli_run run = cli(folder, "search labels.csv --target b,c --output 'sigmoid|linear' --trials 2 --device cpu "
                              "--epochs 2 --model n");
    cr_assert_eq(run.status, 2, "%s", run.err);
    cr_assert_not_null(strstr(run.err, "would be judged by "), "%s", run.err);
    cli_free(&run);
    cJSON *const json = cli_json(folder, "search halves.csv --task regress --target-scale 'none|standard' --trials 2 "
                                         "--device cpu --epochs 2 --quiet --model m --json", 0);
    cr_assert_str_eq(cli_text(cli_member(json, "best"), "metric"), "rmse");
    cJSON_Delete(json);
    free(folder);
}
