// See fpu.h: reset, the gates, pending exceptions, tags and environments.
#include <string.h>

#include "emu/cpu/protect.h"
#include "emu/decode/insn.h"
#include "emu/fpu/fpu.h"

_Static_assert(FPU_CLASSES == (int)CLASS_COUNT, "a gate for each class");

void fpu_reset(struct cpu *cpu)
{
    struct fpu_state *f = &cpu->fpu;
    memset(&f->image, 0, sizeof f->image);
    f->image.fcw = FCW_RESET;
    f->image.ftw = 0xff; // SDM vol. 3, table 9-1: tag word 5555h, all zeros and none empty
    f->image.mxcsr = MXCSR_INIT;
    f->image.mxcsr_mask = MXCSR_MASK;
    f->image.xstate_bv = XCR0_ALL;
    f->fip = f->fdp = 0;
    f->fcs = f->fds = f->fop = 0;
    f->ignne = false;
    f->xcr0 = XCR0_X87;
    if (f->ferr)
        f->ferr(f->ferr_opaque, false);
    fpu_update_gates(cpu);
}

// SDM vol. 3, 2.5 and table 9-3 (EM, TS); vol. 2, 2.4 (OSFXSR, OSXSAVE, XCR0).
void fpu_update_gates(struct cpu *cpu)
{
    uint32_t *gate = cpu->fpu_gate;
    bool em = cpu->cr0 & CR0_EM, ts = cpu->cr0 & CR0_TS;
    uint32_t nm = ts ? EXC_NM : 0;
    bool avx = (cpu->cr4 & CR4_OSXSAVE) &&
               (cpu->fpu.xcr0 & (XCR0_SSE | XCR0_AVX)) == (XCR0_SSE | XCR0_AVX);
    gate[CLASS_INTEGER] = 0;
    gate[CLASS_X87] = em ? EXC_NM : nm;
    gate[CLASS_MMX] = em ? EXC_UD : nm;
    gate[CLASS_SSE] = em || !(cpu->cr4 & CR4_OSFXSR) ? EXC_UD : nm;
    gate[CLASS_AVX] = avx ? nm : EXC_UD;
}

bool fpu_pending_slow(struct cpu *cpu)
{
    struct fpu_state *f = &cpu->fpu;
    if (!(f->image.fsw & FSW_ES)) {
        f->ignne = false;
        return false;
    }
    if (cpu->cr0 & CR0_NE)
        cpu_raise(cpu, EXC_MF, 0);
    if (f->ignne)
        return false;
    if (f->ferr)
        f->ferr(f->ferr_opaque, true);
    return true;
}

void fpu_acknowledge(struct cpu *cpu)
{
    struct fpu_state *f = &cpu->fpu;
    f->ignne = (f->image.fsw & FSW_ES) != 0;
    if (f->ferr)
        f->ferr(f->ferr_opaque, false);
}

void fpu_update_es(struct fpu_state *f)
{
    unsigned fsw = f->image.fsw & ~(unsigned)(FSW_ES | FSW_B);
    if (fsw & ~f->image.fcw & FPU_EXCEPTIONS)
        fsw |= FSW_ES | FSW_B;
    else
        f->ignne = false;
    f->image.fsw = (uint16_t)fsw;
}

// st[] is in stack order: with another TOP, registers change their places.
static void rotate_to_top(struct fpu_state *f, unsigned top)
{
    struct fpu_register by_number[8];
    unsigned old = fpu_top(f);
    for (unsigned i = 0; i < 8; i++)
        by_number[(old + i) & 7] = f->image.st[i];
    for (unsigned i = 0; i < 8; i++)
        f->image.st[i] = by_number[(top + i) & 7];
    f->image.fsw = (uint16_t)((f->image.fsw & ~(unsigned)FSW_TOP) | top << FSW_TOP_SHIFT);
}

void fpu_enter_mmx(struct fpu_state *f)
{
    f->image.ftw = 0xff;
    if (fpu_top(f) != 0)
        rotate_to_top(f, 0);
}

void fpu_init_x87(struct fpu_state *f)
{
    rotate_to_top(f, 0);
    f->image.fcw = FCW_INIT;
    f->image.fsw = 0;
    f->image.ftw = 0;
    f->fip = f->fdp = 0;
    f->fcs = f->fds = f->fop = 0;
    f->ignne = false;
}

uint16_t fpu_tag_word(const struct fpu_state *f)
{
    unsigned tags = 0, top = fpu_top(f);
    for (unsigned i = 0; i < 8; i++) {
        const struct fpu_register *r = &f->image.st[(i - top) & 7];
        unsigned exponent = r->exponent & 0x7fffu, tag;
        if (!(f->image.ftw >> i & 1))
            tag = 3;
        else if (exponent == 0 && r->significand == 0)
            tag = 1;
        else if (exponent == 0 || exponent == 0x7fff || !(r->significand >> 63))
            tag = 2;
        else
            tag = 0;
        tags |= tag << (2 * i);
    }
    return (uint16_t)tags;
}

void fpu_set_tag_word(struct fpu_state *f, uint16_t tags)
{
    unsigned ftw = 0;
    for (unsigned i = 0; i < 8; i++)
        if ((tags >> (2 * i) & 3) != 3)
            ftw |= 1u << i;
    f->image.ftw = (uint8_t)ftw;
}

static void put16(uint8_t *to, unsigned v)
{
    uint16_t w = (uint16_t)v;
    memcpy(to, &w, 2);
}

static void put32(uint8_t *to, uint32_t v)
{
    memcpy(to, &v, 4);
}

static uint16_t get16(const uint8_t *from)
{
    uint16_t w;
    memcpy(&w, from, 2);
    return w;
}

static uint32_t get32(const uint8_t *from)
{
    uint32_t v;
    memcpy(&v, from, 4);
    return v;
}

unsigned fpu_store_environment(const struct fpu_state *f, unsigned size, bool paragraphs,
                               uint8_t *to)
{
    uint16_t tags = fpu_tag_word(f);
    uint32_t ip = f->fip, dp = f->fdp;
    if (paragraphs) { // linear addresses
        ip += (uint32_t)f->fcs << 4;
        dp += (uint32_t)f->fds << 4;
    }
    if (size == 2) {
        put16(to, f->image.fcw);
        put16(to + 2, f->image.fsw);
        put16(to + 4, tags);
        put16(to + 6, ip & 0xffff);
        put16(to + 8, paragraphs ? (ip >> 4 & 0xf000) | f->fop : f->fcs);
        put16(to + 10, dp & 0xffff);
        put16(to + 12, paragraphs ? dp >> 4 & 0xf000 : f->fds);
        return 14;
    }
    put32(to, 0xffff0000u | f->image.fcw);
    put32(to + 4, 0xffff0000u | f->image.fsw);
    put32(to + 8, 0xffff0000u | tags);
    if (paragraphs) {
        put32(to + 12, 0xffff0000u | (ip & 0xffff));
        put32(to + 16, (ip >> 4 & 0xffff000u) | f->fop);
        put32(to + 20, 0xffff0000u | (dp & 0xffff));
        put32(to + 24, dp >> 4 & 0xffff000u);
    } else {
        put32(to + 12, ip);
        put32(to + 16, (uint32_t)f->fop << 16 | f->fcs);
        put32(to + 20, dp);
        put32(to + 24, 0xffff0000u | f->fds);
    }
    return 28;
}

void fpu_load_environment(struct fpu_state *f, unsigned size, bool paragraphs, const uint8_t *from)
{
    unsigned step = size; // the first three fields are words, `size` bytes apart
    unsigned fsw = get16(from + step);
    rotate_to_top(f, fsw >> FSW_TOP_SHIFT & 7);
    f->image.fcw = (uint16_t)((get16(from) & FCW_DEFINED) | 0x40);
    f->image.fsw = (uint16_t)fsw;
    fpu_set_tag_word(f, get16(from + 2 * step));
    const uint8_t *p = from + 3 * step;
    f->fop = 0;
    if (size == 2) {
        f->fip = get16(p);
        f->fcs = get16(p + 2);
        f->fdp = get16(p + 4);
        f->fds = get16(p + 6);
        if (paragraphs) {
            f->fop = f->fcs & 0x7ff;
            f->fip |= (uint32_t)(f->fcs & 0xf000) << 4;
            f->fdp |= (uint32_t)(f->fds & 0xf000) << 4;
        }
    } else if (paragraphs) {
        f->fip = (get32(p) & 0xffff) | (get32(p + 4) & 0xffff000u) << 4;
        f->fop = get32(p + 4) & 0x7ff;
        f->fdp = (get32(p + 8) & 0xffff) | (get32(p + 12) & 0xffff000u) << 4;
    } else {
        f->fip = get32(p);
        f->fcs = get16(p + 4);
        f->fop = get16(p + 6) & 0x7ff;
        f->fdp = get32(p + 8);
        f->fds = get16(p + 12);
    }
    if (paragraphs)
        f->fcs = f->fds = 0;
    fpu_update_es(f);
}

const char *fpu_difference(const struct fpu_state *a, const struct fpu_state *b)
{
    const struct fpu_image *x = &a->image, *y = &b->image;
    if (x->fcw != y->fcw || x->fsw != y->fsw || x->ftw != y->ftw)
        return "x87 control, status or tag word";
    for (unsigned i = 0; i < 8; i++)
        if (x->st[i].significand != y->st[i].significand || x->st[i].exponent != y->st[i].exponent)
            return "x87 registers";
    if (a->fip != b->fip || a->fdp != b->fdp || a->fcs != b->fcs || a->fds != b->fds ||
        a->fop != b->fop)
        return "x87 instruction and operand pointers";
    if (x->mxcsr != y->mxcsr)
        return "MXCSR";
    if (memcmp(x->xmm, y->xmm, 8 * sizeof x->xmm[0]) != 0)
        return "XMM registers";
    if (memcmp(x->ymm_high, y->ymm_high, 8 * sizeof x->ymm_high[0]) != 0)
        return "upper halves of YMM registers";
    return a->xcr0 == b->xcr0 ? NULL : "XCR0";
}
