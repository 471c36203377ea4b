/* verify_against.c - clmlp verify --dump and --against: tensors of elsewhere, right, changed and none at all. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/readers/npy.h"
#include "verify_run.h"

static void write_matrix(const char *folder, const char *name, size_t rows, size_t columns, const double *values)
{
    char path[2048];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    cr_assert_eq(clmlp_npy_save(path, rows, columns, values, NULL), CLMLP_OK);
}

#define DUMP "verify points.csv --hidden 4 --rate 0.25 --lambda 0.5 --device cpu --quiet --dump tensors"
#define AGAINST "verify points.csv --hidden 4 --device cpu --quiet --against tensors "

static char *dumped_folder(const char *name)
{
    char *const folder = cli_data_folder(name);
    cli_ok(folder, DUMP);
    return folder;
}

Test(cli_verify, agrees_to_the_bit_with_its_own_dump)
{
    char *const folder = dumped_folder("verify-dump");
    cJSON *const json = cli_json(folder, AGAINST "--json", 0);
    cr_assert_eq(cli_number(json, "steps"), 3);
    cr_assert_eq(cli_number(json, "max_of_bound"), 0.0);
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "tensors")), 3 * 11);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_verify, holds_clipped_steps_against_a_dump)
{
    char *const folder = cli_data_folder("verify-dump-clipped");
    cli_ok(folder, DUMP " --clip-norm 0.02");
    cJSON *const json = cli_json(folder, AGAINST "--json", 0);
    cr_assert_eq(cli_number(json, "max_of_bound"), 0.0);
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "tensors")), 3 * 13);
    cJSON_Delete(json);
    expect_run(folder, AGAINST "--clip-norm 0.5", 2, NULL, "has steps with a clip_norm of 0.02, asked for was 0.5");
    free(folder);
}

Test(cli_verify, holds_steps_with_a_scale_of_the_inputs_against_a_dump)
{
    char *const folder = cli_data_folder("verify-dump-scale");
    cli_ok(folder, DUMP " --input-scale-rate 6 --optimizer momentum");
    cJSON *const json = cli_json(folder, AGAINST "--json", 0);
    cr_assert_eq(cli_number(json, "max_of_bound"), 0.0);
    /* gradients of s and of raw, both after the step, and the state of s and of each theta(l) */
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "tensors")), 3 * (11 + 4 + 3));
    cJSON_Delete(json);
    expect_run(folder, AGAINST "--input-scale-rate 5", 2, NULL,
               "has steps with an input_scale_rate of 6, asked for was 5");
    free(folder);
}

Test(cli_verify, holds_another_precision_against_a_dump)
{
    char *const folder = dumped_folder("verify-dump-f64");
    cJSON *const json = cli_json(folder, AGAINST "--precision f64 --json", 0);
    cr_assert_gt(cli_number(json, "max_of_bound"), 0.0);
    cr_assert_lt(cli_number(json, "max_of_bound"), 1.0);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_verify, says_that_a_changed_dump_is_off)
{
    char *const folder = dumped_folder("verify-dump-changed");
    char path[2048];
    double values[4 * 3];
    (void)snprintf(path, sizeof path, "%s/tensors/0002-1-gradient.device.npy", folder);
    cr_assert_eq(clmlp_npy_load(path, 4, 3, values, NULL), CLMLP_OK);
    values[7] += 1e-4;
    write_matrix(folder, "tensors/0002-1-gradient.npy", 4, 3, values);
    cli_run run = cli(folder, AGAINST);
    cr_assert_eq(run.status, 3);
    expect_in(run.out, "FAILED at step 2, layer 1: gradient(1)");
    expect_in(run.out, "1 of 12 elements are beyond their bound; worst [2, 1]");
    expect_in(run.out, "agrees with this device: the other side is off");
    cli_free(&run);
    free(folder);
}

Test(cli_verify, says_what_is_wrong_with_a_dump)
{
    char *const folder = dumped_folder("verify-dump-bad");
    static const double nan_here[2 * 5] = {1, 2, 3, 4, (double)NAN, 6, 7, 8, 9, 10}, tenth[4 * 3] = {0.5, 0.1};
    static const struct {
        const char *prepare, *complaint;
    } cases[] = {
        {"rm tensors/0000-1-theta*", "tensors/0000-1-theta.npy: there is no such file"},
        {"rm tensors/0001-1-x*", "tensors/0001-1-x.npy: there is no such file"},
        {"rm tensors/0002-3-y*", "tensors/0002-3-y.npy: there is no such file"},
        {"cp nan.npy tensors/0001-2-z.npy", "tensors/0001-2-z.npy: found [2 x 5], expected [32 x 4]"},
        {"cp nan.npy tensors/0000-2-theta.npy", "tensors/0000-2-theta.npy: found [2 x 5], expected [3 x 5]"},
        {"cp tenth.npy tensors/0000-1-theta.npy", "tensors/0000-1-theta.npy: row 1, column 2: found 0.1"},
        {"cp whole.npy tensors/0001-2-z.npy", "tensors/0001-2-z.npy: found whole numbers, expected float64"},
        {"head -c 200 tensors/0001-2-z.device.npy > tensors/0001-2-z.npy", "tensors/0001-2-z.npy: ends too early"},
        {"cp points.csv tensors/0001-2-z.npy", "tensors/0001-2-z.npy: not an NPY file"},
        {"mkdir tensors/0001-2-z.npy", "tensors/0001-2-z.npy: "},
        {"find tensors -type f ! -name '0000*' ! -name '*x.device*' ! -name '*y.device*' -delete",
         "tensors: nothing to compare with"},
        {"rm tensors/0000-0-rate*", "tensors: does not say its rate"},
        {"rm -r tensors", "tensors: there is no such folder"},
        {"rm -r tensors; echo > tensors", "tensors: is a file"}};
    write_matrix(folder, "nan.npy", 2, 5, nan_here);
    write_matrix(folder, "tenth.npy", 4, 3, tenth);
    char line[512];
    cli_ok(folder, "devices >/dev/null; sed 's/<f8/<i8/' tenth.npy > whole.npy; cp -r tensors kept");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(line, sizeof line, "devices >/dev/null; rm -rf tensors; cp -r kept tensors; %s",
                       cases[i].prepare);
        cli_ok(folder, line);
        expect_run(folder, AGAINST, 2, NULL, cases[i].complaint);
    }
    cli_ok(folder, "devices >/dev/null; rm -rf tensors; mv kept tensors");
    expect_run(folder, AGAINST "--rate 0.5", 2, NULL, "tensors: has steps with a rate of 0.25, asked for was 0.5");
    free(folder);
}

Test(cli_verify, takes_the_dump_of_each_optimizer)
{
    static const char *const optimizers[] = {"momentum", "nesterov", "rmsprop", "adam", "adamw"};
    char *const folder = cli_data_folder("verify-dump-optimizers");
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "verify points.csv --hidden 4 --optimizer %s --layer-rates 1,0.5 "
                       "--bias-rate 2 --rate 0.01 --device cpu --quiet --dump tensors", optimizers[i]);
        cli_ok(folder, line);
        expect_run(folder, AGAINST, 0, "passed: all ", NULL);
    }
    cli_ok(folder, "verify points.csv --hidden 4 --device cpu --quiet --dump tensors"); /* with all rates alike */
    expect_run(folder, AGAINST, 0, "passed: all ", NULL);
    free(folder);
}

/* Replayed with other numbers, or as sgd's, its steps would be wrong on no side. */
Test(cli_verify, refuses_a_dump_that_does_not_say_its_rule)
{
    static const double unknown = 99.0;
    char *const folder = cli_data_folder("verify-dump-momentum");
    cli_ok(folder, "verify points.csv --hidden 4 --optimizer momentum --device cpu --quiet --dump tensors");
    cli_ok(folder, "devices >/dev/null; mv tensors/0000-0-momentum* .");
    expect_run(folder, AGAINST, 2, NULL, "tensors: does not say its momentum (0000-0-momentum.npy)");
    write_matrix(folder, "tensors/0000-0-optimizer.npy", 1, 1, &unknown);
    expect_run(folder, AGAINST, 2, NULL, "tensors: found steps of an unknown optimizer (0000-0-optimizer is 99)");
    cli_ok(folder, "devices >/dev/null; rm tensors/0000-0-optimizer*");
    expect_run(folder, AGAINST, 2, NULL, "tensors/0001-1-state.device.npy: found the state of an optimizer, and the "
               "folder does not say of which (0000-0-optimizer.npy)");
    free(folder);
}

Test(cli_verify, refuses_the_dump_of_steps_with_dropout)
{
    char *const folder = cli_data_folder("verify-dump-dropout");
    cli_ok(folder, "verify points.csv --hidden 4 --dropout 0.5 --device cpu --quiet --dump tensors");
    expect_run(folder, AGAINST, 2, NULL, "tensors/0000-0-dropout.device.npy: found steps with dropout, expected some "
               "without");
    cli_ok(folder, DUMP); /* into the same folder */
    expect_run(folder, AGAINST, 0, "passed: all ", NULL);
    free(folder);
}

Test(cli_verify, takes_a_dump_that_does_not_say_its_optimizer_or_has_old_files)
{
    char *const folder = dumped_folder("verify-dump-old");
    cli_ok(folder, "devices >/dev/null; rm tensors/0000-0-optimizer*");
    expect_run(folder, AGAINST, 0, "passed: all ", NULL);
    cli_ok(folder, "verify points.csv --hidden 4 --optimizer momentum --device cpu --quiet --dump tensors");
    cli_ok(folder, DUMP); /* into the same folder, which keeps the state */
    expect_run(folder, AGAINST, 0, "passed: all ", NULL);
    free(folder);
}

/* Each step descends by its own rate, on both sides; which another rate would not pass for. */
Test(cli_verify, takes_a_dump_whose_rate_changes)
{
    static const double other = 0.125;
    char *const folder = cli_data_folder("verify-dump-schedule");
    cli_ok(folder, "verify points.csv --hidden 4 --device cpu --quiet --dump tensors --steps 4 --rate 0.5 "
                   "--schedule linear --warmup 1 --schedule-steps 9");
    expect_run(folder, AGAINST "--steps 4", 0, "passed: all ", NULL);
    write_matrix(folder, "tensors/0003-0-rate.npy", 1, 1, &other);
    expect_run(folder, AGAINST "--steps 4", 3, "FAILED at step 3", NULL);
    cli_ok(folder, "devices >/dev/null; rm tensors/0003-0-rate*");
    expect_run(folder, AGAINST "--steps 4", 2, NULL, "tensors: step 3 does not say its rate (0003-0-rate.npy)");
    cli_ok(folder, DUMP); /* into the same folder, which keeps the other rates */
    expect_run(folder, AGAINST "--steps 3", 0, "passed: all ", NULL);
    expect_run(folder, AGAINST "--schedule cosine", 2, NULL, "--schedule: has no meaning with --against");
    free(folder);
}

Test(cli_verify, refuses_a_dump_with_a_rate_that_is_0_in_float)
{
    static const double tiny = 1e-50;
    char *const folder = dumped_folder("verify-dump-rate");
    write_matrix(folder, "tensors/0000-0-rate.npy", 1, 1, &tiny);
    expect_run(folder, AGAINST, 2, NULL, "the learning rate (--rate) is 1e-50, which f32 rounds to 0");
    free(folder);
}

Test(cli_verify, refuses_a_dump_with_a_lambda_that_is_infinite_in_float)
{
    static const double large = 1e39;
    char *const folder = dumped_folder("verify-dump-lambda");
    write_matrix(folder, "tensors/0000-0-decay.npy", 1, 1, &large);
    expect_run(folder, AGAINST, 2, NULL, "tensors: has steps with lambda / m = 1e+39, which is beyond the largest "
               "number of f32, 3.40282346638529e+38 (f64 can have it)\n");
    free(folder);
}

Test(cli_verify, refuses_a_nan_in_a_dump)
{
    char *const folder = dumped_folder("verify-dump-nan");
    char path[2048];
    double values[4 * 3];
    (void)snprintf(path, sizeof path, "%s/tensors/0001-1-gradient.device.npy", folder);
    cr_assert_eq(clmlp_npy_load(path, 4, 3, values, NULL), CLMLP_OK);
    values[5] = (double)NAN;
    write_matrix(folder, "tensors/0001-1-gradient.device.npy", 4, 3, values);
    expect_run(folder, AGAINST, 2, NULL,
               "0001-1-gradient.device.npy: row 2, column 3: found nan, expected a finite number");
    free(folder);
}
