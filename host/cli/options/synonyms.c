/* synonyms.c - words of other programs, and what they are called here: PyTorch, Keras, scikit-learn, LightGBM, XGBoost,
 * fastai, MATLAB. Words that a slip of the finger makes are not here: the nearest ones are found by themselves. */
#include "options/synonyms.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <clmlp/text.h>

bool clmlp_cli_is_same_word(const char *one, const char *other)
{
    for (;;) {
        one += strspn(one, "-_ ");
        other += strspn(other, "-_ ");
        if (tolower((unsigned char)*one) != tolower((unsigned char)*other)) return false;
        if (*one == '\0') return true;
        one++;
        other++;
    }
}

/* Whether a name says that something is not to be: "no-shuffle". */
static bool is_negated(const char *name)
{
    static const char *const words[] = {"no-", "no_", "not-", "dont-", "disable-", "without-"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strncmp(name, words[i], strlen(words[i])) == 0) return true;
    }
    return false;
}

bool clmlp_cli_is_opposite(const char *one, const char *other)
{
    return is_negated(one) != is_negated(other);
}

/* Whether `word` is one of a list between blanks, or, where near, almost one. */
static bool is_nearly_listed(const char *list, const char *word, bool near)
{
    char item[48];
    const char *const items[] = {item};
    for (list += strspn(list, " "); *list != '\0'; list += strspn(list, " ")) {
        const size_t length = strcspn(list, " ");
        if (length < sizeof item) {
            memcpy(item, list, length);
            item[length] = '\0';
            if (clmlp_cli_is_same_word(item, word)) return true;
            if (near && !clmlp_cli_is_opposite(item, word) && clmlp_nearest(word, items, 1) != NULL) return true;
        }
        list += length;
    }
    return false;
}

static bool is_listed(const char *list, const char *word)
{
    return is_nearly_listed(list, word, false);
}

#define PENALTY "lambda/2m of theta squared; see docs/mathematics.md"
#define STEPS "it counts steps"
#define EPOCHS "it counts epochs"

/* A row may follow another with the same words: both are meant. `but` says where another unit or meaning is here. */
static const struct {
    const char *option, *names, *but;
} options[] = {
    {"rate", "lr eta learning-rate learning-rate-init base-lr initial-lr step-size-init shrinkage alpha", NULL},
    {"batch", "batch-size bs mini-batch minibatch-size per-device-train-batch-size", NULL},
    {"early-stopping", "patience early-stop early-stopping-rounds early-stopping-patience n-iter-no-change "
                       "stopping-rounds", NULL},
    {"tolerance", "min-delta tol early-stopping-min-delta", NULL},
    {"keep-best", "restore-best-weights save-best save-best-only", NULL},
    {"epochs", "max-iter max-epochs n-epochs nepochs num-epochs num-train-epochs", NULL},
    {"epochs", "iterations num-iterations num-boost-round nrounds max-iterations", "passes over the data"},
    {"hidden", "hidden-layer-sizes hidden-sizes hidden-size hidden-units hidden-dim hidden-dims units neurons", NULL},
    {"hidden", "layers layer layer-sizes architecture arch topology", "hidden layers alone"},
    {"hidden", "hidden-layers n-hidden num-hidden", "the sizes, not how many"},
    {"activation", "act act-fn activation-function activation-fn hidden-activation nonlinearity transfer-function",
     NULL},
    {"output", "loss loss-function loss-fn cost cost-function criterion objective output-activation out-activation",
     NULL},
    {"initialisation", "weight-init weights-init init-method initializer initialiser kernel-initializer init-weights",
     NULL},
    {"lambda", "l2 lambda2 lambda-l2 reg-lambda reg regularization regularisation l2-regularization alpha "
               "weight-penalty", PENALTY},
    {"weight-decay", "wd decoupled-weight-decay", NULL},
    {"lambda", "weight-decay", PENALTY}, /* where there is no other */
    {"optimizer", "optim solver algorithm trainer opt train-fcn", NULL},
    {"momentum", "mu", NULL},
    {"beta1", "adam-beta1 beta-one", NULL},
    {"beta2", "adam-beta2 beta-two rho", NULL},
    {"epsilon", "eps adam-epsilon", NULL},
    {"dropout", "dropout-rate dropout-prob drop-rate p-dropout drop", NULL},
    {"label-smoothing", "smoothing label-smooth", NULL},
    {"clip-norm", "max-grad-norm clipnorm global-clipnorm", NULL},
    {"clip-norm", "gradient-clip gradient-clip-val gradient-clipping grad-clip clip-grad clip max-norm",
     "of the whole gradient"},
    {"schedule", "lr-schedule lr-scheduler scheduler lr-scheduler-type lr-policy learning-rate-schedule", NULL},
    {"warmup", "warmup-steps num-warmup-steps", NULL},
    {"warmup", "warmup-ratio warmup-epochs lr-warmup", STEPS},
    {"min-rate", "min-lr lr-min eta-min final-lr", NULL},
    {"decay", "gamma lr-decay lr-gamma decay-rate", NULL},
    {"decay-every", "lr-decay-steps decay-steps", NULL},
    {"decay-every", "lr-step-size", STEPS},
    {"find-rate", "lr-find find-lr lr-finder auto-lr-find", NULL},
    {"seed", "random-state random-seed manual-seed rng-seed rng", NULL},
    {"validation", "validation-split validation-fraction validation-data validation-file val-split val-data val-file "
                   "val-size valid valid-data valid-file val eval-data eval-set holdout test-size", NULL},
    {"test", "test-data test-file test-set", NULL},
    {"cross-validate", "folds k-folds kfold k-fold n-folds n-splits cv cross-validation cross-val", NULL},
    {"monitor", "metric metrics eval-metric monitor-metric scoring", NULL},
    {"metric", "monitor eval-metric scoring score", NULL},
    {"ensemble", "n-estimators num-models bagging members", NULL},
    {"target", "target-column target-col target-name label-column label-col label response y dependent", NULL},
    {"labels", "label y targets labels-file y-file", NULL},
    {"features", "usecols columns feature-cols feature-columns predictors inputs", NULL},
    {"ignore", "drop-columns drop-cols exclude exclude-columns ignore-columns ignore-column skip-columns", NULL},
    {"categorical", "categorical-feature categorical-features cat-features cat-cols categorical-columns categories",
     NULL},
    {"missing-values", "na-values missing-value nan-values", NULL},
    {"weights", "sample-weight sample-weights weight-column", NULL},
    {"delimiter", "sep separator delim", NULL},
    {"header", "has-header header-row", NULL},
    {"scale", "scaler normalize normalise normalization standardize standardise scaling preprocessing", NULL},
    {"target-scale", "scale-target normalize-target target-transform", NULL},
    {"device", "gpu gpus cuda use-gpu use-cuda gpu-id device-type accelerator device-id platform", NULL},
    {"precision", "dtype fp float-type double fp64 fp32 float64 float32", NULL},
    {"model", "save save-model save-path output-model model-file model-path model-out out output-file", NULL},
    {"out", "output-file outfile save save-path output-model", NULL},
    {"history", "log-file csv-log csv-logger log history-file", NULL},
    {"log", "log-file journal storage history", NULL},
    {"tensorboard", "logdir log-dir tensorboard-dir tb", NULL},
    {"report", "html page", NULL},
    {"checkpoint", "checkpoint-path checkpoint-dir ckpt ckpt-path snapshot", NULL},
    {"checkpoint-every", "save-every save-freq save-steps save-interval checkpoint-freq snapshot-every", EPOCHS},
    {"resume", "resume-from resume-from-checkpoint continue restart", NULL},
    {"init", "warm-start pretrained load load-model init-model initial-model start-from finetune fine-tune", NULL},
    {"trials", "n-trials n-iter num-samples budget max-evals", NULL},
    {"strategy", "sampler search-type tuner method", NULL},
    {"threshold", "cutoff decision-threshold", NULL},
    {"keep", "id id-column keep-columns id-cols", NULL},
    {"no-shuffle", "noshuffle dont-shuffle sequential", NULL},
    {"overwrite", "force replace", NULL},
    {"quiet", "silent", NULL},
};

const char *clmlp_cli_option_called(const char *name, bool near, size_t *at, const char **but)
{
    while (*at < sizeof options / sizeof *options) {
        const size_t i = (*at)++;
        *but = options[i].but;
        if (is_nearly_listed(options[i].names, name, near)) return options[i].option;
    }
    return NULL;
}

static const struct {
    const char *names;
    clmlp_cli_explanation explanation;
} explanations[] = {
    {"shuffle", {"no-shuffle", "examples are taken in a new order each epoch, unless --no-shuffle is given"}},
    {"l1 l1-ratio lambda-l1 reg-alpha elasticnet", {"lambda", "there is no L1 penalty; --lambda is the L2 one"}},
    {"no-header", {"header", "--header no says that the first line holds data"}},
    {"stratify stratified", {"validation", "--validation and --cross-validate divide by class always"}},
    {"n-classes num-classes num-class n-features input-size input-dim in-features out-features output-size output-dim",
     {"hidden", "the sizes of input and output come from the data; --hidden has the others"}},
    {"batch-norm batchnorm bn layer-norm", {"hidden", "there is no normalisation between layers"}},
    {"amp fp16 half bf16 mixed-precision", {"precision", "there are f32 and f64 alone (--precision)"}},
    {"sgd adam adamw rmsprop nesterov lbfgs", {"optimizer", "the optimizer is named behind --optimizer"}},
    {"relu tanh sigmoid gelu", {"activation", "the activation is named behind --activation"}},
};

clmlp_cli_explanation clmlp_cli_explain_option(const char *name)
{
    for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++) {
        if (is_listed(explanations[i].names, name)) return explanations[i].explanation;
    }
    return (clmlp_cli_explanation){NULL, NULL};
}

bool clmlp_cli_is_argument(const char *argument, const char *name)
{
    if (strcmp(argument, "DATA") == 0) {
        return is_listed("data input train train-data training-data train-file file csv dataset data-path", name);
    }
    return strcmp(argument, "MODEL") == 0 &&
           is_listed("model model-file model-path load checkpoint weights-file", name);
}

/* --- words of closed lists ------------------------------------------------------------------------------------ */

/* word "": there is none that does the same, and none is near. */
static const struct {
    const char *option, *word, *names, *but;
} words[] = {
    {"activation", "", "relu6 crelu silu6", NULL},
    {"activation", "elu", "celu", "the same where alpha is 1"},
    {"optimizer", "", "nadam radam adamax adafactor adagrad adadelta amsgrad nadamw lamb lion trainlm", NULL},
    {"scale", "", "quantile unit normal norm", NULL},
    {"initialisation", "", "uniform random-uniform normal random-normal random", NULL},
    {"schedule", "", "onecycle one-cycle", NULL},
    {"activation", "swish", "silu sil", NULL},
    {"activation", "sigmoid", "logistic logsig sigm", NULL},
    {"activation", "tanh", "tansig hyperbolic-tangent htan", NULL},
    {"activation", "relu", "rectifier poslin rectified-linear", NULL},
    {"activation", "leaky-relu", "lrelu", NULL},
    {"activation", "leaky-relu", "prelu", "its slope is fixed"},
    {"activation", "linear", "identity none purelin no", NULL},
    {"activation", "step", "heaviside hardlim threshold perceptron sign", NULL},
    {"activation", "gelu-tanh", "gelu-new gelu-fast gelu-approximate", NULL},
    /* refused in training, where its derivative is 0: the smooth one */
    {"activation", "sigmoid", "step", NULL},
    {"output", "linear", "identity regression mse mean-squared-error squared-error l2 none real", NULL},
    {"output", "softmax", "multiclass categorical categorical-crossentropy cross-entropy crossentropy nll multi-class",
     NULL},
    {"output", "sigmoid", "logistic binary bce binary-crossentropy binary-logistic multilabel", NULL},
    {"optimizer", "sgd", "gd gradient-descent vanilla descent", NULL},
    {"optimizer", "momentum", "sgd-momentum momentum-sgd heavy-ball sgdm", NULL},
    {"optimizer", "nesterov", "nag nesterov-momentum", NULL},
    {"optimizer", "lbfgs", "lbfgs-b bfgs quasi-newton", NULL},
    {"optimizer", "cg", "conjugate-gradient fmincg scg ncg traincgp trainscg newton-cg", NULL},
    {"initialisation", "glorot-uniform", "xavier glorot xavier-uniform", NULL},
    {"initialisation", "glorot-normal", "xavier-normal", NULL},
    {"initialisation", "he-uniform", "kaiming-uniform", NULL},
    {"initialisation", "he-normal", "he kaiming kaiming-normal", NULL},
    {"initialisation", "lecun-normal", "lecun", NULL},
    {"schedule", "constant", "none fixed const off", NULL},
    {"schedule", "step", "steplr step-decay multistep piecewise", NULL},
    {"schedule", "exponential", "exp exponentiallr exponential-decay", NULL},
    {"schedule", "cosine", "cosine-annealing cosineannealinglr cosine-decay cos", NULL},
    {"schedule", "inverse", "inv invscaling inverse-time inverse-time-decay", NULL},
    {"schedule", "linear", "linearlr linear-decay polynomial poly", NULL},
    {"task", "classify", "classification classifier binary multiclass multilabel class", NULL},
    {"task", "regress", "regression regressor real numeric", NULL},
    {"scale", "standard", "standardize standardise zscore standard-scaler normalize", NULL},
    {"scale", "minmax", "min-max-scaler range 0-1", NULL},
    {"scale", "robust", "robust-scaler iqr", NULL},
    {"scale", "none", "off no false", NULL},
    {"target-scale", "standard", "standardize standardise zscore standard-scaler normalize", NULL},
    {"target-scale", "none", "off no false", NULL},
    {"precision", "f32", "float32 fp32 float single 32 float-32", NULL},
    {"precision", "f64", "float64 fp64 double 64 float-64", NULL},
    {"format", "svmlight", "libsvm svm sparse", NULL},
    {"format", "csv", "tsv txt text", NULL},
    {"format", "idx", "mnist ubyte", NULL},
    {"format", "npy", "numpy", NULL},
    {"delimiter", "comma", ", csv", NULL},
    {"delimiter", "semicolon", ";", NULL},
    {"delimiter", "tab", "\t \\t tsv tabulator", NULL},
    {"decimal", ".", "point dot period", NULL},
    {"decimal", ",", "comma", NULL},
    {"header", "yes", "true 1 y on first", NULL},
    {"header", "no", "false 0 n none off", NULL},
    {"script", "pytorch", "torch keras tensorflow tf jax flax lightning", NULL},
    {"script", "sklearn", "scikit-learn scikit python", NULL},
    {"script", "octave", "matlab", NULL},
    {"preset", "tabular", "table tables tab csv", NULL},
    {"strategy", "halving", "successive-halving hyperband sha asha", NULL},
    {"strategy", "random", "randomized randomised grid", NULL},
    {"ensemble-by", "folds", "bagging fold cv", NULL},
    {"ensemble-by", "seeds", "seed random", NULL},
    {"device", "opencl", "gpu cuda nvidia amd rocm hip mps metal xpu sycl opencl-gpu", NULL},
    {"device", "cpu", "host", NULL},
    /* --monitor and --metric */
    {"metric", "cost", "loss val-loss validation-loss j", NULL},
    {"metric", "accuracy", "acc val-acc val-accuracy accuracy-score", NULL},
    {"metric", "balanced_accuracy", "bacc balanced-accuracy-score", NULL},
    {"metric", "log_loss", "cross-entropy crossentropy ce nll neg-log-loss binary-crossentropy", NULL},
    {"metric", "roc_auc", "auc auroc roc roc-auc-score", NULL},
    {"metric", "f1_macro", "f1 f1-score fscore f-score", NULL},
    {"metric", "mcc", "matthews matthews-corrcoef", NULL},
    {"metric", "rmse", "root-mean-squared-error", NULL},
    {"metric", "rmse", "mse mean-squared-error l2 neg-mean-squared-error", "the root of it"},
    {"metric", "mae", "mean-absolute-error l1", NULL},
    {"metric", "r2", "r2-score r-squared rsquared", NULL},
    {"metric", "exact_match", "subset-accuracy", NULL},
    {"metric", "hamming_loss", "hamming", NULL},
};

const char *clmlp_cli_word_called(const char *option, const char *word, const char **but)
{
    char kind[16];
    if (strcmp(option, "monitor") == 0) option = "metric";
    if (strcmp(option, "device") == 0) { /* cuda:0 */
        (void)snprintf(kind, sizeof kind, "%.*s", (int)strcspn(word, ":0123456789"), word);
        word = kind;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        *but = words[i].but;
        if (strcmp(words[i].option, option) == 0 && is_listed(words[i].names, word)) return words[i].word;
    }
    return NULL;
}

/* --- commands -------------------------------------------------------------------------------------------------- */

static const struct {
    const char *command, *names;
} commands[] = {
    {"train", "fit learn training run"},
    {"search", "sweep grid-search gridsearch random-search optimize optimise hyperopt automl"},
    {"evaluate", "eval test score validate accuracy"},
    {"predict", "infer inference classify apply transform"},
    {"report", "plot show-report html"},
    {"inspect", "info show describe head view look profile"},
    {"export", "convert save onnx"},
    {"import", "load"},
    {"verify", "compare prove"},
    {"bench", "benchmark speed perf time"},
    {"tune", "autotune tuning"},
    {"gradcheck", "grad-check gradient check-gradient"},
    {"qualify", "selftest self-test check doctor"},
    {"devices", "device list platforms gpus clinfo list-devices"},
    {"help", "man usage"},
};

const char *clmlp_cli_command_called(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (is_listed(commands[i].names, name)) return commands[i].command;
    }
    return NULL;
}
