/* foreign.h - files of other programs that are no data for clmlp, known by their first bytes. */
#ifndef CLMLP_DATA_READERS_FOREIGN_H
#define CLMLP_DATA_READERS_FOREIGN_H

#include "data/readers/input.h"

/* CLMLP_BAD_INPUT where a file, open at its start, is of a kind that is known and not read: Parquet, Excel, JSON, xz
 * and so on. The message says which, and the command that makes something of it that is read. No such file is taken
 * for text in silence, whatever its name is.
 *   texts  what is text, too, such as JSON, or what begins with letters, such as PDF; false: whoever asked for CSV
 *          gets it */
clmlp_status clmlp_refuse_foreign(const clmlp_input *input, bool texts, clmlp_error *error);

/* What a file is that begins so: "a Parquet file", "text", ...; NULL: it is not known. */
const char *clmlp_foreign_name(const char *bytes, size_t size);

#endif
