/* tuning.h - what the parts of clmlp_tune share. */
#ifndef CLMLP_BENCH_TUNING_H
#define CLMLP_BENCH_TUNING_H

#include "bench/decide.h"
#include "bench/tune.h"

typedef struct clmlp_tuning {
    clmlp_device_options where;
    clmlp_tune_config config;
    const clmlp_tune_stopwatch *stopwatch; /* NULL: time is taken */
    clmlp_tune_result *result;
    clmlp_model *models[CLMLP_TUNE_NETWORKS];
    clmlp_device *devices[CLMLP_TUNE_CANDIDATES]; /* of the candidates; NULL: not open */
    size_t first[CLMLP_ENGINE_COUNT], end[CLMLP_ENGINE_COUNT]; /* the candidates of each engine: first to end - 1 */
} clmlp_tuning;

/* --- tune_candidates.c --- */

/* Tell who listens; CLMLP_INTERRUPTED where that was asked for. */
clmlp_status clmlp_tuning_say(const clmlp_tuning *t, clmlp_error *error, const char *what, const char *detail);

/* List the candidates of an engine, behind those that are there. */
clmlp_status clmlp_tuning_list(clmlp_tuning *t, clmlp_engine engine, clmlp_error *error);
clmlp_status clmlp_tuning_open(clmlp_tuning *t, size_t i, clmlp_error *error);
/* Open a candidate and check its results; rejected, and closed, where that fails. */
clmlp_status clmlp_tuning_validate(clmlp_tuning *t, size_t i, clmlp_error *error);
void clmlp_tuning_close(clmlp_tuning *t, size_t except); /* all but one */

/* --- tune_speed.c --- */

/* Candidates that were timed in turn: columns of the rounds of each network. */
typedef struct clmlp_tune_times {
    size_t members[CLMLP_TUNE_CANDIDATES], count;
    clmlp_rounds rounds[CLMLP_TUNE_NETWORKS];
    size_t networks;
    double others;  /* processors that other programs kept busy, the most over the networks */
    bool is_loaded; /* so many that times say little */
} clmlp_tune_times;

/* Steps of all networks on the open devices of members [count], each comparison at so much risk: who listens is told
 * before the rounds where they will be too few. Release it also after an error. */
clmlp_status clmlp_tuning_time(const clmlp_tuning *t, const size_t *members, size_t count, double risk,
                               clmlp_tune_times *times, clmlp_error *error);
void clmlp_tune_times_release(clmlp_tune_times *times);

/* Rounds that all networks have. */
size_t clmlp_tune_rounds(const clmlp_tune_times *times);

/* Median milliseconds of a step of network n. */
clmlp_status clmlp_tune_median(const clmlp_tune_times *times, size_t n, size_t column, double *median,
                               clmlp_error *error);

enum { CLMLP_ALL_NETWORKS = CLMLP_TUNE_NETWORKS, CLMLP_NO_COLUMN = CLMLP_TUNE_CANDIDATES };

/* How many times as fast as column `base` a column is on network n, or in the geometric mean over all of them, taken in
 * each round. base CLMLP_NO_COLUMN: steps in a millisecond. */
clmlp_status clmlp_tune_speed(const clmlp_tune_times *times, size_t n, size_t column, size_t base, double risk,
                              clmlp_interval *speed, clmlp_error *error);

/* --- tune_plan.c --- */

/* The risk of each of so many comparisons, so that all together have that of the configuration. */
double clmlp_tune_risk_of(const clmlp_tuning *t, size_t comparisons);

/* Tell who listens how long it will take, once the candidates are listed, and whether that is too short to decide. */
void clmlp_tuning_plan(const clmlp_tuning *t);

/* The same of a network that is warmed up: so many rounds of so many seconds of candidates [count]. */
void clmlp_tuning_plan_rounds(const clmlp_tuning *t, size_t network, size_t count, size_t rounds, double seconds,
                              double risk);

/* --- tune_engines.c --- */

/* *best: the candidate that is taken from now on; CLMLP_TUNE_CANDIDATES: all are rejected, or it was not decided.
 * *reference: one to measure others by, which stays open; CLMLP_TUNE_CANDIDATES: all are rejected. */
clmlp_status clmlp_tune_native(clmlp_tuning *t, size_t *best, size_t *reference, clmlp_error *error);

/* CLBlast's parameters hold for the whole process, and changing them has it build anew: one after the other, its own
 * first, to which there is no way back; each in turn with the reference. own: times of the first; the caller releases
 * them, also after an error. */
clmlp_status clmlp_tune_clblast(clmlp_tuning *t, size_t reference, size_t *best, clmlp_tune_times *own,
                                clmlp_error *error);

/* The best of each engine against each other. CLBlast's own parameters can only stand in it where no others were set,
 * so its times are those that it had beside the reference then. */
clmlp_status clmlp_tune_engines(clmlp_tuning *t, size_t native, size_t clblast, const clmlp_tune_times *own,
                                clmlp_error *error);

/* --- tune_keep.c --- */

/* Store what was decided. */
void clmlp_tuning_keep(clmlp_tune_result *result);

#endif
