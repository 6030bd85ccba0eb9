/* Fenced reads of the time-stamp counter.
 * begin: lfence; rdtsc; lfence    end: rdtscp; lfence    (Intel SDM vol. 2, RDTSC; vol. 3, 18.17)
 * LFENCE came with SSE2 and RDTSCP later: clock_init() asks CPUID, and what is missing is left out.
 * CPUID itself is never used as a fence, since it leaves a virtual machine. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H
#include <stdbool.h>
#include <stdint.h>

extern bool clock_has_lfence, clock_has_rdtscp;

static inline void clock_cpuid(uint32_t leaf, uint32_t out[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                     : "0"(leaf), "2"(0));
}

static inline uint64_t clock_rdtsc(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

static inline uint64_t clock_begin_tsc(void)
{
    if (!clock_has_lfence)
        return clock_rdtsc();
    __asm__ volatile(".byte 0x0F,0xAE,0xE8" : : : "memory"); /* lfence */
    uint64_t tsc = clock_rdtsc();
    __asm__ volatile(".byte 0x0F,0xAE,0xE8" : : : "memory");
    return tsc;
}

/* *cpu: the processor's number as RDTSCP gives it, unchanged without RDTSCP. */
static inline uint64_t clock_end_tsc(uint32_t *cpu)
{
    uint64_t tsc;
    if (clock_has_rdtscp) {
        uint32_t low, high, aux;
        __asm__ volatile(".byte 0x0F,0x01,0xF9"
                         : "=a"(low), "=d"(high), "=c"(aux)
                         :
                         : "memory"); /* rdtscp */
        tsc = (uint64_t)high << 32 | low;
        *cpu = aux;
    } else {
        if (clock_has_lfence)
            __asm__ volatile(".byte 0x0F,0xAE,0xE8" : : : "memory");
        tsc = clock_rdtsc();
    }
    if (clock_has_lfence)
        __asm__ volatile(".byte 0x0F,0xAE,0xE8" : : : "memory");
    return tsc;
}

void clock_init(void);
uint32_t clock_cpu_needs(void); /* the NEED_ bits that CPUID fulfils */
void clock_read_identity(char vendor[13], char brand[49],
                         char hypervisor[13]); /* empty strings where there is none */

#endif
