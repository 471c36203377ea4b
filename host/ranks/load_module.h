/* load_module.h - the module for one MPI, found and loaded. */
#ifndef CLMLP_RANKS_LOAD_MODULE_H
#define CLMLP_RANKS_LOAD_MODULE_H

#include "base/error.h"
#include "ranks/transport.h"

/* clmlp-MPI.so of $CLMLP_MPI_DIR; else of the folder clmlp/ beside the library, of the library's own folder, where a
 * build has it, or of the folder of libraries that belongs to the program's. It stays loaded: MPI cannot be unloaded.
 * Errors: CLMLP_NO_DEVICE (where it was looked for, why it cannot be loaded, what to install). */
clmlp_status clmlp_module_load(const clmlp_transport **out, const char *mpi, clmlp_error *error);

#endif
