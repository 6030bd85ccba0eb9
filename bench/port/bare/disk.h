/* The bare port's scratch disk, by IDE. See disk.c. */
#ifndef BENCH_PORT_BARE_DISK_H
#define BENCH_PORT_BARE_DISK_H
#include <stdbool.h>

bool bare_has_disk(void);

#endif
