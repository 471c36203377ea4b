/* test_delimiters.c - what separates the columns of a text file, and what the fractions of its numbers. */
#include "files.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/dataset.h"

static void expect_question(const char *text, const char *message)
{
    const clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    char path[PATH_LENGTH], expected[1024];
    clmlp_dataset *d = NULL;
    clmlp_error error = {.message = "no message"};
    write_file(scratch_path(path, "delimiter.csv"), text, strlen(text));
    cr_expect_eq(clmlp_dataset_load(&d, path, &options, &error), CLMLP_BAD_INPUT, "%s", text);
    snprintf(expected, sizeof expected, "%s%s", path, message);
    cr_expect_str_eq(error.message, expected, "%s:\n  got      %s\n  expected %s", text, error.message, expected);
    clmlp_dataset_destroy(d);
    remove(path);
}

Test(delimiters, two_that_could_be_are_asked_about)
{
    static const char comma_or_semicolon[] =
        ":1:1: are the columns separated by commas or by semicolons? (the first rows have both); say --delimiter comma "
        "or --delimiter semicolon, and --decimal , where numbers are written 1,5";
    static const char comma_or_tab[] =
        ":1:1: are the columns separated by commas or by tabs? (the first rows have both); say --delimiter comma or "
        "--delimiter tab, and --decimal , where numbers are written 1,5";
    expect_question("1,5;a\n", comma_or_semicolon);
    expect_question("1,5;a\n2,5;b\n", comma_or_semicolon);
    expect_question("1,5;2,5;a\n2,5;3,5;b\n", comma_or_semicolon);
    expect_question("1,5\ta\n2,5\tb\n", comma_or_tab);
    expect_question("a,b;c\n1,5;2\n", comma_or_semicolon);
    expect_question("\n \r\na,b;c\n1,5;2\n",
                    ":3:1: are the columns separated by commas or by semicolons? (the first rows have both); say "
                    "--delimiter comma or --delimiter semicolon, and --decimal , where numbers are written 1,5");
    /* neither is consistent */
    expect_question("a,b,c;d\n1;2;3\n", comma_or_semicolon);
    expect_question("1;2\t3\n4;5\t6\n",
                    ":1:1: are the columns separated by semicolons or by tabs? (the first rows have both); say "
                    "--delimiter semicolon or --delimiter tab");
    expect_question("1;2\t3,4\n",
                    ":1:1: are the columns separated by commas, by semicolons or by tabs? (the first rows have them "
                    "all); say --delimiter comma, --delimiter semicolon or --delimiter tab, and --decimal , where "
                    "numbers are written 1,5");
}

Test(delimiters, numbers_between_spaces_are_not_one_column_of_texts)
{
    static const char *const behind = ", expected commas, semicolons or tabs; if each row is a single text, say "
                                      "--delimiter comma";
    static const struct {
        const char *text, *found;
    } cases[] = {{"59 2 32.1\n48 1 21.6\n", ":1:1: the columns are separated by spaces (found '59 2 32.1')"},
                 {"age sex\r\n\r\n59  2 \r\n", ":3:1: the columns are separated by spaces (found '59  2')"},
                 {"1 2", ":1:1: the columns are separated by spaces (found '1 2')"},
                 {" 1.5e3 -2\n", ":1:1: the columns are separated by spaces (found ' 1.5e3 -2')"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char message[256];
        snprintf(message, sizeof message, "%s%s", cases[i].found, behind);
        expect_question(cases[i].text, message);
    }
    /* one column: of numbers, of texts, of words with numbers among them; and what was answered */
    static const char *const columns[] = {"t\n1\n2\n", "t\nroom 1\nroom 2\n", "t\n1 2 3\nroom 4\n",
                                          "t t\n1 2\n1 2 3\n"};
    clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    options.header = CLMLP_HEADER_YES;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        clmlp_dataset_destroy(load_text("column.csv", columns[i], &options));
    }
    options.delimiter = CLMLP_DELIMITER_COMMA;
    clmlp_dataset_destroy(load_text("phones.csv", "t\n1 2\n3 4\n", &options));
}

Test(delimiters, the_one_that_every_row_has_equally_often_is_taken)
{
    static const char *const texts[] = {"x,y;t\n1;2\n3;4\n", "x;y,t\n1,2\n3,4\n", "\"x,5\";\"y,5\"\n1;2\n3;4\n",
                                        "x;y\n1;2\n\"3\";\"4\"\n", "x,y\n1,2\t\n3,4\n", "1 , 2\n3 ,\t4\n",
                                        "\n \n1\t2\n3\t4"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
        clmlp_dataset *d = load_text("one.csv", texts[i], &options);
        assert_shape(d, 2, 2, 0);
        assert_row(d, 0, 1, 2);
        assert_row(d, 1, 3, 4);
        clmlp_dataset_destroy(d);
    }
}

Test(delimiters, an_answer_is_obeyed)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.header = CLMLP_HEADER_NO;
    options.decimal = CLMLP_DECIMAL_COMMA;
    clmlp_dataset *d = load_text("semicolon.csv", "1,5;a\n-2,25e1;b\n", &options);
    options.header = CLMLP_HEADER_AUTO;
    cr_assert_eq(clmlp_dataset_feature(d, 0, 0), 1.5);
    cr_assert_eq(clmlp_dataset_feature(d, 1, 0), -22.5);
    assert_classes(d, "a", "b");
    clmlp_dataset_destroy(d);
    d = load_text("tab.csv", "x\tt\n1,5\ta\n\",5\"\tb\n", &options);
    cr_assert_eq(clmlp_dataset_feature(d, 0, 0), 1.5);
    cr_assert_eq(clmlp_dataset_feature(d, 1, 0), 0.5);
    clmlp_dataset_destroy(d);
    options = options_of(CLMLP_TARGET_CLASSES);
    options.header = CLMLP_HEADER_NO;
    options.delimiter = CLMLP_DELIMITER_COMMA;
    d = load_text("comma.csv", "1,5;a\n2,5;b\n", &options);
    assert_classes(d, "5;a", "5;b");
    clmlp_dataset_destroy(d);
    options = options_of(CLMLP_TARGET_VALUES);
    options.delimiter = CLMLP_DELIMITER_SEMICOLON;
    options.decimal = CLMLP_DECIMAL_COMMA;
    d = load_text("both.csv", "x;y\n1,5;2,5\n3;4\n", &options);
    assert_row(d, 0, 1.5, 2.5);
    assert_row(d, 1, 3, 4);
    clmlp_dataset_destroy(d);
}

Test(delimiters, a_decimal_comma_leaves_no_other_mark)
{
    static const struct {
        const char *text, *message;
        clmlp_delimiter delimiter;
    } rows[] = {
        {"1;2\n1.5;2\n", ":2:1: found '1.5', expected a number in column 1; decimals are written with a comma "
                         "(--decimal ,); if it is a text, say --categorical 1", CLMLP_DELIMITER_AUTO},
        {"1;2\n1.234,5;2\n", ":2:1: found '1.234,5', expected a number in column 1; is it 1234.5? then write it "
                             "without the point; if it is a text, say --categorical 1", CLMLP_DELIMITER_AUTO},
        {"1;2\n1,2,5;2\n", ":2:1: found '1,2,5', expected a number in column 1; if it is a text, say --categorical 1",
         CLMLP_DELIMITER_AUTO},
        {"1,2\n", ": --delimiter comma and --decimal ,: a comma cannot be both", CLMLP_DELIMITER_COMMA}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
        options.decimal = CLMLP_DECIMAL_COMMA;
        options.delimiter = rows[i].delimiter;
        char path[PATH_LENGTH], expected[1024];
        clmlp_dataset *d = NULL;
        clmlp_error error = {.message = "no message"};
        write_file(scratch_path(path, "decimal.csv"), rows[i].text, strlen(rows[i].text));
        cr_expect_eq(clmlp_dataset_load(&d, path, &options, &error), CLMLP_BAD_INPUT);
        snprintf(expected, sizeof expected, "%s%s", path, rows[i].message);
        cr_expect_str_eq(error.message, expected, "got %s, expected %s", error.message, expected);
        remove(path);
    }
}

/* The third row is not seen whole: the first two decide. */
Test(delimiters, long_rows_are_looked_at_as_far_as_they_were_read)
{
    enum { WIDTH = 300000, ROWS = 3 };
    static char text[2 * WIDTH * ROWS + 1];
    for (size_t i = 0; i < sizeof text - 1; i++) {
        const bool last = i % (2 * WIDTH) == 2 * WIDTH - 1;
        text[i] = (char)(i % 2 == 0 ? '1' : last ? '\n' : ';');
    }
    clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    options.max_columns = WIDTH;
    clmlp_dataset *d = load_bytes("wide.csv", text, sizeof text - 1, &options);
    assert_shape(d, ROWS, WIDTH, 0);
    clmlp_dataset_destroy(d);
}

static void append_row(char **to, const char *label, char number, size_t zeros)
{
    *to += sprintf(*to, "%s;%c.", label, number);
    memset(*to, '0', zeros);
    *to += zeros;
    *(*to)++ = '\n';
}

/* A long field makes the buffer of a pipe grow. When it is read once more, its first block is that of a file, in which
 * the last row is not seen: a quote in it would hide a semicolon. */
Test(delimiters, a_pipe_is_looked_at_as_far_as_a_file, .timeout = 60)
{
    static char text[1300000];
    char path[PATH_LENGTH], *end = text;
    append_row(&end, "b", '1', 1);
    append_row(&end, "a,b", '1', 400000);
    append_row(&end, "b", '2', 700000);
    end = stpcpy(end, "x,\"y;z\n"); /* the first text of the second column: all is read once more */
    const size_t length = (size_t)(end - text);
    clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    options.header = CLMLP_HEADER_NO;
    options.categorical = "1";
    clmlp_dataset *const file = load_bytes("whole.csv", text, length, &options), *pipe = NULL;
    clmlp_error error = {.message = ""};
    cr_assert_eq(mkfifo(scratch_path(path, "delimiter-pipe"), 0600), 0);
    const pid_t child = fork();
    if (child == 0) {
        FILE *const out = fopen(path, "wb");
        const bool written = out != NULL && fwrite(text, 1, length, out) == length && fclose(out) == 0;
        _exit(written ? 0 : 1);
    }
    cr_assert_eq(clmlp_dataset_load(&pipe, path, &options, &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    cr_assert_eq(clmlp_dataset_examples(pipe), 4);
    cr_assert_eq(clmlp_dataset_examples(file), 4);
    clmlp_dataset_destroy(pipe);
    clmlp_dataset_destroy(file);
    remove(path);
}
