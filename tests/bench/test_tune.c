/* test_tune.c - tuning itself: what it decides, refuses and stores. How fast anything is, it never tests. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "faults.h"
#include "networks.h"
#include "tuned.h"

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
    tuned_begin("whole");
    tune_small(false);
    cr_assert_not(result->kept);
    cr_assert_not(tuned_open_native().tuned);
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
    cr_assert_str_eq(tuned_open_native().tiles, result->candidates[best_place(99)].tiles);
    cr_assert(tuned_open_native().tuned);
}

/* Three rounds of the clock decide nothing. */
Test(tune, too_few_rounds_store_nothing)
{
    tuned_begin("few");
    tune_by(NULL, CLMLP_ENGINE_NATIVE, 0.0, true);
    cr_assert_eq(best_place(99), 99);
    cr_assert_not(result->kept);
    cr_assert_str_eq(clmlp_tune_result_doubt(result, CLMLP_ENGINE_NATIVE), "3 rounds are too few (11 are needed)");
    cr_assert_str_eq(clmlp_tune_result_doubt(result, CLMLP_ENGINE_AUTO), "");
    cr_assert_null(clmlp_tune_result_doubt(result, CLMLP_ENGINE_COUNT));
    cr_assert_not(tuned_open_native().tuned);
}

Test(tune, a_real_winner_is_stored_and_a_tie_stores_the_default)
{
    watch w = {.native = {[2] = 1.09, [3] = 1.2, [4] = 0.8}, .noise = 0.03, .rounds = 30};
    const clmlp_tune_stopwatch stopwatch = {.rounds = made_up, .context = &w};
    tuned_begin("winner");
    const tuned_device before = tuned_open_native();
    tune_by(&stopwatch, CLMLP_ENGINE_NATIVE, 0.0, true);
    cr_assert_eq(best_place(99), 3);
    cr_assert_str_eq(tuned_open_native().tiles, result->candidates[3].tiles);
    const clmlp_tune_candidate *const c = &result->candidates[3];
    cr_assert(c->least_speed > 1.02 && c->least_speed < 1.2 && c->most_speed > 1.2 && c->most_speed < 1.3);
    cr_assert_eq(result->candidates[0].speed, 1.0);
    w = (watch){.native = {[2] = 1.01}, .noise = 0.01, .rounds = 30};
    tune_by(&stopwatch, CLMLP_ENGINE_NATIVE, 0.0, true);
    cr_assert_eq(best_place(99), 0);
    cr_assert(result->kept);
    cr_assert_str_eq(tuned_open_native().tiles, before.tiles);
    cr_assert(tuned_open_native().tuned);
}

Test(tune, noise_and_other_programs_store_nothing_and_leave_what_was_stored)
{
    watch w = {.native = {[2] = 1.09}, .noise = 0.5, .rounds = 30};
    clmlp_tune_stopwatch stopwatch = {.rounds = made_up, .context = &w};
    tuned_begin("noise");
    tuned_keep(CLMLP_ENGINE_NATIVE, CLMLP_F32, "4x3x4/2");
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
    cr_assert_str_eq(tuned_open_native().tiles, "4x3x4/2");
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
    cr_assert_str_eq(tuned_open(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, &network).engine, measured);
    cr_assert_str_eq(tuned_open(CLMLP_ENGINE_AUTO, CLMLP_F32, NULL, NULL).engine, other);
}

Test(tune, the_engine_is_decided_beyond_noise_too)
{
    tuned_begin("duel");
    const bool on_cpu = strcmp(tuned_info.type, "CPU") == 0;
    const char *const untuned = on_cpu ? "native" : "clblast";
    expect_engine(1.3, 0.01, "clblast", "clblast");
    cr_assert(result->duel.held);
    cr_assert_eq(result->duel.winner[1], CLMLP_ENGINE_CLBLAST);
    expect_engine(0.5, 1.0, "clblast", "clblast"); /* undecided: what was stored stays */
    cr_assert_str_not_empty(clmlp_tune_result_doubt(result, CLMLP_ENGINE_NATIVE));
    cr_assert_not(result->duel.held, "between tiles that nobody chose");
    expect_engine(0.5, 0.01, "native", "native");
    tuned_begin("duel-tie");
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
    cr_assert_not(tuned_open_native().tuned);
}

/* CI sees the same through the program: cli_tune_command. */
Test(tune, rejects_every_candidate_that_computes_wrong)
{
    if (getenv("CLMLP_TEST_WHOLE") == NULL) cr_skip_test("by night: tune_wrong");
    tuned_begin("wrong");
    plant_fault("tune-wrong", "native_cpu/descend.cl", "sum * SPLAT(args->scale)", "sum");
    expect_all_rejected("the gradient of ");
}

Test(tune, rejects_every_candidate_that_does_not_build)
{
    tuned_begin("unbuilt");
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
