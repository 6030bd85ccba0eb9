// What main.c and enter.S use of world.c beyond case.h.
#ifndef TM_EMU_TESTS_SYSTEM_WORLD_H
#define TM_EMU_TESTS_SYSTEM_WORLD_H

#include "emu/tests/system/case.h"

extern bool world_has_nx; // EFER exists
void world_first_tables(void);
void world_reset(void);
void world_collect(void);
void enter_snippet(void);
void enter_real(void);
void *memcpy(void *to, const void *from, unsigned count);
void *memset(void *to, int value, unsigned count);

// random.c: the machine that seed `which` gives; `tell`: all of it
void random_run(uint32_t which, bool tell);

// main.c
void system_main(uint32_t magic, const uint32_t *info);
_Noreturn void case_lost(void); // an exception outside of a snippet

#endif
