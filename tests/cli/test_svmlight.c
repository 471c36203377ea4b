/* test_svmlight.c - svmlight's text from every command: the bits of the same table as CSV; what a model remembers. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define FAST " --device cpu --epochs 3 --hidden 3 --rate 0.3"

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
    cli_expect(folder, "train zero.svm" FAST, 0, "note: zero.svm:1:3: indices are counted from 0");
    cli_run run = cli(folder, "evaluate model.safetensors no-zero.svm --device cpu");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_null(strstr(run.err, "indices"), "%s", run.err);
    cli_free(&run);
    cli_expect(folder, "evaluate model.safetensors no-zero.svm --device cpu --index-base 1", 2,
               "no-zero.svm: --index-base 1: the training data of the model counts its indices from 0");
    cli_expect(folder, "evaluate model.safetensors wide.svm --device cpu", 2,
               "wide.svm:2:7: found index 3, expected at most 2: the model takes 3 features, counted from 0");
    cli_expect(folder, "train zero.svm --test wide.svm" FAST, 2, "wide.svm:2:7: found index 3");
    cli_ok(folder, "train zero.svm --test wide.svm --svmlight-features 4" FAST);
    cli_ok(folder, "predict model.safetensors new.svm --device cpu"); /* without labels */
    cli_ok(folder, "train no-zero.svm --index-base 1 --model one.st" FAST);
    cli_expect(folder, "evaluate one.st zero.svm --device cpu", 2, "zero.svm:1:3: found index 0, expected 1 or more");
    cli_expect(folder, "train no-zero.svm --init one.st --svmlight-features 9 --device cpu", 2, "--svmlight-features");
    free(folder);
}

Test(cli_svmlight, a_model_remembers_its_labels)
{
    char *const folder = cli_folder("svmlight-labels");
    cli_write(folder, "several.svm", "1,7 1:1\n7 2:1\n 3:1\n3,1 1:1 3:1\n3 2:2\n");
    cli_write(folder, "some.svm", "7 1:1\n1 2:1\n");
    cli_write(folder, "other.svm", "7 1:1\n8 2:1\n");
    cli_expect(folder, "train several.svm" FAST, 0,
               "task: classify, several labels: how many of 5 have each: '1' 2, '3' 2, '7' 2");
    cli_run run = cli(folder, "evaluate model.safetensors some.svm --device cpu");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_not_null(strstr(run.out, "hamming_loss"), "%s", run.out);
    cli_free(&run);
    cli_expect(folder, "evaluate model.safetensors other.svm --device cpu", 2,
               "other.svm:2:1: found class '8', expected one of '1', '3', '7'");
    free(folder);
}

Test(cli_svmlight, asks_for_the_target_only_where_a_file_has_columns)
{
    char *const folder = make_folder("svmlight-target");
    cli_ok(folder, "train t.svm" FAST);
    cli_ok(folder, "evaluate model.safetensors t.svm --device cpu");
    cli_expect(folder, "evaluate model.safetensors t.csv --header no --device cpu", 2,
               "t.csv: which column are the targets? (the model does not say); say --target COL");
    cli_ok(folder, "evaluate model.safetensors t.csv --header no --target last --device cpu");
    free(folder);
}

Test(cli_svmlight, a_network_too_large_for_the_machine_is_refused)
{
    char *const folder = cli_folder("svmlight-huge");
    cli_write(folder, "huge.svm", "1 1:1 4000000000:1\n2 2:1\n1 1:1\n2 3:1\n");
    cli_expect(folder, "train huge.svm --device cpu --hidden 1000", 2,
               "huge.svm:1:7: found index 4000000000, expected a smaller one: that makes 4000000000 features");
    cli_expect(folder, "train huge.svm --device cpu --hidden 1000000", 2,
               "that makes 4000000000 features, and only 5 numbers are stored");
    cli_write(folder, "huge.svm", "1 1:1 2000000000:1\n2 2:1\n1 1:1\n2 3:1\n");
    cli_expect(folder, "train huge.svm --device cpu --hidden 100000 --svmlight-features 2000000000", 2,
               "huge.svm: the largest index gives the network 2000000000 inputs and 100000 units behind them: theta "
               "takes ");
    free(folder);
}

/* A column of a model that is boolean, or is a number with a feature for "missing", is made of sparse rows as of dense
 * ones. */
Test(cli_svmlight, a_model_of_a_table_with_encoded_columns_takes_it_by_position)
{
    char *const folder = cli_folder("svm-encoded");
    cli_write(folder, "t.csv", "a,b,c,t\n1,yes,2,u\n0,no,,v\n3,no,0,u\n0,yes,4,v\n");
    cli_write(folder, "p.csv", "a,b,c\n1,yes,2\n0,no,0\n3,no,5\n");
    cli_write(folder, "p.svm", "1:1 2:1 3:2\n1:0\n1:3 3:5\n");
    cli_write(folder, "bad.svm", "1:1 2:0.5\n");
    free(output_of(folder, "train t.csv --model m.safetensors" FAST));
    char *const csv = output_of(folder, "predict m.safetensors p.csv --device cpu --precision f64");
    assert_equal_from(csv, output_of(folder, "predict m.safetensors p.svm --device cpu --precision f64"), "\n");
    cli_expect(folder, "predict m.safetensors bad.svm --device cpu", 2,
               "row 1, column 'b': found '0.5', expected boolean");
    free(folder);
}

/* --- clmlp inspect ----------------------------------------------------------------------------------------------- */

static void shows(const char *folder, const char *line, const char *part, const char *not_part)
{
    char *const out = output_of(folder, line);
    cr_expect_not_null(strstr(out, part), "clmlp %s: no '%s' in\n%s", line, part, out);
    cr_expect(not_part[0] == '\0' || strstr(out, not_part) == NULL, "clmlp %s: '%s' in\n%s", line, not_part, out);
    free(out);
}

Test(cli_svmlight, inspect_shows_the_data)
{
    char *const folder = cli_folder("inspect-svm");
    cli_write(folder, "a.svm", "1 1:0.5 3:2\n-1 2:-1\n1 1:0.5 3:2\n-1 3:1e39\n-1 1:0.5 3:2\n");
    shows(folder, "inspect a.svm", "indices counted from 1, 8 of 15 numbers stored (53.3 %)", "--ignore");
    shows(folder, "inspect a.svm", "5 rows, 3 features\n\n  sparse numbers: -1 .. 1e+39, mean", "too many");
    shows(folder, "inspect a.svm", "3 of 3 columns vary\n  index  kind     missing  holds", "");
    shows(folder, "inspect a.svm", "\n  3      numeric        0  0 .. 1e+39", "");
    shows(folder, "inspect a.svm", "targets: 2 classes (task: classify)\n  -1  3  60.0 %\n", "");
    shows(folder, "inspect a.svm", "3 findings\n  a.svm:4, index 3: 1e+39 is beyond what a float holds", "");
    shows(folder, "inspect a.svm", "a.svm:3: is equal to line 1; 1 such row in all", "");
    shows(folder, "inspect a.svm", "a.svm:1: has the features of line 5, but another class; 3 such rows", "");
    shows(folder, "inspect a.svm --index-base 0", "4 features", "");
    shows(folder, "inspect a.svm --index-base 0", "\n  0      numeric        0  always 0", "");
    shows(folder, "inspect a.svm --json", "\"index_base\":\t1,", "");
    cli_write(folder, "b.txt", "a,b 1:1\n 2:1\n");
    shows(folder, "inspect b.txt --format svmlight", "2 labels, any of them in a row", "");
    shows(folder, "inspect b.txt --format svmlight", "  a: in 50.0 % of the rows", "");
    cli_expect(folder, "inspect a.svm --format csv", 2, "");
    free(folder);
}

Test(cli_svmlight, inspect_compares_test_data_by_index)
{
    char *const folder = cli_folder("inspect-svm-test");
    cli_write(folder, "a.svm", "1 1:0.5 3:2\n-1 2:-1\n1 3:1\n-1 3:4\n");
    cli_write(folder, "b.svm", "1 1:1\n-1 2:-1\n");
    cli_write(folder, "wide.svm", "1 1:1\n-1 4:-1\n");
    cli_write(folder, "zero.svm", "1 0:1\n-1 2:-1\n");
    cli_write(folder, "b.csv", "1,1,1,1\n0,-1,0,-1\n");
    shows(folder, "inspect a.svm --test b.svm",
          "1 finding\n  b.svm:2: has the features of a.svm:2; so has 1 of 2 rows, 1 of them with the same target", "");
    cli_expect(folder, "inspect a.svm --test b.csv --header no", 2, "which column are the targets?");
    shows(folder, "inspect a.svm --test b.csv --header no --target last",
          "b.csv:2: has the features of a.svm:2; so has 1 of 2 rows, 1 of them", "");
    shows(folder, "inspect b.csv --header no --test a.svm",
          "a.svm:2: has the features of b.csv:2; so has 1 of 4 rows, 1 of them", "");
    shows(folder, "inspect a.svm --test wide.svm", "wide.svm: has 4 columns of features, the training data have 3", "");
    cli_expect(folder, "inspect a.svm --test zero.svm", 2, "found index 0, expected 1 or more: in the training data");
    free(folder);
}

/* 100,000 columns are described at once, in no time that a test would notice. */
Test(cli_svmlight, inspect_leaves_out_the_columns_of_wide_data)
{
    char *const folder = cli_folder("inspect-wide");
    enum { ROWS = 2000 };
    char *const text = malloc(ROWS * 64);
    size_t used = 0;
    for (unsigned i = 0; i < ROWS; i++) {
        used += (size_t)sprintf(text + used, "%u %u:%u 100000:1\n", i % 2, 1 + i * 37, i + 1);
    }
    cli_write(folder, "w.svm", text);
    free(text);
    shows(folder, "inspect w.svm", "2000 rows, 100000 features\n\n  sparse numbers: 0 .. 2000, mean", "index  kind");
    shows(folder, "inspect w.svm", "2000 of 100000 columns vary\n  they are too many to be listed one by one\n", "");
    shows(folder, "inspect w.svm", "no findings", "");
    shows(folder, "inspect w.svm --json", "\"vary\":\t2000", "\"columns\"");
    shows(folder, "inspect w.svm --test w.svm", "so have 2000 of 2000 rows, 2000 of them with the same target", "");
    free(folder);
}

Test(cli_svmlight, inspect_shows_what_a_model_counts_from)
{
    char *const folder = make_folder("inspect-svm-model");
    cli_write(folder, "l.svm", "a,b 0:1\nb 1:1\n");
    free(output_of(folder, "train t.svm --model m.safetensors" FAST));
    shows(folder, "inspect m.safetensors", "  indices      of svmlight text, counted from 1\n", "COL");
    free(output_of(folder, "train l.svm --model l.safetensors" FAST));
    shows(folder, "inspect l.safetensors", "  labels       2: a, b\n", "names of classes");
    shows(folder, "inspect l.safetensors --json", "\"index_base\":\t0,", "");
    cli_expect(folder, "inspect m.safetensors --index-base 1", 2, "--index-base: m.safetensors is a model, no data");
    free(folder);
}

/* Folds of sparse data; what --scale auto means is said once. */
Test(cli_svmlight, cross_validates_and_says_once_that_nothing_is_scaled)
{
    char *const folder = make_folder("cv-svm");
    cli_run run = cli(folder, "train t.svm --cross-validate 3" FAST);
    cr_assert_eq(run.status, 0, "%s", run.err);
    const char *const said = strstr(run.err, "sparse features are not scaled");
    cr_assert_not_null(said, "%s", run.err);
    cr_expect_null(strstr(said + 1, "sparse features are not scaled"), "%s", run.err);
    cli_free(&run);
    check_same(folder, "t", " --scale robust");
    free(folder);
}
