/* fake_module.c - a module that the library has to refuse: with a table of another version, of another MPI, or none. */
#include "ranks/transport.h"

#ifdef FAKE_VERSION
__attribute__((visibility("default"))) extern const clmlp_transport clmlp_transport_table;
const clmlp_transport clmlp_transport_table = {.version = FAKE_VERSION, .mpi = FAKE_MPI};
#else
__attribute__((visibility("default"))) extern const int clmlp_nothing;
const int clmlp_nothing = 1;
#endif
