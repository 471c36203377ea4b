/* test_digits.c - real digits on the CPU path and on OpenCL, as in the README. */
#include <criterion/criterion.h>
#include <math.h>
#include <unistd.h>

#include "networks.h"

static const char *const devices[] = TEST_SUBJECTS;

static clmlp_dataset *load(const char *path, const char *labels)
{
    clmlp_dataset *data = NULL;
    clmlp_load_options options = clmlp_load_options_default();
    options.labels_path = labels;
    OK(clmlp_dataset_load(&data, path, &options, error));
    return data;
}

static clmlp_train_result train_on(const char *spec, clmlp_precision precision, const clmlp_dataset *train,
                                   const clmlp_dataset *test, size_t hidden, const clmlp_train_config *config)
{
    clmlp_train_result result = {.size = sizeof result};
    clmlp_device *device = open_device(spec, precision, 0);
    clmlp_model *model = model_for(train, &hidden, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1);
    OK(clmlp_model_fit_scaling(model, train, CLMLP_SCALE_AUTO, error));
    OK(clmlp_train(model, device, train, test, config, &result, error));
    clmlp_model_destroy(model);
    clmlp_device_close(device);
    return result;
}

Test(digits, of_uci_are_told_apart_on_every_device)
{
    clmlp_dataset *train = load(TEST_DATA_DIR "/digits-train.csv.gz", NULL);
    clmlp_dataset *test = load(TEST_DATA_DIR "/digits-test.csv.gz", NULL);
    const clmlp_train_config config = clmlp_train_config_default();
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        const clmlp_train_result result = train_on(devices[d], CLMLP_F32, train, test, 25, &config);
        cr_assert(result.test.accuracy >= 0.96, "%s: accuracy %g", devices[d], result.test.accuracy);
    }
    clmlp_dataset_destroy(train);
    clmlp_dataset_destroy(test);
}

Test(digits, of_mnist_give_the_same_J_in_float_and_double_after_an_epoch)
{
    static const char train_images[] = TEST_MNIST_DIR "/mnist8k-train-images-idx3-ubyte.gz";
    static const char test_images[] = TEST_MNIST_DIR "/mnist1k-test-images-idx3-ubyte.gz";
    if (access(train_images, R_OK) != 0) cr_skip_test("the MNIST digits are not here: %s", train_images);
    clmlp_dataset *train = load(train_images, TEST_MNIST_DIR "/mnist8k-train-labels-idx1-ubyte.gz");
    clmlp_dataset *test = load(test_images, TEST_MNIST_DIR "/mnist1k-test-labels-idx1-ubyte.gz");
    clmlp_train_config config = clmlp_train_config_default();
    config.epochs = 1;
    const clmlp_train_result exact = train_on("cpu", CLMLP_F64, train, test, 128, &config);
    cr_assert(exact.test.accuracy > 0.85, "accuracy %g", exact.test.accuracy);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        const clmlp_train_result found = train_on(devices[d], CLMLP_F32, train, test, 128, &config);
        cr_assert(fabs(found.train.cost - exact.train.cost) <= 1e-5 * exact.train.cost, "%s: J %.9g, in double %.9g",
                  devices[d], found.train.cost, exact.train.cost);
    }
    clmlp_dataset_destroy(train);
    clmlp_dataset_destroy(test);
}
