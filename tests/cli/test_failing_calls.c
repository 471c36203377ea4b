/* test_failing_calls.c - every function of OpenCL that the program uses fails, at many of its calls: the program ends
 * with the results of an undisturbed run, or with a message and the exit status for it, by no signal, and leaves every
 * file old or new. */
#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failing.h"
#include "run.h"
#include "share.h"

typedef struct scenario {
    const char *name, *line;
    bool repeats; /* the same output each time */
    bool slow;    /* only the first, a middle and the last call of each kind fail */
} scenario;

#define REPEATS true, false
#define IS_SLOW false, true
#define OPENCL " --device opencl --quiet"
static const scenario scenarios[] = {
    {"train", "train points.csv --hidden 3 --epochs 2 --batch 30 --engine native --model new.model" OPENCL, REPEATS},
    {"train clblast", "train points.csv --hidden 3 --epochs 2 --batch 30 --engine clblast --model new.model" OPENCL,
     REPEATS},
    {"train clipped", "train points.csv --hidden 3 --epochs 1 --batch 30 --clip-norm 0.01 --optimizer adam "
                      "--validation 0.2 --keep-best --engine native --model new.model" OPENCL, REPEATS},
    {"train with all", "train points.csv --hidden 3 --epochs 2 --self-check 1/2 --checkpoint c.check --overwrite "
                        "--json --history h.jsonl --model new.model" OPENCL, REPEATS},
    {"evaluate", "evaluate old.model points.csv --json" OPENCL, REPEATS},
    {"predict", "predict old.model points.csv --out p.csv" OPENCL, REPEATS},
    {"verify", "verify points.csv --hidden 3 --steps 2 --bundle b" OPENCL, REPEATS},
    {"verify --free-run", "verify points.csv --hidden 3 --steps 2 --free-run --json" OPENCL, REPEATS},
    {"gradcheck", "gradcheck points.csv --hidden 3 --json" OPENCL, REPEATS},
    {"bench step", "bench step --layers 4,3,2 --batch 8 --seconds 0.001 --device opencl --json", false, false},
    {"tune", "tune --layers 4,3,2 --batch 8 --seconds 0.0001 --risk 1 --engine native --dry-run --json" OPENCL,
     IS_SLOW},
    {"tune, stored", "tune --layers 2,2 --batch 2 --seconds 1e-9 --risk 1 --engine native" OPENCL, IS_SLOW},
    {"qualify", "qualify --quick --json" OPENCL, IS_SLOW},
    {"devices", "devices --json", REPEATS},
};
enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

static cli_run run_with(const char *folder, const char *what, const char *line)
{
    char environment[1024];
    (void)snprintf(environment, sizeof environment,
                   "CLMLP_FAIL_CALL='%s' CLMLP_FAIL_SYSTEM=watch LD_PRELOAD='%s %s' TMPDIR=\"$PWD\" "
                   "CLMLP_CACHE_DIR=\"$PWD\"", what, FAILING_SYSTEM, FAILING_OPENCL);
    return cli_with(folder, environment, line);
}

/* The next "failing_opencl: N of NAME". NULL: there are no more. */
static const char *next_function(const char *at, char name[64], unsigned long *calls)
{
    while ((at = strstr(at, "failing_opencl: ")) != NULL) {
        at += strlen("failing_opencl: ");
        if (sscanf(at, "%lu of %63s", calls, name) == 2) return at;
    }
    return NULL;
}

/* Whether the n-th of so many calls is to fail: each of the first, then ever fewer. */
static bool fails_at(const scenario *s, unsigned long n, unsigned long calls)
{
    if (s->slow) return n == 1 || n == (calls + 1) / 2 || n == calls;
    return n <= 4 || (n & (n - 1)) == 0 || n == calls;
}

/* NULL, or what is wrong with a run in which a call failed. */
static const char *judge(const scenario *s, cli_run *run, const char *function, const char *expected)
{
    const bool finds_device = strncmp(function, "clGetPlatform", 13) == 0 || strncmp(function, "clGetDevice", 11) == 0;
    const bool left = failing_left(run->err);
    failing_strip(run->err);
    if (left) return "not given back";
    if (run->status == 0) {
        failing_mask(run->out);
        /* what a device does not say of itself is left out */
        const bool same = strcmp(run->out, expected) == 0 || finds_device;
        return same || !s->repeats ? NULL : "exit status 0 and another output";
    }
    /* qualify and tune judge the device, by what its calls do */
    if (s->slow && run->status == 3) {
        const bool said = strstr(run->out, "\"verdict\":\t\"fail\"") != NULL || strstr(run->err, "is right; what");
        return said ? NULL : "exit status 3 without a verdict";
    }
    if (run->status != 1 && !(finds_device && run->status == 2)) return "another exit status";
    if (strstr(run->err, "try 'clmlp") != NULL) return "it says that the usage is wrong";
    return strstr(run->err, "clmlp: ") != NULL ? NULL : "no message";
}

/* A file that was left over, or is half; NULL: there is none. */
static const char *complain(const char *folder)
{
    static const char *const known[] = {"points.csv", "real.csv", "wide.csv", "old.model", "new.model", "c.check",
                                        "h.jsonl", "p.csv", "b"}; /* and those of the cache */
    static char name[256];
    failing_files found = {.count = 0};
    const char *complaint = NULL;
    failing_files_take(&found, folder);
    for (size_t i = 0; i < found.count && complaint == NULL; i++) {
        bool expected = false;
        for (size_t k = 0; k < sizeof known / sizeof *known; k++) expected |= strcmp(found.list[i].name, known[k]) == 0;
        expected |= strncmp(found.list[i].name, "tuning-", 7) == 0 || strncmp(found.list[i].name, "built-", 6) == 0;
        (void)snprintf(name, sizeof name, "%s", found.list[i].name);
        if (!expected) complaint = name;
    }
    failing_files_free(&found);
    return complaint;
}

Test(cli_failing_calls, of_every_function)
{
    char *const folder = cli_data_folder("failing-calls");
    const char *const only = getenv("CLMLP_TEST_SCENARIO");
    unsigned wrong = 0, ran = 0;
    share list = {1, 1, 0};
    const char *const part = getenv("CLMLP_TEST_SHARE");
    if (part != NULL) cr_assert_eq(sscanf(part, "%zu/%zu", &list.part, &list.parts), 2);
    cli_ok(folder, "train points.csv --hidden 3 --epochs 1 --device cpu --quiet --model old.model");
    for (size_t s = 0; s < SCENARIOS; s++) {
        if (only != NULL && strcmp(only, scenarios[s].name) != 0) continue;
        if (scenarios[s].slow && only == NULL && getenv("CLMLP_TEST_SLOW") == NULL) continue; /* by night */
        cli_run whole = run_with(folder, "count", scenarios[s].line);
        cr_assert_eq(whole.status, 0, "%s: %s", scenarios[s].line, whole.err);
        cr_assert(!failing_left(whole.err), "%s: %s", scenarios[s].line, whole.err);
        failing_mask(whole.out);
        char function[64], what[128];
        unsigned long calls = 0;
        const char *at = whole.err;
        while ((at = next_function(at, function, &calls)) != NULL) {
            unsigned same = 0, failed = 0, bad = 0;
            for (unsigned long i = 1; i <= 2 * calls; i++) {
                const unsigned long n = (i + 1) / 2;
                const bool later = i % 2 == 0;
                if (!fails_at(&scenarios[s], n, calls)) continue;
                if (list.item++ % list.parts != list.part - 1) continue;
                (void)snprintf(what, sizeof what, "%s:%lu%s", function, n, later ? "+" : "");
                cli_run run = run_with(folder, what, scenarios[s].line);
                const bool reached = strstr(run.err, "failing_opencl: call ") != NULL;
                const char *complaint = judge(&scenarios[s], &run, function, whole.out);
                const char *const left = complain(folder);
                ran += reached;
                if (complaint == NULL && left != NULL) complaint = left;
                if (complaint != NULL) {
                    bad++;
                    (void)printf("WRONG %s: %s: %s: exit status %d\n%s\n", scenarios[s].name, what, complaint,
                                 run.status, run.err);
                }
                if (complaint == NULL) *(run.status == 0 ? &same : &failed) += 1;
                cli_free(&run);
            }
            if (same + failed + bad == 0) continue;
            (void)printf("TABLE | %s | %s | %lu | %u | %u | %u |\n", scenarios[s].name, function, calls,
                         same + failed + bad, same, failed);
            (void)fflush(stdout);
            wrong += bad;
        }
        cli_free(&whole);
    }
    cr_assert_gt(ran, 0);
    cr_assert_eq(wrong, 0, "%u runs ended wrongly", wrong);
    free(folder);
}
