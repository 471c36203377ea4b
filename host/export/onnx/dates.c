/* dates.c - the parts of dates as nodes of a graph: whole numbers all the way.
 *
 * A day is counted from 0001-01-01, a Monday, as if the Gregorian calendar had been in use. 400 years have 146097 days,
 * 100 have 36524, 4 have 1461, one has 365; the last 100 of 400 and the last of 4 have a day more. */
#include "export/onnx/stages.h"

#include <math.h>
#include <stdio.h>

#define OWN(stem) CLMLP_ONNX_OWN "date_" stem

static const int64_t SECONDS_BEFORE_1970 = 62135596800, DAYS_BEFORE_1970 = 719162;
static const double FIRST_SECOND = -62135596800.0, AFTER_LAST_SECOND = 253402300800.0; /* years 1 to 9999 */

static clmlp_status constants(clmlp_onnx_graph *graph, const int64_t *first, size_t count)
{
    static const struct {
        const char *name;
        int64_t value;
    } all[] = {{OWN("1"), 1}, {OWN("3"), 3}, {OWN("4"), 4}, {OWN("7"), 7}, {OWN("24"), 24},
               {OWN("100"), 100}, {OWN("365"), 365}, {OWN("366"), 366}, {OWN("400"), 400}, {OWN("1461"), 1461},
               {OWN("3600"), 3600}, {OWN("36524"), 36524}, {OWN("86400"), 86400}, {OWN("146097"), 146097}};
    static const int64_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    enum { DAYS = 366, ALL_DAYS = 2 * DAYS };
    int64_t months[ALL_DAYS] = {0}; /* the month of each day of a year, of a leap year from 366 on */
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        TRY(clmlp_onnx_integers(graph, all[i].name, &all[i].value, 0));
    }
    for (int leap = 0; leap < 2; leap++) {
        int64_t *to = leap == 1 ? months + DAYS : months;
        for (int month = 0; month < 12; month++) {
            for (int64_t day = lengths[month] + (month == 1 ? leap : 0); day > 0; day--) *to++ = month + 1;
        }
    }
    TRY(clmlp_onnx_integers(graph, OWN("months"), months, ALL_DAYS));
    TRY(clmlp_onnx_integers(graph, OWN("first"), first, count));
    TRY(clmlp_onnx_integers(graph, OWN("seconds_before_1970"), &SECONDS_BEFORE_1970, 0));
    TRY(clmlp_onnx_integers(graph, OWN("days_before_1970"), &DAYS_BEFORE_1970, 0));
    TRY(clmlp_onnx_scalar(graph, OWN("least"), CLMLP_ONNX_DOUBLE, FIRST_SECOND));
    TRY(clmlp_onnx_scalar(graph, OWN("beyond"), CLMLP_ONNX_DOUBLE, AFTER_LAST_SECOND));
    TRY(clmlp_onnx_scalar(graph, OWN("zero"), CLMLP_ONNX_DOUBLE, 0.0));
    TRY(clmlp_onnx_scalar(graph, OWN("nan"), CLMLP_ONNX_DOUBLE, (double)NAN));
    return clmlp_onnx_scalar(graph, OWN("infinity"), CLMLP_ONNX_DOUBLE, (double)INFINITY);
}

/* Seconds since 0001-01-01, whole, 0 or more; and a state: 0 of a date, NaN of a missing one, infinite of none. */
static clmlp_status read_seconds(clmlp_onnx_graph *graph, const char *dates)
{
    TRY(clmlp_onnx_apply(graph, "IsNaN", dates, NULL, NULL, OWN("missing")));
    TRY(clmlp_onnx_apply(graph, "GreaterOrEqual", dates, OWN("least"), NULL, OWN("late_enough")));
    TRY(clmlp_onnx_apply(graph, "Less", dates, OWN("beyond"), NULL, OWN("early_enough")));
    TRY(clmlp_onnx_apply(graph, "And", OWN("late_enough"), OWN("early_enough"), NULL, OWN("valid")));
    TRY(clmlp_onnx_apply(graph, "Where", OWN("missing"), OWN("nan"), OWN("infinity"), OWN("without")));
    TRY(clmlp_onnx_apply(graph, "Where", OWN("valid"), OWN("zero"), OWN("without"), OWN("state")));
    TRY(clmlp_onnx_apply(graph, "Where", OWN("valid"), dates, OWN("zero"), OWN("known")));
    TRY(clmlp_onnx_apply(graph, "Floor", OWN("known"), NULL, NULL, OWN("whole")));
    TRY(clmlp_onnx_cast(graph, OWN("whole"), CLMLP_ONNX_INT64, OWN("since_1970")));
    return clmlp_onnx_apply(graph, "Add", OWN("since_1970"), OWN("seconds_before_1970"), NULL, OWN("seconds"));
}

/* quotient = value / divisor, at most `most` (NULL: any); rest = value - quotient divisor. */
static clmlp_status divide(clmlp_onnx_graph *graph, const char *value, const char *divisor, const char *most,
                           const char *quotient, const char *rest)
{
    char whole[CLMLP_ONNX_NAME], product[CLMLP_ONNX_NAME];
    (void)snprintf(whole, sizeof whole, "%s_uncut", quotient);
    (void)snprintf(product, sizeof product, "%s_product", quotient);
    TRY(clmlp_onnx_apply(graph, "Div", value, divisor, NULL, most != NULL ? whole : quotient));
    if (most != NULL) TRY(clmlp_onnx_apply(graph, "Min", whole, most, NULL, quotient));
    TRY(clmlp_onnx_apply(graph, "Mul", quotient, divisor, NULL, product));
    return clmlp_onnx_apply(graph, "Sub", value, product, NULL, rest);
}

/* Year, month and the day of the year from the day. */
static clmlp_status read_calendar(clmlp_onnx_graph *graph)
{
    TRY(divide(graph, OWN("day"), OWN("146097"), NULL, OWN("n400"), OWN("in_400")));
    TRY(divide(graph, OWN("in_400"), OWN("36524"), OWN("3"), OWN("n100"), OWN("in_100")));
    TRY(divide(graph, OWN("in_100"), OWN("1461"), NULL, OWN("n4"), OWN("in_4")));
    TRY(divide(graph, OWN("in_4"), OWN("365"), OWN("3"), OWN("n1"), OWN("in_year")));
    TRY(clmlp_onnx_apply(graph, "Mul", OWN("n400"), OWN("400"), NULL, OWN("years_400")));
    TRY(clmlp_onnx_apply(graph, "Mul", OWN("n100"), OWN("100"), NULL, OWN("years_100")));
    TRY(clmlp_onnx_apply(graph, "Mul", OWN("n4"), OWN("4"), NULL, OWN("years_4")));
    TRY(clmlp_onnx_apply(graph, "Add", OWN("years_400"), OWN("years_100"), NULL, OWN("years_a")));
    TRY(clmlp_onnx_apply(graph, "Add", OWN("years_a"), OWN("years_4"), NULL, OWN("years_b")));
    TRY(clmlp_onnx_apply(graph, "Add", OWN("years_b"), OWN("n1"), NULL, OWN("years")));
    TRY(clmlp_onnx_apply(graph, "Add", OWN("years"), OWN("1"), NULL, OWN("year")));
    TRY(clmlp_onnx_apply(graph, "Equal", OWN("n1"), OWN("3"), NULL, OWN("fourth")));
    TRY(clmlp_onnx_apply(graph, "Equal", OWN("n4"), OWN("24"), NULL, OWN("last_of_100")));
    TRY(clmlp_onnx_apply(graph, "Not", OWN("last_of_100"), NULL, NULL, OWN("not_last")));
    TRY(clmlp_onnx_apply(graph, "Equal", OWN("n100"), OWN("3"), NULL, OWN("last_of_400")));
    TRY(clmlp_onnx_apply(graph, "Or", OWN("not_last"), OWN("last_of_400"), NULL, OWN("may_leap")));
    TRY(clmlp_onnx_apply(graph, "And", OWN("fourth"), OWN("may_leap"), NULL, OWN("leaps")));
    TRY(clmlp_onnx_cast(graph, OWN("leaps"), CLMLP_ONNX_INT64, OWN("leap")));
    TRY(clmlp_onnx_apply(graph, "Mul", OWN("leap"), OWN("366"), NULL, OWN("table")));
    TRY(clmlp_onnx_apply(graph, "Add", OWN("table"), OWN("in_year"), NULL, OWN("in_table")));
    TRY(clmlp_onnx_gather(graph, OWN("months"), OWN("in_table"), 0, OWN("month")));
    return clmlp_onnx_apply(graph, "Add", OWN("in_year"), OWN("1"), NULL, OWN("yearday"));
}

clmlp_status clmlp_onnx_dates(clmlp_onnx_graph *graph, const char *dates, const int64_t *first, size_t count,
                              const char *output)
{
    static const char *const parts[CLMLP_ONNX_PARTS] = {OWN("year"), OWN("month"), OWN("weekday"), OWN("yearday"),
                                                        OWN("days"), OWN("hour")};
    static const char *const states[CLMLP_ONNX_PARTS] = {OWN("state"), OWN("state"), OWN("state"), OWN("state"),
                                                         OWN("state"), OWN("state")};
    TRY(constants(graph, first, count));
    TRY(read_seconds(graph, dates));
    TRY(divide(graph, OWN("seconds"), OWN("86400"), NULL, OWN("day"), OWN("in_day")));
    TRY(clmlp_onnx_apply(graph, "Div", OWN("in_day"), OWN("3600"), NULL, OWN("hour")));
    TRY(read_calendar(graph));
    TRY(divide(graph, OWN("day"), OWN("7"), NULL, OWN("weeks"), OWN("in_week")));
    TRY(clmlp_onnx_apply(graph, "Add", OWN("in_week"), OWN("1"), NULL, OWN("weekday")));
    TRY(clmlp_onnx_apply(graph, "Sub", OWN("day"), OWN("days_before_1970"), NULL, OWN("day_of_1970")));
    TRY(clmlp_onnx_apply(graph, "Sub", OWN("day_of_1970"), OWN("first"), NULL, OWN("days")));
    TRY(clmlp_onnx_concat(graph, parts, CLMLP_ONNX_PARTS, OWN("whole_parts")));
    TRY(clmlp_onnx_cast(graph, OWN("whole_parts"), CLMLP_ONNX_DOUBLE, OWN("parts")));
    TRY(clmlp_onnx_concat(graph, states, CLMLP_ONNX_PARTS, OWN("states")));
    return clmlp_onnx_apply(graph, "Add", OWN("parts"), OWN("states"), NULL, output);
}
