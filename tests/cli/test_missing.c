/* test_missing.c - values that are missing: in new data alone, and by texts of the user's own. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define FAST " --device cpu --epochs 3 --batch full --hidden 3 --rate 0.3"

static char *output(const char *folder, const char *line)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 0, "clmlp %s: %s", line, run.err);
    char *const out = run.out;
    run.out = NULL;
    cli_free(&run);
    return out;
}

Test(cli_missing, in_new_data_alone_the_median_stands_for_them)
{
    static const char *const lines[] = {"evaluate model.safetensors gaps.csv --device cpu",
                                        "predict model.safetensors gaps.csv --device cpu",
                                        "train numbers.csv --test gaps.csv --model other.safetensors" FAST,
                                        "train numbers.csv --validation gaps.csv --model other.safetensors" FAST};
    char *const folder = cli_folder("missing-new");
    cli_write(folder, "numbers.csv", "x,y,t\n1,10,a\n5,20,b\n2,90,a\n3,40,b\n");
    cli_write(folder, "gaps.csv", "x,y,t\n,20,b\n2,,a\n");
    cli_write(folder, "filled.csv", "x,y,t\n2.5,20,b\n2,30,a\n");
    cli_ok(folder, "train numbers.csv" FAST);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char line[256];
        cli_expect(folder, lines[i], 0,
                   "note: gaps.csv: column 'x': 1 of 2 values are missing, of which the training data "
                   "had none; the median of the training data, 2.5, stands for them");
        (void)snprintf(line, sizeof line, "%s --missing error", lines[i]);
        cli_expect(folder, line, 2, "gaps.csv:2:1: missing value");
    }
    char *const gaps = output(folder, "predict model.safetensors gaps.csv --device cpu");
    char *const filled = output(folder, "predict model.safetensors filled.csv --device cpu");
    cr_assert_str_eq(gaps, filled);
    free(filled);
    free(gaps);
    free(folder);
}

Test(cli_missing, texts_of_the_users_own_go_with_the_model)
{
    char *const folder = cli_folder("missing-texts");
    cli_write(folder, "own.csv", "x,y,t\n1,10,None\n-999,20,Some\n2,90,None\n3,40,Some\n");
    cli_write(folder, "new.csv", "x,y,t\n-999,10,None\n1,-999,Some\n");
    cli_expect(folder, "train own.csv" FAST, 2, "missing target");
    cli_expect(folder, "train own.csv --missing-values=-999," FAST, 0, "column 'x': 1 of 4 values are missing");
    cli_expect(folder, "evaluate model.safetensors new.csv --device cpu", 0, "column 'y': 1 of 2 values are missing");
    cli_expect(folder, "evaluate model.safetensors new.csv --device cpu --missing-values NA", 0,
               "note: new.csv: no value is meant by 'NA' here, by '-999', '' in the training data");
    cli_run run = cli(folder, "predict model.safetensors new.csv --device cpu --missing-values ,-999");
    cr_assert_eq(run.status, 0);
    cr_assert_null(strstr(run.err, "no value is meant by"), "%s", run.err); /* the same, in another order */
    cli_free(&run);
    free(folder);
}

Test(cli_missing, robust_scaling_is_that_of_the_model)
{
    static const char *const scales[] = {"robust", "robust-clip"};
    char *const folder = cli_data_folder("missing-robust");
    for (size_t i = 0; i < 2; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "train points.csv --precision f64 --json --scale %s" FAST, scales[i]);
        cJSON *json = cli_json(folder, line, 0);
        cJSON_Delete(json);
        json = cli_json(folder, "evaluate model.safetensors points.csv --device cpu --precision f64 --json", 0);
        const double cost = cli_number(json, "cost");
        cJSON_Delete(json);
        (void)snprintf(line, sizeof line, "train points.csv --precision f64 --init model.safetensors --model "
                       "again.safetensors --scale %s" FAST, scales[i]);
        cli_expect(folder, line, 0, scales[i]);
        json = cli_json(folder, "evaluate again.safetensors points.csv --device cpu --precision f64 --json", 0);
        cr_assert(cli_number(json, "cost") < cost); /* it went on from there, with the same scaling */
        cJSON_Delete(json);
        cli_expect(folder, "train points.csv --init model.safetensors --scale standard" FAST, 2,
                   "--scale: contradicts");
    }
    cli_expect(folder, "train real.csv --task regress --target-scale robust" FAST, 2,
               "expected one of: auto none standard");
    free(folder);
}

/* Nine columns are one line, for training and for new data; three are three lines. */
Test(cli_missing, many_columns_are_one_note)
{
    char *const folder = cli_data_folder("missing_many");
    cli_write(folder, "wide.csv", "a,b,c,d,e,f,g,h,i,j,k,l,y\n,,,,,,,,,,,,0\n1,1,1,1,1,1,1,1,1,1,1,u,1\n"
                                  "2,2,2,2,2,2,2,2,2,2,2,v,0\n3,3,3,3,3,3,3,3,3,3,3,u,1\n");
    static const char *const lines[] = {"train wide.csv" FAST, "evaluate model.safetensors wide.csv --device cpu"};
    for (size_t i = 0; i < 2; i++) {
        cli_run run = cli(folder, lines[i]);
        cr_assert_eq(run.status, 0, "%s", run.err);
        const char *const note = strstr(run.err, "note: wide.csv: 12 columns have missing values, of 4: 'a' (1), 'b' "
                                                 "(1)");
        cr_assert_not_null(note, "%s: %s", lines[i], run.err);
        cli_expect_in(note, "'j' (1) and 2 more; medians and more frequent values");
        cr_assert_null(strstr(run.err, "values are missing"), "%s", run.err);
        cli_free(&run);
    }
    free(folder);
}
