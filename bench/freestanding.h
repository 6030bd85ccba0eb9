/* The few things a C library would give: memory and strings, and 64-bit division, which needs
 * libgcc on i386. */
#ifndef BENCH_FREESTANDING_H
#define BENCH_FREESTANDING_H
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);
uint32_t strlen_u32(const char *s);
int strcmp(const char *a, const char *b);

uint64_t div_u64_u32(uint64_t value, uint32_t by, uint32_t *rest); /* rest may be NULL */

#endif
