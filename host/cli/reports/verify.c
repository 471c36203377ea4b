/* verify.c - results of clmlp verify: one row per tensor over all steps, then the verdict. */
#include "reports/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/table.h"
#include "terminal.h"

enum { DIGITS = 17 }; /* that tell any two numbers apart */

/* One tensor over all steps. */
typedef struct tensor_row {
    size_t elements, failed, failed_steps;
    double max_abs, max_ulp;
    const clmlp_finding *worst; /* the one with the largest fraction of its bound */
} tensor_row;

/* NaN is the largest of all. */
static double larger(double a, double b)
{
    return b <= a ? a : b;
}

static bool is_worse(const clmlp_finding *a, const clmlp_finding *b)
{
    return !(a->max_of_bound <= b->max_of_bound);
}

/* --- pieces ---------------------------------------------------------------------------------------------- */

/* A word as a shell takes it; cut when it does not fit. */
static void append_word(char *text, size_t size, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,=+@%";
    size_t used = strlen(text);
    const bool quoted = word[0] == '\0' || word[strspn(word, plain)] != '\0';
    if (quoted && used + 1 < size) text[used++] = '\'';
    for (; *word != '\0' && used + 6 < size; word++) {
        if (*word == '\'') used += (size_t)snprintf(text + used, size - used, "'\\''");
        else text[used++] = *word;
    }
    if (quoted && used + 1 < size) text[used++] = '\'';
    text[used] = '\0';
}

const char *clmlp_cli_replay_command(char text[CLMLP_CLI_COMMAND_LINE], const char *bundle,
                                     const clmlp_device *device)
{
    const char *const spec = clmlp_device_get_info(device)->spec;
    (void)snprintf(text, CLMLP_CLI_COMMAND_LINE, "clmlp verify --replay ");
    append_word(text, CLMLP_CLI_COMMAND_LINE - 128, bundle);
    const size_t used = strlen(text);
    int more = snprintf(text + used, CLMLP_CLI_COMMAND_LINE - used, " --device %s", spec);
    if (strncmp(spec, "opencl", 6) == 0) {
        (void)snprintf(text + used + more, CLMLP_CLI_COMMAND_LINE - used - (size_t)more, " --engine %s",
                       clmlp_device_engine(device));
    }
    return text;
}

/* Never 1 for what is less. */
const char *clmlp_cli_share_of_bound(char text[CLMLP_CLI_NUMBER], double of_bound)
{
    (void)snprintf(text, CLMLP_CLI_NUMBER, "%.3g", of_bound);
    if (of_bound < 1.0 && strcmp(text, "1") == 0) (void)snprintf(text, CLMLP_CLI_NUMBER, "<1");
    return text;
}

/* --- the table ------------------------------------------------------------------------------------------- */

static void add_to_row(tensor_row *row, const clmlp_finding *f)
{
    row->elements += f->rows * f->columns;
    row->failed += f->failed;
    row->failed_steps += f->failed > 0;
    row->max_abs = larger(row->max_abs, f->max_abs);
    row->max_ulp = larger(row->max_ulp, f->max_ulp);
    if (row->worst == NULL || is_worse(f, row->worst)) row->worst = f;
}

static void gather_finding(tensor_row *rows, size_t *count, const clmlp_finding *f)
{
    size_t r = 0;
    while (r < *count && (rows[r].worst->layer != f->layer || rows[r].worst->quantity != f->quantity)) r++;
    *count += r == *count;
    add_to_row(&rows[r], f);
}

static bool is_data(const clmlp_finding *f)
{
    return f->quantity == CLMLP_QUANTITY_X || f->quantity == CLMLP_QUANTITY_Y || f->quantity == CLMLP_QUANTITY_W;
}

/* Rows in the order in which a step computes them; NULL: no memory. */
static tensor_row *gather_rows(const clmlp_verify_result *result, size_t *count)
{
    tensor_row *const rows = calloc(result->count + 1, sizeof *rows);
    *count = 0;
    /* theta as it was sent, before the first step, joins the rows of theta, which come last */
    for (int pass = 0; rows != NULL && pass < 2; pass++) {
        for (size_t i = 0; i < result->count; i++) {
            const clmlp_finding *const f = &result->findings[i];
            const bool sent = f->step == 0 && !is_data(f);
            if (sent == (pass == 1)) gather_finding(rows, count, f);
        }
    }
    return rows;
}

static void add_row(clmlp_cli_table *table, const tensor_row *row, int digits, bool of_ranks)
{
    char name[CLMLP_CLI_TENSOR], share[CLMLP_CLI_NUMBER];
    const clmlp_finding *const f = row->worst;
    clmlp_cli_table_add(table, "%s", clmlp_cli_tensor_name(name, f));
    clmlp_cli_table_add(table, "%zu", row->elements);
    clmlp_cli_table_add(table, "%.3g", row->max_abs);
    if (clmlp_cli_is_trend(f)) clmlp_cli_table_add(table, "-");
    else clmlp_cli_table_add(table, "%.3g", row->max_ulp);
    clmlp_cli_table_add(table, "%s", clmlp_cli_share_of_bound(share, f->max_of_bound));
    clmlp_cli_table_add(table, "%zu", f->step);
    if (of_ranks && f->rank == CLMLP_ALL_RANKS) clmlp_cli_table_add(table, "all");
    else if (of_ranks) clmlp_cli_table_add(table, "%zu", f->rank);
    if (f->columns > 0) clmlp_cli_table_add(table, "%zu, %zu", f->worst / f->columns, f->worst % f->columns);
    else clmlp_cli_table_add(table, "-");
    clmlp_cli_table_add(table, "%.*g", digits, f->found);
    clmlp_cli_table_add(table, "%.*g", digits, f->expected);
    if (row->failed == 0) clmlp_cli_table_add(table, "ok");
    else clmlp_cli_table_add(table, "FAIL %zu", row->failed);
}

/* Of several ranks with the rank of the worst. */
static void print_tensors(const tensor_row *rows, size_t count, int digits, bool of_ranks)
{
    static const char *const heads[] = {"tensor", "elements", "max abs", "max ulp", "of bound", "step", "rank",
                                        "worst at", "found", "expected", ""};
    clmlp_cli_table table = {.columns = sizeof heads / sizeof *heads - !of_ranks,
                             .align = of_ranks ? "lrrrrrrrrrl" : "lrrrrrrrrl"};
    for (size_t c = 0; c < sizeof heads / sizeof *heads; c++) {
        if (of_ranks || strcmp(heads[c], "rank") != 0) clmlp_cli_table_add(&table, "%s", heads[c]);
    }
    for (size_t r = 0; r < count; r++) add_row(&table, &rows[r], digits, of_ranks);
    clmlp_cli_table_print(&table, 2, stdout);
}

/* --- drift ------------------------------------------------------------------------------------------------ */

/* What one step of a free run ended with. */
typedef struct step_row {
    size_t step, failed;
    double theta_abs;            /* largest error of any theta */
    double bound_of_value;       /* largest */
    const clmlp_finding *cost, *theta, *worst;
} step_row;

static step_row summarise_step(const clmlp_verify_result *result, size_t *at)
{
    step_row row = {.step = result->findings[*at].step};
    for (; *at < result->count && result->findings[*at].step == row.step; ++*at) {
        const clmlp_finding *const f = &result->findings[*at];
        row.failed += f->failed;
        row.bound_of_value = larger(row.bound_of_value, f->bound_of_value);
        if (row.worst == NULL || is_worse(f, row.worst)) row.worst = f;
        if (f->quantity == CLMLP_QUANTITY_COST) row.cost = f;
        if (f->quantity != CLMLP_QUANTITY_THETA) continue;
        row.theta_abs = larger(row.theta_abs, f->max_abs);
        if (row.theta == NULL || is_worse(f, row.theta)) row.theta = f;
    }
    return row;
}

/* Long runs: the first steps, then about twenty, the failing ones and the last. */
static bool is_shown(const clmlp_verify_result *result, const step_row *row)
{
    enum { SHOWN = 20, FIRST = 4 };
    const size_t last = result->findings[result->count - 1].step, every = (last + SHOWN - 1) / SHOWN;
    return row->step <= FIRST || row->step == last || row->step % every == 0 ||
           (result->first_failure != NULL && row->step == result->first_failure->step);
}

static void add_error(clmlp_cli_table *table, const clmlp_finding *worst, double max_abs)
{
    if (worst == NULL) {
        clmlp_cli_table_add(table, "-");
        clmlp_cli_table_add(table, "-");
        return;
    }
    clmlp_cli_table_add(table, "%.3g", max_abs);
    clmlp_cli_table_add(table, "%.3g", worst->max_of_bound);
}

static void print_drift(const clmlp_verify_result *result)
{
    static const char *const heads[] = {
        "step", "theta off by", "of bound", "cost off by", "of bound", "largest of bound", "in", "bound/value", ""};
    clmlp_cli_table table = {.columns = sizeof heads / sizeof *heads, .align = "rrrrrrlrl"};
    char name[CLMLP_CLI_TENSOR];
    for (size_t c = 0; c < table.columns; c++) clmlp_cli_table_add(&table, "%s", heads[c]);
    for (size_t at = 0; at < result->count;) {
        const step_row row = summarise_step(result, &at);
        if (row.step == 0 || !is_shown(result, &row)) continue;
        clmlp_cli_table_add(&table, "%zu", row.step);
        add_error(&table, row.theta, row.theta_abs);
        add_error(&table, row.cost, row.cost != NULL ? row.cost->max_abs : 0.0);
        clmlp_cli_table_add(&table, "%.3g", row.worst->max_of_bound);
        clmlp_cli_table_add(&table, "%s", clmlp_cli_tensor_name(name, row.worst));
        clmlp_cli_table_add(&table, "%.2g", row.bound_of_value);
        clmlp_cli_table_add(&table, "%s", row.failed == 0 ? "ok" : "FAIL");
    }
    clmlp_cli_table_print(&table, 2, stdout);
    clmlp_cli_out("\n");
}

/* Bounds that are carried from step to step grow, until they say nothing. */
static void print_where_bounds_end(const clmlp_verify_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        if (result->findings[i].bound_of_value < 1.0) continue;
        clmlp_cli_out("from step %zu on bounds are as large as values: to be within them says little\n",
                      result->findings[i].step);
        return;
    }
}

/* --- the verdict ------------------------------------------------------------------------------------------ */

/* Words, broken before 80 columns; lines but the first begin with `indent` blanks. `column` is where it begins. */
static void print_wrapped(const char *text, size_t indent, size_t column)
{
    enum { WIDTH = 80 };
    for (const char *word = text; *word != '\0';) {
        const size_t length = strcspn(word, " ");
        if (column > indent && column + 1 + length > WIDTH) {
            clmlp_cli_out("\n%*s", (int)indent, "");
            column = indent;
        } else if (word > text) {
            clmlp_cli_out(" ");
            column++;
        }
        clmlp_cli_print(stdout, "%.*s", (int)length, word);
        column += length;
        word += length;
        word += strspn(word, " ");
    }
    clmlp_cli_out("\n");
}

static void print_replay_head(const clmlp_bundle_info *info)
{
    enum { INDENT = 13 };
    clmlp_cli_out("saved step   %zu, batch of %zu, %s\nbecause of   ", info->step, info->M,
                  clmlp_precision_name(info->precision));
    print_wrapped(info->why[0] != '\0' ? info->why : "-", INDENT, INDENT);
    clmlp_cli_print(stdout, "computed by  %s, driver %s\n             engine %s%s%s, clmlp %s\n\n", info->device,
                    info->driver, info->engine, info->tiles[0] != '\0' ? ", tiles " : "", info->tiles, info->version);
}

static void print_pass(const clmlp_cli_verify_report *report, const tensor_row *rows, size_t count)
{
    const clmlp_verify_result *const result = report->result;
    char name[CLMLP_CLI_TENSOR], share[CLMLP_CLI_NUMBER];
    size_t elements = 0;
    const clmlp_finding *worst = NULL;
    for (size_t r = 0; r < count; r++) {
        elements += rows[r].elements;
        if (worst == NULL || is_worse(rows[r].worst, worst)) worst = rows[r].worst;
    }
    clmlp_cli_out("%s: all %zu numbers of %zu step%s", report->interrupted ? "interrupted" : "passed", elements,
                  result->steps, result->steps == 1 ? "" : "s");
    if (result->ranks > 1) clmlp_cli_out(" on %zu ranks", result->ranks);
    clmlp_cli_out(" are within their bounds");
    if (worst != NULL && worst->max_of_bound == 0.0) {
        clmlp_cli_out(";\nno number is off at all");
    } else if (worst != NULL) {
        clmlp_cli_out(";\nthe largest error is %s of its bound, in %s of step %zu",
                      clmlp_cli_share_of_bound(share, worst->max_of_bound), clmlp_cli_tensor_name(name, worst),
                      worst->step);
    }
    clmlp_cli_out("\n");
}

static void print_time(const clmlp_verify_result *result)
{
    if (result->steps == 0 || !(result->seconds > 0.0)) return;
    clmlp_cli_out("%.3g s in all", result->seconds);
    /* of a minimiser, where each operation is waited for, it would say nothing */
    if (result->device_seconds > 0.0) {
        clmlp_cli_out(", %.3g ms a step on the device", 1e3 * result->device_seconds / (double)result->steps);
    }
    clmlp_cli_out("\n");
}

static void print_how_to_replay(const clmlp_cli_verify_report *report)
{
    char line[CLMLP_CLI_COMMAND_LINE];
    if (report->bundle == NULL) return;
    clmlp_cli_print(stdout, "just this step again:\n  %s\n",
                    clmlp_cli_replay_command(line, report->bundle, report->device));
}

static void print_replay_verdict(const clmlp_replay_result *replay, const clmlp_device *device)
{
    const bool passed = clmlp_replay_result_here(replay)->passed;
    const bool finite = clmlp_replay_result_reference_finite(replay);
    const clmlp_bundle_info *const info = clmlp_replay_result_info(replay);
    const bool same = strcmp(info->device, clmlp_device_get_info(device)->name) == 0 &&
                      strcmp(info->engine, clmlp_device_engine(device)) == 0;
    if (!finite && passed) {
        clmlp_cli_out("the mathematics diverged: the CPU path in double has numbers that are not finite, too,\n"
                      "and this device agrees with it; train with a smaller --rate\n");
    } else if (!finite) {
        clmlp_cli_out("the CPU path in double has numbers that are not finite, and this device has others\n");
    } else if (passed && same) {
        clmlp_cli_out("the same device and engine agree with the CPU path in double this time: what was wrong comes\n"
                      "and goes, or another driver or build did it\n");
    } else if (passed) {
        clmlp_cli_print(stdout,
                        "this device agrees with the CPU path in double: the fault was that of\n%s, engine %s\n",
                        info->device, info->engine);
    } else {
        clmlp_cli_out("the CPU path in double has finite numbers throughout: this device goes wrong\n");
    }
}

static void print_who_is_off(const clmlp_verify_result *result)
{
    if (result->passed) return;
    clmlp_cli_out("the CPU path in double agrees with %s\n",
                  result->device_right && !result->other_right ? "this device: the other side is off" :
                  result->other_right && !result->device_right ? "the other side: this device is off" :
                  "neither: both are off");
}

void clmlp_cli_report_verify(const clmlp_cli_verify_report *report)
{
    const clmlp_verify_result *const result = report->result;
    const int digits = clmlp_device_precision(report->device) == CLMLP_F64 ? 17 : 9;
    size_t count = 0;
    tensor_row *const rows = gather_rows(result, &count);
    if (report->replay != NULL) print_replay_head(clmlp_replay_result_info(report->replay));
    if (strcmp(report->mode, "free run") == 0 && result->count > 0) print_drift(result);
    if (rows != NULL) print_tensors(rows, count, digits, result->ranks > 1);
    clmlp_cli_out("\n");
    print_where_bounds_end(result);
    if (result->first_failure == NULL) {
        print_pass(report, rows, rows != NULL ? count : 0);
    } else {
        clmlp_cli_out("FAILED at ");
        if (result->ranks > 1) clmlp_cli_print_rank(report->config->ranks, result->first_failure);
        clmlp_cli_print_failure(result->first_failure);
        if (result->ranks > 1) clmlp_cli_print_wrong_ranks(report->config->ranks, result);
        print_how_to_replay(report);
    }
    if (report->replay != NULL) print_replay_verdict(report->replay, report->device);
    if (report->against != NULL) print_who_is_off(result);
    print_time(result);
    free(rows);
}
