// What the system tests share: the machine, the expectations, and the tables of tests that
// interp_system.c runs on both engines. Each test begins with world_reset() and returns NULL, or
// what is wrong. Expected values are the manual's (Intel SDM), derived by hand.
#ifndef TM_EMU_TESTS_SYSTEM_TESTS_H
#define TM_EMU_TESTS_SYSTEM_TESTS_H

#include <stdio.h>

#include "emu/tests/system_world.h"

struct system_test {
    const char *name;
    const char *(*run)(void);
};
extern const struct system_test system_tests_interrupts[], system_tests_far[], system_tests_debug[],
    system_tests_segments[], system_tests_v86[], system_tests_run[], system_tests_task[],
    system_tests_real[], system_tests_fpu[];

extern struct world *const w;
extern char system_message[200];

#define EXPECT(what, got, want)                                                                    \
    do {                                                                                           \
        long long got_ = (long long)(got), want_ = (long long)(want);                              \
        if (got_ != want_) {                                                                       \
            snprintf(system_message, sizeof system_message, "%s:%d: %s is %llx, not %llx",         \
                     __FILE__, __LINE__, what, got_, want_);                                       \
            return system_message;                                                                 \
        }                                                                                          \
    } while (0)
// The doublewords, or words, that lie in memory from `at` up.
#define EXPECT_STACK(at, ...)                                                                      \
    do {                                                                                           \
        const uint32_t want_stack[] = {__VA_ARGS__};                                               \
        for (unsigned i_ = 0; i_ < sizeof want_stack / 4; i_++)                                    \
            EXPECT("stack element", world_get32(w, (at) + 4 * i_), want_stack[i_]);                \
    } while (0)
#define EXPECT_WORDS(at, ...)                                                                      \
    do {                                                                                           \
        const uint32_t want_stack[] = {__VA_ARGS__};                                               \
        for (unsigned i_ = 0; i_ < sizeof want_stack / 4; i_++)                                    \
            EXPECT("stack word", world_get16(w, (at) + 2 * i_), want_stack[i_] & 0xffff);          \
    } while (0)
// Run code at WORLD_CODE, and say which vector's handler it must reach.
#define EXPECT_VECTOR(vector, ...) EXPECT("vector", WORLD_RUN(w, __VA_ARGS__), vector)

#endif
