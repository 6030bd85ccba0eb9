// Vector instructions that touch memory by elements (masked moves, gathers), and the small ones
// that need no host: EMMS, VZEROUPPER, LDMXCSR, MOVNTI.
#include "emu/interp/vector.h"
#include "emu/interp/wide.h"

static uint8_t *low_half(struct cpu *cpu, unsigned reg)
{
    return cpu->fpu.image.xmm[reg];
}

static uint8_t *high_half(struct cpu *cpu, unsigned reg)
{
    return cpu->fpu.image.ymm_high[reg];
}

static void read_ymm(struct cpu *cpu, unsigned reg, uint8_t to[32])
{
    memcpy(to, low_half(cpu, reg), 16);
    memcpy(to + 16, high_half(cpu, reg), 16);
}

static void write_ymm(struct cpu *cpu, unsigned reg, const uint8_t from[32])
{
    memcpy(low_half(cpu, reg), from, 16);
    memcpy(high_half(cpu, reg), from + 16, 16);
}

static void check_gate(struct cpu *cpu, const struct insn *insn)
{
    vector_check_gate(cpu, insn->cls);
    if (insn->vex && cpu_paragraphs(cpu))
        cpu_raise(cpu, EXC_UD, 0);
}

// --- masked moves
// --------------------------------------------------------------------------------------------

// MASKMOVQ, MASKMOVDQU. All of the operand must be writable, as on the oracle's host; the manuals
// let an implementation fault for bytes that are not selected.
static void store_bytes(struct cpu *cpu, const struct insn *insn, unsigned bytes,
                        const uint8_t *from, const uint8_t *mask)
{
    uint32_t linear = wide_linear(cpu, insn, bytes, true);
    mmu_check_alignment(cpu, linear, 8); // of both, as on AMD Zen
    mmu_probe(cpu, linear, bytes, MMU_WRITE);
    for (unsigned i = 0; i < bytes; i++)
        if (mask[i] & 0x80)
            mmu_store(cpu, linear + i, 1, from[i]);
}

// Store the elements of `from` whose mask has its top bit set, after all of them could be.
static void store_selected(struct cpu *cpu, const struct insn *insn, unsigned bytes,
                           unsigned element, const uint8_t *from, const uint8_t *mask)
{
    uint32_t at[32], offset = mem_offset(cpu, insn);
    for (unsigned i = 0; i < bytes; i += element) {
        if (!(mask[i + element - 1] & 0x80))
            continue;
        at[i] = seg_linear(cpu, insn->mem.seg, wrap_address(insn, offset + i), element, true);
        mmu_probe(cpu, at[i], element, MMU_WRITE);
    }
    for (unsigned i = 0; i < bytes; i += element)
        if (mask[i + element - 1] & 0x80)
            wide_store_element(cpu, at[i], element, from + i);
}

enum outcome interp_op_maskmovq(struct cpu *cpu, const struct insn *insn)
{
    struct fpu_state *f = &cpu->fpu;
    check_gate(cpu, insn);
    if (vector_must_wait(cpu))
        return UNFINISHED;
    fpu_enter_mmx(f); // stays done if the store faults
    uint8_t from[8], mask[8];
    memcpy(from, &f->image.st[insn->opnd[1].reg], 8);
    memcpy(mask, &f->image.st[insn->opnd[2].reg], 8);
    store_bytes(cpu, insn, 8, from, mask);
    return DONE;
}

enum outcome interp_op_maskmovdqu(struct cpu *cpu, const struct insn *insn)
{
    check_gate(cpu, insn);
    store_bytes(cpu, insn, 16, low_half(cpu, insn->opnd[1].reg), low_half(cpu, insn->opnd[2].reg));
    return DONE;
}

static enum outcome vmaskmov(struct cpu *cpu, const struct insn *insn, unsigned element)
{
    uint8_t value[32] = {0}, mask[32];
    unsigned bytes = insn->vex_l ? 32 : 16;
    check_gate(cpu, insn);
    read_ymm(cpu, insn->opnd[1].reg, mask);
    if (insn->opnd[0].kind == OPND_MEM) {
        read_ymm(cpu, insn->opnd[2].reg, value);
        store_selected(cpu, insn, bytes, element, value, mask);
        return DONE;
    }
    uint32_t offset = mem_offset(cpu, insn);
    for (unsigned i = 0; i < bytes; i += element) {
        if (!(mask[i + element - 1] & 0x80))
            continue;
        uint32_t at =
            seg_linear(cpu, insn->mem.seg, wrap_address(insn, offset + i), element, false);
        wide_load_element(cpu, at, element, value + i);
    }
    write_ymm(cpu, insn->opnd[0].reg, value);
    return DONE;
}

enum outcome interp_op_vmaskmov32(struct cpu *cpu, const struct insn *insn)
{
    return vmaskmov(cpu, insn, 4);
}

enum outcome interp_op_vmaskmov64(struct cpu *cpu, const struct insn *insn)
{
    return vmaskmov(cpu, insn, 8);
}

// --- gathers
// ------------------------------------------------------------------------------------------------

struct gather {
    unsigned element, index_bytes, count, scale;
    uint32_t offset; // of base and displacement
    uint8_t indices[32], value[32], mask[32];
};

// Load element i. False if it would fault, after others that could be loaded, with TF set: the trap
// comes first (SDM vol. 2, VGATHERDPS: pending traps are delivered in lieu of the fault).
static bool gather_element(struct cpu *cpu, const struct insn *insn, struct gather *g, unsigned i,
                           bool trap)
{
    uint32_t low; // of 64-bit indices the rest is lost in 32 bits
    memcpy(&low, g->indices + i * g->index_bytes, 4);
    uint32_t offset = wrap_address(insn, g->offset + (low << g->scale));
    jmp_buf outer;
    if (trap) {
        memcpy(&outer, &cpu->unwind, sizeof outer);
        if (setjmp(cpu->unwind) != 0) {
            memcpy(&cpu->unwind, &outer, sizeof outer);
            return false;
        }
        mmu_probe(cpu, seg_linear(cpu, insn->mem.seg, offset, g->element, false), g->element,
                  MMU_READ);
        memcpy(&cpu->unwind, &outer, sizeof outer);
    }
    wide_load_element(cpu, seg_linear(cpu, insn->mem.seg, offset, g->element, false), g->element,
                      g->value + i * g->element);
    return true;
}

// An element is committed, and its mask cleared, before the next one is loaded: a fault leaves what
// is done done, and the instruction goes on from there.
enum outcome interp_op_gather(struct cpu *cpu, const struct insn *insn)
{
    unsigned to = insn->opnd[0].reg, index = insn->mem.index, masked = insn->opnd[2].reg;
    struct gather g = {.element = insn->vex_w ? 8 : 4,
                       .index_bytes = insn->opcode & 1 ? 8 : 4,
                       .scale = insn->mem.scale,
                       .offset = insn->mem.disp};
    bool trap = false;
    check_gate(cpu, insn);
    if (to == index || to == masked || index == masked)
        cpu_raise(cpu, EXC_UD, 0);
    g.count = (insn->vex_l ? 32 : 16) / (g.element > g.index_bytes ? g.element : g.index_bytes);
    if (insn->mem.base != REG_NONE)
        g.offset += cpu->gpr[insn->mem.base];
    read_ymm(cpu, index, g.indices);
    read_ymm(cpu, to, g.value);
    read_ymm(cpu, masked, g.mask);
    for (unsigned i = 0; i < g.count; i++) {
        if (g.mask[(i + 1) * g.element - 1] & 0x80) {
            if (!gather_element(cpu, insn, &g, i, trap))
                return UNFINISHED;
            trap = cpu->eflags & FLAG_TF;
        }
        memset(g.mask + i * g.element, 0, g.element);
        write_ymm(cpu, to, g.value);
        write_ymm(cpu, masked, g.mask);
    }
    // What lies above the elements becomes zero in the end.
    memset(g.value + g.count * g.element, 0, 32 - g.count * g.element);
    memset(g.mask, 0, sizeof g.mask);
    write_ymm(cpu, to, g.value);
    write_ymm(cpu, masked, g.mask);
    return DONE;
}

// --- small ones
// ------------------------------------------------------------------------------------------------

enum outcome interp_op_emms(struct cpu *cpu, const struct insn *insn)
{
    check_gate(cpu, insn);
    if (vector_must_wait(cpu))
        return UNFINISHED;
    fpu_enter_mmx(&cpu->fpu);
    cpu->fpu.image.ftw = 0;
    return DONE;
}

// VZEROUPPER, and VZEROALL with VEX.L.
enum outcome interp_op_vzero(struct cpu *cpu, const struct insn *insn)
{
    check_gate(cpu, insn);
    memset(high_half(cpu, 0), 0, 8 * 16);
    if (insn->vex_l)
        memset(low_half(cpu, 0), 0, 8 * 16);
    return DONE;
}

enum outcome interp_op_ldmxcsr(struct cpu *cpu, const struct insn *insn)
{
    check_gate(cpu, insn);
    uint32_t v = opnd_read(cpu, insn, 0);
    if (v & ~(uint32_t)MXCSR_MASK)
        cpu_raise(cpu, EXC_GP, 0);
    cpu->fpu.image.mxcsr = v;
    return DONE;
}

enum outcome interp_op_stmxcsr(struct cpu *cpu, const struct insn *insn)
{
    check_gate(cpu, insn);
    opnd_write(cpu, insn, 0, cpu->fpu.image.mxcsr);
    return DONE;
}

enum outcome interp_op_movnti(struct cpu *cpu, const struct insn *insn)
{
    opnd_write(cpu, insn, 0, opnd_read(cpu, insn, 1));
    return DONE;
}

// CRC-32C (polynomial 1EDC6F41h), least significant bit first.
enum outcome interp_op_crc32(struct cpu *cpu, const struct insn *insn)
{
    uint32_t v = opnd_read(cpu, insn, 1), crc = cpu->gpr[insn->opnd[0].reg];
    crc ^= v;
    uint32_t rest = insn->opnd[1].size == 4 ? 0 : crc >> (8 * insn->opnd[1].size);
    crc &= size_mask(insn->opnd[1].size);
    for (unsigned i = 0; i < 8u * insn->opnd[1].size; i++)
        crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0);
    cpu->gpr[insn->opnd[0].reg] = crc ^ rest;
    return DONE;
}
