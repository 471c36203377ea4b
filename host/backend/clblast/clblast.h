/* clblast.h - the engine `clblast`: CLBlast's products, and plain kernels for the rest. Only this folder sees CLBlast.
 *
 *   engine.c     the table, creation and release
 *   product.c    a product, divided where it takes too long
 *   equations.c  the five equations
 *   tiles.c      sets of parameters for CLBlast
 *   process.c    what CLBlast keeps for the whole process
 *   error.c      its codes
 */
#ifndef CLMLP_BACKEND_CLBLAST_H
#define CLMLP_BACKEND_CLBLAST_H

#include "backend/opencl/engine.h"

extern const clmlp_opencl_engine clmlp_clblast_engine;

/* Forward the failure of a call of CLBlast: `what` was tried. */
clmlp_status clmlp_clblast_check(const clmlp_opencl *opencl, int code, const char *what, clmlp_error *error);

/* Entries of clmlp_opencl_engine. Sets of parameters stand for tiles; CLBlast has one, "default", by itself. */
clmlp_status clmlp_clblast_plan(clmlp_opencl *opencl, clmlp_error *error);
clmlp_status clmlp_clblast_candidates(const clmlp_opencl *opencl, clmlp_tiles **list, size_t *count,
                                      clmlp_error *error);
void clmlp_clblast_tile(const clmlp_opencl *opencl, clmlp_equation equation, size_t rows, size_t columns, size_t length,
                        struct clmlp_probe_tile *tile);
/* Plan, and put the planned set in force for the process. The device counts as its user until it is released. */
clmlp_status clmlp_clblast_apply(clmlp_opencl *opencl, clmlp_error *error);

/* Entries of the table. */
clmlp_status clmlp_clblast_forward(clmlp_backend *backend, const clmlp_forward_args *args, clmlp_error *error);
clmlp_status clmlp_clblast_output_delta(clmlp_backend *backend, const clmlp_output_args *args, clmlp_error *error);
clmlp_status clmlp_clblast_hidden_delta(clmlp_backend *backend, const clmlp_hidden_args *args, clmlp_error *error);
clmlp_status clmlp_clblast_gradient(clmlp_backend *backend, const clmlp_gradient_args *args, clmlp_error *error);
clmlp_status clmlp_clblast_update(clmlp_backend *backend, const clmlp_update_args *args, clmlp_error *error);
clmlp_status clmlp_clblast_scale_slopes(clmlp_backend *backend, const clmlp_scale_slopes_args *args,
                                        clmlp_error *error);
clmlp_status clmlp_clblast_fold_scale(clmlp_backend *backend, const clmlp_fold_scale_args *args, clmlp_error *error);
clmlp_status clmlp_clblast_product(clmlp_backend *backend, size_t m, size_t n, size_t k, const clmlp_tensor *a,
                                   const clmlp_tensor *b, clmlp_tensor *c, clmlp_error *error);

#endif
