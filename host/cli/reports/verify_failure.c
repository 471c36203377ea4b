/* verify_failure.c - a finding of clmlp verify that failed, for people. */
#include <math.h>
#include <stdio.h>

#include "reports/verify.h"
#include "terminal.h"

enum { DIGITS = 17 }; /* that tell any two numbers apart */

const char *clmlp_cli_tensor_name(char text[CLMLP_CLI_TENSOR], const clmlp_finding *finding)
{
    const char *const name = clmlp_quantity_name(finding->quantity);
    const bool layered = finding->quantity != CLMLP_QUANTITY_X && finding->quantity != CLMLP_QUANTITY_Y &&
                         finding->quantity != CLMLP_QUANTITY_W && finding->quantity != CLMLP_QUANTITY_COST &&
                         finding->quantity != CLMLP_QUANTITY_DOT && finding->quantity != CLMLP_QUANTITY_RIGHT &&
                         finding->quantity != CLMLP_QUANTITY_ROWS && finding->quantity != CLMLP_QUANTITY_SUM_COST &&
                         finding->quantity != CLMLP_QUANTITY_WHOLE_COST &&
                         finding->quantity != CLMLP_QUANTITY_WHOLE_RIGHT;
    if (layered) (void)snprintf(text, CLMLP_CLI_TENSOR, "%s(%zu)", name, finding->layer);
    else (void)snprintf(text, CLMLP_CLI_TENSOR, "%s", name);
    return text;
}

static void print_place(const clmlp_finding *f)
{
    if (f->columns > 0) clmlp_cli_out("[%zu, %zu]", f->worst / f->columns, f->worst % f->columns);
}

bool clmlp_cli_is_trend(const clmlp_finding *f)
{
    return f->quantity == CLMLP_QUANTITY_Z_TREND || f->quantity == CLMLP_QUANTITY_DELTA_TREND ||
           f->quantity == CLMLP_QUANTITY_GRADIENT_TREND || f->quantity == CLMLP_QUANTITY_THETA_TREND;
}

static void print_trend(const clmlp_finding *f)
{
    clmlp_cli_out("\n  each element may be within its bound, all together are off systematically:\n  ");
    if (f->worst == 0) {
        clmlp_cli_out("%s %.*g times what is expected; chance makes 1 +- %.3g\n",
                      f->quantity == CLMLP_QUANTITY_THETA_TREND ? "theta moves" : "they are",
                      fabs(f->found - 1.0) < 1e-7 ? 17 : 9, f->found, f->bound); /* the digits that differ */
    } else {
        clmlp_cli_out("to one side, by %.4g of what rounding may do to each; chance makes 0 +- %.3g\n", f->found,
                      f->bound);
    }
}

/* What of several ranks has to be equal to the bit; NULL: it has a bound. */
static const char *what_is_equal(const clmlp_finding *f)
{
    switch (f->quantity) {
    case CLMLP_QUANTITY_ROWS: return "rows of the batch in front of its own, how many its own are, or their order";
    case CLMLP_QUANTITY_GIVEN: return "what it gave to the sum is not its device's gradient";
    case CLMLP_QUANTITY_SUM_GRADIENT:
    case CLMLP_QUANTITY_SUM_COST: return "the numbers that the ranks have come to another sum: what was sent, added or "
                                         "taken over is wrong there";
    case CLMLP_QUANTITY_SAME_THETA: return "theta or its state has other bits than on ranks with the same device";
    default: return NULL;
    }
}

static void print_unequal(const clmlp_finding *f)
{
    clmlp_cli_out("\n  %s;\n  %zu of %zu elements are others, the first ", what_is_equal(f), f->failed,
                  f->rows * f->columns);
    print_place(f);
    clmlp_cli_out(":\n  found %.*g, expected %.*g\n", DIGITS, f->found, DIGITS, f->expected);
}

void clmlp_cli_print_rank(const clmlp_ranks *ranks, const clmlp_finding *f)
{
    if (f->rank == CLMLP_ALL_RANKS) {
        clmlp_cli_print(stdout, "%s, ", what_is_equal(f) != NULL ? "between ranks" : "all ranks together");
    }
    else clmlp_cli_print(stdout, "rank %zu (host %s), ", f->rank, clmlp_ranks_host(ranks, f->rank));
}

void clmlp_cli_print_wrong_ranks(const clmlp_ranks *ranks, const clmlp_verify_result *result)
{
    for (size_t r = 0; r < result->ranks; r++) {
        size_t failed = 0;
        for (size_t i = 0; i < result->count; i++) {
            failed += result->findings[i].failed > 0 && result->findings[i].rank == r;
        }
        if (failed == 0) continue;
        clmlp_cli_print(stdout, "rank %zu (host %s) is wrong in %zu tensor%s\n", r, clmlp_ranks_host(ranks, r), failed,
                        failed == 1 ? "" : "s");
    }
}

void clmlp_cli_print_failure(const clmlp_finding *f)
{
    char name[CLMLP_CLI_TENSOR];
    clmlp_cli_out("step %zu, layer %zu: %s, equation %s", f->step, f->layer, clmlp_cli_tensor_name(name, f),
                  f->equation != NULL ? f->equation : "?");
    if (f->kernel[0] != '\0') clmlp_cli_out(", kernel %s", f->kernel);
    if (clmlp_cli_is_trend(f)) {
        print_trend(f);
        return;
    }
    if (what_is_equal(f) != NULL) {
        print_unequal(f);
        return;
    }
    clmlp_cli_out("\n  %zu of %zu elements are beyond their bound; worst ", f->failed, f->rows * f->columns);
    print_place(f);
    clmlp_cli_out(":\n  found %.*g, expected %.*g +- %.3g, off by %.4g times the bound\n", DIGITS, f->found, DIGITS,
                  f->expected, f->bound, f->max_of_bound);
}
