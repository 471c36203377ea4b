/* borrow.c - matrices in the host's hands, beside the computation.
 *
 * A device whose memory is the host's lends its buffer, mapped. From any other the whole buffer is copied to pinned
 * memory, and from there back if it has changed. Both go through the queue of transfers: they wait for a marker in the
 * queue of the computation, and after the loan that one waits for them.
 */
#include "backend/opencl/borrow.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"

static void forget_event(cl_event *event)
{
    if (*event != NULL) (void)clReleaseEvent(*event);
    *event = NULL;
}

/* Bytes of a buffer; 0 for NULL. */
static clmlp_status bytes_of(clmlp_opencl *opencl, cl_mem buffer, size_t *bytes, clmlp_error *error)
{
    *bytes = 0;
    if (buffer == NULL) return CLMLP_OK;
    TRY_CL(opencl, clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof *bytes, bytes, NULL),
           "asking for the size of a matrix", error);
    return CLMLP_OK;
}

/* Where staging has the copy. */
static size_t copy_offset(const clmlp_opencl_loan *loan)
{
    enum { LINE = 128 };
    return (loan->bytes + LINE - 1) / LINE * LINE;
}

/* For the first loan of a matrix. */
static clmlp_status prepare(clmlp_opencl *opencl, clmlp_opencl_tensor *tensor, clmlp_error *error)
{
    size_t bytes = 0;
    if (tensor->loan == NULL) TRY(clmlp_allocate(&tensor->loan, 1, sizeof *tensor->loan, "a loan", error));
    clmlp_opencl_loan *const loan = tensor->loan;
    TRY(bytes_of(opencl, tensor->buffer, &loan->bytes, error));
    TRY(bytes_of(opencl, tensor->copy, &loan->copy_bytes, error));
    loan->mapped = clmlp_opencl_shares_memory(opencl);
    if (loan->mapped || loan->staging.memory != NULL) return CLMLP_OK;
    if (!clmlp_add(copy_offset(loan), loan->copy_bytes, &bytes)) bytes = SIZE_MAX; /* which cannot be had */
    clmlp_opencl_staging_both_ways(opencl, bytes, &loan->staging);
    if (loan->staging.memory == NULL) {
        TRY(clmlp_allocate(&loan->staging.memory, bytes, 1, "a matrix for the host", error));
    }
    memset(loan->staging.memory, 0, bytes); /* padding of the copy, which is not read */
    return CLMLP_OK;
}

/* Unmap what is mapped, after all else in the queue; *done: of the last command, NULL: there was none. Goes on after a
 * failure, whose code it returns. */
static cl_int unmap(clmlp_opencl *opencl, clmlp_opencl_tensor *tensor, cl_event *done)
{
    clmlp_opencl_loan *const loan = tensor->loan;
    cl_int first = CL_SUCCESS;
    if (!loan->mapped) return first;
    if (loan->copy != NULL) {
        first = clEnqueueUnmapMemObject(opencl->transfer, tensor->copy, loan->copy, 0, NULL, NULL);
    }
    if (loan->memory != NULL) {
        const cl_int code = clEnqueueUnmapMemObject(opencl->transfer, tensor->buffer, loan->memory, 0, NULL, done);
        if (first == CL_SUCCESS) first = code;
    }
    loan->memory = loan->copy = NULL;
    return first;
}

/* End a loan after a failure: nothing of it stays under way, as far as the driver can tell. */
static void give_up(clmlp_opencl *opencl, clmlp_opencl_tensor *tensor)
{
    clmlp_opencl_loan *const loan = tensor->loan;
    (void)unmap(opencl, tensor, NULL);
    forget_event(&loan->moved);
    loan->lent = false;
    if (clFinish(opencl->transfer) != CL_SUCCESS) loan->stuck = true;
}

static clmlp_status failed(clmlp_opencl *opencl, clmlp_opencl_tensor *tensor, cl_int code, const char *what,
                           clmlp_error *error)
{
    give_up(opencl, tensor);
    return clmlp_opencl_fail(error, opencl, code, what);
}

static cl_int map(clmlp_opencl *opencl, cl_mem buffer, size_t bytes, const cl_event *after, char **out, cl_event *done)
{
    cl_int code = CL_SUCCESS;
    *out = clEnqueueMapBuffer(opencl->transfer, buffer, CL_FALSE, CL_MAP_READ | CL_MAP_WRITE, 0, bytes, 1, after, done,
                              &code);
    return clmlp_opencl_made(code, *out);
}

/* Enqueue what brings the matrix to the host; *done: of the last command. A copy of theta is written, never read. */
static cl_int bring(clmlp_opencl *opencl, clmlp_opencl_tensor *tensor, const cl_event *after, cl_event *done)
{
    clmlp_opencl_loan *const loan = tensor->loan;
    if (loan->mapped) {
        cl_int code = CL_SUCCESS;
        if (tensor->copy != NULL) code = map(opencl, tensor->copy, loan->copy_bytes, after, &loan->copy, NULL);
        if (code != CL_SUCCESS) return code;
        return map(opencl, tensor->buffer, loan->bytes, after, &loan->memory, done);
    }
    loan->memory = loan->staging.memory;
    loan->copy = tensor->copy != NULL ? loan->memory + copy_offset(loan) : NULL;
    return clEnqueueReadBuffer(opencl->transfer, tensor->buffer, CL_FALSE, 0, loan->bytes, loan->memory, 1, after,
                               done);
}

clmlp_status clmlp_opencl_borrow_begin(clmlp_backend *backend, clmlp_tensor *base, clmlp_error *error)
{
    clmlp_opencl *const opencl = (clmlp_opencl *)backend;
    clmlp_opencl_tensor *const tensor = (clmlp_opencl_tensor *)base;
    cl_event computed = NULL, there = NULL;
    if (tensor->loan != NULL && tensor->loan->lent) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: a matrix is lent already", opencl->name);
    }
    TRY(prepare(opencl, tensor, error));
    clmlp_opencl_loan *const loan = tensor->loan;
    loan->waited = loan->is_dense = false;
    TRY_CL(opencl, clEnqueueMarkerWithWaitList(opencl->queue, 0, NULL, &computed), "lending a matrix", error);
    /* the other queue waits for it, so it has to be on its way */
    cl_int code = clFlush(opencl->queue);
    if (code == CL_SUCCESS) {
        loan->lent = true;
        code = bring(opencl, tensor, &computed, &there);
    }
    if (there != NULL) { /* the queue is in order: what ended the last loan is done before */
        forget_event(&loan->moved);
        loan->moved = there;
    }
    if (code == CL_SUCCESS) code = clFlush(opencl->transfer);
    (void)clReleaseEvent(computed);
    return code == CL_SUCCESS ? CLMLP_OK : failed(opencl, tensor, code, "lending a matrix", error);
}

/* Until a command is done, or can no longer be: some drivers wait by asking without a pause. */
static void doze(cl_event event)
{
    enum { SHORTEST = 20000, LONGEST = 500000 }; /* ns */
    for (long pause = SHORTEST;; pause = pause < LONGEST / 2 ? 2 * pause : LONGEST) {
        cl_int state = CL_COMPLETE;
        const struct timespec nap = {.tv_nsec = pause};
        const cl_int code = clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL);
        if (code != CL_SUCCESS || state <= CL_COMPLETE) return;
        (void)nanosleep(&nap, NULL);
    }
}

clmlp_status clmlp_opencl_borrow_wait(clmlp_backend *backend, clmlp_tensor *base, clmlp_view view, clmlp_loan *out,
                                      clmlp_error *error)
{
    (void)view;
    clmlp_opencl *const opencl = (clmlp_opencl *)backend;
    clmlp_opencl_tensor *const tensor = (clmlp_opencl_tensor *)base;
    clmlp_opencl_loan *const loan = tensor->loan;
    if (loan == NULL || !loan->lent) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "%s: a matrix is waited for that is not lent", opencl->name);
    }
    if (!loan->waited) {
        if (!opencl->base.on_host) doze(loan->moved);
        const cl_int code = clWaitForEvents(1, &loan->moved);
        if (code != CL_SUCCESS) return failed(opencl, tensor, code, "waiting for a matrix", error);
        loan->waited = true;
    }
    *out = (clmlp_loan){.values = loan->memory, .count = base->rows * base->columns, .width = 1, .panel = base->columns,
                        .row = 1};
    return CLMLP_OK;
}

/* Enqueue what brings the new values to the device; *done stays NULL where nothing has to be. */
static cl_int take_back(clmlp_opencl *opencl, clmlp_opencl_tensor *tensor, bool changed, cl_event *done)
{
    clmlp_opencl_loan *const loan = tensor->loan;
    cl_int code = CL_SUCCESS;
    if (loan->mapped) return unmap(opencl, tensor, done);
    if (!changed) return CL_SUCCESS;
    if (loan->copy != NULL) {
        code = clEnqueueWriteBuffer(opencl->transfer, tensor->copy, CL_FALSE, 0, loan->copy_bytes, loan->copy, 0, NULL,
                                    NULL);
    }
    if (code != CL_SUCCESS) return code;
    return clEnqueueWriteBuffer(opencl->transfer, tensor->buffer, CL_FALSE, 0, loan->bytes, loan->memory, 0, NULL,
                                done);
}

clmlp_status clmlp_opencl_borrow_end(clmlp_backend *backend, clmlp_tensor *base, bool changed, clmlp_error *error)
{
    clmlp_opencl *const opencl = (clmlp_opencl *)backend;
    clmlp_opencl_tensor *const tensor = (clmlp_opencl_tensor *)base;
    clmlp_opencl_loan *const loan = tensor->loan;
    clmlp_loan unused;
    if (loan == NULL || !loan->lent) return CLMLP_OK;
    if (!loan->waited) {
        changed = false;
        TRY(clmlp_opencl_borrow_wait(backend, base, CLMLP_VIEW_AS_IT_LIES, &unused, error));
    }
    forget_event(&loan->moved);
    cl_int code = take_back(opencl, tensor, changed, &loan->moved);
    if (code == CL_SUCCESS && loan->moved != NULL) {
        code = clFlush(opencl->transfer);
        if (code == CL_SUCCESS) code = clEnqueueBarrierWithWaitList(opencl->queue, 1, &loan->moved, NULL);
    }
    if (code != CL_SUCCESS) return failed(opencl, tensor, code, "taking a matrix back", error);
    loan->lent = false;
    return CLMLP_OK;
}

void clmlp_opencl_borrow_forget(clmlp_opencl *opencl, clmlp_opencl_tensor *tensor)
{
    clmlp_opencl_loan *const loan = tensor->loan;
    if (loan == NULL) return;
    if (loan->lent || loan->moved != NULL) give_up(opencl, tensor);
    /* rather lost than written to when it is somebody else's */
    if (!loan->stuck) clmlp_staging_destroy(&opencl->base, &loan->staging);
    free(loan->dense);
    free(loan);
    tensor->loan = NULL;
}

bool clmlp_opencl_tensor_place(clmlp_backend *backend, clmlp_tensor *base, void *memory)
{
    clmlp_opencl *const opencl = (clmlp_opencl *)backend;
    clmlp_opencl_tensor *const tensor = (clmlp_opencl_tensor *)base;
    size_t bytes = 0;
    cl_int code = CL_SUCCESS;
    if (!clmlp_opencl_shares_memory(opencl) || opencl->guards.on || tensor->copy != NULL) return false;
    if (bytes_of(opencl, tensor->buffer, &bytes, NULL) != CLMLP_OK || bytes > base->bytes) return false;
    const cl_mem placed =
        clmlp_opencl_new_buffer(opencl, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes, memory, &code);
    if (code != CL_SUCCESS) return false;
    clmlp_opencl_borrow_forget(opencl, tensor);
    (void)clFinish(opencl->queue);
    (void)clReleaseMemObject(tensor->buffer);
    tensor->buffer = placed;
    tensor->placed = true;
    return true;
}
