/* test_kills.c - runs that are killed at random moments: every file is old or new, the next run cleans up and comes to
 * the same bits. CLMLP_TEST_KILLS=N: N kills of each kind. */
#define _DEFAULT_SOURCE /* syscalls of Linux */
#include <criterion/criterion.h>
#include <errno.h>
#include <glob.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#  include <sys/prctl.h>
#endif

#include "base/random.h"
#include "resume.h"
#include "run.h"

enum { LONGEST_LINE = 1024, KILLS_IN_CI = 1 };

static size_t kills(void)
{
    const char *const more = getenv("CLMLP_TEST_KILLS");
    return more != NULL ? strtoul(more, NULL, 10) : KILLS_IN_CI;
}

static double now(void)
{
    struct timespec time;
    cr_assert_eq(clock_gettime(CLOCK_MONOTONIC, &time), 0);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Whether a file or folder has a name like this. */
static bool is_there(const char *folder, const char *pattern)
{
    char path[4096];
    glob_t found;
    (void)snprintf(path, sizeof path, "%s/%s", folder, pattern);
    const bool there = glob(path, GLOB_PERIOD, NULL, &found) == 0;
    if (there) (void)printf("    there is %s\n", found.gl_pathv[0]);
    globfree(&found);
    return there;
}

/* `line` once, to its end: its seconds. */
static double length_of(const char *folder, const char *line)
{
    const double start = now();
    cli_ok(folder, line);
    return now() - start;
}

/* Start `line`, kill it within `length` seconds, and wait for what it had started. False: it had come to its end. */
static bool kill_one(const char *folder, const char *line, double length, uint64_t kind, size_t i)
{
    char words[LONGEST_LINE];
    int code = 0;
    const double pause = length * clmlp_random_uniform(1, CLMLP_RANDOM_BENCH, (uint32_t)kind, i);
    const struct timespec nap = {(time_t)pause, (long)(1e9 * (pause - floor(pause)))};
    (void)snprintf(words, sizeof words, "clmlp %s", line);
    const pid_t program = cli_start_line(folder, words);
    (void)nanosleep(&nap, NULL);
    cli_run run = cli_stop(folder, program, SIGKILL);
    (void)printf("    kill %zu after %.4f of %.4f s: exit status %d\n", i, pause, length, run.status);
    (void)fflush(stdout);
    cr_assert(run.status == 0 || run.status == 128 + SIGKILL, "exit status %d\n%s", run.status, run.err);
    const bool killed = run.status != 0;
    cli_free(&run);
    /* its processes come to this one, their new parent, and end without being asked */
    while (waitpid(-1, &code, 0) > 0) continue;
    cr_assert_eq(errno, ECHILD);
    return killed;
}

static void adopt(void)
{
#ifdef __linux__
    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
#else
    cr_skip("no other system gives a process the children of its children");
#endif
}

static void expect_old_or_new(const char *folder, const char *file, const char *old, const char *new)
{
    char line[LONGEST_LINE];
    (void)snprintf(line, sizeof line, "--version >/dev/null; cmp %s %s || cmp %s %s", file, old, file, new);
    cli_ok(folder, line);
}

static void make_digits(const char *folder)
{
    char line[LONGEST_LINE];
    (void)snprintf(line, sizeof line, "--version >/dev/null; zcat '%s/digits-train.csv.gz' >digits.csv", TEST_DATA_DIR);
    cli_ok(folder, line);
}

#define RESUME "train digits.csv --quiet --resume parts.check"

/* What is left by who was killed is removed when it is a day old. */
static void make_leftovers_old(const char *folder)
{
    cli_ok(folder, "--version >/dev/null; find . '(' -name '.clmlp-*' -o -name 'clmlp-search-*' ')' "
           "-exec touch -d '2 days ago' '{}' +");
}

/* --- train ------------------------------------------------------------------------------------------------------- */

static void kill_training(const char *name, const char *device, uint64_t kind)
{
    char *const folder = cli_folder(name), common[256], line[512], again[600];
    make_digits(folder);
    (void)snprintf(common, sizeof common, "train digits.csv --hidden 8 --batch 64 --epochs 30 --optimizer adam "
                   "--rate 0.01 --dropout 0.1 --validation 0.1 --quiet %s", device);
    (void)snprintf(line, sizeof line, "%s --epochs 1 --model old.model", common);
    cli_ok(folder, line);
    (void)snprintf(line, sizeof line, "%s --model whole.model --history whole.jsonl --checkpoint whole.check "
                   "--checkpoint-every 0.001s", common);
    (void)length_of(folder, line); /* kernels are compiled */
    cli_ok(folder, "--version >/dev/null; rm whole.check");
    const double length = length_of(folder, line);
    (void)snprintf(line, sizeof line, "%s --model parts.model --history parts.jsonl --checkpoint parts.check "
                   "--checkpoint-every 0.001s", common);
    size_t killed = 0, resumed = 0;
    for (size_t i = 0; i < kills(); i++) {
        cli_ok(folder, "--version >/dev/null; rm -f parts.*; cp old.model parts.model");
        killed += kill_one(folder, line, length, kind, i);
        expect_old_or_new(folder, "parts.model", "old.model", "whole.model");
        /* a second kill, in the part that goes on */
        const bool has_checkpoint = is_there(folder, "parts.check");
        (void)snprintf(again, sizeof again, "%s", has_checkpoint ? RESUME : line);
        killed += kill_one(folder, again, length, kind + 50, i);
        expect_old_or_new(folder, "parts.model", "old.model", "whole.model");
        const bool goes_on = is_there(folder, "parts.check");
        resumed += goes_on;
        cli_ok(folder, goes_on ? RESUME : line);
        expect_same_files(folder, device);
        make_leftovers_old(folder);
        cli_ok(folder, "train digits.csv --hidden 3 --epochs 1 --device cpu --quiet --model parts.model");
        cr_assert(!is_there(folder, ".clmlp-*"), "a temporary file is left");
    }
    (void)printf("%s: %zu of %zu runs were killed, %zu of %zu went on from a checkpoint\n", device, killed, 2 * kills(),
                 resumed, kills());
    free(folder);
}

Test(cli_kills, of_training_lose_nothing_on_the_cpu)
{
    adopt();
    kill_training("cpu", "--device cpu", 1);
}

Test(cli_kills, of_training_lose_nothing_on_opencl)
{
    adopt();
    kill_training("opencl", "--device opencl --engine native", 2);
}

/* --- export and import ------------------------------------------------------------------------------------------- */

/* `command` writes `file`, and has written old.FILE and whole.FILE before. */
static void kill_writing(const char *folder, const char *command, const char *file, uint64_t kind)
{
    char line[LONGEST_LINE], old[64], whole[64];
    (void)snprintf(line, sizeof line, command, "old", "old", file);
    cli_ok(folder, line);
    (void)snprintf(line, sizeof line, command, "whole", "whole", file);
    const double length = length_of(folder, line);
    (void)snprintf(old, sizeof old, "old.%s", file);
    (void)snprintf(whole, sizeof whole, "whole.%s", file);
    size_t killed = 0;
    for (size_t i = 0; i < kills(); i++) {
        (void)snprintf(line, sizeof line, "--version >/dev/null; cp old.%s parts.%s", file, file);
        cli_ok(folder, line);
        (void)snprintf(line, sizeof line, command, "whole", "parts", file);
        killed += kill_one(folder, line, length, kind, i);
        (void)snprintf(line, sizeof line, "parts.%s", file);
        expect_old_or_new(folder, line, old, whole);
        make_leftovers_old(folder);
        (void)snprintf(line, sizeof line, command, "whole", "parts", file);
        cli_ok(folder, line);
        (void)snprintf(line, sizeof line, "--version >/dev/null; cmp parts.%s whole.%s", file, file);
        cli_ok(folder, line);
        cr_assert(!is_there(folder, ".clmlp-*"), "a temporary file is left");
    }
    (void)printf("%s: %zu of %zu runs were killed\n", file, killed, kills());
    (void)fflush(stdout);
}

/* A network as PyTorch has it: 64 inputs, `units` hidden ones, 10 outputs. */
static void write_tensors(const char *folder, const char *name, size_t units)
{
    const size_t ends[] = {0, 64 * units, 65 * units, 75 * units, 75 * units + 10};
    char path[4096], head[LONGEST_LINE];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    const int length = snprintf(
        head, sizeof head, "{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[%zu,64],\"data_offsets\":[%zu,%zu]},"
        "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[%zu],\"data_offsets\":[%zu,%zu]},"
        "\"2.weight\":{\"dtype\":\"F32\",\"shape\":[10,%zu],\"data_offsets\":[%zu,%zu]},"
        "\"2.bias\":{\"dtype\":\"F32\",\"shape\":[10],\"data_offsets\":[%zu,%zu]}}",
        units, 4 * ends[0], 4 * ends[1], units, 4 * ends[1], 4 * ends[2], units, 4 * ends[2], 4 * ends[3],
        4 * ends[3], 4 * ends[4]);
    FILE *const file = fopen(path, "wb");
    cr_assert_not_null(file);
    for (int b = 0; b < 8; b++) (void)fputc(b < 4 ? length >> 8 * b & 0xff : 0, file);
    (void)fputs(head, file);
    for (size_t i = 0; i < ends[4]; i++) {
        const float value = (float)(i % 17) - 8.0f;
        cr_assert_eq(fwrite(&value, sizeof value, 1, file), 1);
    }
    cr_assert_eq(fclose(file), 0);
}

Test(cli_kills, of_export_and_import_leave_files_old_or_new)
{
    adopt();
    char *const folder = cli_folder("export");
    make_digits(folder);
    cli_ok(folder, "train digits.csv --hidden 3 --epochs 1 --device cpu --quiet --model old.model");
    cli_ok(folder, "train digits.csv --hidden 500 --epochs 1 --device cpu --quiet --model whole.model");
    write_tensors(folder, "old.pt", 3);
    write_tensors(folder, "whole.pt", 500);
    kill_writing(folder, "export %s.model --quiet --onnx %s.%s", "onnx", 5);
    kill_writing(folder, "export %s.model --quiet --c %s.%s", "c", 6);
    kill_writing(folder, "import %s.pt --activation tanh --output softmax --quiet --model %s.%s", "imported", 7);
    kill_writing(folder, "report %s.model --quiet --out %s.%s", "html", 8);
    free(folder);
}

/* --- search ------------------------------------------------------------------------------------------------------ */

Test(cli_kills, of_search_lose_nothing)
{
    adopt();
    char *const folder = cli_folder("search"), line[512], quoted[512];
    const char *const common = "--rate 0.05:0.5:log --epochs 4 --trials 5 --quiet --strategy halving --device cpu";
    make_digits(folder);
    cr_assert_eq(setenv("TMPDIR", folder, 1), 0);
    cli_ok(folder, "train digits.csv --hidden 3 --epochs 1 --device cpu --quiet --model old.model");
    (void)snprintf(line, sizeof line, "search digits.csv --hidden '4|8' %s --log whole.log --model whole.model",
                   common);
    const double length = length_of(folder, line);
    (void)snprintf(line, sizeof line, "search digits.csv --hidden 4|8 %s --log parts.log --model parts.model", common);
    (void)snprintf(quoted, sizeof quoted, "search digits.csv --hidden '4|8' %s --log parts.log --model parts.model",
                   common);
    size_t killed = 0;
    for (size_t i = 0; i < kills(); i++) {
        cli_ok(folder, "--version >/dev/null; rm -f parts.*; cp old.model parts.model");
        killed += kill_one(folder, line, length, 3, i);
        /* the model is that of the best trial so far */
        cli_ok(folder, "evaluate parts.model digits.csv --device cpu --quiet");
        killed += kill_one(folder, line, length, 53, i);
        cli_ok(folder, "evaluate parts.model digits.csv --device cpu --quiet");
        cli_ok(folder, quoted);
        cli_ok(folder, "--version >/dev/null; cmp whole.model parts.model && "
                       "test $(wc -l <whole.log) = $(wc -l <parts.log)");
        make_leftovers_old(folder);
        cli_ok(folder, "search digits.csv --hidden '4|8' --epochs 1 --trials 2 --quiet --device cpu "
                       "--model parts.model");
        cr_assert(!is_there(folder, "clmlp-search-*"), "the folder of a killed search is left");
        cr_assert(!is_there(folder, ".clmlp-*"), "a temporary file is left");
    }
    (void)printf("search: %zu of %zu runs were killed\n", killed, 2 * kills());
    free(folder);
}

Test(cli_kills, of_search_end_the_trial_under_way)
{
    adopt();
    char *const folder = cli_data_folder("orphan");
    char line[] = "clmlp search points.csv --device cpu --rate 0.1:1 --epochs 2000000000 --model m --quiet";
    const struct timespec nap = {0, 20 * 1000 * 1000};
    int code = 0;
    cr_assert_eq(setenv("TMPDIR", folder, 1), 0);
    const pid_t program = cli_start_line(folder, line);
    while (!is_there(folder, "clmlp-search-*/.clmlp-part-*")) (void)nanosleep(&nap, NULL); /* it has begun to train */
    cli_run run = cli_stop(folder, program, SIGKILL);
    cli_free(&run);
    pid_t trial = 0;
    for (int i = 0; i < 3000 && trial == 0; i++) { /* a minute */
        trial = waitpid(-1, &code, WNOHANG);
        if (trial == 0) (void)nanosleep(&nap, NULL);
    }
    cr_assert_gt(trial, 0, "the trial outlived its search");
    free(folder);
}

/* --- tune -------------------------------------------------------------------------------------------------------- */

Test(cli_kills, of_tune_lose_nothing)
{
    if (getenv("CLMLP_TEST_KILLS") == NULL) cr_skip("by night: tuning takes its time");
    adopt();
    char *const folder = cli_data_folder("tune"), cache[4096];
    const char *const line = "tune --layers 6,5,3 --batch 16 --seconds 0.001 --risk 1 --engine native --quiet "
                             "--device opencl";
    (void)snprintf(cache, sizeof cache, "%s/cache", folder);
    cr_assert_eq(setenv("CLMLP_CACHE_DIR", cache, 1), 0);
    (void)length_of(folder, line);
    const double length = length_of(folder, line);
    size_t killed = 0;
    for (size_t i = 0; i < kills(); i++) {
        if (i % 2 == 1) cli_ok(folder, "--version >/dev/null; rm -rf cache"); /* nothing stored yet */
        killed += kill_one(folder, line, length, 4, i);
        /* an entry is whole or not there: whatever tiles there are, it trains */
        cli_ok(folder, "train points.csv --device opencl --engine native --hidden 3 --epochs 2 --quiet --model m");
        cli_ok(folder, "evaluate m points.csv --device cpu --quiet");
        if (i + 1 < kills()) continue;
        make_leftovers_old(folder);
        cli_ok(folder, line);
        cr_assert(is_there(folder, "cache/tuning-*"), "nothing is stored");
        cr_assert(!is_there(folder, "cache/.clmlp-*"), "a temporary file is left");
    }
    (void)printf("tune: %zu of %zu runs were killed\n", killed, kills());
    free(folder);
}
