/* device.c - listing the OpenCL platforms and devices. */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/opencl/opencl.h"
#include "base/memory.h"

/* The driver's own code for "no OpenCL platform installed" (cl_khr_icd). */
enum { NO_PLATFORM = -1001 };

/* A driver may set itself up in the first questions, and two threads at once crash PoCL 3.1 there. */
static pthread_mutex_t asking = PTHREAD_MUTEX_INITIALIZER;

static void device_text(cl_device_id device, cl_device_info what, char text[CLMLP_NAME_LENGTH])
{
    char buffer[1024] = "";
    size_t size = 0;
    if (clGetDeviceInfo(device, what, sizeof buffer, buffer, &size) != CL_SUCCESS) buffer[0] = '\0';
    buffer[sizeof buffer - 1] = '\0';
    const char *start = buffer + strspn(buffer, " ");
    (void)snprintf(text, CLMLP_NAME_LENGTH, "%.*s", CLMLP_NAME_LENGTH - 1, start);
    for (size_t end = strlen(text); end > 0 && text[end - 1] == ' '; end--) text[end - 1] = '\0';
}

static const char *type_text(cl_device_type type)
{
    if (type & CL_DEVICE_TYPE_GPU) return "GPU";
    if (type & CL_DEVICE_TYPE_CPU) return "CPU";
    if (type & CL_DEVICE_TYPE_ACCELERATOR) return "accelerator";
    return "other";
}

static bool has_fp64(cl_device_id device)
{
    cl_device_fp_config config = 0;
    return clGetDeviceInfo(device, CL_DEVICE_DOUBLE_FP_CONFIG, sizeof config, &config, NULL) == CL_SUCCESS &&
           config != 0;
}

static void fill_info(clmlp_device_info *info, unsigned p, unsigned d, cl_platform_id platform, cl_device_id device)
{
    cl_device_type type = 0;
    cl_ulong memory = 0, largest = 0;
    cl_uint units = 0, bits = 0;
    memset(info, 0, sizeof *info);
    (void)snprintf(info->spec, sizeof info->spec, "opencl:%u.%u", p, d);
    if (clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof info->platform, info->platform, NULL) != CL_SUCCESS) {
        (void)snprintf(info->platform, sizeof info->platform, "platform %u", p);
    }
    device_text(device, CL_DEVICE_NAME, info->name);
    device_text(device, CL_DRIVER_VERSION, info->driver);
    (void)clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    (void)clGetDeviceInfo(device, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof memory, &memory, NULL);
    (void)clGetDeviceInfo(device, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof largest, &largest, NULL);
    (void)clGetDeviceInfo(device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    (void)snprintf(info->type, sizeof info->type, "%s", type_text(type));
    (void)clGetDeviceInfo(device, CL_DEVICE_ADDRESS_BITS, sizeof bits, &bits, NULL);
    const uint64_t reach = clmlp_opencl_reach(bits);
    info->memory = memory < reach ? memory : reach;
    info->largest_buffer = largest < reach ? largest : reach;
    info->address_bits = bits;
    info->compute_units = units;
    info->fp64 = has_fp64(device);
    clmlp_opencl_find_problem(device, info->problem);
}

static bool is_pipe(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISFIFO(info.st_mode);
}

/* Whether a pipe is called like a driver's file (*.icd) where the loader reads those: it would open it, and wait. */
static bool would_wait(void)
{
    const char *const named[] = {getenv("OCL_ICD_VENDORS"), getenv("OPENCL_VENDOR_PATH"), "/etc/OpenCL/vendors"};
    size_t at = 0;
    while (named[at] == NULL || named[at][0] == '\0') at++;
    if (is_pipe(named[at])) return true;
    DIR *const folder = opendir(named[at]);
    const struct dirent *entry;
    bool found = false;
    while (folder != NULL && !found && (entry = readdir(folder)) != NULL) {
        char path[1024];
        const size_t length = strlen(entry->d_name);
        if (length < 4 || strcmp(entry->d_name + length - 4, ".icd") != 0) continue;
        const int size = snprintf(path, sizeof path, "%s/%s", named[at], entry->d_name);
        found = size >= 0 && (size_t)size < sizeof path && is_pipe(path);
    }
    if (folder != NULL) (void)closedir(folder);
    return found;
}

/* *out = the platforms; *count 0 and *out NULL where there are none. */
static clmlp_status get_platforms(cl_platform_id **out, cl_uint *count, clmlp_error *error)
{
    *out = NULL;
    *count = 0;
    if (would_wait()) return CLMLP_OK; /* 'clmlp devices' says which it is */
    const cl_int code = clGetPlatformIDs(0, NULL, count);
    if (code == NO_PLATFORM || *count == 0) {
        *count = 0;
        return CLMLP_OK;
    }
    TRY_CL(NULL, code, "listing the OpenCL platforms", error);
    TRY(clmlp_allocate(out, *count, sizeof **out, "the list of platforms", error));
    if (clGetPlatformIDs(*count, *out, NULL) != CL_SUCCESS) *count = 0;
    return CLMLP_OK;
}

/* *out = the devices of a platform; a platform that cannot list them counts as having none. */
static clmlp_status get_devices(cl_platform_id platform, cl_device_id **out, cl_uint *count, clmlp_error *error)
{
    *out = NULL;
    *count = 0;
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, count) != CL_SUCCESS || *count == 0) {
        *count = 0;
        return CLMLP_OK;
    }
    TRY(clmlp_allocate(out, *count, sizeof **out, "the list of devices", error));
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, *count, *out, NULL) != CL_SUCCESS) *count = 0;
    return CLMLP_OK;
}

static clmlp_status list_devices(clmlp_device_info **list, size_t *count, clmlp_error *error)
{
    cl_platform_id *platforms = NULL;
    cl_uint platform_count = 0;
    size_t capacity = 0;
    clmlp_status status = CLMLP_OK;

    *list = NULL;
    *count = 0;
    TRY_CLEANUP(get_platforms(&platforms, &platform_count, error));
    for (cl_uint p = 0; p < platform_count; p++) {
        cl_device_id *devices = NULL;
        cl_uint device_count = 0;
        TRY_CLEANUP(get_devices(platforms[p], &devices, &device_count, error));
        status = clmlp_grow(list, &capacity, *count + device_count, sizeof **list, "the list of devices", error);
        for (cl_uint d = 0; d < device_count && status == CLMLP_OK; d++) {
            fill_info(&(*list)[*count], p, d, platforms[p], devices[d]);
            (*count)++;
        }
        free(devices);
        if (status != CLMLP_OK) goto cleanup;
    }
cleanup:
    free(platforms);
    if (status != CLMLP_OK) {
        free(*list);
        *list = NULL;
    }
    return status;
}

clmlp_status clmlp_opencl_list(clmlp_device_info **list, size_t *count, clmlp_error *error)
{
    (void)pthread_mutex_lock(&asking);
    const clmlp_status status = list_devices(list, count, error);
    (void)pthread_mutex_unlock(&asking);
    return status;
}

static clmlp_status find_device(const char *spec, cl_device_id *device, clmlp_error *error)
{
    cl_platform_id *platforms = NULL;
    cl_device_id *devices = NULL;
    cl_uint platform_count = 0, device_count = 0;
    unsigned p = 0, d = 0;
    clmlp_status status = CLMLP_OK;

    if (sscanf(spec, "opencl:%u.%u", &p, &d) != 2) {
        return clmlp_fail(error, CLMLP_NO_DEVICE, "'%s' names no OpenCL device", spec);
    }
    TRY_CLEANUP(get_platforms(&platforms, &platform_count, error));
    if (p < platform_count) TRY_CLEANUP(get_devices(platforms[p], &devices, &device_count, error));
    if (d < device_count) {
        *device = devices[d];
    } else {
        status = clmlp_fail(error, CLMLP_NO_DEVICE, "there is no OpenCL device %s", spec);
    }
cleanup:
    free(devices);
    free(platforms);
    return status;
}

clmlp_status clmlp_opencl_find(const char *spec, cl_device_id *device, clmlp_error *error)
{
    (void)pthread_mutex_lock(&asking);
    const clmlp_status status = find_device(spec, device, error);
    (void)pthread_mutex_unlock(&asking);
    return status;
}
