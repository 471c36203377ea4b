/* test_file.c - files written as a whole: names of all kinds, what killed runs leave, what is kept. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

enum { ROOM = 1024 };
static const uid_t NOBODY = 65534;

/* In the place of the real one: a disk that says, when it is asked, that it lost what was written. */
static bool disk_fails;
static int flushed_files;

int fsync(int descriptor)
{
    struct stat entry;
    if (fstat(descriptor, &entry) != 0) return -1;
    if (S_ISREG(entry.st_mode)) flushed_files++;
    if (!disk_fails) return fdatasync(descriptor);
    errno = EIO;
    return -1;
}

/* An empty folder to work in. */
static void work_in(const char *name)
{
    char command[ROOM];
    (void)snprintf(command, sizeof command, "rm -rf '%s/file-%s' && mkdir '%s/file-%s'", TEST_SCRATCH_DIR, name,
                   TEST_SCRATCH_DIR, name);
    cr_assert_eq(system(command), 0);
    (void)snprintf(command, sizeof command, "%s/file-%s", TEST_SCRATCH_DIR, name);
    cr_assert_eq(chdir(command), 0);
}

static void write_text(const char *path, const char *text)
{
    FILE *const stream = fopen(path, "wb");
    cr_assert_not_null(stream, "%s", path);
    cr_assert(fputs(text, stream) >= 0);
    cr_assert_eq(fclose(stream), 0);
}

static void expect_text(const char *path, const char *text)
{
    char found[ROOM] = "";
    FILE *const stream = fopen(path, "rb");
    cr_assert_not_null(stream, "%s is not there", path);
    found[fread(found, 1, sizeof found - 1, stream)] = '\0';
    (void)fclose(stream);
    cr_assert_str_eq(found, text, "%s has '%s', not '%s'", path, found, text);
}

static size_t count_files(const char *begin)
{
    char command[ROOM];
    size_t count = 0;
    (void)snprintf(command, sizeof command, "find . -name '%s*' | wc -l", begin);
    FILE *const stream = popen(command, "r");
    cr_assert_eq(fscanf(stream, "%zu", &count), 1);
    (void)pclose(stream);
    return count;
}

static void save(const char *path, const char *text)
{
    clmlp_output_file file;
    clmlp_error error = {CLMLP_OK, ""};
    cr_assert_eq(clmlp_output_open(&file, path, &error), CLMLP_OK, "%s", error.message);
    cr_assert(fputs(text, file.stream) >= 0);
    cr_assert_eq(clmlp_output_commit(&file, &error), CLMLP_OK, "%s", error.message);
}

Test(file, a_name_as_long_as_names_may_be_is_written)
{
    char name[256];
    work_in("long");
    memset(name, 'n', 255);
    name[255] = '\0';
    save(name, "whole");
    expect_text(name, "whole");
    cr_assert_eq(count_files(".clmlp-"), 0);
}

Test(file, the_target_of_a_dangling_link_is_made)
{
    struct stat entry;
    work_in("dangling");
    cr_assert_eq(mkdir("folder", 0777), 0);
    cr_assert_eq(symlink("folder/second", "first"), 0);
    cr_assert_eq(symlink("target", "folder/second"), 0);
    save("first", "whole");
    expect_text("folder/target", "whole");
    cr_assert(lstat("first", &entry) == 0 && S_ISLNK(entry.st_mode), "the link was replaced");
    cr_assert(lstat("folder/second", &entry) == 0 && S_ISLNK(entry.st_mode), "the second link was replaced");
}

Test(file, links_in_a_circle_are_an_error)
{
    clmlp_output_file file;
    clmlp_error error = {CLMLP_OK, ""};
    work_in("circle");
    cr_assert_eq(symlink("b", "a"), 0);
    cr_assert_eq(symlink("a", "b"), 0);
    cr_assert_eq(clmlp_output_open(&file, "a", &error), CLMLP_IO);
    cr_assert_str_eq(error.message, "a: cannot be written: Too many levels of symbolic links");
}

/* All temporaries here were last written two days ago. */
static void make_old(void)
{
    cr_assert_eq(system("find . -name '.clmlp-*' -exec touch -d '2 days ago' '{}' ';'"), 0);
}

Test(file, what_a_killed_run_left_is_removed_and_what_a_living_one_has_is_not)
{
    clmlp_output_file living, next;
    clmlp_error error = {CLMLP_OK, ""};
    int ready[2];
    char byte = 0;
    work_in("leftover");
    cr_assert_eq(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        clmlp_output_file file;
        if (clmlp_output_open(&file, "killed", NULL) == CLMLP_OK) (void)!write(ready[1], "x", 1);
        for (;;) (void)pause();
    }
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    cr_assert_eq(clmlp_output_open(&living, "living", &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(count_files(".clmlp-"), 2, "the file of a run that goes on was removed");
    write_text(".clmlp-not-ours", "");
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    cr_assert_eq(clmlp_output_open(&next, "next", &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(count_files(".clmlp-"), 4, "one that is not a day old was removed");
    clmlp_output_discard(&next);
    make_old();
    cr_assert_eq(clmlp_output_open(&next, "next", &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(count_files(".clmlp-"), 3, "expected: living, next, and the file of another program");
    clmlp_output_discard(&next);
    clmlp_output_discard(&living);
    cr_assert_eq(count_files(".clmlp-"), 1);
}

/* Better a temporary is left than a file of the user's lost. */
Test(file, nothing_is_removed_that_only_looks_like_a_temporary)
{
    static const char *const names[] = {".clmlp-config", ".clmlp-models", ".clmlp-part-",
                                        ".clmlp-part-AAAAAAAAAAAAAAAAAAAA",
                                        ".clmlp-part-ABCDEFGHIJABCDEFGHIJ"};
    clmlp_output_file file;
    char name[64] = "";
    work_in("others");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) write_text(names[i], "precious");
    /* a name of a temporary, and a second one of the same file: somebody wanted to keep it */
    cr_assert_eq(clmlp_output_open(&file, "name", NULL), CLMLP_OK);
    (void)snprintf(name, sizeof name, "%s", file.temporary);
    clmlp_output_discard(&file);
    write_text(name, "precious");
    cr_assert_eq(link(name, "second"), 0);
    make_old();
    save("name", "whole");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) expect_text(names[i], "precious");
    expect_text(name, "precious");
    cr_assert_eq(unlink("second"), 0);
    save("name", "whole");
    cr_assert_neq(access(name, F_OK), 0, "the name is that of a temporary, and it is left");
}

Test(file, what_cannot_be_renamed_is_kept_and_named)
{
    clmlp_output_file file;
    clmlp_error error = {CLMLP_OK, ""};
    work_in("kept");
    cr_assert_eq(clmlp_output_open(&file, "name", &error), CLMLP_OK, "%s", error.message);
    cr_assert(fputs("whole", file.stream) >= 0);
    cr_assert_eq(mkdir("name", 0777), 0);
    cr_assert_eq(clmlp_output_commit(&file, &error), CLMLP_IO);
    const char *const kept = strstr(error.message, "was kept as clmlp-kept-");
    cr_assert_not_null(kept, "%s", error.message);
    char name[64];
    cr_assert_eq(sscanf(kept, "was kept as %63[^:]", name), 1);
    expect_text(name, "whole");
    cr_assert_eq(count_files(".clmlp-"), 0);
}

Test(file, what_the_disk_loses_replaces_nothing)
{
    clmlp_output_file file;
    clmlp_error error = {CLMLP_OK, ""};
    work_in("lost");
    save("name", "old");
    cr_assert_eq(flushed_files, 1, "written to the disk before it is renamed");
    cr_assert_eq(clmlp_output_open(&file, "name", &error), CLMLP_OK, "%s", error.message);
    cr_assert(fputs("new", file.stream) >= 0);
    disk_fails = true;
    cr_assert_eq(clmlp_output_commit(&file, &error), CLMLP_IO);
    disk_fails = false;
    cr_assert_not_null(strstr(error.message, "name: cannot be written"), "%s", error.message);
    expect_text("name", "old");
    cr_assert_eq(count_files(".clmlp-"), 0);
}

Test(file, room_that_the_disk_does_not_have_is_an_error_at_once)
{
    clmlp_output_file file;
    clmlp_error error = {CLMLP_OK, ""};
    const struct rlimit limit = {1 << 20, 1 << 20};
    work_in("room");
    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_eq(clmlp_output_open(&file, "name", &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(clmlp_output_reserve(&file, 1 << 19, &error), CLMLP_OK, "%s", error.message);
    cr_assert_eq(clmlp_output_reserve(&file, 1 << 21, &error), CLMLP_IO);
    cr_assert_str_eq(error.message, "name: cannot be written: it needs 2.0 MiB: File too large");
    cr_assert(fputs("short", file.stream) >= 0);
    cr_assert_eq(clmlp_output_commit(&file, &error), CLMLP_OK, "%s", error.message);
    expect_text("name", "short");
}

/* As another user, in a folder like /tmp, where a file of ours lies. */
static int replace_as_nobody(void)
{
    clmlp_output_file file;
    clmlp_error error = {CLMLP_OK, ""};
    if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0) return 2;
    if (clmlp_output_open(&file, "name", &error) != CLMLP_IO) return 3;
    return strstr(error.message, "belongs to somebody else, and its folder has the sticky bit") == NULL;
}

Test(file, a_file_of_somebody_else_in_a_sticky_folder_is_an_error_at_once)
{
    int status = 0;
    if (geteuid() != 0) cr_skip_test("only the superuser can be somebody else");
    work_in("sticky");
    cr_assert_eq(chmod(".", 01777), 0);
    write_text("name", "old");
    cr_assert_eq(chmod("name", 0666), 0);
    const pid_t child = fork();
    if (child == 0) _exit(replace_as_nobody());
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", WEXITSTATUS(status));
}

/* In a folder where others may write, as /tmp is, a link of theirs could lead to any file of ours. */
Test(file, a_link_of_somebody_else_is_followed_only_where_nobody_else_may_put_one)
{
    static const mode_t open_modes[] = {01777, 0777, 0770, 01775};
    clmlp_output_file file;
    clmlp_error error = {CLMLP_OK, ""};
    if (geteuid() != 0) cr_skip_test("only the superuser can be somebody else");
    work_in("foreign_link");
    cr_assert(mkdir("open", 0700) == 0 && symlink("../target", "open/link") == 0 && symlink("open/link", "first") == 0);
    for (size_t i = 0; i < sizeof open_modes / sizeof *open_modes; i++) {
        cr_assert(chmod("open", open_modes[i]) == 0 && lchown("open/link", NOBODY, NOBODY) == 0);
        cr_assert_eq(clmlp_output_open(&file, "first", &error), CLMLP_IO, "mode %o", (unsigned)open_modes[i]);
        cr_assert_str_eq(error.message, "first: cannot be written: open/link is a link of somebody else's, in a folder "
                         "where others may write");
        cr_assert_neq(access("target", F_OK), 0);
        cr_assert_eq(lchown("open/link", 0, 0), 0);
        save("first", "ours");
        expect_text("target", "ours");
        cr_assert_eq(unlink("target"), 0);
    }
    /* nor in a folder that is theirs */
    cr_assert(chmod("open", 0755) == 0 && chown("open", NOBODY, NOBODY) == 0);
    cr_assert_eq(lchown("open/link", NOBODY, NOBODY), 0);
    cr_assert_eq(clmlp_output_open(&file, "first", &error), CLMLP_IO);
    cr_assert_eq(chown("open", 0, 0), 0);
    save("first", "given away");
    expect_text("target", "given away");
}

Test(file, the_standard_output_is_written_where_it_stands)
{
    work_in("stdout");
    write_text("log", "before\n");
    const int log = open("log", O_WRONLY | O_APPEND), saved = dup(STDOUT_FILENO);
    cr_assert(log >= 0 && saved >= 0);
    (void)fflush(stdout);
    cr_assert(dup2(log, STDOUT_FILENO) >= 0);
    save("/dev/stdout", "after\n");
    (void)dup2(saved, STDOUT_FILENO);
    expect_text("log", "before\nafter\n");
}

/* --- threads ----------------------------------------------------------------------------------------------------- */

enum { WRITERS = 4, FILES = 400 };
static pthread_barrier_t all_are_there;

/* In the place of the real one: slow, so that threads which set it meet. */
mode_t umask(mode_t mask)
{
    mode_t (*set)(mode_t) = NULL;
    *(void **)&set = dlsym(RTLD_NEXT, "umask");
    const mode_t before = set(mask);
    (void)nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
    return before;
}

/* Files of its own, one after the other. Returns the name of one that was not written, or has other permissions. */
static void *write_files(void *name)
{
    (void)pthread_barrier_wait(&all_are_there);
    for (int i = 0; i < FILES; i++) {
        clmlp_output_file file;
        struct stat entry;
        if (unlink(name) != 0 && errno != ENOENT) return name;
        if (clmlp_output_open(&file, name, NULL) != CLMLP_OK) return name;
        const bool right = fstat(fileno(file.stream), &entry) == 0 && (entry.st_mode & 0777) == 0640;
        clmlp_output_discard(&file);
        if (!right) return name;
    }
    return NULL;
}

/* The umask is the whole process's: who sets it for a moment may take that moment of another thread for its value. */
Test(file, threads_that_write_files_leave_the_umask_as_it_is)
{
    static char names[WRITERS][20];
    pthread_t threads[WRITERS];
    void *wrong = NULL;
    work_in("umask");
    (void)umask(027);
    cr_assert_eq(pthread_barrier_init(&all_are_there, NULL, WRITERS), 0);
    for (int t = 0; t < WRITERS; t++) {
        (void)snprintf(names[t], sizeof names[t], "file%d", t);
        cr_assert_eq(pthread_create(&threads[t], NULL, write_files, names[t]), 0);
    }
    for (int t = 0; t < WRITERS; t++) {
        cr_assert_eq(pthread_join(threads[t], &wrong), 0);
        cr_expect_null(wrong, "%s: not written, or not with rw-r-----", wrong != NULL ? (const char *)wrong : "");
    }
    const mode_t found = umask(0);
    cr_assert_eq(found, 027, "the umask is %03o, expected 027", (unsigned)found);
    cr_assert_eq(count_files(".clmlp-"), 0);
}
