/* options.c - what kind of GPU a device is, and what its compiler is told. */
#include "backend/native/gpu/options.h"

#include <stdio.h>
#include <string.h>

/* Of cl_nv_device_attribute_query. */
enum { COMPUTE_CAPABILITY_MAJOR = 0x4000, COMPUTE_CAPABILITY_MINOR = 0x4001 };

/* What the driver does not say makes the device an unknown one. */
clmlp_gpu_kind clmlp_gpu_kind_of_device(cl_device_id device)
{
    char vendor[256] = "", name[256] = "";
    cl_device_type type = 0;
    cl_uint major = 0, minor = 0;
    (void)clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    if ((type & CL_DEVICE_TYPE_GPU) == 0) return CLMLP_GPU_UNKNOWN;
    if (clGetDeviceInfo(device, CL_DEVICE_VENDOR, sizeof vendor, vendor, NULL) != CL_SUCCESS) vendor[0] = '\0';
    if (clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof name, name, NULL) != CL_SUCCESS) name[0] = '\0';
    if (clGetDeviceInfo(device, COMPUTE_CAPABILITY_MAJOR, sizeof major, &major, NULL) != CL_SUCCESS ||
        clGetDeviceInfo(device, COMPUTE_CAPABILITY_MINOR, sizeof minor, &minor, NULL) != CL_SUCCESS) {
        major = minor = 0;
    }
    return clmlp_gpu_kind_of(vendor, name, 10 * major + minor);
}

const char *clmlp_gpu_fma_option(const clmlp_opencl *opencl)
{
    const bool is_double = opencl->base.precision == CLMLP_F64;
    cl_device_fp_config found = 0;
    const cl_int code = clGetDeviceInfo(opencl->device, is_double ? CL_DEVICE_DOUBLE_FP_CONFIG
                                                                  : CL_DEVICE_SINGLE_FP_CONFIG,
                                        sizeof found, &found, NULL);
    return code == CL_SUCCESS && (found & CL_FP_FMA) != 0 ? " -D CLMLP_FMA" : "";
}

static bool is_nvidia(clmlp_gpu_kind kind)
{
    return kind == CLMLP_GPU_HOPPER || kind == CLMLP_GPU_VOLTA || kind == CLMLP_GPU_NVIDIA;
}

static bool has_extension(cl_device_id device, const char *name)
{
    char list[8192] = "";
    const size_t length = strlen(name);
    if (clGetDeviceInfo(device, CL_DEVICE_EXTENSIONS, sizeof list - 1, list, NULL) != CL_SUCCESS) return false;
    for (const char *at = strstr(list, name); at != NULL; at = strstr(at + 1, name)) {
        const bool begins = at == list || at[-1] == ' ';
        if (begins && (at[length] == ' ' || at[length] == '\0')) return true;
    }
    return false;
}

/* NVIDIA's compiler takes a number. AMD's loads all of a slice before it multiplies, unless the slice is a loop. */
void clmlp_gpu_register_option(const clmlp_opencl *opencl, const clmlp_gpu_limits *limits, const clmlp_gpu_tiles *t,
                            char option[CLMLP_GPU_OPTION])
{
    const size_t most = clmlp_gpu_register_limit(t, limits);
    const bool amd = limits->kind == CLMLP_GPU_CDNA || limits->kind == CLMLP_GPU_RDNA;
    option[0] = '\0';
    if (amd) (void)snprintf(option, CLMLP_GPU_OPTION, " -D FOURS_APART");
    if (is_nvidia(limits->kind) && most > 0 && has_extension(opencl->device, "cl_nv_compiler_options")) {
        (void)snprintf(option, CLMLP_GPU_OPTION, " -cl-nv-maxrregcount=%zu -D ANY_GROUP", most);
    }
}
