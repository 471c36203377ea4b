/* check_trend.c - which trends of a step's tensors are looked for, and what is said of them. */
#include <math.h>

#include "verify/step/checking.h"

enum {
    UNDERFLOW = 4096,      /* a bound of so many times what underflow may take is about rounding */
    ROUNDED_AT_RANDOM = 16, /* half ulps: a smaller step may vanish in what it is added to, all of it on one side */
    PART = 256,            /* elements of a row that are looked at in a step */
    CONSTANTS = 4,         /* u, of 1/M, of rounding a product with it, of a dropped layer's scale */
    RULES = 16             /* u, of a rule's constants, root and quotient */
};

bool clmlp_looks_for_trends(const clmlp_checking *s)
{
    const clmlp_backend *const checked = s->checker->checked;
    return !s->free_run && s->step->M > 0 && !(checked != NULL && checked->truncates);
}

clmlp_status clmlp_tell_trends(const clmlp_checking *s, clmlp_quantity quantity, size_t layer, clmlp_equation equation,
                               const clmlp_trends *trends)
{
    double found[CLMLP_TREND_KINDS] = {1.0 + trends->factor.estimate, trends->offset.estimate};
    double expected[CLMLP_TREND_KINDS] = {1.0, 0.0}, limit[CLMLP_TREND_KINDS] = {trends->factor.limit,
                                                                                 trends->offset.limit};
    if (!trends->judged) return CLMLP_OK;
    return clmlp_check_tensor(s, quantity, layer, equation, found, (clmlp_pair){expected, limit}, 1,
                              CLMLP_TREND_KINDS);
}

static clmlp_status tell(const clmlp_checking *s, clmlp_quantity quantity, size_t layer, clmlp_equation equation,
                         const clmlp_trend_data *data)
{
    clmlp_trends trends;
    TRY(clmlp_trends_of(data, &trends, s->error));
    return clmlp_tell_trends(s, quantity, layer, equation, &trends);
}

clmlp_status clmlp_check_z_trend(const clmlp_checking *s, size_t l, clmlp_equation equation, const double *found,
                                 clmlp_pair own)
{
    const clmlp_step_checker *const checker = s->checker;
    const clmlp_reference_products *const products = &checker->products;
    const size_t columns = checker->s[l - 1] + 1;
    if (found == NULL || !clmlp_looks_for_trends(s)) return CLMLP_OK;
    return tell(s, CLMLP_QUANTITY_Z_TREND, l + 1, equation,
                &(clmlp_trend_data){.arithmetic = &products->arithmetic, .rows = s->step->M, .columns = checker->s[l],
                                    .found = found, .expected = own.value, .bound = own.bound,
                                    .row_spread = products->row_spread, .least = UNDERFLOW * products->least,
                                    .relative = CONSTANTS, .unit = {{s->step->theta[l - 1], columns, 1, columns, NULL}},
                                    .left = products->layer, .left_row = columns, .left_term = 1,
                                    .right = s->step->theta[l - 1], .right_column = columns, .right_term = 1,
                                    .terms = columns});
}

clmlp_status clmlp_check_a_trend(const clmlp_checking *s, size_t l, clmlp_pair z, const double *moved, clmlp_pair own)
{
    const clmlp_step_checker *const checker = s->checker;
    const clmlp_reference_products *const products = &checker->products;
    const double *const theta = s->step->theta[l - 2];
    const size_t columns = checker->s[l - 2] + 1;
    if (s->step->a[l - 1] == NULL) return CLMLP_OK;
    return tell(s, CLMLP_QUANTITY_Z_TREND, l, CLMLP_EQUATION_FORWARD,
                &(clmlp_trend_data){.arithmetic = &products->arithmetic, .rows = s->step->M,
                                    .columns = checker->s[l - 1], .found = s->step->a[l - 1], .expected = own.value,
                                    .bound = own.bound, .sum = z.value, .sum_bound = z.bound, .moved = moved,
                                    .row_spread = products->row_spread, .least = UNDERFLOW * products->least,
                                    .unit = {{theta, columns, 1, columns, NULL}}, .left = products->layer,
                                    .left_row = columns, .left_term = 1, .right = theta,
                                    .right_column = columns, .right_term = 1, .terms = columns});
}

clmlp_status clmlp_check_delta_trend(const clmlp_checking *s, size_t l, clmlp_pair sum, clmlp_pair own)
{
    const clmlp_step_checker *const checker = s->checker;
    const clmlp_reference_products *const products = &checker->products;
    if (s->step->delta[l - 1] == NULL || !clmlp_looks_for_trends(s)) return CLMLP_OK;
    return tell(s, CLMLP_QUANTITY_DELTA_TREND, l, CLMLP_EQUATION_HIDDEN_DELTA,
                &(clmlp_trend_data){.arithmetic = &products->arithmetic, .rows = s->step->M,
                                    .columns = checker->s[l - 1], .found = s->step->delta[l - 1],
                                    .expected = own.value, .bound = own.bound, .sum = sum.value,
                                    .sum_bound = sum.bound, .row_spread = products->row_spread,
                                    .least = UNDERFLOW * products->least,
                                    .unit = {{s->step->theta[l - 1] + 1, 1, checker->s[l - 1] + 1, checker->s[l],
                                              NULL}},
                                    .left = s->step->delta[l], .left_row = checker->s[l],
                                    .left_term = 1, .right = s->step->theta[l - 1] + 1, .right_column = 1,
                                    .right_term = checker->s[l - 1] + 1, .terms = checker->s[l]});
}

/* A part of the columns, each time another one: more elements of a unit prove no more, units do. */
static void take_part(const clmlp_checking *s, clmlp_trend_data *data)
{
    const size_t parts = (data->columns + PART - 1) / PART, width = (data->columns + parts - 1) / parts;
    data->first = s->number % parts * width;
    data->end = data->first + width < data->columns ? data->first + width : data->columns;
}

/* Units of theta(l): those of layer l+1, its rows, with their deltas; where they are few, those of layer l, with their
 * activations. Features of the data are none: they may be alike. */
static bool take_units(const clmlp_checking *s, size_t l, clmlp_trend_data *data)
{
    const size_t s_in = s->checker->s[l - 1], s_out = s->checker->s[l];
    data->rows = s_out;
    data->columns = s_in + 1;
    data->units_are_rows = s_out >= CLMLP_TREND_UNITS;
    data->first = 1;
    if (data->units_are_rows) take_part(s, data);
    data->unit[0] = (clmlp_trend_numbers){data->units_are_rows ? s->step->delta[l] : s->step->a[l - 1], 1,
                                          data->units_are_rows ? s_out : s_in, s->step->M, NULL};
    return data->units_are_rows || (l > 1 && s_in >= CLMLP_TREND_UNITS);
}

bool clmlp_gradient_trend_data(const clmlp_checking *s, size_t l, clmlp_pair own, clmlp_trend_data *data)
{
    const clmlp_reference_products *const products = &s->checker->products;
    const double decay = clmlp_step_decay(s->step);
    *data = (clmlp_trend_data){.arithmetic = &products->arithmetic, .found = s->step->gradient[l - 1],
                               .expected = own.value, .bound = own.bound, .row_spread = products->row_spread,
                               .column_spread = products->column_spread, .least = UNDERFLOW * products->least,
                               .relative = CONSTANTS, .decayed = decay != 0.0 ? s->step->theta[l - 1] : NULL,
                               .decay = decay, .left = s->step->delta[l], .left_row = 1,
                               .left_term = s->checker->s[l], .right = products->layer, .right_column = 1,
                               .right_term = s->checker->s[l - 1] + 1, .terms = s->step->M};
    return data->found != NULL && clmlp_looks_for_trends(s) && take_units(s, l, data);
}

bool clmlp_theta_trend_data(const clmlp_checking *s, size_t l, clmlp_pair after, clmlp_trend_data *data)
{
    const clmlp_arithmetic *const arithmetic = &s->checker->products.arithmetic;
    const double *const theta = s->step->theta[l - 1];
    /* a constant near 1 times theta is off to one side, by part of what rounding may do */
    const bool keeps = s->step->descent.rule.optimizer == CLMLP_ADAMW;
    *data = (clmlp_trend_data){.arithmetic = arithmetic, .found = s->step->after[l - 1], .expected = after.value,
                               .bound = after.bound, .before = theta, .least = UNDERFLOW * arithmetic->least,
                               .exact_from = ROUNDED_AT_RANDOM, .relative = RULES, .decayed = keeps ? theta : NULL,
                               .decay = 1.0};
    if (data->found == NULL || !clmlp_looks_for_trends(s) || !take_units(s, l, data)) return false;
    const size_t columns = data->columns;
    data->unit[1] = data->units_are_rows ? (clmlp_trend_numbers){data->found, columns, 1, columns, NULL}
                                         : (clmlp_trend_numbers){data->found + 1, 1, columns, data->rows, NULL};
    data->unit[2] = data->unit[1];
    data->unit[2].from = data->units_are_rows ? theta : theta + 1;
    return true;
}

clmlp_status clmlp_check_gradient_trend(const clmlp_checking *s, size_t l, clmlp_pair own)
{
    clmlp_trend_data data;
    if (!clmlp_gradient_trend_data(s, l, own, &data)) return CLMLP_OK;
    return tell(s, CLMLP_QUANTITY_GRADIENT_TREND, l, CLMLP_EQUATION_GRADIENT, &data);
}

clmlp_status clmlp_check_theta_trend(const clmlp_checking *s, size_t l, clmlp_pair after)
{
    clmlp_trend_data data;
    if (!clmlp_theta_trend_data(s, l, after, &data)) return CLMLP_OK;
    return tell(s, CLMLP_QUANTITY_THETA_TREND, l, CLMLP_EQUATION_UPDATE, &data);
}
