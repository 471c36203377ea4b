/* test_divided_no_memory.c - a rank that has no memory for its part, each time another allocation: all ranks fail, or
 * none does, and nobody waits for the others. */
#include "divided.h"
#include "files.h"

/* The linker puts these in the place of the library's (--wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static _Thread_local bool failing; /* in the thread of the rank at hand */
static size_t left;                /* allocations of that thread until the one that fails */
static bool failed;

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

static size_t poor; /* the rank whose allocation fails */

static void begin(size_t rank)
{
    failing = rank == poor;
}

static void end(void)
{
    failing = false;
}

/* With the first allocation of a rank failing, with the second, ... until it needs no more. */
static void fails_for_all(const char *name, const char *text)
{
    enum { RANKS = 3 };
    char path[PATH_LENGTH];
    size_t said = 0, n = 0;
    const clmlp_load_options options = options_of(CLMLP_TARGET_AUTO);
    write_file(scratch_path(path, name), text, strlen(text));
    (void)read_alone(path, 1, &options);
    before_reading = begin;
    after_reading = end;
    for (poor = 0; poor < RANKS; poor += 2) {
        failed = true;
        for (n = 0; failed; n++) {
            failed = false;
            left = n;
            read_by_ranks(RANKS, path, NULL, 1, &options);
            const char *const message = message_of(RANKS, poor); /* with its own name in front, or without */
            for (size_t r = 0; r < RANKS; r++) {
                const char *const other = message_of(RANKS, r);
                cr_assert((message[0] == '\0') == (other[0] == '\0') && strstr(other, message) != NULL,
                          "%s, allocation %zu of rank %zu, rank %zu: '%s', not '%s'", name, n, poor, r, other, message);
            }
            if (message[0] == '\0') continue; /* an array that could not become shorter */
            said++;
            cr_assert_not_null(strstr(message, "not enough memory"), "%s, allocation %zu of rank %zu: %s", name, n,
                               poor, message);
        }
    }
    cr_expect_gt(said, 20, "%s: %zu", name, said);
    before_reading = NULL;
    after_reading = NULL;
    (void)remove(path);
}

Test(divided_no_memory, numbers)
{
    fails_for_all("poor.csv", "a,b,y\n1,2,p\n3,4,q\n5,6,p\n7,8,q\n9,10,p\n11,12,q\n");
}

Test(divided_no_memory, texts)
{
    fails_for_all("poor.csv", "a,b,n,y\n1,2,1,p\nx,4,2,q\n5,2026-01-01,3,p\n\"7\n\",z,4,q\ny,10,5,p\n11,12,6,q\n");
}

Test(divided_no_memory, sparse)
{
    fails_for_all("poor.svm", "1 1:2\n2 2:3\n1 3:4\n2 1:2\n1 4:4\n2 2:9\n");
}
