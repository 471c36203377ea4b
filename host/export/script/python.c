/* python.c - scripts for PyTorch and scikit-learn. */
#include <inttypes.h>

#include "export/script/script.h"
#include "export/script/templates.h"

const char *clmlp_script_python_activation(clmlp_script kind, clmlp_activation activation)
{
    const bool sklearn = kind == CLMLP_SCRIPT_SKLEARN;
    switch (activation) {
    case CLMLP_SIGMOID: return sklearn ? "logistic" : "nn.Sigmoid()";
    case CLMLP_TANH: return sklearn ? "tanh" : "nn.Tanh()";
    case CLMLP_RELU: return sklearn ? "relu" : "nn.ReLU()";
    case CLMLP_LINEAR: return sklearn ? "identity" : "nn.Identity()";
    case CLMLP_STEP: return NULL;
    case CLMLP_SWISH: return sklearn ? NULL : "nn.SiLU()";
    case CLMLP_SELU: return sklearn ? NULL : "nn.SELU()";
    case CLMLP_MISH: return sklearn ? NULL : "nn.Mish()";
    case CLMLP_LEAKY_RELU: return sklearn ? NULL : "nn.LeakyReLU(0.01)";
    case CLMLP_ELU: return sklearn ? NULL : "nn.ELU()";
    case CLMLP_GELU: return sklearn ? NULL : "nn.GELU()";
    case CLMLP_GELU_TANH: return sklearn ? NULL : "nn.GELU(\"tanh\")";
    case CLMLP_SOFTPLUS: return sklearn ? NULL : "nn.Softplus(threshold=80)";
    case CLMLP_ACTIVATION_COUNT: break;
    }
    return NULL;
}

static clmlp_status settings(clmlp_script_writing *w)
{
    const clmlp_script_options *const o = &w->options;
    char rate[32], lambda[32];
    TRY(WRITE(w, "FOLDER = os.path.dirname(os.path.abspath(os.fsencode(__file__)))\nMODEL = b"));
    TRY(clmlp_script_bytes(w, w->model_path));
    TRY(WRITE(w, " if len(sys.argv) < 2 else sys.argv[1]\nROWS = os.path.join(FOLDER, b"));
    TRY(clmlp_script_bytes(w, w->data_name));
    TRY(WRITE(w, ") if len(sys.argv) < 3 else sys.argv[2]\nRATE, LAMBDA = %s, %s\n",
              clmlp_script_number(rate, o->rate), clmlp_script_number(lambda, o->lambda)));
    TRY(WRITE(w, "BATCH, EPOCHS, SEED, SHUFFLE = %zu, %zu, %" PRIu64 ", %s\n", o->batch, o->epochs, o->seed,
              o->shuffle ? "True" : "False"));
    TRY(WRITE(w, "REAL, OUTPUT = np.float%d, \"%s\"\nUNITS = [", o->precision == CLMLP_F32 ? 32 : 64,
              clmlp_output_name(w->model->output)));
    for (size_t l = 0; l < w->model->L; l++) TRY(WRITE(w, "%s%zu", l > 0 ? ", " : "", w->model->s[l]));
    return WRITE(w, "]\n");
}

/* --- PyTorch ----------------------------------------------------------------------------------------------------- */

static clmlp_status torch_optimizer(clmlp_script_writing *w)
{
    const clmlp_script_options *const o = &w->options;
    char first[32], second[32], epsilon[32], decay[32];
    (void)clmlp_script_number(first, o->optimizer == CLMLP_ADAM || o->optimizer == CLMLP_ADAMW ? o->beta1
                                                                                               : o->momentum);
    (void)clmlp_script_number(second, o->beta2);
    (void)clmlp_script_number(epsilon, o->epsilon);
    (void)clmlp_script_number(decay, o->weight_decay);
    TRY(WRITE(w, "\n\ndef optimizer_of(weights, biases):\n    return torch.optim."));
    switch (o->optimizer) {
    case CLMLP_SGD: return WRITE(w, "SGD(weights + biases, lr=RATE)\n");
    case CLMLP_MOMENTUM: return WRITE(w, "SGD(weights + biases, lr=RATE, momentum=%s)\n", first);
    case CLMLP_NESTEROV: return WRITE(w, "SGD(weights + biases, lr=RATE, momentum=%s, nesterov=True)\n", first);
    case CLMLP_RMSPROP: return WRITE(w, "RMSprop(weights + biases, lr=RATE, alpha=%s, eps=%s)\n", second, epsilon);
    case CLMLP_ADAM:
        return WRITE(w, "Adam(weights + biases, lr=RATE, betas=(%s, %s), eps=%s)\n", first, second, epsilon);
    case CLMLP_ADAMW:
        return WRITE(w, "AdamW([{\"params\": weights, \"weight_decay\": %s},\n"
                     "                              {\"params\": biases, \"weight_decay\": 0.0}],\n"
                     "                             lr=RATE, betas=(%s, %s), eps=%s)\n", decay, first, second, epsilon);
    case CLMLP_OPTIMIZER_COUNT: break;
    }
    return clmlp_fail(w->error, CLMLP_BAD_ARGUMENT, "an optimizer that scripts do not know");
}

static clmlp_status pytorch(clmlp_script_writing *w)
{
    const clmlp_model *const model = w->model;
    TRY(WRITE(w, "NETWORK = nn.Sequential("));
    for (size_t l = 1; l < model->L; l++) {
        TRY(WRITE(w, "%snn.Linear(%zu, %zu)", l > 1 ? ", " : "", model->s[l - 1], model->s[l]));
        if (l + 1 < model->L) {
            TRY(WRITE(w, ", %s", clmlp_script_python_activation(CLMLP_SCRIPT_PYTORCH, model->activation)));
        }
    }
    TRY(WRITE(w, ")\n\n\ndef cost_of(z, y):\n    \"\"\"The sum over the examples.\"\"\"\n    return "));
    switch (model->output) {
    case CLMLP_OUTPUT_SIGMOID:
        TRY(WRITE(w, "functional.binary_cross_entropy_with_logits(z, y, reduction=\"sum\")\n"));
        break;
    case CLMLP_OUTPUT_SOFTMAX: TRY(WRITE(w, "functional.cross_entropy(z, y, reduction=\"sum\")\n")); break;
    case CLMLP_OUTPUT_LINEAR: TRY(WRITE(w, "functional.mse_loss(z, y, reduction=\"sum\") / 2\n")); break;
    case CLMLP_OUTPUT_COUNT: return clmlp_fail(w->error, CLMLP_BAD_ARGUMENT, "an output that scripts do not know");
    }
    TRY(torch_optimizer(w));
    return WRITE(w, "%s%s", clmlp_script_common, clmlp_script_pytorch);
}

/* --- scikit-learn ------------------------------------------------------------------------------------------------ */

/* sklearn's Adam adds epsilon before it corrects v, clmlp's and PyTorch's after that. */
static clmlp_status before_step(clmlp_script_writing *w)
{
    char epsilon[32], beta[32];
    TRY(WRITE(w, "\n\ndef before_step(net, step):\n"));
    if (w->options.optimizer != CLMLP_ADAM) return WRITE(w, "    pass\n");
    return WRITE(w, "    \"\"\"sklearn adds epsilon to a root that is not yet corrected for beginning with 0.\"\"\"\n"
                 "    net.epsilon = %s * (1.0 - %s ** step) ** 0.5\n"
                 "    if hasattr(net, \"_optimizer\"):\n"
                 "        net._optimizer.epsilon = net.epsilon\n",
                 clmlp_script_number(epsilon, w->options.epsilon), clmlp_script_number(beta, w->options.beta2));
}

static clmlp_status sklearn(clmlp_script_writing *w)
{
    const clmlp_model *const model = w->model;
    const clmlp_script_options *const o = &w->options;
    char first[32], second[32];
    TRY(WRITE(w, "NETWORK = MLP%s(hidden_layer_sizes=(", model->output == CLMLP_OUTPUT_LINEAR ? "Regressor"
                                                                                              : "Classifier"));
    for (size_t l = 1; l + 1 < model->L; l++) TRY(WRITE(w, "%zu, ", model->s[l]));
    TRY(WRITE(w, "), activation=\"%s\", learning_rate_init=RATE, shuffle=False,\n                        ",
              clmlp_script_python_activation(CLMLP_SCRIPT_SKLEARN, model->activation)));
    if (o->optimizer == CLMLP_ADAM) {
        TRY(WRITE(w, "solver=\"adam\", beta_1=%s, beta_2=%s)\n", clmlp_script_number(first, o->beta1),
                  clmlp_script_number(second, o->beta2)));
    } else {
        TRY(WRITE(w, "solver=\"sgd\", momentum=%s, nesterovs_momentum=%s)\n",
                  o->optimizer == CLMLP_SGD ? "0.0" : clmlp_script_number(first, o->momentum),
                  o->optimizer == CLMLP_NESTEROV ? "True" : "False"));
    }
    TRY(before_step(w));
    return WRITE(w, "%s%s", clmlp_script_common, clmlp_script_sklearn);
}

clmlp_status clmlp_script_python(clmlp_script_writing *w)
{
    const bool torch = w->options.kind == CLMLP_SCRIPT_PYTORCH;
    TRY(WRITE(w, "#!/usr/bin/env python3\n"));
    TRY(clmlp_script_head(w, torch ? "PyTorch" : "scikit-learn", "  python3 ",
                          torch ? "Python 3, NumPy and PyTorch" : "Python 3, NumPy and scikit-learn"));
    TRY(WRITE(w, "import json\nimport os\nimport struct\nimport sys\n\nimport numpy as np\n%s\n",
              torch ? "import torch\nfrom torch import nn\nfrom torch.nn import functional\n"
                    : w->model->output == CLMLP_OUTPUT_LINEAR ? "from sklearn.neural_network import MLPRegressor\n"
                                                              : "from sklearn.neural_network import MLPClassifier\n"));
    TRY(settings(w));
    return torch ? pytorch(w) : sklearn(w);
}
