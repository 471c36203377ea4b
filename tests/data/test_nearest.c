/* test_nearest.c - names of columns that a mistyped one may stand for, alone and in the errors that name them. */
#include "files.h"

#include "data/nearest.h"

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
        const char *const got = clmlp_nearest_name(rows[i].word, names, sizeof names / sizeof *names);
        if (rows[i].expected == NULL) cr_expect_null(got, "%s: %s", rows[i].word, got);
        else cr_expect_str_eq(got != NULL ? got : "none", rows[i].expected, "%s: %s", rows[i].word, got);
    }
    char longer[200];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    const char *const both[] = {longer, "aaa"};
    cr_expect_null(clmlp_nearest_name(longer, both, 2));
    cr_expect_str_eq(clmlp_nearest_name("aa", both, 2), "aaa");
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
