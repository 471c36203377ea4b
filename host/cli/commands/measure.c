/* measure.c - metrics of a model that was just trained. */
#include "commands/measure.h"

#include "message.h"

static clmlp_status measure_on_cpu(const clmlp_model *model, clmlp_precision precision, const clmlp_dataset *data,
                                   const clmlp_evaluate_options *how, clmlp_evaluation **out, clmlp_error *error)
{
    clmlp_device *cpu = NULL;
    clmlp_device_options options = clmlp_device_options_default();
    options.spec = "cpu";
    options.precision = precision;
    clmlp_status status = clmlp_device_open(&cpu, &options, error);
    if (status == CLMLP_OK) status = clmlp_evaluate_with(model, cpu, data, how, out, error);
    clmlp_device_close(cpu);
    return status;
}

int clmlp_cli_measure(const clmlp_model *model, clmlp_device *device, bool on_cpu, const clmlp_dataset *data,
                      const char *what, double lambda, const clmlp_cancel *cancel, clmlp_evaluation **out)
{
    clmlp_error error = {.status = CLMLP_OK};
    clmlp_evaluate_options how = clmlp_evaluate_options_default();
    if (data == NULL) return CLMLP_CLI_DONE;
    how.lambda = lambda;
    how.cancel = cancel;
    const clmlp_status status =
        on_cpu ? measure_on_cpu(model, clmlp_device_precision(device), data, &how, out, &error)
               : clmlp_evaluate_with(model, device, data, &how, out, &error);
    if (status == CLMLP_OK) return CLMLP_CLI_DONE;
    clmlp_cli_error("there are no metrics of the %s:", what);
    return clmlp_cli_fail(&error, false);
}
