/* tune_plan.c - how long tuning will take, and whether that decides anything: what is known before it begins. */
#include <math.h>
#include <stdio.h>

#include "bench/tuning.h"

enum { LINE = CLMLP_TUNE_SHAPE + 512 };

double clmlp_tune_risk_of(const clmlp_tuning *t, size_t comparisons)
{
    return t->config.risk >= 1.0 ? 1.0 : t->config.risk / (double)(comparisons > 0 ? comparisons : 1);
}

static void tell(const clmlp_tuning *t, const char *line)
{
    if (t->config.on_work.function != NULL) t->config.on_work.function(line, t->config.on_work.context);
}

static size_t count_of(const clmlp_tuning *t, clmlp_engine engine)
{
    return t->end[engine] - t->first[engine];
}

/* The rounds that the strictest of the choices needs. */
static size_t rounds_needed(const clmlp_tuning *t)
{
    const size_t native = count_of(t, CLMLP_ENGINE_NATIVE), clblast = count_of(t, CLMLP_ENGINE_CLBLAST);
    size_t comparisons = 0;
    if (native > 1) comparisons = native - 1;
    if (clblast > 1 && 2 * (clblast - 1) > comparisons) comparisons = 2 * (clblast - 1);
    if (native > 0 && clblast > 0 && t->result->network_count + 1 > comparisons) {
        comparisons = t->result->network_count + 1;
    }
    return clmlp_rounds_needed(clmlp_tune_risk_of(t, comparisons));
}

/* Who is timed, as text, and how many times that is. */
static size_t say_who(const clmlp_tuning *t, char *text, size_t size)
{
    const size_t native = count_of(t, CLMLP_ENGINE_NATIVE), clblast = count_of(t, CLMLP_ENGINE_CLBLAST);
    if (native == 0 || clblast == 0) {
        (void)snprintf(text, size, "%zu candidates", native + clblast);
        return native + clblast;
    }
    (void)snprintf(text, size, "%zu candidates of native, %zu of clblast, each in turn with one of native, and the "
                   "best of both", native, clblast);
    return native + 2 * clblast + 2;
}

/* rounds: how many there will be, as text; seconds: for each candidate, that are enough. */
static void tell_too_few(const clmlp_tuning *t, const char *rounds, size_t needed, double seconds)
{
    char line[LINE];
    (void)snprintf(line, sizeof line, "%s are too few to decide at a risk of %g (%zu are needed): give each candidate "
                   "more time, --seconds %.1f or more", rounds, t->config.risk, needed, ceil(10.0 * seconds) / 10.0);
    tell(t, line);
}

void clmlp_tuning_plan(const clmlp_tuning *t)
{
    char who[256], line[LINE], total[32];
    double warm_up = 0.0, timed = 0.0;
    const size_t networks = t->result->network_count, needed = rounds_needed(t), times = say_who(t, who, sizeof who);
    const size_t most = clmlp_measure_plan(t->config.seconds, &warm_up, &timed);
    const double seconds = (double)(times * networks) * (warm_up + timed);
    if (seconds < 100.0) (void)snprintf(total, sizeof total, "%.2g s", seconds);
    else (void)snprintf(total, sizeof total, "%.0f min", ceil(seconds / 60.0));
    (void)snprintf(line, sizeof line, "timing will take about %s: %s, for %.4g s and %.4g s to warm up (--seconds), on "
                   "%zu network%s; building and checking them comes on top", total, who, timed, warm_up, networks,
                   networks == 1 ? "" : "s");
    tell(t, line);
    if (most >= needed) return;
    (void)snprintf(who, sizeof who, "%zu rounds at the most", most);
    /* a block may be twice as long as it has to be: the warm-up doubles */
    tell_too_few(t, who, needed, 2.0 * timed / (double)most * (double)needed);
}

void clmlp_tuning_plan_rounds(const clmlp_tuning *t, size_t network, size_t count, size_t rounds, double seconds,
                              double risk)
{
    char few[CLMLP_TUNE_SHAPE + 64];
    const size_t needed = clmlp_rounds_needed(risk);
    double warm_up = 0.0, timed = 0.0;
    if (rounds >= needed) return;
    if (clmlp_measure_plan(t->config.seconds, &warm_up, &timed) < needed) return; /* that was told */
    (void)snprintf(few, sizeof few, "%s: %zu rounds of about %.2g s", t->result->shapes[network], rounds, seconds);
    tell_too_few(t, few, needed, seconds * (double)needed / (double)count);
}
