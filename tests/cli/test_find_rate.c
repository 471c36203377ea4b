/* test_find_rate.c - clmlp train --find-rate: a table, a proposal, and nothing written. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

Test(cli_find_rate, shows_a_table_and_a_proposal_and_writes_nothing)
{
    char *const folder = cli_data_folder("find-rate");
    char *const before = cli_snapshot(folder);
    cli_run run = cli(folder, "train points.csv --device cpu --find-rate --optimizer momentum --history h.jsonl");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_not_null(strstr(run.out, "rate"), "%s", run.out);
    cr_assert_not_null(strstr(run.out, "about the proposal"), "%s", run.out);
    cr_assert_not_null(strstr(run.out, "proposed is a tenth of it:  --rate "), "%s", run.out);
    cr_assert_not_null(strstr(run.err, "momentum 0.9: batches of 32, rates from 1e-05 to 100, lambda 0, seed 1\n"),
                       "%s", run.err);
    cli_free(&run);
    char *const after = cli_snapshot(folder);
    cr_assert_str_eq(before, after);
    free(before), free(after), free(folder);
}

Test(cli_find_rate, gives_all_points_as_json)
{
    char *const folder = cli_data_folder("find-rate-json");
    cJSON *const json = cli_json(folder, "train real.csv --device cpu --find-rate --find-range 0.001:1e6 --batch 7 "
                                         "--activation relu --output linear --json --quiet", 0);
    const cJSON *const points = cli_member(json, "points");
    const int count = cJSON_GetArraySize(points);
    cr_assert_str_eq(cli_text(json, "optimizer"), "sgd");
    cr_assert_eq(cli_number(json, "batch"), 7);
    cr_assert_eq(cli_number(json, "from"), 0.001);
    cr_assert_eq(cli_number(json, "to"), 1e6);
    cr_assert_eq(cli_number(json, "steps"), 17 * 6);
    cr_assert(cJSON_IsTrue(cli_member(json, "diverged")));
    cr_assert_gt(count, 10);
    cr_assert_lt(count, 17 * 6);
    cr_assert_eq(cli_number(cJSON_GetArrayItem(points, 0), "rate"), 0.001);
    cr_assert_eq(cli_number(json, "proposal"), cli_number(json, "best_rate") / 10.0);
    cr_assert_geq(cli_number(json, "end_rate"), cli_number(cJSON_GetArrayItem(points, count - 1), "rate"));
    cJSON_Delete(json);
    free(folder);
}

Test(cli_find_rate, a_first_batch_that_costs_nothing_does_not_end_the_sweep)
{
    char *const folder = cli_folder("find-rate-first");
    char text[2048] = "x,y\n0,0\n";
    for (int i = 1; i <= 60; i++) {
        const double x = (i * 7 % 13 - 6) / 3.0;
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%g,%g\n", x, 2.0 * x);
    }
    cli_write(folder, "line.csv", text);
    /* the last theta is 0, and so are the first prediction and its target */
    cJSON *const json = cli_json(folder, "train line.csv --task regress --target-scale none --device cpu --find-rate "
                                         "--initialisation ntk --batch 1 --no-shuffle --json --quiet", 0);
    cr_assert_eq(cli_number(cJSON_GetArrayItem(cli_member(json, "points"), 0), "cost"), 0);
    cr_assert_gt(cJSON_GetArraySize(cli_member(json, "points")), 30);
    cr_assert_gt(cli_number(json, "best_rate"), 0); /* batches of one example differ by more than it falls */
    cJSON_Delete(json);
    free(folder);
}
