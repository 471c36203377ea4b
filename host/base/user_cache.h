/* user_cache.h - results that are worth keeping from one run to the next, in a folder of the user's.
 *
 * The folder is $CLMLP_CACHE_DIR, else $XDG_CACHE_HOME/clmlp, else $HOME/.cache/clmlp, made (for the user
 * alone) when something is first written. CLMLP_CACHE_DIR set to nothing switches the cache off. A folder
 * that cannot be used is as good as none: whatever happens here, nothing is an error, and the only answer
 * is that there is no such entry.
 *
 * An entry is found by its kind, a short word ("program", "tuning"), and its key, any text that says all
 * that the content depends on. One file holds one entry:
 *     "clmlp-cache 1 KEY-LENGTH PAYLOAD-LENGTH CHECKSUM\n"  the three as 16 hexadecimal digits
 *     key, "\n", payload
 * Its name comes from a hash of the key; the key itself is compared, so that two keys of one hash, files
 * that are damaged or cut, and files of other programs are told apart from an entry, and overwritten.
 * Files are written beside their name and renamed: several processes may read and write at once.
 *
 * Entries may be code that will run. So folder and files must be this user's alone (base/trust.h): what is not is
 * neither read nor written. clmlp_user_cache_check says what is refused.
 */
#ifndef CLMLP_BASE_USER_CACHE_H
#define CLMLP_BASE_USER_CACHE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* The entries of one kind together take at most so many bytes: the ones longest unused go. */
enum { CLMLP_USER_CACHE_LIMIT = 64 << 20 };

/* The folder, whether it exists or not, released with free(); NULL: there is no cache. */
char *clmlp_user_cache_folder(void);

/* The file of an entry, whether it exists or not, released with free(); NULL: there is no cache. */
char *clmlp_user_cache_path(const char *kind, const char *key);

/* Look an entry up.
 *   kind     letters only
 *   payload  receives `size` bytes and a NUL behind them, released with free(); untouched on failure */
bool clmlp_user_cache_read(const char *kind, const char *key, void **payload, size_t *size);

/* Make or replace an entry. False when it could not be kept. */
bool clmlp_user_cache_write(const char *kind, const char *key, const void *payload, size_t size);

/* Whether something is refused. CLMLP_OK: nothing, or there is no cache. Errors: CLMLP_IO (what comes first, and
 * why). */
clmlp_status clmlp_user_cache_check(clmlp_error *error);

#endif
