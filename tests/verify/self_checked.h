/* self_checked.h - short trainings with and without self-checks, for their tests. */
#ifndef TEST_SELF_CHECKED_H
#define TEST_SELF_CHECKED_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "model/model.h"
#include "networks.h"

static const char *const devices[] = TEST_SUBJECTS;

enum { EXAMPLES = 90, N = 6, K = 4, BATCH = 16, PER_EPOCH = 6, EPOCHS = 4, PARAMETERS = 13 * (N + 1) + K * 14 };

typedef struct outcome {
    clmlp_status status;
    clmlp_train_result result;
    clmlp_self_check_result check;
    double theta[PARAMETERS];
    char message[1024];
} outcome;

static inline clmlp_self_check_config checking(size_t every, clmlp_on_mismatch on_mismatch, const char *bundle)
{
    return (clmlp_self_check_config){.size = sizeof(clmlp_self_check_config), .every = every,
                                     .on_mismatch = on_mismatch, .bundle = bundle};
}

static inline clmlp_train_config training(size_t batch)
{
    clmlp_train_config config = clmlp_train_config_default();
    config.epochs = EPOCHS;
    config.batch = batch;
    config.lambda = 0.5;
    return config;
}

/* check NULL: without one. */
static inline outcome train(const char *spec, clmlp_precision precision, clmlp_train_config config,
                     clmlp_activation activation, const clmlp_self_check_config *check)
{
    const size_t hidden[] = {13};
    static outcome out;
    clmlp_error why = {.message = ""};
    clmlp_dataset *data = cloud_data(EXAMPLES, N, K, 2);
    clmlp_model *model = model_for(data, hidden, 1, activation, CLMLP_OUTPUT_SOFTMAX, 3);
    clmlp_device *device = open_device(spec, precision, 0);
    memset(&out, 0, sizeof out);
    out.result.size = sizeof out.result;
    out.check.size = sizeof out.check;
    OK(clmlp_model_fit_scaling(model, data, CLMLP_SCALE_STANDARD, error));
    if (check != NULL) OK(clmlp_self_check_create(&config.inspector, check, error));
    out.status = clmlp_train(model, device, data, NULL, &config, &out.result, &why);
    (void)snprintf(out.message, sizeof out.message, "%.1000s", why.message);
    memcpy(out.theta, model->theta, sizeof out.theta);
    if (check != NULL) (void)clmlp_self_check_result_get(config.inspector, &out.check, NULL);
    clmlp_inspector_destroy(config.inspector);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    return out;
}

/* A recipe for tables as --preset tabular has it, clipped half of the time. */
static inline clmlp_train_config recipe(bool scaled, bool clips)
{
    static const double dropout = 0.15;
    clmlp_train_config config = training(BATCH);
    config.optimizer = CLMLP_ADAM;
    config.rate = 0.02;
    config.input_scale_rate = scaled ? 6.0 : 0.0;
    config.clip_norm = clips ? 0.2 : 0.0;
    config.dropout = &dropout;
    config.dropout_count = 1;
    config.label_smoothing = 0.1;
    config.fan_in_rates = true;
    return config;
}

#endif
