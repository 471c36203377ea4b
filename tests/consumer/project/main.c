/* main.c - a program against the installed library: it learns XOR. */
#include <clmlp/clmlp.h>
#include <stdio.h>

int main(void)
{
    const double x[] = {0, 0, 0, 1, 1, 0, 1, 1}, y[] = {0, 1, 1, 0};
    clmlp_dataset *truth_table = NULL;
    clmlp_model *model = NULL;
    clmlp_device *device = NULL;
    clmlp_error error = {0};
    clmlp_device_options where = clmlp_device_options_default();
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_train_result result = {.size = sizeof result};
    where.spec = "cpu";
    config.rate = 1.0;
    config.epochs = 2000;
    config.batch = 0; /* all four rows at once */

    const bool trained =
        clmlp_dataset_create(&truth_table, 4, 2, x, 1, y, &error) == CLMLP_OK &&
        clmlp_model_create_for(&model, truth_table, (size_t[]){4}, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 1, &error)
            == CLMLP_OK &&
        clmlp_device_open(&device, &where, &error) == CLMLP_OK &&
        clmlp_train(model, device, truth_table, NULL, &config, &result, &error) == CLMLP_OK;
    printf("clmlp %s: cost %g, accuracy %g%s%s\n", clmlp_version(), result.train.cost, result.train.accuracy,
           trained ? "" : ": ", error.message);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(truth_table);
    return trained && result.train.accuracy == 1.0 ? 0 : 1;
}
