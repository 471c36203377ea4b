/* test_tune.c - tuning: what is stored and when it is used; no times are tested.
 *
 * It never tests how fast anything is.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "backend/registry.h"
#include "base/memory.h"
#include "base/random.h"
#include "faults.h"
#include "networks.h"
#include "bench/tune.h"
#include "propagate/network.h"

static clmlp_device_info info;

static const char MEASURED[] = "overall clblast\n20-12-3@8 native\n20-12-3@200 clblast\n";

/* A cache of its own, empty, and the CPU family whatever the device is. */
static void begin(const char *name)
{
    char folder[1024], command[1100];
    (void)snprintf(folder, sizeof folder, "%s/tune-%s", TEST_SCRATCH_DIR, name);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0);
    cr_assert_eq(setenv("CLMLP_CACHE_DIR", folder, 1), 0);
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    OK(clmlp_device_find("opencl", &info, error));
}

typedef struct opened {
    char engine[32], tiles[CLMLP_TILES_LENGTH];
    bool tuned;
} opened;

static opened open_with(clmlp_engine engine, clmlp_precision precision, const char *tiles,
                        const clmlp_tune_network *network)
{
    clmlp_device_options options = clmlp_device_options_default();
    const clmlp_knobs knobs = {.tiles = tiles};
    clmlp_device *device = NULL;
    opened result;
    options.spec = "opencl";
    options.engine = engine;
    options.precision = precision;
    OK(clmlp_device_open_with(&device, &options, &knobs, error));
    if (network != NULL) OK(clmlp_device_prepare(device, network->units, network->layers, network->batch, error));
    (void)snprintf(result.engine, sizeof result.engine, "%s", clmlp_device_engine(device));
    (void)snprintf(result.tiles, sizeof result.tiles, "%s", clmlp_device_tiles(device));
    result.tuned = clmlp_device_tuned(device);
    clmlp_device_close(device);
    return result;
}

static opened open_native(void)
{
    return open_with(CLMLP_ENGINE_NATIVE, CLMLP_F32, NULL, NULL);
}

Test(tune, stored_tiles_are_taken_in_their_precision_only)
{
    begin("stored");
    const opened before = open_native();
    cr_assert_not(before.tuned);
    cr_assert_str_neq(before.tiles, "4x3x4/2");
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_NATIVE, CLMLP_F32, "4x3x4/2"));
    const opened after = open_native();
    cr_assert_str_eq(after.tiles, "4x3x4/2");
    cr_assert(after.tuned);
    if (info.fp64) cr_assert_not(open_with(CLMLP_ENGINE_NATIVE, CLMLP_F64, NULL, NULL).tuned);
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_CLBLAST, CLMLP_F32, "cpu-128"));
    cr_assert_str_eq(open_with(CLMLP_ENGINE_CLBLAST, CLMLP_F32, NULL, NULL).tiles, "cpu-128");
}

/* The key is compared whole (test_user_cache), so an entry counts for just what its key says. */
Test(tune, the_key_of_an_entry_says_all_that_it_depends_on)
{
    char command[1200], key[4096] = "", line[512];
    begin("key");
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_NATIVE, CLMLP_F32, "4x3x4/2"));
    (void)snprintf(command, sizeof command, "cat \"$(find '%s' -type f)\"", getenv("CLMLP_CACHE_DIR"));
    FILE *file = popen(command, "r");
    cr_assert_not_null(file);
    (void)fread(key, 1, sizeof key - 1, file);
    cr_assert_eq(pclose(file), 0);
    const char *const parts[][2] = {{"clmlp", clmlp_version()}, {"device", info.name},     {"driver", info.driver},
                                    {"platform", info.platform}, {"precision", "f32"}, {"family", "cpu"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        (void)snprintf(line, sizeof line, "\n%s: %s", parts[i][0], parts[i][1]);
        cr_assert_not_null(strstr(key, line), "no%s in %s", line, key);
    }
    cr_assert_not_null(strstr(key, "\nplatform version: "));
}

/* As a new driver, or another device, would find it. */
Test(tune, an_entry_under_another_key_counts_for_nothing)
{
    begin("foreign");
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_NATIVE, CLMLP_F64, "4x3x4/2"));
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_CLBLAST, CLMLP_F32, "4x3x4/2"));
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "gpu", 1), 0);
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_NATIVE, CLMLP_F32, "32x32x32/4x4"));
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    cr_assert_not(open_native().tuned);
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "gpu", 1), 0);
    cr_assert_str_eq(open_native().tiles, "32x32x32/4x4");
    cr_assert(open_native().tuned);
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_NATIVE, CLMLP_F32, "32x32x32/4x4,9x9x9"));
    cr_assert_str_eq(open_native().tiles, "by-size");
    cr_assert_not(open_native().tuned);
}

Test(tune, stored_tiles_that_make_no_sense_are_ignored)
{
    static const char *const nonsense[] = {
        "",         "x",        "4x3x4",           "4x3x4/",  "4x3x4/2\n", "+4x3x4/2", "04x3x4/2",
        " 4x3x4/2", "16x2x4/8", "65535x65536x4/8", "4x3x3/2", "0x1x4/8",   "4x3x4/0",  "4x3x4/99999999",
        "96x3x4/8", "-1x3x4/2", "4x3x4/2 4x3x4/2"};
    begin("nonsense");
    const opened before = open_native();
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_NATIVE, CLMLP_F32, nonsense[i]));
        const opened after = open_native();
        cr_assert_str_eq(after.tiles, before.tiles, "'%s'", nonsense[i]);
        cr_assert_not(after.tuned);
    }
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_CLBLAST, CLMLP_F32, "no-such-set"));
    cr_assert_str_eq(open_with(CLMLP_ENGINE_CLBLAST, CLMLP_F32, NULL, NULL).tiles, "default");
}

Test(tune, a_damaged_entry_is_ignored)
{
    char command[1200];
    begin("damaged");
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_NATIVE, CLMLP_F32, "4x3x4/2"));
    cr_assert(open_native().tuned);
    (void)snprintf(command, sizeof command, "find '%s' -type f -exec sed -i 's:4x3x4/2:8x1x4/2:' {} +",
                   getenv("CLMLP_CACHE_DIR"));
    cr_assert_eq(system(command), 0);
    cr_assert_not(open_native().tuned); /* the checksum is that of the old text */
}

Test(tune, what_is_asked_for_beats_what_is_stored)
{
    begin("asked");
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_NATIVE, CLMLP_F32, "4x3x4/2"));
    const opened asked = open_with(CLMLP_ENGINE_NATIVE, CLMLP_F32, "8x1x8/3", NULL);
    cr_assert_str_eq(asked.tiles, "8x1x8/3");
    cr_assert_not(asked.tuned);
    cr_assert_eq(setenv("CLMLP_NATIVE_TILES", "3x1x4/1", 1), 0);
    cr_assert_str_eq(open_native().tiles, "3x1x4/1");
    cr_assert_str_eq(open_with(CLMLP_ENGINE_NATIVE, CLMLP_F32, "8x1x8/3", NULL).tiles, "8x1x8/3");
}

/* So that any machine can run what another one takes. */
Test(tune, tiles_of_any_vector_width_can_be_asked_for)
{
    static const char *const widths[] = {"4x2x4/8", "6x2x8/8", "12x2x16/8"};
    begin("widths");
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        cr_assert_str_eq(open_with(CLMLP_ENGINE_NATIVE, CLMLP_F32, widths[i], NULL).tiles, widths[i]);
    }
}

/* The variable is for the family that is taken anyway: another one that a caller opens keeps its own. */
Test(tune, tiles_of_the_environment_are_for_one_family)
{
    begin("family");
    cr_assert_eq(setenv("CLMLP_NATIVE_TILES", "4x3x4/2", 1), 0);
    clmlp_device_options options = clmlp_device_options_default();
    options.spec = "opencl";
    options.engine = CLMLP_ENGINE_NATIVE;
    static const char *const families[][2] = {{"cpu", "4x3x4/2"}, {"gpu", "by-size"}};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        clmlp_device *device = NULL;
        const clmlp_knobs knobs = {.family = families[i][0]};
        OK(clmlp_device_open_with(&device, &options, &knobs, error));
        cr_assert_str_eq(clmlp_device_tiles(device), families[i][1]);
        clmlp_device_close(device);
    }
}

static void expect_refusal(clmlp_engine engine, const char *tiles, const char *ending)
{
    clmlp_device_options options = clmlp_device_options_default();
    clmlp_device *device = NULL;
    clmlp_error error = {.message = ""};
    char expected[1024];
    options.spec = "opencl";
    options.engine = engine;
    const clmlp_knobs knobs = {.tiles = tiles};
    cr_assert_eq(clmlp_device_open_with(&device, &options, &knobs, &error), CLMLP_BAD_ARGUMENT, "'%s'", tiles);
    cr_assert_null(device);
    (void)snprintf(expected, sizeof expected, "%s: tiles '%s': %s", info.name, tiles, ending);
    cr_assert_str_eq(error.message, expected);
}

Test(tune, impossible_tiles_are_refused_with_the_reason)
{
    begin("refused");
    static const char form[] = "expected ROWSxVECTORSxLANES/BLOCK such as 12x2x16/8";
    expect_refusal(CLMLP_ENGINE_NATIVE, "12", form);
    expect_refusal(CLMLP_ENGINE_NATIVE, "4x3x4/2x", form);
    expect_refusal(CLMLP_ENGINE_NATIVE, "4x2x2/8", "vectors of 4, 8 or 16 lanes only");
    expect_refusal(CLMLP_ENGINE_NATIVE, "16x2x4/8", "more vector registers than any CPU has");
    expect_refusal(CLMLP_ENGINE_NATIVE, "4x2x8/0", "a size is 0 or too large");
    expect_refusal(CLMLP_ENGINE_CLBLAST, "4x2x8/8", "CLBlast has no such set of parameters here");
}

Test(tune, auto_takes_the_stored_engine_and_a_default_without)
{
    begin("engine");
    const char *const untuned = strcmp(info.type, "CPU") == 0 ? "native" : "clblast";
    cr_assert_str_eq(open_with(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, NULL).engine, untuned);
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_AUTO, CLMLP_F32, MEASURED));
    cr_assert_str_eq(open_with(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, NULL).engine, "clblast");
    const clmlp_tune_network measured = {3, {20, 12, 3}, 8, false}, nearer[] = {
        {3, {20, 12, 3}, 80, false}, {3, {20, 12, 3}, 201, false}, {2, {20, 12}, 70, false}};
    cr_assert_str_eq(open_with(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, &measured).engine, "native");
    for (size_t i = 0; i < sizeof nearer / sizeof *nearer; i++) {
        cr_assert_str_eq(open_with(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, &nearer[i]).engine, "clblast", "%zu", i);
    }
    cr_assert_str_eq(open_with(CLMLP_ENGINE_NATIVE, CLMLP_F32, NULL, NULL).engine, "native");
    static const char *const nonsense[] = {"", "overall", "overall ", "overall clblastic\n", "clblast\n",
                                           "overall auto\n"};
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        begin("engine-nonsense");
        cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_AUTO, CLMLP_F32, nonsense[i]));
        cr_assert_str_eq(open_with(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, NULL).engine, untuned, "'%s'", nonsense[i]);
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

Test(tune, the_first_network_chooses_the_engine_and_it_stays)
{
    static const size_t units[] = {20, 12, 3};
    clmlp_model *model = NULL;
    begin("network");
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_AUTO, CLMLP_F32, MEASURED));
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_NATIVE, CLMLP_F32, "4x3x4/2"));
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
Test(tune, training_chooses_by_its_batch)
{
    clmlp_train_config config = clmlp_train_config_default();
    begin("training");
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_AUTO, CLMLP_F32, MEASURED));
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

Test(tune, a_matrix_without_a_network_has_auto_choose_for_none)
{
    clmlp_tensor *tensor = NULL;
    begin("matrix");
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_AUTO, CLMLP_F32, MEASURED));
    clmlp_device *device = open_auto();
    OK(clmlp_tensor_create(device->backend, CLMLP_TENSOR_MATRIX, 3, 5, "a matrix", &tensor, error));
    cr_assert_str_eq(clmlp_device_engine(device), "clblast");
    cr_assert_null(device->backend->ops->choose);
    clmlp_tensor_destroy(device->backend, tensor);
    clmlp_device_close(device);
}

Test(tune, preparing_refuses_what_makes_no_sense_and_is_nothing_on_the_cpu_path)
{
    static const size_t units[] = {20, 12, 3};
    begin("prepare");
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
Test(tune, a_choice_that_fails_can_be_made_again)
{
    clmlp_error why = {.message = ""};
    begin("again");
    clmlp_device *device = open_auto();
    plant_fault("tune-again", "native_cpu/descend.cl", "sum * SPLAT(args->scale)", "no_such_thing");
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_AUTO, CLMLP_F32, "overall native\n"));
    cr_assert_eq(clmlp_device_prepare(device, NULL, 0, 0, &why), CLMLP_DEVICE);
    cr_assert_not_null(strstr(why.message, "the kernels do not build"), "%s", why.message);
    cr_assert_eq(unsetenv("CLMLP_KERNEL_DIR"), 0);
    OK(clmlp_device_prepare(device, NULL, 0, 0, error));
    cr_assert_str_eq(clmlp_device_engine(device), "native");
    clmlp_device_close(device);
}

/* Before any network is known. */
Test(tune, auto_refuses_impossible_tiles_of_the_environment_when_a_device_is_opened)
{
    clmlp_device_options options = clmlp_device_options_default();
    clmlp_device *device = NULL;
    clmlp_error error = {.message = ""};
    begin("environment");
    options.spec = "opencl";
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_AUTO, CLMLP_F32, "overall native\n"));
    cr_assert_eq(setenv("CLMLP_NATIVE_TILES", "12", 1), 0);
    cr_assert_eq(clmlp_device_open(&device, &options, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_null(device);
    cr_assert_not_null(strstr(error.message, "tiles '12' (CLMLP_NATIVE_TILES): expected"), "%s", error.message);
    cr_assert_eq(unsetenv("CLMLP_NATIVE_TILES"), 0);
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "fpga", 1), 0);
    cr_assert_eq(clmlp_device_open(&device, &options, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(error.message, "CLMLP_NATIVE_FAMILY: found 'fpga'"), "%s", error.message);
}

static clmlp_tune_result *result;

/* Times that are made up: how many times as fast as the untuned candidate each is, and the noise of a round. */
typedef struct watch {
    double native[CLMLP_TUNE_CANDIDATES]; /* by place in the list; 0: 1 */
    double noise, clblast;
    size_t rounds;
} watch;

static double speed_of(const watch *w, const clmlp_tune_result *found, size_t member)
{
    if (found->candidates[member].engine == CLMLP_ENGINE_CLBLAST) return w->clblast;
    return w->native[member] == 0.0 ? 1.0 : w->native[member];
}

static clmlp_status made_up(void *context, const clmlp_tune_result *found, size_t network, const size_t *members,
                            size_t count, clmlp_rounds *out, clmlp_error *why)
{
    const watch *const w = context;
    double *times = NULL;
    TRY(clmlp_allocate(&times, w->rounds * count, sizeof *times, "times", why));
    for (size_t i = 0; i < w->rounds * count; i++) {
        const size_t member = members[i % count];
        const double noise = clmlp_random_normal(1, CLMLP_RANDOM_DRAW, (uint32_t)(network * 50 + member), i);
        times[i] = 3.0 / speed_of(w, found, member) * exp(w->noise * noise);
    }
    *out = (clmlp_rounds){times, w->rounds, count};
    return CLMLP_OK;
}

static void tune_by(const clmlp_tune_stopwatch *stopwatch, clmlp_engine engine, double risk, bool keep)
{
    static const clmlp_tune_network networks[] = {{3, {20, 12, 3}, 8, false}, {3, {9, 5, 2}, 3, true}};
    clmlp_device_options where = clmlp_device_options_default();
    clmlp_tune_config config = clmlp_tune_config_default();
    where.spec = "opencl";
    config.engine = engine;
    config.seconds = 1e-3;
    config.risk = risk;
    config.keep = keep;
    config.networks = networks;
    config.network_count = stopwatch != NULL ? 2 : 1;
    clmlp_tune_result_destroy(result);
    result = NULL;
    OK(clmlp_tune_by(stopwatch, &where, &config, &result, error));
}

static void tune_small(bool keep)
{
    tune_by(NULL, CLMLP_ENGINE_NATIVE, 1.0, keep);
}

/* The place of the one that is the best; `none`: there is none. */
static size_t best_place(size_t none)
{
    size_t best = none;
    for (size_t i = 0; i < result->count; i++) {
        if (!result->candidates[i].best) continue;
        cr_assert_eq(best, none, "two are the best");
        best = i;
    }
    return best;
}

Test(tune, stores_the_best_candidate_and_only_when_it_may)
{
    begin("whole");
    tune_small(false);
    cr_assert_not(result->kept);
    cr_assert_not(open_native().tuned);
    tune_small(true);
    cr_assert(result->kept);
    cr_assert_gt(result->count, 3);
    cr_assert_eq(result->rejected, 0, "%s", result->candidates[0].reason);
    cr_assert_str_eq(result->shapes[0], "20-12-3@8");
    for (size_t i = 0; i < result->count; i++) {
        cr_assert(result->candidates[i].milliseconds[0] > 0.0);
        cr_assert(result->candidates[i].speed > 0.0);
    }
    cr_assert_lt(best_place(99), result->count);
    cr_assert_str_eq(open_native().tiles, result->candidates[best_place(99)].tiles);
    cr_assert(open_native().tuned);
}

/* Three rounds of the clock decide nothing. */
Test(tune, too_few_rounds_store_nothing)
{
    begin("few");
    tune_by(NULL, CLMLP_ENGINE_NATIVE, 0.0, true);
    cr_assert_eq(best_place(99), 99);
    cr_assert_not(result->kept);
    cr_assert_str_eq(clmlp_tune_result_doubt(result, CLMLP_ENGINE_NATIVE), "3 rounds are too few (11 are needed)");
    cr_assert_str_eq(clmlp_tune_result_doubt(result, CLMLP_ENGINE_AUTO), "");
    cr_assert_null(clmlp_tune_result_doubt(result, CLMLP_ENGINE_COUNT));
    cr_assert_not(open_native().tuned);
}

Test(tune, a_real_winner_is_stored_and_a_tie_stores_the_default)
{
    watch w = {.native = {[2] = 1.09, [3] = 1.2, [4] = 0.8}, .noise = 0.03, .rounds = 30};
    const clmlp_tune_stopwatch stopwatch = {.rounds = made_up, .context = &w};
    begin("winner");
    const opened before = open_native();
    tune_by(&stopwatch, CLMLP_ENGINE_NATIVE, 0.0, true);
    cr_assert_eq(best_place(99), 3);
    cr_assert_str_eq(open_native().tiles, result->candidates[3].tiles);
    const clmlp_tune_candidate *const c = &result->candidates[3];
    cr_assert(c->least_speed > 1.02 && c->least_speed < 1.2 && c->most_speed > 1.2 && c->most_speed < 1.3);
    cr_assert_eq(result->candidates[0].speed, 1.0);
    w = (watch){.native = {[2] = 1.01}, .noise = 0.01, .rounds = 30};
    tune_by(&stopwatch, CLMLP_ENGINE_NATIVE, 0.0, true);
    cr_assert_eq(best_place(99), 0);
    cr_assert(result->kept);
    cr_assert_str_eq(open_native().tiles, before.tiles);
    cr_assert(open_native().tuned);
}

Test(tune, noise_and_other_programs_store_nothing_and_leave_what_was_stored)
{
    watch w = {.native = {[2] = 1.09}, .noise = 0.5, .rounds = 30};
    clmlp_tune_stopwatch stopwatch = {.rounds = made_up, .context = &w};
    begin("noise");
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_NATIVE, CLMLP_F32, "4x3x4/2"));
    tune_by(&stopwatch, CLMLP_ENGINE_NATIVE, 0.0, true);
    cr_assert_eq(best_place(99), 99);
    cr_assert_not(result->kept);
    const char *doubt = clmlp_tune_result_doubt(result, CLMLP_ENGINE_NATIVE);
    cr_assert_not_null(strstr(doubt, " times as fast as "), "%s", doubt);
    w = (watch){.native = {[2] = 1.5}, .noise = 0.01, .rounds = 30};
    stopwatch.is_loaded = true;
    stopwatch.others = 1.26;
    tune_by(&stopwatch, CLMLP_ENGINE_NATIVE, 0.0, true);
    cr_assert_eq(best_place(99), 99);
    doubt = clmlp_tune_result_doubt(result, CLMLP_ENGINE_NATIVE);
    cr_assert_eq(strncmp(doubt, "other programs kept 1.3 of ", 27), 0, "%s", doubt);
    cr_assert_str_eq(open_native().tiles, "4x3x4/2");
    tune_by(&stopwatch, CLMLP_ENGINE_NATIVE, 1.0, true); /* whatever the noise */
    cr_assert_eq(best_place(99), 2);
}

/* CLBlast at this speed beside native; what `auto` then takes for a network that was measured, and for another. */
static void expect_engine(double clblast, double noise, const char *measured, const char *other)
{
    watch w = {.clblast = clblast, .noise = noise, .rounds = 30};
    const clmlp_tune_stopwatch stopwatch = {.rounds = made_up, .context = &w};
    const clmlp_tune_network network = {3, {20, 12, 3}, 8, false};
    tune_by(&stopwatch, CLMLP_ENGINE_AUTO, 0.0, true);
    cr_assert_str_eq(open_with(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, &network).engine, measured);
    cr_assert_str_eq(open_with(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, NULL).engine, other);
}

Test(tune, what_was_measured_with_other_networks_stays)
{
    begin("merged");
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_AUTO, CLMLP_F32, "overall clblast\n20-12-3@8 native\n"));
    cr_assert(clmlp_backend_keep(&info, CLMLP_ENGINE_AUTO, CLMLP_F32, "overall native\n784-512-10@128 clblast\n"));
    const clmlp_tune_network small = {3, {20, 12, 3}, 8, false}, large = {3, {784, 512, 10}, 128, false};
    cr_assert_str_eq(open_with(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, &small).engine, "native");
    cr_assert_str_eq(open_with(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, &large).engine, "clblast");
    cr_assert_str_eq(open_with(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, NULL).engine, "native");
}

Test(tune, the_engine_is_decided_beyond_noise_too)
{
    begin("duel");
    const bool on_cpu = strcmp(info.type, "CPU") == 0;
    const char *const untuned = on_cpu ? "native" : "clblast";
    expect_engine(1.3, 0.01, "clblast", "clblast");
    cr_assert(result->duel.held);
    cr_assert_eq(result->duel.winner[1], CLMLP_ENGINE_CLBLAST);
    expect_engine(0.5, 1.0, "clblast", "clblast"); /* undecided: what was stored stays */
    cr_assert_str_not_empty(clmlp_tune_result_doubt(result, CLMLP_ENGINE_NATIVE));
    cr_assert_not(result->duel.held, "between tiles that nobody chose");
    expect_engine(0.5, 0.01, "native", "native");
    begin("duel-tie");
    expect_engine(1.0, 0.005, untuned, untuned);
    cr_assert_eq(result->duel.overall, on_cpu ? CLMLP_ENGINE_NATIVE : CLMLP_ENGINE_CLBLAST);
}

static void expect_all_rejected(const char *reason)
{
    tune_small(true);
    cr_assert_gt(result->count, 3);
    cr_assert_eq(result->rejected, result->count);
    cr_assert_not(result->kept);
    for (size_t i = 0; i < result->count; i++) {
        cr_assert(result->candidates[i].rejected && !result->candidates[i].best);
        cr_assert_not_null(strstr(result->candidates[i].reason, reason), "%s", result->candidates[i].reason);
        cr_assert(isnan(result->candidates[i].milliseconds[0]));
    }
    cr_assert_eq(unsetenv("CLMLP_KERNEL_DIR"), 0);
    cr_assert_not(open_native().tuned);
}

/* CI sees the same through the program: cli_tune_command. */
Test(tune, rejects_every_candidate_that_computes_wrong)
{
    if (getenv("CLMLP_TEST_WHOLE") == NULL) cr_skip_test("by night: tune_wrong");
    begin("wrong");
    plant_fault("tune-wrong", "native_cpu/descend.cl", "sum * SPLAT(args->scale)", "sum");
    expect_all_rejected("the gradient of ");
}

Test(tune, rejects_every_candidate_that_does_not_build)
{
    begin("unbuilt");
    plant_fault("tune-unbuilt", "native_cpu/descend.cl", "sum * SPLAT(args->scale)", "no_such_thing");
    expect_all_rejected("the kernels do not build");
}

Test(tune, has_nothing_to_do_on_the_cpu_path)
{
    clmlp_device_options where = clmlp_device_options_default();
    clmlp_error error = {.message = ""};
    where.spec = "cpu";
    cr_assert_eq(clmlp_tune(&where, NULL, &result, &error), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(error.message, "device 'cpu': the CPU path has nothing to tune (expected an OpenCL device)");
}
