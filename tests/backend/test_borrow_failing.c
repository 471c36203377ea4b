/* test_borrow_failing.c - OpenCL calls that fail while matrices are lent: the error is handed on, nothing stays mapped,
 * no event is left, and no memory is freed that a transfer may still touch (tests/support/failing). */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "share.h"

/* Whether call n of a function was reached. spared: plain memory is as good as what it makes. */
static bool fail_one(const char *setting, const char *function, unsigned n, const char *later, bool spared)
{
    char command[1024], out[4096] = "";
    (void)snprintf(command, sizeof command, "%s CLMLP_FAIL_CALL='%s:%u%s' '" LEND_PROGRAM "' 2>&1", setting, function,
                   n, later);
    FILE *const pipe = popen(command, "r");
    cr_assert_not_null(pipe);
    const size_t length = fread(out, 1, sizeof out - 1, pipe);
    out[length] = '\0';
    const int status = pclose(pipe);
    const char *const fails = strstr(out, "failing_opencl: call "), *const last = strstr(out, "on the way out");
    const bool reached = fails != NULL, matters = reached && (last == NULL || fails < last);
    cr_assert(WIFEXITED(status) && (WEXITSTATUS(status) == (matters ? 1 : 0) ||
                                     (spared && WEXITSTATUS(status) == 0)), "%s: status %d\n%s", command, status, out);
    cr_assert(WEXITSTATUS(status) == 0 || strstr(out, "clmlp: ") != NULL, "%s: no message\n%s", command, out);
    cr_assert_null(strstr(out, "left: "), "%s\n%s", command, out);
    return reached;
}

Test(borrow_failing, leaves_nothing_under_way, .timeout = 600)
{
    static const char *const functions[] = {
        "clEnqueueReadBuffer", "clEnqueueWriteBuffer", "clEnqueueMapBuffer", "clEnqueueUnmapMemObject", "clFlush",
        "clEnqueueMarkerWithWaitList", "clEnqueueBarrierWithWaitList", "clWaitForEvents", "clCreateBuffer",
        "clGetMemObjectInfo"};
    static const char *const engines[] = {"native", "clblast"};
    enum { FUNCTIONS = sizeof functions / sizeof *functions, SETTINGS = 4 };
    unsigned reached = 0;
    share part = share_of("failing calls", SETTINGS * FUNCTIONS);
    for (int i = 0; i < SETTINGS; i++) {
        char setting[512], item[128];
        (void)snprintf(setting, sizeof setting, "CLMLP_TEST_ENGINE=%s CLMLP_PRETEND='%s' LD_PRELOAD='%s %s'",
                       engines[i % 2], i < 2 ? "" : "unified=0", FAILING_OPENCL, PRETENDING_OPENCL);
        for (size_t f = 0; f < FUNCTIONS; f++) {
            const bool spared = i >= 2 && (strcmp(functions[f], "clEnqueueMapBuffer") == 0 ||
                                           strcmp(functions[f], "clCreateBuffer") == 0);
            unsigned n = 1;
            (void)snprintf(item, sizeof item, "%s%s: %s", engines[i % 2], i < 2 ? "" : ", pinned", functions[f]);
            if (!share_takes(&part, item)) continue;
            for (; fail_one(setting, functions[f], n, "", spared); n += 1 + n / 4) reached++;
            for (n = 1; fail_one(setting, functions[f], n, "+", spared); n += 1 + n) reached++;
        }
    }
    cr_assert_gt(reached, part.parts > 1 ? 0 : 40 * SETTINGS, "%u calls failed", reached);
}
