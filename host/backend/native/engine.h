/* engine.h - the engine `native`: clmlp's own kernels, fused and without repacking.
 *
 * The type of the device chooses the family of kernels. What the caller asks for, or else
 * CLMLP_NATIVE_FAMILY=cpu|gpu in the environment, overrides it, and CLMLP_NATIVE_TILES=TILES takes tiles, written as
 * `clmlp tune` lists them, for all products; it does not count where the caller asks for the
 * other family. With the GPU family, ones behind a comma are for the output layer, and a
 * number N is candidate N of its table. Both are for tests and experiments. */
#ifndef CLMLP_BACKEND_NATIVE_ENGINE_H
#define CLMLP_BACKEND_NATIVE_ENGINE_H

#include "backend/opencl/engine.h"

extern const clmlp_opencl_engine clmlp_native_engine;

#endif
