/* cache.c - fuzz target: entries of the user's cache. What is taken is what would have been written; what was written
 * comes back; what was changed since does not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/user_cache.h"
#include "fuzz.h"

static const char KIND[] = "fuzz";

static void expect_entry(const char *key, const uint8_t *payload, size_t size)
{
    void *found = NULL;
    size_t found_size = 0;
    CHECK(clmlp_user_cache_read(KIND, key, &found, &found_size));
    CHECK(found_size == size && (size == 0 || memcmp(found, payload, size) == 0));
    CHECK(((const char *)found)[size] == '\0');
    free(found);
}

/* A file as it is, in the place of the entry. */
static void take_file(const char *path, const char *key, const uint8_t *bytes, size_t size)
{
    void *found = NULL;
    size_t found_size = 0, again_size = 0;
    (void)fuzz_write("cache/entry", bytes, size);
    CHECK(rename(fuzz_path("cache/entry"), path) == 0);
    if (!clmlp_user_cache_read(KIND, key, &found, &found_size)) return;
    CHECK(clmlp_user_cache_write(KIND, key, found, found_size));
    uint8_t *const again = fuzz_read(path, &again_size);
    CHECK(again_size == size && memcmp(again, bytes, size) == 0);
    free(again);
    free(found);
}

void fuzz_cache(const uint8_t *data, size_t size)
{
    fuzz_input in = {.at = data, .end = data + size};
    size_t file_size = 0;
    CHECK(setenv("CLMLP_CACHE_DIR", fuzz_path("cache"), 1) == 0);
    const unsigned place = fuzz_short(&in), change = fuzz_byte(&in);
    const char *const key = fuzz_text(&in);
    char *const path = clmlp_user_cache_path(KIND, key);
    CHECK(path != NULL);
    OK(clmlp_user_cache_check(error));
    CHECK(clmlp_user_cache_write(KIND, key, in.at, fuzz_left(&in)));
    expect_entry(key, in.at, fuzz_left(&in));

    /* one byte of it is another, or the end is missing */
    uint8_t *const file = fuzz_read(path, &file_size);
    const size_t at = place % file_size;
    void *found = NULL;
    if (change != 0) file[at] ^= (uint8_t)change;
    take_file(path, key, file, change != 0 ? file_size : at);
    CHECK(!clmlp_user_cache_read(KIND, key, &found, &file_size));
    free(file);

    take_file(path, key, in.at, fuzz_left(&in));
    (void)remove(path);
    free(path);
    fuzz_release(&in);
}
