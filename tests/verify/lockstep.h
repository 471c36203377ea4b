/* lockstep.h - a verification of a small network, for the tests of lock-step. */
#ifndef TEST_LOCKSTEP_H
#define TEST_LOCKSTEP_H

#include <criterion/criterion.h>
#include <stdio.h>

#include "networks.h"

static const char *const subjects[TEST_SUBJECT_COUNT] = TEST_SUBJECTS;
static const size_t hidden[] = {9, 6};

typedef struct setting {
    clmlp_device *device;
    clmlp_dataset *data;
    clmlp_model *model;
    clmlp_verify_config config;
    clmlp_verify_result result;
} setting;

static inline setting create(const char *spec, uint64_t memory)
{
    setting s = {.device = open_device(spec, CLMLP_F32, memory), .data = cloud_data(50, 7, 3, 5)};
    s.model = model_for(s.data, hidden, 2, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 2);
    s.config = clmlp_verify_config_default();
    s.result.size = sizeof s.result;
    s.config.batch = 16;
    s.config.lambda = 0.5;
    return s;
}

static inline void destroy(setting *s)
{
    clmlp_free(s->result.findings);
    clmlp_model_destroy(s->model);
    clmlp_dataset_destroy(s->data);
    clmlp_device_close(s->device);
}

static inline void run(setting *s)
{
    OK(clmlp_verify(s->model, s->device, s->data, &s->config, &s->result, error));
}

static inline void assert_passed(const setting *s, const char *what)
{
    char text[512] = "";
    if (s->result.first_failure != NULL) (void)clmlp_finding_text(s->result.first_failure, text, sizeof text);
    cr_assert(s->result.passed, "%s: %s", what, text);
    cr_assert_null(s->result.first_failure);
}

#endif
