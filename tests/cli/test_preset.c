/* test_preset.c - clmlp train --preset tabular: what it sets, what overrides it, and where it can be given. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define TABULAR " --device cpu --preset tabular "

static void expect_options(const cJSON *json, const char *const *there, const char *const *missing)
{
    const char *const options = cli_text(cli_member(json, "preset"), "options");
    cr_assert_str_eq(cli_text(cli_member(json, "preset"), "name"), "tabular");
    for (; *there != NULL; there++) cr_assert_not_null(strstr(options, *there), "no '%s' in: %s", *there, options);
    for (; *missing != NULL; missing++) cr_assert_null(strstr(options, *missing), "'%s' in: %s", *missing, options);
}

/* What is printed is what training had: the numbers of the rule come from the run itself. */
Test(cli_preset, sets_what_it_says_for_classes)
{
    char *const folder = cli_data_folder("preset-classes");
    static const char *const there[] = {"--hidden 128,128,128", "--activation selu", "--label-smoothing 0.1",
                                        "--beta2 0.95", NULL};
    static const char *const missing[] = {"mish", NULL};
    cJSON *const json = cli_json(folder, "train points.csv" TABULAR "--epochs 1 --json", 0);
    expect_options(json, there, missing);
    const cJSON *const layers = cli_member(json, "layers");
    cr_assert_eq(cJSON_GetArraySize(layers), 5);
    cr_assert_eq(cJSON_GetArrayItem(layers, 3)->valueint, 128);
    cr_assert_str_eq(cli_text(json, "optimizer"), "adam");
    cr_assert_eq(cli_number(json, "beta2"), 0.95, "beta2 %g", cli_number(json, "beta2"));
    cr_assert_eq(cli_number(json, "label_smoothing"), 0.1);
    cr_assert_eq(cJSON_GetArrayItem(cli_member(json, "dropout"), 0)->valuedouble, 0.15);
    cJSON_Delete(json);
    cJSON *const model = cli_json(folder, "inspect model.safetensors --json", 0);
    cr_assert_str_eq(cli_text(model, "activation"), "selu");
    cJSON_Delete(model);
    free(folder);
}

Test(cli_preset, sets_what_it_says_for_numbers)
{
    char *const folder = cli_data_folder("preset-numbers");
    static const char *const there[] = {"--activation mish", "--rate ", NULL};
    static const char *const missing[] = {"selu", "softmax", "smoothing", NULL};
    cJSON *const json = cli_json(folder, "train real.csv" TABULAR "--task regress --epochs 1 --json", 0);
    expect_options(json, there, missing);
    cr_assert_eq(cli_number(json, "label_smoothing"), 0.0);
    cJSON_Delete(json);
    cJSON *const model = cli_json(folder, "inspect model.safetensors --json", 0);
    cr_assert_str_eq(cli_text(model, "activation"), "mish");
    cr_assert_str_eq(cli_text(model, "output"), "linear");
    cJSON_Delete(model);
    free(folder);
}

/* Options that are named and not taken are a wrong result: typed, they make the same model. */
Test(cli_preset, is_the_options_that_it_prints)
{
    static const char *const tasks[] = {"points.csv", "real.csv --task regress"};
    char *const folder = cli_data_folder("preset-typed");
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        char line[1024];
        (void)snprintf(line, sizeof line, "train %s" TABULAR "--batch 16 --seed 3 --epochs 2 --json --model preset",
                       tasks[i]);
        cJSON *const json = cli_json(folder, line, 0);
        (void)snprintf(line, sizeof line, "train %s --device cpu %s --batch 16 --seed 3 --epochs 2 --model n",
                       tasks[i], cli_text(cli_member(json, "preset"), "options"));
        cli_ok(folder, line);
        cJSON_Delete(json);
        char compare[1200];
        (void)snprintf(compare, sizeof compare, "cmp '%s/preset' '%s/n'", folder, folder);
        cr_assert_eq(system(compare), 0, "%s", line);
    }
    free(folder);
}

Test(cli_preset, gives_way_to_single_options_wherever_they_stand)
{
    char *const folder = cli_data_folder("preset-overridden");
    static const char *const there[] = {"--layer-rates fan-in", NULL};
    static const char *const missing[] = {"--hidden", "--rate", "--beta2", "--dropout", "--activation", NULL};
    cJSON *json = cli_json(folder, "train points.csv --rate 0.25 --hidden=7" TABULAR "--beta2 0.9 --dropout 0 "
                                   "--activation tanh --epochs 1 --json", 0);
    expect_options(json, there, missing);
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "layers")), 3);
    cr_assert_eq(cli_number(json, "rate"), 0.25);
    cr_assert_eq(cli_number(json, "beta2"), 0.9);
    cr_assert_eq(cJSON_GetArrayItem(cli_member(json, "dropout"), 0)->valuedouble, 0.0);
    cJSON_Delete(json);
    json = cli_json(folder, "train points.csv" TABULAR "--optimizer rmsprop --epochs 1 --json", 0);
    cr_assert_eq(cli_number(json, "beta2"), 0.99, "that of another optimizer");
    cJSON_Delete(json);
    free(folder);
}

/* The numbers of the preset's optimizer are not those of another one, which has its defaults. */
Test(cli_preset, leaves_out_what_belongs_to_another_optimizer)
{
    char *const folder = cli_data_folder("preset-optimizers");
    static const char *const there[] = {"--hidden 128,128,128", "--activation selu", "--dropout 0.15", "--batch 64",
                                        NULL};
    static const char *const missing[] = {"rate", "--beta2", "--schedule", "--optimizer", NULL};
    static const char *const no_rule[] = {"rate", "--beta2", "--schedule", "--dropout", "batch", NULL};
    cJSON *json = cli_json(folder, "train points.csv" TABULAR "--optimizer sgd --epochs 1 --json", 0);
    expect_options(json, there, missing);
    cr_assert_eq(cli_number(json, "rate"), 0.5, "rate %g", cli_number(json, "rate"));
    cr_assert_str_eq(cli_text(json, "schedule"), "constant");
    cJSON_Delete(json);
    json = cli_json(folder, "train points.csv" TABULAR "--optimizer lbfgs --epochs 2 --json", 0);
    expect_options(json, (const char *const[]){"--hidden 128,128,128", NULL}, no_rule);
    cJSON_Delete(json);
    json = cli_json(folder, "train real.csv" TABULAR "--task regress --optimizer cg --ensemble 2 --epochs 2 --json", 0);
    expect_options(json, (const char *const[]){"--ensemble-by folds", NULL}, no_rule);
    cJSON_Delete(json);
    json = cli_json(folder, "train points.csv" TABULAR "--optimizer adamw --epochs 1 --json", 0);
    expect_options(json, (const char *const[]){"--rate 0.007", "--beta2 0.95", "--schedule cosine", NULL},
                   (const char *const[]){"--optimizer", NULL});
    cr_assert_eq(cli_number(json, "rate"), 0.007);
    cJSON_Delete(json);
    free(folder);
}

/* 60 rows are 2 batches of 25, and 10 rows; a tenth and less is not worth a note. */
Test(cli_preset, says_how_many_rows_each_epoch_leaves_out)
{
    char *const folder = cli_data_folder("preset-left-out");
    cli_run run = cli(folder, "train points.csv" TABULAR "--hidden 3 --epochs 1 --batch 25");
    cli_expect_in(run.err, "each epoch leaves out 10 of 60 examples, which are too few for a batch of 25, others each "
                           "time; --last-batch keep gives them a step\n");
    cli_free(&run);
    static const char *const none[] = {"--batch 27", "--batch 25 --last-batch keep", "--batch 30", "--batch full"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        char line[160];
        (void)snprintf(line, sizeof line, "train points.csv" TABULAR "--hidden 3 --epochs 1 %s", none[i]);
        run = cli(folder, line);
        cr_assert_eq(run.status, 0, "%s", run.err);
        cr_assert_null(strstr(run.err, "leaves out"), "%s: %s", none[i], run.err);
        cli_free(&run);
    }
    free(folder);
}

Test(cli_preset, costs_of_members_are_said_to_be_smoothed_while_training_only)
{
    static const char said[] = "costs of the training data are those of the smoothed targets";
    char *const folder = cli_data_folder("preset-smoothed"), with[160];
    cli_run run = cli(folder, "train points.csv" TABULAR "--hidden 3 --epochs 1");
    (void)snprintf(with, sizeof with, "%s\n", said);
    cli_expect_in(run.err, with);
    cli_free(&run);
    run = cli(folder, "train points.csv" TABULAR "--hidden 3 --epochs 1 --ensemble 2");
    (void)snprintf(with, sizeof with, "%s while training, not in the table of the end\n", said);
    cli_expect_in(run.err, with);
    cli_free(&run);
    free(folder);
}

/* Rows that say nothing: only their number counts. */
static void make_rows(const char *folder, const char *name, int rows)
{
    char line[256];
    (void)snprintf(line, sizeof line, "--help >/dev/null; (echo x,y,c; yes '1,2,a\n2,1,b' | head -n %d) >%s", rows,
                   name);
    cli_ok(folder, line);
}

Test(cli_preset, bounds_the_epochs_by_the_rows)
{
    char *const folder = cli_data_folder("preset-epochs");
    make_rows(folder, "40000.csv", 40000);
    cJSON *json = cli_json(folder, "train 40000.csv" TABULAR "--hidden 1 --batch full --json", 0);
    cr_assert_eq(cli_number(json, "epochs"), 32);
    cJSON_Delete(json);
    json = cli_json(folder, "train points.csv" TABULAR "--hidden 1 --json", 0);
    cr_assert_eq(cli_number(json, "epochs"), 128);
    cJSON_Delete(json);
    free(folder);
}

/* A rate that depends on the step alone, so that two epochs are the first two of six. */
#define SMALL TABULAR "--hidden 9 --rate 0.01 --batch 8 --schedule constant "

/* A checkpoint has the options that were given, the preset as well; all others are those of the preset again. */
Test(cli_preset, goes_on_from_a_checkpoint_with_the_same_bits)
{
    char *const folder = cli_data_folder("preset-resumed");
    cli_ok(folder, "train points.csv" SMALL "--epochs 6 --model whole");
    cli_ok(folder, "train points.csv" SMALL "--epochs 2 --model part --checkpoint c");
    cJSON *const json = cli_json(folder, "train points.csv --resume c --epochs 6 --model part --json", 0);
    static const char *const there[] = {"--dropout 0.15", NULL};
    static const char *const missing[] = {"--rate", "--hidden", "--batch", NULL};
    expect_options(json, there, missing);
    cr_assert_eq(cli_number(json, "rate"), 0.01);
    cJSON_Delete(json);
    cli_ok(folder, "--help >/dev/null; cmp whole part");
    cli_run run = cli(folder, "train points.csv --resume c --preset article");
    cr_assert_eq(run.status, 2);
    cr_assert_not_null(strstr(run.err, "--preset 'article': contradicts --resume c"), "%s", run.err);
    cli_free(&run);
    free(folder);
}

/* Ranges take the place of the preset's settings; all else is as it says. */
Test(cli_preset, is_a_fixed_option_of_a_search)
{
    char *const folder = cli_data_folder("preset-search");
    cJSON *const json = cli_json(folder, "search points.csv" TABULAR "--hidden 5 --rate 0.001:0.1:log --epochs 2 "
                                         "--trials 2 --seed 3 --model best --json", 0);
    const cJSON *const options = cli_member(cli_member(json, "best"), "options");
    char line[512];
    (void)snprintf(line, sizeof line, "train points.csv" TABULAR "--hidden 5 --epochs 2 --seed 3 --validation 0.2 "
                                      "--rate %s --model again --json", cli_text(options, "rate"));
    cJSON *const again = cli_json(folder, line, 0);
    cr_assert_eq(cli_number(again, "beta2"), 0.95);
    cJSON_Delete(again);
    cli_ok(folder, "--help >/dev/null; cmp best again");
    cJSON_Delete(json);
    free(folder);
}
