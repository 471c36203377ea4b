/* test_train_command.c - clmlp train, for people and for scripts. */
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum { ROOM = 512 };

#define TRAIN "train points.csv --device cpu --hidden 4 --epochs 60 --batch 10 --rate 1"

Test(cli_train, json_holds_every_promised_key)
{
    char *const folder = cli_data_folder("train-json");
    cJSON *const json = cli_json(folder, TRAIN " --test points.csv --json", 0);
    cr_assert_str_eq(cli_text(json, "model"), "model.safetensors");
    cr_assert_str_eq(cli_text(json, "device"), "cpu");
    cr_assert_str_eq(cli_text(json, "engine"), "cblas");
    cr_assert_str_eq(cli_text(json, "precision"), "f32");
    const cJSON *const layers = cli_member(json, "layers");
    cr_assert_eq(cJSON_GetArraySize(layers), 3);
    cr_assert_eq(cJSON_GetArrayItem(layers, 0)->valueint, 2);
    cr_assert_eq(cJSON_GetArrayItem(layers, 1)->valueint, 4);
    cr_assert_eq(cJSON_GetArrayItem(layers, 2)->valueint, 3);
    cr_assert_eq(cli_number(json, "parameters"), 4 * 3 + 3 * 5);
    cr_assert_eq(cli_number(json, "epochs"), 60);
    cr_assert_eq(cli_number(json, "steps"), 360);
    cr_assert(cli_number(json, "seconds") > 0.0);
    cr_assert(cli_number(json, "samples_per_second") > 0.0);
    cr_assert(cli_number(json, "cost") >= 0.0);
    cr_assert(cli_number(json, "accuracy") > 0.95, "accuracy %g of separable classes", cli_number(json, "accuracy"));
    const cJSON *const test = cli_member(json, "test");
    cr_assert_eq(cli_number(test, "cost"), cli_number(json, "cost"));
    cr_assert_eq(cli_number(test, "accuracy"), cli_number(json, "accuracy"));
    cJSON_Delete(json);
    free(folder);
}

/* The numbers of the rule alone, seeds to the last digit, and the batch in examples. */
Test(cli_train, json_says_what_it_trained_with)
{
    char *const folder = cli_data_folder("train-json-settings");
    cJSON *json = cli_json(folder, TRAIN " --lambda 0.25 --seed 7 --json", 0);
    cr_assert_str_eq(cli_text(json, "optimizer"), "sgd");
    cr_assert_eq(cli_number(json, "rate"), 1.0);
    cr_assert_eq(cli_number(json, "lambda"), 0.25);
    cr_assert_eq(cli_number(json, "batch"), 10);
    cr_assert_eq(cli_number(json, "seed"), 7);
    cr_assert_null(cJSON_GetObjectItemCaseSensitive(json, "momentum"), "sgd has none");
    cr_assert_eq(cli_number(json, "label_smoothing"), 0.0);
    cr_assert_eq(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(json, "dropout")), 0);
    cJSON_Delete(json);
    json = cli_json(folder, "train points.csv --device cpu --epochs 1 --hidden 5,4 --dropout 0.25,0 "
                            "--label-smoothing 0.1 --json", 0);
    const cJSON *const dropout = cJSON_GetObjectItemCaseSensitive(json, "dropout");
    cr_assert_eq(cJSON_GetArraySize(dropout), 2);
    cr_assert_eq(cJSON_GetArrayItem(dropout, 0)->valuedouble, 0.25);
    cr_assert_eq(cli_number(json, "label_smoothing"), 0.1);
    cJSON_Delete(json);
    json = cli_json(folder, "train points.csv --device cpu --epochs 1 --optimizer momentum --momentum 0.75 "
                            "--batch full --json", 0);
    cr_assert_str_eq(cli_text(json, "optimizer"), "momentum");
    cr_assert_eq(cli_number(json, "momentum"), 0.75);
    cr_assert_eq(cli_number(json, "rate"), 0.5);
    cr_assert_eq(cli_number(json, "lambda"), 0.0);
    cr_assert_eq(cli_number(json, "batch"), 60);
    cJSON_Delete(json);
    cli_run run = cli(folder, "train points.csv --device cpu --epochs 1 --seed 18446744073709551615 --json");
    cr_assert_not_null(strstr(run.out, "\"seed\":\t18446744073709551615,"), "%s", run.out);
    cli_free(&run);
    free(folder);
}

/* 60 examples in batches of 32: a last batch that is dropped is no step of the schedule. */
Test(cli_train, a_dropped_batch_is_no_step_of_the_schedule)
{
    char *const folder = cli_data_folder("train-dropped");
    cJSON *json = cli_json(folder, "train points.csv --device cpu --epochs 20 --warmup 10% --json", 0);
    cr_assert_eq(cli_number(json, "warmup"), 4);
    cJSON_Delete(json);
    json = cli_json(folder, "train points.csv --device cpu --epochs 20 --warmup 10% --last-batch drop --json", 0);
    cr_assert_eq(cli_number(json, "warmup"), 2);
    cr_assert_eq(cli_number(json, "steps"), 20);
    cJSON_Delete(json);
    free(folder);
}

/* The schedule in --json and on the screen, the rate in the history and in each line of progress. */
Test(cli_train, says_the_schedule_and_the_rate)
{
    char *const folder = cli_data_folder("train-schedule");
    cJSON *json = cli_json(folder, "train points.csv --device cpu --epochs 4 --batch 10 --rate 0.8 --schedule linear "
                                   "--min-rate 0.2 --warmup 25% --history h.jsonl --json", 0);
    cr_assert_str_eq(cli_text(json, "schedule"), "linear");
    cr_assert_eq(cli_number(json, "warmup"), 6);
    cr_assert_eq(cli_number(json, "min_rate"), 0.2);
    cr_assert_null(cJSON_GetObjectItemCaseSensitive(json, "decay"));
    cJSON_Delete(json);
    char *const history = cli_read(folder, "h.jsonl");
    cJSON *const first = cJSON_Parse(history); /* step 5 of 6 of the warm-up */
    cr_assert(cli_number(first, "rate") > 0.666 && cli_number(first, "rate") < 0.667, "%s", history);
    cJSON_Delete(first);
    json = cli_json(folder, "train points.csv --device cpu --epochs 4 --batch 10 --schedule step --decay-every 7 "
                            "--json", 0);
    cr_assert_eq(cli_number(json, "warmup"), 0);
    cr_assert_eq(cli_number(json, "decay"), 0.1);
    cr_assert_eq(cli_number(json, "decay_every"), 7);
    cJSON_Delete(json);
    cli_run run = cli(folder, "train points.csv --device cpu --epochs 4 --batch 10 --rate 0.8 --schedule exponential "
                              "--warmup 3 --decay 0.5 --decay-every 10");
    cr_assert_not_null(strstr(run.err, "batches of 10, rate 0.8, exponential by 0.5 every 10 steps, warm-up of 3 "
                                       "steps, lambda 0"), "%s", run.err);
    cr_assert_not_null(strstr(run.err, ", rate 0.696, "), "%s", run.err); /* 0.8 * 0.5^(2/10) */
    cli_free(&run);
    run = cli(folder, "train points.csv --device cpu --epochs 1 --batch 10 --warmup 6");
    cr_assert_eq(run.status, 2);
    cr_assert_not_null(strstr(run.err, "the warm-up (--warmup) takes 6 steps, and the run has 6"), "%s", run.err);
    cli_free(&run);
    run = cli(folder, "train points.csv --device cpu --schedule cosine --rate 0.1 --min-rate 0.2");
    cr_assert_eq(run.status, 2);
    cr_assert_not_null(strstr(run.err, "the least rate (--min-rate) is 0.2"), "%s", run.err);
    cli_free(&run);
    free(history), free(folder);
}

/* Each optimizer with what it has, and with its own defaults. */
Test(cli_train, says_the_rule_that_it_trained_by)
{
    char *const folder = cli_data_folder("train-rules");
    cJSON *json = cli_json(folder, "train points.csv --device cpu --epochs 1 --optimizer rmsprop --json", 0);
    cr_assert_eq(cli_number(json, "rate"), 0.003);
    cr_assert_eq(cli_number(json, "beta2"), 0.99);
    cr_assert_eq(cli_number(json, "epsilon"), 1e-8);
    cr_assert_null(cJSON_GetObjectItemCaseSensitive(json, "beta1"), "rmsprop has none");
    cr_assert_null(cJSON_GetObjectItemCaseSensitive(json, "layer_rates"));
    cr_assert_null(cJSON_GetObjectItemCaseSensitive(json, "bias_rate"));
    cJSON_Delete(json);
    json = cli_json(folder, "train points.csv --device cpu --epochs 1 --optimizer adamw --rate 0.01 --beta1 0.75 "
                            "--weight-decay 0.5 --layer-rates 1,0.25 --bias-rate 2 --json", 0);
    cr_assert_eq(cli_number(json, "rate"), 0.01);
    cr_assert_eq(cli_number(json, "beta1"), 0.75);
    cr_assert_eq(cli_number(json, "beta2"), 0.999);
    cr_assert_eq(cli_number(json, "weight_decay"), 0.5);
    cr_assert_eq(cli_number(json, "bias_rate"), 2.0);
    const cJSON *const rates = cJSON_GetObjectItemCaseSensitive(json, "layer_rates");
    cr_assert_eq(cJSON_GetArraySize(rates), 2);
    cr_assert_eq(cJSON_GetArrayItem(rates, 1)->valuedouble, 0.25);
    cJSON_Delete(json);
    cli_run run = cli(folder, "train points.csv --device cpu --epochs 1 --optimizer adam --layer-rates fan-in");
    cr_assert_not_null(strstr(run.err, "adam (beta1 0.9, beta2 0.999, epsilon 1e-08), layer rates by fan-in: 1 epoch, "
                                       "batches of 32, rate 0.003,"), "%s", run.err);
    cli_free(&run);
    run = cli(folder, "train points.csv --device cpu --epochs 1 --layer-rates 1,1,1");
    cr_assert_eq(run.status, 2, "exit status %d\n%s", run.status, run.err);
    cr_assert_not_null(strstr(run.err, "--layer-rates: 3 factors, and the network has 2 theta (expected one for each)"),
                       "%s", run.err);
    cli_free(&run);
    free(folder);
}

Test(cli_train, real_targets_have_no_accuracy)
{
    char *const folder = cli_data_folder("train-real");
    cJSON *const json = cli_json(folder, "train real.csv --output linear --activation tanh --hidden 5 --epochs 5 "
                                         "--batch 5 --rate 0.05 --device cpu --json", 0);
    cr_assert(cJSON_IsNull(cli_member(json, "accuracy")));
    cr_assert(cJSON_IsNull(cli_member(json, "test")));
    cr_assert(cli_number(json, "cost") >= 0.0);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_train, says_on_standard_error_what_it_takes_and_on_standard_output_how_it_went)
{
    char *const folder = cli_data_folder("train-text");
    cli_run run = cli(folder, TRAIN);
    cr_assert_eq(run.status, 0);
    static const char *const notes[] = {"clmlp: training data points.csv: 60 examples, 2 features, 3 classes\n",
                                        "clmlp: network 2-4-3: sigmoid, sigmoid output, 27 parameters",
                                        "clmlp: device cpu: ", "clmlp: epoch 1/60: cost ", "clmlp: epoch 60/60: cost "};
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        cr_assert_not_null(strstr(run.err, notes[i]), "no '%s' in\n%s", notes[i], run.err);
    }
    size_t lines = 0;
    for (const char *at = run.err; (at = strstr(at, "clmlp: epoch ")) != NULL; at++) lines++;
    cr_assert_leq(lines, 21);
    cr_assert_null(strchr(run.err, '\r'), "a redrawn line where there is no terminal");
    cr_assert_not_null(strstr(run.out, "clmlp evaluate model.safetensors NEW_DATA\n"), "%s", run.out);
    cr_assert_not_null(strstr(run.out, "60 epochs, 360 steps"), "%s", run.out);
    cli_free(&run);
    free(folder);
}

Test(cli_train, quiet_leaves_standard_error_empty)
{
    char *const folder = cli_data_folder("train-quiet");
    cli_run run = cli(folder, TRAIN " --quiet");
    cr_assert_eq(run.status, 0);
    cr_assert_str_empty(run.err, "%s", run.err);
    cr_assert_not_null(strstr(run.out, "model written to model.safetensors"));
    cli_free(&run);
    free(folder);
}

Test(cli_train, the_same_command_gives_the_same_model)
{
    char *const folder = cli_data_folder("train-same");
    cli_ok(folder, TRAIN " --model a");
    cli_ok(folder, TRAIN " --model b");
    cli_ok(folder, TRAIN " --seed 2 --model c");
    cli_run same = cli(folder, "--version && cmp a b");
    cr_assert_eq(same.status, 0, "%s", same.out);
    cli_run other = cli(folder, "--version && cmp a c");
    cr_assert_eq(other.status, 1, "another seed gives the same model");
    cli_free(&same);
    cli_free(&other);
    free(folder);
}

Test(cli_train, init_goes_on_from_a_model)
{
    char *const folder = cli_data_folder("train-init");
    cli_ok(folder, TRAIN " --model first");
    cJSON *const first = cli_json(folder, "evaluate first points.csv --device cpu --json", 0);
    cJSON *const next = cli_json(folder, "train points.csv --init first --epochs 60 --batch 10 --rate 1 --device cpu "
                                         "--model first --json", 0);
    cr_assert(cli_number(next, "cost") < cli_number(first, "cost"), "%g is not below %g", cli_number(next, "cost"),
              cli_number(first, "cost"));
    cr_assert_eq(cli_number(next, "parameters"), 27);
    cJSON_Delete(first);
    cJSON_Delete(next);
    free(folder);
}

Test(cli_train, history_has_a_line_of_json_per_epoch)
{
    char *const folder = cli_data_folder("train-history");
    cli_ok(folder, TRAIN " --epochs 5 --history h.jsonl --test points.csv");
    char *const history = cli_read(folder, "h.jsonl");
    cr_assert_not_null(history);
    const char *at = history;
    for (int epoch = 1; epoch <= 5; epoch++) {
        cJSON *const line = cJSON_ParseWithOpts(at, &at, false);
        cr_assert_not_null(line);
        cr_assert_eq(cli_number(line, "epoch"), epoch);
        cr_assert(cli_number(line, "cost") > 0.0);
        cr_assert_eq(*at++, '\n');
        cJSON_Delete(line);
    }
    cr_assert_eq(*at, '\0');
    free(history);
    free(folder);
}

Test(cli_train, an_empty_hidden_is_a_network_without_hidden_layers)
{
    char *const folder = cli_data_folder("train-flat");
    cJSON *const json = cli_json(folder, "train points.csv --hidden '' --epochs 2 --device cpu --json", 0);
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "layers")), 2);
    cJSON_Delete(json);
    cJSON *const equals = cli_json(folder, "train points.csv --hidden= --epochs 2 --device cpu --json", 0);
    cr_assert_eq(cJSON_GetArraySize(cli_member(equals, "layers")), 2);
    cJSON_Delete(equals);
    free(folder);
}

Test(cli_train, the_default_batch_shrinks_to_small_data)
{
    char *const folder = cli_data_folder("train-few");
    cli_write(folder, "few.csv", "0.1,0.2,a\n0.9,0.8,b\n0.2,0.1,a\n");
    cJSON *const json = cli_json(folder, "train few.csv --header no --epochs 4 --device cpu --json", 0);
    cr_assert_eq(cli_number(json, "steps"), 4);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_train, linear_everywhere_is_warned_about)
{
    char *const folder = cli_data_folder("train-linear");
    cli_run warned = cli(folder, "train points.csv --activation linear --rate 0.01 --epochs 1 --device cpu");
    cr_assert_eq(warned.status, 0);
    cr_assert_not_null(strstr(warned.err, "clmlp: warning: "), "%s", warned.err);
    cli_run flat = cli(folder, "train points.csv --hidden '' --epochs 1 --device cpu");
    cr_assert_null(strstr(flat.err, "warning"), "%s", flat.err);
    cli_free(&warned);
    cli_free(&flat);
    free(folder);
}

Test(cli_train, says_first_what_the_target_was_taken_for)
{
    char *const folder = cli_data_folder("train-task");
    cli_run run = cli(folder, "train real.csv --rate 0.01 --epochs 2 --device cpu");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_eq(strncmp(run.err, "clmlp: task: regress column 3: ", 31), 0, "%s", run.err);
    cr_assert_not_null(strstr(run.err, "linear output"), "%s", run.err);
    cli_free(&run);
    cJSON *json = cli_json(folder, "train points.csv --epochs 1 --device cpu --json", 0);
    const cJSON *task = cli_member(json, "task");
    cr_assert_str_eq(cli_text(task, "kind"), "classify");
    cr_assert_str_eq(cli_text(task, "target"), "colour");
    cr_assert_str_eq(cli_text(cJSON_GetArrayItem(cli_member(task, "classes"), 1), "class"), "green");
    cr_assert_eq(cli_number(cJSON_GetArrayItem(cli_member(task, "classes"), 1), "examples"), 20);
    cJSON_Delete(json);
    json = cli_json(folder, "train real.csv --rate 0.01 --epochs 1 --device cpu --json", 0);
    cr_assert_str_eq(cli_text(cli_member(json, "task"), "kind"), "regress");
    cJSON_Delete(json);
    /* what was guessed from numbers is told when quiet, too; what was said, or is a text, is not */
    run = cli(folder, "train real.csv --rate 0.01 --epochs 1 --device cpu --quiet");
    cr_assert_eq(strncmp(run.err, "clmlp: task: regress column 3: ", 31), 0, "%s", run.err);
    cli_free(&run);
    run = cli(folder, "train real.csv --task regress --rate 0.01 --epochs 1 --device cpu --quiet");
    cr_assert_str_empty(run.err, "%s", run.err);
    cli_free(&run);
    cli_write(folder, "years.csv", "x,n\n1,1\n2,1\n3,2\n4,2\n5,1\n6,2\n7,1\n8,2\n");
    run = cli(folder, "train years.csv --epochs 1 --device cpu --quiet");
    cr_assert_eq(strncmp(run.err, "clmlp: task: classify, 2 classes in 'n': 1 4, 2 4\n", 51), 0, "%s", run.err);
    cli_free(&run);
    /* with a model the model decides, here against the look of the targets */
    cli_write(folder, "counts.csv", "x,n\n1,1\n2,1\n3,2\n4,2\n");
    cli_ok(folder, "train counts.csv --task regress --rate 0.01 --epochs 1 --device cpu");
    run = cli(folder, "train counts.csv --init model.safetensors --rate 0.01 --epochs 1 --device cpu");
    cr_assert_not_null(strstr(run.err, "task: regress 'n': 1 .. 2, mean 1.5\n"), "%s", run.err);
    cli_free(&run);
    cli_ok(folder, "evaluate model.safetensors counts.csv --device cpu");
    free(folder);
}

/* One batch, 25 sigmoids near 1/2: the curvature is 7.25, and 1 - 0.5 * 7.25 = -2.6 a step (docs/mathematics.md). */
Test(cli_train, the_default_rate_of_a_linear_output_is_a_stable_one)
{
    char *const folder = cli_data_folder("train-linear-rate");
    char text[ROOM] = "x,y\n", row[32];
    for (int i = 0; i < 16; i++) {
        snprintf(row, sizeof row, "%d,%d.5\n", i, 3 * i);
        strcat(text, row);
    }
    cli_write(folder, "line.csv", text);
    cJSON *json = cli_json(folder, "train line.csv --epochs 3 --device cpu --json", 0);
    cr_assert_eq(cli_number(json, "rate"), 0.1);
    cJSON_Delete(json);
    cli_run large = cli(folder, "train line.csv --epochs 3 --rate 0.5 --model large --device cpu");
    cr_assert_eq(large.status, 4, "%d: %s", large.status, large.err);
    cli_free(&large);
    json = cli_json(folder, "train line.csv --init model.safetensors --epochs 1 --device cpu --json", 0);
    cr_assert_eq(cli_number(json, "rate"), 0.1);
    cJSON_Delete(json);
    json = cli_json(folder, "train points.csv --epochs 1 --device cpu --model p --json", 0);
    cr_assert_eq(cli_number(json, "rate"), 0.5);
    cJSON_Delete(json);
    free(folder);
}

/* x = +-1 and y = +-1 with no relation, at rate 2.05: w grows by 1.05 a step (tests/train/test_divergence.c). */
static void write_unrelated(const char *folder)
{
    char text[ROOM] = "x,y\n";
    for (int i = 0; i < 8; i++) (void)strcat(strcat(text, i % 2 ? "-1," : "1,"), i % 4 < 2 ? "1.5\n" : "-0.5\n");
    cli_write(folder, "unrelated.csv", text);
}

Test(cli_train, a_diverged_run_writes_beside_the_model)
{
    char *const folder = cli_folder("train-diverge-beside");
    const char *const line = "train unrelated.csv --output linear --hidden '' --batch full --rate 2.05 --epochs 400 "
                             "--model old.safetensors --device cpu";
    write_unrelated(folder);
    cli_write(folder, "old.safetensors", "the model of another day");
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 4, "exit status %d\n%s", run.status, run.err);
    cr_assert_not_null(strstr(run.err, "worse than guessing"), "%s", run.err);
    cr_assert_not_null(strstr(run.err, "was written to old.diverged.safetensors; old.safetensors is untouched"), "%s",
                       run.err);
    cli_free(&run);
    char *const old = cli_read(folder, "old.safetensors");
    cr_assert_str_eq(old, "the model of another day");
    free(old);
    cli_ok(folder, "evaluate old.diverged.safetensors unrelated.csv --device cpu");
    char json_line[ROOM];
    (void)snprintf(json_line, sizeof json_line, "%s --json", line);
    cJSON *const json = cli_json(folder, json_line, 4);
    cr_assert_str_eq(cli_text(json, "model"), "old.diverged.safetensors");
    cJSON_Delete(json);
    /* not over what it began with, even so */
    char *const good = cli_read(folder, "old.diverged.safetensors");
    run = cli(folder, "train unrelated.csv --init old.diverged.safetensors --batch full --rate 2.001 --epochs 9000 "
                      "--model old.safetensors --device cpu");
    cr_assert_eq(run.status, 4, "%s", run.err);
    cr_assert_not_null(strstr(run.err, "no model was written"), "%s", run.err);
    char *const after = cli_read(folder, "old.diverged.safetensors");
    cr_assert_str_eq(after, good);
    cli_free(&run);
    free(good);
    free(after);
    free(folder);
}

Test(cli_train, divergence_in_the_first_epoch_writes_nothing_and_exits_4)
{
    char *const folder = cli_data_folder("train-diverge");
    const char *const line = "train real.csv --output linear --activation relu --rate 1e20 --epochs 50 --batch 4 "
                             "--device cpu";
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 4, "exit status %d\n%s", run.status, run.err);
    cr_assert_not_null(strstr(run.err, "diverged"), "%s", run.err);
    cr_assert_not_null(strstr(run.err, "no model was written: not one epoch was good\n"), "%s", run.err);
    cr_assert_not_null(strstr(run.err, "hint: try a smaller --rate (it was 1e+20)\n"), "%s", run.err);
    cli_free(&run);
    cr_assert_null(cli_read(folder, "model.safetensors"));
    cr_assert_null(cli_read(folder, "model.diverged.safetensors"));

    char json_line[256];
    (void)snprintf(json_line, sizeof json_line, "%s --json", line);
    cJSON *const json = cli_json(folder, json_line, 4);
    cr_assert_str_eq(cli_text(json, "status"), "diverged");
    cr_assert(cJSON_IsNull(cli_member(json, "cost")));
    cJSON_Delete(json);
    free(folder);
}

Test(cli_train, the_hint_on_divergence_names_the_momentum_of_the_rule_that_has_one)
{
    char *const folder = cli_data_folder("train-diverge-momentum");
    cli_run run = cli(folder, "train real.csv --output linear --activation relu --rate 1e20 --optimizer momentum "
                              "--momentum 0.75 --epochs 50 --batch 4 --device cpu");
    cr_assert_eq(run.status, 4, "exit status %d\n%s", run.status, run.err);
    cr_assert_not_null(strstr(run.err, "hint: try a smaller --rate (it was 1e+20) or --momentum (it was 0.75)\n"),
                       "%s", run.err);
    cli_free(&run);
    free(folder);
}

/* Products that are cut into parts, and small ones. OPENBLAS_NUM_THREADS is the number of OpenBLAS's own threads. */
Test(cli_train, on_the_cpu_path_has_the_bits_of_any_number_of_blas_threads)
{
    char *const folder = cli_folder("train-blas-threads");
    for (int threads = 1; threads <= 3; threads += 2) {
        char environment[64], line[256];
        (void)snprintf(environment, sizeof environment, "OPENBLAS_NUM_THREADS=%d", threads);
        (void)snprintf(line, sizeof line, "train '%s/digits-train.csv.gz' --device cpu --hidden 512,300 --batch 128 "
                       "--epochs 1 --quiet --model %d.safetensors", TEST_DATA_DIR, threads);
        cli_run run = cli_with(folder, environment, line);
        cr_assert_eq(run.status, 0, "%s", run.err);
        cli_free(&run);
    }
    cli_run run = cli(folder, "devices >/dev/null; cmp 1.safetensors 3.safetensors");
    cr_assert_eq(run.status, 0, "%s", run.out);
    cli_free(&run);
    free(folder);
}

static void interrupt_with(int signal_number, const char *name)
{
    char *const folder = cli_data_folder(name);
    char *arguments[] = {"clmlp", "train", "points.csv", "--epochs", "2000000000", "--device", "cpu", "--json", NULL};
    const pid_t program = cli_start(folder, arguments);
    cli_wait_for(folder, program, "epoch 1/");
    cli_run run = cli_stop(folder, program, signal_number);
    cr_assert_eq(run.status, 130, "exit status %d", run.status);
    cJSON *const json = cJSON_Parse(run.out);
    cr_assert_not_null(json, "%s", run.out);
    cr_assert_str_eq(cli_text(json, "status"), "interrupted");
    cr_assert(cli_number(json, "steps") >= 1.0);
    cJSON_Delete(json);
    cli_free(&run);
    cli_ok(folder, "evaluate model.safetensors points.csv --device cpu");
    free(folder);
}

Test(cli_train, ctrl_c_saves_and_exits_130)
{
    interrupt_with(SIGINT, "train-sigint");
}

Test(cli_train, sigterm_saves_and_exits_130)
{
    interrupt_with(SIGTERM, "train-sigterm");
}

/* The second member is the network of the next seed. */
Test(cli_train, an_ensemble_is_networks_of_seeds_that_follow)
{
    char *const folder = cli_data_folder("ensemble");
    cJSON *json = cli_json(folder, "train points.csv --device cpu --epochs 3 --batch 10 --seed 7 --ensemble 2 --model "
                           "both.safetensors --json", 0);
    cr_assert_eq(cli_number(json, "members"), 2);
    cr_assert_eq(cli_number(json, "steps"), 36);
    cJSON *const all = cli_json(folder, "evaluate both.safetensors points.csv --device cpu --json", 0);
    cr_assert_eq(cli_number(all, "cost"), cli_number(json, "cost"));
    cJSON_Delete(all), cJSON_Delete(json);
    cli_ok(folder, "train points.csv --device cpu --epochs 3 --batch 10 --seed 7 --model one.safetensors");
    cli_ok(folder, "train points.csv --device cpu --epochs 3 --batch 10 --seed 8 --model two.safetensors");
    double p[3];
    const char *const models[] = {"one", "two", "both"};
    for (size_t k = 0; k < 3; k++) {
        char line[128];
        (void)snprintf(line, sizeof line, "predict %s.safetensors points.csv --device cpu --json", models[k]);
        json = cli_json(folder, line, 0);
        p[k] = cJSON_GetArrayItem(cJSON_GetArrayItem(cli_member(json, "outputs"), 0), 0)->valuedouble;
        cJSON_Delete(json);
    }
    cr_assert(fabs(p[2] - (p[0] + p[1]) / 2.0) <= 1e-15, "%.17g and %.17g give %.17g", p[0], p[1], p[2]);
    cli_run run = cli(folder, "train points.csv --ensemble 2 --cross-validate 3");
    cr_assert_eq(run.status, 2);
    cr_assert_not_null(strstr(run.err, "--ensemble and --cross-validate"), "%s", run.err);
    cli_free(&run);
    free(folder);
}

/* 60 examples: two folds of 30 are 3 batches of 10 each. */
Test(cli_train, members_of_folds_leave_a_part_out)
{
    char *const folder = cli_data_folder("ensemble-folds");
    const char *const line = "train points.csv --device cpu --epochs 3 --batch 10 --seed 7 --ensemble 2 --ensemble-by "
                             "folds --model both.safetensors";
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 0, "%s", run.err);
    for (int k = 1; k <= 2; k++) {
        char said[32];
        (void)snprintf(said, sizeof said, "member %d: kept epoch ", k);
        cr_assert_not_null(strstr(run.err, said), "no '%s' in %s", said, run.err);
    }
    cr_assert_not_null(strstr(run.err, "the best on the 30 examples that it left out"), "%s", run.err);
    cli_free(&run);
    char json_line[256];
    (void)snprintf(json_line, sizeof json_line, "%s --json", line);
    cJSON *const json = cli_json(folder, json_line, 0);
    cr_assert_eq(cli_number(json, "members"), 2);
    cr_assert_eq(cli_number(json, "steps"), 18);
    cr_assert(cJSON_IsNull(cli_member(json, "best_epoch")));
    cr_assert(cJSON_IsNull(cli_member(json, "validation")));
    cJSON *const all = cli_json(folder, "evaluate both.safetensors points.csv --device cpu --json", 0);
    cr_assert_eq(cli_number(all, "cost"), cli_number(json, "cost"));
    cJSON_Delete(all), cJSON_Delete(json);
    static const struct { const char *line, *said; } wrong[] = {
        {"train points.csv --ensemble-by folds", "--ensemble-by: there is no --ensemble of 2 or more"},
        {"train points.csv --ensemble 2 --ensemble-by parts", "--ensemble-by 'parts': expected seeds or folds"},
        {"train points.csv --ensemble 61 --ensemble-by folds --device cpu", "61 folds of 60 examples"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        run = cli(folder, wrong[i].line);
        cr_assert_neq(run.status, 0);
        cr_assert_not_null(strstr(run.err, wrong[i].said), "%s", run.err);
        cli_free(&run);
    }
    free(folder);
}

/* The members of an ensemble have settings of their own. */
Test(cli_train, the_tabular_preset_knows_an_ensemble)
{
    char *const folder = cli_data_folder("preset-ensemble");
    /* of folds of 30 examples there are half as many batches of 10 */
    static const struct { const char *more, *dropout; bool folds; double steps; } cases[] = {
        {"", "--dropout 0.15", false, 6}, {"--ensemble 2", "--dropout 0.15", false, 12},
        {"--target x --task regress", "--dropout 0.15", false, 6},
        {"--target x --task regress --ensemble 2", "--dropout 0.05", true, 6},
        {"--target x --task regress --ensemble 2 --dropout 0 --ensemble-by seeds", NULL, false, 12}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "train points.csv --preset tabular --hidden 4 --epochs 1 --batch 10 --device "
                       "cpu --json %s", cases[i].more);
        cJSON *const json = cli_json(folder, line, 0);
        const char *const options = cli_text(cli_member(json, "preset"), "options");
        const double p = cJSON_GetArrayItem(cli_member(json, "dropout"), 0)->valuedouble;
        cr_assert_eq(strstr(options, "--ensemble-by folds") != NULL, cases[i].folds, "%s: %s", cases[i].more, options);
        if (cases[i].dropout != NULL) {
            cr_assert_not_null(strstr(options, cases[i].dropout), "%s: %s", cases[i].more, options);
            cr_assert_eq(p, strtod(cases[i].dropout + strlen("--dropout"), NULL), "%s: %g", cases[i].more, p);
        } else {
            cr_assert_null(strstr(options, "--dropout"), "%s: %s", cases[i].more, options);
            cr_assert_eq(p, 0.0);
        }
        cr_assert_eq(cli_number(json, "steps"), cases[i].steps, "%s", cases[i].more);
        cJSON_Delete(json);
    }
    free(folder);
}

/* A preset's settings are defaults: what the line says itself counts, wherever it stands. */
Test(cli_train, a_preset_sets_what_the_line_does_not_say)
{
    char *const folder = cli_data_folder("preset");
    cJSON *json = cli_json(folder, "train points.csv --rate 0.25 --preset article --epochs 2 --device cpu --json", 0);
    const cJSON *const preset = cli_member(json, "preset");
    cr_assert_str_eq(cli_text(preset, "name"), "article");
    cr_assert_null(strstr(cli_text(preset, "options"), "--rate"));
    cr_assert_null(strstr(cli_text(preset, "options"), "--epochs"));
    cr_assert_not_null(strstr(cli_text(preset, "options"), "--hidden 25 "), "%s", cli_text(preset, "options"));
    cr_assert_eq(cli_number(json, "epochs"), 2);
    cr_assert_eq(cli_number(json, "rate"), 0.25);
    cJSON_Delete(json);
    json = cli_json(folder, "train points.csv --epochs 2 --device cpu --json", 0);
    cr_assert(cJSON_IsNull(cli_member(json, "preset")));
    cJSON_Delete(json);
    cli_run run = cli(folder, "train points.csv --preset tables");
    cr_assert_eq(run.status, 2);
    cr_assert_not_null(strstr(run.err, "--preset 'tables': expected article or tabular"), "%s", run.err);
    cli_free(&run);
    free(folder);
}

/* Without one, a single line says that there is one; NumPy's arrays are no table. */
Test(cli_train, a_table_without_a_preset_is_told_of_it)
{
    char *const folder = cli_data_folder("preset-told");
    cli_run run = cli(folder, "train points.csv --epochs 2 --device cpu");
    cr_assert_not_null(strstr(run.err, "--preset tabular"), "%s", run.err);
    cli_free(&run);
    run = cli(folder, "train points.csv --epochs 2 --device cpu --preset article");
    cr_assert_null(strstr(run.err, "--preset tabular"), "%s", run.err);
    cli_free(&run);
    free(folder);
}

Test(cli_train, minimises_full_batches_and_says_how_it_ended)
{
    char *const folder = cli_data_folder("train-minimise");
    cJSON *const json = cli_json(folder, "train points.csv --hidden 4 --optimizer lbfgs --lambda 1 --epochs 500 "
                                 "--precision f64 --device cpu --quiet --json", 0);
    cr_assert_str_eq(cli_member(json, "optimizer")->valuestring, "lbfgs");
    cr_assert_not_null(strstr(cli_member(json, "ended")->valuestring, "converged"));
    cr_assert_gt(cli_number(json, "evaluations"), cli_number(json, "iterations"));
    cr_assert_lt(cli_number(json, "epochs"), 500);
    cr_assert_null(cJSON_GetObjectItemCaseSensitive(json, "rate"));
    cJSON_Delete(json);
    cli_run run = cli(folder, "train points.csv --optimizer cg --batch 5 --device cpu --quiet");
    cr_assert_eq(run.status, 2);
    cr_assert_not_null(strstr(run.err, "cg minimises J of all examples at once: --batch is 5 (expected full)"));
    cli_free(&run);
    free(folder);
}
