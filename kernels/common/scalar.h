/* common/scalar.h - g and g' of one REAL: activation(), derivative(). */
#ifndef CLMLP_SCALAR_H
#define CLMLP_SCALAR_H

#include "codes.h"
#include "real.h"

#define VALUE REAL
#define OF(name) name
#include "common/activation.h"

#endif
