/* sys: what operating systems do to a processor, and the clock they read. */
#include "bench/clock.h"
#include "bench/kernel.h"

/* Each reading is compared with the one before in the kernel: ecx counts those that went back. */
static uint64_t sys_tsc_before;

static void sys_setup_rdtsc(struct test_state *s)
{
    s->regs.ecx = 0;
    sys_tsc_before = clock_rdtsc();
}

static void sys_model_rdtsc(struct test_state *s, uint32_t n)
{
    (void)n;
    if (s->got->ecx)
        s->why = "the time-stamp counter went back";
    /* The kernel's last reading, low half, lies between the setup's and this one. */
    uint64_t passed = clock_rdtsc() - sys_tsc_before;
    if (!(passed >> 32) && s->got->ebx - (uint32_t)sys_tsc_before > (uint32_t)passed)
        s->why = "the time-stamp counter is not what it was read as";
    s->regs.eax = s->got->eax;
    s->regs.ebx = s->got->ebx;
    s->regs.edx = s->got->edx;
}

static void sys_model_cpuid(struct test_state *s, uint32_t n)
{
    uint32_t leaf[4];
    clock_cpuid(0, leaf);
    s->regs.eax = leaf[0];
    s->regs.ebx = leaf[1];
    s->regs.ecx = leaf[2];
    s->regs.edx = leaf[3];
    (void)n;
}

static void sys_model_sum(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * n;
}

static void sys_model_control(struct test_state *s, uint32_t n)
{
    sys_model_sum(s, n);
    s->regs.ecx = s->got->ecx; /* what the control register holds is the port's business */
    uint32_t cr;
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr));
    if (s->got->ecx != cr)
        s->why = "cr3 is not what was read from it";
}

/* clang-format off */
#define SYS_ROWS(F, T, TX) \
T(F, rdtsc,      "rdtsc",      "", "read the time-stamp counter and compare it with the reading before", 16, FLOOR, NEED_TSC, LOOP_RAW("rdtsc\n mov %eax,%ebx\n mov %edx,0x4000(%esi)\n" REPEAT(16, "rdtsc\n sub %ebx,%eax\n sbb 0x4000(%esi),%edx\n adc $0,%ecx\n add %eax,%ebx\n adc %edx,0x4000(%esi)")), sys_setup_rdtsc, sys_model_rdtsc) \
T(F, cpuid,      "cpuid",      "", "cpuid, leaf 0",                                    1, SPREAD, NEED_TRAP, LOOP(1, "xor %eax,%eax\n cpuid"), NULL, sys_model_cpuid) \
T(F, cli_sti,    "cli_sti",    "", "cli and sti, with every interrupt masked",         16, FLOOR, NEED_RING0, LOOP_RAW(REPEAT(16, "sti\n cli") " add %ebx,%eax"), NULL, sys_model_sum) \
T(F, cr3_reload, "cr3_reload", "", "read and write cr3, and load from one page",       4, FLOOR, NEED_RING0, LOOP_ADD(4, "mov %cr3,%ecx\n mov %ecx,%cr3\n cmp %edx,(%esi)"), NULL, sys_model_control) \
T(F, invlpg,     "invlpg",     "", "drop one page's translation, and load from it",    8, FLOOR, NEED_RING0, LOOP_ADD(8, "invlpg (%esi)\n cmp %edx,(%esi)"), NULL, sys_model_sum)
/* clang-format on */
FAMILY_TABLE(sys, SYS_ROWS)
