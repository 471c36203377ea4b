/* test_device_choice.c - which device --device auto and --device opencl take, and what they say of those that they pass
 * over. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define POCL "OCL_ICD_VENDORS=/etc/OpenCL/vendors/pocl.icd "
#define TWO POCL "POCL_DEVICES='basic basic' "
#define TRAIN "train points.csv --hidden 5 --epochs 1 --batch 16 --model m.safetensors --device "
#define GPU_TILES "or tiles as `clmlp tune` lists them"
#define CPU_PATH "so auto took the CPU path"

static cli_run pretend(const char *folder, const char *more, const char *what, const char *line)
{
    char environment[1024];
    (void)snprintf(environment, sizeof environment, "%s CLMLP_PRETEND='%s' LD_PRELOAD='%s'", more, what,
                   PRETENDING_OPENCL);
    return cli_with(folder, environment, line);
}

static cli_run failing(const char *folder, const char *call, const char *line)
{
    char environment[1024];
    (void)snprintf(environment, sizeof environment, POCL "CLMLP_FAIL_CALL=%s LD_PRELOAD='%s'", call, FAILING_OPENCL);
    return cli_with(folder, environment, line);
}

/* --- PoCL without the program that it links with ------------------------------------------------------------------ */

static bool pocl_links_itself(const char *folder)
{
    unsigned major = 0, minor = 0;
    cli_run run = cli_with(folder, POCL, "devices --json");
    cJSON *const list = cJSON_Parse(run.out);
    const char *const driver = cli_text(cJSON_GetArrayItem(list, 0), "driver");
    const bool later = sscanf(driver, "%u.%u", &major, &minor) == 2 && (major > 7 || (major == 7 && minor > 1));
    cJSON_Delete(list);
    cli_free(&run);
    return later;
}

Test(cli_device_choice, pocl_without_its_linker_is_passed_over)
{
    static const char *const paths[] = {"", "/nonexistent", ".", ":/nonexistent::[x]:"};
    char *const folder = cli_data_folder("linker"), environment[256];
    if (pocl_links_itself(folder)) cr_skip_test("this PoCL starts no linker");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        (void)snprintf(environment, sizeof environment, POCL "PATH='%s'", paths[i]);
        cli_run run = cli_with(folder, environment, TRAIN "auto");
        cr_expect_eq(run.status, 0, "PATH=%s: exit status %d\n%s", paths[i], run.status, run.err);
        cli_expect_in(run.err, "device cpu: ");
        cli_expect_in(run.err, ") was passed over: PoCL links kernels with the program 'ld', and it is in no folder of "
                               "PATH (Debian's package: binutils); no OpenCL GPU can be used, " CPU_PATH);
        cli_free(&run);
    }
    cli_run run = cli_with(folder, environment, TRAIN "opencl");
    cr_expect_eq(run.status, 1, "exit status %d\n%s", run.status, run.err);
    cli_expect_in(run.err, ") cannot be used: PoCL links kernels with the program 'ld'");
    cli_free(&run);
    run = cli_with(folder, environment, "devices");
    cli_expect_in(run.out, "\n*  cpu ");
    cli_expect_in(run.out, "\nopencl:0.0 cannot be used: PoCL links kernels with the program 'ld'");
    cli_free(&run);
    free(folder);
}

/* Linkers for other machines, and folders that come first without one, are neither taken nor in the way. */
Test(cli_device_choice, the_linker_is_found_in_any_folder_of_the_path)
{
    char *const folder = cli_data_folder("linker-found");
    cli_run run = cli_with(folder, POCL "PATH=/nonexistent:$PATH", TRAIN "opencl");
    cr_expect_eq(run.status, 0, "exit status %d\n%s", run.status, run.err);
    cli_free(&run);
    free(folder);
}

/* --- the order ---------------------------------------------------------------------------------------------------- */

Test(cli_device_choice, the_list_says_why_each_is_passed_over)
{
    char *const folder = cli_data_folder("order");
    cli_run run = pretend(folder, TWO, "1:type=gpu", "devices");
    cli_expect_in(run.out, "\n*  opencl:0.1 ");
    cli_expect_in(run.out, "\nopencl:0.0 is passed over by auto: opencl:0.1 is a GPU, and auto takes a GPU first\n"
                           "cpu is passed over by auto: opencl:0.1 is a GPU, and auto takes a GPU first\n"
                           "(--device takes one that is passed over all the same, as in --device opencl:0.0)\n");
    cli_free(&run);
    run = pretend(folder, TWO, "tell=0", "devices --json");
    cJSON *const list = cJSON_Parse(run.out);
    cr_assert_eq(cJSON_GetArraySize(list), 3, "%s", run.out);
    cr_expect(cJSON_IsNull(cli_member(cJSON_GetArrayItem(list, 0), "passed_over")));
    cr_expect_str_eq(cli_text(cJSON_GetArrayItem(list, 1), "passed_over"),
                     "opencl:0.0 is of the same type and stands before it in the list");
    cr_expect_str_eq(cli_text(cJSON_GetArrayItem(list, 2), "passed_over"),
                     "opencl:0.0 is an OpenCL CPU device, and auto takes one before the CPU path");
    cJSON_Delete(list);
    cli_free(&run);
    free(folder);
}

/* rusticl's CPU device: auto takes the CPU path, opencl the kernels that are right there. */
Test(cli_device_choice, a_software_renderer_is_passed_over)
{
    char *const folder = cli_data_folder("renderer");
    cli_run run = pretend(folder, POCL, "platform=rusticl", TRAIN "auto");
    cr_expect_eq(run.status, 0, "%s", run.err);
    cli_expect_in(run.err, "device cpu: ");
    cli_expect_in(run.err, ") was passed over: Mesa's software renderer computes it on the CPU, where the CPU path is "
                           "faster; no OpenCL GPU can be used, " CPU_PATH);
    cli_free(&run);
    /* which family reads the variable is seen without building a kernel */
    run = pretend(folder, POCL "CLMLP_NATIVE_TILES=1x1", "platform=rusticl", TRAIN "opencl --engine native");
    cr_expect_eq(run.status, 2, "%s", run.err);
    cli_expect_in(run.err, GPU_TILES);
    cr_expect_null(strstr(run.err, "passed over"), "%s", run.err);
    cli_free(&run);
    run = pretend(folder, POCL "CLMLP_NATIVE_TILES=1x1", "tell=0", TRAIN "opencl --engine native");
    cr_expect_null(strstr(run.err, GPU_TILES), "%s", run.err);
    cli_free(&run);
    run = pretend(folder, POCL, "platform=rusticl;type=gpu", "devices");
    cli_expect_in(run.out, "\n*  opencl:0.0 ");
    cli_free(&run);
    free(folder);
}

/* --- a clock that is wrong ---------------------------------------------------------------------------------------- */

/* Whatever a driver says of times, kernels neither end as they start, nor are faster than the device, nor take longer
 * than the steps that they make up. */
Test(cli_device_choice, times_that_cannot_be_are_left_out_of_a_measured_step)
{
    static const struct { const char *event, *more, *doubt; } cases[] = {
        {"event=1", "--no-peak", " kernels took 1 ns each, which cannot be"},
        {"event=200", "", "the driver's times make cpu_"},
        {"event=1000000000", "--no-peak", "which cannot be"},
    };
    char *const folder = cli_folder("clock");
    char line[256];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)snprintf(line, sizeof line, "bench step --device opencl --engine native --layers 256,128,10 "
                       "--batch 128 --seconds 0.02 --json --quiet %s", cases[i].more);
        cli_run run = pretend(folder, POCL "CLMLP_NATIVE_FAMILY=cpu", cases[i].event, line);
        cr_assert_eq(run.status, 0, "%s: %s", cases[i].event, run.err);
        cJSON *const json = cJSON_Parse(run.out);
        cr_expect_eq(cJSON_GetArraySize(cli_member(json, "kernels")), 0, "%s: %s", cases[i].event, run.out);
        cr_expect(cJSON_IsNull(cli_member(json, "profiled_milliseconds")));
        cli_expect_in(cli_text(json, "clock_doubt"), cases[i].doubt);
        cr_expect_gt(cli_number(cli_member(json, "milliseconds"), "median"), 0.0);
        cJSON_Delete(json);
        cli_free(&run);
    }
    cli_run run = pretend(folder, POCL, "tell=0", "bench step --device opencl --engine native --layers 64,25,10 "
                          "--batch 32 --seconds 0.02 --json --quiet");
    cJSON *const json = cJSON_Parse(run.out);
    cr_expect(cJSON_IsNull(cli_member(json, "clock_doubt")), "%s", run.out);
    cr_expect_gt(cJSON_GetArraySize(cli_member(json, "kernels")), 0);
    cJSON_Delete(json);
    cli_free(&run);
    free(folder);
}

/* --- names -------------------------------------------------------------------------------------------------------- */

/* Of two devices of one name; `what` is pretended. Which one is opened, and what is told of the name, NULL: nothing. */
static void expect_named(const char *folder, const char *name, const char *what, const char *opened, const char *told)
{
    char line[512], start[128];
    (void)snprintf(line, sizeof line, TRAIN "'opencl:%s' --engine clblast", name);
    (void)snprintf(start, sizeof start, "clmlp: device %s: ", opened);
    cli_run run = pretend(folder, TWO, what, line);
    cr_expect_eq(run.status, 0, "%s: %s", line, run.err);
    cli_expect_in(run.err, start);
    if (told != NULL) cli_expect_in(run.err, told);
    cr_expect_eq(strstr(run.err, " fits ") != NULL, told != NULL, "%s: %s", line, run.err);
    cli_free(&run);
}

Test(cli_device_choice, a_name_that_fits_several_devices_takes_the_first_and_says_so)
{
    char *const folder = cli_data_folder("named"), told[512], part[8];
    cli_run run = pretend(folder, TWO, "tell=0", "devices --json");
    cJSON *const list = cJSON_Parse(run.out);
    cr_assert_eq(cJSON_GetArraySize(list), 3, "%s", run.out);
    const char *const name = cli_text(cJSON_GetArrayItem(list, 0), "name");
    cr_assert_str_eq(name, cli_text(cJSON_GetArrayItem(list, 1), "name"));
    (void)snprintf(part, sizeof part, "%.4s", name); /* a name of digits alone is a place in the list */
    (void)snprintf(told, sizeof told, "clmlp: 'opencl:%s' fits 2 devices, and the first was taken: opencl:0.0 (%s)",
                   part, name);
    expect_named(folder, part, "tell=0", "opencl:0.0", told);
    /* the whole name of one device is part of another's, too */
    (void)snprintf(told, sizeof told, "clmlp: 'opencl:%s' fits 2 devices, and the first was taken: opencl:0.0 (%s)",
                   name, name);
    expect_named(folder, name, "tell=0", "opencl:0.0", told);
    /* one that cannot be used is none that could be meant; a place in the list is one device */
    expect_named(folder, part, "0:compiler=0", "opencl:0.1", NULL);
    expect_named(folder, part, "1:compiler=0", "opencl:0.0", NULL);
    expect_named(folder, "0.1", "tell=0", "opencl:0.1", NULL);
    cJSON_Delete(list);
    cli_free(&run);
    free(folder);
}

/* --- questions that fail ------------------------------------------------------------------------------------------ */

Test(cli_device_choice, a_failed_question_is_told_with_its_code)
{
    static const char *const calls[] = {"clGetPlatformIDs", "clGetDeviceIDs"};
    char *const folder = cli_data_folder("questions");
    for (size_t i = 0; i < 2; i++) {
        char call[64], message[128];
        (void)snprintf(message, sizeof message, "failed: %s: CL_OUT_OF_RESOURCES (-5)", calls[i]);
        for (unsigned nth = 1; nth <= 2; nth++) {
            (void)snprintf(call, sizeof call, "%s:%u", calls[i], nth);
            cli_run run = failing(folder, call, TRAIN "auto");
            cr_expect_eq(run.status, 0, "%s: exit status %d\n%s", call, run.status, run.err);
            cli_expect_in(run.err, "device cpu: ");
            cli_expect_in(run.err, message);
            cli_expect_in(run.err, CPU_PATH);
            cli_free(&run);
            run = failing(folder, call, TRAIN "opencl");
            cr_expect_eq(run.status, 1, "%s: exit status %d\n%s", call, run.status, run.err);
            cli_expect_in(run.err, message);
            cli_free(&run);
            run = failing(folder, call, "devices");
            cr_expect_eq(run.status, 0, "%s: exit status %d\n%s", call, run.status, run.err);
            cli_expect_in(run.out, "\n   opencl:0.0  none ");
            cli_expect_in(run.out, "\n*  cpu ");
            *strstr(message, " (-5)") = '\0'; /* the line is broken there */
            cli_expect_in(run.out, message);
            (void)strcat(message, " (-5)");
            cli_free(&run);
        }
    }
    free(folder);
}
