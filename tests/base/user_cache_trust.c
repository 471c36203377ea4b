/* user_cache_trust.c - the per-user cache takes and gives nothing that others could have changed. */
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

/* Nothing is read, written or removed, and the check names what is refused and why. */
static void expect_refused(const char *what, const char *why)
{
    clmlp_error error = {.status = CLMLP_OK};
    cr_assert_not(reads(KEY, PAYLOAD, sizeof PAYLOAD), "read: %s", why);
    cr_assert_not(writes(KEY), "written: %s", why);
    cr_assert_eq(clmlp_user_cache_check(&error), CLMLP_IO, "nothing said: %s", why);
    cr_assert_not_null(strstr(error.message, what), "no '%s' in: %s", what, error.message);
    cr_assert_not_null(strstr(error.message, why), "no '%s' in: %s", why, error.message);
}

static void expect_trusted(void)
{
    cr_assert(reads(KEY, PAYLOAD, sizeof PAYLOAD));
    cr_assert(writes(KEY));
    cr_assert_eq(clmlp_user_cache_check(NULL), CLMLP_OK);
}

/* A file of the kind that the check looks for. */
static char *use_program(void)
{
    cr_assert(clmlp_user_cache_write("program", KEY, PAYLOAD, sizeof PAYLOAD));
    return clmlp_user_cache_path("program", KEY);
}

static void expect_program_refused(const char *path, const char *why)
{
    void *payload = NULL;
    size_t size = 0;
    clmlp_error error = {.status = CLMLP_OK};
    cr_assert_not(clmlp_user_cache_read("program", KEY, &payload, &size), "read: %s", why);
    cr_assert_not(clmlp_user_cache_write("program", KEY, PAYLOAD, sizeof PAYLOAD), "written: %s", why);
    cr_assert_eq(clmlp_user_cache_check(&error), CLMLP_IO, "nothing said: %s", why);
    cr_assert_not_null(strstr(error.message, path), "no '%s' in: %s", path, error.message);
    cr_assert_not_null(strstr(error.message, why), "no '%s' in: %s", why, error.message);
}

Test(user_cache, refuses_what_the_group_or_others_may_write)
{
    const char *const folder = use_folder("group");
    cr_assert(writes(KEY));
    char *const path = use_program();
    static const struct {
        mode_t mode;
        const char *why;
    } cases[] = {{0770, "its group may write"}, {0722, "everybody may write"}, {0720, "its group may write"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert_eq(chmod(folder, cases[i].mode), 0);
        expect_refused(folder, cases[i].why);
        cr_assert_eq(chmod(folder, 0755), 0);
        expect_trusted();
        cr_assert_eq(chmod(path, cases[i].mode & 0666), 0);
        expect_program_refused(path, cases[i].why);
        cr_assert_eq(chmod(path, 0644), 0);
        expect_trusted();
    }
    free(path);
}

Test(user_cache, refuses_links)
{
    char elsewhere[1100], with_slash[1100];
    const char *const folder = use_folder("links");
    cr_assert(writes(KEY));
    char *const path = use_program();
    (void)snprintf(elsewhere, sizeof elsewhere, "%s-moved", folder);
    (void)snprintf(with_slash, sizeof with_slash, "%s/", folder);
    cr_assert_eq(rename(path, elsewhere), 0);
    cr_assert_eq(symlink(elsewhere, path), 0);
    expect_program_refused(path, "symbolic link");
    cr_assert_eq(unlink(path) | unlink(elsewhere), 0);
    cr_assert_eq(rename(folder, elsewhere), 0);
    cr_assert_eq(symlink(elsewhere, folder), 0);
    expect_refused(folder, "symbolic link");
    cr_assert_eq(setenv("CLMLP_CACHE_DIR", with_slash, 1), 0);
    expect_refused(folder, "symbolic link");
    free(path);
}

Test(user_cache, refuses_a_folder_that_others_may_replace)
{
    char above[1024];
    const char *const folder = use_folder("above");
    cr_assert(writes(KEY));
    (void)snprintf(above, sizeof above, "%s", folder);
    *strrchr(above, '/') = '\0';
    *strrchr(above, '/') = '\0';
    cr_assert_eq(chmod(above, 0777), 0);
    expect_refused(above, "everybody may replace what is in it");
    cr_assert_eq(chmod(above, 01777), 0);
    expect_trusted();
    cr_assert_eq(chmod(above, 0775), 0);
    expect_refused(above, "its group may replace what is in it");
    cr_assert_eq(chmod(above, 01775), 0);
    expect_trusted();
    cr_assert_eq(chmod(above, 0755), 0);
    expect_trusted();
    if (geteuid() != 0) cr_skip_test("only root can give folders away");
    cr_assert_eq(chown(above, 65534, 65534), 0);
    expect_refused(above, "it belongs to another user, who may replace");
    cr_assert_eq(chmod(above, 01755), 0);
    expect_refused(above, "it belongs to another user, who may replace");
    cr_assert_eq(chown(above, 0, 0), 0);
    expect_trusted();
}

Test(user_cache, refuses_what_belongs_to_somebody_else)
{
    enum { SOMEBODY = 65534 };
    char above[4096];
    const char *const folder = use_folder("owner");
    if (geteuid() != 0) cr_skip_test("only root can give files away");
    cr_assert(writes(KEY));
    char *const path = use_program();
    cr_assert_eq(chown(path, SOMEBODY, SOMEBODY), 0);
    expect_program_refused(path, "another user");
    cr_assert_eq(chown(path, 0, 0), 0);
    expect_trusted();
    cr_assert_eq(chown(folder, SOMEBODY, SOMEBODY), 0);
    expect_refused(folder, "another user");
    cr_assert_eq(chown(folder, 0, 0), 0);
    expect_trusted();
    (void)snprintf(above, sizeof above, "chmod 755 '%s' '%s/..' '%s/../..'", folder, folder, folder);
    cr_assert_eq(system(above), 0);
    /* nor does anybody take what belongs to root */
    const pid_t child = fork();
    if (child == 0) {
        void *payload = NULL;
        size_t size = 0;
        clmlp_error error;
        if (chmod(path, 0644) != 0 || seteuid(SOMEBODY) != 0) _exit(1);
        const bool read = clmlp_user_cache_read("program", KEY, &payload, &size);
        const bool written = clmlp_user_cache_write("program", KEY, PAYLOAD, sizeof PAYLOAD);
        const bool said = clmlp_user_cache_check(&error) == CLMLP_IO && strstr(error.message, "another user") != NULL;
        _exit(read ? 2 : written ? 3 : said ? 0 : 4);
    }
    int code = 0;
    cr_assert_eq(waitpid(child, &code, 0), child);
    cr_assert(WIFEXITED(code) && WEXITSTATUS(code) == 0, "exit status %d", WEXITSTATUS(code));
    free(path);
}
