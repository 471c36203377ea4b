/* test_bad_lines.c - wrong usage: exit status and every byte of the message. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bad_lines.h"

#define TRY_CLMLP "\ntry 'clmlp --help'\n"
#define TRY_EVALUATE "\ntry 'clmlp evaluate --help'\n"
#define TRY_BENCH "\ntry 'clmlp bench --help'\n"
#define TRY_STEP "\ntry 'clmlp bench step --help'\n"
#define TRY_TUNE "\ntry 'clmlp tune --help'\n"
#define TRY_GEMM "\ntry 'clmlp bench gemm --help'\n"
#define EXPECTED_KIND "(expected step, gemm, ops, crossover or scaling)"
#define TRY_SCALING "\ntry 'clmlp bench scaling --help'\n"
#define NUMBERS "expected up to 16 numbers such as 1,10,100, each > 0"
#define TRY_CROSSOVER "\ntry 'clmlp bench crossover --help'\n"
#define NETWORK "expected the sizes of 2 to 64 layers such as 784,512,10, each from 1 to 2147483647"
#define SIZES "expected up to 64 sizes such as 32,128,512, each from 1 to 2147483647"
#define LAYERS "expected layer sizes such as 25 or 300,100, each from 1 to 2147483647, or '' for none"
#define SPAN "expected a number of steps from 1 to 2147483647, or a percentage > 0 and < 100 such as 5%"
#define COUNT "expected a whole number from 1 to 2147483647"

/* what is told of the data before its devices are looked for */
#define TASK "clmlp: task: classify, 3 classes in 'colour': blue 20, green 20, red 20\n"

static const bad_line usage[] = {
    {"trian points.csv", 2, "clmlp: unknown command 'trian'; did you mean 'train'?" TRY_CLMLP},
    {"xyzzy", 2, "clmlp: unknown command 'xyzzy'" TRY_CLMLP},
    {"''", 2, "clmlp: unknown command ''" TRY_CLMLP},
    {"--versoin", 2, "clmlp: unknown option '--versoin'; did you mean '--version'?" TRY_CLMLP},
    {"--version now", 2, "clmlp: unexpected argument 'now'" TRY_CLMLP},
    {"help evalaute", 2, "clmlp: unknown command 'evalaute'; did you mean 'evaluate'?" TRY_CLMLP},
    {"help train me", 2, "clmlp: unexpected argument 'me'" TRY_CLMLP},
    {"train", 2, "clmlp train: DATA is missing" TRY_TRAIN},
    {"train points.csv wide.csv", 2, "clmlp train: unexpected argument 'wide.csv'" TRY_TRAIN},
    {"evaluate model.safetensors", 2,
     "clmlp evaluate: found 'model.safetensors' alone (expected clmlp evaluate MODEL DATA)" TRY_EVALUATE},
    {"evaluate", 2, "clmlp evaluate: MODEL is missing (expected clmlp evaluate MODEL DATA)" TRY_EVALUATE},
    {"predict model.safetensors points.csv more", 2, "clmlp predict: unexpected argument 'more'" TRY_PREDICT},
    {"devices all", 2, "clmlp devices: unexpected argument 'all'\ntry 'clmlp devices --help'\n"},
    {"train points.csv --rte 1", 2, "clmlp train: unknown option '--rte'; did you mean '--rate'?" TRY_TRAIN},
    /* neighbours that changed places are one mistake; two mistakes are near */
    {"train points.csv --peocsh 1", 2, "clmlp train: unknown option '--peocsh'; did you mean '--epochs'?" TRY_TRAIN},
    {"train points.csv --lr 1", 2, "clmlp train: unknown option '--lr'; did you mean '--rate'?" TRY_TRAIN},
    {"train points.csv --learning_rate=1", 2,
     "clmlp train: unknown option '--learning_rate'; did you mean '--rate'?" TRY_TRAIN},
    {"train points.csv --batch-size 8", 2,
     "clmlp train: unknown option '--batch-size'; did you mean '--batch'?" TRY_TRAIN},
    {"train points.csv --patience 8", 2,
     "clmlp train: unknown option '--patience'; did you mean '--early-stopping'?" TRY_TRAIN},
    {"train points.csv --hidden-layers 8", 2,
     "clmlp train: unknown option '--hidden-layers'; did you mean '--hidden' (the sizes, not how many)?" TRY_TRAIN},
    {"predict m points.csv --patience 8", 2,
     "clmlp predict: unknown option '--patience'; '--early-stopping' is an option of train and search" TRY_PREDICT},
    {"verify m points.csv", 2, "clmlp verify: unexpected argument 'points.csv' (a model goes to an option: clmlp "
     "verify DATA --model MODEL)\ntry 'clmlp verify --help'\n"},
    {"train points.csv --frobnicate=3", 2, "clmlp train: unknown option '--frobnicate'" TRY_TRAIN},
    {"train points.csv -x", 2, "clmlp train: unknown option '-x'" TRY_TRAIN},
    {"train points.csv --quiet=yes", 2, "clmlp train: --quiet: takes no value" TRY_TRAIN},
    {"train points.csv --rate", 2, "clmlp train: --rate: expected a value" TRY_TRAIN},
    {"train points.csv --rate 0", 2, "clmlp train: --rate '0': expected a number > 0" TRY_TRAIN},
    {"train points.csv --rate -1", 2, "clmlp train: --rate '-1': expected a number > 0" TRY_TRAIN},
    {"train points.csv --rate 12x", 2, "clmlp train: --rate '12x': expected a number > 0" TRY_TRAIN},
    {"train points.csv --rate ' 1'", 2, "clmlp train: --rate ' 1': expected a number > 0" TRY_TRAIN},
    {"train points.csv --rate 0x10", 2, "clmlp train: --rate '0x10': expected a number > 0" TRY_TRAIN},
    {"train points.csv --rate=", 2, "clmlp train: --rate '': expected a number > 0" TRY_TRAIN},
    {"train points.csv --rate nan", 2, "clmlp train: --rate 'nan': expected a number > 0" TRY_TRAIN},
    {"train points.csv --rate 1e999", 2, "clmlp train: --rate '1e999': too large a number" TRY_TRAIN},
    {"train points.csv --lambda -0.5", 2, "clmlp train: --lambda '-0.5': expected a number >= 0" TRY_TRAIN},
    {"train points.csv --lambda inf", 2, "clmlp train: --lambda 'inf': expected a number >= 0" TRY_TRAIN},
    {"train points.csv --epochs 0", 2, "clmlp train: --epochs '0': " COUNT TRY_TRAIN},
    {"train points.csv --epochs 1.5", 2, "clmlp train: --epochs '1.5': " COUNT TRY_TRAIN},
    {"train points.csv --epochs 1e3", 2, "clmlp train: --epochs '1e3': " COUNT TRY_TRAIN},
    {"train points.csv --epochs 99999999999999999999", 2,
     "clmlp train: --epochs '99999999999999999999': " COUNT TRY_TRAIN},
    {"train points.csv --batch 0", 2, "clmlp train: --batch '0': " COUNT ", or full" TRY_TRAIN},
    {"train points.csv --batch none", 2, "clmlp train: --batch 'none': " COUNT ", or full" TRY_TRAIN},
    {"train points.csv --seed -1", 2,
     "clmlp train: --seed '-1': expected a whole number from 0 to 18446744073709551615" TRY_TRAIN},
    {"train points.csv --seed 18446744073709551616", 2,
     "clmlp train: --seed '18446744073709551616': expected a whole number from 0 to 18446744073709551615" TRY_TRAIN},
    {"train points.csv --hidden 25,,10", 2, "clmlp train: --hidden '25,,10': " LAYERS TRY_TRAIN},
    {"train points.csv --hidden 25,", 2, "clmlp train: --hidden '25,': " LAYERS TRY_TRAIN},
    {"train points.csv --hidden 0", 2, "clmlp train: --hidden '0': " LAYERS TRY_TRAIN},
    {"train points.csv --activation prelu", 2,
     "clmlp train: --activation 'prelu': expected one of: sigmoid tanh relu linear step swish selu mish leaky-relu elu "
     "gelu gelu-tanh softplus; did you mean 'leaky-relu' (its slope is fixed)?" TRY_TRAIN},
    {"train points.csv --activation step", 2,
     "clmlp train: --activation 'step': the step function has derivative 0 everywhere, so gradient descent cannot "
     "train with it; it can only predict; did you mean 'sigmoid'?" TRY_TRAIN},
    {"train points.csv --initialisation he", 2,
     "clmlp train: --initialisation 'he': expected one of: glorot-uniform glorot-normal he-uniform he-normal "
     "lecun-uniform lecun-normal epsilon ntk; did you mean 'he-normal'?" TRY_TRAIN},
    {"train points.csv --init model.safetensors --initialisation ntk", 2,
     "clmlp train: --initialisation: theta comes from --init 'model.safetensors'; leave it out" TRY_TRAIN},
    {"train points.csv --output Sigmoid", 2,
     "clmlp train: --output 'Sigmoid': expected one of: sigmoid softmax linear; did you mean 'sigmoid'?" TRY_TRAIN},
    {"train points.csv --optimizer adams", 2,
     "clmlp train: --optimizer 'adams': expected one of: sgd momentum nesterov rmsprop adam adamw lbfgs cg; did you "
     "mean 'adam'?" TRY_TRAIN},
    {"train points.csv --optimizer adam --momentum 0.5", 2,
     "clmlp train: --momentum: has no meaning with --optimizer adam (expected --optimizer momentum or nesterov)"
     TRY_TRAIN},
    {"train points.csv --optimizer rmsprop --beta1 0.5", 2,
     "clmlp train: --beta1: has no meaning with --optimizer rmsprop (expected --optimizer adam or adamw)" TRY_TRAIN},
    {"train points.csv --beta2 0.5", 2,
     "clmlp train: --beta2: has no meaning with --optimizer sgd (expected --optimizer rmsprop, adam or adamw)"
     TRY_TRAIN},
    {"verify points.csv --optimizer nesterov --epsilon 0.5", 2,
     "clmlp verify: --epsilon: has no meaning with --optimizer nesterov (expected --optimizer rmsprop, adam or adamw)"
     "\ntry 'clmlp verify --help'\n"},
    {"train points.csv --optimizer adam --weight-decay 0.5", 2,
     "clmlp train: --weight-decay: has no meaning with --optimizer adam (expected --optimizer adamw; --lambda is for "
     "all of them)" TRY_TRAIN},
    {"train points.csv --optimizer adam --beta1 1", 2, "clmlp train: --beta1 '1': expected a number >= 0 and < 1"
     TRY_TRAIN},
    {"train points.csv --optimizer adam --beta2 0", 2, "clmlp train: --beta2 '0': expected a number > 0 and < 1"
     TRY_TRAIN},
    {"train points.csv --optimizer adam --epsilon 0", 2, "clmlp train: --epsilon '0': expected a number > 0" TRY_TRAIN},
    {"train points.csv --optimizer adamw --weight-decay -1", 2,
     "clmlp train: --weight-decay '-1': expected a number >= 0" TRY_TRAIN},
    {"train points.csv --bias-rate 0", 2, "clmlp train: --bias-rate '0': expected a number > 0" TRY_TRAIN},
    {"train points.csv --layer-rates 1,,2", 2,
     "clmlp train: --layer-rates '1,,2': expected fan-in, or a number > 0 for each theta(l), such as 1,0.5" TRY_TRAIN},
    {"train points.csv --optimizer lbfgs --rate 0.5", 2,
     "clmlp train: --rate: has no meaning with --optimizer lbfgs" TRY_TRAIN},
    {"train points.csv --optimizer lbfgs --momentum 0.5", 2,
     "clmlp train: --momentum: has no meaning with --optimizer lbfgs" TRY_TRAIN},
    {"train points.csv --optimizer lbfgs --beta2 0.5", 2,
     "clmlp train: --beta2: has no meaning with --optimizer lbfgs" TRY_TRAIN},
    {"train points.csv --optimizer cg --weight-decay 0.5", 2,
     "clmlp train: --weight-decay: has no meaning with --optimizer cg" TRY_TRAIN},
    {"train points.csv --optimizer cg --layer-rates fan-in", 2,
     "clmlp train: --layer-rates: has no meaning with --optimizer cg" TRY_TRAIN},
    {"train points.csv --optimizer cg --bias-rate 0.5", 2,
     "clmlp train: --bias-rate: has no meaning with --optimizer cg" TRY_TRAIN},
    {"train points.csv --optimizer cg --find-rate", 2,
     "clmlp train: --find-rate: has no meaning with --optimizer cg" TRY_TRAIN},
    {"train points.csv --optimizer cg --last-batch drop", 2,
     "clmlp train: --last-batch: has no meaning with --optimizer cg" TRY_TRAIN},
    {"verify points.csv --optimizer cg --free-run", 2,
     "clmlp verify: --free-run: has no meaning with --optimizer cg, whose line search decides by the numbers that it "
     "meets, so that two right runs part (lock-step has)\ntry 'clmlp verify --help'\n"},
    {"verify points.csv --optimizer lbfgs --rate 0.1", 2,
     "clmlp verify: --rate: has no meaning with --optimizer lbfgs\ntry 'clmlp verify --help'\n"},
    {"verify points.csv --optimizer cg --lbfgs-pairs 5", 2,
     "clmlp verify: --lbfgs-pairs: has no meaning with --optimizer cg\ntry 'clmlp verify --help'\n"},
    {"train points.csv --optimizer cg --bundle b.safetensors", 2,
     "clmlp train: --bundle: --optimizer cg saves an iteration that --self-check finds, and there is none" TRY_TRAIN},
    {"train points.csv --optimizer cg --lbfgs-pairs 5", 2,
     "clmlp train: --lbfgs-pairs: has no meaning with --optimizer cg" TRY_TRAIN},
    {"train points.csv --schedule cos", 2,
     "clmlp train: --schedule 'cos': expected one of: constant step exponential cosine flat-cosine coslog4 inverse "
     "linear; did you mean 'cosine'?" TRY_TRAIN},
    {"train points.csv --warmup 0", 2, "clmlp train: --warmup '0': " SPAN TRY_TRAIN},
    {"train points.csv --warmup 100%", 2, "clmlp train: --warmup '100%': " SPAN TRY_TRAIN},
    {"train points.csv --warmup 0%", 2, "clmlp train: --warmup '0%': " SPAN TRY_TRAIN},
    {"train points.csv --warmup %", 2, "clmlp train: --warmup '%': " SPAN TRY_TRAIN},
    {"train points.csv --warmup 0.1", 2, "clmlp train: --warmup '0.1': " SPAN TRY_TRAIN},
    {"train points.csv --schedule step --decay-every -3", 2, "clmlp train: --decay-every '-3': " SPAN TRY_TRAIN},
    {"train points.csv --schedule step --decay 0", 2, "clmlp train: --decay '0': expected a number > 0" TRY_TRAIN},
    {"train points.csv --schedule step --decay 1.5", 2,
     "clmlp train: --decay '1.5': expected a number > 0 and at most 1 for --schedule step" TRY_TRAIN},
    {"train points.csv --min-rate -1", 2, "clmlp train: --min-rate '-1': expected a number >= 0" TRY_TRAIN},
    {"train points.csv --min-rate 0.1", 2,
     "clmlp train: --min-rate: has no meaning with --schedule constant (expected --schedule step, exponential, cosine, "
     "flat-cosine, coslog4, inverse or linear)" TRY_TRAIN},
    {"train points.csv --schedule cosine --decay 0.5", 2,
     "clmlp train: --decay: has no meaning with --schedule cosine (expected --schedule step, exponential or inverse)"
     TRY_TRAIN},
    {"train points.csv --schedule inverse --decay-every 5", 2,
     "clmlp train: --decay-every: has no meaning with --schedule inverse (expected --schedule step or exponential)"
     TRY_TRAIN},
    {"train points.csv --find-range 1:2", 2, "clmlp train: --find-range: there is no --find-rate" TRY_TRAIN},
    {"train points.csv --find-rate --find-range 2:1", 2,
     "clmlp train: --find-range '2:1': expected two numbers > 0, the smaller first, such as 1e-5:100" TRY_TRAIN},
    {"train points.csv --find-rate --find-range 0.1", 2,
     "clmlp train: --find-range '0.1': expected two numbers > 0, the smaller first, such as 1e-5:100" TRY_TRAIN},
    {"train points.csv --find-rate --cross-validate 3", 2,
     "clmlp train: --find-rate and --cross-validate: only one of them at a time" TRY_TRAIN},
    {"train points.csv --scale max", 2,
     "clmlp train: --scale 'max': expected one of: auto none minmax standard pixel robust robust-clip" TRY_TRAIN},
    {"train points.csv --delimiter ,", 2,
     "clmlp train: --delimiter ',': expected one of: auto comma semicolon tab; did you mean 'comma'?" TRY_TRAIN},
    {"evaluate model.safetensors points.csv --decimal comma", 2,
     "clmlp evaluate: --decimal 'comma': expected one of: . ,; did you mean ','?" TRY_EVALUATE},
    {"predict model.safetensors points.csv --decimal", 2, "clmlp predict: --decimal: expected a value" TRY_PREDICT},
    {"train points.csv --missing drop", 2, "clmlp train: --missing 'drop': expected one of: error impute" TRY_TRAIN},
    {"train points.csv --unseen ignore", 2, "clmlp train: --unseen 'ignore': expected one of: zeros error" TRY_TRAIN},
    {"train points.csv --max-categories 0", 2, "clmlp train: --max-categories '0': " COUNT TRY_TRAIN},
    {"train points.csv --categorical", 2, "clmlp train: --categorical: expected a value" TRY_TRAIN},
    {"predict model.safetensors points.csv --missing zero", 2,
     "clmlp predict: --missing 'zero': expected one of: error impute" TRY_PREDICT},
    {"evaluate model.safetensors points.csv --unseen zero", 2,
     "clmlp evaluate: --unseen 'zero': expected one of: zeros error; did you mean 'zeros'?" TRY_EVALUATE},
    {"bench step --missing-targets keep", 2,
     "clmlp bench step: --missing-targets 'keep': expected one of: error drop" TRY_STEP},
    {"train - --test /dev/stdin", 2,
     "clmlp train: '-' and '/dev/stdin': the standard input can be read once" TRY_TRAIN},
    {"train points.csv --class-names a,b,c", 2, "clmlp train: --class-names 'a,b,c': there is no --init" TRY_TRAIN},
    {"train points.csv --task regression", 2,
     "clmlp train: --task 'regression': expected one of: auto classify regress; did you mean 'regress'?" TRY_TRAIN},
    {"train points.csv --task regress --output softmax", 2,
     "clmlp train: --task and --output 'softmax': numbers are learned with --output linear" TRY_TRAIN},
    {"train points.csv --task classify --output linear", 2,
     "clmlp train: --task and --output 'linear': classes are learned with --output sigmoid or softmax" TRY_TRAIN},
    {"train points.csv --header maybe", 2, "clmlp train: --header 'maybe': expected one of: auto yes no" TRY_TRAIN},
    {"train points.csv --precision f16", 2, "clmlp train: --precision 'f16': expected one of: f32 f64" TRY_TRAIN},
    {"train points.csv --devices cpu,cpu", 2,
     TASK "clmlp train: --devices 'cpu,cpu': found 2 devices, and there is one process (expected one; mpirun -n 2 "
     "clmlp ... starts as many)" TRY_TRAIN},
    {"train points.csv --devices cpu --device cpu", 2,
     TASK "clmlp train: --device and --devices both say what computes; leave one out" TRY_TRAIN},
    {"train points.csv --device-memory 5X", 2,
     "clmlp train: --device-memory '5X': expected a size in bytes, such as 800M or 2G (K, M, G and T are powers of "
     "1024)" TRY_TRAIN},
    {"train points.csv --device-memory 99999999T", 2,
     "clmlp train: --device-memory '99999999T': too large a size" TRY_TRAIN},
    {"train points.csv --model --json", 2,
     "clmlp train: --model '--json': expected a value, found an option (write ./--name for such a file)" TRY_TRAIN},
    {"train points.csv --model ''", 2, "clmlp train: --model '': expected a text that is not empty" TRY_TRAIN},
    {"train points.csv --dropout 1", 2,
     "clmlp train: --dropout '1': expected numbers such as 0.5 or 0.2,0.5, each >= 0 and < 1: one for all hidden "
     "layers or one for each" TRY_TRAIN},
    {"train points.csv --dropout 0.5,", 2,
     "clmlp train: --dropout '0.5,': expected numbers such as 0.5 or 0.2,0.5, each >= 0 and < 1: one for all hidden "
     "layers or one for each" TRY_TRAIN},
    {"train points.csv --label-smoothing 1", 2,
     "clmlp train: --label-smoothing '1': expected a number >= 0 and < 1" TRY_TRAIN},
    {"train points.csv --test-labels l.csv", 2, "clmlp train: --test-labels 'l.csv': there is no --test" TRY_TRAIN},
    {"train points.csv --self-check 500", 2,
     "clmlp train: --self-check '500': expected a share such as 1/500: one step in 500" TRY_TRAIN},
    {"train points.csv --self-check 1/0", 2,
     "clmlp train: --self-check '1/0': expected a share such as 1/500: one step in 500" TRY_TRAIN},
    {"train points.csv --self-check 2/500", 2,
     "clmlp train: --self-check '2/500': expected a share such as 1/500: one step in 500" TRY_TRAIN},
    {"train points.csv --self-check 1/5 --on-mismatch ignore", 2,
     "clmlp train: --on-mismatch 'ignore': expected one of: stop warn cpu" TRY_TRAIN},
    {"train points.csv --on-mismatch warn", 2, "clmlp train: --on-mismatch 'warn': there is no --self-check" TRY_TRAIN},
    {"train points.csv --self-check 1/5 --bundle points.csv", 2,
     "clmlp train: --bundle 'points.csv': cannot be written: would overwrite an input" TRY_TRAIN},
    {"evaluate model.safetensors points.csv --lambda -1", 2,
     "clmlp evaluate: --lambda '-1': expected a number >= 0" TRY_EVALUATE},
    {"evaluate model.safetensors points.csv --rate 1", 2,
     "clmlp evaluate: unknown option '--rate'; it is an option of train, search, export and others" TRY_EVALUATE},
    {"tune points.csv", 2, "clmlp tune: unexpected argument 'points.csv'" TRY_TUNE},
    {"tune --layer 2,1", 2, "clmlp tune: unknown option '--layer'; did you mean '--layers'?" TRY_TUNE},
    {"tune --layers 784", 2, "clmlp tune: --layers '784': " NETWORK TRY_TUNE},
    {"tune --batch 32", 2, "clmlp tune: --batch '32' is the batch of one network, and none is named: add its --layers, "
     "as in --layers 784,512,10 (without both, three networks are tried)" TRY_TUNE},
    {"tune --layers 4,2 --batch full", 2, "clmlp tune: --batch 'full': " COUNT TRY_TUNE},
    {"tune --engine auto", 2, "clmlp tune: --engine 'auto': expected one of: native clblast all" TRY_TUNE},
    {"tune --engine cublas", 2,
     "clmlp tune: --engine 'cublas': expected one of: native clblast all; did you mean 'clblast'?" TRY_TUNE},
    {"tune --seconds 0", 2, "clmlp tune: --seconds '0': expected a number > 0" TRY_TUNE},
    {"tune --seconds inf", 2, "clmlp tune: --seconds 'inf': expected a number > 0" TRY_TUNE},
    {"tune --risk 0", 2, "clmlp tune: --risk '0': expected a number > 0 and <= 1" TRY_TUNE},
    {"tune --risk 1.5", 2, "clmlp tune: --risk '1.5': expected a number > 0 and <= 1" TRY_TUNE},
    {"tune --precision f16", 2, "clmlp tune: --precision 'f16': expected one of: f32 f64" TRY_TUNE},
    {"tune --dry-run=yes", 2, "clmlp tune: --dry-run: takes no value" TRY_TUNE},
    {"tune --device cpu", 2, "clmlp: device 'cpu': the CPU path has nothing to tune (expected an OpenCL device)\n"},
    {"tune --device nowhere", 2,
     "clmlp: device 'nowhere': expected auto, cpu, opencl, opencl:PLATFORM.DEVICE or opencl:NAME\n"},
    {"bench", 2, "clmlp bench: KIND is missing " EXPECTED_KIND TRY_BENCH},
    {"bench stpe", 2, "clmlp bench: unknown kind 'stpe'; did you mean 'step'?" TRY_BENCH},
    {"bench xyzzy", 2, "clmlp bench: unknown kind 'xyzzy' " EXPECTED_KIND TRY_BENCH},
    {"bench --layers 2,1", 2, "clmlp bench: unknown kind '--layers' " EXPECTED_KIND TRY_BENCH},
    {"help bench xyzzy", 2, "clmlp bench: unknown kind 'xyzzy' " EXPECTED_KIND TRY_BENCH},
    {"help bench step now", 2, "clmlp: unexpected argument 'step'" TRY_CLMLP},
    {"bench step 784,512,10", 2, "clmlp bench step: unexpected argument '784,512,10'" TRY_STEP},
    {"bench step --layers 784", 2, "clmlp bench step: --layers '784': " NETWORK TRY_STEP},
    {"bench step --layers 784,0,10", 2, "clmlp bench step: --layers '784,0,10': " NETWORK TRY_STEP},
    {"bench step --layers ''", 2, "clmlp bench step: --layers '': " NETWORK TRY_STEP},
    {"bench step --batch full", 2, "clmlp bench step: --batch 'full': " COUNT TRY_STEP},
    {"bench step --seconds 0", 2, "clmlp bench step: --seconds '0': expected a number > 0" TRY_STEP},
    {"bench step --activation step", 2,
     "clmlp bench step: --activation 'step': the step function has derivative 0 everywhere, so gradient descent cannot "
     "train with it; it can only predict; did you mean 'sigmoid'?" TRY_STEP},
    {"bench step --json --csv", 2, "clmlp bench step: --json and --csv exclude each other" TRY_STEP},
    {"bench step --hidden 5", 2,
     "clmlp bench step: unknown option '--hidden'; it is an option of train, search, verify and others" TRY_STEP},
    {"bench gemm --m 0", 2, "clmlp bench gemm: --m '0': " COUNT TRY_GEMM},
    {"bench gemm --layers 2,1", 2,
     "clmlp bench gemm: unknown option '--layers'; it is an option of tune, bench step, bench ops and others" TRY_GEMM},
    {"bench ops --batch -1", 2, "clmlp bench ops: --batch '-1': " COUNT "\ntry 'clmlp bench ops --help'\n"},
    {"bench crossover --widths 1,x", 2, "clmlp bench crossover: --widths '1,x': " SIZES TRY_CROSSOVER},
    {"bench crossover --batches ''", 2, "clmlp bench crossover: --batches '': " SIZES TRY_CROSSOVER},
    {"bench crossover --csv --json", 2, "clmlp bench crossover: --json and --csv exclude each other" TRY_CROSSOVER},
    {"bench scaling --csv --json", 2, "clmlp bench scaling: --json and --csv exclude each other" TRY_SCALING},
    {"bench scaling --links 1,0", 2, "clmlp bench scaling: --links '1,0': " NUMBERS TRY_SCALING},
    {"bench scaling --links ''", 2, "clmlp bench scaling: --links '': " NUMBERS TRY_SCALING},
    {"bench scaling --links 1,", 2, "clmlp bench scaling: --links '1,': " NUMBERS TRY_SCALING},
    {"bench scaling --links 1e999", 2, "clmlp bench scaling: --links '1e999': " NUMBERS TRY_SCALING},
    {"bench scaling --alpha nan", 2, "clmlp bench scaling: --alpha 'nan': " NUMBERS TRY_SCALING},
    {"bench scaling --links 1,2,3 --alpha 5,6", 2,
     "clmlp bench scaling: --alpha has 2 numbers (expected 1, or 3, one for each of --links)" TRY_SCALING},
    {"bench scaling --overhead 5,6", 2,
     "clmlp bench scaling: --overhead has 2 numbers (expected 1, or 3, one for each of --links)" TRY_SCALING},
    {"bench scaling --links 1 --alpha 5 --overhead 6", 2,
     "clmlp bench scaling: --overhead is 6 where --alpha is 5 (expected at most as much)" TRY_SCALING},
    {"bench scaling --layers 5", 2, "clmlp bench scaling: --layers '5': " NETWORK TRY_SCALING},
    {"bench scaling --batch full", 2, "clmlp bench scaling: --batch 'full': " COUNT TRY_SCALING},
};

Test(cli_bad_lines, wrong_usage_is_refused_word_for_word)
{
    char *const folder = bad_folder("usage");
    bad_expect(folder, usage, sizeof usage / sizeof usage[0]);
    free(folder);
}

Test(cli_bad_lines, no_command_prints_the_short_help_on_standard_error)
{
    char *const folder = bad_folder("none");
    cli_run run = cli(folder, "");
    cr_assert_eq(run.status, 2);
    cr_assert_str_empty(run.out);
    cr_assert_eq(strncmp(run.err, "Usage: clmlp COMMAND", 20), 0, "%s", run.err);
    cli_free(&run);
    free(folder);
}
