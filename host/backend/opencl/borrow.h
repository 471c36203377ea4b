/* borrow.h - matrices in the host's hands: entries of the table, and what engines with layouts of their own need. */
#ifndef CLMLP_BACKEND_OPENCL_BORROW_H
#define CLMLP_BACKEND_OPENCL_BORROW_H

#include "backend/opencl/opencl.h"

/* What a matrix has from its first loan on. */
typedef struct clmlp_opencl_loan {
    bool lent;     /* between begin and end */
    bool waited;   /* memory is there */
    bool stuck;    /* a transfer failed, and the wait for it, too: staging may still be written to */
    bool mapped;   /* memory and copy are the buffers, mapped; else they are staging */
    cl_event moved; /* the last command that begin or end enqueued; NULL: nothing is under way */
    char *memory, *copy; /* the buffer, and that of theta without its bias, as they lie; copy NULL: there is none */
    size_t bytes, copy_bytes;
    clmlp_staging staging; /* of both, the copy behind the buffer; there from the first loan that needs it */
    /* the engine's own: the matrix [rows x columns] without padding, NULL: not needed yet; whether it has this loan's
     * numbers */
    char *dense;
    bool is_dense;
} clmlp_opencl_loan;

/* Entries of the table, for matrices that lie as they look; copies are the engine's to keep right. */
clmlp_status clmlp_opencl_borrow_begin(clmlp_backend *backend, clmlp_tensor *tensor, clmlp_error *error);
clmlp_status clmlp_opencl_borrow_wait(clmlp_backend *backend, clmlp_tensor *tensor, clmlp_view view, clmlp_loan *out,
                                      clmlp_error *error);
clmlp_status clmlp_opencl_borrow_end(clmlp_backend *backend, clmlp_tensor *tensor, bool changed, clmlp_error *error);

/* A matrix without a copy on a device that shares the host's memory. */
bool clmlp_opencl_tensor_place(clmlp_backend *backend, clmlp_tensor *tensor, void *memory);

/* Before a matrix goes: end its loan, whatever state it is in. */
void clmlp_opencl_borrow_forget(clmlp_opencl *opencl, clmlp_opencl_tensor *tensor);

#endif
