/* monitor.c - the metric of the validation data that early stopping goes by. */
#include "train/score/monitor.h"

#include <math.h>
#include <string.h>

static const char COST[] = "cost";

/* "cost, accuracy, ...", as far as there is room. */
static void list_names(char *text, size_t size, clmlp_output output, const clmlp_dataset *data, bool accuracy)
{
    text[0] = '\0';
    (void)strncat(text, COST, size - 1);
    for (int i = 0; i < CLMLP_METRIC_COUNT; i++) {
        const clmlp_metric metric = (clmlp_metric)i;
        const bool there = metric == CLMLP_METRIC_ACCURACY ? accuracy : clmlp_metric_suits(metric, output, data);
        const char *const name = clmlp_metric_name(metric);
        if (!there || strlen(text) + strlen(name) + 3 > size) continue;
        (void)strncat(text, ", ", size - strlen(text) - 1);
        (void)strncat(text, name, size - strlen(text) - 1);
    }
}

clmlp_status clmlp_monitor_choose(clmlp_monitor *monitor, const clmlp_model *model, const clmlp_dataset *validation,
                                  const char *name, clmlp_error *error)
{
    const bool accuracy = clmlp_right_for(model, validation) != CLMLP_RIGHT_NEVER;
    clmlp_metric metric;
    char names[256];
    *monitor = (clmlp_monitor){.name = COST, .data = validation};
    if (name == NULL || strcmp(name, COST) == 0) return CLMLP_OK;
    if (clmlp_metric_parse(name, &metric)) {
        monitor->name = clmlp_metric_name(metric);
        monitor->metric = metric;
        monitor->accuracy = metric == CLMLP_METRIC_ACCURACY && accuracy;
        monitor->measures = !monitor->accuracy;
        (void)clmlp_metric_ranks(metric, &monitor->more);
        if (monitor->accuracy || clmlp_metric_suits(metric, model->output, validation)) return CLMLP_OK;
    }
    list_names(names, sizeof names, model->output, validation, accuracy);
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "monitor '%s' (--monitor): such targets and outputs have no such "
                      "metric to go by (expected one of %s)", name, names);
}

clmlp_status clmlp_monitor_place(clmlp_monitor *monitor, const clmlp_network *network, clmlp_error *error)
{
    if (!monitor->measures) return CLMLP_OK;
    return clmlp_tensor_create(network->backend, CLMLP_TENSOR_MATRIX, network->capacity, network->s[network->L - 1],
                               "the predictions", &monitor->h, error);
}

void clmlp_monitor_leave(clmlp_monitor *monitor, clmlp_backend *backend)
{
    clmlp_tensor_destroy(backend, monitor->h);
    monitor->h = NULL;
}

/* Predictions that are not finite make the value NaN, and do not end training: it may recover. */
static clmlp_status add(void *context, size_t M, const double *h, clmlp_error *error)
{
    clmlp_monitor *const monitor = context;
    for (size_t e = 0; e < M * monitor->data->K && !monitor->spoilt; e++) monitor->spoilt = !isfinite(h[e]);
    return monitor->spoilt ? CLMLP_OK : clmlp_measurement_add(monitor->measurement, M, h, error);
}

clmlp_status clmlp_monitor_begin(clmlp_monitor *monitor, clmlp_network *network, clmlp_sink *sink, clmlp_error *error)
{
    if (!monitor->measures) return CLMLP_OK;
    monitor->spoilt = false;
    TRY(clmlp_measurement_create(&monitor->measurement, network->output, network->backend->precision, monitor->data,
                                 error));
    network->h = monitor->h; /* training steps do not write it */
    *sink = (clmlp_sink){.function = add, .context = monitor};
    return CLMLP_OK;
}

clmlp_status clmlp_monitor_end(clmlp_monitor *monitor, clmlp_network *network, double *value, clmlp_error *error)
{
    clmlp_metrics *metrics = NULL;
    clmlp_status status = CLMLP_OK;
    *value = (double)NAN;
    if (!monitor->measures) return CLMLP_OK;
    network->h = NULL;
    if (monitor->measurement != NULL && !monitor->spoilt && monitor->measurement->done == monitor->data->m) {
        status = clmlp_measurement_finish(monitor->measurement, &metrics, error);
        if (status == CLMLP_OK) *value = clmlp_metrics_value(metrics, monitor->metric);
    }
    clmlp_metrics_destroy(metrics);
    clmlp_measurement_destroy(monitor->measurement);
    monitor->measurement = NULL;
    return status;
}
