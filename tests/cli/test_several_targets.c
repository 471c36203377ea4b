/* test_several_targets.c - several target columns in one file, by name, in every command. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tables.h"

Test(cli_several_targets, are_found_by_name_in_any_order)
{
    char *const folder = folder_of_tables("several-order");
    static const char *const tables[][2] = {{"labels", "--target a,b"}, {"labels", "--target b,a"},
                                            {"labels", "--target 4,2"}, {"numbers", "--target 'p,\"q,r\"'"},
                                            {"numbers", "--target 4,2"}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char line[512];
        (void)snprintf(line, sizeof line, "train %s.csv %s" FAST, tables[i][0], tables[i][1]);
        cli_ok(folder, line);
        static const char *const commands[] = {"predict model.safetensors %s%s.csv --device cpu",
                                               "evaluate model.safetensors %s%s.csv --device cpu"};
        for (size_t c = 0; c < 2; c++) {
            (void)snprintf(line, sizeof line, commands[c], tables[i][0], "");
            char *const expected = output(folder, line);
            (void)snprintf(line, sizeof line, commands[c], tables[i][0], "-moved");
            char *const found = output(folder, line);
            cr_assert_str_eq(found, expected, "%s: %s", tables[i][1], line);
            free(found);
            free(expected);
        }
        (void)snprintf(line, sizeof line, "train %s.csv --init model.safetensors --test %s-moved.csv --validation "
                       "%s-moved.csv --model again.safetensors --device cpu --epochs 1", tables[i][0], tables[i][0],
                       tables[i][0]);
        cli_ok(folder, line);
        (void)snprintf(line, sizeof line, "verify %s-moved.csv --model model.safetensors --steps 2 --device cpu "
                       "--bundle none", tables[i][0]);
        cli_ok(folder, line);
    }
    free(folder);
}

Test(cli_several_targets, name_the_outputs)
{
    char *const folder = folder_of_tables("several-names");
    cli_ok(folder, "train labels.csv --target b,a" FAST " --model labels.safetensors");
    cli_ok(folder, "train numbers.csv --target '\"q,r\",p'" FAST " --model numbers.safetensors");
    cli_ok(folder, "train numbers.csv --ignore 2" FAST " --model one.safetensors");
    static const char *const heads[][2] = {{"labels", "b,a\n"}, {"numbers", "\"q,r\",p\n"}};
    for (size_t i = 0; i < 2; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "predict %s.safetensors %s.csv --device cpu", heads[i][0], heads[i][0]);
        char *const text = output(folder, line);
        cr_assert_eq(strncmp(text, heads[i][1], strlen(heads[i][1])), 0, "%.40s", text);
        free(text);
    }
    char *const one = output(folder, "predict one.safetensors numbers.csv --device cpu");
    cr_assert_eq(strncmp(one, "\"q,r\"\n", 6), 0, "%.40s", one); /* "q,r" is one name, not a list */
    free(one);
    cJSON *json = cli_json(folder, "evaluate labels.safetensors labels-moved.csv --device cpu --json", 0);
    const cJSON *const outputs = cli_member(cli_member(json, "metrics"), "outputs");
    cr_assert_str_eq(cli_text(cJSON_GetArrayItem(outputs, 0), "name"), "b");
    cr_assert_str_eq(cli_text(cJSON_GetArrayItem(outputs, 1), "name"), "a");
    cJSON_Delete(json);
    char *const table = output(folder, "evaluate labels.safetensors labels.csv --device cpu");
    cr_assert_not_null(strstr(table, "\nb "), "%s", table);
    free(table);
    /* training shows those of the data that judge it */
    char *const trained = output(folder, "train numbers.csv --target '\"q,r\",p' --validation 0.3" FAST " --model v");
    cr_assert_not_null(strstr(trained, "\noutput, validation"), "%s", trained);
    cr_assert_not_null(strstr(trained, "\nq,r "), "%s", trained);
    free(trained);
    cli_write(folder, "x.csv", "1,2\n2,1\n3,3\n");
    cli_write(folder, "y.csv", "one,two\n1,1\n0,1\n0,0\n");
    cli_ok(folder, "train x.csv --labels y.csv" FAST);
    char *const filed = output(folder, "predict model.safetensors x.csv --device cpu");
    cr_assert_eq(strncmp(filed, "one,two\n", 8), 0, "%.40s", filed);
    free(filed);
    cli_write(folder, "turned.csv", "two,one\n1,1\n1,0\n0,0\n");
    char *const a = output(folder, "evaluate model.safetensors x.csv --labels y.csv --device cpu");
    char *const b = output(folder, "evaluate model.safetensors x.csv --labels turned.csv --device cpu");
    cr_assert_str_eq(a, b);
    free(a);
    free(b);
    free(folder);
}

Test(cli_several_targets, learn_what_single_ones_learn)
{
    /* without hidden layers and in full batches each output learns by itself */
    char *const folder = folder_of_tables("several-single");
    static const char options[] = " --hidden '' --batch full --epochs 200 --rate 0.3 --device cpu --precision f64";
    char line[512];
    (void)snprintf(line, sizeof line, "train numbers.csv --target 2,4%s", options);
    cli_ok(folder, line);
    cJSON *const both = cli_json(folder, "evaluate model.safetensors numbers.csv --json --device cpu --precision f64",
                                 0);
    const cJSON *const outputs = cli_member(cli_member(both, "metrics"), "outputs");
    for (int k = 0; k < 2; k++) {
        (void)snprintf(line, sizeof line, "train numbers.csv --target %d --ignore %d%s --model one.safetensors "
                       "--task regress",
                       k == 0 ? 2 : 4, k == 0 ? 4 : 2, options);
        cli_ok(folder, line);
        cJSON *const one = cli_json(folder, "evaluate one.safetensors numbers.csv --json --device cpu --precision f64",
                                    0);
        const double rmse = cli_number(cli_member(one, "metrics"), "rmse");
        const double of_mean = cli_number(cli_member(one, "metrics"), "rmse_of_mean");
        const double found = cli_number(cJSON_GetArrayItem(outputs, k), "rmse");
        /* both targets are linear in the features, and of very different size */
        cr_assert_lt(rmse, 0.01 * of_mean);
        cr_assert_lt(found, 0.01 * of_mean, "output %d: %g of %g", k, found, of_mean);
        cJSON_Delete(one);
    }
    cJSON_Delete(both);
    free(folder);
}

Test(cli_several_targets, that_are_missing_are_named)
{
    char *const folder = folder_of_tables("several-missing");
    cli_ok(folder, "train labels.csv --target a,b" FAST);
    cli_write(folder, "less.csv", "x,z,a\n1,2,1\n0,1,0\n");
    cli_write(folder, "none.csv", "z,x\n2,1\n1,0\n");
    expect(folder, "evaluate model.safetensors less.csv --device cpu", 2, "less.csv:1:1: --target 'b': no such column");
    cli_run less = cli(folder, "predict model.safetensors less.csv --device cpu --quiet");
    cli_run none = cli(folder, "predict model.safetensors none.csv --device cpu --quiet");
    cr_assert_str_eq(less.out, none.out);
    cr_assert_str_empty(less.err); /* a target is left out without a note */
    cli_free(&less);
    cli_free(&none);
    expect(folder, "evaluate model.safetensors labels.csv --target a --device cpu", 2, "1 targets per example");
    expect(folder, "evaluate model.safetensors labels.csv --target a,x --device cpu", 2,
           "column 'x' is a feature of the model, so it cannot be the target");
    expect(folder, "train labels.csv --target a,c" FAST, 2, "--target 'c': no such column");
    expect(folder, "train labels.csv --target a,a" FAST, 2, "--target 'a': the list has this column already");
    expect(folder, "train labels.csv --target a,b --features x,a" FAST, 2, "--features 'a': this is the target column");
    cli_write(folder, "others.csv", "x,z,c,d\n1,2,1,0\n0,1,0,1\n");
    expect(folder, "evaluate model.safetensors others.csv --target c,d --device cpu", 0,
           "output 1, 'a', is compared with 'c'");
    free(folder);
}

Test(cli_several_targets, without_a_value_are_counted_or_dropped)
{
    char *const folder = folder_of_tables("several-dropped");
    cli_write(folder, "holes.csv", "id,x,a,b\nr1,1.5,1,0\nr2,2,,1\nr3,3,1,NA\nr4,4,?,\nr5,5,0,1\n");
    cli_write(folder, "whole.csv", "id,x,a,b\nr1,1.5,1,0\nr5,5,0,1\n");
    expect(folder, "train holes.csv --ignore id --target b,a" FAST, 2,
           "holes.csv:3:6: missing target in column 'a' (3 of 5 rows lack one or more); --missing-targets drop");
    expect(folder, "train holes.csv --ignore id --target b,a --missing-targets drop" FAST, 0,
           "holes.csv: 3 of 5 rows lack one or more targets and were left out");
    char *const dropped = cli_read(folder, "model.safetensors");
    char *const a = output(folder, "predict model.safetensors labels.csv --device cpu");
    cli_ok(folder, "train whole.csv --ignore id --target b,a" FAST);
    char *const b = output(folder, "predict model.safetensors labels.csv --device cpu");
    cr_assert_str_eq(a, b);
    free(a);
    free(b);
    free(dropped);
    cli_write(folder, "x.csv", "1.5\n2\n5\n");
    cli_write(folder, "y.csv", "b,a\n0,1\n1,\n1,0\n");
    expect(folder, "train x.csv --labels y.csv" FAST, 2, "y.csv:3:3: missing target in column 'a' (1 of 3 rows");
    expect(folder, "train x.csv --labels y.csv --missing-targets drop" FAST, 0, "1 of 3 rows lack one or more");
    free(folder);
}

Test(cli_several_targets, may_be_true_or_false)
{
    char *const folder = folder_of_tables("several-booleans");
    cli_write(folder, "words.csv", "x,a,b\n1,yes,0\n2,No,1\n3,TRUE,1\n4,false,0\n");
    cli_write(folder, "digits.csv", "x,a,b\n1,1,0\n2,0,1\n3,1,1\n4,0,0\n");
    expect(folder, "train words.csv --target a,b" FAST, 0,
           "note: words.csv: target column 'a': true and yes are taken as 1, false and no as 0");
    char *const a = output(folder, "evaluate model.safetensors words.csv --device cpu");
    cli_ok(folder, "train digits.csv --target a,b" FAST);
    char *const b = output(folder, "evaluate model.safetensors digits.csv --device cpu");
    cr_assert_str_eq(a, b);
    free(a);
    free(b);
    cli_write(folder, "bare.csv", "1,yes,0\n2,No,1\n3,TRUE,1\n");
    expect(folder, "train bare.csv --target 2-3" FAST, 0, "training data bare.csv: 3 examples, 1 feature, 2 target");
    cli_write(folder, "mixed.csv", "x,a,b\n1,yes,0.5\n2,7,1\n");
    expect(folder, "train mixed.csv --target a,b" FAST, 2,
           "mixed.csv:2:3: found a text such as true or yes in the target column 'a', which also has the number 7");
    cli_write(folder, "texts.csv", "x,a,b\n1,red,0.5\n2,blue,1\n");
    expect(folder, "train texts.csv --target a,b" FAST, 2, "texts.csv:2:3: found 'red', expected a number, or one of");
    free(folder);
}

Test(cli_several_targets, of_two_kinds_are_asked_about)
{
    char *const folder = folder_of_tables("several-kinds");
    cli_write(folder, "kinds.csv", "x,a,p\n1,1,2.5\n2,0,1\n3,1,7\n4,0,0\n");
    expect(folder, "train kinds.csv --target a,p" FAST, 2,
           "are the targets a,p labels or numbers? ('a' has only 0 and 1, 'p' has other numbers); say --task regress");
    expect(folder, "train kinds.csv --target a,p --task regress" FAST, 0,
           "task: regress, 2 numbers: 'a' mean 0.5, 'p'");
    expect(folder, "train kinds.csv --target a,p --task classify" FAST, 2, "target 2, 'p', of example 1 is 2.5");
    expect(folder, "train labels.csv --target a,b" FAST, 0, "task: classify, several labels: how many of 40 have each: "
                                                            "'a' 19, 'b' ");
    cli_write(folder, "huge.csv", "x,a,p\n1,1,2.5\n2,0,1e39\n");
    expect(folder, "train huge.csv --target a,p --task regress --target-scale none" FAST, 2, "target column 'p'");
    free(folder);
}

Test(cli_several_targets, never_become_features)
{
    char *const folder = folder_of_tables("several-features");
    cli_write(folder, "bare.csv", "1,0,1,0\n2,1,0,1\n3,1,1,0\n");
    cli_ok(folder, "train bare.csv --target 3,4" FAST);
    expect(folder, "evaluate model.safetensors bare.csv --target 1,2 --device cpu", 2,
           "column 3 is the target that the model was trained on");
    cli_write(folder, "features.csv", "1,0\n2,1\n3,1\n");
    char *const a = output(folder, "predict model.safetensors bare.csv --device cpu");
    char *const b = output(folder, "predict model.safetensors features.csv --device cpu");
    cr_assert_str_eq(a, b);
    free(a);
    free(b);
    cli_write(folder, "three.csv", "1,0,1\n2,1,0\n");
    expect(folder, "predict model.safetensors three.csv --device cpu", 2,
           "three.csv:1:1: found 3 columns, expected 2 features, with all of the targets (--target 3,4) or none");
    free(folder);
}
