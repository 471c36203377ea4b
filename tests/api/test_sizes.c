/* Public structs of an older caller are shorter, those of a newer one longer: what the library does with either. */
#include <criterion/criterion.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "networks.h"

enum { GUARD = 0xa5, MORE = 64 };

static const double x[] = {0, 0, 0, 1, 1, 0, 1, 1}, y[] = {0, 1, 1, 0};
static clmlp_dataset *data;
static clmlp_model *model;
static clmlp_device *device;

static void set_up(void)
{
    const clmlp_device_options cpu = {.size = sizeof cpu, .spec = "cpu"};
    OK(clmlp_dataset_create(&data, 4, 2, x, 1, y, error));
    OK(clmlp_model_create_for(&model, data, NULL, 0, CLMLP_TANH, CLMLP_OUTPUT_SIGMOID, 1, error));
    OK(clmlp_device_open(&device, &cpu, error));
}

static void tear_down(void)
{
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

TestSuite(sizes, .init = set_up, .fini = tear_down);

static clmlp_status train(const void *config, void *result, clmlp_error *error)
{
    return clmlp_train(model, device, data, NULL, config, result, error);
}

/* A struct in memory of its own, of `size` bytes as far as its caller knows, with guards behind. */
static void *placed(const void *from, size_t own, size_t size)
{
    unsigned char *block = malloc(size + own + MORE);
    cr_assert_not_null(block);
    memset(block, GUARD, size + own + MORE);
    memcpy(block, from, size < own ? size : own);
    if (size > own) memset(block + own, 0, size - own);
    memcpy(block, &size, sizeof size);
    return block;
}

static void assert_guard(const void *block, size_t size)
{
    for (size_t i = size; i < size + MORE; i++) {
        cr_assert_eq(((const unsigned char *)block)[i], GUARD, "byte %zu behind a struct of %zu was written", i - size,
                     size);
    }
}

/* Compiled when there was nothing behind `epochs`: of the rest, the defaults hold. */
Test(sizes, an_older_callers_config_gets_the_defaults_of_what_it_does_not_know)
{
    const size_t size = offsetof(clmlp_train_config, batch);
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_train_result result = {.size = sizeof result};
    clmlp_error why = {.message = ""};
    config.epochs = 2;
    void *older = placed(&config, sizeof config, size);
    /* the default batch of 32 is too large for four examples: proof that it is not read from behind */
    cr_assert_eq(train(older, &result, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why.message, "a batch of 32"), "%s", why.message);
    assert_guard(older, size);
    free(older);
}

Test(sizes, an_older_callers_result_is_not_written_behind)
{
    const size_t size = offsetof(clmlp_train_result, train);
    const clmlp_train_result none = {.size = sizeof none};
    clmlp_train_config config = clmlp_train_config_default();
    config.batch = 2;
    config.epochs = 3;
    clmlp_train_result *older = placed(&none, sizeof none, size);
    OK(train(&config, older, error));
    cr_assert_eq(older->size, size);
    cr_assert_eq(older->epochs, 3);
    cr_assert_eq(older->steps, 6);
    assert_guard(older, size);
    free(older);
}

Test(sizes, a_newer_callers_config_is_taken_while_it_asks_for_nothing_new)
{
    const size_t size = sizeof(clmlp_train_config) + 16;
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_train_result result = {.size = sizeof result};
    clmlp_error why = {.message = ""};
    config.batch = 2;
    config.epochs = 1;
    unsigned char *newer = placed(&config, sizeof config, size);
    OK(train(newer, &result, error));
    cr_assert_eq(result.epochs, 1);
    newer[size - 1] = 1;
    cr_assert_eq(train(newer, &result, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_not_null(strstr(why.message, "'config'"), "%s", why.message);
    free(newer);
}

Test(sizes, a_newer_callers_result_is_zero_where_the_library_knows_nothing)
{
    const size_t size = sizeof(clmlp_train_result) + 16;
    const clmlp_train_result none = {.size = sizeof none};
    clmlp_train_config config = clmlp_train_config_default();
    config.batch = 2;
    config.epochs = 1;
    unsigned char *newer = placed(&none, sizeof none, size);
    memset(newer + sizeof none, 7, 16);
    OK(train(&config, newer, error));
    for (size_t i = sizeof none; i < size; i++) cr_assert_eq(newer[i], 0);
    assert_guard(newer, size);
    free(newer);
}

Test(sizes, defaults_fill_what_the_caller_has)
{
    struct {
        clmlp_train_config config;
        unsigned char more[16];
    } newer;
    memset(&newer, GUARD, sizeof newer);
    clmlp_train_config_init(&newer.config, sizeof newer);
    cr_assert_eq(newer.config.size, sizeof newer);
    cr_assert_eq(newer.config.epochs, 30);
    for (size_t i = 0; i < sizeof newer.more; i++) cr_assert_eq(newer.more[i], 0);

    const size_t size = offsetof(clmlp_train_config, batch);
    clmlp_train_config older;
    memset(&older, GUARD, sizeof older);
    clmlp_train_config_init(&older, size);
    cr_assert_eq(older.size, size);
    cr_assert_eq(older.epochs, 30);
    for (size_t i = size; i < sizeof older; i++) cr_assert_eq(((unsigned char *)&older)[i], GUARD);
}

/* Every function that takes such a struct: BAD(struct, argument, call), its size being `size`. */
#define EACH_STRUCT(BAD)                                                                                              \
    BAD(clmlp_load_options, "options", clmlp_dataset_load(&no_data, "x.csv", &s, error))                              \
    BAD(clmlp_model_hints, "hints", clmlp_model_load(&no_model, "x.safetensors", &s, error))                          \
    BAD(clmlp_device_options, "options", clmlp_device_open(&no_device, &s, error))                                    \
    BAD(clmlp_startup, "startup", clmlp_device_startup(device, &s, error))                                            \
    BAD(clmlp_train_config, "config", clmlp_train(model, device, data, NULL, &s, NULL, error))                        \
    BAD(clmlp_train_result, "result", clmlp_train(model, device, data, NULL, NULL, &s, error))                        \
    BAD(clmlp_bench_config, "config", clmlp_bench_gemm(device, 2, 2, 2, &s, &gemm, error))                            \
    BAD(clmlp_bench_config, "config", clmlp_bench_step(device, model, 2, &s, &step, error))                           \
    BAD(clmlp_bench_step_result, "result", clmlp_bench_step(device, model, 2, NULL, &s, error))                       \
    BAD(clmlp_bench_gemm_result, "result", clmlp_bench_gemm(device, 2, 2, 2, NULL, &s, error))                        \
    BAD(clmlp_bench_peak_result, "result", clmlp_bench_peak(device, &s, error))                                       \
    BAD(clmlp_bench_config, "config", clmlp_bench_link(NULL, CLMLP_F32, &s, &sums, error))                            \
    BAD(clmlp_bench_link_result, "result", clmlp_bench_link(NULL, CLMLP_F32, NULL, &s, error))                        \
    BAD(clmlp_bench_config, "config", clmlp_bench_time_shares(device, model, 2, NULL, &s, &shares, error))            \
    BAD(clmlp_bench_shares, "result", clmlp_bench_time_shares(device, model, 2, NULL, NULL, &s, error))               \
    BAD(clmlp_bench_setting, "setting", clmlp_bench_predict(&s, 2, 4, &prediction, error))                            \
    BAD(clmlp_bench_setting, "setting", clmlp_bench_pays_from(&s, 2, 0.5, &M, error))                                 \
    BAD(clmlp_bench_prediction, "prediction", clmlp_bench_predict(NULL, 2, 4, &s, error))                             \
    BAD(clmlp_train_config, "config", clmlp_find_rate(model, device, data, &s, NULL, &swept, error))                  \
    BAD(clmlp_find_rate_config, "sweep", clmlp_find_rate(model, device, data, NULL, &s, &swept, error))               \
    BAD(clmlp_find_rate_result, "result", clmlp_find_rate(model, device, data, NULL, NULL, &s, error))                \
    BAD(clmlp_gradcheck_config, "config", clmlp_gradcheck(model, data, NULL, &s, &gradients, error))                  \
    BAD(clmlp_gradcheck_result, "result", clmlp_gradcheck(model, data, NULL, NULL, &s, error))                        \
    BAD(clmlp_qualify_config, "config", clmlp_qualify(NULL, &s, &card, error))                                        \
    BAD(clmlp_device_options, "options", clmlp_qualify(&s, NULL, &card, error))                                       \
    BAD(clmlp_qualify_result, "result", clmlp_qualify(NULL, NULL, &s, error))                                         \
    BAD(clmlp_verify_config, "config", clmlp_verify(model, device, data, &s, &verified, error))                       \
    BAD(clmlp_verify_result, "result", clmlp_verify(model, device, data, NULL, &s, error))                            \
    BAD(clmlp_verify_config, "config", clmlp_verify_against(model, device, data, "/", &s, &verified, error))          \
    BAD(clmlp_verify_result, "result", clmlp_verify_against(model, device, data, "/", NULL, &s, error))               \
    BAD(clmlp_verify_config, "config", clmlp_verify_determinism(model, device, data, &s, 2, &same, error))            \
    BAD(clmlp_determinism_result, "result", clmlp_verify_determinism(model, device, data, NULL, 2, &s, error))        \
    BAD(clmlp_verify_config, "config", clmlp_verify_vote(model, data, CLMLP_F32, &s, &vote, error))                   \
    BAD(clmlp_bundle_info, "info", clmlp_bundle_read_info("x", &s, error))                                            \
    BAD(clmlp_bundle_info, "info", clmlp_bundle_open_device(&s, NULL, &no_device, &other, error))                     \
    BAD(clmlp_device_options, "options", clmlp_bundle_open_device(&bundle, &s, &no_device, &other, error))            \
    BAD(clmlp_self_check_config, "config", clmlp_self_check_create(&inspector, &s, error))                            \
    BAD(clmlp_self_check_result, "result", clmlp_self_check_result_get(a_check, &s, error))

Test(sizes, of_zero_or_garbage_are_refused)
{
    static const size_t sizes[] = {0, 1, sizeof(size_t), 100001, (size_t)1 << 40, (size_t)-8};
    const clmlp_self_check_config check = clmlp_self_check_config_default();
    clmlp_dataset *no_data = NULL;
    clmlp_model *no_model = NULL;
    clmlp_device *no_device = NULL;
    clmlp_inspector *inspector = NULL, *a_check = NULL;
    clmlp_vote_result *vote = NULL;
    clmlp_bench_step_result step = {.size = sizeof step};
    clmlp_bench_gemm_result gemm = {.size = sizeof gemm};
    clmlp_bench_link_result sums = {.size = sizeof sums};
    clmlp_bench_shares shares = {.size = sizeof shares};
    clmlp_bench_prediction prediction = {.size = sizeof prediction};
    size_t M = 0;
    clmlp_gradcheck_result gradients = {.size = sizeof gradients};
    clmlp_find_rate_result swept = {.size = sizeof swept};
    clmlp_qualify_result card = {.size = sizeof card};
    clmlp_verify_result verified = {.size = sizeof verified};
    clmlp_determinism_result same = {.size = sizeof same};
    clmlp_bundle_info bundle = {.size = sizeof bundle};
    bool other = false;
    OK(clmlp_self_check_create(&a_check, &check, error));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
#define BAD(type, argument, call)                                                                                     \
    do {                                                                                                              \
        type s = {.size = sizes[i]};                                                                                  \
        clmlp_error own = {.message = ""}, *const error = &own;                                                       \
        cr_expect_eq((call), CLMLP_BAD_ARGUMENT, #type " of %zu: %s", sizes[i], own.message);                         \
        cr_expect(strstr(own.message, "'" argument "'") != NULL, #type " of %zu: %s", sizes[i], own.message);         \
    } while (0);
        EACH_STRUCT(BAD)
#undef BAD
    }
    clmlp_inspector_destroy(a_check);
}
