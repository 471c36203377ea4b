/* status.c - status codes, error messages and their texts. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "clmlp/text.h"
#include "clmlp/version.h"

const char *clmlp_status_text(clmlp_status status)
{
    switch (status) {
#define STATUS_CASE(name, text) case CLMLP_##name: return text;
        CLMLP_STATUS_LIST(STATUS_CASE)
#undef STATUS_CASE
    case CLMLP_STATUS_COUNT: break;
    }
    return "unknown status";
}

const char *clmlp_version(void)
{
    return CLMLP_VERSION;
}

static void mark_cut(char message[CLMLP_ERROR_LENGTH])
{
    memcpy(message + CLMLP_ERROR_LENGTH - 4, "...", 4);
}

static size_t write_message(clmlp_error *error, clmlp_status status, const char *format, va_list arguments)
{
    error->status = status;
    const int length = vsnprintf(error->message, CLMLP_ERROR_LENGTH, format, arguments);
    if (length < 0) {
        error->message[0] = '\0';
        return 0;
    }
    if ((size_t)length >= CLMLP_ERROR_LENGTH) {
        mark_cut(error->message);
        return CLMLP_ERROR_LENGTH - 1;
    }
    return (size_t)length;
}

/* What drivers say and lists of devices have several lines. All else is one, whatever names are in it. */
static bool has_lines(clmlp_status status)
{
    return status == CLMLP_DEVICE || status == CLMLP_NO_DEVICE;
}

clmlp_status clmlp_fail(clmlp_error *error, clmlp_status status, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        (void)write_message(error, status, format, arguments);
        clmlp_make_printable(error->message, has_lines(status));
        va_end(arguments);
    }
    return status;
}

clmlp_status clmlp_fail_errno(clmlp_error *error, clmlp_status status, int number, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        const size_t used = write_message(error, status, format, arguments);
        va_end(arguments);
        if (number != 0) (void)snprintf(error->message + used, CLMLP_ERROR_LENGTH - used, ": %s", strerror(number));
        clmlp_make_printable(error->message, has_lines(status));
    }
    return status;
}
