/* bundle.c - fuzz target: replay bundles. One that is read is written, and that is read and written to the same
 * bytes. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "model/model.h"
#include "safetensors.h"
#include "verify/step/bundle.h"

enum { KINDS = 4, M = 3 };

static clmlp_descent descent_of(unsigned kind)
{
    static const double dropout = 0.25, rates[2] = {1.0, 0.5};
    clmlp_descent descent = {.rule = {.optimizer = CLMLP_SGD, .rate = 0.1}, .decay = 0.5};
    if (kind == 1) {
        descent.rule = (clmlp_rule_settings){.optimizer = CLMLP_ADAM, .rate = 0.1, .beta1 = 0.9, .beta2 = 0.999,
                                             .epsilon = 1e-8, .clip_norm = 1.0, .bias_rate = 1.0, .layer_rates = rates};
        descent.input_scale_rate = 0.5;
    }
    if (kind == 2) {
        descent.rule.optimizer = CLMLP_MOMENTUM;
        descent.rule.momentum = 0.5;
        descent.dropout = (clmlp_dropouts){.p = &dropout, .count = 1, .seed = 7};
    }
    return descent;
}

void fuzz_bundle_base(unsigned kind, const char *path)
{
    static const size_t s[] = {2, 2, 2};
    clmlp_model *model = NULL;
    clmlp_step_record *step = NULL;
    const clmlp_precision precision = kind == 1 ? CLMLP_F64 : CLMLP_F32;
    const clmlp_descent descent = descent_of(kind);
    const clmlp_bundle_info info = {.size = sizeof info, .why = "fuzz", .device = "d", .driver = "1", .engine = "cblas",
                                    .tiles = "", .version = "0", .precision = precision, .step = 3, .M = M, .seed = 7};
    OK(clmlp_model_create(&model, 3, s, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 1, error));
    model->precision = precision;
    OK(clmlp_step_record_create(&step, model, M, precision, true, error));
    step->M = M;
    for (size_t i = 0; i < (size_t)M * 2; i++) step->x[i] = step->y[i] = (double)(i % 2);
    OK(clmlp_step_record_set_descent(step, &descent, error));
    if (kind == 1) OK(clmlp_step_record_weigh(step, error));
    if (kind == 3) {
        OK(clmlp_step_record_direct(step, error));
        step->minimiser = CLMLP_CG;
        step->length = 0.5;
    }
    OK(clmlp_bundle_write(path, model, step, &info, error));
    clmlp_step_record_destroy(step);
    clmlp_model_destroy(model);
}

static const uint8_t *base(unsigned kind, size_t *size)
{
    static struct {
        uint8_t *bytes;
        size_t size;
    } bases[KINDS];
    if (bases[kind].bytes == NULL) {
        const char *const path = fuzz_path("base");
        fuzz_bundle_base(kind, path);
        bases[kind].bytes = fuzz_read(path, &bases[kind].size);
    }
    *size = bases[kind].size;
    return bases[kind].bytes;
}

static clmlp_status copy(const char *from, const char *to, clmlp_error *why)
{
    clmlp_model *model = NULL;
    clmlp_step_record *step = NULL;
    clmlp_bundle_info info = {.size = sizeof info};
    const clmlp_status status = clmlp_bundle_read(from, &model, &step, &info, why);
    CHECK((status == CLMLP_OK) == (model != NULL && step != NULL));
    if (status == CLMLP_OK) OK(clmlp_bundle_write(to, model, step, &info, error));
    clmlp_step_record_destroy(step);
    clmlp_model_destroy(model);
    return status;
}

void fuzz_bundle(const uint8_t *data, size_t size)
{
    fuzz_input in = {.at = data, .end = data + size};
    clmlp_bundle_info info = {.size = sizeof info};
    clmlp_error why = {.message = ""}, of_info = {.message = ""};
    size_t base_size = 0;
    const unsigned first = fuzz_byte(&in);
    const uint8_t *const good = base((first & 0x80) != 0 ? 3 : first % 3, &base_size);
    const char *const path = fuzz_safetensors(&in, "bundle", good, base_size);
    const char *const one = fuzz_path("first"), *const two = fuzz_path("second");
    const clmlp_status told = clmlp_bundle_read_info(path, &info, &of_info);
    if (told != CLMLP_OK) fuzz_check_error(told, &of_info);
    const clmlp_status status = copy(path, one, &why);
    if (status == CLMLP_OK) {
        CHECK_WITH(told == CLMLP_OK, of_info.message);
        CHECK_WITH(copy(one, two, &why) == CLMLP_OK, why.message);
        fuzz_same_files(one, two);
    } else {
        fuzz_check_error(status, &why);
    }
    fuzz_release(&in);
}
