/* test_bad_files.c - files, devices and options that do not go together: exit status and message. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bad_lines.h"

static const bad_line files[] = {
    {"train points.csv --model nowhere/m.safetensors", 2,
     "clmlp train: --model 'nowhere/m.safetensors': cannot be written: its folder does not exist" TRY_TRAIN},
    {"train points.csv --model points.csv/m", 2,
     "clmlp train: --model 'points.csv/m': cannot be written: what should be its folder is a file" TRY_TRAIN},
    {"train points.csv --model .", 2, "clmlp train: --model '.': cannot be written: is a folder" TRY_TRAIN},
    {"train points.csv --model points.csv", 2,
     "clmlp train: --model 'points.csv': cannot be written: would overwrite an input" TRY_TRAIN},
    {"train points.csv --model ./points.csv", 2,
     "clmlp train: --model './points.csv': cannot be written: would overwrite an input" TRY_TRAIN},
    {"train points.csv --history nowhere/h.jsonl", 2,
     "clmlp train: --history 'nowhere/h.jsonl': cannot be written: its folder does not exist" TRY_TRAIN},
    {"train points.csv --history model.safetensors --init model.safetensors --model new", 2,
     "clmlp train: --history 'model.safetensors': cannot be written: would overwrite an input" TRY_TRAIN},
    {"train points.csv --model same --history same", 2,
     "clmlp train: --history 'same': is also the file of --model" TRY_TRAIN},
    {"train points.csv --model same --checkpoint ./same", 2,
     "clmlp train: --checkpoint './same': is also the file of --model" TRY_TRAIN},
    {"train points.csv --model same --self-check 1/5 --bundle ./same", 2,
     "clmlp train: --bundle './same': is also the file of --model" TRY_TRAIN},
    {"train points.csv --self-check 1/5 --bundle ./same --history same", 2,
     "clmlp train: --bundle './same': is also the file of --history" TRY_TRAIN},
    {"train points.csv --model /dev/stdout --json", 2,
     "clmlp train: --json: the standard output is already that of a file, /dev/stdout" TRY_TRAIN},
    {"train points.csv --model /dev/stdout --history /dev/stdout", 2,
     "clmlp train: --history '/dev/stdout': is also the file of --model" TRY_TRAIN},
    {"predict points.csv model.safetensors", 2,
     "clmlp: points.csv is no model, and model.safetensors is one: name the model first\n"},
    {"evaluate points.csv model.safetensors", 2,
     "clmlp: points.csv is no model, and model.safetensors is one: name the model first\n"},
    {"predict model.safetensors points.csv --threshold 0", 2,
     "clmlp predict: --threshold '0': expected a number > 0 and < 1" TRY_PREDICT},
    {"predict model.safetensors points.csv --out model.safetensors", 2,
     "clmlp predict: --out 'model.safetensors': cannot be written: would overwrite an input" TRY_PREDICT},
    {"predict model.safetensors points.csv --out p.CSV.gz", 2,
     "clmlp predict: --out 'p.CSV.gz': predictions are written as CSV, or as .npy, and not as .gz" TRY_PREDICT},
    {"predict model.safetensors points.csv --out /dev/stdout --json", 2,
     "clmlp predict: --json: the standard output is already that of a file, /dev/stdout" TRY_PREDICT},
    {"train points.csv --batch 61 --device cpu", 2,
     "clmlp: task: classify, 3 classes in 'colour': blue 20, green 20, red 20\n"
     "clmlp train: --batch '61': there are only 60 training examples (full takes them all)" TRY_TRAIN},
    {"train points.csv --dropout 0.5,0.5 --device cpu", 2,
     "clmlp: task: classify, 3 classes in 'colour': blue 20, green 20, red 20\n"
     "clmlp train: --dropout: found 2 numbers, and the network has 1 hidden layer" TRY_TRAIN},
    {"gradcheck points.csv --hidden '' --dropout 0.5", 2,
     "clmlp: task: classify, 3 classes in 'colour': blue 20, green 20, red 20\n"
     "clmlp gradcheck: --dropout: found 1 number, and the network has 0 hidden layers\ntry 'clmlp gradcheck --help'\n"},
    {"train real.csv --output linear --label-smoothing 0.1", 2,
     "clmlp: task: regress column 3: -0.1 .. 4.1, mean 2\n"
     "clmlp train: --label-smoothing '0.1': is for classes and labels, and the output is linear, whose targets are "
     "numbers" TRY_TRAIN},
    {"train points.csv --init model.safetensors --task regress", 2,
     "clmlp train: --task: contradicts --init 'model.safetensors', which has sigmoid; leave it out" TRY_TRAIN},
    {"train points.csv --init model.safetensors --hidden 4", 2,
     "clmlp train: --hidden: contradicts --init 'model.safetensors', which has 2-3-3; leave it out" TRY_TRAIN},
    {"train points.csv --init model.safetensors --activation relu", 2,
     "clmlp train: --activation: contradicts --init 'model.safetensors', which has sigmoid; leave it out" TRY_TRAIN},
    {"train points.csv --init model.safetensors --output softmax", 2,
     "clmlp train: --output: contradicts --init 'model.safetensors', which has sigmoid; leave it out" TRY_TRAIN},
    {"train points.csv --init model.safetensors --scale minmax", 2,
     "clmlp train: --scale: contradicts --init 'model.safetensors', which has standard; leave it out" TRY_TRAIN},
};

/* What the library finds wrong: the messages are its own and tested there; here the exit status, the prefix
 * and that the message names what was asked for. */
static const bad_line inputs[] = {
    {"train nothing.csv", 2, "nothing.csv"},
    {"train real.csv --labels nothing.csv", 2, "nothing.csv"},
    {"train points.csv --test nothing.csv", 2, "nothing.csv"},
    {"train points.csv --init nothing.safetensors", 2, "nothing.safetensors"},
    {"train points.csv --init points.csv", 2, "points.csv"},
    {"train points.csv --test wide.csv", 2, "wide.csv"},
    {"train points.csv --target nosuch", 2, "nosuch"},
    {"train points.csv --device abacus", 2, "abacus"},
    {"train points.csv --device opencl:99.9", 2, "opencl:99.9"},
    {"train points.csv --device 'opencl:no such name'", 2, "no such name"},
    {"train points.csv --lambda 1e42 --device cpu --quiet --model new", 2, "--lambda"},
    {"train points.csv --rate 1e39 --device cpu --quiet --model new", 2, "--rate"},
    {"verify points.csv --lambda 1e42 --device cpu --quiet", 2, "--lambda"},
    {"verify points.csv --rate 1e39 --device cpu --quiet", 2, "--rate"},
    {"gradcheck points.csv --lambda 1e42 --device cpu --quiet", 2, "--lambda"},
    {"evaluate nothing.safetensors points.csv", 2, "nothing.safetensors"},
    {"evaluate model.safetensors nothing.csv", 2, "nothing.csv"},
    {"evaluate model.safetensors wide.csv", 2, "wide.csv"},
    {"predict model.safetensors wide.csv", 2, "wide.csv"},
    {"predict points.csv points.csv", 2, "points.csv"},
    {"evaluate model.safetensors strange.csv", 2, "purple"},
};

#define NO_ENGINE(device, engine)                                                                             \
    "clmlp: device '" device "': --engine " engine " is for OpenCL devices, and this is the CPU path "       \
    "(expected --engine auto, or --device opencl)\n"

/* Each command that takes --engine. */
static const bad_line engines[] = {
    {"train points.csv --quiet --device cpu --engine native --model new", 2, NO_ENGINE("cpu", "native")},
    {"evaluate model.safetensors points.csv --quiet --device cpu --engine clblast", 2, NO_ENGINE("cpu", "clblast")},
    {"predict model.safetensors points.csv --quiet --device cpu --engine native", 2, NO_ENGINE("cpu", "native")},
    {"verify points.csv --quiet --device cpu --engine native", 2, NO_ENGINE("cpu", "native")},
    {"gradcheck points.csv --quiet --device cpu --engine native", 2, NO_ENGINE("cpu", "native")},
    {"bench step --quiet --device cpu --engine native", 2, NO_ENGINE("cpu", "native")},
    {"bench gemm --quiet --device cpu --engine clblast", 2, NO_ENGINE("cpu", "clblast")},
    {"bench ops --quiet --device cpu --engine native", 2, NO_ENGINE("cpu", "native")},
    {"bench crossover --quiet --device cpu --engine native", 2, NO_ENGINE("cpu", "native")},
};

/* The same where auto finds nothing but the CPU path. */
static const bad_line engines_of_auto[] = {
    {"train points.csv --quiet --engine native --model new", 2, NO_ENGINE("auto", "native")},
    {"verify points.csv --quiet --engine clblast", 2, NO_ENGINE("auto", "clblast")},
    {"bench crossover --quiet --device auto --engine native", 2, NO_ENGINE("auto", "native")},
};

Test(cli_bad_lines, files_and_contradictions_are_refused_word_for_word)
{
    char *const folder = bad_folder("files");
    bad_expect(folder, files, sizeof files / sizeof files[0]);
    free(folder);
}

Test(cli_bad_lines, an_engine_on_the_cpu_path_is_refused_word_for_word)
{
    char *const folder = bad_folder("engines");
    bad_expect(folder, engines, sizeof engines / sizeof engines[0]);
    cr_assert_eq(setenv("OCL_ICD_VENDORS", "/nowhere", 1), 0);
    bad_expect(folder, engines_of_auto, sizeof engines_of_auto / sizeof engines_of_auto[0]);
    free(folder);
}

/* Nothing was asked of the CPU path that it does not have. */
Test(cli_bad_lines, without_opencl_the_default_engine_is_no_error)
{
    char *const folder = bad_folder("without-opencl");
    cr_assert_eq(setenv("OCL_ICD_VENDORS", "/nowhere", 1), 0);
    cli_ok(folder, "train points.csv --quiet --epochs 2 --engine auto --model new");
    cli_ok(folder, "bench crossover --quiet --device auto --widths 2 --batches 1 --seconds 0.001");
    cli_ok(folder, "bench crossover --quiet --device all --engine native --widths 2 --batches 1 --seconds 0.001");
    free(folder);
}

Test(cli_bad_lines, bad_input_names_its_file_or_word)
{
    char *const folder = bad_folder("inputs");
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        cli_run run = bad_run(folder, &inputs[i]);
        cr_assert_eq(strncmp(run.err, "clmlp: ", 7), 0, "clmlp %s: says\n%s", inputs[i].line, run.err);
        cr_assert_not_null(strstr(run.err, inputs[i].err), "clmlp %s: says\n%s\nwithout '%s'", inputs[i].line, run.err,
                           inputs[i].err);
        cli_free(&run);
    }
    free(folder);
}

Test(cli_bad_lines, a_write_protected_model_is_refused_before_training)
{
    if (geteuid() == 0) cr_skip_test("root may write everything");
    char *const folder = bad_folder("protected");
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/model.safetensors", folder);
    cr_assert_eq(chmod(path, 0444), 0);
    const bad_line line = {"train points.csv --device cpu", 2,
                           "clmlp train: --model 'model.safetensors': cannot be written: is write-protected" TRY_TRAIN};
    bad_expect(folder, &line, 1);
    free(folder);
}
