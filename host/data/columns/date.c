/* date.c - dates in ISO 8601 form: text to seconds, seconds to the parts of a date. */
#include "data/columns/date.h"

#include <math.h>
#include <stdio.h>

enum { DAYS_BEFORE_1970 = 719162, DAYS_4_YEARS = 1461, DAYS_CENTURY = 36524, DAYS_400_YEARS = 146097 };

/* Days of a usual year before each month. */
static const int days_before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days of the year before a month from 1; of month 13: of the whole year. */
static int before_month(int year, int month)
{
    return days_before[month - 1] + (month > 2 && is_leap(year));
}

/* From 1970-01-01. */
static int64_t day_number(int year, int month, int day)
{
    const int64_t years = year - 1;
    return 365 * years + years / 4 - years / 100 + years / 400 + before_month(year, month) + day - 1 -
           DAYS_BEFORE_1970;
}

/* `count` digits at p; -1: something else stands there. */
static int read_digits(const char *p, const char *end, int count)
{
    int value = 0;
    if (end - p < count) return -1;
    for (int i = 0; i < count; i++) {
        if (p[i] < '0' || p[i] > '9') return -1;
        value = 10 * value + (p[i] - '0');
    }
    return value;
}

/* hh:mm, hh:mm:ss, either with Z, as seconds; -1: not a time. */
static int read_time(const char *p, const char *end)
{
    if (end > p && end[-1] == 'Z') end--;
    const bool has_seconds = end - p == 8;
    if (!has_seconds && end - p != 5) return -1;
    const int hour = read_digits(p, end, 2), minute = read_digits(p + 3, end, 2);
    const int second = has_seconds ? read_digits(p + 6, end, 2) : 0;
    if (p[2] != ':' || (has_seconds && p[5] != ':')) return -1;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1;
    return 3600 * hour + 60 * minute + second;
}

bool clmlp_parse_date(const char *begin, const char *end, double *seconds, bool *time)
{
    if (end - begin < 10 || begin[4] != '-' || begin[7] != '-') return false;
    const int year = read_digits(begin, end, 4), month = read_digits(begin + 5, end, 2);
    const int day = read_digits(begin + 8, end, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1) return false;
    if (day > before_month(year, month + 1) - before_month(year, month)) return false;
    int in_day = 0;
    *time = end - begin > 10;
    if (*time) in_day = begin[10] == 'T' || begin[10] == ' ' ? read_time(begin + 11, end) : -1;
    if (in_day < 0) return false;
    *seconds = (double)(day_number(year, month, day) * 86400 + in_day);
    return true;
}

clmlp_date clmlp_date_of(double seconds)
{
    const double day = floor(seconds / 86400.0);
    clmlp_date date = {.number = (int64_t)day, .hour = (int)((seconds - 86400.0 * day) / 3600.0)};
    int64_t left = date.number + DAYS_BEFORE_1970; /* since 0001-01-01, which was a Monday */
    date.weekday = (int)(left % 7) + 1;
    const int64_t eras = left / DAYS_400_YEARS;
    left %= DAYS_400_YEARS;
    const int64_t centuries = left / DAYS_CENTURY - left / (INT64_C(4) * DAYS_CENTURY); /* the last is longer */
    left -= centuries * DAYS_CENTURY;
    const int64_t fours = left / DAYS_4_YEARS;
    left %= DAYS_4_YEARS;
    const int64_t years = left / 365 - left / INT64_C(1460); /* and so is the last year of four */
    date.year = (int)(400 * eras + 100 * centuries + 4 * fours + years) + 1;
    date.yearday = (int)(left - 365 * years) + 1;
    date.month = 1;
    while (date.yearday > before_month(date.year, date.month + 1)) date.month++;
    date.day = date.yearday - before_month(date.year, date.month);
    return date;
}

char *clmlp_format_date(char text[16], int64_t number)
{
    const clmlp_date date = clmlp_date_of(86400.0 * (double)number);
    (void)snprintf(text, 16, "%04u-%02u-%02u", (unsigned)date.year % 10000, (unsigned)date.month % 100,
                   (unsigned)date.day % 100);
    return text;
}
