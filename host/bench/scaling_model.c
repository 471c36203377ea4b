/* scaling_model.c - what a step on many devices takes, by formula. Knows no device and no rank. */
#include "bench/scaling.h"

#include <math.h>

#include "backend/backend.h" /* clmlp_precision_size */
#include "base/argument.h"
#include "base/structure.h"
#include "model/model.h"

static const char *const names[] = {
#define SUMMING_NAME(name, text) text,
    CLMLP_SUMMING_LIST(SUMMING_NAME)
#undef SUMMING_NAME
};

const char *clmlp_summing_name(clmlp_summing way)
{
    return (unsigned)way < CLMLP_SUMMING_COUNT ? names[way] : "?";
}

/* --- one sum ---------------------------------------------------------------------------------------------- */

static bool is_cost(double value)
{
    return value >= 0.0 && isfinite(value);
}

static bool is_link(const clmlp_link *link)
{
    return is_cost(link->alpha) && is_cost(link->overhead) && link->overhead <= link->alpha && is_cost(link->beta) &&
           is_cost(link->gamma);
}

clmlp_sum_parts clmlp_ordered_parts(size_t ranks, double bytes)
{
    const double N = (double)ranks;
    if (bytes <= CLMLP_BENCH_ONE_ROUND) {
        return (clmlp_sum_parts){.alpha = 1.0, .overhead = N - 2.0, .beta = (N - 1.0) * bytes, .gamma = N * bytes};
    }
    return (clmlp_sum_parts){.alpha = 2.0, .overhead = 2.0 * (N - 2.0), .beta = 2.0 * (N - 1.0) / N * bytes,
                             .gamma = bytes};
}

static double ordered(size_t ranks, double bytes, const clmlp_link *link)
{
    const clmlp_sum_parts parts = clmlp_ordered_parts(ranks, bytes);
    return parts.alpha * link->alpha + parts.overhead * link->overhead + parts.beta * link->beta +
           parts.gamma * link->gamma;
}

static double ring(double N, double bytes, const clmlp_link *link)
{
    return (N - 1.0) * (2.0 * link->alpha + bytes / N * (2.0 * link->beta + link->gamma));
}

static double tree(size_t ranks, double bytes, const clmlp_link *link)
{
    const double message = link->alpha + bytes * link->beta, add = bytes * link->gamma;
    size_t power = 1;
    double rounds = 0.0;
    for (; power <= ranks / 2; power *= 2) rounds += 1.0;
    const double beyond = power < ranks ? 1.0 : 0.0;
    return (rounds + 2.0 * beyond) * message + (rounds + beyond) * add;
}

double clmlp_bench_sum_seconds(clmlp_summing way, size_t ranks, double bytes, const clmlp_link *link)
{
    if (ranks == 0 || link == NULL || !is_link(link) || !is_cost(bytes)) return (double)NAN;
    if ((unsigned)way < CLMLP_SUMMING_COUNT && ranks == 1) return 0.0;
    switch (way) {
    case CLMLP_SUMMING_ORDERED: return ordered(ranks, bytes, link);
    case CLMLP_SUMMING_RING: return ring((double)ranks, bytes, link);
    case CLMLP_SUMMING_TREE: return tree(ranks, bytes, link);
    case CLMLP_SUMMING_COUNT: break;
    }
    return (double)NAN;
}

/* --- the compute time of a share ---------------------------------------------------------------------------- */

double clmlp_time_of_share(const size_t *M, const double *seconds, size_t count, double share)
{
    const size_t last = count - 1;
    if (share <= (double)M[0]) return seconds[0];
    if (share >= (double)M[last]) return seconds[last] * share / (double)M[last];
    size_t i = 1;
    while (share > (double)M[i]) i++;
    const double part = (share - (double)M[i - 1]) / (double)(M[i] - M[i - 1]);
    return seconds[i - 1] + part * (seconds[i] - seconds[i - 1]);
}

/* --- a step ------------------------------------------------------------------------------------------------- */

/* Operations of the passes of one example: forward is all that stands before the first gradient. */
static double forward_work(const clmlp_model *model)
{
    double work = 0.0;
    for (size_t l = 1; l < model->L; l++) work += (double)model->s[l] * ((double)model->s[l - 1] + 1.0);
    return work;
}

/* What of a sum keeps nobody from sending the next. */
static double latency_of(const clmlp_bench_setting *setting, size_t ranks, double bytes)
{
    if (setting->way != CLMLP_SUMMING_ORDERED) return 0.0;
    return clmlp_ordered_parts(ranks, bytes).alpha * setting->link.alpha;
}

/* When the last sum is done, from the begin of the step. The backward pass ends at `compute`; *exchange: all sums. */
static double last_sum_done(const clmlp_bench_setting *setting, size_t ranks, double compute, double *exchange)
{
    const clmlp_model *const model = setting->model;
    const double size = (double)clmlp_precision_size(setting->precision), forward = forward_work(model);
    double all = 2.0 * forward, work = forward, waiting = 0.0, done = 0.0, sent = 0.0;
    *exchange = 0.0;
    for (size_t l = 2; l < model->L; l++) all += (double)model->s[l] * (double)model->s[l - 1];
    for (size_t l = model->L - 1; l >= 1; l--) {
        const double numbers = (double)model->s[l] * ((double)model->s[l - 1] + 1.0);
        work += numbers; /* gradient(l) */
        waiting += size * numbers;
        if (waiting >= setting->bucket || l == 1) {
            const double there = compute * work / all;
            const double sum = clmlp_bench_sum_seconds(setting->way, ranks, waiting, &setting->link);
            const double latency = latency_of(setting, ranks, waiting);
            sent = fmax(there, sent) + sum - latency;
            done = fmax(done, sent + latency);
            *exchange += sum;
            waiting = 0.0;
        }
        work += (double)model->s[l] * (double)model->s[l - 1]; /* delta(l), of no use for l = 1 */
    }
    return done;
}

static double alone(const clmlp_bench_shares *shares, double share)
{
    return clmlp_time_of_share(shares->M, shares->alone, shares->count, share);
}

static void predict(const clmlp_bench_setting *setting, size_t ranks, size_t M, clmlp_bench_prediction *p)
{
    const clmlp_bench_shares *const shares = setting->shares;
    const double share = ceil((double)M / (double)ranks), one = alone(shares, (double)M);
    double exposed = 0.0;
    p->exchange = 0.0;
    p->compute = one;
    if (ranks > 1) {
        p->compute = clmlp_time_of_share(shares->M, shares->shared, shares->count, share);
        const double update = fmin(shares->update, p->compute), passes = p->compute - update;
        exposed = last_sum_done(setting, ranks, passes, &p->exchange) - passes;
    }
    p->exposed = exposed;
    p->seconds = p->compute + exposed;
    p->speedup = one / p->seconds;
    p->efficiency = p->speedup / (double)ranks;
}

/* --- what is asked for --------------------------------------------------------------------------------------- */

void clmlp_bench_setting_init(clmlp_bench_setting *setting, size_t size)
{
    static const clmlp_bench_setting defaults = {.size = sizeof defaults, .precision = CLMLP_F32};
    clmlp_structure_init(setting, size, &defaults, sizeof defaults);
}

static clmlp_status check_shares(const clmlp_bench_shares *shares, clmlp_error *error)
{
    bool good = shares->count >= 1 && shares->count <= CLMLP_BENCH_SHARES && is_cost(shares->update);
    for (size_t i = 0; good && i < shares->count; i++) {
        good = shares->M[i] > (i > 0 ? shares->M[i - 1] : 0) && is_cost(shares->alone[i]) && shares->alone[i] > 0.0 &&
               is_cost(shares->shared[i]) && shares->shared[i] > 0.0;
    }
    if (good) return CLMLP_OK;
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                      "argument 'setting.shares': expected 1 to %d shares, ascending, with times > 0",
                      (int)CLMLP_BENCH_SHARES);
}

static clmlp_status take(clmlp_bench_setting *setting, clmlp_bench_shares *shares, const clmlp_bench_setting *given,
                         clmlp_error *error)
{
    REQUIRE(given != NULL, "setting");
    *setting = clmlp_bench_setting_default();
    TRY(clmlp_structure_take(setting, sizeof *setting, given, "setting", error));
    REQUIRE(setting->model != NULL, "setting.model");
    REQUIRE(setting->shares != NULL, "setting.shares");
    REQUIRE_CODE(setting->precision, CLMLP_PRECISION_COUNT, "setting.precision");
    REQUIRE_CODE(setting->way, CLMLP_SUMMING_COUNT, "setting.way");
    *shares = (clmlp_bench_shares){.size = sizeof *shares};
    TRY(clmlp_structure_take(shares, sizeof *shares, setting->shares, "setting.shares", error));
    setting->shares = shares;
    if (!is_link(&setting->link)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "argument 'setting.link': alpha %g, overhead %g, beta %g, gamma %g (expected finite numbers "
                          ">= 0, and overhead <= alpha)", setting->link.alpha, setting->link.overhead,
                          setting->link.beta, setting->link.gamma);
    }
    if (!(setting->bucket >= 0.0)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument 'setting.bucket': %g bytes (expected a number >= 0)",
                          setting->bucket);
    }
    return check_shares(shares, error);
}

clmlp_status clmlp_bench_predict(const clmlp_bench_setting *given, size_t ranks, size_t M,
                                 clmlp_bench_prediction *prediction, clmlp_error *error)
{
    clmlp_bench_setting setting;
    clmlp_bench_shares shares;
    clmlp_bench_prediction own = {.size = sizeof own};
    REQUIRE(prediction != NULL, "prediction");
    TRY(clmlp_structure_check(prediction, "prediction", error));
    TRY(take(&setting, &shares, given, error));
    if (ranks == 0 || M < ranks) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%zu ranks for a batch of %zu examples (expected 1 to %zu)", ranks,
                          M, M);
    }
    predict(&setting, ranks, M, &own);
    clmlp_structure_give(prediction, &own, sizeof own);
    return CLMLP_OK;
}

/* --- from which batch on -------------------------------------------------------------------------------------- */

static bool suffices(const clmlp_bench_setting *setting, size_t ranks, size_t share, double efficiency)
{
    clmlp_bench_prediction p;
    predict(setting, ranks, ranks * share, &p);
    return p.efficiency >= efficiency;
}

/* From the largest share down by halves to the first that is not enough: what was measured need not be monotone. Then
 * between the two. */
static size_t least_share(const clmlp_bench_setting *setting, size_t ranks, double efficiency)
{
    enum { MOST = 1 << 20 };
    size_t good = MOST, bad = 0;
    if (!suffices(setting, ranks, good, efficiency)) return 0;
    while (good > 1 && suffices(setting, ranks, good / 2, efficiency)) good /= 2;
    bad = good / 2;
    while (good - bad > 1) {
        const size_t middle = bad + (good - bad) / 2;
        if (suffices(setting, ranks, middle, efficiency)) good = middle;
        else bad = middle;
    }
    return good;
}

clmlp_status clmlp_bench_pays_from(const clmlp_bench_setting *given, size_t ranks, double efficiency, size_t *M,
                                   clmlp_error *error)
{
    enum { MOST_RANKS = 1 << 24 };
    clmlp_bench_setting setting;
    clmlp_bench_shares shares;
    REQUIRE(M != NULL, "M");
    TRY(take(&setting, &shares, given, error));
    if (ranks == 0 || ranks > MOST_RANKS) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%zu ranks (expected 1 to %d)", ranks, (int)MOST_RANKS);
    }
    if (!(efficiency > 0.0) || !isfinite(efficiency)) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "an efficiency of %g (expected a number > 0)", efficiency);
    }
    *M = ranks * least_share(&setting, ranks, efficiency);
    return CLMLP_OK;
}
