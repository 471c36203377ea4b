/* test_results.c - what commands read from standard input, predict and devices, and output that cannot be written. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

#define TRAIN "train points.csv --device cpu --hidden 4 --epochs 60 --batch 10 --rate 1"

/* --- the standard input ----------------------------------------------------------------------------------- */

Test(cli_stdin, is_a_data_file_wherever_one_is_read)
{
    static const char *const names[] = {"-", "/dev/stdin"};
    char *const folder = cli_data_folder("stdin");
    cli_make_foreign_model(folder);
    cli_write(folder, "some.csv", "1,0,0\n0,0,2\n0,0,2\n1,0,2\n"); /* not all classes */
    for (size_t i = 0; i < 2; i++) {
        char line[256];
        /* what was read through "-" is gone: files are opened once */
        (void)snprintf(line, sizeof line, "train %s --epochs 2 --device cpu --quiet --model %zu.safetensors "
                       "< points.csv", names[i], i);
        cli_ok(folder, line);
        (void)snprintf(line, sizeof line, "evaluate foreign.safetensors %s --target last --activation relu "
                       "--output sigmoid --device cpu --json < some.csv", names[i]);
        cJSON *const json = cli_json(folder, line, 0);
        cr_assert_eq(cli_number(json, "accuracy"), 0.75);
        cJSON_Delete(json);
        (void)snprintf(line, sizeof line, "predict 0.safetensors %s --device cpu --quiet < points.csv", names[i]);
        cli_run piped = cli(folder, line), named = cli(folder, "predict 0.safetensors points.csv --device cpu --quiet");
        cr_assert_eq(piped.status, 0, "%s", piped.err);
        cr_assert_str_eq(piped.out, named.out);
        cli_free(&piped);
        cli_free(&named);
        (void)snprintf(line, sizeof line, "evaluate 0.safetensors - --labels %s --device cpu --quiet < points.csv",
                       names[i]);
        cli_run twice = cli(folder, line);
        cr_assert_eq(twice.status, 2);
        cr_assert_not_null(strstr(twice.err, "cannot both come from the standard input"), "%s", twice.err);
        cli_free(&twice);
    }
    char *const one = cli_read(folder, "0.safetensors"), *const other = cli_read(folder, "1.safetensors");
    cr_assert_str_eq(one, other);
    free(one);
    free(other);
    free(folder);
}

/* No note, error or finding says "-". */
Test(cli_stdin, has_one_name)
{
    static const struct {
        const char *line, *expected;
    } cases[] = {
        {"train - --epochs 1 --device cpu --quiet --model m.safetensors < gaps.csv",
         "note: standard input: column 'a': 1 of 4 values are missing"},
        {"train - --epochs 1 --device cpu --quiet --model m.safetensors < gaps.csv",
         "note: standard input: class 'u' has one example"},
        {"train - --epochs 1 --device cpu --validation 0.5 --weights w --quiet --model m.safetensors < weighted.csv",
         "note: standard input: column 'w' has the weights"},
        {"train gaps.csv --labels - --device cpu --model m.safetensors < short.csv",
         "standard input: found 2 rows, expected 4 as in gaps.csv"},
        {"train - --labels short.csv --device cpu --model m.safetensors < gaps.csv",
         "short.csv: found 2 rows, expected 4 as in standard input"},
        {"train - --device cpu --model m.safetensors < bad.csv", "standard input:3:"},
        {"inspect - < gaps.csv", "standard input: text"}};
    char *const folder = cli_data_folder("stdin_name");
    cli_write(folder, "gaps.csv", "a,b,y\n1,2,t\n,3,t\n4,5,u\n6,7,t\n");
    cli_write(folder, "weighted.csv", "a,w,y\n1,2,t\n3,3,t\n4,5,u\n6,7,u\n");
    cli_write(folder, "short.csv", "t\nu\n");
    cli_write(folder, "bad.csv", "a,b,y\n1,2,t\n1,t\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cli_run run = cli(folder, cases[i].line);
        cr_assert(strstr(run.err, cases[i].expected) != NULL || strstr(run.out, cases[i].expected) != NULL, "%s: %s%s",
                  cases[i].line, run.err, run.out);
        cr_assert(strstr(run.err, "-:") == NULL && strstr(run.err, "in -") == NULL, "%s: %s", cases[i].line, run.err);
        cli_free(&run);
    }
    free(folder);
}

/* --- numbers that are too large ---------------------------------------------------------------------------- */

/* In every command: exit status 2, and where the number stands, by line and name. */
Test(cli_numbers, beyond_the_precision_are_refused_by_place)
{
    static const char *const lines[] = {"train big.csv --scale none", "train fine.csv --test big.csv --scale none",
                                        "evaluate model.safetensors big.csv", "predict model.safetensors big.csv",
                                        "verify big.csv --scale none"};
    char *const folder = cli_folder("numbers-beyond");
    cli_write(folder, "fine.csv", "x,z,y\n1,2,0\n3,1,1\n2,2,0\n4,1,1\n");
    cli_write(folder, "big.csv", "x,z,y\n1,2,0\n1e39,1,1\n2,2,0\n4,1,1\n");
    cli_write(folder, "target.csv", "x,y\n1,0.5\n2,1\n3,-1e39\n");
    cli_ok(folder, "train fine.csv --scale none --epochs 2 --device cpu");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "%s --device cpu", lines[i]);
        cli_run run = cli(folder, line);
        cr_assert_eq(run.status, 2, "%s: %d %s", line, run.status, run.err);
        cr_assert_not_null(strstr(run.err, "big.csv:3, column 'x': found 1e+39, scaled 1e+39, which is beyond"),
            "%s: %s",
                           line, run.err);
        cli_free(&run);
        (void)snprintf(line, sizeof line, "%s --device cpu --precision f64", lines[i]);
        run = cli(folder, line);
        cr_assert_eq(run.status, 0, "%s: %d %s", line, run.status, run.err);
        cli_free(&run);
        if (i < 2) cli_ok(folder, "train fine.csv --scale none --epochs 2 --device cpu");
    }
    cli_run run = cli(folder, "train target.csv --device cpu");
    cr_assert_eq(run.status, 2, "%s", run.err);
    cr_assert_not_null(strstr(run.err, "target.csv:4, target column 'y': found -1e+39"), "%s", run.err);
    cli_free(&run);
    free(folder);
}

/* 1e38 is a float, its square is none: no --rate is to blame, and a cost of inf is no result. */
Test(cli_numbers, whose_cost_is_infinite_are_named)
{
    char *const folder = cli_folder("numbers-overflow");
    cli_write(folder, "fine.csv", "x,y\n1,0.5\n2,1\n3,1.5\n");
    cli_write(folder, "large.csv", "x,y\n1,0.5\n1e38,1\n3,1.5\n");
    cli_run run = cli(folder, "train large.csv --scale none --activation relu --device cpu");
    cr_assert_eq(run.status, 4, "%s", run.err);
    cr_assert_not_null(strstr(run.err, "large.csv:3, column 'x': 1e+38"), "%s", run.err);
    cr_assert_null(strstr(run.err, "--rate"), "%s", run.err);
    cli_free(&run);
    cli_ok(folder, "train fine.csv --scale none --activation relu --epochs 1 --rate 0.01 --device cpu");
    run = cli(folder, "evaluate model.safetensors large.csv --device cpu");
    cr_assert_eq(run.status, 2, "%s%s", run.out, run.err);
    cr_assert_not_null(strstr(run.err, "large.csv:3, column 'x': 1e+38"), "%s", run.err);
    cli_free(&run);
    free(folder);
}

/* --- predict ---------------------------------------------------------------------------------------------- */

Test(cli_predict, takes_data_with_and_without_targets_alike)
{
    char *const folder = cli_data_folder("predict-targets");
    cli_ok(folder, TRAIN);
    cli_write(folder, "bare.csv", "x,y\n1.070,0.070\n0.1,1.1\n0.1,0.1\n");
    cli_write(folder, "full.csv", "x,y,colour\n1.070,0.070,blue\n0.1,1.1,blue\n0.1,0.1,blue\n");
    cli_run bare = cli(folder, "predict model.safetensors bare.csv --device cpu --quiet");
    cli_run full = cli(folder, "predict model.safetensors full.csv --device cpu --quiet");
    cr_assert_eq(bare.status, 0, "%s", bare.err);
    cr_assert_str_eq(bare.out, full.out);
    cr_assert_str_empty(bare.err);
    const char *line = bare.out;
    static const char *const begins[] = {"class,blue,green,red\n", "red,", "green,", "blue,"};
    for (int i = 0; i < 4; i++, line = strchr(line, '\n') + 1) {
        cr_assert_eq(strncmp(line, begins[i], strlen(begins[i])), 0, "line %d of\n%s", i + 1, bare.out);
    }
    cr_assert_eq(*line, '\0');
    cli_free(&bare);
    cli_free(&full);
    free(folder);
}

Test(cli_predict, a_file_holds_what_standard_output_would)
{
    char *const folder = cli_data_folder("predict-out");
    cli_ok(folder, TRAIN);
    cli_run direct = cli(folder, "predict model.safetensors points.csv --device cpu --quiet");
    cli_run to_file = cli(folder, "predict model.safetensors points.csv --device cpu --quiet --out p.csv");
    char *const written = cli_read(folder, "p.csv");
    cr_assert_not_null(written);
    cr_assert_str_eq(written, direct.out);
    cr_assert_str_eq(to_file.out, "60 predictions written to p.csv\n");
    cli_ok(folder, "predict model.safetensors points.csv --device cpu --quiet --out p.npy");
    char *const npy = cli_read(folder, "p.npy");
    cr_assert_not_null(npy);
    cr_assert_eq(memcmp(npy, "\x93NUMPY", 6), 0);
    free(npy);
    free(written);
    cli_free(&direct);
    cli_free(&to_file);
    free(folder);
}

/* Earlier predictions with these columns are written over; whatever may be somebody's file is not. */
Test(cli_predict, no_file_of_the_user_is_overwritten)
{
    static const struct {
        const char *model, *out, *text;
        bool ours;
    } files[] = {
        {"c", "p.csv", "precious", false},
        {"c", "p.md", "# readme\n", false},
        {"c", "p.csv", "class,n\nm,1,0\n", false},
        {"c", "p.csv", "class,m,n\nm,1,0\n", true},
        {"c", "p.csv", "class,m,n", false},
        {"c", "p.npy", "class,m,n\n", false},
        /* a file of targets has the names of predictions */
        {"r", "p.csv", "price\n150000\n0.5\n", false},
        {"r", "p.csv", "price\n0.5123456789012345\n0.1\n", false},
        {"r", "p.csv", "price\n0.1000000000000000056\n", false},
        {"r", "p.csv", "price\n", false},
        {"r", "p.csv", "price\n0.10000000000000001\n1\n3.2999999999999998\n0.4", true},
        {"r", "p.csv", "id,price\n7,0.10000000000000001\n", false},
    };
    char *const folder = cli_folder("predict-over"), line[256];
    cli_write(folder, "c.csv", "a,y\n1,n\n2,n\n3,m\n4,m\n");
    cli_write(folder, "n.csv", "a\n1\n2\n3\n");
    cli_write(folder, "r.csv", "a,price\n1,150000\n2,120000\n3,90000.5\n4,80000\n");
    cli_ok(folder, "train c.csv --hidden 2 --epochs 1 --device cpu --quiet --model c");
    cli_ok(folder, "train r.csv --task regress --hidden 2 --epochs 1 --device cpu --quiet --model r");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const char *const out = files[i].out;
        cli_write(folder, out, files[i].text);
        (void)snprintf(line, sizeof line, "predict %s n.csv --device cpu --quiet --out %s", files[i].model,
                       out);
        cli_run run = cli(folder, line);
        char *const text = cli_read(folder, out);
        cr_expect_eq(run.status, files[i].ours ? 0 : 2, "%zu: exit status %d, %s", i, run.status, run.err);
        cr_expect_eq(strcmp(text, files[i].text) == 0, !files[i].ours, "%zu: %s", i, text);
        if (!files[i].ours) cr_expect_not_null(strstr(run.err, ": another name, or --overwrite"), "%s", run.err);
        free(text);
        cli_free(&run);
        (void)snprintf(line, sizeof line, "predict %s n.csv --device cpu --quiet --overwrite --out %s",
                       files[i].model, out);
        cli_ok(folder, line);
    }
    /* its own, also with other columns in front */
    cli_ok(folder, "predict r r.csv --device cpu --quiet --overwrite --out p.csv");
    cli_ok(folder, "predict r r.csv --device cpu --quiet --out p.csv");
    cli_ok(folder, "predict r r.csv --device cpu --quiet --keep a --out k.csv");
    cli_ok(folder, "predict r r.csv --device cpu --quiet --keep a --out k.csv");
    cli_expect(folder, "predict r r.csv --device cpu --quiet --keep a --out p.csv", 2, "does not begin as these");
    cli_ok(folder, "predict r r.csv --device cpu --quiet --out /dev/stdout >>k.csv; grep -q a,price k.csv");
    cli_expect(folder, "predict c c.csv --device cpu --quiet --out r", 2, "does not begin as these predictions");
    free(folder);
}

Test(cli_predict, json_names_the_class_of_the_largest_output)
{
    char *const folder = cli_data_folder("predict-json");
    cli_ok(folder, TRAIN);
    cJSON *const json = cli_json(folder, "predict model.safetensors points.csv --device cpu --json", 0);
    const cJSON *const predicted = cli_member(json, "predicted"), *const outputs = cli_member(json, "outputs");
    cr_assert_eq(cJSON_GetArraySize(predicted), 60);
    cr_assert_eq(cJSON_GetArraySize(outputs), 60);
    for (int i = 0; i < 60; i++) {
        const cJSON *const row = cJSON_GetArrayItem(outputs, i);
        int best = 0;
        cr_assert_eq(cJSON_GetArraySize(row), 3);
        for (int k = 1; k < 3; k++) {
            if (cJSON_GetArrayItem(row, k)->valuedouble > cJSON_GetArrayItem(row, best)->valuedouble) best = k;
        }
        cr_assert_str_eq(cJSON_GetArrayItem(predicted, i)->valuestring,
                         cJSON_GetArrayItem(cli_member(json, "classes"), best)->valuestring);
    }
    cJSON_Delete(json);
    free(folder);
}

/* --- devices, standard output ------------------------------------------------------------------------------- */

Test(cli_devices, json_lists_the_cpu_path_and_marks_one_device)
{
    char *const folder = cli_folder("devices");
    cJSON *const json = cli_json(folder, "devices --json", 0);
    int marked = 0, cpu = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, json)
    {
        (void)cli_text(row, "platform"), (void)cli_text(row, "name"), (void)cli_text(row, "driver");
        cr_assert(cli_number(row, "memory") > 0.0);
        cr_assert(cli_number(row, "compute_units") >= 1.0);
        cr_assert(cJSON_IsBool(cli_member(row, "fp64")));
        marked += cJSON_IsTrue(cli_member(row, "auto"));
        cpu += strcmp(cli_text(row, "spec"), "cpu") == 0;
        if (strcmp(cli_text(row, "spec"), "cpu") == 0) cr_assert_str_eq(cli_text(row, "type"), "host");
    }
    cr_assert_eq(marked, 1);
    cr_assert_eq(cpu, 1);
    cJSON_Delete(json);
    cli_ok(folder, "devices");
    free(folder);
}

/* What cannot be written is an error, never a silent success. */
static void check_output_fails(const char *folder, const char *line)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 1, "clmlp %s: exit status %d", line, run.status);
    cr_assert_not_null(strstr(run.err, "clmlp: standard output cannot be written"), "clmlp %s: %s", line, run.err);
    cli_free(&run);
}

Test(cli_output, a_full_disk_is_an_error)
{
    if (access("/dev/full", W_OK) != 0) cr_skip_test("there is no /dev/full");
    char *const folder = cli_data_folder("full-disk");
    cli_ok(folder, TRAIN);
    check_output_fails(folder, "--version >/dev/full");
    check_output_fails(folder, "train --help >/dev/full");
    check_output_fails(folder, "devices >/dev/full");
    check_output_fails(folder, TRAIN " >/dev/full");
    check_output_fails(folder, TRAIN " --json >/dev/full");
    check_output_fails(folder, "evaluate model.safetensors points.csv --device cpu >/dev/full");
    check_output_fails(folder, "predict model.safetensors points.csv --device cpu >/dev/full");
    free(folder);
}

Test(cli_output, a_closed_standard_output_never_ends_up_in_the_model)
{
    char *const folder = cli_data_folder("closed");
    check_output_fails(folder, TRAIN " >&-");
    cli_ok(folder, "evaluate model.safetensors points.csv --device cpu");
    free(folder);
}

/* The shell reports the status of the last part of a pipe only, so the program leaves its own in a file. */
Test(cli_output, a_closed_pipe_is_an_error)
{
    char *const folder = cli_data_folder("pipe");
    cli_ok(folder, TRAIN);
    cli_run run = cli(folder, "--version; { until [ -e closed ]; do sleep 0.1; done; '" CLMLP_PROGRAM "' predict "
                              "model.safetensors points.csv --device cpu --quiet; echo $? >status; } | "
                              "{ exec <&-; : >closed; }");
    char *const status = cli_read(folder, "status");
    cr_assert_not_null(status);
    cr_assert_str_eq(status, "1\n");
    cr_assert_str_eq(run.err, "clmlp: standard output cannot be written: Broken pipe\n");
    free(status);
    cli_free(&run);
    free(folder);
}
