/* test_train_runs.c - how trainings with clmlp train go and end. */
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum { ROOM = 512 };

#define TRAIN "train points.csv --device cpu --hidden 4 --epochs 60 --batch 10 --rate 1"

Test(cli_train, the_same_command_gives_the_same_model)
{
    char *const folder = cli_data_folder("train-same");
    cli_ok(folder, TRAIN " --model a");
    cli_ok(folder, TRAIN " --model b");
    cli_ok(folder, TRAIN " --seed 2 --model c");
    cli_run same = cli(folder, "--version && cmp a b");
    cr_assert_eq(same.status, 0, "%s", same.out);
    cli_run other = cli(folder, "--version && cmp a c");
    cr_assert_eq(other.status, 1, "another seed gives the same model");
    cli_free(&same);
    cli_free(&other);
    free(folder);
}

Test(cli_train, init_goes_on_from_a_model)
{
    char *const folder = cli_data_folder("train-init");
    cli_ok(folder, TRAIN " --model first");
    cJSON *const first = cli_json(folder, "evaluate first points.csv --device cpu --json", 0);
    cJSON *const next = cli_json(folder, "train points.csv --init first --epochs 60 --batch 10 --rate 1 --device cpu "
                                         "--model first --json", 0);
    cr_assert(cli_number(next, "cost") < cli_number(first, "cost"), "%g is not below %g", cli_number(next, "cost"),
              cli_number(first, "cost"));
    cr_assert_eq(cli_number(next, "parameters"), 27);
    cJSON_Delete(first);
    cJSON_Delete(next);
    free(folder);
}

Test(cli_train, history_has_a_line_of_json_per_epoch)
{
    char *const folder = cli_data_folder("train-history");
    cli_ok(folder, TRAIN " --epochs 5 --history h.jsonl --test points.csv");
    char *const history = cli_read(folder, "h.jsonl");
    cr_assert_not_null(history);
    const char *at = history;
    for (int epoch = 1; epoch <= 5; epoch++) {
        cJSON *const line = cJSON_ParseWithOpts(at, &at, false);
        cr_assert_not_null(line);
        cr_assert_eq(cli_number(line, "epoch"), epoch);
        cr_assert(cli_number(line, "cost") > 0.0);
        cr_assert_eq(*at++, '\n');
        cJSON_Delete(line);
    }
    cr_assert_eq(*at, '\0');
    free(history);
    free(folder);
}

/* x = +-1 and y = +-1 with no relation, at rate 2.05: w grows by 1.05 a step (tests/train/test_divergence.c). */
static void write_unrelated(const char *folder)
{
    char text[ROOM] = "x,y\n";
    for (int i = 0; i < 8; i++) (void)strcat(strcat(text, i % 2 ? "-1," : "1,"), i % 4 < 2 ? "1.5\n" : "-0.5\n");
    cli_write(folder, "unrelated.csv", text);
}

Test(cli_train, a_diverged_run_writes_beside_the_model)
{
    char *const folder = cli_folder("train-diverge-beside");
    const char *const line = "train unrelated.csv --output linear --hidden '' --batch full --rate 2.05 --epochs 400 "
                             "--model old.safetensors --overwrite --device cpu";
    write_unrelated(folder);
    cli_write(folder, "old.safetensors", "the model of another day");
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 4, "exit status %d\n%s", run.status, run.err);
    cr_assert_not_null(strstr(run.err, "worse than guessing"), "%s", run.err);
    cr_assert_not_null(strstr(run.err, "was written to old.diverged.safetensors; old.safetensors is untouched"), "%s",
                       run.err);
    cli_free(&run);
    char *const old = cli_read(folder, "old.safetensors");
    cr_assert_str_eq(old, "the model of another day");
    free(old);
    cli_ok(folder, "evaluate old.diverged.safetensors unrelated.csv --device cpu");
    char json_line[ROOM];
    (void)snprintf(json_line, sizeof json_line, "%s --json", line);
    cJSON *const json = cli_json(folder, json_line, 4);
    cr_assert_str_eq(cli_text(json, "model"), "old.diverged.safetensors");
    cJSON_Delete(json);
    /* not over what it began with, even so */
    char *const good = cli_read(folder, "old.diverged.safetensors");
    run = cli(folder, "train unrelated.csv --init old.diverged.safetensors --batch full --rate 2.001 --epochs 9000 "
                      "--model old.safetensors --overwrite --device cpu");
    cr_assert_eq(run.status, 4, "%s", run.err);
    cr_assert_not_null(strstr(run.err, "no model was written"), "%s", run.err);
    char *const after = cli_read(folder, "old.diverged.safetensors");
    cr_assert_str_eq(after, good);
    cli_free(&run);
    free(good);
    free(after);
    free(folder);
}

Test(cli_train, divergence_in_the_first_epoch_writes_nothing_and_exits_4)
{
    char *const folder = cli_data_folder("train-diverge");
    const char *const line = "train real.csv --output linear --activation relu --rate 1e20 --epochs 50 --batch 4 "
                             "--device cpu";
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 4, "exit status %d\n%s", run.status, run.err);
    cr_assert_not_null(strstr(run.err, "diverged"), "%s", run.err);
    cr_assert_not_null(strstr(run.err, "no model was written: not one epoch was good\n"), "%s", run.err);
    cr_assert_null(strstr(run.err, "last good"), "%s", run.err);
    cli_expect_in(run.err, "; the model holds the theta that it began with");
    cr_assert_not_null(strstr(run.err, "hint: try a smaller --rate (it was 1e+20)\n"), "%s", run.err);
    cli_free(&run);
    cr_assert_null(cli_read(folder, "model.safetensors"));
    cr_assert_null(cli_read(folder, "model.diverged.safetensors"));

    char json_line[256];
    (void)snprintf(json_line, sizeof json_line, "%s --json", line);
    cJSON *const json = cli_json(folder, json_line, 4);
    cr_assert_str_eq(cli_text(json, "status"), "diverged");
    cr_assert(cJSON_IsNull(cli_member(json, "cost")));
    cJSON_Delete(json);
    free(folder);
}

Test(cli_train, the_hint_on_divergence_names_the_momentum_of_the_rule_that_has_one)
{
    char *const folder = cli_data_folder("train-diverge-momentum");
    cli_run run = cli(folder, "train real.csv --output linear --activation relu --rate 1e20 --optimizer momentum "
                              "--momentum 0.75 --epochs 50 --batch 4 --device cpu");
    cr_assert_eq(run.status, 4, "exit status %d\n%s", run.status, run.err);
    cr_assert_not_null(strstr(run.err, "hint: try a smaller --rate (it was 1e+20) or --momentum (it was 0.75)\n"),
                       "%s", run.err);
    cli_free(&run);
    free(folder);
}

/* Products that are cut into parts, and small ones. OPENBLAS_NUM_THREADS is the number of OpenBLAS's own threads. */
Test(cli_train, on_the_cpu_path_has_the_bits_of_any_number_of_blas_threads)
{
    char *const folder = cli_folder("train-blas-threads");
    for (int threads = 1; threads <= 3; threads += 2) {
        char environment[64], line[256];
        (void)snprintf(environment, sizeof environment, "OPENBLAS_NUM_THREADS=%d", threads);
        (void)snprintf(line, sizeof line, "train '%s/digits-train.csv.gz' --device cpu --hidden 512,300 --batch 128 "
                       "--epochs 1 --quiet --model %d.safetensors", TEST_DATA_DIR, threads);
        cli_run run = cli_with(folder, environment, line);
        cr_assert_eq(run.status, 0, "%s", run.err);
        cli_free(&run);
    }
    cli_run run = cli(folder, "devices >/dev/null; cmp 1.safetensors 3.safetensors");
    cr_assert_eq(run.status, 0, "%s", run.out);
    cli_free(&run);
    free(folder);
}

static void interrupt_with(int signal_number, const char *name)
{
    char *const folder = cli_data_folder(name);
    char *arguments[] = {"clmlp", "train", "points.csv", "--epochs", "2000000000", "--device", "cpu", "--json", NULL};
    const pid_t program = cli_start(folder, arguments);
    cli_wait_for(folder, program, "epoch 1/");
    cli_run run = cli_stop(folder, program, signal_number);
    cr_assert_eq(run.status, 130, "exit status %d", run.status);
    cJSON *const json = cJSON_Parse(run.out);
    cr_assert_not_null(json, "%s", run.out);
    cr_assert_str_eq(cli_text(json, "status"), "interrupted");
    cr_assert(cli_number(json, "steps") >= 1.0);
    cJSON_Delete(json);
    cli_free(&run);
    cli_ok(folder, "evaluate model.safetensors points.csv --device cpu");
    free(folder);
}

Test(cli_train, ctrl_c_saves_and_exits_130)
{
    interrupt_with(SIGINT, "train-sigint");
}

Test(cli_train, sigterm_saves_and_exits_130)
{
    interrupt_with(SIGTERM, "train-sigterm");
}

/* The second member is the network of the next seed. */
Test(cli_train, an_ensemble_is_networks_of_seeds_that_follow)
{
    char *const folder = cli_data_folder("ensemble");
    cJSON *json = cli_json(folder, "train points.csv --device cpu --epochs 3 --batch 10 --seed 7 --ensemble 2 --model "
                           "both.safetensors --json", 0);
    cr_assert_eq(cli_number(json, "members"), 2);
    cr_assert_eq(cli_number(json, "steps"), 36);
    cJSON *const all = cli_json(folder, "evaluate both.safetensors points.csv --device cpu --json", 0);
    cr_assert_eq(cli_number(all, "cost"), cli_number(json, "cost"));
    cJSON_Delete(all), cJSON_Delete(json);
    cli_ok(folder, "train points.csv --device cpu --epochs 3 --batch 10 --seed 7 --model one.safetensors");
    cli_ok(folder, "train points.csv --device cpu --epochs 3 --batch 10 --seed 8 --model two.safetensors");
    cli_run told = cli(folder, "train points.csv --device cpu --epochs 3 --ensemble 2 --model all.safetensors");
    const char *const second = strstr(told.err, "member 2 of 2, seed 2");
    cr_assert(second != NULL && strstr(second, "epoch 1/3: ") != NULL, "%s", told.err);
    cli_free(&told);
    double p[3];
    const char *const models[] = {"one", "two", "both"};
    for (size_t k = 0; k < 3; k++) {
        char line[128];
        (void)snprintf(line, sizeof line, "predict %s.safetensors points.csv --device cpu --json", models[k]);
        json = cli_json(folder, line, 0);
        p[k] = cJSON_GetArrayItem(cJSON_GetArrayItem(cli_member(json, "outputs"), 0), 0)->valuedouble;
        cJSON_Delete(json);
    }
    cr_assert(fabs(p[2] - (p[0] + p[1]) / 2.0) <= 1e-15, "%.17g and %.17g give %.17g", p[0], p[1], p[2]);
    cli_run run = cli(folder, "train points.csv --ensemble 2 --cross-validate 3");
    cr_assert_eq(run.status, 2);
    cr_assert_not_null(strstr(run.err, "--ensemble and --cross-validate"), "%s", run.err);
    cli_free(&run);
    free(folder);
}

/* Each member says its epoch, which is its own; what all have together is said of all. */
Test(cli_train, members_that_stop_early_say_so_one_by_one)
{
    char *const folder = cli_data_folder("ensemble-early");
    cli_run run = cli(folder, "train points.csv --device cpu --epochs 3 --seed 7 --ensemble 2 --validation 0.2 "
                              "--early-stopping 1 --tolerance 1000");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cli_expect_in(run.err, "member 1 of 2, seed 7\n");
    cli_expect_in(run.err, "member 1: kept epoch 2 of 2, where it stopped early: validation cost ");
    cli_expect_in(run.err, "member 2: kept epoch 2 of 2, where it stopped early: validation cost ");
    cli_expect_in(run.out, "\n2 members, 8 steps in ");
    cr_assert_null(strstr(run.out, "kept epoch"), "%s", run.out);
    cli_free(&run);
    run = cli(folder, "train points.csv --device cpu --epochs 3 --ensemble 2");
    cli_expect_in(run.err, "member 1: 3 epochs, 6 steps\n");
    cli_free(&run);
    free(folder);
}

/* A file of one network is no ensemble, and is not said to be one. */
Test(cli_train, an_ensemble_that_is_interrupted_in_its_first_member_says_so)
{
    char *const folder = cli_data_folder("ensemble-interrupted");
    char line[] = "clmlp train points.csv --device cpu --epochs 2000000000 --ensemble 3";
    const pid_t program = cli_start_line(folder, line);
    cli_wait_for(folder, program, "epoch 1/");
    cli_run run = cli_stop(folder, program, SIGTERM);
    cr_assert_eq(run.status, 130, "exit status %d\n%s", run.status, run.err);
    cli_expect_in(run.err, "interrupted in member 1 of 3, after ");
    cli_expect_in(run.err, "; the model is this one network, no ensemble\n");
    cli_expect_in(run.out, "\n1 member, ");
    cli_free(&run);
    free(folder);
}

/* 60 examples: two folds of 30 are 3 batches of 10 each. */
Test(cli_train, members_of_folds_leave_a_part_out)
{
    char *const folder = cli_data_folder("ensemble-folds");
    const char *const line = "train points.csv --device cpu --epochs 3 --batch 10 --seed 7 --ensemble 2 --ensemble-by "
                             "folds --model both.safetensors";
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 0, "%s", run.err);
    for (int k = 1; k <= 2; k++) {
        char said[32];
        (void)snprintf(said, sizeof said, "member %d: kept epoch ", k);
        cr_assert_not_null(strstr(run.err, said), "no '%s' in %s", said, run.err);
    }
    cr_assert_not_null(strstr(run.err, "the best on the 30 examples that it left out"), "%s", run.err);
    /* they are no validation data of the ensemble */
    cr_assert_not_null(strstr(run.err, ", fold cost "), "%s", run.err);
    cr_assert_null(strstr(run.err, ", validation cost"), "%s", run.err);
    cli_free(&run);
    char json_line[256];
    (void)snprintf(json_line, sizeof json_line, "%s --json", line);
    cJSON *const json = cli_json(folder, json_line, 0);
    cr_assert_eq(cli_number(json, "members"), 2);
    cr_assert_eq(cli_number(json, "steps"), 18);
    cr_assert(cJSON_IsNull(cli_member(json, "best_epoch")));
    cr_assert(cJSON_IsNull(cli_member(json, "validation")));
    cJSON *const all = cli_json(folder, "evaluate both.safetensors points.csv --device cpu --json", 0);
    cr_assert_eq(cli_number(all, "cost"), cli_number(json, "cost"));
    cJSON_Delete(all), cJSON_Delete(json);
    static const struct { const char *line, *said; } wrong[] = {
        {"train points.csv --ensemble-by folds", "--ensemble-by: there is no --ensemble of 2 or more"},
        {"train points.csv --ensemble 2 --ensemble-by parts", "--ensemble-by 'parts': expected seeds or folds"},
        {"train points.csv --ensemble 61 --ensemble-by folds --device cpu", "61 folds of 60 examples"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        run = cli(folder, wrong[i].line);
        cr_assert_neq(run.status, 0);
        cr_assert_not_null(strstr(run.err, wrong[i].said), "%s", run.err);
        cli_free(&run);
    }
    free(folder);
}

/* The members of an ensemble have settings of their own. */
Test(cli_train, the_tabular_preset_knows_an_ensemble)
{
    char *const folder = cli_data_folder("preset-ensemble");
    /* of folds of 30 examples there are half as many batches of 10 */
    static const struct { const char *more, *dropout; bool folds; double steps; } cases[] = {
        {"", "--dropout 0.15", false, 6}, {"--ensemble 2", "--dropout 0.15", false, 12},
        {"--target x --task regress", "--dropout 0.15", false, 6},
        {"--target x --task regress --ensemble 2", "--dropout 0.05", true, 6},
        {"--target x --task regress --ensemble 2 --dropout 0 --ensemble-by seeds", NULL, false, 12}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "train points.csv --preset tabular --hidden 4 --epochs 1 --batch 10 --device "
                       "cpu --json %s", cases[i].more);
        cJSON *const json = cli_json(folder, line, 0);
        const char *const options = cli_text(cli_member(json, "preset"), "options");
        const double p = cJSON_GetArrayItem(cli_member(json, "dropout"), 0)->valuedouble;
        cr_assert_eq(strstr(options, "--ensemble-by folds") != NULL, cases[i].folds, "%s: %s", cases[i].more, options);
        if (cases[i].dropout != NULL) {
            cr_assert_not_null(strstr(options, cases[i].dropout), "%s: %s", cases[i].more, options);
            cr_assert_eq(p, strtod(cases[i].dropout + strlen("--dropout"), NULL), "%s: %g", cases[i].more, p);
        } else {
            cr_assert_null(strstr(options, "--dropout"), "%s: %s", cases[i].more, options);
            cr_assert_eq(p, 0.0);
        }
        cr_assert_eq(cli_number(json, "steps"), cases[i].steps, "%s", cases[i].more);
        cJSON_Delete(json);
    }
    free(folder);
}

Test(cli_train, minimises_full_batches_and_says_how_it_ended)
{
    char *const folder = cli_data_folder("train-minimise");
    cJSON *const json = cli_json(folder, "train points.csv --hidden 4 --optimizer lbfgs --lambda 1 --epochs 500 "
                                 "--precision f64 --device cpu --quiet --json", 0);
    cr_assert_str_eq(cli_member(json, "optimizer")->valuestring, "lbfgs");
    cr_assert_not_null(strstr(cli_member(json, "ended")->valuestring, "converged"));
    cr_assert_gt(cli_number(json, "evaluations"), cli_number(json, "iterations"));
    cr_assert_lt(cli_number(json, "epochs"), 500);
    cr_assert_null(cJSON_GetObjectItemCaseSensitive(json, "rate"));
    cJSON_Delete(json);
    cli_run run = cli(folder, "train points.csv --optimizer cg --batch 5 --device cpu --quiet");
    cr_assert_eq(run.status, 2);
    cr_assert_not_null(strstr(run.err, "cg minimises J of all examples at once: --batch is 5 (expected full)"));
    cli_free(&run);
    free(folder);
}

/* One row weighs anything: the member that leaves it out cannot be trained. Where that is the second one, the first is
 * saved. */
Test(cli_train, finished_members_are_saved_when_a_later_one_fails)
{
    char *const folder = cli_folder("ensemble-fails");
    char text[1024] = "x,w,y\n0,1,0\n", line[256];
    unsigned saved = 0;
    for (int i = 1; i < 20; i++) (void)snprintf(text + strlen(text), 32, "%d,0,%d\n", i, 3 * i);
    cli_write(folder, "w.csv", text);
    for (int seed = 1; seed <= 8; seed++) {
        (void)snprintf(line, sizeof line, "train w.csv --target y --weights w --task regress --ensemble 2 "
                                          "--ensemble-by "
                       "folds --epochs 2 --device cpu --quiet --seed %d --model e%d", seed, seed);
        cli_run run = cli(folder, line);
        cr_assert_eq(run.status, 2, "%s", run.err);
        cr_assert_not_null(strstr(run.err, "all of the 10 training examples weigh 0"), "%s", run.err);
        (void)snprintf(line, sizeof line, "1 of 2 members were written to e%d", seed);
        if (strstr(run.err, line) != NULL) {
            (void)snprintf(line, sizeof line, "evaluate e%d w.csv --device cpu", seed);
            cli_ok(folder, line);
            saved++;
        }
        cli_free(&run);
    }
    cr_assert(saved > 0 && saved < 8, "%u of 8 seeds failed in the second member", saved);
    free(folder);
}

Test(cli_train, the_best_epochs_of_members_are_told_member_by_member)
{
    char *const folder = cli_data_folder("ensemble-best");
    const char *const line = "train points.csv --device cpu --epochs 3 --ensemble 2 --ensemble-by folds "
                             "--early-stopping 5 --model both.safetensors";
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_not_null(strstr(run.err, "member 2: kept epoch "), "%s", run.err);
    cr_assert_null(strstr(run.err, "no epoch had a defined value"), "%s", run.err);
    cli_free(&run);
    /* a fold of one example has no r2 */
    run = cli(folder, "train real.csv --task regress --device cpu --epochs 2 --ensemble 40 --ensemble-by folds "
                      "--monitor r2 --model many.safetensors");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_not_null(strstr(run.err, "member 40: no epoch had a defined value of --monitor"), "%s", run.err);
    cli_free(&run);
    free(folder);
}
