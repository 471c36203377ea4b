/* common/scalar.h - g, g' and the update rule of one REAL: activation(), derivative(), updated(). */
#ifndef CLMLP_SCALAR_H
#define CLMLP_SCALAR_H

#include "common/codes.h"
#include "common/real.h"

#define VALUE REAL
#define OF(name) name
#include "common/activation.h"

#define VALUE REAL
#define OF(name) name
#include "common/update.h"

#endif
