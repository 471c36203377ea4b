/* cost_at_point.h - J at one theta and near it, by definition, with rounding bounds.
 *
 * The loops are in double and share no code with any backend. The bounds say, to first order, what rounding can do to
 * J and to its gradient.
 *
 * Arrays of pointers are indexed as in network.h: z[l - 1] is z(l) [M x s_l], dense and row-major.
 */
#ifndef CLMLP_VERIFY_COST_AT_POINT_H
#define CLMLP_VERIFY_COST_AT_POINT_H

#include "model/model.h"
#include "propagate/network.h"

typedef struct clmlp_cost_at_point {
    const clmlp_model *model;  /* topology; borrowed, as are the next four */
    const double *theta;       /* laid out as model->theta */
    const double *x, *y;       /* [M x s_1], [M x K]; scaled */
    const double *w;           /* [M]: weights of the examples; NULL: all 1 */
    size_t L, M, K;
    const size_t *s;
    double decay;              /* lambda / m */
    double **z, **a;           /* [L], 2 <= l <= L; a(L) is h, a[0] is x; before dropout */
    /* what dropout multiplies a(l) with, 0 or 1/(1 - p), 2 <= l < L; NULL: there is none in the layer */
    double **gain;
    double **delta, **adjoint; /* [L]: d(M J)/dz(l), 2 <= l <= L, and d(M J)/da(l), 2 <= l < L */
    double **across;           /* [L]: theta(l) without column 0, transposed [s_l x s_{l+1}], 2 <= l < L */
    double *cost;              /* of each output [M x K]; softmax: of each row [M]; without w */
    double J;
    /* how far the values of a backend in double can be from those above, with both sides' rounding */
    double **dz, **da, **ddelta; /* [L] */
    /* what rounding can do to M J when layer l is computed anew: by each unit of it, in all columns of all layers
     * from l on for one row, and by the cost of a row as a whole (softmax) */
    double **local;            /* [L]: [M x s_l] */
    double **onwards;          /* [L]: [M] */
    double *row_cost;          /* [M] */
    double *scratch[2];           /* [largest layer]: changes within a row */
} clmlp_cost_at_point;

/* What the cost at a point is computed from. */
typedef struct clmlp_cost_at_point_inputs {
    const clmlp_model *model; /* its topology counts */
    const double *theta, *x, *y;
    const double *w;          /* [M]; NULL: all 1 */
    size_t M;
    double lambda;            /* m is M */
    clmlp_dropouts dropout;   /* of the step that J is looked at in */
    /* The backend's a(l) of hidden layers [M x s_l], indexed as above: on which side of a kink z is where rounding
     * alone decides. NULL: on the side that the point computes. */
    double *const *sides;
    /* a scale of the inputs: raw, laid out as theta(1) = raw diag(s), and s [1 x (s_1 + 1)]; NULL: there is none */
    const double *raw, *scale;
} clmlp_cost_at_point_inputs;

/* Everything that is borrowed must outlive the point. Errors: CLMLP_OUT_OF_MEMORY. */
clmlp_status clmlp_cost_at_point_create(clmlp_cost_at_point **out, const clmlp_cost_at_point_inputs *inputs,
                                        clmlp_error *error);
void clmlp_cost_at_point_destroy(clmlp_cost_at_point *point); /* NULL is fine */

/* J(theta + t e) - J(theta), e being element (j, i) of theta(l). Summed from the differences of each example's cost,
 * so that what is equal on both sides does not round. theta + t is never formed: z changes by t a.
 *   frozen    units with a kink stay on the side that they are on at theta: the smooth branch of J that backpropagation
 *             derives
 *   *crossed  becomes true where such a unit changes sides; never false */
double clmlp_cost_at_point_change(clmlp_cost_at_point *point, size_t l, size_t j, size_t i, double t, bool frozen,
                                  bool *crossed);

/* How far that can be from exact: to first order in the rounding of z + t a, of g and of the cost, each weighted by
 * the derivative of J with respect to it (the running error analysis of Higham, section 3.3, by adjoints), and of the
 * lambda term. */
double clmlp_cost_at_point_rounding(const clmlp_cost_at_point *point, size_t l, size_t j, size_t i, double t);

/* How far dJ/dtheta(l)_{j,i} of a backend in double can be from that of the point, and the relative rounding of a
 * difference quotient on top. */
double clmlp_cost_at_point_gradient_bound(const clmlp_cost_at_point *point, size_t l, size_t j, size_t i);

/* The same three along s_i of a scale of the inputs, i >= 1: theta(1) = raw diag(s). raw is laid out as theta(1). In
 * the last, gradient is a backend's dJ/dtheta(1), of which it makes dJ/ds_i. */
double clmlp_cost_at_point_scale_change(clmlp_cost_at_point *point, const double *raw, double scale, size_t i, double t,
                                        bool frozen, bool *crossed);
double clmlp_cost_at_point_scale_rounding(const clmlp_cost_at_point *point, const double *raw, double scale, size_t i,
                                          double t);
double clmlp_cost_at_point_scale_bound(const clmlp_cost_at_point *point, const double *raw, const double *gradient,
                                       double scale, size_t i);

/* What row r counts. */
static inline double clmlp_cost_at_point_weight(const clmlp_cost_at_point *point, size_t r)
{
    return point->w != NULL ? point->w[r] : 1.0;
}

/* What a(l) is multiplied with, `at` = r s_l + j. */
static inline double clmlp_cost_at_point_gain(const clmlp_cost_at_point *point, size_t l, size_t at)
{
    return point->gain[l - 1] != NULL ? point->gain[l - 1][at] : 1.0;
}

/* --- of cost_at_point_errors.c, for cost_at_point.c ------------------------------------------------------------- */

/* dz(l+1), da(l+1) of one unit, once z and a are there; magnitude = sum |a||theta|, carried = sum da |theta|. */
void clmlp_cost_at_point_forward_error(clmlp_cost_at_point *point, size_t l, size_t r, size_t j, double magnitude,
                                       double carried);
/* ddelta of all layers, local, onwards: once delta is there. */
void clmlp_cost_at_point_backward_errors(clmlp_cost_at_point *point);

#endif
