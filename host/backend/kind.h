/* kind.h - what a kind of backend gives: how its devices are listed and opened. registry.c has them all. */
#ifndef CLMLP_BACKEND_KIND_H
#define CLMLP_BACKEND_KIND_H

#include "backend/backend.h"
#include "backend/knobs.h"

typedef struct clmlp_backend_kind {
    const char *name;   /* the specification of a device is this, or this, a colon and more */
    const char *missing; /* what to say where there is no device of the kind; NULL: there always is one */
    bool has_engines;    /* clmlp_engine says how its devices compute; else they have one way, and `auto` is it */

    /* All its devices; *list released with free(). */
    clmlp_status (*list)(clmlp_device_info **list, size_t *count, clmlp_error *error);

    /* A device that was listed. Of the options, engine and precision count. */
    clmlp_status (*create)(clmlp_backend **out, const clmlp_device_info *info, const clmlp_device_options *options,
                           const clmlp_knobs *knobs, clmlp_error *error);

    /* (optional) What is worth trying as tiles of an engine on a device; the first is what it takes by itself. Nothing
     * is built. *list released with free(). */
    clmlp_status (*candidates)(const clmlp_device_info *info, clmlp_engine engine, const char *family,
                               clmlp_precision precision, clmlp_tiles **list, size_t *count, clmlp_error *error);

    /* (optional) Store what was measured to be the best: tiles of an engine, from now on those of every device that is
     * opened without others; or, engine AUTO, lines "SHAPE ENGINE", SHAPE being "overall" or a network and its batch,
     * "784-512-10@128". Both hold for this device, its driver, this version of clmlp and a precision. False: it cannot
     * be kept. */
    bool (*keep)(const clmlp_device_info *info, clmlp_engine engine, clmlp_precision precision, const char *text);
} clmlp_backend_kind;

#endif
