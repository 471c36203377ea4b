/* ranks.c - what of a training is said of its ranks: how many, what the sums cost, and who was slow. */
#include "reports/ranks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_memory.h"
#include "message.h"
#include "reports/report.h"

/* A rank that computes so much longer than the fastest holds the others up; below so many seconds it is not
 * told. */
static const double SLOW = 1.1, WORTH_TELLING = 0.1;

/* --- shares ------------------------------------------------------------------------------------------------------- */

/* Ranks that are named; and of shares that follow the speed what is worth a note, and how often. */
enum { MOST_NAMED = 16, MOST_NOTES = 20 };
static const double MUCH = 0.05;

void clmlp_cli_shares_text(const clmlp_shares *shares, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t r = 0; r < shares->count && r < MOST_NAMED && used < size; r++) {
        const int length = snprintf(text + used, size - used, "%srank %zu %zu (%.1f %%)", r > 0 ? ", " : "", r,
                                    shares->rows[r], 100.0 * shares->of[r]);
        used += length > 0 ? (size_t)length : 0;
    }
    if (shares->count > MOST_NAMED && used < size) {
        (void)snprintf(text + used, size - used, ", and %zu more", shares->count - MOST_NAMED);
    }
}

/* Keep a copy of what a callback is shown. */
static bool keep_shares(clmlp_cli_shares_told *told, const clmlp_shares *shares)
{
    const size_t count = shares->count;
    if (told->of == NULL) told->of = malloc(count * sizeof *told->of);
    if (told->rows == NULL) told->rows = malloc(count * sizeof *told->rows);
    if (told->noted == NULL) told->noted = calloc(count, sizeof *told->noted);
    if (told->of == NULL || told->rows == NULL || told->noted == NULL) {
        clmlp_cli_lose("the ranks' shares");
        return false;
    }
    told->last = *shares;
    told->last.of = memcpy(told->of, shares->of, count * sizeof *told->of);
    told->last.rows = memcpy(told->rows, shares->rows, count * sizeof *told->rows);
    return true;
}

void clmlp_cli_shares_free(clmlp_cli_shares_told *told)
{
    free(told->noted);
    free(told->rows);
    free(told->of);
    *told = (clmlp_cli_shares_told){0};
}

static bool are_equal(const clmlp_shares *shares)
{
    for (size_t r = 1; r < shares->count; r++) {
        const double apart = shares->of[r] - shares->of[0];
        if (apart > 1e-5 || apart < -1e-5) return false; /* parts of 2^20 */
    }
    return true;
}

/* Whether there is something new to say. */
static bool is_news(const clmlp_cli_shares_told *told, const clmlp_shares *shares)
{
    if (told->notes == 0) return told->asked || shares->by_speed || !are_equal(shares);
    if (told->notes == MOST_NOTES) return false;
    for (size_t r = 0; r < shares->count; r++) {
        const double apart = shares->of[r] - told->noted[r];
        if (apart >= MUCH || apart <= -MUCH) return true;
    }
    return false;
}

void clmlp_cli_shares_tell(const clmlp_shares *shares, void *context)
{
    clmlp_cli_shares_told *const told = context;
    char text[1024];
    if (!keep_shares(told, shares) || !is_news(told, shares)) return;
    clmlp_cli_shares_text(shares, text, sizeof text);
    if (told->progress != NULL) clmlp_cli_progress_break(told->progress);
    if (told->notes == 0) {
        clmlp_cli_note("shares of a batch of %zu: %s%s", shares->M, text,
                       shares->by_speed ? "; after each epoch by speed" : "");
    } else {
        clmlp_cli_note("shares from epoch %zu on: %s", shares->epochs + 1, text);
    }
    memcpy(told->noted, shares->of, shares->count * sizeof *told->noted);
    told->notes++;
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

/* Of the time that training took here, without what was before a resume. */
static double waiting_share(const clmlp_train_result *result)
{
    return result->part_seconds > 0.0 ? result->exchange_seconds / result->part_seconds : 0.0;
}

bool clmlp_cli_ranks_text(const clmlp_train_config *config, const clmlp_train_result *result, char *text, size_t size)
{
    if (result->ranks <= 1) return false;
    (void)snprintf(text, size, "%zu ranks by %s; rank 0 waited for sums %.1f %% of the time, and sent %.3g MB a step%s",
                   result->ranks, clmlp_ranks_library(config->ranks), 100.0 * waiting_share(result),
                   result->part_steps > 0 ? result->exchange_bytes / (double)result->part_steps / 1e6 : 0.0,
                   result->shared_by_speed ? "; shares followed the speed, so that another run differs in last digits"
                                           : "");
    return true;
}

bool clmlp_cli_slow_rank_text(const clmlp_train_config *config, const clmlp_train_result *result, char *text,
                              size_t size)
{
    if (result->ranks <= 1 || result->slowest_seconds - result->fastest_seconds < WORTH_TELLING) return false;
    if (!(result->slowest_seconds > SLOW * result->fastest_seconds)) return false;
    (void)snprintf(text, size, "rank %zu (%s) computed %.2f s, the fastest %.2f s%s", result->slowest_rank,
                   clmlp_ranks_host(config->ranks, result->slowest_rank), result->slowest_seconds,
                   result->fastest_seconds,
                   result->shared_by_speed || config->shares != NULL ? "" : " (--shares speed shares by that)");
    return true;
}

void clmlp_cli_print_ranks(const clmlp_train_config *config, const clmlp_train_result *result,
                           const clmlp_cli_shares_told *told)
{
    char text[1024];
    if (clmlp_cli_ranks_text(config, result, text, sizeof text)) clmlp_cli_out("%s\n", text);
    if (told->last.count > 0 && result->shared_by_speed) {
        clmlp_cli_shares_text(&told->last, text, sizeof text);
        clmlp_cli_out("shares in the end, of a batch of %zu: %s\n", told->last.M, text);
    }
    if (clmlp_cli_slow_rank_text(config, result, text, sizeof text)) clmlp_cli_out("slow: %s\n", text);
}

void clmlp_cli_json_ranks(cJSON *object, const clmlp_train_config *config, const clmlp_train_result *result,
                          const clmlp_cli_shares_told *told)
{
    if (result->ranks <= 1) return;
    cJSON *const ranks = cJSON_AddObjectToObject(object, "ranks");
    if (ranks == NULL) return;
    (void)cJSON_AddNumberToObject(ranks, "count", (double)result->ranks);
    (void)clmlp_cli_json_put(ranks, "library", clmlp_cli_json_text(clmlp_ranks_library(config->ranks)));
    (void)cJSON_AddBoolToObject(ranks, "shared_by_speed", result->shared_by_speed);
    if (told->last.count > 0) {
        (void)clmlp_cli_json_put(ranks, "shares", cJSON_CreateDoubleArray(told->last.of, (int)told->last.count));
    }
    (void)cJSON_AddNumberToObject(ranks, "part_steps", (double)result->part_steps);
    (void)cJSON_AddNumberToObject(ranks, "part_seconds", result->part_seconds);
    (void)cJSON_AddNumberToObject(ranks, "exchange_seconds", result->exchange_seconds);
    (void)cJSON_AddNumberToObject(ranks, "exchange_bytes", result->exchange_bytes);
    (void)cJSON_AddNumberToObject(ranks, "slowest", (double)result->slowest_rank);
    (void)cJSON_AddNumberToObject(ranks, "slowest_seconds", result->slowest_seconds);
    (void)cJSON_AddNumberToObject(ranks, "fastest_seconds", result->fastest_seconds);
    (void)clmlp_cli_json_put(ranks, "slowest_host",
                             clmlp_cli_json_text(clmlp_ranks_host(config->ranks, result->slowest_rank)));
}
