// The machine that a case finds: descriptor tables, tasks, paging tables, control registers; and
// the run of a snippet. Interface: case.h. Everything is built anew by world_reset() before each
// case.
#include "emu/tests/system/world.h"

struct regs in;
struct outcome out;
volatile uint32_t snippet_begin, snippet_end, snippet_mark;
bool world_big_real;

#define PAGE __attribute__((aligned(4096)))
uint32_t page_directory[1024] PAGE, page_tables[4][1024] PAGE, page_window[1024] PAGE;
uint64_t pae_directories[4][512] PAGE, pae_tables[8][512] PAGE, pae_window[512] PAGE;
uint64_t pae_pointers[4] __attribute__((aligned(32)));
static uint8_t gdt[SEL_BEYOND] __attribute__((aligned(8)));
static uint64_t idt[256] __attribute__((aligned(8)));
static uint8_t tss[0x2100] __attribute__((aligned(256)));

extern uint8_t real_begin[], real_end[], real_block[], real_big[], real_idt[], real_gdt32[],
    real_idt32[];
extern uint8_t real_stubs_begin[];
extern const uint8_t stubs32[], stubs16[];
extern uint32_t in_stack[2];
extern volatile uint32_t snippet_runs;

struct table_pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

void *memcpy(void *to, const void *from, unsigned count)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    while (count--)
        *t++ = *f++;
    return to;
}

void *memset(void *to, int value, unsigned count)
{
    void *t = to;
    __asm__ volatile("rep stosb" : "+D"(t), "+c"(count) : "a"(value) : "memory");
    return to;
}

static uint32_t address(const volatile void *p)
{
    return (uint32_t)(uintptr_t)p;
}

// ---- descriptors ----

uint8_t *world_descriptor(uint32_t selector)
{
    return (selector & 4 ? world_ldt() : gdt) + (selector & ~7u);
}
uint8_t *world_ldt(void)
{
    return (uint8_t *)LDT_AT;
}
uint64_t *world_idt(void)
{
    return idt;
}
uint8_t *world_tss(void)
{
    return tss;
}

void world_set_descriptor(uint32_t selector, uint32_t base, uint32_t limit, uint32_t attr)
{
    volatile uint8_t *d = world_descriptor(selector);
    d[0] = (uint8_t)limit;
    d[1] = (uint8_t)(limit >> 8);
    d[2] = (uint8_t)base;
    d[3] = (uint8_t)(base >> 8);
    d[4] = (uint8_t)(base >> 16);
    d[5] = (uint8_t)attr;
    d[6] = (uint8_t)((limit >> 16 & 0xF) | (attr >> 4 & 0xF0));
    d[7] = (uint8_t)(base >> 24);
}

static uint64_t make_gate(uint32_t target, uint32_t offset, uint32_t count, uint32_t access)
{
    return (uint64_t)(offset & 0xFFFF0000) << 32 | (uint64_t)access << 40 | (uint64_t)count << 32 |
           (uint64_t)target << 16 | (offset & 0xFFFF);
}

void world_set_gate(uint32_t selector, uint32_t target, uint32_t offset, uint32_t count,
                    uint32_t access)
{
    *(volatile uint64_t *)world_descriptor(selector) = make_gate(target, offset, count, access);
}

void world_set_idt(uint32_t vector, uint32_t target, uint32_t offset, uint32_t access)
{
    ((volatile uint64_t *)idt)[vector] = make_gate(target, offset, 0, access);
}

uint32_t world_stub(uint32_t vector)
{
    return address(stubs32 + 16 * vector);
}
uint32_t world_stub16(uint32_t vector)
{
    return address(stubs16 + 16 * vector);
}

void world_load_gdt(uint32_t limit)
{
    struct table_pointer p = {(uint16_t)limit, address(gdt)};
    __asm__ volatile("lgdt %0" : : "m"(p) : "memory");
}

void world_load_idt(uint32_t limit)
{
    struct table_pointer p = {(uint16_t)limit, address(idt)};
    __asm__ volatile("lidt %0" : : "m"(p) : "memory");
}

static void load_task_and_ldt(void)
{
    gdt[SEL_TSS + 5] = 0x89;
    __asm__ volatile("ltr %w0\n lldt %w1" : : "r"(SEL_TSS), "r"(0) : "memory");
}

static void build_gdt(void)
{
    memset(gdt, 0, sizeof gdt);
    world_set_descriptor(SEL_CODE0, 0, 0xFFFFF, 0xC9B);
    world_set_descriptor(SEL_DATA0, 0, 0xFFFFF, 0xC93);
    world_set_descriptor(SEL_CODE3, 0, 0xFFFFF, 0xCFB);
    world_set_descriptor(SEL_DATA3, 0, 0xFFFFF, 0xCF3);
    world_set_descriptor(SEL_CODE1, 0, 0xFFFFF, 0xCBB);
    world_set_descriptor(SEL_DATA1, 0, 0xFFFFF, 0xCB3);
    world_set_descriptor(SEL_CODE2, 0, 0xFFFFF, 0xCDB);
    world_set_descriptor(SEL_DATA2, 0, 0xFFFFF, 0xCD3);
    world_set_descriptor(SEL_CODE16, CODE_AT, 0xFFFF, 0x09B);
    world_set_descriptor(SEL_STACK16, STACK_AT, 0xFFFF, 0x093);
    world_set_descriptor(SEL_CODE16_3, CODE_AT, 0xFFFF, 0x0FB);
    world_set_descriptor(SEL_STACK16_3, STACK_AT, 0xFFFF, 0x0F3);
    world_set_descriptor(SEL_DATA16, DATA_AT, 0xFFFF, 0x0F3);
    world_set_descriptor(SEL_TSS, address(tss), sizeof tss - 1, 0x089);
    world_set_descriptor(SEL_LDT, LDT_AT, 63, 0x082);
    world_set_descriptor(SEL_TSS_B, TSS_B_AT, 0x67, 0x089);
    world_set_descriptor(SEL_TSS_C, TSS_C_AT, 0x67, 0x089);
    world_set_descriptor(SEL_TSS_286, TSS_286_AT, 0x2B, 0x081);
    world_set_descriptor(SEL_TSS_286B, TSS_286B_AT, 0x2B, 0x081);
    world_set_descriptor(SEL_DF_TSS, DF_TSS_AT, 0x67, 0x089);
    world_set_descriptor(SEL_REAL, REAL_AT, 0xFFFF, 0x09B);
    world_set_descriptor(SEL_REAL_DATA, 0, 0xFFFF, 0x093);
}

// The tables before anything else runs: enter.S loads segment registers next.
void world_first_tables(void)
{
    build_gdt();
    world_load_gdt(sizeof gdt - 1);
}

void world_set_tss(uint32_t at, uint32_t eip, uint32_t esp)
{
    volatile uint32_t *t = mem32(at);
    for (unsigned i = 0; i < 26; i++)
        t[i] = 0;
    t[1] = STACK0_TOP;
    t[2] = SEL_DATA0;
    __asm__ volatile("mov %%cr3, %0" : "=r"(t[7]));
    t[8] = eip;
    t[9] = F_ONE;
    for (unsigned i = 0; i < 8; i++)
        t[10 + i] = 0x11111111 * (i + 1);
    t[14] = esp;
    for (unsigned i = 0; i < 6; i++)
        t[18 + i] = SEL_DATA0;
    t[19] = SEL_CODE0;
    t[25] = 0x680000; // the I/O map is beyond the limit
}

// 286: link, three stacks, IP, FLAGS, 8 registers, ES CS SS DS, LDT (SDM vol. 3, 7.6).
void world_set_tss286(uint32_t at, uint32_t ip)
{
    volatile uint16_t *t = mem16(at);
    for (unsigned i = 0; i < 22; i++)
        t[i] = 0;
    t[1] = STACK0_TOP - STACK_AT;
    t[2] = SEL_STACK16;
    t[7] = (uint16_t)ip;
    t[8] = F_ONE;
    for (unsigned i = 0; i < 8; i++)
        t[9 + i] = (uint16_t)(0x1111 * (i + 1));
    t[13] = STACK_TOP - STACK_AT;
    t[17] = SEL_DATA16;
    t[18] = SEL_CODE16;
    t[19] = SEL_STACK16;
    t[20] = SEL_DATA16;
}

static void build_idt(void)
{
    for (uint32_t i = 0; i < 256; i++)
        world_set_idt(i, SEL_CODE0, world_stub(i),
                      i == INT_EXIT || i == BP || i == OF ? 0xEE : 0x8E);
}

// The vectors of real mode, for the handlers that world_run_real() copies to REAL_AT.
static void build_real_vectors(void)
{
    uint32_t stubs = address(real_stubs_begin) - address(real_begin);
    for (uint32_t i = 0; i < 256; i++)
        *mem32(4 * i) = (REAL_AT >> 4) << 16 | (stubs + 8 * i);
}

static void build_tss(void)
{
    volatile uint32_t *t = (volatile uint32_t *)tss;
    memset(tss, 0, sizeof tss);
    t[1] = STACK0_TOP;
    t[2] = SEL_DATA0;
    t[3] = STACK1_TOP;
    t[4] = SEL_DATA1;
    t[25] = 0x880000; // I/O map after the interrupt redirection map of 32 bytes
    memset(tss + 0x68, 0xFF, sizeof tss - 0x68);
}

// ---- control registers ----

uint32_t get_cr0(void)
{
    uint32_t v;
    __asm__ volatile("mov %%cr0, %0" : "=r"(v));
    return v;
}
static uint32_t get_cr2(void)
{
    uint32_t v;
    __asm__ volatile("mov %%cr2, %0" : "=r"(v));
    return v;
}
static uint32_t get_cr3(void)
{
    uint32_t v;
    __asm__ volatile("mov %%cr3, %0" : "=r"(v));
    return v;
}
uint32_t get_cr4(void)
{
    uint32_t v;
    __asm__ volatile("mov %%cr4, %0" : "=r"(v));
    return v;
}
void set_cr0(uint32_t value)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}
void set_cr3(uint32_t value)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}
void set_cr4(uint32_t value)
{
    __asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}
void invlpg(uint32_t at)
{
    __asm__ volatile("invlpg (%0)" : : "r"(at) : "memory");
}
void set_dr(unsigned number, uint32_t value)
{
    switch (number) {
    case 0: __asm__ volatile("mov %0, %%dr0" : : "r"(value)); break;
    case 1: __asm__ volatile("mov %0, %%dr1" : : "r"(value)); break;
    case 2: __asm__ volatile("mov %0, %%dr2" : : "r"(value)); break;
    case 3: __asm__ volatile("mov %0, %%dr3" : : "r"(value)); break;
    case 6: __asm__ volatile("mov %0, %%dr6" : : "r"(value)); break;
    default: __asm__ volatile("mov %0, %%dr7" : : "r"(value)); break;
    }
}
void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t r[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
                     : "a"(leaf), "c"(subleaf));
}
uint64_t rdmsr(uint32_t msr)
{
    uint64_t v;
    __asm__ volatile("rdmsr" : "=A"(v) : "c"(msr));
    return v;
}
void wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "A"(value), "c"(msr) : "memory");
}
bool rdmsr_faults(uint32_t msr)
{
    state_ring(0);
    in.ecx = msr;
    RUN("rdmsr\n" EXIT);
    return out.vector == GP && out.error == 0;
}
bool wrmsr_faults(uint32_t msr, uint64_t value)
{
    state_ring(0);
    in.ecx = msr;
    in.eax = (uint32_t)value;
    in.edx = (uint32_t)(value >> 32);
    RUN("wrmsr\n" EXIT);
    return out.vector == GP && out.error == 0;
}

// ---- paging ----

void world_page(void)
{
    for (uint32_t i = 0; i < 4096; i++)
        page_tables[i / 1024][i % 1024] = i << 12 | P_P | P_W | P_U;
    for (uint32_t i = 0; i < 4; i++)
        page_directory[i] = address(page_tables[i]) | P_P | P_W | P_U;
    page_directory[WINDOW_AT >> 22] = address(page_window) | P_P | P_W | P_U;
    set_cr3(address(page_directory));
    set_cr0(get_cr0() | C0_PG);
}

void world_page_pae(void)
{
    for (uint32_t i = 0; i < 4096; i++)
        pae_tables[i / 512][i % 512] = i << 12 | P_P | P_W | P_U;
    for (uint32_t i = 0; i < 8; i++)
        pae_directories[0][i] = address(pae_tables[i]) | P_P | P_W | P_U;
    for (uint32_t i = 0; i < 4; i++)
        pae_pointers[i] = address(pae_directories[i]) | P_P;
    pae_directories[1][0] = address(pae_window) | P_P | P_W | P_U;
    set_cr4(get_cr4() | C4_PAE);
    set_cr3(address(pae_pointers));
    set_cr0(get_cr0() | C0_PG);
}

// The window's page, in whichever table is in use.
void world_window(uint32_t page, uint32_t flags)
{
    uint32_t entry = (FRAMES_AT + (page << 12)) | flags;
    *(volatile uint32_t *)&page_window[page] = entry;
    if (page < 512)
        *(volatile uint64_t *)&pae_window[page] = entry;
    invlpg(WINDOW_AT + (page << 12));
}

// ---- ports ----

void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}
uint8_t in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

// The 8259s at 0x20 and 0x28, all masked: also takes back a request that a case left.
static void reset_pics(void)
{
    for (uint16_t chip = 0x20; chip <= 0xA0; chip = (uint16_t)(chip + 0x80)) {
        out8(chip, 0x11);
        out8((uint16_t)(chip + 1), chip == 0x20 ? 0x20 : 0x28);
        out8((uint16_t)(chip + 1), chip == 0x20 ? 4 : 2);
        out8((uint16_t)(chip + 1), 1);
        out8((uint16_t)(chip + 1), 0xFF);
    }
}

// Channel 0 of the 8254 in mode 0 raises IRQ 0 once the count is over; the 8259's IRR shows it.
void world_raise_irq0(void)
{
    out8(0x43, 0x30);
    out8(0x40, 10);
    out8(0x40, 0);
    out8(0x20, 0x0A);
    out8(0x21, 0xFE);
    while (!(in8(0x20) & 1))
        ;
}

// ---- the run ----

void state_ring(unsigned ring)
{
    static const uint16_t code[4] = {SEL_CODE0, SEL_CODE1, SEL_CODE2, SEL_CODE3};
    static const uint16_t data[4] = {SEL_DATA0, SEL_DATA1, SEL_DATA2, SEL_DATA3};
    memset(&in, 0, sizeof in);
    in.eip = CODE_AT;
    in.cs = code[ring];
    in.ss = in.ds = in.es = in.fs = in.gs = data[ring];
    in.esp = STACK_TOP;
    in.eflags = F_ONE;
}

void state16(unsigned ring)
{
    memset(&in, 0, sizeof in);
    in.cs = ring ? SEL_CODE16_3 : SEL_CODE16;
    in.ss = ring ? SEL_STACK16_3 : SEL_STACK16;
    in.ds = in.es = in.fs = in.gs = SEL_DATA16;
    in.esp = STACK_TOP - STACK_AT;
    in.eflags = F_ONE;
}

void state_v86(void)
{
    memset(&in, 0, sizeof in);
    in.cs = CODE_AT >> 4;
    in.ss = STACK_AT >> 4;
    in.ds = in.es = in.fs = in.gs = DATA_AT >> 4;
    in.esp = STACK_TOP - STACK_AT;
    in.eflags = F_ONE | F_VM;
}

void state_real(void)
{
    state_v86();
    in.eflags = F_ONE;
}

static void copy_snippet(void)
{
    memcpy((void *)CODE_AT, (const void *)snippet_begin, snippet_end - snippet_begin);
}

void world_run(bool copy)
{
    if (copy)
        copy_snippet();
    in_stack[0] = in.esp;
    in_stack[1] = in.ss;
    uint32_t cr0 = get_cr0(), cr3 = get_cr3(), cr4 = get_cr4();
    enter_snippet();
    if (out.cr4 != cr4)
        set_cr4(cr4);
    if (out.cr3 != cr3)
        set_cr3(cr3);
    if (out.cr0 != cr0)
        set_cr0(cr0);
}

void world_resume(void)
{
    in = out.r;
    world_run(false);
}

// Called by the handlers while the snippet's LDT, TR and control registers are still loaded.
void world_collect(void)
{
    uint32_t dr6, dr7, tr, ldtr;
    __asm__ volatile("str %0" : "=r"(tr));
    __asm__ volatile("sldt %0" : "=r"(ldtr));
    out.tr = tr & 0xFFFF;
    out.ldtr = ldtr & 0xFFFF;
    out.cr0 = get_cr0();
    out.cr2 = get_cr2();
    out.cr3 = get_cr3();
    out.cr4 = get_cr4();
    __asm__ volatile("mov %%dr6, %0\n mov %%dr7, %1" : "=r"(dr6), "=r"(dr7));
    out.dr6 = dr6;
    out.dr7 = dr7;
    if (dr7 & 0xFF)
        set_dr(7, 0x400);
    if (out.tr != SEL_TSS)
        load_task_and_ldt();
}

void world_run_real(void)
{
    uint32_t low = REAL_AT - address(real_begin);
    copy_snippet();
    memcpy((void *)REAL_AT, real_begin, (unsigned)(real_end - real_begin));
    memcpy((void *)(address(real_block) + low), &in, sizeof in);
    *mem8(address(real_big) + low) = world_big_real;
    struct table_pointer g = {sizeof gdt - 1, address(gdt)}, i = {sizeof idt - 1, address(idt)};
    memcpy((void *)(address(real_gdt32) + low), &g, sizeof g);
    memcpy((void *)(address(real_idt32) + low), &i, sizeof i);
    enter_real();
    // 16-bit pops leave what was in the block in the upper halves
    memcpy(&out, (const void *)(address(real_block) + low), 84);
    out.r.eip &= 0xFFFF;
    out.r.cs &= 0xFFFF;
    out.r.eflags &= 0xFFFF;
    out.entry_eflags &= 0xFFFF;
    out.vector &= 0xFFFF;
    out.error = 0;
}

// ---- faults that no stack of the snippet's task can take ----

void world_task_vector(uint32_t vector)
{
    uint32_t code = CODE_AT + 0xF000;
    world_set_tss(DF_TSS_AT, code, STACK0_TOP - 0x800);
    *mem8(code) = 0xCD;
    *mem8(code + 1) = INT_EXIT;
    world_set_idt(vector, SEL_DF_TSS, 0, 0x85);
}

void check_task_vector(bool has_error, uint32_t error, uint32_t eip)
{
    check_exit();
    check("tr", out.tr, SEL_DF_TSS);
    check("esp", out.r.esp, STACK0_TOP - 0x800 - (has_error ? 4 : 0));
    if (has_error)
        check("error code on the task's stack", *mem32(STACK0_TOP - 0x804), error);
    check("eip in the old task's TSS", *(volatile uint32_t *)(tss + 32), eip);
}

// ---- between cases ----

void world_reset(void)
{
    set_cr0(C0_PE | C0_ET | C0_NE);
    set_cr4(0);
    set_dr(7, 0x400);
    set_dr(6, 0xFFFF0FF0);
    for (unsigned i = 0; i < 4; i++)
        set_dr(i, 0);
    if (world_has_nx)
        wrmsr(0xC0000080, rdmsr(0xC0000080) & ~0x800ull);
    build_gdt();
    build_idt();
    build_tss();
    build_real_vectors();
    world_load_gdt(sizeof gdt - 1);
    world_load_idt(sizeof idt - 1);
    memset((void *)LDT_AT, 0, 64);
    load_task_and_ldt();
    memset((void *)DATA_AT, 0, 0x10000);
    memset((void *)STACK_AT, 0, 0x10000);
    memset(page_directory, 0, sizeof page_directory);
    memset(page_window, 0, sizeof page_window);
    memset(pae_directories, 0, sizeof pae_directories);
    memset(pae_window, 0, sizeof pae_window);
    memset((void *)FRAMES_AT, 0, 0x10000);
    reset_pics();
    world_big_real = false;
    snippet_runs = 0;
}
