/* test_tuned.c - which tiles a device takes: those that were stored for it, or asked for. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "networks.h"
#include "tuned.h"

Test(tuned, stored_tiles_are_taken_in_their_precision_only)
{
    tuned_begin("stored");
    const tuned_device before = tuned_open_native();
    cr_assert_not(before.tuned);
    cr_assert_str_neq(before.tiles, "4x3x4/2");
    tuned_keep(CLMLP_ENGINE_NATIVE, CLMLP_F32, "4x3x4/2");
    const tuned_device after = tuned_open_native();
    cr_assert_str_eq(after.tiles, "4x3x4/2");
    cr_assert(after.tuned);
    if (tuned_info.fp64) cr_assert_not(tuned_open(CLMLP_ENGINE_NATIVE, CLMLP_F64, NULL, NULL).tuned);
    tuned_keep(CLMLP_ENGINE_CLBLAST, CLMLP_F32, "cpu-128");
    cr_assert_str_eq(tuned_open(CLMLP_ENGINE_CLBLAST, CLMLP_F32, NULL, NULL).tiles, "cpu-128");
}

/* The key is compared whole (test_user_cache), so an entry counts for just what its key says. */
Test(tuned, the_key_of_an_entry_says_all_that_it_depends_on)
{
    char command[1200], key[4096] = "", line[512];
    tuned_begin("key");
    tuned_keep(CLMLP_ENGINE_NATIVE, CLMLP_F32, "4x3x4/2");
    (void)snprintf(command, sizeof command, "cat \"$(find '%s' -type f)\"", getenv("CLMLP_CACHE_DIR"));
    FILE *file = popen(command, "r");
    cr_assert_not_null(file);
    (void)fread(key, 1, sizeof key - 1, file);
    cr_assert_eq(pclose(file), 0);
    const char *const parts[][2] = {{"clmlp", clmlp_version()}, {"device", tuned_info.name},
                                    {"driver", tuned_info.driver}, {"platform", tuned_info.platform},
                                    {"precision", "f32"}, {"family", "cpu"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        (void)snprintf(line, sizeof line, "\n%s: %s", parts[i][0], parts[i][1]);
        cr_assert_not_null(strstr(key, line), "no%s in %s", line, key);
    }
    cr_assert_not_null(strstr(key, "\nplatform version: "));
}

/* As a new driver, or another device, would find it. */
Test(tuned, an_entry_under_another_key_counts_for_nothing)
{
    tuned_begin("foreign");
    tuned_keep(CLMLP_ENGINE_NATIVE, CLMLP_F64, "4x3x4/2");
    tuned_keep(CLMLP_ENGINE_CLBLAST, CLMLP_F32, "4x3x4/2");
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "gpu", 1), 0);
    tuned_keep(CLMLP_ENGINE_NATIVE, CLMLP_F32, "32x32x32/4x4");
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "cpu", 1), 0);
    cr_assert_not(tuned_open_native().tuned);
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "gpu", 1), 0);
    cr_assert_str_eq(tuned_open_native().tiles, "32x32x32/4x4");
    cr_assert(tuned_open_native().tuned);
    tuned_keep(CLMLP_ENGINE_NATIVE, CLMLP_F32, "32x32x32/4x4,9x9x9");
    cr_assert_str_eq(tuned_open_native().tiles, "by-size");
    cr_assert_not(tuned_open_native().tuned);
}

Test(tuned, stored_tiles_that_make_no_sense_are_ignored)
{
    static const char *const nonsense[] = {
        "",         "x",        "4x3x4",           "4x3x4/",  "4x3x4/2\n", "+4x3x4/2", "04x3x4/2",
        " 4x3x4/2", "16x2x4/8", "65535x65536x4/8", "4x3x3/2", "0x1x4/8",   "4x3x4/0",  "4x3x4/99999999",
        "96x3x4/8", "-1x3x4/2", "4x3x4/2 4x3x4/2"};
    tuned_begin("nonsense");
    const tuned_device before = tuned_open_native();
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        tuned_keep(CLMLP_ENGINE_NATIVE, CLMLP_F32, nonsense[i]);
        const tuned_device after = tuned_open_native();
        cr_assert_str_eq(after.tiles, before.tiles, "'%s'", nonsense[i]);
        cr_assert_not(after.tuned);
    }
    tuned_keep(CLMLP_ENGINE_CLBLAST, CLMLP_F32, "no-such-set");
    cr_assert_str_eq(tuned_open(CLMLP_ENGINE_CLBLAST, CLMLP_F32, NULL, NULL).tiles, "default");
}

Test(tuned, a_damaged_entry_is_ignored)
{
    char command[1200];
    tuned_begin("damaged");
    tuned_keep(CLMLP_ENGINE_NATIVE, CLMLP_F32, "4x3x4/2");
    cr_assert(tuned_open_native().tuned);
    (void)snprintf(command, sizeof command, "find '%s' -type f -exec sed -i 's:4x3x4/2:8x1x4/2:' {} +",
                   getenv("CLMLP_CACHE_DIR"));
    cr_assert_eq(system(command), 0);
    cr_assert_not(tuned_open_native().tuned); /* the checksum is that of the old text */
}

Test(tuned, what_is_asked_for_beats_what_is_stored)
{
    tuned_begin("asked");
    tuned_keep(CLMLP_ENGINE_NATIVE, CLMLP_F32, "4x3x4/2");
    const tuned_device asked = tuned_open(CLMLP_ENGINE_NATIVE, CLMLP_F32, "8x1x8/3", NULL);
    cr_assert_str_eq(asked.tiles, "8x1x8/3");
    cr_assert_not(asked.tuned);
    cr_assert_eq(setenv("CLMLP_NATIVE_TILES", "3x1x4/1", 1), 0);
    cr_assert_str_eq(tuned_open_native().tiles, "3x1x4/1");
    cr_assert_str_eq(tuned_open(CLMLP_ENGINE_NATIVE, CLMLP_F32, "8x1x8/3", NULL).tiles, "8x1x8/3");
}

/* So that any machine can run what another one takes. */
Test(tuned, tiles_of_any_vector_width_can_be_asked_for)
{
    static const char *const widths[] = {"4x2x4/8", "6x2x8/8", "12x2x16/8"};
    tuned_begin("widths");
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        cr_assert_str_eq(tuned_open(CLMLP_ENGINE_NATIVE, CLMLP_F32, widths[i], NULL).tiles, widths[i]);
    }
}

/* The variable is for the family that is taken anyway: another one that a caller opens keeps its own. */
Test(tuned, tiles_of_the_environment_are_for_one_family)
{
    tuned_begin("family");
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
    (void)snprintf(expected, sizeof expected, "%s: tiles '%s': %s", tuned_info.name, tiles, ending);
    cr_assert_str_eq(error.message, expected);
}

Test(tuned, impossible_tiles_are_refused_with_the_reason)
{
    tuned_begin("refused");
    static const char form[] = "expected ROWSxVECTORSxLANES/BLOCK such as 12x2x16/8";
    expect_refusal(CLMLP_ENGINE_NATIVE, "12", form);
    expect_refusal(CLMLP_ENGINE_NATIVE, "4x3x4/2x", form);
    expect_refusal(CLMLP_ENGINE_NATIVE, "4x2x2/8", "vectors of 4, 8 or 16 lanes only");
    expect_refusal(CLMLP_ENGINE_NATIVE, "16x2x4/8", "more vector registers than any CPU has");
    expect_refusal(CLMLP_ENGINE_NATIVE, "4x2x8/0", "a size is 0 or too large");
    expect_refusal(CLMLP_ENGINE_CLBLAST, "4x2x8/8", "CLBlast has no such set of parameters here");
}
