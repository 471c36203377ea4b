/* knobs.h - what tests, tuning, qualification and replays want of an engine, and users never do. */
#ifndef CLMLP_BACKEND_KNOBS_H
#define CLMLP_BACKEND_KNOBS_H

typedef struct clmlp_knobs {
    /* How the engine is to cut its products up, as clmlp_device_tiles says it; NULL: as clmlp_tune stored it,
     * or, without that, the engine's own choice. Only together with a certain engine. CLBlast keeps its
     * parameters for the whole process, for each device and precision. While one device computes with a set, another
     * set is refused; a device that asks for none takes what is in force, and clmlp_device_tiles says what that is.
     * There is no way back to CLBlast's "default" once another set was in force: to ask for it then is refused. */
    const char *tiles;
    /* Which kernels the engine `native` takes: "cpu", those for CPUs, "gpu", those for GPUs; NULL: what suits the type
     * of the device. Both run anywhere, and should give right results anywhere. */
    const char *family;
} clmlp_knobs;

#endif
