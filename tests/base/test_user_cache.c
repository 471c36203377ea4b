/* test_user_cache.c - the per-user cache: whole entries or none, never an error. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cache_entries.h"

Test(user_cache, gives_back_what_was_written)
{
    (void)use_folder("round-trip");
    cr_assert_not(reads(KEY, PAYLOAD, sizeof PAYLOAD), "an entry before anything was written");
    cr_assert(writes(KEY));
    cr_assert(reads(KEY, PAYLOAD, sizeof PAYLOAD));
}

Test(user_cache, keeps_an_empty_payload_and_an_empty_key)
{
    (void)use_folder("empty");
    cr_assert(clmlp_user_cache_write("test", "", "", 0));
    cr_assert(reads("", "", 0));
}

Test(user_cache, replaces_an_entry)
{
    (void)use_folder("replace");
    cr_assert(writes(KEY));
    cr_assert(clmlp_user_cache_write("test", KEY, "new", 3));
    cr_assert(reads(KEY, "new", 3));
}

Test(user_cache, tells_keys_and_kinds_apart)
{
    (void)use_folder("keys");
    void *payload = NULL;
    size_t size = 0;
    cr_assert(writes(KEY));
    cr_assert_not(reads("device: any", PAYLOAD, sizeof PAYLOAD));
    cr_assert_not(clmlp_user_cache_read("other", KEY, &payload, &size));
}

Test(user_cache, is_for_the_user_alone)
{
    struct stat entry;
    char *bytes = NULL;
    size_t size = 0;
    const char *const folder = use_folder("private");
    (void)umask(0);
    cr_assert(writes(KEY));
    cr_assert_eq(stat(folder, &entry), 0);
    cr_assert_eq(entry.st_mode & 0777, 0700, "the folder has mode %o", (unsigned)entry.st_mode & 0777);
    char *path = file_of(KEY, &bytes, &size);
    cr_assert_eq(stat(path, &entry), 0);
    cr_assert_eq(entry.st_mode & 0777, 0600, "the file has mode %o", (unsigned)entry.st_mode & 0777);
    free(bytes), free(path);
}

Test(user_cache, leaves_no_other_file_behind)
{
    char command[2200];
    const char *const folder = use_folder("tidy");
    cr_assert(writes(KEY) && writes("b") && writes(KEY));
    (void)snprintf(command, sizeof command, "test \"$(ls -A '%s' | wc -l)\" -eq 2", folder);
    cr_assert_eq(system(command), 0);
}

Test(user_cache, ignores_and_replaces_an_entry_with_any_bit_flipped)
{
    char *bytes = NULL;
    size_t size = 0;
    (void)use_folder("flipped");
    cr_assert(writes(KEY));
    char *path = file_of(KEY, &bytes, &size);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
        put_file(path, bytes, size);
        cr_assert_not(reads(KEY, PAYLOAD, sizeof PAYLOAD), "bit %zu of %zu was not noticed", bit, 8 * size);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
    }
    cr_assert(writes(KEY) && reads(KEY, PAYLOAD, sizeof PAYLOAD));
    free(bytes), free(path);
}

Test(user_cache, ignores_and_replaces_an_entry_cut_or_lengthened_anywhere)
{
    char *bytes = NULL;
    size_t size = 0;
    (void)use_folder("cut");
    cr_assert(writes(KEY));
    char *path = file_of(KEY, &bytes, &size);
    for (size_t length = 0; length <= size + 3; length++) {
        if (length == size) continue;
        put_file(path, bytes, length);
        cr_assert_not(reads(KEY, PAYLOAD, sizeof PAYLOAD), "%zu of %zu bytes were taken", length, size);
    }
    cr_assert(writes(KEY) && reads(KEY, PAYLOAD, sizeof PAYLOAD));
    free(bytes), free(path);
}

/* As if two keys had one hash. */
Test(user_cache, ignores_the_entry_of_another_key_under_its_name)
{
    char *bytes = NULL;
    size_t size = 0;
    (void)use_folder("collision");
    cr_assert(writes("the other one"));
    char *other = file_of("the other one", &bytes, &size);
    char *path = clmlp_user_cache_path("test", KEY);
    put_file(path, bytes, size);
    cr_assert_not(reads(KEY, PAYLOAD, sizeof PAYLOAD));
    free(bytes), free(path), free(other);
}

Test(user_cache, is_off_when_the_folder_is_named_nothing)
{
    cr_assert_eq(setenv("CLMLP_CACHE_DIR", "", 1), 0);
    cr_assert_null(clmlp_user_cache_folder());
    cr_assert_null(clmlp_user_cache_path("test", KEY));
    cr_assert_not(writes(KEY));
    cr_assert_not(reads(KEY, PAYLOAD, sizeof PAYLOAD));
}

Test(user_cache, is_off_where_a_file_stands_in_the_way)
{
    (void)use_folder("in-the-way");
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/user-cache-in-the-way", TEST_SCRATCH_DIR);
    put_file(path, "x", 1);
    cr_assert_not(writes(KEY));
    cr_assert_not(reads(KEY, PAYLOAD, sizeof PAYLOAD));
    cr_assert_eq(unlink(path), 0);
}

Test(user_cache, is_off_where_nothing_can_be_written)
{
    cr_assert_eq(setenv("CLMLP_CACHE_DIR", "/proc/no/such/folder", 1), 0);
    cr_assert_not(writes(KEY));
    cr_assert_not(reads(KEY, PAYLOAD, sizeof PAYLOAD));
}

Test(user_cache, takes_nothing_from_where_everybody_may_write)
{
    char *bytes = NULL;
    size_t size = 0;
    const char *const folder = use_folder("everybody");
    cr_assert(writes(KEY));
    cr_assert_eq(chmod(folder, 0777), 0);
    cr_assert_not(reads(KEY, PAYLOAD, sizeof PAYLOAD), "taken from a folder that all may write to");
    cr_assert_not(writes(KEY));
    cr_assert_eq(chmod(folder, 0700), 0);
    cr_assert(reads(KEY, PAYLOAD, sizeof PAYLOAD));
    char *path = file_of(KEY, &bytes, &size);
    cr_assert_eq(chmod(path, 0666), 0);
    cr_assert_not(reads(KEY, PAYLOAD, sizeof PAYLOAD), "taken from a file that all may write to");
    free(bytes), free(path);
}

Test(user_cache, does_not_write_through_a_link_nor_wait_for_a_pipe)
{
    char target[1024];
    struct stat entry;
    const char *const folder = use_folder("link");
    cr_assert(writes("makes the folder"));
    (void)snprintf(target, sizeof target, "%s/target", folder);
    put_file(target, "precious", 8);
    char *path = clmlp_user_cache_path("test", KEY);
    cr_assert_eq(symlink(target, path), 0);
    cr_assert_not(writes(KEY));
    cr_assert_eq(stat(target, &entry), 0);
    cr_assert_eq(entry.st_size, 8);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_assert_not(reads(KEY, PAYLOAD, sizeof PAYLOAD));
    cr_assert_not(writes(KEY));
    free(path);
}

Test(user_cache, finds_nothing_wrong_where_there_is_no_cache)
{
    (void)use_folder("absent");
    cr_assert_eq(clmlp_user_cache_check(NULL), CLMLP_OK);
    cr_assert_eq(setenv("CLMLP_CACHE_DIR", "", 1), 0);
    cr_assert_eq(clmlp_user_cache_check(NULL), CLMLP_OK);
}

Test(user_cache, goes_where_the_environment_says)
{
    cr_assert_eq(unsetenv("CLMLP_CACHE_DIR"), 0);
    static const struct {
        const char *caches, *home, *expected;
    } cases[] = {{"/x", "/h", "/x/clmlp"},
                 {"", "/h", "/h/.cache/clmlp"},
                 {"relative", "/h", "/h/.cache/clmlp"},
                 {"", "", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert_eq(setenv("XDG_CACHE_HOME", cases[i].caches, 1) | setenv("HOME", cases[i].home, 1), 0);
        char *folder = clmlp_user_cache_folder();
        if (cases[i].expected == NULL) cr_assert_null(folder, "%s", folder);
        else cr_assert_str_eq(folder, cases[i].expected);
        free(folder);
    }
}

/* Each process writes its own payload, of its own length, again and again, and looks: what it finds must
 * be one of those payloads as a whole. */
static int write_and_check(int process)
{
    static char block[1 << 15];
    for (int round = 0; round < 20; round++) {
        const size_t length = (size_t)(1 + process) * 5000;
        memset(block, 'a' + process, length);
        if (!clmlp_user_cache_write("test", KEY, block, length)) return 1;
        void *payload = NULL;
        size_t size = 0;
        if (!clmlp_user_cache_read("test", KEY, &payload, &size)) return 2;
        const char letter = ((const char *)payload)[0];
        for (size_t i = 0; i < size; i++) {
            if (((const char *)payload)[i] != letter) return 3;
        }
        if (size != (size_t)(1 + letter - 'a') * 5000) return 4;
        free(payload);
    }
    return 0;
}

Test(user_cache, survives_several_writers_at_once)
{
    enum { PROCESSES = 4 };
    pid_t children[PROCESSES];
    char command[2200];
    const char *const folder = use_folder("writers");
    for (int p = 0; p < PROCESSES; p++) {
        children[p] = fork();
        cr_assert_neq(children[p], -1);
        if (children[p] == 0) _exit(write_and_check(p));
    }
    for (int p = 0; p < PROCESSES; p++) {
        int code = 0;
        cr_assert_eq(waitpid(children[p], &code, 0), children[p]);
        cr_assert(WIFEXITED(code) && WEXITSTATUS(code) == 0, "writer %d: wait status %d", p, code);
    }
    (void)snprintf(command, sizeof command, "test \"$(ls -A '%s' | wc -l)\" -eq 1", folder);
    cr_assert_eq(system(command), 0, "temporaries were left");
}

/* A file of so many bytes, most of them not on disk, last used `age` seconds ago. */
static void put_large(const char *folder, const char *name, off_t size, time_t age)
{
    char path[1200];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    put_file(path, "clmlp-cache 1 ", 14);
    cr_assert_eq(truncate(path, size), 0);
    const struct timespec when = {.tv_sec = time(NULL) - age};
    const struct timespec times[2] = {when, when};
    cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static bool exists(const char *folder, const char *name)
{
    char path[1200];
    struct stat entry;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &entry) == 0;
}

Test(user_cache, drops_what_was_unused_longest_when_a_kind_takes_too_much)
{
    const char *const folder = use_folder("limit");
    cr_assert(writes("makes the folder"));
    put_large(folder, "test-0000000000000001", CLMLP_USER_CACHE_LIMIT / 2, 300);
    put_large(folder, "test-0000000000000002", CLMLP_USER_CACHE_LIMIT / 2, 500);
    put_large(folder, "test-0000000000000003", CLMLP_USER_CACHE_LIMIT / 4, 400);
    put_large(folder, "other-0000000000000004", CLMLP_USER_CACHE_LIMIT / 2, 900);
    put_large(folder, "test-0000000000000005.AbCdEf", 20, 3 * 24 * 3600);
    put_large(folder, "test-0000000000000006.AbCdEf", 20, 60);
    cr_assert(writes(KEY) && reads(KEY, PAYLOAD, sizeof PAYLOAD));
    cr_assert_not(exists(folder, "test-0000000000000002"), "the oldest entry is still there");
    cr_assert(exists(folder, "test-0000000000000001") && exists(folder, "test-0000000000000003"));
    cr_assert(exists(folder, "other-0000000000000004"), "another kind was touched");
    cr_assert_not(exists(folder, "test-0000000000000005.AbCdEf"), "an orphan is still there");
    cr_assert(exists(folder, "test-0000000000000006.AbCdEf"), "a file being written was removed");
}

/* A folder of the user's may be the cache: what only looks like a file of the cache stays. */
Test(user_cache, removes_nothing_but_its_own)
{
    static const char *const names[] = {"test-notes.txt", "test-list", "test-0000000000000001.notes",
                                        "test-000000000000000g", "test-0000000000000002.AbCdE", "test-"};
    const char *const folder = use_folder("others");
    char path[1200], linked[1200];
    cr_assert(writes("makes the folder"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        put_large(folder, names[i], CLMLP_USER_CACHE_LIMIT, 3 * 24 * 3600);
    }
    /* a name of the cache, and something else in it */
    put_large(folder, "test-0000000000000003", CLMLP_USER_CACHE_LIMIT, 3 * 24 * 3600);
    put_large(folder, "test-0000000000000004.AbCdEf", 20, 3 * 24 * 3600);
    for (int i = 3; i <= 4; i++) {
        (void)snprintf(path, sizeof path, "%s/test-000000000000000%d%s", folder, i, i == 4 ? ".AbCdEf" : "");
        FILE *const file = fopen(path, "r+");
        cr_assert(file != NULL && fputs("my notes", file) >= 0 && fclose(file) == 0);
    }
    /* one of two names */
    put_large(folder, "test-0000000000000005", CLMLP_USER_CACHE_LIMIT, 3 * 24 * 3600);
    (void)snprintf(path, sizeof path, "%s/test-0000000000000005", folder);
    (void)snprintf(linked, sizeof linked, "%s/second", folder);
    cr_assert_eq(link(path, linked), 0);
    cr_assert(writes(KEY) && reads(KEY, PAYLOAD, sizeof PAYLOAD));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) cr_expect(exists(folder, names[i]), "%s", names[i]);
    cr_expect(exists(folder, "test-0000000000000003") && exists(folder, "test-0000000000000004.AbCdEf"));
    cr_expect(exists(folder, "test-0000000000000005"));
}
