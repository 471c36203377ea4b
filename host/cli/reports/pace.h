/* pace.h - how long a training will still take, from how long its epochs took. Times are seconds of one clock, given by
 * the caller. */
#ifndef CLMLP_CLI_PACE_H
#define CLMLP_CLI_PACE_H

#include <stddef.h>

/* All zero but for the first two. */
typedef struct clmlp_cli_pace {
    size_t epochs;             /* of the training */
    double began;              /* when its preparations did */
    size_t done;               /* epochs completed */
    double last_end;           /* when the last of them ended */
    double mean;               /* of those behind the first; the i-th has weight i, for the machine's speed may change */
    double heard_at, heard;    /* when the first epoch was first heard of, and the share of it that was done then */
    double share;              /* of the epoch under way */
    double share_at;           /* when that was */
} clmlp_cli_pace;

/* A share of epoch `done` + 1 is done. */
void clmlp_cli_pace_inside(clmlp_cli_pace *pace, double share, double now);

/* The next epoch is done, scores and all. */
void clmlp_cli_pace_epoch(clmlp_cli_pace *pace, double now);

/* Seconds from `now` to the end; NaN while nothing is known. An epoch is taken to be as long as those behind the first
 * one were in the mean, for the first one has a start-up. While there is none of them, the first one counts, from where
 * it was first heard of, once that is much longer than what was in front of it: else there may be start-up in it, too. */
double clmlp_cli_pace_left(const clmlp_cli_pace *pace, double now);

#endif
