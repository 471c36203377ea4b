/* test_threads.c - threads with a device each, trainers in turn on one device, data and models that several threads
 * read: the bits of the same work done one after the other. Under the thread sanitizer: cmake --preset tsan. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "networks.h"

enum { M = 300, ROWS = 70, N = 9, HIDDEN = 13, K = 4, THETA = HIDDEN * (N + 1) + K * (HIDDEN + 1), EPOCHS = 3 };

static const char *const subjects[] = TEST_SUBJECTS;

/* What all threads of a test read. */
static clmlp_dataset *train_data, *test_data;

static void make_data(void)
{
    train_data = cloud_data(M, N, K, 2);
    test_data = cloud_data(ROWS, N, K, 3);
}

static void release_data(void)
{
    clmlp_dataset_destroy(train_data);
    clmlp_dataset_destroy(test_data);
}

/* One thread's work, and all that comes out of it. Criterion's assertions are the main thread's: a thread only notes
 * what went wrong. */
typedef struct work {
    const char *spec;
    clmlp_precision precision;
    uint64_t seed;
    pthread_barrier_t *start; /* NULL: at once */
    const clmlp_model *model; /* that it reads; NULL: it trains one */
    clmlp_error wrong;
    double theta[THETA], h[ROWS * K], session_h[ROWS * K];
    clmlp_score train, test, evaluated;
    uint64_t confusion[K * K];
} work;

static clmlp_status open_for(clmlp_device **device, const work *w, clmlp_error *error)
{
    clmlp_device_options options = clmlp_device_options_default();
    char name[64];
    (void)snprintf(name, sizeof name, "%s", w->spec);
    char *const engine = strchr(name, '+');
    if (engine != NULL) {
        *engine = '\0';
        if (!clmlp_engine_parse(engine + 1, &options.engine)) return CLMLP_BAD_ARGUMENT;
    }
    options.spec = name;
    options.precision = w->precision;
    return clmlp_device_open(device, &options, error);
}

static clmlp_status make_model(clmlp_model **model, const work *w, clmlp_error *error)
{
    const clmlp_status status = clmlp_model_create_for(model, train_data, (size_t[]){HIDDEN}, 1, CLMLP_TANH,
                                                       CLMLP_OUTPUT_SOFTMAX, w->seed, error);
    return status == CLMLP_OK ? clmlp_model_fit_scaling(*model, train_data, CLMLP_SCALE_STANDARD, error) : status;
}

static clmlp_train_config config_for(const work *w)
{
    clmlp_train_config config = clmlp_train_config_default();
    config.epochs = EPOCHS;
    config.batch = 16;
    config.lambda = 0.25;
    config.seed = w->seed;
    config.optimizer = w->seed % 2 == 0 ? CLMLP_SGD : CLMLP_ADAM;
    if (config.optimizer == CLMLP_ADAM) config.rate = 0.01;
    return config;
}

/* Evaluation, prediction, and a session, of a model that others may read at the same time. */
static clmlp_status read_model(work *w, const clmlp_model *model, clmlp_device *device)
{
    clmlp_evaluation *evaluation = NULL;
    clmlp_session *session = NULL;
    clmlp_error *const error = &w->wrong;
    double x[ROWS * N];
    clmlp_status status = clmlp_predict(model, device, test_data, w->h, error);
    if (status == CLMLP_OK) status = clmlp_evaluate(model, device, test_data, -1.0, &evaluation, error);
    if (status == CLMLP_OK) {
        w->evaluated = evaluation->score;
        memcpy(w->confusion, evaluation->confusion, sizeof w->confusion);
    }
    clmlp_evaluation_destroy(evaluation);
    for (size_t r = 0; r < ROWS && status == CLMLP_OK; r++) {
        status = clmlp_dataset_row(test_data, r, x + r * N, NULL, error);
    }
    if (status == CLMLP_OK) status = clmlp_session_create(&session, model, device, ROWS, error);
    if (status == CLMLP_OK) status = clmlp_session_predict_f64(session, ROWS, x, w->session_h, error);
    clmlp_session_destroy(session);
    return status;
}

/* From opening the device to closing it. */
static void *train_and_use(void *argument)
{
    work *const w = argument;
    clmlp_device *device = NULL;
    clmlp_model *model = NULL;
    clmlp_train_result result = {.size = sizeof result};
    const clmlp_train_config config = config_for(w);
    if (w->start != NULL) (void)pthread_barrier_wait(w->start);
    clmlp_status status = open_for(&device, w, &w->wrong);
    if (status == CLMLP_OK) status = make_model(&model, w, &w->wrong);
    if (status == CLMLP_OK) status = clmlp_train(model, device, train_data, test_data, &config, &result, &w->wrong);
    if (status == CLMLP_OK) {
        memcpy(w->theta, model->theta, sizeof w->theta);
        w->train = result.train;
        w->test = result.test;
        status = read_model(w, model, device);
    }
    w->wrong.status = status;
    clmlp_model_destroy(model);
    clmlp_device_close(device);
    return NULL;
}

static void assert_same(const work *found, const work *expected, const char *beside)
{
    cr_assert_eq(found->wrong.status, CLMLP_OK, "%s beside %s: %s", found->spec, beside, found->wrong.message);
    cr_assert_eq(memcmp(found->theta, expected->theta, sizeof found->theta), 0, "%s beside %s: another theta",
                 found->spec, beside);
    cr_assert_eq(memcmp(found->h, expected->h, sizeof found->h), 0, "%s beside %s: another h", found->spec, beside);
    cr_assert_eq(memcmp(found->session_h, found->h, sizeof found->h), 0, "%s beside %s: another h of a session",
                 found->spec, beside);
    cr_assert_eq(memcmp(found->confusion, expected->confusion, sizeof found->confusion), 0,
                 "%s beside %s: another confusion", found->spec, beside);
    const clmlp_score *const f[] = {&found->train, &found->test, &found->evaluated};
    const clmlp_score *const e[] = {&expected->train, &expected->test, &expected->evaluated};
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(f[i]->cost, e[i]->cost, "%s beside %s, score %zu: cost %.17g, expected %.17g", found->spec, beside,
                     i, f[i]->cost, e[i]->cost);
        cr_assert_eq(f[i]->accuracy, e[i]->accuracy, "%s beside %s, score %zu", found->spec, beside, i);
    }
}

static pthread_t start_thread(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, function, argument), 0);
    return thread;
}

static void wait_for(pthread_t thread)
{
    cr_assert_eq(pthread_join(thread, NULL), 0);
}

/* Nothing is compiled yet: both threads of a pair build programs. */
static void forget_programs(const char *name)
{
    char folder[1024], command[2100];
    (void)snprintf(folder, sizeof folder, "%s/threads-%s", TEST_SCRATCH_DIR, name);
    (void)snprintf(command, sizeof command, "rm -rf '%s' && mkdir -p '%s/pocl'", folder, folder);
    cr_assert_eq(system(command), 0);
    cr_assert_eq(setenv("CLMLP_CACHE_DIR", folder, 1) | setenv("CLMLP_PROGRAM_CACHE", "always", 1), 0);
    (void)strncat(folder, "/pocl", sizeof folder - strlen(folder) - 1);
    cr_assert_eq(setenv("POCL_CACHE_DIR", folder, 1), 0);
}

/* --- a device each ----------------------------------------------------------------------------------------------- */

Test(threads, with_a_device_each_compute_what_they_do_one_after_the_other)
{
    static work expected[TEST_SUBJECT_COUNT][2], found[2];
    pthread_barrier_t start;
    cr_assert_eq(pthread_barrier_init(&start, NULL, 2), 0);
    make_data();
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        for (size_t s = 0; s < 2; s++) {
            expected[i][s] = (work){.spec = subjects[i], .seed = 4 + s};
            (void)train_and_use(&expected[i][s]);
            assert_same(&expected[i][s], &expected[i][s], "nothing");
        }
    }
    for (size_t i = 0; i < TEST_SUBJECT_COUNT; i++) {
        for (size_t j = i; j < TEST_SUBJECT_COUNT; j++) {
            pthread_t threads[2];
            for (size_t s = 0; s < 2; s++) {
                found[s] = (work){.spec = subjects[s == 0 ? i : j], .seed = 4 + s, .start = &start};
                threads[s] = start_thread(train_and_use, &found[s]);
            }
            for (size_t s = 0; s < 2; s++) wait_for(threads[s]);
            assert_same(&found[0], &expected[i][0], subjects[j]);
            assert_same(&found[1], &expected[j][1], subjects[i]);
        }
    }
    release_data();
}

/* The first ones of a process: the driver sets itself up in them, and all of them build and keep the same programs. */
Test(threads, that_begin_with_cold_caches_build_and_keep_programs_side_by_side)
{
    enum { THREADS = 2 };
    static work found[THREADS], again;
    pthread_t threads[THREADS];
    pthread_barrier_t start;
    clmlp_startup startup = {.size = sizeof startup};
    clmlp_device *device = NULL;
    cr_assert_eq(pthread_barrier_init(&start, NULL, THREADS), 0);
    forget_programs("cold");
    make_data();
    for (size_t t = 0; t < THREADS; t++) {
        found[t] = (work){.spec = "opencl+native", .seed = 4, .start = &start};
        threads[t] = start_thread(train_and_use, &found[t]);
    }
    for (size_t t = 0; t < THREADS; t++) wait_for(threads[t]);
    again = (work){.spec = "opencl+native", .seed = 4};
    (void)train_and_use(&again);
    for (size_t t = 0; t < THREADS; t++) assert_same(&found[t], &again, "one like it");
    OK(open_for(&device, &again, error));
    OK(clmlp_device_startup(device, &startup, error));
    cr_assert_eq(startup.from_cache, startup.programs, "%zu of %zu programs are in the cache", startup.from_cache,
                 startup.programs);
    clmlp_device_close(device);
    release_data();
}

/* --- two trainers on one device ---------------------------------------------------------------------------------- */

/* A thread with a device, and two trainings on it in turn. */
typedef struct pair {
    work each[2];
    pthread_barrier_t *start;
} pair;

static clmlp_status step_in_turn(clmlp_trainer *const trainers[2], clmlp_error *error)
{
    clmlp_score train, test;
    for (size_t turn = 0;; turn++) {
        bool any = false;
        for (size_t i = 0; i < 2; i++) {
            if (clmlp_trainer_epochs_left(trainers[i]) == 0) continue;
            any = true;
            clmlp_status status = clmlp_trainer_run_step(trainers[i], NULL, error);
            /* the room for costs is the device's */
            if (status == CLMLP_OK && turn % 5 == i) status = clmlp_trainer_score(trainers[i], &train, &test, error);
            if (status != CLMLP_OK) return status;
        }
        if (!any) return CLMLP_OK;
    }
}

static void *train_two_in_turn(void *argument)
{
    pair *const p = argument;
    clmlp_trainer *trainers[2] = {NULL, NULL};
    clmlp_model *models[2] = {NULL, NULL};
    clmlp_train_config configs[2];
    clmlp_device *device = NULL;
    clmlp_error *const error = &p->each[0].wrong;
    if (p->start != NULL) (void)pthread_barrier_wait(p->start);
    clmlp_status status = open_for(&device, &p->each[0], error);
    for (size_t i = 0; i < 2 && status == CLMLP_OK; i++) {
        configs[i] = config_for(&p->each[i]);
        status = make_model(&models[i], &p->each[i], error);
        if (status == CLMLP_OK) {
            status = clmlp_trainer_create(&trainers[i], models[i], device, train_data, test_data, &configs[i], error);
        }
    }
    if (status == CLMLP_OK) status = step_in_turn(trainers, error);
    for (size_t i = 0; i < 2 && status == CLMLP_OK; i++) {
        clmlp_train_result result = {.size = sizeof result};
        status = clmlp_trainer_finish(trainers[i], &result, error);
        p->each[i].train = result.train;
        p->each[i].test = result.test;
    }
    for (size_t i = 0; i < 2; i++) clmlp_trainer_destroy(trainers[i]);
    for (size_t i = 0; i < 2 && status == CLMLP_OK; i++) {
        memcpy(p->each[i].theta, models[i]->theta, sizeof p->each[i].theta);
        status = read_model(&p->each[i], models[i], device);
    }
    p->each[0].wrong.status = p->each[1].wrong.status = status;
    for (size_t i = 0; i < 2; i++) clmlp_model_destroy(models[i]);
    clmlp_device_close(device);
    return NULL;
}

Test(threads, with_two_trainers_in_turn_on_their_device_train_as_one_after_the_other)
{
    static work expected[TEST_SUBJECT_COUNT][2];
    static pair found[TEST_SUBJECT_COUNT];
    pthread_t threads[TEST_SUBJECT_COUNT];
    pthread_barrier_t start;
    cr_assert_eq(pthread_barrier_init(&start, NULL, TEST_SUBJECT_COUNT), 0);
    make_data();
    for (size_t t = 0; t < TEST_SUBJECT_COUNT; t++) {
        for (size_t i = 0; i < 2; i++) {
            expected[t][i] = (work){.spec = subjects[t], .seed = 4 + i};
            (void)train_and_use(&expected[t][i]);
            found[t].each[i] = (work){.spec = subjects[t], .seed = 4 + i};
        }
        found[t].start = &start;
    }
    for (size_t t = 0; t < TEST_SUBJECT_COUNT; t++) threads[t] = start_thread(train_two_in_turn, &found[t]);
    for (size_t t = 0; t < TEST_SUBJECT_COUNT; t++) wait_for(threads[t]);
    for (size_t t = 0; t < TEST_SUBJECT_COUNT; t++) {
        for (size_t i = 0; i < 2; i++) assert_same(&found[t].each[i], &expected[t][i], "another trainer, and threads");
    }
    release_data();
}

/* --- what is shared ---------------------------------------------------------------------------------------------- */

/* All that only reads: parts of the data, its fingerprint in a checkpoint, files of the model. */
static void *read_what_is_shared(void *argument)
{
    work *const w = argument;
    const clmlp_model *const model = w->model;
    clmlp_device *device = NULL;
    clmlp_dataset *rest = NULL, *part = NULL;
    clmlp_model *loaded = NULL;
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/threads-%u.safetensors", TEST_SCRATCH_DIR, (unsigned)w->seed);
    if (w->start != NULL) (void)pthread_barrier_wait(w->start);
    clmlp_status status = open_for(&device, w, &w->wrong);
    if (status == CLMLP_OK) status = read_model(w, model, device);
    if (status == CLMLP_OK) status = clmlp_dataset_split(train_data, 0.25, w->seed, &rest, &part, &w->wrong);
    if (status == CLMLP_OK) status = clmlp_dataset_row(part, 0, w->theta, w->theta + N, &w->wrong);
    if (status == CLMLP_OK) status = clmlp_model_save(model, path, &w->wrong);
    if (status == CLMLP_OK) status = clmlp_model_load(&loaded, path, NULL, &w->wrong);
    for (size_t i = 0; i < THETA && status == CLMLP_OK; i++) {
        if ((float)loaded->theta[i] == (float)model->theta[i]) continue; /* files are float */
        (void)snprintf(w->wrong.message, sizeof w->wrong.message, "number %zu of the saved theta is another", i);
        status = CLMLP_MISMATCH;
    }
    w->wrong.status = status;
    clmlp_model_destroy(loaded);
    clmlp_dataset_destroy(rest);
    clmlp_dataset_destroy(part);
    clmlp_device_close(device);
    return NULL;
}

Test(threads, that_share_data_and_a_model_read_the_same_bits)
{
    enum { READERS = TEST_SUBJECT_COUNT, THREADS = READERS + 2 };
    static work expected[THREADS], found[THREADS];
    pthread_t threads[THREADS];
    pthread_barrier_t start;
    clmlp_model *model = NULL;
    const work how = {.seed = 9};
    cr_assert_eq(pthread_barrier_init(&start, NULL, THREADS), 0);
    make_data();
    OK(make_model(&model, &how, error));
    for (size_t t = 0; t < THREADS; t++) {
        void *(*const function)(void *) = t < READERS ? read_what_is_shared : train_and_use;
        expected[t] = (work){.spec = subjects[t % TEST_SUBJECT_COUNT], .precision = CLMLP_F64, .seed = 20 + t,
                             .model = model};
        (void)function(&expected[t]);
        found[t] = (work){.spec = expected[t].spec, .precision = CLMLP_F64, .seed = 20 + t, .model = model,
                          .start = &start};
    }
    for (size_t t = 0; t < THREADS; t++) {
        threads[t] = start_thread(t < READERS ? read_what_is_shared : train_and_use, &found[t]);
    }
    for (size_t t = 0; t < THREADS; t++) wait_for(threads[t]);
    for (size_t t = 0; t < THREADS; t++) assert_same(&found[t], &expected[t], "readers of the same data");
    clmlp_model_destroy(model);
    release_data();
}
