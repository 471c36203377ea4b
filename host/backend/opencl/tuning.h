/* tuning.h - choices that were measured (clmlp_tune), kept on disk from one run to the next.
 *
 * An entry holds for a device, its driver and platform with their versions, a version of clmlp, a precision, and what
 * it chooses for: the tiles of a family of kernels, or the engine. What an entry says is checked as if somebody had
 * typed it; one that makes no sense is as good as none.
 */
#ifndef CLMLP_BACKEND_OPENCL_TUNING_H
#define CLMLP_BACKEND_OPENCL_TUNING_H

#include "backend/opencl/opencl.h"

/* Of `opencl`, device and precision count, here and below. NUL-terminated, released with free(); NULL: nothing is
 * stored. */
char *clmlp_tuning_stored(const clmlp_opencl *opencl, const char *family);

/* False: it cannot be kept. */
bool clmlp_tuning_store(const clmlp_opencl *opencl, const char *family, const char *text);

typedef enum clmlp_tiles_source {
    CLMLP_TILES_UNSET,  /* the engine is to choose */
    CLMLP_TILES_ASKED,  /* by the caller, or by the environment */
    CLMLP_TILES_STORED
} clmlp_tiles_source;

/* Which tiles are wanted, and who says so. variable: of the environment; NULL: none. */
clmlp_tiles_source clmlp_tuning_tiles(const clmlp_opencl *opencl, const char *family, const char *variable,
                                      char text[CLMLP_TILES_LENGTH]);

/* Refuse tiles that were asked for. */
clmlp_status clmlp_tuning_refuse(const clmlp_opencl *opencl, const char *variable, const char *text,
                                 const char *problem, clmlp_error *error);

#endif
