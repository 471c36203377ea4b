/* test_resume.c - a training that is killed and goes on; what may change then, and what is refused. */
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
#include "run.h"
#include "share.h"

/* --- stopped by signals ------------------------------------------------------------------------------------------ */

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

/* Words of a command line as execv has them. */
static pid_t start_line(const char *folder, char *line)
{
    char *arguments[64];
    size_t count = 0;
    for (char *word = strtok(line, " "); word != NULL && count < 63; word = strtok(NULL, " ")) {
        arguments[count++] = word;
    }
    arguments[count] = NULL;
    return cli_start(folder, arguments);
}

static void expect_same_files(const char *folder, const char *what)
{
    /* times differ from run to run */
    cli_run run = cli(folder, "--help >/dev/null; sed 's/\"seconds\":[^,}]*//' whole.jsonl >a; "
                      "sed 's/\"seconds\":[^,}]*//' parts.jsonl >b; cmp whole.model parts.model && cmp a b");
    cr_assert_eq(run.status, 0, "%s: %s%s", what, run.out, run.err);
    cli_free(&run);
}

typedef struct kind_of_run {
    const char *device;
    clmlp_precision precision;
    clmlp_optimizer optimizer;
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
    (void)snprintf(common, sizeof common, "train digits.csv --hidden 12 --optimizer %s --rate 0.02 --lambda 0.5 "
                   "--batch 64 --epochs 8 --validation 0.1 --quiet --precision %s %s%s%s",
                   clmlp_optimizer_name(kind->optimizer), clmlp_precision_name(kind->precision), kind->device,
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
        const pid_t program = start_line(folder, line);
        wait_for_checkpoint(folder, "parts.check", pause);
        cli_run run = cli_stop(folder, program, kind->signal_number);
        /* it may have come to its end before */
        cr_assert(run.status == 0 || run.status == (kind->signal_number == SIGKILL ? 128 + SIGKILL : 130),
                  "%s: exit status %d\n%s", what, run.status, run.err);
        cli_free(&run);
        cli_ok(folder, "train digits.csv --resume parts.check --quiet");
        expect_same_files(folder, what);
    }
}

Test(cli_resume, signals_of_any_kind_lose_nothing)
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
                const kind_of_run kind = {devices[d], (clmlp_precision)(i / 8), (clmlp_optimizer)rule, i / 4 % 2 == 1,
                                          i / 2 % 2 == 1, i % 2 == 1 ? SIGKILL : SIGTERM};
                char what[160];
                (void)snprintf(what, sizeof what, "%s, %s, %s%s%s, %s", clmlp_optimizer_name(kind.optimizer),
                               kind.device, clmlp_precision_name(kind.precision), kind.streamed ? ", streamed" : "",
                               kind.drops ? ", dropout" : "", i % 2 == 1 ? "SIGKILL" : "SIGTERM");
                seed++;
                if (share_takes(&list, what)) stop_and_go_on(folder, &kind, what, times, seed);
            }
        }
    }
    free(folder);
}

/* --- by hand ----------------------------------------------------------------------------------------------------- */

#define TRAIN "train points.csv --device cpu "

static void expect_in(const char *text, const char *part)
{
    cr_assert_not_null(strstr(text, part), "no '%s' in\n%s", part, text);
}

static void expect_refused(const char *folder, const char *line, const char *message)
{
    char *const before = cli_snapshot(folder);
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 2, "clmlp %s: exit status %d\n%s", line, run.status, run.err);
    cr_assert_str_empty(run.out);
    expect_in(run.err, message);
    cli_free(&run);
    char *const after = cli_snapshot(folder);
    cr_assert_str_eq(before, after, "clmlp %s changed a file", line);
    free(before);
    free(after);
}

/* c: after 4 epochs of 4, with options of all kinds. */
static char *stopped_folder(const char *name)
{
    char *const folder = cli_data_folder(name);
    cli_ok(folder, TRAIN "--epochs 4 --hidden 5,3 --activation tanh --rate 0.3 --validation 0.2 --batch 7 --seed 3 "
           "--model m --history h --checkpoint c --quiet");
    return folder;
}

Test(cli_resume, takes_all_options_from_the_checkpoint)
{
    char *const folder = stopped_folder("resume-options");
    cli_ok(folder, TRAIN "--epochs 9 --hidden 5,3 --activation tanh --rate 0.3 --validation 0.2 --batch 7 --seed 3 "
           "--model whole.model --history whole.jsonl --quiet");
    cli_ok(folder, "train points.csv --resume c --epochs 9 --model parts.model --quiet; mv h parts.jsonl");
    expect_same_files(folder, "five epochs more");
    free(folder);
}

Test(cli_resume, takes_the_same_options_again_however_they_are_written)
{
    char *const folder = stopped_folder("resume-again");
    cJSON *const json = cli_json(folder, "train points.csv --resume c --epochs 5 --json", 0);
    cr_assert_str_eq(cli_text(json, "resumed_from"), "c");
    cr_assert_str_eq(cli_text(json, "checkpoint"), "c");
    cr_assert_eq(cli_number(json, "epochs"), 5);
    cJSON_Delete(json);
    cli_ok(folder, TRAIN "--epochs 6 --hidden 5,3 --rate 0.30 --seed 3 --optimizer sgd --lambda 0 --resume c --quiet");
    free(folder);
}

Test(cli_resume, says_when_nothing_is_left_and_gives_the_result_again)
{
    char *const folder = stopped_folder("resume-done");
    cli_ok(folder, "--help >/dev/null; mv m before");
    cli_run run = cli(folder, "train points.csv --resume c");
    cr_assert_eq(run.status, 0, "%s", run.err);
    expect_in(run.err, "note: nothing is left to train: all epochs are done");
    cli_free(&run);
    cli_ok(folder, "--help >/dev/null; cmp before m");
    free(folder);
}

Test(cli_resume, contradicting_options_are_refused)
{
    static const char *const cases[][2] = {
        {"--rate 0.4", "clmlp train: --rate '0.4': contradicts --resume c, a run with --rate '0.3'; leave "
         "it out, or start anew with --init\n"},
        {"--hidden 5,4", "--hidden '5,4': contradicts --resume c, a run with --hidden '5,3'"},
        {"--scale none", "--scale 'none': contradicts --resume c, a run without --scale"},
        {"--no-shuffle", "--no-shuffle: contradicts --resume c, a run without --no-shuffle"},
        {"--seed 4", "--seed '4': contradicts --resume c, a run with --seed '3'"},
        {"--validation 0.3", "--validation '0.3': contradicts --resume c, a run with --validation '0.2'"},
        {"--target x", "--target 'x': contradicts --resume c, a run without --target"},
        {"--init m", "--init 'm': contradicts --resume c, a run without --init"},
        {"--epochs 3", "c: is in epoch 4 already, and cannot end after 3 (--epochs)"},
    };
    char *const folder = stopped_folder("resume-contradictions");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "train points.csv --resume c --quiet %s", cases[i][0]);
        expect_refused(folder, line, cases[i][1]);
    }
    free(folder);
}

Test(cli_resume, other_files_are_refused)
{
    char *const folder = stopped_folder("resume-files");
    cli_ok(folder, "--help >/dev/null; sed '3s/[0-9]/7/' points.csv >other.csv; head -c 3000 c >short; echo x >text; "
           "cp c damaged; printf '\\377' | dd of=damaged bs=1 seek=$(($(stat -c %s c) - 12)) conv=notrunc 2>/dev/null; "
           "cp h right; echo 'mine' >>h");
    expect_refused(folder, "train points.csv --resume nowhere", "nowhere: cannot be opened: No such file or directory");
    expect_refused(folder, "train points.csv --resume m", "--resume 'm': is a model and no checkpoint: it has theta "
                   "alone, from which a new training can start: --init m");
    expect_refused(folder, "train points.csv --resume text", "text: not a model file");
    expect_refused(folder, "train points.csv --resume short", "short: ");
    expect_refused(folder, "train points.csv --resume damaged --history new", "damaged: damaged: its numbers are not");
    expect_refused(folder, "train other.csv --resume c --history new", "c: is of a run on other training data");
    expect_refused(folder, "train points.csv --resume c", "h: is not the history of the run that c is of: more follows "
                   "than lines of later epochs; it was left as it is (--history names another file)");
    cli_ok(folder, "train points.csv --resume c --history right --quiet");
    free(folder);
}

Test(cli_resume, files_that_were_read_are_given_again)
{
    char *const folder = cli_data_folder("resume-given");
    cli_ok(folder, "--help >/dev/null; cut -d, -f3 points.csv >l.csv; cut -d, -f1,2 points.csv >x.csv");
    cli_ok(folder, "train x.csv --labels l.csv --test points.csv --device cpu --epochs 2 --checkpoint c --quiet");
    expect_refused(folder, "train x.csv --resume c",
                   "--resume c: is of a run with --labels 'l.csv'; give that file again");
    cli_run run = cli(folder, "train x.csv --labels l.csv --resume c --epochs 3 --quiet");
    cr_assert_eq(run.status, 0, "%s", run.err);
    expect_in(run.err, "note: the run of c had --test 'points.csv', and goes on without");
    cli_free(&run);
    free(folder);
}

/* The model that it began from may be its own result by now. */
Test(cli_resume, needs_no_init_again)
{
    char *const folder = cli_data_folder("resume-init");
    cli_ok(folder, TRAIN "--epochs 2 --model start --quiet");
    cli_ok(folder, TRAIN "--init start --rate 0.2 --epochs 5 --model whole.model --history whole.jsonl --quiet");
    cli_ok(folder, TRAIN "--init start --rate 0.2 --epochs 3 --history parts.jsonl --checkpoint c --quiet; rm start");
    cli_ok(folder, "train points.csv --resume c --epochs 5 --model parts.model --quiet");
    expect_same_files(folder, "--init");
    free(folder);
}

Test(cli_resume, elsewhere_goes_on_and_says_so)
{
    char *const folder = stopped_folder("resume-elsewhere");
    cli_run run = cli(folder, "train points.csv --resume c --epochs 5 --precision f64 --quiet");
    cr_assert_eq(run.status, 0, "%s", run.err);
    expect_in(run.err, "note: c was made on ");
    expect_in(run.err, ", f32) by clmlp " CLMLP_TEST_VERSION ": from here on numbers are rounded otherwise");
    cli_free(&run);
    free(folder);
}

Test(cli_resume, options_that_make_no_sense_are_refused)
{
    static const char *const cases[][2] = {
        {"--checkpoint-every 3", "--checkpoint-every: there is no --checkpoint"},
        {"--checkpoint c --checkpoint-every 0", "--checkpoint-every '0': expected a whole number of epochs such as 10, "
         "or seconds such as 30s"},
        {"--checkpoint c --checkpoint-every 2m", "--checkpoint-every '2m': expected a whole number of epochs"},
        {"--checkpoint c --checkpoint-every 0s", "--checkpoint-every '0s': expected a whole number of epochs"},
        {"--checkpoint model.safetensors", "--checkpoint 'model.safetensors': is also the file of --model"},
        {"--checkpoint ./model.safetensors", "--checkpoint './model.safetensors': is also the file of --model"},
        {"--history .//model.safetensors", "--history './/model.safetensors': is also the file of --model"},
        {"--checkpoint h --history ./h", "--checkpoint 'h': is also the file of --history"},
        {"--checkpoint h --history h", "--checkpoint 'h': is also the file of --history"},
        {"--checkpoint points.csv", "--checkpoint 'points.csv': cannot be written: would overwrite an input"},
        {"--checkpoint nowhere/c", "--checkpoint 'nowhere/c': cannot be written: its folder does not exist"},
        {"--checkpoint c --find-rate", "--find-rate trains nothing that a checkpoint could keep"},
        {"--checkpoint c --cross-validate 3", "--cross-validate and --checkpoint: a checkpoint has no folds"},
    };
    char *const folder = cli_data_folder("resume-usage");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, TRAIN "--quiet %s", cases[i][0]);
        expect_refused(folder, line, cases[i][1]);
    }
    free(folder);
}

Test(cli_resume, names_in_any_encoding_are_kept)
{
    char *const folder = cli_folder("resume-bytes");
    cli_write(folder, "p.csv", "a,gr\xf6\xdf" "e\n1,2.5\n2,4.25\n3,6.5\n4,8.125\n");
    cli_ok(folder, "train p.csv --target gr\xf6\xdf" "e --device cpu --hidden '' --epochs 3 --history h\xff "
           "--checkpoint c --quiet --model m");
    cli_ok(folder, "train p.csv --resume c --epochs 5 --quiet");
    cli_ok(folder, "--help >/dev/null; test $(wc -l <h\xff) = 5");
    free(folder);
}

/* --- while it runs ----------------------------------------------------------------------------------------------- */

/* Send SIGUSR1 to a run that has no end near, wait for what it says, and stop it. */
static cli_run ask_to_save(const char *folder, const char *data, const char *more, const char *said)
{
    char line[512];
    (void)snprintf(line, sizeof line, "clmlp train %s --device cpu --epochs 2000000000 %s", data, more);
    const pid_t program = start_line(folder, line);
    cli_wait_for(folder, program, "epoch 1/");
    cr_assert_eq(kill(program, SIGUSR1), 0);
    cli_wait_for(folder, program, said);
    return cli_stop(folder, program, SIGTERM);
}

Test(cli_resume, sigusr1_saves_a_checkpoint_and_training_goes_on)
{
    char *const folder = cli_data_folder("resume-usr1");
    cli_run run = ask_to_save(folder, "points.csv", "--checkpoint c --checkpoint-every 1000s --model m",
                              "checkpoint written to c: ");
    cr_assert_eq(run.status, 130, "exit status %d", run.status);
    cli_free(&run);
    cli_ok(folder, "inspect c");
    cli_ok(folder, "predict c points.csv --device cpu --quiet >a");
    cli_ok(folder, "predict m points.csv --device cpu --quiet >b");
    cli_ok(folder, "--help >/dev/null; cmp a b");
    free(folder);
}

/* 3,000 rows of noise with 200 units: thousands of iterations. */
Test(cli_resume, lbfgs_and_cg_keep_no_checkpoints)
{
    char *const folder = cli_data_folder("resume-minimise");
    cli_ok(folder, "train points.csv --device cpu --epochs 2 --quiet --checkpoint c --model m");
    cli_run run = cli(folder, "train points.csv --device cpu --optimizer cg --checkpoint d --model n");
    cr_assert_eq(run.status, 2);
    expect_in(run.err, "--checkpoint: --optimizer cg keeps no checkpoints (the others do)");
    cli_free(&run);
    run = cli(folder, "train points.csv --device cpu --optimizer lbfgs --resume c");
    cr_assert_eq(run.status, 2);
    expect_in(run.err, "--resume: --optimizer lbfgs keeps no checkpoints (the others do)");
    cli_free(&run);
    cli_ok(folder, "--help >/dev/null; awk 'BEGIN { srand(1); print \"a,b,c,d,y\"; for (i = 0; i < 3000; i++) "
           "print rand() \",\" rand() \",\" rand() \",\" rand() \",\" rand() }' >noise.csv");
    run = ask_to_save(folder, "noise.csv", "--optimizer lbfgs --hidden 200 --precision f64 --model my.safetensors",
                      "clmlp: SIGUSR1: there is no file for a checkpoint");
    cli_free(&run);
    cli_ok(folder, "--help >/dev/null; test ! -e my.checkpoint.safetensors && test ! -e d");
    free(folder);
}

Test(cli_resume, sigusr1_without_a_checkpoint_saves_one_beside_the_model)
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

Test(cli_resume, history_can_be_watched_and_has_whole_lines)
{
    char *const folder = cli_data_folder("resume-watch");
    char line[] = "clmlp train points.csv --device cpu --epochs 2000000000 --history h";
    const pid_t program = start_line(folder, line);
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

/* --- what is in one ---------------------------------------------------------------------------------------------- */

Test(cli_resume, inspect_tells_the_run)
{
    char *const folder = stopped_folder("resume-inspect");
    cJSON *const json = cli_json(folder, "inspect c --json", 0);
    cr_assert_str_eq(cli_text(json, "holds"), "checkpoint");
    const cJSON *const run = cli_member(json, "checkpoint");
    cr_assert_str_eq(cli_text(run, "epoch"), "4");
    cr_assert_str_eq(cli_text(run, "step"), "28");
    cr_assert_str_eq(cli_text(run, "optimizer"), "sgd");
    cr_assert_str_eq(cli_text(run, "history"), "h");
    cr_assert_eq(strlen(cli_text(run, "train_data")), 64);
    cr_assert_str_eq(cli_text(cli_member(run, "options"), "hidden"), "5,3");
    cJSON_Delete(json);
    expect_refused(folder, "inspect c --target x", "--target: c is a checkpoint, no data");
    free(folder);
}
