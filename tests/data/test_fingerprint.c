/* test_fingerprint.c - whatever training sees of a data set changes its fingerprint and its checksum, and nothing else
 * does. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "data/fingerprint.h"
#include "files.h"

enum { ROWS = 4, COLUMNS = 2 };

static uint64_t sum; /* of the data set that of_text had last */

static char *of_text(const char *text, const char *target, char digest[CLMLP_SHA256_HEX])
{
    char path[PATH_LENGTH];
    clmlp_dataset *data = NULL;
    clmlp_error error = {.message = ""};
    clmlp_load_options load = clmlp_load_options_default();
    write_file(scratch_path(path, "fingerprint.csv"), text, strlen(text));
    load.target = target;
    cr_assert_eq(clmlp_dataset_load(&data, path, &load, &error), CLMLP_OK, "%s", error.message);
    (void)clmlp_dataset_fingerprint(data, digest);
    sum = clmlp_dataset_checksum(data);
    clmlp_dataset_destroy(data);
    (void)remove(path);
    return digest;
}

Test(fingerprint, is_that_of_numbers_names_and_targets)
{
    static const char first[] = "a,b,kind\n1,2.5,x\n3,4,y\n5,6,x\n";
    static const char *const others[] = {
        "a,b,kind\n1,2.5,x\n3,4,y\n5,7,x\n", "a,c,kind\n1,2.5,x\n3,4,y\n5,6,x\n", "a,b,kind\n1,2.5,x\n3,4,y\n5,6,y\n",
        "a,b,kind\n1,2.5,x\n3,4,z\n5,6,x\n", "a,b,kind\n3,4,y\n1,2.5,x\n5,6,x\n", "a,b,kind\n1,2.5,x\n3,4,y\n",
        "a,b,kind\n1,u,x\n3,v,y\n5,u,x\n",   "a,b,sort\n1,2.5,x\n3,4,y\n5,6,x\n"};
    char digests[9][CLMLP_SHA256_HEX], again[CLMLP_SHA256_HEX];
    uint64_t sums[9];
    (void)of_text(first, NULL, digests[0]);
    sums[0] = sum;
    cr_assert_eq(strlen(digests[0]), 64);
    /* the same numbers written otherwise */
    cr_assert_str_eq(of_text("a,b,kind\n1.0,25e-1,x\n3,4.00,y\n5,6,x\n", NULL, again), digests[0]);
    cr_assert_eq(sum, sums[0]);
    for (size_t i = 0; i < 8; i++) {
        (void)of_text(others[i], NULL, digests[i + 1]);
        sums[i + 1] = sum;
        for (size_t k = 0; k <= i; k++) {
            cr_assert_str_neq(digests[i + 1], digests[k], "texts %zu and %zu", i + 1, k);
            cr_assert_neq(sums[i + 1], sums[k], "sums of texts %zu and %zu", i + 1, k);
        }
    }
}

Test(fingerprint, of_texts_is_that_of_their_levels)
{
    char one[CLMLP_SHA256_HEX], other[CLMLP_SHA256_HEX];
    cr_assert_str_neq(of_text("a,b,y\nu,1,p\nv,2,q\nu,3,p\n", NULL, one),
                      of_text("a,b,y\nu,1,p\nv,2,q\nv,3,p\n", NULL, other));
}

Test(fingerprint, has_weights)
{
    const double x[ROWS * COLUMNS] = {1, 2, 3, 4, 5, 6, 7, 8}, y[ROWS] = {1, 2, 3, 4}, w[ROWS] = {1, 1, 1, 2};
    char without[CLMLP_SHA256_HEX], with[CLMLP_SHA256_HEX];
    clmlp_dataset *data = NULL;
    clmlp_error error = {.message = ""};
    cr_assert_eq(clmlp_dataset_create(&data, ROWS, COLUMNS, x, 1, y, &error), CLMLP_OK, "%s", error.message);
    (void)clmlp_dataset_fingerprint(data, without);
    sum = clmlp_dataset_checksum(data);
    cr_assert_eq(clmlp_dataset_set_weights(data, w, &error), CLMLP_OK, "%s", error.message);
    cr_assert_str_neq(clmlp_dataset_fingerprint(data, with), without);
    cr_assert_neq(clmlp_dataset_checksum(data), sum);
    cr_assert_str_eq(clmlp_dataset_fingerprint(NULL, with), "");
    cr_assert_eq(clmlp_dataset_checksum(NULL), 0);
    clmlp_dataset_destroy(data);
}

/* Whichever byte is another one, also of those behind the last whole word. */
Test(fingerprint, every_number_counts_in_the_checksum)
{
    enum { MANY = 7, WIDE = 5 };
    double x[MANY * WIDE] = {0}, y[MANY] = {0};
    uint64_t sums[MANY * WIDE + MANY + 1];
    clmlp_error error = {.message = ""};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
        clmlp_dataset *data = NULL;
        double *const changed = i < MANY * WIDE ? &x[i] : i < MANY * WIDE + MANY ? &y[i - MANY * WIDE] : NULL;
        if (changed != NULL) *changed = 1.0;
        cr_assert_eq(clmlp_dataset_create(&data, MANY, WIDE, x, 1, y, &error), CLMLP_OK, "%s", error.message);
        sums[i] = clmlp_dataset_checksum(data);
        for (size_t k = 0; k < i; k++) cr_assert_neq(sums[i], sums[k], "changes %zu and %zu", i, k);
        clmlp_dataset_destroy(data);
        if (changed != NULL) *changed = 0.0;
    }
}
