/* common/scalar.h - g and g' of one REAL: activation(), derivative(). */
#ifndef CLMLP_SCALAR_H
#define CLMLP_SCALAR_H

#include "common/codes.h"
#include "common/real.h"

#define VALUE REAL
#define OF(name) name
#include "common/activation.h"

#endif
