/* process.h - what CLBlast keeps for the whole process, and who may change it when.
 *
 * CLBlast has one set of parameters for each device and precision, and a cache of the programs that it built with them.
 * A product that begins while they change could run a program with the parameters of another: a wrong result. So
 * products share a lock, and whoever changes parameters or clears the cache has it alone.
 */
#ifndef CLMLP_BACKEND_CLBLAST_PROCESS_H
#define CLMLP_BACKEND_CLBLAST_PROCESS_H

#include "backend/opencl/opencl.h"

/* The set in force for a device and precision: the state of a device whose engine is this one. Made once, never
 * released: CLBlast does not forget it either. */
typedef struct clmlp_clblast_choice {
    cl_device_id device;
    clmlp_precision precision;
    const char *name; /* of the set; NULL: CLBlast's own, to which there is no way back */
    size_t users;     /* open devices that compute with it */
    struct clmlp_clblast_choice *next;
} clmlp_clblast_choice;

/* Round each product, from any thread. */
void clmlp_clblast_enter(void);
void clmlp_clblast_leave(void);

/* Alone: no product is being enqueued meanwhile. */
void clmlp_clblast_lock(void);
void clmlp_clblast_unlock(void);

/* The choice for this device and precision; locked. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_clblast_choice_of(cl_device_id device, clmlp_precision precision, clmlp_clblast_choice **out,
                                     clmlp_error *error);

/* The device is closed: it uses its choice no more, and CLBlast lets go of its context. */
void clmlp_clblast_release(clmlp_opencl *opencl);

#endif
