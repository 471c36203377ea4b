/* ranks.c - what of a training is said of its ranks: how many, what the sums cost, and who was slow. */
#include "reports/ranks.h"

#include <stdio.h>

#include "json_memory.h"
#include "message.h"
#include "reports/report.h"

/* A rank that computes so much longer than the fastest holds the others up; below so many seconds it is not
 * told. */
static const double SLOW = 1.1, WORTH_TELLING = 0.1;

/* Of the time that training took. */
static double waiting_share(const clmlp_train_result *result)
{
    return result->seconds > 0.0 ? result->exchange_seconds / result->seconds : 0.0;
}

bool clmlp_cli_ranks_text(const clmlp_train_config *config, const clmlp_train_result *result, char *text, size_t size)
{
    if (result->ranks <= 1) return false;
    (void)snprintf(text, size, "%zu ranks by %s; rank 0 waited for sums %.1f %% of the time, and sent %.3g MB a step%s",
                   result->ranks, clmlp_ranks_library(config->ranks), 100.0 * waiting_share(result),
                   result->steps > 0 ? result->exchange_bytes / (double)result->steps / 1e6 : 0.0,
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

void clmlp_cli_print_ranks(const clmlp_train_config *config, const clmlp_train_result *result)
{
    char text[512];
    if (clmlp_cli_ranks_text(config, result, text, sizeof text)) clmlp_cli_out("%s\n", text);
    if (clmlp_cli_slow_rank_text(config, result, text, sizeof text)) clmlp_cli_out("slow: %s\n", text);
}

void clmlp_cli_json_ranks(cJSON *object, const clmlp_train_config *config, const clmlp_train_result *result)
{
    if (result->ranks <= 1) return;
    cJSON *const ranks = cJSON_AddObjectToObject(object, "ranks");
    if (ranks == NULL) return;
    (void)cJSON_AddNumberToObject(ranks, "count", (double)result->ranks);
    (void)clmlp_cli_json_put(ranks, "library", clmlp_cli_json_text(clmlp_ranks_library(config->ranks)));
    (void)cJSON_AddBoolToObject(ranks, "shared_by_speed", result->shared_by_speed);
    (void)cJSON_AddNumberToObject(ranks, "exchange_seconds", result->exchange_seconds);
    (void)cJSON_AddNumberToObject(ranks, "exchange_bytes", result->exchange_bytes);
    (void)cJSON_AddNumberToObject(ranks, "slowest", (double)result->slowest_rank);
    (void)cJSON_AddNumberToObject(ranks, "slowest_seconds", result->slowest_seconds);
    (void)cJSON_AddNumberToObject(ranks, "fastest_seconds", result->fastest_seconds);
    (void)clmlp_cli_json_put(ranks, "slowest_host",
                             clmlp_cli_json_text(clmlp_ranks_host(config->ranks, result->slowest_rank)));
}
