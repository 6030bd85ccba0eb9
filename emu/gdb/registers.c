// Reading and writing the registers of registers.def, on the machine's thread while it is stopped.
//
// What a write may do: general registers, EIP, EFLAGS but VM, VIF and VIP, x87, SSE and AVX as the
// instructions that load them would; a selector as MOV loads it, CS only in real-address and
// virtual-8086 mode. The system registers are to look at: a wrong one would leave the processor in
// a state that no guest can reach.
#include <setjmp.h>
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/gdb/gdb_state.h"

enum kind { GPR, EIP, EFLAGS, SELECTOR, ST, X87, XMM, MXCSR, YMM_HIGH, BASE, CONTROL, EFER, DEBUG };
enum x87 { X87_FCW, X87_FSW, X87_TAGS, X87_FCS, X87_FIP, X87_FDS, X87_FDP, X87_FOP };

struct row {
    uint8_t bits_8, kind, index;
};
enum {
    ROWS_MAX = 0 // all of them
#define FEATURE_BEGIN(name, condition)
#define REGISTER(name, bits, type, group, kind, index) +1
#include "emu/gdb/registers.def"
#undef FEATURE_BEGIN
#undef REGISTER
};

// Those that this processor has.
static unsigned rows_of(const struct cpu *cpu, struct row *rows)
{
    bool there = false;
    unsigned n = 0;
#define FEATURE_BEGIN(name, condition) there = (condition);
#define REGISTER(name, bits, type, group, kind, index)                                             \
    if (there)                                                                                     \
        rows[n++] = (struct row){bits / 8, kind, index};
#include "emu/gdb/registers.def"
#undef FEATURE_BEGIN
#undef REGISTER
    return n;
}

unsigned registers_count(const struct cpu *cpu)
{
    struct row rows[ROWS_MAX];
    return rows_of(cpu, rows);
}

unsigned register_bytes(const struct cpu *cpu, unsigned number)
{
    struct row rows[ROWS_MAX];
    return number < rows_of(cpu, rows) ? rows[number].bits_8 : 0;
}

// --- 32 bits and less ---

static uint32_t x87_read(const struct fpu_state *f, enum x87 what)
{
    switch (what) {
    case X87_FCW: return f->image.fcw;
    case X87_FSW: return f->image.fsw;
    case X87_TAGS: return fpu_tag_word(f);
    case X87_FCS: return f->fcs;
    case X87_FIP: return f->fip;
    case X87_FDS: return f->fds;
    case X87_FDP: return f->fdp;
    case X87_FOP: return f->fop;
    }
    return 0;
}

static uint32_t word_read(struct cpu *cpu, const struct row *r)
{
    switch ((enum kind)r->kind) {
    case GPR: return cpu->gpr[r->index];
    case EIP: return cpu->eip;
    case EFLAGS: return cpu->eflags;
    case SELECTOR: return cpu->seg[r->index].selector;
    case X87: return x87_read(&cpu->fpu, (enum x87)r->index);
    case MXCSR: return cpu->fpu.image.mxcsr;
    case BASE: return cpu->seg[r->index].base;
    case CONTROL: {
        const uint32_t cr[] = {cpu->cr0, 0, cpu->cr2, cpu->cr3, cpu->cr4};
        return cr[r->index];
    }
    case EFER: return cpu->efer;
    case DEBUG: return cpu->dr[r->index];
    default: return 0;
    }
}

static void x87_write(struct fpu_state *f, enum x87 what, uint32_t v)
{
    switch (what) {
    case X87_FCW: f->image.fcw = (uint16_t)((v & FCW_DEFINED) | FCW_RESET); break;
    case X87_FSW: f->image.fsw = (uint16_t)v; break;
    case X87_TAGS: fpu_set_tag_word(f, (uint16_t)v); break;
    case X87_FCS: f->fcs = (uint16_t)v; break;
    case X87_FIP: f->fip = v; break;
    case X87_FDS: f->fds = (uint16_t)v; break;
    case X87_FDP: f->fdp = v; break;
    case X87_FOP: f->fop = v & 0x7ff; break;
    }
    fpu_update_es(f);
}

static bool selector_write(struct cpu *cpu, enum cpu_seg seg, uint16_t selector)
{
    jmp_buf outer;
    bool good = true;
    if (cpu_paragraphs(cpu)) {
        cpu_segment_set_paragraph(cpu, seg, selector);
        return true;
    }
    if (seg == SEG_CS)
        return false;
    memcpy(&outer, &cpu->unwind, sizeof outer);
    uint32_t cr2 = cpu->cr2;
    if (setjmp(cpu->unwind) == 0) {
        cpu_load_segment(cpu, seg, selector);
    } else {
        cpu->cr2 = cr2;
        good = false;
    }
    memcpy(&cpu->unwind, &outer, sizeof outer);
    return good;
}

static bool word_write(struct cpu *cpu, const struct row *r, uint32_t v)
{
    if (word_read(cpu, r) == v)
        return true; // also of those that cannot be written: gdb writes them all at once
    switch ((enum kind)r->kind) {
    case GPR: cpu->gpr[r->index] = v; return true;
    case EIP:
        cpu->eip = v;
        cpu->halted = false; // it is sent elsewhere
        return true;
    case EFLAGS: {
        uint32_t all = FLAGS_ARITH | FLAG_TF | FLAG_IF | FLAG_DF | FLAG_IOPL | FLAG_NT | FLAG_RF |
                       FLAG_AC | FLAG_ID;
        cpu->eflags = (cpu->eflags & ~all) | (v & all) | FLAG_ONE;
        return true;
    }
    case SELECTOR: return v <= 0xffff && selector_write(cpu, (enum cpu_seg)r->index, (uint16_t)v);
    case X87: x87_write(&cpu->fpu, (enum x87)r->index, v); return true;
    case MXCSR:
        if (v & ~(uint32_t)MXCSR_MASK)
            return false; // as LDMXCSR
        cpu->fpu.image.mxcsr = v;
        return true;
    default: return false;
    }
}

// --- all ---

// The longer ones, or NULL.
static uint8_t *bytes_of(struct cpu *cpu, const struct row *r)
{
    switch ((enum kind)r->kind) {
    case ST: return (uint8_t *)&cpu->fpu.image.st[r->index];
    case XMM: return cpu->fpu.image.xmm[r->index];
    case YMM_HIGH: return cpu->fpu.image.ymm_high[r->index];
    default: return NULL;
    }
}

void register_read(struct cpu *cpu, unsigned number, uint8_t *to)
{
    struct row rows[ROWS_MAX];
    rows_of(cpu, rows);
    const struct row *r = &rows[number];
    const uint8_t *bytes = bytes_of(cpu, r);
    uint32_t v = bytes ? 0 : word_read(cpu, r);
    memcpy(to, bytes ? bytes : (const uint8_t *)&v, r->bits_8);
}

bool register_write(struct cpu *cpu, unsigned number, const uint8_t *from)
{
    struct row rows[ROWS_MAX];
    rows_of(cpu, rows);
    const struct row *r = &rows[number];
    uint8_t *bytes = bytes_of(cpu, r);
    uint32_t v;
    if (!bytes) {
        memcpy(&v, from, sizeof v);
        return word_write(cpu, r, v);
    }
    memcpy(bytes, from, r->bits_8);
    return true;
}
