/* test_no_memory.c - data sets where there is no memory: each allocation fails once, and each time it is said. */
#include "files.h"

#include "data/fingerprint.h"
#include "model/model.h"

#include <math.h>

/* The linker puts these in the place of the library's (--wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool failing, failed;
static size_t left; /* allocations until the one that fails */

static bool fails_now(void)
{
    if (!failing) return false;
    if (left > 0) {
        left--;
        return false;
    }
    failing = false;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails_now() ? NULL : __real_realloc(old, size);
}

typedef clmlp_status act(clmlp_dataset **out, clmlp_error *error);

/* Do it with the first allocation failing, with the second, ... until it needs no more. An array that cannot become
 * shorter stays as it is: then the data set is the one of an undisturbed run. */
static void lacks_memory_each_time(const char *what, act *do_it, clmlp_status expected)
{
    char undisturbed[CLMLP_SHA256_HEX], other[CLMLP_SHA256_HEX];
    clmlp_error first = {.message = "no error"};
    clmlp_dataset *d = NULL;
    size_t n = 0, said = 0;
    cr_assert_eq(do_it(&d, &first), expected, "%s: %s", what, first.message);
    (void)clmlp_dataset_fingerprint(d, undisturbed);
    clmlp_dataset_destroy(d);
    for (failed = true; failed; n++) {
        clmlp_error error = {.message = "no error"};
        d = NULL;
        left = n;
        failed = false;
        failing = true;
        const clmlp_status status = do_it(&d, &error);
        failing = false;
        if (status == CLMLP_OUT_OF_MEMORY) {
            cr_assert(failed && d == NULL, "%s, allocation %zu: %s", what, n, error.message);
            said++;
        } else {
            cr_assert_eq(status, expected, "%s, allocation %zu: %s", what, n, error.message);
            cr_assert_str_eq(error.message, first.message, "%s, allocation %zu", what, n);
            cr_assert_str_eq(clmlp_dataset_fingerprint(d, other), undisturbed, "%s, allocation %zu", what, n);
        }
        clmlp_dataset_destroy(d);
    }
    cr_assert(said > 4 && said + 4 > n, "%s: %zu of %zu were said", what, said, n);
}

/* --- columns in memory ------------------------------------------------------------------------------ */

enum { M = 4, N = 5 };
static const char *const names[N] = {"age", "city", "since", "member", "t"};
static const double age[M] = {30, NAN, 50, 10};
static const char *const city[M] = {"Oslo", "Bern", NULL, "Bern"};
static const char *const since[M] = {"2026-01-31", "2026-02-01", "2024-12-31", "2026-01-01"};
static const char *const member[M] = {"yes", "No", "", "YES"};
static const char *const target[M] = {"a", "b", "a", "b"};
static const double *const numbers[N] = {age, NULL, NULL, NULL, NULL};
static const char *const *const texts[N] = {NULL, city, since, member, target};

static clmlp_status of_columns(clmlp_dataset **out, clmlp_error *error)
{
    return clmlp_dataset_create_columns(out, M, N, names, numbers, texts, NULL, error);
}

/* Two columns with too many texts, which are counted. */
static clmlp_status of_too_many_texts(clmlp_dataset **out, clmlp_error *error)
{
    clmlp_load_options options = options_of(CLMLP_TARGET_CLASSES);
    options.max_categories = 1;
    const double *const none[3] = {NULL, NULL, NULL};
    const char *const *const cells[3] = {city, target, target};
    static const char *const called[3] = {"city", "letter", "t"};
    return clmlp_dataset_create_columns(out, M, 3, called, none, cells, &options, error);
}

Test(no_memory, for_columns_is_said)
{
    lacks_memory_each_time("columns", of_columns, CLMLP_OK);
    lacks_memory_each_time("too many texts", of_too_many_texts, CLMLP_BAD_INPUT);
}

/* --- files ---------------------------------------------------------------------------------------------- */

static char path[PATH_LENGTH];
static clmlp_target_kind kind;

static clmlp_status of_a_file(clmlp_dataset **out, clmlp_error *error)
{
    const clmlp_load_options options = options_of(kind);
    return clmlp_dataset_load(out, path, &options, error);
}

Test(no_memory, for_files_is_said)
{
    static const struct {
        const char *name, *text;
        clmlp_target_kind target_kind;
    } files[] = {
        {"no_memory_numbers.csv", "1,2,3\n4,5,6\n7,8,10\n", CLMLP_TARGET_VALUES},
        {"no_memory_classes.csv", "p;q;t\n1;2;a\n4;5;b\n7;8;a\n", CLMLP_TARGET_CLASSES},
        {"no_memory_mixed.csv", "age,city,since,member,t\n30,Oslo,2026-01-31,yes,a\n,Bern,2026-02-01,No,b\n"
         "50,\"NA\",2024-12-31,,a\n10,Bern,2026-01-01,YES,b\n", CLMLP_TARGET_CLASSES},
        {"no_memory.svmlight", "+1 1:0.5 3:2\n-1 2:1\n+1 3:4\n", CLMLP_TARGET_CLASSES},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        write_file(scratch_path(path, files[i].name), files[i].text, strlen(files[i].text));
        kind = files[i].target_kind;
        lacks_memory_each_time(files[i].name, of_a_file, CLMLP_OK);
    }
}

/* --- data sets from others ---------------------------------------------------------------------------------- */

static clmlp_dataset *whole;

static clmlp_status of_a_split(clmlp_dataset **out, clmlp_error *error)
{
    clmlp_dataset *rest = NULL;
    const clmlp_status status = clmlp_dataset_split(whole, 0.5, 1, &rest, out, error);
    clmlp_dataset_destroy(rest);
    return status;
}

static clmlp_status of_a_fold(clmlp_dataset **out, clmlp_error *error)
{
    clmlp_dataset *rest = NULL;
    const clmlp_status status = clmlp_dataset_fold_alike(whole, 2, 1, 1, &rest, out, error);
    clmlp_dataset_destroy(rest);
    return status;
}

Test(no_memory, for_parts_is_said)
{
    clmlp_error error = {.message = "no error"};
    cr_assert_eq(of_columns(&whole, &error), CLMLP_OK, "%s", error.message);
    lacks_memory_each_time("a split", of_a_split, CLMLP_OK);
    lacks_memory_each_time("a fold", of_a_fold, CLMLP_OK);
    clmlp_dataset_destroy(whole);
}
