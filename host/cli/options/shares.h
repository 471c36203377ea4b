/* shares.h - how ranks share each batch, as --shares says it. */
#ifndef CLMLP_CLI_SHARES_H
#define CLMLP_CLI_SHARES_H

#include <stdbool.h>

#include <clmlp/train.h>

#include "options/option_types.h"

enum { CLMLP_CLI_MAX_RANKS = 4096 };

typedef struct clmlp_cli_shares {
    clmlp_sharing_by by;
    size_t count;  /* of weights; 0: it is a word */
    double *of;    /* [count]: static, until the next one is read */
    bool given;
} clmlp_cli_shares;

extern const clmlp_cli_type clmlp_cli_shares_type; /* clmlp_cli_shares: auto, equal, speed, or W,W,... */

#define CLMLP_CLI_SHARES_ROW(o)                                                                                        \
    {"shares", &clmlp_cli_shares_type, &(o), "auto|equal|speed|W,W,...",                                               \
     "how processes (mpirun -n N clmlp train ...) share each batch: equally; by speed, measured anew after each "      \
     "epoch, so that last digits differ from run to run; by a weight for each rank; or auto: by speed where their "    \
     "devices are unlike, else equally (docs/cluster.md)", NULL, &(o).given}

extern const clmlp_cli_type clmlp_cli_gradients_type; /* bool: bf16 */

#define CLMLP_CLI_GRADIENTS_ROW(is_short)                                                                              \
    {"gradients", &clmlp_cli_gradients_type, &(is_short), "NAME",                                                      \
     "how gradients go between several processes: whole, or bf16, in 16 bits, with what rounding takes away added in " \
     "the next step: half the bytes, and nearly the same training (docs/cluster.md)", NULL, NULL}

/* Into the configuration of a training of `count` ranks. NULL, or what is wrong: how many weights there are. */
const char *clmlp_cli_shares_use(const clmlp_cli_shares *shares, size_t count, clmlp_train_config *config, char *text,
                                 size_t size);

#endif
