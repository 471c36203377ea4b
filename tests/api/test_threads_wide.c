/* test_threads_wide.c - threads whose work is so large that it is cut into threads of its own. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "model/model.h"
#include "networks.h"

enum { WIDE = 600, WIDE_HIDDEN = 300, WIDE_ROWS = 128, K = 4 };

static clmlp_dataset *data; /* of all threads */

/* So large that products of the CPU path and comparisons are cut into pieces, each with a thread of its own. */
typedef struct wide_work {
    pthread_barrier_t *start; /* NULL: at once */
    clmlp_error wrong;
    double theta[WIDE_HIDDEN * (WIDE + 1) + K * (WIDE_HIDDEN + 1)], worst;
    size_t steps, findings;
    bool passed;
} wide_work;

static void *verify_and_train_wide(void *argument)
{
    wide_work *const w = argument;
    clmlp_device *device = NULL;
    clmlp_model *model = NULL;
    clmlp_device_options on_cpu = clmlp_device_options_default();
    clmlp_verify_config verify = clmlp_verify_config_default();
    clmlp_verify_result result = {.size = sizeof result};
    clmlp_train_config config = clmlp_train_config_default();
    on_cpu.spec = "cpu";
    verify.steps = 1;
    verify.batch = config.batch = WIDE_ROWS;
    config.epochs = 2;
    if (w->start != NULL) (void)pthread_barrier_wait(w->start);
    clmlp_status status = clmlp_device_open(&device, &on_cpu, &w->wrong);
    if (status == CLMLP_OK) {
        status = clmlp_model_create_for(&model, data, (size_t[]){WIDE_HIDDEN}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3,
                                        &w->wrong);
    }
    if (status == CLMLP_OK) status = clmlp_verify(model, device, data, &verify, &result, &w->wrong);
    w->passed = result.passed;
    w->steps = result.steps;
    w->findings = result.count;
    for (size_t i = 0; i < result.count; i++) w->worst += result.findings[i].max_abs;
    clmlp_free(result.findings);
    if (status == CLMLP_OK) status = clmlp_train(model, device, data, NULL, &config, NULL, &w->wrong);
    if (status == CLMLP_OK) memcpy(w->theta, model->theta, sizeof w->theta);
    w->wrong.status = status;
    clmlp_model_destroy(model);
    clmlp_device_close(device);
    return NULL;
}

Test(threads_wide, whose_work_is_cut_into_threads_compute_what_they_do_one_after_the_other)
{
    static wide_work alone, found[2];
    pthread_t threads[2];
    pthread_barrier_t start;
    cr_assert_eq(pthread_barrier_init(&start, NULL, 2), 0);
    data = cloud_data(WIDE_ROWS, WIDE, K, 2);
    (void)verify_and_train_wide(&alone);
    cr_assert_eq(alone.wrong.status, CLMLP_OK, "%s", alone.wrong.message);
    for (size_t t = 0; t < 2; t++) {
        found[t].start = &start;
        cr_assert_eq(pthread_create(&threads[t], NULL, verify_and_train_wide, &found[t]), 0);
    }
    for (size_t t = 0; t < 2; t++) cr_assert_eq(pthread_join(threads[t], NULL), 0);
    for (size_t t = 0; t < 2; t++) {
        cr_assert_eq(found[t].wrong.status, CLMLP_OK, "%s", found[t].wrong.message);
        cr_assert(found[t].passed && found[t].steps == 1);
        cr_assert_eq(found[t].findings, alone.findings);
        cr_assert_eq(found[t].worst, alone.worst, "errors together %.17g, expected %.17g", found[t].worst, alone.worst);
        cr_assert_eq(memcmp(found[t].theta, alone.theta, sizeof alone.theta), 0, "thread %zu: another theta", t);
    }
    clmlp_dataset_destroy(data);
}
