/* transfers.c - commands of OpenCL that fail on demand (opencl.c says how), and memory freed under a transfer.
 *
 * A transfer that does not block counts as on its way until the program has waited for the device, even where the
 * device was quicker. So memory that is freed before then is found every time, not by luck: the library says so and
 * aborts. */
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "opencl.h"

enum { MOST_TRANSFERS = 64 };

/* Memory that the device may still touch. */
typedef struct transfer {
    uintptr_t begin, end;
    cl_event done;
} transfer;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static transfer transfers[MOST_TRANSFERS];
static atomic_size_t pending; /* of transfers */
static void (*real_free)(void *);

__attribute__((constructor)) static void set_up(void)
{
    layer_find((void *)&real_free, "free");
}

static bool is_done(cl_event event)
{
    cl_int state = CL_COMPLETE;
    BEHIND(clGetEventInfo);
    return behind(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL) != CL_SUCCESS ||
           state <= CL_COMPLETE;
}

/* --- memory that is freed --------------------------------------------------------------------------------------- */

void free(void *memory)
{
    if (real_free == NULL) return; /* before set_up */
    if (memory != NULL && atomic_load(&pending) > 0) {
        const uintptr_t begin = (uintptr_t)memory, end = begin + malloc_usable_size(memory);
        (void)pthread_mutex_lock(&lock);
        for (size_t i = 0; i < atomic_load(&pending); i++) {
            if (transfers[i].begin >= end || transfers[i].end <= begin) continue;
            layer_say("failing_opencl: memory of a transfer that is not done was freed\n");
            abort();
        }
        (void)pthread_mutex_unlock(&lock);
    }
    real_free(memory);
}

/* --- transfers that do not block -------------------------------------------------------------------------------- */

/* After the program waited: forget what is done. Passes the code of the wait on. The lock is never held while OpenCL is
 * called: a driver's thread may be in free() with locks of its own. One thread of the program enqueues and waits. */
cl_int waited(cl_int code)
{
    BEHIND(clReleaseEvent);
    transfer left[MOST_TRANSFERS], before[MOST_TRANSFERS];
    const size_t count = atomic_load(&pending);
    size_t kept = 0;
    memcpy(before, transfers, sizeof before);
    for (size_t i = 0; i < count; i++) {
        if (!is_done(before[i].done)) left[kept++] = before[i];
    }
    (void)pthread_mutex_lock(&lock);
    memcpy(transfers, left, kept * sizeof *left);
    atomic_store(&pending, kept);
    (void)pthread_mutex_unlock(&lock);
    for (size_t i = 0, k = 0; i < count; i++) {
        if (k < kept && left[k].done == before[i].done) k++;
        else (void)behind(before[i].done);
    }
    return code;
}

/* Keep a transfer in mind; `event` is the program's, or NULL. */
static void keep(cl_event done, const void *memory, size_t bytes, cl_event *event)
{
    BEHIND(clRetainEvent);
    if (event != NULL) {
        (void)behind(done);
        *event = done;
    }
    (void)pthread_mutex_lock(&lock);
    if (atomic_load(&pending) == MOST_TRANSFERS) abort();
    transfers[atomic_load(&pending)] = (transfer){(uintptr_t)memory, (uintptr_t)memory + bytes, done};
    (void)atomic_fetch_add(&pending, 1);
    (void)pthread_mutex_unlock(&lock);
}

/* A transfer of the four kinds: `call` is the function behind, with event_ as its event. */
#define TRANSFER(call, bytes)                                        \
    do {                                                             \
        cl_event done_ = NULL, *const event_ = blocking ? event : &done_; \
        const cl_int code_ = (call);                                 \
        if (code_ == CL_SUCCESS && !blocking) keep(done_, memory, (bytes), event); \
        return note_event(blocking ? waited(code_) : code_, event, CALLER); \
    } while (0)

/* --- what is wrapped -------------------------------------------------------------------------------------------- */

cl_int clEnqueueReadBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
                           void *memory, cl_uint count, const cl_event *waits, cl_event *event)
{
    BEHIND(clEnqueueReadBuffer);
    FAIL(clEnqueueReadBuffer);
    TRANSFER(behind(queue, buffer, blocking, offset, size, memory, count, waits, event_), size);
}

cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
                            const void *memory, cl_uint count, const cl_event *waits, cl_event *event)
{
    BEHIND(clEnqueueWriteBuffer);
    FAIL(clEnqueueWriteBuffer);
    TRANSFER(behind(queue, buffer, blocking, offset, size, memory, count, waits, event_), size);
}

/* The bytes of a rectangle in host memory, from its first to its last: rows that are dense, as clmlp has them. */
cl_int clEnqueueReadBufferRect(cl_command_queue queue, cl_mem buffer, cl_bool blocking, const size_t *at,
                               const size_t *host_at, const size_t *size, size_t row, size_t slice, size_t host_row,
                               size_t host_slice, void *memory, cl_uint count, const cl_event *waits, cl_event *event)
{
    BEHIND(clEnqueueReadBufferRect);
    FAIL(clEnqueueReadBufferRect);
    TRANSFER(behind(queue, buffer, blocking, at, host_at, size, row, slice, host_row, host_slice, memory, count,
                    waits, event_), size[0] * size[1]);
}

cl_int clEnqueueWriteBufferRect(cl_command_queue queue, cl_mem buffer, cl_bool blocking, const size_t *at,
                                const size_t *host_at, const size_t *size, size_t row, size_t slice, size_t host_row,
                                size_t host_slice, const void *memory, cl_uint count, const cl_event *waits,
                                cl_event *event)
{
    BEHIND(clEnqueueWriteBufferRect);
    FAIL(clEnqueueWriteBufferRect);
    TRANSFER(behind(queue, buffer, blocking, at, host_at, size, row, slice, host_row, host_slice, memory, count,
                    waits, event_), size[0] * size[1]);
}

void *clEnqueueMapBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, cl_map_flags flags, size_t offset,
                         size_t size, cl_uint count, const cl_event *waits, cl_event *event, cl_int *code)
{
    BEHIND(clEnqueueMapBuffer);
    FAIL_NULL(clEnqueueMapBuffer);
    void *const mapped = behind(queue, buffer, blocking, flags, offset, size, count, waits, event, code);
    if (blocking) (void)waited(CL_SUCCESS);
    left_add(mapped, LEFT_MAP, CALLER);
    (void)note_event(mapped != NULL ? CL_SUCCESS : CL_OUT_OF_RESOURCES, event, CALLER);
    return mapped;
}

cl_int clEnqueueUnmapMemObject(cl_command_queue queue, cl_mem buffer, void *mapped, cl_uint count,
                               const cl_event *waits, cl_event *event)
{
    BEHIND(clEnqueueUnmapMemObject);
    note_released(mapped, LEFT_MAP);
    FAIL(clEnqueueUnmapMemObject);
    return note_event(behind(queue, buffer, mapped, count, waits, event), event, CALLER);
}

/* A command that transfers nothing. */
#define ENQUEUED(name, parameters, arguments)               \
    cl_int name parameters                                  \
    {                                                       \
        BEHIND(name);                                       \
        FAIL(name);                                         \
        return note_event(behind arguments, event, CALLER); \
    }

ENQUEUED(clEnqueueCopyBuffer, (cl_command_queue queue, cl_mem from, cl_mem to, size_t from_at, size_t to_at,
                               size_t size, cl_uint count, const cl_event *waits, cl_event *event),
         (queue, from, to, from_at, to_at, size, count, waits, event))
ENQUEUED(clEnqueueFillBuffer, (cl_command_queue queue, cl_mem buffer, const void *pattern, size_t length,
                               size_t offset, size_t size, cl_uint count, const cl_event *waits, cl_event *event),
         (queue, buffer, pattern, length, offset, size, count, waits, event))
ENQUEUED(clEnqueueNDRangeKernel, (cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
                                  const size_t *global, const size_t *local, cl_uint count, const cl_event *waits,
                                  cl_event *event),
         (queue, kernel, dimensions, offset, global, local, count, waits, event))
ENQUEUED(clEnqueueMarkerWithWaitList, (cl_command_queue queue, cl_uint count, const cl_event *waits, cl_event *event),
         (queue, count, waits, event))
ENQUEUED(clEnqueueBarrierWithWaitList, (cl_command_queue queue, cl_uint count, const cl_event *waits, cl_event *event),
         (queue, count, waits, event))

cl_int clFinish(cl_command_queue queue)
{
    BEHIND(clFinish);
    FAIL(clFinish);
    return waited(behind(queue));
}

cl_int clWaitForEvents(cl_uint count, const cl_event *waits)
{
    BEHIND(clWaitForEvents);
    FAIL(clWaitForEvents);
    return waited(behind(count, waits));
}
