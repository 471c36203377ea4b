/* common/arguments.h - a kernel's parameters, made from the list that the host passes them by.
 *
 * The lists are in arguments.h of each folder, one for each kernel: LIST(FIRST, NEXT) has FIRST(KIND, name) for the
 * first argument and NEXT(KIND, name) for each other. The host makes a struct and a table of the same list
 * (host/backend/opencl/arguments.h), so that both sides have the same arguments in the same order.
 *
 * KIND, here as a type:
 */
#ifndef CLMLP_ARGUMENTS_H
#define CLMLP_ARGUMENTS_H

/* Where numbers are; a program whose own matrices are in local memory defines it otherwise. */
#ifndef SPACE
#define SPACE __global
#endif

#define TYPE_IN SPACE const REAL *
#define TYPE_OUT SPACE REAL *
#define TYPE_IN_UINT __global const uint *
#define TYPE_OUT_UINT __global uint *
#define TYPE_IN_UINT4 __global const uint4 *
#define TYPE_OUT_UINT4 __global uint4 *
#define TYPE_TEAM volatile __global uint *
#define TYPE_LOCAL_UINT __local uint *
#define TYPE_SIZE ulong
#define TYPE_INT int
#define TYPE_UINT uint
#define TYPE_SCALAR REAL
#define TYPE_NUMBERS update_numbers
#define TYPE_SIZES step_sizes
#define TYPE_DROPOUT dropout_numbers
#define TYPE_STEPS_DROPOUT step_dropouts
#define TYPE_STATE_0 __global REAL *
#define TYPE_STATE_1 __global REAL *

/* the parameters of a kernel */
#define FIRST_PARAMETER(KIND, name) TYPE_##KIND name
#define NEXT_PARAMETER(KIND, name) , TYPE_##KIND name
#define PARAMETERS(LIST) LIST(FIRST_PARAMETER, NEXT_PARAMETER)

/* a struct with the same names, and how a kernel fills it, to hand its arguments on */
#define FIELD(KIND, name) TYPE_##KIND name;
#define STRUCT_OF(LIST) { LIST(FIELD, FIELD) }
#define FIRST_GIVEN(KIND, name) name
#define NEXT_GIVEN(KIND, name) , name
#define GIVEN(LIST) {LIST(FIRST_GIVEN, NEXT_GIVEN)}

#endif
