/* test_upload.c - a batch that is uploaded beside the computation arrives as it is, however late the device begins. */
#include <criterion/criterion.h>
#include <string.h>

#include "backend/backend.h"
#include "backend/opencl/opencl.h"
#include "networks.h"

enum { ROWS = 37, COLUMNS = 19 };

/* A new matrix is cleared, and bias units are set, in the queue of the computation; uploads have a queue of their own.
 * Here the device begins with the first only when the upload has had all the time it may need without it. */
static void check(const char *spec, clmlp_tensor_kind kind)
{
    static float values[ROWS * COLUMNS], found[ROWS * COLUMNS];
    clmlp_device *const device = open_device(spec, CLMLP_F32, 0);
    OK(clmlp_backend_choose(device->backend, NULL, error));
    clmlp_backend *const backend = device->backend;
    clmlp_opencl *const opencl = (clmlp_opencl *)backend;
    clmlp_tensor *tensor = NULL;
    cl_int code = CL_SUCCESS;
    for (size_t i = 0; i < ROWS * COLUMNS; i++) values[i] = 1.0f + (float)i;
    const cl_event gate = clCreateUserEvent(opencl->context, &code);
    cr_assert_eq(code, CL_SUCCESS);
    cr_assert_eq(clEnqueueBarrierWithWaitList(opencl->queue, 1, &gate, NULL), CL_SUCCESS);
    OK(clmlp_tensor_create(backend, kind, ROWS, COLUMNS, "a test", &tensor, error));
    OK(backend->ops->tensor_upload(backend, tensor, ROWS, values, error));
    for (int i = 0; i < 1000; i++) { /* it must not be done; without order it is within microseconds */
        cl_int state = CL_QUEUED;
        cr_assert_eq(clGetEventInfo(((clmlp_opencl_tensor *)tensor)->uploaded, CL_EVENT_COMMAND_EXECUTION_STATUS,
                                    sizeof state, &state, NULL), CL_SUCCESS);
        if (state == CL_COMPLETE) break;
        cr_assert_eq(clFlush(opencl->transfer), CL_SUCCESS);
    }
    cr_assert_eq(clSetUserEventStatus(gate, CL_COMPLETE), CL_SUCCESS);
    OK(backend->ops->tensor_read(backend, tensor, 0, ROWS, found, error));
    cr_assert_eq(memcmp(found, values, sizeof values), 0, "%s, kind %d: the batch is not what was uploaded", spec,
                 (int)kind);
    OK(backend->ops->tensor_upload_wait(backend, tensor, error));
    clmlp_tensor_destroy(backend, tensor);
    cr_assert_eq(clReleaseEvent(gate), CL_SUCCESS);
    clmlp_device_close(device);
}

Test(upload, of_a_new_matrix_comes_after_what_clears_it)
{
    static const char *const engines[] = {"opencl+native", "opencl+clblast"};
    for (size_t e = 0; e < 2; e++) {
        check(engines[e], CLMLP_TENSOR_INPUT);
        check(engines[e], CLMLP_TENSOR_TARGET);
    }
}
