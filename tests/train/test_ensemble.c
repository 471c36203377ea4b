/* test_ensemble.c - several networks in one model: their mean, its score, its file. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "model/model.h"
#include "networks.h"

enum { ROWS = 70, N = 5, K = 3, MEMBERS = 3 };

/* Members of one topology and scaling, and the ensemble of them. */
typedef struct setup {
    clmlp_dataset *data;
    clmlp_model *members[MEMBERS], *all;
    clmlp_device *device;
} setup;

static setup make(const char *spec, clmlp_output output)
{
    setup s = {.data = random_data(ROWS, N, K, output, 5), .device = open_device(spec, CLMLP_F32, 0)};
    for (size_t k = 0; k <= MEMBERS; k++) {
        clmlp_model *model = model_for(s.data, (size_t[]){4}, 1, CLMLP_TANH, output, 11 + k % MEMBERS);
        OK(clmlp_model_fit_scaling(model, s.data, CLMLP_SCALE_STANDARD, error));
        if (output == CLMLP_OUTPUT_LINEAR) {
            OK(clmlp_model_fit_target_scaling(model, s.data, CLMLP_SCALE_STANDARD, error));
        }
        if (k < MEMBERS) s.members[k] = model;
        else s.all = model;
    }
    for (size_t k = 1; k < MEMBERS; k++) OK(clmlp_model_add_member(s.all, s.members[k], error));
    return s;
}

static void unmake(setup *s)
{
    for (size_t k = 0; k < MEMBERS; k++) clmlp_model_destroy(s->members[k]);
    clmlp_model_destroy(s->all);
    clmlp_device_close(s->device);
    clmlp_dataset_destroy(s->data);
}

/* The mean of what the members predict, in their order; and the cost of that, from the formula. */
static double by_hand(const setup *s, double mean[ROWS * K])
{
    double own[ROWS * K], cost = 0.0;
    memset(mean, 0, ROWS * K * sizeof *mean);
    for (size_t k = 0; k < MEMBERS; k++) {
        OK(clmlp_predict(s->members[k], s->device, s->data, own, error));
        for (size_t i = 0; i < ROWS * K; i++) mean[i] += own[i];
    }
    for (size_t i = 0; i < ROWS * K; i++) {
        double y = 0.0;
        mean[i] /= MEMBERS;
        if (s->data->target_kind == CLMLP_TARGET_CLASSES) y = s->data->labels[i / K] == i % K ? 1.0 : 0.0;
        else y = s->data->y[i];
        if (s->all->output == CLMLP_OUTPUT_LINEAR) {
            cost += pow((mean[i] - y) / s->all->target_scaling.divisor[i % K], 2.0) / 2.0;
        } else {
            cost -= y * log(mean[i]);
            if (s->all->output == CLMLP_OUTPUT_SIGMOID) cost -= (1.0 - y) * log(1.0 - mean[i]);
        }
    }
    return cost / ROWS;
}

Test(ensemble, predicts_the_mean_of_its_members)
{
    const char *const subjects[] = TEST_SUBJECTS;
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        for (int output = 0; output < CLMLP_OUTPUT_COUNT; output++) {
            setup s = make(subjects[i], (clmlp_output)output);
            double expected[ROWS * K], found[ROWS * K], x[ROWS * N];
            clmlp_session *session = NULL;
            clmlp_evaluation *evaluation = NULL;
            const double cost = by_hand(&s, expected);
            OK(clmlp_predict(s.all, s.device, s.data, found, error));
            cr_assert_eq(memcmp(found, expected, sizeof found), 0, "%s, output %d", subjects[i], output);
            for (size_t e = 0; e < ROWS * N; e++) x[e] = clmlp_dataset_feature(s.data, e / N, e % N);
            OK(clmlp_session_create(&session, s.all, s.device, ROWS, error));
            OK(clmlp_session_predict_f64(session, ROWS, x, found, error));
            cr_assert_eq(memcmp(found, expected, sizeof found), 0, "session, %s, output %d", subjects[i], output);
            OK(clmlp_evaluate(s.all, s.device, s.data, 0.0, &evaluation, error));
            /* sums of so many terms in double, in another order at the most */
            cr_assert(fabs(evaluation->score.cost - cost) <= 4.0 * ROWS * K * 0x1p-53 * cost, "%s, output %d: cost "
                      "%.17g, expected %.17g", subjects[i], output, evaluation->score.cost, cost);
            clmlp_evaluation_destroy(evaluation);
            clmlp_session_destroy(session);
            unmake(&s);
        }
    }
}

Test(ensemble, comes_back_from_its_file)
{
    const char *const path = TEST_SCRATCH_DIR "/ensemble.safetensors";
    setup s = make("cpu", CLMLP_OUTPUT_SIGMOID);
    clmlp_model *back = NULL;
    const size_t bytes = clmlp_model_parameters(s.all) * sizeof(double);
    s.all->precision = CLMLP_F64;
    OK(clmlp_model_save(s.all, path, error));
    OK(clmlp_model_load(&back, path, NULL, error));
    cr_assert_eq(clmlp_model_members(back), MEMBERS);
    for (size_t k = 0; k < MEMBERS; k++) {
        cr_assert_eq(memcmp(clmlp_model_member_theta(back, k), s.members[k]->theta, bytes), 0, "member %zu", k);
    }
    clmlp_model_destroy(back);
    unmake(&s);
}

static void expect_refused(clmlp_status status, const clmlp_error *failure, const char *part)
{
    cr_assert_eq(status, CLMLP_BAD_ARGUMENT);
    cr_assert(strstr(failure->message, part) != NULL, "no '%s' in %s", part, failure->message);
}

Test(ensemble, gives_its_last_member_away)
{
    clmlp_error failure = {.status = CLMLP_OK};
    setup s = make("cpu", CLMLP_OUTPUT_SIGMOID);
    for (size_t k = MEMBERS; k > 1; k--) {
        OK(clmlp_model_remove_member(s.all, error));
        cr_assert_eq(clmlp_model_members(s.all), k - 1);
    }
    expect_refused(clmlp_model_remove_member(s.all, &failure), &failure, "it is no ensemble");
    OK(clmlp_model_add_member(s.all, s.members[1], error));
    cr_assert_eq(clmlp_model_member_theta(s.all, 1)[0], s.members[1]->theta[0]);
    unmake(&s);
}

Test(ensemble, takes_no_other_network_and_is_not_trained)
{
    clmlp_error failure = {.status = CLMLP_OK};
    setup s = make("cpu", CLMLP_OUTPUT_SIGMOID);
    clmlp_model *wide = model_for(s.data, (size_t[]){5}, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 1);
    clmlp_model *plain = model_for(s.data, (size_t[]){4}, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 1);
    const clmlp_train_config config = clmlp_train_config_default();
    expect_refused(clmlp_model_add_member(s.all, wide, &failure), &failure, "another network");
    expect_refused(clmlp_model_add_member(s.all, plain, &failure), &failure, "scaling");
    expect_refused(clmlp_train(s.all, s.device, s.data, NULL, &config, NULL, &failure), &failure, "ensemble of 3");
    cr_assert_eq(clmlp_model_members(s.all), MEMBERS);
    clmlp_model_destroy(wide), clmlp_model_destroy(plain);
    unmake(&s);
}
