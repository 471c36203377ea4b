/* unit.h - a hidden unit of the gradient check: g, g', and how far off they may be; see cost_at_point_errors.c. */
#ifndef CLMLP_VERIFY_UNIT_H
#define CLMLP_VERIFY_UNIT_H

#include <stdbool.h>

#include "clmlp/model.h"

/* A sigmoid of a backend and of the point, relative: exp weighted by e / (1 + e) <= 1, a sum, a quotient. */
#define CLMLP_SIGMOID_ERROR (((6.0 + 1.0 + 5.0) + (2.0 + 1.0 + 1.0)) * 0x1p-53)

double clmlp_unit_value(clmlp_activation g, double z);
double clmlp_unit_slope(clmlp_activation g, double z, double a);

/* Whether g has another formula for z > 0 than below: at 0 it has a kink, or (elu) its derivative has. */
bool clmlp_has_kink(clmlp_activation g);

/* Of those: how a changes when z changes by dz, by the formula of z's own side. */
double clmlp_unit_smooth_change(clmlp_activation g, double z, double dz);

/* Whether a is the same for all z near this one. */
bool clmlp_unit_is_off(clmlp_activation g, double z);

/* How far a backend's a, and g', can be from the point's where z is off by dz and a by da. */
double clmlp_unit_error(clmlp_activation g, double z, double a, double dz);
double clmlp_unit_slope_error(clmlp_activation g, double z, double a, double dz, double da);

/* How far g is off by the host's own functions. */
double clmlp_unit_own_error(clmlp_activation g, double z, double a);

#endif
