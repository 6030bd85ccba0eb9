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

uint32_t clock_cpu_needs(void)
{
    uint32_t r[4], needs = 0;
    clock_cpuid(1, r);
    if (r[3] >> 15 & 1)
        needs |= NEED_CMOV;
    if (r[3] >> 8 & 1)
        needs |= NEED_CX8;
    if (r[3] >> 4 & 1)
        needs |= NEED_TSC;
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
