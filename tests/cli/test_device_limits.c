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

/* --- what a kernel may have --------------------------------------------------------------------------------------- */

#define NATIVE_GPU "CLMLP_NATIVE_FAMILY=gpu"
#define WIDE "train points.csv --hidden 40 --epochs 2 --batch 16 --device opencl --quiet --model "

/* The number behind a text that the layer says at the end. */
static unsigned long told(const cli_run *run, const char *format)
{
    unsigned long value = 0;
    const char *line = strstr(run->err, "pretending_opencl: ");
    while (line != NULL && sscanf(line, format, &value) != 1) line = strstr(line + 1, "pretending_opencl: ");
    cr_assert_not_null(line, "no '%s' in\n%s", format, run->err);
    return value;
}

static bool same(const char *folder, const char *a, const char *b)
{
    char line[1024];
    (void)snprintf(line, sizeof line, "cd '%s' && cmp '%s' '%s'", folder, a, b);
    return system(line) == 0;
}

/* Elementwise kernels have smaller groups, and the same results. */
Test(cli_device_limits, kernels_are_launched_in_groups_that_each_of_them_allows)
{
    static const struct { const char *more, *engine, *what; unsigned long most; bool exact; } rows[] = {
        /* 64: of the sums of costs, and of CLBlast's kernels */
        {"", "clblast", "most.activate=16;most.descend=5;most.output_rows=7", 64, true},
        {"", "clblast", "items=64", 64, true},
        {NATIVE_GPU, "native", "most.gpu_update=3", 256, true},
        {NATIVE_GPU, "native", "most=64", 64, false}, /* other tiles have other sums */
        {NATIVE_GPU, "native", "group=64", 64, false},
    };
    char *const folder = cli_data_folder("groups"), line[256], what[256];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)snprintf(line, sizeof line, WIDE "a --engine %s", rows[i].engine);
        cli_run run = pretend(folder, rows[i].more, "tell=1", line);
        cr_assert_eq(run.status, 0, "%s", run.err);
        const unsigned long largest = told(&run, "pretending_opencl: largest group %lu");
        cli_free(&run);
        (void)snprintf(line, sizeof line, WIDE "b --engine %s", rows[i].engine);
        (void)snprintf(what, sizeof what, "tell=1;%s", rows[i].what);
        run = pretend(folder, rows[i].more, what, line);
        cr_assert_eq(run.status, 0, "%s: exit status %d\n%s", rows[i].what, run.status, run.err);
        cr_expect_leq(told(&run, "pretending_opencl: largest group %lu"), rows[i].most, "%s", rows[i].what);
        cr_expect_gt(largest, 64UL);
        if (rows[i].exact) cr_expect(same(folder, "a", "b"), "%s, %s", rows[i].engine, rows[i].what);
        cli_free(&run);
    }
    free(folder);
}

Test(cli_device_limits, a_kernel_that_cannot_run_is_named_with_what_it_needs)
{
    static const struct { const char *more, *engine, *what, *message; } rows[] = {
        {"", "native", "most.add_scores=32", "the kernel add_scores needs work-groups of 64 items, and the device "
                                             "allows it 32"},
        {"", "clblast", "most.dot_parts=63", "the kernel dot_parts needs work-groups of 64 items, and the device "
                                              "allows it 63"},
        {"", "native", "local=49152;shares.add_parts=50000", "the kernel add_parts needs 50000 bytes of local memory, "
                                                             "and the device has 49152"},
        {NATIVE_GPU, "native", "most.gpu_forward=16", "no tiles of gpu_forward fit into work-groups of "},
        {NATIVE_GPU, "native", "most.gpu_output=16", "it needs work-groups of 32 items, and the device allows it 16"},
        {NATIVE_GPU, "native", "local=2000", "no tiles of gpu_output fit into work-groups of "},
        {"", "clblast", "local=2000", "CLBlast's kernels need more than the work-groups of "},
    };
    char *const folder = cli_data_folder("unfit"), line[256];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)snprintf(line, sizeof line, WIDE "a --engine %s", rows[i].engine);
        cli_run run = pretend(folder, rows[i].more, rows[i].what, line);
        cr_expect_eq(run.status, 1, "%s: exit status %d\n%s", rows[i].what, run.status, run.err);
        cli_expect_in(run.err, rows[i].message);
        cli_free(&run);
    }
    free(folder);
}

/* --- spilled registers -------------------------------------------------------------------------------------------- */

Test(cli_device_limits, tiles_that_spill_are_passed_over_on_a_gpu)
{
    static const char line[] = "train points.csv --hidden 40 --epochs 1 --batch 16 --device opencl --engine native "
                               "--model a --verbose";
    char *const folder = cli_data_folder("spills");
    /* which tiles the small products take by themselves depends on the model of a GPU: two of the sizes spill */
    cli_run run = pretend(folder, "", "type=gpu;spill=TILE_M=16 ", line);
    cr_expect_eq(run.status, 0, "%s", run.err);
    cli_expect_in(run.err, "  gpu_forward: tiles 16x");
    cli_expect_in(run.err, "are passed over, they spill 384 bytes of each work-item\n");
    cli_free(&run);
    /* where all have private memory, the driver counts something else; on CPUs there are no registers to count */
    static const char *const whats[] = {"type=gpu;private=64", "spill=TILE_M=16 "};
    for (size_t i = 0; i < 2; i++) {
        run = pretend(folder, i == 0 ? "" : NATIVE_GPU, whats[i], line);
        cr_expect_eq(run.status, 0, "%s", run.err);
        cr_expect_null(strstr(run.err, "passed over"), "%s", run.err);
        cli_free(&run);
    }
    /* asked for by hand they stay */
    run = pretend(folder, "CLMLP_NATIVE_TILES=16x32x64/4x4", "type=gpu;spill=TILE_M=16 ", line);
    cr_expect_eq(run.status, 0, "%s", run.err);
    cr_expect_null(strstr(run.err, "passed over"), "%s", run.err);
    cli_free(&run);
    free(folder);
}

/* --- short addresses ---------------------------------------------------------------------------------------------- */

/* many.csv: 24,000 examples. */
static void make_many(const char *folder)
{
    char line[1024];
    (void)snprintf(line, sizeof line, "cd '%s' && (head -n 1 points.csv; for i in $(seq 400); do "
                   "tail -n +2 points.csv; done) > many.csv", folder);
    cr_assert_eq(system(line), 0);
}

/* 20 bits reach 1 MiB. What is larger in one piece is refused; more data than that is streamed, with the same bits. */
Test(cli_device_limits, buffers_stay_within_the_devices_addresses)
{
    char *const folder = cli_data_folder("addresses"), line[256];
    static const char *const engines[] = {"native", "clblast"};
    make_many(folder);
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(line, sizeof line, "train points.csv --hidden 100000 --epochs 1 --batch 2 --device opencl "
                       "--engine %s --quiet", engines[i]);
        cli_run run = pretend(folder, "", "bits=20", line);
        cr_expect_eq(run.status, 1, "exit status %d\n%s", run.status, run.err);
        cli_expect_in(run.err, " in one buffer (its addresses have 20 bits)\n");
        cli_free(&run);
        (void)snprintf(line, sizeof line, "train many.csv --hidden 5 --epochs 1 --batch 1000 --device opencl "
                       "--engine %s --quiet --precision f64 --model a", engines[i]);
        cli_ok(folder, line);
        line[strlen(line) - 1] = 'b';
        run = pretend(folder, "", "bits=20", line);
        cr_expect_eq(run.status, 0, "%s: exit status %d\n%s", engines[i], run.status, run.err);
        cr_expect(same(folder, "a", "b"), "%s", engines[i]);
        cli_free(&run);
    }
    cli_run run = pretend(folder, "", "bits=32;memory=8589934592;largest=8589934592", "devices --json");
    cJSON *const list = cJSON_Parse(run.out);
    const cJSON *const row = cJSON_GetArrayItem(list, 0);
    cr_expect_eq(cli_number(row, "memory"), 4294967295.0);
    cr_expect_eq(cli_number(row, "largest_buffer"), 4294967295.0);
    cr_expect_eq(cli_number(row, "address_bits"), 32.0);
    cJSON_Delete(list);
    cli_free(&run);
    free(folder);
}

/* --- the time of a launch ----------------------------------------------------------------------------------------- */

#define POINTS "train points.csv --device opencl --quiet --epochs 1 "

/* So short a time that every launch is one work-group, or one row, of those that there are. */
static void divide(const char *folder, const char *more, const char *line, double least_growth)
{
    char words[512];
    (void)snprintf(words, sizeof words, "%s --model a --max-launch none", line);
    cli_run run = pretend(folder, more, "tell=1", words);
    cr_assert_eq(run.status, 0, "%s: %s", line, run.err);
    const unsigned long whole = told(&run, "pretending_opencl: launches %lu");
    cli_free(&run);
    (void)snprintf(words, sizeof words, "%s --model b --max-launch 0.000001", line);
    run = pretend(folder, more, "tell=1", words);
    cr_assert_eq(run.status, 0, "%s: %s", line, run.err);
    const unsigned long parts = told(&run, "pretending_opencl: launches %lu");
    cr_expect((double)parts >= least_growth * (double)whole, "%s %s: %lu launches instead of %lu", more, line, parts,
              whole);
    cr_expect(same(folder, "a", "b"), "%s %s: another model", more, line);
    cli_free(&run);
}

Test(cli_device_limits, launches_are_divided_with_the_same_bits)
{
    char *const folder = cli_data_folder("divided");
    make_many(folder);
    static const char line[] = POINTS "--hidden 40,33 --batch 30 --optimizer adam --clip-norm 1 --dropout 0.3 "
                               "--activation gelu --output softmax";
    divide(folder, "CLMLP_NATIVE_STEPS=never", line, 2.0);
    divide(folder, NATIVE_GPU, line, 1.5);
    divide(folder, "", POINTS "--engine clblast --hidden 40 --batch full", 1.5);
    /* many steps in a launch; input data without its zeros; streamed data with a learnable scale */
    divide(folder, "", POINTS "--hidden 10 --batch 4", 5.0);
    divide(folder, "CLMLP_NATIVE_SPARSE=always CLMLP_NATIVE_STEPS=never", POINTS "--hidden 40 --batch 30", 1.5);
    divide(folder, "", "train many.csv --device opencl --quiet --epochs 1 --hidden 10 --batch 500 --device-memory 1M "
           "--input-scale-rate 0.1", 1.2);
    free(folder);
}

/* Where nothing takes long, nothing is divided; a driver that ends long kernels is believed. */
Test(cli_device_limits, launches_that_are_short_enough_stay_whole)
{
    static const char line[] = POINTS "--engine native --hidden 20 --batch 30 --model a --verbose";
    char *const folder = cli_data_folder("short"), words[512];
    cli_run run = pretend(folder, NATIVE_GPU, "tell=1", line);
    const unsigned long whole = told(&run, "pretending_opencl: launches %lu");
    cli_expect_in(run.err, "launches are not divided: nothing says that long ones are ended (--max-launch)\n");
    cli_free(&run);
    (void)snprintf(words, sizeof words, "%s --max-launch 1e6", line);
    run = pretend(folder, NATIVE_GPU, "tell=1", words);
    cr_expect_leq(told(&run, "pretending_opencl: launches %lu"), whole + 20, "of %lu", whole);
    cli_expect_in(run.err, "no launch is to take more than 1e+06 ms, by --max-launch\n");
    cli_free(&run);
    run = pretend(folder, NATIVE_GPU, "tell=1;timeout=1", line);
    cr_expect_eq(run.status, 0, "%s", run.err);
    cli_expect_in(run.err, "no launch is to take more than 500 ms: the system ends kernels that take long here\n");
    cli_free(&run);
    (void)snprintf(words, sizeof words, "%s --max-launch none", line);
    run = pretend(folder, NATIVE_GPU, "tell=1;timeout=1", words);
    cli_expect_in(run.err, "launches are not divided, by --max-launch\n");
    cli_free(&run);
    free(folder);
}

/* Other commands have the option, too. */
Test(cli_device_limits, other_commands_divide_launches)
{
    static const char *const lines[] = {
        "verify points.csv --device opencl --engine native --hidden 40 --steps 2 --batch 60",
        "bench step --layers 64,70,10 --batch 200 --seconds 0.01 --device opencl --engine native",
        "bench gemm --m 100 --n 100 --k 100 --seconds 0.01 --device opencl --engine clblast",
        "evaluate a points.csv --device opencl --engine native",
        "predict a points.csv --device opencl --engine native",
    };
    char *const folder = cli_data_folder("others"), words[512];
    cli_ok(folder, "train points.csv --hidden 70 --epochs 1 --model a --device cpu");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        (void)snprintf(words, sizeof words, "%s --max-launch 0.000001", lines[i]);
        cli_run run = pretend(folder, NATIVE_GPU, "tell=1", words);
        cr_expect_eq(run.status, 0, "%s: exit status %d\n%s", lines[i], run.status, run.err);
        cli_free(&run);
    }
    free(folder);
}

/* --- pinned memory ------------------------------------------------------------------------------------------------ */

/* On a device with memory of its own, streamed batches go through pinned buffers; else through plain memory. */
Test(cli_device_limits, streamed_batches_are_staged_in_pinned_memory)
{
    static const char line[] = "train many.csv --device opencl --engine clblast --quiet --verbose --epochs 1 "
                               "--hidden 10 --batch 500 --device-memory 200K --model ";
    char *const folder = cli_data_folder("pinned"), words[512];
    make_many(folder);
    static const struct { const char *what; unsigned long least, most; } rows[] = {
        {"tell=1;unified=1", 0, 0}, {"tell=1;unified=0", 4, 64}};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(words, sizeof words, "%s%zu", line, i);
        cli_run run = pretend(folder, "", rows[i].what, words);
        cr_assert_eq(run.status, 0, "%s", run.err);
        const unsigned long pinned = told(&run, "pretending_opencl: pinned buffers %lu");
        cr_expect(pinned >= rows[i].least && pinned <= rows[i].most, "%s: %lu", rows[i].what, pinned);
        cli_free(&run);
    }
    cr_expect(same(folder, "0", "1"));
    free(folder);
}

/* Nothing is left where a map or a later call fails, and nothing is freed that an upload reads: both libraries are
 * there, and the other one ends the program. A map that fails costs speed alone. */
Test(cli_device_limits, pinned_memory_is_given_back_on_every_path)
{
    static const char line[] = "train many.csv --device opencl --engine clblast --quiet --verbose --epochs 1 "
                               "--hidden 10 --batch 500 --device-memory 200K --model a";
    static const struct { const char *call; int status; const char *message; } rows[] = {
        {"clEnqueueMapBuffer:1", 0, "batches are uploaded from plain memory: pinned memory could not be had: "},
        {"clEnqueueMapBuffer:3+", 0, "pinned memory could not be had: CL_OUT_OF_RESOURCES (-5)"},
        {"clEnqueueWriteBuffer:6", 1, "uploading a batch failed: "},
        {"clWaitForEvents:3", 1, "waiting for an upload failed: "},
        {"clEnqueueNDRangeKernel:20", 1, NULL},
    };
    char *const folder = cli_data_folder("pinned-fails"), environment[1024];
    make_many(folder);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)snprintf(environment, sizeof environment, "CLMLP_PRETEND=unified=0 CLMLP_FAIL_CALL='%s' "
                       "LD_PRELOAD='%s %s'", rows[i].call, FAILING_OPENCL, PRETENDING_OPENCL);
        cli_run run = cli_with(folder, environment, line);
        cr_expect_eq(run.status, rows[i].status, "%s: exit status %d\n%s", rows[i].call, run.status, run.err);
        cli_expect_in(run.err, "failing_opencl: call ");
        if (rows[i].message != NULL) cli_expect_in(run.err, rows[i].message);
        cr_expect_null(strstr(run.err, "left: "), "%s: %s", rows[i].call, run.err);
        cli_free(&run);
    }
    free(folder);
}
