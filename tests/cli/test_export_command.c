/* test_export_command.c - clmlp export and clmlp import: what they say, and the lines that they refuse. What is in the
 * files is seen by tests/export. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad_lines.h"
#include "run.h"

#define TRY_EXPORT "\ntry 'clmlp export --help'\n"
#define TRY_IMPORT "\ntry 'clmlp import --help'\n"

Test(cli_export_command, lines_that_are_refused)
{
    static const bad_line lines[] = {
        {"export", 2, "clmlp export: MODEL is missing" TRY_EXPORT},
        {"export model.safetensors", 2, "clmlp export: nothing to write; say --onnx, --c or --script" TRY_EXPORT},
        {"export model.safetensors --onnx o.onnx --c o.c", 2,
         "clmlp export: --onnx, --c and --script: one at a time" TRY_EXPORT},
        {"export model.safetensors --c o.c --onnx-input float", 2,
         "clmlp export: --onnx-input: is for --onnx" TRY_EXPORT},
        {"export model.safetensors --c o.c --int8", 2,
         "clmlp export: --int8: costs accuracy; say --measure DATA, data with targets, to be told how much" TRY_EXPORT},
        {"export model.safetensors --c o.c --measure points.csv", 2,
         "clmlp export: --measure: is for --int8" TRY_EXPORT},
        {"export model.safetensors --c o.c --target 1", 2,
         "clmlp export: --target: is for the data of --int8 and --script" TRY_EXPORT},
        {"export model.safetensors --onnx o.onnx --decimal ,", 2,
         "clmlp export: --decimal: is for the data of --int8 and --script" TRY_EXPORT},
        {"export model.safetensors --c o.c --unseen error", 2,
         "clmlp export: --unseen: is for the data of --int8 and --script" TRY_EXPORT},
        {"export model.safetensors --onnx o.onnx --c-name x", 2,
         "clmlp export: --c-name and --int8: are for --c, --precision for --c and --script" TRY_EXPORT},
        {"export model.safetensors --c no/o.c", 2,
         "clmlp export: --c 'no/o.c': cannot be written: its folder does not exist" TRY_EXPORT},
        {"export model.safetensors --c o.c --c-name a__b", 2,
         "clmlp: the name 'a__b' is none that C names can begin with: expected 1 to 24 letters and digits, a letter "
         "first, with single _ between them\n"},
        {"export model.safetensors --script matlab", 2,
         "clmlp export: --script 'matlab': expected one of: pytorch sklearn octave; did you mean 'octave'?" TRY_EXPORT},
        {"export model.safetensors --script octave --out x.m --data x.csv --optimizer cg", 2,
         "clmlp export: --optimizer cg: no script has it: the line searches of other programs take other steps"
         TRY_EXPORT},
        {"export model.safetensors --script octave --out x.m --data x.csv --beta1 0.5", 2,
         "clmlp export: --beta1: has no meaning with --optimizer sgd (expected --optimizer adam or adamw)" TRY_EXPORT},
        {"export model.safetensors --script pytorch", 2,
         "clmlp export: --script: where to? say --out FILE" TRY_EXPORT},
        {"export model.safetensors --script pytorch --out o.py", 2,
         "clmlp export: --script: trains on what? say --data DATA" TRY_EXPORT},
        {"export model.safetensors --c o.c --rate 1", 2,
         "clmlp export: --out, --data, --optimizer and its numbers, --rate, --lambda, --epochs, --batch, --seed and "
         "--no-shuffle: are for --script" TRY_EXPORT},
        {"export model.safetensors --onnx o.onnx --onnx-input half", 2,
         "clmlp export: --onnx-input 'half': expected float or double" TRY_EXPORT},
        {"export model.safetensors --onnx model.safetensors", 2,
         "clmlp export: --onnx 'model.safetensors': cannot be written: would overwrite an input" TRY_EXPORT},
        {"export model.safetensors --onnx no/o.onnx", 2,
         "clmlp export: --onnx 'no/o.onnx': cannot be written: its folder does not exist" TRY_EXPORT},
        {"export model.safetensors --onnx /dev/stdout --json", 2,
         "clmlp export: --json: the standard output is already that of a file, /dev/stdout" TRY_EXPORT},
        {"import", 2, "clmlp import: FILE is missing" TRY_IMPORT},
        {"import model.safetensors", 2, "clmlp import: say where to write it: --model FILE" TRY_IMPORT},
        {"import model.safetensors --model model.safetensors", 2,
         "clmlp import: --model 'model.safetensors': cannot be written: would overwrite an input" TRY_IMPORT},
        {"import points.csv --model m", 2,
         "clmlp: points.csv: no ONNX file, or a damaged one: it is no protobuf message\n"},
        {"import points.csv --activation tanh --model m", 2,
         "clmlp: points.csv: no ONNX file, or a damaged one: it is no protobuf message\n"},
    };
    char *const folder = bad_folder("export-bad");
    bad_expect(folder, lines, sizeof lines / sizeof lines[0]);
    free(folder);
}

Test(cli_export_command, says_what_goes_in_and_out)
{
    char *const folder = cli_data_folder("export");
    cli_ok(folder, "train points.csv --hidden 3 --epochs 2 --device cpu --quiet --model m");
    cJSON *const table = cli_json(folder, "export m --onnx o.onnx --json", 0);
    cr_assert_eq(cli_number(table, "opset"), 13);
    cr_assert_eq(cli_number(table, "ml_opset"), 0);
    cr_assert_str_eq(cli_text(table, "input"), "matrix");
    cr_assert_str_eq(cli_text(table, "input_type"), "double");
    cr_assert_str_eq(cJSON_GetArrayItem(cli_member(table, "outputs"), 0)->valuestring, "label");
    cr_assert_str_eq(cJSON_GetArrayItem(cli_member(table, "outputs"), 1)->valuestring, "probabilities");
    char *const bytes = cli_read(folder, "o.onnx");
    cr_assert_not_null(bytes);
    cJSON *const single = cli_json(folder, "export m --onnx o.onnx --onnx-input float --json", 0);
    cr_assert_str_eq(cli_text(single, "input_type"), "float");
    cli_run run = cli(folder, "export m --onnx o.onnx");
    cr_assert_eq(run.status, 0);
    cli_expect_in(run.out, "o.onnx: ONNX, ai.onnx 13, ");
    cli_expect_in(run.out, "in:  features, a matrix of doubles with a row for each example\n");
    cli_expect_in(run.out, "out: label, the name of the class\n");
    cli_free(&run);
    /* the file itself on the standard output, and what is said on the other one */
    run = cli(folder, "export m --onnx /dev/stdout > piped.onnx; cmp piped.onnx o.onnx");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cli_expect_in(run.err, "/dev/stdout: ONNX");
    cli_free(&run);
    free(bytes);
    cJSON_Delete(table);
    cJSON_Delete(single);
    free(folder);
}

/* Data of --script and --measure are read with the options that evaluate has. */
Test(cli_export_command, data_may_be_written_otherwise)
{
    char *const folder = cli_folder("export-decimal");
    cli_write(folder, "t.csv", "a;b;y\n0,5;x;n\n1,25;x;n\n2,5;z;m\n3,75;x;m\n");
    cli_ok(folder, "train t.csv --decimal , --target y --hidden 2 --epochs 1 --device cpu --quiet --model m");
    cli_expect(folder, "export m --script pytorch --out s.py --data t.csv", 2, "--decimal ,");
    cli_ok(folder, "export m --script pytorch --out s.py --data t.csv --decimal , --quiet; grep -q 1.25 s.py.csv");
    cli_ok(folder, "export m --c o.c --int8 --measure t.csv --decimal , --quiet");
    cli_write(folder, "gaps.csv", "a,b,y\n0.5,x,n\n1.25,?,n\n2.5,z,\n-9,x,m\n");
    cli_expect(folder, "export m --c o.c --int8 --measure gaps.csv", 2, "--missing-targets drop");
    cli_ok(folder, "export m --c o.c --int8 --measure gaps.csv --missing-targets drop --missing impute "
                   "--missing-values=,?,-9 --unseen zeros --header yes --delimiter comma --format csv --quiet");
    free(folder);
}

Test(cli_export_command, outputs_are_not_called_like_a_column)
{
    char *const folder = cli_folder("export-names");
    cli_write(folder, "t.csv", "label,label_,probabilities,y\n1,2,3,a\n2,3,4,b\n3,1,5,a\n4,2,1,b\n");
    cli_ok(folder, "train t.csv --target y --hidden 2 --epochs 1 --device cpu --quiet --model m");
    cJSON *const said = cli_json(folder, "export m --onnx o.onnx --json", 0);
    cr_assert_str_eq(cJSON_GetArrayItem(cli_member(said, "outputs"), 0)->valuestring, "label__");
    cr_assert_str_eq(cJSON_GetArrayItem(cli_member(said, "outputs"), 1)->valuestring, "probabilities_");
    cJSON_Delete(said);
    free(folder);
}

/* Tensors of another program: what their file does not say is said once. */
Test(cli_export_command, import_adds_what_tensors_do_not_say)
{
    char *const folder = cli_data_folder("import");
    cli_make_foreign_model(folder);
    cli_run run = cli(folder, "import foreign.safetensors --model m");
    cr_assert_eq(run.status, 2);
    cli_expect_in(run.err, "--output");
    cli_free(&run);
    cJSON *const said =
        cli_json(folder, "import foreign.safetensors --output softmax --class-names a,b,c --model m --json", 0);
    cr_assert_str_eq(cli_text(said, "output"), "softmax");
    cr_assert_eq(cJSON_GetArraySize(cli_member(said, "classes")), 3);
    cr_assert_eq(cJSON_GetArraySize(cli_member(said, "layers")), 2);
    run = cli(folder, "inspect m");
    cr_assert_eq(run.status, 0);
    cli_expect_in(run.out, "softmax");
    cli_free(&run);
    cJSON_Delete(said);
    free(folder);
}

Test(cli_export_command, an_onnx_file_in_place_of_a_model_is_recognised_and_gives_it_back)
{
    char *const folder = cli_data_folder("export-swapped");
    cli_ok(folder, "train points.csv --hidden 3 --epochs 1 --device cpu --quiet --model m");
    cli_ok(folder, "export m --onnx o.onnx");
    cli_expect(folder, "predict o.onnx points.csv", 2, "of an ONNX file 'clmlp import' makes one");
    cli_expect(folder, "inspect o.onnx", 2, "of an ONNX file 'clmlp import' makes one");
    cli_write(folder, "net.pt", "PK\3\4zzzzzzzzzzzzzzzzzzzzzz\f\1\1\1net/data.pklFB\n");
    cli_expect(folder, "import net.pt --model n", 2, "(expected ONNX, which torch.onnx.export writes, or safetensors");
    cli_expect(folder, "export points.csv --onnx p.onnx", 2, "points.csv: not a model file: text");
    cli_ok(folder, "import o.onnx --model n");
    cli_ok(folder, "--version >/dev/null; cmp m n");
    cli_expect(folder, "import o.onnx --output linear --model n", 2, "clmlp export wrote it, with activation");
    free(folder);
}

/* What 8 bits cost is said in one way, for classes and for numbers. */
Test(cli_export_command, the_loss_of_int8_is_said)
{
    static const struct {
        const char *train, *metric;
        double sign; /* of the metric: of rmse more is worse */
    } cases[] = {{"train points.csv --output softmax", "accuracy", -1.0},
                 {"train points.csv --task regress --target 1", "rmse", 1.0}};
    char *const folder = cli_data_folder("export-int8"), line[256];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(line, sizeof line, "%s --hidden 7 --epochs 3 --device cpu --quiet --model m%zu", cases[i].train,
                       i);
        cli_ok(folder, line);
        (void)snprintf(line, sizeof line, "export m%zu --c o.c --int8 --measure points.csv", i);
        cli_run run = cli(folder, line);
        cr_assert_eq(run.status, 0, "%s", run.err);
        const char *const first = strstr(run.out, "\n  int8 on points.csv, ");
        const char *const last = strstr(run.out, "\n  int8: ");
        cr_assert(first != NULL && last != NULL && first < last, "%s", run.out);
        cr_assert_not_null(strstr(first, cases[i].metric), "%s", run.out);
        cr_assert_not_null(strstr(last, "; outputs differ by "), "%s", run.out);
        const bool gain = strncmp(last, "\n  int8: gain of ", 17) == 0;
        const bool loss = strncmp(last, "\n  int8: loss of ", 17) == 0;
        cli_free(&run);
        (void)snprintf(line, sizeof line, "export m%zu --c o.c --int8 --measure points.csv --json", i);
        cJSON *const json = cli_json(folder, line, 0);
        const double worse = cases[i].sign * (cli_number(json, "after") - cli_number(json, "before"));
        /* three numbers of 15 digits at least */
        cr_assert_leq(fabs(cli_number(json, "loss") - worse), 2e-14 * cli_number(json, "before"));
        cr_assert(gain == (worse < 0.0) && loss == (worse > 0.0), "%g", worse);
        cJSON_Delete(json);
        (void)snprintf(line, sizeof line, "export m%zu --c o.c --int8 --measure points.csv --quiet", i);
        run = cli(folder, line);
        cr_assert_str_empty(run.err);
        cli_free(&run);
    }
    free(folder);
}

/* What an export may write over is an earlier one of its kind; so the data that a script lies beside. */
Test(cli_export_command, no_file_of_the_user_is_overwritten)
{
    static const struct {
        const char *line, *file, *kind;
    } outputs[] = {{"export m --onnx o", "o", "--onnx 'o': would overwrite a file that is no ONNX file of clmlp"},
                   {"export m --c o", "o", "--c 'o': would overwrite a file that is no C source of clmlp"},
                   {"export m --script pytorch --out o --data points.csv", "o",
                    "--out 'o': would overwrite a file that is no script of clmlp"},
                   {"export m --script pytorch --out o --data points.csv", "o.csv",
                    "--out 'o': its data would overwrite the file 'o.csv'"},
                   {"import m --model o", "o", "--model 'o': would overwrite a file that is no model of clmlp"}};
    char *const folder = cli_data_folder("export-over"), line[256];
    cli_ok(folder, "train points.csv --epochs 1 --device cpu --quiet --model m");
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        cli_ok(folder, "--version >/dev/null; rm -f o o.csv");
        cli_write(folder, outputs[i].file, "precious");
        cli_run run = cli(folder, outputs[i].line);
        cr_expect_eq(run.status, 2, "%s: exit status %d", outputs[i].line, run.status);
        cr_expect_not_null(strstr(run.err, outputs[i].kind), "%s", run.err);
        char *const text = cli_read(folder, outputs[i].file);
        cr_expect_str_eq(text, "precious", "%s", outputs[i].line);
        free(text);
        cli_free(&run);
        (void)snprintf(line, sizeof line, "%s --overwrite", outputs[i].line);
        cli_ok(folder, line);
        cli_ok(folder, outputs[i].line); /* its own */
    }
    cli_ok(folder, "--version >/dev/null; cp points.csv o.py.csv");
    cli_run run = cli(folder, "export m --script pytorch --out o.py --data o.py.csv --overwrite");
    cr_expect_eq(run.status, 2, "exit status %d", run.status);
    cr_expect_not_null(strstr(run.err, "would overwrite an input"), "%s", run.err);
    cli_free(&run);
    free(folder);
}
