/* tune.h - the fastest way for a device, found by trying: tile sizes of the engine native, parameter sets for
 * CLBlast, and which of the two. What wins is stored for the user (in the folder that docs/devices.md names) and taken
 * by every later clmlp_device_open of that device, driver, precision and version of clmlp.
 *
 * A candidate is first checked: z, delta, the gradient and the step on a few awkward sizes, element by element
 * against the CPU path in double, within the bound gamma_n sum |a||b|. One that does not build, or is wrong, is
 * rejected. The others are timed in rounds: a block of training steps of each, in a random order. What the engine
 * takes by itself stays, unless another one is faster beyond noise: the interval that holds the median of its speeds
 * in the rounds lies above 1.02. Where noise hides a gain of 5 % or more, or other programs kept a tenth of the
 * processors of a CPU device busy, nothing is decided and nothing stored.
 *
 * Threads: any; it opens devices of its own. An open device that computes with CLBlast on the same hardware keeps it
 * from trying other parameters (device.h, `tiles`). Callbacks come on the thread that called.
 */
#ifndef CLMLP_TUNE_H
#define CLMLP_TUNE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/cancel.h"
#include "clmlp/device.h"
#include "clmlp/export.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CLMLP_TUNE_LAYERS = 64,
    CLMLP_TUNE_NETWORKS = 8,
    CLMLP_TUNE_CANDIDATES = 24,
    CLMLP_TUNE_REASON = 512,
    CLMLP_TUNE_SHAPE = 1024
};

#define CLMLP_TUNE_RISK 0.01 /* the default */

/* A network, and the batch that it is trained with. */
typedef struct clmlp_tune_network {
    size_t layers;                   /* 2 to 64 */
    size_t units[CLMLP_TUNE_LAYERS]; /* of each, input and output included */
    size_t batch;
    bool full_batch;                 /* that is all the data, as in clmlp_bench_config */
} clmlp_tune_network;

/* A callback: a function, NULL for none, and what it is given. It is called on the thread that tunes. */
typedef struct clmlp_on_work {
    void (*function)(const char *what, void *context);
    void *context;
} clmlp_on_work;

typedef struct clmlp_tune_config {
    size_t size; /* sizeof of this struct; see clmlp.h */
    clmlp_engine engine; /* whose candidates to try; AUTO: both engines, and then one against the other */
    double seconds;      /* to time each candidate for, on each network */
    uint64_t seed;       /* of theta and the random examples */
    bool keep;           /* store what wins */
    const clmlp_tune_network *networks; /* NULL: 64-25-10 at 1437, 784-128-10 at 32, 784-512-10 at 128 */
    size_t network_count;               /* 1 to 8 */
    clmlp_on_work on_work;      /* before each part of the work */
    const clmlp_cancel *cancel; /* looked at before each part, and between repetitions; NULL: none. Borrowed */
    /* The probability that noise passes for a gain, of all comparisons of a choice together, 0 to 1; 0: 0.01. 1: the
     * fastest median wins, whatever the noise. */
    double risk;
} clmlp_tune_config;

/* Both engines, 0.5 s, seed 1, kept, the standard networks, a risk of 0.01. */
CLMLP_API void clmlp_tune_config_init(clmlp_tune_config *config, size_t size);
static inline clmlp_tune_config clmlp_tune_config_default(void)
{
    clmlp_tune_config config;
    clmlp_tune_config_init(&config, sizeof config);
    return config;
}

typedef struct clmlp_tune_candidate {
    clmlp_engine engine;
    char tiles[CLMLP_TILES_LENGTH];
    bool untuned;  /* what the engine takes by itself */
    bool rejected;
    char reason[CLMLP_TUNE_REASON]; /* why; "" unless rejected */
    double milliseconds[CLMLP_TUNE_NETWORKS]; /* median of a step; NaN: not timed */
    double speed;  /* how many times as fast as the engine's first valid candidate, in the geometric mean over the
                      networks; the median of the rounds; NaN */
    bool best;     /* of its engine; none: not decided */
    double least_speed, most_speed; /* the interval that holds the true median; 0 to infinity: too few rounds */
} clmlp_tune_candidate;

/* Best against best, in rounds. */
typedef struct clmlp_tune_duel {
    bool held;
    double native[CLMLP_TUNE_NETWORKS], clblast[CLMLP_TUNE_NETWORKS]; /* milliseconds */
    clmlp_engine winner[CLMLP_TUNE_NETWORKS]; /* AUTO: not decided */
    clmlp_engine overall; /* AUTO: not decided, or not held */
} clmlp_tune_duel;

/* What came of it; opaque. */
typedef struct clmlp_tune_result clmlp_tune_result;

/*   where   spec, precision and memory_limit count; the rest is what is searched for
 *   config  NULL: the defaults
 *   out     receives the result on success and is left alone on failure; the caller destroys it
 * Where all candidates of an engine are rejected, or noise hides which is the fastest, nothing is stored for it; that
 * is not an error. Where what the engine takes by itself is rejected, the first right one is stored in that case.
 * Errors: CLMLP_BAD_ARGUMENT (the configuration; the CPU path, which has nothing to choose), CLMLP_NO_DEVICE,
 * CLMLP_OUT_OF_MEMORY, CLMLP_INTERRUPTED. */
CLMLP_API clmlp_status clmlp_tune(const clmlp_device_options *where, const clmlp_tune_config *config,
                                  clmlp_tune_result **out, clmlp_error *error);
CLMLP_API void clmlp_tune_result_destroy(clmlp_tune_result *result); /* NULL is fine */

/* Its parts, owned by the result; of NULL, and beyond the counts: 0, false, NULL. */
CLMLP_API const clmlp_device_info *clmlp_tune_result_device(const clmlp_tune_result *result);
CLMLP_API clmlp_precision clmlp_tune_result_precision(const clmlp_tune_result *result); /* of NULL: the _COUNT */
CLMLP_API size_t clmlp_tune_result_network_count(const clmlp_tune_result *result);
CLMLP_API const clmlp_tune_network *clmlp_tune_result_network(const clmlp_tune_result *result, size_t n);
CLMLP_API const char *clmlp_tune_result_shape(const clmlp_tune_result *result, size_t n); /* "784-512-10@128" */
CLMLP_API size_t clmlp_tune_result_count(const clmlp_tune_result *result); /* of candidates */
CLMLP_API size_t clmlp_tune_result_rejected(const clmlp_tune_result *result);
CLMLP_API const clmlp_tune_candidate *clmlp_tune_result_candidate(const clmlp_tune_result *result, size_t i);
CLMLP_API const clmlp_tune_duel *clmlp_tune_result_duel(const clmlp_tune_result *result);
/* Why it was not decided which tiles of an engine are the fastest, or, for AUTO, which engine is; "": it was decided,
 * or not tried, or all are rejected. NULL: of NULL, or of what is no engine. */
CLMLP_API const char *clmlp_tune_result_doubt(const clmlp_tune_result *result, clmlp_engine choice);
/* Whether what won was stored; false also where there is no place to store it. */
CLMLP_API bool clmlp_tune_result_kept(const clmlp_tune_result *result);

/* "784-512-10@128", into text [size]. */
CLMLP_API void clmlp_tune_shape(const size_t *units, size_t layers, size_t batch, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
