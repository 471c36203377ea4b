/* test_divided.c - a file that several ranks read together is the one that a single process reads: the same data set to
 * the last bit, the same notes, the same message at the first fault. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "divided.h"
#include "files.h"

static clmlp_load_options plain(void)
{
    clmlp_load_options options = clmlp_load_options_default();
    options.target_kind = CLMLP_TARGET_AUTO;
    return options;
}

static void same(const char *text)
{
    const clmlp_load_options options = plain();
    expect_text_same("divided.csv", text, &options);
}

/* --- lines ------------------------------------------------------------------------------------------------ */

Test(divided, numbers_with_and_without_header_and_last_line_end)
{
    same("a,b,y\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n9,10,0\n11,12,1\n13,14,1\n15,16,0\n");
    same("a,b,y\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n9,10,0\n11,12,1\n13,14,1\n15,16,0");
    same("1,2,0\n3,4,1\n5,6,0\n7,8,1\n9,10,0\n11,12,1\n13,14,1\n15,16,0\n");
    same("1;2;0\n3;4;1\n5;6;0\n7;8;1\n9;10;0\n11;12;1\n13;14;1\n15;16;0   ");
}

Test(divided, line_ends_of_all_systems)
{
    same("a,b,y\r\n1,2,0\r\n3,4,1\r\n5,6,0\r\n7,8,1\r\n9,10,0\r\n11,12,1\r\n");
    same("a,b,y\r1,2,0\r3,4,1\r5,6,0\r7,8,1\r9,10,0\r11,12,1");
    same("a,b,y\r\n1,2,0\n3,4,1\r5,6,0\r\n\r\n7,8,1\r\r9,10,0\n\n\r\n11,12,1\n\r");
    same("\xef\xbb\xbf" "a,b,y\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n");
}

Test(divided, empty_lines_and_lines_of_blanks)
{
    same("\n\na,b,y\n\n1,2,0\n   \n\n3,4,1\n\n\n\n\n\n\n5,6,0\n\t\n7,8,1\n\n9,10,0\n11,12,1\n\n\n   \n\n");
    same("a,b,y\n1,2,0\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n3,4,1\n                                            ");
}

Test(divided, fewer_rows_than_ranks)
{
    same("a,b,y\n1,2,0\n");
    same("1,2,0\n");
    same("a,b,y\n1,2,0\n3,4,1\n");
    same("a,b,y\n1,2,0\n333333333333333333333333333333333333333333333333333333333333333,4,1\n");
    same("a,b,y\n1,2,0\n3,4,1\n5,6,0\n");
    same("a,b,y\n");
    same("");
    same("\n\n");
}

Test(divided, quotes_with_line_feeds_across_the_borders)
{
    same("name,b,y\n\"one\ntwo\",1,p\n\"x\n\n\n\n\n\n\n\n\ny\",2,q\nplain,3,p\n"
         "\"a \"\"b\"\"\n,\nc\",4,q\n\"one\ntwo\",5,p\n"
         "plain,6,q\n\"x\r\ny\",7,p\n");
    same("name,b,y\n\"1,2,p\n1,2,p\n1,2,p\n1,2,p\n1,2,p\n1,2,p\n1,2,p\",1,p\nz,2,q\nz,3,p\n\"1,2,p\n1,2,p\",4,q\n");
    same("b,y,name\n1,p,\"a\nb\"\n2,q,\"c\n\nd\"\n3,p,e\n4,q,\"f\ng\nh\ni\nj\"\n5,p,\"\"\n6,q,\"k\n\"\n7,p,\"\nl\"");
}

Test(divided, quotes_that_mean_nothing)
{
    same("size,b,y\n5\" pipe,1,p\n6 pipe,2,q\n7\" pipe,3,p\n8 pipe,4,q\n9 pipe,5,p\n1\" pipe,6,q\n2 pipe,7,p\n");
    same("size,b,y\n5\" pipe,1,p\n\"6\npipe\",2,q\n7\" pipe,3,p\n8 pipe,4,q\n\"9\n\npipe\",5,p\n"
         "1\" pipe,6,q\n\"2\npipe\",7,p\n8 pipe,4,q\n");
}

/* Where lines begin is not guessed wrongly as long as quotes are what they should be: no rank reads twice. */
Test(divided, guesses_are_right)
{
    static const char *const files[] = {
        "a,b,y\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n9,10,0\n11,12,1\n13,14,1\n15,16,0\n",
        "a,b,y\r\n1,2,0\r\n3,4,1\r\n5,6,0\r\n7,8,1\r\n9,10,0\r\n11,12,1\r\n13,14,1\r\n15,16,0\r\n",
        "a,b,y\r1,2,0\r3,4,1\r5,6,0\r7,8,1\r9,10,0\r11,12,1\r13,14,1\r15,16,0\r",
        "a,b\n1,0\n\n\n\n\n\n\n\n\n\n\n\n\n2,1\n3,0\n4,1\n",
        "1.25,0\n2222.5,1\n3,0\n44444444444444444444444444444444444444,1\n5,0\n6,1\n",
        "a,b\n1,0\n2,1\n3,0\n4,1\n                                                                       ",
        "c1,c2\n1,0\n\"2\",1\n3,0\n4,1\n5,0\n",
    };
    static const char quoted[] = "a,b\nx,0\n\"x\ny,0\nz\",1\nx,0\n\"x\n\n\n\n\n\n\n\n\",1\n\"\"\"y\ny\"\"\",0\nx,0\n";
    static const char odd[] = "a,b\nx,0\ny,1\n5\" x,0\nx,1\nx,0\ny,0\ny,1\nx,0\nx,0\nx,1\ny,1\ny,0\n";
    const clmlp_load_options options = plain();
    char path[PATH_LENGTH];
    (void)scratch_path(path, "divided-guess.csv");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        write_file(path, files[i], strlen(files[i]));
        (void)expect_same(files[i], path, NULL, 2, &options);
        for (size_t ranks = 2; ranks <= MOST_RANKS; ranks++) cr_expect_eq(rounds_of(ranks), 1, "%s", files[i]);
    }
    /* a column of texts is found out in the head, so that the file is read once more from there */
    write_file(path, quoted, sizeof quoted - 1);
    (void)expect_same(quoted, path, NULL, 2, &options);
    for (size_t ranks = 2; ranks <= MOST_RANKS; ranks++) cr_expect_eq(rounds_of(ranks), 1, "%zu", rounds_of(ranks));
    write_file(path, odd, sizeof odd - 1);
    (void)expect_same(odd, path, NULL, 2, &options);
    size_t rounds = 0;
    for (size_t ranks = 2; ranks <= MOST_RANKS; ranks++) rounds += rounds_of(ranks);
    cr_expect_gt(rounds, (size_t)MOST_RANKS - 1, "quotes that open nothing mislead somebody");
    (void)remove(path);
}

/* --- columns ---------------------------------------------------------------------------------------------- */

Test(divided, all_kinds_of_columns)
{
    same("n,c,d,t,b,y\n1,red,2026-01-01,2026-01-01 10:00,true,p\n2,green,2026-01-02,2026-01-01 11:00,no,q\n"
         ",red,,2026-01-01 10:30,yes,p\n4,blue,2026-02-01,2026-01-03,false,q\n5,,2026-01-01,NA,,p\n"
         "6.5,violet,2027-01-01,2026-01-01 10:00,True,r\n7,green,2026-01-01,2026-01-01 10:00,no,p\n");
}

Test(divided, columns_whose_first_cells_are_missing)
{
    same("a,b,c,d,y\n,,,,p\n,,,,q\n,,,,p\n,x,,,q\n,x,1,,p\n,y,2,,q\n,x,3,2026-01-01,p\n,y,,2026-01-02,q\n,,5,,p\n");
    same("a,b,y\n,,p\n,,q\n,,p\n1,,q\n,,p\n,,q\nx,7,p\n,2026-01-01,q\n,,p\n"); /* numbers, then texts */
    same("a,b,y\n,,p\n,,q\n,,p\nx,,q\n,,p\n,,q\n1,2026-01-01,p\n,7,q\n,,p\n"); /* texts, then numbers */
}

Test(divided, columns_that_become_texts_late)
{
    same("a,b,y\n1,1,p\n2,2,q\n3,3,p\n4,4,q\n5,5,p\n6,6,q\n7,7,p\nx,8,q\n9,9,p\n10,z,q\n11,11,p\n");
    same("a,b,y\n1,1,p\nx,2,q\n3,3,p\n4,4,q\n5,5,p\n6,6,q\n7,unknown,p\n8,8,q\n9,-,p\n10,10,q\n11,none,p\n");
    same("d,y\n2026-01-01,p\n2026-01-02,q\n2026-01-03,p\n2026-01-04,q\n2026-01-05 10:00,p\n2026-01-06,q\n");
    same("d,y\n2026-01-01,p\n2026-01-02,q\n2026-01-03,p\n2026-01-04,q\n2026-01-05,p\nlater,q\n2026-01-07,p\n");
    same("a,b,y\n1,red,p\n2,red,q\n3,red,p\n4,red,q\n5,7,p\n6,red,q\n7,2026-01-01,p\n");
}

Test(divided, targets_of_all_kinds)
{
    same("a,y\n1,0\n2,1\n3,2\n4,0\n5,1\n6,0.5\n7,2\n8,1\n"); /* a fraction comes late */
    same("a,y\n1,0\n2,1\n3,2\n4,x\n5,1\n6,0.5\n7,2\n8,1\n"); /* behind a text */
    same("a,y\n1,0\n2,1\n3,2\n4,0.5\n5,1\n6,x\n7,2\n8,inf\n9,y\n");
    same("a,y\n1,0.25\n2,1.5\n3,2\n4,0.5\n5,1\n6,6\n7,2\n8,8\n");
    same("a,y\n1,0.25\n2,1.5\n3,2\n4,0.5\n5,1\n6,x\n7,2\n8,y\n9,inf\n");
    same("a,y\n1,0.25\n2,1.5\n3,2\n4,inf\n5,1\n6,3\n7,2\n8,4\n9,4\n");
    same("a,y\n1,10\n2,11\n3,12\n4,13\n5,14\n6,15\n7,16\n8,17\n9,18\n10,19\n");
    same("a,y\n1,1\n2,1.0\n3,01\n4,1\n5,+1\n6,2\n7,Yes\n8,yes\n");
    clmlp_load_options options = plain();
    options.missing_targets = CLMLP_MISSING_TARGETS_DROP;
    static const char *const texts[] = {"a,y\n1,0\n2,1\n3,NA\n4,0\n5,\n6,1\n7,0\n8,?\n9,1\n",
                                        "a,y\n1,0\n2,1\n3,NA\n4,0.5\n5,\n6,1\n7,0\n8,?\n9,1\n",
                                        "a,y\n1,0.5\n2,1\n3,1\n4,0.5\n5,\n6,1\n7,0\n8,?\n9,1\n",
                                        "a,y\n1,p\n2,q\n3,NA\n4,p\n5,\n6,q\n7,p\n8,?\n9,q\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        expect_text_same("divided.csv", texts[i], &options);
        same(texts[i]); /* refused, with the first place */
    }
    options.target_kind = CLMLP_TARGET_VALUES;
    expect_text_same("divided.csv", texts[0], &options);
}

Test(divided, several_targets)
{
    clmlp_load_options options = plain();
    options.target = "y,z";
    options.missing_targets = CLMLP_MISSING_TARGETS_DROP;
    expect_text_same("divided.csv", "a,y,z\n1,0,1\n2,1,0\n3,1,1\n4,yes,0\n5,0,no\n6,1,1\n7,true,0\n", &options);
    expect_text_same("divided.csv", "a,y,z\n1,0,1\n2,1,0\n3,1,1\n4,yes,0\n5,0.5,1\n6,1,1\n7,2,0\n", &options);
    expect_text_same("divided.csv", "a,y,z\n1,0,1\n2,1,0\n3,1,\n4,,\n5,0,1\n6,NA,1\n7,1,0\n8,0,?\n", &options);
    options.missing_targets = CLMLP_MISSING_TARGETS_ERROR;
    expect_text_same("divided.csv", "a,y,z\n1,0,1\n2,1,0\n3,1,0\n4,1,\n5,0,1\n6,NA,1\n7,1,0\n8,0,?\n", &options);
    expect_text_same("divided.csv", "a,y,z\n1,0,1\n2,1,0\n3,1,0\n4,1,1\n5,0,1\n6,x,1\n7,1,0\n8,0,w\n", &options);
}

Test(divided, weights_kept_columns_and_what_is_left_out)
{
    clmlp_load_options options = plain();
    options.weights = "w";
    options.ignore = "id";
    expect_text_same("divided.csv", "id,a,w,y\nu,1,1,p\nv,2,2,q\nw,3,0.5,p\nx,4,1,q\ny,5,3,p\nz,6,0,q\n", &options);
    expect_text_same("divided.csv", "id,a,w,y\nu,1,1,p\nv,2,2,q\nw,3,0.5,p\nx,4,1,q\ny,5,-3,p\nz,6,x,q\n", &options);
    options.weights = NULL;
    options.ignore = NULL;
    options.keep = "id,y";
    expect_text_same("divided.csv", "id,a,y\nu,1,p\n\"v\nv\",2,q\nw,3,p\n,4,q\nyyyyyyyy,5,p\nz,6,q\n", &options);
    same(",a,y\n0,1,p\n1,2,q\n2,3,p\n3,4,q\n4,5,p\n5,6,q\n"); /* an index */
    same(",a,y\n0,1,p\n1,2,q\n2,3,p\n3,4,q\n4,5,p\n6,6,q\n"); /* none */
    same(",a,y\n0,1,p\n1,x,q\n2,3,p\n3,4,q\n4,5,p\n5,6,q\n");
}

Test(divided, marks_of_missing_values_and_decimal_commas)
{
    static const char *const marks[] = {"-999", ""};
    clmlp_load_options options = plain();
    options.missing_texts = marks;
    options.missing_count = 2;
    expect_text_same("divided.csv", "a,b,y\n1,2,p\n-999,3,q\n4,,p\n5,-999,q\n6,7,p\n-999,8,q\n", &options);
    expect_text_same("divided.csv", "a,b,y\n1,2,p\n-999,3,q\n4,,p\n5,-999,q\n6,-999.0,p\n-999,8,q\n", &options);
    expect_text_same("divided.csv", "a,b,y\n1,x,p\n-999,x,q\n4,,p\n5,-999,q\n6,-999.0,p\n-999,8,q\n", &options);
    options = plain();
    options.decimal = CLMLP_DECIMAL_COMMA;
    expect_text_same("divided.csv", "a;b;y\n1,5;2;p\n2,5;3;q\n3;4,25;p\n4;5;q\n;6;p\n5,5;x;q\n", &options);
    same("a,y\n1.167,p\n836,q\n2.500,p\n1.100,q\n900,p\n3.123,q\n"); /* thousands? */
}

Test(divided, data_for_a_model)
{
    static const char train[] = "a,c,y\n1,red,p\n2,green,q\n,red,p\n4,blue,q\n";
    static const char *const texts[] = {
        "c,a,y\nred,1,p\ngreen,2,q\nred,3,p\nblue,4,q\nred,,p\nviolet,6,q\n,7,p\n",
        "c,a,y\nred,1,p\ngreen,2,q\nred,3,p\nblue,x,q\nred,,p\nviolet,6,q\n,7,p\n",
        "c,a,y\nred,1,p\ngreen,2,q\nred,3,p\nblue,4,q\nred,,r\nviolet,6,q\n,7,p\n",
        "extra,c,y,a\n1,red,p,1\n2,green,q,2\n3,red,p,3\n4,blue,q,4\n5,red,p,5\n"};
    static const char *const names[] = {"p", "q"};
    const clmlp_load_options options = plain();
    clmlp_dataset *const data = load_text("divided-model.csv", train, &options);
    clmlp_load_options load = clmlp_load_options_default();
    load.columns = clmlp_dataset_columns(data);
    load.class_names = names;
    load.class_count = 2;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) expect_text_same("divided.csv", texts[i], &load);
    clmlp_dataset_destroy(data);
}

Test(divided, wide_and_long)
{
    enum { WIDE = 300, ROWS = 12, LONG = 4000 };
    char *const text = malloc(1 << 20), *p = text;
    cr_assert_not_null(text);
    for (size_t j = 0; j < WIDE; j++) p += sprintf(p, "c%zu,", j);
    p += sprintf(p, "y\n");
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < WIDE; j++) p += sprintf(p, j % 7 == 0 ? "t%zu," : "%zu,", i * j % 11);
        p += sprintf(p, "%zu\n", i % 2);
    }
    same(text);
    p = text + sprintf(text, "a,b,c,y\n");
    for (size_t i = 0; i < LONG; i++) p += sprintf(p, "%zu,%zu.5,t%zu,%zu\n", i, i * 7 % 13, i % 60, i % 3);
    same(text);
    /* more texts than one and two bytes count */
    p = text + sprintf(text, "a,b,y\n");
    for (size_t i = 0; i < LONG; i++) p += sprintf(p, "%zu,t%zu,%zu\n", i, i * 7 % LONG, i % 3);
    clmlp_load_options options = plain();
    options.max_categories = SIZE_MAX;
    expect_text_same("divided.csv", text, &options);
    same(text);
    free(text);
}

/* --- faults ----------------------------------------------------------------------------------------------- */

Test(divided, first_fault_is_told_wherever_it_is)
{
    enum { ROWS = 16 };
    static const char *const faults[] = {"1,2", "1,2,p,4", "1,\"2,p", "1,2\"3\"x,p", "1,12.5%,p", "\"1\"x,2,p",
                                         "1,1e999,p", "caf\xe9,2,p", "1,,p", "x,y,p", "1,2,"};
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        for (size_t at = 0; at < ROWS; at += 3) {
            char text[2048], *p = text + sprintf(text, "a,b,y\n");
            for (size_t i = 0; i < ROWS; i++) {
                if (i == at || i == at + 4) p += sprintf(p, "%s\n", faults[f]);
                else p += sprintf(p, "%zu,%zu,%c\n", i, i * i, "pq"[i % 2]);
            }
            same(text);
        }
    }
}

Test(divided, nul_bytes_are_found)
{
    static const char text[] = "a,b,y\n1,2,p\n3,4,q\n5,6,p\n7,\0,q\n9,10,p\n11,12,q\n";
    const clmlp_load_options options = plain();
    expect_bytes_same("divided.csv", text, sizeof text - 1, &options);
}

/* --- labels ----------------------------------------------------------------------------------------------- */

Test(divided, labels_in_a_file_of_their_own)
{
    static const char *const labels[] = {"0\n1\n0\n1\n1\n0\n", "y\n0\n1\n0\n1\n1\n0\n", "p\nq\np\nq\nq\np\n",
                                         "0\n1\n0\n1\n1\n", "u,v\n1,0\n0,1\n1,0\n0,1\n1,0\n1,0\n",
                                         "u,v\n1,0\n0,1\n1,0\n0,1\n1,x\n1,0\n"};
    char path[PATH_LENGTH];
    clmlp_load_options options = plain();
    options.labels_path = scratch_path(path, "divided-labels.csv");
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        write_file(path, labels[i], strlen(labels[i]));
        expect_text_same("divided.csv", "a,b\n1,2\n3,4\n5,6\n7,8\n9,10\n11,12\n", &options);
    }
    (void)remove(path);
}

/* --- by chance -------------------------------------------------------------------------------------------- */

typedef struct chance {
    uint64_t state;
} chance;

static size_t draw(chance *c, size_t below)
{
    c->state = c->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(c->state >> 33) % below;
}

static char *cell(chance *c, char *p, size_t kind, size_t row)
{
    static const char *const texts[] = {"red", "green", "\"b\nlue\"", "\"\"\"q\"\"\"", "5\" pipe", "yes", "12", ""};
    static const char *const odd[] = {"", "NA", "x", "2026-01-01", "\"7\"", " 8 ", "\"\n\"", "-1e3", "1,5"};
    if (draw(c, 40) == 0) return p + sprintf(p, "%s", odd[draw(c, draw(c, 10) == 0 ? 9 : 8)]);
    switch (kind) {
    case 0: return p + sprintf(p, "%zu", draw(c, 1000));
    case 1: return p + sprintf(p, "%zu.%zu", draw(c, 50), draw(c, 100));
    case 2: return p + sprintf(p, "%s", texts[draw(c, 8)]);
    case 3: return p + sprintf(p, "2026-%02zu-%02zu", 1 + draw(c, 12), 1 + draw(c, 28));
    case 4: return p + sprintf(p, "%s", draw(c, 2) ? "true" : "no");
    default: return row < 9 ? p : p + sprintf(p, "%zu", row);
    }
}

static void make_file(chance *c, char *text)
{
    static const char *const ends[] = {"\n", "\r\n", "\r", "\n\n", "\n  \n"};
    const size_t columns = 1 + draw(c, 5), rows = draw(c, 40), line = draw(c, 4), kind = draw(c, 4);
    size_t kinds[5];
    char *p = text;
    for (size_t j = 0; j < columns; j++) kinds[j] = draw(c, 6);
    for (size_t j = 0; j < columns; j++) p += sprintf(p, "c%zu,", j);
    p += sprintf(p, "y%s", ends[line]);
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) {
            p = cell(c, p, kinds[j], i);
            *p++ = ',';
        }
        if (kind == 0) p += sprintf(p, "%zu", draw(c, 3));
        else if (kind == 1) p += sprintf(p, "%zu.5", draw(c, 30));
        else p += sprintf(p, "%s", draw(c, 2) ? "p" : "q");
        p += sprintf(p, "%s", i + 1 == rows && draw(c, 2) ? "" : ends[draw(c, 8) == 0 ? draw(c, 5) : line]);
    }
    *p = '\0';
}

Test(divided, files_made_by_chance)
{
    enum { FILES = 60 };
    const char *const given = getenv("CLMLP_TEST_FILES");
    const size_t files = given != NULL ? strtoul(given, NULL, 10) : FILES;
    char text[1 << 15];
    const clmlp_load_options options = plain();
    for (size_t f = 0; f < files; f++) {
        chance c = {f * 7919 + 1};
        make_file(&c, text);
        expect_text_same("divided.csv", text, &options);
    }
}
