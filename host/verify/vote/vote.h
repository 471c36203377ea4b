/* vote.h - the parts of clmlp_verify_vote. */
#ifndef CLMLP_VERIFY_VOTE_H
#define CLMLP_VERIFY_VOTE_H

#include "clmlp/verify.h"

/* Of clmlp_verify_vote. */
struct clmlp_vote_result {
    clmlp_voter *voters; /* [count] */
    size_t count;
    clmlp_blame blame;
    char verdict[512];   /* in words */
};

/* Fill blame and verdict from the voters. It reads their opened, passed, engine and gemm_*, and of the device spec,
 * name, platform and type. The CPU path has the type "host". */
void clmlp_vote_conclude(clmlp_vote_result *result);

/* The smallest product of the failing equation that goes wrong on the device, into voter->gemm_*: from the size at
 * which it failed, each dimension is halved its way down for as long as the product is wrong. Nothing where the
 * failing equation is no product, or where bare products of that size are right.
 *   rows  M of the failing step */
clmlp_status clmlp_vote_narrow(clmlp_voter *voter, clmlp_device *device, const clmlp_model *model, size_t rows,
                               clmlp_error *error);

#endif
