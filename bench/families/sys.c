/* sys: registers that operating systems use, segments, and the clock they read. Ways between
 * rings and tasks are in sysring.c. */
#include "bench/clock.h"
#include "bench/kernel.h"
#include "bench/ring0.h"

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

/* ---- segments ---- */

static uint32_t sys_read_ds(void)
{
    uint32_t ds;
    __asm__ volatile("mov %%ds, %0" : "=r"(ds));
    return ds;
}

static uint32_t sys_read_ss(void)
{
    uint32_t ss;
    __asm__ volatile("mov %%ss, %0" : "=r"(ss));
    return ss;
}

static void sys_model_ds(struct test_state *s, uint32_t n)
{
    sys_model_sum(s, n);
    s->regs.ecx = sys_read_ds();
}

static void sys_model_ss(struct test_state *s, uint32_t n)
{
    sys_model_sum(s, n);
    s->regs.ecx = sys_read_ss();
}

static void sys_model_null(struct test_state *s, uint32_t n)
{
    sys_model_sum(s, n);
    s->regs.ecx = 0;
}

/* les and its like: a number, and the selector that ds has. */
static void sys_setup_pointer(struct test_state *s)
{
    uint32_t *table = (uint32_t *)(void *)(s->data + TEST_TABLE);
    table[0] = s->regs.edx;
    table[1] = sys_read_ds();
}

static void sys_model_pointer(struct test_state *s, uint32_t n)
{
    s->regs.ecx = s->regs.edx;
    s->regs.eax += s->regs.edx * 16 * n;
}

static void sys_model_lar(struct test_state *s, uint32_t n)
{
    uint32_t rights = 0;
    __asm__ volatile("lar %1, %0" : "=r"(rights) : "r"(sys_read_ds()) : "cc");
    if ((rights & 0xF000) != 0xF000 && (rights & 0xF000) != 0x9000)
        s->why = "ds is no data segment of ring 0 or 3";
    sys_model_ds(s, n);
    s->regs.edx = rights;
}

static void sys_model_lsl(struct test_state *s, uint32_t n)
{
    sys_model_ds(s, n);
    s->regs.edx = 0xFFFFFFFFu; /* a flat segment on every port */
}

/* edx counts the answers "yes". */
static void sys_setup_yes(struct test_state *s)
{
    s->regs.edx = 0;
}

static void sys_model_yes(struct test_state *s, uint32_t n)
{
    sys_model_ds(s, n);
    s->regs.edx = 16 * n;
}

/* ---- registers of ring 0 ---- */

static void sys_model_cr3(struct test_state *s, uint32_t n)
{
    sys_model_sum(s, n);
    __asm__ volatile("mov %%cr3, %0" : "=r"(s->regs.ecx));
}

static void sys_model_cr0(struct test_state *s, uint32_t n)
{
    sys_model_sum(s, n);
    __asm__ volatile("mov %%cr0, %0" : "=r"(s->regs.ecx));
    if ((s->got->ecx & 0x80010009) != 0x80010001)
        s->why = "cr0 is not paged, protected, write-protected and with TS clear";
}

static void sys_model_cr4(struct test_state *s, uint32_t n)
{
    sys_model_sum(s, n);
    __asm__ volatile("mov %%cr4, %0" : "=r"(s->regs.ecx));
}

static void sys_model_smsw(struct test_state *s, uint32_t n)
{
    sys_model_cr0(s, n);
    s->regs.ecx &= 0xFFFF;
    s->why = NULL;
}

/* eax goes through the register and comes back. */
static void sys_model_chain(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * 16 * n;
    s->regs.ecx = s->regs.eax - s->regs.ebx;
}

static void sys_model_msr(struct test_state *s, uint32_t n)
{
    s->regs.eax += s->regs.ebx * 16 * n;
    s->regs.ecx = 0x175;
    s->regs.edx = 0;
}

static void sys_model_rdmsr(struct test_state *s, uint32_t n)
{
    (void)n; /* eax: as it was written before the loop; edi: the sum of what was read */
    s->regs.edi += s->regs.eax * 16 * n;
    s->regs.ecx = 0x175;
    s->regs.edx = 0;
}

static void sys_model_str(struct test_state *s, uint32_t n)
{
    sys_model_sum(s, n);
    s->regs.ecx = RING0_TASK;
}

static void sys_model_popf(struct test_state *s, uint32_t n)
{
    sys_model_sum(s, n);
    s->regs.ecx = s->regs.edx = 0;
}

struct sys_pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

static void sys_judge_pointer(struct test_state *s, const struct sys_pointer *want)
{
    const struct sys_pointer *got =
        (const struct sys_pointer *)(uintptr_t)(s->base + TEST_TABLE); /* the real one */
    if (got->limit != want->limit || got->base != want->base)
        s->why = "the table is not where it was said to be";
}

static void sys_model_gdt(struct test_state *s, uint32_t n)
{
    struct sys_pointer want;
    __asm__ volatile("sgdt %0" : "=m"(want));
    sys_judge_pointer(s, &want);
    sys_model_sum(s, n);
}

static void sys_model_idt(struct test_state *s, uint32_t n)
{
    struct sys_pointer want;
    __asm__ volatile("sidt %0" : "=m"(want));
    sys_judge_pointer(s, &want);
    sys_model_sum(s, n);
}

/* ltr refuses a task that is busy: the kernel clears that bit first, in edx. */
static void sys_setup_ltr(struct test_state *s)
{
    struct sys_pointer table;
    __asm__ volatile("sgdt %0" : "=m"(table));
    s->regs.edx = table.base + RING0_TASK + 5;
}

static void sys_model_ltr(struct test_state *s, uint32_t n)
{
    if (*(const uint8_t *)(uintptr_t)s->regs.edx != 0x8B)
        s->why = "the task is not a busy one";
    sys_model_sum(s, n);
    s->regs.ecx = RING0_TASK;
}

static void sys_model_xgetbv(struct test_state *s, uint32_t n)
{
    uint32_t low, high;
    __asm__ volatile(".byte 0x0F,0x01,0xD0" : "=a"(low), "=d"(high) : "c"(0));
    s->regs.eax = low;
    s->regs.edx = high;
    s->regs.ecx = 0;
    s->regs.edi += low * 16 * n;
}

static void sys_model_cpuid1(struct test_state *s, uint32_t n)
{
    uint32_t leaf[4];
    clock_cpuid(1, leaf);
    s->regs.eax = leaf[0];
    s->regs.ebx = s->got->ebx; /* the processor's number, which may be another by now */
    s->regs.ecx = s->got->ecx; /* OSXSAVE is whatever it is */
    s->regs.edx = leaf[3];
    (void)n;
}

#define SYS_RDTSCP                                                                                 \
    "rdtscp\n sub %ebx,%eax\n sbb 0x4000(%esi),%edx\n adcl $0,0x4004(%esi)\n add %eax,%ebx\n adc " \
    "%edx,0x4000(%esi)"

static void sys_setup_rdtscp(struct test_state *s)
{
    ((uint32_t *)(void *)(s->data + TEST_TABLE))[1] = 0;
    sys_setup_rdtsc(s);
}

static void sys_model_rdtscp(struct test_state *s, uint32_t n)
{
    uint32_t tsc_aux = s->got->ecx;
    sys_model_rdtsc(s, n);
    s->why = NULL;
    if (*(const uint32_t *)(uintptr_t)(s->base + TEST_TABLE + 4))
        s->why = "the time-stamp counter went back";
    uint64_t passed = clock_rdtsc() - sys_tsc_before;
    if (!(passed >> 32) && s->got->ebx - (uint32_t)sys_tsc_before > (uint32_t)passed)
        s->why = "the time-stamp counter is not what it was read as";
    s->regs.ecx = tsc_aux;
}

/* A table pointer that is stored, and then loaded. */
#define SYS_TABLE(store, body) store " 0x4000(%esi)\n" LOOP_ADD(16, body)
#define SYS_DS(body)           "mov %ds,%ecx\n" LOOP_ADD(16, body)
#define SYS_8_PAGES            "\n .set o, 0\n .rept 8\n cmp %edx,o(%esi)\n .set o, o + 4096\n .endr"

/* clang-format off */
#define SYS_ROWS(F, T, TX) \
T(F, rdtsc,      "rdtsc",      "", "read the time-stamp counter and compare it with the reading before", 16, FLOOR, NEED_TSC, LOOP_RAW("rdtsc\n mov %eax,%ebx\n mov %edx,0x4000(%esi)\n" REPEAT(16, "rdtsc\n sub %ebx,%eax\n sbb 0x4000(%esi),%edx\n adc $0,%ecx\n add %eax,%ebx\n adc %edx,0x4000(%esi)")), sys_setup_rdtsc, sys_model_rdtsc) \
T(F, cpuid,      "cpuid",      "", "cpuid, leaf 0",                                    1, SPREAD, NEED_TRAP, LOOP(1, "xor %eax,%eax\n cpuid"), NULL, sys_model_cpuid) \
T(F, cli_sti,    "cli_sti",    "", "cli and sti, with every interrupt masked",         16, FLOOR, NEED_RING0, LOOP_RAW(REPEAT(16, "sti\n cli") " add %ebx,%eax"), NULL, sys_model_sum) \
T(F, cr3_reload, "cr3_reload", "", "read and write cr3, and load from one page",       4, FLOOR, NEED_RING0, LOOP_ADD(4, "mov %cr3,%ecx\n mov %ecx,%cr3\n cmp %edx,(%esi)"), NULL, sys_model_cr3) \
T(F, invlpg,     "invlpg",     "", "drop one page's translation, and load from it",    8, FLOOR, NEED_RING0, LOOP_ADD(8, "invlpg (%esi)\n cmp %edx,(%esi)"), NULL, sys_model_sum) \
T(F, rdtscp,     "rdtscp",     "", "read the time-stamp counter in order, and compare", 16, FLOOR, NEED_TSC | NEED_RDTSCP, LOOP_RAW("rdtscp\n mov %eax,%ebx\n mov %edx,0x4000(%esi)\n" REPEAT(16, SYS_RDTSCP)), sys_setup_rdtscp, sys_model_rdtscp) \
T(F, cpuid_1,    "cpuid_1",    "", "cpuid, leaf 1",                                    1, SPREAD, NEED_TRAP, LOOP(1, "mov $1,%eax\n cpuid"), NULL, sys_model_cpuid1) \
T(F, xgetbv,     "xgetbv",     "", "read which registers the system saves",            16, FLOOR, NEED_AVX, "xor %ecx,%ecx\n" LOOP(16, "xgetbv\n add %eax,%edi"), NULL, sys_model_xgetbv) \
T(F, pause,      "pause",      "", "pause",                                            16, FLOOR, 0, LOOP_ADD(16, "pause"), NULL, sys_model_sum) \
T(F, read_es,    "read_es",    "", "mov r,es",                                         16, FLOOR, 0, LOOP_ADD(16, "mov %es,%ecx"), NULL, sys_model_ds) \
T(F, load_es,    "load_es",    "", "mov es,r: a flat data segment",                    16, FLOOR, 0, SYS_DS("mov %ecx,%es"), NULL, sys_model_ds) \
T(F, load_ss,    "load_ss",    "", "mov ss,r: the stack's own segment",                16, FLOOR, 0, "mov %ss,%ecx\n" LOOP_ADD(16, "mov %ecx,%ss"), NULL, sys_model_ss) \
T(F, load_null,  "load_null",  "", "mov gs,r: no segment",                             16, FLOOR, 0, "push %gs\n xor %ecx,%ecx\n" LOOP_TAIL(REPEAT(16, "mov %ecx,%gs") " add %ebx,%eax", "pop %gs"), NULL, sys_model_null) \
T(F, push_es,    "push_es",    "", "push es and pop es, a pair counts as one",         16, FLOOR, 0, LOOP_ADD(16, "push %es\n pop %es"), NULL, sys_model_sum) \
T(F, les,        "les",        "", "les: a pointer with its segment, from memory",     16, FLOOR, 0, LOOP(16, "les 0x4000(%esi),%ecx\n add %ecx,%eax"), sys_setup_pointer, sys_model_pointer) \
T(F, lar,        "lar",        "", "lar: rights of a segment",                         16, FLOOR, 0, SYS_DS("lar %ecx,%edx"), NULL, sys_model_lar) \
T(F, lsl,        "lsl",        "", "lsl: limit of a segment",                          16, FLOOR, 0, SYS_DS("lsl %ecx,%edx"), NULL, sys_model_lsl) \
T(F, verr,       "verr",       "", "verr: may a segment be read, and a branch",        16, FLOOR, 0, SYS_DS("verr %cx\n jnz 1f\n inc %edx\n 1:"), sys_setup_yes, sys_model_yes) \
T(F, verw,       "verw",       "", "verw: may a segment be written, and a branch",     16, FLOOR, 0, SYS_DS("verw %cx\n jnz 1f\n inc %edx\n 1:"), sys_setup_yes, sys_model_yes) \
T(F, read_cr0,   "read_cr0",   "", "mov r,cr0",                                        16, FLOOR, NEED_RING0, LOOP_ADD(16, "mov %cr0,%ecx"), NULL, sys_model_cr0) \
T(F, write_cr0,  "write_cr0",  "", "mov cr0,r: the same value",                        16, FLOOR, NEED_RING0, "mov %cr0,%ecx\n" LOOP_ADD(16, "mov %ecx,%cr0"), NULL, sys_model_cr0) \
T(F, clts,       "clts",       "", "set TS through cr0, and clts",                     8, FLOOR, NEED_RING0, "mov %cr0,%ecx\n" LOOP_ADD(8, "or $8,%ecx\n mov %ecx,%cr0\n clts\n and $~8,%ecx"), NULL, sys_model_cr0) \
T(F, cr0_wp,     "cr0_wp",     "", "clear and set CR0.WP: what may be written changes", 4, FLOOR, NEED_RING0, "mov %cr0,%ecx\n" LOOP_ADD(4, "xor $0x10000,%ecx\n mov %ecx,%cr0\n xor $0x10000,%ecx\n mov %ecx,%cr0"), NULL, sys_model_cr0) \
T(F, smsw,       "smsw",       "", "smsw r",                                           16, FLOOR, NEED_RING0, "xor %ecx,%ecx\n" LOOP_ADD(16, "smsw %cx"), NULL, sys_model_smsw) \
T(F, lmsw,       "lmsw",       "", "lmsw r: the same value",                           16, FLOOR, NEED_RING0, "xor %ecx,%ecx\n smsw %cx\n" LOOP_ADD(16, "lmsw %cx"), NULL, sys_model_smsw) \
T(F, cr2,        "cr2",        "", "write cr2 and read it back",                       16, FLOOR, NEED_RING0, LOOP(16, "mov %eax,%cr2\n mov %cr2,%ecx\n lea (%ecx,%ebx),%eax"), NULL, sys_model_chain) \
T(F, read_cr3,   "read_cr3",   "", "mov r,cr3",                                        16, FLOOR, NEED_RING0, LOOP_ADD(16, "mov %cr3,%ecx"), NULL, sys_model_cr3) \
T(F, cr3_reload_8, "cr3_reload/8", "", "reload cr3, and load from eight pages",        1, FLOOR, NEED_RING0, "mov %cr3,%ecx\n" LOOP_ADD(1, "mov %ecx,%cr3" SYS_8_PAGES), NULL, sys_model_cr3) \
T(F, invlpg_8,   "invlpg/8",   "", "drop the translations of eight pages, one by one, and load from them", 8, FLOOR, NEED_RING0, LOOP_ADD(1, " .set o, 0\n .rept 8\n invlpg o(%esi)\n .set o, o + 4096\n .endr" SYS_8_PAGES), NULL, sys_model_sum) \
T(F, read_cr4,   "read_cr4",   "", "mov r,cr4",                                        16, FLOOR, NEED_RING0, LOOP_ADD(16, "mov %cr4,%ecx"), NULL, sys_model_cr4) \
T(F, write_cr4,  "write_cr4",  "", "mov cr4,r: the same value",                        16, FLOOR, NEED_RING0, "mov %cr4,%ecx\n" LOOP_ADD(16, "mov %ecx,%cr4"), NULL, sys_model_cr4) \
T(F, cr4_pge,    "cr4_pge",    "", "change and restore CR4.PGE, and load from a page: all translations dropped", 4, FLOOR, NEED_RING0 | NEED_PGE, "mov %cr4,%ecx\n" LOOP_ADD(4, "xor $0x80,%ecx\n mov %ecx,%cr4\n xor $0x80,%ecx\n mov %ecx,%cr4\n cmp %edx,(%esi)"), NULL, sys_model_cr4) \
T(F, dr0,        "dr0",        "", "write dr0 and read it back, no breakpoint on",     16, FLOOR, NEED_RING0, LOOP(16, "mov %eax,%db0\n mov %db0,%ecx\n lea (%ecx,%ebx),%eax"), NULL, sys_model_chain) \
T(F, rdmsr,      "rdmsr",      "", "rdmsr of SYSENTER_ESP",                            16, FLOOR, NEED_RING0 | NEED_SEP, "mov $0x175,%ecx\n xor %edx,%edx\n wrmsr\n" LOOP(16, "rdmsr\n add %eax,%edi"), NULL, sys_model_rdmsr) \
T(F, wrmsr,      "wrmsr",      "", "wrmsr of SYSENTER_ESP, and rdmsr",                 16, FLOOR, NEED_RING0 | NEED_SEP, "mov $0x175,%ecx\n xor %edx,%edx\n" LOOP(16, "wrmsr\n xor %eax,%eax\n rdmsr\n add %ebx,%eax"), NULL, sys_model_msr) \
T(F, sgdt,       "sgdt",       "", "sgdt",                                             16, FLOOR, NEED_RING0, LOOP_ADD(16, "sgdt 0x4000(%esi)"), NULL, sys_model_gdt) \
T(F, sidt,       "sidt",       "", "sidt",                                             16, FLOOR, NEED_RING0, LOOP_ADD(16, "sidt 0x4000(%esi)"), NULL, sys_model_idt) \
T(F, lgdt,       "lgdt",       "", "lgdt of the same table",                           16, FLOOR, NEED_RING0, SYS_TABLE("sgdt", "lgdt 0x4000(%esi)"), NULL, sys_model_gdt) \
T(F, lidt,       "lidt",       "", "lidt of the same table",                           16, FLOOR, NEED_RING0, SYS_TABLE("sidt", "lidt 0x4000(%esi)"), NULL, sys_model_idt) \
T(F, sldt,       "sldt",       "", "sldt r",                                           16, FLOOR, NEED_RING0, LOOP_ADD(16, "sldt %ecx"), NULL, sys_model_null) \
T(F, lldt,       "lldt",       "", "lldt r: no table",                                 16, FLOOR, NEED_RING0, "xor %ecx,%ecx\n" LOOP_ADD(16, "lldt %cx"), NULL, sys_model_null) \
T(F, str,        "str",        "", "str r",                                            16, FLOOR, NEED_RING0, LOOP_ADD(16, "str %ecx"), NULL, sys_model_str) \
T(F, ltr,        "ltr",        "", "mark the task as not busy, and ltr",               8, FLOOR, NEED_RING0, "mov $0x28,%ecx\n" LOOP_ADD(8, "andb $0xFD,(%edx)\n ltr %cx"), sys_setup_ltr, sys_model_ltr) \
T(F, popf_if,    "popf_if",    "", "popf that enables interrupts and popf that disables them, with every interrupt masked", 8, FLOOR, NEED_RING0, "pushf\n pop %ecx\n mov %ecx,%edx\n or $0x200,%edx\n" LOOP_TAIL(REPEAT(8, "push %edx\n popf\n push %ecx\n popf") " add %ebx,%eax", "xor %ecx,%ecx\n xor %edx,%edx"), NULL, sys_model_popf)
/* clang-format on */
FAMILY_TABLE(sys, SYS_ROWS)
