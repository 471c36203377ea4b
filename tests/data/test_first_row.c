/* test_first_row.c - is the first row of a text file its header? The table of docs/files.md, row by row. */
#include "files.h"

typedef enum taken { HEADER, DATA, ASKS } taken;

static const char *const taken_names[] = {"a header", "data", "a question"};

typedef struct first_row {
    const char *row;
    taken taken;
} first_row;

/* What `text` was read as; `rows` follow the first one. Any error that names --header is a question. */
static taken read_first(const char *text, size_t rows, const clmlp_load_options *options, char message[1024])
{
    char path[PATH_LENGTH];
    clmlp_dataset *d = NULL;
    clmlp_error error = {.message = ""};
    write_file(scratch_path(path, "first-row.csv"), text, strlen(text));
    const clmlp_status status = clmlp_dataset_load(&d, path, options, &error);
    remove(path);
    snprintf(message, 1024, "%.1000s", error.message);
    if (status != CLMLP_OK) {
        cr_expect_eq(status, CLMLP_BAD_INPUT);
        if (strstr(error.message, "--header yes or --header no") != NULL) return ASKS;
        if (strstr(error.message, "has no name") != NULL) return HEADER; /* complaints about the names */
        if (strstr(error.message, "stands here once more") != NULL) return HEADER;
        /* an error in the first line: it was taken as data */
        return strstr(error.message, ":1:") != NULL || strstr(error.message, "row 1 ") != NULL ? DATA : HEADER;
    }
    const size_t m = clmlp_dataset_examples(d);
    clmlp_dataset_destroy(d);
    cr_expect(m == rows || m == rows + 1, "%zu rows", m);
    return m == rows ? HEADER : DATA;
}

static void expect_all(const first_row *cases, size_t count, const char *below, const clmlp_load_options *options)
{
    for (size_t i = 0; i < count; i++) {
        char text[512], message[1024];
        snprintf(text, sizeof text, "%s\n%s", cases[i].row, below);
        const taken got = read_first(text, 3, options, message);
        cr_expect_eq(got, cases[i].taken, "%s: taken as %s, expected %s (%s)", cases[i].row, taken_names[got],
                     taken_names[cases[i].taken], message);
    }
}
#define EXPECT_ALL(cases, below, options) expect_all(cases, sizeof cases / sizeof *cases, below, options)

static const first_row with_target[] = {
    /* numbers */
    {"1,2,3", DATA},
    {"1,2,?", DATA},
    {"1,2,", DATA},
    {"1,2,t", ASKS},
    {"2021,2022,label", ASKS},
    {"5.1,3.5,Iris-setosa", ASKS},
    /* numbers and missing values */
    {"1,NA,3", DATA},
    {"1,,3", DATA},
    {"1.5,2.5,N/A", DATA},
    {"1,NA,c0", ASKS},
    {",2,c0", ASKS},
    {"inf,2,c0", ASKS},
    {"inf,inf,3", DATA},
    /* nothing but missing values */
    {"NA,NA,c0", ASKS},
    {",,c0", ASKS},
    {"?,?,c0", ASKS},
    {"NA,NA,1", DATA},
    {"nan,NaN,NaN", DATA},
    {"null,NULL,None", DATA},
    {"N/A,?,", DATA},
    /* texts */
    {"x,y,t", HEADER},
    {"x,y,", HEADER},
    {",y,t", HEADER},
    {"x,,t", HEADER},
    {"x,y,1", ASKS},
    {",y,1", ASKS},
    {"x,y,NA", ASKS},
    {"x,NA,t", ASKS},
    {"?,y,t", ASKS},
    {"x,nan,t", ASKS},
    /* texts and numbers */
    {"x,2,t", ASKS},
    {"1,y,3", ASKS},
    {"x,2,", ASKS},
    {"x,inf,t", ASKS},
};

Test(first_row, with_a_target_column_the_table_holds_whatever_the_targets_below)
{
    static const clmlp_target_kind kinds[] = {CLMLP_TARGET_CLASSES, CLMLP_TARGET_VALUES};
    for (size_t i = 0; i < 2; i++) {
        const clmlp_load_options options = options_of(kinds[i]);
        EXPECT_ALL(with_target, "3,4,0\n5,6,1\n7,8,1\n", &options);
    }
    const clmlp_load_options texts = options_of(CLMLP_TARGET_CLASSES);
    EXPECT_ALL(with_target, "3,4,c0\n5,6,t\n7,8,c1\n", &texts);
    clmlp_load_options left_out = options_of(CLMLP_TARGET_NONE);
    left_out.target = "last";
    left_out.expected_features = 2;
    EXPECT_ALL(with_target, "3,4,c0\n5,6,c0\n7,8,c1\n", &left_out);
}

Test(first_row, without_a_target_column_texts_are_a_header_and_numbers_are_data)
{
    static const first_row cases[] = {{"1,2", DATA},  {"x,y", HEADER}, {",y", HEADER}, {"NA,NA", DATA}, {",", DATA},
                                      {"1,y", ASKS},  {"x,NA", ASKS},  {"1,NA", DATA}, {"?,null", DATA}, {"1,", DATA}};
    clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    EXPECT_ALL(cases, "3,4\n5,6\n7,8\n", &options);
    options.expected_features = 2;
    EXPECT_ALL(cases, "3,4\n5,6\n7,8\n", &options);
}

Test(first_row, the_name_of_the_target_makes_a_header)
{
    static const first_row cases[] = {{"1,2,t", HEADER}, {"x,2,t", HEADER}, {"NA,2,t", HEADER}, {"2021,2022,u", ASKS}};
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.target = "t";
    EXPECT_ALL(cases, "3,4,c0\n5,6,c0\n7,8,c1\n", &options);
    options = options_of(CLMLP_TARGET_NONE);
    options.target = "t";
    options.expected_features = 2;
    EXPECT_ALL(cases, "3,4,c0\n5,6,c0\n7,8,c1\n", &options);
}

Test(first_row, a_class_of_the_model_makes_data)
{
    static const char *const names[] = {"c0", "c1", "NA"};
    static const first_row cases[] = {{"1,2,c0", DATA}, {"1,2,NA", DATA}, {"1,2,c2", ASKS}, {"x,2,c0", ASKS}};
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.class_names = names;
    options.class_count = 3;
    EXPECT_ALL(cases, "3,4,c0\n5,6,c0\n7,8,c1\n", &options);
    /* predicting, with a target to be left out */
    options.target_kind = CLMLP_TARGET_NONE;
    options.target = "last";
    options.expected_features = 2;
    EXPECT_ALL(cases, "3,4,c0\n5,6,c0\n7,8,c1\n", &options);
}

Test(first_row, an_answer_is_obeyed)
{
    for (size_t i = 0; i < sizeof with_target / sizeof *with_target; i++) {
        char text[512], message[1024];
        clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
        snprintf(text, sizeof text, "%s\n3,4,0\n5,6,1\n7,8,1\n", with_target[i].row);
        options.header = CLMLP_HEADER_YES;
        cr_expect_eq(read_first(text, 3, &options, message), HEADER, "%s: %s", text, message);
        options.header = CLMLP_HEADER_NO;
        cr_expect_eq(read_first(text, 3, &options, message), DATA, "%s: %s", text, message);
    }
}

/* The number of rows tells, where there is nothing but a target. */
Test(first_row, of_a_labels_file_is_a_header_when_there_is_one_row_too_many)
{
    static const struct {
        const char *labels;
        taken taken;
    } cases[] = {{"kind\ncat\ndog\ncat\n", HEADER}, {"cat\ndog\ncat\n", DATA},    {"kind\n1\n2\n1\n", HEADER},
                 {"kind\n1\n2\n", ASKS},            {"NA\ncat\ndog\n", DATA},     {"1\n2\n3\n", DATA},
                 {"a,b\n1,0\n0,1\n1,1\n", HEADER},  {"1,0\n0,1\n1,1\n", DATA},    {"a,1\n1,0\n0,1\n1,1\n", ASKS}};
    char data[PATH_LENGTH], path[PATH_LENGTH];
    write_file(scratch_path(data, "first-data.csv"), "1,2\n3,4\n5,6\n", 12);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
        options.labels_path = scratch_path(path, "first-labels.csv");
        write_file(path, cases[i].labels, strlen(cases[i].labels));
        clmlp_dataset *d = NULL;
        clmlp_error error = {.message = ""};
        const clmlp_status status = clmlp_dataset_load(&d, data, &options, &error);
        const bool asks = strstr(error.message, "--header yes or --header no") != NULL;
        const bool missing = strstr(error.message, "--missing-targets") != NULL; /* the row was data */
        cr_expect_eq(asks, cases[i].taken == ASKS, "%s: %s", cases[i].labels, error.message);
        cr_expect_eq(status == CLMLP_OK || missing, cases[i].taken != ASKS, "%s: %s", cases[i].labels, error.message);
        clmlp_dataset_destroy(d);
        remove(path);
    }
    remove(data);
}

/* Trained on a file without a header, from which columns were left out: the same file again says what to leave out. */
Test(first_row, proposes_to_leave_out_what_the_training_left_out)
{
    static const char text[] = "1,2018-07-04,a,5,10\n2,2018-07-05,b,6,20\n3,2018-07-06,a,7,30\n";
    static const char *const ignored[] = {"1", "1,4", "3-4"};
    static const char *const messages[] = {
        "found 4 features beside the target, expected 3; the training left out column 1: say --ignore 1",
        "found 4 features beside the target, expected 2; the training left out columns 1,4: say --ignore 1,4",
        "found 4 features beside the target, expected 2; the training left out columns 3,4: say --ignore 3,4"};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) {
        clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
        clmlp_dataset *again = NULL;
        clmlp_error error = {.message = "no error"};
        char path[PATH_LENGTH];
        options.header = CLMLP_HEADER_NO;
        options.ignore = ignored[i];
        clmlp_dataset *const d = load_text("left.csv", text, &options);
        options.header = CLMLP_HEADER_AUTO;
        options.ignore = NULL;
        options.columns = clmlp_dataset_columns(d);
        options.expected_features = clmlp_dataset_features(d);
        options.target = options.model_target = clmlp_dataset_target(d);
        write_file(scratch_path(path, "left.csv"), text, strlen(text));
        cr_expect_eq(clmlp_dataset_load(&again, path, &options, &error), CLMLP_BAD_INPUT);
        cr_expect_not_null(strstr(error.message, messages[i]), "%s", error.message);
        options.ignore = ignored[i];
        again = load_text("left.csv", text, &options);
        cr_expect_eq(clmlp_dataset_examples(again), 3);
        clmlp_dataset_destroy(again);
        clmlp_dataset_destroy(d);
        remove(path);
    }
}
