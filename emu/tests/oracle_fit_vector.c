// Fits a case of the oracle to an x87 or vector instruction: alignment, numbers in memory, images
// for FLDENV, FXRSTOR and XRSTOR, indices of gathers.
#include <string.h>

#include "emu/tests/oracle.h"

static const struct operand *memory_operand(const struct insn *insn)
{
    for (unsigned i = 0; i < insn->nopnd; i++)
        if (insn->opnd[i].kind == OPND_MEM)
            return &insn->opnd[i];
    return NULL;
}

static bool is_xsave(unsigned mnemonic)
{
    return mnemonic == MN_XSAVE || mnemonic == MN_XSAVEOPT || mnemonic == MN_XSAVEC ||
           mnemonic == MN_XRSTOR;
}

uint32_t oracle_align(const struct oracle_case *c, uint32_t target, uint64_t *seed)
{
    const struct insn *insn = &c->insn;
    const struct operand *memory = memory_operand(insn);
    if (!memory || !oracle_chance(seed, 85))
        return target;
    if (is_xsave(insn->mnemonic))
        return target & ~63u;
    if (insn->mnemonic == MN_FXSAVE || insn->mnemonic == MN_FXRSTOR)
        return target & ~15u;
    return insn_needs_alignment(insn) ? target & ~(memory->size - 1u) : target;
}

// An FXSAVE image of random state, with an MXCSR that is sometimes refused.
static void random_image(struct fpu_image *image, uint64_t *seed)
{
    struct oracle_vector v;
    oracle_vector_generate(&v, seed, true);
    *image = v.image;
    image->host_fop = v.fop;
    image->host_fip = v.fip | (uint64_t)v.fcs << 32;
    image->host_fdp = v.fdp | (uint64_t)v.fds << 32;
    if (oracle_chance(seed, 10))
        image->fcw = (uint16_t)oracle_random(seed);
    if (oracle_chance(seed, 10)) // ES is made from flags and masks
        image->fsw ^= FSW_ES | FSW_B;
    if (oracle_chance(seed, 5)) // bit 17 is AMD's own
        image->mxcsr |= 1u << (18 + oracle_below(seed, 14));
}

static void random_header(struct fpu_image *image, uint64_t *seed)
{
    image->xstate_bv = oracle_chance(seed, 50) ? XCR0_ALL : oracle_random(seed) & XCR0_ALL;
    if (oracle_chance(seed, 30)) {
        image->xcomp_bv = 1ull << 63 | (oracle_random(seed) & XCR0_ALL);
        if (oracle_chance(seed, 70))
            image->xcomp_bv |= image->xstate_bv;
    }
    if (oracle_chance(seed, 5)) // bit 62 never exists
        image->xstate_bv |= 1ull << 62;
    if (oracle_chance(seed, 3))
        image->xcomp_bv |= oracle_chance(seed, 50) ? 1 : 1ull << 62;
    if (oracle_chance(seed, 5))
        image->header[oracle_below(seed, 6)] = 1ull << oracle_below(seed, 64);
}

static void put_environment(struct oracle_case *c, uint32_t at, unsigned bytes, uint64_t *seed)
{
    struct oracle_vector v;
    uint8_t image[108], words[94];
    oracle_vector_generate(&v, seed, true);
    oracle_vector_frstor_image(&v, image);
    if (oracle_chance(seed, 10))
        image[0] ^= 0x40;
    if (oracle_chance(seed, 10))
        image[4] ^= 0x80;
    if (bytes == 28 || bytes == 108) {
        oracle_memory_put(c, at, bytes, image);
        return;
    }
    for (unsigned i = 0; i < 7; i++)
        memcpy(words + 2 * i, image + 4 * i, 2);
    memcpy(words + 14, image + 28, 80);
    oracle_memory_put(c, at, bytes, words);
}

// What an arithmetic or conversion instruction finds in memory.
static void put_numbers(struct oracle_case *c, uint32_t at, unsigned bytes, uint64_t *seed)
{
    static const uint8_t sizes[] = {4, 8, 2};
    uint8_t numbers[64];
    unsigned size = sizes[oracle_below(seed, 3)];
    if (bytes == 10 || bytes == 2 || bytes == 4 || (bytes == 8 && c->insn.cls == CLASS_X87))
        size = bytes;
    // Integers: small ones as well.
    if (c->insn.cls == CLASS_X87 && bytes <= 8 && oracle_chance(seed, 30))
        size = 2;
    oracle_vector_operand(numbers, sizeof numbers, size, seed);
    oracle_memory_put(c, at, bytes > 32 ? bytes : 32, numbers);
}

static void fit_gather(struct oracle_case *c, uint64_t *seed)
{
    struct fpu_image *image = &c->fpu.image;
    unsigned index = c->insn.mem.index;
    bool wide = c->insn.opcode & 1;
    for (unsigned i = 0; i < 8; i++) {
        uint32_t v = oracle_below(seed, 128) - 64;
        if (oracle_chance(seed, 5))
            v = oracle_below(seed, 4096) - 2048;
        uint64_t q = (uint64_t)(int64_t)(int32_t)v;
        uint8_t *half = i < 4 ? image->xmm[index] : image->ymm_high[index];
        if (!wide)
            memcpy(half + 4 * (i & 3), &v, 4);
        else if (i % 4 < 2)
            memcpy(half + 8 * (i & 1), &q, 8);
    }
}

void oracle_fit_vector(struct oracle_case *c, uint64_t *seed)
{
    const struct insn *insn = &c->insn;
    const struct operand *memory = memory_operand(insn);
    uint32_t at = oracle_operand_address(c);
    struct fpu_image image;
    oracle_vector_generate(&c->fpu, seed, insn->cls != CLASS_AVX);
    switch (insn->mnemonic) {
    case MN_FXRSTOR:
        random_image(&image, seed);
        oracle_memory_put(c, at, FPU_LEGACY_BYTES, &image);
        return;
    case MN_XRSTOR:
        random_image(&image, seed);
        random_header(&image, seed);
        oracle_memory_put(c, at, sizeof image, &image);
        break;
    case MN_FLDENV:
    case MN_FRSTOR: put_environment(c, at, memory->size, seed); return;
    case MN_LDMXCSR: {
        uint32_t v = oracle_random(seed) & (oracle_chance(seed, 10) ? 0xfffdffffu : 0xffff);
        oracle_memory_put(c, at, 4, &v);
        return;
    }
    case MN_FLDCW: return;
    default: break;
    }
    if (is_xsave(insn->mnemonic)) { // the host has more components than the guest
        c->regs.gpr[REG_EAX] = oracle_chance(seed, 50) ? 7 : oracle_random(seed) & 7;
        c->regs.gpr[REG_EDX] = 0;
        return;
    }
    if (insn->vsib)
        fit_gather(c, seed);
    if (insn->mnemonic == MN_PCMPESTRI || insn->mnemonic == MN_PCMPESTRM) {
        c->regs.gpr[REG_EAX] = oracle_below(seed, 40) - 20;
        c->regs.gpr[REG_EDX] = oracle_below(seed, 40) - 20;
    }
    if (memory && memory->size)
        put_numbers(c, at, memory->size > 32 ? 32 : memory->size, seed);
}
