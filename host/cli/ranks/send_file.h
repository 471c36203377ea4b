/* send_file.h - a file of one rank, copied to rank 0: their hosts need not share a folder. */
#ifndef CLMLP_CLI_RANKS_SEND_FILE_H
#define CLMLP_CLI_RANKS_SEND_FILE_H

#include <stdbool.h>

#include <clmlp/ranks.h>

enum { CLMLP_CLI_FILE_PIECE = 1 << 20 }; /* bytes that are sent at once */

/* `file` of rank `from` becomes `received` of rank 0, which renames it where it is its own. Collective.
 *   piece      [CLMLP_CLI_FILE_PIECE], to work in
 *   *has_file  whether that worked, the same on all ranks; else there is no file `received`
 * Errors: CLMLP_RANKS. */
clmlp_status clmlp_cli_send_file(clmlp_ranks *ranks, size_t from, const char *file, const char *received,
                                 unsigned char *piece, bool *has_file, clmlp_error *error);

#endif
