/* Whole runs: train, evaluate, predict, devices, as people and as scripts see them. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "run.h"

#define TRAIN "train points.csv --device cpu --hidden 4 --epochs 60 --batch 10 --rate 1"

static char *make_folder(const char *name)
{
    char *const folder = cli_folder(name);
    cli_make_data(folder);
    return folder;
}

/* The one JSON value that a run prints. */
static cJSON *run_json(const char *folder, const char *line, int status)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, status, "clmlp %s: exit status %d\n%s", line, run.status, run.err);
    const char *end = NULL;
    cJSON *const json = cJSON_ParseWithOpts(run.out, &end, true);
    cr_assert_not_null(json, "clmlp %s: not JSON, or something behind it: %s", line, run.out);
    cli_free(&run);
    return json;
}

static double number(const cJSON *object, const char *key)
{
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(object, key);
    cr_assert(cJSON_IsNumber(item), "%s is not a number", key);
    return item->valuedouble;
}

static const char *text(const cJSON *object, const char *key)
{
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(object, key);
    cr_assert(cJSON_IsString(item), "%s is not a text", key);
    return item->valuestring;
}

static const cJSON *member(const cJSON *object, const char *key)
{
    const cJSON *const item = cJSON_GetObjectItemCaseSensitive(object, key);
    cr_assert_not_null(item, "there is no %s", key);
    return item;
}

/* --- train ------------------------------------------------------------------------------------------------ */

Test(cli_train, json_holds_every_promised_key)
{
    char *const folder = make_folder("train-json");
    cJSON *const json = run_json(folder, TRAIN " --test points.csv --json", 0);
    cr_assert_str_eq(text(json, "model"), "model.safetensors");
    cr_assert_str_eq(text(json, "device"), "cpu");
    cr_assert_str_eq(text(json, "engine"), "cblas");
    cr_assert_str_eq(text(json, "precision"), "f32");
    const cJSON *const layers = member(json, "layers");
    cr_assert_eq(cJSON_GetArraySize(layers), 3);
    cr_assert_eq(cJSON_GetArrayItem(layers, 0)->valueint, 2);
    cr_assert_eq(cJSON_GetArrayItem(layers, 1)->valueint, 4);
    cr_assert_eq(cJSON_GetArrayItem(layers, 2)->valueint, 3);
    cr_assert_eq(number(json, "parameters"), 4 * 3 + 3 * 5);
    cr_assert_eq(number(json, "epochs"), 60);
    cr_assert_eq(number(json, "steps"), 360);
    cr_assert(number(json, "seconds") > 0.0);
    cr_assert(number(json, "samples_per_second") > 0.0);
    cr_assert(number(json, "cost") >= 0.0);
    cr_assert(number(json, "accuracy") > 0.95, "accuracy %g of separable classes", number(json, "accuracy"));
    const cJSON *const test = member(json, "test");
    cr_assert_eq(number(test, "cost"), number(json, "cost"));
    cr_assert_eq(number(test, "accuracy"), number(json, "accuracy"));
    cJSON_Delete(json);
    free(folder);
}

Test(cli_train, real_targets_have_no_accuracy)
{
    char *const folder = make_folder("train-real");
    cJSON *const json = run_json(folder, "train real.csv --output linear --activation tanh --hidden 5 --epochs 5 "
                                         "--batch 5 --rate 0.05 --device cpu --json", 0);
    cr_assert(cJSON_IsNull(member(json, "accuracy")));
    cr_assert(cJSON_IsNull(member(json, "test")));
    cr_assert(number(json, "cost") >= 0.0);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_train, says_on_standard_error_what_it_takes_and_on_standard_output_how_it_went)
{
    char *const folder = make_folder("train-text");
    cli_run run = cli(folder, TRAIN);
    cr_assert_eq(run.status, 0);
    static const char *const notes[] = {"clmlp: training data points.csv: 60 examples, 2 features, 3 classes\n",
                                        "clmlp: network 2-4-3: sigmoid, sigmoid output, 27 parameters",
                                        "clmlp: device cpu: ", "clmlp: epoch 1/60: cost ", "clmlp: epoch 60/60: cost "};
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        cr_assert_not_null(strstr(run.err, notes[i]), "no '%s' in\n%s", notes[i], run.err);
    }
    size_t lines = 0;
    for (const char *at = run.err; (at = strstr(at, "clmlp: epoch ")) != NULL; at++) lines++;
    cr_assert_leq(lines, 21);
    cr_assert_null(strchr(run.err, '\r'), "a redrawn line where there is no terminal");
    cr_assert_not_null(strstr(run.out, "clmlp evaluate model.safetensors points.csv\n"), "%s", run.out);
    cr_assert_not_null(strstr(run.out, "60 epochs, 360 steps"), "%s", run.out);
    cli_free(&run);
    free(folder);
}

Test(cli_train, quiet_leaves_standard_error_empty)
{
    char *const folder = make_folder("train-quiet");
    cli_run run = cli(folder, TRAIN " --quiet");
    cr_assert_eq(run.status, 0);
    cr_assert_str_empty(run.err, "%s", run.err);
    cr_assert_not_null(strstr(run.out, "model written to model.safetensors"));
    cli_free(&run);
    free(folder);
}

Test(cli_train, the_same_command_gives_the_same_model)
{
    char *const folder = make_folder("train-same");
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
    char *const folder = make_folder("train-init");
    cli_ok(folder, TRAIN " --model first");
    cJSON *const first = run_json(folder, "evaluate first points.csv --device cpu --json", 0);
    cJSON *const next = run_json(folder, "train points.csv --init first --epochs 60 --batch 10 --rate 1 --device cpu "
                                         "--model first --json", 0);
    cr_assert(number(next, "cost") < number(first, "cost"), "%g is not below %g", number(next, "cost"),
              number(first, "cost"));
    cr_assert_eq(number(next, "parameters"), 27);
    cJSON_Delete(first);
    cJSON_Delete(next);
    free(folder);
}

Test(cli_train, history_has_a_line_of_json_per_epoch)
{
    char *const folder = make_folder("train-history");
    cli_ok(folder, TRAIN " --epochs 5 --history h.jsonl --test points.csv");
    char *const history = cli_read(folder, "h.jsonl");
    cr_assert_not_null(history);
    const char *at = history;
    for (int epoch = 1; epoch <= 5; epoch++) {
        cJSON *const line = cJSON_ParseWithOpts(at, &at, false);
        cr_assert_not_null(line);
        cr_assert_eq(number(line, "epoch"), epoch);
        cr_assert(number(line, "cost") > 0.0);
        cr_assert_eq(*at++, '\n');
        cJSON_Delete(line);
    }
    cr_assert_eq(*at, '\0');
    free(history);
    free(folder);
}

Test(cli_train, an_empty_hidden_is_a_network_without_hidden_layers)
{
    char *const folder = make_folder("train-flat");
    cJSON *const json = run_json(folder, "train points.csv --hidden '' --epochs 2 --device cpu --json", 0);
    cr_assert_eq(cJSON_GetArraySize(member(json, "layers")), 2);
    cJSON_Delete(json);
    cJSON *const equals = run_json(folder, "train points.csv --hidden= --epochs 2 --device cpu --json", 0);
    cr_assert_eq(cJSON_GetArraySize(member(equals, "layers")), 2);
    cJSON_Delete(equals);
    free(folder);
}

Test(cli_train, the_default_batch_shrinks_to_small_data)
{
    char *const folder = make_folder("train-few");
    cli_write(folder, "few.csv", "0.1,0.2,a\n0.9,0.8,b\n0.2,0.1,a\n");
    cJSON *const json = run_json(folder, "train few.csv --epochs 4 --device cpu --json", 0);
    cr_assert_eq(number(json, "steps"), 4);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_train, linear_everywhere_is_warned_about)
{
    char *const folder = make_folder("train-linear");
    cli_run warned = cli(folder, "train points.csv --activation linear --rate 0.01 --epochs 1 --device cpu");
    cr_assert_eq(warned.status, 0);
    cr_assert_not_null(strstr(warned.err, "clmlp: warning: "), "%s", warned.err);
    cli_run flat = cli(folder, "train points.csv --hidden '' --epochs 1 --device cpu");
    cr_assert_null(strstr(flat.err, "warning"), "%s", flat.err);
    cli_free(&warned);
    cli_free(&flat);
    free(folder);
}

Test(cli_train, divergence_keeps_the_last_good_model_and_exits_4)
{
    char *const folder = make_folder("train-diverge");
    const char *const line = "train real.csv --output linear --activation relu --rate 1e20 --epochs 50 --batch 4 "
                             "--device cpu";
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 4, "exit status %d\n%s", run.status, run.err);
    cr_assert_not_null(strstr(run.err, "diverged"), "%s", run.err);
    cr_assert_not_null(strstr(run.err, "written to model.safetensors"), "%s", run.err);
    cr_assert_not_null(strstr(run.err, "try a smaller --rate"), "%s", run.err);
    cli_free(&run);
    cli_ok(folder, "evaluate model.safetensors real.csv --device cpu");

    char json_line[256];
    (void)snprintf(json_line, sizeof json_line, "%s --json", line);
    cJSON *const json = run_json(folder, json_line, 4);
    cr_assert_str_eq(text(json, "status"), "diverged");
    cr_assert(cJSON_IsNull(member(json, "cost")));
    cJSON_Delete(json);
    free(folder);
}

static pid_t start(const char *folder, char *const *arguments)
{
    const pid_t child = fork();
    cr_assert_neq(child, -1);
    if (child > 0) return child;
    if (chdir(folder) != 0 || freopen(".out", "w", stdout) == NULL || freopen(".err", "w", stderr) == NULL) _exit(99);
    (void)execv(CLMLP_PROGRAM, arguments);
    _exit(98);
}

static void interrupt_with(int signal_number, const char *name)
{
    char *const folder = make_folder(name);
    char *arguments[] = {"clmlp", "train", "points.csv", "--epochs", "2000000000", "--device", "cpu", "--json", NULL};
    const pid_t child = start(folder, arguments);
    const struct timespec pause = {0, 20 * 1000 * 1000};
    bool running = false;
    for (int i = 0; i < 1000 && !running; i++) {
        (void)nanosleep(&pause, NULL);
        char *const said = cli_read(folder, ".err");
        running = said != NULL && strstr(said, "epoch 1/") != NULL;
        free(said);
    }
    cr_assert(running, "training did not begin");
    cr_assert_eq(kill(child, signal_number), 0);
    int code = 0;
    cr_assert_eq(waitpid(child, &code, 0), child);
    cr_assert(WIFEXITED(code) && WEXITSTATUS(code) == 130, "wait status %d", code);
    char *const out = cli_read(folder, ".out");
    cJSON *const json = cJSON_Parse(out);
    cr_assert_not_null(json, "%s", out);
    cr_assert_str_eq(text(json, "status"), "interrupted");
    cr_assert(number(json, "steps") >= 1.0);
    cJSON_Delete(json);
    free(out);
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

/* --- evaluate --------------------------------------------------------------------------------------------- */

Test(cli_evaluate, json_agrees_with_itself)
{
    char *const folder = make_folder("evaluate-json");
    cli_ok(folder, TRAIN);
    cJSON *const json = run_json(folder, "evaluate model.safetensors points.csv --device cpu --json", 0);
    cr_assert_eq(number(json, "samples"), 60);
    cr_assert(number(json, "cost") >= 0.0);
    const cJSON *const classes = member(json, "classes"), *const confusion = member(json, "confusion");
    const cJSON *const per_class = member(json, "per_class");
    static const char *const names[] = {"blue", "green", "red"};
    int right = 0, all = 0;
    for (int k = 0; k < 3; k++) {
        cr_assert_str_eq(cJSON_GetArrayItem(classes, k)->valuestring, names[k]);
        const cJSON *const row = cJSON_GetArrayItem(confusion, k), *const score = cJSON_GetArrayItem(per_class, k);
        int support = 0;
        for (int j = 0; j < 3; j++) support += cJSON_GetArrayItem(row, j)->valueint;
        right += cJSON_GetArrayItem(row, k)->valueint;
        all += support;
        cr_assert_str_eq(text(score, "class"), names[k]);
        cr_assert_eq(number(score, "support"), support);
        cr_assert_eq(number(score, "recall"), (double)cJSON_GetArrayItem(row, k)->valueint / support);
        cr_assert(number(score, "precision") >= 0.0 && number(score, "f1") >= 0.0);
    }
    cr_assert_eq(all, 60);
    cr_assert(fabs(number(json, "accuracy") - right / 60.0) < 1e-12);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_evaluate, prints_the_confusion_with_the_names_of_the_classes)
{
    char *const folder = make_folder("evaluate-text");
    cli_ok(folder, TRAIN);
    cli_run run = cli(folder, "evaluate model.safetensors points.csv --device cpu --quiet");
    cr_assert_eq(run.status, 0);
    cr_assert_str_empty(run.err);
    static const char *const parts[] = {"samples   60\n", "accuracy  ", "actual  blue  green  red\n",
                                        "class          precision  recall      f1  support\n", "macro average"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        cr_assert_not_null(strstr(run.out, parts[i]), "no '%s' in\n%s", parts[i], run.out);
    }
    cli_free(&run);
    free(folder);
}

Test(cli_evaluate, lambda_adds_to_the_cost)
{
    char *const folder = make_folder("evaluate-lambda");
    cli_ok(folder, TRAIN);
    cJSON *const without = run_json(folder, "evaluate model.safetensors points.csv --device cpu --json", 0);
    cJSON *const with = run_json(folder, "evaluate model.safetensors points.csv --lambda 3 --device cpu --json", 0);
    cr_assert(number(with, "cost") > number(without, "cost"));
    cJSON_Delete(without);
    cJSON_Delete(with);
    free(folder);
}

Test(cli_evaluate, real_targets_have_neither_classes_nor_confusion)
{
    char *const folder = make_folder("evaluate-real");
    cli_ok(folder, "train real.csv --output linear --hidden 5 --epochs 3 --batch 5 --rate 0.01 --device cpu");
    cJSON *const json = run_json(folder, "evaluate model.safetensors real.csv --device cpu --json", 0);
    cr_assert(cJSON_IsNull(member(json, "accuracy")));
    cr_assert(cJSON_IsNull(member(json, "confusion")));
    cr_assert(cJSON_IsNull(member(json, "per_class")));
    cJSON_Delete(json);
    free(folder);
}

/* --- predict ---------------------------------------------------------------------------------------------- */

Test(cli_predict, takes_data_with_and_without_targets_alike)
{
    char *const folder = make_folder("predict-targets");
    cli_ok(folder, TRAIN);
    cli_write(folder, "bare.csv", "x,y\n1.070,0.070\n0.1,1.1\n0.1,0.1\n");
    cli_write(folder, "full.csv", "x,y,colour\n1.070,0.070,blue\n0.1,1.1,blue\n0.1,0.1,blue\n");
    cli_run bare = cli(folder, "predict model.safetensors bare.csv --device cpu --quiet");
    cli_run full = cli(folder, "predict model.safetensors full.csv --device cpu --quiet");
    cr_assert_eq(bare.status, 0, "%s", bare.err);
    cr_assert_str_eq(bare.out, full.out);
    cr_assert_str_empty(bare.err);
    const char *line = bare.out;
    static const char *const begins[] = {"class,blue,green,red\n", "red,", "green,", "blue,"};
    for (int i = 0; i < 4; i++, line = strchr(line, '\n') + 1) {
        cr_assert_eq(strncmp(line, begins[i], strlen(begins[i])), 0, "line %d of\n%s", i + 1, bare.out);
    }
    cr_assert_eq(*line, '\0');
    cli_free(&bare);
    cli_free(&full);
    free(folder);
}

Test(cli_predict, a_file_holds_what_standard_output_would)
{
    char *const folder = make_folder("predict-out");
    cli_ok(folder, TRAIN);
    cli_run direct = cli(folder, "predict model.safetensors points.csv --device cpu --quiet");
    cli_run to_file = cli(folder, "predict model.safetensors points.csv --device cpu --quiet --out p.csv");
    char *const written = cli_read(folder, "p.csv");
    cr_assert_not_null(written);
    cr_assert_str_eq(written, direct.out);
    cr_assert_str_eq(to_file.out, "60 predictions written to p.csv\n");
    cli_ok(folder, "predict model.safetensors points.csv --device cpu --quiet --out p.npy");
    char *const npy = cli_read(folder, "p.npy");
    cr_assert_not_null(npy);
    cr_assert_eq(memcmp(npy, "\x93NUMPY", 6), 0);
    free(npy);
    free(written);
    cli_free(&direct);
    cli_free(&to_file);
    free(folder);
}

Test(cli_predict, json_names_the_class_of_the_largest_output)
{
    char *const folder = make_folder("predict-json");
    cli_ok(folder, TRAIN);
    cJSON *const json = run_json(folder, "predict model.safetensors points.csv --device cpu --json", 0);
    const cJSON *const predicted = member(json, "predicted"), *const outputs = member(json, "outputs");
    cr_assert_eq(cJSON_GetArraySize(predicted), 60);
    cr_assert_eq(cJSON_GetArraySize(outputs), 60);
    for (int i = 0; i < 60; i++) {
        const cJSON *const row = cJSON_GetArrayItem(outputs, i);
        int best = 0;
        cr_assert_eq(cJSON_GetArraySize(row), 3);
        for (int k = 1; k < 3; k++) {
            if (cJSON_GetArrayItem(row, k)->valuedouble > cJSON_GetArrayItem(row, best)->valuedouble) best = k;
        }
        cr_assert_str_eq(cJSON_GetArrayItem(predicted, i)->valuestring,
                         cJSON_GetArrayItem(member(json, "classes"), best)->valuestring);
    }
    cJSON_Delete(json);
    free(folder);
}

/* --- devices, standard output ------------------------------------------------------------------------------- */

Test(cli_devices, json_lists_the_cpu_path_and_marks_one_device)
{
    char *const folder = cli_folder("devices");
    cJSON *const json = run_json(folder, "devices --json", 0);
    int marked = 0, cpu = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, json)
    {
        (void)text(row, "platform"), (void)text(row, "name"), (void)text(row, "driver");
        cr_assert(number(row, "memory") > 0.0);
        cr_assert(number(row, "compute_units") >= 1.0);
        cr_assert(cJSON_IsBool(member(row, "fp64")));
        marked += cJSON_IsTrue(member(row, "auto"));
        cpu += strcmp(text(row, "spec"), "cpu") == 0;
        if (strcmp(text(row, "spec"), "cpu") == 0) cr_assert_str_eq(text(row, "type"), "host");
    }
    cr_assert_eq(marked, 1);
    cr_assert_eq(cpu, 1);
    cJSON_Delete(json);
    cli_ok(folder, "devices");
    free(folder);
}

/* What cannot be written is an error, never a silent success. */
static void check_output_fails(const char *folder, const char *line)
{
    cli_run run = cli(folder, line);
    cr_assert_eq(run.status, 1, "clmlp %s: exit status %d", line, run.status);
    cr_assert_not_null(strstr(run.err, "clmlp: standard output cannot be written"), "clmlp %s: %s", line, run.err);
    cli_free(&run);
}

Test(cli_output, a_full_disk_is_an_error)
{
    if (access("/dev/full", W_OK) != 0) cr_skip_test("there is no /dev/full");
    char *const folder = make_folder("full-disk");
    cli_ok(folder, TRAIN);
    check_output_fails(folder, "--version >/dev/full");
    check_output_fails(folder, "train --help >/dev/full");
    check_output_fails(folder, "devices >/dev/full");
    check_output_fails(folder, TRAIN " >/dev/full");
    check_output_fails(folder, TRAIN " --json >/dev/full");
    check_output_fails(folder, "evaluate model.safetensors points.csv --device cpu >/dev/full");
    check_output_fails(folder, "predict model.safetensors points.csv --device cpu >/dev/full");
    free(folder);
}

Test(cli_output, a_closed_standard_output_never_ends_up_in_the_model)
{
    char *const folder = make_folder("closed");
    check_output_fails(folder, TRAIN " >&-");
    cli_ok(folder, "evaluate model.safetensors points.csv --device cpu");
    free(folder);
}

/* The shell reports the status of the last part of a pipe only, so the program leaves its own in a file. */
Test(cli_output, a_closed_pipe_is_an_error)
{
    char *const folder = make_folder("pipe");
    cli_ok(folder, TRAIN);
    cli_run run = cli(folder, "--version; { sleep 1; '" CLMLP_PROGRAM "' predict model.safetensors points.csv "
                              "--device cpu --quiet; echo $? >status; } | true; sleep 2");
    char *const status = cli_read(folder, "status");
    cr_assert_not_null(status);
    cr_assert_str_eq(status, "1\n");
    cr_assert_str_eq(run.err, "clmlp: standard output cannot be written: Broken pipe\n");
    free(status);
    cli_free(&run);
    free(folder);
}
