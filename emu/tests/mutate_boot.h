// The good kernels and ROMs that mutate_boot.c changes.
#ifndef TM_EMU_TESTS_MUTATE_BOOT_H
#define TM_EMU_TESTS_MUTATE_BOOT_H

#include <stdbool.h>
#include <stddef.h>

// Read them: `folder` has the guests of the tests. False with the name of what is missing.
bool mutate_boot_begin(const char *folder, char *missing, size_t room);
// In the folder of the inputs: write what they need.
bool mutate_boot_prepare(void);
void mutate_boot_end(void);

#endif
