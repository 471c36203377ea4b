/* trust.h - whether a file or a folder can only come from this user. */
#ifndef CLMLP_BASE_TRUST_H
#define CLMLP_BASE_TRUST_H

#include <sys/stat.h>

#include "base/error.h"

/* Why an entry may come from somebody else: it is a link, belongs to another user (root, too), or its group or others
 * may write to it. NULL: it is this user's alone. An access control list that lets others write shows in the bits of
 * the group. */
const char *clmlp_distrust(const struct stat *entry);

/* Open a folder that is this user's alone. Folders above it are this user's or root's, and may be writable by a group
 * or by others only if they have the sticky bit, as /tmp has: else somebody could put another folder in its place.
 *   descriptor  receives it, to be closed by the caller; -1: there is no such folder, which is no error
 * Errors: CLMLP_IO (the folder, and why it is not trusted). */
clmlp_status clmlp_open_trusted_folder(int *descriptor, const char *path, clmlp_error *error);

#endif
