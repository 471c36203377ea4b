/* schedule.h - the learning rate from step to step.
 *
 * alpha is the rate that the user set, T the number of steps of the run (epochs times steps an epoch), t = 0 .. T - 1 the
 * step. W steps of warm-up come first, W < T. In them the rate is alpha t / W, which is linear from 0 (as
 * get_linear_schedule_with_warmup of Hugging Face's transformers). The schedule has the n = T - W steps that are left:
 * u = t - W is its step and p = u / n how much of it is done.
 *
 * r is the least rate, 0 <= r <= alpha. A schedule falls to r or, where it knows no end, never below r. d is its decay
 * and N its interval in steps; each has a default.
 *
 * Threads: any.
 */
#ifndef CLMLP_SCHEDULE_H
#define CLMLP_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>

#include "clmlp/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, text), the rate, and the source of its formula. torch is torch.optim.lr_scheduler, a step of it one of ours.
 *   constant     alpha
 *   step         max(r, alpha d^floor(u / N)); d 0.1, N a third of n (torch's StepLR: gamma = d, step_size = N)
 *   exponential  max(r, alpha d^(u / N)); d 0.1, N a third of n (torch's ExponentialLR: gamma = d^(1 / N))
 *   cosine       r + (alpha - r) (1 + cos(pi p)) / 2 (torch's CosineAnnealingLR: eta_min = r, T_max = n; Loshchilov and
 *                Hutter, "SGDR", 2017, without restarts)
 *   flat-cosine  alpha while p < 1/2, then r + (alpha - r) (1 + cos(pi (2p - 1))) / 2 (Holzmueller et al., "Better by
 *                Default", 2024: flat_cos)
 *   coslog4      r + (alpha - r) (1 - cos(2 pi log2(1 + 15 p))) / 2: four waves, each twice as long as the one before;
 *                begins with r (the same paper)
 *   inverse      max(r, alpha / (u + 1)^d); d 0.5 (scikit-learn's "invscaling": power_t = d)
 *   linear       alpha + (r - alpha) p (torch's LinearLR: start_factor = 1, end_factor = r / alpha, total_iters = n) */
#define CLMLP_SCHEDULE_LIST(X)      \
    X(CONSTANT, "constant")         \
    X(STEP, "step")                 \
    X(EXPONENTIAL, "exponential")   \
    X(COSINE, "cosine")             \
    X(FLAT_COSINE, "flat-cosine")   \
    X(COSLOG4, "coslog4")           \
    X(INVERSE, "inverse")           \
    X(LINEAR, "linear")

typedef enum clmlp_schedule {
#define CLMLP_SCHEDULE_ENUM(name, text) CLMLP_SCHEDULE_##name,
    CLMLP_SCHEDULE_LIST(CLMLP_SCHEDULE_ENUM)
#undef CLMLP_SCHEDULE_ENUM
    CLMLP_SCHEDULE_COUNT
} clmlp_schedule;

/* Name of a list entry, "?" outside the list; and back: false when there is no such name. */
CLMLP_API const char *clmlp_schedule_name(clmlp_schedule schedule);
CLMLP_API bool clmlp_schedule_parse(const char *name, clmlp_schedule *schedule);

/* Whether the schedule has a decay d, an interval N, and a least rate r. */
CLMLP_API bool clmlp_schedule_has_decay(clmlp_schedule schedule);
CLMLP_API bool clmlp_schedule_has_interval(clmlp_schedule schedule);
CLMLP_API bool clmlp_schedule_has_least(clmlp_schedule schedule);

/* A number of steps, or a share of all of them (0.05: 5 %), rounded to whole steps; one of the two is 0. */
typedef struct clmlp_span {
    size_t steps;
    double share;
} clmlp_span;

/* How the rate goes; all 0: it is constant. */
typedef struct clmlp_rate_schedule {
    clmlp_schedule kind;
    double min_rate;        /* r */
    clmlp_span warmup;      /* W */
    double decay;           /* d; 0: the default */
    clmlp_span decay_every; /* N; 0: the default */
} clmlp_rate_schedule;

/* What comes of it in a run of `steps` steps: W, N (0 for a schedule without) and d (the same). NULL: 0. */
CLMLP_API size_t clmlp_schedule_warmup(const clmlp_rate_schedule *schedule, size_t steps);
CLMLP_API size_t clmlp_schedule_interval(const clmlp_rate_schedule *schedule, size_t steps);
CLMLP_API double clmlp_schedule_decay(const clmlp_rate_schedule *schedule);

/* The rate of step t = 0 .. steps - 1, for a schedule that training takes (train.h). NaN behind the run's end, of NULL,
 * and for a schedule that is none. */
CLMLP_API double clmlp_schedule_rate(const clmlp_rate_schedule *schedule, double rate, size_t steps, size_t step);

#ifdef __cplusplus
}
#endif

#endif
