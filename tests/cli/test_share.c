/* test_share.c - the devices of a host, shared out among its ranks, and what is said of it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "devices/share.h"

static char spec[64], complaint[256];

static const char *choose(const clmlp_cli_share *share)
{
    spec[0] = complaint[0] = '\0';
    return clmlp_cli_share_device(share, spec, sizeof spec, complaint, sizeof complaint);
}

static void expect_device(const clmlp_cli_share *share, const char *expected)
{
    cr_expect_null(choose(share), "%s", complaint);
    cr_expect_str_eq(spec, expected);
}

Test(cli_share, gpus_are_taken_in_turn)
{
    static const char *const expected[] = {"opencl:0.0", "opencl:1.2", "opencl:0.0", "opencl:1.2", "opencl:0.0"};
    const clmlp_device_info gpus[] = {{.spec = "opencl:0.0", .type = "GPU"}, {.spec = "opencl:1.2", .type = "GPU"}};
    for (size_t i = 0; i < 5; i++) {
        const clmlp_cli_share share = {.local_rank = i, .local_count = 5, .devices = gpus, .count = 2};
        expect_device(&share, expected[i]);
    }
}

Test(cli_share, without_a_gpu_every_rank_has_what_auto_takes)
{
    const clmlp_device_info cpu = {.spec = "opencl:0.0", .type = "CPU"}, host = {.spec = "cpu", .type = "host"};
    clmlp_cli_share share = {.local_rank = 1, .local_count = 2, .devices = &cpu, .count = 1};
    expect_device(&share, "auto");
    share.devices = &host;
    expect_device(&share, "auto");
    share.count = 0;
    expect_device(&share, "auto");
}

Test(cli_share, a_list_has_one_device_for_each_rank_of_a_host)
{
    static const char *const expected[] = {"opencl:0.0", "cpu", "opencl:Part of a name"};
    const clmlp_device_info gpu = {.spec = "opencl:9.9", .type = "GPU"};
    clmlp_cli_share share = {.list = "opencl:0.0,cpu,opencl:Part of a name", .devices = &gpu, .count = 1};
    for (size_t ranks = 1; ranks <= 3; ranks++) {
        share.local_count = ranks;
        for (share.local_rank = 0; share.local_rank < ranks; share.local_rank++) {
            expect_device(&share, expected[share.local_rank]);
        }
    }
    share.device = "cpu";
    share.list = NULL;
    expect_device(&share, "cpu");
}

Test(cli_share, a_list_that_is_too_short_says_how_many_there_are)
{
    clmlp_cli_share share = {.list = "cpu,opencl", .local_count = 4};
    for (; share.local_rank < 4; share.local_rank++) {
        cr_expect_str_eq(choose(&share), "found 2 devices, and this host has 4 ranks (expected one for each of them)");
    }
    share = (clmlp_cli_share){.list = "cpu", .local_count = 2};
    cr_expect_str_eq(choose(&share), "found 1 device, and this host has 2 ranks (expected one for each of them)");
}

Test(cli_share, a_list_has_no_empty_and_no_endless_names)
{
    static const char *const empty[] = {"", ",", "cpu,", ",cpu", "cpu,,cpu"};
    char name[sizeof spec + 1];
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        const clmlp_cli_share share = {.list = empty[i], .local_count = 1};
        cr_expect_str_eq(choose(&share), "a name is empty", "'%s'", empty[i]);
    }
    memset(name, 'a', sizeof spec);
    name[sizeof spec] = '\0';
    const clmlp_cli_share share = {.list = name, .local_count = 1}, device = {.device = name, .local_count = 1};
    cr_expect_str_eq(choose(&share), "a name is too long");
    cr_expect_str_eq(choose(&device), "a name is too long");
    name[sizeof spec - 1] = '\0';
    expect_device(&share, name);
}

/* --- what is said ------------------------------------------------------------------------------------------------- */

static void expect_said(const clmlp_cli_taken_list *list, size_t first, const char *line, const char *warning)
{
    char text[512];
    cr_expect(clmlp_cli_share_is_first(list, first));
    clmlp_cli_share_line(list, first, text, sizeof text);
    cr_expect_str_eq(text, line);
    clmlp_cli_share_warning(list, first, text, sizeof text);
    cr_expect_str_eq(text, warning);
}

static const char bind[] = "mpirun -bind-to core:N";

Test(cli_share, each_host_is_told_in_a_line)
{
    static const char *const hosts[] = {"a", "a", "b", "a", "b", "b"};
    const clmlp_cli_taken gpu = {.spec = "opencl:0.0", .type = "GPU", .name = "G"};
    const clmlp_cli_taken other = {.spec = "opencl:0.1", .type = "GPU", .name = "G"};
    const clmlp_cli_taken cpu = {.spec = "cpu", .type = "host", .name = "C"};
    const clmlp_cli_taken taken[] = {gpu, other, cpu, gpu, cpu, gpu};
    const clmlp_cli_taken_list list = {taken, hosts, 6, bind};
    expect_said(&list, 0, "a: rank 0 opencl:0.0 (G), rank 1 opencl:0.1 (G), rank 3 opencl:0.0 (G)",
                "2 ranks share opencl:0.0");
    expect_said(&list, 2, "b: rank 2 cpu (C), rank 4 cpu (C), rank 5 opencl:0.0 (G)",
                "2 ranks compute on the same CPU: give each N cores of its own, and as many threads "
                "(CLMLP_CPU_THREADS=N mpirun -bind-to core:N)");
    cr_expect_not(clmlp_cli_share_is_first(&list, 1));
    cr_expect_not(clmlp_cli_share_is_first(&list, 4));
}

Test(cli_share, ranks_that_follow_each_other_are_told_together)
{
    static const char *const hosts[] = {"a", "a", "a", "a"};
    clmlp_cli_taken taken[] = {{.spec = "auto"}, {.spec = "auto"}, {.spec = "auto"}, {.spec = "cpu", .type = "host"}};
    const clmlp_cli_taken_list list = {taken, hosts, 4, bind}, one = {taken, hosts, 1, bind};
    expect_said(&list, 0, "a: ranks 0-2 auto, rank 3 cpu", "3 ranks share auto");
    expect_said(&one, 0, "a: rank 0 auto", "");
}

/* Whoever has bound a rank, or said how many threads it has, is not told to. */
Test(cli_share, ranks_of_a_cpu_are_told_of_cores_unless_all_are_settled)
{
    static const char *const hosts[] = {"a", "a"}, line[] = "a: rank 0 cpu, rank 1 opencl:0.0";
    clmlp_cli_taken taken[] = {{.spec = "cpu", .type = "host"}, {.spec = "opencl:0.0", .type = "CPU"}};
    const clmlp_cli_taken_list list = {taken, hosts, 2, bind};
    static const char both[] = "2 ranks compute on the same CPU: give each N cores of its own, and as many threads "
                               "(CLMLP_CPU_THREADS=N POCL_MAX_PTHREAD_COUNT=N mpirun -bind-to core:N)";
    expect_said(&list, 0, line, both);
    taken[0].settled = true;
    expect_said(&list, 0, line, both);
    taken[1].settled = true;
    expect_said(&list, 0, line, "");
    taken[0] = taken[1];
    taken[0].settled = false;
    expect_said(&list, 0, "a: ranks 0-1 opencl:0.0",
                "2 ranks compute on the same CPU: give each N cores of its own, and as many threads "
                "(POCL_MAX_PTHREAD_COUNT=N mpirun -bind-to core:N)");
}
