/* test_bench_command.c - clmlp bench: JSON keys, columns, consistent numbers. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define STEP "bench step --layers 20,12,3 --batch 8 --seconds 0.02"

static void check_times(const cJSON *object)
{
    const cJSON *const times = cli_member(object, "milliseconds");
    const double least = cli_number(times, "min"), median = cli_number(times, "median");
    cr_assert(least > 0.0 && least <= median && median <= cli_number(times, "p95"));
}

static cJSON *step_json(const char *folder, const char *more)
{
    char line[256];
    (void)snprintf(line, sizeof line, STEP " --json %s", more);
    cJSON *const json = cli_json(folder, line, 0);
    const cJSON *const layers = cli_member(json, "layers");
    cr_assert_eq(cJSON_GetArraySize(layers), 3);
    cr_assert_eq(cJSON_GetArrayItem(layers, 1)->valueint, 12);
    cr_assert_eq(cli_number(json, "batch"), 8);
    check_times(json);
    const double median = cli_number(cli_member(json, "milliseconds"), "median");
    cr_assert_float_eq(cli_number(json, "samples_per_second") * median, 8e3, 1e-6);
    cr_assert_eq(cli_number(json, "flops"), 2.0 * 2 * 8 * (12 * 21 + 3 * 13) + 2.0 * 8 * 12 * 3);
    cr_assert_float_eq(cli_number(json, "gflops") * median, 1e-6 * cli_number(json, "flops"), 1e-9);
    cr_assert(cJSON_IsArray(cli_member(json, "kernels")));
    return json;
}

Test(cli_bench, a_step_on_opencl_prints_every_promised_key)
{
    char *const folder = cli_folder("bench-opencl");
    cJSON *const json = step_json(folder, "--device opencl --engine clblast");
    cr_assert_eq(strncmp(cli_text(json, "device"), "opencl:", 7), 0);
    cr_assert_str_eq(cli_text(json, "engine"), "clblast");
    cr_assert_str_eq(cli_text(json, "precision"), "f32");
    /* no device is slower than 10^6 a second or faster than 10^15 */
    static const char *const peaks[] = {"peak_gflops", "peak_gbytes_per_second"};
    for (size_t i = 0; i < 2; i++) {
        const double peak = cli_number(json, peaks[i]);
        cr_assert(peak > 1e-3 && peak < 1e6, "%s: %g", peaks[i], peak);
    }
    cr_assert(cli_number(json, "percent_of_peak") > 0.0);
    cr_assert(cli_number(json, "host_microseconds") > 0.0);
    const double steps = cli_number(json, "profiled_steps"), launches = cli_number(json, "launches");
    double calls = 0.0, milliseconds = 0.0;
    const cJSON *kernel;
    cJSON_ArrayForEach(kernel, cli_member(json, "kernels")) {
        cr_assert_str_not_empty(cli_text(kernel, "name"));
        calls += cli_number(kernel, "calls");
        milliseconds += cli_number(kernel, "milliseconds");
        cr_assert(cli_number(kernel, "gflops") >= 0.0);
    }
    cr_assert_eq(calls, steps * launches, "%g calls, %g steps of %g launches", calls, steps, launches);
    cr_assert(milliseconds > 0.0);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_bench, a_step_on_the_cpu_path_has_neither_kernels_nor_a_peak)
{
    char *const folder = cli_folder("bench-cpu");
    static const char *const precisions[] = {"f32", "f64"};
    for (size_t i = 0; i < 2; i++) {
        char more[64];
        (void)snprintf(more, sizeof more, "--device cpu --precision %s", precisions[i]);
        cJSON *const json = step_json(folder, more);
        cr_assert_str_eq(cli_text(json, "precision"), precisions[i]);
        static const char *const nothing[] = {"peak_gflops", "percent_of_peak", "host_microseconds", "launches"};
        for (size_t k = 0; k < 4; k++) cr_assert(cJSON_IsNull(cli_member(json, nothing[k])), "%s", nothing[k]);
        cr_assert_eq(cJSON_GetArraySize(cli_member(json, "kernels")), 0);
        cJSON_Delete(json);
    }
    free(folder);
}

Test(cli_bench, passes_can_be_left_out)
{
    char *const folder = cli_folder("bench-less");
    cJSON *const json = step_json(folder, "--device opencl --no-peak --no-kernels --precision f64");
    cr_assert(cJSON_IsNull(cli_member(json, "peak_gflops")));
    cr_assert_eq(cli_number(json, "profiled_steps"), 0);
    cr_assert_eq(cJSON_GetArraySize(cli_member(json, "kernels")), 0);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_bench, a_product_prints_its_size_and_rates)
{
    char *const folder = cli_folder("bench-gemm");
    static const char *const devices[] = {"cpu", "opencl"};
    for (size_t i = 0; i < 2; i++) {
        char line[128];
        (void)snprintf(line, sizeof line, "bench gemm --m 9 --n 17 --k 33 --seconds 0.02 --json --device %s",
                       devices[i]);
        cJSON *const json = cli_json(folder, line, 0);
        check_times(json);
        cr_assert(cli_number(json, "m") == 9 && cli_number(json, "n") == 17 && cli_number(json, "k") == 33);
        cr_assert(cli_number(json, "gflops") > 0.0 && cli_number(json, "gbytes_per_second") > 0.0);
        cr_assert_str_not_empty(cli_text(json, "method"));
        cJSON_Delete(json);
    }
    free(folder);
}

Test(cli_bench, equations_are_listed_with_their_share_of_a_step)
{
    char *const folder = cli_folder("bench-ops");
    cJSON *const json = cli_json(folder, "bench ops --layers 20,12,3 --batch 8 --seconds 0.05 --device cpu --json", 0);
    const cJSON *op;
    size_t forward = 0, hidden = 0;
    cr_assert(cli_number(json, "step_milliseconds") > 0.0);
    cJSON_ArrayForEach(op, cli_member(json, "ops")) {
        check_times(op);
        cr_assert(cli_number(op, "bytes") > 0.0 && cli_number(op, "gbytes_per_second") > 0.0);
        cr_assert(cli_number(op, "percent_of_step") > 0.0);
        forward += strcmp(cli_text(op, "name"), "forward") == 0;
        hidden += strcmp(cli_text(op, "name"), "hidden_delta") == 0;
    }
    cr_assert(forward == 1 && hidden == 1);
    cJSON_Delete(json);
    free(folder);
}

Test(cli_bench, crossover_compares_every_device_and_engine_at_every_size)
{
    char *const folder = cli_folder("bench-crossover");
    cJSON *const json = cli_json(folder, "bench crossover --inputs 9 --outputs 2 --widths 5,3 --batches 4,2 "
                                         "--seconds 0.005 --json", 0);
    const cJSON *const points = cli_member(json, "points");
    const int count = cJSON_GetArraySize(points);
    cr_assert(count >= 8 && count % 4 == 0, "%d points", count);
    int fastest = 0;
    bool cpu = false, opencl = false;
    const cJSON *row;
    cJSON_ArrayForEach(row, points) {
        cr_assert(cli_number(row, "milliseconds") > 0.0);
        fastest += cJSON_IsTrue(cli_member(row, "fastest"));
        cpu = cpu || strcmp(cli_text(row, "device"), "cpu") == 0;
        opencl = opencl || strncmp(cli_text(row, "device"), "opencl:", 7) == 0;
    }
    cr_assert_eq(fastest, 4, "one is the fastest at each size");
    cr_assert(cpu && opencl);
    /* each width begins anew, at the smallest batch */
    const cJSON *const crossovers = cli_member(json, "crossovers");
    cr_assert_geq(cJSON_GetArraySize(crossovers), 2);
    const cJSON *const first = cJSON_GetArrayItem(crossovers, 0);
    cr_assert(cli_number(first, "width") == 3 && cli_number(first, "from_batch") == 2);
    cJSON_Delete(json);
    free(folder);
}

/* The rows of the table are the sizes, each once and in order. */
Test(cli_bench, crossover_shows_every_width_with_every_batch)
{
    static const char *const sizes[] = {"3 2 ", "3 4 ", "3 6 ", "5 2 ", "5 4 ", "5 6 "};
    char *const folder = cli_folder("bench-crossover-table");
    cli_run run = cli(folder, "bench crossover --inputs 9 --outputs 2 --widths 5,3 --batches 4,2,6 --seconds 0.001 "
                              "--device cpu");
    cr_assert_eq(run.status, 0, "%s", run.err);
    const char *at = strstr(run.out, "fastest\n");
    cr_assert_not_null(at, "%s", run.out);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned width = 0, batch = 0;
        char found[32];
        at = strchr(at, '\n') + 1;
        cr_assert_eq(sscanf(at, "%u %u", &width, &batch), 2, "row %zu of\n%s", i, run.out);
        (void)snprintf(found, sizeof found, "%u %u ", width, batch);
        cr_assert_str_eq(found, sizes[i], "row %zu of\n%s", i, run.out);
    }
    cli_free(&run);
    free(folder);
}

#define SCALING "bench scaling --layers 20,12,3 --batch 64 --seconds 0.2 --device cpu"

/* A row of a link: one device's time over this many devices'. */
static void check_prediction(const cJSON *row, const char *way, double alone)
{
    const cJSON *const by = cli_member(row, way);
    const double milliseconds = cli_number(by, "milliseconds"), devices = cli_number(row, "devices");
    cr_assert_float_eq(milliseconds, cli_number(by, "compute_milliseconds") + cli_number(by, "exposed_milliseconds"),
                       1e-12 * milliseconds);
    cr_assert_float_eq(cli_number(by, "speedup") * milliseconds, alone, 1e-9 * alone);
    cr_assert_float_eq(cli_number(by, "efficiency") * devices, cli_number(by, "speedup"), 1e-9 * devices);
    cr_assert(cli_number(by, "exposed_milliseconds") <= cli_number(by, "sums_milliseconds") * (1.0 + 1e-9));
}

static void check_link(const cJSON *link, double alone)
{
    const cJSON *row;
    double devices = 1.0;
    cr_assert(cJSON_IsFalse(cli_member(link, "measured")));
    cr_assert(cli_number(link, "adding_gbytes_per_second") > 0.0);
    cJSON_ArrayForEach(row, cli_member(link, "predictions")) {
        devices *= 2.0;
        cr_assert_eq(cli_number(row, "devices"), devices);
        if (devices <= 64.0) {
            check_prediction(row, "ordered", alone);
            check_prediction(row, "ring", alone);
            check_prediction(row, "tree", alone);
            cr_assert_eq(cli_number(row, "examples"), 64.0 / devices);
        } else {
            cr_assert(cJSON_IsNull(cli_member(cli_member(row, "ordered"), "milliseconds")));
            cr_assert(cJSON_IsNull(cli_member(row, "examples")));
        }
        (void)cli_member(row, "faster_from_batch");
        (void)cli_member(row, "half_efficient_from_batch");
        (void)cli_member(row, "four_fifths_efficient_from_batch");
    }
    cr_assert_eq(devices, 4096.0);
}

Test(cli_bench, scaling_with_one_process_predicts_for_links_by_name)
{
    static const double gbytes[] = {1.0, 10.0, 100.0}, alpha[] = {25.0, 2.0, 2.0};
    char *const folder = cli_folder("bench-scaling");
    cJSON *const json = cli_json(folder, SCALING " --json", 0);
    const cJSON *const shares = cli_member(json, "shares");
    const cJSON *const whole = cJSON_GetArrayItem(shares, cJSON_GetArraySize(shares) - 1);
    cr_assert_eq(cli_number(json, "ranks"), 1);
    cr_assert_str_empty(cli_text(json, "mpi"));
    cr_assert(cJSON_IsNull(cli_member(json, "measured")));
    cr_assert_eq(cli_number(json, "gradient_bytes"), 4.0 * (12 * 21 + 3 * 13));
    cr_assert(cli_number(json, "update_milliseconds") > 0.0);
    cr_assert_eq(cli_number(cJSON_GetArrayItem(shares, 0), "examples"), 1);
    cr_assert_eq(cli_number(whole, "examples"), 64);
    cr_assert(cli_number(whole, "rank_milliseconds") > 0.0);
    const cJSON *const links = cli_member(json, "links");
    cr_assert_eq(cJSON_GetArraySize(links), 3);
    for (int i = 0; i < 3; i++) {
        const cJSON *const link = cJSON_GetArrayItem(links, i);
        cr_assert_float_eq(cli_number(link, "gbytes_per_second"), gbytes[i], 1e-9 * gbytes[i]);
        cr_assert_float_eq(cli_number(link, "alpha_microseconds"), alpha[i], 1e-9 * alpha[i]);
        cr_assert_float_eq(cli_number(link, "overhead_microseconds"), 0.1 * alpha[i], 1e-9 * alpha[i]);
        check_link(link, cli_number(whole, "alone_milliseconds"));
    }
    cJSON_Delete(json);
    free(folder);
}

Test(cli_bench, scaling_takes_the_costs_of_links_from_options)
{
    char *const folder = cli_folder("bench-scaling-links");
    cJSON *const json = cli_json(folder, SCALING " --json --links 4,0.5 --alpha 7 --overhead 3,7 --bucket 1K", 0);
    const cJSON *const links = cli_member(json, "links");
    cr_assert_eq(cJSON_GetArraySize(links), 2);
    cr_assert_eq(cli_number(json, "bucket_bytes"), 1024);
    for (int i = 0; i < 2; i++) {
        const cJSON *const link = cJSON_GetArrayItem(links, i);
        cr_assert_float_eq(cli_number(link, "gbytes_per_second"), i == 0 ? 4.0 : 0.5, 1e-9);
        cr_assert_float_eq(cli_number(link, "alpha_microseconds"), 7.0, 1e-9);
        cr_assert_float_eq(cli_number(link, "overhead_microseconds"), i == 0 ? 3.0 : 7.0, 1e-9);
    }
    cJSON_Delete(json);
    free(folder);
}

Test(cli_bench, scaling_says_that_one_process_measures_no_link)
{
    char *const folder = cli_folder("bench-scaling-table");
    cli_run run = cli(folder, SCALING " --links 1");
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_eq(strncmp(run.out, "A second device ", 16), 0, "%s", run.out); /* the answer */
    cr_assert_not_null(strstr(run.out, "\nsteps of 20-12-3, batches of 64 on several devices: "), "%s", run.out);
    cr_assert_not_null(strstr(run.out, "\nno link is measured: there is one process\n"), "%s", run.out);
    cr_assert_not_null(strstr(run.out, "\nby name: 1 GB/s, alpha 25 us, overhead 2.5 us\n"), "%s", run.out);
    cr_assert_not_null(strstr(run.err, "clmlp: one process: no link is measured"), "%s", run.err);
    cr_assert_null(strstr(run.out, "nan"), "%s", run.out);
    cr_assert_null(strstr(run.out, "inf"), "%s", run.out);
    cli_free(&run);
    free(folder);
}

/* Every line of a CSV has as many fields as its header. */
static void check_csv(const char *text, size_t lines)
{
    size_t commas = 0, found = 0;
    for (const char *at = text; *at != '\0'; at += strcspn(at, "\n") + 1) {
        size_t here = 0;
        for (const char *c = at; *c != '\n'; c++) here += *c == ',';
        if (found++ == 0) commas = here;
        cr_assert_eq(here, commas, "%s", text);
    }
    cr_assert_eq(found, lines, "%zu lines in %s", found, text);
}

Test(cli_bench, csv_is_a_table)
{
    char *const folder = cli_folder("bench-csv");
    static const struct {
        const char *line;
        size_t lines;
    } cases[] = {
        {STEP " --csv --device cpu", 2},
        {STEP " --csv --device opencl", 2},
        {"bench gemm --m 3 --n 4 --k 5 --seconds 0.01 --csv --device cpu", 2},
        {"bench ops --layers 5,4,3 --batch 2 --seconds 0.02 --csv --device cpu", 1 + 8},
        {"bench crossover --inputs 3 --widths 2 --batches 1,2 --seconds 0.005 --csv --device cpu", 1 + 2},
        {SCALING " --csv --links 1,10", 1 + 2 * 12},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cli_run run = cli(folder, cases[i].line);
        cr_assert_eq(run.status, 0, "%s", run.err);
        cr_assert_eq(strncmp(run.out, "device,engine,precision,", 24), 0, "%s", run.out);
        check_csv(run.out, cases[i].lines);
        cli_free(&run);
    }
    free(folder);
}

Test(cli_bench, tables_name_the_network_and_quiet_leaves_standard_error_empty)
{
    char *const folder = cli_folder("bench-table");
    cli_run run = cli(folder, STEP " --device opencl --quiet");
    cr_assert_eq(run.status, 0);
    cr_assert_str_empty(run.err, "%s", run.err);
    cr_assert_eq(strncmp(run.out, "a training step of 20-12-3, batches of 8", 40), 0, "%s", run.out);
    cr_assert_not_null(strstr(run.out, "\nkernel "), "%s", run.out);
    cr_assert_null(strstr(run.out, "nan"), "%s", run.out);
    cli_free(&run);
    run = cli(folder, STEP " --device cpu");
    cr_assert_not_null(strstr(run.err, "clmlp: device cpu: "), "%s", run.err);
    cr_assert_null(strstr(run.out, "kernel"), "%s", run.out);
    cr_assert_null(strstr(run.out, "peak"), "%s", run.out);
    cli_free(&run);
    free(folder);
}

static void write_examples(const char *folder)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/examples.csv", folder);
    FILE *const file = fopen(path, "w");
    cr_assert_not_null(file);
    for (int i = 0; i < 21; i++) (void)fprintf(file, "0,%d,0,0,%d.5,class%d\n", i % 3, i, i % 3);
    cr_assert_eq(fclose(file), 0);
}

Test(cli_bench, a_step_is_measured_on_examples_from_a_file)
{
    char *const folder = cli_folder("bench-data");
    write_examples(folder);
    for (int full = 0; full < 2; full++) {
        cJSON *const json = cli_json(folder,
                                     full ? "bench step --layers 5,4,3 --batch 21 --full-batch --seconds 0.02 --json "
                                            "--data examples.csv --header no --no-peak"
                                          : "bench step --layers 5,4,3 --batch 8 --seconds 0.02 --json --data "
                                            "examples.csv --header no --device cpu",
                                     0);
        check_times(json);
        cr_assert_eq(cli_number(json, "batch"), full ? 21 : 8);
        cJSON_Delete(json);
    }
    free(folder);
}

Test(cli_bench, examples_that_do_not_suit_the_network_are_bad_input)
{
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"bench step --layers 6,4,3 --data examples.csv --header no",
         "clmlp: examples of 5 features and 3 outputs (expected 6 and 3, as the network has)\n"},
        {"bench step --layers 5,4,2 --batch 3 --data examples.csv --header no",
         "clmlp: examples of 5 features and 3 outputs (expected 5 and 2, as the network has)\n"},
        {"bench step --layers 5,4,3 --batch 22 --data examples.csv --header no",
         "clmlp: a batch of 22 examples where there are 21\n"},
        {"bench step --layers 5,4,3 --batch 20 --full-batch --data examples.csv --header no",
         "clmlp: a batch of 20 examples where there are 21\n"},
        {"bench step --layers 5,4,3 --labels examples.csv",
         "clmlp bench step: --labels goes with --data, which is missing\n"
         "try 'clmlp bench step --help'\n"},
        {"bench step --layers 5,4,3 --data nowhere.csv",
         "clmlp: nowhere.csv: cannot be opened: No such file or directory\n"},
    };
    char *const folder = cli_folder("bench-data-wrong");
    char line[256];
    write_examples(folder);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)snprintf(line, sizeof line, "%s --quiet", cases[i].line);
        cli_run run = cli(folder, line);
        cr_expect_eq(run.status, 2, "%s: exit status %d", line, run.status);
        cr_expect_str_eq(run.err, cases[i].message);
        cr_expect_str_empty(run.out);
        cli_free(&run);
    }
    free(folder);
}

Test(cli_bench, a_device_that_does_not_exist_is_bad_usage)
{
    char *const folder = cli_folder("bench-device");
    static const char *const lines[] = {STEP " --device opencl:9.9", STEP " --device all",
                                        "bench crossover --device opencl:9.9"};
    for (size_t i = 0; i < 3; i++) {
        cli_run run = cli(folder, lines[i]);
        cr_assert_eq(run.status, 2, "%s: %d", lines[i], run.status);
        cr_assert_str_empty(run.out);
        cli_free(&run);
    }
    free(folder);
}
