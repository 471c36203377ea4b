/* test_proposals.c - what an error proposes for words that are not understood: options, values, commands, files. The
 * line stays an error, and nothing is done. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bad_lines.h"

typedef struct row {
    const char *line, *end; /* of the first line of the message; "": nothing is proposed */
} row;

#define OPTION(name) "'; did you mean '--" name "'?"

#define UNITS "lambda/2m of theta squared; see docs/mathematics.md"
#define PENALTY "; did you mean '--lambda' (" UNITS ")?"

static const row options[] = {
    /* PyTorch, Keras, scikit-learn, LightGBM */
    {"train points.csv --lr 1", "unknown option '--lr" OPTION("rate")},
    {"train points.csv --learning-rate=1", "unknown option '--learning-rate" OPTION("rate")},
    {"train points.csv --Learning_Rate 1", "unknown option '--Learning_Rate" OPTION("rate")},
    {"train points.csv --learning_rate_init 1", "'--learning_rate_init" OPTION("rate")},
    {"train points.csv --epoch 1", OPTION("epochs")},
    {"train points.csv --n-epochs 1", OPTION("epochs")},
    {"train points.csv --max_iter 1", OPTION("epochs")},
    {"train points.csv --hidden-layers 1", "; did you mean '--hidden' (the sizes, not how many)?"},
    {"train points.csv --layers=64,25,10", "; did you mean '--hidden' (hidden layers alone)?"},
    {"train points.csv --layer=64,25,10", "; did you mean '--hidden' (hidden layers alone)?"},
    {"train points.csv --warmup-epochs=5", "; did you mean '--warmup' (it counts steps)?"},
    {"train points.csv --warmup-steps=5", OPTION("warmup")},
    {"train points.csv --lr-step-size=10", "; did you mean '--decay-every' (it counts steps)?"},
    {"train points.csv --iterations 5", "; did you mean '--epochs' (passes over the data)?"},
    {"train points.csv --no-early-stopping", ""},
    {"train points.csv --no-early-stoping", ""},
    {"train points.csv --no-keep-best", ""},
    {"train points.csv --no-header", "'--no-header': --header no says that the first line holds data"},
    {"train points.csv --no_standardise", ""},
    {"train points.csv --no-shufle", OPTION("no-shuffle")},
    {"train points.csv --weight-penalty 1", PENALTY},
    {"train points.csv --weight-penalti 1", PENALTY},
    {"train points.csv --hidden_layer_sizes 1", OPTION("hidden")},
    {"train points.csv --l2 1", PENALTY},
    {"train points.csv --alpha 1", "'--alpha'; did you mean '--rate' or '--lambda' (" UNITS ")?"},
    {"train points.csv --weight_decay 1", OPTION("weight-decay")},
    {"train points.csv --wd 1", OPTION("weight-decay")},
    {"gradcheck points.csv --weight-decay 1", PENALTY},
    {"evaluate m points.csv --weight-decay 1", PENALTY},
    {"report points.csv --weight-decay 1", PENALTY},
    {"train points.csv --optim adam", OPTION("optimizer")},
    {"train points.csv --solver adam", OPTION("optimizer")},
    {"train points.csv --bs 1", OPTION("batch")},
    {"train points.csv --batch-size 1", OPTION("batch")},
    {"train points.csv --act relu", OPTION("activation")},
    {"train points.csv --loss mse", OPTION("output")},
    {"train points.csv --dropout-rate 0.1", OPTION("dropout")},
    {"train points.csv --patience 1", OPTION("early-stopping")},
    {"train points.csv --gpu", OPTION("device")},
    {"train points.csv --val-split 0.2", OPTION("validation")},
    {"train points.csv --validation_fraction 0.2", OPTION("validation")},
    {"train points.csv --random-state 1", OPTION("seed")},
    {"train points.csv --metric auc", OPTION("monitor")},
    {"train points.csv --label k", "; did you mean '--target' or '--labels'?"},
    {"train points.csv --cat-features k", OPTION("categorical")},
    {"train points.csv --class-weight balanced", OPTION("class-weights")},
    {"train points.csv --kernel_initializer ntk", OPTION("initialisation")},
    {"train points.csv --initialization ntk", OPTION("initialisation")},
    {"train points.csv --sep ,", OPTION("delimiter")},
    {"train points.csv --out m", OPTION("model")},
    {"evaluate m points.csv --output-activation softmax", OPTION("output")},
    {"search points.csv --n_trials 3", OPTION("trials")},
    /* what means nothing here, or something else */
    {"train points.csv --shuffle", "'--shuffle': examples are taken in a new order each epoch, unless --no-shuffle is "
                                   "given"},
    {"train points.csv --l1 1", "'--l1': there is no L1 penalty; --lambda is the L2 one"},
    {"train points.csv --fp16", "'--fp16': there are f32 and f64 alone (--precision)"},
    {"train points.csv --adam", "'--adam': the optimizer is named behind --optimizer"},
    {"train --data points.csv", "'--data'; DATA stands without an option (expected clmlp train DATA)"},
    {"predict --model m points.csv", "'--model'; MODEL stands without an option (expected clmlp predict MODEL DATA)"},
    /* slips, and beginnings that say which */
    {"train points.csv --epsylon 1", OPTION("epsilon")},
    {"train points.csv --oprimizer adam", OPTION("optimizer")},
    {"train points.csv --HIDDEN 3", OPTION("hidden")},
    {"train points.csv --hid 3", OPTION("hidden")},
    {"train points.csv --reg 3", PENALTY},
    {"train points.csv --patiense 3", OPTION("early-stopping")},
    {"train points.csv --learning-rte 3", OPTION("rate")},
    {"train points.csv --check 3", ""},
    {"train points.csv --zzz 3", ""},
    /* of another command */
    {"train points.csv --threshold 0.5", "; it is an option of evaluate and predict"},
    {"train points.csv --trials 5", "; it is an option of search"},
    {"predict m points.csv --lr 1", "; '--rate' is an option of train, search, export and others"},
    {"predict m points.csv --patience 1", "; '--early-stopping' is an option of train and search"},
    {"devices --widths 1", "; it is an option of bench crossover"},
    {"bench step --epochs 5", "; it is an option of train, search and export"},
    {"search points.csv --test points.csv", ": test data have no place in a search: evaluate the chosen model on them"},
};

#define WORD(word) "; did you mean '" word "'?"

static const row values[] = {
    {"train points.csv --activation silu", "softplus" WORD("swish")},
    {"train points.csv --activation celu", "; did you mean 'elu' (the same where alpha is 1)?"},
    {"train points.csv --activation relu6", "gelu-tanh softplus"},
    {"train points.csv --activation crelu", "gelu-tanh softplus"},
    {"train points.csv --activation silu6", "gelu-tanh softplus"},
    {"train points.csv --activation swsh", WORD("swish")},
    {"train points.csv --activation logistic", WORD("sigmoid")},
    {"train points.csv --activation identity", WORD("linear")},
    {"train points.csv --activation LeakyReLU", WORD("leaky-relu")},
    {"train points.csv --activation leaky_relu", WORD("leaky-relu")},
    {"train points.csv --activation tansig", WORD("tanh")},
    {"train points.csv --activation Sigmoid", WORD("sigmoid")},
    {"train points.csv --activation zzzzz", "gelu-tanh softplus"},
    /* it cannot be trained, what is like it can */
    {"train points.csv --activation step", "it can only predict" WORD("sigmoid")},
    {"train points.csv --activation heaviside", "softplus"},
    {"evaluate m points.csv --activation heaviside", WORD("step")},
    {"train points.csv --output mse", WORD("linear")},
    {"train points.csv --output Softmx", WORD("softmax")},
    {"predict m points.csv --output p.csv", "; a file is written with --out"},
    {"train points.csv --optimizer nadam", "cg"},
    {"train points.csv --optimizer radam", "cg"},
    {"train points.csv --optimizer adamax", "cg"},
    {"train points.csv --optimizer adma", WORD("adam")},
    {"train points.csv --scale quantile", "robust-clip"},
    {"train points.csv --scale unit", "robust-clip"},
    {"train points.csv --scale normal", "robust-clip"},
    {"train points.csv --initialisation uniform", "ntk"},
    {"train points.csv --initialisation normal", "ntk"},
    {"train points.csv --validation 0.2 --keep-best --monitor mse", "; did you mean 'rmse' (the root of it)?"},
    {"train points.csv --optimizer nag", WORD("nesterov")},
    {"train points.csv --optimizer l-bfgs", WORD("lbfgs")},
    {"train points.csv --initialisation xavier_uniform", WORD("glorot-uniform")},
    {"train points.csv --initialisation he_normal", WORD("he-normal")},
    {"train points.csv --schedule cosine-annealing", WORD("cosine")},
    {"train points.csv --schedule exponentail", WORD("exponential")},
    {"train points.csv --task regression", WORD("regress")},
    {"train points.csv --scale zscore", WORD("standard")},
    {"train points.csv --target-scale minmx", "auto none standard"},
    {"train points.csv --precision float64", WORD("f64")},
    {"train points.csv --delimiter ,", WORD("comma")},
    {"train points.csv --format libsvm", WORD("svmlight")},
    {"train points.csv --preset tabluar", WORD("tabular")},
    {"train points.csv --ensemble 2 --ensemble-by seed", WORD("seeds")},
    {"train points.csv --device cuda:0", WORD("opencl")},
    {"train points.csv --device GPU", WORD("opencl")},
    {"train points.csv --validation 0.2 --keep-best --monitor val_loss", WORD("cost")},
    {"train points.csv --validation 0.2 --keep-best --monitor acuracy", WORD("accuracy")},
    {"search points.csv --activation 'silu|tanh'", WORD("swish")},
    {"search points.csv --strategy halfing", WORD("halving")},
    {"search points.csv --rate 0.1:1 --metric auc", WORD("roc_auc")},
    {"export m --script torch", WORD("pytorch")},
    {"export m --script keras", WORD("pytorch")},
};

static const row commands[] = {
    {"fit points.csv", "unknown command 'fit'; did you mean 'train'?"},
    {"trian points.csv", WORD("train")},
    {"Train points.csv", WORD("train")},
    {"score m points.csv", WORD("evaluate")},
    {"infer m points.csv", WORD("predict")},
    {"convert m", WORD("export")},
    {"help benchmark", WORD("bench")},
    {"bench stpe", WORD("step")},
    {"-fit", "unknown option '-fit'"},
    {"xyzzy", "unknown command 'xyzzy'"},
};

/* What is refused says this and nothing behind it. */
static void expect(const char *folder_name, const row *rows, size_t count)
{
    char *const folder = bad_folder(folder_name);
    for (size_t i = 0; i < count; i++) {
        const bad_line line = {rows[i].line, 2, NULL};
        cli_run run = bad_run(folder, &line);
        char *const end = strchr(run.err, '\n');
        cr_assert_not_null(end, "clmlp %s", line.line);
        cr_expect_eq(strncmp(end, "\ntry 'clmlp ", 12), 0, "clmlp %s: says\n%s", line.line, run.err);
        *end = '\0';
        const size_t length = strlen(rows[i].end), said = strlen(run.err);
        const bool is_end = said >= length && strcmp(run.err + said - length, rows[i].end) == 0;
        cr_expect(is_end, "clmlp %s: says\n%s\nexpected\n%s",
                  line.line, run.err, rows[i].end);
        if (length == 0) cr_expect_null(strchr(run.err, ';'), "clmlp %s: says\n%s", line.line, run.err);
        cli_free(&run);
    }
    free(folder);
}

Test(cli_proposals, an_option_of_another_program_or_command_is_known)
{
    expect("options", options, sizeof options / sizeof *options);
}

Test(cli_proposals, a_word_of_a_closed_list_is_proposed)
{
    expect("values", values, sizeof values / sizeof *values);
}

Test(cli_proposals, a_command_is_proposed)
{
    expect("commands", commands, sizeof commands / sizeof *commands);
}

Test(cli_proposals, a_class_is_proposed)
{
    char *const folder = bad_folder("classes");
    cli_write(folder, "three.csv", "x,kind\n1,setosa\n2,versicolor\n3,setosa\n4,versicolor\n");
    cli_expect_bad(folder, "train three.csv --class-weights Setosa=2",
                   "there is no class 'Setosa', expected one of 'setosa', 'versicolor'; did you mean 'setosa'?");
    cli_expect_bad(folder, "train three.csv --device opncl", "opencl:NAME; did you mean 'opencl'?");
    free(folder);
}

Test(cli_proposals, a_file_of_the_folder_is_proposed)
{
    static const row rows[] = {
        {"train points.cvs",
         "clmlp: points.cvs: cannot be opened: No such file or directory; did you mean 'points.csv'?"},
        {"train ./pionts.csv", "; did you mean './points.csv'?"},
        {"train points", "; did you mean 'points.csv'?"},
        {"train points.txt", "; did you mean 'points.csv'?"},
        {"train Points.csv", "; did you mean 'points.csv'?"},
        {"train sub/packed.csv", "; did you mean 'sub/packed.csv.gz'?"},
        {"inspect pionts.csv", "; did you mean 'points.csv'?"},
        {"evaluate model points.csv", "; did you mean 'model.safetensors'?"},
        {"evaluate model.safetensor points.csv", "; did you mean 'model.safetensors'?"},
        {"train points.csv --labels reel.csv", "reel.csv: cannot be opened: No such file or directory; did you mean "
                                               "'real.csv'?"},
        {"train points.csv --test pionts.csv", "; did you mean 'points.csv'?"},
        {"train points.csv --init modle.safetensors", "; did you mean 'model.safetensors'?"},
        {"report pionts.csv", "; did you mean 'points.csv'?"},
        {"import modell.safetensors --model x", "; did you mean 'model.safetensors'?"},
        /* and what a file is that is no model is said */
        {"evaluate points.csv points.csv", "points.csv: not a model file: text (expected safetensors; Python's "
         "safetensors.torch.save_file writes them, and 'clmlp import' makes a model of ONNX)"},
        {"evaluate pickled points.csv", "not a model file: a Python pickle (expected safetensors; Python's "
         "safetensors.torch.save_file writes them, and 'clmlp import' makes a model of ONNX)"},
        /* a folder is no file, and one letter of a name is none in common */
        {"train subb", ": No such file or directory"},
        {"train q.csv", ": No such file or directory"},
        {"train nowhere/points.csv", ": No such file or directory"},
        {"train something-else.csv", ": No such file or directory"},
    };
    char *const folder = bad_folder("files");
    cli_ok(folder, "--version; mkdir sub; cp points.csv sub/packed.csv.gz; cp points.csv p.csv; printf "
                   "'\\200\\004\\225\\100\\000\\000\\000\\000\\000x' > pickled");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cli_run run = cli(folder, rows[i].line);
        char *const end = strrchr(run.err, '\n');
        cr_expect_eq(run.status, 2, "clmlp %s: exit status %d\n%s", rows[i].line, run.status, run.err);
        cr_assert_not_null(end, "clmlp %s", rows[i].line);
        *end = '\0';
        const size_t length = strlen(rows[i].end), said = strlen(run.err);
        const bool is_end = said >= length && strcmp(run.err + said - length, rows[i].end) == 0;
        cr_expect(is_end, "clmlp %s: says\n%s\nexpected\n%s",
                  rows[i].line, run.err, rows[i].end);
        cli_free(&run);
    }
    free(folder);
}

Test(cli_proposals, a_file_of_another_program_is_known_wherever_it_comes_from)
{
    char *const folder = bad_folder("foreign");
    cli_ok(folder, "--version; printf 'PAR1\\025\\000\\025\\200' > t.parquet; gzip -k t.parquet; "
                   "printf '{\"x\": 1}\\n{\"x\": 2}\\n' > t.csv");
    static const row rows[] = {
        {"train t.parquet",
         "t.parquet: a Parquet file, which is not read (expected CSV, IDX, NPY or svmlight text); this makes CSV of "
         "it: python3 -c \"import pandas; pandas.read_parquet('t.parquet').to_csv('t.parquet.csv', index=False)\" "
         "(pip install pandas pyarrow)"},
        {"train - < t.parquet", "standard input: a Parquet file"},
        {"inspect - < t.parquet.gz", "text); gunzip it, then this makes CSV of it"},
        {"evaluate model.safetensors t.parquet", "t.parquet: a Parquet file"},
        {"train points.csv --labels t.parquet.gz", "t.parquet.gz: a Parquet file"},
        {"train points.csv --test t.csv", "t.csv: JSON Lines, which is not read"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) cli_expect(folder, rows[i].line, 2, rows[i].end);
    cli_ok(folder, "inspect t.csv --format csv --header yes");
    free(folder);
}
