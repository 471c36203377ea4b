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
            if (near && clmlp_nearest(word, items, 1) != NULL) return true;
        }
        list += length;
    }
    return false;
}

static bool is_listed(const char *list, const char *word)
{
    return is_nearly_listed(list, word, false);
}

/* A row may follow another with the same words: both are meant. */
static const struct {
    const char *option, *names;
} options[] = {
    {"rate", "lr eta learning-rate learning-rate-init base-lr initial-lr step-size-init shrinkage alpha"},
    {"batch", "batch-size bs mini-batch minibatch-size per-device-train-batch-size"},
    {"early-stopping", "patience early-stop early-stopping-rounds early-stopping-patience n-iter-no-change "
                       "stopping-rounds"},
    {"tolerance", "min-delta tol early-stopping-min-delta"},
    {"keep-best", "restore-best-weights save-best save-best-only"},
    {"epochs", "iterations max-iter max-epochs n-epochs nepochs num-epochs num-iterations num-boost-round nrounds "
               "num-train-epochs max-iterations"},
    {"hidden", "hidden-layers hidden-layer-sizes hidden-sizes hidden-size hidden-units hidden-dim hidden-dims units "
               "neurons layers layer-sizes n-hidden num-hidden architecture arch topology"},
    {"activation", "act act-fn activation-function activation-fn hidden-activation nonlinearity transfer-function"},
    {"output", "loss loss-function loss-fn cost cost-function criterion objective output-activation out-activation"},
    {"initialisation", "weight-init weights-init init-method initializer initialiser kernel-initializer init-weights"},
    {"lambda", "l2 lambda2 lambda-l2 reg-lambda reg regularization regularisation l2-regularization alpha "
               "weight-penalty"},
    {"weight-decay", "wd decoupled-weight-decay"},
    {"lambda", "weight-decay"}, /* where there is no other */
    {"optimizer", "optim solver algorithm trainer opt train-fcn"},
    {"momentum", "mu"},
    {"beta1", "adam-beta1 beta-one"},
    {"beta2", "adam-beta2 beta-two rho"},
    {"epsilon", "eps adam-epsilon"},
    {"dropout", "dropout-rate dropout-prob drop-rate p-dropout drop"},
    {"label-smoothing", "smoothing label-smooth"},
    {"clip-norm", "gradient-clip gradient-clip-val gradient-clipping grad-clip clip-grad clip max-norm max-grad-norm "
                  "clipnorm global-clipnorm"},
    {"schedule", "lr-schedule lr-scheduler scheduler lr-scheduler-type lr-policy learning-rate-schedule"},
    {"warmup", "warmup-steps warmup-ratio warmup-epochs num-warmup-steps lr-warmup"},
    {"min-rate", "min-lr lr-min eta-min final-lr"},
    {"decay", "gamma lr-decay lr-gamma decay-rate"},
    {"decay-every", "lr-step-size lr-decay-steps decay-steps"},
    {"find-rate", "lr-find find-lr lr-finder auto-lr-find"},
    {"seed", "random-state random-seed manual-seed rng-seed rng"},
    {"validation", "validation-split validation-fraction validation-data validation-file val-split val-data val-file "
                   "val-size valid valid-data valid-file val eval-data eval-set holdout test-size"},
    {"test", "test-data test-file test-set"},
    {"cross-validate", "folds k-folds kfold k-fold n-folds n-splits cv cross-validation cross-val"},
    {"monitor", "metric metrics eval-metric monitor-metric scoring"},
    {"metric", "monitor eval-metric scoring score"},
    {"ensemble", "n-estimators num-models bagging members"},
    {"target", "target-column target-col target-name label-column label-col label response y dependent"},
    {"labels", "label y targets labels-file y-file"},
    {"features", "usecols columns feature-cols feature-columns predictors inputs"},
    {"ignore", "drop-columns drop-cols exclude exclude-columns ignore-columns ignore-column skip-columns"},
    {"categorical", "categorical-feature categorical-features cat-features cat-cols categorical-columns categories"},
    {"missing-values", "na-values missing-value nan-values"},
    {"weights", "sample-weight sample-weights weight-column"},
    {"delimiter", "sep separator delim"},
    {"header", "has-header header-row"},
    {"scale", "scaler normalize normalise normalization standardize standardise scaling preprocessing"},
    {"target-scale", "scale-target normalize-target target-transform"},
    {"device", "gpu gpus cuda use-gpu use-cuda gpu-id device-type accelerator device-id platform"},
    {"precision", "dtype fp float-type double fp64 fp32 float64 float32"},
    {"model", "save save-model save-path output-model model-file model-path model-out out output-file"},
    {"out", "output-file outfile save save-path output-model"},
    {"history", "log-file csv-log csv-logger log history-file"},
    {"log", "log-file journal storage history"},
    {"tensorboard", "logdir log-dir tensorboard-dir tb"},
    {"report", "html page"},
    {"checkpoint", "checkpoint-path checkpoint-dir ckpt ckpt-path snapshot"},
    {"checkpoint-every", "save-every save-freq save-steps save-interval checkpoint-freq snapshot-every"},
    {"resume", "resume-from resume-from-checkpoint continue restart"},
    {"init", "warm-start pretrained load load-model init-model initial-model start-from finetune fine-tune"},
    {"trials", "n-trials n-iter num-samples budget max-evals"},
    {"strategy", "sampler search-type tuner method"},
    {"threshold", "cutoff decision-threshold"},
    {"keep", "id id-column keep-columns id-cols"},
    {"no-shuffle", "noshuffle dont-shuffle sequential"},
    {"overwrite", "force replace"},
    {"quiet", "silent"},
};

const char *clmlp_cli_option_called(const char *name, bool near, size_t *at)
{
    while (*at < sizeof options / sizeof *options) {
        const size_t i = (*at)++;
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

static const struct {
    const char *option, *word, *names;
} words[] = {
    {"activation", "swish", "silu sil"},
    {"activation", "sigmoid", "logistic logsig sigm"},
    {"activation", "tanh", "tansig hyperbolic-tangent htan"},
    {"activation", "relu", "rectifier poslin rectified-linear"},
    {"activation", "leaky-relu", "lrelu prelu"},
    {"activation", "linear", "identity none purelin no"},
    {"activation", "step", "heaviside hardlim threshold perceptron sign"},
    {"activation", "gelu-tanh", "gelu-new gelu-fast gelu-approximate"},
    /* refused in training, where its derivative is 0: the smooth one */
    {"activation", "sigmoid", "step"},
    {"output", "linear", "identity regression mse mean-squared-error squared-error l2 none real"},
    {"output", "softmax", "multiclass categorical categorical-crossentropy cross-entropy crossentropy nll multi-class"},
    {"output", "sigmoid", "logistic binary bce binary-crossentropy binary-logistic multilabel"},
    {"optimizer", "sgd", "gd gradient-descent vanilla descent"},
    {"optimizer", "momentum", "sgd-momentum momentum-sgd heavy-ball sgdm"},
    {"optimizer", "nesterov", "nag nesterov-momentum"},
    {"optimizer", "lbfgs", "lbfgs-b bfgs trainlm quasi-newton"},
    {"optimizer", "cg", "conjugate-gradient fmincg scg ncg traincgp trainscg newton-cg"},
    {"initialisation", "glorot-uniform", "xavier glorot xavier-uniform"},
    {"initialisation", "glorot-normal", "xavier-normal"},
    {"initialisation", "he-uniform", "kaiming-uniform"},
    {"initialisation", "he-normal", "he kaiming kaiming-normal"},
    {"initialisation", "lecun-normal", "lecun"},
    {"initialisation", "epsilon", "random uniform random-uniform"},
    {"schedule", "constant", "none fixed const off"},
    {"schedule", "step", "steplr step-decay multistep piecewise"},
    {"schedule", "exponential", "exp exponentiallr exponential-decay"},
    {"schedule", "cosine", "cosine-annealing cosineannealinglr cosine-decay cos onecycle one-cycle"},
    {"schedule", "inverse", "inv invscaling inverse-time inverse-time-decay"},
    {"schedule", "linear", "linearlr linear-decay polynomial poly"},
    {"task", "classify", "classification classifier binary multiclass multilabel class"},
    {"task", "regress", "regression regressor real numeric"},
    {"scale", "standard", "standardize standardise zscore standard-scaler normalize normal norm"},
    {"scale", "minmax", "min-max-scaler range 0-1 unit"},
    {"scale", "robust", "robust-scaler quantile iqr"},
    {"scale", "none", "off no false"},
    {"target-scale", "standard", "standardize standardise zscore standard-scaler normalize"},
    {"target-scale", "none", "off no false"},
    {"precision", "f32", "float32 fp32 float single 32 float-32"},
    {"precision", "f64", "float64 fp64 double 64 float-64"},
    {"format", "svmlight", "libsvm svm sparse"},
    {"format", "csv", "tsv txt text"},
    {"format", "idx", "mnist ubyte"},
    {"format", "npy", "numpy"},
    {"delimiter", "comma", ", csv"},
    {"delimiter", "semicolon", ";"},
    {"delimiter", "tab", "\t \\t tsv tabulator"},
    {"decimal", ".", "point dot period"},
    {"decimal", ",", "comma"},
    {"header", "yes", "true 1 y on first"},
    {"header", "no", "false 0 n none off"},
    {"script", "pytorch", "torch keras tensorflow tf jax flax lightning"},
    {"script", "sklearn", "scikit-learn scikit python"},
    {"script", "octave", "matlab"},
    {"preset", "tabular", "table tables tab csv"},
    {"strategy", "halving", "successive-halving hyperband sha asha"},
    {"strategy", "random", "randomized randomised grid"},
    {"ensemble-by", "folds", "bagging fold cv"},
    {"ensemble-by", "seeds", "seed random"},
    {"device", "opencl", "gpu cuda nvidia amd rocm hip mps metal xpu sycl opencl-gpu"},
    {"device", "cpu", "host"},
    /* --monitor and --metric */
    {"metric", "cost", "loss val-loss validation-loss j"},
    {"metric", "accuracy", "acc val-acc val-accuracy accuracy-score"},
    {"metric", "balanced_accuracy", "bacc balanced-accuracy-score"},
    {"metric", "log_loss", "cross-entropy crossentropy ce nll neg-log-loss binary-crossentropy"},
    {"metric", "roc_auc", "auc auroc roc roc-auc-score"},
    {"metric", "f1_macro", "f1 f1-score fscore f-score"},
    {"metric", "mcc", "matthews matthews-corrcoef"},
    {"metric", "rmse", "mse mean-squared-error root-mean-squared-error l2 neg-mean-squared-error"},
    {"metric", "mae", "mean-absolute-error l1"},
    {"metric", "r2", "r2-score r-squared rsquared"},
    {"metric", "exact_match", "subset-accuracy"},
    {"metric", "hamming_loss", "hamming"},
};

const char *clmlp_cli_word_called(const char *option, const char *word)
{
    char kind[16];
    if (strcmp(option, "monitor") == 0) option = "metric";
    if (strcmp(option, "device") == 0) { /* cuda:0 */
        (void)snprintf(kind, sizeof kind, "%.*s", (int)strcspn(word, ":0123456789"), word);
        word = kind;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
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
