// What a case is made of: a machine state to begin with, a snippet of code to run in it, and what
// came of it.
//
// A case sets registers in `in` (state_ring0() and friends give a start), calls RUN("instructions")
// and looks at `out`: the state in which the first exception, interrupt or INT_EXIT left the
// snippet.  A snippet ends with EXIT; its label 7 marks the instruction whose address the exception
// should report.  Snippets are copied to CODE_AT: relative jumps within are fine, absolute ones are
// written HERE(label). Everything that a case may spoil (tables, CRs, DRs, MSRs, the areas of
// names.def) is as new before the next one.
#ifndef TM_EMU_TESTS_SYSTEM_CASE_H
#define TM_EMU_TESTS_SYSTEM_CASE_H

#include <stdbool.h>
#include <stdint.h>

#define NAME(name, value) name = value,
enum system_name {
#include "emu/tests/system/names.def"
};
#undef NAME
#define NAME(name, value) __asm__(".set " #name ", " #value);
#include "emu/tests/system/names.def"
#undef NAME

enum {
    DE = 0,
    DB = 1,
    BP = 3,
    OF = 4,
    BR = 5,
    UD = 6,
    NM = 7,
    DF = 8,
    TS = 10,
    NP = 11,
    SS = 12,
    GP = 13,
    PF = 14,
    AC = 17
};
enum {
    F_CF = 1,
    F_ONE = 2,
    F_PF = 4,
    F_AF = 0x10,
    F_ZF = 0x40,
    F_SF = 0x80,
    F_TF = 0x100,
    F_IF = 0x200,
    F_DF = 0x400,
    F_OF = 0x800,
    F_IOPL = 0x3000,
    F_NT = 0x4000,
    F_RF = 0x10000,
    F_VM = 0x20000,
    F_AC = 0x40000,
    F_VIF = 0x80000,
    F_VIP = 0x100000,
    F_ID = 0x200000,
};
enum {
    C0_PE = 1,
    C0_MP = 2,
    C0_EM = 4,
    C0_TS = 8,
    C0_ET = 0x10,
    C0_NE = 0x20,
    C0_WP = 0x10000,
    C0_AM = 0x40000,
    C4_VME = 1,
    C4_PVI = 2,
    C4_TSD = 4,
    C4_DE = 8,
    C4_PSE = 0x10,
    C4_PAE = 0x20,
    C4_PGE = 0x80,
    C4_PCE = 0x100,
    C4_UMIP = 0x800,
    C4_SMEP = 0x100000,
    C4_SMAP = 0x200000,
};
#define C0_PG 0x80000000u
#define C0_CD 0x40000000u
#define C0_NW 0x20000000u

// Offsets are known to enter.S.
struct regs {
    uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax; // 0..28, as PUSHA has them
    uint32_t eip, cs, eflags;                        // 32 36 40
    uint32_t ss, es, ds, fs, gs;                     // 44 48 52 56 60
};
struct outcome {
    struct regs r;
    uint32_t vector, error;                // 64 68
    uint32_t entry_esp, entry_ss;          // 72 76: at the handler's first instruction
    uint32_t entry_eflags;                 // 80
    uint32_t tr, ldtr, cr0, cr2, cr3, cr4; // 84 88 92 96 100 104
    uint32_t dr6, dr7;                     // 108 112
};
extern struct regs in;
extern struct outcome out;
extern volatile uint32_t snippet_begin, snippet_end, snippet_mark;

#define EXIT          "int $INT_EXIT\n"
#define HERE(label)   "CODE_AT + " label " - 771b"
#define HERE16(label) label " - 771b"
#define RUN(text)                                                                                  \
    do {                                                                                           \
        SNIPPET(text);                                                                             \
        world_run(true);                                                                           \
    } while (0)
#define RUN16(text) RUN(".code16\n" text "\n.code32\n")
// The same in real mode.
#define RUN_REAL(text)                                                                             \
    do {                                                                                           \
        SNIPPET(".code16\n" text "\n.code32\n");                                                   \
        world_run_real();                                                                          \
    } while (0)
#define SNIPPET(text)                                                                              \
    __asm__ volatile(                                                                              \
        ".pushsection .snippet,\"ax\"\n7:771:\n" text "\n772:\n.popsection\n"                      \
        "movl $771b, snippet_begin\nmovl $772b, snippet_end\nmovl $7b, snippet_mark\n")

// Copies the snippet (unless it is to run on from `in`) and runs it.
void world_run(bool copy);
void world_run_real(void);
// Go on where the snippet was left.
void world_resume(void);
extern bool world_big_real; // real mode with DS, ES, FS and GS of 4 GB at 0

// Start states: registers 0, EFLAGS 2, flat or 64 KB segments.
void state_ring(unsigned ring);
void state16(unsigned ring);
void state_v86(void);
void state_real(void);

// Checks: the first that fails is the case's verdict.
void check(const char *what, uint32_t got, uint32_t want);
void check_text(const char *what, bool good);
// The snippet left by this exception, with this error code (0 if the vector has none), at label 7.
void check_fault(uint32_t vector, uint32_t error);
void check_exit(void);
// #PF likewise, and CR2.
void check_page_fault(uint32_t error, uint32_t address);
void case_skip(const char *needs);

// Descriptors. attr: access byte | G, D/B, L, AVL << 8 (0x800, 0x400, ...).
void world_set_descriptor(uint32_t selector, uint32_t base, uint32_t limit, uint32_t attr);
void world_set_gate(uint32_t selector, uint32_t target, uint32_t offset, uint32_t count,
                    uint32_t access);
void world_set_idt(uint32_t vector, uint32_t target, uint32_t offset, uint32_t access);
uint32_t world_stub(uint32_t vector);   // the handler that the IDT has, for 32-bit frames
uint32_t world_stub16(uint32_t vector); // one for the frames of 16-bit gates
uint8_t *world_descriptor(uint32_t selector);
uint8_t *world_ldt(void);
uint64_t *world_idt(void);
uint8_t *world_tss(void);
// A 386 TSS at its address: flat ring-0 state that runs the snippet's label.
void world_set_tss(uint32_t at, uint32_t eip, uint32_t esp);
void world_set_tss286(uint32_t at, uint32_t ip);
// A task gate for a vector whose frame the snippet's own stack cannot take, and the check that it
// was used.
void world_task_vector(uint32_t vector);
void check_task_vector(bool has_error, uint32_t error, uint32_t eip);
void world_load_gdt(uint32_t limit);
void world_load_idt(uint32_t limit);

// Memory.
static inline volatile uint32_t *mem32(uint32_t at)
{
    return (volatile uint32_t *)at;
}
static inline volatile uint16_t *mem16(uint32_t at)
{
    return (volatile uint16_t *)at;
}
static inline volatile uint8_t *mem8(uint32_t at)
{
    return (volatile uint8_t *)at;
}

// Paging: identity over the first 16 MB in 4 KB pages for everybody, the window as the case says.
enum {
    P_P = 1,
    P_W = 2,
    P_U = 4,
    P_PWT = 8,
    P_PCD = 0x10,
    P_A = 0x20,
    P_D = 0x40,
    P_PS = 0x80,
    P_G = 0x100
};
extern uint32_t page_directory[1024], page_tables[4][1024], page_window[1024];
extern uint64_t pae_pointers[4], pae_directories[4][512], pae_tables[8][512], pae_window[512];
void world_page(void);     // on, with 32-bit entries
void world_page_pae(void); // on, with 64-bit entries
void world_window(uint32_t page, uint32_t flags);

// Control registers and others.
uint32_t get_cr0(void), get_cr4(void);
void set_cr0(uint32_t value), set_cr3(uint32_t value), set_cr4(uint32_t value);
void set_dr(unsigned number, uint32_t value);
void invlpg(uint32_t at);
uint64_t rdmsr(uint32_t msr);
void wrmsr(uint32_t msr, uint64_t value);
bool rdmsr_faults(uint32_t msr);
bool wrmsr_faults(uint32_t msr, uint64_t value);
void out8(uint16_t port, uint8_t value);
uint8_t in8(uint16_t port);
void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t regs[4]);
bool cpu_is_amd(void);
// An interrupt on IRQ 0 (vector 0x20) waits for IF.
void world_raise_irq0(void);

#define CASE(group, name, need, section, rule) void case_##group##_##name(void);
#include "emu/tests/system/cases.def"
#undef CASE

void print(const char *text);
void print_hex(uint32_t value);

#endif
