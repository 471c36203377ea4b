/* test_columns.c - columns are known by name: in any order, with others between them, from every command. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define FAST " --device cpu --epochs 3 --batch full --hidden 3 --rate 0.3"

/* --- tables with their columns moved ----------------------------------------------------------------------- */

enum { MOST_COLUMNS = 128 };

/* One row with its columns in another order; `left_out` is none of them where it is -1. Fields are split at every
 * delimiter outside quotes. */
static size_t write_row(char *to, char *line, char delimiter, size_t seed, long left_out, const char *extra)
{
    char *fields[MOST_COLUMNS];
    size_t count = 0, used = 0, order[MOST_COLUMNS];
    bool quoted = false;
    fields[count++] = line;
    for (char *p = line; *p != '\0'; p++) {
        if (*p == '"') quoted = !quoted;
        if (*p != delimiter || quoted) continue;
        *p = '\0';
        cr_assert_lt(count, MOST_COLUMNS);
        fields[count++] = p + 1;
    }
    for (size_t j = 0; j < count; j++) order[j] = j;
    for (size_t j = count; j > 1; j--) { /* the same order in every row */
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        const size_t other = (seed >> 33) % j, kept = order[j - 1];
        order[j - 1] = order[other];
        order[other] = kept;
    }
    for (size_t j = 0; j < count; j++) {
        if (extra != NULL && j == count / 2) used += (size_t)sprintf(to + used, "%s%c", extra, delimiter);
        if ((long)order[j] == left_out) continue;
        used += (size_t)sprintf(to + used, "%s%c", fields[order[j]], delimiter);
    }
    to[used - 1] = '\n';
    return used;
}

/* The text of a table with its columns moved, and an extra one of text or a missing one. */
static void move_columns(const char *folder, const char *from, const char *to, char delimiter, size_t seed,
                         long left_out, bool extra)
{
    char *const text = cli_read(folder, from);
    cr_assert_not_null(text);
    char *const moved = malloc(2 * strlen(text) + 64 * MOST_COLUMNS + 4096 * 64);
    cr_assert_not_null(moved);
    size_t used = 0, row = 0;
    for (char *line = text, *end; *line != '\0'; line = end + 1, row++) {
        end = strchr(line, '\n');
        cr_assert_not_null(end);
        *end = '\0';
        used += write_row(moved + used, line, delimiter, seed, left_out, !extra ? NULL : row == 0 ? "added" : "wood");
    }
    moved[used] = '\0';
    cli_write(folder, to, moved);
    free(moved);
    free(text);
}

static char *predictions(const char *folder, const char *data)
{
    char line[256];
    (void)snprintf(line, sizeof line, "predict model.safetensors %s --device cpu --precision f64", data);
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 0, "clmlp %s: %s", line, run.err);
    free(run.err);
    return run.out;
}

/* Predictions of a headed table do not change by a bit when its columns move; without one of them there are none. */
static void check_table(const char *folder, const char *name, char delimiter, const char *options)
{
    char line[512];
    (void)snprintf(line, sizeof line, "train %s" FAST " %s", name, options);
    cli_ok(folder, line);
    char *const expected = predictions(folder, name);
    for (size_t seed = 1; seed <= 3; seed++) {
        move_columns(folder, name, "moved.csv", delimiter, seed, -1, seed > 1);
        char *const found = predictions(folder, "moved.csv");
        cr_assert_str_eq(found, expected, "%s, order %zu", name, seed);
        free(found);
        (void)snprintf(line, sizeof line, "cd '%s' && gzip -cn moved.csv >moved.csv.gz", folder);
        cr_assert_eq(system(line), 0);
        char *const packed = predictions(folder, "moved.csv.gz");
        cr_assert_str_eq(packed, expected, "%s, order %zu, gzipped", name, seed);
        free(packed);
    }
    cli_ok(folder, "evaluate model.safetensors moved.csv --device cpu");
    move_columns(folder, name, "missing.csv", delimiter, 2, 0, true);
    cli_expect(folder, "predict model.safetensors missing.csv --device cpu", 2, ": no column ");
    cli_expect(folder, "evaluate model.safetensors missing.csv --device cpu", 2, ": no column ");
    free(expected);
}

static char *table_folder(const char *name, const char *fetch)
{
    char *const folder = cli_data_folder(name);
    char line[1024];
    (void)snprintf(line, sizeof line, "cd '%s' && %s >table.csv", folder, fetch);
    cr_assert_eq(system(line), 0, "%s", line);
    return folder;
}

Test(cli_columns, may_come_in_any_order_with_others_between)
{
    char *const folder = cli_data_folder("columns-order");
    check_table(folder, "points.csv", ',', "");
    check_table(folder, "wide.csv", ',', "");
    cli_write(folder, "quoted.csv", "\"a \"\"b\"\"\";\" c \";\xc3\xa4;kind;\"2021\"\n1;2;3;x;5.5\n2;1;4;y;0.25\n"
                                    "1.5;2;1;x;7\n0;1;3.5;\"y\";6\n");
    check_table(folder, "quoted.csv", ';', "--target kind");
    cli_write(folder, "latin.tsv", "\xe4\tb\ty\n1\t2\t3.5\n2\t1\t4.5\n3\t3\t5.25\n");
    check_table(folder, "latin.tsv", '\t', "--output linear");
    free(folder);
}

Test(cli_columns, of_the_example_may_come_in_any_order)
{
    char *const folder = table_folder("columns-leaves", "cat '" TEST_SOURCE_DIR "/docs/example/leaves.csv'");
    check_table(folder, "table.csv", ',', "");
    free(folder);
}

Test(cli_columns, of_the_digits_may_come_in_any_order)
{
    char *const folder = table_folder("columns-digits",
                                      "gzip -dc '" TEST_SOURCE_DIR "/tests/data/digits-test.csv.gz'");
    check_table(folder, "table.csv", ',', "");
    free(folder);
}

/* Texts, booleans, dates and missing values, which a model encodes. */
static void write_mixed(const char *folder, const char *name)
{
    static const char *const cities[] = {"Oslo", "Bern", "NA", "\"Rome, the old\""};
    char text[8192];
    size_t length = (size_t)sprintf(text, "city,age,member,since,class\n");
    for (int i = 0; i < 40; i++) {
        char age[16] = "";
        if (i % 7 != 0) (void)sprintf(age, "%d.5", 20 + i * 3 % 17);
        length += (size_t)sprintf(text + length, "%s,%s,%s,2026-0%d-1%d,%s\n", cities[i * 5 % 4], age,
                                  i % 3 == 0 ? "yes" : "No", 1 + i % 9, i % 10, i % 2 == 0 ? "in" : "out");
    }
    cli_write(folder, name, text);
}

Test(cli_columns, of_every_kind_may_come_in_any_order)
{
    char *const folder = cli_data_folder("columns-kinds");
    write_mixed(folder, "mixed.csv");
    check_table(folder, "mixed.csv", ',', "");
    check_table(folder, "mixed.csv", ',', "--categorical age --max-categories 99");
    free(folder);
}

Test(cli_columns, of_every_kind_are_known_to_every_command)
{
    char *const folder = cli_data_folder("columns-known");
    write_mixed(folder, "mixed.csv");
    cli_ok(folder, "train mixed.csv" FAST " --test mixed.csv");
    char *const model = cli_read(folder, "model.safetensors"), *const expected = predictions(folder, "mixed.csv");
    static const char *const lines[] = {
        "evaluate model.safetensors mixed.csv --device cpu", "gradcheck mixed.csv --model model.safetensors",
        "gradcheck mixed.csv", "verify mixed.csv --steps 2 --device cpu --bundle none",
        "verify mixed.csv --model model.safetensors --steps 2 --device cpu --bundle none",
        "train mixed.csv --init model.safetensors --device cpu --epochs 2 --model more.safetensors"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        cli_expect(folder, lines[i], 0, "note: mixed.csv: column 'age': 6 of 40 values are missing; the median");
    }
    /* a pipe can be read once */
    char line[512];
    (void)snprintf(line, sizeof line, "train - %s <mixed.csv", FAST);
    cli_ok(folder, line);
    char *const found = predictions(folder, "- <mixed.csv");
    cr_assert_str_eq(found, expected);
    free(found);
    cli_write(folder, "other.csv", "city,age,member,since\nOslo,x,yes,2026-01-31\n");
    cli_expect(folder, "predict model.safetensors other.csv --device cpu", 2,
               "other.csv:2:6: found 'x', expected a finite number in column 'age', as in the training data");
    cli_expect(folder, "train mixed.csv" FAST " --init more.safetensors --categorical age", 2,
               "--categorical: the columns of --init 'more.safetensors' have their kinds");
    cli_expect(folder, "train mixed.csv" FAST " --missing error", 2, "mixed.csv:2:6: missing value");
    free(expected);
    free(model);
    free(folder);
}

Test(cli_columns, of_every_kind_without_a_header_go_by_position)
{
    char *const folder = cli_data_folder("columns-bare");
    cli_write(folder, "bare.csv", "Oslo,1,a\nBern,,b\nOslo,3,a\nBern,2.5,b\n");
    cli_expect(folder, "train bare.csv" FAST, 2, "does the first row name the columns?");
    cli_ok(folder, "train bare.csv --header no" FAST);
    cli_run run = cli(folder, "evaluate model.safetensors bare.csv --header no --device cpu --quiet");
    cr_assert_eq(run.status, 0);
    cr_assert_str_eq(run.err, "clmlp: note: bare.csv: column '2': 1 of 4 values are missing; the median of the "
                              "training data, 2.5, stands for them\n");
    cli_free(&run);
    /* the model knows that there was no header */
    cJSON *const json = cli_json(folder, "evaluate model.safetensors bare.csv --device cpu --json", 0);
    cr_assert_eq(cli_number(json, "samples"), 4.0);
    cJSON_Delete(json);
    cli_write(folder, "new.csv", "Rome,\nOslo,2\n");
    cli_expect(folder, "predict model.safetensors new.csv --device cpu", 2, "does the first row name the columns?");
    cli_write(folder, "known.csv", "Oslo,\nOslo,2\n");
    run = cli(folder, "predict model.safetensors known.csv --device cpu");
    cr_assert_eq(run.status, 0, "%s", run.err);
    size_t lines = 0;
    for (const char *p = run.out; *p != '\0'; p++) lines += *p == '\n';
    cr_assert_eq(lines, 3, "%s", run.out); /* none of them was taken for a header */
    cli_free(&run);
    cli_write(folder, "named.csv", "city,size,t\nOslo,1,a\n");
    run = cli(folder, "evaluate model.safetensors named.csv --device cpu --json");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_not_null(strstr(run.err, "does not know the names of its columns"), "%s", run.err);
    cr_assert_not_null(strstr(run.out, "\"samples\":\t1"), "%s", run.out);
    cli_free(&run);
    cli_write(folder, "narrow.csv", "Oslo\n");
    cli_expect(folder, "predict model.safetensors narrow.csv --header no --device cpu", 2,
               "found 1 features, expected 2");
    free(folder);
}

/* --- every command ----------------------------------------------------------------------------------------- */

Test(cli_columns, every_command_takes_them_by_name)
{
    char *const folder = cli_data_folder("columns-commands");
    cli_ok(folder, "train wide.csv" FAST);
    move_columns(folder, "wide.csv", "moved.csv", ',', 3, -1, true);
    static const char *const lines[] = {
        "evaluate model.safetensors %s --device cpu --json",
        "gradcheck %s --model model.safetensors --json",
        "train wide.csv --test %s --device cpu --epochs 2 --model again.safetensors --json",
        "verify %s --model model.safetensors --steps 2 --device cpu --bundle none --json",
        "train %s --init model.safetensors --device cpu --epochs 2 --model more.safetensors --json"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, lines[i], "wide.csv");
        cJSON *const expected = cli_json(folder, line, 0);
        (void)snprintf(line, sizeof line, lines[i], "moved.csv");
        cJSON *const found = cli_json(folder, line, 0);
        /* the last trains without data held out, and says so */
        const int others = cJSON_GetArraySize(cli_member(expected, "notes"));
        cr_assert_eq(others, i == 4 ? 1 : 0, "%s", line);
        cr_assert_eq(cJSON_GetArraySize(cli_member(found, "notes")), others + 1, "%s", line);
        cr_assert_not_null(strstr(cJSON_GetArrayItem(cli_member(found, "notes"), 0)->valuestring, "'added'"));
        cJSON_DeleteItemFromObject(expected, "notes");
        cJSON_DeleteItemFromObject(found, "notes");
        static const char *const times[] = {"seconds", "device_seconds", "samples_per_second"};
        for (size_t t = 0; t < 3; t++) {
            cJSON_DeleteItemFromObject(expected, times[t]);
            cJSON_DeleteItemFromObject(found, times[t]);
        }
        char *const a = cJSON_PrintUnformatted(expected), *const b = cJSON_PrintUnformatted(found);
        cr_assert_str_eq(a, b, "%s", line);
        cJSON_free(a);
        cJSON_free(b);
        cJSON_Delete(expected);
        cJSON_Delete(found);
    }
    free(folder);
}

Test(cli_columns, an_encoded_table_with_another_level_is_not_taken)
{
    char *const folder = cli_data_folder("columns-levels");
    cli_write(folder, "a.csv", "x,city_Bern,city_Rome,y\n1.5,0,1,a\n2,1,0,b\n1,1,0,a\n");
    cli_write(folder, "b.csv", "x,city_Oslo,city_Rome\n1.5,0,1\n");
    cli_ok(folder, "train a.csv" FAST);
    cli_expect(folder, "predict model.safetensors b.csv --device cpu", 2,
               "b.csv:1:1: no column 'city_Bern', which the model takes (found 'x', 'city_Oslo', 'city_Rome')");
    free(folder);
}

Test(cli_columns, notes_are_said_also_when_quiet)
{
    char *const folder = cli_data_folder("columns-quiet");
    cli_ok(folder, "train points.csv" FAST);
    move_columns(folder, "points.csv", "moved.csv", ',', 2, -1, true);
    cli_run run = cli(folder, "predict model.safetensors moved.csv --device cpu --quiet");
    cr_assert_str_eq(run.err, "clmlp: note: moved.csv: left out a column, which the model does not take: 'added'\n");
    cli_free(&run);
    free(folder);
}

/* --- without names ------------------------------------------------------------------------------------------ */

Test(cli_columns, without_names_the_width_decides_or_an_option)
{
    char *const folder = cli_data_folder("columns-width");
    cli_write(folder, "x.csv", "1.5,2\n2,1\n1,0\n0,0.5\n");
    cli_write(folder, "y.csv", "a\nb\na\nb\n");
    cli_write(folder, "id.csv", "7.5,1.5,2\n8.5,2,1\n");
    cli_ok(folder, "train x.csv --labels y.csv" FAST);
    cli_expect(folder, "predict model.safetensors id.csv --device cpu", 2, "--target COL");
    cli_expect(folder, "evaluate model.safetensors id.csv --device cpu", 2, "--target COL");
    cli_run a = cli(folder, "predict model.safetensors id.csv --device cpu --ignore 1");
    cli_run b = cli(folder, "predict model.safetensors id.csv --device cpu --target 1");
    cli_run c = cli(folder, "predict model.safetensors x.csv --device cpu");
    cr_assert(a.status == 0 && b.status == 0 && c.status == 0);
    cr_assert_str_eq(a.out, b.out);
    *(strchr(strchr(strchr(c.out, '\n') + 1, '\n') + 1, '\n') + 1) = '\0'; /* the first two */
    cr_assert_str_eq(a.out, c.out);
    cli_free(&a);
    cli_free(&b);
    cli_free(&c);
    free(folder);
}

Test(cli_columns, of_a_file_without_names_are_taken_by_position_with_a_note)
{
    char *const folder = cli_data_folder("columns-position");
    cli_ok(folder, "train points.csv" FAST);
    cli_write(folder, "two.csv", "0.5,0.25\n1,0\n");
    cli_write(folder, "three.csv", "0.5,0.25,red\n1,0,green\n");
    cli_write(folder, "four.csv", "9,0.5,0.25,red\n9,1,0,green\n");
    cli_expect(folder, "predict model.safetensors two.csv --device cpu", 0, "note: two.csv: has no names of columns");
    cli_expect(folder, "predict model.safetensors three.csv --device cpu --header no", 2, "give the column's index");
    cli_expect(folder, "predict model.safetensors three.csv --device cpu --header no --target 3", 0, "by position");
    cli_expect(folder, "predict model.safetensors four.csv --device cpu --header no --target 4", 2, "expected 2");
    cli_expect(folder, "predict model.safetensors four.csv --device cpu --header no --target 4 --ignore 1", 0,
               "position");
    free(folder);
}

Test(cli_columns, a_target_is_found_by_its_name_alone)
{
    char *const folder = cli_data_folder("columns-target-name");
    cli_write(folder, "names.csv", "3,a,b\nu,1,2\nv,2,3\nu,4,4\n");
    cli_write(folder, "other.csv", "a,b,extra\n1,2,v\n2,3,v\n4,4,u\n");
    cli_write(folder, "moved.csv", "b,a,3\n2,1,u\n3,2,v\n4,4,u\n");
    cli_ok(folder, "train names.csv --header yes --target 3" FAST);
    cli_ok(folder, "evaluate model.safetensors moved.csv --device cpu");
    cli_expect(folder, "evaluate model.safetensors other.csv --device cpu", 2, "no target column '3'");
    cli_expect(folder, "evaluate model.safetensors other.csv --device cpu --target extra", 0, "");
    cli_expect(folder, "evaluate model.safetensors other.csv --device cpu --target 3", 0, "");
    /* the number is one of the training file */
    cli_write(folder, "first.csv", "y,a,b\nu,1,2\nv,2,3\nu,4,4\n");
    cli_write(folder, "last.csv", "b,a,y\n2,1,u\n3,2,v\n4,4,u\n");
    cli_write(folder, "extra.csv", "extra,b,a\nu,2,1\nv,3,2\nv,4,4\n");
    static const char *const options[] = {"test", "validation"};
    for (size_t i = 0; i < 2; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "train first.csv --target 1 --%s last.csv" FAST, options[i]);
        cli_ok(folder, line);
        (void)snprintf(line, sizeof line, "train first.csv --target 1 --%s extra.csv" FAST, options[i]);
        cli_expect(folder, line, 2, "extra.csv:1:1: no target column 'y'");
    }
    free(folder);
}

Test(cli_columns, the_target_never_becomes_a_feature)
{
    char *const folder = cli_data_folder("columns-target");
    cli_ok(folder, "train points.csv" FAST);
    cli_expect(folder, "evaluate model.safetensors points.csv --device cpu --target x", 2,
               "points.csv:1:1: column 'x' is a feature of the model, so it cannot be the target");
    cli_write(folder, "plain.csv", "0.5,0.25,0\n1,0,1\n0.5,1,0\n");
    cli_ok(folder, "train plain.csv" FAST);
    cli_expect(folder, "evaluate model.safetensors plain.csv --device cpu --target 1", 2,
               "plain.csv:1:10: column 3 is the target that the model was trained on");
    cli_expect(folder, "predict model.safetensors plain.csv --device cpu --target 1", 2, "column 3 is the target");
    cli_ok(folder, "evaluate model.safetensors plain.csv --device cpu --target 3");
    free(folder);
}

/* --- the choice of columns ---------------------------------------------------------------------------------- */

Test(cli_columns, are_chosen_once_and_then_known)
{
    char *const folder = cli_data_folder("columns-chosen");
    cli_ok(folder, "train wide.csv" FAST " --features a,3-4 --ignore d --model chosen.safetensors");
    cli_write(folder, "named.csv", "colour,c,a\nred,1,2.5\n");
    cli_expect(folder, "predict chosen.safetensors named.csv --device cpu", 0, "named.csv: 1 example, 2 features");
    cli_ok(folder, "train wide.csv" FAST " --ignore b,d --test wide.csv --model ignored.safetensors");
    char *const a = cli_read(folder, "chosen.safetensors"), *const b = cli_read(folder, "ignored.safetensors");
    cr_assert(memcmp(a, b, 8) == 0);
    free(a);
    free(b);
    static const struct { const char *options, *message; } wrong[] = {
        {"--ignore e", "wide.csv:1:1: --ignore 'e': no such column, expected a number from 1 to 5 or one of 'a', 'b', "
                       "'c', 'd', 'colour'"},
        {"--ignore 6", "--ignore '6': no such column"}, {"--ignore 3-2", "--ignore '3-2': no such column"},
        {"--ignore a,,b", "--ignore '': no such column"}, {"--features 0", "--features '0': no such column"},
        {"--ignore colour", "--ignore 'colour': this is the target column"},
        {"--features 2-5", "--features '2-5': this is the target column"},
        {"--ignore 1-4", "no column is left to be a feature"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "train wide.csv" FAST " %s", wrong[i].options);
        cli_expect(folder, line, 2, wrong[i].message);
    }
    free(folder);
}

Test(cli_columns, that_only_name_the_rows_are_told)
{
    char *const folder = cli_data_folder("columns-rows");
    char pandas[4096], plain[4096], rows[4096];
    size_t a = (size_t)sprintf(pandas, ",x,y\n"), b = (size_t)sprintf(plain, "x,y\n");
    size_t c = (size_t)sprintf(rows, "id,x,y\n");
    for (int i = 0; i < 24; i++) {
        a += (size_t)sprintf(pandas + a, "%d,%d.5,%d\n", i, i % 5, i % 2);
        b += (size_t)sprintf(plain + b, "%d.5,%d\n", i % 5, i % 2);
        c += (size_t)sprintf(rows + c, "%d,%d.5,%d\n", 1000 + i * 7 % 24, i % 5, i % 2);
    }
    cli_write(folder, "pandas.csv", pandas);
    cli_write(folder, "plain.csv", plain);
    cli_write(folder, "rows.csv", rows);
    cli_expect(folder, "train pandas.csv" FAST, 0,
               "note: pandas.csv: left out column 1 (it has no name), which counts the "
               "rows from 0");
    cli_ok(folder, "train plain.csv" FAST " --model plain.safetensors");
    char *const first = predictions(folder, "pandas.csv"), *const second = predictions(folder, "plain.csv");
    cr_assert_str_eq(first, second);
    free(first);
    free(second);
    cli_expect(folder, "train rows.csv" FAST, 0,
               "note: rows.csv: column 'id' holds another integer in each row; if it only names the rows, leave it out "
               "with --ignore 'id'");
    free(folder);
}
