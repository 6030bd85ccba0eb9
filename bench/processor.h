/* --host: which processor this program sees. */
#ifndef BENCH_PROCESSOR_H
#define BENCH_PROCESSOR_H
#include <stdint.h>

/* A line "host" of the protocol, and before it the same for a person, a fact to a line. */
void processor_print(uint32_t tsc_khz);

#endif
