// Verdict lines of the tests of db/.
#ifndef DB_TESTS_REPORT_H
#define DB_TESTS_REPORT_H

#include <stdarg.h>
#include <stdio.h>

static int failures;

// `ok NAME` when good, else `FAIL NAME: why`.
static inline void report(const char *name, int good, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static inline void report(const char *name, int good, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    printf(good ? "ok %s" : "FAIL %s: ", name);
    if (!good)
        vprintf(format, ap);
    va_end(ap);
    putchar('\n');
    failures += !good;
}

#endif
