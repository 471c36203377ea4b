/* test_failing_device.c - OpenCL calls that fail: the program ends with a message and exit status 1, and frees no
 * memory that the device may still touch (tests/support/failing/opencl.c). */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "share.h"

#define DIGITS "'" TEST_DATA_DIR "/digits-train.csv.gz'"
#define TRAIN "train " DIGITS " --device opencl --epochs 2 --batch 128 --quiet"
#define STREAMED " --precision f64 --device-memory 1200K"

/* Whether a failure of call n was reached; `later`: "+" when all later ones fail, too. */
static bool fail_one(const char *folder, const char *line, const char *function, unsigned n, const char *later)
{
    char environment[512];
    (void)snprintf(environment, sizeof environment, "CLMLP_FAIL_CALL='%s:%u%s' LD_PRELOAD='%s'", function, n, later,
                   FAILING_OPENCL);
    cli_run run = cli_with(folder, environment, line);
    const bool reached = strstr(run.err, "failing_opencl: call ") != NULL;
    cr_assert_eq(run.status, reached ? 1 : 0, "%s, call %u%s of %s: exit status %d\n%s", line, n, later, function,
                 run.status, run.err);
    cr_assert(!reached || strncmp(run.err, "clmlp: ", 7) == 0 || strstr(run.err, "\nclmlp: ") != NULL,
              "%s, call %u%s of %s: no message\n%s", line, n, later, function, run.err);
    cli_free(&run);
    return reached;
}

/* Each of the first calls, then ever fewer, until the program makes no more; by night half as far apart. `least` are
 * reached, or more. */
static void fail_each(const char *folder, const char *line, const char *function, unsigned least)
{
    static const char *const later[] = {"", "+"};
    const bool whole = getenv("CLMLP_TEST_SHARE") == NULL;
    for (int i = 0; i < 2; i++) {
        unsigned n = 1, reached = 0;
        for (; fail_one(folder, line, function, n, later[i]); n += whole ? 1 + n / 2 : n) reached++;
        cr_assert_geq(reached, least, "%s: %s failed only %u times", line, function, reached);
    }
}

Test(cli_failing_device, reads_of_scores)
{
    char *const folder = cli_folder("failing-scores");
    fail_each(folder, TRAIN " --engine native", "clEnqueueReadBuffer", 3);
    fail_each(folder, TRAIN " --engine clblast", "clEnqueueReadBuffer", 3);
    free(folder);
}

Test(cli_failing_device, writes_and_maps)
{
    char *const folder = cli_folder("failing-writes");
    fail_each(folder, TRAIN " --engine native", "clEnqueueWriteBuffer", 3);
    fail_each(folder, TRAIN " --engine native", "clEnqueueMapBuffer", 3);
    fail_each(folder, TRAIN " --engine clblast", "clEnqueueReadBufferRect", 2);
    free(folder);
}

/* Batches on their way to the device are the only transfers that do not block. */
Test(cli_failing_device, streamed_batches)
{
    static const char *const functions[] = {"clWaitForEvents", "clEnqueueWriteBuffer", "clEnqueueBarrierWithWaitList",
                                            "clEnqueueMarkerWithWaitList", "clFlush", "clEnqueueReadBuffer"};
    char *const folder = cli_folder("failing-streamed");
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        fail_each(folder, TRAIN STREAMED " --engine native", functions[i], 2);
    }
    fail_each(folder, TRAIN STREAMED " --engine clblast", "clWaitForEvents", 2);
    fail_each(folder, TRAIN STREAMED " --engine clblast", "clEnqueueWriteBuffer", 2);
    free(folder);
}

Test(cli_failing_device, kernels)
{
    char *const folder = cli_folder("failing-kernels");
    fail_each(folder, TRAIN STREAMED " --engine native", "clEnqueueNDRangeKernel", 3);
    free(folder);
}

/* Every call that failing_opencl.c wraps, of resident and of streamed data. In a share ever
 * fewer calls fail, twice as far apart each time; by night each of the first ones, then an eighth further each time.
 * clFinish is not among them: it is called on the way out alone, where nothing is lost. */
Test(cli_failing_device, every_call, .timeout = 3600)
{
    static const char *const functions[] = {
        "clEnqueueReadBuffer", "clEnqueueWriteBuffer", "clEnqueueReadBufferRect", "clEnqueueWriteBufferRect",
        "clEnqueueMapBuffer", "clEnqueueUnmapMemObject", "clEnqueueCopyBuffer", "clEnqueueFillBuffer",
        "clEnqueueNDRangeKernel", "clEnqueueMarkerWithWaitList", "clEnqueueBarrierWithWaitList", "clFlush",
        "clWaitForEvents", "clCreateBuffer", "clCreateCommandQueue", "clCreateKernel", "clSetKernelArg"};
    static const char *const lines[] = {TRAIN " --engine native", TRAIN " --engine clblast",
                                        TRAIN STREAMED " --engine native", TRAIN STREAMED " --engine clblast"};
    enum { FUNCTIONS = sizeof functions / sizeof *functions, LINES = sizeof lines / sizeof *lines };
    char *const folder = cli_folder("failing-every");
    char item[512];
    unsigned reached = 0;
    share part = share_of("failing calls", FUNCTIONS * LINES);
    for (size_t i = 0; i < FUNCTIONS * LINES; i++) {
        const char *const function = functions[i / LINES], *const line = lines[i % LINES];
        (void)snprintf(item, sizeof item, "%s: %s", function, line);
        if (!share_takes(&part, item)) continue;
        for (unsigned n = 1; fail_one(folder, line, function, n, ""); n += 1 + n / (part.parts > 1 ? 1 : 8)) reached++;
    }
    cr_assert_gt(reached, 0, "no call failed");
    free(folder);
}

/* Drivers that return NULL and CL_SUCCESS: nothing is read or written there. */
Test(cli_failing_device, what_was_not_made_is_not_used)
{
    static const char *const functions[] = {"clCreateContext", "clCreateCommandQueue", "clCreateBuffer",
                                            "clCreateKernel", "clEnqueueMapBuffer"};
    char *const folder = cli_folder("failing-null");
    cr_assert_eq(setenv("CLMLP_FAIL_SILENTLY", "1", 1), 0);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        unsigned reached = 0;
        for (unsigned n = 1; fail_one(folder, TRAIN " --engine native", functions[i], n, ""); n *= 2) reached++;
        cr_assert_gt(reached, 0, "%s was not called", functions[i]);
    }
    free(folder);
}

/* One flipped bit of what is read. Returns whether that read was there. */
static bool spoil_one(const char *folder, const char *function, unsigned n, unsigned bit)
{
    char environment[512];
    (void)snprintf(environment, sizeof environment, "CLMLP_SPOIL_CALL='%s:%u:%u' LD_PRELOAD='%s'", function, n, bit,
                   FAILING_OPENCL);
    cli_run run = cli_with(folder, environment, TRAIN " --engine native --validation 0.2 --json");
    const bool reached = strstr(run.err, "is flipped") != NULL;
    cr_assert(run.status == 0 || (reached && run.status == 1), "read %u of %s, bit %u: exit status %d\n%s", n, function,
              bit, run.status, run.err);
    if (run.status == 0) {
        cJSON *const json = cJSON_Parse(run.out);
        const cJSON *const validation = cli_member(json, "validation");
        cr_assert_eq(cli_number(json, "accuracy"), cli_number(cli_member(json, "metrics"), "accuracy"),
                     "read %u of %s, bit %u", n, function, bit);
        cr_assert_eq(cli_number(validation, "accuracy"), cli_number(cli_member(validation, "metrics"), "accuracy"),
                     "read %u of %s, bit %u", n, function, bit);
        cJSON_Delete(json);
    }
    cli_free(&run);
    return reached;
}

/* A wrong count that is possible is no error, and may not be shown either. */
Test(cli_failing_device, flipped_bits_leave_no_accuracy_that_the_metrics_contradict)
{
    char *const folder = cli_folder("failing-spoiled");
    unsigned reached = 0;
    for (unsigned n = 1; spoil_one(folder, "clEnqueueReadBuffer", n, 0); n++) reached++;
    cr_assert_geq(reached, 6, "%u reads", reached);
    free(folder);
}

/* A driver whose times of kernels are none: before its start, not there, longer than the program has run, or over at
 * once. */
Test(cli_failing_device, times_that_cannot_be_are_not_shown)
{
    static const char *const times[] = {"0:0", "1000000000:0", "1000:18446744073709551615", "1:3600000000001",
                                        "1000:1001"};
    char *const folder = cli_folder("failing-times");
    char environment[512];
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        (void)snprintf(environment, sizeof environment, "CLMLP_PROFILE='%s' LD_PRELOAD='%s'", times[i], FAILING_OPENCL);
        cli_run run = cli_with(folder, environment, "bench step --device opencl --layers 8,4,2 --batch 16 "
                               "--seconds 0.01");
        cr_assert_eq(run.status, 0, "%s: exit status %d\n%s%s", times[i], run.status, run.out, run.err);
        cli_expect_in(run.out, "\ntimes of kernels are left out, for the driver's clock cannot be trusted:");
        cr_assert_null(strstr(run.out, "us/call"), "%s", run.out);
        cli_free(&run);
    }
    free(folder);
}

static bool shell(const char *folder, const char *command)
{
    char line[1024];
    (void)snprintf(line, sizeof line, "cd '%s' && %s", folder, command);
    return system(line) == 0;
}

/* Nor do they end a training whose report would have them: it says what is wrong with them. */
Test(cli_failing_device, times_that_cannot_be_end_no_training)
{
    static const char line[] = "train points.csv --hidden 3 --epochs 3 --batch 30 --device opencl --model m%s";
    char *const folder = cli_data_folder("failing-times-trained"), words[256];
    (void)snprintf(words, sizeof words, line, "a");
    cli_run run = cli(folder, words);
    cr_assert_eq(run.status, 0, "%s", run.err);
    cli_free(&run);
    (void)snprintf(words, sizeof words, line, "b --report r.html");
    run = cli_with(folder, "CLMLP_PROFILE='1000000000:0' LD_PRELOAD='" FAILING_OPENCL "'", words);
    cr_assert_eq(run.status, 0, "exit status %d\n%s%s", run.status, run.out, run.err);
    cli_free(&run);
    cr_assert(shell(folder, "cmp ma mb && grep -q 'which cannot be' r.html"));
    free(folder);
}

/* A queue that records cannot be made: training goes on with the one that there is. */
Test(cli_failing_device, a_queue_that_cannot_record_ends_no_training)
{
    char *const folder = cli_data_folder("failing-queue-trained");
    cli_run run = cli_with(folder, "CLMLP_FAIL_CALL=clCreateCommandQueue:3 LD_PRELOAD='" FAILING_OPENCL "'",
                           "train points.csv --hidden 3 --epochs 3 --batch 30 --device opencl --report r.html");
    cr_assert_eq(run.status, 0, "exit status %d\n%s%s", run.status, run.out, run.err);
    cli_expect_in(run.err, "failing_opencl: call ");
    cr_assert(shell(folder, "grep -q 'It is not known: the device has recorded none' r.html"));
    cli_free(&run);
    free(folder);
}

/* Training that failed has a page of what there was. */
Test(cli_failing_device, a_report_says_what_failed)
{
    char *const folder = cli_data_folder("failing-reported"), environment[512];
    unsigned pages = 0;
    bool reached = true;
    for (unsigned n = 1; reached && n < 60; n++) {
        (void)snprintf(environment, sizeof environment, "CLMLP_FAIL_CALL='clEnqueueReadBuffer:%u+' LD_PRELOAD='%s'", n,
                       FAILING_OPENCL);
        cli_run run = cli_with(folder, environment, "train points.csv --hidden 3 --epochs 3 --batch 30 --model m "
                               "--device opencl --report r.html");
        reached = strstr(run.err, "failing_opencl: call ") != NULL;
        const bool written = strstr(run.err, "report written to r.html") != NULL;
        if (reached && written) {
            cr_assert_eq(run.status, 1, "call %u: exit status %d\n%s", n, run.status, run.err);
            const bool failed = shell(folder, "grep -q 'Failed: ' r.html && grep -q 'What was found: ' r.html");
            /* else it was the scores behind the training that failed */
            cr_assert(failed || shell(folder, "grep -q 'Done.' r.html"), "call %u", n);
            pages += failed;
        }
        cli_free(&run);
    }
    cr_assert(!reached && pages >= 2, "%u pages", pages);
    free(folder);
}

/* What a device does not tell is not taken for 0: the steps of no compute unit change nothing. */
Test(cli_failing_device, queries_that_fail_change_no_result)
{
    static const char line[] = "train points.csv --hidden 3 --epochs 2 --batch 30 --device opencl --engine native "
                               "--quiet --json";
    char *const folder = cli_data_folder("failing-queries"), environment[512];
    cJSON *const right = cli_json(folder, line, 0);
    unsigned reached = 0;
    for (unsigned n = 1;; n++, reached++) {
        (void)snprintf(environment, sizeof environment, "CLMLP_FAIL_CALL='clGetDeviceInfo:%u' LD_PRELOAD='%s'", n,
                       FAILING_OPENCL);
        cli_run run = cli_with(folder, environment, line);
        const bool failed = strstr(run.err, "failing_opencl: call ") != NULL;
        cr_assert(run.status == 0 || (failed && run.status == 1), "call %u: exit status %d\n%s", n, run.status,
                  run.err);
        cJSON *const found = run.status == 0 ? cJSON_Parse(run.out) : NULL;
        if (found != NULL) cr_assert_eq(cli_number(found, "cost"), cli_number(right, "cost"), "call %u", n);
        cJSON_Delete(found);
        cli_free(&run);
        if (!failed) break;
    }
    cr_assert_gt(reached, 20, "only %u queries", reached);
    cJSON_Delete(right);
    free(folder);
}

/* J that the line says where a bit of the n-th read is flipped; NaN: it says that the device is at fault. *reached:
 * whether that read was there. */
static double spoilt_cost(const char *folder, const char *line, unsigned n, unsigned bit, bool *reached)
{
    char environment[512];
    double cost = (double)NAN;
    (void)snprintf(environment, sizeof environment, "CLMLP_SPOIL_CALL='clEnqueueReadBuffer:%u:%u' LD_PRELOAD='%s'", n,
                   bit, FAILING_OPENCL);
    cli_run run = cli_with(folder, environment, line);
    *reached = strstr(run.err, "is flipped") != NULL;
    cr_assert(run.status == 0 || (*reached && run.status == 1), "read %u, bit %u: exit status %d\n%s", n, bit,
              run.status, run.err);
    if (run.status == 0) {
        cJSON *const json = cJSON_Parse(run.out);
        cost = cli_number(json, "cost");
        cJSON_Delete(json);
    } else {
        cli_expect_in(run.err, "the device computes or transfers wrongly");
    }
    cli_free(&run);
    return cost;
}

/* Bits of the exponent, and the first one behind it, of numbers that are read while a model is evaluated. */
Test(cli_failing_device, flipped_bits_leave_no_cost_that_the_outputs_contradict)
{
    static const char line[] = "evaluate m.safetensors " DIGITS " --device opencl --engine native --json --quiet";
    char *const folder = cli_folder("failing-costs");
    bool reached = false;
    unsigned caught = 0;
    cli_ok(folder, TRAIN " --engine native --model m.safetensors");
    const double clean = spoilt_cost(folder, line, 0, 0, &reached);
    cr_assert(clean > 0.0);
    reached = true;
    for (unsigned n = 1; reached; n++) {
        for (unsigned bit = 22; bit < 31 && reached; bit++) {
            const double cost = spoilt_cost(folder, line, n, bit, &reached);
            caught += isnan(cost);
            cr_assert(isnan(cost) || fabs(cost - clean) <= 1e-4 * clean, "read %u, bit %u: J %.9g instead of %.9g", n,
                      bit, cost, clean);
        }
    }
    cr_assert_gt(caught, 0);
    free(folder);
}

/* J in the table of a training is that of the metrics, which the outputs bear out. */
Test(cli_failing_device, flipped_bits_leave_no_cost_of_a_training_that_the_outputs_contradict)
{
    static const char line[] = TRAIN " --engine native --json --validation 0.2";
    char *const folder = cli_folder("failing-train-costs");
    bool reached = true;
    const double clean = spoilt_cost(folder, line, 0, 0, &reached);
    reached = true;
    for (unsigned n = 1; reached; n++) {
        const double cost = spoilt_cost(folder, line, n, 23, &reached);
        cr_assert(isnan(cost) || fabs(cost - clean) <= 1e-4 * clean, "read %u: J %.9g instead of %.9g", n, cost, clean);
    }
    free(folder);
}

/* A cost of data that is not trained on that is no number, where nothing overflows: as NaN it once went into the
 * history, with exit status 0. */
Test(cli_failing_device, validation_has_no_cost_that_is_no_number)
{
    char *const folder = cli_folder("failing-nan");
    char environment[512];
    bool reached = true;
    unsigned refused = 0;
    for (unsigned n = 1; reached; n++) {
        (void)snprintf(environment, sizeof environment, "CLMLP_SPOIL_CALL='clEnqueueReadBuffer:%u:-1' LD_PRELOAD='%s'",
                       n, FAILING_OPENCL);
        cli_run run = cli_with(folder, environment, TRAIN " --engine native --validation 0.2 --json --history h.jsonl "
                               "--overwrite");
        reached = strstr(run.err, "is flipped") != NULL;
        if (strstr(run.err, "which its examples and theta are too small for") != NULL) refused++;
        cr_assert(run.status != 0 || !shell(folder, "grep -q null h.jsonl"), "read %u: exit status 0\n%s", n, run.err);
        cli_free(&run);
    }
    cr_assert_geq(refused, 2, "%u runs", refused);
    free(folder);
}

/* The epochs of the model that a failed run says it has saved; 0: none. */
static unsigned saved_epochs(const char *err)
{
    unsigned epochs = 0;
    const char *const said = strstr(err, "the last good model, after ");
    if (said == NULL) return 0;
    cr_assert_eq(sscanf(said, "the last good model, after %u epoch", &epochs), 1, "%s", err);
    return epochs;
}

Test(cli_failing_device, the_last_good_epoch_is_saved)
{
    static const char line[] = TRAIN " --engine native --epochs 6 --model failed.safetensors";
    char *const folder = cli_folder("failing-saved");
    char environment[512], whole[512];
    unsigned most = 0;
    for (unsigned n = 2, reached = 1; reached != 0; n += 3) {
        (void)snprintf(environment, sizeof environment, "CLMLP_FAIL_CALL='clEnqueueReadBuffer:%u+' LD_PRELOAD='%s'", n,
                       FAILING_OPENCL);
        (void)shell(folder, "rm -f failed.safetensors");
        cli_run run = cli_with(folder, environment, line);
        reached = strstr(run.err, "failing_opencl: call ") != NULL;
        /* all is trained then */
        const bool measuring = strstr(run.err, "there are no metrics of the training data") != NULL;
        const unsigned epochs = measuring ? 6 : reached ? saved_epochs(run.err) : 0;
        if (epochs == 0) cr_assert(!reached || !shell(folder, "test -e failed.safetensors"), "call %u\n%s", n, run.err);
        cli_free(&run);
        if (epochs == 0) continue;
        (void)snprintf(whole, sizeof whole, TRAIN " --engine native --epochs %u --model whole.safetensors", epochs);
        run = cli_with(folder, "", whole);
        cr_assert_eq(run.status, 0, "%s", run.err);
        cli_free(&run);
        cr_assert(shell(folder, "cmp failed.safetensors whole.safetensors"), "call %u: not theta of epoch %u", n,
                  epochs);
        if (epochs > most) most = epochs;
    }
    cr_assert_geq(most, 6, "at best epoch %u was saved", most);
    free(folder);
}
