/* test_inspect.c - clmlp inspect: data, models and other files, for people and as JSON. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "run.h"

static void expect(const char *folder, const char *line, int status, const char *in_output, const char *in_errors)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, status, "clmlp %s: exit status %d\n%s", line, run.status, run.err);
    cr_expect_not_null(strstr(run.out, in_output), "clmlp %s: no '%s' in\n%s", line, in_output, run.out);
    cr_expect_not_null(strstr(run.err, in_errors), "clmlp %s: no '%s' in\n%s", line, in_errors, run.err);
    cli_free(&run);
}

static void expect_narrow(const char *folder, const char *line)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 0, "%s", run.err);
    for (const char *p = run.out; *p != '\0'; p += strcspn(p, "\n") + 1) {
        cr_expect_leq(strcspn(p, "\n"), 100, "%.*s", (int)strcspn(p, "\n"), p);
    }
    cli_free(&run);
}

/* A safetensors file of zeros. */
static void write_tensors(const char *folder, const char *name, const char *header, size_t bytes)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const file = fopen(path, "wb");
    cr_assert_not_null(file);
    for (int i = 0; i < 8; i++) cr_assert_neq(fputc((int)(strlen(header) >> (8 * i) & 0xff), file), EOF);
    cr_assert_geq(fputs(header, file), 0);
    for (size_t i = 0; i < bytes; i++) cr_assert_neq(fputc(0, file), EOF);
    cr_assert_eq(fclose(file), 0);
}

/* --- data -------------------------------------------------------------------------------------------------------- */

static const char table[] = "city,age,t\nOslo,30,a\nBern,,b\nOslo,50,a\nBern,1e39,b\nOslo,30,a\n";

Test(inspect, shows_columns_target_and_findings)
{
    char *const folder = cli_folder("inspect");
    cli_write(folder, "t.csv", table);
    expect(folder, "inspect t.csv", 0, "5 rows, 2 columns that become 4 features", "");
    expect(folder, "inspect t.csv", 0, "2 texts: Oslo 3, Bern 2", "");
    expect(folder, "inspect t.csv", 0, "target 't': 2 classes (task: classify)\n  a  3  60.0 %\n", "");
    expect(folder, "inspect t.csv", 0, "2 findings\n  t.csv:5, column 'age': 1e+39 is beyond what a float holds", "");
    expect(folder, "inspect t.csv", 0, "  t.csv:6: is equal to line 2; 1 such row in all\n", "");
    expect(folder, "inspect t.csv --ignore age --header yes", 0, "1 finding", "");
    cli_write(folder, "clean.csv", "x,t\n1,0.5\n2,1.5\n");
    expect(folder, "inspect clean.csv", 0, "(task: regress)\n  0.5 .. 1.5, median 1, mean 1,", "");
    expect(folder, "inspect clean.csv", 0, "\nno findings\n", "");
    cli_write(folder, "marks.csv", "x,w,t\n1,1,0.5\n-999,2,1.5\n3,1,2.5\n4,1,3.5\n-999,1,4.5\n5,3,1.5\n");
    cli_write(folder, "unweighted.csv", "x,t\n1,0.5\n-999,1.5\n");
    expect(folder, "inspect marks.csv --weights w", 0, "far from all other values\n    > if it means that there is no "
           "value: --missing-values=',NA,N/A,NaN,nan,null,NULL,None,?,-999'", "'w' has the weights");
    expect(folder, "inspect marks.csv --weights w --missing-values=,-999 --ignore 1", 2, "", "no column is left");
    expect(folder, "inspect marks.csv --missing-values=,-999 --ignore w", 0, "2 of 6 values are missing", "");
    expect(folder, "inspect marks.csv --missing-values=,-999 --weights w --test unweighted.csv", 0, "2 findings", "");
    expect(folder, "inspect marks.csv --missing-values=,-999 --missing error", 2, "", "marks.csv:3:1: missing value "
           "(found '-999') in column 'x'");
    cli_write(folder, "none.csv", "x,t\n1,\n2,NA\n");
    expect(folder, "inspect none.csv", 0, "\ntarget 't': no row has one\n", "");
    expect(folder, "inspect - < clean.csv", 0, "\nno findings\n", "");
    expect(folder, "inspect clean.csv --test clean.csv", 0, "clean.csv:2: has the features of clean.csv:2", "");
    free(folder);
}

Test(inspect, says_all_of_it_as_json)
{
    char *const folder = cli_folder("inspect-json");
    cli_write(folder, "t.csv", table);
    cJSON *const json = cli_json(folder, "inspect t.csv --json", 0);
    cr_expect_str_eq(cli_text(json, "holds"), "data");
    cr_expect_eq(cli_number(json, "rows"), 5);
    cr_expect_eq(cli_number(json, "features"), 4);
    const cJSON *const columns = cli_member(json, "columns"), *const city = cJSON_GetArrayItem(columns, 0),
                *const age = cJSON_GetArrayItem(columns, 1), *const target = cli_member(json, "target");
    cr_expect_str_eq(cli_text(city, "kind"), "categorical");
    cr_expect_str_eq(cJSON_GetArrayItem(cli_member(city, "features"), 1)->valuestring, "city=Oslo");
    cr_expect_eq(cli_number(cJSON_GetArrayItem(cli_member(city, "levels"), 0), "count"), 3);
    cr_expect_eq(cli_number(age, "missing"), 1);
    cr_expect_eq(cli_number(age, "min"), 30);
    cr_expect_str_eq(cli_text(target, "task"), "classify");
    const cJSON *const a = cJSON_GetArrayItem(cli_member(target, "classes"), 0);
    cr_expect_eq(cli_number(a, "count"), 3);
    cr_expect_eq(cli_number(a, "share"), 0.6);
    const cJSON *const findings = cli_member(json, "findings"), *const row = cJSON_GetArrayItem(findings, 1);
    cr_expect_eq(cJSON_GetArraySize(findings), 2);
    cr_expect_str_eq(cli_text(row, "kind"), "duplicate_rows");
    cr_expect_str_eq(cli_text(row, "place"), "t.csv:6");
    cr_expect_eq(cJSON_GetArraySize(cli_member(json, "notes")), 0);
    cJSON_Delete(json);
    free(folder);
}

Test(inspect, cuts_wide_tables)
{
    char *const folder = cli_folder("inspect-wide");
    char *const text = malloc(200 * 64 + 200 * 200), *p = text;
    for (int j = 0; j < 100; j++) p += sprintf(p, "a column with a name that is much too long %d,", j);
    p += sprintf(p, "t\n");
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 100; j++) p += sprintf(p, "%d.123456789,", i * j + i + j);
        p += sprintf(p, "%c\n", 'a' + i % 2);
    }
    cli_write(folder, "wide.csv", text);
    expect(folder, "inspect wide.csv", 0, "  ... and 60 more columns; --all shows them\n", "");
    expect_narrow(folder, "inspect wide.csv");
    cli_run run = cli(folder, "inspect wide.csv --all");
    cr_expect_null(strstr(run.out, "more columns"));
    cli_free(&run);
    free(text);
    free(folder);
}

Test(inspect, takes_the_missing_values_that_train_takes)
{
    char *const folder = cli_folder("inspect-missing-values");
    cli_write(folder, "t.csv", "x,c,t\n1.5,?,a\n-999,u,b\n2.5,u,a\n3.5,?,b\n");
    cli_write(folder, "test.csv", "x,c,t\n-999,v,a\n7.5,-999,b\n");
    expect(folder, "inspect t.csv --missing-values=-999", 0, "1.5 .. 3.5", "");
    expect(folder, "inspect t.csv --missing-values=-999", 0, "2 texts: ? 2, u 2", "");
    cJSON *const json = cli_json(folder, "inspect t.csv --test test.csv --missing-values=-999 --json", 0);
    const cJSON *const x = cJSON_GetArrayItem(cli_member(json, "columns"), 0);
    cr_expect_eq(cli_number(x, "missing"), 1);
    cr_expect_eq(cli_number(x, "min"), 1.5);
    cJSON_Delete(json);
    /* one text of the test data is new, 'v': -999 is none */
    expect(folder, "inspect t.csv --test test.csv --missing-values=-999", 0, "'v'", "");
    cli_run run = cli(folder, "inspect t.csv --test test.csv --missing-values=-999");
    cr_expect_null(strstr(run.out, "-999"), "%s", run.out);
    cli_free(&run);
    cli_ok(folder, "train t.csv --epochs 1 --device cpu");
    expect(folder, "inspect model.safetensors --missing-values=-999", 2, "",
           "--missing-values: model.safetensors is a");
    free(folder);
}

Test(inspect, takes_no_column_of_weights_for_a_feature)
{
    char *const folder = cli_folder("inspect-weights");
    cli_write(folder, "t.csv", "x,w,t\n1.5,1,a\n2.5,2,b\n1.5,3,a\n");
    cli_write(folder, "test.csv", "x,t\n1.5,a\n7.5,b\n");
    expect(folder, "inspect t.csv --weights w", 0, "3 rows, 1 feature", "column 'w' has the weights");
    expect(folder, "inspect t.csv --weights w", 0, "t.csv:4: is equal to line 2", "");
    expect(folder, "inspect t.csv --weights w --test test.csv", 0, "test.csv:2: has the features of", "");
    expect(folder, "inspect t.csv --weights w --test t.csv", 0, "t.csv:2: has the features of", "");
    expect(folder, "inspect t.csv --weights q", 2, "", "no column 'q' for the weights");
    free(folder);
}

Test(inspect, asks_what_every_command_asks)
{
    char *const folder = cli_folder("inspect-asks");
    cli_write(folder, "t.csv", "1,2,t\n3,4,5\n6,7,5\n");
    expect(folder, "inspect t.csv", 2, "", "--header yes or --header no");
    expect(folder, "inspect t.csv --header yes", 0, "target 't'", "");
    expect(folder, "inspect nothing.csv", 2, "", "nothing.csv");
    expect(folder, "inspect t.csv --test-labels t.csv", 2, "", "there is no --test");
    expect(folder, "inspect - --test -", 2, "", "can be read once");
    free(folder);
}

Test(inspect, knows_images)
{
    char path[1024], line[4096];
    (void)snprintf(path, sizeof path, "%s/mnist1k-test-images-idx3-ubyte.gz", TEST_MNIST_DIR);
    struct stat entry;
    if (stat(path, &entry) != 0) cr_skip_test("no MNIST in %s", TEST_MNIST_DIR);
    char *const folder = cli_folder("inspect-images");
    (void)snprintf(line, sizeof line, "inspect %s --labels %s/mnist1k-test-labels-idx1-ubyte.gz", path, TEST_MNIST_DIR);
    expect(folder, line, 0, "IDX, uint8 [1000 x 28 x 28]", "");
    expect(folder, line, 0, "8-bit pixels: 0 .. 255, mean", "");
    expect(folder, line, 0, "targets: 10 classes (task: classify)\n  0   84   8.4 %\n", "");
    (void)snprintf(line, sizeof line, "inspect %s/mnist1k-test-labels-idx1-ubyte.gz", TEST_MNIST_DIR);
    expect(folder, line, 0, "it has 10 classes\n  1  126  12.6 %\n", "");
    (void)snprintf(line, sizeof line, "inspect %s", path);
    expect(folder, line, 0, "no targets (--labels FILE names a file of them)", "");
    free(folder);
}

/* --- models ------------------------------------------------------------------------------------------------------ */

Test(inspect, shows_a_model_whatever_its_name_is)
{
    char *const folder = cli_folder("inspect-model");
    cli_write(folder, "t.csv", "city,age,t\nOslo,30,a\nBern,,b\nOslo,50,a\nBern,70,b\n");
    cli_ok(folder, "train t.csv --device cpu --epochs 1 --hidden 3 --lambda 0.5 --seed 7 --model m.csv --quiet");
    expect(folder, "inspect m.csv", 0, "m.csv: a model, written by clmlp " CLMLP_TEST_VERSION, "");
    expect(folder, "inspect m.csv", 0, "4-3-2: 23 parameters", "");
    expect(folder, "inspect m.csv", 0, "classes      2: a, b\n  target       t\n  scaling      standard\n"
                                       "  lambda       0.5\n  seed         7\n", "");
    expect(folder, "inspect m.csv", 0, "takes 2 columns, by name, in any order\n", "");
    expect(folder, "inspect m.csv", 0, "Bern, Oslo\n", "");
    expect(folder, "inspect m.csv", 0, "may be missing\n", "");
    expect(folder, "inspect m.csv --target t", 2, "", "--target: m.csv is a model, no data");
    cli_run run = cli(folder, "inspect m.csv");
    cr_expect_null(strstr(run.out, "does not say"), "%s", run.out);
    cli_free(&run);
    cJSON *const json = cli_json(folder, "inspect m.csv --json", 0);
    cr_expect_str_eq(cli_text(json, "holds"), "model");
    cr_expect_str_eq(cli_text(json, "seed"), "7");
    cr_expect_eq(cli_number(json, "parameters"), 23);
    cr_expect_eq(cJSON_GetArraySize(cli_member(json, "layers")), 3);
    cr_expect_eq(cJSON_GetArraySize(cli_member(json, "lacks")), 0);
    const cJSON *const age = cJSON_GetArrayItem(cli_member(json, "columns"), 1);
    cr_expect_str_eq(cJSON_GetArrayItem(cli_member(age, "features"), 1)->valuestring, "age missing");
    cJSON_Delete(json);
    free(folder);
}

Test(inspect, says_that_columns_without_names_are_taken_by_position)
{
    char *const folder = cli_folder("inspect-numbered");
    cli_write(folder, "t.csv", "Oslo,30,a\nBern,40,b\nOslo,50,a\n");
    cli_ok(folder, "train t.csv --header no --device cpu --epochs 1 --hidden 3 --batch full --quiet");
    expect(folder, "inspect model.safetensors", 0, "takes 2 columns, by position;", "");
    expect(folder, "inspect model.safetensors", 0, "the file does not say\n  names of columns", "");
    expect(folder, "inspect model.safetensors", 0, "how it was trained, and on which data, is said by a checkpoint",
           "");
    expect(folder, "inspect t.csv --header no", 0, "\n  1       categorical        0  2 texts: Oslo 2, Bern 1", "");
    free(folder);
}

Test(inspect, says_what_a_model_from_elsewhere_lacks)
{
    char *const folder = cli_folder("inspect-outside");
    write_tensors(folder, "out.csv",
                  "{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]},"
                  "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[24,36]},"
                  "\"2.weight\":{\"dtype\":\"F32\",\"shape\":[1,3],\"data_offsets\":[36,48]}}", 48);
    expect(folder, "inspect out.csv", 0, "out.csv: a model file that clmlp did not write\n", "");
    expect(folder, "inspect out.csv", 0, "2-3-1: 13 parameters", "");
    expect(folder, "inspect out.csv", 0, "  hidden activation    --activation NAME\n", "");
    expect(folder, "inspect out.csv", 0, "  output layer         --output NAME\n", "");
    expect(folder, "inspect out.csv", 0, "takes 2 numbers a row, by position\n", "");
    write_tensors(folder, "conv", "{\"conv\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8);
    expect(folder, "inspect conv", 0, "no command of clmlp can take it:\n  conv: tensor \"conv\"", "");
    write_tensors(folder, "cut", "{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]}}", 8);
    expect(folder, "inspect cut", 2, "", "cut");
    free(folder);
}

/* Data whose name is that of a model; folders. */
Test(inspect, looks_at_the_content)
{
    char *const folder = cli_folder("inspect-content");
    cli_write(folder, "data.safetensors", "x,t\n1,a\n2,b\n3,a\n4,b\n");
    expect(folder, "inspect data.safetensors", 0, "4 rows, 1 feature", "");
    expect(folder, "inspect .", 2, "", "is a folder");
    cli_write(folder, "0000-1-theta.device.npy", "");
    expect(folder, "inspect .", 2, "", "clmlp verify DATA --against .");
    free(folder);
}

/* --- terminals ---------------------------------------------------------------------------------------------------- */

/* No control character but line ends, and the tabs of JSON; U+0080 to U+009F are C2 80 to C2 9F. */
static void expect_plain(const char *folder, const char *line, int status)
{
    cli_run run = cli(folder, line);
    const char *const texts[] = {run.out, run.err};
    cr_expect_eq(run.status, status, "%s: %s", line, run.err);
    for (size_t t = 0; t < 2; t++) {
        for (const unsigned char *c = (const unsigned char *)texts[t]; *c != '\0'; c++) {
            const bool high = *c == 0x7FU || (c[0] == 0xC2U && c[1] < 0xA0U);
            const bool low = *c < 0x20U && *c != '\n' && *c != '\t';
            cr_assert(!high && !low, "clmlp %s: byte %02x in %s", line, *c, texts[t]);
        }
    }
    cli_free(&run);
}

Test(inspect, lets_no_text_of_a_file_steer_the_terminal)
{
    char *const folder = cli_folder("inspect-terminal");
    cli_write(folder, "t.csv", "x\x1b[2J,y\xC2\x9B" "2J,k\x7Fl\n1,2.5,a\x1b[2J\n2,3.5,b\xC2\x9B" "2J\n"
                               "3,4.5,a\x1b[2J\n4,3,b\xC2\x9B" "2J\n");
    cli_write(folder, "f\x1b[2J.csv", "x,y,t\n1,2,a\n2,3,b\n3,x\xC2\x9B" "2J,a\n");
    static const char *const lines[] = {
        "inspect t.csv", "train t.csv --epochs 1 --class-weights balanced --device cpu",
        "evaluate model.safetensors t.csv --device cpu", "inspect model.safetensors", "inspect f*.csv",
        "train f*.csv --epochs 1 --device cpu"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char json[256];
        expect_plain(folder, lines[i], 0);
        (void)snprintf(json, sizeof json, "%s --json", lines[i]);
        expect_plain(folder, json, 0);
    }
    expect_plain(folder, "train t.csv --target 'q\x1b[2J'", 2);
    expect_plain(folder, "train 'none\x1b[2J.csv'", 2);
    expect_plain(folder, "train t.csv --epochs '1\x1b[2J'", 2);
    cJSON *const json = cli_json(folder, "inspect t.csv --json", 0);
    cr_expect_str_eq(cli_text(cJSON_GetArrayItem(cli_member(json, "columns"), 1), "name"), "y\xC2\x9B" "2J");
    cJSON_Delete(json);
    free(folder);
}

Test(inspect, keeps_lines_apart_where_a_name_has_a_line_end)
{
    char *const folder = cli_folder("inspect-lines");
    cli_write(folder, "t.csv", "a,\"t\nx\"\n1,p\n2,q\n3,p\n");
    cli_run run = cli(folder, "inspect t.csv");
    cr_assert_not_null(strstr(run.out, "\n\ntarget 't?x': 2 classes (task: classify)\n"), "%s", run.out);
    cli_free(&run);
    free(folder);
}
