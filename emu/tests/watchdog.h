// Who is at fault when a fuzzer dies or does not go on: one FAIL line that names the input, whether
// it was a signal, a sanitizer or a hang.
#ifndef TM_EMU_TESTS_WATCHDOG_H
#define TM_EMU_TESTS_WATCHDOG_H

#include <stddef.h>
#include <stdint.h>

// Changes with every step that is done: no change for HANG_CPU_S seconds of processor time, or
// HANG_CLOCK_S on the clock (a loaded machine waits), is a hang.
extern volatile uint64_t watchdog_steps;

// say() writes what is being done, and how to repeat it, into `text`; in a signal handler.
void watchdog_start(const char *test, void (*say)(char *text, size_t n));
// Called once a second, in a signal handler; NULL: nothing is.
extern void (*volatile watchdog_second)(void);
// From here on, what the emulator tells people goes nowhere; a sanitizer's report still comes.
void watchdog_hush(void);

#endif
