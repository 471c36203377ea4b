/* finding.c - what a finding is about, and its line of text. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "verify/step/compare.h"

const char *clmlp_quantity_name(clmlp_quantity quantity)
{
#define NAME_OF(name, text) text,
    static const char *const names[] = {CLMLP_QUANTITY_LIST(NAME_OF)};
#undef NAME_OF
    return (unsigned)quantity < CLMLP_QUANTITY_COUNT ? names[quantity] : "?";
}

/* "z(2)" of its trend: "z_trend" without the end. */
static int length_of_tensor(const char *trend)
{
    const char *const end = strrchr(trend, '_');
    return end != NULL ? (int)(end - trend) : (int)strlen(trend);
}

static void trend_text(const clmlp_finding *f, const char *kernel, char *text, size_t size)
{
    char found[32], bound[32];
    const char *const name = clmlp_quantity_name(f->quantity);
    /* in double a factor may differ from 1 in its last digits alone */
    (void)clmlp_format_double(found, f->found, fabs(f->found - 1.0) < 1e-7 ? 17 : 9);
    (void)clmlp_format_double(bound, f->bound, 2);
    if (f->worst == 0) {
        (void)snprintf(text, size, "step %zu: %.*s(%zu) by %s%s is off systematically: %s%s times what is expected, "
                       "where chance makes 1 +- %s", f->step, length_of_tensor(name), name, f->layer, f->equation,
                       kernel, f->quantity == CLMLP_QUANTITY_THETA_TREND ? "it moves " : "", found, bound);
    } else {
        (void)snprintf(text, size, "step %zu: %.*s(%zu) by %s%s is off systematically: to one side, by %s of what "
                       "rounding may do to each element, where chance makes 0 +- %s", f->step, length_of_tensor(name),
                       name, f->layer, f->equation, kernel, found, bound);
    }
}

char *clmlp_finding_text(const clmlp_finding *finding, char *text, size_t size)
{
    char kernel[72] = "", found[32], expected[32], bound[32];
    if (text == NULL || size == 0) return text;
    if (finding == NULL) {
        text[0] = '\0';
        return text;
    }
    const size_t columns = finding->columns > 0 ? finding->columns : 1;
    if (finding->kernel[0] != '\0') (void)snprintf(kernel, sizeof kernel, " (%s)", finding->kernel);
    if (clmlp_is_trend(finding->quantity)) {
        trend_text(finding, kernel, text, size);
        return text;
    }
    (void)snprintf(text, size,
                   "step %zu: %s(%zu) [%zu x %zu] by %s%s: %zu element%s beyond %s bound, the worst at row %zu, column "
                   "%zu: found %s, expected %s +- %s",
                   finding->step, clmlp_quantity_name(finding->quantity), finding->layer, finding->rows,
                   finding->columns, finding->equation, kernel, finding->failed, finding->failed == 1 ? "" : "s",
                   finding->failed == 1 ? "its" : "their", finding->worst / columns, finding->worst % columns,
                   clmlp_format_double(found, finding->found, 9), clmlp_format_double(expected, finding->expected, 9),
                   clmlp_format_double(bound, finding->bound, 2));
    return text;
}
