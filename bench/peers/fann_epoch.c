/* fann_epoch WAY LAYERS X Y THETA EXAMPLES RATE SECONDS - epochs in FANN.
 *
 * WAY is incremental (an update after each example) or batch (one update an epoch): FANN has no mini-batches.
 * LAYERS is like 784,128,10. X [EXAMPLES x inputs], Y [EXAMPLES x outputs] and THETA are files of floats; THETA holds,
 * for each layer and each of its units, the weights of its inputs and then that of the bias, which is how FANN keeps
 * them. Prints one JSON object: the median milliseconds of an epoch, and after the first epoch the cross-entropy
 * cost, the mean squared error that FANN descends, and the accuracy. */
#include <floatfann.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"

enum { LAYERS = 16, EPOCHS = 10000 };

typedef struct setting {
    unsigned layers[LAYERS], count, examples;
    const float *x, *y, *theta;
    float rate;
    double seconds;
} setting;

static float *read_floats(const char *path, size_t count)
{
    float *const values = driver_allocate(count, sizeof *values);
    FILE *const file = fopen(path, "rb");
    if (file == NULL || fread(values, sizeof *values, count, file) != count) {
        driver_give_up("%s: cannot read %zu floats", path, count);
    }
    (void)fclose(file);
    return values;
}

static struct fann *create(const setting *s, enum fann_train_enum way)
{
    struct fann *const network = fann_create_standard_array(s->count, s->layers);
    if (network == NULL) driver_give_up("FANN cannot create the network");
    fann_set_activation_function_hidden(network, FANN_SIGMOID);
    fann_set_activation_function_output(network, FANN_SIGMOID);
    fann_set_activation_steepness_hidden(network, 0.5f); /* FANN's sigmoid is 1/(1 + exp(-2 s z)) */
    fann_set_activation_steepness_output(network, 0.5f);
    fann_set_train_error_function(network, FANN_ERRORFUNC_LINEAR);
    fann_set_training_algorithm(network, way);
    fann_set_learning_rate(network, s->rate);
    memcpy(network->weights, s->theta, fann_get_total_connections(network) * sizeof *network->weights);
    return network;
}

/* How good the network is on all examples. */
static void score(struct fann *network, const setting *s, double *cost, double *error, double *accuracy)
{
    const unsigned K = s->layers[s->count - 1];
    *cost = *error = *accuracy = 0.0;
    for (unsigned i = 0; i < s->examples; i++) {
        const float *const y = s->y + (size_t)i * K;
        float *const h = fann_run(network, (float *)(s->x + (size_t)i * s->layers[0]));
        unsigned best = 0;
        for (unsigned k = 0; k < K; k++) {
            const double p = fmin(fmax((double)h[k], 1e-7), 1.0 - 1e-7);
            *cost -= (double)y[k] * log(p) + (1.0 - (double)y[k]) * log1p(-p);
            *error += ((double)h[k] - (double)y[k]) * ((double)h[k] - (double)y[k]) / (double)K;
            if (h[k] > h[best]) best = k;
        }
        *accuracy += y[best] > 0.5f ? 1.0 : 0.0;
    }
    *cost /= (double)s->examples;
    *error /= (double)s->examples;
    *accuracy /= (double)s->examples;
}

static void measure(const setting *s, struct fann_train_data *data, enum fann_train_enum way)
{
    static double epochs[EPOCHS];
    size_t count = 0;
    double cost = NAN, error = NAN, accuracy = NAN, spent = 0.0;
    struct fann *const network = create(s, way);
    do {
        const double start = driver_seconds();
        (void)fann_train_epoch(network, data);
        epochs[count] = driver_seconds() - start;
        spent += epochs[count++];
        if (count == 1) score(network, s, &cost, &error, &accuracy);
    } while (count < EPOCHS && spent < s->seconds);
    printf("{\"milliseconds\": %.3f, \"epochs\": %zu, \"cost\": %.9g, \"squared_error\": %.9g, \"accuracy\": %.6f}\n",
           1e3 * driver_median(epochs, count), count, cost, error, accuracy);
    fann_destroy(network);
}

int main(int argc, char **argv)
{
    if (argc != 9) driver_give_up("usage: %s WAY LAYERS X Y THETA EXAMPLES RATE SECONDS", argv[0]);
    const enum fann_train_enum way = strcmp(argv[1], "batch") == 0 ? FANN_TRAIN_BATCH : FANN_TRAIN_INCREMENTAL;
    setting s = {.examples = (unsigned)strtoul(argv[6], NULL, 10), .rate = strtof(argv[7], NULL),
                 .seconds = strtod(argv[8], NULL)};
    size_t parameters = 0;
    for (char *text = strtok(argv[2], ","); text != NULL && s.count < LAYERS; text = strtok(NULL, ",")) {
        s.layers[s.count++] = (unsigned)strtoul(text, NULL, 10);
        if (s.count > 1) parameters += (size_t)s.layers[s.count - 1] * (s.layers[s.count - 2] + 1);
    }
    if (s.count < 2 || s.examples == 0) driver_give_up("%s: at least two layers and one example", argv[0]);
    const unsigned n = s.layers[0], K = s.layers[s.count - 1];
    s.x = read_floats(argv[3], (size_t)s.examples * n);
    s.y = read_floats(argv[4], (size_t)s.examples * K);
    s.theta = read_floats(argv[5], parameters);
    struct fann_train_data *const data = fann_create_train(s.examples, n, K);
    if (data == NULL) driver_give_up("FANN cannot create its training data");
    for (unsigned i = 0; i < s.examples; i++) {
        memcpy(data->input[i], s.x + (size_t)i * n, n * sizeof *s.x);
        memcpy(data->output[i], s.y + (size_t)i * K, K * sizeof *s.y);
    }
    measure(&s, data, way);
    fann_destroy_train(data);
    return 0;
}
