/* test_columns.c - columns by name and by number, in the library. */
#include "data/dataset.h"
#include "files.h"

static clmlp_columns *columns_of(const char *const *names, size_t count)
{
    clmlp_columns *columns = NULL;
    clmlp_error error;
    cr_assert_eq(clmlp_columns_create(&columns, names, count, &error), CLMLP_OK);
    return columns;
}

static void assert_names(const clmlp_dataset *dataset, const char *const *names, size_t count)
{
    const clmlp_columns *const columns = clmlp_dataset_columns(dataset);
    cr_assert_eq(clmlp_columns_count(columns), count);
    for (size_t j = 0; j < count; j++) cr_assert_str_eq(clmlp_columns_name(columns, j), names[j]);
    cr_assert_null(clmlp_columns_name(columns, count));
}

/* The load fails with this message behind the path, as far as it goes. */
static void assert_refused(const char *name, const char *text, const clmlp_load_options *options, const char *message)
{
    char path[PATH_LENGTH];
    clmlp_dataset *dataset = NULL;
    clmlp_error error = {.message = ""};
    write_file(scratch_path(path, name), text, strlen(text));
    const clmlp_status status = clmlp_dataset_load(&dataset, path, options, &error);
    cr_assert_eq(status, CLMLP_BAD_INPUT, "%s: taken", text);
    cr_assert_null(dataset);
    cr_assert_eq(strncmp(error.message, path, strlen(path)), 0);
    cr_assert_eq(strncmp(error.message + strlen(path), message, strlen(message)), 0, "%s\nexpected %s", error.message,
                 message);
    remove(path);
}

Test(columns, of_a_header_are_kept_without_the_target)
{
    static const char *const ab[] = {"a", "b"};
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    clmlp_dataset *d = load_text("header.csv", "a,b,t\n1,2,x\n3,4,x\n", &options);
    assert_names(d, ab, 2);
    cr_assert_eq(clmlp_dataset_notes(d), 0);
    clmlp_dataset_destroy(d);
    options.target = "t";
    d = load_text("header.csv", "a,t,b\n1,x,2\n3,y,4\n", &options);
    assert_names(d, ab, 2);
    assert_row(d, 1, 3, 4, 0, 1);
    clmlp_dataset_destroy(d);
    options.target = NULL;
    options.header = CLMLP_HEADER_NO;
    d = load_text("none.csv", "1,2,x\n3,4,y\n", &options);
    cr_assert_str_eq(clmlp_columns_name(clmlp_dataset_columns(d), 1), "2"); /* its number */
    clmlp_dataset_destroy(d);
}

Test(columns, of_a_model_are_found_wherever_they_stand)
{
    static const char *const names[] = {"b", "a", "c"};
    clmlp_columns *const columns = columns_of(names, 3);
    clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    options.columns = columns;
    options.target = "t";
    clmlp_dataset *d = load_text("moved.csv", "w,t,a,v,c,b\nx,7.5,1,\"q,r\",3,2\n,8.5,4,,6,5\n", &options);
    assert_shape(d, 2, 3, 1);
    assert_row(d, 0, 2, 1, 3, 7.5);
    assert_row(d, 1, 5, 4, 6, 8.5);
    assert_names(d, names, 3);
    cr_assert_eq(clmlp_dataset_notes(d), 1);
    cr_assert_not_null(strstr(clmlp_dataset_note(d, 0), "left out columns, which the model does not take: 'w', 'v'"));
    cr_assert_null(clmlp_dataset_note(d, 1));
    clmlp_dataset_destroy(d);
    /* for prediction, the target may be there or not */
    options.target_kind = CLMLP_TARGET_NONE;
    static const char *const texts[] = {"a,t,b,c\n1,,2,3\n", "a,b,c\n1,2,3\n", "c,b,a,t\n3,2,1,x\n"};
    for (size_t i = 0; i < 3; i++) {
        d = load_text("new.csv", texts[i], &options);
        assert_shape(d, 1, 3, 0);
        assert_row(d, 0, 2, 1, 3);
        cr_assert_eq(clmlp_dataset_notes(d), 0);
        clmlp_dataset_destroy(d);
    }
    clmlp_columns_destroy(columns);
}

/* Names that are numbers, but not all of them, in the order of the model or another. */
Test(columns, of_a_model_make_a_header_of_the_row_that_names_them)
{
    static const char *const names[] = {"x", "2021", "2022"};
    clmlp_columns *const columns = columns_of(names, 3);
    clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    options.columns = columns;
    clmlp_dataset *d = load_text("years.csv", "2022,2021,x\n1,2,3\n", &options);
    assert_row(d, 0, 3, 2, 1);
    clmlp_dataset_destroy(d);
    clmlp_columns_destroy(columns);
}

/* Nothing but numbers is a name, or data. */
Test(columns, of_a_model_that_are_all_called_by_numbers_are_asked_about)
{
    static const char *const names[] = {"0", "1"};
    clmlp_columns *const columns = columns_of(names, 2);
    clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    options.columns = columns;
    assert_refused("asked.csv", "0,1\n5,6\n", &options, ":1:1: does the first row name the columns? (found the names");
    assert_refused("asked.csv", "1,0\n5,6\n", &options, ":1:1: does the first row name the columns? (found the names");
    options.header = CLMLP_HEADER_YES;
    clmlp_dataset *d = load_text("yes.csv", "1,0\n5,6\n", &options);
    assert_row(d, 0, 6, 5);
    clmlp_dataset_destroy(d);
    options.header = CLMLP_HEADER_NO;
    d = load_text("no.csv", "1,0\n5,6\n", &options);
    assert_shape(d, 2, 2, 0);
    clmlp_dataset_destroy(d);
    options.header = CLMLP_HEADER_AUTO;
    d = load_text("auto.csv", "1,1\n0,1\n", &options);
    assert_shape(d, 2, 2, 0);
    clmlp_dataset_destroy(d);
    clmlp_columns_destroy(columns);
}

/* A model's target may be called 3, or last: no other column is meant by that. */
Test(columns, a_target_that_is_a_name_is_no_number)
{
    static const char *const ab[] = {"a", "b"}, *const called[] = {"3", "last", "3,2"};
    clmlp_columns *const columns = columns_of(ab, 2);
    for (size_t i = 0; i < sizeof called / sizeof *called; i++) {
        clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
        options.columns = columns;
        options.target = called[i];
        options.target_is_name = true;
        assert_refused("other.csv", "a,b,extra\n1,2,7\n", &options, ":1:1: ");
        assert_refused("none.csv", "1,2,7\n", &options, ":1:1: ");
        options.target_kind = CLMLP_TARGET_NONE;
        clmlp_dataset *d = load_text("other.csv", "b,a,extra\n1,2,7\n", &options);
        assert_row(d, 0, 2, 1);
        cr_assert_not_null(strstr(clmlp_dataset_note(d, 0), "which the model does not take: 'extra'"));
        clmlp_dataset_destroy(d);
        assert_refused("none.csv", "1,2,7\n", &options, ":1:1: ");
    }
    clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    options.columns = columns;
    options.target_is_name = true;
    options.target = "3";
    clmlp_dataset *d = load_text("moved.csv", "b,3,a\n1,2,7\n", &options);
    assert_row(d, 0, 7, 1, 2);
    clmlp_dataset_destroy(d);
    /* a model's target called 2 is not the second column of a file without names */
    options.model_target = "2";
    options.target_is_name = false;
    d = load_text("answer.csv", "1,2,7\n", &options);
    assert_row(d, 0, 1, 2, 7);
    clmlp_dataset_destroy(d);
    options.model_target = NULL;
    options.target_is_name = true;
    /* the training data did not name it */
    d = load_text("nameless.csv", "a,b,\n1,2,7\n", &options);
    assert_row(d, 0, 1, 2, 7);
    clmlp_dataset_destroy(d);
    clmlp_columns_destroy(columns);
}

/* Without a name there is nothing to be taken for one. */
Test(columns, no_target_is_the_last_column_whatever_it_would_have_been)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    options.target_is_name = true;
    clmlp_dataset *const d = load_text("no-name.csv", "a,b,c\n1,2,7\n", &options);
    assert_row(d, 0, 1, 2, 7);
    clmlp_dataset_destroy(d);
}

Test(columns, that_do_not_fit_are_named)
{
    static const char *const names[] = {"a", "b"};
    clmlp_columns *const columns = columns_of(names, 2);
    clmlp_load_options options = options_of(CLMLP_TARGET_NONE);
    options.columns = columns;
    options.target = "t";
    assert_refused("a.csv", "a,c\n1,2\n", &options, ":1:1: no column 'b', which the model takes (found 'a', 'c')");
    assert_refused("a.csv", "p,q,r,s,u,v,w\n1,2,3,4,5,6,7\n", &options,
                   ":1:1: no column 'a', 'b', which the model takes (found 'p', 'q', 'r', 's', 'u' and 2 more)");
    assert_refused("a.csv", "a,b,a\n1,2,3\n", &options, ":1:5: column 'a' stands here once more");
    assert_refused("a.csv", "1,2,3\n", &options, ":1:1: no target column 't'");
    options.target = NULL;
    assert_refused("a.csv", "1,2,3\n", &options, ":1:1: found 3 features, expected 2; if one of the columns is the "
                                                "target, say which: --target COL");
    options.target_kind = CLMLP_TARGET_CLASSES;
    options.target = "survived"; /* the model's */
    assert_refused("a.csv", "a,b,c\n1,2,x\n", &options, ":1:1: no target column 'survived', which scores need (found "
                                                        "'a', 'b', 'c')");
    options.model_target = "t"; /* and another one was asked for */
    assert_refused("a.csv", "a,b,c\n1,2,x\n", &options, ":1:1: no target column 'survived', expected one of 'a'");
    options.model_target = NULL;
    options.target = "b";
    assert_refused("a.csv", "a,b,c\n1,2,x\n", &options, ":1:3: column 'b' is a feature of the model");
    clmlp_columns_destroy(columns);
    /* training: each column needs a name of its own */
    options = options_of(CLMLP_TARGET_CLASSES);
    assert_refused("a.csv", "a,b,a,t\n1,2,3,x\n", &options,
                   ":1:5: column 'a' stands here once more (first as column 1)");
    assert_refused("a.csv", "a,t,t\n1,2,x\n", &options, ":1:5: column 't' stands here once more (first as column 2)");
    assert_refused("a.csv", "a,,t\n1,2,x\n", &options, ":1:3: column 2 has no name; give it one, or leave it out with "
                                                      "--ignore 2");
    assert_refused("a.csv", ",b,t\n5,2,x\n4,3,y\n", &options, ":1:1: column 1 has no name");
    options.ignore = "3";
    clmlp_dataset *d = load_text("ignored.csv", "a,b,a,t\n1,2,3,x\n", &options);
    assert_names(d, (const char *const[]){"a", "b"}, 2);
    clmlp_dataset_destroy(d);
}

Test(columns, without_names_are_chosen_by_number)
{
    static const char header[] = "\x93NUMPY\1\0\0\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4)}";
    char bytes[128] = {0};
    const float x[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    enum { LENGTH = sizeof header - 1 };
    memcpy(bytes, header, LENGTH);
    bytes[8] = LENGTH - 10;
    memcpy(bytes + LENGTH, x, sizeof x);
    clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    options.target = "2";
    options.ignore = "1";
    clmlp_dataset *d = load_bytes("four.npy", bytes, LENGTH + sizeof x, &options);
    assert_row(d, 0, 3, 4, 2);
    assert_row(d, 1, 7, 8, 6);
    clmlp_dataset_destroy(d);
    options.features = "3-4";
    options.ignore = NULL;
    d = load_text("four.csv", "1,2,3,4\n5,6,7,8\n", &options);
    assert_row(d, 0, 3, 4, 2);
    assert_row(d, 1, 7, 8, 6);
    clmlp_dataset_destroy(d);
    /* by position for a model with names: a note says so */
    static const char *const names[] = {"p", "q", "r", "s"};
    clmlp_columns *const columns = columns_of(names, 4);
    options = options_of(CLMLP_TARGET_NONE);
    options.columns = columns;
    d = load_bytes("four.npy", bytes, LENGTH + sizeof x, &options);
    cr_assert_eq(clmlp_dataset_notes(d), 1);
    cr_assert_not_null(strstr(clmlp_dataset_note(d, 0), "by position"));
    clmlp_dataset_destroy(d);
    clmlp_columns_destroy(columns);
}

/* What pandas and R write in front of a table. */
Test(columns, that_count_the_rows_are_left_out)
{
    static const struct { const char *text; size_t n; } tables[] = {
        {",a,t\n0,5,x\n1,6,y\n2,7,x\n", 1},           {"\"\",a,t\n1,5,x\n2,6,y\n3,7,x\n", 1},
        {"Unnamed: 0,a,t\n0,5,x\n1,6,y\n2,7,x\n", 1}, {"Unnamed: 0,a,t\n0,5,x\n2,6,y\n1,7,x\n", 2},
        {"id,a,t\n0,5,x\n1,6,y\n2,7,x\n", 2},         {"a,Unnamed: 0,t\n5,0,x\n6,1,y\n7,2,x\n", 2}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        clmlp_dataset *d = load_text("index.csv", tables[i].text, NULL);
        assert_shape(d, 3, tables[i].n, 2);
        cr_assert_eq(clmlp_dataset_notes(d), (tables[i].n == 1) + 1, "%s" /* class y has one example */,
            tables[i].text);
        if (tables[i].n == 1) {
            assert_row(d, 1, 6, 0, 1);
            cr_assert_str_eq(clmlp_columns_name(clmlp_dataset_columns(d), 0), "a");
        }
        clmlp_dataset_destroy(d);
    }
}

Test(columns, that_hold_another_integer_in_each_row_are_told)
{
    enum { ROWS = 24 };
    /* an identifier in any order; one value twice; one fraction; too few rows */
    static const struct { size_t rows; double first, last; size_t notes; } tables[] = {
        {ROWS, 100, 3, 1}, {ROWS, 100, 2, 0}, {ROWS, 100, 3.5, 0}, {19, 100, 3, 0}};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        char text[2048];
        size_t used = (size_t)sprintf(text, "a,id,t\n");
        for (size_t i = 0; i < tables[t].rows; i++) {
            const double id = i == 0 ? tables[t].first : i + 1 == tables[t].rows ? tables[t].last : 2.0 * (double)i;
            used += (size_t)sprintf(text + used, "%zu,%g,%zu\n", i % 3, id, i % 2);
        }
        clmlp_dataset *d = load_text("id.csv", text, NULL);
        cr_assert_eq(clmlp_dataset_notes(d), tables[t].notes, "table %zu", t);
        if (tables[t].notes > 0) cr_assert_not_null(strstr(clmlp_dataset_note(d, 0), "'id' holds another integer"));
        clmlp_dataset_destroy(d);
    }
}

/* Two rows with the same value, wherever they stand, in columns of several lengths. */
Test(columns, with_an_integer_twice_are_not_told)
{
    static const size_t rows[] = {24, 159, 160, 161, 1279, 1280, 1281, 3000};
    static char text[3000 * 20];
    for (size_t t = 0; t < 6 * sizeof rows / sizeof *rows; t++) {
        const size_t m = rows[t / 6], second = t % 6 == 0 ? m - 1 : t % 6 == 1 ? 22 : m / 2;
        const size_t first = t % 6 == 3 ? second - 1 : t % 6 == 4 ? 21 : 0;
        size_t used = (size_t)sprintf(text, "a,id,t\n");
        for (size_t i = 0; i < m; i++) { /* t % 6 == 5: none is there twice; they go down */
            const size_t id = 2 * m - (i == second && t % 6 < 5 ? first : i);
            used += (size_t)sprintf(text + used, "%zu,%zu,%zu\n", i % 3, id, i % 2);
        }
        clmlp_dataset *d = load_bytes("twice.csv", text, used, NULL);
        cr_assert_eq(clmlp_dataset_notes(d), (size_t)(t % 6 == 5), "%zu rows, %zu and %zu", m, first, second);
        clmlp_dataset_destroy(d);
    }
}
