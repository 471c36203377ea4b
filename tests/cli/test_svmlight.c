/* test_svmlight.c - svmlight's text from every command: the bits of the same table as CSV; what a model remembers. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define FAST " --device cpu --epochs 3 --hidden 3 --rate 0.3"

static void expect(const char *folder, const char *line, int status, const char *in_errors)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, status, "clmlp %s: exit status %d\n%s", line, run.status, run.err);
    cr_assert_not_null(strstr(run.err, in_errors), "clmlp %s: no '%s' in\n%s", line, in_errors, run.err);
    cli_free(&run);
}

static char *output_of(const char *folder, const char *line)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 0, "clmlp %s: %s", line, run.err);
    free(run.err);
    return run.out;
}

/* The same 60 examples as t.csv and t.svm: +1 and -1 as classes; r.*: numbers. */
static char *make_folder(const char *name)
{
    char *const folder = cli_folder(name);
    static char csv[8192], svm[8192], numbers[8192], real[8192];
    size_t c = 0, s = 0, n = 0, r = 0;
    for (unsigned i = 0; i < 60; i++) {
        const unsigned a = i * 7 % 5, b = i * 3 % 4;
        c += (size_t)sprintf(csv + c, "%u,0,%u.25,%d\n", a, b, i % 2 == 0 ? 1 : -1);
        n += (size_t)sprintf(numbers + n, "%u,0,%u.25,%u.5\n", a, b, a + b);
        s += (size_t)sprintf(svm + s, "%s", i % 2 == 0 ? "+1" : "-1");
        r += (size_t)sprintf(real + r, "%u.5", a + b);
        if (a > 0) s += (size_t)sprintf(svm + s, " 1:%u", a), r += (size_t)sprintf(real + r, " 1:%u", a);
        s += (size_t)sprintf(svm + s, " 3:%u.25 # %u\n", b, i);
        r += (size_t)sprintf(real + r, " 3:%u.25\n", b);
    }
    cli_write(folder, "t.csv", csv);
    cli_write(folder, "t.svm", svm);
    cli_write(folder, "r.csv", numbers);
    cli_write(folder, "r.svm", real);
    return folder;
}

/* What is equal of two texts from `from` on. */
static void assert_equal_from(char *a, char *b, const char *from)
{
    const char *const mine = strstr(a, from), *const other = strstr(b, from);
    cr_assert(mine != NULL && other != NULL, "no %s in\n%s\n%s", from, a, b);
    cr_assert_str_eq(mine, other);
    free(a);
    free(b);
}

static void check_same(const char *folder, const char *table, const char *options)
{
    char line[512];
    (void)snprintf(line, sizeof line, "train %s.csv --header no --scale none --model c.st %s" FAST, table, options);
    cli_ok(folder, line);
    (void)snprintf(line, sizeof line, "train %s.svm --scale none --model s.st %s" FAST, table, options);
    cli_ok(folder, line);
    (void)snprintf(line, sizeof line, "evaluate c.st %s.csv --header no --device cpu", table);
    char *const csv = output_of(folder, line);
    (void)snprintf(line, sizeof line, "evaluate s.st %s.svm --device cpu", table);
    assert_equal_from(csv, output_of(folder, line), "samples");
    (void)snprintf(line, sizeof line, "predict c.st %s.csv --header no --device cpu --precision f64", table);
    char *const predicted = output_of(folder, line);
    (void)snprintf(line, sizeof line, "predict s.st %s.svm --device cpu --precision f64", table);
    assert_equal_from(predicted, output_of(folder, line), "\n");
}

Test(cli_svmlight, gives_the_bits_of_the_same_table_as_csv)
{
    char *const folder = make_folder("svmlight-bits");
    check_same(folder, "t", "");
    check_same(folder, "t", "--validation 0.25");
    check_same(folder, "t", "--output softmax --batch full");
    check_same(folder, "r", "");
    /* a model takes the other kind of file, too */
    char *const csv = output_of(folder, "predict c.st r.csv --header no --device cpu");
    assert_equal_from(csv, output_of(folder, "predict c.st r.svm --device cpu"), "\n");
    free(folder);
}

Test(cli_svmlight, works_with_every_command_that_takes_data)
{
    char *const folder = make_folder("svmlight-commands");
    cli_ok(folder, "train t.svm --test t.svm --validation t.svm" FAST);
    cli_ok(folder, "train t.svm --init model.safetensors --model again.st --device cpu --epochs 1");
    cli_ok(folder, "gradcheck t.svm --device cpu --hidden 3");
    cli_ok(folder, "verify t.svm --device cpu --hidden 3 --steps 3");
    cli_ok(folder, "evaluate model.safetensors t.svm --device cpu --json");
    cli_ok(folder, "predict model.safetensors t.svm --device cpu --json");
    for (int i = 0; i < 3; i++) {
        static const char *const scales[] = {"none", "minmax", "standard"};
        char line[128];
        (void)snprintf(line, sizeof line, "train t.svm --scale %s" FAST, scales[i]);
        cli_ok(folder, line);
        cli_ok(folder, "evaluate model.safetensors t.svm --device cpu");
    }
    free(folder);
}

Test(cli_svmlight, a_model_remembers_what_its_indices_count_from_and_how_many_there_are)
{
    char *const folder = cli_folder("svmlight-base");
    cli_write(folder, "zero.svm", "1 0:1 2:1\n2 1:1\n1 0:2\n2 1:2\n");
    cli_write(folder, "no-zero.svm", "1 1:1 2:1\n2 1:1\n");
    cli_write(folder, "wide.svm", "1 1:1\n2 2:1 3:1\n");
    cli_write(folder, "new.svm", "1:1 2:1\n2:1\n");
    expect(folder, "train zero.svm" FAST, 0, "note: zero.svm:1:3: indices are counted from 0");
    cli_run run = cli(folder, "evaluate model.safetensors no-zero.svm --device cpu");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_null(strstr(run.err, "indices"), "%s", run.err);
    cli_free(&run);
    expect(folder, "evaluate model.safetensors no-zero.svm --device cpu --index-base 1", 2,
           "no-zero.svm: --index-base 1: the training data of the model counts its indices from 0");
    expect(folder, "evaluate model.safetensors wide.svm --device cpu", 2,
           "wide.svm:2:7: found index 3, expected at most 2: the model takes 3 features, counted from 0");
    expect(folder, "train zero.svm --test wide.svm" FAST, 2, "wide.svm:2:7: found index 3");
    cli_ok(folder, "train zero.svm --test wide.svm --svmlight-features 4" FAST);
    cli_ok(folder, "predict model.safetensors new.svm --device cpu"); /* without labels */
    cli_ok(folder, "train no-zero.svm --index-base 1 --model one.st" FAST);
    expect(folder, "evaluate one.st zero.svm --device cpu", 2, "zero.svm:1:3: found index 0, expected 1 or more");
    expect(folder, "train no-zero.svm --init one.st --svmlight-features 9 --device cpu", 2, "--svmlight-features");
    free(folder);
}

Test(cli_svmlight, a_model_remembers_its_labels)
{
    char *const folder = cli_folder("svmlight-labels");
    cli_write(folder, "several.svm", "1,7 1:1\n7 2:1\n 3:1\n3,1 1:1 3:1\n3 2:2\n");
    cli_write(folder, "some.svm", "7 1:1\n1 2:1\n");
    cli_write(folder, "other.svm", "7 1:1\n8 2:1\n");
    expect(folder, "train several.svm" FAST, 0, "task: classify, 3 labels each");
    cli_run run = cli(folder, "evaluate model.safetensors some.svm --device cpu");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_not_null(strstr(run.out, "hamming_loss"), "%s", run.out);
    cli_free(&run);
    expect(folder, "evaluate model.safetensors other.svm --device cpu", 2,
           "other.svm:2:1: found class '8', expected one of '1', '3', '7'");
    free(folder);
}

Test(cli_svmlight, asks_for_the_target_only_where_a_file_has_columns)
{
    char *const folder = make_folder("svmlight-target");
    cli_ok(folder, "train t.svm" FAST);
    cli_ok(folder, "evaluate model.safetensors t.svm --device cpu");
    expect(folder, "evaluate model.safetensors t.csv --header no --device cpu", 2,
           "t.csv: which column are the targets? (the model does not say); say --target COL");
    cli_ok(folder, "evaluate model.safetensors t.csv --header no --target last --device cpu");
    free(folder);
}

Test(cli_svmlight, a_network_too_large_for_the_machine_is_refused)
{
    char *const folder = cli_folder("svmlight-huge");
    cli_write(folder, "huge.svm", "1 1:1 4000000000:1\n2 2:1\n1 1:1\n2 3:1\n");
    expect(folder, "train huge.svm --device cpu --hidden 1000", 2,
           "huge.svm: the largest index gives the network 4000000000 inputs and 1000 units behind them: theta takes ");
    free(folder);
}
