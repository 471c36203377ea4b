/* test_qualify_command.c - clmlp qualify: card, JSON and exit status. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mortal.h"
#include "run.h"

#define QUICK "qualify --quick --device cpu "

static void expect_part(const cJSON *part)
{
    static const char *const verdicts[] = {"pass", "skipped", "fail"};
    bool known = false;
    cr_assert_str_not_empty(cli_text(part, "group"));
    cr_assert_str_not_empty(cli_text(part, "name"));
    cr_assert_str_not_empty(cli_text(part, "detail"));
    (void)cli_text(part, "unit");
    (void)cli_member(part, "measured");
    (void)cli_member(part, "limit");
    for (int i = 0; i < 3; i++) known = known || strcmp(cli_text(part, "verdict"), verdicts[i]) == 0;
    cr_assert(known, "%s", cli_text(part, "verdict"));
}

static void expect_card(const cJSON *card, const char *precision)
{
    static const char *const texts[] = {"platform_version", "opencl_version", "opencl_c_version", "profile",
                                        "build_options"};
    const cJSON *part;
    cr_assert_str_eq(cli_text(card, "version"), CLMLP_TEST_VERSION);
    cr_assert_str_eq(cli_text(card, "precision"), precision);
    cr_assert_str_not_empty(cli_text(card, "device_name"));
    cr_assert_str_not_empty(cli_text(card, "platform"));
    cr_assert_str_not_empty(cli_text(card, "driver"));
    cr_assert_str_not_empty(cli_text(card, "type"));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) (void)cli_text(card, texts[i]);
    cr_assert_gt(cli_number(card, "seconds"), 0.0);
    cr_assert_gt(cJSON_GetArraySize(cli_member(card, "parts")), 10);
    cJSON_ArrayForEach(part, cli_member(card, "parts")) expect_part(part);
}

Test(cli_qualify, prints_every_promised_key)
{
    char *const folder = cli_folder("qualify-json");
    cJSON *const json = cli_json(folder, QUICK "--precision f64 --json", 0);
    cr_assert_str_eq(cli_text(json, "verdict"), "pass");
    cr_assert_str_eq(cli_text(json, "device"), "cpu");
    cr_assert_eq(cli_number(json, "failed"), 0);
    expect_card(json, "f64");
    cJSON_Delete(json);
    free(folder);
}

Test(cli_qualify, prints_a_card_for_people_and_says_how_far_it_is)
{
    char *const folder = cli_folder("qualify-card");
    cli_run run = cli(folder, QUICK);
    cr_assert_eq(run.status, 0, "%s", run.err);
    cr_assert_not_null(strstr(run.out, "\nproducts "), "%s", run.out);
    cr_assert_not_null(strstr(run.out, "  cblas: z (gemm nt) "), "%s", run.out);
    cr_assert_not_null(strstr(run.out, "\nverdict: passed: "), "%s", run.out);
    cr_assert_not_null(strstr(run.err, "clmlp: products ...\n"), "%s", run.err);
    cr_assert_null(strchr(run.err, '\r'), "%s", run.err);
    cli_free(&run);
    run = cli(folder, QUICK "--quiet");
    cr_assert_str_empty(run.err);
    cli_free(&run);
    free(folder);
}

/* On a terminal it tells, in place, which group of how many it is at, and after how much of its time. */
Test(cli_qualify, on_a_terminal_tells_its_share)
{
    char *const folder = cli_folder("qualify-terminal");
    char text[1 << 16] = "";
    size_t used = 0;
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    cr_assert(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    const int other = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    cr_assert_geq(other, 0);
    const pid_t parent = getpid(), child = fork();
    cr_assert_neq(child, -1);
    if (child == 0) {
        mortal(parent);
        (void)setenv("TERM", "vt100", 1);
        if (chdir(folder) != 0 || freopen("out", "w", stdout) == NULL || dup2(other, STDERR_FILENO) == -1) _exit(99);
        (void)execl(CLMLP_PROGRAM, "clmlp", "qualify", "--seconds", "1", "--device", "cpu", (char *)NULL);
        _exit(98);
    }
    (void)close(other);
    for (ssize_t got = 1; got > 0 && used < sizeof text - 1; used += got > 0 ? (size_t)got : 0) {
        got = read(terminal, text + used, sizeof text - 1 - used);
    }
    int code = -1;
    cr_assert_eq(waitpid(child, &code, 0), child);
    cr_assert(WIFEXITED(code) && WEXITSTATUS(code) == 0, "%s", text);
    cr_assert_not_null(strstr(text, "\rproducts (4 of 10), 0:"), "%s", text);
    cr_assert_not_null(strstr(text, " of about 0:01"), "%s", text);
    cr_assert_null(strstr(text, "products ..."), "%s", text);
    (void)close(terminal);
    free(folder);
}

Test(cli_qualify, goes_over_every_device)
{
    char *const folder = cli_folder("qualify-all");
    cJSON *const json = cli_json(folder, "qualify --quick --quiet --device all --json", 0);
    const cJSON *const cards = cli_member(json, "cards");
    const int count = cJSON_GetArraySize(cards);
    const cJSON *card;
    cr_assert_str_eq(cli_text(json, "verdict"), "pass");
    cr_assert_str_eq(cli_text(json, "version"), CLMLP_TEST_VERSION);
    cr_assert_geq(count, 2, "only %d devices", count);
    cJSON_ArrayForEach(card, cards) {
        expect_card(card, "f32");
        cr_assert_str_eq(cli_text(card, "verdict"), "pass");
    }
    cr_assert_str_eq(cli_text(cJSON_GetArrayItem(cards, count - 1), "device"), "cpu");
    cJSON_Delete(json);
    free(folder);
}

/* A kernel with a fault, for both output formats; the faults themselves are tested elsewhere. */
Test(cli_qualify, exits_with_3_and_names_the_part_that_failed)
{
    char *const folder = cli_folder("qualify-broken");
    char line[2048];
    (void)snprintf(line, sizeof line, "devices > /dev/null; mkdir kernels && cp -r %s/* kernels/ && "
                   "sed -i 's/return exp(x)/return exp(x) * (REAL)1.00001/' kernels/probe/qualify.cl", TEST_KERNEL_DIR);
    cli_ok(folder, line);
    (void)snprintf(line, sizeof line, "%s/kernels", folder);
    cr_assert_eq(setenv("CLMLP_KERNEL_DIR", line, 1), 0);
    cli_run run = cli(folder, "qualify --quick --device opencl --quiet");
    cr_assert_eq(run.status, 3, "%d: %s", run.status, run.err);
    cr_assert_not_null(strstr(run.out, "\nFAILED: functions: exp, scalar: "), "%s", run.out);
    cr_assert_not_null(strstr(run.out, "\nverdict: FAILED: "), "%s", run.out);
    cr_assert_null(strstr(run.out, "FAILED: functions: tanh"), "%s", run.out);
    cli_free(&run);
    cr_assert_eq(unsetenv("CLMLP_KERNEL_DIR"), 0);
    free(folder);
}

Test(cli_qualify, refuses_what_makes_no_sense)
{
    char *const folder = cli_folder("qualify-bad");
    static const char *const lines[] = {"qualify --device nowhere", "qualify --device opencl:99.0",
                                        "qualify --seconds 0", "qualify --precision f16", "qualify extra"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        cli_run run = cli(folder, lines[i]);
        cr_assert_eq(run.status, 2, "%s: %d: %s", lines[i], run.status, run.err);
        cr_assert_str_not_empty(run.err);
        cr_assert_str_empty(run.out);
        cli_free(&run);
    }
    free(folder);
}
