/* cache_entries.h - entries of a per-user cache of their own, for its tests. */
#ifndef TEST_CACHE_ENTRIES_H
#define TEST_CACHE_ENTRIES_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/user_cache.h"

static const char KEY[] = "device: any\nsource: __kernel void f() {}\n";
static const char PAYLOAD[] = "binary\0with\nall sorts\xff of bytes";

/* An empty cache folder that does not exist yet, in the environment. */
static const char *use_folder(const char *name)
{
    static char path[1024], command[2100];
    (void)snprintf(path, sizeof path, "%s/user-cache-%s/a/b", TEST_SCRATCH_DIR, name);
    (void)snprintf(command, sizeof command, "rm -rf '%s/user-cache-%s'", TEST_SCRATCH_DIR, name);
    cr_assert_eq(system(command), 0);
    cr_assert_eq(setenv("CLMLP_CACHE_DIR", path, 1), 0);
    return path;
}

static inline bool reads(const char *key, const void *expected, size_t size)
{
    void *payload = NULL;
    size_t found = 0;
    if (!clmlp_user_cache_read("test", key, &payload, &found)) return false;
    const bool same = found == size && memcmp(payload, expected, size) == 0 && ((char *)payload)[size] == '\0';
    free(payload);
    cr_assert(same, "an entry came back changed");
    return true;
}

static inline bool writes(const char *key)
{
    return clmlp_user_cache_write("test", key, PAYLOAD, sizeof PAYLOAD);
}

static inline char *file_of(const char *key, char **bytes, size_t *size)
{
    char *path = clmlp_user_cache_path("test", key);
    cr_assert_not_null(path);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s is not there", path);
    *bytes = calloc(1, 1 << 16);
    *size = fread(*bytes, 1, 1 << 16, file);
    (void)fclose(file);
    return path;
}

static inline void put_file(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
}

#endif
