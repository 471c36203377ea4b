/* test_devices_command.c - clmlp devices where OpenCL has no driver, and commands that wanted a device. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define LEADS "clmlp: 'clmlp devices' says what keeps a device from being found, and which package helps\n"
#define HIDDEN "OCL_ICD_VENDORS=none"

static char *folder_without_driver(const char *name)
{
    char *const folder = cli_data_folder(name);
    cli_run made = cli_with(folder, "", "--version; mkdir none; echo libclmlp-gone.so.1 > none/gone.icd");
    cr_assert_eq(made.status, 0, "%s", made.err);
    cli_free(&made);
    return folder;
}

Test(cli_devices_command, tells_what_is_wrong_below_the_list)
{
    char *const folder = folder_without_driver("table");
    cli_run run = cli_with(folder, HIDDEN, "devices");
    cr_expect_eq(run.status, 0, "%s", run.err);
    cr_expect_str_empty(run.err);
    cli_expect_in(run.out, "is what --device auto takes\n\n");
    cli_expect_in(run.out, "gone.icd names a driver that cannot be loaded:");
    cli_expect_in(run.out, "    > install that driver again, or take it away\n");
    cr_expect_null(strstr(run.out, "opencl:0.0"), "%s", run.out);
    cli_free(&run);
    free(folder);
}

/* OpenCL's loader opens it and waits: it is not asked. */
Test(cli_devices_command, does_not_wait_for_a_pipe_called_like_a_driver)
{
    char *const folder = cli_data_folder("pipe"), line[1200];
    cli_ok(folder, "--version; mkdir piped; mkfifo piped/pipe.icd");
    cli_run run = cli_with(folder, "OCL_ICD_VENDORS=piped timeout 60", "devices");
    cr_expect_eq(run.status, 0, "exit status %d\n%s", run.status, run.err);
    cli_expect_in(run.out, "piped/pipe.icd names a driver that cannot be loaded: it is not a regular file\n");
    cr_expect_null(strstr(run.out, "apt install pocl"), "%s", run.out);
    cli_free(&run);
    snprintf(line, sizeof line, "OCL_ICD_VENDORS=%s/piped/pipe.icd timeout 60", folder);
    run = cli_with(folder, line, "devices");
    cr_expect_eq(run.status, 0, "exit status %d\n%s", run.status, run.err);
    cli_expect_in(run.out, "/piped/pipe.icd"); /* the line is broken by its length */
    cli_free(&run);
    free(folder);
}

Test(cli_devices_command, has_the_same_in_json_with_the_cpu_path)
{
    char *const folder = folder_without_driver("json");
    cli_run run = cli_with(folder, HIDDEN, "devices --json");
    cJSON *const list = cJSON_Parse(run.out);
    cr_assert(cJSON_IsArray(list) && cJSON_GetArraySize(list) == 1, "%s", run.out);
    const cJSON *const row = cJSON_GetArrayItem(list, 0);
    const cJSON *const finding = cJSON_GetArrayItem(cli_member(row, "findings"), 0);
    cr_expect_str_eq(cli_text(row, "spec"), "cpu");
    cr_expect_str_eq(cli_text(finding, "kind"), "bad_driver");
    cli_expect_in(cli_text(finding, "text"), "libclmlp-gone.so.1: cannot open shared object file");
    cli_expect_in(cli_text(finding, "advice"), "install that driver again");
    cJSON_Delete(list);
    cli_free(&run);
    free(folder);
}

Test(cli_devices_command, is_where_a_command_leads_that_finds_no_device)
{
    static const struct {
        const char *line;
        int status;
        const char *err; /* a part of it */
    } rows[] = {
        {"train points.csv --device opencl", 2, "there is no OpenCL device (install your GPU's OpenCL driver, or PoCL "
                                                "to use the CPU)\n" LEADS},
        {"bench gemm --m 2 --n 2 --k 2 --device opencl:1.0", 2, ")\n" LEADS},
        {"tune --device opencl", 2, LEADS},
        {"qualify --quick --device opencl", 2, LEADS},
        {"verify points.csv --device opencl:radeon", 2, LEADS},
        {"train points.csv --epochs 1", 0,
         "there is no OpenCL CPU device either); 'clmlp devices' says what is missing"},
    };
    char *const folder = folder_without_driver("leads");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cli_run run = cli_with(folder, HIDDEN, rows[i].line);
        cr_expect_eq(run.status, rows[i].status, "clmlp %s: exit status %d\n%s", rows[i].line, run.status, run.err);
        cli_expect_in(run.err, rows[i].err);
        cli_free(&run);
    }
    /* what finds its device says nothing of it */
    cli_run run = cli_with(folder, HIDDEN, "train points.csv --epochs 1 --device cpu");
    cr_expect_eq(run.status, 0);
    cr_expect_null(strstr(run.err, "clmlp devices"), "%s", run.err);
    cli_free(&run);
    free(folder);
}
