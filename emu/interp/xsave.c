// FXSAVE, FXRSTOR and the XSAVE family (SDM vol. 1, 10.5 and 13).
//
// Outside of 64-bit mode they know XMM0-7 and YMM0-7 only; what belongs to the others stays as it
// is in memory.
#include <stddef.h>

#include "emu/interp/vector.h"
#include "emu/interp/wide.h"

enum {
    AT_MXCSR = 24,
    AT_ST = 32,
    AT_XMM = 160,
    XMM_BYTES = 8 * 16,
    AT_HEADER = 512,
    AT_XCOMP_BV = 520,
    AT_YMM = 576, // of the compacted form, too: nothing lies before it
    LEGACY_BYTES = 512,
    AREA_BYTES = 832,
};

// --- the legacy region
// ---------------------------------------------------------------------------------------

static void put_x87(const struct fpu_state *f, uint8_t *to)
{
    struct fpu_image image = f->image;
    uint64_t ip = f->fip | (uint64_t)f->fcs << 32, dp = f->fdp | (uint64_t)f->fds << 32;
    // This is what the oracle's host does: the pointers are stored only while an exception waits.
    if (!(image.fsw & FSW_ES))
        ip = dp = image.host_fop = 0;
    else
        image.host_fop = f->fop;
    image.host_fip = ip;
    image.host_fdp = dp;
    memcpy(to, &image, AT_MXCSR);
    memcpy(to + AT_ST, image.st, sizeof image.st);
}

static void get_x87(struct fpu_state *f, const uint8_t *from)
{
    struct fpu_image in;
    memcpy(&in, from, AT_XMM);
    memcpy(f->image.st, in.st, sizeof in.st);
    for (unsigned i = 0; i < 8; i++)
        memset(f->image.st[i].zero, 0, sizeof f->image.st[i].zero);
    f->image.fcw = (uint16_t)((in.fcw & FCW_DEFINED) | FCW_RESET);
    f->image.fsw = in.fsw;
    f->image.ftw = in.ftw;
    fpu_update_es(f);
    if (f->image.fsw & FSW_ES) {
        f->fip = (uint32_t)in.host_fip;
        f->fcs = (uint16_t)(in.host_fip >> 32);
        f->fdp = (uint32_t)in.host_fdp;
        f->fds = (uint16_t)(in.host_fdp >> 32);
        f->fop = in.host_fop & 0x7ff;
    }
}

static void check_mxcsr(struct cpu *cpu, const uint8_t *image)
{
    uint32_t mxcsr;
    memcpy(&mxcsr, image + AT_MXCSR, 4);
    if (mxcsr & ~(uint32_t)MXCSR_MASK)
        cpu_raise(cpu, EXC_GP, 0);
}

static void put_mxcsr(const struct fpu_state *f, uint8_t *to)
{
    uint32_t both[2] = {f->image.mxcsr, MXCSR_MASK};
    memcpy(to + AT_MXCSR, both, 8);
}

static void get_mxcsr(struct fpu_state *f, const uint8_t *from)
{
    memcpy(&f->image.mxcsr, from + AT_MXCSR, 4);
}

static void fx_check(struct cpu *cpu)
{
    if (cpu->cr0 & (CR0_EM | CR0_TS))
        cpu_raise(cpu, EXC_NM, 0);
}

enum outcome interp_op_fxsave(struct cpu *cpu, const struct insn *insn)
{
    uint8_t image[LEGACY_BYTES];
    fx_check(cpu);
    uint32_t linear = wide_big_linear(cpu, insn, LEGACY_BYTES, 0, 16, true);
    struct wide_target target = wide_probe(cpu, linear, AT_XMM + XMM_BYTES);
    // Without CR4.OSFXSR, MXCSR and the XMM registers are left out.
    bool sse = cpu->cr4 & CR4_OSFXSR;
    put_x87(&cpu->fpu, image);
    put_mxcsr(&cpu->fpu, image);
    memcpy(image + AT_XMM, cpu->fpu.image.xmm, XMM_BYTES);
    wide_store(cpu, &target, sse ? AT_XMM + XMM_BYTES : AT_XMM, image);
    return DONE;
}

enum outcome interp_op_fxrstor(struct cpu *cpu, const struct insn *insn)
{
    uint8_t image[LEGACY_BYTES];
    fx_check(cpu);
    wide_load(cpu, wide_big_linear(cpu, insn, LEGACY_BYTES, 0, 16, false), LEGACY_BYTES, image);
    bool sse = cpu->cr4 & CR4_OSFXSR;
    if (sse) {
        check_mxcsr(cpu, image);
        get_mxcsr(&cpu->fpu, image);
        memcpy(cpu->fpu.image.xmm, image + AT_XMM, XMM_BYTES);
    }
    get_x87(&cpu->fpu, image);
    return DONE;
}

// --- XSAVE
// -----------------------------------------------------------------------------------------------------

static void xsave_check(struct cpu *cpu)
{
    if (!(cpu->cr4 & CR4_OSXSAVE))
        cpu_raise(cpu, EXC_UD, 0);
    if (cpu->cr0 & CR0_TS)
        cpu_raise(cpu, EXC_NM, 0);
}

static uint64_t requested(const struct cpu *cpu)
{
    return cpu->fpu.xcr0 & (cpu->gpr[REG_EAX] | (uint64_t)cpu->gpr[REG_EDX] << 32);
}

static bool all_zero(const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    while (n && !*p)
        p++, n--;
    return n == 0;
}

// XINUSE: the components that are not in their initial state.
static uint64_t in_use(const struct fpu_state *f)
{
    const struct fpu_image *image = &f->image;
    uint64_t bits = 0;
    if (image->fcw != FCW_INIT || image->fsw || image->ftw ||
        !all_zero(image->st, sizeof image->st))
        bits |= XCR0_X87;
    if (!all_zero(image->xmm, XMM_BYTES))
        bits |= XCR0_SSE;
    if (!all_zero(image->ymm_high, XMM_BYTES))
        bits |= XCR0_AVX;
    return bits;
}

static void store_at(struct cpu *cpu, uint32_t linear, unsigned at, unsigned bytes,
                     const void *from)
{
    struct wide_target target = wide_probe(cpu, linear + at, bytes);
    wide_store(cpu, &target, bytes, from);
}

static void store_components(struct cpu *cpu, uint32_t linear, uint64_t which, bool mxcsr)
{
    uint8_t image[LEGACY_BYTES];
    struct fpu_state *f = &cpu->fpu;
    if (which & XCR0_X87) {
        put_x87(f, image);
        store_at(cpu, linear, 0, AT_MXCSR, image);
        store_at(cpu, linear, AT_ST, AT_XMM - AT_ST, image + AT_ST);
    }
    if (mxcsr) {
        put_mxcsr(f, image);
        store_at(cpu, linear, AT_MXCSR, 8, image + AT_MXCSR);
    }
    if (which & XCR0_SSE)
        store_at(cpu, linear, AT_XMM, XMM_BYTES, f->image.xmm);
    if (which & XCR0_AVX)
        store_at(cpu, linear, AT_YMM, XMM_BYTES, f->image.ymm_high);
}

static unsigned area_bytes(uint64_t components)
{
    return components & XCR0_AVX ? AREA_BYTES : AT_YMM;
}

// XSAVE, and XSAVEOPT, which leaves out what is in its initial state.
static enum outcome xsave(struct cpu *cpu, const struct insn *insn, bool optimized)
{
    xsave_check(cpu);
    uint64_t wanted = requested(cpu), used = in_use(&cpu->fpu), header;
    unsigned bytes = area_bytes(wanted);
    uint32_t linear = wide_big_linear(cpu, insn, bytes, 1, 64, true);
    header = mmu_load(cpu, linear + AT_HEADER, 8);
    header = (header & ~wanted) | (used & wanted);
    store_components(cpu, linear, optimized ? wanted & used : wanted,
                     wanted & (XCR0_SSE | XCR0_AVX));
    store_at(cpu, linear, AT_HEADER, 8, &header);
    return DONE;
}

enum outcome interp_op_xsave(struct cpu *cpu, const struct insn *insn)
{
    return xsave(cpu, insn, false);
}

enum outcome interp_op_xsaveopt(struct cpu *cpu, const struct insn *insn)
{
    return xsave(cpu, insn, true);
}

enum outcome interp_op_xsavec(struct cpu *cpu, const struct insn *insn)
{
    xsave_check(cpu);
    uint64_t wanted = requested(cpu), used = in_use(&cpu->fpu);
    if (cpu->fpu.image.mxcsr != MXCSR_INIT)
        used |= XCR0_SSE;
    unsigned bytes = area_bytes(wanted);
    uint32_t linear = wide_big_linear(cpu, insn, bytes, 1, 64, true);
    uint64_t header[2] = {used & wanted, wanted | 1ull << 63};
    store_components(cpu, linear, wanted & used, wanted & used & XCR0_SSE);
    store_at(cpu, linear, AT_HEADER, 16, header);
    return DONE;
}

// #GP(0) for a header that XRSTOR refuses (SDM vol. 1, 13.8.1 and 13.8.2).
static void check_header(struct cpu *cpu, const uint8_t *image)
{
    uint64_t bv, xcomp;
    memcpy(&bv, image + AT_HEADER, 8);
    memcpy(&xcomp, image + AT_XCOMP_BV, 8);
    bool bad;
    if (xcomp >> 63 && features_has(&cpu->features, FEATURE_XSAVEC)) {
        uint64_t components = xcomp & ~(1ull << 63);
        bad = (components & ~cpu->fpu.xcr0) || (bv & ~components) ||
              !all_zero(image + AT_XCOMP_BV + 8, 48);
    } else {
        bad = (bv & ~cpu->fpu.xcr0) || !all_zero(image + AT_XCOMP_BV, 16);
    }
    if (bad)
        cpu_raise(cpu, EXC_GP, 0);
}

// As wide_big_linear(), but the header comes between.
static uint32_t restore_linear(struct cpu *cpu, const struct insn *insn, unsigned bytes)
{
    uint32_t offset = mem_offset(cpu, insn);
    uint32_t linear = seg_linear(cpu, insn->mem.seg, offset, 1, false);
    if (linear & 63)
        cpu_raise(cpu, EXC_GP, 0);
    mmu_probe(cpu, linear, 1, MMU_READ);
    offset = wrap_address(insn, offset + AT_HEADER);
    mmu_probe(cpu, seg_linear(cpu, insn->mem.seg, offset, 64, false), 64, MMU_READ);
    return wide_big_linear(cpu, insn, bytes, 1, 64, false);
}

enum outcome interp_op_xrstor(struct cpu *cpu, const struct insn *insn)
{
    uint8_t image[AREA_BYTES];
    struct fpu_state *f = &cpu->fpu;
    xsave_check(cpu);
    uint64_t wanted = requested(cpu), bv;
    unsigned bytes = area_bytes(wanted);
    wide_load(cpu, restore_linear(cpu, insn, bytes), bytes, image);
    check_header(cpu, image);
    memcpy(&bv, image + AT_HEADER, 8);
    bool compacted = image[AT_XCOMP_BV + 7] & 0x80;
    // The standard form loads MXCSR with SSE or AVX whatever XSTATE_BV says.
    bool mxcsr = compacted ? wanted & bv & XCR0_SSE : wanted & (XCR0_SSE | XCR0_AVX);
    if (mxcsr) {
        check_mxcsr(cpu, image);
        get_mxcsr(f, image);
    } else if (compacted && (wanted & XCR0_SSE)) {
        f->image.mxcsr = MXCSR_INIT;
    }
    if (wanted & bv & XCR0_X87) {
        get_x87(f, image);
    } else if (wanted & XCR0_X87) {
        fpu_init_x87(f);
        memset(f->image.st, 0, sizeof f->image.st);
    }
    if (wanted & XCR0_SSE)
        memset(f->image.xmm, 0, XMM_BYTES);
    if (wanted & bv & XCR0_SSE)
        memcpy(f->image.xmm, image + AT_XMM, XMM_BYTES);
    if (wanted & XCR0_AVX)
        memset(f->image.ymm_high, 0, XMM_BYTES);
    if (wanted & bv & XCR0_AVX)
        memcpy(f->image.ymm_high, image + AT_YMM, XMM_BYTES);
    return DONE;
}

enum outcome interp_op_xgetbv(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    if (!(cpu->cr4 & CR4_OSXSAVE))
        cpu_raise(cpu, EXC_UD, 0);
    uint64_t v = cpu->fpu.xcr0;
    if (cpu->gpr[REG_ECX] == 1 && features_has(&cpu->features, FEATURE_XGETBV1)) {
        uint64_t used = in_use(&cpu->fpu);
        v &= cpu->fpu.image.mxcsr == MXCSR_INIT ? used : used | XCR0_SSE;
    } else if (cpu->gpr[REG_ECX] != 0) {
        cpu_raise(cpu, EXC_GP, 0);
    }
    cpu->gpr[REG_EAX] = (uint32_t)v;
    cpu->gpr[REG_EDX] = (uint32_t)(v >> 32);
    return DONE;
}

enum outcome interp_op_xsetbv(struct cpu *cpu, const struct insn *insn)
{
    (void)insn;
    if (!(cpu->cr4 & CR4_OSXSAVE))
        cpu_raise(cpu, EXC_UD, 0);
    uint64_t v = cpu->gpr[REG_EAX] | (uint64_t)cpu->gpr[REG_EDX] << 32;
    uint64_t defined = features_has(&cpu->features, FEATURE_AVX) ? XCR0_ALL : XCR0_X87 | XCR0_SSE;
    if (cpu->cpl != 0 || cpu->gpr[REG_ECX] != 0 || (v & ~defined) || !(v & XCR0_X87) ||
        ((v & XCR0_AVX) && !(v & XCR0_SSE)))
        cpu_raise(cpu, EXC_GP, 0);
    cpu->fpu.xcr0 = v;
    fpu_update_gates(cpu);
    return DONE;
}
