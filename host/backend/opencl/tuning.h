/* tuning.h - choices that were measured (clmlp_tune), kept on disk from one run to the next, and their use.
 *
 * An entry holds for a device, its driver and platform with their versions, a version of clmlp, a precision,
 * and what it chooses for: "cpu" or "gpu", a family of the engine native; "clblast"; or "engine", for auto. What
 * an entry says is checked as if somebody had typed it; one that makes no sense is as good as none.
 */
#ifndef CLMLP_BACKEND_OPENCL_TUNING_H
#define CLMLP_BACKEND_OPENCL_TUNING_H

#include "backend/opencl/opencl.h"
#include "backend/probe/probe.h"

/* The engine that the options ask for, NATIVE or CLBLAST; auto: the stored one, or else native. */
clmlp_engine clmlp_tuning_engine(const clmlp_opencl *opencl, const clmlp_device_options *options);

typedef enum clmlp_tiles_source {
    CLMLP_TILES_UNSET,  /* the engine is to choose */
    CLMLP_TILES_ASKED,  /* by the caller, or by CLMLP_NATIVE_TILES in the environment */
    CLMLP_TILES_STORED
} clmlp_tiles_source;

/* Which tiles are wanted, and who says so. */
clmlp_tiles_source clmlp_tuning_tiles(const clmlp_opencl *opencl, const char *family, char text[CLMLP_TILES_LENGTH]);

/* Refuse tiles that were asked for. */
clmlp_status clmlp_tuning_refuse(const clmlp_opencl *opencl, const char *text, const char *problem,
                                 clmlp_error *error);

/* --- clblast/tiles.c: sets of parameters for CLBlast, which has one, "default", by itself ------------------ */

/* Names of the sets that are worth trying on the device, "default" first. *list [*count] is released with free(). */
clmlp_status clmlp_clblast_candidates(const clmlp_opencl *opencl, clmlp_tiles **list, size_t *count, clmlp_error *error);

/* The tile of a product with the set in use; see clmlp_probe_ops. */
void clmlp_clblast_tile(const clmlp_opencl *opencl, clmlp_probe_tile *tile);

/* Have CLBlast use the wanted set on this device. */
clmlp_status clmlp_clblast_set_up(clmlp_opencl *opencl, clmlp_error *error);

#endif
