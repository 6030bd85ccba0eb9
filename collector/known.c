/* known.c: see known.h. */
#include "collector/known.h"

#include <string.h>

static const struct {
    const char *vendor, *name;
    int64_t family, first, last;
} cpus[] = {
#define KNOWN_CPU(id, vendor, family, first, last, name) {vendor, name, family, first, last},
#include "collector/known.def"
#undef KNOWN_CPU
};

static const struct known rows[] = {
#define KNOWN(test, clk, source) {test, clk, source},
#include "collector/known.def"
#undef KNOWN
};

const char *known_cpu(const char *vendor, int64_t family, int64_t model)
{
    for (size_t i = 0; i < sizeof cpus / sizeof *cpus; i++)
        if (!strcmp(vendor, cpus[i].vendor) && family == cpus[i].family && model >= cpus[i].first &&
            model <= cpus[i].last)
            return cpus[i].name;
    return NULL;
}

const struct known *known_rows(size_t *count)
{
    *count = sizeof rows / sizeof *rows;
    return rows;
}

const struct known *known_find(const char *test)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].test, test))
            return &rows[i];
    return NULL;
}
