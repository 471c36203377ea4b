/* test_resume_signals.c - a training that is stopped by a signal goes on; one that is asked to saves a checkpoint. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "clmlp/clmlp.h"
#include "resume.h"
#include "run.h"
#include "share.h"

/* --- stopped ----------------------------------------------------------------------------------------------------- */

/* The digits twice: more than the limits below. */
static void make_digits(const char *folder)
{
    char line[1024];
    (void)snprintf(line, sizeof line,
                   "--help >/dev/null; zcat '%s/digits-train.csv.gz' >digits.csv; zcat '%s/digits-train.csv.gz' | "
                   "tail -n +2 >>digits.csv", TEST_DATA_DIR, TEST_DATA_DIR);
    cli_ok(folder, line);
}

/* Until there is a checkpoint, and then `milliseconds` more. */
static void wait_for_checkpoint(const char *folder, const char *name, unsigned milliseconds)
{
    char path[4096];
    struct stat entry;
    struct timespec pause = {0, 2 * 1000 * 1000};
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    while (stat(path, &entry) != 0) (void)nanosleep(&pause, NULL);
    pause = (struct timespec){milliseconds / 1000, (long)(milliseconds % 1000) * 1000 * 1000};
    (void)nanosleep(&pause, NULL);
}

typedef struct kind_of_run {
    const char *device;
    clmlp_precision precision;
    const char *method; /* options of the optimizer, and the epochs */
    bool streamed, drops;
    int signal_number;
} kind_of_run;

/* Stopped at `times` moments, each time from the start. */
static void stop_and_go_on(const char *folder, const kind_of_run *kind, const char *what, size_t times, uint64_t seed)
{
    /* less than the data take with all else */
    const unsigned kibibytes =
        (kind->precision == CLMLP_F64 ? 2 : 1) * (strstr(kind->device, "cpu") != NULL ? 760 : 900);
    char memory[48], common[512], line[1024];
    (void)snprintf(memory, sizeof memory, " --device-memory %uk", kibibytes);
    (void)snprintf(common, sizeof common, "train digits.csv --hidden 12 --lambda 0.5 %s --validation 0.1 --quiet "
                   "--precision %s %s%s%s", kind->method, clmlp_precision_name(kind->precision), kind->device,
                   kind->drops ? " --dropout 0.2" : "", kind->streamed ? memory : "");
    (void)snprintf(line, sizeof line, "%s --model whole.model --history whole.jsonl --json", common);
    cJSON *const json = cli_json(folder, line, 0);
    cr_assert_eq(cJSON_IsTrue(cli_member(json, "streamed")), kind->streamed, "%s", what);
    cJSON_Delete(json);
    for (size_t i = 0; i < times; i++) {
        const unsigned pause = (unsigned)(clmlp_random_bits(seed, CLMLP_RANDOM_BENCH, 7, i) % 400);
        (void)printf("    %s, %u ms after the first checkpoint\n", what, pause);
        (void)fflush(stdout);
        cli_ok(folder, "--help >/dev/null; rm -f parts.*");
        (void)snprintf(line, sizeof line, "clmlp %s --model parts.model --history parts.jsonl --checkpoint parts.check "
                       "--checkpoint-every 0.001s", common);
        const pid_t program = cli_start_line(folder, line);
        wait_for_checkpoint(folder, "parts.check", pause);
        cli_run run = cli_stop(folder, program, kind->signal_number);
        /* it may have come to its end before */
        (void)printf("    exit status %d\n", run.status);
        cr_assert(run.status == 0 || run.status == (kind->signal_number == SIGKILL ? 128 + SIGKILL : 130),
                  "%s: exit status %d\n%s", what, run.status, run.err);
        cli_free(&run);
        cli_ok(folder, "train digits.csv --resume parts.check --quiet");
        expect_same_files(folder, what);
    }
}

Test(cli_resume_signals, of_any_kind_lose_nothing)
{
    static const char *const devices[] = {"--device cpu", "--device opencl --engine clblast",
                                          "--device opencl --engine native"};
    char *const folder = cli_folder("resume-signals");
    const char *const family = getenv("CLMLP_NATIVE_FAMILY"), *const more = getenv("CLMLP_TEST_STOPS");
    const size_t first = family != NULL ? 2 : 0, times = more != NULL ? strtoul(more, NULL, 10) : 1;
    share list = share_of("rules, devices, precisions, resident and streamed, dropout, SIGTERM and SIGKILL",
                          (size_t)CLMLP_OPTIMIZER_COUNT * (3 - first) * CLMLP_PRECISION_COUNT * 8);
    uint64_t seed = 0;
    make_digits(folder);
    for (int rule = 0; rule < CLMLP_OPTIMIZER_COUNT; rule++) {
        for (size_t d = first; d < 3; d++) {
            for (int i = 0; i < CLMLP_PRECISION_COUNT * 8; i++) {
                char method[96], what[160];
                const char *const name = clmlp_optimizer_name((clmlp_optimizer)rule);
                (void)snprintf(method, sizeof method, "--optimizer %s --rate 0.02 --batch 64 --epochs 8", name);
                const kind_of_run kind = {devices[d], (clmlp_precision)(i / 8), method, i / 4 % 2 == 1,
                                          i / 2 % 2 == 1, i % 2 == 1 ? SIGKILL : SIGTERM};
                (void)snprintf(what, sizeof what, "%s, %s, %s%s%s, %s", name, kind.device,
                               clmlp_precision_name(kind.precision), kind.streamed ? ", streamed" : "",
                               kind.drops ? ", dropout" : "", i % 2 == 1 ? "SIGKILL" : "SIGTERM");
                seed++;
                if (share_takes(&list, what)) stop_and_go_on(folder, &kind, what, times, seed);
            }
        }
    }
    free(folder);
}

Test(cli_resume_signals, of_any_kind_lose_nothing_of_lbfgs_and_cg)
{
    static const char *const devices[] = {"--device cpu", "--device opencl --engine clblast",
                                          "--device opencl --engine native"};
    static const char *const methods[] = {"--optimizer lbfgs --lbfgs-pairs 4 --epochs 60",
                                          "--optimizer cg --epochs 60"};
    char *const folder = cli_folder("resume-minimisers");
    const char *const family = getenv("CLMLP_NATIVE_FAMILY"), *const more = getenv("CLMLP_TEST_STOPS");
    const size_t first = family != NULL ? 2 : 0, times = more != NULL ? strtoul(more, NULL, 10) : 1;
    share list = share_of("methods, devices, precisions, SIGTERM and SIGKILL", 2 * (3 - first) * 4);
    make_digits(folder);
    for (size_t k = 0; k < 2; k++) {
        for (size_t d = first; d < 3; d++) {
            for (int i = 0; i < CLMLP_PRECISION_COUNT * 2; i++) {
                const kind_of_run kind = {devices[d], (clmlp_precision)(i / 2), methods[k], false, false,
                                          i % 2 == 1 ? SIGKILL : SIGTERM};
                char what[160];
                (void)snprintf(what, sizeof what, "%s, %s, %s, %s", methods[k], devices[d],
                               clmlp_precision_name(kind.precision), i % 2 == 1 ? "SIGKILL" : "SIGTERM");
                if (share_takes(&list, what)) stop_and_go_on(folder, &kind, what, times, 100 + list.item);
            }
        }
    }
    free(folder);
}

Test(cli_resume_signals, of_any_kind_lose_nothing_of_an_ensemble)
{
    static const char method[] = "--optimizer adam --rate 0.02 --batch 64 --epochs 6 --ensemble 4";
    char *const folder = cli_folder("resume-ensemble-signals");
    const char *const more = getenv("CLMLP_TEST_STOPS");
    make_digits(folder);
    for (int i = 0; i < 2; i++) {
        const kind_of_run kind = {i == 0 ? "--device cpu" : "--device opencl --engine native", CLMLP_F32, method, false,
                                  false, i == 0 ? SIGKILL : SIGTERM};
        stop_and_go_on(folder, &kind, method, more != NULL ? strtoul(more, NULL, 10) : 1, 200 + (uint64_t)i);
    }
    free(folder);
}

/* --- while it runs ----------------------------------------------------------------------------------------------- */

/* Send SIGUSR1 to a run that has no end near, wait for what it says, and stop it. */
static cli_run ask_to_save(const char *folder, const char *data, const char *more, const char *said)
{
    char line[512];
    (void)snprintf(line, sizeof line, "clmlp train %s --device cpu --epochs 2000000000 %s", data, more);
    const pid_t program = cli_start_line(folder, line);
    cli_wait_for(folder, program, "epoch 1/");
    cr_assert_eq(kill(program, SIGUSR1), 0);
    cli_wait_for(folder, program, said);
    return cli_stop(folder, program, SIGTERM);
}

Test(cli_resume_signals, sigusr1_saves_a_checkpoint_and_training_goes_on)
{
    char *const folder = cli_data_folder("resume-usr1");
    cli_run run = ask_to_save(folder, "points.csv", "--checkpoint c --checkpoint-every 1000s --model m",
                              "checkpoint written to c: ");
    cr_assert_eq(run.status, 130, "exit status %d", run.status);
    cli_expect_in(run.out, "\nnext:  clmlp train points.csv --resume c\n       clmlp evaluate m NEW_DATA\n");
    cli_free(&run);
    cli_ok(folder, "inspect c");
    cli_ok(folder, "predict c points.csv --device cpu --quiet >a");
    cli_ok(folder, "predict m points.csv --device cpu --quiet >b");
    cli_ok(folder, "--help >/dev/null; cmp a b");
    free(folder);
}

/* 3,000 rows of noise with 200 units: thousands of iterations. The line of progress ends one. */
Test(cli_resume_signals, sigusr1_saves_what_lbfgs_has_learned)
{
    char *const folder = cli_data_folder("resume-minimise");
    cli_ok(folder, "--help >/dev/null; awk 'BEGIN { srand(1); print \"a,b,c,d,y\"; for (i = 0; i < 3000; i++) "
           "print rand() \",\" rand() \",\" rand() \",\" rand() \",\" rand() }' >noise.csv");
    cli_run run = ask_to_save(folder, "noise.csv", "--optimizer lbfgs --hidden 200 --precision f64 --model "
                              "my.safetensors", "checkpoint written to my.checkpoint.safetensors: ");
    cli_free(&run);
    cJSON *const json = cli_json(folder, "inspect my.checkpoint.safetensors --json", 0);
    cr_assert_str_eq(cli_text(cli_member(json, "checkpoint"), "optimizer"), "lbfgs");
    cr_assert_str_eq(cli_text(cli_member(json, "checkpoint"), "lbfgs_pairs"), "10");
    cJSON_Delete(json);
    free(folder);
}

Test(cli_resume_signals, sigusr1_without_a_checkpoint_saves_one_beside_the_model)
{
    char *const folder = cli_data_folder("resume-usr1-beside");
    cli_run run = ask_to_save(folder, "points.csv", "--model my.safetensors",
                              "checkpoint written to my.checkpoint.safetensors: ");
    cli_free(&run);
    run = cli(folder, "inspect my.checkpoint.safetensors");
    cr_assert_eq(run.status, 0);
    expect_in(run.out, "a checkpoint of a training run, written by clmlp " CLMLP_TEST_VERSION);
    expect_in(run.out, "clmlp train DATA --resume my.checkpoint.safetensors goes on");
    cli_free(&run);
    free(folder);
}

Test(cli_resume_signals, history_can_be_watched_and_has_whole_lines)
{
    char *const folder = cli_data_folder("resume-watch");
    char line[] = "clmlp train points.csv --device cpu --epochs 2000000000 --history h";
    const pid_t program = cli_start_line(folder, line);
    cli_wait_for(folder, program, "epoch 1/");
    for (int look = 0; look < 20; look++) {
        char *const text = cli_read(folder, "h");
        cr_assert_not_null(text);
        const size_t length = strlen(text);
        cr_assert(length > 0 && text[length - 1] == '\n', "%s", text + (length > 200 ? length - 200 : 0));
        free(text);
    }
    cli_run run = cli_stop(folder, program, SIGKILL);
    cli_free(&run);
    char *const text = cli_read(folder, "h");
    cr_assert_eq(text[strlen(text) - 1], '\n');
    free(text);
    free(folder);
}
