/* test_failing_system.c - no memory, a full disk, files that cannot be opened or read (tests/support/failing/system.c):
 * whichever call fails, the program ends with the results of an undisturbed run, or with a message and exit status 1.
 * Every file is the old or the new one, and no temporary is left. */
#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "failing.h"
#include "failing_scenarios.h"
#include "run.h"
#include "share.h"

/* --- runs -------------------------------------------------------------------------------------------------------- */

static const char *const kinds[] = {"malloc", "open",   "read", "write", "flush", "fsync", "ftruncate", "fallocate",
                                    "rename", "link", "stat", "seek",  "lock",  "thread", "spawn"};
enum { KINDS = sizeof kinds / sizeof *kinds, MOST_CALLS = 200 /* of a kind, but for memory; then one in so many */ };

typedef struct outcomes {
    unsigned same, failed, wrong;
} outcomes;

typedef struct attack {
    const scenario *scenario;
    char *folder;
    failing_files before, after;
    char *out; /* of the undisturbed run, masked */
    unsigned long calls[KINDS];
    outcomes outcomes[KINDS];
} attack;

/* The folder of temporary files, which is empty. */
static void make_tmp(const attack *a)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/tmp", a->folder);
    (void)mkdir(path, 0700);
}

static void restore(const attack *a, const failing_files *found)
{
    failing_files_restore(&a->before, found, a->folder);
    make_tmp(a);
}

static cli_run run_line(const attack *a, const char *what, const char *line)
{
    char environment[1024];
    (void)snprintf(environment, sizeof environment,
                   "CLMLP_FAIL_SYSTEM='%s' LD_PRELOAD='%s %s' TMPDIR=tmp OPENBLAS_NUM_THREADS=1 "
                   "CLMLP_CACHE_DIR=\"$PWD/cache\" %s", what, FAILING_SYSTEM, FAILING_OPENCL,
                   a->scenario->environment != NULL ? a->scenario->environment : "");
    return cli_with(a->folder, environment, line);
}

static cli_run run_with(const attack *a, const char *what)
{
    return run_line(a, what, a->scenario->line);
}

static unsigned long count_of(const char *err, const char *name)
{
    char end[64];
    unsigned long sum = 0, count = 0; /* of the largest process */
    (void)snprintf(end, sizeof end, " of %s\n", name);
    for (const char *at = err; (at = strstr(at, "failing_system: ")) != NULL; at++) {
        const char *const line_end = strchr(at, '\n');
        if (sscanf(at, "failing_system: %lu", &count) != 1 || line_end == NULL) continue;
        const size_t length = strlen(end);
        if ((size_t)(line_end + 1 - at) >= length && strncmp(line_end + 1 - length, end, length) == 0 && count > sum) {
            sum = count;
        }
    }
    return sum;
}

static void write_network(const char *folder)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/net.onnx", folder);
    FILE *const file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(network, 1, sizeof network - 1, file), sizeof network - 1);
    cr_assert_eq(fclose(file), 0);
}

static void prepare(attack *a, const scenario *s)
{
    a->scenario = s;
    a->folder = cli_data_folder("failing");
    cli_write(a->folder, "mixed.csv", "size,colour,ok,day,kind\n1.5,red,true,2024-01-05,a\n"
                                      "2.5,blue,false,2024-02-06,b\n,red,true,2024-03-07,a\n4.5,green,,2024-04-08,b\n"
                                      "5.5,red,false,,a\n"
                                      "6.5,blue,true,2024-06-10,b\n");
    write_network(a->folder);
    cli_ok(a->folder, "train points.csv --epochs 1 --model old.model --checkpoint old.check --seed 3" SMALL);
    cli_ok(a->folder, "train points.csv --epochs 1 --model new.model --seed 4" SMALL);
    make_tmp(a);
    if (s->before != NULL) {
        cli_run first = run_line(a, "watch", s->before);
        cr_assert_eq(first.status, 0, "%s", first.err);
        cli_free(&first);
    }
    failing_files_take(&a->before, a->folder);
    restore(a, &a->before);
    cli_run run = run_with(a, "count");
    cr_assert_eq(run.status, s->status, "%s: exit status %d\n%s", s->line, run.status, run.err);
    cr_assert(!failing_left(run.err), "%s\n%s", s->line, run.err);
    for (size_t k = 0; k < KINDS; k++) a->calls[k] = count_of(run.err, kinds[k]);
    failing_files_take(&a->after, a->folder);
    failing_mask(run.out);
    a->out = strdup(run.out);
    restore(a, &a->after);
    cli_free(&run);
}

static void release(attack *a)
{
    failing_files_free(&a->before);
    failing_files_free(&a->after);
    free(a->out);
    free(a->folder);
}

static bool is_equal(const failing_file *one, const failing_file *other)
{
    return one->size == other->size && memcmp(one->text, other->text, one->size) == 0;
}

/* A log is one line after the other: it may end early, but with a whole line, or be as it was with a line less. */
static bool begins(const failing_file *whole, const failing_file *part)
{
    char *const one = strdup(whole->text), *const other = strdup(part->text);
    failing_mask(one);
    failing_mask(other);
    const size_t length = strlen(other);
    const bool result = strncmp(one, other, length) == 0 && (length == 0 || other[length - 1] == '\n');
    free(one);
    free(other);
    return result;
}

static bool is_valid_model(const attack *a, const char *name)
{
    char line[512];
    (void)snprintf(line, sizeof line, "inspect '%s'", name);
    cli_run run = cli(a->folder, line);
    const int status = run.status;
    cli_free(&run);
    return status == 0;
}

/* NULL, or what is wrong with a file after a run that failed. */
static const char *complain(const attack *a, const failing_file *found)
{
    const failing_file *const old = failing_files_find(&a->before, found->name);
    const failing_file *const new = failing_files_find(&a->after, found->name);
    const bool is_log = strstr(found->name, ".jsonl") != NULL || strstr(found->name, ".log") != NULL;
    if ((old != NULL && is_equal(old, found)) || (new != NULL && is_equal(new, found))) return NULL;
    if (strstr(found->name, "clmlp-kept-") != NULL || strncmp(found->name, "tmp/clmlp-", 10) == 0) {
        for (size_t i = 0; i < a->after.count; i++) {
            if (is_equal(&a->after.list[i], found)) return NULL;
        }
        return is_valid_model(a, found->name) ? NULL : "kept, and not whole";
    }
    if (old == NULL && new == NULL) return "left over";
    if (strncmp(found->name, "cache/", 6) == 0) return failing_is_whole_entry(found) ? NULL : "half an entry";
    if (strstr(found->name, ".check") != NULL) return is_valid_model(a, found->name) ? NULL : "half a checkpoint";
    /* of a search: a trial may have failed */
    if (strstr(found->name, ".log") != NULL) {
        return failing_are_lines(found) && (old == NULL || begins(found, old)) ? NULL : "half a log";
    }
    if (is_log) return new != NULL && begins(new, found) ? NULL : "half a log";
    if (failing_is_events(found->name)) {
        return failing_are_records(found) && found->size <= new->size ? NULL : "half an event file";
    }
    if (strstr(found->name, ".html") != NULL) return failing_is_page(found) ? NULL : "half a page";
    /* the last good epoch of a run that failed */
    if (strstr(found->name, ".model") != NULL) return is_valid_model(a, found->name) ? NULL : "half a model";
    return "neither old nor new";
}

/* The files of a run that ended well: those of the undisturbed one. */
static const char *compare(const attack *a, const failing_files *found, bool of_input, char *name, size_t size)
{
    for (size_t i = 0; i < a->after.count; i++) {
        const failing_file *const expected = &a->after.list[i];
        const failing_file *const f = failing_files_find(found, expected->name);
        const bool is_log = strstr(expected->name, ".jsonl") != NULL || strstr(expected->name, ".log") != NULL;
        (void)snprintf(name, size, "%s", expected->name);
        const bool of_builds = strncmp(name, "cache/program-", 14) == 0 || strncmp(name, "cache/built-", 12) == 0;
        if (f == NULL && of_builds) continue; /* built, or told of, anew next time */
        if (f == NULL) return "missing";
        if (strncmp(f->name, "cache/", 6) == 0 && failing_is_whole_entry(f)) continue; /* it has times */
        if (strstr(f->name, ".check") != NULL) { /* it has times */
            if (!is_valid_model(a, f->name)) return "not whole";
            continue;
        }
        if (failing_is_events(f->name)) { /* it has times */
            if (!failing_are_records(f) || f->size != expected->size) return "other records";
            continue;
        }
        /* a processor that cannot be asked for its name has another one */
        if (strstr(f->name, ".html") != NULL && failing_is_page(f) && (of_input || failing_are_alike(f, expected))) {
            continue;
        }
        if (!is_equal(expected, f) && !(is_log && begins(expected, f) && begins(f, expected))) return "other bytes";
    }
    for (size_t i = 0; i < found->count; i++) {
        (void)snprintf(name, size, "%s", found->list[i].name);
        if (failing_files_find(&a->after, found->list[i].name) == NULL) return "left over";
    }
    return NULL;
}

/* What is wrong with the end of a run; NULL: nothing. */
static const char *judge(const attack *a, cli_run *run, const failing_files *found, size_t k, char *name, size_t size)
{
    static const char *const of_inputs[] = {"open", "read", "stat", "seek"};
    bool input = false;
    for (size_t i = 0; i < sizeof of_inputs / sizeof *of_inputs; i++) input |= strcmp(kinds[k], of_inputs[i]) == 0;
    const bool left = failing_left(run->err);
    name[0] = '\0';
    failing_strip(run->err);
    if (left) return "not given back";
    if (run->status == a->scenario->status) {
        failing_mask(run->out);
        if (strcmp(run->out, a->out) != 0 && !a->scenario->varies) return "its exit status, and another output";
        return compare(a, found, input, name, size);
    }
    if (run->status != 1 && !(input && run->status == 2)) return "another exit status";
    /* of an option that names a file which cannot be looked at */
    const bool of_file = run->status == 2 && strcmp(kinds[k], "stat") == 0;
    if (!of_file && strstr(run->err, "try 'clmlp") != NULL) return "it says that the usage is wrong";
    /* popt ends the program by itself */
    if (strstr(run->err, "virtual memory exhausted.") == NULL && strstr(run->err, "clmlp: ") == NULL &&
        strstr(run->err, "clmlp ") == NULL) return "no message";
    for (size_t i = 0; i < found->count; i++) {
        (void)snprintf(name, size, "%s", found->list[i].name);
        const char *const complaint = complain(a, &found->list[i]);
        if (complaint != NULL) return complaint;
    }
    for (size_t i = 0; i < a->before.count; i++) {
        (void)snprintf(name, size, "%s", a->before.list[i].name);
        if (failing_files_find(found, name) == NULL) return "removed";
    }
    return NULL;
}

static void fail_one(attack *a, size_t k, unsigned long n, const char *later)
{
    char what[64], name[512];
    failing_files found = {.count = 0};
    (void)snprintf(what, sizeof what, "%s:%lu%s", kinds[k], n, later);
    cli_run run = run_with(a, what);
    failing_files_take(&found, a->folder);
    char *const said = strdup(run.err);
    const char *const complaint = judge(a, &run, &found, k, name, sizeof name);
    outcomes *const o = &a->outcomes[k];
    if (complaint != NULL) {
        o->wrong++;
        (void)printf("WRONG %s: %s: %s %s: exit status %d\n%s\n", a->scenario->name, what, complaint, name, run.status,
                     said);
    } else if (run.status == a->scenario->status) {
        o->same++;
    } else {
        o->failed++;
    }
    (void)fflush(stdout);
    restore(a, &found);
    free(said);
    failing_files_free(&found);
    cli_free(&run);
}

Test(cli_failing_system, every_call)
{
    static attack a;
    const char *const only = getenv("CLMLP_TEST_SCENARIO"), *const only_kind = getenv("CLMLP_TEST_KIND");
    unsigned wrong = 0;
    share list = {1, 1, 0};
    const char *const part = getenv("CLMLP_TEST_SHARE");
    if (part != NULL) cr_assert_eq(sscanf(part, "%zu/%zu", &list.part, &list.parts), 2);
    for (size_t s = 0; s < SCENARIOS; s++) {
        if (only != NULL && strcmp(only, scenarios[s].name) != 0) continue;
        const bool slow = strstr(scenarios[s].line, "--device opencl") != NULL;
        if (slow && only == NULL && getenv("CLMLP_TEST_SLOW") == NULL) continue; /* by night */
        memset(&a, 0, sizeof a);
        prepare(&a, &scenarios[s]);
        for (size_t k = 0; k < KINDS; k++) {
            if (only_kind != NULL && strcmp(only_kind, kinds[k]) != 0) continue;
            const unsigned long stride = k == 0 ? scenarios[s].stride : 1 + a.calls[k] / MOST_CALLS;
            const unsigned long last = k == 0 ? scenarios[s].last : scenarios[s].last / 12;
            const unsigned long first = last > 0 && a.calls[k] > last ? a.calls[k] - last : 1;
            for (unsigned long n = first; n <= a.calls[k]; n += stride) {
                if (list.item++ % list.parts == list.part - 1) fail_one(&a, k, n, "");
                if ((k != 0 || n % 8 == 1) && list.item++ % list.parts == list.part - 1) fail_one(&a, k, n, "+");
            }
            const outcomes *const o = &a.outcomes[k];
            (void)printf("TABLE | %s | %s | %lu | %u | %u | %u |\n", scenarios[s].name, kinds[k], a.calls[k],
                         o->same + o->failed + o->wrong, o->same, o->failed);
            (void)fflush(stdout);
            wrong += o->wrong;
        }
        release(&a);
    }
    cr_assert_eq(wrong, 0, "%u runs ended wrongly", wrong);
}

/* Calls `first`, first + stride, ... of a kind in a scenario fail, up to `last`, or to the end for 0. */
static void expect_good_ends(const char *name, const char *kind, unsigned long first, unsigned long last,
                             unsigned stride)
{
    static attack a;
    size_t s = 0, k = 0;
    memset(&a, 0, sizeof a);
    while (strcmp(scenarios[s].name, name) != 0) s++;
    while (strcmp(kinds[k], kind) != 0) k++;
    prepare(&a, &scenarios[s]);
    cr_assert_gt(a.calls[k], last, "%s: %lu calls of %s", name, a.calls[k], kind);
    if (last == 0) last = a.calls[k];
    for (unsigned long n = first; n <= last; n += stride) {
        fail_one(&a, k, n, "");
        if (k != 0) fail_one(&a, k, n, "+");
    }
    cr_assert_eq(a.outcomes[k].wrong, 0, "%s: %u runs ended wrongly", name, a.outcomes[k].wrong);
    release(&a);
}

/* An output that the system cannot describe is not taken for one that is not there, */
Test(cli_failing_system, outputs_that_cannot_be_looked_at)
{
    expect_good_ends("train", "stat", 1, 0, 1);
}

/* nor a checkpoint that there is no memory to read; what is not read of a log is not cut off. */
Test(cli_failing_system, a_checkpoint_and_a_log_that_cannot_be_read)
{
    expect_good_ends("train and a checkpoint", "malloc", 120, 220, 3);
    expect_good_ends("search on", "read", 1, 0, 1);
}

/* An entry of the cache that cannot be renamed is not kept: it can be made again. */
Test(cli_failing_system, programs_that_cannot_be_stored)
{
    expect_good_ends("train, programs kept", "rename", 1, 0, 1);
}

/* A lack of memory is no fault of the device that is tested. */
Test(cli_failing_system, a_card_without_memory)
{
    expect_good_ends("qualify", "malloc", 57, 250, 49);
}

/* A disk that fills up takes a part of a record: what is left has whole ones. */
Test(cli_failing_system, event_files_on_a_full_disk)
{
    expect_good_ends("train --tensorboard", "write", 1, 0, 1);
}

/* What of a page could not be computed is told, and what could not be read as JSON is no bad input. */
Test(cli_failing_system, pages_without_memory)
{
    expect_good_ends("train --report", "malloc", 25, 0, 45);
    expect_good_ends("report", "malloc", 1, 0, 9);
}
