/* test_gradcheck_data.c - the gradient check on real digits. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

#include "clmlp/gradcheck.h"
#include "networks.h"

static clmlp_dataset *load(const char *path, const char *labels)
{
    clmlp_dataset *data = NULL;
    clmlp_load_options options = clmlp_load_options_default();
    options.labels_path = labels;
    OK(clmlp_dataset_load(&data, path, &options, error));
    return data;
}

static void check(const clmlp_model *model, const clmlp_dataset *data, double lambda, const char *what)
{
    clmlp_gradcheck_config config = clmlp_gradcheck_config_default();
    clmlp_gradcheck_result result = {.size = sizeof result};
    char layers[64] = "";
    size_t used = 0, kinks = 0;
    double of_bound = 0.0;
    config.lambda = lambda;
    config.sample = 200;
    OK(clmlp_gradcheck(model, data, NULL, &config, &result, error));
    for (size_t l = 1; l <= clmlp_model_layers(model); l++) {
        used += (size_t)snprintf(layers + used, sizeof layers - used, "%s%zu", l > 1 ? "-" : "",
                                 clmlp_model_units(model, l));
    }
    for (size_t l = 0; l < result.count; l++) {
        kinks += result.layers[l].kinks;
        if (result.layers[l].worst.of_bound > of_bound) of_bound = result.layers[l].worst.of_bound;
        cr_assert_eq(result.layers[l].failed, 0, "%s, theta(%zu)", what, l + 1);
    }
    (void)printf("%s %-14s %-7s x %-7s lambda %g: relative error at most %.1e, worst of bound %.4f, %zu of %zu "
                 "elements, %zu kinks\n", what, layers, clmlp_activation_name(clmlp_model_activation(model)),
                 clmlp_output_name(clmlp_model_output(model)), lambda, result.max_relative, of_bound, result.checked,
                 result.elements, kinks);
    clmlp_free(result.layers);
}

static void train_a_little(clmlp_model *model, const clmlp_dataset *data)
{
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_device *device = open_device("cpu", CLMLP_F64, 0);
    config.rate = 0.05;
    config.epochs = 1;
    OK(clmlp_train(model, device, data, NULL, &config, NULL, error));
    clmlp_device_close(device);
}

static void check_all(const clmlp_dataset *data, const size_t *hidden, size_t layers, const char *name)
{
    char what[64];
    FOR_TRAINED_ACTIVATIONS(g) {
        for (int output = 0; output < CLMLP_OUTPUT_COUNT; output++) {
            if (output == CLMLP_OUTPUT_LINEAR) continue; /* not for classes */
            clmlp_model *model = model_for(data, hidden, layers, (clmlp_activation)g, (clmlp_output)output, 1);
            OK(clmlp_model_fit_scaling(model, data, CLMLP_SCALE_AUTO, error));
            (void)snprintf(what, sizeof what, "%s, fresh:  ", name);
            check(model, data, 0.0, what);
            train_a_little(model, data);
            (void)snprintf(what, sizeof what, "%s, trained:", name);
            check(model, data, 1.0, what);
            clmlp_model_destroy(model);
        }
    }
}

Test(gradcheck_data, passes_on_uci_digits)
{
    clmlp_dataset *data = load(TEST_DATA_DIR "/digits-train.csv.gz", NULL);
    check_all(data, (size_t[]){25}, 1, "digits");
    check_all(data, (size_t[]){40, 30}, 2, "digits");
    clmlp_dataset_destroy(data);
}

Test(gradcheck_data, passes_on_mnist)
{
    static const char images[] = TEST_MNIST_DIR "/mnist1k-test-images-idx3-ubyte.gz";
    if (access(images, R_OK) != 0) cr_skip_test("there is no MNIST here");
    clmlp_dataset *data = load(images, TEST_MNIST_DIR "/mnist1k-test-labels-idx1-ubyte.gz");
    check_all(data, (size_t[]){128}, 1, "MNIST");
    clmlp_dataset_destroy(data);
}
