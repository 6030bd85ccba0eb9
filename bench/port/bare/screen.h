/* The bare port's screen: a VGA, programmed without a BIOS. See screen.c. */
#ifndef BENCH_PORT_BARE_SCREEN_H
#define BENCH_PORT_BARE_SCREEN_H
#include <stdbool.h>

bool bare_has_vga(void);

#endif
