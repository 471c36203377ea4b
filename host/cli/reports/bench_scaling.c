/* bench_scaling.c - how many devices pay, as tables, JSON and CSV. */
#include <math.h>
#include <stdio.h>

#include "reports/bench_scaling.h"
#include "json_memory.h"
#include "message.h"
#include "reports/inspect.h"
#include "reports/report.h"
#include "reports/table.h"

enum { LAYERS_LENGTH = 1024 };

double clmlp_cli_scaling_bytes(const clmlp_cli_scaling *s)
{
    const double size = clmlp_device_precision(s->device) == CLMLP_F64 ? 8.0 : 4.0;
    return size * (double)clmlp_model_parameters(s->model);
}

static size_t share_of(const clmlp_cli_scaling *s, const clmlp_cli_scaling_row *row)
{
    return (s->o->batch + row->devices - 1) / row->devices;
}

/* Rates that are 1 / 0 are infinite, and shown as what does not exist. */
static double gbytes(double seconds_a_byte)
{
    return 1e-9 / seconds_a_byte;
}

/* --- JSON ------------------------------------------------------------------------------------------------ */

static void number(cJSON *object, const char *name, double value)
{
    (void)cJSON_AddNumberToObject(object, name, value);
}

static void add_link(cJSON *object, const clmlp_link *link)
{
    number(object, "alpha_microseconds", 1e6 * link->alpha);
    number(object, "overhead_microseconds", 1e6 * link->overhead);
    number(object, "gbytes_per_second", gbytes(link->beta));
    number(object, "adding_gbytes_per_second", gbytes(link->gamma));
}

/* A batch, or null: none is large enough. */
static void add_batch(cJSON *object, const char *name, size_t M)
{
    number(object, name, M > 0 ? (double)M : (double)NAN);
}

static void add_prediction(cJSON *object, const clmlp_bench_prediction *p, bool fits)
{
    static const double none = (double)NAN;
    number(object, "milliseconds", fits ? 1e3 * p->seconds : none);
    number(object, "compute_milliseconds", fits ? 1e3 * p->compute : none);
    number(object, "sums_milliseconds", fits ? 1e3 * p->exchange : none);
    number(object, "exposed_milliseconds", fits ? 1e3 * p->exposed : none);
    number(object, "speedup", fits ? p->speedup : none);
    number(object, "efficiency", fits ? p->efficiency : none);
}

static void add_rows(cJSON *object, const clmlp_cli_scaling *s, const clmlp_cli_scaling_link *link)
{
    cJSON *const array = cJSON_AddArrayToObject(object, "predictions");
    for (size_t i = 0; i < CLMLP_CLI_SCALING_ROWS; i++) {
        const clmlp_cli_scaling_row *const row = &link->rows[i];
        cJSON *const item = clmlp_cli_json_append(array, cJSON_CreateObject());
        number(item, "devices", (double)row->devices);
        number(item, "examples", row->fits ? (double)share_of(s, row) : (double)NAN);
        for (size_t way = 0; way < CLMLP_SUMMING_COUNT; way++) {
            cJSON *const by = cJSON_AddObjectToObject(item, clmlp_summing_name((clmlp_summing)way));
            add_prediction(by, &row->by[way], row->fits);
        }
        add_batch(item, "faster_from_batch", row->faster);
        add_batch(item, "half_efficient_from_batch", row->half);
        add_batch(item, "four_fifths_efficient_from_batch", row->most);
    }
}

static void add_shares(cJSON *object, const clmlp_bench_shares *shares)
{
    cJSON *const array = cJSON_AddArrayToObject(object, "shares");
    for (size_t i = 0; i < shares->count; i++) {
        cJSON *const row = clmlp_cli_json_append(array, cJSON_CreateObject());
        number(row, "examples", (double)shares->M[i]);
        number(row, "alone_milliseconds", 1e3 * shares->alone[i]);
        number(row, "rank_milliseconds", 1e3 * shares->shared[i]);
    }
    number(object, "update_milliseconds", 1e3 * shares->update);
}

/* What the ranks at hand took; null for one. */
static void add_measured(cJSON *object, const clmlp_cli_scaling *s)
{
    if (s->sums.ranks < 2) {
        (void)cJSON_AddNullToObject(object, "measured");
        return;
    }
    cJSON *const measured = cJSON_AddObjectToObject(object, "measured");
    add_link(measured, &s->sums.link);
    number(measured, "residual_percent", 100.0 * s->sums.residual);
    number(measured, "worst_percent", 100.0 * s->sums.worst);
    cJSON *const sums = cJSON_AddArrayToObject(measured, "sums");
    for (size_t i = 0; i < s->sums.count; i++) {
        cJSON *const row = clmlp_cli_json_append(sums, cJSON_CreateObject());
        number(row, "bytes", s->sums.bytes[i]);
        number(row, "milliseconds", 1e3 * s->sums.measured[i]);
        number(row, "fitted_milliseconds", 1e3 * s->sums.fitted[i]);
    }
    number(measured, "step_milliseconds", 1e3 * s->shares.together);
    number(measured, "predicted_step_milliseconds", 1e3 * s->together.seconds);
}

static int report_json(const clmlp_cli_scaling *s)
{
    const clmlp_cli_bench_options *const o = s->o;
    cJSON *const object = cJSON_CreateObject();
    cJSON *const layers = cJSON_AddArrayToObject(object, "layers");
    for (size_t l = 0; l < o->layers.count; l++) {
        (void)clmlp_cli_json_append(layers, cJSON_CreateNumber((double)o->layers.units[l]));
    }
    number(object, "batch", (double)o->batch);
    (void)cJSON_AddStringToObject(object, "activation", clmlp_activation_name(o->activation));
    (void)cJSON_AddStringToObject(object, "output", clmlp_output_name(o->output));
    clmlp_cli_json_device(object, s->device);
    number(object, "ranks", (double)s->sums.ranks);
    (void)cJSON_AddStringToObject(object, "mpi", s->mpi);
    number(object, "gradient_bytes", clmlp_cli_scaling_bytes(s));
    number(object, "bucket_bytes", s->bucket);
    add_shares(object, &s->shares);
    add_measured(object, s);
    cJSON *const links = cJSON_AddArrayToObject(object, "links");
    for (size_t i = 0; i < s->count; i++) {
        cJSON *const link = clmlp_cli_json_append(links, cJSON_CreateObject());
        (void)cJSON_AddBoolToObject(link, "measured", s->links[i].measured);
        add_link(link, &s->links[i].link);
        add_rows(link, s, &s->links[i]);
    }
    return clmlp_cli_json_print(object, CLMLP_CLI_DONE);
}

/* --- tables ---------------------------------------------------------------------------------------------- */

/* A cell that may not exist. */
static void add_cell(clmlp_cli_table *table, bool there, const char *format, double value)
{
    char text[48];
    (void)snprintf(text, sizeof text, format, value);
    clmlp_cli_table_add(table, "%s", there && isfinite(value) ? text : "-");
}

static void add_headings(clmlp_cli_table *table, const char *const *headings)
{
    for (size_t c = 0; c < table->columns; c++) clmlp_cli_table_add(table, "%s", headings[c]);
}

static void print_shares(const clmlp_cli_scaling *s)
{
    static const char *const headings[] = {"examples", "one device, ms", "a rank, ms"};
    clmlp_cli_table table = {.columns = sizeof headings / sizeof headings[0], .align = "r"};
    add_headings(&table, headings);
    for (size_t i = 0; i < s->shares.count; i++) {
        clmlp_cli_table_add(&table, "%zu", s->shares.M[i]);
        add_cell(&table, true, "%.4g", 1e3 * s->shares.alone[i]);
        add_cell(&table, true, "%.4g", 1e3 * s->shares.shared[i]);
    }
    clmlp_cli_table_print(&table, 2, stdout);
    clmlp_cli_out("\na rank's gradients go to the host and come back; %.4g ms of it are the update\n",
                  1e3 * s->shares.update);
}

static void print_sums(const clmlp_cli_scaling *s)
{
    static const char *const headings[] = {"bytes", "a sum, ms", "fitted, ms"};
    clmlp_cli_table table = {.columns = sizeof headings / sizeof headings[0], .align = "r"};
    const clmlp_link *const link = &s->sums.link;
    if (s->sums.ranks < 2) {
        clmlp_cli_out("\nno link is measured: there is one process\n");
        return;
    }
    clmlp_cli_out("\nsums over %zu ranks, %s\n\n", s->sums.ranks, s->mpi);
    add_headings(&table, headings);
    for (size_t i = 0; i < s->sums.count; i++) {
        add_cell(&table, true, "%.0f", s->sums.bytes[i]);
        add_cell(&table, true, "%.4g", 1e3 * s->sums.measured[i]);
        add_cell(&table, true, "%.4g", 1e3 * s->sums.fitted[i]);
    }
    clmlp_cli_table_print(&table, 2, stdout);
    clmlp_cli_out("\nalpha %.4g us, overhead %.4g us, %.4g GB/s, adding %.4g GB/s; off by %.0f %% in the median, "
                  "%.0f %% at the most\n", 1e6 * link->alpha, 1e6 * link->overhead, gbytes(link->beta),
                  gbytes(link->gamma), 100.0 * s->sums.residual, 100.0 * s->sums.worst);
    clmlp_cli_out("a step on these ranks: %.4g ms, predicted %.4g ms (%+.0f %%)\n", 1e3 * s->shares.together,
                  1e3 * s->together.seconds, 100.0 * (s->together.seconds / s->shares.together - 1.0));
}

enum { VERDICT_LENGTH = 4096 };

static bool pays(const clmlp_cli_scaling_link *of)
{
    return of->rows[0].fits && of->rows[0].by[CLMLP_SUMMING_ORDERED].speedup > 1.0;
}

/* "1.72 times as fast over the measured link (it pays from batches of 64 on)" behind what is there; returns the new
 * length. */
static size_t add_verdict(char *text, size_t used, const clmlp_cli_scaling_link *of, bool first)
{
    const clmlp_cli_scaling_row *const two = &of->rows[0];
    char link[48] = "the measured link", from[64] = "no batch is large enough";
    if (!of->measured) (void)snprintf(link, sizeof link, "%.4g GB/s", gbytes(of->link.beta));
    if (two->faster == 0 && pays(of)) (void)snprintf(from, sizeof from, "from which batches on is not clear");
    if (two->faster > 0) {
        (void)snprintf(from, sizeof from, "%sfrom %s%zu on", first ? "it pays " : "", first ? "batches of " : "",
                       two->faster);
    }
    const int length = snprintf(text + used, VERDICT_LENGTH - used, "%s%.2f times%s over %s (%s)", first ? "" : ", ",
                                two->by[CLMLP_SUMMING_ORDERED].speedup, first ? " as fast" : "", link, from);
    return length < 0 || (size_t)length >= VERDICT_LENGTH - used ? VERDICT_LENGTH - 1 : used + (size_t)length;
}

/* One sentence: whether a second device pays, by the link that was measured, or else those that are named. */
static void print_verdict(const clmlp_cli_scaling *s, const char *layers)
{
    const size_t count = s->count > 0 && s->links[0].measured ? 1 : s->count;
    size_t paying = 0, used;
    char text[VERDICT_LENGTH];
    for (size_t i = 0; i < count; i++) paying += pays(&s->links[i]);
    const char *const answer = paying == 0 ? "A second device does not pay"
                               : paying == count ? "A second device pays" : "A second device pays over some links";
    if (s->o->batch < 2) {
        clmlp_cli_out("%s: a batch of 1 has no example for it.\n\n", answer);
        return;
    }
    const int length = snprintf(text, sizeof text, "%s: for %s with batches of %zu, a step on two is ", answer, layers,
                                s->o->batch);
    used = length < 0 ? 0 : (size_t)length;
    for (size_t i = 0; i < count; i++) used = add_verdict(text, used, &s->links[i], i == 0);
    if (used + 1 < sizeof text) (void)snprintf(text + used, sizeof text - used, ".");
    clmlp_cli_print_wrapped(text, 0, 0, 0);
    clmlp_cli_out("\n");
}

static void print_link(const clmlp_cli_scaling *s, const clmlp_cli_scaling_link *of)
{
    static const char *const headings[] = {"devices", "examples", "ms", "sums", "not hidden", "speed-up", "efficiency",
                                           "ring", "tree", "faster from", "50 % from", "80 % from"};
    clmlp_cli_table table = {.columns = sizeof headings / sizeof headings[0], .align = "r"};
    clmlp_cli_out("\n%s: %.4g GB/s, alpha %.4g us, overhead %.4g us\n\n", of->measured ? "measured" : "by name",
                  gbytes(of->link.beta), 1e6 * of->link.alpha, 1e6 * of->link.overhead);
    add_headings(&table, headings);
    for (size_t i = 0; i < CLMLP_CLI_SCALING_ROWS; i++) {
        const clmlp_cli_scaling_row *const row = &of->rows[i];
        const clmlp_bench_prediction *const p = &row->by[CLMLP_SUMMING_ORDERED];
        clmlp_cli_table_add(&table, "%zu", row->devices);
        add_cell(&table, row->fits, "%.0f", (double)share_of(s, row));
        add_cell(&table, row->fits, "%.4g", 1e3 * p->seconds);
        add_cell(&table, row->fits, "%.4g", 1e3 * p->exchange);
        add_cell(&table, row->fits, "%.4g", 1e3 * p->exposed);
        add_cell(&table, row->fits, "%.2f", p->speedup);
        add_cell(&table, row->fits, "%.0f %%", 100.0 * p->efficiency);
        add_cell(&table, row->fits, "%.2f", row->by[CLMLP_SUMMING_RING].speedup);
        add_cell(&table, row->fits, "%.2f", row->by[CLMLP_SUMMING_TREE].speedup);
        add_cell(&table, row->faster > 0, "%.0f", (double)row->faster);
        add_cell(&table, row->half > 0, "%.0f", (double)row->half);
        add_cell(&table, row->most > 0, "%.0f", (double)row->most);
    }
    clmlp_cli_table_print(&table, 2, stdout);
}

static int report_tables(const clmlp_cli_scaling *s)
{
    char layers[LAYERS_LENGTH];
    clmlp_cli_bench_layers(&s->o->layers, layers, sizeof layers);
    print_verdict(s, layers);
    clmlp_cli_out("steps of %s, batches of %zu on several devices: %.4g MB of gradients\n\n", layers, s->o->batch,
                  1e-6 * clmlp_cli_scaling_bytes(s));
    print_shares(s);
    print_sums(s);
    for (size_t i = 0; i < s->count; i++) print_link(s, &s->links[i]);
    clmlp_cli_out("\nms, sums, not hidden: milliseconds of a step, of its sums of gradients, and of what of them\n"
                  "is not over when the backward pass is. ring, tree: speed-up with sums made so. From: the batch\n"
                  "from which on so many devices are faster than one, and have this efficiency (-: none, or too few\n"
                  "examples)\n");
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

/* --- CSV: numbers with all their digits, nothing where one does not exist --------------------------------- */

static void csv_number(bool there, double value)
{
    if (there && isfinite(value)) clmlp_cli_out(",%.9g", value);
    else clmlp_cli_out(",");
}

static void csv_row(const clmlp_cli_scaling *s, const clmlp_cli_scaling_link *of, const clmlp_cli_scaling_row *row)
{
    const clmlp_bench_prediction *const p = &row->by[CLMLP_SUMMING_ORDERED];
    char layers[LAYERS_LENGTH];
    clmlp_cli_bench_layers(&s->o->layers, layers, sizeof layers);
    clmlp_cli_out("%s,%s,%s,%s,%zu,%d", clmlp_device_get_info(s->device)->spec, clmlp_device_engine(s->device),
                  clmlp_precision_name(clmlp_device_precision(s->device)), layers, s->o->batch, of->measured);
    csv_number(true, gbytes(of->link.beta));
    csv_number(true, 1e6 * of->link.alpha);
    csv_number(true, 1e6 * of->link.overhead);
    csv_number(true, (double)row->devices);
    csv_number(row->fits, 1e3 * p->seconds);
    csv_number(row->fits, 1e3 * p->exchange);
    csv_number(row->fits, 1e3 * p->exposed);
    for (size_t way = 0; way < CLMLP_SUMMING_COUNT; way++) csv_number(row->fits, row->by[way].speedup);
    csv_number(row->faster > 0, (double)row->faster);
    csv_number(row->half > 0, (double)row->half);
    csv_number(row->most > 0, (double)row->most);
    clmlp_cli_out("\n");
}

static int report_csv(const clmlp_cli_scaling *s)
{
    clmlp_cli_out("device,engine,precision,layers,batch,measured,gbytes_per_second,alpha_us,overhead_us,devices,ms,"
                  "sums_ms,exposed_ms,speedup,ring_speedup,tree_speedup,faster_from,half_efficient_from,"
                  "four_fifths_efficient_from\n");
    for (size_t i = 0; i < s->count; i++) {
        for (size_t r = 0; r < CLMLP_CLI_SCALING_ROWS; r++) csv_row(s, &s->links[i], &s->links[i].rows[r]);
    }
    return clmlp_cli_finish_output(CLMLP_CLI_DONE);
}

int clmlp_cli_report_bench_scaling(const clmlp_cli_scaling *s)
{
    if (s->o->json) return report_json(s);
    return s->o->csv ? report_csv(s) : report_tables(s);
}
