/* test_weights.c - clmlp --weights and --class-weights. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define TRAIN "--device cpu --hidden 4 --epochs 5 --batch 8 --rate 1 --target t "

/* first.csv and last.csv: features p and q, target t of classes a, b, c, a column of weights w, in front or behind;
 * none.csv: without it. */
static char *weights_folder(const char *name)
{
    char *const folder = cli_folder(name);
    char first[4096] = "w,p,q,t\n", last[4096] = "p,q,t,w\n", none[4096] = "p,q,t\n";
    for (int i = 0; i < 40; i++) {
        char line[64], values[32];
        const char *const w = i % 3 == 0 ? "2" : i % 3 == 1 ? "0.5" : "0";
        (void)snprintf(values, sizeof values, "%g,%g,%c", i * 0.3 - i % 7, i % 5 * 0.5 + i % 4, "aaabbc"[i % 6]);
        (void)snprintf(line, sizeof line, "%s,%s\n", w, values);
        (void)strcat(first, line);
        (void)snprintf(line, sizeof line, "%s,%s\n", values, w);
        (void)strcat(last, line);
        (void)strcat(strcat(none, values), "\n");
    }
    cli_write(folder, "first.csv", first);
    cli_write(folder, "last.csv", last);
    cli_write(folder, "none.csv", none);
    return folder;
}

Test(cli_weights, give_the_same_bits_wherever_the_column_stands)
{
    char *const folder = weights_folder("weights-place");
    static const char *const lines[] = {"train first.csv --weights w --model 0.safetensors " TRAIN,
                                        "train last.csv --weights w --model 1.safetensors " TRAIN,
                                        "train last.csv --weights 4 --model 2.safetensors " TRAIN};
    char *predictions[4];
    for (size_t i = 0; i < 3; i++) cli_ok(folder, lines[i]);
    cli_ok(folder, "train none.csv --model 3.safetensors " TRAIN);
    for (size_t i = 0; i < 4; i++) {
        char line[128];
        (void)snprintf(line, sizeof line, "predict %zu.safetensors none.csv --device cpu", i);
        cli_run run = cli(folder, line);
        cr_assert_eq(run.status, 0, "%s", run.err);
        predictions[i] = run.out;
        run.out = NULL;
        cli_free(&run);
    }
    cr_assert_str_eq(predictions[0], predictions[1]);
    cr_assert_str_eq(predictions[0], predictions[2]);
    cr_assert_str_neq(predictions[0], predictions[3]); /* without the weights */
    for (size_t i = 0; i < 4; i++) free(predictions[i]);
    free(folder);
}

Test(cli_weights, are_told_and_no_feature_of_the_model)
{
    char *const folder = weights_folder("weights-told");
    cJSON *const json = cli_json(folder, "train first.csv --weights w --class-weights a=3,c=0.25 --json " TRAIN, 0);
    const cJSON *const weights = cli_member(json, "weights"), *const notes = cli_member(json, "notes");
    cr_assert_str_eq(cli_text(weights, "column"), "w");
    cr_assert_str_eq(cli_text(weights, "class_weights"), "a=3,c=0.25");
    cr_assert_eq(cli_number(weights, "least"), 0);
    cr_assert_eq(cJSON_GetArrayItem(cli_member(json, "layers"), 0)->valueint, 2);
    cli_expect_in(cJSON_GetArrayItem(notes, 0)->valuestring,
              "column 'w' has the weights of the examples in training, from 0 to 2 (13 examples have 0), scaled to a "
              "mean of 1; scores count all examples alike");
    cli_expect_in(cJSON_GetArrayItem(notes, 1)->valuestring,
              "class weights: 'a' 3, 'b' 1, 'c' 0.25; scaled to a mean of 1");
    cli_run run = cli(folder, "evaluate model.safetensors last.csv --device cpu --json");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cli_expect_in(run.err, "left out a column, which the model does not take: 'w'");
    cli_free(&run);
    run = cli(folder, "train first.csv --weights w --test none.csv --validation last.csv " TRAIN);
    cr_assert_eq(run.status, 0, "%s", run.err);
    cli_expect_in(run.out, "the cost J of train is weighted; all other scores count examples alike");
    cr_assert_null(strstr(run.err, "left out"), "%s", run.err);
    cli_free(&run);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_weights, are_null_where_there_are_none)
{
    char *const folder = weights_folder("weights-none");
    cJSON *const json = cli_json(folder, "train none.csv --json " TRAIN, 0);
    cJSON *const equal = cli_json(folder, "train none.csv --json --class-weights a=2,b=2,c=2 " TRAIN, 0);
    cr_assert(cJSON_IsNull(cli_member(json, "weights")) && cJSON_IsNull(cli_member(equal, "weights")));
    cr_assert_eq(cli_number(json, "cost"), cli_number(equal, "cost"));
    cJSON_Delete(equal);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_weights, of_balanced_classes_are_those_of_the_training_part)
{
    char *const folder = weights_folder("weights-balanced");
    cJSON *const json =
        cli_json(folder, "train none.csv --class-weights balanced --validation 0.5 --json " TRAIN, 0);
    const cJSON *const classes = cli_member(cli_member(json, "task"), "classes"), *note = NULL;
    const double m = cli_number(json, "samples");
    char expected[256] = "class weights (balanced):";
    for (int k = 0; k < 3; k++) {
        const double count = cli_number(cJSON_GetArrayItem(classes, k), "examples");
        (void)snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%s '%c' %g", k > 0 ? "," : "",
                       'a' + k, m / (3.0 * count));
    }
    bool found = false;
    cJSON_ArrayForEach(note, cli_member(json, "notes")) found = found || strstr(note->valuestring, expected) != NULL;
    cr_assert(found, "%s\n%s", expected, cJSON_Print(cli_member(json, "notes")));
    cJSON_Delete(json);
    free(folder);
}

/* The batches of a folder have their weights, and both sides of a comparison take them. */
Test(cli_weights, are_in_what_verify_dumps_and_compares_with)
{
    char *const folder = weights_folder("weights-dump");
    cli_ok(folder, "train first.csv --weights w --model m.safetensors " TRAIN);
    cli_ok(folder, "verify first.csv --weights w --model m.safetensors --device cpu --batch 8 --dump d");
    cli_ok(folder, "verify none.csv --model m.safetensors --device cpu --against d");
    cli_expect_bad(folder, "predict m.safetensors none.csv --weights w", "--weights");
    char line[1024];
    (void)snprintf(line, sizeof line, "rm %s/d/0002-3-w.device.npy", folder);
    cr_assert_eq(system(line), 0);
    cli_run run = cli(folder, "verify none.csv --model m.safetensors --device cpu --against d");
    cr_assert_eq(run.status, 2, "%d", run.status);
    cli_expect_in(run.err, "0002-3-w.npy: there is no such file");
    cli_free(&run);
    (void)snprintf(line, sizeof line, "rm %s/d/0001-3-w.device.npy", folder);
    cr_assert_eq(system(line), 0);
    run = cli(folder, "verify none.csv --model m.safetensors --device cpu --against d --go-on");
    cr_assert_neq(run.status, 0); /* the other side took weights */
    cli_free(&run);
    free(folder);
}

Test(cli_weights, that_are_none_are_refused)
{
    char *const folder = weights_folder("weights-bad");
    cli_write(folder, "bad.csv", "w,p,t\n1,2,a\n-3,4,b\n");
    cli_write(folder, "real.csv", "p,t\n1,2.5\n2,3.5\n");
    cli_write(folder, "ten.csv", "p,t\n1,a\n2,b\n3,c\n4,d\n5,e\n6,f\n7,g\n8,h\n9,i\n0,j\n1,a\n");
    static const char *const cases[][2] = {
        {"train bad.csv --weights w", "bad.csv:3:1: found '-3' in column 'w', expected a weight: a finite number >= 0"},
        {"train bad.csv --weights v", "bad.csv:1:1: no column 'v' for the weights, expected a number from 1 to 3 or"},
        {"train bad.csv --weights t", "column 't' cannot be both the weights and the target; say which is the target"},
        {"train none.csv --class-weights d=2", "--class-weights 'd=2': there is no class 'd', expected one of 'a'"},
        {"train none.csv --class-weights d=2", "expected one of 'a', 'b', 'c'\n"},
        {"train ten.csv --class-weights x=2", "one of 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h' and 2 more\n"},
        {"train none.csv --class-weights a=2,b=1,a=3", "class 'a' is named twice"},
        {"train none.csv --class-weights a=-1", "the weight of class 'a' is '-1', expected a finite number >= 0"},
        {"train none.csv --class-weights a=1e999", "the weight of class 'a' is '1e999'"},
        {"train none.csv --class-weights a=2,", "found '', expected balanced or NAME=W,..."},
        {"train none.csv --class-weights even", "found 'even', expected balanced or NAME=W,..."},
        {"train none.csv --class-weights a=0,b=0,c=0", "all of the 40 examples weigh 0"},
        {"train real.csv --class-weights balanced", "the targets are numbers, not classes; weights of single examples"},
        {"verify bad.csv --weights w", "bad.csv:3:1: found '-3'"},
        {"gradcheck none.csv --class-weights d=2", "there is no class 'd'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) cli_expect_bad(folder, cases[i][0], cases[i][1]);
    cr_assert_null(cli_read(folder, "model.safetensors"));
    cli_ok(folder, "train first.csv --device cpu --epochs 1 --target t");
    cli_expect_bad(folder, "train first.csv --weights w --init model.safetensors --device cpu",
                   "column 'w' is a feature of the model, so it cannot hold the weights");
    free(folder);
}
