/* commands.h - the commands: X(name, shared, one line of help). Each is clmlp_cli_NAME in commands/NAME.c, takes its
 * own name as argv[0] and returns the exit status. Of several ranks all run one that is shared, else rank 0
 * alone. */
#ifndef CLMLP_CLI_COMMANDS_H
#define CLMLP_CLI_COMMANDS_H

#define CLMLP_CLI_COMMAND_LIST(X)                                              \
    X(train, true, "fit a network to data and write it as a model file")             \
    X(search, true, "try many settings of training, and keep the best model")             \
    X(evaluate, false, "score a model on data: J, metrics, confusion, per class")    \
    X(predict, false, "what a model makes of new data, as CSV or NPY")                \
    X(report, false, "a page to look at, of a history, a model, or JSON of clmlp") \
    X(inspect, false, "what is in a file: data, with what is wrong in them, or a model") \
    X(export, false, "write a model for other programs: ONNX, C, a script")              \
    X(import, false, "make a model of a network that another program trained")         \
    X(verify, true, "prove that a device trains as the CPU path in double does")        \
    X(bench, true, "measure how fast a device trains: steps, products, equations")       \
    X(tune, false, "find and store the fastest way for a device by trying")           \
    X(gradcheck, false, "check the gradient of a network against differences of J")   \
    X(qualify, false, "a device's card: whether it computes right, and twice the same")           \
    X(devices, false, "list what can compute: OpenCL devices and the CPU path")

/* The kinds of clmlp bench, in the same way. */
#define CLMLP_CLI_BENCH_KIND_LIST(X)                                                \
    X(step, "one training step: time, samples/s, share of the peak, kernels")       \
    X(gemm, "one matrix product by the engine's BLAS or kernels")                   \
    X(ops, "every equation of every layer by itself")                               \
    X(crossover, "which device and engine is the fastest from which size on")        \
    X(scaling, "how many devices pay, and from which batch on")

#define CLMLP_CLI_PURPOSE "Trains fully connected neural networks on any OpenCL device, or on the CPU."
#define CLMLP_CLI_EXAMPLES                                               \
    "  clmlp train train.csv --test test.csv --hidden 100\n"             \
    "  clmlp evaluate model.safetensors test.csv\n"                      \
    "  clmlp predict model.safetensors new.csv > predictions.csv\n"      \
    "  clmlp verify train.csv --device opencl\n"

#define CLMLP_CLI_DECLARE(name, shared, help) int clmlp_cli_##name(int argc, char **argv);
CLMLP_CLI_COMMAND_LIST(CLMLP_CLI_DECLARE)
#undef CLMLP_CLI_DECLARE

#endif
