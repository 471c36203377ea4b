/* test_keep.c - predict --keep: columns that are carried into the predictions as they stand. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tables.h"

/* The kept columns in front of the same predictions. */
static void expect_kept(const char *folder, const char *data, const char *options, const char *const *kept, size_t rows)
{
    char line[512];
    (void)snprintf(line, sizeof line, "predict model.safetensors %s --device cpu", data);
    char *const plain = output(folder, line);
    (void)snprintf(line, sizeof line, "predict model.safetensors %s --device cpu %s", data, options);
    char *const found = output(folder, line);
    char *p = plain, *q = found;
    for (size_t i = 0; i < rows; i++) {
        const size_t length = strlen(kept[i]);
        cr_assert_eq(strncmp(q, kept[i], length), 0, "%s, row %zu: %.60s", line, i, q);
        char *const end = strchr(p, '\n');
        cr_assert_eq(strncmp(q + length, p, (size_t)(end - p) + 1), 0, "%s, row %zu: %.60s", line, i, q);
        q += length + (size_t)(end - p) + 1;
        p = end + 1;
    }
    cr_assert(*p == '\0' && *q == '\0', "%s: more rows", line);
    free(found);
    free(plain);
}

Test(cli_keep, kept_columns_come_first_as_they_stand)
{
    char *const folder = folder_of_tables("several-kept");
    cli_write(folder, "new.csv", "z,id,x,note\n0.5,007,1,\"a, \"\"b\"\"\"\n\n1,,2,\"two\nlines\"\n-1,1e3,0.250,NA\n");
    cli_ok(folder, "train labels.csv --target a,b" FAST);
    static const char *const kept[] = {"id,note,x,", "007,\"a, \"\"b\"\"\",1,", ",\"two\nlines\",2,", "1e3,NA,0.250,"};
    expect_kept(folder, "new.csv", "--keep id,note,x", kept, 4);
    expect_kept(folder, "new.csv", "--keep 2,4,3", kept, 4);
    expect_kept(folder, "- <'new.csv'", "--keep id,note,x", kept, 4);
    char line[512];
    (void)snprintf(line, sizeof line, "cd '%s' && gzip -cn new.csv >new.csv.gz", folder);
    cr_assert_eq(system(line), 0);
    expect_kept(folder, "new.csv.gz", "--keep id,note,x", kept, 4);
    cli_ok(folder, "predict model.safetensors new.csv --device cpu --keep id --out kept.csv");
    char *const filed = cli_read(folder, "kept.csv"), *const said = output(folder, "predict model.safetensors new.csv "
                                                                           "--device cpu --keep id");
    cr_assert_str_eq(filed, said);
    free(filed);
    free(said);
    cJSON *const json = cli_json(folder, "predict model.safetensors new.csv --device cpu --keep note,id --json", 0);
    const cJSON *const second = cJSON_GetArrayItem(cli_member(json, "kept"), 1);
    cr_assert_str_eq(cli_text(second, "name"), "id");
    cr_assert_str_eq(cJSON_GetArrayItem(cli_member(second, "values"), 0)->valuestring, "007");
    cJSON_Delete(json);
    expect(folder, "predict model.safetensors new.csv --device cpu --keep none", 2,
           "new.csv:1:1: --keep 'none': no such column");
    expect(folder, "predict model.safetensors new.csv --device cpu --keep id --out h.npy", 2, "--keep: a matrix");
    expect(folder, "predict model.safetensors labels.csv --device cpu --keep a", 0,
           "note: --keep has a column 'a'; that of the predictions is called 'a_predicted'");
    char *const two = output(folder, "predict model.safetensors labels.csv --device cpu --keep a --quiet");
    cr_assert_eq(strncmp(two, "a,a_predicted,b\n", strlen("a,a_predicted,b\n")), 0, "%.60s", two);
    free(two);
    free(folder);
}

Test(cli_keep, kept_columns_of_tables_of_several_kinds)
{
    char *const folder = cli_data_folder("several-kept-kinds");
    cli_write(folder, "train.csv", "city,age,y\nOslo,1,a\nBern,,b\nOslo,3,a\nBern,2.5,b\n");
    cli_write(folder, "new.csv", "id,age,city\n1.0,,Bern\nx,7,Rome\n");
    cli_ok(folder, "train train.csv" FAST);
    static const char *const kept[] = {"city,id,", "Bern,1.0,", "Rome,x,"};
    expect_kept(folder, "new.csv", "--keep city,id", kept, 3);
    free(folder);
}

Test(cli_keep, kept_columns_are_no_features_without_names)
{
    char *const folder = cli_data_folder("several-kept-bare");
    cli_write(folder, "train.csv", "1,2,0\n2,1,1\n3,1,0\n2,2,1\n");
    cli_write(folder, "id.csv", "n7,1,2\nn8,2,1\n");
    cli_write(folder, "x.csv", "1,2\n2,1\n");
    cli_write(folder, "whole.csv", "1,2,0\n2,1,1\n");
    cli_ok(folder, "train train.csv" FAST);
    char *const plain = output(folder, "predict model.safetensors x.csv --device cpu");
    char *const kept = output(folder, "predict model.safetensors id.csv --device cpu --keep 1 --ignore 1 --header no");
    const char *p = strchr(plain, '\n') + 1, *const q = strstr(kept, "\nn7,") + 4;
    cr_assert_eq(strncmp(kept, "column_1,class,", 15), 0, "%s", kept);
    cr_assert_eq(strncmp(q, p, (size_t)(strchr(p, '\n') - p) + 1), 0, "%s\n%s", plain, kept);
    free(plain);
    free(kept);
    /* the target may be kept; a feature may not, for then one would be missing */
    cli_ok(folder, "predict model.safetensors whole.csv --device cpu --keep 3");
    expect(folder, "predict model.safetensors x.csv --device cpu --keep 1", 2, "expected 2");
    /* which three columns are these: an id and two features, or two features and the target? */
    expect(folder, "predict model.safetensors whole.csv --device cpu --keep 1", 2,
           "whole.csv:1:1: is each column of --keep a feature?");
    free(folder);
}

/* --- spreadsheets ------------------------------------------------------------------------------------------------- */

/* Blanks, marks that nobody sees, full width, and other ends of fields. */
Test(cli_keep, hides_no_formula_from_itself)
{
    static const char *const texts[] = {"x;=1+1", "\xE3\x80\x80=1", "\xE2\x80\xAE=1", "\xEF\xBC\x9D" "1",
                                        "\xE2\x80\x8B-a", "\xC2\xA0@a"};
    static const char *const marked[] = {"\nx;'=1+1,", "\n'\xE3\x80\x80=1,", "\n'\xE2\x80\xAE=1,",
                                         "\n'\xEF\xBC\x9D" "1,", "\n'\xE2\x80\x8B-a,", "\n'\xC2\xA0@a,"};
    static const char *const plain[] = {"x;1", "a=b", "-5", "\xEF\xBC\x8E" "1", "x; y"};
    char *const folder = cli_folder("spreadsheet-hidden");
    char table[512] = "id,x,t\n", line[64];
    for (size_t i = 0; i < 11; i++) {
        (void)snprintf(line, sizeof line, "%s,%zu,%s\n", i < 6 ? texts[i] : plain[i - 6], i, i % 2 == 0 ? "a" : "b");
        (void)strcat(table, line);
    }
    cli_write(folder, "t.csv", table);
    cli_ok(folder, "train t.csv --features x --epochs 1 --device cpu");
    cli_ok(folder, "predict model.safetensors t.csv --device cpu --keep id --for-spreadsheet --out marked.csv");
    char *const found = cli_read(folder, "marked.csv");
    for (size_t i = 0; i < 6; i++) cli_expect_in(found, marked[i]);
    for (size_t i = 0; i < 5; i++) {
        (void)snprintf(line, sizeof line, "\n%s,", plain[i]);
        cli_expect_in(found, line);
    }
    free(found);
    free(folder);
}

Test(cli_keep, makes_no_formula_of_names_and_texts_for_a_spreadsheet)
{
    char *const folder = cli_folder("spreadsheet");
    cli_write(folder, "t.csv", "=id,x,t\n@a,1,=1+1\n-5,2,+b\n-a,3,=1+1\n\"=\"\"c\"\"\",4,+b\n-inf,5,=1+1\n"
                               "d-e,6,+b\n");
    cli_ok(folder, "train t.csv --features x --epochs 1 --device cpu");
    cli_ok(folder, "predict model.safetensors t.csv --device cpu --keep =id --out as-it-is.csv");
    cli_ok(folder, "predict model.safetensors t.csv --device cpu --keep =id --for-spreadsheet --out marked.csv");
    char *const plain = cli_read(folder, "as-it-is.csv"), *const marked = cli_read(folder, "marked.csv");
    static const char as_it_is[] = "=id,class,+b,=1+1\n@a,", with_marks[] = "'=id,class,'+b,'=1+1\n'@a,'";
    cr_assert_eq(strncmp(plain, as_it_is, sizeof as_it_is - 1), 0, "%s", plain);
    cr_assert_eq(strncmp(marked, with_marks, sizeof with_marks - 1), 0, "%s", marked);
    static const char *const rows[] = {"\n-5,'", "\n'-a,'", "\n\"'=\"\"c\"\"\",'", "\n'-inf,'", "\nd-e,'"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) cli_expect_in(marked, rows[i]);
    cli_expect(folder, "inspect model.safetensors > /dev/null", 0,
               "a spreadsheet takes 2 names of classes for formulas");
    cli_expect(folder, "inspect t.csv > /dev/null", 0, "first '+b' (clmlp predict --for-spreadsheet)");
    cli_expect_bad(folder, "predict model.safetensors t.csv --for-spreadsheet --out p.npy", "has no place for it");
    cli_expect_bad(folder, "predict model.safetensors t.csv --for-spreadsheet --json", "--json writes none");
    free(plain);
    free(marked);
    free(folder);
}
