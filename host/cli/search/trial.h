/* trial.h - one trial of a search: settings, trained and scored on examples that were held out. */
#ifndef CLMLP_CLI_SEARCH_TRIAL_H
#define CLMLP_CLI_SEARCH_TRIAL_H

#include <clmlp/cancel.h>
#include <clmlp/metrics.h>

#include "search/space.h"

/* What was asked of all trials; texts are borrowed. */
typedef struct clmlp_cli_search_plan {
    const char *data;
    clmlp_cli_space space;
    uint64_t seed;
    bool adds_validation; /* nothing that holds examples out was given */
    const char *metric;   /* NULL: by what there is, see clmlp_cli_trial_run */
    bool same_cost;       /* the cost is the same function of predictions and targets in all trials */
    const clmlp_cancel *cancel;
} clmlp_cli_search_plan;

/* The fraction that is held out where nothing else is said. */
#define CLMLP_CLI_SEARCH_VALIDATION "0.2"

typedef struct clmlp_cli_trial {
    size_t number;  /* from 1 */
    size_t draw;    /* of the space */
    size_t round;   /* of successive halving, from 1; random search has one */
    size_t epochs;  /* 0: as the settings say */
    bool done;      /* what follows is known */
    int status;     /* exit status of clmlp train */
    char metric[32];/* name of what it is judged by; "" where it failed */
    double value;   /* of that metric; NaN: it failed, or the metric is undefined */
    double cost;    /* of the validation data; NaN with cross-validation */
    double tie;     /* decides between equal values: the cost where it is the same in all trials, else log_loss; NaN:
                       there is neither */
    double seconds; /* of the whole training */
    size_t trained; /* epochs that were made */
    char device[128];
    char message[256]; /* the last line of what went wrong; "" */
} clmlp_cli_trial;

/* What is judged by where nothing is said: the first that there is. */
enum { CLMLP_CLI_USUAL = 3 };
extern const clmlp_metric clmlp_cli_usual[CLMLP_CLI_USUAL];

/* "cost", or a metric's name. */
bool clmlp_cli_is_score(const char *name);

/* Whether trial a is better than b: a value before none, the better value, then the smaller `tie`, then the smaller
 * number. */
bool clmlp_cli_trial_better(const clmlp_cli_trial *a, const clmlp_cli_trial *b);

/* The settings of a trial, "rate 0.01, hidden 50", into text [size]. */
void clmlp_cli_trial_text(const clmlp_cli_search_plan *plan, const clmlp_cli_trial *trial, char *text, size_t size);

/* Words of a command line, each its own memory. */
typedef struct clmlp_cli_words {
    char **list; /* [count] */
    size_t count, room;
    bool failed;
} clmlp_cli_words;

/* "train", DATA and the options of a trial, for clmlp_cli_child_run; device and path as below. False: not enough
 * memory. Release *words in either case. */
bool clmlp_cli_trial_words(clmlp_cli_words *words, const clmlp_cli_search_plan *plan, const clmlp_cli_trial *trial,
                           const char *device, const char *path);
/* "train", DATA and the options that train with these settings on all rows, with the model in `path`; rows are held out
 * only where the settings need them, to stop early. False: not enough memory. Release *words in either case. */
bool clmlp_cli_final_words(clmlp_cli_words *words, const clmlp_cli_search_plan *plan, const clmlp_cli_trial *trial,
                           const char *path);
void clmlp_cli_words_free(clmlp_cli_words *words);

/* Train it, with its model in `path`, and fill it in. Judged by plan->metric, else by accuracy (classes), exact_match
 * (several labels) or rmse (numbers) of what was held out.
 *   device  what to say for --device; NULL: nothing
 * Returns NULL, or why no training could be run at all. */
const char *clmlp_cli_trial_run(const clmlp_cli_search_plan *plan, clmlp_cli_trial *trial, const char *device,
                                const char *path);

#endif
