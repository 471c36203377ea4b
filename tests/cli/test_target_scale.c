/* test_target_scale.c - --target-scale: real targets are learned in units of their spread, and shown in their own. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

static void expect_in(const char *text, const char *part)
{
    cr_assert_not_null(strstr(text, part), "no '%s' in\n%s", part, text);
}

/* price.csv: 120 houses, sqft, beds and a price from 1e5 to 2e5, which follows from both. */
static char *price_folder(const char *name)
{
    static char text[120 * 40];
    char *const folder = cli_folder(name);
    size_t used = (size_t)snprintf(text, sizeof text, "sqft,beds,price\n");
    for (int i = 0; i < 120; i++) {
        const int sqft = 600 + i * 37 % 120 * 15, beds = 1 + i % 5;
        used += (size_t)snprintf(text + used, sizeof text - used, "%d,%d,%d.5\n", sqft, beds,
                                 96000 + 45 * (sqft - 600) + 4000 * beds);
    }
    cli_write(folder, "price.csv", text);
    return folder;
}

static double r2_of(const cJSON *json)
{
    return cli_number(cli_member(json, "metrics"), "r2");
}

Test(cli_target_scale, a_table_of_prices_is_learned_with_the_defaults)
{
    static const char *const devices[] = {"cpu", "opencl --engine native"};
    char *const folder = price_folder("target-scale-prices");
    for (int d = 0; d < 2; d++) {
        for (int wide = 0; wide < 2; wide++) {
            char line[256];
            (void)snprintf(line, sizeof line, "train price.csv --json --precision %s --device %s",
                           wide != 0 ? "f64" : "f32", devices[d]);
            cJSON *json = cli_json(folder, line, 0);
            cr_assert_gt(r2_of(json), 0.9, "%s: r2 %g", line, r2_of(json));
            const double trained = cli_number(cli_member(json, "metrics"), "rmse");
            cJSON_Delete(json);
            json = cli_json(folder, "evaluate model.safetensors price.csv --device cpu --precision f64 --json", 0);
            const double rmse = cli_number(cli_member(json, "metrics"), "rmse");
            /* in f32 a prediction is off by some 2^-24 of what it is made of: thousands of dollars, not millions */
            cr_assert(fabs(rmse - trained) < 1.0, "%g and %g", rmse, trained);
            cr_assert(rmse > 100.0 && rmse < 10000.0, "%g", rmse);
            cJSON_Delete(json);
        }
    }
    cli_run run = cli(folder, "predict model.safetensors price.csv --device cpu");
    cr_assert_eq(run.status, 0, "%s", run.err);
    const double first = strtod(strchr(run.out, '\n'), NULL);
    cr_assert(first > 90000.0 && first < 210000.0, "%s", run.out);
    expect_in(run.err, "features scaled: standard, targets scaled: standard\n");
    cli_free(&run);
    free(folder);
}

Test(cli_target_scale, none_leaves_the_targets_as_they_are)
{
    char *const folder = price_folder("target-scale-none");
    cli_run run = cli(folder, "train price.csv --target-scale none --rate 0.5 --device cpu");
    cr_assert_eq(run.status, 4, "%s", run.err); /* with alpha 0.5 and targets of 1e5 it has to diverge */
    cr_assert_null(strstr(run.err, "targets scaled"), "%s", run.err);
    cli_free(&run);
    free(folder);
}

Test(cli_target_scale, of_a_model_is_kept_by_init)
{
    char *const folder = price_folder("target-scale-init");
    cli_ok(folder, "train price.csv --device cpu --quiet --model a.safetensors");
    /* other prices have another mean: the model's stays */
    cli_write(folder, "more.csv", "sqft,beds,price\n700,1,900000.5\n900,2,900100.5\n1100,3,900200.5\n");
    cJSON *json = cli_json(folder, "train more.csv --init a.safetensors --epochs 1 --rate 1e-9 --device cpu --json", 0);
    cJSON_Delete(json);
    json = cli_json(folder, "evaluate model.safetensors price.csv --device cpu --json", 0);
    cr_assert_gt(r2_of(json), 0.9, "r2 %g", r2_of(json));
    cJSON_Delete(json);
    cli_run run = cli(folder, "train price.csv --init a.safetensors --target-scale none --device cpu");
    cr_assert_eq(run.status, 2);
    expect_in(run.err, "--target-scale: contradicts --init 'a.safetensors', which has standard; leave it out");
    cli_free(&run);
    free(folder);
}

Test(cli_target_scale, is_for_numbers_alone)
{
    char *const folder = cli_data_folder("target-scale-classes");
    cli_run run = cli(folder, "train points.csv --target-scale standard --device cpu");
    cr_assert_eq(run.status, 2, "%s", run.err);
    expect_in(run.err, "the targets of a sigmoid output cannot be scaled");
    cli_free(&run);
    run = cli(folder, "train points.csv --target-scale minmax --device cpu");
    cr_assert_eq(run.status, 2, "%s", run.err);
    expect_in(run.err, "--target-scale 'minmax': expected one of: auto none standard");
    cli_free(&run);
    run = cli(folder, "train points.csv --epochs 1 --device cpu");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_null(strstr(run.err, "targets scaled"), "%s", run.err);
    cli_free(&run);
    free(folder);
}

Test(cli_target_scale, is_known_to_verify_gradcheck_and_the_self_check)
{
    char *const folder = price_folder("target-scale-checks");
    cli_ok(folder, "verify price.csv --device opencl --engine native --quiet");
    cli_ok(folder, "gradcheck price.csv --device opencl --engine native --quiet");
    cli_ok(folder, "train price.csv --self-check 1/1 --epochs 2 --device opencl --engine native --quiet");
    free(folder);
}
