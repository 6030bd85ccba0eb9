/* known.h: published clocks of tests, by processor (known.def). */
#ifndef COLLECTOR_KNOWN_H
#define COLLECTOR_KNOWN_H

#include <stddef.h>
#include <stdint.h>

struct known {
    const char *test;
    double clk; /* per operation */
    const char *source;
};

/* The processor's name when there are sources for it, or NULL. */
const char *known_cpu(const char *vendor, int64_t family, int64_t model);
/* All rows; with a test's name, its row or NULL.  They hold for a known_cpu() only. */
const struct known *known_rows(size_t *count);
const struct known *known_find(const char *test);

#endif
