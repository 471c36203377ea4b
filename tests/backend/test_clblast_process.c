/* CLBlast's parameters are the whole process's: what devices that are open at the same time may have, and that threads
 * do not meet parameters that change. */
#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "networks.h"

static clmlp_status open_with(clmlp_device **device, const char *tiles, clmlp_precision precision, clmlp_error *error)
{
    const clmlp_device_options options = {.size = sizeof options, .spec = "opencl", .engine = CLMLP_ENGINE_CLBLAST,
                                          .precision = precision};
    const clmlp_knobs knobs = {.tiles = tiles};
    return clmlp_device_open_with(device, &options, &knobs, error);
}

/* Sets for CPUs are there on the devices that tests run on. */
static void need_cpu_sets(void)
{
    clmlp_device *device = NULL;
    const clmlp_status status = open_with(&device, "cpu-128", CLMLP_F64, NULL);
    clmlp_device_close(device);
    if (status != CLMLP_OK) cr_skip_test("no set for this device");
}

Test(clblast_process, refuses_other_parameters_while_a_device_computes_with_some)
{
    clmlp_device *first = NULL, *second = NULL, *other_precision = NULL;
    clmlp_error why = {.message = ""};
    need_cpu_sets();
    OK(open_with(&first, "default", CLMLP_F32, error));
    cr_assert_eq(open_with(&second, "cpu-128", CLMLP_F32, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_null(second);
    cr_assert_not_null(strstr(why.message, "another open device computes with \"default\""), "%s", why.message);
    OK(open_with(&other_precision, "cpu-128", CLMLP_F64, error));
    cr_assert_str_eq(clmlp_device_tiles(other_precision), "cpu-128");
    clmlp_device_close(other_precision);
    clmlp_device_close(first);

    OK(open_with(&second, "cpu-128", CLMLP_F32, error));
    OK(open_with(&first, "cpu-128", CLMLP_F32, error));
    clmlp_device_close(second);
    cr_assert_eq(open_with(&second, "cpu-128-direct", CLMLP_F32, &why), CLMLP_BAD_ARGUMENT);
    clmlp_device_close(first);
}

Test(clblast_process, says_which_parameters_are_in_force)
{
    clmlp_device *first = NULL, *second = NULL;
    clmlp_error why = {.message = ""};
    need_cpu_sets();
    OK(open_with(&first, "cpu-128-direct", CLMLP_F32, error));
    OK(open_with(&second, NULL, CLMLP_F32, error));
    cr_assert_str_eq(clmlp_device_tiles(second), "cpu-128-direct");
    cr_assert_not(clmlp_device_tuned(second));
    clmlp_device_close(first);
    clmlp_device_close(second);
    OK(open_with(&first, NULL, CLMLP_F32, error));
    cr_assert_str_eq(clmlp_device_tiles(first), "cpu-128-direct");
    clmlp_device_close(first);
    cr_assert_eq(open_with(&first, "default", CLMLP_F32, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why.message, "no way back"), "%s", why.message);
}

/* --- threads ----------------------------------------------------------------------------------------------------- */

enum { ROWS = 65, K = 3, TURNS = 12 };

static const char *const names[] = {"cpu-128", "cpu-128-direct"};

static clmlp_dataset *data;
static clmlp_model *model;
static double expected[ROWS * K];

/* How far h in float may be off: gamma_K sum |a||b| of both products (9 and 17 units, the bias, weights below e),
 * carried on through g' <= 1 and a sigmoid's slope of at most 1/4; 8 ulp for tanh, exp and the quotient. */
static double bound(void)
{
    const double u = ldexp(1.0, -24), e1 = sqrt(6.0 / (9 + 17)), e2 = sqrt(6.0 / (17 + K));
    const double gamma10 = 10 * u / (1 - 10 * u), gamma18 = 18 * u / (1 - 18 * u);
    const double a_error = gamma10 * 9 * e1 + 8 * u;
    return (17 * e2 * a_error + gamma18 * 17 * e2) / 4 + 8 * u;
}

static bool predicts_right(clmlp_device *device)
{
    double h[ROWS * K];
    if (clmlp_predict(model, device, data, h, NULL) != CLMLP_OK) return false;
    for (size_t i = 0; i < ROWS * K; i++) {
        if (!(fabs(h[i] - expected[i]) <= bound())) return false;
    }
    return true;
}

/* Where it is noted that PoCL's cache has the kernels of both sets. False: PoCL has no cache of its own for tests. */
static bool find_note(char path[4096])
{
    const char *const cache = getenv("POCL_CACHE_DIR");
    if (cache != NULL) (void)snprintf(path, 4096, "%s/clmlp-has-clblast-process", cache);
    return cache != NULL;
}

/* LLVM takes 40 s of a processor for these kernels, and ten times as much where the thread sanitizer stands before its
 * malloc. So a program without it has to have compiled them. */
static void need_kernels(void)
{
#ifdef __SANITIZE_THREAD__
    char path[4096];
    FILE *const note = find_note(path) ? fopen(path, "r") : NULL;
    if (note == NULL) cr_skip_test("no kernels: run ctest --preset ci -R '^clblast_process$' first");
    (void)fclose(note);
#endif
}

/* Kernels with either set are compiled, once, before threads ask for them at the same time. */
static void compile_both(void)
{
    char path[4096];
    for (size_t i = 0; i < 2; i++) {
        clmlp_device *device = NULL;
        OK(open_with(&device, names[i], CLMLP_F32, error));
        cr_assert(predicts_right(device), "%s", names[i]);
        clmlp_device_close(device);
    }
    FILE *const note = find_note(path) ? fopen(path, "w") : NULL;
    if (note != NULL) (void)fclose(note);
}

/* Predictions while other threads set parameters. Their bits depend on those, so that they are held against the CPU
 * path in double; a program that runs with the parameters of another is off by whole terms. */
static void *predict_again(void *failed)
{
    for (int turn = 0; turn < TURNS; turn++) {
        clmlp_device *device = NULL;
        if (open_with(&device, NULL, CLMLP_F32, NULL) != CLMLP_OK) return failed;
        const bool right = predicts_right(device);
        clmlp_device_close(device);
        if (!right) return failed;
    }
    return NULL;
}

static void *change_parameters(void *unused)
{
    (void)unused;
    for (int turn = 0; turn < 2 * TURNS; turn++) {
        clmlp_device *device = NULL;
        (void)open_with(&device, names[turn % 2], CLMLP_F32, NULL); /* or refused: then others compute */
        clmlp_device_close(device);
    }
    return NULL;
}

Test(clblast_process, threads_open_compute_and_close_side_by_side)
{
    pthread_t threads[3];
    char failed = 0;
    void *how = NULL;
    need_kernels();
    need_cpu_sets();
    data = random_data(ROWS, 9, K, CLMLP_OUTPUT_SIGMOID, 3);
    model = model_for(data, (size_t[]){17}, 1, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 5);
    clmlp_device *cpu = open_device("cpu", CLMLP_F64, 0);
    OK(clmlp_predict(model, cpu, data, expected, error));
    clmlp_device_close(cpu);
    compile_both();
    cr_assert_eq(pthread_create(&threads[0], NULL, change_parameters, NULL), 0);
    for (size_t t = 1; t < 3; t++) cr_assert_eq(pthread_create(&threads[t], NULL, predict_again, &failed), 0);
    for (size_t t = 0; t < 3; t++) {
        cr_assert_eq(pthread_join(threads[t], &how), 0);
        cr_assert_null(how, "thread %zu", t);
    }
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}
