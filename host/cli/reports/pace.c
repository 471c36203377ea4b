/* pace.c - how long a training will still take, from how long its epochs took. */
#include "reports/pace.h"

#include <math.h>
#include <stdbool.h>

static const double MUCH_LONGER = 4.0;

void clmlp_cli_pace_inside(clmlp_cli_pace *pace, double share, double now)
{
    if (pace->done == 0 && !(pace->heard > 0.0)) {
        pace->heard = share;
        pace->heard_at = now;
    }
    pace->share = share;
    pace->share_at = now;
}

void clmlp_cli_pace_epoch(clmlp_cli_pace *pace, double now)
{
    if (pace->done == 0) {
        pace->mean = now - pace->heard_at; /* that of the first, until there is a better one */
    } else {
        pace->mean += (now - pace->last_end - pace->mean) * 2.0 / (double)(pace->done + 1);
    }
    pace->done++;
    pace->last_end = now;
    pace->share = 0.0;
}

/* Seconds of an epoch that is still to come; NaN: not known. */
static double epoch_seconds(const clmlp_cli_pace *pace)
{
    if (pace->done > 1) return pace->mean;
    const double share = pace->done == 1 ? 1.0 : pace->share, took = pace->done == 1 ? pace->mean
                                                                                   : pace->share_at - pace->heard_at;
    const bool is_known = pace->heard > 0.0 && pace->heard < 0.5 && share > pace->heard &&
                          took > MUCH_LONGER * (pace->heard_at - pace->began);
    return is_known ? took / (share - pace->heard) : (double)NAN;
}

double clmlp_cli_pace_left(const clmlp_cli_pace *pace, double now)
{
    const double epoch = epoch_seconds(pace), to_come = (double)(pace->epochs - pace->done);
    if (pace->done >= pace->epochs) return 0.0;
    /* of the first epoch only its steps tell how far it is; later ones are as long as those before */
    const double left = pace->done == 0 ? epoch * (to_come - pace->share) - (now - pace->share_at)
                                        : epoch * to_come - (now - pace->last_end);
    const double others = epoch * (to_come - 1.0); /* those behind the one under way, which may take longer */
    return isnan(left) || left > others ? left : others;
}
