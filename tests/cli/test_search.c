/* test_search.c - clmlp search: its trials are trainings that anybody can do again, and the best model is kept. */
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run.h"

#define SETTINGS " --device cpu --epochs 6 --batch 8 --quiet "
#define SPACE " --rate 0.02:2:log --hidden '|3|6,4' --lambda 0:0.5 "

/* The options of a trial as a command line. */
static void options_of(const cJSON *trial, char *line, size_t size)
{
    size_t used = 0;
    const cJSON *option;
    line[0] = '\0';
    cJSON_ArrayForEach(option, cli_member(trial, "options")) {
        used += (size_t)snprintf(line + used, size - used, " --%s='%s'", option->string, option->valuestring);
    }
}

Test(cli_search, trials_are_trainings_that_can_be_done_again)
{
    char *const folder = cli_data_folder("search_again");
    cJSON *const json = cli_json(folder, "search points.csv" SETTINGS SPACE "--trials 6 --seed 5 --json --model m", 0);
    const cJSON *const trials = cli_member(json, "trials"), *trial;
    double before = INFINITY;
    cr_assert_eq(cJSON_GetArraySize(trials), 6);
    cJSON_ArrayForEach(trial, trials) {
        char options[512], line[1024];
        options_of(trial, options, sizeof options);
        (void)snprintf(line, sizeof line, "train points.csv" SETTINGS "%s --validation 0.2 --seed 5 --json --model n",
                       options);
        cJSON *const again = cli_json(folder, line, 0);
        const cJSON *const validation = cli_member(again, "validation");
        cr_assert_eq(cli_number(trial, "value"), cli_number(cli_member(validation, "metrics"), "accuracy"));
        cr_assert_eq(cli_number(trial, "cost"), cli_number(validation, "cost"));
        cr_assert_leq(cli_number(trial, "value"), before, "the better first");
        before = cli_number(trial, "value");
        cJSON_Delete(again);
    }
    char options[512], line[1024];
    options_of(cli_member(json, "best"), options, sizeof options);
    (void)snprintf(line, sizeof line, "train points.csv" SETTINGS "%s --validation 0.2 --seed 5 --model n", options);
    cli_ok(folder, line);
    char *const kept = cli_read(folder, "m"), *const again = cli_read(folder, "n");
    cr_assert_str_eq(kept + 8, again + 8, "the model of the best trial");
    char *const files = cli_snapshot(folder);
    cr_assert_null(strstr(files, ".trial"), "models of other trials are removed");
    free(files);
    free(kept);
    free(again);
    cJSON_Delete(json);
    free(folder);
}

/* Who ignores SIGCHLD hands that on to what it starts. */
Test(cli_search, knows_how_trials_ended_where_its_caller_ignores_children)
{
    char *const folder = cli_data_folder("search_children");
    cli_run run = cli_with(folder, "env --ignore-signal=CHLD",
                           "search points.csv" SETTINGS SPACE "--trials 2 --model m");
    cr_assert_eq(run.status, 0, "%d: %s", run.status, run.err);
    cli_free(&run);
    free(folder);
}

Test(cli_search, draws_depend_on_the_seed_and_stay_in_their_ranges)
{
    char *const folder = cli_data_folder("search_draws");
    static const char line[] = "search points.csv" SETTINGS "--rate 0.02:2:log --lambda 0:0.5 --batch 4:9 --trials 12 "
                               "--model m --json --seed ";
    char text[512];
    cJSON *runs[3];
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(text, sizeof text, "%s%d", line, i == 2 ? 4 : 3);
        runs[i] = cli_json(folder, text, 0);
    }
    const cJSON *trial;
    bool small = false, large = false;
    cJSON_ArrayForEach(trial, cli_member(runs[0], "trials")) {
        const cJSON *const options = cli_member(trial, "options");
        const double rate = atof(cli_text(options, "rate")), lambda = atof(cli_text(options, "lambda"));
        const double batch = atof(cli_text(options, "batch"));
        cr_assert(rate >= 0.02 && rate <= 2.0 && lambda >= 0.0 && lambda <= 0.5);
        cr_assert(batch >= 4.0 && batch <= 9.0 && batch == floor(batch));
        small = small || rate < 0.2;
        large = large || rate > 0.2;
    }
    cr_assert(small && large, "a logarithm spreads over both decades");
    char options[3][512];
    for (size_t i = 0; i < 3; i++) options_of(cli_member(runs[i], "best"), options[i], sizeof options[i]);
    cr_assert_str_eq(options[0], options[1]);
    cr_assert_str_neq(options[0], options[2]);
    for (size_t i = 0; i < 3; i++) cJSON_Delete(runs[i]);
    free(folder);
}

/* The trials of a log, without seconds. */
static cJSON *trials_of(const char *folder, const char *line)
{
    cJSON *const json = cli_json(folder, line, 0), *trial;
    cJSON_ArrayForEach(trial, cJSON_GetObjectItem(json, "trials")) cJSON_DeleteItemFromObject(trial, "seconds");
    cJSON_DeleteItemFromObject(cJSON_GetObjectItem(json, "best"), "seconds");
    cJSON_DeleteItemFromObject(json, "model");
    return json;
}

static void expect_same(const cJSON *a, const cJSON *b)
{
    char *const of_a = cJSON_Print(a), *const of_b = cJSON_Print(b);
    cr_assert_str_eq(of_a, of_b);
    free(of_a);
    free(of_b);
}

Test(cli_search, goes_on_where_it_was_stopped)
{
    char *const folder = cli_data_folder("search_log");
    static const char whole[] = "search points.csv" SETTINGS SPACE "--trials 7 --json --model a --log whole";
    cJSON *const expected = trials_of(folder, whole);
    cli_ok(folder, "search points.csv" SETTINGS SPACE "--trials 4 --model b --log part");
    char *const log = cli_read(folder, "part");
    char *const cut = malloc(strlen(log) + 1);
    /* it was killed while it wrote a line */
    (void)strcpy(cut, log);
    cut[strlen(cut) - 9] = '\0';
    cli_write(folder, "part", cut);
    cJSON *const found = trials_of(folder, "search points.csv" SETTINGS SPACE "--trials 7 --json --model b --log part");
    expect_same(expected, found);
    char *const a = cli_read(folder, "a"), *const b = cli_read(folder, "b");
    cr_assert_str_eq(a + 8, b + 8);
    /* all is known */
    cli_run run = cli(folder, "search points.csv --device cpu --epochs 6 --batch 8" SPACE "--trials 7 "
                              "--model b --log part");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_not_null(strstr(run.err, "7 trials are known from part"), "%s", run.err);
    cli_free(&run);
    /* other data under the same name */
    cli_run copied = cli(folder, "--version >/dev/null; tail -n 1 points.csv > more; cat more >> points.csv");
    cli_free(&copied);
    run = cli(folder, "search points.csv --device cpu --epochs 6 --batch 8" SPACE "--trials 7 --model b --log part");
    cr_assert_eq(run.status, 2, "%s", run.err);
    cr_assert_not_null(strstr(run.err, "is of another search"), "%s", run.err);
    cli_free(&run);
    free(a);
    free(b);
    free(log);
    free(cut);
    cJSON_Delete(expected);
    cJSON_Delete(found);
    free(folder);
}

/* A count that no size_t holds cannot be converted; it would be any number. */
Test(cli_search, takes_no_line_with_impossible_numbers)
{
    static const char *const changes[] = {"s/\"epochs\":[0-9]*/\"epochs\":1e300/", "s/\"epochs\":[0-9]*/\"epochs\":-1/",
                                          "s/\"status\":0/\"status\":256/"};
    char *const folder = cli_data_folder("search_numbers");
    cli_ok(folder, "search points.csv" SETTINGS SPACE "--trials 2 --model m --log whole");
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char change[128];
        (void)snprintf(change, sizeof change, "--version >/dev/null; sed '%s' whole >log", changes[i]);
        cli_run run = cli(folder, change);
        cli_free(&run);
        run = cli(folder, "search points.csv" SETTINGS SPACE "--trials 2 --model m --log log");
        cr_expect_eq(run.status, 2, "%s: %d", changes[i], run.status);
        cr_expect_not_null(strstr(run.err, "log:2: no trial"), "%s: %s", changes[i], run.err);
        cli_free(&run);
    }
    free(folder);
}

Test(cli_search, keeps_the_best_model_when_it_is_interrupted)
{
    char *const folder = cli_data_folder("search_stop");
    char *const arguments[] = {"clmlp", "search", "points.csv", "--device", "cpu", "--rate", "0.01:1", "--epochs",
                               "2000", "--batch", "1", "--trials", "500", "--model", "m", "--log", "l", NULL};
    const pid_t program = cli_start(folder, arguments);
    cli_wait_for(folder, program, "trial 2 of 500");
    cli_run run = cli_stop(folder, program, SIGTERM);
    cr_assert_eq(run.status, 130, "%s", run.err);
    cr_assert_not_null(strstr(run.out, "its model was written to m"), "%s", run.out);
    cli_free(&run);
    char *const files = cli_snapshot(folder);
    cr_assert_null(strstr(files, "m.trial"));
    free(files);
    cli_ok(folder, "evaluate m points.csv --device cpu --quiet");
    free(folder);
}

Test(cli_search, halves_the_settings_round_after_round)
{
    char *const folder = cli_data_folder("search_halving");
    static const char line[] = "search points.csv --device cpu --batch 8 --quiet --rate 0.02:2:log --strategy halving "
                               "--epochs 18 --trials 9 --model m --json --log ";
    char text[512];
    (void)snprintf(text, sizeof text, "%sl", line);
    cJSON *const json = trials_of(folder, text);
    static const int trials[] = {9, 3, 1}, epochs[] = {2, 6, 18};
    int found[3] = {0};
    double worst_kept = INFINITY, best_left[9];
    const cJSON *trial;
    for (size_t i = 0; i < 9; i++) best_left[i] = NAN;
    cJSON_ArrayForEach(trial, cli_member(json, "trials")) {
        const int round = (int)cli_number(trial, "round");
        cr_assert(round >= 1 && round <= 3);
        cr_assert_eq(cli_number(trial, "epochs"), epochs[round - 1]);
        found[round - 1]++;
        if (round == 1) best_left[(int)cli_number(trial, "trial") - 1] = cli_number(trial, "value");
    }
    for (size_t i = 0; i < 3; i++) cr_assert_eq(found[i], trials[i]);
    cJSON_ArrayForEach(trial, cli_member(json, "trials")) {
        if (cli_number(trial, "round") != 2) continue;
        double *const value = &best_left[(int)cli_number(trial, "trial") - 1];
        worst_kept = fmin(worst_kept, *value);
        *value = NAN;
    }
    for (size_t i = 0; i < 9; i++) cr_assert(isnan(best_left[i]) || best_left[i] <= worst_kept);
    cr_assert_eq(cli_number(cli_member(json, "best"), "round"), 3);
    cJSON *const again = trials_of(folder, text);
    expect_same(json, again);
    cJSON_Delete(again);
    cJSON_Delete(json);
    free(folder);
}

/* With 3 epochs at the end, 27 settings would have the rounds 1, 1, 1 and 3. Of 10 settings a third is 4, rounded up,
 * and a third of those is 2. */
Test(cli_search, halving_has_no_two_rounds_of_the_same_epochs)
{
    static const struct {
        const char *epochs;
        int trials[3], of[3];
    } cases[] = {{"3", {27, 1, 0}, {1, 3, 0}}, {"9", {27, 3, 1}, {1, 3, 9}}, {"1", {27, 0, 0}, {1, 0, 0}},
                 {"9", {10, 2, 1}, {1, 3, 9}}};
    char *const folder = cli_data_folder("search_rounds");
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        char line[256];
        (void)snprintf(line, sizeof line, "search points.csv --device cpu --batch 30 --quiet --rate 0.02:2:log "
                       "--strategy halving --trials %d --model m --json --epochs %s", cases[c].trials[0],
                       cases[c].epochs);
        cJSON *const json = trials_of(folder, line);
        int found[3] = {0};
        const cJSON *trial;
        cJSON_ArrayForEach(trial, cli_member(json, "trials")) {
            const int round = (int)cli_number(trial, "round");
            cr_assert(round >= 1 && round <= 3, "round %d", round);
            cr_assert_eq(cli_number(trial, "epochs"), cases[c].of[round - 1], "--epochs %s", cases[c].epochs);
            found[round - 1]++;
        }
        for (size_t i = 0; i < 3; i++) cr_assert_eq(found[i], cases[c].trials[i], "--epochs %s", cases[c].epochs);
        cJSON_Delete(json);
    }
    free(folder);
}

Test(cli_search, judges_by_cross_validation_and_by_other_metrics)
{
    char *const folder = cli_data_folder("search_folds");
    cJSON *const json = cli_json(folder, "search points.csv" SETTINGS "--rate '0.1|1' --cross-validate 3 "
                                         "--metric log_loss "
                                         "--model m --json", 0);
    const cJSON *trial;
    double before = -INFINITY;
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "trials")), 2, "there are two settings");
    cJSON_ArrayForEach(trial, cli_member(json, "trials")) {
        char line[256];
        (void)snprintf(line, sizeof line, "train points.csv" SETTINGS "--rate %s --cross-validate 3 --json --model n",
                       cli_text(cli_member(trial, "options"), "rate"));
        cJSON *const again = cli_json(folder, line, 0);
        const cJSON *const metrics = cli_member(cli_member(again, "cross_validation"), "metrics");
        cr_assert_eq(cli_number(trial, "value"), cli_number(cli_member(metrics, "log_loss"), "mean"));
        cr_assert_geq(cli_number(trial, "value"), before, "the smaller first");
        before = cli_number(trial, "value");
        cJSON_Delete(again);
    }
    cJSON_Delete(json);
    free(folder);
}

Test(cli_search, a_setting_that_diverges_is_told_and_not_chosen)
{
    char *const folder = cli_data_folder("search_diverges");
    cJSON *const json = cli_json(folder, "search real.csv --device cpu --epochs 3 --quiet --rate '1e30|0.01' --model m "
                                         "--json", 0);
    const cJSON *const trials = cli_member(json, "trials");
    cr_assert_eq(cli_number(cJSON_GetArrayItem(trials, 0), "status"), 0);
    cr_assert_eq(cli_number(cJSON_GetArrayItem(trials, 1), "status"), 4);
    cr_assert_str_eq(cli_text(cli_member(json, "best"), "metric"), "rmse");
    cJSON_Delete(json);
    cli_run run = cli(folder, "search real.csv --device cpu --epochs 3 --rate '1e30|1e31' --model n");
    cr_assert_eq(run.status, 1);
    cr_assert_not_null(strstr(run.err, "not one trial came to an end"), "%s", run.err);
    cr_assert_neq(access("n", F_OK), 0);
    cli_free(&run);
    free(folder);
}

Test(cli_search, ends_with_the_commands_that_use_what_was_found)
{
    char *const folder = cli_data_folder("search_next");
    cli_run run = cli(folder, "search points.csv --device cpu --epochs 2 --quiet --rate 0.012345678 --hidden '3|4' "
                              "--validation 0.3 --seed 7 --model m");
    cr_assert_eq(run.status, 0, "%s", run.err);
    char *const next = strstr(run.out, "\nnext:  clmlp train points.csv ");
    cr_assert_not_null(next, "%s", run.out);
    cli_expect_in(next, " --rate=0.012345678 ");
    cli_expect_in(next, " --seed=7 --model=final.safetensors\n       clmlp evaluate final.safetensors NEW_DATA\n"
                        "       clmlp predict final.safetensors NEW_DATA\n");
    cr_assert_null(strstr(next, "validation"), "all rows: %s", next);
    char line[1024];
    const char *const command = next + strlen("\nnext:  clmlp ");
    (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(command, "\n"), command);
    cli_ok(folder, line);
    cli_free(&run);
    free(folder);
}

typedef struct bad_line {
    const char *line, *message;
} bad_line;

Test(cli_search, says_what_is_wrong_with_a_command_line)
{
    static const bad_line lines[] = {
        {"points.csv", "nothing is varied"},
        {"points.csv --rate 1:0.1", "expected LOW:HIGH with LOW < HIGH"},
        {"points.csv --rate 0:0.1:log", "expected LOW > 0 for a logarithm"},
        {"points.csv --rate 0.1:1:lin", "--rate '0.1:1:lin'"},
        {"points.csv --batch '8||9'", "a value between the | is empty"},
        {"points.csv --rat 0.1:1", "did you mean '--rate'?"},
        {"points.csv --rate 0.1:1 --test points.csv", "'--test': test data have no place in a search: evaluate the"},
        {"points.csv --rate 0.1:1 --checkpoint c", "'--checkpoint': a search has --log FILE"},
        {"points.csv --rate 0.1:1 --ensemble 3", "'--ensemble': each trial is one network"},
        {"points.csv --rate 0.1:1 --strategy grid", "expected random or halving"},
        {"points.csv --rate 0.1:1 --strategy halving", "needs --epochs N"},
        {"points.csv --rate 0.1:1 --keep-one-in 2", "is for --strategy halving"},
        {"points.csv --rate 0.1:1 --strategy halving --epochs 9 --keep-one-in 1", "expected 2 or more"},
        {"points.csv --rate 0.1:1 --metric acuracy", "--metric 'acuracy'"},
        {"points.csv --rate 0.1:1 --seed 1:3", "--seed '1:3'"},
        {"points.csv --rate 0.1:1 --history h", "unknown option '--history'"},
        {"points.csv --rate 0.1:1 --device cpu --devices all", "leave one out"},
        {"points.csv --rate 0.1:1 --devices cpu,", "a name is empty"},
        {"points.csv --rate 0.1:1 --model points.csv", "points.csv"},
        {"points.csv --rate 0.1:1 --log points.csv", "points.csv"},
        {"- --rate 0.1:1", "every trial reads it anew"},
        {"none.csv --rate 0.1:1", "none.csv"},
        {"points.csv --rate 0.1:1 --log other --epochs 1",
         "--log 'other': is of another search. It was asked for '"},
        {"points.csv --rate 0.1:1 --log text", "text:1: no JSON"},
        {"points.csv --rate 0.1:1 --log word", "word:1: no whole line"},
        {"points.csv --rate 0.1:1 --activation sigmiod", "clmlp search: --activation 'sigmiod'"},
        {"points.csv --optimizer 'adam|sdg' --rate 0.1:1", "clmlp search: --optimizer 'sdg': "},
        {"whole.csv --lambda '1e308|1e307' --quiet", "clmlp: lambda"},
        {"points.csv --lambda 0:1 --metric cost", "is another cost for each --lambda"},
        {"points.csv --output 'sigmoid|softmax' --metric cost", "is another cost for each --output"},
        {"real.csv --target-scale 'none|standard' --metric cost", "is another cost for each --target-scale"},
        {"points.csv --rate 0.1:1 --metric cost --cross-validate 3", "metrics of the predictions alone"},
        {"points.csv --rate 0.1:1 --metric rmse", "no such metric (expected one of cost, accuracy, balanced_accuracy"},
        {"real.csv --rate 0.1:1 --metric accuracy", "no such metric (expected one of cost, rmse, mae, r2)"},
        {"points.csv --rate 0.1:1 --metric top_k", "no such metric"},
        {"whole.csv --output 'softmax|linear' --trials 2 --metric log_loss", "--output linear have no such metric"},
        {"whole.csv --task regress --output 'sigmoid|linear' --trials 2", "clmlp search: --task and --output"},
        {"points.csv --rate 0.1:1 --model /dev/stdout", "there is no place in a stream"},
        {"points.csv --rate 0.1:1 --model pipe", "there is no place in a stream"},
        {"points.csv --rate 0.1:1 --model none/m", "its folder does not exist"},
        {"points.csv --rate 0.1:1 --model nowhere", "its folder does not exist"},
        {"points.csv --rate 0.1:1 --validation real.csv --model real.csv", "would overwrite an input"},
        {"points.csv --rate 0.1:1 --metric accuracy_of_mode", "--metric 'accuracy_of_mode'"},
        {"points.csv --rate 0.1:1 --validation '0.1|0.4'", "the same targets of the same examples"},
        {"points.csv --rate 0.1:1 --cross-validate 2:4", "the same targets of the same examples"},
        {"points.csv --rate 0.1:1 --target '1|2'", "the same targets of the same examples"},
        {"points.csv --rate 0.1:1 --model a --log ./a", "--log './a': is also the file of --model"},
    };
    char *const folder = cli_data_folder("search_bad");
    cli_write(folder, "other", "{\"search\":\"points.csv --seed 2\"}\n");
    cli_write(folder, "text", "first line\nsecond\n");
    cli_write(folder, "word", "word");
    cli_write(folder, "whole.csv", "x,y\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n7,0\n8,1\n9,0\n10,1\n");
    cli_ok(folder, "--help >/dev/null; ln -s none/m nowhere; mkfifo pipe");
    char *const before = cli_snapshot(folder);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "search %s", lines[i].line);
        cli_run run = cli(folder, line);
        cr_assert_eq(run.status, 2, "'%s' ended with %d: %s", line, run.status, run.err);
        cr_assert_not_null(strstr(run.err, lines[i].message), "'%s' said: %s", line, run.err);
        cr_assert_str_empty(run.out);
        cli_free(&run);
    }
    char *const after = cli_snapshot(folder);
    cr_assert_str_eq(before, after, "nothing is written");
    free(before);
    free(after);
    free(folder);
}

Test(cli_search, helps_with_its_own_options_and_those_of_training)
{
    static const char *const own[] = {"--trials=", "--strategy=", "--keep-one-in=", "--metric=", "--devices=", "--log=",
                                      "--model=", "--json", "--quiet", "--rate=", "--hidden=", "--validation=",
                                      "--seed="};
    static const char *const not_here[] = {"--history", "--test=", "--checkpoint", "--resume", "--find-rate"};
    char *const folder = cli_folder("search_help");
    cli_run run = cli(folder, "search --help");
    cr_assert_eq(run.status, 0);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) cr_assert_not_null(strstr(run.out, own[i]), "%s", own[i]);
    for (size_t i = 0; i < sizeof not_here / sizeof not_here[0]; i++) {
        char row[32];
        (void)snprintf(row, sizeof row, "      %s", not_here[i]);
        cr_assert_null(strstr(run.out, row), "%s", row);
    }
    cli_free(&run);
    free(folder);
}
