/* memory.h - releasing what the library allocated.
 *
 * Objects have a function of their own, clmlp_X_destroy (a device: clmlp_device_close). Arrays and texts that a
 * function hands over, or that a result holds, are released with clmlp_free: never with free(), as a program may have
 * another heap than the library.
 *
 * Threads: any.
 */
#ifndef CLMLP_MEMORY_H
#define CLMLP_MEMORY_H

#include "clmlp/export.h"

#ifdef __cplusplus
extern "C" {
#endif

CLMLP_API void clmlp_free(void *array); /* NULL is fine */

#ifdef __cplusplus
}
#endif

#endif
