/* test_search_files.c - the files of clmlp search: searches share none, and leave none behind. */
#include <criterion/criterion.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

#define TOLD " --device cpu --epochs 6 --batch 8 --rate 0.02:2:log --trials 4 "
#define SETTINGS TOLD "--quiet "

/* Files and folders under a name in a folder. */
static size_t count_of(const char *folder, const char *pattern)
{
    char path[4096];
    glob_t found;
    (void)snprintf(path, sizeof path, "%s/%s", folder, pattern);
    const size_t count = glob(path, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
    globfree(&found);
    return count;
}

static bool is_link(const char *folder, const char *name)
{
    char path[4096], target[64];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return readlink(path, target, sizeof target) > 0;
}

#ifdef __SANITIZE_ADDRESS__
#  define LIMIT "" /* the sanitizer needs addresses */
#else
#  define LIMIT "ulimit -v 3000000 && "
#endif

Test(cli_search, searches_with_one_model_have_folders_of_their_own)
{
    char *const folder = cli_data_folder("search_two");
    char *const arguments[] = {"clmlp", "search", "points.csv", "--device", "cpu", "--rate", "0.01:1", "--epochs",
                               "2000", "--batch", "1", "--trials", "500", "--model", "m", NULL};
    cr_assert_eq(setenv("TMPDIR", folder, 1), 0);
    const pid_t program = cli_start(folder, arguments);
    cli_wait_for(folder, program, "trial 1 of 500");
    /* another search with the same model, from beginning to end */
    cli_run run = cli(folder, "search points.csv" SETTINGS "--model m --json >found");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_eq(count_of(folder, "clmlp-search-*"), 1, "the folder of the first is there");
    cli_free(&run);
    run = cli_stop(folder, program, SIGTERM);
    cr_assert_eq(run.status, 130, "%s", run.err);
    cr_assert_null(strstr(run.err, "error"), "%s", run.err);
    cli_free(&run);
    cr_assert_eq(count_of(folder, "clmlp-search-*"), 0, "nothing is left");
    cr_assert_eq(count_of(folder, "m?*"), 0, "nothing beside the model");
    cli_ok(folder, "evaluate m points.csv --device cpu --quiet");
    free(folder);
}

/* A double that does not fit into an integer has no meaning as one. */
Test(cli_search, a_log_of_counts_that_cannot_be_is_refused)
{
    static const char *const changes[] = {"\"epochs\":6/\"epochs\":1e300", "\"epochs\":6/\"epochs\":2.5",
                                          "\"epochs\":6/\"epochs\":null", "\"status\":0/\"status\":256",
                                          "\"trial\":1/\"trial\":-1"};
    char *const folder = cli_data_folder("search_counts"), line[256];
    cli_ok(folder, "search points.csv" SETTINGS "--log good");
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        (void)snprintf(line, sizeof line, "--help >/dev/null; sed '2s/%s/' good >bad; ! cmp -s good bad", changes[i]);
        cli_ok(folder, line);
        cli_run run = cli(folder, "search points.csv" SETTINGS "--log bad");
        cr_assert_eq(run.status, 2, "%s: %s", changes[i], run.err);
        cr_assert_not_null(strstr(run.err, "bad:2: no trial (expected a line that clmlp search wrote)"), "%s", run.err);
        cli_free(&run);
    }
    free(folder);
}

Test(cli_search, writes_where_a_link_leads)
{
    char *const folder = cli_data_folder("search_link");
    cli_run links = cli(folder, "--version >/dev/null; mkdir kept; ln -s kept/model old; ln -s old m; "
                                "ln -s /dev/null device");
    cli_free(&links);
    /* first no file is there, then one */
    for (int round = 0; round < 2; round++) {
        cli_ok(folder, "search points.csv" SETTINGS "--model m");
        cr_assert(is_link(folder, "m") && is_link(folder, "old"), "round %d", round);
        cli_ok(folder, "evaluate kept/model points.csv --device cpu --quiet");
    }
    cli_ok(folder, "search points.csv" SETTINGS "--model device");
    cr_assert(is_link(folder, "device"));
    free(folder);
}

/* The one home of writing files: what training writes goes there, too. */
Test(cli_train, writes_where_a_link_leads_that_leads_to_no_file_yet)
{
    char *const folder = cli_data_folder("train_link");
    cli_run links = cli(folder, "--version >/dev/null; mkdir kept; ln -s kept/model old; ln -s \"$PWD/old\" m; "
                                "ln -s a b; ln -s b a");
    cli_free(&links);
    for (int round = 0; round < 2; round++) {
        cli_ok(folder, "train points.csv --device cpu --epochs 2 --quiet --model m");
        cr_assert(is_link(folder, "m") && is_link(folder, "old"), "round %d", round);
        cli_ok(folder, "evaluate kept/model points.csv --device cpu --quiet");
    }
    cli_run circle = cli(folder, "train points.csv --device cpu --epochs 2 --quiet --model a");
    cr_assert_eq(circle.status, 2, "%s", circle.err);
    cr_assert(is_link(folder, "a"));
    cli_free(&circle);
    free(folder);
}

Test(cli_search, a_model_that_cannot_be_written_is_not_lost)
{
    char *const folder = cli_data_folder("search_full");
    cr_assert_eq(setenv("TMPDIR", folder, 1), 0);
    cli_run run = cli(folder, "search points.csv" TOLD "--model /dev/full");
    cr_assert_eq(run.status, 1, "%s", run.err);
    cr_assert_not_null(strstr(run.err, "/dev/full: cannot be written"), "%s", run.err);
    const char *const where = strstr(run.err, "is left in ");
    cr_assert_not_null(where, "%s", run.err);
    cr_assert_eq(count_of(folder, "clmlp-kept-*/model.safetensors"), 1);
    cr_assert_eq(count_of(folder, "clmlp-search-*"), 0);
    cr_assert_not_null(strstr(where, "clmlp-kept-"), "%s", run.err);
    cr_assert_null(strstr(run.err, "trial 1 of 4"), "it goes on: %s", run.err);
    /* nor does the next search clean it up */
    cli_ok(folder, "search points.csv" SETTINGS "--model m");
    cr_assert_eq(count_of(folder, "clmlp-kept-*/model.safetensors"), 1);
    cli_free(&run);
    free(folder);
}

/* A folder of the user's may have such a name. */
Test(cli_search, removes_no_folder_that_only_looks_like_its_own)
{
    char *const folder = cli_data_folder("search_leftovers");
    cr_assert_eq(setenv("TMPDIR", folder, 1), 0);
    cli_ok(folder, "--version >/dev/null; for name in result backup mynote killed public; do "
           "mkdir -m 700 clmlp-search-$name; echo precious > clmlp-search-$name/model.safetensors; done; "
           "for name in backup mynote killed public; do : > clmlp-search-$name/.clmlp-search; done; "
           "echo precious > clmlp-search-mynote/notes.txt; echo precious > clmlp-search-backup/.clmlp-search; "
           "chmod 755 clmlp-search-public; "
           "touch -d '2 days ago' clmlp-search-*; "
           "mkdir -m 700 clmlp-search-newone; : > clmlp-search-newone/.clmlp-search");
    cli_ok(folder, "search points.csv" SETTINGS "--model m");
    static const char *const kept[] = {"result", "backup", "mynote", "public"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        char pattern[64];
        (void)snprintf(pattern, sizeof pattern, "clmlp-search-%s/model.safetensors", kept[i]);
        cr_expect_eq(count_of(folder, pattern), 1, "%s", pattern);
    }
    cr_expect_eq(count_of(folder, "clmlp-search-newone"), 1, "one that is not a day old");
    cr_expect_eq(count_of(folder, "clmlp-search-killed"), 0, "what a killed search left");
    free(folder);
}

/* Devices have no end, pipes have nobody at the other one. */
Test(cli_search, a_log_is_a_regular_file_of_one_search)
{
    static const char *const names[] = {"/dev/full", "/dev/zero", "fifo"};
    char *const folder = cli_data_folder("search_log"), line[256];
    cli_ok(folder, "--version >/dev/null; mkfifo fifo; truncate -s 5M long; tr '\\0' a <long >line");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(line, sizeof line, "search points.csv" SETTINGS "--model m --log %s", names[i]);
        cli_run run = cli_with(folder, LIMIT "OPENBLAS_NUM_THREADS=1", line);
        cr_expect_eq(run.status, 2, "%s: %d", names[i], run.status);
        cr_expect_not_null(strstr(run.err, "is no regular file"), "%s", run.err);
        cli_free(&run);
    }
    cli_expect_bad(folder, "search fifo --task classify" SETTINGS "--model m", "'fifo': every trial reads it anew");
    cli_expect_bad(folder, "search points.csv --labels /dev/zero" SETTINGS "--model m",
                   "'/dev/zero': every trial reads");
    cli_expect(folder, "search points.csv" SETTINGS "--model m --log line", 2, "line:1: a line of more than 4 MiB");
    char endless[] = "clmlp search points.csv --device cpu --rate 0.01:1 --epochs 2000 --batch 1 --trials 500 "
                     "--model n --log log";
    const pid_t program = cli_start_line(folder, endless);
    cli_wait_for(folder, program, "trial 1 of 500");
    cli_run other = cli(folder, "search points.csv" SETTINGS "--model m --log log 2>other");
    cr_expect_eq(other.status, 2, "%d", other.status);
    char *const said = cli_read(folder, "other");
    cr_expect_not_null(strstr(said, "--log 'log': another search is writing it"), "%s", said);
    free(said);
    cli_free(&other);
    cli_run run = cli_stop(folder, program, SIGTERM);
    cr_expect_eq(run.status, 130, "%d\n%s", run.status, run.err);
    cli_free(&run);
    free(folder);
}
