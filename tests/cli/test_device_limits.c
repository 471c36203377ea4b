/* test_device_limits.c - devices that have less than others, as tests/support/failing/pretend.c makes them: each limit
 * is kept, or an error says which one it is. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

/* One platform, whatever else is installed: PoCL, with two devices. */
#define TWO "POCL_DEVICES='basic basic' OCL_ICD_VENDORS=/etc/OpenCL/vendors/pocl.icd "
#define TRAIN "train points.csv --hidden 5 --epochs 2 --batch 16 --model m.safetensors "

static cli_run pretend(const char *folder, const char *more, const char *what, const char *line)
{
    char environment[1024];
    (void)snprintf(environment, sizeof environment, "%s CLMLP_PRETEND='%s' LD_PRELOAD='%s'", more, what,
                   PRETENDING_OPENCL);
    return cli_with(folder, environment, line);
}

/* --- devices that cannot be used ---------------------------------------------------------------------------------- */

static const struct unusable { const char *what, *why; } unusable[] = {
    {"available=0", "its driver says that it is not available"},
    {"compiler=0", "its driver has no compiler for kernels"},
    {"linker=0", "its driver has no linker for kernels"},
    {"version=OpenCL 1.1 old", "OpenCL 1.2 is needed, and it has 1.1"},
    {"version=OpenGL 4.6", "its version of OpenCL cannot be read: 'OpenGL 4.6'"},
    {"language=OpenCL C 1.1 old", "OpenCL C 1.2 is needed, and it has 1.1"},
    {"little=0", "it is big-endian, and this host is not"},
    {"group=48", "the kernel add_scores needs work-groups of 64 items, and it allows 48"},
    {"items=32", "the kernel add_scores needs work-groups of 64 items, and it allows 32"},
    {"fails=available", "asking whether it is available failed: CL_OUT_OF_HOST_MEMORY (-6)"},
    {"fails=version", "asking for its version of OpenCL failed: CL_OUT_OF_HOST_MEMORY (-6)"},
};
enum { UNUSABLE = sizeof unusable / sizeof *unusable };

Test(cli_device_limits, an_unusable_device_is_an_error_by_its_name)
{
    char *const folder = cli_data_folder("named");
    for (size_t i = 0; i < UNUSABLE; i++) {
        static const char *const specs[] = {"opencl", "opencl:0.0"};
        for (size_t s = 0; s < 2; s++) {
            char line[256];
            (void)snprintf(line, sizeof line, TRAIN "--device %s", specs[s]);
            cli_run run = pretend(folder, "", unusable[i].what, line);
            cr_expect_eq(run.status, 1, "%s, %s: exit status %d\n%s", unusable[i].what, specs[s], run.status, run.err);
            cli_expect_in(run.err, ") cannot be used: ");
            cli_expect_in(run.err, unusable[i].why);
            cli_free(&run);
        }
    }
    free(folder);
}

/* The next device that can be used is taken. */
Test(cli_device_limits, an_unusable_device_is_passed_over_with_a_note)
{
    char *const folder = cli_data_folder("passed"), what[256];
    for (size_t i = 0; i < UNUSABLE; i += 3) {
        (void)snprintf(what, sizeof what, "0:type=gpu;0:%s", unusable[i].what);
        cli_run run = pretend(folder, TWO, what, TRAIN "--device auto --engine native");
        cr_expect_eq(run.status, 0, "%s: exit status %d\n%s", what, run.status, run.err);
        cli_expect_in(run.err, "device opencl:0.1: ");
        cli_expect_in(run.err, ") was passed over: ");
        cli_expect_in(run.err, unusable[i].why);
        cli_expect_in(run.err, "; no OpenCL GPU can be used, so auto took an OpenCL CPU device");
        cli_free(&run);
    }
    cli_run run = pretend(folder, TWO, "0:available=0", TRAIN "--device opencl");
    cli_expect_in(run.err, "device opencl:0.1: ");
    cli_expect_in(run.err, "clmlp: opencl:0.0 (");
    cli_free(&run);
    run = pretend(folder, TWO, "available=0", TRAIN "--device auto");
    cr_expect_eq(run.status, 0, "%s", run.err);
    cli_expect_in(run.err, "device cpu: ");
    cli_expect_in(run.err, "; no OpenCL GPU can be used, so auto took the CPU path");
    cli_free(&run);
    free(folder);
}

/* A GPU that works is taken before a CPU device that does not: there is nothing to tell. */
Test(cli_device_limits, what_would_not_have_been_taken_is_not_told)
{
    char *const folder = cli_data_folder("untold");
    cli_run run = pretend(folder, TWO, "0:available=0;1:type=gpu", TRAIN "--device auto --engine native");
    cr_expect_eq(run.status, 0, "%s", run.err);
    cli_expect_in(run.err, "device opencl:0.1: ");
    cr_expect_null(strstr(run.err, "passed over"), "%s", run.err);
    cli_free(&run);
    free(folder);
}

Test(cli_device_limits, the_list_says_what_cannot_be_used)
{
    char *const folder = cli_data_folder("listed");
    cli_run run = pretend(folder, TWO, "0:version=OpenCL 1.1 old", "devices");
    cr_expect_eq(run.status, 0, "%s", run.err);
    cli_expect_in(run.out, "\n*  opencl:0.1 ");
    cli_expect_in(run.out, "\nopencl:0.0 cannot be used: OpenCL 1.2 is needed, and it has 1.1\n");
    cli_free(&run);
    run = pretend(folder, TWO, "0:little=0", "devices --json");
    cJSON *const list = cJSON_Parse(run.out);
    cr_assert_eq(cJSON_GetArraySize(list), 3, "%s", run.out);
    cr_expect_str_eq(cli_text(cJSON_GetArrayItem(list, 0), "problem"), "it is big-endian, and this host is not");
    cr_expect(cJSON_IsFalse(cli_member(cJSON_GetArrayItem(list, 0), "auto")));
    cr_expect(cJSON_IsNull(cli_member(cJSON_GetArrayItem(list, 1), "problem")));
    cr_expect(cJSON_IsTrue(cli_member(cJSON_GetArrayItem(list, 1), "auto")));
    cJSON_Delete(list);
    cli_free(&run);
    free(folder);
}
