/* probe.c - names of the functions that qualification probes. */
#include "backend/probe/probe.h"

#include "common/codes.h"

#define SAME_FUNCTION(name, text, arguments) _Static_assert(QUALIFY_##name == CLMLP_PROBE_##name, "the code of " text);
CLMLP_PROBE_FUNCTION_LIST(SAME_FUNCTION)
#undef SAME_FUNCTION

const char *clmlp_probe_function_name(clmlp_probe_function function)
{
#define NAME_OF(name, text, arguments) text,
    static const char *const names[] = {CLMLP_PROBE_FUNCTION_LIST(NAME_OF)};
#undef NAME_OF
    return (unsigned)function < CLMLP_PROBE_FUNCTION_COUNT ? names[function] : "?";
}

unsigned clmlp_probe_function_arguments(clmlp_probe_function function)
{
#define ARGUMENTS_OF(name, text, arguments) arguments,
    static const unsigned counts[] = {CLMLP_PROBE_FUNCTION_LIST(ARGUMENTS_OF)};
#undef ARGUMENTS_OF
    return (unsigned)function < CLMLP_PROBE_FUNCTION_COUNT ? counts[function] : 0;
}
