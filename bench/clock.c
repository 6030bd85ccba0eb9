/* See clock.h. */
#include "bench/clock.h"
#include "bench/freestanding.h"
#include "bench/test.h"

bool clock_has_lfence, clock_has_rdtscp;

void clock_init(void)
{
    uint32_t r[4];
    clock_cpuid(1, r);
    clock_has_lfence = r[3] >> 26 & 1;
    clock_cpuid(0x80000000u, r);
    if (r[0] >= 0x80000001u && r[0] < 0x80010000u) {
        clock_cpuid(0x80000001u, r);
        clock_has_rdtscp = r[3] >> 27 & 1;
    }
}

/* XCR0: CR4.OSXSAVE must be set. */
static uint32_t clock_read_xcr0(void)
{
    uint32_t low, high;
    __asm__ volatile(".byte 0x0F,0x01,0xD0" : "=a"(low), "=d"(high) : "c"(0)); /* xgetbv */
    return low;
}

uint32_t clock_cpu_needs(void)
{
    /* Leaf 1: edx is 3, ecx is 2; leaf 7: ebx is 1. */
    static const struct {
        uint8_t leaf, reg, bit;
        uint32_t need;
    } features[] = {{1, 3, 0, NEED_FPU},    {1, 3, 4, NEED_TSC},     {1, 3, 8, NEED_CX8},
                    {1, 3, 9, NEED_APIC},   {1, 3, 11, NEED_SEP},    {1, 3, 13, NEED_PGE},
                    {1, 3, 15, NEED_CMOV},  {1, 3, 23, NEED_MMX},    {1, 3, 24, NEED_FXSR},
                    {1, 3, 25, NEED_SSE},   {1, 3, 26, NEED_SSE2},   {1, 2, 0, NEED_SSE3},
                    {1, 2, 9, NEED_SSSE3},  {1, 2, 12, NEED_FMA},    {1, 2, 19, NEED_SSE41},
                    {1, 2, 20, NEED_SSE42}, {1, 2, 23, NEED_POPCNT}, {1, 2, 28, NEED_AVX},
                    {1, 2, 22, NEED_MOVBE}, {7, 1, 3, NEED_BMI1},    {7, 1, 5, NEED_AVX2},
                    {7, 1, 8, NEED_BMI2}};
    uint32_t r[4], needs = clock_has_rdtscp ? NEED_RDTSCP : 0, last;
    clock_cpuid(0, r);
    last = r[0];
    clock_cpuid(1, r);
    const uint32_t xcr0 = r[2] >> 27 & 1 ? clock_read_xcr0() : 0;
    for (uint32_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        if (features[i].leaf > last)
            continue;
        clock_cpuid(features[i].leaf, r);
        if (r[features[i].reg] >> features[i].bit & 1)
            needs |= features[i].need;
    }
    clock_cpuid(0x80000000u, r);
    if (r[0] >= 0x80000001u && r[0] < 0x80010000u) {
        clock_cpuid(0x80000001u, r);
        needs |= r[2] >> 5 & 1 ? NEED_LZCNT : 0;
    }
    /* The processor has it, but it works only where the system saves the registers. */
    if ((xcr0 & 6) != 6)
        needs &= ~(uint32_t)(NEED_AVX | NEED_AVX2 | NEED_FMA);
    return needs;
}

void clock_read_identity(char vendor[13], char brand[49], char hypervisor[13])
{
    uint32_t r[4];
    memset(vendor, 0, 13);
    memset(brand, 0, 49);
    memset(hypervisor, 0, 13);
    clock_cpuid(0, r);
    memcpy(vendor, &r[1], 4);
    memcpy(vendor + 4, &r[3], 4);
    memcpy(vendor + 8, &r[2], 4);
    clock_cpuid(0x80000000u, r);
    if (r[0] >= 0x80000004u && r[0] < 0x80010000u)
        for (uint32_t i = 0; i < 3; i++) {
            clock_cpuid(0x80000002u + i, r);
            memcpy(brand + 16 * i, r, 16);
        }
    clock_cpuid(1, r);
    /* Leaf 0x40000000 is meaningful only under a hypervisor; elsewhere processors answer with their
     * highest leaf. */
    if (r[2] >> 31) {
        clock_cpuid(0x40000000u, r);
        memcpy(hypervisor, &r[1], 12);
    }
}
