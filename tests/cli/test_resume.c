/* test_resume.c - a training that goes on: what it takes over, what may change then, and what is refused. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clmlp/clmlp.h"
#include "resume.h"
#include "run.h"

#define TRAIN "train points.csv --device cpu "

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

/* A checkpoint of another training is one, too; the run's own is written over. */
Test(cli_resume, goes_on_in_another_checkpoint_only_where_nothing_is_lost)
{
    char *const folder = stopped_folder("resume-other");
    cli_ok(folder, "--help >/dev/null; cp c a; cp c b");
    expect_refused(folder, "train points.csv --resume a --checkpoint b", "--checkpoint 'b': holds 4 epochs of a "
                   "training");
    cli_ok(folder, "train points.csv --resume a --epochs 6 --checkpoint b --overwrite --quiet; ! cmp -s a b");
    cli_ok(folder, "train points.csv --resume a --epochs 6 --checkpoint ./a --quiet; ! cmp -s a c");
    cli_ok(folder, "train points.csv --resume b --epochs 7 --history other.jsonl --quiet");
    free(folder);
}

/* What is not of clmlp is somebody's; what is may be replaced by the next run. */
Test(cli_resume, outputs_take_the_place_of_earlier_ones_and_of_nothing_else)
{
    char *const folder = cli_data_folder("resume-outputs");
    cli_make_foreign_model(folder);
    cli_write(folder, "notes", "{\"text\": \"not of clmlp\"}\n");
    cli_write(folder, "empty", "");
    cli_ok(folder, TRAIN "--epochs 1 --model m --history h --quiet");
    cli_ok(folder, TRAIN "--epochs 1 --model m --history h --quiet; test $(wc -l <h) = 1");
    cli_ok(folder, TRAIN "--epochs 1 --model empty --quiet");
    expect_refused(folder, TRAIN "--model h", "--model 'h': would overwrite a file that is no model of clmlp: give");
    expect_refused(folder, TRAIN "--model foreign.safetensors", "would overwrite a file that is no model of clmlp");
    expect_refused(folder, TRAIN "--history notes", "--history 'notes': would overwrite a file that is no history of ");
    expect_refused(folder, TRAIN "--history m", "--history 'm': would overwrite a file that is no history of clmlp");
    expect_refused(folder, TRAIN "--bundle notes", "--bundle 'notes': would overwrite a file that is no bundle of ");
    expect_refused(folder, TRAIN "--bundle m", "--bundle 'm': would overwrite a file that is no bundle of clmlp: give");
    expect_refused(folder, "verify points.csv --steps 1 --device cpu --bundle m",
                   "would overwrite a file that is no bundle of clmlp: give another name, or --bundle none\n");
    expect_refused(folder, "search points.csv --rate 0.1:1 --trials 1 --validation 0.3 --model notes",
                   "--model 'notes': would overwrite a file that is no model of clmlp: give another name\n");
    cli_ok(folder, TRAIN "--epochs 1 --model foreign.safetensors --history notes --overwrite --quiet");
    free(folder);
}

/* The same line once more, after Ctrl-C or after its end, costs nobody what was trained. */
Test(cli_resume, a_checkpoint_of_a_training_is_not_overwritten_without_a_word)
{
    char *const folder = stopped_folder("resume-overwrite");
    cli_write(folder, "other", "no checkpoint");
    expect_refused(folder, TRAIN "--epochs 4 --history h --model m --checkpoint c", "clmlp train: --checkpoint 'c': "
                   "holds 4 epochs of a training: --resume c goes on, --overwrite (or another name) begins anew\n");
    expect_refused(folder, "train points.csv --resume c --overwrite", "--overwrite begins anew and --resume goes on");
    cli_ok(folder, TRAIN "--epochs 1 --history h --checkpoint c --overwrite --quiet; test $(wc -l <h) = 1");
    expect_refused(folder, TRAIN "--checkpoint c", "--checkpoint 'c': holds 1 epoch of a training: ");
    /* a model is no checkpoint, and a file of another kind is neither */
    expect_refused(folder, TRAIN "--epochs 1 --checkpoint other", "--checkpoint 'other': would overwrite a file that "
                   "is no model of clmlp: give another name, or --overwrite\n");
    cli_ok(folder, TRAIN "--epochs 1 --checkpoint other --overwrite --quiet");
    cli_ok(folder, TRAIN "--epochs 1 --checkpoint m --quiet");
    cli_ok(folder, TRAIN "--epochs 1 --ensemble 2 --checkpoint e --quiet");
    expect_refused(folder, TRAIN "--checkpoint e", "--checkpoint 'e': holds 1 member and 1 epoch of a training: ");
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
    /* what was decided by the data, or is so without being said */
    cli_ok(folder, TRAIN "--epochs 7 --dropout 0 --task classify --scale standard --output sigmoid --target-scale none "
           "--activation tanh --label-smoothing 0 --resume c --quiet");
    cli_ok(folder, TRAIN "--epochs 8 --dropout 0,0 --task auto --scale auto --resume c --quiet");
    cli_ok(folder, "train real.csv --device cpu --epochs 2 --dropout 0.20 --checkpoint d --quiet");
    cli_ok(folder, "train real.csv --epochs 3 --task regress --output linear --target-scale standard --dropout 0.2 "
           "--resume d --quiet");
    cli_ok(folder, "train points.csv --optimizer lbfgs --device cpu --epochs 2 --checkpoint e --model n --quiet");
    cli_ok(folder, "train points.csv --lbfgs-pairs 10 --epochs 3 --resume e --quiet");
    expect_refused(folder, "train points.csv --lbfgs-pairs 9 --resume e", "--lbfgs-pairs '9': contradicts --resume e");
    expect_refused(folder, "train real.csv --task classify --resume d", "--task 'classify': contradicts --resume d, a "
                                                                        "run with --task 'regress'; leave it out");
    expect_refused(folder, "train real.csv --output sigmoid --resume d", "--output 'sigmoid': contradicts --resume d, "
                                                                         "a run with --output 'linear'");
    expect_refused(folder, "train real.csv --dropout 0 --resume d", "--dropout '0': contradicts --resume d, a run with "
                   "--dropout '0.2'");
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
        {"--scale none", "--scale 'none': contradicts --resume c, a run with --scale 'standard'"},
        {"--dropout 0.5", "--dropout '0.5': contradicts --resume c, a run without --dropout"},
        {"--task regress", "--task 'regress': contradicts --resume c, a run with --task 'classify'"},
        {"--no-shuffle", "--no-shuffle: contradicts --resume c, a run without --no-shuffle"},
        {"--seed 4", "--seed '4': contradicts --resume c, a run with --seed '3'"},
        {"--validation 0.3", "--validation '0.3': contradicts --resume c, a run with --validation '0.2'"},
        {"--target x", "--target 'x': contradicts --resume c, a run without --target"},
        {"--init m", "--init 'm': contradicts --resume c, a run without --init"},
        {"--ensemble 2", "--ensemble '2': contradicts --resume c, a run without --ensemble"},
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
    /* ... which is all that is said: no plan of a run that does not come about */
    cli_run refused = cli(folder, "train other.csv --resume c --history new");
    cr_assert_null(strstr(refused.err, "clmlp: device"), "%s", refused.err);
    cr_assert_null(strstr(refused.err, "nothing is left"), "%s", refused.err);
    cli_free(&refused);
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
        {"--report r.html --find-rate", "--find-rate has no epochs to show"},
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

Test(cli_resume, lbfgs_and_cg_take_their_options_from_the_checkpoint)
{
    static const char *const methods[] = {"lbfgs --lbfgs-pairs 3", "cg"};
    char *const folder = cli_data_folder("resume-minimise-options"), line[256];
    for (size_t k = 0; k < 2; k++) {
        (void)snprintf(line, sizeof line, TRAIN "--optimizer %s --epochs 30 --model whole.model --history whole.jsonl "
                       "--quiet", methods[k]);
        cli_ok(folder, line);
        (void)snprintf(line, sizeof line, TRAIN "--optimizer %s --epochs 7 --model parts.model --history parts.jsonl "
                       "--checkpoint c --overwrite --quiet", methods[k]);
        cli_ok(folder, line);
        cli_ok(folder, "train points.csv --resume c --epochs 30 --quiet");
        expect_same_files(folder, methods[k]);
        expect_refused(folder, "train points.csv --resume c --epochs 40 --optimizer adam",
                       "--optimizer 'adam': contradicts --resume c, a run with --optimizer '");
    }
    free(folder);
}

/* Training came to its end before its epochs did. */
Test(cli_resume, says_when_a_minimum_is_reached)
{
    char *const folder = cli_data_folder("resume-minimum");
    cli_ok(folder, TRAIN "--optimizer lbfgs --lambda 1 --epochs 5000 --model m --checkpoint c --quiet; mv m before");
    cli_run run = cli(folder, "train points.csv --resume c");
    cr_assert_eq(run.status, 0, "%s", run.err);
    expect_in(run.err, "note: nothing is left to train: ");
    expect_in(run.out, " evaluations of J and its gradient; ");
    cli_free(&run);
    cli_ok(folder, "--help >/dev/null; cmp before m");
    free(folder);
}

/* A schedule that ends with the run has no longer one. */
Test(cli_resume, says_what_can_be_had_after_the_last_epoch)
{
    static const char *const cases[][2] = {
        {"", "all epochs are done (--epochs N with a larger N goes on)\n"},
        {"--schedule step --decay-every 4", "all epochs are done (--epochs N with a larger N goes on)\n"},
        {"--schedule cosine", "all epochs are done (the schedule ends with them; --init c begins a new training "
                                "from it)\n"},
        {"--schedule exponential", "all epochs are done (the schedule ends with them; "},
        {"--warmup 50%", "all epochs are done (the schedule ends with them; --init c begins"},
        {"--ensemble 2", "all epochs of all members are done\n"}};
    char *const folder = cli_data_folder("resume-ended"), line[256];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(line, sizeof line, TRAIN "--epochs 3 --checkpoint c --overwrite --quiet %s", cases[i][0]);
        cli_ok(folder, line);
        cli_run run = cli(folder, "train points.csv --resume c");
        cr_assert_eq(run.status, 0, "%s", run.err);
        expect_in(run.err, cases[i][1]);
        cli_free(&run);
        /* what is advised can be had */
        const bool longer = strstr(cases[i][1], "larger N") != NULL;
        run = cli(folder, longer ? "train points.csv --resume c --epochs 4 --quiet"
                                 : "train points.csv --init c --model new --quiet");
        if (strstr(cases[i][1], "members") == NULL) cr_assert_eq(run.status, 0, "%s: %s", cases[i][0], run.err);
        cli_free(&run);
    }
    free(folder);
}

/* --- ensembles --------------------------------------------------------------------------------------------------- */

/* Stopped once it has begun with the member that `said` tells of. false: it came to its end before. */
static bool stop_in_member(const char *folder, const char *options, const char *said)
{
    char line[512];
    (void)snprintf(line, sizeof line, "clmlp " TRAIN "%s --model parts.model --history parts.jsonl --checkpoint c "
                   "--overwrite --checkpoint-every 0.1s", options);
    const pid_t program = cli_start_line(folder, line);
    cli_wait_for(folder, program, said);
    cli_run run = cli_stop(folder, program, SIGTERM);
    const bool stopped = run.status == 130;
    cr_assert(stopped || run.status == 0, "exit status %d\n%s", run.status, run.err);
    if (stopped) expect_in(run.err, "interrupted in member 2 of 3, after ");
    cli_free(&run);
    return stopped;
}

Test(cli_resume, an_ensemble_goes_on_in_the_member_that_was_under_way)
{
    static const char *const keys[] = {"epochs", "steps", "members", "cost", "best_epoch", "best"};
    char *const folder = cli_data_folder("resume-ensemble"), options[256], line[512], text[128];
    size_t epochs = 2000;
    do { /* long enough to be stopped, on any machine */
        cr_assert_lt(epochs, 10000000);
        (void)snprintf(options, sizeof options, "--ensemble 3 --epochs %zu --keep-best --validation 0.2 --seed 4 "
                       "--rate 0.1 --hidden 40", epochs *= 2);
    } while (!stop_in_member(folder, options, "member 2 of 3"));
    (void)snprintf(line, sizeof line, TRAIN "%s --model whole.model --history whole.jsonl --json", options);
    cJSON *const whole = cli_json(folder, line, 0);
    cli_run run = cli(folder, "inspect c");
    expect_in(run.out, "an ensemble of 2 such networks");
    cli_free(&run);
    cJSON *const parts = cli_json(folder, "train points.csv --resume c --json", 0);
    expect_same_files(folder, "an ensemble");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        cr_assert_eq(cli_number(whole, keys[i]), cli_number(parts, keys[i]), "%s", keys[i]);
    }
    cJSON_Delete(whole);
    cJSON_Delete(parts);
    /* at its end there is nothing left, and the result is given again */
    cli_ok(folder, "train points.csv --resume c --model again.model --quiet");
    cli_ok(folder, "--help >/dev/null; cmp whole.model again.model");
    run = cli(folder, "train points.csv --resume c");
    (void)snprintf(text, sizeof text, "going on from c: in member 3 of 3, %zu epochs are done\n", epochs);
    expect_in(run.err, text);
    expect_in(run.err, "nothing is left to train: all epochs of all members are done");
    cli_free(&run);
    expect_refused(folder, "train points.csv --resume c --ensemble 5",
                   "--ensemble '5': contradicts --resume c, a run with --ensemble '3'");
    expect_refused(folder, "train points.csv --resume c --ensemble 1",
                   "--ensemble '1': contradicts --resume c, a run with --ensemble '3'");
    (void)snprintf(text, sizeof text, "--epochs '5000': contradicts --resume c, whose finished members were trained "
                   "with --epochs '%zu'", epochs);
    expect_refused(folder, "train points.csv --resume c --epochs 5000", text);
    free(folder);
}

/* Numbers of a file become integers: those that do not fit are no results. */
Test(cli_resume, finished_members_that_cannot_be_are_damage)
{
    static const char *const changes[] = {"end..:0/end\\\\\":9", "stopped_early..:0/stopped_early\\\\\":7"};
    static const char *const named[] = {"'end'", "'stopped_early'"};
    char *const folder = cli_data_folder("resume-finished"), line[256];
    cli_ok(folder, TRAIN "--ensemble 2 --epochs 2 --quiet --checkpoint c");
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        (void)snprintf(line, sizeof line, "--help >/dev/null; sed 's/%s/' c >d; ! cmp -s c d", changes[i]);
        cli_ok(folder, line);
        (void)snprintf(line, sizeof line, "--resume d: damaged: %s of its finished members is not there, or cannot be",
                       named[i]);
        expect_refused(folder, "train points.csv --resume d", line);
    }
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
