// Verdicts of one test program, as tests/run.sh reads them.
//
//   CHECK(cond, "format", ...) inside a case notes the first failure; case_end("name") prints `ok`
//   or `FAIL`.
#ifndef TM_EMU_TESTS_VERDICT_H
#define TM_EMU_TESTS_VERDICT_H

#include <stdbool.h>
#include <stdio.h>

static char verdict_why[1024];
static bool verdict_bad;
static unsigned verdict_failures;

#define CHECK(cond, ...)                                                                           \
    do {                                                                                           \
        if (!(cond) && !verdict_bad) {                                                             \
            verdict_bad = true;                                                                    \
            int verdict_n = snprintf(verdict_why, sizeof verdict_why, "line %d: ", __LINE__);      \
            snprintf(verdict_why + verdict_n, sizeof verdict_why - (size_t)verdict_n,              \
                     __VA_ARGS__);                                                                 \
        }                                                                                          \
    } while (0)

static inline void case_end(const char *name)
{
    if (verdict_bad)
        printf("FAIL %s: %s\n", name, verdict_why);
    else
        printf("ok %s\n", name);
    verdict_failures += verdict_bad;
    verdict_bad = false;
}

#endif
