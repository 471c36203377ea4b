/* importance.c - what a column is worth: how much worse predictions get when its values are mixed among the rows
 * (Breiman 2001, Random Forests, section 10; Fisher, Rudin & Dominici 2019). */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/page/chart.h"
#include "reports/page/judged.h"

enum { REPEATS = 5, LEAST_REPEATS = 2, ROWS = 1000, LEAST_ROWS = 40, COLUMNS = 256, SHOWN = 20, PURPOSE = 14 };

/* Multiply-adds that a report may take: less than a second of one core. */
static const double WORK = 4e9;

typedef struct column {
    char *name;
    size_t first, features;
    double value, spread; /* mean over the repeats, and their standard deviation */
} column;

typedef struct plan {
    const clmlp_cli_judged *judged;
    clmlp_session *session;
    column *columns;
    size_t count, rows, repeats, n;
    size_t *picked, *order;          /* [rows] */
    double *x, *mixed, *h;           /* [rows x n], the same, [rows x K] */
    uint64_t drawn;                  /* random numbers so far */
} plan;

/* Fisher and Yates: the first `chosen` of `count` numbers are drawn without putting back. */
static void shuffle(plan *p, size_t *numbers, size_t count, size_t chosen)
{
    for (size_t i = 0; i < chosen && i + 1 < count; i++) {
        const double drawn = clmlp_random_draw(p->judged->seed, PURPOSE, p->drawn++);
        const size_t other = i + (size_t)(drawn * (double)(count - i));
        const size_t number = numbers[i];
        numbers[i] = numbers[other];
        numbers[other] = number;
    }
}

/* Larger is worse: the share that is wrong, or the root of the mean squared error. */
static double loss(const plan *p, const double *h)
{
    const size_t K = p->judged->K;
    double sum = 0.0;
    for (size_t r = 0; r < p->rows; r++) {
        const double *const y = p->judged->y + p->picked[r] * K;
        if (p->judged->classes) {
            sum += clmlp_predicted_class(h + r * K, K, 0.0) != clmlp_predicted_class(y, K, 0.0);
            continue;
        }
        for (size_t k = 0; k < K; k++) {
            const double of = h[r * K + k];
            const double error = p->judged->labels ? (double)((of > 0.5) != (y[k] > 0.5)) : of - y[k];
            sum += error * error / (double)K;
        }
    }
    const double mean = sum / (double)p->rows;
    return p->judged->classes || p->judged->labels ? 100.0 * mean : sqrt(mean);
}

/* A share changes by whole rows, and is said to the hundredth of a point; an RMSE by more than its rounding. */
static double without_noise(const plan *p, double rise, double base)
{
    if (p->judged->classes || p->judged->labels) return floor(rise * 100.0 + 0.5) / 100.0 + 0.0;
    return fabs(rise) > 1e-9 * base ? rise : 0.0;
}

static bool measure(plan *p, column *c, double base)
{
    double sum = 0.0, squares = 0.0;
    for (size_t repeat = 0; repeat < p->repeats; repeat++) {
        for (size_t r = 0; r < p->rows; r++) p->order[r] = r;
        shuffle(p, p->order, p->rows, p->rows);
        for (size_t r = 0; r < p->rows; r++) {
            memcpy(p->mixed + r * p->n + c->first, p->x + p->order[r] * p->n + c->first,
                   c->features * sizeof *p->mixed);
        }
        if (clmlp_session_predict_f64(p->session, p->rows, p->mixed, p->h, NULL) != CLMLP_OK) return false;
        const double rise = loss(p, p->h) - base;
        sum += rise;
        squares += rise * rise;
    }
    for (size_t r = 0; r < p->rows; r++) {
        memcpy(p->mixed + r * p->n + c->first, p->x + r * p->n + c->first, c->features * sizeof *p->mixed);
    }
    const double mean = sum / (double)p->repeats;
    c->value = without_noise(p, mean, base);
    c->spread = without_noise(p, sqrt(fmax(0.0, squares / (double)p->repeats - mean * mean)), base);
    return true;
}

/* The columns of a table, or the features of an array. */
static bool list_columns(plan *p)
{
    const clmlp_columns *const columns = clmlp_model_columns(p->judged->model);
    p->count = columns != NULL ? clmlp_columns_count(columns) : p->n;
    p->columns = calloc(p->count, sizeof *p->columns);
    if (p->columns == NULL) return false;
    for (size_t j = 0, first = 0; j < p->count; j++) {
        char number[48];
        (void)snprintf(number, sizeof number, "feature %zu", j + 1);
        const char *const name = columns != NULL ? clmlp_columns_name(columns, j) : number;
        p->columns[j] = (column){.name = malloc(strlen(name) + 1), .first = first,
                                 .features = columns != NULL ? clmlp_columns_features(columns, j) : 1};
        if (p->columns[j].name == NULL) return false;
        (void)strcpy(p->columns[j].name, name);
        first += p->columns[j].features;
    }
    return true;
}

static bool take_rows(plan *p)
{
    const clmlp_cli_judged *const judged = p->judged;
    size_t *const all = malloc(judged->m * sizeof *all);
    p->picked = malloc(p->rows * sizeof *p->picked);
    p->order = malloc(p->rows * sizeof *p->order);
    p->x = malloc(p->rows * p->n * sizeof *p->x);
    p->mixed = malloc(p->rows * p->n * sizeof *p->mixed);
    p->h = malloc(p->rows * judged->K * sizeof *p->h);
    bool ok = all != NULL && p->picked != NULL && p->order != NULL && p->x != NULL && p->mixed != NULL && p->h != NULL;
    for (size_t i = 0; ok && i < judged->m; i++) all[i] = i;
    if (ok && p->rows < judged->m) shuffle(p, all, judged->m, p->rows);
    for (size_t r = 0; ok && r < p->rows; r++) {
        p->picked[r] = all[r];
        ok = clmlp_dataset_row(judged->data, all[r], p->x + r * p->n, NULL, NULL) == CLMLP_OK;
    }
    if (ok) memcpy(p->mixed, p->x, p->rows * p->n * sizeof *p->x);
    free(all);
    return ok;
}

static int by_value(const void *a, const void *b)
{
    const column *const x = a, *const y = b;
    if (x->value != y->value) return x->value < y->value ? 1 : -1;
    return (x->first > y->first) - (x->first < y->first);
}

static bool compute(plan *p)
{
    const clmlp_cli_judged *const judged = p->judged;
    if (!take_rows(p)) return false;
    if (clmlp_session_create(&p->session, judged->model, judged->device, p->rows, NULL) != CLMLP_OK) return false;
    if (clmlp_session_predict_f64(p->session, p->rows, p->x, p->h, NULL) != CLMLP_OK) return false;
    const double base = loss(p, p->h);
    for (size_t j = 0; j < p->count; j++) {
        if (!measure(p, &p->columns[j], base)) return false;
    }
    qsort(p->columns, p->count, sizeof p->columns[0], by_value);
    return true;
}

static void draw_bars(clmlp_cli_page *page, const plan *p)
{
    clmlp_cli_bar bars[SHOWN];
    const size_t count = p->count < SHOWN ? p->count : SHOWN;
    const bool counts = p->judged->classes || p->judged->labels;
    for (size_t j = 0; j < count; j++) {
        bars[j] = (clmlp_cli_bar){.name = p->columns[j].name, .value = p->columns[j].value,
                                  .spread = p->columns[j].spread};
    }
    clmlp_cli_page_put(page, "<p class=\"soft\">How much worse the predictions get when the values of one column are "
                       "mixed among the rows: mean of %zu shuffles, with their standard deviation, on %zu rows of the "
                       "%s, drawn by seed %" PRIu64 ".%s A column that another one can stand in for shows "
                       "less than it is worth.</p>\n",
                       p->repeats, p->rows, p->judged->role, p->judged->seed,
                       p->count > SHOWN ? " The 20 largest." : "");
    clmlp_cli_page_put(page, "<div class=\"grid\">\n");
    clmlp_cli_bars_draw(page, counts ? "Percentage points of accuracy that are lost" : "Rise of the RMSE",
                        "One bar a column, the largest first.", bars, count, 0.0);
    clmlp_cli_page_put(page, "</div>\n");
}

static void plan_free(plan *p)
{
    for (size_t j = 0; p->columns != NULL && j < p->count; j++) free(p->columns[j].name);
    clmlp_session_destroy(p->session);
    free(p->columns);
    free(p->picked);
    free(p->order);
    free(p->x);
    free(p->mixed);
    free(p->h);
}

void clmlp_cli_page_importance(clmlp_cli_page *page, const clmlp_cli_judged *judged)
{
    plan p = {.judged = judged, .n = clmlp_model_units(judged->model, 1)};
    if (clmlp_cli_image_side(judged->model) > 0 || judged->m < 2) return;
    const clmlp_columns *const columns = clmlp_model_columns(judged->model);
    const double count = columns != NULL ? (double)clmlp_columns_count(columns) : (double)p.n;
    const double row = count * (double)clmlp_model_parameters(judged->model) *
                       (double)clmlp_model_members(judged->model);
    const double most = fmin((double)judged->m, ROWS);
    const double repeats = fmin(fmax(floor(WORK / (row * most)), LEAST_REPEATS), REPEATS);
    const double rows = floor(fmin(most, WORK / (row * repeats)));
    clmlp_cli_page_section(page, "importance", "What each column is worth");
    if (count > COLUMNS || clmlp_dataset_is_sparse(judged->data) || (rows < LEAST_ROWS && rows < (double)judged->m)) {
        clmlp_cli_page_put(page, "<p class=\"soft\">Left out: with %.0f columns and this network it would take too "
                           "long.</p>\n</section>\n", count);
        return;
    }
    p.rows = (size_t)rows;
    p.repeats = (size_t)repeats;
    if (list_columns(&p) && compute(&p)) {
        draw_bars(page, &p);
    } else {
        clmlp_cli_page_put(page, "<p class=\"bad\">It could not be computed: memory or the device failed.</p>\n");
        page->failed = true;
    }
    clmlp_cli_page_put(page, "</section>\n");
    plan_free(&p);
}
