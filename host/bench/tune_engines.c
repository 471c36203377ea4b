/* tune_engines.c - the fastest candidate of each engine, and then of the two, where noise does not hide it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/tuning.h"

/* --- choosing -------------------------------------------------------------------------------------------- */

/* Why times decide nothing at all; false: they may. */
static bool say_nothing(const clmlp_tuning *t, const clmlp_tune_times *times, double risk, char *doubt)
{
    const size_t rounds = clmlp_tune_rounds(times), needed = clmlp_rounds_needed(risk);
    if (rounds < needed) {
        (void)snprintf(doubt, CLMLP_TUNE_DOUBT, "%zu rounds are too few (%zu are needed)", rounds, needed);
        return true;
    }
    if (!times->is_loaded || t->config.risk >= 1.0) return false;
    (void)snprintf(doubt, CLMLP_TUNE_DOUBT, "other programs kept %.1f of %u processors busy", times->others,
                   t->result->device.compute_units);
    return true;
}

/* Take the best of candidates first .. end - 1, whose speeds beside `base` are known, or none; CLMLP_TUNE_CANDIDATES.
 * Where what the engine takes by itself is wrong on this device, anything right is better. */
static size_t take_best(clmlp_tuning *t, clmlp_engine engine, size_t first, size_t end, size_t base, bool is_mute,
                        size_t rounds)
{
    clmlp_tune_candidate *const list = t->result->candidates;
    clmlp_interval speeds[CLMLP_TUNE_CANDIDATES];
    bool valid[CLMLP_TUNE_CANDIDATES];
    char *const doubt = t->result->doubt[engine];
    size_t doubtful = 0;
    for (size_t i = first; i < end; i++) {
        valid[i - first] = !list[i].rejected;
        speeds[i - first] = (clmlp_interval){list[i].least_speed, list[i].speed, list[i].most_speed};
    }
    size_t best = first + clmlp_decide(speeds, valid, end - first, base - first, &doubtful);
    if (!is_mute && doubtful < end - first) {
        const clmlp_tune_candidate *const c = &list[first + doubtful];
        (void)snprintf(doubt, CLMLP_TUNE_DOUBT, "%s may be %.2f to %.2f times as fast as %s, after %zu rounds",
                       c->tiles, c->least_speed, c->most_speed, list[base].tiles, rounds);
    }
    if (doubt[0] != '\0') {
        if (list[base].untuned) return CLMLP_TUNE_CANDIDATES;
        doubt[0] = '\0';
        best = base;
    }
    list[best].best = true;
    return best;
}

static size_t first_valid(const clmlp_tuning *t, size_t first, size_t end)
{
    while (first < end && t->result->candidates[first].rejected) first++;
    return first;
}

static void set_speed(clmlp_tune_candidate *c, const clmlp_interval *speed)
{
    c->least_speed = speed->low;
    c->speed = speed->middle;
    c->most_speed = speed->high;
}

static clmlp_status set_medians(clmlp_tuning *t, const clmlp_tune_times *times, size_t column, clmlp_error *error)
{
    clmlp_tune_candidate *const c = &t->result->candidates[times->members[column]];
    for (size_t n = 0; n < times->networks; n++) {
        TRY(clmlp_tune_median(times, n, column, &c->milliseconds[n], error));
    }
    return CLMLP_OK;
}

/* All candidates are open at a time. */
clmlp_status clmlp_tune_native(clmlp_tuning *t, size_t *best, size_t *reference, clmlp_error *error)
{
    const size_t first = t->first[CLMLP_ENGINE_NATIVE], end = t->end[CLMLP_ENGINE_NATIVE];
    size_t members[CLMLP_TUNE_CANDIDATES], count = 0;
    clmlp_tune_times times = {.count = 0};
    clmlp_status status = CLMLP_OK;
    for (size_t i = first; i < end; i++) {
        TRY(clmlp_tuning_validate(t, i, error));
        if (!t->result->candidates[i].rejected) members[count++] = i;
    }
    if (count == 0) return CLMLP_OK;
    const double risk = clmlp_tune_risk_of(t, count - 1);
    TRY_CLEANUP(clmlp_tuning_time(t, members, count, risk, &times, error));
    for (size_t k = 0; k < count; k++) {
        clmlp_interval speed;
        TRY_CLEANUP(set_medians(t, &times, k, error));
        TRY_CLEANUP(clmlp_tune_speed(&times, CLMLP_ALL_NETWORKS, k, 0, risk, &speed, error));
        set_speed(&t->result->candidates[members[k]], &speed);
    }
    const bool is_mute = say_nothing(t, &times, risk, t->result->doubt[CLMLP_ENGINE_NATIVE]);
    *best = take_best(t, CLMLP_ENGINE_NATIVE, first, end, members[0], is_mute, clmlp_tune_rounds(&times));
    *reference = *best < CLMLP_TUNE_CANDIDATES ? *best : members[0];
cleanup:
    clmlp_tune_times_release(&times);
    return status;
}

/* One candidate of CLBlast, in turn with the reference where there is one; its speed is beside that, and the other's
 * column is the first. */
static clmlp_status time_clblast(clmlp_tuning *t, size_t reference, size_t i, double risk, clmlp_tune_times *times,
                                 clmlp_error *error)
{
    const bool paired = reference < CLMLP_TUNE_CANDIDATES;
    const size_t members[] = {paired ? reference : i, i}, column = paired ? 1 : 0;
    clmlp_interval speed;
    TRY(clmlp_tuning_time(t, members, column + 1, risk, times, error));
    TRY(set_medians(t, times, column, error));
    TRY(clmlp_tune_speed(times, CLMLP_ALL_NETWORKS, column, paired ? 0 : CLMLP_NO_COLUMN, risk, &speed, error));
    set_speed(&t->result->candidates[i], &speed);
    (void)say_nothing(t, times, risk, t->result->doubt[CLMLP_ENGINE_CLBLAST]);
    return CLMLP_OK;
}

/* Speeds beside the first, where each is beside the same third: both intervals hold at once. */
static void compare_with(clmlp_tuning *t, size_t first, size_t end)
{
    const clmlp_tune_candidate base = t->result->candidates[first];
    for (size_t i = first; i < end; i++) {
        clmlp_tune_candidate *const c = &t->result->candidates[i];
        const clmlp_interval speed = {c->least_speed / base.most_speed, c->speed / base.speed,
                                      c->most_speed / base.least_speed};
        const clmlp_interval same = {1.0, 1.0, 1.0};
        set_speed(c, i == first ? &same : &speed);
    }
}

clmlp_status clmlp_tune_clblast(clmlp_tuning *t, size_t reference, size_t *best, clmlp_tune_times *own,
                                 clmlp_error *error)
{
    const size_t first = t->first[CLMLP_ENGINE_CLBLAST], end = t->end[CLMLP_ENGINE_CLBLAST];
    size_t rounds = 0;
    clmlp_tune_times times = {.count = 0};
    clmlp_status status = CLMLP_OK;
    const double risk = clmlp_tune_risk_of(t, 2 * (end - first - 1));
    for (size_t i = first; i < end; i++) {
        TRY_CLEANUP(clmlp_tuning_validate(t, i, error));
        clmlp_tune_times *const to = i == first ? own : &times;
        if (!t->result->candidates[i].rejected) TRY_CLEANUP(time_clblast(t, reference, i, risk, to, error));
        if (to->count > 0 && (rounds == 0 || clmlp_tune_rounds(to) < rounds)) rounds = clmlp_tune_rounds(to);
        clmlp_device_close(t->devices[i]);
        t->devices[i] = NULL;
        clmlp_tune_times_release(&times);
    }
    const size_t base = first_valid(t, first, end);
    if (base == end) return CLMLP_OK;
    compare_with(t, base, end);
    const bool is_mute = t->result->doubt[CLMLP_ENGINE_CLBLAST][0] != '\0';
    *best = take_best(t, CLMLP_ENGINE_CLBLAST, first, end, base, is_mute, rounds);
cleanup:
    clmlp_tune_times_release(&times);
    return status;
}

/* The engine that CLBlast's speed beside native asks for; AUTO: undecided. What `auto` takes untuned stays in a tie. */
static clmlp_engine engine_of(const clmlp_tuning *t, clmlp_interval clblast)
{
    const bool on_cpu = strcmp(t->result->device.type, "CPU") == 0;
    const clmlp_interval native = {1.0 / clblast.high, 1.0 / clblast.middle, 1.0 / clblast.low};
    switch (clmlp_speed_finding(on_cpu ? &clblast : &native)) {
    case CLMLP_FASTER: return on_cpu ? CLMLP_ENGINE_CLBLAST : CLMLP_ENGINE_NATIVE;
    case CLMLP_NOT_FASTER: return on_cpu ? CLMLP_ENGINE_NATIVE : CLMLP_ENGINE_CLBLAST;
    case CLMLP_UNDECIDED: break;
    }
    return CLMLP_ENGINE_AUTO;
}

/* Native in column 0, CLBlast in column 1. */
static clmlp_status judge_duel(clmlp_tuning *t, const clmlp_tune_times *times, clmlp_error *error)
{
    clmlp_tune_duel *const duel = &t->result->duel;
    char *const doubt = t->result->doubt[CLMLP_ENGINE_AUTO];
    const double risk = clmlp_tune_risk_of(t, times->networks + 1);
    clmlp_interval speed;
    const bool is_mute = say_nothing(t, times, risk, doubt);
    for (size_t n = 0; n < times->networks; n++) {
        TRY(clmlp_tune_median(times, n, 0, &duel->native[n], error));
        TRY(clmlp_tune_median(times, n, 1, &duel->clblast[n], error));
        TRY(clmlp_tune_speed(times, n, 1, 0, risk, &speed, error));
        duel->winner[n] = is_mute ? CLMLP_ENGINE_AUTO : engine_of(t, speed);
    }
    TRY(clmlp_tune_speed(times, CLMLP_ALL_NETWORKS, 1, 0, risk, &speed, error));
    duel->held = true;
    duel->overall = is_mute ? CLMLP_ENGINE_AUTO : engine_of(t, speed);
    if (is_mute || duel->overall != CLMLP_ENGINE_AUTO) return CLMLP_OK;
    (void)snprintf(doubt, CLMLP_TUNE_DOUBT, "clblast may be %.2f to %.2f times as fast as native, after %zu rounds",
                   speed.low, speed.high, clmlp_tune_rounds(times));
    return CLMLP_OK;
}

clmlp_status clmlp_tune_engines(clmlp_tuning *t, size_t native, size_t clblast, const clmlp_tune_times *own,
                              clmlp_error *error)
{
    const size_t members[] = {native, clblast};
    clmlp_tune_times times = {.count = 0};
    clmlp_status status = CLMLP_OK;
    clmlp_tuning_close(t, native);
    if (t->result->candidates[clblast].untuned) return judge_duel(t, own, error);
    TRY(clmlp_tuning_open(t, clblast, error));
    const double risk = clmlp_tune_risk_of(t, t->result->network_count + 1);
    TRY_CLEANUP(clmlp_tuning_time(t, members, 2, risk, &times, error));
    TRY_CLEANUP(judge_duel(t, &times, error));
cleanup:
    clmlp_tune_times_release(&times);
    return status;
}
