/* test_cross_validate.c - clmlp train --cross-validate: every fold is a training on a file without it. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <clmlp/clmlp.h>

#include "run.h"

enum { ROWS = 60, FOLDS = 4 };

#define SETTINGS " --device cpu --hidden 4 --epochs 5 --batch 10 --seed 9 --precision f64 "
#define HEADER "id,age,city,kind\n"

/* The id tells a row apart; one city stands in one row only. */
static void append_row(char *text, size_t i)
{
    static const char *const cities[] = {"Oslo", "Bern", "", "Rome"};
    char age[16] = "", row[64];
    if (i % 7 != 1) (void)snprintf(age, sizeof age, "%zu", 20 + (i * i) % 41);
    (void)snprintf(row, sizeof row, "%zu,%s,%s,%s\n", i, age, i == 11 ? "Vaduz" : cities[i % 4],
                   (i * i) % 41 > 20 ? "old" : "young");
    (void)strcat(text, row);
}

static void write_rows(const char *folder, const char *name, const clmlp_dataset *data)
{
    static char text[ROWS * 64];
    (void)strcpy(text, HEADER);
    for (size_t i = 0; i < clmlp_dataset_examples(data); i++) {
        double features[32];
        cr_assert_eq(clmlp_dataset_row(data, i, features, NULL, NULL), CLMLP_OK);
        append_row(text, (size_t)features[0]);
    }
    cli_write(folder, name, text);
}

/* The files that training without each fold, and measuring on it, would have. */
static void write_folds(const char *folder)
{
    static char text[ROWS * 64] = HEADER, path[512], name[32];
    clmlp_dataset *data = NULL;
    for (size_t i = 0; i < ROWS; i++) append_row(text, i);
    cli_write(folder, "all.csv", text);
    (void)snprintf(path, sizeof path, "%s/all.csv", folder);
    cr_assert_eq(clmlp_dataset_load(&data, path, NULL, NULL), CLMLP_OK);
    for (size_t f = 0; f < FOLDS; f++) {
        clmlp_dataset *part = NULL, *rest = NULL;
        cr_assert_eq(clmlp_dataset_fold(data, FOLDS, f, 9, &part, &rest, NULL), CLMLP_OK);
        (void)snprintf(name, sizeof name, "part%zu.csv", f);
        write_rows(folder, name, part);
        (void)snprintf(name, sizeof name, "rest%zu.csv", f);
        write_rows(folder, name, rest);
        clmlp_dataset_destroy(part);
        clmlp_dataset_destroy(rest);
    }
    clmlp_dataset_destroy(data);
}

static void expect_folds(const char *folder, const char *more, const cJSON *metrics, size_t f)
{
    char line[256];
    (void)snprintf(line, sizeof line, "train rest%zu.csv" SETTINGS "%s --model f.safetensors --quiet", f, more);
    cli_ok(folder, line);
    (void)snprintf(line, sizeof line, "evaluate f.safetensors part%zu.csv --device cpu --precision f64 --json", f);
    cJSON *const json = cli_json(folder, line, 0);
    const cJSON *const expected = cli_member(json, "metrics"), *metric = NULL;
    size_t compared = 0;
    cJSON_ArrayForEach(metric, metrics) {
        const cJSON *const value = cJSON_GetArrayItem(cli_member(metric, "values"), (int)f);
        cr_assert_eq(value->valuedouble, cli_number(expected, metric->string), "%s of fold %zu", metric->string, f);
        compared++;
    }
    cr_assert_eq(compared, 8);
    cJSON_Delete(json);
}

Test(cli_cross_validate, gives_what_training_without_each_fold_gives)
{
    char *const folder = cli_folder("cross-validate");
    write_folds(folder);
    cJSON *const json = cli_json(folder, "train all.csv" SETTINGS "--cross-validate 4 --json --quiet", 0);
    const cJSON *const cv = cli_member(json, "cross_validation"), *metric = NULL;
    cr_assert_eq(cli_number(cv, "folds"), FOLDS);
    for (size_t f = 0; f < FOLDS; f++) expect_folds(folder, "", cli_member(cv, "metrics"), f);
    cJSON_ArrayForEach(metric, cli_member(cv, "metrics")) {
        double mean = 0.0, squares = 0.0;
        const cJSON *value = NULL;
        cr_assert_eq(cJSON_GetArraySize(cli_member(metric, "values")), FOLDS);
        cJSON_ArrayForEach(value, cli_member(metric, "values")) mean += value->valuedouble / FOLDS;
        cJSON_ArrayForEach(value, cli_member(metric, "values")) squares += pow(value->valuedouble - mean, 2.0);
        cr_assert_float_eq(cli_number(metric, "mean"), mean, 1e-15 * FOLDS, "%s", metric->string);
        cr_assert_float_eq(cli_number(metric, "std"), sqrt(squares / (FOLDS - 1)), 1e-14, "%s", metric->string);
    }
    cJSON_Delete(json);
    free(folder);
}

/* The epoch is chosen by data that are in no fold, so that each part judges a choice that it had no part in. */
Test(cli_cross_validate, keeps_the_epoch_that_validation_data_choose)
{
    static const char *const options[] = {"--validation others.csv --keep-best --rate 2 --epochs 12",
                                          "--validation others.csv --early-stopping 2 --monitor accuracy --epochs 12"};
    static char text[ROWS * 64], line[256];
    char *const folder = cli_folder("cross-validate-keep");
    write_folds(folder);
    (void)strcpy(text, HEADER);
    for (size_t i = 3; i < ROWS; i += 5) append_row(text, i);
    cli_write(folder, "others.csv", text);
    for (size_t k = 0; k < 2; k++) {
        (void)snprintf(line, sizeof line, "train all.csv" SETTINGS "%s --cross-validate 4 --json --quiet", options[k]);
        cJSON *const json = cli_json(folder, line, 0);
        const cJSON *const metrics = cli_member(cli_member(json, "cross_validation"), "metrics");
        for (size_t f = 0; f < FOLDS; f++) expect_folds(folder, options[k], metrics, f);
        cr_assert_gt(cli_number(json, "best_epoch"), 0);
        cJSON_Delete(json);
    }
    free(folder);
}

/* The model is that of training without folds, and nothing else is written. */
Test(cli_cross_validate, trains_on_everything_at_the_end)
{
    char *const folder = cli_data_folder("cross-validate-end");
    cli_ok(folder, "train points.csv" SETTINGS "--quiet --model plain.safetensors --history plain.jsonl");
    cli_run run = cli(folder, "train points.csv" SETTINGS "--cross-validate 3 --model m.safetensors --history m.jsonl");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_not_null(strstr(run.out, "cross-validation, 3 folds: metrics of what was held out"), "%s", run.out);
    cr_assert_not_null(strstr(run.err, "fold 3 of 3: 20 examples held out, accuracy "), "%s", run.err);
    cr_assert_null(strstr(run.err, "the scores are of the training data alone"), "%s", run.err);
    cli_free(&run);
    cJSON *const plain = cli_json(folder, "evaluate plain.safetensors points.csv --device cpu --json", 0);
    cJSON *const model = cli_json(folder, "evaluate m.safetensors points.csv --device cpu --json", 0);
    cr_assert(cJSON_Compare(cli_member(plain, "metrics"), cli_member(model, "metrics"), true));
    cr_assert_eq(cli_number(plain, "cost"), cli_number(model, "cost"));
    cJSON_Delete(plain);
    cJSON_Delete(model);
    free(folder);
}

static void expect_bad(const char *folder, const char *line, int status, const char *message)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, status, "%s: %d\n%s", line, run.status, run.err);
    cr_assert_not_null(strstr(run.err, message), "no '%s' in\n%s", message, run.err);
    cli_free(&run);
}

Test(cli_cross_validate, refuses_what_makes_no_folds_and_writes_no_model_where_one_fails)
{
    char *const folder = cli_data_folder("cross-validate-bad");
    expect_bad(folder, "train points.csv --cross-validate 1", 2, "--cross-validate '1': expected 2 or more");
    expect_bad(folder, "train points.csv --device cpu --cross-validate 61", 2,
               "--cross-validate '61': there are only 60 examples");
    expect_bad(folder, "train points.csv --cross-validate 3 --validation 0.2", 2, "leave one out");
    expect_bad(folder, "train points.csv --cross-validate 3 --validation 0.2 --keep-best", 2, "leave one out");
    expect_bad(folder, "train points.csv --cross-validate 3 --validation real.csv", 2, "it has nothing to choose");
    expect_bad(folder, "train points.csv --cross-validate 3 --keep-best", 2, "--keep-best and --cross-validate: a part "
               "that chooses the epoch cannot judge it; choose by other data (--validation FILE)");
    expect_bad(folder, "train real.csv --task regress --target-scale none --device cpu --cross-validate 3 --rate 1e8",
               4,
               "hint: try a smaller --rate (it was 1e+08)");
    cr_assert_null(cli_read(folder, "model.safetensors"));
    free(folder);
}
