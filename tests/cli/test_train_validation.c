/* test_train_validation.c - clmlp train --validation: a part of the data or a file. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define TRAIN "train points.csv --device cpu --hidden 4 --epochs 20 --batch 10 --rate 1 "

static void expect_same(const cJSON *one, const cJSON *other)
{
    cr_assert(cJSON_Compare(one, other, true), "%s\n%s", cJSON_Print(one), cJSON_Print(other));
}

/* A line of the history. */
static cJSON *history_line(const char *folder, const char *name, size_t index)
{
    char *const text = cli_read(folder, name), *line = text;
    cr_assert_not_null(text);
    for (size_t i = 0; i < index; i++) {
        line = strchr(line, '\n');
        cr_assert_not_null(line);
        line++;
    }
    cJSON *const json = cJSON_Parse(line);
    cr_assert_not_null(json, "%s", line);
    free(text);
    return json;
}

Test(cli_train_validation, a_fraction_is_held_out_of_each_class)
{
    char *const folder = cli_data_folder("validation-fraction");
    cJSON *const json = cli_json(folder, TRAIN "--validation 0.2 --history h.jsonl --json", 0);
    const cJSON *const validation = cli_member(json, "validation"), *class = NULL;
    cr_assert_eq(cli_number(json, "samples"), 48);
    cr_assert_eq(cli_number(validation, "samples"), 12);
    cr_assert_eq(cli_number(cli_member(validation, "metrics"), "accuracy"), cli_number(validation, "accuracy"));
    cr_assert(cJSON_IsNull(cli_member(json, "test")));
    cJSON_ArrayForEach(class, cli_member(cli_member(json, "task"), "classes")) {
        cr_assert_eq(cli_number(class, "examples"), 16);
    }
    cJSON *const first = history_line(folder, "h.jsonl", 0), *const last = history_line(folder, "h.jsonl", 19);
    cr_assert_neq(cli_number(cli_member(first, "validation"), "cost"), cli_number(validation, "cost"));
    cr_assert_eq(cli_number(cli_member(last, "validation"), "cost"), cli_number(validation, "cost"));
    cr_assert_eq(cli_number(cli_member(last, "validation"), "accuracy"), cli_number(validation, "accuracy"));
    cr_assert_eq(cli_number(last, "validation_cost"), cli_number(validation, "cost"));
    cr_assert_null(cJSON_GetObjectItem(last, "test"));
    cJSON_Delete(last);
    cJSON_Delete(first);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_train_validation, of_a_file_is_what_evaluate_says_of_it)
{
    char *const folder = cli_data_folder("validation-file");
    cli_write(folder, "other.csv", "colour,y,x\nred,0.1,0.2\nred,0.3,0.1\nblue,0.9,0.8\nblue,0.2,0.1\n");
    cli_write(folder, "new.csv", "y,x\n0.1,0.2\n0.3,0.1\n0.9,0.8\n0.2,0.1\n");
    cli_write(folder, "new-labels.csv", "red\nred\nblue\nblue\n");
    cJSON *const json = cli_json(folder, TRAIN "--validation other.csv --target colour --json", 0);
    cJSON *const evaluated = cli_json(folder, "evaluate model.safetensors other.csv --device cpu --json", 0);
    cr_assert_eq(cli_number(json, "samples"), 60);
    cr_assert_eq(cli_number(cli_member(json, "validation"), "samples"), 4);
    expect_same(cli_member(cli_member(json, "validation"), "metrics"), cli_member(evaluated, "metrics"));
    cJSON *const labelled = cli_json(folder, TRAIN "--validation new.csv --validation-labels new-labels.csv --json", 0);
    expect_same(cli_member(labelled, "validation"), cli_member(json, "validation"));
    cJSON_Delete(labelled);
    cJSON_Delete(evaluated);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_train_validation, is_what_a_model_trained_on_the_rest_alone_gets)
{
    /* what is held out is far off: scaling that has seen it would change all numbers */
    char *const folder = cli_data_folder("validation-rest");
    char data[4096] = "x,y,colour\n", rest[4096] = "x,y,colour\n", held[4096] = "x,y,colour\n";
    for (int i = 0; i < 20; i++) {
        char line[64];
        /* tests/data/test_split.c has the same for seed 1 */
        const int is_held = i == 3 || i == 4 || i == 5 || i == 15 || i == 16;
        (void)snprintf(line, sizeof line, "%g,%g,%g\n", i * 0.1, is_held ? 50.0 : i % 3 * 1.0, i * 0.25 + 0.125);
        (void)strcat(data, line);
        (void)strcat(is_held ? held : rest, line);
    }
    cli_write(folder, "data.csv", data);
    cli_write(folder, "rest.csv", rest);
    cli_write(folder, "held.csv", held);
#define REGRESS "--task regress --device cpu --hidden 4 --epochs 5 --batch 5 --rate 0.01 --json "
    cJSON *const split = cli_json(folder, "train data.csv --model one.safetensors --validation 0.25 " REGRESS, 0);
    cJSON *const files = cli_json(folder, "train rest.csv --model two.safetensors --validation held.csv " REGRESS, 0);
    expect_same(cli_member(split, "validation"), cli_member(files, "validation"));
    cr_assert_eq(cli_number(split, "cost"), cli_number(files, "cost"));
    cr_assert_eq(cli_number(cli_member(split, "validation"), "samples"), 5);
    cJSON_Delete(files);
    cJSON_Delete(split);
    free(folder);
}

Test(cli_train_validation, follows_the_seed)
{
    char *const folder = cli_data_folder("validation-seed");
    static const char *const lines[] = {TRAIN "--validation 0.3 --json", TRAIN "--validation 0.3 --json",
                                        TRAIN "--validation 0.3 --seed 2 --json"};
    double costs[3];
    for (size_t i = 0; i < 3; i++) {
        cJSON *const json = cli_json(folder, lines[i], 0);
        cr_assert_eq(cli_number(cli_member(json, "validation"), "samples"), 18);
        costs[i] = cli_number(cli_member(json, "validation"), "cost");
        cJSON_Delete(json);
    }
    cr_assert_eq(costs[0], costs[1]);
    cr_assert_neq(costs[0], costs[2]);
    free(folder);
}

Test(cli_train_validation, is_on_screen_in_every_epoch_and_in_the_table)
{
    char *const folder = cli_data_folder("validation-text");
    cli_run run = cli(folder, TRAIN "--validation 0.2 --test points.csv");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cli_expect_in(run.err, "training data points.csv: 48 examples");
    cli_expect_in(run.err, "validation data, held out of points.csv: 12 examples");
    for (int epoch = 1; epoch <= 20; epoch++) {
        char head[32];
        (void)snprintf(head, sizeof head, "epoch %d/20: ", epoch);
        const char *const line = strstr(run.err, head), *const end = line != NULL ? strchr(line, '\n') : NULL;
        cr_assert_not_null(end, "%s", run.err);
        const char *const cost = strstr(line, ", validation cost ");
        const char *const share = strstr(line, ", validation accuracy ");
        const char *const test = strstr(line, ", test accuracy ");
        cr_assert(cost != NULL && cost < end && share != NULL && share < end && test != NULL && test < end);
    }
    cli_expect_in(run.out, "\nvalidation       12  ");
    cli_expect_in(run.out, "\n                    train  validation    test\nbalanced_accuracy  ");
    cr_assert_null(strstr(run.err, "note:"), "%s", run.err);
    cli_free(&run);
    run = cli(folder, TRAIN "--validation 0.2 --quiet");
    cli_expect_in(run.out, "next:  clmlp evaluate model.safetensors NEW_DATA\n");
    cli_expect(folder, "train points.csv --epochs 1 --device cpu --model=-m | grep -e 'evaluate ./-m NEW' >&2", 0,
               "evaluate ./-m NEW_DATA");
    cr_assert_str_empty(run.err);
    cli_free(&run);
    run = cli(folder, TRAIN "--validation points.csv --quiet");
    cli_expect_in(run.out, "next:  clmlp evaluate model.safetensors points.csv\n");
    cli_free(&run);
    free(folder);
}

Test(cli_train_validation, of_a_test_file_stands_apart_in_the_history)
{
    char *const folder = cli_data_folder("validation-test");
    cJSON *const json = cli_json(folder, TRAIN "--validation 0.2 --test points.csv --history h.jsonl --json", 0);
    cJSON *const last = history_line(folder, "h.jsonl", 19);
    cr_assert_eq(cli_number(cli_member(last, "test"), "cost"), cli_number(cli_member(json, "test"), "cost"));
    cr_assert_eq(cli_number(cli_member(last, "validation"), "cost"),
                 cli_number(cli_member(json, "validation"), "cost"));
    cr_assert_eq(cli_number(last, "validation_cost"), cli_number(cli_member(json, "validation"), "cost"));
    cJSON_Delete(last);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_train_validation, that_is_missing_is_advised_once)
{
    static const char note[] = "note: the scores are of the training data alone";
    char *const folder = cli_data_folder("validation-none");
    cli_run run = cli(folder, TRAIN);
    const char *const first = strstr(run.err, note);
    cr_assert_not_null(first, "%s", run.err);
    cli_expect_in(first, "--validation 0.2");
    cr_assert_null(strstr(first + 1, note), "%s", run.err);
    cli_free(&run);
    run = cli(folder, TRAIN "--quiet");
    cr_assert_str_empty(run.err);
    cli_free(&run);
    run = cli(folder, TRAIN "--test points.csv");
    cr_assert_null(strstr(run.err, note), "%s", run.err);
    cli_free(&run);
    cJSON *const json = cli_json(folder, TRAIN "--quiet --json", 0);
    cr_assert(cJSON_IsNull(cli_member(json, "validation")));
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "notes")), 1);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_train_validation, what_cannot_be_held_out_is_bad_usage)
{
    char *const folder = cli_data_folder("validation-bad");
    static const char *const fractions[] = {"0", "1", "1.5", "-0.2", "1e3", "0.0"};
    for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, TRAIN "--validation %s", fractions[i]);
        cli_expect_bad(folder, line, "expected a fraction > 0 and < 1, such as 0.2, or a file");
    }
    cli_expect_bad(folder, TRAIN "--validation nan", "clmlp: nan: cannot be opened");
    cli_expect_bad(folder, TRAIN "--validation 20%", "--validation '20%': expected a fraction such as 0.2, or a file");
    cli_expect_bad(folder, TRAIN "--validation ''", "expected a text that is not empty");
    cli_expect_bad(folder, TRAIN "--validation 0.2 --validation-labels points.csv", "--validation names no file");
    cli_expect_bad(folder, TRAIN "--validation-labels points.csv", "there is no --validation");
    cli_expect_bad(folder, "train - --device cpu --validation -", "the standard input can be read once");
    cli_expect_bad(folder, TRAIN "--validation other.csv --model other.csv", "other.csv");
    cli_write(folder, "other.csv", "x,z,colour\n1,2,red\n");
    cli_expect_bad(folder, TRAIN "--validation other.csv", "'y'");
    cli_write(folder, "mauve.csv", "x,y,colour\n1,2,mauve\n");
    cli_expect_bad(folder, TRAIN "--validation mauve.csv", "mauve");
    cli_write(folder, "single.csv", "x,y,colour\n1,2,red\n2,3,blue\n");
    cli_expect_bad(folder, "train single.csv --device cpu --validation 0.5", "nothing can be held out of 2 examples");
    cli_write(folder, "one.csv", "x,y\n1,2\n");
    cli_expect_bad(folder, "train one.csv --task regress --device cpu --validation 0.5",
                   "nothing can be held out of 1 ");
    cli_write(folder, "same.csv", "x,y,colour\n1,2,red\n2,3,red\n3,4,red\n");
    cli_expect_bad(folder, "train same.csv --device cpu --validation 0.5", "one class only");
    cli_expect_bad(folder, TRAIN "--validation 0.5 --batch 31 --epochs 1", "there are only 30 training examples");
    char *const left = cli_read(folder, "model.safetensors");
    cr_assert_null(left);
    free(folder);
}

Test(cli_train_validation, images_without_labels_are_asked_for_by_the_right_option)
{
    char *const folder = cli_data_folder("validation_labels");
    cli_ok(folder, "--help >/dev/null; printf "
                   "'\\0\\0\\10\\3\\0\\0\\0\\4\\0\\0\\0\\1\\0\\0\\0\\2\\1\\2\\3\\4\\5\\6\\7\\10' >i; "
                   "printf '\\0\\0\\10\\1\\0\\0\\0\\4\\0\\1\\0\\1' >l");
    cli_run run = cli(folder, "train i --labels l --test i --device cpu --epochs 1");
    cr_assert_eq(run.status, 2, "%s", run.err);
    cli_expect_in(run.err, "(--labels FILE; --test-labels for --test, --validation-labels for --validation)");
    cli_free(&run);
    run = cli(folder, "train i --device cpu --epochs 1");
    cr_assert_eq(run.status, 2, "%s", run.err);
    cli_expect_in(run.err, "(--labels FILE)");
    cli_free(&run);
    cli_write(folder, "bare.csv", "x1,x2\n1,2\n");
    cli_write(folder, "named.csv", "x1,x2,kind\n1,2,a\n2,1,b\n3,1,a\n1,3,b\n");
    run = cli(folder, "train named.csv --test bare.csv --device cpu --epochs 1");
    cr_assert_eq(run.status, 2, "%s", run.err);
    cli_expect_in(run.err, "no target column 'kind', which scores need (found 'x1', 'x2')");
    cr_assert_null(strstr(run.err, "predict"), "test data need targets: %s", run.err);
    cli_free(&run);
    free(folder);
}
