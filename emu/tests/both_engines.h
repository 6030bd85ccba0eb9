// What the system tests that run on both engines share: the world, and expectations that make a
// test function return what is wrong.
#ifndef TM_EMU_TESTS_BOTH_ENGINES_H
#define TM_EMU_TESTS_BOTH_ENGINES_H

#include <stdio.h>

#include "emu/dispatch/jit.h"
#include "emu/interp/interp.h"
#include "emu/tests/system_world.h"

static struct world w;
static char message[160];

#define EXPECT(what, got, want)                                                                    \
    do {                                                                                           \
        long long got_ = (long long)(got), want_ = (long long)(want);                              \
        if (got_ != want_) {                                                                       \
            snprintf(message, sizeof message, "line %d: %s is %llx, not %llx", __LINE__, what,     \
                     got_, want_);                                                                 \
            return message;                                                                        \
        }                                                                                          \
    } while (0)
// The doublewords that lie on the stack from `esp` up.
#define EXPECT_STACK(esp, ...)                                                                     \
    do {                                                                                           \
        const uint32_t want_stack[] = {__VA_ARGS__};                                               \
        for (unsigned i_ = 0; i_ < sizeof want_stack / 4; i_++)                                    \
            EXPECT("stack element", world_get32(&w, (esp) + 4 * i_), want_stack[i_]);              \
    } while (0)

struct system_test {
    const char *name;
    const char *(*run)(void); // NULL, or what is wrong
};

// Run `n` tests on interp and on jit. The number that failed.
static inline unsigned system_run_tests(const char *program, const struct system_test *tests,
                                        unsigned n)
{
    static const struct engine *const engines[] = {&engine_interp, &engine_jit};
    unsigned failed = 0;
    for (unsigned e = 0; e < 2; e++) {
        const char *why = "out of memory";
        w = (struct world){.engine = engines[e]};
        if (!world_create(&w, &why)) {
            printf("FAIL %s on %s: %s\n", program, engines[e]->name, why);
            return failed + 1;
        }
        for (unsigned i = 0; i < n; i++) {
            why = tests[i].run();
            failed += why != NULL;
            if (why)
                printf("FAIL %s %s on %s: %s\n", program, tests[i].name, engines[e]->name, why);
            else
                printf("ok %s %s on %s\n", program, tests[i].name, engines[e]->name);
        }
        world_destroy(&w);
    }
    return failed;
}

#endif
