/* argument.c - the messages of refused arguments. */
#include "base/argument.h"

clmlp_status clmlp_refuse(clmlp_error *error, const char *argument, const char *expected)
{
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument '%s': expected %s", argument, expected);
}

clmlp_status clmlp_refuse_code(clmlp_error *error, const char *argument, unsigned found, unsigned count)
{
    return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "argument '%s': found %d, expected 0 to %u", argument, (int)found,
                      count - 1);
}
