/* test_nearest.c - names of columns that a mistyped one may stand for, alone and in the errors that name them. */
#include "files.h"

#include <stddef.h>

#include "clmlp/text.h"

Test(nearest, is_a_name_that_is_alike)
{
    static const char *const names[] = {"Sale_Price", "Lot Area", "sqft", "x", "ab", "Year-Built"};
    static const struct {
        const char *word, *expected;
    } rows[] = {{"SalePrice", "Sale_Price"}, {"sale price", "Sale_Price"}, {"Slae_Price", "Sale_Price"},
                {"Sale_Prc", "Sale_Price"},  {"lotarea", "Lot Area"},      {"sqf", "sqft"},
                {"yearbuilt", "Year-Built"}, {"X", "x"},                   {"y", NULL},
                {"ac", "ab"},                {"cd", NULL},                 {"Sale", NULL},
                {"", NULL},                  {"_", NULL},                  {"sq", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const got = clmlp_nearest(rows[i].word, names, sizeof names / sizeof *names);
        if (rows[i].expected == NULL) cr_expect_null(got, "%s: %s", rows[i].word, got);
        else cr_expect_str_eq(got != NULL ? got : "none", rows[i].expected, "%s: %s", rows[i].word, got);
    }
    char longer[200];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    const char *const both[] = {longer, "aaa"};
    cr_expect_null(clmlp_nearest(longer, both, 2));
    cr_expect_str_eq(clmlp_nearest("aa", both, 2), "aaa");
}

Test(nearest, knows_letters_with_marks_and_capitals_of_other_scripts)
{
    static const char *const names[] = {"Größe", "straße nr", "Ärzte je 1000", "café", "Łódź", "ΠΛΗΘΟΣ", "Цена",
                                        "\xef\xbb\xbfindex", "Gewicht\xc2\xa0kg"};
    static const struct {
        const char *word, *expected;
    } rows[] = {{"grosse", "Größe"},     {"Groesse", "Größe"},         {"GRÖSSE", "Größe"},
                {"gro\xcc\x88ße", "Größe"},
                {"Gr\xf6\xdf" "e", "Größe"}, {"strasse nr", "straße nr"},  {"STRASSE_NR", "straße nr"},
                {"aerzte je 1000", "Ärzte je 1000"}, {"cafe", "café"},     {"CAFÉ", "café"},      {"lodz", "Łódź"},
                {"πληθοσ", "ΠΛΗΘΟΣ"},     {"цена", "Цена"},               {"index", "\xef\xbb\xbfindex"},
                {"gewicht kg", "Gewicht\xc2\xa0kg"}, {"größer als alles", NULL}, {"Ü", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const got = clmlp_nearest(rows[i].word, names, sizeof names / sizeof *names);
        if (rows[i].expected == NULL) cr_expect_null(got, "%s: %s", rows[i].word, got);
        else cr_expect_str_eq(got != NULL ? got : "none", rows[i].expected, "%s: %s", rows[i].word, got);
    }
}

static void expect(const clmlp_load_options *options, const char *message)
{
    char path[PATH_LENGTH];
    clmlp_dataset *d = NULL;
    clmlp_error error = {.message = "no error"};
    static const char text[] = "Lot_Area,Sale_Price,w\n1,2,1\n3,4,1\n";
    write_file(scratch_path(path, "names.csv"), text, strlen(text));
    cr_expect_eq(clmlp_dataset_load(&d, path, options, &error), CLMLP_BAD_INPUT, "expected %s", message);
    cr_expect_not_null(strstr(error.message, message), "got %s\nexpected %s", error.message, message);
    clmlp_dataset_destroy(d);
    remove(path);
}

Test(nearest, is_named_for_every_option_that_names_columns)
{
    static const char text[] = "Höhe über NN,Jährlicher Preis,w\n1,2,1\n3,4,1\n";
    static const size_t options[] = {offsetof(clmlp_load_options, target), offsetof(clmlp_load_options, features),
                                     offsetof(clmlp_load_options, ignore), offsetof(clmlp_load_options, categorical),
                                     offsetof(clmlp_load_options, keep),   offsetof(clmlp_load_options, weights)};
    char path[PATH_LENGTH];
    write_file(scratch_path(path, "umlauts.csv"), text, strlen(text));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        clmlp_load_options o = options_of(CLMLP_TARGET_VALUES);
        clmlp_dataset *d = NULL;
        clmlp_error error = {.message = "no error"};
        static const char *const word = "hoehe ueber nn";
        memcpy((char *)&o + options[i], &word, sizeof word);
        cr_expect_eq(clmlp_dataset_load(&d, path, &o, &error), CLMLP_BAD_INPUT, "option %zu", i);
        cr_expect_not_null(strstr(error.message, "; did you mean 'Höhe über NN'?"), "option %zu: %s", i, error.message);
        clmlp_dataset_destroy(d);
    }
    remove(path);
}

Test(nearest, is_named_wherever_a_column_is_missing)
{
    static const char message[] = "'Lot_Area', 'Sale_Price', 'w'; did you mean 'Sale_Price'?";
    clmlp_load_options options = options_of(CLMLP_TARGET_VALUES);
    options.target = "SalePrice";
    expect(&options, message);
    options.target = "SalePrice,Lot_Area";
    expect(&options, message);
    options.target = NULL;
    options.ignore = "sale price";
    expect(&options, message);
    options.ignore = NULL;
    options.features = "Sale_Pirce";
    expect(&options, message);
    options.features = NULL;
    options.categorical = "sale_price";
    expect(&options, message);
    options.categorical = NULL;
    options.keep = "sale_price";
    expect(&options, message);
    options.keep = NULL;
    options.weights = "sale_price";
    expect(&options, message);
    options.weights = NULL;
    /* what the model takes: of the columns that it does not find */
    clmlp_dataset *const d = load_text("trained.csv", "LotArea,Lot_Area,t\n1,2,1\n3,4,1\n",
                                       &(clmlp_load_options){.size = sizeof options,
                                                             .target_kind = CLMLP_TARGET_VALUES});
    options.columns = clmlp_dataset_columns(d);
    expect(&options, "no column 'LotArea', which the model takes (found 'Lot_Area', 'Sale_Price', 'w')");
    clmlp_dataset *const other = load_text("trained.csv", "LotArea,t\n1,1\n3,1\n",
                                           &(clmlp_load_options){.size = sizeof options,
                                                                 .target_kind = CLMLP_TARGET_VALUES});
    options.columns = clmlp_dataset_columns(other);
    expect(&options, "(found 'Lot_Area', 'Sale_Price', 'w'); did you mean 'Lot_Area'?");
    /* its own name is no better one */
    options.columns = clmlp_dataset_columns(d);
    options.ignore = "Lot_Area";
    expect(&options, "no column 'LotArea', 'Lot_Area', which the model takes (found 'Lot_Area', 'Sale_Price', 'w')");
    clmlp_dataset *const same = load_text("trained.csv", "Lot_Area,t\n1,1\n3,1\n",
                                          &(clmlp_load_options){.size = sizeof options,
                                                                .target_kind = CLMLP_TARGET_VALUES});
    options.columns = clmlp_dataset_columns(same);
    expect(&options, "(found 'Lot_Area', 'Sale_Price', 'w'); it is there, but left out (--features, --ignore)");
    clmlp_dataset_destroy(same);
    clmlp_dataset_destroy(d);
    clmlp_dataset_destroy(other);
}
