/* test_help.c - help texts list every option of every command. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clmlp/model.h"
#include "run.h"

/* Every option that the command line promises, by command. */
static const char *const train_options[] = {
    "--validation=", "--validation-labels=", "--cross-validate=", "--label-smoothing=", "--dropout=",
    "--initialisation=",
    "--labels=", "--test=", "--test-labels=", "--hidden=", "--activation=", "--output=", "--rate=", "--lambda=",
    "--beta1=", "--beta2=", "--epsilon=", "--weight-decay=", "--layer-rates=", "--bias-rate=",
    "--epochs=", "--batch=", "--seed=", "--optimizer=", "--momentum=", "--clip-norm=",
    "--lbfgs-pairs=", "--schedule=",
    "--input-scale-rate=", "--ensemble=", "--ensemble-by=", "--preset=",
    "--warmup=", "--min-rate=", "--decay=", "--decay-every=",
    "--find-rate", "--find-range=", "--init=", "--scale=", "--target=", "--header=",
    "--svmlight-features=", "--target-scale=", "--features=", "--ignore=", "--class-names=", "--task=",
    "--delimiter=", "--decimal=", "--format=", "--index-base=",
    "--max-input=", "--max-columns=",
    "--weights=", "--class-weights=",
    "--missing-targets=", "--categorical=", "--max-categories=", "--missing=", "--missing-values=", "--unseen=",
    "--device=", "--engine=", "--precision=", "--model=", "--history=", "--tensorboard=", "--report=",
    "--device-memory=", "--devices=", "--shares=", "--gradients=", "--local-steps=", "--no-shuffle",
    "--self-check=", "--on-mismatch=", "--bundle=", "--json", "--quiet", "--verbose", "--checkpoint=",
    "--checkpoint-every=", "--overwrite", "--resume=", "--max-launch=", "--help",
    "--last-batch=", "--early-stopping=", "--keep-best", "--monitor=", "--tolerance=", "--min-epochs=", NULL};
static const char *const evaluate_options[] = {
    "--labels=", "--target=", "--header=", "--lambda=", "--activation=", "--output=", "--device=", "--engine=",
    "--precision=", "--features=", "--ignore=", "--class-names=", "--delimiter=", "--decimal=", "--format=",
    "--index-base=",
    "--max-input=", "--max-columns=", "--missing-targets=",
    "--missing=", "--missing-values=", "--unseen=", "--threshold=", "--device-memory=", "--json", "--quiet",
    "--verbose", "--max-launch=", "--help", NULL};
static const char *const predict_options[] = {
    "--out=", "--overwrite", "--for-spreadsheet", "--target=", "--header=", "--activation=", "--output=", "--device=",
    "--engine=", "--precision=",
    "--features=", "--ignore=", "--class-names=", "--delimiter=", "--decimal=", "--format=", "--index-base=",
    "--max-input=", "--max-columns=",
    "--keep=", "--threshold=",
    "--missing=", "--missing-values=", "--unseen=", "--device-memory=", "--json", "--quiet", "--verbose",
    "--max-launch=", "--help",
    NULL};
static const char *const step_options[] = {
    "--layers=", "--batch=", "--optimizer=", "--activation=", "--output=", "--data=", "--labels=", "--header=",
    "--delimiter=", "--decimal=", "--format=", "--index-base=",
    "--max-input=", "--max-columns=", "--missing-targets=", "--seconds=", "--seed=",
    "--full-batch", "--no-kernels", "--no-peak", "--device=", "--engine=", "--precision=", "--json", "--csv", "--quiet",
    "--max-launch=", "--help", NULL};
static const char *const gemm_options[] = {
    "--m=", "--n=", "--k=", "--seconds=", "--seed=", "--no-peak", "--device=", "--engine=", "--precision=", "--json",
    "--csv", "--quiet", "--max-launch=", "--help", NULL};
static const char *const ops_options[] = {
    "--layers=", "--batch=", "--activation=", "--output=", "--seconds=", "--seed=", "--no-peak", "--device=",
    "--engine=", "--precision=", "--json", "--csv", "--quiet", "--max-launch=", "--help", NULL};
static const char *const crossover_options[] = {
    "--inputs=", "--outputs=", "--widths=", "--batches=", "--activation=", "--output=", "--seconds=", "--seed=",
    "--device=", "--engine=", "--precision=", "--json", "--csv", "--quiet", "--help", NULL};
static const char *const scaling_options[] = {
    "--layers=", "--batch=", "--activation=", "--output=", "--links=", "--alpha=", "--overhead=", "--bucket=",
    "--seconds=", "--seed=", "--device=", "--devices=", "--engine=", "--precision=", "--max-launch=", "--json", "--csv",
    "--quiet", "--help", NULL};
static const char *const bench_options[] = {"step ", "gemm ", "ops ", "crossover ", "scaling ", NULL};
static const char *const tune_options[] = {
    "--layers=", "--batch=", "--engine=", "--seconds=", "--risk=", "--dry-run", "--device=", "--precision=", "--json",
    "--quiet", "--help", NULL};
static const char *const verify_options[] = {
    "--label-smoothing=", "--dropout=", "--initialisation=", "--input-scale-rate=",
    "--beta1=", "--beta2=", "--epsilon=", "--weight-decay=", "--layer-rates=", "--bias-rate=",
    "--target-scale=", "--svmlight-features=",
    "--delimiter=", "--decimal=", "--format=", "--index-base=",
    "--max-input=", "--max-columns=", "--missing-targets=", "--categorical=",
    "--max-categories=", "--missing=", "--missing-values=",
    "--unseen=",
    "--weights=", "--class-weights=",
    "--labels=", "--target=",    "--header=",  "--scale=",     "--model=",       "--hidden=",   "--activation=",
    "--output=", "--steps=",     "--batch=",   "--optimizer=", "--rate=", "--momentum=", "--clip-norm=", "--lambda=",
    "--seed=",   "--no-shuffle", "--free-run", "--against=",   "--determinism=", "--vote",      "--replay=",
    "--lbfgs-pairs=", "--schedule=", "--warmup=", "--min-rate=", "--decay=", "--decay-every=", "--schedule-steps=",
    "--go-on",   "--bundle=",    "--device=",  "--engine=",    "--precision=",   "--dump=",     "--json", "--devices=",
    "--features=", "--ignore=", "--class-names=", "--task=", "--quiet",   "--max-launch=", "--help",       NULL};
static const char *const gradcheck_options[] = {
    "--label-smoothing=", "--dropout=", "--input-scale ",
    "--delimiter=", "--decimal=", "--format=", "--index-base=",
    "--max-input=", "--max-columns=", "--missing-targets=", "--categorical=",
    "--max-categories=", "--missing=", "--missing-values=",
    "--unseen=", "--svmlight-features=", "--initialisation=",
    "--weights=", "--class-weights=",
    "--labels=",    "--target=", "--header=",   "--scale=", "--target-scale=", "--model=", "--hidden=", "--activation=",
    "--output=",    "--lambda=", "--examples=", "--sample=", "--seed=",  "--device=", "--engine=",
    "--precision=", "--features=", "--ignore=", "--class-names=", "--task=",
    "--json",    "--quiet",     "--help",    NULL};
static const char *const inspect_options[] = {
    "--test=", "--test-labels=", "--labels=", "--target=", "--task=", "--header=", "--delimiter=", "--decimal=",
    "--format=", "--index-base=",
    "--max-input=", "--max-columns=", "--missing-targets=", "--features=", "--ignore=", "--categorical=",
    "--max-categories=", "--missing-values=TEXT,...", "--weights=COL", "--svmlight-features=N", "--missing=", "--all",
    "--json", "--help", NULL};
static const char *const export_options[] = {
    "--onnx=", "--onnx-input=", "--c=", "--c-name=", "--precision=", "--int8", "--measure=", "--labels=", "--target=",
    "--script=", "--out=", "--data=", "--optimizer=", "--rate=", "--momentum=", "--beta1=", "--beta2=", "--epsilon=",
    "--weight-decay=", "--lambda=", "--epochs=", "--batch=", "--seed=", "--no-shuffle",
    "--format=", "--index-base=", "--header=", "--delimiter=", "--decimal=", "--max-input=", "--max-columns=",
    "--missing-targets=", "--features=", "--ignore=", "--missing=", "--missing-values=", "--unseen=",
    "--activation=", "--output=", "--class-names=", "--json", "--quiet", "--overwrite", "--help", NULL};
static const char *const import_options[] = {
    "--model=", "--activation=", "--output=", "--class-names=", "--json", "--quiet", "--overwrite", "--help", NULL};
static const char *const qualify_options[] = {
    "--device=", "--precision=", "--seconds=", "--seed=", "--quick", "--json", "--quiet", "--help", NULL};
static const char *const report_options[] = {
    "--out=", "--overwrite", "--activation=", "--output=", "--quiet", "--labels=", "--target=", "--format=",
    "--index-base=", "--header=", "--delimiter=", "--decimal=", "--max-input=", "--max-columns=", "--missing-targets=",
    "--features=", "--ignore=", "--missing=", "--missing-values=", "--unseen=", "--lambda=", "--class-names=",
    "--seed=", "--device=", "--engine=", "--precision=", "--device-memory=", "--max-launch=", "--help", NULL};
static const char *const devices_options[] = {"--json", "--help", NULL};

static const struct {
    const char *name;
    const char *const *options;
} commands[] = {{"train", train_options},
                {"evaluate", evaluate_options},
                {"predict", predict_options},
                {"report", report_options},
                {"inspect", inspect_options},
                {"export", export_options},
                {"import", import_options},
                {"bench", bench_options},
                {"bench step", step_options},
                {"bench gemm", gemm_options},
                {"bench ops", ops_options},
                {"bench crossover", crossover_options},
                {"bench scaling", scaling_options},
                {"tune", tune_options},
                {"verify", verify_options},
                {"gradcheck", gradcheck_options},
                {"qualify", qualify_options},
                {"devices", devices_options}};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

Test(cli_help, lists_every_option_of_every_command)
{
    char *const folder = cli_folder("help");
    for (size_t c = 0; c < COMMANDS; c++) {
        char line[64];
        (void)snprintf(line, sizeof line, "%s --help", commands[c].name);
        cli_run run = cli(folder, line);
        cr_assert_eq(run.status, 0);
        cr_assert_str_empty(run.err);
        for (size_t i = 0; commands[c].options[i] != NULL; i++) {
            cr_assert_not_null(strstr(run.out, commands[c].options[i]), "%s: no %s in\n%s", line,
                               commands[c].options[i], run.out);
        }
        cli_free(&run);
    }
    free(folder);
}

Test(cli_help, every_option_with_a_value_names_its_default)
{
    char *const folder = cli_folder("help-defaults");
    for (size_t c = 0; c < COMMANDS; c++) {
        char line[64];
        size_t options = 0, defaults = 0;
        (void)snprintf(line, sizeof line, "%s --help", commands[c].name);
        cli_run run = cli(folder, line);
        for (size_t i = 0; commands[c].options[i] != NULL; i++) options += strchr(commands[c].options[i], '=') != NULL;
        /* the blank in "(default: x)" may be a line break */
        for (const char *at = run.out; (at = strstr(at, "(default:")) != NULL; at++) defaults++;
        cr_assert_eq(defaults, options, "%s: %zu options with values, %zu defaults\n%s", line, options, defaults,
                     run.out);
        cli_free(&run);
    }
    free(folder);
}

/* As a word: "elu" is not in "relu". */
static bool has_word(const char *text, const char *word)
{
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++) {
        if (!isalnum((unsigned char)at[-1]) && !isalnum((unsigned char)at[strlen(word)])) return true;
    }
    return false;
}

/* The names of a list are in the text of an option, which ends where the next begins. `except`: a name that need not
 * be. */
static void expect_names(const char *help, const char *option, const char *const *names, size_t count,
                         const char *except)
{
    const char *const at = strstr(help, option);
    if (at == NULL) return; /* this command has no such option */
    const char *const end = strstr(at + 2, "--");
    char *const text = strndup(at, end != NULL ? (size_t)(end - at) : strlen(at));
    for (size_t i = 0; i < count; i++) {
        const bool named = has_word(text, names[i]) || strcmp(names[i], except) == 0;
        cr_assert(named, "%s is not in: %s", names[i], text);
    }
    free(text);
}

Test(cli_help, names_every_activation_and_output)
{
#define NAME(name, text) text,
    static const char *const activations[] = {CLMLP_ACTIVATION_LIST(NAME)}, *const outputs[] = {
                                                                                CLMLP_OUTPUT_LIST(NAME)};
#undef NAME
    char *const folder = cli_folder("help-names");
    for (size_t c = 0; c < COMMANDS; c++) {
        char line[64];
        (void)snprintf(line, sizeof line, "%s --help", commands[c].name);
        cli_run run = cli(folder, line);
        /* the step function can only predict */
        expect_names(run.out, "--activation=", activations, CLMLP_ACTIVATION_COUNT, "step");
        expect_names(run.out, "--output=", outputs, CLMLP_OUTPUT_COUNT, "");
        cli_free(&run);
    }
    free(folder);
}

Test(cli_help, is_the_same_by_help_command_and_option)
{
    char *const folder = cli_folder("help-same");
    for (size_t c = 0; c < COMMANDS; c++) {
        char line[64];
        (void)snprintf(line, sizeof line, "%s --help", commands[c].name);
        cli_run by_option = cli(folder, line);
        (void)snprintf(line, sizeof line, "help %s", commands[c].name);
        cli_run by_command = cli(folder, line);
        cr_assert_eq(by_command.status, 0);
        cr_assert_str_eq(by_option.out, by_command.out);
        cli_free(&by_option);
        cli_free(&by_command);
    }
    free(folder);
}

Test(cli_help, of_the_program_names_every_command)
{
    char *const folder = cli_folder("help-program");
    cli_run run = cli(folder, "--help");
    cr_assert_eq(run.status, 0);
    for (size_t c = 0; c < COMMANDS; c++) {
        if (strchr(commands[c].name, ' ') != NULL) continue; /* a kind of a command */
        cr_assert_not_null(strstr(run.out, commands[c].name));
    }
    cli_run other = cli(folder, "help");
    cr_assert_str_eq(run.out, other.out);
    cli_free(&run);
    cli_free(&other);
    free(folder);
}

Test(cli_help, fits_eighty_columns)
{
    char *const folder = cli_folder("help-width");
    static const char *const lines[] = {"--help", "train --help", "evaluate --help", "predict --help", "inspect --help",
                                        "export --help", "import --help",
                                        "bench --help", "bench step --help", "bench gemm --help", "bench ops --help",
                                        "bench crossover --help", "bench scaling --help", "tune --help",
                                        "verify --help", "gradcheck --help", "devices --help"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        cli_run run = cli(folder, lines[i]);
        for (const char *at = run.out; *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n') {
            const size_t width = strcspn(at, "\n");
            cr_assert_lt(width, 80, "%s: %zu columns: %.*s", lines[i], width, (int)width, at);
        }
        cli_free(&run);
    }
    free(folder);
}

Test(cli_help, version_is_one_line)
{
    char *const folder = cli_folder("version");
    cli_run run = cli(folder, "--version");
    cr_assert_eq(run.status, 0);
    cr_assert_str_eq(run.out, "clmlp " CLMLP_TEST_VERSION "\n");
    cr_assert_str_empty(run.err);
    cli_free(&run);
    free(folder);
}
