/* test_targets.c - what a target column is taken for: classes, numbers, or a question. */
#include "files.h"

#include "base/random.h"
#include "data/dataset.h"
#include "data/targets.h"

enum { LONG = 1 << 16 };

/* Rows of one feature and a target: `rows` rows, target number i % distinct in `format`. */
static char *table_of(const char *header, const char *format, int rows, int distinct, int first)
{
    static char text[LONG];
    int used = snprintf(text, sizeof text, "%s", header);
    for (int i = 0; i < rows; i++) {
        char target[32];
        (void)snprintf(target, sizeof target, format, first + i % distinct);
        used += snprintf(text + used, sizeof text - (size_t)used, "%d.5,%s\n", i, target);
    }
    return text;
}

static clmlp_load_options automatic(void)
{
    return options_of(CLMLP_TARGET_AUTO);
}

static void expect_kind(const char *text, clmlp_target_kind kind, size_t K)
{
    const clmlp_load_options options = automatic();
    clmlp_dataset *d = load_text("targets.csv", text, &options);
    cr_assert_eq(clmlp_dataset_target_kind(d), kind, "%.60s: kind %d", text, (int)clmlp_dataset_target_kind(d));
    cr_assert_eq(clmlp_dataset_outputs(d), K, "%.60s: K = %zu", text, clmlp_dataset_outputs(d));
    clmlp_dataset_destroy(d);
}

static void expect_question(const char *text, const char *found)
{
    char path[PATH_LENGTH], expected[PATH_LENGTH + 256];
    const clmlp_load_options options = automatic();
    clmlp_dataset *d = NULL;
    clmlp_error error;
    write_file(scratch_path(path, "ask.csv"), text, strlen(text));
    cr_assert_eq(clmlp_dataset_load(&d, path, &options, &error), CLMLP_BAD_INPUT, "%.60s", text);
    (void)snprintf(expected, sizeof expected, "%s: %s; say --task classify or --task regress", path, found);
    cr_assert_str_eq(error.message, expected);
    remove(path);
}

Test(targets, texts_are_classes)
{
    expect_kind("x,y\n1,cat\n2,dog\n3,cat\n", CLMLP_TARGET_CLASSES, 2);
    expect_kind("x,y\n1,true\n2,false\n", CLMLP_TARGET_CLASSES, 2);
    expect_kind(table_of("x,y\n", "c%d", 60, 30, 0), CLMLP_TARGET_CLASSES, 30);
    expect_kind("x,y\n1,1\n2,2\n3,other\n", CLMLP_TARGET_CLASSES, 3);
}

Test(targets, few_repeated_integers_are_classes)
{
    expect_kind("0,0,0\n0,1,1\n1,0,1\n1,1,0\n", CLMLP_TARGET_CLASSES, 2); /* XOR */
    expect_kind("1,-1\n2,1\n", CLMLP_TARGET_CLASSES, 2);
    expect_kind(table_of("x,y\n", "%d", 15, 3, 1), CLMLP_TARGET_CLASSES, 3);
    expect_kind(table_of("x,y\n", "%d.0", 15, 3, 1), CLMLP_TARGET_CLASSES, 3);
    expect_kind(table_of("x,y\n", "%d", 100, 20, 1), CLMLP_TARGET_CLASSES, 20);
    expect_kind(table_of("x,y\n", "%d", 20, 10, 0), CLMLP_TARGET_CLASSES, 10); /* from 0 without a gap */
}

Test(targets, fractions_are_numbers_with_all_their_digits)
{
    clmlp_load_options options = automatic();
    options.header = CLMLP_HEADER_YES;
    expect_kind("x,y\n1,0.5\n2,1\n3,1\n4,1\n", CLMLP_TARGET_VALUES, 1);
    expect_kind(table_of("x,y\n", "%d.25", 600, 300, 0), CLMLP_TARGET_VALUES, 1);
    clmlp_dataset *d = load_text("targets.csv", "1,2,price\n1,2,0.1\n3,4,-7e-3\n5,6,12345678.90625\n", &options);
    assert_shape(d, 3, 2, 1);
    cr_assert(d->y[0] == 0.1 && d->y[1] == -7e-3 && d->y[2] == 12345678.90625);
    cr_assert_str_eq(clmlp_dataset_target(d), "price");
    clmlp_dataset_destroy(d);
}

Test(targets, anything_in_between_is_asked)
{
    expect_question(table_of("x,price\n", "%d", 506, 478, 50),
                    "is the target 'price' a class or a number? (found 478 distinct integers in 506 rows)");
    expect_question(table_of("x,y\n", "%d", 105, 21, 0),
                    "is the target 'y' a class or a number? (found 21 distinct integers in 105 rows)");
    expect_question(table_of("", "%d", 14, 3, 1),
                    "is the target '2' a class or a number? (found 3 distinct integers in 14 rows)");
    expect_question("x,y\n1,0.5\n2,high\n3,7\n", "is the target 'y' a class or a number? (found 2 distinct numbers "
        "and 1 "
                    "distinct text, the first 'high' in line 3 in 3 rows)");
}

Test(targets, that_are_asked_about_can_be_said)
{
    const char *const text = table_of("x,price\n", "%d", 506, 478, 50);
    clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    clmlp_dataset *d = load_text("targets.csv", text, &options);
    assert_shape(d, 506, 1, 1);
    clmlp_dataset_destroy(d);
    options = options_of(CLMLP_TARGET_CLASSES);
    d = load_text("targets.csv", text, &options);
    assert_shape(d, 506, 1, 478);
    clmlp_dataset_destroy(d);
}

Test(targets, of_known_classes_are_classes)
{
    const char *const names[] = {"1", "2", "3"};
    clmlp_load_options options = automatic();
    options.class_names = names;
    options.class_count = 3;
    clmlp_dataset *d = load_text("targets.csv", "1,1\n2,2\n3,3\n4,1\n", &options);
    assert_shape(d, 4, 1, 3);
    clmlp_dataset_destroy(d);
}

Test(targets, classes_of_one_example_have_a_note)
{
    const clmlp_load_options options = automatic();
    size_t counts[3];
    clmlp_dataset *d = load_text("targets.csv", "x,y\n1,cat\n2,dog\n3,cat\n", &options);
    cr_assert_eq(clmlp_dataset_notes(d), 1);
    cr_assert_not_null(strstr(clmlp_dataset_note(d, 0), "targets.csv: class 'dog' has one example"), "%s",
                       clmlp_dataset_note(d, 0));
    cr_assert_eq(clmlp_dataset_class_counts(d, counts, NULL), CLMLP_OK);
    cr_assert(counts[0] == 2 && counts[1] == 1);
    clmlp_dataset_destroy(d);
    d = load_text("targets.csv", "x,y\n1,cat\n2,dog\n3,owl\n4,cat\n", &options);
    cr_assert_not_null(strstr(clmlp_dataset_note(d, 0), "2 classes have one example each, the first of them 'dog'"));
    clmlp_dataset_destroy(d);
    d = load_text("targets.csv", "x,y\n1,cat\n2,cat\n", &options);
    cr_assert_eq(clmlp_dataset_notes(d), 0);
    clmlp_dataset_destroy(d);
}

/* --- without the texts of numbers ---------------------------------------------------------------------------- */

static size_t random_below(uint64_t seed, uint64_t i, size_t count)
{
    return (size_t)(clmlp_random_bits(seed, CLMLP_RANDOM_CHECK, 0, i) % count);
}

/* Column `seed`: up to 40 texts, of a part of these, often of few. */
static size_t make_column(uint64_t seed, const char *column[40])
{
    static const char *const pool[] = {"1", "2", "3.0", "3", "0.5", "7.25", "1e300", "-0.0", "007", "9007199254740993",
                                       "NA", "", "nan", "NaN", "inf", "-inf", "high", "low", "1e-400", "-999"};
    enum { POOL = sizeof pool / sizeof *pool };
    const size_t m = 1 + random_below(seed, 0, 40), first = random_below(seed, 1, POOL);
    const size_t width = 1 + random_below(seed, 2, POOL);
    for (size_t i = 0; i < m; i++) column[i] = pool[(first + random_below(seed, 3 + i, width)) % POOL];
    return m;
}

/* What becomes of a column, as text. */
static void outcome(char *text, size_t size, const char *const *column, size_t m, bool guesses_kind, const char *mark)
{
    clmlp_classes classes = {.path = "file", .guesses_kind = guesses_kind,
                             .marks = {mark != NULL ? &mark : NULL, mark != NULL}};
    clmlp_target_kind kind = CLMLP_TARGET_NONE;
    clmlp_error error = {.message = ""};
    clmlp_notes notes = {0};
    uint32_t *labels = NULL;
    char **names = NULL;
    double *y = NULL;
    size_t K = 0;
    for (size_t i = 0; i < m; i++) {
        cr_assert_eq(clmlp_classes_add(&classes, column[i], strlen(column[i]), i + 1, i % 3, &error), CLMLP_OK);
    }
    const bool numbers = clmlp_targets_are_numbers(&classes);
    clmlp_status status = clmlp_targets_decide(&classes, "y", &kind, &error);
    const int asked = (int)status;
    if (status == CLMLP_OK && kind == CLMLP_TARGET_VALUES) status = clmlp_targets_values(&classes, &y, &error);
    else if (status == CLMLP_OK) {
        status = clmlp_classes_finish(&classes, NULL, 0, &labels, &names, &K, &notes, &error);
    }
    int used = snprintf(text, size, "%d %d %d %d %zu '%.1000s'", numbers, asked, (int)kind, (int)status, K,
                        error.message);
    if (status == CLMLP_OK) {
        used += snprintf(text + used, size - (size_t)used, " missing %zu at %zu:%zu, notes %zu:",
                         classes.missing.count, classes.missing.line, classes.missing.column, notes.count);
    }
    for (size_t i = 0; status == CLMLP_OK && i < m; i++) {
        uint64_t bits = 0;
        if (y != NULL) memcpy(&bits, &y[i], sizeof bits);
        used += snprintf(text + used, size - (size_t)used, " %llx", y != NULL ? (unsigned long long)bits : labels[i]);
    }
    clmlp_classes_release(&classes);
    clmlp_notes_release(&notes);
    free(labels);
    free(names);
    free(y);
}

/* Once a fraction was met, texts are not kept. Kinds, numbers, questions and errors are those of kept texts. */
Test(targets, without_their_texts_are_what_they_are_with_them)
{
    const char *column[40], *const marks[] = {NULL, "-999", "0.5"};
    char with[4096], without[4096];
    size_t kinds[4] = {0};
    for (uint64_t seed = 0; seed < 30000; seed++) {
        const size_t m = make_column(seed, column);
        outcome(with, sizeof with, column, m, false, marks[seed % 3]);
        outcome(without, sizeof without, column, m, true, marks[seed % 3]);
        cr_assert_str_eq(without, with, "seed %llu", (unsigned long long)seed);
        const bool values = with[4] == '0' + CLMLP_TARGET_VALUES;
        kinds[strstr(with, "is the target") != NULL ? 0 : strstr(with, "found") != NULL ? 1 : values ? 2 : 3]++;
    }
    for (size_t k = 0; k < 4; k++) cr_assert(kinds[k] > 300, "%zu of kind %zu", kinds[k], k);
}

Test(targets, with_a_fraction_keep_no_texts)
{
    clmlp_classes classes = {.path = "file", .guesses_kind = true};
    clmlp_error error;
    char text[32];
    for (size_t i = 0; i < 1000; i++) {
        const int length = snprintf(text, sizeof text, "%zu.%zu", i, i % 2);
        cr_assert_eq(clmlp_classes_add(&classes, text, (size_t)length, i + 1, 1, &error), CLMLP_OK);
    }
    cr_assert(classes.is_real && classes.m == 1000 && classes.texts.count == 1 && classes.real.texts.count == 0);
    clmlp_classes_release(&classes);
}
