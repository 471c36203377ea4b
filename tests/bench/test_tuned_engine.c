/* test_tuned_engine.c - which engine `auto` takes: what was stored as the faster, for which network, and when. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "faults.h"
#include "networks.h"
#include "propagate/network.h"
#include "tuned.h"

static const char MEASURED[] = "overall clblast\n20-12-3@8 native\n20-12-3@200 clblast\n";

Test(tuned_engine, auto_takes_the_stored_engine_and_a_default_without)
{
    tuned_begin("engine");
    const char *const untuned = strcmp(tuned_info.type, "CPU") == 0 ? "native" : "clblast";
    cr_assert_str_eq(tuned_open(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, NULL).engine, untuned);
    tuned_keep(CLMLP_ENGINE_AUTO, CLMLP_F32, MEASURED);
    cr_assert_str_eq(tuned_open(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, NULL).engine, "clblast");
    const clmlp_tune_network measured = {3, {20, 12, 3}, 8, false}, nearer[] = {
        {3, {20, 12, 3}, 80, false}, {3, {20, 12, 3}, 201, false}, {2, {20, 12}, 70, false}};
    cr_assert_str_eq(tuned_open(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, &measured).engine, "native");
    for (size_t i = 0; i < sizeof nearer / sizeof *nearer; i++) {
        cr_assert_str_eq(tuned_open(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, &nearer[i]).engine, "clblast", "%zu", i);
    }
    cr_assert_str_eq(tuned_open(CLMLP_ENGINE_NATIVE, CLMLP_F32, NULL, NULL).engine, "native");
    static const char *const nonsense[] = {"", "overall", "overall ", "overall clblastic\n", "clblast\n",
                                           "overall auto\n"};
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        tuned_begin("engine-nonsense");
        tuned_keep(CLMLP_ENGINE_AUTO, CLMLP_F32, nonsense[i]);
        cr_assert_str_eq(tuned_open(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, NULL).engine, untuned, "'%s'", nonsense[i]);
    }
}

static clmlp_device *open_auto(void)
{
    clmlp_device_options options = clmlp_device_options_default();
    clmlp_device *device = NULL;
    options.spec = "opencl";
    OK(clmlp_device_open(&device, &options, error));
    return device;
}

static size_t programs_of(const clmlp_device *device)
{
    clmlp_startup startup = {.size = sizeof startup};
    OK(clmlp_device_startup(device, &startup, error));
    return startup.programs;
}

/* What auto has chosen once a network for M rows is made on a device. */
static const char *engine_after(clmlp_device *device, const clmlp_model *model, size_t M, clmlp_purpose purpose)
{
    clmlp_network *network = NULL;
    OK(clmlp_network_create(&network, device->backend, model, M, purpose, error));
    clmlp_network_destroy(network);
    return clmlp_device_engine(device);
}

Test(tuned_engine, the_first_network_chooses_the_engine_and_it_stays)
{
    static const size_t units[] = {20, 12, 3};
    clmlp_model *model = NULL;
    tuned_begin("network");
    tuned_keep(CLMLP_ENGINE_AUTO, CLMLP_F32, MEASURED);
    tuned_keep(CLMLP_ENGINE_NATIVE, CLMLP_F32, "4x3x4/2");
    OK(clmlp_model_create(&model, 3, units, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1, error));
    clmlp_device *device = open_auto();
    cr_assert_eq(programs_of(device), 0);
    cr_assert_str_eq(clmlp_device_engine(device), "clblast");
    cr_assert_str_eq(clmlp_device_tiles(device), "default");
    cr_assert_not(clmlp_device_tuned(device));
    cr_assert_str_eq(clmlp_device_choice(device), "tuned: the faster one overall");
    cr_assert_str_eq(engine_after(device, model, 8, CLMLP_FOR_TRAINING), "native");
    cr_assert_str_eq(clmlp_device_choice(device), "tuned: the faster one with 20-12-3@8");
    cr_assert_str_eq(clmlp_device_tiles(device), "4x3x4/2");
    cr_assert(clmlp_device_tuned(device));
    cr_assert_str_eq(engine_after(device, model, 80, CLMLP_FOR_TRAINING), "native");
    OK(clmlp_device_prepare(device, units, 3, 80, error));
    cr_assert_str_eq(clmlp_device_engine(device), "native");
    clmlp_device_close(device);
    device = open_auto();
    cr_assert_str_eq(engine_after(device, model, 80, CLMLP_FOR_TRAINING), "clblast");
    cr_assert_str_eq(clmlp_device_choice(device), "tuned: the faster one with the nearest network that was measured, "
                     "20-12-3@200");
    cr_assert_str_eq(engine_after(device, model, 8, CLMLP_FOR_TRAINING), "clblast");
    clmlp_device_close(device);
    device = open_auto(); /* what was measured are training steps */
    cr_assert_str_eq(engine_after(device, model, 8, CLMLP_FOR_PREDICTION), "clblast");
    clmlp_device_close(device);
    clmlp_model_destroy(model);
}

/* The network of a training has room for more rows than a step takes. */
Test(tuned_engine, training_chooses_by_its_batch)
{
    clmlp_train_config config = clmlp_train_config_default();
    tuned_begin("training");
    tuned_keep(CLMLP_ENGINE_AUTO, CLMLP_F32, MEASURED);
    clmlp_dataset *data = random_data(50, 20, 3, CLMLP_OUTPUT_SIGMOID, 1);
    clmlp_model *model = model_for(data, (size_t[]){12}, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1);
    config.epochs = 1;
    for (int i = 0; i < 2; i++) {
        clmlp_device *device = open_auto();
        config.batch = i == 0 ? 8 : 50;
        OK(clmlp_train(model, device, data, NULL, &config, NULL, error));
        cr_assert_str_eq(clmlp_device_engine(device), i == 0 ? "native" : "clblast");
        clmlp_device_close(device);
    }
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

Test(tuned_engine, a_matrix_without_a_network_has_auto_choose_for_none)
{
    clmlp_tensor *tensor = NULL;
    tuned_begin("matrix");
    tuned_keep(CLMLP_ENGINE_AUTO, CLMLP_F32, MEASURED);
    clmlp_device *device = open_auto();
    OK(clmlp_tensor_create(device->backend, CLMLP_TENSOR_MATRIX, 3, 5, "a matrix", &tensor, error));
    cr_assert_str_eq(clmlp_device_engine(device), "clblast");
    cr_assert_null(device->backend->ops->choose);
    clmlp_tensor_destroy(device->backend, tensor);
    clmlp_device_close(device);
}

Test(tuned_engine, preparing_refuses_what_makes_no_sense_and_is_nothing_on_the_cpu_path)
{
    static const size_t units[] = {20, 12, 3};
    tuned_begin("prepare");
    clmlp_device *device = open_auto();
    cr_assert_eq(clmlp_device_prepare(NULL, NULL, 0, 0, NULL), CLMLP_BAD_ARGUMENT);
    cr_assert_eq(clmlp_device_prepare(device, units, 0, 8, NULL), CLMLP_BAD_ARGUMENT);
    cr_assert_eq(clmlp_device_prepare(device, NULL, 3, 8, NULL), CLMLP_BAD_ARGUMENT);
    cr_assert_eq(programs_of(device), 0);
    clmlp_device_close(device);
    device = open_device("cpu", CLMLP_F32, 0);
    OK(clmlp_device_prepare(device, units, 3, 8, error));
    cr_assert_str_eq(clmlp_device_engine(device), "cblas");
    clmlp_device_close(device);
}

/* Nothing is built, and nothing stays behind, when the choice fails; the next one may succeed. */
Test(tuned_engine, a_choice_that_fails_can_be_made_again)
{
    clmlp_error why = {.message = ""};
    tuned_begin("again");
    clmlp_device *device = open_auto();
    plant_fault("tune-again", "native_cpu/descend.cl", "sum * SPLAT(args->scale)", "no_such_thing");
    tuned_keep(CLMLP_ENGINE_AUTO, CLMLP_F32, "overall native\n");
    cr_assert_eq(clmlp_device_prepare(device, NULL, 0, 0, &why), CLMLP_DEVICE);
    cr_assert_not_null(strstr(why.message, "the kernels do not build"), "%s", why.message);
    cr_assert_eq(unsetenv("CLMLP_KERNEL_DIR"), 0);
    OK(clmlp_device_prepare(device, NULL, 0, 0, error));
    cr_assert_str_eq(clmlp_device_engine(device), "native");
    clmlp_device_close(device);
}

/* Before any network is known. */
Test(tuned_engine, auto_refuses_impossible_tiles_of_the_environment_when_a_device_is_opened)
{
    clmlp_device_options options = clmlp_device_options_default();
    clmlp_device *device = NULL;
    clmlp_error error = {.message = ""};
    tuned_begin("environment");
    options.spec = "opencl";
    tuned_keep(CLMLP_ENGINE_AUTO, CLMLP_F32, "overall native\n");
    cr_assert_eq(setenv("CLMLP_NATIVE_TILES", "12", 1), 0);
    cr_assert_eq(clmlp_device_open(&device, &options, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_null(device);
    cr_assert_not_null(strstr(error.message, "tiles '12' (CLMLP_NATIVE_TILES): expected"), "%s", error.message);
    cr_assert_eq(unsetenv("CLMLP_NATIVE_TILES"), 0);
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "fpga", 1), 0);
    cr_assert_eq(clmlp_device_open(&device, &options, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(error.message, "CLMLP_NATIVE_FAMILY: found 'fpga'"), "%s", error.message);
}
Test(tuned_engine, what_was_measured_with_other_networks_stays)
{
    tuned_begin("merged");
    tuned_keep(CLMLP_ENGINE_AUTO, CLMLP_F32, "overall clblast\n20-12-3@8 native\n");
    tuned_keep(CLMLP_ENGINE_AUTO, CLMLP_F32, "overall native\n784-512-10@128 clblast\n");
    const clmlp_tune_network small = {3, {20, 12, 3}, 8, false}, large = {3, {784, 512, 10}, 128, false};
    cr_assert_str_eq(tuned_open(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, &small).engine, "native");
    cr_assert_str_eq(tuned_open(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, &large).engine, "clblast");
    cr_assert_str_eq(tuned_open(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, NULL).engine, "native");
}
