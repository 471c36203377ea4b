/* gradient_sums.c - the gradients of a network, summed over the ranks. */
#include "train/ranks/gradient_sums.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

clmlp_status clmlp_gradient_sums_create(clmlp_gradient_sums *sums, clmlp_ranks *ranks, size_t L, clmlp_error *error)
{
    *sums = (clmlp_gradient_sums){.ranks = ranks, .layers = L - 1};
    TRY(clmlp_allocate(&sums->loans, L - 1, sizeof *sums->loans, "the gradients' places", error));
    for (size_t i = 0; i + 1 < L; i++) sums->loans[i] = (clmlp_loan){.values = NULL};
    TRY(clmlp_allocate(&sums->direct, L - 1, sizeof *sums->direct, "the gradients' sums", error));
    return clmlp_allocate(&sums->tickets, L - 1, sizeof *sums->tickets, "the gradients' sums", error);
}

clmlp_status clmlp_gradient_sums_shorten(clmlp_gradient_sums *sums, clmlp_error *error)
{
    TRY(clmlp_allocate(&sums->shortened, sums->layers, sizeof *sums->shortened, "gradients in 16 bits", error));
    for (size_t i = 0; i < sums->layers; i++) sums->shortened[i] = (clmlp_short_gradient){NULL, NULL};
    return CLMLP_OK;
}

void clmlp_gradient_sums_destroy(clmlp_gradient_sums *sums)
{
    for (size_t i = 0; i < sums->layers && sums->shortened != NULL; i++) {
        clmlp_short_gradient_release(&sums->shortened[i]);
    }
    free(sums->shortened);
    free(sums->tickets);
    free(sums->direct);
    free(sums->loans);
    *sums = (clmlp_gradient_sums){.ranks = NULL};
}

/* Where element (row, column) lies. */
static size_t place_of(const clmlp_loan *loan, size_t columns, size_t row, size_t column)
{
    const size_t at = !loan->bias_last ? column : column == 0 ? columns - 1 : column - 1;
    return row / loan->width * loan->panel + at * loan->row + row % loan->width;
}

static void keep(const clmlp_loan *loan, clmlp_precision precision, size_t rows, size_t columns, double *to)
{
    for (size_t j = 0; j < rows; j++) {
        for (size_t i = 0; i < columns; i++) {
            const size_t at = place_of(loan, columns, j, i);
            to[j * columns + i] = precision == CLMLP_F64 ? ((const double *)loan->values)[at]
                                                         : (double)((const float *)loan->values)[at];
        }
    }
}

static clmlp_status send(clmlp_gradient_sums *sums, clmlp_precision precision, size_t l, clmlp_error *error)
{
    const clmlp_loan *const loan = &sums->loans[l - 1];
    size_t *const ticket = &sums->tickets[l - 1];
    sums->direct[l - 1] = false;
    if (sums->shortened == NULL) {
        sums->direct[l - 1] = clmlp_exchange_is_direct(sums->ranks, loan->values,
                                                       loan->count * clmlp_precision_size(precision));
        return clmlp_exchange_begin(sums->ranks, precision, loan->values, loan->count, ticket, error);
    }
    clmlp_short_gradient *const gradient = &sums->shortened[l - 1];
    TRY(clmlp_short_gradient_pack(gradient, loan->values, loan->count, error));
    return clmlp_exchange_begin_short(sums->ranks, gradient->sent, loan->count, ticket, error);
}

/* The sum of theta(l)'s gradient, once the device is done with it. */
static clmlp_status begin_layer(clmlp_gradient_sums *sums, clmlp_network *network, size_t l, bool empty,
                                clmlp_error *error)
{
    clmlp_backend *const backend = network->backend;
    clmlp_loan *const loan = &sums->loans[l - 1];
    TRY(backend->ops->borrow_wait(backend, network->gradient[l - 1], sums->view, loan, error));
    if (empty) memset(loan->values, 0, loan->count * clmlp_precision_size(backend->precision));
    if (sums->given != NULL) {
        keep(loan, backend->precision, network->s[l], network->s[l - 1] + 1, sums->given[l - 1]);
    }
    TRY(send(sums, backend->precision, l, error));
    sums->begun++;
    return CLMLP_OK;
}

clmlp_status clmlp_gradient_sums_fetch(clmlp_gradient_sums *sums, clmlp_network *network, bool empty,
                                       clmlp_error *error)
{
    clmlp_backend *const backend = network->backend;
    const size_t l = sums->layers - sums->fetched;
    TRY(backend->ops->borrow_begin(backend, network->gradient[l - 1], error));
    sums->fetched++;
    return backend->synchronous ? begin_layer(sums, network, l, empty, error) : CLMLP_OK;
}

clmlp_status clmlp_gradient_sums_begin(clmlp_gradient_sums *sums, clmlp_network *network, bool empty,
                                       clmlp_error *error)
{
    while (sums->begun < sums->fetched) {
        TRY(begin_layer(sums, network, sums->layers - sums->begun, empty, error));
    }
    return CLMLP_OK;
}

clmlp_status clmlp_gradient_sums_end(clmlp_gradient_sums *sums, clmlp_network *network, size_t l, clmlp_error *error)
{
    clmlp_backend *const backend = network->backend;
    TRY(clmlp_exchange_wait(sums->ranks, sums->tickets[l - 1], error));
    if (sums->shortened != NULL) {
        clmlp_short_gradient_unpack(&sums->shortened[l - 1], sums->loans[l - 1].values, sums->loans[l - 1].count);
    }
    sums->loans[l - 1].values = NULL;
    TRY(backend->ops->borrow_end(backend, network->gradient[l - 1], true, error));
    if (l == 1) sums->fetched = sums->begun = 0;
    return CLMLP_OK;
}

size_t clmlp_gradient_sums_adder(const clmlp_gradient_sums *sums, clmlp_precision precision, size_t l, size_t columns,
                                 size_t row, size_t column)
{
    const clmlp_loan *const loan = &sums->loans[l - 1];
    return clmlp_exchange_adder(sums->ranks, precision, loan->count, place_of(loan, columns, row, column),
                                sums->direct[l - 1]);
}

void clmlp_gradient_sums_give_up(clmlp_gradient_sums *sums, clmlp_network *network)
{
    clmlp_backend *const backend = network->backend;
    clmlp_exchange_settle(sums->ranks);
    for (size_t i = 0; i < sums->fetched; i++) {
        const size_t l = sums->layers - i;
        (void)backend->ops->borrow_end(backend, network->gradient[l - 1], true, NULL); /* half a sum: nobody uses it */
        sums->loans[l - 1].values = NULL;
    }
    sums->fetched = sums->begun = 0;
}
