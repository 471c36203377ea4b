/* registry.h - every kind of backend that there is. */
#ifndef CLMLP_BACKEND_REGISTRY_H
#define CLMLP_BACKEND_REGISTRY_H

#include "backend/kind.h"

/* In the order in which devices are listed; NULL behind the last. */
extern const clmlp_backend_kind *const clmlp_backend_kinds[];

/* How a device may be named, for messages. */
extern const char clmlp_device_forms[];

/* The kind that a specification such as "opencl:0.1" names; NULL: none. */
const clmlp_backend_kind *clmlp_backend_kind_of(const char *spec);

/* The entries `candidates` and `keep` of the kind that a device is of. Errors: CLMLP_BAD_ARGUMENT, there is nothing to
 * choose on the device. */
clmlp_status clmlp_backend_candidates(const clmlp_device_info *info, clmlp_engine engine, const char *family,
                                      clmlp_precision precision, clmlp_tiles **list, size_t *count,
                                      clmlp_error *error);
bool clmlp_backend_keep(const clmlp_device_info *info, clmlp_engine engine, clmlp_precision precision,
                        const char *text);

#endif
