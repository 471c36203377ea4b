/* test_inspect.c - what an inspector sees of a run, and what becomes of the run. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/order.h"
#include "networks.h"
#include "train/inspect.h"

enum { EXAMPLES = 50, N = 4, K = 3, BATCH = 8, PER_EPOCH = 7, EPOCHS = 3 };

/* Wants the steps in `wanted`, and moves to the CPU path at one. */
typedef struct spy {
    clmlp_inspector inspector;
    size_t first, every;   /* wants first, first + every, ...; every 0: first alone */
    size_t move_at;        /* 0: never */
    clmlp_status answer;   /* what inspect returns */
    size_t seen, seen_step, diverged, diverged_step;
    double last_theta[8];  /* theta before the step last seen, its first numbers */
    clmlp_inspection last;
    uint32_t rows[EXAMPLES];
} spy;

static bool spy_wants(clmlp_inspector *inspector, size_t step, uint64_t seed)
{
    const spy *const s = (const spy *)inspector;
    (void)seed;
    if (s->every == 0) return step == s->first;
    return step >= s->first && (step - s->first) % s->every == 0;
}

static void note(spy *s, const clmlp_inspection *seen)
{
    s->last = *seen;
    s->seen_step = seen->step;
    memcpy(s->last_theta, seen->theta, sizeof s->last_theta);
    for (size_t r = 0; r < seen->M; r++) {
        s->rows[r] = seen->order != NULL ? seen->order[seen->first + r] : (uint32_t)(seen->first + r);
    }
}

static clmlp_status spy_inspect(clmlp_inspector *inspector, const clmlp_inspection *seen, clmlp_verdict *verdict,
                                clmlp_error *error)
{
    spy *const s = (spy *)inspector;
    s->seen++;
    note(s, seen);
    if (s->move_at == seen->step) {
        *verdict = CLMLP_GO_ON_ON_CPU;
        s->move_at = 0;
    }
    return s->answer == CLMLP_OK ? CLMLP_OK : clmlp_fail(error, s->answer, "spied");
}

static clmlp_status spy_diverged(clmlp_inspector *inspector, const clmlp_inspection *seen, clmlp_error *error)
{
    spy *const s = (spy *)inspector;
    (void)error;
    s->diverged++;
    note(s, seen);
    return CLMLP_OK;
}

static spy make_spy(size_t first, size_t every)
{
    return (spy){.inspector = {spy_wants, spy_inspect, spy_diverged, NULL}, .first = first, .every = every};
}

typedef struct outcome {
    clmlp_status status;
    clmlp_train_result result;
    double costs[EPOCHS];
    double theta[256];
    char message[256];
} outcome;

static void keep_cost(const clmlp_epoch *epoch, void *context)
{
    ((outcome *)context)->costs[epoch->epoch - 1] = epoch->train.cost;
}

static outcome train(const char *spec, uint64_t memory, size_t batch, bool shuffle, const clmlp_dataset *data,
                     spy *inspector)
{
    const size_t hidden[] = {6};
    static outcome out;
    clmlp_error error = {.message = ""};
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_device *device = open_device(spec, CLMLP_F32, memory);
    clmlp_model *model = model_for(data, hidden, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SOFTMAX, 5);
    memset(&out, 0, sizeof out);
    out.result.size = sizeof out.result;
    config.epochs = EPOCHS;
    config.batch = batch;
    config.shuffle = shuffle;
    config.lambda = 0.25;
    config.on_epoch = (clmlp_on_epoch){keep_cost, &out};
    config.inspector = inspector != NULL ? &inspector->inspector : NULL;
    out.status = clmlp_train(model, device, data, data, &config, &out.result, &error);
    (void)snprintf(out.message, sizeof out.message, "%.200s", error.message);
    memcpy(out.theta, model->theta, clmlp_model_parameters(model) * sizeof(double));
    clmlp_model_destroy(model);
    clmlp_device_close(device);
    return out;
}

static void expect_same(const outcome *a, const outcome *b, const char *what)
{
    cr_assert_eq(a->status, CLMLP_OK, "%s: %s", what, a->message);
    cr_assert_eq(b->status, CLMLP_OK, "%s: %s", what, b->message);
    cr_assert_eq(memcmp(a->theta, b->theta, sizeof a->theta), 0, "%s: another theta", what);
    cr_assert_eq(memcmp(a->costs, b->costs, sizeof a->costs), 0, "%s: other costs", what);
    cr_assert_eq(a->result.steps, b->result.steps, "%s", what);
    cr_assert_eq(a->result.train.cost, b->result.train.cost, "%s", what);
    cr_assert_eq(a->result.test.cost, b->result.test.cost, "%s", what);
}

Test(inspect, changes_nothing_by_looking)
{
    const char *const devices[] = TEST_SUBJECTS;
    clmlp_dataset *data = cloud_data(EXAMPLES, N, K, 3);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        spy every = make_spy(1, 1);
        const outcome plain = train(devices[d], 0, BATCH, true, data, NULL);
        const outcome watched = train(devices[d], 0, BATCH, true, data, &every);
        expect_same(&plain, &watched, devices[d]);
        cr_assert_eq(every.seen, EPOCHS * PER_EPOCH);
        cr_assert_eq(every.seen_step, EPOCHS * PER_EPOCH);
        cr_assert_eq(every.diverged, 0);
    }
    clmlp_dataset_destroy(data);
}

Test(inspect, is_shown_the_rows_and_theta_of_the_step)
{
    clmlp_dataset *data = cloud_data(EXAMPLES, N, K, 3);
    const size_t hidden[] = {6};
    uint32_t order[EXAMPLES];
    spy last_of_second = make_spy(2 * PER_EPOCH, 0), first = make_spy(1, 0);
    clmlp_model *model = model_for(data, hidden, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SOFTMAX, 5);
    (void)train("cpu", 0, BATCH, true, data, &last_of_second);
    clmlp_order_shuffle(order, EXAMPLES, 1, 2);
    cr_assert_eq(last_of_second.seen, 1);
    cr_assert_eq(last_of_second.last.first, 6 * BATCH);
    cr_assert_eq(last_of_second.last.M, EXAMPLES - 6 * BATCH);
    cr_assert_eq(last_of_second.last.slot, 6);
    cr_assert_eq(memcmp(last_of_second.rows, order + 6 * BATCH, 2 * sizeof *order), 0);
    cr_assert_eq(last_of_second.last.descent.rule.rate, 0.5);
    cr_assert_eq(last_of_second.last.descent.decay, 0.25 / EXAMPLES);
    (void)train("opencl+native", 0, 0, true, data, &first);
    cr_assert_null(first.last.order);
    cr_assert_eq(first.last.M, EXAMPLES);
    for (size_t i = 0; i < 8; i++) cr_assert_eq(first.last_theta[i], (double)(float)model->theta[i]);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

enum { STEPS = EPOCHS * PER_EPOCH, PARAMETERS = 6 * (N + 1) + K * 7 };

/* What steps began and ended with, and what the network had then; by their numbers. */
typedef struct memory {
    spy spy;
    double before[STEPS + 1][PARAMETERS], after[STEPS + 1][PARAMETERS], network[STEPS + 1][PARAMETERS];
} memory;

static clmlp_status remember(clmlp_inspector *inspector, const clmlp_inspection *seen, clmlp_verdict *verdict,
                             clmlp_error *error)
{
    memory *const m = (memory *)inspector;
    memcpy(m->before[seen->step], seen->theta, sizeof m->before[0]);
    memcpy(m->after[seen->step], seen->theta_after, sizeof m->after[0]);
    TRY(clmlp_network_get_theta(seen->network, seen->model, m->network[seen->step], error));
    return spy_inspect(inspector, seen, verdict, error);
}

static void train_with(memory *m, const char *spec, const clmlp_dataset *data, size_t every, size_t move_at)
{
    m->spy = make_spy(1, every);
    m->spy.inspector.inspect = remember;
    m->spy.move_at = move_at;
    cr_assert_eq(train(spec, 0, BATCH, true, data, &m->spy).status, CLMLP_OK);
}

/* What a step ends with is what the next one begins with, whether that was looked at or not. */
Test(inspect, is_shown_theta_before_and_after_each_step)
{
    const char *const devices[] = TEST_SUBJECTS;
    static memory each, some;
    clmlp_dataset *data = cloud_data(EXAMPLES, N, K, 3);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        train_with(&each, devices[d], data, 1, 0);
        train_with(&some, devices[d], data, 3, 0);
        for (size_t step = 1; step <= STEPS; step++) {
            cr_assert_eq(memcmp(each.after[step], each.network[step], sizeof each.after[0]), 0, "step %zu", step);
            cr_assert_neq(memcmp(each.before[step], each.after[step], sizeof each.after[0]), 0, "step %zu", step);
            if (step % 3 != 1) continue;
            cr_assert_eq(memcmp(each.before[step], some.before[step], sizeof each.before[0]), 0, "step %zu", step);
            cr_assert_eq(memcmp(each.after[step], some.after[step], sizeof each.after[0]), 0, "step %zu", step);
        }
    }
    clmlp_dataset_destroy(data);
}

/* The step that is done again there begins with the same theta. */
Test(inspect, is_shown_theta_before_a_step_that_is_done_again)
{
    static memory moved, stayed;
    clmlp_dataset *data = cloud_data(EXAMPLES, N, K, 3);
    train_with(&stayed, "cpu", data, 1, 0);
    train_with(&moved, "cpu", data, 1, PER_EPOCH + 2);
    cr_assert_eq(moved.spy.seen, STEPS + 1);
    cr_assert_eq(memcmp(moved.before, stayed.before, sizeof moved.before), 0);
    cr_assert_eq(memcmp(moved.after, stayed.after, sizeof moved.after), 0);
    clmlp_dataset_destroy(data);
}

/* From the CPU path to the CPU path: whenever it happens, nothing changes. */
Test(inspect, goes_on_on_the_cpu_path_from_theta_before_the_step)
{
    static const size_t moves[] = {1, 2, PER_EPOCH, PER_EPOCH + 1, 2 * PER_EPOCH + 3, 3 * PER_EPOCH};
    clmlp_dataset *data = cloud_data(EXAMPLES, N, K, 3);
    for (int shuffle = 0; shuffle < 2; shuffle++) {
        const outcome plain = train("cpu", 0, BATCH, shuffle, data, NULL);
        for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
            spy mover = make_spy(moves[i], 0);
            char what[64];
            mover.move_at = moves[i];
            (void)snprintf(what, sizeof what, "shuffle %d, move at step %zu", shuffle, moves[i]);
            const outcome moved = train("cpu", 0, BATCH, shuffle, data, &mover);
            expect_same(&plain, &moved, what);
            cr_assert_eq(mover.seen, 2, "%s", what); /* and once more, there */
        }
    }
    clmlp_dataset_destroy(data);
}

Test(inspect, goes_on_on_the_cpu_path_with_a_full_batch)
{
    clmlp_dataset *data = cloud_data(EXAMPLES, N, K, 3);
    spy mover = make_spy(2, 0);
    mover.move_at = 2;
    const outcome plain = train("cpu", 0, 0, true, data, NULL), moved = train("cpu", 0, 0, true, data, &mover);
    expect_same(&plain, &moved, "full batch");
    clmlp_dataset_destroy(data);
}

/* What streams on the device comes from the host's memory afterwards. */
Test(inspect, goes_on_on_the_cpu_path_from_streamed_data)
{
    enum { MANY = 3000, WIDE = 200 };
    const size_t hidden[] = {13};
    clmlp_dataset *data = cloud_data(MANY, WIDE, 4, 5);
    for (int moved = 0; moved < 2; moved++) {
        static double theta[2][13 * (WIDE + 1) + 4 * 14];
        spy mover = make_spy(17, 0);
        clmlp_train_result result = {.size = sizeof result};
        clmlp_train_config config = clmlp_train_config_default();
        clmlp_device *device = open_device("cpu", CLMLP_F32, moved ? 1500000 : 0);
        clmlp_model *model = model_for(data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 5);
        mover.move_at = 17;
        config.epochs = 2;
        config.batch = 50;
        config.inspector = moved ? &mover.inspector : NULL;
        OK(clmlp_train(model, device, data, NULL, &config, &result, error));
        cr_assert_eq(result.streamed, moved != 0);
        memcpy(theta[moved], model->theta, sizeof theta[0]);
        if (moved) cr_assert_eq(memcmp(theta[0], theta[1], sizeof theta[0]), 0);
        clmlp_model_destroy(model);
        clmlp_device_close(device);
    }
    clmlp_dataset_destroy(data);
}

Test(inspect, goes_on_on_the_cpu_path_from_every_engine)
{
    const char *const devices[] = TEST_SUBJECTS;
    clmlp_dataset *data = cloud_data(EXAMPLES, N, K, 3);
    const outcome plain = train("cpu", 0, BATCH, true, data, NULL);
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        spy mover = make_spy(1, 0);
        mover.move_at = 1;
        const outcome moved = train(devices[d], 0, BATCH, true, data, &mover);
        expect_same(&plain, &moved, devices[d]);
    }
    clmlp_dataset_destroy(data);
}

Test(inspect, ends_training_with_theta_before_the_step)
{
    clmlp_dataset *data = cloud_data(EXAMPLES, N, K, 3);
    spy ender = make_spy(10, 0);
    ender.answer = CLMLP_MISMATCH;
    const outcome ended = train("cpu", 0, BATCH, true, data, &ender);
    cr_assert_eq(ended.status, CLMLP_MISMATCH);
    cr_assert_str_eq(ended.message, "spied");
    cr_assert_eq(ended.result.steps, 9);
    cr_assert_eq(memcmp(ended.theta, ender.last_theta, sizeof ender.last_theta), 0);
    clmlp_dataset_destroy(data);
}

/* A linear network explodes: theta grows by a factor with each step until it overflows. */
static outcome explode(const char *spec, size_t batch, double rate, spy *inspector)
{
    static outcome out;
    const size_t hidden[] = {6};
    clmlp_error error = {.message = ""};
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_dataset *data = random_data(EXAMPLES, N, K, CLMLP_OUTPUT_LINEAR, 4);
    clmlp_device *device = open_device(spec, CLMLP_F32, 0);
    clmlp_model *model = model_for(data, hidden, 1, CLMLP_LINEAR, CLMLP_OUTPUT_LINEAR, 5);
    memset(&out, 0, sizeof out);
    out.result.size = sizeof out.result;
    config.epochs = 200;
    config.rate = rate;
    config.batch = batch;
    config.inspector = inspector != NULL ? &inspector->inspector : NULL;
    out.status = clmlp_train(model, device, data, NULL, &config, &out.result, &error);
    memcpy(out.theta, model->theta, clmlp_model_parameters(model) * sizeof(double));
    clmlp_model_destroy(model);
    clmlp_device_close(device);
    clmlp_dataset_destroy(data);
    return out;
}

Test(inspect, is_shown_the_step_that_diverged_with_the_finite_theta_before_it)
{
    const char *const devices[] = TEST_SUBJECTS;
    static const double rates[] = {20.0, 300.0, 1e4, 1e30};
    static const size_t batches[] = {BATCH, 0};
    for (size_t i = 0; i < 4 * 2 * TEST_SUBJECT_COUNT; i++) {
        const char *const spec = devices[i % TEST_SUBJECT_COUNT];
        const double rate = rates[i / TEST_SUBJECT_COUNT % 4];
        const size_t batch = batches[i / TEST_SUBJECT_COUNT / 4], per_epoch = batch == 0 ? 1 : PER_EPOCH;
        spy watcher = make_spy(0, 0);
        const outcome plain = explode(spec, batch, rate, NULL), out = explode(spec, batch, rate, &watcher);
        cr_assert_eq(out.status, CLMLP_DIVERGED, "%s, rate %g", spec, rate);
        cr_assert_eq(watcher.diverged, 1);
        cr_assert_eq(watcher.seen, 0);
        for (size_t k = 0; k < 8; k++) cr_assert(isfinite(watcher.last_theta[k]), "%s, rate %g", spec, rate);
        const size_t bad = (out.result.diverged_epoch - 1) * per_epoch + out.result.diverged_step;
        cr_assert(watcher.seen_step >= 1 && watcher.seen_step <= bad, "%s, rate %g: step %zu of %zu", spec, rate,
                  watcher.seen_step, bad);
        cr_assert_leq(bad - watcher.seen_step, 4, "%s, rate %g: step %zu of %zu", spec, rate, watcher.seen_step, bad);
        /* the model is what it would have been without anyone looking */
        cr_assert_eq(memcmp(plain.theta, out.theta, sizeof plain.theta), 0, "%s, rate %g", spec, rate);
        cr_assert_eq(plain.result.diverged_step, out.result.diverged_step);
        cr_assert_eq(plain.result.diverged_epoch, out.result.diverged_epoch);
    }
}
