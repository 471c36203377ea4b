/* test_date.c - dates as texts and as parts, against days that are known. */
#include <criterion/criterion.h>
#include <string.h>

#include "data/columns/date.h"

static double parse(const char *text, bool *time)
{
    double seconds = 0.0;
    cr_assert(clmlp_parse_date(text, text + strlen(text), &seconds, time), "%s", text);
    return seconds;
}

/* Week days and day numbers as `date -u -d DAY +'%u %j %s'` of GNU coreutils gives them. */
Test(date, parts_of_known_days)
{
    static const struct {
        const char *text;
        clmlp_date parts;
    } days[] = {
        {"1970-01-01", {1970, 1, 1, 4, 1, 0, 0}},
        {"1969-12-31", {1969, 12, 31, 3, 365, 0, -1}},
        {"2000-02-29", {2000, 2, 29, 2, 60, 0, 11016}},
        {"2000-03-01", {2000, 3, 1, 3, 61, 0, 11017}},
        {"2000-12-31", {2000, 12, 31, 7, 366, 0, 11322}},
        {"1900-02-28", {1900, 2, 28, 3, 59, 0, -25509}},
        {"1900-03-01", {1900, 3, 1, 4, 60, 0, -25508}},
        {"2023-12-31", {2023, 12, 31, 7, 365, 0, 19722}},
        {"2024-01-01", {2024, 1, 1, 1, 1, 0, 19723}},
        {"2024-02-29", {2024, 2, 29, 4, 60, 0, 19782}},
        {"0001-01-01", {1, 1, 1, 1, 1, 0, -719162}},
        {"9999-12-31", {9999, 12, 31, 5, 365, 0, 2932896}},
    };
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        bool time = true;
        char text[16];
        const clmlp_date found = clmlp_date_of(parse(days[i].text, &time)), *expected = &days[i].parts;
        cr_assert_not(time);
        cr_assert(found.year == expected->year && found.month == expected->month && found.day == expected->day &&
                  found.weekday == expected->weekday && found.yearday == expected->yearday && found.hour == 0 &&
                  found.number == expected->number,
                  "%s: found %d-%d-%d, weekday %d, yearday %d, number %ld", days[i].text, found.year, found.month,
                  found.day, found.weekday, found.yearday, (long)found.number);
        cr_assert_str_eq(clmlp_format_date(text, found.number), days[i].text);
    }
}

/* 800 years, day after day: each follows the one before. */
Test(date, every_day_follows_the_one_before)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    clmlp_date last = clmlp_date_of(-86400.0 * 150000); /* 1559 */
    for (int number = -149999; number <= 150000; number++) {
        const clmlp_date date = clmlp_date_of(86400.0 * number);
        const bool leap = (last.year % 4 == 0 && last.year % 100 != 0) || last.year % 400 == 0;
        const bool ends = last.day == lengths[last.month - 1] + (leap && last.month == 2);
        const bool new_year = ends && last.month == 12;
        cr_assert(date.number == number && date.day == (ends ? 1 : last.day + 1) &&
                  date.month == (new_year ? 1 : last.month + ends) && date.year == last.year + new_year &&
                  date.yearday == (new_year ? 1 : last.yearday + 1) && date.weekday == last.weekday % 7 + 1,
                  "day %d: %d-%d-%d", number, date.year, date.month, date.day);
        last = date;
    }
}

Test(date, times_in_all_their_forms)
{
    static const struct {
        const char *text;
        double seconds;
    } times[] = {
        {"1970-01-01T00:00", 0},         {"1970-01-01 00:01", 60},           {"1970-01-01T01:02:03", 3723},
        {"1970-01-01 23:59:59Z", 86399}, {"1970-01-02T00:00Z", 86400},       {"1969-12-31T23:00:00Z", -3600},
    };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        bool time = false;
        cr_assert_eq(parse(times[i].text, &time), times[i].seconds, "%s", times[i].text);
        cr_assert(time);
    }
    cr_assert_eq(clmlp_date_of(-3600).hour, 23);
    cr_assert_eq(clmlp_date_of(-3600).day, 31);
    cr_assert_eq(clmlp_date_of(3599).hour, 0);
    cr_assert_eq(clmlp_date_of(86399).hour, 23);
}

Test(date, what_is_no_date)
{
    static const char *const texts[] = {
        "",           "2023-02-29",       "2023-02-30",       "1900-02-29",        "2024-04-31",     "2024-00-01",
        "2024-13-01", "2024-01-00",       "2024-01-32",       "0000-01-01",        "2024-1-1",       "2024-01-1",
        "24-01-01",   "2024/01/01",       "20240101",         "2024-01-01T",       "2024-01-01 ",    "2024-01-01Z",
        "2024-01-01T1:00", "2024-01-01T24:00", "2024-01-01T00:60", "2024-01-01T00:00:60", "2024-01-01T00-00",
        "2024-01-01T00:00:0", "2024-01-01T00:00:00ZZ", "2024-01-01T00:00+01:00", "2024-01-01t00:00",
        "2024-01-01  00:00", "+024-01-01", "2024-+1-01", " 2024-01-01", "2024-01-011", "2024-01-01T00:00:00.5",
        "2024-01-01T00:00-00", "2024-01-01TZ",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double seconds = 77.0;
        bool time = false;
        cr_assert_not(clmlp_parse_date(texts[i], texts[i] + strlen(texts[i]), &seconds, &time), "'%s'", texts[i]);
        cr_assert_eq(seconds, 77.0);
    }
}
