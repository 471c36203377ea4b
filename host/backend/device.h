/* device.h - what the library knows of devices beyond clmlp/device.h. */
#ifndef CLMLP_BACKEND_DEVICE_H
#define CLMLP_BACKEND_DEVICE_H

#include "backend/knobs.h"
#include "clmlp/device.h"

/* What a specification names. Errors: as clmlp_device_open. */
clmlp_status clmlp_device_find(const char *spec, clmlp_device_info *info, clmlp_error *error);

/* Whether it computes with one of the engines; the CPU path does not. Of a device that was found or listed. */
bool clmlp_device_has_engines(const clmlp_device_info *info);

/* As clmlp_device_open. */
clmlp_status clmlp_device_open_with(clmlp_device **out, const clmlp_device_options *options, const clmlp_knobs *knobs,
                                    clmlp_error *error);

#endif
