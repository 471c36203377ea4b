/* wrong_rank.c - the program clmlp, of which one rank does something wrong: linked in front of the functions below
 * (--wrap), so that the tests see what clmlp verify says of it.
 *
 *   CLMLP_TEST_WRONG=WHAT@RANK    rows: takes rows one further on
 *                                 divisor: what its device is asked for in training is not what it has been asked for
 *                                 sum: adds up its part of a sum wrongly
 *                                 rate: moves theta too far
 *                                 fails: has a device that fails
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "clmlp/ranks.h"
#include "propagate/network.h"
#include "ranks/add.h"
#include "train/ranks/share.h"

void __real_clmlp_share_rows(const clmlp_share *share, size_t M, size_t *first, size_t *rows);
void __wrap_clmlp_share_rows(const clmlp_share *share, size_t M, size_t *first, size_t *rows);
void __real_clmlp_add_in_order(clmlp_precision precision, size_t ranks, const void *const *parts, void *sum,
                               size_t count);
void __wrap_clmlp_add_in_order(clmlp_precision precision, size_t ranks, const void *const *parts, void *sum,
                               size_t count);
clmlp_status __real_clmlp_gradient_layer(clmlp_network *network, const clmlp_batch *batch, size_t l, double decay,
                                         clmlp_error *error);
clmlp_status __wrap_clmlp_gradient_layer(clmlp_network *network, const clmlp_batch *batch, size_t l, double decay,
                                         clmlp_error *error);
clmlp_status __real_clmlp_update_layer(clmlp_network *network, size_t l, const clmlp_update_rule *rule, double decay,
                                       clmlp_error *error);
clmlp_status __wrap_clmlp_update_layer(clmlp_network *network, size_t l, const clmlp_update_rule *rule, double decay,
                                       clmlp_error *error);

/* Whether this rank is to do this wrong. */
static bool is_wrong(const char *what)
{
    const char *const asked = getenv("CLMLP_TEST_WRONG");
    const size_t length = strlen(what);
    size_t rank = 0, count = 1;
    if (asked == NULL || strncmp(asked, what, length) != 0 || asked[length] != '@') return false;
    clmlp_ranks_expected(&rank, &count);
    return strtoul(asked + length + 1, NULL, 10) == rank;
}

void __wrap_clmlp_share_rows(const clmlp_share *share, size_t M, size_t *first, size_t *rows)
{
    __real_clmlp_share_rows(share, M, first, rows);
    if (share->count > 1 && *first + *rows < M && is_wrong("rows")) ++*first;
}

void __wrap_clmlp_add_in_order(clmlp_precision precision, size_t ranks, const void *const *parts, void *sum,
                               size_t count)
{
    __real_clmlp_add_in_order(precision, ranks, parts, sum, count);
    if (precision == CLMLP_F32 && count > 64 && is_wrong("sum")) ((float *)sum)[7] += 1.0f;
}

clmlp_status __wrap_clmlp_gradient_layer(clmlp_network *network, const clmlp_batch *batch, size_t l, double decay,
                                         clmlp_error *error)
{
    clmlp_batch other = *batch;
    if (is_wrong("divisor")) other.divisor *= 1.5;
    return __real_clmlp_gradient_layer(network, &other, l, decay, error);
}

clmlp_status __wrap_clmlp_update_layer(clmlp_network *network, size_t l, const clmlp_update_rule *rule, double decay,
                                       clmlp_error *error)
{
    clmlp_update_rule other = *rule;
    if (is_wrong("fails")) return clmlp_fail(error, CLMLP_DEVICE, "the planted failure of a device");
    if (is_wrong("rate")) other.numbers[UPDATE_RATE] *= 1.001;
    return __real_clmlp_update_layer(network, l, &other, decay, error);
}
