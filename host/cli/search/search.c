/* search.c - the trials of a search, round after round: each is trained and judged, the best one's model kept. */
#include "search/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "search/keep.h"
#include "search/log.h"
#include "search/on_ranks.h"
#include "search/scratch.h"

/* --- the plan -------------------------------------------------------------------------------- */

/* The epochs of a round that has `behind` rounds behind it: a whole number, at least 1. */
static size_t epochs_of(const clmlp_cli_search_run *run, size_t behind)
{
    double epochs = (double)run->most_epochs;
    for (; behind > 0; behind--) epochs /= (double)run->keep_one_in;
    return epochs < 1.0 ? 1 : (size_t)rint(epochs);
}

/* How many of `count` settings go on into the next round. */
static size_t kept_of(const clmlp_cli_search_run *run, size_t count)
{
    return (count + run->keep_one_in - 1) / run->keep_one_in;
}

/* The rounds for `count` settings. One with the epochs of the round before would train the same models again: it is
 * left out, and the settings that it would have left out with it. */
static void plan_rounds(clmlp_cli_search_run *run, size_t count)
{
    size_t behind = 0;
    for (size_t n = count; run->halves && n > 1; n = kept_of(run, n)) behind++;
    run->rounds = run->count = 0;
    for (size_t before = 0, n = count;; n = kept_of(run, n), behind--) {
        const size_t epochs = run->halves ? epochs_of(run, behind) : 0;
        if (run->rounds == 0 || epochs != before) {
            run->plans[run->rounds++] = (clmlp_cli_round){n, epochs};
            run->count += n;
            before = epochs;
        }
        if (behind == 0) break;
    }
}

/* The places of later rounds are filled when it is known who goes on. */
bool clmlp_cli_search_begin(clmlp_cli_search_run *run, int *status)
{
    size_t *draws = NULL, first = 0;
    bool enough = clmlp_cli_draws(&run->plan.space, run->plan.seed, run->wanted, &draws, &first);
    if (enough) plan_rounds(run, first);
    if (enough) run->trials = calloc(run->count, sizeof *run->trials);
    enough = enough && run->trials != NULL;
    for (size_t i = 0; enough && i < first; i++) {
        run->trials[i] = (clmlp_cli_trial){.number = i + 1, .draw = draws[i], .round = 1,
                                           .epochs = run->plans[0].epochs,
                                           .value = (double)NAN, .cost = (double)NAN, .tie = (double)NAN,
                                           .seconds = (double)NAN};
    }
    free(draws);
    if (!enough) {
        clmlp_cli_error("not enough memory for the trials");
        *status = CLMLP_CLI_FAILED;
        return false;
    }
    if (first < run->wanted) clmlp_cli_note("there are only %zu different settings", first);
    run->wanted = first;
    run->best = run->count;
    return true;
}

static int compare(const void *left, const void *right)
{
    const clmlp_cli_trial *const a = left, *const b = right;
    return clmlp_cli_trial_better(a, b) ? -1 : clmlp_cli_trial_better(b, a) ? 1 : 0;
}

/* The best of a round, from 0, at trials + first, go on: into the places behind it, in the order of their numbers. */
static void choose_next_round(clmlp_cli_search_run *run, size_t first, size_t round)
{
    const size_t count = run->plans[round].count;
    clmlp_cli_trial *const places = run->trials + first + count;
    qsort(run->trials + first, count, sizeof *run->trials, compare);
    for (size_t i = 0; i < run->plans[round + 1].count; i++) {
        const clmlp_cli_trial *const from = &run->trials[first + i];
        places[i] = (clmlp_cli_trial){.number = from->number, .draw = from->draw, .round = from->round + 1,
                                      .epochs = run->plans[round + 1].epochs,
                                      .value = (double)NAN, .cost = (double)NAN, .tie = (double)NAN,
                                      .seconds = (double)NAN};
    }
}

/* --- trying -------------------------------------------------------------------------------- */

/* Train it. False: the search ends, with *status. */
static bool try_one(clmlp_cli_search_run *run, size_t index, int *status)
{
    clmlp_cli_trial *const trial = &run->trials[index];
    const char *const device = run->device_count > 0 ? run->devices[(trial->number - 1) % run->device_count] : NULL;
    const char *const complaint = clmlp_cli_trial_run(&run->plan, trial, device, run->path);
    return clmlp_cli_keep_trial(run, index, complaint, access(run->path, F_OK) == 0, status);
}

/* Every trial of a round that is not known from the log. */
static bool try_round(clmlp_cli_search_run *run, size_t first, size_t count, int *status)
{
    for (size_t i = first; i < first + count; i++) {
        const bool known = run->trials[i].done;
        if (known) {
            if (!clmlp_cli_keep_best(run, i, false, status)) return false;
        } else if (run->shared != NULL) {
            continue;
        } else if (clmlp_cancel_requested(run->plan.cancel)) {
            *status = CLMLP_CLI_INTERRUPTED;
            return false;
        } else if (!try_one(run, i, status)) {
            return false;
        }
        clmlp_cli_tell_trial(run, &run->trials[i], known ? ", from the log" : "");
        if (i == 0 && clmlp_cli_is_misuse(run, status)) return false;
    }
    return run->shared == NULL || clmlp_cli_try_on_ranks(run, first, count, status);
}

/* Train a trial of the log once more. Returns NULL, or why that could not be done. */
static const char *try_again(clmlp_cli_search_run *run, clmlp_cli_trial *again)
{
    if (run->shared != NULL) return clmlp_cli_try_again_on_ranks(run, again);
    const char *const device = run->device_count > 0 ? run->devices[(again->number - 1) % run->device_count] : NULL;
    return clmlp_cli_trial_run(&run->plan, again, device, run->path);
}

/* A search that goes on has the model of its best trial, unless that file is gone or of a trial before. */
static bool make_best_again(clmlp_cli_search_run *run, int *status)
{
    if (run->best == run->count || run->best_is_kept) return true;
    clmlp_cli_note("trial %zu is trained once more: its model is wanted, and the log has none",
                   run->trials[run->best].number);
    clmlp_cli_trial again = run->trials[run->best];
    const size_t index = run->best;
    const char *const complaint = try_again(run, &again);
    if (complaint != NULL || again.status != CLMLP_CLI_DONE) {
        clmlp_cli_error("trial %zu: %s", again.number, complaint != NULL ? complaint : again.message);
        *status = again.status == CLMLP_CLI_INTERRUPTED ? CLMLP_CLI_INTERRUPTED : CLMLP_CLI_FAILED;
        return false;
    }
    if (!(again.value == run->trials[index].value)) {
        clmlp_cli_error("trial %zu: found %s %.17g, expected %.17g as in the log: data or device have changed",
                        again.number, again.metric, again.value, run->trials[index].value);
        (void)remove(run->path);
        *status = CLMLP_CLI_FAILED;
        return false;
    }
    run->best = run->count;
    return clmlp_cli_keep_best(run, index, true, status);
}

/* Into the places of a round, what the log has of it; a log is read anew for each, as it is small. */
static int read_log(clmlp_cli_search_run *run, const char *search, size_t first, size_t count, size_t *known)
{
    if (run->log_path == NULL) return CLMLP_CLI_DONE;
    return clmlp_cli_log_open(&run->log, run->log_path, search, run->trials + first, count, known);
}

static int all_rounds(clmlp_cli_search_run *run, const char *description)
{
    size_t known = 0;
    int status = CLMLP_CLI_DONE;
    for (size_t first = 0, round = 0; round < run->rounds; first += run->plans[round++].count) {
        const size_t count = run->plans[round].count;
        status = read_log(run, description, first, count, &known);
        if (status != CLMLP_CLI_DONE) break;
        if (known > 0 && round == 0) {
            clmlp_cli_note("%zu trial%s known from %s", known, known == 1 ? " is" : "s are", run->log_path);
        }
        if (!try_round(run, first, count, &status)) break;
        if (round + 1 == run->rounds) (void)make_best_again(run, &status);
        else choose_next_round(run, first, round);
    }
    return status;
}

/* Several ranks try together; only rank 0 knows of rounds. */
static int all_on_ranks(clmlp_cli_search_run *run, const char *description)
{
    int status = CLMLP_CLI_DONE;
    if (!clmlp_cli_on_ranks_begin(run, description, &status)) return status;
    if (clmlp_ranks_rank(run->ranks) == 0) status = all_rounds(run, description);
    return clmlp_cli_on_ranks_end(run, status);
}

int clmlp_cli_search_all(clmlp_cli_search_run *run)
{
    char *const description = clmlp_cli_search_describe(run);
    const bool ready = description != NULL && clmlp_cli_scratch_make(run->path, sizeof run->path);
    int status = CLMLP_CLI_FAILED;
    if (clmlp_ranks_count(run->ranks) > 1) status = all_on_ranks(run, ready ? description : NULL);
    else if (ready) status = all_rounds(run, description);
    if (ready) clmlp_cli_scratch_remove(run->path);
    free(description);
    return status;
}

bool clmlp_cli_search_end(clmlp_cli_search_run *run)
{
    const bool written = run->log == NULL || fclose(run->log) == 0;
    run->log = NULL;
    free(run->trials);
    run->trials = NULL;
    return written;
}
