/* test_early_stopping.c - clmlp train --early-stopping: what it says, writes and refuses. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

#define TRAIN "train points.csv --device cpu --hidden 4 --batch 10 --rate 1 "

static void expect_null(const cJSON *json, const char *key)
{
    cr_assert(cJSON_IsNull(cli_member(json, key)), "%s is not null", key);
}

/* Its epochs with the value of a metric of the validation data, from the history. */
static size_t read_history(const char *folder, const char *name, const char *metric, double *values, size_t most)
{
    char *const text = cli_read(folder, name), *line = text;
    size_t count = 0;
    cr_assert_not_null(text);
    for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1, count++) {
        *end = '\0';
        cr_assert(count < most);
        cJSON *const json = cJSON_Parse(line);
        cr_assert_not_null(json, "%s", line);
        values[count] = cli_number(cli_member(json, "validation"), metric);
        cJSON_Delete(json);
    }
    free(text);
    return count;
}

Test(cli_early_stopping, tells_which_epoch_was_kept)
{
    enum { EPOCHS = 400 };
    static double values[EPOCHS];
    char *const folder = cli_data_folder("early-stopping");
    /* targets that have nothing to do with x: what is learned is wrong */
    cli_write(folder, "noise.csv", "x,y\n1,3\n2,1\n3,4\n4,1\n5,5\n6,9\n7,2\n8,6\n9,5\n10,3\n11,5\n12,8\n"
              "13,9\n14,7\n15,9\n");
    cJSON *const json = cli_json(folder, "train noise.csv --task regress --device cpu --hidden 20 --activation tanh "
                                 "--batch 4 --rate 0.1 --epochs 400 --validation 0.3 --early-stopping 10 "
                                 "--monitor mae --history h.jsonl --json", 0);
    const size_t epochs = read_history(folder, "h.jsonl", "mae", values, EPOCHS);
    size_t best = 1;
    for (size_t e = 2; e <= epochs; e++) best = values[e - 1] < values[best - 1] ? e : best;
    cr_assert(epochs < EPOCHS, "%zu", epochs);
    cr_assert(cJSON_IsTrue(cli_member(json, "stopped_early")));
    cr_assert_str_eq(cli_text(json, "monitor"), "mae");
    cr_assert_eq(cli_number(json, "epochs"), (double)epochs);
    cr_assert_eq(cli_number(json, "best_epoch"), (double)best);
    cr_assert_eq(epochs, best + 10);
    cr_assert_eq(cli_number(json, "best"), values[best - 1]);
    cr_assert_eq(cli_number(cli_member(cli_member(json, "validation"), "metrics"), "mae"), values[best - 1]);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_early_stopping, prints_what_was_kept)
{
    char *const folder = cli_data_folder("early-stopping-text");
    cli_run run = cli(folder, TRAIN "--epochs 9 --validation 0.2 --keep-best --monitor accuracy");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cli_expect_in(run.out, "\nkept epoch ");
    cli_expect_in(run.out, " of 9: validation accuracy ");
    cli_free(&run);
    run = cli(folder, TRAIN "--epochs 200 --validation 0.2 --early-stopping 1 --tolerance 1000");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cli_expect_in(run.out, "\nkept epoch 2 of 2, where training stopped early: validation cost ");
    cli_free(&run);
    run = cli(folder, TRAIN "--epochs 200 --validation 0.2 --early-stopping 1 --tolerance 1000 --min-epochs 7");
    cli_expect_in(run.out, " of 7, where training stopped early: validation cost ");
    cli_free(&run);
    free(folder);
}

Test(cli_early_stopping, without_it_nothing_is_kept)
{
    char *const folder = cli_data_folder("early-stopping-none");
    cJSON *const json = cli_json(folder, TRAIN "--epochs 3 --validation 0.2 --json", 0);
    expect_null(json, "monitor");
    expect_null(json, "best_epoch");
    expect_null(json, "best");
    cr_assert(cJSON_IsFalse(cli_member(json, "stopped_early")));
    cJSON_Delete(json);
    free(folder);
}

Test(cli_early_stopping, that_nothing_can_be_the_best_for_is_said)
{
    char *const folder = cli_data_folder("early-stopping-undefined");
    cli_write(folder, "one.csv", "x,y,colour\n0.1,0.2,red\n0.3,0.1,red\n");
    cli_run run = cli(folder, TRAIN "--epochs 20 --validation one.csv --early-stopping 3 --monitor roc_auc --quiet");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cli_expect_in(run.err, "note: no epoch had a defined value of --monitor");
    cr_assert_null(strstr(run.out, "kept epoch"));
    cli_expect_in(run.out, "\n3 epochs, ");
    cli_free(&run);
    free(folder);
}

Test(cli_early_stopping, options_that_do_not_fit_are_refused)
{
    char *const folder = cli_data_folder("early-stopping-bad");
    cli_expect_bad(folder, TRAIN "--early-stopping 3",
                   "--early-stopping: there is no --validation to go by (--validation 0.2");
    cli_expect_bad(folder, TRAIN "--keep-best", "--keep-best: there is no --validation to go by (--validation 0.2");
    cli_expect_bad(folder, TRAIN "--monitor accuracy --validation 0.2", "no --early-stopping or --keep-best");
    cli_expect_bad(folder, TRAIN "--tolerance 1 --validation 0.2 --keep-best",
                   "--tolerance: there is no --early-stopping");
    cli_expect_bad(folder, TRAIN "--min-epochs 4 --validation 0.2", "--min-epochs: there is no --early-stopping");
    cli_expect_bad(folder, TRAIN "--early-stopping 3 --cross-validate 3", "cannot judge it");
    cli_expect_bad(folder, TRAIN "--early-stopping 0 --validation 0.2", "--early-stopping '0'");
    cli_expect_bad(folder, TRAIN "--early-stopping 3 --tolerance -1 --validation 0.2", "--tolerance '-1'");
    cli_expect_bad(folder, TRAIN "--early-stopping 3 --monitor auc --validation 0.2",
                   "--monitor 'auc': there is no such metric (expected cost, accuracy, balanced_accuracy, ");
    cli_expect_bad(folder, TRAIN "--early-stopping 3 --monitor rmse --validation 0.2",
                   "(expected one of cost, accuracy, balanced_accuracy, log_loss, roc_auc, f1_macro, f1_weighted, "
                   "mcc)");
    cli_expect_bad(folder, TRAIN "--early-stopping 3 --monitor accuracy_of_mode --validation 0.2",
                   "(expected one of cost, ");
    free(folder);
}

Test(cli_early_stopping, that_is_interrupted_says_what_was_kept)
{
    char *const folder = cli_data_folder("early-stopping-interrupted");
    char *const arguments[] = {"clmlp", "train", "points.csv", "--device", "cpu", "--epochs", "100000000",
                               "--validation", "0.2", "--keep-best", NULL};
    const pid_t program = cli_start(folder, arguments);
    cli_wait_for(folder, program, "epoch 1/");
    cli_run run = cli_stop(folder, program, SIGINT);
    cr_assert_eq(run.status, 130, "%s", run.err);
    cli_expect_in(run.err, "clmlp: the model is that of epoch ");
    cli_expect_in(run.out, "\nkept epoch ");
    cli_free(&run);
    free(folder);
}

static void expect_equal_files(const char *folder, const char *name, const char *other)
{
    char line[256];
    (void)snprintf(line, sizeof line, "--help >/dev/null; cmp %s %s", name, other);
    cli_ok(folder, line);
}

Test(cli_early_stopping, a_full_disk_loses_neither_the_last_nor_the_best_theta)
{
    if (access("/dev/full", W_OK) != 0) cr_skip_test("there is no /dev/full");
    char *const folder = cli_data_folder("early-stopping-full");
    cli_ok(folder, TRAIN "--epochs 1 --model one --quiet");
    cli_run run = cli(folder, TRAIN "--epochs 5 --model last --history /dev/full --quiet");
    cr_assert_eq(run.status, 1);
    cli_expect_in(run.err, "/dev/full: the history cannot be written: No space left on device");
    cli_expect_in(run.err, "the model was written to last");
    expect_equal_files(folder, "one", "last");
    cli_free(&run);

    cli_ok(folder, TRAIN "--epochs 1 --validation 0.2 --keep-best --model one --quiet");
    run = cli(folder, TRAIN "--epochs 5 --validation 0.2 --keep-best --model best --history /dev/full --quiet");
    cr_assert_eq(run.status, 1);
    cr_assert_null(strstr(run.err, "no epoch had a defined value"), "%s", run.err);
    expect_equal_files(folder, "one", "best");
    cli_free(&run);
    free(folder);
}
