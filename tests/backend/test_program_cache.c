/* test_program_cache.c - compiled programs on disk: reused, rejected on any difference. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/backend.h"
#include "backend/opencl/program.h"
#include "backend/opencl/program_cache.h"
#include "base/user_cache.h"
#include "model/model.h"
#include "networks.h"

static const char SOURCE[] = "__kernel void fill(__global int *x) { x[get_global_id(0)] = VALUE; }\n";

/* An empty cache, in use on every platform. */
static const char *use_cache(const char *name)
{
    static char path[1024], command[2100];
    (void)snprintf(path, sizeof path, "%s/program-cache-%s", TEST_SCRATCH_DIR, name);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", path);
    cr_assert_eq(system(command), 0);
    cr_assert_eq(setenv("CLMLP_CACHE_DIR", path, 1) | setenv("CLMLP_PROGRAM_CACHE", "always", 1), 0);
    return path;
}

static clmlp_startup startup_of(const clmlp_device *device)
{
    clmlp_startup startup = {.size = sizeof startup};
    cr_assert_eq(clmlp_device_startup(device, &startup, NULL), CLMLP_OK);
    return startup;
}

/* With the programs of an engine. */
static clmlp_device *open_built(clmlp_precision precision)
{
    clmlp_device *device = open_device("opencl", precision, 0);
    OK(clmlp_device_prepare(device, NULL, 0, 0, error));
    cr_assert_gt(startup_of(device).programs, 0);
    return device;
}

static clmlp_startup startup_of_opening(void)
{
    clmlp_device *device = open_built(CLMLP_F32);
    const clmlp_startup startup = startup_of(device);
    clmlp_device_close(device);
    return startup;
}

/* A device whose own programs are not kept: these tests build theirs. */
static clmlp_device *open_bare(void)
{
    cr_assert_eq(setenv("CLMLP_PROGRAM_CACHE", "never", 1), 0);
    clmlp_device *device = open_built(CLMLP_F32);
    cr_assert_eq(setenv("CLMLP_PROGRAM_CACHE", "always", 1), 0);
    return device;
}

static clmlp_opencl *opencl_of(clmlp_device *device)
{
    return (clmlp_opencl *)device->backend;
}

/* What `fill` writes, once built with these options: by default from the cache if it has it. */
static int value_of(clmlp_device *device, const char *source, const char *options, bool expect_cached)
{
    clmlp_opencl *opencl = opencl_of(device);
    const size_t cached = opencl->base.startup.from_cache, one = 1;
    cl_program program = NULL;
    cl_int code = CL_SUCCESS;
    int value = -1;
    OK(clmlp_opencl_build_program(opencl, source, options, &program, error));
    cr_assert_eq(opencl->base.startup.from_cache - cached, expect_cached ? 1U : 0U, "%s: %s the cache", options,
                 expect_cached ? "not from" : "from");
    cl_kernel kernel = clCreateKernel(program, "fill", &code);
    cr_assert_eq(code, CL_SUCCESS);
    cl_mem x = clCreateBuffer(opencl->context, CL_MEM_READ_WRITE, sizeof value, NULL, &code);
    cr_assert_eq(clSetKernelArg(kernel, 0, sizeof x, &x), CL_SUCCESS);
    cr_assert_eq(clEnqueueNDRangeKernel(opencl->queue, kernel, 1, NULL, &one, NULL, 0, NULL, NULL), CL_SUCCESS);
    cr_assert_eq(clEnqueueReadBuffer(opencl->queue, x, CL_TRUE, 0, sizeof value, &value, 0, NULL, NULL), CL_SUCCESS);
    (void)clReleaseMemObject(x);
    (void)clReleaseKernel(kernel);
    (void)clReleaseProgram(program);
    return value;
}

/* The file of the program of SOURCE. */
static char *file_of(clmlp_device *device, const char *options)
{
    char *key = clmlp_program_cache_key(opencl_of(device), SOURCE, options);
    cr_assert_not_null(key);
    char *path = clmlp_user_cache_path("program", key);
    free(key);
    return path;
}

Test(program_cache, is_used_the_second_time)
{
    (void)use_cache("second");
    const clmlp_startup first = startup_of_opening(), second = startup_of_opening();
    cr_assert(first.programs > 0);
    cr_assert_eq(first.from_cache, 0);
    cr_assert_eq(second.programs, first.programs);
    cr_assert_eq(second.from_cache, second.programs, "%zu of %zu programs from the cache", second.from_cache,
                 second.programs);
}

Test(program_cache, tells_precisions_apart)
{
    (void)use_cache("precisions");
    (void)startup_of_opening();
    clmlp_device *device = open_built(CLMLP_F64);
    cr_assert_eq(startup_of(device).from_cache, 0);
    clmlp_device_close(device);
}

Test(program_cache, misses_when_source_or_options_change)
{
    static const char other[] = "__kernel void fill(__global int *x) { x[get_global_id(0)] = VALUE + 1; }\n";
    (void)use_cache("changes");
    clmlp_device *device = open_bare();
    cr_assert_eq(value_of(device, SOURCE, "-D VALUE=3", false), 3);
    cr_assert_eq(value_of(device, SOURCE, "-D VALUE=3", true), 3);
    cr_assert_eq(value_of(device, SOURCE, "-D VALUE=4", false), 4);
    cr_assert_eq(value_of(device, other, "-D VALUE=3", false), 4);
    cr_assert_eq(value_of(device, other, "-D VALUE=3", true), 4);
    clmlp_device_close(device);
}

Test(program_cache, key_says_all_that_a_binary_depends_on)
{
    clmlp_device *device = open_bare();
    const clmlp_device_info *info = clmlp_device_get_info(device);
    const char *const parts[] = {SOURCE, "-D OPTION", info->name, info->driver, info->platform, clmlp_version()};
    char *key = clmlp_program_cache_key(opencl_of(device), SOURCE, "-D OPTION");
    cr_assert_not_null(key);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        cr_assert_not_null(strstr(key, parts[i]), "'%s' is not in\n%s", parts[i], key);
    }
    free(key);
    clmlp_device_close(device);
}

/* A whole entry under the right key, whose payload no driver takes. */
/* Where the driver reads a variable, a binary is made anew. What only says where things are makes no difference. */
Test(program_cache, misses_when_a_variable_of_a_driver_changes)
{
    static const char *const changing[] = {"CL_CONFIG_CPU_VECTORIZER_MODE", "POCL_WORK_GROUP_METHOD", "IGC_FlagName",
                                           "GALLIVM_DEBUG", "AMD_OCL_BUILD_OPTIONS_APPEND", "CUDA_FORCE_PTX_JIT"};
    static const char *const constant[] = {"POCL_CACHE_DIR", "CUDA_CACHE_PATH", "CUDA_VISIBLE_DEVICES",
                                           "ROCR_VISIBLE_DEVICES", "RUSTICL_ENABLE", "NOT_A_DRIVERS", "PATH_OF_AMD_"};
    (void)use_cache("variables");
    clmlp_device *device = open_bare();
    cr_assert_eq(value_of(device, SOURCE, "-D VALUE=3", false), 3);
    for (size_t i = 0; i < sizeof constant / sizeof *constant; i++) {
        char *const before = getenv(constant[i]) != NULL ? strdup(getenv(constant[i])) : NULL;
        cr_assert_eq(setenv(constant[i], "/tmp/CACHE", 1), 0);
        char *const moved = file_of(device, "-D VALUE=3");
        if (before != NULL) cr_assert_eq(setenv(constant[i], before, 1), 0);
        else cr_assert_eq(unsetenv(constant[i]), 0);
        char *const usual = file_of(device, "-D VALUE=3");
        cr_expect_str_eq(moved, usual, "%s changes the key", constant[i]);
        free(before);
        free(moved);
        free(usual);
    }
    for (size_t i = 0; i < sizeof changing / sizeof *changing; i++) {
        cr_assert_eq(setenv(changing[i], i % 2 == 0 ? "CACHE" : "", 1), 0);
        cr_expect_eq(value_of(device, SOURCE, "-D VALUE=3", false), 3, "%s", changing[i]);
        cr_assert_eq(unsetenv(changing[i]), 0);
    }
    cr_assert_eq(value_of(device, SOURCE, "-D VALUE=3", true), 3);
    clmlp_device_close(device);
}

/* The order in which they were set is none of the key. */
Test(program_cache, knows_variables_by_their_names)
{
    (void)use_cache("order");
    clmlp_device *device = open_bare();
    cr_assert_eq(setenv("LP_PERF", "1", 1) | setenv("AMD_DEBUG", "2", 1), 0);
    char *const first = file_of(device, "-D VALUE=3");
    cr_assert_eq(unsetenv("LP_PERF"), 0);
    cr_assert_eq(setenv("LP_PERF", "1", 1), 0);
    char *const second = file_of(device, "-D VALUE=3");
    cr_expect_str_eq(first, second);
    free(first);
    free(second);
    clmlp_device_close(device);
}

Test(program_cache, builds_from_source_and_repairs_when_the_driver_refuses_the_binary)
{
    static const char rubbish[] = "this is not a program";
    (void)use_cache("rubbish");
    clmlp_device *device = open_bare();
    char *key = clmlp_program_cache_key(opencl_of(device), SOURCE, "-D VALUE=5");
    cr_assert(clmlp_user_cache_write("program", key, rubbish, sizeof rubbish));
    cr_assert_eq(value_of(device, SOURCE, "-D VALUE=5", false), 5);
    cr_assert_eq(value_of(device, SOURCE, "-D VALUE=5", true), 5);
    cr_assert(clmlp_user_cache_write("program", key, "", 0));
    cr_assert_eq(value_of(device, SOURCE, "-D VALUE=5", false), 5);
    free(key);
    clmlp_device_close(device);
}

Test(program_cache, builds_from_source_when_the_file_is_damaged)
{
    (void)use_cache("damaged");
    clmlp_device *device = open_bare();
    cr_assert_eq(value_of(device, SOURCE, "-D VALUE=6", false), 6);
    char *path = file_of(device, "-D VALUE=6");
    struct stat entry;
    cr_assert_eq(stat(path, &entry), 0);
    FILE *file = fopen(path, "r+b");
    cr_assert_eq(fseek(file, (long)entry.st_size / 2, SEEK_SET), 0);
    const int byte = fgetc(file);
    cr_assert_eq(fseek(file, (long)entry.st_size / 2, SEEK_SET), 0);
    cr_assert_neq(fputc(byte ^ 1, file), EOF);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(value_of(device, SOURCE, "-D VALUE=6", false), 6);
    cr_assert_eq(value_of(device, SOURCE, "-D VALUE=6", true), 6);
    free(path);
    clmlp_device_close(device);
}

Test(program_cache, has_no_say_in_where_a_build_fails)
{
    (void)use_cache("failure");
    clmlp_device *device = open_bare();
    for (int times = 0; times < 2; times++) {
        cl_program program = NULL;
        clmlp_error error = {.status = CLMLP_OK};
        cr_assert_eq(clmlp_opencl_build_program(opencl_of(device), "__kernel void f() { syntax }", "-D SOME", &program,
                                                &error),
                     CLMLP_DEVICE);
        cr_assert_null(program);
        cr_assert_not_null(strstr(error.message, "do not build"), "%s", error.message);
        cr_assert_not_null(strstr(error.message, "options: -D SOME"), "%s", error.message);
        cr_assert_not_null(strstr(error.message, clmlp_device_get_info(device)->name), "%s", error.message);
        cr_assert_not_null(strstr(error.message, "syntax"), "no build log: %s", error.message);
    }
    clmlp_device_close(device);
}

Test(program_cache, can_be_switched_off)
{
    struct stat entry;
    const char *const folder = use_cache("off");
    cr_assert_eq(setenv("CLMLP_PROGRAM_CACHE", "never", 1), 0);
    (void)startup_of_opening();
    cr_assert_eq(startup_of_opening().from_cache, 0);
    cr_assert_neq(stat(folder, &entry), 0, "%s was made", folder);
}

/* auto: the measurements are with the list of platforms in program_cache.c. */
Test(program_cache, is_left_to_pocl_which_has_its_own)
{
    char command[1200];
    const char *const folder = use_cache("auto");
    cr_assert_eq(unsetenv("CLMLP_PROGRAM_CACHE"), 0);
    clmlp_device *device = open_built(CLMLP_F32);
    const bool pocl = strcmp(clmlp_device_get_info(device)->platform, "Portable Computing Language") == 0;
    clmlp_device_close(device);
    if (!pocl) cr_skip_test("this is not PoCL");
    (void)snprintf(command, sizeof command, "test -z \"$(find '%s' -type f -name 'program-*')\"", folder);
    cr_assert_eq(system(command), 0, "%s has programs", folder);
}

static void count_new(void *count)
{
    ++*(size_t *)count;
}

/* How many programs are told of, and are built at all, of those that an engine has at once. */
static size_t new_programs(clmlp_precision precision, size_t *built)
{
    clmlp_device_options options = clmlp_device_options_default();
    clmlp_device *device = NULL;
    size_t count = 0;
    options.spec = "opencl";
    options.precision = precision;
    options.on_build = (clmlp_on_build){count_new, &count};
    OK(clmlp_device_open(&device, &options, error));
    OK(clmlp_device_prepare(device, NULL, 0, 0, error));
    *built = startup_of(device).programs;
    clmlp_device_close(device);
    return count;
}

/* Whoever keeps it, us or the driver, and where nobody does each build is one. */
Test(program_cache, only_programs_that_were_not_built_before_are_told_of)
{
    static const char *const modes[] = {NULL, "always", "never"};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        size_t built = 0;
        (void)use_cache("told");
        if (modes[i] == NULL) cr_assert_eq(unsetenv("CLMLP_PROGRAM_CACHE"), 0);
        else cr_assert_eq(setenv("CLMLP_PROGRAM_CACHE", modes[i], 1), 0);
        cr_assert_eq(new_programs(CLMLP_F32, &built), built);
        cr_assert_gt(built, 0);
        const size_t again = new_programs(CLMLP_F32, &built);
        cr_assert_eq(again, i == 2 ? built : 0, "%s: %zu", modes[i] != NULL ? modes[i] : "auto", again);
        cr_assert_gt(new_programs(CLMLP_F64, &built), 0, "another precision is another program");
    }
}

Test(program_cache, is_not_needed)
{
    (void)use_cache("unwritable");
    cr_assert_eq(setenv("CLMLP_CACHE_DIR", "/proc/no/such/folder", 1), 0);
    (void)startup_of_opening();
    cr_assert_eq(startup_of_opening().from_cache, 0);
    cr_assert_eq(setenv("CLMLP_CACHE_DIR", "", 1), 0);
    cr_assert_eq(startup_of_opening().from_cache, 0);
}

Test(program_cache, leaves_programs_that_are_tried_once_alone)
{
    const char *const folder = use_cache("once");
    clmlp_device *device = open_bare();
    cl_program program = NULL;
    OK(clmlp_opencl_build_once(opencl_of(device), SOURCE, "-D VALUE=7", &program, error));
    cr_assert_eq(clReleaseProgram(program), CL_SUCCESS);
    struct stat entry;
    cr_assert_neq(stat(folder, &entry), 0, "%s was made", folder);
    clmlp_device_close(device);
}

/* theta after a little training; released with free(). */
static double *train(const char *spec, clmlp_model *model, const clmlp_dataset *data, size_t *from_cache)
{
    clmlp_train_config config = clmlp_train_config_default();
    config.epochs = 3;
    clmlp_device *device = open_device(spec, CLMLP_F32, 0);
    OK(clmlp_train(model, device, data, NULL, &config, NULL, error));
    *from_cache = startup_of(device).from_cache;
    clmlp_device_close(device);
    const size_t count = clmlp_model_parameters(model);
    double *theta = calloc(count, sizeof *theta);
    memcpy(theta, model->theta, count * sizeof *theta);
    return theta;
}

static void check_bits(const char *name, const char *spec)
{
    (void)use_cache(name);
    const size_t hidden[] = {17};
    clmlp_dataset *data = cloud_data(150, 9, 3, 5);
    double *theta[3] = {NULL};
    size_t from_cache[3] = {0}, count = 0;
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(setenv("CLMLP_PROGRAM_CACHE", i == 0 ? "never" : "always", 1), 0);
        clmlp_model *model = model_for(data, hidden, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 11);
        theta[i] = train(spec, model, data, &from_cache[i]);
        count = clmlp_model_parameters(model);
        clmlp_model_destroy(model);
    }
    cr_assert_eq(from_cache[0] + from_cache[1], 0);
    cr_assert(from_cache[2] > 0);
    for (int i = 1; i < 3; i++) {
        cr_assert_eq(memcmp(theta[0], theta[i], count * sizeof(double)), 0, "run %d trained something else", i);
    }
    for (int i = 0; i < 3; i++) free(theta[i]);
    clmlp_dataset_destroy(data);
}

Test(program_cache, gives_clblast_the_same_bits) { check_bits("bits-clblast", "opencl+clblast"); }
Test(program_cache, gives_native_the_same_bits) { check_bits("bits-native", "opencl+native"); }
