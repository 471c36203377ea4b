/* date.h - dates in ISO 8601 form, in the Gregorian calendar, years 1 to 9999. */
#ifndef CLMLP_DATA_DATE_H
#define CLMLP_DATA_DATE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct clmlp_date {
    int year, month, day; /* month and day from 1 */
    int weekday;          /* 1 Monday to 7 Sunday */
    int yearday;          /* 1 to 366 */
    int hour;
    int64_t number;       /* of the day; 1970-01-01 is 0 */
} clmlp_date;

/* [begin, end) as seconds since 1970-01-01T00:00: YYYY-MM-DD, then, if *time, T or one blank, hh:mm, :ss and Z or
 * nothing. false: not a date that exists, or another form. */
bool clmlp_parse_date(const char *begin, const char *end, double *seconds, bool *time);

/* The way back, the time cut to the hour. */
clmlp_date clmlp_date_of(double seconds);

/* "YYYY-MM-DD" of a day into text; returns text. */
char *clmlp_format_date(char text[16], int64_t number);

#endif
