/* The registry: which backend a specification names. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "backend/device.h"
#include "backend/registry.h"
#include "networks.h"

Test(registry, a_specification_names_its_kind_and_nothing_else_does)
{
    static const char *const none[] = {"", "auto", "cp", "cpux", "opencl2", "openCL", ":0.0", "x:cpu"};
    cr_assert_str_eq(clmlp_backend_kind_of("cpu")->name, "cpu");
    cr_assert_str_eq(clmlp_backend_kind_of("opencl")->name, "opencl");
    cr_assert_str_eq(clmlp_backend_kind_of("opencl:0.1")->name, "opencl");
    cr_assert_str_eq(clmlp_backend_kind_of("opencl:cpu")->name, "opencl");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        cr_assert_null(clmlp_backend_kind_of(none[i]), "%s", none[i]);
}

/* NULL unless all worked. */
static void *list_and_open(void *itself)
{
    clmlp_device_info *list = NULL;
    clmlp_device_options options = clmlp_device_options_default();
    clmlp_device *device = NULL;
    size_t count = 0;
    bool worked = clmlp_device_list(&list, &count, NULL) == CLMLP_OK && count > 0;
    if (worked) {
        options.spec = list[0].spec;
        worked = clmlp_device_open(&device, &options, NULL) == CLMLP_OK;
    }
    clmlp_device_close(device);
    clmlp_free(list);
    return worked ? itself : NULL;
}

/* The first questions to a driver: this process has asked it nothing yet. */
Test(registry, threads_may_open_their_first_devices_together)
{
    enum { THREADS = 6 };
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (size_t i = 0; i < THREADS; i++) cr_assert_eq(pthread_create(&threads[i], NULL, list_and_open, &numbers[i]), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *worked = NULL;
        cr_assert_eq(pthread_join(threads[i], &worked), 0);
        cr_assert_not_null(worked, "thread %zu", i);
    }
}

Test(registry, every_device_that_is_listed_is_of_the_kind_that_listed_it)
{
    size_t hosts = 0;
    for (const clmlp_backend_kind *const *kind = clmlp_backend_kinds; *kind != NULL; kind++) {
        clmlp_device_info *list = NULL;
        size_t count = 0;
        OK((*kind)->list(&list, &count, error));
        cr_assert(count > 0 || (*kind)->missing != NULL, "%s", (*kind)->name);
        for (size_t i = 0; i < count; i++) {
            cr_assert_eq(clmlp_backend_kind_of(list[i].spec), *kind, "%s", list[i].spec);
            hosts += strcmp(list[i].type, "host") == 0;
        }
        clmlp_free(list);
    }
    cr_assert_eq(hosts, 1);
}

/* "auto": the first GPU, else the first OpenCL device that is a CPU, else the CPU path. */
Test(registry, the_best_device_is_the_first_of_the_best_type)
{
    static const char *const types[] = {"GPU", "CPU", "host"};
    clmlp_device_info *list = NULL;
    size_t count = 0;
    const char *expected = NULL;
    OK(clmlp_device_list(&list, &count, error));
    for (size_t t = 0; t < 3; t++) {
        for (size_t i = 0; i < count; i++) {
            if (expected == NULL && strcmp(list[i].type, types[t]) == 0) expected = list[i].spec;
        }
    }
    clmlp_device_options options = clmlp_device_options_default();
    clmlp_device *device = NULL;
    OK(clmlp_device_open(&device, &options, error));
    cr_assert_not_null(expected);
    cr_assert_str_eq(clmlp_device_get_info(device)->spec, expected);
    clmlp_device_close(device);
    clmlp_free(list);
}

/* What Linux calls the processor, where it says so; "host CPU" elsewhere. */
Test(registry, the_cpu_path_has_the_name_of_the_processor)
{
    char expected[CLMLP_NAME_LENGTH] = "host CPU", line[CLMLP_NAME_LENGTH];
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *const value = strstr(line, ": ");
        if (strncmp(line, "model name", 10) != 0 || value == NULL) continue;
        (void)snprintf(expected, sizeof expected, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
        break;
    }
    if (file != NULL) (void)fclose(file);
    clmlp_device *device = open_device("cpu", CLMLP_F32, 0);
    cr_assert_str_eq(clmlp_device_get_info(device)->name, expected);
    clmlp_device_close(device);
}

Test(registry, nothing_is_tuned_on_the_cpu_path)
{
    clmlp_device_info info;
    clmlp_tiles *list = NULL;
    size_t count = 1;
    OK(clmlp_device_find("cpu", &info, error));
    clmlp_error error = {.message = ""};
    cr_assert_eq(clmlp_backend_candidates(&info, CLMLP_ENGINE_NATIVE, NULL, CLMLP_F32, &list, &count, &error),
                 CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(error.message, "device 'cpu' has nothing to tune");
    cr_assert_eq(count, 0);
    cr_assert_not(clmlp_backend_keep(&info, CLMLP_ENGINE_NATIVE, CLMLP_F32, "4x3x4/2"));
}

Test(registry, an_engine_that_does_not_exist_is_refused)
{
    clmlp_device_options options = clmlp_device_options_default();
    clmlp_device *device = NULL;
    clmlp_error error = {.message = ""};
    options.spec = "opencl";
    options.engine = (clmlp_engine)9;
    cr_assert_eq(clmlp_device_open(&device, &options, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(error.message, "argument 'options.engine': found 9, expected 0 to 2");
}

Test(registry, the_cpu_path_has_no_engine_to_ask_for)
{
    for (clmlp_engine engine = CLMLP_ENGINE_NATIVE; engine < CLMLP_ENGINE_COUNT; engine++) {
        clmlp_device_options options = clmlp_device_options_default();
        clmlp_device *device = NULL;
        clmlp_error error = {.message = ""};
        options.spec = "cpu";
        options.engine = engine;
        cr_assert_eq(clmlp_device_open(&device, &options, &error), CLMLP_BAD_ARGUMENT, "%d", (int)engine);
        cr_assert_null(device);
        cr_assert_not_null(strstr(error.message, clmlp_engine_name(engine)), "%s", error.message);
    }
}

/* What a finding blames, and a profile lists: with dropout other kernels compute the layers that drop units. */
Test(registry, kernels_are_named_by_their_form)
{
    static const char *const specs[] = {"opencl+clblast", "opencl+native"};
    for (size_t i = 0; i < 2; i++) {
        clmlp_device *const device = open_device(specs[i], CLMLP_F32, 0);
        const clmlp_backend *const backend = device->backend;
        for (int e = 0; e < CLMLP_EQUATION_COUNT; e++) {
            const bool drops = e == CLMLP_EQUATION_FORWARD || e == CLMLP_EQUATION_HIDDEN_DELTA;
            const char *const plain = backend->ops->kernel_name(backend, (clmlp_equation)e, CLMLP_USUAL_KERNEL);
            const char *const dropout = backend->ops->kernel_name(backend, (clmlp_equation)e, CLMLP_DROPOUT_KERNEL);
            cr_assert_null(strstr(plain, "dropout"), "%s, equation %d: %s", specs[i], e, plain);
            cr_assert_eq(strstr(dropout, "dropout") != NULL, drops, "%s, equation %d: %s", specs[i], e, dropout);
            if (i > 0) continue;
            cr_assert_eq(strstr(dropout, "activate_dropout") != NULL, e == CLMLP_EQUATION_FORWARD, "%s", dropout);
            cr_assert_eq(strstr(dropout, "derivative_dropout") != NULL, e == CLMLP_EQUATION_HIDDEN_DELTA, "%s",
                         dropout);
        }
        clmlp_device_close(device);
    }
}
