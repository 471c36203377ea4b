/* test_threads_apart.c - what threads do not share, each has for itself: errors, stops, entries of the cache; what they
 * write to one name is there whole. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/user_cache.h"
#include "data/fingerprint.h"
#include "model/model.h"
#include "networks.h"

enum { THREADS = 4, TURNS = 40, NAME = 1024 };

typedef struct part {
    unsigned number;           /* of the thread, from 0 */
    pthread_barrier_t *start;
    const char *wrong;         /* what was not as it should be; NULL: nothing */
    char found[CLMLP_ERROR_LENGTH];
} part;

/* All at once, and wait. */
static void run_threads(part parts[THREADS], void *(*function)(void *))
{
    pthread_t threads[THREADS];
    pthread_barrier_t start;
    cr_assert_eq(pthread_barrier_init(&start, NULL, THREADS), 0);
    for (unsigned t = 0; t < THREADS; t++) {
        parts[t].number = t;
        parts[t].start = &start;
        cr_assert_eq(pthread_create(&threads[t], NULL, function, &parts[t]), 0);
    }
    for (unsigned t = 0; t < THREADS; t++) cr_assert_eq(pthread_join(threads[t], NULL), 0);
    for (unsigned t = 0; t < THREADS; t++) {
        cr_expect_null(parts[t].wrong, "thread %u: %s: %s", t, parts[t].wrong != NULL ? parts[t].wrong : "",
                       parts[t].found);
    }
}

/* A folder that is empty. */
static void make_folder(char path[NAME], const char *name)
{
    char command[2 * NAME + 64];
    (void)snprintf(path, NAME, "%s/threads-%s", TEST_SCRATCH_DIR, name);
    (void)snprintf(command, sizeof command, "rm -rf '%s' && mkdir -m 700 '%s'", path, path);
    cr_assert_eq(system(command), 0);
}

/* --- errors ------------------------------------------------------------------------------------------------------ */

static char folder[NAME];

/* FOLDER/bad-T.csv, whose line 2 + T is wrong. */
static void bad_file(char path[NAME + 32], unsigned t)
{
    (void)snprintf(path, NAME + 32, "%s/bad-%u.csv", folder, t);
}

/* Errors of three kinds: of a file, of a model file that is not there, of a device. */
static void *fail_again_and_again(void *argument)
{
    part *const p = argument;
    char path[NAME + 32], name[64], expected[3][NAME + 128];
    bad_file(path, p->number);
    (void)snprintf(name, sizeof name, "opencl:no-such-%u", p->number);
    (void)snprintf(expected[0], sizeof expected[0], "%s:%u:", path, 2 + p->number);
    (void)snprintf(expected[1], sizeof expected[1], "%s-model: ", path);
    (void)snprintf(expected[2], sizeof expected[2], "no-such-%u", p->number);
    (void)pthread_barrier_wait(p->start);
    for (int turn = 0; turn < TURNS && p->wrong == NULL; turn++) {
        clmlp_error errors[3] = {{.status = CLMLP_OK}};
        clmlp_load_options load = clmlp_load_options_default();
        clmlp_device_options where = clmlp_device_options_default();
        clmlp_dataset *data = NULL;
        clmlp_device *device = NULL;
        clmlp_model *model = NULL;
        char missing[NAME + 64];
        (void)snprintf(missing, sizeof missing, "%s-model", path);
        where.spec = name;
        if (clmlp_dataset_load(&data, path, &load, &errors[0]) != CLMLP_BAD_INPUT) p->wrong = "the status of a file";
        if (clmlp_model_load(&model, missing, NULL, &errors[1]) != CLMLP_IO) p->wrong = "the status of a model";
        if (clmlp_device_open(&device, &where, &errors[2]) != CLMLP_NO_DEVICE) p->wrong = "the status of a device";
        for (int i = 0; i < 3 && p->wrong == NULL; i++) {
            if (strstr(errors[i].message, expected[i]) != NULL) continue;
            p->wrong = "a message without what it is about";
            (void)snprintf(p->found, sizeof p->found, "'%.2000s' (expected '%.900s')", errors[i].message, expected[i]);
        }
    }
    return NULL;
}

Test(threads_apart, each_has_its_own_errors)
{
    static part parts[THREADS];
    make_folder(folder, "errors");
    for (unsigned t = 0; t < THREADS; t++) {
        char path[NAME + 32];
        bad_file(path, t);
        FILE *const file = fopen(path, "wb");
        cr_assert_not_null(file);
        (void)fprintf(file, "a,b,y\n");
        for (unsigned line = 2; line < 9; line++) (void)fprintf(file, line == 2 + t ? "1,2,3,4,5\n" : "1,2,%u\n", line);
        (void)fclose(file);
    }
    run_threads(parts, fail_again_and_again);
}

/* --- stops ------------------------------------------------------------------------------------------------------- */

typedef struct training {
    clmlp_cancel *stop; /* NULL: it goes to its end */
    sem_t *begun;
    clmlp_dataset *data;
    clmlp_status status;
    clmlp_train_result result;
    double theta[7 * 10 + 3 * 8];
} training;

static void say_that_it_began(void *begun)
{
    (void)sem_post(begun);
}

static void *train_until_stopped(void *argument)
{
    training *const t = argument;
    clmlp_device *device = NULL;
    clmlp_model *model = NULL;
    clmlp_device_options where = clmlp_device_options_default();
    clmlp_train_config config = clmlp_train_config_default();
    where.spec = "cpu";
    config.epochs = t->stop != NULL ? UINT32_MAX : 40;
    config.cancel = t->stop;
    if (t->begun != NULL) config.on_first_step = (clmlp_on_first_step){say_that_it_began, t->begun};
    t->result = (clmlp_train_result){.size = sizeof t->result};
    t->status = clmlp_device_open(&device, &where, NULL);
    if (t->status == CLMLP_OK) {
        t->status = clmlp_model_create_for(&model, t->data, (size_t[]){7}, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 5,
                                           NULL);
    }
    if (t->status == CLMLP_OK) t->status = clmlp_train(model, device, t->data, NULL, &config, &t->result, NULL);
    if (model != NULL) memcpy(t->theta, model->theta, sizeof t->theta);
    clmlp_model_destroy(model);
    clmlp_device_close(device);
    return NULL;
}

/* Two trainings share one object to stop them, one has its own, one has none. */
Test(threads_apart, a_stop_reaches_those_that_were_given_it_and_no_other)
{
    static training alone, trainings[4];
    clmlp_cancel *shared = NULL, *own = NULL;
    pthread_t threads[4];
    sem_t begun;
    clmlp_dataset *const data = random_data(64, 9, 3, CLMLP_OUTPUT_SIGMOID, 3);
    cr_assert_eq(sem_init(&begun, 0, 0), 0);
    OK(clmlp_cancel_create(&shared, error));
    OK(clmlp_cancel_create(&own, error));
    alone.data = data;
    (void)train_until_stopped(&alone);
    cr_assert_eq(alone.status, CLMLP_OK);
    for (size_t t = 0; t < 4; t++) {
        trainings[t] = (training){.stop = t < 2 ? shared : t == 2 ? own : NULL, .begun = &begun, .data = data};
        cr_assert_eq(pthread_create(&threads[t], NULL, train_until_stopped, &trainings[t]), 0);
    }
    for (size_t t = 0; t < 4; t++) cr_assert_eq(sem_wait(&begun), 0);
    clmlp_cancel_request(shared);
    for (size_t t = 0; t < 2; t++) {
        cr_assert_eq(pthread_join(threads[t], NULL), 0);
        cr_assert_eq(trainings[t].status, CLMLP_INTERRUPTED, "training %zu: %s", t,
                     clmlp_status_text(trainings[t].status));
    }
    cr_assert_not(clmlp_cancel_requested(own));
    clmlp_cancel_request(own);
    for (size_t t = 2; t < 4; t++) cr_assert_eq(pthread_join(threads[t], NULL), 0);
    cr_assert_eq(trainings[2].status, CLMLP_INTERRUPTED);
    cr_assert_eq(trainings[3].status, CLMLP_OK, "it was stopped with another's");
    cr_assert_eq(trainings[3].result.epochs, 40);
    cr_assert_eq(memcmp(trainings[3].theta, alone.theta, sizeof alone.theta), 0, "another theta than alone");
    clmlp_cancel_destroy(shared);
    clmlp_cancel_destroy(own);
    clmlp_dataset_destroy(data);
}

/* --- the cache --------------------------------------------------------------------------------------------------- */

enum { LARGEST = 3000 };

/* Letters of the thread that wrote it, as many as belong to it. */
static bool is_whole(const char *bytes, size_t size)
{
    const unsigned writer = (unsigned)(bytes[0] - 'a');
    if (writer >= THREADS || size != LARGEST - writer * 100) return false;
    for (size_t i = 1; i < size; i++) {
        if (bytes[i] != bytes[0]) return false;
    }
    return true;
}

/* An entry of its own, and one that all write. */
static void *keep_and_find(void *argument)
{
    part *const p = argument;
    static const char kind[] = "test";
    char own_key[16], bytes[LARGEST];
    const size_t size = LARGEST - p->number * 100;
    (void)snprintf(own_key, sizeof own_key, "own %u", p->number);
    memset(bytes, 'a' + (int)p->number, sizeof bytes);
    (void)pthread_barrier_wait(p->start);
    for (int turn = 0; turn < TURNS && p->wrong == NULL; turn++) {
        void *found = NULL;
        size_t found_size = 0;
        if (!clmlp_user_cache_write(kind, own_key, bytes, size)) p->wrong = "its own entry was not kept";
        if (!clmlp_user_cache_write(kind, "shared", bytes, size)) p->wrong = "the shared entry was not kept";
        if (!clmlp_user_cache_read(kind, own_key, &found, &found_size)) p->wrong = "its own entry is not there";
        else if (found_size != size || memcmp(found, bytes, size) != 0) p->wrong = "its own entry is another's";
        free(found);
        found = NULL;
        if (!clmlp_user_cache_read(kind, "shared", &found, &found_size)) p->wrong = "the shared entry is not there";
        else if (!is_whole(found, found_size)) p->wrong = "the shared entry is nobody's";
        free(found);
        if (clmlp_user_cache_check(NULL) != CLMLP_OK) p->wrong = "the cache is not trusted";
    }
    return NULL;
}

static size_t count_files(const char *where, const char *pattern)
{
    char command[2 * NAME + 64];
    size_t count = 0;
    (void)snprintf(command, sizeof command, "find '%s' -name '%s' | wc -l", where, pattern);
    FILE *const stream = popen(command, "r");
    cr_assert_eq(fscanf(stream, "%zu", &count), 1);
    (void)pclose(stream);
    return count;
}

Test(threads_apart, find_in_the_cache_what_one_of_them_kept_whole)
{
    static part parts[THREADS];
    make_folder(folder, "cache");
    cr_assert_eq(setenv("CLMLP_CACHE_DIR", folder, 1), 0);
    run_threads(parts, keep_and_find);
    cr_assert_eq(count_files(folder, "test-*"), THREADS + 1);
    cr_assert_eq(count_files(folder, ".clmlp-*"), 0);
}

/* --- one name ---------------------------------------------------------------------------------------------------- */

static clmlp_model *models[THREADS];
static char model_path[NAME + 32];

/* Which of the models this is; THREADS: none. */
static unsigned which_model(const clmlp_model *model)
{
    for (unsigned t = 0; t < THREADS; t++) {
        size_t same = 0;
        const size_t count = clmlp_model_parameters(models[t]);
        while (same < count && (float)models[t]->theta[same] == (float)model->theta[same]) same++;
        if (same == count) return t;
    }
    return THREADS;
}

static void *save_and_load(void *argument)
{
    part *const p = argument;
    clmlp_error error = {.message = ""};
    (void)pthread_barrier_wait(p->start);
    for (int turn = 0; turn < TURNS && p->wrong == NULL; turn++) {
        clmlp_model *loaded = NULL;
        if (clmlp_model_save(models[p->number], model_path, &error) != CLMLP_OK) p->wrong = "not saved";
        else if (clmlp_model_load(&loaded, model_path, NULL, &error) != CLMLP_OK) p->wrong = "not loaded";
        else if (which_model(loaded) == THREADS) p->wrong = "no model of anybody's";
        (void)snprintf(p->found, sizeof p->found, "%.900s", error.message);
        clmlp_model_destroy(loaded);
    }
    return NULL;
}

Test(threads_apart, that_save_to_one_name_leave_one_model_whole)
{
    static part parts[THREADS];
    make_folder(folder, "model");
    (void)snprintf(model_path, sizeof model_path, "%s/m.safetensors", folder);
    for (unsigned t = 0; t < THREADS; t++) {
        OK(clmlp_model_create(&models[t], 3, (size_t[]){40, 30 + t, 5}, CLMLP_TANH, CLMLP_OUTPUT_LINEAR, t + 1, error));
    }
    run_threads(parts, save_and_load);
    cr_assert_eq(count_files(folder, "*"), 2, "the folder has something else than the model");
    for (unsigned t = 0; t < THREADS; t++) clmlp_model_destroy(models[t]);
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

static char fingerprint[CLMLP_SHA256_HEX];

static clmlp_status read_digits(char text[CLMLP_SHA256_HEX], clmlp_error *error)
{
    clmlp_load_options load = clmlp_load_options_default();
    clmlp_dataset *data = NULL;
    const clmlp_status status = clmlp_dataset_load(&data, TEST_DATA_DIR "/digits-test.csv.gz", &load, error);
    if (status == CLMLP_OK) (void)clmlp_dataset_fingerprint(data, text);
    clmlp_dataset_destroy(data);
    return status;
}

static void *read_again(void *argument)
{
    part *const p = argument;
    clmlp_error error = {.message = ""};
    (void)pthread_barrier_wait(p->start);
    for (int turn = 0; turn < 3 && p->wrong == NULL; turn++) {
        char found[CLMLP_SHA256_HEX] = "";
        if (read_digits(found, &error) != CLMLP_OK) p->wrong = "not read";
        else if (strcmp(found, fingerprint) != 0) p->wrong = "other data";
        (void)snprintf(p->found, sizeof p->found, "%.900s", error.message);
    }
    return NULL;
}

Test(threads_apart, read_one_file_as_one_of_them_does)
{
    static part parts[THREADS];
    OK(read_digits(fingerprint, error));
    run_threads(parts, read_again);
}
